"""Files that people have: annotated matrices, tensors, sparse matrices, usual names of arrays, and runs."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import sparse

from disentangle_metrics import (
    DTypeError,
    FileFormatError,
    MissingFileError,
    Posterior,
    ShapeError,
    load_representation,
    mig,
)
from disentangle_metrics.files.formats import READERS

N = 40
RNG = np.random.default_rng(4)
V = RNG.integers(0, 3, (N, 2))
Z = V + 0.2 * RNG.normal(size=V.shape)
RIGHT = float(mig(Z, V))


@pytest.fixture
def factors(tmp_path):
    np.save(tmp_path / "v.npy", V)
    return tmp_path / "v.npy"


# --- names of arrays


@pytest.mark.parametrize("key", ["z", "mu", "z_mean", "embedding", "embeddings", "X"])
@pytest.mark.parametrize("label", ["y", "labels"])
def test_usual_names_of_arrays_are_known(key, label, tmp_path):
    np.savez(tmp_path / "run.npz", other=Z + 1, **{key: Z, label: V})
    assert float(mig(load_representation(tmp_path / "run.npz"))) == RIGHT


def test_a_factor_of_one_axis_is_called_as_its_array(tmp_path):
    np.savez(tmp_path / "run.npz", embeddings=Z, labels=V[:, 0], cell_ids=np.arange(N))
    assert load_representation(tmp_path / "run.npz").factor_names == ("labels",)


@pytest.mark.parametrize(("mean", "logvar"), [("mu", "logvar"), ("mu", "log_var"), ("z_mean", "z_log_var")])
def test_a_posterior_has_usual_names_too(mean, logvar, tmp_path):
    np.savez(tmp_path / "run.npz", **{mean: Z, logvar: 0 * Z - 2, "z": Z + 0.01, "factors": V})
    data = load_representation(tmp_path / "run.npz")
    assert isinstance(data, Posterior)
    np.testing.assert_array_equal(data.latents, Z)
    np.testing.assert_array_equal(data.logvar, 0 * Z - 2)
    np.testing.assert_array_equal(data.samples, Z + 0.01)
    np.testing.assert_array_equal(load_representation(f"{tmp_path}/run.npz:{mean}[1:]").logvar, 0 * Z[:, 1:] - 2)


# --- annotated matrices


def h5ad(path, **columns):
    """Write an annotated matrix as anndata writes it."""
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "anndata"
        file["X"] = RNG.integers(0, 9, (N, 30))
        file["obsm/X_vae"] = Z
        file["obs/_index"] = np.array([f"cell{i}" for i in range(N)], dtype=object)
        file["obs"].attrs.update({"_index": "_index", "column-order": [*columns]})
        file["var/_index"] = np.array([f"gene{j}" for j in range(30)], dtype=object)
        for name, values in columns.items():
            if isinstance(values, pd.Categorical):
                group = file.create_group(f"obs/{name}")
                group.attrs["encoding-type"] = "categorical"
                group["codes"], group["categories"] = values.codes, values.categories.to_numpy(dtype=object)
            elif isinstance(values, pd.Series):
                group = file.create_group(f"obs/{name}")
                group.attrs["encoding-type"] = "nullable-integer"
                group["mask"], group["values"] = values.isna().to_numpy(), values.fillna(0).to_numpy(dtype=int)
            else:
                file[f"obs/{name}"] = values
    return path


KINDS = pd.Categorical(np.array(["B cell", "T cell", "NK"])[V[:, 0]], categories=["NK", "T cell", "B cell"])


def test_cells_and_their_categories_are_read(tmp_path):
    data = load_representation(h5ad(tmp_path / "a.h5ad", kind=KINDS))
    assert (data.factor_names, data.labels(0).values.tolist()) == (("kind",), ["B cell", "NK", "T cell"])
    np.testing.assert_array_equal(data.latents, Z)
    assert data.factors[:, 0].tolist() == list(KINDS)


def test_a_cell_without_a_category_has_no_label(tmp_path):
    some = pd.Categorical([None, None, *KINDS[2:]], categories=KINDS.categories)
    whole = pd.Series([pd.NA, *V[1:, 1]], dtype="Int64")
    path = h5ad(tmp_path / "a.h5ad", kind=some, stage=whole)
    data = load_representation(path, f"{path}:kind,stage")
    assert [data.labels(k).n_labeled for k in (0, 1)] == [N - 2, N - 1]


@pytest.mark.parametrize("key", ["X_vae", "obsm/X_vae", "obsm/*"])
def test_arrays_of_cells_go_by_their_short_names(key, tmp_path):
    path = h5ad(tmp_path / "a.h5ad", kind=KINDS, batch=V[:, 1])
    data = load_representation(f"{path}:{key}", f"{path}:obs/kind,batch")
    assert (data.n_latents, data.factor_names) == (2, ("kind", "batch"))


def test_counts_are_not_taken_for_latents(tmp_path):
    path = h5ad(tmp_path / "a.h5ad", kind=KINDS, batch=V[:, 1])
    with pytest.raises(FileFormatError, match=r"holds the factors: there are 2.*'obs/batch', 'obs/kind'"):
        load_representation(path)
    with h5py.File(path, "a") as file:
        file["obsm/X_umap"] = Z
    with pytest.raises(FileFormatError, match=r"which array holds the latents: there are 2.*'obsm/X_umap'"):
        load_representation(path, f"{path}:kind")


def test_sparse_counts_are_read_if_they_are_named(tmp_path):
    path = h5ad(tmp_path / "a.h5ad", kind=KINDS)
    counts = sparse.random(N, 6, 0.5, format="csr", random_state=0)
    with h5py.File(path, "a") as file:
        del file["X"]
        group = file.create_group("X")
        group.attrs.update({"encoding-type": "csr_matrix", "shape": counts.shape})
        group["data"], group["indices"], group["indptr"] = counts.data, counts.indices, counts.indptr
    np.testing.assert_array_equal(load_representation(f"{path}:X", f"{path}:kind").latents, counts.toarray())


def test_an_older_annotated_matrix_is_read(tmp_path):
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["obsm/X_vae"] = Z
        file["obs"] = np.rec.fromarrays([np.array([b"c"] * N), V[:, 0].astype(np.int8)], names=["index", "kind"])
        file["uns/kind_categories"] = np.array(["NK", "T", "B"], dtype=object)
        file["var"] = np.zeros(3)
    data = load_representation(tmp_path / "a.h5ad", join="position")
    assert data.labels(0).values.tolist() == ["B", "NK", "T"]


# --- tensors


@pytest.mark.parametrize("ending", [".pt", ".pth"])
def test_tensors_are_read(ending, tmp_path, factors):
    import torch

    torch.save(
        {"mu": torch.tensor(Z), "logvar": torch.zeros(Z.shape), "inner": {"y": torch.tensor(V)}},
        tmp_path / f"r{ending}",
    )
    torch.save(torch.tensor(Z, requires_grad=True), tmp_path / f"z{ending}")
    torch.save(torch.tensor(Z).bfloat16(), tmp_path / f"half{ending}")
    assert float(mig(load_representation(f"{tmp_path}/r{ending}", f"{tmp_path}/r{ending}:inner/y"))) == RIGHT
    assert isinstance(load_representation(tmp_path / f"r{ending}", factors), Posterior)
    assert float(mig(load_representation(tmp_path / f"z{ending}", factors))) == RIGHT
    assert load_representation(tmp_path / f"half{ending}", factors).latents.dtype == np.float32


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_nothing_but_tensors_is_loaded(tmp_path, factors):
    import torch

    torch.save({"latents": torch.tensor(Z), "trap": Trap(str(tmp_path / "sprung"))}, tmp_path / "z.pt")
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    (tmp_path / "text.pt").write_text("no tensors\n")
    with pytest.raises(FileFormatError, match=r"holds more than tensors.*torch\.save"):
        load_representation(tmp_path / "z.pt", factors)
    assert not (tmp_path / "sprung").exists()
    with pytest.raises(FileFormatError, match=r"holds dict and no tensor"):
        load_representation(tmp_path / "none.pt", factors)
    with pytest.raises(FileFormatError, match=r"text\.pt"):
        load_representation(tmp_path / "text.pt", factors)


def test_no_other_file_needs_torch():
    code = (
        "import sys, disentangle_metrics as dm; dm."
        "load_representation('docs/examples/latents.npz', 'docs/examples/factors.npz'); print('torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout == "False\n"


# --- sparse matrices, images, runs


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_a_sparse_matrix_of_scipy_is_read(kind, tmp_path, factors):
    sparse.save_npz(tmp_path / "z.npz", sparse.random(N, 7, 0.4, format=kind, random_state=0))
    data = load_representation(tmp_path / "z.npz", factors)
    np.testing.assert_array_equal(data.latents, sparse.load_npz(tmp_path / "z.npz").toarray())


@pytest.mark.parametrize("ending", ["h5", "npz"])
def test_images_are_refused_by_their_shape_before_they_are_read(ending, tmp_path, factors, monkeypatch):
    path = tmp_path / f"images.{ending}"
    if ending == "h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("latents", (10**6, 64, 64, 3), dtype="u1", chunks=True)  # 12 GB of nothing
    else:
        np.savez(path, latents=np.zeros((N, 8, 8)))
        monkeypatch.setattr("disentangle_metrics.files.arrays.np.asarray", lambda array: pytest.fail("was read"))
    with pytest.raises(
        ShapeError, match=r"latents has shape \(\d+, .*expected 2 axes.*Flatten the axes after the first"
    ):
        load_representation(path, factors)


def test_a_run_is_scored_by_its_folder_or_by_its_latents(tmp_path):
    run = tmp_path / "b4s5"
    run.mkdir()
    np.savez(run / "latents.npz", mean=Z, logvar=0 * Z)
    np.savez(run / "factors.npz", factors=V)
    for path in (run, run / "latents.npz"):
        data = load_representation(path)
        assert float(mig(data)) == RIGHT
        assert data.notes == (f"factors are read from {run}/factors.npz, beside the latents",)
    assert load_representation(run, run).notes == ()


def test_tables_beside_each_other_are_a_run_too(tmp_path):
    pd.DataFrame(Z, columns=["a", "b"]).to_csv(tmp_path / "latents.csv", index=False)
    pd.DataFrame(V, columns=["x", "y"]).to_csv(tmp_path / "factors.csv", index=False)
    assert float(mig(load_representation(tmp_path))) == RIGHT
    assert load_representation(tmp_path / "latents.csv").factor_names == ("x", "y")


def test_factors_in_a_file_come_before_those_beside_it(tmp_path):
    np.savez(tmp_path / "latents.npz", latents=Z, factors=V)
    np.savez(tmp_path / "factors.npz", factors=V[::-1])
    data = load_representation(tmp_path / "latents.npz")
    assert (float(mig(data)), data.notes) == (RIGHT, ())


def test_a_folder_of_something_else_says_what_it_lacks(tmp_path):
    with pytest.raises(FileFormatError, match=r"is a folder\. Name a file in it\. \(It has no file latents\.npz"):
        load_representation(tmp_path)
    for ending in ("csv", "npz"):
        (tmp_path / f"latents.{ending}").touch()
    with pytest.raises(FileFormatError, match=r"latents\.npz and latents\.csv"):
        load_representation(tmp_path)


def test_an_array_alone_asks_for_the_file_of_the_factors(factors):
    with pytest.raises(FileFormatError, match=r"is one array\. Give the file of the factors too"):
        load_representation(factors)


# --- what is no data, and how to save what is not read


@pytest.mark.parametrize("ending", [*READERS, ".bin"])
def test_a_pointer_of_git_lfs_is_told_as_such(ending, tmp_path, factors):
    path = tmp_path / f"z{ending}"
    path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 13363603\n")
    with pytest.raises(FileFormatError, match=r"is a pointer of Git LFS.*13363603 bytes.*git lfs pull"):
        load_representation(path, factors)


@pytest.mark.parametrize(
    ("ending", "mend"),
    [
        (".pkl", "np.savez"),
        (".joblib", "never loaded"),
        (".xlsx", "read_excel"),
        (".mat", "loadmat"),
        (".nc", "open_dataset"),
        (".json", "np.savez"),
        (".RData", "write.csv"),
        (".feather", "to_parquet"),
        (".ckpt", "torch.save"),
        (".csv.gz", "gunzip"),
    ],
)
def test_what_is_not_read_says_how_to_save_it(ending, mend, tmp_path, factors):
    (tmp_path / f"z{ending}").write_bytes(b"\x00" * 2000)
    with pytest.raises(FileFormatError, match=rf"ends in .*Files that can be read end in .*{mend}"):
        load_representation(tmp_path / f"z{ending}", factors)


def test_text_that_is_kept_as_objects_says_how_to_keep_it_as_text(tmp_path, factors, monkeypatch):
    path = tmp_path / "v.npz"
    np.savez(path, labels=np.array(["a", "b"] * (N // 2), dtype=object))
    with pytest.raises(FileFormatError) as caught:
        load_representation(factors, path)
    advice = str(caught.value).partition("as such: ")[2].partition(", or .astype")[0]
    monkeypatch.chdir(tmp_path)
    exec(advice, {"np": np})
    assert load_representation(factors, "plain.npy").labels(0).values.tolist() == ["a", "b"]


def test_lists_in_cells_say_how_to_save_them(tmp_path, factors):
    pd.DataFrame({"z": list(map(str, Z.tolist()))}).to_csv(tmp_path / "z.csv", index=False)
    with pytest.raises(DTypeError, match=r"column 'z' of .* holds lists as text. Save a column for each number"):
        load_representation(tmp_path / "z.csv", factors)


def test_a_pattern_is_no_misspelt_name(tmp_path, factors):
    with pytest.raises(MissingFileError) as caught:
        load_representation(tmp_path / "shards" / "*.parquet", factors)
    assert "patterns are not understood here" in str(caught.value)
    assert "There is no folder" in str(caught.value)
    assert "Did you mean" not in str(caught.value)


def test_factors_beside_that_are_of_other_rows_are_named(tmp_path):
    np.savez(tmp_path / "small.npz", latents=Z[:9])
    np.savez(tmp_path / "factors.npz", factors=V)
    with pytest.raises(ShapeError, match=r"9 samples and factors has 40.*Factors are read from .*factors\.npz, beside"):
        load_representation(tmp_path / "small.npz")
