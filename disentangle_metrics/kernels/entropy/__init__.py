"""Estimators of entropy beyond the plug-in one. Their table is in `kernels.entropy`."""
