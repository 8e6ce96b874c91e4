"""The default number of draws follows the number of values that are tested together."""

import numpy as np

from disentangle_metrics import compare


def test_each_value_of_a_factor_that_is_taken_apart_is_a_test():
    rng = np.random.default_rng(0)
    v = rng.integers(30, size=(300, 1))
    a, b = (np.hstack([v, v]) + rng.normal(size=(300, 2)) for _ in range(2))
    whole = compare(a, b, v)
    apart = compare(a, b, v, options={"mig": {"one_hot": True}})
    assert apart.n_draws > whole.n_draws
