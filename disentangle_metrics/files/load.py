"""Read latents and factors from files, and write results whole or not at all. Pickles are never loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..data.kinds import FactorKinds
from ..data.posterior import Posterior, Source
from ..data.representation import Representation
from ..errors import FileFormatError, MissingFileError, nearest
from .formats import ARCHIVES, READERS, exists, read_file

# Where an array is looked for in a file that holds several, in this order. A trainer's file has `mean`, `logvar` and
# `sample`: the mean is scored, and metrics of the posterior find the others.
LATENT_KEYS = ("latents", "mean", "codes", "representations")
FACTOR_KEYS = ("factors", "labels", "latents_classes")
# ... and, where a file of weights or of groups is named, in that one alone: none are read that were not asked for.
GROUP_KEYS = ("groups", "group")
WEIGHT_KEYS = ("sample_weight", "weights")
NAME_KEYS = ("latent_names", "factor_names")

StrPath = str | os.PathLike[str]


def load_representation(
    latents_path: StrPath,
    factors_path: StrPath | None = None,
    *,
    factor_kinds: FactorKinds = None,
    weights_path: StrPath | None = None,
    without_factors: bool = False,
) -> Representation:
    """Read latents and factors from two files, or from one that holds both.

    Parameters
    ----------
    latents_path, factors_path : path
        ``.npz``, ``.npy``, ``.csv``, ``.tsv``, ``.parquet``, ``.safetensors`` or ``.h5``. ``FILE:KEY`` picks an array
        of a file that holds several, or columns of a table (``factors.csv:shape,scale``). Without a key an array alone
        in its file is taken, else ``latents``, ``mean``, ``codes`` or ``representations``, and ``factors``, ``labels``
        or ``latents_classes``. Names come from the columns of a table or from ``latent_names`` and ``factor_names``.
        In a table of text every cell of a column is a number, or nan, or empty, or else all are labels as they stand.
        ``logvar`` and ``sample`` beside ``mean`` are read if a metric needs the posterior.
    factor_kinds : str, sequence or mapping, optional
        See :class:`Representation`.
    weights_path : path, optional
        A file of sample weights: an array of shape (n,) or (n, 1), or one column of a table (``weights.csv:w``). Of
        several arrays ``sample_weight`` or ``weights`` is taken. They are read from here alone, never from an array
        of that name beside the latents or the factors, unless that file is named.
    without_factors : bool, default False
        Whether latents alone will do. Then no factors are looked for in the file of the latents.

    Returns
    -------
    Representation
        A :class:`Posterior` if the file of latents has ``mean`` and ``logvar``.

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
    latents, latent_names = read_latents(latents_path)
    factors: Any = None
    factor_names: tuple[str, ...] | None = None
    if factors_path is None and not without_factors:
        path, _ = split_key(latents_path)
        if read_file(path).table is not None:
            raise FileFormatError(
                f"{path} is one table. Name the columns that are latents and those that are factors: "
                f"{path}:z0,z1 {path}:shape,scale"
            )
        factors, factor_names = read_factors(path, alone=False)
    elif factors_path is not None:
        factors, factor_names = read_factors(factors_path)
    names: dict[str, Any] = {"latent_names": latent_names, "factor_names": factor_names, "factor_kinds": factor_kinds}
    names["sample_weight"] = None if weights_path is None else read_weights(weights_path)
    posterior = read_posterior(latents_path)
    if posterior is None:
        return Representation(latents, factors, **names)
    return Posterior(latents, posterior["logvar"], factors, samples=posterior.get("samples"), **names)


def read_latents(path: StrPath) -> tuple[Any, tuple[str, ...] | None]:
    """Return the latents that a file holds, an array or a table, and their names if the file gives them apart."""
    return _read(path, "latents", LATENT_KEYS, "latent_names")


def read_posterior(spec: StrPath) -> dict[str, Source] | None:
    """Return how to read ``logvar``, and ``samples`` if there are, of a file whose ``mean`` is read as the latents."""
    path, key = split_key(spec)
    if path.suffix.lower() not in ARCHIVES:  # a table or an array alone need not be read once more
        return None
    content = read_file(path)
    if "logvar" not in content.names:
        return None
    if (key or next((name for name in LATENT_KEYS if name in content.names), None)) != "mean":
        return None
    keys = {"logvar": "logvar", "samples": "sample"}
    return {name: partial(content.get, key) for name, key in keys.items() if key in content.names}


def read_factors(path: StrPath, *, alone: bool = True) -> tuple[Any, tuple[str, ...] | None]:
    """Return the same for factors; unless `alone`, a single array of the file is not taken for them by that."""
    return _read(path, "factors", FACTOR_KEYS, "factor_names", alone)


def read_weights(spec: StrPath) -> Any:
    """Return the sample weights that a file holds, as one axis.

    Raises
    ------
    FileFormatError
        If there is more than one column.
    """
    return _one_column(spec, "weights", WEIGHT_KEYS)


def read_groups(spec: StrPath) -> Any:
    """Return which group each row belongs to, of a file that says so, as one axis.

    Raises
    ------
    FileFormatError
        If there is more than one column.
    """
    return _one_column(spec, "groups", GROUP_KEYS)


def _one_column(spec: StrPath, what: str, keys: Sequence[str]) -> Any:
    found, _ = _read(spec, what, keys, "")
    if len(found.shape) < 2:
        return found
    if found.shape[1:] != (1,):
        raise FileFormatError(f"{spec} has shape {found.shape}, and {what} are one column. Name it: FILE:KEY.")
    return found.iloc[:, 0] if hasattr(found, "iloc") else found[:, 0]


def _read(
    spec: StrPath, what: str, keys: Sequence[str], names_key: str, alone: bool = True
) -> tuple[Any, tuple[str, ...] | None]:
    """Return one array or table of a file, and the names of its columns if the file gives them apart."""
    path, key = split_key(spec)
    content = read_file(path)
    if content.table is not None:
        found = _columns(content.table, key, path)
        content.check(map(str, found.columns), path)
        return found, None
    arrays = [name for name in content.names if name not in NAME_KEYS]
    name = key if key is not None else _likely(arrays, keys, alone, path, what)
    if name not in content.names:
        raise FileFormatError(f"{path} has no array {name!r}. It holds {arrays}.{nearest(name, arrays)}")
    array = content.get(name)
    names = np.ravel(content.get(names_key)).tolist() if names_key in content.names else None
    if names is None or (key is not None and array.shape[1:] != (len(names),)):  # the names of another array
        return array, None
    return array, tuple(map(_text, names))


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def _likely(arrays: Sequence[str], keys: Sequence[str], alone: bool, path: Path, what: str) -> str:
    if alone and len(arrays) == 1:
        other = FACTOR_KEYS if keys is LATENT_KEYS else LATENT_KEYS
        if arrays[0] in other:
            raise FileFormatError(
                f"{path} holds only {arrays[0]!r}, and {what} were expected. Are the two files swapped? "
                f"If not, name the array: {path}:{arrays[0]}"
            )
        return arrays[0]
    for key in keys:
        if key in arrays:
            return key
    raise FileFormatError(
        f"{path} does not say which array holds the {what}: none is called {', '.join(keys)}. "
        f"It holds {list(arrays)}. Name one as {path}:KEY."
    )


def split_key(spec: StrPath) -> tuple[Path, str | None]:
    """Split ``FILE:KEY``; a file whose own name has a colon wins."""
    text = os.fspath(spec)
    file, colon, key = text.rpartition(":")
    if not colon or exists(Path(text)) or Path(file).suffix.lower() not in READERS:
        return Path(text), None
    return Path(file), key


def _columns(table: Any, key: str | None, path: Path) -> Any:
    """Return the columns of a table that ``FILE:KEY`` names, or all; the row numbers pandas saves are refused."""
    columns = {str(name): name for name in table.columns}
    if key is not None:
        wanted = key.split(",")
        for name in wanted:
            if name not in columns:
                raise FileFormatError(
                    f"{path} has no column {name!r}. It holds {list(columns)}.{nearest(name, columns)}"
                )
        return table[[columns[name] for name in wanted]]
    unnamed = [name for name in columns if name.startswith(("Unnamed:", "__index_level_"))]
    if unnamed:
        without = set(unnamed)
        named = ",".join(name for name in columns if name not in without)
        raise FileFormatError(
            f"{path} has a column without a name ({unnamed[0]!r}), which pandas writes for row numbers. "
            f"Save the table with index=False, or name the columns to score: {path}:{named}"
        )
    return table


def write_text(path: Path, text: str) -> None:
    """Write a file of text whole or not at all, see :func:`write_bytes`."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unwritable(path, error) from None
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: into a temporary file beside it, then renamed.

    Raises
    ------
    MissingFileError
        If its folder does not exist.
    FileFormatError
        If it cannot be written there.
    """
    import tempfile

    check_writable(path)
    path = path.resolve()  # the file behind a link, and not the link, is replaced
    temporary = None
    try:
        if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
            path.write_bytes(data)
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        temporary.chmod(path.stat().st_mode if path.exists() else mode_of_new_files())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: Exception) -> FileFormatError:
    return FileFormatError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.")


def mode_of_new_files() -> int:
    """Return the permissions any new file would get; a temporary one is private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def check_writable(path: Path) -> None:
    """Raise MissingFileError or FileFormatError unless `path` can name a new file, before any work is done for it."""
    folder = path.parent
    if not folder.is_dir():
        raise MissingFileError(
            f"there is no folder {folder} to write {path.name} into. Make it with: mkdir -p {folder}"
        )
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
