import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler

from disentangle_metrics import OptionError
from disentangle_metrics.kernels.probes.splits import (
    folds,
    holdout,
    make_splits,
    standardize,
)


@given(st.integers(2, 300), st.integers(0, 50), st.sampled_from([0.1, 0.2, 0.25, 1 / 3, 0.5, 1, 7, 100]))
def test_holdout_is_scikit_learns(n, seed, test_size):
    assume(test_size < n)
    train, test = holdout(n, test_size, seed)
    expected_train, expected_test = train_test_split(np.arange(n), test_size=test_size, random_state=seed)
    assert (train.tolist(), test.tolist()) == (expected_train.tolist(), expected_test.tolist())


@given(st.integers(2, 100), st.integers(1, 99))
def test_a_number_of_rows_is_held_out_in_order(n, n_test):
    n_test = min(n_test, n - 1)
    train, test = holdout(n, n_test, None)
    assert (train.tolist(), test.tolist()) == (list(range(n - n_test)), list(range(n - n_test, n)))


def test_a_third_of_15000_rows_is_5000():
    assert [len(part) for part in holdout(15_000, 1 / 3, None)] == [10_000, 5_000]


def test_rounding_adds_no_row_to_the_training_part():
    assert len(holdout(10, 0.7, None)[0]) == 3


@given(st.integers(5, 100))
def test_holdout_in_order_trains_on_the_first_rows(n):
    train, test = holdout(n, 0.2, None)
    assert train.tolist() == list(range(int(np.ceil(0.8 * n))))
    assert np.concatenate([train, test]).tolist() == list(range(n))


@given(st.integers(2, 60), st.integers(2, 7), st.one_of(st.none(), st.integers(0, 50)))
def test_folds_are_scikit_learns(n, n_folds, seed):
    n = max(n, n_folds)
    theirs = KFold(n_folds, shuffle=seed is not None, random_state=seed).split(np.arange(n))
    for (train, test), (expected_train, expected_test) in zip(folds(n, n_folds, seed), theirs, strict=True):
        assert train.tolist() == expected_train.tolist()
        assert test.tolist() == expected_test.tolist()


def test_splits_that_leave_nothing_are_refused():
    with pytest.raises(OptionError, match="0 to train and 3 to test"):
        make_splits(3, 0.9, None, 0)
    with pytest.raises(OptionError, match="2 to train and 0 to test"):
        make_splits(2, 0.2, None, None)
    for seed in (None, 0):
        with pytest.raises(OptionError, match="test_size=5 rows leave none to train: 5 rows have a label"):
            make_splits(5, 5, None, seed)
        assert [len(part) for part in make_splits(5, 4, None, seed)[0]] == [1, 4]
    with pytest.raises(OptionError, match="at least 4 labeled rows and there are 3"):
        make_splits(3, 0.2, 4, 0)


def test_standardize_is_scikit_learns():
    rng = np.random.default_rng(0)
    train, test = rng.normal(3, 5, size=(50, 4)), rng.normal(3, 5, size=(20, 4))
    scaler = StandardScaler().fit(train)
    for ours, theirs in zip(
        standardize(train.T, test.T), (scaler.transform(train), scaler.transform(test)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs.T, atol=1e-12)


def test_a_constant_latent_is_exactly_zero_and_a_nearly_constant_one_is_not():
    train = np.stack([np.full(7, 0.1), 1e9 + 1e-6 * np.arange(7)])
    scaled, test = standardize(train, train + 1.0)
    np.testing.assert_array_equal(scaled[0], 0.0)
    np.testing.assert_allclose(test[0], 1.0)
    assert scaled[1].std() == pytest.approx(1.0)


def test_values_at_both_ends_of_float64_do_not_overflow():
    train = np.array([[-9.5e307, 9.5e307, 0.0]])  # their difference is infinite
    expected = np.array([[-1.0, 1.0, 0.0]]) * np.sqrt(1.5)
    for part in standardize(train, train):
        np.testing.assert_allclose(part, expected, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_extreme_scales_do_not_overflow(scale):
    train = np.array([[0.0, 1.0, 3.0]]) * scale
    np.testing.assert_allclose(standardize(train, train)[0].std(), 1.0)


def test_a_latent_is_standardized_alike_alone_and_beside_others():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(3, 20_000)), rng.normal(size=(3, 100))
    together = standardize(train, test)
    for j in range(3):
        for part, alone in zip(together, standardize(train[[j]], test[[j]]), strict=True):
            np.testing.assert_array_equal(part[[j]], alone)
