"""Owns paths of registry keys: hives under their long and short names, letter case, and the 32-bit view.

Must not know a machine.
"""

from __future__ import annotations

from typing import Final

from avma_sim.errors import InputError, harmless, nearest
from avma_sim.facts.registry import registry_facts
from avma_sim.windows.program import NotServed

__all__ = ["BAD_HANDLE", "FULL_HIVE", "NOT_FOUND", "RegistryError", "folded", "local_path"]

NOT_FOUND: Final = 2
BAD_HANDLE: Final = 6
FULL_HIVE: Final = "HKEY_LOCAL_MACHINE"
_VIEW: Final = "wow6432node"
_SHOWN_MAX: Final = 200


class RegistryError(InputError):
    """What the registry answers instead of a result.

    Args:
        winerror: number of the system error.
        said: what is wrong, in our words.
    """

    def __init__(self, winerror: int, said: str) -> None:
        self.winerror = winerror
        super().__init__(f"system error {winerror}: {harmless(said)}")


def folded(name: str) -> str:
    """Return a name as the registry compares it: letter case does not count.

    Args:
        name: a name or path.

    Returns:
        The same for names that are equal to the registry.
    """
    return name.upper().lower()


def local_path(path: str) -> tuple[str, ...]:
    r"""Return the names of the keys in a path, without the hive.

    Args:
        path: such as ``HKLM\SOFTWARE\Microsoft``; the 32-bit view is the same as the other one.

    Returns:
        The names as they are written; none for the hive itself.

    Raises:
        RegistryError: the path begins with no hive.
        NotServed: it begins with a hive that the lab does not have.
    """
    first, *rest = path.rstrip("\\").split("\\")
    hives = registry_facts().hives
    hive = hives.get(first.upper())
    if hive is None:
        near = nearest(first.upper()[:_SHOWN_MAX], hives)
        hint = f"did you mean {near}?" if near else f"write {FULL_HIVE} or HKLM"
        raise RegistryError(BAD_HANDLE, f"{path[:_SHOWN_MAX]!r} does not begin with a hive; {hint}")
    if not hive.served:
        raise NotServed("registry", f"the hive {hive.name}")
    if len(rest) > 1 and folded(rest[1]) == _VIEW:
        del rest[1]
    return tuple(rest)
