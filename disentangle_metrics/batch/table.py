"""The table of a batch, a row per file, and its written forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MissingDependencyError, OptionError
from ..options import choice
from ..rendering.tables import in_csv
from ..rendering.text import encodable
from .worker import Result

if TYPE_CHECKING:
    import pandas as pd

# Columns by name; a number is None if it is undefined or its file could not be scored.
Columns = dict[str, list[Any]]


def columns(results: Sequence[Result], metrics: Iterable[str]) -> Columns:
    """Return the table: file, a value for each metric, error and seconds, and then the details of each value.

    ``mig[shape]`` is the value of mig for the factor shape, ``mig.spread`` the standard deviation over splits if there
    are several, and ``mig.notes`` and ``mig.signature`` are the notes and the signature of the score.
    """
    table: Columns = {"file": [result.file for result in results]}
    for metric in metrics:
        table[metric] = _of(results, metric, "value")
    table["error"] = [result.error for result in results]
    table["seconds"] = [result.seconds for result in results]
    for metric in metrics:
        parts = _of(results, metric, "parts")
        for name in dict.fromkeys(name for part in parts for name in part or ()):
            table[f"{metric}[{name}]"] = [(part or {}).get(name) for part in parts]
        for name in ("spread", "notes", "signature"):
            values = _of(results, metric, name)
            if name != "spread" or any(value is not None for value in values):
                table[f"{metric}.{name}"] = values
    return table


def _of(results: Sequence[Result], metric: str, name: str) -> list[Any]:
    return [result.scores[metric][name] if metric in result.scores else None for result in results]


def _is_text(column: str) -> bool:
    return column in ("file", "error") or column.endswith((".notes", ".signature"))


def _encodable(table: Columns) -> Columns:
    """Return the table in a form that UTF-8 can hold, because the name of a file need not be UTF-8."""
    texts = {name for name in table if _is_text(name)}
    spelled = {name: [v if v is None else encodable(v) for v in table[name]] for name in texts}
    return {encodable(name): spelled.get(name, values) for name, values in table.items()}


def frame(table: Columns) -> pd.DataFrame:
    """Return the table for pandas: floats, NaN if undefined, and strings."""
    import pandas as pd

    series = {n: pd.Series(v, dtype="string" if _is_text(n) else "float64") for n, v in _encodable(table).items()}
    return pd.DataFrame(series)


def _parquet(table: Columns) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    table = _encodable(table)
    types = {name: pa.string() if _is_text(name) else pa.float64() for name in table}
    buffer = pa.BufferOutputStream()
    parquet.write_table(pa.table(table, schema=pa.schema(types)), buffer)
    return bytes(buffer.getvalue())


def _csv(table: Columns) -> bytes:
    return f"{in_csv(table, zip(*table.values(), strict=True))}\n".encode()


def _records(table: Columns) -> list[str]:
    return [json.dumps(dict(zip(table, row, strict=True))) for row in zip(*table.values(), strict=True)]


# Written forms of a table, by name and by the ending of a file.
FORMS: dict[str, Callable[[Columns], bytes]] = {
    "parquet": _parquet,
    "csv": _csv,
    "json": lambda table: ("[\n" + ",\n".join(_records(table)) + "\n]\n").encode(),
    "jsonl": lambda table: "".join(f"{record}\n" for record in _records(table)).encode(),
}


def form_of(path: Path, named: str | None) -> str:
    """Return the name of the form of a file, as given or by its ending.

    Raises
    ------
    OptionError
        If neither gives a form.
    MissingDependencyError
        If the form needs a library that is not installed.
    """
    ending = path.suffix.lower().removeprefix(".")
    if named is None and ending not in FORMS:
        raise OptionError(
            f"the ending of {path} names no format. Name one of {list(FORMS)}, or end it in {'.' + 'csv'}."
        )
    form = choice("format", ending if named is None else named, FORMS)
    if form == "parquet" and find_spec("pyarrow") is None:
        raise MissingDependencyError(
            f"writing {path.name} needs pyarrow. Install it with: pip install 'disentangle-metrics[files]'"
        )
    return form
