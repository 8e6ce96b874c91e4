"""Checkpoint of a run: weights and moments in one safetensors file, with settings and step in its header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from disentangle_metrics.errors import FileFormatError, InputError

from .config import Config
from .files import whole_file

CHECKPOINT = "checkpoint.safetensors"

Parts = Mapping[str, nn.Module | Optimizer]


def save_checkpoint(parts: Parts, config: Config, step: int, path: Path) -> None:
    """Write a checkpoint whole or not at all.

    Parameters
    ----------
    parts : mapping from name to module or optimizer
        Everything that training changes. The name of each tensor begins with the name of its part.
    config : Config
    step : int
        Number of steps so far.
    path : path
    """
    tensors = {f"{part}.{name}": value for part, holder in parts.items() for name, value in _tensors(holder).items()}
    metadata = {"step": str(step), "config": json.dumps(vars(config))}
    with whole_file(path, "checkpoint", SafetensorError) as temporary:
        save_file(tensors, temporary, metadata=metadata)


def load_checkpoint(parts: Parts, config: Config, path: Path) -> int:
    """Load a checkpoint into the parts of :func:`save_checkpoint`, and return its step."""
    tensors, step = read_checkpoint(path)
    for part, holder in parts.items():
        found = under(f"{part}.", tensors)
        if isinstance(holder, nn.Module):
            load_weights(holder, found, config, path)
        else:
            _load_moments(holder, found)
    return step


def _tensors(holder: nn.Module | Optimizer) -> dict[str, Tensor]:
    """Return the tensors of a module or an optimizer by name, contiguous, as safetensors needs them."""
    if isinstance(holder, nn.Module):
        found: dict[str, Tensor] = dict(holder.state_dict())
    else:
        state = holder.state_dict()["state"]
        found = {f"{i}.{key}": value for i, values in state.items() for key, value in values.items()}
    return {name: value.contiguous() for name, value in found.items()}


def _load_moments(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for name, value in tensors.items():
        i, key = name.split(".", 1)
        # A fused optimizer needs moments with the memory layout of their weights.
        like = weights[int(i)]
        state.setdefault(int(i), {})[key] = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], int]:
    """Return the tensors of a checkpoint and the step after which it was written.

    Raises
    ------
    FileFormatError
        If it cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, int(file.metadata()["step"])  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path} is not a checkpoint that can be read: {error}.") from None


def load_weights(model: nn.Module, weights: Mapping[str, Tensor], config: Config, path: Path) -> None:
    """Load weights into a model.

    Raises
    ------
    InputError
        If the weights belong to another network.
    """
    expected = {name: value.shape for name, value in model.state_dict().items()}
    if expected != {name: value.shape for name, value in weights.items()}:
        raise InputError(
            f"{path} holds another network than {config.architecture!r} with {config.n_latents} latents at "
            f"{config.size} pixels. Use the settings it was trained with."
        )
    model.load_state_dict(dict(weights))
