"""When so few rows test a probe, or so many are of one class, that accuracies say little; and what then to do."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from ..data.representation import Group
from ..kernels.discretizing.discretizers import discretize_uniform
from ..statistics.held_out import HeldOut

# Rows that test below which a note says so: with 40 the split alone moves SAP by .06, with 200 by a fifth of that.
_FEW = 50

# Share of rows of one class from which a note says that accuracy leaves little to be gained.
_MOST = 0.9


def on_few_test_rows(statistic: HeldOut, options: Container[str], gap: bool) -> list[str]:
    """Return notes on rows that were held out: how few they are, and where nearly all are of one class.

    Parameters
    ----------
    statistic : HeldOut
    options : container of str
        The options of the metric, which are all that a note can advise.
    gap : bool
        Whether the value of a factor is the lead of the best latent.
    """
    predicted = set(statistic.classified)
    groups = [group for group in statistic.data.groups() if predicted.intersection(group.factors)]
    if not groups or statistic.plan.evaluate_on != "test":
        return []
    least = min(groups, key=lambda group: _n_labeled(statistic, group))
    return [*_on_few(statistic, _n_labeled(statistic, least), options), *_on_one_class(statistic, groups, options, gap)]


def _n_labeled(statistic: HeldOut, group: Group) -> int:
    return statistic.data.n_samples if isinstance(group.rows, slice) else len(group.rows)


def _on_few(statistic: HeldOut, n: int, options: Container[str]) -> list[str]:
    plan, n_repeats = statistic.plan, len(statistic.seeds)
    size = plan.test_size if isinstance(plan.test_size, int) else int(np.ceil(plan.test_size * n))
    n_tested = n if plan.n_folds is not None else min(n, size * n_repeats)
    if n_tested >= _FEW:
        return []
    if plan.n_folds is None and "cv" in options:
        mend = "take cv=5, which tests every row once"
    elif n_repeats == 1 and "n_repeats" in options:
        mend = "take n_repeats=10, and encode more rows"
    else:
        mend = "encode more rows"
    steps = "" if plan.scoring == "auc" else f"an accuracy moves in steps of {1 / n_tested:.2g}, and "
    return [
        f"few test rows: {n_tested} of {n} rows test the probes, so that {steps}other rows would score otherwise; "
        f"{mend}"
    ]


def _on_one_class(statistic: HeldOut, groups: list[Group], options: Container[str], gap: bool) -> list[str]:
    """Say of which factors nearly all rows are of one class, so that every latent predicts nearly all rows right."""
    if statistic.plan.scoring != "accuracy" or statistic.data.weights_of() is not None:
        return []
    predicted = set(statistic.classified)
    shares = {}
    for group in groups:
        for k in predicted.intersection(group.factors):
            counts = statistic.data.factor(group, k, discretize_uniform, statistic.plan.factor_bins or 2).counts
            shares[k] = counts.max() / counts.sum()
    uneven = [k for k in sorted(shares) if shares[k] > _MOST]
    if not uneven:
        return []
    k = max(uneven, key=shares.__getitem__)
    others = "" if len(uneven) == 1 else f" ({len(uneven)} factors have a class of more than {_MOST:.0%})"
    lead = f": no lead in accuracy is above {1 - shares[k]:.2g}" if gap else ""
    return [
        f"{shares[k]:.0%} of rows are of one class of factor {statistic.data.factor_names[k]!r}, and who guesses that "
        f"class is right as often{lead}{others}{_mend(options, gap)}"
    ]


def _mend(options: Container[str], gap: bool) -> str:
    """Return the advice to a metric that has the options for it."""
    if "probe" not in options or "scoring" not in options:
        return ""
    how = "probe='threshold' with scoring='balanced-accuracy'" if gap else "scoring='balanced-accuracy'"
    return f"; take {how}, by which classes count alike"
