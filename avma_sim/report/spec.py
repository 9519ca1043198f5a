"""Owns holding another edition of the document against the clauses: which sentences are there no more.

Must not know the document's text: a clause has the hashes of its sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from avma_sim.facts.document import sentence_hash, sentences
from avma_sim.facts.load import Row, Tables

__all__ = [
    "CHANGED",
    "MOVED",
    "UNCHANGED",
    "ClauseCheck",
    "check_clauses",
    "lines_text",
    "spec_document",
    "verdict_text",
]

FORMAT: Final = 1
UNCHANGED: Final = "unchanged"
MOVED: Final = "moved"
CHANGED: Final = "changed"
_LINES: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


@attrs.frozen
class ClauseCheck:
    """What another edition of the document still has of a clause.

    Args:
        id: the clause's id.
        verdict: ``unchanged``, ``moved`` (every sentence is there, not in its old lines) or ``changed``.
        sentences: how many sentences stand behind the clause.
        missing: how many of them are not in the edition.
        lines: where the others stand in it, such as ``50, 62-64``; empty where none is left.
    """

    id: str
    verdict: str
    sentences: int
    missing: int
    lines: str


def check_clauses(rows: Iterable[Row], text: str) -> list[ClauseCheck]:
    """Hold each clause against another edition of the document.

    Args:
        rows: the rows of the table ``clause``.
        text: the edition, Markdown.

    Returns:
        One check a clause, in the order of the rows.
    """
    places: dict[str, list[int]] = {}
    for line, sentence in sentences(text):
        places.setdefault(sentence_hash(sentence), []).append(line)
    return [_check(row, places) for row in rows]


def _check(row: Row, places: Mapping[str, list[int]]) -> ClauseCheck:
    spans = [(int(first), int(last or first)) for first, last in _LINES.findall(row["lines"])]
    hashes = row["sentences"]
    found = [places[each] for each in hashes if each in places]
    # A sentence that occurs more than once counts where it stood, if it still does.
    old = [[line for line in lines if any(first <= line <= last for first, last in spans)] for lines in found]
    moved = not all(old)
    missing = len(hashes) - len(found)
    lines = {line for kept, lines in zip(old, found, strict=True) for line in (kept or lines[:1])}
    verdict = CHANGED if missing else MOVED if moved else UNCHANGED
    return ClauseCheck(row["id"], verdict, len(hashes), missing, lines_text(lines))


def lines_text(lines: Iterable[int]) -> str:
    """Return line numbers with those that follow each other as one range.

    Args:
        lines: line numbers.

    Returns:
        Text such as ``50, 62-64``.
    """
    ranges: list[list[int]] = []
    for line in sorted(set(lines)):
        if ranges and ranges[-1][1] == line - 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def verdict_text(check: ClauseCheck) -> str:
    """Return a check in words.

    Args:
        check: the check.

    Returns:
        Text such as ``changed: 1 of 2 sentences missing``.
    """
    if check.verdict == CHANGED:
        plural = "s" if check.sentences != 1 else ""
        text = f"changed: {check.missing} of {check.sentences} sentence{plural} missing"
        return f"{text}, the rest in line {check.lines}" if check.lines else text
    return f"moved: now in line {check.lines}" if check.verdict == MOVED else UNCHANGED


def spec_document(
    tables: Tables, digest: str, checks: list[ClauseCheck] | None = None, against: str = ""
) -> dict[str, Any]:
    """Return the clauses as a JSON document.

    Args:
        tables: rows by table name.
        digest: the facts' digest.
        checks: what an edition of the document still has of them, if one was named.
        against: the name of that edition's file.

    Returns:
        The document.
    """
    document: dict[str, Any] = {"format": FORMAT, "digest": digest, "clauses": tables["clause"]}
    if checks is not None:
        verdicts = [check.verdict for check in checks]
        document["against"] = against
        document["checks"] = [attrs.asdict(check) for check in checks]
        document["summary"] = {verdict: verdicts.count(verdict) for verdict in (UNCHANGED, MOVED, CHANGED)}
    return document
