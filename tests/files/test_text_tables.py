"""A table has the same score in every kind of file: cells of text are read as an array of them is."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from disentangle_metrics import (
    FileFormatError,
    OptionError,
    Representation,
    compare_seeds,
    load_representation,
    mig,
)
from disentangle_metrics.analysis.comparison.score_tables import seeds_in_table
from disentangle_metrics.files.formats import read_file

N = 60
CODES = np.random.default_rng(0).integers(0, 3, N)
Z = np.random.default_rng(1).normal(size=(N, 3)) + CODES[:, None] * [1, 0, 0]
MISSING = np.arange(N) % 7 == 3

# Three labels of each kind, and the dtype of a plain array of them, with and without missing ones.
LABELS = {
    "int": ([0, 1, 2], int, float),
    "negative": ([-5, 0, 5], int, float),
    "beyond floats": ([2**53, 2**53 + 1, 2**53 + 2], int, object),
    "beyond int64": ([2**63, 2**63 + 1, 2**64 - 1], np.uint64, object),
    "beyond uint64": ([2**64, -(2**64), 2**64 + 1], object, object),
    "of both signs": ([-1, 2**63, 2**63 + 1], object, object),
    "bool": ([True, False, True], bool, object),
    "float": ([0.1, 0.5, 2.5e-300], float, float),
    "text": (["red", "blue", "dark red"], str, object),
    "blanks": (["a", "a ", " a"], str, object),
    "quotes": (['say "a"', "b,c", "d\te"], str, object),
    "lines": (["a\nb", "a", "b"], str, object),
    "numbers and text": (["1", "1.0", "red"], str, object),
    "missing by its look 1": (["None", "cap", "NA"], str, object),
    "missing by its look 2": (["nan", "null", "N/A"], str, object),
    "missing by its look 3": (["NULL", "<NA>", "#N/A"], str, object),
    "missing by its look 4": (["None", "n/a", "NaN"], str, object),
}


def column(kind, with_missing):
    values, whole, gaps = LABELS[kind]
    labels = np.array([values[c] for c in CODES], dtype=gaps if with_missing else whole)
    if with_missing:
        labels[MISSING] = np.nan if gaps is float else None
    return labels


def seen(data):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        score = mig(data)
    return float(score), score.per_factor.tolist(), score.notes


FORMS = [".csv", ".tsv", ".parquet", "frame", "alone.csv"]
NOT_IN_PARQUET = {("beyond int64", True), ("beyond uint64", False), ("beyond uint64", True)}
NOT_IN_PARQUET |= {("of both signs", False), ("of both signs", True)}
CASES = [
    (kind, with_missing, form)
    for kind in LABELS
    for with_missing in (False, True)
    for form in FORMS
    if form != ".parquet" or (kind, with_missing) not in NOT_IN_PARQUET
]


@pytest.mark.parametrize(("kind", "with_missing", "form"), CASES)
def test_one_column_has_one_score_in_any_form(kind, with_missing, form, tmp_path):
    labels = column(kind, with_missing)
    columns = {"hat": labels} if form == "alone.csv" else {"hat": labels, "code": CODES}
    array = np.stack([c.astype(object) for c in columns.values()], axis=1)
    expected = seen(Representation(Z, array, factor_names=list(columns)))
    frame = pd.DataFrame(columns)
    if form == "frame":
        found = seen(Representation(Z, frame))
    else:
        np.save(tmp_path / "z.npy", Z)
        path = tmp_path / f"v{form}"
        if form == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False, sep="\t" if form == ".tsv" else ",")
        found = seen(load_representation(tmp_path / "z.npy", path))
    assert found == expected


def table(tmp_path, content, name="v.csv"):
    (tmp_path / name).write_text(content, encoding="utf-8")
    return read_file(tmp_path / name).table


@pytest.mark.parametrize("hole", ["", "nan", "NaN", " ", "NAN"])
def test_among_numbers_a_hole_and_nan_are_missing(hole, tmp_path):
    found = table(tmp_path, f"a,b\n1,0.5\n{hole},{hole}\n3,2.5\n")
    np.testing.assert_array_equal(found.to_numpy(), [[1, 0.5], [np.nan, np.nan], [3, 2.5]])


def test_leading_zeros_are_part_of_labels_and_not_of_numbers(tmp_path):
    found = table(tmp_path, "a,b\n007,007\n7,x\n")
    assert found["a"].tolist() == [7, 7]
    assert found["b"].tolist() == ["007", "x"]


@pytest.mark.parametrize("content", ['"a","b"\n"1","x"\n"2","y"\n', "a, b\n1, x\n2, y\n", 'a, "b"\n1, "x"\n2, "y"\n'])
def test_quotes_and_blanks_after_each_separator_are_not_part_of_a_cell(content, tmp_path):
    found = table(tmp_path, content)
    assert found.columns.tolist() == ["a", "b"]
    assert found.to_numpy().tolist() == [[1, "x"], [2, "y"]]


def test_text_with_a_separator_in_quotes_after_a_blank_is_one_cell(tmp_path):
    assert table(tmp_path, 'a, b\n1, "x, y"\n').to_numpy().tolist() == [[1, "x, y"]]


def test_names_may_hold_line_ends(tmp_path):
    assert table(tmp_path, '"a\nb",c\n1,2\n').columns.tolist() == ["a\nb", "c"]


@pytest.mark.parametrize("word", ["NA", "None", "null", "<NA>", "#N/A"])
@pytest.mark.parametrize("others", [("1", "2"), ("0.5", ""), ("True", "False")])
def test_a_word_among_numbers_may_be_either_and_is_refused(word, others, tmp_path):
    np.save(tmp_path / "z.npy", Z[:6])
    table(tmp_path, "hat,x\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate([*others, word] * 2)))
    with pytest.raises(FileFormatError, match=f"column 'hat' of .*v.csv holds '{word}' beside numbers"):
        load_representation(tmp_path / "z.npy", tmp_path / "v.csv")
    assert load_representation(tmp_path / "z.npy", f"{tmp_path}/v.csv:x").n_factors == 1


def test_a_score_that_may_be_missing_is_refused_in_a_table_of_scores(tmp_path):
    table(tmp_path, "mig,beta\n0.1,1\nNA,1\n0.3,2\n0.2,2\n")
    with pytest.raises(FileFormatError, match=r"column 'mig' of .* holds 'NA'"):
        seeds_in_table(tmp_path / "v.csv", "mig", by="beta")


def test_none_is_a_model_of_a_table_of_scores(tmp_path):
    table(tmp_path, "mig,loss\n0.1,None\n0.2,None\n0.3,tc\n0.25,tc\n")
    found = seeds_in_table(tmp_path / "v.csv", "mig", by="loss")
    assert list(found) == ["loss=None", "loss=tc"]
    assert compare_seeds(*found.values()).difference < 0


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_a_name_that_occurs_twice_is_refused_as_in_a_frame(ending, tmp_path):
    separator = "," if ending == ".csv" else "\t"
    np.save(tmp_path / "z.npy", Z[:4])
    lines = [["p", "q", "p"], *[["0", "1", "2"], ["1", "0", "2"]] * 2]
    table(tmp_path, "".join(separator.join(line) + "\n" for line in lines), f"v{ending}")
    for key in ("", ":p"):
        with pytest.raises(OptionError, match="factor_names has the name 'p' more than once"):
            load_representation(tmp_path / "z.npy", f"{tmp_path}/v{ending}{key}")
    assert load_representation(tmp_path / "z.npy", f"{tmp_path}/v{ending}:q").factor_names == ("q",)


def test_large_integers_beside_a_hole_stay_apart_in_parquet_of_other_programs(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"a": arrow.array([2**53, None, 2**53 + 1])}), tmp_path / "v.parquet")
    assert read_file(tmp_path / "v.parquet").table["a"].tolist() == [2**53, None, 2**53 + 1]


def test_every_digit_is_read_whatever_pandas(monkeypatch, tmp_path):
    asked = {}
    real = pd.read_csv

    def reading(*args, **options):
        asked.update(options)
        options.pop("float_precision", None)
        return real(*args, **options)

    monkeypatch.setattr(pd, "read_csv", reading)
    for version, expected in (("2.1.4", "round_trip"), ("3.0.0", "round_trip"), ("3.1.1", None), ("4.0.0rc1", None)):
        asked.clear()
        monkeypatch.setattr(pd, "__version__", version)
        table(tmp_path, "a,b\n0.1,2\n")
        assert asked.get("float_precision") == expected


def test_a_pipe_is_read_once(tmp_path):
    code = (
        "import os, sys, threading; from pathlib import Path; from disentangle_metrics.files.formats import read_file\n"
        "path = Path(sys.argv[1]); os.mkfifo(path)\n"
        "threading.Thread(target=lambda: path.write_text('a,b\\n1,2\\n'), daemon=True).start()\n"
        "print(read_file(path).table.to_numpy().tolist())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pipe.csv")]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    assert found.stdout == "[[1, 2]]\n"
