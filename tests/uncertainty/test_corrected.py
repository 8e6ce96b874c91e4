"""The corrected value stands beside every score whose interval may leave it out, by one word and one number."""

import csv
import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from disentangle_metrics import Representation, compare, evaluate, sample_size_curve
from disentangle_metrics.scores.attachments import between
from disentangle_metrics.scores.report import json_schema


@pytest.fixture(scope="module")
def biased():
    """One latent that knows its factor nearly whole, beside noise: MIG comes out too low by more than its error."""
    rng = np.random.default_rng(3)
    v = rng.integers(12, size=(600, 1))
    z = np.hstack([v + 0.2 * rng.normal(size=v.shape), rng.normal(size=(600, 12))])
    return Representation(z, v, factor_names=["shape"])


@pytest.fixture(scope="module")
def report(biased):
    return evaluate(biased, metrics="mig", confidence=0.95, n_boot=50)


def test_the_first_line_has_the_corrected_value_where_the_interval_leaves_out_the_score(report):
    score = report["mig"]
    inside = score.interval
    assert score < inside.low < inside.center < inside.high
    head, parts, *_ = score.describe().splitlines()
    assert head.startswith(
        f"mig = {score:.4f}  corrected {inside.center:.4f} [{inside.low:.4f}, {inside.high:.4f}] 95 %"
    )
    assert parts.strip() == f"shape {score:.2f} corrected {inside.center:.2f} [{inside.low:.2f}, {inside.high:.2f}]"


def test_a_corrected_value_that_prints_like_the_score_is_not_printed():
    assert between(0.12341, 0.12344, (0.1, 0.2), 4) == " [0.1000, 0.2000]"
    assert between(0.12341, 0.12346, (0.1, 0.2), 4) == " corrected 0.1235 [0.1000, 0.2000]"
    assert between(0.1234, None, None, 4) == ""
    assert between(np.nan, np.nan, (np.nan, np.nan), 4) == ""


@pytest.mark.parametrize("form", ["to_markdown", "to_latex"])
def test_tables_have_the_corrected_value(report, form):
    score = report["mig"]
    inside = score.interval
    text = getattr(report, form)()
    assert f"{score:.4f} corrected {inside.center:.4f} [{inside.low:.4f}, {inside.high:.4f}]" in text
    assert f"{score:.3f} corrected {inside.center:.3f} [{inside.low:.3f}, {inside.high:.3f}]" in text


def test_the_long_table_has_a_column_of_corrected_values(report):
    whole, part = csv.DictReader(report.to_csv().splitlines())
    assert float(whole["corrected"]) == float(part["corrected"]) == report["mig"].interval.center
    assert list(whole).index("corrected") == list(whole).index("low") - 1


def test_json_has_the_corrected_value_of_the_score_and_of_its_parts(report):
    found = json.loads(report.to_json())
    jsonschema.validate(found, json_schema())
    interval = found["scores"]["mig"]["interval"]
    assert interval["per_factor_center"] == [interval["center"]]


def test_a_comparison_says_the_corrected_difference_of_the_corrected_scores(biased):
    other = replace_latents(biased, 0.5)
    found = compare(biased, other, metric="mig", n_boot=50)
    a, b = (evaluate(x, metrics="mig", confidence=0.95, n_boot=50)["mig"].interval.center for x in (biased, other))
    assert found.overall.center == pytest.approx(a - b, abs=1e-12)
    assert f"corrected {a - b:+.4f}" in found.describe().splitlines()[0]


def replace_latents(data, noise):
    rng = np.random.default_rng(4)
    z = np.array(data.latents)
    z[:, 0] += noise * rng.normal(size=len(z))
    return Representation(z, data.factors, factor_names=data.factor_names)


def test_a_curve_ends_where_a_score_can_be():
    rng = np.random.default_rng(2)
    z, v = rng.normal(size=(400, 6)), rng.integers(4, size=(400, 1))
    curve = sample_size_curve(z, v, metrics="mig", n_repeats=4)["mig"]
    assert curve.fit.limit < 0  # the line that is fitted passes 0
    assert curve.interval[0] == 0.0
    assert all(point.low >= 0 for point in curve.points)
    assert curve.corrected == 0.0
    assert curve.advice()[0].startswith("corrected, at infinitely many rows: 0.0000 [0.0000, ")


def test_an_interval_without_a_corrected_value_is_printed_as_it_is(report):
    score = report["mig"]
    bare = score.replace(interval=replace(score.interval, center=None, per_factor_center=None))
    assert "corrected" not in "\n".join(bare.describe().splitlines()[:2]).replace("bias-corrected", "")
