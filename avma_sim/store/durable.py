"""Owns writing so that it is on the disk: whole writes, a file replaced at once, a folder's entries kept.

Must not know what is written. Everything of this package that changes the disk comes through here, so that
tests can end a process at any of these moments.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cut", "remove", "replace", "sync", "write"]


def write(descriptor: int, data: bytes) -> None:
    """Write all of some bytes.

    Args:
        descriptor: the open file.
        data: the bytes.

    Raises:
        OSError: not all of them could be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync(descriptor: int) -> None:
    """Return only when a file's bytes are on the disk.

    Args:
        descriptor: the open file.
    """
    os.fsync(descriptor)


def cut(descriptor: int, size: int) -> None:
    """Cut a file, and return only when that is on the disk.

    Args:
        descriptor: the open file.
        size: how many bytes stay.
    """
    os.ftruncate(descriptor, size)
    sync(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Let a file hold exactly these bytes: whoever reads it sees the old ones or the new ones.

    Args:
        path: the file.
        data: the bytes.
    """
    trial = path.with_name(f"{path.name}.new")
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
    try:
        write(descriptor, data)
        sync(descriptor)
    finally:
        os.close(descriptor)
    trial.replace(path)
    _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file, if it is there, and return only when that is on the disk.

    Args:
        path: the file.
    """
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and its entries are written through
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


_BINARY = getattr(os, "O_BINARY", 0)  # only Windows has it
