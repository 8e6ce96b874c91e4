"""XMIG against closed forms, a slow computation from the equation, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import mig, xmig

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
DEPENDENT = np.repeat([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], 10, axis=0)
NOTHING = 1e-9


def by_hand(latents, factors, n_bins, targets):
    """The lead on each factor over the latents that lead on none, as a share of the factor's entropy."""
    binned = [np.digitize(z, np.histogram(z, n_bins)[1][:-1]) for z in latents.T]
    known = np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned])
    leading = set(targets.values())
    for m, column in enumerate(known.T):
        best = np.flatnonzero(column >= column.max() - NOTHING)
        if m not in targets and len(best) == 1:
            leading.add(int(best[0]))
    free = [j for j in range(len(known)) if j not in leading]
    shares = []
    for m, column in enumerate(known.T):
        first = column[targets[m]] if m in targets else column.max()
        shares.append((first - max([column[j] for j in free], default=0.0)) / mutual_info_score(*[factors[:, m]] * 2))
    return np.array(shares)


@quiet
@settings(max_examples=25)
@given(data=labelled(), n_bins=st.integers(2, 6), seed=st.integers(0, 9))
def test_it_equals_the_equation(data, n_bins, seed):
    latents, factors = data
    rng = np.random.default_rng(seed)
    meant = {m: int(rng.integers(latents.shape[1])) for m in range(factors.shape[1]) if rng.random() < seed / 10}
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = by_hand(latents, factors, n_bins, meant)
    varied = factors.min(axis=0) < factors.max(axis=0)
    values = xmig(latents, factors, n_bins=n_bins, targets={f"v{m}": j for m, j in meant.items()} or None).per_factor
    np.testing.assert_allclose(values[varied], shares[varied], atol=1e-7)


def test_a_perfect_code_of_dependent_factors_scores_1_beside_a_latent_that_knows_nothing():
    knows_nothing = np.tile([0, 1], 30)[:, None]
    z = np.hstack([DEPENDENT, knows_nothing])
    assert xmig(z, DEPENDENT, n_bins=2) == pytest.approx(1.0)
    assert mig(z, DEPENDENT, n_bins=2) < 0.95


def test_a_copy_takes_the_lead_away():
    assert xmig(DEPENDENT[:, [0, 0, 1]], DEPENDENT, n_bins=2).per_factor == pytest.approx([0.0, 1.0], abs=0.1)


def test_a_free_latent_of_half_a_factor_leaves_the_other_half():
    v = np.tile(np.arange(4), 10)[:, None]
    z = np.hstack([v, v // 2])
    assert xmig(z, v, n_bins=4) == pytest.approx(0.5)


def test_the_latent_of_another_factor_is_not_held_against_the_code():
    v = np.stack([np.tile(np.arange(4), 10), np.tile(np.arange(4), 10) // 2], axis=1)
    z = np.hstack([v, np.tile([[0], [0], [0], [0], [1], [1], [1], [1]], (5, 1))])
    targets = {"v0": 0, "v1": 1}
    assert xmig(z, v, n_bins=4, targets=targets) == pytest.approx(1.0)
    assert mig(z, v, n_bins=4, targets=targets).per_factor == pytest.approx([0.5, 0.0])


def test_without_free_latents_a_note_says_that_nothing_is_subtracted():
    score = xmig(DEPENDENT, DEPENDENT, n_bins=2)
    assert score == pytest.approx(1.0)
    assert any("no latent is free of factors" in note for note in score.notes)
    z = np.hstack([DEPENDENT, np.tile([0, 1], 30)[:, None]])
    assert not any("no latent is free" in note for note in xmig(z, DEPENDENT, n_bins=2).notes)


def test_targets_may_be_behind():
    z = np.hstack([DEPENDENT, np.tile([0, 1], 30)[:, None]])
    score = xmig(z, DEPENDENT, n_bins=2, targets={"v0": 2, "v1": 1})  # the first latent is free
    assert score.per_factor[0] == pytest.approx(-1.0)
    assert score.per_factor[1] > 0
    assert score.recipe.bounds == (-1.0, 1.0)
    assert any("another latent knows more of v0 than z2" in note for note in score.notes)
