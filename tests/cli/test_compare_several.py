"""``dmetrics compare -m`` takes several metrics, by commas or one by one."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app


@pytest.mark.parametrize("given", [["-m", "mig,mig_sup"], ["-m", "mig", "-m", "mig_sup"]])
def test_every_metric_that_is_named_is_compared(tmp_path, given):
    rng = np.random.default_rng(0)
    v = rng.integers([3, 4], size=(100, 2))
    np.savez(tmp_path / "factors.npz", factors=v)
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.npz", latents=v + rng.normal(size=v.shape))
    files = [str(tmp_path / f"{name}.npz") for name in ("a", "b", "factors")]
    out = CliRunner().invoke(app, ["compare", *files, *given, "--n-boot", "20", "-f", "json"]).stdout
    assert '"mig"' in out
    assert '"mig_sup"' in out
    assert json.loads(out)
