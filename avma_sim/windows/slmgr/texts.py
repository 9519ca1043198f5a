"""Owns slmgr's lines in the language of a machine, and dates as its script writes them.

Must not know what is told: it puts values into lines.
"""

from __future__ import annotations

import re
from typing import Final

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.clock_text import local_date, local_date_german

__all__ = ["Speech", "pseudo"]

GERMAN: Final = "de-DE"
PSEUDO: Final = "qps-ploc"
_PLAIN: Final = "AaBbCcDdEeGgHhIiJjKkLlNnOoRrSsTtUuWwYyZz"
_MARKED: Final = "ÅåßƀÇçÐðÉéĜĝĤĥÎîĴĵĶķĻļÑñÖöŔŕŠšŢţÛûŴŵÝýŽž"
_ACCENTS: Final = str.maketrans(_PLAIN, _MARKED)
_VALUE: Final = re.compile(r"(\{[a-z]+\})")
_DAY_SECONDS: Final = 86_400
_SECOND_US: Final = 1_000_000


def pseudo(line: str) -> str:
    """Return a line in the pseudo-language: readable, and unlike any text that a program may expect.

    Args:
        line: the English line, with names in braces.

    Returns:
        The line in brackets, its letters with accents; what stands in braces is left.
    """
    parts = _VALUE.split(line)
    return "[" + "".join(part if n % 2 else part.translate(_ACCENTS) for n, part in enumerate(parts)) + "]"


class Speech:
    """Lines and dates in one language.

    Args:
        texts: language of the lines; English where the script lies away from its language files.
        dates: language of dates: the machine's, wherever the script lies.
    """

    def __init__(self, texts: str, dates: str) -> None:
        self._texts = texts
        self._dates = dates

    def line(self, name: str, /, **values: object) -> str:
        """Return a line.

        Args:
            name: its id in the facts.
            values: what goes into it.

        Returns:
            The line, without its end.
        """
        facts = slmgr_facts()
        line = facts.english[name]
        if self._texts == GERMAN:
            line = facts.german.get(name, line)
        elif self._texts == PSEUDO:
            line = pseudo(line)
        return line.format(**values)

    def date(self, at_us: int) -> str:
        """Return an instant as the script writes it.

        Args:
            at_us: microseconds since the Unix epoch.

        Returns:
            Text such as ``1/7/2025 3:04:05 AM``; at midnight the day alone, as VBScript does.
        """
        text = local_date_german(at_us) if self._dates == GERMAN else local_date(at_us)
        midnight = at_us // _SECOND_US % _DAY_SECONDS == 0
        return text.split(" ", 1)[0] if midnight else text
