"""Latents on a lattice: in every unit equal distances stay equal, and values stay on their edges."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.special import digamma

from disentangle_metrics import KSG, Circular, Histogram, Tree, config, mig, sap

# Probes that only compare values of one latent.
PROBES = ["knn", "histogram", "threshold", "tree", "tree-cv", "gaussian-nb", Tree(max_depth="tuned")]
PROBES += [Histogram(n_bins=7), Histogram(n_bins="tuned")]
ROWS = np.arange(120)
PAIR = [(0, 1), (2,)]


@pytest.fixture(params=["numpy", "fast"])
def backend(request):
    with config.using(backend=request.param):
        yield request.param


def lattice(seed, n=120):
    """Latents and factors of few whole numbers, with many equal distances."""
    rng = np.random.default_rng(seed)
    v = np.stack([rng.integers(0, 3, n), rng.integers(0, 5, n)], axis=1)
    z = np.stack([3 * v[:, 0] + rng.integers(0, 7, n), 2 * rng.integers(0, 15, n) - v[:, 1], rng.integers(0, 9, n)], 1)
    return z, v


def split(n):
    """The rows that train and test by default."""
    order = np.random.RandomState(42).permutation(n)
    n_test = int(np.ceil(0.2 * n))
    return order[n_test:], order[:n_test]


def accuracies(z, v, predict):
    train, test = split(len(z))
    right = [
        [np.mean([predict(x[train].tolist(), y[train].tolist(), t) for t in x[test].tolist()] == y[test]) for y in v.T]
        for x in z.T
    ]
    return np.array(right)


def by_neighbors(x, y, value):
    distance = [abs(one - value) for one in x]
    reach = sorted(distance)[4]
    votes = np.bincount([label for d, label in zip(distance, y, strict=True) if d <= reach])
    return votes.argmax()


def by_bin(x, y, value, n_bins=20):
    low, extent = min(x), max(x) - min(x)

    def number(one):
        return min(max((one - low) * n_bins // extent, 0), n_bins - 1)

    filled = [number(one) for one in x]
    nearest = min(filled, key=lambda other: (abs(other - number(value)), other))
    return np.bincount([label for b, label in zip(filled, y, strict=True) if b == nearest]).argmax()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("probe", "predict"), [("knn", by_neighbors), ("histogram", by_bin)])
def test_probes_that_compare_values_are_what_whole_numbers_say(seed, probe, predict):
    z, v = lattice(seed)
    expected = accuracies(z, v, predict)
    for latents in (z, z * 1.0, z.astype(np.float32), z + 10**9, z * 3 - 2.0**40, z * 2.0**-60):
        np.testing.assert_allclose(sap(latents, v, probe=probe).matrix, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_values", [21, 41, 57, 15])
def test_bins_hold_the_values_on_their_lower_edges(n_values):
    rng = np.random.default_rng(n_values)
    v = rng.integers(0, n_values, 600)
    z = np.stack([v, rng.integers(0, n_values, 600)], axis=1)
    expected = accuracies(z, v[:, None], lambda *rows: by_bin(*rows, n_bins=14))
    for latents in (z, 3.0 * z - 1e6):
        np.testing.assert_allclose(sap(latents, v, probe=Histogram(n_bins=14)).matrix, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"cv": 3}, {"sample_weight": 1 + ROWS % 3}, {"evaluate_on": "train"}], ids=str)
@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_standardizing_changes_nothing_for_probes_that_compare_values(backend, probe, options):
    z, v = lattice(7)
    expected = sap(z, v, probe=probe, standardize=False, **options).matrix
    for latents in (z, z.astype(np.float32), 3 * z + 10**9, z * 2.0**-40 + 1.0):
        np.testing.assert_array_equal(sap(latents, v, probe=probe, **options).matrix, expected)


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_ends_of_float64_and_a_single_value_beside_another_are_probed_too(probe):
    z, v = lattice(3)
    expected = sap(z, v, probe=probe).matrix
    np.testing.assert_array_equal(sap((z - 14.0) * 2.0**1019, v, probe=probe).matrix, expected)
    np.testing.assert_array_equal(sap(z * 2.0**-1070, v, probe=probe).matrix, expected)
    z, v = np.stack([1 + ROWS % 2 * 2.0**-52, ROWS % 3], axis=1), ROWS % 2
    assert sap(z, v, probe=probe).matrix[0, 0] == 1


def test_a_value_in_the_middle_of_two_others_goes_left_in_a_tree():
    rng = np.random.default_rng(0)
    _, test = split(500)
    z = rng.integers(0, 40, (500, 2)) * 2.0
    v = (z[:, 0] // 8 % 2).astype(int)
    z[test] += rng.choice([-1, 1], (100, 2))  # each of them between two that train
    for latents in (z, z / 2, 3 * z + 10**9):
        found = sap(latents, v, probe="tree").matrix
        np.testing.assert_array_equal(found, sap(z, v, probe="tree", standardize=False).matrix)


def test_classes_of_equal_density_are_equal_however_they_were_rounded():
    x = np.tile([0, 1, 2, 4, 5, 6, 3], 60)
    v = np.tile([0, 0, 0, 1, 1, 1, 0], 60)  # those at 3 are as near to one as to the other
    order = np.argsort(x == 3, kind="stable")
    z = np.stack([x, np.tile(np.arange(7), 60)], axis=1)[order]
    for unit, offset in ((1, 0), (0.1, 0), (3, 100), (1 / 7, 5), (0.3, -7)):
        found = sap(unit * z + offset, v[order], probe="gaussian-nb", shuffle=False, test_size=1 / 7)
        assert found.matrix[0, 0] == 1


# --- groups of latents


def of_group(z, v, scales, k=5):
    """Accuracy of neighbors in squares of whole numbers."""
    train, test = split(len(z))
    right = []
    for row in test:
        square = [sum((int(d) * s) ** 2 for d, s in zip(z[i] - z[row], scales, strict=True)) for i in train]
        reach = sorted(square)[k - 1]
        near = [v[i] for i, one in zip(train, square, strict=True) if one <= reach]
        right.append(np.bincount(near).argmax() == v[row])
    return np.mean(right)


@pytest.mark.parametrize("far", [5, 10**6])
@pytest.mark.parametrize("seed", range(4))
def test_equal_distances_of_a_group_stay_equal_when_it_is_standardized(seed, far):
    rng = np.random.default_rng(seed)
    z, v = lattice(seed)
    train, test = split(120)
    x = rng.permutation(np.repeat([0, 4, 10, 3, 7], 20))[: len(train)]
    x[0] = far
    z[train, 0], z[train, 1] = x, rng.permutation(x)  # one deviation, so that distances are equal across the two
    z[test, :2] = rng.integers(0, 11, (len(test), 2))
    expected = of_group(z[:, :2], v[:, 0], (1, 1))
    for latents in (z, 3 * z + 10**9, z * 0.1, z * [1.0, 7.0, 1.0] + [1e6, 0.0, 0.0]):
        found = sap(latents, v[:, 0], probe="knn", latent_groups=PAIR).matrix[0, 0]
        assert found == pytest.approx(expected, abs=1e-12)


def test_a_far_step_of_a_group_is_no_tie():
    z, v = lattice(5)
    z[:, 0] = z[:, 0] * 10**6 + z[:, 2]
    found = sap(z * 1.0, v[:, 0], probe="knn", latent_groups=PAIR, standardize=False).matrix[0, 0]
    assert found == pytest.approx(of_group(z[:, :2], v[:, 0], (1, 1)), abs=1e-12)


@pytest.mark.parametrize("probe", ["gaussian-nb", "multinomial", "logistic", "linear-svm"])
def test_classes_of_a_group_that_are_equal_are_equal_however_they_were_rounded(probe):
    corner = np.array([[0, 0], [0, 1], [1, 0], [2, 2], [1, 3], [3, 1]])
    x = np.concatenate([np.tile([*corner, *(7 - corner)], (25, 1)), np.tile([[2, 5], [5, 2], [0, 7]], (25, 1))])
    v = np.append(np.tile(np.repeat([0, 1], 6), 25), np.zeros(75, int))  # the last rows are as near to one as the other
    z = np.column_stack([x, np.arange(len(x)) % 7])
    for unit, offset in ((1, 0), (0.1, 0), (3, 100), (1 / 7, 5), (0.3, -7)):
        found = sap(unit * z + offset, v, probe=probe, latent_groups=PAIR, shuffle=False, test_size=0.2)
        assert found.matrix[0, 0] == 1


@pytest.mark.parametrize("probe", ["tree", "gaussian-nb", "multinomial", "knn"])
def test_groups_on_a_lattice_score_alike_in_any_unit(probe):
    rng = np.random.default_rng(1)
    z = rng.integers(0, 12, (300, 3)) * 2
    v = (z[:, 0] // 6 + z[:, 1] // 6) % 3
    z[split(300)[1]] += 1
    expected = sap(z, v, probe=probe, latent_groups=PAIR).matrix
    for latents in (3 * z + 10**9, z * [1.0, 5.0, 1.0] - 1e7, z.astype(np.float32)):
        np.testing.assert_allclose(sap(latents, v, probe=probe, latent_groups=PAIR).matrix, expected, atol=1e-12)
    if probe == "tree":
        raw = sap(z, v, probe=probe, latent_groups=PAIR, standardize=False).matrix
        np.testing.assert_array_equal(raw, expected)


# --- neighbors in units of the deviation


def spread(x):
    """A whole number in proportion to the variance."""
    return len(x) * sum(a * a for a in x) - sum(x) ** 2


def ksg_in_whole_numbers(latents, y, k, variant):
    """Equations 8 and 9 from squared distances, each times the variance of the other side."""
    columns = [[int(a) for a in column] for column in np.column_stack([latents, y]).T]
    product = np.prod([Fraction(spread(c)) for c in columns])
    times = [product / spread(c) for c in columns]
    n, terms = len(y), []
    for i in range(n):
        each = [[(a - c[i]) ** 2 * t for a in c] for c, t in zip(columns, times, strict=True)]
        dx, dy = [max(some) for some in zip(*each[:-1], strict=True)], each[-1]
        d = [max(pair) for pair in zip(dx, dy, strict=True)]
        r = sorted(d)[k]
        if variant == 1:
            n_x, n_y = (sum(a < r or a == 0 for a in side) for side in (dx, dy))
        else:
            near = [j for j in range(n) if d[j] <= r]
            n_x, n_y = (sum(a <= max(side[j] for j in near) for a in side) - 1 for side in (dx, dy))
        terms.append(digamma(n_x) + digamma(n_y))
    return digamma(n) + digamma(k) - (variant == 2) / k - np.mean(terms)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_ksg_without_noise_is_the_equation_in_whole_numbers(backend, seed, variant):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 30, 60)
    z = np.stack([y + rng.integers(0, 4, 60), rng.permutation(y)], axis=1)  # the last has the deviation of y
    options = {"estimator": KSG(jitter=0, variant=variant), "normalizer": "none", "factor_kinds": "continuous"}
    expected = [ksg_in_whole_numbers(z[:, [j]], y, 3, variant) for j in range(2)]
    group = ksg_in_whole_numbers(z, y, 3, variant)
    for unit, offset in ((1, 0), (3, 0), (1, 10**9), (1 / 7, 0), (0.1, 0)):
        for of_factor in (1, 3, 0.3):
            found = mig(unit * z + offset, of_factor * y, **options).matrix[:, 0]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    found = mig(np.column_stack([3 * z, z[:, 0]]), y / 7, **options, latent_groups=PAIR).matrix[:, 0]
    np.testing.assert_allclose(found, [group, expected[0]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["categorical", Circular(period=12), "continuous"], ids=str)
@pytest.mark.parametrize("estimator", [KSG(jitter=0), KSG(jitter=0, variant=2, k=5)], ids=["8", "9"])
@pytest.mark.parametrize("groups", [None, PAIR])
def test_information_by_neighbors_without_noise_is_the_same_in_any_unit(backend, kind, estimator, groups):
    rng = np.random.default_rng(2)
    n = 90
    v = rng.integers(0, 12, (n, 1))
    z = np.hstack([3 * v + rng.integers(0, 7, (n, 1)), rng.integers(0, 30, (n, 2))])
    options = {"estimator": estimator, "normalizer": "none", "factor_kinds": kind, "latent_groups": groups}
    expected = mig(z, v, **options).matrix
    for latents in (3 * z, z / 7, z + 10**9, z * [0.3, 1e-9, 1e200], z.astype(np.float32)):
        np.testing.assert_allclose(mig(latents, v, **options).matrix, expected, rtol=0, atol=1e-12)


def test_angles_tie_across_zero_and_under_any_period():
    rng = np.random.default_rng(3)
    v = rng.integers(0, 80, (200, 1))
    z = np.stack([np.cos(v[:, 0] / 80 * 2 * np.pi).round(1), rng.integers(0, 30, 200)], axis=1)
    options = {"estimator": KSG(jitter=0), "normalizer": "none"}
    expected = mig(z, v, factor_kinds=Circular(period=80), **options).matrix
    for unit in (0.1, 1 / 7, 4.5):
        found = mig(z, (v + 13) % 80 * unit, factor_kinds=Circular(period=80 * unit), **options).matrix
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_values_that_differ_by_little_beside_far_ones_are_no_ties():
    rng = np.random.default_rng(4)
    v = rng.integers(0, 4, 400)
    near = v * 1e-3 + rng.normal(size=400) * 1e-4
    z = np.stack([near, rng.normal(size=400)], axis=1)
    far = z.copy()
    far[0, 0] = 1e9
    options = {"estimator": KSG(jitter=0), "normalizer": "none"}
    difference = mig(far, v, **options).matrix[0] - mig(z, v, **options).matrix[0]
    assert abs(difference) < 0.02  # of one row
