"""Latents whose posterior is the prior are named where they move a score, and without them it is as the note says."""

import re

import numpy as np
import pytest

from disentangle_metrics import (
    OptionError,
    Posterior,
    Representation,
    ShapeError,
    evaluate,
    list_metrics,
    load_representation,
    mig,
    rescore,
    sap,
)
from disentangle_metrics.data.collapsed import collapsed as collapsed_latents
from disentangle_metrics.data.collapsed import silenced


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
    assert collapsed_latents(data).tolist() == [False] * 2 + [True] * 4


@pytest.mark.parametrize("metric", [mig, sap])
def test_inactive_latents_that_move_the_score_are_named(metric):
    mean, logvar, v = collapsed()
    score = metric(Posterior(mean, logvar, v))
    assert said(score).startswith(
        "4 of 6 latents are inactive (KL from the prior below 0.01 nats: z2, z3, z4, z5); without them the score is "
    )
    share = int(re.search(r"(\d+)% higher", said(score))[1]) / 100
    assert metric(mean[:, :2], v) == pytest.approx(score * (1 + share), rel=0.05)
    assert "inactive='collapsed'" in said(score)
    followed = metric(Posterior(mean, logvar, v), inactive="collapsed")
    assert followed == pytest.approx(score * (1 + share), rel=0.05)
    assert said(followed) == ""


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


SILENCING = [one for spec in list_metrics() if "inactive" in spec.options for one in spec.parts.values() or [spec]]


@pytest.mark.parametrize("spec", SILENCING, ids=lambda spec: spec.name)
def test_inactive_latents_may_count_as_constant(spec):
    mean, logvar, v = collapsed()
    constant = mean * ([1] * 2 + [0] * 4)
    score = spec.function(Posterior(mean, logvar, v), inactive="collapsed")
    assert score == pytest.approx(float(spec.function(constant, v)), abs=1e-12)
    np.testing.assert_allclose(score.matrix, spec.function(constant, v).matrix, atol=1e-12)
    assert "inactive:collapsed" in score.signature
    assert rescore(score.signature, Posterior(mean, logvar, v))[spec.name] == score


@pytest.mark.parametrize("spec", SILENCING, ids=lambda spec: spec.name)
def test_without_a_posterior_the_largest_variance_is_the_measure(spec):
    mean, _, v = collapsed()
    data = Representation(mean * 1e-6, v)  # in other units
    assert collapsed_latents(data).tolist() == [False] * 2 + [True] * 4
    assert spec.function(mean, v, inactive="collapsed") == pytest.approx(
        float(spec.function(mean * ([1] * 2 + [0] * 4), v)), abs=1e-12
    )
    assert not collapsed_latents(Representation(np.zeros((9, 2)), v[:9])).any()


@pytest.mark.parametrize("spec", SILENCING, ids=lambda spec: spec.name)
def test_what_stands_beside_it_takes_them_as_constant_too(spec):
    mean, logvar, v = collapsed(600)
    asked = {"metrics": spec.name, "confidence": 0.9, "n_boot": 20, "chance": True, "n_permutations": 2}
    found = evaluate(Posterior(mean, logvar, v), options={spec.name: {"inactive": "collapsed"}}, **asked)[spec.name]
    expected = evaluate(mean * ([1] * 2 + [0] * 4), v, **asked)[spec.name]
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.interval.low, expected.interval.high))
    assert found.chance == pytest.approx(expected.chance)


def test_nothing_is_copied_where_all_are_active():
    mean, logvar, v = collapsed()
    data = Posterior(mean[:, :2], logvar[:, :2], v)
    assert silenced(data) is data


def test_an_option_that_needs_log_variances_says_what_is_wrong_with_them():
    mean, logvar, v = collapsed()
    with pytest.raises(ShapeError, match="logvar has shape"):
        mig(Posterior(mean, lambda: logvar[:7], v), inactive="collapsed")
    with pytest.raises(OptionError, match="inactive='zero' is not known"):
        mig(mean, v, inactive="zero")
