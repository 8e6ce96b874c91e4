"""MIG by other bins than the default's: closed forms, the oracle of the equation, laws, and what one far row does."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import Edges, InputError, OptionError, Representation, Uniform, evaluate, mig
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
EVERY = ["uniform", "quantile", "kmeans", Uniform(range=(-1, 1)), Uniform(quantiles=(0, 1)), Edges((-1, 0, 0.5, 2))]
every_discretizer = pytest.mark.parametrize("discretizer", EVERY, ids=str)


def mig_by_hand(binned, factors):
    gaps = []
    for v in factors.T:
        first, second, *_ = sorted((mutual_info_score(z, v) for z in binned.T), reverse=True)
        gaps.append((first - second) / mutual_info_score(v, v))
    return gaps


@pytest.fixture(scope="module")
def code():
    """A nearly perfect code of two factors with five values, and the same with one row a hundred deviations away."""
    rng = np.random.default_rng(4)
    v = rng.integers(5, size=(2000, 2))
    z = v + rng.normal(scale=0.05, size=v.shape)
    return (z, v), (np.vstack([z, 100 * z.std(axis=0)]), np.vstack([v, [[0, 0]]]))


@pytest.mark.parametrize(
    ("discretizer", "n_bins"),
    [
        ("quantile", 20),
        ("kmeans", 20),
        (Uniform(quantiles=(0.01, 0.99)), 20),
        (Uniform(quantiles=(0.01, 0.99)), "auto"),
        (Uniform(range=(-0.5, 4.5)), 20),
        (Edges(np.arange(6) - 0.5), 20),
    ],
    ids=str,
)
def test_one_far_row_leaves_the_score_alone(discretizer, n_bins, code):
    clean, with_far_row = code
    before = mig(*clean, discretizer=discretizer, n_bins=n_bins)
    assert before > 0.9
    assert mig(*with_far_row, discretizer=discretizer, n_bins=n_bins) == pytest.approx(before, abs=0.005)
    assert mig(*with_far_row, n_bins=n_bins) < 0.5 < 0.9 < mig(*clean, n_bins=n_bins)


@quiet
@every_discretizer
@given(data=labelled(), n_bins=st.sampled_from([2, 5, "auto"]))
def test_information_is_at_most_either_entropy(discretizer, data, n_bins):
    latents, factors = data
    score = mig(latents, factors, discretizer=discretizer, n_bins=n_bins)
    of_factor = np.array([mutual_info_score(v, v) for v in factors.T])
    of_latent = np.array([mutual_info_score(z, z) for z in (4 * latents).astype(int).T])
    assert np.all(score.matrix <= np.minimum(of_factor, of_latent[:, None]) + 1e-12)
    assert np.all(score.matrix >= -1e-12)
    assert 0 <= score <= 1


@quiet
@every_discretizer
@given(data=labelled(), n_bins=st.sampled_from([3, "auto"]), seed=st.integers(0, 99))
def test_row_order_does_not_matter(discretizer, data, n_bins, seed):
    latents, factors = data
    order = np.random.default_rng(seed).permutation(len(latents))
    again = mig(latents[order], factors[order], discretizer=discretizer, n_bins=n_bins)
    assert again == pytest.approx(mig(latents, factors, discretizer=discretizer, n_bins=n_bins), abs=1e-12)


@quiet
@pytest.mark.parametrize("discretizer", ["uniform", "kmeans"])
@given(data=labelled(), n_bins=st.sampled_from([4, "auto"]), scale=st.sampled_from([0.25, 8.0]))
def test_scale_and_offset_do_not_matter(discretizer, data, n_bins, scale):
    latents, factors = data
    again = mig((latents + 3) * scale, factors, discretizer=discretizer, n_bins=n_bins)
    assert again == mig(latents, factors, discretizer=discretizer, n_bins=n_bins)


@quiet
@given(labelled(), st.sampled_from([np.exp, np.cbrt, lambda z: np.exp(3 * z), lambda z: 2 * z - 5]))
def test_monotone_maps_leave_quantile_bins_alone_and_their_number(data, warp):
    latents, factors = data
    found, again = (mig(z, factors, discretizer="quantile", n_bins="auto") for z in (latents, warp(latents)))
    assert found == again
    assert found.settings["bins_per_latent"] == again.settings["bins_per_latent"]


@quiet
@given(labelled())
def test_edges_equal_the_equation_on_digitized_values(data):
    latents, factors = data[0], data[1][:, [0]]
    edges = [np.linspace(-2, 2, 4 + j) for j in range(latents.shape[1])]
    binned = np.stack([np.digitize(z, e[1:-1]) for z, e in zip(latents.T, edges, strict=True)], axis=1)
    by_order = mig(latents, factors, discretizer=Edges(edges))
    np.testing.assert_allclose(by_order.per_factor, mig_by_hand(binned, factors), atol=1e-12)
    by_name = mig(latents, factors, discretizer=Edges({f"z{j}": e for j, e in reversed(list(enumerate(edges)))}))
    assert float(by_name) == float(by_order)


@quiet
@given(labelled(max_rows=60))
def test_auto_equals_the_equation_with_numpys_numbers(data):
    latents, factors = data[0], data[1][:, [0]]
    score = mig(latents, factors, n_bins="auto")
    binned = []
    for z, number in zip(latents.T, score.settings["bins_per_latent"], strict=True):
        binned.append(np.digitize(z, np.histogram(z, number)[1][:-1]))
    np.testing.assert_allclose(score.per_factor, mig_by_hand(np.stack(binned, axis=1), factors), atol=1e-12)


def test_edges_on_paper():
    # z0 tells 0, 1 from 2, 3: log 2 of log 4; z1 nothing
    z, v = np.column_stack([np.arange(4.0), np.zeros(4)]), np.arange(4)
    assert mig(z, v, discretizer=Edges((0, 2, 3))) == pytest.approx(0.5, abs=1e-15)
    assert mig(z, v, discretizer=Edges((0, 1, 2, 3, 3.5))) == pytest.approx(1.0, abs=1e-15)


def test_kmeans_finds_groups_that_equal_widths_cut_through():
    v = np.repeat(np.arange(3), 50)
    rng = np.random.default_rng(0)
    z = np.column_stack([np.array([0.0, 1.0, 30.0])[v] + rng.normal(scale=0.05, size=150), rng.normal(size=150)])
    assert mig(z, v, discretizer="kmeans", n_bins=3).matrix[0, 0] == pytest.approx(np.log(3))
    assert mig(z, v, n_bins=3).matrix[0, 0] < 0.7


def test_the_numbers_chosen_are_recorded_and_the_signature_says_auto(example):
    score = mig(example, n_bins="auto")
    assert score.signature.startswith("mig|discretizer:uniform|n_bins:auto|entropy:plugin|")
    numbers = score.settings["bins_per_latent"]
    widths = [np.histogram_bin_edges(z.astype(float), "fd") for z in example.latents.T]
    assert numbers == tuple(min(len(edges) - 1, 100) for edges in widths)
    assert json.loads(json.dumps(score.to_dict()))["settings"]["bins_per_latent"] == list(numbers)
    assert "bins_per_latent" not in mig(example).settings


def test_one_number_for_all_latents_is_the_same_as_given(example):
    score = mig(example, discretizer="quantile", n_bins="auto")
    assert score.settings["bins_per_latent"] == (22,) * 10
    assert score == mig(example, discretizer="quantile", n_bins=22)


@pytest.mark.parametrize("discretizer", ["unique", Edges((0, 1, 2))], ids=str)
def test_a_number_of_bins_that_is_not_used_is_not_recorded(discretizer):
    v = np.arange(12) % 3
    z = np.column_stack([v, np.arange(12) // 3])
    scores = [mig(z, v, discretizer=discretizer, n_bins=n_bins) for n_bins in (5, "auto")]
    assert scores[0] == scores[1]
    assert all(score.settings["n_bins"] is None and "n_bins" not in score.signature for score in scores)


def test_edges_are_recorded_in_full():
    v = np.arange(30)[:, None] % 3
    z = np.column_stack([v, np.arange(30)])
    given_edges = {"z0": list(range(9)), "z1": [0, 15, 30]}
    settings = mig(z, v, discretizer=Edges(given_edges)).to_dict()["settings"]
    assert settings["edges"] == given_edges
    assert settings["discretizer"].startswith("Edges(2 latents, sha256 ")


def test_a_callable_is_given_the_number_that_was_chosen(example):
    asked = []

    def cut(values, n_bins):
        asked.append(n_bins)
        return discretize_uniform(values, n_bins)

    score = mig(example, discretizer=cut, n_bins="auto")
    assert asked == list(score.settings["bins_per_latent"])
    assert score == mig(example, n_bins="auto")


def test_numbers_are_chosen_on_all_rows_where_labels_are_missing():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(400, 2)), rng.integers(3, size=(400, 2)).astype(float)
    v[100:, 1] = np.nan
    score = mig(z, v, n_bins="auto")
    first, second = score.settings["bins_per_latent"]
    edges = [np.histogram(z[:100, j], n)[1] for j, n in enumerate((first, second))]
    binned = np.stack([np.digitize(z[:100, j], e[:-1]) for j, e in enumerate(edges)], axis=1)
    assert score.per_factor[1] == pytest.approx(mig_by_hand(binned, v[:100, [1]])[0], abs=1e-12)


def test_values_outside_are_noted():
    v = np.arange(12) % 3
    z = np.column_stack([v, np.arange(12)])
    for discretizer in (Edges((0, 1, 5)), Uniform(range=(0, 5))):
        (note,) = [n for n in mig(z, v, discretizer=discretizer).notes if "outside" in n]
        assert note.startswith("latent 'z1' (column 1) has 6 of 12 values outside the bins")
    for discretizer in (Edges((-np.inf, 1, np.inf)), Uniform(quantiles=(0.1, 0.9))):
        assert not any("outside" in n for n in mig(z, v, discretizer=discretizer, n_bins=2).notes)


def test_kmeans_groups_are_found_once_for_several_calls(monkeypatch):
    from disentangle_metrics.kernels.discretizing import kmeans

    calls = []
    edges = kmeans.kmeans_edges
    monkeypatch.setattr(kmeans, "kmeans_edges", lambda *args: calls.append(1) or edges(*args))
    data = Representation(np.arange(12.0).reshape(6, 2), [0, 0, 1, 1, 2, 2])
    for entropy in ("plugin", "miller-madow"):
        mig(data, discretizer="kmeans", n_bins=3, entropy=entropy)
    assert len(calls) == 2


def test_a_latent_without_room_for_its_quantiles_is_named():
    z = np.column_stack([np.arange(400.0), np.arange(400) // 399])
    with pytest.raises(InputError, match=r"latent 'z1' \(column 1\): the quantiles \(0\.01, 0\.99\) of 400 values"):
        mig(z, np.arange(400) % 3, discretizer=Uniform(quantiles=(0.01, 0.99)), n_bins="auto")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"discretizer": Uniform}, "discretizer=Uniform is a class. Pass an instance"),
        ({"discretizer": Edges([(0, 1, 2)] * 3)}, "edges are given for 3 latents and there are 2"),
        ({"discretizer": "kmeans", "n_bins": 2000}, "n_bins=2000 is too many for discretizer='kmeans'"),
        ({"n_bins": "automatic"}, "n_bins='automatic' is not known. Use a whole number, or 'auto'"),
        ({"discretizer": "kmean"}, "Did you mean 'kmeans'"),
    ],
    ids=str,
)
def test_bins_that_cannot_be_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        mig(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1], **options)


@pytest.mark.parametrize(
    ("parameters", "discretizer"),
    [
        ({"quantiles": [0.01, 0.99]}, Uniform(quantiles=(0.01, 0.99))),
        ({"range": [-3, 3]}, Uniform(range=(-3, 3))),
        ({"name": "uniform"}, Uniform()),
        ({"edges": [-1, 0, 1]}, Edges((-1, 0, 1))),
        ({"edges": {f"z{j}": [-1, 0, 1] for j in range(10)}}, Edges([(-1, 0, 1)] * 10)),
    ],
    ids=str,
)
def test_parameters_in_a_mapping_make_the_discretizer(parameters, discretizer, example):
    score = evaluate(example, metrics="mig", options={"mig": {"discretizer": parameters}})["mig"]
    assert float(score) == float(mig(example, discretizer=discretizer))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"quantile": [0.01, 0.99]}, "fits no strategy with parameters.*Did you mean 'quantiles'"),
        ({"quantiles": [1, 99]}, "is not two rising numbers between 0 and 1"),
        ({"name": "edges"}, r"edges=\(\) are not edges of bins"),
        ({"name": "kmeans"}, "fits no strategy with parameters"),
    ],
    ids=str,
)
def test_parameters_that_fit_no_discretizer_are_refused(parameters, message, example):
    with pytest.raises(OptionError, match=message):
        evaluate(example, metrics="mig", options={"mig": {"discretizer": parameters}})


def test_a_protocol_says_what_was_changed_of_it(example):
    options = {"mig": {"discretizer": {"quantiles": [0.01, 0.99]}, "n_bins": "auto"}}
    score = evaluate(example, metrics="mig", protocol="locatello2019", options=options)["mig"]
    assert "protocol:locatello2019+discretizer:Uniform(quantiles=(0.01, 0.99))+n_bins:auto|" in score.signature
