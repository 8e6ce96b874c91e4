"""Groups of latents that are scored as one unit."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, nearest
from ..kernels.counting.information import Information
from ..options import repeated
from ..signature import quoted

# A group: indices or names of latents, or one of either. "z0+z1" is a group of two.
LatentGroup = int | str | Sequence[int | str]
LatentGroups = Sequence[LatentGroup] | Mapping[str, LatentGroup] | None

_EXAMPLE = "for example latent_groups=[(0, 1), (2,)] or {'orientation': ['z0', 'z1'], 'x': ['z2']}"


class Units(NamedTuple):
    """Units of latents, each named.

    Attributes
    ----------
    names : tuple of str
    members : tuple of tuple of int
        The latents of each, in ascending order.
    latent_names : tuple of str
        The names of all latents of the representation.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    latent_names: tuple[str, ...]

    @property
    def alone(self) -> list[int]:
        """The units of one latent."""
        return [u for u, latents in enumerate(self.members) if len(latents) == 1]

    @property
    def joint(self) -> list[int]:
        """The units of several."""
        return [u for u, latents in enumerate(self.members) if len(latents) > 1]

    @property
    def together(self) -> tuple[tuple[int, ...], ...]:
        """The latents of each unit of several."""
        return tuple(self.members[u] for u in self.joint)

    @property
    def lone(self) -> list[int]:
        """The latents that are units by themselves, in the order of their units."""
        return [self.members[u][0] for u in self.alone]

    @property
    def setting(self) -> tuple[str, ...]:
        """How the units are written: ``z0+z1``, or ``name=z0+z1`` where they were given names."""
        return tuple(map(self._spelled, self.names, self.members))

    def _spelled(self, name: str, members: tuple[int, ...]) -> str:
        latents = [self.latent_names[j] for j in members]
        own = "" if name == "+".join(latents) else f"{quoted(name)}="
        return own + "+".join(map(quoted, latents))

    def notes(self) -> list[str]:
        """Say which latents are in no unit."""
        grouped = {j for latents in self.members for j in latents}
        left = [name for j, name in enumerate(self.latent_names) if j not in grouped]
        if not left:
            return []
        what = f"latent {left[0]!r} is" if len(left) == 1 else f"{len(left)} latents ({', '.join(left)}) are"
        return [f"{what} in no group and left out"]

    def rows(self, alone: NDArray[np.float64], joint: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rows of all units from those of units of one latent (a, ...) and of several (b, ...)."""
        found = np.empty((len(self.names), *alone.shape[1:]))
        found[self.alone], found[self.joint] = alone, joint
        return found


def resolve_units(groups: LatentGroups, latent_names: tuple[str, ...]) -> Units | None:
    """Settle groups of latents; None if there are none and each latent is scored by itself.

    Parameters
    ----------
    groups : sequence, or mapping from name to group, optional
        Each group is a sequence of indices or names, a single one, or names joined as ``"z0+z1"``; in a sequence of
        groups ``"orientation=z0+z1"`` gives a name too.
    latent_names : tuple of str

    Raises
    ------
    OptionError
        If a group is empty, a latent unknown or in two groups, or there are fewer than two groups.
    """
    given: Any = groups
    if given is None:
        return None
    places = {name: j for j, name in enumerate(latent_names)}
    if isinstance(given, Mapping):
        named = [(str(name), group) for name, group in given.items()]
    elif isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str):
        named = [_named(group, places) for group in given]
    else:
        raise OptionError(f"latent_groups={groups!r} is not known. Pass a list of groups or a mapping, {_EXAMPLE}.")
    members = [_members(group, places) for _, group in named]
    spelled = ["+".join(latent_names[j] for j in latents) for latents in members]
    names = tuple(name or own for (name, _), own in zip(named, spelled, strict=True))
    _check_apart(names, members, latent_names)
    if len(members) < 2:
        raise OptionError(f"latent_groups has {len(members)} group and a gap needs two. Name a second one, {_EXAMPLE}.")
    return Units(names, tuple(members), latent_names)


def _named(group: Any, places: Mapping[str, int]) -> tuple[str, Any]:
    """Return the name that a group in a sequence brings along, empty if it brings none, and the group."""
    if isinstance(group, str) and group not in places:
        name, _, rest = group.rpartition("=")
        return name.strip(), rest
    return "", group


def _members(group: Any, places: Mapping[str, int]) -> tuple[int, ...]:
    if isinstance(group, str) and group not in places:
        group = [part.strip() for part in group.split("+")]
    listed = group if isinstance(group, (Sequence, np.ndarray)) and not isinstance(group, str) else [group]
    if not len(listed):
        raise OptionError(f"a group of latent_groups is empty. Leave it out, or name its latents, {_EXAMPLE}.")
    return tuple(sorted(_latent(latent, places) for latent in listed))


def _latent(latent: Any, places: Mapping[str, int]) -> int:
    """Return the index of a latent given by index or by name."""
    if isinstance(latent, str):
        if latent in places:
            return places[latent]
        raise OptionError(f"latent_groups names {latent!r}, and no latent has that name.{nearest(latent, places)}")
    try:
        index = operator.index(latent)
    except TypeError:
        raise OptionError(f"latent_groups holds {latent!r}. Pass indices or names of latents, {_EXAMPLE}.") from None
    if isinstance(latent, (bool, np.bool_)) or not 0 <= index < len(places):
        raise OptionError(f"latent_groups holds {latent!r}: latents are numbered from 0 to {len(places) - 1}.")
    return index


def _check_apart(names: Sequence[str], members: Sequence[tuple[int, ...]], latent_names: tuple[str, ...]) -> None:
    if twice := repeated(names):
        raise OptionError(f"two of latent_groups are called {twice[0]!r}. Give each a name of its own.")
    seen: set[int] = set()
    for latents in members:
        for j in latents:
            if j in seen:
                raise OptionError(
                    f"latent {latent_names[j]!r} (column {j}) is named twice in latent_groups. A latent belongs to one "
                    "group, so that no score counts it twice."
                )
            seen.add(j)


def of_units(measured: Callable[..., Information], units: Units | None) -> Information:
    """Return the information of every latent, or of every unit: where that is one latent, the very same.

    Parameters
    ----------
    measured : callable
        Returns that of every latent, and given ``units=`` that of these.
    units : Units or None
    """
    info = measured()
    if units is None:
        return info
    joint = measured(units=units.together) if units.joint else info
    rows = [
        units.rows(alone[units.lone], several[: len(units.joint)])
        for alone, several in (
            (info.mutual, joint.mutual),
            (info.latent_entropy, joint.latent_entropy),
            (info.by_chance, joint.by_chance),
        )
    ]
    return info._replace(mutual=rows[0], latent_entropy=rows[1], by_chance=rows[2])
