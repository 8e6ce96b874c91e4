"""Comparisons for each metric: our public call, the usual alternatives, and lower bounds of the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from disentangle_metrics import config, mig, sap

from . import rivals
from .data import Case, make_case
from .timing import interleaved


class Subject(NamedTuple):
    """A metric with its alternatives.

    Attributes
    ----------
    name : str
    ours : callable
        The whole public call on arrays, with validation.
    rivals : mapping from name to (callable, microseconds per row and pair)
        Alternatives. The approximate cost decides the number of latents on which one is timed.
    floors : mapping from name to callable
        Lower bounds of the time.
    tolerance : float
        Largest difference between an alternative's entries and ours. Classifiers at scikit-learn's default tolerance
        are not at their optimum, and predict a few test rows differently.
    """

    name: str
    ours: Callable[[Case], Any]
    rivals: dict[str, tuple[rivals.Rival, float]]
    floors: dict[str, rivals.Rival]
    tolerance: float


def subjects() -> list[Subject]:
    """Return MIG, and SAP by its two linear probes."""
    of_mig: dict[str, tuple[rivals.Rival, float]] = {
        "notebook loop": (rivals.information_by_pairs, 0.5),
        "loop that cuts once": (rivals.information_cut_once, 0.35),
    }
    if rivals.has_disentanglement_lib():
        of_mig["disentanglement_lib"] = (rivals.information_by_disentanglement_lib, 0.35)
    floors: dict[str, rivals.Rival] = {"reading once": rivals.read_once, "counting alone": rivals.count_only}
    return [
        Subject("MIG", lambda case: mig(case.latents, case.factors), of_mig, floors, 1e-12),
        Subject(
            "SAP, linear SVM",
            lambda case: sap(case.latents, case.factors, probe="linear-svm"),
            {"scikit-learn": (rivals.svm_by_liblinear, 2.0)},
            {},
            0.005,
        ),
        Subject(
            "SAP, logistic",
            lambda case: sap(case.latents, case.factors),
            {"scikit-learn": (rivals.logistic_by_liblinear, 5.0)},
            {},
            0.005,
        ),
    ]


class Row(NamedTuple):
    """One metric on one case: our seconds by backend, and those of the others by name, scaled to all latents.

    `alone` holds the seconds of our calls that follow other work.
    """

    metric: str
    case: str
    shape: tuple[int, int, int]
    ours: dict[str, float]
    alone: dict[str, float]
    others: dict[str, float]
    shares: dict[str, float]
    difference: float


def backends() -> list[str]:
    """Return the available backends: numpy, and compiled code if numba is installed."""
    return ["numpy", "fast"] if find_spec("numba") else ["numpy"]


def measure(subject: Subject, case: Case, *, repeats: int, patience: float) -> Row:
    """Return the times of a metric by each backend on one thread, and of its alternatives; their results are compared.

    Raises
    ------
    AssertionError
        If an alternative's result differs by more than its tolerance, or backends differ by more than rounding.
    """
    n, d = case.latents.shape
    k = case.factors.shape[1]
    chosen = {name: _some(d, patience / repeats / (n * k * cost * 1e-6)) for name, (_, cost) in subject.rivals.items()}
    mine = backends()
    calls: dict[str, Callable[[], Any]] = {backend: _ours(subject, case, backend) for backend in mine}
    for name, (rival, _) in subject.rivals.items():
        calls[name] = _bound(rival, case, chosen[name])
    for name, floor in subject.floors.items():
        calls[name] = _bound(floor, case, range(d))
    for backend in mine:  # code is compiled and loaded before the clock runs
        _ours(subject, make_case(1000, 2, 5), backend)()
    timings = interleaved(calls, repeats=repeats, patience=patience, warm=n * d * k < 10_000_000)
    matrices = [np.asarray(timings[backend].answer.matrix) for backend in mine]
    if any(np.abs(matrix - matrices[0]).max() > 1e-12 for matrix in matrices):
        raise AssertionError(f"{subject.name} on {case.name}: the backends differ")
    difference = 0.0
    for name in subject.rivals:
        worst = float(np.abs(matrices[0][list(chosen[name])] - timings[name].answer).max())
        if worst > subject.tolerance:
            raise AssertionError(f"{subject.name} on {case.name}: {name} differs by {worst:g}")
        difference = max(difference, worst)
    shares = {name: len(chosen[name]) / d for name in subject.rivals}
    alone = {backend: timings[backend].alone for backend in mine}
    ours = {backend: timings.pop(backend).seconds for backend in mine}
    others = {name: timing.seconds / shares.get(name, 1.0) for name, timing in timings.items()}
    return Row(subject.name, case.name, (n, d, k), ours, alone, others, shares, difference)


def _ours(subject: Subject, case: Case, backend: str) -> Callable[[], Any]:
    def call() -> Any:
        with config.using(backend=backend, threads=1):
            return subject.ours(case)

    return call


def _some(d: int, affordable: float) -> Sequence[int]:
    """Return evenly spread latents, as many as the time allows, at least one."""
    count = int(np.clip(affordable, 1, d))
    picked: NDArray[np.intp] = np.unique(np.linspace(0, d - 1, count).astype(np.intp))
    return [int(j) for j in picked]


def _bound(rival: rivals.Rival, case: Case, latents: Sequence[int]) -> Callable[[], Any]:
    return lambda: rival(case, latents)
