"""MIG by other entropies: by name, with a parameter, from the shell, and what each makes of copies and of noise."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import EXAMPLES

from disentangle_metrics import Dirichlet, evaluate, mig
from disentangle_metrics.cli.app import app
from disentangle_metrics.kernels.entropy.table import ENTROPIES

ALL = sorted(ENTROPIES)
LATENTS, FACTORS = EXAMPLES / "latents.npz", EXAMPLES / "factors.npz"


def run(*settings):
    """Score the example's MIG in the shell."""
    options = [part for setting in settings for part in ("--set", setting)]
    env = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    return CliRunner().invoke(app, ["score", str(LATENTS), str(FACTORS), "-m", "mig", "-f", "json", *options], env=env)


def copies(n):
    """Two factors of ten and five values, a copy of each as a latent, and two latents of noise."""
    rng = np.random.default_rng(0)
    v = np.stack([rng.integers(10, size=n), rng.integers(5, size=n)], axis=1)
    return np.hstack([v, rng.normal(size=(n, 2))]), v


@pytest.fixture(scope="module")
def arrays():
    with np.load(LATENTS) as z, np.load(FACTORS) as v:
        return z["mean"][:500], v["factors"][:500, 2:]


@pytest.mark.parametrize("name", ALL)
def test_a_name_is_taken_with_hyphens_or_underscores(name, arrays):
    score = mig(*arrays, entropy=name.replace("-", "_"))
    assert score == mig(*arrays, entropy=name)
    assert f"|entropy:{name}|" in score.signature


@pytest.mark.parametrize("name", ALL)
def test_one_table_at_a_time_gives_the_same_score(name, arrays):
    """By a callable of the caller's own for estimators of counts; the others need to be told the support."""
    if name in ("plugin", "miller-madow", "jackknife", "grassberger", "chao-shen"):
        mine = mig(*arrays, entropy=lambda counts: ENTROPIES[name](counts))
        np.testing.assert_allclose(mine.matrix, mig(*arrays, entropy=name).matrix, rtol=0, atol=1e-12)


def test_a_dirichlet_alpha_is_a_strategy_with_a_parameter(arrays):
    assert mig(*arrays, entropy=Dirichlet(0.5)) == mig(*arrays, entropy="jeffreys")
    score = mig(*arrays, entropy=Dirichlet(0.02))
    assert "|entropy:Dirichlet(alpha=0.02)|" in score.signature
    assert score == evaluate(*arrays, "mig", options={"mig": {"entropy": {"alpha": 0.02}}})["mig"]


@pytest.mark.parametrize("name", ALL)
def test_the_shell_knows_every_name(name):
    result = run(f"mig.entropy={name}")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["scores"]["mig"]["settings"]["entropy"] == name


@pytest.mark.parametrize("settings", [["mig.entropy.alpha=0.02"], ["mig.entropy=dirichlet", "mig.entropy.alpha=0.02"]])
def test_the_shell_sets_alpha(settings):
    result = run(*settings)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["scores"]["mig"]["settings"]["entropy"] == "Dirichlet(alpha=0.02)"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("mig.entropy=grasberger", "Did you mean 'grassberger'?"),
        ("mig.entropy=chao", "Did you mean 'chao-shen'?"),
        ("mig.entropy=jamesstein", "Did you mean 'james-stein'?"),
        ("mig.entropy.alhpa=1", "Did you mean 'alpha'?"),
        ("mig.entropy.alpha=0", "alpha=0 is out of range. Use a number above 0"),
    ],
)
def test_the_shell_says_what_is_nearest(setting, message):
    result = run(setting)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


# --- what they make of copies of the factors and of noise: the truth is a score of 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plugin", 0.849),
        ("miller-madow", 0.913),
        ("jackknife", 0.947),
        ("chao-shen", 0.949),
        ("nsb", 0.973),
        ("jeffreys", 0.694),
        ("perks", 0.836),
    ],
)
def test_copies_of_the_factors_in_200_rows_score_what_is_documented(name, expected):
    assert mig(*copies(200), entropy=name) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("jeffreys", "laplace", "minimax")])
def test_copies_of_the_factors_in_many_rows_score_nearly_1(name):
    assert mig(*copies(20_000), entropy=name) == pytest.approx(1.0, abs=0.005)
