"""Small arrays written into files of every format."""

import h5py
import numpy as np
import pandas as pd
from safetensors.numpy import save_file

SUFFIXES = (".npz", ".npy", ".csv", ".tsv", ".parquet", ".safetensors", ".h5")
TABLES = (".csv", ".tsv", ".parquet")
SEVERAL = (".npz", ".safetensors", ".h5")  # files that hold several arrays by name

Z = np.random.default_rng(0).normal(size=(12, 3))
V = np.arange(24).reshape(12, 2) % [3, 4]


def save(path, **arrays):
    """Write arrays under their names, or the only one where the format has no names."""
    (array, *_) = arrays.values()
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".parquet":
        table(array).to_parquet(path)
    elif path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, path)
    elif path.suffix in (".h5", ".hdf5"):
        with h5py.File(path, "w") as file:
            for name, value in arrays.items():
                value = np.asarray(value)
                file[name] = value.astype(h5py.string_dtype()) if value.dtype.kind == "U" else value
    else:
        table(array).to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def table(array):
    return pd.DataFrame(array, columns=[f"c{j}" for j in range(array.shape[1])])


def text(path, content):
    path.write_text(content, encoding="utf-8")
    return path
