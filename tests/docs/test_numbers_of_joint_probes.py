"""Figures on the pages of explicitness and informativeness that no example there computes."""

import numpy as np
import pytest
from pages import as_number, half_a_digit, row_of, wrong
from sklearn.neighbors import KNeighborsClassifier

import disentangle_metrics as dm
from disentangle_metrics.kernels.probes.together import JointProbe
from disentangle_metrics.statistics.joint_scores import JointScores
from disentangle_metrics.statistics.predictability import Plan

EXPLICITNESS, INFORMATIVENESS = "docs/metrics/explicitness.md", "docs/metrics/informativeness.md"


def shown(*first):
    return row_of(INFORMATIVENESS, *first)


def off(row, values):
    return [
        (text, value)
        for text, value in zip(row, values, strict=True)
        if abs(as_number(text) - value) > half_a_digit(text)
    ]


@pytest.mark.parametrize(
    ("name", "probe"),
    [('`"multinomial"`', "multinomial"), ('`"ovr"`', "ovr"), ("`KNeighborsClassifier()`", KNeighborsClassifier())],
    ids=["multinomial", "ovr", "knn"],
)
def test_probes_on_the_example(example, name, probe):
    score = dm.informativeness(example, probe=probe)
    assert not off(shown(name), [*score.per_factor, float(score)])


def test_guessing_on_the_example(example):
    plan = Plan(True, "accuracy", "test", 0.2, None, True, None, None, "keep")
    guess = JointScores(data=example, probes=(JointProbe(),), plan=plan, seeds=(42,)).of_a_guess
    assert not off(shown("always the most frequent class"), [*guess, guess.mean()])


def test_an_area_saturates_where_an_accuracy_does_not(example):
    area, share = dm.explicitness(example).per_factor[3], dm.informativeness(example).per_factor[3]
    sentence = "`pos_x` has {}, and the same classifier is right in {} % of the rows"
    assert not wrong(EXPLICITNESS, sentence, area, 100 * share)


def test_the_two_implementations_of_the_review(golden):
    perfect = golden.arrays("c01_perfect")
    values = [
        dm.explicitness(*perfect, **dm.PROTOCOLS[name]["explicitness"])
        for name in ("carbonneau2022", "carbonneau2022-ovr")
    ]
    noise = dm.explicitness(*golden.arrays("c04_noise"), **dm.PROTOCOLS["carbonneau2022"]["explicitness"])
    sentence = (
        "differ widely: {} and {} on the same perfect latents. Both train and test on the same rows, so that noise "
        "scores {} on"
    )
    assert not wrong(EXPLICITNESS, sentence, *map(float, values), float(noise))
    assert np.shape(golden.arrays("c04_noise")[0])[0] == 2000
