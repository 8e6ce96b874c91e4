"""Resampling: bootstrap draws, permutation tests, several tests at once."""
