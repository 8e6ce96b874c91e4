"""Recipes: a score can be made again, and keeps neither copies of the data nor the work that metrics share."""

import gc
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest

from disentangle_metrics import Circular, OptionError, Posterior, Representation, evaluate, mig, mig_posterior, sap
from disentangle_metrics.scores.attachments import Context
from disentangle_metrics.uncertainty import with_context

BESIDE = Context(confidence=0.9, n_boot=10, chance=True, n_permutations=3, ceiling=True)


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(300, 2)).astype(float)
    z = np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=300)])
    v[:10, 1] = np.nan
    return z, v


OPTIONS = [
    (mig, {}),
    (mig, {"factor_kinds": ["ordinal", Circular(4)]}),
    (mig, {"estimator": "ksg", "factor_kinds": "continuous"}),
    (mig, {"select_on": "half", "n_bins": 4}),
    (mig, {"latent_groups": [(0, 1), (2,)]}),
    (sap, {}),
    (sap, {"n_repeats": 2, "random_state": None}),
    (sap, {"probe": "r2", "factor_kinds": "continuous"}),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("metric", "options"), OPTIONS, ids=lambda value: getattr(value, "__name__", None) or str(value)
)
def test_what_stands_beside_a_score_is_the_same_when_the_representation_is_gone(metric, options, arrays):
    data = Representation(*arrays)
    kept = metric(data, **options)
    alive = with_context(kept, BESIDE)
    gone = weakref.ref(data)
    del data
    gc.collect()
    assert gone() is None
    again = with_context(kept, BESIDE)
    for name in ("interval", "null", "ceiling", "notes"):
        np.testing.assert_equal(getattr(again, name), getattr(alive, name))


def test_a_posterior_is_made_again_with_its_variances(arrays):
    z, v = arrays
    logvar = np.full(z.shape, -1.0)
    score = mig_posterior(z, logvar, v)
    again = score.recipe.again(score.recipe.data)
    assert again == score
    assert isinstance(score.recipe.data, Posterior)


@pytest.mark.filterwarnings("ignore")
def test_a_score_made_again_of_its_own_rows_is_the_score(arrays):
    for metric, options in OPTIONS:
        if options.get("random_state", 0) is not None:
            score = metric(*arrays, **options)
            again = score.recipe.again(score.recipe.data)
            assert (again, again.signature) == (score, score.signature)


def test_kept_scores_hold_no_copies_of_the_data():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(20_000, 10)).astype(np.float32), rng.integers(8, size=(20_000, 5))
    mig(z, v)
    gc.collect()
    tracemalloc.start()
    kept = [mig(z, v) for _ in range(20)]
    gc.collect()
    each = tracemalloc.get_traced_memory()[0] / len(kept)
    tracemalloc.stop()
    assert each < 20_000  # the factors alone take 800,000 bytes
    assert kept[0].recipe.nbytes == z.nbytes + v.nbytes


def test_a_detached_score_keeps_no_data_alive(arrays):
    z, v = (array.copy() for array in arrays)
    score = mig(z, v)
    alive = weakref.ref(z)
    del z
    gc.collect()
    assert alive() is not None
    score = score.detach()
    gc.collect()
    assert alive() is None
    assert score.recipe is None
    with pytest.raises(OptionError, match="detached from its data"):
        with_context(score, BESIDE)


def test_a_pickle_leaves_the_recipe_behind(arrays):
    score = sap(*arrays)
    assert score.recipe is not None
    assert pickle.loads(pickle.dumps(score)).recipe is None


def test_what_stands_beside_a_score_counts_nothing_again_that_the_metric_counted(arrays, monkeypatch):
    from disentangle_metrics.statistics import binned_information as binned

    counted = []
    whole = binned._counts
    monkeypatch.setattr(binned, "_counts", lambda *args: counted.append(1) or whole(*args))
    evaluate(*arrays, metrics="mig", factor_kinds="ordinal", confidence=0.9, n_boot=5, chance=True, n_permutations=2)
    # once for each set of rows with labels by each entropy: plug-in and extrapolated
    assert len(counted) == 4
