r"""Objectives that the reference models minimize: the VAE, and six objectives that were proposed to disentangle it.

Every objective is the negative log likelihood of the images plus a penalty on the encoder's posterior
:math:`q(z|x) = N(\mu(x), \operatorname{diag} \sigma^2(x))`, in nats per image. The formulas of both are in
:mod:`.penalty`. ``OBJECTIVES`` names the objectives with their hyper-parameters.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor

from disentangle_metrics.errors import OptionError

from .penalty import (
    capacity_at,
    check_likelihood,
    covariance,
    covariance_of_samples,
    decomposition,
    density_ratio,
    distance_from_identity,
    kl_per_latent,
    reconstruction,
)


class Posterior(NamedTuple):
    """Posterior of a batch by an encoder: the mean, the log variance and one sample, each (n, n_latents)."""

    mean: Tensor
    logvar: Tensor
    z: Tensor


class Loss(NamedTuple):
    """The value to minimize and its parts, in nats per image, all with gradients.

    Attributes
    ----------
    total : Tensor of shape ()
    reconstruction : Tensor of shape ()
        Negative log likelihood, see :func:`.penalty.reconstruction`.
    kl : Tensor of shape (n_latents,)
        KL divergence of each latent from the prior, without the weights of the objective:
        ``reconstruction + kl.sum()`` is the negative evidence lower bound of every model.
    """

    total: Tensor
    reconstruction: Tensor
    kl: Tensor


class _Step(NamedTuple):
    """Arguments of a penalty besides the posterior."""

    progress: float
    dataset_size: int
    discriminator: Callable[[Tensor], Tensor] | None


@dataclass(frozen=True)
class Objective(ABC):
    """An objective and its hyper-parameters; every number must be finite and at least 0.

    Attributes
    ----------
    likelihood : {"bernoulli", "gaussian"}, default "bernoulli"

    Raises
    ------
    OptionError
    """

    likelihood: str = field(default="bernoulli", kw_only=True)

    def __post_init__(self) -> None:
        check_likelihood(self.likelihood)
        for name in (f.name for f in fields(self) if f.name != "likelihood"):
            _check_weight(name, getattr(self, name))

    def __call__(
        self,
        logits: Tensor,
        images: Tensor,
        posterior: Posterior,
        progress: float,
        dataset_size: int,
        discriminator: Callable[[Tensor], Tensor] | None = None,
    ) -> Loss:
        """Return the loss of a batch.

        Parameters
        ----------
        logits, images : Tensor of shape (n, ...)
            Decoded from ``posterior.z``, before the sigmoid; and the images that were encoded.
        posterior : Posterior
        progress : float
            Share of training done, in [0, 1].
        dataset_size : int
            Number of images in the data set.
        discriminator : callable, optional
            (n, n_latents) -> (n, 2) logits, for FactorVAE. Its parameters get gradients too: clear them before its
            optimizer takes a step.

        Returns
        -------
        Loss

        Raises
        ------
        ShapeError, OptionError
        """
        error = reconstruction(logits, images, self.likelihood)
        kl = kl_per_latent(posterior.mean, posterior.logvar)
        penalty = self._penalty(posterior, kl.sum(), _Step(progress, dataset_size, discriminator))
        return Loss(error + penalty, error, kl)

    @abstractmethod
    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        """Return the term that is added to the reconstruction, in nats per image."""


@dataclass(frozen=True)
class BetaVAE(Objective):
    r"""Reconstruction and a weighted KL; with beta=1 the VAE of Kingma & Welling 2014 (arXiv:1312.6114).

    .. math:: -E_{q(z|x)} \log p(x|z) + \beta KL(q(z|x) \,\|\, p(z))

    Higgins et al. 2017, beta-VAE, ICLR, eq. 4.
    """

    beta: float = 4.0

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        return self.beta * kl


@dataclass(frozen=True)
class AnnealedCapacity(Objective):
    r"""Reconstruction and the distance of the KL from a capacity C that rises during training.

    .. math:: -E_{q(z|x)} \log p(x|z) + \gamma |KL(q(z|x) \,\|\, p(z)) - C|

    Burgess et al. 2018, arXiv:1804.03599, eq. 8. The KL is the mean over the batch.

    Attributes
    ----------
    gamma : float, default 30
    capacity : float, default 7
        Final value of C in nats.
    anneal : float, default 0.7
        Share of training over which C rises from 0, at most 1.
    """

    gamma: float = 30.0
    capacity: float = 7.0
    anneal: float = 0.7

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.anneal > 1:
            raise OptionError(f"anneal={self.anneal} is out of range. Use a share of the training, from 0 to 1.")

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        return self.gamma * (kl - capacity_at(step.progress, self.capacity, self.anneal)).abs()


@dataclass(frozen=True)
class BetaTCVAE(Objective):
    r"""Reconstruction and the parts of the KL, of which only the total correlation is weighted.

    .. math:: -E_{q(z|x)} \log p(x|z) + \alpha I_q(z; x) + \beta KL\Big(q(z) \,\Big\|\, \prod_j q(z_j)\Big)
              + \gamma \sum_j KL(q(z_j) \,\|\, p(z_j)), \qquad \alpha = \gamma = 1

    Chen et al. 2018, arXiv:1802.04942, eq. 4, by minibatch weighted sampling. The total lies above the other objectives
    by a constant that grows with beta and with the data set, see :func:`.penalty.decomposition`. With beta=1 it is a
    VAE.
    """

    beta: float = 6.0

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        parts = decomposition(posterior.z, posterior.mean, posterior.logvar, step.dataset_size)
        return parts.mutual_information + self.beta * parts.total_correlation + parts.dimension_wise_kl


@dataclass(frozen=True)
class DIPVAE1(Objective):
    r"""VAE with a penalty on the distance of the covariance C of the posterior means from the identity.

    .. math:: -E_{q(z|x)} \log p(x|z) + KL(q(z|x) \,\|\, p(z)) + \lambda_{od} \sum_{i \ne j} C_{ij}^2
              + \lambda_d \sum_i (C_{ii} - 1)^2, \qquad C = \operatorname{Cov}_{p(x)}[\mu(x)]

    Kumar et al. 2018, arXiv:1711.00848, eq. 6.
    """

    lambda_od: float = 10.0
    lambda_d: float = 100.0

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        return kl + distance_from_identity(covariance(posterior.mean), self.lambda_od, self.lambda_d)


@dataclass(frozen=True)
class DIPVAE2(Objective):
    r"""VAE with a penalty on the distance of the covariance C of samples from the posteriors from the identity.

    .. math:: -E_{q(z|x)} \log p(x|z) + KL(q(z|x) \,\|\, p(z)) + \lambda_{od} \sum_{i \ne j} C_{ij}^2
              + \lambda_d \sum_i (C_{ii} - 1)^2, \qquad C = \operatorname{Cov}_{q(z)}[z]

    Kumar et al. 2018, arXiv:1711.00848, eq. 7.
    """

    lambda_od: float = 10.0
    lambda_d: float = 10.0

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        spread = covariance_of_samples(posterior.mean, posterior.logvar)
        return kl + distance_from_identity(spread, self.lambda_od, self.lambda_d)


@dataclass(frozen=True)
class FactorVAE(Objective):
    r"""VAE with a penalty on the total correlation, estimated by a discriminator.

    .. math:: -E_{q(z|x)} \log p(x|z) + KL(q(z|x) \,\|\, p(z)) + \gamma KL(q(z) \,\|\, \bar q(z))

    Kim & Mnih 2018, arXiv:1802.05983, eq. 2, with eq. 3 for the last term.
    """

    gamma: float = 10.0

    def _penalty(self, posterior: Posterior, kl: Tensor, step: _Step) -> Tensor:
        if step.discriminator is None:
            raise OptionError("FactorVAE needs a discriminator and got None. Pass Discriminator(n_latents).")
        return kl + self.gamma * density_ratio(step.discriminator(posterior.z))


OBJECTIVES: Mapping[str, type[Objective]] = MappingProxyType(
    {
        "beta-vae": BetaVAE,
        "annealed-capacity": AnnealedCapacity,
        "beta-tcvae": BetaTCVAE,
        "dip-vae-i": DIPVAE1,
        "dip-vae-ii": DIPVAE2,
        "factor-vae": FactorVAE,
    }
)


def _check_weight(name: str, value: object) -> None:
    # a bool is a number in Python; as a weight it is a mistake
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise OptionError(f"{name}={value!r} is out of range. Use a finite number, 0 or more.")
