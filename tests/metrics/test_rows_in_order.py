"""Rows that are split in order: values that no training row has are named, and the advice of the note works."""

import numpy as np
import pytest

from disentangle_metrics import evaluate, list_metrics

RNG = np.random.default_rng(0)
N = 300
# sorted by the first factor: the last third of the rows has one row of class 1, and class 2 is nowhere else
V = np.column_stack([(np.arange(N) + 1) // 101, RNG.integers(3, size=N)])
Z = V + RNG.normal(size=V.shape)
SPLITTING = [spec.name for spec in list_metrics() if {"shuffle", "test_size", "factor_kinds"} <= set(spec.options)]
IN_CLASSES = [
    name for name in SPLITTING if name not in ("r2", "k_sparse")
]  # r2 has no classes, k_sparse a note of its own


def said(name, latents, factors):
    options = {"shuffle": False, "test_size": 1 / 3}
    return [
        note for score in evaluate(latents, factors, name, options={name: options}).values() for note in score.notes
    ]


@pytest.mark.parametrize("name", IN_CLASSES)
def test_values_without_training_rows_are_named_and_a_shuffle_mends_them(name):
    test = V[-N // 3 :, 0]
    assert len(np.unique(test)) == 2
    assert np.isin(test, V[: -N // 3, 0]).mean() < 0.5
    assert any("most test rows have values of v0 that no training row has" in note for note in said(name, Z, V))
    order = RNG.permutation(N)
    assert not any("split in order" in note for note in said(name, Z[order], V[order]))
