"""What a long measurement has done, line by line, so that one that was interrupted goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Results = list[dict[str, Any]]


def finished(journal: Path) -> Results:
    """Return what an interrupted run has written down, and nothing if there was none."""
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def measured(
    work: Callable[..., dict[str, Any]], wanted: Iterable[tuple[Any, ...]], jobs: int, journal: Path
) -> Results:
    """Return the results of some processes' work with each of these arguments, written down as they come."""
    from joblib import Parallel, delayed

    done = []
    with journal.open("a") as file:
        for result in Parallel(n_jobs=jobs, return_as="generator")(delayed(work)(*each) for each in wanted):
            done.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
    return done
