"""Discretizing: from a latent to the bin of each value."""
