"""Texts of comparisons: the latents of each model, and the meaning of letters and of filled marks."""

import numpy as np
import pytest

from disentangle_metrics import compare, compare_many, compare_seeds


def latents_of(v, n_latents, seed=0):
    rng = np.random.default_rng(seed)
    return np.hstack([v + 0.3 * rng.normal(size=v.shape), rng.normal(size=(len(v), n_latents - v.shape[1]))])


@pytest.fixture
def v():
    return np.random.default_rng(0).integers(3, size=(90, 2))


def test_numbers_of_latents_are_said_model_by_model(v):
    four, six, three = (latents_of(v, d) for d in (4, 6, 3))
    assert "six has 6 latents, four 4" in compare(six, four, v, n_boot=20, names=("six", "four")).notes
    models = {"b": six, "a": three, "c": four, "d": six}
    assert "b has 6 latents, a 3, c 4, d 6" in compare_many(models, v, n_boot=20).notes
    assert not [note for note in compare(four, four[:, ::-1], v, n_boot=20).notes if "latents," in note]


def test_seeds_of_different_numbers_of_latents_are_said_model_by_model(v):
    old, new = [latents_of(v, d, seed=d) for d in (5, 3, 3)], [latents_of(v, 4, seed=s) for s in (0, 1)]
    found = compare_seeds(old, new, v, names=("old", "new"))
    assert "old has 3 or 5 latents, new 4" in found.notes


def test_models_that_share_a_letter_are_not_told_apart():
    runs = {"a": [0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.4]}
    said = "models that share a letter are not told apart at the 5 % level"
    found = compare_many(runs)
    assert all(said in text for text in (found.describe(), found.to_markdown(), found.to_latex().replace("\\", "")))


def test_the_axis_says_that_marks_are_adjusted_and_bars_are_not():
    pytest.importorskip("matplotlib")
    [axes] = compare_many({"a": [0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.4]}).figure().axes
    assert axes.get_xlabel() == "difference; bar: its 95 % interval, not adjusted; filled: adjusted p below 0.05"
