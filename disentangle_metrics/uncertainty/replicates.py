"""Scores of rows drawn again and again: what intervals, and comparisons of two models, are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import to_numpy
from ..errors import InputError, OptionError, ShapeError
from ..kernels.resample import Weights, draw_rows
from ..kernels.splits import resolve_seed
from ..labels import is_missing
from ..options import integer
from ..registry import get_metric
from ..representation import Representation
from .information import binned_gaps
from .predictions import predicted_gaps
from .rows import Asked, on_rows, one_number, scored

Floats = NDArray[np.float64]

# Draws, where nobody said how many: those that cost a pass over counts, and those that cost a score each.
MANY, FEW = 1000, 100


class Drawable(Protocol):
    """What a metric brings so that its rows can be drawn again without scoring anew.

    It may bring ``first_order()`` besides, which returns the values less their bias (k,), and how much more than the
    mean each row adds to them (n, k). Intervals are then made of that.

    Attributes
    ----------
    method : str
        How intervals made from it are called.
    noisy : bool, optional
        Whether what is taken off for bias varies so much from sample to sample that a difference of two models should
        not rest on it alone; True unless it says otherwise.
    """

    method: str

    def remarks(self) -> list[str]:
        """Return what a reader should know of such draws."""

    def draw(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return the values of all factors (r, k) and the matrices (r, d, k) of draws of rows (r, n)."""

    def center(self, gaps: Floats, matrices: Floats) -> Floats:
        """Return the values of all factors less their bias (k,), from all draws of them and of the matrix."""


# What is drawn again, by metric: a function that returns None for options it cannot serve. A metric that is not here,
# or not served, is scored anew on halves of the rows.
DRAWABLE: dict[str, Callable[[Asked], Drawable | None]] = {"mig": binned_gaps, "sap": predicted_gaps}


@dataclass(frozen=True)
class Replicates:
    """Scores of rows drawn again.

    Attributes
    ----------
    values : ndarray of shape (B,)
    per_factor : ndarray of shape (B, k)
        NaN where a factor has no gap.
    center : float
        The score less its bias.
    center_per_factor : ndarray of shape (k,)
    method : str
    random_state : int
    notes : tuple of str
    noisy : bool
        Whether what was taken off for bias is.
    """

    values: Floats
    per_factor: Floats
    center: float
    center_per_factor: Floats
    method: str
    random_state: int
    notes: tuple[str, ...] = ()
    noisy: bool = True


def replicates(
    data: Representation,
    metric: str,
    options: Mapping[str, Any] | None = None,
    *,
    n_boot: int | None = None,
    random_state: int | np.random.Generator | None = 42,
    groups: ArrayLike | None = None,
) -> Replicates:
    """Score rows that are drawn with replacement, again and again.

    Two representations of the same rows draw the same rows with the same seed, so that their scores can be subtracted
    draw by draw.

    Parameters
    ----------
    data : Representation
    metric : str
    options : mapping, optional
        As for the metric.
    n_boot : int, optional
        Draws: by default 1,000, or 100 where each is scored anew.
    random_state : int, Generator or None, default 42
    groups : array-like of shape (n_samples,), optional
        Rows with the same value here are drawn together.

    Returns
    -------
    Replicates

    Raises
    ------
    OptionError, ShapeError
        And what the metric itself raises.

    Examples
    --------
    >>> v = np.arange(400)[:, None] // [20, 1] % 20
    >>> drawn = replicates(Representation(v, v), "mig", n_boot=50)
    >>> drawn.values.shape, drawn.per_factor.shape, drawn.center
    ((50,), (50, 2), 1.0)
    """
    spec = get_metric(metric)
    given = {**spec.options, **(options or {})}
    return replicates_of(Asked(data, spec, given, spec.function(data, **given)), n_boot, random_state, groups)


def replicates_of(
    asked: Asked,
    n_boot: int | None,
    random_state: int | np.random.Generator | None,
    groups: ArrayLike | None,
    around_center: bool = False,
) -> Replicates:
    """Return what :func:`replicates` does, of a score that is there.

    With `around_center` the draws are, if it can be had, of the score less its bias, made of what each row adds to it.
    """
    n = asked.data.n_samples
    codes = None if groups is None else group_codes(groups, n)
    seed = resolve_seed(random_state, 1)
    rng = np.random.default_rng(seed)
    make = DRAWABLE.get(asked.spec.name)
    made = None if make is None else make(asked)
    if made is None:
        return _halves(asked, integer("n_boot", FEW if n_boot is None else n_boot, 2), seed, codes)
    many = draw_rows(rng, n, integer("n_boot", MANY if n_boot is None else n_boot, 2), codes)
    first_order = getattr(made, "first_order", None)
    if around_center and first_order is not None:
        center, added = first_order()
        per_factor = np.concatenate([center + _means(added, weights) for weights in many])
        return _summed(asked, per_factor, center, made.method, seed, made.remarks())
    gaps, matrices = [], []
    for weights in many:
        values, matrix = made.draw(weights)
        gaps.append(values)
        matrices.append(matrix)
    per_factor = np.concatenate(gaps)
    center = made.center(per_factor, np.concatenate(matrices))
    found = _summed(asked, per_factor, center, made.method, seed, made.remarks())
    return replace(found, noisy=getattr(made, "noisy", True))


def _means(added: Floats, weights: Weights) -> Floats:
    """Return the mean over the rows of each draw (r, n) of what a row adds (n, k): (r, k)."""
    return np.asarray((weights.astype(np.float64) @ added) / weights.sum(axis=1, dtype=np.int64)[:, None])


def _halves(asked: Asked, n_boot: int, seed: int, groups: NDArray[np.intp] | None) -> Replicates:
    """Score halves of the rows, drawn without replacement so that no row comes twice.

    Halves of n rows differ by as much as samples of n rows do: by sqrt(2) more as they are halves, by sqrt(1/2) less as
    they are drawn from n. And a bias that falls like 1/n is twice as large, which tells what it is.
    """
    rng = np.random.default_rng(seed)
    n = asked.data.n_samples
    units = np.arange(n) if groups is None else groups
    n_units = int(units.max()) + 1
    found = np.empty((n_boot, asked.data.n_factors))
    for draw in found:
        chosen = np.zeros(n_units, dtype=bool)
        chosen[rng.permutation(n_units)[: (n_units + 1) // 2]] = True
        rows = np.flatnonzero(chosen[units])
        half = scored(asked, on_rows(asked.data, rows, rows))
        draw[:] = np.nan if half.per_factor is None else half.per_factor
    center = 2 * asked.parts - _mean(found)
    return _summed(asked, np.where(np.isnan(found), _mean(found), found), center, "half-samples", seed)


def _mean(values: Floats) -> Floats:
    """Return the mean of each column over what is defined in it: (B, k) -> (k,)."""
    defined = ~np.isnan(values)
    return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1))


def _summed(
    asked: Asked, per_factor: Floats, center: Floats, method: str, seed: int, notes: Iterable[str] = ()
) -> Replicates:
    undefined = np.isnan(asked.parts)
    per_factor, center = (np.nan_to_num(x) for x in (per_factor, center))  # of a constant factor that counts as 0
    per_factor[:, undefined] = np.nan
    center = np.where(undefined, np.nan, center)
    low, high = limits(asked)
    center = np.clip(center, low, high)
    values = one_number(asked, per_factor)
    return Replicates(values, per_factor, float(one_number(asked, center)), center, method, seed, tuple(notes))


def limits(asked: Asked) -> tuple[float, float]:
    """Return between which values the metric lies by these options."""
    low, high = asked.spec.range
    unbounded = asked.options.get("normalizer") == "none" or asked.options.get("estimator", "binned") != "binned"
    high = np.inf if unbounded else high
    return low if asked.options.get("select_on") is None else -high, high


def group_codes(groups: ArrayLike, n: int) -> NDArray[np.intp]:
    """Return the group of each row as a number from 0.

    Raises
    ------
    ShapeError, InputError, OptionError
        If there is not one for each row, if some row has none, or if all rows are in one group.
    """
    values = to_numpy(groups)
    if values.shape != (n,):
        raise ShapeError(
            f"groups has shape {values.shape} and there are {n} rows. Pass one group for each row: ({n},)."
        )
    entries = values.tolist()
    lacking = next((row for row, entry in enumerate(entries) if is_missing(entry) or entry == ""), None)
    if lacking is not None:
        raise InputError(f"row {lacking} has no group. Give every row one, if need be one of its own.")
    number: dict[Any, int] = {}  # entries may be of several kinds, which have no order
    codes = np.array([number.setdefault(entry, len(number)) for entry in entries], dtype=np.intp)
    if codes.max() < 1:
        raise OptionError("groups are all the same, so that nothing can be drawn. Pass at least two groups.")
    return codes
