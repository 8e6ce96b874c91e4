"""What every test shares: hypothesis without randomness, the recorded numbers of other implementations, sample data."""

import json
import os
import re
import sys
from pathlib import Path

# Several workers share the processors: threads of the linear algebra of one wait for those of another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

from disentangle_metrics import Representation, config
from disentangle_metrics.runtime.config import BACKEND_VARIABLE

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = ROOT / "docs" / "examples"

# Never flaky: the same examples on every run and machine; no limit on the time of one.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, print_blob=False)
hypothesis.settings.load_profile("steady")


def plain(value):
    """The name of a test's case without an address in memory, so that every process sees the same tests."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", str(value))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items):
    """Keep tests that start processes on one of several workers, in their order."""
    for item in items:
        if {"batch", "reference_models", "test_sample_size.py"} & set(item.path.relative_to(ROOT).parts):
            item.add_marker(pytest.mark.xdist_group("processes"))


# Who computes must not depend on how long the tests before have worked.
config.backend = os.environ.get(BACKEND_VARIABLE) or "numpy"


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left_to_the_next_module():
    """End the processes of joblib with each module: it ends one that grows, amid the work of the next."""
    yield
    if "joblib.externals.loky" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor(max_workers=1).shutdown(wait=True)


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    """The README's paths are relative to the project."""
    monkeypatch.chdir(ROOT)


class Golden(dict):
    """What other implementations printed, by case, implementation and setting; and the arrays they were given."""

    @staticmethod
    def arrays(case):
        with np.load(GOLDEN / f"{case}.npz") as archive:
            return archive["latents"], archive["factors"]


@pytest.fixture(scope="session")
def golden():
    return Golden(json.loads((GOLDEN / "expected.json").read_text()))


@pytest.fixture(scope="session")
def example():
    """Encoder means of a beta-VAE on dSprites, and the factors: a real, weak representation."""
    with np.load(EXAMPLES / "latents.npz") as latents, np.load(EXAMPLES / "factors.npz") as factors:
        return Representation(
            latents["mean"], factors["factors"], factor_names=[str(name) for name in factors["factor_names"]]
        )
