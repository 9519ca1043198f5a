"""Owns the files of one machine's console: names and texts in memory.

Must not touch a real disk: what a line writes is gone with its lab.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from avma_sim.errors import InputError

__all__ = ["FILE_MAX", "FileTrouble", "Files", "full_path"]

FILE_MAX: Final = 1 << 18  # characters of one file
FILES_MAX: Final = 1_000
_WRONG: Final = re.compile(r'[*?"<>|\x00-\x1f]')


class FileTrouble(InputError):  # noqa: N818 - its text is what Windows says, and says it as a sentence
    """A file cannot be read or written; the text is what Windows says."""


def full_path(name: str, folder: str) -> str:
    """Return a file's full name.

    Args:
        name: the name as it is written, with slashes of either kind.
        folder: the folder that a relative name starts from.

    Returns:
        Drive and path, without ``.`` and ``..``.

    Raises:
        FileTrouble: there is no such drive, or no file can have that name.
    """
    path = name.replace("/", "\\")
    if len(path) > 1 and path[1] == ":":
        drive, path = path[:2], path[2:]
        if drive.upper() != "C:":
            raise FileTrouble("The system cannot find the drive specified.")
        path = path if path.startswith("\\") else f"{folder[2:]}\\{path}"
    elif not path.startswith("\\"):
        path = f"{folder[2:]}\\{path}"
    if ":" in path or _WRONG.search(path):
        raise FileTrouble("The filename, directory name, or volume label syntax is incorrect.")
    parts: list[str] = []
    for part in path.split("\\"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "C:\\" + "\\".join(parts)


@attrs.define
class Files:
    """Files of one machine.

    Args:
        texts: text by full name, in lower case.
    """

    texts: dict[str, str] = attrs.Factory(dict)

    def copy(self) -> Files:
        """Return files that change apart from these."""
        return Files(self.texts.copy())

    def read(self, path: str) -> str | None:
        """Return a file's text, or None where there is no such file.

        Args:
            path: its full name.

        Returns:
            The text, with the line ends that were written.
        """
        return self.texts.get(path.lower())

    def write(self, path: str, text: str, *, append: bool = False) -> None:
        """Write a file.

        Args:
            path: its full name.
            text: what is written.
            append: whether it goes behind what is there.

        Raises:
            FileTrouble: the file, or the machine, would hold more than is served.
        """
        old = self.texts.get(path.lower(), "") if append else ""
        if len(old) + len(text) > FILE_MAX or (
            path.lower() not in self.texts and len(self.texts) >= FILES_MAX
        ):
            raise FileTrouble("There is not enough space on the disk.")
        self.texts[path.lower()] = old + text
