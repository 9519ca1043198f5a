"""Owns what a scenario file says, as frozen values with their places.

Must not read files nor run anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from avma_sim.scenario.located import Where

__all__ = [
    "ABSENT",
    "Action",
    "EventPattern",
    "Expect",
    "Given",
    "ItemMatch",
    "Left",
    "Made",
    "Match",
    "Program",
    "Scenario",
    "Step",
    "TextMatch",
]


@attrs.frozen
class Made:
    """One host, guest or fault of `given`, as arguments of the lab's method.

    Args:
        method: name of the method of `Lab`.
        fields: its arguments.
        where: the place of its name.
        places: the place of each field's value, by the field's name in the file.
        path: where in the document.
    """

    method: str
    fields: Mapping[str, Any]
    where: Where
    places: Mapping[str, Where]
    path: str


@attrs.frozen
class Given:
    """The lab that a scenario begins with.

    Args:
        made: hosts, guests and faults in the order in which they are made.
        readings: values of readings.
        start: where the clock starts, in microseconds; None for the default.
        where: the place of `given`.
        other_keys: product keys of other kinds: channel by key text.
        all_readings: whether it is to be run under every combination of readings that it depends on.
        clock: how a call from outside moves the clock, as `Lab` takes it.
    """

    made: tuple[Made, ...]
    readings: Mapping[str, str]
    start: int | None
    where: Where
    other_keys: Mapping[str, str] = attrs.Factory(dict)
    all_readings: bool = False
    clock: str = "settle"


@attrs.frozen
class Action:
    """The command of a step.

    Args:
        verb: the verb.
        made: the command's arguments.
    """

    verb: str
    made: Made


@attrs.frozen
class Match:
    """What a value is compared with.

    Args:
        wanted: the texts of which it must be one.
        inverted: whether it must be none of them instead.
        where: the place.
    """

    wanted: tuple[str, ...]
    inverted: bool
    where: Where

    def fits(self, found: str) -> bool:
        """Return whether a value fits."""
        return (found in self.wanted) != self.inverted

    def __str__(self) -> str:
        text = self.wanted[0] if len(self.wanted) == 1 else f"any of {', '.join(self.wanted)}"
        return f"not {text}" if self.inverted else text


# What the value of an item is that is not there: no text of a file equals it.
ABSENT: Final = "\0"


@attrs.frozen
class ItemMatch:
    """What is expected of an item, of a whole pool, or of a reading itself.

    Args:
        of: ``kvp`` (what the guest's pools hold) or ``kvp_read`` (what its host has read).
        pool: name of the pool; empty for a reading's own field.
        key: key of the item, or the reading's field; None for that the pool is empty.
        match: what its value is compared with.
    """

    of: str
    pool: str
    key: str | None
    match: Match


@attrs.frozen
class TextMatch:
    """What a program's output is compared with; line ends count as one sign.

    Args:
        kind: ``is`` (all of it but white space around), ``contains`` or ``matches`` (a regular expression,
            somewhere).
        text: the text or the expression.
        inverted: whether it must not be so.
        where: the place.
    """

    kind: str
    text: str
    inverted: bool
    where: Where

    def fits(self, found: str) -> bool:
        """Return whether an output fits."""
        found = found.replace("\r\n", "\n")
        if self.kind == "is":
            fits = found.strip() == self.text.strip()
        elif self.kind == "contains":
            fits = self.text in found
        else:
            fits = re.search(self.text, found, re.MULTILINE) is not None
        return fits != self.inverted

    def __str__(self) -> str:
        said = self.text if self.kind == "is" else f"{self.kind} {self.text!r}"
        return f"not {said}" if self.inverted else said


@attrs.frozen
class Program:
    """A program that a step runs: one of the user's, or a line of the lab's own console.

    Args:
        argv: the words of a program of the user's; the first is looked for on the PATH, behind the lab's own
            programs. Empty for a line.
        line: a line for the console of the machine; empty for a program of the user's.
        machine: the host or guest that it runs on, or believes to run on.
        timeout_us: how much real time a program of the user's may take.
        elevated: whether what it asks of Windows comes from an elevated prompt.
        where: the place.
        folder: the folder that it is started in; that of its file if empty.
    """

    argv: tuple[str, ...]
    line: str
    machine: str
    timeout_us: int
    elevated: bool
    where: Where
    folder: str = ""


@attrs.frozen
class Left:
    """What a program left.

    Args:
        code: its exit code; of a line a signed 32-bit integer.
        stdout: its output.
        stderr: its error output.
        unserved: programs of Windows that it asked for and the lab does not serve, sorted, each once.
        timed_out: whether it was stopped because its time was up.
        too_much: whether it was stopped because it wrote too much.
        damage: what it did to the lab's folder that it should not, in words; empty for nothing.
    """

    code: int
    stdout: str
    stderr: str
    unserved: tuple[str, ...]
    timed_out: bool = False
    too_much: bool = False
    damage: str = ""


@attrs.frozen
class EventPattern:
    """One event that is expected.

    Args:
        log: name of the machine in whose log it is looked for.
        fields: what its fields must be.
        where: the place.
    """

    log: str
    fields: Mapping[str, Match]
    where: Where


@attrs.frozen
class Expect:
    """What must hold after a step.

    Args:
        where: the place.
        guests: fields of guests, by name.
        hosts: fields of hosts, by name.
        events: expected events; None where events are not judged, empty for none at all.
        only: whether the logs named hold nothing else.
        refused: reason or code with which the command is refused; empty for not refused.
        within_us: the clock may move so far until all of it holds.
        throughout_us: the clock moves so far, and all of it holds all the time.
        exit: exit code of the step's program; None for 0.
        stdout: its output; None for whatever it is.
        stderr: its error output, likewise.
        unserved: what it asks for and the lab does not serve, sorted; None for whatever it is.
        kvp: key-value pairs of guests, by name.
    """

    where: Where
    guests: Mapping[str, Mapping[str, Match]] = attrs.Factory(dict)
    hosts: Mapping[str, Mapping[str, Match]] = attrs.Factory(dict)
    events: tuple[EventPattern, ...] | None = None
    only: bool = False
    refused: str = ""
    within_us: int | None = None
    throughout_us: int | None = None
    exit: Match | None = None
    stdout: TextMatch | None = None
    stderr: TextMatch | None = None
    unserved: tuple[str, ...] | None = None
    kvp: Mapping[str, tuple[ItemMatch, ...]] = attrs.Factory(dict)

    @property
    def of_program(self) -> bool:
        """Whether something of it is about a program."""
        return (self.exit, self.stdout, self.stderr, self.unserved) != (None,) * 4


@attrs.frozen
class Step:
    """One step.

    Args:
        name: what it shows, for people.
        where: its place.
        after_us: how far the clock moves before it.
        action: its command; None for a step that only waits or looks.
        expect: what must hold after it, or None.
        program: the program that it starts instead of a command; None for none.
    """

    name: str
    where: Where
    after_us: int
    action: Action | None
    expect: Expect | None
    program: Program | None = None


@attrs.frozen
class Scenario:
    """One scenario file.

    Args:
        file: the file as the user named it.
        name: what it shows.
        clauses: the document's clauses that it is about.
        seeds: seeds under which it runs.
        always: names of invariants that it is about; all are watched anyway.
        given: the lab that it begins with.
        steps: its steps; none in a lab file.
    """

    file: str
    name: str
    clauses: tuple[str, ...]
    seeds: tuple[int, ...]
    always: tuple[str, ...]
    given: Given
    steps: tuple[Step, ...]
