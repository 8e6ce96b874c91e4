"""Columns that number the rows are distinguished from measurements and labels."""

import numpy as np
import pytest

from disentangle_metrics.kernels.columns.row_numbers import numbers_rows

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "column",
    [
        np.arange(50),
        np.arange(50)[::-1],
        np.arange(1.0, 51.0),
        np.sort(RNG.permutation(900)[:50]),
        RNG.permutation(50) + 7,
        np.arange(50, dtype=np.uint8),
    ],
    ids=["from 0", "downwards", "floats", "with gaps", "shuffled", "bytes"],
)
def test_an_index_or_an_id_numbers_the_rows(column):
    assert numbers_rows(column)


@pytest.mark.parametrize(
    "column",
    [
        np.arange(16),
        RNG.permutation(900)[:50],
        np.sort(RNG.normal(size=50)),
        np.arange(100) // 2,
        np.zeros(50),
        np.arange(50) % 2 == 0,
        np.linspace(0, 49, 99),
    ],
    ids=["few rows", "whole numbers in no order", "measurements in order", "twice each", "constant", "bools", "halves"],
)
def test_what_does_not_number_rows(column):
    assert not numbers_rows(column)
