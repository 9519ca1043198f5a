"""Reports of a run: each a pure function, and no name in it means more than its letters."""

from __future__ import annotations

import html
import json
import re
from xml.etree import ElementTree as ET

import pytest

from avma_sim.errors import Problem, harmless
from avma_sim.scenario.failure import failure_lines
from avma_sim.scenario.job import document, result_row
from avma_sim.scenario.junit import junit_report
from avma_sim.scenario.reports import (
    Batch,
    Played,
    clause_tally,
    json_report,
    markdown_report,
    problem_command,
    readings_text,
    workflow_commands,
)
from avma_sim.scenario.run import Failure, Result

FAILURE = Failure("f.yaml", 2, 3, "a step", "guest a: licence", "grace", "licensed", ("1 x",), ("so",))
SECOND = Failure("f.yaml", 4, 5, "a step", "guest b: licence", "grace", "licensed")
EVIL = "a\x00\x1b[2J\x85\ud800\ufffe\n::error::<b>|*_`[x](y)&amp;]]></pre> www.x.y @all http://z \"'%"


def result(file="f.yaml", seed=0, failures=(), scenario="a name", **fields) -> Result:
    told = {"readings": {}, "clauses": ("C01", "C06"), "trace_hash": "00ff", "steps": 3, **fields}
    return Result(file, scenario, seed, failures=failures, **told)


GOOD = Batch((result(), result(seed=1)), played=(Played(("C01", "C06"), True),))
BAD = Batch(
    (result(), result("g.yaml", 7, (FAILURE, SECOND), readings={"z": "1", "a": "2"}, clauses=("C06",))),
    (
        Problem("i.yaml", 3, 4, "when[0]", "wrong"),
        Problem("i.yaml", 5, 6, "", "wrong too"),
        Problem("j", 0, 0, "", "gone"),
    ),
    ("d.yaml: a defect",),
    (Played(("C01", "C06"), True), Played(("C06",), False)),
)
HOSTILE = Batch(
    (
        result(
            EVIL,
            failures=(Failure(EVIL, 1, 1, EVIL, EVIL, EVIL, EVIL, (EVIL,), (EVIL,)),),
            scenario=EVIL,
            readings={"r": EVIL},
        ),
    ),
    (Problem(EVIL, 1, 1, EVIL, EVIL),),
    (EVIL,),
)


# How one failure is told.


def test_lines_take_the_source_from_the_text_that_is_given():
    assert failure_lines(result(), FAILURE, "one\n  two \n")[1] == "    2 | two"
    assert failure_lines(result(), FAILURE, "one")[1] == "    2 | (the file has changed since)"
    assert failure_lines(result(), FAILURE)[1] == "    2 | (the file has changed since)"


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({}, ""),
        ({"starts_programs": True}, " --allow-run"),
        ({"depends_on": ("r",), "starts_programs": True}, " --readings all --allow-run"),
    ],
)
def test_the_command_that_shows_it_again_has_all_that_it_needs(fields, more):
    assert failure_lines(result(**fields), FAILURE)[-1] == f"  again   avma-sim run f.yaml --seed 0{more}"


def test_lines_are_lines():
    (batch,) = HOSTILE.results
    told = "".join(failure_lines(batch, batch.failures[0], EVIL))
    assert harmless(told) == told
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", told)


# Clauses.


def test_a_tally_has_every_clause_of_the_document():
    tally = clause_tally(iter(BAD.played))
    assert list(tally) == [f"C{number:02d}" for number in range(1, 21)]
    assert {clause: counts for clause, counts in tally.items() if counts != (0, 0)} == {
        "C01": (1, 1),
        "C06": (2, 1),
    }


def test_several_are_more_than_one_file():
    assert not Batch().several
    assert not GOOD.several
    assert BAD.several


# JSON.


@pytest.mark.parametrize("batch", [Batch(), GOOD, BAD, HOSTILE])
def test_json_is_the_document_of_a_run(batch):
    told = json.loads(json_report(batch))
    clauses = told.pop("clauses", None)
    assert told == document(map(result_row, batch.results), batch.problems, batch.defects)
    assert (clauses is not None) == batch.several


def test_json_has_the_tally_where_more_than_one_file_ran():
    told = json.loads(json_report(BAD))["clauses"]
    assert len(told) == 20
    assert told["C06"] == {"scenarios": 2, "passed": 1}
    assert told["C02"] == {"scenarios": 0, "passed": 0}


def test_readings_are_told_in_one_order():
    assert readings_text({"z": "1", "a": "2"}) == "a=2, z=1"
    assert readings_text({}) == ""


# Workflow commands.


def test_a_run_that_passed_has_nothing_to_tell_a_runner():
    assert workflow_commands(GOOD) == []


def test_workflow_commands_stand_at_their_places():
    first, second, *others = workflow_commands(BAD)
    wanted = "\n".join(failure_lines(BAD.results[1], FAILURE))
    assert first == f"::error file=f.yaml,line=2,col=3::{wanted}".replace("\n", "%0A")
    assert second.startswith("::error file=f.yaml,line=4,col=5::f.yaml:4:5: FAILED under seed 7: a step%0A")
    assert others == [
        "::error file=i.yaml,line=3,col=4::when[0]: wrong",
        "::error file=i.yaml,line=5,col=6::wrong too",
        "::error file=j::gone",
        "::error::d.yaml: a defect",
    ]


def test_what_could_end_a_value_is_spelt_as_a_runner_wants_it():
    problem = Problem("C:\\a,b%\r\n.yaml", 1, 2, "", "100%\r\n::warning::x, y: z")
    assert problem_command(problem) == (
        "::error file=C%3A\\a%2Cb%25%0D%0A.yaml,line=1,col=2::100%25%0D%0A::warning::x, y: z"
    )


def test_no_name_makes_a_command_of_its_own():
    told = workflow_commands(HOSTILE)
    assert len(told) == 3
    assert all(line.startswith("::error") and len(line.splitlines()) <= 2 for line in told)
    assert all("\n" not in line and "\r" not in line for line in told)


# Markdown.


def test_markdown():
    told = markdown_report(BAD)
    assert "\n1 of 2 runs passed, from 2 files\n" in told
    assert (
        "\n| passed | f.yaml | a name | 1/1 | C01 C06 |\n| **FAILED** | g.yaml | a name | 0/1 | C06 |\n"
        in told
    )
    assert "<summary>f.yaml&#58;2&#58; a step (seed 7)</summary>" in told
    lines = "\n".join(failure_lines(BAD.results[1], FAILURE))
    assert f"\n\n<pre>{html.escape(lines)}</pre>\n\n</details>\n" in told
    assert "<summary>3 problems of files</summary>\n\n<pre>i.yaml:3:4: when[0]: wrong\n" in told
    assert "<summary>1 defects of avma-sim</summary>\n\n<pre>d.yaml: a defect</pre>" in told
    assert "\n| C06 | 2 | 1 |\n" in told
    assert told.count("<details>") == told.count("</details>") == 4


def test_markdown_of_a_run_that_passed():
    told = markdown_report(GOOD)
    assert "2 of 2 runs passed, from 1 file\n" in told
    assert "<details>" not in told
    assert "clause |" not in told, "one file says it itself"


def test_markdown_of_nothing():
    assert markdown_report(Batch()) == "## avma-sim\n\n0 of 0 runs passed, from 0 files\n"


def test_no_name_is_markup():
    told = markdown_report(HOSTILE)
    outside = re.sub(r"<pre>.*?</pre>", "", told, flags=re.DOTALL)
    assert set(re.findall(r"<[^>]*>", outside)) == {"<details>", "<summary>", "</summary>", "</details>"}
    assert told.count("</pre>") == told.count("<pre>") == 3
    row = next(line for line in told.splitlines() if line.startswith("| **FAILED**"))
    assert row.count("|") == 6
    for mark in ("<b>", "*", "_", "`", "[x]", "www.", "@", "http:", "&amp;"):
        assert mark not in row.replace("**FAILED**", "")
    assert harmless(html.unescape(row)).count(harmless(EVIL)) == 2, "every letter is there all the same"
    assert "\x1b" not in told


# JUnit.


def cases(batch: Batch) -> list[ET.Element]:
    return list(ET.fromstring(junit_report(batch)).iter("testcase"))  # noqa: S314 - our own words


def test_junit_has_a_case_for_each_scenario_and_seed():
    assert [(case.get("classname"), case.get("name")) for case in cases(BAD)] == [
        ("f.yaml", "a name [seed 0]"),
        ("g.yaml", "a name [seed 7, a=2, z=1]"),
        ("i.yaml", "file is valid"),
        ("j", "file is valid"),
        ("avma-sim", "defect"),
    ]


def test_junit_tells_properties():
    told = cases(BAD)[1].findall("properties/property")
    assert {one.get("name"): one.get("value") for one in told} == {
        "seed": "7",
        "readings": "a=2, z=1",
        "clauses": "C06",
        "trace_hash": "00ff",
    }


def test_junit_tells_a_failure_as_the_console_does():
    good, bad, *_ = cases(BAD)
    assert [child.tag for child in good] == ["properties"]
    (failure,) = bad.findall("failure")
    assert failure.get("message") == "guest a: licence: wanted grace, got licensed"
    texts = ["\n".join(failure_lines(BAD.results[1], one)) for one in (FAILURE, SECOND)]
    assert failure.text == "\n\n".join(texts)
    assert "again   avma-sim run f.yaml --seed 7" in failure.text


def test_junit_tells_problems_and_defects_as_errors():
    errors = [case.find("error") for case in cases(BAD)[2:]]
    assert [(error.get("type"), error.get("message"), error.text) for error in errors] == [
        ("invalid", "i.yaml:3:4: when[0]: wrong", "i.yaml:3:4: when[0]: wrong\ni.yaml:5:6: wrong too"),
        ("invalid", "j: gone", "j: gone"),
        ("defect", "d.yaml: a defect", "d.yaml: a defect"),
    ]


def test_junit_counts():
    root = ET.fromstring(junit_report(BAD))  # noqa: S314 - our own words
    for element in (root, root.find("testsuite")):
        assert [element.get(name) for name in ("tests", "failures", "errors")] == ["5", "1", "3"]


def test_junit_holds_only_what_xml_can():
    text = junit_report(HOSTILE)
    assert text.startswith("<?xml version='1.0' encoding='utf-8'?>\n")
    assert not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    first = cases(HOSTILE)[0]
    assert first.get("classname").startswith("a\\x00\\x1b[2J\\x85\\ud800\\ufffe\\x0a::error::<b>")


def test_junit_says_its_encoding_whoever_writes_it(monkeypatch):
    """Where lxml is installed, junitparser writes with it, and it leaves the declaration away."""
    from junitparser import JUnitXml

    monkeypatch.setattr(JUnitXml, "tostring", lambda _: b"<testsuites />")
    assert junit_report(Batch()) == "<?xml version='1.0' encoding='utf-8'?>\n<testsuites />"
