"""Posterior: the distribution q(z|x) of an encoder for each sample, and the factors of the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DTypeError, InputError, NonFiniteError, OptionError, ShapeError
from ..kernels.counting.merged_factors import Factor
from ..kernels.discretizing.discretizers import discretize_uniform
from ..kernels.information.posterior import MAX_DISTANCE, MAX_LOGVAR, kl_from_prior
from .arrays import to_numpy
from .kinds import FactorKinds
from .representation import Group, Representation
from .row_labels import check_row_labels

# An array, or a function that returns one: an array in a file is read when a metric needs it.
Source = ArrayLike | Callable[[], ArrayLike]

_MISSING = (
    "the posterior is missing: these are latents without log-variances. Pass mean, logvar and factors; or a file "
    "with the arrays 'mean' and 'logvar', as dmetrics encode writes it."
)


class Posterior(Representation):
    """Gaussian posteriors q(z|x) of an encoder, and the factors of the same samples.

    A Posterior is a :class:`Representation` whose latents are the means. Every metric can score it. Metrics that need
    the posterior, for example :func:`mig_posterior`, need this class.

    Parameters
    ----------
    mean : array-like of shape (n_samples, n_latents), n_samples >= 2, n_latents >= 2
    logvar : array-like of shape (n_samples, n_latents)
        Logarithms of the variances, between -300 and 300. A function that returns them is called when they are needed.
    factors : array-like of shape (n_samples, n_factors) or (n_samples,)
    samples : array-like of shape (n_samples, n_latents), optional
        One sample from the posterior of each row, or a function that returns them. Without samples, metrics draw them.
    latent_names, factor_names, factor_kinds, sample_weight, align : optional
        See :class:`Representation`.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError, OptionError

    Examples
    --------
    >>> data = Posterior([[0.1, 2.0], [0.4, 1.0]], [[-2, 0], [-2, 0]], [["red"], ["blue"]])
    >>> data.logvar.tolist(), data.samples
    ([[-2, 0], [-2, 0]], None)
    """

    def __init__(
        self,
        mean: ArrayLike,
        logvar: Source,
        factors: ArrayLike,
        *,
        samples: Source | None = None,
        latent_names: Sequence[str] | None = None,
        factor_names: Sequence[str] | None = None,
        factor_kinds: FactorKinds = None,
        sample_weight: ArrayLike | None = None,
        align: bool = False,
    ) -> None:
        for name, source in (("logvar", logvar), ("samples", samples)):
            check_row_labels(mean, source, name, "mean")
        super().__init__(
            mean,
            factors,
            latent_names=latent_names,
            factor_names=factor_names,
            factor_kinds=factor_kinds,
            sample_weight=sample_weight,
            align=align,
        )
        self._take_posterior(logvar, samples)

    def _take_posterior(self, logvar: Source, samples: Source | None) -> None:
        self._logvar, self._samples = logvar, samples
        for source in (logvar, samples):  # an array is checked now, a file when it is read
            if source is not None and not callable(source):
                _ = self.logvar if source is logvar else self.samples

    @classmethod
    def needed(
        cls,
        mean: ArrayLike | Representation,
        logvar: ArrayLike | None = None,
        factors: ArrayLike | None = None,
        samples: ArrayLike | None = None,
        factor_kinds: FactorKinds = None,
    ) -> Posterior:
        """Return the Posterior of a metric's input, which is a Posterior or arrays.

        Raises
        ------
        InputError
            If the input is a Representation without a posterior.
        OptionError
            If arrays are missing, or too many.
        """
        if isinstance(mean, Representation):
            if not isinstance(mean, Posterior):
                raise InputError(_MISSING)
            if not (logvar is factors is samples is None):
                raise OptionError("a Posterior holds its log-variances, factors and samples. Pass it alone.")
            return mean if factor_kinds is None else cast("Posterior", mean.with_kinds(factor_kinds))
        if logvar is None or factors is None:
            raise OptionError("pass three arrays, mean, logvar and factors, or one Posterior.")
        return cls(mean, logvar, factors, samples=samples, factor_kinds=factor_kinds)

    @property
    def logvar(self) -> NDArray[Any]:
        """Log-variances: (n_samples, n_latents)."""
        return self.remember("logvar", lambda: self._checked("logvar", self._logvar))

    @property
    def samples(self) -> NDArray[Any] | None:
        """A sample from each row's posterior, (n_samples, n_latents), or None."""
        source = self._samples
        return None if source is None else self.remember("samples", lambda: self._checked("samples", source))

    @property
    def kl(self) -> NDArray[np.float64]:
        """Mean divergence KL(q(z_j|x) || N(0, 1)) of each latent over the rows, in nats: (n_latents,)."""
        return self.remember("kl", lambda: kl_from_prior(self.latents, self.logvar))

    def _checked(self, name: str, source: Source) -> NDArray[Any]:
        """Return the array of a source, checked to have the shape of the means and usable numbers."""
        array = to_numpy(source() if callable(source) else source)
        n_rows = self.n_samples if self.weights is None else self.weights.n_given
        given = (n_rows if self.paired is None else self.paired.n_given, self.n_latents)
        if array.shape != given:
            raise ShapeError(
                f"{name} has shape {array.shape} and mean has {given}; each needs a value for every "
                "sample and latent, in the same order."
            )
        if array.dtype.kind not in "iuf":
            raise DTypeError(f"{name} has dtype {array.dtype}. Pass real numbers.")
        bad = ~np.isfinite(array)
        if bad.any():
            row, j = (int(i) for i in np.argwhere(bad)[0])
            raise NonFiniteError(
                f"{name} has {int(bad.sum())} values that are not finite (first at row {row}, column {j}, "
                f"{self.latent_names[j]!r}). Drop those rows from all arrays alike."
            )
        if name == "logvar" and max(float(array.max()), -float(array.min())) > MAX_LOGVAR:
            raise InputError(
                f"logvar runs from {array.min():g} to {array.max():g}: logarithms of variances lie between "
                f"{-MAX_LOGVAR:g} and {MAX_LOGVAR:g}. Pass np.log(variance), or 2 * np.log(standard_deviation)."
            )
        rows = None if self.weights is None else self.weights.rows
        array = array if self.paired is None else array[self.paired.rows]
        view = array.view() if rows is None else array[rows]
        view.flags.writeable = False
        return view

    def on_rows(self, latents: NDArray[np.intp], factors: NDArray[np.intp]) -> Posterior:
        """Return the posteriors of given rows with the factors of given rows, see :meth:`Representation.on_rows`."""
        names: dict[str, Any] = {"latent_names": self.latent_names, "factor_names": self.factor_names}
        samples = None if self.samples is None else self.samples[latents]
        posterior = Posterior(
            self.latents[latents], self.logvar[latents], self.factors[factors], samples=samples, **names
        )
        return cast(Posterior, posterior.with_kinds_of(self))

    def draw(
        self, rows: NDArray[np.intp] | slice, n_draws: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return a sample from the posterior of drawn rows, (s, d), and the place of each drawn row in `rows`, (s,).

        Parameters
        ----------
        rows : ndarray of int or slice
            The rows that may be drawn.
        n_draws : int
            Largest number of rows to draw, without replacement.
        seed : int

        Raises
        ------
        InputError
            If given samples cannot come from the posterior of their row.
        """
        index = np.arange(self.n_samples)[rows]
        rng = np.random.default_rng(seed)
        # One draw of noise for all latents: each latent alone is as random, and equal latents get equal samples
        noise = rng.standard_normal(self.n_samples)
        places = np.arange(len(index))
        if len(index) > n_draws:
            places = np.sort(rng.choice(len(index), n_draws, replace=False))
        chosen = index[places]
        mean = self.latents[chosen].astype(np.float64)
        deviation = np.exp(0.5 * self.logvar[chosen].astype(np.float64))
        samples = self.samples
        points = mean + deviation * noise[chosen, None] if samples is None else samples[chosen].astype(np.float64)
        with np.errstate(over="ignore"):
            distance = np.abs((points - mean) / deviation)
        if distance.max() > MAX_DISTANCE:
            row, j = np.unravel_index(int(distance.argmax()), distance.shape)
            raise InputError(
                f"the sample of row {chosen[row]} is {distance[row, j]:.3g} standard deviations from that row's mean "
                f"in latent {self.latent_names[j]!r}: it is not of this posterior. Are mean, logvar and samples of the "
                "same rows in the same order, and logvar the logarithm of the variance?"
            )
        return points, places

    def discrete(self, group: Group, factor_bins: int) -> list[Factor]:
        """Return the factors of a group by their labels, or by equal-width bins if they are continuous."""
        return [self.factor(group, k, discretize_uniform, factor_bins) for k in group.factors]
