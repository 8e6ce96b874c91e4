"""Settings of a run, and presets by name."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from disentangle_metrics.errors import FileFormatError, MissingFileError, OptionError, nearest
from disentangle_metrics.options import choice, integer, real


@dataclass(frozen=True)
class Config:
    """Settings of one run. Two runs with equal settings give equal weights on one machine.

    Attributes
    ----------
    preset : str
        Name of the preset that the settings come from.
    architecture : str
        A name in ``model.ARCHITECTURES``.
    size : int
        Pixels on each side.
    grid : tuple of 5 ints
        Number of values of shape, scale, orientation, x and y.
    pos_y : pair of float
        Range of y.
    data : str or None
        A dSprites file to read instead of drawing images.
    n_latents : int
    objective : str
        A name in ``objective.OBJECTIVES``.
    hyperparameters : dict
        Hyper-parameters of the objective, ``{"beta": 4.0}``.
    optimizer : str
        ``adam`` or ``adagrad``.
    schedule : str
        ``one-cycle`` (up to the learning rate in a tenth of the steps, then down along a cosine) or ``constant``.
    clip : float or None
        Largest norm of the gradient; None for no limit.
    precision : str
        ``float32``, or ``bfloat16`` for the products inside the network.
    """

    preset: str = "quick"
    architecture: str = "mlp-128"
    size: int = 32
    grid: tuple[int, ...] = (3, 6, 1, 32, 16)
    pos_y: tuple[float, float] = (0.25, 0.75)
    data: str | None = None
    n_latents: int = 10
    objective: str = "beta-vae"
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    schedule: str = "one-cycle"
    clip: float | None = 100.0
    batch_size: int = 64
    steps: int = 8_000
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_latents", "batch_size", "steps"):
            integer(name, getattr(self, name), 1)
        integer("size", self.size, 4, 64)
        if len(self.grid) != 5 or len(self.pos_y) != 2:
            raise OptionError("grid needs five numbers (shape, scale, orientation, x, y), and pos_y two.")
        if self.clip is not None:
            real("clip", self.clip, 0.0)
        integer("seed", self.seed, 0, 2**31 - 1)
        real("learning_rate", self.learning_rate, 0.0)
        choice("precision", self.precision, ("bfloat16", "float32"))
        choice("schedule", self.schedule, ("constant", "one-cycle"))
        choice("optimizer", self.optimizer, ("adagrad", "adam"))

    def save(self, path: Path) -> None:
        """Write the settings as JSON."""
        from disentangle_metrics.files.write import write_text

        write_text(path, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Config:
        """Read settings written by :meth:`save`."""
        if not path.is_file():
            raise MissingFileError(f"{path.parent} is not the folder of a run: it has no {path.name}.")
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise FileFormatError(f"{path} cannot be read: {error}") from None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """Return settings from plain values."""
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise OptionError(f"a run has no setting {unknown[0]!r}.{nearest(unknown[0], known)}")
        pairs: dict[str, Any] = {name: tuple(values[name]) for name in ("grid", "pos_y") if name in values}
        return cls(**(values | pairs))


_WHOLE: dict[str, Any] = {"size": 64, "grid": (3, 6, 40, 32, 32), "pos_y": (0.0, 1.0)}

# The names in ``objective.OBJECTIVES``, here too, so that a shell completes them without PyTorch.
OBJECTIVE_NAMES = ("annealed-capacity", "beta-tcvae", "beta-vae", "dip-vae-i", "dip-vae-ii", "factor-vae")

# The presets of papers have the rates, networks and steps of the papers as far as these are published, batches of 64
# and no limit on the gradient. The settings of quick and medium were chosen by experiment.
PRESETS: dict[str, Config] = {
    # A minute or two on one core. Orientation is left out: so few steps learn nothing about it.
    "quick": Config(),
    # A quarter of an hour: all positions at 64 pixels, ten orientations.
    "medium": Config("medium", "mlp-256", 64, (3, 6, 10, 32, 32), (0.0, 1.0), learning_rate=1e-3, steps=40_000),
    # The whole of dSprites with a convolutional network: hours without a GPU. Half precision is 1.8 times as fast.
    "full": Config(
        "full",
        "burgess-conv",
        **_WHOLE,
        learning_rate=5e-4,
        schedule="constant",
        steps=300_000,
        precision="bfloat16",
    ),
    # Higgins et al. 2017, table A1, which does not state the number of steps. (PyTorch's Adagrad starts from 0.)
    "higgins2017": Config(
        "higgins2017",
        "higgins-mlp",
        **_WHOLE,
        optimizer="adagrad",
        learning_rate=1e-2,
        schedule="constant",
        steps=500_000,
        clip=None,
    ),
    # Burgess et al. 2018: capacity from 0 to 25 nats over 100,000 steps, gamma 1000.
    "burgess2018": Config(
        "burgess2018",
        "burgess-conv",
        **_WHOLE,
        objective="annealed-capacity",
        hyperparameters={"gamma": 1000.0, "capacity": 25.0, "anneal": 1.0},
        learning_rate=5e-4,
        schedule="constant",
        steps=100_000,
        clip=None,
    ),
    # Locatello et al. 2019, by the tables of their appendix.
    "locatello2019": Config(
        "locatello2019",
        "locatello-conv",
        **_WHOLE,
        learning_rate=1e-4,
        schedule="constant",
        steps=300_000,
        clip=None,
    ),
}


def preset(name: str, *, beta: float | None = None, **changes: Any) -> Config:
    """Return a preset with some settings changed; `beta` is one of the objective's `hyperparameters`.

    Examples
    --------
    >>> preset("quick", beta=4, seed=1).hyperparameters
    {'beta': 4.0}
    """
    if name not in PRESETS:
        raise OptionError(f"preset {name!r} is not known. Use one of {sorted(PRESETS)}.{nearest(name, PRESETS)}")
    start = PRESETS[name]
    # The hyper-parameters of the preset belong to its objective; another objective has other ones.
    kept = start.hyperparameters if changes.get("objective", start.objective) == start.objective else {}
    given = changes.pop("hyperparameters", {})
    strength = {} if beta is None else {"beta": float(beta)}
    return replace(start, **changes, hyperparameters={**kept, **given, **strength})
