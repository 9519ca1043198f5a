"""Owns the facts of answer files: passes, components, where keys stand, and what can be found wrong.

Must not read an answer file.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any, Final

import attrs

from avma_sim.errors import FactsError, UnknownName
from avma_sim.facts.load import STATUSES

__all__ = ["SEVERITIES", "AnswerFacts", "Rule", "Setting", "answer_facts", "build_answer_facts"]

SEVERITIES: Final = ("error", "warning", "note")
_COLUMNS: Final[dict[str, dict[str, type]]] = {
    "root": {"name": str, "namespace": str},
    "pass": {"id": str},
    "attribute": {"name": str, "values": list},
    "setting": {"id": str, "component": str, "pass": str, "path": list},
    "show_ui": {"id": str},
    "rule": {"id": str, "severity": str, "refused": bool, "then": str},
}


@attrs.frozen
class Setting:
    """Where in an answer file a product key stands.

    Args:
        id: ``activation`` or ``image``.
        component: the component's name.
        setup_pass: the configuration pass in which Setup looks there.
        path: names of the elements below the component.
    """

    id: str
    component: str
    setup_pass: str
    path: tuple[str, ...]

    @property
    def place(self) -> str:
        """The setting as Windows' own documents write it, after its pass."""
        return " | ".join((self.setup_pass, self.component, *self.path))


@attrs.frozen
class Rule:
    """One kind of finding.

    Args:
        id: its name, which stays as it is.
        severity: error, warning or note.
        refused: whether Setup refuses the whole file for it.
        then: what Setup does.
        status: how sure that is.
        source: who says so.
    """

    id: str
    severity: str
    refused: bool
    then: str
    status: str
    source: str


@attrs.frozen
class AnswerFacts:
    """What is known of answer files.

    Args:
        root: name of the root element.
        namespace: the namespace of all elements.
        passes: the configuration passes.
        attributes: values of each attribute of a component; none where any may be.
        activation: where the key of activation stands.
        image: where the key that picks the image stands.
        show_ui: what WillShowUI may be, the default first.
        rules: kinds of findings by id.
    """

    root: str
    namespace: str
    passes: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    activation: Setting
    image: Setting
    show_ui: tuple[str, ...]
    rules: Mapping[str, Rule]


@functools.cache
def answer_facts() -> AnswerFacts:
    """Return the shipped facts of answer files.

    Returns:
        The facts, read and checked once in a process.
    """
    text = (importlib.resources.files("avma_sim.facts") / "answer_files.toml").read_text("utf-8")
    return build_answer_facts(tomllib.loads(text))


def build_answer_facts(tables: Mapping[str, list[dict[str, Any]]]) -> AnswerFacts:
    """Check rows and make the facts of them.

    Args:
        tables: rows by table name.

    Returns:
        The facts.

    Raises:
        FactsError: a table or column is missing or unknown, or a row has no status or source.
    """
    for table in tables:
        if table not in _COLUMNS:
            raise FactsError(f"answer files: {UnknownName('table', table, _COLUMNS)}")
    for table, columns in _COLUMNS.items():
        if not tables.get(table):
            raise FactsError(f"answer files: the table {table} has no row")
        for number, row in enumerate(tables[table], 1):
            _check(f"answer files: {table} row {number}", row, columns)
    settings = {
        row["id"]: Setting(row["id"], row["component"], row["pass"], tuple(row["path"]))
        for row in tables["setting"]
    }
    if set(settings) != {"activation", "image"}:
        raise FactsError("answer files: the settings are activation and image")
    (root,) = tables["root"]
    return AnswerFacts(
        root["name"],
        root["namespace"],
        tuple(row["id"] for row in tables["pass"]),
        types.MappingProxyType({row["name"]: tuple(row["values"]) for row in tables["attribute"]}),
        settings["activation"],
        settings["image"],
        tuple(row["id"] for row in tables["show_ui"]),
        types.MappingProxyType({row["id"]: Rule(**row) for row in tables["rule"]}),
    )


def _check(where: str, row: Mapping[str, Any], columns: Mapping[str, type]) -> None:
    wanted = {**columns, "status": str, "source": str}
    if set(row) != set(wanted):
        raise FactsError(f"{where}: its columns are {', '.join(wanted)}")
    for column, kind in wanted.items():
        if type(row[column]) is not kind or row[column] == "":
            raise FactsError(f"{where}: {column} is not what it should be: {row[column]!r}")
    if row["status"] not in STATUSES:
        raise FactsError(f"{where}: {UnknownName('status', row['status'], STATUSES)}")
    if row.get("severity", "error") not in SEVERITIES:
        raise FactsError(f"{where}: {UnknownName('severity', row['severity'], SEVERITIES)}")
