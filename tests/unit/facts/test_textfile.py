"""Files that nobody vouches for: each way in which one cannot be read has its own words."""

from __future__ import annotations

import os
import re

import pytest

from avma_sim.errors import FactsError
from avma_sim.facts.textfile import SIZE_MAX, read_text_file, shown


def refuses(path, message):
    with pytest.raises(FactsError, match=f"^{re.escape(str(path))}{re.escape(message)}$"):
        read_text_file(path)


def test_text_without_a_byte_order_mark(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes(b"\xef\xbb\xbf\xc3\xa9\r\n")
    assert read_text_file(file) == read_text_file(str(file)) == "é\r\n"


def test_largest_file_is_read_and_a_larger_one_is_not(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes(b"x" * SIZE_MAX)
    assert len(read_text_file(file)) == SIZE_MAX
    file.write_bytes(b"x" * (SIZE_MAX + 1))
    refuses(file, f": larger than {SIZE_MAX} bytes; this is no file for avma-sim")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff", "1:1: byte 0xFF"),
        (b"a\nb\r\n\xc3\xa9\xe9x", "3:2: byte 0xE9"),
        (b"\xef\xbb\xbf\xff", "1:1: byte 0xFF"),
    ],
)
def test_bytes_that_are_no_utf_8(tmp_path, data, place):
    file = tmp_path / "a.md"
    file.write_bytes(data)
    refuses(file, f":{place} is not UTF-8; save the file as UTF-8")


def test_no_file(tmp_path):
    refuses(tmp_path / "a", ": cannot be read: No such file or directory; check the path")


def test_a_path_that_no_file_has():
    with pytest.raises(FactsError, match=r"^a\\x00b: cannot be read: embedded null byte; check the path$"):
        read_text_file("a\0b")


def test_a_folder(tmp_path):
    refuses(tmp_path, ": cannot be read: Is a directory; check the path")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_regular_file_does_not_hold_us(tmp_path, kind):
    path = tmp_path / "a"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(os.devnull)
    refuses(path, ": not a regular file; give the path of one")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_what_waits_in_a_pipe_is_left_there(tmp_path):
    path = tmp_path / "a"
    os.mkfifo(path)
    both = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(both, b"for somebody else")
        refuses(path, ": not a regular file; give the path of one")
        assert os.read(both, 100) == b"for somebody else"
    finally:
        os.close(both)


def test_a_file_that_grows_while_it_is_read(tmp_path, monkeypatch):
    """Its size says that it fits, and more comes out than fits."""
    file = tmp_path / "a.md"
    file.write_bytes(b"x" * (SIZE_MAX + 5))
    true = os.fstat

    def small(number):
        status = list(true(number))
        status[6] = 10
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", small)
    refuses(file, f": larger than {SIZE_MAX} bytes; this is no file for avma-sim")


@pytest.mark.parametrize(
    ("name", "spelt"),
    [("a é", "a é"), ("a\x1b[2J\nb\x9b", "a\\x1b[2J\\nb\\x9b"), ("\udcff", "\\udcff")],
    ids=ascii,
)
def test_a_name_does_not_steer_a_terminal(name, spelt):
    assert shown(name) == spelt
