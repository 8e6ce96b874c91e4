"""When there are too few rows for so many bins and values, and what then to do about it."""

from __future__ import annotations

import numpy as np

from ..data.representation import Representation
from ..kernels.counting.information import Information

# Information that independent latents would show, as a share of what there is to know, above which a note says so.
_MUCH_BY_CHANCE = 0.05

# Rows for each pair of a bin and a value below which the first order of the bias is too little to take off: by the
# tables of docs/entropy.md Miller and Madow leave .43 of it with 1.25 rows for each pair, and NSB a tenth.
_ROWS_PER_PAIR = 2

# Fewer bins than these hide most of what a latent knows, so that nobody is told to take them.
_FEWEST_BINS = 5


def on_few_rows(data: Representation, info: Information) -> list[str]:
    """Return a note on the factor of which plug-in information would show most by chance, if that is much.

    The first order of the bias, (bins - 1)(values - 1) / 2n, counts the bins that have rows: equal-width bins beside an
    outlier are few, whatever was asked for. It is too large itself where there are more pairs than rows.
    """
    if not (info.by_chance > _MUCH_BY_CHANCE * info.factor_entropy).any():
        return []
    share = np.divide(
        info.by_chance, info.factor_entropy, out=np.zeros_like(info.by_chance), where=info.factor_entropy > 0
    )
    j, k = np.unravel_index(share.argmax(), share.shape)
    n_rows, n_values = _n_rows(data, int(k)), int(info.factor_values[k])
    n_bins = round(2 * n_rows * float(info.by_chance[j, k]) / (n_values - 1)) + 1
    fewer = int(_MUCH_BY_CHANCE * 2 * n_rows * float(info.factor_entropy[k]) / (n_values - 1)) + 1
    rows = f"{n_rows:.0f} rows" if data.weights_of() is None else f"{n_rows:.0f} rows, by their weights"
    few = n_rows < _ROWS_PER_PAIR * n_bins * n_values
    return [
        f"few rows for so many bins: independent latents could show up to {min(share[j, k], 1.0):.0%} of factor "
        f"{data.factor_names[k]!r} ({n_bins} bins with {n_values} values in {rows}); take "
        f"entropy={'nsb' if few else 'miller-madow'!r}"
        + (f" or at most {fewer} bins" if fewer >= _FEWEST_BINS else "")
        + ", and see what dmetrics curve says of more rows"
    ]


def _n_rows(data: Representation, k: int) -> float:
    """Return how many rows have a label of factor k, or how many rows of equal weight would say as much."""
    missing = data.labels(k).missing
    weighed = data.n_effective(slice(None) if missing is None else np.flatnonzero(~missing))
    return data.labels(k).n_labeled if weighed is None else weighed
