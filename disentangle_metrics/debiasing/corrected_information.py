"""Bias-corrected information of latents with factors from joint counts, and how far it is above chance."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..statistics.base import Floats
from ..statistics.resampled_counts import ResampledCounts

# Random orders of the rows, for the information of latents by chance.
_ORDERS = 50
# The bias of extrapolated information falls with this power of 1 - I / H, as was measured.
_POWER = 4
# Rows for each value of a factor, below which measured intervals missed too often.
_ROWS_PER_VALUE = 5
# A difference that may be rounding.
_ROUNDING = 1e-12


class CorrectedInformation:
    """Information of latents with factors without the bias of few rows.

    Parameters
    ----------
    counts : ResampledCounts
    """

    def __init__(self, counts: ResampledCounts) -> None:
        self.counts, self.data = counts, counts.data

    @cached_property
    def too_few_rows(self) -> str | None:
        """Reason why there is no interval: a factor has too few rows for each of its values."""
        for k, n_values in enumerate(self.counts.plain.factor_values.astype(int).tolist()):
            n_rows = self.data.labels(k).n_labeled
            if n_values > 1 and n_rows < _ROWS_PER_VALUE * n_values:
                return (
                    f"factor {self.data.factor_names[k]!r} has {n_values} values in {n_rows} rows, and intervals miss "
                    f"too often with fewer than {_ROWS_PER_VALUE} rows for each value. Pass more rows, join values, or "
                    "leave that factor out"
                )
        return None

    @cached_property
    def by_orders(self) -> Floats:
        """Plug-in information with the rows of the factors in random orders: (B, d, k)."""
        return self.counts.in_orders(_ORDERS)

    @cached_property
    def above(self) -> Floats:
        """Information above that of independent latents, in standard deviations of theirs: (d, k)."""
        return self.standard(self.counts.plain.mutual)

    def standard(self, mutual: Floats) -> Floats:
        """Return information (..., d, k) above that of independent latents, in standard deviations of theirs."""
        spread, more = self.by_orders.std(axis=0), mutual - self.counts.independent.plain
        certain = np.where(more > _ROUNDING, np.inf, 0.0)  # information that is the same in every order
        return np.asarray(np.divide(more, spread, out=certain, where=spread > _ROUNDING))

    @cached_property
    def known(self) -> Floats:
        """Bias-corrected information: (d, k).

        It is extrapolated to infinitely many rows. The bias that remains is known for independent latents. Of latents
        with information it is smaller.
        """
        better = self.counts.extrapolated
        by_chance = self.counts.independent.extrapolated
        whole = np.where(better.factor_entropy > 0, better.factor_entropy, 1.0)
        info = better.mutual - by_chance
        for _ in range(3):
            info = better.mutual - by_chance * np.clip(1 - info / whole, 0, 1) ** _POWER
        return np.asarray(info)
