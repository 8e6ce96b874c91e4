"""Score: a float with its settings, parts and notes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OverwrittenError, quiet
from ..rendering.numbers import IN_WORDS, number, percent
from ..rendering.plain import plain
from ..rendering.text import one_line, wrapped
from ..signature import CONTEXT, field, spelled
from .attachments import Ceiling, Interval, Null, after_parts, after_score, as_plain, beside, heading

if TYPE_CHECKING:
    import pandas as pd

    from .recipe import Recipe

# A note, or a function from the score to notes, for notes that take work.
Note = str | Callable[["Score"], Iterable[str]]


class Score(float):
    """Value of a metric, with its settings, parts and notes.

    A Score is a float: it works in ``score > 0.3``, ``np.mean(scores)`` and ``json.dumps(score)``, and prints as a
    float. It is read-only.

    Parameters
    ----------
    value : float
    metric : str
        Name of the metric, as in the registry.
    matrix : ndarray of shape (n_latents, n_factors)
        The statistic of each pair of a latent and a factor: information in nats, accuracies, ... For a metric of
        pairs of latents, of shape (n_latents, n_latents).
    per_factor : ndarray of shape (n_factors,) or None
        The metric's value for each factor, NaN if it is undefined.
    per_latent : ndarray of shape (n_latents,) or None
        The metric's value for each latent, for metrics that have one.
    latent_names, factor_names : sequence of str
    columns : {"factors", "latents"}, default "factors"
        What the columns of the matrix stand for.
    steps : sequence of str
        The names of the rows of the matrix, if they are steps of a curve and not latents.
    settings : mapping
        The resolved value of every option, with ``n_samples``, ``n_latents``, ``n_factors`` and ``version``.
    signature_options : sequence of str
        The settings that the signature prints, in order.
    notes : sequence of str
        Notes that a reader of the number should know. A note that takes work is made when the notes are first read.
    interval : Interval or None
    chance : float or None
        Mean score of independent latents.
    per_repeat : ndarray of shape (n_repeats,) or None
        The value on each repeat of the split, if there are several; the score is their mean.
    null : Null or None
        Null distribution, the scores of independent latents; ``chance`` is their mean.
    ceiling : Ceiling or None
        Score of the perfect representation of these factors under the same options.
    adjusted : float or None
        (score - chance) / (ceiling - chance), if it was requested.
    recipe : Recipe or None
        How to compute the score again from other rows. It keeps the scored arrays alive (``recipe.nbytes``), without a
        copy; pickles leave it out.

    Examples
    --------
    >>> from disentangle_metrics import mig
    >>> score = mig([[0, 0], [0, 1], [1, 0], [1, 1]], [[0, 0], [0, 1], [1, 0], [1, 1]], n_bins=2)
    >>> score
    1.0
    >>> score.per_factor
    array([1., 1.])
    >>> score.signature
    'mig|discretizer:uniform|n_bins:2|entropy:plugin|normalizer:factor|n:4|d:2|k:2|v:...'
    """

    metric: str
    matrix: NDArray[np.float64]
    per_factor: NDArray[np.float64] | None
    per_latent: NDArray[np.float64] | None
    latent_names: tuple[str, ...]
    factor_names: tuple[str, ...]
    columns: str
    steps: tuple[str, ...]
    settings: Mapping[str, Any]
    signature_options: tuple[str, ...]
    interval: Interval | None
    chance: float | None
    per_repeat: NDArray[np.float64] | None
    null: Null | None
    ceiling: Ceiling | None
    adjusted: float | None
    recipe: Recipe | None

    def __new__(  # noqa: D102 - the class docstring describes the arguments
        cls,
        value: float,
        *,
        metric: str | None = None,
        matrix: NDArray[np.float64] | None = None,
        latent_names: tuple[str, ...] = (),
        factor_names: tuple[str, ...] = (),
        columns: str = "factors",
        steps: tuple[str, ...] = (),
        settings: Mapping[str, Any] | None = None,
        signature_options: tuple[str, ...] = (),
        per_factor: NDArray[np.float64] | None = None,
        per_latent: NDArray[np.float64] | None = None,
        notes: Iterable[Note] = (),
        interval: Interval | None = None,
        chance: float | None = None,
        per_repeat: NDArray[np.float64] | None = None,
        null: Null | None = None,
        ceiling: Ceiling | None = None,
        adjusted: float | None = None,
        recipe: Recipe | None = None,
    ) -> Score:
        if metric is None or matrix is None or settings is None:
            # statistics.mean and similar functions construct a value without settings: it is a plain float.
            return float(value)  # type: ignore[return-value]
        self = super().__new__(cls, value)
        self.__dict__.update(
            metric=metric,
            matrix=_frozen(matrix),
            per_factor=_frozen(per_factor),
            per_latent=_frozen(per_latent),
            latent_names=tuple(latent_names),
            factor_names=tuple(factor_names),
            columns=columns,
            steps=tuple(steps),
            settings=MappingProxyType(dict(settings)),
            signature_options=tuple(signature_options),
            notes=tuple(notes),
            interval=interval,
            chance=chance,
            per_repeat=_frozen(per_repeat),
            null=null,
            ceiling=ceiling,
            adjusted=adjusted,
            recipe=recipe,
        )
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Score is read-only: {name} cannot be set. Use score.replace({name}=...).")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Score is read-only: {name} cannot be deleted.")

    def __repr__(self) -> str:
        return float.__repr__(self)

    __str__ = __repr__

    def __reduce__(self) -> tuple[Callable[..., Score], tuple[float, dict[str, Any]]]:
        # A lambda or a nested function does not pickle; its name does.
        settings = {n: spelled(v) if "<" in getattr(v, "__qualname__", "") else v for n, v in self.settings.items()}
        without = {"settings": settings, "notes": self.notes, "recipe": None}
        return _rebuild, (float(self), {**self.__dict__, **without})

    def __copy__(self) -> Score:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Score:
        return self

    def _parts(self) -> dict[str, Any]:
        return {**self.__dict__, "settings": dict(self.settings)}

    def replace(self, **changes: Any) -> Score:
        """Return a copy of the score with the given fields changed."""
        return _rebuild(float(self), {**self._parts(), **changes})

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes that a reader of the number should know."""
        said: tuple[Note, ...] = self.__dict__["notes"]
        if not all(isinstance(note, str) for note in said):
            with quiet():
                said = self._texts(said)
            self.__dict__["notes"] = said
        return said  # type: ignore[return-value]  # all are text now

    def _texts(self, notes: tuple[Note, ...]) -> tuple[str, ...]:
        """Return notes as text; those that need rows which were overwritten are replaced by one that says so."""
        try:
            data = self.recipe and self.recipe.data  # kept until all notes are made
            made = tuple(text for note in notes for text in ([note] if isinstance(note, str) else note(self)))
            del data
        except OverwrittenError as error:
            return (*(note for note in notes if isinstance(note, str)), f"some notes are missing: {error}")
        return made

    def noted(self, *more: str) -> Score:
        """Return a copy of the score with more notes at the end."""
        return self.replace(notes=(*self.__dict__["notes"], *more))

    def detach(self) -> Score:
        """Return the score without its recipe, so that it keeps no data alive."""
        return self.replace(notes=self.notes, recipe=None)

    @property
    def spread(self) -> float | None:
        """Standard deviation of the score over repeats of the split, or None for a single split."""
        return None if self.per_repeat is None else float(np.std(self.per_repeat, ddof=1))

    @property
    def signature(self) -> str:
        """One line with all settings of the score; :func:`rescore` computes the score again from it and the data."""
        fields = [field(name, self.settings[name]) for name in self.signature_options]
        fields += [field(short, self.settings[name]) for short, name in CONTEXT.items()]
        return "|".join([self.metric, *fields])

    def describe(self, width: int = 100, without: Collection[str] = ()) -> str:
        """Return the score, its parts, its notes and its signature as a block of text.

        Parameters
        ----------
        width : int, default 100
            Width at which lines of parts are broken.
        without : collection of str, optional
            Notes that are left out.
        """
        head = f"{self.metric} = {number(self, 4, undefined=IN_WORDS)}"
        if self.interval is not None:
            head += f" {after_score(self, self.interval, 4)} {percent(self.interval.level)} {self.interval.method}"
        if self.spread is not None and self.per_repeat is not None:
            head += f"  +- {number(self.spread, 4, undefined=IN_WORDS)} over {len(self.per_repeat)} splits"
        head += heading(self.chance, self.ceiling, self.adjusted)
        lines = [head, *wrapped(self._cells(), width)]
        notes = [note for note in self.notes if note not in without]
        return "\n".join([*lines, *(f"  {one_line(text)}" for text in (*notes, self.signature))])

    def _cells(self) -> list[str]:
        """Return the text of each part: name, value, and corrected value and interval if there are any."""
        parts = self.parts()
        after = after_parts(parts, self.interval, 2)
        return [
            f"{one_line(name)} {number(value, 2, undefined=IN_WORDS)}{after[name]}" for name, value in parts.items()
        ]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns of the matrix: of the factors, or of the latents."""
        return self.latent_names if self.columns == "latents" else self.factor_names

    @property
    def row_names(self) -> tuple[str, ...]:
        """Names of the rows of the matrix: of the latents, or of the steps of a curve."""
        return self.steps or self.latent_names

    def parts(self) -> dict[str, float]:
        """Return the score of each factor (or latent) by name, NaN if it is undefined."""
        if self.per_factor is not None:
            return dict(zip(self.factor_names, self.per_factor.tolist(), strict=True))
        values = [] if self.per_latent is None else self.per_latent.tolist()
        return dict(zip(self.latent_names, values, strict=False))

    def beside(self, part: int | None = None) -> dict[str, float]:
        """Return the additions to the score, or to one of its parts: corrected value, ends, chance, ceiling."""
        return beside(self.interval, self.null, self.ceiling, self.chance, self.adjusted, part)

    def to_dict(self) -> dict[str, Any]:
        """Return the score as plain Python values, fit for strict JSON: an undefined value is None."""
        return {
            "metric": self.metric,
            "value": plain(float(self)),
            "interval": as_plain(self.interval),
            "chance": plain(self.chance),
            "per_factor": plain(self.per_factor),
            "per_latent": plain(self.per_latent),
            "per_repeat": plain(self.per_repeat),
            "spread": plain(self.spread),
            "matrix": plain(self.matrix),
            "latent_names": list(self.latent_names),
            "factor_names": list(self.factor_names),
            "settings": plain(self.settings),
            "notes": list(self.notes),
            "signature": self.signature,
            **({} if self.columns == "factors" else {"columns": self.columns}),
            **({"steps": list(self.steps)} if self.steps else {}),
            **self._asked_for(),
        }

    def _asked_for(self) -> dict[str, Any]:
        """Return the fields that exist only on request."""
        parts = {"null": as_plain(self.null), "ceiling": as_plain(self.ceiling), "adjusted": self.adjusted}
        return {name: part for name, part in parts.items() if part is not None}

    def to_frame(self) -> pd.DataFrame:
        """Return the matrix as a table: a row per latent (or step of a curve), a column per factor (or latent)."""
        import pandas as pd

        return pd.DataFrame(
            np.array(self.matrix),
            index=pd.Index(self.row_names, name="step" if self.steps else "latent"),
            columns=pd.Index(self.column_names, name="factor" if self.columns == "factors" else "other latent"),
        )


def _rebuild(value: float, parts: dict[str, Any]) -> Score:
    return Score(value, **parts)


def _frozen(array: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if array is None:
        return None
    array = np.array(array, dtype=np.float64)
    array.flags.writeable = False
    return array


def is_default(value: Any, default: Any) -> bool:
    """Return whether an option has its default; None, unlike ``"none"``, leaves the choice to the metric."""
    return value is default or spelled(value) == spelled(default)
