"""Variational autoencoders for images: an encoder to means and log-variances, a decoder to logits of pixels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from disentangle_metrics.errors import OptionError, nearest


class VAE(nn.Module):
    """A network pair with Gaussian latents (Kingma & Welling 2014, arXiv:1312.6114).

    Parameters
    ----------
    encoder : module from images (n, 1, s, s) to (n, 2 n_latents), means first
    decoder : module from latents (n, n_latents) to logits (n, 1, s, s)
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the log-variance of each latent: (n, n_latents) each."""
        mean, logvar = self.encoder(images).float().chunk(2, dim=1)
        return mean, logvar

    def decode(self, z: Tensor) -> Tensor:
        """Return the logits of pixels: (n, 1, s, s)."""
        logits: Tensor = self.decoder(z).float()
        return logits


Network = Callable[[int, int], tuple[nn.Module, nn.Module]]


def _perceptron(widths: list[int], activation: type[nn.Module]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), activation()]
    return layers[:-1]


def _mlp(width: int) -> Network:
    def build(size: int, n_latents: int) -> tuple[nn.Module, nn.Module]:
        pixels = size * size
        encoder = nn.Sequential(nn.Flatten(), *_perceptron([pixels, width, width, 2 * n_latents], nn.ReLU))
        decoder = nn.Sequential(
            *_perceptron([n_latents, width, width, width, pixels], nn.ReLU), nn.Unflatten(1, (1, size, size))
        )
        return encoder, decoder

    return build


def _higgins(size: int, n_latents: int) -> tuple[nn.Module, nn.Module]:
    """Two layers of 1200 in the encoder, three in the decoder (Higgins et al. 2017, table A1, dSprites)."""
    pixels = size * size
    encoder = nn.Sequential(nn.Flatten(), *_perceptron([pixels, 1200, 1200, 2 * n_latents], nn.ReLU))
    decoder = nn.Sequential(
        *_perceptron([n_latents, 1200, 1200, 1200, pixels], nn.Tanh), nn.Unflatten(1, (1, size, size))
    )
    return encoder, decoder


def _burgess(size: int, n_latents: int) -> tuple[nn.Module, nn.Module]:
    """Four convolutions of 32 channels and two layers of 256, mirrored (Burgess et al. 2018, table 1)."""
    _need_64(size, "burgess-conv")
    down = [m for before in (1, 32, 32, 32) for m in (nn.Conv2d(before, 32, 4, 2, 1), nn.ReLU())]
    encoder = nn.Sequential(*down, nn.Flatten(), *_perceptron([512, 256, 256, 2 * n_latents], nn.ReLU))
    up = [m for _ in range(3) for m in (nn.ConvTranspose2d(32, 32, 4, 2, 1), nn.ReLU())]
    decoder = nn.Sequential(
        *_perceptron([n_latents, 256, 256, 512], nn.ReLU),
        nn.ReLU(),
        nn.Unflatten(1, (32, 4, 4)),
        *up,
        nn.ConvTranspose2d(32, 1, 4, 2, 1),
    )
    return encoder, decoder


def _locatello(size: int, n_latents: int) -> tuple[nn.Module, nn.Module]:
    """Convolutions of 32, 32, 64, 64 channels and a layer of 256, mirrored (Locatello et al. 2019, table 1)."""
    _need_64(size, "locatello-conv")
    channels = [1, 32, 32, 64, 64]
    kernels = [4, 4, 2, 2]
    down: list[nn.Module] = []
    for before, after, kernel in zip(channels[:-1], channels[1:], kernels, strict=True):
        down += [nn.Conv2d(before, after, kernel, 2, (kernel - 1) // 2), nn.ReLU()]
    encoder = nn.Sequential(*down, nn.Flatten(), *_perceptron([1024, 256, 2 * n_latents], nn.ReLU))
    up: list[nn.Module] = []
    for before, after in ((64, 64), (64, 32), (32, 32)):
        up += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.ReLU()]
    decoder = nn.Sequential(
        *_perceptron([n_latents, 256, 1024], nn.ReLU),
        nn.ReLU(),
        nn.Unflatten(1, (64, 4, 4)),
        *up,
        nn.ConvTranspose2d(32, 1, 4, 2, 1),
    )
    return encoder, decoder


def _need_64(size: int, name: str) -> None:
    if size != 64:
        raise OptionError(f"architecture {name!r} takes images of 64 pixels, and size={size}. Use size=64 or an MLP.")


ARCHITECTURES: dict[str, Network] = {
    "mlp-128": _mlp(128),
    "mlp-256": _mlp(256),
    "higgins-mlp": _higgins,
    "burgess-conv": _burgess,
    "locatello-conv": _locatello,
}


def build_model(architecture: str, size: int, n_latents: int, seed: int) -> VAE:
    """Return a new network with weights drawn from `seed`, independent of earlier draws.

    Raises
    ------
    OptionError
        If the architecture is not known, or does not fit the size of the images.
    """
    if architecture not in ARCHITECTURES:
        raise OptionError(
            f"architecture {architecture!r} is not known. Use one of {sorted(ARCHITECTURES)}."
            f"{nearest(architecture, ARCHITECTURES)}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(*ARCHITECTURES[architecture](size, n_latents))
