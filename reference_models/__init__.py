"""Reference models: image data with known factors, and beta-VAEs to train on them.

The metrics do not need this package; it makes representations whose behavior is understood, to try them on.
"""
