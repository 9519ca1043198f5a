"""Writing that is on the disk: all of it, or the file as it was."""

from __future__ import annotations

import os

import pytest

from avma_sim.store import durable


def test_whoever_reads_while_a_file_is_replaced_sees_the_old_bytes(tmp_path):
    path = tmp_path / "file"
    durable.replace(path, b"old")
    with path.open("rb") as reader:
        durable.replace(path, b"newer")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"newer"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_old_bytes(tmp_path, monkeypatch):
    path = tmp_path / "file"
    durable.replace(path, b"old")

    def full(descriptor, data):
        os.write(descriptor, data[:2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(durable, "write", full)
        with pytest.raises(OSError, match="No space"):
            durable.replace(path, b"newer")
    assert path.read_bytes() == b"old"
    durable.replace(path, b"new")  # over what the failed one left
    assert path.read_bytes() == b"new"


def test_a_short_write_goes_on(tmp_path, monkeypatch):
    real = os.write
    with monkeypatch.context() as slow:
        slow.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
        durable.replace(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_what_is_replaced_is_on_the_disk_before_it_has_its_name_and_the_name_too(tmp_path, monkeypatch):
    order = []
    real = type(tmp_path).replace

    def named(one, other):
        order.append("named")
        return real(one, other)

    monkeypatch.setattr(durable, "sync", lambda _: order.append("synced"))
    monkeypatch.setattr(type(tmp_path), "replace", named)
    durable.replace(tmp_path / "file", b"x")
    assert order == ["synced", "named", "synced"]


def test_a_missing_file_is_removed_too(tmp_path):
    durable.remove(tmp_path / "none")
    durable.replace(tmp_path / "file", b"x")
    durable.remove(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
