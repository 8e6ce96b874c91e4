"""The note on too few rows for so many bins and values, with its advice."""

from __future__ import annotations

import numpy as np

from ..data.representation import Representation
from ..kernels.counting.information import Information

# Information of independent latents, as a share of the factor's entropy, above which there is a note.
_MUCH_BY_CHANCE = 0.05

# Rows for each pair of a bin and a value below which a first-order correction of the bias is too small: by the tables
# of docs/entropy.md, with 1.25 rows for each pair, Miller and Madow leave .43 of the bias, and NSB a tenth.
_ROWS_PER_PAIR = 2

# Fewer bins than this hide most of the information of a latent, so the note does not advise them.
_FEWEST_BINS = 5


def on_few_rows(data: Representation, info: Information) -> list[str]:
    """Return a note on the factor with the largest plug-in information by chance, if that is large.

    The first order of the bias, (bins - 1)(values - 1) / 2n, counts the bins that have rows: next to an outlier few
    equal-width bins have rows, whatever the option. This order is too large if there are more pairs than rows.
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
        + "; dmetrics curve shows whether more rows would change the score"
    ]


def _n_rows(data: Representation, k: int) -> float:
    """Return the number of rows with a label of factor k, or their effective sample size if rows have weights."""
    missing = data.labels(k).missing
    weighed = data.n_effective(slice(None) if missing is None else np.flatnonzero(~missing))
    return data.labels(k).n_labeled if weighed is None else weighed
