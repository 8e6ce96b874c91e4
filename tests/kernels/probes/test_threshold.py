from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import balanced_accuracy_score

from disentangle_metrics.kernels.probes.threshold import fit_all_cuts, fit_cuts, predict_cuts


def problems(n_classes):
    return st.integers(n_classes, 14).flatmap(
        lambda n: st.tuples(
            hnp.arrays(np.int64, n, elements=st.integers(0, 6)).map(lambda x: x / 2.0),
            hnp.arrays(np.intp, n, elements=st.integers(0, n_classes - 1)),
        )
    )


def best_by_trying_all(x, y, order):
    """The best balanced accuracy of any placing of the cuts, classes in this order."""
    places = [*np.unique(x), np.inf]
    best = 0.0
    for starts in combinations_with_replacement(places, len(order) - 1):
        predicted = np.array(order)[np.searchsorted(starts, x, side="right")]
        best = max(best, balanced_accuracy_score(y, predicted))
    return best


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
@pytest.mark.parametrize("n_classes", [2, 3, 4])
@given(data=st.data())
def test_cuts_are_the_best_there_are(n_classes, data):
    x, y = data.draw(problems(n_classes))
    present = sorted(set(y.tolist()))
    if len(present) == 2:
        orders = [present, present[::-1]]
    else:
        orders = [sorted(present, key=lambda c: (np.median(np.searchsorted(np.unique(x), x[y == c])), c))]
    reached = balanced_accuracy_score(y, predict_cuts(x, fit_cuts(x, y, n_classes)))
    assert reached == pytest.approx(max(best_by_trying_all(x, y, order) for order in orders), abs=1e-12)


def test_two_classes_are_cut_in_whichever_order_is_best():
    x = np.arange(6.0)
    for y in (np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1, 1, 0, 0, 0])):
        assert predict_cuts(x, fit_cuts(x, y, 2)).tolist() == y.tolist()


def test_where_two_rows_are_the_middle_of_a_class_its_weighted_median_lies_between_them():
    """Class 0 has its middle between the first and the fifth value, right of class 1 that has the second."""
    x = np.array([0.0, 4, 1, 1, 2, 3, 5, 5, 5])
    y = np.array([0, 0, 1, 1, 2, 2, 2, 2, 2])
    for weight in (None, np.ones(9), np.array([2.0, 2, 1, 1, 3, 3, 3, 3, 3])):
        [cuts] = fit_all_cuts(x, y[None], [3], weight)
        assert cuts.classes.tolist() == [1, 0, 2]


@pytest.mark.parametrize("weight", [[0.3, 1.1, 1.4], [0.1, 0.7, 0.8]])
@pytest.mark.parametrize(("place", "order"), [(1, [1, 0, 2]), (3, [0, 1, 2])])
def test_half_the_weight_of_a_class_is_half_however_it_was_rounded(weight, place, order):
    """In float64 the first two rows have 0.5000000000000001 and 0.49999999999999994 of it."""
    share = np.cumsum(weight)[1] / np.cumsum(weight)[-1]
    assert share != 0.5
    x = np.array([0.0, 0, 4, place, place, 2, 4 - place, 5, 5, 5])
    y = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 2])
    [cuts] = fit_all_cuts(x, y[None], [3], np.append(weight, np.ones(7)))
    assert cuts.classes.tolist() == order


def test_a_rare_class_weighs_as_much_as_a_frequent_one():
    x = np.array([0.0] * 9 + [1.0] * 10)
    y = np.array([0] * 9 + [0] * 4 + [1] * 6)
    # At 1: recall of class 0 is 9/13, of class 1 is 1. Majority voting would give the same 13 right rows to class 0.
    assert predict_cuts(np.array([0.0, 1.0]), fit_cuts(x, y, 2)).tolist() == [0, 1]


def test_a_segment_starts_at_a_training_value():
    cuts = fit_cuts(np.array([0.0, 1.0, 5.0, 6.0]), np.array([0, 0, 1, 1]), 2)
    assert predict_cuts(np.array([-9.0, 4.9, 5.0, 99.0]), cuts).tolist() == [0, 0, 1, 1]


def test_one_class_needs_no_cut():
    assert predict_cuts(np.array([-1.0, 7.0]), fit_cuts(np.array([0.0, 1.0]), np.array([2, 2]), 3)).tolist() == [2, 2]
