"""Are there enough rows? A metric's score against the number of rows, from subsamples of the given rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...errors import InputError, OptionError, quiet
from ...evaluation import Metrics, Options, evaluate, planned, selection_of, warn_of
from ...options import integer, real, resolve_seed
from ...runtime.config import config
from ...runtime.progress import progress
from ...scores.score import Score
from ...selection import latents_alone
from .fit import Fit, fit_law, spreads
from .metric_curve import MetricCurve, Point
from .notes import remarks
from .result import FORMATS, Curve

__all__ = ["FORMATS", "Curve", "Fit", "MetricCurve", "Point", "sample_size_curve"]

_WEIGHTS = "curves need rows of equal weight. Leave out sample_weight, or score all rows by evaluate()."

# Default sizes: half of all rows, a quarter, and so on.
_MOST_SIZES, _SMALLEST = 6, 50


class _Call(NamedTuple):
    """The call for every subsample: the arguments of :func:`evaluate`, and the first seed of each metric."""

    metrics: tuple[str, ...]
    protocol: str | None
    options: Mapping[str, Mapping[str, Any]]
    factor_kinds: FactorKinds
    seeds: Mapping[str, tuple[int, int]]


class _Draw(NamedTuple):
    """One subsample: its number of rows, its number among the draws of this size, and the seed of all draws."""

    n: int
    repeat: int
    seed: int

    def rows(self, total: int) -> NDArray[np.intp]:
        """Return the rows of the draw, in ascending order; draws are independent of each other."""
        rng = np.random.default_rng([self.seed, self.n, self.repeat])
        return np.sort(rng.choice(total, self.n, replace=False, shuffle=False))


def sample_size_curve(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    metrics: Metrics = None,
    *,
    sizes: Iterable[int] | None = None,
    n_repeats: int = 20,
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    confidence: float = 0.95,
    random_state: int | np.random.Generator | None = 0,
    n_jobs: int | None = 1,
) -> Curve:
    """Return scores against the number of rows, with their bias and spread: they show whether there are enough rows.

    For several n, each metric is scored on `n_repeats` subsamples of n rows, drawn without replacement and
    independently of each other. So errors of different n are independent, as the fit of s + b / n assumes. The spread
    is corrected for the rows that subsamples have in common; without the correction it would shrink to 0 when n
    approaches all rows. A metric that splits rows at random takes another seed for each subsample.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
    metrics : str or iterable of str, optional
        Metrics, or groups of metrics, that need only latents and factors. By default those of the protocol, or MIG and
        SAP.
    sizes : iterable of int, optional
        Numbers of rows, 2 to n_samples. By default up to six: a half, a quarter, ... down to 50. The score of all rows
        always comes last.
    n_repeats : int, default 20
        Subsamples of each size, at least 2.
    protocol, options, factor_kinds : optional
        As for :func:`evaluate`. Kinds that are not given are inferred from all rows.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.
    random_state : int, Generator or None, default 0
        Seed of the subsamples. The scores at one n do not depend on the other sizes.
    n_jobs : int, optional
        Processes of joblib, -1 for one per processor, None for the setting of joblib. The numbers are the same.

    Returns
    -------
    Curve

    Raises
    ------
    UnknownMetricError, OptionError
        Also if a metric needs the posterior: a subsample would break its grid of factors.
    ShapeError, DTypeError, NonFiniteError, InputError
        If the arrays, or a subsample of them, cannot be scored.

    References
    ----------
    Hoeffding (1948), A class of statistics with asymptotically normal distribution, for the variance of means over
    subsamples; Shao and Wu (1989), A general theory for jackknife variance estimation, for the correction by the
    rows that subsamples leave out.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(4, size=(400, 2))
    >>> curve = sample_size_curve(v, v, "mig", options={"mig": {"n_bins": 4}}, sizes=[100, 200])
    >>> [point.n for point in curve["mig"].points]
    [100, 200, 400]
    >>> round(curve["mig"].fit.limit, 2)
    1.0
    """
    plans = planned(metrics, protocol, options)
    left_out = {}
    for name, plan in list(plans.items()):
        if "posterior" in plan.spec.needs:
            left_out[name] = "the posterior cannot be subsampled."
            if plans.pop(name).group is None:
                raise OptionError(f"{name} needs the posterior, which cannot be subsampled.")
        if plan.given.get("sample_weight") is not None:
            raise OptionError(_WEIGHTS)
    warn_of(left_out)
    n_repeats = integer("n_repeats", n_repeats, 2)
    confidence = real("confidence", confidence, 0.0, 1.0)
    seed = resolve_seed(random_state, 1)
    data = Representation.of(latents, factors, factor_kinds, without_factors=latents_alone(selection_of(plans)))
    if data.weights is not None:
        raise OptionError(_WEIGHTS)
    drawn = _sizes(sizes, data.n_samples)
    asked = selection_of(plans)
    whole = evaluate(data, metrics=asked, protocol=protocol, options=options, factor_kinds=factor_kinds)
    names = tuple(whole)
    kinds = None if factor_kinds is None else data.factor_kinds  # kinds that are not given are inferred from all rows
    given = {name: dict(plan.given) for name, plan in plans.items()}
    call = _Call(names, protocol, given, kinds, dict(_seeds(whole)))
    draws = [_Draw(n, r, seed) for n in drawn for r in range(n_repeats)]
    draws += [_Draw(data.n_samples, r, seed) for r in range(1, n_repeats) if call.seeds]
    results = list(_all_scored(data, draws, call, n_jobs))
    curves = {}
    for name, score in whole.items():
        scores = [[r[name] for r, d in zip(results, draws, strict=True) if d.n == n and name in r] for n in drawn]
        again = [r[name] for r, d in zip(results, draws, strict=True) if d.n == data.n_samples and name in r]
        scores.append([(float(score), _n_undefined(score)), *again])
        curves[name] = _curve(score, [*drawn, data.n_samples], scores, confidence)
    return Curve(curves, n_repeats, confidence, seed)


def _sizes(sizes: Iterable[int] | None, total: int) -> list[int]:
    """Return the sizes below the number of all rows, in ascending order."""
    if sizes is None:
        halves = [total >> i for i in range(1, _MOST_SIZES + 1)]
        numbers = sorted(n for n in halves if n >= _SMALLEST)
        if not numbers:
            raise InputError(f"{total} rows are too few to draw {_SMALLEST} of them. Pass sizes to draw fewer.")
        return numbers
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise OptionError(f"sizes={sizes!r} are not numbers of rows. Pass several, for example [500, 1000, 2000].")
    numbers = sorted({integer("sizes", n, 2, total) for n in sizes} - {total})
    if not numbers:
        raise OptionError(f"sizes has no number of rows below all {total}. Pass some, for example [{total // 2}].")
    return numbers


def _seeds(whole: Mapping[str, Score]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield metrics that split rows at random, with their first seed and the number of seeds of each score."""
    for name, score in whole.items():
        if score.settings.get("random_state") is not None:
            yield name, (int(score.settings["random_state"]), int(score.settings.get("n_repeats") or 1))


# By metric: a score, and the number of factors that it leaves out.
_Found = dict[str, tuple[float, int]]


def _all_scored(data: Representation, draws: Sequence[_Draw], call: _Call, n_jobs: int | None) -> Iterator[_Found]:
    alike = data.take(np.arange(2))  # two rows are enough for names and kinds
    n_rows, done = sum(draw.n for draw in draws), 0
    with progress("subsamples") as step:
        if n_jobs == 1:
            results = (_scored(data.latents, data.factors, alike, draw, call) for draw in draws)
        else:
            from joblib import Parallel, delayed

            score = delayed(partial(_by_worker, backend=config.backend))
            calls = (score(data.latents, data.factors, alike, draw, call) for draw in draws)
            results = Parallel(n_jobs=n_jobs, return_as="generator")(calls)
        with closing(results):
            for draw, result in zip(draws, results, strict=True):
                done += draw.n
                step(done, n_rows)
                yield result


def _by_worker(*task: Any, backend: str) -> _Found:
    with config.using(backend=backend, threads=1):
        return _scored(*task)


def _scored(latents: NDArray[Any], factors: NDArray[Any], alike: Representation, draw: _Draw, call: _Call) -> _Found:
    """Return the scores of one subsample; for all rows, the scores of metrics that split rows at random."""
    metrics = call.metrics if draw.n < len(latents) else tuple(call.seeds)
    options = {name: dict(call.options.get(name, {})) for name in metrics}
    for name in call.seeds:
        first, used = call.seeds[name]
        options[name]["random_state"] = (first + draw.repeat * used) % ((1 << 32) - used)
    rows = draw.rows(len(latents))
    try:
        with quiet():  # the score of all rows has given the warnings
            names: dict[str, Any] = {"latent_names": alike.latent_names, "factor_names": alike.factor_names}
            v = factors[rows] if alike.n_factors else None
            data = Representation(latents[rows], v, **names).with_kinds_of(alike)
            report = evaluate(
                data, metrics=metrics, protocol=call.protocol, options=options, factor_kinds=call.factor_kinds
            )
    except InputError as error:
        raise InputError(
            f"{draw.n} of {len(latents)} rows cannot be scored: {error} Or ask for larger sizes."
        ) from None
    return {name: (float(score), _n_undefined(score)) for name, score in report.items()}


def _n_undefined(score: Score) -> int:
    return 0 if score.per_factor is None else int(np.isnan(score.per_factor).sum())


def _curve(score: Score, sizes: list[int], of_sizes: list[list[tuple[float, int]]], confidence: float) -> MetricCurve:
    """Return the curve of one metric from the scores of each size; all rows come last."""
    from scipy.special import stdtrit

    values = [np.array([value for value, _ in scores]) for scores in of_sizes]
    lacking = [sum(n_undefined > of_sizes[-1][0][1] for _, n_undefined in scores) for scores in of_sizes]
    n, counts = np.array(sizes, dtype=np.float64), np.array(list(map(len, values)))
    mean = np.array([scores.mean() for scores in values])
    variance = np.array([scores.var(ddof=1) if len(scores) > 1 else 0.0 for scores in values])
    fit, spread = fit_law(n, mean, variance, counts), spreads(n, variance)
    t = float(stdtrit(counts[0] - 1, (1 + confidence) / 2))
    low, high = (-math.inf, math.inf) if score.recipe is None else score.recipe.bounds

    def within(value: float) -> float:
        return min(max(value, low), high)

    points = tuple(
        Point(
            size, center, within(center - t * sd), within(center + t * sd), sd, fit.bias(size), tuple(scores.tolist())
        )
        for size, center, sd, scores in zip(sizes, mean.tolist(), spread.tolist(), values, strict=True)
    )
    ends = within(fit.limit - t * fit.limit_error), within(fit.limit + t * fit.limit_error)
    notes = tuple(remarks(score, points, fit, lacking, (low, high)))
    return MetricCurve(score, points, fit, ends, notes, (low, high))
