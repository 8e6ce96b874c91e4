"""Checks of the two arrays: shapes, types, finite values, names. Each message says how to mend the fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DTypeError, InputError, NonFiniteError, OptionError, ShapeError, shortened
from ..kernels.columns.columns import extremes
from ..options import repeated
from .arrays import EXACT
from .labels import NUMBERS, is_missing

# A pair with more factors than samples, and at least this many factors, was passed transposed.
_MANY_FACTORS = 32

# Rows that are looked at for one-hot codes, and how far the sum of probabilities may be from 1.
_LOOKED_AT, _ROUNDING = 100, 1e-3


def check_pair(latents: NDArray[Any], factors: NDArray[Any] | None, given: tuple[Any, Any] | None = None) -> None:
    """Raise ShapeError unless these are (n, d) and (n, k) with n >= 2, d >= 1 and k >= 1; None for no factors.

    `given` is both as they were passed: an array is turned by ``.T``, a list is not.
    """
    pairs = [("latents", latents, "n_latents")]
    pairs += [] if factors is None else [("factors", factors, "n_factors")]
    for name, array, column in pairs:
        if array.ndim != 2:
            mend = _in_rows(latents, factors) or _reshape(name, array)
            raise ShapeError(f"{name} has shape {array.shape}; expected 2 axes, (n_samples, {column}). {mend}")
        if array.size == 0:
            raise ShapeError(f"{name} is empty: shape {array.shape}. Pass at least two samples.")
    if factors is not None:
        turned = [
            f"np.transpose({name})" if isinstance(one, (list, tuple)) else f"{name}.T"
            for name, one in zip(("latents", "factors"), given or (latents, factors), strict=True)
        ]
        _check_alike(latents, factors, *turned)
    if len(latents) < 2:
        raise ShapeError("there is 1 sample; a score needs at least two.")


def _check_alike(latents: NDArray[Any], factors: NDArray[Any], of_latents: str, of_factors: str) -> None:
    if len(latents) != len(factors):
        raise ShapeError(
            f"latents has {len(latents)} samples and factors has {len(factors)} (shapes {latents.shape} and "
            f"{factors.shape}); axis 0 must be samples in both. {_transposed(latents, factors, of_latents, of_factors)}"
        )
    n_samples, n_factors = factors.shape
    if latents.shape == factors.shape and n_factors > max(n_samples, _MANY_FACTORS):
        raise ShapeError(
            f"latents and factors both have shape {factors.shape}: {n_samples} samples of {n_factors} factors. "
            f"Both look transposed: pass {of_latents} and {of_factors}."
        )


def check_two_latents(metric: str, n_samples: int, n_latents: int) -> None:
    """Raise ShapeError unless there are two latents, for a metric that compares latents."""
    if n_latents < 2:
        raise ShapeError(
            f"latents has 1 column (shape {(n_samples, n_latents)}); {metric} compares latents with one another, so it "
            "needs at least two latents."
        )


def check_two_factors(metric: str, varying: Sequence[str]) -> None:
    """Raise InputError unless two factors vary, given the names of those that do, for a metric that compares them."""
    if len(varying) < 2:
        there = f"only {varying[0]!r} varies" if varying else "none varies"
        raise InputError(
            f"{metric} compares factors with one another, so it needs at least two factors that vary; here {there}. "
            "Pass a second factor that has two values or more."
        )


def check_axes(name: str, shape: tuple[int, ...], column: str) -> None:
    """Raise ShapeError unless there are two axes, of samples and of the columns that are called so."""
    if len(shape) == 2:
        return
    mend = "Pass an array with one row per sample." if len(shape) < 2 else _flatten(shape)
    raise ShapeError(f"{name} has shape {shape}; expected 2 axes, (n_samples, {column}). {mend}")


def _in_rows(latents: NDArray[Any], factors: NDArray[Any] | None) -> str:
    """Return how to make rows of sequences, (n, t, d) beside (n, t, k) or (n * t, k); nothing for other shapes."""
    if factors is None or max(latents.ndim, factors.ndim) != 3 or _is_choice(latents) or _is_choice(factors):
        return ""
    n_rows = [array.shape[0] * array.shape[1] if array.ndim == 3 else len(array) for array in (latents, factors)]
    if n_rows[0] != n_rows[1] or (latents.ndim == factors.ndim and latents.shape[:2] != factors.shape[:2]):
        return ""
    shown = [
        f"{name}.reshape({n_rows[0]}, {array.shape[2]})"
        for name, array in (("latents", latents), ("factors", factors))
        if array.ndim == 3
    ]
    return f"If axis 1 is time, make a row of every step: {' and '.join(shown)}."


def _is_choice(array: NDArray[Any]) -> bool:
    """Whether numbers along the last of three axes are a choice of one class: one-hot codes, or probabilities."""
    if array.ndim != 3 or array.dtype.kind not in "buif" or not array.size or array.shape[-1] < 2:
        return False
    some = array[:_LOOKED_AT].astype(np.float64)
    return bool(some.min() >= 0 and np.abs(some.sum(axis=-1) - 1).max() < _ROUNDING)


def _reshape(name: str, array: NDArray[Any]) -> str:
    if _is_choice(array):
        _, n_groups, n_classes = array.shape
        return (
            f"Each row has {n_groups} times a choice of {n_classes} classes (one-hot codes, or probabilities): pass "
            f"the number of the class, {name}.argmax(axis=-1)."
        )
    return _flatten(array.shape) if array.ndim > 2 else "Pass an array with one row per sample."


def _flatten(shape: tuple[int, ...]) -> str:
    rest = int(np.prod(shape[1:]))
    return f"Flatten the axes after the first, for example reshape({shape[0]}, {rest}), or pick a slice."


def _transposed(latents: NDArray[Any], factors: NDArray[Any], of_latents: str, of_factors: str) -> str:
    (n, d), (m, k) = latents.shape, factors.shape
    if n < d == m:
        return f"latents looks transposed: pass {of_latents}."
    if m < k == n:
        return f"factors looks transposed: pass {of_factors}."
    if n < d == k and m < k:
        return f"Both look transposed: pass {of_latents} and {of_factors}."
    return "Score the rows that both have, in the same order."


def check_latents(latents: NDArray[Any], names: tuple[str, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Raise DTypeError or NonFiniteError unless latents are finite real numbers; return their extremes, (d,) each."""
    kind = latents.dtype.kind
    if kind == "c":
        raise DTypeError(
            f"latents are complex ({latents.dtype}). Pass real numbers, for example np.hstack([z.real, z.imag])."
        )
    if kind == "O":
        raise DTypeError(f"latents have dtype object.{_first_not_a_number(latents, names)}")
    if kind not in "buif":
        raise DTypeError(f"latents have dtype {latents.dtype}. Pass numbers; text cannot be a latent.")
    # One pass over the latents: if a value is not finite, an extreme is not finite either
    low, high = extremes(latents)
    _check_float64_holds(latents, low, high, names)
    if kind == "f" and not (np.isfinite(low).all() and np.isfinite(high).all()):
        bad = ~np.isfinite(latents)
        row, column = (int(i) for i in np.argwhere(bad)[0])
        if np.isnan(latents[bad]).all():
            what = "NaN"
        else:
            what = "infinite values" if np.isinf(latents[bad]).all() else "NaN or infinite values"
        raise NonFiniteError(
            f"latents has {int(bad.sum())} {what} in {int(bad.any(axis=1).sum())} rows (first at row {row}, "
            f"column {column}, {names[column]!r}). Drop those rows from latents and factors alike."
        )
    return low, high


def _check_float64_holds(latents: NDArray[Any], low: NDArray[Any], high: NDArray[Any], names: tuple[str, ...]) -> None:
    """Raise InputError if float64, in which scores are computed, cannot tell integers apart or hold a number."""
    if latents.dtype.kind in "ui" and max(int(high.max()), -int(low.min())) > EXACT:
        with np.errstate(invalid="ignore"):  # the largest integers become floats beyond the range of the type
            lost = np.any(latents.astype(np.float64).astype(latents.dtype) != latents, axis=0)
        problem, mend = "integers beyond 2**53 that float64 cannot tell apart", "Subtract the offset"
    elif latents.dtype.kind == "f" and latents.dtype.itemsize > 8:
        with np.errstate(over="ignore"):
            lost = np.any(np.isfinite(latents) & ~np.isfinite(latents.astype(np.float64)), axis=0)
        problem, mend = "numbers beyond the largest float64", "Rescale it"
    else:
        return
    if lost.any():
        j = int(lost.argmax())
        raise InputError(f"latent {names[j]!r} (column {j}) has {problem}. {mend}.")


def _first_not_a_number(latents: NDArray[Any], names: tuple[str, ...]) -> str:
    for (row, column), value in np.ndenumerate(latents):
        if isinstance(value, NUMBERS):
            continue
        if is_missing(value):
            return (
                f" A value is missing at row {row}, column {column}, {names[column]!r}. "
                "Drop such rows from latents and factors alike."
            )
        return (
            f" Column {column}, {names[column]!r}, holds {shortened(repr(value))} at row {row}. "
            "Keep only the columns of numbers."
        )
    return " Pass numbers, for example latents.astype(float)."


def check_factors(factors: NDArray[Any]) -> None:
    """Raise DTypeError if the dtype of factors cannot hold labels; objects are checked one by one when encoded."""
    if factors.dtype.kind == "c":
        raise DTypeError(f"factors are complex ({factors.dtype}). Pass real numbers or labels.")
    if factors.dtype.kind not in "buifUSO":
        raise DTypeError(f"factors have dtype {factors.dtype}. Pass numbers, bools or text.")


def names_of_columns(
    option: str, given: Sequence[str] | None, on_columns: tuple[str, ...] | None, size: int, prefix: str
) -> tuple[str, ...]:
    """Return the given names of the columns, else the table's own names, else a prefix and a number."""
    if isinstance(given, str):
        raise OptionError(f"{option}={given!r} is one string. Pass a list of {size} names.")
    if given is not None and not hasattr(given, "__iter__"):
        raise OptionError(f"{option}={given!r} is not a list of names. Pass {size} of them.")
    names = tuple(map(str, given)) if given is not None else on_columns
    if names is None:
        return tuple(f"{prefix}{i}" for i in range(size))
    if len(names) != size:
        raise OptionError(f"{option} has {len(names)} names and there are {size} columns. Pass one name per column.")
    if twice := repeated(names):
        raise OptionError(f"{option} has the name {min(twice)!r} more than once. Make the names distinct.")
    return names
