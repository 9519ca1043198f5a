"""Owns writing plain values as YAML that this package, editors and other readers take for the same.

Must not know scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["flow", "listed", "quoted"]

# Text to every reader of YAML, or a span, which is no number to any.
_PLAIN: Final = re.compile(
    r"[A-Za-z](?:[A-Za-z0-9_. -]*[A-Za-z0-9_.-])?|(?:[0-9]+(?:us|ms|s|m|h|d))+", re.ASCII
)
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_KEYS: Final = ("on",)  # fields of ours, which are written as everybody writes them
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(value: str | int | bool) -> str:
    """Write one value.

    Args:
        value: a text, a whole number or a truth.

    Returns:
        One line: a text in double quotes where a reader could take it for something else.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if " " <= sign <= "~":
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}"


def flow(fields: Mapping[str, Any]) -> str:
    """Write a mapping on one line.

    Args:
        fields: texts, whole numbers, truths, mappings or lists of these, by name.

    Returns:
        Text such as ``{guest: web01, to: hv2}``.
    """
    parts = []
    for name, value in fields.items():
        key = name if name in _KEYS else quoted(name)
        parts.append(f"{key}: {_value(value)}")
    return f"{{{', '.join(parts)}}}"


def listed(values: Iterable[Any]) -> str:
    """Write a list on one line.

    Args:
        values: texts, whole numbers, truths, mappings or lists of these.

    Returns:
        Text such as ``[guest, auto]``.
    """
    return f"[{', '.join(map(_value, values))}]"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return flow(value)
    return listed(value) if isinstance(value, tuple) else quoted(value)
