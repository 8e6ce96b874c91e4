"""Cuts on a single latent that are best for balanced accuracy, found exactly (Kumar et al. 2018, sec. 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_LONG, _SHORT = 1 << 14, 1 << 11  # places of cuts looked at in one go, to stay in cache; and to find one again


class Cuts(NamedTuple):
    """Segments of the line: where each but the first starts (inclusive), and the class of each."""

    starts: NDArray[np.float64]
    classes: NDArray[np.intp]


def fit_cuts(x: Floats, y: NDArray[np.integer], n_classes: int, ordered: bool = False) -> Cuts:
    """Return the segments, one per class at most, with the highest balanced accuracy on these rows.

    With two classes both orders are tried. With more, classes stand in the order of their medians, the first class
    first where two agree, or, if they are `ordered`, in that of their codes, up or down. The best cuts are found by
    dynamic programming over the sorted values. Medians are taken of ranks, and a segment starts at a training value,
    so the cuts follow any increasing map of the latent.

    Parameters
    ----------
    x : ndarray of shape (n,)
    y : ndarray of shape (n,), values 0 ... n_classes - 1
    """
    [cuts] = fit_all_cuts(x, y[None], [n_classes], [ordered])
    return cuts


def fit_all_cuts(
    x: Floats, y: NDArray[np.integer], n_classes: Sequence[int], ordered: Sequence[bool] = ()
) -> list[Cuts]:
    """Return the cuts for each factor (k, n), of a latent that is sorted once for all of them."""
    ordered = ordered or [False] * len(y)
    order = np.argsort(x)
    rank = np.zeros(len(x), dtype=np.int32)  # among the distinct values
    values = x[order]
    np.cumsum(values[1:] != values[:-1], out=rank[1:])
    del values  # a row's is x[order[row]]
    fits = []
    for codes, size, keeps_order in zip(y, n_classes, ordered, strict=True):
        classes, cuts = _ranked_cuts(rank, codes[order], size, keeps_order)
        rows = rank.searchsorted(cuts.astype(np.int32))  # the first that lies right of each cut
        # An empty segment has the same start as the next one; the last of equal starts is the one that holds rows.
        starts = np.where(rows < len(x), x[order[np.minimum(rows, len(x) - 1)]], np.inf)
        fits.append(Cuts(starts, classes))
    return fits


def _ranked_cuts(
    rank: NDArray[np.int32], y: NDArray[np.integer], n_classes: int, ordered: bool
) -> tuple[Indices, Indices]:
    """Return the order of the classes and the ranks of their first values, for rows in ascending order."""
    if y.dtype.itemsize > 2 and n_classes <= 1 << 15:
        y = y.astype(np.int16)  # short integers are sorted by counting
    count = np.bincount(y, minlength=n_classes)
    places = np.split(rank[np.argsort(y, kind="stable")], np.cumsum(count)[:-1])
    present = np.flatnonzero(count)
    if len(present) == 2 or ordered:
        orders = [present, present[::-1]]
    else:
        medians = [np.median(places[c]) for c in present]
        orders = [present[np.argsort(medians, kind="stable")]]
    solved = [_best_cuts([places[c] for c in order], int(rank[-1]) + 1) for order in orders]
    best = int(np.argmax([score for score, _ in solved]))
    return orders[best], solved[best][1]


def predict_cuts(x: NDArray[np.float64], cuts: Cuts) -> NDArray[np.intp]:
    """Return the class of the segment that each value lies in."""
    return cuts.classes[np.searchsorted(cuts.starts, x, side="right")]


def _best_cuts(places: list[NDArray[np.int32]], n_values: int) -> tuple[float, Indices]:
    """Return the best sum of recalls for classes in this order, and the number of values left of each cut.

    `places` are, for each class, the ranks of its rows among the distinct values, ascending.

    The best for the first c classes on the i smallest values, the last of them ending there, is the maximum over j <= i
    of the best for c - 1 classes on j values plus what class c has between j and i. Of its lead at j, the best for
    c - 1 classes less what class c has left of j, only the highest so far matters.

    Places are gone through in pieces. The highest leads at the ends of shorter pieces are kept, so that those where a
    cut lies can be gone through again.
    """
    n_classes, n_places = len(places), n_values + 1
    ends = np.full((n_classes - 1, -(-n_places // _SHORT) + 1), -np.inf)  # highest lead before each short piece
    score = 1.0
    for start in range(0, n_places, _LONG):
        stop = min(start + _LONG, n_places)
        first = start // _SHORT
        last = np.minimum(np.arange(start + _SHORT, stop + _SHORT, _SHORT), stop) - 1 - start
        for c, (_, highest, best) in enumerate(_leads(places, start, stop, ends[:, first])):
            ends[c, first + 1 : first + 1 + len(last)] = highest[last]
            score = float(best[-1])

    @lru_cache(maxsize=1)
    def leads_again(piece: int) -> list[Floats]:
        stop = min((piece + 1) * _SHORT, n_places)
        # classes are asked for in descending order, and those after the present one are done
        return [lead for lead, _, _ in islice(_leads(places, piece * _SHORT, stop, ends[:, piece]), c + 1)]

    cuts = np.empty(n_classes - 1, dtype=np.intp)
    place = n_values
    for c in range(n_classes - 2, -1, -1):
        piece = place // _SHORT
        lead = leads_again(piece)[c][: place + 1 - piece * _SHORT]
        if lead.max() <= ends[c, piece]:
            # Nothing new here: the highest lead was reached in the first piece that ends on it.
            piece = int(np.searchsorted(ends[c], ends[c, piece])) - 1
            lead = leads_again(piece)[c]
        place = cuts[c] = piece * _SHORT + int(np.argmax(lead))
    return score, cuts


def _leads(
    places: list[NDArray[np.int32]], start: int, stop: int, before: Floats
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield, for each class but the first, its lead, the highest so far and the best, at places `start` up to `stop`.

    Both the share of a class left of a place and the best for some classes only ever grow. So between rows of a class
    its lead grows too, and is its own highest: only the ends of such runs have to be compared.
    """
    best, _, _ = _share(places[0], start, stop)
    for c in range(1, len(places)):
        share, changes, runs = _share(places[c], start, stop)
        lead = best - share
        before_run = np.empty(len(runs))
        before_run[0] = before[c - 1]
        before_run[1:] = lead[changes - 1]
        np.maximum.accumulate(before_run, out=before_run)
        highest = before_run.repeat(runs)
        np.maximum(highest, lead, out=highest)
        best = share + highest
        yield lead, highest, best


def _share(places: NDArray[np.int32], start: int, stop: int) -> tuple[Floats, Indices, Indices]:
    """Return which part of a class lies left of each place from `start` up to `stop`.

    Also at which of these places it changes, and how many places it stays the same.
    """
    first, last = places.searchsorted([start, stop - 1])
    changes = places[first:last] + np.intp(1 - start)
    runs = np.empty(len(changes) + 1, dtype=np.intp)
    runs[:-1], runs[-1] = changes, stop - start
    runs[1:] -= changes
    return (np.arange(first, last + 1) / len(places)).repeat(runs), changes, runs
