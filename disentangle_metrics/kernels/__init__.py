"""Numeric code: arrays in, arrays out.

The time of MIG goes into five functions: ``columns.extremes``, ``columns.columns``, ``binning.bin_uniform``,
``binning.bin_by_edges`` and ``counts.joint_counts``. They take and return plain arrays and know nothing of the rest, so
that one of them compiled needs its signature and nothing else.
"""
