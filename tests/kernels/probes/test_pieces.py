"""Cuts from pieces of a table equal those of the full table, with ties."""

import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.probes import threshold
from disentangle_metrics.kernels.probes.threshold import fit_all_cuts, fit_cuts

LATENTS = {
    "lattice": lambda rng, y: rng.integers(0, 6, size=len(y)) / 2,
    "noise": lambda rng, y: rng.normal(size=len(y)),
    "ordered": lambda rng, y: y + 0.3 * rng.normal(size=len(y)),
    "perfect": lambda rng, y: -y.astype(float),
    "rounded": lambda rng, y: np.round(y + rng.normal(size=len(y)), 1),
    "constant": lambda rng, y: np.full(len(y), 0.1),
}


def assert_same_cuts(ours, theirs):
    np.testing.assert_array_equal(ours.starts, theirs[0])
    np.testing.assert_array_equal(ours.classes, theirs[1])


@pytest.mark.parametrize("pieces", [(1 << 14, 1 << 11), (16, 4), (8, 8), (3, 1)])
@given(
    n=st.integers(1, 120),
    n_classes=st.integers(1, 9),
    kind=st.sampled_from(sorted(LATENTS)),
    seed=st.integers(0, 2**32 - 1),
)
def test_cuts_are_those_of_the_table(pieces, n, n_classes, kind, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    x = LATENTS[kind](rng, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold, "_LONG", pieces[0])
        patch.setattr(threshold, "_SHORT", pieces[1])
        assert_same_cuts(fit_cuts(x, y, n_classes), slow.fit_cuts(x, y, n_classes))


@pytest.mark.parametrize("kind", sorted(LATENTS))
def test_cuts_of_many_rows_and_classes_are_those_of_the_table(kind):
    rng = np.random.default_rng(0)
    y = np.stack([rng.integers(40, size=50_000), rng.integers(2, size=50_000), rng.integers(3, size=50_000)])
    x = LATENTS[kind](rng, y[0] / 5)
    found = fit_all_cuts(x, y.astype(np.int8), (40, 2, 3))
    for cuts, codes, size in zip(found, y, (40, 2, 3), strict=True):
        assert_same_cuts(cuts, slow.fit_cuts(x, codes, size))


def test_many_classes_need_no_short_integers():
    rng = np.random.default_rng(0)
    y = rng.integers(40_000, size=300)
    x = rng.normal(size=300)
    assert_same_cuts(fit_cuts(x, y, 40_000), slow.fit_cuts(x, y, 40_000))
