"""Owns the table of named tools: what each answers about a guest of a lab, and where that is from.

Must not judge an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from avma_sim.lab.lab import Lab
from avma_sim.truth.tools import azure, checkmk, foreign, gce

__all__ = ["NAMED", "Answers", "Named"]

# By question: `licensed` yes or no, `ends` in how many minutes; None where the tool says nothing about it.
Answers = Mapping[str, bool | int | None]


@attrs.frozen
class Named:
    """A tool.

    Args:
        name: its name.
        source: what it is, or re-states.
        questions: what it answers.
        package: the package it needs; empty for none.
        ask: asks it about a guest that runs.
    """

    name: str
    source: str
    questions: tuple[str, ...]
    package: str
    ask: Callable[[Lab, str], Answers]


def _checkmk(lab: Lab, guest: str) -> Answers:
    section = checkmk.read_section(lab.run(guest, checkmk.LINE).stdout)
    return {"licensed": section.licensed if section.status else None, "ends": section.minutes}


def _gce(lab: Lab, guest: str) -> Answers:
    (system,) = lab.guest(guest).wmi().Win32_OperatingSystem()
    if not gce.reads_registry(system.Version):
        return {"licensed": gce.active_by_text(lab.run(guest, gce.LINE).stdout)}
    winreg = lab.guest(guest).winreg
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, gce.KEY) as key:
            return {"licensed": gce.active_by_registry(winreg.QueryValueEx(key, gce.VALUE)[0])}
    except OSError:
        return {"licensed": gce.active_by_registry(None)}


def _azure(lab: Lab, guest: str) -> Answers:
    status = azure.status_of(lab.guest(guest).wmi().SoftwareLicensingProduct())
    if status is None or status == azure.LICENSED:
        return {"licensed": None if status is None else True}
    return {"licensed": azure.activated_by_text(lab.run(guest, azure.LINE).stdout)}


def _salt(lab: Lab, guest: str) -> Answers:
    return {"licensed": foreign.salt_licensed(lab, guest)}


def _cloudbase(lab: Lab, guest: str) -> Answers:
    return {"licensed": foreign.cloudbase_activates(lab, guest)}


_TOOLS: Final = (
    Named("checkmk", checkmk.SOURCE, ("licensed", "ends"), "", _checkmk),
    Named("gce", gce.SOURCE, ("licensed",), "", _gce),
    Named("azure-support", azure.SOURCE, ("licensed",), "", _azure),
    Named("salt", foreign.SALT_SOURCE, ("licensed",), "salt", _salt),
    Named("cloudbase-init", foreign.CLOUDBASE_SOURCE, ("licensed",), "cloudbase-init", _cloudbase),
)
NAMED: Final[Mapping[str, Named]] = {tool.name: tool for tool in _TOOLS}
