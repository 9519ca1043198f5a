"""Owns a tool of ours: the text of slmgr and of the event log, read with what the bestiary teaches.

Must not read a lab's rows: it sees what any program on the guest would see.
"""

from __future__ import annotations

import re
from typing import Final

from avma_sim.lab.lab import Lab
from avma_sim.truth.tool import Answers, Tool

__all__ = ["SLMGR"]

# A copy away from the script's own folder speaks English whatever the machine does.
_LINE: Final = r"cscript //nologo C:\ProgramData\licence\slmgr.vbs /dli"
_EVENTS: Final = (
    "wevtutil qe Application "
    "\"/q:*[System[Provider[@Name='Microsoft-Windows-Security-SPP'] and EventID=12309]]\" /rd:true /c:1"
)
_EXPIRY: Final = re.compile(r".* expiration: ([0-9]+) minute\(s\) \([0-9]+ day\(s\)\)")
_CHANNELS: Final = {
    "VIRTUAL_MACHINE_ACTIVATION": "avma",
    "VOLUME_KMSCLIENT": "kms-client",
    "VOLUME_MAK": "mak",
    "OEM": "oem",
    "RETAIL": "retail",
}


def _ask(lab: Lab, guest: str) -> Answers:
    lines = [line.strip() for line in lab.run(guest, _LINE).stdout.splitlines()]
    return {**_licence(lines), "attempt": _attempt(lab.run(guest, _EVENTS).stdout)}


def _licence(lines: list[str]) -> Answers:
    """Read whole lines by their labels; a host's name in between is no label."""
    if not any(line.startswith("Partial Product Key: ") for line in lines):
        return {"licensed": False, "key": "none", "ends": "none", "channel": "none"}
    key = _behind("Partial Product Key: ", lines)
    described = _behind("Description: ", lines)
    channel = next((_CHANNELS[token] for token in _CHANNELS if f", {token}" in described), None)
    if "License Status: Licensed" not in lines:
        return {"licensed": False, "key": key, "ends": "none", "channel": channel}
    minutes = [found[1] for line in lines if (found := _EXPIRY.fullmatch(line))]
    return {"licensed": True, "key": key, "ends": minutes[0] if minutes else "never", "channel": channel}


def _behind(label: str, lines: list[str]) -> str:
    return next((line[len(label) :] for line in lines if line.startswith(label)), "")


def _attempt(text: str) -> str:
    code = re.search(r"0x[0-9A-F]{8}", text.partition("<EventData>")[2])
    if code is None:
        return "none"
    return "succeeded" if code[0] == "0x00000000" else "failed"


SLMGR: Final = Tool(
    "slmgr",
    "ours: the text of a copy of slmgr.vbs, and of the newest event 12309",
    ("licensed", "key", "ends", "attempt", "channel"),
    "",
    _ask,
)
