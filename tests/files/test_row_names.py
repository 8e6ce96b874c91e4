"""Names of rows in files: an index that pandas wrote, names that R wrote, and columns to join by."""

import h5py
import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import FileFormatError, InputError, ShapeError, load_representation, mig
from disentangle_metrics.files.load import read_groups

N = 60
RNG = np.random.default_rng(2)
V = RNG.integers(0, 3, (N, 2))
Z = V + 0.2 * RNG.normal(size=V.shape)
IDS = np.array([f"cell{i}" for i in range(N)])
ORDER = RNG.permutation(N)
RIGHT = float(mig(Z, V))


def table(array, index, *names):
    return pd.DataFrame(np.asarray(array), columns=list(names), index=index)


def save(path, frame):
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("labels", [IDS, np.arange(N) * 2 + 500], ids=["text", "numbers"])
def test_an_index_is_no_column_and_holds_rows_together(labels, ending, tmp_path):
    latents = save(tmp_path / f"z{ending}", table(Z, labels, "a", "b"))
    factors = save(tmp_path / f"v{ending}", table(V, labels, "x", "y"))
    shuffled = save(tmp_path / f"w{ending}", table(V[ORDER], labels[ORDER], "x", "y"))
    data = load_representation(latents, factors)
    assert (float(mig(data)), data.latent_names) == (RIGHT, ("a", "b"))
    with pytest.raises(InputError, match="same row labels in another order"):
        load_representation(latents, shuffled)
    assert float(mig(load_representation(latents, shuffled, join="index"))) == RIGHT
    assert float(mig(load_representation(latents, shuffled, join="position"))) == float(mig(Z, V[ORDER]))


def test_rows_that_were_dropped_from_one_file_are_noticed(tmp_path):
    kept = np.delete(np.arange(N), [2, 9])
    latents = save(tmp_path / "z.csv", table(Z, range(N), "a", "b").drop(index=[2, 9]))
    same_length = save(tmp_path / "v.csv", table(V[kept], range(N - 2), "x", "y"))
    whole = save(tmp_path / "all.csv", table(V, range(N), "x", "y"))
    with pytest.raises(InputError, match="row 2 is 3 in latents and 2 in factors"):
        load_representation(latents, same_length)
    with pytest.raises(ShapeError, match="58 row labels are in both"):
        load_representation(latents, whole)
    assert float(mig(load_representation(latents, whole, join="index"))) == float(mig(Z[kept], V[kept]))


def test_names_of_rows_that_r_writes_stand_before_the_first_column(tmp_path):
    rows = [f'"{name}",{a!r},{b!r}' for name, a, b in zip(IDS, *Z.T.tolist(), strict=True)]
    (tmp_path / "z.csv").write_text("\n".join(['"a","b"', *rows]) + "\n")
    (tmp_path / "v.csv").write_text("\n".join(["x,y", *(f"{i},{x},{y}" for i, (x, y) in enumerate(V, 1))]) + "\n")
    data = load_representation(tmp_path / "z.csv", tmp_path / "v.csv")
    assert (float(mig(data)), data.latent_names, data.factor_names) == (RIGHT, ("a", "b"), ("x", "y"))


def test_a_column_without_a_name_that_is_not_the_first_is_refused(tmp_path):
    (tmp_path / "z.csv").write_text("a,,b\n" + "1,2,3\n4,5,6\n" * 5)
    np.save(tmp_path / "v.npy", np.arange(10) % 2)
    with pytest.raises(FileFormatError, match="which is not the first"):
        load_representation(tmp_path / "z.csv", tmp_path / "v.npy")
    data = load_representation(f"{tmp_path}/z.csv:!Unnamed: 1", tmp_path / "v.npy")
    assert data.latent_names == ("a", "b")


@pytest.mark.parametrize("spec", ["", ":[1:]", ":!id"])
def test_rows_are_joined_by_a_column(spec, tmp_path):
    table(Z, IDS, "a", "b").reset_index(names="id").to_csv(tmp_path / "z.csv", index=False)
    table(V[ORDER], IDS[ORDER], "x", "y").reset_index(names="id").iloc[:50].to_csv(tmp_path / "v.csv", index=False)
    data = load_representation(f"{tmp_path}/z.csv{spec}", tmp_path / "v.csv", join="id")
    kept = np.sort(ORDER[:50])
    assert (data.latent_names, data.factor_names) == (("a", "b"), ("x", "y"))
    assert float(mig(data)) == float(mig(Z[kept], V[kept]))
    assert data.notes == ("rows are paired by label: 50 are in both, 10 of latents are left out",)


def test_rows_are_joined_by_an_array_and_by_a_column(tmp_path):
    np.savez(tmp_path / "z.npz", latents=Z, id=IDS)
    table(V[ORDER], IDS[ORDER], "x", "y").reset_index(names="id").to_csv(tmp_path / "v.csv", index=False)
    assert float(mig(load_representation(tmp_path / "z.npz", tmp_path / "v.csv", join="id"))) == RIGHT
    with pytest.raises(FileFormatError, match=r"z\.npz has no array 'ids' to join rows by.*Did you mean 'id'"):
        load_representation(tmp_path / "z.npz", tmp_path / "v.csv", join="ids")


def test_weights_and_groups_are_joined_too(tmp_path):
    np.savez(tmp_path / "z.npz", latents=Z, factors=V, id=IDS)
    frame = pd.DataFrame({"id": IDS[ORDER], "w": ORDER + 1.0, "film": ORDER // 3})
    frame.to_csv(tmp_path / "w.csv", index=False)
    data = load_representation(
        tmp_path / "z.npz", f"{tmp_path}/z.npz:factors", weights_path=f"{tmp_path}/w.csv:w", join="id"
    )
    np.testing.assert_array_equal(data.weights.values, np.arange(N) + 1)
    groups = read_groups(f"{tmp_path}/w.csv:film", data, join="id")
    np.testing.assert_array_equal(groups, np.arange(N) // 3)


def test_a_posterior_is_joined_row_by_row(tmp_path):
    logvar = RNG.normal(size=Z.shape)
    np.savez(tmp_path / "z.npz", mean=Z, logvar=logvar, id=IDS)
    table(V[ORDER], IDS[ORDER], "x", "y").reset_index(names="id").iloc[:50].to_csv(tmp_path / "v.csv", index=False)
    data = load_representation(tmp_path / "z.npz", tmp_path / "v.csv", join="id")
    np.testing.assert_array_equal(data.logvar, logvar[np.sort(ORDER[:50])])


def test_cells_of_an_annotated_matrix_keep_their_names(tmp_path):
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file.attrs["encoding-type"] = "anndata"
        file["obsm/X_vae"] = Z
        file["obs/_index"] = IDS.astype(object)
        file["obs"].attrs["_index"] = "_index"
        file["obs/kind"] = V[:, 0]
        file.create_group("var")
    save(tmp_path / "v.csv", table(V[ORDER], IDS[ORDER], "x", "y"))
    with pytest.raises(InputError, match="same row labels in another order"):
        load_representation(tmp_path / "a.h5ad", tmp_path / "v.csv")
    assert float(mig(load_representation(tmp_path / "a.h5ad", tmp_path / "v.csv", join="index"))) == RIGHT


def test_a_column_that_is_called_position_or_index_is_a_column(tmp_path):
    for name in ("position", "index"):
        table(Z, IDS, "a", "b").reset_index(names=name).to_csv(tmp_path / "z.csv", index=False)
        table(V[ORDER], IDS[ORDER], "x", "y").reset_index(names=name).to_csv(tmp_path / "v.csv", index=False)
        data = load_representation(tmp_path / "z.csv", tmp_path / "v.csv", join=name)
        assert (float(mig(data)), data.latent_names) == (RIGHT, ("a", "b"))


def test_rows_that_are_joined_do_not_decide_how_a_first_line_is_read(tmp_path):
    """One row fewer, and a header whose cell is a label too."""
    labels = pd.DataFrame({"kind": IDS, "label": np.where(V[:, 0] == 0, "label", "other")})
    labels.iloc[1:].to_csv(tmp_path / "v.csv", index=False)
    pd.DataFrame({"kind": IDS, "a": Z[:, 0], "b": Z[:, 1]}).to_csv(tmp_path / "z.csv", index=False)
    data = load_representation(tmp_path / "z.csv", tmp_path / "v.csv", join="kind")
    assert (data.n_samples, data.factor_names) == (N - 1, ("label",))
