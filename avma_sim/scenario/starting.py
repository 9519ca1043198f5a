"""Owns starting a user's program against a lab: the lab goes to disk, the program's calls come back.

Must not be reached by a stranger's file: programs are started only where `programs_allowed` says so.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from avma_sim.errors import Defect, FileProblems, Problem
from avma_sim.lab.lab import Lab
from avma_sim.model.commands import Command
from avma_sim.scenario.labfile import folder_of
from avma_sim.scenario.shims import ELEVATED, LAB, ON, write_shims
from avma_sim.scenario.values import Left, Program, Scenario
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header
from avma_sim.store.folder import Folder, Store
from avma_sim.store.lock import locked

__all__ = ["check_allowed", "programs_allowed", "start_program"]

# Set it to let scenario files start programs in this context.
programs_allowed: contextvars.ContextVar[bool] = contextvars.ContextVar("avma_sim_programs", default=False)

_LEFT_US: Final = 10_000_000  # for what a program left running and is in the lab just now
_OUTPUT_BYTES_MAX: Final = 1 << 20
# The file stands for the lab file that was begun from; nobody reads it.
_LAB_TEXT: Final = b"# The lab of a scenario, while a program of the user's runs.\n"


def check_allowed(scenario: Scenario) -> None:
    """Refuse a scenario that starts programs where that is not allowed.

    Args:
        scenario: the scenario.

    Raises:
        FileProblems: names each step that would start one.
    """
    if programs_allowed.get():
        return
    found = [
        Problem(
            step.program.where.file,
            step.program.where.line,
            step.program.where.col,
            f"when[{index}].run",
            f"this step would start {step.program.argv[0]!r}; whoever trusts the file says --allow-run",
        )
        for index, step in enumerate(scenario.steps)
        if step.program is not None and step.program.argv
    ]
    if found:
        raise FileProblems(found)


def start_program(lab: Lab, header: Header, program: Program) -> Left:
    """Start a program, wait for it, and carry out in the lab what it did to it.

    Args:
        lab: the lab, which keeps its journal.
        header: the lab's header.
        program: the program; its folder is that of its file.

    Returns:
        What it left.

    Raises:
        Defect: what it did does not lead to the same lab here.
    """
    with tempfile.TemporaryDirectory(prefix="avma-sim-") as place:
        file = Path(place, "lab.avma.yaml")
        file.write_bytes(_LAB_TEXT)
        folder = Folder(folder_of(file))
        folder.path.mkdir()
        entries = lab.entries()
        folder.begin(header, entries, hashlib.sha256(_LAB_TEXT).hexdigest())
        shims = Path(place, "bin")
        write_shims(shims)
        environment = _environment(shims, file, program)
        left = _run(program, environment, Path(place))
        new = _calls_since(folder, len(entries))
        for entry in new:
            if entry.by is None:
                lab.do(cast("Command", entry.what))
        if lab.entries()[len(entries) :] != new:
            raise Defect("what a program did to the lab on disk leads elsewhere in memory")
        counted = folder.unserved()
        lab.unserved.update(counted)
        return Left(left.code, left.stdout, left.stderr, tuple(sorted(counted)), left.timed_out)


def _calls_since(folder: Folder, n: int) -> list[Entry]:
    """Return the entries from an index on; what a program that was stopped left half done is none of them."""
    with locked(folder.lock, _LEFT_US):
        store = Store(folder)
        try:
            return [entry for entry in store.journal.entries() if entry.n >= n]
        finally:
            store.close()


def _environment(shims: Path, lab: Path, program: Program) -> dict[str, str]:
    # The lab's programs first, then whatever Python runs us: `python` means that one.
    path = os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        **os.environ,
        "PATH": path,
        LAB: str(lab),
        ON: program.machine,
        ELEVATED: str(int(program.elevated)),
    }


def _run(program: Program, environment: dict[str, str], place: Path) -> Left:
    folder = Path(program.where.file).absolute().parent
    found = shutil.which(program.argv[0], path=environment["PATH"])
    if found is None and (folder / program.argv[0]).is_file():
        found = str(folder / program.argv[0])
    if found is None:
        return Left(127, "", f"{program.argv[0]}: no such program on the PATH or beside the file", ())
    # Files, not pipes: a child that outlives the program keeps no reader waiting.
    with _output(place / "stdout") as stdout, _output(place / "stderr") as stderr:
        try:
            child = subprocess.Popen(  # noqa: S603 - the user allowed this very program
                [found, *program.argv[1:]],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except OSError as error:
            return Left(126, "", f"{program.argv[0]}: {error.strerror}", ())
        try:
            code, late = child.wait(program.timeout_us / 1_000_000), False
        except subprocess.TimeoutExpired:
            late = True
            code = _stop(child)
        return Left(code, _text(stdout), _text(stderr), (), late)


def _stop(child: subprocess.Popen[bytes]) -> int:
    """Stop a program whose time is up, with whatever it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    return child.wait()


@contextlib.contextmanager
def _output(path: Path) -> Iterator[BinaryIO]:
    with path.open("w+b") as stream:
        yield stream


def _text(stream: BinaryIO) -> str:
    stream.seek(0)
    return stream.read(_OUTPUT_BYTES_MAX).decode("utf-8", "replace")
