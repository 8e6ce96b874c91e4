"""Newton's method for many small problems at once: lines ``slope * x + intercept`` that minimize a convex loss.

Each problem is a line on one latent. Its objective is

    1/2 (slope^2 + intercept^2) + loss(slope, intercept)

strictly convex in two unknowns. They are solved for around the middle of the latent, where a line is
``slope * (x - center) + height``: an offset that is large against the latent's range then costs no digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# From the numbers of some problems, their slopes and heights: the loss's two first derivatives, by slope and by height,
# and its three second ones, by slope, by both and by height: (5, m).
Derivatives = Callable[[Indices, Floats, Floats], Floats]

_LEVEL = 1e-6  # a step has not gone too far if the derivative along it falls below this part of its first value


def minimize(
    derivatives: Derivatives,
    center: Floats,
    ends: Floats,
    start: Floats,
    *,
    safe: float,
    tolerance: float,
    max_steps: int,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line at its optimum (2, m), and whether each fit converged (m,).

    Parameters
    ----------
    derivatives : callable
    center : ndarray of shape (m,)
        The center of each line's latent.
    ends : ndarray of shape (2, m)
        Smallest and largest training value, counted from the center.
    start : ndarray of shape (2, m)
    safe : float
        The longest full Newton step, in decision values, that is known not to raise the objective.
    tolerance : float
        Of the last step, in decision values and relative to the line's largest.
    max_steps : int
    """
    line = start.copy()
    arrived = np.zeros(line.shape[1], dtype=bool)
    open_ = np.arange(line.shape[1])
    state = _gradient_added(derivatives(open_, *line), line, center)
    for _ in range(max_steps):
        middle_of, ends_of = center[open_], ends.take(open_, axis=1)
        step = _newton_step(state, middle_of)
        size = largest(step, ends_of)
        now = line.take(open_, axis=1) + step
        line[:, open_] = now
        # By the whole step and not by the part that was taken: a step that had to be cut short has not converged.
        done = size <= tolerance * (1.0 + largest(now, ends_of))
        arrived[open_[done]] = True
        more = np.flatnonzero(~done)
        if not len(more):
            break
        open_, step, size, before = open_[more], step.take(more, axis=1), size[more], state.take(more, axis=1)
        now = now.take(more, axis=1)
        state = _gradient_added(derivatives(open_, *now), now, center[open_])
        _shorten(derivatives, center, line, open_, step, before, state, size > safe)
    return line, arrived


def _gradient_added(state: Floats, line: Floats, center: Floats) -> Floats:
    """Add the penalty's gradient. Its second derivatives are added where they are used, for the sake of digits."""
    slope, height = line
    intercept = height - slope * center
    state[0] += slope - center * intercept
    state[1] += intercept
    return state


def _newton_step(state: Floats, center: Floats) -> Floats:
    g_w, g_h = state[:2]
    a, b, c, determinant = _curvature(state, center)
    return np.stack([b * g_h - c * g_w, b * g_w - a * g_h]) / determinant


def _curvature(state: Floats, center: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the second derivatives of the objective, by slope, by both and by height, and their determinant."""
    _, _, h_ww, h_wh, h_hh = state
    # The determinant of loss + penalty, (1 + center^2, -center; -center, 1), as a sum of what is not negative.
    of_loss = np.maximum(h_ww * h_hh - h_wh**2, 0.0)
    mixed = np.maximum(h_ww + center * (2 * h_wh + center * h_hh), 0.0) + h_hh
    return h_ww + 1 + center**2, h_wh - center, h_hh + 1, of_loss + mixed + 1


def shift_by_error(state: Floats, center: Floats, ends: Floats, error: Floats) -> Floats:
    """Return the distance of lines from their optimum, in decision values, for an error of the loss's gradient.

    `state` are the derivatives there (5, m), and `error` how large it may be, by slope and by height (2, m).
    """
    a, b, c, determinant = _curvature(state, center)
    slope = c * error[0] + np.abs(b) * error[1]
    height = np.abs(b) * error[0] + a * error[1]
    return np.asarray((slope * np.abs(ends).max(axis=0) + height) / determinant)


def middle(x: Floats) -> Floats:
    """Return for each latent (n_latents, n) a value that lies among most of its others: the median of some rows."""
    rows = x[:, :: 1 + x.shape[1] // 256]
    below, above = (rows.shape[1] - 1) // 2, rows.shape[1] // 2
    rows = np.partition(rows, (below, above), axis=1)
    # the value of np.median, which would import numpy.ma: 10 ms of a command that takes 200
    return (rows[:, below] + rows[:, above]) / 2


def largest(line: Floats, ends: Floats) -> Floats:
    """Return the largest size of each line over its training range: a line is largest at one of its ends."""
    return np.asarray(np.abs(line[0] * ends + line[1]).max(axis=0))


def _shorten(
    derivatives: Derivatives,
    center: Floats,
    line: Floats,
    open_: Indices,
    step: Floats,
    before: Floats,
    state: Floats,
    long: NDArray[np.bool_],
) -> None:
    """Bring back, in place, the lines whose step led beyond the lowest point on its way.

    Along a step the objective is convex: it falls as long as its derivative is negative. So a full step that ends on a
    negative derivative has not raised it, and one that does not is cut where the derivative is negative.
    """
    with np.errstate(over="ignore"):  # only its sign counts, infinite or not
        first = (before[:2] * step).sum(axis=0)
        last = (state[:2] * step).sum(axis=0)
    beyond = np.flatnonzero(long & (last > -_LEVEL * first))
    part, most = np.ones(len(open_)), 0.9
    while len(beyond):
        secant = first[beyond] / (first[beyond] - last[beyond])
        back = part[beyond] * (1 - np.clip(secant, 0.1, most))
        columns = open_[beyond]
        line[:, columns] -= back * step[:, beyond]
        part[beyond] -= back
        now = _gradient_added(derivatives(columns, *line[:, columns]), line[:, columns], center[columns])
        state[:, beyond] = now
        last[beyond] = (now[:2] * step[:, beyond]).sum(axis=0)
        beyond = beyond[(last[beyond] > -_LEVEL * first[beyond]) & (part[beyond] > 1e-10)]
        most = 0.5
