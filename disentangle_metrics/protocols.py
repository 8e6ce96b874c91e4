"""Published settings by name: ``mig(z, v, **PROTOCOLS["locatello2019"]["mig"])`` computes a paper's number.

Data only. Each entry names its source; ``tests/parity`` holds each to what its code printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .errors import OptionError, UnknownMetricError, nearest


@dataclass(frozen=True)
class Protocol:
    """Settings that were published together: their source, and the options of each metric."""

    name: str
    source: str
    metrics: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, metric: str) -> Mapping[str, Any]:
        """Return the options of one metric, to splat into it."""
        if metric in self.metrics:
            return self.metrics[metric]
        known = sorted(self.metrics)
        raise OptionError(
            f"protocol {self.name!r} has no settings for {metric!r}; it has settings for {known}. "
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
    # Its sampler draws 10,000 training rows and 5,000 test rows for every published number. Here the test rows are the
    # last third.
    _protocol(
        "locatello2019",
        "Locatello et al. 2019, arXiv:1811.12359; disentanglement_lib 1.5, evaluation/metrics: mig.py, sap_score.py, "
        "modularity_explicitness.py, unsupervised_metrics.py",
        mig={"discretizer": "uniform", "n_bins": 20, "normalizer": "factor", "factor_kinds": "categorical"},
        sap={
            "probe": "linear-svm",
            "C": 0.01,
            "class_weight": "balanced",
            "standardize": False,
            "test_size": 1 / 3,
            "shuffle": False,
            "factor_kinds": "categorical",
        },
        explicitness={
            "multiclass": "multinomial",
            "C": 1.0,
            "rescale": False,
            "standardize": True,
            "test_size": 1 / 3,
            "shuffle": False,
            "factor_kinds": "categorical",
        },
        modularity={"discretizer": "uniform", "n_bins": 20, "inactive": "keep", "factor_kinds": "categorical"},
        downstream={
            "probe": "multinomial",
            "train_sizes": (10, 100, 1000, 10000),
            "C": "cv",
            "standardize": False,
            "test_size": 1 / 3,
            "shuffle": False,
            "factor_kinds": "categorical",
        },
        total_correlation={},
        wasserstein_correlation={"standardize": False},
        pairwise_information={"discretizer": "uniform", "n_bins": 20, "inactive": "keep"},
    ),
    # The same code where factors are measurements. Its MIG has no rule for them. Elsewhere the code bins them like
    # latents, and so did the recorded runs. Its SAP fits nothing and uses no test row, so no row is held out.
    _protocol(
        "locatello2019-continuous",
        "Locatello et al. 2019, arXiv:1811.12359; disentanglement_lib 1.5, sap_score.py with continuous_factors=True",
        mig={
            "discretizer": "uniform",
            "n_bins": 20,
            "normalizer": "factor",
            "factor_kinds": "continuous",
            "factor_bins": 20,
        },
        sap={"probe": "r2", "factor_kinds": "continuous", "inactive": 1e-12},
    ),
    # The paper that defined SAP; continuous factors by squared correlation, as by default.
    _protocol(
        "kumar2018",
        "Kumar et al. 2018, arXiv:1711.00848, sec. 3",
        sap={"probe": "threshold", "scoring": "balanced-accuracy", "inactive": "zero"},
    ),
    # Continuous factors: in ten bins for MIG, by R2 on the training rows for SAP, which is the squared correlation.
    _protocol(
        "carbonneau2022",
        "Carbonneau et al. 2022, arXiv:2012.09276; ubisoft-laforge-DisentanglementMetrics, src/metrics",
        mig={"discretizer": "uniform", "n_bins": 10, "normalizer": "latent", "factor_bins": 10},
        jemmig={"discretizer": "uniform", "n_bins": 10, "normalizer": "maximum", "factor_bins": 10},
        mig_sup={"discretizer": "uniform", "n_bins": 10, "normalizer": "latent", "factor_bins": 10},
        dcimig={"discretizer": "uniform", "n_bins": 10, "factor_bins": 10},
        modularity={"discretizer": "uniform", "n_bins": 10, "factor_bins": 10},
        sap={"probe": "tree-cv", "standardize": False, "evaluate_on": "train"},
        explicitness={
            "multiclass": "ovr",
            "C": 1.0,
            "class_weight": "balanced",
            "standardize": "min-max",
            "evaluate_on": "train",
            "factor_bins": 10,
        },
    ),
    # The other of the two implementations in the same file, which a caller picks by number. A perfect code scores low.
    _protocol(
        "carbonneau2022-ovr",
        "Carbonneau et al. 2022, arXiv:2012.09276; ubisoft-laforge-DisentanglementMetrics, explicitness.py with impl=2",
        explicitness={
            "multiclass": "ovr-raw",
            "C": 1.0,
            "class_weight": "balanced",
            "standardize": "min-max",
            "evaluate_on": "train",
            "factor_bins": 10,
        },
    ),
    # It draws 10,000 training rows and 5,000 test rows. It cuts every factor into bins, also a factor of labels.
    _protocol(
        "roth2023",
        "Roth et al. 2023, arXiv:2210.07347; facebookresearch/disentangling-correlated-factors, mig.py and sap_d.py",
        mig={
            "discretizer": "uniform",
            "n_bins": 20,
            "normalizer": "factor",
            "factor_kinds": "continuous",
            "factor_bins": 20,
        },
        sap={
            "probe": "linear-svm",
            "C": 0.01,
            "class_weight": "balanced",
            "standardize": False,
            "latent_bins": 20,
            "factor_bins": 20,
            "factor_kinds": "continuous",
            "test_size": 1 / 3,
        },
    ),
    # There, too, each factor has a kind, by a list that the caller passes. The caller also splits the rows. The rest of
    # its SAP is that of disentanglement_lib, so a third of the rows is held out here.
    _protocol(
        "do2020",
        "Do and Tran 2020, arXiv:1908.09961; clarken92/DisentanglementMetrics, mig_score_locatello.py and sap_score.py",
        mig={"discretizer": "uniform", "n_bins": 40, "normalizer": "factor", "factor_bins": 40},
        sap={
            "probe": "linear-svm",
            "C": 0.01,
            "class_weight": "balanced",
            "standardize": False,
            "test_size": 1 / 3,
            "shuffle": False,
        },
    ),
    # Its information estimator adds noise, whose seed is left to the user. The recorded numbers have seed 42, and so do
    # our estimators.
    _protocol(
        "latte",
        "Watcharasupat et al. 2021, arXiv:2112.10638; latte-metrics at 623fae2, latte/functional/disentanglement",
        mig={"estimator": "ksg-sklearn", "normalizer": "self-information"},
        modularity={"estimator": "ksg-sklearn", "inactive": "keep"},
        dmig={"estimator": "ksg-sklearn", "normalizer": "self-information"},
        xmig={"estimator": "ksg-sklearn", "normalizer": "self-information"},
        dlig={"estimator": "ksg-sklearn", "normalizer": "self-information"},
        sap={
            "probe": "linear-svm",
            "C": 1.0,
            "class_weight": "none",
            "standardize": False,
            "evaluate_on": "train",
        },
    ),
    # Its fork of disentanglement_lib computes on 10,000 training rows; here all rows count.
    _protocol(
        "cao2022",
        "Cao et al. 2022, arXiv:2206.04756; noahcao/disentanglement_lib_med at e8db5c7, evaluation/metrics/med.py",
        med={"discretizer": "uniform", "n_bins": 20, "inactive": "keep", "factor_kinds": "categorical"},
    ),
    # It draws 2,000 rows with replacement and without a seed before it measures; here all rows count.
    _protocol(
        "almudevar2024",
        "Almudevar and Ortega 2024, arXiv:2408.07016; dependent_disentanglement, src/metrics/min_suf.py",
        min_suf={"discretizer": "uniform", "n_bins": 15, "factor_kinds": "categorical"},
    ),
    # Every label is a number there. Where there are fewer latents than factors, the factors left over do not count.
    _protocol(
        "khemakhem2020",
        "Khemakhem et al. 2020, arXiv:2002.11537; icebeem at 0077f01, metrics/mcc.py",
        mcc={"correlation": "pearson", "average": "matched", "factor_kinds": "continuous"},
    ),
    # Weak identifiability: the mean of the canonical correlations. Its program keeps 20 of them, fitted on a half.
    _protocol(
        "khemakhem2020-weak",
        "Khemakhem et al. 2020, arXiv:2002.11537; icebeem at 0077f01, runners/real_data_runner.py",
        mcc={"correlation": "pearson", "mapping": "cca", "average": "matched", "factor_kinds": "continuous"},
    ),
    # It scores the rows that chose, and needs as many latents as factors for its MCC.
    _protocol(
        "zimmermann2021",
        "Zimmermann et al. 2021, arXiv:2102.08850; cl-ica at 69568d9, disentanglement_utils.py",
        mcc={"correlation": "pearson", "average": "matched", "factor_kinds": "continuous"},
        r2={"model": "linear", "evaluate_on": "train", "factor_kinds": "continuous"},
    ),
    # R is the root of R2, "to be comparable to MCC".
    _protocol(
        "lachapelle2022",
        "Lachapelle et al. 2022, arXiv:2107.10098; disentanglement_via_mechanism_sparsity at 7fd50de, metrics.py",
        mcc={"correlation": "pearson", "average": "matched", "factor_kinds": "continuous"},
        r2={"model": "linear", "evaluate_on": "train", "root": True, "factor_kinds": "continuous"},
    ),
    # It pads factors with random columns up to the number of latents, which can take a latent from a factor. Its kernel
    # trains on the first half of the rows, however many.
    _protocol(
        "causalverse2025",
        "CausalVerse 2025, arXiv:2510.14049; CausalVerseBenchmark at 76e11e2, metrics/block.py and metrics/mcc.py",
        mcc={"correlation": "pearson", "average": "matched", "factor_kinds": "continuous"},
        r2={
            "model": "kernel",
            "kernel_rows": "all",
            "test_size": 0.5,
            "shuffle": False,
            "factor_kinds": "continuous",
        },
    ),
    # Its script leaves out the shape of dSprites, and its grid is the whole data set. For its number, leave out that
    # column and encode every image.
    _protocol(
        "chen2018",
        "Chen et al. 2018, arXiv:1802.04942; beta-tcvae, disentanglement_metrics.py and metric_helpers/mi_metric.py",
        mig_posterior={"n_draws": 10_000, "normalizer": "log-cardinality", "factor_kinds": "categorical"},
    ),
    # Its activations are means over the tokens of a text. It trains on 4,000 texts and tests on 1,000. Its solver is
    # lbfgs with at most 1,000 steps, on float32 activations as they come.
    _protocol(
        "karvonen2025",
        "Karvonen et al. 2025, arXiv:2503.09532; SAEBench, sae_bench/evals/sparse_probing/probe_training.py",
        k_sparse={"n_best": (1, 2, 5), "select": "mean-difference", "standardize": False, "test_size": 0.2},
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
