"""Files that get faults, and the tests that could find each: tests of the module, and tests that import it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = "disentangle_metrics"
# Rooms that compute numbers, with all rooms inside; compiled kernels and plots are left out.
_ROOMS = ("kernels", "data", "reductions", "statistics", "debiasing", "metrics", "scores", "uncertainty", "analysis")
_LEFT = ("kernels/fast", "data/arrays", "data/checks")
# Further tests of a module, beside tests with its name and tests that import it; a star stands for any letters.
_TESTS = {
    "estimators": ("metrics/test_mig_without_bins",),
    "binned_information": ("metrics/test_mig", "metrics/test_mig_bins"),
    "estimated_information": ("metrics/test_mig_without_bins",),
    "predictability": ("metrics/test_sap", "metrics/test_circular_and_ordinal", "reductions/test_halves"),
    "shares": ("metrics/test_mig", "metrics/test_mig_without_bins"),
    "latent_groups": ("metrics/test_latent_groups",),
    "multivariate": ("metrics/test_latent_groups",),
    "tuning": ("metrics/test_sap_options", "kernels/probes/test_counting_probes"),
    "factors_by_kind": ("metrics/test_circular_and_ordinal",),
    "mig": ("reductions/test_halves",),
    "representation": ("data/test_bad_*", "data/test_weights"),
    "classifiers": ("data/test_weights",),
    "joint_counts": ("data/test_weights",),
    "recipe": ("uncertainty/test_*", "test_newcomers"),
    "settle": ("uncertainty/test_*", "test_newcomers"),
    "resampled_counts": ("uncertainty/test_*", "analysis/test_comparison"),
    "jackknife": ("uncertainty/test_*",),
    "counted_gaps": ("uncertainty/test_*",),
    "predicted_gaps": ("uncertainty/test_*",),
}
# Number of further test files, the nearest by imports first.
_FURTHER = 5
# Rooms of files, processes and pages, whose tests take long and check no number.
_PAGES = ("batch", "benchmarks", "cli", "docs", "reference_models")


def modules(root: Path) -> list[str]:
    """Return the files that get faults, as paths from the root."""
    paths = [path for room in _ROOMS for path in sorted((root / PACKAGE / room).rglob("*.py"))]
    files = [path.relative_to(root).as_posix() for path in paths]
    numeric = [file for file in files if not file.removeprefix(f"{PACKAGE}/").startswith(_LEFT)]
    return [file for file in numeric if Path(file).stem != "plot"]


def in_turn(root: Path, file: str) -> list[list[str]]:
    """Return the test files of a module in the order of the runs: its doctests and the tests with its name first."""
    named = _named(root, file)
    others = [*own_tests(root, file), *further_tests(root, file)]
    return [[file, *named], [test for test in others if test not in named]]


def own_tests(root: Path, file: str) -> list[str]:
    """Return the test files of a module: tests with its name or of its room, and tests that import it."""
    return _own_tests(root, file) or further_tests(root, file)


@cache
def _own_tests(root: Path, file: str) -> list[str]:
    path = Path(file)
    own = _named(root, file) or _of_room(root, file, "") or _of_room(root, str(path.parent), path.parent.name)
    tests = root / "tests"
    own += [f"tests/{test.relative_to(tests)}" for name in _TESTS.get(path.stem, ()) for test in _matches(tests, name)]
    own += [test for test in _tests(root) if _module(file) in _imported(root, test)]
    return list(dict.fromkeys(own))


def _named(root: Path, file: str) -> list[str]:
    return _of_room(root, file, Path(file).stem)


def _of_room(root: Path, file: str, stem: str) -> list[str]:
    room = root / "tests" / Path(file).parent.relative_to(PACKAGE)
    return [test.relative_to(root).as_posix() for test in _matches(room, f"test_{stem}*")]


def _matches(folder: Path, name: str) -> list[Path]:
    return sorted(folder.glob(f"{name}.py"))


def further_tests(root: Path, file: str) -> list[str]:
    """Return a few more test files that import a module indirectly, the nearest first."""
    far = {test: _steps(root, test).get(_module(file)) for test in _tests(root) if test not in _own_tests(root, file)}
    near = sorted((steps, (root / test).stat().st_size, test) for test, steps in far.items() if steps)
    return [test for *_, test in near[:_FURTHER]]


@cache
def _tests(root: Path) -> list[str]:
    tests = [test.relative_to(root) for test in (root / "tests").rglob("test_*.py")]
    return sorted(test.as_posix() for test in tests if test.parts[1] not in _PAGES)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def _steps(root: Path, file: str) -> dict[str, int]:
    """Return the modules that a file imports, directly or not, with the number of imports between."""
    steps: dict[str, int] = {}
    edge, step = _imported(root, file), 1
    while edge:
        steps |= dict.fromkeys(edge, step)
        inner = {further for name in edge for further in _imported(root, _file(root, name))}
        edge, step = frozenset(inner - set(steps)), step + 1
    return steps


@cache
def _imported(root: Path, file: str) -> frozenset[str]:
    """Return the modules of the package that a file imports; a public name of the package counts as its module."""
    package = Path(file).parts[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            outer = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*outer, *([node.module] if node.module else [])])
            inner = [f"{base}.{alias.name}" for alias in node.names]
            names |= {base, *inner, *(f"{base}.metrics.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return frozenset(name for name in names if name.startswith(f"{PACKAGE}.") and _file(root, name))


def _file(root: Path, name: str) -> str:
    path = Path(*name.split("."))
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if (root / file).is_file()]
    return str(found[0]) if found else ""
