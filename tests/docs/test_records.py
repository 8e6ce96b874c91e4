"""Figures in the docs that took long to compute equal those of the table where they were recorded."""

import re
from math import comb

import pandas as pd
import pytest
from conftest import ROOT
from pages import as_number, blocks, figures, half_a_digit, row_of, text_of, wrong

from benchmarks.perfect import OTHERS, PROBES, code
from benchmarks.populations import kinds
from disentangle_metrics import mig, sap

SPEED, SAP, MIG, ENTROPY = "docs/benchmarks/README.md", "docs/metrics/sap.md", "docs/metrics/mig.md", "docs/entropy.md"
DSPRITES = "737,280 x 10 x 5"


@pytest.fixture(scope="module")
def sweep():
    return pd.read_csv(ROOT / "docs" / "tradeoff" / "scores.csv").set_index("run")


def test_costs_are_those_of_the_benchmark():
    (numpy, numpy_all, _), (fast, fast_all, _) = (row_of(SPEED, backend, "500", "2") for backend in ("numpy", "fast"))
    batch = "take {} minutes by MIG and SAP on two cores with numpy, and {} with compiled kernels"
    assert figures("docs/batch.md", batch) == [numpy_all, fast_all]
    assert figures("docs/batch.md", "scored 500 in {} and {} s") == [numpy, fast]

    numpy, fast, slower, than_fast, *_ = (cell.split()[0] for cell in row_of(SPEED, DSPRITES))
    _, memory, memory_fast = row_of(SPEED, DSPRITES, "MIG")
    cost = "take {} ms of one core and {} MB beyond the arrays; compiled, {} ms and {} MB."
    assert figures(MIG, cost) == [numpy, memory, fast, memory_fast]
    assert figures(MIG, "takes {} times as long as numpy and {} times as long as compiled code") == [slower, than_fast]

    memory = [row_of(SPEED, DSPRITES, f"SAP, {probe}")[1] for probe in ("logistic", "linear SVM")]
    assert figures(SAP, 'take {} MB beside the arrays with `"logistic"` and {} with `"linear-svm"`') == memory


def test_the_perfect_code_scores_what_is_recorded():
    latents, factors = code(10_000, seed=0)
    for probe in ("`logistic`", "`linear-svm`", "`multinomial`", "`histogram`", "`knn`", "`gaussian-nb`", "`r2`"):
        low, high = map(as_number, row_of(SAP, probe)[-1].split(" to "))
        assert low - 0.005 <= sap(latents, factors, **PROBES[probe]) <= high + 0.005
    for bins in (10, 20, 40):
        low, high = map(as_number, row_of(SAP, f"MIG, {bins} bins")[-1].split(" to "))
        assert low - 0.005 <= mig(latents, factors, n_bins=bins) <= high + 0.005
    low, high = map(as_number, row_of(SAP, "SAP, 1,000 rows")[-1].split(" to "))
    assert low - 0.005 <= sap(*code(1000, seed=0)) <= high + 0.005
    assert all(row_of(SAP, name) for name in (*PROBES, *OTHERS))


def test_the_perfect_code_in_the_text():
    def median(name):
        return as_number(row_of(SAP, name)[-2])

    sizes = [row_of(SAP, name)[-1] for name in ("SAP, 1,000 rows", "`logistic`", "SAP, 100,000 rows")]
    text = "{} to {} at 1,000 rows, {} to {} at 10,000, {} to {} at 100,000"
    wanted = [as_number(end) for row in sizes for end in row.split(" to ")]
    assert not wrong("README.md", text, *wanted)
    of_rows = [median(name) for name in ("SAP, 1,000 rows", "`logistic`", "SAP, 100,000 rows")]
    for page in (SAP, "docs/samples.md"):
        assert not wrong(page, "scores {}, {} and {} at 1,000, 10,000 and 100,000 rows", *of_rows)
    others = figures(
        "README.md", '| SAP | **{}** | {} by the linear SVM (`probe="linear-svm"`), {} ({} to {}) by a decision'
    )
    tree = map(as_number, row_of(SAP, "`tree`")[-1].split(" to "))
    assert [as_number(figure) for figure in others] == [*map(median, ("`logistic`", "`linear-svm`", "`tree`")), *tree]
    assert not wrong("README.md", "| MIG | **{}** | {} with 10 bins, {} with 40 |", 0.8956, 0.7865, 0.9867)
    latents, factors = code(10_000, seed=0)
    assert [mig(latents, factors, n_bins=n) for n in (20, 10, 40)] == pytest.approx([0.8956, 0.7865, 0.9867], abs=8e-4)
    assert not wrong(SAP, "scores {} and {}.\nMultinomial", median("`logistic`"), median("`linear-svm`"))
    tuned = median("`multinomial`"), median('`multinomial`, `C="tuned"`')
    assert not wrong(SAP, "steep: {} with C = 0.1, {} tuned.", *tuned)
    angles = [as_number(row_of(SAP, f"`{probe}`")[2]) for probe in ("tree", "histogram")]
    assert not wrong(SAP, "perfect representation score {} in the median", angles[0])
    assert not wrong(SAP, "more values than bins: {} for the 40 orientations", angles[1])


def test_entropies_in_the_text_are_those_of_the_tables():
    noise = "### Information of noise"
    sentence = "pure noise shows {} nats in 200 rows, a third of the entropy of the factor, and {} in 1,000."
    shown = figures(ENTROPY, sentence)
    made = text_of(ENTROPY).partition(noise)[2].partition("| `plugin` |")[2].split("|")
    assert all(
        abs(as_number(figure) - float(cell.split()[0])) <= half_a_digit(figure)
        for figure, cell in zip(shown, made[1:3], strict=True)
    )
    lines = text_of(ENTROPY).partition("### MIG of the example")[2].splitlines()
    on_500 = {line.split("`")[1]: float(line.split("|")[2].split()[0]) for line in lines if line.startswith("| `")}
    others = [on_500[name] for name in ("miller-madow", "nsb", "chao-shen", "grassberger", "jackknife", "extrapolated")]
    text = "on 500 of the 10,000 example rows they give {} to {} on average and plug-in {};"
    assert not wrong(MIG, text, min(others[1:]), max(others), on_500["plugin"])


def test_the_text_on_training_is_that_of_the_sweep(sweep):
    run = sweep.loc["b4s5"]
    output = next(text for _, text in blocks("docs/tutorial.md") if text.startswith("quick: "))
    ends = re.search(r"reconstruction (\S+) nats per image, KL (\S+), (\d+) of 10 latents active\nmig = (\S+)", output)
    for figure, name in zip(ends.groups(), ("reconstruction", "kl", "active", "mig"), strict=True):
        assert abs(float(figure) - run[name]) <= half_a_digit(figure)
    assert not wrong("docs/tutorial.md", "seed 5 scores {}, by R2 {}, and both", run["sap"], run["sap_r2"])

    eight = sweep[sweep["beta"] == 8].sort_values("mig")
    low, *rest = eight["mig"]
    for page, text in (
        ("docs/tutorial.md", "it scores {}, while the others score {} to {}."),
        ("docs/reference-models.md", "one of five scores {}, the others {} to {}, and"),
    ):
        assert not wrong(page, text, low, min(rest), max(rest))
    losses = eight["training_loss"]
    text = "The training loss shows it: {}, while theirs are {} to {}."
    assert not wrong("docs/tutorial.md", text, losses.iloc[0], losses[1:].min(), losses[1:].max())
    medians = sweep.groupby("beta")["mig"].median()
    assert not wrong("docs/reference-models.md", "(median MIG {} against {} at beta 1)", medians[4], medians[1])
    signatures = set(sweep[["mig_signature", "sap_signature", "sap_r2_signature"]].to_numpy().ravel())
    assert all(signature in text_of("docs/tradeoff/summary.md") for signature in signatures)


def test_the_text_on_coverage_is_that_of_the_table():
    page = "docs/uncertainty.md"
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text_of(page).splitlines()
        if re.match(r"\| (mig|sap) \|", line)
    ]
    covered = {metric: [] for metric in ("mig", "sap")}
    for metric, kind, *cells in lines:
        if kind in kinds() and "the gap is 0" not in kind:
            covered[metric].append(float(cells[5].split()[0]))
    text = "MIG's interval contains the true value {} to {} % of the time on 500 and 2,000 rows"
    assert not wrong(page, text, min(covered["mig"]), max(covered["mig"]))
    assert not wrong(page, "SAP's {} to {} %.", min(covered["sap"]), max(covered["sap"]))
    noise = [(float(cells[5].split()[0]), int(cells[7])) for _, kind, *cells in lines if kind.startswith("noise,")]
    held = sum(round(share / 100 * samples) for share, samples in noise)
    assert not wrong(page, "has an interval from 0 in {} of {} samples", held, sum(samples for _, samples in noise))


def test_the_text_on_levels_is_that_of_the_table():
    page = "docs/compare.md"
    of_levels = text_of(page).partition("<!-- level")[2].partition("<!-- end of level")[0]
    lines = [line.split("|")[4:-2] for line in of_levels.splitlines() if "| bootstrap |" in line]
    alike = [float(cell) for cells in lines for cell in cells if cell.strip()]
    assert not wrong(page, "The bootstrap rejects {} to {} % of equal models", min(alike), max(alike))
    power = float(row_of(page, "two seeds of one way to train", "bootstrap", "2,000")[0])
    assert not wrong(page, "by the MIG of 2,000 rows in {} % of cases", power)
    seeds = [int(cell) for cell in row_of(page, "seeds of each model")]
    for row, least in (
        ("smallest p, relabeled", lambda n: 2 / comb(2 * n, n)),
        ("smallest p, pairs flipped", lambda n: 2 / 2**n),
    ):
        for shown, n in zip(row_of(page, row), seeds, strict=True):
            assert abs(float(shown) - least(n)) <= half_a_digit(shown)
