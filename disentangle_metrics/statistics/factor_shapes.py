"""Factors by kind as latents are correlated with them: numbers, ranks, classes or angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.kinds import Circular
from ..data.representation import Representation
from ..errors import OptionError
from ..kernels.discretizing.circle import cos_sin
from ..kernels.linear.regression import mid_ranks
from ..kernels.linear.shapes import Circle, Classes, Line, Shape

Floats = NDArray[np.float64]

CORRELATIONS = ("auto", "pearson", "spearman", "eta")


def correlation_with(data: Representation, k: int, correlation: str) -> str:
    """Return the name of the correlation with factor k: the given one, or that of its kind.

    Raises
    ------
    OptionError
        If the correlation does not fit the kind of the factor.
    """
    kind, n_values = data.factor_kinds[k], data.labels(k).n_values
    of_classes = kind == "categorical" and n_values > 2
    if isinstance(kind, Circular):
        return "eta" if correlation == "eta" and not data.is_measured(k) else "circular-linear"
    if correlation == "auto":
        return "eta" if of_classes else "spearman" if kind == "ordinal" else "pearson"
    name = f"factor {data.factor_names[k]!r} (column {k})"
    if correlation == "eta" and data.is_measured(k):
        raise OptionError(
            f"correlation='eta' needs classes, and {name} is continuous. Use correlation='auto', which takes eta for "
            "labels and Pearson's correlation for measurements."
        )
    if correlation != "eta" and of_classes:
        raise OptionError(
            f"correlation={correlation!r} takes labels as numbers, and {name} has {n_values} classes without an order. "
            "Use correlation='eta', the correlation ratio, or 'auto', which takes eta for such factors alone. If the "
            "labels are measurements, say so: factor_kinds='continuous', or 'ordinal' if only their order counts."
        )
    return correlation


def correlations_by_kind(data: Representation, correlation: str) -> dict[str, str]:
    """Return the name of the correlation for each kind of factor that is scored; of two classes, for ``binary``."""
    named = {}
    for k in range(data.n_factors):
        if k not in data.degenerate:
            kind = str(data.factor_kinds[k]).partition(":")[0]
            binary = kind == "categorical" and data.labels(k).n_values == 2
            named["binary" if binary else kind] = correlation_with(data, k, correlation)
    return named


def numbers_of(data: Representation, k: int) -> Floats:
    """Return the labels of factor k as numbers, of two classes 0 and 1, and NaN for a missing label: (n,)."""
    labels = data.labels(k)
    if data.factor_kinds[k] != "categorical" or labels.n_values != 2:
        return labels.numbers()
    codes = labels.codes.astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def shape_of(
    data: Representation, k: int, correlation: str, rows: NDArray[np.intp], weight: Floats | None = None
) -> Shape:
    """Return factor k on given rows, all of which have a label, by the correlation that is asked for.

    Ranks are those among the given rows, and weights (m,) are those of these rows.
    """
    name, angles = correlation_with(data, k, correlation), data.angles(k)
    if name == "circular-linear" and angles is not None:
        return Circle(cos_sin(angles[rows]))
    if name == "eta":
        return Classes(data.labels(k).codes[rows], data.labels(k).n_values)
    numbers = numbers_of(data, k)[rows]
    return Line(mid_ranks(numbers, weight) if name == "spearman" else numbers)
