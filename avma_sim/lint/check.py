"""Owns a whole lint: texts and files in, findings with their places out.

Must not know how a finding is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from avma_sim.facts.load import load_facts
from avma_sim.facts.tables import Facts
from avma_sim.lint.answer_file import is_image_key, spots
from avma_sim.lint.context import Context
from avma_sim.lint.files import find_files, read_file
from avma_sim.lint.findings import RULES, Evidence, Finding, KeySeen, Report
from avma_sim.lint.judge import Verdict, image_only, judge, standing, what_it_is
from avma_sim.lint.outline import Outline
from avma_sim.lint.scan import Written, find_keys, masked

__all__ = ["lint_paths", "lint_text"]

_IGNORE: Final = re.compile(r"avma-sim:[ \t]{0,4}ignore\[([a-z0-9 ,-]{1,200})\]")
_TELLING_PARTS: Final = 2


def lint_paths(paths: Sequence[str], facts: Facts | None = None) -> Report:
    """Look for product keys in files and folders.

    Args:
        paths: files and folders.
        facts: the facts; the shipped ones if None.

    Returns:
        The report.
    """
    reports = []
    for file in find_files(paths):
        source = read_file(file)
        if source.skipped:
            message = f"not read: {source.skipped}"
            reports.append(Report(1, (), (Finding(file, 1, 1, 1, RULES["file-skipped"], message),)))
        elif source.text is not None:
            reports.append(lint_text(source.text, file, facts))
    return _together(reports)


def _together(reports: Iterable[Report]) -> Report:
    parts = list(reports)
    return Report(
        sum(report.files for report in parts),
        tuple(key for report in parts for key in report.keys),
        tuple(finding for report in parts for finding in report.findings),
    )


def lint_text(text: str, file: str, facts: Facts | None = None) -> Report:
    """Look for product keys in one text.

    Args:
        text: the text.
        file: the name of its file, as it is to be told; what it says counts as evidence.
        facts: the facts; the shipped ones if None.

    Returns:
        The report.
    """
    facts = load_facts() if facts is None else facts
    keys = find_keys(facts, text)
    if not keys:
        return Report(1, (), ())
    outline = Outline(text, file)
    context = Context(text, _telling_path(file), outline, keys)
    ignored = _ignored(outline, keys)
    only_images = _image_keys(text, keys)
    seen, findings = [], []
    for key in keys:
        around: Mapping[str, Evidence] = context.around(key) if key.kind in ("avma", "kms") else {}
        line, col = outline.place(key.start)
        verdicts = judge(facts, key, around)
        if key.start in only_images:
            verdicts.append(image_only(key))
        told = ", ".join(verdict.rule.id for verdict in verdicts) or standing(key, around)
        verdicts = [verdict for verdict in verdicts if verdict.rule.id not in ignored[line]]
        shown = masked(key.key) if key.kind == "unknown" else text[key.start : key.end]
        seen.append(KeySeen(file, line + 1, col + 1, shown, what_it_is(facts, key), told))
        findings += [_finding(file, line, col, key, shown, verdict) for verdict in verdicts]
    return Report(1, tuple(seen), tuple(findings))


def _telling_path(file: str) -> str:
    """Return the part of a path that says something about the file, not about this machine."""
    path = Path(file)
    if not path.is_absolute():
        return file
    here = Path.cwd()
    parts = path.relative_to(here).parts if path.is_relative_to(here) else path.parts[-_TELLING_PARTS:]
    return str(Path(*parts))


def _ignored(outline: Outline, keys: Sequence[Written]) -> dict[int, set[str]]:
    """Return the rules that each key's line, or a line without keys above it, asks to leave out."""
    lines = {outline.place(key.start)[0] for key in keys}
    asked = {line: _asked(outline.lines[line]) for line in lines}
    for line in lines:
        if line and line - 1 not in lines:
            asked[line] |= _asked(outline.lines[line - 1])
    return asked


def _asked(text: str) -> set[str]:
    return {name.strip() for found in _IGNORE.finditer(text) for name in found[1].split(",")}


def _image_keys(text: str, keys: Sequence[Written]) -> set[int]:
    """Return the offsets of AVMA keys in an answer file that has none where Setup activates by it."""
    starts = [key.start for key in keys if key.kind == "avma"]
    if not starts or not text.lstrip().startswith("<"):
        return set()
    found = spots(text, starts)
    return set(starts) if all(is_image_key(found.get(start)) for start in starts) else set()


def _finding(file: str, line: int, col: int, key: Written, shown: str, verdict: Verdict) -> Finding:
    return Finding(
        file,
        line + 1,
        col + 1,
        col + 1 + key.end - key.start,
        verdict.rule,
        verdict.message,
        verdict.evidence,
        shown,
    )
