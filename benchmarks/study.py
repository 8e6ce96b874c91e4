"""A whole study, scored by ``dmetrics batch``: ``python -m benchmarks.study [--files 500] [--jobs 2] [--backend numpy]``.

Locatello et al. 2019 trained 12,600 models, and so many files of 10,000 x 10 x 5 are what a study is taken for here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import numpy as np

from .data import make_case

N_MODELS = 12_600
SHAPE = (10_000, 10, 5)
BACKENDS = ("auto", "fast", "numpy")

_BATCH = "from disentangle_metrics.cli import main; main()"


def study(n_files: int = 500, jobs: int = 2, backend: str = "numpy", shape: tuple[int, int, int] = SHAPE) -> dict[str, Any]:
    """Write files of latents, score them in a process of its own by MIG and SAP, and say how long that took.

    Parameters
    ----------
    n_files : int, default 500
        Files, each with latents of its own, and one file of factors for all.
    jobs : int, default 2
        Processes that score.
    backend : str, default "numpy"
        What ``disentangle_metrics.config`` is set to.
    shape : tuple of int
        Rows, latents and factors.

    Returns
    -------
    dict
        ``files``, ``jobs``, ``backend``, and of the command from start to end: ``seconds``, ``cpu_seconds`` of all its
        processes, and ``study_seconds``: what 12,600 files take, of which the first fourth of those measured is left
        out as start-up. Beside it ``study_cpu_seconds``.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case = make_case(*shape)
        np.savez(folder / "factors.npz", factors=case.factors)
        rng = np.random.default_rng(0)
        for i in range(n_files):
            latents = case.latents + rng.normal(0.0, 0.1, case.latents.shape).astype(np.float32)
            np.savez(folder / f"latents{i:05}.npz", latents=latents)
        few = max(n_files // 4, 1)
        some = _timed(folder, f"latents{'[0-9]' * 5}.npz", "all.csv", jobs, backend)
        first = _timed(folder, *_first(folder, few), jobs, backend)
    per_file = [(a - b) / max(n_files - few, 1) for a, b in zip(some, first, strict=True)]
    start_up = [b - few * each for b, each in zip(first, per_file, strict=True)]
    whole = [s + N_MODELS * each for s, each in zip(start_up, per_file, strict=True)]
    return {
        "files": n_files,
        "jobs": jobs,
        "backend": backend,
        "seconds": some[0],
        "cpu_seconds": some[1],
        "study_seconds": whole[0],
        "study_cpu_seconds": whole[1],
    }
