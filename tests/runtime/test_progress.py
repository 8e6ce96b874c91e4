"""A bar for long work on a terminal, and nothing elsewhere."""

import io
import sys

import pytest

from disentangle_metrics.runtime import progress as module
from disentangle_metrics.runtime.progress import progress, shown_by


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work():
    with progress("counting") as step:
        for i in range(1, 5):
            step(i, 4)


@pytest.fixture
def on_a_terminal(monkeypatch):
    """Do the work before a terminal, and return what that shows."""

    def shown(long):
        monkeypatch.setattr(sys, "stderr", Terminal())  # here, since pytest sets its own when a test begins
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(module, "_LONG", long)
        work()
        return sys.stderr.getvalue()

    return shown


def test_long_work_shows_a_bar_on_a_terminal(on_a_terminal):
    shown = on_a_terminal(0.0)
    assert "counting" in shown
    assert "100%" in shown


def test_short_work_shows_nothing(on_a_terminal):
    assert on_a_terminal(2.0) == ""


def test_work_that_is_not_watched_shows_nothing(capsys, monkeypatch):
    monkeypatch.setattr(module, "_LONG", 0.0)
    work()
    assert capsys.readouterr() == ("", "")


def test_whoever_started_the_work_may_show_it(on_a_terminal):
    seen = []
    with shown_by(lambda done, total: seen.append(done / total)):
        assert on_a_terminal(0.0) == ""
    assert seen == [0.25, 0.5, 0.75, 1.0]
