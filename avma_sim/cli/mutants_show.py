"""Owns how worlds that are wrong on purpose, and what noticed them, are told: as tables and as JSON.

Must not run anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from avma_sim.testing.killing import Kill
    from avma_sim.testing.scoring import Scored
    from avma_sim.wrong import WrongWorld

__all__ = [
    "kill_document",
    "markdown",
    "score_document",
    "show_kills",
    "show_scores",
    "show_worlds",
    "world_rows",
]

_TOLD_OF_A_KILL: Final = ("scenario", "by", "line", "step", "about", "wanted", "got")


def world_rows(worlds: Sequence[WrongWorld]) -> list[dict[str, Any]]:
    """Return worlds as plain values.

    Args:
        worlds: the worlds.

    Returns:
        One dict a world.
    """
    return [
        {
            "id": world.id,
            "kind": world.kind,
            "says": world.says,
            "clauses": list(world.clauses),
            "law": list(world.rows),
            "path": world.path,
            "shown_by": world.shown_by,
        }
        for world in worlds
    ]


def show_worlds(worlds: Sequence[WrongWorld]) -> None:
    """Print worlds as a table.

    Args:
        worlds: the worlds.
    """
    from avma_sim.cli.terminal import plain_table, show

    table = plain_table(["world", "kind", "clauses", "what is wrong"], words=["world", "kind", "clauses"])
    for world in worlds:
        table.add_row(world.id, world.kind, " ".join(world.clauses), world.says)
    seen = sum(world.kind == "user-visible" for world in worlds)
    show(table, f"{_count(worlds)}, {seen} of them user-visible")


def markdown(worlds: Sequence[WrongWorld]) -> str:
    """Return worlds as a Markdown table.

    Args:
        worlds: the worlds.

    Returns:
        The table's lines.
    """
    lines = ["| world | what is wrong | kind | clauses | law | killed by |", "|---|---|---|---|---|---|"]
    for world in worlds:
        cells = (
            f"`{world.id}`",
            world.says,
            world.kind,
            " ".join(world.clauses),
            ", ".join(world.rows),
            f"`{world.shown_by}`",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def kill_document(worlds: Sequence[WrongWorld], kills: Sequence[Kill]) -> dict[str, Any]:
    """Return what killed which world as a JSON document.

    Args:
        worlds: the worlds.
        kills: what became of each, in the same order.

    Returns:
        The document.
    """
    rows = []
    for row, kill in zip(world_rows(worlds), kills, strict=True):
        told = {name: getattr(kill, name) for name in _TOLD_OF_A_KILL}
        rows.append({**row, "killed": bool(kill.scenario), "killed_by": told if kill.scenario else None})
    killed = sum(bool(kill.scenario) for kill in kills)
    return {"format": 1, "worlds": rows, "summary": {"killed": killed, "survived": len(kills) - killed}}


def show_kills(worlds: Sequence[WrongWorld], kills: Sequence[Kill]) -> None:
    """Print what killed which world as a table.

    Args:
        worlds: the worlds.
        kills: what became of each, in the same order.
    """
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show
    from avma_sim.errors import harmless

    table = plain_table(
        ["world", "killed by", "line", "what did not hold"], numbers=["line"], words=["world"]
    )
    for world, kill in zip(worlds, kills, strict=True):
        if kill.scenario:
            said = f"{kill.about}: {kill.got}" if kill.by == "invariant" else kill.about
            table.add_row(world.id, kill.scenario, str(kill.line), Text(harmless(said)))
        else:
            table.add_row(world.id, Text("SURVIVED", "bold red"), "", Text(world.says))
    killed = sum(bool(kill.scenario) for kill in kills)
    show(table, f"{killed} of {_count(worlds)} killed")


def score_document(
    worlds: Sequence[WrongWorld], scores: Sequence[Scored], command: Sequence[str]
) -> dict[str, Any]:
    """Return what a user's command noticed as a JSON document.

    Args:
        worlds: the worlds.
        scores: what it made of each, in the same order.
        command: the command.

    Returns:
        The document.
    """
    rows = [
        {**row, "exit": score.exit, "late": score.late, "noticed": score.noticed}
        for row, score in zip(world_rows(worlds), scores, strict=True)
    ]
    noticed = sum(score.noticed for score in scores)
    return {
        "format": 1,
        "command": list(command),
        "worlds": rows,
        "summary": {"noticed": noticed, "not_noticed": len(scores) - noticed},
    }


def show_scores(worlds: Sequence[WrongWorld], scores: Sequence[Scored]) -> None:
    """Print which wrong worlds a user's command did not notice.

    Args:
        worlds: the worlds.
        scores: what it made of each, in the same order.
    """
    from avma_sim.cli.terminal import plain_table, show

    missed = [world for world, score in zip(worlds, scores, strict=True) if not score.noticed]
    late = [score.world for score in scores if score.late]
    if missed:
        table = plain_table(["not noticed", "clauses", "what is wrong"], words=["not noticed", "clauses"])
        for world in missed:
            table.add_row(world.id, " ".join(world.clauses), world.says)
        show(table)
    if late:
        show(f"ended because its time was up: {', '.join(late)}")
    show(f"your tests noticed {len(worlds) - len(missed)} of {_count(worlds)}")
    if worlds and len(missed) == len(worlds):
        show("none was noticed: do these tests play avma_sim at all?")


def _count(worlds: Sequence[WrongWorld]) -> str:
    return f"{len(worlds)} wrong world{'' if len(worlds) == 1 else 's'}"
