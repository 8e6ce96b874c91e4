"""The words that the shell offers on the tab key, made of the declarations of options."""

from disentangle_metrics.cli import complete
from disentangle_metrics.kernels.entropy.table import ENTROPIES
from disentangle_metrics.registry import list_metrics


def test_options_of_every_metric_are_offered():
    offered = complete.settings("")
    wanted = {f"{spec.name}.{option}=" for spec in list_metrics() for option in spec.options}
    assert {name for name in wanted if not name.endswith(".sample_weight=")} <= set(offered)
    assert complete.settings("mig.n_") == ["mig.n_bins="]


def test_after_the_sign_the_names_of_the_option_are_offered():
    assert complete.settings("mig.entropy=") == [f"mig.entropy={name}" for name in ENTROPIES]
    assert complete.settings("mig.entropy=mi") == ["mig.entropy=miller-madow", "mig.entropy=minimax"]
    assert complete.settings("mig.n_bins=") == ["mig.n_bins=auto"]
    assert complete.settings("mig.nothing=") == []


def test_after_two_dots_the_parameters_of_its_strategies_are_offered():
    assert complete.settings("sap.probe.max") == ["sap.probe.max_depth="]
    assert complete.settings("mig.entropy.") == ["mig.entropy.alpha="]


def test_arrays_that_no_shell_can_write_are_not_offered():
    assert not [word for word in complete.settings("") if "sample_weight" in word]
