"""Every metric in the registry, part by part, and one way to call each."""

import numpy as np
import pytest
from hypothesis import reject

from disentangle_metrics import InputError, Representation, list_metrics

SPECS = [part for spec in list_metrics() for part in spec.parts.values() or [spec]]
every_metric = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def call(spec, latents, factors=None, **options):
    """Score two arrays or a Representation; where a metric needs the posterior, latents are means of narrow ones.

    Data drawn by hypothesis that lack a second factor, which the metric needs, are no example for it.
    """
    if "posterior" not in spec.needs:
        try:
            return spec.function(latents, factors, **options)
        except InputError as error:
            if "at least two factors that vary" in str(error):
                reject()
            raise
    if isinstance(latents, Representation):
        latents, factors = latents.latents, latents.factors
    return spec.function(latents, np.full(np.shape(latents), -4.0), factors, n_draws=200, **options)
