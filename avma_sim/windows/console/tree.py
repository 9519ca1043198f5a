"""Owns what a line of cmd.exe says once it is read: commands, and what joins them.

Must not run anything.
"""

from __future__ import annotations

import attrs

__all__ = ["Block", "Chain", "Choice", "Condition", "Node", "Order", "Redirect"]


@attrs.frozen
class Redirect:
    """One redirection.

    Args:
        handle: whose: 0 for input, 1 for output, 2 for errors.
        file: name of the file; empty where it leads to another handle.
        to: the other handle; -1 for a file.
        append: whether what the file holds stays.
    """

    handle: int
    file: str = ""
    to: int = -1
    append: bool = False


@attrs.frozen
class Order:
    """One command with what it is given.

    Args:
        name: its first word, quotes and all; empty where there are only redirections.
        text: everything after the name.
        redirects: its redirections, in order.
    """

    name: str
    text: str = ""
    redirects: tuple[Redirect, ...] = ()


@attrs.frozen
class Chain:
    """Several nodes with the same sign between them.

    Args:
        sign: ``&``, ``&&``, ``||`` or ``|``.
        parts: the nodes, at least two.
    """

    sign: str
    parts: tuple[Node, ...]


@attrs.frozen
class Block:
    """A node in parentheses.

    Args:
        body: the node.
        redirects: redirections of the whole block.
    """

    body: Node
    redirects: tuple[Redirect, ...] = ()


@attrs.frozen
class Condition:
    """What an ``if`` asks.

    Args:
        kind: ``errorlevel``, ``defined``, ``exist``, ``==``, or a comparison such as ``EQU``.
        left: what is asked about.
        right: what it is compared to.
        negated: whether ``not`` stands before it.
        folded: whether letter case makes no difference.
    """

    kind: str
    left: str
    right: str = ""
    negated: bool = False
    folded: bool = False


@attrs.frozen
class Choice:
    """An ``if``.

    Args:
        condition: what it asks.
        then: what is done if it holds.
        otherwise: what is done if not; None for nothing.
    """

    condition: Condition
    then: Node
    otherwise: Node | None = None


Node = Order | Chain | Block | Choice
