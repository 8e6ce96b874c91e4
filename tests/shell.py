"""The command line for tests: in this process, or in a separate process."""

import json
import os
import re
import subprocess
import sys

from click.testing import CliRunner
from conftest import EXAMPLES

from disentangle_metrics import list_metrics
from disentangle_metrics.cli.app import app

COMMAND = [sys.executable, "-c", "from disentangle_metrics.cli import main; main()"]
# No colors and a known width, wherever the tests run.
PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "FORCE_COLOR": None, "PY_COLORS": None}

NAMES = [spec.name for spec in list_metrics()]
LATENTS = EXAMPLES / "latents.npz"
FACTORS = EXAMPLES / "factors.npz"


def uncolored(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env=PLAIN, prog_name="dmetrics")


def spawn(*args, env=(), **options):
    """Run the command in a process of its own."""
    plain = {name: value for name, value in {**os.environ, **PLAIN, **dict(env)}.items() if value is not None}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*COMMAND, *map(str, args)], env=plain, text=True, timeout=60, **options)


def offered(*words, env=()):
    """Return what bash offers for the last of these words."""
    line = " ".join(["dmetrics", *words])
    asked = {"_DMETRICS_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    shown = spawn(env={**asked, **dict(env)}).stdout
    kinds, _, names = zip(*(offer.partition(",") for offer in shown.split()), strict=True)
    assert set(kinds) == {"plain"}
    return list(names)


def score_of(*args, metric="mig"):
    """Score with -f json and return what it says of one metric."""
    result = run("score", *args, "-f", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["scores"][metric]


def assert_refused(result, *fragments):
    """Bad input ends with code 2 and one message, which holds the fragments."""
    assert result.exit_code == 2
    assert result.stdout == ""
    message = " ".join(uncolored(result.stderr).split())
    assert message.startswith("error: ")
    assert "Traceback" not in message
    assert "This is a bug" not in message
    for fragment in fragments:
        assert fragment in message
