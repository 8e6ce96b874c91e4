"""Figures in the text of the docs that a quick computation makes: as rounded as they stand there, no more."""

from functools import cache
from math import log

import numpy as np
import pytest
from conftest import Golden
from pages import as_number, figures, half_a_digit, text_of, wrong

from disentangle_metrics import KNN, PROTOCOLS, evaluate, mig, sap

PROBES = ("logistic", "linear-svm")
MIG, SAP, README = "docs/metrics/mig.md", "docs/metrics/sap.md", "README.md"
DRAWS = range(20)


def within(page, sentence, values):
    """Whether the two figures of a sentence enclose all values, as rounded as they stand there."""
    low, high = figures(page, sentence)
    values = np.asarray(values, dtype=float)
    return as_number(low) - half_a_digit(low) <= values.min() <= values.max() <= as_number(high) + half_a_digit(high)


def some_rows(example, n, seed):
    rows = np.random.default_rng(seed).choice(10_000, n, replace=False)
    return example.latents[rows], example.factors[rows]


def test_options_of_mig(example):
    assert not wrong(
        MIG,
        "plug-in gives {} and Miller-Madow {}.",
        *(mig(example, n_bins=100, entropy=e) for e in ("plugin", "miller-madow")),
    )
    assert not wrong(MIG, "on the example latents {} and not {}.", mig(example, normalizer="latent"), mig(example))
    auto = mig(example, n_bins="auto")
    bins = auto.settings["bins_per_latent"]
    assert not wrong(MIG, "({} to {} on the example latents, MIG {})", min(bins), max(bins), auto)
    assert not wrong(MIG, "score above {} with 20 bins, nor {} with 10.", log(20) / log(40), log(10) / log(40))
    latents, factors = Golden.arrays("c13_tiny_n50")
    tiny = [mig(latents, factors, n_bins=bins) for bins in (10, 20, 40)]
    assert not wrong(MIG, "MIG is {}, {} and {} with 10, 20 and 40 bins", *tiny)
    assert not wrong("docs/protocols.md", "on the 50-row case MIG is {}, with 20 bins {}.", tiny[2], tiny[1])


def copied(entropy):
    """Return MIG of two copied factors of ten and five values beside two latents of noise, 200 rows."""
    scores = []
    for seed in DRAWS:
        rng = np.random.default_rng(seed)
        factors = rng.integers([10, 5], size=(200, 2))
        scores.append(mig(np.hstack([factors, rng.normal(size=(200, 2))]), factors, entropy=entropy))
    return np.mean(scores)


def test_entropies_on_copied_factors():
    sentence = (
        'score {} in 200 rows by plug-in, which sees information in the noise; {} by `"nsb"`; and {} by `"jeffreys"`'
    )
    assert not wrong(MIG, sentence, *map(copied, ("plugin", "nsb", "jeffreys")))


def of_noise(n, entropy):
    """Return the share of a factor of 40 values that 20 bins of normal noise seem to know."""
    shares = []
    for seed in DRAWS:
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=(n, 2)), rng.integers(40, size=n)
        shares.append(mig(z, v, entropy=entropy, normalizer="none").matrix.mean() / log(40))
    return np.mean(shares)


def test_noise_by_few_rows():
    plugin, corrected = (
        np.array([of_noise(n, entropy) for n in (200, 2000, 20_000)]) for entropy in ("plugin", "miller-madow")
    )
    assert not wrong(README, "show {} % from 200 rows, {} % from 2,000 and {} % from 20,000.", *100 * plugin)
    off = 100 * (1 - corrected / plugin)
    assert not wrong(README, "removes {} % of that at 200 rows, {} % at 2,000 and {} % at 20,000", *off)
    first_order = 19 * 39 / (2 * 20_000) / log(40)  # (bins - 1)(values - 1) / 2n
    assert plugin[2] == pytest.approx(first_order, rel=0.1)


def test_weights_of_a_biased_sample(example):
    z, v = example.latents, example.factors
    scale, pos_x = (v[:, k] / v[:, k].max() - 0.5 for k in (1, 3))
    p = np.exp(9.6 * (scale * pos_x - 0.25))
    found = []
    for seed in DRAWS:
        rng = np.random.default_rng(seed)
        drawn = rng.random(len(z)) < p
        even, w = rng.choice(len(z), drawn.sum(), replace=False), 1 / p[drawn]
        for metric, weight in ((mig, w), (sap, w / w.mean())):
            given = (z[drawn], v[drawn])
            found.append([metric(*given), metric(*given, sample_weight=weight), metric(z[even], v[even])])
    found = np.array(found).reshape(len(DRAWS), 2, 3)
    mean, spread = found.mean(axis=0), found.std(axis=0, ddof=1)
    page = "docs/weights.md"
    for line, row in enumerate(("biased, no weights", "biased, weighed", "as many rows without bias")):
        each = mean[0, line], spread[0, line], mean[1, line], spread[1, line]
        assert not wrong(page, f"| {row} | {{}} ± {{}} | {{}} ± {{}} |", *each)
    sentence = "MIG is {} on average, weighed back to the grid {}, and {} on as many rows without bias"
    assert not wrong(MIG, sentence, *mean[0])
    assert not wrong(SAP, sentence.replace("MIG", "SAP"), *mean[1])


def test_splits_move_sap(example):
    spreads = [sap(example, n_repeats=10).spread]
    assert within(README, "is {} to {} on these 10,000 rows", spreads)
    assert within(SAP, "has a standard deviation of {} to {} on the 10,000 example rows", spreads)
    some = {n: [sap(*some_rows(example, n, seed), n_repeats=10).spread for seed in range(4)] for n in (2000, 50)}
    assert within(README, "10,000 rows, {} to {} on 2,000", some[2000])
    assert within(SAP, "rows, of {} to {} on 2,000", some[2000])
    for page in (README, SAP):
        low, high = figures(
            page, "of them and {} to {} on 50." if page == README else "of them, and of {} to {} on 50."
        )
        assert as_number(low) - 0.005 <= np.median(some[50]) <= as_number(high) + 0.005


def test_probes_on_the_examples(example):
    k1, k5 = sap(example, probe=KNN(k=1)), sap(example, probe="knn")
    assert not wrong(SAP, "it follows every row: {} on the example latents, {} with 5.", k1, k5)
    tuned = [sap(example, C="tuned", validation_size=size) for size in (0.05, 0.2, 0.5)]
    assert not wrong(SAP, "tuned C scores {}, {} and {} on the example latents", *tuned)
    svm = [sap(example, probe="linear-svm", standardize=False, latent_bins=bins) for bins in (None, 20)]
    assert not wrong(SAP, "an SVM on raw latents of the example scores {}, on 20 bins {}.", *svm)
    assert sap(example, probe=KNN(k=1), evaluate_on="train") == 0.0

    far = np.array(example.latents, dtype=float)
    row = np.random.RandomState(42).permutation(len(far))[-1]  # a row that trains
    far[row] = far.mean(axis=0) + 100 * far.std(axis=0)
    moved = [sap(far, example.factors, probe=probe) for probe in ("histogram", "knn", "tree")]
    before = sap(example, probe="histogram")
    assert not wrong(SAP, "it falls from {} to {} on the example latents", before, moved[0])
    largest = as_number(figures(SAP, '`"knn"` and `"tree"` move by {} at most.')[0])
    assert max(abs(moved[1] - k5), abs(moved[2] - sap(example, probe="tree"))) <= largest


def test_a_class_on_both_sides_of_another():
    rng = np.random.default_rng(0)
    v = rng.integers(2, size=4000)
    z = np.column_stack([np.where(v == 0, 0, rng.choice([-2, 2], size=4000)), rng.normal(size=4000)])
    known = {
        probe: sap(z, v, probe=probe).matrix[0, 0] for probe in (*PROBES, "threshold", "tree", "knn", "gaussian-nb")
    }
    assert max(known[probe] for probe in (*PROBES, "threshold")) <= 0.75 + 0.03
    assert min(known[probe] for probe in ("tree", "knn", "gaussian-nb")) == 1.0


def test_r2_of_renumbered_values():
    rng = np.random.default_rng(0)
    found = [np.corrcoef(np.arange(10), rng.permutation(10))[0, 1] ** 2 for _ in range(2000)]
    mean, median = figures(SAP, "from 1 to {} on average, and in half of all orders to {} or less")
    assert as_number(mean) == pytest.approx(1 / 9, abs=0.005)  # E r^2 = 1 / (n - 1) over all orders
    assert np.mean(found) == pytest.approx(1 / 9, abs=0.01)
    assert np.median(found) == pytest.approx(as_number(median), abs=0.01)


def on_noise(probe, where):
    entries = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=(200, 4)), rng.integers(40, size=200)
        entries.append(sap(z, v, probe=probe, evaluate_on=where).matrix.mean())
    return np.mean(entries)


def test_scores_on_rows_that_train():
    probes = KNN(k=1), "tree", "tree-cv", "logistic"
    text = (
        '{} for `KNN(k=1)`, {} for the tree of depth 9, {} for `"tree-cv"`, {} for `"logistic"`, and {} to {} for each'
    )
    *shown, low, high = map(as_number, figures(SAP, text))
    assert [on_noise(probe, "train") for probe in probes] == pytest.approx(shown, abs=0.02)
    held_out = [on_noise(probe, "test") for probe in probes]
    assert low - 0.015 <= min(held_out) <= max(held_out) <= high + 0.015


@cache
def shown_of_protocols():
    lines = text_of("docs/protocols.md").partition("| protocol | MIG | SAP |")[2].splitlines()[2:]
    table = lines[: lines.index("")]
    return [[cell.strip("` ") for cell in line.split("|")[1:4]] for line in table]


def test_the_example_by_each_protocol(example):
    for name, *shown in shown_of_protocols():
        for metric, figure in zip(("mig", "sap"), shown, strict=True):
            if figure and (name, metric) != ("carbonneau2022", "sap"):  # its trees take seconds
                value = evaluate(example, metrics=metric, protocol=name)[metric]
                assert abs(value - float(figure)) <= half_a_digit(figure), name
    of_both = {name for name, protocol in PROTOCOLS.items() if {"mig", "sap"} & set(protocol.metrics)}
    assert {name for name, *_ in shown_of_protocols()} == of_both
