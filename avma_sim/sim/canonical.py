"""Owns the canonical line: the one spelling of an entry, a command or an event as JSON text.

Must not know what entries mean, nor where lines go.

Sorted keys, ASCII, integers only, bytes as hex, a field at its default is not written: so a new
field with a default changes no old line, and a line is the same in every process and zone.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import attrs

from avma_sim.errors import JournalError
from avma_sim.model.commands import COMMANDS, Command
from avma_sim.model.events import EVENTS, Event
from avma_sim.model.kvp_talk import Negotiate, Put, Remove, Step, Walk
from avma_sim.model.log import Log, LogRow, ServiceRow

if TYPE_CHECKING:
    import cattrs

__all__ = ["Entry", "canonical_json", "read_line", "structure", "unstructure", "write_line"]

_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"), check_circular=False
)


class Entry(NamedTuple):
    """One entry of the journal.

    Args:
        n: its index, from 0.
        t: the instant, microseconds since the Unix epoch.
        by: index of the entry that caused it; None for a command.
        what: the command or the event.
    """

    n: int
    t: int
    by: int | None
    what: Command | Event


_STEPS: Final = {cls.__name__: cls for cls in (Negotiate, Put, Remove, Walk)}
_COMMANDS: Final = {cls.__name__: cls for cls in COMMANDS}
_EVENTS: Final = {cls.__name__: cls for cls in EVENTS}


def _exactly(cls: type) -> Any:
    def check(value: object, _: type) -> object:
        if type(value) is not cls:
            raise JournalError(f"{value!r} is not {cls.__name__}")
        return value

    return check


def _read_bytes(value: object, _: type) -> bytes:
    if not isinstance(value, str) or value != value.lower() or not value.isascii():
        raise JournalError(f"{value!r} is not bytes in lower-case hex")
    try:
        found = bytes.fromhex(value)
    except ValueError:
        raise JournalError(f"{value!r} is not bytes in hex") from None
    if found.hex() != value:
        raise JournalError(f"{value!r} has blanks between its hex digits")
    return found


def _read_log(made: cattrs.Converter, chunks: Any) -> Log:
    *older, recent = (tuple(made.structure(row, LogRow) for row in chunk) for chunk in chunks)
    return Log(tuple(older), recent)


def _read_service_row(row: Any) -> ServiceRow:
    read = ServiceRow(*row)
    if any(type(number) is not int for number in read[:3]) or type(read.detail) is not str:
        raise JournalError(f"{row!r} is not a record of a log")
    return read


@functools.cache
def _converter() -> cattrs.Converter:
    # Loaded with the first line that is written or read: a lab that is only asked needs none.
    import cattrs  # noqa: PLC0415
    from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn  # noqa: PLC0415

    made = cattrs.Converter(forbid_extra_keys=True, detailed_validation=False)
    made.register_unstructure_hook(bytes, bytes.hex)
    made.register_structure_hook(bytes, _read_bytes)
    # Logs are tuples with names, which checkpoints and copies carry whole: chunks of rows, and plain rows.
    made.register_unstructure_hook(
        Log, lambda log: [[made.unstructure(row) for row in chunk] for chunk in (*log.older, log.recent)]
    )
    made.register_structure_hook(Log, lambda chunks, _: _read_log(made, chunks))
    # A step of a plan is told by its name.
    made.register_unstructure_hook(Step, lambda step: [type(step).__name__, made.unstructure(step)])
    made.register_structure_hook(Step, lambda pair, _: made.structure(pair[1], _STEPS[pair[0]]))
    made.register_unstructure_hook(ServiceRow, list)
    made.register_structure_hook(ServiceRow, lambda row, _: _read_service_row(row))
    for cls in (int, str, bool):
        made.register_structure_hook(cls, _exactly(cls))
    made.register_unstructure_hook_factory(
        attrs.has, lambda cls: make_dict_unstructure_fn(cls, made, _cattrs_omit_if_default=True)
    )
    made.register_structure_hook_factory(
        attrs.has,
        lambda cls: make_dict_structure_fn(
            cls, made, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=False
        ),
    )
    return made


@functools.cache
def _writer(name: str) -> tuple[Any, str]:
    """Return how a class is written, and on which side of an entry it stands."""
    side, cls = ("command", _COMMANDS[name]) if name in _COMMANDS else ("event", _EVENTS[name])
    return _converter().get_unstructure_hook(cls), side


def canonical_json(value: object) -> str:
    """Write plain values as canonical JSON.

    Args:
        value: dicts, lists, text, integers, booleans and None.

    Returns:
        ASCII text without line breaks.
    """
    return _ENCODER.encode(value)


def unstructure(value: object) -> Any:
    """Turn a frozen value into plain ones, fields at their default left out.

    Args:
        value: a value of the model.

    Returns:
        A dict.
    """
    return _converter().unstructure(value)


def structure(value: Any, cls: type) -> Any:
    """Turn plain values back into a frozen one.

    Args:
        value: what `unstructure` made.
        cls: the class wanted.

    Returns:
        The value.

    Raises:
        JournalError: a field is unknown, missing or of another type.
    """
    try:
        return _converter().structure(value, cls)
    except JournalError:
        raise
    except Exception as error:
        raise JournalError(f"not a {cls.__name__}: {error}") from error


def write_line(entry: Entry) -> str:
    """Write an entry as its canonical line.

    Args:
        entry: the entry.

    Returns:
        One line without its end.
    """
    what = entry.what
    name = type(what).__name__
    write, side = _writer(name)
    body = write(what)
    body["type"] = name
    return _ENCODER.encode({"n": entry.n, "t": entry.t, "by": entry.by, side: body})


def read_line(line: str) -> Entry:
    """Read a canonical line.

    Args:
        line: one line, without its end or with it.

    Returns:
        The entry.

    Raises:
        JournalError: the line is not exactly what `write_line` writes for some entry.
    """
    try:
        row = json.loads(line)
        side = "command" if "command" in row else "event"
        body = dict(row[side])
        name = body.pop("type")
        cls = (_COMMANDS if side == "command" else _EVENTS)[name]
        n, t, by = row["n"], row["t"], row["by"]
        if type(n) is not int or type(t) is not int or not (by is None or type(by) is int):
            raise TypeError("n, t and by are whole numbers, by may be null")
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise JournalError(f"not an entry: {line[:200]!r} ({error})") from error
    entry = Entry(n, t, by, structure(body, cls))
    if write_line(entry) != line.rstrip("\n"):
        raise JournalError(f"not canonical: {line[:200]!r}")
    return entry
