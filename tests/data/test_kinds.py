"""Kinds of factors: ways to give them, their effect on labels, and refusals."""

import json

import numpy as np
import pytest

from disentangle_metrics import Circular, DTypeError, OptionError, Posterior, Representation, evaluate, mig, sap
from disentangle_metrics.data.kinds import default_period

ANGLES = np.linspace(0, 2 * np.pi, 9)  # with both ends
RNG = np.random.default_rng(0)
LATENTS = RNG.normal(size=(90, 3))
FACTORS = np.column_stack([np.tile(ANGLES, 10), RNG.integers(4, size=90), 45.0 * RNG.integers(8, size=90)])
FULL = 2 * np.pi


def represent(kinds, factors=FACTORS):
    return Representation(LATENTS, factors, factor_names=["hue", "size", "turn"], factor_kinds=kinds)


@pytest.mark.parametrize(
    "kinds",
    [
        {"hue": "circular", "size": "ordinal", "turn": Circular(360)},
        {"hue": Circular(), "size": "ordinal", "turn": "circular:360"},
        ["circular", "ordinal", "circular:360.0"],
        [Circular(FULL), "ordinal", Circular(period=360)],
    ],
)
def test_kinds_are_given_by_name_order_or_mapping_and_with_a_period(kinds):
    assert represent(kinds).factor_kinds == (Circular(FULL), "ordinal", Circular(360.0))


@pytest.mark.parametrize("kind", ["circular", "circular:360", Circular(), Circular(360)])
def test_one_kind_serves_all_factors(kind):
    period = 360 if "360" in str(kind) else None
    assert represent(kind).factor_kinds == tuple(Circular(period or own) for own in (FULL, 4, 360))


@pytest.mark.parametrize(
    ("values", "period"),
    [
        ([0, 1, 2, 3], 4),
        ([0.0, 1.0, 3.0], 4),
        ([1, 2, 12], 12),
        ([0, 90, 180, 270], 360),
        ([0, 30, 150], 180),
        ([7], 1),
        ([0.0, 0.5, 3.0], FULL),
        ([], FULL),
    ],
)
def test_the_period_is_a_full_turn_or_one_step_more_than_whole_numbers_reach(values, period):
    assert default_period(np.array(values, dtype=float)) == period


def test_neither_order_nor_circle_is_ever_inferred():
    assert represent(None).factor_kinds == ("categorical",) * 3
    assert represent({"turn": "ordinal"}).factor_kinds == ("categorical", "categorical", "ordinal")


def test_values_a_period_apart_are_one_label():
    data = represent({"hue": "circular"})
    assert data.labels(0).n_values == 8
    assert data.labels(0).codes[:9].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert data.labels(0).counts.tolist() == [20, *[10] * 7]
    assert represent(None).labels(0).n_values == 9


def test_missing_labels_stay_missing():
    factors = FACTORS.copy()
    factors[:2, 0] = np.nan
    assert represent({"hue": "circular"}, factors).labels(0).codes[:10].tolist() == [-1, -1, 2, 3, 4, 5, 6, 7, 0, 0]


def test_many_angles_are_measured_and_few_are_labels():
    many = RNG.uniform(0, 360, 90)
    data = represent("circular:360", np.column_stack([many, FACTORS[:, 1], FACTORS[:, 2]]))
    assert [data.is_measured(k) for k in range(3)] == [True, False, False]
    np.testing.assert_allclose(data.angles(0), many / 360, atol=1e-12)
    assert data.angles(1) is not None
    assert represent("ordinal").angles(0) is None


def test_a_factor_that_never_leaves_an_angle_is_constant():
    factors = np.column_stack([360.0 * RNG.integers(3, size=90), FACTORS[:, 1]])
    with pytest.warns(UserWarning, match=r"factor 'v0' \(column 0\) has the single value 0"):
        score = mig(LATENTS, factors, factor_kinds={"v0": "circular:360"})
    assert np.isnan(score.per_factor[0])


def test_a_note_says_which_period_was_taken_and_which_values_coincide():
    notes = mig(represent({"hue": "circular", "turn": Circular(360)})).notes
    assert "factor 'hue' was taken to have the period 6.28319 (pass Circular(period=...))" in notes
    assert "the 9 values of factor 'hue' are 8 angles, modulo 6.28319" in notes
    assert sum("period" in note or "angles" in note for note in notes) == 2


@pytest.mark.parametrize("metric", [mig, sap])
def test_signature_settings_and_json_say_the_kinds_with_their_periods(metric):
    score = metric(represent({"hue": Circular(), "size": "ordinal", "turn": "circular:360"}))
    assert "|factor_kinds:circular:6.283185307179586,ordinal,circular:360|" in score.signature
    assert score.settings["factor_kinds"] == (Circular(FULL), "ordinal", Circular(360.0))
    kinds = json.loads(json.dumps(score.to_dict()))["settings"]["factor_kinds"]
    assert kinds == ["circular:6.283185307179586", "ordinal", "circular:360"]
    again = metric(LATENTS, FACTORS, factor_kinds=kinds)  # what was written can be given again
    assert again == score
    assert again.signature == score.signature


def test_kinds_are_kept_apart_in_what_is_remembered():
    data = represent(None)
    for kinds in ("circular:360", "circular:100", "ordinal", None):
        for options in ({}, {"factor_kinds": kinds}):
            assert mig(data, **options) == mig(represent(options.get("factor_kinds")))
    many = Representation(LATENTS, RNG.uniform(0, 9, (90, 1)))
    scores = [mig(many, factor_kinds=kind) for kind in ("circular:9", "circular:3", "continuous")]
    assert [mig(LATENTS, many.factors, factor_kinds=k) for k in ("circular:9", "circular:3", "continuous")] == scores
    assert len(set(map(float, scores))) == 3


def test_evaluate_and_the_posterior_take_them():
    report = evaluate(LATENTS, FACTORS, factor_kinds={"v0": "circular", "v2": "circular:360"})
    assert report["sap"] == sap(LATENTS, FACTORS, factor_kinds={"v0": "circular", "v2": "circular:360"})
    data = Posterior(LATENTS, np.zeros(LATENTS.shape), FACTORS, factor_kinds={"v0": "circular"})
    assert evaluate(data, metrics="mig_posterior")["mig_posterior"].settings["factor_kinds"][0] == Circular(FULL)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("circlar", r"factor_kinds='circlar' is not known. Use one of .*Did you mean 'circular'\?"),
        ("ordinl", r"Did you mean 'ordinal'\?"),
        ("circular:", r"factor_kinds='circular:': period '' is not a number. Use circular:360."),
        ("circular:one", "period 'one' is not a number"),
        ("circular:0", "period=0.0 is out of range. Use a number above 0."),
        ("circular:nan", "period=nan is out of range"),
        ("circular:inf", "period=inf is out of range"),
        ({"hue": 360}, "factor_kinds=360 is not known"),
        (360, r"factor_kinds=360 is not known. Use one of .*Circular\(period=...\)"),
        ([Circular], "factor_kinds has 1 entries and there are 3"),
        ([Circular, "ordinal", "ordinal"], "is not known"),
    ],
)
def test_kinds_that_do_not_fit_are_refused(kinds, message):
    with pytest.raises(OptionError, match=message):
        represent(kinds)


@pytest.mark.parametrize("period", [0, -1, np.inf, "360", True])
def test_a_period_is_a_finite_number_above_0(period):
    with pytest.raises(OptionError, match=r"period=.* is out of range"):
        Circular(period)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("ordinal", r"'v0' has text labels such as 'blue', whose order is alphabetical. Number them"),
        ("circular", r"'v0' has text labels such as 'blue', which cannot be measured"),
    ],
)
def test_text_has_neither_order_nor_angle(kind, message):
    colors = np.array(["blue", "green", "red", "violet"])[FACTORS[:, [1]].astype(int)]
    with pytest.raises(DTypeError, match=message):
        mig(LATENTS, colors, factor_kinds=kind)
