"""The list of metrics and protocols is folded to the width of the terminal, and nothing of it is cut."""

import re

import pytest
from click.testing import CliRunner
from shell import PLAIN

from disentangle_metrics import PROTOCOLS, list_metrics
from disentangle_metrics.cli.app import app


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_name_and_no_source_is_cut(width):
    shown = CliRunner().invoke(app, ["list"], env={**PLAIN, "COLUMNS": str(width)}, prog_name="dmetrics").stdout
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width
    words = {line.split()[0] for line in shown.splitlines() if line[1:2].strip()}
    assert {spec.name for spec in list_metrics()} | set(PROTOCOLS) <= words
    table = [line for line in shown.splitlines() if line.strip()]
    start = next(line for line in table if "source" in line).index("source")
    sources = re.sub(
        r"\s", "", "".join(line[start:] for line in table[table.index(next(x for x in table if "source" in x)) :])
    )
    for protocol in PROTOCOLS.values():
        assert re.sub(r"\s", "", protocol.source) in sources
