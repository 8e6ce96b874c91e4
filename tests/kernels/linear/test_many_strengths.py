"""Lines of several C at once, where some take short steps and others long ones: each as if fitted alone."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from disentangle_metrics.kernels.linear import multinomial
from disentangle_metrics.kernels.linear.multinomial import fit_multinomial


@pytest.mark.parametrize("C", [[1e-6, 1e4], [1e4, 1e-6], [1e-4, 1e-2, 1.0, 1e2, 1e4]])
def test_a_fit_with_short_steps_does_not_hold_up_one_with_long_ones(C):
    y = np.repeat([0, 1, 2], 60)
    x = y + 0.45 * np.random.default_rng(0).normal(size=180)
    [lines] = fit_multinomial(x[None], y[None], [3], np.array(C)[None, :, None])
    assert lines.converged
    for s, strength in enumerate(C):
        model = LogisticRegression(C=strength, solver="newton-cg", tol=1e-10, max_iter=10**5).fit(x[:, None], y)
        np.testing.assert_allclose(lines.slope[0, s], model.coef_[:, 0], rtol=1e-4, atol=1e-6)


def least_steps(fit, monkeypatch):
    """The smallest number of steps by which a fit reaches its optimum."""
    for n_steps in range(1, 100):
        monkeypatch.setattr(multinomial, "_MAX_STEPS", n_steps)
        if fit().converged:
            return n_steps
    raise AssertionError("no optimum")


@pytest.mark.parametrize("C", [[1e-3, 1e4], [1e4, 1e-3]])
def test_together_they_take_no_more_steps_than_the_longest_alone(C, monkeypatch):
    y = np.repeat([0, 1, 2], 40)
    x = y + 0.2 * np.random.default_rng(0).normal(size=120)

    def steps(strengths):
        C = np.array(strengths)[None, :, None]
        return least_steps(lambda: fit_multinomial(x[None], y[None], [3], C)[0], monkeypatch)

    assert steps(C) == max(steps([one]) for one in C)
