"""Scores of probes on all latents by the number of their training rows, as a statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..kernels.probes.together import JointProbe
from ..kernels.resampling.bootstrap import Weights
from .base import Floats, Resampled
from .held_out import HeldOut
from .joint_scores import JointScores


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingCurve(HeldOut):
    """Scores of probes on all latents, for each number of training rows and each repeat of the split.

    Parameters
    ----------
    data : Representation
    probes : tuple of JointProbe
        One for each repeat.
    plan : Plan
    seeds : tuple of int or None
        The seed of each repeat; None without a shuffle.
    sizes : tuple of int or None
        The numbers of training rows, ascending: the first ones of the split. None, which is the last, stands for all.
    """

    probes: tuple[JointProbe, ...]
    sizes: tuple[int | None, ...]

    @cached_property
    def points(self) -> list[JointScores]:
        """The scores at each size. Metrics of the same probe and plan share those of all training rows."""
        return [
            JointScores(data=self.data, probes=self.probes, plan=self.plan._replace(n_train=size), seeds=self.seeds)
            for size in self.sizes
        ]

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the rows of the matrix, one for each size."""
        return tuple("all rows" if size is None else f"{size} rows" for size in self.sizes)

    @property
    def classified(self) -> list[int]:
        """Factors that are predicted by classes; the others are predicted as numbers."""
        return self.points[-1].classified

    @property
    def converged(self) -> bool:
        """Whether every probe converged."""
        return all(point.converged for point in self.points)

    @cached_property
    def values(self) -> Sequence[Floats]:
        """Score of each size and factor (q, k), NaN for a constant factor, for each repeat."""
        return _stacked([point.values for point in self.points])

    def matrix_of(self, values: Sequence[Floats]) -> Floats:
        """Return the mean score over repeats: (..., q, k)."""
        return np.asarray(sum(values) / len(values))

    def resampled(self) -> Resampled:
        """Return the predictions on resampled test rows."""
        return ResampledCurve(self)


class ResampledCurve:
    """Scores of probes that keep their fit: test rows are resampled, and training rows have no effect.

    Parameters
    ----------
    statistic : TrainingCurve
    """

    permute = None  # probes are fitted to one order of the rows

    def __init__(self, statistic: TrainingCurve) -> None:
        self._points = [point.resampled() for point in statistic.points]
        self.method = self._points[-1].method

    def reweighted(self, weights: Weights) -> list[Floats]:
        """Return the scores of draws (r, n) on each repeat of the split: (r, q, k)."""
        return _stacked([point.reweighted(weights) for point in self._points])

    def notes(self) -> list[str]:
        """Return the notes on what the draws leave out."""
        return self._points[-1].notes()


def _stacked(of_sizes: Sequence[Sequence[Floats]]) -> list[Floats]:
    """Return the scores of all sizes together, for each repeat: (..., k) for each size -> (..., q, k)."""
    return [np.stack(of_repeat, axis=-2) for of_repeat in zip(*of_sizes, strict=True)]
