"""Gaps of information where factors depend on each other: what another factor knows is not held against a code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from .concentration import ratio
from .gaps import gap_of_targets
from .leaders import leaders

Floats = NDArray[np.float64]
Targets = Sequence[int] | None

# A part of an entropy that is a rounding error; and a part of the largest information.
_NOTHING, _TIE = 1e-9, 1e-9


class Gap(NamedTuple):
    """Leads, and the most that each could be.

    Attributes
    ----------
    lead : ndarray of shape (..., n_parts)
        In nats.
    most : ndarray of shape (..., n_parts)
        In nats. Where it is 0, no code can lead, and where it is NaN, nothing is scored.
    """

    lead: Floats
    most: Floats

    def share(self, undefined: NDArray[np.bool_]) -> Floats:
        """Return the leads as shares: (..., n_parts), NaN where a part is undefined, and 0 where no code can lead."""
        share = ratio(self.lead, self.most)
        share = np.where((share > 1) & (share < 1 + _NOTHING), 1.0, share)  # rounding carries it above 1
        return np.where(undefined, np.nan, share)

    def undefined(self, scored: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the parts in which no code can lead, of those that are scored (n_parts,); none if these are all."""
        none = scored & ~(self.most > 0)
        return np.zeros_like(none) if (none == scored).all() else none


def over_runner_up(info: Information, left: Floats, targets: Targets) -> Gap:
    """Return the lead on each factor, and H(v_k | v_l), where l is the factor that the runner-up leads on.

    It is H(v_k) if the runner-up leads on no factor, and the smallest if it leads on several, or if several latents are
    the runner-up.

    Parameters
    ----------
    info : Information
    left : ndarray of shape (..., k, k)
        H(v_k | v_l).
    targets : sequence of int of length k, optional
        The latent that is meant for each factor, -1 for the best.
    """
    known = np.maximum(info.mutual, 0.0)
    runner_up = _runners_up(known, targets)
    both = np.matmul(np.swapaxes(runner_up, -1, -2).astype(np.float32), _leading(known, targets).astype(np.float32))
    led = (both > 0) & ~np.eye(known.shape[-1], dtype=bool)
    most = np.where(led, left, info.factor_entropy[..., None]).min(axis=-1)
    return Gap(gap_of_targets(known, targets), _above_rounding(most, info.factor_entropy))


def over_free_latents(info: Information, targets: Targets) -> Gap:
    """Return the lead on each factor over the latents that lead on no factor, and H(v_k).

    A latent leads if no other has as much information. Without such latents the lead is all that the best one knows.
    """
    known = np.maximum(info.mutual, 0.0)
    of = leaders(known, axis=-2)
    first = of.first.copy()
    for k, j in enumerate(targets or ()):
        if j >= 0:
            first[..., k] = known[..., j, k]
    second = np.where(free_latents(info, targets)[..., None], known, 0.0).max(axis=-2)
    lead = first - second
    lead = np.where(np.abs(lead) <= _TIE * of.first, 0.0, lead)
    return Gap(lead, np.array(np.broadcast_to(info.factor_entropy, lead.shape)))


def free_latents(info: Information, targets: Targets) -> NDArray[np.bool_]:
    """Return the latents that lead on no factor, as a mask (..., n_latents): none is meant for one or is its best."""
    of = leaders(info.mutual, axis=-2)
    leading = of.are_first & of.alone[..., None, :] & (of.first[..., None, :] > 0)
    for k, j in enumerate(targets or ()):
        if j >= 0:
            leading[..., k] = np.arange(leading.shape[-2]) == j
    return np.asarray(~leading.any(axis=-1))


def over_second_factor(info: Information, left: Floats, targets: Targets) -> Gap:
    """Return the lead of each latent's first factor over its second, and the entropy of the first given the second.

    The smallest entropy counts if factors tie. A latent without information leads by 0 of 1. With targets only the
    latents that are named are scored.
    """
    known = np.maximum(info.mutual, 0.0)
    of = leaders(known, axis=-1)
    first, second, are_first, are_second = of.first.copy(), of.second.copy(), of.are_first.copy(), of.are_second.copy()
    meant = {j: k for k, j in enumerate(targets or ()) if j >= 0}
    for j, k in meant.items():
        rest = np.where(np.arange(known.shape[-1]) == k, -1.0, known[..., j, :])
        first[..., j], second[..., j] = known[..., j, k], np.maximum(rest.max(axis=-1), 0.0)
        are_first[..., j, :] = np.arange(known.shape[-1]) == k
        are_second[..., j, :] = rest >= second[..., j, None] * (1 - _TIE)
    most = np.full(first.shape, np.inf)
    for k in range(known.shape[-1]):
        others = are_second & (second > 0)[..., None] & (np.arange(known.shape[-1]) != k)
        given = np.where(others, left[..., None, k, :], info.factor_entropy[..., None, k, None]).min(axis=-1)
        given = _above_rounding(given, info.factor_entropy[..., None, k])
        most = np.where(are_first[..., k], np.minimum(most, given), most)
    lead = np.where(np.abs(first - second) <= _TIE * of.first, 0.0, first - second)
    most = np.where(of.first > 0, most, 1.0)
    if targets is not None:
        unnamed = np.array([j not in meant for j in range(known.shape[-2])])
        most = np.where(unnamed, np.nan, most)
    return Gap(lead, most)


def _runners_up(known: Floats, targets: Targets) -> NDArray[np.bool_]:
    """Return the latents that know most of each factor beside the one that is meant, if they know anything."""
    of = leaders(known, axis=-2)
    runners_up = of.are_second & (of.second > 0)[..., None, :]
    for k, j in enumerate(targets or ()):
        if j >= 0:
            rest = np.where(np.arange(known.shape[-2]) == j, 0.0, known[..., k])
            most = rest.max(axis=-1, keepdims=True)
            runners_up[..., k] = (rest >= most * (1 - _TIE)) & (most > 0)
    return runners_up


def _leading(known: Floats, targets: Targets) -> NDArray[np.bool_]:
    """Return the latents that know most of each factor, or the one that is meant for it: (..., d, k)."""
    of = leaders(known, axis=-2)
    leading = of.are_first & (of.first > 0)[..., None, :]
    for k, j in enumerate(targets or ()):
        if j >= 0:
            leading[..., k] = np.arange(known.shape[-2]) == j
    return leading


def _above_rounding(left: Floats, whole: Floats) -> Floats:
    """Return the entropies that are left, 0 where they are a rounding error of the whole."""
    return np.where(left > _NOTHING * whole, left, 0.0)
