"""Results and settings as plain Python values, as strict JSON and as short labels."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .text import one_line, printable


def plain(value: Any) -> Any:
    """Return a value as plain Python objects that JSON can hold.

    Arrays and tuples become lists, an undefined or infinite number becomes None, any other object becomes its label.

    Examples
    --------
    >>> plain({"gaps": np.array([0.5, np.nan]), "options": (1, "a")})
    {'gaps': [0.5, None], 'options': [1, 'a']}
    """
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return label(value)


def label(value: Any) -> str:
    """Return the short text of a setting, as tables print it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ",".join(f"{one_line(str(name))}={label(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(map(label, value))
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__)
    return printable(" ".join(str(value).split()))


def as_json(values: Mapping[str, Any]) -> str:
    """Return plain values as strict JSON text; escapes let it hold any name."""
    return json.dumps(values, indent=2, allow_nan=False)
