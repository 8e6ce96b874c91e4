"""Latents and factors of one file: a column that is a factor is never scored as a latent in silence."""

import h5py
import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import DTypeError, FileFormatError, evaluate, load_representation, mig

N = 80
RNG = np.random.default_rng(1)
Y = RNG.integers(0, 3, N)
V = np.column_stack([Y, RNG.integers(0, 5, N)])
Z = RNG.normal(size=(N, 4))
RIGHT = float(mig(Z, Y))


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame(Z, columns=[f"z{j}" for j in range(4)]).assign(Label=Y, size=V[:, 1])
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    return tmp_path


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize(
    ("latents", "factors", "left"),
    [
        ("", ":Label", "size"),
        ("", ":Label,size", ""),
        (":[:]", ":Label,size", ""),
        (":!size", ":Label", ""),
        (":z*,Label", ":Label", ""),
        (":z0,z1,z2,z3,Label", ":Label", ""),
        ("", ":[4:]", ""),
    ],
)
def test_factors_are_left_out_of_the_latents_of_their_table(latents, factors, left, name, table):
    data = load_representation(f"{table}/{name}{latents}", f"{table}/{name}{factors}")
    assert data.latent_names == ("z0", "z1", "z2", "z3", *([left] if left else []))
    assert "left out of the latents of" in data.notes[0]
    assert data.notes[0] in mig(data).notes
    if not left and factors == ":Label":
        assert float(mig(data)) == RIGHT


def test_the_note_stands_beside_every_score(table):
    for score in evaluate(load_representation(table / "t.csv", f"{table}/t.csv:Label")).values():
        assert score.notes[0] == f"column 'Label' is a factor and is left out of the latents of {table}/t.csv"


def test_another_way_to_the_same_file_changes_nothing(table, monkeypatch):
    (table / "link.csv").symlink_to(table / "t.csv")
    monkeypatch.chdir(table)
    for path in ("link.csv", "./t.csv", "../" + table.name + "/t.csv"):
        assert "Label" not in load_representation(path, "t.csv:Label").latent_names


def test_latents_that_all_are_factors_are_refused(table):
    with pytest.raises(FileFormatError, match=r"every latent of .* is a factor too"):
        load_representation(table / "t.csv", table / "t.csv")
    with pytest.raises(FileFormatError, match="every latent"):
        load_representation(f"{table}/t.csv:Label", f"{table}/t.csv:Label")


def test_a_single_table_says_how_to_name_what_is_what(table):
    with pytest.raises(FileFormatError, match=r"Name the columns that are latents .* Or name the factors alone"):
        load_representation(table / "t.csv")


@pytest.mark.parametrize("ending", ["npz", "h5"])
def test_an_array_that_holds_factors_is_no_latent(ending, tmp_path):
    arrays = {"latents": Z, "culture": V[:, 0], "label": V[:, 1]}
    if ending == "npz":
        np.savez(tmp_path / "run.npz", **arrays)
    else:
        with h5py.File(tmp_path / "run.h5", "w") as file:
            file.update(arrays)
    path = tmp_path / f"run.{ending}"
    data = load_representation(f"{path}:latents,label", f"{path}:culture,label")
    assert (data.n_latents, data.factor_names) == (4, ("culture", "label"))
    assert "column 'label' is a factor and is left out" in data.notes[0]


def test_a_column_of_an_array_that_is_a_factor_is_no_latent(tmp_path):
    np.savez(tmp_path / "run.npz", all=np.column_stack([Z, Y]))
    data = load_representation(f"{tmp_path}/run.npz:all", f"{tmp_path}/run.npz:all[-1]")
    assert float(mig(data)) == RIGHT
    assert data.factor_names == ("v4",)


def test_columns_of_text_among_latents_say_how_to_leave_them_out(table):
    frame = pd.read_csv(table / "t.csv").assign(name="run", site="here")
    frame.to_csv(table / "t.csv", index=False)
    with pytest.raises(DTypeError, match=r"'name', holds 'run' .* Leave out text: t\.csv:!name,!site$"):
        load_representation(table / "t.csv", f"{table}/t.csv:Label")
    data = load_representation(f"{table}/t.csv:!name,!site", f"{table}/t.csv:Label")
    assert data.latent_names == ("z0", "z1", "z2", "z3", "size")
