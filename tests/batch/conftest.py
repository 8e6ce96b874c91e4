"""Runs in the working directory, and which of them are read."""

import pytest
from runs import N, make_runs

from disentangle_metrics.batch import worker


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Six runs in the working directory, and one file of factors."""
    make_runs(tmp_path, N)
    monkeypatch.chdir(tmp_path)
    return [f"run{i:03}/latents.npz" for i in range(N)]


@pytest.fixture
def loads(monkeypatch):
    """The files that are read, in this process."""
    seen = []

    def load(task, without_factors, load=worker._load):
        seen.append(task.file)
        return load(task, without_factors)

    monkeypatch.setattr(worker, "_load", load)
    return seen
