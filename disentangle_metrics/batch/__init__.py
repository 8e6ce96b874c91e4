"""Scores of many files by the same settings, in parallel, in a run that can be stopped and continued."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..data.kinds import FactorKinds
from ..errors import DisentangleError, DisentangleWarning, InputError, OptionError, warn
from ..evaluation import Metrics, Options, planned, selection_of
from ..files.sources import StrPath, split_key
from ..files.write import check_writable, write_bytes
from ..options import flag
from ..rendering.plain import label
from ..runtime.interrupts import uninterrupted
from ..runtime.locks import alone
from .finished import check_finished
from .journal import Journal
from .pool import scored_by_workers
from .table import FORMS, Columns, columns, form_of, frame
from .tasks import Task, find
from .worker import Result, Settings, load_factors

if TYPE_CHECKING:
    import pandas as pd


def score_many(
    paths: StrPath | Iterable[StrPath],
    factors: StrPath | None = None,
    metrics: Metrics = None,
    *,
    factors_beside: str | None = None,
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    n_jobs: int | None = None,
    output: StrPath | None = None,
    latent_names: Sequence[str] | None = None,
    factor_names: Sequence[str] | None = None,
    header: bool | None = None,
    join: str | None = None,
    overwrite: bool = False,
) -> pd.DataFrame:
    """Return a table of the scores of many files of latents by the same settings.

    A file that cannot be scored becomes a row with its error, and a warning at the end gives the number of such files.

    Parameters
    ----------
    paths : path or iterable of paths
        Files of latents, as :func:`load_representation` reads them; ``FILE:KEY`` picks an array. A pattern
        (``runs/*/latents.npz``) stands for the files that match it, in alphabetical order.
    factors : path, optional
        One file of factors for all files, which each worker reads once. By default each file holds its own factors.
    metrics : str or iterable of str, optional
    factors_beside : str, optional
        The name of a file in the folder of each file of latents, instead of `factors`.
    protocol, options, factor_kinds
        See :func:`evaluate`.
    n_jobs : int, optional
        Number of processes, -1 for one per core; by default one, or the setting of ``joblib.parallel_config``, which
        can send the work to a cluster of Dask or Ray.
    output : path, optional
        Write the table to this ``.parquet``, ``.csv``, ``.json`` or ``.jsonl``. Until it is complete, results are
        kept in a file next to it. With that file the same call continues a run that was stopped.
    latent_names, factor_names, header, join : optional
        How each file is read, see :func:`load_representation`.
    overwrite : bool, default False
        Whether a complete `output` is replaced, whatever it holds. By default only the same settings replace it.

    Returns
    -------
    pandas.DataFrame
        A row per file, in order: ``file``, a column per metric, ``error``, ``seconds``, and then of each metric its
        parts (``mig[shape]``), ``mig.spread`` if there were several splits, ``mig.notes`` and ``mig.signature``.

    Raises
    ------
    MissingFileError, FileFormatError
        If a pattern matches no file, the factors cannot be read, or the output cannot be written.
    UnknownMetricError, OptionError
        If a metric, the protocol or an option is not known, if `output` was begun with other settings, or if another
        process is writing it.
    InputError
        If nothing can be scored against the factors.

    Examples
    --------
    >>> table = score_many("docs/examples/latents.*", "docs/examples/factors.npz", metrics="mig")
    >>> table[["file", "mig", "mig[scale]"]].round(4)
                           file     mig  mig[scale]
    0  docs/examples/latents.npz  0.1101      0.2217
    """
    with Batch(
        paths,
        factors,
        metrics,
        factors_beside=factors_beside,
        protocol=protocol,
        options=options,
        factor_kinds=factor_kinds,
        output=None if output is None else Path(output),
        reading={"latent_names": latent_names, "factor_names": factor_names, "header": header, "join": join},
        overwrite=overwrite,
    ) as batch:
        for _ in batch.run(n_jobs):
            pass
    if batch.n_failed:
        warn(
            f"{batch.n_failed} of {len(batch.tasks)} files could not be scored: the column error says why.",
            DisentangleWarning,
        )
    return frame(batch.table())


class Batch:
    """Files to score by the same settings, with the results so far.

    The constructor checks the settings, the factors and the output before any work. As a context manager, a Batch
    writes the output with all results at the end, also after an error or an interrupt. The parameters are those of
    :func:`score_many`; `form` names the format of the output.

    Attributes
    ----------
    tasks : list of Task
        Every file.
    results : dict from str to Result
        Results by file; at first the results of an earlier run that was stopped. A file that failed there is tried
        again.
    """

    def __init__(
        self,
        paths: StrPath | Iterable[StrPath],
        factors: StrPath | None = None,
        metrics: Metrics = None,
        *,
        factors_beside: str | None = None,
        protocol: str | None = None,
        options: Options | None = None,
        factor_kinds: FactorKinds = None,
        output: Path | None = None,
        form: str | None = None,
        reading: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> None:
        plans = planned(metrics, protocol, options)
        given = {name: dict(plan.given) for name, plan in plans.items() if plan.given}
        asked = selection_of(plans)
        of_groups = len(asked.named) < len(asked)
        self.settings = Settings(
            asked if of_groups else tuple(asked), protocol, given, factor_kinds, _given(reading or {})
        )
        self.output, self.form = output, "" if output is None else form_of(output, form)
        self.tasks = find(paths, factors, factors_beside)
        if factors is not None:
            _check_factors(str(factors), factor_kinds)
        self.results: dict[str, Result] = {}
        self._journal: Journal | None = None
        self._held = ExitStack()
        if output is not None:
            check_writable(output)
            _check_apart(output, self.tasks)
            settings = {"version": __version__, **self.settings._asdict()}
            settings |= {"factors": factors and str(factors), "factors_beside": factors_beside}
            self._begin(output, json.loads(json.dumps(settings, default=label)), flag("overwrite", overwrite))

    def _begin(self, output: Path, settings: dict[str, Any], overwrite: bool) -> None:
        """Reserve the output for this process, and read the results of an earlier run."""
        with ExitStack() as held:
            lock = output.with_name(f".{output.name}.lock")
            held.enter_context(alone(lock, f"writing {output}", "name another output"))
            journal = output.with_name(f"{output.name}.partial.jsonl")
            if output.is_file() and not journal.exists() and not overwrite:
                check_finished(output, self.form, self.tasks, self.settings)
            self._journal = Journal(journal, settings)
            self.results = {result.file: result for result in self._journal.finished(self.tasks)}
            self._held = held.pop_all()

    @property
    def remaining(self) -> list[Task]:
        """Files that have no result yet."""
        return [task for task in self.tasks if task.file not in self.results]

    @property
    def n_failed(self) -> int:
        """Number of files that could not be scored."""
        return sum(result.error is not None for result in self.results.values())

    def run(self, n_jobs: int | None = None) -> Generator[Result]:
        """Yield the result of each remaining file as it comes, in any order.

        Raises
        ------
        OptionError
            If the settings are at fault, as an error shows before any file is scored.
        DisentangleError
            If the system killed a process.
        """
        from concurrent.futures.process import BrokenProcessPool

        remaining = {task.file: task for task in self.remaining}
        scored = len(self.results) > 0
        try:
            with closing(scored_by_workers(list(remaining.values()), self.settings, n_jobs)) as results:
                for result in results:
                    if result.unfit and not scored:
                        raise OptionError(f"{result.file}: {str(result.error).partition(': ')[2]}")
                    scored = scored or result.error is None
                    with uninterrupted():  # the journal and the table hold the same results
                        if self._journal is not None:
                            self._journal.append(remaining[result.file], result)
                        self.results[result.file] = result
                    yield result
        except BrokenProcessPool:
            kept = "" if self._journal is None else " The results are kept: the same call continues the run."
            raise DisentangleError(
                f"the system killed a process that was scoring, most likely for lack of memory. Take fewer jobs.{kept}"
            ) from None

    def table(self) -> Columns:
        """Return the results so far as a table, in the order of the files."""
        results = [self.results[task.file] for task in self.tasks if task.file in self.results]
        return columns(results, self.settings.metrics)

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._held:
            if self.output is None or self._journal is None:
                return
            with uninterrupted():
                if self.results:
                    write_bytes(self.output, FORMS[self.form](self.table()))
                self._journal.close(remove=not self.results or not (self.remaining or self.n_failed))


def _given(reading: Mapping[str, Any]) -> dict[str, Any] | None:
    given = {name: value for name, value in reading.items() if value is not None}
    return {name: [*value] if name.endswith("_names") else value for name, value in given.items()} or None


def _check_factors(spec: str, kinds: FactorKinds) -> None:
    """Raise the error of the factors of all files, if there is one, before the work."""
    try:
        factors = load_factors(spec).encoded
    except InputError as error:
        raise type(error)(f"{spec}: {error}") from None
    factors.with_kinds(kinds)
    if len(factors.degenerate) == factors.n_factors:
        raise InputError(f"{spec}: no factor varies, so there is nothing to separate.")


def _check_apart(output: Path, tasks: list[Task]) -> None:
    """Raise OptionError if the output would overwrite an input."""
    if not output.exists():
        return
    for spec in {spec for task in tasks for spec in (task.path, task.factors) if spec is not None}:
        path = split_key(spec)[0]
        if path.exists() and path.samefile(output):
            raise OptionError(f"{output} would overwrite an input. Name another file.")
