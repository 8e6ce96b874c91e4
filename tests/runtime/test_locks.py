"""One process at a time: processes that are kept out, their messages, and the end of a lock."""

import subprocess
import sys

import pytest

from disentangle_metrics import FileFormatError, OptionError
from disentangle_metrics.runtime.locks import alone

HOLD = (
    "import sys, time; from pathlib import Path; from disentangle_metrics.runtime.locks import alone\n"
    "with alone(Path(sys.argv[1]), 'at it', 'go'):\n    print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def holder(tmp_path):
    """A process that holds a lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_lock_says_who_holds_it_and_since_when(holder, tmp_path):
    said = (
        rf"^another process is at it \(process {holder.pid} on .+, since 20\d\d-\d\d-\d\d [\d:]+\)\. Wait .* or go\.$"
    )
    for _ in range(3):  # asking does not make it forget
        with pytest.raises(OptionError, match=said), alone(tmp_path / "lock", "at it", "go"):
            pass


def test_a_lock_goes_with_a_process_that_is_killed(holder, tmp_path):
    holder.kill()
    holder.wait()
    with alone(tmp_path / "lock", "at it", "go"):
        pass


def test_a_lock_is_free_after_the_block_and_names_nobody(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), alone(tmp_path / "lock", "at it", "go"):
            raise KeyError
    assert (tmp_path / "lock").read_text() == ""


def test_one_process_does_not_take_a_lock_twice(tmp_path):
    with alone(tmp_path / "lock", "at it", "go"), pytest.raises(OptionError), alone(tmp_path / "lock", "at it", "go"):
        pass


def test_a_folder_that_takes_no_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileFormatError, match="lock cannot be written"), alone(tmp_path / "file/lock", "at it", "go"):
        pass
