"""Mutual information of every factor with every latent, estimated without bins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Group, Representation
from ..errors import InputError, OptionError
from ..kernels.columns.columns import columns
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import discretize_uniform
from ..kernels.entropy.table import entropy_plugin
from ..kernels.information.estimators import KSG, Estimator, Units
from ..kernels.information.gaussian import MOST

Floats = NDArray[np.float64]

_MUCH_NOISE = 1e-3  # part of a latent's standard deviation


def information_without_bins(
    data: Representation,
    estimator: Estimator,
    normalizer: str,
    factor_bins: int,
    units: tuple[tuple[int, ...], ...] | None = None,
) -> Information:
    """Return the information of every factor with every latent; 0 for a constant latent or factor.

    Parameters
    ----------
    data : Representation
    estimator : Estimator
    normalizer : str
        ``"self-information"`` replaces the entropy of each factor by the estimate of its information with itself.
    factor_bins : int
        Number of equal-width bins, or arcs, for the entropy of a factor that is taken as numbers.
    units : tuple of tuple of int, optional
        Groups of latents that are measured together, instead of single latents.

    Returns
    -------
    Information
        Without entropies of latents, which have no bins here, and without the expectation under independence.

    Raises
    ------
    OptionError
        If the estimator does not apply to a factor, or the self-information of a factor is not finite.
    InputError
        If there are too few rows.
    """

    def measure() -> Information:
        matrix, vector = (data.n_latents if units is None else len(units), data.n_factors), data.n_factors
        whole = Information(*(np.zeros(shape) for shape in (matrix, matrix, vector, vector, matrix)))
        for group in data.groups():
            _measure_group(data, group, estimator, whole, units)
            for k in group.factors:
                counts = data.factor(group, k, discretize_uniform, factor_bins).counts
                with_itself = normalizer == "self-information"
                whole.factor_entropy[k] = _own(data, group, k, estimator) if with_itself else entropy_plugin(counts)
                whole.factor_values[k] = np.count_nonzero(counts)
        return whole

    how = (data.factor_kinds, estimator, factor_bins, normalizer == "self-information", units)
    return data.remember(("information without bins", *how), measure)


def _measure_group(data: Representation, group: Group, estimator: Estimator, whole: Information, units: Units) -> None:
    """Fill in the information of the factors that have labels on the same rows."""
    latents = np.stack([values.astype(np.float64) for values in columns(data.latents, group.rows)]).T
    circles = [k for k in group.factors if data.is_measured(k) and data.angles(k) is not None]
    numbers = [k for k in group.factors if data.is_measured(k) and k not in circles]
    labels = [k for k in group.factors if not data.is_measured(k)]
    weight = data.weights_of(group.rows)
    of_kind: list[int] = []
    try:
        if of_kind := numbers:
            factors = np.stack([data.labels(k).numbers()[group.rows] for k in numbers], axis=1)
            whole.mutual[:, numbers] = estimator.with_numbers(latents, factors, units, weight)
        if of_kind := circles:
            whole.mutual[:, circles] = estimator.with_angles(latents, _angles(data, group, circles), units, weight)
        if of_kind := labels:
            codes = np.stack([data.labels(k).codes[group.rows] for k in labels], axis=1)
            whole.mutual[:, labels] = estimator.with_labels(latents, codes, units, weight)
    except (InputError, OptionError) as error:
        kind = str(data.factor_kinds[of_kind[0]]).partition(":")[0]
        raise type(error)(
            f"factor {data.factor_names[of_kind[0]]!r} (column {of_kind[0]}) is {kind}: {error}"
        ) from None


def _angles(data: Representation, group: Group, circles: list[int]) -> Floats:
    """Return circular factors in parts of a turn: (n, m)."""
    return np.stack([angle[group.rows] for k in circles if (angle := data.angles(k)) is not None], axis=1)


def _own(data: Representation, group: Group, k: int, estimator: Estimator) -> float:
    """Return the estimate of the information of a factor with itself."""
    if not isinstance(estimator, KSG):
        raise OptionError(
            f"normalizer='self-information' needs estimator='ksg', and not {estimator}, for which the information of "
            "a factor with itself is infinite. Use normalizer='factor', 'correlation' or 'none'."
        )
    labels = data.labels(k)
    if data.is_measured(k):
        if data.angles(k) is not None:
            raise OptionError(
                f"factor {data.factor_names[k]!r} (column {k}) is circular, and normalizer='self-information' is made "
                "for lines. Use normalizer='factor', 'correlation' or 'none'."
            )
        return estimator.of_numbers_with_itself(labels.numbers()[group.rows])
    codes = labels.codes[group.rows]
    return estimator.of_labels_with_themselves(
        codes.astype(np.float64) if labels.is_text else labels.numbers()[group.rows], codes
    )


def remarks_on(
    info: Information, data: Representation, estimator: Estimator, normalizer: str, gaps: Floats
) -> list[str]:
    """Return the notes on an estimate without bins."""
    notes = []
    continuous = np.array([data.is_measured(k) for k in range(data.n_factors)])
    if np.any(info.mutual >= MOST) and not isinstance(estimator, KSG):
        notes.append(
            f"{int(np.sum(info.mutual >= MOST))} of {info.mutual.size} correlations are 1 to the last digit, so their "
            f"information is infinite; each counts as {MOST:.1f} nats"
        )
    if normalizer == "self-information" and continuous.any():
        notes.append(
            "the self-information of a continuous factor grows with the number of rows, so the score falls: "
            "compare only scores of equally many rows"
        )
    if isinstance(estimator, KSG):
        alone = [(k, int((data.labels(k).counts == 1).sum())) for k in np.flatnonzero(~continuous).tolist()]
        notes += [
            f"{n} labels of factor {data.factor_names[k]!r} occur once; their rows are left out of its information"
            for k, n in alone
            if n and k not in data.degenerate
        ]
        notes += _on_noise(data, estimator)
    of_factors = () if normalizer in ("none", "information") else zip(data.factor_names, gaps, strict=True)
    if over := [name for name, gap in of_factors if gap > 1]:
        notes.append(
            f"scores above 1 ({', '.join(over)}): without bins a latent can have more information about a "
            "factor than the entropy that it is divided by; normalizer='correlation' stays within 0 and 1"
        )
    return notes


def _on_noise(data: Representation, estimator: KSG) -> list[str]:
    """Return a note on a latent so far from 0 that the noise, which grows with its values, hides its information."""
    shares = [
        0.0 if still else estimator.noise_share(column)
        for column, still in zip(columns(data.latents), data.inactive, strict=True)
    ]
    j = int(np.argmax(shares))
    if shares[j] < _MUCH_NOISE:
        return []
    return [
        f"the noise that breaks ties is {shares[j]:.1g} of the standard deviation of latent {data.latent_names[j]!r} "
        f"(column {j}), whose values are far from 0. Subtract its mean, or use KSG(jitter=0)."
    ]


def needs_factor_bins(data: Representation, normalizer: str) -> tuple[str, ...]:
    """Return the name of the option that sets the entropy in the denominator of a gap, if there is one."""
    used = normalizer in ("factor", "log-cardinality") and any(map(data.is_measured, range(data.n_factors)))
    return ("factor_bins",) if used else ()
