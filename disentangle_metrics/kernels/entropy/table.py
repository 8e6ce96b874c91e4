"""Entropies in nats from counts, by name.

An entropy takes counts ``(..., m)`` and returns ``(...)``. Empty cells may be present or left out and must not matter.
The estimators here also take the support ``(...)`` of the tables, the number of cells that each could fill. Half of
them need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .corrections import entropy_chao_shen, entropy_grassberger, entropy_jackknife
from .estimator import Estimator, OfCounts, OverSupport
from .extrapolation import entropy_extrapolated
from .nsb import entropy_nsb
from .shrinkage import Dirichlet, entropy_james_stein, entropy_minimax, entropy_perks

Entropy = Callable[[NDArray[np.int64]], NDArray[np.float64]]

_FEW_CELLS = 1 << 16
# If there are this many times as many cells as the largest count, logarithms come from a table.
_REPEATED = 8


def xlogx(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return c log c, which is 0 for an empty cell."""
    if counts.dtype.kind in "iu" and counts.size:
        most = int(counts.max())
        if most < counts.size // _REPEATED:
            return xlogx_up_to(most).take(counts)
    numbers = counts.astype(np.float64)
    # only weights lie between 0 and 1; a maximum is faster than a choice
    logs = np.maximum(numbers, 1.0) if counts.dtype.kind in "iu" else np.where(numbers > 0, numbers, 1.0)
    np.log(logs, out=logs)
    logs *= numbers
    return np.asarray(logs)


def xlogx_up_to(n: int) -> NDArray[np.float64]:
    """Return c log c for c = 0, ..., n."""
    numbers = np.arange(n + 1.0)
    numbers[1:] *= np.log(numbers[1:])
    return numbers


def entropy_plugin(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the maximum-likelihood entropy in nats of each row of counts: (..., m) -> (...)."""
    total = counts.sum(axis=-1)
    # (n log n - sum c log c) / n: no division per cell, and empty cells need no special case
    return np.asarray(np.log(total) - xlogx(counts).sum(axis=-1) / total)


@dataclass(frozen=True)
class Plugin(Estimator):
    """Entropy of the observed frequencies."""

    takes_weights: bool = True

    def __call__(self, counts: NDArray[np.int64], support: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the entropy in nats of each table (..., m): (...)."""
        return entropy_plugin(counts)

    def of_tables(
        self, tables: NDArray[np.int64], places: Sequence[int], supports: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the entropies of tables (l, m), one after the other: (l, len(places) - 1)."""
        total = tables[:, : places[1]].sum(axis=1, keepdims=True)
        return np.asarray(np.log(total) - xlogx_sums(tables, places) / total)


def xlogx_sums(tables: NDArray[np.int64], places: Sequence[int]) -> NDArray[np.float64]:
    """Return the sum of c log c over each of several tables that follow one another in a row: (l, m) -> (l, t).

    Parameters
    ----------
    tables : ndarray of shape (l, m)
    places : sequence of int of length t + 1
        The start of each table, and the end of the last one.
    """
    if tables.size <= _FEW_CELLS:  # for small tables the calls take longer than the cells
        return np.asarray(np.add.reduceat(xlogx(tables), places[:-1], axis=1))
    return np.stack([xlogx(tables[:, start:stop]).sum(axis=1) for start, stop in pairwise(places)], axis=1)


def entropy_miller_madow(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the plug-in entropy plus the first-order bias correction, (occupied cells - 1) / 2n (Miller 1955)."""
    occupied = np.count_nonzero(counts, axis=-1)
    return np.asarray(entropy_plugin(counts) + (occupied - 1) / (2 * counts.sum(axis=-1)))


ENTROPIES: dict[str, Estimator] = {
    "plugin": Plugin(),
    "miller-madow": OfCounts(entropy_miller_madow),
    "jackknife": OfCounts(entropy_jackknife),
    "extrapolated": OfCounts(entropy_extrapolated),
    "grassberger": OfCounts(entropy_grassberger),
    "chao-shen": OfCounts(entropy_chao_shen),
    "james-stein": OverSupport(entropy_james_stein),
    "jeffreys": Dirichlet(0.5),
    "laplace": Dirichlet(1.0),
    "perks": OverSupport(entropy_perks),
    "minimax": OverSupport(entropy_minimax),
    "nsb": OverSupport(entropy_nsb),
}

# Entropies with parameters.
TUNED_ENTROPIES = {"dirichlet": Dirichlet}
