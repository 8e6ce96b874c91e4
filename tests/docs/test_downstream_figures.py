"""Figures of the page of downstream that a quick computation makes."""

import numpy as np
import pytest
from pages import as_number, half_a_digit, row_of, wrong

from disentangle_metrics import downstream

PAGE = "docs/metrics/downstream.md"
SIZES = (3, 6, 40, 32, 32)


@pytest.fixture(scope="module")
def factors():
    return np.random.default_rng(0).integers(SIZES, size=(10_000, 5))


def rotated(factors):
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    return (factors - factors.mean(axis=0)) / factors.std(axis=0) @ turn


@pytest.mark.parametrize(
    ("first", "code"),
    [("the factors themselves", np.asarray), ("the factors themselves, rotated", rotated)],
)
def test_the_table_of_codes(first, code, factors):
    report = downstream(code(factors), factors)
    values = [*report["downstream.accuracy"].matrix.mean(axis=1), float(report["downstream.efficiency"])]
    for text, value in zip(row_of(PAGE, first), values, strict=True):
        assert abs(as_number(text) - value) <= half_a_digit(text), (text, value)


def test_the_choice_of_c_on_a_perfect_code(factors):
    """One of its five factors, of 32 classes, which has the most to gain; the page has the mean of all."""
    score = downstream(factors, factors[:, 4:], train_sizes=1000, few=10_000, C="cv")["downstream.accuracy"]
    assert not wrong(PAGE, 'With `C="cv"` and 1,000 training rows they score {}.', round(min(score, 0.99), 2))
