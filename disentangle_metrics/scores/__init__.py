"""Scores: values with all that led to them, and how they are made again."""
