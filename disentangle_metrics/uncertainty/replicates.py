"""Scores of resampled rows, for intervals and for comparisons of two models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.arrays import to_numpy
from ..data.labels import is_missing
from ..data.one_hot import shares_of_draws
from ..data.representation import Representation
from ..data.row_labels import RowLabels, check_row_labels
from ..errors import InputError, OptionError, ShapeError
from ..kernels.resampling.bootstrap import Weights, draw_rows
from ..options import integer, resolve_seed
from ..registry import get_score
from ..scores.recipe import Debiasing, Drawn, Recipe, stacked
from ..scores.score import Score
from ..statistics.base import Around, Resampled
from .drawn_bias import GapsByHalves, Plain, mean_of_defined

Floats = NDArray[np.float64]

# Default numbers of draws: if each takes a pass over counts, and if each takes a full new score.
MANY, FEW = 1000, 100
# Standard errors of a part above 0 from which on its correction may raise it: those of 95 %.
_TOLD = 1.96


class Case(NamedTuple):
    """A bias-corrected score that may be true, its parts (k,), the standard errors of both, and its lower value."""

    value: float
    error: float
    parts: Floats
    errors: Floats
    least: float


@dataclass(frozen=True)
class Replicates:
    """Scores of resampled rows.

    Attributes
    ----------
    values : ndarray of shape (B,)
    per_factor : ndarray of shape (B, k)
        NaN for a factor without a gap.
    center : float
        The corrected score: bias-corrected, and not above the observed value for parts that may be 0.
    center_per_factor : ndarray of shape (k,)
        The corrected parts.
    method : str
    random_state : int
    notes : tuple of str
    noisy : bool
        Whether the bias correction is noisy.
    middle_per_factor : ndarray of shape (k,)
        The bias-corrected parts: the middles of their intervals.
    level : callable
        From a number of standard errors to the parts that may be 0: (k,).
    refusal : str or None
        Reason why there is no interval.
    cases : sequence of Case
        Scores that may be true; the interval holds all of them. None if the draws show one case only.
    n_infinite : int
        Number of draws whose score is infinite; they are 0 here.
    """

    values: Floats
    per_factor: Floats
    center: float
    center_per_factor: Floats
    method: str
    random_state: int
    notes: tuple[str, ...] = ()
    noisy: bool = True
    middle_per_factor: Floats = field(default_factory=lambda: np.empty(0))
    level: Callable[[float], NDArray[np.bool_]] = field(default=lambda reach: np.empty(0, dtype=bool), repr=False)
    refusal: str | None = None
    cases: Sequence[Case] = ()
    n_infinite: int = 0


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
    codes = None if groups is None else group_codes(groups, n, recipe.data.row_labels)
    seed = resolve_seed(random_state, 1)
    rng = np.random.default_rng(seed)
    resampled = recipe.statistic().resampled()
    if resampled is None:
        is_gap = "gap" in get_score(score.metric).traits
        return _halves(recipe, integer("n_boot", FEW if n_boot is None else n_boot, 2), seed, codes, is_gap)
    many = draw_rows(rng, n, integer("n_boot", MANY if n_boot is None else n_boot, 2), codes)
    debiasing = Plain(recipe) if recipe.debias is None else recipe.debias(resampled)
    notes = [*debiasing.notes(), *resampled.notes()]
    first_order = debiasing.first_order() if around_center else None
    cases = debiasing.around(map(resampled.reweighted, many)) if around_center else ()
    if cases:
        more = np.zeros(1) if codes is None else _bias_of_groups(recipe, resampled, seed, codes)
        summed = _summed(
            recipe,
            cases[0].drawn_parts,
            cases[0].parts - more,
            resampled.method,
            seed,
            debiasing,
            notes,
            cases[0].drawn_weights,
            cases[0].weights,
        )
        return replace(summed, cases=tuple(_case(recipe, case, more) for case in cases))
    if first_order is not None:
        center, added = first_order
        shares: list[Floats] = []
        many = _noting_shares(recipe, many, shares)
        if codes is not None:
            center = center - _bias_of_groups(recipe, resampled, seed, codes)
        parts = np.concatenate([center + _means(added, weights) for weights in many])
        of_draws = np.concatenate(shares) if shares else None
    else:
        parts, matrices, of_draws = drawn_parts(recipe, resampled, many)
        center = debiasing.center(parts, matrices)
    return _summed(recipe, parts, center, resampled.method, seed, debiasing, notes, of_draws)


def _case(recipe: Recipe, around: Around, bias: Floats) -> Case:
    """Return a bias-corrected score with its errors, less a further bias of the parts."""
    parts = np.clip(around.parts - bias, *recipe.bounds)
    undefined = np.isnan(recipe.parts)
    drawn = np.where(undefined, np.nan, around.drawn_parts)
    value = float(recipe.whole(parts, around.weights))
    return Case(
        value=value,
        least=value,
        error=float(recipe.whole(drawn, around.drawn_weights).std(ddof=1)),
        parts=np.where(undefined, np.nan, parts),
        errors=drawn.std(axis=0, ddof=1),
    )


def _noting_shares(recipe: Recipe, many: Iterable[Weights], shares: list[Floats]) -> Iterator[Weights]:
    """Yield blocks of draws as they come, and append the weights of the parts in each block: (r, k)."""
    for draws in many:
        of_draws = shares_of_draws(recipe.data, draws)
        if of_draws is not None:
            shares.append(of_draws)
        yield draws


def _bias_of_groups(recipe: Recipe, resampled: Resampled, seed: int, groups: NDArray[np.intp]) -> Floats:
    """Return the additional bias of the parts because rows come in groups: (k,).

    A half of the groups has twice the bias of few groups and twice the bias of few rows. A half of the rows has nearly
    all groups, and so only twice the bias of few rows.
    """
    rng = np.random.default_rng([seed, 1])
    by_groups, by_rows = (
        drawn_parts(recipe, resampled, [np.stack([_half(rng, units) for _ in range(FEW)]).astype(np.uint16)]).parts
        for units in (groups, np.arange(len(groups)))
    )
    return np.asarray(by_groups.mean(axis=0) - by_rows.mean(axis=0))


def _half(rng: np.random.Generator, units: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which rows belong to a random half of the units: (n,)."""
    n_units = int(units.max()) + 1
    chosen = np.zeros(n_units, dtype=bool)
    chosen[rng.permutation(n_units)[: (n_units + 1) // 2]] = True
    return chosen[units]


def drawn_parts(recipe: Recipe, resampled: Resampled, many: Iterable[Weights]) -> Drawn:
    """Return the parts (B, k) of all draws of rows, their matrices (B, d, k) and, if any, their weights (B, k)."""
    statistic = recipe.statistic()
    parts, matrices, weights = [], [], []
    for draws in many:
        block = recipe.drawn(statistic, resampled.reweighted(draws))
        parts.append(block.parts)
        matrices.append(block.matrix)
        shares = shares_of_draws(recipe.data, draws)
        shares = block.weights if shares is None else shares
        if shares is not None:
            weights.append(shares)
    return Drawn(np.concatenate(parts), np.concatenate(matrices), np.concatenate(weights) if weights else None)


def _means(added: Floats, weights: Weights) -> Floats:
    """Return the mean influence (n, k) over the rows of each draw (r, n): (r, k)."""
    return np.asarray((weights.astype(np.float64) @ added) / weights.sum(axis=1, dtype=np.int64)[:, None])


def _halves(recipe: Recipe, n_boot: int, seed: int, groups: NDArray[np.intp] | None, is_gap: bool) -> Replicates:
    """Return the scores of random halves of the rows, drawn without replacement, so that no row comes twice.

    Halves of n rows vary as much as samples of n rows: sqrt(2) times as much because they are halves, and sqrt(1/2)
    times as much because they are drawn from n rows. A bias that falls like 1/n is twice as large in a half, so the
    difference shows the bias.
    """
    rng = np.random.default_rng(seed)
    data = recipe.data
    units = np.arange(data.n_samples) if groups is None else groups
    drawn = np.empty((n_boot, len(recipe.parts)))
    halves = np.empty((n_boot, data.n_samples), dtype=bool)
    weights = []
    for draw, half in zip(drawn, halves, strict=True):
        half[:] = _half(rng, units)
        rows = np.flatnonzero(half)
        again = recipe.again(data.on_rows(rows, rows))
        draw[:] = recipe.parts_of(again)
        weights.append(again.recipe.weights)
    center = 2 * recipe.parts - mean_of_defined(drawn)
    drawn = np.where(np.isnan(drawn), mean_of_defined(drawn), drawn)
    debiasing = GapsByHalves(recipe, center, drawn.std(axis=0, ddof=1), seed) if is_gap else Plain(recipe)
    shares = shares_of_draws(data, halves)
    shares = stacked(weights) if shares is None else shares
    return _summed(recipe, drawn, center, "half-samples", seed, debiasing, shares=shares)


def _summed(
    recipe: Recipe,
    parts: Floats,
    center: Floats,
    method: str,
    seed: int,
    debiasing: Debiasing,
    notes: Iterable[str] = (),
    shares: Floats | None = None,
    weights: Floats | None = None,
) -> Replicates:
    """Return replicates from the parts of draws and the corrected parts, each with the weights of the parts if any."""
    undefined = np.isnan(recipe.parts)
    infinite = np.isinf(parts).any(axis=-1)
    parts[infinite] = 0.0
    parts, center = (np.nan_to_num(x) for x in (parts, center))  # NaN of a constant factor that counts as 0
    parts[:, undefined] = np.nan
    center = np.where(undefined, np.nan, center)
    middle = np.clip(center, *recipe.bounds)

    def level(reach: float) -> NDArray[np.bool_]:
        if recipe.bounds[0] < 0:  # a part that may be negative is left as it is
            return np.zeros(len(middle), dtype=bool)
        seen = middle if debiasing.noisy else np.fmin(middle, recipe.parts)
        by_draws, known = seen <= reach * parts.std(axis=0, ddof=1), debiasing.level(reach)
        return np.asarray((by_draws if known is None else by_draws | known) & ~undefined)

    corrected = np.where(level(_TOLD), np.fmin(middle, recipe.parts), middle)
    return Replicates(
        values=recipe.whole(parts, shares),
        per_factor=parts,
        center=float(recipe.whole(corrected, weights)),
        center_per_factor=corrected,
        method=method,
        random_state=seed,
        notes=tuple(notes),
        noisy=debiasing.noisy,
        middle_per_factor=middle,
        level=level,
        refusal=debiasing.refusal,
        n_infinite=int(infinite.sum()),
    )


def units_of(data: Representation, groups: ArrayLike | None) -> NDArray[np.intp]:
    """Return the unit that each row is drawn with, as a number from 0: its group, or the row itself."""
    n = data.n_samples
    return np.arange(n) if groups is None else group_codes(groups, n, data.row_labels)


def group_codes(groups: ArrayLike, n: int, labels: RowLabels | None = None) -> NDArray[np.intp]:
    """Return the group of each row as a number from 0; `labels` are those of the rows.

    Raises
    ------
    ShapeError, InputError, OptionError
        If the number of groups and rows differs, if a row has no group, if the labels of the rows differ, or if all
        rows are in one group.
    """
    check_row_labels(labels, groups, "groups")
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
