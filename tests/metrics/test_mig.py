"""MIG: closed forms on paper, a slow oracle from the equation, and its laws."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled, perfect_codes

from disentangle_metrics import BiasWarning, InputError, Representation, mig

LOG2 = np.log(2)
quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def mig_by_hand(binned, factors):
    """The equation, pair by pair, with scikit-learn's mutual information."""
    gaps = []
    for v in factors.T:
        first, second, *_ = sorted((mutual_info_score(z, v) for z in binned.T), reverse=True)
        gaps.append((first - second) / mutual_info_score(v, v))
    return gaps


def binned_by_numpy(latents, n_bins):
    edges = [np.histogram(z.astype(np.float64), n_bins)[1] for z in latents.T]
    return np.stack([np.digitize(z, e[:-1]) for z, e in zip(latents.T, edges, strict=True)], axis=1)


# Four rows, a factor with four values (H = log 4), one latent that halves them and one that says nothing.
HALF = np.array([[0, 0], [0, 0], [1, 0], [1, 0]])
FOUR = np.array([[0], [1], [2], [3]])


@pytest.mark.parametrize(
    ("normalizer", "expected"),
    [("factor", 0.5), ("none", LOG2), ("log-cardinality", 0.5), ("latent", 1.0), ("log_cardinality", 0.5)],
)
def test_one_latent_holds_half_of_the_factor(normalizer, expected):
    assert mig(HALF, FOUR, n_bins=2, normalizer=normalizer) == pytest.approx(expected, abs=1e-15)


def test_the_matrix_is_information_in_nats():
    np.testing.assert_allclose(mig(HALF, FOUR, n_bins=2).matrix, [[LOG2], [0]], atol=1e-15)


def test_a_latent_shared_by_two_factors_serves_both():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    z = np.array([[0, 5], [1, 5], [2, 5], [3, 5]])
    np.testing.assert_allclose(mig(z, v, n_bins=4).per_factor, [1.0, 1.0], atol=1e-15)


def test_the_second_best_latent_is_taken_off():
    # I(z0; v) = H(v) = log 4, I(z1; v) = log 2.
    z = np.array([[0, 0], [1, 0], [2, 1], [3, 1]])
    assert mig(z, FOUR, n_bins=4) == pytest.approx(0.5, abs=1e-15)


def test_twenty_bins_cannot_hold_forty_values():
    # Each bin holds two of the values: I = log 40 - log 2.
    v = np.repeat(np.arange(40), 5)
    z = np.column_stack([v, np.zeros_like(v)])
    assert mig(z, v) == pytest.approx(1 - LOG2 / np.log(40), abs=1e-12)
    assert mig(z, v, n_bins=40) == pytest.approx(1.0, abs=1e-12)
    assert mig(z, v, discretizer="unique") == pytest.approx(1.0, abs=1e-12)


def test_log_cardinality_counts_the_values_that_occur():
    v = np.array([0, 0, 0, 9])
    z = np.column_stack([v, np.zeros(4)])
    entropy = -0.75 * np.log(0.75) - 0.25 * np.log(0.25)
    assert mig(z, v, normalizer="log-cardinality") == pytest.approx(entropy / LOG2, abs=1e-12)


def test_miller_madow_adds_half_a_cell_per_row():
    # H(z0) and H(v) gain 1/8 and 3/8, H(z0, v) gains 3/8: I = log 2 + 1/8, over H(v) = log 4 + 3/8.
    expected = (LOG2 + 1 / 8) / (np.log(4) + 3 / 8)
    assert mig(HALF, FOUR, n_bins=2, entropy="miller-madow") == pytest.approx(expected, abs=1e-15)


def test_negative_information_counts_as_zero_and_is_noted():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(2000, 9)), rng.integers(3, size=(2000, 1))
    score = mig(z, v, entropy="miller-madow")
    assert (score.matrix < 0).any()
    top = np.sort(np.maximum(score.matrix[:, 0], 0))
    assert score.per_factor[0] == pytest.approx((top[-1] - top[-2]) / _miller_madow(v[:, 0]), abs=1e-12)
    assert any("negative" in note for note in score.notes)


def _miller_madow(v):
    p = np.bincount(v) / len(v)
    return -np.sum(p * np.log(p)) + (len(p) - 1) / (2 * len(v))


@pytest.mark.parametrize(("aggregate", "expected"), [("mean", 0.5), ("median", 0.5), ("min", 0.0), (np.max, 1.0)])
def test_aggregates(aggregate, expected):
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    z = np.column_stack([v[:, 0], np.zeros(4)])
    assert mig(z, v, aggregate=aggregate) == pytest.approx(expected, abs=1e-15)


def test_median_differs_from_the_mean():
    v = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    z = np.column_stack([v[:, 0], np.zeros(8)])
    assert mig(z, v) == pytest.approx(1 / 3)
    assert mig(z, v, aggregate="median") == pytest.approx(0.0, abs=1e-15)


def test_continuous_factors_are_cut_into_factor_bins():
    rng = np.random.default_rng(1)
    v = rng.uniform(size=(5000, 2))
    z = np.column_stack([v[:, 0] + rng.normal(scale=0.1, size=5000), v[:, 1], rng.normal(size=5000)])
    for factor_bins in (20, 7):
        expected = mig_by_hand(binned_by_numpy(z, 20), binned_by_numpy(v, factor_bins))
        score = mig(z, v, factor_bins=factor_bins)
        np.testing.assert_allclose(score.per_factor, expected, atol=1e-12)
        assert score.settings["factor_kinds"] == "continuous"
        assert "factor_kinds:continuous" in score.signature


def test_kinds_are_per_factor():
    rng = np.random.default_rng(2)
    v = np.column_stack([rng.uniform(size=500), rng.integers(3, size=500)])
    z = np.column_stack([v, rng.normal(size=500)])
    with pytest.warns(match="distinct labels"):
        as_labels = mig(z, v, factor_kinds="categorical")
    mixed = mig(z, v, factor_kinds={"v0": "continuous"})
    assert mixed.settings["factor_kinds"] == ("continuous", "categorical")
    assert mixed.per_factor[1] == as_labels.per_factor[1]
    assert mixed.per_factor[0] != as_labels.per_factor[0]
    assert mig(z, v, factor_kinds=["continuous", "categorical"]).per_factor.tolist() == mixed.per_factor.tolist()


def test_callables_take_the_place_of_names():
    rng = np.random.default_rng(3)
    z, v = rng.normal(size=(300, 3)), rng.integers(4, size=(300, 2))
    cuts = []

    def halves(values, n_bins):
        cuts.append((len(values), n_bins))
        return (values > np.median(values)) * -5

    def plugin(counts):
        p = counts / counts.sum()
        return -np.sum(p[p > 0] * np.log(p[p > 0]))

    score = mig(z, v, discretizer=halves, n_bins=9, entropy=plugin)
    expected = mig_by_hand(np.stack([c > np.median(c) for c in z.T], axis=1), v)
    np.testing.assert_allclose(score.per_factor, expected, atol=1e-12)
    assert cuts == [(300, 9)] * 3
    assert "halves" in score.signature


def test_one_outlier_ruins_equal_width_bins_and_not_quantile_bins():
    rng = np.random.default_rng(4)
    v = rng.integers(5, size=(2000, 2))
    z = v + rng.normal(scale=0.05, size=v.shape)
    z_out, v_out = np.vstack([z, [[500, 500]]]), np.vstack([v, [[0, 0]]])
    assert mig(z, v) > 0.9
    assert mig(z_out, v_out) < 0.01
    assert mig(z_out, v_out, discretizer="quantile") > 0.9


def test_few_rows_for_many_bins_are_noted():
    rng = np.random.default_rng(5)
    z, v = rng.normal(size=(50, 3)), rng.integers(6, size=(50, 1))
    assert any("few rows" in note for note in mig(z, v).notes)
    assert not any("few rows" in note for note in mig(z, v, entropy="miller-madow").notes)
    assert not any("few rows" in note for note in mig(z, v, n_bins=2).notes)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("n", "n_values"), [(100, 50), (20, 16)])
def test_a_bin_for_each_of_half_as_many_values_as_rows_or_of_16_warns_of_nothing(n, n_values):
    z = np.arange(n) % n_values
    assert not any("distinct" in note for note in mig(np.column_stack([z, z]), z % 3, discretizer="unique").notes)
    more = np.arange(n) % (n_values + 1)
    with pytest.warns(BiasWarning, match=f"{n_values + 1} distinct values in {n} rows"):
        mig(np.column_stack([z, more]), z % 3, discretizer="unique")


def test_a_bin_for_each_of_nearly_all_distinct_values_warns():
    rng = np.random.default_rng(0)
    with pytest.warns(BiasWarning, match=r"latent 'z0' \(column 0\) has 100 distinct values in 100 rows"):
        mig(rng.normal(size=(100, 2)), rng.integers(3, size=100), discretizer="unique")


def test_names_are_recorded_as_we_spell_them():
    score = mig(HALF, FOUR, entropy="miller_madow", n_bins=2)
    assert score.settings["entropy"] == "miller-madow"


def test_a_range_too_small_for_the_bins_names_the_latent():
    z = np.column_stack([np.arange(4.0), 1e16 + 2 * np.arange(4.0)])
    with pytest.raises(InputError, match=r"latent 'z1' \(column 1\).*Subtract the offset"):
        mig(z, [0, 1, 0, 1])


def test_information_is_counted_once_for_several_calls(monkeypatch):
    from disentangle_metrics.kernels.counting import information as module

    calls = []
    count = module.uniform_tables
    monkeypatch.setattr(module, "uniform_tables", lambda *args: calls.append(1) or count(*args))
    data = Representation(np.arange(12.0).reshape(6, 2), [0, 0, 1, 1, 2, 2])
    for normalizer in ("factor", "latent", "none"):
        mig(data, normalizer=normalizer)
    assert len(calls) == 1


@quiet
@given(labelled(), st.integers(2, 7))
def test_equals_the_equation_pair_by_pair(data, n_bins):
    latents, factors = data
    factors = factors[:, [0]]
    score = mig(latents, factors, n_bins=n_bins)
    np.testing.assert_allclose(score.per_factor, mig_by_hand(binned_by_numpy(latents, n_bins), factors), atol=1e-12)


@quiet
@given(labelled())
def test_unique_bins_equal_the_equation_on_the_values_themselves(data):
    latents, factors = data
    factors = factors[:, [0]]
    score = mig(latents, factors, discretizer="unique")
    np.testing.assert_allclose(score.per_factor, mig_by_hand((4 * latents).astype(int), factors), atol=1e-12)


@quiet
@given(labelled())
def test_information_is_at_most_either_entropy(data):
    latents, factors = data
    score = mig(latents, factors)
    bound = [mutual_info_score(v, v) for v in factors.T]
    assert np.all(score.matrix <= np.array(bound) + 1e-12)
    assert np.all(score.matrix >= -1e-12)


@quiet
@given(labelled(), st.integers(2, 4))
def test_repeating_all_rows_changes_nothing(data, times):
    latents, factors = data
    again = mig(np.tile(latents, (times, 1)), np.tile(factors, (times, 1)))
    assert again == pytest.approx(mig(latents, factors), abs=1e-12)


@quiet
@given(labelled(), st.sampled_from([0.0, 0.1, -3.7]))
def test_constant_latents_change_nothing(data, value):
    latents, factors = data
    more = np.hstack([np.full((len(latents), 2), value), latents])
    assert mig(more, factors) == mig(latents, factors)


@quiet
@given(labelled(), st.sampled_from([np.exp, np.cbrt, lambda z: np.exp(3 * z), lambda z: 2 * z - 5]))
def test_monotone_maps_leave_quantile_bins_alone(data, warp):
    latents, factors = data
    assert mig(warp(latents), factors, discretizer="quantile", n_bins=5) == mig(
        latents, factors, discretizer="quantile", n_bins=5
    )


@given(perfect_codes())
def test_a_perfect_code_scores_one(data):
    latents, factors = data
    assert mig(latents, factors) == pytest.approx(1.0, abs=1e-12)


@given(perfect_codes(), st.integers(2, 5))
def test_a_perfect_code_in_few_bins_has_its_closed_form(data, n_bins):
    """A latent of m equally frequent, equally spaced values in B bins knows the entropy of its occupied bins."""
    latents, factors = data
    gaps = []
    for column in factors.T:
        m = column.max() + 1
        bins = np.minimum(np.arange(m) * n_bins // (m - 1), n_bins - 1)
        # value i sits at i / (m - 1) of the range; on an inner edge it belongs to the bin above
        share = np.bincount(bins) / m
        share = share[share > 0]
        gaps.append(-np.sum(share * np.log(share)) / np.log(m))
    assume(_edges_are_exact(latents, n_bins))
    np.testing.assert_allclose(mig(latents, factors, n_bins=n_bins).per_factor, gaps, atol=1e-12)


def _edges_are_exact(latents, n_bins):
    """Whether values that lie on an edge on paper lie on it in float64: elsewhere rounding decides."""
    for z in latents.T:
        edges = np.linspace(z.min(), z.max(), n_bins + 1)
        distance = np.abs(z[:, None] - edges)
        if np.any((distance > 0) & (distance < 1e-9)):
            return False
    return True
