"""Files of PyTorch (.pt, .pth): tensors, and dicts and lists of tensors. Nothing else in them is ever loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from ..data.arrays import to_numpy
from ..errors import FileFormatError
from .content import Content, need, reading


def read_tensors(path: Path) -> Content:
    """Return the tensors of a file by name: ``outer/inner`` in a dict of dicts, ``0``, ``1``, ... in a list."""
    need("torch", path, "torch")
    import torch

    with reading(str(path)):
        try:
            # weights_only: torch then unpickles tensors and plain containers, and refuses all that could run code
            loaded = torch.load(path, map_location="cpu", weights_only=True)
        except UnpicklingError as error:
            if "weights_only" not in str(error).lower() and "Unsupported" not in str(error):
                raise ValueError(str(error)) from None
            raise FileFormatError(
                f"{path} holds more than tensors, and nothing else is loaded: a pickle can run any code. If you trust "
                f"the file, save its tensors alone: torch.save({{'latents': z, 'factors': v}}, 'plain{path.suffix}')."
            ) from None
    tensors = dict(_named(loaded))
    if not tensors:
        raise FileFormatError(
            f"{path} holds {type(loaded).__name__} and no tensor. Save tensors: torch.save({{'latents': z, 'factors': "
            f"v}}, 'plain{path.suffix}')."
        )
    return Content(tuple(tensors), lambda name: to_numpy(tensors[name]), shape=lambda name: tuple(tensors[name].shape))


def _named(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if hasattr(value, "detach"):
        yield name or "array", value
    elif isinstance(value, (Mapping, list, tuple)):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _named(item, f"{name}/{key}" if name else str(key))
