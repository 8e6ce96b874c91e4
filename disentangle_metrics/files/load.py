"""Read latents and factors from files. Pickles are never loaded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..data.kinds import FactorKinds
from ..data.posterior import Posterior
from ..data.posterior import Source as Reader
from ..data.representation import Representation
from ..data.row_labels import RowLabels
from ..data.row_labels import beside as in_order
from ..errors import FileFormatError
from .content import is_folder
from .formats import ARCHIVES
from .headers_by_length import naming_first_lines, settled
from .places import FACTORS_FILE, LATENTS_FILE, beside, in_folder
from .sources import (
    FACTORS,
    GROUPS,
    LATENTS,
    NAME_KEYS,
    POSITION,
    WEIGHTS,
    Source,
    StrPath,
    naming_texts,
    read_source,
    split_key,
)

# Where an array is looked for in a file that holds several, in this order.
LATENT_KEYS, FACTOR_KEYS = LATENTS.keys, FACTORS.keys

# Of a file with a posterior: what its means are called, its log-variances and its samples.
MEAN_KEYS = ("mean", "mu", "z_mean")
LOGVAR_KEYS = ("logvar", "log_var", "z_logvar", "z_log_var")
SAMPLE_KEYS = ("sample", "samples", "z")


def load_representation(
    latents_path: StrPath,
    factors_path: StrPath | None = None,
    *,
    factor_kinds: FactorKinds = None,
    weights_path: StrPath | None = None,
    without_factors: bool | None = False,
    latent_names: Sequence[str] | None = None,
    factor_names: Sequence[str] | None = None,
    header: bool | None = None,
    join: str | None = None,
) -> Representation:
    """Read latents and factors from two files, or from one that holds both.

    Parameters
    ----------
    latents_path, factors_path : path
        ``.npz``, ``.npy``, ``.csv``, ``.tsv``, ``.txt``, ``.parquet``, ``.safetensors``, ``.h5``, ``.h5ad`` or
        ``.pt``; or the folder of a run, with files ``latents`` and ``factors``. ``FILE:KEY`` picks an array of a file
        that holds several, or columns: ``factors.csv:shape,scale``, ``run.npz:z[1:]``, ``t.csv:z*``, ``t.csv:!id``.
        Without a key an array alone in its file is taken, else the first of ``latents``, ``mean``, ``codes``,
        ``representations``, ``mu``, ``z_mean``, ``z``, ``embeddings``, ``embedding`` and ``X``, and of ``factors``,
        ``labels``, ``latents_classes`` and ``y``. Where one file was named and it holds no factors, ``factors.npz``
        beside it is read. A column that is a factor is left out of the latents of the same file. In a table of text
        every cell of a column is a number, or nan, or empty, or else all are labels as they stand. ``logvar`` and
        ``sample`` beside ``mean`` are read if a metric needs the posterior.
    factor_kinds : str, sequence or mapping, optional
        See :class:`Representation`.
    weights_path : path, optional
        A file of sample weights: an array of shape (n,) or (n, 1), or one column of a table (``weights.csv:w``). Of
        several arrays ``sample_weight`` or ``weights`` is taken. They are read from here alone, never from an array
        of that name beside the latents or the factors, unless that file is named.
    without_factors : bool or None, default False
        Whether latents alone will do. Then no factors are looked for in the file of the latents. None takes factors
        where there are any.
    latent_names, factor_names : sequence of str, optional
        Names of the columns. By default those of a table, or of the arrays ``latent_names`` and ``factor_names``.
    header : bool, optional
        Whether the first line of tables of text names their columns. By default it does where a cell of it is no
        number; where it could be either, the number of rows of the other file decides, with a note.
    join : str, optional
        The column or array that both files have and by which rows are paired; ``"index"`` for the names of rows that
        pandas and R write before the first column. ``"position"`` pairs rows in order, whatever their names are. By
        default rows are paired in order, and names that differ are an InputError.

    Returns
    -------
    Representation
        A :class:`Posterior` if the file of latents has ``mean`` and ``logvar``. Its ``notes`` say what was read where
        that is not plain.

    Raises
    ------
    MissingFileError
        If a file does not exist.
    FileFormatError
        If a file cannot be read, or does not hold what was asked for.
    MissingDependencyError
        If reading it needs a library that is not installed.

    Examples
    --------
    >>> load_representation("docs/examples/latents.npz", "docs/examples/factors.npz")
    Representation(10000 samples, 10 latents, 5 factors: shape, scale, orientation, pos_x, pos_y)
    """
    notes: list[str] = []
    by_length = header is None and join in (None, POSITION)  # rows that are joined need not be as many
    latents = read_source(_in_folder(latents_path, LATENTS_FILE), LATENTS, header)
    if factors_path is not None:
        factors_path = _in_folder(factors_path, FACTORS_FILE)
    elif not without_factors and (without_factors is False or _may_hold_factors(latents)):
        factors_path = _factors_of(latents)
        if factors_path != latents.path:
            notes.append(f"factors are read from {factors_path}, beside the latents")
    factors = None
    if factors_path is not None:
        same = split_key(factors_path)[0] == latents.path
        factors = read_source(factors_path, FACTORS, header, not same, latents.content if same else None)
        (latents, factors), said = settled([latents, factors], by_length)
        notes += said
        latents, said = _apart(latents, factors)
        notes += said
    weights = None if weights_path is None else read_source(weights_path, WEIGHTS, header)
    if weights is not None:
        (_, weights), said = settled([latents, weights], by_length)
        notes += said
    align = join is not None and (join != POSITION or POSITION in latents.content.names)
    if join is not None:
        latents = latents.joined_by(join)
        factors = None if factors is None else factors.joined_by(join)
        weights = None if weights is None else weights.joined_by(join)
    names: dict[str, Any] = {
        "latent_names": latents.names if latent_names is None else latent_names,
        "factor_names": None if factors is None else factors.names if factor_names is None else factor_names,
        "factor_kinds": factor_kinds,
        "sample_weight": None if weights is None else _one_column(weights),
        "align": align,
    }
    posterior = read_posterior(latents)
    with naming_first_lines(latents, factors, weights, notes=notes), naming_texts(latents):
        known: Any = None if factors is None else factors.values
        if posterior is None:
            data = Representation(latents.values, known, **names)
        else:
            data = Posterior(latents.values, posterior["logvar"], known, samples=posterior.get("samples"), **names)
    data.notes = tuple(dict.fromkeys([*notes, *data.notes]))  # of one file the first line is read once
    return data


def _in_folder(path: StrPath, stem: str) -> StrPath:
    return in_folder(Path(path), stem) if is_folder(Path(path)) else path


def _may_hold_factors(latents: Source) -> bool:
    """Return whether there may be factors beside the latents, or in a part of their file that has no other use."""
    path, content = latents.path, latents.content
    if beside(path, FACTORS_FILE) is not None:
        return True
    if content.table is not None:  # all of whose columns are latents if none is named
        return latents.key is None
    taken = {*(column[0] for column in latents.columns), *LATENTS.keys, *NAME_KEYS, *LOGVAR_KEYS, *SAMPLE_KEYS}
    return not taken.issuperset(content.names)


def _factors_of(latents: Source) -> Path:
    """Return where the factors of a file of latents are: in it, or beside it."""
    path, content = latents.path, latents.content
    if content.table is None and (content.rows is not None or any(key in content.names for key in FACTOR_KEYS)):
        return path
    if (other := beside(path, FACTORS_FILE)) is not None:
        return other
    if content.table is not None:
        raise FileFormatError(
            f"{path} is one table. Name the columns that are latents and those that are factors: "
            f"{path}:z0,z1 {path}:shape,scale. Or name the factors alone, and all others are latents: "
            f"{path} {path}:shape,scale"
        )
    return path


def _apart(latents: Source, factors: Source) -> tuple[Source, list[str]]:
    """Return latents without the columns that are factors, where both are of one file.

    Raises
    ------
    FileFormatError
        If no latent is left.
    """
    if not latents.path.samefile(factors.path):
        return latents, []
    shared = [column for column in latents.columns if column in factors.columns]
    if not shared:
        return latents, []
    names = ", ".join(repr(column if isinstance(column, str) else _name(latents, column)) for column in shared)
    if len(shared) == len(latents.columns):
        raise FileFormatError(
            f"every latent of {latents.path} is a factor too ({names}): latents that are the factors say nothing. "
            f"Name the columns that are factors: {latents.path} {latents.path}:shape,scale"
        )
    what = f"column {names} is a factor and is" if len(shared) == 1 else f"columns {names} are factors and are"
    return latents.without(shared), [f"{what} left out of the latents of {latents.path}"]


def _name(source: Source, column: Any) -> str:
    return column[0] if source.names is None else source.names[source.columns.index(column)]


def read_posterior(latents: Source) -> dict[str, Reader] | None:
    """Return how to read ``logvar``, and ``samples`` if there are, of a file whose means are read as the latents."""
    names = latents.content.names
    if latents.path.suffix.lower() not in ARCHIVES or latents.content.table is not None:
        return None
    logvar = next((key for key in LOGVAR_KEYS if key in names), None)
    arrays = {column[0] for column in latents.columns}
    if logvar is None or len(arrays) != 1 or not arrays & set(MEAN_KEYS):
        return None
    sample = next((key for key in SAMPLE_KEYS if key in names), None)
    places = [column[1] for column in latents.columns if isinstance(column, tuple)]

    def read(key: str) -> Any:
        array = latents.content.get(key)
        return array[:, places] if array.ndim == 2 and len(places) < array.shape[1] else array

    found: dict[str, Reader] = {"logvar": partial(read, logvar)}
    return found if sample is None else {**found, "samples": partial(read, sample)}


def read_latents(path: StrPath) -> Source:
    """Return the latents that a file holds."""
    return read_source(path, LATENTS)


def read_factors(path: StrPath) -> Source:
    """Return the factors that a file holds."""
    return read_source(path, FACTORS)


def read_groups(
    spec: StrPath, data: Representation | None = None, header: bool | None = None, join: str | None = None
) -> Any:
    """Return which group each row belongs to, of a file that says so, as one axis.

    Parameters
    ----------
    spec : path
    data : Representation, optional
        Whose rows they are.
    header, join : optional
        See :func:`load_representation`.

    Raises
    ------
    FileFormatError
        If there is more than one column.
    """
    found = read_source(spec, GROUPS, header)
    line = found.first_line
    if data is not None and line is not None and line.by_length and len(found.values) != data.n_samples:
        other = found.otherwise()
        found = other if other is not None and len(other.values) == data.n_samples else found
    if join is None:
        return _one_column(found)
    groups = _one_column(found.joined_by(join))
    labels: RowLabels | None = None if data is None else data.row_labels
    return groups if join == POSITION and POSITION not in found.content.names else in_order(labels, groups, "groups")


def _one_column(source: Source) -> Any:
    values = source.values
    if len(values.shape) < 2:
        return values
    if values.shape[1:] != (1,):
        raise FileFormatError(
            f"{source.path} has shape {values.shape}, and {source.role.name} are one column. Name it: FILE:KEY."
        )
    return values.iloc[:, 0] if hasattr(values, "iloc") else np.asarray(values)[:, 0]
