"""The options of a call: each checked by its declaration, the metric's or the one that all metrics share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..kernels.discretizing.discretizers import DISCRETIZERS, MAX_BINS
from ..kernels.discretizing.edges import TUNED_DISCRETIZERS
from ..kernels.entropy.table import ENTROPIES, TUNED_ENTROPIES
from ..kernels.information.estimators import ESTIMATORS, KSG, TUNED_ESTIMATORS, Gaussian
from ..options import Choice, Flag, Integer, Number, Option, Seed, Strategy
from ..reductions.gaps import AGGREGATES
from ..registry import MetricSpec, get_metric
from ..signature import read_groups, read_kinds, read_targets

# Options that mean the same in every metric that has them.
SHARED: Mapping[str, Option] = MappingProxyType(
    {
        "discretizer": Strategy(
            table=DISCRETIZERS,
            strategies=TUNED_DISCRETIZERS,
            page="discretizers.md",
            meaning="How a latent is cut into bins:",
        ),
        "n_bins": Integer(low=2, high=MAX_BINS, names=("auto",), meaning="Bins per latent, 2 to 65536"),
        "entropy": Strategy(
            table=ENTROPIES,
            strategies=TUNED_ENTROPIES,
            page="entropy.md",
            meaning="Estimator from counts, for latents, factors and pairs alike.",
        ),
        "estimator": Strategy(
            table=ESTIMATORS,
            strategies=TUNED_ESTIMATORS,
            accepts=lambda value: isinstance(value, (KSG, Gaussian)),
            objects="",
            page="information.md",
            meaning="How I(z_j; v_k) is estimated:",
        ),
        "factor_kinds": Option(
            values="str, sequence or mapping",
            page="kinds.md",
            read=read_kinds,
            meaning='``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or '
            '``"identifier"`` (not scored), for all, per factor or by name; inferred by default.',
        ),
        "factor_bins": Integer(
            low=2, high=MAX_BINS, meaning="Equal-width bins that a continuous factor is cut into, 2 to 65536"
        ),
        "degenerate": Choice(
            names=("drop", "zero", "raise"),
            meaning="A constant factor has no value: leave it out of the mean with a warning, count it as 0, or "
            "refuse.",
        ),
        "inactive": Number(low=0.0, names=("keep", "zero", "collapsed")),
        "weights": Choice(
            names=("uniform", "information"),
            meaning="How much each latent counts in the mean: all alike, or by its largest information with a factor.",
        ),
        "aggregate": Strategy(table=AGGREGATES, meaning="Makes one number of the defined values."),
        "random_state": Seed(),
        "one_hot": Flag(
            page="sparse.md",
            meaning="Take each factor apart into its values, a binary factor for each, and weigh them by how often "
            "they occur: for sparse codes, which have a latent for each value.",
        ),
        "targets": Option(
            values="mapping from factor to latent",
            read=read_targets,
            meaning="The latent that is meant for a factor, by name or index: its gap is its lead over the best of the "
            "others, and negative if one of these knows more.",
        ),
        "latent_groups": Option(
            values="sequence of sequences of int or str, or mapping from name to such a sequence",
            page="groups.md",
            read=read_groups,
            meaning='Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": '
            '["z2"]}``: each group is one row of the matrix, and latents in no group are left out.',
        ),
        "sample_weight": Option(
            values="array-like of shape (n_samples,)",
            page="weights.md",
            as_text=False,
            meaning="How much each row counts",
        ),
        "select_on": Choice(names=("half",), page="samples.md"),
    }
)

# The option of metrics that have a value for each latent, under the name of SAP's option with more values.
INACTIVE_LATENTS = Choice(
    names=("drop", "keep", "collapsed"),
    meaning="Inactive latents, which are constant, are left out of the mean or count as 0;",
)


def declared(spec: MetricSpec) -> dict[str, Option]:
    """Return the declaration of each option of a metric, in the order of its signature.

    Raises
    ------
    LookupError
        If an option is declared neither by the metric nor for all metrics.
    """
    own = (spec.whole or spec).declares
    try:
        return {name: own[name] if name in own else SHARED[name] for name in spec.options}
    except KeyError as error:
        raise LookupError(
            f"option {error} of {spec.name} is not declared. Declare it in register(options={{...}})."
        ) from None


class Options(dict[str, Any]):
    """The options of one call in canonical form, which is how signatures spell them.

    Attributes
    ----------
    spec : MetricSpec
        The metric that was called.
    """

    def __init__(self, spec: MetricSpec, given: Mapping[str, Any]) -> None:
        self.spec, self._declared = spec, declared(spec)
        for name, default in spec.options.items():
            value = given[name]  # defaults are in canonical form
            self[name] = value if value is default else self._declared[name].check(name, value)

    def use(self, option: str) -> Any:
        """Return the thing that an option stands for, such as the function that has the name."""
        return self._declared[option].use(self[option])


def checked(metric: str, given: Mapping[str, Any]) -> Options:
    """Return the options of a call, checked and in canonical form.

    Parameters
    ----------
    metric : str
        Its name in the registry.
    given : mapping
        The value of each option; other names are ignored, so that ``locals()`` at the head of a function serves.

    Raises
    ------
    OptionError
        If a value is not allowed.

    Examples
    --------
    >>> checked("mig", {**get_metric("mig").options, "entropy": "miller_madow"})["entropy"]
    'miller-madow'
    """
    return Options(get_metric(metric), given)
