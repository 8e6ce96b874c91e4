"""Statistics: the quantities that a metric is computed from, and their values on resampled rows."""
