"""The dependence of a score on the number of rows: its spread from subsamples, and the law s + b / n.

Scores of n rows out of N differ for two reasons. First, the drawn rows differ. This part of the variance is
sigma^2 (1/n - 1/N), as for every mean of draws without replacement, and is 0 at n = N. Second, the metric may split
rows at random: tau^2 / n. Scores of rows that are not among these N have the variance (sigma^2 + tau^2) / n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below this probability of the residuals the law is rejected.
MISFIT = 0.01
# A variance up to this is a rounding error of equal scores.
_NOTHING = 1e-20
# The law is fitted to at least this number of sizes, so that a misfit can show.
_FEWEST = 3


@dataclass(frozen=True)
class Fit:
    """The law score(n) = limit + slope / n, fitted to the mean scores of several numbers of rows.

    Attributes
    ----------
    limit : float
        The score of infinitely many rows, if the law holds.
    limit_error : float
        Its standard error: of the fit, and of the N rows as a sample.
    slope : float
        The bias of n rows is slope / n.
    slope_error : float
        Its standard error.
    first : int
        The smallest number of rows in the fit; smaller numbers are too small for the law.
    misfit : float or None
        The probability of residuals at least as large if the law holds; None if there are too few sizes.
    """

    limit: float
    limit_error: float
    slope: float
    slope_error: float
    first: int
    misfit: float | None

    @property
    def holds(self) -> bool:
        """Whether the residuals of the law are as small as chance allows."""
        return self.misfit is None or self.misfit >= MISFIT

    def bias(self, n: float) -> float:
        """Return the bias of a score of n rows."""
        return self.slope / n


def spreads(n: Floats, variance: Floats) -> Floats:
    """Return the standard deviation of scores of n rows over all possible samples: (k,).

    Parameters
    ----------
    n : ndarray of shape (k,)
        Ascending numbers of rows; the last is N.
    variance : ndarray of shape (k,)
        Variance of the scores of n rows drawn from the N; the last is the variance of random splits alone.
    """
    by_size = _of_rows(n, variance)
    pooled = _pooled(by_size)
    return np.asarray(np.sqrt(variance + np.append(by_size, pooled) / n[-1]))


def _of_rows(n: Floats, variance: Floats) -> Floats:
    """Return the estimate of sigma^2 from each size but the last: (k - 1,)."""
    split = n[-1] * variance[-1]
    return np.asarray(np.maximum((variance[:-1] - split / n[:-1]) / (1 / n[:-1] - 1 / n[-1]), 0.0))


def _pooled(by_size: Floats) -> float:
    """Return one sigma^2 from the larger half of the sizes, where a score is most like a mean over rows."""
    return float(by_size[len(by_size) // 2 :].mean())


def fit_law(n: Floats, mean: Floats, variance: Floats, n_scores: NDArray[np.intp]) -> Fit:
    """Return the fit of score(n) = s + b / n by weighted least squares.

    The smallest sizes are left out, one by one, as long as the residuals are larger than chance allows. If the law
    still does not hold, the largest sizes are fitted, and the errors are scaled up with the residuals.

    Parameters
    ----------
    n : ndarray of shape (k,)
        Ascending numbers of rows; the last is the number of all rows.
    mean, variance : ndarray of shape (k,)
        Mean and variance of the scores of each size.
    n_scores : ndarray of shape (k,)
        Number of scores of each size.
    """
    fewest = min(_FEWEST, len(n) - 1)
    for start in range(len(n) - fewest):
        fit = _fitted(n[start:], mean[start:], variance[start:], n_scores[start:])
        if fit.holds:
            return fit
    return fit


def _fitted(n: Floats, mean: Floats, variance: Floats, n_scores: NDArray[np.intp]) -> Fit:
    rows = _pooled(_of_rows(n, variance))
    smooth = n[-1] * variance[-1] / n + rows * (1 / n - 1 / n[-1])  # variance of one score, by the law above
    if not smooth.any():
        smooth = 1 / n
    weighed = smooth / n_scores
    weighed[-1] = max(weighed[-1], 1e-6 * weighed[:-1].min())  # the mean of all rows is nearly certain, not completely
    design = np.stack([np.ones_like(n), n[-1] / n], axis=1) / np.sqrt(weighed)[:, None]
    solve = np.linalg.pinv(design) / np.sqrt(weighed)
    limit, slope = solve @ mean
    covariance = solve * (variance / n_scores) @ solve.T
    misfit, excess = _misfit(mean - limit - slope * n[-1] / n, np.maximum(variance, smooth), n_scores)
    if misfit is not None and misfit < MISFIT:
        covariance *= excess
    slope_error = float(np.sqrt(covariance[1, 1]) * n[-1])
    limit_error = float(np.sqrt(covariance[0, 0] + rows / n[-1]))
    return Fit(float(limit), limit_error, float(slope * n[-1]), slope_error, int(n[0]), misfit)


def _misfit(residual: Floats, variance: Floats, n_scores: NDArray[np.intp]) -> tuple[float | None, float]:
    """Return the probability of the residuals, None if they must be 0, and their mean square in units of chance."""
    from scipy.special import gammaincc

    degrees = len(residual) - 2
    if degrees < 1:
        return None, 1.0
    if variance[-1] <= _NOTHING:  # the score of all rows is one number, and the fit passes through it
        residual, variance, n_scores = residual[:-1], variance[:-1], n_scores[:-1]
    known = variance / n_scores
    if np.abs(residual).max() < 1e-12:
        return 1.0, 1.0
    # the variances are estimates, so ratios to them are larger, by the mean of an F distribution
    few = max(int(n_scores[0]) - 3, 1) / (int(n_scores[0]) - 1)
    square = float(np.sum(residual**2 / np.maximum(known, 1e-30))) * few
    return float(gammaincc(degrees / 2, square / 2)), max(square / degrees, 1.0)
