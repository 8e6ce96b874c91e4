"""The information of latents with factors under the options of a metric, and the notes on its measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..data.latent_groups import Units
from ..data.representation import Representation
from ..errors import BiasWarning, InputError, OptionError, warn
from ..kernels.columns.sorting import numbered
from ..kernels.discretizing.bin_counts import auto_bins
from ..kernels.discretizing.discretizers import Discretizer, discretize_unique
from ..kernels.discretizing.edges import Edges, Uniform, of_each_latent, of_latent
from ..kernels.entropy.table import ENTROPIES
from ..kernels.information.estimators import Estimator, Gaussian
from ..statistics.base import Floats
from ..statistics.binned_information import on_cells, on_outside
from ..statistics.estimated_information import needs_factor_bins, remarks_on
from ..statistics.information import EstimatedInformation, InformationStatistic, JointInformation
from .declared import Options, declared
from .notes import no_perfect_code
from .on_factors import FEW_VALUES
from .recipe import Reduction
from .score import Note, Score
from .settle import settle

# Options that say how to count in bins.
BINS = ("discretizer", "n_bins", "entropy")


@dataclass(frozen=True, eq=False)
class Measured:
    """Information of latents with factors, and the facts about it that a score states.

    Attributes
    ----------
    statistic : InformationStatistic
    options : Options
    units : Units or None
        Latents that are measured together.
    normalizer : str
    resolved : dict
        The values of options that were filled in.
    always : tuple of str
        The options that a signature shows.
    """

    statistic: InformationStatistic
    options: Options
    units: Units | None
    normalizer: str
    resolved: dict[str, Any]
    always: tuple[str, ...]

    @property
    def _binless(self) -> Estimator | None:
        return self.options.use("estimator") if "estimator" in self.options else None

    def notes(self, parts: Floats) -> list[str]:
        """Return notes on the measurement, given the parts of the score (n_parts,)."""
        info, data = self.statistic.information, self.statistic.data
        notes = []
        if info.mutual.min() < -1e-12:
            count = int(np.sum(info.mutual < -1e-12))
            counted = "" if self.statistic.halves_seed is not None else " and count as 0 in the gap"
            counted = counted if "gap" in self.options.spec.traits else " and count as 0"
            notes.append(f"{count} of {info.mutual.size} information estimates are negative{counted}")
        binless = self._binless
        if binless is not None:
            return notes + remarks_on(info, data, binless, self.normalizer, parts)
        return [
            *notes,
            *self._on_cells(),
            *on_bins(self.options, data, "every factor"),
        ]

    def _on_cells(self) -> list[str]:
        if not self.units or self.options["entropy"] != "plugin":
            return []
        return on_cells(self.statistic.information, self.statistic.data, self.units, "estimator" in self.options)

    def _bounded(self) -> str:
        """Return the advice to take a normalizer by which there is a ceiling, of those that the metric has."""
        known = declared(self.options.spec)["normalizer"].names if "normalizer" in self.options else ()
        by = {"correlation": "'correlation'", "self-information": "'self-information' with estimator='ksg'"}
        able = ", or ".join(text for name, text in by.items() if name in known)
        return f". Use normalizer={able}" if able else ""

    @property
    def bins_of_each(self) -> NDArray[np.int64]:
        """Number of bins that each latent was asked to be cut into, also if some have no rows: (n_latents,)."""
        data, counted = self.statistic.data, cast(JointInformation, self.statistic)

        def of(j: int) -> int:
            cut = of_latent(counted.discretizer, j)
            if isinstance(cut, Edges):
                return len(cut.edges) - 1
            return _n_values(data, j) if cut is discretize_unique else of_latent(counted.n_bins, j)

        return np.array([of(j) for j in range(data.n_latents)])

    @property
    def no_ceiling(self) -> str | None:
        """Reason why there is no ceiling by these options."""
        discretize, binless = self.options.use("discretizer"), self._binless
        if isinstance(discretize, Edges) or (isinstance(discretize, Uniform) and discretize.range is not None):
            return "bins at given places are made for these latents, and not for the perfect ones"
        bounded = ("correlation", "self-information", "information")
        if binless is not None and self.normalizer not in bounded and self.units is None:
            return "without bins no entropy bounds what a factor knows of itself" + self._bounded()
        return no_perfect_code(self.statistic.data, self.units, isinstance(binless, Gaussian))


def measured_information(
    options: Options,
    data: Representation,
    *,
    units: Units | None = None,
    halves_seed: int | None = None,
    normalizer: str = "factor",
    kind: type[JointInformation] = JointInformation,
    binless_kind: type[EstimatedInformation] = EstimatedInformation,
) -> Measured:
    """Return the information of latents with factors, from counts in bins or by an estimator without bins.

    Parameters
    ----------
    options : Options
        Those of the call: `discretizer`, `n_bins`, `entropy`, `factor_bins` and, if the metric has it, `estimator`.
    data : Representation
    units : Units, optional
        Latents that are measured together.
    halves_seed : int, optional
        Seed of two halves of the rows, if latents are chosen on one half and measured on the other.
    normalizer : str, default "factor"
        The option of that name, or what the metric divides by; ``"information"`` if that is information too.
    kind, binless_kind : type, optional
        The statistic, from counts or without bins, if the metric needs more than this information.

    Raises
    ------
    OptionError, InputError
        If an option has no effect or no meaning beside another, or if the rows have weights that cannot be counted.
    """
    binless: Estimator | None = options.use("estimator") if "estimator" in options else None
    _check_together(options, binless)
    _check_weights(data, binless, options)
    named = ("normalizer",) if "normalizer" in options else ()
    how: dict[str, Any] = {"factor_bins": options["factor_bins"], "units": units, "halves_seed": halves_seed}
    if binless is not None:
        resolved = {**dict.fromkeys(BINS), "estimator": binless}
        estimated = binless_kind(data=data, estimator=binless, normalizer=normalizer, **how)
        always = ("estimator", *named, *needs_factor_bins(data, normalizer))
        return Measured(estimated, options, units, normalizer, resolved, always)
    binned, resolved = binning(options, data)
    return Measured(kind(data=data, **how, **binned), options, units, normalizer, resolved, (*BINS, *named))


def binning(options: Options, data: Representation) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how latents are cut and counted, by the fields of a statistic, and the options that were filled in.

    Raises
    ------
    InputError
        If the rows have weights that cannot be counted.
    """
    _check_weights(data, None, options)
    discretize, given_bins = options.use("discretizer"), None if options["n_bins"] == "auto" else options["n_bins"]
    resolved = _resolved(data, discretize, given_bins)
    how = {"discretizer": of_each_latent(discretize, data.latent_names), "entropy": options.use("entropy")}
    return {**how, "n_bins": resolved.get("bins_per_latent", given_bins or 0)}, resolved


def on_bins(options: Options, data: Representation, known: str) -> list[str]:
    """Return notes on bins that are no bins, or that miss values; a latent with a bin for each row seems to know all.

    `known` says what it then seems to know.
    """
    discretize = options.use("discretizer")
    return [
        *_on_distinct_values(data, discretize, known),
        *on_outside(data, of_each_latent(discretize, data.latent_names)),
    ]


def settle_counted(info: Measured, reduce: Reduction, notes: Sequence[Note], **more: Any) -> Score:
    """Return the Score of a metric that is a function of information alone.

    Parameters
    ----------
    info : Measured
    reduce : callable
        From information to the parts of the score.
    notes : sequence of notes
        The notes on the data.
    **more
        Further arguments of :func:`settle`.
    """
    units = info.units
    return settle(
        info.options,
        info.statistic,
        reduce,
        notes=lambda parts: [*notes, *(units.notes() if units else []), *info.notes(parts[0])],
        resolved=info.resolved,
        always=info.always,
        units=units,
        no_ceiling=info.no_ceiling,
        **more,
    )


def _resolved(data: Representation, discretizer: Discretizer, n_bins: int | None) -> dict[str, Any]:
    """Return the edges, or the numbers of bins, that the options come to; None chooses a number for each latent."""
    if isinstance(discretizer, Edges):
        return {"n_bins": None, "edges": dict(discretizer.edges) if discretizer.by_name else discretizer.edges}
    if discretizer is discretize_unique:
        return {"n_bins": None}
    if n_bins is not None:
        return {}
    key = ("bins_per_latent", discretizer)
    return {"bins_per_latent": data.remember(key, lambda: auto_bins(data.latents, discretizer))}


def _check_together(options: Options, binless: Estimator | None) -> None:
    """Raise OptionError if an option for bins was given and there are no bins."""
    if binless is None:
        return
    defaults = options.spec.options
    for option in BINS:
        value = options[option]
        if value is not defaults[option] and value != defaults[option]:
            raise OptionError(f"{option}={value!r} has no effect with estimator={binless}. Leave it out.")


def _check_weights(data: Representation, binless: Estimator | None, options: Options) -> None:
    """Raise if rows have weights that an estimator cannot take."""
    weight = data.weights_of()
    if weight is None:
        return
    if binless is not None and binless != Gaussian():
        raise OptionError(
            f"estimator={binless} has no weighted version. With sample_weight use estimator='binned', or 'gaussian' "
            "for continuous factors."
        )
    takes_weights = getattr(options.use("entropy"), "takes_weights", True)  # a callable of the user's is trusted
    if binless is None and weight.dtype.kind == "f" and not takes_weights:
        able = sorted(name for name, known in ENTROPIES.items() if known.takes_weights)
        raise InputError(
            f"entropy={options['entropy']!r} is made for counts of rows, and sample_weight holds numbers that are not "
            f"whole (the first is {weight[np.flatnonzero(weight % 1)[:1]].sum():g}). Use one of {able}, or whole "
            "weights."
        )


def _on_distinct_values(data: Representation, discretizer: Discretizer, known: str) -> list[str]:
    """Warn of a latent that is nearly all distinct values: with a bin for each it seems to know everything."""
    if discretizer is not discretize_unique:
        return []
    n_values = [_n_values(data, j) for j in range(data.n_latents)]
    j = int(np.argmax(n_values))
    if n_values[j] <= max(data.n_samples / 2, FEW_VALUES):
        return []
    note = (
        f"latent {data.latent_names[j]!r} (column {j}) has {n_values[j]} distinct values in {data.n_samples} rows: "
        f"with a bin for each it seems to know {known} whole. Use discretizer='uniform' or 'quantile'."
    )
    warn(note, BiasWarning)
    return [note]


def _n_values(data: Representation, j: int) -> int:
    """Return the number of distinct values of a latent."""
    return int(numbered(data.latents[data.ascending(j), j])[-1]) + 1
