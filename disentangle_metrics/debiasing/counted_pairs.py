"""Bias-corrected mean information of two latents: joint counts of few rows show information where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.expected_information import independent_joint
from ..kernels.entropy.extrapolation import of_cells
from ..reductions.pairs import DIVISORS, mean_of_pairs
from ..statistics.base import Around, Floats
from ..statistics.jackknife import Jackknife
from ..statistics.latent_pairs import ResampledPairs

# The bias of extrapolated information falls with this power of 1 - I / H, as was measured.
_POWER = 4
# Rows for each bin, below which intervals miss too often.
_ROWS_PER_BIN = 5


class CountedPairs:
    """Bias-corrected mean information of two latents, in information from counts.

    Parameters
    ----------
    counts : ResampledPairs
    normalizer : str
        See :func:`~disentangle_metrics.reductions.pairs.mean_of_pairs`.
    keep : bool
        Whether pairs with latents that are not active count as 0.
    """

    noisy = True

    def __init__(self, counts: ResampledPairs, normalizer: str, keep: bool) -> None:
        self.counts, self.normalizer, self.keep = counts, normalizer, keep

    @property
    def refusal(self) -> str | None:
        """Reason why there is no interval: too few rows for each bin."""
        n, most = self.counts.codes.shape[1], int(np.count_nonzero(self._bins, axis=1).max())
        if n >= _ROWS_PER_BIN * most:
            return None
        return (
            f"a latent has {most} bins in {n} rows, and intervals miss too often with fewer than {_ROWS_PER_BIN} rows "
            "for each bin. Take fewer bins (n_bins) or more rows"
        )

    def notes(self) -> list[str]:
        """Return an empty list."""
        return []

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected mean: (1,). It needs no draws."""
        return mean_of_pairs(self.known, self.counts.plain.active, self.normalizer, self.keep)

    def around(self, values: Iterable[Any]) -> tuple[Around, ...]:
        """Return no cases: the influence of each row is known."""
        return ()

    def level(self, reach: float) -> NDArray[np.bool_] | None:
        """Return None: the draws show whether the mean may be 0."""
        return None

    def first_order(self) -> tuple[Floats, Floats]:
        """Return the bias-corrected mean (1,), and the influence of each row on it, minus the mean (n, 1)."""
        counts, n = self.counts, self.counts.codes.shape[1]
        codes = counts.codes.astype(np.int64)
        missing = np.zeros(n)
        divide = DIVISORS[self.normalizer]
        for place, j in enumerate(counts.active[:-1]):
            without = Jackknife(codes, counts.n_bins, codes[j], counts.n_bins)
            for i in counts.active[place + 1 :]:
                whole = divide(without.of_latent(i), without.of_factor)
                info = without.information(i)
                missing += np.divide(info, whole, out=np.zeros_like(info), where=whole > 0)
        missing /= self._n_pairs
        return self.center(missing, missing), ((n - 1) * (missing.mean() - missing))[:, None]

    @property
    def _n_pairs(self) -> int:
        d = len(self.counts.plain.active) if self.keep else len(self.counts.active)
        return max(d * (d - 1) // 2, 1)

    @cached_property
    def _bins(self) -> NDArray[np.int64]:
        """Rows in each bin of each latent: (d, n_bins)."""
        return np.stack([np.bincount(codes, minlength=self.counts.n_bins) for codes in self.counts.codes])

    @cached_property
    def known(self) -> Floats:
        """Bias-corrected information: (d, d).

        It is extrapolated to infinitely many rows. The bias that remains is known for independent latents. Of latents
        with information it is smaller.
        """
        better, bins, n = self.counts.extrapolated.mutual, self._bins, self.counts.codes.shape[1]
        entropy = np.diagonal(better)
        terms = np.concatenate([[0.0], of_cells(np.arange(1, int(bins.max()) + 1), n)])[None]
        info = np.array(better)
        for j in self.counts.active:
            [both] = independent_joint(bins, bins[j], terms)
            by_chance, whole = entropy + entropy[j] - both, max(float(entropy[j]), np.finfo(float).tiny)
            info[:, j] = better[:, j] - by_chance
            for _ in range(3):
                info[:, j] = better[:, j] - by_chance * np.clip(1 - info[:, j] / whole, 0, 1) ** _POWER
        info = (info + info.T) / 2
        np.fill_diagonal(info, entropy)
        return info
