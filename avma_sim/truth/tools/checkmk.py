"""Owns the rule by which Checkmk judges a licence, re-stated: first words of lines of `slmgr /dli`.

Must not know any lab: it reads a text, and tells which line to run for it.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

__all__ = ["LINE", "SOURCE", "Section", "read_section"]

SOURCE: Final = "Checkmk: the agent's plugin win_license and the check of that name, as of version 2.4"
# Its plugin runs a copy outside the system's folder, where the script finds no texts but its own English.
LINE: Final = r"cscript //NoLogo C:\Windows\Temp\checkmk_slmgr.vbs /dli"
_EXPIRY: Final = ("Time", "Timebased", "Volume")
_MINUTES: Final = re.compile(r"(\d+) minute")


@attrs.frozen
class Section:
    """What the rule finds.

    Args:
        status: the words after ``License Status:``; empty where no such line is.
        minutes: how long the licence still lasts; None where no line says it.
    """

    status: str
    minutes: int | None

    @property
    def licensed(self) -> bool:
        """Whether it takes the machine for licensed."""
        return self.status == "Licensed"


def read_section(text: str) -> Section:
    """Read the output as the rule does: by the first word of each line.

    Args:
        text: what the script printed.

    Returns:
        What it finds.

    Source: `SOURCE`: `License` is followed by the status from the third word on; `Time`, `Timebased` and
        `Volume` begin a line of minutes. AVMA's line begins with `Automatic`, and is none of them.
    """
    status, minutes = "", None
    for words in filter(None, map(str.split, text.splitlines())):
        if words[0] == "License":
            status = " ".join(words[2:])
        if words[0] in _EXPIRY:
            found = _MINUTES.search(" ".join(words).partition(":")[2])
            minutes = minutes if found is None else int(found[1])
    return Section(status, minutes)
