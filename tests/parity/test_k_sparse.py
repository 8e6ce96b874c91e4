"""SAEBench's accuracies. No number of it was recorded, so scikit-learn repeats its steps, on the same rows."""

import numpy as np
import pytest
from conftest import Golden
from slow_sparse import saebench

from disentangle_metrics import PROTOCOLS, evaluate, k_sparse

CASES = ["c01_perfect", "c02_rot45", "c03_duplicated", "c04_noise", "c07_corr_factors", "c13_tiny_n50"]


def labels_of(factors):
    return factors.astype(np.int64)


@pytest.mark.parametrize("case", CASES)
def test_the_protocol_has_the_accuracies_of_saebench_with_its_solver_converged(case):
    latents, factors = Golden.arrays(case)
    factors = labels_of(factors)[:, :1]
    score = k_sparse(latents.astype(np.float32), factors, **PROTOCOLS["karvonen2025"]["k_sparse"])["k_sparse.accuracy"]
    for row, k in zip(score.matrix, (1, 2, 5), strict=True):
        expected = [saebench(latents, labels, k, tol=1e-10, max_iter=100_000) for labels in factors.T]
        np.testing.assert_allclose(row, expected, atol=1e-12)


def test_its_own_tolerance_moves_few_test_rows():
    latents, factors = Golden.arrays("c07_corr_factors")
    labels = labels_of(factors)[:, 0]
    score = k_sparse(latents.astype(np.float32), labels, **PROTOCOLS["karvonen2025"]["k_sparse"])["k_sparse.accuracy"]
    assert score == pytest.approx(saebench(latents, labels, 1), abs=0.005)


def test_the_protocol_by_its_name():
    latents, factors = Golden.arrays("c13_tiny_n50")
    report = evaluate(latents, factors, protocol="karvonen2025")
    assert list(report) == ["k_sparse.accuracy", "k_sparse.auc"]
    assert (
        report["k_sparse.accuracy"]
        == k_sparse(latents, factors, **PROTOCOLS["karvonen2025"]["k_sparse"])["k_sparse.accuracy"]
    )
