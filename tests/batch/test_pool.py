"""Where the work is done: processes, threads, Dask and Ray give one table."""

import importlib.machinery
import sys
import types

import joblib
import pandas as pd
import pytest
from joblib._parallel_backends import ThreadingBackend
from joblib.externals import loky
from runs import ARGS, N, batch

import disentangle_metrics as dm
from disentangle_metrics import score_many


@pytest.fixture
def expected(runs):
    return score_many("run*/latents.npz", "factors.npz", "mig").drop(columns="seconds")


def assert_same(table, expected):
    pd.testing.assert_frame_equal(table.drop(columns="seconds"), expected)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_backends_agree(runs, expected, backend):
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 2, "--backend", backend).exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()


def test_dask_scores_as_one_process_does(runs, expected):
    import distributed

    with (
        distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0"),
        joblib.parallel_config("dask"),
    ):
        assert_same(score_many("run*/latents.npz", "factors.npz", "mig"), expected)


def test_the_command_line_starts_a_cluster_of_dask(runs, expected):
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 1, "--backend", "dask").exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()


@pytest.mark.parametrize(("threads", "expected"), [(None, 1), (3, 3)], ids=["not given", "given"])
def test_processes_compute_as_this_one_is_set_to(runs, threads, expected):
    def aggregate(gaps):
        from disentangle_metrics.runtime.config import config

        return {"numpy": 10.0, "fast": 20.0, "auto": 30.0}[config.backend] + config.threads

    loky.get_reusable_executor().shutdown()
    with dm.config.using(backend="numpy", threads=threads):
        table = score_many(
            "run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}}, n_jobs=2
        )
    assert table["mig"].tolist() == [10.0 + expected] * N


def test_workers_of_dask_compute_as_this_process_is_set_to(runs):
    import distributed

    def aggregate(gaps):
        from disentangle_metrics.runtime.config import config

        return 10.0 * (config.backend == "numpy") + config.threads

    with (
        distributed.Client(processes=True, n_workers=2, threads_per_worker=1, dashboard_address=":0"),
        joblib.parallel_config("dask"),
        dm.config.using(backend="numpy", threads=2),
    ):
        table = score_many("run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}})
    assert table["mig"].tolist() == [12.0] * N


def test_threads_of_this_process_leave_its_settings_alone(runs):
    with dm.config.using(backend="numpy", threads=2), joblib.parallel_config("threading"):
        score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=2)
        assert (dm.config.backend, dm.config.threads) == ("numpy", 2)


class Lists(ThreadingBackend):
    """A pool that returns lists only, as Ray's does."""

    supports_return_generator = False


def test_pools_that_return_lists_do_too(runs, expected, monkeypatch):
    monkeypatch.setattr("disentangle_metrics.batch.pool._AT_ONCE", 2)
    joblib.register_parallel_backend("lists", Lists)
    with joblib.parallel_config("lists", n_jobs=2):
        assert_same(score_many("run*/latents.npz", "factors.npz", "mig"), expected)


def test_ray_is_registered_and_used(runs, expected, monkeypatch):
    """Ray itself is not installed for the tests: what its module does is done by threads."""
    ray = types.ModuleType("ray")
    ray.__spec__ = importlib.machinery.ModuleSpec("ray", None)
    ray_joblib = types.ModuleType("ray.util.joblib")
    ray_joblib.register_ray = lambda: joblib.register_parallel_backend("ray", Lists)
    for name, module in {"ray": ray, "ray.util": types.ModuleType("ray.util"), "ray.util.joblib": ray_joblib}.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert batch(*ARGS, "-o", "out.parquet", "--jobs", 2, "--backend", "ray").exit_code == 0
    assert pd.read_parquet("out.parquet")["mig"].tolist() == expected["mig"].tolist()
