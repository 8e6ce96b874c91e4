"""Estimators of entropy: slow oracles written from the equations, closed forms, recorded numbers, and laws."""

import math
from itertools import combinations, pairwise, repeat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import digamma, exp1, gammaln
from scipy.stats import entropy as scipy_entropy
from scipy.stats import hypergeom, poisson

from disentangle_metrics.errors import InputError, OptionError
from disentangle_metrics.kernels.counting import information as module
from disentangle_metrics.kernels.counting.information import information
from disentangle_metrics.kernels.entropy import extrapolation
from disentangle_metrics.kernels.entropy.corrections import grassberger_g, jackknife_without
from disentangle_metrics.kernels.entropy.estimator import OverSupport
from disentangle_metrics.kernels.entropy.table import ENTROPIES, TUNED_ENTROPIES, Dirichlet, xlogx_sums

ALL = sorted(ENTROPIES)
# What they make of counts alone, and what they make of counts and the number of cells there could be.
OF_COUNTS = ("plugin", "miller-madow", "jackknife", "extrapolated", "grassberger", "chao-shen")
OVER_SUPPORT = tuple(name for name in ALL if name not in OF_COUNTS)
SHRINKING = tuple(name for name in OVER_SUPPORT if name != "nsb")
ALPHAS = {
    "jeffreys": lambda n, k: 0.5,
    "laplace": lambda n, k: 1.0,
    "perks": lambda n, k: 1 / k,
    "minimax": lambda n, k: math.sqrt(n) / k,
}

tables = hnp.arrays(np.int64, st.integers(1, 8), elements=st.integers(0, 70)).filter(np.any)
pairs = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.intp, n, elements=st.integers(0, 5)), hnp.arrays(np.intp, n, elements=st.integers(0, 3))
    )
)


def share(z, v, name):
    """Return the information of one latent on one factor, the latent's entropy and the factor's."""
    info = information(np.asarray(z)[:, None], np.array([int(max(z)) + 1]), np.asarray(v), int(max(v)) + 1, name)
    return info.mutual[0], info.latent_entropy[0], info.factor_entropy


# --- slow oracles, from the equations


def plugin_by_hand(counts):
    n = sum(counts)
    return -sum(c / n * math.log(c / n) for c in counts if c)


def jackknife_by_hand(counts):
    """Leave out every row in turn; of a single row nothing would be left."""
    n = sum(counts)
    if n == 1:
        return 0.0
    left = []
    for i, c in enumerate(counts):
        if c:
            left += [plugin_by_hand([*counts[:i], c - 1, *counts[i + 1 :]])] * c
    return n * plugin_by_hand(counts) - (n - 1) * sum(left) / n


def g_by_hand(n):
    """Grassberger's G with the integral of its definition."""
    return digamma(n) + (-1) ** n * quad(lambda x: x ** (n - 1) / (x + 1), 0, 1, epsabs=1e-13)[0]


def grassberger_by_hand(counts):
    n = sum(counts)
    return math.log(n) - sum(c * g_by_hand(c) for c in counts if c) / n


def chao_shen_by_hand(counts):
    n, single = sum(counts), sum(c == 1 for c in counts)
    coverage = 1 - (single - 1 if single == n else single) / n
    shares = [coverage * c / n for c in counts if c]
    return sum(-p * math.log(p) / (1 - (1 - p) ** n) for p in shares)


def james_stein_by_hand(counts, k):
    n = sum(counts)
    p = np.array([c / n for c in counts if c] + [0.0] * (k - sum(c > 0 for c in counts)))
    distance = (n - 1) * ((1 / k - p) ** 2).sum()
    kept = 1 - min(1.0, (1 - (p**2).sum()) / distance) if distance > 0 else 0.0
    return scipy_entropy((1 - kept) / k + kept * p)


def dirichlet_by_hand(counts, k, alpha):
    return scipy_entropy([c + alpha for c in counts if c] + [alpha] * (k - sum(c > 0 for c in counts)))


def nsb_by_hand(counts, k):
    """Integrate over the prior mean xi itself, solving for beta at every step."""
    counts = [c for c in counts if c] + [0] * (k - sum(c > 0 for c in counts))
    n, counts = sum(counts), np.array(counts, dtype=float)

    def beta(xi):
        return np.exp(brentq(lambda t: digamma(k * np.exp(t) + 1) - digamma(np.exp(t) + 1) - xi, -40, 40, xtol=1e-13))

    def log_evidence(b):
        return gammaln(k * b) - gammaln(n + k * b) + (gammaln(counts + b) - gammaln(b)).sum()

    def mean(b):
        return digamma(n + k * b + 1) - ((counts + b) / (n + k * b) * digamma(counts + b + 1)).sum()

    grid = np.linspace(0, np.log(k), 202)[1:-1]
    logs = np.array([log_evidence(beta(xi)) for xi in grid])
    peak, top = grid[logs.argmax()], logs.max()

    def integral(f):
        return quad(
            lambda xi: f(beta(xi)) * np.exp(log_evidence(beta(xi)) - top), 1e-9, np.log(k) - 1e-9, points=[peak]
        )

    return integral(mean)[0] / integral(lambda b: 1.0)[0]


def extrapolated_by_hand(counts, mean_entropy=None):
    """Put a polynomial in 1 / m through the mean entropies of all subsets of three sizes, and read it off at 0."""
    n = sum(counts)
    if n == 1:
        return 0.0
    sizes = [m for m in (n, n - max(1, n // 5), n - max(2, n // 3)) if m > 0]
    means = [(mean_entropy or mean_of_subsets_by_hand)(counts, m) for m in sizes]
    powers = [[m**-p for p in range(len(sizes))] for m in sizes]
    return np.linalg.solve(powers, means)[0]


def mean_of_subsets_by_hand(counts, m):
    rows = [np.arange(1, min(c, m) + 1) for c in counts if c]
    sizes = [c for c in counts if c]
    return sum(
        -(hypergeom.pmf(j, sum(counts), c, m) * j / m * np.log(j / m)).sum() for j, c in zip(rows, sizes, strict=True)
    )


def mean_of_listed_subsets(counts, m):
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.mean(
        [plugin_by_hand(np.bincount(labels[list(some)]).tolist()) for some in combinations(range(len(labels)), m)]
    )


BY_HAND = {
    "plugin": plugin_by_hand,
    "extrapolated": extrapolated_by_hand,
    "jackknife": jackknife_by_hand,
    "grassberger": grassberger_by_hand,
    "chao-shen": chao_shen_by_hand,
}


@pytest.mark.parametrize("name", sorted(BY_HAND))
@given(counts=tables)
def test_an_entropy_of_counts_is_the_one_of_its_equation(name, counts):
    # scipy's hypergeometric distribution is off by some 1e-12, of which a polynomial makes a hundred times as much
    error = 1e-9 if name == "extrapolated" else 1e-10
    assert ENTROPIES[name](counts) == pytest.approx(BY_HAND[name](counts.tolist()), abs=error)


@pytest.mark.parametrize("counts", [[1, 1], [2, 1], [5, 0], [3, 4, 2], [2, 0, 3, 4, 1], [1] * 9], ids=str)
def test_the_extrapolated_entropy_is_the_one_of_all_subsets_listed(counts):
    expected = extrapolated_by_hand(counts, mean_of_listed_subsets)
    assert ENTROPIES["extrapolated"](np.array(counts)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("counts", [[1, 2], [1, 1, 1], [3, 1], [2, 1, 1], [4, 1], [2, 2, 1], [1, 1, 1, 1, 1]])
def test_the_extrapolated_entropy_of_three_to_five_rows_is_the_jackknife_of_second_order(counts):
    n = sum(counts)
    whole, less, least = (mean_of_listed_subsets(counts, m) for m in (n, n - 1, n - 2))
    expected = (n**2 * whole - 2 * (n - 1) ** 2 * less + (n - 2) ** 2 * least) / 2
    assert ENTROPIES["extrapolated"](np.array(counts)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("m", [16_000, 13_334])
def test_the_mean_over_subsets_is_the_same_by_moments_and_by_adding_up(m):
    counts = np.array([700, 1024, 1025, 1500, 4000, 19_000])
    for some in (counts[:2], counts[2:]):
        by_sums, by_moments = extrapolation._summed(some, 20_000, m), extrapolation._by_moments(some, 20_000, m)
        np.testing.assert_allclose(by_moments, by_sums, rtol=1e-9)


@given(counts=tables.filter(lambda counts: counts.sum() > 2))
def test_a_jackknifed_entropy_without_a_row_is_the_one_of_the_rows_left(counts):
    found = jackknife_without(counts)
    for i in np.flatnonzero(counts):
        fewer = counts - (np.arange(len(counts)) == i)
        assert found[i] == pytest.approx(jackknife_by_hand(fewer.tolist()), abs=1e-10)


@pytest.mark.parametrize("name", sorted(ALPHAS))
@given(counts=tables, more=st.integers(0, 30))
def test_a_smoothed_entropy_is_the_one_of_its_equation(name, counts, more):
    k = np.count_nonzero(counts) + more
    expected = dirichlet_by_hand(counts.tolist(), k, ALPHAS[name](counts.sum(), k))
    assert ENTROPIES[name](counts, k) == pytest.approx(expected, abs=1e-12)


@given(counts=tables, more=st.integers(0, 30))
def test_the_james_stein_entropy_is_the_one_of_its_equation(counts, more):
    k = np.count_nonzero(counts) + more
    assert ENTROPIES["james-stein"](counts, k) == pytest.approx(james_stein_by_hand(counts.tolist(), k), abs=1e-12)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize(
    ("counts", "k"),
    [([1, 1], 2), ([3], 4), ([5, 2, 1], 3), ([5, 2, 1], 12), ([4] * 6, 6), ([1] * 6, 20), ([30, 1, 1], 3)],
)
def test_the_nsb_entropy_is_the_integral_over_its_prior(counts, k):
    assert ENTROPIES["nsb"](np.array(counts), k) == pytest.approx(nsb_by_hand(counts, k), abs=1e-6)


# --- numbers that others have recorded

RECORDED = np.array([12, 4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2])


@pytest.mark.parametrize(
    ("name", "support", "expected"),
    [
        ("plugin", None, 2.686115944128152),
        ("miller-madow", None, 2.7811159441281523),
        ("chao-shen", None, 2.8003359775179284),
        ("james-stein", None, 2.8347792653367017),
        ("jeffreys", None, 2.7415870484502145),
        ("laplace", None, 2.7827638177400087),
        ("perks", None, 2.6925074990151248),
        ("minimax", None, 2.7415870484502145),
    ],
)
def test_entropies_equal_those_of_infomeasure(name, support, expected):
    """As printed by infomeasure 0.6.3: discrete, miller_madow, chao_shen, shrink, and bayes with each alpha."""
    assert ENTROPIES[name](RECORDED, support) == pytest.approx(expected, abs=1e-13)


def test_the_nsb_entropy_is_that_of_the_ndd_package_to_its_tolerance():
    """2.84000908... is what the first page of ndd shows, by a coarser quadrature than the next test's."""
    assert ENTROPIES["nsb"](RECORDED, 100) == pytest.approx(2.8400090835681375, abs=5e-6)


@pytest.mark.parametrize(
    ("counts", "support", "expected"),
    [
        (RECORDED, 100, 2.8400120488979766),
        ([1, 1], 2, 0.58894370861667523),
        ([7], 5, 0.15462306181767341),
        ([50], 10**6, 0.021895301260207728),  # one cell of a million
        ([1] * 20, 1000, 6.1256053977883526),  # not one coincidence
        ([40] * 50, 50, 3.9115237151236898),
        ([50_000] * 20, 20, 2.995731273557191),
        ([10**6, 1], 2, 1.5995139260710084e-5),
    ],
    ids=["recorded", "two", "one", "of-a-million", "all-different", "equal", "many-equal", "nearly-certain"],
)
def test_the_nsb_entropy_is_that_of_quadrature_with_thirty_digits(counts, support, expected):
    """By mpmath's tanh-sinh quadrature of numerator and denominator over log beta."""
    assert ENTROPIES["nsb"](np.array(counts), support) == pytest.approx(expected, abs=1e-13)


# --- closed forms


def test_the_jackknife_of_two_different_rows_is_twice_the_plugin():
    assert ENTROPIES["jackknife"](np.array([1, 1])) == pytest.approx(2 * np.log(2))


def test_grassbergers_g_begins_as_in_the_paper():
    first = -np.euler_gamma - np.log(2)
    expected = [0, first, first + 2, first + 2, first + 2 + 2 / 3, first + 2 + 2 / 3, first + 2 + 2 / 3 + 2 / 5]
    np.testing.assert_allclose(grassberger_g(np.arange(7)), expected, rtol=1e-15)


def test_grassbergers_g_rises_by_its_recurrence_at_any_count():
    n = np.concatenate([np.arange(2, 3000, 2), 2 * 10 ** np.arange(3, 9)])
    np.testing.assert_array_equal(grassberger_g(n + 1), grassberger_g(n))
    np.testing.assert_allclose(grassberger_g(n + 2) - grassberger_g(n), 2 / (n + 1), atol=1e-14)
    np.testing.assert_allclose(grassberger_g(n), digamma((n + 1) / 2) + np.log(2), rtol=2e-15)


@pytest.mark.parametrize("z", [0.5, 2.0, 10.0, 60.0])
def test_grassbergers_terms_are_nearly_unbiased_for_poisson_counts(z):
    """The paper's sum: the mean of n G(n) is z log z + z E1(2z)."""
    n = np.arange(400)
    mean = (poisson.pmf(n, z) * n * grassberger_g(n)).sum()
    assert mean == pytest.approx(z * np.log(z) + z * exp1(2 * z), rel=1e-12)


def test_chao_shen_is_plugin_over_the_chance_to_be_seen_if_no_cell_has_a_single_row():
    p = np.array([0.5, 0.3, 0.2])
    expected = -(p * np.log(p) / (1 - (1 - p) ** 10)).sum()
    assert ENTROPIES["chao-shen"](np.array([5, 3, 2])) == pytest.approx(expected)


@pytest.mark.parametrize("name", SHRINKING)
def test_equal_counts_have_the_entropy_of_equal_frequencies_by_shrinkage(name):
    assert ENTROPIES[name](np.full(12, 3), 12) == pytest.approx(np.log(12), abs=1e-12)


def test_the_james_stein_entropy_of_one_row_is_that_of_equal_frequencies():
    assert ENTROPIES["james-stein"](np.array([1]), 9) == pytest.approx(np.log(9))


def test_laplace_adds_a_row_to_every_cell_of_the_support():
    expected = -(0.5 * np.log(0.5) + 0.25 * np.log(0.25) + 2 * 0.125 * np.log(0.125))
    assert ENTROPIES["laplace"](np.array([3, 1]), 4) == pytest.approx(expected)


@pytest.mark.parametrize("name", [name for name in ALL if name != "grassberger"])
def test_what_has_one_cell_has_no_entropy(name):
    assert ENTROPIES[name](np.array([[5], [1]])) == pytest.approx([0.0, 0.0], abs=1e-15)


def test_grassberger_alone_gives_a_single_cell_an_entropy_that_vanishes_with_the_rows():
    found = ENTROPIES["grassberger"](np.array([[10], [100], [1000]]))
    np.testing.assert_allclose(found, 1 / np.array([10, 100, 1000]) ** 2 / -6, rtol=0.02)


# --- laws


@pytest.mark.parametrize("name", ALL)
@given(counts=tables, more=st.integers(0, 5))
def test_the_order_of_cells_and_empty_ones_do_not_matter(name, counts, more):
    k = np.count_nonzero(counts) + more
    expected = ENTROPIES[name](counts, k)
    for other in (counts[::-1], counts[counts > 0], np.pad(counts, (2, 3))):
        assert ENTROPIES[name](other, k) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_many_tables_at_once_have_the_entropies_of_each(name):
    rng = np.random.default_rng(0)
    many = rng.integers(0, 5, size=(3, 4, 7))
    many[..., 0] += 1
    support = rng.integers(7, 20, size=(3, 4))
    found = ENTROPIES[name](many, support)
    assert found.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        assert found[i, j] == pytest.approx(float(ENTROPIES[name](many[i, j], support[i, j])), abs=1e-13)


@pytest.mark.parametrize("name", ALL)
@given(counts=tables)
def test_the_support_is_by_default_what_has_rows(name, counts):
    np.testing.assert_array_equal(ENTROPIES[name](counts), ENTROPIES[name](counts, np.count_nonzero(counts)))


@pytest.mark.parametrize("name", OF_COUNTS)
@given(counts=tables)
def test_an_entropy_of_counts_does_not_look_at_the_support(name, counts):
    assert ENTROPIES[name](counts) == ENTROPIES[name](counts, 1000)


@pytest.mark.parametrize("name", ["plugin", *OVER_SUPPORT])
@given(counts=tables, more=st.integers(0, 30))
def test_an_entropy_over_a_support_lies_between_0_and_its_log(name, counts, more):
    k = np.count_nonzero(counts) + more
    assert -1e-12 <= ENTROPIES[name](counts, k) <= np.log(k) + 1e-12


@pytest.mark.parametrize("name", ["miller-madow", "jackknife", *SHRINKING])
@given(counts=tables, more=st.integers(0, 30))
def test_an_entropy_is_no_smaller_than_the_plugin_one(name, counts, more):
    k = np.count_nonzero(counts) + more
    assert ENTROPIES[name](counts, k) >= ENTROPIES["plugin"](counts) - 1e-12


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("p", [np.full(40, 1 / 40), (z := 1 / np.arange(1, 101)) / z.sum()], ids=["uniform", "zipf"])
def test_every_estimator_finds_the_truth_in_many_rows(name, p):
    counts = np.random.default_rng(0).multinomial(4_000_000, p)
    assert ENTROPIES[name](counts, len(p)) == pytest.approx(scipy_entropy(p), abs=0.004)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("miller-madow", 1 / 2),
        *zip(("jackknife", "extrapolated", "grassberger", "chao-shen", "nsb"), repeat(1 / 6)),
    ],
)
def test_corrections_leave_a_part_of_the_bias_where_cells_are_as_many_as_rows(name, part):
    samples = np.random.default_rng(0).multinomial(100, np.full(100, 0.01), size=400)
    plugin, corrected = (ENTROPIES[e](samples, np.full(400, 100)).mean() - np.log(100) for e in ("plugin", name))
    assert plugin < -0.45
    assert abs(corrected) < part * abs(plugin)


# --- weights


@pytest.mark.parametrize("name", [name for name in ALL if ENTROPIES[name].takes_weights])
def test_whole_weights_are_counts(name):
    counts = np.array([5, 0, 3, 1])
    assert ENTROPIES[name](counts.astype(float), 6) == pytest.approx(float(ENTROPIES[name](counts, 6)), abs=1e-14)


def test_the_plugin_entropy_does_not_change_with_the_unit_of_weights():
    weights = np.array([5.0, 0.0, 3.0, 1.0])
    for unit in (0.1, 0.5, 3.3):
        assert ENTROPIES["plugin"](unit * weights) == pytest.approx(plugin_by_hand([5, 3, 1]), abs=1e-14)


def test_half_the_weights_with_half_the_alpha_are_the_same():
    weights = np.array([2.5, 0.0, 1.5, 0.5])
    assert Dirichlet(0.15)(weights, 6) == pytest.approx(float(Dirichlet(0.3)(2 * weights, 6)), abs=1e-14)


def test_estimators_that_look_at_single_rows_take_no_weights():
    refusing = {name for name in ALL if not ENTROPIES[name].takes_weights}
    assert refusing == {"miller-madow", "jackknife", "extrapolated", "grassberger", "chao-shen"}
    for name in refusing:
        with pytest.raises(InputError, match="needs counts of rows, which are integers, and these are float64"):
            ENTROPIES[name](np.array([1.5, 2.0]))


# --- information


@pytest.mark.parametrize("name", ["plugin", "perks", "minimax"])
@given(pair=pairs)
def test_information_lies_between_0_and_either_entropy_where_pairs_and_parts_are_smoothed_alike(name, pair):
    mutual, *entropies = share(*pair, ENTROPIES[name])
    if len(set(pair[0].tolist())) > 1:
        assert -1e-12 <= mutual <= min(entropies) + 1e-12


@pytest.mark.parametrize("name", ["miller-madow", "jackknife", "grassberger", "jeffreys", "laplace"])
@given(pair=pairs)
def test_information_is_at_most_either_entropy_where_to_split_cells_never_lowers_the_estimate(name, pair):
    mutual, *entropies = share(*pair, ENTROPIES[name])
    if len(set(pair[0].tolist())) > 1:
        assert mutual <= min(entropies) + 1e-12


@pytest.mark.parametrize("name", ["extrapolated", "chao-shen", "james-stein", "nsb"])
def test_information_is_at_most_either_entropy_in_many_random_tables(name):
    rng = np.random.default_rng(0)
    for _ in range(500):
        n, kz, kv = int(rng.choice([4, 5, 8, 15, 40, 200])), *rng.integers(2, 8, size=2)
        z = np.append([0, 1], rng.choice(kz, n, p=rng.dirichlet(np.full(kz, 0.7))))
        other = np.append([0, 1], rng.choice(kv, n, p=rng.dirichlet(np.full(kv, 0.7))))
        v = np.where(rng.random(n + 2) < rng.random(), z % kv, other)
        mutual, *entropies = share(z, v, ENTROPIES[name])
        assert mutual <= min(entropies) + 1e-12


@pytest.mark.parametrize("name", OF_COUNTS)
@given(pair=pairs)
def test_a_copy_of_a_factor_knows_its_entropy_by_an_estimator_of_counts(name, pair):
    _, v = pair
    mutual, latent_entropy, factor_entropy = share(v, v, ENTROPIES[name])
    if len(set(v.tolist())) > 1:
        assert mutual == pytest.approx(factor_entropy, abs=1e-12)
        assert latent_entropy == pytest.approx(factor_entropy, abs=1e-12)


@pytest.mark.parametrize("name", OVER_SUPPORT)
def test_a_copy_of_a_factor_knows_less_than_its_entropy_by_an_estimator_over_a_support(name):
    v = np.arange(60) % 6
    mutual, _, factor_entropy = share(v, v, ENTROPIES[name])
    assert 0 < mutual < factor_entropy - 1e-3


@pytest.mark.parametrize("name", ALL)
@given(pair=pairs)
def test_information_does_not_depend_on_labels_or_on_which_is_the_factor(name, pair):
    z, v = pair
    mutual, *_ = share(z, v, ENTROPIES[name])
    if min(len(set(z.tolist())), len(set(v.tolist()))) > 1:
        assert share(v, z, ENTROPIES[name])[0] == pytest.approx(mutual, abs=1e-10)
        assert share(7 - 2 * (z % 4) + 9 * (z // 4), 3 - v, ENTROPIES[name])[0] == pytest.approx(mutual, abs=1e-10)


@pytest.mark.parametrize("name", ALL)
@given(pair=pairs)
def test_bins_and_values_without_rows_do_not_matter_however_pairs_are_counted(name, pair):
    z, v = pair
    mutual, *_ = share(z, v, ENTROPIES[name])
    info = information(z[:, None], np.array([50]), v, 30, ENTROPIES[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", 0)
        occupied = information(z[:, None], np.array([50]), v, 30, ENTROPIES[name])
    assert [info.mutual[0], occupied.mutual[0]] == pytest.approx([mutual, mutual], abs=1e-12)


def test_the_support_of_pairs_is_every_bin_with_rows_times_every_value_with_rows():
    told = []

    def formula(counts, support):
        told.append(np.asarray(support).tolist())
        return np.zeros(counts.shape[:-1])

    z = np.array([[0, 0], [2, 1], [2, 2], [4, 2]])
    information(z, np.array([5, 9]), np.array([0, 3, 3, 0]), 5, OverSupport(formula))
    assert told == [[2], [3, 3], [6, 6]]


def test_a_callable_of_ones_own_is_given_one_table_and_nothing_else():
    shapes = []
    information(
        np.array([[0, 1], [1, 0], [1, 0]]),
        np.array([2, 2]),
        np.array([0, 1, 1]),
        2,
        lambda counts: shapes.append(counts.ndim) or 0.0,
    )
    assert shapes == [*repeat(1, 5)]


# --- parameters


@pytest.mark.parametrize("alpha", [0, -1, np.nan, np.inf, "much", True, None])
def test_alpha_is_a_number_above_0(alpha):
    with pytest.raises(OptionError, match=r"alpha=.* is out of range. Use a number above 0"):
        Dirichlet(alpha)


def test_jeffreys_and_laplace_are_dirichlet():
    assert (ENTROPIES["jeffreys"], ENTROPIES["laplace"]) == (Dirichlet(0.5), Dirichlet(1.0))
    assert TUNED_ENTROPIES["dirichlet"] is Dirichlet


@pytest.mark.parametrize("name", OVER_SUPPORT)
def test_a_support_smaller_than_what_has_rows_is_refused(name):
    with pytest.raises(InputError, match="rows in 3 cells and a support of 2"):
        ENTROPIES[name](np.array([[1, 2, 0], [1, 2, 3]]), np.array([2, 2]))


@pytest.mark.parametrize("m", [1, 6, 1000, 50_000])
@pytest.mark.parametrize("most", [1, 50, 4096, 10**9])
def test_sums_of_c_log_c_are_those_of_each_table(m, most):
    tables = np.random.default_rng(0).integers(most + 1, size=(3, m))
    places = [0, m // 2, m] if m > 1 else [0, 1]
    found = xlogx_sums(tables, places)
    logs = tables * np.log(np.maximum(tables, 1))
    expected = [[math.fsum(row[start:stop]) for start, stop in pairwise(places)] for row in logs]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
