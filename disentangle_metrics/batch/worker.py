"""The score of one file, in every process or thread. Factors are read and encoded once, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from ..data.arrays import to_numpy
from ..data.checks import check_pair
from ..data.kinds import FactorKinds
from ..data.posterior import Posterior
from ..data.representation import Representation
from ..data.row_labels import check_row_labels
from ..errors import DisentangleError, OptionError, UnknownMetricError, quiet
from ..evaluation import Options, evaluate
from ..files.headers_by_length import naming_first_lines, settled
from ..files.load import load_representation, read_factors, read_latents, read_posterior
from ..files.sources import Source, split_key
from ..rendering.plain import plain
from ..rendering.text import one_line
from ..runtime.config import config
from ..runtime.progress import shown_by
from ..scores.score import Score
from ..selection import Selection, latents_alone
from .tasks import Task


class Settings(NamedTuple):
    """Settings of every score of a batch, see :func:`~disentangle_metrics.evaluation.evaluate`."""

    metrics: tuple[str, ...] | Selection  # names alone, or a selection if groups of metrics were asked for
    protocol: str | None = None
    options: Options | None = None
    factor_kinds: FactorKinds = None
    reading: Mapping[str, Any] | None = None  # how files are read, by the options of load_representation


class Computing(NamedTuple):
    """Backend and threads of workers, see :mod:`~disentangle_metrics.runtime.config`; None leaves threads to each."""

    backend: str
    threads: int | None


@dataclass(frozen=True)
class Result:
    """Result of one file: its scores, or the error.

    Attributes
    ----------
    file : str
    scores : mapping
        By metric: ``value``, ``parts`` by name, ``spread``, ``notes`` and ``signature``.
    error : str or None
        Kind and text of the error.
    seconds : float
        Time to read and score the file.
    unfit : bool
        Whether the error comes from the settings and not from the file.
    """

    file: str
    scores: dict[str, dict[str, Any]]
    error: str | None
    seconds: float
    unfit: bool = False


def score_file(task: Task, settings: Settings, computing: Computing) -> Result:
    """Return the result of a file. An error of any kind becomes part of the result."""
    start = perf_counter()
    scores: dict[str, dict[str, Any]] = {}
    error, unfit = None, False
    try:
        # the batch has its own bar, and its table has warnings as notes
        with quiet(), config.using(**computing._asdict()), shown_by(lambda done, total: None):
            report = evaluate(
                _load(task, settings),
                metrics=settings.metrics,
                protocol=settings.protocol,
                options=settings.options,
                factor_kinds=settings.factor_kinds,
            )
            scores = {name: _summary(score) for name, score in report.items()}
            scores |= {name: {**_LEFT_OUT, "notes": one_line(why)} for name, why in report.left_out.items()}
    except Exception as caught:  # noqa: BLE001 - one bad file, or one that meets a fault of ours, ends no long run
        error, unfit = _told(caught, task), isinstance(caught, (OptionError, UnknownMetricError))
    return Result(task.file, scores, error, round(perf_counter() - start, 6), unfit)


# What a file has of a metric of a group that could not score it, beside the reason.
_LEFT_OUT = {"value": None, "parts": None, "spread": None, "signature": None}


def _summary(score: Score) -> dict[str, Any]:
    return {
        "value": plain(score),
        "parts": plain(score.parts()),
        "spread": plain(score.spread),
        "notes": "; ".join(map(one_line, score.notes)) or None,
        "signature": score.signature,
    }


def _told(error: Exception, task: Task) -> str:
    """Return the type and text of an error, with the file under the name that the caller gave."""
    said = one_line(str(error)).replace(str(split_key(task.path)[0]), str(split_key(task.file)[0]))
    text = f"{type(error).__name__}: {said}"
    if isinstance(error, (DisentangleError, MemoryError)):
        return text
    return f"{text} (unexpected: dmetrics --debug score shows the origin for this file)"


class Factors(NamedTuple):
    """Factors as they were read, and encoded, in a Representation whose latents have no meaning."""

    source: Source
    encoded: Representation


def load_factors(spec: str) -> Factors:
    """Return the factors of a file, read and encoded.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError, ShapeError, DTypeError, NonFiniteError
    """
    source = read_factors(spec)
    n_samples = max(len(source.values), 1) if np.ndim(source.values) else 1
    latents = np.zeros((n_samples, 2), np.uint8)
    return Factors(source, Representation(latents, source.values, factor_names=source.names))


# One file for all as a rule. Where each folder has its own, files come folder by folder, to a few threads at once.
@lru_cache(maxsize=4)
def _kept_factors(spec: str, stamp: tuple[int, ...]) -> Factors:
    return load_factors(spec)


def _load(task: Task, settings: Settings) -> Representation:
    """Read what a task names, and its factors once for all tasks where nothing of them depends on the latents."""
    alone = latents_alone(settings.metrics)
    reading = {name: value for name, value in (settings.reading or {}).items() if value is not None}
    if task.factors is None or reading:
        return load_representation(task.path, task.factors, without_factors=alone, **reading)
    factors, latents = _kept_factors(task.factors, task.factors_stamp), read_latents(task.path)
    pair, notes = settled([latents, factors.source])
    if notes or pair[0] is not latents or pair[1] is not factors.source or latents.path == factors.source.path:
        return load_representation(task.path, task.factors, without_factors=alone)
    with naming_first_lines(latents, factors.source):
        return with_factors(latents, factors)


def with_factors(source: Source, factors: Factors) -> Representation:
    """Return what ``Representation(latents, factors)`` is, without encoding the factors again."""
    latents, posterior = source.values, read_posterior(source)
    check_row_labels(latents, factors.source.values)
    check_pair(to_numpy(latents), factors.encoded.factors)
    none = np.zeros(len(latents), np.uint8)
    if posterior is None:
        data = Representation(latents, none, latent_names=source.names)
    else:
        logvar, samples = posterior["logvar"], posterior.get("samples")
        data = Posterior(latents, logvar, none, samples=samples, latent_names=source.names)
    # Nothing of this data has been used yet, so all that it knows of factors is what its constructor made of them.
    data.factors, data.factor_names = factors.encoded.factors, factors.encoded.factor_names
    data._encoded = factors.encoded._encoded
    data._take_kinds(None)
    return data
