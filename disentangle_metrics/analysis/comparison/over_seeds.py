"""Several seeds per model: scores of each seed, and a test whose unit is the seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...errors import InputError, OptionError
from ...evaluation import Options, evaluate
from ...kernels.resampling.permutation_tests import flipped_p, relabeled_p
from ...scores.score import Score
from .difference import Difference

Floats = NDArray[np.float64]

TESTS = ("permutation", "t")
# Number of relabelings that are tried: all, if there are at most so many.
MOST = 20_000


@dataclass(frozen=True)
class Seeds:
    """Scores of a model's seeds.

    Attributes
    ----------
    values : ndarray of shape (s, 1 + k)
        The score of each seed, then its scores of the factors.
    factors : tuple of str
    signatures : tuple of str
        The settings of each score; empty for plain numbers.
    pairs : tuple
        The key that pairs each run with a run of another model, if known.
    """

    values: Floats
    factors: tuple[str, ...]
    signatures: tuple[str, ...]
    pairs: tuple[Any, ...] = ()


def seeds_of(
    name: str,
    runs: Iterable[Any] | Seeds,
    factors: ArrayLike | None,
    metric: str,
    protocol: str | None,
    options: Options | None,
    factor_kinds: FactorKinds,
) -> Seeds:
    """Return the scores of a model's runs, each a number, a Score, an array of latents or a Representation.

    Raises
    ------
    InputError
        If there are fewer than two runs, or if numbers and other values are mixed.
    """
    if isinstance(runs, Seeds):
        return runs
    runs = list(runs)
    if len(runs) < 2:
        raise InputError(f"{name!r} has {len(runs)} seed, and a spread over seeds needs two or more. Pass all seeds.")
    if all(isinstance(run, Score) for run in runs):
        return of_scores(name, runs, metric)
    if all(_is_number(run) for run in runs):
        values = np.array(runs, dtype=np.float64)[:, None]
        if not np.isfinite(values).all():
            raise InputError(f"{name!r} has a score that is no finite number: {[float(run) for run in runs]}.")
        return Seeds(values, (), ())
    if any(_is_number(run) for run in runs):
        raise InputError(f"{name!r} mixes numbers with other things. Pass scores alone, or latents alone.")
    scores = []
    for run in runs:
        own = None if isinstance(run, Representation) else factors
        scores.append(evaluate(run, own, metric, protocol=protocol, options=options, factor_kinds=factor_kinds)[metric])
    return of_scores(name, scores, metric)


def of_scores(name: str, scores: Sequence[Score], metric: str) -> Seeds:
    """Return the seeds from the scores of several runs."""
    for score in scores:
        if score.metric != metric:
            raise OptionError(f"{name!r} has a score of {score.metric}, and metric is {metric!r}. Name that metric.")
    names = tuple(scores[0].parts())
    if any(tuple(score.parts()) != names for score in scores):
        raise OptionError(f"the seeds of {name!r} have scores for different factors. Score all on the same factors.")
    values = np.array([[float(score), *score.parts().values()] for score in scores])
    if np.isnan(values[:, 0]).any():
        raise InputError(f"{name!r} has a score that is undefined. Leave that run out, and say so.")
    return Seeds(values, names, tuple(score.signature for score in scores))


def differences(
    a: Seeds, b: Seeds, test: str, paired: bool, level: float, most: int, seed: int
) -> tuple[list[Difference], int, bool]:
    """Return the differences of two models, the number of relabelings, and whether these were all.

    The statistic is Welch's t, which keeps its level in large samples even if one model varies more; for pairs it is
    the mean. The interval is Welch's, or Student's for pairs.
    """
    from scipy.stats import t

    x, y = a.values, b.values
    rng = np.random.default_rng(seed)
    n, m = len(x), len(y)
    defined = ~(np.isnan(x).any(axis=0) | np.isnan(y).any(axis=0))
    p = np.full(x.shape[1], np.nan)
    n_tried, exact = 0, True
    if test == "permutation" and paired:
        p[defined], n_tried, exact = flipped_p((x - y)[:, defined], most, rng)
    elif test == "permutation":
        p[defined], n_tried, exact = relabeled_p(np.concatenate([x, y])[:, defined], n, most, rng)
    if paired:
        spread = (x - y).std(axis=0, ddof=1)
        error, freedom = spread / np.sqrt(n), np.full(x.shape[1], n - 1.0)
    else:
        of_x, of_y = x.var(axis=0, ddof=1), y.var(axis=0, ddof=1)
        error = np.sqrt(of_x / n + of_y / m)
        below = (of_x / n) ** 2 / (n - 1) + (of_y / m) ** 2 / (m - 1)
        freedom = np.divide(error**4, below, out=np.ones_like(error), where=below > 0)  # error 0: any value
        spread = np.sqrt(((n - 1) * of_x + (m - 1) * of_y) / (n + m - 2))
    value = x.mean(axis=0) - y.mean(axis=0)
    if test == "t":
        p = 2 * t.sf(np.abs(_over(value, error)), freedom)
    reach = t.ppf((1 + level) / 2, freedom) * error
    together = n - 1 if paired else n + m - 2
    small = 1 - 3 / (4 * together - 1)  # Hedges' correction
    columns = (
        *(x.mean(axis=0), y.mean(axis=0), value, value - reach, value + reach, p, p, error, value),
        *(_over(value, error), _over(value, spread) * small),
    )
    table = np.array(columns).T
    table[~defined, 2:] = np.nan
    return [Difference(*map(float, row)) for row in table], n_tried, exact


def _over(value: Floats, spread: Floats) -> Floats:
    ratio = np.divide(value, spread, out=np.zeros_like(value), where=spread > 0)
    return np.asarray(np.where((spread == 0) & (value != 0), np.copysign(np.inf, value), ratio))


def _is_number(run: Any) -> bool:
    return isinstance(run, (int, float, np.integer, np.floating)) and not isinstance(run, bool)


def one_signature(signatures: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Return the signature of all runs of all models, and a note if they have different numbers of latents.

    Raises
    ------
    OptionError
        If two runs were scored by different settings.
    """
    runs = [(name, signature) for name, several in signatures.items() for signature in several]
    if not runs:
        return "", []
    first, signature = runs[0]
    for name, other in runs[1:]:
        if _settings(other) != _settings(signature):
            raise OptionError(
                f"{first!r} and {name!r} were scored by different settings, and such numbers are not compared:\n"
                f"  {signature}\n  {other}\nScore both again by the same settings."
            )
    counts = sorted({_latents(other) for _, other in runs}, key=int)
    notes = [f"models have {', '.join(counts[:-1])} and {counts[-1]} latents"] if len(counts) > 1 else []
    return signature, notes


def _settings(signature: str) -> list[str]:
    return [part for part in signature.split("|") if not part.startswith("d:")]


def _latents(signature: str) -> str:
    return next((part[2:] for part in signature.split("|") if part.startswith("d:")), "0")
