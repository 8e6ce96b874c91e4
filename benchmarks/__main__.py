"""The page of benchmarks, measured and written by ``python -m benchmarks [--quick] [--out docs/benchmarks]``."""

from __future__ import annotations

import os

# One thread for each library, before it starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from pathlib import Path  # noqa: E402

import click  # noqa: E402
from rich.console import Console  # noqa: E402

SHAPES = [(1_000, 10, 5), (10_000, 10, 5), (100_000, 10, 5), (737_280, 10, 5), (10_000, 64, 10), (1_000_000, 128, 10)]
QUICK = SHAPES[:2]


@click.command
@click.option("--quick", is_flag=True, help="The two smallest cases only: under two minutes.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the page; without it the page is printed only.")
@click.option("--repeats", default=7, show_default=True, help="Largest number of rounds.")
def main(quick: bool, out: Path | None, repeats: int) -> None:
    """Time the metrics and the usual alternatives, check that their results agree, and write a page."""
    import tempfile

    from . import page, surroundings
    from .data import make_case
    from .study import study
    from .subjects import backends, measure, subjects

    console = Console(stderr=True, highlight=False)
    rows = []
    for shape in QUICK if quick else SHAPES:
        case = make_case(*shape)
        for subject in subjects():
            row = measure(subject, case, repeats=repeats, patience=8.0 if quick else 24.0)
            rows.append(row)
            ours = ", ".join(f"{backend} {page.milliseconds(seconds)} ms" for backend, seconds in row.ours.items())
            others = ", ".join(
                f"{name} {' '.join(page.times(seconds / mine) for mine in row.ours.values())}"
                for name, seconds in row.others.items()
            )
            console.print(f"{row.case}: {row.metric} {ours}; {others}", markup=False)
    memory = surroundings.memory(QUICK[1:] if quick else [(737_280, 10, 5), (1_000_000, 128, 10)])
    exponents = [] if quick else surroundings.exponents(repeats)
    shell = surroundings.shell(5 if quick else max(repeats, 15))  # short times vary much
    studies = [] if quick else [study(500, 2, backend) for backend in backends()]
    setting = f"python -m benchmarks{' --quick' if quick else ''}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) if out is None else out
        page.write(folder, rows, memory, exponents, shell, studies, setting)
        click.echo((folder / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
