"""The note on the optimum covers all lines, although few are fitted at a time."""

import numpy as np
import pytest

from disentangle_metrics.kernels.linear import hinge
from disentangle_metrics.kernels.linear.hinge import fit_hinge
from disentangle_metrics.kernels.linear.logistic import fit_logistic
from disentangle_metrics.kernels.linear.newton import middle
from disentangle_metrics.kernels.linear.one_vs_rest import one_vs_rest


@pytest.mark.parametrize("fit", [fit_hinge, fit_logistic])
@pytest.mark.parametrize(("max_steps", "enough"), [(1, False), (100, True)])
def test_too_few_steps_are_said(fit, max_steps, enough, monkeypatch):
    monkeypatch.setattr(hinge, "_SUMS", 1)
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=(1, 200))
    x = y + rng.normal(size=(1, 200))
    C = np.full((1, 1, 1), 10.0)
    *_, converged = fit(x, one_vs_rest(y, [2], False), C, max_steps)
    assert converged is enough


@pytest.mark.parametrize("n", [1, 2, 3, 10, 255])
def test_the_middle_of_few_rows_is_their_median(n):
    x = np.random.default_rng(n).normal(size=(3, n))
    np.testing.assert_allclose(middle(x), np.median(x, axis=1), rtol=1e-12)
