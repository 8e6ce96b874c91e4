"""DMIG against closed forms, a slow computation from the equation, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import OptionError, dmig, evaluate, mig

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
DEPENDENT = np.repeat([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], 10, axis=0)
NOTHING = 1e-9


def by_hand(latents, factors, n_bins, targets=None):
    """The lead on each factor and what the factor of the runner-up leaves of it, for each runner-up that ties."""
    binned = [np.digitize(z, np.histogram(z, n_bins)[1][:-1]) for z in latents.T]
    known = np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned])
    d, k = known.shape
    own = targets or {}
    leads = [
        [own[m] == j if m in own else known[j, m] >= known[:, m].max() - NOTHING for m in range(k)] for j in range(d)
    ]
    result = []
    for m, v in enumerate(factors.T):
        first = own.get(m, int(known[:, m].argmax()))
        others = [j for j in range(d) if j != first]
        second = max(known[j, m] for j in others)
        whole = mutual_info_score(v, v)
        left = [whole]
        ties = known[first, m] - second < NOTHING and m not in own
        for j in range(d) if ties else others:
            if known[j, m] >= second - NOTHING and second > NOTHING:
                led = [n for n in range(k) if n != m and leads[j][n] and known[:, n].max() > NOTHING]
                left += [whole - mutual_info_score(v, factors[:, n]) for n in led]
        result.append((known[first, m] - second, min(left)))
    return np.array(result).T


@quiet
@settings(max_examples=25)
@given(data=labelled(), n_bins=st.integers(2, 6))
def test_it_equals_the_equation(data, n_bins):
    latents, factors = data
    lead, most = by_hand(latents, factors, n_bins)
    varied = factors.min(axis=0) < factors.max(axis=0)
    values = dmig(latents, factors, n_bins=n_bins).per_factor
    defined = varied & (most > 1e-7)
    np.testing.assert_allclose(values[defined], (lead / np.maximum(most, 1e-9))[defined], atol=1e-7)
    none = varied & (most < NOTHING)
    assert np.isnan(values[none]).all() or (values[varied] == 0).all()


@quiet
@settings(max_examples=25)
@given(data=labelled(), n_bins=st.integers(2, 6), seed=st.integers(0, 9))
def test_it_equals_the_equation_with_targets(data, n_bins, seed):
    latents, factors = data
    rng = np.random.default_rng(seed)
    meant = {m: int(rng.integers(latents.shape[1])) for m in range(factors.shape[1]) if rng.random() < 0.7}
    if not meant:
        return
    lead, most = by_hand(latents, factors, n_bins, meant)
    values = dmig(latents, factors, n_bins=n_bins, targets={f"v{m}": j for m, j in meant.items()}).per_factor
    defined = (factors.min(axis=0) < factors.max(axis=0)) & (most > 1e-7)
    np.testing.assert_allclose(values[defined], (lead / np.maximum(most, 1e-9))[defined], atol=1e-7)


def test_a_perfect_code_of_dependent_factors_scores_1_and_its_mig_less():
    assert dmig(DEPENDENT, DEPENDENT, n_bins=2) == pytest.approx(1.0)
    assert mig(DEPENDENT, DEPENDENT, n_bins=2) < 0.95


def test_where_factors_are_independent_it_is_mig():
    grid = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    z = np.array([[0, 0], [0, 1], [1, 0], [1, 0]])
    assert dmig(z, grid, n_bins=2).per_factor == pytest.approx(mig(z, grid, n_bins=2).per_factor)


def test_the_runner_up_that_leads_on_no_factor_leaves_all():
    v = DEPENDENT[:, :1]
    rng = np.random.default_rng(1)
    z = np.hstack([v + 0.1 * rng.normal(size=v.shape), rng.normal(size=(60, 2))])
    assert dmig(z, v) == pytest.approx(float(mig(z, v)))


def test_a_copy_of_a_latent_leads_by_nothing_and_a_copy_of_the_runner_up_changes_nothing():
    assert dmig(DEPENDENT[:, [0, 0, 1]], DEPENDENT, n_bins=2).per_factor == pytest.approx([0.0, 1.0])


def test_a_factor_that_the_other_determines_is_left_out_with_a_note():
    v = np.stack([np.tile(np.arange(4), 15), np.tile([0, 0, 1, 1], 15)], axis=1)
    score = dmig(v, v, n_bins=4)
    assert score.per_factor[0] == pytest.approx(1.0)
    assert np.isnan(score.per_factor[1])
    assert score == pytest.approx(1.0)
    assert any("one factor determines the other: v1; left out" in note for note in score.notes)
    scored = evaluate(v + 0.01 * np.random.default_rng(0).normal(size=v.shape), v, "dmig", confidence=0.9, chance=True)
    assert np.isfinite(scored["dmig"].interval.low)


def test_factors_that_determine_each_other_score_0_with_a_note():
    v = np.tile([[0, 1], [1, 2], [2, 0]], (20, 1))
    score = dmig(v, v, n_bins=3)
    assert score == 0.0
    assert any("each factor is determined by another" in note for note in score.notes)


def test_a_score_above_1_has_a_note_whose_advice_stays_within_1():
    rng = np.random.default_rng(0)
    first = rng.integers(4, size=2_000)
    second = np.where(rng.random(2_000) < 0.6, first, rng.integers(4, size=2_000))
    v = np.stack([first, second], axis=1)
    z = np.stack([first, second + 1.5 * rng.normal(size=2_000)], axis=1)  # a bad latent of the second factor
    score = dmig(z, v, targets={"v0": 0, "v1": 1})
    assert score.per_factor[0] > 1
    assert any("above 1: v0" in note and "mig and xmig" in note for note in score.notes)
    assert mig(z, v, targets={"v0": 0, "v1": 1}).per_factor[0] <= 1


def test_targets_may_be_behind():
    score = dmig(DEPENDENT, DEPENDENT, n_bins=2, targets={"v0": 1, "v1": 0})
    assert (score.per_factor < 0).all()
    assert score.recipe.bounds == (-np.inf, np.inf)
    with pytest.raises(OptionError, match="names the factor 'v7'"):
        dmig(DEPENDENT, DEPENDENT, targets={"v7": 0})


def test_missing_labels_leave_their_rows_out_of_each_pair():
    rng = np.random.default_rng(3)
    v = rng.integers(3, size=(400, 2)).astype(float)
    v[:, 1] = np.where(rng.random(400) < 0.5, v[:, 0], v[:, 1])
    z = v + 0.3 * rng.normal(size=v.shape)
    some = v.copy()
    some[:100, 0] = np.nan
    score = dmig(z, some)
    both = dmig(z[100:], some[100:])
    assert score.per_factor[0] == pytest.approx(both.per_factor[0])
    assert score.per_factor[1] == pytest.approx(both.per_factor[1], abs=0.05)


def test_whole_weights_are_repeated_rows():
    rng = np.random.default_rng(4)
    v = rng.integers(3, size=(60, 2))
    z = np.round(v + rng.normal(size=v.shape), 1)
    weight = rng.integers(0, 4, size=60)
    weight[[z[:, 0].argmin(), z[:, 0].argmax(), z[:, 1].argmin(), z[:, 1].argmax()]] = 1
    rows = np.repeat(np.arange(60), weight)
    assert dmig(z, v, sample_weight=weight) == pytest.approx(float(dmig(z[rows], v[rows])))


def test_the_note_on_dependent_factors_does_not_say_that_a_perfect_code_loses():
    v = np.repeat([[0, 0], [1, 1], [0, 1], [1, 0]], [40, 40, 5, 5], axis=0)
    (note,) = [note for note in dmig(v, v, n_bins=2).notes if "depend on each other" in note]
    assert "perfect" not in note
    assert any("perfect representation" in note for note in mig(v, v, n_bins=2).notes)


@pytest.mark.parametrize("normalizer", ["factor", "self-information"])
def test_without_bins_a_perfect_code_scores_near_1(normalizer):
    rng = np.random.default_rng(0)
    v = DEPENDENT[rng.permutation(60)].repeat(4, axis=0)
    z = v + 0.01 * rng.normal(size=v.shape)
    score = dmig(z, v, estimator="ksg", normalizer=normalizer)
    assert score == pytest.approx(1.0, abs=0.1)


def test_the_reason_for_no_ceiling_advises_a_normalizer_that_the_metric_has():
    rng = np.random.default_rng(0)
    z = DEPENDENT + 0.01 * rng.normal(size=DEPENDENT.shape)
    score = evaluate(z, DEPENDENT, "dmig", ceiling=True, options={"dmig": {"estimator": "ksg"}})["dmig"]
    (note,) = [note for note in score.notes if "no ceiling" in note]
    assert note.endswith("Use normalizer='self-information' with estimator='ksg'")
    options = {"estimator": "ksg", "normalizer": "self-information"}
    assert evaluate(z, DEPENDENT, "dmig", ceiling=True, options={"dmig": options})["dmig"].ceiling is not None
