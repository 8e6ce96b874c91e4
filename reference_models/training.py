"""Training of one model: the loop can stop at any moment and continue later, with the same weights bit for bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from os.path import lexists
from pathlib import Path
from time import monotonic, perf_counter
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from disentangle_metrics.errors import InputError, OptionError, nearest
from disentangle_metrics.options import integer

from .checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from .config import Config
from .devices import find_device
from .dsprites import DSprites, Sprites, load_dsprites
from .files import FACTORS, LATENTS, RECONSTRUCTIONS, SCORES, TRAVERSAL, alone_in, check_place
from .loggers import Logger
from .model import VAE, build_model
from .objective import OBJECTIVES, Objective, Posterior
from .penalty import Discriminator, discriminator_loss, permute_dims
from .runlog import LOG, append_to_log, cut_log, read_log

# A latent is active if its KL divergence from the prior is above this, in nats.
ACTIVE = 0.05
_LOGS_PER_RUN = 100
_LOGS_PER_CHECKPOINT = 5
# Most seconds of work that an interruption may cost, if lines of the log are closer together than that.
_PATIENCE = 60.0


class Trainer(NamedTuple):
    """The objects that training changes."""

    device: torch.device
    model: VAE
    optimizer: torch.optim.Optimizer
    discriminator: Discriminator | None
    discriminator_optimizer: torch.optim.Optimizer | None

    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """Return the parts that exist by name: the content of a checkpoint."""
        holders = self._asdict().items()
        return {name: part for name, part in holders if isinstance(part, (nn.Module, torch.optim.Optimizer))}


def make_data(config: Config) -> Sprites:
    """Return the images of a run: drawn, or read from ``config.data``.

    Raises
    ------
    MissingFileError, FileFormatError
        If the file is missing, or is no file of images.
    InputError
        If the size of its images differs from that of the run.
    """
    if config.data is None:
        return DSprites(config.size, config.grid, pos_y=config.pos_y, cache=True)
    data = load_dsprites(config.data)
    if data.size != config.size:
        raise InputError(
            f"the images have {data.size} pixels a side, and the settings are for {config.size}. Take a preset for "
            f"{data.size} pixels, such as medium, or from Python preset(..., size={data.size})."
        )
    return data


def make_objective(config: Config) -> Objective:
    """Return the objective of a run.

    Raises
    ------
    OptionError
        If the objective, or one of its hyper-parameters, is not known.
    """
    if config.objective not in OBJECTIVES:
        raise OptionError(
            f"objective {config.objective!r} is not known. Use one of {sorted(OBJECTIVES)}."
            f"{nearest(config.objective, OBJECTIVES)}"
        )
    kind = OBJECTIVES[config.objective]
    known = list(kind.__dataclass_fields__)
    for name in config.hyperparameters:
        if name not in known:
            raise OptionError(f"{config.objective} has no {name!r}. It takes {known}.{nearest(name, known)}")
    return kind(**config.hyperparameters)


def learning_rate(config: Config, step: int) -> float:
    """Return the learning rate at a step: constant, or rising along a cosine for a tenth of the steps, then falling."""
    if config.schedule == "constant":
        return config.learning_rate
    warm = max(1, config.steps // 10)
    low, high = (config.learning_rate / 25, config.learning_rate) if step < warm else (0.0, config.learning_rate)
    part = (warm - step) / warm if step < warm else (step - warm) / max(1, config.steps - warm)
    return low + (high - low) * 0.5 * (1 + math.cos(math.pi * part))


def make_trainer(config: Config, device: torch.device) -> Trainer:
    """Return a model with new weights and its optimizer, with a discriminator if the objective needs one."""
    model = build_model(config.architecture, config.size, config.n_latents, config.seed).to(device)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster convolutions
    if config.optimizer == "adam":
        fused = device.type in ("cpu", "cuda")
        optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), config.learning_rate, fused=fused)
    else:
        optimizer = torch.optim.Adagrad(model.parameters(), config.learning_rate)
    if config.objective != "factor-vae":
        return Trainer(device, model, optimizer, None, None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed + 1)
        discriminator = Discriminator(config.n_latents).to(device)
    its_own = torch.optim.Adam(discriminator.parameters(), 1e-4, betas=(0.5, 0.9))  # Kim & Mnih 2018, appendix A
    return Trainer(device, model, optimizer, discriminator, its_own)


def train(
    config: Config,
    folder: Path,
    *,
    data: Sprites | None = None,
    resume: bool = False,
    stop_at: int | None = None,
    loggers: Sequence[Logger] = (),
    threads: int = 1,
    device: str = "cpu",
) -> VAE:
    """Train a model in a separate folder, and return it.

    Every draw of step t, rows and noise, comes from a generator with the seed (seed, t). So the state of a run is its
    weights, the moments of the optimizer and the number of the step, and a killed run continues without a difference.

    Parameters
    ----------
    config : Config
    folder : path
        The run's folder: it gets ``config.json``, ``log.jsonl`` and ``checkpoint.safetensors``.
    data : Sprites, optional
        The result of :func:`make_data`, if it was called before.
    resume : bool, default False
        Continue from the folder's checkpoint. Otherwise the folder must hold no run.
    stop_at : int, optional
        Stop after this step, with a checkpoint.
    loggers : sequence of Logger
        Loggers, which are closed at the end in any case.
    threads : int, default 1
        Number of threads; small networks are not faster with two.
    device : {"cpu", "cuda", "mps", "auto"}, default "cpu"
        Device of the network. Draws do not depend on it. Weights are the same bit for bit on the same processor with
        the same number of threads; between devices they differ by rounding.

    Returns
    -------
    VAE
        The trained model.

    Raises
    ------
    OptionError, InputError, FileFormatError
    """
    with ExitStack() as stack:
        for logger in loggers:
            stack.callback(logger.close)
        objective, where = make_objective(config), find_device(device)
        images = make_data(config) if data is None else data
        stack.enter_context(alone_in(folder))
        check_folder(config, folder, resume)
        if not (folder / "config.json").exists():
            config.save(folder / "config.json")
        torch.set_num_threads(integer("threads", threads, 1))
        trainer = make_trainer(config, where)
        path = folder / CHECKPOINT
        first = _first_step(trainer, config, path)
        cut_log(folder / LOG, first)
        last = config.steps if stop_at is None else min(stop_at, config.steps)
        every = max(1, config.steps // _LOGS_PER_RUN)
        seen: list[_Figures] = []
        saved = monotonic()
        for step in range(first, last):
            seen.append(_step(trainer, objective, images, config, step))
            done = step + 1
            if done % every == 0 or done == last:
                figures = _mean(seen)
                seen.clear()
                append_to_log(folder / LOG, done, figures)  # before the checkpoint: a resumed run removes later lines
                if done % (every * _LOGS_PER_CHECKPOINT) == 0 or done == last or monotonic() - saved > _PATIENCE:
                    save_checkpoint(trainer.parts(), config, done, path)
                    saved = monotonic()
                for logger in loggers:
                    logger.log(done, figures)
    return trainer.model


def seconds_per_step(config: Config, *, device: str = "cpu", threads: int = 1, patience: float = 4.0) -> float:
    """Return the median time of a step on this machine, over the steps that fit into `patience` seconds, 40 at most.

    The images are blank, and the first steps do not count.
    """
    torch.set_num_threads(integer("threads", threads, 1))
    trainer, objective = make_trainer(config, find_device(device)), make_objective(config)
    blank = _Blank(config)
    times = [perf_counter()]
    while len(times) < 4 or (len(times) < 40 and times[-1] - times[0] < patience):
        _step(trainer, objective, blank, config, len(times))
        times.append(perf_counter())
    return float(np.median(np.diff(times)[min(10, len(times) // 2) :]))


class _Blank(DSprites):
    """Images that take no time to draw."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.size, (1, 1, 1, 1, 1))

    def images(self, index: NDArray[np.integer]) -> NDArray[np.bool_]:
        return np.zeros((len(index), self.size, self.size), dtype=bool)


class _Figures(NamedTuple):
    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def _step(trainer: Trainer, objective: Objective, data: Sprites, config: Config, step: int) -> _Figures:
    """Take one step along the gradient of one batch, and return its figures."""
    index = np.random.default_rng((config.seed, step)).integers(len(data), size=config.batch_size)
    images = _as_tensor(data.images(index)).to(trainer.device)
    generator = torch.Generator().manual_seed(config.seed * 2**32 + step)
    for group in trainer.optimizer.param_groups:
        group["lr"] = learning_rate(config, step)
    with torch.autocast(trainer.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
        mean, logvar = trainer.model.encode(images)
        z = mean + torch.exp(0.5 * logvar) * torch.randn(mean.shape, generator=generator).to(trainer.device)
        logits = trainer.model.decode(z)
    loss = objective(logits, images, Posterior(mean, logvar, z), step / config.steps, len(data), trainer.discriminator)
    trainer.optimizer.zero_grad()
    torch.autograd.backward(loss.total)
    if config.clip is not None:
        torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), config.clip)
    trainer.optimizer.step()
    if trainer.discriminator is not None and trainer.discriminator_optimizer is not None:
        real = z.detach()
        trainer.discriminator_optimizer.zero_grad()
        permuted = permute_dims(real, generator)
        torch.autograd.backward(discriminator_loss(trainer.discriminator(real), trainer.discriminator(permuted)))
        trainer.discriminator_optimizer.step()
    return _Figures(loss.total.detach(), loss.reconstruction.detach(), loss.kl.detach())


def _as_tensor(images: NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(images.astype(np.float32))[:, None]


def _mean(figures: Sequence[_Figures]) -> dict[str, float]:
    """Return the mean figures of several steps."""
    loss, reconstruction = (float(torch.stack(values).mean()) for values in list(zip(*figures, strict=True))[:2])
    kl = torch.stack([step.kl for step in figures]).mean(dim=0)
    if not math.isfinite(loss):
        raise InputError("the loss is no longer finite. Lower the learning rate or the weights of the objective.")
    return {
        "loss": loss,
        "reconstruction": reconstruction,
        "kl": float(kl.sum()),
        "active": int((kl > ACTIVE).sum()),
    }


def check_run(config: Config, folder: Path, *, resume: bool = False, device: str = "cpu", threads: int = 1) -> None:
    """Raise the errors of :func:`train` about the settings and the folder, before any work.

    The data are not checked here: :func:`make_data` reads and checks them.
    """
    integer("threads", threads, 1)
    make_objective(config)
    trainer = make_trainer(config, find_device(device))
    check_place(folder)
    check_folder(config, folder, resume)
    if (folder / "config.json").exists():
        with alone_in(folder):
            _first_step(trainer, config, folder / CHECKPOINT)
            read_log(folder / LOG)


def _first_step(trainer: Trainer, config: Config, path: Path) -> int:
    """Load the checkpoint if it exists, and return the first step of this run."""
    return load_checkpoint(trainer.parts(), config, path) if path.exists() else 0


def check_folder(config: Config, folder: Path, resume: bool) -> None:
    """Raise OptionError if a folder holds a run that is not to be resumed, another run, or files of the same names."""
    path = folder / "config.json"
    if not path.exists():
        own = (LOG, CHECKPOINT, LATENTS, FACTORS, SCORES, TRAVERSAL, RECONSTRUCTIONS)
        if found := [name for name in own if lexists(folder / name)]:
            raise OptionError(
                f"{folder} is not the folder of a run (it has no {path.name}), and holds {', '.join(found)}, which a "
                "run would replace. Name another folder."
            )
        return
    if not resume:
        raise OptionError(f"{folder} holds a run already. Go on with it (resume), or name another folder.")
    settings = vars(Config.load(path))
    changed = [name for name, value in vars(config).items() if settings[name] != value]
    if changed:
        what = ", ".join(f"{name}={settings[name]!r} and not {getattr(config, name)!r}" for name in changed)
        raise OptionError(f"{folder} holds a run with {what}. Name another folder.")
