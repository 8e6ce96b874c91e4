"""Pictures of the effect of each latent, moved one at a time, and of images beside their reconstructions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from disentangle_metrics import mig
from disentangle_metrics.errors import OptionError, nearest
from disentangle_metrics.options import choice, integer

from .encoding import Encoding, encode, kl_of_latents, load_model
from .files import RECONSTRUCTIONS, TRAVERSAL, check_named, check_unnamed, whole_file
from .training import ACTIVE, make_data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .dsprites import Sprites
    from .model import VAE

RANGES = ("prior", "quantiles")
PICTURES = (".png", ".pdf", ".svg", ".jpg")
ANIMATION = ".gif"
_DPI = 150
_FRAMES_PER_SECOND = 8


@torch.inference_mode()
def traverse(
    model: VAE, start: NDArray[np.float32], encoding: Encoding, across: str = "prior", steps: int = 9
) -> NDArray[np.float64]:
    """Return images of a point of the latents, with one latent moved at a time.

    Parameters
    ----------
    model : VAE
    start : ndarray of shape (n_latents,)
        The point, at which the other latents stay.
    encoding : Encoding
        Its means give the quantiles.
    across : {"prior", "quantiles"}, default "prior"
        The range: from -3 to 3, or from the 1 % to the 99 % quantile of the latent's means.
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


class _Rows:
    """Latents in the order of their rows, with the label of each.

    Parameters
    ----------
    encoding : Encoding
    sort : str
        ``"kl"``, or the name of a factor: the latent with the most information about it comes first.
    everything : bool
        Whether every latent has a row. Otherwise the active latents and one inactive latent have.
    """

    def __init__(self, encoding: Encoding, sort: str, everything: bool) -> None:
        names = encoding.factor_names
        if sort not in ("kl", *names):
            raise OptionError(f"sort={sort!r} is not known. Use 'kl' or one of {list(names)}.{nearest(sort, names)}")
        self.kl = kl_of_latents(encoding)
        self.information = np.asarray(mig(encoding.mean, encoding.factors).matrix)
        key = self.kl if sort == "kl" else self.information[:, names.index(sort)]
        order = np.argsort(-key, kind="stable")
        active = order[self.kl[order] > ACTIVE]
        inactive = order[self.kl[order] <= ACTIVE]
        self.order = order if everything else np.append(active, inactive[:1])
        self.left_out = len(order) - len(self.order)
        self.names = names
        self.told = sort

    def label(self, j: int) -> str:
        """Return a latent's name, its KL, and its most informative factor, or the factor that sorts the rows."""
        if self.kl[j] <= ACTIVE:
            return f"z{j}: inactive"
        k = int(self.information[j].argmax()) if self.told == "kl" else self.names.index(self.told)
        return f"z{j}: KL {self.kl[j]:.1f} nats\n{self.names[k]}, {self.information[j, k]:.1f} nats"


def plot_traversal(
    model: VAE,
    encoding: Encoding,
    *,
    across: str = "prior",
    steps: int = 9,
    images: Sequence[int] = (0,),
    sort: str = "kl",
    everything: bool = False,
) -> Figure:
    """Return a figure with a row for each active latent, labeled by its KL from the prior and its best known factor.

    Parameters
    ----------
    model, encoding
        A model, and the latents of its images.
    across : {"prior", "quantiles"}, default "prior"
    steps : int, default 9
        Pictures in a row.
    images : sequence of int, default (0,)
        Rows of `encoding` around which latents move, each a block of columns.
    sort : str, default "kl"
        Order of the rows, most first: KL from the prior, or mutual information with the factor of this name.
    everything : bool, default False
        Draw all inactive latents. By default only one is drawn.
    """
    from matplotlib.figure import Figure

    rows = _Rows(encoding, sort, everything)
    figure = Figure(figsize=(max(steps * len(images), 6) + 2.6, len(rows.order) + 0.9), layout="constrained")
    ends = ("-3", "3") if across == "prior" else ("1 % quantile", "99 % quantile")
    # A narrow empty column separates the blocks of two images.
    widths = [1.0] * steps + ([0.3] + [1.0] * steps) * (len(images) - 1)
    grid = figure.subplots(len(rows.order), len(widths), squeeze=False, width_ratios=widths)
    for gap in grid[:, steps :: steps + 1].flat:
        gap.remove()
    for block, image in enumerate(images):
        pictures = traverse(model, encoding.mean[image], encoding, across, steps)
        axes = grid[:, block * (steps + 1) :][:, :steps]
        for line, j in zip(axes, rows.order, strict=True):
            for axis, picture in zip(line, pictures[j], strict=True):
                _show(axis, picture)
        axes[-1, 0].set_xlabel(ends[0])
        axes[-1, -1].set_xlabel(ends[1])
        if len(images) > 1:
            axes[0, 0].set_title(f"around image {image}", loc="left")
    for line, j in zip(grid, rows.order, strict=True):
        line[0].set_ylabel(rows.label(j), rotation=0, ha="right", va="center")
    more = f"; {rows.left_out} more inactive latents are not drawn" if rows.left_out else ""
    figure.suptitle(f"one latent moved at a time, from left to right{more}", fontsize="medium")
    return figure


def save_animation(
    model: VAE,
    encoding: Encoding,
    path: Path,
    *,
    across: str = "prior",
    steps: int = 17,
    images: Sequence[int] = (0,),
    sort: str = "kl",
    everything: bool = False,
) -> None:
    """Write a GIF in which all latents move there and back, a column for each latent and a row for each image.

    The parameters are those of :func:`plot_traversal`.
    """
    from matplotlib.animation import PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = _Rows(encoding, sort, everything)
    pictures = [traverse(model, encoding.mean[image], encoding, across, steps)[rows.order] for image in images]
    figure = Figure(figsize=(1.25 * len(rows.order), 1.25 * len(images) + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(images), len(rows.order), squeeze=False)
    for axis, j in zip(axes[0], rows.order, strict=True):
        axis.set_title(rows.label(j).replace(": ", "\n", 1).replace(" nats\n", "\n"), fontsize=7)
    shown = [
        [_show(axis, moved[0]) for axis, moved in zip(line, p, strict=True)]
        for line, p in zip(axes, pictures, strict=True)
    ]
    writer = PillowWriter(fps=_FRAMES_PER_SECOND)
    with whole_file(path, "animation") as temporary, writer.saving(figure, str(temporary), dpi=80):
        for step in [*range(steps), *range(steps - 2, 0, -1)]:
            for line, moved in zip(shown, pictures, strict=True):
                for picture, frames in zip(line, moved, strict=True):
                    picture.set_data(frames[step])
            writer.grab_frame()


@torch.inference_mode()
def plot_reconstructions(model: VAE, data: Sprites, n: int = 10, seed: int = 0) -> Figure:
    """Return a figure of images above their reconstructions."""
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


def _show(axis: Any, picture: NDArray[Any]) -> Any:
    axis.set_xticks([])
    axis.set_yticks([])
    return axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")


def traverse_run(
    folder: Path,
    path: Path | None = None,
    *,
    across: str = "prior",
    steps: int = 9,
    images: Sequence[int] = (0,),
    sort: str = "kl",
    everything: bool = False,
    gif: bool = False,
) -> list[Path]:
    """Draw the traversal of a run, and return the paths of the files that were written.

    Parameters
    ----------
    folder : path
        Folder of the run.
    path : path, optional
        A picture, or an animation if it ends in ``.gif``. Without it, the files ``traversal.png`` and
        ``reconstructions.png`` of the run are written if they are missing.
    across, steps, images, sort, everything
        See :func:`plot_traversal`.
    gif : bool, default False
        Write an animation too: the picture's name with the ending ``.gif``. The file must not exist yet.

    Raises
    ------
    OptionError, MissingFileError, FileFormatError
    """
    choice("across", across, RANGES)
    integer("steps", steps, 2)
    targets = _targets(folder, path, gif)
    model, config = load_model(folder)
    data = make_data(config)
    encoding = encode(model, data)
    for image in images:
        integer("image", image, 0, len(encoding.mean) - 1)
    shown: dict[str, Any] = {"across": across, "images": images, "sort": sort, "everything": everything}
    for target in targets:
        if target.suffix.lower() == ANIMATION:
            save_animation(model, encoding, target, steps=2 * steps - 1, **shown)
        else:
            save_figure(plot_traversal(model, encoding, steps=steps, **shown), target)
    if path is None:
        targets.append(folder / RECONSTRUCTIONS)
        save_figure(plot_reconstructions(model, data), targets[-1])
    return targets


def _targets(folder: Path, path: Path | None, gif: bool) -> list[Path]:
    """Return the paths of a traversal: a picture, an animation, or both."""
    if path is None:
        for name in (TRAVERSAL, RECONSTRUCTIONS):
            check_unnamed(folder / name, f"Name a picture (-o {folder / TRAVERSAL} replaces that one).")
        target = folder / TRAVERSAL
    else:
        check_named(path, "a picture", (*PICTURES, ANIMATION))
        target = path
    moving = target.with_suffix(ANIMATION)
    if not gif or target.suffix.lower() == ANIMATION:
        return [target]
    check_unnamed(moving, f"Name it (-o {moving}), or delete it.")
    return [target, moving]


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all, in the format of the path's ending."""
    with whole_file(path, "picture") as temporary:
        figure.savefig(temporary, dpi=_DPI)
