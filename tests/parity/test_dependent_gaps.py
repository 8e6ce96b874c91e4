"""DMIG, XMIG and DLIG against latte, on every recorded case: there factor k is meant for latent k."""

import json

import numpy as np
import pytest
from conftest import GOLDEN, Golden

from disentangle_metrics import PROTOCOLS, OptionError, dlig, dmig, xmig

LATTE = "latte-metrics (repo 623fae2, sklearn1.3.2,numpy1.26.4)"
METRICS = {"dmig": dmig, "xmig": xmig, "dlig": dlig}
RECORDED = [
    pytest.param(name, case, "categorical" if "discrete=True" in setting else "continuous", theirs, id=f"{name}-{case}")
    for case, found in json.loads((GOLDEN / "expected.json").read_text()).items()
    for setting, theirs in found.get(LATTE, {}).items()
    if (name := setting.split()[0]) in METRICS and isinstance(theirs, list)
]


def test_nineteen_vectors_are_compared():
    # its XMIG refuses the two cases with as many latents as factors, c01_perfect and c02_rot45
    assert len(RECORDED) == 19


@pytest.mark.parametrize(("name", "case", "kind", "theirs"), RECORDED)
def test_it_equals_latte(name, case, kind, theirs):
    latents, factors = Golden.arrays(case)
    n_factors = len(theirs)
    targets = {f"v{k}": k for k in range(n_factors)}
    options = {**PROTOCOLS["latte"][name], "factor_kinds": kind, "targets": targets}
    score = METRICS[name](latents, factors, **options)
    ours = score.per_factor if name != "dlig" else np.array(score.per_latent)[:n_factors]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_self_information_needs_neighbors():
    v = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (10, 1))
    for metric in METRICS.values():
        with pytest.raises(OptionError, match="normalizer='self-information' needs estimator='ksg'"):
            metric(v, v, normalizer="self-information")
