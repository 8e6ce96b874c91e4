"""Device of a network: the processor, or a GPU if there is one."""

from __future__ import annotations

import torch

from disentangle_metrics.errors import OptionError
from disentangle_metrics.options import choice

DEVICES = ("auto", "cpu", "cuda", "mps")


def find_device(name: str = "auto") -> torch.device:
    """Return the device with a name; ``"auto"`` is CUDA if available, else Apple's MPS, else the processor.

    Raises
    ------
    OptionError
        If PyTorch finds no such device on this machine.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if choice("device", name, DEVICES) == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    if not there[name]:
        raise OptionError(f"device={name!r}: PyTorch finds none on this machine. Use 'auto' or 'cpu'.")
    return torch.device(name)
