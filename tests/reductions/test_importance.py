"""Disentanglement and completeness of an importance matrix: closed forms, degenerate rows, the slow oracle, the most
disentangled latents."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import entropy

from disentangle_metrics.reductions.importance import completeness, disentanglement, in_columns, most_disentangled

matrices = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 5), st.integers(2, 4)),
    elements=st.sampled_from([0.0, 0.0, 0.1, 0.25, 0.5, 1.0]),
)


def both(matrix):
    """D weighted by rows, and the mean C: what a score is made of them."""
    matrix = np.array(matrix, dtype=float)
    d, k = matrix.shape
    rows, total = matrix.sum(axis=1), matrix.sum()
    apart = float(disentanglement(matrix, k) @ rows / total) if total else 0.0
    return apart, float(completeness(matrix, d).mean())


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (np.eye(3), (1.0, 1.0)),
        (np.full((3, 4), 0.25), (0.0, 0.0)),
        ([[0.75, 0.25], [0.25, 0.75]], (0.188722, 0.188722)),
        ([[1, 0], [0, 0.5], [0, 0.5]], (1.0, 0.684535)),
        ([[1, 0], [1, 0], [0, 1], [0, 1]], (1.0, 1 - np.log(2) / np.log(4))),
        (np.zeros((3, 2)), (0.0, 0.0)),
    ],
)
def test_closed_forms(matrix, expected):
    assert both(matrix) == pytest.approx(expected, abs=1e-6)


@given(matrix=matrices)
def test_the_entropy_of_shares_written_out(matrix):
    d, k = matrix.shape
    rows = [1 - entropy(row, base=k) if row.sum() else 0.0 for row in matrix]
    columns = [1 - entropy(column, base=d) if column.sum() else 0.0 for column in matrix.T]
    np.testing.assert_allclose(disentanglement(matrix, k), rows, atol=1e-12)
    np.testing.assert_allclose(completeness(matrix, d), columns, atol=1e-12)


@given(matrix=matrices)
def test_units_of_importance_do_not_matter_and_shares_sum_to_1(matrix):
    shares = in_columns(matrix)
    np.testing.assert_allclose(in_columns(7.5 * matrix), shares, atol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=0), matrix.any(axis=0), atol=1e-12)


def test_negative_importance_counts_as_0():
    np.testing.assert_allclose(in_columns(np.array([[-1.0, 2.0], [3.0, 2.0]])), [[0, 0.5], [1, 0.5]])


def test_draws_stand_in_front():
    many = np.random.default_rng(0).random((6, 4, 3)) ** 4
    for function in (
        in_columns,
        lambda one: disentanglement(one, 3),
        lambda one: completeness(one, 4),
        lambda one: most_disentangled(one, 3, 1),
    ):
        np.testing.assert_array_equal(function(many), [function(one) for one in many])


def kept_by_hand(matrix, n_kept):
    """For each factor, its latents by disentanglement, the more important one first among equals."""
    apart, whole, kept = disentanglement(matrix, matrix.shape[1]), matrix.sum(axis=1), set()
    for k in range(matrix.shape[1]):
        own = [j for j in range(len(matrix)) if np.argmax(matrix[j]) == k and whole[j] > 0]
        kept |= set(sorted(own, key=lambda j: (-apart[j], -whole[j], j))[:n_kept])
    return kept


@given(matrix=matrices, n_kept=st.integers(1, 3))
def test_the_most_disentangled_latents_of_each_factor(matrix, n_kept):
    found = set(np.flatnonzero(most_disentangled(matrix, matrix.shape[1], n_kept)).tolist())
    assert found == kept_by_hand(matrix, n_kept)
