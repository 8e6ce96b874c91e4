"""Processes that are killed or get Ctrl-C, and two runs of one output."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import joblib
import pandas as pd
import pytest
from joblib.externals import loky
from runs import ARGS, N, journal, make_runs
from shell import COMMAND, PLAIN

from disentangle_metrics import DisentangleError, score_many
from disentangle_metrics.batch import Batch
from disentangle_metrics.batch.journal import Journal


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
    assert f"{100 - done} remain: repeat the same command to continue" in line


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
    with pytest.raises(DisentangleError, match=r"killed a process .* Take fewer jobs\. The results are kept"):
        score_many("run*/latents.npz", "factors.npz", "mig", options=options, n_jobs=2, output="out.csv")
    assert (tmp_path / "out.csv.partial.jsonl").exists() == (tmp_path / "out.csv").exists()
