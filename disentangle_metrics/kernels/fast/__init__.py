"""Kernels compiled by numba, each under the name of the numpy kernel whose place it takes.

``fast/counts.py`` holds the compiled twins of functions of ``counts.py``. They take the same arguments and return the
same: counts exactly, other numbers to 1e-12. One that cannot serve some arguments returns ``NotImplemented``, and the
numpy kernel does it. Nothing but `kernels.dispatch` imports from here.
"""
