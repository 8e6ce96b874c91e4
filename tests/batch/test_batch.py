"""Many files: the table they make, runs that are stopped and go on, files that fail, workers of every kind."""

import importlib.machinery
import json
import os
import signal
import subprocess
import sys
import time
import types
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from joblib._parallel_backends import ThreadingBackend
from joblib.externals import loky
from shell import offered

import disentangle_metrics as dm
from disentangle_metrics import (
    Circular,
    DegenerateFactorWarning,
    DisentangleError,
    DisentangleWarning,
    FileFormatError,
    InputError,
    MissingDependencyError,
    MissingFileError,
    OptionError,
    ShapeError,
    UnknownMetricError,
    evaluate,
    load_representation,
    mig,
    score_many,
)
from disentangle_metrics.batch import Batch, worker
from disentangle_metrics.batch.journal import Journal
from disentangle_metrics.batch.table import FORMS
from disentangle_metrics.cli.app import app

COMMAND = [sys.executable, "-c", "from disentangle_metrics.cli import main; main()"]
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200", "FORCE_COLOR": None}
N = 6


def batch(*args):
    return CliRunner().invoke(app, ["batch", *map(str, args)], env=PLAIN, prog_name="dmetrics")


def make_runs(folder, n_files, n_rows=120):
    """Write run folders, each with latents that no other run has, and factors for all."""
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(n_rows) % 3, np.arange(n_rows) // 3 % 2], axis=1)
    np.savez(folder / "factors.npz", factors=v, factor_names=["shape", "pos_x"])
    for i in range(n_files):
        run = folder / f"run{i:03}"
        run.mkdir()
        noise = rng.normal(size=(n_rows, 3))
        np.savez(run / "latents.npz", mean=noise + [i, 1, 0] * v[:, [0, 1, 1]], sample=noise)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Six runs in the working directory, and one file of factors."""
    make_runs(tmp_path, N)
    monkeypatch.chdir(tmp_path)
    return [f"run{i:03}/latents.npz" for i in range(N)]


ARGS = ("run*/latents.npz", "--factors", "factors.npz", "-m", "mig")


@pytest.fixture
def loads(monkeypatch):
    """The files that are read, in this process."""
    seen = []

    def load(task, without_factors, load=worker._load):
        seen.append(task.file)
        return load(task, without_factors)

    monkeypatch.setattr(worker, "_load", load)
    return seen


# --- what the table holds


@pytest.mark.parametrize("metrics", ["mig", ("mig", "sap")], ids=["one", "two"])
def test_a_row_says_what_evaluate_says(runs, metrics):
    table = score_many("run*/latents.npz", "factors.npz", metrics)
    for _, row in table.iterrows():
        for name, score in evaluate(load_representation(row.file, "factors.npz"), metrics=metrics).items():
            assert row[name] == score
            assert {part: row[f"{name}[{part}]"] for part in score.factor_names} == score.parts()
            assert row[f"{name}.signature"] == score.signature


def test_there_is_a_row_per_file_in_order(runs):
    table = score_many([runs[4], "run*/latents.npz", runs[4]], "factors.npz", "mig", n_jobs=2)
    assert table["file"].tolist() == [runs[4], *runs[:4], runs[5]]


def test_columns_come_in_a_fixed_order(runs):
    table = score_many(runs[0], "factors.npz", ["sap", "mig"], options={"sap": {"n_repeats": 2}})
    assert list(table) == [
        *("file", "sap", "mig", "error", "seconds"),
        *("sap[shape]", "sap[pos_x]", "sap.spread", "sap.notes", "sap.signature"),
        *("mig[shape]", "mig[pos_x]", "mig.notes", "mig.signature"),
    ]


def test_the_spread_over_splits_is_a_column(runs):
    table = score_many(runs[0], "factors.npz", "sap", options={"sap": {"n_repeats": 3}})
    expected = evaluate(load_representation(runs[0], "factors.npz"), metrics="sap", options={"sap": {"n_repeats": 3}})
    assert table["sap.spread"][0] == expected["sap"].spread


def test_settings_are_those_of_evaluate(runs):
    settings = {"protocol": "locatello2019", "options": {"mig": {"n_bins": 5}}, "factor_kinds": {"shape": "continuous"}}
    table = score_many(runs[3], "factors.npz", "mig", **settings)
    expected = evaluate(load_representation(runs[3], "factors.npz"), metrics="mig", **settings)["mig"]
    assert (table["mig"][0], table["mig.signature"][0]) == (expected, expected.signature)


def test_the_options_of_score_are_those_of_batch(runs):
    args = ["-m", "sap,mig", "--set", "mig.n_bins=5", "--set", "sap.probe.max_depth=4", "--factor-kind", "categorical"]
    batch(*runs[2:4], "--factors", "factors.npz", *args, "-o", "out.csv")
    table = pd.read_csv("out.csv")
    shown = CliRunner().invoke(app, ["score", runs[2], "factors.npz", *args, "-f", "json"], env=PLAIN)
    for name, score in json.loads(shown.stdout)["scores"].items():
        assert (table[name][0], table[f"{name}.signature"][0]) == (score["value"], score["signature"])


def test_a_key_picks_the_array_of_every_file(runs):
    table = score_many("run*/latents.npz:sample", "factors.npz", "mig")
    assert table["file"].tolist() == [f"{file}:sample" for file in runs]
    assert table["mig"][1] == mig(load_representation(f"{runs[1]}:sample", "factors.npz"))


def test_factors_lie_beside_each_file(runs):
    np.savez("run000/v.npz", factors=np.arange(120)[:, None] % 3, factor_names=["color"])
    np.savez("run001/v.npz", factors=np.arange(120)[:, None] % 2, factor_names=["size"])
    assert batch(*runs[:2], "--factors-beside", "v.npz:factors", "-m", "mig", "-o", "out.csv").exit_code == 0
    table = pd.read_csv("out.csv")
    assert table["mig"][1] == mig(load_representation(runs[1], "run001/v.npz"))
    assert table["mig[color]"].isna().tolist() == [False, True]
    assert table["mig[size]"].isna().tolist() == [True, False]


def test_factors_lie_in_each_file(tmp_path):
    for i in range(2):
        np.savez(
            tmp_path / f"{i}.npz", latents=np.random.default_rng(i).normal(size=(50, 2)), factors=np.arange(50) % 3
        )
    table = score_many(tmp_path / "*.npz", metrics="mig")
    assert table["mig"].tolist() == [mig(load_representation(tmp_path / f"{i}.npz")) for i in range(2)]


def test_latents_and_factors_of_every_kind_are_paired_as_in_score(tmp_path):
    """Named columns, a constant latent, labels that are missing, text, and a constant factor."""
    rng = np.random.default_rng(0)
    factors = pd.DataFrame({"a": ["x", "y", None, "x"] * 20, "b": rng.normal(size=80), "c": 1})
    factors.to_csv(tmp_path / "v.csv", index=False)
    pd.DataFrame({"u": rng.normal(size=80), "w": 1.0, "x": factors["b"]}).to_csv(tmp_path / "z0.csv", index=False)
    np.save(tmp_path / "z1.npy", rng.integers(5, size=(80, 4)))
    table = score_many(tmp_path / "z*", tmp_path / "v.csv")
    for i, name in enumerate(["z0.csv", "z1.npy"]):
        with pytest.warns(DegenerateFactorWarning, match="'c'"):
            report = evaluate(load_representation(tmp_path / name, tmp_path / "v.csv"))
        for metric, score in report.items():
            assert table[metric][i] == score
            assert table[f"{metric}.notes"][i] == "; ".join(score.notes)
            np.testing.assert_array_equal([table[f"{metric}[{k}]"][i] for k in "abc"], score.per_factor)


def test_rows_in_another_order_are_refused_as_in_score(tmp_path):
    table = pd.DataFrame({"a": range(9), "b": range(9)}, index=list("abcdefghi"))
    table.to_parquet(tmp_path / "z.parquet")
    table[::-1].to_parquet(tmp_path / "v.parquet")
    with pytest.warns(DisentangleWarning, match="1 of 1 files"):
        scored = score_many(tmp_path / "z.parquet", tmp_path / "v.parquet")
    assert "same row labels in another order" in scored["error"][0]


def test_latents_of_other_rows_than_the_factors_are_refused(runs):
    np.savez(runs[1], mean=np.random.default_rng(0).normal(size=(100, 3)))
    with pytest.warns(DisentangleWarning, match="1 of 6 files"):
        table = score_many("run*/latents.npz", "factors.npz", "mig")
    assert table["error"][1].startswith("ShapeError: latents has 100 samples and factors has 120")


def test_an_error_names_the_column_as_the_file_does(tmp_path):
    z = np.array([[1, 1], [2, 2], [3, np.inf]])
    pd.DataFrame(z, columns=["u", "w"]).to_csv(tmp_path / "z.csv", index=False)
    np.savez(tmp_path / "z.npz", latents=z, latent_names=["u", "w"])
    np.save(tmp_path / "v.npy", [1, 2, 3])
    with pytest.warns(DisentangleWarning, match="2 of 2 files"):
        table = score_many(tmp_path / "z.*", tmp_path / "v.npy")
    assert table["error"].str.contains("(first at row 2, column 1, 'w')", regex=False).all()


def test_factors_are_read_once_and_not_once_per_file(runs, monkeypatch):
    reads = []
    monkeypatch.setattr(worker, "read_factors", lambda spec, read=worker.read_factors: reads.append(spec) or read(spec))
    worker._kept_factors.cache_clear()
    score_many("run*/latents.npz", "factors.npz", "mig")
    assert len(reads) == 2  # once to see that they are sound, and once to work with


def test_our_warnings_are_notes_and_nothing_else(runs):
    factors = np.column_stack([np.arange(120) % 3, np.ones(120)])
    np.savez("factors.npz", factors=factors)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=2)
        assert table["mig.notes"].str.contains("single value").all()
        with joblib.parallel_config("threading"):
            score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=4)
        assert warnings.filters[0][0] == "error"


# --- forms


READ = {
    "parquet": pd.read_parquet,
    "csv": pd.read_csv,
    "json": lambda path: pd.DataFrame(json.loads(path.read_text())),
    "jsonl": lambda path: pd.DataFrame(map(json.loads, path.read_text().splitlines())),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_table(runs, form):
    np.savez(runs[2], mean=[[0.0, np.nan]] * 120)
    with pytest.warns(DisentangleWarning, match="1 of 6 files"):
        expected = score_many("run*/latents.npz", "factors.npz", "mig", output=f"out.{form}")
    found = READ[form](Path(f"out.{form}"))
    assert list(found) == list(expected)
    for name in expected:
        assert found[name].isna().tolist() == expected[name].isna().tolist()
        if expected[name].dtype == float:
            np.testing.assert_allclose(found[name].astype(float), expected[name], rtol=1e-15 if form == "csv" else 0)
        else:
            assert found[name].dropna().tolist() == expected[name].dropna().tolist()


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_says_null_and_never_nan(runs, form):
    np.savez("factors.npz", factors=np.column_stack([np.arange(120) % 3, np.ones(120)]), factor_names=["a", "b"])
    assert batch(*ARGS, "-o", f"out.{form}").exit_code == 0
    text = Path(f"out.{form}").read_text()
    assert '"mig[b]": null' in text
    assert "NaN" not in text


def test_parquet_keeps_types_where_a_column_is_empty(runs):
    batch(*ARGS, "-o", "out.parquet")
    types_ = pd.read_parquet("out.parquet").dtypes
    assert types_["error"] == types_["file"]
    assert types_["mig"] == types_["seconds"] == np.float64


def test_a_format_may_be_named(runs):
    assert batch(*ARGS, "-o", "out.txt", "--format", "csv").exit_code == 0
    assert len(pd.read_csv("out.txt")) == N


# --- files that fail


@pytest.fixture
def broken(runs, tmp_path):
    """A run that was cut short, and one that is gone."""
    path = tmp_path / runs[1]
    path.write_bytes(path.read_bytes()[:100])
    (tmp_path / runs[3]).unlink()
    (tmp_path / runs[3]).symlink_to("nowhere.npz")
    return runs


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_fails_is_a_row_and_does_not_stop_the_rest(broken, jobs):
    result = batch(*ARGS, "-o", "out.csv", "--jobs", jobs)
    table = pd.read_csv("out.csv")
    assert result.exit_code == 2
    assert table["error"].notna().tolist() == [False, True, False, True, False, False]
    assert table["mig"].isna().tolist() == table["error"].notna().tolist()
    assert "4 of 6 files are scored" in result.stderr


def test_what_failed_is_said_on_standard_error(broken):
    result = batch(*ARGS, "-o", "out.csv")
    failed = [line for line in result.stderr.splitlines() if line.startswith("failed: ")]
    assert failed[0].startswith("failed: run001/latents.npz: FileFormatError: run001/latents.npz cannot be read")
    assert failed[1].startswith("failed: run003/latents.npz: MissingFileError: run003/latents.npz is a link to nowhere")
    assert result.stdout == ""


def test_many_failures_are_not_all_printed(runs, monkeypatch):
    monkeypatch.setattr("disentangle_metrics.cli.batch._SHOWN", 2)
    np.savez("factors.npz", factors=np.arange(100) % 2)
    lines = batch(*ARGS, "-o", "out.csv").stderr.splitlines()
    assert [line[:9] for line in lines] == ["failed: r", "failed: r", "more fail", "0 of 6 fi"]


def test_failed_files_are_tried_again(broken, loads, tmp_path):
    assert "Give the same command again" in batch(*ARGS, "-o", "out.csv").stderr
    np.savez(tmp_path / broken[1], mean=np.random.default_rng(0).normal(size=(120, 3)))
    loads.clear()
    batch(*ARGS, "-o", "out.csv")
    assert loads == [broken[1], broken[3]]
    assert pd.read_csv("out.csv")["error"].notna().sum() == 1


def test_an_error_nobody_foresaw_is_a_row(runs):
    def aggregate(gaps):
        if gaps[0] > 0.2:
            raise ZeroDivisionError("by nothing")
        return 0.5

    gaps = score_many("run*/latents.npz", "factors.npz", "mig")["mig[shape]"]
    with pytest.warns(DisentangleWarning, match="could not be scored: the column error"):
        table = score_many("run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}})
    assert table["error"].notna().tolist() == (gaps > 0.2).tolist() != [False] * N
    assert table["error"].dropna().str.startswith("ZeroDivisionError: by nothing (not foreseen").all()


def test_all_good_is_exit_code_0_and_leaves_the_table_alone(runs, tmp_path):
    result = batch(*ARGS, "-o", "out.csv")
    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv"]
    assert "6 of 6 files are scored" in result.stderr
    assert "wrote out.csv" in result.stderr


# --- going on


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


def test_what_was_scored_is_not_scored_again(runs, loads):
    stop_after(2)
    assert loads == runs[:2]
    loads.clear()
    result = batch(*ARGS, "-o", "out.csv")
    assert loads == runs[2:]
    assert "2 of 6 files were scored before" in result.stderr
    found, expected = pd.read_csv("out.csv"), score_many("run*/latents.npz", "factors.npz", "mig")
    assert found["mig"].tolist() == expected["mig"].tolist()


def test_an_interrupt_writes_what_there_is(runs):
    stop_after(4)
    assert pd.read_csv("out.csv")["file"].tolist() == runs[:4]
    assert len(journal()) == 5


def test_a_line_that_was_cut_short_is_scored_again(runs, loads, tmp_path):
    stop_after(3)
    path = tmp_path / "out.csv.partial.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    loads.clear()
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0
    assert loads == runs[2:]


def test_a_run_may_be_killed_again_and_again(runs, tmp_path):
    path = tmp_path / "out.csv.partial.jsonl"
    for done in (2, 3, 4):
        stop_after(2)
        path.write_bytes(path.read_bytes()[:-20])
        assert len(pd.read_csv("out.csv")) == done
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0


@pytest.mark.parametrize("size", [0, 10])
def test_a_journal_that_was_cut_in_its_first_line_is_begun_anew(runs, tmp_path, size):
    stop_after(3)
    path = tmp_path / "out.csv.partial.jsonl"
    path.write_bytes(path.read_bytes()[:size])
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0
    assert len(pd.read_csv("out.csv")) == N


def test_a_journal_that_is_damaged_is_refused(runs, tmp_path):
    stop_after(3)
    lines = journal()
    (tmp_path / "out.csv.partial.jsonl").write_bytes(b"".join([*lines[:2], b"\0\0\n", *lines[2:]]))
    result = batch(*ARGS, "-o", "out.csv")
    assert result.exit_code == 2
    assert "out.csv.partial.jsonl is damaged in line 3" in result.stderr


@pytest.mark.parametrize("what", ["run001/latents.npz", "factors.npz"])
def test_what_has_changed_is_scored_again(runs, loads, what):
    stop_after(4)
    later = time.time() + 10
    os.utime(what, (later, later))
    loads.clear()
    batch(*ARGS, "-o", "out.csv")
    assert loads == (runs if what == "factors.npz" else [runs[1], *runs[4:]])


@pytest.mark.parametrize(
    ("args", "change"),
    [
        (["-m", "sap"], '(metrics: ["mig"], now ["mig", "sap"])'),
        (["--set", "mig.n_bins=5"], 'options.mig: null, now {"n_bins": 5}'),
        (["--protocol", "tutorial"], 'protocol: null, now "tutorial"'),
        (["--factor-kind", "continuous"], 'factor_kinds: null, now "continuous"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_settings_are_refused_and_nothing_is_lost(runs, loads, args, change):
    stop_after(2)
    before = journal()
    loads.clear()
    result = batch(*ARGS, *args, "-o", "out.csv")
    assert result.exit_code == 2
    assert change in result.stderr
    assert "out.csv.partial.jsonl holds results of other settings" in result.stderr
    assert (loads, journal()) == ([], before)


def test_results_of_another_version_are_refused(runs, monkeypatch):
    stop_after(2)
    monkeypatch.setattr("disentangle_metrics.batch.__version__", "9.9")
    assert 'now "9.9"' in batch(*ARGS, "-o", "out.csv").stderr


def test_other_factors_are_refused(runs):
    stop_after(2)
    os.link("factors.npz", "other.npz")
    assert 'factors: "factors.npz", now "other.npz"' in batch(*ARGS, "--factors", "other.npz", "-o", "out.csv").stderr


@pytest.fixture
def long_run(tmp_path):
    """Enough files to stop amid them, and the command that scores them on two processes."""
    make_runs(tmp_path, 100, 500)
    args = ["batch", *ARGS, "-o", "out.jsonl", "--jobs", "2"]
    env = {name: value for name, value in {**os.environ, **PLAIN}.items() if value is not None}

    def start():
        return subprocess.Popen(
            [*COMMAND, *args], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def wait_for(n_lines):
        deadline = time.monotonic() + 60
        path = tmp_path / "out.jsonl.partial.jsonl"
        while not path.exists() or path.read_bytes().count(b"\n") < n_lines:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return start, wait_for


def seconds(lines):
    """How long each file took: two runs never agree in it."""
    rows = [json.loads(line) for line in lines]
    rows = [row.get("result", row) for row in rows if "settings" not in row]
    return {row["file"]: row["seconds"] for row in rows}


def test_a_killed_run_goes_on_where_it_was(long_run, tmp_path):
    start, wait_for = long_run
    process = start()
    wait_for(20)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = seconds(line for line in journal(tmp_path / "out.jsonl") if line.endswith(b"\n"))
    assert 19 <= len(kept) < 100
    assert not (tmp_path / "out.jsonl").exists()
    process = start()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"{len(kept)} of 100 files were scored before" in stderr
    found = seconds((tmp_path / "out.jsonl").read_text().splitlines())
    assert len(found) == 100
    assert kept.items() <= found.items()


def test_ctrl_c_writes_the_table_and_says_what_remains(long_run, tmp_path):
    start, wait_for = long_run
    process = start()
    wait_for(20)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    done = len((tmp_path / "out.jsonl").read_text().splitlines())
    assert process.returncode == 130
    assert 19 <= done < 100
    (line,) = stderr.splitlines()
    assert line.startswith(f"{done} of 100 files are scored")
    assert f"{100 - done} remain: give the same command again to go on" in line


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0])
def test_ctrl_c_at_any_time_ends_all_and_keeps_what_is_done(long_run, tmp_path, seconds):
    start, _ = long_run
    process = start()
    await_main(process)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode in (130, 0)  # 0: all was done by then
    assert "Traceback" not in stderr
    assert "ignored" not in stderr
    assert not alive(process.pid)
    path = tmp_path / "out.jsonl"
    n_kept = len(journal(path)) - 1 if path.with_name("out.jsonl.partial.jsonl").exists() else 0
    if n_kept > 0:
        assert len(path.read_text().splitlines()) == n_kept


def await_main(process):
    """Wait until the process has come to code of ours: before, Ctrl-C is a matter of Python's."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        time.sleep(0.3)
        return
    deadline = time.monotonic() + 60
    while f"SigBlk:\t{1 << signal.SIGINT - 1:016x}" not in status.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows cannot put off Ctrl-C")
def test_ctrl_c_as_a_result_is_written_leaves_it_in_the_table_too(runs, monkeypatch):
    write = Journal.append

    def append(*args):
        write(*args)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Journal, "append", append)
    with pytest.raises(KeyboardInterrupt):
        score_many(ARGS[0], ARGS[2], "mig", output="out.csv")
    assert len(journal()) - 1 == len(pd.read_csv("out.csv")) == 1
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def alive(group):
    """Processes of a group that run, zombies left out."""
    command = ["ps", "-e", "-o", "pgid=,stat=,args="]
    deadline = time.monotonic() + 5
    while True:
        rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        found = [row for row in rows if row.split()[0] == str(group) and row.split()[1][0] != "Z"]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_two_runs_do_not_write_one_output(long_run, tmp_path):
    start, wait_for = long_run
    first = start()
    wait_for(2)
    os.killpg(first.pid, signal.SIGSTOP)
    second = start()
    _, stderr = second.communicate(timeout=60)
    os.killpg(first.pid, signal.SIGKILL)  # the lock goes with whoever holds it
    first.communicate()
    assert second.returncode == 2
    said = " ".join(stderr.split())
    assert f"another process is writing out.jsonl (process {first.pid} on " in said
    assert "since 20" in said
    assert "Wait for it or end it, or name another output." in said
    third = start()
    _, stderr = third.communicate(timeout=60)
    assert (third.returncode, len((tmp_path / "out.jsonl").read_text().splitlines())) == (0, 100)


def test_two_outputs_in_one_folder_do_not_wait_for_each_other(runs):
    with Batch(ARGS[0], ARGS[2], "mig", output=Path("a.csv")), Batch(ARGS[0], ARGS[2], "mig", output=Path("b.csv")):
        pass


def test_an_output_is_free_again_after_a_run_that_was_refused(runs):
    stop_after(2)
    assert batch(*ARGS, "--set", "mig.n_bins=5", "-o", "out.csv").exit_code == 2
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0


def test_stopping_amid_the_files_warns_of_nothing(runs):
    with joblib.parallel_config("threading"):
        results = Batch("run*/latents.npz", "factors.npz", "mig").run(2)
        next(results)
        results.close()


def test_processes_leave_ctrl_c_to_us(runs):
    def aggregate(gaps):
        return float(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))

    loky.get_reusable_executor().shutdown()
    table = score_many("run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}}, n_jobs=2)
    assert table["mig"].tolist() == [1.0] * N
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_process_that_is_killed_is_an_error_and_nothing_is_lost(runs, tmp_path):
    def aggregate(gaps):
        if gaps[0] > 0.2:
            os._exit(1)
        return 0.5

    options = {"mig": {"aggregate": aggregate}}
    with pytest.raises(DisentangleError, match=r"killed a process .* Take fewer jobs\. What was scored is kept"):
        score_many("run*/latents.npz", "factors.npz", "mig", options=options, n_jobs=2, output="out.csv")
    assert (tmp_path / "out.csv.partial.jsonl").exists() == (tmp_path / "out.csv").exists()


# --- what stops before the work


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


# --- in the shell


def test_help_names_the_options():
    shown = batch("--help").stdout
    for option in ("--factors", "--factors-beside", "--metric", "--protocol", "--set", "--factor-kind", "--output"):
        assert option in shown
    for option in ("--format", "--jobs", "--backend", "dask", ".parquet"):
        assert option in shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-m", ""], [spec.name for spec in dm.list_metrics()]),
        (["--format", ""], ["parquet", "csv", "json", "jsonl"]),
        (["--backend", ""], ["loky", "threading", "dask", "ray"]),
        (["--protocol", "lo"], ["locatello2019", "locatello2019-continuous"]),
        (["--set", "mig.n"], ["mig.n_bins=", "mig.normalizer="]),
    ],
    ids=lambda value: " ".join(value),
)
def test_the_shell_offers(words, expected):
    assert offered("batch", "z.npz", *words) == expected


# --- where the work is done


@pytest.fixture
def expected(runs):
    return score_many("run*/latents.npz", "factors.npz", "mig").drop(columns="seconds")


def assert_same(table, expected):
    pd.testing.assert_frame_equal(table.drop(columns="seconds"), expected)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_backends_agree(runs, expected, backend):
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 2, "--backend", backend).exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()


def test_dask_scores_as_one_process_does(runs, expected):
    import distributed

    with (
        distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0"),
        joblib.parallel_config("dask"),
    ):
        assert_same(score_many("run*/latents.npz", "factors.npz", "mig"), expected)


def test_the_command_line_starts_a_cluster_of_dask(runs, expected):
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 1, "--backend", "dask").exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()


@pytest.mark.parametrize(("threads", "expected"), [(None, 1), (3, 3)], ids=["not given", "given"])
def test_processes_compute_as_this_one_is_set_to(runs, threads, expected):
    def aggregate(gaps):
        from disentangle_metrics.runtime.config import config

        return {"numpy": 10.0, "fast": 20.0, "auto": 30.0}[config.backend] + config.threads

    loky.get_reusable_executor().shutdown()
    with dm.config.using(backend="numpy", threads=threads):
        table = score_many(
            "run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}}, n_jobs=2
        )
    assert table["mig"].tolist() == [10.0 + expected] * N


def test_workers_of_dask_compute_as_this_process_is_set_to(runs):
    import distributed

    def aggregate(gaps):
        from disentangle_metrics.runtime.config import config

        return 10.0 * (config.backend == "numpy") + config.threads

    with (
        distributed.Client(processes=True, n_workers=2, threads_per_worker=1, dashboard_address=":0"),
        joblib.parallel_config("dask"),
        dm.config.using(backend="numpy", threads=2),
    ):
        table = score_many("run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}})
    assert table["mig"].tolist() == [12.0] * N


def test_threads_of_this_process_leave_its_settings_alone(runs):
    with dm.config.using(backend="numpy", threads=2), joblib.parallel_config("threading"):
        score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=2)
        assert (dm.config.backend, dm.config.threads) == ("numpy", 2)


class Lists(ThreadingBackend):
    """A pool that returns lists only, as Ray's does."""

    supports_return_generator = False


def test_pools_that_return_lists_do_too(runs, expected, monkeypatch):
    monkeypatch.setattr("disentangle_metrics.batch.pool._AT_ONCE", 2)
    joblib.register_parallel_backend("lists", Lists)
    with joblib.parallel_config("lists", n_jobs=2):
        assert_same(score_many("run*/latents.npz", "factors.npz", "mig"), expected)


def test_ray_is_registered_and_used(runs, expected, monkeypatch):
    """Ray itself is not installed for the tests: what its module does is done by threads."""
    ray = types.ModuleType("ray")
    ray.__spec__ = importlib.machinery.ModuleSpec("ray", None)
    ray_joblib = types.ModuleType("ray.util.joblib")
    ray_joblib.register_ray = lambda: joblib.register_parallel_backend("ray", Lists)
    for name, module in {"ray": ray, "ray.util": types.ModuleType("ray.util"), "ray.util.joblib": ray_joblib}.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 2, "--backend", "ray").exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()


def test_groups_of_latents_and_periods_are_for_every_file(tmp_path):
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(200) % 4, np.arange(200) // 4 % 5], axis=1)
    np.savez(tmp_path / "a.npz", latents=rng.normal(size=(200, 3)), factors=v)
    out = tmp_path / "scores.jsonl"
    given = ["--latent-group", "both=z0+z1", "--latent-group", "z2", "--factor-kind", "v0=circular:3"]
    command = ["batch", str(tmp_path / "a.npz"), "-o", str(out), "-m", "mig", "--set", "mig.n_bins=3", *given]
    assert CliRunner().invoke(app, command).exit_code == 0
    row = json.loads(out.read_text().splitlines()[0])
    groups = {"both": [0, 1], "z2": [2]}
    with np.load(tmp_path / "a.npz") as arrays:
        expected = mig(arrays["latents"], v, n_bins=3, latent_groups=groups, factor_kinds={"v0": Circular(3)})
    assert row["mig"] == pytest.approx(float(expected), abs=1e-12)
