"""Owns the report that build servers read: JUnit's XML, by junitparser.

Must not write files; is imported only where such a report is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from junitparser import Error, JUnitXml, Properties, Property, TestCase, TestSuite
from junitparser import Failure as Failed

from avma_sim.errors import Problem, harmless
from avma_sim.scenario.failure import failure_lines
from avma_sim.scenario.reports import Batch, readings_text
from avma_sim.scenario.run import Result

__all__ = ["junit_report"]

# Characters that no XML document can hold, not even escaped.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(batch: Batch) -> str:
    """Return a run as JUnit's XML: a test case for each scenario and seed, an error for each invalid file.

    Args:
        batch: the run.

    Returns:
        XML text, whatever characters the names hold.
    """
    suite = TestSuite("avma-sim")
    for result in batch.results:
        suite.append(_case(result))
    for file in dict.fromkeys(problem.file for problem in batch.problems):
        suite.append(_invalid(file, [problem for problem in batch.problems if problem.file == file]))
    for defect in batch.defects:
        case = _named("defect", "avma-sim")
        case.result = [_told(Error, "defect", defect, [defect])]
        suite.append(case)
    report = JUnitXml()
    report.append(suite)
    report.update_statistics()
    text = report.tostring().decode("utf-8")
    # ElementTree declares UTF-8, lxml, which junitparser prefers where it is installed, does not.
    return text if text.startswith("<?xml") else f"<?xml version='1.0' encoding='utf-8'?>\n{text}"


def _case(result: Result) -> TestCase:
    readings = readings_text(result.readings)
    under = f"seed {result.seed}, {readings}" if readings else f"seed {result.seed}"
    case = _named(f"{result.scenario} [{under}]", result.file)
    properties = Properties()
    told = {
        "seed": str(result.seed),
        "readings": readings,
        "clauses": " ".join(result.clauses),
        "trace_hash": result.trace_hash,
    }
    for name, value in told.items():
        properties.add_property(Property(name, _legal(value)))
    case.append(properties)
    if result.failures:
        first = result.failures[0]
        message = f"{first.about}: wanted {first.wanted}, got {first.got}"
        texts = ["\n".join(failure_lines(result, failure)) for failure in result.failures]
        case.result = [_told(Failed, "expectation", message, "\n\n".join(texts).split("\n"))]
    return case


def _invalid(file: str, problems: Sequence[Problem]) -> TestCase:
    case = _named("file is valid", file)
    lines = [str(problem) for problem in problems]
    case.result = [_told(Error, "invalid", lines[0], lines)]
    return case


def _named(name: str, classname: str) -> TestCase:
    return TestCase(_legal(name), _legal(classname))


def _told(kind: type[Error | Failed], name: str, message: str, lines: Iterable[str]) -> Error | Failed:
    """Make what is inside a case: one element, for many readers of this format know no more."""
    told = kind(_legal(message), name)
    told.text = "\n".join(map(_legal, lines))
    return told


def _legal(text: str) -> str:
    """Spell out what a terminal or an XML document cannot hold."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", harmless(text))
