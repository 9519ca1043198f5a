"""Owns what a query is once it is read: frozen values.

Must not know text nor rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs

from avma_sim.windows.wql.object_path import ObjectPath

__all__ = [
    "And",
    "Associators",
    "Compare",
    "Constant",
    "Like",
    "Not",
    "Operator",
    "Or",
    "Query",
    "References",
    "Select",
    "Test",
    "Value",
]

Constant: TypeAlias = str | int | bool | None
Value: TypeAlias = Constant | Sequence[str | int | bool | None]
Operator: TypeAlias = Literal["=", "<>", "<", ">", "<=", ">="]


@attrs.frozen
class Compare:
    """A property against a constant; null only with ``=`` and ``<>``, however it was written.

    Args:
        column: the property, as it was written.
        operator: the comparison.
        value: the constant.
    """

    column: str
    operator: Operator
    value: Constant


@attrs.frozen
class Like:
    """A property against a pattern of ``%``, ``_`` and sets in brackets.

    Args:
        column: the property, as it was written.
        pattern: the pattern.
    """

    column: str
    pattern: str


@attrs.frozen
class Not:
    """The opposite of a test.

    Args:
        test: the test.
    """

    test: Test


@attrs.frozen
class And:
    """Tests that all hold.

    Args:
        tests: two or more.
    """

    tests: tuple[Test, ...]


@attrs.frozen
class Or:
    """Tests of which one holds.

    Args:
        tests: two or more.
    """

    tests: tuple[Test, ...]


Test: TypeAlias = Compare | Like | Not | And | Or


@attrs.frozen
class Select:
    """A query for the instances of a class.

    Args:
        columns: the properties as asked for; empty for ``*``.
        source: the class, as it was written.
        where: what an instance must satisfy, or None.
    """

    columns: tuple[str, ...]
    source: str
    where: Test | None = None


@attrs.frozen(kw_only=True)
class References:
    """A query for the associations that refer to an object.

    Args:
        path: the object.
        result_class: the associations' class, or None.
        role: the property by which they refer to the object, or None.
        class_defs_only: whether classes are asked for.
        keys_only: whether only keys are to be filled in.
    """

    path: ObjectPath
    result_class: str | None = None
    role: str | None = None
    class_defs_only: bool = False
    keys_only: bool = False


@attrs.frozen(kw_only=True)
class Associators:
    """A query for the objects that are associated with an object.

    Args:
        path: the object.
        assoc_class: the association's class, or None.
        result_class: the found objects' class, or None.
        role: the property by which the association refers to the object, or None.
        result_role: the property by which it refers to the found ones, or None.
        class_defs_only: whether classes are asked for.
        keys_only: whether only keys are to be filled in.
    """

    path: ObjectPath
    assoc_class: str | None = None
    result_class: str | None = None
    role: str | None = None
    result_role: str | None = None
    class_defs_only: bool = False
    keys_only: bool = False


Query: TypeAlias = Select | Associators | References
