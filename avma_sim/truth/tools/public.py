"""Owns the public tools: what each answers about a guest, by its rule re-stated or by the program itself.

Must not judge an answer.
"""

from __future__ import annotations

from typing import Final

from avma_sim.lab.lab import Lab
from avma_sim.truth.tool import Answers, Tool
from avma_sim.truth.tools import azure, checkmk, foreign, gce

__all__ = ["PUBLIC"]


def _checkmk(lab: Lab, guest: str) -> Answers:
    section = checkmk.read_section(lab.run(guest, checkmk.LINE).stdout)
    if not section.status:
        return {"licensed": None}
    # Of what is not licensed it tells when the grace period ends, and that is another question.
    return {"licensed": section.licensed, "ends": section.minutes if section.licensed else None}


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


PUBLIC: Final = (
    Tool("checkmk", checkmk.SOURCE, ("licensed", "ends"), "", _checkmk),
    Tool("gce", gce.SOURCE, ("licensed",), "", _gce),
    Tool("azure-support", azure.SOURCE, ("licensed",), "", _azure),
    Tool("salt", foreign.SALT_SOURCE, ("licensed",), "salt", _salt),
    Tool("cloudbase-init", foreign.CLOUDBASE_SOURCE, ("licensed",), "cloudbase-init", _cloudbase),
)
