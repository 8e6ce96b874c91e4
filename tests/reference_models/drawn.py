"""Numbers that the tests of losses are made of: drawn once, the same each time."""

import torch

from reference_models.objective import Posterior

N, D = 12, 4


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def a_posterior():
    mean, logvar = normal(N, D, seed=1), normal(N, D, seed=2) - 1
    return Posterior(mean, logvar, mean + (logvar / 2).exp() * normal(N, D, seed=3))


def a_batch():
    """Logits and binary images of 1 channel and 5 x 5 pixels."""
    return normal(N, 1, 5, 5, seed=4), (normal(N, 1, 5, 5, seed=5) > 0).double()
