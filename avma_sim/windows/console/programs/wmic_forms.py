"""Owns how wmic writes what it found: as a table, as a list, as csv, and a method's result.

Must not know where values come from.

Source: ``form`` in the table of wmic's facts, each row with its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from avma_sim.facts.wmi import WmiScalar, WmiValue

__all__ = ["END", "Found", "piped", "write_call", "write_rows"]

# Lines of wmic's own end so before they are written; the text of an instance has LF only.
END: Final = "\r\n"
_MOF_END: Final = "\n"


@attrs.frozen
class Found:
    """An instance that was found.

    Args:
        node: the computer, as it is named.
        values: values by property.
    """

    node: str
    values: Mapping[str, WmiValue] = attrs.field(hash=False)


def piped(text: str) -> str:
    """Return a text as it comes out of a pipe: the stream makes CRLF of each LF, also behind a CR.

    Args:
        text: the text.

    Returns:
        The same, with CR CR LF where lines ended with CRLF.
    """
    return text.replace("\n", "\r\n")


def write_rows(form: str, found: Sequence[Found]) -> str:
    """Write instances of one class.

    Args:
        form: ``table``, ``list`` or ``csv``.
        found: the instances, at least one; all have the same properties.

    Returns:
        The output; properties are in alphabetical order.
    """
    columns = sorted(found[0].values, key=str.lower)
    writer = {"csv": _csv, "list": _list, "table": _table}[form]
    return "".join(line + END for line in writer(columns, found))


def _table(columns: Sequence[str], found: Sequence[Found]) -> list[str]:
    rows = [columns, *([_text(row.values[column], ", ") for column in columns] for row in found)]
    widths = [max(map(len, cells)) + 2 for cells in zip(*rows, strict=True)]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [*lines, ""]


def _list(columns: Sequence[str], found: Sequence[Found]) -> list[str]:
    lines: list[str] = []
    for row in found:
        lines += ["", "", *(f"{column}={_text(row.values[column], ',')}" for column in columns)]
    return [*lines, "", "", ""]


def _csv(columns: Sequence[str], found: Sequence[Found]) -> list[str]:
    rows = [",".join([row.node, *(_plain(row.values[column]) for column in columns)]) for row in found]
    return ["", ",".join(["Node", *columns]), *rows]


def _text(value: WmiValue, comma: str) -> str:
    if isinstance(value, tuple):
        return "{" + comma.join(f'"{one}"' if isinstance(one, str) else _scalar(one) for one in value) + "}"
    return "" if value is None else _scalar(value)


def _plain(value: WmiValue) -> str:
    if isinstance(value, tuple):
        return "{" + ";".join(map(_scalar, value)) + "}"
    return "" if value is None else _scalar(value)


def _scalar(value: WmiScalar) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def write_call(value: int, out: Mapping[str, WmiValue]) -> str:
    """Write what a method returned.

    Args:
        value: its return value.
        out: values of the parameters that it sets; one that is null is left out.

    Returns:
        The lines from ``Method execution successful.`` on.
    """
    values: dict[str, WmiValue] = {**out, "ReturnValue": value}
    names = sorted((name for name, each in values.items() if each is not None), key=str.lower)
    lines = [
        "Out Parameters:",
        "instance of __PARAMETERS",
        "{",
        *(f"\t{name} = {_mof(values[name])};" for name in names),
        "};",
    ]
    return f"Method execution successful.{END}{_MOF_END.join(lines)}{_MOF_END}{END}"


def _mof(value: WmiValue) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(map(_mof, value)) + "}"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _scalar(value) if value is not None else "NULL"
