"""Owns reading a file that nobody vouches for: without blocking, within a size, a text as UTF-8.

Must not know what the file means.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Final

from avma_sim.errors import FactsError

__all__ = ["SIZE_MAX", "read_bytes_file", "read_text_file", "shown"]

SIZE_MAX: Final = 1 << 20  # bytes


def shown(name: object) -> str:
    """Return a name so that printing it cannot steer a terminal.

    Args:
        name: a path or a text.

    Returns:
        The text, with what is not printable spelt as an escape.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))


def read_bytes_file(path: os.PathLike[str] | str) -> bytes:
    """Read a file from outside.

    Args:
        path: the file.

    Returns:
        Its bytes.

    Raises:
        FactsError: it is not there, not readable, not a regular file or larger than SIZE_MAX.
    """
    file = shown(os.fspath(path))
    no_wait = getattr(os, "O_NONBLOCK", 0)  # a FIFO must not hold us; Windows has neither
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | no_wait)) as stream:
            status = os.fstat(stream.fileno())
            regular = stat.S_ISREG(status.st_mode)
            # One byte more than fits: a file may grow, or lie about its size.
            data = stream.read(SIZE_MAX + 1) if regular and status.st_size <= SIZE_MAX else b""
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL or half a character
        why = getattr(error, "strerror", None) or error
        raise FactsError(f"{file}: cannot be read: {why}; check the path") from None
    if not regular:
        raise FactsError(f"{file}: not a regular file; give the path of one")
    if max(status.st_size, len(data)) > SIZE_MAX:
        raise FactsError(f"{file}: larger than {SIZE_MAX} bytes; this is no file for avma-sim")
    return data


def read_text_file(path: os.PathLike[str] | str) -> str:
    """Read a text file from outside.

    Args:
        path: the file.

    Returns:
        Its text, without a byte order mark.

    Raises:
        FactsError: it is not there, not readable, not a regular file, larger than SIZE_MAX or not UTF-8.
    """
    data = read_bytes_file(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:  # its object lacks the byte order mark already
        lines = re.split(rb"\r\n|\r|\n", error.object[: error.start])
        col = len(lines[-1].decode()) + 1
        byte = error.object[error.start]
        where = f"{shown(os.fspath(path))}:{len(lines)}:{col}"
        raise FactsError(f"{where}: byte 0x{byte:02X} is not UTF-8; save the file as UTF-8") from None
