"""What a report looks like to people, to GitHub, to GitLab, and as SARIF."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from avma_sim.lint.check import lint_paths, lint_text
from avma_sim.lint.findings import LEVELS, RULES, Evidence, Finding, Report, harmless
from avma_sim.lint.formats import FORMATS, as_sarif, key_lines, rule_lines, summary, written

D16, UNKNOWN = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J", "BCDFG-HJKMN-PQRTV-WXY23-46789"
TEXT = (
    f"# for ws2019\n$a = '\u00e9 {D16}'\n$b = '{UNKNOWN}'\n$c = '{UNKNOWN}'\nTMJ3Y NTRTM FJYXT T22BY CWG3J\n"
)
NAME = "a b/f,1:2%.ps1"
WHAT_2016 = "the AVMA key of Windows Server 2016 / 1709 / 1803 Datacenter"
IS_2016 = f"{D16} is {WHAT_2016}"
NOTE = "*****-*****-*****-*****-46789 is a well-formed product key"


@pytest.fixture
def report():
    return lint_text(TEXT, NAME)


def test_text_is_one_line_a_finding(report):
    text = written(report, "text", "1")
    advice = "it may be a secret, such as a retail or MAK key"
    masked = f"note[unknown-key]: {NOTE} that avma-sim does not know; {advice}"
    is_wrong = f"{IS_2016}, but line 1 says '2019'; the AVMA key there is H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
    is_spaced = f"{D16}, {WHAT_2016}, is written with stray blanks; write it as here"
    assert text.splitlines() == [
        f"{NAME}:2:9: error[wrong-release]: {is_wrong}",
        f"{NAME}:3:7: {masked}",
        f"{NAME}:4:7: {masked}",
        f"{NAME}:5:1: warning[malformed-key]: {is_spaced}",
        "1 error, 1 warning, 2 notes, 4 keys in 1 file",
    ]


def test_a_summary_counts():
    assert summary(Report(0, (), ())) == "no findings, 0 keys in 0 files"
    assert summary(lint_text(D16, "x")) == "no findings, 1 key in 1 file"


def test_keys_are_listed_with_what_they_are():
    kms = "WMDGN-G9PQG-XVVXX-R3X43-63DFG"
    report = lint_text(f"2016: {D16}\n\n\n\n{D16}\n\n\n\n{kms}\n{UNKNOWN}", "f.yml")
    is_kms = f"{kms} is the KMS client key of Windows Server 2019 Datacenter"
    assert key_lines(report).splitlines() == [
        f"f.yml:1:7: {IS_2016}: fits: line 1 says '2016'",
        f"f.yml:5:1: {IS_2016}: not judged: nothing near it names a release or an edition",
        f"f.yml:9:1: {is_kms}: no AVMA key, and not given as one",
        f"f.yml:10:1: {NOTE} that avma-sim does not know: unknown-key",
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_an_unknown_key_is_masked_everywhere(form, report):
    text = written(report, form, "1") + key_lines(report) + repr(report)
    assert UNKNOWN not in text
    assert "BCDFG" not in text
    assert "46789" in text
    assert D16 in text


def test_github_commands_are_escaped(report):
    first, *_ = written(report, "github", "1").splitlines()
    assert first.startswith(
        "::error file=a b/f%2C1%3A2%25.ps1,line=2,endLine=2,col=9,endColumn=38,"
        f"title=avma-sim lint%3A wrong-release::{D16} is the AVMA key"
    )
    levels = re.findall(r"^::(\w+) ", written(report, "github", "1"), re.MULTILINE)
    assert levels == ["error", "notice", "notice", "warning"]


def test_github_data_keeps_on_one_line():
    finding = Finding("a\nb\r", 1, 1, 2, RULES["near-miss"], "100% of\nit: a, b\r")
    text = written(Report(1, (), (finding,)), "github", "1")
    assert text == (
        "::error file=a%0Ab%0D,line=1,endLine=1,col=1,endColumn=2,title=avma-sim lint%3A near-miss"
        "::100%25 of%0Ait: a, b%0D\n"
    )


def test_gitlab_rows(report):
    rows = json.loads(written(report, "gitlab", "1"))
    assert [row["severity"] for row in rows] == ["major", "info", "info", "minor"]
    assert [row["check_name"] for row in rows] == [
        "wrong-release",
        "unknown-key",
        "unknown-key",
        "malformed-key",
    ]
    assert [row["location"] for row in rows] == [
        {"path": NAME, "lines": {"begin": line}} for line in (2, 3, 4, 5)
    ]
    assert len({row["fingerprint"] for row in rows}) == 4
    assert all(re.fullmatch(r"[0-9a-f]{64}", row["fingerprint"]) for row in rows)
    assert all(
        set(row) == {"check_name", "description", "fingerprint", "location", "severity"} for row in rows
    )


def test_a_fingerprint_stays_when_lines_move(report):
    moved = lint_text("\n\n\n" + TEXT, NAME)
    before, after = (
        [row["fingerprint"] for row in json.loads(written(each, "gitlab", "1"))] for each in (report, moved)
    )
    assert before == after


def check_sarif(log):
    """Assert the structure that SARIF 2.1.0 asks for, as far as we use it."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert set(driver) <= {"name", "version", "rules"}
    for rule in driver["rules"]:
        assert set(rule) == {"id", "shortDescription", "help", "defaultConfiguration"}
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"]
    for result in run["results"]:
        assert set(result) - {"relatedLocations"} == {
            *("ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints")
        }
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            assert re.fullmatch(r"[A-Za-z0-9%._~/:-]+", place["physicalLocation"]["artifactLocation"]["uri"])
            assert all(number >= 1 for number in place["physicalLocation"]["region"].values())
    return run


def test_sarif(report):
    run = check_sarif(json.loads(as_sarif(report, "9.9")))
    assert run["tool"]["driver"]["version"] == "9.9"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    first = run["results"][0]
    artifact = {"uri": "a%20b/f%2C1%3A2%25.ps1", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 38}
    assert first["locations"] == [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    assert first["relatedLocations"] == [
        {
            "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}},
            "message": {"text": "line 1 says '2019'"},
        }
    ]
    assert "relatedLocations" not in run["results"][1]


def test_sarif_of_nothing_and_of_a_path_as_evidence():
    assert check_sarif(json.loads(as_sarif(Report(0, (), ()))))["results"] == []
    (result,) = check_sarif(json.loads(as_sarif(lint_text(D16, "ws2019.txt"))))["results"]
    assert "relatedLocations" not in result


def test_sarif_of_a_whole_path(tmp_path):
    file = tmp_path / "\u00e9 2019.txt"
    file.write_text(D16, "utf-8")
    (result,) = check_sarif(json.loads(as_sarif(lint_paths([str(file)]))))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"].startswith("file:///")
    assert artifact["uri"].endswith("/%C3%A9%202019.txt")
    assert "uriBaseId" not in artifact


def test_a_file_with_a_strange_name_steers_no_terminal():
    report = lint_text(f"{D16} \x1b[31m 2019", "a\x1b[0m\nb.txt")
    text = written(report, "text", "1") + key_lines(report)
    assert "\x1b" not in text
    assert text.count("\n") == 3
    assert "a\\x1b[0m\\x0ab.txt:1:1: error" in text


def test_evidence_is_short_and_harmless():
    assert harmless("a\x07\u200bb") == "a\\x07\\x200bb"
    assert harmless("x" * 61) == "x" * 57 + "..."
    assert str(Evidence(frozenset("a"), ("x\n", "y"), 3)) == "line 3 says 'x\\\\x0a' and 'y'"


def test_rules_are_listed():
    lines = rule_lines().splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert all(line.split()[1] in LEVELS for line in lines)
    assert len({line.index(line.split()[1]) for line in lines}) == 1


def test_the_page_has_each_rule_and_each_format():
    page = (Path(__file__).parents[3] / "docs" / "lint.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(rule.id, rule.level, rule.summary) for rule in RULES.values()]
    told = re.findall(r"^\| `([a-z]+)` \|", page.partition("## Formats")[2], re.MULTILINE)
    assert sorted(told) == sorted(FORMATS)
