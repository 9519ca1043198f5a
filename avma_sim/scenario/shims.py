"""Owns the shims: programs with the names of Windows's, which act on a lab instead, as files in a folder.

Must not know what a program does: each starts this Python on the command line's shim with its own name.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

__all__ = [
    "CALLS",
    "ELEVATED",
    "EXIT",
    "FACTS",
    "LAB",
    "MARK",
    "MODULES",
    "NAMES",
    "ON",
    "PYTHON",
    "USER",
    "in_the_way",
    "write_shims",
]

# Variables by which a shim is told where it acts.
LAB: Final = "AVMA_SIM_LAB"
ON: Final = "AVMA_SIM_ON"
ELEVATED: Final = "AVMA_SIM_ELEVATED"
USER: Final = "AVMA_SIM_USER"
EXIT: Final = "AVMA_SIM_EXIT"
# Where a process answers that has the package loaded: a shim that finds it need not start it anew.
CALLS: Final = "AVMA_SIM_CALLS"
FACTS: Final = "AVMA_SIM_FACTS"

# The last ones are not served: a script that calls them must fail, and not find another program.
NAMES: Final = (
    "cmd",
    "cscript",
    "dism",
    "hostname",
    "ping",
    "reg",
    "sleep",
    "slmgr",
    "systeminfo",
    "timeout",
    "ver",
    "wevtutil",
    "whoami",
    "wmic",
    "wscript",
    "net",
    "powershell",
    "pwsh",
    "sc",
)
# Modules of Windows for Python code, in a folder beside the programs: it goes first on PYTHONPATH.
PYTHON: Final = "python"
MODULES: Final = ("wmi", "winreg", "pywintypes", "pythoncom", "win32com")
MARK: Final = "avma-sim shim 1"
_CODE: Final = (
    "import sys; p = sys.argv[1]; p in sys.path or sys.path.insert(0, p); {}"
    "from avma_sim.cli.shim import main; main()"
)


_MODULE: Final = """\
# {mark}: what a lab has in place of this module; each call opens the lab that AVMA_SIM_LAB names
import os, sys

for _name, _value in {defaults!a}.items():
    if not os.environ.get(_name):
        os.environ[_name] = _value
sys.path += [_each for _each in {search!a} if _each not in sys.path]
try:
    from avma_sim.scenario.module_door import stand_in
except ModuleNotFoundError as _error:
    if (_error.name or "").partition(".")[0] not in ("avma_sim", "attr", "attrs"):
        raise
    raise ImportError(
        f"{{__name__}} of avma-sim: this Python ({{sys.executable}}) cannot import avma_sim ({{_error}}); "
        "install it there, or start the program with " + {python!a}
    ) from None
stand_in(__name__)
"""


def in_the_way(folder: Path) -> Path | None:
    """Return a file where a shim would be written, and that is no shim.

    Args:
        folder: the folder.

    Returns:
        The first such file; None where there is none.
    """
    return next((path for path in _files(folder, {}) if not _ours(path)), None)


def write_shims(folder: Path, defaults: Mapping[str, str] | None = None, search: Sequence[str] = ()) -> None:
    """Write all shims, for POSIX systems and for Windows.

    Args:
        folder: where; it is made where there is none.
        defaults: values of variables where they are not set.
        search: folders in which a behaviour's module is looked for, after all others.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in _files(folder, defaults or {}, search).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
        path.chmod(0o755)


def _files(folder: Path, defaults: Mapping[str, str], search: Sequence[str] = ()) -> dict[Path, str]:
    code = _CODE.format(f"sys.path += {[*search]!a}; " if search else "")
    said = {variable: value for variable, value in defaults.items() if value}
    text = _MODULE.format(mark=MARK, defaults=said, search=[*search], python=sys.executable)
    modules = {
        folder / PYTHON / (f"{name}/__init__.py" if name == "win32com" else f"{name}.py"): text
        for name in MODULES
    }
    return modules | {
        folder / f"{name}{suffix}": text
        for name in NAMES
        for suffix, text in (("", _posix(name, defaults, code)), (".cmd", _windows(name, defaults, code)))
    }


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


def _posix(name: str, defaults: Mapping[str, str], code: str) -> str:
    said = [
        f'[ -n "${{{variable}:-}}" ] || export {variable}={shlex.quote(value)}'
        for variable, value in defaults.items()
        if value
    ]
    start = f'exec {shlex.join([sys.executable, "-I", "-c", code, _home(), name])} "$@"'
    quick = shlex.join([sys.executable, "-I", "-S", str(Path(__file__).with_name("call.py")), name])
    asks = f'[ -z "${{{CALLS}:-}}" ] || exec {quick} "$@"'
    lines = ["#!/bin/sh", f"# {MARK}: starts avma-sim, and never another program", *said, asks, start, ""]
    return "\n".join(lines)


def _windows(name: str, defaults: Mapping[str, str], code: str) -> str:
    said = [
        f'@if not defined {variable} set "{variable}={_percent(value)}"'
        for variable, value in defaults.items()
        if value
    ]
    words = " ".join(f'"{_percent(word)}"' for word in (sys.executable, "-I", "-c", code, _home(), name))
    return "\r\n".join(["@setlocal", f"@rem {MARK}: starts avma-sim", *said, f"@{words} %*", ""])


def _percent(text: str) -> str:
    return text.replace("%", "%%")
