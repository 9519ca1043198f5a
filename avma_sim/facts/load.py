"""Owns reading the fact tables from TOML and refusing what does not hold together.

Must not know who uses the facts, nor decide anything from them.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
import re
import tomllib
import types
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from avma_sim.errors import FactsError, UnknownName
from avma_sim.facts.ids import avma_id
from avma_sim.facts.tables import Clause, Facts, ResultCode, Timing
from avma_sim.model.duration import span_us
from avma_sim.model.readings import Readings
from avma_sim.model.release import KEY_FORM, AvmaKey, KmsKey, Release
from avma_sim.model.verdict import NOTIFICATIONS

__all__ = [
    "COLUMNS",
    "IDENTITY",
    "STATUSES",
    "build_facts",
    "facts_with",
    "lay_over",
    "load_facts",
    "read_tables",
]

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
# What makes a row of a table the same row as another: by this a user's row replaces one of ours.
IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(COLUMNS, ("id",)),
    "assumed_family": ("release",),
    "key": ("family", "edition"),
    "kms_key": ("text",),
    "cell": ("host", "guest"),
    "code": ("value",),
}
EVERY_ROW: Final[dict[str, type]] = {"status": str, "source": str}
_FILE_BYTES_MAX: Final = 1 << 20
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


def lay_over(tables: Tables, folder: Path) -> Tables:
    """Lay a user's rows over ours: a row of the same identity is replaced, others are added.

    Args:
        tables: rows by table name.
        folder: a folder of ``*.toml`` files with tables of the same names.

    Returns:
        The tables with those rows; ours are not changed.

    Raises:
        FactsError: the folder has no such file, or one cannot be read.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise FactsError(f"facts: no *.toml file in {folder}")
    laid = {table: list(rows) for table, rows in tables.items()}
    for file in files:
        for table, rows in _read_file(file).items():
            if table not in COLUMNS:
                raise FactsError(f"{file}: {UnknownName('facts table', table, COLUMNS)}")
            if type(rows) is not list:
                raise FactsError(f"{file}: write each row of {table} under [[{table}]]")
            for row in rows:
                if type(row) is not dict:
                    raise FactsError(f"{file}: {table}: {row!r} is not a row; write it under [[{table}]]")
                same = [_identity(table, old) == _identity(table, row) for old in laid[table]]
                if True in same:
                    laid[table][same.index(True)] = row
                else:
                    laid[table].append(row)
    return laid


def _identity(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row.get(column) for column in IDENTITY[table])


def _read_file(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _FILE_BYTES_MAX or not file.is_file():
            raise FactsError(f"{file}: not a file of at most {_FILE_BYTES_MAX} bytes")
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise FactsError(f"{file}: not readable as TOML: {error}") from error


def facts_with(folder: Path | str) -> Facts:
    """Return the shipped facts with a user's rows laid over them.

    Args:
        folder: a folder of ``*.toml`` files.

    Returns:
        The facts.

    Raises:
        FactsError: the folder cannot be read, or the rows do not hold together with ours.
    """
    return build_facts(lay_over(read_tables(), Path(folder)))


@functools.cache
def load_facts() -> Facts:
    """Return the shipped facts, read and checked once in a process.

    Returns:
        The facts.
    """
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
    for table, columns in COLUMNS.items():
        if type(tables[table]) is not list:
            raise FactsError(f"facts {table}: not a list of rows")
        for row in tables[table]:
            _check_row(table, row, columns | EVERY_ROW)


def _check_row(table: str, row: Row, columns: dict[str, type]) -> None:
    if type(row) is not dict:
        raise FactsError(f"facts {table}: {row!r} is not a row")
    name = row.get("id", row)
    if set(row) != set(columns):
        raise FactsError(f"facts {table} {name}: columns differ: {sorted(map(str, set(row) ^ set(columns)))}")
    for column, kind in columns.items():
        value = row[column]
        if type(value) is not kind or (type(value) is list and any(type(item) is not str for item in value)):
            raise FactsError(f"facts {table} {name}: {column} is {value!r}, not {_KINDS[kind]}")
    if row["status"] not in STATUSES:
        raise FactsError(f"facts {table} {name}: status {row['status']!r} is none of {STATUSES}")
    if not row["source"].strip():
        raise FactsError(f"facts {table} {name}: a row must name its source")


_KINDS: Final = {str: "text", int: "a whole number", bool: "true or false", list: "a list of texts"}


def _freeze(table: str, pairs: list[tuple[K, V]]) -> types.MappingProxyType[K, V]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FactsError(f"facts {table}: two rows have the same id")
    return types.MappingProxyType(found)


def _release(row: Row) -> Release:
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
    return Timing(
        renewal_us=span_us(row["renewal"]),
        retry_us=span_us(row["retry"]),
        validity_us=0 if row["validity"] == "none" else span_us(row["validity"]),
        grace_us=common["grace"],
        deadline_us=common["deadline"],
    )


def _known(what: str, name: object, among: Container[object]) -> None:
    if name not in among:
        raise FactsError(f"facts: {what} {name!r} does not exist")


def _cross_check(facts: Facts, tables: Tables) -> None:
    """Hold every id that a row names against the table that it should be in."""
    families = {release.family for release in facts.releases.values()}
    for release in facts.releases.values():
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
    _same("timing", facts.timings, facts.readings["timing"])
