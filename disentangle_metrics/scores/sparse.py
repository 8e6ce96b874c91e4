"""Sparse codes, which have a latent for each value of a factor: no latent leads on the whole factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..kernels.columns.copies import unit_columns

Floats = NDArray[np.float64]

# A gap above this is no sign of a sparse code.
_SMALL = 0.2
# Squared correlation of a latent with a value from which the latent is a latent of this value.
_CLOSE = 0.5
# Rows for each value, at the least: of fewer a latent may be close to a value by chance.
_ROWS = 10
# Share of the rows whose values must each have a latent.
_MOST = 0.8
# Rows that a first look takes, and how far the mean of a latent of one value lies from the middle of its range, at the
# least, as a share of the range: it is elsewhere on most rows.
_LOOKED_AT, _ASIDE = 1000, 0.05
# Names in a note.
_NAMED = 3


def on_values(data: Representation, gaps: Floats) -> list[str]:
    """Return a note on the factors whose values each have a latent, and whose gaps are small for that reason."""
    if data.one_hot is not None:
        return []
    few = [
        k
        for k in range(data.n_factors)
        if gaps[k] < _SMALL
        and not data.is_measured(k)
        and 3 <= data.labels(k).n_values <= min(data.n_latents, data.labels(k).n_labeled // _ROWS)
    ]
    n_aside = data.remember("latents aside", lambda: _n_aside(data)) if few else 0
    enough = (k for k in few if n_aside >= _MOST * data.labels(k).n_values)
    sparse = [k for k in enough if _has_a_latent_for_each_value(data, k)]
    if not sparse:
        return []
    names = ", ".join(data.factor_names[k] for k in sparse[:_NAMED])
    more = f" and {len(sparse) - _NAMED} more factors" if len(sparse) > _NAMED else ""
    return [
        f"nearly every value of {names}{more} has a latent to itself, so no latent leads on the whole factor. "
        "Pass one_hot=True to score the values."
    ]


def _n_aside(data: Representation) -> int:
    """Return how many latents have their mean aside of the middle of their range: a quick look at some of the rows."""
    low, high = (extreme.astype(np.float64) for extreme in data.extremes)
    some = data.latents[:: max(1, data.n_samples // _LOOKED_AT)].astype(np.float64)
    mean = (some / len(some)).sum(axis=0)  # no sum leaves float64
    return int(np.count_nonzero(np.abs(mean - low / 2 - high / 2) > _ASIDE * (high / 2 - low / 2) * 2))


def _has_a_latent_for_each_value(data: Representation, k: int) -> bool:
    closeness, share = closeness_to_values(data, k)
    nearest = closeness.argmax(axis=1)
    close = closeness.max(axis=1) >= _CLOSE
    n_values = np.bincount(nearest[close], minlength=closeness.shape[1])  # of each latent
    return float(share[close & (n_values[nearest] == 1)].sum()) >= _MOST


def closeness_to_values(data: Representation, k: int) -> tuple[Floats, Floats]:
    """Return the squared correlation of each latent with each value of a factor, and the share of rows of each value.

    Returns
    -------
    closeness : ndarray of shape (n_values, n_latents)
    share : ndarray of shape (n_values,)
    """
    labels = data.labels(k)
    codes = labels.codes
    there = codes >= 0
    latents = data.latents if there.all() else data.latents[there]
    order = np.argsort(codes[there], kind="stable")
    x = unit_columns(latents[order].astype(np.float64))
    share = labels.counts / len(x)
    starts = np.concatenate([[0], np.cumsum(labels.counts)[:-1]])
    of_value = np.add.reduceat(x, starts, axis=0)  # the product with the indicator of the value
    return of_value**2 / (len(x) * share * (1 - share))[:, None], share
