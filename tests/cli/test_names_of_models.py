"""Models are named in the shell by the part of their paths that tells them apart."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app


def save(path, v, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    codes = {key: v + 0.5 * rng.normal(size=v.shape) for key in ("mean", "sample")}
    np.savez(path, **codes)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["runs/b/latents.npz", "runs/a/latents.npz"], ["b", "a"]),
        (["./runs/b/latents.npz", "runs/a/latents.npz"], ["b", "a"]),
        (["runs/a/s0/latents.npz", "runs/b/s0/latents.npz"], ["a", "b"]),
        (["runs/a/s0/latents.npz", "runs/a/s1/latents.npz"], ["s0", "s1"]),
        (["runs/a/s0/latents.npz", "runs/b/s1/latents.npz"], ["s0", "s1"]),
        (["runs/a/s0/latents.npz", "runs/b/s0/latents.npz", "runs/b/s1/latents.npz"], ["a/s0", "b/s0", "b/s1"]),
        (["runs/a/s*/latents.npz", "runs/b/s*/latents.npz"], ["a", "b"]),
        (["runs/a/latents.npz:sample", "runs/a/latents.npz:mean"], ["sample", "mean"]),
        (["runs/a/latents.npz", "other/b.npz"], ["latents", "b"]),
        (["old=runs/a/latents.npz", "runs/b/latents.npz"], ["old", "b"]),
    ],
)
def test_models_are_named_by_what_tells_their_files_apart(tmp_path, monkeypatch, files, names):
    monkeypatch.chdir(tmp_path)
    v = np.random.default_rng(0).integers(3, size=(60, 2))
    np.savez(tmp_path / "factors.npz", factors=v)
    paths = [*(f"runs/{m}/latents.npz" for m in "ab"), *(f"runs/{m}/s{i}/latents.npz" for m in "ab" for i in "01")]
    for seed, path in enumerate([*paths, "other/b.npz"]):
        save(tmp_path / path, v, seed)
    args = ["compare", *files, "--factors", "factors.npz", "--format", "json", "--set", "mig.n_bins=4"]
    args += [] if "*" in files[0] else ["--n-boot", "20"]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (sorted(m["name"] for m in found["models"]) if "models" in found else [found["a"], found["b"]]) == names


def test_one_file_twice_is_refused(tmp_path):
    v = np.random.default_rng(0).integers(3, size=(60, 2))
    save(tmp_path / "a.npz", v, 0)
    np.savez(tmp_path / "factors.npz", factors=v)
    done = CliRunner().invoke(app, ["compare", *2 * [str(tmp_path / "a.npz")], str(tmp_path / "factors.npz")])
    assert done.exit_code == 2
    assert "NAME=FILE" in done.stderr
