"""What a trained encoder says of images, in the files that the metrics read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle_metrics.errors import OptionError
from disentangle_metrics.io import check_writable
from disentangle_metrics.options import integer

from .checkpoint import CHECKPOINT, load_weights, read_checkpoint, under
from .config import Config
from .dsprites import Sprites
from .files import whole_file
from .model import VAE, build_model
from .training import make_data

_BLOCK = 1024


class Encoding(NamedTuple):
    """Latents and factors of the same images.

    Attributes
    ----------
    mean, logvar, sample : ndarray of shape (n, n_latents), float32
    factors : ndarray of shape (n, n_factors)
        Those that take more than one value.
    factor_names : tuple of str
    image_index : ndarray of shape (n,)
        Numbers of the images in their data set.
    """

    mean: NDArray[np.float32]
    logvar: NDArray[np.float32]
    sample: NDArray[np.float32]
    factors: NDArray[np.generic]
    factor_names: tuple[str, ...]
    image_index: NDArray[np.intp]


def load_model(folder: Path) -> tuple[VAE, Config]:
    """Return the model of a run's folder, as its last checkpoint has it, and its settings."""
    config = Config.load(folder / "config.json")
    tensors, _ = read_checkpoint(folder / CHECKPOINT)
    model = build_model(config.architecture, config.size, config.n_latents, config.seed)
    load_weights(model, under("model.", tensors), config, folder / CHECKPOINT)
    return model.eval(), config


@torch.inference_mode()
def encode(model: VAE, data: Sprites, n: int = 10_000, seed: int = 0) -> Encoding:
    """Encode images drawn at random without replacement, or all if there are no more than `n`.

    Parameters
    ----------
    model : VAE
    data : Sprites
    n : int, default 10000
    seed : int, default 0
        Of the draw of images, and of the noise in ``sample``.
    """
    rng = np.random.default_rng(seed)
    index = rng.permutation(len(data))[: integer("n", n, 2)]
    parts = []
    for start in range(0, len(index), _BLOCK):
        images = data.images(index[start : start + _BLOCK]).astype(np.float32)
        parts.append(model.encode(torch.from_numpy(images)[:, None]))
    mean, logvar = (torch.cat(side).numpy() for side in zip(*parts, strict=True))
    noise = rng.standard_normal(mean.shape, dtype=np.float32)
    labels = data.labels(index)
    varying = [k for k in range(labels.shape[1]) if len(np.unique(labels[:, k])) > 1]
    names = tuple(data.factors.names[k] for k in varying)
    return Encoding(mean, logvar, mean + np.exp(0.5 * logvar) * noise, labels[:, varying], names, index)


def kl_of_latents(encoding: Encoding) -> NDArray[np.float64]:
    """Return the mean KL divergence of each latent from the prior, in nats: (n_latents,)."""
    mean, logvar = encoding.mean.astype(np.float64), encoding.logvar.astype(np.float64)
    return np.asarray(0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).mean(axis=0))


def write_encoding(encoding: Encoding, path: Path) -> Path:
    """Write ``latents.npz`` (or whatever `path` says) and ``factors.npz`` beside it, each whole or not at all."""
    factors = path.with_name("factors.npz")
    if path == factors:
        raise OptionError(f"{path} is where the factors go. Give the latents another name.")
    for target in (path, factors):
        check_writable(target)
    _save(path, mean=encoding.mean, logvar=encoding.logvar, sample=encoding.sample)
    _save(
        factors,
        factors=encoding.factors,
        factor_names=np.array(encoding.factor_names),
        image_index=encoding.image_index,
    )
    return factors


def encode_run(folder: Path, path: Path | None = None, n: int = 10_000) -> Path:
    """Encode the images of a run with its model, and return the path of the latents."""
    model, config = load_model(folder)
    path = folder / "latents.npz" if path is None else path
    write_encoding(encode(model, make_data(config), n), path)
    return path


def _save(path: Path, **arrays: NDArray[np.generic]) -> None:
    with whole_file(path, "file") as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
