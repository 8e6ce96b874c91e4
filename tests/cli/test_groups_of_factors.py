"""Groups of factors from the shell: as JSON, and by the advice of the message."""

import json
import re

import numpy as np
from shell import run


def test_groups_of_factors_are_given_as_json_and_a_message_says_how(tmp_path):
    factors = np.random.default_rng(0).normal(size=(60, 3))
    np.savez(tmp_path / "z.npz", latents=factors + 0.1)
    np.savez(tmp_path / "v.npz", factors=factors)
    files = [str(tmp_path / "z.npz"), str(tmp_path / "v.npz"), "--factor-kind", "continuous", "--format", "json"]
    wrong = run("score", *files, "-m", "r2", "--set", "r2.factor_groups=v0+v1")
    assert wrong.exit_code == 2
    advice = re.search(r"--set (r2\.factor_groups=\S+)\.", wrong.stderr)[1]
    right = run("score", *files, "-m", "r2", "--set", advice)
    assert right.exit_code == 0
    assert json.loads(right.stdout)["scores"]["r2"]["factor_names"] == ["v0+v1", "v2"]
