"""Latents whose posterior is the prior are named where they move a score, and without them it is as the note says."""

import re

import numpy as np
import pytest

from disentangle_metrics import Posterior, evaluate, load_representation, mig, sap


def collapsed(n=4000, hair=0.02, seed=0):
    """Two active latents, and four that hear of the first factor by a hair inside of a posterior that is the prior."""
    rng = np.random.default_rng(seed)
    v = rng.integers(5, size=(n, 2))
    active = (v - 2 + 0.4 * rng.normal(size=v.shape)) / 2
    still = hair * (v[:, :1] - 2 + 0.6 * rng.normal(size=(n, 4)))
    logvar = np.c_[np.full((n, 2), -4.0), np.zeros((n, 4))]
    return np.c_[active, still], logvar, v


def said(score):
    return "".join(note for note in score.notes if "inactive" in note)


def test_kl_is_that_of_two_normal_distributions():
    torch = pytest.importorskip("torch")
    mean, logvar, v = collapsed(50)
    normal = torch.distributions.Normal(torch.tensor(mean), torch.tensor(logvar).div(2).exp())
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).mean(dim=0)
    data = Posterior(mean, logvar, v)
    np.testing.assert_allclose(data.kl, expected.numpy(), rtol=1e-6)
    assert data.collapsed.tolist() == [False] * 2 + [True] * 4


@pytest.mark.parametrize("metric", [mig, sap])
def test_inactive_latents_that_move_the_score_are_named(metric):
    mean, logvar, v = collapsed()
    score = metric(Posterior(mean, logvar, v))
    assert said(score).startswith(
        "4 of 6 latents are inactive (KL from the prior below 0.01 nats: z2, z3, z4, z5); without them the score is "
    )
    share = int(re.search(r"(\d+)% higher", said(score))[1]) / 100
    assert metric(mean[:, :2], v) == pytest.approx(score * (1 + share), rel=0.05)


def test_latents_without_a_posterior_have_no_such_note():
    mean, _, v = collapsed()
    assert said(mig(mean, v)) == ""


def test_inactive_latents_that_say_nothing_need_no_note():
    mean, logvar, v = collapsed()
    mean[:, 2:] = 0.01 * np.random.default_rng(0).normal(size=(4000, 4))
    assert said(mig(Posterior(mean, logvar, v))) == ""


def test_an_encoder_that_says_nothing_at_all_is_named():
    mean, logvar, v = collapsed()
    for score in evaluate(Posterior(mean[:, 2:], logvar[:, 2:], v)).values():
        assert said(score).startswith("every latent is inactive")


def test_a_file_brings_its_log_variances_along(tmp_path):
    mean, logvar, v = collapsed()
    np.savez(tmp_path / "z.npz", mean=mean, logvar=logvar)
    np.savez(tmp_path / "v.npz", factors=v)
    data = load_representation(tmp_path / "z.npz", tmp_path / "v.npz")
    assert said(mig(data)).startswith("4 of 6 latents are inactive")


def test_log_variances_that_are_none_do_not_end_a_metric_that_does_not_need_them():
    mean, logvar, v = collapsed()
    score = mig(Posterior(mean, lambda: logvar[:7], v))
    assert score == mig(mean, v)
    assert "log-variances cannot be used, so inactive latents are not counted: logvar has shape (7, 6)" in said(score)
