"""Pictures of what each latent does: one latent moved at a time, and images beside their reconstructions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle_metrics import mig
from disentangle_metrics.io import check_writable
from disentangle_metrics.options import choice, integer

from .encoding import Encoding, encode, load_model
from .files import whole_file
from .training import ACTIVE, make_data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .dsprites import Sprites
    from .model import VAE

RANGES = ("prior", "quantiles")


def kl_of_latents(encoding: Encoding) -> NDArray[np.float64]:
    """Return the mean KL divergence of each latent from the prior, in nats: (n_latents,)."""
    mean, logvar = encoding.mean.astype(np.float64), encoding.logvar.astype(np.float64)
    return np.asarray(0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).mean(axis=0))


@torch.inference_mode()
def traverse(
    model: VAE, start: NDArray[np.float32], encoding: Encoding, across: str = "prior", steps: int = 9
) -> NDArray[np.float64]:
    """Decode a point with one latent moved at a time.

    Parameters
    ----------
    model : VAE
    start : ndarray of shape (n_latents,)
        Where the other latents stay.
    encoding : Encoding
        Whose means give the quantiles.
    across : {"prior", "quantiles"}, default "prior"
        From -3 to 3, or from the 1 % to the 99 % quantile of the latent's own means.
    steps : int, default 9

    Returns
    -------
    ndarray of shape (n_latents, steps, size, size)
        Probabilities that pixels are lit.
    """
    steps = integer("steps", steps, 2)
    if choice("across", across, RANGES) == "prior":
        low, high = np.full(len(start), -3.0), np.full(len(start), 3.0)
    else:
        low, high = np.quantile(encoding.mean, [0.01, 0.99], axis=0)
    points = np.tile(start, (len(start), steps, 1))
    for j in range(len(start)):
        points[j, :, j] = np.linspace(low[j], high[j], steps)
    logits = model.decode(torch.from_numpy(points.reshape(-1, len(start)).astype(np.float32)))
    return np.asarray(torch.sigmoid(logits).numpy().reshape(len(start), steps, *logits.shape[2:]), dtype=np.float64)


def plot_traversal(
    model: VAE, data: Sprites, encoding: Encoding, *, across: str = "prior", steps: int = 9, image: int = 0
) -> Figure:
    """Draw a row for each latent, the most informative of the image first, labeled by its KL and what it knows best.

    Parameters
    ----------
    model, data, encoding
        A model, its images, and what it says of them.
    across : {"prior", "quantiles"}, default "prior"
    steps : int, default 9
        Images in a row.
    image : int, default 0
        Row of `encoding` around which latents move.
    """
    from matplotlib.figure import Figure

    pictures = traverse(model, encoding.mean[image], encoding, across, steps)
    kl = kl_of_latents(encoding)
    information = mig(encoding.mean, encoding.factors)
    order = np.argsort(-kl, kind="stable")
    figure = Figure(figsize=(1.0 * steps + 2.6, 1.0 * len(order) + 0.8), layout="constrained")
    axes = figure.subplots(len(order), steps, squeeze=False)
    for row, j in zip(axes, order, strict=True):
        for axis, picture in zip(row, pictures[j], strict=True):
            _show(axis, picture)
        row[0].set_ylabel(
            _label(j, kl[j], information.matrix[j], encoding.factor_names), rotation=0, ha="right", va="center"
        )
    ends = ("-3", "3") if across == "prior" else ("1 % quantile", "99 % quantile")
    axes[-1, 0].set_xlabel(ends[0])
    axes[-1, -1].set_xlabel(ends[1])
    figure.suptitle("one latent moved at a time, from left to right")
    return figure


def _label(j: int, kl: float, information: NDArray[np.float64], names: tuple[str, ...]) -> str:
    if kl <= ACTIVE:
        return f"z{j}: inactive"
    k = int(information.argmax())
    return f"z{j}: KL {kl:.1f} nats\n{names[k]}, {information[k]:.1f} nats"


@torch.inference_mode()
def plot_reconstructions(model: VAE, data: Sprites, n: int = 10, seed: int = 0) -> Figure:
    """Draw images above what the model makes of them."""
    from matplotlib.figure import Figure

    index = np.random.default_rng(seed).integers(len(data), size=integer("n", n, 1))
    images = data.images(index).astype(np.float32)
    mean, _ = model.encode(torch.from_numpy(images)[:, None])
    decoded = torch.sigmoid(model.decode(mean)).numpy()[:, 0]
    figure = Figure(figsize=(n + 1.6, 2.4), layout="constrained")
    axes = figure.subplots(2, n, squeeze=False)
    for row, pictures, name in zip(axes, (images, decoded), ("image", "reconstruction"), strict=True):
        for axis, picture in zip(row, pictures, strict=True):
            _show(axis, picture)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def _show(axis: Any, picture: NDArray[Any]) -> None:
    axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axis.set_xticks([])
    axis.set_yticks([])


def traverse_run(
    folder: Path, path: Path | None = None, *, across: str = "prior", steps: int = 9, image: int = 0
) -> list[Path]:
    """Draw the traversal of a run into a file, and its reconstructions beside it; return both paths."""
    target = folder / "traversal.png" if path is None else path
    beside = target.with_name("reconstructions" + target.suffix)
    for name in (target, beside):
        check_writable(name)
    model, config = load_model(folder)
    data = make_data(config)
    encoding = encode(model, data)
    integer("image", image, 0, len(encoding.mean) - 1)
    save_figure(plot_traversal(model, data, encoding, across=across, steps=steps, image=image), target)
    save_figure(plot_reconstructions(model, data), beside)
    return [target, beside]


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure whole or not at all, in the format its ending names."""
    with whole_file(path, "picture") as temporary:
        figure.savefig(temporary, dpi=150)
