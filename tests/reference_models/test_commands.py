import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app
from reference_models import commands, config
from reference_models.devices import DEVICES
from reference_models.dsprites import DSprites
from reference_models.loggers import LOGGERS
from reference_models.objective import OBJECTIVES


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "b4s0"
    result = run("train", "--beta", 4, "--steps", 20, "--out", folder)
    assert result.exit_code == 0, result.stderr
    return folder, result


def test_train_leaves_a_run_that_can_be_scored(trained):
    folder, result = trained
    assert {path.name for path in folder.glob("[!.]*")} == {
        "config.json", "log.jsonl", "checkpoint.safetensors", "latents.npz", "factors.npz", "scores.json",
        "traversal.png", "reconstructions.png",
    }  # fmt: skip
    assert "beta 4 (0.0391 per latent and pixel)" in result.stderr
    assert "of 10 latents active" in result.stderr
    score = run("score", folder / "latents.npz", folder / "factors.npz", "-m", "mig")
    assert score.exit_code == 0
    assert "pos_x" in score.stdout
    assert result.stdout.startswith(score.stdout)  # what was printed and what is in the files is the same
    assert json.loads((folder / "scores.json").read_text())["scores"]["mig"]["signature"] in score.stdout


def test_every_score_that_train_prints_has_a_heading_of_its_own(trained):
    heads = [line.split(" = ")[0] for line in trained[1].stdout.splitlines() if line and not line.startswith(" ")]
    assert heads == ["mig", "sap", "sap_r2"]


def test_encode_writes_one_file_that_can_be_scored(trained, tmp_path):
    folder, _ = trained
    result = run("encode", folder, "-o", tmp_path / "codes.npz", "-n", 50)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.split() == ["wrote", str(tmp_path / "codes.npz")]
    assert [path.name for path in tmp_path.iterdir()] == ["codes.npz"]
    with np.load(tmp_path / "codes.npz") as codes:
        assert sorted(codes.files) == ["factor_names", "factors", "image_index", "logvar", "mean", "sample"]
        assert codes["mean"].shape == (50, 10)
        assert codes["factor_names"].tolist() == ["shape", "scale", "pos_x", "pos_y"]
    score = run("score", tmp_path / "codes.npz", "-m", "mig")
    assert score.exit_code == 0, score.stderr
    assert "pos_x" in score.stdout
    assert "n:50|" in score.stdout


@pytest.mark.parametrize("across", ["prior", "quantiles"])
def test_traverse_draws_the_picture_that_was_named(trained, tmp_path, across):
    folder, _ = trained
    result = run("traverse", folder, "-o", tmp_path / "t.png", "--across", across, "--steps", 3)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["t.png"]
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--across", "sideways"), "across='sideways' is not known"),
        (("--steps", "1"), "steps=1 is out of range"),
        (("--image", "99999", "-o", "t.png"), "image=99999 is out of range"),
        (("-o", "nowhere/t.png"), "there is no folder nowhere"),
        (("--sort", "colour", "-o", "t.png"), "sort='colour' is not known"),
    ],
)
def test_traversals_that_cannot_be_drawn_end_with_a_message(trained, args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("traverse", trained[0], *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--preset", "quik", "--out", "x"), "Did you mean 'quick'?"),
        (("--beta", "-1", "--out", "x"), "beta"),
        (("--steps", "0", "--out", "x"), "steps=0 is out of range"),
        (("--objective", "beta-tcave", "--out", "x"), "Did you mean 'beta-tcvae'"),
        (("--set", "gamma", "--out", "x"), "give a name and a value"),
        (("--set", "gamma=3", "--out", "x"), "beta-vae has no 'gamma'"),
        (("--log", "tensorbord", "--out", "x"), "Did you mean 'tensorboard'"),
        (("--device", "gpu", "--out", "x"), "device='gpu' is not known"),
        (("--threads", "0", "--out", "x"), "threads=0 is out of range"),
        (("--out", "/dev/null/x"), "the folder /dev/null/x cannot be made"),
        (("--data", "tiny.npz", "--out", "x"), "pixels a side, and the settings are for 32"),
        (("--data", "nothing.npz", "--steps", "1", "--out", "x"), "there is no file"),
    ],
)
def test_bad_settings_end_with_a_message(args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    DSprites(8, (2, 1, 1, 2, 2)).save("tiny.npz")
    result = run("train", *args)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert message in result.stderr
    assert not (tmp_path / "x" / "checkpoint.safetensors").exists()


def test_a_folder_that_holds_no_run_ends_with_a_message(tmp_path):
    result = run("encode", tmp_path)
    assert result.exit_code == 2
    assert "is not the folder of a run" in result.stderr


@pytest.mark.parametrize("args", [("train", "--out", "x"), ("encode", "x"), ("traverse", "x"), ("sweep", "--out", "x")])
def test_without_pytorch_the_verbs_say_how_to_get_it(args, monkeypatch):
    monkeypatch.setattr(commands, "find_spec", lambda name: None)
    result = run(*args)
    assert result.exit_code == 2
    message = f"dmetrics {args[0]} needs PyTorch. Install it with: pip install 'disentangle-metrics[reference]'"
    assert message in result.stderr


def test_help_names_the_verbs_and_imports_no_torch():
    code = (
        "import sys; from disentangle_metrics.cli.app import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "train" in shown
    assert "encode" in shown
    assert shown.splitlines()[-1] == "False"


def test_an_objective_and_its_hyperparameters_come_from_the_command_line(tmp_path):
    result = run(
        "train", "--objective", "annealed-capacity", "--set", "gamma=30", "--set", "likelihood=gaussian",
        "--steps", 3, "--out", tmp_path / "run",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["objective"] == "annealed-capacity"
    assert config["hyperparameters"] == {"gamma": 30, "likelihood": "gaussian"}


def test_names_completed_without_pytorch_are_those_there_are():
    assert set(config.OBJECTIVE_NAMES) == set(OBJECTIVES)
    assert set(commands.TRACKERS) == set(LOGGERS)
    assert set(commands.DEVICES) == set(DEVICES)


def test_sweep_shows_means_and_says_what_it_wrote(tmp_path):
    args = ("sweep", "--betas", "1,8", "--seeds", "0", "--steps", 5, "--out", tmp_path / "sweep")
    result = run(*args)
    assert result.exit_code == 0, result.stderr
    assert "2 runs, 1 at a time" in result.stderr
    assert result.stdout.split()[:3] == ["reconstruction", "kl", "active"]
    assert "wrote scores.csv, summary.md and tradeoff.png" in result.stderr
    again = run(*args)
    assert again.exit_code == 2
    assert "holds a sweep already" in again.stderr
    resumed = run(*args, "--resume")
    assert resumed.exit_code == 0
    assert resumed.stdout == result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [(("--betas", "1,x"), "--betas 1,x: give numbers"), (("--betas", "-1"), "beta"), (("--jobs", "0"), "jobs=0")],
)
def test_sweeps_that_cannot_be_run_end_with_a_message(args, message, tmp_path):
    result = run("sweep", *args, "--steps", 1, "--out", tmp_path / "sweep")
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_interrupt_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("reference_models.runs.train", interrupted)
    result = run("train", "--steps", 5, "--out", tmp_path / "run")
    assert result.exit_code == 130
    assert "with --resume continues from there" in result.stderr
