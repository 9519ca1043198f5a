"""Owns what a command of a console finds around it: machine, user, variables, folder, files, counters.

Must not know any command.
"""

from __future__ import annotations

import collections
from typing import Final

import attrs

from avma_sim.model.duration import utc
from avma_sim.windows.console.files import Files, full_path
from avma_sim.windows.console.variables import Variables
from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["Budget", "LeaveShell", "Streams", "Surroundings", "first_variables"]

COMMANDS_MAX: Final = 10_000
PRINTED_MAX: Final = 1 << 24  # characters
SHELLS_MAX: Final = 24


class LeaveShell(Exception):  # noqa: N818 - no error: a shell ends
    """``exit``: the present shell ends.

    Args:
        code: its exit code, unsigned.
        printed: what a line within it printed before, where that is collected.
    """

    def __init__(self, code: int, printed: Result | None = None) -> None:
        self.code = code
        self.printed = Result() if printed is None else printed
        super().__init__(code)


@attrs.define
class Streams:
    """Where a command reads and writes.

    Args:
        source: its input; None for the console itself.
        out: its output.
        err: its error output; the same list where both lead to one place.
        dialogs: texts of the message boxes of the whole line.
    """

    source: str | None
    out: list[str] = attrs.Factory(list)
    err: list[str] = attrs.Factory(list)
    dialogs: list[str] = attrs.Factory(list)

    def take(self, result: Result) -> None:
        """Print what a command leaves."""
        self.out.append(result.stdout)
        self.err.append(result.stderr)
        if result.dialog:
            self.dialogs.append(result.dialog)

    def result(self, code: int) -> Result:
        """Return all that was printed, with an exit code."""
        return Result("".join(self.out), "".join(self.err), code, "\r\n".join(self.dialogs))


@attrs.define
class Budget:
    """What one line may cost, however its commands call each other.

    Args:
        commands: how many commands are left.
        printed: how many characters are left.
    """

    commands: int = COMMANDS_MAX
    printed: int = PRINTED_MAX

    def spend(self, printed: int) -> None:
        """Take one command and what it printed.

        Raises:
            NotServed: nothing is left.
        """
        self.commands -= 1
        self.printed -= printed
        if self.commands < 0 or self.printed < 0:
            raise NotServed("cmd", f"a line of more than {COMMANDS_MAX} commands or {PRINTED_MAX} characters")


@attrs.define
class Surroundings:
    """One shell: it is changed by the commands that run in it.

    Args:
        prompt: where it runs, and as whom.
        files: the machine's files.
        unserved: how often something was asked that is not served, by name.
        variables: its variables.
        folder: its current folder.
        level: its ERRORLEVEL, unsigned.
        echo: whether ECHO is on.
        shells: how many shells and calls it is within.
        budget: what the line may still cost.
    """

    prompt: Prompt
    files: Files
    unserved: collections.Counter[str]
    variables: Variables
    folder: str
    level: int = 0
    echo: bool = True
    shells: int = 0
    budget: Budget = attrs.Factory(Budget)

    @property
    def signed_level(self) -> int:
        """ERRORLEVEL as cmd.exe shows it: a signed 32-bit integer."""
        return self.level - 2**32 if self.level & 2**31 else self.level

    def value_of(self, name: str) -> str | None:
        """Return the value of a variable, set or computed, or None."""
        value = self.variables.get(name)
        if value is not None:
            return value
        now = utc(self.prompt.world.state.now_us)
        computed = {
            "ERRORLEVEL": str(self.signed_level),
            "CD": self.folder,
            "DATE": f"{now:%a %m/%d/%Y}",
            "TIME": f"{now.hour:2}:{now:%M:%S}.{now.microsecond // 10_000:02}",
        }
        return computed.get(name.upper())

    def path(self, name: str) -> str:
        """Return a file's full name; raise FileTrouble where none can have it."""
        return full_path(name.strip('"'), self.folder)

    def has_folder(self, path: str) -> bool:
        """Say whether there is a folder of this full name: one that each machine has, or with a file."""
        user = self.prompt.user.lower()
        known = {
            r"c:\windows\system32\wbem",
            f"c:\\users\\{user}\\appdata\\local\\temp",
            f"c:\\users\\{user}\\desktop",
            *(file.rpartition("\\")[0] for file in self.files.texts),
        }
        folder = path.lower().rstrip("\\")
        return any(f"{name}\\".startswith(f"{folder}\\") for name in known)

    def deeper(self) -> None:
        """Count one more shell or call within this one.

        Raises:
            NotServed: too many are within each other.
        """
        if self.shells == SHELLS_MAX:
            raise NotServed("cmd", f"more than {SHELLS_MAX} shells and calls within each other")
        self.shells += 1

    def within(self) -> Surroundings:
        """Return a shell that this one starts; raise NotServed where too many are within each other."""
        other = attrs.evolve(self, variables=self.variables.copy())
        other.deeper()
        return other


def first_variables(machine: str, user: str) -> Variables:
    """Return the variables that a shell starts with.

    Args:
        machine: the machine's name.
        user: the user's name.

    Returns:
        The variables.
    """
    name, home = machine.upper()[:15], f"C:\\Users\\{user}"
    return Variables(
        {
            "COMPUTERNAME": name,
            "ComSpec": r"C:\Windows\system32\cmd.exe",
            "HOMEDRIVE": "C:",
            "HOMEPATH": f"\\Users\\{user}",
            "OS": "Windows_NT",
            "Path": r"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem",
            "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
            "PROCESSOR_ARCHITECTURE": "AMD64",
            "PROMPT": "$P$G",
            "SystemDrive": "C:",
            "SystemRoot": r"C:\Windows",
            "TEMP": f"{home}\\AppData\\Local\\Temp",
            "TMP": f"{home}\\AppData\\Local\\Temp",
            "USERDOMAIN": name,
            "USERNAME": user,
            "USERPROFILE": home,
            "windir": r"C:\Windows",
        }
    )
