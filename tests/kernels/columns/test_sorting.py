"""The order of a latent: on all rows and on chosen ones, and sorted once for all metrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import Representation, Tree, config, evaluate
from disentangle_metrics.kernels.columns.sorting import Orders, among, numbered

rng = np.random.default_rng(0)
NORMAL = rng.normal(size=3000)
COLUMNS = {
    "float64": NORMAL,
    "float32": NORMAL.astype(np.float32),
    "float16": NORMAL.astype(np.float16),
    "longdouble": NORMAL.astype(np.longdouble),
    "big-endian": NORMAL.astype(">f4"),
    "integers": (1000 * NORMAL).astype(np.int64),
    "ties": NORMAL.round(1),
    "zeros of both signs": np.where(NORMAL > 0, 0.0, -0.0),
    "constant": np.full(3000, -7.5),
    "an outlier": np.append(NORMAL, -1e300),
    "subnormal": NORMAL.round(1) * 5e-324,
    "a column of rows": np.column_stack([NORMAL, NORMAL**2])[:, 1],
    "few": NORMAL[:9],
}


def check(x, order):
    """See that an order has every row once, and that values ascend in it."""
    np.testing.assert_array_equal(np.sort(order), np.arange(len(x)))
    ordered = x[order]
    assert (ordered[1:] >= ordered[:-1]).all()


@pytest.mark.parametrize("x", COLUMNS.values(), ids=COLUMNS)
def test_values_ascend(x):
    check(x, Orders(x[:, None]).of(0))


@given(x=hnp.arrays(np.int8, st.integers(1, 40), elements=st.integers(0, 5)), seed=st.integers(0, 99))
def test_the_order_of_some_rows_is_found_in_that_of_all(x, seed):
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(random.random(len(x)) < 0.6)
    check(x[rows], among(np.argsort(x), rows))


def test_values_are_numbered_among_the_distinct_ones():
    assert numbered(np.array([-1.0, -1.0, 0.0, 2.0, 2.0, 7.0])).tolist() == [0, 0, 1, 2, 2, 3]


def test_orders_of_some_latents_and_of_some_rows():
    z = np.column_stack([NORMAL, NORMAL**2, -NORMAL])
    orders, rows = Orders(z), np.arange(0, 3000, 7)
    for _ in range(2):
        for j in range(3):
            check(z[:, j], orders.of(j))
            check(z[rows, j], orders.of(j, rows))
    check(z[:, 0], orders.chosen([2, 0]).chosen(slice(1, 2)).of(0))


OPTIONS = {
    "bins and a line": ({"discretizer": "quantile"}, {"probe": "linear-svm"}),
    "bins, folds and a tuned line": ({"discretizer": "kmeans"}, {"probe": "linear-svm", "C": "tuned", "cv": 3}),
    "values and a tuned tree": ({"discretizer": "unique"}, {"probe": Tree("tuned"), "n_repeats": 3}),
    "bins and cuts": ({"discretizer": "quantile"}, {"probe": "threshold"}),
    "bins and neighbors": ({"discretizer": "quantile"}, {"probe": "knn"}),
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.filterwarnings("ignore")
def test_each_latent_is_sorted_once_for_all_that_is_asked(monkeypatch, options):
    v = np.random.default_rng(1).integers([3, 5], size=(1500, 2))
    z = np.column_stack([v + np.random.default_rng(2).normal(size=v.shape), v[:, 0] ** 2]).round(2)
    of_metric = dict(zip(("mig", "sap"), options, strict=True))
    apart = [evaluate(z, v, [name], options={name: given})[name] for name, given in of_metric.items()]
    sorts = []

    sort = np.argsort

    def counting(x, *args, **kwargs):
        if isinstance(x, np.ndarray) and x.dtype == z.dtype and len(x) > 500:  # a latent, or its training rows
            sorts.append(len(x))
        return sort(x, *args, **kwargs)

    monkeypatch.setattr(np, "argsort", counting)
    with config.using(backend="numpy"):
        together = evaluate(Representation(z, v), metrics=["mig", "sap"], options=of_metric)
    for name, alone in zip(of_metric, apart, strict=True):
        np.testing.assert_array_equal(together[name].matrix, alone.matrix)
    assert sorts == [1500] * 3


def test_orders_of_more_than_is_kept_are_found_anew(monkeypatch):
    v = np.random.default_rng(1).integers([3, 5], size=(1500, 2))
    z = np.column_stack([v + np.random.default_rng(2).normal(size=v.shape), v[:, 0] ** 2])
    options = {"mig": {"discretizer": "quantile"}, "sap": {"probe": "linear-svm"}}
    kept = evaluate(z, v, options=options)
    monkeypatch.setattr("disentangle_metrics.data.representation.MOST", z.size - 1)
    anew = Representation(z, v)
    assert anew.orders is None
    for name, score in evaluate(anew, options=options).items():
        np.testing.assert_array_equal(score.matrix, kept[name].matrix)


def test_missing_labels_and_groups_of_latents_find_the_same_orders():
    v = np.random.default_rng(1).integers([3, 5], size=(1200, 2)).astype(float)
    z = np.column_stack([v + np.random.default_rng(2).normal(size=v.shape), v[:, ::-1] ** 2])
    v[:100, 0] = np.nan
    groups = [(0,), (2, 3), (1,)]
    score = evaluate(z, v, "sap", options={"sap": {"probe": "knn", "latent_groups": groups}})["sap"]
    alone = evaluate(z[100:], v[100:, 0], "sap", options={"sap": {"probe": "knn"}})["sap"]
    np.testing.assert_allclose(np.array(score.matrix)[[0, 2], 0], np.array(alone.matrix)[[0, 1], 0])
