"""Owns a command as one line, in the short form that a prompt takes.

Must not know a verb's fields: what a command says is written by `scenario.write`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from avma_sim.errors import InputError
from avma_sim.facts.tables import Facts
from avma_sim.scenario.verbs import VERBS
from avma_sim.scenario.write import verb_and_fields
from avma_sim.scenario.yaml_text import flow, listed, quoted
from avma_sim.sim.canonical import Entry, canonical_json, unstructure
from avma_sim.sim.state import State

__all__ = ["spoken"]


def spoken(facts: Facts, state: State, call: Sequence[Entry]) -> str:
    """Write a call's command as a person types it.

    Args:
        facts: the facts of the lab.
        state: the state before the call.
        call: the call's entries, the command first.

    Returns:
        One line that `read_command` reads, such as ``migrate web01 hv2``; of a command that no line can
        say, its name and its values.
    """
    command = call[0].what
    try:
        verb, fields = verb_and_fields(facts, state, call)
    # A journal that nobody admitted can hold a name that nobody has, or an instant of no calendar.
    except (InputError, LookupError, OverflowError):
        return f"{type(command).__name__} {canonical_json(unstructure(command))}"
    words = [verb]
    expected = list(VERBS[verb].fields)
    # Hosts, guests and faults have so many fields that a person names all but the first.
    ordered = expected[:1] if expected[:1] == ["name"] else expected
    for at, (name, value) in enumerate(fields.items()):
        said = _value(value)
        if said is None:
            return f"{verb}: {flow(fields)}"
        in_order = list(fields)[: at + 1] == ordered[: at + 1]
        words.append(said if in_order else f"{name}={said}")
    return " ".join(words)


def _value(value: Any) -> str | None:
    """Write a value as one word; None where that takes the escapes of YAML."""
    if isinstance(value, Mapping):
        return flow(value)
    if isinstance(value, tuple):
        return listed(value)
    said = quoted(value)
    if said == value and " " in said:  # plain in YAML, and two words in a line
        return f'"{said}"'
    return None if isinstance(value, str) and said not in (value, f'"{value}"') else said
