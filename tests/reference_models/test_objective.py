import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from torch import nn
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from disentangle_metrics.errors import OptionError, ShapeError
from reference_models import objective
from reference_models.objective import (
    DIPVAE1,
    DIPVAE2,
    OBJECTIVES,
    AnnealedCapacity,
    BetaTCVAE,
    BetaVAE,
    Discriminator,
    FactorVAE,
    Posterior,
)

N, D, DATASET = 12, 4, 1000
ALL = pytest.mark.parametrize("name", OBJECTIVES)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.fixture
def posterior():
    mean, logvar = normal(N, D, seed=1), normal(N, D, seed=2) - 1
    return Posterior(mean, logvar, mean + (logvar / 2).exp() * normal(N, D, seed=3))


@pytest.fixture
def batch():
    """Logits and binary images of 1 channel and 5 x 5 pixels."""
    return normal(N, 1, 5, 5, seed=4), (normal(N, 1, 5, 5, seed=5) > 0).double()


def linear_discriminator(z):
    return torch.stack([z.sum(dim=1), torch.zeros(len(z), dtype=z.dtype)], dim=1)


def kl_by_torch(posterior):
    """The KL of each image's posterior from the prior, as a multivariate normal: (n,)."""
    q = MultivariateNormal(posterior.mean, torch.diag_embed(posterior.logvar.exp()))
    return kl_divergence(q, MultivariateNormal(torch.zeros(D).double(), torch.eye(D).double()))


def loss(model, batch, posterior, progress=1.0, discriminator=linear_discriminator):
    return model(*batch, posterior, progress, DATASET, discriminator)


# ---- the likelihood


def test_a_bernoulli_image_of_even_logits_costs_one_bit_a_pixel():
    images = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    assert objective.reconstruction(torch.zeros(2, 3), images).item() == pytest.approx(3 * math.log(2))


def test_a_bernoulli_pixel_of_probability_three_quarters():
    images = torch.tensor([[1.0], [0.0]])
    expected = -(math.log(3 / 4) + math.log(1 / 4)) / 2  # mean over the two images
    assert objective.reconstruction(torch.full((2, 1), math.log(3)), images).item() == pytest.approx(expected)


def test_bernoulli_is_the_negative_log_likelihood_of_torch(batch):
    logits, images = batch
    expected = -Independent(Bernoulli(logits=logits), 3).log_prob(images).mean()
    torch.testing.assert_close(objective.reconstruction(logits, images, "bernoulli"), expected)


def test_bernoulli_stays_finite_at_certain_logits():
    logits = torch.tensor([[1e4, -1e4]])
    assert objective.reconstruction(logits, torch.tensor([[0.0, 1.0]])).item() == pytest.approx(2e4)


def test_gaussian_is_the_negative_log_likelihood_of_torch_but_for_its_constant(batch):
    logits, images = batch
    expected = -Independent(Normal(logits.sigmoid(), 1.0), 3).log_prob(images).mean() - 25 / 2 * math.log(2 * math.pi)
    torch.testing.assert_close(objective.reconstruction(logits, images, "gaussian"), expected)


def test_images_may_be_of_bool(batch):
    logits, images = batch
    assert objective.reconstruction(logits, images.bool()) == objective.reconstruction(logits, images)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ShapeError, match=r"\(2, 1, 4, 4\) and images \(2, 4, 4\)"):
        objective.reconstruction(torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4))


def test_an_unknown_likelihood_is_answered_with_the_nearest():
    with pytest.raises(OptionError, match="Did you mean 'gaussian'"):
        objective.reconstruction(torch.zeros(2, 1), torch.zeros(2, 1), "gausian")


# ---- the posterior


def test_kl_by_hand():
    mean, logvar = torch.tensor([[0.0, 3.0, 0.0]]), torch.tensor([[0.0, 0.0, math.log(4)]])
    expected = [0, 9 / 2, (4 - 1 - math.log(4)) / 2]
    assert objective.kl_per_latent(mean, logvar).tolist() == pytest.approx(expected)


def test_kl_sums_to_that_of_multivariate_normals(posterior):
    ours = objective.kl_per_latent(posterior.mean, posterior.logvar)
    torch.testing.assert_close(ours.sum(), kl_by_torch(posterior).mean())


def test_kl_of_each_latent_is_that_of_torch(posterior):
    each = kl_divergence(Normal(posterior.mean, (posterior.logvar / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(objective.kl_per_latent(posterior.mean, posterior.logvar), each.mean(dim=0))


def test_kl_of_a_nearly_collapsed_latent_keeps_its_digits_in_single_precision():
    logvar = torch.full((1, 1), 1e-3)  # x^2 / 4 to first order
    assert objective.kl_per_latent(torch.zeros(1, 1), logvar).item() == pytest.approx(2.5e-7, rel=1e-3)


def test_a_sample_is_the_mean_and_noise_of_the_given_variance():
    mean, logvar, noise = torch.tensor([1.0, 2.0]), torch.tensor([0.0, math.log(9)]), torch.tensor([0.5, -1.0])
    assert objective.sample(mean, logvar, noise).tolist() == pytest.approx([1.5, -1.0])


@settings(max_examples=50)
@given(z=st.floats(-5, 5), mean=st.floats(-5, 5), logvar=st.floats(-4, 4))
def test_log_density_is_that_of_scipy(z, mean, logvar):
    ours = objective.log_density(*(torch.tensor(x, dtype=torch.float64) for x in (z, mean, logvar)))
    assert ours.item() == pytest.approx(stats.norm.logpdf(z, mean, math.exp(logvar / 2)), abs=1e-9)


# ---- beta-VAE


def test_beta_one_is_the_negative_evidence_lower_bound(batch, posterior):
    logits, images = batch
    bound = Independent(Bernoulli(logits=logits), 3).log_prob(images) - kl_by_torch(posterior)
    torch.testing.assert_close(loss(BetaVAE(beta=1.0), batch, posterior).total, -bound.mean())


def test_beta_weighs_the_kl(batch, posterior):
    zero, four = (loss(BetaVAE(beta=b), batch, posterior).total for b in (0.0, 4.0))
    torch.testing.assert_close(four - zero, 4 * kl_by_torch(posterior).mean())


def test_beta_zero_is_the_reconstruction(batch, posterior):
    assert loss(BetaVAE(beta=0.0), batch, posterior).total == objective.reconstruction(*batch)


def test_normalized_beta_of_the_paper():
    assert objective.normalized_beta(4.0, n_latents=10, n_pixels=4096) == pytest.approx(4 * 10 / 4096)


def test_normalized_beta_needs_pixels():
    with pytest.raises(OptionError, match="n_pixels=0"):
        objective.normalized_beta(4.0, n_latents=10, n_pixels=0)


# ---- annealed capacity


@pytest.mark.parametrize(("progress", "expected"), [(0.0, 0.0), (0.35, 3.5), (0.7, 7.0), (0.9, 7.0), (1.0, 7.0)])
def test_capacity_rises_linearly_and_then_stays(progress, expected):
    assert objective.capacity_at(progress, capacity=7.0, anneal=0.7) == pytest.approx(expected)


def test_capacity_without_annealing_is_whole_from_the_start():
    assert objective.capacity_at(0.0, capacity=7.0, anneal=0.0) == 7.0


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


def decomposition_by_hand(z, mean, logvar, dataset_size):
    """Minibatch weighted sampling, one density of scipy at a time."""
    n, d = z.shape
    density = [[[stats.norm.pdf(z[i, j], mean[k, j], math.exp(logvar[k, j] / 2)) for j in range(d)] for k in range(n)]
               for i in range(n)]  # fmt: skip
    information = correlation = dimension_wise = 0.0
    for i in range(n):
        joint = sum(math.prod(density[i][k]) for k in range(n)) / (n * dataset_size)
        marginals = [sum(density[i][k][j] for k in range(n)) / (n * dataset_size) for j in range(d)]
        information += math.log(math.prod(density[i][i]) / joint) / n
        correlation += math.log(joint / math.prod(marginals)) / n
        dimension_wise += math.log(math.prod(marginals) / math.prod(stats.norm.pdf(z[i]))) / n
    return information, correlation, dimension_wise


@pytest.mark.parametrize("dataset_size", [N, 737_280])
def test_the_decomposition_is_that_of_a_loop_over_pairs(posterior, dataset_size):
    arrays = (posterior.z.numpy(), posterior.mean.numpy(), posterior.logvar.numpy())
    ours = objective.decomposition(posterior.z, posterior.mean, posterior.logvar, dataset_size)
    np.testing.assert_allclose([part.item() for part in ours], decomposition_by_hand(*arrays, dataset_size), rtol=1e-10)


def test_the_decomposition_sums_to_the_monte_carlo_kl(posterior):
    ours = objective.decomposition(posterior.z, posterior.mean, posterior.logvar, DATASET)
    q = Independent(Normal(posterior.mean, (posterior.logvar / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(N, D), torch.ones(N, D)), 1)
    torch.testing.assert_close(sum(ours), (q.log_prob(posterior.z) - p.log_prob(posterior.z)).mean())


def test_the_size_of_the_data_set_moves_the_parts_by_multiples_of_its_logarithm(posterior):
    z, mean, logvar = posterior.z, posterior.mean, posterior.logvar
    small, large = (objective.decomposition(z, mean, logvar, size) for size in (N, 10 * N))
    shifts = [(b - a).item() / math.log(10) for a, b in zip(small, large, strict=True)]
    assert shifts == pytest.approx([1, D - 1, -D])


def test_the_decomposition_survives_far_apart_posteriors():
    mean = torch.tensor([[-1e3, 0.0], [0.0, 1e3], [1e3, 1e3]])
    parts = objective.decomposition(mean, mean, torch.full((3, 2), -8.0), 3)
    assert all(torch.isfinite(part) for part in parts)


def test_the_information_of_images_that_do_not_overlap_is_high_by_the_log_of_the_batch():
    mean = torch.arange(4.0)[:, None] * 100  # log 4 nats; each sample sees but its own posterior, at 1 / (4 * 4)
    information = objective.decomposition(mean, mean, torch.zeros(4, 1), 4).mutual_information
    assert information.item() == pytest.approx(math.log(4) + math.log(4))


def test_one_latent_has_no_total_correlation(posterior):
    z, mean, logvar = (x[:, :1] for x in (posterior.z, posterior.mean, posterior.logvar))
    assert objective.decomposition(z, mean, logvar, DATASET).total_correlation.item() == pytest.approx(0, abs=1e-12)


def test_beta_tcvae_weighs_only_the_total_correlation(batch, posterior):
    _, correlation, _ = decomposition_by_hand(*(x.numpy() for x in (posterior.z, posterior.mean, posterior.logvar)),
                                              DATASET)  # fmt: skip
    one, six = (loss(BetaTCVAE(beta=b), batch, posterior).total for b in (1.0, 6.0))
    assert (six - one).item() == pytest.approx(5 * correlation)


def test_beta_tcvae_of_beta_one_is_the_vae_by_monte_carlo(batch, posterior):
    q = Independent(Normal(posterior.mean, (posterior.logvar / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(N, D), torch.ones(N, D)), 1)
    result = loss(BetaTCVAE(beta=1.0), batch, posterior)
    expected = objective.reconstruction(*batch) + (q.log_prob(posterior.z) - p.log_prob(posterior.z)).mean()
    torch.testing.assert_close(result.total, expected)


# ---- DIP-VAE


def dip_by_numpy(covariance, lambda_od, lambda_d):
    off = covariance[~np.eye(D, dtype=bool)]
    return lambda_od * (off**2).sum() + lambda_d * ((np.diag(covariance) - 1) ** 2).sum()


def test_the_covariance_of_the_means_is_that_of_numpy(posterior):
    expected = np.cov(posterior.mean.numpy(), rowvar=False, bias=True)
    np.testing.assert_allclose(objective.covariance(posterior.mean).numpy(), expected)


def test_the_covariance_of_samples_is_that_of_many_samples(posterior):
    noise = normal(20_000, N, D, seed=6)
    many = objective.sample(posterior.mean, posterior.logvar, noise).reshape(-1, D).numpy()
    ours = objective.covariance_of_samples(posterior.mean, posterior.logvar).numpy()
    np.testing.assert_allclose(ours, np.cov(many, rowvar=False), atol=0.02)


def test_dip_i_penalizes_the_covariance_of_the_means(batch, posterior):
    result = loss(DIPVAE1(lambda_od=3.0, lambda_d=5.0), batch, posterior)
    expected = dip_by_numpy(np.cov(posterior.mean.numpy(), rowvar=False, bias=True), 3.0, 5.0)
    assert (result.total - result.reconstruction - result.kl.sum()).item() == pytest.approx(expected)


def test_dip_ii_adds_the_mean_variance_to_the_diagonal(batch, posterior):
    result = loss(DIPVAE2(lambda_od=3.0, lambda_d=5.0), batch, posterior)
    spread = np.cov(posterior.mean.numpy(), rowvar=False, bias=True) + np.diag(np.exp(posterior.logvar.numpy()).mean(0))
    expected = dip_by_numpy(spread, 3.0, 5.0)
    assert (result.total - result.reconstruction - result.kl.sum()).item() == pytest.approx(expected)


def test_independent_latents_of_variance_one_cost_dip_nothing():
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert objective.distance_from_identity(objective.covariance(corners), 10.0, 100.0).item() == 0


def test_each_pair_counts_twice():
    covariance = torch.tensor([[1.0, 0.5], [0.5, 1.0]])
    assert objective.distance_from_identity(covariance, 10.0, 100.0).item() == pytest.approx(2 * 10 * 0.25)


# ---- FactorVAE


def correlated(n, rho=0.8, seed=0):
    """Samples of two standard normals of correlation rho, whose total correlation is -log(1 - rho^2) / 2."""
    e = normal(n, 2, seed=seed)
    return torch.stack([e[:, 0], rho * e[:, 0] + math.sqrt(1 - rho**2) * e[:, 1]], dim=1)


def test_the_best_discriminator_finds_the_total_correlation_of_a_normal():
    cov = torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
    joint, product = (MultivariateNormal(torch.zeros(2).double(), c) for c in (cov, torch.eye(2).double()))
    z = correlated(50_000)
    estimate = objective.density_ratio(torch.stack([joint.log_prob(z), product.log_prob(z)], dim=1))
    assert estimate.item() == pytest.approx(-math.log(1 - 0.8**2) / 2, abs=0.02)


def test_a_discriminator_trained_on_its_loss_finds_the_total_correlation_of_a_normal():
    z = correlated(20_000)
    permuted = objective.permute_dims(correlated(20_000, seed=1), generator())
    weights = torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)

    def logits(z):  # the log ratio of two centered normals is a quadratic form
        return torch.stack([torch.ones_like(z[:, 0]), z[:, 0] ** 2, z[:, 1] ** 2, z[:, 0] * z[:, 1]], 1) @ weights.T

    optimizer = torch.optim.LBFGS([weights], max_iter=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = objective.discriminator_loss(logits(z), logits(permuted))
        value.backward()
        return value

    optimizer.step(closure)
    assert objective.density_ratio(logits(z)).item() == pytest.approx(-math.log(1 - 0.8**2) / 2, abs=0.05)


def test_a_discriminator_that_knows_nothing_costs_one_bit():
    assert objective.discriminator_loss(torch.zeros(5, 2), torch.zeros(5, 2)).item() == pytest.approx(math.log(2))


def test_the_discriminator_loss_is_the_cross_entropy_of_scipy():
    real, permuted = normal(6, 2, seed=7), normal(6, 2, seed=8)
    log_real, log_permuted = (special.log_softmax(x.numpy(), axis=1) for x in (real, permuted))
    expected = -(log_real[:, 0].mean() + log_permuted[:, 1].mean()) / 2
    assert objective.discriminator_loss(real, permuted).item() == pytest.approx(expected)


@settings(max_examples=30)
@given(n=st.integers(1, 20), d=st.integers(1, 5), seed=st.integers(0, 1000))
def test_permuting_keeps_what_is_in_each_column(n, d, seed):
    z = normal(n, d, seed=seed).round()  # ties as well
    permuted = objective.permute_dims(z, generator(seed))
    torch.testing.assert_close(permuted.sort(dim=0).values, z.sort(dim=0).values, rtol=0, atol=0)


def test_permuting_breaks_up_the_rows():
    z = correlated(5000)
    assert abs(np.corrcoef(objective.permute_dims(z, generator()).T.numpy())[0, 1]) < 0.05


def test_every_order_of_a_column_is_as_likely():
    column = torch.arange(3.0)[:, None].expand(3, 6000)  # 6000 latents, each permuted by itself
    permuted = objective.permute_dims(column, generator())
    _, counts = permuted.unique(dim=1, return_counts=True)
    assert stats.chisquare(counts.numpy()).pvalue > 0.001
    assert len(counts) == 6


def test_the_generator_alone_decides_the_permutation():
    z = normal(50, 3)
    first = objective.permute_dims(z, generator(1))
    torch.rand(5)
    assert torch.equal(first, objective.permute_dims(z, generator(1)))


def test_factor_vae_adds_what_its_discriminator_sees(batch, posterior):
    result = loss(FactorVAE(gamma=7.0), batch, posterior)
    expected = 7 * posterior.z.sum(dim=1).mean()
    torch.testing.assert_close(result.total - result.reconstruction - result.kl.sum(), expected)


def test_factor_vae_asks_for_its_discriminator(batch, posterior):
    with pytest.raises(OptionError, match=r"Pass Discriminator\(n_latents\)"):
        FactorVAE()(*batch, posterior, 0.0, DATASET)


def test_the_discriminator_is_the_one_of_the_paper():
    layers = list(Discriminator(10).layers)
    assert [(x.in_features, x.out_features) for x in layers if isinstance(x, nn.Linear)] == [
        (10, 1000), *[(1000, 1000)] * 5, (1000, 2)
    ]  # fmt: skip
    assert [x.negative_slope for x in layers if isinstance(x, nn.LeakyReLU)] == [0.2] * 6
    assert len(layers) == 13


def test_the_discriminator_passes_gradients_to_the_latents(batch, posterior):
    z = posterior.z.float().requires_grad_()
    objective.density_ratio(Discriminator(D)(z)).backward()
    assert z.grad.abs().sum() > 0


# ---- every objective


@ALL
def test_the_reconstruction_and_the_kl_are_reported_as_they_are(name, batch, posterior):
    result = loss(OBJECTIVES[name](), batch, posterior)
    assert result.reconstruction == objective.reconstruction(*batch)
    torch.testing.assert_close(result.kl.sum(), kl_by_torch(posterior).mean())


@ALL
def test_gradients_are_finite_and_reach_everything(name, batch, posterior):
    logits, mean, logvar = (x.detach().clone().requires_grad_() for x in (batch[0], posterior.mean, posterior.logvar))
    z = objective.sample(mean, logvar, normal(N, D, seed=9))
    loss(OBJECTIVES[name](), (logits, batch[1]), Posterior(mean, logvar, z), progress=0.5).total.backward()
    assert all(torch.isfinite(x.grad).all() and x.grad.abs().sum() > 0 for x in (logits, mean, logvar))


@ALL
def test_gradients_are_those_of_finite_differences(name, batch, posterior):
    model, noise = OBJECTIVES[name](), normal(3, 2, seed=9)

    def total(mean, logvar):
        pair = (batch[0][:3], batch[1][:3])
        return loss(model, pair, Posterior(mean, logvar, objective.sample(mean, logvar, noise)), 0.5).total

    point = [x[:3, :2].detach().clone().requires_grad_() for x in (posterior.mean, posterior.logvar)]
    assert torch.autograd.gradcheck(total, point)


@ALL
def test_the_likelihood_is_that_of_the_objective(name, batch, posterior):
    result = loss(OBJECTIVES[name](likelihood="gaussian"), batch, posterior)
    assert result.reconstruction == objective.reconstruction(*batch, "gaussian")


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
    with pytest.raises(OptionError, match=r"anneal=1\.5 .* Use a share from 0 to 1"):
        AnnealedCapacity(anneal=1.5)


@ALL
def test_an_objective_refuses_an_unknown_likelihood(name):
    with pytest.raises(OptionError, match="likelihood='poisson' is not known"):
        OBJECTIVES[name](likelihood="poisson")
