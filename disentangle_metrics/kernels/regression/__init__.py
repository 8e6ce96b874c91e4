"""Regressions of several columns of numbers on latents."""
