"""Bias of a score by the scores of its draws: for metrics that have no better estimate."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scores.recipe import Recipe
from ..statistics.base import Around

Floats = NDArray[np.float64]

# Random orders of the rows, each with a full new score, for the size of gaps of noise; and the standard deviations
# above their mean that 1 in 40 exceeds.
_ORDERS, _LARGEST = 20, 2.4


class Plain:
    """Parts of a score minus the mean error of its draws: the default bias correction of a metric."""

    noisy = True
    refusal = None

    def __init__(self, recipe: Recipe) -> None:
        self.parts = recipe.parts

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected parts: (k,)."""
        return 2 * self.parts - mean_of_defined(drawn)

    def first_order(self) -> None:
        """Return None: the influence of single rows is not known."""

    def around(self, values: Iterable[Any]) -> tuple[Around, ...]:
        """Return no cases: draws serve as they are."""
        return ()

    def level(self, reach: float) -> NDArray[np.bool_] | None:
        """Return None: the draws show which parts may be 0."""
        return None

    def notes(self) -> list[str]:
        """Return an empty list."""
        return []


class GapsByHalves(Plain):
    """Gaps of random halves of the rows, compared with gaps of noise.

    Parameters
    ----------
    recipe : Recipe
    center : ndarray of shape (k,)
        Bias-corrected gaps.
    errors : ndarray of shape (k,)
        Standard errors of the gaps.
    seed : int
        Seed of the random orders of the rows.
    """

    def __init__(self, recipe: Recipe, center: Floats, errors: Floats, seed: int) -> None:
        super().__init__(recipe)
        self.recipe, self.less_bias, self.errors, self.seed = recipe, center, errors, seed

    def level(self, reach: float) -> NDArray[np.bool_]:
        """Return the gaps that may be 0: by their standard errors, or because gaps of noise are as large."""
        level = self.less_bias <= reach * self.errors
        return level if level.all() else level | self.like_noise

    @cached_property
    def like_noise(self) -> NDArray[np.bool_]:
        """Mask of the gaps that gaps of noise exceed with a probability of 1 in 40 or more."""
        rng, data = np.random.default_rng(self.seed), self.recipe.data
        orders = (rng.permutation(data.n_samples) for _ in range(_ORDERS))
        parts = [self.recipe.parts_of(self.recipe.again(data.on_rows(o, np.arange(len(o))))) for o in orders]
        # the maximum of many values, and its lead, have a distribution like Gumbel's
        return np.asarray(self.parts <= np.mean(parts, axis=0) + _LARGEST * np.std(parts, axis=0))


def mean_of_defined(values: Floats) -> Floats:
    """Return the mean of each column over its defined values: (B, k) -> (k,)."""
    defined = ~np.isnan(values)
    return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1))
