"""Columns that name the rows are left out of the factors, unless somebody says what they are."""

import numpy as np
import pytest

from disentangle_metrics import (
    DegenerateFactorWarning,
    InputError,
    Representation,
    evaluate,
    list_metrics,
    mig,
    rescore,
    sap,
)
from disentangle_metrics.data.labels import encode

SPECS = [
    one
    for spec in list_metrics()
    if "posterior" not in spec.needs and "factors" in spec.needs
    for one in spec.parts.values() or [spec]
]
left_out = pytest.warns(DegenerateFactorWarning, match="so it names rows and is left out")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(300, 2))
    return v + 0.2 * rng.normal(size=v.shape), v


NAMES = {
    "text": np.array([f"image_{i}.png" for i in np.random.default_rng(0).permutation(300)], dtype=object),
    "row numbers": np.arange(300),
    "row numbers downwards": np.arange(300)[::-1] + 5,
    "ids in order": np.sort(np.random.default_rng(0).permutation(9000)[:300]),
}


def beside(v, names):
    return np.c_[v.astype(object), names.astype(object)]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_names_of_rows_are_left_out_and_the_other_factors_score_as_without(data, spec, names):
    z, v = data
    with left_out:
        score = spec.function(z, beside(v, NAMES[names]))
    assert float(score) == pytest.approx(float(spec.function(z, v)), abs=1e-12)
    if spec.unit == "factor":
        np.testing.assert_array_equal(np.isnan(score.per_factor), [False, False, True])
    assert sum("names rows and is left out" in note for note in score.notes) == 1


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_kind_that_a_user_names_always_wins_as_the_note_says(data, spec):
    z, v = data
    factors = beside(v, NAMES["text"])
    with left_out:
        (note,) = [note for note in spec.function(z, factors).notes if "left out" in note]
    assert "factor_kinds={'v2': 'categorical'}" in note
    kinds = {"v2": "categorical"}
    with pytest.warns(UserWarning, match="300 distinct labels"):
        named = spec.function(z, factors, factor_kinds=kinds)
    assert not np.isnan(named.parts().get("v2", 0.0))
    with pytest.warns(UserWarning, match="300 distinct labels"):
        assert evaluate(z, factors, spec.name, factor_kinds=kinds)[spec.name] == named


def test_a_measurement_that_counts_rows_is_scored_if_it_is_called_one(data):
    z, v = data
    score = sap(z, beside(v, NAMES["row numbers"]), factor_kinds={"v2": "continuous"})
    assert not np.isnan(score.per_factor).any()


def test_a_signature_brings_the_number_back(data):
    z, v = data
    factors = beside(v, NAMES["text"])
    with left_out:
        score = mig(z, factors)
    assert "factor_kinds:categorical,categorical,identifier" in score.signature
    assert rescore(score.signature, z, factors)["mig"] == score


def test_a_factor_may_be_called_an_identifier(data):
    z, v = data
    score = mig(z, v, factor_kinds={"v1": "identifier"})
    assert float(score) == mig(z, v[:, 0])
    assert "factor 'v1' is left out, as factor_kinds says" in score.notes
    assert mig(z, v, factor_kinds={"v1": "identifier"}, degenerate="zero") == score
    with pytest.raises(InputError, match="every factor is an identifier"):
        mig(z, v, factor_kinds="identifier")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
def test_what_stands_beside_a_score_leaves_it_out_too(data):
    z, v = data
    asked = {"confidence": 0.9, "n_boot": 20, "chance": True, "n_permutations": 3, "adjusted": True}
    without, beside_names = evaluate(z, v, **asked), evaluate(z, beside(v, NAMES["text"]), **asked)
    for name, score in beside_names.items():
        assert score.chance == pytest.approx(without[name].chance, abs=1e-12)
        assert score.interval.low == pytest.approx(without[name].interval.low, abs=1e-12)
        assert score.ceiling.value == pytest.approx(without[name].ceiling.value, abs=0.02)


def kinds(factors, **options):
    return Representation(np.random.default_rng(0).normal(size=(len(factors), 2)), factors, **options).factor_kinds


def test_what_is_no_name_of_a_row():
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=300)
    assert kinds(np.c_[label, np.arange(300)]) == ("categorical", "identifier")
    assert kinds(np.c_[label, rng.permutation(300)]) == ("categorical", "categorical")  # it may be a measurement
    assert kinds(np.c_[label, np.arange(300) // 2]) == ("categorical", "categorical")
    assert kinds(np.c_[label, np.arange(300) + 0.5]) == ("categorical", "continuous")
    assert kinds(np.arange(300)) == ("categorical",)  # no other factor would be left
    assert kinds(np.c_[np.arange(300), np.arange(300)]) == ("categorical", "categorical")
    assert kinds(np.c_[np.zeros(300), np.arange(300)]) == ("categorical", "categorical")
    assert kinds(np.c_[label[:49], np.arange(49)]) == ("categorical", "categorical")
    assert kinds(np.c_[label[:50], np.arange(50)]) == ("categorical", "identifier")
    assert kinds(np.c_[label, np.arange(300)], factor_kinds=["categorical", "categorical"]) == ("categorical",) * 2


def test_a_column_without_any_label_names_nothing():
    label = np.arange(60) % 3
    for none in (np.full(60, None), np.full(60, np.nan)):
        with pytest.warns(DegenerateFactorWarning, match="no label at all"):
            score = mig(np.c_[label, np.arange(60) % 7], np.c_[label.astype(object), none])
        assert score == mig(np.c_[label, np.arange(60) % 7], label)


def test_names_may_be_missing_in_some_rows():
    names = NAMES["text"].copy()
    names[::7] = None
    assert encode(names, "names").names_rows
    names[1] = names[2]
    assert not encode(names, "names").names_rows


def test_a_part_of_the_rows_is_looked_at_as_the_whole_is(data):
    z, v = data
    whole = Representation(z, beside(v, NAMES["text"]))
    part = whole.take(np.arange(20))
    assert part.factor_kinds == whole.factor_kinds
    assert part.degenerate == (2,)
