import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from drawn import D, N, a_batch, a_posterior, generator, normal
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from disentangle_metrics.errors import OptionError
from reference_models.objective import (
    DIPVAE1,
    DIPVAE2,
    OBJECTIVES,
    AnnealedCapacity,
    BetaTCVAE,
    BetaVAE,
    FactorVAE,
    Posterior,
)
from reference_models.penalty import decomposition, reconstruction, sample

DATASET = 1000
posterior = pytest.fixture(a_posterior, name="posterior")
batch = pytest.fixture(a_batch, name="batch")
ALL = pytest.mark.parametrize("name", OBJECTIVES)


def linear_discriminator(z):
    return torch.stack([z.sum(dim=1), torch.zeros(len(z), dtype=z.dtype)], dim=1)


def kl_by_torch(posterior):
    """The KL of each image's posterior from the prior, as a multivariate normal: (n,)."""
    q = MultivariateNormal(posterior.mean, torch.diag_embed(posterior.logvar.exp()))
    return kl_divergence(q, MultivariateNormal(torch.zeros(D).double(), torch.eye(D).double()))


def loss(model, batch, posterior, progress=1.0, discriminator=linear_discriminator):
    return model(*batch, posterior, progress, DATASET, discriminator)


# ---- beta-VAE


def test_beta_one_is_the_negative_evidence_lower_bound(batch, posterior):
    logits, images = batch
    bound = Independent(Bernoulli(logits=logits), 3).log_prob(images) - kl_by_torch(posterior)
    torch.testing.assert_close(loss(BetaVAE(beta=1.0), batch, posterior).total, -bound.mean())


def test_beta_weighs_the_kl(batch, posterior):
    zero, four = (loss(BetaVAE(beta=b), batch, posterior).total for b in (0.0, 4.0))
    torch.testing.assert_close(four - zero, 4 * kl_by_torch(posterior).mean())


def test_beta_zero_is_the_reconstruction(batch, posterior):
    assert loss(BetaVAE(beta=0.0), batch, posterior).total == reconstruction(*batch)


# ---- annealed capacity


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_annealed_capacity_pays_for_the_distance_on_either_side(batch, posterior, progress):
    kl = kl_by_torch(posterior).mean().item()
    capacity = 2 * kl  # below the KL at first, above it in the end
    model = AnnealedCapacity(gamma=30.0, capacity=capacity, anneal=1.0)
    result = loss(model, batch, posterior, progress)
    penalty = (result.total - result.reconstruction).item()
    assert penalty == pytest.approx(30 * abs(kl - progress * capacity))


def test_annealed_capacity_starts_as_a_beta_vae(batch, posterior):
    start = loss(AnnealedCapacity(gamma=30.0), batch, posterior, progress=0.0).total
    torch.testing.assert_close(start, loss(BetaVAE(beta=30.0), batch, posterior).total)


# ---- beta-TCVAE


def test_beta_tcvae_weighs_only_the_total_correlation(batch, posterior):
    correlation = decomposition(posterior.z, posterior.mean, posterior.logvar, DATASET).total_correlation
    one, six = (loss(BetaTCVAE(beta=b), batch, posterior).total for b in (1.0, 6.0))
    torch.testing.assert_close(six - one, 5 * correlation)


def test_beta_tcvae_of_beta_one_is_the_vae_by_monte_carlo(batch, posterior):
    q = Independent(Normal(posterior.mean, (posterior.logvar / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(N, D), torch.ones(N, D)), 1)
    result = loss(BetaTCVAE(beta=1.0), batch, posterior)
    expected = reconstruction(*batch) + (q.log_prob(posterior.z) - p.log_prob(posterior.z)).mean()
    torch.testing.assert_close(result.total, expected)


# ---- DIP-VAE


def dip_by_numpy(covariance, lambda_od, lambda_d):
    off = covariance[~np.eye(D, dtype=bool)]
    return lambda_od * (off**2).sum() + lambda_d * ((np.diag(covariance) - 1) ** 2).sum()


def test_dip_i_penalizes_the_covariance_of_the_means(batch, posterior):
    result = loss(DIPVAE1(lambda_od=3.0, lambda_d=5.0), batch, posterior)
    expected = dip_by_numpy(np.cov(posterior.mean.numpy(), rowvar=False, bias=True), 3.0, 5.0)
    assert (result.total - result.reconstruction - result.kl.sum()).item() == pytest.approx(expected)


def test_dip_ii_adds_the_mean_variance_to_the_diagonal(batch, posterior):
    result = loss(DIPVAE2(lambda_od=3.0, lambda_d=5.0), batch, posterior)
    spread = np.cov(posterior.mean.numpy(), rowvar=False, bias=True) + np.diag(np.exp(posterior.logvar.numpy()).mean(0))
    expected = dip_by_numpy(spread, 3.0, 5.0)
    assert (result.total - result.reconstruction - result.kl.sum()).item() == pytest.approx(expected)


# ---- FactorVAE


def test_factor_vae_adds_what_its_discriminator_sees(batch, posterior):
    result = loss(FactorVAE(gamma=7.0), batch, posterior)
    expected = 7 * posterior.z.sum(dim=1).mean()
    torch.testing.assert_close(result.total - result.reconstruction - result.kl.sum(), expected)


def test_factor_vae_asks_for_its_discriminator(batch, posterior):
    with pytest.raises(OptionError, match=r"Pass Discriminator\(n_latents\)"):
        FactorVAE()(*batch, posterior, 0.0, DATASET)


# ---- every objective


@ALL
def test_the_reconstruction_and_the_kl_are_reported_as_they_are(name, batch, posterior):
    result = loss(OBJECTIVES[name](), batch, posterior)
    assert result.reconstruction == reconstruction(*batch)
    torch.testing.assert_close(result.kl.sum(), kl_by_torch(posterior).mean())


@ALL
def test_gradients_are_finite_and_reach_everything(name, batch, posterior):
    logits, mean, logvar = (x.detach().clone().requires_grad_() for x in (batch[0], posterior.mean, posterior.logvar))
    z = sample(mean, logvar, normal(N, D, seed=9))
    loss(OBJECTIVES[name](), (logits, batch[1]), Posterior(mean, logvar, z), progress=0.5).total.backward()
    assert all(torch.isfinite(x.grad).all() and x.grad.abs().sum() > 0 for x in (logits, mean, logvar))


@ALL
def test_gradients_are_those_of_finite_differences(name, batch, posterior):
    model, noise = OBJECTIVES[name](), normal(3, 2, seed=9)

    def total(mean, logvar):
        pair = (batch[0][:3], batch[1][:3])
        return loss(model, pair, Posterior(mean, logvar, sample(mean, logvar, noise)), 0.5).total

    point = [x[:3, :2].detach().clone().requires_grad_() for x in (posterior.mean, posterior.logvar)]
    assert torch.autograd.gradcheck(total, point)


@ALL
def test_the_likelihood_is_that_of_the_objective(name, batch, posterior):
    result = loss(OBJECTIVES[name](likelihood="gaussian"), batch, posterior)
    assert result.reconstruction == reconstruction(*batch, "gaussian")


@ALL
def test_the_order_of_the_batch_does_not_matter(name, batch, posterior):
    order = torch.randperm(N, generator=generator())
    shuffled = loss(OBJECTIVES[name](), [x[order] for x in batch], Posterior(*(x[order] for x in posterior)))
    torch.testing.assert_close(shuffled.total, loss(OBJECTIVES[name](), batch, posterior).total)


@ALL
def test_an_objective_cannot_be_changed(name):
    model = OBJECTIVES[name]()
    with pytest.raises(FrozenInstanceError):
        model.likelihood = "gaussian"


def test_the_names_and_the_defaults():
    assert {name: OBJECTIVES[name]() for name in OBJECTIVES} == {
        "beta-vae": BetaVAE(beta=4.0),
        "annealed-capacity": AnnealedCapacity(gamma=30.0, capacity=7.0, anneal=0.7),
        "beta-tcvae": BetaTCVAE(beta=6.0),
        "dip-vae-i": DIPVAE1(lambda_od=10.0, lambda_d=100.0),
        "dip-vae-ii": DIPVAE2(lambda_od=10.0, lambda_d=10.0),
        "factor-vae": FactorVAE(gamma=10.0),
    }


@pytest.mark.parametrize(
    ("model", "option"),
    [
        (BetaVAE, "beta"), (AnnealedCapacity, "gamma"), (AnnealedCapacity, "capacity"), (AnnealedCapacity, "anneal"),
        (BetaTCVAE, "beta"), (DIPVAE1, "lambda_od"), (DIPVAE1, "lambda_d"), (DIPVAE2, "lambda_od"),
        (DIPVAE2, "lambda_d"), (FactorVAE, "gamma"),
    ],
    ids=lambda x: x if isinstance(x, str) else x.__name__,
)  # fmt: skip
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "4", None, True], ids=repr)
def test_weights_that_are_not_finite_numbers_of_0_or_more_are_refused(model, option, value):
    with pytest.raises(OptionError, match=f"{option}={value!r} is out of range. Use a finite number, 0 or more"):
        model(**{option: value})


def test_annealing_for_longer_than_training_is_refused():
    with pytest.raises(OptionError, match=r"anneal=1\.5 .* from 0 to 1"):
        AnnealedCapacity(anneal=1.5)


@ALL
def test_an_objective_refuses_an_unknown_likelihood(name):
    with pytest.raises(OptionError, match="likelihood='poisson' is not known"):
        OBJECTIVES[name](likelihood="poisson")
