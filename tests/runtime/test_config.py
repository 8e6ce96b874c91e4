import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import disentangle_metrics as dm
from disentangle_metrics.kernels import dispatch
from disentangle_metrics.kernels.dispatch import swappable
from disentangle_metrics.runtime.config import Config


@pytest.fixture
def clock(monkeypatch):
    """A process whose kernels have not worked yet, on a machine where compiled code is ready."""
    monkeypatch.setattr(dispatch._Clock, "seconds", 0.0)
    monkeypatch.setattr(dispatch, "_start_up", lambda: 0.7)
    return dispatch._Clock


@pytest.fixture
def kernel(monkeypatch):
    """A kernel of numpy that says so, and a compiled one that serves numbers above 1."""
    compiled = {"which": lambda x: "fast" if x > 1 else NotImplemented}
    monkeypatch.setattr(dispatch, "_installed", lambda: True)
    monkeypatch.setattr(dispatch, "_compiled", lambda module, name: compiled[name])

    @swappable
    def which(x):
        return "numpy"

    return which


def test_the_backend_is_automatic_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("DISENTANGLE_METRICS_BACKEND", raising=False)
    assert Config().backend == "auto"


def test_the_environment_says_who_computes_and_on_how_many_threads(monkeypatch):
    monkeypatch.setenv("DISENTANGLE_METRICS_BACKEND", "numpy")
    monkeypatch.setenv("DISENTANGLE_METRICS_THREADS", "3")
    assert repr(Config()) == "Config(backend='numpy', threads=3)"


def test_threads_follow_openmp_else_the_processors(monkeypatch):
    monkeypatch.delenv("DISENTANGLE_METRICS_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert Config().threads == 5
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert Config().threads >= 1


@pytest.mark.parametrize(("name", "value"), [("backend", "numba"), ("threads", 0)])
def test_what_is_not_known_is_refused(name, value):
    with pytest.raises(dm.OptionError, match=name):
        setattr(Config(), name, value)


def test_settings_of_a_block_end_with_it():
    config = Config()
    config.backend = "numpy"
    with config.using(backend="auto", threads=2):
        assert (config.backend, config.threads) == ("auto", 2)
    assert config.backend == "numpy"


@pytest.mark.parametrize(("backend", "expected"), [("numpy", "numpy"), ("fast", "fast"), ("auto", "numpy")])
def test_the_backend_chooses_the_kernel(kernel, clock, backend, expected):
    with dm.config.using(backend=backend):
        assert kernel(2) == expected


def test_what_a_compiled_kernel_cannot_serve_goes_to_numpy(kernel):
    with dm.config.using(backend="fast"):
        assert kernel(1) == "numpy"


def test_compiled_code_is_loaded_when_numpy_has_worked_as_long_as_that_takes(kernel, clock):
    with dm.config.using(backend="auto"):
        clock.seconds = 0.6
        assert kernel(2) == "numpy"
        clock.seconds = 0.8
        assert kernel(2) == "fast"


def test_code_that_must_be_compiled_first_is_waited_for_by_long_work_only(kernel, clock, monkeypatch):
    monkeypatch.setattr(dispatch, "_start_up", lambda: 20.0)
    clock.seconds = 19.0
    with dm.config.using(backend="auto"):
        assert kernel(2) == "numpy"


def test_one_small_file_never_waits_for_compiled_code():
    code = (
        "import sys, numpy as np, disentangle_metrics as dm\n"
        "z = np.random.default_rng(0).integers(3, size=(50, 3)); dm.evaluate(z, z); print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_both_backends_are_there(example):
    numbers = []
    for backend in ("numpy", "fast"):
        with dm.config.using(backend=backend):
            numbers.append(dm.mig(example.latents, example.factors).matrix)
    assert np.array_equal(*numbers)


def test_threads_that_are_no_number_are_refused(monkeypatch):
    monkeypatch.setenv("DISENTANGLE_METRICS_THREADS", "two")
    with pytest.raises(dm.OptionError, match="DISENTANGLE_METRICS_THREADS='two'"):
        _ = Config().threads


@pytest.fixture
def broken_numba(tmp_path):
    """A process in which numba is installed and cannot be imported."""
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text('raise ImportError("numba needs an older numpy")')
    score = "dm.mig([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1], n_bins=2)"

    def run(before):
        imports = "import disentangle_metrics as dm\nfrom disentangle_metrics.kernels import dispatch\n"
        code = f"{imports}{before}\nprint({score})"
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)

    return run


def test_numpy_goes_on_where_numba_does_not_work_and_says_so_once(broken_numba):
    done = broken_numba("dm.config.backend = 'auto'; dispatch._Clock.seconds = 100.0")
    assert done.stdout == "1.0\n"
    assert done.stderr.count("numba needs an older numpy") == 1


def test_fast_where_numba_does_not_work_is_an_error_that_says_why(broken_numba):
    done = broken_numba("dm.config.backend = 'fast'")
    assert "MissingDependencyError" in done.stderr
    assert "numba needs an older numpy" in done.stderr


def test_fast_without_numba_says_how_to_install_it():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'numba' else find(name, *rest)\n"
        "import disentangle_metrics as dm\n"
        "dm.config.backend = 'fast'\n"
        "try: dm.mig([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1])\n"
        "except dm.MissingDependencyError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'disentangle-metrics[fast]'" in done.stdout


def test_both_backends_count_alike(example):
    matrices = []
    for backend in ("numpy", "fast"):
        with dm.config.using(backend=backend):
            matrices.append(dm.mig(example.latents, example.factors).matrix)
    assert np.array_equal(*matrices)
