"""How well do latents separate the factors behind the data? Every number says how it was made.

>>> import numpy as np
>>> import disentangle_metrics as dm
>>> latents = np.load("docs/examples/latents.npz")["mean"]
>>> factors = np.load("docs/examples/factors.npz")["factors"]
>>> round(dm.mig(latents, factors), 4)
0.1101

A name is loaded when it is first used, so the import of the package takes little time.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .analysis.comparison import (
        Comparison,
        Comparisons,
        Difference,
        Ranking,
        compare,
        compare_many,
        compare_metrics,
        compare_seeds,
    )
    from .analysis.explanation import Explanation, explain
    from .analysis.sample_size import Curve, sample_size_curve
    from .batch import score_many
    from .data.kinds import Circular
    from .data.posterior import Posterior
    from .data.representation import Representation
    from .errors import (
        BiasWarning,
        ConvergenceWarning,
        DegenerateFactorWarning,
        DisentangleError,
        DisentangleWarning,
        DTypeError,
        FileFormatError,
        InactiveLatentWarning,
        InputError,
        LeftOutWarning,
        MissingDependencyError,
        MissingFileError,
        NonFiniteError,
        OptionError,
        OverwrittenError,
        ShapeError,
        SignatureWarning,
        UnknownMetricError,
    )
    from .evaluation import evaluate
    from .files.load import load_representation
    from .kernels.discretizing.edges import Edges, Uniform
    from .kernels.entropy.shrinkage import Dirichlet
    from .kernels.information.estimators import KSG, Gaussian, GaussianCopula
    from .kernels.probes.classifiers import Tree
    from .kernels.probes.histogram import Histogram
    from .kernels.probes.knn import KNN
    from .metrics.downstream import downstream as downstream
    from .metrics.k_sparse import k_sparse as k_sparse
    from .metrics.mig import mig as mig
    from .metrics.mig_posterior import mig_posterior as mig_posterior
    from .metrics.sap import sap as sap
    from .protocols import PROTOCOLS, get_protocol
    from .registry import MetricSpec, get_metric, list_metrics
    from .rescoring import rescore
    from .runtime.config import config
    from .scores.attachments import Ceiling, Interval, Null
    from .scores.report import Report
    from .scores.score import Score
    from .uncertainty import Replicates, replicates

# The module of each public name. A metric has the name of its module, so that a new metric needs no line here.
_HOMES = {
    "batch": ("score_many",),
    "analysis.comparison": (
        "Comparison",
        "Comparisons",
        "Difference",
        "Ranking",
        "compare",
        "compare_many",
        "compare_metrics",
        "compare_seeds",
    ),
    "runtime.config": ("config",),
    "scores.attachments": ("Ceiling", "Interval", "Null"),
    "analysis.sample_size": ("Curve", "sample_size_curve"),
    "errors": (
        "BiasWarning",
        "ConvergenceWarning",
        "DTypeError",
        "DegenerateFactorWarning",
        "DisentangleError",
        "DisentangleWarning",
        "FileFormatError",
        "InactiveLatentWarning",
        "InputError",
        "LeftOutWarning",
        "MissingDependencyError",
        "MissingFileError",
        "NonFiniteError",
        "OptionError",
        "OverwrittenError",
        "OverwrittenError",
        "ShapeError",
        "SignatureWarning",
        "UnknownMetricError",
    ),
    "evaluation": ("evaluate",),
    "analysis.explanation": ("Explanation", "explain"),
    "files.load": ("load_representation",),
    "kernels.probes.classifiers": ("Tree",),
    "kernels.discretizing.edges": ("Edges", "Uniform"),
    "kernels.entropy.shrinkage": ("Dirichlet",),
    "kernels.information.estimators": ("KSG", "Gaussian", "GaussianCopula"),
    "kernels.probes.histogram": ("Histogram",),
    "kernels.probes.knn": ("KNN",),
    "data.kinds": ("Circular",),
    "data.posterior": ("Posterior",),
    "protocols": ("PROTOCOLS", "get_protocol"),
    "registry": ("MetricSpec", "get_metric", "list_metrics"),
    "scores.report": ("Report",),
    "data.representation": ("Representation",),
    "rescoring": ("rescore",),
    "scores.score": ("Score",),
    "uncertainty": ("Replicates", "replicates"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

# Every file in metrics/ is public under its name, so that a new metric needs no line here.
_METRICS = tuple(sorted(file.stem for file in (Path(__file__).parent / "metrics").glob("[!_]*.py")))

__all__ = [
    *_METRICS,
    "KNN",
    "KSG",
    "PROTOCOLS",
    "BiasWarning",
    "Ceiling",
    "Circular",
    "Comparison",
    "Comparisons",
    "ConvergenceWarning",
    "Curve",
    "DTypeError",
    "DegenerateFactorWarning",
    "Difference",
    "Dirichlet",
    "DisentangleError",
    "DisentangleWarning",
    "Edges",
    "Explanation",
    "FileFormatError",
    "Gaussian",
    "GaussianCopula",
    "Histogram",
    "InactiveLatentWarning",
    "InputError",
    "Interval",
    "LeftOutWarning",
    "MetricSpec",
    "MissingDependencyError",
    "MissingFileError",
    "NonFiniteError",
    "Null",
    "OptionError",
    "OverwrittenError",
    "Posterior",
    "Ranking",
    "Replicates",
    "Report",
    "Representation",
    "Score",
    "ShapeError",
    "SignatureWarning",
    "Tree",
    "Uniform",
    "UnknownMetricError",
    "__version__",
    "compare",
    "compare_many",
    "compare_metrics",
    "compare_seeds",
    "config",
    "evaluate",
    "explain",
    "get_metric",
    "get_protocol",
    "list_metrics",
    "load_representation",
    "replicates",
    "rescore",
    "sample_size_curve",
    "score_many",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _METRICS:
        value = getattr(import_module(f"{__name__}.metrics.{name}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
