"""Populations whose gaps are known: latents that are normal around a mean for each combination of the factors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from disentangle_metrics.kernels.counting.information import Information
from disentangle_metrics.reductions.gaps import top_two_gap

Floats = np.ndarray

# Information that is a rounding error.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Population(ABC):
    """Latents that are normal around a mean for each combination of the factors.

    Attributes
    ----------
    sizes : tuple of int of length k
        Number of values of each factor; all values are equally frequent.
    noise : ndarray of shape (d,)
        Standard deviation of each latent's noise.
    per_group : int
        Number of rows that share a part of their noise; 1 if all rows are independent.
    shared : float
        Share of the noise variance that the rows of a group have in common.
    """

    sizes: tuple[int, ...]
    noise: Floats
    per_group: int = field(default=1, kw_only=True)
    shared: float = field(default=0.0, kw_only=True)

    @abstractmethod
    def means(self, v: Floats) -> Floats:
        """Return the latents of some rows (n, k) without noise: (n, d)."""

    def groups(self, n: int) -> Floats | None:
        """Return the group of each row; None if rows are independent."""
        return None if self.per_group == 1 else np.arange(n) // self.per_group

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return latents and factors."""
        v = np.stack([rng.integers(size, size=n) for size in self.sizes], axis=1)
        error = rng.normal(size=(n, len(self.noise)))
        if (groups := self.groups(n)) is not None:
            of_group = rng.normal(size=(groups[-1] + 1, len(self.noise)))
            error = np.sqrt(self.shared) * of_group[groups] + np.sqrt(1 - self.shared) * error
        return self.means(v) + self.noise * error, v

    def information(self, edges: Floats) -> Information:
        """Return the information at infinitely many rows, with bins at given edges (d, n_bins + 1)."""
        from scipy.special import ndtr

        every = np.array(list(product(*map(range, self.sizes))))
        below = ndtr((edges[:, None, 1:-1] - self.means(every).T[:, :, None]) / self.noise[:, None, None])
        ends = [np.zeros((*below.shape[:2], 1)), below, np.ones((*below.shape[:2], 1))]
        share = np.diff(np.concatenate(ends, axis=2)) / len(every)  # of each bin with each combination: (d, m, n_bins)
        whole, known = entropy(share.sum(axis=1)), []
        for k, size in enumerate(self.sizes):
            both = np.stack([share[:, every[:, k] == value].sum(axis=1) for value in range(size)], axis=1)
            known.append(whole + np.log(size) - entropy(both.reshape(len(both), -1)))
        mutual = np.where(np.stack(known, axis=1) > _ROUNDING, np.stack(known, axis=1), 0.0)
        sizes = np.array(self.sizes, dtype=float)
        return Information(mutual, np.tile(whole[:, None], len(sizes)), np.log(sizes), sizes, np.zeros_like(mutual))

    def mig(self, edges: Floats) -> Floats:
        """Return the gap of each factor that infinitely many rows have, cut at given edges (d, n_bins + 1): (k,)."""
        info = self.information(edges)
        return np.asarray(top_two_gap(info.mutual) / info.factor_entropy)


def entropy(share: Floats) -> Floats:
    """Return the entropy in nats of each distribution (..., m): (...)."""
    return -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=-1)


@dataclass(frozen=True)
class Kind(Population):
    """Latents that are sums of factors, whose values are evenly spaced from -1 to 1, and normal noise.

    Attributes
    ----------
    mixing : ndarray of shape (d, k)
    """

    mixing: Floats = field(kw_only=True)

    def means(self, v: Floats) -> Floats:
        """Return the latents of some rows (n, k) without noise: (n, d)."""
        return (2 * v / (np.array(self.sizes) - 1) - 1) @ self.mixing.T


@dataclass(frozen=True)
class Conditional(Population):
    """Latents with any mean for each combination of the factors.

    Attributes
    ----------
    table : ndarray of shape (d, m)
        Mean of each latent for each combination; the last factor varies fastest.
    """

    table: Floats = field(kw_only=True)

    def means(self, v: Floats) -> Floats:
        """Return the latents of some rows (n, k) without noise: (n, d)."""
        return self.table[:, np.ravel_multi_index(v.T, self.sizes)].T


def kinds() -> dict[str, Population]:
    """Return populations of three factors by name."""
    few, many = (3, 6, 15), (3, 6, 40)
    one, three = np.eye(3), np.zeros((3, 3))
    rng = np.random.default_rng(6)
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    mixed = rng.normal(size=(6, 3)) * 0.4 + np.vstack([np.diag([0.3, 1.0, 1.0]), three])
    beside = np.vstack([one, three])
    return {
        "nearly perfect, 3 latents of noise": Kind(few, np.array([0.05] * 3 + [1.0] * 3), mixing=beside),
        "noisy, 3 latents of noise": Kind(few, np.array([0.4] * 3 + [1.0] * 3), mixing=beside),
        "rotated": Kind(few, np.full(3, 0.2), mixing=turned),
        "mixed, as of a beta-VAE": Kind(few, np.full(6, 0.4), mixing=mixed),
        "a factor of 40 values": Kind(many, np.array([0.3] * 3 + [1.0] * 3), mixing=beside),
        "7 dead latents": Kind(few, np.array([0.3] * 3 + [1e-3] * 7), mixing=np.vstack([one, np.zeros((7, 3))])),
        "weak, 3 latents of noise": Kind(few, np.array([1.6] * 3 + [1.0] * 3), mixing=beside),
        "twice the same: the gap is 0": Kind(few, np.full(6, 0.4), mixing=np.vstack([one, one])),
        "noise alone: the gap is 0": Kind(few, np.full(6, 1.0), mixing=np.vstack([three, three])),
    }


def single(n_values: int, *slopes: float, noise: float = 1.0) -> Kind:
    """Return the population of one factor and of latents that are linear in it, with these slopes."""
    return Kind((n_values,), np.full(len(slopes), noise), mixing=np.array(slopes)[:, None])


def many() -> dict[str, tuple[Population, tuple[int, ...]]]:
    """Return populations of many latents or many classes by name, each with its numbers of rows."""
    falling = np.sort(np.random.default_rng(1).exponential(0.3, 64))[::-1]
    means = np.random.default_rng(5).normal(size=(24, 12)) * 0.25
    beside = np.vstack([np.eye(3), np.zeros((3, 3))])
    clusters = Kind((3, 6, 15), np.full(6, 0.72), mixing=beside, per_group=20, shared=0.7)
    return {
        "noise, 50 classes, 10 latents": (single(50, *[0.0] * 10), (300, 500)),
        "noise, 100 classes, 10 latents": (single(100, *[0.0] * 10), (500, 1_000)),
        "noise, 4 classes, 64 latents": (single(4, *[0.0] * 64), (200,)),
        **{f"noise, 10 classes, {d} latents": (single(10, *[0.0] * d), (500,)) for d in (6, 16, 64, 256)},
        "64 latents, all as weak": (single(10, *[0.3] * 64), (500, 2_000)),
        "64 weak latents, one a little ahead": (single(10, 0.5, *[0.3] * 63), (500, 2_000)),
        "64 weak latents, one ahead": (single(10, 0.7, *[0.3] * 63), (500, 2_000)),
        "64 latents from weak to weaker": (single(10, *falling), (500, 2_000)),
        "one weak latent, 63 of noise": (single(10, 0.5, *[0.0] * 63), (500, 2_000)),
        "two weak latents, 62 of noise": (single(10, 0.6, 0.5, *[0.0] * 62), (500, 2_000)),
        "one strong latent, 63 of noise": (single(10, 2.0, *[0.0] * 63), (200, 500)),
        "50 classes, two latents know much": (single(50, 3.0, 1.5, *[0.0] * 8, noise=0.3), (300, 500)),
        "40 classes, two weak latents": (single(40, 0.8, 0.4, *[0.0] * 8), (200, 500)),
        "24 latents, normal in each class": (Conditional((3, 4), np.ones(24), table=means), (200, 1_000)),
        "50 groups of 20 rows": (clusters, (1_000,)),
    }
