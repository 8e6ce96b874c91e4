"""What a reader should know of the latents of a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.latent_groups import Units
from ..data.likeness import alike, factors_among_latents, row_numbers
from ..data.representation import Representation
from ..errors import InactiveLatentWarning, warn

# Names that a note lists before it says how many more there are.
_LISTED = 6


def on_other_columns(data: Representation) -> list[str]:
    """Return the notes on columns that are no latents: numbers of rows, and factors."""
    return [*_on_row_numbers(data), *_on_factors_among_latents(data)]


def on_constant(data: Representation, of_factors: bool = True) -> list[str]:
    """Return the note on constant latents, with a warning if all are; `of_factors` if the metric is about factors."""
    n_inactive = np.count_nonzero(data.inactive)
    if n_inactive == data.n_latents:
        note = (
            f"every latent is constant, so no latent has information about any {'factor' if of_factors else 'other'}."
        )
        warn(note, InactiveLatentWarning)
        return [note]
    if n_inactive:
        return [f"{n_inactive} of {data.n_latents} latents {'is' if n_inactive == 1 else 'are'} constant"]
    return []


def _on_row_numbers(data: Representation) -> list[str]:
    found = row_numbers(data)
    if not found:
        return []
    which = f"{_named(data, found)} {'numbers' if len(found) == 1 else 'number'} the rows"
    return [f"{which}, as an index or an id does: no latent of a model, leave it out of the latents"]


def _on_factors_among_latents(data: Representation) -> list[str]:
    pairs = factors_among_latents(data)
    if not pairs:
        return []
    if len(pairs) == 1:
        j, k = pairs[0]
        which = f"latent {data.latent_names[j]!r} (column {j}) is factor {data.factor_names[k]!r} itself"
    else:
        shown = [f"{data.latent_names[j]} is {data.factor_names[k]}" for j, k in pairs[:_LISTED]]
        which = f"{len(pairs)} latents are factors themselves ({_and_more(shown, len(pairs))})"
    return [f"{which}; if labels are among the latents by mistake, leave them out of the latents"]


def on_alike(data: Representation, units: Units | None, groups: bool) -> list[str]:
    """Return notes on latents that share their information.

    Parameters
    ----------
    data : Representation
    units : Units or None
        Latents that are scored together: these may share it.
    groups : bool
        Whether the metric can score latents together.
    """
    copies, choices = alike(data, range(data.n_latents) if units is None else sorted(units.lone))
    choices = [] if data.one_hot is not None else choices  # a latent for each value is meant then
    together = ", or score them as one unit (latent_groups)" if groups else ""
    notes = []
    if copies:
        shown = [" = ".join(some_names(data, group)) for group in copies[:_LISTED]]
        notes.append(
            f"latents that say the same: {_and_more(shown, len(copies), '; ')}. They have the same information, so "
            f"that no factor is in one latent alone. Keep one of each{together}"
        )
    if choices:
        shown = [f"{data.latent_names[g[0]]} to {data.latent_names[g[-1]]}" for g in choices[:_LISTED]]
        notes.append(
            f"latents that are one choice in parts, as one-hot codes are: {_and_more(shown, len(choices), '; ')}. They "
            "share their information, so that no factor is in one latent alone. Pass the number of the choice (argmax) "
            f"as one latent{together}"
        )
    return notes


def _named(data: Representation, latents: Sequence[int]) -> str:
    if len(latents) == 1:
        return f"latent {data.latent_names[latents[0]]!r} (column {latents[0]})"
    return f"{len(latents)} latents ({', '.join(some_names(data, latents))})"


def some_names(data: Representation, latents: Sequence[int]) -> list[str]:
    """Return the names of latents, of many the first ones."""
    return first_names([data.latent_names[j] for j in latents])


def first_names(names: Sequence[str]) -> list[str]:
    """Return names, of many the first ones and an ellipsis."""
    return list(names) if len(names) <= _LISTED else [*names[:_LISTED], "..."]


def _and_more(shown: Sequence[str], n: int, between: str = ", ") -> str:
    return between.join(shown) + (f"{between}and {n - len(shown)} more" if n > len(shown) else "")
