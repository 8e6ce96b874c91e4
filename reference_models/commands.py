"""``dmetrics train`` and ``dmetrics encode``: the command line's way in. PyTorch is imported when a verb runs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from disentangle_metrics.errors import MissingDependencyError

from .config import PRESETS, Config, preset

train_app = typer.Typer(pretty_exceptions_enable=False)
encode_app = typer.Typer(pretty_exceptions_enable=False)
traverse_app = typer.Typer(pretty_exceptions_enable=False)


def _need(verb: str, **libraries: str) -> None:
    """Raise MissingDependencyError unless these modules, given by the names people know, are installed."""
    for name, module in libraries.items():
        if find_spec(module) is None:
            raise MissingDependencyError(
                f"dmetrics {verb} needs {name}. Install it with: pip install 'disentangle-metrics[reference]'"
            )


def _presets(incomplete: str) -> list[str]:
    return [name for name in PRESETS if name.startswith(incomplete)]


@train_app.command()
def train(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    preset_: Annotated[str, typer.Option("--preset", help="Settings by name.", autocompletion=_presets)] = "quick",
    beta: Annotated[float | None, typer.Option(help="Weight of the KL divergence; by default the objective's.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the weights, the batches and the noise.")] = 0,
    steps: Annotated[int | None, typer.Option(help="Train for so many steps and not the preset's number.")] = None,
    data: Annotated[Path | None, typer.Option(help="A dSprites .npz in place of drawn images.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    threads: Annotated[int, typer.Option(help="Threads; small networks gain nothing from two.")] = 1,
) -> None:
    """Train a beta-VAE on dSprites, and encode the images for the metrics.

    The folder gets config.json, log.jsonl, checkpoint.safetensors, latents.npz and factors.npz.

    Example: dmetrics train --preset quick --beta 4 --seed 0 --out runs/b4s0
    """
    _need("train", PyTorch="torch")
    from .encoding import encode_run
    from .training import train as run

    changes = {"seed": seed, **({} if steps is None else {"steps": steps})}
    config = preset(preset_, beta=beta, **changes, **({} if data is None else {"data": str(data.resolve())}))
    console = Console(stderr=True, highlight=False)
    console.print(_estimate(config), markup=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        bar = _Bar(progress, config.steps)
        run(config, out, resume=resume, loggers=[bar], threads=threads)
    path = encode_run(out)
    console.print(f"wrote {path} and factors.npz beside it. Score them with:", markup=False)
    typer.echo(f"dmetrics score {path} {path.with_name('factors.npz')}")


class _Bar:
    """A progress bar that shows the figures of the last logged step."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress = progress
        self.task = progress.add_task("training", total=steps, figures="")

    def log(self, step: int, figures: dict[str, float]) -> None:
        shown = f"loss {figures['loss']:.1f}  KL {figures['kl']:.1f}  active {figures['active']:.0f}"
        self.progress.update(self.task, completed=step, figures=shown)


def _estimate(config: Config) -> str:
    """Return what will be trained and about how long it takes here, from the time of a few steps."""
    from time import perf_counter

    from .penalty import normalized_beta
    from .training import make_objective, seconds_per_step

    start = perf_counter()
    minutes = config.steps * seconds_per_step(config) / 60
    beta = getattr(make_objective(config), "beta", None)
    strength = ""
    if beta is not None:
        per_pixel = normalized_beta(beta, config.n_latents, config.size**2)
        strength = f", beta {beta:g} ({per_pixel:.4f} per latent and pixel)"
    return (
        f"{config.preset}: {config.objective} with {config.architecture} at {config.size} pixels{strength}, "
        f"{config.steps} steps, about {minutes:.0f} min on this machine (timed in {perf_counter() - start:.0f} s)"
    )


@encode_app.command()
def encode(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File of the latents; factors.npz comes beside it.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Images, drawn at random; all if there are fewer.")] = 10_000,
) -> None:
    """Encode images with a trained model: mean, logvar and sample, and the factors beside them.

    Example: dmetrics encode runs/b4s0 -o runs/b4s0/latents.npz
    """
    _need("encode", PyTorch="torch")
    from .encoding import encode_run

    path = encode_run(run, output, n)
    Console(stderr=True, highlight=False).print(f"wrote {path} and factors.npz beside it", markup=False)


@traverse_app.command()
def traverse(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Picture to write; reconstructions come beside it.")
    ] = None,
    across: Annotated[
        str, typer.Option(help="How far a latent moves: prior (-3 to 3) or quantiles (of its own means).")
    ] = "prior",
    steps: Annotated[int, typer.Option(help="Images in a row.")] = 9,
    image: Annotated[int, typer.Option(help="Number of the image around which latents move.")] = 0,
) -> None:
    """Draw what each latent does: a row for each, moved from left to right, the most informative first.

    Example: dmetrics traverse runs/b4s0 -o traversal.png
    """
    _need("traverse", PyTorch="torch", matplotlib="matplotlib")
    from .traversal import traverse_run

    paths = traverse_run(run, output, across=across, steps=steps, image=image)
    Console(stderr=True, highlight=False).print(f"wrote {' and '.join(map(str, paths))}", markup=False)
