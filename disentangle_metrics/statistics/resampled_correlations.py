"""Correlations on resampled rows, from weighted sums of products, and with the rows of the factors in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Group
from ..kernels.linear.shapes import Circle, Classes, Line, Shape, standardized
from ..kernels.resampling.bootstrap import Weights
from .base import Floats
from .correlated import Columns, Correlated, side_of

if TYPE_CHECKING:
    from .correlations import Correlations, Parts

_ROUNDING = 1e-13  # part of a mean square


class Labeled(NamedTuple):
    """Standardized latents (m, d) and factors on the rows on which these factors have labels."""

    group: Group
    z: Floats
    factors: list[Shape]


class Drawn(NamedTuple):
    """Draws (r, m) of the rows, and of the latents: how many rows, the mean (r, d), and the variance (r, d)."""

    weights: Floats
    size: Floats
    mean: Floats
    variance: Floats


class ResampledCorrelations:
    """Correlations of single latents with numbers, classes and angles on resampled rows.

    Parameters
    ----------
    statistic : Correlations
    """

    method = "bias-corrected bootstrap"

    def __init__(self, statistic: Correlations) -> None:
        self.data, self.correlation = statistic.data, statistic.correlation
        self.observed = statistic.values[0]
        self.labeled = list(self._take())

    def _take(self) -> Iterator[Labeled]:
        for group in self.data.groups():
            side = side_of(self.data, np.arange(self.data.n_samples), group.factors)
            factors = [side.factor(k, self.correlation) for k in group.factors]
            yield Labeled(group, Columns(side).standardized(False), factors)

    def reweighted(self, weights: Weights) -> list[Parts]:
        """Return the correlations of draws (r, n): (r, d, k)."""
        signed = np.zeros((len(weights), self.data.n_latents, self.data.n_factors))
        for labeled in self.labeled:
            drawn = _drawn(weights[:, labeled.group.rows].astype(np.float64), labeled.z)
            for k, factor in zip(labeled.group.factors, labeled.factors, strict=True):
                signed[:, :, k] = _correlation(drawn, labeled.z, factor)
        return [(Correlated(signed, np.abs(signed), None),)]

    def permute(self, order: NDArray[np.intp]) -> list[Parts]:
        """Return the correlations with the rows of the factors in a given order.

        If labels are missing, the labeled rows are put in that order among themselves.
        """
        signed = np.zeros((self.data.n_latents, self.data.n_factors))
        for group, z, factors in self.labeled:
            by_label = order if isinstance(group.rows, slice) else np.argsort(order[group.rows], kind="stable")
            for k, factor in zip(group.factors, factors, strict=True):
                signed[:, k] = factor.take(by_label).correlation(z)
        return [(Correlated(signed, np.abs(signed), None),)]

    def notes(self) -> list[str]:
        """Return an empty list: the draws leave out no source of variation."""
        return []


def _drawn(weights: Floats, z: Floats) -> Drawn:
    size = np.maximum(weights.sum(axis=1), 1.0)[:, None]
    mean = (weights @ z) / size
    return Drawn(weights, size, mean, _variance((weights @ (z * z)) / size, mean))


def _correlation(drawn: Drawn, z: Floats, factor: Shape) -> Floats:
    """Return the correlation of each latent with a factor in each draw: (r, d)."""
    if isinstance(factor, Line):
        y = standardized(factor.values[:, None])
        return _with_line(drawn, z, y)
    explained = _by_class(drawn, z, factor) if isinstance(factor, Classes) else _on_circle(drawn, z, factor)
    share = np.divide(explained, drawn.variance, out=np.zeros_like(explained), where=drawn.variance > 0)
    return np.asarray(np.sqrt(np.clip(share, 0.0, 1.0)))


def _with_line(drawn: Drawn, z: Floats, y: Floats) -> Floats:
    mean = (drawn.weights @ y) / drawn.size
    variance = _variance((drawn.weights @ (y * y)) / drawn.size, mean)
    product = (drawn.weights @ (z * y)) / drawn.size - drawn.mean * mean
    square = drawn.variance * variance
    found = np.divide(product, np.sqrt(square), out=np.zeros_like(product), where=square > 0)
    return np.clip(found, -1.0, 1.0)


def _by_class(drawn: Drawn, z: Floats, factor: Classes) -> Floats:
    """Return the variance of each latent between classes in each draw: (r, d)."""
    order = np.argsort(factor.codes, kind="stable")
    ends = np.cumsum(np.bincount(factor.codes, minlength=factor.n_classes))
    weights, z = drawn.weights[:, order], z[order]
    between = np.zeros_like(drawn.mean)
    for start, stop in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        of_class = weights[:, start:stop]
        size = of_class.sum(axis=1, keepdims=True)
        away = of_class @ z[start:stop] - size * drawn.mean
        between += away**2 / np.maximum(size, 1.0)
    return between / drawn.size


def _on_circle(drawn: Drawn, z: Floats, factor: Circle) -> Floats:
    """Return the variance of each latent along its best sum of cosine and sine in each draw: (r, d)."""
    c = factor.columns - factor.columns.mean(axis=0)
    mean = (drawn.weights @ c) / drawn.size  # (r, 2)
    squares = (drawn.weights @ (c[:, :, None] * c[:, None]).reshape(len(c), 4)) / drawn.size
    squares = squares.reshape(-1, 2, 2) - mean[:, :, None] * mean[:, None]
    products = (drawn.weights @ (z[:, :, None] * c[:, None]).reshape(len(c), -1)) / drawn.size[:, :1]
    products = products.reshape(len(mean), -1, 2) - drawn.mean[:, :, None] * mean[:, None]
    return np.asarray(np.einsum("rdi,rij,rdj->rd", products, np.linalg.pinv(squares, 1e-10, True), products))


def _variance(square: Floats, mean: Floats) -> Floats:
    """Return the variance from the mean square and the mean; 0 if the difference is a rounding error."""
    variance = square - mean**2
    return np.where(variance > _ROUNDING * square, variance, 0.0)
