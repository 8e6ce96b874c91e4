"""Reference models: image data with known factors, and beta-VAEs that are trained on them.

The metrics do not need this package. It makes representations with known properties, on which metrics can be tried.
"""
