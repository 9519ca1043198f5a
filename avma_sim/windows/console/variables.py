"""Owns the variables of a console, and how cmd.exe puts their values into a line.

Must not know commands: it gives names and values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

__all__ = ["Variables", "expand"]

_SLICE: Final = re.compile(r"~(-?[0-9]{1,9})?(?:,(-?[0-9]{1,9})?)?", re.ASCII)


class Variables:
    """Names and values; a name is found whatever its letter case, and keeps the one it was given first.

    Args:
        values: value by name.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._rows = {name.upper(): (name, value) for name, value in values.items()}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(sorted(self._rows.values(), key=lambda row: row[0].upper()))

    def get(self, name: str) -> str | None:
        """Return the value of a name, or None where it is not set."""
        row = self._rows.get(name.upper())
        return None if row is None else row[1]

    def put(self, name: str, value: str) -> None:
        """Set a value; an empty one removes the name."""
        known = self._rows.get(name.upper(), (name, ""))[0]
        if value:
            self._rows[name.upper()] = (known, value)
        else:
            self._rows.pop(name.upper(), None)

    def copy(self) -> Variables:
        """Return variables that change apart from these."""
        return Variables(dict(self))


def expand(text: str, value_of: Callable[[str], str | None]) -> str:
    """Put values in the place of ``%NAME%``, as cmd.exe does at its prompt and behind ``cmd /c``.

    Args:
        text: the line.
        value_of: gives the value of a name, or None where it is not set.

    Returns:
        The line; what is not set stays as it is written. ``%NAME:~1,2%`` and ``%NAME:a=b%`` are served.
    """
    found: list[str] = []
    at = 0
    while (start := text.find("%", at)) >= 0 and (end := text.find("%", start + 1)) >= 0:
        name, colon, how = text[start + 1 : end].partition(":")
        value = value_of(name) if name else None
        if value is not None and colon:
            value = _changed(value, how)
        if value is None:
            found.append(text[at : start + 1])
            at = start + 1
        else:
            found += (text[at:start], value)
            at = end + 1
    return "".join(found) + text[at:]


def _changed(value: str, how: str) -> str | None:
    """Return a part of a value, or the value with something replaced; None where that is not what it says."""
    part = _SLICE.fullmatch(how)
    if part is not None:
        first = int(part[1] or 0)
        first = max(0, first + len(value)) if first < 0 else first
        if part[2] is None:
            return value[first:]
        count = int(part[2])
        return value[first : first + count] if count >= 0 else value[first:count]
    old, equals, new = how.partition("=")
    if not equals or old.strip("*") == "":
        return None
    pattern = f".*?{re.escape(old[1:])}" if old.startswith("*") else re.escape(old)
    count = 1 if old.startswith("*") else 0
    return re.sub(pattern, lambda _: new, value, count=count, flags=re.IGNORECASE | re.DOTALL)
