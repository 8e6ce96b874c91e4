"""Threads of a user's program: what one does never changes what another is told, nor what comes after."""

import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import disentangle_metrics as dm
from disentangle_metrics.errors import DisentangleWarning, quiet, warn
from disentangle_metrics.files.formats import read_file
from disentangle_metrics.runtime.config import Config

V = np.column_stack([np.arange(120) % 3, np.ones(120)])
Z = np.random.default_rng(0).normal(size=(120, 3)) + V[:, :1]
N = 8


class Overlapping:
    """Threads of which each comes in before those before it have left, and all leave in the order they came in.

    That is the order in which ``warnings.catch_warnings`` of one puts back the filters of another.
    """

    def __init__(self, outside=0):
        self.outside = outside  # calls of `inside` that each thread makes before it is in
        self.came, self.left = ([threading.Event() for _ in range(N)] for _ in range(2))
        self.own = threading.local()

    def inside(self, *args):
        self.own.calls += 1
        if self.own.calls == self.outside + 1:
            self.came[self.own.k].set()
            assert self.came[-1].wait(30)
            assert self.own.k == 0 or self.left[self.own.k - 1].wait(30)
        return 0.5

    def _one(self, k, work):
        self.own.k, self.own.calls = k, 0
        try:
            assert k == 0 or self.came[k - 1].wait(30)
            work(k)
        finally:
            self.came[k].set()
            self.left[k].set()

    def run(self, work):
        with ThreadPoolExecutor(N) as pool:
            list(pool.map(self._one, range(N), [work] * N))


def draws(threads, monkeypatch):
    data = dm.Representation(Z, V)
    recipe = dm.mig(data, degenerate="zero").recipe
    recipe = replace(recipe, rerun=lambda data: dm.mig(data, degenerate="zero", aggregate=threads.inside))
    return lambda k: recipe.again(data)


def curves(threads, monkeypatch):
    threads.outside = 1  # all rows are scored first, aloud
    options = {"mig": {"aggregate": threads.inside}}
    return lambda k: dm.sample_size_curve(Z, V[:, 0], "mig", sizes=[60], n_repeats=2, options=options)


def explanations(threads, monkeypatch):
    module = sys.modules[dm.explain.__module__]
    evaluate = module.evaluate
    monkeypatch.setattr(module, "evaluate", lambda *a, **k: threads.inside() and evaluate(*a, **k))
    return lambda k: dm.explain(Z, V, a="tutorial", b="do2020", metrics="mig")


@pytest.mark.parametrize("work", [draws, curves, explanations])
def test_threads_leave_the_filters_of_warnings_as_they_were(work, monkeypatch):
    threads = Overlapping()
    threads.run(work(threads, monkeypatch))
    assert not [what for what in warnings.filters if issubclass(what[2], DisentangleWarning)]
    with pytest.warns(dm.DegenerateFactorWarning):
        dm.mig(Z, V)


def test_tables_read_in_threads_leave_the_filters_as_they_were(tmp_path, monkeypatch):
    pd.DataFrame(Z, columns=list("abc")).to_csv(tmp_path / "z.csv", index=False)
    before, read, inside = list(warnings.filters), pd.read_csv, threading.Barrier(2)

    def slow(*args, **kwargs):
        if not inside.broken:
            with suppress(threading.BrokenBarrierError):
                inside.wait(0.2)  # for the other thread, which cannot come in
        return read(*args, **kwargs)

    monkeypatch.setattr(pd, "read_csv", slow)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read_file, [tmp_path / "z.csv"] * 2))
    assert warnings.filters == before
    assert inside.broken


def test_quiet_is_of_one_thread_and_of_our_warnings():
    with quiet():
        warn("not heard", DisentangleWarning)
        with pytest.warns(UserWarning, match="not ours"):
            warnings.warn("not ours", UserWarning, stacklevel=1)
        heard = []

        def other():
            try:
                warn("heard", DisentangleWarning)
            except DisentangleWarning as error:  # warnings are errors here
                heard.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert heard == ["heard"]
    with pytest.warns(DisentangleWarning, match="heard again"):
        warn("heard again", DisentangleWarning)


def test_blocks_of_settings_that_overlap_are_each_thread_s_own():
    config = Config()
    config.backend, config.threads = "auto", 3
    threads, seen = Overlapping(), {}

    def work(k):
        with config.using(backend=("fast", "numpy")[k % 2], threads=k + 1):
            threads.inside()
            seen[k] = config.backend, config.threads

    threads.run(work)
    assert seen == {k: (("fast", "numpy")[k % 2], k + 1) for k in range(N)}
    assert (config.backend, config.threads) == ("auto", 3)


def test_what_is_set_in_a_block_ends_with_it_and_the_rest_is_the_process_s():
    config = Config()
    config.backend, config.threads = "numpy", 1
    with config.using(threads=2):
        config.backend = "fast"
        with config.using(threads=4):
            assert (config.backend, config.threads) == ("fast", 4)
        assert (config.backend, config.threads) == ("fast", 2)
        threading.Thread(target=setattr, args=(config, "threads", 5)).start()
    assert (config.backend, config.threads) == ("numpy", 5)
