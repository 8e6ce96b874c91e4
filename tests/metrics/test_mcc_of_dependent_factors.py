"""MCC by canonical correlation of factors of which some are sums of others: fewer directions than factors."""

import numpy as np
import pytest

from disentangle_metrics import evaluate, mcc

RNG = np.random.default_rng(0)
V = RNG.normal(size=(400, 3))
WITH_A_SUM, WITH_A_COPY = np.column_stack([V, V[:, 0] + V[:, 1]]), np.column_stack([V, 2 * V[:, 0]])
CCA = {"mapping": "cca", "factor_kinds": "continuous"}


def canonical(latents, factors):
    """The canonical correlations, from orthonormal columns."""
    bases = [np.linalg.qr(x - x.mean(axis=0))[0] for x in (latents, factors)]
    return np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)


@pytest.mark.parametrize("factors", [WITH_A_SUM, WITH_A_COPY])
@pytest.mark.parametrize("n_latents", [2, 3, 5])
def test_the_score_is_the_mean_of_canonical_correlations_and_no_factor_exceeds_one(factors, n_latents):
    latents = np.column_stack([V + RNG.normal(size=V.shape), RNG.normal(size=(400, 2))])[:, :n_latents]
    found = canonical(latents, V)
    score = mcc(latents, factors, **CCA)
    assert score == pytest.approx(found.sum() / 3, abs=1e-9)
    assert score.per_factor.max() <= 1
    assert mcc(latents, factors, average="matched", **CCA) == pytest.approx(found.mean(), abs=1e-9)
    report = evaluate(latents, factors, "mcc", options={"mcc": CCA}, chance=True, n_permutations=20)
    assert report["mcc"].chance < 0.3


def test_a_perfect_code_has_1_for_each_factor():
    np.testing.assert_allclose(mcc(V, WITH_A_SUM, **CCA).per_factor, 1.0)
    assert mcc(V, WITH_A_SUM, held_out=True, **CCA) == pytest.approx(1.0)
    assert mcc(V, np.column_stack([WITH_A_SUM, np.ones(400)]), degenerate="zero", **CCA) == pytest.approx(3 / 4)


def test_a_note_counts_the_directions_of_factors_and_not_the_factors():
    said = " ".join(mcc(V[:, :2], WITH_A_SUM, **CCA).notes)
    assert "the 4 factors are sums of 3" in said
    assert "2 latents for 3 factors: 1 without a latent of its own is counted as 0" in said
    assert "sums of" not in " ".join(mcc(V, V, **CCA).notes)
