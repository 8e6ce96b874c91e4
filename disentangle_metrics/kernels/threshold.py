"""Cuts on a single latent that are best for balanced accuracy, found exactly (Kumar et al. 2018, sec. 3)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Cuts(NamedTuple):
    """Segments of the line: where each but the first starts (inclusive), and the class of each."""

    starts: NDArray[np.float64]
    classes: NDArray[np.intp]


def fit_cuts(x: NDArray[np.float64], y: NDArray[np.intp], n_classes: int) -> Cuts:
    """Return the segments, one per class at most, with the highest balanced accuracy on these rows.

    With two classes both orders are tried. With more, classes stand in the order of their medians, the first class
    first where two agree, and the best cuts are found by dynamic programming over the sorted values. Medians are taken
    of ranks, and a segment starts at a training value, so the cuts follow any increasing map of the latent.

    Parameters
    ----------
    x : ndarray of shape (n,)
    y : ndarray of shape (n,), values 0 ... n_classes - 1
    """
    values, position = np.unique(x, return_inverse=True)
    position = position.reshape(-1)
    count = np.bincount(y, minlength=n_classes)
    table = np.zeros((n_classes, len(values) + 1))
    np.add.at(table, (y, position + 1), 1.0)
    # share[c, i]: which part of class c lies among the i smallest values
    share = np.cumsum(table, axis=1) / np.maximum(count, 1)[:, None]
    present = np.flatnonzero(count)
    if len(present) == 2:
        orders = [present, present[::-1]]
    else:
        medians = [np.median(position[y == c]) for c in present]
        orders = [present[np.argsort(medians, kind="stable")]]
    solved = [_best_cuts(share[order]) for order in orders]
    best = int(np.argmax([score for score, _ in solved]))
    cuts = solved[best][1]
    # An empty segment has the same start as the next one; the last of equal starts is the one that holds rows.
    starts = np.append(values, np.inf)[cuts]
    return Cuts(starts, orders[best])


def predict_cuts(x: NDArray[np.float64], cuts: Cuts) -> NDArray[np.intp]:
    """Return the class of the segment that each value lies in."""
    return cuts.classes[np.searchsorted(cuts.starts, x, side="right")]


def _best_cuts(share: NDArray[np.float64]) -> tuple[float, NDArray[np.intp]]:
    """Return the best sum of recalls for classes in this order, and the number of values left of each cut.

    ``best[i]``, the best score of the i smallest values shared among the first c classes, is the maximum over j <= i
    of the best for c - 1 classes on j values plus what class c has between j and i.
    """
    n_classes, n_places = share.shape
    places = np.arange(n_places)
    best = share[0]
    came_from = np.zeros((n_classes, n_places), dtype=np.intp)
    for c in range(1, n_classes):
        lead = best - share[c]
        highest = np.maximum.accumulate(lead)
        # the first place where the running maximum was reached
        came_from[c] = np.maximum.accumulate(np.where(lead > np.append(-np.inf, highest[:-1]), places, 0))
        best = share[c] + highest
    cuts = np.empty(n_classes - 1, dtype=np.intp)
    place = n_places - 1
    for c in range(n_classes - 1, 0, -1):
        place = cuts[c - 1] = came_from[c, place]
    return float(best[-1]), cuts
