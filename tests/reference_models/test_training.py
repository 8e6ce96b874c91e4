import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from disentangle_metrics import load_representation, mig
from disentangle_metrics.errors import FileFormatError, InputError, MissingFileError, OptionError
from reference_models import checkpoint
from reference_models.checkpoint import CHECKPOINT
from reference_models.config import PRESETS, Config, preset
from reference_models.devices import find_device
from reference_models.dsprites import DSprites
from reference_models.encoding import encode, encode_run, load_model
from reference_models.model import ARCHITECTURES, build_model
from reference_models.objective import OBJECTIVES
from reference_models.runlog import LOG, append_to_log, read_log
from reference_models.training import learning_rate, train

TINY = Config(size=16, grid=(2, 2, 1, 4, 4), pos_y=(0.0, 1.0), n_latents=4, batch_size=16, steps=60)


def small(**changes):
    return Config(**{**vars(TINY), **changes})


def weights(folder):
    return load_file(folder / CHECKPOINT)


def same_weights(a, b):
    first, second = weights(a), weights(b)
    assert set(first) == set(second)
    return all(torch.equal(first[name], second[name]) for name in first)


def logged(folder):
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def test_the_loss_falls(tmp_path):
    train(small(steps=300), tmp_path / "run")
    losses = [entry["loss"] for entry in logged(tmp_path / "run")]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])


def test_more_beta_costs_reconstruction_and_saves_kl(tmp_path):
    ends = []
    for beta in (1.0, 30.0):
        train(small(steps=400, hyperparameters={"beta": beta}), tmp_path / str(beta))
        ends.append(logged(tmp_path / str(beta))[-20:])
    reconstruction, kl = ([np.mean([e[key] for e in end]) for end in ends] for key in ("reconstruction", "kl"))
    assert reconstruction[1] > reconstruction[0]
    assert kl[1] < kl[0]


def test_the_same_settings_give_the_same_weights(tmp_path):
    for name in "ab":
        torch.manual_seed(ord(name))  # whatever was drawn before
        train(TINY, tmp_path / name)
    assert same_weights(tmp_path / "a", tmp_path / "b")
    train(small(seed=1), tmp_path / "c")
    assert not same_weights(tmp_path / "a", tmp_path / "c")


@pytest.mark.parametrize("objective", ["beta-vae", "factor-vae"])
@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_a_run_that_was_stopped_goes_on_to_the_same_weights_bit_for_bit(objective, optimizer, tmp_path):
    config = small(objective=objective, optimizer=optimizer, steps=30)
    train(config, tmp_path / "whole")
    train(config, tmp_path / "parts", stop_at=7)
    train(config, tmp_path / "parts", resume=True, stop_at=19)
    train(config, tmp_path / "parts", resume=True)
    assert same_weights(tmp_path / "whole", tmp_path / "parts")
    steps = [entry["step"] for entry in logged(tmp_path / "parts")]
    assert steps == sorted(set(steps))
    assert steps[-1] == 30


def test_a_convolution_of_half_precision_goes_on_to_the_same_weights_bit_for_bit(tmp_path):
    config = small(architecture="locatello-conv", size=64, precision="bfloat16", batch_size=4, steps=4)
    train(config, tmp_path / "whole")
    train(config, tmp_path / "parts", stop_at=2)
    train(config, tmp_path / "parts", resume=True)
    assert same_weights(tmp_path / "whole", tmp_path / "parts")


def test_the_log_holds_means_over_all_steps(tmp_path):
    config = small(
        steps=200, schedule="constant", learning_rate=1e-12
    )  # nothing is learned: steps differ by batch only
    train(config, tmp_path / "means")
    train(small(steps=100, schedule="constant", learning_rate=1e-12), tmp_path / "steps")
    first = [entry["loss"] for entry in logged(tmp_path / "steps")]
    assert logged(tmp_path / "means")[0]["loss"] == pytest.approx(np.mean(first[:2]), rel=1e-6)


def test_loggers_are_told_of_every_line_and_closed_however_a_run_ends(tmp_path):
    class Recorder:
        def __init__(self):
            self.steps, self.closed = [], 0

        def log(self, step, figures):
            self.steps.append(step)
            if step == 20:
                raise RuntimeError("the tracker is gone")

        def close(self):
            self.closed += 1

    recorder = Recorder()
    train(small(steps=10), tmp_path / "whole", loggers=[recorder])
    assert recorder.steps == list(range(1, 11))
    assert recorder.closed == 1
    with pytest.raises(RuntimeError, match="the tracker is gone"):
        train(small(steps=30), tmp_path / "broken", loggers=[recorder])
    assert recorder.closed == 2


def test_devices_are_found_by_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(OptionError, match="finds none on this machine"):
        find_device("cuda")
    assert find_device("cpu").type == "cpu"
    assert find_device("auto").type in ("cpu", "cuda", "mps")
    with pytest.raises(OptionError, match="device='gpu' is not known"):
        find_device("gpu")


def test_a_run_that_was_killed_goes_on_to_the_same_weights_bit_for_bit(tmp_path):
    config = small(steps=1500)
    train(config, tmp_path / "whole")
    code = (
        "import json, sys; from pathlib import Path; from reference_models.config import Config; "
        "from reference_models.training import train; "
        "train(Config.from_dict(json.loads(sys.argv[1])), Path(sys.argv[2]), resume=True)"
    )
    command = [sys.executable, "-c", code, json.dumps(vars(config)), str(tmp_path / "killed")]
    for _ in range(2):
        process = subprocess.Popen(command)
        deadline = time.monotonic() + 60
        before = (tmp_path / "killed" / CHECKPOINT).exists() and (tmp_path / "killed" / CHECKPOINT).stat().st_mtime_ns
        while time.monotonic() < deadline and process.poll() is None:
            path = tmp_path / "killed" / CHECKPOINT
            if path.exists() and path.stat().st_mtime_ns != before:
                break
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    train(config, tmp_path / "killed", resume=True)
    assert same_weights(tmp_path / "whole", tmp_path / "killed")
    assert [entry["step"] for entry in logged(tmp_path / "killed")] == [
        entry["step"] for entry in logged(tmp_path / "whole")
    ]


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_every_objective_trains(objective, tmp_path):
    train(small(objective=objective, steps=40), tmp_path)
    assert all(np.isfinite(entry["loss"]) for entry in logged(tmp_path))


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_architecture_gives_latents_and_images(architecture):
    size = 64 if "conv" in architecture else 32
    model = build_model(architecture, size, 5, seed=0)
    mean, logvar = model.encode(torch.rand(3, 1, size, size))
    assert mean.shape == logvar.shape == (3, 5)
    assert model.decode(mean).shape == (3, 1, size, size)


def test_convolutions_need_their_size():
    with pytest.raises(OptionError, match="takes images of 64 pixels, and size=32"):
        build_model("burgess-conv", 32, 5, seed=0)


def test_half_precision_trains_a_convolution(tmp_path):
    config = small(architecture="locatello-conv", size=64, precision="bfloat16", steps=3, batch_size=4)
    train(config, tmp_path)
    assert np.isfinite(logged(tmp_path)[-1]["loss"])


def test_the_one_cycle_rises_and_falls():
    config = small(steps=100)
    rates = [learning_rate(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(config.learning_rate / 25)
    assert rates[10] == pytest.approx(config.learning_rate)
    assert np.all(np.diff(rates[:11]) > 0)
    assert np.all(np.diff(rates[10:]) < 0)
    assert learning_rate(small(schedule="constant"), 50) == config.learning_rate


def test_a_folder_with_a_run_is_not_trained_into(tmp_path):
    train(TINY, tmp_path, stop_at=5)
    with pytest.raises(OptionError, match="holds a run already"):
        train(TINY, tmp_path)
    with pytest.raises(OptionError, match=r"holds a run with hyperparameters=.* seed=0 and not 3"):
        train(small(seed=3, hyperparameters={"beta": 2.0}), tmp_path, resume=True)


def test_a_checkpoint_that_cannot_be_read_says_so(tmp_path):
    train(TINY, tmp_path, stop_at=5)
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FileFormatError, match="is not a checkpoint that can be read"):
        train(TINY, tmp_path, resume=True)


def test_a_checkpoint_of_another_network_says_so(tmp_path):
    train(TINY, tmp_path, stop_at=5)
    save_file({"model.x": torch.zeros(2)}, tmp_path / CHECKPOINT, metadata={"step": "5"})
    with pytest.raises(InputError, match="holds another network than 'mlp-128'"):
        load_model(tmp_path)


def test_a_full_disk_leaves_the_checkpoint_before_as_it_was(tmp_path, monkeypatch):
    train(TINY, tmp_path, stop_at=5)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(FileFormatError, match=r"No space left on device.*The checkpoint that was there is whole"):
        train(TINY, tmp_path, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert not list(tmp_path.glob("*.tmp*"))
    assert not list(tmp_path.glob(".*.tmp*"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hyperparameters": {"beta": -1.0}}, "beta"),
        ({"hyperparameters": {"betta": 1.0}}, "beta-vae has no 'betta'.*Did you mean 'beta'"),
        ({"objective": "beta-ve"}, "Did you mean 'beta-vae'"),
        ({"architecture": "mlp128"}, "Did you mean 'mlp-128'"),
        ({"optimizer": "adm"}, "Did you mean 'adam'"),
        ({"schedule": "cosine"}, "schedule='cosine' is not known"),
        ({"steps": 0}, "steps=0 is out of range"),
        ({"seed": -1}, "seed=-1 is out of range"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_trained_are_refused(changes, message, tmp_path):
    with pytest.raises(OptionError, match=message):
        train(small(**changes), tmp_path / "run")
    assert not (tmp_path / "run" / CHECKPOINT).exists()


def test_a_log_that_cannot_be_written_says_so_and_keeps_the_checkpoint(tmp_path):
    train(TINY, tmp_path, stop_at=5)
    before, log = (tmp_path / CHECKPOINT).read_bytes(), (tmp_path / LOG).read_text()
    (tmp_path / LOG).unlink()
    (tmp_path / LOG).symlink_to("/dev/full")  # a disk without room
    with pytest.raises(FileFormatError, match="No space left on device"):
        append_to_log(tmp_path / LOG, 6, {"loss": 1.0})
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    (tmp_path / LOG).unlink()
    (tmp_path / LOG).write_text(log + '{"step": 6, "lo')
    assert [entry["step"] for entry in read_log(tmp_path / LOG)] == [1, 2, 3, 4, 5]
    (tmp_path / LOG).write_text("{}\n")
    with pytest.raises(FileFormatError, match="is not a log that can be read"):
        read_log(tmp_path / LOG)


def test_a_loss_that_is_no_longer_finite_stops_the_run(tmp_path):
    with pytest.raises(InputError, match="no longer finite"):
        train(small(learning_rate=1e30, clip=1e30, schedule="constant"), tmp_path)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_are_data_that_survive_a_file(name, tmp_path):
    config = preset(name, seed=5)
    assert config.preset == name
    config.save(tmp_path / "config.json")
    assert Config.load(tmp_path / "config.json") == config


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(MissingFileError, match="is not the folder of a run"):
        load_model(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FileFormatError, match="cannot be read"):
        Config.load(tmp_path / "config.json")
    with pytest.raises(OptionError, match=r"no setting 'step'. Did you mean 'steps'"):
        Config.from_dict({"step": 3})


def test_a_run_is_encoded_into_files_that_score(tmp_path):
    train(small(steps=300), tmp_path / "run")
    path, factors = encode_run(tmp_path / "run")
    data = load_representation(path, factors)
    assert data.factor_names == ("shape", "scale", "pos_x", "pos_y")
    assert (data.n_samples, data.n_latents) == (64, 4)
    assert 0 <= mig(data) <= 1
    sample = load_representation(f"{path}:sample", factors)
    assert not np.array_equal(sample.latents, data.latents)


def test_encoded_rows_belong_together(tmp_path):
    model, config = build_model("mlp-128", 16, 4, seed=0), TINY
    data = DSprites(16, config.grid)
    few = encode(model, data, n=10)
    assert few.mean.shape == few.logvar.shape == few.sample.shape == (10, 4)
    index = np.array(
        [np.flatnonzero((data.labels(np.arange(64))[:, [0, 1, 3, 4]] == row).all(axis=1))[0] for row in few.factors]
    )
    mean, _ = model.encode(torch.from_numpy(data.images(index).astype(np.float32))[:, None])
    np.testing.assert_allclose(few.mean, mean.detach().numpy(), atol=1e-5)
