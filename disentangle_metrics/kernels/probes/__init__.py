"""Probes: what predicts a factor from a latent, and the rows it is trained and tested on."""
