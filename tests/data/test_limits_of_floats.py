"""Values at the limits of float64, and a million distinct labels: scored, or refused with the column named."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from small_arrays import FACTORS, LATENTS

from disentangle_metrics import BiasWarning, InputError, Representation, mig, sap

NARROW = np.where(FACTORS > 0, np.nextafter(1.0, 2.0), 1.0)
WIDE = np.where(FACTORS > 0, 1.7e308, -1.7e308)


@pytest.mark.parametrize("column", [NARROW[:, 0], WIDE[:, 0]], ids=["narrow", "wide"])
def test_a_latent_without_room_for_the_bins_is_named(column):
    data = Representation(np.column_stack([FACTORS[:, 0], column]), FACTORS, latent_names=["x", "width"])
    with pytest.raises(InputError, match=r"latent 'width' \(column 1\): values from .* no room for 20 distinct bins"):
        mig(data)


@pytest.mark.parametrize("factors", [NARROW, WIDE], ids=["narrow", "wide"])
def test_a_continuous_factor_without_room_for_the_bins_is_named(factors):
    table = pd.DataFrame({"shape": FACTORS[:, 0], "width": factors[:, 0]})
    with pytest.raises(InputError, match=r"factor 'width' \(column 1\): .*Subtract the offset, rescale, or use fewer"):
        mig(LATENTS, table, factor_kinds={"width": "continuous"})


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "threshold", "tree"])
def test_sap_does_not_depend_on_the_scale_of_latents_up_to_the_largest_float(probe):
    assert sap(WIDE, FACTORS, probe=probe) == sap(WIDE / 1.7e308, FACTORS, probe=probe)


@pytest.mark.parametrize(("latents", "factors"), [(WIDE, FACTORS), (LATENTS, WIDE)], ids=["latents", "factors"])
def test_a_squared_correlation_does_not_depend_on_scale_up_to_the_largest_float(latents, factors):
    scale = np.abs(latents).max(), np.abs(factors).max()
    expected = sap(latents / scale[0], factors / scale[1], factor_kinds="continuous")
    assert sap(latents, factors, factor_kinds="continuous") == pytest.approx(expected)


@pytest.mark.parametrize(
    "latents",
    [2**62 + FACTORS, 2**63 - 1 - FACTORS, FACTORS * np.longdouble("1e400")],
    ids=["integers that run together", "the largest integers", "numbers beyond float64"],
)
@pytest.mark.parametrize(
    ("metric", "options"), [(mig, {}), (mig, {"discretizer": "unique"}), (mig, {"discretizer": "quantile"}), (sap, {})]
)
def test_latents_that_float64_cannot_hold_are_refused(metric, options, latents):
    with pytest.raises(InputError, match="latent"):
        metric(latents, FACTORS, **options)


def test_the_mend_for_integers_that_run_together_is_a_sentence():
    with pytest.raises(InputError, match=r"latent 'z0' \(column 0\) has integers .*Subtract the offset(?! it)"):
        mig(2**62 + FACTORS, FACTORS)


def test_a_million_distinct_labels_are_scored_in_bounded_memory_with_a_warning():
    n = 1_000_000
    latents, labels = np.random.default_rng(0).normal(size=(n, 2)), np.arange(n)
    tracemalloc.start()
    try:
        with pytest.warns(BiasWarning, match="'v0' .* has 1000000 distinct labels in 1000000 rows, so its scores"):
            score = mig(latents, labels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert score == pytest.approx(0, abs=0.01)
    assert peak < 250e6  # a table of 20 bins by a million labels alone has 160 MB, and its entropy as much again
