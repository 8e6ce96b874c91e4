r"""Formulas of the objectives: likelihoods, divergences and penalties, small functions of tensors.

Papers maximize a bound; here every term is a loss to minimize, in nats. Batches are on axis 0: ``mean``, ``logvar``
(the log of the variance, not of the standard deviation) and ``z`` are (n, n_latents); ``logits`` and ``images`` have
the same shape, (n, ...). The mean over the batch replaces an expectation over the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from disentangle_metrics.errors import OptionError, ShapeError, nearest


class Decomposition(NamedTuple):
    """The three parts of a KL from the prior, each of shape (), in nats."""

    mutual_information: Tensor
    total_correlation: Tensor
    dimension_wise_kl: Tensor


# ---- the likelihood -------------------------------------------------------------------------------------------------


def _bernoulli(logits: Tensor, images: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, images, reduction="sum")


def _gaussian(logits: Tensor, images: Tensor) -> Tensor:
    return (images - logits.sigmoid()).square().sum() / 2


LIKELIHOODS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {"bernoulli": _bernoulli, "gaussian": _gaussian}
)


def reconstruction(logits: Tensor, images: Tensor, likelihood: str = "bernoulli") -> Tensor:
    r"""Negative log likelihood of images, summed over pixels, mean over the batch.

    .. math::
        -\log p(x|z) = -\sum_i \left( x_i \log p_i + (1 - x_i) \log (1 - p_i) \right)
        \quad \text{or} \quad \frac{1}{2} \sum_i (x_i - p_i)^2,
        \qquad p = \operatorname{sigmoid}(\text{logits})

    Kingma & Welling 2014, arXiv:1312.6114, appendix C.1 (Bernoulli) and C.2 (Gaussian, here of variance 1).

    Parameters
    ----------
    logits : Tensor of shape (n, ...)
    images : Tensor of the same shape
        Pixels in [0, 1]; of any dtype.
    likelihood : {"bernoulli", "gaussian"}, default "bernoulli"
        With grays, the Bernoulli loss is a cross entropy and no likelihood: it does not reach 0. The Gaussian one
        leaves out the constant :math:`\frac{1}{2} \log 2 \pi` per pixel, so that a perfect reconstruction costs 0.

    Returns
    -------
    Tensor of shape ()
        Nats per image.

    Raises
    ------
    ShapeError, OptionError

    Examples
    --------
    >>> round(reconstruction(torch.zeros(8, 1, 2, 2), torch.ones(8, 1, 2, 2)).item() / math.log(2), 6)  # 4 pixels
    4.0
    """
    # no broadcasting: (n, 64, 64) and (n, 1, 64, 64) would compare every image with every other image
    if logits.shape != images.shape:
        raise ShapeError(
            f"logits have shape {tuple(logits.shape)} and images {tuple(images.shape)}. Give both the same shape."
        )
    check_likelihood(likelihood)
    return LIKELIHOODS[likelihood](logits, images.to(logits.dtype)) / len(images)


def check_likelihood(likelihood: str) -> None:
    """Raise OptionError if no likelihood has this name."""
    if likelihood not in list(LIKELIHOODS):
        hint = nearest(likelihood, LIKELIHOODS)
        raise OptionError(f"likelihood={likelihood!r} is not known. Use one of {sorted(LIKELIHOODS)}.{hint}")


# ---- the posterior --------------------------------------------------------------------------------------------------


def sample(mean: Tensor, logvar: Tensor, noise: Tensor) -> Tensor:
    r"""Sample the posterior so that gradients reach its parameters, given standard normal noise of the same shape.

    .. math:: z = \mu + \sigma \epsilon

    Kingma & Welling 2014, arXiv:1312.6114, eq. 10.
    """
    return mean + (logvar / 2).exp() * noise


def log_density(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    r"""Log density of a normal distribution at each element, in nats; shapes broadcast.

    .. math:: \log N(z; \mu, \sigma^2) = -\frac{1}{2} \left( \frac{(z - \mu)^2}{\sigma^2} + \log \sigma^2
              + \log 2 \pi \right)
    """
    return -((z - mean).square() * (-logvar).exp() + logvar + math.log(2 * math.pi)) / 2


def kl_per_latent(mean: Tensor, logvar: Tensor) -> Tensor:
    r"""KL divergence of each latent's posterior from the standard normal prior, mean over the batch.

    .. math:: KL(q(z_j|x) \,\|\, N(0, 1)) = \frac{1}{2} \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right)

    Kingma & Welling 2014, arXiv:1312.6114, appendix B.

    Returns
    -------
    Tensor of shape (n_latents,)
        Nats, at least 0; near 0 for a latent that has collapsed to the prior.

    Examples
    --------
    >>> kl_per_latent(torch.tensor([[0.0, 2.0]]), torch.zeros(1, 2))
    tensor([0., 2.])
    """
    # expm1, because exp(logvar) - 1 loses most digits for a collapsed latent
    return (mean.square() + logvar.expm1() - logvar).mean(dim=0) / 2


# ---- the penalties --------------------------------------------------------------------------------------------------


def normalized_beta(beta: float, n_latents: int, n_pixels: int) -> float:
    r"""Return a beta that can be compared between architectures: :math:`\beta M / N`, M latents, N pixels.

    Higgins et al. 2017, sec. 4.2. `n_pixels` counts every channel.

    Examples
    --------
    >>> normalized_beta(4.0, n_latents=10, n_pixels=64 * 64)
    0.009765625
    """
    if n_latents < 1 or n_pixels < 1:
        raise OptionError(f"n_latents={n_latents} and n_pixels={n_pixels} are counts. Use 1 or more of each.")
    return beta * n_latents / n_pixels


def capacity_at(progress: float, capacity: float, anneal: float) -> float:
    """Return the capacity in nats when a share `progress` of training is done: it rises linearly, then stays.

    Burgess et al. 2018, arXiv:1804.03599, at eq. 8. `anneal` is the share of training over which it rises; with 0 the
    capacity is constant.

    Examples
    --------
    >>> [capacity_at(progress, capacity=8.0, anneal=0.5) for progress in (0.0, 0.25, 0.5, 1.0)]
    [0.0, 4.0, 8.0, 8.0]
    """
    return capacity if progress >= anneal else capacity * progress / anneal


def decomposition(z: Tensor, mean: Tensor, logvar: Tensor, dataset_size: int) -> Decomposition:
    r"""Return the three parts of the KL from the prior, estimated from one batch by minibatch weighted sampling.

    .. math::
        E_x KL(q(z|x) \,\|\, p(z)) = I_q(z; x) + KL\Big(q(z) \,\Big\|\, \prod_j q(z_j)\Big)
        + \sum_j KL(q(z_j) \,\|\, p(z_j))

    .. math::
        E \log q(z) \approx \frac{1}{M} \sum_{i=1}^M \log \frac{1}{N M} \sum_{l=1}^M q(z(x_i)|x_l)

    and likewise for each :math:`q(z_j)`, with M images in the batch and N in the data set. Chen et al. 2018,
    arXiv:1802.04942, eq. 2 and sec. 3.1.

    Parameters
    ----------
    z : Tensor of shape (n, n_latents)
        One sample from each image's posterior.
    mean, logvar : Tensor of shape (n, n_latents)
    dataset_size : int
        Number of images in the data set, N.

    Returns
    -------
    Decomposition
        The sum of the parts is the Monte Carlo estimate of the KL for any N. Each part is biased: where posteriors
        overlap, each estimated log density is too low by about log N, so the information is too high by log N, the
        total correlation too high by n_latents - 1 times log N, and the dimension-wise KL too low by n_latents times
        log N. N changes these values but no gradient: use them for training, and measure a model by other estimates.
    """
    # [i, l, j]: the density of image i's sample under image l's posterior, in latent j
    pairs = log_density(z[:, None], mean[None], logvar[None])
    log_weight = math.log(len(z) * dataset_size)
    log_joint = pairs.sum(dim=2).logsumexp(dim=1) - log_weight
    log_marginals = (pairs.logsumexp(dim=1) - log_weight).sum(dim=1)
    log_posterior = log_density(z, mean, logvar).sum(dim=1)
    log_prior = log_density(z, torch.zeros_like(z), torch.zeros_like(z)).sum(dim=1)
    return Decomposition(
        (log_posterior - log_joint).mean(), (log_joint - log_marginals).mean(), (log_marginals - log_prior).mean()
    )


def covariance(mean: Tensor) -> Tensor:
    r"""Covariance of the posterior means over the batch, divided by n: (n, n_latents) -> (n_latents, n_latents).

    .. math:: \operatorname{Cov}_{p(x)}[\mu(x)] = E[\mu \mu^T] - E[\mu] E[\mu]^T

    Kumar et al. 2018, arXiv:1711.00848, sec. 3.
    """
    centered = mean - mean.mean(dim=0)
    return centered.mT @ centered / len(mean)


def covariance_of_samples(mean: Tensor, logvar: Tensor) -> Tensor:
    r"""Covariance of samples from the posteriors of a batch: two (n, n_latents) -> (n_latents, n_latents).

    .. math:: \operatorname{Cov}_{q(z)}[z] = E[\operatorname{diag} \sigma^2(x)] + \operatorname{Cov}_{p(x)}[\mu(x)]

    Kumar et al. 2018, arXiv:1711.00848, sec. 3, by the law of total covariance.
    """
    return covariance(mean) + logvar.exp().mean(dim=0).diag()


def distance_from_identity(covariance: Tensor, lambda_od: float, lambda_d: float) -> Tensor:
    r"""Return the weighted squared distance of a covariance from that of independent latents of variance 1.

    .. math:: \lambda_{od} \sum_{i \ne j} C_{ij}^2 + \lambda_d \sum_i (C_{ii} - 1)^2

    Kumar et al. 2018, arXiv:1711.00848, eq. 6 and 7. Each pair of latents counts twice, as in the paper.
    """
    diagonal = covariance.diagonal()
    off_diagonal = covariance - diagonal.diag()
    return lambda_od * off_diagonal.square().sum() + lambda_d * (diagonal - 1).square().sum()


# ---- FactorVAE's discriminator --------------------------------------------------------------------------------------


class Discriminator(nn.Module):
    """Classifier of samples of q(z) and of the product of its marginals: 6 layers of 1000, LeakyReLU 0.2, 2 logits.

    Kim & Mnih 2018, arXiv:1802.05983, appendix A. Logit 0 stands for a sample of q(z), logit 1 for a permuted sample.
    """

    def __init__(self, n_latents: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in (n_latents, *[1000] * 5):
            layers += [nn.Linear(width, 1000), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(1000, 2))

    def forward(self, z: Tensor) -> Tensor:
        """Return logits: (n, n_latents) -> (n, 2)."""
        logits: Tensor = self.layers(z)
        return logits


def permute_dims(z: Tensor, generator: torch.Generator) -> Tensor:
    """Return z with each latent shuffled separately over the batch: samples of the product of the marginals of q(z).

    Kim & Mnih 2018, arXiv:1802.05983, algorithm 1. Gradients pass; to train a discriminator, pass ``z.detach()``.

    Parameters
    ----------
    z : Tensor of shape (n, n_latents)
    generator : torch.Generator
        Source of the order, on any device.
    """
    keys = torch.rand(z.shape, generator=generator, device=generator.device)
    return z.gather(0, keys.argsort(dim=0).to(z.device))


def discriminator_loss(logits_real: Tensor, logits_permuted: Tensor) -> Tensor:
    r"""Return the cross entropy of the discriminator in nats; log 2 for a discriminator without information.

    .. math:: -\frac{1}{2} \left( E_{q(z)} \log D(z) + E_{\bar q(z)} \log (1 - D(z)) \right)

    Kim & Mnih 2018, arXiv:1802.05983, algorithm 2, which takes the permuted samples from a second batch.

    Parameters
    ----------
    logits_real, logits_permuted : Tensor of shape (n, 2)
        Logits of samples of q(z), and of permuted samples.
    """
    real = logits_real.log_softmax(dim=1)[:, 0].mean()
    permuted = logits_permuted.log_softmax(dim=1)[:, 1].mean()
    return -(real + permuted) / 2


def density_ratio(logits: Tensor) -> Tensor:
    r"""Return the total correlation by the logits of a discriminator: (n, 2) -> (), in nats.

    .. math:: KL(q(z) \,\|\, \bar q(z)) = E_{q(z)} \log \frac{q(z)}{\bar q(z)}
              \approx E_{q(z)} \log \frac{D(z)}{1 - D(z)} = E_{q(z)} [D(z)_0 - D(z)_1]

    Kim & Mnih 2018, arXiv:1802.05983, eq. 3; the last D are the two logits. The value is exact for the best
    discriminator and may be negative for another one.
    """
    return (logits[:, 0] - logits[:, 1]).mean()
