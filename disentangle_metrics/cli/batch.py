"""``dmetrics batch``: score many files of latents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import click
from rich.text import Text

from ..batch import Batch
from ..batch.table import FORMS
from ..errors import MissingDependencyError, OptionError
from ..options import choice
from ..rendering.text import listed, one_line
from . import INTERRUPTED, complete, options
from .console import stderr, warnings_as_lines

# Backends of joblib; the first is the default.
BACKENDS = ("loky", "threading", "dask", "ray")

# Number of failures that are printed one by one; a sweep may have thousands of one kind.
_SHOWN = 20


@click.command
@click.argument("latents", nargs=-1, required=True, type=options.SOURCE)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=options.TARGET,
    required=True,
    help="File of the table: .parquet, .csv, .json or .jsonl.",
)
@click.option(
    "--factors",
    metavar="FILE",
    type=options.SOURCE,
    help="One file of factors for all files. Default: each file holds its own factors.",
)
@click.option("--factors-beside", metavar="NAME", help="Name of a file of factors in the folder of each file.")
@options.scoring
@click.option(
    "--format",
    "-f",
    "format_",
    metavar="FORMAT",
    help=f"{listed(FORMS)}. Default: by the ending of -o.",
    shell_complete=options.offer(complete.one_of(FORMS)),
)
@options.jobs
@click.option(
    "--backend",
    metavar="NAME",
    help=f"Backend of joblib: {listed(BACKENDS)}. Default: {BACKENDS[0]}.",
    shell_complete=options.offer(complete.one_of(BACKENDS)),
)
def batch(
    latents: Sequence[str],
    output: Path,
    factors: str | None,
    factors_beside: str | None,
    format_: str | None,
    jobs: int,
    backend: str | None,
    **scoring: Any,
) -> int:
    """Score many files of latents into a table with a row for each.

    LATENTS are files of latents, or quoted patterns of them: 'runs/*/latents.npz'. FILE:KEY picks an array of each.

    The same command continues a run that was stopped in any way.

    A file that cannot be scored becomes a row with its error, and the exit code is 2.

    Example: dmetrics batch 'runs/*/latents.npz' --factors factors.npz -o scores.parquet --jobs 2
    """
    if jobs == 0:
        raise OptionError("--jobs 0 is not known. Use the number of processes, or -1 for one per core.")
    if str(output) == "-":
        raise OptionError("-o - is standard output, and the table of a batch needs a file: its journal is next to it.")
    if backend is not None:
        choice("--backend", backend, BACKENDS)
    chosen = options.parse_scoring(**scoring)
    work = Batch(latents, factors, **chosen, factors_beside=factors_beside, output=output, form=format_)
    console = stderr()
    if work.results:
        console.print(f"{len(work.results)} of {len(work.tasks)} files were scored before", markup=False)
    start = monotonic()
    stopped = False
    with warnings_as_lines(hide_ours=True), work:
        try:
            with workers(backend, jobs):
                _run(work, jobs)
        except KeyboardInterrupt:
            stopped = True
    console.print(_summary(work, monotonic() - start), markup=False)
    return INTERRUPTED if stopped else 2 if work.n_failed else 0


def _run(work: Batch, jobs: int) -> None:
    """Score the remaining files with a progress bar, and print each failure when it occurs."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = stderr()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        failed = 0
        bar = progress.add_task("scoring", total=len(work.tasks), completed=len(work.results))
        with closing(work.run(jobs)) as results:
            for result in results:
                progress.advance(bar)
                if result.error is None:
                    continue
                failed += 1
                if failed <= _SHOWN:
                    progress.console.print(
                        Text.assemble(("failed: ", "bold red"), one_line(f"{result.file}: {result.error}"))
                    )
                elif failed == _SHOWN + 1:
                    progress.console.print(f"more fail: see the column error of {work.output}", markup=False)


def _summary(work: Batch, seconds: float) -> str:
    done, total = len(work.results), len(work.tasks)
    text = f"{done - work.n_failed} of {total} files are scored ({seconds:.1f} s)"
    if work.n_failed:
        text += f", {work.n_failed} failed"
    if done:
        text += f"; wrote {work.output}"
    if done < total:
        text += f". {total - done} remain: repeat the same command to continue"
    elif work.n_failed:
        text += ". Repeat the same command to try the failed files again"
    return text


@contextmanager
def workers(backend: str | None, jobs: int) -> Iterator[None]:
    """Set the backend of joblib; Dask and Ray take the cluster that their environment variables name."""
    from joblib import effective_n_jobs, parallel_config

    if backend == "dask":
        _need("distributed", "dask", "pip install 'disentangle-metrics[dask]'")
        import dask
        import distributed

        address = dask.config.get("scheduler-address", None)  # DASK_SCHEDULER_ADDRESS
        local = {"n_workers": effective_n_jobs(jobs), "threads_per_worker": 1, "dashboard_address": ":0"}
        connect: Any = distributed.Client
        with connect(address) if address else connect(**local), parallel_config("dask"):
            yield
        return
    if backend == "ray":
        _need("ray", "ray", "pip install ray")
        from ray.util.joblib import register_ray

        register_ray()
    with parallel_config(backend or "loky", n_jobs=jobs):
        yield


def _need(module: str, backend: str, command: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise MissingDependencyError(f"--backend {backend} needs {module}. Install it with: {command}")
