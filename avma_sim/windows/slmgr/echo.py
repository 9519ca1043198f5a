"""Owns what a run of slmgr has printed, as the texts that it hands to WScript.Echo.

Must not know where they are shown: on a console, in message boxes, or nowhere.
"""

from __future__ import annotations

from typing import Final

from avma_sim.windows.slmgr.texts import Speech

__all__ = ["END", "Echo"]

END: Final = "\r\n"


class Echo:
    """What is printed by one run.

    Args:
        speech: the language that it is printed in.
    """

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self._open = ""
        self._shown: list[str] = []

    def say(self, name: str, /, **values: object) -> None:
        """Print a line of the facts."""
        self.print(self.speech.line(name, **values))

    def indent(self, name: str, /, **values: object) -> None:
        """Print a line of the facts four blanks in."""
        self.print("    " + self.speech.line(name, **values))

    def print(self, line: str = "") -> None:
        """Print a line as it is."""
        self._open += line + END

    def show(self, line: str = "") -> None:
        """Show what was printed so far, and a line after it, at once."""
        self._shown.append(self._open + line)
        self._open = ""

    def shown(self) -> tuple[str, ...]:
        """Return everything shown, the rest of what was printed last.

        Each line has its end, and WScript.Echo sets one more after each text: so a text is followed by an
        empty line.
        """
        if self._open:
            self.show()
        return tuple(self._shown)
