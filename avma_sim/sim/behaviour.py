"""Owns the behaviour: which rules, wire ends and actors a lab plays, as one frozen value.

Must not know the world: a behaviour is named, passed and replaced as a whole, in mutant worlds too.
"""

from __future__ import annotations

import contextvars
import importlib
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from avma_sim.errors import InputError
from avma_sim.rules import decision, exchange, keys, kvp_items, kvp_licence, licensing, placement
from avma_sim.wire import handshake, kvp_guest, kvp_host, kvp_linux, kvp_sweep

__all__ = [
    "BEHAVIOUR_VARIABLE",
    "DOCUMENTED_NAME",
    "Behaviour",
    "Ends",
    "Rules",
    "current_behaviour",
    "find_behaviour",
]

BEHAVIOUR_VARIABLE: Final = "AVMA_SIM_BEHAVIOUR"
DOCUMENTED_NAME: Final = "avma_sim.sim.documented:DOCUMENTED"

# Set it to play another behaviour in every lab made in this context.
current_behaviour: contextvars.ContextVar[Behaviour | str | None] = contextvars.ContextVar(
    "avma_sim_behaviour", default=None
)


@attrs.frozen(eq=False)
class Rules:
    """The law as functions; each field is the function of that name in `avma_sim.rules`."""

    judge_at_guest: Callable[..., Any] = decision.judge_at_guest
    judge_at_host: Callable[..., Any] = decision.judge_at_host
    nobody_answers: Callable[..., Any] = decision.nobody_answers
    over_limit: Callable[..., Any] = decision.over_limit
    qualifies: Callable[..., Any] = decision.qualifies
    judge_answer: Callable[..., Any] = exchange.judge_answer
    judge_deadline: Callable[..., Any] = exchange.judge_deadline
    judge_key: Callable[..., Any] = keys.judge_key
    before_first_start: Callable[..., Any] = licensing.before_first_start
    started: Callable[..., Any] = licensing.started
    triggered: Callable[..., Any] = licensing.triggered
    granted: Callable[..., Any] = licensing.granted
    failed: Callable[..., Any] = licensing.failed
    asks_on_arrival: Callable[..., Any] = licensing.asks_on_arrival
    ended: Callable[..., Any] = licensing.ended
    installed: Callable[..., Any] = licensing.installed
    replaced: Callable[..., Any] = licensing.replaced
    removed: Callable[..., Any] = licensing.removed
    resumed: Callable[..., Any] = licensing.resumed
    copied: Callable[..., Any] = licensing.copied
    placed: Callable[..., Any] = placement.placed
    intrinsic_items: Callable[..., Any] = kvp_items.intrinsic_items
    pushed_items: Callable[..., Any] = kvp_items.pushed_items
    licence_items: Callable[..., Any] = kvp_licence.licence_items
    licence_names: Callable[..., Any] = kvp_licence.licence_names
    left_behind: Callable[..., Any] = kvp_licence.left_behind


@attrs.frozen(eq=False)
class Ends:
    """The ends as functions: of activations in `wire.handshake`, of key-value pairs in `wire.kvp_*`."""

    guest_ask: Callable[..., Any] = handshake.guest_ask
    guest_read: Callable[..., Any] = handshake.guest_read
    guest_expire: Callable[..., Any] = handshake.guest_expire
    guest_void: Callable[..., Any] = handshake.guest_void
    host_read: Callable[..., Any] = handshake.host_read
    host_answer: Callable[..., Any] = handshake.host_answer
    host_repeat: Callable[..., Any] = handshake.host_repeat
    kvp_host_begin: Callable[..., Any] = kvp_host.host_begin
    kvp_host_read: Callable[..., Any] = kvp_host.host_read
    kvp_host_expire: Callable[..., Any] = kvp_host.host_expire
    kvp_guest_answer: Callable[..., Any] = kvp_guest.guest_answer
    kvp_linux_answer: Callable[..., Any] = kvp_linux.linux_answer
    kvp_talk_through: Callable[..., Any] = kvp_sweep.talk_through


@attrs.frozen(eq=False)
class Behaviour:
    """What a lab plays.

    Args:
        name: import path ``module:object``, written into the journal's header.
        commands: handler of each command type: (world, command, index of its entry).
        dues: handler of each kind of due, by number: (world, machine or packet, entry that set it).
        rules: the law.
        ends: the handshake.
    """

    name: str
    commands: Mapping[type, Callable[..., None]]
    dues: tuple[Callable[..., None], ...]
    rules: Rules = Rules()
    ends: Ends = Ends()


def find_behaviour(wanted: Behaviour | str | None = None) -> Behaviour:
    """Return the behaviour to play: the one given, else the context's, else the environment's.

    Args:
        wanted: a behaviour, its import path, or None.

    Returns:
        The behaviour; the documented one where nobody names another.

    Raises:
        InputError: the path leads to no behaviour.
    """
    found = wanted or current_behaviour.get() or os.environ.get(BEHAVIOUR_VARIABLE) or DOCUMENTED_NAME
    if isinstance(found, Behaviour):
        return found
    if not isinstance(found, str):
        raise InputError(f"a behaviour is a Behaviour or its import path, not {found!r}")
    module, _, name = found.partition(":")
    try:
        loaded = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"no behaviour at {found!r} (module:object): {error}") from error
    if not isinstance(loaded, Behaviour):
        raise InputError(f"{found!r} is no Behaviour but a {type(loaded).__name__}")
    return loaded
