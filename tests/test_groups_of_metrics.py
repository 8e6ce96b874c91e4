"""Groups of metrics: the members, and members that are left out because the data lack their needs."""

import csv
import json
import re

import jsonschema
import newcomers
import numpy as np
import pytest
from registered import SPECS, call, every_metric
from shell import FACTORS, LATENTS, run

import disentangle_metrics as dm
from disentangle_metrics import registry
from disentangle_metrics.registry import GROUPS, QUICK, members, register
from disentangle_metrics.scores.report import json_schema
from disentangle_metrics.selection import selected

ALONE = "newcomer_correlation"


@pytest.fixture
def entered(monkeypatch):
    """Metrics that nobody else shall see."""
    dm.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(400, 2))
    return np.column_stack([v + 0.7 * rng.normal(size=v.shape), rng.normal(size=400)]), v


@pytest.fixture
def means(tmp_path):
    """Files of means without log-variances, and of their factors: a few rows, because every metric scores them."""
    np.savez(tmp_path / "z.npz", latents=np.load(LATENTS)["mean"][::40])
    np.savez(tmp_path / "v.npz", factors=np.load(FACTORS)["factors"][::40])
    return tmp_path / "z.npz", tmp_path / "v.npz"


@pytest.fixture
def few(example):
    return dm.Representation(example.latents[::40], example.factors[::40])


def scores(rule):
    return {spec.name for spec in SPECS if rule(spec)}


def test_a_group_holds_the_metrics_of_a_fact():
    assert set(members("all")) == scores(lambda spec: True)
    assert set(members("counts")) == scores(lambda spec: "counts" in spec.traits)
    assert set(members("quick")) == scores(lambda spec: spec.seconds < QUICK)
    assert {"mig"} <= set(members("counts")) & set(members("quick"))


@every_metric
def test_a_metric_states_its_time_and_knows_its_groups(spec):
    assert spec.seconds > 0
    assert spec.groups == tuple(name for name in GROUPS if spec.name in members(name))
    assert spec.name not in GROUPS


@pytest.mark.parametrize("spec", [spec for spec in SPECS if "quick" in spec.groups], ids=lambda spec: spec.name)
def test_a_quick_metric_is_quick(spec):
    from time import process_time

    rng = np.random.default_rng(0)
    v = rng.integers([3, 6, 4, 8, 5], size=(10_000, 5))
    z = np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=v.shape)])
    call(spec, z[:500], v[:500])  # which loads libraries
    start = process_time()
    assert call(spec, z, v).notes is not None
    assert process_time() - start < 4 * QUICK


def test_a_new_metric_without_a_time_is_not_quick(entered):
    assert ALONE in members("all")
    assert ALONE not in members("quick")
    register(**{"source": "nobody 2026", **newcomers.FACTS[newcomers.newcomer_correlation], "seconds": 0.01})(
        newcomers.newcomer_correlation
    )
    assert ALONE in members("quick")


# --- which metrics are asked for


def test_each_score_is_asked_for_once_in_the_order_of_the_request():
    assert list(selected(["sap", "all", "mig", "sap"])) == ["sap", *(name for name in members("all") if name != "sap")]
    assert selected(["quick", "sap"]).named == ("sap",)


def test_a_group_of_a_protocol_has_the_metrics_that_the_protocol_has_settings_for():
    published = dm.PROTOCOLS["kumar2018"].metrics
    assert set(selected("all", "kumar2018")) == set(published)
    with pytest.raises(dm.OptionError, match=r"no metric of the group counts; it has settings for \['sap'\]"):
        selected("counts", "kumar2018")


@pytest.mark.parametrize(("word", "near"), [("quik", "quick"), ("count", "counts")])
def test_an_unknown_word_is_neither_metric_nor_group(word, near):
    with pytest.raises(dm.UnknownMetricError, match=rf"Groups of metrics are \['all', .*{near}") as caught:
        dm.evaluate([[0, 1], [1, 0]], [0, 1], word)
    assert f"Did you mean '{near}'?" in str(caught.value)


def test_where_one_score_is_wanted_a_group_is_refused():
    with pytest.raises(dm.OptionError, match=r"quick is a group of metrics. Name one of them"):
        dm.compare(np.eye(4), np.eye(4), np.arange(4), "quick")


# --- what is left out


def test_a_metric_of_a_group_that_needs_more_is_left_out_with_the_reason(few):
    with pytest.warns(dm.LeftOutWarning, match="mig_posterior left out: the posterior is missing"):
        report = dm.evaluate(few, metrics="all", options={"mig": {"n_bins": 10}})
    assert set(report) == scores(lambda spec: "posterior" not in spec.needs)
    assert set(report.left_out) == scores(lambda spec: "posterior" in spec.needs)
    written = json.loads(report.to_json())
    assert written["left_out"] == dict(report.left_out)
    jsonschema.validate(written, json_schema())
    assert report["mig"] == dm.mig(few, n_bins=10)


def test_a_metric_that_is_asked_for_by_name_is_never_left_out(few):
    with pytest.raises(dm.InputError, match="the posterior is missing"):
        dm.evaluate(few, metrics=["all", "mig_posterior"])
    with pytest.raises(dm.InputError, match="the posterior is missing"):
        dm.evaluate(few, metrics="all", options={"mig_posterior": {"n_draws": 100}})


def test_a_mistake_is_an_error_for_groups_too(few):
    z, v = few.latents, few.factors
    with pytest.raises(dm.OptionError, match="factor_kinds"):
        dm.evaluate(z, v, "all", factor_kinds={"nobody": "ordinal"})
    with pytest.raises(dm.OptionError, match="n_bins"):
        dm.evaluate(z, v, "all", options={"mig": {"n_bins": 0}})
    with pytest.raises(dm.OptionError, match=r"no metric can score these data. .*mig.* left out: factors are missing"):
        dm.evaluate(z, metrics="counts")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
def test_latents_alone_give_the_metrics_that_need_no_factors(arrays, entered):
    report = dm.evaluate(arrays[0], metrics="all")
    assert ALONE in report
    assert set(report) == {name for name in members("all") if "factors" not in dm.get_metric(name).needs}


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_an_option_of_all_leaves_out_the_metrics_of_a_group_that_lack_it(arrays, entered):
    with pytest.warns(dm.LeftOutWarning, match="newcomer_correlation.* left out: no option latent_groups"):
        report = dm.evaluate(*arrays, "all", latent_groups=[(0, 1), (2,)])
    assert "mig" in report


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
def test_curves_and_comparisons_leave_out_what_they_cannot_score(arrays, entered):
    z, v = arrays
    found = dm.compare_metrics(z, z + 0.1, v, "counts", n_boot=20)
    assert set(found) == set(members("counts"))
    found = dm.compare_metrics(z, z**3, metrics="all", n_boot=10)
    assert set(found) == {name for name in members("all") if "factors" not in dm.get_metric(name).needs}
    curve = dm.sample_size_curve(z, v, ["all"], sizes=[100], n_repeats=2)
    assert set(curve) == scores(lambda spec: "posterior" not in spec.needs) | set(curve)
    assert "mig_posterior" not in curve


def test_explanations_take_groups_and_parts():
    found = dm.explain(*_arrays(), a="tutorial", b="locatello2019", metrics="quick")
    assert {"mig", "sap"} <= set(found.walks)
    assert not [note for note in found.notes if "has no settings for it" in note]


def _arrays():
    v = np.arange(120)[:, None] // [3, 1] % [2, 3]
    return v + np.arange(120)[:, None] / 500, v


# --- in the shell


def test_the_shell_scores_groups(means):
    found = run("score", *means, "-m", "counts,all", "-f", "json")
    assert found.exit_code == 0
    assert {"mig", "sap"} <= set(json.loads(found.stdout)["scores"])
    assert "mig_posterior left out: the posterior is missing" in found.stderr
    found = run("score", *means, "-m", "quik")
    assert (found.exit_code, "Did you mean 'quick'?" in found.stderr) == (2, True)


def test_the_shell_reads_factors_where_there_are_any(arrays, entered, tmp_path):
    z, v = arrays
    np.savez(tmp_path / "both.npz", latents=z, factors=v)
    np.savez(tmp_path / "alone.npz", latents=z)
    np.save(tmp_path / "alone.npy", z)
    assert "mig" in json.loads(run("score", tmp_path / "both.npz", "-m", "all", "-f", "json").stdout)["scores"]
    for file in ("alone.npz", "alone.npy"):
        found = run("score", tmp_path / file, "-m", "all", "-f", "json")
        assert ALONE in json.loads(found.stdout)["scores"], found.stderr
        assert " ".join(found.stderr.split()).count("factors are missing, and the metric needs them") == 1
    (tmp_path / "t.csv").write_text("z0,z1,shape\n" + "\n".join(f"{i},{i % 3},{i % 2}" for i in range(60)))
    found = run("score", tmp_path / "t.csv", "-m", "all")
    assert (found.exit_code, "Name the columns that are latents" in found.stderr) == (2, True)


def test_an_option_of_all_in_the_shell(arrays, entered, tmp_path):
    z, v = arrays
    np.savez(tmp_path / "z.npz", latents=z, factors=v)
    words = tmp_path / "z.npz", "-m", "all", "--latent-group", "z0+z1", "--latent-group", "z2"
    found = run("score", *words, "-f", "json")
    assert {"mig", "sap"} <= set(json.loads(found.stdout)["scores"]), found.stderr
    assert re.search("newcomer_correlation.* left out: no option latent_groups", " ".join(found.stderr.split()))
    found = run("score", *words, "--set", "mig_posterior.n_draws=100")
    assert (found.exit_code, "mig_posterior has no option" in found.stderr) == (2, True)


def test_a_limit_of_a_metric_that_is_left_out_is_refused(means):
    found = run("score", *means, "-m", "all", "--fail-under", "mig_posterior=0.1")
    assert (found.exit_code, "the posterior is missing" in found.stderr) == (2, True)


def test_a_batch_says_why_a_file_lacks_a_metric_of_a_group(tmp_path):
    mean = np.load(LATENTS)["mean"][:200]
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.npz", latents=mean, factors=np.load(FACTORS)["factors"][:200])
    table = tmp_path / "t.csv"
    for _ in range(2):  # a finished table of the same settings is written again
        found = run("batch", tmp_path / "a.npz", tmp_path / "b.npz", "-m", "all", "-o", table)
        assert found.exit_code == 0, found.stderr
    row = next(csv.DictReader(table.read_text().splitlines()))
    assert float(row["mig"]) >= 0
    assert (row["mig_posterior"], row["error"]) == ("", "")
    assert row["mig_posterior.notes"].startswith("the posterior is missing")


def test_groups_are_listed_and_shown():
    assert "less than a second" in run("list").stdout
    listed = json.loads(run("list", "-f", "json").stdout)
    assert {group["name"]: tuple(group["metrics"]) for group in listed["groups"]} == {g: members(g) for g in GROUPS}
    assert all(metric["seconds"] > 0 and "all" in metric["groups"] for metric in listed["metrics"])
    assert " ms for 10,000 rows" in run("show", "mig").stdout
    shown = run("show", "counts").stdout
    assert all(name in shown for name in members("counts"))
