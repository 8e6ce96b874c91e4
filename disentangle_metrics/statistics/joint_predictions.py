"""Predictions of each factor from all latents together, by a probe that has not seen the rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Group, Representation
from ..kernels.columns.weighted_counts import totals
from ..kernels.probes.splits import min_max, standardize
from ..kernels.probes.together import JointProbe, Said
from .base import Floats
from .predictability import Plan, classes_of, n_classes_of, splits_of, targets_of

# Training rows, test rows, latents of both, (m, d) and (t, d), and the weights of the training rows.
Part = tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats, Floats | None]


class Tested(NamedTuple):
    """Test rows of one fold, and what a probe said of one factor there.

    Attributes
    ----------
    rows : ndarray of int of shape (t,)
        Numbers of the test rows.
    actual : ndarray of int of shape (t,), or ndarray of shape (t, q)
        The class of each; or the numbers, q = 2 for cosine and sine of an angle.
    said : Said, or ndarray of shape (t, q)
        What was predicted.
    trained : ndarray of shape (n_classes,)
        The number, or the weight, of training rows of each class; empty for numbers.
    """

    rows: NDArray[np.intp]
    actual: NDArray[np.generic]
    said: Said | Floats
    trained: Floats


def of_classes(data: Representation, probe: JointProbe, plan: Plan) -> list[int]:
    """Return the scored factors whose classes a probe predicts; the others are predicted as numbers."""
    if probe.of_numbers:
        return []
    scored = [k for group in data.groups() for k in group.factors]
    return sorted(k for k in scored if not data.is_measured(k) or plan.factor_bins is not None)


def joint_predictions(data: Representation, probe: JointProbe, plan: Plan, seed: int | None) -> dict[int, list[Tested]]:
    """Return what a probe says of each scored factor, fold by fold.

    Every prediction is kept in the data, so that metrics of the same probe and the same rows train it once.
    """
    classified = set(of_classes(data, probe, plan))
    split = plan.evaluate_on, plan.test_size, plan.n_folds, plan.shuffle, plan.n_train
    how = (probe, plan.standardize, plan.factor_bins, *split)
    said: dict[int, list[Tested]] = {}
    for group in data.groups():
        splits = _Standardized(data, group, plan, seed)
        for k in group.factors:
            key = ("joint prediction", k, data.factor_kinds[k], data.is_measured(k), seed, *how)
            said[k] = data.remember(key, partial(_classes if k in classified else _numbers, splits, probe, k))
    return said


class _Standardized:
    """The splits of a group with their latents, standardized when they are first read."""

    def __init__(self, data: Representation, group: Group, plan: Plan, seed: int | None) -> None:
        self.data, self.group, self.plan = data, group, plan
        self._seed = seed
        self._parts: list[Part] | None = None

    @property
    def parts(self) -> Sequence[Part]:
        """Training rows, test rows, latents of both, (m, d) and (t, d), and the weights of the training rows."""
        if self._parts is None:
            self._parts = [self._part(*split) for split in splits_of(self.group, self.data, self.plan, self._seed)]
        return self._parts

    def _part(self, train: NDArray[np.intp], test: NDArray[np.intp]) -> Part:
        weight = self.data.weights_of(train)
        weight = None if weight is None else weight.astype(np.float64)
        x, x_test = (np.array(self.data.latents[rows].T, dtype=np.float64, order="C") for rows in (train, test))
        if self.plan.standardize == "min-max":
            x, x_test = min_max(x, x_test)
        elif self.plan.standardize:
            x, x_test = standardize(x, x_test, weight)
        return train, test, np.ascontiguousarray(x.T), np.ascontiguousarray(x_test.T), weight


def _classes(splits: _Standardized, probe: JointProbe, k: int) -> list[Tested]:
    data, n_bins = splits.data, splits.plan.factor_bins
    codes = classes_of(data, splits.group, k, n_bins).astype(np.intp)
    n_classes = n_classes_of(data, k, n_bins)
    tested = []
    for train, test, x, x_test, weight in splits.parts:
        said = probe.classify(x, codes[train], n_classes, x_test, weight)
        tested.append(Tested(test, codes[test], said, totals(codes[train], n_classes, weight).astype(np.float64)))
    return tested


def _numbers(splits: _Standardized, probe: JointProbe, k: int) -> list[Tested]:
    numbers = targets_of(splits.data, k).T
    return [
        Tested(test, numbers[test], probe.regress(x, numbers[train], x_test, weight), np.zeros(0))
        for train, test, x, x_test, weight in splits.parts
    ]
