"""MIG by estimators that need no bins: as an option, with what else it goes with and what it does not."""

import json
import pickle

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import (
    KSG,
    PROTOCOLS,
    BiasWarning,
    Gaussian,
    GaussianCopula,
    InputError,
    OptionError,
    Representation,
    evaluate,
    mig,
)
from disentangle_metrics.cli.app import app

CONTINUOUS = ["ksg", "ksg2", "ksg-sklearn", "gaussian", "gaussian-copula"]


@pytest.fixture(scope="module")
def gaussians():
    """Two factors, each with one latent of correlation .9 and .6, and a latent of noise."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(3000, 2))
    r = np.array([0.9, 0.6])
    latents = r * factors + np.sqrt(1 - r**2) * rng.normal(size=(3000, 2))
    return np.hstack([latents, rng.normal(size=(3000, 1))]), factors


@pytest.mark.parametrize("estimator", CONTINUOUS)
def test_the_gap_of_gaussians_is_near_its_closed_form(gaussians, estimator):
    score = mig(*gaussians, estimator=estimator, normalizer="none")
    np.testing.assert_allclose(score.per_factor, -0.5 * np.log(1 - np.array([0.9, 0.6]) ** 2), rtol=0, atol=0.06)


@pytest.mark.parametrize("estimator", CONTINUOUS)
def test_as_correlations_the_gap_is_that_of_correlations(gaussians, estimator):
    score = mig(*gaussians, estimator=estimator, normalizer="correlation")
    np.testing.assert_allclose(score.per_factor, [0.9, 0.6], rtol=0, atol=0.2)  # .02 nats of noise are .2
    assert 0 <= score <= 1


def test_correlation_of_the_closed_form_is_the_correlation(gaussians):
    latents, factors = gaussians
    score = mig(latents, factors, estimator="gaussian", normalizer="correlation")
    r = np.abs(np.corrcoef(latents.T, factors.T)[:3, 3:])
    first, second = np.sort(r, axis=0)[::-1][:2]
    np.testing.assert_allclose(score.per_factor, first - second, rtol=0, atol=1e-9)


def test_ksg_sees_scikit_learns_noise(gaussians):
    latents, factors = np.round(gaussians[0], 1), np.round(gaussians[1], 1) + 0.05
    for seed in (0, 42):
        theirs = [mutual_info_regression(latents, factor, random_state=seed) for factor in factors.T]
        ours = mig(latents, factors, estimator=KSG(random_state=seed), factor_kinds="continuous").matrix
        np.testing.assert_allclose(np.maximum(ours, 0), np.stack(theirs, axis=1), rtol=0, atol=1e-12)


@given(labelled(min_rows=8))
def test_labels_give_what_scikit_learn_gives(drawn):
    latents, factors = drawn
    assume((latents.max(axis=0) > latents.min(axis=0)).all())  # it scores the noise of a constant latent
    assume(np.bincount(factors[:, 0]).max() > 1)
    ours = mig(latents, factors[:, 0], estimator="ksg-sklearn").matrix[:, 0]
    theirs = mutual_info_classif(latents, factors[:, 0], random_state=42)
    np.testing.assert_allclose(np.maximum(ours, 0), theirs, rtol=0, atol=1e-12)


def test_the_factors_entropy_is_that_of_its_labels_or_of_its_bins(gaussians):
    latents, factors = gaussians
    labels = np.digitize(factors, [-1, 0, 1])
    by_label, in_nats = (mig(latents, labels, estimator="ksg", normalizer=n) for n in ("factor", "none"))
    whole = [mutual_info_score(column, column) for column in labels.T]
    np.testing.assert_allclose(by_label.per_factor * whole, in_nats.per_factor, rtol=0, atol=1e-12)
    by_bin = mig(latents, factors, estimator="ksg", factor_bins=7)
    in_nats = mig(latents, factors, estimator="ksg", normalizer="none")
    bins = [np.histogram(column, bins=7)[0] / len(column) for column in factors.T]
    whole = [-np.sum(p[p > 0] * np.log(p[p > 0])) for p in bins]
    np.testing.assert_allclose(by_bin.per_factor * whole, in_nats.per_factor, rtol=0, atol=1e-12)


def test_the_signature_says_how_and_by_what_it_is_divided(gaussians):
    score = mig(*gaussians, estimator="ksg")
    assert score.signature.startswith(
        'mig|estimator:KSG(k=3, variant=1, jitter=1e-10, random_state=42, distances="exact")|normalizer:factor'
        "|factor_bins:20|"
    )
    assert "n_bins" not in score.signature.replace("factor_bins", "")
    assert all(score.settings[name] is None for name in ("discretizer", "n_bins", "entropy"))
    assert "factor_bins" not in mig(*gaussians, estimator="ksg", normalizer="correlation").signature
    assert pickle.loads(pickle.dumps(score)).signature == score.signature
    assert "KSG" in json.dumps(score.to_dict())


def test_bins_are_the_default_and_leave_no_trace():
    z = np.arange(40).reshape(20, 2) % 7
    assert mig(z, z).settings["estimator"] == "binned"
    assert mig(z, z, estimator="binned").signature == mig(z, z).signature
    assert "estimator" not in mig(z, z).signature


@pytest.mark.parametrize("seed", [None, np.random.default_rng(0)])
def test_a_seed_that_is_drawn_is_recorded(gaussians, seed):
    score = mig(*gaussians, estimator=KSG(random_state=seed))
    assert isinstance(score.settings["estimator"].random_state, int)
    assert mig(*gaussians, estimator=score.settings["estimator"]) == score


def test_without_noise_rows_may_come_in_any_order(gaussians):
    latents, factors = np.round(gaussians[0], 2), gaussians[1]
    order = np.random.default_rng(0).permutation(len(latents))
    plain = KSG(jitter=0)
    again = mig(latents[order], factors[order], estimator=plain)
    np.testing.assert_allclose(again.matrix, mig(latents, factors, estimator=plain).matrix, rtol=0, atol=1e-9)
    # Noise goes by row: where values are tied it tells apart other rows, and the estimate moves a little
    noisy = mig(latents[order], factors[order], estimator="ksg")
    np.testing.assert_allclose(noisy.matrix, mig(latents, factors, estimator="ksg").matrix, rtol=0, atol=0.02)


@pytest.mark.parametrize("estimator", ["gaussian-copula", GaussianCopula(bias_correction=False)])
def test_the_copula_does_not_see_increasing_maps(gaussians, estimator):
    latents, factors = gaussians
    mapped = mig(np.exp(3 * latents), np.arctan(factors), estimator=estimator)
    np.testing.assert_array_equal(mapped.matrix, mig(latents, factors, estimator=estimator).matrix)


@pytest.mark.parametrize("estimator", CONTINUOUS)
def test_a_constant_latent_shares_nothing(gaussians, estimator):
    latents, factors = gaussians
    still = np.hstack([latents, np.full((3000, 1), 3.7)])
    score = mig(still, factors, estimator=estimator, normalizer="none")
    np.testing.assert_array_equal(score.matrix[3], 0.0)
    assert "1 of 4 latents is constant" in score.notes


def test_a_latent_that_is_constant_on_the_labeled_rows_shares_nothing():
    rng = np.random.default_rng(0)
    latents, factor = rng.normal(size=(200, 2)), rng.integers(2, size=200).astype(float)
    latents[:100, 0] = 1.0
    factor[100:] = np.nan
    score = mig(latents, factor, estimator="ksg")
    assert score.matrix[0, 0] == 0
    alone = mig(latents[:100], factor[:100].astype(int), estimator="ksg")
    np.testing.assert_array_equal(score.matrix, alone.matrix)


def test_negative_estimates_count_as_nothing_and_are_noted():
    rng = np.random.default_rng(1)
    score = mig(rng.normal(size=(300, 6)), rng.normal(size=(300, 2)), estimator="ksg", normalizer="none")
    assert score.matrix.min() < 0
    assert all(gap >= 0 for gap in score.per_factor)
    assert any("information estimates are negative and count as 0 in the gap" in note for note in score.notes)


def test_a_constant_factor_is_left_out():
    rng = np.random.default_rng(2)
    factors = np.stack([rng.integers(3, size=100), np.full(100, 2)], axis=1)
    score = mig(rng.normal(size=(100, 2)), factors, estimator="ksg", degenerate="zero")
    assert score.per_factor[1] == 0


def test_a_perfect_code_of_a_measurement_knows_more_than_its_bins(gaussians):
    factors = gaussians[1]
    latents = np.hstack([factors, np.random.default_rng(3).normal(size=(3000, 1))])
    score = mig(latents, factors, estimator="ksg")
    assert score > 2
    assert any(note.startswith("scores above 1 (v0, v1): without bins") for note in score.notes)
    assert mig(latents, factors, estimator="ksg", normalizer="correlation") == pytest.approx(0.95, abs=0.05)


def test_self_information_is_noted_to_grow(gaussians):
    latents, factors = gaussians
    whole, part = (mig(latents[:n], factors[:n], estimator="ksg", normalizer="self-information") for n in (3000, 300))
    assert whole < part - 0.02
    assert any("grows with the number of rows" in note for note in whole.notes)


def test_labels_of_text_have_self_information_too():
    rng = np.random.default_rng(4)
    latents, labels = rng.normal(size=(90, 2)), np.array(["red", "green", "blue"])[np.arange(90) % 3]
    latents[:, 0] += np.arange(90) % 3 * 10
    text = mig(latents, labels, **PROTOCOLS["latte"]["mig"])
    assert text == mig(latents, np.array([2, 1, 0])[np.arange(90) % 3], **PROTOCOLS["latte"]["mig"])
    assert text == pytest.approx(1, abs=0.05)


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_labels_that_occur_once_are_noted():
    latents, labels = np.random.default_rng(5).normal(size=(40, 2)), np.r_[np.arange(35) % 2, 10:15]
    score = mig(latents, labels, estimator="ksg")
    assert "5 labels of factor 'v0' occur once; their rows are left out of its information" in score.notes
    np.testing.assert_array_equal(score.matrix.shape, (2, 1))
    assert mig(latents, np.arange(40), estimator="ksg") == 0


def test_a_correlation_of_one_is_noted():
    factor = np.random.default_rng(6).normal(size=(100, 1))
    score = mig(np.hstack([factor, 2 * factor, factor**2]), factor, estimator="gaussian", normalizer="none")
    assert score == 0
    assert any(note.startswith("2 of 3 correlations are 1 to the last digit") for note in score.notes)


@pytest.mark.parametrize("normalizer", ["factor", "correlation", "self-information"])
def test_one_representation_gives_what_arrays_give(gaussians, normalizer):
    data = Representation(*gaussians)
    for _ in range(2):
        assert mig(data, estimator="ksg", normalizer=normalizer) == mig(
            *gaussians, estimator="ksg", normalizer=normalizer
        )


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_and_dtype_do_not_matter(gaussians, dtype, order):
    latents, factors = gaussians[0][:300].astype(dtype), gaussians[1][:300]
    expected = mig(latents.astype(np.float64), factors, estimator="ksg")
    assert mig(np.asarray(latents, order=order), factors, estimator="ksg") == expected


def test_noise_that_drowns_a_latent_is_noted(gaussians):
    latents, factors = gaussians
    score = mig(latents + np.array([0, 1e9, 0]), factors, estimator="ksg", normalizer="none")
    assert any(
        note.startswith("the noise that breaks ties is 0.1 of the standard deviation of latent 'z1'")
        for note in score.notes
    )
    assert not any("noise" in note for note in mig(latents, factors, estimator="ksg").notes)
    assert not any("noise" in note for note in mig(latents + 1e9, factors, estimator=KSG(jitter=0)).notes)


def test_a_large_scale_changes_nothing(gaussians):
    latents, factors = gaussians
    for power in (-900, 900):
        assert mig(latents * 2.0**power, factors, estimator="ksg") == mig(latents, factors, estimator="ksg")


def test_the_shell_sets_parameters(tmp_path):
    rng = np.random.default_rng(7)
    np.savez(tmp_path / "data.npz", latents=rng.normal(size=(60, 2)), factors=rng.integers(3, size=(60, 1)))
    arguments = ["score", str(tmp_path / "data.npz"), "-m", "mig", "-f", "json", "--set", "mig.estimator.k=5"]
    result = CliRunner().invoke(app, arguments)
    assert "estimator:KSG(k=5, variant=1" in json.loads(result.stdout)["scores"]["mig"]["signature"]


def test_a_protocol_and_an_estimator_go_together(example):
    score = evaluate(example, metrics="mig", protocol="locatello2019", options={"mig": {"estimator": "ksg"}})
    assert score["mig"].signature.startswith("mig|protocol:locatello2019+estimator:ksg|estimator:KSG(")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "kgs"}, "estimator='kgs' is not known. Use one of .* Did you mean 'ksg'"),
        ({"estimator": KSG}, "estimator=KSG is a class. Pass an instance"),
        ({"estimator": 3}, "estimator=3 is not known"),
        ({"estimator": "ksg", "n_bins": 30}, r"n_bins=30 has no effect with estimator=KSG\(.*\). Leave it out."),
        ({"estimator": "gaussian", "discretizer": "quantile"}, "discretizer='quantile' has no effect"),
        ({"estimator": Gaussian(), "entropy": "miller-madow"}, "entropy='miller-madow' has no effect"),
        ({"estimator": "ksg", "entropy": lambda counts: counts}, "has no effect"),
        ({"estimator": "ksg", "normalizer": "latent"}, "normalizer='latent' needs bins"),
        ({"estimator": "gaussian", "normalizer": "self-information"}, "needs estimator='ksg'"),
        ({"normalizer": "self-information"}, "needs estimator='ksg'"),
        ({"estimator": "gaussian", "factor_kinds": "categorical"}, r"factor 'v0' \(column 0\) is categorical: a Gauss"),
    ],
)
@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_what_does_not_go_together_is_an_error(gaussians, options, message):
    with pytest.raises(OptionError, match=message):
        mig(*gaussians, **options)


@pytest.mark.parametrize(
    "parameters",
    [{"k": 0}, {"k": 1.5}, {"variant": 3}, {"jitter": -1}, {"jitter": "a"}, {"jitter": True}, {"distances": "round"}],
)
def test_parameters_out_of_range_are_errors(parameters):
    with pytest.raises(OptionError):
        KSG(**parameters)


def test_other_parameters_out_of_range_are_errors():
    with pytest.raises(OptionError):
        Gaussian(bias_correction=1)
    with pytest.raises(OptionError):
        KSG(random_state=-1)


def test_too_few_rows_are_an_error():
    rng = np.random.default_rng(8)
    with pytest.raises(InputError, match=r"factor 'v0' \(column 0\) is continuous: k=9 neighbors need more than 9"):
        mig(rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), estimator=KSG(k=9), factor_kinds="continuous")


def test_a_factor_that_is_nearly_row_numbers_is_still_warned_of():
    with pytest.warns(BiasWarning):
        mig(np.random.default_rng(9).normal(size=(40, 2)), np.arange(40), estimator="ksg")
