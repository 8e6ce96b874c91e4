"""Predictions of factors from latents on other rows, by least squares, by kernel ridge, or by an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..linear.mappings import spanned
from ..linear.shapes import rooted
from ..probes.classifiers import fitted
from .kernel_ridge import predict_kernel

Floats = NDArray[np.float64]


class Model(Protocol):
    """A regression.

    Attributes
    ----------
    most_rows : int or None
        The number of training rows that it takes at most.
    """

    @property
    def most_rows(self) -> int | None:
        """Number of training rows that it takes at most; None for any number."""

    def predicted(
        self, x: Floats, y: Floats, x_test: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
    ) -> Floats:
        """Return the predicted columns of test rows: (t, q).

        Parameters
        ----------
        x, x_test : ndarray of shape (m, d) and (t, d)
            Latents, standardized by the training rows.
        y : ndarray of shape (m, q)
            The columns to predict on the training rows, of mean 0.
        weight : ndarray of shape (m,) or None
        blocks : sequence of sequence of int
            Columns for which settings are chosen together.
        """


@dataclass(frozen=True)
class LeastSquares:
    """The linear regression; of latents that say the same it takes the coefficients of least length."""

    most_rows: None = None

    def predicted(
        self, x: Floats, y: Floats, x_test: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
    ) -> Floats:
        """Return the predicted columns of test rows: (t, q)."""
        basis, back = spanned(x, weight)
        return np.asarray(x_test @ (back @ (basis.T @ rooted(y, weight))))


@dataclass(frozen=True)
class KernelRidge:
    """Ridge regression with a Gaussian kernel, whose width and penalty are chosen by cross-validation.

    Attributes
    ----------
    most_rows : int or None
    """

    most_rows: int | None

    def predicted(
        self, x: Floats, y: Floats, x_test: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
    ) -> Floats:
        """Return the predicted columns of test rows: (t, q)."""
        return predict_kernel(x, y, x_test, weight, blocks)


@dataclass(frozen=True)
class Regressor:
    """A regressor of scikit-learn, fitted to one column at a time.

    Attributes
    ----------
    estimator : object
    """

    estimator: Any
    most_rows: None = None

    def predicted(
        self, x: Floats, y: Floats, x_test: Floats, weight: Floats | None, blocks: Sequence[Sequence[int]]
    ) -> Floats:
        """Return the predicted columns of test rows: (t, q)."""
        models = [fitted(self.estimator, x, column, weight) for column in y.T]
        return np.stack([np.reshape(model.predict(x_test), -1) for model in models], axis=1)
