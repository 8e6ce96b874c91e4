"""Groups of latents: closed forms, scikit-learn on several columns, and what must not matter."""

import itertools

import numpy as np
import pytest
from conftest import plain
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mutual_info_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

from disentangle_metrics import (
    KNN,
    KSG,
    BiasWarning,
    Edges,
    Gaussian,
    Histogram,
    OptionError,
    Representation,
    Tree,
    evaluate,
    mig,
    mig_posterior,
    sap,
)
from disentangle_metrics.kernels.information.ksg import ksg
from disentangle_metrics.kernels.information.ross import ross
from disentangle_metrics.oracles import cos_sin

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
    "ignore::disentangle_metrics.BiasWarning",
)
PAIR = [(0, 1), (2,)]


@pytest.fixture(scope="module")
def data():
    """Two latents that tell four classes together, one that tells three others, and noise."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(4, size=500), rng.integers(3, size=500)], axis=1)
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[factors[:, 0]] + 0.3 * rng.normal(size=(500, 2))
    return np.column_stack([corners, factors[:, 1] + 0.3 * rng.normal(size=500), rng.normal(size=500)]), factors


def grid(*sizes):
    """Every combination, so often that chance has no part in it."""
    return np.tile(list(itertools.product(*map(range, sizes))), (20, 1))


# Closed forms


def test_independent_latents_hold_a_factor_together_that_is_made_of_both():
    z = grid(4, 4, 3)
    v = np.column_stack([4 * z[:, 0] + z[:, 1], z[:, 2]])
    score = mig(z, v, n_bins=4, latent_groups=PAIR, normalizer="none")
    np.testing.assert_allclose(score.matrix, [[np.log(16), 0], [0, np.log(3)]], atol=1e-12)
    assert mig(z, v, n_bins=4, latent_groups=PAIR) == pytest.approx(1.0, abs=1e-12)
    assert mig(z, v, n_bins=4).per_factor.tolist() == [pytest.approx(0.0, abs=1e-12), 1.0]


def test_a_parity_is_known_by_two_and_by_neither():
    z = grid(2, 2, 2)
    v = (z[:, 0] + z[:, 1]) % 2
    np.testing.assert_allclose(mig(z, v, n_bins=2, latent_groups=PAIR).matrix[:, 0], [np.log(2), 0], atol=1e-12)
    np.testing.assert_allclose(mig(z, v, n_bins=2).matrix[:, 0], 0, atol=1e-12)


def test_cosine_and_sine_hold_orientation_together():
    labels = grid(3, 24, 5)
    z, kinds = cos_sin(labels, [3, 24, 5], orientation=1, both_ends=False), {"v1": "circular"}
    groups = {"shape": [0], "orientation": [1, 2], "x": [3]}
    apart, together = (mig(z, labels, factor_kinds=kinds, latent_groups=g) for g in (None, groups))
    assert together == pytest.approx(1.0, abs=1e-12)
    assert apart.per_factor[1] < 0.02
    assert together.latent_names == ("shape", "orientation", "x")
    r2 = sap(z, labels, probe="r2", factor_kinds=["ordinal", "circular", "ordinal"], latent_groups=groups)
    np.testing.assert_allclose(r2.matrix, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("estimator", ["gaussian", Gaussian(bias_correction=True), "gaussian-copula", "ksg", "ksg2"])
def test_a_gaussian_vector_tells_what_its_multiple_correlation_says(estimator):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(4000, 3))
    v = np.column_stack([z[:, 0] + z[:, 1] + np.sqrt(2 / 3) * rng.normal(size=4000), z[:, 2] + rng.normal(size=4000)])
    score = mig(z, v, estimator=estimator, latent_groups=PAIR, normalizer="none")
    np.testing.assert_allclose(score.matrix, [[np.log(4) / 2, 0], [0, np.log(2) / 2]], atol=0.06)
    r2 = sap(z, v, latent_groups=PAIR, factor_kinds="continuous")
    np.testing.assert_allclose(r2.matrix, [[0.75, 0], [0, 0.5]], atol=0.03)


def test_a_gaussian_vector_tells_exactly_what_the_determinants_of_the_sample_say():
    rng = np.random.default_rng(2)
    z, v = rng.normal(size=(50, 3)), rng.normal(size=(50, 1))
    det = [np.linalg.det(np.atleast_2d(np.cov(x.T))) for x in (z[:, :2], v, np.hstack([z[:, :2], v]))]
    score = mig(z, v, estimator="gaussian", factor_kinds="continuous", latent_groups=PAIR)
    assert score.matrix[0, 0] == pytest.approx(0.5 * np.log(det[0] * det[1] / det[2]), abs=1e-12)


# Other implementations


@quiet
@given(labelled(), st.integers(2, 5), st.sampled_from(["uniform", "quantile", "unique"]))
def test_bins_of_a_group_are_the_cells_of_its_members(drawn, n_bins, discretizer):
    latents, factors = drawn
    latents = np.hstack([latents, latents[:, ::-1] ** 2])
    score = mig(latents, factors, n_bins=n_bins, discretizer=discretizer, latent_groups=[(0, 1, 3), (2,)])
    inner = np.arange(1, n_bins) / n_bins
    codes = {
        "uniform": lambda x: np.searchsorted((np.linspace(x.min(), x.max(), n_bins + 1))[1:-1], x, "right"),
        "quantile": lambda x: np.searchsorted(np.quantile(x, inner, method="higher"), x, "right"),
        "unique": lambda x: x,
    }[discretizer]
    cells = np.unique(np.column_stack([codes(latents[:, j]) for j in (0, 1, 3)]), axis=0, return_inverse=True)[1]
    for k, factor in enumerate(factors.T):
        assert score.matrix[0, k] == pytest.approx(mutual_info_score(cells.reshape(-1), factor), abs=1e-12)


def by_hand(latents, factors, groups, model, scale=True):
    matrix = np.empty((len(groups), factors.shape[1]))
    for g, members in enumerate(groups):
        for k, v in enumerate(factors.T):
            train, test, v_train, v_test = train_test_split(latents[:, members], v, test_size=0.2, random_state=42)
            if scale:
                scaler = StandardScaler().fit(train)
                train, test = scaler.transform(train), scaler.transform(test)
            matrix[g, k] = np.mean(model.fit(train, v_train).predict(test) == v_test)
    return matrix


def liblinear(C):
    return OneVsRestClassifier(LogisticRegression(solver="liblinear", C=C, tol=1e-10, max_iter=10**6))


def svc(C, weight):
    return LinearSVC(C=C, class_weight=weight, dual=False, tol=1e-10, max_iter=10**6)


MODELS = [
    ({}, liblinear(0.1)),
    ({"C": 10, "standardize": False}, liblinear(10)),
    ({"probe": "linear-svm"}, svc(0.01, "balanced")),
    ({"probe": "linear-svm", "C": 1, "class_weight": "none"}, svc(1, None)),
    ({"probe": "multinomial"}, LogisticRegression(C=0.1, tol=1e-10, max_iter=10**6)),
    ({"probe": Tree(max_depth=3)}, DecisionTreeClassifier(max_depth=3, random_state=42)),
    ({"probe": "knn"}, KNeighborsClassifier(5)),
    ({"probe": "gaussian-nb"}, GaussianNB()),
    ({"probe": RandomForestClassifier(5, random_state=0)}, RandomForestClassifier(5, random_state=0)),
]


@pytest.mark.parametrize(("options", "model"), MODELS, ids=[str(i) for i in range(len(MODELS))])
def test_every_probe_of_a_group_is_scikit_learns_on_its_columns(data, options, model):
    latents, factors = data
    groups = [[0, 1], [0, 2, 3]]
    for group in groups:
        rest = [j for j in range(4) if j not in group]
        score = sap(latents, factors, latent_groups=[group, rest], **options)
        expected = by_hand(latents, factors, [group], model, options.get("standardize", True))
        np.testing.assert_allclose(score.matrix[:1], expected, atol=1e-12)


def test_a_regressor_of_a_group_is_scikit_learns_on_its_columns(data):
    latents, factors = data
    score = sap(latents, factors, probe=LinearRegression(), factor_kinds="continuous", latent_groups=[(0, 1), (2, 3)])
    train, test, v_train, v_test = train_test_split(latents[:, :2], factors[:, 0], test_size=0.2, random_state=42)
    expected = r2_score(v_test, LinearRegression().fit(train, v_train).predict(test))
    assert score.matrix[0, 0] == pytest.approx(expected, abs=1e-12)


def test_r2_of_a_group_is_what_a_regression_explains(data):
    latents, factors = data
    score = sap(latents, factors, probe="r2", factor_kinds="continuous", latent_groups=[(0, 1, 3), (2,)])
    expected = [LinearRegression().fit(latents[:, [0, 1, 3]], v).score(latents[:, [0, 1, 3]], v) for v in factors.T]
    np.testing.assert_allclose(score.matrix[0], expected, atol=1e-12)


def test_neighbors_of_a_group_are_those_of_the_kernels(data):
    latents, factors = data
    v = latents[:, 3]
    plain = KSG(jitter=0)
    z = latents / latents.std(axis=0)
    score = mig(latents, factors, estimator=plain, latent_groups=[(0, 1), (2, 3)], normalizer="none")
    assert score.matrix[0, 1] == pytest.approx(ross(z[:, :2], factors[:, 1]), abs=1e-12)
    score = mig(latents, v, estimator=plain, latent_groups=[(0, 1), (2, 3)], normalizer="none")
    assert score.matrix[0, 0] == pytest.approx(ksg(z[:, :2], v / v.std()), abs=1e-12)


@pytest.mark.parametrize("probe", [KNN(k="tuned"), Tree(max_depth="tuned"), "tree-cv", "logistic"])
def test_what_is_tuned_is_chosen_on_training_rows(data, probe):
    options = {"C": "tuned"} if probe == "logistic" else {}
    score = sap(*data, probe=probe, latent_groups=PAIR, **options)
    assert score.matrix[0, 0] > 0.8
    assert sap(*data, probe=probe, latent_groups=PAIR, **options) == score


# Laws

ONE_BY_ONE = [
    (mig, {}),
    (mig, {"n_bins": "auto"}),
    (mig, {"normalizer": "latent"}),
    (mig, {"entropy": "miller-madow"}),
    (mig, {"estimator": "ksg"}),
    (mig, {"estimator": "gaussian", "factor_kinds": "continuous"}),
    (sap, {}),
    (sap, {"probe": "threshold"}),
    (sap, {"probe": "tree"}),
    (sap, {"latent_bins": 5}),
    (sap, {"probe": LinearRegression(), "factor_kinds": "continuous"}),
    (sap, {"factor_kinds": "continuous"}),
]


@pytest.mark.parametrize(("metric", "options"), ONE_BY_ONE, ids=plain)
def test_a_group_of_one_gives_the_ordinary_number(data, metric, options):
    score = metric(*data, **options)
    apart = metric(*data, latent_groups=[(j,) for j in range(4)], **options)
    assert apart == score
    np.testing.assert_array_equal(apart.matrix, score.matrix)
    beside = (
        metric(*data, latent_groups=[(3,), (0, 1), (2,)], **options) if options.get("probe") != "threshold" else apart
    )
    lone = [0, 2] if beside is not apart else [3, 2]
    np.testing.assert_allclose(beside.matrix[lone], score.matrix[[3, 2]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("options", [{"n_bins": 3}, {"estimator": "ksg"}, {"estimator": "ksg2"}], ids=plain)
def test_the_order_of_members_and_of_groups_does_not_matter(data, options):
    score = mig(*data, latent_groups=[(0, 1, 2), (3,)], **options)
    again = mig(*data, latent_groups=[(3,), (2, 0, 1)], **options)
    assert again == score
    np.testing.assert_array_equal(again.matrix, score.matrix[::-1])
    assert again.latent_names == ("z3", "z0+z1+z2")


@quiet
@given(labelled(), st.sampled_from([{"n_bins": 4}, {"estimator": KSG(jitter=0)}]))
def test_columns_may_be_permuted_within_a_group(drawn, options):
    latents, factors = drawn
    latents = np.hstack([latents, latents**2 + latents[:, ::-1]])
    score = mig(latents, factors, latent_groups=[(0, 1, 3), (2,)], **options)
    again = mig(latents[:, [3, 0, 2, 1]], factors, latent_groups=[(0, 1, 3), (2,)], **options)
    np.testing.assert_allclose(again.matrix, score.matrix, rtol=0, atol=1e-12)


@quiet
@given(labelled())
def test_a_group_knows_no_less_than_its_members(drawn):
    latents, factors = drawn
    alone = mig(latents, factors).matrix
    latents = np.hstack([latents, latents[:, :1]])
    together = mig(latents, factors, latent_groups=[(0, 1), (latents.shape[1] - 1,)]).matrix
    assert (together[0] >= alone[:2].max(axis=0) - 1e-12).all()


@given(st.floats(0, 6.3))
@pytest.mark.parametrize(
    "options", [{"probe": "r2"}, {"standardize": False}, {"probe": "linear-svm", "standardize": False}]
)
def test_turning_a_group_in_its_plane_changes_nothing(data, options, angle):
    latents, factors = data
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = np.hstack([latents[:, :2] @ turn, latents[:, 2:]])
    options = {"factor_kinds": "ordinal" if options.get("probe") != "r2" else "continuous", **options}
    score = sap(latents, factors, latent_groups=PAIR, **options)
    # one row in a hundred that is all but tied may change sides
    assert sap(turned, factors, latent_groups=PAIR, **options).matrix == pytest.approx(score.matrix, abs=1e-9)


@quiet
@given(labelled())
def test_rows_without_a_label_are_left_out(drawn):
    latents, factors = drawn
    latents = np.hstack([latents, latents[:, ::-1] ** 2])
    more = np.vstack([latents, latents[::-1]])
    holes = np.vstack([factors.astype(float), np.full(factors.shape, np.nan)])
    for metric, options in ((mig, {}), (mig, {"estimator": KSG(jitter=0)}), (sap, {}), (sap, {"probe": "r2"})):
        score = metric(latents, factors, latent_groups=PAIR, **options)
        np.testing.assert_allclose(metric(more, holes, latent_groups=PAIR, **options).matrix, score.matrix, atol=1e-12)


@pytest.mark.parametrize("metric", [mig, sap])
def test_constant_members_add_nothing(data, metric):
    latents, factors = data
    flat = np.column_stack([latents, np.full(500, 3.0)])
    score = metric(latents, factors, latent_groups=PAIR)
    assert metric(flat, factors, latent_groups=[(0, 1, 4), (2,)]) == score
    both = np.column_stack([latents, np.full((500, 2), 3.0)])
    zero = metric(both, factors, latent_groups=[(0, 1), (4, 5)], **({"inactive": "zero"} if metric is sap else {}))
    assert zero.matrix[1].tolist() == [0.0, 0.0]
    if metric is mig:
        for estimator in ("ksg", "gaussian"):
            options = {"estimator": estimator, "factor_kinds": "continuous"}
            score = mig(latents, factors, latent_groups=PAIR, **options)
            apart = mig(flat, factors, latent_groups=[(0, 1, 4), (2,)], **options)
            np.testing.assert_allclose(apart.matrix, score.matrix, atol=0.1)


# How groups are given


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        ([(0, 1), (2,)], ("a+b", "c")),
        ([[1, 0], 2], ("a+b", "c")),
        ([["a", "b"], "c"], ("a+b", "c")),
        (["a+b", "c"], ("a+b", "c")),
        (["ab=a+b", "c"], ("ab", "c")),
        ({"ab": ["a", 1], "c": "c"}, ("ab", "c")),
        ({"ab": "a + b", "c": 2}, ("ab", "c")),
        (np.array([[0, 1], [2, 3]]), ("a+b", "c+d")),
    ],
)
def test_groups_are_given_by_index_or_name_and_may_have_names(data, groups, names):
    latents, factors = data
    named = Representation(latents, factors, latent_names=list("abcd"))
    score = mig(named, latent_groups=groups)
    assert score.latent_names == names
    assert score.matrix.shape == (2, 2)
    if names[1] == "c":
        assert score == mig(latents, factors, latent_groups=PAIR)
    assert mig(named, latent_groups=score.settings["latent_groups"]).signature == score.signature


def test_the_score_says_its_groups_and_what_is_left_out(data):
    score = mig(*data, latent_groups={"corner": (0, 1), "z2": [2]})
    assert "|latent_groups:corner=z0+z1,z2|" in score.signature
    assert score.to_dict()["settings"]["latent_groups"] == ["corner=z0+z1", "z2"]
    assert score.to_dict()["latent_names"] == ["corner", "z2"]
    assert score.to_frame().index.tolist() == ["corner", "z2"]
    assert "latent 'z3' is in no group and left out" in score.notes
    assert "latent_groups" not in mig(*data).signature
    assert mig(*data).settings["latent_groups"] is None
    assert "2 latents (z1, z3) are in no group and left out" in sap(*data, latent_groups=[0, 2]).notes


def test_evaluate_passes_groups_on_and_signs_them(data):
    report = evaluate(*data, latent_groups=PAIR)
    assert report["mig"] == mig(*data, latent_groups=PAIR)
    assert report["sap"] == sap(*data, latent_groups=PAIR)
    of_sap = evaluate(*data, latent_groups=PAIR, options={"sap": {"latent_groups": [0, 3]}})["sap"]
    assert of_sap == sap(*data, latent_groups=[0, 3])
    signed = evaluate(*data, "mig", protocol="locatello2019", latent_groups=PAIR)["mig"]
    assert signed.signature.startswith("mig|protocol:locatello2019+latent_groups:z0+z1,z2|")


def test_evaluate_refuses_groups_for_a_metric_without_them(data):
    with pytest.raises(OptionError, match="mig_posterior has no option latent_groups"):
        evaluate(*data, ("mig", "mig_posterior"), latent_groups=PAIR)
    assert "latent_groups" not in mig_posterior.__kwdefaults__


@pytest.mark.parametrize("metric", [mig, sap])
@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([(0, 1), (1, 2)], r"latent 'z1' \(column 1\) is named twice in latent_groups"),
        ([(0, 0), (1,)], "latent 'z0' .column 0. is named twice"),
        ([(), (1,)], "a group of latent_groups is empty"),
        ([(0, 4), (1,)], "latent_groups holds 4: latents are numbered from 0 to 3"),
        ([(-1,), (1,)], "latent_groups holds -1"),
        ([(True,), (1,)], "latent_groups holds True"),
        ([(0.5,), (1,)], "latent_groups holds 0.5. Pass indices or names"),
        (["z0", "y1"], "latent_groups names 'y1', and no latent has that name"),
        (["z0+z9", "z1"], "latent_groups names 'z9', and no latent has that name"),
        ([(0, 1)], "latent_groups has 1 group and a gap needs two"),
        ([], "latent_groups has 0 group"),
        ({"a": [0]}, "latent_groups has 1 group"),
        ("z0", "latent_groups='z0' is not known. Pass a list of groups or a mapping"),
        (3, "latent_groups=3 is not known"),
        (["a=z0", "a=z1"], "two of latent_groups are called 'a'"),
    ],
)
def test_groups_that_make_no_sense_are_refused(data, metric, groups, message):
    with pytest.raises(OptionError, match=message):
        metric(*data, latent_groups=groups)


@pytest.mark.parametrize("probe", ["threshold", "histogram", Histogram(5)])
def test_probes_that_cut_one_coordinate_refuse_a_group(data, probe):
    with pytest.raises(OptionError, match="cuts a single coordinate and takes no group of latents"):
        sap(*data, probe=probe, latent_groups=PAIR)
    assert sap(*data, probe=probe, latent_groups=[0, 2]).matrix.shape == (2, 2)


def test_scikit_learns_distances_are_of_single_latents(data):
    with pytest.raises(OptionError, match="scikit-learn has no distances for groups"):
        mig(*data, estimator="ksg-sklearn", latent_groups=PAIR)


def test_edges_are_given_for_all_latents_whatever_the_groups(data):
    edges = Edges({f"z{j}": (-1.0, 0.5, 1.5, 2.5) for j in range(4)})
    one = mig(*data, discretizer=edges, latent_groups=PAIR)
    assert one == mig(*data, discretizer=Edges((-1.0, 0.5, 1.5, 2.5)), latent_groups=PAIR)


def test_many_cells_of_a_group_are_warned_of(data):
    latents, factors = data
    with pytest.warns(BiasWarning, match=r"group 'z0\+z1\+z3' has so many joint bins that it could show"):
        score = mig(latents, factors, latent_groups=[(0, 1, 3), (2,)])
    assert any("few rows for so many bins" in note for note in score.notes)
    assert not any("cells" in note for note in mig(latents, factors, latent_groups=PAIR, n_bins=2).notes)
