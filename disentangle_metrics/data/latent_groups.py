"""Groups of latents, or of factors, that are scored as one unit."""

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

# A group: indices or names of latents, or a single index or name. "z0+z1" is a group of two.
LatentGroup = int | str | Sequence[int | str]
LatentGroups = Sequence[LatentGroup] | Mapping[str, LatentGroup] | None


class Grouping(NamedTuple):
    """What is grouped, in the words of messages.

    Attributes
    ----------
    noun : str
        ``"latent"`` or ``"factor"``.
    example : str
    fewest : str
        The reason why there must be two groups; empty if one is enough.
    """

    noun: str
    example: str
    fewest: str = ""

    @property
    def option(self) -> str:
        """The name of the option."""
        return f"{self.noun}_groups"


OF_LATENTS = Grouping(
    "latent",
    "for example latent_groups=[(0, 1), (2,)] or {'orientation': ['z0', 'z1'], 'x': ['z2']}",
    "a gap needs two",
)
BLOCKS_OF_LATENTS = OF_LATENTS._replace(fewest="")
BLOCKS_OF_FACTORS = Grouping("factor", "for example factor_groups=[[0,1],[2]]")  # the same in Python and in a shell


class Units(NamedTuple):
    """Named units of latents.

    Attributes
    ----------
    names : tuple of str
    members : tuple of tuple of int
        The latents of each unit, in ascending order.
    latent_names : tuple of str
        The names of all latents of the representation.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    latent_names: tuple[str, ...]

    @property
    def alone(self) -> list[int]:
        """Numbers of the units of one latent."""
        return [u for u, latents in enumerate(self.members) if len(latents) == 1]

    @property
    def joint(self) -> list[int]:
        """Numbers of the units of several latents."""
        return [u for u, latents in enumerate(self.members) if len(latents) > 1]

    @property
    def together(self) -> tuple[tuple[int, ...], ...]:
        """Latents of each unit of several latents."""
        return tuple(self.members[u] for u in self.joint)

    @property
    def lone(self) -> list[int]:
        """Latents that are units by themselves, in the order of their units."""
        return [self.members[u][0] for u in self.alone]

    @property
    def setting(self) -> tuple[str, ...]:
        """Units as they are written: ``z0+z1``, or ``name=z0+z1`` for a unit with a given name."""
        return tuple(map(self._spelled, self.names, self.members))

    def _spelled(self, name: str, members: tuple[int, ...]) -> str:
        latents = [self.latent_names[j] for j in members]
        prefix = "" if name == "+".join(latents) else f"{quoted(name)}="
        return prefix + "+".join(map(quoted, latents))

    def notes(self, noun: str = "latent") -> list[str]:
        """Return a note on the latents, or the factors, that are in no unit."""
        grouped = {j for latents in self.members for j in latents}
        left = [name for j, name in enumerate(self.latent_names) if j not in grouped]
        if not left:
            return []
        what = f"{noun} {left[0]!r} is" if len(left) == 1 else f"{len(left)} {noun}s ({', '.join(left)}) are"
        return [f"{what} in no group and left out"]

    def inactive(self, latents: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which units are inactive, all their latents, given which latents are."""
        return np.array([latents[list(members)].all() for members in self.members])

    def rows(self, alone: NDArray[np.float64], joint: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rows of all units, from the rows of units of one latent (a, ...) and of several (b, ...)."""
        result = np.empty((len(self.names), *alone.shape[1:]))
        result[self.alone], result[self.joint] = alone, joint
        return result


def resolve_units(groups: LatentGroups, latent_names: tuple[str, ...], words: Grouping = OF_LATENTS) -> Units | None:
    """Return the units of given groups of latents; None if there are no groups, so that each latent is a unit.

    Parameters
    ----------
    groups : sequence, or mapping from name to group, optional
        Each group is a sequence of indices or names, a single index or name, or names joined as ``"z0+z1"``. In a
        sequence of groups ``"orientation=z0+z1"`` also gives the group a name.
    latent_names : tuple of str
    words : Grouping, optional
        What is grouped: factors are grouped as latents are, and one group may be enough.

    Raises
    ------
    OptionError
        If a group is empty, a latent unknown or in two groups, or there are too few groups.
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
        raise OptionError(
            f"{words.option}={groups!r} is not known. Pass a list of groups or a mapping, {words.example}."
        )
    members = [_members(group, places, words) for _, group in named]
    spelled = ["+".join(latent_names[j] for j in latents) for latents in members]
    names = tuple(name or spelling for (name, _), spelling in zip(named, spelled, strict=True))
    _check_apart(names, members, latent_names, words)
    if len(members) < (2 if words.fewest else 1):
        mend = f" and {words.fewest}. Name a second one" if words.fewest else "s. Name one"
        raise OptionError(f"{words.option} has {len(members)} group{mend}, {words.example}.")
    return Units(names, tuple(members), latent_names)


def _named(group: Any, places: Mapping[str, int]) -> tuple[str, Any]:
    """Return the name of a group in a sequence, empty if it has none, and the group."""
    if isinstance(group, str) and group not in places:
        name, _, rest = group.rpartition("=")
        return name.strip(), rest
    return "", group


def _members(group: Any, places: Mapping[str, int], words: Grouping) -> tuple[int, ...]:
    if isinstance(group, str) and group not in places:
        group = [part.strip() for part in group.split("+")]
    listed = group if isinstance(group, (Sequence, np.ndarray)) and not isinstance(group, str) else [group]
    if not len(listed):
        raise OptionError(
            f"a group of {words.option} is empty. Leave it out, or name its {words.noun}s, {words.example}."
        )
    return tuple(sorted(_latent(latent, places, words) for latent in listed))


def _latent(latent: Any, places: Mapping[str, int], words: Grouping) -> int:
    """Return the index of a latent, or of a factor, given by index or by name."""
    noun, option = words.noun, words.option
    if isinstance(latent, str):
        if latent in places:
            return places[latent]
        raise OptionError(f"{option} names {latent!r}, and no {noun} has that name.{nearest(latent, places)}")
    try:
        index = operator.index(latent)
    except TypeError:
        raise OptionError(f"{option} holds {latent!r}. Pass indices or names of {noun}s, {words.example}.") from None
    if isinstance(latent, (bool, np.bool_)) or not 0 <= index < len(places):
        raise OptionError(f"{option} holds {latent!r}: {noun}s are numbered from 0 to {len(places) - 1}.")
    return index


def _check_apart(
    names: Sequence[str], members: Sequence[tuple[int, ...]], latent_names: tuple[str, ...], words: Grouping
) -> None:
    if twice := repeated(names):
        raise OptionError(f"two of {words.option} are called {twice[0]!r}. Give each its own name.")
    seen: set[int] = set()
    for latents in members:
        for j in latents:
            if j in seen:
                raise OptionError(
                    f"{words.noun} {latent_names[j]!r} (column {j}) is named twice in {words.option}. A {words.noun} "
                    "belongs to one group, so that no score counts it twice."
                )
            seen.add(j)


def of_units(measured: Callable[..., Information], units: Units | None) -> Information:
    """Return the information of every latent, or of every unit; a unit of one latent has the latent's information.

    Parameters
    ----------
    measured : callable
        Returns the information of every latent, or of given ``units=``.
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
