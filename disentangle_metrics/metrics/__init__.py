"""One module per metric, of the metric's name. Each enters itself in the registry when it is imported."""
