"""The house: imports go downwards, heavy libraries are imported where they are used, files stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "disentangle_metrics"
MODULES = sorted(PACKAGE.rglob("*.py"))
# What may be imported when a module is; the command line stands on click and rich besides.
LIGHT = set(sys.stdlib_module_names) | {"numpy"}
# The one reader that needs it: of files that PyTorch wrote.
TENSORS = ("files", "tensors")
NEVER = {"torch", "jax", "tensorflow", "cupy", "polars", "xarray", "reference_models"}
# Lines of code in one file, of the package and of its tests.
LONGEST = 400

# From the ground; the rooms of one floor may use each other.
FLOORS = {
    0: {"errors", "options", "rendering", "runtime", "_version"},
    1: {"registry", "protocols", "selection"},
    2: {"kernels"},
    3: {"data", "signature"},
    4: {"reductions", "statistics", "debiasing"},
    5: {"scores"},
    6: {"metrics", "oracles", "files"},
    7: {"evaluation", "uncertainty", "rescoring"},
    8: {"analysis", "batch"},
    9: {"cli", "integrations", "__main__"},
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def ids(path):
    return str(path.relative_to(PACKAGE))


def imports(path):
    """Every import of a module: its name, whether from this package, whether it runs when the module is loaded."""
    tree = ast.parse(path.read_text())
    inner = {node for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)}
    inner |= {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for node in ast.walk(branch)
    }
    package = name_of(path) if path.name == "__init__.py" else name_of(path)[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split("."), False, node not in inner
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                yield node.module.split("."), False, node not in inner
            else:
                base = list(package[: len(package) - node.level + 1])
                found = base + (node.module.split(".") if node.module else [])
                for alias in node.names:
                    yield (found if node.module else [*base, alias.name]), True, node not in inner


def test_every_module_has_a_floor():
    assert {name_of(path)[0] for path in MODULES if name_of(path)} <= set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_go_downwards(path):
    here = name_of(path)
    if not here:  # the package itself loads names lazily
        return
    for found, inside, _ in imports(path):
        if inside and found and found[0] != here[0]:
            assert FLOOR[found[0]] <= FLOOR[here[0]], (here, found)


def needed(path):
    """The modules of this package that a module imports, also inside functions; imports for types are left out."""
    tree = ast.parse(path.read_text())
    typed = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for node in ast.walk(branch)
    }
    package = name_of(path) if path.name == "__init__.py" else name_of(path)[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and node not in typed:
            base = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
            base = tuple(part for part in base if part)
            names = {(*base, alias.name) for alias in node.names}
            yield from names & set(NAMES)
            if names - set(NAMES):
                yield base


NAMES = {name_of(path): path for path in MODULES}


def circles(needs):
    """Modules that need themselves by way of others."""

    def reached(name):
        seen, rest = set(), [*needs[name]]
        while rest:
            if (one := rest.pop()) not in seen:
                seen.add(one)
                rest += needs[one]
        return seen

    return {name for name in needs if name in reached(name)}


def test_a_circle_is_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"b", "c"}


def test_no_module_needs_itself_by_way_of_others():
    found = circles({name: set(needed(path)) - {name} for name, path in NAMES.items()})
    # `main` loads the command late, and the command takes the exit code of an interrupt from beside it
    assert found <= {("cli",), ("cli", "app")}


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_metric_imports_another(path):
    if name_of(path)[:1] == ("metrics",):
        assert not [found for found, inside, _ in imports(path) if inside and found[0] == "metrics"]


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_heavy_libraries_are_imported_where_they_are_used(path):
    allowed = LIGHT | ({"click", "rich"} if name_of(path)[:1] == ("cli",) else set())
    allowed |= {"numba"} if name_of(path)[:2] == ("kernels", "fast") else set()
    loaded = {found[0] for found, inside, at_load in imports(path) if not inside and at_load}
    assert loaded <= allowed
    never = NEVER - ({"torch"} if name_of(path) == TENSORS else set())
    assert not {found[0] for found, inside, _ in imports(path) if not inside} & never


def test_every_compiled_kernel_is_kept_in_files_that_are_checked():
    taken = {path.name for path in MODULES if "njit" in path.read_text() and path.parent.name == "fast"}
    for path in (PACKAGE / "kernels" / "fast").glob("*.py"):
        from_numba = any(found[0] == "numba" for found, inside, _ in imports(path) if not inside)
        assert from_numba == (path.name == "compiling.py")
        assert "@njit(" not in path.read_text() or "from .compiling import njit" in path.read_text()
    assert len(taken) > 10


def lines_of_code(text):
    """How many lines of a module are neither blank, nor comments, nor docstrings."""
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    lines = enumerate(text.splitlines(), 1)
    return sum(1 for i, line in lines if i not in docstrings and line.strip() and not line.strip().startswith("#"))


def test_lines_of_code_leave_out_what_is_written_for_readers():
    text = '"""Doc.\n\nMore.\n"""\n\n# why\nx = 1  # one\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""\n'
    assert lines_of_code(text) == 4


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_files_have_one_job(path):
    assert lines_of_code(path.read_text()) <= LONGEST


def test_files_of_tests_have_one_subject():
    lines = {path: lines_of_code(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    assert not {path.relative_to(ROOT).as_posix(): n for path, n in lines.items() if n > LONGEST}


# Where an error of any kind is caught and becomes a message: the shell, a file of a batch, a verb of another package.
BORDERS = {
    *{("cli/app.py", "invoke"), ("batch/worker.py", "score_file")},
    *{("cli/plugins.py", "_line"), ("cli/plugins.py", "_loaded")},
}


def caught_by(node, function=None):
    """Return what a module catches, as pairs of a function and what stands after its ``except``."""
    function = getattr(node, "name", None) if isinstance(node, ast.FunctionDef) else function
    own = [(function, ast.unparse(node.type) if node.type else "")] if isinstance(node, ast.ExceptHandler) else []
    return own + [pair for child in ast.iter_child_nodes(node) for pair in caught_by(child, function)]


def test_no_error_is_swallowed_whole():
    found = [
        (path.relative_to(PACKAGE).as_posix(), *pair)
        for path in MODULES
        for pair in caught_by(ast.parse(path.read_text()))
    ]
    assert not [each for each in found if each[2] in ("", "BaseException")]
    assert {each[:2] for each in found if "Exception" in each[2].strip("()").split(", ")} == BORDERS


def test_no_error_passes_through_a_context_manager_unseen():
    """An ``__exit__`` that returns something true swallows an error where no ``except`` is seen."""
    for path in MODULES:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name == "__exit__":
                assert not [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value], path


# What changes the filters of warnings of the whole process, and where that is safe: under a lock that every reader of
# a table holds, and in the command, around all its threads.
FILTERS = {"catch_warnings", "simplefilter", "filterwarnings", "resetwarnings", "showwarning"}
FILTERING = {
    ("files/text_tables.py", "_parse"),
    ("files/text_tables.py", "parse"),
    ("cli/console.py", "warnings_as_lines"),
}


def test_the_filters_of_warnings_are_left_to_the_user():
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                named = {getattr(part, "attr", getattr(part, "id", None)) for part in ast.walk(node)}
                found |= {(path.relative_to(PACKAGE).as_posix(), node.name)} if named & FILTERS else set()
    assert found == FILTERING
    text = "".join(path.read_text() for path in MODULES)
    assert text.count("warnings.catch_warnings()") == len({file for file, _ in FILTERING})


def test_importing_the_package_imports_numpy_at_most():
    code = "import sys, disentangle_metrics; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"numpy", "scipy", "sklearn", "pandas", "click", "rich", *NEVER}


def test_scoring_by_the_default_metrics_needs_numpy_alone():
    code = (
        "import sys, numpy as np, disentangle_metrics as dm; z = np.random.default_rng(0).integers(3, size=(50, 3)); "
        "dm.evaluate(z, z).describe(); print(*sorted(m for m in sys.modules if '.' not in m))"
    )
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"scipy", "sklearn", "pandas", "click", "rich", *NEVER}


def test_the_project_speaks_of_itself_alone():
    for path in [*MODULES, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.py")]:
        if path != Path(__file__):
            text = path.read_text()
            assert "/work/" not in text, path
            assert "../shared" not in text, path
