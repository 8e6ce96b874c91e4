"""Factors taken apart into their values: a binary factor for each, to compare with codes of a latent per value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, shortened
from ..kernels.columns.weighted_counts import totals
from .factors_by_kind import OneHot
from .kinds import Kind
from .labels import Labels
from .representation import Representation

# Binary factors beyond which a factor is an identifier rather than a property.
_MOST = 10_000


def one_hot(data: Representation) -> Representation:
    """Return the same latents beside a binary factor for each value of each factor, called ``factor=value``.

    A factor of two values, a constant one and one that is measured stay as they are; names of rows are left out.

    Raises
    ------
    InputError
        If there are more than 10,000 values.
    """
    if data.one_hot is not None:
        return data
    return data.remember(("one hot", data.factor_kinds), lambda: _apart(data))


def _apart(data: Representation) -> Representation:
    columns: list[NDArray[np.float64]] = []
    names: list[str] = []
    kinds: list[Kind] = []
    weights: list[float] = []
    for k, name in enumerate(data.factor_names):
        labels = data.labels(k)
        if data.factor_kinds[k] == "identifier":
            continue
        if data.is_measured(k):
            columns.append(labels.numbers())
            names.append(name)
            kinds.append(data.factor_kinds[k])
            weights.append(1.0)
            continue
        codes = labels.codes
        binary = [name] if labels.n_values <= 2 else [f"{name}={shortened(str(value))}" for value in labels.values]
        if len(names) + len(binary) > _MOST:
            raise InputError(
                f"one_hot=True makes a binary factor of each value, and factor {name!r} has {labels.n_values}: more "
                f"than {_MOST} in all. Leave it out, or say by factor_kinds that it is continuous."
            )
        values = [codes] if len(binary) == 1 else [codes == code for code in range(len(binary))]
        columns += [np.where(codes < 0, np.nan, value) for value in values]
        names += binary
        kinds += ["categorical"] * len(binary)
        weights += [1.0] if len(binary) == 1 else _shares(labels, data.weights_of(np.flatnonzero(codes >= 0)))
    apart = Representation(
        data.latents,
        np.stack(columns, axis=1),
        latent_names=data.latent_names,
        factor_names=_distinct(names),
        factor_kinds=kinds,
    )
    apart.weights = data.weights  # whose rows are those that are left
    apart.notes, apart.row_labels = data.notes, data.row_labels
    apart.one_hot = OneHot(tuple(weights), data.n_factors, data.factor_kinds, data.plainly_labels)
    return apart


def shares_of_draws(data: Representation, draws: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return the weight of each binary factor in each draw of rows, (B, n) -> (B, k); None without binary factors.

    A value that a draw does not have keeps its weight among all rows.
    """
    if data.one_hot is None:
        return None
    weights = np.array(data.one_hot.weights)
    apart = np.flatnonzero(weights < 1)
    table = np.asarray(data.factors[:, apart], dtype=np.float64)
    times = draws.astype(np.float64)
    shares = np.tile(weights, (len(draws), 1))
    labeled = times @ ~np.isnan(table)
    shares[:, apart] = np.divide(times @ (table == 1), labeled, out=shares[:, apart], where=labeled > 0)
    return shares


def _shares(labels: Labels, weight: NDArray[Any] | None) -> list[float]:
    """Return the share of the labeled rows that have each value; `weight` is that of these rows."""
    rows = labels.counts if weight is None else totals(labels.labeled_codes, labels.n_values, weight)
    return list(map(float, rows / rows.sum()))


def _distinct(names: list[str]) -> list[str]:
    """Return names with a number behind those that came before, as long texts do once they are cut."""
    seen: dict[str, int] = {}
    apart = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        apart.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return apart
