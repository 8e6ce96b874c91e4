"""What is said beside an interval that may mislead, and bad options of one."""

import numpy as np
import pytest

from disentangle_metrics import InputError, OptionError, Representation, ShapeError, evaluate


def test_groups_are_recorded_and_few_of_them_said(data):
    groups = np.arange(600) // 60
    score = evaluate(data, metrics="mig", confidence=0.95, n_boot=20, groups=groups)["mig"]
    assert score.settings["groups"].startswith("10 groups, sha256 ")
    assert any(note.startswith("10 groups are too few") for note in score.notes)
    named = evaluate(data, metrics="mig", confidence=0.95, n_boot=20, groups=[f"film {g}" for g in groups])["mig"]
    assert named.settings["groups"] == score.settings["groups"]
    assert named.interval == score.interval


@pytest.mark.parametrize(("n_groups", "few"), [(19, True), (20, False)])
def test_fewer_than_20_groups_are_few(data, n_groups, few):
    groups = np.arange(600) % n_groups
    notes = evaluate(data, metrics="mig", confidence=0.95, n_boot=4, groups=groups)["mig"].notes
    assert any("groups are too few" in note for note in notes) == few


@pytest.mark.parametrize("empty", [None, np.nan, ""], ids=str)
def test_a_row_without_a_group_is_refused(data, empty):
    groups = np.array([f"film {i}" for i in range(600)], dtype=object)
    groups[7] = empty
    with pytest.raises(InputError, match="row 7 has no group"):
        evaluate(data, metrics="mig", confidence=0.95, groups=groups)


def test_a_second_best_that_may_count_is_said_in_the_unit_of_the_gap():
    rng = np.random.default_rng(8)
    v = rng.integers(15, size=(300, 1))
    z = np.hstack([v + rng.normal(size=(300, 1)), v + 12 * rng.normal(size=(300, 2))])
    said = {}
    for normalizer in ("factor", "none"):
        options = {"mig": {"normalizer": normalizer}}
        notes = evaluate(z, v, "mig", options=options, confidence=0.95, n_boot=20)["mig"].notes
        said[normalizer] = next(
            float(note.split("gap is up to ")[1].split()[0]) for note in notes if "gap is up to" in note
        )
    assert said["none"] == pytest.approx(said["factor"] * np.log(15), rel=0.15)


def test_factors_whose_rows_all_agree_are_named(data):
    v = np.array(data.factors)
    score = evaluate(np.column_stack([v[:, 0], data.latents[:, 1:]]), v, "mig", confidence=0.95, n_boot=20)["mig"]
    assert score.interval.per_factor[0] == (1.0, 1.0)
    assert "every draw gave v0 the same value, whose own interval has no width" in score.notes


def test_a_second_best_that_cannot_be_told_from_chance_is_said():
    rng = np.random.default_rng(8)
    v = rng.integers(15, size=(300, 1))
    z = np.hstack([v + rng.normal(size=(300, 1)), v + 12 * rng.normal(size=(300, 2))])
    few = evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"]
    assert any("whether a second latent knows something of v0" in note for note in few.notes)


def test_few_test_rows_are_said(data):
    few = Representation(data.latents[:400], data.factors[:400])
    for some, said in ((few, True), (data, False)):
        notes = evaluate(some, metrics="sap", confidence=0.95, n_boot=20)["sap"].notes
        assert any(note.startswith("only 80 test rows") for note in notes) is said


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"confidence": 95}, OptionError),
        ({"confidence": 0.95, "n_boot": 1}, OptionError),
        ({"chance": True, "n_permutations": 0}, OptionError),
        ({"chance": 1}, OptionError),
        ({"confidence": 0.95, "groups": [1, 2]}, ShapeError),
        ({"groups": np.arange(600)}, OptionError),
        ({"n_boot": 20, "chance": True}, OptionError),
        ({"n_permutations": 20, "confidence": 0.95}, OptionError),
        ({"confidence": 0.95, "groups": np.zeros(600)}, OptionError),
    ],
    ids=str,
)
def test_bad_options_are_refused(data, changes, error):
    with pytest.raises(error):
        evaluate(data, metrics="mig", **changes)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_told_of_a_second_latent_that_could_take_off_less_than_a_hundredth(seed):
    """A perfect code has no error, so that any information of the noise beside it is more than one."""
    rng = np.random.default_rng(seed)
    v = rng.integers(4, size=2000)
    z = np.column_stack([v, rng.normal(size=(2000, 60))])
    score = evaluate(z, v, "mig", confidence=0.95, n_boot=10)["mig"]
    assert not any("second latent" in note for note in score.notes)
