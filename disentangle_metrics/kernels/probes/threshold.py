"""Cuts on a single latent that are best for balanced accuracy, found exactly (Kumar et al. 2018, sec. 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns.sorting import Order, numbered

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_EQUAL = 1e-12  # shares of the weight of a class nearer to a half than this are a half
_LONG, _SHORT = 1 << 14, 1 << 11  # places of cuts that are compared at once, to stay in cache; and to recompute a cut


class Cuts(NamedTuple):
    """Segments of the line: the start (inclusive) of each segment but the first, and the class of each."""

    starts: NDArray[np.float64]
    classes: NDArray[np.intp]


def fit_cuts(x: Floats, y: NDArray[np.integer], n_classes: int, ordered: bool = False) -> Cuts:
    """Return the segments, at most one per class, with the highest balanced accuracy on the training rows.

    With two classes both orders are tried. With more, classes stand in the order of their medians, and the first class
    comes first if two medians are equal. If the classes are `ordered`, they stand in the order of their codes, up or
    down. The best cuts come from dynamic programming over the sorted values. Medians are medians of ranks, and a
    segment starts at a training value, so the cuts follow any increasing map of the latent.

    Parameters
    ----------
    x : ndarray of shape (n,)
    y : ndarray of shape (n,), values 0 ... n_classes - 1
    """
    [cuts] = fit_all_cuts(x, y[None], [n_classes], ordered=[ordered])
    return cuts


def fit_all_cuts(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    weight: Floats | None = None,
    ordered: Sequence[bool] = (),
    order: Order | None = None,
) -> list[Cuts]:
    """Return the cuts for each factor (k, n), from a latent that is sorted once for all factors.

    With weights of the rows (n,) recalls are shares of weight, and medians have half the weight on either side. The
    `order` of the rows by ascending values may be given.
    """
    ordered = ordered or [False] * len(y)
    order = np.argsort(x) if order is None else order
    rank = numbered(x[order])
    fits = []
    for codes, size, keeps_order in zip(y, n_classes, ordered, strict=True):
        times = None if weight is None else weight[order]
        classes, cuts = _ranked_cuts(rank, codes[order], size, times, keeps_order)
        rows = rank.searchsorted(cuts.astype(np.int32))  # the first row right of each cut
        # An empty segment has the same start as the next segment; of equal starts, the last segment holds rows.
        starts = np.where(rows < len(x), x[order[np.minimum(rows, len(x) - 1)]], np.inf)
        fits.append(Cuts(starts, classes))
    return fits


def _ranked_cuts(
    rank: NDArray[np.int32],
    y: NDArray[np.integer],
    n_classes: int,
    weight: Floats | None = None,
    ordered: bool = False,
) -> tuple[Indices, Indices]:
    """Return the order of the classes and the ranks of their first values, for rows in ascending order."""
    if y.dtype.itemsize > 2 and n_classes <= 1 << 15:
        y = y.astype(np.int16)  # numpy sorts short integers by counting
    count = np.bincount(y, minlength=n_classes)
    by_class, ends = np.argsort(y, kind="stable"), np.cumsum(count)[:-1]
    places = np.split(rank[by_class], ends)
    shares = [None] * n_classes if weight is None else [*map(_running, np.split(weight[by_class], ends))]
    present = np.flatnonzero(count)
    if len(present) == 2 or ordered:
        orders = [present, present[::-1]]
    else:
        medians = [_median(places[c], shares[c]) for c in present]
        orders = [present[np.argsort(medians, kind="stable")]]
    n_values = int(rank[-1]) + 1
    solved = [_best_cuts([places[c] for c in order], n_values, [shares[c] for c in order]) for order in orders]
    best = int(np.argmax([score for score, _ in solved]))
    return orders[best], solved[best][1]


def _running(weight: Floats) -> Floats:
    """Return the share of a class's weight (m,) in its first 0, 1, ..., m rows: (m + 1,)."""
    total = np.append(0.0, np.cumsum(weight))
    return np.asarray(total / total[-1]) if len(weight) else total


def _median(places: NDArray[np.int32], share: Floats | None) -> float:
    """Return the median of ascending ranks; with weights, the mean of the first rank at half and the first above it."""
    if share is None:
        return float(np.median(places))
    reached = np.searchsorted(share[1:], 0.5 - _EQUAL), np.searchsorted(share[1:], 0.5 + _EQUAL, side="right")
    return float(places[list(reached)].mean())


def predict_cuts(x: NDArray[np.float64], cuts: Cuts) -> NDArray[np.intp]:
    """Return the class of each value's segment."""
    return cuts.classes[np.searchsorted(cuts.starts, x, side="right")]


def _best_cuts(places: list[NDArray[np.int32]], n_values: int, shares: list[Floats | None]) -> tuple[float, Indices]:
    """Return the best sum of recalls for classes in this order, and the number of values left of each cut.

    `places` are, for each class, the ranks of its rows among the distinct values, ascending. `shares` are None, or the
    shares of its weight that `_running` returns.

    The best sum for the first c classes on the i smallest values is the maximum, over j <= i, of the best sum for c - 1
    classes on j values plus the share of class c between j and i. The lead of class c at j is the best sum for c - 1
    classes minus the share of class c left of j. Only the highest lead so far matters.

    Places are processed in pieces. The highest leads at the ends of shorter pieces are kept, so that a piece that holds
    a cut can be processed again.
    """
    n_classes, n_places = len(places), n_values + 1
    ends = np.full((n_classes - 1, -(-n_places // _SHORT) + 1), -np.inf)  # highest lead before each short piece
    score = 1.0
    for start in range(0, n_places, _LONG):
        stop = min(start + _LONG, n_places)
        first = start // _SHORT
        last = np.minimum(np.arange(start + _SHORT, stop + _SHORT, _SHORT), stop) - 1 - start
        for c, (_, highest, best) in enumerate(_leads(places, shares, start, stop, ends[:, first])):
            ends[c, first + 1 : first + 1 + len(last)] = highest[last]
            score = float(best[-1])

    @lru_cache(maxsize=1)
    def leads_again(piece: int) -> list[Floats]:
        stop = min((piece + 1) * _SHORT, n_places)
        # classes come in descending order, and the classes after the present one are done
        return [lead for lead, _, _ in islice(_leads(places, shares, piece * _SHORT, stop, ends[:, piece]), c + 1)]

    cuts = np.empty(n_classes - 1, dtype=np.intp)
    place = n_values
    for c in range(n_classes - 2, -1, -1):
        piece = place // _SHORT
        lead = leads_again(piece)[c][: place + 1 - piece * _SHORT]
        if lead.max() <= ends[c, piece]:
            # No cut in this piece: the highest lead was reached in the first piece that ends on it.
            piece = int(np.searchsorted(ends[c], ends[c, piece])) - 1
            lead = leads_again(piece)[c]
        place = cuts[c] = piece * _SHORT + int(np.argmax(lead))
    return score, cuts


def _leads(
    places: list[NDArray[np.int32]], shares: list[Floats | None], start: int, stop: int, before: Floats
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield, for each class but the first, its lead, the highest so far and the best, at places `start` up to `stop`.

    The share of a class left of a place never falls, and neither does the best sum. So between two rows of a class its
    lead grows too, and each lead is the highest so far: only the ends of such runs have to be compared.
    """
    best, _, _ = _share(places[0], shares[0], start, stop)
    for c in range(1, len(places)):
        share, changes, runs = _share(places[c], shares[c], start, stop)
        lead = best - share
        before_run = np.empty(len(runs))
        before_run[0] = before[c - 1]
        before_run[1:] = lead[changes - 1]
        np.maximum.accumulate(before_run, out=before_run)
        highest = before_run.repeat(runs)
        np.maximum(highest, lead, out=highest)
        best = share + highest
        yield lead, highest, best


def _share(places: NDArray[np.int32], running: Floats | None, start: int, stop: int) -> tuple[Floats, Indices, Indices]:
    """Return the share of a class left of each place from `start` up to `stop`.

    Also return the places at which it changes, and the number of places for which it stays the same.
    """
    first, last = places.searchsorted([start, stop - 1])
    changes = places[first:last] + np.intp(1 - start)
    runs = np.empty(len(changes) + 1, dtype=np.intp)
    runs[:-1], runs[-1] = changes, stop - start
    runs[1:] -= changes
    steps = np.arange(first, last + 1) / len(places) if running is None else running[first : last + 1]
    return np.asarray(steps.repeat(runs)), changes, runs
