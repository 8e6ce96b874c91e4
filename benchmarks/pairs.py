"""Pairs of models with the same information: each pair is a function that encodes factors, called twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Floats = np.ndarray
# From an amount of noise to latents of the same factors, with new noise at each call.
Encode = Callable[[float], Floats]

SIZES = (3, 6, 15)
MIXING = np.vstack([np.diag([0.8, 1.0, 1.0]), 0.35 * np.ones((3, 3)) - 0.2 * np.eye(3)])
FEW = (4, 6, 9)


def factors(n: int, rng: np.random.Generator, sizes: tuple[int, ...] = SIZES) -> Floats:
    """Return independent factors."""
    return np.stack([rng.integers(size, size=n) for size in sizes], axis=1)


def encoded(v: Floats, mixing: Floats, common: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Return latents: mixed factors, noise in common with other models, and noise of the model alone."""
    return (2 * v / (np.array(SIZES) - 1) - 1) @ mixing.T + 0.2 * common + noise * rng.normal(size=common.shape)


def mixed(rng: np.random.Generator) -> Floats:
    """Return the mixing of an encoder that was trained with another seed."""
    return MIXING + 0.15 * rng.normal(size=MIXING.shape)


def few_values(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents that equal a factor in most rows and are drawn at random in the others."""
    v = factors(n, rng, FEW)

    def encode(noise: float) -> Floats:
        shares = 1 - noise * (1 - np.array([0.8, 0.7, 0.6]))
        codes = [np.where(rng.random(n) < p, v[:, k], rng.integers(FEW[k], size=n)) for k, p in enumerate(shares)]
        return np.stack([*codes, rng.integers(8, size=n)], axis=1)

    return encode, v


def whole_numbers(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents that are rounded to whole numbers."""
    v = factors(n, rng, FEW)

    def encode(noise: float) -> Floats:
        codes = np.rint(v + 0.8 * noise * rng.normal(size=v.shape))
        return np.hstack([codes, np.rint(v[:, 1:2] / 2 + rng.normal(size=(n, 1))), rng.integers(5, size=(n, 1))])

    return encode, v


def heavy_tails(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents with noise of Student's t with 2.5 degrees of freedom."""
    v = factors(n, rng, (5, 5, 5))
    known = np.hstack([v, v[:, :1] / 2, np.zeros((n, 1))])
    return lambda noise: known + 0.5 * noise * rng.standard_t(2.5, size=known.shape), v


def skewed(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents that are lognormal."""
    v = factors(n, rng, (5, 5, 5))
    known = np.hstack([v / 2, v[:, :1] / 4, np.zeros((n, 1))])
    return lambda noise: np.exp(known + 0.4 * noise * rng.normal(size=known.shape)), v


def outlier(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents with one row, a different one in each model, far from all others."""
    v = factors(n, rng, (5, 5, 5))
    known = np.hstack([v, v[:, :1] / 2, np.zeros((n, 1))])

    def encode(noise: float) -> Floats:
        latents = known + 0.6 * noise * rng.normal(size=known.shape)
        latents[rng.integers(n)] += 20 * (1 + rng.random())
        return latents

    return encode, v


def mixture(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents with some rows, different ones in each model, moved to a second place."""
    v = factors(n, rng, (3, 5, 8))

    def encode(noise: float) -> Floats:
        latents = v + 0.3 * noise * rng.normal(size=v.shape) + 6.0 * (rng.random(v.shape) < 0.3)
        return np.hstack([latents, v[:, :1] + 1.5 * rng.normal(size=(n, 1)), rng.normal(size=(n, 1))])

    return encode, v


def rare_classes(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Factors with classes of few rows."""
    v = np.stack([np.minimum(rng.geometric(p, n), most) for p, most in ((0.5, 6), (0.35, 9), (0.97, 2))], axis=1)
    known = np.hstack([v, v[:, :1] / 2])
    return lambda noise: known + 0.8 * noise * rng.normal(size=known.shape), v


def equal_seconds(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Latents with two equal second-best latents for each factor."""
    v = factors(n, rng, (5, 5, 5))
    scales = np.repeat([0.4, 1.0, 1.0], 3)
    return lambda noise: np.tile(v, 3) + noise * scales * rng.normal(size=(n, 9)), v


def same(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Six latents that are mixtures of the factors, with noise that models have in common and noise of each model."""
    v, common = factors(n, rng), rng.normal(size=(n, 6))
    return lambda noise: encoded(v, MIXING, common, 0.3 * noise, rng), v


def constants(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Three such latents, and three latents that are noise in the first model and constant in the second."""
    v, common = factors(n, rng), rng.normal(size=(n, 6))
    mixing, seen = np.vstack([MIXING[:3], np.zeros((3, 3))]), iter((1.0, 0.0))

    def encode(noise: float) -> Floats:
        return encoded(v, mixing, common, 0.3 * noise, rng) * np.repeat([1.0, next(seen)], 3)

    return encode, v


def two_encoders(n: int, rng: np.random.Generator) -> tuple[Encode, Floats]:
    """Six latents that each model mixes in another way."""
    v, common = factors(n, rng), rng.normal(size=(n, 6))
    return lambda noise: encoded(v, mixed(rng), common, 0.3 * noise, rng), v
