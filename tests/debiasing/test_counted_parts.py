"""Intervals of metrics of counts: information is corrected first, and the interval holds what may be chance."""

import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics.debiasing.counted_parts import CountedParts
from disentangle_metrics.registry import get_score

METRICS = ("modularity", "mig_sup", "dcimig", "med.disentanglement", "med.completeness")
every_metric = pytest.mark.parametrize("name", METRICS)


def beside_noise(n, seed=0, step=0.05, n_noise=3):
    rng = np.random.default_rng(seed)
    v = rng.integers([3, 6, 9], size=(n, 3))
    return np.hstack([v + step * rng.normal(size=v.shape), rng.normal(size=(n, n_noise))]), v


def counted(score):
    return score.recipe.debias(score.recipe.statistic().resampled())


def interval(z, v, name, **options):
    return dm.evaluate(z, v, name, confidence=0.95, n_boot=100, options={name: options})[name].interval


@every_metric
def test_the_rule_of_metrics_of_counts_is_the_default(name):
    score = get_score(name).function(*beside_noise(300))
    parts = counted(score)
    assert isinstance(parts, CountedParts)
    low, middle = parts.cases[1], parts.cases[0]
    assert (low <= middle).all()
    assert set(np.unique(low[low != middle])) <= {0.0}
    np.testing.assert_allclose(parts.center(np.empty(0), np.empty(0)), score.recipe.reduce((parts._with(middle),)))


@every_metric
def test_a_perfect_code_beside_noise_may_be_perfect(name):
    z, v = beside_noise(500)
    score = dm.evaluate(z, v, name, confidence=0.95, n_boot=100)[name]
    truth = {"modularity": 0.5, "mig_sup": 0.5, "dcimig": 1.0, "med.disentanglement": 1.0, "med.completeness": 1.0}[
        name
    ]
    exact = dm.evaluate(*beside_noise(50_000), name)[name]
    assert score.interval.low - 0.01 <= truth <= score.interval.high + 0.03
    if name.startswith("med"):
        assert score < 0.75 < 0.95 < exact
        assert score.interval.center > 0.9


def test_what_may_be_chance_widens_the_interval_and_a_note_says_so():
    z, v = beside_noise(500)
    score = dm.evaluate(z, v, "modularity", confidence=0.95, n_boot=100)["modularity"]
    assert score.interval.high - score.interval.low > 0.3
    assert any(
        "too few rows to tell whether" in note and "The interval holds both cases" in note for note in score.notes
    )
    alone = dm.evaluate(v, v, "modularity", confidence=0.95, n_boot=100)["modularity"]
    assert alone.interval.high - alone.interval.low < 0.02
    assert not any("too few rows to tell whether" in note for note in alone.notes)


def test_clear_information_has_a_narrow_interval_around_the_truth():
    rng = np.random.default_rng(3)
    v = rng.integers(4, size=(2000, 2))
    z = np.stack([v[:, 0] + v[:, 1], v[:, 0] - v[:, 1]], axis=1)
    for name in METRICS:
        exact = dm.evaluate(*_grid(), name)[name]
        found = interval(z, v, name)
        assert found.low - 0.002 <= exact <= found.high + 0.002, name
        assert found.high - found.low < 0.1, name


def _grid():
    v = np.stack(np.meshgrid(np.arange(4), np.arange(4)), axis=-1).reshape(-1, 2)
    return np.stack([v[:, 0] + v[:, 1], v[:, 0] - v[:, 1]], axis=1), v


@every_metric
def test_noise_may_score_0_and_is_not_corrected_upwards(name):
    rng = np.random.default_rng(1)
    v, z = rng.integers(5, size=(800, 3)), rng.normal(size=(800, 4))
    score = dm.evaluate(z, v, name, confidence=0.95, n_boot=100)[name]
    assert score.interval.low == 0.0
    assert score.interval.center <= score + 0.01


@every_metric
def test_the_entropy_of_the_score_does_not_move_the_interval(name):
    z, v = beside_noise(600, step=0.4)
    plugin, corrected = (interval(z, v, name, entropy=entropy) for entropy in ("plugin", "miller-madow"))
    assert (plugin.low, plugin.high) == pytest.approx((corrected.low, corrected.high), abs=1e-9)


@every_metric
def test_too_few_rows_for_the_values_of_a_factor_give_no_interval(name):
    rng = np.random.default_rng(1)
    v = np.column_stack([np.arange(200) % 60, rng.integers(3, size=200)])
    score = dm.evaluate(v + 0.0, v, name, confidence=0.95, n_boot=20)[name]
    assert score.interval is None
    assert any("no interval: factor 'v0' has 60 values in 200 rows" in note for note in score.notes)


@every_metric
def test_groups_of_rows(name):
    rng = np.random.default_rng(2)
    v = rng.integers(4, size=(100, 2)).repeat(10, axis=0)
    z = v + 0.3 * rng.normal(size=v.shape)
    groups = np.arange(1000) // 10
    alone = interval(z, v, name)
    together = dm.evaluate(z, v, name, confidence=0.95, n_boot=100, groups=groups)[name].interval
    assert together.low <= together.center <= together.high
    assert together.standard_error > alone.standard_error


@every_metric
def test_the_wider_the_level_the_wider_the_interval(name):
    z, v = beside_noise(600, step=0.4)
    narrow, wide = (dm.evaluate(z, v, name, confidence=level, n_boot=100)[name].interval for level in (0.8, 0.99))
    assert wide.low <= narrow.low <= narrow.high <= wide.high
