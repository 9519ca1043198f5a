"""Owns the grammar of ASSOCIATORS OF and REFERENCES OF.

Must not know SELECT, nor which classes exist.
"""

from __future__ import annotations

from typing import Any

from avma_sim.windows.wql.cursor import Cursor
from avma_sim.windows.wql.object_path import read_path
from avma_sim.windows.wql.query import Associators, References
from avma_sim.windows.wql.refusal import Wbem

__all__ = ["association"]

_OF_REFERENCES = {
    "RESULTCLASS": "ResultClass",
    "ROLE": "Role",
    "CLASSDEFSONLY": "ClassDefsOnly",
    "KEYSONLY": "KeysOnly",
}
_OF_ASSOCIATORS = _OF_REFERENCES | {"ASSOCCLASS": "AssocClass", "RESULTROLE": "ResultRole"}
_FIELDS = {
    "RESULTCLASS": "result_class",
    "ROLE": "role",
    "CLASSDEFSONLY": "class_defs_only",
    "KEYSONLY": "keys_only",
    "ASSOCCLASS": "assoc_class",
    "RESULTROLE": "result_role",
}
_FLAGS = frozenset({"CLASSDEFSONLY", "KEYSONLY"})
_NOT_SERVED = frozenset({"SCHEMAONLY", "REQUIREDQUALIFIER", "REQUIREDASSOCQUALIFIER"})


def association(cursor: Cursor) -> Associators | References:
    """Return the query for associations that stands at a place.

    Args:
        cursor: the place, before ASSOCIATORS or REFERENCES; left behind the query.

    Returns:
        The query.

    Raises:
        WqlError: what stands there is none.
    """
    is_references = cursor.take().keyword == "REFERENCES"
    cursor.keyword("OF")
    if cursor.peek.kind != "path":
        raise cursor.refuse("an object path in braces stands here")
    path = read_path(cursor.take().text[1:-1])
    options: dict[str, Any] = {}
    if cursor.peek.keyword == "WHERE":
        cursor.take()
        options = _options(cursor, _OF_REFERENCES if is_references else _OF_ASSOCIATORS)
    return References(path=path, **options) if is_references else Associators(path=path, **options)


def _options(cursor: Cursor, known: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    while not options or cursor.peek.kind != "end":
        word = cursor.peek.keyword
        if word in _NOT_SERVED:
            raise cursor.refuse("this option is not served", Wbem.NOT_SUPPORTED)
        if word in {"AND", "OR"}:
            raise cursor.refuse("options are parted by blanks alone")
        if word not in known:
            raise cursor.refuse("an option stands here", known=known.values())
        if _FIELDS[word] in options:
            raise cursor.refuse("an option is given once")
        if {word, *map(_option, options)} >= {"CLASSDEFSONLY", "RESULTCLASS"}:
            raise cursor.refuse("ClassDefsOnly and ResultClass exclude each other")
        cursor.take()
        options[_FIELDS[word]] = True if word in _FLAGS else _value(cursor)
    return options


def _option(field: str) -> str:
    return field.replace("_", "").upper()


def _value(cursor: Cursor) -> str:
    if not cursor.sign("="):
        raise cursor.refuse("= and a name follow this option")
    if cursor.peek.kind != "word":
        raise cursor.refuse("a name stands here, without quotes")
    return cursor.take().text
