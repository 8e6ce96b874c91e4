"""Notes on rows that are held out: few of them, or nearly all of one class; and it helps to do as they say."""

import newcomers
import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics import registry, sap


def codes(n, seed=0, share=None):
    rng = np.random.default_rng(seed)
    v = rng.integers([3, 4], size=(n, 2)) if share is None else (rng.random((n, 2)) < share).astype(int)
    return np.c_[v + 0.4 * rng.normal(size=v.shape), rng.normal(size=(n, 2))], v


def few(score):
    return "".join(note for note in score.notes if note.startswith("few test rows"))


def uneven(score):
    return "".join(note for note in score.notes if "are of one class" in note)


def test_few_test_rows_are_noted_with_the_step_of_an_accuracy():
    note = few(sap(*codes(20)))
    assert note.startswith("few test rows: 4 of 20 rows test the probes, so that an accuracy moves in steps of 0.25")
    assert "cv=5" in note
    assert few(sap(*codes(20), test_size=10)).startswith("few test rows: 10 of 20")
    assert few(sap(*codes(250))) == ""


def test_what_the_note_says_is_not_said_twice():
    note = few(sap(*codes(100)))
    assert "take cv=5" in note
    assert few(sap(*codes(100), cv=5)) == ""
    of_all = few(sap(*codes(30), cv=5))
    assert "30 of 30 rows" in of_all
    assert "cv=5" not in of_all
    assert "n_repeats=10" in of_all
    assert "n_repeats" not in few(sap(*codes(30), cv=5, n_repeats=10))
    assert few(sap(*codes(100), n_repeats=5)) == ""


@pytest.mark.parametrize("n", [20, 60])
def test_folds_and_repeats_as_advised_move_less_from_split_to_split(n):
    z, v = codes(n)

    def spread(**options):
        return np.std([float(sap(z, v, probe="gaussian-nb", random_state=100 * s, **options)) for s in range(8)])

    once, folds = spread(), spread(cv=5)
    assert folds < 0.7 * once
    assert n >= 50 or spread(cv=5, n_repeats=5) < 0.7 * folds  # which the note says of fewer


def test_scores_that_hold_nothing_out_have_no_such_note():
    z, v = codes(20)
    assert few(sap(z, v, evaluate_on="train")) == ""
    assert few(sap(z, v + 0.0, probe="r2", factor_kinds="continuous")) == ""
    assert few(dm.mig(z, v)) == ""


def test_rows_without_a_label_do_not_test():
    z, v = codes(300)
    v = v.astype(float)
    v[20:, 1] = np.nan
    assert few(sap(z, v)).startswith("few test rows: 4 of 20 rows")


def test_every_metric_that_holds_rows_out_says_so(monkeypatch):
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()
    note = few(dm.evaluate(*codes(30), "newcomer_explicitness")["newcomer_explicitness"])
    assert note.endswith("encode more rows")
    assert "cv" not in note


@pytest.mark.parametrize("n", [500, 2000])
def test_classes_that_are_rare_are_noted_and_balanced_accuracy_sees_them(n):
    z, v = codes(n, share=0.05)
    note = uneven(sap(z, v))
    assert "factor 'v" in note
    assert "(2 factors have a class of more than 90%)" in note
    most = float(note.split("is above ")[1].split(" ")[0])
    score = sap(z, v)
    assert score.per_factor.max() <= most + 0.01
    balanced = sap(z, v, probe="threshold", scoring="balanced-accuracy")
    assert balanced > 5 * score
    assert uneven(balanced) == ""


def test_latents_that_know_nothing_do_not_gain_by_it():
    rng = np.random.default_rng(0)
    v = (rng.random((2000, 2)) < 0.05).astype(int)
    assert sap(rng.normal(size=(2000, 4)), v, probe="threshold", scoring="balanced-accuracy") < 0.1


def test_even_classes_have_no_note():
    assert uneven(sap(*codes(500))) == ""
    assert uneven(sap(*codes(500, share=0.15))) == ""
