"""Several metrics of one representation at once, optionally under a published protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .data.kinds import FactorKinds
from .data.latent_groups import LatentGroups
from .data.representation import Representation
from .data.row_labels import beside
from .data.targets import Targets
from .errors import DisentangleError, LeftOutWarning, OptionError, nearest, once, quiet, warn
from .options import resolve_seed
from .protocols import get_protocol
from .registry import MetricSpec, get_metric, part_of
from .rendering.text import one_line
from .scores.attachments import Context
from .scores.declared import declared
from .scores.report import Report
from .scores.score import Score
from .selection import Selection, latents_alone, metrics_meant, selected
from .signature import spelled

Options = Mapping[str, Mapping[str, Any]]
Metrics = str | MetricSpec | Iterable[str | MetricSpec] | None

# Options that a signature prints as the data resolved them: groups by index, kinds by name, a drawn seed.
_SETTLED = ("factor_kinds", "factor_groups", "latent_groups", "random_state", "targets")


def evaluate(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    metrics: Metrics = None,
    *,
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    latent_groups: LatentGroups = None,
    one_hot: bool = False,
    targets: Targets = None,
    sample_weight: ArrayLike | None = None,
    confidence: float | None = None,
    n_boot: int | None = None,
    groups: ArrayLike | None = None,
    chance: bool = False,
    n_permutations: int | None = None,
    ceiling: bool = False,
    adjusted: bool = False,
    random_state: int | np.random.Generator | None = 42,
    align: bool = False,
) -> Report:
    """Return the scores of latents by several metrics, which share their work.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
    metrics : str or iterable of str, optional
        Names from :func:`list_metrics`; ``"dci.completeness"`` is one part of a metric that has several. ``"all"``,
        ``"counts"`` and ``"quick"`` are groups of metrics: every metric, those made of joint counts alone, and those
        that take less than a second for 10,000 rows. A metric of a group that cannot score the data is left out with a
        warning, see :attr:`Report.left_out`. By default those that the protocol has settings for, or MIG and SAP.
    protocol : str, optional
        Published settings by name, see :data:`PROTOCOLS`. An explicit option overrides the protocol, and the
        signature shows it: ``protocol:locatello2019+n_bins:50``.
    options : mapping from metric to its options, optional
        For example ``{"mig": {"n_bins": 50}}``.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    latent_groups : sequence or mapping, optional
        Latents that are scored together, ``[(0, 1), (2,)]``; for metrics that have this option.
    one_hot : bool, default False
        Take each factor apart into its values, for sparse codes with a latent for each value; for metrics that have
        this option.
    targets : mapping from factor to latent, optional
        The latent that is meant for a factor, ``{"pos_x": "z7"}``; for metrics that have this option.
    sample_weight : array-like of shape (n_samples,), optional
        Weight of each row, for every metric. A metric without a weighted version raises OptionError.
    confidence : float, optional
        Level of an interval for each score and factor, for example 0.95; see ``docs/uncertainty.md``.
    n_boot : int, optional
        Number of bootstrap draws: by default 1,000, or 100 if each draw needs a full new score.
    groups : array-like of shape (n_samples,), optional
        Rows with the same value here are drawn together.
    chance : bool, default False
        Also score the latents against factors whose rows are in random order.
    n_permutations : int, optional
        Number of random orders: by default 200, or 20 if each order needs a full new score, as for probes.
    ceiling : bool, default False
        Also score the perfect representation of these factors under the same options.
    adjusted : bool, default False
        Add (score - chance) / (ceiling - chance), chance and ceiling. If that has no meaning, for example because the
        score is above the ceiling, a note says why it is left out.
    random_state : int, Generator or None, default 42
        Seed of the draws and of the orders. Metrics have their own seeds.
    align : bool, default False
        Whether the rows of tables are paired by their labels: the index of pandas or the coordinate of xarray. Rows of
        `groups` too. By default, different labels raise InputError.

    Returns
    -------
    Report
        The scores by name, in the order of `metrics`.

    Raises
    ------
    UnknownMetricError
        If a metric or the protocol is not known.
    OptionError
        If an option or one of its values is not known, or if the protocol has no settings for a metric.
    ShapeError, DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored.

    Warns
    -----
    LeftOutWarning
        If a metric of a group cannot score the data.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.arange(4)[:, None] // [2, 1] % 2
    >>> report = evaluate(v, v, metrics="mig", options={"mig": {"n_bins": 2}})
    >>> report["mig"]
    1.0
    """
    plans = planned(metrics, protocol, options)
    of_all = {"latent_groups": latent_groups, "one_hot": one_hot or None, "targets": targets}
    left_out: dict[str, str] = {}
    for option, value in of_all.items():
        if value is not None:
            left_out |= _give_all(plans, option, value)
    alone = latents_alone(selection_of(plans))
    data = Representation.of(latents, factors, sample_weight=sample_weight, without_factors=alone, align=align)
    if factor_kinds is not None and data.n_factors and any(plan.group is not None for plan in plans.values()):
        data.with_kinds(factor_kinds)  # a mistake here is no reason to leave a metric out
    if align and groups is not None:
        groups = beside(data.row_labels, groups, "groups")
    context = Context(
        confidence, n_boot, groups, chance, n_permutations, ceiling, adjusted, resolve_seed(random_state, 1)
    )
    scores: dict[str, Score] = {}
    wholes: dict[str, Any] = {}  # reports of metrics with several parts, which are computed once for all parts
    with once():
        for name, (spec, published, given, group) in plans.items():
            explicit = (
                given
                if factor_kinds is None or "factor_kinds" not in spec.options
                else {"factor_kinds": factor_kinds, **given}
            )
            try:
                score = _scored(spec, data, {**published, **explicit}, wholes)
            except DisentangleError as error:
                if group is None:
                    raise
                left_out[name] = str(error)
                continue
            if context.wanted:
                from .uncertainty import with_context

                score = with_context(score, context)
            scores[name] = score if protocol is None else _signed(score, protocol, explicit)
        if not scores:
            raise OptionError(f"no metric can score these data. {' '.join(_told(left_out))}")
        warn_of(left_out)
    return Report(scores, left_out)


def warn_of(left_out: Mapping[str, str]) -> None:
    """Warn of metrics that are left out, once for each reason."""
    for line in _told(left_out):
        warn(line, LeftOutWarning)


def _told(left_out: Mapping[str, str]) -> list[str]:
    """Return each reason after the metrics that it leaves out: reasons are the same but for the name of the metric."""
    names: dict[str, list[str]] = {}
    for metric, reason in left_out.items():
        whole = metric.partition(".")[0]
        names.setdefault(one_line(reason).replace(f" {whole} ", " the metric "), []).append(metric)
    return [f"{', '.join(metrics)} left out: {reason}" for reason, metrics in names.items()]


def _give_all(plans: dict[str, Plan], option: str, value: Any) -> dict[str, str]:
    """Give every metric an option, where it was not given one of its own; return why metrics of groups are left out."""
    left_out = {}
    for name, plan in list(plans.items()):
        if option in plan.spec.options:
            plans[name] = plan._replace(given={option: value, **plan.given})
            continue
        if plan.group is None:
            raise OptionError(f"{name} has no option {option}. Leave one of them out.")
        left_out[name] = f"no option {option}."
        del plans[name]
    return left_out


def _scored(spec: MetricSpec, data: Representation, options: Mapping[str, Any], wholes: dict[str, Any]) -> Score:
    """Return the score of a metric, or of a part of one."""
    if spec.whole is None:
        score: Score = spec.function(data, **options)
        return score
    if spec.whole.name not in wholes:
        wholes[spec.whole.name] = spec.whole.function(data, **options)
    part: Score = part_of(wholes[spec.whole.name], spec.name)
    return part


class Plan(NamedTuple):
    """A metric, its options from the protocol, its given options, and its group if only a group asks for it."""

    spec: MetricSpec
    published: Mapping[str, Any]
    given: Mapping[str, Any]
    group: str | None


def planned(metrics: Metrics, protocol: str | None, options: Options | None) -> dict[str, Plan]:
    """Return the plan of :func:`evaluate`, by score: every name is checked here, the values by the metrics.

    Raises
    ------
    UnknownMetricError, OptionError
    """
    wanted: Any = metrics_meant(protocol) if metrics is None else metrics
    wanted = [wanted] if isinstance(wanted, (str, MetricSpec)) else wanted
    if not isinstance(wanted, Iterable) or not isinstance(options or {}, Mapping):
        raise OptionError("metrics must be names, and options a mapping, for example {'mig': {'n_bins': 50}}.")
    if not isinstance(wanted, Selection):
        wanted = [m.name if isinstance(m, MetricSpec) else m for m in wanted]
    wanted = selected(wanted, protocol, options or {})
    specs = {score: get_metric(score) for score in wanted}
    if not specs:
        raise OptionError("no metric was named. Pass at least one name.")
    wholes = {(spec.whole or spec).name: spec.whole or spec for spec in specs.values()}
    given = _by_metric(options or {}, wholes)
    published = {name: get_protocol(protocol)[name] if protocol else {} for name in wholes}
    plans = {}
    for score, spec in specs.items():
        name = (spec.whole or spec).name
        plans[score] = Plan(spec, published[name], given[name], wanted[score])
    return plans


def selection_of(plans: Mapping[str, Plan]) -> Selection:
    """Return the selection of plans."""
    return Selection({name: plan.group for name, plan in plans.items()})


def fitting(
    plans: Mapping[str, Plan],
    models: Iterable[Representation],
    protocol: str | None,
    factor_kinds: FactorKinds,
) -> dict[str, Plan]:
    """Return the plans without the metrics of groups that cannot score each model, which are left out with a warning.

    Raises
    ------
    OptionError
        If no metric is left.
    """
    selection = Selection({name: plan.group for name, plan in plans.items() if plan.group is not None})
    left_out: dict[str, str] = {}
    with quiet():
        for model in models if selection else ():
            left_out |= evaluate(model, metrics=selection, protocol=protocol, factor_kinds=factor_kinds).left_out
    warn_of(left_out)
    kept = {name: plan for name, plan in plans.items() if name not in left_out}
    if not kept:
        raise OptionError(f"no metric can score all models. {' '.join(_told(left_out))}")
    return kept


def _by_metric(options: Options, specs: Mapping[str, MetricSpec]) -> dict[str, dict[str, Any]]:
    """Return the options of each requested metric, with checked names; a part has the options of its metric."""
    given: dict[str, dict[str, Any]] = {name: {} for name in specs}
    for asked, chosen in options.items():
        name = (get_metric(asked).whole or get_metric(asked)).name
        if name not in specs:
            raise OptionError(f"options are given for {name!r}, which is not among the metrics {list(specs)}.")
        if not isinstance(chosen, Mapping):
            raise OptionError(f"options of {name!r} are {chosen!r}. Pass a mapping, for example {{'n_bins': 50}}.")
        known = specs[name].options
        for option in chosen:
            if option not in known:
                raise OptionError(
                    f"{name} has no option {option!r}. Use one of {sorted(known)}.{nearest(option, known)}"
                )
        declarations = declared(specs[name])
        given[name] |= {o: _built(o, value, declarations[o].strategies) for o, value in chosen.items()}
    return given


def _built(option: str, value: Any, table: Mapping[str, Any]) -> Any:
    """Return a strategy made from its parameters, ``{"max_depth": 4}``; any other value is returned unchanged."""
    if not table or not isinstance(value, Mapping):
        return value
    parameters = dict(value)
    name = parameters.pop("name", None)
    fitting = [cls for known, cls in table.items() if name in (None, known) and _has_fields(cls, parameters)]
    if len(fitting) == 1:
        return fitting[0](**parameters)
    known = {known: sorted(cls.__dataclass_fields__) for known, cls in table.items()}
    fields = [field for names in known.values() for field in names]
    near = [nearest(parameter, fields) for parameter in parameters if parameter not in fields]
    raise OptionError(
        f"{option}={dict(value)!r} fits no strategy with parameters. There are {known}.{''.join(near[:1])}"
    )


def _has_fields(cls: Any, parameters: Mapping[str, Any]) -> bool:
    return set(parameters) <= set(cls.__dataclass_fields__)


def _signed(score: Score, protocol: str, explicit: Mapping[str, Any]) -> Score:
    """Return the score with its protocol, and the changes of the protocol, at the start of its signature."""
    # the signature has the checksum of the weights anyway
    said = {option: value for option, value in explicit.items() if option != "sample_weight"}
    settled = {o: score.settings[o] for o in _SETTLED if o in said and score.settings[o] is not None}
    changes = "".join(f"+{option}:{spelled(value)}" for option, value in {**said, **settled}.items())
    return score.replace(
        settings={**score.settings, "protocol": protocol + changes},
        signature_options=("protocol", *score.signature_options),
    )
