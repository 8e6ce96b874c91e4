import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from disentangle_metrics.errors import InputError, OptionError
from reference_models import sweep as sweep_module
from reference_models.checkpoint import read_checkpoint
from reference_models.config import Config
from reference_models.files import SCORES, alone_in
from reference_models.sweep import collect, plan, sweep
from reference_models.sweep_report import best, plot_tradeoff, summary
from reference_models.training import train

TINY = Config(size=16, grid=(2, 2, 1, 4, 4), pos_y=(0.0, 1.0), n_latents=4, batch_size=16, steps=40)
FILES = {"scores.csv", "summary.md", "sweep.json", "tradeoff.png"}
RUN_FILES = {
    "config.json", "log.jsonl", "checkpoint.safetensors", "latents.npz", "factors.npz", "scores.json",
    "traversal.png", "reconstructions.png",
}  # fmt: skip


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    return folder, sweep(TINY, [1.0, 30.0], [0, 1], folder, jobs=2)


def test_a_sweep_leaves_a_table_a_summary_a_picture_and_its_runs(swept):
    folder, result = swept
    assert not result.failures
    assert {path.name for path in folder.glob("[!.]*")} == FILES | {"b1s0", "b1s1", "b30s0", "b30s1"}
    assert {path.name for path in (folder / "b1s0").glob("[!.]*")} == RUN_FILES
    table = pd.read_csv(folder / "scores.csv")
    assert table["beta"].tolist() == [1, 1, 30, 30]
    assert table["seed"].tolist() == [0, 1, 0, 1]
    assert table["normalized_beta"].iloc[0] == pytest.approx(4 / 256)
    assert table["mig_signature"].str.startswith("mig|discretizer:uniform|n_bins:20").all()
    pd.testing.assert_frame_equal(table, result.table)


def test_rows_are_what_the_runs_scored(swept):
    folder, result = swept
    for _, row in result.table.iterrows():
        found = json.loads((folder / row["run"] / SCORES).read_text())
        assert row["mig"] == found["scores"]["mig"]["value"]
        assert row["sap_r2_signature"] == found["scores"]["sap_r2"]["signature"]
        assert row["kl"] == pytest.approx(sum(found["model"]["kl_per_latent"]))


def test_the_summary_says_what_pandas_says(swept):
    folder, result = swept
    text = (folder / "summary.md").read_text()
    rows = result.table[result.table["beta"] == 30]
    assert f"{rows['reconstruction'].mean():.1f} ± {rows['reconstruction'].std():.1f}" in text
    assert f"{rows['mig'].median():.3f} ({rows['mig'].min():.3f} to {rows['mig'].max():.3f})" in text
    assert rows["mig_signature"].iloc[0] in text
    assert "4 runs" in text
    assert "2 seeds for each beta" in text


def test_the_best_seed_is_the_one_that_trained_best():
    rows = pd.DataFrame({"training_loss": [3.0, 1.0, 2.0], "seed": [0, 1, 2]}, index=[5, 6, 7])
    assert best(rows)["seed"] == 1


def test_the_picture_shows_every_run(swept):
    _, result = swept
    figure = plot_tradeoff(result.table)
    reconstruction, mig, sap, frontier = figure.axes
    assert [axis.get_xscale() for axis in figure.axes] == ["log"] * 4
    assert [len(axis.collections[-1].get_offsets()) for axis in (reconstruction, mig, sap)] == [4] * 3
    assert [len(dots.get_offsets()) for dots in frontier.collections] == [2, 2]
    assert reconstruction.get_yscale() == "log"
    assert [text.get_text() for text in reconstruction.get_xticklabels()] == ["1", "30"]
    assert mig.get_ylabel() == "MIG"
    assert [text.get_text() for text in sap.get_legend().get_texts()] == ["by R2", "by logistic regression"]
    assert [text.get_text() for text in frontier.get_legend().get_texts()] == ["1", "30"]


def test_beta_zero_has_a_place_on_the_axis(swept):
    table = swept[1].table.assign(beta=[0.0, 0.0, 2.0, 2.0])
    axis = plot_tradeoff(table).axes[0]
    assert axis.get_xscale() == "symlog"
    assert [text.get_text() for text in axis.get_xticklabels()] == ["0", "2"]


def test_one_seed_needs_no_deviation(swept):
    table = swept[1].table.iloc[[0, 2]]
    text = summary(table, TINY)
    assert "nan" not in text
    assert f"| 1 (0.0156) | {table['reconstruction'].iloc[0]:.1f} |" in text
    plot_tradeoff(table)


def test_a_sweep_is_taken_up_and_added_to_without_doing_anything_twice(swept, monkeypatch):
    folder, first = swept
    before = {path: path.stat().st_mtime_ns for path in folder.glob("b*/*")}
    ran = []
    monkeypatch.setattr(sweep_module, "_run", lambda config, folder, device: ran.append(folder.name))
    again = sweep(TINY, [1.0, 30.0, 2.0], [1], folder, resume=True)
    assert ran == ["b2s1"]
    pd.testing.assert_frame_equal(again.table, first.table)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("b*/*")} == before


def test_a_sweep_is_not_mixed_with_another(swept):
    folder, _ = swept
    with pytest.raises(OptionError, match="holds a sweep already"):
        sweep(TINY, [1.0], [0], folder)
    with pytest.raises(OptionError, match="holds a sweep with another steps"):
        sweep(Config(**{**vars(TINY), "steps": 41}), [1.0], [0], folder, resume=True)


def test_a_run_that_fails_does_not_stop_the_others(tmp_path, monkeypatch):
    whole = sweep_module.run

    def run(config, folder, **options):
        if config.seed == 1:
            raise InputError("the loss is no longer finite.")
        return whole(config, folder, **options)

    monkeypatch.setattr(sweep_module, "run", run)
    result = sweep(TINY, [1.0], [0, 1, 2], tmp_path)
    assert [(failure.folder, failure.message) for failure in result.failures] == [
        ("b1s1", "the loss is no longer finite.")
    ]
    assert result.table["seed"].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("betas", "message"), [([], "needs one beta"), ([1.0, -1.0], "beta"), ([float("nan")], "beta")]
)
def test_a_sweep_that_cannot_be_trained_is_refused_before_it_begins(betas, message, tmp_path):
    with pytest.raises(OptionError, match=message):
        sweep(TINY, betas, [0], tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


def test_an_objective_without_beta_has_no_sweep():
    with pytest.raises(OptionError, match="a sweep goes over beta, and annealed-capacity has none"):
        plan(Config(objective="annealed-capacity"), [1.0], [0])


def alone(folder):
    try:
        with alone_in(folder):
            return True
    except OptionError:
        return False


def test_a_relative_folder_is_that_of_the_caller(tmp_path, monkeypatch):
    for name in ("first", "second"):  # the second time, by workers that know the first place
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert len(sweep(TINY, [1.0], [0, 1], Path("sweep"), jobs=2).table) == 2
        assert (tmp_path / name / "sweep" / "b1s1" / "scores.json").exists()


def test_two_processes_do_not_train_in_one_folder(swept):
    folder, _ = swept
    with alone_in(folder), pytest.raises(OptionError, match="another process is training in"):
        sweep(TINY, [1.0], [0], folder, resume=True)
    with alone_in(folder / "b1s0"):
        result = sweep(TINY, [1.0], [0], folder, resume=True)
        assert not result.failures  # it is done, and not trained again
        with pytest.raises(OptionError, match="another process is training in"):
            train(plan(TINY, [1.0], [0])["b1s0"], folder / "b1s0", resume=True)


def test_a_run_whose_last_checkpoint_is_missing_is_trained_to_its_end(swept, tmp_path):
    folder, first = swept
    shutil.copytree(folder, tmp_path / "cut")
    run = tmp_path / "cut" / "b30s1"
    shutil.rmtree(run)
    train(plan(TINY, [30.0], [1])["b30s1"], run, stop_at=30)
    (run / "log.jsonl").write_text((folder / "b30s1" / "log.jsonl").read_text())  # the log is ahead of the checkpoint
    again = sweep(TINY, [30.0], [1], tmp_path / "cut", resume=True)
    assert read_checkpoint(run / "checkpoint.safetensors")[1] == TINY.steps
    pd.testing.assert_frame_equal(again.table, first.table)


def test_folders_that_are_no_runs_of_the_sweep_are_not_counted(swept, tmp_path):
    folder, first = swept
    shutil.copytree(folder, tmp_path / "copy")
    shutil.copytree(folder / "b1s0", tmp_path / "copy" / "backups")
    pd.testing.assert_frame_equal(collect(tmp_path / "copy"), first.table)
    config = json.loads((folder / "b1s0" / "config.json").read_text())
    (tmp_path / "copy" / "b1s0" / "config.json").write_text(json.dumps({**config, "steps": 999}))
    with pytest.raises(OptionError, match="b1s0 is a run with another steps than its sweep"):
        collect(tmp_path / "copy")


def test_a_sweep_that_was_killed_goes_on_to_the_same_scores(tmp_path):
    config = Config(**{**vars(TINY), "steps": 400})
    whole = sweep(config, [1.0, 8.0], [0], tmp_path / "whole")
    code = (
        "import json, sys; from pathlib import Path; from reference_models.config import Config; "
        "from reference_models.sweep import sweep; "
        "sweep(Config.from_dict(json.loads(sys.argv[1])), [1.0, 8.0], [0], Path(sys.argv[2]), resume=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, json.dumps(vars(config)), str(tmp_path / "killed")])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (tmp_path / "killed" / "b1s0" / "checkpoint.safetensors").exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60  # the runs of a sweep that is gone end by themselves
    while time.monotonic() < deadline and not alone(tmp_path / "killed" / "b1s0"):
        time.sleep(0.1)
    assert len(collect(tmp_path / "killed")) < 2
    resumed = sweep(config, [1.0, 8.0], [0], tmp_path / "killed", resume=True)
    pd.testing.assert_frame_equal(resumed.table, whole.table)
