"""How small a p-value can be: enough draws for many tests by default, and advice that works where there are not."""

import re

import numpy as np
import pytest

from disentangle_metrics import compare, compare_many, compare_metrics, compare_seeds, evaluate
from disentangle_metrics.analysis.comparison.reach import default_draws

# Options by which each draw is scored anew.
SCORED_ANEW = {"mig": {"estimator": "gaussian", "factor_kinds": "continuous"}}
# Options by which draws are quick.
QUICK = {"sap": {"probe": "r2", "factor_kinds": "continuous"}}


def factors_and_models(k, n=240, seed=0):
    """Factors, latents that hold each, and latents that hold all but the last."""
    rng = np.random.default_rng(seed)
    v = rng.integers(3, size=(n, k))
    good = np.hstack([v + 0.2 * rng.normal(size=v.shape), rng.normal(size=(n, 1))])
    bad = good.copy()
    bad[:, k - 1] = rng.normal(size=n)
    return v, good, bad


def seeds_of(k, n_seeds, shift):
    """Scores of seeds with k factors."""
    rng = np.random.default_rng(int(100 * shift))
    made = []
    for _ in range(n_seeds):
        v = rng.integers(2, size=(60, k))
        latents = np.hstack([v + (0.3 + shift) * rng.normal(size=v.shape), rng.normal(size=(60, 1))])
        made.append(evaluate(latents, v, "mig", options={"mig": {"n_bins": 4}})["mig"])
    return made


def cannot(found):
    """The notes that say that no p-value can be small."""
    return [note for note in found.notes if "is possible" in note]


def wanted(found, what):
    """The number in a note's advice."""
    [number] = [m for note in cannot(found) for m in re.findall(what, note)]
    return int(number.replace(",", ""))


def test_the_default_number_of_draws_follows_the_number_of_tests_and_the_level():
    assert default_draws(1000, 8, 0.95) == 1000
    assert default_draws(100, 1, 0.95) == 100
    assert default_draws(100, 8, 0.95) == 320
    assert default_draws(1000, 100, 0.95) == 4000
    assert default_draws(100, 8, 0.99) == 1000  # no more than ten times as many as for one test


def test_a_factor_that_differs_is_seen_among_six_where_each_draw_is_scored_anew():
    v, good, bad = factors_and_models(6, n=120)
    found = compare(good, bad, v, options=SCORED_ANEW)
    assert found.n_draws == 240
    assert found.per_factor["v5"].p_adjusted < 0.05
    assert not cannot(found)


def test_draws_that_are_too_few_for_the_factors_are_told_and_as_many_as_advised_suffice():
    v, good, bad = factors_and_models(8)
    few = compare(good, bad, v, "sap", options=QUICK, n_boot=100)
    assert few.per_factor["v7"].p_adjusted == pytest.approx(8 / 101)
    assert cannot(few) == [
        "with so few draws and 8 factors no adjusted p of a factor below 0.0792 is possible: draw at least 160 (n_boot)"
    ]
    enough = compare(good, bad, v, "sap", options=QUICK, n_boot=wanted(few, r"at least ([\d,]+) "))
    assert not cannot(enough)
    assert enough.per_factor["v7"].p_adjusted < 0.05


def test_draws_that_are_too_few_for_the_score_are_told():
    v, good, bad = factors_and_models(2)
    assert (
        "with so few draws no p below 0.0909 is possible: draw at least 20 (n_boot)"
        in compare(good, bad, v, n_boot=10).notes
    )
    assert not cannot(compare(good, bad, v, n_boot=40))


def test_factors_with_a_single_value_are_no_tests():
    v, good, bad = factors_and_models(8)
    v[:, 1:6] = 0
    with pytest.warns(Warning, match="single value"):
        found = compare(good, bad, v, "sap", options=QUICK, n_boot=100)
    assert not cannot(found)


def test_metrics_and_factors_are_one_family():
    v, good, bad = factors_and_models(6)
    few = compare_metrics(good, bad, v, ["mig", "sap"], n_boot=150)
    assert "12 factors of metrics" in cannot(few["mig"])[0]
    enough = compare_metrics(good, bad, v, ["mig", "sap"], n_boot=wanted(few["mig"], r"at least ([\d,]+) "))
    assert not cannot(enough["mig"])
    assert enough["mig"].per_factor["v5"].p_adjusted < 0.05


def test_draws_by_default_follow_metrics_and_factors():
    v, good, bad = factors_and_models(3, n=80)
    found = compare_metrics(good, bad, v, ["mig", "sap"], options=SCORED_ANEW)
    assert [found[name].n_draws for name in found] == [240, 1000]
    assert not cannot(found["mig"])


def test_draws_by_default_follow_the_pairs_of_models():
    v, good, bad = factors_and_models(2, n=80)
    models = {"bad": bad, "good": good, "noisy": good + 0.01 * np.random.default_rng(1).normal(size=good.shape)}
    found = compare_many(models, v, confidence=0.96, options=SCORED_ANEW)
    assert found.pairs[0].n_draws == 150
    assert not cannot(found)


def test_sign_flips_that_cannot_reach_a_family_send_to_the_bootstrap():
    v, good, bad = factors_and_models(7, n=160)
    groups = np.arange(160) % 8
    few = compare(good, bad, v, "sap", test="sign-flip", groups=groups, options=QUICK)
    assert "with so few flips and 7 factors" in cannot(few)[0]
    assert cannot(few)[0].endswith("take test='bootstrap'")
    assert not cannot(compare(good, bad, v, "sap", groups=groups, options=QUICK))


def test_seeds_too_few_for_the_factors_are_told_and_as_many_as_advised_suffice():
    few = compare_seeds(seeds_of(8, 5, 0.0), seeds_of(8, 5, 0.5))
    assert "no adjusted p of a factor below 0.0635 is possible: run at least 6 seeds of each" in cannot(few)[0]
    enough = compare_seeds(seeds_of(8, 6, 0.0), seeds_of(8, 6, 0.5))
    assert not cannot(enough)


@pytest.mark.parametrize(("paired", "least"), [(False, 4), (True, 6)])
def test_seeds_too_few_for_any_test_are_told_how_many_suffice(paired, least):
    few = compare_seeds([0.1, 0.2, 0.3], [0.5, 0.6, 0.8], paired=paired)
    assert wanted(few, r"at least (\d+) ") == least
    scores = np.linspace(0, 0.1, least)
    found = compare_seeds(list(scores), list(scores + 1), paired=paired)
    assert not cannot(found)
    assert found.significant


def test_relabelings_too_few_for_the_pairs_are_told_and_as_many_as_advised_suffice():
    rng = np.random.default_rng(0)
    runs = {f"m{i}": list(i + 0.1 * rng.normal(size=9)) for i in range(5)}
    few = compare_many(runs, n_permutations=100)
    enough = compare_many(runs, n_permutations=wanted(few, r"at least ([\d,]+) \(n_permutations"))
    assert not cannot(enough)
    assert any(pair.significant for pair in enough.pairs)
