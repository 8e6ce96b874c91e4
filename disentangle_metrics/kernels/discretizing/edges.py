"""Discretizers with parameters: equal-width bins on a chosen range, and edges given one by one.

Both are callables like every discretizer, ``(values (n,), n_bins)`` to codes ``(n,)``. Their parameters are checked
at construction. The objects are frozen and hashable, and a signature names them with their parameters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError, nearest
from ..columns.columns import columns
from .binning import bin_by_edges
from .discretizers import MAX_BINS, Discretizer, uniform_edges

T = TypeVar("T")
# One setting for all latents, or one for each.
PerLatent: TypeAlias = T | tuple[T, ...]

# A signature spells out up to this many edges, and gives a checksum of more.
_SPELLED_OUT = 5


@dataclass(frozen=True, repr=False)
class Uniform:
    """Equal-width bins on a fixed range, or between two quantiles, which outliers cannot stretch.

    The edges are those of ``numpy.histogram`` on that range. Values outside the range are in the first or the last bin.

    Parameters
    ----------
    range : tuple of two floats, optional
        The same range for every latent, whatever its values.
    quantiles : tuple of two floats, optional
        The range from one quantile of each latent to another, for example ``(0.01, 0.99)``. A quantile is a value of
        the latent, rounded inwards: with a share above 0, at least one value on that side is outside the range.

    With neither of the two, the range is from the minimum to the maximum of each latent, as for ``"uniform"``.

    Raises
    ------
    OptionError
        If both are given, or if the two numbers do not rise.

    Examples
    --------
    >>> Uniform(quantiles=[0.01, 0.99])
    Uniform(quantiles=(0.01, 0.99))
    >>> Uniform(range=(-3, 3))(np.array([-100.0, -1.0, 0.0, 2.9, 100.0]), 6)
    array([0, 2, 3, 5, 5], dtype=uint8)
    """

    range: tuple[float, float] | None = None
    quantiles: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.range is not None and self.quantiles is not None:
            raise OptionError(
                f"range={self.range!r} and quantiles={self.quantiles!r} were both given. Pass one of the two."
            )
        object.__setattr__(self, "range", _two("range", self.range, -math.inf, math.inf))
        object.__setattr__(self, "quantiles", _two("quantiles", self.quantiles, 0.0, 1.0))

    def __repr__(self) -> str:
        given = {"range": self.range, "quantiles": self.quantiles}
        return f"Uniform({', '.join(f'{name}={value}' for name, value in given.items() if value is not None)})"

    def limits(self, values: NDArray[Any]) -> tuple[float, float]:
        """Return the two ends of the bins of values (n,); they do not rise if there is no room for bins."""
        if self.range is not None:
            return self.range
        if self.quantiles is None:
            return float(values.min()), float(values.max())
        last = len(values) - 1
        first, second = math.ceil(self.quantiles[0] * last), math.floor(self.quantiles[1] * last)
        ranked = np.partition(values, (first, second))
        return float(ranked[first]), float(ranked[second])

    def __call__(self, values: NDArray[Any], n_bins: int) -> NDArray[np.integer]:
        """Return the bin of each value."""
        low, high = self.limits(values)
        if low >= high:
            if values.min() == values.max():
                return np.zeros(len(values), dtype=np.uint8)
            raise InputError(
                f"the quantiles {self.quantiles} of {len(values)} values, rounded inwards, are {low!r} and {high!r}, "
                "so there is no room for bins. Pass quantiles further apart, or discretizer='quantile'."
            )
        return bin_by_edges(values, uniform_edges(low, high, n_bins)[1:-1])


@dataclass(frozen=True, repr=False)
class Edges:
    """Bins between given edges.

    Parameters
    ----------
    edges : sequence of floats, sequence of such sequences, or mapping from name to sequence
        m + 1 increasing edges give m bins, as for ``numpy.histogram``: half-open, the last bin closed. One sequence for
        all latents, or one for each latent in order or by name. Values below the first edge are in the first bin, and
        values above the last edge are in the last bin. So the two outer edges move no value between bins, and they may
        be infinite; a note counts the values outside.

    Raises
    ------
    OptionError
        If there are fewer than three edges, or if they do not rise.

    Examples
    --------
    >>> Edges([0, 0.5, 1])
    Edges((0.0, 0.5, 1.0))
    >>> Edges((0.0, 0.5, 1.0))(np.array([-7.0, 0.4, 0.5, 1.0, 7.0]), 20)
    array([0, 0, 1, 1, 1], dtype=uint8)
    """

    edges: Any = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", _settled_edges(self.edges))

    def __repr__(self) -> str:
        return f"Edges({dict(self.edges) if self.by_name else self.edges})"

    def __str__(self) -> str:
        if not self.per_latent and len(self.edges) <= _SPELLED_OUT:
            return repr(self)
        from hashlib import sha256

        size = len(self.edges)
        what = f"{size} latents" if self.per_latent else f"{size} from {self.edges[0]:g} to {self.edges[-1]:g}"
        return f"Edges({what}, sha256 {sha256(repr(self).encode()).hexdigest()[:8]})"

    @property
    def by_name(self) -> bool:
        """Whether each latent has its own edges, under its name."""
        return isinstance(self.edges[0], tuple) and isinstance(self.edges[0][0], str)

    @property
    def per_latent(self) -> bool:
        """Whether each latent has its own edges."""
        return isinstance(self.edges[0], tuple)

    def of_each(self, latent_names: Sequence[str]) -> tuple[Edges, ...]:
        """Return the edges of each latent, in order, if each latent has its own."""
        if not self.by_name:
            if len(self.edges) != len(latent_names):
                raise OptionError(
                    f"edges are given for {len(self.edges)} latents and there are {len(latent_names)}. "
                    "Pass one sequence for each, or one for all."
                )
            return tuple(map(Edges, self.edges))
        given = dict(self.edges)
        if missing := [name for name in latent_names if name not in given]:
            raise OptionError(f"edges are given by name, and latent {missing[0]!r} has none. Name all of them.")
        known = set(latent_names)
        if unknown := [name for name in given if name not in known]:
            raise OptionError(f"no latent is called {unknown[0]!r}.{nearest(unknown[0], latent_names)}")
        return tuple(Edges(given[name]) for name in latent_names)

    def __call__(self, values: NDArray[Any], n_bins: int) -> NDArray[np.integer]:
        """Return the bin of each value; `n_bins` is not used."""
        return bin_by_edges(values, np.array(self.edges[1:-1]))


TUNED_DISCRETIZERS = {"uniform": Uniform, "edges": Edges}


def of_each_latent(discretizer: Discretizer, latent_names: Sequence[str]) -> PerLatent[Discretizer]:
    """Return one discretizer for all latents, or one for each latent if they differ."""
    if isinstance(discretizer, Edges) and discretizer.per_latent:
        return discretizer.of_each(latent_names)
    return discretizer


def of_latent(setting: PerLatent[T], j: int) -> T:
    """Return the setting of latent j, from one setting for all latents or one for each."""
    return setting[j] if isinstance(setting, tuple) else setting


def outside(latents: NDArray[Any], discretizer: PerLatent[Discretizer]) -> NDArray[np.intp]:
    """Return the number of values of each latent (n, d) outside of a given range or given edges: (d,)."""
    d = latents.shape[1]
    count = np.zeros(d, dtype=np.intp)
    given = [_ends(cut) for cut in (discretizer if isinstance(discretizer, tuple) else [discretizer])]
    if all(end is None for end in given):  # no column is copied
        return count
    ends = given if isinstance(discretizer, tuple) else given * d
    for j, (values, end) in enumerate(zip(columns(latents), ends, strict=True)):
        if end is not None:
            count[j] = np.count_nonzero(values < end[0]) + np.count_nonzero(values > end[-1])
    return count


def _ends(discretizer: Discretizer) -> tuple[float, ...] | None:
    """Return the given range or edges, or None if the values decide."""
    if isinstance(discretizer, Edges):
        return tuple(discretizer.edges)
    return discretizer.range if isinstance(discretizer, Uniform) else None


def _two(name: str, value: Any, low: float, high: float) -> tuple[float, float] | None:
    """Return two rising finite numbers between `low` and `high`, both included, or None for None."""
    if value is None:
        return None
    pair = _numbers(value)
    if pair is None or len(pair) != 2 or not low <= pair[0] < pair[1] <= high or not all(map(math.isfinite, pair)):
        limits = "finite numbers" if high == math.inf else f"numbers between {low:g} and {high:g}"
        example = "(-3, 3)" if high == math.inf else "(0.01, 0.99)"
        raise OptionError(f"{name}={value!r} is not two rising {limits}. Pass two, for example {example}.")
    return pair[0], pair[1]


def _settled_edges(edges: Any) -> tuple[Any, ...]:
    """Return edges as a tuple of floats, of one such tuple per latent, or of (name, tuple) per latent."""
    parts = list(edges.items()) if isinstance(edges, Mapping) else _listed(edges)
    nested = bool(parts) and all(isinstance(part, (list, tuple, np.ndarray)) for part in parts)
    if nested and all(len(part) == 2 and isinstance(part[0], str) for part in parts):
        return tuple((name, _rising(sequence, f" of {name!r}")) for name, sequence in parts)
    if nested and not isinstance(edges, Mapping):
        return tuple(_rising(sequence, f" of latent {j}") for j, sequence in enumerate(parts))
    return _rising(edges, "")


def _rising(edges: Any, whose: str) -> tuple[float, ...]:
    numbers = _numbers(edges)
    if numbers is None or not 3 <= len(numbers) <= MAX_BINS + 1:
        raise OptionError(
            f"edges={edges!r}{whose} are not edges of bins. Pass from 3 to {MAX_BINS + 1} rising numbers, for example "
            "(0.0, 0.5, 1.0): two bins that meet at 0.5."
        )
    for i, (below, above) in enumerate(pairwise(numbers), start=1):
        if not below < above:
            raise OptionError(
                f"edges{whose} do not rise: {above!r} at position {i} follows {below!r}. Sort them, and name each once."
            )
    return numbers


def _numbers(value: Any) -> tuple[float, ...] | None:
    """Return a sequence of numbers as floats, or None for any other value."""
    parts = _listed(value)
    if not all(isinstance(part, (int, float, np.integer, np.floating)) and part is not True for part in parts):
        return None
    return tuple(float(part) + 0.0 for part in parts)  # -0.0 is 0.0: equal edges print alike


def _listed(value: Any) -> list[Any]:
    """Return the parts of a sequence, or an empty list for any other value."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)) else []
