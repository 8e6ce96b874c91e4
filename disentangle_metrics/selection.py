"""The scores that a call asks for: by name, by a group of metrics, or by a protocol."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import OptionError, UnknownMetricError, nearest
from .protocols import get_protocol
from .registry import GROUPS, get_metric, members

# The metrics that are scored if neither a metric nor a protocol is named.
DEFAULT_METRICS = ("mig", "sap")


class Selection(dict[str, str | None]):
    """The names of scores, in the order of the request, each with its group; None if it is asked for by name.

    A metric that was asked for by name must be scored. A metric of a group alone is left out where it cannot be scored.
    """

    @property
    def named(self) -> tuple[str, ...]:
        """Names of the scores that were asked for by name."""
        return tuple(name for name, group in self.items() if group is None)


def selected(names: str | Iterable[str], protocol: str | None = None, options: Iterable[str] = ()) -> Selection:
    """Return the selection of names of metrics, of their parts and of groups of metrics, each score once.

    A metric of several parts has a score for each part. Under a protocol a group has the metrics that the protocol has
    settings for. Options of its own ask for a metric by name, where a group has it. A selection is returned as it is.

    Raises
    ------
    UnknownMetricError
        If a name is neither.
    OptionError
        If the protocol has no settings for a metric of a group.

    Examples
    --------
    >>> selected(["counts", "sap"], "kumar2018")
    Traceback (most recent call last):
    ...
    disentangle_metrics.errors.OptionError: protocol 'kumar2018' has settings for no metric of the group counts; ...
    >>> selected(["sap", "counts", "mig"])["mig"] is None
    True
    """
    if isinstance(names, Selection):
        return names
    found: dict[str, str | None] = {}
    for name in [names] if isinstance(names, str) else names:
        if name in GROUPS:
            for score in _members(name, protocol):
                found.setdefault(score, name)
        else:
            found.update(dict.fromkeys(_scores(name)))
    wholes = {name.partition(".")[0] for name in options}
    found.update(dict.fromkeys(score for score in found if score.partition(".")[0] in wholes))
    return Selection(found)


def _scores(name: str) -> tuple[str, ...]:
    try:
        return get_metric(name).names
    except UnknownMetricError as error:
        near = "" if "Did you mean" in str(error) else nearest(name, GROUPS)
        raise UnknownMetricError(f"{error} Groups of metrics are {list(GROUPS)}.{near}") from None


def _members(group: str, protocol: str | None) -> tuple[str, ...]:
    if protocol is None:
        return members(group)
    published = get_protocol(protocol).metrics
    found = tuple(score for score in members(group) if score.partition(".")[0] in published)
    if not found:
        raise OptionError(
            f"protocol {protocol!r} has settings for no metric of the group {group}; it has settings for "
            f"{sorted(published)}. Leave the group or the protocol out."
        )
    return found


def metrics_meant(protocol: str | None) -> tuple[str, ...]:
    """Return the names of the metrics that are scored if none is named: those of the protocol, or MIG and SAP.

    Examples
    --------
    >>> metrics_meant("kumar2018"), metrics_meant(None)
    (('sap',), ('mig', 'sap'))
    """
    return DEFAULT_METRICS if protocol is None else tuple(get_protocol(protocol).metrics)


def latents_alone(metrics: Iterable[str]) -> bool | None:
    """Return whether latents alone are enough: False if a metric that was asked for by name needs factors.

    None stands for latents with factors if there are any: only metrics of groups need them.

    Examples
    --------
    >>> latents_alone(["mig"]), latents_alone(selected("counts"))
    (False, None)
    """
    selection = selected(metrics)
    needing = {name for name in selection if "factors" in get_metric(name).needs}
    if not needing:
        return True
    return None if needing.isdisjoint(selection.named) else False
