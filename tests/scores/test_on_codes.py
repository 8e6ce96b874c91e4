"""Latents that number codes, in bins that throw codes together: noted where the number moves, and the advice helps."""

import numpy as np
import pytest

from disentangle_metrics import mig


def numbered(n=9000, n_codes=60, seed=0):
    """Two latents that each hold a factor whole, by codes in an order of their own."""
    rng = np.random.default_rng(seed)
    v = rng.integers(n_codes, size=(n, 2))
    return np.stack([rng.permutation(n_codes)[k] for k in v.T], axis=1), v


def note_of(score):
    return "".join(note for note in score.notes if "number codes" in note)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32])
def test_codes_that_share_bins_are_noted(dtype):
    z, v = numbered()
    score = mig(z.astype(dtype), v)
    assert note_of(score) == (
        "latents are whole numbers, up to 60 different ones, and share 20 bins: if they number codes, take "
        "discretizer='unique'"
    )
    unique = mig(z, v, discretizer="unique")
    assert unique > 0.9 > 0.75 > score
    assert note_of(unique) == ""


@pytest.mark.parametrize("discretizer", ["quantile", "kmeans"])
def test_other_bins_throw_codes_together_too(discretizer):
    assert note_of(mig(*numbered(), discretizer=discretizer))


def test_bins_enough_need_no_note():
    z, v = numbered()
    assert note_of(mig(z, v, n_bins=60)) == ""
    assert note_of(mig(*numbered(n_codes=20))) == ""


def test_where_the_number_stays_nothing_is_said():
    """Each bin holds three codes that tell the same of the factor."""
    _, v = numbered()
    assert note_of(mig(np.c_[v[:, 0], np.random.default_rng(1).integers(20, size=9000)], v[:, 0] // 3)) == ""


def test_counts_and_measurements_are_no_codes():
    rng = np.random.default_rng(0)
    v = rng.integers(8, size=(600, 2))
    assert note_of(mig(np.round(1000 * (v + rng.normal(size=v.shape))), v)) == ""  # nearly a value for each row
    assert note_of(mig(numbered()[0] + 0.5, numbered()[1])) == ""
    z, v = numbered()
    assert note_of(mig(np.c_[z, rng.normal(size=9000)], v)) == ""  # which "unique" would not suit
    assert note_of(mig(np.c_[z, np.ones(9000)], v)) != ""
