"""Entropies in nats from counts, by name.

An entropy takes counts ``(..., m)`` and returns ``(...)``. Empty cells may be present or left out and must not matter.
Ours also take the support ``(...)`` of the tables, how many cells each could fill, which half of them need.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .entropies.corrections import entropy_chao_shen, entropy_grassberger, entropy_jackknife
from .entropies.estimator import Estimator, OfCounts, OverSupport
from .entropies.nsb import entropy_nsb
from .entropies.shrinkage import Dirichlet, entropy_james_stein, entropy_minimax, entropy_perks

Entropy = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def xlogx(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return c log c, which is 0 for an empty cell."""
    numbers = counts.astype(np.float64)
    # only weights lie between 0 and 1, and to choose takes longer than to take the larger
    logs = np.maximum(numbers, 1.0) if counts.dtype.kind in "iu" else np.where(numbers > 0, numbers, 1.0)
    np.log(logs, out=logs)
    logs *= numbers
    return np.asarray(logs)


def entropy_plugin(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Maximum-likelihood entropy in nats of each row of counts: (..., m) -> (...)."""
    total = counts.sum(axis=-1)
    # n log n - sum c log c, over n: no division per cell, and empty cells need no special case
    return np.asarray(np.log(total) - xlogx(counts).sum(axis=-1) / total)


def entropy_miller_madow(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Plug-in entropy plus the first-order correction of its bias, (occupied cells - 1) / 2n (Miller 1955)."""
    occupied = np.count_nonzero(counts, axis=-1)
    return np.asarray(entropy_plugin(counts) + (occupied - 1) / (2 * counts.sum(axis=-1)))


ENTROPIES: dict[str, Estimator] = {
    "plugin": OfCounts(entropy_plugin, takes_weights=True),
    "miller-madow": OfCounts(entropy_miller_madow),
    "jackknife": OfCounts(entropy_jackknife),
    "grassberger": OfCounts(entropy_grassberger),
    "chao-shen": OfCounts(entropy_chao_shen),
    "james-stein": OverSupport(entropy_james_stein),
    "jeffreys": Dirichlet(0.5),
    "laplace": Dirichlet(1.0),
    "perks": OverSupport(entropy_perks),
    "minimax": OverSupport(entropy_minimax),
    "nsb": OverSupport(entropy_nsb),
}

# Those with parameters of their own.
TUNED_ENTROPIES = {"dirichlet": Dirichlet}
