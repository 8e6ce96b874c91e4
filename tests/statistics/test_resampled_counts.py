"""Information of rows drawn again, and of rows in another order: scikit-learn's on those rows."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from disentangle_metrics import Representation, mig, replicates

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.DegenerateFactorWarning")

N = 80


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def counts(latents, factors, **options):
    return mig(Representation(latents, factors), discretizer="unique", **options).recipe.statistic().resampled()


def drawn(rng):
    return np.stack([np.bincount(rng.integers(N, size=N), minlength=N) for _ in range(4)]).astype(np.uint16)


def test_information_of_draws_is_scikit_learns_on_repeated_rows(rng):
    factors = rng.integers([3, 4], size=(N, 2)).astype(float)
    latents = np.column_stack([factors, np.full(N, 7), factors.sum(axis=1)]).astype(int)
    factors[:15, 1] = np.nan
    weights = drawn(rng)
    [(info,)] = counts(latents, factors).reweighted(weights)
    for r, j, k in np.ndindex(4, 4, 2):
        rows = np.repeat(np.arange(N), weights[r])
        rows = rows[~np.isnan(factors[rows, k])]
        x, y = latents[rows, j], factors[rows, k]
        assert info.mutual[r, j, k] == pytest.approx(mutual_info_score(x, y), abs=1e-12)
        assert info.latent_entropy[r, j, k] == pytest.approx(mutual_info_score(x, x), abs=1e-12)
        assert info.factor_entropy[r, k] == pytest.approx(mutual_info_score(y, y), abs=1e-12)
    assert not info.mutual[:, 2].any()


def test_information_in_another_order_is_scikit_learns(rng):
    factors = rng.integers([3, 4], size=(N, 2))
    latents = np.column_stack([factors, np.full(N, 7)])
    order = rng.permutation(N)
    [(info,)] = counts(latents, factors).permute(order)
    for j, k in np.ndindex(3, 2):
        expected = mutual_info_score(latents[:, j], factors[order, k])
        assert info.mutual[j, k] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("normalizer", ["factor", "latent", "log-cardinality", "none"])
def test_a_constant_factor_is_left_out_of_every_draw(rng, normalizer):
    factors = rng.integers([3, 4], size=(N, 2))
    latents = np.column_stack([factors, factors.sum(axis=1)]) + rng.normal(size=(N, 3))
    beside = Representation(latents, np.column_stack([factors, np.ones(N)]))
    found, alone = (
        replicates(data, "mig", {"normalizer": normalizer}, n_boot=20)
        for data in (beside, Representation(latents, factors))
    )
    np.testing.assert_allclose(found.values, alone.values, rtol=1e-12)
    np.testing.assert_allclose(found.per_factor[:, :2], alone.per_factor, rtol=1e-12)
    assert np.isnan(found.per_factor[:, 2]).all()
