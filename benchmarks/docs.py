"""All pictures and measured tables of the docs: ``python -m benchmarks.docs`` makes them again."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
EXAMPLES = "docs/examples/latents.npz docs/examples/factors.npz"


class Step(NamedTuple):
    """A command, the files that it writes or whose tables it replaces, and its approximate time on two cores."""

    command: str
    makes: tuple[str, ...]
    takes: str


STEPS = {
    "explain": Step(
        f"dmetrics explain default locatello2019 {EXAMPLES} -m sap --plot docs/explain.png",
        ("docs/explain.png",),
        "seconds",
    ),
    "samples": Step(f"dmetrics curve {EXAMPLES} --plot docs/samples.png", ("docs/samples.png",), "20 seconds"),
    "compare": Step(
        "dmetrics compare --scores docs/tradeoff/scores.csv --by beta --test t --plot docs/compare.png",
        ("docs/compare.png",),
        "seconds",
    ),
    "entropy": Step("python -m benchmarks.entropy_table", ("docs/entropy.md",), "5 minutes"),
    "selection": Step("python -m benchmarks.selection", ("docs/samples.md",), "5 minutes"),
    "perfect": Step("python -m benchmarks.perfect", ("docs/metrics/sap.md",), "10 minutes"),
    "speed": Step(
        "python -m benchmarks --out docs/benchmarks",
        ("docs/benchmarks/README.md", "docs/benchmarks/speed.png"),
        "12 minutes",
    ),
    "family": Step("python -m benchmarks.family", ("docs/choosing.md",), "a minute"),
    "peers": Step("python -m benchmarks.peers", ("docs/benchmarks/family.md",), "5 minutes"),
    "tradeoff": Step(
        "dmetrics sweep --preset quick --betas 1,2,4,8,16 --seeds 5,6,7,8,9 --jobs 2 --resume --out docs/tradeoff",
        (
            "docs/tradeoff/tradeoff.png",
            "docs/tradeoff/summary.md",
            "docs/tradeoff/scores.csv",
            "docs/tradeoff/b1s5/traversal.png",
            "docs/tradeoff/b4s5/traversal.png",
            "docs/tradeoff/b4s5/reconstructions.png",
            "docs/tradeoff/b16s5/traversal.png",
        ),
        "12 minutes",
    ),
    "coverage": Step("python -m benchmarks.coverage", ("docs/uncertainty.md",), "half an hour"),
    "levels": Step("python -m benchmarks.aa", ("docs/compare.md",), "half an hour"),
}


def argv(command: str) -> list[str]:
    """Return the arguments of a command, run by this interpreter or by a script in the same environment."""
    program, *rest = shlex.split(command)
    return [sys.executable if program == "python" else str(Path(sys.executable).with_name(program)), *rest]


@click.command
@click.argument("names", nargs=-1)
@click.option("--list", "show", is_flag=True, help="List the commands and their files, and run none.")
def main(names: Sequence[str], show: bool) -> None:
    """Make the pictures and the measured tables of the docs again: all, or those in NAMES."""
    console = Console(stderr=True, highlight=False)
    unknown = set(names) - set(STEPS)
    if unknown:
        raise click.BadParameter(f"{', '.join(sorted(unknown))} is not known. Use some of {', '.join(STEPS)}.")
    steps = {name: step for name, step in STEPS.items() if not names or name in names}
    if show:
        table = Table("name", "makes", "takes", "by", box=None)
        for name, step in steps.items():
            table.add_row(name, "\n".join(step.makes), step.takes, step.command)
        Console().print(table)
        return
    failed = []
    for name, step in steps.items():
        console.print(f"{name} ({step.takes}): {step.command}", markup=False)
        started = time.monotonic()
        done = subprocess.run(argv(step.command), cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        failed += [name] if done.returncode else []
        console.print(
            f"  {'failed' if done.returncode else 'made'} in {time.monotonic() - started:.0f} s", markup=False
        )
    if failed:
        console.print(f"not made: {', '.join(failed)}", markup=False)
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
