"""Analyses of several scores: comparisons, sample sizes, explanations."""
