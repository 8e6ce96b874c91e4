"""Kernels compiled by numba, each under the name of the numpy kernel that it replaces.

``fast/hinge.py`` holds the compiled twins of functions of ``hinge.py``, and so on. A twin takes the same arguments and
returns the same values: counts exactly, other numbers to 1e-12. If it cannot handle the arguments, it returns
``NotImplemented``, and the numpy kernel computes. Only `kernels.dispatch` imports from here.
"""
