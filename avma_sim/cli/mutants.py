"""Owns `avma-sim mutants`: worlds that are wrong on purpose, and which tests notice.

Must not play anything itself: the testing room does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from avma_sim.cli import exits
from avma_sim.cli.options import print_json

if TYPE_CHECKING:
    from avma_sim.testing.scoring import Scored
    from avma_sim.wrong import WrongWorld

__all__ = ["mutants"]

_TIMEOUT: Final = "10m"


def _read_timeout(_: click.Context, __: click.Parameter, text: str) -> int:
    from avma_sim.errors import InputError
    from avma_sim.model.duration import span_us

    try:
        span = span_us(text)
    except InputError as error:
        raise click.UsageError(f"--timeout: {error}") from error
    if not span:
        raise click.UsageError("--timeout: a command needs some time")
    return span


@click.command()
@click.option("--list", "listing", is_flag=True, help="Show all worlds, and what is wrong in each.")
@click.option(
    "--self", "own", is_flag=True, help="Play the scenarios that come with avma-sim in each, until one fails."
)
@click.option("--world", "names", metavar="ID", multiple=True, help="Only this world; repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "md"]),
    default="text",
    show_default=True,
    help="A table, one JSON document, or the list as Markdown.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), help="How many run at once; one a processor unless said."
)
@click.option(
    "--resume", metavar="FILE", help="Write results of COMMAND there, and go on from those that it has."
)
@click.option(
    "--timeout",
    metavar="SPAN",
    default=_TIMEOUT,
    show_default=True,
    callback=_read_timeout,
    help="How long each run of COMMAND may take.",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def mutants(
    command: tuple[str, ...],
    names: tuple[str, ...],
    form: str,
    *,
    listing: bool,
    own: bool,
    jobs: int | None,
    resume: str | None,
    timeout: int,
) -> int:
    """Run COMMAND, your tests, in worlds that are wrong on purpose, and name what they do not notice.

    It runs once in the right world, where it must pass, and then once in each wrong world that a user's tests
    can see. Write the command behind two dashes: avma-sim mutants -- pytest tests

    Exit codes: 0 each wrong world was noticed, 1 one was not, 2 usage, or the command fails in the right
    world, 3 the file of results is invalid.
    """
    if listing + own + bool(command) != 1:
        raise click.UsageError("say one of --list, --self, or -- and a command")
    if resume and not command:
        raise click.UsageError("--resume is for a command's results")
    if form == "md" and not listing:
        raise click.UsageError("--format md is for --list")
    as_json = form == "json"
    worlds = _chosen(names)
    if listing:
        return _list(worlds, form)
    running = jobs or os.cpu_count() or 1
    if own:
        return _self(worlds, running, as_json=as_json)
    if not names:
        from avma_sim.wrong.making import USER_VISIBLE

        worlds = [world for world in worlds if world.kind == USER_VISIBLE]
    return _theirs(worlds, command, running, resume, timeout, as_json=as_json)


def _chosen(names: Sequence[str]) -> list[WrongWorld]:
    from avma_sim.errors import UnknownName
    from avma_sim.wrong import wrong_world, wrong_worlds

    try:
        return [wrong_world(name) for name in dict.fromkeys(names)] or list(wrong_worlds())
    except UnknownName as error:
        raise click.UsageError(f"--world: {error}") from error


def _list(worlds: Sequence[WrongWorld], form: str) -> int:
    from avma_sim.cli.mutants_show import markdown, show_worlds, world_rows

    if form == "json":
        print_json({"format": 1, "worlds": world_rows(worlds)})
    elif form == "md":
        click.echo(markdown(worlds), nl=False)
    else:
        show_worlds(worlds)
    return exits.PASSED


def _self(worlds: Sequence[WrongWorld], jobs: int, *, as_json: bool) -> int:
    from avma_sim.cli.collect import collect, shipped
    from avma_sim.cli.mutants_show import kill_document, show_kills
    from avma_sim.testing.killing import kill

    files = collect((str(shipped()),))
    found = {one.world: one for one in _each(kill, [(world.id, files) for world in worlds], jobs)}
    kills = [found[world.id] for world in worlds]
    if as_json:
        print_json(kill_document(worlds, kills))
    else:
        show_kills(worlds, kills)
    return exits.PASSED if all(one.scenario for one in kills) else exits.FAILED


def _theirs(
    worlds: Sequence[WrongWorld],
    command: tuple[str, ...],
    jobs: int,
    resume: str | None,
    timeout: int,
    *,
    as_json: bool,
) -> int:
    from avma_sim import __version__
    from avma_sim.cli.mutants_show import score_document, show_scores
    from avma_sim.cli.progress import tell
    from avma_sim.testing.scoring import add_result, begin_results, read_results, run_in, run_right

    found: dict[str, Scored] | None = None
    if resume:
        found = read_results(resume, command, __version__, [world.id for world in worlds])
    wrong = run_right(command, timeout)
    if wrong:
        tell(f"the command must pass in the right world first: {wrong}")
        return exits.USAGE
    if resume and found is None:
        begin_results(resume, command, __version__)
    done = dict(found or {})
    left = [(world.id, world.path, command, timeout) for world in worlds if world.id not in done]
    for scored in _each(run_in, left, jobs):
        done[scored.world] = scored
        if resume:
            add_result(resume, scored)
        if not scored.noticed and sys.stderr.isatty():  # the bar tells the rest
            tell(f"not noticed: {scored.world}")
    scores = [done[world.id] for world in worlds]
    if as_json:
        print_json(score_document(worlds, scores, command))
    else:
        show_scores(worlds, scores)
    return exits.PASSED if all(one.noticed for one in scores) else exits.FAILED


def _each(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[Any]:
    """Yield what a function returns for each call as it ends, several at once in processes of their own."""
    from avma_sim.cli.progress import counted

    if jobs == 1 or len(calls) < 2:
        yield from counted((function(*call) for call in calls), len(calls))
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # Not forked: that is unsafe where threads run, and not known everywhere.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(calls)), mp_context=spawning) as pool:
        ended = as_completed([pool.submit(function, *call) for call in calls])
        try:
            yield from counted((one.result() for one in ended), len(calls))
        except BaseException:  # Ctrl-C too: what has not begun is not begun any more
            pool.shutdown(wait=False, cancel_futures=True)
            raise
