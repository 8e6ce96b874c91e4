"""Advice in the words of the shell: ``--set mig.n_bins=10`` where Python is told ``n_bins=10``.

Messages are written for Python, where most of them are read. What they name is known here: the options of metrics by
the registry, the parameters of strategies by their classes, and the options that verbs have of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from ..registry import MetricSpec, get_metric, list_metrics

# The metrics that the verb was asked for: an option in a message is one of theirs.
ASKED: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())

# Arguments of functions that are options of verbs, and not of a metric.
_OWN = {
    "confidence": "--confidence",
    "n_boot": "--n-boot",
    "n_permutations": "--n-permutations",
    "chance": "--chance",
    "ceiling": "--ceiling",
    "adjusted": "--adjusted",
    "groups": "--groups FILE",
    "sample_weight": "--weights FILE",
    "latent_names": "--latent-names",
    "factor_names": "--factor-names",
    "sizes": "--sizes",
    "baseline": "--baseline",
    "test": "--test",
    "paired": "--paired",
    "join": "--join",
    "protocol": "--protocol",
    "overwrite": "--overwrite",
    "one_hot": "--one-hot",
}
# Those of them that are an option of some metric for another thing: the metric that was asked for comes first.
_OF_METRICS_TOO = {"sizes"}

# Whole phrases, before single options are looked at.
_PHRASES = (
    (
        r"Pass align=True to Representation or evaluate (to [^;(]*?)(?: \([^)]*\))?(?=[.;])",
        r"Give --join KEY \1, where KEY "
        r"is a column of both files, or index for the names of rows",
    ),
    (
        r"(?:or )?drop the labels with \S+ if the rows are in the same order",
        "or give --join position if the rows are in the same order",
    ),
    (
        r"[Pp]ass header=True if it is names, header=False if it is data",
        "Give --header if it is names, --no-header if it is data",
    ),
    (r"([Pp])ass header=True", lambda found: f"{_give(found[1])} --header"),
    (r"([Pp])ass header=False", lambda found: f"{_give(found[1])} --no-header"),
    (r"\(pass Circular\(period=\.\.\.\)\)", "(--factor-kind NAME=circular:360 takes another)"),
    (r"Circular\(period=\.\.\.\)", "circular:PERIOD"),
    (r"Circular\(period=([^)]*)\)", r"circular:\1"),
    (r"\(pass factor_kinds to say otherwise\)", "(--factor-kind NAME=categorical says otherwise)"),
    (r"a key of factor_kinds=('[^']*'|\S+)", lambda found: f"--factor-kind {_bare(found[1])}=..."),
    (r"factor_kinds has (\d+) entries", r"--factor-kind has \1 entries"),
    (r", a list or a mapping\.", ", for all or NAME=KIND for one."),
    (r"Pass two arrays, or one Representation\.", "Name a file of factors."),
    (r"Pass mean, logvar and factors; or a file", "Name a file"),
    (r" or a callable\.", "."),
    (r"(?:, )?KSG\(\.\.\.\), Gaussian\(\.\.\.\) or GaussianCopula\(\.\.\.\)", ""),
    (
        r", Tree\(\.\.\.\), Histogram\(\.\.\.\), KNN\(\.\.\.\) or a scikit-learn estimator",
        "",
    ),
    (r"pass (\w+\.T)\b", r"save \1"),
    (r"(?<![-\w])targets=\{'(\w+)': '(\w+)'\}", r"--target \1=\2"),
    (r"(?<![-\w])latent_groups=\[\(0, 1\), \(2,\)\] or \{[^}]*\}", "--latent-group z0+z1 --latent-group z2"),
)

_VALUE = r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)|[A-Z]\w*\([^()]*(?:\([^()]*\)[^()]*)*\)|-?[\w.]*[\w]"
_SETTING = re.compile(rf"(?<![-\w.'|:])([A-Za-z]\w*)=({_VALUE})")
_STRATEGY = re.compile(r"(?<![-\w.])([A-Z]\w+)\((\w+)=((?:[^()]|\([^()]*\))*)\)")
_BARE = "factor_kinds|latent_groups|targets|one_hot|sample_weight|n_boot|n_permutations"
_BARE_OPTION = re.compile(rf"(?<![-\w.='|:])({_BARE})(?![\w=:|])")


def in_shell(text: str, metrics: Iterable[str] = ()) -> str:
    """Return a message with its advice in the words of the shell.

    Parameters
    ----------
    text : str
    metrics : iterable of str, optional
        Whose options it speaks of; by default those that the verb was asked for.

    Examples
    --------
    >>> in_shell("take entropy='nsb' or n_bins=10", ["mig"])
    'take --set mig.entropy=nsb or --set mig.n_bins=10'
    >>> in_shell("pass factor_kinds='continuous'")
    'give --factor-kind continuous'
    """
    scope = [*metrics, *ASKED.get()]
    for pattern, mend in _PHRASES:
        text = re.sub(pattern, mend, text)
    factor = re.match(r"(?:\w+: )?factor '([^']*)'", text)
    name = "" if factor is None else f"{factor[1]}="
    text = text.replace("--factor-kind NAME=", f"--factor-kind {name or 'NAME='}")
    text = _STRATEGY.sub(lambda found: _strategy(found, scope), text)
    text = _SETTING.sub(lambda found: _setting(found, scope, name), text)
    text = _BARE_OPTION.sub(_option, text)
    return re.sub(r"\b([Pp])ass (?=--)", lambda found: f"{_give(found[1])} ", text)


def _give(letter: str) -> str:
    return "Give" if letter == "P" else "give"


def _option(found: re.Match[str]) -> str:
    """Return the option of the shell for one that a message names; the weights that it begins with are numbers."""
    if found[1] == "sample_weight" and not found.start():
        return found[0]
    return _OWN.get(found[1], f"--{found[1].replace('_', '-').removesuffix('s')}")


def _is_advice(found: re.Match[str]) -> bool:
    """Whether a setting is advised: what a message begins with is what came, ``n_bins=1 is out of range``."""
    before = found.string[: found.start()]
    return not (before == "" or before.endswith(": ")) or found.string[found.end() :].startswith((" or ", " helps"))


def _setting(found: re.Match[str], scope: Iterable[str], factor: str) -> str:
    """Return ``option=value`` as the shell sets it, or as it stands if it is no option."""
    if not _is_advice(found):
        return found[0]
    option, value = found.groups()
    if option == "factor_kinds":
        return f"--factor-kind {factor}{_bare(value)}"
    if option in ("latent_groups", "targets"):
        return f"--{option.replace('_', '-')[:-1]} {_bare(value)}"
    own = option in _OF_METRICS_TOO and any(option in spec.options for spec in _asked(scope))
    if option in _OWN and not own:
        word = _OWN[option]
        return word if value in ("True", "None") or word.endswith("FILE") else f"{word} {_bare(value)}"
    metric = _owner(option, scope)
    return found[0] if metric is None else f"--set {metric}.{option}={_bare(value)}"


def _strategy(found: re.Match[str], scope: Iterable[str]) -> str:
    """Return ``Uniform(range=(0, 1))`` as the shell sets a parameter of a strategy, or as it stands if it is none."""
    from ..scores.declared import declared

    for spec in _specs(scope):
        for name, option in declared(spec).items():
            if found[1] in {cls.__name__ for cls in option.strategies.values()}:
                return f"--set {spec.name}.{name}.{found[2]}={_bare(found[3])}"
    return found[0]


def _owner(option: str, scope: Iterable[str]) -> str | None:
    """Return the metric whose option this is: one that was asked for, or any that has it."""
    return next((spec.name for spec in _specs(scope) if option in spec.options), None)


def _specs(scope: Iterable[str]) -> list[MetricSpec]:
    """Return the metrics that were asked for, and then all others."""
    return [*_asked(scope), *list_metrics()]


def _asked(scope: Iterable[str]) -> list[MetricSpec]:
    return [spec.whole or spec for spec in map(get_metric, scope)]


def _bare(value: str) -> str:
    """Return a value as it is written behind ``--set``."""
    words = {"True": "true", "False": "false", "None": "null"}
    if value[:1] in "'\"":
        return value[1:-1]
    if value.startswith("("):
        return f"[{value[1:-1].rstrip(', ')}]".replace(", ", ",")
    return words.get(value, value)


def translated(result: Any, form: str) -> Any:
    """Return a result whose notes are in the words of the shell: a report, or what has notes of its own.

    JSON holds what Python would give, whoever asked for it.
    """
    from ..scores.report import Report

    if form == "json" or (not hasattr(result, "notes") and not isinstance(result, Report)):
        return result
    if isinstance(result, Report):
        return Report({name: _with_notes(score, name) for name, score in result.items()}, result.left_out)
    return _with_notes(result, "")


def _about(note: str) -> list[str]:
    """Return the metric that a note names before a colon."""
    name = note.partition(":")[0]
    return [name] if name in {score for spec in list_metrics() for score in spec.names} else []


def _with_notes(result: Any, metric: str) -> Any:
    notes = tuple(in_shell(note, [metric] if metric else _about(note)) for note in result.notes)
    change: Callable[..., Any] = getattr(result, "replace", None) or (lambda **parts: replace(result, **parts))
    return change(notes=notes) if notes != result.notes else result
