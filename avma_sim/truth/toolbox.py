"""Owns the table of named tools.

Must not judge an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.errors import UnknownName
from avma_sim.truth.tool import Tool
from avma_sim.truth.tools.public import PUBLIC
from avma_sim.truth.tools.slmgr import SLMGR

__all__ = ["TOOLS", "find_tool"]

TOOLS: Final[Mapping[str, Tool]] = MappingProxyType({tool.name: tool for tool in (SLMGR, *PUBLIC)})


def find_tool(name: str) -> Tool:
    """Return a tool.

    Args:
        name: its name.

    Returns:
        The tool.

    Raises:
        UnknownName: there is none of that name.
    """
    found = TOOLS.get(name)
    if found is None:
        raise UnknownName("tool", name, TOOLS)
    return found
