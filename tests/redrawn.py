"""Rows drawn again as the package draws them, for tests that go on by hand."""

import numpy as np

from disentangle_metrics import get_metric
from disentangle_metrics.kernels.resampling.bootstrap import draw_rows


def weights_of(n, n_boot, seed=42, groups=None):
    return np.concatenate(list(draw_rows(np.random.default_rng(seed), n, n_boot, groups)))


def resampled(data, metric, **options):
    """The recipe of a score, and the statistic that it is drawn from."""
    recipe = get_metric(metric).function(data, **options).recipe
    return recipe, recipe.statistic().resampled()
