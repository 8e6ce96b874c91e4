"""Notes on factors: numbers taken for labels, factors that depend on each other; and it helps to do as they say."""

import re

import newcomers
import numpy as np
import pytest
from scipy.stats import norm

import disentangle_metrics as dm
from disentangle_metrics import mig, registry, sap

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")


def said(score, words):
    return "".join(note for note in score.notes if words in note)


def kinds_of(note):
    """The factor_kinds that a note advises, as a mapping."""
    return dict(re.findall(r"'([^']*)': '(\w+)'", note))


def measured(n=137, step=0.5, seed=0):
    """A temperature in few rows, and a label, each beside a latent that holds it."""
    rng = np.random.default_rng(seed)
    x, y = np.round(rng.normal(60, 9, n) / step) * step + 0.1, rng.integers(3, size=n)
    return np.c_[x + rng.normal(size=n), y + 0.1 * rng.normal(size=n)], np.c_[x, y]


def test_numbers_that_are_not_whole_and_taken_for_labels_are_noted():
    z, v = measured()
    note = said(mig(z, v), "taken for labels")
    n_values = len(np.unique(v[:, 0]))
    assert note == (
        f"factor 'v0' ({n_values} values) was taken for labels: they are numbers that are not whole. For measurements "
        "pass factor_kinds={'v0': 'continuous'}"
    )
    for metric in (mig, sap):
        before, after = metric(z, v), metric(z, v, factor_kinds=kinds_of(note))
        assert after.per_factor[0] > 1.5 * before.per_factor[0]
        assert not said(after, "taken for labels")


def test_several_are_one_note():
    z, v = measured()
    note = said(mig(z, np.c_[v[:, 0], v[:, 0] / 3]), "taken for labels")
    assert note.startswith("factors 'v0' (")
    assert kinds_of(note) == {"v0": "continuous", "v1": "continuous"}


def test_a_name_or_kind_that_was_given_is_no_oversight():
    z, v = measured()
    assert not said(mig(z, v, factor_kinds={"v0": "categorical"}), "taken for labels")


def test_labels_that_happen_to_be_written_with_a_point_are_labels():
    """Such are the scales and the positions of dSprites."""
    rng = np.random.default_rng(0)
    v = np.c_[rng.integers(6, size=2000) / 10 + 0.5, rng.integers(32, size=2000) / 31]
    assert not said(mig(rng.normal(size=(2000, 3)), v), "taken for labels")
    z, v = measured(60)
    assert not said(mig(z, v[:, 1] / 10), "taken for labels")


def test_whole_numbers_are_noted_if_a_latent_follows_their_order():
    rng = np.random.default_rng(0)
    x = rng.integers(250, size=3000)
    z = np.c_[x + 3 * rng.normal(size=3000), rng.normal(size=3000)]
    note = said(mig(z, x), "taken for labels")
    assert "whole numbers whose order a latent follows" in note
    assert mig(z, x, factor_kinds=kinds_of(note)) > mig(z, x) + 0.2
    assert not said(mig(np.c_[rng.permutation(250)[x], z[:, 1]], x), "taken for labels")
    assert not said(mig(z[:, [1, 1]] + rng.normal(size=(3000, 2)), x), "taken for labels")
    assert not said(mig(np.c_[x // 5, z[:, 1]], x // 5), "taken for labels")  # 50 values are few


def test_text_is_not_told_to_be_a_measurement():
    rng = np.random.default_rng(0)
    names = np.array([f"file {i}" for i in range(60)])
    note = said(mig(rng.normal(size=(60, 2)), names), "distinct labels")
    assert "continuous" not in note
    assert kinds_of(note) == {"v0": "identifier"}


@pytest.mark.parametrize("dtype", [int, float, bool])
def test_one_hot_labels_are_told_to_be_one_factor(dtype):
    rng = np.random.default_rng(0)
    v = rng.integers(6, size=(2000, 2))
    z = np.c_[v[:, 0] + 0.1 * rng.normal(size=2000), rng.normal(size=2000)]  # which knows nothing of the other factor
    note = said(mig(z, np.eye(6, dtype=dtype)[v[:, 0]]), "in 6 parts")
    assert note.startswith(
        "factors 'v0' to 'v5' are one factor in 6 parts, as one-hot labels are, and count as 6 factors"
    )
    parts = np.c_[np.eye(6, dtype=int)[v[:, 0]], v[:, 1:]]
    assert mig(z, parts) == pytest.approx(6 / 7, abs=0.03)
    assert mig(z, np.c_[parts[:, :6].argmax(axis=1), v[:, 1]]) == pytest.approx(1 / 2, abs=0.03)
    assert not said(mig(z, v), "parts")
    assert not said(mig(z, v % 2), "parts")


def cut(rho, n=6000, n_values=10):
    rng = np.random.default_rng(0)
    v = (n_values * norm.cdf(rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=n))).astype(int)
    return v, rng.normal(size=(n, 3))


@pytest.fixture
def entered(monkeypatch):
    dm.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()


NAMES = ["mig", "sap", "modularity", "explicitness", "both"]


@pytest.mark.parametrize("name", NAMES)
def test_factors_that_depend_on_each_other_are_named(entered, name):
    v, noise = cut(0.99)
    for score in dm.evaluate(np.c_[v, noise], v, name).values():
        note = said(score, "depend on each other")
        assert re.search(r"'v[01]' tells 6\d% of 'v[01]' \(mutual information over entropy\)", note)
        assert ("may score more" in note) == ("gap" in registry.get_metric(score.metric).traits)
    for score in dm.evaluate(np.c_[cut(0.3)[0], noise], cut(0.3)[0], name).values():
        assert not said(score, "depend on each other")


def test_what_the_note_says_of_gaps_is_so():
    v, noise = cut(0.99)
    for metric in (mig, sap):
        both, one = metric(np.c_[v + 0.01, noise], v), metric(np.c_[v[:, :1], noise], v)
        assert both < one
        independent = metric(np.c_[v[:, :1], np.random.default_rng(1).permutation(v[:, 1]), noise], v)
        assert both < independent


def test_more_pairs_are_counted():
    rng = np.random.default_rng(0)
    v = rng.integers(5, size=(2000, 2))
    note = said(mig(rng.normal(size=(2000, 2)), np.c_[v, v]), "depend on each other")
    assert "tells 100% of" in note
    assert "and there are 1 more such pairs" in note
