"""Results are written whole or not at all."""

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest
from saved import text

from disentangle_metrics import FileFormatError, MissingFileError
from disentangle_metrics.files.write import write_text


def no_room(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail_to_rename(monkeypatch):
    monkeypatch.setattr(Path, "replace", no_room)


def fail_to_write(monkeypatch):
    make = tempfile.NamedTemporaryFile

    def full(*args, **options):
        file = make(*args, **options)
        file.write = no_room
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)


def test_text_is_written(tmp_path):
    write_text(tmp_path / "out.txt", "größe\n")
    assert (tmp_path / "out.txt").read_bytes() == "größe\n".encode()


def test_text_replaces_what_was_there(tmp_path):
    write_text(text(tmp_path / "out.txt", "old and longer"), "new")
    assert (tmp_path / "out.txt").read_text() == "new"


def test_writing_leaves_nothing_else_behind(tmp_path):
    write_text(tmp_path / "out.txt", "new")
    assert list(tmp_path.iterdir()) == [tmp_path / "out.txt"]


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_says_why(fail, tmp_path, monkeypatch):
    fail(monkeypatch)
    with pytest.raises(FileFormatError, match=r"out\.txt cannot be written: No space left on device"):
        write_text(tmp_path / "out.txt", "new")


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_leaves_the_old_file_as_it_was(fail, tmp_path, monkeypatch):
    path = text(tmp_path / "out.txt", "old")
    fail(monkeypatch)
    with pytest.raises(FileFormatError):
        write_text(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_leaves_no_temporary_file(fail, tmp_path, monkeypatch):
    fail(monkeypatch)
    with pytest.raises(FileFormatError):
        write_text(tmp_path / "out.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_text_that_cannot_be_encoded_leaves_no_temporary_file(tmp_path):
    with pytest.raises(ValueError, match=r"surrogates|cannot be written"):
        write_text(tmp_path / "out.txt", "\udc80")
    assert list(tmp_path.iterdir()) == []


def test_a_result_may_be_read_by_whom_any_new_file_may(tmp_path):
    write_text(tmp_path / "out.txt", "new")
    text(tmp_path / "other.txt", "new")
    assert (tmp_path / "out.txt").stat().st_mode == (tmp_path / "other.txt").stat().st_mode


def test_a_folder_to_write_into_must_exist(tmp_path):
    with pytest.raises(MissingFileError, match=r"no folder .*runs to write out\.txt into. Make it with: mkdir -p"):
        write_text(tmp_path / "runs" / "out.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_written_over(tmp_path):
    with pytest.raises(FileFormatError, match="is a folder"):
        write_text(tmp_path, "new")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_or_device_is_written_into_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(tmp_path / "pipe", "new")
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
