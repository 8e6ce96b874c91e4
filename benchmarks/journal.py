"""Journal of a long measurement, a line for each result: an interrupted measurement continues from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Results = list[dict[str, Any]]


def finished(journal: Path) -> Results:
    """Return the results of an interrupted run; none if there was no such run."""
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def measured(
    work: Callable[..., dict[str, Any]], wanted: Iterable[tuple[Any, ...]], jobs: int, journal: Path
) -> Results:
    """Return the result of `work` for each tuple of arguments, computed by processes and kept in the journal."""
    from joblib import Parallel, delayed

    done = []
    with journal.open("a") as file:
        for result in Parallel(n_jobs=jobs, return_as="generator")(delayed(work)(*each) for each in wanted):
            done.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
    return done
