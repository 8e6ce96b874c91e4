"""Evaluation of a trained model: its reconstruction of images, and the scores of its latents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from disentangle_metrics import Report, Representation, evaluate, sap
from disentangle_metrics.errors import FileFormatError
from disentangle_metrics.files.write import write_text

from .dsprites import Sprites
from .encoding import Encoding, kl_of_latents
from .model import VAE
from .penalty import reconstruction
from .runlog import LOG, read_log
from .training import ACTIVE

_BLOCK = 1024


class Evaluation(NamedTuple):
    """A model's losses and scores on the images of an encoding.

    Attributes
    ----------
    training_loss : float
        Mean of the objective over the last tenth of training. It needs no labels, so it may choose among seeds.
    reconstruction : float
        Negative log likelihood of the images under one sample of the posterior, in nats per image, by the likelihood of
        the training.
    kl : list of float
        KL divergence of each latent from the prior, in nats per image.
    report : Report
        ``mig``, ``sap`` with its default probe, and ``sap_r2``.
    """

    training_loss: float
    reconstruction: float
    kl: list[float]
    report: Report

    @property
    def active(self) -> int:
        """Number of latents whose KL is above 0.05 nats."""
        return sum(value > ACTIVE for value in self.kl)

    def to_dict(self) -> dict[str, Any]:
        """Return the report and the losses of the model as values for JSON."""
        model = {
            "training_loss": self.training_loss,
            "reconstruction": self.reconstruction,
            "kl": sum(self.kl),
            "kl_per_latent": self.kl,
            "active": self.active,
        }
        return {**self.report.to_dict(), "model": model}


def score_encoding(encoding: Encoding) -> Report:
    """Return MIG and SAP of the encoder's means: ``mig``, ``sap`` by its default probe, and ``sap_r2`` by R2.

    R2 takes each label as a number. This suits size and position; for shape it measures whether a latent follows the
    order square, ellipse, heart.
    """
    data = Representation(encoding.mean, encoding.factors, factor_names=encoding.factor_names)
    return Report({**evaluate(data), "sap_r2": sap(data, probe="r2", factor_kinds="continuous")})


def evaluate_run(folder: Path, model: VAE, data: Sprites, encoding: Encoding, likelihood: str) -> Evaluation:
    """Return the losses and scores of a run's model on the images of an encoding."""
    return Evaluation(
        training_loss(folder / LOG),
        reconstruction_loss(model, data, encoding, likelihood),
        kl_of_latents(encoding).tolist(),
        score_encoding(encoding),
    )


def training_loss(path: Path) -> float:
    """Return the mean loss over the last tenth of training, from a run's log."""
    losses = [entry["loss"] for entry in read_log(path)]
    if not losses:
        raise FileFormatError(f"{path} holds no step, so the training loss is lost. Encode and traverse still work.")
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))


@torch.inference_mode()
def reconstruction_loss(model: VAE, data: Sprites, encoding: Encoding, likelihood: str = "bernoulli") -> float:
    """Return the negative log likelihood of the encoded images under their samples, in nats per image."""
    total = 0.0
    for start in range(0, len(encoding.image_index), _BLOCK):
        part = slice(start, start + _BLOCK)
        images = torch.from_numpy(data.images(encoding.image_index[part]).astype(np.float32))[:, None]
        logits = model.decode(torch.from_numpy(encoding.sample[part]))
        total += len(images) * float(reconstruction(logits, images, likelihood))
    return total / len(encoding.image_index)


def write_scores(evaluation: Evaluation, path: Path) -> None:
    """Write a run's scores and losses as JSON: a report with the additional key ``model``."""
    write_text(path, json.dumps(evaluation.to_dict(), indent=2, allow_nan=False) + "\n")
