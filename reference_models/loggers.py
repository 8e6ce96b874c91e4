"""Trackers for the figures of a run, besides its log: TensorBoard, Weights & Biases, MLflow."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from time import time
from typing import Any, Protocol

from disentangle_metrics.errors import FileFormatError, MissingDependencyError, OptionError, nearest
from disentangle_metrics.files.write import write_text

from .config import Config
from .files import make_folder

PROJECT = "disentangle-metrics"


class Logger(Protocol):
    """Receiver of figures during training: a tracker, a file or a progress bar."""

    def log(self, step: int, figures: dict[str, float]) -> None:
        """Receive the figures of one step."""

    def close(self) -> None:
        """End the log: the training is over, or was stopped."""


def make_loggers(names: Iterable[str], config: Config, folder: Path) -> list[Logger]:
    """Return a started logger for each name; none starts if a name is not known or a library is missing.

    Raises
    ------
    OptionError
        If a name is not in ``LOGGERS``, or a tracker does not take the run.
    MissingDependencyError
        If a library is not installed.
    """
    wanted = list(dict.fromkeys(names))
    check_loggers(wanted)
    with ExitStack() as stack:  # if a logger does not start, the loggers before it are closed
        loggers = []
        for name in wanted:
            loggers.append(LOGGERS[name](config, folder))
            stack.callback(loggers[-1].close)
        stack.pop_all()
    return loggers


def check_loggers(names: Iterable[str]) -> None:
    """Raise OptionError if a name is not known, and MissingDependencyError if its library is not installed."""
    for name in names:
        if name not in LOGGERS:
            raise OptionError(f"logger {name!r} is not known. Use one of {sorted(LOGGERS)}.{nearest(name, LOGGERS)}")
        spec = find_spec(name)
        if spec is None or spec.origin is None:  # no origin: a folder with this name, such as W&B creates
            raise MissingDependencyError(f"logging to {name} needs its library. Install it with: pip install {name}")


class _TensorBoard:
    """Event files in ``tensorboard`` in the folder of the run."""

    def __init__(self, config: Config, folder: Path) -> None:
        from torch.utils import tensorboard

        self._library: Any = tensorboard
        self._config, self._folder = config, folder / "tensorboard"
        self._writer: Any = None

    def log(self, step: int, figures: dict[str, float]) -> None:
        values = _named(figures)
        if self._writer is None:  # the first step is known only now; older entries from this step on are purged
            self._writer = self._library.SummaryWriter(str(self._folder), purge_step=step)
            # add_hparams would add a second run, and a point at step 0 to every curve
            for summary in self._library.summary.hparams(_settings(self._config), values):
                self._writer.file_writer.add_summary(summary)
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()  # a killed run continues from its checkpoint, so no entry before that may be lost

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()


class _WandB:
    """A run of W&B. The environment of the user decides whether it is online, and the account (``WANDB_MODE``).

    W&B writes every 15 seconds: the last seconds of a killed run are in ``log.jsonl`` only.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        import wandb

        self._kept = _Kept(folder / "wandb.json", config)
        self._kept.id = self._kept.id or secrets.token_hex(8)
        make_folder(folder)  # without the folder, W&B writes to the system's temporary folder
        try:
            self._run = wandb.init(
                project=os.environ.get("WANDB_PROJECT", PROJECT),
                name=folder.resolve().name,
                dir=str(folder),
                id=self._kept.id,
                resume="allow",
                reinit="create_new",  # a run that the user has open stays open
                config=asdict(config),
            )
        except wandb.Error as error:
            raise OptionError(f"W&B does not take the run ({error}).") from None

    def log(self, step: int, figures: dict[str, float]) -> None:
        if step > self._kept.step:
            self._run.log(_named(figures), step=step, commit=True)
            self._kept.save(step)

    def close(self) -> None:
        """End the run, as interrupted if steps are missing."""
        self._run.finish(exit_code=0 if self._kept.complete else 255)  # 255: W&B's code of an interrupted run


class _MLflow:
    """A run of MLflow, at ``MLFLOW_TRACKING_URI`` or in MLflow's default place."""

    def __init__(self, config: Config, folder: Path) -> None:
        import mlflow

        self._kept = _Kept(folder / "mlflow.json", config)
        self._entities = mlflow.entities
        try:
            self._client = mlflow.MlflowClient()
            if self._kept.id:
                self._client.update_run(self._kept.id, status="RUNNING")
                return
            title = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT)
            found = self._client.get_experiment_by_name(title)
            experiment = self._client.create_experiment(title) if found is None else found.experiment_id
            self._kept.id = self._client.create_run(experiment, run_name=folder.resolve().name).info.run_id
            params = [self._entities.Param(key, str(value)) for key, value in _settings(config).items()]
            self._client.log_batch(self._kept.id, params=params, synchronous=True)
        except mlflow.exceptions.MlflowException as error:
            raise OptionError(
                f"MLflow does not take the run ({error}). Set MLFLOW_TRACKING_URI to where it is; "
                f"if it is lost, delete {self._kept.path} to begin another."
            ) from None

    def log(self, step: int, figures: dict[str, float]) -> None:
        if step > self._kept.step:
            now = round(1000 * time())
            metrics = [self._entities.Metric(name, value, now, step) for name, value in _named(figures).items()]
            self._client.log_batch(self._kept.id, metrics=metrics, synchronous=True)
            self._kept.save(step)

    def close(self) -> None:
        """End the run, as killed if steps are missing."""
        self._client.set_terminated(self._kept.id, "FINISHED" if self._kept.complete else "KILLED")


class _Kept:
    """File on a run with a tracker: the id, and the last step that was sent.

    A run that was killed repeats some steps, with the same figures: they are not sent twice.
    """

    def __init__(self, path: Path, config: Config) -> None:
        self.path, self.config = path, config
        self.id, self.step = "", 0
        if path.exists():
            try:
                kept = json.loads(path.read_text())
                its_own, self.id, self.step = Config.from_dict(kept["config"]), kept["id"], kept["step"]
            except (ValueError, TypeError, KeyError) as error:
                raise FileFormatError(f"{path} cannot be read: {error}. Delete it to begin another run.") from None
            if its_own != config:
                raise OptionError(f"{path} is of a run with other settings. Delete it, or name another folder.")

    def save(self, step: int) -> None:
        self.step = step
        write_text(self.path, json.dumps({"id": self.id, "step": step, "config": asdict(self.config)}) + "\n")

    @property
    def complete(self) -> bool:
        return self.step == self.config.steps


def _named(figures: dict[str, float]) -> dict[str, float]:
    return {f"train/{name}": value for name, value in figures.items()}


def _settings(config: Config) -> dict[str, float | str]:
    """Return the hyper-parameters of a run by name, each a number or a text."""
    values = asdict(config)
    values |= {f"hyperparameters.{name}": value for name, value in values.pop("hyperparameters").items()}
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in values.items()}


LOGGERS: dict[str, Callable[[Config, Path], Logger]] = {"mlflow": _MLflow, "tensorboard": _TensorBoard, "wandb": _WandB}
