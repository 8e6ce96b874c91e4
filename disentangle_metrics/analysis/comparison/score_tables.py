"""Seeds from a table of scores with a row for each run, as ``dmetrics batch`` and a sweep write it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import FileFormatError, InputError, OptionError, nearest
from ...files.formats import read_file
from ...files.load import StrPath
from .names import names_of_files
from .over_seeds import Seeds


def seeds_in_table(
    path: StrPath, metric: str, models: Sequence[str] = (), *, by: str | None = None, paired_by: str | None = None
) -> dict[str, Seeds]:
    """Return the seeds of each model in a table.

    Parameters
    ----------
    path : str or path
        A ``.csv``, ``.tsv`` or ``.parquet`` with a column named as the metric. Columns ``mig[shape]`` are read as the
        factors of mig, and ``mig.signature`` or ``mig_signature`` as its signature.
    metric : str
    models : sequence of str
        With `by`, the values of that column to compare; by default all. Without `by`, a pattern of the column ``file``
        for each model, or ``NAME=PATTERN``.
    by : str, optional
        A column with one value for each model.
    paired_by : str, optional
        A column whose value pairs the runs of two models.

    Raises
    ------
    MissingFileError, FileFormatError, OptionError, InputError

    Examples
    --------
    >>> found = seeds_in_table("docs/tradeoff/scores.csv", "mig", by="beta")
    >>> {name: len(seeds.values) for name, seeds in found.items()}
    {'beta=1': 5, 'beta=2': 5, 'beta=4': 5, 'beta=8': 5, 'beta=16': 5}
    """
    path = Path(path)
    content = read_file(path)
    table = content.table
    if table is None:
        raise FileFormatError(f"{path} is not a table of scores. Pass a .csv, .tsv or .parquet with a row per run.")
    for column in filter(None, (metric, by, paired_by)):
        _check(column, table, path)
    if "error" in table.columns:
        table = table[table["error"].isna()]
    parts = [str(c) for c in table.columns if str(c).startswith(f"{metric}[")]
    content.check([metric, *parts, *filter(None, (by, paired_by))], path)
    signature = next((c for c in (f"{metric}.signature", f"{metric}_signature") if c in table.columns), None)
    seeds = {}
    for name, mask in _masks(table, models, by, path).items():
        rows = table[mask]
        if paired_by is not None:
            if rows[paired_by].duplicated().any():
                raise OptionError(f"{name!r} has two runs with the same {paired_by}. Name another column.")
            rows = rows.sort_values(paired_by)
        values = rows[[metric, *parts]].to_numpy(dtype=np.float64)
        if len(values) < 2:
            raise InputError(f"{name!r} has {len(values)} run in {path}, and a spread over seeds needs two or more.")
        if np.isnan(values[:, 0]).any():
            raise InputError(f"{name!r} has a run in {path} without a score of {metric}. Score it, or leave it out.")
        factors = tuple(part[len(metric) + 1 : -1] for part in parts)
        signatures = () if signature is None else tuple(map(str, rows[signature]))
        pairs = () if paired_by is None else tuple(rows[paired_by].tolist())
        seeds[name] = Seeds(values, factors, signatures, pairs)
    return seeds


def _masks(table: Any, models: Sequence[str], by: str | None, path: Path) -> dict[str, Any]:
    """Return the mask of each model's rows."""
    if by is not None:
        known = {_text(value): value for value in dict.fromkeys(table[by].dropna())}
        for name in models:
            if name not in known:
                raise OptionError(f"{path} has no {by} {name!r}. It has {list(known)}.{nearest(name, known)}")
        return {f"{by}={name}": table[by] == known[name] for name in models or known}
    _check("file", table, path)
    if len(models) < 2:
        raise OptionError("which runs are of which model? Name a column of the table, by, or a pattern for each model.")
    split = [item.rpartition("=") for item in models]
    masks = {}
    for (name, _, pattern), default_name in zip(split, names_of_files([pattern for *_, pattern in split]), strict=True):
        mask = np.array([fnmatchcase(str(file), pattern) for file in table["file"]], dtype=bool)
        if not mask.any():
            raise OptionError(f"no file of {path} matches {pattern!r}; the first is {table['file'].iloc[0]!r}.")
        masks[name or default_name] = mask
    return masks


def _check(column: str, table: Any, path: Path) -> None:
    names = [str(name) for name in table.columns]
    if column not in names:
        raise FileFormatError(f"{path} has no column {column!r}. It has {names}.{nearest(column, names)}")


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)
