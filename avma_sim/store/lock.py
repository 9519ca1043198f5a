"""Owns the lock of a lab on disk: one process at a time, and none for ever.

Must not know what it guards. The lock is the system's own on an open file, so it goes with its process,
however that ends. (filelock was looked at: it falls back to a lock that stays behind where a file system
has none, and takes longer to import than a call does to work.)
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from avma_sim.errors import StoreError
from avma_sim.model.duration import span_text

__all__ = ["locked"]

_TRY_EVERY_US: Final = 20_000
_HELD: Final = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextlib.contextmanager
def locked(path: Path, wait_us: int) -> Iterator[None]:
    """Hold a lock.

    Args:
        path: the lock's file, made where it is missing and never removed: whoever waits waits for this file.
        wait_us: how long to wait for whoever holds it, in microseconds.

    Yields:
        Nothing; the lock is held until the block ends.

    Raises:
        StoreError: it was not free in that time.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        pause = threading.Event()
        waited_us = 0
        while not _take(descriptor):
            if waited_us >= wait_us:
                raise StoreError(
                    f"{path.parent}: another process has used this lab for {span_text(wait_us)}; "
                    "wait until it ends, or end it: its lock goes with it"
                )
            pause.wait(_TRY_EVERY_US / 1e6)
            waited_us += _TRY_EVERY_US
        yield
    finally:
        os.close(descriptor)  # gives the lock back


if sys.platform == "win32":  # pragma: no cover - the tests of this project run elsewhere
    import msvcrt

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _HELD:
                return False
            raise
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                return False
            raise
        return True
