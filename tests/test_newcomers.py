"""A new metric of any kind works everywhere: in evaluate, beside uncertainty, in comparisons, batches and the shell."""

import csv
import functools
import io
import json

import jsonschema
import newcomers
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import registry
from disentangle_metrics.cli.app import app
from disentangle_metrics.kernels.resampling.multiple_testing import holm
from disentangle_metrics.scores.report import json_schema

NAMES = ["newcomer_modularity", "newcomer_explicitness", "newcomer_correlation", "both"]
SCORES = ["newcomer_modularity", "newcomer_explicitness", "newcomer_correlation", "both.concentration", "both.known"]


@pytest.fixture(autouse=True)
def entered(monkeypatch):
    dm.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(400, 2))
    z = np.column_stack([v + 0.7 * rng.normal(size=v.shape), rng.normal(size=400)])
    return z, v


@pytest.fixture
def files(arrays, tmp_path):
    np.savez(tmp_path / "z.npz", latents=arrays[0])
    np.savez(tmp_path / "other.npz", latents=arrays[0][:, ::-1] ** 3)
    np.savez(tmp_path / "v.npz", factors=arrays[1])
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_evaluate_returns_their_scores(arrays):
    report = dm.evaluate(*arrays, metrics=NAMES)
    assert list(report) == SCORES
    units = [(s.per_factor is not None, s.per_latent is not None) for s in report.values()]
    assert units == [(False, True), (True, False), (False, False), (False, True), (True, False)]
    assert all(score >= 0 for score in report.values())
    assert report["newcomer_correlation"] == pytest.approx(-0.5 * np.log(np.linalg.det(np.corrcoef(arrays[0].T))))


def test_parts_are_measured_once(arrays):
    calls = []

    @functools.wraps(newcomers.both)
    def counted(*args, **options):
        calls.append(1)
        return newcomers.both(*args, **options)

    registry.register(**{"source": "nobody 2026", "higher_is_better": True, **newcomers.FACTS[newcomers.both]})(counted)
    assert len(dm.evaluate(*arrays, metrics="both", options={"both": {"n_bins": 5}})) == 2
    assert len(calls) == 1


def test_a_part_is_a_metric(arrays):
    report = dm.evaluate(*arrays, metrics="both.known", options={"both": {"n_bins": 5}})
    assert list(report) == ["both.known"]
    assert (
        report["both.known"]
        == dm.evaluate(*arrays, metrics="both.known", options={"both.known": {"n_bins": 5}})["both.known"]
    )
    with pytest.raises(dm.UnknownMetricError, match=r"both has no part 'know'.*Did you mean 'both.known'\?"):
        dm.get_metric("both.know")


def test_intervals_hold_their_middle(arrays):
    for name, score in dm.evaluate(*arrays, metrics=NAMES, confidence=0.9, n_boot=20).items():
        assert score.interval.low <= score.interval.center <= score.interval.high, name
        parts = score.interval.per_part
        assert (0 if parts is None else len(parts)) == len(score.parts())


def test_counts_are_drawn_and_permuted_without_counting_anew(arrays):
    report = dm.evaluate(*arrays, metrics=["newcomer_modularity", "both"], confidence=0.9, n_boot=20, chance=True)
    assert {score.interval.method for score in report.values()} == {"bias-corrected bootstrap"}
    assert {score.null.method for score in report.values()} == {"recounted"}


def test_draws_are_the_metric_on_repeated_rows(arrays):
    z, v = arrays
    z = z.round()  # bins keep their edges, which repeated rows need not reach
    data = dm.Representation(z, v)
    drawn = dm.replicates(data, "newcomer_modularity", {"n_bins": 40}, n_boot=4)
    from disentangle_metrics.kernels.resampling.bootstrap import draw_rows

    many = np.concatenate(list(draw_rows(np.random.default_rng(42), 400, 4, None)))
    for weights, parts in zip(many, drawn.per_factor, strict=True):
        rows = np.repeat(np.arange(400), weights)
        np.testing.assert_allclose(
            parts, newcomers.newcomer_modularity(z[rows], v[rows], n_bins=40).per_latent, atol=1e-12
        )


def test_chance_is_on_the_side_of_the_metric(arrays):
    report = dm.evaluate(*arrays, metrics=NAMES, chance=True, n_permutations=19, ceiling=True)
    for name in ("newcomer_modularity", "newcomer_explicitness", "both.known"):
        assert report[name].null.p_value == 0.05
        assert report[name].chance < report[name] <= report[name].ceiling.value + 0.02
    alone = report["newcomer_correlation"]
    assert alone.ceiling is None
    assert alone.chance == pytest.approx(float(alone), abs=0.003)  # these latents depend no more on each other
    assert alone.null.p_value > 0.05
    assert "no ceiling: newcomer_correlation has no factors to make a perfect representation of" in alone.notes


def test_a_metric_without_factors_needs_none(arrays):
    alone = dm.evaluate(arrays[0], metrics="newcomer_correlation")
    assert alone["newcomer_correlation"] == dm.evaluate(*arrays, metrics="newcomer_correlation")["newcomer_correlation"]
    with pytest.raises(dm.OptionError, match="factors are missing"):
        dm.evaluate(arrays[0], metrics=["newcomer_correlation", "mig"])
    with pytest.raises(dm.OptionError, match="factors are missing"):
        dm.evaluate(dm.Representation(arrays[0]), metrics="mig")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
@given(data=labelled())
def test_the_newcomers_keep_the_laws_of_the_contract(data):
    z, v = data
    order = np.random.default_rng(0).permutation(len(z))
    assert dm.evaluate(z, metrics="newcomer_correlation")["newcomer_correlation"] >= 0
    for name in ("newcomer_modularity", "both"):
        report = dm.evaluate(z, v, metrics=name)
        again = dm.evaluate(z[order], v[order], metrics=name)
        constant = dm.evaluate(z, np.column_stack([v, np.ones(len(v))]), metrics=name)
        for score, other, more in zip(report.values(), again.values(), constant.values(), strict=True):
            assert other == pytest.approx(score, abs=1e-9)
            assert more == pytest.approx(score, abs=1e-12)
            assert score >= 0


def test_a_value_may_be_infinite(arrays):
    z = arrays[0]
    score = dm.evaluate(np.column_stack([z, z[:, 0]]), metrics="newcomer_correlation")["newcomer_correlation"]
    assert score > 15
    assert json.loads(dm.Report({"x": score}).to_json())


def test_a_metric_without_factors_says_nothing_of_factors(arrays):
    z, _ = arrays
    score = dm.evaluate(z, np.ones(len(z)), metrics="newcomer_correlation")["newcomer_correlation"]
    assert score.notes == ()


def test_models_are_compared_without_factors(arrays, files):
    z = arrays[0]
    found = dm.compare(z, z[:, ::-1] ** 3, metric="newcomer_correlation", n_boot=10)
    assert found.overall == dm.compare(z, z[:, ::-1] ** 3, arrays[1], "newcomer_correlation", n_boot=10).overall
    shell = run("compare", files / "z.npz", files / "other.npz", "-m", "newcomer_correlation", "--n-boot", 10)
    assert shell.exit_code == 0, shell.output


def test_several_metrics_are_compared_in_the_shell(files):
    both = files / "z.npz", files / "other.npz", files / "v.npz", "--n-boot", 10
    found = run("compare", *both, "-m", "newcomer_modularity,both", "-f", "json")
    assert list(json.loads(found.stdout)["comparisons"]) == ["newcomer_modularity", "both.concentration", "both.known"]
    found = run("compare", *both, "-m", "newcomer_modularity,both", "--baseline", "z")
    assert (found.exit_code, "--baseline has no meaning with several metrics" in found.stderr) == (2, True)


def test_a_metric_of_one_latent_can_be_called(arrays):
    z, v = arrays
    assert dm.evaluate(z[:, :1], v, metrics="newcomer_explicitness")["newcomer_explicitness"] > 0.3
    with pytest.raises(dm.ShapeError, match="needs at least two latents"):
        dm.evaluate(z[:, :1], v, metrics=["newcomer_explicitness", "mig"])


@pytest.mark.parametrize("name", SCORES)
def test_two_models_are_compared(name, arrays):
    z, v = arrays
    found = dm.compare(z, z[:, ::-1] ** 3, v, metric=name, n_boot=20)
    overall = found.overall
    assert overall.low <= overall.center <= overall.high
    assert set(found.per_factor) == ({"v0", "v1"} if dm.get_metric(name).unit == "factor" else set())


def test_several_metrics_are_tested_together(arrays):
    z, v = arrays
    found = dm.compare_metrics(z, z + 0.3 * np.roll(z, 1, axis=0), v, NAMES, n_boot=200)
    assert list(found) == SCORES
    alone = {name: dm.compare(z, z + 0.3 * np.roll(z, 1, axis=0), v, name, n_boot=200) for name in SCORES}
    overall = [alone[name].overall.p_value for name in SCORES]
    np.testing.assert_allclose([c.overall.p_adjusted for c in found.values()], holm(overall))
    of_factors = [(name, k, d.p_value) for name in SCORES for k, d in alone[name].per_factor.items()]
    assert len(of_factors) == 4  # two scores with a value for each of two factors
    together = [found[name].per_factor[k].p_adjusted for name, k, _ in of_factors]
    np.testing.assert_allclose(together, holm([p for *_, p in of_factors]))
    assert found.to_frame()["metric"].unique().tolist() == SCORES
    assert len(json.loads(found.to_json())["comparisons"]) == len(SCORES)


@pytest.mark.parametrize("call", [dm.compare, dm.compare_many, dm.replicates])
def test_where_one_score_is_wanted_a_metric_of_several_is_refused(call, arrays):
    z, v = arrays
    arguments = {dm.compare: (z, z, v, "both"), dm.compare_many: ({"a": z, "b": z}, v, "both")}
    with pytest.raises(dm.OptionError, match=r"both has several scores. Name one of them: \['both.concentration'"):
        call(*arguments.get(call, (dm.Representation(z, v), "both")))


def test_models_are_ranked_best_first(arrays):
    z, v = arrays
    mixed = z @ np.array([[1, 1, 1], [0, 1, 1], [0, 0, 0.1]])
    ranking = dm.compare_many({"mixed": mixed, "apart": z}, v, metric="newcomer_correlation", n_boot=20)
    assert ranking.names == ("apart", "mixed")


def test_curves_are_made_of_them(arrays):
    curve = dm.sample_size_curve(*arrays, NAMES, sizes=[200], n_repeats=3)
    assert list(curve) == SCORES
    alone = dm.sample_size_curve(arrays[0], None, "newcomer_correlation", sizes=[200], n_repeats=3)
    assert alone["newcomer_correlation"].fit.limit > 0


def test_json_and_csv_hold_them(arrays):
    report = dm.evaluate(*arrays, metrics=NAMES, confidence=0.9, n_boot=5, chance=True, n_permutations=3, ceiling=True)
    document = json.loads(report.to_json())
    jsonschema.validate(document, json_schema())
    assert list(document["scores"]) == SCORES
    rows = list(csv.DictReader(io.StringIO(report.to_csv())))
    latents = [row["latent"] for row in rows if row["metric"] == "newcomer_modularity" and row["latent"]]
    assert latents == ["z0", "z1", "z2"]
    assert {row["factor"] for row in rows if row["metric"] == "both.known"} == {"", "v0", "v1"}


def test_the_shell_scores_them(files):
    found = run(
        "score",
        files / "z.npz",
        files / "v.npz",
        "-m",
        ",".join(NAMES),
        "-f",
        "json",
        "--confidence",
        0.9,
        "--n-boot",
        5,
    )
    assert found.exit_code == 0, found.output
    assert list(json.loads(found.stdout)["scores"]) == SCORES
    limits = ["--fail-under", "both.known=0.99", "--fail-under", "newcomer_modularity=0.1"]
    found = run("score", files / "z.npz", files / "v.npz", "-m", "newcomer_modularity,both", *limits)
    assert found.exit_code == 1
    assert "both.known = " in found.stderr
    assert "modularity = " not in found.stderr


def test_the_shell_scores_latents_alone(files):
    found = run("score", files / "z.npz", "-m", "newcomer_correlation")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("newcomer_correlation = ")
    found = run("score", files / "z.npz", "-m", "newcomer_correlation,mig")
    assert found.exit_code == 2
    assert "does not say which array holds the factors" in found.stderr


def test_the_shell_shows_compares_and_draws_curves_of_them(files):
    for name in NAMES:
        assert run("show", name).exit_code == 0
    assert "both" in run("list").stdout
    for name in SCORES:
        found = run("compare", files / "z.npz", files / "other.npz", files / "v.npz", "-m", name, "--n-boot", 10)
        assert found.exit_code == 0, found.output
    found = run("curve", files / "z.npz", files / "v.npz", "-m", ",".join(NAMES), "--sizes", 200, "--repeats", 3)
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_batch_has_a_column_for_each_of_them(files, ending):
    table = files / f"scores.{ending}"
    found = run(
        "batch", files / "z.npz", files / "other.npz", "--factors", files / "v.npz", "-m", ",".join(NAMES), "-o", table
    )
    assert found.exit_code == 0, found.output
    import pandas as pd

    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[ending](table)
    assert read[SCORES].notna().all().all()
    assert read["both.known[v0]"].notna().all()
