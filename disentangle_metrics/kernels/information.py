"""Mutual information in nats between every latent and one factor, from counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..options import a_number
from .counts import joint_counts
from .entropy import Entropy


class Information(NamedTuple):
    """What each factor shares with each latent. For one factor the last axis is missing.

    Attributes
    ----------
    mutual : ndarray of shape (n_latents, n_factors)
        I(z_j; v_k) in nats.
    latent_entropy : ndarray of shape (n_latents, n_factors)
        H(z_j) in nats, on the rows where factor k has a label.
    factor_entropy : ndarray of shape (n_factors,)
        H(v_k) in nats.
    factor_values : ndarray of shape (n_factors,)
        Number of values of v_k that occur.
    by_chance : ndarray of shape (n_latents, n_factors)
        What the plug-in estimate shows of independent variables, to first order: (bins - 1)(values - 1) / 2n nats.
    """

    mutual: NDArray[np.float64]
    latent_entropy: NDArray[np.float64]
    factor_entropy: NDArray[np.float64]
    factor_values: NDArray[np.float64]
    by_chance: NDArray[np.float64]


def information(
    codes: NDArray[np.intp],
    n_codes: NDArray[np.intp],
    labels: NDArray[np.intp],
    n_labels: int,
    entropy: Entropy,
) -> Information:
    """Return I(z_j; v) = H(z_j) + H(v) - H(z_j, v) for every latent j.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        Bin of each value of each latent.
    n_codes : ndarray of shape (d,)
        Number of bins of each latent.
    labels : ndarray of shape (n,)
    n_labels : int
    entropy : callable

    Returns
    -------
    Information
        A latent in a single bin has information 0 and entropy 0, whatever the estimator.
    """
    values = np.bincount(labels, minlength=n_labels)
    factor_values = np.count_nonzero(values)
    factor_entropy = np.asarray(a_number("entropy", entropy(values)))
    mutual, latent_entropy, by_chance = np.zeros((3, codes.shape[1]))
    for j, size in enumerate(n_codes.tolist()):
        column = codes[:, j]
        bins = np.bincount(column, minlength=size)
        n_occupied = np.count_nonzero(bins)
        if n_occupied > 1:
            latent_entropy[j] = a_number("entropy", entropy(bins))
            joint = a_number("entropy", entropy(joint_counts(column, labels, size, n_labels)))
            mutual[j] = latent_entropy[j] + factor_entropy - joint
            by_chance[j] = (n_occupied - 1) * (factor_values - 1) / (2 * len(labels))
    return Information(mutual, latent_entropy, factor_entropy, np.asarray(factor_values), by_chance)
