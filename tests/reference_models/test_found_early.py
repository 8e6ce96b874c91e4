"""What is wrong with data, folders, loggers and settings is found before anything is timed, started or trained."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app
from reference_models import commands, loggers
from reference_models.config import preset
from reference_models.dsprites import DSprites
from reference_models.files import alone_in
from reference_models.training import train

GRID = (2, 1, 1, 2, 2)


@pytest.fixture(autouse=True)
def nothing_is_timed_or_trained(tmp_path, monkeypatch):
    """Work in a folder of our own, where the first bit of work ends the test."""
    monkeypatch.chdir(tmp_path)
    for place in ("training.seconds_per_step", "runs.train", "sweep.run"):
        monkeypatch.setattr(f"reference_models.{place}", lambda *args, **options: pytest.fail("the work was begun"))


def refused(*args):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == 2, result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].startswith("error: "), lines
    assert "unexpected" not in lines[0]
    return " ".join(lines)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "good.npz"
    DSprites(32, GRID).save(path)
    with np.load(path) as file:
        return dict(file)


def but(position, value):
    """Change one number of an array."""

    def change(array):
        array = array.astype(float) if isinstance(value, float) else array.copy()
        array[position] = value
        return array

    return change


ARRAYS = {
    "without-images": ("imgs", None, "has no imgs; it holds"),
    "without-classes": ("latents_classes", None, "has no latents_classes"),
    "without-values": ("latents_values", None, "has no latents_values"),
    "flat-images": ("imgs", lambda x: x.reshape(len(x), -1), "imgs has shape (8, 1024); expected (n, s, s)"),
    "oblong-images": ("imgs", lambda x: x[:, :16], "imgs has shape (8, 16, 32)"),
    "no-pixels": ("imgs", lambda x: x[:, :0, :0], "imgs has shape (8, 0, 0)"),
    "one-number": ("imgs", lambda x: np.array(1), "imgs has shape ()"),
    "other-size": ("imgs", lambda x: x[:, :16, :16], "16 pixels a side, and the settings are for 32"),
    "fewer-images": ("imgs", lambda x: x[:5], "expected (5, 5) or (5, 6) for 5 images"),
    "fewer-classes": ("latents_classes", lambda x: x[:5], "latents_classes has shape (5, 5)"),
    "fewer-values": ("latents_values", lambda x: x[:5], "latents_values (5, 5)"),
    "four-factors": ("latents_classes", lambda x: x[:, :4], "latents_classes has shape (8, 4)"),
    "text": ("latents_classes", lambda x: x.astype(str), "latents_classes has dtype <U21; expected numbers"),
    "complex": ("imgs", lambda x: x.astype(complex), "imgs has dtype complex128; expected numbers"),
    "NaN-pixel": ("imgs", but((3, 4, 5), np.nan), "imgs holds nan in image 3"),
    "gray-pixel": ("imgs", but((7, 4, 5), 0.25), "imgs holds 0.25 in image 7. Pixels must be 0 and 1, or 0 and 255"),
    "gray-byte": ("imgs", but((2, 0, 0), 128), "imgs holds 128 in image 2"),
    "1-and-255": ("imgs", but((6, 31, 31), 255), "in image 0. Pixels must be 0 and 1, or 0 and 255"),
    "minus": ("imgs", lambda x: -x.astype(np.int8), "imgs holds -1 in image 0"),
    "infinite-pixel": ("imgs", but((1, 4, 5), np.inf), "imgs holds inf in image 1"),
    "NaN-class": ("latents_classes", but((3, 0), np.nan), "latents_classes must be whole numbers from 0"),
    "half-a-class": ("latents_classes", but((3, 0), 0.5), "latents_classes must be whole numbers from 0"),
    "class-below-0": ("latents_classes", but((3, 0), -1), "latents_classes must be whole numbers from 0"),
    "huge-class": ("latents_classes", but((3, 0), 1e300), "latents_classes must be whole numbers from 0"),
    "NaN-value": ("latents_values", but((3, 0), np.nan), "latents_values holds NaN or infinities"),
    "nothing-varies": ("latents_classes", np.zeros_like, "each factor in latents_classes has a single value"),
}  # fmt: skip


@pytest.mark.parametrize(("key", "change", "message"), ARRAYS.values(), ids=ARRAYS)
def test_data_that_cannot_be_trained_on(key, change, message, arrays, tmp_path):
    changed = {**arrays, key: None if change is None else change(arrays[key])}
    np.savez("bad.npz", **{name: array for name, array in changed.items() if array is not None})
    assert message in refused("train", "--data", "bad.npz", "--out", "run")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.npz"]


def test_a_color_that_alone_varies_is_not_enough(arrays):
    labels, values = arrays["latents_classes"], arrays["latents_values"]
    labels = np.column_stack([np.arange(8), 0 * labels])
    np.savez(
        "bad.npz", **{**arrays, "latents_classes": labels, "latents_values": np.column_stack([labels[:, 0], values])}
    )
    assert "each factor in latents_classes has a single value" in refused("train", "--data", "bad.npz", "--out", "run")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 26729114\n"
FILES = {
    "text": ("bad.npz", b"images", "bad.npz cannot be read"),
    "a-pointer-of-git-lfs": ("bad.npz", POINTER, "bad.npz is a pointer of Git LFS"),
    "empty": ("bad.npz", b"", "bad.npz cannot be read"),
    "cut-short": ("bad.npz", b"PK\x03\x04half", "bad.npz cannot be read"),
    "npy": ("bad.npy", b"\x93NUMPY", "bad.npy cannot be read"),
    "other-ending": ("bad.jpg", b"image", "ends in '.jpg'"),
    "nothing": ("bad.npz", None, "there is no file"),
}


@pytest.mark.parametrize("verb", ["train", "sweep"])
@pytest.mark.parametrize(("name", "content", "message"), FILES.values(), ids=FILES)
def test_files_that_hold_no_images(verb, name, content, message, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert message in refused(verb, "--data", name, "--out", "run")
    assert not (tmp_path / "run").exists()


def test_a_sweep_reads_its_data_first(arrays, tmp_path):
    np.savez("bad.npz", **{**arrays, "imgs": arrays["imgs"] * 0.5})
    assert "imgs holds 0.5 in image 0" in refused("sweep", "--data", "bad.npz", "--out", "sweep")
    assert "32 pixels a side, and the settings are for 64" in refused(
        "train", "--preset", "medium", "--data", save(arrays), "--out", "run"
    )
    assert {path.name for path in tmp_path.iterdir()} == {"bad.npz", "good.npz"}


def save(arrays):
    np.savez("good.npz", **arrays)
    return "good.npz"


@pytest.mark.parametrize("name", ["mlflow", "tensorboard", "wandb"])
def test_a_logger_without_its_library(name, monkeypatch, tmp_path):
    real = loggers.find_spec
    monkeypatch.setattr(loggers, "find_spec", lambda module: None if module == name else real(module))
    assert f"pip install {name}" in refused("train", "--log", name, "--out", "run")
    assert not (tmp_path / "run").exists()


def test_a_logger_that_does_not_start(monkeypatch, tmp_path):
    def start(config, folder):
        raise loggers.OptionError("the tracker does not take the run.")

    monkeypatch.setitem(loggers.LOGGERS, "wandb", start)
    monkeypatch.setattr(loggers, "check_loggers", lambda names: None)
    monkeypatch.setattr("reference_models.loggers.check_loggers", lambda names: None)
    assert "the tracker does not take the run" in refused("train", "--log", "wandb", "--out", "run")


def test_trackers_are_closed_if_the_timing_is_interrupted(monkeypatch):
    closed = []

    class Tracker:
        def __init__(self, config, folder):
            pass

        def close(self):
            closed.append(True)

    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setitem(loggers.LOGGERS, "wandb", Tracker)
    monkeypatch.setattr(loggers, "check_loggers", lambda names: None)
    monkeypatch.setattr(commands, "_estimate", interrupt)
    result = CliRunner().invoke(app, ["train", "--log", "wandb", "--out", "run"])
    assert result.exit_code == 130
    assert closed == [True]


@pytest.mark.parametrize("verb", ["train", "sweep"])
@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("/dev/null/run", "the folder /dev/null/run cannot be made: Not a directory"),
        ("/proc/run", "the folder /proc/run cannot be made"),
        ("/proc", "the folder /proc takes no file"),
        ("a-file", "the folder a-file takes no file: Not a directory"),
        ("x" * 300, "cannot be made: File name too long"),
    ],
    ids=lambda value: value[:20],
)
def test_a_folder_that_cannot_be_written(verb, out, message, tmp_path):
    (tmp_path / "a-file").write_text("")
    assert message in refused(verb, "--out", out)


@pytest.mark.parametrize("verb", ["train", "sweep"])
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--device", "gpu"), "device='gpu' is not known"),
        (("--objective", "beta-ve"), "Did you mean 'beta-vae'"),
        (("--set", "betta=3"), "Did you mean 'beta'"),
        (("--precision", "float8"), "precision='float8' is not known"),
    ],
    ids=str,
)
def test_settings(verb, args, message, tmp_path):
    assert message in refused(verb, *args, "--out", "run")
    assert not list(tmp_path.iterdir())


def test_threads():
    assert "threads=0 is out of range" in refused("train", "--threads", 0, "--out", "run")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun") / "run"
    train(preset("quick", beta=4, steps=9), folder, stop_at=1)
    return folder


ARGS = ("train", "--beta", 4, "--steps", 9, "--out", "run")
BROKEN = {
    "checkpoint": ("checkpoint.safetensors", lambda data: data[:100], "is not a checkpoint that can be read"),
    "empty-checkpoint": ("checkpoint.safetensors", lambda data: b"", "is not a checkpoint that can be read"),
    "config": ("config.json", lambda data: b"{", "config.json cannot be read"),
    "other-settings": (
        "config.json", lambda data: data.replace(b'"seed": 0', b'"seed": 7'), "holds a run with seed=7 and not 0",
    ),
    "of-another-program": ("config.json", lambda data: b'{"model_type": "bert"}', "no setting 'model_type'"),
    "network": (
        "config.json", lambda data: data.replace(b'"n_latents": 10', b'"n_latents": 6'), "with n_latents=6 and not 10",
    ),
    "log": ("log.jsonl", lambda data: b"{}\n", "is not a log that can be read"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_run_that_cannot_be_taken_up(name, change, message, begun, tmp_path):
    shutil.copytree(begun, tmp_path / "run")
    path = tmp_path / "run" / name
    path.write_bytes(change(path.read_bytes()))
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert message in refused(*ARGS, "--resume")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_run_that_is_there_or_that_another_process_trains(begun, tmp_path):
    shutil.copytree(begun, tmp_path / "run")
    assert "holds a run already" in refused(*ARGS)
    with alone_in(tmp_path / "run"):
        assert "another process is training" in refused(*ARGS, "--resume")


def test_a_sweep_that_cannot_be_taken_up(begun, tmp_path):
    (tmp_path / "sweep" / "b4s0").mkdir(parents=True)
    shutil.copy(begun / "config.json", tmp_path / "sweep" / "b4s0")
    args = ("sweep", "--betas", "1,4", "--seeds", 0, "--out", "sweep")
    assert "b4s0 holds a run with steps=9 and not 8000" in refused(*args)
    assert not (tmp_path / "sweep" / "sweep.json").exists()
    (tmp_path / "sweep" / "sweep.json").write_text(json.dumps({"steps": 9}))
    assert "holds a sweep already" in refused(*args)
    assert "holds a sweep with another" in refused(*args, "--resume")
    (tmp_path / "sweep" / "sweep.json").write_text("{")
    assert "sweep.json cannot be read" in refused(*args, "--resume")
