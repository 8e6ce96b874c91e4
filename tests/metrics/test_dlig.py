"""DLIG against closed forms, a slow computation from the equation, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import OptionError, dlig, evaluate, modularity

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
DEPENDENT = np.repeat([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], 10, axis=0)
GRID = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
NOTHING = 1e-9


def by_hand(latents, factors, n_bins):
    """The lead of each latent's first factor over its second, and what the second leaves of the first."""
    result = []
    for z in latents.T:
        binned = np.digitize(z, np.histogram(z, n_bins)[1][:-1])
        known = np.array([mutual_info_score(v, binned) for v in factors.T])
        first, *rest = sorted(known, reverse=True)
        second = max(rest, default=0.0)
        left = []
        for a, b in ((a, b) for a in range(len(known)) for b in range(len(known))):
            v = factors[:, a]
            if abs(known[a] - first) < NOTHING:
                left.append(mutual_info_score(v, v))
                if a != b and abs(known[b] - second) < NOTHING < second:
                    left.append(mutual_info_score(v, v) - mutual_info_score(v, factors[:, b]))
        result.append((first - second, min(left)) if first > NOTHING else (0.0, 1.0))
    return np.array(result).T


@quiet
@settings(max_examples=25)
@given(data=labelled(), n_bins=st.integers(2, 6))
def test_it_equals_the_equation(data, n_bins):
    latents, factors = data
    varied = factors.min(axis=0) < factors.max(axis=0)
    lead, most = by_hand(latents, factors[:, varied], n_bins)
    values = np.array(dlig(latents, factors, n_bins=n_bins, inactive="keep").per_latent)
    defined = most > 1e-7
    np.testing.assert_allclose(values[defined], (lead / np.maximum(most, 1e-9))[defined], atol=1e-7)
    none = most < NOTHING
    assert np.isnan(values[none]).all() or (values == 0).all()


def test_a_perfect_code_of_dependent_factors_scores_1_and_its_modularity_less():
    assert dlig(DEPENDENT, DEPENDENT, n_bins=2) == pytest.approx(1.0)
    assert modularity(DEPENDENT, DEPENDENT, n_bins=2) < 1.0


def test_a_latent_of_both_factors_scores_0_and_of_none_too():
    assert dlig([[0], [1], [2], [3]], GRID, n_bins=4) == 0.0
    z = np.hstack([GRID, [[0], [1], [1], [0]]])
    assert dlig(z, GRID, n_bins=2).per_latent == pytest.approx([1.0, 1.0, 0.0])


def test_latents_of_noise_count_little_by_information():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(2_000, 3))
    z = np.hstack([v, rng.normal(size=(2_000, 3))])
    assert dlig(z, v) == pytest.approx(0.5, abs=0.01)
    assert dlig(z, v, weights="information") > 0.98


def test_a_dead_latent_takes_no_part_unless_it_is_kept():
    z = np.hstack([GRID, np.full((4, 1), 3.7)])
    assert dlig(z, GRID, n_bins=2) == 1.0
    assert dlig(z, GRID, n_bins=2, inactive="keep") == pytest.approx(2 / 3)


def test_a_single_factor_is_led_over_nothing():
    v = np.tile(np.arange(4), 10)[:, None]
    assert dlig(v // 2, v, n_bins=2) == pytest.approx(0.5)


def test_a_latent_of_two_factors_that_determine_each_other_is_left_out_with_a_note():
    v = np.stack([np.tile([0, 1, 2, 0, 1, 2], 10), np.tile([1, 2, 0, 1, 2, 0], 10), np.repeat([0, 1], 30)], axis=1)
    z = v[:, [0, 2]]
    score = dlig(z, v, n_bins=3)
    assert np.isnan(score.per_latent[0])
    assert score == score.per_latent[1] == pytest.approx(1.0)
    assert any("one factor determines the other: z0; left out" in note for note in score.notes)
    noisy = z + 0.05 * np.random.default_rng(0).normal(size=z.shape)
    report = evaluate(noisy, v, "dlig", confidence=0.9, chance=True)
    assert np.isfinite(report["dlig"].interval.low)


def test_targets_score_the_latents_that_they_name():
    z = np.hstack([DEPENDENT, np.tile([0, 1], 30)[:, None]])
    score = dlig(z, DEPENDENT, n_bins=2, targets={"v0": 0, "v1": 1})
    assert score.per_latent[:2] == pytest.approx((1.0, 1.0))
    assert np.isnan(score.per_latent[2])
    assert not any("left out" in note for note in score.notes)
    behind = dlig(z, DEPENDENT, n_bins=2, targets={"v0": 1})
    assert behind < 0
    assert behind.recipe.bounds == (-np.inf, 1.0)


def test_one_latent_for_two_factors_is_refused():
    with pytest.raises(OptionError, match="one latent for the factors 'v0' and 'v1'"):
        dlig(GRID, GRID, n_bins=2, targets={"v0": 0, "v1": 0})
