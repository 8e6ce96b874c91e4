"""Costs besides the time of a call: memory, imports, the shell; and the growth of time with the size."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from disentangle_metrics import config, mig, sap

from .data import make_case
from .subjects import backends, subjects
from .timing import interleaved


def peak_memory(call: Callable[[], Any]) -> float:
    """Return the largest number of megabytes that a call allocates at a time."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def memory(shapes: list[tuple[int, int, int]]) -> list[tuple[str, str, float, dict[str, float]]]:
    """Return case, metric, megabytes of the inputs, and megabytes added by each backend."""
    rows = []
    for case in (make_case(*shape) for shape in shapes):
        inputs = (case.latents.nbytes + case.factors.nbytes) / 1e6
        for subject in subjects():
            added = {}
            for backend in backends():
                with config.using(backend=backend, threads=1):
                    subject.ours(make_case(1000, 2, 5))  # imports of the first call do not count
                    added[backend] = peak_memory(lambda subject=subject, case=case: subject.ours(case))
            rows.append((case.name, subject.name, inputs, added))
    return rows


def exponents(repeats: int) -> list[tuple[str, str, float]]:
    """Return metric, the size that grows, and the power of this size in processor time."""
    grown: dict[str, list[tuple[int, int, int]]] = {
        "rows": [(n, 10, 5) for n in (30_000, 100_000, 300_000)],
        "latents": [(10_000, d, 5) for d in (16, 32, 64)],
        "factors": [(10_000, 20, k) for k in (5, 10, 20)],
    }
    rows = []
    for metric, call in (("MIG", mig), ("SAP, logistic", sap)):
        for axis, (what, shapes) in enumerate(grown.items()):
            cases = [make_case(*shape) for shape in shapes]
            calls = {case.name: (lambda case=case, call=call: call(case.latents, case.factors)) for case in cases}
            with config.using(backend="numpy"):
                timings = interleaved(calls, repeats=repeats, patience=60.0)
            sizes = [shape[axis] for shape in shapes]
            seconds = [timings[case.name].seconds for case in cases]
            rows.append((metric, what, float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])))
    return rows


# A command that does nothing: the cost of any command line with click.
_NOTHING = """
import numpy, click, rich
@click.group()
@click.option('--debug', is_flag=True)
def app(debug): pass
@app.command()
@click.argument('first')
@click.option('--second', default=0)
def nothing(first, second): pass
import sys
sys.argv = ['app', 'nothing', 'x', '--second', '1']
app()
"""


def shell(repeats: int) -> dict[str, float]:
    """Return median processor seconds of whole processes, interleaved: imports, and commands that score a file."""
    case = make_case(10_000, 10, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "latents.npz", latents=case.latents)
        np.savez(folder / "factors.npz", factors=case.factors)
        run = "import sys; from disentangle_metrics.cli import main; sys.argv = ['dmetrics', {}]; main()"
        files = f"{str(folder / 'latents.npz')!r}, {str(folder / 'factors.npz')!r}"
        commands = {
            "import numpy, click, rich": "import numpy, click, rich",
            "a click command that does nothing": _NOTHING,
            "import disentangle_metrics": "import disentangle_metrics",
            "dmetrics --help": run.format("'--help'"),
            "dmetrics score": run.format(f"'score', {files}"),
            "dmetrics score -m mig": run.format(f"'score', {files}, '-m', 'mig'"),
        }
        times: dict[str, list[float]] = {command: [] for command in commands}
        for _ in range(repeats + 1):
            for command, code in commands.items():
                times[command].append(_process_seconds(code))
    return {command: median(seconds[1:]) for command, seconds in times.items()}  # the first round fills the disk cache


def _process_seconds(code: str) -> float:
    # Python keeps compiled modules, as in an installed package.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = _children()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environment)
    return _children() - before


def _children() -> float:
    """Return processor seconds of all child processes that have ended, to the microsecond."""
    import resource  # Windows has no such module

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
