"""Estimators of mutual information without bins, as options: names, and dataclasses with parameters."""

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

# Groups of latents that are measured together; None if each latent is measured alone.
Units = Sequence[tuple[int, ...]] | None
# Weight of each row (n,); None if every row counts once.
Weights = NDArray[Any] | None

# The length of a circle on which evenly spread angles have the standard deviation 1, as the scaled columns have.
_CIRCLE = float(np.sqrt(12))

DISTANCES = ("exact", "scikit-learn")

# Without noise: distances that differ by less than this part of the distances and values were equal before rounding.
_ROUNDED = 2.0**-44

_NEIGHBORS = "counts of neighbors"


class Estimator(Protocol):
    """Estimator of information in nats without bins, between columns of numbers, (n, d) and (n, m): (d, m)."""

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

    Every column is divided by its standard deviation and gets noise that makes ties unlikely, both as in scikit-learn's
    ``mutual_info_regression`` and ``mutual_info_classif``, with the same numbers from the same seed.

    Parameters
    ----------
    k : int, default 3
        Number of neighbors. More neighbors give less variance and more bias.
    variant : {1, 2}, default 1
        Equation 8 or 9 of Kraskov et al.; Ross has a single equation.
    jitter : float, default 1e-10
        Standard deviation of the noise, in units of the larger of 1 and the mean absolute value of the scaled column.
        0 adds no noise: tied values and equal distances then stay, although the estimates assume that there are none.
    random_state : int, Generator or None, default 42
        Seed of the noise. A Generator or None draws a seed, which is recorded.
    distances : {"exact", "scikit-learn"}, default "exact"
        In classes of fewer than 2(k + 1) rows scikit-learn computes distances from squares. Their rounding decides
        whether a neighbor on the edge is inside. ``"scikit-learn"`` reproduces its numbers there too.
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
        # Each factor as if it were alone: all factors get the same noise
        y = np.hstack([self._noisy(factor[:, None], noise) for factor in factors.T])
        if units is not None:
            return _of_units(
                latents,
                units,
                lambda unit, m: ksg(x[:, unit], y[:, m], self.k, self.variant, slack=self._slack),
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
            return _of_units(latents, units, lambda unit, m: ross(x[:, unit], labels[:, m], self.k, slack), n_factors)
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
            lambda unit, m: ksg(x[:, unit], y[:, m], self.k, self.variant, _CIRCLE, self._slack),
            y.shape[1],
        )

    def of_numbers_with_itself(self, factor: Floats) -> float:
        """Return the estimate for a continuous factor (n,) and itself, which grows with n without end."""
        return float(self.with_numbers(factor[:, None], factor[:, None])[0, 0])

    def of_labels_with_themselves(self, values: Floats, labels: NDArray[np.integer]) -> float:
        """Return the estimate for the labels of a factor as numbers (n,) and the same as labels (n,)."""
        return float(self.with_labels(values[:, None], labels[:, None])[0, 0])

    def noise_share(self, column: NDArray[Any]) -> float:
        """Return the noise as a share of the standard deviation of a column (n,) that varies."""
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
        # Column after column in memory: otherwise numpy sums in another order, and the last digit decides ties
        columns = np.asfortranarray(columns)
        if not self.jitter:
            return in_deviations(around_middle(columns))
        x = in_deviations(columns)
        return np.asarray(x + self.jitter * np.maximum(1, np.abs(x).mean(axis=0)) * noise)


@dataclass(frozen=True)
class Gaussian:
    """Information of jointly Gaussian variables, -1/2 log(1 - r^2): it measures linear dependence only.

    Parameters
    ----------
    bias_correction : bool, default False
        Subtract the bias of the estimate, about 1/2n nats. The estimate can then be negative.
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
                lambda unit, m: self._vectors(latents[:, unit], factors[:, [m]], weight),
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
            latents, units, lambda unit, m: self._vectors(latents[:, unit], circles[m], weight), len(circles)
        )

    def _vectors(self, x: Floats, y: Floats, weight: Weights) -> float:
        bias = gaussian_bias(len(x), x.shape[1], y.shape[1]) if self.bias_correction else 0.0
        return gaussian_vectors(x, y, weight) - bias

    def with_labels(
        self, latents: Floats, labels: NDArray[np.integer], units: Units = None, weight: Weights = None
    ) -> Floats:
        """Raise OptionError: Gaussian information within classes can exceed the entropy of the labels without limit."""
        raise OptionError(
            "a Gaussian estimate of information needs continuous factors: with labels it exceeds their entropy "
            "without limit if classes are well apart. Use estimator='ksg' or 'binned', or pass "
            "factor_kinds='continuous' if the labels are measurements."
        )


@dataclass(frozen=True)
class GaussianCopula(Gaussian):
    """Gaussian information of normal scores, the quantiles of the ranks: it measures monotone dependence.

    Ince et al. 2017, doi:10.1002/hbm.23471. A lower bound of the information if the copula is not Gaussian.

    Parameters
    ----------
    bias_correction : bool, default True
        As for :class:`Gaussian`.
    """

    bias_correction: bool = True

    def with_numbers(self, latents: Floats, factors: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Return the information of every latent, or unit, with every continuous factor: (d, m)."""
        _refuse(weight, "normal scores come from ranks among rows, which")
        return super().with_numbers(normal_scores(latents), normal_scores(factors), units)

    def with_angles(self, latents: Floats, parts: Floats, units: Units = None, weight: Weights = None) -> Floats:
        """Raise OptionError: an angle has no rank."""
        raise OptionError(
            "a copula needs ranks, and angles have no ranks. Use estimator='ksg', 'gaussian' or 'binned'."
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
    """Return the information of the latents with two values or more, and 0 for constant latents: (d, m)."""
    result = np.zeros((latents.shape[1], n_factors))
    active = np.flatnonzero(latents.max(axis=0) > latents.min(axis=0))
    if len(active):
        result[active] = information(active)
    return result


def _of_units(
    latents: Floats,
    units: Sequence[tuple[int, ...]],
    information: Callable[[NDArray[np.intp], int], float],
    n_factors: int,
) -> Floats:
    """Return the information of units of latents without their constant latents; 0 if all are constant: (u, m)."""
    varies = latents.max(axis=0) > latents.min(axis=0)
    result = np.zeros((len(units), n_factors))
    for u, members in enumerate(units):
        varying = np.array([j for j in sorted(members) if varies[j]], dtype=np.intp)
        if len(varying):
            result[u] = [information(varying, m) for m in range(n_factors)]
    return result


def in_deviations(columns: Floats) -> Floats:
    """Return each column divided by its standard deviation, a constant column by its size: (n, d) -> (n, d)."""
    size = np.abs(columns).max(axis=0)
    # A power of two first: it changes no digit and lets no square overflow float64
    x = np.ldexp(columns, -np.frexp(size)[1], order="K")
    deviation = x.std(axis=0)
    return np.asarray(x / np.where(deviation > 0, deviation, 1.0))


def around_middle(columns: Floats) -> Floats:
    """Return each column minus its lower median, so that a division loses no digits to an offset: (n, d) -> (n, d).

    The lower median is one of the values, so that values on a lattice stay on it.
    """
    x = tamed(columns, largest(columns, 0))
    middle = (len(x) - 1) // 2
    x -= np.partition(x, middle, axis=0)[middle]
    return x
