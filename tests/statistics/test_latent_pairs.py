"""Information of latents with each other: scikit-learn's numbers, and draws and orders of the same counts."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from disentangle_metrics import Representation, mig
from disentangle_metrics.kernels.discretizing.discretizers import discretize_quantile
from disentangle_metrics.kernels.entropy.table import ENTROPIES
from disentangle_metrics.statistics.latent_pairs import LatentPairs


@pytest.fixture
def data():
    z = np.random.default_rng(0).normal(size=(300, 4))
    z[:, 1] += z[:, 0]
    z[:, 3] = 2.5
    return Representation(z)


def cut(column, n_bins):
    return np.clip(np.digitize(column, np.histogram_bin_edges(column, n_bins)) - 1, 0, n_bins - 1)


def test_information_is_that_of_scikit_learn(data):
    [pairs] = LatentPairs(data=data, n_bins=7).values
    codes = [cut(column, 7) for column in data.latents.T]
    slow = [[mutual_info_score(a, b) for b in codes] for a in codes]
    np.testing.assert_allclose(pairs.mutual, slow, atol=1e-12)
    assert pairs.active.tolist() == [True, True, True, False]
    assert pairs.by_chance[0, 1] == pytest.approx(36 / 600)


def test_weights_are_so_many_rows(data):
    weight = np.random.default_rng(1).integers(1, 4, size=300)
    rows = np.repeat(np.arange(300), weight)
    [weighted] = LatentPairs(data=data.with_weights(weight)).values
    [repeated] = LatentPairs(data=Representation(data.latents[rows])).values
    np.testing.assert_allclose(weighted.mutual, repeated.mutual, atol=1e-12)


@pytest.mark.parametrize("entropy", ["plugin", "miller-madow", "nsb"])
def test_it_is_the_information_that_mig_finds_of_the_same_numbers(data, entropy):
    """A latent beside a factor that is the code of another latent."""
    [pairs] = LatentPairs(data=data, entropy=ENTROPIES[entropy]).values
    codes = cut(data.latents[:, 1], 20)
    matrix = mig(data.latents, codes, entropy=entropy, factor_kinds="categorical").matrix
    np.testing.assert_allclose(pairs.mutual[[0, 2], 1], matrix[[0, 2], 0], atol=1e-12)


@pytest.mark.parametrize("discretizer", [None, discretize_quantile])
def test_draws_are_the_drawn_rows_in_the_same_bins(data, discretizer):
    how = {} if discretizer is None else {"discretizer": discretizer}
    statistic = LatentPairs(data=data, n_bins=5, **how)
    draws = np.random.default_rng(0).multinomial(300, np.full(300, 1 / 300), size=4).astype(np.uint16)
    [drawn] = statistic.resampled().reweighted(draws)
    codes = np.stack([codes for codes, _ in statistic.binned])
    for draw, mutual in zip(draws, drawn.mutual, strict=True):
        rows = np.repeat(np.arange(300), draw)
        slow = [[mutual_info_score(a[rows], b[rows]) for b in codes] for a in codes]
        np.testing.assert_allclose(mutual, slow, atol=1e-12)


def test_orders_are_the_latents_in_these_orders(data):
    statistic = LatentPairs(data=data, n_bins=5)
    rng = np.random.default_rng(0)
    orders = np.stack([rng.permutation(300) for _ in range(4)])
    [found] = statistic.resampled().permuted(orders)
    [again] = LatentPairs(data=data.apart(orders), n_bins=5).values
    np.testing.assert_allclose(found.mutual, again.mutual, atol=1e-12)
    assert found.mutual[0, 1] < 0.5 * statistic.values[0].mutual[0, 1]


def test_very_many_latents_and_own_entropies_are_measured_again(data):
    assert LatentPairs(data=data, entropy=lambda counts: 0.0).resampled() is None
    assert LatentPairs(data=Representation(np.tile(data.latents, 20))).resampled() is None
    assert LatentPairs(data=data, entropy=ENTROPIES["nsb"]).resampled().permute is None
