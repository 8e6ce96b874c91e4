"""Columns of numbers: extremes, order, distinct values, sums by code."""
