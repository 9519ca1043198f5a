"""Owns `avma-sim trace`: what happened in a run or a lab, as a timeline or a picture, and where two part.

Must not tell or compare anything itself: the report does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_errors
from avma_sim.cli.options import allow_run, json_option, lay_facts, print_json
from avma_sim.errors import UnknownName

if TYPE_CHECKING:
    from avma_sim.cli.trace_source import Trace
    from avma_sim.report.trace import Words
    from avma_sim.sim.state import State

__all__ = ["trace"]

_SEED = click.IntRange(0, 2**64 - 1)


@click.group()
def trace() -> None:
    """Show what happened in a run, a lab on disk or a journal, and where two of them part."""


@trace.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@click.option("--at", metavar="TIME", help="An instant, or a span since the start: how things stood then.")
@click.option("--guest", help="Only what concerns this guest.")
@click.option("--seed", type=_SEED, help="Seed of a scenario; the file's first unless said.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "mermaid", "svg"]),
    default="text",
    show_default=True,
    help="A timeline, or a sequence diagram of a guest's handshakes.",
)
@click.option("--output", metavar="FILE", help="Write to this file.")
def show(
    file: str,
    *,
    at: str | None,
    guest: str | None,
    seed: int | None,
    shape: str,
    output: str | None,
) -> int:
    """Tell what happened in FILE: a scenario, which is played, a lab file, or a journal (*.jsonl).

    A diagram shows one guest's handshakes: with --at the one that was under way or the last one before.

    Exit codes: 0 shown, 1 the output cannot be written, 2 usage, 3 the file is invalid.
    """
    loaded = _load(file, seed)
    until = None if at is None else _instant(at, loaded)
    if shape == "text":
        lines = _timeline(loaded, guest or "", until)
    else:
        lines = _diagram(loaded, guest or "", until, shape)
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        click.echo(text, nl=False)
        return exits.PASSED
    try:
        Path(output).write_text(text, "utf-8", newline="\n")
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        said = getattr(error, "strerror", None) or error
        click.echo(f"{output}: cannot be written: {said}", err=True)
        return exits.FAILED
    return exits.PASSED


@trace.command()
@click.argument("a", type=click.Path(exists=True, dir_okay=False))
@click.argument("b", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@click.option("--seed", "seeds", type=_SEED, multiple=True, help="Seed of both; given twice, of A and of B.")
@click.option("--story", is_flag=True, help="Compare what is told; nonces, ids and bytes do not count.")
@json_option
def diff(a: str, b: str, *, seeds: tuple[int, ...], story: bool, as_json: bool) -> int:
    """Find the first entry at which the traces of A and B part, with three before and after.

    Exit codes: 0 the same story, 1 they part, 2 usage, 3 a file is invalid.
    """
    from avma_sim.report.trace_diff import compare, diff_document, diff_lines, side

    if len(seeds) > 2:
        raise click.UsageError("--seed is given once for both, or twice")
    first, second = (_load(file, seeds[at] if seeds else None) for file, at in ((a, 0), (b, -1)))
    words = _words()
    sides = [side(one.file, one.settings, one.entries, words) for one in (first, second)]
    found = compare(*sides, story=story)
    if as_json:
        print_json(diff_document(found))
    else:
        for line in diff_lines(found):
            click.echo(line)
    return exits.PASSED if found.same else exits.FAILED


def _load(file: str, seed: int | None) -> Trace:
    from avma_sim.cli.trace_source import load_trace

    with lab_errors(file):
        loaded = load_trace(file, seed)
    for note in loaded.notes:
        click.echo(note, err=True)
    return loaded


def _words() -> Words:
    from avma_sim.facts.load import load_facts
    from avma_sim.scenario.spoken import spoken

    return functools.partial(spoken, load_facts())


def _state(loaded: Trace, until: int | None) -> State:
    from avma_sim.sim.journal import Header
    from avma_sim.sim.replay import refold

    seen = (entry for entry in loaded.entries if until is None or entry.t <= until)
    return refold(Header(loaded.settings), seen)


def _known(guest: str, state: State) -> str:
    if guest not in state.guests:
        raise click.UsageError(str(UnknownName("guest", guest, state.guests)))
    return guest


def _timeline(loaded: Trace, guest: str, until: int | None) -> list[str]:
    from avma_sim.report.trace import tell, timeline
    from avma_sim.report.trace_at import standing
    from avma_sim.report.trace_words import when

    state = _state(loaded, until)
    chosen = [_known(guest, state)] if guest else []
    told = list(tell(loaded.settings, loaded.entries, _words(), guest))
    if until is None:
        return timeline(told)
    of_then = [one for one in told if one.at_us == until]
    before = [one for one in told if one.at_us < until][-1:]
    after = [one for one in told if one.at_us > until][:1]
    return [
        f"At {when(until)}, after entry {state.n - 1}:"
        if state.n
        else f"At {when(until)}, before any entry:",
        *standing(state, chosen),
        *(["", "At this instant:", *timeline(of_then)] if of_then else ["", "Nothing at this instant."]),
        *(["", "Before:", *timeline(before)] if before else []),
        *(["", "After:", *timeline(after)] if after else []),
    ]


def _diagram(loaded: Trace, guest: str, until: int | None, shape: str) -> list[str]:
    from avma_sim.report.trace_sequence import sequence_of

    state = _state(loaded, None)
    if not guest:
        if len(state.guests) != 1:
            raise click.UsageError(f"--format {shape} draws one guest: say which with --guest")
        guest = next(iter(state.guests))
    found = sequence_of(loaded.settings, loaded.entries, _known(guest, state), until)
    draw: Callable[[Any], list[str]]
    if shape == "svg":
        from avma_sim.report.trace_svg import sequence_svg as draw
    else:
        from avma_sim.report.trace_mermaid import sequence_mermaid as draw
    return draw(found)


def _instant(text: str, loaded: Trace) -> int:
    """Read an instant of a trace."""
    from avma_sim.errors import DurationError, InputError
    from avma_sim.model.duration import instant_us, span_us
    from avma_sim.report.trace_words import when

    start = loaded.settings.start_us
    end = loaded.entries[-1].t if loaded.entries else start
    try:
        at = start + span_us(text)
    except DurationError:
        try:
            at = instant_us(text)
        except InputError as error:
            raise click.UsageError(f"--at: {error}; or a span since the start, such as 2d") from error
    if not start <= at <= end:
        raise click.UsageError(f"--at: the trace goes from {when(start)} to {when(end)}")
    return at
