"""Report of a sweep: means over seeds in Markdown, and a picture of the trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from disentangle_metrics.rendering.numbers import number
from disentangle_metrics.rendering.tables import Table, in_markdown

from .config import Config

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colors, which color-blind readers can tell apart.
BLUE, VERMILION = "#0072B2", "#D55E00"

# Column of the table, its head in the summary, and digits.
COLUMNS = (
    ("reconstruction", "reconstruction", 1),
    ("kl", "KL", 2),
    ("active", "active", 1),
    ("mig", "MIG", 3),
    ("sap", "SAP", 3),
    ("sap_r2", "SAP by R2", 3),
)


def summary(table: pd.DataFrame, base: Config) -> str:
    """Return the summary in Markdown: means over seeds, the seeds with the lowest loss, every run, and signatures."""
    seeds = table.groupby("beta").size()
    lines = [
        f"# {base.preset}: {base.objective}, {len(table)} run{'' if len(table) == 1 else 's'}",
        "",
        f"{base.architecture} at {base.size} pixels, {base.n_latents} latents, {base.steps} steps of "
        f"{base.batch_size} images; {_seeds(seeds)} for each beta. Reconstruction (negative log likelihood) "
        "and KL are nats per image; a latent is active if its KL is above 0.05 nats.",
        "",
        "![Reconstruction, MIG and SAP against beta, and MIG against reconstruction](tradeoff.png)",
        "",
        "## Mean over seeds, ± standard deviation",
        "",
        *_table(
            [[_beta(rows), *(_mean(rows[name], digits) for name, _, digits in COLUMNS)] for _, rows in _groups(table)]
        ),
        "",
        "## Median over seeds (lowest to highest)",
        "",
        *_table(
            [[_beta(rows), *(_median(rows[name], digits) for name, _, digits in COLUMNS)] for _, rows in _groups(table)]
        ),
        "",
        "## The seed with the lowest training loss",
        "",
        "This choice looks at no label, so it may be made where there are none.",
        "",
        *_table([_run(best(rows)) for _, rows in _groups(table)], "seed"),
        "",
        "## Every run",
        "",
        *_table([_run(row) for _, row in table.iterrows()], "seed"),
        "",
        "## How the scores were made",
        "",
        *(f"    {signature}" for name in ("mig", "sap", "sap_r2") for signature in table[f"{name}_signature"].unique()),
        "",
    ]
    return "\n".join(lines)


def best(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return the run with the lowest training loss among runs of one beta."""
    return rows.iloc[int(rows["training_loss"].to_numpy().argmin())]


def _groups(table: pd.DataFrame) -> list[tuple[float, pd.DataFrame]]:
    return [(float(str(beta)), rows) for beta, rows in table.groupby("beta")]


def _seeds(counts: pd.Series[int]) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low} seed{'' if low == 1 else 's'}" if low == high else f"{low} to {high} seeds"


def _table(rows: list[list[str]], *more: str) -> list[str]:
    head = ["beta (per latent and pixel)", *more, *(title for _, title, _ in COLUMNS)]
    return in_markdown(Table(head, rows, left=0))


def _beta(rows: pd.DataFrame | pd.Series[Any]) -> str:
    first = rows.iloc[0] if isinstance(rows, pd.DataFrame) else rows
    return f"{first['beta']:g} ({first['normalized_beta']:.4f})"


def _mean(values: pd.Series[float], digits: int) -> str:
    mean = number(values.mean(), digits)
    return mean if len(values) == 1 else f"{mean} ± {number(values.std(), digits)}"


def _median(values: pd.Series[float], digits: int) -> str:
    middle, low, high = (number(value, digits) for value in (values.median(), values.min(), values.max()))
    return f"{middle} ({low} to {high})"


def _run(row: pd.Series[Any]) -> list[str]:
    digits_of_one = {"active": 0}
    return [
        _beta(row),
        str(row["seed"]),
        *(number(row[name], digits_of_one.get(name, digits)) for name, _, digits in COLUMNS),
    ]


def plot_tradeoff(table: pd.DataFrame) -> Figure:
    """Draw reconstruction, MIG and SAP against beta, and MIG against reconstruction.

    Lines are means over seeds, bands one standard deviation to each side, dots the runs.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 7.6), layout="constrained")
    axes = figure.subplots(2, 2)
    _against_beta(axes[0, 0], table, {"reconstruction": (BLUE, "")})
    axes[0, 0].set(ylabel="reconstruction (nats per image)", yscale="log")
    _log_ticks(axes[0, 0].yaxis)
    _against_beta(axes[0, 1], table, {"mig": (BLUE, "")})
    axes[0, 1].set_ylabel("MIG")
    _against_beta(axes[1, 0], table, {"sap_r2": (VERMILION, "by R2"), "sap": (BLUE, "by logistic regression")})
    axes[1, 0].set_ylabel("SAP")
    _legend(axes[1, 0])
    for axis in (axes[0, 1], axes[1, 0]):
        axis.set_ylim(bottom=0)
    _frontier(axes[1, 1], table)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25)
    seeds = table.groupby("beta").size()
    figure.suptitle(f"{_seeds(seeds)} for each beta: mean, one standard deviation, and every run")
    return figure


def _against_beta(axis: Axes, table: pd.DataFrame, columns: dict[str, tuple[str, str]]) -> None:
    from matplotlib.ticker import NullLocator

    betas = sorted(table["beta"].unique())
    # A logarithmic axis has no place for 0, so 0 is drawn a factor of ten to the left of the next value.
    positive = [beta for beta in betas if beta > 0]
    axis.set_xscale("symlog", linthresh=positive[0] if positive else 1.0) if betas[0] == 0 else axis.set_xscale("log")
    for column, (color, label) in columns.items():
        groups = table.groupby("beta")[column]
        mean, spread = groups.mean(), groups.std()  # of one seed, none: no band
        axis.plot(mean.index, mean, color=color, marker="", label=label)
        axis.fill_between(mean.index, mean - spread, mean + spread, color=color, alpha=0.18, linewidth=0)
        axis.scatter(table["beta"], table[column], s=18, color=color, alpha=0.8, linewidths=0)
    crowded = len(betas) > 8 or max(len(f"{beta:g}") for beta in betas) > 5
    axis.set_xticks(betas, [f"{beta:g}" for beta in betas], rotation=60 if crowded else 0)
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("beta")


def _frontier(axis: Axes, table: pd.DataFrame) -> None:
    from matplotlib import colormaps

    groups = _groups(table)
    means = table.groupby("beta")[["reconstruction", "mig"]].mean()
    axis.plot(means["reconstruction"], means["mig"], color="0.6", linewidth=1, zorder=1)
    for i, (beta, rows) in enumerate(groups):
        # Color-blind readers can tell the colors of cividis apart; its brightest ones are hard to see on white.
        color = colormaps["cividis"](0.9 * i / max(1, len(groups) - 1))
        axis.scatter(rows["reconstruction"], rows["mig"], s=26, color=color, linewidths=0, label=f"{beta:g}", zorder=2)
    axis.set(xlabel="reconstruction (nats per image)", ylabel="MIG", xscale="log")
    axis.set_ylim(bottom=0)
    _log_ticks(axis.xaxis)
    _legend(axis, title="beta")


def _legend(axis: Axes, title: str | None = None) -> None:
    """Put the legend above the axes, where no point can lie."""
    columns = min(5, len(axis.get_legend_handles_labels()[1]))
    axis.legend(
        frameon=False, title=title, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns,
        columnspacing=1.2, handletextpad=0.4, fontsize="small",
    )  # fmt: skip


def _log_ticks(axis: Any) -> None:
    """Label a few numbers of each decade, in plain digits."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
