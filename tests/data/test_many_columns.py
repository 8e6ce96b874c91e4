"""Thousands of columns: work for each name or column is done once, and not once for every other column."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import Edges, OptionError, Representation, evaluate, load_representation, mig
from disentangle_metrics.data.checks import names_of_columns
from disentangle_metrics.kernels.counting.merged_factors import _planned

rng = np.random.default_rng(0)


def names(d, prefix="n"):
    return [f"{prefix}{j}" for j in range(d)]


def of_names(d):
    names_of_columns("latent_names", names(d), None, d, "z")


def of_frame(d):
    Representation(pd.DataFrame(np.arange(2 * d).reshape(2, d) / 2, columns=names(d)), [0, 1])


def of_mixed_frame(d):
    Representation(pd.DataFrame({name: [0.5, 1] if j % 2 else [0, 1] for j, name in enumerate(names(d))}), [0, 1])


def of_lone_groups(d):
    mig(wide(d), latent_groups=names(d - 1))


def of_named_edges(d):
    Edges(dict.fromkeys(names(d), (-9, 0, 9))).of_each(names(d))


def of_kinds(d):
    Representation(
        rng.normal(size=(4, 2)), rng.integers(0, 3, (4, d)), factor_kinds=dict.fromkeys(names(d, "v"), "ordinal")
    )


def of_plan(d):
    _planned.__wrapped__(256, tuple(rng.integers(2, 9, d).tolist()))


def of_constant_factors(d):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mig(rng.normal(size=(9, 2)), np.hstack([np.arange(9)[:, None] % 3, np.zeros((9, d), int)]))


def of_report(d):
    data = Representation(rng.normal(size=(9, 2)), np.arange(9)[:, None] % 3 + np.arange(d))
    report = evaluate(data, metrics="mig")
    for form in (report.describe, report.to_csv, report.to_json, report.to_markdown, report.to_latex):
        form()


def wide(d):
    return Representation(rng.normal(size=(4, d)), [0, 1, 0, 1], latent_names=names(d))


def seconds(work, d):
    def once():
        start = time.process_time()
        work(d)
        return time.process_time() - start

    return min(once() for _ in range(2))


@pytest.mark.parametrize(
    ("work", "few"),
    [
        (of_names, 1000),
        (of_frame, 2000),
        (of_mixed_frame, 500),
        (of_lone_groups, 1000),
        (of_named_edges, 500),
        (of_kinds, 1000),
        (of_plan, 1000),
        (of_constant_factors, 400),
        (of_report, 200),
    ],
)
def test_eight_times_as_many_columns_cost_not_many_times_eight(work, few):
    assert seconds(work, 8 * few) < 25 * seconds(work, few) + 0.02  # 8 if each costs the same, 64 if by pairs


def test_of_names_that_occur_twice_the_first_by_the_alphabet_is_told():
    with pytest.raises(OptionError, match="latent_names has the name 'a' more than once"):
        names_of_columns("latent_names", ["c", "b", "a", "b", "a"], None, 5, "z")


def test_a_wide_table_of_text_is_read_once(tmp_path, monkeypatch):
    pd.DataFrame(rng.normal(size=(3, 2000)), columns=names(2000)).to_csv(tmp_path / "z.csv", index=False)
    np.save(tmp_path / "v.npy", np.array([0, 1, 1]))
    calls = []
    real = pd.read_csv
    monkeypatch.setattr(pd, "read_csv", lambda *args, **options: calls.append(args) or real(*args, **options))
    assert load_representation(tmp_path / "z.csv", tmp_path / "v.npy").n_latents == 2000
    assert len(calls) == 1


@pytest.mark.parametrize("limit", [0, 5, 16, 64, 1000])
def test_factors_are_merged_where_the_first_has_room_for_them(limit):
    for seed in range(20):
        sizes = np.random.default_rng(seed).integers(2, 12, 30).tolist()
        groups = []
        for k in sorted(range(30), key=lambda k: -sizes[k]):
            fitting = [g for g in groups if np.prod([sizes[i] for i in (*g, k)]) <= limit]
            if fitting:
                fitting[0].append(k)
            else:
                groups.append([k])
        assert _planned(limit, tuple(sizes)).members == tuple(map(tuple, groups))


@pytest.mark.parametrize("dtypes", [("i8", "f8"), ("u8", "i8"), ("b1", "i8"), ("f4", "i2"), ("b1", "b1"), ("f4", "f4")])
def test_a_frame_of_numbers_is_the_array_of_its_columns(dtypes):
    columns = [np.arange(5).astype(dtype) for dtype in dtypes]
    found = Representation(pd.DataFrame(dict(zip("ab", columns, strict=True))), np.arange(5) % 2).latents
    np.testing.assert_array_equal(found, np.column_stack(columns), strict=True)


def test_large_integers_beside_floats_stay_whole_in_a_frame():
    frame = pd.DataFrame({"a": [2**53, 2**53 + 1, 2**53], "b": [0.5, 1.0, 0.5]})
    assert Representation(np.eye(3), frame).labels(0).n_values == 2
