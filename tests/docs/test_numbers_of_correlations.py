"""Figures on the pages of MCC and R2, computed again."""

from functools import cache

import numpy as np
import pytest
from pages import half_a_digit, text_of, wrong

from disentangle_metrics import PROTOCOLS, evaluate, mcc, r2

NUMBERS = {"factor_kinds": "continuous"}


@cache
def shown_of_protocols():
    lines = text_of("docs/protocols.md").partition("| protocol | MCC | R2 |")[2].splitlines()[2:]
    table = [[cell.strip("` ") for cell in line.split("|")[1:4]] for line in lines[: lines.index("")]]
    return {name: cells for name, *cells in table}


def test_the_example_by_each_protocol_of_correlations(example):
    assert set(shown_of_protocols()) == {n for n, p in PROTOCOLS.items() if {"mcc", "r2"} & {*p.metrics}}
    for name, shown in shown_of_protocols().items():
        for metric, figure in zip(("mcc", "r2"), shown, strict=True):
            assert bool(figure) == (metric in PROTOCOLS[name].metrics)
            if figure and (name, metric) != ("causalverse2025", "r2"):  # its kernel takes a minute
                value = evaluate(example, metrics=metric, protocol=name)[metric]
                assert abs(value - float(figure)) <= half_a_digit(figure), name


def test_mcc_of_the_example(example):
    text = 'MCC is {} by `"auto"`, {} with all factors as numbers and {} with a linear map'
    scores = mcc(example), mcc(example, **NUMBERS), mcc(example, mapping="linear", **NUMBERS)
    assert not wrong("docs/metrics/mcc.md", text, *scores)
    text = "orientation is in no latent ({}), and shape in several ({} and {} with a linear map)"
    assert not wrong(
        "docs/metrics/mcc.md", text, scores[1].per_factor[2], scores[1].per_factor[0], scores[2].per_factor[0]
    )


@pytest.mark.parametrize(
    ("n", "text"), [(200, "{}, {}, {}, {} and {} in 200 rows"), (2000, "{}, {}, {}, {} and {} in 2,000.")]
)
def test_noise_of_classes(n, text):
    scores = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        latents, factors = rng.normal(size=(n, 10)), rng.integers([3, 6, 40, 32, 32], size=(n, 5))
        scores.append(mcc(latents, factors).per_factor)
    assert not wrong("docs/metrics/mcc.md", text, *np.mean(scores, axis=0))


def test_an_angle_as_a_latent():
    angle = np.linspace(0, 2 * np.pi, 10_001)[:-1]
    score = mcc(angle[:, None], angle[:, None], factor_kinds="circular")
    assert not wrong("docs/metrics/mcc.md", "({} for uniform angles)", score)


def test_r2_of_the_example(example):
    by_class = evaluate(example, metrics="r2", ceiling=True)["r2"]
    text = "linear R2 is {} by indicators (ceiling {}) and {} with all factors as numbers; by a kernel on"
    assert not wrong("docs/metrics/r2.md", text, by_class, by_class.ceiling.value, r2(example, **NUMBERS))
    kernel = r2(example, model="kernel", **NUMBERS)
    assert not wrong("docs/metrics/r2.md", "1,000 training rows it is {}.", kernel)
    assert not wrong("docs/protocols.md", "takes a second (on shuffled rows of the example, {})", kernel)


def test_r2_of_a_perfect_latent_of_classes_and_of_a_fold():
    rng = np.random.default_rng(0)
    labels = [np.arange(9600)[:, None] % size for size in (3, 6)]
    text = "({} for three equally frequent classes, {} for six)"
    assert not wrong("docs/metrics/r2.md", text, *(r2(v * 1.0, v) for v in labels))
    z = rng.uniform(-1, 1, size=(1000, 1))
    text = "linear R2 is {} and kernel R2 {}."
    assert not wrong("docs/metrics/r2.md", text, r2(z, np.abs(z)), r2(z, np.abs(z), model="kernel"))
