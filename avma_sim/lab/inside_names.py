"""Owns what Python code is told of the machine that it runs on: `platform`, `socket.gethostname`, variables.

Must not claim what would not work: `os.name`, `sys.platform` and paths stay those of the real system.
"""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable
from typing import Final

from avma_sim.facts.windows import windows_facts
from avma_sim.lab.inside import Inside, Substitute, either
from avma_sim.model.release import Release
from avma_sim.windows.console.surroundings import first_variables

__all__ = ["name_substitutes", "variables"]

# What Python calls a release from which build on, the newest first.
_SERVERS: Final = (
    (26100, "2025Server"),
    (20348, "2022Server"),
    (17763, "2019Server"),
    (10240, "2016Server"),
    (9600, "2012ServerR2"),
    (9200, "2012Server"),
    (0, "2008ServerR2"),
)
_CLIENTS: Final = ((22000, "11"), (0, "10"))
# Variables that a program asks a machine's name and kind by. What leads to real files keeps its value.
_TOLD: Final = (
    "COMPUTERNAME",
    "OS",
    "PROCESSOR_ARCHITECTURE",
    "SystemDrive",
    "SystemRoot",
    "USERNAME",
    "windir",
)


def name_substitutes(inside: Inside) -> list[Substitute]:
    """Return what stands in for the functions that tell a machine's name and system.

    Args:
        inside: the machine.

    Returns:
        The substitutes.
    """

    def row() -> Release:
        state = inside.seat.state
        machine = state.guests.get(inside.machine) or state.hosts[inside.machine]
        return inside.seat.facts.releases[machine.release]

    def release() -> str:
        names = _CLIENTS if row().channel == "client" else _SERVERS
        return next(text for first, text in names if row().build >= first)

    def version() -> str:
        return f"{windows_facts().version(row().build)}.{row().build}"

    def uname() -> platform.uname_result:
        return platform.uname_result("Windows", inside.machine, release(), version(), "AMD64")

    def described(*given: bool, **named: bool) -> str:  # aliased, terse
        terse = named.get("terse", any(given[1:]))
        return f"Windows-{release()}" if terse else f"Windows-{release()}-{version()}-SP0"

    answers: dict[str, Callable[..., object]] = {
        "system": lambda: "Windows",
        "node": lambda: inside.machine,
        "release": release,
        "version": version,
        "machine": lambda: "AMD64",
        "uname": uname,
        "platform": described,
    }
    substitutes = [
        Substitute(platform, name, either(inside, getattr(platform, name), ours))
        for name, ours in answers.items()
    ]
    gethostname = either(inside, socket.gethostname, lambda: inside.machine)
    return [*substitutes, Substitute(socket, "gethostname", gethostname)]


def variables(machine: str, user: str) -> dict[str, str]:
    """Return the variables of the process that tell of the machine.

    Args:
        machine: its name.
        user: the user's name.

    Returns:
        Value by name, as it is spelt and in upper case, because Windows finds either.
    """
    known = first_variables(machine, user)
    found = {name: known.get(name) or "" for name in _TOLD}
    return {**found, **{name.upper(): value for name, value in found.items()}}
