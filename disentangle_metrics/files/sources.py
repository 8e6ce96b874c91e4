"""One source of a representation: the latents, the factors, the weights or the groups that a file holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import to_numpy
from ..data.checks import check_axes
from ..errors import DTypeError, FileFormatError, ShapeError, nearest
from .content import Content, FirstLine, exists, listed
from .formats import READERS, read_file
from .selection import matching, parts_of, pick

StrPath = str | os.PathLike[str]


class Role(NamedTuple):
    """What is read from a file.

    Attributes
    ----------
    name : str
    keys : tuple of str
        Where an array is looked for in a file that holds several, in this order.
    names_key : str
        The array that has the names of the columns.
    prefix : str
        Begins the names of columns that have none.
    annotated : str
        The group of an annotated matrix that has such arrays.
    """

    name: str
    keys: tuple[str, ...]
    names_key: str = ""
    prefix: str = ""
    annotated: str = ""


# A trainer's file has `mean`, `logvar` and `sample`: the mean is scored, and metrics of the posterior find the others.
# `X` comes last: where there are latents beside it, it is what they were made of.
LATENTS = Role(
    "latents",
    ("latents", "mean", "codes", "representations", "mu", "z_mean", "z", "embeddings", "embedding", "X"),
    "latent_names",
    "z",
    "obsm",
)
FACTORS = Role("factors", ("factors", "labels", "latents_classes", "y"), "factor_names", "v", "obs")
# ... and, where a file of weights or of groups is named, in that one alone: none are read that were not asked for.
WEIGHTS = Role("weights", ("sample_weight", "weights"), annotated="obs")
GROUPS = Role("groups", ("groups", "group"), annotated="obs")

NAME_KEYS = (LATENTS.names_key, FACTORS.names_key)

# Where a file names the labels of its rows by no column, they are joined by this word, or not at all by the other.
INDEX, POSITION = "index", "position"

# Columns that an error leaves out by name at most.
_LISTED = 8

# An array of a file, and the number of a column in it; of a table, the name of the column.
Column = tuple[str, int] | str


@dataclass(frozen=True)
class Source:
    """What was read of a file.

    Attributes
    ----------
    role : Role
    path : Path
    key : str or None
    content : Content
    values : table of pandas or ndarray
    names : tuple of str or None
        Names of the columns, where `values` has none.
    columns : tuple of Column
        Where in the file each column is.
    """

    role: Role
    path: Path
    key: str | None
    content: Content
    values: Any
    names: tuple[str, ...] | None
    columns: tuple[Column, ...]

    @property
    def first_line(self) -> FirstLine | None:
        """The first line of a table of text."""
        return self.content.first_line

    def otherwise(self) -> Source | None:
        """Return the same as the other reading of the first line has it; None if there is no other."""
        line = self.first_line
        if line is None or line.otherwise is None:
            return None
        try:
            return _selected(self.role, self.path, self.key, line.otherwise())
        except FileFormatError:  # the columns that were named are not there
            return None

    def without(self, columns: Sequence[Column]) -> Source:
        """Return the same without some of its columns."""
        kept = [j for j, column in enumerate(self.columns) if column not in columns]
        values = self.values.iloc[:, kept] if hasattr(self.values, "iloc") else self.values[:, kept]
        names = None if self.names is None else tuple(self.names[j] for j in kept)
        return replace(self, values=values, names=names, columns=tuple(self.columns[j] for j in kept))

    def joined_by(self, key: str) -> Source:
        """Return the same as a table whose rows have labels: those of a column, an array, or the file's own.

        Raises
        ------
        FileFormatError
            If there is no such column or array.
        """
        import pandas as pd

        is_table = self.content.table is not None
        if key == POSITION and key not in self.content.names:
            return replace(self, values=self.values.reset_index(drop=True)) if is_table else self
        if key in self.content.names:
            labels = np.asarray(self.content.table[key] if is_table else self.content.get(key))
            labels = labels.reshape(-1) if labels.shape[1:] == (1,) else labels
        elif key == INDEX and self.content.has_index:
            labels = self.content.table.index
        elif key == INDEX and self.content.rows is not None:
            labels = self.content.rows()
        else:
            raise FileFormatError(
                f"{self.path} has no {'column' if is_table else 'array'} {key!r} to join rows by. It holds "
                f"{listed(self.content.names)}.{nearest(key, self.content.names)}"
            )
        if np.shape(labels) != (len(self.values),):
            raise ShapeError(
                f"{self.path}:{key} has shape {np.shape(labels)}, and {self.role.name} have {len(self.values)} rows. "
                "Rows are joined by one label for each."
            )
        own = [column for column in self.columns if column == key or column == (key, 0)]
        rest = self.without(own) if own else self
        values = rest.values
        if not hasattr(values, "iloc"):
            values = pd.DataFrame(values, columns=None if rest.names is None else list(rest.names))
        index = pd.Index(labels, tupleize_cols=False)
        return replace(rest, values=values.set_axis(index, axis=0), names=None)


@contextmanager
def naming_texts(latents: Source) -> Iterator[None]:
    """Say in an error of types how to leave out the columns of a table that are no numbers."""
    try:
        yield
    except DTypeError as error:
        dtypes = getattr(latents.values, "dtypes", {})
        texts = [str(name) for name, dtype in dict(dtypes).items() if getattr(dtype, "kind", "O") == "O"]
        if not texts or not str(error).startswith("latents"):
            raise
        left_out = ",".join([f"!{name}" for name in texts[:_LISTED]] + ["..."] * (len(texts) > _LISTED))
        key = left_out if latents.key is None else f"{latents.key},{left_out}"
        raise type(error)(f"{error} Leave out text: {latents.path.name}:{key}") from None


def split_key(spec: StrPath) -> tuple[Path, str | None]:
    """Split ``FILE:KEY``; a file whose own name has a colon wins."""
    text = os.fspath(spec)
    if exists(Path(text)):
        return Path(text), None
    places = [j for j, letter in enumerate(text) if letter == ":" and Path(text[:j]).suffix.lower() in READERS]
    if not places:
        return Path(text), None
    place = next((j for j in reversed(places) if exists(Path(text[:j]))), places[0])
    return Path(text[:place]), text[place + 1 :]


def read_source(
    spec: StrPath, role: Role, header: bool | None = None, alone: bool = True, content: Content | None = None
) -> Source:
    """Return what a file holds of a role.

    Parameters
    ----------
    spec : path
        ``FILE`` or ``FILE:KEY``.
    role : Role
    header : bool, optional
        Whether the first line of a table of text names its columns.
    alone : bool, default True
        Whether a single array is taken without looking at its name.
    content : Content, optional
        What the file holds, if it was read already.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError, ShapeError
    """
    path, key = split_key(spec)
    content = content or read_file(path, header)
    try:
        return _selected(role, path, key, content, alone)
    except FileFormatError:
        line = content.first_line
        if key is None or header is not None or line is None or line.otherwise is None:
            raise
        try:  # the columns that are named tell how the first line is to be read
            return _selected(role, path, key, line.otherwise(), alone)
        except FileFormatError:
            pass
        raise


def _selected(role: Role, path: Path, key: str | None, content: Content, alone: bool = True) -> Source:
    if content.table is not None:
        table = _columns(content.table, key, path)
        content.check(map(str, table.columns), path)
        if role is LATENTS:
            _refuse_lists(table, path)
        return Source(role, path, key, content, table, None, tuple(map(str, table.columns)))
    arrays = [name for name in content.names if name not in NAME_KEYS]
    picked = _arrays(content, arrays, key, role, path, alone)
    values: Any
    values, names, columns = _side_by_side(content, picked, key, role, path)
    if content.rows is not None:
        import pandas as pd

        named = None if names is None else list(names)
        values, names = pd.DataFrame(values, index=content.rows(), columns=named), None
    return Source(role, path, key, content, values, names, tuple(columns))


def _columns(table: Any, key: str | None, path: Path) -> Any:
    """Return the columns of a table that a key picks, or all; columns without a name are refused."""
    names = list(map(str, table.columns))
    if key is not None:
        return table.iloc[:, pick(key, names, path)]
    unnamed = [name for name in names if name.startswith("Unnamed:")]
    if unnamed:
        raise FileFormatError(
            f"{path} has a column without a name ({unnamed[0]!r}), which is not the first. Give it a name, or leave "
            f"it out: {path}:!{unnamed[0]}"
        )
    return table


def _refuse_lists(table: Any, path: Path) -> None:
    """Raise DTypeError if a cell of latents holds a list, as pandas writes arrays in cells."""
    for name in table.columns:
        cells = table[name].tolist() if getattr(table[name].dtype, "kind", "O") == "O" else ()
        cell = next((cell for cell in cells if cell is not None), None)
        if isinstance(cell, str) and cell.lstrip().startswith("["):
            raise DTypeError(
                f"column {str(name)!r} of {path} holds lists as text. Save a column for each number: "
                f"numpy.save('latents.npy', numpy.stack(table[{str(name)!r}])), of the table as it was before."
            )


class _Picked(NamedTuple):
    """An array of a file, and which of its columns are wanted; all if None."""

    name: str
    columns: str | None


def _arrays(content: Content, arrays: list[str], key: str | None, role: Role, path: Path, alone: bool) -> list[_Picked]:
    """Return the arrays that a key picks; or the one that is likely meant, whose columns it picks."""
    if key is None:
        return [_Picked(_likely(content, arrays, role, path, alone), None)]
    parts = parts_of(key, content.names)
    wanted = [part for part in parts if not part.startswith("!")]
    out = [_array_names(part[1:], arrays) for part in parts if part.startswith("!")]
    found = [_array_of(part, content.names, arrays) for part in wanted]
    if all(found) and all(out):
        within = [picked for several in found for picked in several] or [_Picked(name, None) for name in arrays]
        left_out = {name for names in out for name in names}
        return [picked for picked in within if picked.name not in left_out]
    lacking = next((part for part, some in zip(wanted, found, strict=True) if not some and part.isidentifier()), None)
    if lacking is not None and role.names_key not in content.names:
        raise FileFormatError(f"{path} has no array {lacking!r}. It holds {listed(arrays)}.{nearest(lacking, arrays)}")
    return [_Picked(_likely(content, arrays, role, path, alone), key)]


def _array_of(part: str, names: Sequence[str], arrays: Sequence[str]) -> list[_Picked]:
    """Return the arrays that a part of a key names: NAME, NAME[range] or a pattern of names."""
    if part in names:
        return [_Picked(part, None)]
    name, bracket, rest = part.partition("[")
    columns = f"[{rest}" if bracket and name else None
    return [_Picked(array, columns) for array in _array_names(name, arrays)]


def _array_names(part: str, arrays: Sequence[str]) -> list[str]:
    """Return the arrays of a name, of its last part where only one has it (``obsm/X_pca``), or of a pattern."""
    if part in arrays:
        return [part]
    if "*" in part or "?" in part:
        return [arrays[j] for j in matching(part, arrays)]
    found = [name for name in arrays if name.endswith(f"/{part}")]
    return found if len(found) == 1 and part else []


def _likely(content: Content, arrays: Sequence[str], role: Role, path: Path, alone: bool) -> str:
    """Return the array that is meant where none is named."""
    if content.rows is not None:  # an annotated matrix, whose X is what latents are made of
        arrays = [name for name in arrays if name.startswith(f"{role.annotated}/")]
    if len(arrays) == 1 and (alone or content.rows is not None):
        others = (FACTORS if role is LATENTS else LATENTS).keys
        if arrays[0] in others and arrays[0] not in role.keys:
            raise FileFormatError(
                f"{path} holds only {arrays[0]!r}, and {role.name} were expected. Are the two files swapped? "
                f"If not, name the array: {path}:{arrays[0]}"
            )
        return arrays[0]
    found = next((key for key in role.keys if key in arrays), None)
    if found is not None:
        return found
    if tuple(content.names) == ("array",):
        raise FileFormatError(f"{path} is one array. Give the file of the {role.name} too.")
    among = f"none is called {', '.join(role.keys)}" if content.rows is None else f"there are {len(arrays)}"
    raise FileFormatError(
        f"{path} does not say which array holds the {role.name}: {among}. It holds {listed(arrays)}. Name one as "
        f"{path}:KEY."
    )


def _side_by_side(
    content: Content, picked: Sequence[_Picked], key: str | None, role: Role, path: Path
) -> tuple[NDArray[Any], tuple[str, ...] | None, list[Column]]:
    """Return arrays as one, the names of its columns, if they have any, and where each column is."""
    if not picked:
        raise FileFormatError(f"{key!r} leaves no array of {path}. It holds {listed(content.names)}.")
    for name, _ in picked:
        shape = content.shape(name)  # which an image is refused by before it is read
        if shape is not None and len(shape) > 2:
            check_axes(f"{path}:{name}", shape, f"n_{role.name}")
    found = [_columns_of(content, one, role, path, len(picked) == 1, key is not None) for one in picked]
    if len(found) == 1:
        return found[0]
    lengths = {one.name: len(values) for one, (values, _, _) in zip(picked, found, strict=True)}
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"arrays of {path} have different numbers of rows: {lengths}. Pick those of the same rows.")
    blocks = [values.reshape(len(values), -1) for values, _, _ in found]
    names = tuple(name for _, own, _ in found for name in own or ())
    return to_numpy(_joined(blocks)), names, [column for _, _, columns in found for column in columns]


def _joined(blocks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return columns as one array: of numbers if all are numbers, else of what each is."""
    if all(block.dtype.kind in "buif" for block in blocks):
        return np.concatenate(blocks, axis=1)
    return np.concatenate([block.astype(object) for block in blocks], axis=1)


def _columns_of(
    content: Content, one: _Picked, role: Role, path: Path, is_only: bool, is_named: bool
) -> tuple[NDArray[Any], tuple[str, ...] | None, list[Column]]:
    """Return the wanted columns of an array, their names, if they have any, and where they are."""
    array = content.get(one.name)
    short = one.name.rpartition("/")[2]
    width = int(np.prod(array.shape[1:]))
    names = None
    if role.names_key in content.names:
        given = tuple(map(_text, np.ravel(content.get(role.names_key)).tolist()))
        # those of another array have another length
        names = given if array.shape[1:] == (len(given),) or not (is_named or array.ndim == 1) else None
    if names is None and array.ndim == 1 and one.name not in (role.name, "array"):
        names = (short,)
    if names is None and (one.columns is not None or not is_only):
        names = tuple(f"{role.prefix if is_only else short}{j}" for j in range(width))
    columns: list[Column] = [(one.name, j) for j in range(width)]
    if one.columns is None or names is None or array.ndim != 2:
        return array, names, columns
    places = pick(one.columns, names, path)
    return array[:, places], tuple(names[j] for j in places), [columns[j] for j in places]


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
