"""Fast runs of tests that are expected to fail: libraries loaded before, quick tests first, no endless test.

Each run is forked from a process that has loaded the libraries of the tests. It records the processor seconds of each
test, and the next run begins with the quick tests. A test that takes far longer than in any earlier run ends the run.
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
# A module that is passed for its doctests has no other tests.
_OPTIONS = (
    "-x -q --tb=no -p no:cacheprovider -o python_functions=test_* -o python_classes=Test_* "
    "-W ignore::pytest.PytestAssertRewriteWarning"  # about the libraries that are loaded before
)
# Most seconds of a quick test, and of a middling test.
_QUICK, _MIDDLING = 0.05, 0.5
# A test counts as endless above this multiple of its longest time so far, and above `Haste.longest`.
_TIMES = 20


class Haste(NamedTuple):
    """Limits of a run.

    Attributes
    ----------
    seconds : Path
        File with the times of the tests.
    limit : float
        Most seconds of a run.
    longest : float
        Processor seconds that any test may take.
    slowest : float
        Seconds above which a test is left out, by its recorded time.
    examples : int
        Examples of each property.
    """

    seconds: Path
    limit: float = 300.0
    longest: float = 15.0
    slowest: float = 1e9
    examples: int = 100


def outcome_of(root: Path, tests: list[str], haste: Haste) -> tuple[str, str]:
    """Return the outcome of a copy, "killed", "survived" or "timed out", and the test that killed it or had no end."""
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
    """End a run and the processes that its tests started."""
    with suppress(ProcessLookupError):
        os.killpg(group or 0, signal.SIGKILL)


def _run(root: Path, tests: list[str], haste: Haste, tell: Connection) -> None:
    os.setsid()
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    sys.path.insert(0, str(root))
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks" and name != __name__]:
        del sys.modules[name]  # tests import the modules of the copy
    hurry = _Hurry(haste, tell)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        own = f"--basetemp={root.parent / f'temporary {os.getpid()}'}"  # every run clears the default folder
        code = pytest.main([*_OPTIONS.split(), own, *tests], plugins=[hurry])
    # 5: no test was found
    tell.send(("survived", "") if code in (0, 5) else ("killed", hurry.failed or f"exit code {int(code)}"))


class _Hurry:
    """Plugin of pytest: order and time limits of the tests, and properties with few examples and no shrinking."""

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
        items.sort(key=rank)  # stable: the tests of a file stay together, in order

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
