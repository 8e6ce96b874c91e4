"""Options of metrics whose probes are tested on other rows: the split, its repeats, and what a score says of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ..data.representation import Representation
from ..errors import ConvergenceWarning, OptionError, warn
from ..options import resolve_seed
from ..statistics.held_out import HeldOut
from ..statistics.predictability import Plan, lacking_values, unknown_values


def check_split(options: Mapping[str, Any]) -> None:
    """Raise OptionError if an option of the split was given that would have no effect."""
    n_repeats, cv, on_training_rows = options["n_repeats"], options["cv"], options["evaluate_on"] == "train"
    if not options["shuffle"] and n_repeats > 1:
        raise OptionError(f"n_repeats={n_repeats} needs shuffle=True: without it every repeat is the same.")
    if on_training_rows and (n_repeats > 1 or cv is not None):
        given = f"cv={cv}" if cv is not None else f"n_repeats={n_repeats}"
        raise OptionError(f"{given} is of no use with evaluate_on='train', which trains and scores on all rows.")


def seeds_of(options: Mapping[str, Any]) -> tuple[int, tuple[int | None, ...]]:
    """Return the seed of the call, which may be drawn, and the seed of each repeat; None without a shuffle."""
    drawn = resolve_seed(options["random_state"], options["n_repeats"])
    return drawn, tuple(drawn + r if options["shuffle"] else None for r in range(options["n_repeats"]))


def split_settings(plan: Plan, seed: int | None, *, fitted: bool, draws: bool) -> dict[str, Any]:
    """Return the options of the split as they took effect; those that had none are None.

    Parameters
    ----------
    plan : Plan
    seed : int or None
    fitted : bool
        Whether a probe was fitted at all.
    draws : bool
        Whether predictions depend on the seed, apart from the split.
    """
    split = fitted and plan.evaluate_on == "test"
    return {
        "standardize": plan.standardize if fitted else None,
        "evaluate_on": plan.evaluate_on if fitted else None,
        "test_size": plan.test_size if split and plan.n_folds is None else None,
        "cv": plan.n_folds if split else None,
        "random_state": seed if split or (fitted and draws) else None,
    }


def test_rows_left(test_size: float | int, n_samples: int, n_left: int) -> dict[str, Any]:
    """Return how many rows test when fewer are left: as large a part, where the option counts rows."""
    is_count = isinstance(test_size, (int, np.integer))
    return {"test_size": max(1, int(test_size) * n_left // n_samples)} if is_count else {}


def notes_on_split(data: Representation, statistic: HeldOut) -> list[str]:
    """Return notes on rows that were split in order, or that also trained."""
    notes = []
    if lacking := ", ".join(lacking_values(data, statistic.classified, statistic.plan)):
        notes.append(
            f"rows were split in order, and the test rows lack most values of {lacking}: shuffle the rows first"
        )
    elif unknown := ", ".join(unknown_values(data, statistic.classified, statistic.plan)):
        notes.append(
            f"rows were split in order, and most test rows have values of {unknown} that no training row has: shuffle "
            "the rows first"
        )
    if set(statistic.classified) - set(data.degenerate) and statistic.plan.evaluate_on == "train":
        notes.append("scored on the rows that trained the probes, which also count what they fitted of the noise")
    return notes


class Fitted(Protocol):
    """A statistic of fitted probes."""

    @property
    def converged(self) -> bool:
        """Whether every probe converged."""


def note_on_convergence(statistic: Fitted) -> list[str]:
    """Return a note if a probe did not converge, and warn."""
    if statistic.converged:
        return []
    note = "some probes stopped before their optimum; standardize=True or a smaller C helps."
    warn(note, ConvergenceWarning)
    return [note]
