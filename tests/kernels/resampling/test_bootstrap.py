"""Draws counted by weights are those counted row by row, by numpy and compiled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics.cluster import contingency_matrix

from disentangle_metrics import config
from disentangle_metrics.kernels.resampling.bootstrap import draw_rows, drawn_xlogx, permuted_xlogx

BACKENDS = ["numpy", "fast"]
tables = st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(1, 70)).flatmap(
    lambda s: st.tuples(
        hnp.arrays(np.uint16, s[:2], elements=st.integers(0, 11)),
        hnp.arrays(np.uint16, (s[2], s[1]), elements=st.integers(0, 5)),
    )
)


def xlogx_by_a_loop(cells, weights):
    found = np.zeros((len(weights), len(cells)))
    for r, w in enumerate(weights):
        for t, cell in enumerate(cells):
            rows = np.repeat(cell, w)
            counts = np.unique(rows, return_counts=True)[1].astype(float)
            found[r, t] = (counts * np.log(counts)).sum()
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@given(data=tables)
def test_weighted_counts_are_those_of_repeated_rows(data, backend):
    cells, weights = data
    with config.using(backend=backend):
        found = drawn_xlogx(cells, 12, weights)
    np.testing.assert_allclose(found, xlogx_by_a_loop(cells, weights), atol=1e-12 * weights.sum() + 1e-12)


def test_counters_hold_more_rows_than_16_bits():
    weights = np.full((2, 3), 65_000, dtype=np.uint16)
    cells = np.zeros((1, 3), dtype=np.uint8)
    for backend in BACKENDS:
        with config.using(backend=backend):
            assert drawn_xlogx(cells, 1, weights)[0, 0] == pytest.approx(195_000 * np.log(195_000), rel=1e-14)


def test_both_backends_count_alike_on_many_rows():
    rng = np.random.default_rng(0)
    cells = rng.integers(500, size=(3, 5000)).astype(np.uint16)
    weights = next(draw_rows(rng, 5000, 100, None))
    with config.using(backend="numpy"):
        slow = drawn_xlogx(cells, 500, weights)
    with config.using(backend="fast"):
        np.testing.assert_array_equal(drawn_xlogx(cells, 500, weights), slow)


def test_draws_do_not_depend_on_how_many_come_at_a_time(monkeypatch):
    whole = np.concatenate(list(draw_rows(np.random.default_rng(3), 100, 7, None)))
    monkeypatch.setattr("disentangle_metrics.kernels.resampling.bootstrap._HELD", 200)
    pieces = list(draw_rows(np.random.default_rng(3), 100, 7, None))
    assert len(pieces) == 4
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert np.all(whole.sum(axis=1) == 100)


def test_rows_of_a_group_are_drawn_together():
    groups = np.array([0, 1, 0, 2, 2, 1, 0])
    for weights in draw_rows(np.random.default_rng(0), 7, 20, groups):
        for w in weights:
            assert len({*w[groups == 0]}) == len({*w[groups == 1]}) == len({*w[groups == 2]}) == 1
            assert w[0] + w[1] + w[3] == 3


def test_an_order_of_rows_is_counted_as_if_the_labels_were_moved():
    rng = np.random.default_rng(0)
    codes, v = rng.integers(5, size=(3, 50)), rng.integers(4, size=(2, 50))
    order, starts = rng.permutation(50), np.array([0, 4, 8])
    found = permuted_xlogx(codes, 5, v + starts[:2, None], starts, order)
    for j, k in np.ndindex(3, 2):
        counts = contingency_matrix(codes[j], v[k][order])
        assert found[j, k] == pytest.approx((counts * np.log(np.maximum(counts, 1))).sum(), abs=1e-10)
