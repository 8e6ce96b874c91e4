"""Estimators of mutual information that need no bins, as options: names, and dataclasses with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError
from ...options import choice, flag, integer, resolve_seed
from ..columns.origin import largest, tamed
from ..discretizing.circle import cos_sin
from .gaussian import gaussian_bias, gaussian_pairs, gaussian_vectors, normal_scores
from .ksg import ksg, ksg_pairs
from .ross import ross, ross_pairs

Floats = NDArray[np.float64]

# Latents that are looked at together; None for each by itself.
Units = Sequence[tuple[int, ...]] | None
# How much each row counts (n,); None if every row counts once.
Weights = NDArray[Any] | None

# A circle so long that angles spread evenly around it have the standard deviation 1, to which columns are brought.
_CIRCLE = float(np.sqrt(12))

DISTANCES = ("exact", "scikit-learn")

# Without noise: distances nearer than this part of them and of the values were equal before they were rounded.
_ROUNDED = 2.0**-44

_NEIGHBORS = "counts of neighbors"


class Estimator(Protocol):
    """What estimates information in nats without bins, between columns of numbers, (n, d) and (n, m): (d, m)."""

    def with_numbers(self, latents: Floats, factors: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit of latents, with every continuous factor."""

    def with_labels(
        self, latents: Floats, labels: NDArray[np.integer], units: Units = None, weight: Weights = None
    ) -> Floats:
        """Return the information of every latent, or unit, with every categorical factor, given by codes from 0."""

    def with_angles(self, latents: Floats, parts: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every circular factor, given in parts of a turn."""


@dataclass(frozen=True)
class KSG:
    """Information from nearest neighbors: Kraskov et al. 2004, and Ross 2014 for a categorical factor.

    Every column is divided by its standard deviation and gets noise that makes ties unlikely, both as scikit-learn's
    ``mutual_info_regression`` and ``mutual_info_classif`` do it, with the same numbers from the same seed.

    Parameters
    ----------
    k : int, default 3
        Neighbors to look at. More of them scatter less and blur more.
    variant : {1, 2}, default 1
        Equation 8 or 9 of Kraskov et al.; Ross has one alone.
    jitter : float, default 1e-10
        Standard deviation of the noise, in units of the larger of 1 and the mean absolute value of the scaled column.
        0 for none: tied values, and equal distances, then count as they are, which the estimates were not made for.
    random_state : int, Generator or None, default 42
        Seed of the noise. A Generator or None draws one, which is recorded.
    distances : {"exact", "scikit-learn"}, default "exact"
        In classes of fewer than 2(k + 1) rows scikit-learn takes distances from squares, which rounds them so that a
        neighbor on the edge falls now inside, now outside. ``"scikit-learn"`` reproduces its numbers there too.
    """

    k: int = 3
    variant: int = 1
    jitter: float = 1e-10
    random_state: int | np.random.Generator | None = 42
    distances: str = "exact"

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", integer("k", self.k, 1))
        object.__setattr__(self, "variant", integer("variant", self.variant, 1, 2))
        jitter: Any = self.jitter
        is_number = isinstance(jitter, (int, float, np.integer, np.floating)) and not isinstance(jitter, bool)
        if not is_number or not 0 <= jitter < 1:
            raise OptionError(f"jitter={jitter!r} is out of range. Use 1e-10, or another number from 0 to below 1.")
        object.__setattr__(self, "jitter", float(jitter))
        object.__setattr__(self, "random_state", resolve_seed(self.random_state, 1))
        object.__setattr__(self, "distances", choice("distances", self.distances, DISTANCES))

    def with_numbers(self, latents: Floats, factors: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every continuous factor: (d, m)."""
        _refuse(weight, _NEIGHBORS)
        x, noise = self._latents_and_noise(latents, len(factors))
        # Each factor as if it were alone: the noise of all is the same
        y = np.hstack([self._noisy(factor[:, None], noise) for factor in factors.T])
        if units is not None:
            return _of_units(
                latents,
                units,
                lambda some, m: ksg(x[:, some], y[:, m], self.k, self.variant, slack=self._slack),
                y.shape[1],
            )
        return _where_varied(
            latents, lambda active: ksg_pairs(x[:, active], y, self.k, self.variant, self._slack), y.shape[1]
        )

    def with_labels(
        self, latents: Floats, labels: NDArray[np.integer], units: Units = None, weight: Weights = None
    ) -> Floats:
        """Return the information of every latent, or unit, with every categorical factor: (d, m)."""
        _refuse(weight, _NEIGHBORS)
        x = self._noisy(latents, self._random().standard_normal(latents.shape))
        as_sklearn, n_factors, slack = self.distances == "scikit-learn", labels.shape[1], self._slack
        if units is not None:
            if as_sklearn:
                raise OptionError("scikit-learn has no distances for groups of latents. Use estimator='ksg'.")
            return _of_units(latents, units, lambda some, m: ross(x[:, some], labels[:, m], self.k, slack), n_factors)
        return _where_varied(
            latents, lambda active: ross_pairs(x[:, active], labels, self.k, as_sklearn, slack), n_factors
        )

    def with_angles(self, latents: Floats, parts: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every circular factor, in parts of a turn: (d, m)."""
        _refuse(weight, _NEIGHBORS)
        x, noise = self._latents_and_noise(latents, len(parts))
        y = _CIRCLE * parts
        y = np.mod(y + self.jitter * np.maximum(1, y.mean(axis=0)) * noise, _CIRCLE)
        y[y >= _CIRCLE] = 0.0
        units = [(j,) for j in range(latents.shape[1])] if units is None else units
        return _of_units(
            latents,
            units,
            lambda some, m: ksg(x[:, some], y[:, m], self.k, self.variant, _CIRCLE, self._slack),
            y.shape[1],
        )

    def of_numbers_with_itself(self, factor: Floats) -> float:
        """Return the estimate for a continuous factor (n,) and itself, which grows with n without end."""
        return float(self.with_numbers(factor[:, None], factor[:, None])[0, 0])

    def of_labels_with_themselves(self, values: Floats, labels: NDArray[np.integer]) -> float:
        """Return the estimate for the labels of a factor as numbers (n,) and the same as labels (n,)."""
        return float(self.with_labels(values[:, None], labels[:, None])[0, 0])

    def noise_share(self, column: NDArray[Any]) -> float:
        """Return how large the noise is beside the standard deviation of a column (n,) that varies."""
        x = in_deviations(np.asarray(column, dtype=np.float64)[:, None])
        return self.jitter * max(1.0, float(np.abs(x).mean()))

    def _latents_and_noise(self, latents: Floats, n: int) -> tuple[Floats, Floats]:
        """Return the latents with noise, and noise for a factor: (n, d) and (n, 1)."""
        if n <= self.k:
            raise InputError(f"k={self.k} neighbors need more than {self.k} labeled rows and there are {n}.")
        random = self._random()
        x = self._noisy(latents, random.standard_normal(latents.shape))
        return x, random.standard_normal((n, 1))

    def _random(self) -> np.random.RandomState:
        return np.random.RandomState(self.random_state)  # type: ignore[arg-type]

    @property
    def _slack(self) -> float:
        return 0.0 if self.jitter else _ROUNDED

    def _noisy(self, columns: Floats, noise: Floats) -> Floats:
        # Column after column in memory: numpy adds up in another order otherwise, and the last digit decides ties
        columns = np.asfortranarray(columns)
        if not self.jitter:
            return in_deviations(around_middle(columns))
        x = in_deviations(columns)
        return np.asarray(x + self.jitter * np.maximum(1, np.abs(x).mean(axis=0)) * noise)


@dataclass(frozen=True)
class Gaussian:
    """Information of jointly Gaussian variables, -1/2 log(1 - r^2): sees what is linear, and nothing else.

    Parameters
    ----------
    bias_correction : bool, default False
        Take off what the estimate is too high by on average, about 1/2n nats; it can then be negative.
    """

    bias_correction: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias_correction", flag("bias_correction", self.bias_correction))

    def with_numbers(self, latents: Floats, factors: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every continuous factor: (d, m)."""
        if units is not None:
            return _of_units(
                latents,
                units,
                lambda some, m: self._vectors(latents[:, some], factors[:, [m]], weight),
                factors.shape[1],
            )
        bias = gaussian_bias(len(latents)) if self.bias_correction else 0.0
        return _where_varied(
            latents, lambda active: gaussian_pairs(latents[:, active], factors, weight) - bias, factors.shape[1]
        )

    def with_angles(self, latents: Floats, parts: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with cosine and sine of every circular factor: (d, m)."""
        units = [(j,) for j in range(latents.shape[1])] if units is None else units
        circles = [cos_sin(part) for part in parts.T]
        return _of_units(
            latents, units, lambda some, m: self._vectors(latents[:, some], circles[m], weight), len(circles)
        )

    def _vectors(self, x: Floats, y: Floats, weight: Weights) -> float:
        bias = gaussian_bias(len(x), x.shape[1], y.shape[1]) if self.bias_correction else 0.0
        return gaussian_vectors(x, y, weight) - bias

    def with_labels(
        self, latents: Floats, labels: NDArray[np.integer], units: Units = None, weight: Weights = None
    ) -> Floats:
        """Refuse: information from Gaussians within classes passes the entropy of the labels without end."""
        raise OptionError(
            "a Gaussian estimate of information needs continuous factors: with labels it grows past their entropy "
            "without end where classes are well apart. Use estimator='ksg' or 'binned', or pass "
            "factor_kinds='continuous' if the labels are measurements."
        )


@dataclass(frozen=True)
class GaussianCopula(Gaussian):
    """The same of normal scores, which replace each value by the quantile of its rank: sees what is monotone.

    Ince et al. 2017, doi:10.1002/hbm.23471. A lower bound of the information if the copula is not Gaussian.

    Parameters
    ----------
    bias_correction : bool, default True
        As for :class:`Gaussian`.
    """

    bias_correction: bool = True

    def with_numbers(self, latents: Floats, factors: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every continuous factor: (d, m)."""
        _refuse(weight, "normal scores are of ranks among rows, which")
        return super().with_numbers(normal_scores(latents), normal_scores(factors), units)

    def with_angles(self, latents: Floats, parts: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Refuse: an angle has no rank."""
        raise OptionError(
            "a copula is made of ranks, and angles have none. Use estimator='ksg', 'gaussian' or 'binned'."
        )


TUNED_ESTIMATORS: dict[str, type] = {"ksg": KSG, "gaussian": Gaussian, "gaussian-copula": GaussianCopula}

# None counts in bins.
ESTIMATORS: dict[str, Estimator | None] = {
    "binned": None,
    "ksg": KSG(),
    "ksg2": KSG(variant=2),
    "ksg-sklearn": KSG(distances="scikit-learn"),
    "gaussian": Gaussian(),
    "gaussian-copula": GaussianCopula(),
}


def _refuse(weight: Weights, what: str) -> None:
    if weight is not None:
        raise OptionError(f"{what} have no weighted version. Use estimator='gaussian'.")


def _where_varied(latents: Floats, information: Callable[[NDArray[np.intp]], Floats], n_factors: int) -> Floats:
    """Return the information of the latents that have two values or more, and 0 for the others: (d, m)."""
    found = np.zeros((latents.shape[1], n_factors))
    active = np.flatnonzero(latents.max(axis=0) > latents.min(axis=0))
    if len(active):
        found[active] = information(active)
    return found


def _of_units(
    latents: Floats,
    units: Sequence[tuple[int, ...]],
    information: Callable[[NDArray[np.intp], int], float],
    n_factors: int,
) -> Floats:
    """Return the information of units of latents, their constant members left out; 0 where all are constant: (u, m)."""
    varies = latents.max(axis=0) > latents.min(axis=0)
    found = np.zeros((len(units), n_factors))
    for u, members in enumerate(units):
        some = np.array([j for j in sorted(members) if varies[j]], dtype=np.intp)
        if len(some):
            found[u] = [information(some, m) for m in range(n_factors)]
    return found


def in_deviations(columns: Floats) -> Floats:
    """Return each column divided by its standard deviation, a constant one by its size: (n, d) -> (n, d)."""
    size = np.abs(columns).max(axis=0)
    # A power of two first: it takes nothing off any digit and lets no square leave float64
    x = np.ldexp(columns, -np.frexp(size)[1], order="K")
    deviation = x.std(axis=0)
    return np.asarray(x / np.where(deviation > 0, deviation, 1.0))


def around_middle(columns: Floats) -> Floats:
    """Return each column less its lower median, so that an offset costs no digits when it is divided: (n, d) -> (n, d).

    It is one of the values, so that those on a lattice stay on it.
    """
    x = tamed(columns, largest(columns, 0))
    middle = (len(x) - 1) // 2
    x -= np.partition(x, middle, axis=0)[middle]
    return x
