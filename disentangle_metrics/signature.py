r"""Signatures as text: settings written so that they can be read back, and the parts of a signature.

``metric|option:value|...|n:rows|d:latents|k:factors|v:version``. No value holds a bare ``|`` or an apostrophe, so that
a shell takes the whole signature in single quotes. Names stand in double quotes, where the two characters are written
``\u007c`` and ``\u0027``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import numpy as np

from .data.kinds import Circular
from .errors import OptionError

# The last parts of every signature: the letter, and its setting.
CONTEXT = {"n": "n_samples", "d": "n_latents", "k": "n_factors", "v": "version"}

_FORM = "A signature is one line such as 'mig|discretizer:uniform|n_bins:20|...|n:10000|d:10|k:5|v:0.3.0'."

# Characters that may surround a copied signature: blanks, quotes, and the marks of Markdown and LaTeX.
_AROUND = " \t\r\n'\"`%-"

# Names that need no quotes, and text that Python has put in quotes.
_BARE = re.compile(r"[\w.-]+")
_IN_QUOTES = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")

_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "'\""


def spelled(value: Any) -> str:
    """Return the text of a setting in a signature; different settings have different texts."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, Mapping):
        return ",".join(f"{quoted(str(name))}={spelled(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(map(spelled, value))
    if callable(value) and hasattr(value, "__qualname__"):  # with its module, because numpy.mean is not our "mean"
        return f"{value.__module__}.{value.__qualname__}"
    text = str(value) if isinstance(value, (str, Circular)) else repr(value)
    if is_dataclass(value):
        return _IN_QUOTES.sub(lambda match: _in_quotes(ast.literal_eval(match[0])), text)
    return " ".join(text.split()) if "\n" in text else text


def field(name: str, value: Any) -> str:
    """Return an option and its value as a part of a signature."""
    return f"{name}:{spelled(value)}".replace("|", r"\u007c")


def quoted(name: str) -> str:
    """Return a name, in quotes if it has a character with a meaning in a signature."""
    return name if _BARE.fullmatch(name) else _in_quotes(name)


def _in_quotes(name: str) -> str:
    import json

    return json.dumps(name).replace("'", r"\u0027")


def unquoted(text: str) -> str:
    """Return the name from the text of `quoted`."""
    if not text.startswith('"'):
        return text
    import json

    try:
        return str(json.loads(text))
    except ValueError:
        raise OptionError(f"the name {text} in a signature is not fully in quotes. Copy the whole signature.") from None


def split(text: str, mark: str) -> list[str]:
    """Return the pieces of a text between marks, ignoring marks in quotes and in brackets."""
    pieces, start, depth, quote = [], 0, 0, ""
    characters = iter(enumerate(text))
    for i, character in characters:
        if quote:
            if character == "\\":
                next(characters, None)
            elif character == quote:
                quote = ""
        elif character in _QUOTES:
            quote = character
        elif character in _OPENING or character in _CLOSING:
            depth += 1 if character in _OPENING else -1
        elif character == mark and not depth:
            pieces.append(text[start:i])
            start = i + 1
    return [*pieces, text[start:]]


class Signature(NamedTuple):
    """Parts of a signature, as text.

    Attributes
    ----------
    metric : str
    options : dict of str
        The parts between the metric and the sizes, by name.
    sizes : tuple of int
        Numbers of rows, of latents and of factors.
    version : str
    """

    metric: str
    options: dict[str, str]
    sizes: tuple[int, int, int]
    version: str

    @classmethod
    def of(cls, text: str) -> Signature:
        """Return the parts of a signature.

        Raises
        ------
        OptionError
            If the text does not have the form of a signature.

        Examples
        --------
        >>> Signature.of("  mig|n_bins:20|n:10000|d:10|k:5|v:0.4.0")
        Signature(metric='mig', options={'n_bins': '20'}, sizes=(10000, 10, 5), version='0.4.0')
        """
        if not isinstance(text, str):
            raise OptionError(f"signature={text!r} is not a text. {_FORM}")
        metric, *parts = (part.strip() for part in text.strip(_AROUND).split("|"))
        if not all(map(str.isidentifier, metric.split("."))):  # a part of a metric is named metric.part
            raise OptionError(f"signature={text!r} does not begin with the name of a metric. {_FORM}")
        options: dict[str, str] = {}
        for part in parts:
            name, colon, value = part.partition(":")
            if not name or not colon or not value:
                raise OptionError(f"{part!r} in the signature {text!r} is not NAME:VALUE. {_FORM}")
            if name in options:
                raise OptionError(f"the signature {text!r} has {name} twice. {_FORM}")
            options[name] = value
        if missing := [name for name in CONTEXT if name not in options]:
            raise OptionError(f"the signature {text!r} has no {', '.join(missing)}. {_FORM}")
        *sizes, version = (options.pop(name) for name in CONTEXT)
        if not all(size.isascii() and size.isdigit() and len(size) < 20 for size in sizes):
            raise OptionError(f"n, d and k in the signature {text!r} are not whole numbers. {_FORM}")
        n, d, k = map(int, sizes)
        return cls(metric, options, (n, d, k), version)


def read_value(text: str) -> Any:
    """Return a value read from JSON, or the text if it is not JSON."""
    import json

    try:
        return json.loads(text)
    except ValueError:  # not JSON, or a whole number of thousands of digits
        return text


def read_kinds(text: str) -> str | list[str]:
    """Return the kind of all factors, or the kind of each."""
    kinds = text.split(",")
    return kinds[0] if len(kinds) == 1 else kinds


def read_groups(text: str) -> dict[str, list[str]]:
    """Return the names of the latents of each group, by the group's name.

    Examples
    --------
    >>> read_groups('orientation=z0+"a+b",z2')
    {'orientation': ['z0', 'a+b'], 'z2': ['z2']}
    """
    groups = {}
    for group in split(text, ","):
        *name, latents = split(group, "=")
        members = [unquoted(latent) for latent in split(latents, "+")]
        groups["=".join(map(unquoted, name)) if name else "+".join(members)] = members
    return groups


def read_targets(text: str) -> dict[str, str]:
    """Return the name of the latent that is meant for each factor, by the factor's name.

    Examples
    --------
    >>> read_targets('pos_x=z7,"a=b"=z0')
    {'pos_x': 'z7', 'a=b': 'z0'}
    """
    pairs = (split(pair, "=") for pair in split(text, ","))
    return {"=".join(map(unquoted, factor)): unquoted(latent) for *factor, latent in pairs}


class Call(NamedTuple):
    """A strategy with parameters, as in ``Tree(max_depth=4)``."""

    name: str
    positional: list[Any]
    named: dict[str, Any]


def read_call(text: str) -> Call | None:
    """Return a strategy and its parameters, None if the text is not a strategy with plain values.

    Examples
    --------
    >>> read_call("Uniform(range=(-3.0, 3.0))")
    Call(name='Uniform', positional=[], named={'range': (-3.0, 3.0)})
    """
    try:
        call = _Names().visit(ast.parse(text, mode="eval").body)
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return Call(call.func.id, [ast.literal_eval(value) for value in call.args], named)
    except (SyntaxError, ValueError, TypeError):
        return None


class _Names(ast.NodeTransformer):
    """Reads a bare word as text, because a shell may have removed the quotes, and ``inf`` as the number."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.args = [self.visit(value) for value in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_Name(self, node: ast.Name) -> ast.Constant:
        return ast.Constant(float("inf") if node.id == "inf" else node.id)
