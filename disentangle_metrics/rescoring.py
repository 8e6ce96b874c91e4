"""Make the number of a signature again, or say what differs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import ArrayLike

from ._version import __version__
from .data.representation import Representation
from .errors import OptionError, ShapeError, SignatureWarning, nearest, warn
from .evaluation import evaluate
from .protocols import PROTOCOLS
from .registry import MetricSpec, get_metric
from .scores.declared import declared
from .scores.report import Report
from .scores.score import Score
from .signature import Call, Signature, read_call, read_value, split

# What stands beside a score, which no signature says.
_BESIDE = ("confidence", "n_boot", "groups", "chance", "n_permutations", "ceiling", "adjusted", "random_state")

# A part of a protocol's text that begins an option; other plus signs belong to a value, z0+z1 or 1e+09.
_OPTION = re.compile(r"([A-Za-z_]\w*):(.*)", re.DOTALL)


def rescore(
    signature: str | Iterable[str],
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    **beside: Any,
) -> Report:
    """Make the number of a signature again from the data it was made of.

    The number is the same to the last bit if the data and the version are. Data are told apart by their sizes alone:
    the same numbers of other rows go unnoticed.

    Parameters
    ----------
    signature : str or iterable of str
        A line as ``Score.signature`` has it, or one for each of several metrics.
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        A :class:`Representation` stands for both arrays. A metric that needs the posterior takes a :class:`Posterior`.
    factors : array-like of shape (n_samples, n_factors)
    sample_weight : array-like of shape (n_samples,), optional
        The weights, if the signature has their checksum.
    **beside
        What stands beside a score and in no signature, as in :func:`evaluate`: `confidence`, `n_boot`, `groups`,
        `chance`, `n_permutations`, `ceiling`, `adjusted` and `random_state`.

    Returns
    -------
    Report
        The scores by the names of their metrics, in the order of the signatures.

    Raises
    ------
    UnknownMetricError
        If a metric or a protocol is not known.
    OptionError
        If the text is no signature, an option is not known, or a value is an object that no text brings back; if two
        signatures are of the same metric; if the weights are others.
    ShapeError
        If the data have other numbers of rows, latents or factors.
    DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored.

    Warns
    -----
    SignatureWarning
        If the signature was made by another version, or its protocol has other settings now.

    Examples
    --------
    >>> from disentangle_metrics import mig
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> score = mig(v, v, n_bins=2, entropy="laplace")
    >>> again = rescore(score.signature, v, v)["mig"]
    >>> again == score, again.signature == score.signature
    (True, True)
    """
    if refused := [name for name in beside if name not in _BESIDE]:
        raise OptionError(
            f"rescore takes no {refused[0]}: the signature says the metric and its options. Leave it out, or use "
            f"evaluate.{nearest(refused[0], _BESIDE)}"
        )
    asked = _parsed([signature] if isinstance(signature, str) else signature)
    data = Representation.of(latents, factors, sample_weight=sample_weight)
    for one in asked.values():
        _check_data(one, data)
    return Report({name: _again(one, data, beside) for name, one in asked.items()})


def metrics_of(signatures: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the metrics of some signatures, each of which is checked as far as it can be without data.

    Raises
    ------
    UnknownMetricError, OptionError
    """
    return tuple(_parsed(signatures))


def _parsed(signatures: Iterable[str]) -> dict[str, Signature]:
    """Return signatures by the names of their metrics; every name is checked."""
    asked: dict[str, Signature] = {}
    for one in map(Signature.of, signatures):
        spec = get_metric(one.metric)
        if one.metric in asked:
            raise OptionError(
                f"two signatures are of {one.metric}, and a report holds one score of a metric. Make them again one "
                "after the other."
            )
        _options(spec, one.options)
        asked[one.metric] = one
    if not asked:
        raise OptionError("no signature was given. Pass at least one.")
    return asked


def _check_data(signature: Signature, data: Representation) -> None:
    """Raise an error if the data are not those of the signature."""
    sizes = data.n_samples, data.n_latents, data.n_factors
    if sizes != signature.sizes:
        both = zip(("n (rows)", "d (latents)", "k (factors)"), signature.sizes, sizes, strict=True)
        said = ", ".join(f"{name} {there} there and {here} here" for name, there, here in both)
        raise ShapeError(
            f"the signature of {signature.metric} is of other data: {said}. Pass the data it was made of; to score "
            "these data in the same way, pass the metric and its options instead."
        )
    there, here = signature.options.get("sample_weight"), data.weights and data.weights.checksum
    if there != here:
        mend = "Pass the same weights (--weights in the shell)." if there else "Leave the weights out."
        raise OptionError(
            f"the signature of {signature.metric} has sample_weight:{there or '(none)'} and the data have "
            f"{here or '(none)'}. A checksum does not bring weights back. {mend}"
        )


def _again(signature: Signature, data: Representation, beside: Mapping[str, Any]) -> Score:
    """Return the score that a signature was made of."""
    metric, options = signature.metric, _options(get_metric(signature.metric), signature.options)
    same_version = signature.version == __version__
    if not same_version:
        warn(
            f"the signature of {metric} was made by version {signature.version}, this is {__version__}: see "
            "CHANGELOG, Scores, for numbers that moved.",
            SignatureWarning,
        )
    if "protocol" in signature.options:
        score, differences = _by_protocol(signature, data, options, beside)
        if score is not None and not differences:
            return score
        warn(
            f"the protocol in the signature of {metric} is another one here: {differences}. The number is made by the "
            "options that the signature lists, and the new one names no protocol.",
            SignatureWarning,
        )
    score = evaluate(data, metrics=metric, options={metric: options}, **beside)[metric]
    differences = _differences(signature, score, without=("protocol",))
    if differences and same_version:
        raise OptionError(
            f"the signature of {metric} does not come out again: {differences}. Copy the signature whole, as it was "
            "printed."
        )
    if differences:
        warn(f"the signature of {metric} comes out otherwise by this version: {differences}.", SignatureWarning)
    return score


def _by_protocol(
    signature: Signature, data: Representation, options: Mapping[str, Any], beside: Mapping[str, Any]
) -> tuple[Score | None, str]:
    """Return the score by the protocol and the changes of it that a signature names, and how its options differ."""
    metric = signature.metric
    protocol, changes = _protocol(get_metric(metric), signature.options["protocol"])
    if signature.version != __version__ and (protocol not in PROTOCOLS or metric not in PROTOCOLS[protocol].metrics):
        return None, f"{protocol!r} has no settings for {metric}"
    kinds = options.get("factor_kinds")  # as labels are looked at, which a protocol may leave to them
    settled = data if kinds is None else data.with_kinds(kinds)
    score = evaluate(settled, metrics=metric, protocol=protocol, options={metric: changes}, **beside)[metric]
    return score, _differences(signature, score)


def _differences(signature: Signature, score: Score, without: Iterable[str] = ()) -> str:
    """Return the options that differ between a signature and a score, as text."""
    there, here = signature.options, Signature.of(score.signature).options
    names = [name for name in {**there, **here} if _bare(there.get(name)) != _bare(here.get(name))]
    names = [name for name in names if name not in without]
    return ", ".join(f"{name}:{there.get(name, '(none)')} there and {here.get(name, '(none)')} here" for name in names)


def _bare(text: str | None) -> str | None:
    """Return a value without its quotes, which a shell takes off."""
    return None if text is None else text.replace('"', "").replace("'", "")


def _options(spec: MetricSpec, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a metric from their texts; weights, arrays and the protocol are none."""
    parameters = inspect.signature(spec.function).parameters.values()
    arrays = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    passed = {"protocol", "sample_weight", *arrays}
    known = spec.options
    for name in texts:
        if name not in known and name not in passed:
            raise OptionError(
                f"the signature has {name}, which is no option of {spec.name}. Known are {sorted(known)}."
                f"{nearest(name, known)}"
            )
    return {name: _value(spec, name, text) for name, text in texts.items() if name not in passed}


def _protocol(spec: MetricSpec, text: str) -> tuple[str, dict[str, Any]]:
    """Return a protocol and what was changed of it from ``name+option:value+option:value``."""
    protocol, *pieces = split(text, "+")
    changes: dict[str, str] = {}
    for piece in pieces:
        begun = _OPTION.fullmatch(piece)
        if begun is not None and begun[1] not in changes:
            changes[begun[1]] = begun[2]
        elif changes:
            changes[next(reversed(changes))] += f"+{piece}"
        else:
            raise OptionError(f"protocol:{text} is not protocol:NAME+OPTION:VALUE, as a signature has it.")
    return protocol, _options(spec, changes)


def _value(spec: MetricSpec, option: str, text: str) -> Any:
    """Return the value of an option from its text."""
    if text == "null":
        return None
    declaration = declared(spec)[option]
    if declaration.read is not None:
        return declaration.read(text)
    value = read_value(text)
    if not isinstance(value, str) or not re.search(r"[.<(]", value):
        return value
    strategies = {made.__name__: made for made in declaration.strategies.values()}
    call = read_call(value)
    if call is not None and call.name in strategies:
        return _strategy(strategies[call.name], call, f"{option}:{text}")
    near = nearest(call.name, strategies) if call is not None else ""
    raise OptionError(
        f"{option}:{text} is an object of Python, such as a function or an estimator, which no text brings back. Pass "
        f"it in Python: evaluate(latents, factors, metrics={spec.name!r}, options={{{spec.name!r}: "
        f"{{{option!r}: ...}}}}).{near}"
    )


def _strategy(made: Any, call: Call, text: str) -> Any:
    """Return a strategy with its parameters."""
    fields = list(made.__dataclass_fields__)
    named = dict(zip(fields, call.positional, strict=False)) | call.named
    unknown = [name for name in named if name not in fields]
    if unknown or len(call.positional) > len(fields):
        near = nearest(unknown[0], fields) if unknown else ""
        raise OptionError(f"{text} does not fit {call.name}, whose parameters are {fields}.{near}")
    return made(**named)
