"""Compiled code on disk: damaged in every way that a full disk, a broken copy or a stranger's hand can damage it."""

import json
import os
import pickle
import subprocess
import sys

import pytest
from conftest import ROOT

import disentangle_metrics as dm
from disentangle_metrics.kernels import dispatch

# The smallest kernel is compiled once; then its files are damaged, each time for a module that is loaded again.
SCRIPT = """
import importlib, json, shutil, sys, warnings
from pathlib import Path
import numpy as np
import disentangle_metrics as dm
from disentangle_metrics.kernels import dispatch
from disentangle_metrics.kernels.columns import unique
from disentangle_metrics.kernels.fast import compiling, unique as compiled

x = np.random.default_rng(0).integers(9, size=(64, 2))
coded = lambda: [code.tolist() for code, _, _ in unique.offsets(x)]
expected = (x - x.min(axis=0)).T.tolist()
dispatch._TO_LOAD = 0


def use(backend):
    importlib.reload(compiled)
    for cached in (dispatch._compiled, dispatch._warn_once):
        cached.cache_clear()
    dispatch._Compiled.problem = ""
    with warnings.catch_warnings(record=True) as caught, dm.config.using(backend=backend):
        warnings.simplefilter("always")
        try:
            right = [coded(), coded()] == [expected, expected]
        except dm.MissingDependencyError as error:
            return str(error)
    return right, [str(warning.message) for warning in caught]


def full(*args):
    raise OSError(28, "No space left on device")


def denied(*args):
    raise PermissionError(13, "Permission denied")


files, results = compiling._Files, {}
files._save_data, save = full, files._save_data
results["full disk"] = use("fast"), use("fast")
files._save_data = save
results["whole"] = use("fast"), use("fast")
folder = Path(compiled._walk._cache.cache_path)
(index,), (code,) = folder.glob("unique._walk*.nbi"), folder.glob("unique._walk*.nbc")
whole = {index: index.read_bytes(), code: code.read_bytes()}
for name, (kind, content) in json.loads(sys.argv[1]).items():
    file = {"nbi": index, "nbc": code}[kind]
    file.unlink()
    if content is None:
        file.mkdir()
    elif content.startswith("cut "):
        file.write_bytes(whole[file][: int(content[4:])])
    elif content == "middle":
        middle = len(whole[file]) // 2
        file.write_bytes(whole[file][:middle] + bytes(512) + whole[file][middle + 512 :])
    elif content.startswith("version "):
        file.write_bytes(whole[file][: whole[file].index(b".", 20) + 1] + bytes.fromhex(content[8:]))
    else:
        file.write_bytes(bytes.fromhex(content))
    results[name] = use("auto"), use("fast")
    file.rmdir() if file.is_dir() else file.unlink()
    for path, data in whole.items():
        path.write_bytes(data)
files._load_index, read = denied, files._load_index
results["denied"] = use("auto"), use("fast")
files._load_index = read
results["mended"] = use("auto"), use("fast")
results["folder"] = str(folder)
print(json.dumps(results))
"""

DAMAGES = {
    "empty index": ("nbi", ""),
    "index cut in its first bytes": ("nbi", "cut 5"),
    "index cut": ("nbi", "cut 300"),
    "index of junk": ("nbi", b"\x93junk of no kind".hex()),
    "index that is text": ("nbi", b"<html>not found</html>".hex()),
    "index of something else": ("nbi", "version " + pickle.dumps(5).hex()),
    "index of three things": ("nbi", "version " + pickle.dumps((1, 2, 3)).hex()),
    "index that names a module that is missing": ("nbi", "version " + b"cno_such_module\nname\n.".hex()),
    "a folder in place of the index": ("nbi", None),
    "empty code": ("nbc", ""),
    "code cut": ("nbc", "cut 1000"),
    "code of which the last byte is missing": ("nbc", "cut -1"),
    "code with a hole": ("nbc", "middle"),
    "code that is another pickle": ("nbc", pickle.dumps({"a": 1}).hex()),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, json.dumps(DAMAGES)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("damage", [*DAMAGES, "denied"])
def test_numpy_goes_on_where_compiled_code_is_damaged_and_says_so_once(results, damage):
    (right, said), _ = results[damage]
    assert right
    (note,) = said
    assert note.startswith("numba is installed and does not work here, so numpy computes instead: the compiled code")
    assert results["folder"] in note


@pytest.mark.parametrize("damage", [*DAMAGES, "denied"])
def test_damaged_code_is_an_error_where_it_was_asked_for(results, damage):
    _, error = results[damage]
    assert f"Delete the files *.nbi and *.nbc in {results['folder']}" in error
    assert "NUMBA_CACHE_DIR" in error


def test_code_that_cannot_be_kept_is_used_all_the_same(results):
    for right, said in results["full disk"]:
        assert right
        assert len(said) == 1
        assert "No space left on device" in said[0]
        assert results["folder"] in said[0]


def test_files_that_are_whole_again_are_used(results):
    assert results["whole"] == results["mended"] == [[True, []]] * 2


@pytest.fixture
def damaged(monkeypatch):
    """A kernel whose compiled twin fails with an error of our choice."""
    monkeypatch.setattr(dispatch, "_installed", lambda: True)
    monkeypatch.setattr(dispatch, "_problem", lambda module: "")
    monkeypatch.setattr(dispatch, "_TO_LOAD", -1)
    monkeypatch.setattr(dispatch._Compiled, "problem", "")
    dispatch._warn_once.cache_clear()
    calls = []

    def make(error):
        def twin(x):
            calls.append(x)
            raise error

        monkeypatch.setattr(dispatch, "_compiled", lambda module, name: twin)

        @dispatch.swappable(saves=1)
        def kernel(x):
            return "numpy"

        return kernel, calls

    yield make
    dispatch._warn_once.cache_clear()


def test_damaged_code_is_not_tried_again(damaged):
    kernel, calls = damaged(dispatch.DamagedCacheError("cut short"))
    with dm.config.using(backend="auto"):
        with pytest.warns(dm.errors.DisentangleWarning, match="numpy computes instead: cut short"):
            assert kernel(1) == "numpy"
        assert kernel(2) == "numpy"
    assert calls == [1]


@pytest.mark.parametrize("backend", ["auto", "fast"])
def test_a_fault_of_a_kernel_is_not_taken_for_damage(damaged, backend):
    kernel, _ = damaged(TypeError("our fault"))
    with dm.config.using(backend=backend), pytest.raises(TypeError, match="our fault"):
        kernel(1)


@pytest.mark.parametrize("error", [ImportError, OSError, AttributeError])
def test_whatever_stops_numba_from_being_imported_is_its_problem(monkeypatch, error):
    def refuse(name):
        raise error(f"no {name}")

    monkeypatch.setattr(dispatch, "import_module", refuse)
    assert dispatch._problem.__wrapped__("unique") == "no numba"
