"""Intervals of rows that come in groups: their width, and the bias that few groups make."""

import numpy as np
import pytest

from benchmarks.populations import many
from disentangle_metrics import evaluate, mig
from disentangle_metrics.uncertainty.replicates import _bias_of_groups, recipe_of


def test_the_middle_is_the_truth_on_average_where_few_groups_raise_it():
    population, [n] = many()["50 groups of 20 rows"]
    off = []
    for seed in range(10):
        z, v = population.draw(n, np.random.default_rng([seed, 1]))
        truth = population.mig(np.linspace(z.min(axis=0), z.max(axis=0), 21).T).mean()
        middles = [
            evaluate(z, v, "mig", confidence=0.95, n_boot=10, groups=groups)["mig"].interval.middle
            for groups in (population.groups(n), None)
        ]
        off.append(np.array(middles) - truth)
    of_groups, of_rows = np.mean(off, axis=0)
    assert of_rows > 0.003
    assert abs(of_groups) < of_rows


def test_groups_of_one_row_make_no_bias_of_their_own():
    rng = np.random.default_rng(0)
    v = rng.integers(5, size=(400, 2))
    z = np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=400)])
    recipe = recipe_of(mig(z, v))
    bias = _bias_of_groups(recipe, recipe.statistic().resampled(), 0, np.arange(400))
    np.testing.assert_allclose(bias, 0.0, atol=0.02)


def test_equal_rows_in_groups_are_as_biased_as_the_groups_are_few():
    # each row five times: 80 groups know as little as 80 rows, which halves of the groups show and of the rows do not
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(80, 1))
    z = np.hstack([v + 0.3 * rng.normal(size=v.shape), rng.normal(size=(80, 4))])
    groups = np.repeat(np.arange(80), 5)
    z, v = np.repeat(z, 5, axis=0), np.repeat(v, 5, axis=0)
    together, apart = (
        evaluate(z, v, "mig", confidence=0.95, n_boot=20, groups=g)["mig"].interval for g in (groups, None)
    )
    assert together.middle > apart.middle + 0.03  # what noise seems to know of 80 rows lowers the gap
    assert together.standard_error == pytest.approx(np.sqrt(5) * apart.standard_error, rel=0.3)
