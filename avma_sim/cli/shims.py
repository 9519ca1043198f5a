"""Owns `avma-sim shims`: a folder of programs with the names of Windows's, to be first on PATH.

Must not know what a program does: each starts this Python on the shim with its own name.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

import click

from avma_sim.cli import exits

__all__ = ["MARK", "NAMES", "shims"]

# The last ones are not served: a script that calls them must fail, and not find another program.
NAMES: Final = (
    "cmd",
    "cscript",
    "dism",
    "hostname",
    "ping",
    "sleep",
    "slmgr",
    "timeout",
    "ver",
    "wevtutil",
    "whoami",
    "wscript",
    "net",
    "powershell",
    "pwsh",
    "reg",
    "sc",
    "systeminfo",
    "wmic",
)
MARK: Final = "avma-sim shim 1"
_CODE: Final = (
    "import sys; p = sys.argv[1]; p in sys.path or sys.path.insert(0, p); "
    "from avma_sim.cli.shim import main; main()"
)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option(
    "--lab", type=click.Path(exists=True, dir_okay=False), help="The lab file, unless AVMA_SIM_LAB is set."
)
@click.option("--on", "machine", metavar="NAME", help="The machine, unless AVMA_SIM_ON is set.")
def shims(folder: str, lab: str | None, machine: str | None) -> int:
    """Write programs into DIR that act on a lab: slmgr, cscript, wevtutil, hostname, sleep and more.

    Put DIR first on PATH, and a script runs in the lab. AVMA_SIM_LAB names the lab file and AVMA_SIM_ON the
    machine (a lab's only guest needs no name); AVMA_SIM_ELEVATED=0 is a prompt that is not elevated. What
    the lab does not serve fails with 9009, and so does everything where there is no lab.

    Exit codes: 0 written, 2 a file is in the way.
    """
    defaults = {"AVMA_SIM_LAB": str(Path(lab).resolve()) if lab else "", "AVMA_SIM_ON": machine or ""}
    files = {
        Path(folder) / f"{name}{suffix}": text
        for name in NAMES
        for suffix, text in (("", _posix(name, defaults)), (".cmd", _windows(name, defaults)))
    }
    for path in files:
        if not _ours(path):
            raise click.UsageError(f"{path} is in the way and no shim of avma-sim; name another folder")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, "utf-8", newline="")
            path.chmod(0o755)
    except OSError as error:
        raise click.UsageError(f"{folder}: cannot be written: {error.strerror}") from error
    click.echo(f"{len(NAMES)} programs written to {folder}; put it first on PATH")
    if not lab:
        click.echo("and set AVMA_SIM_LAB to a lab file")
    return exits.PASSED


def _ours(path: Path) -> bool:
    """Return whether a file may be written: there is none, or it is a shim of ours."""
    if path.is_symlink():
        return False
    try:
        return MARK.encode() in path.read_bytes()[:200]
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _home() -> str:
    return str(Path(__file__).resolve().parents[2])


def _posix(name: str, defaults: dict[str, str]) -> str:
    said = [
        f'[ -n "${{{variable}:-}}" ] || export {variable}={shlex.quote(value)}'
        for variable, value in defaults.items()
        if value
    ]
    start = f'exec {shlex.join([sys.executable, "-I", "-c", _CODE, _home(), name])} "$@"'
    return "\n".join(["#!/bin/sh", f"# {MARK}: starts avma-sim, and never another program", *said, start, ""])


def _windows(name: str, defaults: dict[str, str]) -> str:
    said = [
        f'@if not defined {variable} set "{variable}={_percent(value)}"'
        for variable, value in defaults.items()
        if value
    ]
    words = " ".join(f'"{_percent(word)}"' for word in (sys.executable, "-I", "-c", _CODE, _home(), name))
    return "\r\n".join(["@setlocal", f"@rem {MARK}: starts avma-sim", *said, f"@{words} %*", ""])


def _percent(text: str) -> str:
    return text.replace("%", "%%")
