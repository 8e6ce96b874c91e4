"""``dmetrics list`` and ``dmetrics show``."""

import json
import re

import pytest
from shell import NAMES, run

from disentangle_metrics import PROTOCOLS, get_metric, list_metrics


def in_json(value):
    return json.loads(json.dumps(value, default=list))


def test_list_names_every_metric_and_protocol():
    shown = run("list").stdout
    for name in [*(spec.name for spec in list_metrics()), *PROTOCOLS]:
        assert re.search(rf"^ *{name} ", shown, re.MULTILINE)


def test_list_as_json_holds_the_registry():
    found = json.loads(run("list", "--format", "json").stdout)
    assert {metric["name"]: metric["options"] for metric in found["metrics"]} == {
        spec.name: in_json(spec.options) for spec in list_metrics()
    }


def test_list_as_json_holds_the_protocols():
    found = json.loads(run("list", "-f", "json").stdout)
    assert {protocol["name"]: protocol["metrics"] for protocol in found["protocols"]} == {
        name: {metric: in_json(dict(options)) for metric, options in protocol.metrics.items()}
        for name, protocol in PROTOCOLS.items()
    }


def test_list_as_a_table_is_the_default():
    assert run("list").stdout == run("list", "-f", "table").stdout


@pytest.mark.parametrize("name", NAMES)
def test_show_describes_every_option_of_a_metric(name):
    shown = run("show", name).stdout
    for option in get_metric(name).options:
        assert re.search(rf"^{option} +\S+ +\S+", shown, re.MULTILINE), option


def test_show_names_the_parameters_of_strategies():
    assert "--set mig.discretizer.NAME=VALUE, where NAME is range, quantiles, edges" in run("show", "mig").stdout
    assert "--set sap.probe.NAME=VALUE, where NAME is max_depth, min_samples_leaf" in run("show", "sap").stdout


@pytest.mark.parametrize("name", NAMES)
def test_show_says_what_a_metric_is_and_where_it_comes_from(name):
    shown = " ".join(run("show", name).stdout.split())
    spec = get_metric(name)
    for text in (spec.summary, spec.measures, spec.source, f"--set {name}.OPTION=VALUE"):
        assert text in shown


@pytest.mark.parametrize("name", NAMES)
def test_show_leaves_no_markup_of_the_documentation(name):
    shown = run("show", name).stdout
    assert not re.findall(r":\w+:|``|\.\. math|\\frac|\\sum", shown)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_show_lists_every_setting_of_a_protocol(name):
    shown = run("show", name).stdout
    for metric, options in PROTOCOLS[name].metrics.items():
        for option in options:
            assert f" {metric}.{option} " in shown


def test_show_says_where_a_protocol_comes_from():
    assert "arXiv:1811.12359" in run("show", "locatello2019").stdout
