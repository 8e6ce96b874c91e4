"""Loggers with small fakes of the libraries, which keep runs, settings, points and ends as a tracker does."""

import sys
from collections import namedtuple
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest
import torch.utils

from disentangle_metrics.errors import FileFormatError, MissingDependencyError, OptionError
from reference_models import loggers
from reference_models.config import preset
from reference_models.loggers import LOGGERS, make_loggers
from reference_models.training import train

CONFIG = preset("quick", steps=6, beta=4, batch_size=8, grid=(3, 2, 1, 4, 4))


class Run:
    def __init__(self, **about):
        self.about, self.settings, self.points, self.ends = about, {}, [], []

    @property
    def steps(self):
        return [step for step, _ in self.points]


def fake_tensorboard(runs):
    class SummaryWriter:
        def __init__(self, folder, purge_step):
            self.run = runs.setdefault(folder, Run())
            self.run.points = [point for point in self.run.points if point[0] < purge_step]  # as its readers do
            self.file_writer = SimpleNamespace(add_summary=self.run.settings.update)
            self.seen = {}

        def add_scalar(self, name, value, step):
            self.seen.setdefault(step, {})[name] = value

        def flush(self):
            self.run.points += self.seen.items()
            self.seen = {}

        def close(self):
            self.run.ends.append("closed")

    return SimpleNamespace(
        SummaryWriter=SummaryWriter, summary=SimpleNamespace(hparams=lambda settings, values: [settings])
    )


def fake_wandb(runs):
    class WandbRun:
        def __init__(self, **about):
            assert about["resume"] == "allow"
            self.run = runs.setdefault(about["id"], Run(**about))
            self.run.settings |= about["config"]

        def log(self, values, step, commit):
            assert commit
            self.run.points.append((step, values))

        def finish(self, exit_code):
            self.run.ends.append({0: "complete", 255: "stopped"}[exit_code])

    library = ModuleType("wandb")
    library.Error = type("Error", (Exception,), {})
    library.init = WandbRun
    return library


def fake_mlflow(runs):
    library = ModuleType("mlflow")
    library.exceptions = SimpleNamespace(MlflowException=type("MlflowException", (Exception,), {}))
    library.entities = SimpleNamespace(
        Param=namedtuple("Param", "key value"), Metric=namedtuple("Metric", "key value timestamp step")
    )
    experiments = {}

    class MlflowClient:
        def get_experiment_by_name(self, name):
            return experiments.get(name)

        def create_experiment(self, name):
            experiments[name] = SimpleNamespace(experiment_id=name)
            return name

        def create_run(self, experiment, run_name):
            run = str(len(runs))
            runs[run] = Run(project=experiment, name=run_name)
            return SimpleNamespace(info=SimpleNamespace(run_id=run))

        def update_run(self, run, status):
            if run not in runs:
                raise library.exceptions.MlflowException(f"Run with id={run} not found")

        def log_batch(self, run, params=(), metrics=(), synchronous=None):
            assert synchronous
            runs[run].settings |= dict(params)
            if metrics:
                runs[run].points.append((metrics[0].step, {metric.key: metric.value for metric in metrics}))

        def set_terminated(self, run, status):
            runs[run].ends.append({"FINISHED": "complete", "KILLED": "stopped"}[status])

    library.MlflowClient = MlflowClient
    return library


FAKES = {"mlflow": fake_mlflow, "tensorboard": fake_tensorboard, "wandb": fake_wandb}


@pytest.fixture
def trackers(monkeypatch):
    """Install the three libraries; return what each of them keeps, by the names of their runs."""
    for name in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    kept = {name: {} for name in FAKES}
    for name in FAKES:
        library = FAKES[name](kept[name])
        if name == "tensorboard":
            monkeypatch.setattr(torch.utils, "tensorboard", library, raising=False)
            library = ModuleType("tensorboard")
        library.__spec__ = ModuleSpec(name, None, origin="a fake")
        monkeypatch.setitem(sys.modules, name, library)
    return kept


def session(name, folder, steps, config=CONFIG):
    [logger] = make_loggers([name], config, folder)
    for step in steps:
        logger.log(step, {"loss": 100.0 - step, "kl": float(step)})
    logger.close()


def only(runs):
    [run] = runs.values()
    return run


def test_the_fakes_are_of_every_logger():
    assert set(FAKES) == set(LOGGERS)


@pytest.mark.parametrize("name", LOGGERS)
def test_a_tracker_gets_every_figure_and_the_settings(name, trackers, tmp_path):
    train(CONFIG, tmp_path / "b4s0", stop_at=2, loggers=make_loggers([name], CONFIG, tmp_path / "b4s0"))
    train(CONFIG, tmp_path / "b4s0", resume=True, loggers=make_loggers([name], CONFIG, tmp_path / "b4s0"))
    run = only(trackers[name])
    assert run.steps == [1, 2, 3, 4, 5, 6]
    assert all(
        set(values) == {"train/loss", "train/reconstruction", "train/kl", "train/active"} for _, values in run.points
    )
    assert run.ends == (["closed", "closed"] if name == "tensorboard" else ["stopped", "complete"])
    settings = {key: str(value) for key, value in run.settings.items()}
    assert settings["steps"] == "6"
    assert settings["grid"] == "(3, 2, 1, 4, 4)"
    if name == "wandb":
        assert settings["hyperparameters"] == "{'beta': 4.0}"
    else:
        assert settings["hyperparameters.beta"] == "4.0"


@pytest.mark.parametrize("name", LOGGERS)
def test_steps_taken_again_after_a_kill_are_not_doubled(name, trackers, tmp_path):
    [killed] = make_loggers([name], CONFIG, tmp_path)
    for step in (1, 2, 3, 4):
        killed.log(step, {"loss": 100.0 - step})
    session(name, tmp_path, [3, 4, 5, 6])
    run = only(trackers[name])
    assert run.steps == [1, 2, 3, 4, 5, 6]
    assert [values["train/loss"] for _, values in run.points] == [99.0, 98.0, 97.0, 96.0, 95.0, 94.0]


@pytest.mark.parametrize("name", LOGGERS)
def test_every_folder_is_a_run_of_its_own(name, trackers, tmp_path):
    for folder in "ab":
        session(name, tmp_path / folder, [])
        (tmp_path / folder).mkdir(exist_ok=True)
        session(name, tmp_path / folder, range(1, 7))
    runs = [run for run in trackers[name].values() if run.points]
    assert [run.steps for run in runs] == [[1, 2, 3, 4, 5, 6]] * 2
    if name != "tensorboard":
        assert [run.about["name"] for run in runs] == ["a", "b"]


def test_a_run_that_is_complete_stays_so(trackers, tmp_path):
    for name in ("mlflow", "wandb"):
        session(name, tmp_path, range(1, 7))
        session(name, tmp_path, [])
        assert only(trackers[name]).ends == ["complete", "complete"]


def test_where_runs_go_is_for_the_environment_to_say(trackers, tmp_path, monkeypatch):
    for name in ("mlflow", "wandb"):
        session(name, tmp_path / "a", [])
        assert only(trackers[name]).about["project"] == "disentangle-metrics"
        assert "mode" not in only(trackers[name]).about
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    for name in ("mlflow", "wandb"):
        trackers[name].clear()
        session(name, tmp_path / "b", [])
        assert only(trackers[name]).about["project"] == "mine"


@pytest.mark.parametrize(("name", "hint"), [("tensorbord", "Did you mean 'tensorboard'?"), ("excel", "Use one of")])
def test_an_unknown_name_is_refused_before_any_is_started(name, hint, trackers, tmp_path):
    with pytest.raises(OptionError, match=f"logger '{name}' is not known.*{hint}"):
        make_loggers(["wandb", name], CONFIG, tmp_path)
    assert not trackers["wandb"]


@pytest.mark.parametrize("missing", LOGGERS)
@pytest.mark.parametrize("found", [None, ModuleSpec("a folder", None)], ids=["nothing", "a-folder-of-its-name"])
def test_a_missing_library_is_named_before_any_is_started(missing, found, trackers, tmp_path, monkeypatch):
    real = loggers.find_spec
    monkeypatch.setattr(loggers, "find_spec", lambda name: found if name == missing else real(name))
    with pytest.raises(MissingDependencyError, match=f"pip install {missing}$"):
        make_loggers([*(name for name in LOGGERS if name != missing), missing], CONFIG, tmp_path)
    assert not any(trackers.values())


def test_a_name_given_twice_is_one_logger(trackers, tmp_path):
    assert len(make_loggers(["wandb", "mlflow", "wandb"], CONFIG, tmp_path)) == 2


def test_if_one_does_not_start_those_before_it_are_closed(trackers, tmp_path, monkeypatch):
    def refuse(**about):
        raise sys.modules["wandb"].Error("No API key configured")

    monkeypatch.setattr(sys.modules["wandb"], "init", refuse)
    with pytest.raises(OptionError, match=r"W&B does not take the run \(No API key configured\)"):
        make_loggers(["mlflow", "wandb"], CONFIG, tmp_path)
    assert only(trackers["mlflow"]).ends == ["stopped"]


def test_a_run_that_mlflow_lost_says_which_file_names_it(trackers, tmp_path):
    session("mlflow", tmp_path, [1])
    trackers["mlflow"].clear()
    with pytest.raises(OptionError, match=r"Run with id=0 not found.*MLFLOW_TRACKING_URI.*delete .*mlflow\.json"):
        make_loggers(["mlflow"], CONFIG, tmp_path)


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_figures_of_other_settings_are_not_mixed_in(name, trackers, tmp_path):
    session(name, tmp_path, [1])
    with pytest.raises(OptionError, match=rf"{name}\.json is of a run with other settings"):
        make_loggers([name], preset("quick", steps=7), tmp_path)
    (tmp_path / f"{name}.json").write_text("{}")
    with pytest.raises(FileFormatError, match=rf"{name}\.json cannot be read: 'config'. Delete it"):
        make_loggers([name], CONFIG, tmp_path)
