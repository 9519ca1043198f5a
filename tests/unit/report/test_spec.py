"""Another edition of a document, held against the clauses: unchanged, moved, changed."""

from __future__ import annotations

import pytest

from avma_sim.facts.document import sentence_hash
from avma_sim.report.spec import ClauseCheck, check_clauses, lines_text, spec_document, verdict_text

TEXT = "# Rules\n\nHosts activate guests. Guests ask.\n\nHosts answer.\n\nHosts answer.\n"


def clause(lines, *sentences):
    return {"id": "C01", "lines": lines, "sentences": [sentence_hash(each) for each in sentences]}


def check(row, text=TEXT):
    (found,) = check_clauses([row], text)
    return found


BOTH = clause("3", "Hosts activate guests.", "Guests ask.")


def test_unchanged():
    assert check(BOTH) == ClauseCheck("C01", "unchanged", 2, 0, "3")


@pytest.mark.parametrize("text", [TEXT.replace("Guests ask", "Guests beg"), TEXT.replace(" Guests ask.", "")])
def test_one_sentence_is_missing(text):
    found = check(BOTH, text)
    assert found == ClauseCheck("C01", "changed", 2, 1, "3")
    assert verdict_text(found) == "changed: 1 of 2 sentences missing, the rest in line 3"


def test_all_sentences_are_missing():
    found = check(clause("5", "Hosts answer."), "Nothing of it.")
    assert found == ClauseCheck("C01", "changed", 1, 1, "")
    assert verdict_text(found) == "changed: 1 of 1 sentence missing"


def test_line_numbers_have_moved():
    found = check(BOTH, f"\n{TEXT}")
    assert found == ClauseCheck("C01", "moved", 2, 0, "4")
    assert verdict_text(found) == "moved: now in line 4"
    assert verdict_text(check(BOTH)) == "unchanged"


def test_a_sentence_that_has_gone_elsewhere_is_moved_though_another_stays():
    assert check(BOTH, "\n\nHosts activate guests.\n\nGuests ask.\n") == ClauseCheck(
        "C01", "moved", 2, 0, "3, 5"
    )


@pytest.mark.parametrize(
    ("lines", "verdict", "now"),
    [
        ("5", "unchanged", "5"),
        ("7", "unchanged", "7"),
        ("4-6", "unchanged", "5"),
        ("1, 6-8", "unchanged", "7"),
        ("6", "moved", "5"),
        ("2-4", "moved", "5"),
        ("8-9", "moved", "5"),
    ],
)
def test_a_sentence_that_occurs_twice_counts_where_it_stood(lines, verdict, now):
    found = check(clause(lines, "Hosts answer."))
    assert (found.verdict, found.lines) == (verdict, now)


def test_a_clause_without_sentences_is_unchanged():
    assert check(clause("3")) == ClauseCheck("C01", "unchanged", 0, 0, "")


def test_lines_that_follow_each_other_are_a_range():
    assert lines_text([]) == ""
    assert lines_text([7, 3, 4, 5, 9, 9, 10]) == "3-5, 7, 9-10"


def test_document():
    rows = [BOTH, clause("5", "No."), clause("9", "Hosts answer.")]
    tables = {"clause": rows}
    assert spec_document(tables, "abc") == {"format": 1, "digest": "abc", "clauses": rows}
    told = spec_document(tables, "abc", check_clauses(rows, TEXT), "a.md")
    assert set(told) == {"format", "digest", "clauses", "against", "checks", "summary"}
    assert told["against"] == "a.md"
    assert told["summary"] == {"unchanged": 1, "moved": 1, "changed": 1}
    assert told["checks"][1] == {"id": "C01", "verdict": "changed", "sentences": 1, "missing": 1, "lines": ""}
