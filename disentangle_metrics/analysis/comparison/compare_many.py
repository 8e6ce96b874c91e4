"""Several models: all pairs, or each with a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...errors import OptionError, nearest
from ...evaluation import Options
from ...options import resolve_seed
from ...registry import get_score
from . import over_seeds as seeds
from .compare_two import draw, over_seeds, representations
from .ranking import Ranking, letters_of
from .result import Comparison, out_of_reach, together


def compare_many(
    models: Mapping[str, Any],
    factors: ArrayLike | None = None,
    metric: str = "mig",
    *,
    baseline: str | None = None,
    paired: bool = False,
    protocol: str | None = None,
    options: Options | None = None,
    factor_kinds: FactorKinds = None,
    test: str | None = None,
    confidence: float = 0.95,
    n_boot: int | None = None,
    n_permutations: int = seeds.MOST,
    groups: ArrayLike | None = None,
    random_state: int | np.random.Generator | None = 42,
) -> Ranking:
    """Return a ranking of several models, which shows the models that differ by more than chance.

    All pairs are tested, or each model against a baseline, and p-values are adjusted together by Holm's method: the
    chance of even one false difference stays below one less `confidence`.

    Parameters
    ----------
    models : mapping from name to model
        Two models or more. Each model is latents of the same rows, as for :func:`compare`, or a list of its seeds, as
        for :func:`compare_seeds`.
    factors : array-like of shape (n_samples, n_factors), optional
    metric : str, default "mig"
    baseline : str, optional
        The model with which all others are compared. With fewer tests than for all pairs, each test has more power.
    paired : bool, default False
        Whether seeds of the models belong together one by one.
    protocol, options, factor_kinds : optional
        As for :func:`evaluate`, for all models.
    test : str, optional
        As for :func:`compare` or for :func:`compare_seeds`, and their default.
    n_boot, groups : optional
        As for :func:`compare`.
    confidence : float, default 0.95
        Level of each interval, which are not adjusted, and one less that of all tests together.
    n_permutations : int, default 20000
        As for :func:`compare_seeds`.
    random_state : int, Generator or None, default 42

    Returns
    -------
    Ranking
        Models that share one of its ``letters`` are not told apart.

    Raises
    ------
    UnknownMetricError, OptionError, InputError

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure; Piepho (2004), An algorithm for a letter-based
    representation of all-pairwise comparisons.

    Examples
    --------
    >>> runs = {"old": [0.31, 0.36, 0.29, 0.33, 0.3], "new": [0.41, 0.38, 0.44, 0.4, 0.42]}
    >>> compare_many({**runs, "same": [0.3, 0.35, 0.31, 0.32, 0.34]}).letters
    {'new': 'a', 'same': 'b', 'old': 'b'}
    """
    metric = get_score(metric).name
    given: Any = models
    if not isinstance(given, Mapping) or len(models) < 2:
        raise OptionError("models are not two or more by name. Pass a mapping: {'old': latents, 'new': latents}.")
    if baseline is not None and baseline not in models:
        raise OptionError(f"baseline={baseline!r} is not among {list(models)}.{nearest(baseline, models)}")
    are_seeds = {name: _is_seeds(model) for name, model in models.items()}
    seed = resolve_seed(random_state, 1)
    scores: dict[str, float] = {}
    errors: dict[str, float] = {}
    if all(are_seeds.values()):
        if n_boot is not None or groups is not None:
            raise OptionError(
                "n_boot and groups are for models on the same rows, and these have seeds. Leave them out."
            )
        args = factors, metric, protocol, options, factor_kinds
        runs = {name: seeds.seeds_of(name, model, *args) for name, model in models.items()}
        signature, notes = seeds.one_signature({name: run.signatures for name, run in runs.items()})
        for name, run in runs.items():
            scores[name] = float(run.values[:, 0].mean())
            errors[name] = float(run.values[:, 0].std(ddof=1) / np.sqrt(len(run.values)))

        def pair(a: str, b: str) -> Comparison:
            return over_seeds(a, b, runs, metric, test or "permutation", paired, confidence, n_permutations, seed)

    elif any(are_seeds.values()):
        lists = [name for name, listed in are_seeds.items() if listed]
        raise OptionError(f"{', '.join(lists)} have seeds and the others do not. Give all models as lists, or none.")
    elif paired:
        raise OptionError("paired is for seeds; models on the same rows are always paired. Leave it out.")
    else:
        data = representations(models, factors, [metric])
        drawn, setting = draw(
            data, metric, protocol, options, factor_kinds, test or "bootstrap", confidence, n_boot, groups, seed
        )
        signature, notes = setting.signature, setting.notes
        for name, one in drawn.items():
            scores[name] = float(one.values[0])
            spread = float(one.draws[:, 0].std(ddof=1))
            errors[name] = spread if setting.test == "bootstrap" else spread / float(np.sqrt(len(one.draws)))

        def pair(a: str, b: str) -> Comparison:
            return setting.pair(a, b, drawn)

    best_first = tuple(sorted(models, key=lambda name: scores[name], reverse=get_score(metric).higher_is_better))
    if baseline is None:
        wanted = list(combinations(best_first, 2))
    else:
        wanted = [(name, baseline) for name in best_first if name != baseline]
    pairs = together([pair(a, b) for a, b in wanted])
    of_pairs = [f"{pair.a} - {pair.b}: {note}" for pair in pairs for note in pair.notes if note not in notes]
    return Ranking(
        metric=metric,
        names=best_first,
        scores={name: scores[name] for name in best_first},
        errors={name: errors[name] for name in best_first},
        pairs=pairs,
        letters={} if baseline is not None else letters_of(best_first, pairs),
        baseline=baseline,
        signature=signature,
        notes=(*notes, *of_pairs, *out_of_reach(pairs)),
    )


def _is_seeds(model: Any) -> bool:
    """Return whether a model is a list of runs, and not a table of numbers in nested lists."""
    if isinstance(model, np.ndarray):
        return model.ndim == 1
    if isinstance(model, seeds.Seeds):
        return True
    return isinstance(model, (list, tuple)) and all(_n_axes(run) in (0, 2) for run in model)


def _n_axes(run: Any) -> int:
    if isinstance(run, Representation):
        return 2
    return len(run.shape) if hasattr(run, "shape") else int(np.ndim(run))
