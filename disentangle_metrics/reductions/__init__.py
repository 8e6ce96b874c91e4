"""Reductions: from a statistic to the value of each factor or latent."""
