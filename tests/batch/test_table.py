"""The table of many files: its rows, its columns, and the forms that hold it."""

import json
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from runs import ARGS, N, batch

from disentangle_metrics import (
    DegenerateFactorWarning,
    DisentangleWarning,
    evaluate,
    load_representation,
    mig,
    score_many,
)
from disentangle_metrics.batch import worker
from disentangle_metrics.batch.table import FORMS


@pytest.mark.parametrize("metrics", ["mig", ("mig", "sap")], ids=["one", "two"])
def test_a_row_says_what_evaluate_says(runs, metrics):
    table = score_many("run*/latents.npz", "factors.npz", metrics)
    for _, row in table.iterrows():
        for name, score in evaluate(load_representation(row.file, "factors.npz"), metrics=metrics).items():
            assert row[name] == score
            assert {part: row[f"{name}[{part}]"] for part in score.factor_names} == score.parts()
            assert row[f"{name}.signature"] == score.signature


def test_there_is_a_row_per_file_in_order(runs):
    table = score_many([runs[4], "run*/latents.npz", runs[4]], "factors.npz", "mig", n_jobs=2)
    assert table["file"].tolist() == [runs[4], *runs[:4], runs[5]]


def test_columns_come_in_a_fixed_order(runs):
    table = score_many(runs[0], "factors.npz", ["sap", "mig"], options={"sap": {"n_repeats": 2}})
    assert list(table) == [
        *("file", "sap", "mig", "error", "seconds"),
        *("sap[shape]", "sap[pos_x]", "sap.spread", "sap.notes", "sap.signature"),
        *("mig[shape]", "mig[pos_x]", "mig.notes", "mig.signature"),
    ]


def test_the_spread_over_splits_is_a_column(runs):
    table = score_many(runs[0], "factors.npz", "sap", options={"sap": {"n_repeats": 3}})
    expected = evaluate(load_representation(runs[0], "factors.npz"), metrics="sap", options={"sap": {"n_repeats": 3}})
    assert table["sap.spread"][0] == expected["sap"].spread


def test_settings_are_those_of_evaluate(runs):
    settings = {"protocol": "locatello2019", "options": {"mig": {"n_bins": 5}}, "factor_kinds": {"shape": "continuous"}}
    table = score_many(runs[3], "factors.npz", "mig", **settings)
    expected = evaluate(load_representation(runs[3], "factors.npz"), metrics="mig", **settings)["mig"]
    assert (table["mig"][0], table["mig.signature"][0]) == (expected, expected.signature)


def test_a_key_picks_the_array_of_every_file(runs):
    table = score_many("run*/latents.npz:sample", "factors.npz", "mig")
    assert table["file"].tolist() == [f"{file}:sample" for file in runs]
    assert table["mig"][1] == mig(load_representation(f"{runs[1]}:sample", "factors.npz"))


def test_factors_lie_beside_each_file(runs):
    np.savez("run000/v.npz", factors=np.arange(120)[:, None] % 3, factor_names=["color"])
    np.savez("run001/v.npz", factors=np.arange(120)[:, None] % 2, factor_names=["size"])
    assert batch(*runs[:2], "--factors-beside", "v.npz:factors", "-m", "mig", "-o", "out.csv").exit_code == 0
    table = pd.read_csv("out.csv")
    assert table["mig"][1] == mig(load_representation(runs[1], "run001/v.npz"))
    assert table["mig[color]"].isna().tolist() == [False, True]
    assert table["mig[size]"].isna().tolist() == [True, False]


def test_factors_lie_in_each_file(tmp_path):
    for i in range(2):
        np.savez(
            tmp_path / f"{i}.npz", latents=np.random.default_rng(i).normal(size=(50, 2)), factors=np.arange(50) % 3
        )
    table = score_many(tmp_path / "*.npz", metrics="mig")
    assert table["mig"].tolist() == [mig(load_representation(tmp_path / f"{i}.npz")) for i in range(2)]


def test_latents_and_factors_of_every_kind_are_paired_as_in_score(tmp_path):
    """Named columns, a constant latent, labels that are missing, text, and a constant factor."""
    rng = np.random.default_rng(0)
    factors = pd.DataFrame({"a": ["x", "y", None, "x"] * 20, "b": rng.normal(size=80), "c": 1})
    factors.to_csv(tmp_path / "v.csv", index=False)
    pd.DataFrame({"u": rng.normal(size=80), "w": 1.0, "x": factors["b"]}).to_csv(tmp_path / "z0.csv", index=False)
    np.save(tmp_path / "z1.npy", rng.integers(5, size=(80, 4)))
    table = score_many(tmp_path / "z*", tmp_path / "v.csv")
    for i, name in enumerate(["z0.csv", "z1.npy"]):
        with pytest.warns(DegenerateFactorWarning, match="'c'"):
            report = evaluate(load_representation(tmp_path / name, tmp_path / "v.csv"))
        for metric, score in report.items():
            assert table[metric][i] == score
            assert table[f"{metric}.notes"][i] == "; ".join(score.notes)
            np.testing.assert_array_equal([table[f"{metric}[{k}]"][i] for k in "abc"], score.per_factor)


def test_rows_in_another_order_are_refused_as_in_score(tmp_path):
    table = pd.DataFrame({"a": range(9), "b": range(9)}, index=list("abcdefghi"))
    table.to_parquet(tmp_path / "z.parquet")
    table[::-1].to_parquet(tmp_path / "v.parquet")
    with pytest.warns(DisentangleWarning, match="1 of 1 files"):
        scored = score_many(tmp_path / "z.parquet", tmp_path / "v.parquet")
    assert "same row labels in another order" in scored["error"][0]


def test_latents_of_other_rows_than_the_factors_are_refused(runs):
    np.savez(runs[1], mean=np.random.default_rng(0).normal(size=(100, 3)))
    with pytest.warns(DisentangleWarning, match="1 of 6 files"):
        table = score_many("run*/latents.npz", "factors.npz", "mig")
    assert table["error"][1].startswith("ShapeError: latents has 100 samples and factors has 120")


def test_an_error_names_the_column_as_the_file_does(tmp_path):
    z = np.array([[1, 1], [2, 2], [3, np.inf]])
    pd.DataFrame(z, columns=["u", "w"]).to_csv(tmp_path / "z.csv", index=False)
    np.savez(tmp_path / "z.npz", latents=z, latent_names=["u", "w"])
    np.save(tmp_path / "v.npy", [1, 2, 3])
    with pytest.warns(DisentangleWarning, match="2 of 2 files"):
        table = score_many(tmp_path / "z.*", tmp_path / "v.npy")
    assert table["error"].str.contains("(first at row 2, column 1, 'w')", regex=False).all()


def test_factors_are_read_once_and_not_once_per_file(runs, monkeypatch):
    reads = []
    monkeypatch.setattr(worker, "read_factors", lambda spec, read=worker.read_factors: reads.append(spec) or read(spec))
    worker._kept_factors.cache_clear()
    score_many("run*/latents.npz", "factors.npz", "mig")
    assert len(reads) == 2  # once to see that they are sound, and once to work with


def test_our_warnings_are_notes_and_nothing_else(runs):
    factors = np.column_stack([np.arange(120) % 3, np.ones(120)])
    np.savez("factors.npz", factors=factors)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=2)
        assert table["mig.notes"].str.contains("single value").all()
        with joblib.parallel_config("threading"):
            score_many("run*/latents.npz", "factors.npz", "mig", n_jobs=4)
        assert warnings.filters[0][0] == "error"


READ = {
    "parquet": pd.read_parquet,
    "csv": pd.read_csv,
    "json": lambda path: pd.DataFrame(json.loads(path.read_text())),
    "jsonl": lambda path: pd.DataFrame(map(json.loads, path.read_text().splitlines())),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_table(runs, form):
    np.savez(runs[2], mean=[[0.0, np.nan]] * 120)
    with pytest.warns(DisentangleWarning, match="1 of 6 files"):
        expected = score_many("run*/latents.npz", "factors.npz", "mig", output=f"out.{form}")
    found = READ[form](Path(f"out.{form}"))
    assert list(found) == list(expected)
    for name in expected:
        assert found[name].isna().tolist() == expected[name].isna().tolist()
        if expected[name].dtype == float:
            np.testing.assert_allclose(found[name].astype(float), expected[name], rtol=1e-15 if form == "csv" else 0)
        else:
            assert found[name].dropna().tolist() == expected[name].dropna().tolist()


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_says_null_and_never_nan(runs, form):
    np.savez("factors.npz", factors=np.column_stack([np.arange(120) % 3, np.ones(120)]), factor_names=["a", "b"])
    assert batch(*ARGS, "-o", f"out.{form}").exit_code == 0
    text = Path(f"out.{form}").read_text()
    assert '"mig[b]": null' in text
    assert "NaN" not in text


def test_parquet_keeps_types_where_a_column_is_empty(runs):
    batch(*ARGS, "-o", "out.parquet")
    types_ = pd.read_parquet("out.parquet").dtypes
    assert types_["error"] == types_["file"]
    assert types_["mig"] == types_["seconds"] == np.float64


def test_a_format_may_be_named(runs):
    assert batch(*ARGS, "-o", "out.txt", "--format", "csv").exit_code == 0
    assert len(pd.read_csv("out.txt")) == N
