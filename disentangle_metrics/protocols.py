"""Published settings by name: ``mig(z, v, **PROTOCOLS["locatello2019"]["mig"])`` computes a paper's number.

Data only. Each entry names its source; ``tests/test_parity.py`` holds each to what its code printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .errors import OptionError, UnknownMetricError, nearest


@dataclass(frozen=True)
class Protocol:
    """Settings published together: where they come from, and what they are for each metric."""

    name: str
    source: str
    metrics: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, metric: str) -> Mapping[str, Any]:
        """Return the options of one metric, to splat into it."""
        if metric in self.metrics:
            return self.metrics[metric]
        known = sorted(self.metrics)
        raise OptionError(
            f"protocol {self.name!r} says nothing of {metric!r}; it has settings for {known}. "
            "Leave the metric or the protocol out."
        )


def _protocol(name: str, source: str, **metrics: Mapping[str, Any]) -> Protocol:
    frozen = {metric: MappingProxyType(dict(options)) for metric, options in metrics.items()}
    return Protocol(name, source, MappingProxyType(frozen))


_ALL = (
    # The notebook whose two functions this project grew from: our defaults, with its rule for constant factors.
    _protocol(
        "tutorial",
        "MIG by np.digitize on 20 equal-width bins; SAP by StandardScaler and one-vs-rest liblinear, C=0.1, 20 % test",
        mig={"discretizer": "uniform", "n_bins": 20, "normalizer": "factor", "degenerate": "zero"},
        sap={"probe": "logistic", "C": 0.1, "standardize": True, "test_size": 0.2, "degenerate": "zero"},
    ),
    # Its sampler draws 10,000 rows to train and 5,000 to test; on given arrays its code trains on the first 80 %.
    _protocol(
        "locatello2019",
        "Locatello et al. 2019, arXiv:1811.12359; disentanglement_lib 1.5, evaluation/metrics/mig.py and sap_score.py",
        mig={"discretizer": "uniform", "n_bins": 20, "normalizer": "factor", "factor_kinds": "categorical"},
        sap={
            "probe": "linear-svm",
            "C": 0.01,
            "class_weight": "balanced",
            "standardize": False,
            "test_size": 0.2,
            "shuffle": False,
            "factor_kinds": "categorical",
        },
    ),
    # Its script leaves dSprites' shape out, and its grid is the whole data set: leave that column out, and encode all.
    _protocol(
        "chen2018",
        "Chen et al. 2018, arXiv:1802.04942; beta-tcvae, disentanglement_metrics.py and metric_helpers/mi_metric.py",
        mig_posterior={"n_draws": 10_000, "normalizer": "log-cardinality", "factor_kinds": "categorical"},
    ),
)

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType({protocol.name: protocol for protocol in _ALL})


def get_protocol(name: str) -> Protocol:
    """Return the protocol called `name`.

    Raises
    ------
    UnknownMetricError
        If there is none.

    Examples
    --------
    >>> get_protocol("locatello2019")["mig"]["n_bins"]
    20
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    raise UnknownMetricError(
        f"protocol {name!r} is not known. Use one of {sorted(PROTOCOLS)}.{nearest(name, PROTOCOLS)}"
    )
