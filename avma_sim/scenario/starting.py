"""Owns starting a user's program against a lab: the lab goes to disk, the program's calls come back.

Must not be reached by a stranger's file: programs are started only where `programs_allowed` says so.
"""

from __future__ import annotations

import contextvars
import hashlib
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final, cast

import attrs

from avma_sim.errors import FileProblems, InputError, JournalError, Problem, StoreError
from avma_sim.facts.load import load_facts
from avma_sim.lab.lab import Lab
from avma_sim.model.commands import Command
from avma_sim.scenario.child import run_child
from avma_sim.scenario.labfile import folder_of
from avma_sim.scenario.serving import serving
from avma_sim.scenario.shims import CALLS, ELEVATED, EXIT, FACTS, LAB, ON, PYTHON, USER, write_shims
from avma_sim.scenario.values import Left, Program, Scenario
from avma_sim.sim.behaviour import BEHAVIOUR_VARIABLE, DOCUMENTED_NAME, Behaviour, find_behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header
from avma_sim.store.folder import Folder, Store
from avma_sim.store.lock import locked

__all__ = ["check_allowed", "programs_allowed", "start_program"]

# Set it to let scenario files start programs in this context.
programs_allowed: contextvars.ContextVar[bool] = contextvars.ContextVar("avma_sim_programs", default=False)

# The file stands for the lab file that was begun from; nobody reads it.
_LAB_TEXT: Final = b"# The lab of a scenario, while a program of the user's runs.\n"
_LOCK_WAIT_US: Final = 10_000_000
# What the user's own surroundings say to shims is about another lab.
_NOT_PASSED_ON: Final = frozenset({CALLS, LAB, ON, ELEVATED, USER, EXIT, FACTS, BEHAVIOUR_VARIABLE})


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


def start_program(lab: Lab, program: Program) -> Left:
    """Start a program, wait for it, and carry out in the lab what it did to it.

    Args:
        lab: the lab, which keeps its journal.
        program: the program.

    Returns:
        What it left; where it left the lab's folder damaged, nothing of what it did is in the lab for sure.

    Raises:
        InputError: it may not be started here, or its calls would not meet this lab.
        StoreError: the lab cannot be written to disk.
    """
    if not programs_allowed.get():
        raise InputError(f"this would start {program.argv[0]!r}, and that is not allowed here")
    played = _found_again(find_behaviour())
    header = Header(lab.state.settings, lab.facts.digest, played.name)
    try:
        place = tempfile.TemporaryDirectory(prefix="avma-sim-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(f"no temporary folder for the lab: {error.strerror or error}") from error
    with place as named:
        file, shims = Path(named, "lab.avma.yaml"), Path(named, "bin")
        folder = Folder(folder_of(file))
        entries = lab.entries()
        try:
            file.write_bytes(_LAB_TEXT)
            folder.path.mkdir()
            folder.begin(header, entries, hashlib.sha256(_LAB_TEXT).hexdigest())
            write_shims(shims, search=() if played.name == DOCUMENTED_NAME else tuple(filter(None, sys.path)))
        except OSError as error:
            raise StoreError(f"the lab cannot be written to {named}: {error.strerror or error}") from error
        variables = _variables(shims, file, program) | _chosen(lab, played)
        with serving(Path(named)) as way:
            ended = run_child(program.argv, _folder(program), variables | way, program.timeout_us)
        left = Left(ended.code, ended.stdout, ended.stderr, (), ended.late, ended.too_much)
        try:
            new, counted = _read_back(folder, header, entries)
            _carry_out(lab, new)
        except OSError as error:
            return attrs.evolve(left, damage=f"it cannot be read any more: {error.strerror or error}")
        except (ValueError, RecursionError, JournalError) as error:
            return attrs.evolve(left, damage=str(error).replace(f"{named}{os.sep}", ""))
    lab.unserved.update(counted)
    return attrs.evolve(left, unserved=tuple(sorted(counted)))


def _folder(program: Program) -> Path:
    return Path(program.folder) if program.folder else Path(program.where.file).absolute().parent


def _variables(shims: Path, lab: Path, program: Program) -> dict[str, str]:
    # The lab's programs first, then whatever Python runs us: `python` means that one.
    path = os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    said = {LAB: str(lab), ON: program.machine, ELEVATED: str(int(program.elevated))}
    modules = os.pathsep.join(filter(None, [str(shims / PYTHON), os.environ.get("PYTHONPATH", "")]))
    return {**kept, **said, "PATH": path, "PYTHONPATH": modules}


def _found_again(played: Behaviour) -> Behaviour:
    """Return a behaviour, if another process can find it by its name."""
    try:
        found = find_behaviour(played.name) if played.name else None
    except InputError:
        found = None
    if found is not played:
        raise InputError(
            f"a program's calls cannot be played by {played.name!r}: no other process finds it; "
            "give it an import path (module:object)"
        )
    return played


def _chosen(lab: Lab, played: Behaviour) -> dict[str, str]:
    """Return variables by which shims play the same behaviour and know the same facts as this lab."""
    chosen = {BEHAVIOUR_VARIABLE: played.name}
    if lab.facts.laid:
        return {**chosen, FACTS: lab.facts.laid}
    if lab.facts.digest != contextvars.Context().run(load_facts).digest:
        raise InputError("a program's calls cannot know these facts: they come from no folder (--facts DIR)")
    return chosen


def _read_back(folder: Folder, header: Header, entries: list[Entry]) -> tuple[list[Entry], Counter[str]]:
    """Return what a program did to the lab on disk, and what it asked for that is not served.

    A call that was cut off (its shim was ended) is none, as for anyone who opens the lab.
    """
    with locked(folder.lock, _LOCK_WAIT_US):
        store = Store(folder)
        try:
            written = store.journal.entries()
        finally:
            store.close()
        if store.dropped:
            raise StoreError(store.dropped)
        if store.header != header or written[: len(entries)] != entries:
            raise StoreError("the lab's journal no longer begins as it did: the lab was begun anew")
        return written[len(entries) :], folder.unserved()


def _carry_out(lab: Lab, new: list[Entry]) -> None:
    """Carry out a program's commands; they must lead where they led on the disk."""
    before = len(lab.entries())
    for entry in new:
        if entry.by is None:
            lab.do(cast("Command", entry.what))
    if lab.entries()[before:] != new:
        raise StoreError("the journal's events are not what its commands lead to: something else wrote it")
