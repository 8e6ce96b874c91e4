"""Sample weights: what holds for every metric, and what each estimator and probe makes of them."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import labelled

from disentangle_metrics import (
    DTypeError,
    Edges,
    FileFormatError,
    InputError,
    NonFiniteError,
    OptionError,
    Posterior,
    Representation,
    ShapeError,
    Uniform,
    compare,
    evaluate,
    load_representation,
    mig,
    mig_posterior,
    replicates,
    sap,
)
from disentangle_metrics.cli.app import app
from disentangle_metrics.data.weights import check_weights
from disentangle_metrics.kernels.entropy.table import ENTROPIES

pytestmark = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)

# Probes that see rows only by what they add up to; nearest neighbors count rows.
SUMMING = ("logistic", "linear-svm", "multinomial", "threshold", "tree", "histogram", "gaussian-nb")
WHOLE_TABLES = sorted(name for name, entropy in ENTROPIES.items() if not entropy.takes_weights)


@st.composite
def whole_weights(draw):
    """Latents, factors, and how often each row occurs: 1 to 4 times."""
    latents, factors = draw(labelled())
    return latents, factors, draw(hnp.arrays(np.int64, len(latents), elements=st.integers(1, 4)))


def repeated(latents, factors, times):
    return np.repeat(latents, times, axis=0), np.repeat(factors, times, axis=0)


def same(weighted, plain, atol=1e-12):
    np.testing.assert_allclose(weighted.matrix, plain.matrix, rtol=0, atol=atol)
    np.testing.assert_allclose(weighted.per_factor, plain.per_factor, rtol=0, atol=atol)


# --- MIG ---


@pytest.mark.parametrize(
    "options",
    [{}, {"discretizer": "unique"}, {"discretizer": Uniform(range=(-2, 2))}, {"discretizer": Edges((-2, -0.5, 0.1, 2))}]
    + [{"entropy": entropy} for entropy in ENTROPIES if entropy not in ("plugin", "nsb")]
    + [{"normalizer": normalizer} for normalizer in ("latent", "log-cardinality", "none", "correlation")],
    ids=str,
)
@given(data=whole_weights())
@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_whole_weights_are_repeated_rows_to_mig(options, data):
    latents, factors, times = data
    same(mig(latents, factors, sample_weight=times, **options), mig(*repeated(*data), **options), atol=1e-11)


def test_whole_weights_are_repeated_rows_to_nsb(example):
    latents, factors = np.array(example.latents[::100, :3]), np.array(example.factors[::100, :2])
    times = np.random.default_rng(0).integers(1, 4, size=100)
    whole = mig(latents, factors, entropy="nsb", sample_weight=times)
    same(whole, mig(*repeated(latents, factors, times), entropy="nsb"))


@given(data=whole_weights())
def test_whole_weights_are_repeated_rows_to_a_gaussian(data):
    latents, factors, times = data
    options = {"estimator": "gaussian", "factor_kinds": "continuous"}
    one, other = mig(latents, factors, sample_weight=times, **options), mig(*repeated(*data), **options)
    # information has no end at a correlation of 1, and the last digit decides how far towards it a sum gets
    near = np.maximum(one.matrix, other.matrix) < 10
    np.testing.assert_allclose(one.matrix[near], other.matrix[near], rtol=0, atol=1e-5)


def test_bins_are_cut_from_rows_whatever_they_weigh():
    """Half of the rows lie in either quantile bin, though one row weighs as much as nine."""
    z, v, heavy = np.arange(8.0)[:, None] * [1.0, -1.0], np.arange(8)[:, None] // 4, np.array([9, 1, 1, 1, 1, 1, 1, 1])
    by_weight = mig(z, v, discretizer="quantile", n_bins=2, sample_weight=heavy)
    by_rows = mig(*repeated(z, v, heavy), discretizer="quantile", n_bins=2)
    assert by_weight.matrix[0, 0] == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))
    assert by_rows.matrix[0, 0] == 0.0  # the median is 0, the smallest value, now


@given(data=whole_weights(), power=st.integers(-60, 60))
def test_the_scale_of_weights_does_not_matter_to_plug_in_mig(data, power):
    latents, factors, times = data
    same(mig(latents, factors, sample_weight=times * 2.0**power), mig(latents, factors, sample_weight=times))


@given(data=labelled(), seed=st.integers(0, 999))
def test_weighted_information_is_that_of_the_weighted_table(data, seed):
    """From the definition: sum of p log(p / (p_z p_v)) over the cells of a table of weights."""
    latents, factors = data
    weight = np.random.default_rng(seed).exponential(size=len(latents))
    score = mig(latents, factors, sample_weight=weight, n_bins=5)
    for j, k in np.ndindex(score.matrix.shape):
        z, v = latents[:, j], factors[:, k]
        codes = np.digitize(z, np.linspace(z.min(), z.max(), 6)[1:-1]) if z.min() < z.max() else np.zeros(len(z), int)
        p = np.zeros((5, 5))
        np.add.at(p, (codes, v), weight / weight.sum())
        chance = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
        by_hand = (p[p > 0] * np.log(p[p > 0] / chance[p > 0])).sum()
        assert score.matrix[j, k] == pytest.approx(by_hand, abs=1e-12)


def test_a_skewed_sample_is_weighed_back_to_the_grid():
    """Each of four combinations of two bits as often as any other, by weights that undo how often it was drawn."""
    bits = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    latents, drawn = np.column_stack([bits[:, 0], bits[:, 0] & bits[:, 1]]), np.array([1, 1, 9, 3])
    score = mig(*repeated(latents, bits, drawn), n_bins=2, sample_weight=1 / np.repeat(drawn, drawn))
    same(score, mig(latents, bits, n_bins=2))
    assert score.matrix[0, 0] == pytest.approx(np.log(2))
    assert score.matrix[1, 0] == pytest.approx(0.5 * np.log(4 / 3) + 0.25 * np.log(2 / 3) + 0.25 * np.log(2))
    assert score.settings["n_effective"] == pytest.approx(16 / (1 + 1 + 1 / 9 + 1 / 3))


def test_a_note_on_few_rows_goes_by_how_many_rows_the_weights_are_worth():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(20_000, 2)), rng.integers(40, size=(20_000, 1))
    assert not [note for note in mig(z, v).notes if "few rows" in note]
    weighted = mig(z, v, sample_weight=np.where(np.arange(20_000) < 500, 1.0, 1e-6))
    assert [note for note in weighted.notes if "few rows" in note]


def test_many_cells_are_counted_by_those_that_weigh_something():
    """As many values as rows: the table with them is never made."""
    rng = np.random.default_rng(0)
    z, v, weight = rng.integers(2, size=(9000, 2)), np.arange(9000)[:, None] % 4500, rng.exponential(size=9000)
    score = mig(z, v, n_bins=2000, sample_weight=weight)
    p = np.bincount(z[:, 0], weight) / weight.sum()
    pairs = np.bincount(z[:, 0] + 2 * v[:, 0], weight) / weight.sum()
    values = np.bincount(v[:, 0], weight) / weight.sum()
    entropies = [-(q[q > 0] * np.log(q[q > 0])).sum() for q in (p, values, pairs)]
    assert score.matrix[0, 0] == pytest.approx(entropies[0] + entropies[1] - entropies[2])


@pytest.mark.parametrize("entropy", WHOLE_TABLES)
def test_entropies_of_counts_refuse_weights_that_are_not_whole(entropy):
    z = np.arange(8)[:, None] // [4, 2] % 2
    with pytest.raises(InputError, match=rf"entropy='{entropy}' .* first is 0.5.*'plugin'"):
        mig(z, z, entropy=entropy, sample_weight=[1, 1, 0.5, 1, 1, 2, 1, 1])


@pytest.mark.parametrize("estimator", ["ksg", "ksg2", "ksg-sklearn", "gaussian-copula"])
def test_estimators_from_neighbors_and_ranks_refuse_weights(estimator):
    z = np.random.default_rng(0).normal(size=(50, 2))
    options = {"estimator": estimator, "factor_kinds": "continuous"}
    with pytest.raises(OptionError, match=r"no weighted version.*'binned', or 'gaussian'"):
        mig(z, z, sample_weight=np.arange(50), **options)
    here = np.arange(50) > 9  # rows that are left out are no weights
    assert mig(z, z, sample_weight=here, **options) == mig(z[here], z[here], **options)


def test_a_weighted_gaussian_knows_what_the_weighted_correlation_says():
    rng = np.random.default_rng(1)
    z, v, weight = rng.normal(size=(80, 3)), rng.normal(size=(80, 2)), rng.exponential(size=80)
    v += z[:, :2]
    score = mig(z, v, estimator="gaussian", sample_weight=weight)
    r = np.cov(z, v, rowvar=False, aweights=weight)
    r /= np.sqrt(np.outer(r.diagonal(), r.diagonal()))
    np.testing.assert_allclose(score.matrix, -0.5 * np.log(1 - r[:3, 3:] ** 2), rtol=1e-10)


# --- SAP ---


@pytest.mark.parametrize("probe", SUMMING)
@given(data=whole_weights())
@pytest.mark.filterwarnings("ignore::disentangle_metrics.ConvergenceWarning")
def test_whole_weights_are_repeated_rows_to_a_probe_that_sums_rows(probe, data):
    latents, factors, times = data
    options = {"probe": probe, "evaluate_on": "train"}
    for scoring in ("accuracy", "balanced-accuracy"):
        weighted = sap(latents, factors, sample_weight=times, scoring=scoring, **options)
        same(weighted, sap(*repeated(*data), scoring=scoring, **options))


@given(data=whole_weights())
def test_whole_weights_are_repeated_rows_to_r2(data):
    latents, factors, times = data
    options = {"probe": "r2", "factor_kinds": "continuous"}
    same(sap(latents, factors, sample_weight=times, **options), sap(*repeated(*data), **options))


@pytest.mark.parametrize("probe", ["threshold", "tree", "histogram", "knn", "gaussian-nb"])
@given(data=whole_weights(), power=st.integers(-60, 60))
def test_the_scale_of_weights_does_not_matter_to_probes_without_a_penalty(probe, data, power):
    latents, factors, times = data
    scaled = sap(latents, factors, probe=probe, sample_weight=times * 2.0**power)
    same(scaled, sap(latents, factors, probe=probe, sample_weight=times))


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "multinomial"])
@given(data=whole_weights())
def test_the_scale_of_weights_is_that_of_c_to_lines(probe, data):
    latents, factors, times = data
    scaled = sap(latents, factors, probe=probe, C=0.125, sample_weight=times * 4)
    same(scaled, sap(latents, factors, probe=probe, C=0.5, sample_weight=times))


def test_a_weight_times_c_that_drowns_the_penalty_is_refused():
    z = np.arange(40)[:, None] // [4, 2] % 2
    with pytest.raises(InputError, match="Divide the weights by their mean"):
        sap(z, z, sample_weight=np.arange(40) * 1e12)


# --- every metric ---


@pytest.mark.parametrize("metric", [mig, sap], ids=lambda metric: metric.__name__)
@given(data=whole_weights(), seed=st.integers(0, 99))
def test_rows_of_weight_zero_are_as_if_they_were_not_there(metric, data, seed):
    latents, factors, times = data
    rng = np.random.default_rng(seed)
    here = rng.permutation(len(latents) + 5) < len(latents)
    wide, more = rng.normal(size=(len(here), latents.shape[1])) * 99, rng.integers(7, 9, (len(here), factors.shape[1]))
    weight = np.zeros(len(here))
    wide[here], more[here], weight[here] = latents, factors, times
    with_rows, without = metric(wide, more, sample_weight=weight), metric(latents, factors, sample_weight=times)
    assert with_rows == without
    np.testing.assert_array_equal(with_rows.matrix, without.matrix)
    assert with_rows.settings["n_samples"] == len(latents)


def test_weights_of_one_are_no_weights(example):
    weight = np.ones(example.n_samples)
    report, plain = evaluate(example, sample_weight=weight), evaluate(example)
    for name in ("mig", "sap"):
        np.testing.assert_array_equal(report[name].matrix, plain[name].matrix)
        assert report[name].notes == plain[name].notes
        assert report[name].settings["n_effective"] == example.n_samples


def test_a_signature_tells_weights_apart_and_their_order():
    z, weight = np.arange(40)[:, None] // [4, 2] % 2, np.arange(1.0, 41.0)
    score = mig(z, z, sample_weight=weight)
    assert "sample_weight" not in mig(z, z).signature
    assert f"|sample_weight:{check_weights(weight, 40).checksum}|" in score.signature
    assert score.signature == mig(z, z, sample_weight=weight.astype(int)).signature
    assert score.signature != mig(z, z, sample_weight=weight[::-1]).signature
    assert score.settings["n_effective"] == pytest.approx(820**2 / 22140)
    assert score.notes == ("rows have weights: the effective sample size of 40 rows is 30.37",)


def test_a_protocol_does_not_spell_out_weights(example):
    weight = np.arange(example.n_samples) % 7
    given_to_metric = {"mig": {"sample_weight": weight, "n_bins": 10}}
    score = evaluate(example, metrics="mig", protocol="locatello2019", options=given_to_metric)["mig"]
    assert score.signature.startswith("mig|protocol:locatello2019+n_bins:10|")
    assert score == evaluate(example, metrics="mig", options={"mig": {"n_bins": 10}}, sample_weight=weight)["mig"]


def test_weights_belong_to_one_place():
    z, weight = np.arange(8)[:, None] // [4, 2] % 2, np.arange(8)
    data = Representation(z, z, sample_weight=weight, factor_kinds={"v1": "categorical"})
    assert mig(data) == mig(z, z, sample_weight=weight) == mig(Representation(z, z), sample_weight=weight)
    assert data.with_kinds("categorical").weights is data.weights
    for again in (mig, sap, evaluate):
        with pytest.raises(OptionError, match=r"weights already. Pass one of the two"):
            again(data, sample_weight=weight)


def test_kinds_that_were_given_stay_when_weights_come():
    rng = np.random.default_rng(0)
    data = Representation(rng.normal(size=(99, 2)), rng.normal(size=(99, 2)), factor_kinds={"v1": "categorical"})
    weighted = data.with_weights(np.arange(99))
    assert weighted.kinds_given == (None, "categorical")
    assert weighted.factor_kinds == ("continuous", "categorical")


def test_missing_labels_and_weights_leave_the_rows_that_have_both():
    rng = np.random.default_rng(0)
    z, v, weight = rng.normal(size=(60, 3)), rng.integers(3, size=(60, 2)).astype(float), rng.integers(3, size=60)
    v[::5, 0] = np.nan
    some = ~np.isnan(v[:, 0])
    for metric in (mig, sap):
        score = metric(z, v, sample_weight=weight)
        assert score.per_factor[0] == metric(z[some], v[some, :1], sample_weight=weight[some]).per_factor[0]
        assert score.per_factor[1] == metric(z, v[:, 1], sample_weight=weight).per_factor[0]


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (np.ones(7), ShapeError, r"shape \(7,\); expected \(8,\)"),
        (np.ones((8, 1)), ShapeError, r"sample_weight.ravel\(\)"),
        (["a"] * 8, DTypeError, "astype"),
        ([1, 1, np.nan, 1, 1, np.inf, 1, 1], NonFiniteError, "2 values that are not finite .first at row 2."),
        ([1, 1, 1, -2, 1, 1, 1, 1], InputError, "1 negative values .first -2 at row 3.. .* clip"),
        (np.zeros(8), InputError, "above 0 for 0 of 8 .* two"),
        (np.arange(8) == 3, InputError, "above 0 for 1 of 8"),
        ([1, 1, 1, 1e-200, 1, 1, 1, 1], InputError, "1e-200 at row 3.*Divide all of them by their mean"),
    ],
)
def test_weights_that_are_none_say_how_to_mend_them(weight, error, message):
    z = np.arange(8)[:, None] // [4, 2] % 2
    for call in (mig, sap, Representation):
        with pytest.raises(error, match=message):
            call(z, z, sample_weight=weight)


def test_errors_say_that_rows_are_counted_without_those_of_weight_zero():
    z, v = np.zeros((4, 2)), np.arange(4)
    z[2, 1] = z[0, 0] = np.nan
    with pytest.raises(NonFiniteError, match=r"first at row 1, column 1.* Rows of weight 0 are not counted"):
        Representation(z, v, sample_weight=[0, 1, 1, 1])


def test_tables_whose_rows_are_in_another_order_than_the_weights_are_refused():
    z = pd.DataFrame(np.arange(16).reshape(8, 2))
    weight = pd.Series(np.arange(8)[::-1], index=np.arange(8)[::-1])
    with pytest.raises(InputError, match=r"sample_weight.loc\[latents.index\]"):
        mig(z, np.arange(8) // 2, sample_weight=weight)
    by_row = mig(z, np.arange(8) // 2, sample_weight=weight.loc[z.index])
    assert by_row == mig(z, np.arange(8) // 2, sample_weight=np.arange(8))


def test_a_posterior_with_weights_is_scored_by_its_means_alone():
    mean, weight = np.arange(8)[:, None] // [4, 2] % 2, np.arange(8)
    data = Posterior(mean, np.full((8, 2), -4.0), mean, samples=lambda: mean * 1.0, sample_weight=weight)
    assert data.logvar.shape == data.samples.shape == (7, 2)
    assert mig(data) == mig(mean, mean, sample_weight=weight)
    with pytest.raises(OptionError, match="mig_posterior has no weighted version"):
        mig_posterior(data)
    with pytest.raises(ShapeError, match=r"mean has \(8, 2\)"):
        Posterior(mean, np.zeros((7, 2)), mean, sample_weight=weight)


def test_whole_weights_make_whole_counts_and_others_do_not():
    assert check_weights([2.0, 3.0], 2).values.dtype == np.int64
    assert check_weights([2.0, 0.5], 2).values.dtype == np.float64
    assert check_weights([2.0**52, 2.0**52], 2).values.dtype == np.float64  # float64 could not add 1
    assert check_weights([1, 0, 1], 3).values is None


# --- files ---


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"})


@pytest.fixture
def files(tmp_path):
    """Latents and factors with weights beside them, and files of weights."""
    rng = np.random.default_rng(0)
    z, v, weight = rng.normal(size=(60, 3)), rng.integers(3, size=(60, 2)), rng.integers(5, size=60) / 2
    np.savez(tmp_path / "data.npz", latents=z, factors=v, sample_weight=weight)
    np.save(tmp_path / "w.npy", weight)
    np.save(tmp_path / "column.npy", weight[:, None])
    np.savez(tmp_path / "several.npz", weights=weight, other=-weight)
    pd.DataFrame({"w": weight, "other": -weight}).to_csv(tmp_path / "w.csv", index=False)
    return tmp_path, mig(z, v, sample_weight=weight), mig(z, v)


FORMS = ("w.npy", "column.npy", "several.npz", "w.csv:w", "data.npz", "data.npz:sample_weight")


@pytest.mark.parametrize("name", FORMS)
def test_files_of_weights_are_read(files, name):
    folder, weighted, _ = files
    assert mig(load_representation(folder / "data.npz", weights_path=folder / name)) == weighted


@pytest.mark.parametrize("name", FORMS)
def test_the_command_line_takes_a_file_of_weights(files, name):
    folder, weighted, _ = files
    result = run("score", folder / "data.npz", "-m", "mig", "--weights", folder / name, "-f", "json")
    score = json.loads(result.stdout)["scores"]["mig"]
    assert score["value"] == weighted
    assert score["settings"]["n_effective"] == weighted.settings["n_effective"]
    assert score["signature"] == weighted.signature


def test_weights_beside_the_latents_are_not_read_unless_they_are_named(files):
    folder, _, plain = files
    score = mig(load_representation(folder / "data.npz"))
    assert score == plain
    assert score.settings["sample_weight"] is None


def test_a_table_of_several_columns_is_no_weights(files):
    folder, _, _ = files
    with pytest.raises(FileFormatError, match=r"w.csv has shape \(60, 2\), and weights are one column. Name it"):
        load_representation(folder / "data.npz", weights_path=folder / "w.csv")


def test_a_bad_file_of_weights_ends_with_2(files):
    folder, _, _ = files
    result = run("score", folder / "data.npz", "--weights", f"{folder / 'several.npz'}:other")
    assert result.exit_code == 2
    assert "clip the weights at 0" in " ".join(result.stderr.split())


def test_a_result_does_not_overwrite_the_weights(files):
    folder, _, _ = files
    result = run("score", folder / "data.npz", "--weights", f"{folder / 'w.csv'}:w", "-o", folder / "w.csv")
    assert result.exit_code == 2
    assert "overwrite an input" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "wanted", [{"confidence": 0.9}, {"chance": True}, {"ceiling": True}, {"adjusted": True}], ids=str
)
def test_what_is_made_for_rows_that_count_alike_refuses_weights(wanted):
    z = np.arange(12.0).reshape(6, 2)
    with pytest.raises(OptionError, match="Leave out sample_weight"):
        evaluate(z, [0, 0, 1, 1, 2, 2], metrics="mig", sample_weight=[1, 2, 1, 1, 1, 1], **wanted)


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_neither_draws_nor_comparisons_of_rows_pass_over_weights(metric):
    v = np.random.default_rng(0).integers(3, size=(60, 2))
    weighted = Representation(v, v, sample_weight=1 + np.arange(60) % 2)
    with pytest.raises(OptionError, match="Leave out sample_weight"):
        replicates(weighted, metric, n_boot=3)
    with pytest.raises(OptionError, match="Leave out sample_weight"):
        compare(weighted, weighted, metric=metric, n_boot=3)
