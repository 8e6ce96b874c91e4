"""Folders of runs, the verb that scores them, and its journal."""

from pathlib import Path

import numpy as np
import pytest
from shell import run

from disentangle_metrics.batch import Batch

N = 6
ARGS = ("run*/latents.npz", "--factors", "factors.npz", "-m", "mig")


def batch(*args):
    return run("batch", *args)


def make_runs(folder, n_files, n_rows=120):
    """Write run folders, each with latents that no other run has, and factors for all."""
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(n_rows) % 3, np.arange(n_rows) // 3 % 2], axis=1)
    np.savez(folder / "factors.npz", factors=v, factor_names=["shape", "pos_x"])
    for i in range(n_files):
        one = folder / f"run{i:03}"
        one.mkdir()
        noise = rng.normal(size=(n_rows, 3))
        np.savez(one / "latents.npz", mean=noise + [i, 1, 0] * v[:, [0, 1, 1]], sample=noise)


def journal(output="out.csv"):
    return Path(f"{output}.partial.jsonl").read_bytes().splitlines(keepends=True)


def stop_after(n):
    """Begin a run and stop it as Ctrl-C does once n files are scored."""

    def begin():
        with Batch(ARGS[0], ARGS[2], "mig", output=Path("out.csv")) as work:
            for done, _ in enumerate(work.run(), 1):
                if done == n:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin()
