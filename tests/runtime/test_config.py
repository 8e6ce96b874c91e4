import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import disentangle_metrics as dm
from disentangle_metrics.kernels import dispatch
from disentangle_metrics.kernels.dispatch import swappable
from disentangle_metrics.kernels.fast import ksg, threads
from disentangle_metrics.kernels.linear.one_vs_rest import OneVsRest
from disentangle_metrics.runtime.config import Config, config

SMALL, LARGE, UNKNOWN = np.ones(100), np.ones(101), np.ones(101)


@pytest.fixture
def kernel(monkeypatch):
    """A kernel of numpy that says so, and a compiled one that pays from 101 numbers on, and cannot serve `UNKNOWN`."""
    compiled = {"which": lambda x, *more, **named: NotImplemented if x is UNKNOWN else "fast"}
    monkeypatch.setattr(dispatch, "_installed", lambda: True)
    monkeypatch.setattr(dispatch, "_problem", lambda module: "")
    monkeypatch.setattr(dispatch, "_compiled", lambda module, name: compiled[name])

    @swappable(saves=dispatch._TO_LOAD / 100)
    def which(x, *more, **named):
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


@pytest.mark.parametrize(
    ("backend", "small", "large"), [("numpy", "numpy", "numpy"), ("fast", "fast", "fast"), ("auto", "numpy", "fast")]
)
def test_the_backend_chooses_the_kernel(kernel, backend, small, large):
    with dm.config.using(backend=backend):
        assert [kernel(x) for x in (SMALL, LARGE, LARGE, SMALL)] == [small, large, large, small]


@pytest.mark.parametrize("backend", ["auto", "fast"])
def test_arguments_that_a_compiled_kernel_cannot_serve_go_to_numpy(kernel, backend):
    with dm.config.using(backend=backend):
        assert kernel(UNKNOWN) == "numpy"


def test_all_arrays_of_a_call_make_its_size(kernel):
    lines = OneVsRest(
        starts=(0, 1),
        factor=np.zeros(1, dtype=int),
        label=np.zeros(1, dtype=int),
        own=np.ones(1),
        rest=np.ones(1),
        y=np.zeros((2, 25), dtype=int),
        line_of=(np.zeros(3, dtype=int),),
        zero=(-1,),
        order=lambda j: LARGE,
    )
    with dm.config.using(backend="auto"):
        for n, expected in ((43, "numpy"), (44, "fast")):
            assert kernel(lines, [np.ones((2, 20)), None], weight=np.ones(n - 40)) == expected


def test_code_that_is_not_compiled_yet_is_left_to_numpy(kernel, monkeypatch):
    def twin(x):
        raise dispatch.NotCompiledError

    monkeypatch.setattr(dispatch, "_compiled", lambda module, name: twin)
    with dm.config.using(backend="auto"):
        assert kernel(LARGE) == "numpy"


def test_small_calls_never_load_compiled_code_however_many_they_are():
    code = (
        "import sys, numpy as np, disentangle_metrics as dm\n"
        "dm.config.backend = 'auto'; z = np.random.default_rng(0).integers(3, size=(5000, 3))\n"
        "for _ in range(20): dm.mig(z, z)\n"
        "dm.evaluate(z, z); print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_automatic_runs_use_compiled_code_of_earlier_runs_and_compile_none(tmp_path):
    code = (
        "import sys, numpy as np, disentangle_metrics as dm\n"
        "from disentangle_metrics.kernels import dispatch\n"
        "dispatch._TO_LOAD, dm.config.backend, dm.config.threads = 0, *eval(sys.argv[1])\n"
        "x = np.random.default_rng(0).integers(9, size=(64, 2))\n"
        "from disentangle_metrics.kernels.columns import unique\n"
        "print([code.tolist() for code, _, _ in unique.offsets(x)] == (x - x.min(axis=0)).T.tolist())\n"
        "twin = sys.modules.get('disentangle_metrics.kernels.fast.unique'); print(len(twin._walk.signatures))"
    )

    def signatures(backend):
        command = [sys.executable, "-c", code, repr((backend, 1))]
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.stderr == ""
        same, count = done.stdout.split()
        assert same == "True"
        return int(count)

    assert signatures("auto") == 0
    assert list(tmp_path.rglob("*.nbi")) == []
    assert signatures("fast") == 1
    assert signatures("auto") == 1


def test_threads_of_compiled_code_have_the_settings_of_the_call():
    with dm.config.using(backend="fast", threads=3):
        assert threads.each(lambda i, j: config.backend, [(0, 1), (1, 2)]) == ["fast"] * 2
        assert ksg.each(lambda j: config.backend, 3) == ["fast"] * 3


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

    def run(backend):
        imports = "import disentangle_metrics as dm\nfrom disentangle_metrics.kernels import dispatch\n"
        code = f"{imports}dispatch._TO_LOAD, dm.config.backend = 0, {backend!r}\nprint({score})"
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)

    return run


def test_numpy_goes_on_where_numba_does_not_work_and_says_so_once(broken_numba):
    done = broken_numba("auto")
    assert done.stdout == "1.0\n"
    assert done.stderr.count("numba needs an older numpy") == 1


def test_fast_where_numba_does_not_work_is_an_error_that_says_why(broken_numba):
    done = broken_numba("fast")
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
