"""Factors with a single value and latents that are all constant: left out, counted as 0 or refused, and said."""

import warnings

import numpy as np
import pandas as pd
import pytest
from small_arrays import FACTORS, LATENTS, both_metrics

from disentangle_metrics import DegenerateFactorWarning, InactiveLatentWarning, InputError


@both_metrics
@pytest.mark.parametrize("column", [np.full(40, 7), np.full(40, 0.1), np.full(40, np.nan)], ids=["7", "0.1", "nan"])
def test_a_constant_factor_is_left_out_of_the_mean_with_one_warning(metric, column):
    factors = pd.DataFrame({"shape": FACTORS[:, 0], "color": column})
    with pytest.warns(DegenerateFactorWarning) as caught:
        score = metric(LATENTS, factors)
    assert score == metric(LATENTS, FACTORS[:, 0]) == score.per_factor[0]
    assert np.isnan(score.per_factor[1])
    (warning,) = caught
    message = str(warning.message)
    assert message.startswith("factor 'color' (column 1) has ")
    assert message.endswith("so its gap is undefined; it is left out of the mean.")
    assert message in score.notes
    assert warning.filename == __file__


@both_metrics
def test_a_constant_factor_counts_as_zero_on_request(metric):
    score = metric(LATENTS, np.column_stack([FACTORS[:, 0], np.ones(40)]), degenerate="zero")
    assert score.per_factor[1] == 0
    assert score == metric(LATENTS, FACTORS[:, 0]) / 2
    assert score.notes[0].startswith(
        "factor 'v1' (column 1) has the single value 1.0, so its gap is undefined; it counts as 0"
    )


@both_metrics
def test_a_constant_factor_is_refused_on_request(metric):
    with pytest.raises(InputError, match=r"'v1' \(column 1\) has the single value 1.0, .*Leave it out"):
        metric(LATENTS, np.column_stack([FACTORS[:, 0], np.ones(40)]), degenerate="raise")


@both_metrics
@pytest.mark.parametrize("degenerate", ["drop", "zero", "raise"])
def test_factors_that_are_all_constant_are_refused_and_not_warned_of(metric, degenerate):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(InputError, match="single value 7"):
            metric(LATENTS, np.full((40, 2), 7), degenerate=degenerate)
    assert not caught


@both_metrics
@pytest.mark.parametrize("latents", [np.ones((40, 3)), np.zeros((40, 3), int), np.full((40, 2), 0.1, np.float32)])
def test_latents_that_are_all_constant_score_zero_with_a_warning(metric, latents):
    with pytest.warns(InactiveLatentWarning, match="every latent is constant") as caught:
        score = metric(latents, FACTORS)
    assert score == 0
    assert score.per_factor.tolist() == [0, 0]
    (warning,) = caught
    assert str(warning.message) in score.notes
