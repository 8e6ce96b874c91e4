"""The corrected difference of means that are weighted by information is the difference of the corrected scores."""

import numpy as np
import pytest

from disentangle_metrics import compare, evaluate


@pytest.mark.parametrize(("metric", "options"), [("mig_sup", {"weights": "information"}), ("med.disentanglement", {})])
def test_weights_are_corrected_too(metric, options):
    rng = np.random.default_rng(0)
    v = rng.integers([3, 6], size=(400, 2))
    mixed = np.c_[v @ [[1, 0.5], [0.5, 1]] + rng.normal(size=v.shape), rng.normal(size=v.shape)]
    plain = np.c_[v + 0.5 * rng.normal(size=v.shape), rng.normal(size=v.shape)]
    asked = {"options": {metric: options}, "n_boot": 100}
    found = compare(mixed, plain, v, metric=metric, **asked)
    one, other = (evaluate(z, v, metric, confidence=0.95, **asked)[metric].interval.center for z in (mixed, plain))
    assert found.overall.center == pytest.approx(one - other, abs=0.02)
