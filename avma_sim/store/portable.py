"""Owns the text of a whole lab: what it is made of and what has happened, to be put away and taken up again.

Must not know files, nor who takes it up: whether facts and behaviour are the right ones, the lab says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from avma_sim.errors import InputError, JournalError
from avma_sim.sim.canonical import Entry, canonical_json, read_line, structure, unstructure, write_line
from avma_sim.sim.journal import Header
from avma_sim.sim.replay import refold
from avma_sim.sim.state import Settings, State
from avma_sim.store.rows import other_fields, plain_state, state_of

__all__ = ["PORTABLE_FORMAT", "Portable", "read_portable", "write_portable"]

PORTABLE_FORMAT: Final = 1
_FIELDS: Final = ("behaviour", "digest", "facts", "format", "settings", "trace_hash")
# One of these: the whole story, from which the state follows, or the state alone.
_STORY: Final = "entries"
_STATE: Final = "state"


@attrs.frozen
class Portable:
    """A lab that was put away.

    Args:
        header: its journal's header.
        state: its state.
        trace_hash: its trace hash.
        entries: all its entries; None where it kept none.
    """

    header: Header
    state: State
    trace_hash: str
    entries: tuple[Entry, ...] | None


def write_portable(header: Header, state: State, trace_hash: str, entries: Iterable[Entry] | None) -> str:
    """Write a lab as text.

    Args:
        header: its journal's header.
        state: its state.
        trace_hash: its trace hash.
        entries: all its entries; None where it keeps none, and only then the state itself is written.

    Returns:
        One line of canonical JSON, ASCII, without its end: the same for the same lab.
    """
    body = {
        "format": PORTABLE_FORMAT,
        "settings": unstructure(header.settings),
        "facts": header.facts,
        "behaviour": header.behaviour,
        "trace_hash": trace_hash,
    }
    if entries is None:
        body[_STATE] = plain_state(state)
    else:
        body[_STORY] = [json.loads(write_line(entry)) for entry in entries]
    return canonical_json(body | {"digest": _digest(body)})


def read_portable(text: str) -> Portable:
    """Read a lab from its text.

    Args:
        text: what `write_portable` wrote, with line ends after it or without.

    Returns:
        The lab.

    Raises:
        InputError: it is no text.
        JournalError: it is of another format, damaged, or not a lab, with what to do.
    """
    body = _checked(text)
    settings, facts, behaviour, trace_hash = (
        body[name] for name in ("settings", "facts", "behaviour", "trace_hash")
    )
    if not all(isinstance(one, str) for one in (facts, behaviour, trace_hash)):
        raise JournalError("not a snapshot of a lab: facts, behaviour and trace_hash are text")
    header = Header(structure(settings, Settings), facts, behaviour)
    if _STATE in body:
        if not isinstance(body[_STATE], dict):
            raise JournalError("not a snapshot of a lab: its state is an object")
        return Portable(header, state_of(body[_STATE], header.settings), trace_hash, None)
    if not isinstance(body[_STORY], list):
        raise JournalError("not a snapshot of a lab: its entries are a list")
    entries = tuple(read_line(canonical_json(row)) for row in body[_STORY])
    return Portable(header, refold(header, entries), trace_hash, entries)


def _checked(text: str) -> dict[str, Any]:
    """Return what a text holds, if it is whole and of this format."""
    if not isinstance(text, str):
        raise InputError(f"a snapshot is text, not {type(text).__name__}")
    line = text.rstrip("\r\n")
    try:
        body = json.loads(line)
        canonical = canonical_json(body)
    except (ValueError, RecursionError) as error:
        raise JournalError(
            f"not a snapshot of a lab, or only a part of one: {error}; take a whole copy"
        ) from None
    if not isinstance(body, dict) or "format" not in body:
        raise JournalError("not a snapshot of a lab: an object with its format is expected")
    found = body["format"]
    if type(found) is not int or found != PORTABLE_FORMAT:
        raise JournalError(
            f"snapshot format {found!r} is not the one this version of avma-sim reads, {PORTABLE_FORMAT}"
        )
    wanted = {*_FIELDS, _STATE if _STATE in body else _STORY}
    if set(body) != wanted:
        raise JournalError(f"not a snapshot of a lab: {other_fields(body, wanted)}")
    if body.pop("digest") != _digest(body) or canonical != line:
        raise JournalError(
            "the snapshot is damaged: its digest does not fit it; take a copy as it was written"
        )
    return body


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(body).encode("ascii")).hexdigest()
