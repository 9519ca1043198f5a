"""Owns making a world that is wrong on purpose: the documented behaviour with one function replaced.

Must not know what is wrong in any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.sim.behaviour import Behaviour
from avma_sim.sim.documented import DOCUMENTED

if TYPE_CHECKING:
    from avma_sim.model.events import Event
    from avma_sim.sim.world import World

__all__ = [
    "ENDS",
    "ENGINE",
    "ROOM",
    "RULES",
    "USER_VISIBLE",
    "About",
    "WrongWorld",
    "at_command",
    "at_due",
    "at_end",
    "at_event",
    "at_rule",
    "both",
    "worlds_in",
]

ROOM: Final = "avma_sim.wrong"
USER_VISIBLE: Final = "user-visible"
ENGINE: Final = "engine"
RULES: Final = DOCUMENTED.rules
ENDS: Final = DOCUMENTED.ends

Teller = Callable[["World", Any, int], int]


@attrs.frozen
class About:
    """What is wrong in a world.

    Args:
        says: what is wrong, for people: "activates a newer guest".
        clauses: clauses of the document that it breaks, blanks between.
        rows: law rows that it breaks, commas between.
        shown_by: the shipped scenario that fails there.
        kind: whether a user's tests can see it, or only a test of the engine.
    """

    says: str
    clauses: str
    rows: str
    shown_by: str
    kind: str = USER_VISIBLE


@attrs.frozen(eq=False)
class WrongWorld:
    """One world that is wrong on purpose.

    Args:
        id: its name in words joined by dashes.
        says: what is wrong, for people.
        kind: ``user-visible`` or ``engine``.
        clauses: clauses of the document that it breaks.
        rows: law rows that it breaks.
        shown_by: name of the shipped scenario that fails there.
        behaviour: what it plays.
    """

    id: str
    says: str
    kind: str
    clauses: tuple[str, ...]
    rows: tuple[str, ...]
    shown_by: str
    behaviour: Behaviour

    @property
    def path(self) -> str:
        """Its import path, by which another process finds its behaviour."""
        return self.behaviour.name

    @property
    def name(self) -> str:
        """Its name as Python spells it."""
        return self.id.replace("-", "_")


def at_rule(rule: str, about: About) -> Callable[[Callable[..., Any]], WrongWorld]:
    """Put a wrong function in the place of one rule.

    Args:
        rule: name of the rule.
        about: what is wrong.

    Returns:
        A decorator that makes the world, named after the function (a first underscore is dropped).
    """
    return lambda wrong: both(_name(wrong), about, rules={rule: wrong})


def at_end(end: str, about: About) -> Callable[[Callable[..., Any]], WrongWorld]:
    """Put a wrong function in the place of one step of an end.

    Args:
        end: name of the step.
        about: what is wrong.

    Returns:
        A decorator that makes the world, named after the function (a first underscore is dropped).
    """
    return lambda wrong: both(_name(wrong), about, ends={end: wrong})


def at_command(kind: type, about: About) -> Callable[[Callable[..., None]], WrongWorld]:
    """Put a wrong function in the place of one command's handler.

    Args:
        kind: the command's type.
        about: what is wrong.

    Returns:
        A decorator that makes the world, named after the function (a first underscore is dropped).
    """
    return lambda wrong: both(_name(wrong), about, commands={kind: wrong})


def at_due(kind: int, about: About) -> Callable[[Callable[..., None]], WrongWorld]:
    """Put a wrong function in the place of the handler of one kind of due.

    Args:
        kind: number of the kind.
        about: what is wrong.

    Returns:
        A decorator that makes the world, named after the function (a first underscore is dropped).
    """
    return lambda wrong: both(_name(wrong), about, dues={kind: wrong})


def at_event(*kinds: type, about: About) -> Callable[[Teller], WrongWorld]:
    """Let a wrong function tell the events of some types, in its own way or not at all.

    Args:
        kinds: the events' types.
        about: what is wrong.

    Returns:
        A decorator that makes the world, named after the function (likewise). The function takes (world,
        event, entry that led to it) and returns the entry to go on from.
    """

    def made(tell: Teller) -> WrongWorld:
        told = dict.fromkeys(kinds, tell)
        commands = {kind: _told_by(told, handler) for kind, handler in DOCUMENTED.commands.items()}
        dues = {kind: _told_by(told, handler) for kind, handler in enumerate(DOCUMENTED.dues)}
        return both(_name(tell), about, commands=commands, dues=dues)

    return made


def both(
    name: str,
    about: About,
    *,
    rules: Mapping[str, Callable[..., Any]] | None = None,
    ends: Mapping[str, Callable[..., Any]] | None = None,
    commands: Mapping[type, Callable[..., None]] | None = None,
    dues: Mapping[int, Callable[..., None]] | None = None,
) -> WrongWorld:
    """Make a world of wrong functions of several kinds.

    Args:
        name: its name as Python spells it.
        about: what is wrong.
        rules: wrong rules by name.
        ends: wrong steps of ends by name.
        commands: wrong handlers of commands by type.
        dues: wrong handlers of dues by number.

    Returns:
        The world.
    """
    behaviour = attrs.evolve(
        DOCUMENTED,
        name=f"{ROOM}:{name}",
        rules=attrs.evolve(RULES, **(rules or {})),
        ends=attrs.evolve(ENDS, **(ends or {})),
        commands={**DOCUMENTED.commands, **(commands or {})},
        dues=tuple((dues or {}).get(kind, handler) for kind, handler in enumerate(DOCUMENTED.dues)),
    )
    clauses, rows = tuple(about.clauses.split()), tuple(about.rows.split(", "))
    return WrongWorld(
        name.replace("_", "-"), about.says, about.kind, clauses, rows, about.shown_by, behaviour
    )


def worlds_in(names: Mapping[str, Any]) -> tuple[WrongWorld, ...]:
    """Return the worlds among a module's names.

    Args:
        names: what `globals` gives there.

    Returns:
        The worlds in the order in which they were made.
    """
    return tuple(value for value in names.values() if isinstance(value, WrongWorld))


def _name(wrong: Callable[..., Any]) -> str:
    return wrong.__name__.removeprefix("_")


class _Told:
    """A world whose events of some types are told by somebody else; all else is the world's own."""

    def __init__(self, world: World, told: Mapping[type, Teller]) -> None:
        self._world, self._told = world, told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def emit(self, event: Event, by: int) -> int:
        tell = self._told.get(type(event))
        return self._world.emit(event, by) if tell is None else tell(self._world, event, by)


def _told_by(told: Mapping[type, Teller], handler: Callable[..., None]) -> Callable[..., None]:
    return lambda world, what, by: handler(_Told(world, told), what, by)
