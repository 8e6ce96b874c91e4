"""Rows that choose and rows that measure: the lead of a latent that is chosen on one half and measured on the other.

The best of many estimates is the best partly by chance, and so is the second best. The chance does not carry over to
rows that had no part in the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..errors import InputError, OptionError
from ..kernels.probes.splits import half_of
from .gaps import gap_of_chosen, gap_of_targets


def halves(data: Representation, seed: int) -> tuple[Representation, Representation]:
    """Return two random halves of the rows, each as a representation of its own.

    Raises
    ------
    InputError
        If a half would have fewer than two rows.
    """
    if data.n_samples < 4:
        raise InputError(f"select_on='half' needs four rows and there are {data.n_samples}. Leave it out.")
    first, second = (data.take(half_of(np.arange(data.n_samples), (seed, which))) for which in (0, 1))
    return first, second


def gaps_by_halves(
    matrices: Sequence[NDArray[np.float64]], whole: Sequence[NDArray[np.float64]] = ()
) -> NDArray[np.float64]:
    """Return the lead of the two latents chosen on one half, measured on the other, and averaged over both ways.

    Parameters
    ----------
    matrices : two ndarrays of shape (n_latents, n_factors)
        The value of each latent for each factor, on each half.
    whole : two ndarrays of shape (n_factors,), optional
        The denominators of the leads of each half; a lead of 0 is 0.
    """
    leads = [gap_of_chosen(*matrices), gap_of_chosen(*matrices[::-1])]
    for lead, of in zip(leads, whole[::-1], strict=False):  # the second half measures the first lead
        np.divide(lead, of, out=lead, where=of > 0)
        lead[of <= 0] = 0.0
    return np.asarray(np.mean(leads, axis=0))


def gaps_of_halves(
    matrices: Sequence[NDArray[np.float64]], targets: Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Return the gap of each factor from one matrix (..., d, k), or from one for each half of the test rows."""
    return gap_of_targets(matrices[0], targets) if len(matrices) == 1 else gaps_by_halves(matrices)


def note_on_negative(gaps: NDArray[np.float64]) -> list[str]:
    """Return a note on the number of negative leads (n_repeats, n_factors), where rows chose the latents."""
    if not (gaps < 0).any() or not (n_negative := int(np.sum(gaps.mean(axis=0) < 0))):
        return []
    return [
        f"the gaps of {n_negative} of {gaps.shape[1]} factors are negative: on rows that did not choose, the second "
        "latent knows more than the first, so neither leads"
    ]


def check_choice_of_latents(targets: Any, select_on: str | None) -> None:
    """Raise OptionError if the user names the latents, and rows are to choose them too."""
    if targets is not None and select_on is not None:
        raise OptionError(
            f"targets names the latents, and select_on={select_on!r} chooses them on rows. Leave one of them out."
        )
