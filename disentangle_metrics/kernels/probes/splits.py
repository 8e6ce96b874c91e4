"""Training and test rows of a probe. The splits are computed here, so that they need no scikit-learn."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..columns.origin import from_first

# Permutations of up to this many rows are kept.
_SHORT = 1 << 16

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


def holdout(n: int, test_size: int | float, seed: int | None) -> Split:
    """Return the training and the test rows of one split.

    With a seed, the rows are ``RandomState(seed).permutation(n)`` and the first ceil(test_size n) of them are test
    rows, as in scikit-learn's ``train_test_split(random_state=seed)``. Without a seed the order is kept, and the first
    ceil((1 - test_size) n) rows are training rows. An integer `test_size` is the number of test rows.
    """
    if isinstance(test_size, int):
        n_test = min(test_size, n)
    elif seed is None:
        n_test = n - int(np.ceil(round((1 - test_size) * n, 9)))  # (1 - .7) * 10 is a little more than 3
    else:
        n_test = int(np.ceil(test_size * n))
    if seed is None:
        return np.arange(n - n_test), np.arange(n - n_test, n)
    order = permutation(n, seed)
    return order[n_test:], order[:n_test]


def permutation(n: int, seed: int) -> NDArray[np.intp]:
    """Return ``RandomState(seed).permutation(n)``, read-only: the last few short permutations are kept."""
    return _kept_permutation(n, seed) if n <= _SHORT else np.random.RandomState(seed).permutation(n)


@lru_cache(maxsize=8)
def _kept_permutation(n: int, seed: int) -> NDArray[np.intp]:
    # scores of one checkpoint after another draw the same permutation; with few rows it is a tenth of the work
    order = np.random.RandomState(seed).permutation(n)
    order.flags.writeable = False
    return order


def folds(n: int, n_folds: int, seed: int | None) -> list[Split]:
    """Return the splits of a cross-validation, in which every row is a test row once.

    Folds are consecutive pieces, sizes differing by at most one, of ``RandomState(seed).permutation(n)``, or of the
    rows in order: those of scikit-learn's ``KFold(n_folds, shuffle=seed is not None, random_state=seed)``.
    """
    order = np.arange(n) if seed is None else permutation(n, seed)
    pieces = np.array_split(order, n_folds)
    return [(np.sort(np.concatenate(pieces[:i] + pieces[i + 1 :])), np.sort(piece)) for i, piece in enumerate(pieces)]


def make_splits(n: int, test_size: int | float, n_folds: int | None, seed: int | None) -> list[Split]:
    """Return the one split of a hold-out, or the splits of a cross-validation if `n_folds` is given.

    Raises
    ------
    OptionError
        If a part would be empty.
    """
    if n_folds is not None:
        if n_folds > n:
            raise OptionError(f"cv={n_folds} needs at least {n_folds} labeled rows and there are {n}. Use fewer folds.")
        return folds(n, n_folds, seed)
    if isinstance(test_size, int) and test_size >= n:
        raise OptionError(
            f"test_size={test_size} rows leave none to train: {n} rows have a label. Use fewer test rows, a share of "
            "the rows between 0 and 1, or cv."
        )
    train, test = holdout(n, test_size, seed)
    if not len(train) or not len(test):
        raise OptionError(
            f"test_size={test_size:g} splits {n} labeled rows into {len(train)} to train and {len(test)} to test. "
            "Use another test_size, or cv."
        )
    return [(train, test)]


def half_of(rows: NDArray[np.intp], half: tuple[int, int] | None) -> NDArray[np.intp]:
    """Return one of two random halves of the rows, ``(seed, 0)`` or ``(seed, 1)``, or all rows for None.

    Raises
    ------
    OptionError
        If a half would be empty.
    """
    if half is None:
        return rows
    if len(rows) < 2:
        raise OptionError(f"select_on='half' needs two rows, to choose and to measure on, and there is {len(rows)}.")
    order = permutation(len(rows), half[0])
    middle = len(rows) // 2
    return rows[np.sort(order[middle:] if half[1] else order[:middle])]


def standardize(
    train: NDArray[np.float64], test: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both parts of each latent, (d, m) and (d, t), standardized by the training part: mean 0, deviation 1.

    The first training value is subtracted before any square, so that a large offset costs no digits. A latent is
    constant only if all its training values are equal, without a tolerance. A constant latent is centered and not
    scaled. With weights of the training rows (m,), mean and deviation are weighted.
    """
    # the same steps for both parts, so that equal values stay equal
    train, test = from_first(train, test, axis=1)
    mean = train.mean(axis=1, keepdims=True) if weight is None else _weighted_mean(train, weight)
    for part in (train, test):
        part -= mean
    if weight is None:
        # not by einsum, which sums a row of several in another order than a single row
        deviation = np.sqrt(np.square(train).sum(axis=1, keepdims=True) / train.shape[1])
    else:
        deviation = np.sqrt(_weighted_mean(train * train, weight))
    deviation[deviation == 0] = 1.0
    for part in (train, test):
        part /= deviation
    return train, test


def min_max(train: NDArray[np.float64], test: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both parts of each latent, (d, m) and (d, t), scaled so that the training part reaches from 0 to 1.

    A constant latent is 0 in the training part.
    """
    train, test = from_first(train, test, axis=1)
    low, high = train.min(axis=1, keepdims=True), train.max(axis=1, keepdims=True)
    size = np.where(high > low, high - low, 1.0)
    return (train - low) / size, (test - low) / size


def _weighted_mean(values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean of each row: (d, m) -> (d, 1)."""
    return np.asarray(np.average(values, axis=1, weights=weight)[:, None])
