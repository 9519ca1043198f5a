"""Owns the table of what a console can run.

Must not hold a program: each lives in a module of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.windows.console.inside import INSIDE
from avma_sim.windows.console.programs.dism import dism
from avma_sim.windows.console.programs.names import hostname, whoami
from avma_sim.windows.console.programs.search import find, findstr, more
from avma_sim.windows.console.programs.waiting import ping, timeout
from avma_sim.windows.console.shell import Own, Shell
from avma_sim.windows.console.starting import with_starters
from avma_sim.windows.program import Program

__all__ = ["PROGRAMS", "SCRIPTS", "SHELL", "is_executable"]

PROGRAMS: Final[Mapping[str, Program]] = MappingProxyType(
    {
        "dism": dism,
        "hostname": hostname,
        "ping": ping,
        "whoami": whoami,
    }
)
_OWN: Final[Mapping[str, Own]] = MappingProxyType(
    {"find": find, "findstr": findstr, "more": more, "timeout": timeout}
)
# Names of programs that are scripts or end in .com: only a shell finds them under their bare name.
SCRIPTS: Final = ("slmgr", "more")
SHELL: Final = with_starters(Shell(INSIDE, _OWN, PROGRAMS))


def is_executable(base: str) -> bool:
    """Say whether a program is started without a shell, as Windows itself starts it.

    Args:
        base: its name without folder and extension, in lower case.

    Returns:
        Whether it is.
    """
    return base not in SCRIPTS and (base in SHELL.own or base in SHELL.programs)
