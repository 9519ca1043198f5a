"""Owns worlds that are wrong on purpose, each named for what is wrong.

Must not load the engine before somebody asks for a world: `avma_sim.wrong:newer_guest` is the path of one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from avma_sim.errors import UnknownName

if TYPE_CHECKING:
    from avma_sim.wrong.making import WrongWorld
    from avma_sim.wrong.registry import wrong_world, wrong_worlds

__all__ = ["WrongWorld", "wrong_world", "wrong_worlds"]

# The room's own modules: Python asks for them by name while it imports them.
_MODULES = frozenset(
    {
        "deciding",
        "exchanging",
        "installing",
        "licensing",
        "living",
        "making",
        "pairing",
        "registry",
        "telling",
    }
)


def __getattr__(name: str) -> Any:
    """Return what the room offers, or the behaviour of a world by its name (PEP 562)."""
    if name.startswith("__") or name in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    registry = importlib.import_module(f"{__name__}.registry")
    if name in __all__:
        return getattr(registry, name)
    try:
        return registry.wrong_world(name.replace("_", "-")).behaviour
    except UnknownName as error:
        raise AttributeError(str(error)) from error
