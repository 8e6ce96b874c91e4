"""Scores: values with their settings and notes, and the recipe to compute them again."""
