"""Estimates of the bias of scores from few rows, each for a reduction of one statistic."""
