"""Estimators of entropy. Their table is in `kernels.entropy.table`."""
