"""Small faults that tests should find: ``python -m benchmarks.mutants --seed 0 --count 300`` tries one at a time.

Each fault is put into a copy of the project in a temporary folder, never into the project itself. The tests of the
module run first, then some others that import it. A fault that no test finds is printed as two lines, before and
after: write a test that finds it, delete the code if nothing needs it, or name the fault in
``equivalent_mutants.toml`` with the reason why no test can find it.

mutmut and cosmic-ray do not fit. mutmut 3 leaves out constants of a module and functions with decorators: tolerances,
kernels and metrics. cosmic-ray 8 writes faults into the files of the project, and runs the same tests for every fault.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable
from difflib import unified_diff
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import click

from .hasty import Haste, outcome_of
from .journal import Results, finished, measured
from .mutations import Mutation, mutations
from .tests_of import in_turn, modules

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
_QUICK = "tests/kernels/resampling/test_multiple_testing.py"


def drawn(root: Path, count: int, seed: int, files: Iterable[str]) -> list[tuple[str, Mutation]]:
    """Return faults of these files in random order.

    The order of two faults does not depend on other faults: a larger count, or another version, begins with the same
    faults.
    """
    text = {file: (root / file).read_text(encoding="utf-8") for file in files}
    every = [(file, fault) for file, source in text.items() for fault in mutations(source)]

    def lot(each: tuple[str, Mutation]) -> str:
        file, fault = each
        line, column = fault.place(text[file])
        return sha256(f"{seed} {file} {line} {column} {fault.text}".encode()).hexdigest()

    every.sort(key=lot)
    fit = ((file, fault) for file, fault in every if fault.is_readable(text[file]) and not _is_idle(text[file], fault))
    return list(islice(fit, count))


def _is_idle(source: str, fault: Mutation) -> bool:
    """Return whether a fault changes no number: in a constant of the computation, or in ``strict=``."""
    whole = source.encode()
    before, piece = whole[: fault.start].decode(), whole[fault.start : fault.stop].decode()
    if before.endswith("strict=") or re.fullmatch(r"[, ]*strict=\w+[, ]*", piece):
        return True
    names = re.match(r"(\w+(?:, \w+)*) =", before.rpartition("\n")[2])
    known = {name for several in _equivalent()["constants"] for name in several.split()}
    return names is not None and known.issuperset(names[1].split(", "))


@cache
def _equivalent() -> dict[str, Any]:
    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))


def difference(root: Path, file: str, fault: Mutation) -> tuple[int, str, str]:
    """Return the number of the first line that a fault changes, and the lines before and after."""
    source = (root / file).read_text(encoding="utf-8")
    lines = [*unified_diff(source.splitlines(), fault.of(source).splitlines(), n=0, lineterm="")][2:]
    number = int(re.findall(r"\d+", lines[0])[0])
    before, after = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return number, before, after


def copied(folder: Path) -> Path:
    """Return a folder with a copy of the project: the files that git tracks or does not ignore."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def tried(clean: Path, file: str, fault: Mutation, haste: Haste) -> dict[str, Any]:
    """Return the result for one fault, an entry of the journal."""
    line, before, after = difference(clean, file, fault)
    begun = monotonic()
    root = clean.parent / f"copy {os.getpid()}"
    if not root.exists():
        shutil.copytree(clean, root)
    source = (clean / file).read_text(encoding="utf-8")
    (root / file).write_text(fault.of(source), encoding="utf-8")
    outcome, by = "survived", ""
    for tests in in_turn(clean, file):
        if outcome == "survived":
            outcome, by = outcome_of(root, tests, haste)
    (root / file).write_text(source, encoding="utf-8")
    result = {"file": file, "fault": list(fault), "line": line, "was": before, "is": after}
    return result | {"outcome": outcome, "by": by, "seconds": round(monotonic() - begun, 1)}


def report(results: Results, n_equivalent: int) -> str:
    """Return the text of the report: the faults that no test found, and the counts."""
    count = Counter(each["outcome"] for each in results)
    survived = [each for each in results if each["outcome"] == "survived"]
    lines = [f"{each['file']}:{each['line']}\n  - {each['was']}\n  + {each['is']}" for each in survived]
    share = f" ({len(survived) / len(results):.1%})" if results else ""
    counts = f"{count['killed']} killed, {count['timed out']} timed out, {len(survived)} survived{share}"
    return "\n".join([*lines, f"{len(results)} run, {counts}; {n_equivalent} more are equivalent"])


@click.command
@click.option("--count", default=300, show_default=True, help="Number of faults.")
@click.option("--seed", default=0, show_default=True, help="A larger count begins with the same faults.")
@click.option("--only", default="", help="Only files whose path contains this text.")
@click.option("--limit", default=300.0, show_default=True, help="Most seconds for a fault.")
@click.option(
    "--examples", default=100, show_default=True, help="Examples of each property; fewer are faster and find less."
)
@click.option("--slowest", default=1e9, help="Leave out tests that take more seconds.  [default: none]")
@click.option("--jobs", default=1, show_default=True, help="Processes.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    default="mutants.jsonl",
    show_default=True,
    help="File with the results, from which the next run continues.",
)
@click.option("--again", is_flag=True, help="Try the faults again that no test found.")
def main(count: int, seed: int, only: str, jobs: int, journal: Path, again: bool, **haste: Any) -> None:
    """Put small faults into a copy of the project, one at a time, and print the faults that no test finds."""
    hasty = Haste(journal.absolute().with_suffix(".seconds"), **haste)
    with tempfile.TemporaryDirectory() as name:
        clean = copied(Path(name) / "clean")
        drew = drawn(clean, count, seed, [file for file in modules(clean) if only in file])
        named = {(each["file"], each["was"], each["is"]) for each in _equivalent().get("mutant", [])}
        wanted = {key: each for each in drew if (key := (each[0], *difference(clean, *each)[1:])) not in named}
        done = {(each["file"], each["was"], each["is"]): each for each in finished(journal)}
        if again:
            done = {key: each for key, each in done.items() if each["outcome"] == "killed"}
        left = [each for key, each in wanted.items() if key not in done]
        if left and outcome_of(clean, [_QUICK], hasty)[0] != "survived":
            raise SystemExit(f"{_QUICK} fails in a copy without a fault. Mend the test first.")
        new = measured(tried, [(clean, *each, hasty) for each in left], jobs, journal)
        done |= {(each["file"], each["was"], each["is"]): each for each in new}
        seen_by = sorted({each["by"] for each in new if "::" in each["by"]})
        if seen_by and outcome_of(clean, seen_by, hasty._replace(limit=10 * hasty.limit))[0] != "survived":
            raise SystemExit("A test that found a fault fails without a fault too. Mend it and use a new journal.")
    click.echo(report([done[key] for key in wanted], len(drew) - len(wanted)))


if __name__ == "__main__":
    main()
