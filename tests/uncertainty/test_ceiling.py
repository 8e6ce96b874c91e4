"""Ceilings: scores without one, scores above one, and the values that are then missing beside a score."""

import json

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics import evaluate
from disentangle_metrics.cli.app import app
from disentangle_metrics.data.posterior import Posterior
from disentangle_metrics.kernels.information.estimators import KSG, GaussianCopula
from disentangle_metrics.scores.attachments import Ceiling
from disentangle_metrics.scores.report import json_schema
from disentangle_metrics.uncertainty.ceiling import adjust

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")


def notes_of(score, start):
    return [note for note in score.notes if note.startswith(start)]


@pytest.fixture(scope="module")
def relabeled():
    """Two factors held whole, one latent each, in an order in which a line tells more of their values apart."""
    v = np.random.default_rng(0).integers(0, 6, (500, 2))
    return np.array([0, 1, 4, 3, 5, 2.0])[v], v


def test_a_relabeled_code_passes_the_ceiling_of_sap_and_is_not_adjusted(relabeled):
    report = evaluate(*relabeled, adjusted=True, n_permutations=2)
    score = report["sap"]
    assert float(score) > score.ceiling.value
    assert score.adjusted is None
    assert notes_of(score, "not adjusted") == ["not adjusted: the score is above the ceiling"]
    assert notes_of(score, "the score is above") == [
        f"the score is above the ceiling, {score.ceiling.value:.4f}, so the ceiling is not a bound here"
    ]
    assert report["mig"].adjusted == pytest.approx(1.0)
    assert not notes_of(report["mig"], "not adjusted")


def test_factors_that_nearly_agree_put_the_ceiling_below_what_a_model_can_score():
    """The perfect code of two factors that nearly agree has hardly a gap; one latent beside noise has."""
    rng = np.random.default_rng(1)
    v = rng.integers(0, 5, 800)
    v = np.stack([v, np.where(rng.random(800) < 0.98, v, rng.integers(0, 5, 800))], axis=1)
    z = np.stack([v[:, 0], rng.normal(size=800)], axis=1)
    score = evaluate(z, v, "mig", adjusted=True)["mig"]
    assert float(score) > 2 * score.ceiling.value
    assert score.adjusted is None
    assert len(notes_of(score, "not adjusted")) == len(notes_of(score, "the score is above")) == 1


def test_a_ceiling_that_is_not_above_chance_costs_that_metric_its_adjustment_alone():
    v = np.repeat(np.arange(2), 40)[:, None] ^ np.array([0, 0])  # two factors that are one: no code has a gap
    z = np.random.default_rng(0).normal(size=(80, 3))
    report = evaluate(z, v, adjusted=True, n_permutations=3)
    for score in report.values():
        (note,) = notes_of(score, "not adjusted")
        assert note.startswith("not adjusted: the ceiling, ")
        assert f"is not above chance, {score.chance:.4f}. Take more rows" in note
        assert (score.ceiling.value, score.adjusted) == (pytest.approx(0.0, abs=1e-12), None)


def test_a_score_below_chance_is_adjusted_to_less_than_0(relabeled):
    score = evaluate(np.random.default_rng(2).normal(size=(500, 4)), relabeled[1], "mig", adjusted=True)["mig"]
    below = score.replace(chance=float(score) + 0.1, adjusted=None)
    assert adjust(below).adjusted == pytest.approx(-0.1 / (score.ceiling.value - float(score) - 0.1))


def test_rounding_is_not_taken_for_passing(relabeled):
    score = evaluate(*relabeled, "mig", chance=True)["mig"]
    level = score.replace(ceiling=Ceiling(float(score) - 1e-13, ()))
    assert adjust(level).adjusted == 1.0


def posterior(v):
    return Posterior(v + 0.0, np.full(v.shape, -4.0), v, samples=v + 0.01)


def test_what_has_no_ceiling_is_not_adjusted_and_says_so():
    v = np.array([[a, b] for a in range(3) for b in range(4)] * 3)
    report = evaluate(posterior(v), metrics=["mig", "mig_posterior"], adjusted=True, n_permutations=2)
    assert report["mig"].adjusted == pytest.approx(1.0)
    score = report["mig_posterior"]
    assert (score.ceiling, score.adjusted) == (None, None)
    assert notes_of(score, "no ceiling: mig_posterior needs")
    assert notes_of(score, "not adjusted: there is no ceiling")


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    v = rng.normal(size=(300, 2))
    return v + 0.5 * rng.normal(size=v.shape), v


@pytest.mark.parametrize("estimator", ["ksg", "ksg2", "ksg-sklearn", KSG(k=5), "gaussian", GaussianCopula()], ids=str)
@pytest.mark.parametrize("normalizer", ["factor", "log-cardinality", "none"])
def test_without_bins_no_entropy_is_a_bound(numbers, estimator, normalizer):
    options = {"estimator": estimator, "normalizer": normalizer}
    score = evaluate(*numbers, "mig", options={"mig": options}, adjusted=True, n_permutations=2)["mig"]
    assert (score.ceiling, score.adjusted) == (None, None)
    assert notes_of(score, "no ceiling: without bins no entropy bounds")


@pytest.mark.parametrize(
    ("estimator", "normalizer"),
    [("ksg", "self-information"), ("ksg", "correlation"), ("gaussian", "correlation"), ("binned", "factor")],
)
def test_what_is_brought_to_1_has_a_ceiling_of_1_at_most(numbers, estimator, normalizer):
    options = {"estimator": estimator, "normalizer": normalizer}
    score = evaluate(*numbers, "mig", options={"mig": options}, adjusted=True, n_permutations=2)["mig"]
    assert 0.5 < score.ceiling.value <= 1.0
    assert 0.0 <= score.adjusted <= 1.0


def test_labels_without_bins_have_none_either(relabeled):
    score = evaluate(*relabeled, "mig", options={"mig": {"estimator": "ksg"}}, ceiling=True)["mig"]
    assert score.ceiling is None


def test_every_form_leaves_it_out(relabeled):
    report = evaluate(*relabeled, adjusted=True, n_permutations=2)
    found = json.loads(report.to_json())
    jsonschema.validate(found, json_schema())
    assert "adjusted" in found["scores"]["mig"]
    assert "adjusted" not in found["scores"]["sap"]
    frame = report.to_frame()
    of_all = frame[frame.factor.isna() | (frame.factor == "")] if "factor" in frame else frame
    by_metric = dict(zip(of_all.metric, of_all.adjusted, strict=True))
    assert by_metric["mig"] == pytest.approx(1.0)
    assert np.isnan(by_metric["sap"])
    assert "adjusted" not in report["sap"].describe().splitlines()[0]


def test_the_command_scores_on(relabeled, tmp_path):
    z, v = relabeled
    np.savez(tmp_path / "code.npz", latents=z, factors=v)
    run = CliRunner().invoke(app, ["score", str(tmp_path / "code.npz"), "--adjusted", "--n-permutations", "2"])
    assert run.exit_code == 0, run.output
    lines = run.stdout.splitlines()
    assert "adjusted 1.000" in lines[0]
    assert "not adjusted: the score is above the ceiling" in run.stdout
