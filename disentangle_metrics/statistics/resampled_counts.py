"""Joint counts of binned latents and factors on resampled rows: the bins and labels of each row stay fixed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.expected_information import independent_information
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import discretize_uniform
from ..kernels.entropy.table import ENTROPIES
from ..kernels.resampling.bootstrap import Weights, drawn_xlogx, permuted_xlogx
from .base import Floats
from .jackknife import Jackknife

if TYPE_CHECKING:
    from .information import JointInformation, Parts


class Coded(NamedTuple):
    """Codes of latents and factors, on the rows on which these factors have labels.

    Attributes
    ----------
    rows : slice or ndarray
    factors : list of int
    latents : ndarray of int of shape (d, n)
        Bins, from 0 up to `n_bins`.
    n_bins : int
    labels : ndarray of int of shape (k, n)
        Labels of factor k from ``starts[k]`` up to, and without, ``starts[k + 1]``.
    starts : ndarray of shape (k + 1,)
    """

    rows: slice | NDArray[np.intp]
    factors: list[int]
    latents: NDArray[np.integer]
    n_bins: int
    labels: NDArray[np.integer]
    starts: NDArray[np.intp]


class ResampledCounts:
    """Plug-in information of joint counts on resampled rows, with fixed edges of the bins.

    Parameters
    ----------
    statistic : JointInformation
    """

    method = "bias-corrected bootstrap"

    def __init__(self, statistic: JointInformation) -> None:
        self.statistic, self.data = statistic, statistic.data
        self.permute = self.permuted if statistic.entropy is ENTROPIES["plugin"] else None
        self.plain = self._by("plugin")
        self.coded = list(self._code())

    @cached_property
    def extrapolated(self) -> Information:
        """Information extrapolated to infinitely many rows, at least 0."""
        better = self._by("extrapolated")
        return better._replace(mutual=np.maximum(better.mutual, 0.0))

    def _by(self, entropy: str) -> Information:
        return self.statistic.by_entropy(ENTROPIES[entropy], self.data)

    def _code(self) -> Iterator[Coded]:
        how = self.statistic
        for group in self.data.groups():
            binned = list(self.data.bins(group, how.discretizer, how.n_bins))
            n_bins = max(size for _, size in binned)
            latents = np.stack([codes for codes, _ in binned]).astype(np.min_scalar_type(n_bins))
            factors = [self.data.factor(group, k, discretize_uniform, how.factor_bins) for k in group.factors]
            starts = np.concatenate([[0], np.cumsum([len(factor.counts) for factor in factors])])
            labels = [factor.codes + start for factor, start in zip(factors, starts, strict=False)]
            shortest = np.min_scalar_type(int(starts[-1]))
            yield Coded(group.rows, list(group.factors), latents, n_bins, np.stack(labels).astype(shortest), starts)

    def reweighted(self, weights: Weights) -> list[Parts]:
        """Return the information of draws (r, n), with the axis r in front of every array."""
        r, d, k = len(weights), self.data.n_latents, self.data.n_factors
        mutual, latent, factor = np.zeros((r, d, k)), np.zeros((r, d, k)), np.zeros((r, k))
        for coded in self.coded:
            drawn = weights[:, coded.rows]
            n = np.maximum(drawn.sum(axis=1, dtype=np.int64), 1)[:, None]
            h_latent = np.log(n) - drawn_xlogx(coded.latents, coded.n_bins, drawn) / n
            for k, label, (start, stop) in zip(coded.factors, coded.labels, pairwise(coded.starts), strict=True):
                n_cells = int(stop - start) * coded.n_bins
                cells = np.multiply(coded.latents, stop - start, dtype=np.min_scalar_type(n_cells), casting="unsafe")
                cells += (label - start).astype(cells.dtype)
                h_factor = np.log(n) - drawn_xlogx(label[None] - start, int(stop - start), drawn) / n
                h_both = np.log(n) - drawn_xlogx(cells, n_cells, drawn) / n
                factor[:, k], latent[:, :, k] = h_factor[:, 0], h_latent
                mutual[:, :, k] = np.maximum(h_latent + h_factor - h_both, 0.0)
        mutual[:, self.data.inactive] = 0.0
        return [(self.plain._replace(mutual=mutual, latent_entropy=latent, factor_entropy=factor),)]

    def permuted(self, order: NDArray[np.intp]) -> list[Parts]:
        """Return the information with the rows of the factors in a given order.

        If labels are missing, the labeled rows are put in that order among themselves.
        """
        mutual = np.zeros((self.data.n_latents, self.data.n_factors))
        for coded in self.coded:
            by_label = order if isinstance(coded.rows, slice) else np.argsort(order[coded.rows], kind="stable")
            n = coded.latents.shape[1]
            entropy = np.log(n) - permuted_xlogx(coded.latents, coded.n_bins, coded.labels, coded.starts, by_label) / n
            known = self.plain.latent_entropy[:, coded.factors] + self.plain.factor_entropy[coded.factors]
            mutual[:, coded.factors] = np.maximum(known - entropy, 0.0)
        mutual[self.data.inactive] = 0.0
        return [(self.plain._replace(mutual=mutual),)]

    def jackknives(self, coded: Coded) -> Iterator[tuple[int, Jackknife]]:
        """Yield the factors that have labels on the coded rows, each with its jackknife."""
        for k, label, (start, stop) in zip(coded.factors, coded.labels, pairwise(coded.starts.tolist()), strict=True):
            yield k, Jackknife(coded.latents, coded.n_bins, label.astype(np.int64) - start, stop - start)

    def notes(self) -> list[str]:
        """Return an empty list: the draws leave out no source of variation."""
        return []

    def independent(self) -> Floats:
        """Return the expected plug-in information of independent latents: (d, k)."""
        expected = np.zeros((self.data.n_latents, self.data.n_factors))
        for coded in self.coded:
            bins = np.stack([np.bincount(codes, minlength=coded.n_bins) for codes in coded.latents])
            for k, label, start in zip(coded.factors, coded.labels, coded.starts, strict=False):
                expected[:, k] = independent_information(bins, np.bincount(label - start))
        return expected
