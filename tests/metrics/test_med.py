"""MED against closed forms and an oracle written from the equation; the most disentangled latents, degenerate data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from scipy.stats import entropy
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import DegenerateFactorWarning, InactiveLatentWarning, InputError, med, mig

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
D, C = "med.disentanglement", "med.completeness"


def by_hand(mutual, varying):
    """Both scores from mutual information (d, k), and the factors that vary."""
    shares = np.array([row / row.sum() if row.sum() > 0 else row for row in mutual[:, varying].T]).T
    d, k = shares.shape
    apart = [1 - entropy(row, base=k) if row.sum() > 0 else 0.0 for row in shares]
    whole = [1 - entropy(column, base=d) if column.sum() > 0 else 0.0 for column in shares.T]
    rows = shares.sum(axis=1)
    return float(np.dot(apart, rows) / rows.sum()) if rows.sum() > 0 else 0.0, float(np.mean(whole))


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5, 4], size=(600, 3))
    return np.column_stack([v[:, 0], v[:, 1] + v[:, 2], v[:, 2] + rng.normal(size=600), rng.normal(size=600)]), v


@quiet
@settings(max_examples=50)
@given(data=labelled())
def test_the_equation_written_out(data):
    z, v = data
    varying = [k for k, column in enumerate(v.T) if len(set(column)) > 1]
    assume(len(varying) > 1)
    mutual = np.array(mig(z, v).matrix)
    mutual[mutual < 1e-12] = 0.0
    assume(mutual.sum() > 0)
    report = med(z, v, inactive="keep")
    assert (report[D], report[C]) == pytest.approx(by_hand(mutual, varying), abs=1e-6)


def test_closed_forms():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    perfect, twice = med(v, v, n_bins=2), med(np.hstack([v, v]), v, n_bins=2)
    assert (perfect[D], perfect[C]) == (1.0, 1.0)
    assert (twice[D], twice[C]) == pytest.approx((1.0, 1 - np.log(2) / np.log(4)))
    both = np.column_stack([2 * v[:, 0] + v[:, 1], v[:, 1]])
    report = med(both, v, n_bins=4)  # shares (1, 1/2) and (0, 1/2)
    rows = 1 - entropy([2, 1], base=2), 1.0
    assert report[D] == pytest.approx((1.5 * rows[0] + 0.5 * rows[1]) / 2)
    assert report[C] == pytest.approx((1 + 0) / 2)
    np.testing.assert_allclose(report[D].matrix, [[1, 0.5], [0, 0.5]], atol=1e-12)


def test_latents_without_information():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    either = (v[:, :1] + v[:, 1:]) % 2
    with pytest.warns(InactiveLatentWarning):
        report = med(np.ones((4, 2)), v, n_bins=2)
    assert report[D] == report[C] == 0.0
    nothing = med(np.hstack([either, 1 - either]), v, n_bins=2)
    assert nothing[D] == pytest.approx(0.0, abs=1e-12)
    beside = med(np.hstack([v, either]), v, n_bins=2)
    assert beside[D] == beside[C] == 1.0


def test_inactive_latents_are_no_place_that_a_factor_could_be_in(arrays):
    z, v = arrays
    report, dead = med(z, v), np.column_stack([z, np.full(len(z), 3.7)])
    again, kept = med(dead, v), med(dead, v, inactive="keep")
    assert (again[D], again[C]) == (report[D], report[C])
    assert kept[D] == pytest.approx(report[D])
    assert 1 - kept[C] == pytest.approx((1 - report[C]) * np.log(4) / np.log(5))
    assert np.isnan(again[D].per_latent[4])
    assert any("inactive" in note for note in again[D].notes)
    hair = med(np.column_stack([z, z[:, 0] * 1e-3]), v, inactive="collapsed")
    assert (hair[D], hair[C]) == pytest.approx((report[D], report[C]))


def test_groups_of_inactive_latents(arrays):
    z, v = arrays
    dead = np.column_stack([z, np.ones((len(z), 2))])
    groups = [["z0"], ["z1"], ["z2"], ["z3"], ["z4", "z5"]]
    assert med(dead, v, latent_groups=groups)[C] == pytest.approx(med(z, v)[C])
    assert med(dead, v, latent_groups=groups, inactive="keep")[C] > med(z, v)[C]


def test_a_constant_factor_changes_nothing(arrays):
    z, v = arrays
    with pytest.warns(DegenerateFactorWarning):
        report = med(z, np.column_stack([v, np.ones(len(v))]))
    assert (report[D], report[C]) == pytest.approx((med(z, v)[D], med(z, v)[C]))
    assert np.isnan(report[C].per_factor[3])


def test_one_factor_has_no_disentanglement(arrays):
    z, v = arrays
    report = med(z, v[:, :1])
    assert list(report) == [C]
    assert "only 'v0' varies" in report.left_out[D]
    assert dm.evaluate(z, v[:, :1], C)[C] == report[C]  # the advice of the next error
    with pytest.raises(InputError, match=rf"only 'v0' varies.*These data have a score by {C}"):
        dm.evaluate(z, v[:, :1], "med")
    with pytest.raises(InputError, match=rf"These data have a score by {C}"):
        dm.get_metric(D).function(z, v[:, :1])


def test_one_latent_is_an_error(arrays):
    z, v = arrays
    with pytest.raises(dm.ShapeError, match="at least two latents"):
        med(z[:, :1], v)


def test_the_most_disentangled_latents(arrays):
    z, v = arrays
    rng = np.random.default_rng(1)
    many = np.hstack([z, rng.normal(size=(600, 20)), v[:, :1] + 0.01 * rng.normal(size=(600, 1))])
    one, two, every = med(many, v, top_k=1), med(many, v, top_k=2), med(many, v)
    assert one[D] > every[D]
    assert np.count_nonzero(one[D].recipe.weights) <= 3 < np.count_nonzero(two[D].recipe.weights) <= 6
    np.testing.assert_array_equal(one[D].per_latent, every[D].per_latent)
    assert "|top_k:1|" in one[C].signature
    everything = med(many, v, top_k=100)
    assert (everything[D], everything[C]) == pytest.approx((every[D], every[C]))
    with pytest.raises(dm.OptionError, match="top_k"):
        med(many, v, top_k=0)


def test_the_note_on_few_rows_says_what_its_advice_gives():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(1600, 5))
    z = v + 0.1 * rng.normal(size=v.shape)
    for name, score in med(z, v).items():
        [note] = [note for note in score.notes if "miller-madow" in note]
        better = med(z, v, entropy="miller-madow")[name]
        assert note.endswith(f"the score is {better:.2f}")
        assert "lowers the score" in note
        assert score < 0.95 < better
        assert not any("miller-madow" in note for note in better.notes)
    noise = med(rng.normal(size=(1600, 5)), v)
    assert noise[D] < 0.02
    assert not any("which corrects it" in note for note in noise[D].notes)


def test_everything_that_stands_beside_a_score(arrays):
    report = dm.evaluate(*arrays, metrics="med", confidence=0.95, n_boot=50, chance=True, ceiling=True)
    for score in report.values():
        assert score.interval.low <= score.interval.center <= score.interval.high
        assert score.null.method == "recounted"
        assert score.chance < 0.2
        assert score.ceiling.value > 0.6
    top = dm.evaluate(*arrays, metrics="med", options={"med": {"top_k": 1}}, confidence=0.95, n_boot=20)
    assert all(score.interval.low <= score.interval.high for score in top.values())
