"""MIG-sup against closed forms and an oracle written from the equation; its two normalizers, weights, one factor."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import DegenerateFactorWarning, InactiveLatentWarning, InputError, mig, mig_sup

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def entropy(*columns):
    counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)[1]
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())


def by_hand(z, v, normalizer):
    """The equation, latent by latent, from plug-in entropies of the latent's own values."""
    leads = []
    for latent in z.T:
        h = entropy(latent)
        shares = []
        for factor in v.T:
            whole = h if normalizer == "latent" else entropy(factor)
            known = h + entropy(factor) - entropy(latent, factor)
            shares.append(known / whole if whole > 1e-12 else 0.0)
        second, first = sorted(shares)[-2:]
        leads.append(max(first, 0) - max(second, 0))
    return np.array(leads)


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5, 4], size=(600, 3))
    return np.column_stack([v[:, 0], v[:, 1] + v[:, 2], v[:, 2] + rng.normal(size=600), rng.normal(size=600)]), v


@quiet
@settings(max_examples=50)
@given(data=labelled())
@pytest.mark.parametrize("normalizer", ["factor", "latent"])
def test_the_equation_written_out(data, normalizer):
    z, v = data
    assume(sum(len(set(column)) > 1 for column in v.T) > 1)
    score = mig_sup(z, v, discretizer="unique", inactive="keep", normalizer=normalizer)
    np.testing.assert_allclose(score.per_latent, by_hand(z, v, normalizer), atol=1e-9)
    assert score == pytest.approx(score.per_latent.mean())


def test_closed_forms():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    either = (v[:, :1] + v[:, 1:]) % 2  # knows nothing of either factor alone
    assert mig_sup(v, v, n_bins=2) == 1.0
    assert mig_sup(np.hstack([v, either]), v, n_bins=2) == pytest.approx(2 / 3)
    assert mig_sup(np.hstack([v, v]), v, n_bins=2) == 1.0  # copies do not lower it
    assert mig_sup(np.hstack([v, either]), v, n_bins=2, weights="information") == 1.0
    both = 2 * v[:, :1] + v[:, 1:]
    assert mig_sup(both, v, n_bins=4) == 0.0


def test_it_is_mig_with_the_roles_exchanged():
    rng = np.random.default_rng(1)
    v = rng.integers(4, size=(500, 3))
    z = np.where(rng.random((500, 3)) < 0.6, v, rng.integers(4, size=(500, 3)))
    exchanged = mig(v, z, discretizer="unique")  # divides by the entropy of what are the latents here
    assert mig_sup(z, v, discretizer="unique", normalizer="latent") == pytest.approx(exchanged, abs=1e-12)


def test_a_latent_that_varies_for_other_reasons_is_lower_by_its_own_entropy(arrays):
    z, v = arrays
    by_factor, by_latent = (mig_sup(z, v, normalizer=name) for name in ("factor", "latent"))
    assert by_latent.per_latent[2] < by_factor.per_latent[2]
    assert "|normalizer:latent|" in by_latent.signature


def test_inactive_latents(arrays):
    z, v = arrays
    score, dead = mig_sup(z, v), np.column_stack([z, np.full(len(z), 3.7)])
    assert mig_sup(dead, v) == score
    assert np.isnan(mig_sup(dead, v).per_latent[4])
    assert mig_sup(dead, v, inactive="keep") == pytest.approx(score * 4 / 5)
    assert mig_sup(dead, v, normalizer="latent", inactive="keep").per_latent[4] == 0.0
    with pytest.warns(InactiveLatentWarning):
        assert mig_sup(np.ones((len(z), 2)), v) == 0.0


def test_a_single_factor_is_an_error_that_names_it(arrays):
    z, v = arrays
    with pytest.raises(InputError, match=r"mig_sup compares factors with one another.*only 'v0' varies. Pass a second"):
        mig_sup(z, v[:, :1])
    with pytest.raises(InputError, match="only 'v1' varies"):
        mig_sup(z, np.column_stack([np.ones(len(v)), v[:, 0], np.zeros(len(v))]))
    assert mig_sup(z[:, :1], v) == pytest.approx(mig_sup(z, v).per_latent[0])  # a single latent is enough


def test_a_constant_factor_changes_nothing(arrays):
    z, v = arrays
    with pytest.warns(DegenerateFactorWarning, match="no latent can have information about it"):
        assert mig_sup(z, np.column_stack([v, np.ones(len(v))])) == mig_sup(z, v)


def test_noise_scores_nearly_0_and_counts_unless_weighed():
    rng = np.random.default_rng(0)
    v = rng.integers(5, size=(2000, 3))
    noise = rng.normal(size=(2000, 3))
    assert mig_sup(noise, v) < 0.02
    beside = np.hstack([v, noise])
    assert mig_sup(beside, v) == pytest.approx(0.5, abs=0.01)
    assert mig_sup(beside, v, weights="information") > 0.95
    miller_madow = mig_sup(beside, v, weights="information", entropy="miller-madow")
    assert miller_madow > mig_sup(beside, v, weights="information")


def test_everything_that_stands_beside_a_score(arrays):
    report = dm.evaluate(*arrays, metrics="mig_sup", confidence=0.95, n_boot=50, chance=True, ceiling=True)
    score = report["mig_sup"]
    assert score.interval.method == "bias-corrected bootstrap"
    assert score.null.method == "recounted"
    assert score.null.p_value < 0.05
    assert score.ceiling.value > 0.9
    assert len(score.interval.per_latent) == 4
