"""``dmetrics score --signature``: a printed signature reproduces its number in the shell."""

import json
import shlex

import numpy as np
import pytest
from shell import run, spawn

from disentangle_metrics import __version__, load_representation, mig

NAMES = ["z0", "it's", 'a+"b" | c']


@pytest.fixture
def data(tmp_path):
    """A file of two factors, an angle and a label, and of latents with names that need quotes."""
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(120) % 3, np.arange(120) // 3 % 8 * 45], axis=1)
    z = np.column_stack([v[:, 0], v[:, 1] + rng.normal(size=120), rng.normal(size=120)])
    np.savez(tmp_path / "data.npz", latents=z, factors=v, latent_names=NAMES, factor_names=["shape", "a=b|c"])
    return tmp_path / "data.npz"


def signatures(stdout):
    """The lines of a table that are signatures, blanks and all."""
    return [line for line in stdout.splitlines() if "|v:" in line]


OPTIONS = [
    "-m mig",
    "-m sap",
    "-m mig --protocol locatello2019 --set mig.n_bins=50",
    "-m sap --protocol kumar2018 --set sap.probe=tree --set sap.inactive=0.1",
    "-m sap --protocol latte --set sap.class_weight=null",
    "-m mig --set mig.discretizer.range=[-1.1,3] --set mig.n_bins=auto",
    "-m mig --set mig.discretizer.edges=[-Infinity,0,0.30000000000000004,1,2,3,4,Infinity]",
    "-m mig --set mig.entropy.alpha=0.3333333333333333 --set mig.normalizer=none",
    "-m mig --set mig.estimator.k=5 --factor-kind ordinal",
    "-m mig --set mig.estimator=ksg-sklearn --factor-kind a=b|c=circular:360",
    "-m mig --factor-kind a=b|c=circular --factor-kind shape=ordinal",
    """-m mig --latent-group "own=z0+it's" --latent-group 'a+"b" | c'""",
    "-m mig --set mig.select_on=half --set mig.random_state=5",
    "-m sap --set sap.probe=tree_cv --set sap.cv=3",
    "-m sap --set sap.probe.k=tuned --set sap.validation_size=0.21",
    "-m sap --set sap.C=tuned --set sap.n_repeats=2 --set sap.test_size=0.33333",
]


@pytest.mark.parametrize("options", OPTIONS)
def test_what_the_shell_printed_comes_out_again(options, data):
    first = run("score", data, *shlex.split(options), "-f", "json")
    assert first.exit_code == 0, first.output
    (score,) = json.loads(first.stdout)["scores"].values()
    in_quotes = shlex.split(f"'{score['signature']}'")  # as a shell takes it
    second = run("score", data, "--signature", *in_quotes, "-f", "json")
    assert second.exit_code == 0, second.output
    (again,) = json.loads(second.stdout)["scores"].values()
    del score["notes"], again["notes"]  # a period that was found is given then, and nothing is said of it
    assert again == score


def test_pasted_lines_of_a_table_make_the_table_again(data):
    first = run("score", data)
    pasted = [word for line in signatures(first.stdout) for word in ("--signature", line)]
    assert len(pasted) == 4
    assert run("score", data, *pasted).stdout == first.stdout


@pytest.mark.parametrize("form", ["csv", "markdown", "latex"])
def test_a_form_and_an_interval_go_with_a_signature(form, data):
    beside = ["-f", form, "--confidence", 0.9, "--n-boot", 20, "--chance", "--n-permutations", 5]
    first = run("score", data, "-m", "mig", *beside)
    assert run("score", data, "--signature", mig(load_representation(data)).signature, *beside).stdout == first.stdout


def test_the_signatures_of_a_file_make_its_scores_again(data, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    run("score", data, "-o", first)
    assert run("score", data, "--signature", f"@{first}", "-o", second).exit_code == 0
    assert second.read_text() == first.read_text()


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("{}", "JSON without scores"),
        ("[", "is not JSON"),
        ('{"scores": [1]}', "JSON without scores"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_scores_is_an_error(text, fragment, data, tmp_path):
    path = tmp_path / "scores.json"
    if text is not None:
        path.write_text(text)
    result = run("score", data, "--signature", f"@{path}")
    assert result.exit_code == 2
    assert fragment in result.stderr


def test_a_file_of_no_score_is_an_error(data, tmp_path):
    (tmp_path / "scores.json").write_text('{"scores": {}}')
    result = run("score", data, "--signature", f"@{tmp_path / 'scores.json'}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is JSON without scores" in result.stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_another_version_is_told_on_standard_error(form, data):
    signature = mig(load_representation(data)).signature
    result = spawn("score", data, "-f", form, "--signature", signature.replace(f"v:{__version__}", "v:0.1.0"))
    assert result.returncode == 0
    assert f"is from version 0.1.0, and this is version {__version__}: see CHANGELOG, Scores" in result.stderr
    assert result.stdout == run("score", data, "-f", form, "-m", "mig").stdout


def test_other_data_are_an_error(data):
    signature = mig(load_representation(data)).signature.replace("|n:120|d:3|", "|n:121|d:4|")
    result = run("score", data, "--signature", signature)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "n (rows) 121 in the signature and 120 in the data, d (latents) 4 in the signature" in result.stderr


@pytest.mark.parametrize(
    "other",
    ["-m mig", "--set mig.n_bins=3", "--protocol do2020", "--factor-kind ordinal", "--latent-group z0"],
)
def test_what_a_signature_says_is_not_said_twice(other, data):
    result = run("score", data, "--signature", mig(load_representation(data)).signature, *other.split())
    assert result.exit_code == 2
    assert f"{other.split()[0]} and --signature were both given" in result.stderr


def test_no_signature_is_an_error(data):
    result = run("score", data, "--signature", "")
    assert result.exit_code == 2
    assert "does not begin with the name of a metric" in result.stderr


def test_a_limit_goes_with_a_signature(data):
    signature = mig(load_representation(data)).signature
    assert run("score", data, "--signature", signature, "--fail-under", "mig=0.99").exit_code == 1
    assert run("score", data, "--signature", signature, "--fail-under", "sap=0").exit_code == 2


def test_weights_go_with_a_signature(data, tmp_path):
    np.save(tmp_path / "w.npy", np.arange(1, 121))
    weighted = ["score", data, "--weights", tmp_path / "w.npy"]
    first = run(*weighted, "-m", "mig")
    (signature,) = signatures(first.stdout)
    assert run(*weighted, "--signature", signature).stdout == first.stdout
    missing = run("score", data, "--signature", signature)
    assert missing.exit_code == 2
    assert "--weights" in missing.stderr


def test_help_says_how():
    assert "--signature" in run("score", "--help").stdout
