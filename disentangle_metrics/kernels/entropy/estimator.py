"""The type of an entropy estimator: a function of the counts and of the number of possible cells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError

Counts = NDArray[Any]
Floats = NDArray[np.float64]


class Estimator(ABC):
    """Entropy of many tables at once, with the support of each table if the estimator needs it.

    A user's callable that is no Estimator is given one table at a time, and nothing else.

    Attributes
    ----------
    takes_weights : bool
        Whether the counts may be sums of sample weights. Otherwise the estimator needs integers, because it uses the
        number of cells with a single row, or the change when one row is left out.
    """

    takes_weights: bool

    @abstractmethod
    def __call__(self, counts: Counts, support: ArrayLike | None = None) -> Floats:
        """Return the entropy in nats of each table.

        Parameters
        ----------
        counts : ndarray of shape (..., m)
            Empty cells may be present or left out.
        support : array-like of int of shape (...), optional
            The number of cells that each table could fill; by default the number of cells that have rows.

        Returns
        -------
        ndarray of shape (...)
        """

    def of_tables(self, tables: Counts, places: Sequence[int], supports: NDArray[np.int64]) -> Floats:
        """Return the entropies of several tables, which count the same rows in different cells.

        Parameters
        ----------
        tables : ndarray of shape (l, m)
            Each row holds t tables, one after the other.
        places : sequence of int of length t + 1
            The start of each table, and the end of the last one.
        supports : ndarray of int of shape (l, t)

        Returns
        -------
        ndarray of shape (l, t)
        """
        spans = enumerate(pairwise(places))
        return np.stack([self(tables[:, start:stop], supports[:, t]) for t, (start, stop) in spans], axis=1)


@dataclass(frozen=True)
class OfCounts(Estimator):
    """Entropy of the counts alone, ``formula(counts)``, whatever the support."""

    formula: Callable[[Counts], Floats]
    takes_weights: bool = False

    def __call__(self, counts: Counts, support: ArrayLike | None = None) -> Floats:
        """Return the entropy in nats of each table (..., m): (...)."""
        if not self.takes_weights and counts.dtype.kind not in "iu":
            raise InputError(
                f"{self.formula.__name__} needs counts of rows, which are integers, and these are {counts.dtype}. "
                "Pass integers, or take an entropy that is defined for weights, for example 'plugin'."
            )
        return self.formula(counts)


@dataclass(frozen=True)
class OverSupport(Estimator):
    """Entropy of the counts and of the number of possible cells, ``formula(counts, support)``."""

    formula: Callable[[Counts, NDArray[np.int64]], Floats]
    takes_weights: bool = True

    def __call__(self, counts: Counts, support: ArrayLike | None = None) -> Floats:
        """Return the entropy in nats of each table (..., m) over its support (...): (...)."""
        return self.formula(counts, support_of(counts, support))


def support_of(counts: Counts, support: ArrayLike | None) -> NDArray[np.int64]:
    """Return the number of cells that each table could fill: the given support, or the number of filled cells.

    Raises
    ------
    InputError
        If more cells have rows than the support has cells.
    """
    filled = np.count_nonzero(counts, axis=-1)
    if support is None:
        return np.asarray(filled, dtype=np.int64)
    said = np.broadcast_to(np.asarray(support, dtype=np.int64), np.shape(filled))
    if np.any(said < filled):
        raise InputError(
            f"a table has rows in {np.max(filled)} cells and a support of {np.min(said)}. "
            "Pass as support the number of possible cells, at least the number of cells that have rows."
        )
    return said
