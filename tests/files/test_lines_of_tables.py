"""Tables of text: header lines, row numbers, separators, empty cells, and words among numbers."""

import numpy as np
import pandas as pd
import pytest
from saved import Z, table, text

from disentangle_metrics import DTypeError, FileFormatError, NonFiniteError, load_representation, mig


def test_a_text_column_among_latents_is_named(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,color\n" + "1.5,red\n2.5,blue\n" * 6)
    with pytest.raises(DTypeError, match=r"'color', holds 'red' at row 0"):
        load_representation(path, factors)


def test_a_text_column_among_factors_is_labels(tmp_path, latents):
    path = text(tmp_path / "v.csv", "size,color\n" + "1,red\n2,blue\n" * 6)
    assert load_representation(latents, path).labels(1).values.tolist() == ["blue", "red"]


def test_an_empty_cell_among_factors_is_a_missing_label(tmp_path, latents):
    path = text(tmp_path / "v.csv", "size,color\n" + "1,red\n2,\n3,blue\n" * 4)
    assert load_representation(latents, path).labels(1).n_labeled == 8


def test_an_empty_cell_among_latents_is_an_error(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,b\n" + "1,2\n" * 11 + "1,\n")
    with pytest.raises(NonFiniteError, match=r"first at row 11, column 1, 'b'"):
        load_representation(path, factors)


def test_a_table_without_a_header_line_keeps_its_first_row(tmp_path, factors):
    np.savetxt(tmp_path / "z.csv", Z, delimiter=",")
    data = load_representation(tmp_path / "z.csv", factors)
    assert data.latent_names == ("z0", "z1", "z2")
    np.testing.assert_array_equal(data.latents, Z)


def test_columns_of_a_table_without_a_header_line_are_picked_by_number(tmp_path, factors):
    np.savetxt(tmp_path / "z.csv", Z, delimiter=",")
    data = load_representation(f"{tmp_path}/z.csv:2,0", factors)
    np.testing.assert_array_equal(data.latents, Z[:, [2, 0]])


def test_columns_whose_names_are_numbers_are_picked_by_number(tmp_path, factors):
    pd.DataFrame(Z).to_parquet(tmp_path / "z.parquet")
    data = load_representation(f"{tmp_path}/z.parquet:2,0", factors)
    np.testing.assert_array_equal(data.latents, Z[:, [2, 0]])


@pytest.mark.parametrize("columns", [["a", "b", "c"], [0, 1, 2]])
def test_the_columns_beside_row_numbers_are_read_if_named(columns, tmp_path, factors):
    pd.DataFrame(Z, columns=columns).to_csv(tmp_path / "z.csv")
    spec = f"{tmp_path}/z.csv:{','.join(map(str, columns))}"
    np.testing.assert_array_equal(load_representation(spec, factors).latents, Z)


def test_an_index_in_parquet_is_not_a_latent(tmp_path, factors):
    table(Z).set_index(np.arange(12)[::-1]).to_parquet(tmp_path / "z.parquet")
    np.testing.assert_array_equal(load_representation(tmp_path / "z.parquet", factors).latents, Z)


def test_a_comma_at_the_end_of_each_row_does_not_shift_the_columns(tmp_path, latents):
    data = load_representation(latents, text(tmp_path / "v.csv", "shape,size\n" + "1,10,\n2,20,\n" * 6))
    np.testing.assert_array_equal(data.factors, [[1, 10], [2, 20]] * 6)


def test_a_value_more_than_the_header_has_names_is_refused(tmp_path, latents):
    with pytest.raises(FileFormatError, match=r"v\.csv cannot be read: a row has more values"):
        load_representation(latents, text(tmp_path / "v.csv", "shape,size\n" + "1,10,5\n2,20,6\n" * 6))


def test_semicolons_are_noticed(tmp_path, factors):
    with pytest.raises(FileFormatError, match="separated by ';'"):
        load_representation(text(tmp_path / "z.csv", "a;b\n" + "1;2\n" * 6), factors)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffshape,size\n" + "1,2\n2,1\n" * 6,
        "shape,size\r\n" + "1,2\r\n2,1\r\n" * 6,
        "shape, size\n" + "1, 2\n2, 1\n" * 6,
        '"shape","size"\n' + "1,2\n2,1\n" * 6,
        "\nshape,size\n" + "1,2\n2,1\n" * 6,
    ],
    ids=["byte order mark", "line ends of Windows", "spaces after commas", "quotes", "empty line first"],
)
def test_ways_of_writing_a_table_make_no_difference(content, tmp_path, latents):
    (tmp_path / "v.csv").write_bytes(content.encode())
    data = load_representation(latents, tmp_path / "v.csv")
    assert data.factor_names == ("shape", "size")
    assert data.factors.tolist() == [[1, 2], [2, 1]] * 6


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n1,2,3\n",
        "a,é\n1,2\n".encode("latin-1"),
        "a,b\n1,2\n".encode("utf-16"),
        b'"a,b\n1,2\n',
        b"\n\n",
        b"a" * 200_000,
    ],
    ids=["ragged", "latin-1", "utf-16", "open quote", "blank", "one long line"],
)
def test_text_that_is_no_table_names_the_file(content, tmp_path, factors):
    (tmp_path / "z.csv").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"z\.csv"):
        load_representation(tmp_path / "z.csv", factors)


@pytest.mark.parametrize("separator", [";", "|"])
def test_another_separator_is_named(separator, tmp_path, factors):
    path = text(tmp_path / "z.csv", f"a{separator}b\n" + f"1{separator}2\n" * 6)
    with pytest.raises(FileFormatError, match=rf"z\.csv is separated by '\{separator}'\. Write it with ','\."):
        load_representation(path, factors)


def test_a_blank_in_the_labels_of_a_column_alone_separates_nothing(tmp_path, latents):
    path = text(tmp_path / "v.csv", "hat color\n" + "dark red\nblue 2\n" * 6)
    assert load_representation(latents, path).labels(0).values.tolist() == ["blue 2", "dark red"]


def test_a_cell_is_quoted_in_part(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,b\n" + f"1,{'word ' * 20_000}\n" * 12)
    with pytest.raises(DTypeError) as caught:
        load_representation(path, factors)
    assert "holds 'word word" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("kind", ["continuous", "circular", "ordinal"])
def test_a_label_is_quoted_in_part(kind, tmp_path, latents):
    path = text(tmp_path / "v.csv", "a,b\n" + f"1,{'word ' * 20_000}\n2,x\n" * 6)
    with pytest.raises(DTypeError) as caught:
        mig(load_representation(latents, path, factor_kinds={"b": kind}))
    assert len(str(caught.value)) < 300


def test_many_numbers_in_a_first_line_are_quoted_in_part(tmp_path, factors):
    path = text(tmp_path / "z.csv", ",".join(map(str, range(512))) + "\n")
    with pytest.raises(FileFormatError, match=r"begins with the line 0,1,2,\.\.\.,511, which could be names or data"):
        load_representation(path, factors)
