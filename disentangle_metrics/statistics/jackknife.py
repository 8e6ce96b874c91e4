"""Information of latents with a factor without each row in turn: the influence of each row on a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.entropy.corrections import jackknife_without

Floats = NDArray[np.float64]


class Jackknife:
    """Entropies and information without each row in turn, extrapolated by the jackknife: (n,) for n rows.

    Parameters
    ----------
    latents : ndarray of int of shape (d, n)
        Bins, from 0 up to `n_bins`.
    n_bins : int
    labels : ndarray of int of shape (n,)
        Labels of a factor, from 0 up to `n_labels`.
    n_labels : int
    """

    def __init__(self, latents: NDArray[np.integer], n_bins: int, labels: NDArray[np.int64], n_labels: int) -> None:
        self.latents, self.n_bins, self.labels, self.n_labels = latents, n_bins, labels, n_labels
        self.n = len(labels)
        self.of_factor = self._entropy(labels, n_labels)

    def of_latent(self, j: int) -> Floats:
        """Return the entropy of a latent."""
        return self._entropy(self.latents[j], self.n_bins)

    def information(self, j: int) -> Floats:
        """Return the information of a latent with the factor."""
        cells = self.latents[j] * np.int64(self.n_labels) + self.labels
        return self.of_latent(j) + self.of_factor - self._entropy(cells, self.n_labels * self.n_bins)

    def error(self, j: int) -> float:
        """Return the standard error of the information of a latent with the factor."""
        return float(np.sqrt((self.n - 1) * self.information(j).var()))

    def _entropy(self, cells: NDArray[np.integer], n_cells: int) -> Floats:
        if n_cells > self.n:  # most are empty
            cells = np.unique(cells, return_inverse=True)[1].reshape(-1)
        return jackknife_without(np.bincount(cells)).take(cells)
