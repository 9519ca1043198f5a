"""Owns which files lint reads, and how their bytes become text.

Must not know what is looked for in them.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

__all__ = ["BYTES_MAX", "Source", "decoded", "find_files", "read_file"]

BYTES_MAX: Final = 1 << 20
_SKIPPED_FOLDERS: Final = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", ".tox", "__pycache__"})
_BINARY_PROBE: Final = 8192
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@attrs.frozen
class Source:
    """A file that was read, or why it was not.

    Args:
        file: the file as the user named it.
        text: its text; None where it is skipped.
        skipped: why it is skipped, where a person should know.
    """

    file: str
    text: str | None
    skipped: str = ""


def find_files(paths: Sequence[str]) -> Iterator[str]:
    """Yield the files that paths mean: files as they are, folders with all that lies in them.

    Links inside a folder are not followed: what lies in the folder is read under its own name.

    Args:
        paths: files and folders.

    Yields:
        File names, those of a folder sorted; none twice.
    """
    seen: set[str] = set()
    for path in paths:
        for file in _below(path) if Path(path).is_dir() else (path,):
            name = os.path.normpath(file)
            if name not in seen:
                seen.add(name)
                yield file


def _below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(files):
            file = Path(place, name)
            if file.is_file() and not file.is_symlink():
                yield str(file)


def read_file(file: str) -> Source:
    """Read a file.

    Args:
        file: its name.

    Returns:
        Its text; or none, where it is binary, too big or not readable.
    """
    path = Path(file)
    try:
        if not path.is_file():
            return Source(file, None, "not a regular file")
        with path.open("rb") as stream:
            body = stream.read(BYTES_MAX + 1)
    except OSError as error:
        return Source(file, None, f"not readable: {error.strerror or error}")
    text = decoded(body)
    if text is not None and len(body) > BYTES_MAX:
        return Source(file, None, f"bigger than {BYTES_MAX} bytes")
    return Source(file, text)


def decoded(body: bytes) -> str | None:
    """Turn a file's bytes into text.

    Args:
        body: the bytes.

    Returns:
        The text, without a byte order mark; None for what is binary.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if b"\0" in body[:_BINARY_PROBE]:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")
