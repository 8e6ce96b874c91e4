"""Total correlation: closed forms, laws, ends, and notes whose advice helps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics import (
    InactiveLatentWarning,
    OptionError,
    Posterior,
    Representation,
    evaluate,
    total_correlation,
)


def normal(correlation, n=1000, seed=0):
    d = len(correlation)
    return np.random.default_rng(seed).multivariate_normal(np.zeros(d), correlation, size=n)


def equal(rho, d):
    return np.full((d, d), rho) + (1 - rho) * np.eye(d)


def said(score, words):
    return [note for note in score.notes if words in note]


@pytest.mark.parametrize(("rho", "d"), [(0.0, 3), (0.3, 2), (0.6, 2), (0.3, 5), (0.9, 4)])
def test_many_rows_come_to_the_closed_form(rho, d):
    expected = -np.log((1 - rho) ** (d - 1) * (1 + (d - 1) * rho)) / 2
    found = total_correlation(normal(equal(rho, d), 40_000))
    assert found == pytest.approx(expected, abs=0.03 * max(expected, 0.05))


@given(st.integers(0, 999), st.sampled_from([1e-4, 1.0, 1e4]), st.sampled_from([0.0, 1e5]))
def test_neither_units_nor_signs_of_latents_matter(seed, unit, offset):
    z = np.random.default_rng(seed).normal(size=(50, 3)) @ np.random.default_rng(seed + 1).normal(size=(3, 3))
    assert total_correlation(z * [unit, -1, 1] + offset) == pytest.approx(
        float(total_correlation(z)), rel=1e-5, abs=1e-6
    )


def test_a_perfect_code_of_independent_factors_scores_nearly_nothing_and_a_rotation_nothing():
    v = np.stack(np.unravel_index(np.arange(1000), (10, 10, 10)), axis=1)
    assert total_correlation(v) == pytest.approx(0, abs=1e-12)
    turned = v @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    assert total_correlation(turned) == pytest.approx(0, abs=1e-12)


def test_the_matrix_has_correlations_by_the_names_of_latents():
    z = normal(equal(0.5, 3))
    score = total_correlation(Representation(np.column_stack([z, np.ones(1000)]), latent_names=["a", "b", "c", "dead"]))
    np.testing.assert_allclose(score.matrix[:3, :3], np.corrcoef(z.T), atol=1e-12)
    assert not score.matrix[3].any()
    assert not score.matrix[:, 3].any()
    frame = score.to_frame()
    assert list(frame.index) == list(frame.columns) == ["a", "b", "c", "dead"]
    assert frame.columns.name == "other latent"
    assert score.to_dict()["columns"] == "latents"


def test_latents_that_are_constant_take_no_part():
    z = normal(equal(0.5, 3))
    score = total_correlation(np.column_stack([z, np.ones(1000)]))
    assert score == pytest.approx(float(total_correlation(z)), abs=1e-14)
    assert said(score, "1 of 4 latents is constant")


def test_without_two_latents_that_vary_there_is_nothing_to_say():
    z = np.column_stack([np.arange(10) % 3, np.ones(10), np.zeros(10)])
    score = total_correlation(z)
    assert score == 0
    assert said(score, "fewer than two latents vary: the score is 0, and says nothing")
    with pytest.warns(InactiveLatentWarning, match="no latent has information about any other"):
        assert total_correlation(np.ones((10, 2))) == 0


def test_factors_are_not_used():
    z = normal(equal(0.5, 3))
    assert total_correlation(z, np.arange(1000) % 7) == total_correlation(z)


def test_weights_are_so_many_rows():
    z, weight = normal(equal(0.5, 3), 100), np.arange(100) % 3 + 1
    found = total_correlation(z, sample_weight=weight)
    assert found == pytest.approx(float(total_correlation(np.repeat(z, weight, axis=0))), abs=1e-12)


# --- copies


def test_copies_are_named_and_without_them_the_score_is_as_said():
    z = normal(equal(0.3, 3))
    score = total_correlation(np.column_stack([z, -2 * z[:, 1] + 7]))
    assert score == np.inf
    [note] = said(score, "same in other units: z1 and z3")
    dropped, value = note.partition("Without ")[2].split(" the score is ")
    kept = [j for j in range(4) if f"z{j}" not in dropped.split(", ")]
    assert f"{total_correlation(np.column_stack([z, -2 * z[:, 1] + 7])[:, kept]):.4f}" == value


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_maps_of_several_latents_are_named_and_without_them_the_score_is_as_said(dtype):
    z = normal(equal(0.3, 5))
    z = np.column_stack([z, z[:, 1] - 2 * z[:, 2] + 0.5 * z[:, 4], z[:, 0] * 3]).astype(dtype)
    score = total_correlation(z[:, :6])
    assert score == np.inf
    [note] = said(score, "linear maps of one another: z1, z2, z4, z5. Without ")
    dropped, value = note.partition("Without ")[2].split(" the score is ")
    assert f"{total_correlation(np.delete(z[:, :6], int(dropped[1:]), axis=1)):.4f}" == value
    [note] = said(total_correlation(z), "same in other units: z0 and z6")
    dropped, value = note.partition("Without ")[2].split(" the score is ")
    rest = np.delete(z, [int(name[1:]) for name in dropped.split(", ")], axis=1)
    assert f"{total_correlation(rest):.4f}" == value


def test_with_no_more_rows_than_latents_the_note_says_how_many_are_needed():
    z = np.random.default_rng(0).normal(size=(40, 10))
    [note] = said(total_correlation(z[:10]), "10 rows are no more than the 10 latents that vary")
    assert "Pass more than 10 rows" in note
    assert total_correlation(z[:11]) < np.inf


def test_an_infinite_score_has_no_interval_and_a_chance_level():
    z = normal(equal(0.3, 2), 200)
    score = evaluate(np.column_stack([z, z]), metrics="total_correlation", confidence=0.95, chance=True)[
        "total_correlation"
    ]
    assert score.interval is None
    assert said(score, "no interval: the score is inf")
    assert 0 < score.chance < 0.1
    assert score.null.p_value < 0.01
    assert score.to_dict()["value"] is None


# --- few rows


def test_few_rows_are_told_and_what_the_note_advises_helps():
    d, n = 8, 200
    z = normal(np.eye(d), n)
    score = total_correlation(z)
    [note] = said(score, "few rows: independent normal latents would score about 0.0")
    assert float(note.split("about ")[1].split(" ")[0]) == pytest.approx(d * (d - 1) / (4 * n), rel=0.05)
    with_context = evaluate(z, metrics="total_correlation", confidence=0.95, chance=True)["total_correlation"]
    assert with_context.interval.center < score / 4
    assert with_context.interval.low == 0
    assert with_context.chance == pytest.approx(float(score), rel=0.3)
    assert with_context.null.p_value > 0.05
    assert not said(total_correlation(normal(equal(0.5, d), n)), "few rows")


# --- posteriors


def posterior(n=4000, seed=0):
    z = normal(equal(0.8, 3), n, seed)
    return Posterior(z, np.broadcast_to([-3.0, 0.0, 1.0], z.shape), np.arange(n) % 3)


def test_samples_of_the_posterior_are_told_apart_from_means():
    data = posterior()
    [note] = said(total_correlation(data), "these are means of the posterior: samples from it would score")
    noise = np.random.default_rng(1).normal(size=data.latents.shape)
    samples = data.latents + np.exp(np.asarray(data.logvar) / 2) * noise
    assert float(note.rsplit(" ", 1)[1]) == pytest.approx(float(total_correlation(samples)), abs=0.03)
    assert not said(total_correlation(samples), "posterior")
    narrow = Posterior(data.latents, np.full(data.latents.shape, -9.0), data.factors)
    assert not said(total_correlation(narrow), "these are means")


def test_inactive_latents_are_told_and_left_out_as_the_note_advises():
    z = normal(equal(0.2, 4), 1000)
    z[:, 3] = z[:, 2]  # two latents that hardly move, and move together
    z[:, 2:] *= 1e-3
    z[:, 3] += 1e-4 * normal(np.eye(2), 1000)[:, 0]
    logvar = np.broadcast_to([-3.0, -3.0, 0.0, 0.0], z.shape)
    score = total_correlation(Posterior(z, logvar, np.arange(1000) % 3))
    [note] = said(score, "2 of 4 latents are inactive")
    without = total_correlation(Posterior(z, logvar, np.arange(1000) % 3), inactive="collapsed")
    assert f"without them the score is {without:.4f} (inactive='collapsed')" in note
    assert without < 0.1 < score
    assert not said(without, "inactive (KL")


def test_options_are_checked():
    with pytest.raises(OptionError, match="inactive"):
        total_correlation(np.eye(4), inactive="keep")
