"""Which files get faults, and which tests could see one: those of the module, and those that come by it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = "disentangle_metrics"
_FOLDERS = ("kernels", "kernels/entropies", "metrics", "uncertainty", "comparison")
_MODULES = ("binned", "binless", "circles", "posterior", "predictability", "selection", "shares", "units", "weights")
# The tests of modules that have no file of their own name.
_TESTS = {
    "estimators": ("metrics/test_mig_without_bins", "kernels/test_copula"),
    "origin": ("kernels/test_regression", "test_offsets"),
    "nsb": ("kernels/test_entropy",),
    "posterior": ("metrics/test_mig_posterior",),
    "shrinkage": ("kernels/test_entropy",),
    "binned": ("metrics/test_mig", "metrics/test_mig_bins"),
    "binless": ("metrics/test_mig_without_bins",),
    "circles": ("metrics/test_circular_and_ordinal",),
    "predictability": ("metrics/test_sap", "metrics/test_circular_and_ordinal", "test_selection"),
    "shares": ("metrics/test_mig", "metrics/test_mig_without_bins"),
    "units": ("metrics/test_latent_groups",),
    "joint": ("metrics/test_latent_groups",),
    "tuning": ("metrics/test_sap_options", "kernels/test_counting_probes"),
    "probes": ("metrics/test_sap_options", "metrics/test_sap", "kernels/test_weighted_probes"),
}
# So many test files besides, the nearest by imports first.
_FURTHER = 5
# Files, processes and pages, whose tests take long and look at no number.
_PAGES = "aa batch benchmarks cli coverage_table curve docs_figures explain mutants selection_page"
_LEFT_OUT = {f"tests/test_{name}.py" for name in _PAGES.split()}


def modules(root: Path) -> list[str]:
    """Return the files that get faults, as paths from the root."""
    found = [path for folder in _FOLDERS for path in sorted((root / PACKAGE / folder).glob("*.py"))]
    return [str(path.relative_to(root)) for path in [*found, *(root / PACKAGE / f"{name}.py" for name in _MODULES)]]


def own_tests(root: Path, file: str) -> list[str]:
    """Return the test files of a module: those of its name or its folder's, and those that import it."""
    path = Path(file)
    folder = path.parent.name
    at = folder if folder in ("kernels", "metrics") else "kernels" if folder == "entropies" else ""
    names = [path.stem] if at or folder == PACKAGE else [folder]
    mirror = [test for name in names for test in sorted((root / "tests" / at).glob(f"test_{name}*.py"))]
    mirror += [root / "tests" / f"{name}.py" for name in _TESTS.get(path.stem, ())]
    own = [str(test.relative_to(root)) for test in mirror]
    own += [test for test in _tests(root) if _module(file) in _imported(root, test)]
    return [test for test in dict.fromkeys(own) if test not in _LEFT_OUT]


def further_tests(root: Path, file: str) -> list[str]:
    """Return a few more test files that come by a module, the nearest first."""
    own = own_tests(root, file)
    far = {test: _steps(root, test).get(_module(file)) for test in _tests(root) if test not in own}
    near = sorted((steps, (root / test).stat().st_size, test) for test, steps in far.items() if steps)
    return [test for *_, test in near[:_FURTHER]]


@cache
def _tests(root: Path) -> list[str]:
    found = [path for folder in ("", "kernels", "metrics") for path in (root / "tests" / folder).glob("test_*.py")]
    return sorted({str(path.relative_to(root)) for path in found} - _LEFT_OUT)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def _steps(root: Path, file: str) -> dict[str, int]:
    """Return the modules of the package that a file imports, and those that they import, by how many steps."""
    steps: dict[str, int] = {}
    edge, step = _imported(root, file), 1
    while edge:
        steps |= dict.fromkeys(edge, step)
        inner = {further for name in edge for further in _imported(root, _file(root, name))}
        edge, step = frozenset(inner - set(steps)), step + 1
    return steps


@cache
def _imported(root: Path, file: str) -> frozenset[str]:
    """Return the modules of the package that a file imports; of the package's own names, the metrics and verbs."""
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
