"""Linear models: classifiers of one and of several latents, regressions, correlations."""
