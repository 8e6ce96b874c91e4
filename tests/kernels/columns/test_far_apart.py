"""Distinct values of whole numbers that lie far apart: numpy's, without a table of all numbers between them."""

import numpy as np
import pytest

from disentangle_metrics.kernels.columns.unique import distinct


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
@pytest.mark.parametrize(
    "values", [[-(2**50), 2**50], [-(2**45), 0, 2**45 + 1], [2**50, 2**50 + 3], [-(2**50) - 3, -(2**50)]]
)
def test_values_and_codes_are_those_of_numpy(values, dtype):
    column = np.random.default_rng(0).choice(np.array(values, dtype=dtype), size=5000)
    expected, codes = np.unique(column, return_inverse=True)
    found = distinct(column)
    np.testing.assert_array_equal(found.values, expected)
    np.testing.assert_array_equal(found.codes, codes)
