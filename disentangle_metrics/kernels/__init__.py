"""Numeric code: arrays in, arrays out.

MIG spends its time in five functions: ``columns.extremes``, ``columns.columns``, ``binning.bin_uniform``,
``binning.bin_by_edges`` and ``joint_counts.joint_counts``. They take and return plain arrays and depend on nothing
else, so a compiled twin needs the same signature only.

SAP spends its time in sorting, in ``hinge.block_sums`` and ``hinge.hinge_derivatives``, in ``quadrature.panel_nodes``
and ``quadrature.node_derivatives``, in ``univariate.predict_lines``, and in the search for cuts in ``threshold``. These
take arrays too, or named tuples of arrays.
"""
