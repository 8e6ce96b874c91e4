"""Notes on latents that are no latents of their own, for every metric; and that it helps to do as they say."""

import re

import newcomers
import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics import Posterior, registry
from disentangle_metrics.registry import get_metric

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")

dm.list_metrics()
BUILT_IN = [part.name for spec in dm.list_metrics() for part in spec.parts.values() or [spec]]
NEW = ["newcomer_modularity", "newcomer_explicitness", "newcomer_correlation", "both.concentration", "both.known"]
every_metric = pytest.mark.parametrize("name", [*BUILT_IN, *NEW])


@pytest.fixture(autouse=True)
def entered(monkeypatch):
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()


def score(name, latents, factors, **options):
    """Score by a metric; where it needs the posterior, latents are means of narrow ones."""
    if "posterior" in get_metric(name).needs:
        latents = Posterior(latents, np.full(latents.shape, -4.0), factors)
    return dm.evaluate(latents, factors if not isinstance(latents, Posterior) else None, name, options={name: options})[
        name
    ]


def said(one, words):
    return [note for note in one.notes if words in note]


def noisy(n=600, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.integers([4, 6], size=(n, 2))
    return np.c_[v + 0.3 * rng.normal(size=v.shape), rng.normal(size=(n, 2))], v


@every_metric
def test_good_latents_get_no_note(name):
    found = score(name, *noisy(1500))
    assert not said(found, "itself")
    assert not said(found, "numbers the rows")
    assert not said(found, "the same")
    assert not said(found, "choice")


@every_metric
def test_a_column_of_labels_among_the_latents_is_named(name):
    """Noise and its label score nearly 1; as the note says, without the label nothing is left."""
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(300, 5)), rng.integers(3, size=(300, 2))  # some metrics need a second factor
    found = score(name, np.c_[z[:, :2], v[:, 0], z[:, 2:]], v)
    if "factors" in get_metric(name).needs:
        (note,) = said(found, "is factor 'v0' itself")
        assert "latent 'z2' (column 2)" in note
        assert "leave them out of the latents" in note
    assert not said(score(name, z, v), "itself")


def test_doing_so_takes_the_number_away():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(300, 5)), rng.integers(3, size=300)
    assert dm.mig(np.c_[z, v], v) > 0.9
    assert dm.mig(z, v) < 0.05


def test_several_columns_of_labels_are_named_in_one_line():
    z, v = noisy()
    (note,) = said(dm.mig(np.c_[z, v], v), "themselves")
    assert note.startswith("2 latents are factors themselves (z4 is v0, z5 is v1)")


@every_metric
def test_a_perfect_code_gets_no_note_on_that(name):
    _, v = noisy()
    assert not said(score(name, v + 0.0, v), "itself")
    assert not said(score(name, v + 0.0, v), "themselves")


@every_metric
@pytest.mark.parametrize("ids", [np.arange(600), np.arange(600)[::-1], np.random.default_rng(0).permutation(600)])
def test_row_numbers_among_the_latents_are_named(name, ids):
    z, v = noisy()
    (note,) = said(score(name, np.c_[z, ids], v), "numbers the rows")
    assert note.startswith("latent 'z4' (column 4) numbers the rows")


def compact(name):
    spec = get_metric(name)
    return spec.measures == "compactness" and "two latents" in spec.needs


COPIES = {"the same": lambda x: x, "negated": lambda x: -x, "scaled": lambda x: 3 * x - 7, "bent": lambda x: x**3}


@every_metric
@pytest.mark.parametrize("guise", COPIES)
def test_copies_are_named_where_they_matter(name, guise):
    z, v = noisy()
    found = said(score(name, np.c_[z, COPIES[guise](z[:, 0])], v), "latents that say the same")
    if not compact(name):
        assert not found
        return
    (note,) = found
    assert note.startswith("latents that say the same: z0 = z4.")
    assert ("latent_groups" in note) == ("latent_groups" in get_metric(name).options)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if compact(name)])
def test_what_the_note_on_copies_says_helps(name):
    z, v = noisy()
    twice = np.c_[z, -2 * z[:, 0]]
    with_copies, one_of_each = score(name, twice, v), score(name, z, v)
    assert one_of_each > 1.2 * with_copies
    assert not said(one_of_each, "the same")
    if "latent_groups" in get_metric(name).options:
        grouped = score(name, twice, v, latent_groups=[(0, 4), 1, 2, 3])
        assert grouped > 1.2 * with_copies
        assert not said(grouped, "the same")
        assert not said(score(name, twice, v, latent_groups=[(0, 2), 1, 3]), "the same")  # z4 is left out
        assert said(score(name, twice, v, latent_groups=[0, 2, 4]), "z0 = z4")


def one_hot(n=3000, n_classes=16):
    rng = np.random.default_rng(0)
    v = rng.integers(n_classes, size=(n, 2))
    return v, np.concatenate([np.eye(n_classes)[k] for k in v.T], axis=1)


COMPACT = [name for name in BUILT_IN if compact(name)]


@pytest.mark.parametrize("name", [name for name in COMPACT if "latent_groups" in get_metric(name).options])
def test_one_hot_codes_are_told_to_be_groups_or_numbers_and_both_help(name):
    v, codes = one_hot()
    found = score(name, codes, v)
    (note,) = said(found, "one choice in parts")
    assert "z0 to z15; z16 to z31." in note
    assert "argmax" in note
    assert "latent_groups" in note
    numbers = score(name, codes.reshape(-1, 2, 16).argmax(axis=-1).astype(float), v)
    groups = score(name, codes, v, latent_groups=[range(16), range(16, 32)])
    assert min(numbers, groups) > 3 * found
    assert not said(numbers, "choice")
    assert not said(groups, "choice")


def test_many_groups_are_cut_short():
    z, v = noisy()
    many = np.concatenate([z[:, :1] * s for s in range(1, 12)], axis=1)
    (note,) = said(dm.mig(many, v), "the same")
    assert "z0 = z1 = z2 = z3 = z4 = z5 = ..." in note
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(600, 9))
    (note,) = said(dm.mig(np.c_[pairs, -pairs], v), "the same")
    assert re.search(r"z5 = z14; and 3 more\.", note)
