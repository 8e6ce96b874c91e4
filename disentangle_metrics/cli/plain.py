"""Parameters without conversion, where there is nothing to convert.

Typer hands every value to a library for validating data, also text that stays text and options that were not given.
To load it takes longer than to score a file, so such values go around it. All others, and all that is wrong, take
Typer's way: the messages are its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from typer.core import TyperCommand

# What a value of a kind is once it is as it should be; a path is made of text, and of several texts each is looked at.
_IS: dict[Any, type] = {str: str, str | None: str, int: int}
_PATHS, _TEXTS = (Path, Path | None), (list[str], list[str] | None)


class Verb(TyperCommand):
    """A command whose text and whose options that were not given are not converted."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, those of Typer included."""
        return unconverted(super().get_params(ctx), self._kinds)

    @cached_property
    def _kinds(self) -> dict[str, Any]:
        return get_type_hints(inspect.unwrap(self.callback)) if self.callback else {}


def unconverted(parameters: list[Any], kinds: Mapping[str, Any]) -> list[Any]:
    """Have parameters, whose kinds are known by name, convert no value that is as it should be."""
    for parameter in parameters:
        if "process_value" not in vars(parameter):  # they are asked for more than once
            parameter.process_value = _short_cut(parameter, kinds.get(parameter.name))
    return parameters


def _short_cut(parameter: Any, kind: Any) -> Any:
    """Return a parameter's step between parsing and the verb."""
    convert = parameter.process_value
    several = getattr(parameter, "multiple", False) or parameter.nargs == -1

    def process_value(ctx: Any, value: Any) -> Any:
        if value is None and not parameter.required:
            value = () if several else None
        elif kind in _PATHS and isinstance(value, str):
            value = Path(value)
        elif not (isinstance(value, _IS.get(kind, ())) or (kind in _TEXTS and value and all(map(_is_text, value)))):
            return convert(ctx, value)
        return value if parameter.callback is None else parameter.callback(ctx, parameter, value)

    return process_value


def _is_text(item: Any) -> bool:
    return isinstance(item, str)
