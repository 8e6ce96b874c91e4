"""Limits of the input of probes, on training and on test rows, and tuning without a row to train on."""

import numpy as np
import pytest

from disentangle_metrics import InputError, OptionError, sap


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(60, 1))
    return factors + 0.3 * rng.normal(size=(60, 2)), factors


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "multinomial"])
@pytest.mark.parametrize("row", [0, 59])
@pytest.mark.parametrize("value", [1e101, -1e101])
def test_a_value_that_cannot_be_squared_is_refused_wherever_it_is(data, probe, row, value):
    latents, factors = data
    latents[row, 1] = value
    with pytest.raises(InputError, match="cannot be squared"):
        sap(latents, factors, probe=probe, standardize=False, shuffle=False)


@pytest.mark.parametrize(("probe", "unit"), [("linear-svm", 1), ("multinomial", 8)])
def test_where_no_row_is_left_to_train_on_the_strongest_penalty_is_tuned(data, probe, unit):
    latents, factors = data

    def scores(C):
        options = {"probe": probe, "standardize": False, "validation_size": 0.999}
        return sap(unit * latents, factors, C=C, **options).matrix

    np.testing.assert_array_equal(scores("tuned"), scores(1e-4))
    assert (scores("tuned") != scores(1e-3)).any()


def test_a_seed_that_cannot_count_up_to_the_last_repeat_is_refused(data):
    assert 0 <= sap(*data, random_state=2**32 - 1) <= 1
    with pytest.raises(OptionError, match="random_state"):
        sap(*data, random_state=2**32 - 1, n_repeats=2)
