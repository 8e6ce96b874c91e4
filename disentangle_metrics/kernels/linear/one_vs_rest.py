"""The lines that a one-vs-rest classifier fits, and the weights of the rows in each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns.sorting import OrderOf
from ..columns.weighted_counts import totals

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class OneVsRest(NamedTuple):
    """The lines to fit on each latent, those of all factors one after the other.

    Attributes
    ----------
    starts : tuple of int of length n_factors + 1
        Lines of factor k are those from ``starts[k]`` up to ``starts[k + 1]``.
    factor, label : ndarray of shape (n_lines,)
        Factor and class of each line.
    own, rest : ndarray of shape (n_lines,)
        Weights of the rows of that class, and of the others.
    y : ndarray of int of shape (n_factors, n)
        Class codes.
    line_of : tuple of ndarray of shape (n_classes,)
        For each factor the line of each class, -1 if it has none.
    zero : tuple of int of length n_factors
        The class whose line is zero everywhere, -1 if there is none: the first of two, or the only one.
    weight : ndarray of shape (n,) or None
        A further factor of each row's loss; None if every row counts once.
    order : callable or None
        Returns the rows of latent j by ascending values, if that is known.
    """

    starts: tuple[int, ...]
    factor: Indices
    label: Indices
    own: Floats
    rest: Floats
    y: NDArray[np.integer]
    line_of: tuple[NDArray[np.signedinteger], ...]
    zero: tuple[int, ...]
    weight: Floats | None = None
    order: OrderOf | None = None


def one_vs_rest(
    y: NDArray[np.integer], n_classes: Sequence[int], balanced: bool, weight: Floats | None = None
) -> OneVsRest:
    """Return the lines of the factors.

    Parameters
    ----------
    y : ndarray of int of shape (n_factors, n)
        Class codes 0 ... n_classes[k] - 1. A class with no row here gets no line.
    n_classes : sequence of int
    balanced : bool
        liblinear's ``class_weight="balanced"``: rows of class c weigh n / (K n_c) where c is the positive class; the
        others weigh 1, except that with two classes both sides are weighted. Of rows with weights n and n_c are the
        sums of these.
    weight : ndarray of shape (n,), optional
    """
    counts = [np.bincount(codes, minlength=size) for codes, size in zip(y, n_classes, strict=True)]
    labels, own, rest, zero = [], [], [], []
    for count, codes in zip(counts, y, strict=True):
        (present,) = count.nonzero()
        size = count if weight is None else totals(codes, len(count), weight)
        of_class = size.sum() / (len(present) * size[present]) if balanced else np.ones(len(present))
        few = len(present) < 3
        labels.append(present[1:] if few else present)
        own.append(of_class[1:] if few else of_class)
        rest.append(np.full(len(labels[-1]), of_class[0] if few else 1.0))
        zero.append(int(present[0]) if few else -1)
    sizes = [len(classes) for classes in labels]
    starts = tuple(np.cumsum([0, *sizes]).tolist())
    line_of = tuple(np.full(len(count), -1, dtype=np.min_scalar_type(-starts[-1] - 1)) for count in counts)
    for line, classes, (start, stop) in zip(line_of, labels, pairwise(starts), strict=True):
        line[classes] = np.arange(start, stop)
    factor = np.repeat(np.arange(len(sizes)), sizes)
    weights = np.concatenate(own), np.concatenate(rest)
    return OneVsRest(starts, factor, np.concatenate(labels), *weights, y, line_of, tuple(zero), weight)
