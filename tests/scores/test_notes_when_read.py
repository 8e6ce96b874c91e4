"""Notes that take work are made when they are first read, from the rows that were scored."""

import pickle
import warnings

import numpy as np
import pytest
from registered import call

import disentangle_metrics as dm
from disentangle_metrics.data import dependence
from disentangle_metrics.errors import DegenerateFactorWarning, InactiveLatentWarning

RNG = np.random.default_rng(0)
with_factors = pytest.mark.parametrize(
    "spec",
    [spec for spec in dm.list_metrics() if "factors" in spec.needs and not spec.parts],
    ids=lambda spec: spec.name,
)


def noted():
    """Return data with a note of each kind: constant, copied and numbering latents, a factor as latent, dependence."""
    v = RNG.integers(6, size=(400, 3))
    v[:, 2] = np.where(RNG.random(400) < 0.9, v[:, 1], v[:, 2])
    z = RNG.normal(size=(400, 6))
    z[:, 1], z[:, 2], z[:, 3], z[:, 4] = np.exp(z[:, 0]), 1.0, np.arange(400), v[:, 0] / 3
    return z, v


@pytest.fixture
def compared(monkeypatch):
    """Return the list of how many factors were compared with one another, call by call."""
    calls, strongest = [], dependence._strongest
    monkeypatch.setattr(dependence, "_strongest", lambda data: calls.append(data.n_factors) or strongest(data))
    return calls


@with_factors
def test_factors_are_compared_when_notes_are_read_and_once(compared, spec):
    made = call(spec, *noted())
    assert compared == []
    assert any(note.startswith("factors depend on each other") for note in made.notes)
    assert made.notes is made.notes
    assert compared == [3]


@with_factors
def test_notes_are_the_same_whether_the_representation_is_kept_or_restored(spec):
    z, v = noted()
    if "posterior" in spec.needs:
        data = dm.Posterior(z, np.full_like(z, -4.0), v)
        kept, restored = spec.function(data, n_draws=200), call(spec, z, v)
    else:
        data = dm.Representation(z, v)
        kept, restored = spec.function(data), spec.function(z, v)
    assert kept.notes == restored.notes
    assert any("row" in note for note in kept.notes)


def test_notes_come_in_the_order_of_the_data():
    z, v = noted()
    heads = ("factors depend", "1 of 6 latents is constant", "latent 'z3'", "latent 'z4'", "latents that say the same")
    notes = dm.mig(z, v).notes
    places = [next(i for i, note in enumerate(notes) if note.startswith(head)) for head in heads]
    assert places == sorted(places)


@pytest.mark.parametrize("leave", [dm.Score.detach, lambda made: pickle.loads(pickle.dumps(made))])
def test_a_score_that_leaves_its_rows_takes_its_notes_along(leave):
    z, v = noted()
    made = dm.mig(z, v)
    left = leave(made)
    assert left.recipe is None
    assert left.notes == made.notes
    assert len(left.notes) >= 5


@pytest.mark.parametrize("options", [{"one_hot": True}, {"inactive": "collapsed"}])
def test_notes_on_the_data_are_of_the_data_that_came(options):
    z, v = noted()
    plain, changed = dm.mig(z, v).notes, dm.mig(z, v, **options).notes
    for head in ("factors depend", "1 of 6 latents is constant", "latent 'z3'", "latent 'z4'"):
        [note] = [each for each in plain if each.startswith(head)]
        assert note in changed


def test_warnings_come_with_the_call_and_not_again_with_the_notes():
    z, v = noted()
    v[:, 0] = 1
    with pytest.warns(DegenerateFactorWarning):
        made = dm.mig(z, v)
    with pytest.warns(InactiveLatentWarning):
        dm.mig(np.ones((400, 2)), v[:, 1:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made.notes[0].startswith("factor 'v0' (column 0) has the single value 1")


@with_factors
def test_rows_that_were_overwritten_make_no_notes_and_no_intervals(spec):
    z, v = noted()
    made = call(spec, z, v)
    z[:] = RNG.normal(size=z.shape)
    assert any(note.startswith("some notes are missing: the latents were overwritten") for note in made.notes)
    with pytest.raises(dm.errors.OverwrittenError, match="pass a copy"):
        made.recipe.statistic()
