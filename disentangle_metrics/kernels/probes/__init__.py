"""Probes: classifiers and regressors that predict a factor from a latent, with their training and test rows."""
