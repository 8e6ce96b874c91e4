"""Representation: latents and factors of the same samples, checked once, with the work that metrics share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DTypeError, NonFiniteError, OptionError
from ..kernels.columns.columns import columns
from ..kernels.columns.sorting import MOST, Order, Orders
from ..kernels.columns.unique import of_columns
from ..kernels.columns.weighted_counts import totals
from ..kernels.counting.merged_factors import Factor
from ..kernels.discretizing.circle import arcs
from ..kernels.discretizing.discretizers import Discretizer, cut_column, is_ours
from ..kernels.discretizing.edges import PerLatent, of_latent
from ..options import flag
from .arrays import column_names, read_only, to_numpy
from .batches import check_one_of_several, labels_in_batches
from .checks import check_factors, check_latents, check_pair, names_of_columns
from .factors_by_kind import Kinded
from .kinds import FactorKinds, kinds_by_factor
from .labels import encode
from .row_labels import RowLabels, Taken, check_row_labels, paired, row_labels
from .weights import Weighted, check_weights

T = TypeVar("T")


class Group(NamedTuple):
    """Factors that have labels on the same rows, so that they are counted together."""

    rows: NDArray[np.intp] | slice
    factors: tuple[int, ...]


class Representation(Weighted, Kinded):
    """Latents and factors of the same samples.

    Both arrays are checked once and must not change afterwards. Memory is shared instead of copied where possible.
    Metrics keep shared results here, so several metrics of one Representation take less time than of the arrays.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_samples >= 2
        Finite numbers: a list, an array, tensor or table of any library, a mapping from names to columns, or a list of
        batches, each an array with two axes.
    factors : array-like of shape (n_samples, n_factors) or (n_samples,), optional
        Numbers, strings, bools or categories. NaN, None or a masked entry is a missing label: the score of that
        factor leaves out that row. A few metrics need no factors.
    latent_names, factor_names : sequence of str, optional
        By default the names of the columns, else ``z0, z1, ...`` and ``v0, v1, ...``.
    factor_kinds : str, Circular, sequence of these, or mapping from name to one, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"`` or ``"circular"``, with a period ``Circular(period=360)``;
        ``"identifier"`` leaves a factor out. One for all, one per factor in order, or by name. A kind that is not given
        is inferred: continuous if the dtype is floating, at least one value is not an integer and there are more than
        max(64, sqrt(n)) distinct values; identifier if it names rows (text or row numbers that differ in each of 50
        rows or more, beside another factor); else categorical. The kinds ordinal and circular are never inferred.
    sample_weight : array-like of shape (n_samples,), optional
        Weight of each row: finite and not negative. A row of weight 0 is left out at once, as if it had not been
        passed. Weights do not move the edges of bins.
    align : bool, default False
        Whether rows are paired by their labels: the index of pandas, the coordinate of xarray. Rows that only one
        table has are left out, with a note. By default, different labels raise InputError.

    Attributes
    ----------
    notes : tuple of str
        Notes on how the data were read and paired. Every score of the data has them.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError, InputError, OptionError

    Examples
    --------
    >>> data = Representation([[0.1, 2.0], [0.4, 1.0]], [["red"], ["blue"]], factor_names=["color"])
    >>> data
    Representation(2 samples, 2 latents, 1 factor: color)
    """

    notes: tuple[str, ...] = ()
    row_labels: RowLabels | None = None
    paired: Taken | None = None  # the rows of the latents that were kept, if others are left out
    _origin: Representation | None = None  # the same data with other kinds, whose work is shared

    def __init__(
        self,
        latents: ArrayLike,
        factors: ArrayLike | None = None,
        *,
        latent_names: Sequence[str] | None = None,
        factor_names: Sequence[str] | None = None,
        factor_kinds: FactorKinds = None,
        sample_weight: ArrayLike | None = None,
        align: bool = False,
    ) -> None:
        factors = labels_in_batches(latents, factors, to_numpy)
        z = to_numpy(latents)
        v = np.empty((len(z) if z.ndim else 0, 0)) if factors is None else to_numpy(factors)
        v = v[:, None] if v.ndim == 1 else v
        self.row_labels = row_labels(latents)
        if flag("align", align):
            tables = {"latents": latents, "factors": factors, "sample_weight": sample_weight}
            taken, self.notes = paired({name: table for name, table in tables.items() if table is not None})
            self.paired = taken["latents"]
            z, self.row_labels = self.paired.of(z), self.row_labels and self.row_labels.take(self.paired.rows)
            v = v[: len(z)] if factors is None else taken["factors"].of(v)
            sample_weight = None if sample_weight is None else taken["sample_weight"].of(sample_weight)
        else:
            check_row_labels(latents, factors)
            check_row_labels(latents, sample_weight, "sample_weight")
        check_one_of_several(latents, len(v) if v.ndim else 0)
        check_pair(z, None if factors is None else v, (latents, factors))
        self.latent_names = names_of_columns("latent_names", latent_names, column_names(latents), z.shape[1], "z")
        self.factor_names = names_of_columns("factor_names", factor_names, column_names(factors), v.shape[1], "v")
        self.weights = None if sample_weight is None else check_weights(sample_weight, len(z))
        self._take_rows(z, v)
        self._take_kinds(factor_kinds)

    def _take_rows(self, z: NDArray[Any], v: NDArray[Any]) -> None:
        """Check and keep the rows that count, which usually are all rows."""
        rows = None if self.weights is None else self.weights.rows
        if rows is not None:
            z, v = z[rows], v[rows]
            self.row_labels = self.row_labels and self.row_labels.take(rows)
        try:
            low, high = check_latents(z, self.latent_names)
            check_factors(v)
            self._encoded = tuple(map(encode, v.T, self.factor_names, of_columns(v)))
        except (DTypeError, NonFiniteError) as error:
            raise error if rows is None else type(error)(f"{error} Rows of weight 0 are not counted.") from None
        self.latents, self.factors = read_only(z), read_only(v)
        self._memo: dict[Hashable, Any] = {"inactive": low == high, "extremes": (low, high)}

    @classmethod
    def of(
        cls,
        latents: ArrayLike | Representation,
        factors: ArrayLike | None = None,
        factor_kinds: FactorKinds = None,
        sample_weight: ArrayLike | None = None,
        without_factors: bool | None = False,
        align: bool = False,
    ) -> Representation:
        """Return the Representation of a metric's input, which is a Representation or two arrays.

        Parameters
        ----------
        without_factors : bool or None, default False
            Whether latents alone are enough; None if factors are taken where there are any.
        align : bool, default False
            Whether rows of two tables are paired by their labels.
        """
        if isinstance(latents, Representation):
            if align:
                raise OptionError(
                    "a Representation holds its rows already paired. Pass align=True where it is made, or two tables."
                )
            if factors is not None:
                raise OptionError("a Representation holds its factors. Pass it alone, or pass two arrays.")
            data = latents if factor_kinds is None else latents.with_kinds(factor_kinds)
            return data if sample_weight is None else data.with_weights(sample_weight)
        if factors is None and without_factors is False:
            raise OptionError("factors are missing. Pass two arrays, or one Representation.")
        return cls(latents, factors, factor_kinds=factor_kinds, sample_weight=sample_weight, align=align)

    def with_kinds(self, factor_kinds: FactorKinds) -> Representation:
        """Return this representation with other kinds of factors; shared work stays shared.

        A factor whose kind does not change is taken as here.
        """
        other = copy(self)
        other._origin = self.origin
        same = zip(kinds_by_factor(factor_kinds, self.factor_names), self.factor_kinds, self.measured, strict=True)
        other._take_kinds(factor_kinds, [known if given == kind else None for given, kind, known in same])
        return other

    def take(self, rows: NDArray[np.intp]) -> Representation:
        """Return the chosen rows with their weights; factors keep their kinds and are taken as here."""
        names: dict[str, Any] = {"latent_names": self.latent_names, "factor_names": self.factor_names}
        taken = Representation(self.latents[rows], self._factors_of(rows), **names, sample_weight=self.weights_of(rows))
        return taken.with_kinds_of(self)

    def with_kinds_of(self, other: Representation) -> Representation:
        """Return this representation with the kinds of another; factors taken as numbers there are numbers here."""
        alike = copy(self)
        alike._origin = None
        alike.one_hot = other.one_hot
        alike._memo = {key: self._memo[key] for key in ("inactive", "extremes")}
        alike._take_kinds(other.factor_kinds, other.measured)
        return alike

    def _factors_of(self, rows: NDArray[np.intp]) -> NDArray[Any] | None:
        return self.factors[rows] if self.n_factors else None

    def on_rows(self, latents: NDArray[np.intp], factors: NDArray[np.intp]) -> Representation:
        """Return the latents of given rows with the factors of other given rows; factors keep their kinds."""
        names: dict[str, Any] = {"latent_names": self.latent_names, "factor_names": self.factor_names}
        return Representation(self.latents[latents], self._factors_of(factors), **names).with_kinds_of(self)

    def apart(self, orders: NDArray[np.intp]) -> Representation:
        """Return the latents, the rows of each in an order of its own (n_latents, n), beside the same factors."""
        names: dict[str, Any] = {"latent_names": self.latent_names, "factor_names": self.factor_names}
        latents = np.take_along_axis(self.latents, orders.T, axis=0)
        return Representation(latents, self.factors if self.n_factors else None, **names).with_kinds_of(self)

    @property
    def origin(self) -> Representation:
        """Representation that this one shares its work with; itself if there is no other."""
        return self._origin or self

    def lean(self) -> Representation:
        """Return a copy with arrays, names and kinds alone, from which :meth:`whole` restores the representation."""
        lean = copy(self)
        lean._memo = {key: self._memo[key] for key in ("inactive", "extremes")}
        lean._encoded = lean._labels = ()
        lean._origin = None
        return lean

    def whole(self, origin: Representation | None = None) -> Representation:
        """Return the representation of which this is the :meth:`lean` copy; it shares work with its origin."""
        data = copy(self)
        data._memo = dict(self._memo) if origin is None else origin._memo
        data._origin = origin
        if origin is None:
            data._encoded = tuple(map(encode, self.factors.T, self.factor_names, of_columns(self.factors)))
        else:
            data._encoded = origin._encoded
        data._take_kinds(self.factor_kinds, self.measured)
        data.kinds_given = self.kinds_given
        return data

    def with_weights(self, sample_weight: ArrayLike) -> Representation:
        """Return this representation with weights of its rows; it must have no weights yet.

        Raises
        ------
        OptionError
            If it has weights already.
        ShapeError, DTypeError, NonFiniteError, InputError
            If `sample_weight` cannot be weights of its rows.
        """
        if self.weights is not None:
            raise OptionError(
                "sample_weight was given, and the Representation has weights already. Pass one of the two."
            )
        check_row_labels(self.row_labels, sample_weight, "sample_weight")
        other = copy(self)
        other._origin = None
        other.weights = check_weights(sample_weight, self.n_samples)
        other._take_rows(self.latents, self.factors)
        pairs = zip(self.factor_names, self.kinds_given, strict=True)
        other._take_kinds({name: kind for name, kind in pairs if kind is not None})
        return other

    def __repr__(self) -> str:
        names = ", ".join(self.factor_names)
        plural = "" if self.n_factors == 1 else "s"
        return (
            f"Representation({self.n_samples} samples, {self.n_latents} latents, "
            f"{self.n_factors} factor{plural}: {names})"
        )

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return int(self.latents.shape[0])

    @property
    def n_latents(self) -> int:
        """Number of columns of the latents."""
        return int(self.latents.shape[1])

    @property
    def n_factors(self) -> int:
        """Number of columns of the factors."""
        return int(self.factors.shape[1])

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result stored under `key`; if there is none, `make` computes it and it is stored."""
        try:
            hash(key)
        except TypeError:  # a user's strategy that is not hashable
            return make()
        if key not in self._memo:
            self._memo[key] = make()
        value: T = self._memo[key]
        return value

    @property
    def extremes(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Smallest and largest value of each latent, in their own dtype: (n_latents,) each."""
        extremes: tuple[NDArray[Any], NDArray[Any]] = self._memo["extremes"]
        return extremes

    @property
    def orders(self) -> Orders | None:
        """Ascending order of each latent; None if the orders are too large to keep."""
        return self.remember("orders", lambda: Orders(self.latents)) if self.latents.size <= MOST else None

    def ascending(self, j: int) -> Order:
        """Return the rows by ascending values of latent j."""
        return np.argsort(self.latents[:, j]) if self.orders is None else self.orders.of(j)

    @property
    def inactive(self) -> NDArray[np.bool_]:
        """Whether each latent has a single value, in its own dtype: (n_latents,)."""
        inactive: NDArray[np.bool_] = self._memo["inactive"]
        return inactive

    def groups(self) -> Iterator[Group]:
        """Yield the factors that are scored, grouped by the rows on which they have labels."""
        by_rows: dict[bytes, list[int]] = {}
        for k, labels in enumerate(self._labels):
            if k not in self.degenerate:
                missing = labels.missing
                by_rows.setdefault(b"" if missing is None else np.packbits(missing).tobytes(), []).append(k)
        for factors in by_rows.values():
            missing = self.labels(factors[0]).missing
            yield Group(slice(None) if missing is None else np.flatnonzero(~missing), tuple(factors))

    def bins(
        self, group: Group, discretizer: PerLatent[Discretizer], n_bins: PerLatent[int]
    ) -> Iterable[tuple[NDArray[np.integer], int]]:
        """Return, for each latent, the bin of each value on the rows of a group, (n,), and the number of bins.

        Bins that are fast to compute are computed when they are read. All others, and bins of latents with their own
        settings, are computed once and kept.
        """

        def cut() -> Iterator[tuple[NDArray[np.integer], int]]:
            for j, values in enumerate(columns(self.latents, group.rows)):
                settings = of_latent(discretizer, j), of_latent(n_bins, j)
                order = None if self.orders is None else partial(self.orders.of, j, group.rows)
                yield cut_column(f"latent {self.latent_names[j]!r} (column {j})", values, *settings, order)

        if not isinstance(n_bins, tuple) and not isinstance(discretizer, tuple) and is_ours(discretizer):
            return cut()
        return self.remember(("bins", group.factors, discretizer, n_bins), lambda: list(cut()))

    def factor(self, group: Group, k: int, discretizer: Discretizer, n_bins: int) -> Factor:
        """Return factor k on the rows of a group: by its labels, or by bins or arcs if it is taken as numbers."""
        labels = self.labels(k)
        weight = self.weights_of(group.rows)
        if not self.is_measured(k):
            codes = labels.labeled_codes
            return Factor(codes, labels.counts if weight is None else totals(codes, labels.n_values, weight))

        def binned() -> Factor:
            name = f"factor {self.factor_names[k]!r} (column {k})"
            angles = self.angles(k)
            if angles is not None:
                codes, n_codes = arcs(angles[group.rows], n_bins), n_bins
            else:
                codes, n_codes = cut_column(name, labels.numbers()[group.rows], discretizer, n_bins)
            return Factor(codes, totals(codes, n_codes, weight))

        return self.remember(("factor", k, self.factor_kinds[k], discretizer, n_bins), binned)
