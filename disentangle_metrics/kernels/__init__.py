"""Numeric code: arrays in, arrays out.

The time of MIG goes into five functions: ``columns.extremes``, ``columns.columns``, ``binning.bin_uniform``,
``binning.bin_by_edges`` and ``counts.joint_counts``. They take and return plain arrays and know nothing of the rest, so
that one of them compiled needs its signature and nothing else.

That of SAP goes into sorting, and into ``hinge.block_sums`` and ``hinge.hinge_derivatives``, ``nodes.panel_nodes`` and
``nodes.node_derivatives``, ``lines.predict_lines``, and what finds the cuts in ``threshold``: of arrays too, or of
named tuples of them.
"""
