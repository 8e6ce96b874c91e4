"""``one_hot=True``: the mean over values of a binary factor each, by an oracle that makes these factors itself."""

import numpy as np
import pytest
from shell import run

import disentangle_metrics as dm
from disentangle_metrics.data.one_hot import one_hot, shares_of_draws
from disentangle_metrics.registry import list_metrics

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.errors.DisentangleWarning")

SPECS = [spec for spec in list_metrics() if "one_hot" in spec.options]
every_metric = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def example(seed=0, n=240):
    rng = np.random.default_rng(seed)
    v = np.stack([rng.choice(4, n, p=[0.1, 0.2, 0.3, 0.4]), rng.integers(0, 2, n), rng.integers(0, 3, n)], axis=1)
    z = np.hstack([np.eye(4)[v[:, 0]], v[:, 1:]]) + 0.3 * rng.normal(size=(n, 6))
    return z, v


def by_hand(metric, z, v, weight=None, **options):
    """Return the mean over factors of the mean over values; each value is a factor, weighted by its share."""
    given = {} if weight is None else {"sample_weight": weight}
    scores = []
    for column in v.T:
        there = column == column
        values = np.unique(column[there])
        values = values[1:] if len(values) == 2 else values
        shares = [np.average(column[there] == c, weights=None if weight is None else weight[there]) for c in values]
        gaps = [
            metric(z[there], column[there] == c, **{k: w[there] for k, w in given.items()}, **options) for c in values
        ]
        scores.append(np.average(gaps, weights=shares))
    return np.mean(scores)


@every_metric
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_score_is_the_mean_over_binary_factors(spec, missing, weighted):
    z, v = example()
    v = v.astype(float)
    if missing:
        v[::5, 0] = np.nan
    weight = np.random.default_rng(1).integers(1, 4, len(z)) if weighted else None
    options = {"cv": 4} if "cv" in spec.options else {}
    given = {} if weight is None else {"sample_weight": weight}
    score = spec.function(z, v, one_hot=True, **given, **options)
    assert score == pytest.approx(by_hand(spec.function, z, v, weight, **options), abs=1e-12)


@every_metric
def test_values_have_names_and_the_signature_has_the_factors_as_given(spec):
    z, v = example()
    score = spec.function(z, np.array(["a", "b", "c", "d"])[v], one_hot=True)
    assert score.factor_names == ("v0=a", "v0=b", "v0=c", "v0=d", "v1", "v2=a", "v2=b", "v2=c")
    assert score.per_factor.shape == (8,)
    assert score.matrix.shape == (6, 8)
    assert "|one_hot:true|" in score.signature
    assert "|k:3|" in score.signature
    again = dm.rescore(score.signature, z, np.array(["a", "b", "c", "d"])[v])[spec.name]
    assert again == score
    assert again.signature == score.signature


@every_metric
def test_a_measured_factor_and_a_constant_one_stay_as_they_are(spec):
    z, v = example()
    data = dm.Representation(z, np.column_stack([v[:, 0], z[:, 5], np.ones(len(z))]), factor_kinds={"v1": "continuous"})
    score = spec.function(data, one_hot=True)
    assert score.factor_names[4:] == ("v1", "v2")
    assert np.isnan(score.per_factor[5])
    shares = np.bincount(v[:, 0]) / len(v)
    assert score == pytest.approx((score.per_factor[:4] @ shares + score.per_factor[4]) / 2)


@every_metric
def test_intervals_chance_and_ceilings_stand_beside_it(spec):
    z, v = example()
    report = dm.evaluate(
        z, v, spec.name, one_hot=True, confidence=0.9, n_boot=20, chance=True, n_permutations=3, ceiling=True
    )
    score = report[spec.name]
    assert score == spec.function(z, v, one_hot=True)
    assert score.interval.low <= score.interval.high
    assert score.chance < score
    perfect = np.column_stack([np.eye(4)[v[:, 0]], v[:, 1], np.eye(3)[v[:, 2]]])
    assert score.ceiling.value == pytest.approx(spec.function(perfect, v, one_hot=True), abs=1e-9)


@every_metric
def test_a_half_of_the_rows_weighs_values_as_all_rows_do(spec):
    z, v = example()
    score = spec.function(dm.Representation(z, v), one_hot=True)
    half = score.recipe.again(score.recipe.data.take(np.arange(120)))
    shares = np.bincount(v[:, 0]) / len(v)
    expected = np.mean(
        [half.per_factor[:4] @ shares, half.per_factor[4], half.per_factor[5:] @ (np.bincount(v[:, 2]) / len(v))]
    )
    assert half == pytest.approx(expected)


@every_metric
def test_the_mean_alone_weighs_values(spec):
    z, v = example()
    with pytest.raises(dm.OptionError, match="aggregate='min' cannot weigh values"):
        spec.function(z, v, one_hot=True, aggregate="min")


def test_an_identifier_is_refused():
    z, _ = example(n=12_000)
    with pytest.raises(dm.InputError, match="factor 'v0' has 12000: more than 10000"):
        dm.mig(z, [str(i) for i in range(12_000)], one_hot=True)


def test_the_shell_has_the_option(tmp_path):
    z, v = example()
    np.savez(tmp_path / "z.npz", latents=z)
    np.savez(tmp_path / "v.npz", factors=v)
    out = run("score", tmp_path / "z.npz", tmp_path / "v.npz", "--one-hot", "-m", "mig")
    assert f"mig = {dm.mig(z, v, one_hot=True):.4f}" in out.stdout


def test_a_metric_without_the_option_says_so():
    z, v = example()
    with pytest.raises(dm.OptionError, match="mig_posterior has no option one_hot"):
        dm.evaluate(dm.Posterior(z, np.zeros_like(z), v), metrics="mig_posterior", one_hot=True)


def uneven(seed, n=1000):
    """Return a representation that holds the first value alone, whose share decides the score."""
    rng = np.random.default_rng(seed)
    v = rng.choice(6, p=[0.5, *[0.1] * 5], size=(n, 1))
    return np.column_stack([(v[:, 0] == 0) + 0.01 * rng.normal(size=n), rng.normal(size=n)]), v


@every_metric
def test_the_shares_of_values_vary_with_the_rows(spec):
    options = {"n_bins": 5} if "n_bins" in spec.options else {"scoring": "balanced-accuracy"}
    scores = [float(spec.function(*uneven(seed), one_hot=True, **options)) for seed in range(40)]
    report = dm.evaluate(
        *uneven(99), spec.name, one_hot=True, options={spec.name: options}, confidence=0.95, n_boot=200
    )
    ratio = report[spec.name].interval.standard_error / np.std(scores, ddof=1)
    assert 0.5 < ratio < 1.4  # the interval of SAP keeps its probes; with fixed shares MIG has 0.2


@every_metric
@pytest.mark.parametrize("test", ["bootstrap", "sign-flip"])
def test_models_are_compared_value_by_value(spec, test):
    z, v = example()
    other = np.column_stack([z[:, 1:], z[:, 0]]) + 0.5 * np.random.default_rng(2).normal(size=z.shape)
    settings = {"options": {spec.name: {"one_hot": True}}, "n_boot": 20}
    found = dm.compare(z, other, v, metric=spec.name, test=test, **settings)
    scores = [spec.function(latents, v, one_hot=True) for latents in (z, other)]
    assert list(found.per_factor) == list(scores[0].factor_names)
    assert found.overall.value == pytest.approx(scores[0] - scores[1])


def test_shares_of_a_draw_are_those_of_its_rows():
    _, v = example()
    v = v.astype(float)
    v[::7, 0] = np.nan
    data = one_hot(dm.Representation(np.zeros((len(v), 2)), v))
    rows = np.random.default_rng(3).integers(0, len(v), len(v))
    draw = np.bincount(rows, minlength=len(v))[None]
    (shares,) = shares_of_draws(data, draw)
    drawn = v[rows]
    first = [np.mean(drawn[~np.isnan(drawn[:, 0]), 0] == c) for c in range(4)]
    np.testing.assert_allclose(shares, [*first, 1.0, *(np.mean(drawn[:, 2] == c) for c in range(3))])


@every_metric
def test_factors_that_cannot_be_taken_apart_are_noted(spec):
    z, _ = example()
    score = spec.function(z, z[:, :2] > 0, one_hot=True)
    assert "one_hot=True takes no factor apart: each is measured, or has two values at most" in score.notes
