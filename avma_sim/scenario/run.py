"""Owns running a scenario under one seed: its steps in order, and everything that did not hold.

Must not print: a result is a value, reports render it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from avma_sim.checks import Watch
from avma_sim.errors import Defect, InputError
from avma_sim.lab.lab import Lab
from avma_sim.model.codes import ACCESS_DENIED, code_text
from avma_sim.model.commands import Advance
from avma_sim.model.duration import instant_text
from avma_sim.model.events import CommandRefused
from avma_sim.scenario.judge import Found, Mismatch, found_events, judge
from avma_sim.scenario.load import make_lab
from avma_sim.scenario.located import Where
from avma_sim.scenario.program import judge_program
from avma_sim.scenario.starting import check_allowed, start_program
from avma_sim.scenario.until import Cut, Until
from avma_sim.scenario.values import Action, Expect, Left, Program, Scenario, Step
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header
from avma_sim.sim.replay import rerun
from avma_sim.sim.state import Settings

__all__ = ["Failure", "Result", "Said", "play_scenario", "run_scenario"]

_LAST_EVENTS: Final = 3


@attrs.frozen
class Failure:
    """One thing that did not hold.

    Args:
        file: the file.
        line: its line.
        col: its column.
        step: name of the step.
        about: what it is about.
        wanted: what was wanted.
        got: what was found.
        last: the last events before, one line each.
        because: explanation of the machine that it is about, one line each.
    """

    file: str
    line: int
    col: int
    step: str
    about: str
    wanted: str
    got: str
    last: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


@attrs.frozen
class Said:
    """What a step's program left, beside what was true of its machine by then.

    Args:
        step: name of the step.
        program: the program.
        left: what it left.
        truth: the machine's state in one sentence.
    """

    step: str
    program: Program
    left: Left
    truth: str


@attrs.frozen
class Result:
    """What became of a scenario under one seed.

    Args:
        file: the file.
        scenario: its name.
        seed: the seed.
        readings: the readings that were not at their default.
        clauses: the clauses that it is about.
        failures: what did not hold; empty for a pass.
        trace_hash: hash of everything that happened.
        steps: how many steps ran.
        depends_on: readings on which it depends whether the scenario passes, where every combination was
            run; None where one was.
        said: what programs of the user's left, in order; what the lab's own console says is not kept.
        starts_programs: whether it can only be run where programs of the user's may be started.
        cut: where it was cut because it was to be played only so far; None where it was played to its end.
    """

    file: str
    scenario: str
    seed: int
    readings: Mapping[str, str]
    clauses: tuple[str, ...]
    failures: tuple[Failure, ...]
    trace_hash: str
    steps: int
    depends_on: tuple[str, ...] | None = None
    said: tuple[Said, ...] = ()
    starts_programs: bool = False
    cut: Cut | None = None

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return not self.failures


def run_scenario(
    scenario: Scenario, seed: int, readings: Mapping[str, str] | None = None, until: Until | None = None
) -> Result:
    """Run a scenario, and its commands a second time: both must tell the same story.

    Args:
        scenario: the scenario.
        seed: the seed.
        readings: values of readings instead of the file's own.
        until: how far it is played; to its end if None.

    Returns:
        The result; the first step that fails is the last that runs.

    Raises:
        Defect: the simulator contradicted itself.
    """
    return play_scenario(scenario, seed, readings, until)[0]


def play_scenario(
    scenario: Scenario,
    seed: int,
    readings: Mapping[str, str] | None = None,
    until: Until | None = None,
    *,
    watched: bool = True,
) -> tuple[Result, tuple[Entry, ...], Settings]:
    """Run a scenario and hand back its journal too.

    Args:
        scenario: the scenario.
        seed: the seed.
        readings: values of readings instead of the file's own.
        until: how far it is played; to its end if None.
        watched: whether the invariants judge too, and not only what the file expects.

    Returns:
        The result, the entries of its lab (none where these readings refuse what is given), and what
        was chosen for the lab.

    Raises:
        Defect: the simulator contradicted itself.
        FileProblems: it starts programs, and that is not allowed here.
    """
    check_allowed(scenario)
    chosen = dict(scenario.given.readings if readings is None else readings)
    try:
        lab = make_lab(scenario.given, seed, chosen)
    except InputError as error:
        if readings is None:
            raise  # not the readings: a seed out of bounds, say
        at = scenario.given.where
        refused = Failure(at.file, at.line, at.col, "given", "the lab", "that it can be made", str(error))
        return (
            Result(scenario.file, scenario.name, seed, chosen, scenario.clauses, (refused,), "", 0),
            (),
            Settings(seed),
        )
    run = _Run(lab, None if until is None else until.at(lab.state.settings.start_us), watched=watched)
    failures, done = run.all_of(scenario.steps)
    _check_determinism(lab)
    return (
        Result(
            scenario.file,
            scenario.name,
            seed,
            chosen,
            scenario.clauses,
            tuple(failures),
            lab.trace_hash,
            done,
            said=tuple(run.said),
            starts_programs=any(step.program is not None and step.program.argv for step in scenario.steps),
            cut=Cut(lab.state.now_us, len(scenario.steps)) if run.cut else None,
        ),
        tuple(lab.entries()),
        lab.state.settings,
    )


def _check_determinism(lab: Lab) -> None:
    header = Header(lab.state.settings, behaviour=find_behaviour().name)
    again = rerun(header, lab.entries(), lab.facts, find_behaviour())
    if again.journal.trace_hash() != lab.trace_hash:
        raise Defect("the same commands told another story the second time")


class _Run:
    """One scenario under way: the lab, the watch over its invariants, and the events of the window."""

    def __init__(self, lab: Lab, limit_us: int | None = None, *, watched: bool = True) -> None:
        self.lab = lab
        self.watched = watched
        self.limit_us = limit_us  # the clock is not moved beyond it
        self.cut = False  # whether a step would have moved it there
        self.watch = Watch()
        self.seen = 0  # entries that the watch has seen
        self.window: list[Found] = []
        self.why = ""  # what the last refusal said
        self.said: list[Said] = []

    def all_of(self, steps: Sequence[Step]) -> tuple[list[Failure], int]:
        """Run steps up to the first that fails or is cut; return what did not hold, and how many ran."""
        failures: list[Failure] = []
        done = 0
        for step in steps:
            failures += self.step(step)
            done += not self.cut
            if failures or self.cut:
                break
        return failures, done

    def step(self, step: Step) -> list[Failure]:
        """Run one step; the window of its events begins where the last one ended."""
        self.window = []
        if self._ends_in(step):
            return [self._failure(step, mismatch) for mismatch in self._broken(step.where)]
        refused: tuple[str, ...] = ()
        left: list[Mismatch] = []
        expect = step.expect or Expect(step.where)
        try:
            if step.after_us:
                self._advance(step.after_us)
            if step.action is not None:
                refused = self._act(step.action)
            elif step.program is not None:
                found = self._start(step.program)
                if step.program.argv:  # what the lab itself said is judged, and told where it is wrong
                    truth = _truth(self.lab, step.program.machine)
                    self.said.append(Said(step.name, step.program, found, truth))
                left = judge_program(step.program, found, expect)
        except InputError as error:
            return [self._failure(step, _not_done(step, str(error)))]
        mismatches = self._broken(step.where) + self._refusal(step, expect, refused) + left
        if not mismatches:
            mismatches = self._wait(expect)
        return [self._failure(step, mismatch) for mismatch in mismatches]

    def _start(self, program: Program) -> Left:
        lab = self.lab
        if program.line:
            before = lab.unserved.copy()
            result = lab.run(program.machine, program.line, elevated=program.elevated)
            missed = tuple(sorted(lab.unserved - before))
            return Left(result.signed, result.stdout, result.stderr, missed)
        return start_program(lab, program)

    def _act(self, action: Action) -> tuple[str, ...]:
        """Carry out a command; return why it was refused, by reason and by code, or nothing."""
        outcome = getattr(self.lab, action.verb)(**action.made.fields)
        event = getattr(outcome, "refused", None)  # adding gives a handle, which nothing refuses
        if event is None:
            return ()
        if isinstance(event, CommandRefused):
            self.why = event.message
            return (event.reason, code_text(event.code)) if event.code else (event.reason,)
        self.why = f"{'Setup refuses the key: ' if event.setup else ''}{event.because.law}"
        prompt = ("not-elevated",) if event.code == ACCESS_DENIED else ()
        return (*prompt, code_text(event.code))

    def _refusal(self, step: Step, expect: Expect, refused: tuple[str, ...]) -> list[Mismatch]:
        if expect.refused in refused or not (expect.refused or refused):
            return []
        where = step.where if step.action is None else step.action.made.where
        wanted = f"refused: {expect.refused}" if expect.refused else "that it is not refused"
        return [
            Mismatch(
                where,
                "command",
                wanted,
                f"refused: {', '.join(refused)} ({self.why})" if refused else "not refused",
            )
        ]

    def _wait(self, expect: Expect) -> list[Mismatch]:
        """Judge now, or move the clock from instant to instant within or throughout a span."""
        lab = self.lab
        wrong = judge(lab, expect, self.window)
        span = expect.within_us if expect.throughout_us is None else expect.throughout_us
        if span is None:
            return wrong
        end = lab.state.now_us + span
        limit = end if self.limit_us is None else min(end, self.limit_us)
        done_when = expect.throughout_us is None
        while bool(wrong) == done_when and lab.state.now_us < limit:
            self._advance(limit - lab.state.now_us, until="next-due")
            broken = self._broken(expect.where)
            if broken:
                return broken
            wrong = judge(lab, expect, self.window)
        if bool(wrong) == done_when and limit < end:
            self.cut = True
            return []
        return wrong

    def _ends_in(self, step: Step) -> bool:
        """Say whether a step moves the clock beyond the limit; then only the clock moves, and stops there."""
        limit = self.limit_us
        if limit is None or self._clock_after(step) <= limit:
            return False
        if self.lab.state.now_us < limit:
            self._advance(limit - self.lab.state.now_us)
        self.cut = True
        return True

    def _clock_after(self, step: Step) -> int:
        """Try out on a fork how far a step moves the clock; of a program of the user's nobody can know it."""
        now_us = self.lab.state.now_us + step.after_us
        line = step.program is not None and step.program.line
        if not line and (step.action is None or step.action.verb != "advance"):
            return now_us
        trial = _Run(self.lab.fork())
        trial.step(attrs.evolve(step, expect=None))
        return trial.lab.state.now_us

    def _advance(self, span_us: int, until: str = "") -> None:
        self.lab.do(Advance(self.lab.state.now_us + span_us, until))

    def _broken(self, where: Where) -> list[Mismatch]:
        """Return the invariants that the entries since the last look break."""
        return [Mismatch(where, "invariant", "that it holds", text) for text in self._look()]

    def _look(self) -> list[str]:
        """Let the watch and the window see the entries since the last look."""
        entries = self.lab.entries()[self.seen :]
        self.seen += len(entries)
        self.window += found_events(entries)
        return self.watch.see(entries) if self.watched else []

    def _failure(self, step: Step, mismatch: Mismatch) -> Failure:
        lab, where = self.lab, mismatch.where
        last = tuple(_brief(entry) for entry in lab.entries()[-_LAST_EVENTS:])
        because: tuple[str, ...] = ()
        if mismatch.machine in lab.state.guests:
            because = lab.explain(mismatch.machine).lines
        about, wanted, got = mismatch.about, mismatch.wanted, mismatch.got
        return Failure(where.file, where.line, where.col, step.name, about, wanted, got, last, because)


def _not_done(step: Step, said: str) -> Mismatch:
    if step.program is not None:
        return Mismatch(step.program.where, "program", "that it can be started", said)
    where = step.where if step.action is None else step.action.made.where
    return Mismatch(where, "command", "that it is accepted", said)


def _truth(lab: Lab, machine: str) -> str:
    if machine in lab.state.guests:
        return lab.explain(machine).lines[0]
    host = lab.state.hosts.get(machine)
    if host is None:
        return f"There is no {machine}."
    channel = f" ({host.channel})" if host.channel else ""
    return f"{machine} is {'' if host.activated else 'not '}activated{channel}."


def _brief(entry: Entry) -> str:
    what = entry.what
    machine = getattr(what, "guest", "") or getattr(what, "host", "")
    record = getattr(what, "record", None)
    said = f" {record.outcome} {code_text(record.code)}" if record is not None else ""
    named = machine if isinstance(machine, str) else machine.name
    return f"{entry.n} {instant_text(entry.t)} {type(what).__name__} {named}{said}".rstrip()
