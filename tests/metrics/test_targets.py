"""``targets``: the lead of the latent that the user names, by the matrix of each metric."""

import numpy as np
import pytest
from shell import run

import disentangle_metrics as dm
from disentangle_metrics.data.targets import resolve_targets
from disentangle_metrics.reductions.gaps import gap_of_targets, top_two_gap
from disentangle_metrics.registry import list_metrics

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.errors.DisentangleWarning")

SPECS = [spec for spec in list_metrics() if {"targets", "select_on"} <= set(spec.options)]
every_metric = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def example(seed=0, n=300):
    rng = np.random.default_rng(seed)
    v = rng.integers(0, 3, (n, 2))
    z = np.column_stack([v[:, 0], v[:, 0], v[:, 1]]) + rng.normal(size=(n, 3)) * [0.2, 1.0, 0.3]
    return z, v


def test_the_lead_of_a_target_is_over_the_best_of_the_others():
    matrix = np.array([[0.5, -0.2, 0.1], [0.9, 0.4, 0.1], [0.2, -0.3, 0.7]])
    np.testing.assert_allclose(gap_of_targets(matrix, (0, 1, -1)), [0.5 - 0.9, 0.4 - 0.0, 0.7 - 0.1])
    np.testing.assert_allclose(gap_of_targets(np.stack([matrix, matrix[::-1]]), (2, 1, 0))[1], [0.5 - 0.9, 0.4, 0.6])
    np.testing.assert_array_equal(gap_of_targets(matrix, None), top_two_gap(matrix))


@every_metric
def test_the_gap_is_that_of_the_named_latent(spec):
    z, v = example()
    best = spec.function(z, v)
    whole = top_two_gap(best.matrix)[0] / best.per_factor[0]  # what a lead is a share of
    for j in range(3):
        score = spec.function(z, v, targets={"v0": j})
        lead = (best.matrix[j, 0] - np.delete(best.matrix[:, 0], j).max()) / whole
        np.testing.assert_allclose(score.per_factor, [lead, best.per_factor[1]], atol=1e-12)
        assert (score.per_factor[0] < 0) == any("another latent knows more of v0 than" in note for note in score.notes)


@every_metric
def test_the_best_latent_as_a_target_changes_nothing(spec):
    z, v = example()
    best = spec.function(z, v)
    score = spec.function(z, v, targets={f"v{k}": int(best.matrix[:, k].argmax()) for k in range(2)})
    np.testing.assert_allclose(score.per_factor, best.per_factor, atol=1e-12)


@every_metric
def test_names_indices_and_text_are_one_signature(spec):
    z, v = example()
    spellings = [{"v0": "z1"}, {"v0": 1}, {"v0": np.int64(1)}, ["v0=z1"]]
    signatures = {spec.function(z, v, targets=targets).signature for targets in spellings}
    assert len(signatures) == 1
    assert "|targets:v0=z1|" in signatures.pop()


@every_metric
def test_the_signature_makes_the_number_again_whatever_the_names(spec):
    z, v = example()
    data = dm.Representation(z, v, latent_names=["a=b", "c,d|", 'q"'], factor_names=["x y", "k=v"])
    score = spec.function(data, targets={"k=v": "c,d|", "x y": 'q"'})
    again = dm.rescore(score.signature, data)[spec.name]
    assert again == score
    assert again.signature == score.signature


@every_metric
def test_groups_of_latents_can_be_targets(spec):
    z, v = example()
    score = spec.function(z, v, latent_groups={"pair": [0, 1], "last": [2]}, targets={"v1": "last", "v0": "pair"})
    assert (score.per_factor > 0).all()
    with pytest.raises(dm.OptionError, match=r"latent 'z0'.*Use one of \['pair', 'last'\]"):
        spec.function(z, v, latent_groups={"pair": [0, 1], "last": [2]}, targets={"v1": "z0"})


@every_metric
def test_the_interval_covers_a_negative_gap_and_chance_is_about_nothing(spec):
    z, v = example(n=600)
    options = {spec.name: {"targets": {"v0": "z1", "v1": "z0"}}}
    report = dm.evaluate(
        z, v, spec.name, options=options, confidence=0.95, n_boot=60, chance=True, n_permutations=8, ceiling=True
    )
    score = report[spec.name]
    assert score.interval.low < score < score.interval.high < 0
    assert abs(score.chance) < 0.1
    assert score.ceiling is None
    assert any("the perfect representation has others" in note for note in score.notes)


def test_evaluate_and_the_shell_take_targets_for_all_metrics(tmp_path):
    z, v = example()
    report = dm.evaluate(z, v, targets={"v0": "z1"})
    assert report["mig"] == dm.mig(z, v, targets={"v0": "z1"})
    assert report["sap"] == dm.sap(z, v, targets={"v0": "z1"})
    np.savez(tmp_path / "z.npz", latents=z)
    np.savez(tmp_path / "v.npz", factors=v)
    out = run("score", tmp_path / "z.npz", tmp_path / "v.npz", "--target", "v0=z1")
    assert f"mig = {report['mig']:.4f}" in out.stdout
    assert f"sap = {report['sap']:.4f}" in out.stdout


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"v9": "z0"}, r"names the factor 'v9', and there is none. Use one of \['v0', 'v1'\]"),
        (
            {"v0": "z9"},
            "names the latent 'z9' for factor 'v0', and there is none. .* or an index from 0 to 2",
        ),
        ({"v0": 3}, "names the latent 3"),
        ({"v0": -1}, "names the latent -1"),
        ({"v0": True}, "names the latent True"),
        ({}, "is not a mapping from factors to latents"),
        ("v0=z1", "is not a mapping"),
        (["z1"], "is not a mapping"),
        (7, "is not a mapping"),
        ([], "is not a mapping"),
        (["v0=z1", "v0=z2"], "names a factor twice"),
    ],
)
def test_targets_that_cannot_be_are_refused(targets, message):
    with pytest.raises(dm.OptionError, match=message):
        resolve_targets(targets, ("v0", "v1"), ("z0", "z1", "z2"))


@every_metric
def test_rows_cannot_choose_the_latents_too(spec):
    z, v = example()
    with pytest.raises(dm.OptionError, match="select_on='half' chooses them on rows"):
        spec.function(z, v, targets={"v0": 1}, select_on="half")


@every_metric
def test_a_copy_of_the_target_is_a_tie_and_no_lead_of_another(spec):
    rng = np.random.default_rng(0)
    v = rng.integers(0, 5, (1000, 2))
    z = v + 0.3 * rng.normal(size=(1000, 2))
    score = spec.function(
        np.column_stack([z[:, 0], -z[:, 0], z[:, 1]]),
        v,
        targets={"v0": 0},
        **({"probe": "r2"} if "probe" in spec.options else {}),
    )
    assert score.per_factor[0] == 0
    assert not any("another latent" in note for note in score.notes)


def test_a_factor_that_is_taken_apart_has_a_target_for_each_value():
    z, v = example()
    with pytest.raises(
        dm.OptionError, match=r"which one_hot=True takes apart\. Name a value of it, for example 'v0=0'"
    ):
        dm.mig(z, v, one_hot=True, targets={"v0": 1})
    assert dm.mig(z, v, one_hot=True, targets={"v0=0": 1}).per_factor[0] != dm.mig(z, v, one_hot=True).per_factor[0]
