"""R2 of regressions of factors on groups of latents, on rows that did not train them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.latent_groups import Units
from ..data.representation import Group, Representation
from ..errors import InputError
from ..kernels.probes.splits import Split, make_splits, standardize
from ..kernels.regression.models import KernelRidge, LeastSquares, Model
from ..reductions.blocks import pooled
from .base import Floats, Resampled, Statistic
from .factor_shapes import numbers_of
from .predictability import factor_columns
from .squared_errors import Tested, r2_of

# Classes of a factor beyond which an indicator of each takes too much memory, and means nothing.
_MOST_CLASSES = 1000
# Numbers of factors held at a time, unless a single factor has more.
_NUMBERS = 1 << 24


class Training(NamedTuple):
    """Which rows train and which test.

    Attributes
    ----------
    test_size : int or float
        Number or share of the rows that test.
    seed : int or None
        Seed of the split; None for the last rows.
    same_rows : bool
        Whether all rows train and all rows test.
    """

    test_size: int | float
    seed: int | None
    same_rows: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Regressions(Statistic):
    """R2 of every factor from every group of latents.

    Parameters
    ----------
    data : Representation
    model : Model
    training : Training
    units : Units
        The groups of latents.
    blocks : tuple of tuple of int or None
        The groups of factors whose mean R2 are the columns of the matrix; None for each factor by itself.
    """

    model: Model
    training: Training
    units: Units
    blocks: tuple[tuple[int, ...], ...] | None

    @property
    def together(self) -> Units | None:
        """The groups of latents."""
        return self.units

    @cached_property
    def tested(self) -> list[Tested]:
        """Squared errors on test rows, for each set of factors that have labels on the same rows."""
        how = (self.data.factor_kinds, self.model, self.training, self.units, self.blocks)
        return self.data.remember(("regressions", *how), lambda: list(map(self._test, self._parts())))

    @cached_property
    def values(self) -> Sequence[Floats]:
        """R2 of each group of latents and factor (g, k), 0 for a factor that does not vary."""
        r2 = np.zeros((len(self.units.names), self.data.n_factors))
        for tested in self.tested:
            weight = self.data.weights_of(tested.rows)
            times = np.ones(len(tested.rows)) if weight is None else weight.astype(np.float64)
            r2[:, list(tested.factors)] = r2_of(tested, times[None])[0]
        return [r2]

    def matrix_of(self, values: Sequence[Floats]) -> Floats:
        """Return the mean R2 of each group of factors; NaN for a group in which no factor varies: (..., g, m)."""
        return pooled(values[0], self.members)

    @property
    def members(self) -> list[list[int]]:
        """The factors that vary, by column of the matrix."""
        blocks = self.blocks or [(k,) for k in range(self.data.n_factors)]
        return [[k for k in factors if k not in self.data.degenerate] for factors in blocks]

    def resampled(self) -> Resampled | None:
        """Return the errors on resampled test rows; None if a draw needs a new fit.

        It does if all rows train. A linear model is fitted anew in any case, because that takes a moment and shows how
        far the fit varies too.
        """
        if self.training.same_rows or isinstance(self.model, LeastSquares):
            return None
        from .resampled_errors import ResampledErrors

        return ResampledErrors(self)

    def _parts(self) -> Iterator[Group]:
        """Yield factors that have labels on the same rows, a few at a time if their columns would take much memory."""
        for group in self.data.groups():
            if isinstance(self.model, KernelRidge):  # its settings are chosen for all factors together
                yield group
                continue
            several: list[int] = []
            for k in group.factors:
                if several and self.data.n_samples * sum(map(self._n_columns, [*several, k])) > _NUMBERS:
                    yield group._replace(factors=tuple(several))
                    several = []
                several.append(k)
            yield group._replace(factors=tuple(several))

    def _n_columns(self, k: int) -> int:
        """Return about how many columns a factor is predicted as."""
        return self.data.labels(k).n_values if self.data.factor_kinds[k] == "categorical" else 2

    def _test(self, group: Group) -> Tested:
        data = self.data
        labeled = np.arange(data.n_samples)[group.rows]
        train, test = self._split(len(labeled))
        n_train, most = len(train), self.model.most_rows
        if most is not None and n_train > most:
            train = np.sort(np.random.RandomState(self.training.seed or 0).permutation(train)[:most])
        train, test = labeled[train], labeled[test]
        targets = [target(data, k) for k in group.factors]
        ends = np.cumsum([columns.shape[1] for columns in targets])
        y, y_test = _centered(targets, train, test, _float(data.weights_of(train)))
        predicted = self._predicted(group, train, test, y, ends)
        errors = np.stack(
            [[e.sum(axis=1) for e in np.split((y_test - one) ** 2, ends[:-1], axis=1)] for one in predicted]
        )
        return Tested(group.factors, test, errors, np.split(y_test, ends[:-1], axis=1), n_train, n_train - len(train))

    def _split(self, n: int) -> Split:
        if self.training.same_rows:
            return np.arange(n), np.arange(n)
        [split] = make_splits(n, self.training.test_size, None, self.training.seed)
        return split

    def _predicted(
        self, group: Group, train: NDArray[np.intp], test: NDArray[np.intp], y: Floats, ends: NDArray[np.intp]
    ) -> list[Floats]:
        """Return the predicted columns of test rows (t, q) by each group of latents."""
        data, weight = self.data, _float(self.data.weights_of(train))
        # each latent lies together, which makes sums along it fast
        parts = [np.array(data.latents[rows].T, np.float64, order="C") for rows in (train, test)]
        x, x_test = standardize(parts[0], parts[1], weight)
        columns = {
            k: range(end - n, end) for k, end, n in zip(group.factors, ends, np.diff(ends, prepend=0), strict=True)
        }
        wanted = [group.factors] if self.blocks is None else [*self.blocks, *_left(group.factors, self.blocks)]
        chosen = [[c for k in block if k in columns for c in columns[k]] for block in wanted]
        together = [block for block in chosen if block]
        return [
            self.model.predicted(x[list(of)].T, y, x_test[list(of)].T, weight, together) for of in self.units.members
        ]


def _left(factors: Sequence[int], blocks: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return the factors that are in no group, each by itself."""
    grouped = {k for block in blocks for k in block}
    return [(k,) for k in factors if k not in grouped]


def target(data: Representation, k: int) -> Floats:
    """Return factor k as a regression predicts it, NaN for a missing label: (n, q).

    Numbers, the places of ordinal labels, 0 and 1 for two classes, an indicator of each of more classes, and the cosine
    and sine of an angle.
    """
    labels = data.labels(k)
    if data.angles(k) is not None:
        return factor_columns(data, k)
    if data.factor_kinds[k] == "ordinal":
        return labels.codes[:, None].astype(np.float64)
    if data.factor_kinds[k] != "categorical" or labels.n_values == 2:
        return numbers_of(data, k)[:, None]
    if labels.n_values > _MOST_CLASSES:
        raise InputError(
            f"factor {data.factor_names[k]!r} (column {k}) has {labels.n_values} classes, and R2 takes an indicator of "
            f"each, up to {_MOST_CLASSES}. If the labels are measurements, pass factor_kinds='continuous', or "
            "'ordinal' if only their order counts; else leave it out."
        )
    return np.asarray(labels.codes[:, None] == np.arange(labels.n_values), dtype=np.float64)


def _float(weight: NDArray[np.generic] | None) -> Floats | None:
    return None if weight is None else weight.astype(np.float64)


def _centered(
    targets: Sequence[Floats], train: NDArray[np.intp], test: NDArray[np.intp], weight: Floats | None
) -> tuple[Floats, Floats]:
    """Return the columns on training and on test rows, around the training mean, in units of each factor's spread."""
    parts = []
    for columns in targets:
        y, y_test = columns[train] - columns[train[:1]], columns[test] - columns[train[:1]]
        mean = np.average(y, axis=0, weights=weight)
        size = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weight).mean()) or 1.0
        parts.append(((y - mean) / size, (y_test - mean) / size))
    return np.concatenate([y for y, _ in parts], axis=1), np.concatenate([y for _, y in parts], axis=1)
