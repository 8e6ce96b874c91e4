"""Both ends of metrics of probes on all latents together: their options, and what a score says of its probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from ..data.kinds import Circular
from ..data.representation import Representation
from ..errors import BiasWarning, OptionError, warn
from ..kernels.discretizing.discretizers import MAX_BINS
from ..kernels.probes.classifiers import LARGEST_C
from ..kernels.probes.table import seeded
from ..kernels.probes.together import PLANES, JointProbe
from ..options import Choice, Flag, Integer, Number, Option, ShareOrCount
from ..statistics.base import Floats
from ..statistics.held_out import HeldOut
from ..statistics.joint_scores import JointScores
from ..statistics.predictability import Plan
from .declared import Options
from .notes import no_perfect_code
from .recipe import Reduction
from .score import Note, Score
from .settle import settle
from .split import check_split, note_on_convergence, notes_on_split, seeds_of, split_settings, test_rows_left

# The declarations of the options of the split and of the penalty.
JOINT_OPTIONS: Mapping[str, Option] = MappingProxyType(
    {
        "C": Number(low=0.0, high=LARGEST_C),
        "standardize": Flag(names=("min-max",)),
        "evaluate_on": Choice(names=("test", "train")),
        "test_size": ShareOrCount(),
        "shuffle": Flag(),
        "cv": Integer(low=2),
        "n_repeats": Integer(low=1),
        "factor_bins": Integer(low=2, high=MAX_BINS),
    }
)


# Probes that have a penalty; "ovr" and "ovr-raw" differ in their probabilities alone, and here a class is predicted.
PENALIZED = tuple(name for name in PLANES if name != "ovr-raw")


def predictor(options: Options, seed: int | None) -> JointProbe:
    """Return the probe that predicts a factor, by its options and the seed of a repeat.

    Raises
    ------
    OptionError
        If C was given and the probe has no penalty.
    """
    probe, C = options["probe"], options["C"]
    if isinstance(probe, str) and probe in PENALIZED:
        return JointProbe(probe, tuned=True) if C == "cv" else JointProbe(probe, 1.0 if C is None else C)
    if C is not None:
        given = C if isinstance(C, str) else f"{C:g}"
        raise OptionError(f"C={given} belongs to the probes {sorted(PENALIZED)} and not to {probe!r}. Leave it out.")
    return JointProbe(probe, seed=seed) if isinstance(probe, str) else JointProbe(seeded(probe, seed))


def predicted_parts(scores: Floats, of_numbers: tuple[int, ...]) -> Floats:
    """Return the accuracy of each factor; of factors predicted as numbers R2, at least 0: (..., k)."""
    parts = scores.copy()
    parts[..., list(of_numbers)] = np.maximum(scores[..., list(of_numbers)], 0.0)
    return parts


def joint_scores(
    options: Options, data: Representation, probe: Callable[[int | None], JointProbe], scoring: str
) -> JointScores:
    """Return the scores of probes on all latents as the options of a call want them.

    Parameters
    ----------
    options : Options
    data : Representation
    probe : callable
        From the seed of a repeat to its probe.
    scoring : str
        The score of a factor that is predicted by classes, see :class:`JointScores`.

    Raises
    ------
    OptionError
        If an option was given that would have no effect.
    """
    check_split(options)
    _, seeds = seeds_of(options)
    plan = Plan(
        standardize=options["standardize"],
        scoring=scoring,
        evaluate_on=options["evaluate_on"],
        test_size=options["test_size"],
        n_folds=options["cv"],
        shuffle=options["shuffle"],
        latent_bins=None,
        factor_bins=options["factor_bins"],
        inactive="keep",
    )
    return JointScores(data=data, probes=tuple(map(probe, seeds)), plan=plan, seeds=seeds)


def settle_joint(
    options: Options,
    statistic: JointScores,
    reduce: Reduction,
    *,
    notes: Sequence[Note],
    more: Callable[[Floats], Sequence[str]] = lambda parts: [],
    resolved: Mapping[str, Any] | None = None,
    always: Sequence[str] = (),
    draws: bool = False,
) -> Score:
    """Return the Score of a metric of probes on all latents.

    Parameters
    ----------
    options : Options
    statistic : JointScores
    reduce : callable
        From the scores (..., k) to the parts of the metric.
    notes : sequence of notes
        The notes on the data.
    more : callable, optional
        From the parts on each repeat to the notes of this metric alone.
    resolved : mapping, optional
        The values of options that were filled in, beside those of the split.
    always : sequence of str, optional
        Options that every signature shows, before those of the split.
    draws : bool, default False
        Whether predictions depend on the seed, apart from the split.
    """
    data, plan = statistic.data, statistic.plan
    angles = any(isinstance(data.factor_kinds[k], Circular) for k in measured(statistic))
    settings = split_settings(plan, statistic.seeds[0], fitted=True, draws=draws)

    def said(parts: Floats) -> list[Note]:
        of_probes = [*notes_on_split(data, statistic), *note_on_convergence(statistic)]
        return [*notes, *of_probes, *more(parts), *_on_negative(statistic)]

    return settle(
        options,
        statistic,
        reduce,
        notes=said,
        resolved={**settings, **(resolved or {})},
        always=(*always, "standardize", "test_size", "cv", "random_state"),
        by_rows=partial(test_rows_left, plan.test_size, data.n_samples),
        no_ceiling=no_perfect_code(data, None, angles),
    )


def measured(statistic: HeldOut) -> list[int]:
    """Return the scored factors that are predicted as numbers."""
    data = statistic.data
    return [k for k in range(data.n_factors) if k not in data.degenerate and k not in statistic.classified]


def notes_on_numbers(statistic: HeldOut, probe: JointProbe) -> list[str]:
    """Return notes on factors that are predicted as numbers."""
    notes, data, of_numbers = [], statistic.data, measured(statistic)
    names = ", ".join(data.factor_names[k] for k in of_numbers)
    how = " of a ridge regression" if probe.by_ridge else ""
    if of_numbers and statistic.classified:
        notes.append(f"the mean runs over accuracies and, for {names}, over R2{how}")
    elif of_numbers and how and not isinstance(probe.probe, str):
        notes.append(f"{names}: R2{how}, since the probe is a classifier")
    if ranked := [data.factor_names[k] for k in of_numbers if data.factor_kinds[k] == "categorical"]:
        notes.append(f"R2 takes the labels of {', '.join(ranked)} as numbers, so it depends on how they are numbered.")
        warn(notes[-1], BiasWarning)
    return notes


def _on_negative(statistic: JointScores) -> list[str]:
    of_numbers = measured(statistic)
    negative = sum(int((values[of_numbers] < 0).sum()) for values in statistic.values)
    return [f"{negative} held-out R2 are negative and count as 0"] if negative else []
