"""The k latents that tell a class best, and the rows of a class with as many others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pointbiserialr
from strategies import labelled

from disentangle_metrics import InputError
from disentangle_metrics.kernels.probes import k_best
from disentangle_metrics.kernels.probes.k_best import Balanced, balanced, probe_classes, strengths, strongest


def some_problems(n=200, seed=0, n_problems=5):
    rng = np.random.default_rng(seed)
    train = np.sort(rng.permutation(n)[: n // 2])
    problems = []
    for _ in range(n_problems):
        size = 2 * int(rng.integers(2, len(train) // 2))
        problems.append(Balanced(rng.permutation(train)[:size], np.zeros(0, dtype=np.intp)))
    return rng.normal(size=(n, 7)), problems, train


def test_strength_orders_like_the_difference_over_the_pooled_deviation():
    latents, problems, train = some_problems()
    found = strengths(latents, problems, train, False)
    for row, problem in zip(found, problems, strict=True):
        own, others = (latents[half] for half in np.split(problem.train, 2))
        pooled = np.sqrt((own.var(axis=0) + others.var(axis=0)) / 2)
        effect = np.abs(own.mean(axis=0) - others.mean(axis=0)) / pooled
        np.testing.assert_allclose(row, effect / np.sqrt(effect**2 + 4), atol=1e-12)
        label = np.repeat([1, 0], len(own))
        expected = [abs(pointbiserialr(label, x)[0]) for x in latents[problem.train].T]
        np.testing.assert_allclose(row, expected, atol=1e-12)


def test_strength_in_units_is_the_difference_of_means():
    latents, problems, train = some_problems(seed=1)
    latents *= 10.0 ** np.arange(-3, 4)
    found = strengths(latents, problems, train, True)
    for row, problem in zip(found, problems, strict=True):
        own, others = (latents[half].mean(axis=0) for half in np.split(problem.train, 2))
        np.testing.assert_allclose(row, np.abs(own - others), rtol=1e-9)


@pytest.mark.parametrize("in_units", [False, True])
def test_blocks_change_no_strength(in_units, monkeypatch):
    latents, problems, train = some_problems()
    whole = strengths(latents, problems, train, in_units)
    monkeypatch.setattr(k_best, "_CELLS", 2 * len(train))
    np.testing.assert_allclose(strengths(latents, problems, train, in_units), whole, atol=1e-12)


def test_constant_latents_have_no_strength():
    latents, problems, train = some_problems()
    latents[:, 2] = 1e8 / 3
    latents[:, 4] = np.where(np.isin(np.arange(200), problems[0].train), 0.1, 50.0)  # constant there alone
    for in_units in (False, True):
        found = strengths(latents, problems, train, in_units)
        assert (found[:, 2] == 0).all()
        assert found[0, 4] < 1e-9


def test_the_strongest_come_first_and_ties_keep_their_order():
    strength = np.array([[0.1, 0.5, 0.5 + 1e-14, 0.2], [0.0, 0.0, 0.0, 0.0]])
    assert strongest(strength, 3).tolist() == [[1, 2, 3], [0, 1, 2]]


@given(data=labelled(min_rows=6, max_rows=60), seed=st.integers(0, 99))
def test_balanced_rows_are_of_the_class_and_as_many_others(data, seed):
    codes = data[1][:, 0].copy()
    codes[5] = -1
    rng = np.random.default_rng(seed)
    train, test = np.split(rng.permutation(len(codes)), [len(codes) // 2])
    for part, of in zip(balanced(codes, 1, (train, test)), (train, test), strict=True):
        own, others = np.split(part, 2)
        assert (codes[own] == 1).all()
        assert ((codes[others] != 1) & (codes[others] >= 0)).all()
        assert set(part) <= set(of)
        assert len(own) == min((codes[of] == 1).sum(), ((codes[of] != 1) & (codes[of] >= 0)).sum())
        assert len(set(part)) == len(part)


def test_other_rows_follow_those_of_the_class():
    codes = np.array([0, 0, 1, 2, 1, 1, 0, 2, 2, 1])
    everything = np.arange(10)
    own, others = np.split(balanced(codes, 0, (everything, everything[:0])).train, 2)
    assert own.tolist() == [0, 1, 6]
    assert others.tolist() == [2, 3, 7]
    own, others = np.split(balanced(codes, 2, (everything, everything[:0])).train, 2)
    assert others.tolist() == [4, 6, 9]  # of the two at the end, one takes a row before
    own, others = np.split(balanced(np.minimum(codes, 1), 1, (everything, everything[:0])).train, 2)
    assert (own.tolist(), others.tolist()) == ([2, 3, 7], [0, 1, 6])


def test_values_that_cannot_be_squared_are_refused():
    problem = Balanced(np.arange(4), np.arange(4))
    with pytest.raises(InputError, match="cannot be squared"):
        probe_classes(
            np.array([[1e200], [0.0], [1.0], [2.0]]),
            [problem],
            np.arange(4),
            [1],
            in_units=False,
            standardized=True,
            C=1.0,
        )


def test_problems_of_different_sizes_are_fitted_together():
    latents, problems, train = some_problems(n_problems=6)
    problems = [problem._replace(test=np.arange(2 * i)) for i, problem in enumerate(problems)]
    call = {"in_units": False, "standardized": True, "C": 1.0}
    together = probe_classes(latents, problems, train, [2, 7, 1], **call)
    for problem, said in zip(problems, together, strict=True):
        [alone] = probe_classes(latents, [problem], train, [2, 7, 1], **call)
        np.testing.assert_allclose(said.heights, alone.heights, atol=2)
        assert said.heights.shape == (3, len(problem.test))
        np.testing.assert_array_equal(said.rows, problem.test)
