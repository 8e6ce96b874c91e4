"""Between which values scores and their intervals may lie, by the options of the metric."""

import numpy as np
import pytest

from disentangle_metrics import mig, sap

RNG = np.random.default_rng(0)
FACTORS = RNG.integers(3, size=(60, 2))
LATENTS = FACTORS + RNG.normal(size=(60, 2))


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize(("normalizer", "high"), [("factor", 1), ("log-cardinality", 1), ("none", np.inf)])
def test_a_gap_is_below_0_only_where_other_rows_chose_its_latents(halves, normalizer, high):
    options = {"normalizer": normalizer, "n_bins": 3, "select_on": "half" if halves else None}
    assert mig(LATENTS, FACTORS, **options).recipe.bounds == (-high if halves else 0, high)
    assert sap(LATENTS, FACTORS, select_on=options["select_on"]).recipe.bounds == (-1 if halves else 0, 1)
