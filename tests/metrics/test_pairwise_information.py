"""Pairwise information: closed forms, what correlations miss, and notes whose advice helps."""

import numpy as np
import pytest

from disentangle_metrics import InputError, OptionError, Posterior, Representation, evaluate, mig, pairwise_information


def said(score, words):
    return [note for note in score.notes if words in note]


def grid(*sizes):
    return np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1)


def test_a_grid_scores_nothing_and_copies_their_entropy():
    z = grid(5, 5, 4)
    assert pairwise_information(z) == pytest.approx(0, abs=1e-14)
    twice = np.column_stack([z[:, 0], 3 - z[:, 0], z[:, 2]])
    score = pairwise_information(twice)
    assert score == pytest.approx(np.log(5) / 3)
    same = [np.log(5), np.log(5), 0]
    np.testing.assert_allclose(score.matrix, [same, same, [0, 0, np.log(4)]], atol=1e-14)
    for normalizer in ("geometric", "arithmetic", "min", "max"):
        assert pairwise_information(twice, normalizer=normalizer) == pytest.approx(1 / 3)


def test_a_circle_is_seen_though_its_latents_are_not_correlated():
    angle = 2 * np.pi * np.arange(20_000) / 20_000
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    report = evaluate(circle, metrics=["total_correlation", "pairwise_information"])
    assert report["total_correlation"] == pytest.approx(0, abs=1e-10)
    assert report["pairwise_information"] > 1.5


def test_dependence_of_three_latents_at_once_is_not_seen():
    bits = grid(2, 2)
    z = np.tile(np.column_stack([bits, bits.sum(axis=1) % 2]), (50, 1))
    assert pairwise_information(z, n_bins=2) == pytest.approx(0, abs=1e-14)


def test_inactive_latents_are_left_out_or_count_as_0():
    z = np.column_stack([grid(4, 4) @ [[1, 1], [0, 1]], np.ones(16)])
    alone = pairwise_information(z[:, :2])
    assert pairwise_information(z) == alone > 0.1
    assert pairwise_information(z, inactive="keep") == pytest.approx(alone / 3)
    assert said(pairwise_information(z), "1 of 3 latents is constant")
    score = pairwise_information(z[:, 1:])
    assert score == 0
    assert said(score, "fewer than two latents vary")


def test_unused_latents_are_left_out_if_asked_for():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(3000, 3))
    z[:, 1] += z[:, 0]
    z[:, 2] *= 1e-3
    assert pairwise_information(z, inactive="collapsed") == pairwise_information(z[:, :2])
    assert pairwise_information(z) < pairwise_information(z[:, :2])


def test_monotone_maps_do_not_matter_to_quantile_bins():
    z = np.random.default_rng(0).normal(size=(500, 3)) @ [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    by_rank = pairwise_information(z, discretizer="quantile", n_bins=8)
    assert pairwise_information(np.exp(z), discretizer="quantile", n_bins=8) == by_rank


def test_bins_are_those_of_mig():
    z = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    v = np.arange(300) % 3
    for options in ({"n_bins": 6}, {"n_bins": "auto"}, {"discretizer": "kmeans", "n_bins": 4}):
        score, other = pairwise_information(z, **options), mig(z, v, **options)
        assert score.settings.get("bins_per_latent") == other.settings.get("bins_per_latent")
    codes = np.digitize(z[:, 1].astype(float), np.histogram_bin_edges(z[:, 1].astype(float), 6)[1:-1])
    information = mig(z, codes, n_bins=6, factor_kinds="categorical").matrix[:, 0]
    np.testing.assert_allclose(pairwise_information(z, n_bins=6).matrix[:, 1], information, atol=1e-12)


def test_weights_are_so_many_rows():
    z, weight = np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) % 3 + 1
    again = pairwise_information(np.repeat(z, weight, axis=0))
    assert pairwise_information(z, sample_weight=weight) == pytest.approx(float(again), abs=1e-12)
    with pytest.raises(InputError, match="entropy='jackknife' is made for counts of rows"):
        pairwise_information(z, sample_weight=weight / 2, entropy="jackknife")


# --- notes


def test_few_rows_are_told_and_what_the_note_advises_helps():
    z = np.random.default_rng(0).normal(size=(3000, 5))
    score = pairwise_information(z)
    [note] = said(score, "few rows for so many bins: independent latents would score about 0.0")
    assert float(note.split("about ")[1].split(" ")[0]) == pytest.approx(float(score), rel=0.3)
    assert "Take entropy='nsb'" in note
    assert pairwise_information(z, entropy="nsb") < score / 5
    corrected = evaluate(z, metrics="pairwise_information", confidence=0.95, n_boot=50)["pairwise_information"]
    assert corrected.interval.center < score / 10
    assert corrected.interval.low == 0
    assert not said(pairwise_information(z, n_bins=3, entropy="miller-madow"), "few rows")
    assert said(pairwise_information(z[:200]), "few rows")
    assert pairwise_information(z[:200], entropy="nsb") < pairwise_information(z[:200]) / 5


def test_negative_estimates_are_told():
    z = np.random.default_rng(1).uniform(size=(5000, 4))
    score = pairwise_information(z, entropy="miller-madow")
    mutual = score.matrix[np.triu_indices(4, 1)]
    assert said(score, f"{(mutual < 0).sum()} of 6 information estimates are negative")
    assert score == pytest.approx(max(mutual.mean(), 0))


def test_codes_that_share_bins_are_told_and_unique_helps():
    rng = np.random.default_rng(0)
    codes = rng.integers(60, size=20_000)
    z = np.column_stack([rng.permutation(60)[codes], codes]).astype(float)
    [note] = said(pairwise_information(z), "latents are whole numbers, up to 60 different ones, and share 20 bins")
    assert "discretizer='unique'" in note
    assert pairwise_information(z, discretizer="unique") == pytest.approx(np.log(60), abs=0.01)


def test_samples_of_the_posterior_are_told_apart_from_means():
    z = np.random.default_rng(0).normal(size=(3000, 3)) @ [[1, 1, 0], [0, 0.3, 0], [0, 0, 1]]
    logvar = np.broadcast_to([0.0, -1.0, 0.0], z.shape)
    samples = z + np.exp(logvar / 2) * np.random.default_rng(1).normal(size=z.shape)
    for own in (samples, None):
        [note] = said(
            pairwise_information(Posterior(z, logvar, np.arange(3000) % 3, samples=own)), "samples from it score"
        )
        exact = 1e-4 if own is not None else 0.03
        assert float(note.rsplit(" ", 1)[1]) == pytest.approx(float(pairwise_information(samples)), abs=exact)


def test_what_cannot_be_binned_is_refused():
    with pytest.raises(InputError, match="latent 'z1'"):
        pairwise_information(np.column_stack([np.arange(9.0), [1.0] * 8 + [1.0 + 2e-16]]))
    with pytest.raises(OptionError, match="normalizer"):
        pairwise_information(np.eye(4), normalizer="log")
    assert isinstance(
        pairwise_information(Representation(np.eye(4), latent_names=list("abcd"))).to_frame().loc["a", "b"], float
    )
