"""Latents that the user means for factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, nearest
from ..signature import quoted, read_targets

# By the name of a factor, the name or the index of a latent; or ``"factor=latent"`` for each.
Targets = Mapping[str, str | int] | Sequence[str] | None

# The target of a factor that has none.
BEST = -1

_EXAMPLE = "for example targets={'pos_x': 'z7'}"


class Meant(NamedTuple):
    """The latents that are meant for factors.

    Attributes
    ----------
    rows : tuple of int
        The row of the matrix for each factor, -1 where none is named.
    factor_names, latent_names : tuple of str
    """

    rows: tuple[int, ...]
    factor_names: tuple[str, ...]
    latent_names: tuple[str, ...]

    @property
    def setting(self) -> tuple[str, ...]:
        """The targets as settings and signatures keep them: ``factor=latent`` for each."""
        named = [(self.factor_names[k], self.latent_names[row]) for k, row in enumerate(self.rows) if row != BEST]
        return tuple(f"{quoted(factor)}={quoted(latent)}" for factor, latent in named)

    def notes(self, gaps: NDArray[np.float64]) -> list[str]:
        """Return a note on the factors of which another latent knows more, by gaps (n_repeats, n_factors)."""
        mean = gaps.mean(axis=0)
        behind = [k for k, row in enumerate(self.rows) if row != BEST and mean[k] < 0]
        if not behind:
            return []
        named = ", ".join(f"{self.factor_names[k]} than {self.latent_names[self.rows[k]]}" for k in behind)
        return [f"another latent knows more of {named}, the latent that targets names"]


def resolve_targets(targets: Targets, factor_names: Sequence[str], latent_names: Sequence[str]) -> Meant | None:
    """Return the latents that are meant for factors; None if there are no targets.

    Parameters
    ----------
    targets : mapping from factor to latent, or sequence of ``"factor=latent"``, optional
    factor_names : sequence of str
    latent_names : sequence of str
        The names of the latents, or of the groups that are scored together.

    Raises
    ------
    OptionError
        If a factor or a latent is not known, or none is named.

    Examples
    --------
    >>> resolve_targets({"pos_x": "z1"}, ("shape", "pos_x"), ("z0", "z1")).rows
    (-1, 1)
    """
    if targets is None:
        return None
    given = targets
    if isinstance(given, (list, tuple)) and given and all(isinstance(pair, str) and "=" in pair for pair in given):
        given = read_targets(",".join(given))
        if len(given) < len(targets or ()):
            raise OptionError(f"targets={targets!r} names a factor twice. Name one latent for each factor.")
    if not isinstance(given, Mapping) or not given:
        raise OptionError(f"targets={targets!r} is not a mapping from factors to latents. Pass one, {_EXAMPLE}.")
    rows = dict.fromkeys(factor_names, BEST)
    for factor, latent in given.items():
        if factor not in rows and (values := [name for name in factor_names if name.startswith(f"{factor}=")]):
            raise OptionError(
                f"targets names the factor {factor!r}, which one_hot=True takes apart. Name a value of it, for example "
                f"{values[0]!r}."
            )
        if factor not in rows:
            raise OptionError(
                f"targets names the factor {factor!r}, and there is none. Use one of {list(factor_names)}."
                f"{nearest(factor, factor_names)}"
            )
        rows[factor] = _row(latent, factor, latent_names)
    return Meant(tuple(rows.values()), tuple(factor_names), tuple(latent_names))


def _row(latent: Any, factor: str, names: Sequence[str]) -> int:
    """Return the index of a latent given by name or by index."""
    if isinstance(latent, str) and latent in names:
        return list(names).index(latent)
    if isinstance(latent, (int, np.integer)) and not isinstance(latent, bool) and 0 <= latent < len(names):
        return int(latent)
    raise OptionError(
        f"targets names the latent {latent!r} for factor {factor!r}, and there is none. Use one of {list(names)}, or "
        f"an index from 0 to {len(names) - 1}.{nearest(latent, names)}"
    )
