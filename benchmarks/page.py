"""What was measured, as a page with a picture."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from .subjects import Row

# Okabe and Ito's colors, which the color-blind can tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")


def processor() -> str:
    """Return the processor's name as the system has it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def times(value: float) -> str:
    """Return a ratio with two significant digits, ``130 x``."""
    return f"{float(f'{value:.2g}'):g} x"


def milliseconds(seconds: float) -> str:
    """Return a time with three significant digits."""
    return f"{float(f'{1000 * seconds:.3g}'):g}"


def of_metric(rows: Sequence[Row]) -> str:
    """Return the table of one metric: our time, and that of others as multiples of ours."""
    names = list(dict.fromkeys(name for row in rows for name in row.others))
    head = ["rows x latents x factors", "ours (ms)", *(f"{name} / ours" for name in names), "largest difference"]
    lines = []
    for row in rows:
        cells = []
        for name in names:
            share = row.shares.get(name, 1.0)
            mark = "" if share == 1.0 else f" ({share:.0%} of the latents)"
            cells.append(times(row.others[name] / row.ours) + mark if name in row.others else "")
        lines.append([row.case, milliseconds(row.ours), *cells, f"{row.difference:.1g}"])
    return table(head, lines)


def write(
    folder: Path,
    rows: Sequence[Row],
    memory: Sequence[tuple[str, str, float, float]],
    exponents: Sequence[tuple[str, str, float]],
    shell: dict[str, float],
    setting: str,
) -> None:
    """Write ``README.md`` and ``speed.png`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = list(dict.fromkeys(row.metric for row in rows))
    parts = [
        "# How fast",
        f"Made by `{setting}` on {processor()}, Python {platform.python_version()}, numpy {np.__version__}. Times are "
        "processor time of one thread, medians of interleaved runs; what matters is their ratio, since both sides "
        "saw the same machine. Ours is the whole public call, with validation. A rival that is slow was timed on some "
        "latents and scaled up, as noted.",
        "![Processor time against rows, ours and what is used today](speed.png)",
    ]
    for metric in metrics:
        parts += [f"## {metric}", of_metric([row for row in rows if row.metric == metric])]
    parts += [
        "Entries of ours and of a rival's matrix differ by no more than the last column says. Information is compared "
        "in nats; accuracies differ by test rows on which scikit-learn, at its own tolerance, has not reached the "
        "optimum that ours has.",
        "## Memory",
        table(
            ["rows x latents x factors", "metric", "inputs (MB)", "added (MB)"],
            [[case, metric, f"{inputs:.0f}", f"{added:.1f}"] for case, metric, inputs, added in memory],
        ),
        "## Growth",
        "Processor time grows with this power of what grows; 1 is linear, less means that fixed costs still show.",
        table(["metric", "what grows", "power"], [[metric, what, f"{power:.2f}"] for metric, what, power in exponents]),
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
        for color, name in zip(COLORS[1:], names, strict=False):
            axis.plot(n, [row.others[name] for row in mine], "o-", color=color, label=name, markersize=4)
        axis.plot(n, [row.ours for row in mine], "o-", color=COLORS[0], label="ours", linewidth=2.5, markersize=5)
        axis.set(xscale="log", yscale="log", title=metric, xlabel="rows (10 latents, 5 factors)")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="upper left")
    figure.axes[0].set_ylabel("processor time (s)")
    figure.savefig(path, dpi=150)
