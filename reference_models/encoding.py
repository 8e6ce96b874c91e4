"""Latents of images by a trained encoder, in files that the metrics read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle_metrics.errors import OptionError
from disentangle_metrics.kernels.information.posterior import kl_from_prior
from disentangle_metrics.options import integer

from .checkpoint import CHECKPOINT, load_weights, read_checkpoint, under
from .config import Config
from .dsprites import Sprites
from .files import FACTORS, LATENTS, check_named, check_unnamed, whole_file
from .model import VAE, build_model
from .training import make_data

_BLOCK = 1024


class Encoding(NamedTuple):
    """Latents and factors of the same images.

    Attributes
    ----------
    mean, logvar, sample : ndarray of shape (n, n_latents), float32
    factors : ndarray of shape (n, n_factors)
        The factors with more than one value.
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
    """Return the model of a run's folder, by its last checkpoint, and its settings."""
    config = Config.load(folder / "config.json")
    tensors, _ = read_checkpoint(folder / CHECKPOINT)
    model = build_model(config.architecture, config.size, config.n_latents, config.seed)
    load_weights(model, under("model.", tensors), config, folder / CHECKPOINT)
    return model.eval(), config


@torch.inference_mode()
def encode(model: VAE, data: Sprites, n: int = 10_000, seed: int = 0) -> Encoding:
    """Return the latents of images drawn at random without replacement, of all if there are no more than `n`.

    Parameters
    ----------
    model : VAE
    data : Sprites
    n : int, default 10000
    seed : int, default 0
        Seed of the draw of images, and of the noise in ``sample``.
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
    return kl_from_prior(encoding.mean, encoding.logvar)


def write_pair(encoding: Encoding, folder: Path) -> list[Path]:
    """Write a run's ``latents.npz`` and ``factors.npz``, each whole or not at all, and return their paths."""
    paths = [folder / LATENTS, folder / FACTORS]
    for path, arrays in zip(paths, (_latents(encoding), _factors(encoding)), strict=True):
        _save(path, arrays)
    return paths


def encode_run(folder: Path, path: Path | None = None, n: int = 10_000) -> list[Path]:
    """Encode the images of a run with its model, and return the paths of the files that were written.

    Parameters
    ----------
    folder : path
        Folder of the run.
    path : path, optional
        A ``.npz`` for latents and factors together. Without it, the files ``latents.npz`` and ``factors.npz`` of the
        run are written if they are missing.
    n : int, default 10000

    Raises
    ------
    OptionError, MissingFileError, FileFormatError
    """
    integer("n", n, 2)
    if path is None:
        for name in (LATENTS, FACTORS):
            check_unnamed(folder / name, f"Name a file (-o codes.npz), or delete {LATENTS} and {FACTORS} to make both.")
    else:
        _check_output(path)
    model, config = load_model(folder)
    encoding = encode(model, make_data(config), n)
    if path is None:
        return write_pair(encoding, folder)
    _save(path, {**_latents(encoding), **_factors(encoding)})
    return [path]


def _check_output(path: Path) -> None:
    check_named(path, "a file of latents", (".npz",))
    real = path.resolve()
    if real.name in (LATENTS, FACTORS) and (real.parent / CHECKPOINT).exists():
        raise OptionError(
            f"{path} is a run's own: {LATENTS} and {FACTORS} belong together, row by row. Name another file; it holds "
            "latents and factors both."
        )


def _latents(encoding: Encoding) -> dict[str, NDArray[np.generic]]:
    return {"mean": encoding.mean, "logvar": encoding.logvar, "sample": encoding.sample}


def _factors(encoding: Encoding) -> dict[str, NDArray[np.generic]]:
    names = np.array(encoding.factor_names)
    return {"factors": encoding.factors, "factor_names": names, "image_index": encoding.image_index}


def _save(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    with whole_file(path, "file") as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
