"""Owns what a line of the shell does: a verb is carried out, a word of the shell's own is answered.

Must not read lines nor know a terminal. Each line opens the lab and closes it, so others can act in between.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.cli.carry import carry_out, names_in
from avma_sim.cli.lab_door import lab_errors, opened
from avma_sim.cli.terminal import plain_table
from avma_sim.errors import InputError, UnknownName
from avma_sim.model.duration import instant_text
from avma_sim.scenario.short_form import split_words
from avma_sim.scenario.verbs import VERBS

if TYPE_CHECKING:
    from avma_sim.scenario.labfile import KeptLab

__all__ = ["OWN_WORDS", "Answer", "ShellSession"]

OWN_WORDS: Final = {
    "explain": "explain GUEST: why its licence is as it is",
    "exit": "exit: leave; the lab stays",
    "guests": "guests: all guests",
    "help": "help [VERB]: the verbs, or the fields of one",
    "hosts": "hosts: all hosts",
    "log": "log MACHINE: the newest 12309 or 12310 of its Application log",
    "save": "save FILE: write everything so far as a scenario file; an existing file is never replaced",
    "undo": "undo: take back the last call",
}
# What people of Windows type here, and is a machine's: `avma-sim console` has it.
_OF_A_CONSOLE: Final = frozenset({"cmd", "console", "cscript", "dism", "slmgr", "slmgr.vbs", "wevtutil"})
_FILE: Final = "line"


@attrs.frozen
class Answer:
    """What a line led to.

    Args:
        shown: texts and tables to print.
        failed: whether the command was refused.
        ends: whether the shell ends.
    """

    shown: tuple[object, ...] = ()
    failed: bool = False
    ends: bool = False


class ShellSession:
    """A shell on one lab.

    Args:
        path: the lab file.

    Attributes:
        clock: where the lab's clock stood after the last line.
        names: the names that exist, by kind.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.clock = ""
        self.names: dict[str, tuple[str, ...]] = {}
        with opened(path) as lab:
            self._look(lab)

    def _look(self, lab: KeptLab) -> None:
        self.clock = instant_text(lab.state.now_us)
        self.names = names_in(lab)

    def answer(self, line: str) -> Answer:
        """Do what a line says.

        Args:
            line: the line.

        Returns:
            What it led to.

        Raises:
            click.ClickException: the lab cannot be opened.
            InputError: the line is wrong; nothing happened.
        """
        if not line.strip() or line.lstrip().startswith("#"):
            return Answer()
        first, *rest = [word.text for word in split_words(line, _FILE)]
        if first not in OWN_WORDS:
            return self._carry_out(line, first)
        most = " " in OWN_WORDS[first].partition(":")[0]
        if not (most and "[" not in OWN_WORDS[first]) <= len(rest) <= most:
            raise InputError(OWN_WORDS[first])
        answer: Answer = getattr(self, f"_{first}")(*rest)
        return answer

    def _carry_out(self, line: str, first: str) -> Answer:
        if first not in VERBS and not first.endswith(":"):
            if first.lower() in _OF_A_CONSOLE:
                there = f"avma-sim console {shlex.quote(self.path)} --on MACHINE"
                raise InputError(f"{first!r} is no word of this shell; machines have it: {there}")
            raise InputError(f"{UnknownName('word', first, (*VERBS, *OWN_WORDS))}; 'help' shows all")
        with opened(self.path) as lab:
            told = carry_out(lab, line, _FILE)
            self._look(lab)
        return Answer(told.lines, failed=bool(told.refused))

    def _help(self, verb: str = "") -> Answer:
        if verb in OWN_WORDS:
            return Answer((OWN_WORDS[verb],))
        if verb:
            if verb not in VERBS:
                raise UnknownName("verb", verb, (*VERBS, *OWN_WORDS))
            return Answer((f"{verb} {_fields(verb)}",))
        verbs = tuple(f"{name} {_fields(name)}" for name in VERBS)
        return Answer((*verbs, *OWN_WORDS.values()))

    def _exit(self) -> Answer:
        return Answer(ends=True)

    def _explain(self, guest: str) -> Answer:
        with opened(self.path) as lab:
            return Answer((str(lab.explain(guest)),))

    def _log(self, machine: str) -> Answer:
        table = plain_table(("record", "at", "event", "outcome", "code", "peer"), numbers=("record",))
        with opened(self.path) as lab:
            on_host = machine in lab.state.hosts
            if not on_host and machine not in lab.state.guests:
                raise UnknownName("machine", machine, (*lab.state.hosts, *lab.state.guests))
            events = lab.host(machine).events if on_host else lab.guest(machine).events
        for event in events:
            at = event.at.isoformat().replace("+00:00", "Z")
            outcome, peer = (event.verdict, event.guest) if on_host else (event.notification, event.host)
            table.add_row(str(event.record), at, str(event.id), outcome, event.code, peer)
        return Answer((table,) if events else (f"no 12309 or 12310 on {machine} yet",))

    def _hosts(self) -> Answer:
        table = plain_table(("host", "release", "edition", "is", "cluster", "activated", "service", "guests"))
        with opened(self.path) as lab:
            for name, host in lab.hosts.items():
                row = host.row
                activated = row.channel if host.activated else "no"
                power = "down" if not row.up else "drained" if row.draining else "up"
                what = (name, row.release, row.edition, power, row.cluster, activated, row.service)
                table.add_row(*what, " ".join(host.guests))
            self._look(lab)
        return Answer((table,))

    def _guests(self) -> Answer:
        table = plain_table(("guest", "release", "edition", "on", "power", "licence", "next attempt"))
        with opened(self.path) as lab:
            for name, guest in lab.guests.items():
                row, licence = guest.row, guest.licence
                due = licence.next_attempt_at
                when = "pending" if guest.pending else "" if due is None else f"{due:%Y-%m-%dT%H:%M:%SZ}"
                power = "migrating" if name in lab.state.migrations else row.power
                table.add_row(name, row.release, row.edition, row.host, power, licence.word, when)
            self._look(lab)
        return Answer((table,))

    def _undo(self) -> Answer:
        from avma_sim.scenario.labfile import undo_call

        with lab_errors(self.path):
            taken = undo_call(self.path)
        with opened(self.path) as lab:
            self._look(lab)
        if not taken:
            raise InputError("there is nothing to take back")
        return Answer((f"taken back: {', '.join(_told(entry.what) for entry in taken)}",))

    def _save(self, file: str) -> Answer:
        from avma_sim.scenario.load import read_scenario
        from avma_sim.scenario.write import scenario_text

        with opened(self.path) as lab, lab_errors(self.path):
            name = Path(file).name.removesuffix(".avma.yaml")
            text = scenario_text(lab.state.settings, lab.entries(), lab.facts, name)
        read_scenario(text, file)  # what cannot be read back, such as a file too large, is not written
        try:
            with Path(file).open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except FileExistsError:
            raise InputError(f"{file} is there already; name another file") from None
        except OSError as error:
            raise InputError(f"{file} cannot be written: {error.strerror}") from error
        return Answer((f"written: {file}; play it with 'avma-sim run {file}'",))


def _told(command: object) -> str:
    """Return a command that was carried out as a person knows it: its verb, and the machine that it is of."""
    verb = next(verb for verb, known in VERBS.items() if type(command) is known.command)
    machine = getattr(command, "guest", None) or getattr(command, "host", None)
    name = getattr(machine, "name", machine)
    return f"{verb} {name}" if name else verb


def _fields(verb: str) -> str:
    """Return a verb's fields for people: those that need not be said in brackets."""
    known = VERBS[verb].fields
    return " ".join(name.upper() if field.required else f"[{name}=]" for name, field in known.items())
