"""Time of a whole study by ``dmetrics batch``: ``python -m benchmarks.study [--files 500] [--jobs 2]``.

Locatello et al. 2019 trained 12,600 models, so a study here is 12,600 files of 10,000 x 10 x 5.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import numpy as np

from .data import make_case

N_MODELS = 12_600
SHAPE = (10_000, 10, 5)


def study(
    n_files: int = 500, jobs: int = 2, backend: str = "numpy", shape: tuple[int, int, int] = SHAPE
) -> dict[str, Any]:
    """Return the time that ``dmetrics batch`` takes to score files of latents by MIG and SAP.

    Parameters
    ----------
    n_files : int, default 500
        Number of files, each with other latents; one file of factors serves all.
    jobs : int, default 2
        Number of processes that score.
    backend : str, default "numpy"
        Backend of ``disentangle_metrics.runtime.config``.
    shape : tuple of int
        Rows, latents and factors.

    Returns
    -------
    dict
        ``files``, ``jobs``, ``backend``; ``seconds`` of the command from start to end, and ``cpu_seconds`` of all its
        processes; and both in proportion for 12,600 files: ``study_seconds``, ``study_cpu_seconds``.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case = make_case(*shape)
        np.savez(folder / "factors.npz", factors=case.factors)
        rng = np.random.default_rng(0)
        for i in range(n_files):
            noise = rng.standard_normal(case.latents.shape, dtype=np.float32)
            np.savez(folder / f"latents{i:05}.npz", latents=case.latents + np.float32(0.1) * noise)
        seconds, cpu_seconds = _timed(folder, jobs, backend)
        scored = len((folder / "scores.jsonl").read_text(encoding="utf-8").splitlines())
    assert scored == n_files
    return {
        "files": n_files,
        "jobs": jobs,
        "backend": backend,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "study_seconds": seconds * N_MODELS / n_files,
        "study_cpu_seconds": cpu_seconds * N_MODELS / n_files,
    }


def _timed(folder: Path, jobs: int, backend: str) -> tuple[float, float]:
    """Return clock seconds and processor seconds of the command."""
    command = [sys.executable, "-c", "from disentangle_metrics.cli import main; main()", "batch", "latents*.npz"]
    command += ["--factors", "factors.npz", "-o", "scores.jsonl", "--jobs", str(jobs)]
    environment = {**os.environ, "DISENTANGLE_METRICS_BACKEND": backend}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # the command runs this code
    start, before = perf_counter(), os.times()
    subprocess.run(command, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL)
    seconds, after = perf_counter() - start, os.times()
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    return seconds, spent


@click.command
@click.option("--files", default=500, show_default=True, help="Number of files.")
@click.option("--jobs", default=2, show_default=True, help="Number of processes that score.")
@click.option("--backend", default="numpy", show_default=True, help="auto, fast or numpy.")
def main(files: int, jobs: int, backend: str) -> None:
    """Measure a study and print it."""
    for name, value in study(files, jobs, backend).items():
        click.echo(f"{name:18} {value:.1f}" if isinstance(value, float) else f"{name:18} {value}")


if __name__ == "__main__":
    main()
