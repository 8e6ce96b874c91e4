"""Correlations as a statistic: on resampled rows and permuted factors they equal a new measurement."""

import numpy as np
import pytest

from disentangle_metrics import Circular, InputError, OptionError, Representation
from disentangle_metrics.statistics.correlations import Correlations, sums_of_latents

KINDS = ["continuous", "categorical", "categorical", Circular(period=12)]


def data_of(n=120, missing=False):
    rng = np.random.default_rng(0)
    factors = np.column_stack([rng.normal(size=n), rng.integers([4, 2, 12], size=(n, 3))])
    latents = factors @ rng.normal(size=(4, 3)) + rng.normal(size=(n, 3))
    if missing:
        factors[rng.random(n) < 0.2, 1] = np.nan
        factors[rng.random(n) < 0.2, 3] = np.nan
    return Representation(latents, factors, factor_kinds=KINDS)


def statistic(data, correlation="auto", mapping=None, halves_seed=None):
    return Correlations(data=data, correlation=correlation, mapping=mapping, halves_seed=halves_seed)


@pytest.mark.parametrize("missing", [False, True])
def test_weighted_rows_give_the_correlations_of_the_rows_that_were_drawn(missing):
    data = data_of(missing=missing)
    rows = np.random.default_rng(1).integers(len(data.latents), size=(3, len(data.latents)))
    weights = np.stack([np.bincount(draw, minlength=data.n_samples) for draw in rows]).astype(np.uint16)
    [(drawn,)] = statistic(data).resampled().reweighted(weights)
    for draw, signed in zip(rows, drawn.signed, strict=True):
        expected = statistic(data.take(draw)).values[0][0].signed
        np.testing.assert_allclose(signed, expected, atol=1e-10)
    np.testing.assert_array_equal(drawn.gain, np.abs(drawn.signed))


def test_permuted_factors_give_the_correlations_of_a_new_measurement():
    data = data_of()
    order = np.random.default_rng(1).permutation(data.n_samples)
    [(found,)] = statistic(data).resampled().permute(order)
    expected = statistic(data.on_rows(np.arange(data.n_samples), order)).values[0][0].signed
    np.testing.assert_allclose(found.signed, expected, atol=1e-12)


def test_labeled_rows_are_permuted_among_themselves():
    data = data_of(missing=True)
    order = np.random.default_rng(1).permutation(data.n_samples)
    [(found,)] = statistic(data).resampled().permute(order)
    assert np.all(np.abs(found.signed) < 0.5)
    [(same,)] = statistic(data).resampled().permute(np.arange(data.n_samples))
    np.testing.assert_allclose(same.signed, statistic(data).values[0][0].signed, atol=1e-12)


def test_a_draw_without_variance_correlates_with_nothing():
    data = data_of()
    weights = np.zeros((1, data.n_samples), dtype=np.uint16)
    weights[0, 3] = data.n_samples
    [(drawn,)] = statistic(data).resampled().reweighted(weights)
    np.testing.assert_array_equal(drawn.signed, 0.0)


@pytest.mark.parametrize("how", [{"correlation": "spearman"}, {"mapping": "linear"}, {"halves_seed": 3}])
def test_ranks_sums_and_halves_are_measured_again(how):
    rng = np.random.default_rng(0)
    data = Representation(rng.normal(size=(50, 3)), rng.normal(size=(50, 2)), factor_kinds="continuous")
    assert statistic(data, **how).resampled() is None


def test_correlations_are_measured_once_for_all_metrics_of_a_representation():
    data = data_of()
    assert statistic(data).values[0] is statistic(data).values[0]
    assert statistic(data).values[0] is not statistic(data, mapping="linear").values[0]


def test_halves_that_lack_labels_are_an_error_that_names_the_factor():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(40, 2))
    factors[3:, 1] = np.nan
    data = Representation(rng.normal(size=(40, 2)), factors, factor_kinds="continuous")
    with pytest.raises(InputError, match="rows have labels of v1"):
        _ = statistic(data, halves_seed=0).values
    data = Representation(rng.normal(size=(3, 2)), rng.normal(size=(3, 1)))
    with pytest.raises(InputError, match="held_out=True needs 4 rows and there are 3"):
        _ = statistic(data, halves_seed=0).values


def test_canonical_correlation_refuses_classes_and_angles():
    with pytest.raises(OptionError, match=r"'v1' \(column 1\) is categorical\. Use mapping='linear'"):
        _ = statistic(data_of(), mapping="cca").values


def test_sums_of_latents_are_units_of_all_latents():
    units = sums_of_latents(data_of(), "linear")
    assert units.names == ("fit of v0", "fit of v1", "fit of v2", "fit of v3")
    assert set(units.members) == {(0, 1, 2)}
    assert sums_of_latents(data_of(), "cca").names == ("canonical 0", "canonical 1", "canonical 2")
