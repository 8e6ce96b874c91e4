"""MIG under the posterior: closed forms, integrals done by quadrature, input, files and the command line."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.special import logsumexp
from scipy.stats import norm

import disentangle_metrics as dm
from disentangle_metrics import (
    DTypeError,
    InputError,
    NonFiniteError,
    OptionError,
    Posterior,
    Representation,
    ShapeError,
    mig,
    mig_posterior,
)
from disentangle_metrics.cli.app import app
from disentangle_metrics.runtime.progress import shown_by

GRID = np.stack(np.meshgrid(np.arange(4), np.arange(3), np.arange(10), indexing="ij"), axis=-1).reshape(-1, 3)[:, :2]


def wide(mean, logvar):
    return np.full(np.shape(mean), float(logvar))


@pytest.fixture
def arrays():
    """Two latents that follow two factors and one that follows none, in posteriors of unequal widths, with a draw."""
    rng = np.random.default_rng(0)
    mean = np.column_stack([GRID + rng.normal(scale=0.3, size=GRID.shape), np.zeros(len(GRID))])
    logvar = rng.uniform(-3, 0, size=mean.shape)
    return mean, logvar, GRID, mean + np.exp(logvar / 2) * rng.normal(size=mean.shape)


# --- closed forms


def test_equal_posteriors_tell_nothing():
    mean = np.ones(GRID.shape)
    with pytest.warns(dm.InactiveLatentWarning):
        assert mig_posterior(mean, wide(mean, 0.5), GRID) == pytest.approx(0, abs=1e-12)


def test_posteriors_far_apart_tell_all():
    score = mig_posterior(100.0 * GRID, wide(GRID, 0), GRID)
    assert score == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(score.matrix, np.diag(np.log([4, 3])), atol=1e-12)


def test_a_latent_that_holds_half_of_a_factor_scores_half():
    mean = np.column_stack([GRID[:, 0] // 2 * 100.0, np.zeros(len(GRID))])
    assert mig_posterior(mean, wide(mean, 0), GRID[:, 0]) == pytest.approx(0.5, abs=1e-12)


def test_two_latents_that_say_the_same_lead_by_nothing():
    mean = np.column_stack([GRID[:, 0], GRID[:, 0]])
    assert mig_posterior(mean, wide(mean, -1), GRID) == 0


def test_noise_of_the_encoder_counts_where_means_alone_look_perfect():
    mean, factor = np.column_stack([GRID[:, 0], np.zeros(len(GRID))]), GRID[:, 0]
    assert mig(mean, factor) == 1
    assert mig_posterior(mean, wide(mean, 8), factor) == pytest.approx(0, abs=2e-3)


def test_normalizers_are_the_entropy_the_log_of_the_values_and_one():
    factor = np.repeat([0, 1, 2], [50, 25, 25])
    mean = np.column_stack([factor * 100.0, np.zeros(100)])
    entropy = 1.5 * np.log(2)
    for name, whole in [("factor", entropy), ("log-cardinality", np.log(3)), ("none", 1.0)]:
        assert mig_posterior(mean, wide(mean, 0), factor, normalizer=name) == pytest.approx(entropy / whole, abs=1e-12)


# --- integrals


def entropy_by_quadrature(mean, deviation):
    """Differential entropy of an equal mixture of Gaussians, by the trapezoidal rule."""
    z = np.linspace((mean - 12 * deviation).min(), (mean + 12 * deviation).max(), 20_001)
    log_density = logsumexp(norm.logpdf(z[:, None], mean, deviation), axis=1) - np.log(len(mean))
    return -np.trapezoid(np.exp(log_density) * log_density, z)


def test_information_is_that_of_the_integrals():
    """A few posteriors, each in 500 rows whose samples are its quantiles: means over samples are then integrals too."""
    rng = np.random.default_rng(1)
    factor = np.repeat([0, 1, 2], [4, 4, 8])
    mean, logvar = rng.normal(size=(16, 2)) + factor[:, None] * [1.0, 0.2], rng.uniform(-3, 1, size=(16, 2))
    quantiles = norm.ppf((np.arange(500) + 0.5) / 500)
    copies = [np.repeat(x, 500, axis=0) for x in (mean, logvar, factor)]
    samples = copies[0] + np.exp(copies[1] / 2) * np.tile(quantiles, 16)[:, None]
    score = mig_posterior(*copies, samples)
    for j in range(2):
        center, deviation = mean[:, j], np.exp(logvar[:, j] / 2)
        given = [entropy_by_quadrature(center[factor == c], deviation[factor == c]) for c in range(3)]
        expected = entropy_by_quadrature(center, deviation) - np.dot([0.25, 0.25, 0.5], given)
        assert score.matrix[j, 0] == pytest.approx(expected, abs=1e-3)


def test_fewer_draws_estimate_the_same(arrays):
    mean, logvar, factors, _ = (np.repeat(x, 50, axis=0) for x in arrays)
    whole = mig_posterior(mean, logvar, factors, n_draws=len(mean)).matrix
    parts = [mig_posterior(mean, logvar, factors, n_draws=500, random_state=seed).matrix for seed in range(10)]
    error = np.std(parts, axis=0) / np.sqrt(10) + 0.005
    assert np.all(np.abs(np.mean(parts, axis=0) - whole) < 4 * error)


# --- options and input


def test_samples_that_are_given_are_used_and_the_signature_says_so(arrays):
    given, drawn = mig_posterior(*arrays), mig_posterior(*arrays[:3])
    assert given != drawn
    assert (
        given.signature.rpartition("v:")[0]
        == "mig_posterior|samples:given|n_draws:120|normalizer:log-cardinality|n:120|d:3|k:2|"
    )
    assert "|samples:drawn|n_draws:120|normalizer:log-cardinality|random_state:42|" in drawn.signature


def test_a_seed_that_was_drawn_is_recorded(arrays):
    score = mig_posterior(*arrays[:3], random_state=None)
    assert score == mig_posterior(*arrays[:3], random_state=score.settings["random_state"])


def test_rows_without_a_label_are_left_out_for_that_factor(arrays):
    mean, logvar, factors, samples = arrays
    some = np.arange(120) % 5 > 0
    holes = np.where(np.column_stack([some, np.ones(120, bool)]), factors, np.nan)
    score = mig_posterior(mean, logvar, holes, samples)
    whole = mig_posterior(mean, logvar, factors, samples)
    part = mig_posterior(mean[some], logvar[some], factors[some], samples[some])
    np.testing.assert_allclose(score.per_factor, [part.per_factor[0], whole.per_factor[1]], rtol=1e-12)


def test_a_continuous_factor_is_cut_into_bins(arrays):
    mean, logvar, factors, samples = arrays
    shifted = factors + np.array([0.5, 0.25])
    binned = mig_posterior(mean, logvar, shifted, samples, factor_kinds="continuous", factor_bins=50)
    np.testing.assert_allclose(binned.matrix, mig_posterior(*arrays).matrix, rtol=1e-12)


def test_values_that_are_not_equally_frequent_are_noted(arrays):
    rows = np.arange(120) != 3
    note = "not a full grid: each value of v0, v1 has the weight of its frequency"
    assert note in mig_posterior(*(x[rows] for x in arrays)).notes
    assert note not in mig_posterior(*arrays).notes


def test_values_with_few_rows_are_noted(arrays):
    assert any("has 30 rows only" in note for note in mig_posterior(*arrays).notes)


def test_a_posterior_stands_for_all_arrays(arrays):
    mean, logvar, factors, samples = arrays
    data = Posterior(mean, logvar, factors, samples=samples)
    assert mig_posterior(data) == mig_posterior(*arrays)
    assert mig_posterior(data, factor_kinds="categorical") == mig_posterior(*arrays)
    report = dm.evaluate(data, metrics=["mig", "mig_posterior"], protocol=None)
    assert (report["mig"], report["mig_posterior"]) == (mig(mean, factors), mig_posterior(*arrays))


def test_a_protocol_applies(arrays):
    data = Posterior(*arrays[:3])
    signature = dm.evaluate(data, metrics="mig_posterior", protocol="chen2018")["mig_posterior"].signature
    assert signature.startswith("mig_posterior|protocol:chen2018|samples:drawn|")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"logvar": np.zeros((120, 2))}, ShapeError, r"logvar has shape \(120, 2\) and mean has \(120, 3\)"),
        ({"samples": np.zeros((3, 120))}, ShapeError, r"samples has shape \(3, 120\)"),
        ({"logvar": np.full((120, 3), "a")}, DTypeError, "logvar has dtype <U1. Pass real numbers"),
        ({"logvar": np.full((120, 3), np.inf)}, NonFiniteError, "360 values that are not finite .first at row 0"),
        ({"logvar": np.full((120, 3), 1e3)}, InputError, "logvar runs from 1000 to 1000.*Pass np.log.variance"),
        ({"samples": np.full((120, 3), 1e4)}, InputError, "standard deviations from that row's mean in latent 'z"),
        ({"logvar": None}, OptionError, "pass three arrays, mean, logvar and factors, or one Posterior"),
        ({"factors": None}, OptionError, "pass three arrays"),
        ({"n_draws": 1}, OptionError, "n_draws=1 is out of range"),
        ({"normalizer": "latent"}, OptionError, "normalizer='latent' is not known"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(arrays, change, error, message):
    with pytest.raises(error, match=message):
        mig_posterior(**{**dict(zip(("mean", "logvar", "factors", "samples"), arrays, strict=True)), **change})


def test_latents_without_a_posterior_are_refused(arrays):
    with pytest.raises(InputError, match=r"the posterior is missing.*'mean' and 'logvar'"):
        mig_posterior(Representation(arrays[0], GRID))


def test_a_posterior_with_more_arrays_is_refused(arrays):
    with pytest.raises(OptionError, match="Pass it alone"):
        mig_posterior(Posterior(*arrays[:3]), arrays[1])


def test_progress_is_told_to_whoever_wants_it(arrays):
    seen = []
    with shown_by(lambda done, total: seen.append((done, total))):
        mig_posterior(*arrays)
    assert seen == [(1, 3), (2, 3), (3, 3)]


# --- files and the command line


@pytest.fixture
def run_file(tmp_path, arrays):
    mean, logvar, factors, samples = arrays
    np.savez(tmp_path / "run.npz", mean=mean, logvar=logvar, sample=samples)
    np.savez(tmp_path / "factors.npz", factors=factors)
    return tmp_path / "run.npz"


def command(*args):
    return CliRunner().invoke(app, list(map(str, args)))


def test_a_trainers_file_is_a_posterior(run_file, arrays):
    data = dm.load_representation(run_file, run_file.with_name("factors.npz"))
    assert isinstance(data, Posterior)
    assert mig_posterior(data) == mig_posterior(*arrays)


def test_a_file_without_samples_has_them_drawn(run_file, arrays):
    np.savez(run_file, mean=arrays[0], logvar=arrays[1])
    data = dm.load_representation(run_file, run_file.with_name("factors.npz"))
    assert mig_posterior(data) == mig_posterior(*arrays[:3])


def test_what_no_metric_needs_is_not_read(run_file, arrays):
    np.savez(run_file, mean=arrays[0], logvar=np.zeros(3), sample=arrays[3])
    data = dm.load_representation(run_file, run_file.with_name("factors.npz"))
    assert mig(data) == mig(arrays[0], arrays[2])
    with pytest.raises(ShapeError, match="logvar has shape"):
        mig_posterior(data)


def test_the_command_scores_a_trainers_file(run_file, arrays):
    result = command("score", run_file, run_file.with_name("factors.npz"), "-m", "mig_posterior", "-f", "json")
    assert json.loads(result.stdout)["scores"]["mig_posterior"]["value"] == float(mig_posterior(*arrays))


@pytest.mark.parametrize("key", [":sample", ":logvar"])
def test_the_command_says_what_is_missing(run_file, key):
    result = command("score", f"{run_file}{key}", run_file.with_name("factors.npz"), "-m", "mig_posterior")
    assert result.exit_code == 2
    assert "the posterior is missing" in " ".join(result.output.split())


def test_a_batch_scores_trainers_files(run_file, arrays):
    for factors in (None, run_file.with_name("factors.npz")):
        if factors is None:
            np.savez(run_file.with_name("both.npz"), **np.load(run_file), factors=GRID)
        path = run_file.with_name("both.npz") if factors is None else run_file
        table = dm.score_many(path, factors, metrics="mig_posterior")
        assert table["mig_posterior"].tolist() == [float(mig_posterior(*arrays))]


def test_show_says_that_it_needs_the_posterior():
    assert "needs" in command("show", "mig_posterior").stdout


def test_the_example_scores_what_the_documentation_says():
    data = dm.load_representation("docs/examples/latents.npz", "docs/examples/factors.npz")
    assert mig_posterior(data, n_draws=500) == pytest.approx(0.115, abs=0.01)


def test_the_sample_that_is_furthest_off_is_named(arrays):
    mean, logvar, factors, samples = arrays
    foreign = samples.copy()
    foreign[7, 1] = mean[7, 1] + 26 * np.exp(logvar[7, 1] / 2)
    with pytest.raises(InputError, match=r"the sample of row 7 is 26 standard deviations .* in latent 'z1'"):
        mig_posterior(mean, logvar, factors, foreign)


def test_names_that_are_given_are_kept(arrays):
    mean, logvar, factors, _ = arrays
    names = {"latent_names": ["a", "b", "c"], "factor_names": ["x", "y"]}
    data = Posterior(mean, logvar, factors, **names)
    assert {key: [*getattr(data, key)] for key in names} == names


def test_bins_that_hold_no_row_are_neither_rare_nor_uneven(arrays):
    mean, logvar, _, samples = arrays
    two = np.repeat([0.0, 1.0], 60)[:, None]
    notes = mig_posterior(mean, logvar, two, samples, factor_kinds="continuous", factor_bins=50).notes
    assert any("has 60 rows only" in note for note in notes)
    assert not any("full grid" in note for note in notes)
