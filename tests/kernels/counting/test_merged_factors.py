"""Factors merged, counted and taken apart again have the tables they have alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disentangle_metrics.kernels.counting import information
from disentangle_metrics.kernels.counting import joint_counts as counts
from disentangle_metrics.kernels.counting import merged_factors as merging
from disentangle_metrics.kernels.counting.information import count, few_counts, measure
from disentangle_metrics.kernels.counting.joint_counts import joint_counts
from disentangle_metrics.kernels.counting.merged_factors import Factor, merge, places, planned, take_apart
from disentangle_metrics.kernels.entropy.table import ENTROPIES


def factor(codes, n_values):
    return Factor(codes.astype(np.min_scalar_type(n_values)), np.bincount(codes, minlength=n_values))


def draw_factors(rng, n, sizes):
    return [factor(rng.integers(size, size=n), size) for size in sizes]


def table(codes, n_codes, labels, n_labels):
    cells = np.zeros((n_codes, n_labels), dtype=int)
    np.add.at(cells, (codes, labels), 1)
    return cells


sizes = st.lists(st.integers(2, 9), min_size=1, max_size=6)


@given(sizes, st.integers(2, 200), st.sampled_from([1, 20, 400]))
def test_merged_factors_are_numbered_in_ranges_that_follow_one_another(sizes, n, many):
    factors = draw_factors(np.random.default_rng(0), n, sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "_MANY_VALUES", many)
        patch.setattr(merging, "_ROWS_PER_VALUE", 1)
        plan = planned(factors)
    assert sorted(k for group in plan.members for k in group) == list(range(len(sizes)))
    start = 0
    for labels, group, size in zip(merge(factors, plan), plan.members, plan.sizes, strict=True):
        assert plan.starts[plan.members.index(group)] == start
        assert size == tuple(sizes[k] for k in group)
        assert len(group) == 1 or np.prod(size) <= min(many, n)
        places = np.unravel_index(labels.astype(int) - start, size)
        for k, codes in zip(group, places, strict=True):
            np.testing.assert_array_equal(codes, factors[k].codes)
        start += int(np.prod(size))
    assert plan.n_labels == start


def test_factors_of_dsprites_are_three():
    factors = draw_factors(np.random.default_rng(0), 20_000, [3, 6, 40, 32, 32])
    assert len(planned(factors).members) == 3


def test_factors_with_many_values_stay_alone():
    factors = draw_factors(np.random.default_rng(0), 300, [1000, 256, 256, 2])
    assert [len(group) for group in planned(factors).members] == [1, 1, 1, 1]


@given(sizes, st.integers(2, 100), st.integers(1, 4), st.integers(1, 7))
def test_tables_taken_apart_are_those_of_the_factors_alone(sizes, n, n_latents, n_bins):
    rng = np.random.default_rng(0)
    factors = draw_factors(rng, n, sizes)
    latents = rng.integers(n_bins, size=(n_latents, n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "_ROWS_PER_VALUE", 1)
        plan = planned(factors)
    labels = merge(factors, plan)
    counted = [joint_counts(z, labels, n_bins, plan.n_labels).reshape(n_bins, -1).T for z in latents]
    found = take_apart(np.stack(counted, axis=1), factors, plan)
    alone, *joint = np.split(found, places(factors, n_bins)[1:-1], axis=1)
    np.testing.assert_array_equal(alone, [np.bincount(z, minlength=n_bins) for z in latents])
    for k, size in enumerate(sizes):
        expected = [table(z, n_bins, factors[k].codes, size).T.ravel() for z in latents]
        np.testing.assert_array_equal(joint[k], expected)


@given(st.integers(1, 300), st.sampled_from([1, 10, 1000]), st.sampled_from([np.uint8, np.uint16, np.intp]))
def test_pairs_are_counted_in_pieces_of_any_size(n, chunk, dtype):
    rng = np.random.default_rng(0)
    codes, labels = rng.integers(20, size=n).astype(dtype), rng.integers(12, size=(2, n)).astype(dtype)
    labels[1] += 12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "_CHUNK", chunk)
        found = joint_counts(codes, labels, 20, 24).reshape(20, 24)
    np.testing.assert_array_equal(found[:, :12], table(codes, 20, labels[0], 12))
    np.testing.assert_array_equal(found[:, 12:], table(codes, 20, labels[1] - 12, 12))


@pytest.mark.parametrize("n_codes", [255, 256, 257, 65535, 65536])
def test_cells_and_codes_at_the_ends_of_their_types(n_codes):
    codes = np.array([0, n_codes - 1, n_codes - 1]).astype(np.min_scalar_type(n_codes))
    found = joint_counts(codes, np.array([0, 0, 1], dtype=np.uint8), n_codes, 2)
    assert found.tolist() == [1] + (2 * n_codes - 3) * [0] + [1, 1]


def all_information(latents, factors, entropy):
    return measure(count(latents, factors), factors, ENTROPIES[entropy])


@pytest.mark.parametrize("entropy", sorted(ENTROPIES))
@settings(max_examples=50)
@given(sizes, st.integers(2, 100), st.lists(st.integers(1, 12), min_size=1, max_size=5), st.data())
def test_information_is_the_same_in_blocks_of_any_size(entropy, sizes, n, n_codes, data):
    rng = np.random.default_rng(0)
    factors = draw_factors(rng, n, sizes)
    latents = [(rng.integers(size, size=n).astype(np.uint8), size) for size in n_codes]
    whole = all_information(latents, factors, entropy)
    with pytest.MonkeyPatch.context() as patch:
        block = data.draw(st.integers(1, 300))
        patch.setattr(information, "_BLOCK", block)
        patch.setattr(counts, "_DENSE_CELLS", data.draw(st.sampled_from([block, 1 << 22])))
        parts = all_information(latents, factors, entropy)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)


def test_blocks_are_small():
    rng = np.random.default_rng(0)
    factors = draw_factors(rng, 1000, [50, 40])
    blocks = list(count(((rng.integers(200, size=1000), 200) for _ in range(60)), factors))
    assert len(blocks) > 1
    assert all(block.tables.nbytes < 10e6 for block in blocks)


def test_counts_are_few_by_their_occupied_cells():
    narrow, wide = draw_factors(np.random.default_rng(0), 1000, [20, 1000])
    assert few_counts(1000, 20, [narrow])
    assert few_counts(1000, 10**6, [wide, narrow])
    assert not few_counts(10_000, 20, [narrow, wide])
