"""Bins on a chosen range and at given edges: against numpy, and the refusals."""

import copy
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import Edges, InputError, OptionError, Uniform
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform
from disentangle_metrics.kernels.discretizing.edges import of_each_latent, outside
from disentangle_metrics.rendering.plain import label

values = hnp.arrays(np.int64, st.integers(2, 40), elements=st.integers(-12, 12)).map(lambda x: x / 4)
edges = st.lists(st.integers(-12, 12), min_size=3, max_size=9, unique=True).map(lambda e: sorted(x / 4 for x in e))


@given(values, edges)
def test_edges_cut_where_numpy_digitize_does(x, cuts):
    np.testing.assert_array_equal(Edges(cuts)(x, 20), np.clip(np.digitize(x, cuts) - 1, 0, len(cuts) - 2))


@given(values, edges)
def test_edges_count_as_numpy_histogram_does(x, cuts):
    inside = x[(x >= cuts[0]) & (x <= cuts[-1])]
    counts = np.histogram(inside, cuts)[0]
    np.testing.assert_array_equal(np.bincount(Edges(cuts)(inside, 20), minlength=len(cuts) - 1), counts)


@given(values, edges)
def test_the_outer_edges_move_nothing(x, cuts):
    np.testing.assert_array_equal(Edges([-np.inf, *cuts[1:-1], np.inf])(x, 20), Edges(cuts)(x, 20))


@given(values, st.integers(2, 30), st.integers(-8, 0), st.integers(1, 8))
def test_a_fixed_range_has_the_edges_of_numpy_histogram(x, n_bins, low, high):
    cuts = np.histogram_bin_edges(x, n_bins, (low, high))
    np.testing.assert_array_equal(Uniform(range=(low, high))(x, n_bins), np.digitize(x, cuts[1:-1]))


@given(values, st.integers(2, 30))
def test_all_of_the_values_make_the_bins_of_uniform(x, n_bins):
    for discretizer in (Uniform(), Uniform(quantiles=(0, 1))):
        np.testing.assert_array_equal(discretizer(x, n_bins), discretize_uniform(x, n_bins))


@pytest.mark.parametrize("n", [5, 50, 99, 101, 1001])
@pytest.mark.parametrize("far", [1e6, -1e6])
def test_one_far_row_never_stretches_a_range_between_quantiles(n, far):
    x = np.append(np.linspace(0.0, 1.0, n - 1), far)
    low, high = Uniform(quantiles=(0.01, 0.99)).limits(x)
    assert 0.0 <= low < high <= 1.0


@given(values, st.integers(2, 12), st.sampled_from([0.25, 4.0, 2.0**300]))
def test_scale_does_not_matter_between_quantiles(x, n_bins, scale):
    discretizer = Uniform(quantiles=(0.0, 1.0))
    np.testing.assert_array_equal(discretizer(x * scale, n_bins), discretizer(x, n_bins))


def test_quantiles_that_are_one_value_are_refused_unless_there_is_no_other():
    discretizer = Uniform(quantiles=(0.1, 0.9))
    for n in (2, 50):
        assert discretizer(np.full(n, 3.0), 5).tolist() == [0] * n
    with pytest.raises(InputError, match=r"are 0\.0 and 0\.0, so there is no room.*or discretizer='quantile'"):
        discretizer(np.append(np.zeros(99), 1.0), 5)
    with pytest.raises(InputError, match=r"of 2 values, rounded inwards, are 1\.0 and 0\.0"):
        discretizer(np.array([0.0, 1.0]), 5)


@pytest.mark.parametrize(
    ("given_", "same"),
    [
        (Uniform([0, 1]), Uniform((0.0, 1.0))),
        (Uniform(quantiles=np.array([0.25, 0.75])), Uniform(quantiles=(0.25, 0.75))),
        (Edges([0, 1, 2]), Edges(np.arange(3))),
        (Edges(range(3)), Edges((-0.0, 1, 2))),
        (Edges([[0, 1, 2], (0, 1, 3, 4)]), Edges(((0.0, 1.0, 2.0), (0.0, 1.0, 3.0, 4.0)))),
        (Edges(np.arange(6).reshape(2, 3)), Edges([[0, 1, 2], [3, 4, 5]])),
        (Edges({"a": [0, 1, 2]}), Edges((("a", (0.0, 1.0, 2.0)),))),
    ],
)
def test_lists_and_arrays_are_as_good_as_tuples(given_, same):
    assert given_ == same
    assert hash(given_) == hash(same)
    assert str(given_) == str(same)
    assert eval(repr(given_)) == given_
    assert pickle.loads(pickle.dumps(given_)) == copy.deepcopy(given_) == given_


@pytest.mark.parametrize(
    ("discretizer", "printed"),
    [
        (Uniform(), "Uniform()"),
        (Uniform(range=(-3, 3)), "Uniform(range=(-3.0, 3.0))"),
        (Uniform(quantiles=(0.01, 0.99)), "Uniform(quantiles=(0.01, 0.99))"),
        (Edges((0, 0.5, 1)), "Edges((0.0, 0.5, 1.0))"),
        (Edges(range(21)), "Edges(21 from 0 to 20, sha256 5f2b0388)"),
        (Edges({"z0": (0, 1, 2), "z1": (0, 2, 4)}), "Edges(2 latents, sha256 77509144)"),
    ],
    ids=str,
)
def test_a_signature_names_the_parameters(discretizer, printed):
    assert label(discretizer) == printed


def test_edges_that_differ_print_differently():
    assert str(Edges(range(21))) != str(Edges([*range(20), 20.5]))
    assert str(Edges(range(21))) != str(Edges([*range(5), 5.5, *range(6, 21)]))


NAMES = ("z0", "z1")


def test_edges_are_for_all_latents_or_for_each_in_order_or_by_name():
    one, other = Edges((0, 1, 2)), Edges((0, 2, 4))
    assert of_each_latent(one, NAMES) == one
    assert of_each_latent(Edges([one.edges, other.edges]), NAMES) == (one, other)
    assert of_each_latent(Edges({"z1": other.edges, "z0": one.edges}), NAMES) == (one, other)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ([(0, 1, 2)] * 3, "edges are given for 3 latents and there are 2. Pass one sequence for each, or one for all."),
        ({"z0": (0, 1, 2)}, "edges are given by name, and latent 'z1' has none. Name all of them."),
        ({"z0": (0, 1, 2), "z1": (0, 1, 2), "z11": (0, 1, 2)}, "no latent is called 'z11'. Did you mean 'z1'?"),
    ],
)
def test_edges_that_do_not_fit_the_latents_are_refused(given_, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        of_each_latent(Edges(given_), NAMES)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform((0, 1), (0, 1)), "range=(0, 1) and quantiles=(0, 1) were both given. Pass one of the two."),
        (lambda: Uniform((1, 0)), "range=(1, 0) is not two rising finite numbers. Pass two, for example (-3, 3)."),
        (lambda: Uniform((0, 0)), "range=(0, 0) is not two rising finite numbers."),
        (lambda: Uniform((0, np.inf)), "range=(0, inf) is not two rising finite numbers."),
        (lambda: Uniform((np.nan, 1)), "range=(nan, 1) is not two rising finite numbers."),
        (lambda: Uniform((0, 1, 2)), "range=(0, 1, 2) is not two"),
        (lambda: Uniform(5), "range=5 is not two"),
        (lambda: Uniform("01"), "range='01' is not two"),
        (lambda: Uniform((False, True)), "range=(False, True) is not two"),
        (lambda: Uniform(quantiles=(1, 99)), "quantiles=(1, 99) is not two rising numbers between 0 and 1."),
        (lambda: Uniform(quantiles=(-0.1, 0.9)), "Pass two, for example (0.01, 0.99)."),
        (lambda: Edges(), "edges=() are not edges of bins."),
        (lambda: Edges((0, 1)), "Pass from 3 to 65537 rising numbers, for example (0.0, 0.5, 1.0)"),
        (lambda: Edges("012"), "edges='012' are not edges"),
        (lambda: Edges(("0", "1", "2")), "are not edges"),
        (lambda: Edges(None), "edges=None are not edges"),
        (lambda: Edges({}), "edges={} are not edges"),
        (lambda: Edges({"z0": (0, 1)}), "edges=(0, 1) of 'z0' are not edges"),
        (lambda: Edges([(0, 1, 2), (0, 1)]), "edges=(0, 1) of latent 1 are not edges"),
        (lambda: Edges((0, 2, 1)), "edges do not rise: 1.0 at position 2 follows 2.0. Sort them, and name each once."),
        (lambda: Edges((0, 1, 1)), "edges do not rise: 1.0 at position 2 follows 1.0."),
        (lambda: Edges((0, np.nan, 1)), "edges do not rise: nan at position 1 follows 0.0."),
        (lambda: Edges([(0, 1, 2), (0, 2, 1)]), "edges of latent 1 do not rise"),
    ],
)
def test_parameters_that_make_no_bins_are_refused(make, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        make()


def test_values_outside_are_counted():
    latents = np.array([[-1.0, 0.0], [0.0, 5.0], [2.0, 2.5], [9.0, 1.0]])
    assert outside(latents, Edges((0, 1, 2))).tolist() == [2, 2]
    assert outside(latents, (Edges((0, 1, 2)), Edges((-np.inf, 1, np.inf)))).tolist() == [2, 0]
    assert outside(latents, Uniform(range=(0, 5))).tolist() == [2, 0]
    for without in (Uniform(quantiles=(0.1, 0.9)), discretize_uniform):
        assert outside(latents, without).tolist() == [0, 0]
