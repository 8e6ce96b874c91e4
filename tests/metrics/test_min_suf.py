"""Minimality and sufficiency against closed forms, a slow computation from the equation, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import evaluate, min_suf

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
GRID = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
MINIMALITY, SUFFICIENCY = "min_suf.minimality", "min_suf.sufficiency"


def by_hand(latents, factors, n_bins):
    """The share of each latent that is about one factor, and of each factor that is in one latent."""
    binned = [np.digitize(z, np.histogram(z, n_bins)[1][:-1]) for z in latents.T]
    known = np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned])
    of_latents = np.array([mutual_info_score(z, z) for z in binned])
    of_factors = np.array([mutual_info_score(v, v) for v in factors.T])
    with np.errstate(invalid="ignore"):
        return (known / of_latents[:, None]).max(axis=1), (known / of_factors).max(axis=0)


@quiet
@settings(max_examples=40)
@given(data=labelled(), n_bins=st.integers(2, 6))
def test_they_equal_the_equations(data, n_bins):
    latents, factors = data
    _, of_factors = by_hand(latents, factors, n_bins)
    score = min_suf(latents, factors, n_bins=n_bins)
    moving, varied = (x.min(axis=0) < x.max(axis=0) for x in (latents, factors))
    np.testing.assert_allclose(score[SUFFICIENCY].per_factor[varied], of_factors[varied], atol=1e-9)
    if moving.any():
        of_latents, _ = by_hand(latents[:, moving], factors[:, varied], n_bins)
        np.testing.assert_allclose(score[MINIMALITY].per_latent[moving], of_latents, atol=1e-9)
        assert np.isnan(score[MINIMALITY].per_latent[~moving]).all()
        assert score[MINIMALITY] == pytest.approx(of_latents.mean(), abs=1e-9)


def test_they_hold_although_factors_depend_on_each_other():
    v = np.repeat([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], 5, axis=0)
    assert list(min_suf(v, v, n_bins=2).values()) == [1.0, 1.0]


def test_a_latent_of_two_factors_is_half_minimal_and_sufficient():
    report = min_suf([[0], [1], [2], [3]], GRID, n_bins=4)
    assert report[MINIMALITY] == pytest.approx(0.5)
    assert report[SUFFICIENCY] == pytest.approx(1.0)


def test_a_latent_of_half_a_factor_is_minimal_and_half_sufficient():
    report = min_suf([[0], [0], [1], [1]], [[0], [1], [2], [3]], n_bins=2)
    assert report[MINIMALITY] == pytest.approx(1.0)
    assert report[SUFFICIENCY] == pytest.approx(0.5)


def test_copies_are_as_good_as_one():
    twice = GRID[:, [0, 0, 1]]
    assert list(min_suf(twice, GRID, n_bins=2).values()) == [1.0, 1.0]


def test_a_dead_latent_takes_no_part_unless_it_is_kept():
    z = np.hstack([GRID, np.full((4, 1), 3.7)])
    assert min_suf(z, GRID, n_bins=2)[MINIMALITY] == 1.0
    assert any("inactive and left out" in note for note in min_suf(z, GRID, n_bins=2)[MINIMALITY].notes)
    assert min_suf(z, GRID, n_bins=2, inactive="keep")[MINIMALITY] == pytest.approx(2 / 3)
    assert min_suf(z, GRID, n_bins=2)[SUFFICIENCY] == 1.0


def test_dead_latents_alone_score_0():
    with pytest.warns(UserWarning, match="every latent is constant"):
        assert list(min_suf(np.ones((4, 2)), GRID).values()) == [0.0, 0.0]


def test_weights_by_information_forgive_noise_to_minimality_alone():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(2_000, 3))
    z = np.hstack([v, rng.normal(size=(2_000, 3))])
    plain, weighed = min_suf(z, v), min_suf(z, v, weights="information")
    assert plain[MINIMALITY] == pytest.approx(0.5, abs=0.01)
    assert weighed[MINIMALITY] > 0.98
    assert plain[SUFFICIENCY] == weighed[SUFFICIENCY]


def test_noise_scores_by_the_bias_of_few_rows_which_a_note_names():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(200, 10)), rng.integers(5, size=(200, 3))
    report = evaluate(z, v, "min_suf", chance=True)
    for score in report.values():
        assert score == pytest.approx(score.chance, abs=0.02)
        assert any("few rows" in note and "miller-madow" in note for note in score.notes)
    corrected = min_suf(z, v, entropy="miller-madow")  # the advice
    assert all(corrected[name] < 0.75 * report[name] for name in report)


def test_corrected_shares_stay_in_the_range():
    rng = np.random.default_rng(1)
    z, v = rng.normal(size=(20, 3)), rng.integers(5, size=(20, 2))
    for entropy in ("miller-madow", "nsb", "chao-shen"):
        report = min_suf(z, v, entropy=entropy)
        values = np.concatenate([report[MINIMALITY].per_latent, report[SUFFICIENCY].per_factor])
        assert ((values >= 0) & (values <= 1)).all()


def test_a_group_is_one_latent():
    v = np.tile(np.arange(4)[:, None], (20, 1))
    z = np.tile(GRID, (20, 1))
    alone = min_suf(z, v, n_bins=2)
    assert list(alone.values()) == [pytest.approx(1.0), pytest.approx(0.5)]
    noise = np.tile([[0], [1], [1], [0]], (20, 1))
    together = min_suf(np.hstack([z, noise]), v, n_bins=2, latent_groups=[(0, 1), (2,)])
    assert together[SUFFICIENCY] == pytest.approx(1.0)
    np.testing.assert_allclose(together[MINIMALITY].per_latent, [1.0, 1.0])


def test_missing_labels_leave_out_their_rows():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(300, 2))
    v = rng.integers(3, size=(300, 1)).astype(float)
    v[:100] = np.nan
    some, all_of_rest = min_suf(z, v), min_suf(z[100:], v[100:])
    assert [float(s) for s in some.values()] == [float(s) for s in all_of_rest.values()]
