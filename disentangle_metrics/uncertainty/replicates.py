"""Scores of resampled rows, for intervals and for comparisons of two models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.arrays import to_numpy
from ..data.labels import is_missing
from ..data.representation import Representation
from ..errors import InputError, OptionError, ShapeError
from ..kernels.resampling.bootstrap import Weights, draw_rows
from ..options import integer, resolve_seed
from ..registry import get_score
from ..scores.recipe import Recipe
from ..scores.score import Score
from ..statistics.base import Resampled

Floats = NDArray[np.float64]

# Default numbers of draws: if each takes a pass over counts, and if each takes a full new score.
MANY, FEW = 1000, 100


@dataclass(frozen=True)
class Replicates:
    """Scores of resampled rows.

    Attributes
    ----------
    values : ndarray of shape (B,)
    per_factor : ndarray of shape (B, k)
        NaN for a factor without a gap.
    center : float
        The bias-corrected score.
    center_per_factor : ndarray of shape (k,)
    method : str
    random_state : int
    notes : tuple of str
    noisy : bool
        Whether the bias correction is noisy.
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
    """Return the scores of bootstrap draws of the rows.

    With the same seed, two representations of the same samples draw the same rows, so that their scores can be
    subtracted draw by draw.

    Parameters
    ----------
    data : Representation
    metric : str
    options : mapping, optional
        As for the metric.
    n_boot : int, optional
        Number of draws: by default 1,000, or 100 if each draw needs a full new score.
    random_state : int, Generator or None, default 42
    groups : array-like of shape (n_samples,), optional
        Rows with the same value here are drawn together.

    Returns
    -------
    Replicates

    Raises
    ------
    OptionError, ShapeError
        Also the errors of the metric itself.

    Examples
    --------
    >>> v = np.arange(400)[:, None] // [20, 1] % 20
    >>> drawn = replicates(Representation(v, v), "mig", n_boot=50)
    >>> drawn.values.shape, drawn.per_factor.shape, drawn.center
    ((50,), (50, 2), 1.0)
    """
    spec = get_score(metric)
    given = {**spec.options, **(options or {})}
    return replicates_of(spec.function(data, **given), n_boot, random_state, groups)


def recipe_of(score: Score) -> Recipe:
    """Return the recipe of a score without weights of the rows.

    Raises
    ------
    OptionError
        If rows have weights, or the score has been detached from its recipe.
    """
    if score.recipe is None:
        raise OptionError(f"this score of {score.metric} was detached from its data. Score the data again.")
    score.recipe.check_rows_count_alike()
    return score.recipe


def replicates_of(
    score: Score,
    n_boot: int | None,
    random_state: int | np.random.Generator | None,
    groups: ArrayLike | None,
    around_center: bool = False,
) -> Replicates:
    """Return the replicates of a given score, see :func:`replicates`.

    With `around_center` the draws are draws of the bias-corrected score, from the influence of each row, if the metric
    can give it.
    """
    recipe = recipe_of(score)
    n = recipe.data.n_samples
    codes = None if groups is None else group_codes(groups, n)
    seed = resolve_seed(random_state, 1)
    rng = np.random.default_rng(seed)
    resampled = recipe.statistic().resampled()
    if resampled is None:
        return _halves(recipe, integer("n_boot", FEW if n_boot is None else n_boot, 2), seed, codes)
    many = draw_rows(rng, n, integer("n_boot", MANY if n_boot is None else n_boot, 2), codes)
    debiasing = Plain(recipe) if recipe.debias is None else recipe.debias(resampled)
    first_order = debiasing.first_order() if around_center else None
    if first_order is not None:
        center, added = first_order
        parts = np.concatenate([center + _means(added, weights) for weights in many])
    else:
        parts, matrices = drawn_parts(recipe, resampled, many)
        center = debiasing.center(parts, matrices)
    notes = [*debiasing.notes(), *resampled.notes()]
    return _summed(recipe, parts, center, resampled.method, seed, notes, debiasing.noisy)


def drawn_parts(recipe: Recipe, resampled: Resampled, many: Iterable[Weights]) -> tuple[Floats, Floats]:
    """Return the parts (B, k) and the matrices (B, d, k) of all draws of rows."""
    statistic = recipe.statistic()
    parts, matrices = [], []
    for weights in many:
        values = resampled.reweighted(weights)
        parts.append(recipe.reduced(values))
        matrices.append(statistic.matrix_of(values))
    return np.concatenate(parts), np.concatenate(matrices)


class Plain:
    """Parts of a score minus the mean error of its draws: the default bias correction of a metric."""

    noisy = True

    def __init__(self, recipe: Recipe) -> None:
        self.parts = recipe.parts

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected parts: (k,)."""
        return 2 * self.parts - _mean(drawn)

    def first_order(self) -> None:
        """Return None: the influence of single rows is not known."""

    def notes(self) -> list[str]:
        """Return an empty list."""
        return []


def _means(added: Floats, weights: Weights) -> Floats:
    """Return the mean influence (n, k) over the rows of each draw (r, n): (r, k)."""
    return np.asarray((weights.astype(np.float64) @ added) / weights.sum(axis=1, dtype=np.int64)[:, None])


def _halves(recipe: Recipe, n_boot: int, seed: int, groups: NDArray[np.intp] | None) -> Replicates:
    """Return the scores of random halves of the rows, drawn without replacement, so that no row comes twice.

    Halves of n rows vary as much as samples of n rows: sqrt(2) times as much because they are halves, and sqrt(1/2)
    times as much because they are drawn from n rows. A bias that falls like 1/n is twice as large in a half, so the
    difference shows the bias.
    """
    rng = np.random.default_rng(seed)
    data = recipe.data
    units = np.arange(data.n_samples) if groups is None else groups
    n_units = int(units.max()) + 1
    drawn = np.empty((n_boot, len(recipe.parts)))
    for draw in drawn:
        chosen = np.zeros(n_units, dtype=bool)
        chosen[rng.permutation(n_units)[: (n_units + 1) // 2]] = True
        rows = np.flatnonzero(chosen[units])
        draw[:] = recipe.parts_of(recipe.again(data.on_rows(rows, rows)))
    center = 2 * recipe.parts - _mean(drawn)
    return _summed(recipe, np.where(np.isnan(drawn), _mean(drawn), drawn), center, "half-samples", seed)


def _mean(values: Floats) -> Floats:
    """Return the mean of each column over its defined values: (B, k) -> (k,)."""
    defined = ~np.isnan(values)
    return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1))


def _summed(
    recipe: Recipe,
    parts: Floats,
    center: Floats,
    method: str,
    seed: int,
    notes: Iterable[str] = (),
    noisy: bool = True,
) -> Replicates:
    undefined = np.isnan(recipe.parts)
    parts, center = (np.nan_to_num(x) for x in (parts, center))  # NaN of a constant factor that counts as 0
    parts[:, undefined] = np.nan
    center = np.where(undefined, np.nan, center)
    center = np.clip(center, *recipe.bounds)
    return Replicates(
        recipe.whole(parts), parts, float(recipe.whole(center)), center, method, seed, tuple(notes), noisy
    )


def group_codes(groups: ArrayLike, n: int) -> NDArray[np.intp]:
    """Return the group of each row as a number from 0.

    Raises
    ------
    ShapeError, InputError, OptionError
        If the number of groups and rows differs, if a row has no group, or if all rows are in one group.
    """
    values = to_numpy(groups)
    if values.shape != (n,):
        raise ShapeError(
            f"groups has shape {values.shape} and there are {n} rows. Pass one group for each row: ({n},)."
        )
    entries = values.tolist()
    lacking = next((row for row, entry in enumerate(entries) if is_missing(entry) or entry == ""), None)
    if lacking is not None:
        raise InputError(f"row {lacking} has no group. Give every row a group, if necessary a group of its own.")
    number: dict[Any, int] = {}  # entries may have several types, which have no order
    codes = np.array([number.setdefault(entry, len(number)) for entry in entries], dtype=np.intp)
    if codes.max() < 1:
        raise OptionError("groups are all the same, so that nothing can be drawn. Pass at least two groups.")
    return codes
