"""The note on few rows is in the units of the options, for every metric of joint counts, and helps who follows it."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import disentangle_metrics as dm
from disentangle_metrics import registry
from disentangle_metrics.kernels.discretizing.edges import Edges
from disentangle_metrics.registry import register
from disentangle_metrics.scores.declared import checked
from disentangle_metrics.scores.settle import prepare, settle
from disentangle_metrics.statistics.information import JointInformation

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")


def note_of(score):
    return "".join(note for note in score.notes if note.startswith("few rows"))


def bins_of(note):
    found = re.search(r"at most (\d+) bins", note)
    return int(found[1]) if found else None


@st.composite
def rows(draw):
    """Latents with and without outliers and ties, in groups of up to three, and a factor of few or many values."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, members = draw(st.sampled_from([60, 300, 1500])), draw(st.integers(1, 3))
    z = rng.normal(size=(n, members + 1))
    if draw(st.booleans()):
        z[0] *= 30
    if draw(st.booleans()):
        z = np.round(z)
    share = rng.dirichlet(np.full(draw(st.sampled_from([2, 5, 20])), draw(st.sampled_from([0.5, 50.0]))))
    v = np.append(rng.choice(len(share), size=n - 2, p=share), [0, 1])
    return z, v, None if members == 1 else [range(members), members]


@settings(deadline=None, max_examples=40)
@given(rows())
def test_as_many_bins_as_the_note_says_silence_it(data):
    z, v, groups = data
    note = note_of(dm.mig(z, v, latent_groups=groups))
    n_bins = bins_of(note)
    if n_bins is not None:
        assert 5 <= n_bins < 20
        assert note_of(dm.mig(z, v, latent_groups=groups, n_bins=n_bins)) == ""


def by_chance(z, v, groups, **options):
    """What the best of these latents seems to know, in nats, when their rows are in another order."""
    rng = np.random.default_rng(0)
    drawn = [
        dm.mig(z[rng.permutation(len(z))], v, latent_groups=groups, normalizer="none", **options).matrix
        for _ in range(6)
    ]
    return np.clip(drawn, 0, None).max(axis=1).mean()


@settings(deadline=None, max_examples=10)
@given(rows())
def test_no_advice_makes_it_worse(data):
    z, v, groups = data
    note = note_of(dm.mig(z, v, latent_groups=groups))
    if not note:
        return
    before = by_chance(z, v, groups)
    assert by_chance(z, v, groups, entropy=re.search(r"entropy='([a-z-]+)'", note)[1]) < before
    if bins_of(note) is not None:
        assert by_chance(z, v, groups, n_bins=bins_of(note)) < before


def test_bins_of_a_group_are_those_of_each_member():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(4000, 3)), rng.integers(16, size=4000)
    note = note_of(dm.mig(z, v, latent_groups=[(0, 1), 2]))
    assert "cells of the bins of 2 latents with 16 values in 4000 rows" in note
    assert bins_of(note) == int((0.05 * 2 * 4000 * np.log(16) / 15 + 1) ** 0.5)


def test_the_factor_that_allows_fewest_bins_decides():
    rng = np.random.default_rng(0)
    v = np.c_[rng.integers(40, size=2000), rng.integers(6, size=2000)]
    note = note_of(dm.mig(rng.normal(size=(2000, 2)), v))
    assert bins_of(note) is not None
    assert note_of(dm.mig(rng.normal(size=(2000, 2)), v, n_bins=bins_of(note))) == ""


def test_bins_that_no_number_sets_are_not_spoken_of():
    rng = np.random.default_rng(0)
    z, v = rng.integers(30, size=(600, 2)), rng.integers(8, size=600)
    for discretizer in ("unique", Edges(np.arange(-0.5, 30))):
        note = note_of(dm.mig(z, v, discretizer=discretizer))
        assert "entropy='miller-madow'" in note or "entropy='nsb'" in note
        assert bins_of(note) is None


def test_a_metric_is_told_of_its_own_options_alone(monkeypatch):
    import newcomers

    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(600, 3)), rng.integers(8, size=(600, 2))
    score = dm.evaluate(z, v, "newcomer_modularity")["newcomer_modularity"]
    note = note_of(score)
    assert "entropy=" not in note
    n_bins = bins_of(note)
    assert (
        note_of(
            dm.evaluate(z, v, "newcomer_modularity", options={"newcomer_modularity": {"n_bins": n_bins}})[
                "newcomer_modularity"
            ]
        )
        == ""
    )

    def bare(latents, factors=None, *, degenerate="drop"):
        options = checked("bare", locals())
        data, notes = prepare(options, latents, factors)
        return settle(options, JointInformation(data=data), newcomers.concentration, notes=notes)

    register(measures="modularity", source="nobody 2026", range=(0.0, 1.0), higher_is_better=True, unit="latent")(bare)
    assert "rows); dmetrics curve shows whether more rows would change the score" in note_of(
        dm.evaluate(z, v, "bare")["bare"]
    )
