"""Labels of factors by kind: the labels of a circular factor are taken modulo its period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DTypeError, shortened
from ..kernels.discretizing.circle import same_angles, turns
from .kinds import Circular, FactorKinds, Kind, default_period, kinds_by_factor
from .labels import Labels


class OneHot(NamedTuple):
    """The factors that binary ones were made of.

    Attributes
    ----------
    weights : tuple of float
        The weight of each binary factor in the mean over factors: the share of labeled rows that have the value, so
        that the values of each factor weigh 1 together.
    n_factors : int
        Number of factors before.
    factor_kinds : tuple of str or Circular
        Their kinds.
    plainly_labels : bool
        Whether all of them are categorical, and would be if no kind had been given.
    """

    weights: tuple[float, ...]
    n_factors: int
    factor_kinds: tuple[Kind, ...]
    plainly_labels: bool


class Kinded:
    """Factors with their kinds, and their labels by kind.

    Attributes
    ----------
    factor_names : tuple of str
    kinds_given : tuple of str, Circular or None
        The kind that was given for each factor.
    factor_kinds : tuple of str or Circular
        The kind of each factor; a circular kind has its period.
    measured : tuple of bool
        Whether each factor is taken as numbers and not as labels.
    degenerate : tuple of int
        The factors that are not scored: fewer than two values, or an identifier.
    one_hot : OneHot or None
        The factors before they were taken apart into their values.
    """

    factor_names: tuple[str, ...]
    kinds_given: tuple[Kind | None, ...]
    factor_kinds: tuple[Kind, ...]
    measured: tuple[bool, ...]
    degenerate: tuple[int, ...]
    one_hot: OneHot | None = None
    _encoded: tuple[Labels, ...]
    _labels: tuple[Labels, ...]

    def _take_kinds(self, factor_kinds: FactorKinds, measured: Sequence[bool | None] | None = None) -> None:
        self.kinds_given = kinds_by_factor(factor_kinds, self.factor_names)
        kinds = inferred_kinds(self.kinds_given, self._encoded)
        each = zip(kinds, self._encoded, measured or [None] * len(kinds), strict=True)
        settled = [settle(kind, labels, known) for kind, labels, known in each]
        self.factor_kinds = tuple(kind for kind, _, _ in settled)
        self._labels = tuple(labels for _, labels, _ in settled)
        self.measured = tuple(is_measured for _, _, is_measured in settled)
        self.degenerate = tuple(
            k for k, labels in enumerate(self._labels) if labels.n_values < 2 or kinds[k] == "identifier"
        )

    def labels(self, k: int) -> Labels:
        """Return factor k as codes of its distinct values, modulo its period if it is circular."""
        return self._labels[k]

    def n_angles(self, k: int) -> tuple[int, int]:
        """Return how many values factor k has as they came, and how many modulo its period."""
        return self._encoded[k].n_values, self._labels[k].n_values

    def is_measured(self, k: int) -> bool:
        """Whether factor k is looked at as numbers and not as labels: continuous, or circular with many values."""
        return self.measured[k]

    def angles(self, k: int) -> NDArray[np.float64] | None:
        """Return a circular factor in parts of a turn, NaN where a label is missing, and None of any other kind."""
        kind = self.factor_kinds[k]
        return parts_of_a_turn(kind, self.labels(k)) if isinstance(kind, Circular) else None

    @property
    def plainly_labels(self) -> bool:
        """Whether all factors are categorical, and would be if no kind had been given."""
        given = zip(self.kinds_given, self._encoded, strict=True)
        return set(self.factor_kinds) == {"categorical"} and all(
            kind is None or labels.inferred_kind() == "categorical" for kind, labels in given
        )


def inferred_kinds(given: Sequence[Kind | None], encoded: Sequence[Labels]) -> list[Kind]:
    """Return the kind of each factor, inferred where none was given.

    Labels that name rows identify them, as long as another factor is left to be scored.
    """
    kinds = [kind or labels.inferred_kind() for kind, labels in zip(given, encoded, strict=True)]
    names = [
        kind is None and known == "categorical" and labels.names_rows
        for kind, known, labels in zip(given, kinds, encoded, strict=True)
    ]
    if not any(names):
        return kinds
    left = [
        labels.n_values > 1 and kind != "identifier" and not named
        for kind, labels, named in zip(kinds, encoded, names, strict=True)
    ]
    return ["identifier" if named and any(left) else kind for kind, named in zip(kinds, names, strict=True)]


def settle(kind: Kind, labels: Labels, measured: bool | None = None) -> tuple[Kind, Labels, bool]:
    """Return a kind with its period, the labels as it takes them, and whether it looks at them as numbers.

    Angles are numbers if they are many, or if that is settled already: `measured`.

    Raises
    ------
    DTypeError
        If the kind needs numbers and the labels are text.
    """
    if kind == "ordinal" and labels.is_text:
        raise DTypeError(
            f"factor {labels.name!r} has text labels such as {shortened(repr(str(labels.values[0])))}, whose order is "
            "alphabetical. Number them in the order that they mean, or treat the factor as categorical."
        )
    if isinstance(kind, Circular):
        return _wrapped(kind, labels, measured)
    return kind, labels, kind == "continuous"


def _wrapped(kind: Circular, labels: Labels, measured: bool | None) -> tuple[Circular, Labels, bool]:
    """Return labels modulo the period: as codes if there are few distinct angles, as numbers if there are many."""
    values = labels.values
    numbers = replace(labels, missing=None, known=values, entries=np.arange(len(values)), counted=None).numbers()
    kind = kind if kind.period is not None else Circular(default_period(numbers))
    if not len(numbers):
        return kind, labels, bool(measured)
    part = turns(numbers, kind.turn)
    angles_and_index = same_angles(part)
    if angles_and_index is not None:
        angles, index = angles_and_index
        codes = index.astype(np.min_scalar_type(len(angles)))[labels.labeled_codes]
        wrapped = replace(labels, n_values=len(angles), known=angles * kind.turn, entries=codes, counted=None)
        if wrapped.few if measured is None else not measured:
            return kind, wrapped, False
    entries = (part * kind.turn)[labels.labeled_codes]
    wrapped = replace(labels, n_values=len(np.unique(part)), known=None, entries=entries, counted=None)
    return kind, wrapped, not wrapped.few if measured is None else measured


def parts_of_a_turn(kind: Circular, labels: Labels) -> NDArray[np.float64]:
    """Return the angle of each row, in parts of a turn, NaN where the label is missing: (n_samples,)."""
    return labels.numbers() / kind.turn
