"""The note on too few rows for so many bins and values, with its advice."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import discretize_unique
from ..kernels.discretizing.edges import Edges
from ..kernels.entropy.table import ENTROPIES
from ..statistics.information import JointInformation

# Information of independent latents, as a share of the factor's entropy, above which there is a note.
_MUCH_BY_CHANCE = 0.05

# Rows for each pair of a bin and a value below which a first-order correction of the bias is too small: by the tables
# of docs/entropy.md, with 1.25 rows for each pair, Miller and Madow leave .43 of the bias, and NSB a tenth.
_ROWS_PER_PAIR = 2

# Fewer bins than this hide most of the information of a latent, so the note does not advise them.
_FEWEST_BINS = 5


def on_few_rows(statistic: JointInformation, info: Information, options: Container[str]) -> list[str]:
    """Return a note on the factor with the largest plug-in information by chance, if that is large.

    The first order of the bias, (bins - 1)(values - 1) / 2n, counts the bins that have rows: next to an outlier few
    equal-width bins have rows, whatever the option. This order is too large if there are more pairs than rows.

    Parameters
    ----------
    statistic : JointInformation
    info : Information
        The information that was measured.
    options : container of str
        The options of the metric, which are all that a note can advise.
    """
    if statistic.entropy is not ENTROPIES["plugin"]:
        return []
    data = statistic.data
    if not (info.by_chance > _MUCH_BY_CHANCE * info.factor_entropy).any():
        return []
    share = np.divide(
        info.by_chance, info.factor_entropy, out=np.zeros_like(info.by_chance), where=info.factor_entropy > 0
    )
    j, k = np.unravel_index(share.argmax(), share.shape)
    n_rows, n_values = _n_rows(data, int(k)), int(info.factor_values[k])
    n_bins = round(2 * n_rows * float(info.by_chance[j, k]) / (n_values - 1)) + 1
    rows = f"{n_rows:.0f} rows" if data.weights_of() is None else f"{n_rows:.0f} rows, by their weights"
    few = n_rows < _ROWS_PER_PAIR * n_bins * n_values
    members = 1 if statistic.units is None else len(statistic.units.members[int(j)])
    cells = f"{n_bins} bins" if members == 1 else f"{n_bins} cells of the bins of {members} latents"
    advice = [f"entropy={'nsb' if few else 'miller-madow'!r}"] if "entropy" in options else []
    fewer = _fewer_bins(statistic, info)
    if "n_bins" in options and fewer >= _FEWEST_BINS:
        advice.append(f"at most {fewer} bins")
    take = f"take {' or '.join(advice)}; " if advice else ""
    return [
        f"few rows for so many bins: independent latents could show up to {min(share[j, k], 1.0):.0%} of factor "
        f"{data.factor_names[k]!r} ({cells} with {n_values} values in {rows}); {take}dmetrics curve shows whether more "
        "rows would change the score"
    ]


def _fewer_bins(statistic: JointInformation, info: Information) -> int:
    """Return the largest ``n_bins`` by which chance shows little of every factor; 0 where it is no number of bins.

    A group of m latents has at most n_bins ** m cells.
    """
    cut = statistic.discretizer if isinstance(statistic.discretizer, tuple) else (statistic.discretizer,)
    if any(isinstance(each, Edges) or each is discretize_unique for each in cut):
        return 0
    known = [k for k in range(statistic.data.n_factors) if info.factor_values[k] > 1]
    cells = min(
        _MUCH_BY_CHANCE * 2 * _n_rows(statistic.data, k) * float(info.factor_entropy[k]) / (info.factor_values[k] - 1)
        for k in known
    )
    members = 1 if statistic.units is None else max(map(len, statistic.units.members))
    return int((cells + 1) ** (1 / members) + 1e-9)


def _n_rows(data: Representation, k: int) -> float:
    """Return the number of rows with a label of factor k, or their effective sample size if rows have weights."""
    missing = data.labels(k).missing
    weighed = data.n_effective(slice(None) if missing is None else np.flatnonzero(~missing))
    return data.labels(k).n_labeled if weighed is None else weighed
