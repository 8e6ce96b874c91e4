"""Compilation by numba, with the code kept on disk; an error names the folder if the code cannot be read."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

from ...errors import DisentangleWarning, warn
from ...runtime.config import config
from ..dispatch import DamagedCacheError, NotCompiledError

_DIGEST = sha256().digest_size

# The errors of reading and unpickling a damaged file.
_BROKEN: tuple[type[Exception], ...] = (
    pickle.PickleError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    SystemError,
    TypeError,
    ValueError,
)


class _Files(IndexDataCacheFile):
    """Numba's files of one function, with a digest before the code, because damaged machine code ends the process."""

    def _load_data(self, name: str) -> Any:
        content = Path(self._data_path(name)).read_bytes()  # type: ignore[no-untyped-call]
        if sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            raise ValueError(f"{name} was changed after it was written")
        return pickle.loads(content[_DIGEST:])

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)  # type: ignore[no-untyped-call]
        with self._open_for_write(self._data_path(name)) as file:  # type: ignore[no-untyped-call]
            file.write(sha256(content).digest() + content)


class _Cache(FunctionCache):
    """Numba's cache of one function. It compiles and calls nothing, so that all its errors come from files."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        locator, base = self._impl.locator, self._impl.filename_base
        self._cache_file = _Files(self.cache_path, base, locator.get_source_stamp())  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            code = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except _BROKEN as error:
            raise DamagedCacheError(
                f"the compiled code that numba keeps on disk cannot be read ({_told(error)}). Delete the files *.nbi "
                f"and *.nbc in {self.cache_path}, and numba compiles again; or set NUMBA_CACHE_DIR to another folder."
            ) from error
        if code is None and config.backend == "auto":  # compiling takes longer than most calls
            raise NotCompiledError
        return code

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except _BROKEN as error:  # this process has the code anyway
            warn(
                f"numba cannot keep the code that it has compiled ({_told(error)}), so every process compiles again. "
                f"Make room in {self.cache_path}, or set NUMBA_CACHE_DIR to another folder.",
                DisentangleWarning,
            )


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": .")


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator of numba's ``njit``, with this cache in place of numba's cache."""

    def compiled(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(function)
        dispatcher._cache = _Cache(function)
        return dispatcher

    return compiled
