"""Chance: what the same latents score when they know nothing, the rows of the factors being in another order."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..context import Null
from ..kernels.splits import resolve_seed
from ..options import integer
from ..score import Score
from .information import binned_gaps
from .rows import Asked, on_rows, one_number, scored

Floats = NDArray[np.float64]

# Orders, where nobody said how many: those that cost a count, and those that cost a score each.
MANY, FEW = 200, 20
QUANTILES = (0.05, 0.5, 0.95)


class Shuffled(Protocol):
    """What returns gaps (k,) and matrix (d, k) for an order of the factors' rows."""

    def __call__(self, order: NDArray[np.intp], /) -> tuple[Floats, Floats]:
        """Return gaps and matrix."""


def with_chance(asked: Asked, n_permutations: int | None, random_state: int | np.random.Generator | None) -> Score:
    """Return the score with what chance makes of it.

    One order for all factors, so that they keep what they share with one another; the latents keep theirs.
    """
    seed = resolve_seed(random_state, 1)
    rng = np.random.default_rng(seed)
    plugin = asked.spec.name == "mig" and asked.options["entropy"] == "plugin"
    made = binned_gaps(asked) if plugin else None
    count = integer("n_permutations", n_permutations or (FEW if made is None else MANY), 1)
    shuffled: Shuffled = _anew(asked) if made is None else made.permute
    found = [shuffled(rng.permutation(asked.data.n_samples)) for _ in range(count)]
    gaps = np.array([gap for gap, _ in found])
    gaps[:, np.isnan(asked.parts)] = np.nan
    values = one_number(asked, gaps)
    low, middle, high = (float(q) for q in np.quantile(values, QUANTILES))
    null = Null(
        mean=float(values.mean()),
        quantiles=(low, middle, high),
        p_value=float(p_value(values, np.array(float(asked.score)))),
        per_factor=tuple(gaps.mean(axis=0).tolist()),
        per_factor_p=tuple(np.where(np.isnan(asked.parts), np.nan, p_value(gaps, asked.parts)).tolist()),
        matrix=tuple(map(tuple, np.mean([matrix for _, matrix in found], axis=0).tolist())),
        n_permutations=count,
        random_state=seed,
        method="refitted" if made is None else "recounted",
    )
    return asked.score.replace(chance=null.mean, null=null)


def p_value(null: Floats, observed: Floats) -> Floats:
    """Return (1 + how many reach the observed value) / (1 + how many there are): (B, ...) -> (...).

    What is observed is one of the orders too, which is why 1 is added (Phipson and Smyth 2010, Statistical Applications
    in Genetics and Molecular Biology 9, 39). What differs in rounding alone reaches it.
    """
    reached = np.sum(null >= observed - 1e-12, axis=0)
    return np.asarray((1.0 + reached) / (1.0 + len(null)))


def _anew(asked: Asked) -> Shuffled:
    """Return what scores the latents anew in another order, probes fitted and all."""

    def gaps(order: NDArray[np.intp]) -> tuple[Floats, Floats]:
        # latents in another order beside factors in place: the same pairs, and the factors are not encoded anew
        score = scored(asked, on_rows(asked.data, order, np.arange(len(order))))
        parts = np.full(asked.data.n_factors, np.nan) if score.per_factor is None else np.array(score.per_factor)
        return parts, np.array(score.matrix)

    return gaps
