"""The smallest p-value there can be, names of models by their files, seeds, and tables of pairs."""

import math

import pytest

from disentangle_metrics import compare_many, compare_seeds
from disentangle_metrics.analysis.comparison.names import names_of_files

HIGH = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99]
LOW = [0.10, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.19]


@pytest.mark.parametrize(("n_a", "n_b"), [(4, 4), (4, 5), (3, 6)])
def test_of_all_relabelings_the_observed_one_is_the_least(n_a, n_b):
    found = compare_seeds(HIGH[:n_a], LOW[:n_b])
    assert found.p_value == pytest.approx(found.least_p)
    assert found.least_p == pytest.approx((2 if n_a == n_b else 1) / math.comb(n_a + n_b, n_a))


@pytest.mark.parametrize("n", [4, 6])
def test_of_all_signs_the_observed_ones_and_their_mirror_are_the_least(n):
    found = compare_seeds(HIGH[:n], LOW[:n], paired=True)
    assert found.p_value == pytest.approx(found.least_p) == pytest.approx(2 / 2**n)


def test_of_drawn_relabelings_the_least_is_one_in_as_many_and_one():
    found = compare_seeds(HIGH, LOW, n_permutations=999)
    assert (found.exact, found.n_draws) == (False, 999)
    assert found.least_p == pytest.approx(1 / 1000)
    assert found.p_value >= found.least_p


def test_students_t_has_no_least():
    assert compare_seeds(HIGH, LOW, test="t").least_p == 0.0


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a/x.npz", "b/y.npz"], ["x", "y"]),
        (["a/x.npz", "b/x.npz"], ["a", "b"]),
        (["a/deep/x.npz", "b/deep/x.npz", "c/x.npz"], ["a/deep", "b/deep", "c"]),
        (["x.npz", "a/x.npz"], ["x.npz", "a/x.npz"]),
        (["a/1/x.npz", "a/2/x.npz", "x.npz"], ["a/1/x.npz", "a/2/x.npz", "x.npz"]),
        (["m.npz:old", "m.npz:new"], ["old", "new"]),
    ],
    ids=str,
)
def test_models_are_named_by_what_tells_their_files_apart(files, names):
    assert names_of_files(files) == names


def test_the_largest_seed_is_taken():
    models = {"high": HIGH[:4], "low": LOW[:4]}
    assert compare_many(models, random_state=2**32 - 1).pairs[0].p_value == compare_many(models).pairs[0].p_value


def test_each_model_has_a_line_and_each_pair_both_names_at_the_left():
    lines = compare_many({"a": HIGH[:4], "longer name": LOW[:4], "b": HIGH[4:8]}).describe().splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("  a  b  "))
    assert [line.split()[0] for line in lines[2:5]] == ["b", "a", "longer"]  # each model has its line, the best first
    assert [line.split()[-1] for line in lines[2:5]] == ["a", "a", "a"]
    assert [line[:16] for line in lines[head + 1 : head + 4]] == [
        "  b  a          ",
        "  b  longer name",
        "  a  longer name",
    ]
