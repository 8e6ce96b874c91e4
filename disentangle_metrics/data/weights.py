"""Sample weights, checked once. A row of weight 0 is left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DTypeError, InputError, NonFiniteError, OptionError, ShapeError
from .arrays import EXACT, to_numpy

Rows = NDArray[np.intp] | slice

# Between these, sums of squares and of products stay within float64.
_LEAST, _LARGEST = 1e-100, 1e100


class Weights(NamedTuple):
    """Weights of the rows that count.

    Attributes
    ----------
    values : ndarray of int64 or float64 of shape (n,), or None if all are 1
        Weights of the remaining rows, all above 0. Whole numbers are int64, so that counts stay exact.
    rows : ndarray of int of shape (n,), or None if all rows remain
        The given rows with a weight above 0.
    n_given : int
        Number of given rows.
    checksum : str
        Identifies the weights in a signature: equal for equal weights in the same order, with zeros.
    n_effective : float
        Effective sample size (sum w)^2 / sum w^2: so many rows of equal weight would have this variance (Kish 1965).
    total : float
        Sum of all weights.
    """

    values: NDArray[Any] | None
    rows: NDArray[np.intp] | None
    n_given: int
    checksum: str
    n_effective: float
    total: float


class Weighted:
    """Rows that may have weights: `weights` is None if they have none."""

    weights: Weights | None

    def weights_of(self, rows: Rows = slice(None)) -> NDArray[Any] | None:
        """Return the weights of given rows (n,), int64 if all are whole numbers; None if every row counts once."""
        return None if self.weights is None or self.weights.values is None else self.weights.values[rows]

    def n_effective(self, rows: Rows = slice(None)) -> float | None:
        """Return the effective sample size of given rows; None if every row counts once."""
        weight = self.weights_of(rows)
        return None if weight is None else effective(weight)

    def refuse_weights(self, metric: str) -> None:
        """Raise OptionError if rows have weights, for a metric that has no weighted version."""
        if self.weights is not None:
            raise OptionError(
                f"{metric} has no weighted version, and the rows have weights. Score it without sample_weight."
            )


def check_weights(sample_weight: ArrayLike, n_samples: int) -> Weights:
    """Return the checked weights of the rows.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,)
        Finite and not negative.
    n_samples : int

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError, InputError

    Examples
    --------
    >>> weights = check_weights([2.0, 0.0, 1.0, 1.0], 4)
    >>> weights.values.tolist(), weights.rows.tolist(), round(weights.n_effective, 4)
    ([2, 1, 1], [0, 2, 3], 2.6667)
    """
    from hashlib import sha256

    given = to_numpy(sample_weight)
    if given.shape != (n_samples,):
        mend = "Pass sample_weight.ravel()." if given.size == n_samples else "Pass one number for each row of latents."
        raise ShapeError(f"sample_weight has shape {given.shape}; expected ({n_samples},). {mend}")
    if given.dtype.kind not in "buif":
        raise DTypeError(
            f"sample_weight has dtype {given.dtype}. Pass real numbers, for example weights.astype(float)."
        )
    values = given.astype(np.float64)
    _check_values(values)
    rows = np.flatnonzero(values)
    if len(rows) < 2:
        raise InputError(
            f"sample_weight is above 0 for {len(rows)} of {n_samples} samples; a score needs at least two. "
            "Rows of weight 0 count as absent: pass larger weights, or sample_weight=None to weigh all rows alike."
        )
    kept = values[rows]
    total = float(kept.sum())
    whole = total < EXACT and bool(np.all(kept == np.floor(kept)))
    return Weights(
        values=None if np.all(kept == 1) else kept.astype(np.int64) if whole else kept,
        rows=None if len(rows) == n_samples else rows,
        n_given=n_samples,
        checksum=sha256(values.astype("<f8").tobytes()).hexdigest()[:8],
        n_effective=effective(kept),
        total=total,
    )


def effective(weight: NDArray[Any]) -> float:
    """Return the effective sample size (sum w)^2 / sum w^2 of weights (n,)."""
    scaled = weight / weight.max()
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def _check_values(values: NDArray[np.float64]) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        raise NonFiniteError(
            f"sample_weight has {int(bad.sum())} values that are not finite (first at row {int(bad.argmax())}). "
            "Give rows that should not count the weight 0."
        )
    bad = values < 0
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"sample_weight has {int(bad.sum())} negative values (first {values[row]:g} at row {row}). "
            "A weight is at least 0: clip the weights at 0, or correct them."
        )
    values += 0.0  # -0.0 is 0.0
    bad = (values > 0) & ((values < _LEAST) | (values > _LARGEST))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"sample_weight has {values[row]:g} at row {row}; weights above 0 lie between {_LEAST:g} and {_LARGEST:g}. "
            "Divide all of them by their mean."
        )
