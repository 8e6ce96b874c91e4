"""What a factor's kind makes of its labels: those of a circular one are taken modulo its period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .errors import DTypeError
from .kernels.circle import same_angles, turns
from .kinds import Circular, Kind, default_period
from .labels import NUMBERS, Labels


def settle(kind: Kind, labels: Labels) -> tuple[Kind, Labels]:
    """Return a kind with its period, and the labels as it takes them.

    Raises
    ------
    DTypeError
        If the kind needs numbers and the labels are text.
    """
    if kind == "ordinal" and is_text(labels):
        raise DTypeError(
            f"factor {labels.name!r} has text labels such as {str(labels.values[0])!r}, whose order is that of the "
            "alphabet. Number them in the order that is meant, or treat the factor as categorical."
        )
    return _wrapped(kind, labels) if isinstance(kind, Circular) else (kind, labels)


def is_text(labels: Labels) -> bool:
    """Whether some label is not a number."""
    return labels.values.dtype.kind not in "buif" and not all(isinstance(v, NUMBERS) for v in labels.values)


def _wrapped(kind: Circular, labels: Labels) -> tuple[Circular, Labels]:
    """Return labels modulo the period: few different angles by their codes, many as numbers."""
    values = labels.values
    numbers = replace(labels, missing=None, known=values, entries=np.arange(len(values)), counted=None).numbers()
    kind = kind if kind.period is not None else Circular(default_period(numbers))
    if not len(numbers):
        return kind, labels
    part = turns(numbers, kind.turn)
    found = same_angles(part)
    if found is not None:
        angles, index = found
        codes = index.astype(np.min_scalar_type(len(angles)))[labels.labeled_codes]
        wrapped = replace(labels, n_values=len(angles), known=angles * kind.turn, entries=codes, counted=None)
        if wrapped.few:
            return kind, wrapped
    entries = (part * kind.turn)[labels.labeled_codes]
    return kind, replace(labels, n_values=len(np.unique(part)), known=None, entries=entries, counted=None)


def parts_of_a_turn(kind: Circular, labels: Labels) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the angle of each row, in parts of a turn, NaN where the label is missing: (n_samples,)."""
    return labels.numbers() / kind.turn
