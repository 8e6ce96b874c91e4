"""Newton's method for one line at a time: the compiled twin of `minimize`.

It returns the next line to evaluate and is given the derivatives there, so it does not depend on the loss. Its state
for a line is a short array, at the places named here.
"""

from __future__ import annotations

from .compiling import njit

SLOPE, HEIGHT, STEP_SLOPE, STEP_HEIGHT, DOWNHILL, PART, MOST, MOVED, LONG, STEPS, ARRIVED = range(11)
N_PLACES = 11

_LEVEL = 1e-6  # as in the numpy kernel


@njit(cache=True, nogil=True)
def begin(memory, slope, height):  # type: ignore[no-untyped-def]
    """Set the state to a first line."""
    memory[:] = 0.0
    memory[SLOPE], memory[HEIGHT] = slope, height


@njit(cache=True, nogil=True)
def tell(memory, g_w, g_h, h_ww, h_wh, h_hh, center, low, high, safe, tolerance, max_steps):  # type: ignore[no-untyped-def]
    """Move the line, given the derivatives of the loss there; return whether to go on.

    Parameters
    ----------
    memory : ndarray of shape (N_PLACES,)
    g_w, g_h, h_ww, h_wh, h_hh : float
        The two first derivatives of the loss, by slope and by height, and the three second ones.
    center, low, high : float
        The center of the latent, and its smallest and largest value, counted from the center.
    safe, tolerance, max_steps
        As in the numpy kernel.
    """
    slope, height = memory[SLOPE], memory[HEIGHT]
    intercept = height - slope * center
    g_w += slope - center * intercept
    g_h += intercept
    if memory[MOVED] > 0 and memory[LONG] > 0:
        last = g_w * memory[STEP_SLOPE] + g_h * memory[STEP_HEIGHT]
        if last > -_LEVEL * memory[DOWNHILL] and memory[PART] > 1e-10:
            secant = memory[DOWNHILL] / (memory[DOWNHILL] - last)
            back = memory[PART] * (1.0 - min(max(secant, 0.1), memory[MOST]))
            memory[SLOPE] -= back * memory[STEP_SLOPE]
            memory[HEIGHT] -= back * memory[STEP_HEIGHT]
            memory[PART] -= back
            memory[MOST] = 0.5
            return True
    of_loss = max(h_ww * h_hh - h_wh * h_wh, 0.0)
    mixed = max(h_ww + center * (2.0 * h_wh + center * h_hh), 0.0) + h_hh
    determinant = of_loss + mixed + 1.0
    a, b, c = h_ww + 1.0 + center * center, h_wh - center, h_hh + 1.0
    step_slope = (b * g_h - c * g_w) / determinant
    step_height = (b * g_w - a * g_h) / determinant
    slope += step_slope
    height += step_height
    size = max(abs(step_slope * low + step_height), abs(step_slope * high + step_height))
    largest = max(abs(slope * low + height), abs(slope * high + height))
    memory[SLOPE], memory[HEIGHT] = slope, height
    memory[STEP_SLOPE], memory[STEP_HEIGHT] = step_slope, step_height
    memory[DOWNHILL] = g_w * step_slope + g_h * step_height
    memory[PART], memory[MOST], memory[MOVED] = 1.0, 0.9, 1.0
    memory[LONG] = 1.0 if size > safe else 0.0
    memory[STEPS] += 1.0
    if size <= tolerance * (1.0 + largest):
        memory[ARRIVED] = 1.0
        return False
    return memory[STEPS] < max_steps
