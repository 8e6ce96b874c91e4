"""Kernel ridge regression with a Gaussian kernel: exp(-gamma |x - x'|^2), penalty alpha, both chosen by three folds.

The grid and the folds are those of CausalVerse, the numbers those of scikit-learn's ``GridSearchCV`` over
``KernelRidge``: distances are taken once, and all columns share the factors of a kernel matrix.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALPHAS = (1.0, 0.1, 0.01, 0.001)
GAMMAS = tuple(np.logspace(-2, 2, 4).tolist())
N_FOLDS = 3

_EQUAL = 1e-12  # mean R2 that differ by less than this differ by rounding only
_ROWS = 4096  # test rows whose kernel is held at a time


def predict_kernel(
    x: Floats, y: Floats, x_test: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
) -> Floats:
    """Return the predicted columns of test rows: (t, q).

    Parameters
    ----------
    x, x_test : ndarray of shape (m, d) and (t, d)
    y : ndarray of shape (m, q)
        Columns of mean 0; there is no intercept.
    weight : ndarray of shape (m,) or None
    blocks : sequence of sequence of int
        Columns for which alpha and gamma are chosen together, by the mean of their R2 on the folds.
    """
    distances = _distances(x, x)
    np.fill_diagonal(distances, 0.0)
    chosen = _chosen(distances, y, weight, blocks)
    predicted = np.zeros((len(x_test), y.shape[1]))
    for alpha, gamma in dict.fromkeys(chosen):
        columns = [c for block, pair in zip(blocks, chosen, strict=True) if pair == (alpha, gamma) for c in block]
        dual = _dual(np.exp(-gamma * distances), y[:, columns], alpha, weight)
        for start in range(0, len(x_test), _ROWS):
            part = slice(start, start + _ROWS)
            predicted[part, columns] = np.exp(-gamma * _distances(x_test[part], x)) @ dual
    return predicted


def _chosen(
    distances: Floats, y: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
) -> list[tuple[float, float]]:
    """Return the alpha and gamma of each block: the first pair with the highest mean R2 over folds."""
    grid = [(alpha, gamma) for alpha in ALPHAS for gamma in GAMMAS]
    m = len(y)
    folds = [fold for fold in np.array_split(np.arange(m), N_FOLDS) if 0 < len(fold) < m]
    if not folds:
        return [grid[0]] * len(blocks)
    scores = np.zeros((len(ALPHAS), len(GAMMAS), y.shape[1]))
    for g, gamma in enumerate(GAMMAS):
        kernel = np.exp(-gamma * distances)
        for fold in folds:
            train = np.delete(np.arange(m), fold)
            times, tested = (None, None) if weight is None else (weight[train], weight[fold])
            for a, alpha in enumerate(ALPHAS):
                dual = _dual(kernel[np.ix_(train, train)], y[train], alpha, times)
                scores[a, g] += _r2(y[fold], kernel[np.ix_(fold, train)] @ dual, tested) / len(folds)
    means = [scores[:, :, list(block)].mean(axis=2).reshape(-1) for block in blocks]
    return [grid[int(np.argmax(mean > mean.max() - _EQUAL))] for mean in means]


def _dual(kernel: Floats, y: Floats, alpha: float, weight: Floats | None) -> Floats:
    """Return the coefficients of the training rows, solutions of (K + alpha / w) c = y: (m, q)."""
    from scipy.linalg import solve

    root = np.ones(len(y)) if weight is None else np.sqrt(weight)
    matrix = kernel if weight is None else kernel * root[:, None] * root
    matrix[np.diag_indices_from(matrix)] += alpha
    return np.asarray(root[:, None] * solve(matrix, root[:, None] * y, assume_a="pos", overwrite_a=True))


def _distances(x: Floats, other: Floats) -> Floats:
    """Return squared distances of rows: (m, d), (t, d) -> (m, t)."""
    squares = (x * x).sum(axis=1)[:, None] + (other * other).sum(axis=1)
    squares -= 2 * (x @ other.T)
    return np.asarray(np.maximum(squares, 0.0, out=squares))


def _r2(y: Floats, predicted: Floats, weight: Floats | None) -> Floats:
    """Return the R2 of each column, of a constant column 1 if it is predicted perfectly, else 0: (q,)."""
    error = np.average((y - predicted) ** 2, axis=0, weights=weight)
    spread = np.average((y - np.average(y, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    constant = (y == y[:1]).all(axis=0)
    return np.where(constant, (error == 0).astype(float), 1 - error / np.where(constant, 1.0, spread))
