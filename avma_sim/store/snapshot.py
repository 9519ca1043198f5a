"""Owns the snapshot: the state at one place of the journal, kept so that opening need not read it all.

Must not be needed: a snapshot that is missing, torn, of another version or of another journal is not used,
and the journal is gone through from its first entry.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

import attrs

from avma_sim import __version__
from avma_sim.errors import JournalError
from avma_sim.sim.canonical import canonical_json
from avma_sim.sim.journal import Header
from avma_sim.sim.state import State
from avma_sim.store import durable
from avma_sim.store.rows import plain_state, state_of

__all__ = ["SNAPSHOT_FORMAT", "Snapshot", "read_snapshot", "write_snapshot"]

SNAPSHOT_FORMAT: Final = 1
BEFORE_BYTES: Final = 4096  # of the journal before the snapshot's place, to know it again by


@attrs.frozen
class Snapshot:
    """A state, and where in the journal it stands.

    Args:
        state: the state.
        offset: bytes of the journal that are folded into it.
        size: bytes of the snapshot's file.
    """

    state: State
    offset: int
    size: int


def write_snapshot(path: Path, header: Header, state: State, offset: int, before: bytes) -> None:
    """Write a snapshot.

    Args:
        path: its file.
        header: the journal's header.
        state: the state after the entries before the offset.
        offset: bytes of the journal that are folded into it.
        before: the journal's last bytes before the offset, `BEFORE_BYTES` at most.
    """
    body = canonical_json(plain_state(state)).encode("ascii") + b"\n"
    about = canonical_json(_about(header, offset, before) | {"state": _digest(body)})
    durable.replace(path, about.encode("ascii") + b"\n" + body)


def read_snapshot(path: Path, header: Header, journal: Path) -> Snapshot | None:
    """Read a snapshot, if there is one that fits.

    Args:
        path: its file.
        header: the journal's header.
        journal: the journal's file.

    Returns:
        The snapshot; None where there is none that can be used.
    """
    try:
        data = path.read_bytes()
        first, _, body = data.partition(b"\n")
        about = json.loads(first)
        offset = about["offset"]
        if type(offset) is not int or about.pop("state") != _digest(body):
            return None
        with journal.open("rb") as stream:
            stream.seek(max(0, offset - BEFORE_BYTES))
            before = stream.read(min(offset, BEFORE_BYTES))
        if about != _about(header, offset, before):
            return None
        return Snapshot(state_of(json.loads(body), header.settings), offset, len(data))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, JournalError):
        return None


def _about(header: Header, offset: int, before: bytes) -> dict[str, object]:
    return {
        "format": SNAPSHOT_FORMAT,
        "version": __version__,  # another version may fold the same entries into more
        "header": _digest(header.line().encode("ascii")),
        "offset": offset,
        "before": _digest(before),
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
