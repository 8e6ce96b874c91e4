"""Files: latents and factors are read, results are written."""
