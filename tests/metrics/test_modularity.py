"""Modularity against closed forms and an oracle written from the equation; weights, inactive latents, noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import KSG, DegenerateFactorWarning, InactiveLatentWarning, OptionError, modularity
from disentangle_metrics.kernels.counting.information import Information
from disentangle_metrics.metrics.modularity import concentration

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def info(mutual):
    mutual = np.array(mutual, dtype=float)
    ones = np.ones(mutual.shape[-1])
    return Information(mutual, np.ones_like(mutual), ones, 2 * ones, 0 * mutual)


def by_hand(mutual, n_varying):
    """The equation, latent by latent: (per latent, information that weighs it)."""
    values = []
    for row in np.maximum(mutual, 0):
        best = int(np.argmax(row))
        rest = sum(value**2 for k, value in enumerate(row) if k != best)
        values.append(1 - rest / (row[best] ** 2 * max(n_varying - 1, 1)) if row[best] > 0 else 0.0)
    return np.array(values)


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5, 4], size=(600, 3))
    z = np.column_stack([v[:, 0], v[:, 1] + v[:, 2], v[:, 2] + rng.normal(size=600), rng.normal(size=600)])
    return z, v


@pytest.mark.parametrize(
    ("mutual", "expected"),
    [
        ([[1, 0], [0, 1]], [1, 1]),
        ([[1, 1], [0, 2]], [0, 1]),
        ([[1, 0.5, 0]], [0.875]),
        ([[0, 0], [0, 1]], [0, 1]),
        ([[0.5, -3]], [1]),  # corrected information below 0 counts as 0
    ],
)
def test_closed_forms(mutual, expected):
    np.testing.assert_allclose(concentration([info(mutual)]), expected, atol=1e-15)


def test_draws_stand_in_front():
    many = np.random.default_rng(0).random((5, 4, 3))
    each = [concentration([info(one)]) for one in many]
    np.testing.assert_array_equal(concentration([info(many[0])._replace(mutual=many)]), each)


@quiet
@settings(max_examples=50)
@given(data=labelled())
def test_the_equation_written_out(data):
    z, v = data
    score = modularity(z, v, inactive="keep")
    varying = sum(len(set(column)) > 1 for column in v.T)
    values = by_hand(score.matrix, varying)
    np.testing.assert_allclose(score.per_latent, values, atol=1e-9)
    assert score == pytest.approx(values.mean(), abs=1e-9)
    weighed = modularity(z, v, inactive="keep", weights="information")
    most = score.matrix.max(axis=1)
    assert weighed == pytest.approx(np.average(values, weights=most) if most.sum() > 1e-9 else 0.0, abs=1e-6)


def test_inactive_latents_are_left_out_or_count_as_0(arrays):
    z, v = arrays
    score = modularity(z, v)
    dead = np.column_stack([z, np.full(len(z), 3.7)])
    assert modularity(dead, v) == score
    assert np.isnan(modularity(dead, v).per_latent[4])
    assert any(
        "1 latents are inactive" in note or "1 of 5 latent is inactive" in note for note in modularity(dead, v).notes
    )
    assert modularity(dead, v, inactive="keep") == pytest.approx(score * 4 / 5)
    hair = np.column_stack([z, z[:, 0] * 1e-3])
    assert modularity(hair, v, inactive="collapsed") == score
    with pytest.warns(InactiveLatentWarning):
        assert modularity(np.ones((len(z), 2)), v) == 0.0


def test_a_constant_factor_changes_nothing(arrays):
    z, v = arrays
    with pytest.warns(DegenerateFactorWarning, match="no latent can have information about it"):
        assert modularity(z, np.column_stack([v, np.ones(len(v))])) == modularity(z, v)


def test_one_latent_and_one_factor(arrays):
    z, v = arrays
    assert modularity(z[:, :1], v).per_latent[0] == modularity(z, v).per_latent[0]
    assert modularity(z, v[:, :1]) == 1.0


def test_weights_by_information_cannot_be_a_median(arrays):
    with pytest.raises(OptionError, match=r"aggregate='median' cannot weigh .*, as weights='information' does"):
        modularity(*arrays, weights="information", aggregate="median")


@pytest.mark.parametrize("weights", ["uniform", "information"])
def test_the_note_on_noise_has_the_chance_level(arrays, weights):
    z, v = arrays
    [note] = [note for note in modularity(z, v, weights=weights).notes if "without information score" in note]
    with_level = dm.evaluate(
        z, v, "modularity", options={"modularity": {"weights": weights}}, chance=True, n_permutations=200
    )["modularity"]
    said = float(note.split(" score ")[1].split()[0])
    low, _, high = with_level.null.quantiles
    assert low <= said <= high
    assert said == pytest.approx(with_level.chance, abs=0.05)
    assert not any("without information score" in note for note in with_level.notes)


def test_noise_scores_high_and_its_weights_mend_that():
    rng = np.random.default_rng(0)
    v = rng.integers([2, 3, 5, 9], size=(2000, 4))
    noise = rng.normal(size=(2000, 4))
    assert 0.5 < modularity(noise, v) < 0.95
    beside = np.hstack([v[:, :1], noise])
    assert modularity(beside, v, weights="information") > 0.95 > modularity(beside, v) + 0.04


def test_without_bins(arrays):
    z, v = arrays
    score = modularity(z, v, estimator="ksg")
    mutual = dm.mig(z, v, estimator="ksg").matrix
    np.testing.assert_allclose(score.per_latent, by_hand(mutual, 3), atol=1e-9)
    assert "|estimator:" in score.signature
    assert "n_bins" not in score.signature
    assert dm.modularity(z, v, estimator=KSG(k=5)) != score
    with pytest.raises(OptionError, match="n_bins=10 has no effect"):
        modularity(z, v, estimator="ksg", n_bins=10)


def test_without_bins_everything_that_stands_beside_a_score(arrays):
    z, v = arrays
    for weights in ("uniform", "information"):
        options = {"modularity": {"estimator": "ksg", "weights": weights}}
        score = dm.evaluate(
            z[:150], v[:150], "modularity", options=options, confidence=0.9, n_boot=10, chance=True, ceiling=True,
            n_permutations=5,
        )["modularity"]  # fmt: skip
        assert score.interval.method == "half-samples"
        assert score.interval.low <= score.interval.center <= score.interval.high
        assert score.ceiling.value == pytest.approx(1.0, abs=0.01)


def test_without_bins_more_latents_than_factors_or_fewer(arrays):
    z, v = arrays
    assert modularity(z[:200, :2], v[:200], estimator="ksg").notes is not None
    assert len(modularity(z[:200], v[:200, :2], estimator="ksg").per_latent) == 4


@pytest.mark.parametrize("how", [{"estimator": "ksg"}, {"sample_weight": True}])
def test_where_the_chance_level_takes_long_the_note_says_how_to_get_it(arrays, how):
    z, v = arrays[0][:150], arrays[1][:150]
    options = {**how, **({"sample_weight": np.arange(150) % 3} if "sample_weight" in how else {})}
    [note] = [note for note in modularity(z, v, **options).notes if "chance level" in note]
    assert ("without sample_weight" in note) == ("sample_weight" in how)
    kept = {name: value for name, value in options.items() if name != "sample_weight"}
    report = dm.evaluate(z, v, "modularity", options={"modularity": kept}, chance=True, n_permutations=3)
    assert 0 < report["modularity"].chance < 1


def test_rounding_errors_are_no_information():
    grid = np.stack(np.meshgrid(np.arange(3), np.arange(5), np.arange(7)), axis=-1).reshape(-1, 3)
    for order in (np.arange(105), np.random.default_rng(0).permutation(105)):
        v = grid[order]
        score = modularity(v[:, :2], v[:, 1:], n_bins=8)  # the first latent is independent of both factors
        assert score.matrix[0].max() < 1e-12
        assert score.per_latent[0] == 0.0
        assert dm.med(v, v[:, 1:], n_bins=8)["med.disentanglement"].recipe.weights[0] == 0.0
