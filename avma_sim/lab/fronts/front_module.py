"""Owns what a module is that stands in for one of Windows.

Must not know which.
"""

from __future__ import annotations

import importlib.machinery
import types
from collections.abc import Mapping
from typing import Any

__all__ = ["module"]


def module(name: str, members: Mapping[str, Any], *, package: bool = False) -> types.ModuleType:
    """Make a module.

    Args:
        name: its full name.
        members: what it holds.
        package: whether modules can be in it.

    Returns:
        The module; it is not put anywhere.
    """
    made = types.ModuleType(name, "What stands in for this module on a machine of a lab of avma_sim.")
    made.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=package)
    made.__package__ = name if package else name.rpartition(".")[0]
    if package:
        made.__path__ = []
    vars(made).update(members)
    return made
