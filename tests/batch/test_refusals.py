"""Errors before the work, and the files that are left on a full disk."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from runs import ARGS, batch, journal, stop_after

from disentangle_metrics import (
    DisentangleWarning,
    FileFormatError,
    InputError,
    MissingDependencyError,
    MissingFileError,
    OptionError,
    ShapeError,
    UnknownMetricError,
    score_many,
)
from disentangle_metrics.batch import Batch


@pytest.mark.parametrize(
    ("args", "settings", "kind", "match"),
    [
        ([[]], {}, OptionError, "no file was named"),
        (["nothing/*.npz"], {}, MissingFileError, r"there is no file that matches nothing/\*\.npz"),
        ([["run000/latents.npz", "run9/latents.npz"]], {}, MissingFileError, "there is no file run9/latents.npz"),
        (["run*"], {}, FileFormatError, r"run\* names folders and no file. Name the files in them: run\*/\*\.npz"),
        (["run*/*", "factors.npz"], {"factors_beside": "v.npz"}, OptionError, "factors are named twice"),
        (["run*/*", "absent.npz"], {}, MissingFileError, "absent.npz"),
        (["run*/*", "run000/latents.npz"], {}, FileFormatError, "none is called factors"),
        (["run*/*", "cube.npy"], {}, ShapeError, r"cube\.npy: factors has shape \(2, 2, 2\)"),
        (["run*/*", "one.npy"], {}, InputError, r"one\.npy: no factor varies"),
        (["run*/*", "factors.npz"], {"factor_kinds": {"shap": "continuous"}}, OptionError, "Did you mean 'shape'"),
        (["run*/*", "factors.npz", "mug"], {}, UnknownMetricError, "Did you mean 'mig'"),
        (["run*/*", "factors.npz", "mig"], {"options": {"mig": {"n_bin": 3}}}, OptionError, "Did you mean 'n_bins'"),
        (["run*/*", "factors.npz"], {"protocol": "locatello"}, UnknownMetricError, "locatello2019"),
        (["run*/*", "factors.npz", "mig"], {"output": "no/out.csv"}, MissingFileError, "there is no folder no"),
        (["run*/*", "factors.npz", "mig"], {"output": "run000"}, OptionError, "the ending of run000 names no format"),
        (["run*/*", "factors.npz", "mig"], {"output": "dir.csv"}, FileFormatError, "dir.csv is a folder"),
        (["*.npz", "factors.npz", "mig"], {"output": "link.csv"}, OptionError, "link.csv would overwrite an input"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_arguments_stop_before_the_work(runs, loads, tmp_path, args, settings, kind, match):
    np.save("cube.npy", np.zeros((2, 2, 2)))
    np.save("one.npy", np.ones((120, 2)))
    (tmp_path / "dir.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("factors.npz")
    with pytest.raises(kind, match=match):
        score_many(*args, **settings)
    assert loads == []
    assert not list(tmp_path.glob("*.partial.jsonl"))


def test_an_output_that_cannot_be_written_stops_before_the_work(runs, loads):
    assert_refused(batch(*ARGS, "-o", "/proc/out.csv"), "/proc/.out.csv.lock cannot be written")
    assert loads == []


def assert_refused(result, text):
    assert result.exit_code == 2
    assert text in result.stderr


def test_a_bad_value_of_an_option_stops_at_the_first_file(runs, loads, tmp_path):
    assert_refused(batch(*ARGS, "--set", "mig.n_bins=1", "-o", "out.csv"), f"{runs[0]}: n_bins=1 is out of range")
    assert loads == runs[:1]
    assert not list(tmp_path.glob("out*"))


def test_a_value_that_does_not_fit_one_file_is_of_that_file(tmp_path):
    """Once a file could be scored, the settings are sound."""
    for i, n in enumerate([60, 4, 60]):
        latents = np.random.default_rng(i).normal(size=(n, 2))
        np.savez(tmp_path / f"{i}.npz", latents=latents, factors=np.arange(n) % 2)
    with pytest.warns(DisentangleWarning, match="1 of 3"):
        table = score_many(tmp_path / "*.npz", metrics="sap", options={"sap": {"cv": 5}})
    assert table["error"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--jobs", "0"], "--jobs 0 is not known"),
        (["--backend", "locky"], "Did you mean 'loky'?"),
        (["--format", "excel"], "format='excel' is not known"),
        (["--factors-beside", "v.npz"], "factors are named twice"),
        (["--backend", "ray"], "--backend ray needs ray"),
    ],
)
def test_bad_options_are_refused(runs, args, text, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert_refused(batch(*ARGS, "-o", "out.csv", *args), text)


def test_parquet_without_pyarrow_says_what_to_install(runs, monkeypatch):
    monkeypatch.setattr("disentangle_metrics.batch.table.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"writing out.parquet needs pyarrow.*\[files\]"):
        score_many("run*/*", "factors.npz", "mig", output="out.parquet")


def no_space(line):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [no_space, lambda line: len(line) - 1], ids=["none", "some"])
def test_a_full_disk_is_an_error_and_what_was_scored_is_kept(runs, write):
    stop_after(2)
    work = Batch(ARGS[0], ARGS[2], "mig", output=Path("out.csv"))
    work._journal._file = types.SimpleNamespace(write=write, close=work._journal._file.close)
    with work, pytest.raises(FileFormatError, match=r"partial\.jsonl cannot be written: (?i:no space left)"):
        list(work.run())
    assert len(journal()) == 3
