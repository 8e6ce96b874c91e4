"""DCIMIG against closed forms and an oracle written from the equation; weights by entropy, degenerate cases."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import DegenerateFactorWarning, InactiveLatentWarning, InputError, dcimig, mig

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def by_hand(mutual, entropies):
    """Sum over factors of the largest gap of their latents, over the sum of entropies."""
    largest = dict.fromkeys(range(mutual.shape[1]), 0.0)
    for row in mutual:
        k = int(np.argmax(row))
        largest[k] = max(largest[k], row[k] - np.delete(row, k).max())
    return sum(largest.values()) / sum(entropies)


def entropies(v):
    shares = (np.unique(column, return_counts=True)[1] / len(v) for column in v.T)
    return [float(-(share * np.log(share)).sum()) for share in shares]


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5, 4], size=(600, 3))
    return np.column_stack([v[:, 0], v[:, 1] + v[:, 2], v[:, 2] + rng.normal(size=600), rng.normal(size=600)]), v


@quiet
@settings(max_examples=50)
@given(data=labelled())
def test_the_equation_written_out(data):
    z, v = data
    assume(sum(len(set(column)) > 1 for column in v.T) > 1)
    score = dcimig(z, v)
    assert score == pytest.approx(by_hand(score.matrix, entropies(v)), abs=1e-9)
    h = np.array(entropies(v))
    known = ~np.isnan(score.per_factor)
    assert score == pytest.approx(np.average(score.per_factor[known], weights=h[known]), abs=1e-9)


def test_closed_forms():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert dcimig(v, v, n_bins=2) == 1.0
    assert dcimig(np.hstack([v, v]), v, n_bins=2) == 1.0  # copies do not lower it, as they lower MIG
    assert mig(np.hstack([v, v]), v, n_bins=2) == 0.0
    assert dcimig(v[:, :1], v, n_bins=2) == 0.5
    assert dcimig(2 * v[:, :1] + v[:, 1:], v, n_bins=4) == 0.0
    four = np.array([[a, b] for a in range(4) for b in range(2)])
    assert dcimig(four[:, :1], four, n_bins=4) == pytest.approx(2 / 3)  # log 4 of log 4 + log 2
    assert dcimig(four[:, 1:], four, n_bins=4) == pytest.approx(1 / 3)


def test_latents_of_noise_and_constant_latents_change_little_or_nothing(arrays):
    z, v = arrays
    score = dcimig(z, v)
    assert dcimig(np.column_stack([z, np.full(len(z), 3.7)]), v) == score
    assert dcimig(np.column_stack([v, np.random.default_rng(0).normal(size=(600, 9))]), v) == dcimig(v, v)
    with pytest.warns(InactiveLatentWarning):
        assert dcimig(np.ones((600, 2)), v) == 0.0


def test_a_constant_factor_weighs_nothing(arrays):
    z, v = arrays
    more = np.column_stack([v, np.ones(len(v))])
    with pytest.warns(DegenerateFactorWarning, match="its value is undefined; it is left out of the mean"):
        score = dcimig(z, more)
    assert np.isnan(score.per_factor[3])
    assert score == dcimig(z, v) == dcimig(z, more, degenerate="zero")
    with pytest.raises(InputError, match="degenerate='drop'"):
        dcimig(z, more, degenerate="raise")


def test_a_single_factor_is_an_error_that_names_it(arrays):
    z, v = arrays
    with pytest.raises(InputError, match=r"dcimig compares factors with one another.*only 'v0' varies"):
        dcimig(z, v[:, :1])


def test_a_missing_label_leaves_out_its_row_for_that_factor(arrays):
    z, v = arrays
    some = v.astype(float)
    some[::7, 0] = np.nan
    rows = np.ones(len(v), dtype=bool)
    rows[::7] = False
    z = np.round(z)
    score = dcimig(z, some, factor_kinds="categorical", discretizer="unique")
    alone = mig(z[rows], v[rows], discretizer="unique").matrix[:, 0]
    np.testing.assert_allclose(score.matrix[:, 0], alone, atol=1e-12)


def test_more_bins_than_a_factor_has_values_and_fewer():
    v = np.stack(np.meshgrid(np.arange(40), np.arange(3)), axis=-1).reshape(-1, 2).repeat(5, axis=0)
    assert dcimig(v, v, n_bins=40) == 1.0
    assert dcimig(v, v, n_bins=20).per_factor[0] == pytest.approx(np.log(20) / np.log(40))


def test_noise_scores_nearly_0():
    rng = np.random.default_rng(0)
    v, noise = rng.integers(5, size=(2000, 5)), rng.normal(size=(2000, 10))
    assert dcimig(noise, v) < 0.01


def test_everything_that_stands_beside_a_score(arrays):
    report = dm.evaluate(*arrays, metrics="dcimig", confidence=0.95, n_boot=50, chance=True, ceiling=True)
    score = report["dcimig"]
    assert score.interval.low <= score.interval.center <= score.interval.high
    assert score.null.method == "recounted"
    assert score.ceiling.value > 0.9
