"""Owns what a verb of a step is: a command's class, its fields in a file and its short form.

Must not know any verb.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType

import attrs

from avma_sim.scenario.reader import Field, Reader

__all__ = ["Verb", "of_guest", "of_host"]


@attrs.frozen
class Verb:
    """One verb.

    Args:
        command: the class of its command.
        fields: its fields in a file, named as arguments of the lab's method of the verb's name.
        short: the field that a single value stands for; empty for none.
    """

    command: type
    fields: MappingType[str, Field]
    short: str = ""


def of_guest(command: type, **more: Field) -> Verb:
    """Return the verb of a command on a guest, whose name alone is its short form.

    Args:
        command: the class of the command.
        more: its other fields.

    Returns:
        The verb.
    """
    return Verb(command, {"guest": Field(Reader.guest, required=True), **more}, "guest")


def of_host(command: type, **more: Field) -> Verb:
    """Return the verb of a command on a host, whose name alone is its short form.

    Args:
        command: the class of the command.
        more: its other fields.

    Returns:
        The verb.
    """
    return Verb(command, {"host": Field(Reader.host, required=True), **more}, "host")
