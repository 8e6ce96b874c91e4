"""The verbs train, encode, traverse and sweep. PyTorch is imported when a verb runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from disentangle_metrics.errors import MissingDependencyError, OptionError
from disentangle_metrics.options import integer

from .config import OBJECTIVE_NAMES, PRESETS, Config, preset

INTERRUPTED = 130
DEVICES = ("auto", "cpu", "cuda", "mps")
TRACKERS = ("mlflow", "tensorboard", "wandb")

# A decorator of click that adds an option to a function.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _need(verb: str, **libraries: str) -> None:
    """Raise MissingDependencyError unless these modules are installed, given by the common names of the libraries."""
    for name, module in libraries.items():
        if find_spec(module) is None:
            raise MissingDependencyError(
                f"dmetrics {verb} needs {name}. Install it with: pip install 'disentangle-metrics[reference]'"
            )


def _option(*names: str, among: Iterable[str] = (), **settings: Any) -> Decorator:
    """Return an option; where its values have names, its help lists them and the tab key offers them."""
    known = tuple(among)
    if known:
        settings["help"] = f"{settings['help']} One of {', '.join(known)}."
        settings["shell_complete"] = lambda ctx, parameter, word: [name for name in known if name.startswith(word)]
    return click.option(*names, **settings)


_PATH = click.Path(readable=False, path_type=Path)

_preset = _option("--preset", "preset_", among=PRESETS, metavar="NAME", default="quick", help="Settings by name.")
_objective = _option("--objective", among=OBJECTIVE_NAMES, metavar="NAME", help="Objective to minimize.")
_set = _option(
    "--set",
    "set_",
    metavar="NAME=VALUE",
    multiple=True,
    help="A hyper-parameter of the objective, for example gamma=30; may be repeated.",
)
_steps = _option("--steps", type=int, help="Number of training steps; by default the preset's.")
_data = _option("--data", metavar="FILE", type=_PATH, help="A dSprites .npz, instead of drawn images.")
_device = _option("--device", among=DEVICES, metavar="NAME", default="cpu", help="Device to compute on.")
_precision = _option(
    "--precision", metavar="NAME", help="float32, or bfloat16: 1.5 to 2 times as fast for convolutions."
)
_run = click.argument("run", type=_PATH)


def _out(of: str) -> Decorator:
    return _option("--out", "-o", metavar="FOLDER", type=_PATH, required=True, help=f"Folder of the {of}.")


def _output(text: str) -> Decorator:
    return _option("--output", "-o", metavar="FILE", type=_PATH, help=text)


def _config(name: str, objective: str | None, set_: Sequence[str], beta: float | None = None, **changes: Any) -> Config:
    """Return a preset with the values that the command line gives."""
    given = {key: value for key, value in changes.items() if value is not None}
    if "data" in given:
        given["data"] = str(given["data"].resolve())
    if objective is not None:
        given["objective"] = objective
    return preset(name, beta=beta, hyperparameters=_pairs(set_), **given)


def _pairs(texts: Sequence[str]) -> dict[str, Any]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise OptionError(f"--set {text}: give a name and a value, for example --set gamma=30.")
        try:
            pairs[key] = json.loads(value)
        except json.JSONDecodeError:  # a word, likelihood=gaussian
            pairs[key] = value
    return pairs


@click.command
@_out("run")
@_preset
@_option("--beta", type=float, help="Weight of the KL divergence; by default that of the objective.")
@_option("--seed", type=int, default=0, help="Seed of the weights, the batches and the noise.")
@_objective
@_set
@_steps
@_data
@_option("--resume", is_flag=True, help="Continue the run in the folder.")
@_option("--threads", type=int, default=1, help="Number of threads; small networks are not faster with two.")
@_device
@_precision
@_option("--log", among=TRACKERS, metavar="NAME", multiple=True, help="Tracker for the figures; may be repeated.")
def train(
    out: Path,
    preset_: str,
    beta: float | None,
    seed: int,
    objective: str | None,
    set_: Sequence[str],
    steps: int | None,
    data: Path | None,
    resume: bool,
    threads: int,
    device: str,
    precision: str | None,
    log: Sequence[str],
) -> None:
    """Train a beta-VAE on dSprites and score its latents.

    The folder gets config.json, log.jsonl, checkpoint.safetensors, latents.npz, factors.npz, scores.json,
    traversal.png and reconstructions.png.

    Example: dmetrics train --preset quick --beta 4 --seed 0 --out runs/b4s0
    """
    _need("train", PyTorch="torch", safetensors="safetensors", matplotlib="matplotlib")
    from .checkpoint import CHECKPOINT
    from .loggers import check_loggers, make_loggers
    from .runs import run
    from .training import check_run, make_data

    config = _config(
        preset_, objective, set_, beta, seed=seed, steps=steps, data=data, precision=precision
    )  # fmt: skip
    check_loggers(log)
    check_run(config, out, resume=resume, device=device, threads=threads)
    stored = None if data is None else make_data(config)  # an error in the file shows before any work
    console = _console()
    trackers = make_loggers(log, config, out)
    with ExitStack() as stack:  # if the timing is interrupted, trackers are closed; later they are closed by the run
        for tracker in trackers:
            stack.callback(tracker.close)
        console.print(_estimate(config, device, threads), markup=False)
        stack.pop_all()
    with _resumable(console, out / CHECKPOINT, "its last checkpoint"), _progress(console) as progress:
        loggers = [_Bar(progress, config.steps), *trackers]
        evaluation = run(config, out, data=stored, resume=resume, loggers=loggers, threads=threads, device=device)
    console.print(
        f"reconstruction {evaluation.reconstruction:.1f} nats per image, KL {sum(evaluation.kl):.1f}, "
        f"{evaluation.active} of {len(evaluation.kl)} latents active",
        markup=False,
    )
    if evaluation.active == 0:
        console.print(
            "no latent is active: the model says nothing of its images, and the scores are those of noise. Train with "
            "a smaller beta, or for more steps.",
            markup=False,
        )
    click.echo(evaluation.report.describe())
    console.print(f"pictures, scores and latents are in {out}", markup=False)


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        console=console,
    )


@contextmanager
def _resumable(console: Console, path: Path, kept: str) -> Iterator[None]:
    """On an interrupt, print `kept`, if `path` exists, and the way to continue."""
    try:
        yield
    except KeyboardInterrupt:
        keeps = f"{path.parent} keeps {kept}" if path.exists() else f"{path.parent} keeps nothing of it yet"
        console.print(f"interrupted. {keeps}. The same command with --resume continues from there.", markup=False)
        raise click.exceptions.Exit(INTERRUPTED) from None


class _Bar:
    """A progress bar that shows the figures of the last logged step."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress = progress
        self.task = progress.add_task("training", total=steps, figures="")

    def log(self, step: int, figures: dict[str, float]) -> None:
        shown = f"loss {figures['loss']:.1f}  KL {figures['kl']:.1f}  active {figures['active']:.0f}"
        self.progress.update(self.task, completed=step, figures=shown)

    def close(self) -> None:
        self.progress.update(self.task, figures="")


def _estimate(config: Config, device: str, threads: int = 1, runs: int = 1, jobs: int = 1) -> str:
    """Return a line on the training and its estimated time on this machine, from the time of a few steps."""
    from time import perf_counter

    from .penalty import normalized_beta
    from .training import make_objective, seconds_per_step

    start = perf_counter()
    minutes = config.steps * seconds_per_step(config, device=device, threads=threads) / 60 * runs / min(jobs, runs)
    beta = getattr(make_objective(config), "beta", None)
    strength = ""
    if runs > 1:
        strength = f", {runs} runs, {min(jobs, runs)} at a time"
    elif beta is not None:
        per_pixel = normalized_beta(beta, config.n_latents, config.size**2)
        strength = f", beta {beta:g} ({per_pixel:.4f} per latent and pixel)"
    return (
        f"{config.preset}: {config.objective} with {config.architecture} at {config.size} pixels{strength}, "
        f"{config.steps} steps, {_about(minutes)} on this machine (timed in {perf_counter() - start:.0f} s)"
    )


def _about(minutes: float) -> str:
    if minutes < 0.75:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 100 else f"about {minutes / 60:.0f} hours"


@click.command
@_run
@_output("A .npz for latents and factors together; by default the two files of the run.")
@_option("-n", type=int, default=10_000, help="Number of random images; all if there are fewer.")
def encode(run: Path, output: Path | None, n: int) -> None:
    """Encode images with a trained model.

    RUN is the folder of a run. Mean, logvar and sample, and the factors of the same images, go into one file, which
    dmetrics score reads. Without -o, the files latents.npz and factors.npz of the run are written if they are missing.

    Example: dmetrics encode runs/b4s0 -o codes.npz -n 5000; dmetrics score codes.npz
    """
    _need("encode", PyTorch="torch", safetensors="safetensors")
    from .encoding import encode_run

    _wrote(encode_run(run, output, n))


def _wrote(paths: Iterable[Path]) -> None:
    _console().print(f"wrote {' and '.join(map(str, paths))}", markup=False)


@click.command
@_run
@_output("Picture to write, or an animation: .gif. By default the pictures of the run.")
@_option(
    "--across",
    metavar="NAME",
    default="prior",
    help="Range of a latent: prior (-3 to 3) or quantiles (of its means).",
)
@_option("--steps", type=int, default=9, help="Pictures in a row.")
@_option(
    "--image",
    type=int,
    multiple=True,
    default=[0],
    help="Number of an encoded image around which latents move; may be repeated.",
)
@_option(
    "--sort",
    metavar="NAME",
    default="kl",
    help="Order of the rows: kl, or the name of a factor to start with its most informative latents.",
)
@_option(
    "--all",
    "everything",
    is_flag=True,
    help="Draw all latents. By default only one inactive latent is drawn.",
)
@_option("--gif", is_flag=True, help="Also write an animation, PICTURE.gif, if it does not exist.")
def traverse(
    run: Path,
    output: Path | None,
    across: str,
    steps: int,
    image: Sequence[int],
    sort: str,
    everything: bool,
    gif: bool,
) -> None:
    """Draw the effect of each latent, a row for each.

    RUN is the folder of a run. The most informative latents come first. Without -o, the files traversal.png and
    reconstructions.png of the run are written if they are missing.

    Example: dmetrics traverse runs/b4s0 -o traversal.png --image 0 --image 7 --gif
    """
    _need("traverse", PyTorch="torch", safetensors="safetensors", matplotlib="matplotlib")
    from .traversal import traverse_run

    paths = traverse_run(
        run, output, across=across, steps=steps, images=list(image), sort=sort, everything=everything, gif=gif
    )
    _wrote(paths)


@click.command
@_out("sweep")
@_preset
@_option("--betas", metavar="NUMBERS", default="1,2,4,8,16", help="Values of beta, with commas between them.")
@_option("--seeds", metavar="NUMBERS", default="0,1,2", help="Seeds, with commas between them.")
@_option("--jobs", "-j", type=int, default=1, help="Number of runs at a time.")
@_objective
@_set
@_steps
@_data
@_option("--resume", is_flag=True, help="Continue the sweep in the folder, or add values of beta and seeds to it.")
@_device
@_precision
def sweep(
    out: Path,
    preset_: str,
    betas: str,
    seeds: str,
    jobs: int,
    objective: str | None,
    set_: Sequence[str],
    steps: int | None,
    data: Path | None,
    resume: bool,
    device: str,
    precision: str | None,
) -> int:
    """Train a preset over several beta and seeds.

    The folder gets a folder for each run (b4s0 is beta 4, seed 0), scores.csv, summary.md and tradeoff.png.

    Example: dmetrics sweep --preset quick --betas 1,2,4,8,16 --seeds 0,1,2 --jobs 2 --out sweep/
    """
    _need("sweep", PyTorch="torch", safetensors="safetensors", matplotlib="matplotlib")
    from .sweep import COMMON, PICTURE, SUMMARY, TABLE, check_sweep, plan
    from .sweep import sweep as run
    from .training import make_data

    base = _config(preset_, objective, set_, steps=steps, data=data, precision=precision)
    wanted, numbers = _numbers("betas", betas, float), _numbers("seeds", seeds, int)
    runs = plan(base, wanted, numbers)
    jobs = integer("jobs", jobs, 1)
    check_sweep(base, runs, out, resume=resume, device=device)
    if data is not None:  # each run reads the file for itself; here it is only checked
        make_data(base)
    console = _console()
    console.print(_estimate(next(iter(runs.values())), device, runs=len(runs), jobs=jobs), markup=False)
    steps_of_runs = [(out / name, config.steps) for name, config in runs.items()]
    with (
        _resumable(console, out / COMMON, "every run as far as it came"),
        _progress(console) as progress,
        _watching(progress, steps_of_runs),
    ):
        done = run(base, wanted, numbers, out, jobs=jobs, resume=resume, device=device)
    for failure in done.failures:
        console.print(f"error: run {failure.folder}: {failure.message}", style="red", markup=False)
    if len(done.table):
        columns = ["beta", "reconstruction", "kl", "active", "mig", "sap", "sap_r2"]
        click.echo(done.table[columns].groupby("beta").mean().round(3).to_string())
        console.print(f"means over seeds; wrote {TABLE}, {SUMMARY} and {PICTURE} to {out}", markup=False)
    return 2 if done.failures else 0


def _numbers(option: str, text: str, kind: type[float] | type[int]) -> list[Any]:
    try:
        return list(dict.fromkeys(kind(part) for part in text.split(",") if part.strip()))
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise OptionError(f"--{option} {text}: give {what} with commas between them, for example 1,2,4.") from None


@contextmanager
def _watching(progress: Progress, runs: list[tuple[Path, int]]) -> Iterator[None]:
    """Update a bar from the logs of the runs, a few times a minute, while the block runs."""
    from .files import SCORES
    from .sweep import steps_done

    task = progress.add_task("sweep", total=sum(steps for _, steps in runs), figures="")
    over = Event()

    def look() -> None:
        while not over.wait(2.0):
            finished = sum((folder / SCORES).exists() for folder, _ in runs)
            done = sum(steps_done(folder) for folder, _ in runs)
            progress.update(task, completed=done, figures=f"{finished} of {len(runs)} runs done")

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
