"""``dmetrics compare``, end to end."""

import csv
import io
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from shell import offered

import disentangle_metrics as dm
from disentangle_metrics.analysis.comparison.names import names_of_files
from disentangle_metrics.analysis.comparison.over_seeds import TESTS as OF_SEEDS
from disentangle_metrics.analysis.comparison.paired_rows import TESTS as OF_ROWS
from disentangle_metrics.cli.app import app
from disentangle_metrics.cli.compare import find_sources

SWEEP = "docs/tradeoff/scores.csv"


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    v = rng.integers([3, 4], size=(150, 2))
    np.savez(tmp_path / "factors.npz", factors=v, factor_names=["shape", "scale"])
    for name, noise in (("good", 0.1), ("bad", 1.5), ("worse", 2.0)):
        for seed in range(5):
            folder = tmp_path / f"{name}{seed}"
            folder.mkdir()
            np.savez(folder / "latents.npz", latents=np.hstack([v, v[:, :1]]) + noise * rng.normal(size=(150, 3)))
    return tmp_path


def run(*args):
    result = CliRunner().invoke(app, ["compare", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def rows_of(files, *names):
    return [files / name / "latents.npz" for name in names] + [files / "factors.npz"]


def test_two_files_are_compared_on_their_rows(files):
    code, out, _ = run(*rows_of(files, "good0", "bad0"), "--n-boot", 50, "-f", "json")
    assert code == 0
    data = [dm.load_representation(files / name / "latents.npz", files / "factors.npz") for name in ("good0", "bad0")]
    assert json.loads(out) == dm.compare(*data, names=("good0", "bad0"), n_boot=50).to_dict()


def test_rows_of_a_group_are_drawn_together(files):
    np.save(files / "films.npy", np.repeat(np.arange(30), 5))
    rows = rows_of(files, "good0", "bad0")
    code, out, _ = run(*rows, "--n-boot", 50, "-f", "json", "--groups", files / "films.npy")
    data = [dm.load_representation(file, rows[-1]) for file in rows[:2]]
    groups = np.load(files / "films.npy")
    assert (code, json.loads(out)) == (
        0,
        dm.compare(*data, names=("good0", "bad0"), n_boot=50, groups=groups).to_dict(),
    )
    patterns = files / "good*/latents.npz", files / "bad*/latents.npz", files / "factors.npz"
    code, _, err = run(*patterns, "--groups", files / "films.npy")
    assert code == 2
    assert "--groups has no meaning with seeds" in err


def test_three_files_are_ranked(files):
    code, out, _ = run(*rows_of(files, "bad0", "good0", "worse0"), "--n-boot", 50, "--set", "mig.n_bins=5")
    assert code == 0
    assert out.startswith("mig: 3 models")
    assert out.splitlines()[2].split()[0] == "good0"
    assert "n_bins:5" in out


def test_patterns_are_seeds(files):
    code, out, _ = run(files / "good*/latents.npz", files / "bad*/latents.npz", files / "factors.npz", "-f", "json")
    assert code == 0
    found = json.loads(out)
    assert (found["a"], found["b"], found["unit"], found["n_a"], found["n_b"]) == ("good*", "bad*", "seeds", 5, 5)
    assert found["overall"]["p_value"] == pytest.approx(2 / 252)
    assert list(found["per_factor"]) == ["shape", "scale"]


def test_seeds_can_be_pairs_and_have_a_baseline(files):
    patterns = [f"{name}={files}/{name}*/latents.npz" for name in ("good", "bad", "worse")]
    code, out, _ = run(*patterns, "--factors", files / "factors.npz", "--paired", "--baseline", "bad", "--test", "t")
    assert code == 0
    assert "* differs from bad" in out
    assert "Student's t of 5 pairs" in out


def test_a_table_of_scores_stands_for_the_files():
    code, out, _ = run("--scores", SWEEP, "--by", "beta", 4, 1, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert (rows[0]["a"], rows[0]["b"]) == ("beta=4", "beta=1")
    assert float(rows[0]["p_value"]) == pytest.approx(2 / 252)


def test_a_baseline_of_a_table_is_named_by_its_value():
    code, out, _ = run("--scores", SWEEP, "--by", "beta", "--baseline", 1)
    assert code == 0
    assert "* differs from beta=1" in out


def test_a_table_of_a_batch_is_compared_by_patterns_of_its_files(files):
    table = files / "scores.csv"
    args = ["batch", f"{files}/*/latents.npz", "--factors", f"{files}/factors.npz", "-m", "mig", "-o", str(table)]
    assert CliRunner().invoke(app, args).exit_code == 0
    code, out, _ = run("--scores", table, "good=*/good*", "bad=*/bad*", "-f", "json")
    assert code == 0
    _, direct, _ = run(
        f"good={files}/good*/latents.npz", f"bad={files}/bad*/latents.npz", files / "factors.npz", "-f", "json"
    )
    assert json.loads(out)["overall"] == pytest.approx(json.loads(direct)["overall"])
    assert json.loads(out)["signature"] == json.loads(direct)["signature"]


@pytest.mark.parametrize("ending", ["json", "csv", "md", "tex", "txt"])
def test_the_ending_of_the_output_says_the_format(files, ending):
    output = files / f"found.{ending}"
    code, out, err = run("--scores", SWEEP, "--by", "beta", "-o", output)
    assert (code, out) == (0, "")
    assert f"wrote {output}" in err
    starts = {"json": "{", "csv": "metric,", "md": "| model", "tex": r"\begin{tabular}", "txt": "mig: 5 models"}
    assert output.read_text().startswith(starts[ending])


def test_a_plot_is_a_picture(files):
    code, _, err = run("--scores", SWEEP, "--by", "beta", "--plot", files / "forest.png")
    assert code == 0
    assert (files / "forest.png").read_bytes().startswith(b"\x89PNG")
    assert "wrote" in err


def test_without_color_the_table_is_plain(files):
    _, out, _ = run(*rows_of(files, "good0", "bad0"), "--n-boot", 20)
    assert "\x1b" not in out
    assert re.match(r"mig: good0 0\.\d{4}   bad0 0\.\d{4}   difference \+", out)


def test_models_are_named_by_what_tells_them_apart(files):
    assert list(find_sources([f"{files}/good0/latents.npz", f"{files}/bad0/latents.npz"], "f.npz").models) == [
        *("good0", "bad0")
    ]
    (files / "z.npz").write_bytes(b"")
    assert list(find_sources([f"{files}/z.npz", f"{files}/factors.npz"], "f.npz").models) == ["z", "factors"]


@pytest.mark.parametrize(
    ("models", "names"),
    [
        (["old/s*/latents.npz", "new/s*/latents.npz"], ["old", "new"]),
        (["old/**/latents.npz", "new/**/latents.npz"], ["old", "new"]),
        (["old/s0/latents.npz", "new/s0/latents.npz"], ["old", "new"]),
        (["/runs/old/s0/a.npz", "/runs/new/s0/a.npz", "/runs/old/s1/a.npz"], ["old/s0", "new/s0", "old/s1"]),
        (["old/s*.npz", "new/s*.npz"], ["old", "new"]),
        (["runs/old*.npz", "runs/new*.npz"], ["old*", "new*"]),
        (["latents.npz:mean", "latents.npz:sample"], ["mean", "sample"]),
        (["a.npz", "a.csv"], ["a.npz", "a.csv"]),
        (["old/latents.npz", "latents.npz"], ["old/latents.npz", "latents.npz"]),
        (["same.npz", "same.npz"], ["same.npz", "same.npz"]),
    ],
)
def test_a_model_is_named_by_what_tells_its_files_apart(models, names):
    assert names_of_files(models) == names


def test_the_names_of_patterns_are_in_the_result(files):
    for way, name in (("old", "good"), ("new", "bad")):
        for seed in range(3):
            (files / way / f"s{seed}").mkdir(parents=True)
            (files / f"{name}{seed}" / "latents.npz").rename(files / way / f"s{seed}" / "latents.npz")
    patterns = [f"{files}/{way}/s*/latents.npz" for way in ("old", "new")]
    code, out, _ = run(*patterns, files / "factors.npz", "-f", "json")
    assert (code, json.loads(out)["a"], json.loads(out)["b"]) == (0, "old", "new")
    table = files / "scores.csv"
    table.write_text("file,mig\n" + "".join(f"{way}/s{s}.npz,0.{s}\n" for way in ("old", "new") for s in (1, 2, 3)))
    code, out, _ = run("--scores", table, "old/*", "new/*", "-f", "json")
    assert (code, json.loads(out)["a"], json.loads(out)["b"]) == (0, "old", "new")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ([], "two models or more"),
        (["{0}/good0/latents.npz"], "two models or more"),
        (["{0}/good0/latents.npz", "{0}/bad*/latents.npz", "{0}/factors.npz"], "of all models, or of none"),
        (["{0}/good0/latents.npz", "{0}/no.npz", "{0}/factors.npz"], "no file"),
        (["{0}/good0/latents.npz", "{0}/bad0/latents.npz", "{0}/factors.npz", "--paired"], "always paired"),
        (["{0}/good0/latents.npz", "{0}/bad0/latents.npz", "{0}/factors.npz", "--by", "beta"], "--by has no meaning"),
        (["{0}/good0/latents.npz", "{0}/bad0/latents.npz", "{0}/factors.npz", "--test", "t"], "bootstrap"),
        (["a={0}/good0/latents.npz", "a={0}/bad0/latents.npz", "{0}/factors.npz"], "NAME=FILE"),
        (["--scores", SWEEP, "--by", "beta", "--protocol", "locatello2019"], "--protocol has no meaning"),
        (["--scores", SWEEP, "--by", "beta", "--n-boot", "9"], "--n-boot has no meaning"),
        (["--scores", SWEEP, "--by", "beta", "--baseline", "3"], "not among"),
        (["--scores", SWEEP, "--by", "beta", "-f", "html"], "html"),
        (["--scores", SWEEP, "--by", "beta", "-o", SWEEP], "overwrite"),
        (["--scores", SWEEP, "--by", "beta", "--plot", "{0}/p.gif"], "Use one of"),
        (["--scores", SWEEP, "--by", "beta", "-m", "mgi"], "mgi"),
    ],
)
def test_bad_usage_is_a_message_and_code_2(files, args, text):
    code, out, err = run(*(arg.format(files) for arg in args))
    assert (code, out) == (2, "")
    assert text in " ".join(err.split())
    assert "Traceback" not in err


def test_tests_of_rows_and_of_seeds_are_offered():
    assert offered("compare", "--test", "") == [*OF_ROWS, *OF_SEEDS]
    assert offered("compare", "-f", "l") == ["latex"]
