"""The most frequent class in each bin of a latent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...options import integer
from ..columns.origin import from_first
from ..columns.sorting import Ordered
from ..columns.weighted_counts import most, totals
from ..discretizing.discretizers import MAX_BINS
from .classifiers import Classifier, Codes, Floats
from .tuning import always, by_holdout, latent_by_latent, whole_or

# The numbers of bins that n_bins="tuned" chooses from; of two equally good numbers the smaller one is taken.
BINS_GRID = (2, 3, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Histogram:
    """Bins of equal width as a probe, which predicts the most frequent class among the training rows of a row's bin.

    Bins cover the range of the training rows, and the outer bins extend beyond it. A bin without training rows takes
    the class of the nearest bin with training rows, the lower one of two. Of equally frequent classes the first in the
    order of labels is taken. With weights, the frequency of a class is the weight of its rows.

    Parameters
    ----------
    n_bins : int or "tuned", default 20
        2 to 65536. ``"tuned"`` picks one of 2, 3, 5, 10, ..., 500 for each latent and factor on a part of the training
        rows.
    """

    n_bins: int | str = 20

    def __post_init__(self) -> None:
        n_bins = whole_or("n_bins", self.n_bins, "tuned", low=2)
        object.__setattr__(self, "n_bins", n_bins if n_bins == "tuned" else integer("n_bins", n_bins, 2, MAX_BINS))

    def classifier(self, validation_size: float, seed: int | None) -> Classifier:
        """Return the classifier."""
        if isinstance(self.n_bins, str):
            return latent_by_latent(predict_by_bin, by_holdout(predict_by_bin, BINS_GRID, validation_size, seed))
        return latent_by_latent(predict_by_bin, always(self.n_bins))


def predict_by_bin(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    x_test: Floats,
    n_bins: int,
    weight: Floats | None = None,
    order: Ordered | None = None,
) -> Iterator[Codes]:
    """Yield, for each factor, the most frequent class (or the class of most weight) in each test row's bin.

    The order of the rows is not used.
    """
    x, x_test = from_first(x, x_test)
    low, extent = x.min(), x.max() - x.min()
    # multiplied before the division: edges on which values can lie are then exact
    inner = np.arange(1.0, n_bins) * extent / n_bins if extent > 0 else np.empty(0)
    bins, test_bins = (np.searchsorted(inner, values - low, side="right") for values in (x, x_test))
    filled = np.flatnonzero(np.bincount(bins, minlength=len(inner) + 1))
    every = np.arange(len(inner) + 1)
    after = np.minimum(np.searchsorted(filled, every), len(filled) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(every - filled[before]) <= np.abs(filled[after] - every), filled[before], filled[after])
    for codes, size in zip(y, n_classes, strict=True):
        count = totals(bins * size + codes, (len(inner) + 1) * size, weight).reshape(-1, size)
        yield most(count)[nearest[test_bins]]
