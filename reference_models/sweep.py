"""Sweep: one preset trained with several values of beta and several seeds, and the comparison of the runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, replace
from os.path import lexists
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from joblib import Parallel, delayed

from disentangle_metrics.errors import DisentangleError, FileFormatError, InputError, OptionError
from disentangle_metrics.files.write import check_writable, write_text
from disentangle_metrics.options import integer

from .config import Config
from .devices import find_device
from .files import SCORES, alone_in, check_place
from .objective import OBJECTIVES
from .penalty import normalized_beta
from .runlog import LOG, read_log
from .runs import run
from .sweep_report import plot_tradeoff, summary
from .training import check_folder, make_objective, make_trainer
from .traversal import save_figure

# File in the sweep's folder with the settings that all runs share.
COMMON = "sweep.json"
TABLE, SUMMARY, PICTURE = "scores.csv", "summary.md", "tradeoff.png"
METRICS = ("mig", "sap", "sap_r2")


class Failure(NamedTuple):
    """A run that ended with an error, and the message."""

    folder: str
    message: str


class Sweep(NamedTuple):
    """Result of a sweep: a table with a row for each run that is done, and the runs that failed."""

    table: pd.DataFrame
    failures: tuple[Failure, ...]


def plan(base: Config, betas: Sequence[float], seeds: Sequence[int]) -> dict[str, Config]:
    """Return the settings of each run by the name of its folder, ``b4s0`` for beta 4 and seed 0.

    Raises
    ------
    OptionError
        If one of the runs cannot be trained; then none starts.
    """
    if not betas or not seeds:
        raise OptionError("a sweep needs one beta and one seed at least, for example --betas 1,4,16 --seeds 0,1,2.")
    if not hasattr(make_objective(base), "beta"):
        having = [name for name, kind in OBJECTIVES.items() if "beta" in kind.__dataclass_fields__]
        raise OptionError(f"a sweep goes over beta, and {base.objective} has none. Take one of {having}.")
    runs = {}
    for seed in seeds:
        for beta in betas:
            config = replace(base, seed=seed, hyperparameters={**base.hyperparameters, "beta": float(beta)})
            make_objective(config)
            runs[run_name(config)] = config
    return runs


def sweep(
    base: Config,
    betas: Sequence[float],
    seeds: Sequence[int],
    folder: Path,
    *,
    jobs: int = 1,
    resume: bool = False,
    device: str = "cpu",
) -> Sweep:
    """Train a model for each beta and seed, each in a separate folder, and compare all runs of the sweep's folder.

    Parameters
    ----------
    base : Config
        All settings except beta and the seed.
    betas : sequence of float
    seeds : sequence of int
    folder : path
        The sweep's folder: it gets a folder for each run, ``scores.csv``, ``summary.md`` and ``tradeoff.png``.
    jobs : int, default 1
        Number of runs at a time, each with one thread. joblib starts the runs, by any of its backends.
    resume : bool, default False
        Continue a sweep that was interrupted, or add values of beta and seeds: finished runs are not repeated.
    device : str, default "cpu"
        See :func:`.training.train`.

    Returns
    -------
    Sweep
        A run that fails does not stop the others.

    Raises
    ------
    OptionError, InputError, FileFormatError
    """
    # A worker process may have another working folder, where a relative path would be another place.
    folder = folder.resolve()
    base = base if base.data is None else replace(base, data=str(Path(base.data).resolve()))
    runs = plan(base, betas, seeds)
    parallel = Parallel(n_jobs=integer("jobs", jobs, 1), return_as="generator_unordered")
    with alone_in(folder):
        check_sweep(base, runs, folder, resume=resume, device=device)
        if not (folder / COMMON).exists():
            write_text(folder / COMMON, json.dumps(_common(base), indent=2) + "\n")
        todo = [name for name in runs if not (folder / name / SCORES).exists()]
        failures = []
        try:
            for failure in parallel(delayed(_run)(runs[name], folder / name, device) for name in todo):
                failures += [failure] if failure is not None else []
        except BrokenProcessPool:
            raise InputError(
                "the process of a run was ended from outside, as happens when memory runs out. Use fewer jobs, and "
                "continue with resume: finished runs are kept."
            ) from None
        table = collect(folder)
        if len(table):
            write_report(table, base, folder)
    return Sweep(table, tuple(sorted(failures)))


def check_sweep(
    base: Config, runs: Mapping[str, Config], folder: Path, *, resume: bool = False, device: str = "cpu"
) -> None:
    """Raise the errors of :func:`sweep` about its folder and the files in it, before any work."""
    make_trainer(base, find_device(device))
    check_place(folder)
    path, made = folder / COMMON, [folder / name for name in (TABLE, SUMMARY, PICTURE)]
    if not path.exists():
        if found := [file.name for file in made if lexists(file)]:
            raise OptionError(
                f"{folder} is not the folder of a sweep (it has no {COMMON}), and holds {', '.join(found)}, which a "
                "sweep would replace. Name another folder."
            )
    elif not resume:
        raise OptionError(f"{folder} holds a sweep already. Go on with it (resume), or name another folder.")
    elif changed := _changes(_common(base), path):
        raise OptionError(f"{folder} holds a sweep with another {', '.join(changed)}. Name another folder.")
    else:
        for file in made:
            check_writable(file)
        collect(folder)
    for name, config in runs.items():
        check_folder(config, folder / name, resume=True)


def _common(base: Config) -> dict[str, Any]:
    """Return the settings that all runs of a sweep share, as values read from JSON."""
    values = asdict(base)
    values["hyperparameters"].pop("beta", None)
    del values["seed"]
    shared: dict[str, Any] = json.loads(json.dumps(values))
    return shared


class _Parent:
    """Logger that ends a run if its sweep has ended; otherwise the next sweep would find the folder in use."""

    def __init__(self) -> None:
        self._process = os.getppid()

    def log(self, step: int, figures: dict[str, float]) -> None:
        """Raise InputError if the parent process has ended."""
        if os.getppid() != self._process:
            raise InputError("the sweep that this run belongs to has ended. Go on with resume.")

    def close(self) -> None:
        """Do nothing."""


def _run(config: Config, folder: Path, device: str) -> Failure | None:
    try:
        run(config, folder, resume=True, loggers=[_Parent()], device=device)
    except DisentangleError as error:
        return Failure(folder.name, str(error))
    return None


def steps_done(folder: Path) -> int:
    """Return the last step in the log of a run, 0 before the first."""
    entries = read_log(folder / LOG)
    return int(entries[-1]["step"]) if entries else 0


def collect(folder: Path) -> pd.DataFrame:
    """Return the table of a sweep: a row for each run that is done, sorted by beta and seed.

    Columns: ``run``, ``beta``, ``normalized_beta``, ``seed``, ``training_loss``, ``reconstruction``, ``kl`` (nats per
    image), ``active`` latents, ``mig``, ``sap``, ``sap_r2``, and the signature of each score.
    """
    rows = [_row(path.parent) for path in sorted(folder.glob(f"b*s*/{SCORES}")) if _belongs(path.parent)]
    table = pd.DataFrame(rows)
    return table.sort_values(["beta", "seed"], ignore_index=True) if rows else table


def _belongs(folder: Path) -> bool:
    """Return whether a folder is a run of its sweep; a copy with another name is not.

    Raises
    ------
    OptionError
        If it has the name of a run but other settings than the sweep.
    """
    config = Config.load(folder / "config.json")
    if "beta" not in config.hyperparameters or folder.name != run_name(config):
        return False
    if changed := _changes(_common(config), folder.parent / COMMON):
        raise OptionError(f"{folder} is a run with another {', '.join(changed)} than its sweep. Move it elsewhere.")
    return True


def run_name(config: Config) -> str:
    """Return the name of a run's folder in a sweep."""
    return f"b{config.hyperparameters['beta']:.10g}s{config.seed}"


def _changes(common: dict[str, Any], path: Path) -> list[str]:
    """Return the names of settings that differ from those in a sweep's file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [name for name in common if found.get(name) != common[name]]
    except (OSError, ValueError, AttributeError) as error:
        raise FileFormatError(f"{path} cannot be read: {error}") from None


def _row(folder: Path) -> dict[str, Any]:
    config = Config.load(folder / "config.json")
    path = folder / SCORES
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        scores, model = found["scores"], found["model"]
        measured = {name: model[name] for name in ("training_loss", "reconstruction", "kl", "active")}
        values = {name: scores[name]["value"] for name in METRICS}
        signatures = {f"{name}_signature": scores[name]["signature"] for name in METRICS}
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(f"{path} cannot be read: {error!r}. Delete it, and go on with resume.") from None
    beta = float(config.hyperparameters["beta"])
    strength = normalized_beta(beta, config.n_latents, config.size**2)
    return {
        "run": folder.name, "beta": beta, "normalized_beta": strength, "seed": config.seed,
        **measured, **values, **signatures,
    }  # fmt: skip


def write_report(table: pd.DataFrame, base: Config, folder: Path) -> None:
    """Write a sweep's table, its summary and its picture."""
    write_text(folder / TABLE, table.to_csv(index=False))
    write_text(folder / SUMMARY, summary(table, base))
    save_figure(plot_tradeoff(table), folder / PICTURE)
