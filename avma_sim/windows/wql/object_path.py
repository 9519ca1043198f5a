r"""Owns paths of objects, such as ``\\.\root\cimv2:Win32_Service.Name="sppsvc"``: read and written.

Must not know what the classes and keys are.
"""

from __future__ import annotations

import re

import attrs

from avma_sim.windows.wql.refusal import Wbem, WqlError, shown
from avma_sim.windows.wql.tokens import number, quoted, unquoted

__all__ = ["ObjectPath", "read_path", "write_path"]

_HEAD = re.compile(
    r"\s*+(?:(?:\\\\|//)([^\\/:=\"']++)[\\/])?(?:([^:=\"'.]++):)?([A-Za-z_][A-Za-z0-9_]*+)\s*+"
)
_KEY = re.compile(r"\s*+([A-Za-z_][A-Za-z0-9_]*+)\s*+=")
_VALUE = re.compile(
    r"""\s*+(?:("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')|([+-]?[0-9][0-9A-Za-z]*+)|([A-Za-z]++))\s*+""",
    re.DOTALL,
)
_ENDS = re.compile(r"\s*+=\s*+@\s*+")


@attrs.frozen(kw_only=True)
class ObjectPath:
    r"""Where an object is.

    Args:
        server: the machine, ``.`` for this one; None where the path is relative.
        namespace: the namespace, such as ``root\cimv2``; None where the path does not say.
        class_name: the class.
        keys: names and values; a lone key may have the name ``""``; empty for the class, or its only object.
        singleton: whether the class's only object is meant (``=@``).
    """

    class_name: str
    keys: tuple[tuple[str, str | int | bool], ...] = ()
    singleton: bool = False
    namespace: str | None = None
    server: str | None = None


def read_path(text: str) -> ObjectPath:
    """Return the path that a text spells.

    Args:
        text: the text, without braces.

    Returns:
        The path; slashes of the namespace are backslashes.

    Raises:
        WqlError: it is no path of an object.
    """
    head = _HEAD.match(text)
    if head is None or (head[1] is not None and head[2] is None):
        raise _wrong("a path begins with a class, or with \\\\server\\namespace:class", text, 0)
    namespace = head[2].replace("/", "\\") if head[2] else None
    path = ObjectPath(class_name=head[3], namespace=namespace, server=head[1])
    at = head.end()
    if at == len(text):
        return path
    if _ENDS.fullmatch(text, at):
        return attrs.evolve(path, singleton=True)
    if text[at] == "=":
        return attrs.evolve(path, keys=_keys(text, at + 1, lone=True))
    if text[at] == ".":
        return attrs.evolve(path, keys=_keys(text, at + 1, lone=False))
    raise _wrong(f"{shown(text[at:])} cannot follow the class; keys are written .Name=value", text, at)


def _keys(text: str, at: int, *, lone: bool) -> tuple[tuple[str, str | int | bool], ...]:
    keys: dict[str, tuple[str, str | int | bool]] = {}
    while True:
        name = ""
        if not lone:
            key = _KEY.match(text, at)
            if key is None:
                raise _wrong("a key is written Name=value", text, at)
            name, at = key[1], key.end()
        if name.upper() in keys:
            raise _wrong(f"the key {shown(name)} is given twice", text, at)
        found = _VALUE.match(text, at)
        value = _value(found) if found else None
        if found is None or value is None:
            raise _wrong("a key's value is a string, an integer, TRUE or FALSE", text, at)
        keys[name.upper()] = (name, value)
        at = found.end()
        if at == len(text):
            return tuple(keys.values())
        if lone or text[at] != ",":
            raise _wrong(f"{shown(text[at:])} cannot follow a key's value", text, at)
        at += 1


def _value(found: re.Match[str]) -> str | int | bool | None:
    if found[1]:
        return unquoted(found[1])
    if found[2]:
        return number(found[2])
    return {"TRUE": True, "FALSE": False}.get(found[3].upper())


def _wrong(wrong: str, text: str, at: int) -> WqlError:
    return WqlError(Wbem.INVALID_OBJECT_PATH, wrong, text=text, at=at)


def write_path(path: ObjectPath) -> str:
    """Return the text of a path.

    Args:
        path: the path.

    Returns:
        The text, without braces.
    """
    server = rf"\\{path.server}" + "\\" if path.server else ""
    head = f"{server}{path.namespace}:{path.class_name}" if path.namespace else path.class_name
    if path.singleton:
        return head + "=@"
    if not path.keys:
        return head
    parts = [f"{name}={_spelt(value)}" for name, value in path.keys]
    return head + ("" if not path.keys[0][0] else ".") + ",".join(parts)


def _spelt(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else quoted(value)
