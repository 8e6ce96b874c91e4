"""What a shell offers for a word."""

import pytest
from shell import NAMES, offered

from disentangle_metrics import PROTOCOLS, list_metrics
from disentangle_metrics.registry import GROUPS


def test_kinds_are_completed_after_a_name_too():
    from disentangle_metrics.cli import complete

    assert complete.kinds("c") == ["categorical", "circular", "continuous", "circular:"]
    assert complete.kinds("hue=ord") == ["hue=ordinal"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [""],
            ["score", "batch", "compare", "explain", "curve", "list", "show", "encode", "sweep", "train", "traverse"],
        ),
        (["score", "z.npz", "-m", ""], [*NAMES, *GROUPS]),
        (["score", "z.npz", "-m", "mig,q"], ["mig,quick"]),
        (["compare", "z.npz", "-m", "co"], ["counts"]),
        (["score", "z.npz", "-m", "s"], [name for name in NAMES if name.startswith("s")]),
        (["score", "z.npz", "--protocol", "lo"], ["locatello2019", "locatello2019-continuous"]),
        (["score", "z.npz", "--format", ""], ["table", "json", "csv", "markdown", "latex"]),
        (["score", "z.npz", "--set", "mig.n"], ["mig.n_bins=", "mig.normalizer="]),
        (
            ["score", "z.npz", "--set", "mig.discretizer."],
            [f"mig.discretizer.{n}=" for n in ("range", "quantiles", "edges")],
        ),
        (["score", "z.npz", "--set", "sap.probe.m"], ["sap.probe.max_depth=", "sap.probe.min_samples_leaf="]),
        (["score", "z.npz", "--fail-under", ""], [f"{name}=" for name in NAMES]),
        (["show", ""], [*NAMES, *GROUPS, *PROTOCOLS]),
    ],
    ids=lambda value: " ".join(value),
)
def test_the_shell_offers(words, expected):
    assert offered(*words) == expected


def test_the_shell_offers_every_option_to_set_but_arrays():
    assert offered("score", "z.npz", "--set", "") == [
        f"{spec.name}.{option}=" for spec in list_metrics() for option in spec.options if option != "sample_weight"
    ]
