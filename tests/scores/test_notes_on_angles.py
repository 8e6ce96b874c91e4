"""Notes of a score on the period of its factors."""

import numpy as np
import pytest

from disentangle_metrics import Circular, mig


@pytest.mark.parametrize(("period", "noted"), [(None, True), (2 * np.pi, False)])
def test_a_period_is_noted_where_it_was_not_given(period, noted):
    rng = np.random.default_rng(0)
    angle = rng.integers(8, size=200) / 4
    latents = np.column_stack([np.cos(np.pi * angle), np.sin(np.pi * angle)])
    notes = mig(latents, angle, factor_kinds=Circular(period)).notes
    assert any("was taken to have the period 6.28319" in note for note in notes) is noted
