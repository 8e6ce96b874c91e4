"""Gaussian naive Bayes on one coordinate: a normal distribution for each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..columns.sorting import Ordered
from ..columns.weighted_counts import totals
from .classifiers import Classifier, Codes, Floats
from .splits import standardize
from .tuning import always, latent_by_latent

_SMOOTHING = 1e-9  # part of the latent's variance that is added to the variance of each class: scikit-learn's default
_TIE, _ROUNDING = 1e-9, 1e-13


def gaussian_classifier() -> Classifier:
    """Return the classifier that gives each row the most likely class."""
    return latent_by_latent(predict_by_density, always(_SMOOTHING))


def predict_by_density(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    x_test: Floats,
    smoothing: float,
    weight: Floats | None = None,
    order: Ordered | None = None,
) -> Iterator[Codes]:
    """Yield, for each factor, the class with the largest share of rows times normal density at each test row.

    Of products that differ by rounding only, the first class is taken. A class without training rows is never
    predicted. If all training rows have one value, the most frequent class is predicted. If rows have weights, shares,
    means and variances are weighted. The order of the rows is not used.
    """
    # Only relative positions matter, so the unit is chosen such that squares lose no digits.
    x, x_test = (part[0] for part in standardize(x[None], x_test[None], weight))
    floor = smoothing if x.min() < x.max() else 1.0
    for codes, size in zip(y, n_classes, strict=True):
        count = totals(codes, size, weight)
        rows = np.where(count > 0, count, 1)
        mean = np.bincount(codes, x if weight is None else weight * x, size) / rows
        squares = (x - mean[codes]) ** 2
        variance = np.bincount(codes, squares if weight is None else weight * squares, size) / rows + floor
        best, predicted = np.full(len(x_test), -np.inf), np.zeros(len(x_test), dtype=np.intp)
        for c in np.flatnonzero(count):
            constant = np.log(count[c]) - 0.5 * np.log(variance[c])
            likelihood = constant - 0.5 * (x_test - mean[c]) ** 2 / variance[c]
            predicted[likelihood - best > tie(likelihood)] = c
            np.maximum(best, likelihood, out=best)
        yield predicted


def tie(scores: Floats) -> Floats:
    """Return the rounding error of scores (logs of densities or odds): scores that differ by less are equal."""
    return np.asarray(_TIE + _ROUNDING * np.abs(scores))
