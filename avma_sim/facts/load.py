"""Owns reading the fact tables from TOML and refusing what does not hold together.

Must not know who uses the facts, nor decide anything from them.
"""

from __future__ import annotations

import contextvars
import functools
import hashlib
import importlib.resources
import json
import re
import tomllib
import types
from collections.abc import Container, Iterable
from typing import Any, Final, TypeVar

import attrs

from avma_sim.errors import FactsError, UnknownName
from avma_sim.facts.ids import avma_id
from avma_sim.facts.tables import Clause, Facts, ResultCode, Timing
from avma_sim.model.duration import span_us
from avma_sim.model.guest import LINUX
from avma_sim.model.readings import READING_VALUES, Readings
from avma_sim.model.release import KEY_FORM, AvmaKey, KmsKey, Release
from avma_sim.model.verdict import NOTIFICATIONS

__all__ = [
    "COLUMNS",
    "STATUSES",
    "Row",
    "Tables",
    "build_facts",
    "current_facts",
    "load_facts",
    "read_tables",
    "row_problem",
]

# Set it to let everything in this context know other facts.
current_facts: contextvars.ContextVar[Facts | None] = contextvars.ContextVar("avma_sim_facts", default=None)

_SPAN_US_MIN: Final = 1_000_000
_DEADLINE_US_MAX: Final = 3_600_000_000
_EDITION: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)  # what a request can carry

STATUSES: Final = ("documented", "observed", "modelled")
K = TypeVar("K")
V = TypeVar("V")
Row = dict[str, Any]
Tables = dict[str, list[Row]]

# Columns of each table with their types, besides `status` and `source`, which every row must have.
COLUMNS: Final[dict[str, dict[str, type]]] = {
    "release": {"id": str, "label": str, "build": int, "channel": str, "family": str, "editions": list},
    "edition": {"id": str, "label": str},
    "assumed_family": {"release": str, "reading": str, "value": str, "family": str},
    "key": {"family": str, "edition": str, "text": str},
    "kms_key": {"label": str, "text": str, "releases": list, "edition": str},
    "cell": {"host": str, "guest": str, "activates": bool},
    "code": {"value": str, "name": str, "meaning": str},
    "notification": {"id": str, "meaning": str, "document": str},
    "timing": {"id": str, "renewal": str, "retry": str, "validity": str},
    "interval": {"id": str, "span": str},
    "reading": {"id": str, "default": str, "others": list},
    "clause": {"id": str, "lines": str, "statement": str, "sentences": list},
}
EVERY_ROW: Final[dict[str, type]] = {"status": str, "source": str}
FILES: Final = (
    "clauses",
    "codes",
    "editions",
    "keys",
    "kms_keys",
    "matrix",
    "notifications",
    "readings",
    "releases",
    "timings",
)
INTERVALS: Final = ("grace", "deadline")
CHANNELS: Final = ("ltsc", "semi-annual", "client")
_CLAUSE = re.compile(r"\bC\d\d\b")


def read_tables() -> Tables:
    """Read the shipped tables.

    Returns:
        Rows by table name, in file order.
    """
    tables: Tables = {}
    folder = importlib.resources.files("avma_sim.facts")
    for name in FILES:
        for table, rows in tomllib.loads((folder / f"{name}.toml").read_text("utf-8")).items():
            tables.setdefault(table, []).extend(rows)
    return tables


def load_facts() -> Facts:
    """Return the facts of this context: the shipped ones, unless others were chosen for it.

    Returns:
        The facts, read and checked once in a process.
    """
    return current_facts.get() or _shipped()


@functools.cache
def _shipped() -> Facts:
    return build_facts(read_tables())


def build_facts(tables: Tables) -> Facts:
    """Check rows and make the facts of them.

    Args:
        tables: rows by table name.

    Returns:
        The facts.

    Raises:
        FactsError: a row lacks a column, a status or a source, or names an id that does not exist.
    """
    _check_rows(tables)
    try:
        facts = _made(tables)
    except FactsError:
        raise
    except (ValueError, KeyError) as error:
        raise FactsError(f"facts: a value is not what its column holds: {error}") from error
    _cross_check(facts, tables)
    return facts


def _made(tables: Tables) -> Facts:
    releases = sorted((_release(row) for row in tables["release"]), key=lambda release: release.build)
    keys = [
        AvmaKey(row["text"], row["family"], row["edition"], avma_id(row["family"], row["edition"]))
        for row in tables["key"]
    ]
    digest = hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()
    _freeze("interval", [(row["id"], row["span"]) for row in tables["interval"]])
    _freeze("family and edition of keys", [((key.family, key.edition), key) for key in keys])
    return Facts(
        releases=_freeze("release", [(release.id, release) for release in releases]),
        editions=_freeze("edition", [(row["id"], row["label"]) for row in tables["edition"]]),
        assumed_families=_freeze(
            "assumed_family",
            [
                (row["release"], (row["reading"], row["value"], row["family"]))
                for row in tables["assumed_family"]
            ],
        ),
        keys=_freeze("key", [(key.text, key) for key in keys]),
        kms_keys=_freeze("kms_key", [(key.text, key) for key in map(_kms_key, tables["kms_key"])]),
        matrix=_freeze("cell", [((row["host"], row["guest"]), row["activates"]) for row in tables["cell"]]),
        codes=_freeze("code", [(code.value, code) for code in map(_code, tables["code"])]),
        notifications=_freeze(
            "notification", [(row["id"], row["meaning"]) for row in tables["notification"]]
        ),
        timings=_freeze("timing", [(row["id"], _timing(row, tables)) for row in tables["timing"]]),
        readings=_freeze(
            "reading", [(row["id"], (row["default"], *row["others"])) for row in tables["reading"]]
        ),
        clauses=_freeze(
            "clause",
            [(row["id"], _clause(row)) for row in tables["clause"]],
        ),
        digest=digest,
    )


def _check_rows(tables: Tables) -> None:
    unknown = set(tables) ^ set(COLUMNS)
    if unknown:
        raise FactsError(f"facts: tables unknown or missing: {sorted(map(str, unknown))}")
    for table in COLUMNS:
        if type(tables[table]) is not list:
            raise FactsError(f"facts {table}: not a list of rows")
        for row in tables[table]:
            _check_row(table, row)


def _check_row(table: str, row: Row) -> None:
    problem = row_problem(table, row)
    if problem is not None:
        name = f" {row.get('id', row)}" if type(row) is dict else ""
        raise FactsError(f"facts {table}{name}: {problem}")


def row_problem(table: str, row: object) -> str | None:
    """Say what is wrong with a row by itself.

    Args:
        table: the table that it stands in.
        row: the row.

    Returns:
        The problem in words; None where the row has every column, of its type, a status and a source.
    """
    columns = COLUMNS[table] | EVERY_ROW
    if type(row) is not dict:
        return f"{row!r} is not a row; write it under [[{table}]]"
    unknown = [str(UnknownName("column", column, columns)) for column in row if column not in columns]
    missing = [f"column {column!r} is missing" for column in columns if column not in row]
    if unknown or missing:
        return "; ".join(unknown + missing)
    for column, kind in columns.items():
        value = row[column]
        if type(value) is not kind or (type(value) is list and any(type(item) is not str for item in value)):
            return f"{column} is {value!r}, not {_KINDS[kind]}"
    if row["status"] not in STATUSES:
        return str(UnknownName("status", row["status"], STATUSES))
    return None if row["source"].strip() else "a row must name its source"


_KINDS: Final = {str: "text", int: "a whole number", bool: "true or false", list: "a list of texts"}


def _freeze(table: str, pairs: list[tuple[K, V]]) -> types.MappingProxyType[K, V]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FactsError(f"facts {table}: two rows have the same id")
    return types.MappingProxyType(found)


def _release(row: Row) -> Release:
    if row["id"] == LINUX:
        raise FactsError(f"facts release {LINUX!r}: guests that run Linux have this name; give another")
    editions = tuple(row["editions"])
    return Release(row["id"], row["label"], row["build"], row["channel"], row["family"], editions)


def _code(row: Row) -> ResultCode:
    return ResultCode(int(row["value"], 16), row["name"], row["meaning"])


def _kms_key(row: Row) -> KmsKey:
    return KmsKey(row["text"], row["label"], tuple(row["releases"]), row["edition"])


def _clause(row: Row) -> Clause:
    return Clause(row["id"], row["lines"], row["statement"], tuple(row["sentences"]))


def _timing(row: Row, tables: Tables) -> Timing:
    common = {interval["id"]: span_us(interval["span"]) for interval in tables["interval"]}
    timing = Timing(
        renewal_us=span_us(row["renewal"]),
        retry_us=span_us(row["retry"]),
        validity_us=0 if row["validity"] == "none" else span_us(row["validity"]),
        grace_us=common["grace"],
        deadline_us=common["deadline"],
    )
    # A span of nothing would make attempts without an end at one instant.
    least = min(timing.renewal_us, timing.retry_us, timing.grace_us, timing.deadline_us)
    if least < _SPAN_US_MIN or (row["validity"] != "none" and timing.validity_us < _SPAN_US_MIN):
        raise FactsError(f"facts timing {row['id']}: each span is at least 1s; no end is written none")
    if timing.deadline_us > _DEADLINE_US_MAX:
        raise FactsError("facts interval deadline: a guest waits for an hour at most")
    return timing


def _known(what: str, name: object, among: Container[object]) -> None:
    if name not in among:
        raise FactsError(f"facts: {what} {name!r} does not exist")


def _cross_check(facts: Facts, tables: Tables) -> None:
    """Hold every id that a row names against the table that it should be in."""
    families = {release.family for release in facts.releases.values()}
    for edition in facts.editions:
        if not _EDITION.fullmatch(edition):
            raise FactsError(f"facts edition {edition!r}: an id is 1 to 32 of a-z, 0-9 and -")
    for release in facts.releases.values():
        _known(f"32-bit build of {release.id}", release.build, range(1, 2**32))
        for edition in release.editions:
            _known(f"edition of {release.id}", edition, facts.editions)
        _known(f"channel of {release.id}", release.channel, CHANNELS)
    for key in facts.keys.values():
        _known(f"family of key {key.text}", key.family, families - {""})
        served = {e for r in facts.releases.values() if r.family == key.family for e in r.editions}
        _known(f"edition of key {key.text}", key.edition, served)
    _check_other_keys(facts)
    for host, guest in facts.matrix:
        _known("matrix host", host, facts.releases)
        _known("matrix guest", guest, facts.releases)
    _same("notification", facts.notifications, NOTIFICATIONS)
    _same("interval", (row["id"] for row in tables["interval"]), INTERVALS)
    for code in facts.codes:
        _known("32-bit code", code, range(2**32))
    for row in (row for table in tables.values() for row in table):
        for clause in _CLAUSE.findall(row["source"]):
            _known("clause", clause, facts.clauses)
    _check_readings(facts)


def _check_other_keys(facts: Facts) -> None:
    for text in (*facts.keys, *facts.kms_keys):
        if not KEY_FORM.fullmatch(text) or text.count("N") != 1:
            raise FactsError(f"facts: {text!r} has not the form of a product key")
    for key in facts.kms_keys.values():
        _known(f"edition of KMS key {key.text}", key.edition, facts.editions)
        for release in key.releases:
            _known(f"release of KMS key {key.text}", release, facts.releases)
        if key.text in facts.keys:
            raise FactsError(f"facts: {key.text} is named as an AVMA key and as a KMS client key")
    for release, (reading, value, family) in facts.assumed_families.items():
        _known("release with an assumed family", release, facts.releases)
        _known(f"reading behind the family of {release}", reading, facts.readings)
        _known(f"value of {reading}", value, facts.readings[reading])
        _known(f"family of {release}", family, {key.family for key in facts.keys.values()})


def _same(what: str, found: Iterable[str], wanted: Iterable[str]) -> None:
    apart = set(found) ^ set(wanted)
    if apart:
        raise FactsError(f"facts: {what} unknown or missing: {', '.join(sorted(apart))}")


def _check_readings(facts: Facts) -> None:
    _same("reading", facts.readings, [field.name for field in attrs.fields(Readings)])
    for field in attrs.fields(Readings):
        values = facts.readings[field.name]
        if values[0] != field.default:
            raise FactsError(f"facts: reading {field.name} must default to {field.default!r}")
        if len(set(values)) != len(values):
            raise FactsError(f"facts: reading {field.name} names a value twice")
        if field.name != "timing":  # whose values are rows of a table
            _same(f"value of reading {field.name}", values, READING_VALUES[field.name])
    _same("timing", facts.timings, facts.readings["timing"])
