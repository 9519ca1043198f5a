"""Owns the table of what a console can run.

Must not hold a program: each lives in a module of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.facts.wmic import wmic_facts
from avma_sim.windows.console.inside import INSIDE
from avma_sim.windows.console.programs.dism import dism
from avma_sim.windows.console.programs.names import hostname, whoami
from avma_sim.windows.console.programs.reg import reg
from avma_sim.windows.console.programs.search import find, findstr, more
from avma_sim.windows.console.programs.systeminfo import systeminfo
from avma_sim.windows.console.programs.waiting import ping, timeout
from avma_sim.windows.console.programs.wmic import wmic
from avma_sim.windows.console.shell import Own, Shell, base_name
from avma_sim.windows.console.starting import with_starters
from avma_sim.windows.eventlog.wevtutil import wevtutil
from avma_sim.windows.program import Program
from avma_sim.windows.slmgr.cscript import PROGRAMS as SCRIPT_PROGRAMS

__all__ = ["PROGRAMS", "SHELL", "is_executable"]

PROGRAMS: Final[Mapping[str, Program]] = MappingProxyType(
    {
        "dism": dism,
        "hostname": hostname,
        "ping": ping,
        "reg": reg,
        "systeminfo": systeminfo,
        "wevtutil": wevtutil,
        "whoami": whoami,
        **SCRIPT_PROGRAMS,
    }
)
_OWN: Final[Mapping[str, Own]] = MappingProxyType(
    {"find": find, "findstr": findstr, "more": more, "timeout": timeout, "wmic": wmic}
)


def _gone(known: str, build: int) -> bool:
    return known == "wmic" and build >= wmic_facts().gone_from_build


SHELL: Final = with_starters(Shell(INSIDE, _OWN, PROGRAMS, _gone))
# A script, and a program that ends in .com: only a shell finds them under their bare names.
_SHELL_ONLY: Final = ("slmgr", "more")


def is_executable(name: str, build: int) -> bool:
    """Say whether a program can be started without a shell, as Windows itself starts it.

    Args:
        name: the program as it is written.
        build: the build of the machine's Windows.

    Returns:
        Whether it can: Windows adds ``.exe`` to a name without an extension, and nothing else.
    """
    word = name.replace('"', "").lower()
    return SHELL.finds(name, build) and (
        word.endswith(".com") or (not word.endswith(".vbs") and base_name(name) not in _SHELL_ONLY)
    )
