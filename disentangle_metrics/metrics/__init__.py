"""One module per metric, with the name of the metric. Each registers itself when it is imported."""
