"""Latents and factors: arrays of any library, checked once, with kinds, weights and groups."""
