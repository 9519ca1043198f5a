"""Owns how a report is written: lines for people, and the formats of three other programs.

Must not judge anything.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from avma_sim.lint.findings import LEVELS, RULES, Finding, Report, harmless

__all__ = [
    "FORMATS",
    "as_github",
    "as_gitlab",
    "as_sarif",
    "as_text",
    "key_lines",
    "rule_lines",
    "summary",
    "written",
]

_PATH_SHOWN_MAX: Final = 4096
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB: Final = {"error": "error", "warning": "warning", "note": "notice"}
_GITLAB: Final = {"error": "major", "warning": "minor", "note": "info"}


def _clean(text: str) -> str:
    """Keep a stranger's file name from steering a terminal or breaking a line."""
    return "".join(harmless(symbol) for symbol in text[:_PATH_SHOWN_MAX])


def summary(report: Report) -> str:
    """Count what was found.

    Args:
        report: the report.

    Returns:
        One line.
    """
    counts = [
        f"{count} {level}{'s' if count != 1 else ''}" for level in LEVELS if (count := report.count(level))
    ]
    keys, files = len(report.keys), report.files
    about = f"{keys} key{'s' if keys != 1 else ''} in {files} file{'s' if files != 1 else ''}"
    return f"{', '.join(counts) or 'no findings'}, {about}"


def as_text(report: Report) -> str:
    """Write a report for people, one line a finding and the count below.

    Args:
        report: the report.

    Returns:
        The text.
    """
    lines = [
        f"{_clean(row.file)}:{row.line}:{row.col}: {row.rule.level}[{row.rule.id}]: {row.message}"
        for row in report.findings
    ]
    return "\n".join([*lines, summary(report)]) + "\n"


def key_lines(report: Report) -> str:
    """Write every key of a report, one line each: what it is, and how it stands.

    Args:
        report: the report.

    Returns:
        The text; empty where there is no key.
    """
    return "".join(
        f"{_clean(key.file)}:{key.line}:{key.col}: {key.key} is {key.what}: {key.verdict}\n"
        for key in report.keys
    )


def rule_lines() -> str:
    """Write the table of rules.

    Returns:
        One line a rule: id, level, summary.
    """
    width = max(map(len, RULES))
    return "".join(f"{rule.id:{width}}  {rule.level:7}  {rule.summary}\n" for rule in RULES.values())


def as_github(report: Report) -> str:
    """Write a report as workflow commands, which become annotations of a change.

    Args:
        report: the report.

    Returns:
        The text, one command a finding.
    """
    return "".join(map(_github_line, report.findings))


def _github_line(row: Finding) -> str:
    places = {
        "file": Path(row.file).as_posix(),
        "line": row.line,
        "endLine": row.line,
        "col": row.col,
        "endColumn": row.end_col,
        "title": f"avma-sim lint: {row.rule.id}",
    }
    told = ",".join(f"{name}={_github_property(str(value))}" for name, value in places.items())
    return f"::{_GITHUB[row.rule.level]} {told}::{_github_data(row.message)}\n"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def as_gitlab(report: Report) -> str:
    """Write a report as a Code Quality document.

    Args:
        report: the report.

    Returns:
        JSON.
    """
    rows = [
        {
            "check_name": row.rule.id,
            "description": row.message,
            "fingerprint": fingerprint,
            "location": {"lines": {"begin": row.line}, "path": Path(row.file).as_posix()},
            "severity": _GITLAB[row.rule.level],
        }
        for row, fingerprint in _fingerprints(report)
    ]
    return json.dumps(rows, indent=2, sort_keys=True) + "\n"


def _fingerprints(report: Report) -> Iterator[tuple[Finding, str]]:
    """Yield each finding with a name that stays when lines move, and that no other finding has."""
    seen: Counter[tuple[str, ...]] = Counter()
    for row in report.findings:
        what = (Path(row.file).as_posix(), row.rule.id, row.key)
        digest = hashlib.sha256("\0".join((*what, str(seen[what]))).encode("utf-8", "surrogateescape"))
        seen[what] += 1
        yield row, digest.hexdigest()


def as_sarif(report: Report, version: str = "") -> str:
    """Write a report as a SARIF 2.1.0 log.

    Args:
        report: the report.
        version: that of this program, if the log is to say so.

    Returns:
        JSON; columns count Unicode code points, and the log says so.
    """
    rules = list(RULES.values())
    driver = {
        "name": "avma-sim lint",
        **({"version": version} if version else {}),
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": f"{rule.summary[0].upper()}{rule.summary[1:]}."},
                "help": {"text": rule.advice},
                "defaultConfiguration": {"level": rule.level},
            }
            for rule in rules
        ],
    }
    order = {rule.id: place for place, rule in enumerate(rules)}
    results = [_sarif_result(row, order, fingerprint) for row, fingerprint in _fingerprints(report)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _sarif_result(row: Finding, order: Mapping[str, int], fingerprint: str) -> dict[str, Any]:
    region = {"startLine": row.line, "startColumn": row.col, "endLine": row.line, "endColumn": row.end_col}
    result: dict[str, Any] = {
        "ruleId": row.rule.id,
        "ruleIndex": order[row.rule.id],
        "level": row.rule.level,
        "message": {"text": row.message},
        "locations": [_sarif_place(row.file, region)],
        "partialFingerprints": {"avmaSimLint/v1": fingerprint},
    }
    if row.evidence is not None and row.evidence.line:
        place = _sarif_place(row.file, {"startLine": row.evidence.line})
        result["relatedLocations"] = [{**place, "message": {"text": f"{row.evidence}"}}]
    return result


def _sarif_place(file: str, region: Mapping[str, int]) -> dict[str, Any]:
    path = Path(file)
    name = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    if path.is_absolute():
        artifact = {"uri": f"file://{name if name.startswith('/') else '/' + name}"}
    else:
        artifact = {"uri": name, "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": dict(region)}}


_WRITERS: Final[Mapping[str, Callable[[Report], str]]] = {
    "text": as_text,
    "github": as_github,
    "gitlab": as_gitlab,
}
FORMATS: Final = (*_WRITERS, "sarif")


def written(report: Report, form: str, version: str) -> str:
    """Write a report in a named format.

    Args:
        report: the report.
        form: one of ``FORMATS``.
        version: that of this program.

    Returns:
        The text.
    """
    return as_sarif(report, version) if form == "sarif" else _WRITERS[form](report)
