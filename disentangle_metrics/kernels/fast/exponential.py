"""The exponential in a form that a loop can vectorize: that of the C library takes one number at a time."""

from __future__ import annotations

import numpy as np

from .compiling import njit

_PER_LN2, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TO_WHOLE = 1.5 * 2.0**52  # a number to which this is added is rounded to a whole one, in its lowest bits
_ONE = np.int64(0x3FF0000000000000)  # the bits of 1.0


@njit(cache=True, inline="always", fastmath={"contract"})
def exp_below_zero(x: float) -> float:
    """Return exp(x) for x <= 0 with a relative error of 4e-16, and at least exp(-700)."""
    x = max(x, -700.0)
    shifted = x * _PER_LN2 + _TO_WHOLE
    whole = shifted - _TO_WHOLE
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW  # x = whole ln 2 + r, and |r| <= ln 2 / 2
    p = 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r + 1.0
    p = p * r + 1.0
    return p * np.int64((np.float64(shifted).view(np.int64) << 52) + _ONE).view(np.float64)
