"""Owns systeminfo: what WMI says of a machine, with the labels and in the formats of that program.

Must not compute a value: what WMI does not say is not printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from avma_sim.facts.wmi import WmiValue
from avma_sim.windows.computers import find_machine
from avma_sim.windows.program import NotServed, Prompt, Result
from avma_sim.windows.wmi.rows import WmiRow, instances

__all__ = ["systeminfo"]

_LABEL_WIDTH: Final = 27
_FIRST_WITH_HYPERV: Final = 9200  # older ones do not print that line
_MIB: Final = 2**20
_ROLES: Final = (
    "Standalone Workstation",
    "Member Workstation",
    "Standalone Server",
    "Member Server",
    "Backup Domain Controller",
    "Primary Domain Controller",
)
_USAGE: Final = 'Type "SYSTEMINFO /?" for usage.'
_SYNTAX: Final = "ERROR: Invalid syntax."
_DETECTED: Final = "A hypervisor has been detected. Features required for Hyper-V will not be displayed."


class _WrongError(Exception):
    """The line cannot be read, or nobody answers; carries what is printed."""


def systeminfo(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Tell what a machine is.

    Args:
        prompt: where it runs.
        arguments: ``/fo`` with ``list``, ``table`` or ``csv``, ``/nh``, ``/s`` with a machine.
        stdin: ignored.

    Returns:
        What it prints: lines that the lab has no value for are absent; exit code 1 for every error.

    Raises:
        NotServed: other credentials, or help.

    Source: labels, order and the sentence on hypervisors: general knowledge; formats: vendor's page on it.
    """
    try:
        asked = _asked(arguments)
        machine = _machine(prompt, asked.get("s"))
    except _WrongError as wrong:
        return Result("", f"{wrong}\r\n", 1)
    rows = _rows(prompt, machine)
    return Result(_FORMATS[asked.get("fo", "list")](rows, "nh" not in asked))


def _asked(arguments: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = iter(arguments)
    for word in rest:
        option = word[1:].lower()
        if word[:1] not in ("/", "-") or option in found:
            raise _WrongError(f"{_SYNTAX}\r\n{_USAGE}")
        if option in ("u", "p", "?"):
            raise NotServed("systeminfo", f"/{option}")
        if option not in ("fo", "nh", "s"):
            raise _WrongError(f"ERROR: Invalid argument/option - '{word}'.\r\n{_USAGE}")
        value = "" if option == "nh" else next(rest, None)
        if value is None:
            raise _WrongError(f"ERROR: Invalid syntax. Value expected for '{word}'.\r\n{_USAGE}")
        found[option] = value if option == "s" else value.lower()
    if found.get("fo", "list") not in _FORMATS:
        raise _WrongError(f"{_SYNTAX} '{found['fo']}' value is not allowed for '/fo' option.\r\n{_USAGE}")
    if "nh" in found and found.get("fo", "list") == "list":
        raise _WrongError(f'{_SYNTAX} /NH option is allowed only for "TABLE" and "CSV" formats.\r\n{_USAGE}')
    return found


def _machine(prompt: Prompt, other: str | None) -> str:
    """Return the machine that is meant; another one must be there, run, and have WMI."""
    if other is None:
        return prompt.machine
    state, found = prompt.world.state, find_machine(prompt, other.removeprefix("\\\\"))
    linux = found in state.guests and state.guests[found].is_linux
    if found is None or linux or state.silence(found):
        raise _WrongError("ERROR: The RPC server is unavailable.")
    return found


def _us_date(text: WmiValue) -> str:
    """Write a datetime of WMI as American English has it: ``1/7/2025, 3:04:05 AM``."""
    digits = str(text)
    hour, half = int(digits[8:10]), "AM" if int(digits[8:10]) < 12 else "PM"
    return f"{_us_day(text)}, {hour % 12 or 12}:{digits[10:12]}:{digits[12:14]} {half}"


def _us_day(text: WmiValue) -> str:
    digits = str(text)
    return f"{int(digits[4:6])}/{int(digits[6:8])}/{digits[:4]}"


def _rows(prompt: Prompt, machine: str) -> list[tuple[str, str]]:
    def only(name: str) -> WmiRow:
        return instances(prompt.world, machine, name)[0]

    system, computer, bios = only("Win32_OperatingSystem"), only("Win32_ComputerSystem"), only("Win32_BIOS")
    rows: list[tuple[str, object]] = [
        ("Host Name", system["CSName"]),
        ("OS Name", system["Caption"]),
        ("OS Version", f"{system['Version']} {system['CSDVersion'] or 'N/A'} Build {system['BuildNumber']}"),
        ("OS Manufacturer", system["Manufacturer"]),
        ("OS Configuration", _ROLES[int(str(computer["DomainRole"]))]),
        ("OS Build Type", system["BuildType"]),
        ("Registered Owner", system["RegisteredUser"]),
        ("Registered Organization", system["Organization"]),
        ("Product ID", system["SerialNumber"]),
        ("Original Install Date", _us_date(system["InstallDate"])),
        ("System Boot Time", _us_date(system["LastBootUpTime"])),
        ("System Manufacturer", computer["Manufacturer"]),
        ("System Model", computer["Model"]),
        ("System Type", computer["SystemType"]),
        (
            "BIOS Version",
            f"{bios['Manufacturer']} {bios['SMBIOSBIOSVersion']}, {_us_day(bios['ReleaseDate'])}",
        ),
        ("Windows Directory", system["WindowsDirectory"]),
        ("System Directory", system["SystemDirectory"]),
        ("Boot Device", system["BootDevice"]),
        ("Total Physical Memory", f"{int(str(computer['TotalPhysicalMemory'])) // _MIB:,} MB"),
        ("Domain", computer["Domain"]),
    ]
    if computer.get("HypervisorPresent") and int(str(system["BuildNumber"])) >= _FIRST_WITH_HYPERV:
        rows.append(("Hyper-V Requirements", _DETECTED))
    return [(label, str(value)) for label, value in rows]


def _as_list(rows: Sequence[tuple[str, str]], header: bool) -> str:
    lines = ["", *(f"{label + ':':<{_LABEL_WIDTH}}{value}" for label, value in rows)]
    return "".join(f"{line}\r\n" for line in lines)


def _as_csv(rows: Sequence[tuple[str, str]], header: bool) -> str:
    kept = ([[label for label, _ in rows]] if header else []) + [[value for _, value in rows]]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in kept)


def _as_table(rows: Sequence[tuple[str, str]], header: bool) -> str:
    widths = [max(len(label), len(value)) for label, value in rows]
    kept = [[label for label, _ in rows], ["=" * width for width in widths]] if header else []
    kept.append([value for _, value in rows])
    lines = [
        "",
        *(" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in kept),
    ]
    return "".join(f"{line}\r\n" for line in lines)


_FORMATS: Final[Mapping[str, Callable[[Sequence[tuple[str, str]], bool], str]]] = MappingProxyType(
    {"list": _as_list, "csv": _as_csv, "table": _as_table}
)
