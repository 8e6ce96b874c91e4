"""Sparse codes: the note on a latent for each value, whose advice raises the score, and no note on other codes."""

import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics.scores.sparse import closeness_to_values

GAPS = ["mig", "sap"]


def factors(rng, n=1500, sizes=(4, 6)):
    return np.stack([rng.integers(0, size, n) for size in sizes], axis=1)


def sparse(rng, v, noise=0.05, scale=lambda code: code):
    z = np.concatenate([np.eye(int(column.max()) + 1)[column] for column in v.T], axis=1)
    return scale(z + noise * rng.normal(size=z.shape))


def noted(score):
    return [note for note in score.notes if "one_hot=True" in note]


@pytest.mark.parametrize("metric", GAPS)
@pytest.mark.parametrize(
    "scale",
    [lambda z: z, lambda z: -3e6 * z, lambda z: z[:, ::-1], lambda z: np.maximum(z, 0), lambda z: z**3 + 1e4],
    ids=["plain", "negative", "other order", "relu", "cubed"],
)
def test_a_latent_for_each_value_is_noted_and_the_advice_raises_the_score(metric, scale):
    rng = np.random.default_rng(3)
    v = factors(rng)
    z = sparse(rng, v, scale=scale)
    before = getattr(dm, metric)(z, v)
    (note,) = noted(before)
    assert "v0, v1" in note
    after = getattr(dm, metric)(z, v, one_hot=True)
    assert after > before + 0.1
    assert not noted(after)


@pytest.mark.parametrize("metric", GAPS)
@pytest.mark.parametrize("code", ["perfect", "noise", "rotated", "copies", "binary", "too few latents"])
def test_no_other_code_is_taken_for_a_sparse_one(metric, code):
    rng = np.random.default_rng(4)
    v = factors(rng, sizes=(2, 2) if code == "binary" else (4, 6))
    z = {
        "perfect": lambda: np.hstack([v, rng.normal(size=(len(v), 9))]),
        "noise": lambda: rng.normal(size=(len(v), 12)),
        "rotated": lambda: v @ np.array([[1.0, 1.0], [1.0, -1.0]]) + np.zeros((len(v), 2)),
        "copies": lambda: np.hstack([v] * 5),
        "binary": lambda: sparse(rng, v),
        "too few latents": lambda: sparse(rng, v)[:, :3],
    }[code]()
    assert not noted(getattr(dm, metric)(z.astype(float), v))


def test_closeness_is_the_squared_correlation_with_the_indicator_of_each_value():
    rng = np.random.default_rng(5)
    v = rng.integers(0, 3, (50, 1)).astype(float)
    v[::7] = np.nan
    z = rng.normal(size=(50, 4)) * [1, 1e-8, 1e8, 0] + [0, 0, 5, 2]
    closeness, share = closeness_to_values(dm.Representation(z, v), 0)
    there = ~np.isnan(v[:, 0])
    for c in range(3):
        indicator = v[there, 0] == c
        assert share[c] == pytest.approx(indicator.mean())
        for j in range(3):
            assert closeness[c, j] == pytest.approx(np.corrcoef(z[there, j], indicator)[0, 1] ** 2, rel=1e-6)
        assert closeness[c, 3] == 0
