"""A ceiling that is not above chance: the note advises only what the metric has."""

import numpy as np
import pytest

from disentangle_metrics import evaluate

V = np.repeat(np.arange(6), 2)[:, None] * [1, 1]
Z = np.random.default_rng(0).normal(size=(12, 2))


@pytest.mark.parametrize(
    ("metric", "advised"),
    [("mig", "more rows or other bins"), ("sap", "more rows or another probe"), ("r2", "more rows")],
)
def test_a_note_advises_options_of_the_metric(metric, advised):
    score = evaluate(Z, V, metric, chance=True, n_permutations=3, ceiling=True, adjusted=True)[metric]
    said = [note for note in score.notes if "not above chance" in note]
    assert [note.rpartition("Take ")[2] for note in said] == [advised]
