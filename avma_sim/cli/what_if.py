"""Owns `avma-sim what-if`: what would flip the outcome of a guest's next attempt.

Must not play anything itself: the lab room does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.options import allow_run, json_option, lay_facts, print_json
from avma_sim.errors import DurationError, FileProblems, InputError, UnknownName

if TYPE_CHECKING:
    from avma_sim.lab.lab import Lab
    from avma_sim.lab.what_if import Attempted, WhatIf

__all__ = ["what_if"]


@click.command("what-if")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@click.option("--guest", required=True, help="Name of the guest.")
@click.option(
    "--at", metavar="TIME", help="An instant, or a span since the lab's start; the end unless said."
)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Seed; the file's first unless said.")
@json_option
def what_if(file: str, guest: str, at: str | None, seed: int | None, *, as_json: bool) -> int:
    """Say which smallest change of hosts and guests would flip a guest's next attempt.

    FILE is a scenario, played to its end or to --at, or a lab file, whose lab on disk is looked at if begun.

    Exit codes: 0 answered, 2 usage, 3 the file is invalid.
    """
    from avma_sim.cli.lab_door import lab_errors, opened
    from avma_sim.scenario.labfile import folder_of
    from avma_sim.scenario.load import load_scenario
    from avma_sim.scenario.starting import check_allowed
    from avma_sim.store.folder import Folder

    try:
        scenario = load_scenario(file)
        check_allowed(scenario)
    except FileProblems as error:
        click.echo(str(error), err=True)
        return exits.INVALID
    if not scenario.steps and Folder(folder_of(file)).begun:
        if at is not None or seed is not None:
            raise click.UsageError(
                "--at and --seed are for scenarios; the lab of a lab file is taken as it is"
            )
        with opened(file) as lab, lab_errors(file):
            return _answer(lab, guest, as_json=as_json)
    return _answer(_played(scenario, at, seed), guest, as_json=as_json)


def _played(scenario: Any, at: str | None, seed: int | None) -> Lab:
    from avma_sim.facts.load import load_facts
    from avma_sim.lab.lab import Lab
    from avma_sim.model.commands import Advance
    from avma_sim.model.duration import instant_text
    from avma_sim.scenario.run import play_scenario
    from avma_sim.sim.behaviour import find_behaviour
    from avma_sim.sim.journal import HashJournal, Header
    from avma_sim.sim.replay import refold

    result, entries, settings = play_scenario(scenario, scenario.seeds[0] if seed is None else seed)
    until = None if at is None else _instant(at, settings.start_us)
    if until is not None and not settings.start_us <= until <= (entries[-1].t if entries else until):
        raise click.UsageError(f"the scenario ends at {instant_text(entries[-1].t)}")
    for failure in result.failures:
        click.echo(f"{failure.file}:{failure.line}:{failure.col}: this step failed: {failure.step}", err=True)
    facts, played = load_facts(), find_behaviour()
    header = Header(settings, facts.digest, played.name)
    state = refold(header, [entry for entry in entries if until is None or entry.t <= until])
    lab = Lab.resume(header, state, HashJournal(header), played, facts)
    if until is not None:
        lab.do(Advance(until))
    return lab


def _instant(text: str, start_us: int) -> int:
    from avma_sim.model.duration import instant_us, span_us

    try:
        return start_us + span_us(text)
    except DurationError:
        try:
            return instant_us(text)
        except InputError as error:
            raise click.UsageError(f"--at: {error}; or a span since the start, such as 2d") from error


def _answer(lab: Lab, guest: str, *, as_json: bool) -> int:
    from avma_sim.lab.what_if import what_if as asked

    if guest not in lab.state.guests:
        raise click.UsageError(str(UnknownName("guest", guest, lab.state.guests)))
    found = asked(lab, guest)
    if as_json:
        print_json(_document(found))
    else:
        click.echo("\n".join(_lines(found)))
    return exits.PASSED


def _lines(found: WhatIf) -> list[str]:
    lines = ["An attempt was pending; this is about the next one after it."] if found.waited else []
    lines.append(f"As things stand: {found.now}.")
    flipped = "not be granted" if found.now.granted else "be granted"
    if found.flips:
        lines.append(f"It would {flipped} if:")
        lines += [f"- {flip}: {flip.after}" for flip in found.flips]
    else:
        lines.append(f"No one or two of the facts that were tried would let it {flipped}.")
    if found.cut:
        lines.append(f"Not everything was tried: the search stops after {found.trials} trials.")
    return lines


def _document(found: WhatIf) -> dict[str, Any]:
    from avma_sim.model.duration import instant_text

    return {
        "format": 1,
        "guest": found.guest,
        "at": instant_text(found.at_us),
        "waited": found.waited,
        "now": _plain(found.now),
        "flips": [
            {
                "changes": [
                    {"sentence": change.sentence, "commands": [str(call) for call in change.calls]}
                    for change in flip.changes
                ],
                "after": _plain(flip.after),
            }
            for flip in found.flips
        ],
        "trials": found.trials,
        "cut": found.cut,
    }


def _plain(what: Attempted) -> dict[str, Any]:
    return {
        "granted": what.granted,
        "verdict": what.verdict,
        "code": what.code,
        "law": what.law,
        "message": what.message,
    }
