"""A whole run in one folder: a trained model, the latents of its images, its scores and its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .config import Config
from .dsprites import Sprites
from .encoding import encode, load_model, write_pair
from .evaluation import Evaluation, evaluate_run, write_scores
from .files import RECONSTRUCTIONS, SCORES, TRAVERSAL
from .loggers import Logger
from .training import make_data, make_objective, train
from .traversal import plot_reconstructions, plot_traversal, save_figure


def run(
    config: Config,
    folder: Path,
    *,
    data: Sprites | None = None,
    resume: bool = False,
    loggers: Sequence[Logger] = (),
    threads: int = 1,
    device: str = "cpu",
) -> Evaluation:
    """Train a model by :func:`.training.train`, which explains the parameters, and return its evaluation."""
    train(config, folder, data=data, resume=resume, loggers=loggers, threads=threads, device=device)
    return finish_run(folder, data)


def finish_run(folder: Path, data: Sprites | None = None) -> Evaluation:
    """Encode the images of a trained model, draw its pictures, and return its evaluation.

    The folder gets ``latents.npz``, ``factors.npz``, ``traversal.png``, ``reconstructions.png`` and, as the last file,
    ``scores.json``: a run with this file is done.
    """
    model, config = load_model(folder)
    data = make_data(config) if data is None else data
    encoding = encode(model, data)
    write_pair(encoding, folder)
    save_figure(plot_traversal(model, encoding), folder / TRAVERSAL)
    save_figure(plot_reconstructions(model, data), folder / RECONSTRUCTIONS)
    evaluation = evaluate_run(folder, model, data, encoding, make_objective(config).likelihood)
    write_scores(evaluation, folder / SCORES)
    return evaluation
