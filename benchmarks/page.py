"""The page of measurements, with a picture."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from disentangle_metrics.rendering.tables import Table, in_markdown

from .subjects import Row

# Okabe and Ito's colors, which color-blind readers can tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")


def processor() -> str:
    """Return the name of the processor that the system gives."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with numbers aligned to the right."""
    return "\n".join(in_markdown(Table(head, list(rows))))


def times(value: float) -> str:
    """Return a ratio with two significant digits, ``130 x``."""
    return f"{float(f'{value:.2g}'):g} x"


def milliseconds(seconds: float) -> str:
    """Return a time with three significant digits."""
    return f"{float(f'{1000 * seconds:.3g}'):g}"


def of_metric(rows: Sequence[Row]) -> str:
    """Return the table of one metric: our time by each backend, and the times of others as multiples of ours."""
    mine = list(rows[0].ours)
    names = list(dict.fromkeys(name for row in rows for name in row.others))
    head = ["rows x latents x factors", *(f"{backend} (ms)" for backend in mine)]
    head += [f"{name} / {backend}" for name in names for backend in mine]
    lines = []
    for row in rows:
        cells = [milliseconds(seconds) for seconds in row.ours.values()]
        for name in names:
            share = row.shares.get(name, 1.0)
            mark = "" if share == 1.0 else f" ({share:.0%})"
            cells += [times(row.others[name] / seconds) + mark for seconds in row.ours.values()]
        lines.append([row.case, *cells, f"{row.difference:.1g}"])
    return table([*head, "largest difference"], lines)


def of_calls_alone(rows: Sequence[Row]) -> str:
    """Return the table of our calls after other work, beside our calls in a row."""
    mine = list(rows[0].ours)
    head = ["rows x latents x factors", "metric"]
    head += [f"{backend}, {how} (ms)" for backend in mine for how in ("in a row", "alone")]
    lines = []
    for row in rows:
        pairs = [(row.ours[backend], row.alone[backend]) for backend in mine]
        lines.append([row.case, row.metric, *(milliseconds(seconds) for pair in pairs for seconds in pair)])
    return table(head, lines)


def of_studies(studies: Sequence[dict[str, Any]]) -> str:
    """Return the table of studies: the time for the files that were scored, and for 12,600 files."""
    head = ["backend", "files", "processes", "seconds", "12,600 models (minutes)", "processor (minutes)"]
    lines = []
    for found in studies:
        minutes = [f"{found[name] / 60:.1f}" for name in ("study_seconds", "study_cpu_seconds")]
        files, jobs = str(found["files"]), str(found["jobs"])
        lines.append([found["backend"], files, jobs, f"{found['seconds']:.1f}", *minutes])
    return table(head, lines)


def write(
    folder: Path,
    rows: Sequence[Row],
    memory: Sequence[tuple[str, str, float, dict[str, float]]],
    exponents: Sequence[tuple[str, str, float]],
    shell: dict[str, float],
    studies: Sequence[dict[str, Any]],
    setting: str,
) -> None:
    """Write ``README.md`` and ``speed.png`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = list(dict.fromkeys(row.metric for row in rows))
    mine = list(rows[0].ours)
    parts = [
        "# How fast",
        f"Made by `{setting}` on {processor()}, Python {platform.python_version()}, numpy {np.__version__}. Times are "
        "processor time of one thread, medians of interleaved runs. Compare ratios, because all calls ran on the same "
        "machine. A call of less than 50 ms is repeated several times in a row, as `timeit` does, and the mean is one "
        "run. Ours is the whole public call, with validation, computed by numpy and, if the extra `fast` is installed, "
        "by compiled code. A slow alternative was timed on a part of the latents, which is given in parentheses, and "
        "its time is scaled up.",
        "![Processor time against rows, ours and the usual alternatives](speed.png)",
    ]
    for metric in metrics:
        parts += [f"## {metric}", of_metric([row for row in rows if row.metric == metric])]
    parts += [
        "The notebook loop cuts the latent into bins and scores it for each pair, as notebooks do; the loop that cuts "
        "once is the fastest loop around the same two functions. *Reading once* sums both arrays. *Counting alone* "
        "updates a counter for each row, latent and factor with numpy's `bincount`, from codes that are ready: ours "
        "takes less time where it merges factors before the count, and counts latents in pairs. The last column is the "
        "largest difference between our matrix and an alternative's: information in nats, or accuracy. Accuracies "
        "differ on test rows for which scikit-learn, at its default tolerance, has not reached the optimum.",
    ]
    if short := [row for row in rows if max(row.ours.values()) < 0.05]:
        parts += [
            "## One call alone",
            "Before the first of the calls in a row, other work has filled the caches, as it does in a training loop. "
            "With small arrays this call takes up to twice as long as the calls after it.",
            of_calls_alone(short),
        ]
    if studies:
        parts += [
            "## A study",
            "`dmetrics batch` scores files of 10,000 x 10 x 5 by MIG and SAP. Times are those of the whole command.",
            of_studies(studies),
        ]
    parts += [
        "## Memory",
        table(
            ["rows x latents x factors", "metric", "inputs (MB)", *(f"added by {backend} (MB)" for backend in mine)],
            [
                [case, metric, f"{inputs:.0f}", *(f"{added[backend]:.1f}" for backend in mine)]
                for case, metric, inputs, added in memory
            ],
        ),
    ]
    if exponents:
        parts += [
            "## Growth",
            "Processor time grows with this power of the size; 1 is linear, and less means that fixed costs count.",
            table(["metric", "size", "power"], [[metric, what, f"{p:.2f}"] for metric, what, p in exponents]),
        ]
    parts += [
        "## The shell",
        table(
            ["process", "processor time (ms)", "relative to the imports alone"],
            [
                [f"`{command}`", milliseconds(seconds), f"{seconds / next(iter(shell.values())):.2f}"]
                for command, seconds in shell.items()
            ],
        ),
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw(rows, folder / "speed.png")


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw seconds against rows for the cases with 10 latents and 5 factors, a panel for each metric."""
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    shown = [row for row in rows if row.shape[1:] == (10, 5)]
    metrics = list(dict.fromkeys(row.metric for row in shown))
    figure = Figure(figsize=(4.2 * len(metrics), 4.2), layout="constrained")
    for axis, metric in zip(np.atleast_1d(figure.subplots(1, len(metrics), sharey=True)), metrics, strict=True):
        mine = [row for row in shown if row.metric == metric]
        n = [row.shape[0] for row in mine]
        names = list(dict.fromkeys(name for row in mine for name in row.others))
        for color, name in zip(COLORS[2:], names, strict=False):
            axis.plot(n, [row.others[name] for row in mine], "o-", color=color, label=name, markersize=4)
        for color, backend in zip(COLORS, mine[0].ours, strict=False):
            seconds = [row.ours[backend] for row in mine]
            axis.plot(n, seconds, "o-", color=color, label=f"ours, {backend}", linewidth=2.5, markersize=5)
        axis.set(xscale="log", yscale="log", title=metric, xlabel="rows (10 latents, 5 factors)")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="upper left")
    figure.axes[0].set_ylabel("processor time (s)")
    figure.savefig(path, dpi=150)
