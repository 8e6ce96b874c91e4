"""Tests that are to fail, run in haste: with libraries loaded before, the quick ones first, and none without an end.

A run is forked off a process that has loaded the libraries which tests need. Each run notes how long its tests took,
in seconds of the processor, and the next one begins with the quick ones. A test that takes far longer than it ever
did ends the run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import pytest

_LIBRARIES = (
    "numpy pytest pandas hypothesis.extra.numpy click.testing rich.table jsonschema scipy.stats scipy.special "
    "scipy.optimize sklearn.ensemble sklearn.feature_selection sklearn.linear_model sklearn.metrics "
    "sklearn.model_selection sklearn.naive_bayes sklearn.neighbors sklearn.multiclass sklearn.svm sklearn.tree"
)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# In a module that is named for its examples, nothing is a test by its name.
_OPTIONS = (
    "-x -q --tb=no -p no:cacheprovider -o python_functions=test_* -o python_classes=Test_* "
    "-W ignore::pytest.PytestAssertRewriteWarning"  # of what is loaded before
)
# A test is quick, or middling, up to so many seconds.
_QUICK, _MIDDLING = 0.05, 0.5
# A test that takes so many times as long as it ever did, and longer than any, has no end.
_TIMES = 20


class Haste(NamedTuple):
    """How much is tried.

    Attributes
    ----------
    seconds : Path
        Where it is noted how long tests took.
    limit : float
        Seconds for a run.
    longest : float
        Seconds of the processor that any test may take.
    slowest : float
        Seconds for a test: those that are known to take longer are left out.
    examples : int
        Tries of each property.
    """

    seconds: Path
    limit: float = 300.0
    longest: float = 15.0
    slowest: float = 1e9
    examples: int = 100


def outcome_of(root: Path, tests: list[str], haste: Haste) -> tuple[str, str]:
    """Return whether a copy was killed by a test, and by which, survived them all, or timed out, and in which."""
    os.environ |= _ONE_THREAD
    processes = get_context("forkserver")
    processes.set_forkserver_preload([*_LIBRARIES.split()])
    told, tell = processes.Pipe(duplex=False)
    run = processes.Process(target=_run, args=(root, tests, haste, tell))
    run.start()
    tell.close()
    try:
        outcome = told.recv() if told.poll(haste.limit) else ("timed out", "")
    except EOFError:
        run.join()
        outcome = ("killed", f"exit code {run.exitcode}")
    _end(run.pid)
    run.join()
    return outcome


def _end(group: int | None) -> None:
    """End a run, with what its tests started."""
    with suppress(ProcessLookupError):
        os.killpg(group or 0, signal.SIGKILL)


def _run(root: Path, tests: list[str], haste: Haste, tell: Connection) -> None:
    os.setsid()
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    sys.path.insert(0, str(root))
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks" and name != __name__]:
        del sys.modules[name]  # tests import those of the copy
    hurry = _Hurry(haste, tell)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        own = f"--basetemp={root.parent / f'temporary {os.getpid()}'}"  # not the folder that all runs clear
        code = pytest.main([*_OPTIONS.split(), own, *tests], plugins=[hurry])
    # 5: there is no test
    tell.send(("survived", "") if code in (0, 5) else ("killed", hurry.failed or f"exit code {int(code)}"))


class _Hurry:
    """What pytest is told: in which order, how long, and to try properties on few examples and seek none simpler."""

    def __init__(self, haste: Haste, tell: Connection) -> None:
        self.haste, self.tell = haste, tell
        self.failed = ""
        self.seconds: dict[str, float] = {}
        for line in haste.seconds.read_text().splitlines() if haste.seconds.exists() else ():
            name, took = json.loads(line)
            self.seconds[name] = max(took, self.seconds.get(name, 0.0))

    def pytest_collection(self) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("hasty", settings(), max_examples=self.haste.examples, phases=phases)
        settings.load_profile("hasty")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        def rank(item: pytest.Item) -> int:
            took = self.seconds.get(item.nodeid, 0.0)
            return (took > _QUICK) + (took > _MIDDLING)

        items[:] = [item for item in items if self.seconds.get(item.nodeid, 0.0) <= self.haste.slowest]
        items.sort(key=rank)  # tests of a file stay together, and so do the files

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        def endless(*_: Any) -> None:
            self.tell.send(("timed out", item.nodeid))
            os._exit(1)

        known = self.seconds.get(item.nodeid, 0.0)
        signal.signal(signal.SIGPROF, endless)
        signal.setitimer(signal.ITIMER_PROF, max(self.haste.longest, _TIMES * known))
        begun = process_time()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = process_time() - begun
        if item.nodeid not in self.seconds or took > known:
            with self.haste.seconds.open("a") as file:
                file.write(json.dumps([item.nodeid, round(took, 3)]) + "\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
