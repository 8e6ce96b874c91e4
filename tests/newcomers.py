"""Four metrics of four kinds, as somebody new would add them: they hold the house to what it promises of a new one.

Each is what stands in a file of ``disentangle_metrics/metrics``. Tests enter them for a while, see ``newcomers``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from disentangle_metrics.data.latent_groups import Units
from disentangle_metrics.kernels.probes.table import resolve_probe
from disentangle_metrics.registry import register
from disentangle_metrics.scores.declared import checked
from disentangle_metrics.scores.report import Report
from disentangle_metrics.scores.settle import prepare, settle
from disentangle_metrics.statistics.base import Statistic
from disentangle_metrics.statistics.information import JointInformation
from disentangle_metrics.statistics.predictability import Plan
from disentangle_metrics.statistics.predictions import ProbeScores


def newcomer_modularity(latents, factors=None, *, n_bins=20, factor_kinds=None, degenerate="drop", aggregate="mean"):
    """Return the concentration of each latent's information on one factor, from joint counts."""
    options = checked("newcomer_modularity", locals())
    data, notes = prepare(options, latents, factors)
    counts = JointInformation(data=data, n_bins=options["n_bins"])
    return settle(options, counts, concentration, notes=notes, always=("n_bins",))


def concentration(parts):
    """Return 1 less the mean squared information with other factors over the largest; 0 of a latent without any."""
    info = parts[0]
    square = info.mutual**2
    top, others = square.max(axis=-1), max(np.count_nonzero(info.factor_values > 1) - 1, 1)
    rest = np.divide(square.sum(axis=-1) - top, top, out=np.ones_like(top), where=top > 0)
    return np.where(top > 0, 1 - rest / others, 0.0)


def newcomer_explicitness(
    latents, factors=None, *, factor_kinds=None, degenerate="drop", aggregate="mean", random_state=42
):
    """Return how well a probe on all latents predicts each factor: a value for each factor."""
    options = checked("newcomer_explicitness", locals())
    data, notes = prepare(options, latents, factors)
    together = Units(("all",), (tuple(range(data.n_latents)),), data.latent_names)
    plan = Plan(True, "accuracy", "test", 0.2, None, True, None, None, "keep")
    probe = resolve_probe("logistic", None, None, random_state, 0.2).with_joint(0.2, random_state)
    scores = ProbeScores(data=data, probes=(probe,), plan=plan, seeds=(random_state,), units=together, halves_seed=None)
    return settle(options, scores, lambda parts: parts[0][..., 0, :], notes=notes, units=together)


@dataclass(frozen=True, eq=False, kw_only=True)
class Covariance(Statistic):
    """The covariance of all latents that vary."""

    @cached_property
    def values(self):
        active = self.data.latents[:, ~self.data.inactive].astype(np.float64)
        return [np.atleast_2d(np.cov(active, rowvar=False)) if active.shape[1] else np.ones((1, 1))]


def newcomer_correlation(latents, factors=None):
    """Return what the latents know of one another if they were Gaussian, in nats: one number, lower is better."""
    options = checked("newcomer_correlation", locals())
    data, notes = prepare(options, latents, factors)
    return settle(options, Covariance(data=data), shared, notes=notes)


def shared(covariance):
    """Return (sum of log variances - log det) / 2."""
    return (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1]) / 2


def both(latents, factors=None, *, n_bins=20, factor_kinds=None, degenerate="drop", aggregate="mean"):
    """Return two numbers made of one statistic: a value for each latent, and a value for each factor."""
    options = checked("both", locals())
    data, notes = prepare(options, latents, factors)
    counts = JointInformation(data=data, n_bins=options["n_bins"])
    parts = {"concentration": concentration, "known": known}
    return Report(
        {
            f"both.{part}": settle(options, counts, reduce, part=part, notes=notes, always=("n_bins",))
            for part, reduce in parts.items()
        }
    )


def known(parts):
    """Return the share of its entropy that the best latent knows of each factor."""
    best, whole = parts[0].mutual.max(axis=-2), parts[0].factor_entropy
    return np.divide(best, whole, out=np.zeros_like(best), where=whole > 0)


FACTS = {
    newcomer_modularity: {"measures": "modularity", "range": (0.0, 1.0), "unit": "latent", "needs": {"factors"}},
    newcomer_explicitness: {"measures": "explicitness", "range": (0.0, 1.0), "needs": {"factors"}},
    newcomer_correlation: {
        **{"measures": "independence", "range": (0.0, np.inf), "unit": "whole"},
        **{"needs": {"two latents"}, "higher_is_better": False},
    },
    both: {
        **{"measures": "modularity", "range": (0.0, 1.0)},
        "parts": {"concentration": {"unit": "latent"}, "known": {"measures": "compactness"}},
    },
}


def enter():
    """Enter all of them into the registry."""
    for function, facts in FACTS.items():
        register(**{"source": "nobody 2026", "higher_is_better": True, **facts})(function)
