"""Comparisons count what the rows have set: bins by the largest value, probes that jump, splits that are lucky."""

import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics import OptionError, compare, compare_many
from disentangle_metrics.analysis.comparison.halves import CUTS, T_VARIANCE, InHalves, in_halves, scored_on_halves

FEW = 60


def heavy_tails(seed, n=600):
    """Two models that are alike, whose largest values set the bins."""
    rng = np.random.default_rng(seed)
    v = rng.integers(5, size=(n, 2))
    return *(np.hstack([v, np.zeros((n, 1))]) + 0.5 * rng.standard_t(1.5, (n, 3)) for _ in "ab"), v


def few_values(seed, n=1200):
    """Two models that are alike, whose latents have few values, all of which a line gets right or wrong."""
    rng = np.random.default_rng(seed)
    sizes = (4, 6)
    v = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)

    def code():
        noisy = [np.where(rng.random(n) < 0.7, v[:, k], rng.integers(size, size=n)) for k, size in enumerate(sizes)]
        return np.stack([*noisy, rng.integers(8, size=n)], axis=1)

    return code(), code(), v


# Each of these pairs is told apart at a level of 5 % if draws of rows are all that is counted.


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
@pytest.mark.parametrize("test", ["bootstrap", "sign-flip"])
def test_models_with_heavy_tails_that_are_alike_are_not_told_apart_by_their_largest_values(test, seed):
    assert not compare(*heavy_tails(seed), test=test, n_boot=FEW, random_state=seed).significant


@pytest.mark.parametrize("seed", [0, 9])
def test_models_with_few_values_that_are_alike_are_not_told_apart_by_a_jump_of_a_line(seed):
    assert not compare(*few_values(seed), "sap", n_boot=FEW, random_state=seed).significant


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_models_that_differ_are_told_apart(metric):
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(600, 2))
    good, bad = (np.hstack([v + s * rng.normal(size=v.shape), rng.normal(size=(600, 1))]) for s in (0.3, 0.7))
    assert compare(good, bad, v, metric, n_boot=FEW).significant


def test_halves_are_scored_as_if_they_were_all_the_rows():
    a, _, v = heavy_tails(3, n=60)
    score = dm.mig(a, v, n_bins=4)
    rng = np.random.default_rng([7, CUTS])
    found = scored_on_halves(score, 7, None)
    for cut in found:
        side = rng.permutation(60) % 2
        for half in (0, 1):
            alone = dm.mig(a[side == half], v[side == half], n_bins=4)
            assert cut[half] == pytest.approx(alone.per_factor)


def test_rows_of_a_group_are_in_the_same_half():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(8), 10)
    v = rng.integers(3, size=(80, 2))
    latents = np.hstack([v, groups[:, None]]) + 0.01 * rng.normal(size=(80, 3))
    seen = []

    def remember(values):
        seen.append(values)
        return float(np.mean(values))

    scored_on_halves(dm.mig(latents, v, aggregate=remember), 0, groups)
    by_hand = []
    cuts = np.random.default_rng([0, CUTS])
    for _ in range(CUTS):
        side = (cuts.permutation(8) % 2)[groups]
        by_hand += [dm.mig(latents[side == half], v[side == half]).per_factor for half in (0, 1)]
    assert np.allclose(seen[-2 * CUTS :], by_hand)


def test_a_factor_that_has_a_single_value_on_some_halves_has_the_mean_of_the_others_there():
    rng = np.random.default_rng(1)
    v = np.stack([rng.integers(3, size=40), np.arange(40) == 5], axis=1).astype(int)
    latents = v + 0.2 * rng.normal(size=v.shape)
    found = scored_on_halves(dm.mig(latents, v, n_bins=3), 0, None)
    assert np.isfinite(found).all()
    assert np.isfinite(compare(latents, latents[:, ::-1], v, n_boot=20).overall.standard_error)


def test_what_squares_of_halves_have_beyond_draws_is_counted_in_full_where_they_are_twice_as_large():
    halves = np.zeros((CUTS, 2, 3))
    halves[:, 0] = [2.0, 1.2, 1.0]  # squares of the difference, halved: 2, 0.72, 0.5
    found = in_halves(halves, np.array([0.5, 0.5, 0.5]))
    assert found.mean == pytest.approx([1.0, 0.6, 0.5])
    assert found.variance == pytest.approx([1.0, 0.0, 0.0])
    found = in_halves(np.sqrt([1.5]) * np.stack([np.ones(CUTS), -np.ones(CUTS)], axis=1)[..., None], np.array([1.0]))
    assert found.variance == pytest.approx([0.5 * 1.0])  # squares are 3, draws say 2: half of what is beyond


def test_squares_where_draws_do_not_vary_are_counted_in_full():
    halves = np.zeros((CUTS, 2, 2))
    halves[:, 0, 0] = 2.0
    assert in_halves(halves, np.zeros(2)).variance == pytest.approx([2.0, 0.0])


def test_three_times_the_mean_of_halves_is_what_they_show():
    found = InHalves(np.zeros(4), np.array([0.2, 0.05, -0.1, np.nan]))
    assert found.shown(np.array([0.3, 0.3, 0.3, np.nan])) == pytest.approx([0.3, 0.15, 0.0, np.nan], nan_ok=True)
    assert found.shown(np.array([-0.3, -0.3, -0.3, 0.1]))[:3] == pytest.approx([0.0, 0.0, -0.3])


def test_a_difference_that_halves_do_not_show_is_none_and_its_interval_holds_0():
    a, b, v = few_values(0, n=300)
    for seed in range(2):
        found = compare(a, b, v, "sap", n_boot=FEW, options={"sap": {"random_state": seed}})
        for d in [found.overall, *found.per_factor.values()]:
            assert (d.low <= 0 <= d.high) or d.p_value < 0.2


def test_a_large_part_of_what_the_rows_set_is_said():
    a, b, v = heavy_tails(0)
    [note] = [note for note in compare(a, b, v, n_boot=FEW).notes if "rows set" in note]
    assert "bins, probes, splits" in note
    quantiles = compare(a, b, v, n_boot=FEW, options={"mig": {"discretizer": "quantile"}})
    assert not [note for note in quantiles.notes if "rows set" in note]


def test_the_standard_error_of_a_model_among_several_counts_it_too():
    a, b, v = heavy_tails(0)
    held = dm.replicates(dm.Representation(a, v), "mig", n_boot=FEW).values.std(ddof=1)
    found = compare_many({"a": a, "b": b}, v, n_boot=FEW)
    halves = scored_on_halves(dm.mig(a, v), 42, None).mean(axis=2)
    squares = ((halves[:, 0] - halves[:, 1]) ** 2 / 2).mean()
    assert held < found.errors["a"] <= np.sqrt(held**2 + T_VARIANCE * squares)


def test_options_that_halves_cannot_be_scored_by_are_said():
    rng = np.random.default_rng(0)
    v = rng.integers(2, size=(100, 2))
    a, b = (v + 0.4 * rng.normal(size=v.shape) for _ in "ab")
    found = compare(a, b, v, "sap", n_boot=20, options={"sap": {"cv": 60}})
    [note] = [note for note in found.notes if "halves of the rows have no score" in note]
    assert "cv=60" in note
    with pytest.raises(OptionError):
        scored_on_halves(dm.sap(a, v, cv=60), 0, None)
