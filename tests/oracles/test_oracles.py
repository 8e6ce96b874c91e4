"""Oracles: closed forms on full grids, the scores known for dSprites, and what each promises of its latents."""

import itertools
import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics import DTypeError, InputError, OptionError, ShapeError, mig, sap
from disentangle_metrics.cli.app import app
from disentangle_metrics.oracles import (
    ORACLES,
    cos_sin,
    duplicated,
    modulo_symmetry,
    noise,
    noisy,
    oracle,
    perfect,
    rotated,
    rotated_pair,
    warped,
)

DSPRITES = (3, 6, 40, 32, 32)
LOG2, LOG5 = np.log(2), np.log(5)
seeds = st.integers(0, 2**32)


def full(*sizes):
    """Every combination of labels once."""
    return np.array(list(itertools.product(*map(range, sizes))))


def r2(latents, factors):
    return sap(latents, factors, probe="r2", factor_kinds="continuous")


def variances(sizes):
    return np.array([(s + 1) / (3 * (s - 1)) for s in sizes])


def with_noise(labels, sizes):
    return np.hstack([perfect(labels, sizes), noise(labels, sizes)])


@pytest.fixture(scope="module", params=[0, 1], ids=["rows-0", "rows-1"])
def labels(request):
    """10,000 random rows of the dSprites grid."""
    rng = np.random.default_rng(request.param)
    return np.stack([rng.integers(size, size=10_000) for size in DSPRITES], axis=1)


# The scores known for dSprites.


KNOWN = {
    "perfect": (perfect, {}, 0.896, 1.000),
    "x and y turned by 45 degrees": (rotated_pair, {}, 0.560, 0.600),
    "duplicated": (duplicated, {}, 0.000, 0.000),
    "modulo symmetry": (modulo_symmetry, {}, 0.841, 0.847),
    "cosine and sine": (cos_sin, {}, 0.744, 0.911),
    "noise": (noise, {}, 0.000, 0.000),
    "perfect beside noise": (with_noise, {}, 0.896, 1.000),
    "noise of sd 0.1": (noisy, {"sd": 0.1}, 0.656, 0.976),
    "noise of sd 0.3": (noisy, {"sd": 0.3}, 0.389, 0.822),
    "noise of sd 0.6": (noisy, {"sd": 0.6}, 0.190, 0.538),
    "tanh 2x": (warped, {}, 0.844, 0.970),
}


@pytest.mark.parametrize("case", KNOWN)
def test_mig_on_dsprites_is_as_known(labels, case):
    make, options, expected, _ = KNOWN[case]
    assert mig(make(labels, DSPRITES, **options), labels) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("case", KNOWN)
def test_sap_by_r2_on_dsprites_is_as_known(labels, case):
    make, options, _, expected = KNOWN[case]
    assert r2(make(labels, DSPRITES, **options), labels) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("case", KNOWN)
def test_files_and_the_command_line_give_the_known_scores(labels, case, tmp_path):
    make, options, expected, by_r2 = KNOWN[case]
    np.savez(tmp_path / "latents.npz", mean=make(labels, DSPRITES, **options).astype(np.float32))
    np.savez(tmp_path / "factors.npz", factors=labels)
    args = [
        "score",
        str(tmp_path / "latents.npz"),
        str(tmp_path / "factors.npz"),
        "--set",
        "sap.probe=r2",
        "-f",
        "json",
    ]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.stderr
    scores = json.loads(result.stdout)["scores"]
    assert scores["mig"]["value"] == pytest.approx(expected, abs=0.01)
    assert scores["sap"]["value"] == pytest.approx(by_r2, abs=0.01)


@pytest.mark.parametrize("metric", [mig, r2])
def test_noise_scores_as_good_as_nothing(labels, metric):
    assert metric(noise(labels, DSPRITES), labels) < 0.001


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(perfect, [1, 1, 0.80, 0.84, 0.84], id="perfect"),
        pytest.param(rotated_pair, [1, 1, 0.80, 0, 0], id="x and y turned by 45 degrees"),
        pytest.param(modulo_symmetry, [1, 1, 0.53, 0.84, 0.84], id="modulo symmetry"),
        pytest.param(cos_sin, [1, 1, 0.04, 0.84, 0.84], id="cosine and sine"),
    ],
)
def test_the_gap_of_each_factor_of_dsprites_is_as_known(labels, make, expected):
    np.testing.assert_allclose(mig(make(labels, DSPRITES), labels).per_factor, expected, atol=0.01)


# Closed forms.


@given(st.lists(st.integers(2, 20), min_size=2, max_size=3).filter(lambda sizes: np.prod(sizes) <= 2000))
def test_perfect_scores_1_on_a_full_grid_of_at_most_20_values_per_factor(sizes):
    v = full(*sizes)
    assert mig(perfect(v, sizes), v) == pytest.approx(1.0, abs=1e-12)


@given(st.lists(st.integers(2, 40), min_size=2, max_size=2))
def test_perfect_scores_1_by_r2_on_any_full_grid(sizes):
    v = full(*sizes)
    assert r2(perfect(v, sizes), v) == pytest.approx(1.0, abs=1e-12)


def test_twenty_bins_hold_forty_values_in_pairs():
    v = full(40, 2)
    np.testing.assert_allclose(mig(perfect(v, (40, 2)), v).per_factor, [1 - LOG2 / np.log(40), 1], atol=1e-12)


def test_twenty_bins_hold_24_of_32_values_in_pairs_and_8_alone():
    # What a bin leaves open is 24/32 log 2 of log 32 = 5 log 2.
    v = full(32, 2)
    np.testing.assert_allclose(mig(perfect(v, (32, 2)), v).per_factor, [1 - 0.75 / 5, 1], atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 3), (5, 7), (3, 6, 4)])
def test_the_variance_of_perfect_is_that_of_evenly_spaced_values(sizes):
    np.testing.assert_allclose(perfect(full(*sizes), sizes).var(axis=0), variances(sizes), atol=1e-12)


@pytest.mark.parametrize("discretizer", ["uniform", "quantile", "unique"])
@pytest.mark.parametrize("size", range(2, 21))
def test_a_pair_of_equal_sizes_turned_by_45_degrees_has_gaps_of_0(size, discretizer):
    v = full(size, size)
    gaps = mig(rotated_pair(v, (size, size)), v, discretizer=discretizer).per_factor
    np.testing.assert_allclose(gaps, 0, atol=1e-12)


@given(st.integers(2, 8), st.floats(-7, 7))
def test_the_gap_in_r2_of_a_turned_pair_is_the_cosine_of_twice_the_angle(size, angle):
    v = full(size, size)
    gaps = r2(rotated_pair(v, (size, size), angle=angle), v).per_factor
    np.testing.assert_allclose(gaps, abs(np.cos(2 * angle)), atol=1e-9)


@pytest.mark.parametrize("sizes", [(4, 4, 4), (2, 3, 9)])
@given(seed=seeds)
def test_r2_of_rotated_latents_is_the_share_of_each_factor_in_their_variance(sizes, seed):
    v = full(*sizes)
    rotation = np.linalg.lstsq(perfect(v, sizes), rotated(v, sizes, seed=seed), rcond=None)[0].T
    parts = rotation**2 * variances(sizes)
    expected = parts / parts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(r2(rotated(v, sizes, seed=seed), v).matrix, expected, atol=1e-9)


@pytest.mark.parametrize("sd", [0.05, 0.2, 1.0])
def test_r2_of_noisy_latents_is_the_share_of_variance_that_is_not_noise(sd):
    # Over 200,000 rows R2 strays by 0.002 at most.
    sizes = (2, 5, 32)
    v = np.random.default_rng(0).integers(sizes, size=(200_000, 3))
    expected = variances(sizes) / (variances(sizes) + sd**2)
    np.testing.assert_allclose(np.diag(r2(noisy(v, sizes, sd=sd), v).matrix), expected, atol=0.01)


@given(st.lists(st.integers(2, 5), min_size=1, max_size=3), st.sampled_from([mig, r2]))
def test_duplicated_scores_0_on_any_grid(sizes, metric):
    v = full(*sizes)
    assert metric(duplicated(v, sizes), v) == pytest.approx(0.0, abs=1e-12)


def test_a_square_and_a_heart_in_five_orientations():
    # A square always looks the same: its latent is at 0, as is the heart's before and after a whole turn: 7 rows of 10;
    # the heart's quarter, half and three quarters are a row each. For the quarters, an orientation leaves log 2 open.
    v = full(2, 5)
    entropy = -0.7 * np.log(0.7) - 0.3 * np.log(0.1)
    of_heart = -0.4 * np.log(0.4) - 0.6 * np.log(0.2)
    on_shape, on_orientation = entropy - of_heart / 2, entropy - 0.6 * LOG2
    gaps = mig(modulo_symmetry(v, (2, 5), orientation=1, folds=(4, 1)), v).per_factor
    np.testing.assert_allclose(gaps, [1 - on_shape / LOG2, on_orientation / LOG5], atol=1e-12)


@pytest.mark.parametrize("f", [np.tanh, np.sinh, np.exp, lambda x: x**3, lambda x: 5 - 3 / (x + 2)])
def test_mig_by_quantiles_does_not_notice_a_rising_map(labels, f):
    z, w = perfect(labels, DSPRITES), warped(labels, DSPRITES, f=f)
    assert mig(w, labels, discretizer="quantile") == mig(z, labels, discretizer="quantile")


@pytest.mark.parametrize("f", [np.negative, np.arccos, lambda x: np.exp(-x)])
def test_mig_by_distinct_values_does_not_notice_a_falling_map(labels, f):
    z, w = perfect(labels, DSPRITES), warped(labels, DSPRITES, f=f)
    assert mig(w, labels, discretizer="unique") == pytest.approx(mig(z, labels, discretizer="unique"), abs=1e-12)


# What each promises of its latents.


def test_perfect_runs_from_minus_1_to_1_in_even_steps():
    np.testing.assert_allclose(perfect(full(5, 1), (5, 1)), [[-1, 0], [-0.5, 0], [0, 0], [0.5, 0], [1, 0]], atol=0)


@pytest.mark.parametrize("name", ["perfect", "duplicated", "modulo_symmetry", "cos_sin", "warped"])
def test_oracles_without_rotation_or_noise_stay_within_minus_1_and_1(labels, name):
    assert np.abs(oracle(name)(labels, DSPRITES)).max() <= 1


@pytest.mark.parametrize("name", ORACLES)
def test_every_oracle_needs_nothing_but_labels_and_sizes_of_dsprites(labels, name):
    columns = {"duplicated": 10, "cos_sin": 6, "dead": 10}.get(name, 5)
    latents = oracle(name)(labels[:50], DSPRITES)
    assert (latents.shape, latents.dtype) == ((50, columns), np.float64)


@pytest.mark.parametrize("name", ORACLES)
def test_every_oracle_gives_the_same_latents_twice(labels, name):
    np.testing.assert_array_equal(oracle(name)(labels, DSPRITES), oracle(name)(labels.copy(), DSPRITES))


@pytest.mark.parametrize("name", ORACLES)
def test_no_oracle_writes_into_the_labels(labels, name):
    before = labels.copy()
    oracle(name)(labels, list(DSPRITES))
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_the_type_of_the_integers_does_not_matter(labels, name, dtype):
    np.testing.assert_array_equal(
        oracle(name)(labels.astype(dtype), np.array(DSPRITES)), oracle(name)(labels, DSPRITES)
    )


@pytest.mark.parametrize("make", [noisy, noise, rotated])
def test_another_seed_gives_other_latents(labels, make):
    assert not np.any(make(labels, DSPRITES, seed=1) == make(labels, DSPRITES, seed=2))


def test_noise_and_noisy_of_one_seed_are_independent(labels):
    added = noisy(labels, DSPRITES, seed=7) - perfect(labels, DSPRITES)
    drawn = noise(labels, DSPRITES, seed=7)
    assert np.abs(np.corrcoef(added.T, drawn.T)[:5, 5:]).max() < 0.05


def test_noise_does_not_depend_on_the_labels(labels):
    np.testing.assert_array_equal(noise(labels, DSPRITES), noise(labels[::-1], DSPRITES))


def test_noise_has_as_many_latents_as_asked_for(labels):
    assert noise(labels, DSPRITES, n_latents=3).shape == (10_000, 3)


@given(seeds)
def test_rotated_is_a_rotation_and_no_reflection(seed):
    v = full(2, 3, 4)
    rotation = np.linalg.lstsq(perfect(v, (2, 3, 4)), rotated(v, (2, 3, 4), seed=seed), rcond=None)[0].T
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_every_direction_of_a_random_rotation_is_as_likely():
    # The first axis of the plane lands at an angle; over seeds its cosine and sine, once and twice around, average 0.
    corner = [[1, 0]]  # at (1, 0), since the second factor does not vary
    points = np.concatenate([rotated(corner, (2, 1), seed=seed) for seed in range(2000)])
    angle = np.arctan2(points[:, 1], points[:, 0])
    waves = [np.exp(1j * turns * angle).mean() for turns in (1, 2, 4)]
    assert np.abs(waves).max() < 0.06


def test_a_quarter_turn_takes_the_first_latent_to_the_second_and_that_to_minus_the_first():
    # (1, 0, -0.5), with the middle one left alone.
    np.testing.assert_array_equal(rotated_pair([[2, 1, 1]], (3, 3, 5), i=0, j=2, angle=np.pi / 2), [[0.5, 0, 1]])


def test_a_full_turn_restores_the_latents(labels):
    np.testing.assert_allclose(
        rotated_pair(labels, DSPRITES, angle=2 * np.pi), perfect(labels, DSPRITES), rtol=0, atol=1e-12
    )


def test_columns_count_from_the_end_too(labels):
    np.testing.assert_array_equal(rotated_pair(labels, DSPRITES, i=-2, j=-1), rotated_pair(labels, DSPRITES, i=3, j=4))


@pytest.mark.parametrize(("shape", "period"), [(0, 10), (1, 20), (2, 40)], ids=["square", "ellipse", "heart"])
def test_a_shape_looks_as_it_did_after_its_own_part_of_a_turn(shape, period):
    # 41 orientations, both ends among them: a step is 1/40 of a turn.
    turns = np.column_stack([np.full(41, shape), np.arange(41)])
    seen = modulo_symmetry(turns, (3, 41), orientation=1)[:, 1]
    same = seen[:, None] == seen
    np.testing.assert_array_equal(same, np.subtract.outer(np.arange(41), np.arange(41)) % period == 0)


@pytest.mark.parametrize("make", [modulo_symmetry, cos_sin])
def test_the_last_orientation_of_dsprites_is_its_first(make):
    v = np.array([[2, 0, 0, 0, 0], [2, 0, 39, 0, 0]])
    first, last = make(v, DSPRITES)
    np.testing.assert_array_equal(first, last)


@pytest.mark.parametrize("make", [modulo_symmetry, cos_sin])
def test_without_both_ends_the_last_orientation_is_one_of_its_own(make):
    v = np.array([[2, 0, k, 0, 0] for k in range(40)])
    assert len(np.unique(make(v, DSPRITES, both_ends=False), axis=0)) == 40


def test_a_quarter_turn_has_cosine_0_and_sine_1():
    np.testing.assert_allclose(cos_sin([[1]], [5], orientation=0), [[0, 1]], atol=1e-15)


def test_cosine_and_sine_lie_on_the_circle(labels):
    circle = cos_sin(labels, DSPRITES)[:, 2:4]
    np.testing.assert_allclose(np.linalg.norm(circle, axis=1), 1, atol=1e-12)


def test_all_but_orientation_stays_perfect_beside_cosine_and_sine(labels):
    np.testing.assert_array_equal(
        np.delete(cos_sin(labels, DSPRITES), [2, 3], axis=1), np.delete(perfect(labels, DSPRITES), 2, axis=1)
    )


def test_lists_are_labels_too():
    np.testing.assert_array_equal(perfect([[0, 1]], [2, 2]), [[-1, 1]])


# Errors.


def test_an_unknown_oracle_is_answered_with_the_nearest_name():
    with pytest.raises(OptionError, match=r"oracle='rotated_pairs' is not known.*Did you mean 'rotated_pair'\?"):
        oracle("rotated_pairs")


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("sizes", [(3, 6, 40, 32), (*DSPRITES, 2)])
def test_every_oracle_wants_a_size_for_each_factor(labels, name, sizes):
    with pytest.raises(ShapeError, match=rf"\(10000, 5\) and sizes has {len(sizes)} numbers"):
        oracle(name)(labels, sizes)


def test_labels_have_two_axes():
    with pytest.raises(ShapeError, match=r"labels has shape \(3,\)"):
        perfect([0, 1, 2], [3])


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("label", [-1, 40])
def test_every_oracle_refuses_a_label_out_of_range_and_says_where(labels, name, label):
    wrong = labels.copy()
    wrong[7, 2] = label
    with pytest.raises(InputError, match=rf"labels\[7, 2\] is {label} and sizes\[2\] is 40.*between 0 and 39"):
        oracle(name)(wrong, DSPRITES)


def test_labels_are_integers():
    with pytest.raises(DTypeError, match="labels have dtype float64"):
        perfect([[0.5, 1.0]], [2, 2])


@pytest.mark.parametrize("size", [0, -3, 2.5, True, "2"])
def test_a_size_is_a_whole_number_of_at_least_1(size):
    with pytest.raises(OptionError, match=r"sizes\[1\]="):
        perfect([[0, 0]], [2, size])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("noisy", {"sd": 0}, "sd=0 is out of range"),
        ("noisy", {"sd": float("nan")}, "sd=nan is out of range"),
        ("noisy", {"seed": -1}, "seed=-1 is out of range"),
        ("rotated", {"seed": 0.5}, r"seed=0\.5 is not a whole number"),
        ("noise", {"n_latents": 0}, "n_latents=0 is out of range"),
        ("rotated_pair", {"i": 5}, "i=5 is out of range"),
        ("rotated_pair", {"i": 4, "j": -1}, "i=4 and j=-1 are the same column"),
        ("rotated_pair", {"angle": float("inf")}, "angle=inf is out of range"),
        ("modulo_symmetry", {"shape": 2}, "shape=2 and orientation=2 are the same column"),
        ("modulo_symmetry", {"folds": (4, 2)}, r"folds=\(4, 2\) has 2 numbers and there are 3 shapes"),
        ("modulo_symmetry", {"folds": (4, 0, 1)}, r"folds\[1\]=0 is out of range"),
        ("modulo_symmetry", {"both_ends": 1}, "both_ends=1 is not known"),
        ("cos_sin", {"orientation": -6}, "orientation=-6 is out of range"),
        ("warped", {"f": np.square}, "not strictly monotone"),
        ("warped", {"f": np.zeros_like}, "not strictly monotone"),
        ("warped", {"f": np.sum}, "one finite number for each"),
        ("warped", {"f": lambda x: np.where(x > 0.9, np.nan, x)}, "one finite number for each"),
    ],
)
def test_an_option_that_cannot_be_is_refused(labels, name, options, message):
    with pytest.raises(OptionError, match=message):
        oracle(name)(labels, DSPRITES, **options)


# --- bent, collapsed, mixed


def test_a_random_monotone_map_leaves_all_that_bins_of_equal_frequency_see(labels):
    options = {"discretizer": "unique"}
    bent, straight = (mig(oracle(name)(labels, DSPRITES), labels, **options) for name in ("monotone", "perfect"))
    assert bent == straight == pytest.approx(1.0, abs=0.05)


def test_dead_latents_change_no_score(labels):
    z = oracle("dead")(labels, DSPRITES, n_dead=3)
    assert mig(z, labels) == mig(oracle("perfect")(labels, DSPRITES), labels)


def test_a_latent_of_two_factors_has_the_r2_of_its_docstring():
    v = np.array(list(itertools.product(range(4), range(3))))
    z = oracle("dependent")(v, (4, 3), weight=0.7)
    variance = np.array([5 / 9, 4 / 6])
    share = variance[0] / (variance[0] + 0.7**2 * variance[1])
    matrix = sap(z, v, probe="r2", factor_kinds="continuous").matrix
    np.testing.assert_allclose(matrix[0], [share, 1 - share], atol=1e-12)
