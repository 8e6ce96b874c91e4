"""Nearest-neighbor information against scikit-learn, against the equations summed point by point, and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import digamma
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd

from disentangle_metrics import config
from disentangle_metrics.kernels.information.gaussian import gaussian_pairs
from disentangle_metrics.kernels.information.ksg import ksg, ksg_pairs
from disentangle_metrics.kernels.information.ross import ross, ross_pairs

BACKENDS = ["numpy", "fast"]


@pytest.fixture(params=BACKENDS, autouse=True)
def backend(request):
    with config.using(backend=request.param):
        yield request.param


def ksg_by_hand(x, y, k, variant):
    """Equations 8 and 9 of Kraskov et al. 2004, one point after the other; all neighbors as near as the k-th."""
    n, terms = len(x), []
    for i in range(n):
        dx, dy = np.abs(x - x[i]).max(axis=1), np.abs(y - y[i]).max(axis=1)
        others = np.arange(n) != i
        d = np.maximum(dx, dy)
        r = np.sort(d[others])[k - 1]
        if variant == 1:
            n_x, n_y = (np.sum((side < r) | ((r == 0) & (side == 0))) - 1 for side in (dx, dy))
            terms.append(digamma(n_x + 1) + digamma(n_y + 1))
        else:
            near = others & (d <= r)
            n_x, n_y = (np.sum(side[others] <= side[near].max()) for side in (dx, dy))
            terms.append(digamma(n_x) + digamma(n_y))
    return digamma(n) + digamma(k) - (variant == 2) / k - np.mean(terms)


def ross_by_hand(x, labels, k):
    """The estimate of Ross 2014, one point after the other, of the rows whose label is not alone."""
    sizes = {c: np.sum(labels == c) for c in set(labels.tolist())}
    kept = np.array([sizes[c] > 1 for c in labels.tolist()])
    x, labels = x[kept], labels[kept]
    terms = []
    for i in range(len(x)):
        d = np.abs(x - x[i]).max(axis=1)
        same = np.delete(d, i)[np.delete(labels, i) == labels[i]]
        k_here = min(k, len(same))
        r = np.sort(same)[k_here - 1]
        m = np.sum(d < r) if r > 0 else np.sum(d == 0)
        terms.append(digamma(k_here) - digamma(len(same) + 1) - digamma(m))
    return digamma(len(x)) + np.mean(terms) if len(x) else 0.0


def lattice(n, p):
    return hnp.arrays(np.int64, (n, p), elements=st.integers(-8, 8)).map(lambda a: a / 4.0)


@st.composite
def pairs(draw, p=1, q=1):
    n = draw(st.integers(3, 25))
    return draw(lattice(n, p)), draw(lattice(n, q)), draw(st.integers(1, min(n - 1, 5)))


@st.composite
def labeled(draw, p=1):
    n = draw(st.integers(2, 25))
    return draw(lattice(n, p)), draw(hnp.arrays(np.int64, n, elements=st.integers(0, 4))), draw(st.integers(1, 5))


def drawn(seed, n, decimals=12):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n) * rng.choice([1e-3, 1.0, 1e3])
    return np.round(x, decimals), np.round(0.5 * x + rng.normal(size=n), decimals)


# --- scikit-learn


@pytest.mark.parametrize("decimals", [12, 1])
@pytest.mark.parametrize("n", [8, 57, 400, 1500])
@pytest.mark.parametrize("k", [1, 3, 6])
def test_ksg_equals_scikit_learns_kernel(n, k, decimals):
    x, y = drawn(n, n, decimals)
    assert max(0, ksg(x, y, k)) == pytest.approx(_compute_mi_cc(x, y, k), abs=1e-12)


@pytest.mark.parametrize("decimals", [12, 1])
@pytest.mark.parametrize("n_classes", [2, 6, 40])
@pytest.mark.parametrize("k", [1, 3, 6])
def test_ross_equals_scikit_learns_kernel(n_classes, k, decimals):
    x, _ = drawn(n_classes, 1000, decimals)
    labels = np.arange(1000) % n_classes  # no class is so small that scikit-learn rounds its distances
    assert max(0, ross(x, labels, k)) == pytest.approx(_compute_mi_cd(x, labels, k), abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_ross_rounded_as_scikit_learn_does_equals_it_in_small_classes_too(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(5, 200)), int(rng.integers(1, 6))
    x, labels = rng.normal(size=n) + 3, rng.integers(rng.integers(2, 40), size=n)
    if np.bincount(labels).max() < 2:
        labels[:2] = 0
    found = ross_pairs(x[:, None], labels[:, None], k, True)[0, 0]
    assert max(0, found) == pytest.approx(_compute_mi_cd(x, labels, k), abs=1e-12)


# --- the equations


@given(pairs(), st.sampled_from([1, 2]))
def test_ksg_is_the_equation(drawn, variant):
    x, y, k = drawn
    assert ksg(x, y, k, variant) == pytest.approx(ksg_by_hand(x, y, k, variant), abs=1e-12)


@given(pairs(p=3, q=2), st.sampled_from([1, 2]))
def test_ksg_of_several_dimensions_is_the_equation(drawn, variant):
    x, y, k = drawn
    assert ksg(x, y, k, variant) == pytest.approx(ksg_by_hand(x, y, k, variant), abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("n", [30, 300])
def test_ksg_of_distinct_values_is_the_equation(n, variant):
    x, y = drawn(n, n)
    expected = ksg_by_hand(x[:, None], y[:, None], 3, variant)
    assert ksg(x, y, 3, variant) == pytest.approx(expected, abs=1e-12)


@given(labeled())
def test_ross_is_the_equation(drawn):
    x, labels, k = drawn
    assert ross(x, labels, k) == pytest.approx(ross_by_hand(x, labels, k), abs=1e-12)


@given(labeled(p=3))
def test_ross_of_several_dimensions_is_the_equation(drawn):
    x, labels, k = drawn
    assert ross(x, labels, k) == pytest.approx(ross_by_hand(x, labels, k), abs=1e-12)


def test_a_neighbor_on_the_edge_is_not_inside_however_the_sum_is_rounded():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 500)) + 1e6  # here x + r is rounded to a value of its own
    assert ksg(x, y, 3) == pytest.approx(ksg_by_hand(x[:, None], y[:, None], 3, 1), abs=1e-12)


# --- closed forms


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("r", [0.0, 0.5, 0.9, -0.99])
def test_ksg_of_correlated_gaussians_is_near_their_information(r, variant):
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 5000))
    found = ksg(x, r * x + np.sqrt(1 - r**2) * noise, 3, variant)
    assert found == pytest.approx(-0.5 * np.log(1 - r**2), abs=0.04)  # its standard deviation here is .012


def test_ksg_of_a_group_of_latents_adds_up_what_independent_ones_tell():
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(5000, 2)), rng.normal(size=5000)
    y = x.sum(axis=1) + noise
    assert ksg(x, y, 3) == pytest.approx(0.5 * np.log(3), abs=0.04)


def test_ross_of_separate_classes_is_near_their_entropy():
    labels = np.arange(5000) % 5
    x = labels + 0.01 * np.random.default_rng(3).normal(size=5000)
    assert ross(x, labels) == pytest.approx(np.log(5), abs=1e-3)
    assert ross(np.stack([x, -x], axis=1), labels) == pytest.approx(np.log(5), abs=1e-3)


def test_ross_of_two_shifted_gaussians_is_near_their_information():
    labels = np.arange(20_000) % 2
    x = 2.0 * labels + np.random.default_rng(4).normal(size=20_000)
    grid = np.linspace(-10, 12, 20_001)
    a, b = (np.exp(-((grid - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in (0, 2))
    mixture = (a + b) / 2
    expected = np.trapezoid(-mixture * np.log(mixture), grid) - 0.5 * np.log(2 * np.pi * np.e)
    assert ross(x, labels) == pytest.approx(expected, abs=0.02)


def test_independent_variables_share_about_nothing():
    rng = np.random.default_rng(5)
    assert abs(ksg(*rng.normal(size=(2, 5000)))) < 0.04
    assert abs(ross(rng.normal(size=5000), rng.integers(6, size=5000))) < 0.04


def test_ksg_sees_what_a_correlation_does_not():
    x = np.random.default_rng(6).normal(size=2000)
    assert ksg(x, x**2) > 2
    assert gaussian_pairs(x[:, None], x[:, None] ** 2)[0, 0] < 0.02


# --- invariances


@given(pairs(), st.sampled_from([1, 2]))
def test_ksg_is_symmetric(drawn, variant):
    x, y, k = drawn
    assert ksg(x, y, k, variant) == pytest.approx(ksg(y, x, k, variant), abs=1e-12)


@given(pairs(), st.integers(-20, 20), st.integers(-16, 16), st.sampled_from([1, 2]))
def test_ksg_does_not_see_a_common_scale_nor_a_shift(drawn, power, shift, variant):
    x, y, k = drawn
    assert ksg(x * 2.0**power, (y + shift) * 2.0**power, k, variant) == ksg(x, y, k, variant)


@given(labeled(), st.integers(-20, 20), st.integers(-16, 16))
def test_ross_does_not_see_scale_nor_shift(drawn, power, shift):
    x, labels, k = drawn
    assert ross((x + shift) * 2.0**power, labels, k) == ross(x, labels, k)


@given(pairs(), labeled(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn, with_labels, random):
    x, y, k = drawn
    order = random.sample(range(len(x)), len(x))
    for variant in (1, 2):
        assert ksg(x[order], y[order], k, variant) == pytest.approx(ksg(x, y, k, variant), abs=1e-12)
    x, labels, k = with_labels
    order = random.sample(range(len(x)), len(x))
    assert ross(x[order], labels[order], k) == pytest.approx(ross(x, labels, k), abs=1e-12)


@given(labeled())
def test_ross_does_not_see_how_labels_are_numbered(drawn):
    x, labels, k = drawn
    assert ross(x, 9 - 2 * labels, k) == pytest.approx(ross(x, labels, k), abs=1e-12)


# --- every pair at once, and compiled


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("threads", [1, 2])
def test_all_pairs_are_each_pair_whoever_computes(variant, threads):
    rng = np.random.default_rng(7)
    x = np.round(rng.normal(size=(300, 3)), 2)
    y = np.stack([x[:, 0] + rng.normal(size=300), np.round(x[:, 1]), np.full(300, 2.0)], axis=1)
    with config.using(threads=threads):
        found = ksg_pairs(x, y, 3, variant)
    with config.using(backend="numpy"):
        expected = [[ksg(a, b, 3, variant) for b in y.T] for a in x.T]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("as_sklearn", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_all_labels_are_each_of_them_whoever_computes(threads, as_sklearn):
    rng = np.random.default_rng(8)
    x = np.round(rng.normal(size=(300, 3)), 2)
    labels = np.stack([rng.integers(3, size=300), rng.integers(90, size=300), np.arange(300)], axis=1)
    with config.using(threads=threads):
        found = ross_pairs(x, labels, 3, as_sklearn)
    with config.using(backend="numpy"):
        expected = [[ross_pairs(a[:, None], b[:, None], 3, as_sklearn)[0, 0] for b in labels.T] for a in x.T]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found[:, 2], 0.0)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_the_smallest_and_the_largest_floats_count_too(scale):
    x, y = drawn(9, 200)
    factor = 2.0 ** np.round(np.log2(scale / np.abs([x, y]).max()))
    assert ksg(x * factor, y * factor) == pytest.approx(ksg(x, y), abs=1e-12)
