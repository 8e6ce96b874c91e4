"""The score of a gap of information between latents, or between factors, that depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from ..data.latent_groups import resolve_units
from ..data.representation import Representation
from ..data.targets import BEST, resolve_targets
from ..errors import OptionError
from ..kernels.counting.information import Information
from ..kernels.information.estimators import KSG
from ..options import Choice
from ..reductions.concentration import most_information
from ..reductions.dependent_gaps import Gap
from ..statistics.base import Floats
from ..statistics.dependent_information import DependenceOfEach, DependentInformation, EstimatedDependence
from .counting import measured_information
from .declared import Options
from .notes import no_targets
from .on_latents import first_names
from .recipe import Debiasing
from .score import Note, Score
from .settle import prepare, settle

# From information, conditional entropies of factors, and the latents that are meant for factors.
GapOf = Callable[[Information, Floats, Sequence[int] | None], Gap]

# The option of that name of these metrics.
ENTROPY_OF_FACTORS = Choice(
    names=("factor", "self-information"), meaning="The entropies of factors that the gap is divided by:"
)


@dataclass(frozen=True)
class Shares:
    """Reduction from information and conditional entropies to gaps as shares of the most that they could be.

    Attributes
    ----------
    gap_of : callable
    targets : tuple of int or None
    undefined : tuple of bool
        The parts in which no code can lead.
    """

    gap_of: GapOf
    targets: tuple[int, ...] | None
    undefined: tuple[bool, ...]

    def __call__(self, parts: tuple[Information, Floats]) -> Floats:
        """Return the shares: (..., n_parts)."""
        info, left = parts
        return self.gap_of(info, left, self.targets).share(np.array(self.undefined))


def score_of_gap(
    options: Options,
    latents: ArrayLike | Representation,
    factors: ArrayLike | None,
    gap_of: GapOf,
    remarks: Callable[[Information, Sequence[int] | None], list[str]] = lambda info, targets: [],
) -> Score:
    """Return the score of a gap for each factor, or for each latent if the metric says so.

    A part in which no code can lead, because one factor determines the other, is left out of the mean with a note. If
    that is true of all parts, they score 0. `remarks` makes further notes.
    """
    if options["normalizer"] == "self-information" and not isinstance(options.use("estimator"), KSG):
        raise OptionError("normalizer='self-information' needs estimator='ksg'. Take normalizer='factor', or that one.")
    data, said = prepare(options, latents, factors)
    units = resolve_units(options["latent_groups"], data.latent_names)
    meant = resolve_targets(options["targets"], data.factor_names, units.names if units else data.latent_names)
    info = measured_information(
        options,
        data,
        units=units,
        normalizer=options["normalizer"],
        kind=DependentInformation,
        binless_kind=EstimatedDependence if options.spec.unit == "factor" else DependenceOfEach,
    )
    targets = meant.rows if meant else None
    if options.spec.unit == "latent":
        _check_apart(targets or (), data.factor_names)
    known, left = cast(tuple[Information, Floats], info.statistic.values[0])
    gap = gap_of(known, left, targets)
    undefined = gap.undefined(_scored(options, data, len(gap.most)))
    names = data.factor_names if options.spec.unit == "factor" else units.names if units else data.latent_names

    def notes(parts: Floats) -> Sequence[Note]:
        of_targets = meant.notes(parts) if meant and options.spec.unit == "factor" else []
        on_bins = info.notes(np.zeros(data.n_factors))
        on_gaps = [*_on_gaps(gap, undefined, names), *remarks(known, targets)]
        return [*said, *(units.notes() if units else []), *on_bins, *of_targets, *on_gaps]

    shares = Shares(gap_of, targets, tuple(undefined.tolist()))
    leads = "gap" in options.spec.traits and meant is None
    return settle(
        options,
        info.statistic,
        shares,
        resolved={**info.resolved, "targets": meant and meant.setting},
        always=info.always,
        notes=notes,
        units=units,
        debias=partial(_less_bias, reduce=shares) if leads else None,
        no_ceiling=no_targets(meant is not None) or info.no_ceiling,
        weigh=_by_information if options.get("weights") == "information" else None,
    )


def _less_bias(counts: Any, reduce: Shares) -> Debiasing:
    from ..debiasing.counted_dependence import CountedDependence

    return CountedDependence(counts, reduce, leads=True)


def _scored(options: Options, data: Representation, n_parts: int) -> Any:
    """Return the parts that have a value, given their number: (n_parts,)."""
    scored = np.ones(n_parts, dtype=bool)
    if options.spec.unit == "factor":
        scored[list(data.degenerate)] = False
    return scored


def _by_information(parts: tuple[Information, Floats]) -> Floats:
    return most_information(parts[:1])


def _check_apart(targets: Sequence[int], factor_names: Sequence[str]) -> None:
    """Raise OptionError if one latent is meant for two factors, for a metric with a value for each latent."""
    for k, j in enumerate(targets):
        if j != BEST and j in targets[:k]:
            first = factor_names[targets.index(j)]
            raise OptionError(
                f"targets names one latent for the factors {first!r} and {factor_names[k]!r}, and each latent is "
                "scored by one factor. Name a latent for one of them."
            )


def _on_gaps(gap: Gap, undefined: Any, names: Sequence[str]) -> list[str]:
    """Return notes on the parts that no code can lead in, and on those that lead by more than is left."""
    notes = []
    listed = [names[k] for k in np.flatnonzero(undefined & (gap.most == 0)).tolist()]
    if listed:
        notes.append(
            f"no code can lead here, because one factor determines the other: {', '.join(first_names(listed))}; left "
            "out of the mean"
        )
    elif (gap.most == 0).any() and not (gap.most > 0).any():
        notes.append("no code can lead, because each factor is determined by another: every part scores 0")
    over = [names[k] for k in np.flatnonzero(gap.share(undefined) > 1).tolist()]
    if over:
        notes.append(
            f"above 1: {', '.join(first_names(over))}. The second latent has less information here than "
            "the factor that it leads on, and the score divides by what that factor leaves; mig and xmig divide by all"
        )
    return notes
