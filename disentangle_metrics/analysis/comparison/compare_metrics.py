"""Two models by several metrics at once, tested together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...evaluation import Metrics, Options, fitting, planned, selection_of
from ...options import resolve_seed
from .compare_two import draw, n_tests_of, representations, two
from .comparisons import Comparisons, adjusted_together
from .reach import of_metrics


def compare_metrics(
    a: ArrayLike | Representation,
    b: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    metrics: Metrics = None,
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
) -> Comparisons:
    """Return comparisons of two models on the same rows by several metrics, with p-values adjusted for all metrics.

    The p-values of the scores are adjusted by Holm's method for the number of scores, those of the factors for the
    number of scores and factors: the chance of even one false difference stays below one less `confidence`.

    Parameters
    ----------
    a, b, factors, protocol, options, factor_kinds, test, confidence, n_boot, groups, random_state, names
        As for :func:`compare`.
    metrics : str or iterable of str, optional
        As for :func:`evaluate`, also groups of metrics. A metric of several parts has a comparison for each.

    Returns
    -------
    Comparisons
        A :class:`Comparison` for each score, by its name.

    Raises
    ------
    UnknownMetricError, OptionError
    ShapeError, DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored, or are not of the same rows.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> v = rng.integers(4, size=(1000, 2))
    >>> good, bad = (v + noise * rng.normal(size=v.shape) for noise in (0.2, 0.8))
    >>> found = compare_metrics(good, bad, v, ["mig", "sap"])
    >>> [round(comparison.difference, 2) for comparison in found.values()]
    [0.59, 0.24]
    """
    first, second = two(names)
    plans = planned(metrics, protocol, options)
    given = {name: dict(plan.given) for name, plan in plans.items()}
    seed = resolve_seed(random_state, 1)
    data = representations({first: a, second: b}, factors, selection_of(plans))
    plans = fitting(plans, data.values(), protocol, factor_kinds)
    n_tests = sum(n_tests_of(name, data, given) for name in plans)
    pairs = []
    for name in plans:
        drawn, setting = draw(
            data, name, protocol, {name: given[name]}, factor_kinds, test, confidence, n_boot, groups, seed, n_tests
        )
        pairs.append(setting.pair(first, second, drawn))
    adjusted = adjusted_together(pairs)
    unreached = of_metrics(adjusted)
    noted = [replace(pair, notes=(*pair.notes, *unreached)) for pair in adjusted]
    return Comparisons(dict(zip(plans, noted, strict=True)))
