"""Counting: tables of binned latents and factors, and the information in them."""
