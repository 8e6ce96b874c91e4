"""The first line of a table of text: names or data, decided by both files' rows, and never in silence."""

import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import FileFormatError, ShapeError, load_representation, mig

N = 60
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 4, N)
Z = np.column_stack([Y + 0.2 * RNG.normal(size=N), RNG.normal(size=(N, 3))])
WORDS = np.array(["cat", "dog", "eel", "fox"])[Y]
RIGHT = float(mig(Z, Y))


@pytest.fixture
def arrays(tmp_path):
    np.save(tmp_path / "z.npy", Z)
    np.save(tmp_path / "y.npy", Y)
    return tmp_path


def scored(latents, factors, **options):
    data = load_representation(latents, factors, **options)
    return float(mig(data)), data.n_samples, data.notes


@pytest.mark.parametrize(
    "columns", [range(4), range(1, 5), [3, 7, 9, 20], [0.0, 0.5, 1.0, 1.5], ["a", "b", "c", "d"]], ids=str
)
def test_names_of_latents_may_be_numbers(columns, arrays):
    pd.DataFrame(Z, columns=columns).to_csv(arrays / "z.csv", index=False)
    score, n, notes = scored(arrays / "z.csv", arrays / "y.npy")
    assert (score, n) == (RIGHT, N)
    assert len(notes) == (columns != ["a", "b", "c", "d"])
    assert all("z.csv" in note and "was read as names of columns (pass header=False" in note for note in notes)


@pytest.mark.parametrize("name", ["0", "1", "label"])
@pytest.mark.parametrize("latents", ["z.npy", "z1.csv"])
def test_a_lone_number_above_labels_is_a_name_where_the_rows_say_so(latents, name, arrays):
    pd.DataFrame(Z, columns=range(1, 5)).to_csv(arrays / "z1.csv", index=False)
    pd.Series(Y, name=name).to_csv(arrays / "y.csv", index=False)
    assert scored(arrays / latents, arrays / "y.csv")[:2] == (RIGHT, N)


def test_a_lone_number_is_the_first_label_where_the_rows_say_so(arrays):
    y = np.where(np.arange(N) == 0, 0, Y)
    (arrays / "y.csv").write_text("\n".join(map(str, y)) + "\n")
    score, n, notes = scored(arrays / "z.npy", arrays / "y.csv")
    assert (score, n) == (float(mig(Z, y)), N)
    assert "the first line of" in notes[0]
    assert "0, was read as data" in notes[0]


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".txt"])
@pytest.mark.parametrize("header", [False, True])
def test_labels_without_a_header_keep_their_first(header, ending, arrays):
    (arrays / f"y{ending}").write_text("\n".join([*(["label"] if header else []), *WORDS]) + "\n")
    score, n, notes = scored(arrays / "z.npy", arrays / f"y{ending}")
    assert (score, n) == (RIGHT, N)
    assert bool(notes) != header
    assert all(f"y{ending}, {WORDS[0]}, was read as data (pass header=True if it is not)" in note for note in notes)


def test_several_columns_of_labels_without_a_header_keep_their_first_row(arrays):
    rows = [f"{word}\t{number}" for word, number in zip(WORDS, Y, strict=True)]
    (arrays / "y.tsv").write_text("\n".join(rows) + "\n")
    data = load_representation(arrays / "z.npy", arrays / "y.tsv")
    assert (data.n_samples, data.n_factors, data.factors[0, 0]) == (N, 2, WORDS[0])


def test_both_files_without_a_header(arrays):
    np.savetxt(arrays / "vectors.tsv", Z, delimiter="\t")
    (arrays / "metadata.tsv").write_text("\n".join(WORDS) + "\n")
    assert scored(arrays / "vectors.tsv", arrays / "metadata.tsv")[:2] == (RIGHT, N)


def test_a_name_that_no_label_equals_is_no_label(arrays):
    """A header over labels of four words, and a row too many among the latents: nobody guesses."""
    np.save(arrays / "z.npy", np.vstack([Z, Z[:1]]))
    (arrays / "y.csv").write_text("\n".join(["kind", *WORDS]) + "\n")
    with pytest.raises(
        ShapeError, match=r"y\.csv, kind, was read as names of columns\. Pass header=False if it is data"
    ):
        load_representation(arrays / "z.npy", arrays / "y.csv")


def test_rows_of_measurements_are_never_taken_for_names(arrays):
    np.savetxt(arrays / "z.csv", np.vstack([Z, Z[:1]]), delimiter=",")
    with pytest.raises(
        ShapeError, match=r"61 samples and factors has 60 .* The first line of .*z\.csv, .* read as data"
    ):
        load_representation(arrays / "z.csv", arrays / "y.npy")


def test_every_error_of_shape_says_how_first_lines_were_read(arrays):
    pd.DataFrame(Z[:50], columns=list("abcd")).to_csv(arrays / "z.csv", index=False)
    (arrays / "y.csv").write_text("\n".join(["kind", *WORDS]) + "\n")
    with pytest.raises(ShapeError) as caught:
        load_representation(arrays / "z.csv", arrays / "y.csv")
    assert "z.csv, a,b,c,d, was read as names of columns" in str(caught.value)
    assert "y.csv, kind, was read as names of columns" in str(caught.value)


def test_whole_numbers_below_a_line_that_counts_are_refused_where_nothing_tells(arrays):
    pd.DataFrame(np.arange(40).reshape(20, 2) % 7).to_csv(arrays / "z.csv", index=False)
    pd.Series(np.arange(20) % 3).to_csv(arrays / "y.csv", index=False)
    with pytest.raises(FileFormatError, match=r"begins with the line 0,1, which could be names or data.*header=True"):
        load_representation(arrays / "z.csv", arrays / "y.csv")
    assert load_representation(arrays / "z.csv", arrays / "y.csv", header=True).n_samples == 20
    assert load_representation(arrays / "z.csv", arrays / "y.csv", header=False).n_samples == 21


def test_header_says_how_lines_of_numbers_are_read(arrays):
    np.savetxt(arrays / "z.csv", Z, delimiter=",")
    assert load_representation(arrays / "z.csv", arrays / "y.npy").n_samples == N
    np.save(arrays / "y.npy", Y[1:])
    assert load_representation(arrays / "z.csv", arrays / "y.npy", header=True).n_samples == N - 1


def test_without_a_header_names_above_numbers_stay_names(arrays):
    """Of two files one has names and the other has not: what cannot be data is none, whatever was said."""
    pd.DataFrame(Z, columns=list("abcd")).to_csv(arrays / "z.csv", index=False)
    (arrays / "y.tsv").write_text("\n".join(WORDS) + "\n")
    data = load_representation(arrays / "z.csv", arrays / "y.tsv", header=False)
    assert (data.n_samples, data.latent_names) == (N, tuple("abcd"))


def test_columns_that_are_named_tell_how_the_first_line_is_read(arrays):
    pd.DataFrame(Z).assign(label=Y).to_csv(arrays / "t.csv", index=False, header=False)
    data = load_representation(f"{arrays}/t.csv:[:4]", f"{arrays}/t.csv:4")
    assert (data.n_samples, float(mig(data))) == (N, RIGHT)


def test_a_row_of_measurements_and_a_label_is_no_header(arrays):
    pd.DataFrame(Z).assign(label=WORDS).to_csv(arrays / "iris.csv", index=False, header=False)
    data = load_representation(f"{arrays}/iris.csv", f"{arrays}/iris.csv:[-1]")
    assert (data.n_samples, float(mig(data))) == (N, RIGHT)


@pytest.mark.parametrize("write", ["csv", "tsv", "blanks", "blanks with names", "commented names"])
def test_separators_are_seen_whatever_the_ending(write, arrays):
    path = arrays / "z.csv"
    if write == "csv":
        path = arrays / "z.tsv"
        pd.DataFrame(Z, columns=list("abcd")).to_csv(path, index=False)
    elif write == "tsv":
        pd.DataFrame(Z, columns=list("abcd")).to_csv(path, index=False, sep="\t")
    elif write == "blanks with names":
        pd.DataFrame(Z, columns=list("abcd")).to_csv(path, index=False, sep=" ")
    else:
        np.savetxt(path, Z, header="a b c d" if write == "commented names" else "")
    data = load_representation(path, arrays / "y.npy")
    assert (data.n_samples, float(mig(data))) == (N, RIGHT)
    assert data.latent_names == (("z0", "z1", "z2", "z3") if write == "blanks" else tuple("abcd"))


def test_a_weight_or_a_group_of_one_column_is_read_like_labels(arrays):
    weights = np.arange(1, N + 1) / 2
    pd.Series(weights, name=0).to_csv(arrays / "w.csv", index=False)
    data = load_representation(arrays / "z.npy", arrays / "y.npy", weights_path=arrays / "w.csv")
    assert data.n_samples == N


def test_decimal_commas_say_how_to_write_the_table(arrays, monkeypatch):
    monkeypatch.chdir(arrays)
    pd.DataFrame(Z, columns=list("abcd")).to_csv("z.csv", index=False, sep=";", decimal=",")
    with pytest.raises(FileFormatError, match=r"z\.csv is separated by ';'.*decimal=','") as caught:
        load_representation("z.csv", "y.npy")
    exec(str(caught.value).partition("In Python: ")[2].rstrip("."), {"pandas": pd})
    assert scored("table.csv", "y.npy")[:2] == (RIGHT, N)
