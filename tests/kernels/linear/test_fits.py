"""Lines of all latents and factors at once, against a slow oracle and liblinear, label for label."""

from functools import partial

import numpy as np
import pytest
import slow
from conftest import GOLDEN, Golden
from hypothesis import given, settings
from hypothesis import strategies as st

from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform
from disentangle_metrics.kernels.linear import hinge, logistic
from disentangle_metrics.kernels.linear.one_vs_rest import one_vs_rest
from disentangle_metrics.kernels.linear.univariate import fit_all_lines, fit_lines, predict_lines
from disentangle_metrics.kernels.probes.classifiers import C_GRID
from disentangle_metrics.kernels.probes.interval_lookup import predictions
from disentangle_metrics.kernels.probes.splits import standardize

KINDS = {
    "logistic": (logistic.logistic_loss, slow.logistic, 0.1, False),
    "linear-svm": (hinge.squared_hinge_loss, slow.squared_hinge, 0.01, True),
}


def predicted(x, lines):
    """Classes of some rows and, so that few rows take the way of many, of a thousand and more."""
    [few] = predictions(x, [partial(predict_lines, lines=lines)])
    [many] = predictions(np.resize(x, max(len(x), 1500)), [partial(predict_lines, lines=lines)])
    np.testing.assert_array_equal(many[: len(x)], few)
    return few


def assert_same_labels(x, ours, theirs, exact=False):
    """Every row has the same class by both, but for rows whose two best decision values are nearer than 1e-7."""
    differ = predicted(x, ours) != slow.predict(x, theirs)
    assert not np.any(differ & ~(slow.nearly_tied(x, theirs) & (not exact)))


def golden_rows(case):
    latents, factors = Golden.arrays(case)
    latents = latents[:, :: -(-latents.shape[1] // 6)].astype(float)
    if factors.dtype.kind == "f":
        factors = np.stack([discretize_uniform(column, 20) for column in factors.T], axis=1)
    order = np.random.RandomState(42).permutation(len(latents))
    test, train = np.split(order, [-(-len(order) // 5)])
    x_train, x_test = standardize(latents[train].T, latents[test].T)
    y = factors.T.astype(np.intp)
    return np.ascontiguousarray(x_train), np.ascontiguousarray(x_test), y[:, train], [int(v.max()) + 1 for v in y]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", sorted(path.stem for path in GOLDEN.glob("*.npz")))
def test_recorded_cases_have_the_oracles_labels(case, kind):
    loss, slow_loss, C, balanced = KINDS[kind]
    x_train, x_test, y, n_classes = golden_rows(case)
    fits = fit_all_lines(
        x_train, one_vs_rest(y, n_classes, balanced), n_classes, loss, np.full((len(x_train), 1, len(y)), C)
    )
    for j, k in np.ndindex(len(x_train), len(y)):
        lines = fits[k].pick(j, 0)
        assert lines.converged
        oracle = slow.fit_lines(x_train[j], y[k], n_classes[k], slow_loss, C, balanced)
        assert_same_labels(x_test[j], lines, oracle, exact=True)
        if j < 2 and k < 2 and len(x_test[j]) < 500:
            assert_same_labels(x_test[j], lines, slow.liblinear(x_train[j], y[k], n_classes[k], kind, C, balanced))


def lattice(rng, n, y):
    return rng.integers(-8, 9, size=n) / 4


def normal(rng, n, y):
    return rng.normal(size=n)


def informative(rng, n, y):
    return y + 0.3 * rng.normal(size=n)


def perfect(rng, n, y):
    return y.astype(float)


def constant(rng, n, y):
    return np.full(n, rng.choice([0.0, 0.1, 3.0]))


def heavy(rng, n, y):
    return rng.standard_t(1.5, size=n)


def rounded(rng, n, y):
    return np.round(y / 4 + rng.normal(size=n), 1)


def two_values(rng, n, y):
    return np.where(rng.random(n) < 0.5, -1.0, 1.0) + (y == 0)


LATENTS = (lattice, normal, informative, perfect, constant, heavy, rounded, two_values)


def evenly(rng, n, n_classes):
    return rng.integers(n_classes, size=n)


def two_members(rng, n, n_classes):
    return np.where(np.arange(n) < n - 2, rng.integers(max(1, n_classes - 1), size=n), n_classes - 1)


def skewed(rng, n, n_classes):
    return np.minimum(rng.geometric(0.4, size=n), n_classes) - 1


@settings(max_examples=100)  # for each kind
@pytest.mark.parametrize("kind", KINDS)
@given(
    n=st.one_of(st.integers(10, 300), st.integers(300, 5000)),
    n_classes=st.sampled_from([2, 3, 5, 20, 100]),
    latent=st.sampled_from(LATENTS),
    labels=st.sampled_from([evenly, two_members, skewed]),
    C=st.sampled_from([1e-4, 0.01, 0.1, 1.0, 1e2, 1e4]),
    balanced=st.booleans(),
    scale=st.sampled_from(["standard", "standard", "raw", "small", "far"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_drawn_cases_have_the_labels_of_the_oracle_and_of_liblinear(
    kind, n, n_classes, latent, labels, C, balanced, scale, seed
):
    rng = np.random.default_rng(seed)
    y = labels(rng, n, n_classes)
    x = latent(rng, n, y)
    x = {"standard": (x - x.mean()) / ((np.ptp(x) and x.std()) or 1), "raw": x, "small": x * 1e-3, "far": x + 50}[scale]
    loss, slow_loss, *_ = KINDS[kind]
    train = slice(0, n - n // 5)
    lines = fit_lines(x[train], y[train], n_classes, loss, C, balanced)
    assert lines.converged
    assert_same_labels(x, lines, slow.fit_lines(x[train], y[train], n_classes, slow_loss, C, balanced))
    easy = scale == "standard" and C <= 1 and n <= 500 and latent is not constant  # liblinear takes long over the rest
    if easy and len(np.unique(y[train])) > 1:
        assert_same_labels(x, lines, slow.liblinear(x[train], y[train], n_classes, kind, C, balanced))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_rows_have_the_labels_of_the_oracle_and_of_liblinear(kind):
    loss, slow_loss, C, balanced = KINDS[kind]
    rng = np.random.default_rng(0)
    n = 100_000
    y = np.stack([rng.integers(size, size=n) for size in (3, 32)])
    x = np.stack([y[0] + 0.5 * rng.normal(size=n), y[1] / 8 + 0.2 * rng.normal(size=n), rng.normal(size=n)])
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    test = slice(80_000, n)
    fits = fit_all_lines(
        x[:, :80_000], one_vs_rest(y[:, :80_000], (3, 32), balanced), (3, 32), loss, np.full((3, 1, 2), C)
    )
    for j, k in ((0, 0), (1, 1), (2, 1)):
        oracle = slow.fit_lines(x[j, :80_000], y[k, :80_000], (3, 32)[k], slow_loss, C, balanced)
        assert_same_labels(x[j, test], fits[k].pick(j, 0), oracle)
    theirs = slow.liblinear(x[0, :80_000], y[0, :80_000], 3, kind, C, balanced)
    assert_same_labels(x[0, test], fits[0].pick(0, 0), theirs)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_of_many_is_that_of_each_alone(kind, balanced):
    """Latents, factors of two, one and many classes, and strengths do not get into each other's way."""
    loss = KINDS[kind][0]
    rng = np.random.default_rng(0)
    y = np.stack([rng.integers(2, size=400), rng.integers(7, size=400), np.full(400, 3), 2 + rng.integers(3, size=400)])
    x = np.stack([y[0] + rng.normal(size=400), y[1] + rng.normal(size=400), np.full(400, 0.3), rng.normal(size=400)])
    C = rng.choice(C_GRID[2:7], size=(4, 3, 4))
    fits = fit_all_lines(x, one_vs_rest(y.astype(np.int8), (2, 7, 5, 6), balanced), (2, 7, 5, 6), loss, C)
    for i, s, k in np.ndindex(C.shape):
        alone = fit_lines(x[i], y[k], (2, 7, 5, 6)[k], loss, C[i, s, k], balanced)
        one = fits[k].pick(i, s)
        np.testing.assert_allclose(one.slope, alone.slope, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(one.intercept, alone.intercept, rtol=1e-9, atol=1e-9)
        assert one.spread == pytest.approx(alone.spread, rel=1e-9, abs=1e-9)
        np.testing.assert_array_equal(predict_lines(x[:, None], fits[k])[i, s], predict_lines(x[i], one))
        assert alone.converged


@pytest.mark.parametrize("offset", [1e3, 1e6, -1e8])
@pytest.mark.parametrize("kind", KINDS)
def test_an_offset_that_dwarfs_the_spread_costs_no_digits(kind, offset):
    """At the optimum both derivatives vanish; counted from the offset, so that they can be told from rounding."""
    loss, slow_loss, *_ = KINDS[kind]
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=500)
    near = np.round(y + rng.normal(size=500), 3)
    fit = fit_lines(near + offset, y, 3, loss, 1.0, False)
    assert fit.converged
    for c in range(3):
        sign = np.where(y == c, -1.0, 1.0)
        _, pull, _ = slow_loss(sign * (fit.slope[c] * near + (fit.slope[c] * offset + fit.intercept[c])))
        by_intercept = fit.intercept[c] + (sign * pull).sum()
        by_slope = fit.slope[c] - offset * fit.intercept[c] + (sign * pull) @ near
        np.testing.assert_allclose([by_intercept, by_slope], 0, atol=1e-9 * np.abs(pull).sum())


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-200, 1e90])
@pytest.mark.parametrize("kind", KINDS)
def test_the_least_and_the_largest_latents_are_fitted(kind, scale):
    """Across the least, no line changes; the largest are flat but for a slope that float64 still holds."""
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=2000)
    x = scale * rng.integers(4, size=2000)
    fit = fit_lines(x, y, 3, KINDS[kind][0], 1.0, False)
    assert fit.converged
    assert np.isfinite(fit.slope).all()
    if scale < 1:
        flat = fit_lines(np.zeros(2000), y, 3, KINDS[kind][0], 1.0, False)
        np.testing.assert_allclose(fit.intercept, flat.intercept, rtol=1e-12)
    predicted(x, fit)


@pytest.mark.parametrize("seed", [17, 36])
def test_rows_far_out_leave_something_of_the_others_in_their_block(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, (256, 1))[:, 0]
    x = rng.normal(size=(256, 2))[:, 0] + 2 * y
    y[:2], x[:2] = 2, 1e9
    lines = fit_lines(x, y, 3, hinge.squared_hinge_loss, 0.01, False)
    exact = x.astype(np.longdouble)
    for c in range(3):
        slope, intercept = np.longdouble(lines.slope[c]), np.longdouble(lines.intercept[c])
        sign = np.where(y == c, 1, -1)
        excess = np.maximum(1 - sign * (slope * exact + intercept), 0)
        inside = np.where(excess > 0, np.longdouble(0.02), 0)
        g_w = slope - np.sum(inside * excess * sign * exact)
        g_b = intercept - np.sum(inside * excess * sign)
        h_ww, h_wb, h_bb = 1 + np.sum(inside * exact**2), np.sum(inside * exact), 1 + np.sum(inside)
        step = (h_ww * g_b - h_wb * g_w) / (h_ww * h_bb - h_wb**2)  # of Newton's method, in the intercept
        assert abs(step) < 1e-6, c
