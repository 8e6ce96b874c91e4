"""The score of a signature, computed again, or an error that says which setting differs."""

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
from .registry import MetricSpec, get_metric, whole_of
from .scores.declared import declared
from .scores.report import Report
from .scores.score import Score
from .signature import Call, Signature, read_call, read_value, split

# Additions to a score, which no signature holds.
_BESIDE = ("confidence", "n_boot", "groups", "chance", "n_permutations", "ceiling", "adjusted", "random_state")

# The start of an option in a protocol's text; other plus signs belong to a value, as in z0+z1 or 1e+09.
_OPTION = re.compile(r"([A-Za-z_]\w*):(.*)", re.DOTALL)


def rescore(
    signature: str | Iterable[str],
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    align: bool = False,
    **beside: Any,
) -> Report:
    """Return the score of a signature, computed again from the same data.

    The score is the same to the last bit if the data and the version are the same. Only the sizes of the data are
    checked: other data of the same size are not noticed.

    Parameters
    ----------
    signature : str or iterable of str
        A ``Score.signature``, or one for each of several metrics.
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        A :class:`Representation` stands for both arrays. A metric that needs the posterior takes a :class:`Posterior`.
    factors : array-like of shape (n_samples, n_factors)
    sample_weight : array-like of shape (n_samples,), optional
        The weights, if the signature has their checksum.
    align : bool, default False
        Pair the rows of tables by their labels, as in :func:`evaluate`.
    **beside
        Additions to a score, which are not in the signature, as in :func:`evaluate`: `confidence`, `n_boot`,
        `groups`, `chance`, `n_permutations`, `ceiling`, `adjusted` and `random_state`.

    Returns
    -------
    Report
        The scores by the names of their metrics, in the order of the signatures.

    Raises
    ------
    UnknownMetricError
        If a metric or a protocol is not known.
    OptionError
        If the text is not a signature, an option is not known, or a value is an object that has no text form; if two
        signatures are of the same metric; if the weights differ.
    ShapeError
        If the number of rows, latents or factors differs.
    DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored.

    Warns
    -----
    SignatureWarning
        If the signature comes from another version, or its protocol has other settings now.

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
            f"rescore takes no {refused[0]}: the signature holds the metric and its options. Leave it out, or use "
            f"evaluate.{nearest(refused[0], _BESIDE)}"
        )
    asked = _parsed([signature] if isinstance(signature, str) else signature)
    data = Representation.of(latents, factors, sample_weight=sample_weight, align=align)
    for one in asked.values():
        _check_data(one, data)
    return Report({name: _again(one, data, beside) for name, one in asked.items()})


def metrics_of(signatures: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the metrics of the signatures, which are checked as far as possible without data.

    Raises
    ------
    UnknownMetricError, OptionError
    """
    return tuple(_parsed(signatures))


def _parsed(signatures: Iterable[str]) -> dict[str, Signature]:
    """Return the parsed signatures by the names of their metrics; every name is checked."""
    asked: dict[str, Signature] = {}
    for one in map(Signature.of, signatures):
        spec = get_metric(one.metric)
        if one.metric in asked:
            raise OptionError(
                f"two signatures are of {one.metric}, and a report holds one score of a metric. Rescore them one "
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
        said = ", ".join(f"{name} {there} in the signature and {here} in the data" for name, there, here in both)
        raise ShapeError(
            f"the signature of {signature.metric} is of other data: {said}. Pass the data of the signature; to "
            "score these data in the same way, pass the metric and its options instead."
        )
    there, here = signature.options.get("sample_weight"), data.weights and data.weights.checksum
    if there != here:
        mend = "Pass the same weights (--weights in the shell)." if there else "Leave the weights out."
        raise OptionError(
            f"the signature of {signature.metric} has sample_weight:{there or '(none)'} and the data have "
            f"{here or '(none)'}. Weights cannot be restored from a checksum. {mend}"
        )


def _again(signature: Signature, data: Representation, beside: Mapping[str, Any]) -> Score:
    """Return the score of a signature, computed again."""
    metric, options = signature.metric, _options(get_metric(signature.metric), signature.options)
    same_version = signature.version == __version__
    if not same_version:
        warn(
            f"the signature of {metric} is from version {signature.version}, and this is version {__version__}: see "
            "CHANGELOG, Scores, for numbers that changed.",
            SignatureWarning,
        )
    if "protocol" in signature.options:
        score, differences = _by_protocol(signature, data, options, beside)
        if score is not None and not differences:
            return score
        warn(
            f"the protocol in the signature of {metric} has other settings here: {differences}. The score uses the "
            "options that the signature lists, and the new signature names no protocol.",
            SignatureWarning,
        )
    score = evaluate(data, metrics=metric, options={metric: options}, **beside)[metric]
    differences = _differences(signature, score, without=("protocol",))
    if differences and same_version:
        raise OptionError(
            f"the signature of {metric} cannot be reproduced: {differences}. Copy the whole signature, as it was "
            "printed."
        )
    if differences:
        warn(f"the signature of {metric} differs in this version: {differences}.", SignatureWarning)
    return score


def _by_protocol(
    signature: Signature, data: Representation, options: Mapping[str, Any], beside: Mapping[str, Any]
) -> tuple[Score | None, str]:
    """Return the score under the protocol and changes that a signature names, and the options that differ."""
    metric = signature.metric
    protocol, changes = _protocol(get_metric(metric), signature.options["protocol"])
    if signature.version != __version__ and (
        protocol not in PROTOCOLS or whole_of(metric) not in PROTOCOLS[protocol].metrics
    ):
        return None, f"{protocol!r} has no settings for {metric}"
    kinds = options.get("factor_kinds")  # the kinds as resolved; a protocol may leave them to the labels
    settled = data if kinds is None else data.with_kinds(kinds)
    score = evaluate(settled, metrics=metric, protocol=protocol, options={metric: changes}, **beside)[metric]
    return score, _differences(signature, score)


def _differences(signature: Signature, score: Score, without: Iterable[str] = ()) -> str:
    """Return the options that differ between a signature and a score, as text."""
    there, here = signature.options, Signature.of(score.signature).options
    names = [name for name in {**there, **here} if _bare(there.get(name)) != _bare(here.get(name))]
    names = [name for name in names if name not in without]
    return ", ".join(f"{name}:{there.get(name, '(none)')} there, {here.get(name, '(none)')} here" for name in names)


def _bare(text: str | None) -> str | None:
    """Return a value without quotes, which a shell removes."""
    return None if text is None else text.replace('"', "").replace("'", "")


def _options(spec: MetricSpec, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a metric from their texts, without weights, arrays and the protocol."""
    parameters = inspect.signature(spec.function).parameters.values()
    arrays = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    passed = {"protocol", "sample_weight", *arrays}
    known = spec.options
    for name in texts:
        if name not in known and name not in passed:
            raise OptionError(
                f"the signature has {name}, which is not an option of {spec.name}. Known are {sorted(known)}."
                f"{nearest(name, known)}"
            )
    return {name: _value(spec, name, text) for name, text in texts.items() if name not in passed}


def _protocol(spec: MetricSpec, text: str) -> tuple[str, dict[str, Any]]:
    """Return a protocol and its changed options from ``name+option:value+option:value``."""
    protocol, *pieces = split(text, "+")
    changes: dict[str, str] = {}
    for piece in pieces:
        begun = _OPTION.fullmatch(piece)
        if begun is not None and begun[1] not in changes:
            changes[begun[1]] = begun[2]
        elif changes:
            changes[next(reversed(changes))] += f"+{piece}"
        else:
            raise OptionError(f"protocol:{text} does not have the form protocol:NAME+OPTION:VALUE.")
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
    strategies = {cls.__name__: cls for cls in declaration.strategies.values()}
    call = read_call(value)
    if call is not None and call.name in strategies:
        return _strategy(strategies[call.name], call, f"{option}:{text}")
    near = nearest(call.name, strategies) if call is not None else ""
    raise OptionError(
        f"{option}:{text} is a Python object, such as a function or an estimator, which has no text form. Pass "
        f"it in Python: evaluate(latents, factors, metrics={spec.name!r}, options={{{spec.name!r}: "
        f"{{{option!r}: ...}}}}).{near}"
    )


def _strategy(cls: Any, call: Call, text: str) -> Any:
    """Return a strategy with its parameters."""
    fields = list(cls.__dataclass_fields__)
    named = dict(zip(fields, call.positional, strict=False)) | call.named
    unknown = [name for name in named if name not in fields]
    if unknown or len(call.positional) > len(fields):
        near = nearest(unknown[0], fields) if unknown else ""
        raise OptionError(f"{text} does not fit {call.name}, whose parameters are {fields}.{near}")
    return cls(**named)
