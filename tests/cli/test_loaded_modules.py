"""What a verb loads: no heavy library without need."""

import subprocess
import sys

import pytest
from shell import FACTORS, LATENTS

HEAVY = {"sklearn", "scipy", "pandas", "torch", "jax", "tensorflow", "polars", "pyarrow", "h5py", "matplotlib"}


def loaded_by(code):
    """Return the top modules that are loaded once the code has run."""
    code += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(result.stderr.split())


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["score", "--help"],
        ["list"],
        ["show", "sap"],
        ["score", LATENTS, FACTORS, "-m", "mig"],
        ["score", LATENTS, FACTORS, "-m", "mig", "-f", "json"],
        ["score", LATENTS, FACTORS, "-m", "mig", "--set", "mig.n_bins=9", "-o", "/dev/null"],
    ],
    ids=lambda args: " ".join(str(arg).rpartition("/")[2] for arg in args),
)
def test_what_needs_no_heavy_library_loads_none(args):
    command = ["dmetrics", *map(str, args)]
    code = (
        f"import sys; sys.argv = {command}\nfrom disentangle_metrics.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert not loaded_by(code) & HEAVY


def test_a_score_is_printed_without_rich():
    code = f"import sys; sys.argv = ['dmetrics', 'score', '{LATENTS}', '{FACTORS}']\n"
    code += "from disentangle_metrics.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    print('rich.console' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.splitlines()[-1] == "False"


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import disentangle_metrics") & {*HEAVY, "numpy", "click", "rich"}
