"""Plug-in entropies of frequencies that are shrunk towards equal frequencies, over a support of known size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...options import real
from .estimator import Counts, Estimator, Floats, support_of

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Dirichlet(Estimator):
    r"""Plug-in entropy after `alpha` rows have been added to each cell of the support.

    .. math:: -\sum_{i=1}^K p_i \log p_i, \quad p_i = \frac{n_i + \alpha}{N + K \alpha}

    The frequencies are the mean of the posterior under a symmetric Dirichlet prior. This estimator is the entropy of
    that mean, as in the R package ``entropy`` and in pyitlib. ``"nsb"`` takes the mean of the entropy, over all alphas.

    Parameters
    ----------
    alpha : float, default 0.5
        Rows added to each cell, above 0: 1/2 is Jeffreys' prior, 1 Laplace's.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(Dirichlet(1.0)(np.array([3, 1]))), 4)  # the entropy of 4 and 2 rows
    0.6365
    >>> round(float(Dirichlet(1.0)(np.array([3, 1]), support=4)), 4)  # of 4, 2, 1 and 1 rows
    1.213
    """

    alpha: float = 0.5

    takes_weights = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", real("alpha", self.alpha, 0.0))

    def __call__(self, counts: Counts, support: ArrayLike | None = None) -> Floats:
        """Return the entropy in nats of each table (..., m) over its support (...): (...)."""
        cells = support_of(counts, support)
        return _smoothed(counts, cells, np.full(np.shape(cells), float(self.alpha)))


def entropy_perks(counts: Counts, support: Ints) -> Floats:
    """Return the plug-in entropy after one row is added, 1 / K to each of K cells (Perks 1947)."""
    return _smoothed(counts, support, 1.0 / support)


def entropy_minimax(counts: Counts, support: Ints) -> Floats:
    """Return the plug-in entropy after sqrt(N) rows are added, sqrt(N) / K to each of K cells (Trybula 1958)."""
    return _smoothed(counts, support, np.sqrt(counts.sum(axis=-1)) / support)


def entropy_james_stein(counts: Counts, support: Ints) -> Floats:
    r"""Plug-in entropy of the James-Stein frequencies (Hausser and Strimmer 2009, JMLR 10, 1469-1484).

    .. math:: p_i = \frac{\lambda}{K} + (1 - \lambda) \frac{n_i}{N}, \quad
       \lambda = \min\left(1, \frac{1 - \sum_i (n_i / N)^2}{(N - 1) \sum_i (1 / K - n_i / N)^2}\right)

    The share lambda of equal frequencies minimizes the estimated squared error. For a single row, lambda is 1.
    """
    total = counts.sum(axis=-1)
    agree = np.square(counts / total[..., None]).sum(axis=-1)
    error = np.maximum(1.0 - agree, 0.0)
    # empty cells of the support count too: the sum over all K cells of (1 / K - p)^2 is the sum of p^2, minus 1 / K
    spread = (total - 1.0) * np.maximum(agree - 1.0 / support, 0.0)
    kept = np.where(spread > error, 1.0 - error / np.where(spread > error, spread, 1.0), 0.0)
    return _smoothed(counts, support, (1.0 - kept) * total / support, kept)


def _smoothed(counts: Counts, support: Ints, added: Floats, kept: ArrayLike = 1.0) -> Floats:
    """Return the plug-in entropy of `kept` times the counts (..., m) with `added` rows in each of `support` cells.

    All but the counts have the shape (...).
    """
    occupied = counts > 0
    rows = np.asarray(kept)[..., None] * counts + added[..., None]
    total = kept * counts.sum(axis=-1) + support * added
    shares = np.where(occupied, rows, 0.0) / total[..., None]
    n_empty = support - np.count_nonzero(occupied, axis=-1)
    return np.asarray(0.0 - _xlogx(shares).sum(axis=-1) - n_empty * _xlogx(added / total))


def _xlogx(shares: Floats) -> Floats:
    return np.asarray(shares * np.log(np.where(shares > 0, shares, 1.0)))
