import math

import numpy as np
import pytest
import torch
from drawn import D, N, a_batch, a_posterior, generator, normal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from torch import nn
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from disentangle_metrics.errors import OptionError, ShapeError
from reference_models import penalty

DATASET = 1000
posterior = pytest.fixture(a_posterior, name="posterior")
batch = pytest.fixture(a_batch, name="batch")


# ---- the likelihood


def test_a_bernoulli_image_of_even_logits_costs_one_bit_a_pixel():
    images = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    assert penalty.reconstruction(torch.zeros(2, 3), images).item() == pytest.approx(3 * math.log(2))


def test_a_bernoulli_pixel_of_probability_three_quarters():
    images = torch.tensor([[1.0], [0.0]])
    expected = -(math.log(3 / 4) + math.log(1 / 4)) / 2  # mean over the two images
    assert penalty.reconstruction(torch.full((2, 1), math.log(3)), images).item() == pytest.approx(expected)


def test_bernoulli_is_the_negative_log_likelihood_of_torch(batch):
    logits, images = batch
    expected = -Independent(Bernoulli(logits=logits), 3).log_prob(images).mean()
    torch.testing.assert_close(penalty.reconstruction(logits, images, "bernoulli"), expected)


def test_bernoulli_stays_finite_at_certain_logits():
    logits = torch.tensor([[1e4, -1e4]])
    assert penalty.reconstruction(logits, torch.tensor([[0.0, 1.0]])).item() == pytest.approx(2e4)


def test_gaussian_is_the_negative_log_likelihood_of_torch_but_for_its_constant(batch):
    logits, images = batch
    expected = -Independent(Normal(logits.sigmoid(), 1.0), 3).log_prob(images).mean() - 25 / 2 * math.log(2 * math.pi)
    torch.testing.assert_close(penalty.reconstruction(logits, images, "gaussian"), expected)


def test_images_may_be_of_bool(batch):
    logits, images = batch
    assert penalty.reconstruction(logits, images.bool()) == penalty.reconstruction(logits, images)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ShapeError, match=r"\(2, 1, 4, 4\) and images \(2, 4, 4\)"):
        penalty.reconstruction(torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4))


def test_an_unknown_likelihood_is_answered_with_the_nearest():
    with pytest.raises(OptionError, match="Did you mean 'gaussian'"):
        penalty.reconstruction(torch.zeros(2, 1), torch.zeros(2, 1), "gausian")


# ---- the posterior


def test_kl_by_hand():
    mean, logvar = torch.tensor([[0.0, 3.0, 0.0]]), torch.tensor([[0.0, 0.0, math.log(4)]])
    expected = [0, 9 / 2, (4 - 1 - math.log(4)) / 2]
    assert penalty.kl_per_latent(mean, logvar).tolist() == pytest.approx(expected)


def test_kl_sums_to_that_of_multivariate_normals(posterior):
    ours = penalty.kl_per_latent(posterior.mean, posterior.logvar)
    q = MultivariateNormal(posterior.mean, torch.diag_embed(posterior.logvar.exp()))
    p = MultivariateNormal(torch.zeros(D).double(), torch.eye(D).double())
    torch.testing.assert_close(ours.sum(), kl_divergence(q, p).mean())


def test_kl_of_each_latent_is_that_of_torch(posterior):
    each = kl_divergence(Normal(posterior.mean, (posterior.logvar / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(penalty.kl_per_latent(posterior.mean, posterior.logvar), each.mean(dim=0))


def test_kl_of_a_nearly_collapsed_latent_keeps_its_digits_in_single_precision():
    logvar = torch.full((1, 1), 1e-3)  # x^2 / 4 to first order
    assert penalty.kl_per_latent(torch.zeros(1, 1), logvar).item() == pytest.approx(2.5e-7, rel=1e-3)


def test_a_sample_is_the_mean_and_noise_of_the_given_variance():
    mean, logvar, noise = torch.tensor([1.0, 2.0]), torch.tensor([0.0, math.log(9)]), torch.tensor([0.5, -1.0])
    assert penalty.sample(mean, logvar, noise).tolist() == pytest.approx([1.5, -1.0])


@settings(max_examples=50)
@given(z=st.floats(-5, 5), mean=st.floats(-5, 5), logvar=st.floats(-4, 4))
def test_log_density_is_that_of_scipy(z, mean, logvar):
    ours = penalty.log_density(*(torch.tensor(x, dtype=torch.float64) for x in (z, mean, logvar)))
    assert ours.item() == pytest.approx(stats.norm.logpdf(z, mean, math.exp(logvar / 2)), abs=1e-9)


# ---- weights and capacities


def test_normalized_beta_of_the_paper():
    assert penalty.normalized_beta(4.0, n_latents=10, n_pixels=4096) == pytest.approx(4 * 10 / 4096)


def test_normalized_beta_needs_pixels():
    with pytest.raises(OptionError, match="n_pixels=0"):
        penalty.normalized_beta(4.0, n_latents=10, n_pixels=0)


@pytest.mark.parametrize(("progress", "expected"), [(0.0, 0.0), (0.35, 3.5), (0.7, 7.0), (0.9, 7.0), (1.0, 7.0)])
def test_capacity_rises_linearly_and_then_stays(progress, expected):
    assert penalty.capacity_at(progress, capacity=7.0, anneal=0.7) == pytest.approx(expected)


def test_capacity_without_annealing_is_whole_from_the_start():
    assert penalty.capacity_at(0.0, capacity=7.0, anneal=0.0) == 7.0


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
    ours = penalty.decomposition(posterior.z, posterior.mean, posterior.logvar, dataset_size)
    np.testing.assert_allclose([part.item() for part in ours], decomposition_by_hand(*arrays, dataset_size), rtol=1e-10)


def test_the_decomposition_sums_to_the_monte_carlo_kl(posterior):
    ours = penalty.decomposition(posterior.z, posterior.mean, posterior.logvar, DATASET)
    q = Independent(Normal(posterior.mean, (posterior.logvar / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(N, D), torch.ones(N, D)), 1)
    torch.testing.assert_close(sum(ours), (q.log_prob(posterior.z) - p.log_prob(posterior.z)).mean())


def test_the_size_of_the_data_set_moves_the_parts_by_multiples_of_its_logarithm(posterior):
    z, mean, logvar = posterior.z, posterior.mean, posterior.logvar
    small, large = (penalty.decomposition(z, mean, logvar, size) for size in (N, 10 * N))
    shifts = [(b - a).item() / math.log(10) for a, b in zip(small, large, strict=True)]
    assert shifts == pytest.approx([1, D - 1, -D])


def test_the_decomposition_survives_far_apart_posteriors():
    mean = torch.tensor([[-1e3, 0.0], [0.0, 1e3], [1e3, 1e3]])
    parts = penalty.decomposition(mean, mean, torch.full((3, 2), -8.0), 3)
    assert all(torch.isfinite(part) for part in parts)


def test_the_information_of_images_that_do_not_overlap_is_high_by_the_log_of_the_batch():
    mean = torch.arange(4.0)[:, None] * 100  # log 4 nats; each sample sees but its own posterior, at 1 / (4 * 4)
    information = penalty.decomposition(mean, mean, torch.zeros(4, 1), 4).mutual_information
    assert information.item() == pytest.approx(math.log(4) + math.log(4))


def test_one_latent_has_no_total_correlation(posterior):
    z, mean, logvar = (x[:, :1] for x in (posterior.z, posterior.mean, posterior.logvar))
    assert penalty.decomposition(z, mean, logvar, DATASET).total_correlation.item() == pytest.approx(0, abs=1e-12)


# ---- DIP-VAE


def test_the_covariance_of_the_means_is_that_of_numpy(posterior):
    expected = np.cov(posterior.mean.numpy(), rowvar=False, bias=True)
    np.testing.assert_allclose(penalty.covariance(posterior.mean).numpy(), expected)


def test_the_covariance_of_samples_is_that_of_many_samples(posterior):
    noise = normal(20_000, N, D, seed=6)
    many = penalty.sample(posterior.mean, posterior.logvar, noise).reshape(-1, D).numpy()
    ours = penalty.covariance_of_samples(posterior.mean, posterior.logvar).numpy()
    np.testing.assert_allclose(ours, np.cov(many, rowvar=False), atol=0.02)


def test_independent_latents_of_variance_one_cost_dip_nothing():
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert penalty.distance_from_identity(penalty.covariance(corners), 10.0, 100.0).item() == 0


def test_each_pair_counts_twice():
    covariance = torch.tensor([[1.0, 0.5], [0.5, 1.0]])
    assert penalty.distance_from_identity(covariance, 10.0, 100.0).item() == pytest.approx(2 * 10 * 0.25)


# ---- FactorVAE


def correlated(n, rho=0.8, seed=0):
    """Samples of two standard normals of correlation rho, whose total correlation is -log(1 - rho^2) / 2."""
    e = normal(n, 2, seed=seed)
    return torch.stack([e[:, 0], rho * e[:, 0] + math.sqrt(1 - rho**2) * e[:, 1]], dim=1)


def test_the_best_discriminator_finds_the_total_correlation_of_a_normal():
    cov = torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
    joint, product = (MultivariateNormal(torch.zeros(2).double(), c) for c in (cov, torch.eye(2).double()))
    z = correlated(50_000)
    estimate = penalty.density_ratio(torch.stack([joint.log_prob(z), product.log_prob(z)], dim=1))
    assert estimate.item() == pytest.approx(-math.log(1 - 0.8**2) / 2, abs=0.02)


def test_a_discriminator_trained_on_its_loss_finds_the_total_correlation_of_a_normal():
    z = correlated(20_000)
    permuted = penalty.permute_dims(correlated(20_000, seed=1), generator())
    weights = torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)

    def logits(z):  # the log ratio of two centered normals is a quadratic form
        return torch.stack([torch.ones_like(z[:, 0]), z[:, 0] ** 2, z[:, 1] ** 2, z[:, 0] * z[:, 1]], 1) @ weights.T

    optimizer = torch.optim.LBFGS([weights], max_iter=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = penalty.discriminator_loss(logits(z), logits(permuted))
        value.backward()
        return value

    optimizer.step(closure)
    assert penalty.density_ratio(logits(z)).item() == pytest.approx(-math.log(1 - 0.8**2) / 2, abs=0.05)


def test_a_discriminator_that_knows_nothing_costs_one_bit():
    assert penalty.discriminator_loss(torch.zeros(5, 2), torch.zeros(5, 2)).item() == pytest.approx(math.log(2))


def test_the_discriminator_loss_is_the_cross_entropy_of_scipy():
    real, permuted = normal(6, 2, seed=7), normal(6, 2, seed=8)
    log_real, log_permuted = (special.log_softmax(x.numpy(), axis=1) for x in (real, permuted))
    expected = -(log_real[:, 0].mean() + log_permuted[:, 1].mean()) / 2
    assert penalty.discriminator_loss(real, permuted).item() == pytest.approx(expected)


@settings(max_examples=30)
@given(n=st.integers(1, 20), d=st.integers(1, 5), seed=st.integers(0, 1000))
def test_permuting_keeps_what_is_in_each_column(n, d, seed):
    z = normal(n, d, seed=seed).round()  # ties as well
    permuted = penalty.permute_dims(z, generator(seed))
    torch.testing.assert_close(permuted.sort(dim=0).values, z.sort(dim=0).values, rtol=0, atol=0)


def test_permuting_breaks_up_the_rows():
    z = correlated(5000)
    assert abs(np.corrcoef(penalty.permute_dims(z, generator()).T.numpy())[0, 1]) < 0.05


def test_every_order_of_a_column_is_as_likely():
    column = torch.arange(3.0)[:, None].expand(3, 6000)  # 6000 latents, each permuted by itself
    permuted = penalty.permute_dims(column, generator())
    _, counts = permuted.unique(dim=1, return_counts=True)
    assert stats.chisquare(counts.numpy()).pvalue > 0.001
    assert len(counts) == 6


def test_the_generator_alone_decides_the_permutation():
    z = normal(50, 3)
    first = penalty.permute_dims(z, generator(1))
    torch.rand(5)
    assert torch.equal(first, penalty.permute_dims(z, generator(1)))


def test_the_discriminator_is_the_one_of_the_paper():
    layers = list(penalty.Discriminator(10).layers)
    assert [(x.in_features, x.out_features) for x in layers if isinstance(x, nn.Linear)] == [
        (10, 1000), *[(1000, 1000)] * 5, (1000, 2)
    ]  # fmt: skip
    assert [x.negative_slope for x in layers if isinstance(x, nn.LeakyReLU)] == [0.2] * 6
    assert len(layers) == 13


def test_the_discriminator_passes_gradients_to_the_latents(batch, posterior):
    z = posterior.z.float().requires_grad_()
    penalty.density_ratio(penalty.Discriminator(D)(z)).backward()
    assert z.grad.abs().sum() > 0
