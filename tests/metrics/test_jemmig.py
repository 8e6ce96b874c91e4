"""JEMMIG against closed forms, a slow computation from the equation, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled, perfect_codes

from disentangle_metrics import BiasWarning, Edges, evaluate, jemmig
from disentangle_metrics.kernels.counting.information import Information
from disentangle_metrics.metrics.jemmig import nearness

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
GRID = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def entropy(*columns):
    """The entropy in nats of some columns together, from a dictionary of counts."""
    counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)[1]
    return -sum(c / counts.sum() * np.log(c / counts.sum()) for c in counts)


def by_hand(latents, factors, n_bins):
    """JEMMIG in nats and its maximum, for each factor, from the equation; with the best of equally good latents."""
    binned = [np.digitize(z, np.histogram(z, n_bins)[1][:-1]) for z in latents.T]
    result = []
    for v in factors.T:
        known = [mutual_info_score(v, z) for z in binned]
        most = entropy(v) + np.log(n_bins)
        lacking = []
        for j, z in enumerate(binned):
            if known[j] >= max(known) - 1e-9:
                second = max([*known[:j], *known[j + 1 :]], default=0.0)
                lacking.append(entropy(z, v) - known[j] + second if entropy(z) > 0 else most)
        result.append((min(lacking), most))
    return np.array(result).T


@quiet
@settings(max_examples=40)
@given(data=labelled(), n_bins=st.integers(2, 6))
def test_it_equals_the_equation(data, n_bins):
    latents, factors = data
    lacking, most = by_hand(latents, factors, n_bins)
    varied = factors.min(axis=0) < factors.max(axis=0)
    score = jemmig(latents, factors, n_bins=n_bins)
    np.testing.assert_allclose(score.per_factor[varied], (1 - lacking / most)[varied], atol=1e-9)
    nats = jemmig(latents, factors, n_bins=n_bins, normalizer="none")
    np.testing.assert_allclose(nats.per_factor[varied], -lacking[varied], atol=1e-9)


@given(data=perfect_codes())
def test_a_code_of_as_many_bins_as_values_scores_1(data):
    latents, factors = data
    assert jemmig(latents, factors, discretizer="unique") == pytest.approx(1.0)
    assert jemmig(latents, factors, discretizer="unique", normalizer="none") == pytest.approx(0.0)


def test_a_latent_of_two_factors_lacks_the_entropy_of_the_other():
    # H(z, v) = log 4, I = log 2: log 2 is lacking of log 2 + log 4
    assert jemmig([[0], [1], [2], [3]], GRID, n_bins=4) == pytest.approx(2 / 3)
    assert jemmig([[0], [1], [2], [3]], GRID, n_bins=4, normalizer="none") == pytest.approx(-np.log(2))


def test_a_copy_of_the_latent_adds_its_information():
    twice = GRID[:, [0, 0, 1]]
    assert jemmig(twice, GRID, n_bins=2).per_factor == pytest.approx([0.5, 1.0])


def test_bins_without_rows_count():
    z, v = np.array([[0.0], [1.0], [1.0], [1.0]]), GRID[:, :1]  # the first and the last bin hold rows
    few, many = (jemmig(z, v, n_bins=n, normalizer="none") for n in (5, 10))
    assert few == many < 0
    for n in (5, 10):
        assert jemmig(z, v, n_bins=n) == pytest.approx(1 + float(few) / (np.log(2) + np.log(n)))


@pytest.mark.parametrize(
    ("options", "bins"),
    [
        ({"n_bins": 7}, 7),
        ({"discretizer": "quantile", "n_bins": 3}, 3),
        ({"discretizer": "unique"}, 4),
        ({"discretizer": Edges((0.0, 0.5, 1.5, 9.0))}, 3),
        ({"discretizer": Edges(((0.0, 0.5, 1.5, 9.0), (0.0, 0.5, 9.0)))}, (3, 2)),
        ({"n_bins": "auto"}, 2),
    ],
    ids=str,
)
def test_the_maximum_is_of_the_bins_that_were_asked_for(options, bins):
    z = np.stack([np.arange(4.0), [0.0, 1.0, 0.0, 1.0]], axis=1)
    v = np.array([[0], [0], [1], [1]])
    nats, share = jemmig(z, v, normalizer="none", **options), jemmig(z, v, **options)
    log_bins = np.log(np.atleast_1d(bins)[0])  # the first latent is the best
    assert share == pytest.approx(1 + nats / (np.log(2) + log_bins))


def test_a_group_has_the_product_of_the_bins_of_its_latents():
    v = np.arange(4)[:, None]
    wide = np.hstack([GRID, [[0], [1], [1], [0]]])  # the third latent shares log 2 with the factor
    score = jemmig(np.tile(wide, (20, 1)), np.tile(v, (20, 1)), n_bins=3, latent_groups=[(0, 1), (2,)])
    assert score == pytest.approx(1 - np.log(2) / (np.log(4) + np.log(9)))


def test_the_note_on_many_joint_bins_advises_what_the_metric_has():
    z, v = np.arange(12.0).reshape(4, 3), np.arange(4)[:, None]
    with pytest.warns(BiasWarning, match="so many joint bins") as seen:
        jemmig(z, v, latent_groups=[(0, 1), (2,)])
    assert "Take fewer bins or more rows." in str(seen[0].message)


def test_one_latent_is_enough_and_a_constant_one_scores_the_worst_value():
    assert jemmig(GRID[:, :1], GRID[:, :1], n_bins=2) == 1.0
    with pytest.warns(UserWarning, match="every latent is constant"):
        assert jemmig(np.zeros((4, 1)), GRID, n_bins=2) == 0.0
    with pytest.warns(UserWarning, match="every latent is constant"):
        assert jemmig(np.zeros((4, 1)), GRID, n_bins=2, normalizer="none") == pytest.approx(-np.log(4))


def test_a_constant_latent_among_others_changes_nothing():
    rng = np.random.default_rng(0)
    z = GRID[rng.integers(4, size=200)] + rng.normal(size=(200, 2))
    v = rng.integers(3, size=(200, 2))
    assert jemmig(np.hstack([z, np.full((200, 1), 3.7)]), v) == jemmig(z, v)


def test_noise_scores_what_its_unequal_bins_lack_and_a_note_says_so():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(2_000, 6)), rng.integers(4, size=(2_000, 3))
    score = evaluate(z, v, "jemmig", chance=True)["jemmig"]
    assert 0.05 < score < 0.2
    assert score.chance == pytest.approx(float(score), abs=0.01)
    assert any("latents without information score" in note for note in jemmig(z, v).notes)


@pytest.mark.parametrize("normalizer", ["maximum", "none"])
def test_the_bounds_are_those_of_the_normalizer(normalizer):
    score = jemmig(GRID, GRID, n_bins=2, normalizer=normalizer)
    assert score.recipe.bounds == ((0.0, 1.0) if normalizer == "maximum" else (-np.inf, 0.0))


def test_corrected_entropies_stay_in_the_range():
    rng = np.random.default_rng(1)
    z = np.repeat(rng.normal(size=(10, 2)), 2, axis=0)
    v = np.repeat(rng.integers(5, size=(10, 2)), 2, axis=0)
    for entropy_name in ("miller-madow", "nsb", "chao-shen"):
        values = jemmig(z, v, entropy=entropy_name).per_factor
        assert ((values >= 0) & (values <= 1)).all()


def test_draws_in_front_are_reduced_like_one():
    rng = np.random.default_rng(2)
    mutual, latent, factor = rng.random((5, 3, 2)), 1 + rng.random((5, 3, 2)), 1 + rng.random((5, 2))
    info = Information(mutual, latent, factor, np.full(2, 4), mutual)
    log_bins = np.log([4, 5, 6])
    together = nearness([info], log_bins, False)
    for r in range(5):
        one = Information(mutual[r], latent[r], factor[r], np.full(2, 4), mutual[r])
        np.testing.assert_array_equal(together[r], nearness([one], log_bins, False))
