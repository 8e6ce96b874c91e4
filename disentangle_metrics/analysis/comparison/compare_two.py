"""Two models: on the same rows, or over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...data.kinds import FactorKinds
from ...data.one_hot import one_hot
from ...data.representation import Representation
from ...errors import DisentangleError, OptionError
from ...evaluation import Options
from ...options import choice, flag, integer, real, resolve_seed
from ...registry import get_score
from ...selection import latents_alone
from ...uncertainty.replicates import units_of
from . import over_seeds as seeds
from . import paired_rows as rows
from .halves import scored_on_halves
from .reach import default_draws, of_one
from .result import Comparison, adjusted

Model = ArrayLike | Representation
# A note says if the part of the variance that comes from what the rows set is larger than this.
_MUCH = 0.5


def compare(
    a: Model,
    b: Model,
    factors: ArrayLike | None = None,
    metric: str = "mig",
    *,
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    test: str = "bootstrap",
    confidence: float = 0.95,
    n_boot: int | None = None,
    groups: ArrayLike | None = None,
    random_state: int | np.random.Generator | None = 42,
    names: Sequence[str] = ("a", "b"),
) -> Comparison:
    """Return a test of whether two trained models differ on the same rows by more than chance.

    The unit is the row: the answer is about these two models on other rows of the same kind, not about models of other
    seeds. For other seeds, see :func:`compare_seeds`.

    Parameters
    ----------
    a, b : array-like of shape (n_samples, n_latents), n_latents >= 2
        The latents of each model for the same samples in the same order. The numbers of latents may differ.
        Representations have their own factors.
    factors : array-like of shape (n_samples, n_factors), optional
        Left out if `a` and `b` are Representations.
    metric : str, default "mig"
    protocol : str, optional
    options : mapping from metric to its options, optional
        As for :func:`evaluate`, for both models.
    factor_kinds : str, sequence or mapping, optional
    test : {"bootstrap", "sign-flip"}, default "bootstrap"
        ``"bootstrap"`` draws the same rows of both models again and again and subtracts their scores, draw by draw.
        ``"sign-flip"`` finds what each of ten blocks of rows adds to the score of each model by leaving it out, and
        turns the signs of the differences of these in every way. Rows of two models are never swapped: their latents
        are different spaces, and what is mixed of both is no representation. By either, a difference has to pass as it
        is seen, less its bias from few rows, and by what halves of the rows show of it. Models are scored anew on both
        halves of eight cuts: what these differ by beyond the draws, since bins, probes and splits are set by the rows,
        counts as variance.
    confidence : float, default 0.95
        Level of the intervals.
    n_boot : int, optional
        Number of bootstrap draws: by default 1,000, or 100 if each draw needs a full new score. There are more, up to
        ten times as many, if so many p-values are adjusted together that no p-value could be small.
    groups : array-like of shape (n_samples,), optional
        Rows with the same value here are drawn, or flipped, together.
    random_state : int, Generator or None, default 42
        Seed of the draws.
    names : (str, str), default ("a", "b")

    Returns
    -------
    Comparison
        ``difference`` is the score of `a` less that of `b`; ``per_factor`` has the same for each factor.

    Raises
    ------
    UnknownMetricError, OptionError
    ShapeError, DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored, or are not of the same rows.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 16; Phipson and Smyth (2010) for p-values
    that are never 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> v = rng.integers(4, size=(1000, 2))
    >>> good, bad = (v + noise * rng.normal(size=v.shape) for noise in (0.2, 0.8))
    >>> found = compare(good, bad, v)
    >>> round(found.difference, 2), found.p_value < 0.01
    (0.59, True)
    """
    first, second = two(names)
    data = representations({first: a, second: b}, factors, [metric])
    n_tests = n_tests_of(metric, data, options)
    drawn, setting = draw(
        data, metric, protocol, options, factor_kinds, test, confidence, n_boot, groups, random_state, n_tests
    )
    found = setting.pair(first, second, drawn)
    return replace(found, notes=(*found.notes, *of_one(found)))


class Setting:
    """Settings of a comparison on rows, which all Comparisons of one call share."""

    def __init__(self, metric: str, names: Sequence[str], level: float, seed: int, n: int) -> None:
        self.metric, self.names, self.level, self.seed, self.n = metric, names, level, seed, n
        self.test, self.signature, self.n_units = "", "", n
        self.notes: list[str] = []

    def pair(self, first: str, second: str, drawn: Mapping[str, rows.Drawn]) -> Comparison:
        """Return the comparison of two models."""
        a, b = drawn[first], drawn[second]
        found = rows.differences(a, b, self.level, self.n_units, self.seed)
        overall, *parts = adjusted(found)
        notes = list(self.notes)
        if overall.standard_error == 0:
            notes.append("every draw showed the same difference, so the interval has no width")
        of_set = float(a.less(b).share_of_set[0])
        if of_set > _MUCH:
            notes.append(
                f"{of_set:.0%} of the variance comes from what the rows set (bins, probes, splits): other rows would "
                "set it differently"
            )
        return Comparison(
            metric=self.metric,
            a=first,
            b=second,
            unit="rows",
            test=self.test,
            overall=overall,
            per_factor=dict(zip(self.names, parts, strict=True)),
            level=self.level,
            n_a=self.n,
            n_b=self.n,
            n_draws=len(a.draws) if self.test == "bootstrap" else 1 << len(a.draws),
            exact=self.test == "sign-flip",
            random_state=self.seed,
            signature=self.signature,
            notes=tuple(notes),
        )


def draw(
    data: Mapping[str, Representation],
    metric: str,
    protocol: str | None,
    options: Options | None,
    factor_kinds: FactorKinds,
    test: str,
    confidence: float,
    n_boot: int | None,
    groups: ArrayLike | None,
    random_state: int | np.random.Generator | None,
    n_tests: int,
) -> tuple[dict[str, rows.Drawn], Setting]:
    """Return the draws of the same rows for each model, and the settings of the comparison.

    The p-values of `n_tests` tests are adjusted together.
    """
    metric = get_score(metric).name
    test = choice("test", test, rows.TESTS)
    level = real("confidence", confidence, 0.0, 1.0)
    seed = resolve_seed(random_state, 1)
    some = next(iter(data.values()))
    scores = {name: rows.scored(one, metric, protocol, options, factor_kinds) for name, one in data.items()}
    names = next(iter(scores.values())).factor_names if get_score(metric).unit == "factor" else ()
    setting = Setting(metric, names, level, seed, some.n_samples)
    if n_boot is None:
        n_boot = default_draws(rows.usual_draws(scores.values()), n_tests, level)
    halves: dict[str, rows.Floats | None] = {}
    unknown = []
    try:
        halves |= {name: scored_on_halves(score, seed, groups) for name, score in scores.items()}
    except DisentangleError as error:
        halves = dict.fromkeys(scores)
        unknown.append(f"p and interval hold bins, probes and splits fixed: halves of the rows have no score: {error}")
    drawn = {name: rows.drawn(score, test, n_boot, seed, groups, halves[name]) for name, score in scores.items()}
    setting.test = test
    setting.n_units = int(units_of(some, groups).max()) + 1
    signatures = {name: [score.signature] for name, score in scores.items()}
    setting.signature, setting.notes = seeds.one_signature(signatures)
    remarks = {name: score.notes for name, score in scores.items()}
    shared = [note for note in remarks[next(iter(remarks))] if all(note in notes for notes in remarks.values())]
    if groups is not None:
        setting.notes.append(f"rows of {setting.n_units:,} groups were drawn together")
    setting.notes += [*unknown, *shared]
    setting.notes += [f"{name}: {note}" for name, notes in remarks.items() for note in notes if note not in shared]
    return drawn, setting


def n_tests_of(metric: str, data: Mapping[str, Representation], options: Options | None) -> int:
    """Return how many values of a metric are tested together: those of the factors, or the score alone."""
    if get_score(metric).unit != "factor":
        return 1
    first, asked = next(iter(data.values())), (options or {}).get(metric, {})
    return (one_hot(first) if asked.get("one_hot") else first).n_factors


def representations(
    models: Mapping[str, Any], factors: ArrayLike | None, metrics: Iterable[str]
) -> dict[str, Representation]:
    """Return models as checked Representations of the same rows; the metrics decide whether factors are needed."""
    alone = latents_alone(metrics)
    data: dict[str, Representation] = {}
    shared: Any = factors
    for name, model in models.items():
        own = isinstance(model, Representation)
        data[name] = (
            Representation.of(model)
            if own and factors is None
            else Representation.of(model, shared, without_factors=alone)
        )
    rows.check_rows(data)
    return data


def two(names: Sequence[str]) -> tuple[str, str]:
    """Return the checked names of two models."""
    if isinstance(names, str) or len(names) != 2 or names[0] == names[1]:
        raise OptionError(f"names={names!r} are not the names of two models. Pass two that differ: ('old', 'new').")
    return str(names[0]), str(names[1])


def compare_seeds(
    a: Sequence[Any] | seeds.Seeds,
    b: Sequence[Any] | seeds.Seeds,
    factors: ArrayLike | None = None,
    metric: str = "mig",
    *,
    paired: bool = False,
    test: str = "permutation",
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    confidence: float = 0.95,
    n_permutations: int = seeds.MOST,
    random_state: int | np.random.Generator | None = 42,
    names: Sequence[str] = ("a", "b"),
) -> Comparison:
    """Return a test of whether two training methods differ over seeds by more than chance.

    The unit is the seed: the answer is about models of other seeds of the same two methods. Many rows do not replace
    seeds.

    Parameters
    ----------
    a, b : sequence
        A run for each seed: a Score, a plain number, an array of latents (n_samples, n_latents) or a Representation.
        Two runs or more of each; their numbers may differ.
    factors : array-like of shape (n_samples, n_factors), optional
        For arrays of latents.
    metric : str, default "mig"
    paired : bool, default False
        Whether run i of `a` and run i of `b` share a source of variation (the seed of data and weights, the fold). Then
        the test flips the signs of their differences; otherwise it relabels scores.
    test : {"permutation", "t"}, default "permutation"
        ``"permutation"`` makes no assumption on the distribution of scores, but its p-value is at least 2 / 252 with
        five seeds each, and 2 / 32 with five pairs. ``"t"`` is Welch's test, or Student's for pairs. It can give
        smaller p-values and assumes that scores of seeds are normally distributed.
    protocol, options, factor_kinds : optional
        As for :func:`evaluate`, for latents.
    confidence : float, default 0.95
        Level of the interval: Welch's of the means, or Student's for pairs.
    n_permutations : int, default 20000
        All relabelings are tried if there are at most so many; otherwise so many are drawn at random.
    random_state : int, Generator or None, default 42
    names : (str, str), default ("a", "b")

    Returns
    -------
    Comparison
        ``per_factor`` is empty for plain numbers.

    Raises
    ------
    InputError, OptionError
        If there are too few runs, or if runs were scored by different settings.

    References
    ----------
    Janssen (1997), Studentized permutation tests for non-i.i.d. hypotheses and the generalized Behrens-Fisher problem.

    Examples
    --------
    >>> found = compare_seeds([0.41, 0.38, 0.44, 0.40], [0.31, 0.36, 0.29, 0.33])
    >>> round(found.difference, 3), round(found.p_value, 4), found.exact
    (0.085, 0.0286, True)
    """
    first, second = two(names)
    metric = get_score(metric).name
    args = factors, metric, protocol, options, factor_kinds
    runs = {name: seeds.seeds_of(name, model, *args) for name, model in ((first, a), (second, b))}
    found = over_seeds(first, second, runs, metric, test, paired, confidence, n_permutations, random_state)
    return replace(found, notes=(*found.notes, *of_one(found)))


def over_seeds(
    first: str,
    second: str,
    runs: Mapping[str, seeds.Seeds],
    metric: str,
    test: str,
    paired: bool,
    confidence: float,
    n_permutations: int,
    random_state: int | np.random.Generator | None,
) -> Comparison:
    """Return the comparison of the seeds of two models."""
    x, y = runs[first], runs[second]
    if x.factors != y.factors:
        raise OptionError(f"{first!r} has factors {x.factors} and {second!r} {y.factors}. Score both on the same.")
    if flag("paired", paired) and len(x.values) != len(y.values):
        raise OptionError(
            f"paired=True needs a partner for each seed: {first!r} has {len(x.values)} and {second!r} {len(y.values)}."
        )
    if paired and x.pairs != y.pairs:
        raise OptionError(f"runs do not pair: {first!r} has {list(x.pairs)} and {second!r} {list(y.pairs)}.")
    signature, notes = seeds.one_signature({first: x.signatures, second: y.signatures})
    level = real("confidence", confidence, 0.0, 1.0)
    seed = resolve_seed(random_state, 1)
    most = integer("n_permutations", n_permutations, 2)
    found, n_tried, exact = seeds.differences(x, y, choice("test", test, seeds.TESTS), paired, level, most, seed)
    overall, *parts = adjusted(found)
    return Comparison(
        metric=metric,
        a=first,
        b=second,
        unit="seeds",
        test=f"paired {test}" if paired else test,
        overall=overall,
        per_factor=dict(zip(x.factors, parts, strict=True)),
        level=level,
        n_a=len(x.values),
        n_b=len(y.values),
        n_draws=n_tried,
        exact=exact,
        random_state=seed,
        signature=signature,
        notes=tuple(notes),
    )
