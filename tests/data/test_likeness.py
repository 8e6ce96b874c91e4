"""Latents that are no latents of their own: factors, copies, numbers of rows."""

import numpy as np
import pytest

from disentangle_metrics import Representation
from disentangle_metrics.data.likeness import alike, factors_among_latents, row_numbers

RNG = np.random.default_rng(0)
V = RNG.integers(0, [4, 9], (300, 2))
Z = V + 0.3 * RNG.normal(size=V.shape)


def pairs(latents, factors, **options):
    return factors_among_latents(Representation(latents, factors, **options))


def test_a_factor_among_latents_is_found_in_any_units():
    assert pairs(np.c_[Z, V[:, 1]], V) == [(2, 1)]
    assert pairs(np.c_[Z, (V[:, 1] - 4.5) / 3.1].astype(np.float32), V) == [(2, 1)]
    assert pairs(np.c_[Z, -V[:, 0]], V) == [(2, 0)]


def test_numbered_text_is_found():
    text = np.array([f"class {i}" for i in range(9)])[V[:, 1:]]
    assert pairs(np.c_[Z, V[:, 1]], text) == [(2, 0)]


def test_a_measurement_is_found_and_one_that_is_nearly_it_is_not():
    x = RNG.normal(size=300)
    assert pairs(np.c_[Z, 3 * x - 1], x) == [(2, 0)]
    assert pairs(np.c_[Z, x + 1e-3 * RNG.normal(size=300)], x) == []


def test_rows_without_a_label_do_not_count():
    labels = V[:, 1].astype(float)
    labels[::5] = np.nan
    assert pairs(np.c_[Z, np.nan_to_num(labels, nan=77.0)], labels) == [(2, 0)]


def test_a_perfect_code_on_purpose_is_not_spoken_of():
    assert pairs(V, V) == []
    assert pairs(np.c_[V, np.zeros(300)], V) == []
    assert pairs(V[:, :1], V) == []


def test_few_rows_and_rare_labels_agree_by_chance():
    assert pairs(np.c_[[0.0, 0, 1, 1], [0.1, 0.7, 0.3, 0.9]], [0, 0, 1, 1]) == []
    rare = np.zeros(300)
    rare[5] = 1
    assert pairs(np.c_[Z, rare], rare) == []


def test_numbers_beyond_float64_are_compared_by_their_order():
    huge = V[:, 1].astype(object) * 10**17 + 5
    assert pairs(np.c_[Z, V[:, 1]], huge) == [(2, 0)]


def test_row_numbers_are_found_by_column():
    data = Representation(np.c_[Z, np.arange(300)[::-1], np.arange(300) // 2], V)
    assert row_numbers(data) == [2]


def test_latents_that_do_not_vary_say_nothing():
    data = Representation(np.c_[Z, np.zeros(300), np.ones(300), -Z[:, :1]], V)
    assert alike(data, range(5)).copies == [(0, 4)]
    assert alike(data, [0, 1, 2, 3]).copies == []


@pytest.mark.parametrize("n_latents", [3, 12])
def test_one_hot_codes_are_choices_and_no_copies(n_latents):
    data = Representation(np.eye(n_latents)[RNG.integers(n_latents, size=300)], V)
    assert alike(data, range(n_latents)) == ([], [tuple(range(n_latents))])
