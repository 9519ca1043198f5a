"""Owns the names of machines and faults that a file makes: all of them, and those that it makes twice.

Must not read anything else of a file, nor judge whether a name is used where it is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.scenario.located import Mapping as Fields
from avma_sim.scenario.located import Node, Scalar, Sequence
from avma_sim.scenario.reader import Reader

__all__ = ["names_of", "note_taken_names"]

_MAKERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"host": ("add_host",), "guest": ("add_guest", "copy_guest"), "fault": ("arm",)}
)


def names_of(node: Node) -> dict[str, tuple[str, ...]]:
    """Collect the names that a file ever makes, before anything of it is judged.

    Args:
        node: the document.

    Returns:
        Names by kind: host, guest, fault.
    """
    return {
        kind: (*_given(node, kind), *(name.text for _, name in _made(kind, _steps(node)))) for kind in _MAKERS
    }


def note_taken_names(reader: Reader, node: Node) -> None:
    """Note each step that makes a machine under a name that a machine has by then.

    Args:
        reader: the reader that notes.
        node: the document.
    """
    taken = {name: kind for kind in ("host", "guest") for name in _given(node, kind)}
    for number, step in enumerate(_steps(node)):
        for kind in ("host", "guest"):
            for verb, name in _made(kind, (step,)):
                if name.text in taken:
                    path = f"when[{number}].{verb}.name"
                    said = f"the name {name.text!r} is taken by a {taken[name.text]} by then"
                    reader.wrong(name.where, path, f"{said}; hosts and guests share one namespace")
                elif _under(_under(step, "expect"), "refused") is None:
                    taken[name.text] = kind


def _given(node: Node, kind: str) -> tuple[str, ...]:
    things = _under(_under(node, "given"), f"{kind}s")
    return things.keys() if isinstance(things, Fields) else ()


def _steps(node: Node) -> tuple[Node, ...]:
    when = _under(node, "when")
    return tuple(when.items) if isinstance(when, Sequence) else ()


def _made(kind: str, steps: tuple[Node, ...]) -> Iterator[tuple[str, Scalar]]:
    for step in steps:
        for verb in _MAKERS[kind]:
            name = _under(_under(step, verb), "name")
            if isinstance(name, Scalar):
                yield verb, name


def _under(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Fields) else None
