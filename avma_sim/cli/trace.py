"""Owns `avma-sim trace`: what happened in a run or a lab, as a timeline or a picture, and where two part.

Must not tell or compare anything itself: the report does.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_errors
from avma_sim.cli.looked_at import instant_of, known_guest
from avma_sim.cli.options import allow_run, json_option, lay_facts, print_json

if TYPE_CHECKING:
    from avma_sim.cli.looked_at import Story
    from avma_sim.report.trace import Words
    from avma_sim.sim.state import State

__all__ = ["trace"]

_SEED = click.IntRange(0, 2**64 - 1)
_MOST = 200  # entries of a timeline that is not asked for more
_MOST_STANDING = 40  # machines of which is told how they stood


def _read_range(_: click.Context, __: click.Parameter, value: str | None) -> range | None:
    """Read FIRST:LAST, of which either may be left out."""
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{0,18}):([0-9]{0,18})", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no range of entries, such as 100:199 or 100:")
    first, last = int(found[1] or 0), int(found[2] or 10**18)
    if last < first:
        raise click.BadParameter(f"{value!r} is empty: its last entry comes before its first")
    return range(first, last + 1)


@click.group()
def trace() -> None:
    """Show what happened in a run, a lab on disk or a journal, and where two of them part."""


@trace.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@click.option("--at", metavar="TIME", help="An instant, or a span since the start: how things stood then.")
@click.option("--guest", help="Only what concerns this guest.")
@click.option(
    "--entries",
    metavar="FIRST:LAST",
    callback=_read_range,
    help="Only entries with these indices.",
)
@click.option("--all", "everything", is_flag=True, help="Leave nothing out, however much it is.")
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
    entries: range | None,
    everything: bool,
    seed: int | None,
    shape: str,
    output: str | None,
) -> int:
    """Tell what happened in FILE: a scenario, which is played, a lab file, or a journal (*.jsonl).

    Of a long story the first and the last hundred entries are shown; the rest is counted. A diagram shows one
    guest's handshakes: with --at the one that was under way or the last one before.

    Exit codes: 0 shown, 1 the output cannot be written, 2 usage, 3 the file is invalid.
    """
    if entries is not None and (at is not None or shape != "text"):
        raise click.UsageError("--entries chooses from a timeline: not with --at, nor with a diagram")
    loaded = _load(file, seed)
    until = None if at is None else _instant(at, loaded)
    most = None if everything or entries is not None else _MOST
    if shape != "text":
        lines = _diagram(loaded, guest or "", until, shape)
    elif until is None:
        lines = _timeline(loaded, guest or "", entries, most)
    else:
        lines = _then(loaded, guest or "", until, most)
    return _write("".join(f"{line}\n" for line in lines), output)


def _write(text: str, output: str | None) -> int:
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
    sides = [side(file, one.settings, one.entries, words) for file, one in ((a, first), (b, second))]
    found = compare(*sides, story=story)
    if as_json:
        print_json(diff_document(found))
    else:
        for line in diff_lines(found):
            click.echo(line)
    return exits.PASSED if found.same else exits.FAILED


def _load(file: str, seed: int | None) -> Story:
    from avma_sim.cli.trace_source import load_trace

    with lab_errors(file):
        return load_trace(file, seed)


def _words() -> Words:
    from avma_sim.facts.load import load_facts
    from avma_sim.scenario.spoken import spoken

    return functools.partial(spoken, load_facts())


def _state(loaded: Story, until: int | None) -> State:
    from avma_sim.sim.journal import Header
    from avma_sim.sim.replay import refold

    seen = (entry for entry in loaded.entries if until is None or entry.t <= until)
    return refold(Header(loaded.settings), seen)


def _timeline(loaded: Story, guest: str, chosen: range | None, most: int | None) -> list[str]:
    from avma_sim.report.trace import tell, timeline, wrapped

    if guest:
        known_guest(guest, _state(loaded, None).guests)
    told = list(tell(loaded.settings, loaded.entries, _words(), guest))
    if chosen is not None:
        told = [one for one in told if one.n in chosen]
        if not told:
            count = len(loaded.entries)
            raise click.UsageError(
                f"--entries: none of them is told here; the trace has {count} entries, from 0"
            )
    lines = timeline(told, most)
    if most is None or len(told) <= most:
        return lines
    first, last = told[(most + 1) // 2].n, told[-1 - most // 2].n
    more = "" if guest else ", --guest NAME what concerns one guest"
    shown = f"--entries {first}:{last} shows what is left out, --all everything{more}"
    return [*lines, "", *wrapped(f"{shown}, --at TIME how things stood.", "")]


def _then(loaded: Story, guest: str, until: int, most: int | None) -> list[str]:
    from avma_sim.report.trace import tell, timeline
    from avma_sim.report.trace_at import standing
    from avma_sim.report.trace_plain import when

    state = _state(loaded, until)
    chosen = [known_guest(guest, state.guests)] if guest else []
    told = list(tell(loaded.settings, loaded.entries, _words(), guest))
    of_then = [one for one in told if one.at_us == until]
    before = [one for one in told if one.at_us < until][-1:]
    after = [one for one in told if one.at_us > until][:1]
    machines = standing(state, chosen, None if most is None else _MOST_STANDING)
    cut = (most is not None and len(of_then) > most) or any(line.startswith("... ") for line in machines[-1:])
    return [
        f"At {when(until)}, after entry {state.n - 1}:"
        if state.n
        else f"At {when(until)}, before any entry:",
        *machines,
        *(
            ["", "At this instant:", *timeline(of_then, most)]
            if of_then
            else ["", "Nothing at this instant."]
        ),
        *(["", "Before:", *timeline(before)] if before else []),
        *(["", "After:", *timeline(after)] if after else []),
        *(["", "--guest NAME shows one guest and its host, --all everything."] if cut else []),
    ]


def _diagram(loaded: Story, guest: str, until: int | None, shape: str) -> list[str]:
    from avma_sim.report.trace_sequence import sequence_of

    state = _state(loaded, None)
    if not guest:
        if len(state.guests) != 1:
            raise click.UsageError(f"--format {shape} draws one guest: say which with --guest")
        guest = next(iter(state.guests))
    found = sequence_of(loaded.settings, loaded.entries, known_guest(guest, state.guests), until)
    draw: Callable[[Any], list[str]]
    if shape == "svg":
        from avma_sim.report.trace_svg import sequence_svg as draw
    else:
        from avma_sim.report.trace_mermaid import sequence_mermaid as draw
    return draw(found)


def _instant(text: str, loaded: Story) -> int:
    """Read an instant of a trace."""
    from avma_sim.report.trace_plain import when

    start = loaded.settings.start_us
    end = loaded.entries[-1].t if loaded.entries else start
    at = instant_of(text, start)
    if not start <= at <= end:
        raise click.UsageError(f"--at: the trace goes from {when(start)} to {when(end)}")
    return at
