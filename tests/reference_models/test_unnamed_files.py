"""A file that is there is replaced only if the user named it, or if it is of the run or the sweep in that folder."""

import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics import load_representation
from disentangle_metrics.cli.app import app
from disentangle_metrics.errors import FileFormatError, OptionError
from reference_models import encoding, traversal
from reference_models.config import Config
from reference_models.dsprites import DSprites
from reference_models.encoding import encode_run
from reference_models.files import alone_in, whole_file
from reference_models.runs import finish_run
from reference_models.sweep import sweep
from reference_models.training import train
from reference_models.traversal import traverse_run

TINY = Config(size=16, grid=(2, 2, 1, 4, 4), pos_y=(0.0, 1.0), n_latents=4, batch_size=16, steps=3)
MINE = b"of somebody else"


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "b1s0"
    train(TINY, folder)
    return folder


@pytest.fixture(scope="module")
def whole_run(trained):
    folder = trained.with_name("whole")
    shutil.copytree(trained, folder)
    finish_run(folder)
    return folder


@pytest.fixture
def finished(whole_run, tmp_path):
    shutil.copytree(whole_run, tmp_path / "run")
    return tmp_path / "run"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_encode_writes_one_file_beside_those_of_the_run(finished):
    before = contents(finished)
    assert encode_run(finished, finished / "small.npz", n=20) == [finished / "small.npz"]
    after = contents(finished)
    assert after.pop("small.npz")
    assert after == before
    few = load_representation(finished / "small.npz")
    whole = load_representation(finished / "latents.npz", finished / "factors.npz")
    assert (few.n_samples, whole.n_samples) == (20, 64)
    np.testing.assert_array_equal(few.factors, whole.factors[:20])  # one draw of images, of which these are the first
    np.testing.assert_allclose(few.latents, whole.latents[:20], atol=1e-6)


@pytest.mark.parametrize("name", ["latents.npz", "factors.npz"])
def test_a_run_is_not_broken_by_half_of_its_pair(finished, name):
    before = contents(finished)
    (finished.parent / "link.npz").symlink_to(finished / name)
    for path in (finished / name, finished / ".." / "run" / name, finished.parent / "link.npz"):
        with pytest.raises(OptionError, match=r"is a run's own.*Name another file"):
            encode_run(finished, path, n=20)
    assert contents(finished) == before


@pytest.mark.parametrize("name", ["latents.npz", "factors.npz"])
def test_those_names_are_free_in_other_folders(trained, tmp_path, name):
    (tmp_path / "latents.npz").write_bytes(MINE)
    (tmp_path / "factors.npz").write_bytes(MINE)
    encode_run(trained, tmp_path / name)
    assert load_representation(tmp_path / name).n_samples == 64
    assert sum(content == MINE for content in contents(tmp_path).values()) == 1


@pytest.mark.parametrize("name", ["latents.npz", "factors.npz"])
def test_encode_without_a_name_replaces_nothing(trained, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    (folder / name).write_bytes(MINE)
    with pytest.raises(OptionError, match=rf"{name} is there already, and only a file that you name is replaced"):
        encode_run(folder)
    assert (folder / name).read_bytes() == MINE
    (folder / name).unlink()
    assert encode_run(folder) == [folder / "latents.npz", folder / "factors.npz"]


def test_traverse_writes_the_picture_that_was_named(trained, tmp_path):
    (tmp_path / "reconstructions.png").write_bytes(MINE)
    (tmp_path / "scale.png").write_bytes(MINE)
    assert traverse_run(trained, tmp_path / "scale.png", steps=2) == [tmp_path / "scale.png"]
    assert contents(tmp_path)["reconstructions.png"] == MINE
    assert contents(tmp_path)["scale.png"] != MINE


@pytest.mark.parametrize("name", ["traversal.png", "reconstructions.png"])
def test_traverse_without_a_name_replaces_nothing(trained, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    (folder / name).write_bytes(MINE)
    with pytest.raises(OptionError, match=rf"{name} is there already.*-o .*traversal\.png replaces that one"):
        traverse_run(folder, steps=2)
    (folder / name).unlink()
    assert traverse_run(folder, steps=2) == [folder / "traversal.png", folder / "reconstructions.png"]
    assert traverse_run(folder, folder / "traversal.png", steps=3) == [folder / "traversal.png"]


def test_an_animation_replaces_only_one_that_was_named(trained, tmp_path):
    (tmp_path / "t.gif").write_bytes(MINE)
    with pytest.raises(OptionError, match=r"t\.gif is there already.*Name it \(-o .*t\.gif\)"):
        traverse_run(trained, tmp_path / "t.png", steps=2, gif=True)
    assert contents(tmp_path) == {"t.gif": MINE}
    assert traverse_run(trained, tmp_path / "t.gif", steps=2, gif=True) == [tmp_path / "t.gif"]
    assert contents(tmp_path)["t.gif"].startswith(b"GIF8")
    assert traverse_run(trained, tmp_path / "u.svg", steps=2, gif=True) == [tmp_path / "u.svg", tmp_path / "u.gif"]


@pytest.mark.parametrize("verb", ["encode", "traverse"])
@pytest.mark.parametrize("name", ["lat.csv", "lat", "-", "lat.npy", "lat.npz.zip", "x.foo", ".npz"])
def test_an_ending_that_cannot_be_written_is_refused_before_any_work(trained, tmp_path, monkeypatch, verb, name):
    monkeypatch.chdir(tmp_path)
    for module in (encoding, traversal):
        monkeypatch.setattr(module, "load_model", lambda folder: pytest.fail("the work was begun"))
    result = run(verb, trained, "-o", name)
    assert result.exit_code == 2
    assert f"{name}: the name of a" in result.stderr
    assert "must end in" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("function", [encode_run, traverse_run])
def test_a_folder_that_takes_no_file_is_found_before_any_work(trained, monkeypatch, function):
    for module in (encoding, traversal):
        monkeypatch.setattr(module, "load_model", lambda folder: pytest.fail("the work was begun"))
    name = "x.npz" if function is encode_run else "x.png"
    with pytest.raises(FileFormatError, match="the folder /proc takes no file"):
        function(trained, type(trained)("/proc") / name)


OF_A_RUN = [
    "log.jsonl", "checkpoint.safetensors", "latents.npz", "factors.npz", "scores.json", "traversal.png",
    "reconstructions.png",
]  # fmt: skip


@pytest.mark.parametrize("name", OF_A_RUN)
@pytest.mark.parametrize("resume", [False, True])
def test_training_into_a_folder_of_other_files_is_refused(tmp_path, name, resume):
    (tmp_path / name).write_bytes(MINE)
    with pytest.raises(OptionError, match=rf"is not the folder of a run.*holds {name}, which a run would replace"):
        train(TINY, tmp_path, resume=resume)
    assert contents(tmp_path)[name] == MINE
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize("name", ["scores.csv", "summary.md", "tradeoff.png"])
def test_a_sweep_into_a_folder_of_other_files_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(MINE)
    with pytest.raises(OptionError, match=rf"is not the folder of a sweep.*holds {name}, which a sweep would replace"):
        sweep(TINY, [1.0], [0], tmp_path, resume=True)
    assert contents(tmp_path)[name] == MINE
    assert not (tmp_path / "sweep.json").exists()


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_sweep_looks_into_the_folders_of_its_runs(tmp_path, name):
    (tmp_path / "b1s0").mkdir()
    (tmp_path / "b1s0" / name).write_bytes(MINE)
    with pytest.raises(OptionError, match=rf"b1s0 is not the folder of a run.*holds {name}"):
        sweep(TINY, [2.0, 1.0], [0], tmp_path)
    assert contents(tmp_path / "b1s0") == {name: MINE}
    assert not (tmp_path / "b2s0").exists()


def test_a_folder_of_notes_can_become_a_run(tmp_path):
    (tmp_path / "notes.txt").write_bytes(MINE)
    (tmp_path / ".lock").write_bytes(MINE)  # of another program
    train(TINY, tmp_path)
    assert contents(tmp_path)["notes.txt"] == contents(tmp_path)[".lock"] == MINE


def test_the_lock_of_a_folder_is_ours(tmp_path):
    (tmp_path / ".lock").write_bytes(MINE)
    with alone_in(tmp_path), pytest.raises(OptionError, match="another process is training"), alone_in(tmp_path):
        pass
    assert contents(tmp_path)[".lock"] == MINE


def test_a_temporary_file_has_a_name_that_no_file_has(tmp_path):
    (tmp_path / ".x.tmp.npz").write_bytes(MINE)
    with whole_file(tmp_path / "x.npz", "file") as first, whole_file(tmp_path / "x.npz", "file") as second:
        assert first != second
        assert first.suffix == ".npz"
        first.write_bytes(b"1")
        second.write_bytes(b"2")
    assert contents(tmp_path) == {".x.tmp.npz": MINE, "x.npz": b"1"}


def test_images_are_saved_under_the_name_that_was_given(tmp_path):
    (tmp_path / "images.npz").write_bytes(MINE)
    for name in ("images", "images.foo"):  # numpy would write images.npz, and images.foo.npz
        with pytest.raises(OptionError, match=r"must end in \.npz"):
            DSprites(8, (2, 1, 1, 2, 2)).save(tmp_path / name)
    assert contents(tmp_path) == {"images.npz": MINE}
