"""Conditional entropies of factors: the entropy that each factor has left where another factor is known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..kernels.columns.weighted_counts import totals
from ..kernels.counting.information import joint_cells
from ..kernels.discretizing.discretizers import discretize_uniform
from ..kernels.entropy.estimator import Estimator as CountEstimator
from ..kernels.entropy.table import Entropy
from ..kernels.information.estimators import Estimator
from ..options import a_number
from .base import Floats

# Cells that are counted in a table, of which many may be empty.
_CELLS = 1 << 16


class Pair(NamedTuple):
    """Two factors on the rows on which both have labels.

    Attributes
    ----------
    one, other : int
        The factors.
    rows : slice or ndarray of int of shape (n,)
    codes : tuple of ndarray of int of shape (n,)
        The values of each factor, and the pair of values, as numbers from 0.
    """

    one: int
    other: int
    rows: slice | NDArray[np.intp]
    codes: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]


def pairs_of_factors(data: Representation, factor_bins: int) -> Iterator[Pair]:
    """Yield each pair of factors that vary and have labels on common rows."""
    columns: dict[int, NDArray[np.intp]] = {}
    for group in data.groups():
        for k in group.factors:
            columns[k] = np.full(data.n_samples, -1)
            columns[k][group.rows] = data.factor(group, k, discretize_uniform, factor_bins).codes
    for one, other in combinations(sorted(columns), 2):
        both = (columns[one] >= 0) & (columns[other] >= 0)
        if not both.any():
            continue
        rows = slice(None) if both.all() else np.flatnonzero(both)
        codes = [columns[k][rows] for k in (one, other)]
        sizes = [int(code.max()) + 1 for code in codes]
        if sizes[0] * sizes[1] <= _CELLS:
            joint: NDArray[np.integer] = codes[0] * sizes[1] + codes[1]
        else:
            joint, _ = joint_cells(list(zip(codes, sizes, strict=True)))
        yield Pair(one, other, rows, (codes[0], codes[1], joint))


def with_entropies(data: Representation, factor_entropy: Floats) -> Floats:
    """Return a matrix (..., k, k) with the entropy of factor k in row k, as if no factor knew of another."""
    return np.array(np.broadcast_to(factor_entropy[..., None], (*factor_entropy.shape, data.n_factors)))


def conditional_entropies(data: Representation, factor_bins: int, entropy: Entropy, factor_entropy: Floats) -> Floats:
    """Return H(v_k | v_l) in nats from joint counts: (k, l). On the diagonal stands H(v_k).

    Parameters
    ----------
    data : Representation
    factor_bins : int
        Equal-width bins of a continuous factor.
    entropy : callable
        From counts to nats.
    factor_entropy : ndarray of shape (n_factors,)
    """

    def measure() -> Floats:
        left = with_entropies(data, factor_entropy)
        for pair in pairs_of_factors(data, factor_bins):
            weight = data.weights_of(pair.rows)
            counts = [totals(codes, int(codes.max()) + 1, weight) for codes in pair.codes]
            filled = [int(np.count_nonzero(count)) for count in counts[:2]]
            sizes = [*filled, filled[0] * filled[1]]
            one, other, both = (_entropy(entropy, *cells) for cells in zip(counts, sizes, strict=True))
            left[pair.one, pair.other], left[pair.other, pair.one] = max(both - other, 0.0), max(both - one, 0.0)
        return left

    return data.remember(("conditional entropies", data.factor_kinds, factor_bins, entropy), measure)


def _entropy(entropy: Entropy, counts: NDArray[Any], support: int) -> float:
    if isinstance(entropy, CountEstimator):
        return float(entropy(counts, support))
    return a_number("entropy", entropy(counts))


def conditional_entropies_without_bins(data: Representation, estimator: Estimator, factor_entropy: Floats) -> Floats:
    """Return the self-information of factor k minus the estimate of I(v_k; v_l): (k, l).

    A factor of labels is taken as numbers where the other one is taken as labels, as latents are. On the diagonal
    stands the self-information.
    """

    def measure() -> Floats:
        left = with_entropies(data, factor_entropy)
        varying = [k for group in data.groups() for k in group.factors]
        for k in varying:
            for other in varying:
                if k != other:
                    left[k, other] = max(left[k, other] - _information(data, estimator, k, other), 0.0)
        return left

    return data.remember(("conditional entropies without bins", data.factor_kinds, estimator), measure)


def _information(data: Representation, estimator: Estimator, k: int, other: int) -> float:
    rows = np.flatnonzero((data.labels(k).codes >= 0) & (data.labels(other).codes >= 0))
    if len(rows) == 0:
        return 0.0
    if data.is_measured(other) and not data.is_measured(k):
        k, other = other, k
    values = _numbers(data, k)[rows][:, None]
    if data.is_measured(other):
        found = estimator.with_numbers(values, _numbers(data, other)[rows][:, None])
    else:
        found = estimator.with_labels(values, data.labels(other).codes[rows][:, None])
    return max(float(found[0, 0]), 0.0)


def _numbers(data: Representation, k: int) -> Floats:
    labels = data.labels(k)
    return labels.codes.astype(np.float64) if labels.is_text else labels.numbers()
