"""SAP on as many rows as dSprites has, and on many latents: what it holds in memory, and that pieces change nothing."""

import tracemalloc

import numpy as np
import pytest

from disentangle_metrics import sap
from disentangle_metrics.kernels.probes import classifiers

PROBES = ("linear-svm", "logistic", "threshold", "r2")
pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")


def made_up(n, d):
    """As many latents, in float32, and factors of dSprites' sizes, of which the first two latents know something."""
    rng = np.random.default_rng(0)
    sizes = (3, 6, 40, 32, 32)
    factors = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    latents = rng.standard_normal(size=(n, d), dtype=np.float32)
    latents[:, :2] += factors[:, :2]
    return latents, factors


def peak(work):
    """Return how many bytes are held at the same time, at most, above those held before."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("probe", PROBES)
def test_as_many_rows_as_dsprites_has_take_64_mb(probe):
    latents, factors = made_up(737_280, 2)
    sap(latents[:500], factors[:500], probe=probe)  # what is imported or compiled on a first call is not the call's
    assert peak(lambda: sap(latents, factors, probe=probe)) < 64 * 2**20


@pytest.mark.parametrize("probe", PROBES)
def test_more_latents_take_no_more_memory(probe):
    latents, factors = made_up(40_000, 64)
    few = peak(lambda: sap(latents[:, :4], factors[:, :2], probe=probe))
    # their float64 copy would be 20 MB; the checks of the input look at them all once, a byte for each number, and the
    # order of each latent is kept, in four
    kept = 4 * latents.size if probe in ("linear-svm", "threshold") else 0
    assert peak(lambda: sap(latents, factors[:, :2], probe=probe)) < few + 1.1 * latents.size + kept


@pytest.mark.parametrize("options", [{}, {"cv": 3}, {"C": "tuned"}, {"probe": "threshold"}, {"probe": "linear-svm"}])
def test_latents_may_be_looked_at_together_or_one_by_one(options, monkeypatch):
    latents, factors = made_up(2000, 5)
    factors = np.where(np.arange(2000)[:, None] % 7 == [0, 0, 1, 1, 1], np.nan, factors)
    together = sap(latents, factors, **options)
    monkeypatch.setattr(classifiers, "_BLOCK", 1)
    np.testing.assert_array_equal(sap(latents, factors, **options).matrix, together.matrix)
