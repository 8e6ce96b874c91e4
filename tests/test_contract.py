"""Written once, holds for every metric in the registry: laws are chosen by the facts that it states.

A metric of several parts is held to them part by part. No framework is imported, so that a test by itself runs in a
second or two: what needs one stands in ``test_frameworks.py``.
"""

import copy
import re

import numpy as np
import pytest
from conftest import GOLDEN, ROOT
from hypothesis import given
from hypothesis import strategies as st
from registered import SPECS, call, every_metric
from strategies import labelled

from disentangle_metrics import (
    DegenerateFactorWarning,
    InactiveLatentWarning,
    OptionError,
    Posterior,
    Score,
    list_metrics,
)
from disentangle_metrics.registry import COLUMNS, INVARIANCES, MEASURES, ROWS

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def promising(invariance):
    return pytest.mark.parametrize(
        "spec", [spec for spec in SPECS if invariance in spec.invariances], ids=lambda spec: spec.name
    )


def which(specs):
    return pytest.mark.parametrize("spec", specs, ids=lambda spec: spec.name)


gaps = which([spec for spec in SPECS if "gap" in spec.traits])
with_a_value_for_each_factor = which([spec for spec in SPECS if spec.unit == "factor"])


def parts_of(score):
    """The value of each part, in their order; the score itself where it has none."""
    return np.array(list(score.parts().values()) or [float(score)])


def shuffled(n, seed):
    return np.random.default_rng(seed).permutation(n)


def same(a, b):
    assert a == pytest.approx(b, abs=1e-12)


@quiet
@promising("row-order")
@given(data=labelled(), seed=st.integers(0, 99))
def test_row_order_does_not_matter(spec, data, seed):
    latents, factors = data
    order = shuffled(len(latents), seed)
    same(call(spec, latents[order], factors[order]), call(spec, latents, factors))


@quiet
@promising("latent-order")
@given(data=labelled(), seed=st.integers(0, 99))
def test_latent_order_does_not_matter(spec, data, seed):
    latents, factors = data
    order = shuffled(latents.shape[1], seed)
    score, again = call(spec, latents, factors), call(spec, latents[:, order], factors)
    same(again, score)
    by_latent = spec.rows == "latents" and len(score.matrix) == len(order)  # a row may stand for all latents
    rows = order if by_latent else slice(None)
    columns = order if spec.columns == "latents" else slice(None)
    np.testing.assert_allclose(again.matrix, score.matrix[rows][:, columns], atol=1e-12)
    if spec.unit == "latent":
        np.testing.assert_allclose(again.per_latent, score.per_latent[order], atol=1e-12)


@quiet
@promising("factor-order")
@given(data=labelled(), seed=st.integers(0, 99))
def test_factor_order_does_not_matter(spec, data, seed):
    latents, factors = data
    order = shuffled(factors.shape[1], seed)
    score, again = call(spec, latents, factors), call(spec, latents, factors[:, order])
    same(again, score)
    if spec.unit == "factor":
        np.testing.assert_allclose(again.per_factor, score.per_factor[order], atol=1e-12)


@quiet
@promising("factor-relabel")
@given(data=labelled(), names=st.sampled_from(["negative", "huge", "text", "shuffled"]))
def test_names_of_labels_do_not_matter(spec, data, names):
    latents, factors = data
    renamed = {
        "negative": -7 * factors - 3,
        "huge": factors * 10**17 + 5,
        "text": np.array(["ruby", "blue", "a", "zinc", ""])[factors],
        "shuffled": np.array([3, 0, 4, 1, 2])[factors],
    }[names]
    same(call(spec, latents, renamed), call(spec, latents, factors))


@quiet
@promising("factor-relabel-in-order")
@given(data=labelled(), names=st.sampled_from(["negative", "huge", "text", "float"]))
def test_names_of_labels_do_not_matter_while_their_order_is_kept(spec, data, names):
    latents, factors = data
    renamed = {
        "negative": factors - 100,
        "huge": factors * 10**17 + 5,
        "text": np.array(["", "a", "blue", "ruby", "zinc"])[factors],
        "float": factors / 3.0,
    }[names]
    same(call(spec, latents, renamed), call(spec, latents, factors))


@quiet
@every_metric
@given(data=labelled())
def test_the_value_lies_in_the_range(spec, data):
    score = call(spec, *data)
    low, high = spec.range
    parts = parts_of(score)
    for value in (float(score), *parts[~np.isnan(parts)]):
        assert low <= value <= high
    assert spec.bounds(spec.options) == spec.range


@quiet
@every_metric
@given(data=labelled())
def test_inputs_are_left_as_they_were(spec, data):
    latents, factors = data
    before = latents.copy(), factors.copy()
    call(spec, latents, factors)
    np.testing.assert_array_equal(latents, before[0])
    np.testing.assert_array_equal(factors, before[1])


@quiet
@every_metric
@given(data=labelled())
def test_the_same_call_gives_the_same_number_and_leaves_random_state_alone(spec, data):
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    first, second = call(spec, *data), call(spec, *data)
    assert first == second
    assert first.settings == second.settings
    np.testing.assert_array_equal(first.matrix, second.matrix)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@quiet
@every_metric
@given(data=labelled())
def test_dtype_and_memory_order_do_not_matter_on_a_lattice(spec, data):
    latents, factors = data
    score = call(spec, latents, factors)
    for changed in (latents.astype(np.float32), latents.astype(np.float16), np.asfortranarray(latents)):
        again = call(spec, changed, np.asfortranarray(factors))
        assert again == score
        np.testing.assert_array_equal(again.matrix, score.matrix)


@quiet
@gaps
@given(data=labelled())
def test_duplicated_latents_lead_by_nothing(spec, data):
    latents, factors = data
    assert call(spec, np.hstack([latents, latents]), factors) == 0.0


class Foreign:
    """An array of a library that numpy does not know: it can be read by DLPack alone."""

    def __init__(self, array):
        self.shape, self.__dlpack__, self.__dlpack_device__ = array.shape, array.__dlpack__, array.__dlpack_device__


@every_metric
@pytest.mark.parametrize("made", [np.ndarray.tolist, Foreign], ids=["lists", "DLPack"])
def test_lists_and_arrays_of_another_library_give_the_same_number(spec, made, example):
    latents, factors = np.array(example.latents[::20]), np.array(example.factors[::20])
    assert call(spec, made(latents), made(factors)) == call(spec, latents, factors)


@every_metric
def test_a_score_is_whole(spec, example):
    score = call(spec, example)
    assert isinstance(score, Score)
    assert score.metric == spec.name
    assert score.matrix.shape == (len(score.row_names), len(score.column_names))
    assert bool(score.steps) == (spec.rows == "steps")
    assert score.column_names == (score.latent_names if spec.columns == "latents" else score.factor_names)
    assert (score.per_factor is not None) == (spec.unit == "factor")
    assert (score.per_latent is not None) == (spec.unit == "latent")
    assert score.recipe.bounds == spec.range
    assert score.recipe.again(score.recipe.data) == score
    assert set(spec.options) <= set(score.settings)
    assert score.signature.startswith(f"{spec.name}|")
    assert copy.deepcopy(score).to_dict() == score.to_dict()


@with_a_value_for_each_factor
def test_a_constant_factor_is_left_out_with_a_warning(spec, example):
    factors = np.column_stack([np.array(example.factors), np.ones(example.n_samples)])
    with pytest.warns(DegenerateFactorWarning, match="column 5"):
        score = call(spec, example.latents, factors)
    assert np.isnan(score.per_factor[5])
    assert score == call(spec, example)
    zero = call(spec, example.latents, factors, degenerate="zero")
    weights = np.ones(6) if zero.recipe.weights is None else zero.recipe.weights  # a constant factor may weigh nothing
    same(score, zero * weights.sum() / weights[:5].sum())


@which([spec for spec in SPECS if "dependence" in spec.traits])
def test_a_perfect_code_of_dependent_factors_scores_1(spec):
    factors = np.repeat([[0, 0], [1, 1], [0, 1], [1, 0]], [30, 30, 10, 5], axis=0)
    assert call(spec, factors, factors) == pytest.approx(1.0)


@gaps
def test_a_collapsed_encoder_scores_nothing_with_a_warning(spec, example):
    with pytest.warns(InactiveLatentWarning, match="every latent is constant"):
        assert call(spec, np.full((example.n_samples, 3), 0.1), example.factors) == 0.0


@every_metric
def test_weights_are_taken_or_refused(spec, example):
    weight = np.arange(example.n_samples) % 4
    if "sample_weight" not in spec.options:
        logvar = np.full(example.latents.shape, -4.0)
        with pytest.raises(OptionError, match=f"{(spec.whole or spec).name} has no weighted version"):
            spec.function(Posterior(example.latents, logvar, example.factors, sample_weight=weight))
        return
    weighted = example.with_weights(weight)
    score = call(spec, weighted)
    assert score != call(spec, example)
    assert f"|sample_weight:{weighted.weights.checksum}|" in score.signature
    assert score.settings["n_effective"] == weighted.weights.n_effective


def taking_weights():
    specs = [spec for spec in SPECS if "sample_weight" in spec.options]
    return pytest.mark.parametrize("spec", specs, ids=lambda spec: spec.name)


@quiet
@taking_weights()
@given(data=labelled(), seed=st.integers(0, 99))
def test_rows_of_weight_zero_do_not_matter(spec, data, seed):
    latents, factors = data
    here = np.append(np.ones(len(latents)), np.zeros(3))[shuffled(len(latents) + 3, seed)] > 0
    wide, more = np.full((len(here), latents.shape[1]), 1e6), np.full((len(here), factors.shape[1]), 99)
    wide[here], more[here] = latents, factors
    same(call(spec, wide, more, sample_weight=here), call(spec, latents, factors))


@quiet
@taking_weights()
@given(data=labelled(), seed=st.integers(0, 99))
def test_the_weighted_value_lies_in_the_range_and_moves_with_its_rows(spec, data, seed):
    latents, factors = data
    weight = np.random.default_rng(seed).exponential(size=len(latents)) + 1e-3
    score = call(spec, latents, factors, sample_weight=weight)
    low, high = spec.range
    assert low <= score <= high
    if "row-order" in spec.invariances:
        order = shuffled(len(latents), seed)
        again = call(spec, latents[order], factors[order], sample_weight=weight[order])
        assert again == pytest.approx(
            score, abs=1e-9
        )  # sums of weights round, and shares of little information show it


@every_metric
def test_registry_entry_is_complete(spec):
    assert spec.summary.endswith(".")
    assert re.search(r"\b(19|20)\d\d\b", spec.source)
    assert spec.measures in MEASURES
    assert spec.columns in COLUMNS
    assert spec.rows in ROWS
    assert spec.invariances <= INVARIANCES
    for section in ("Parameters", "Returns", "Raises", "References", "Examples"):
        assert f"\n{section}\n---" in spec.doc
    for option in spec.options:
        assert f"\n{option} : " in spec.doc


@pytest.mark.parametrize("spec", list_metrics(), ids=lambda spec: spec.name)
def test_a_metric_is_three_files(spec):
    assert (ROOT / "disentangle_metrics" / "metrics" / f"{spec.name}.py").is_file()
    assert (ROOT / "tests" / "metrics" / f"test_{spec.name}.py").is_file()
    page = ROOT / "docs" / "metrics" / f"{spec.name}.md"
    text = page.read_text()
    assert all(f"`{option}`" in text for option in spec.options)


def test_recorded_numbers_have_their_provenance():
    assert "disentanglement_lib" in (GOLDEN / "README.md").read_text()
