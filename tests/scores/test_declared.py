"""The options of a call: checked, canonical, and declared, every one."""

import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics.kernels.entropy.table import ENTROPIES
from disentangle_metrics.options import Choice, Integer
from disentangle_metrics.registry import _METRICS, get_metric, list_metrics, register
from disentangle_metrics.scores.declared import SHARED, checked, declared

FACTS = {"measures": "compactness", "source": "nobody 2026", "range": (0.0, 1.0), "higher_is_better": True}


@pytest.fixture
def entered():
    """Enter a metric with an option that nobody declared, and one that it declares otherwise than all metrics."""

    def odd(latents, factors=None, *, unheard_of=1, degenerate="drop"):
        raise NotImplementedError

    yield lambda options: register(options=options, **FACTS)(odd)
    _METRICS.pop("odd", None)


def test_options_are_canonical_whatever_their_spelling():
    options = checked("mig", {**get_metric("mig").options, "entropy": "miller_madow", "n_bins": np.int64(9)})
    assert options["entropy"] == "miller-madow"
    assert type(options["n_bins"]) is int
    assert options.use("entropy") is ENTROPIES["miller-madow"]


def test_names_beside_the_options_are_ignored():
    given = {**get_metric("mig").options, "latents": 1, "factors": 2}
    assert list(checked("mig", given)) == list(get_metric("mig").options)


def test_none_is_a_value_only_where_it_is_the_default():
    options = get_metric("sap").options
    assert checked("sap", options)["cv"] is None
    with pytest.raises(dm.OptionError, match="n_repeats=None"):
        checked("sap", {**options, "n_repeats": None})


def test_an_option_without_a_declaration_is_named(entered):
    entered({})
    with pytest.raises(LookupError, match="'unheard_of' of odd is not declared"):
        declared(get_metric("odd"))


def test_a_declaration_of_the_metric_comes_before_the_shared_one(entered):
    entered({"unheard_of": Integer(low=1), "degenerate": Choice(names=("drop", "keep"))})
    assert declared(get_metric("odd"))["degenerate"].names == ("drop", "keep")
    assert declared(get_metric("mig"))["degenerate"] is SHARED["degenerate"]


@pytest.mark.parametrize("spec", list_metrics(), ids=lambda spec: spec.name)
def test_every_option_is_declared(spec):
    assert list(declared(spec)) == list(spec.options)


@pytest.mark.parametrize("spec", list_metrics(), ids=lambda spec: spec.name)
def test_every_default_is_allowed_and_in_canonical_form(spec):
    options = declared(spec)
    for name, default in spec.options.items():
        if default is not None:
            canonical = options[name].check(name, default)
            assert (canonical, type(canonical)) == (default, type(default))


def test_a_seed_without_effect_is_checked_too():
    v = np.arange(40)[:, None] // [20, 1] % 2
    with pytest.raises(dm.OptionError, match="random_state=-1"):
        dm.mig(v, v, random_state=-1)
