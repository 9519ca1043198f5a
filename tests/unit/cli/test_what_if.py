"""Tests `avma-sim what-if`: scenario files, lab files, their lab on disk, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: false}
    hv2: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2019, edition: standard, on: hv1, key: avma}
"""
STORY = f"{GIVEN}when:\n  - start: web01\n  - after: 1d\n    activate: hv1\n"
REFUSED = """\
As things stand: refused (invalid host, C004FD02, decision row 6).
It would be granted if:
- hv1 were activated (activate hv1): granted (decision row 11)
- web01 were on hv2 (migrate web01 hv2): granted (decision row 11)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lab.avma.yaml").write_text(GIVEN, "utf-8")
    Path("story.avma.yaml").write_text(STORY, "utf-8")


@pytest.mark.usefixtures("here")
def test_a_lab_file_as_it_is_given(command):
    assert command("what-if", "lab.avma.yaml", "--guest", "web01") == (0, REFUSED, "")


@pytest.mark.usefixtures("here")
def test_the_lab_on_disk_as_it_is_now(command):
    assert command("do", "lab.avma.yaml", "activate hv1", "start web01")[0] == 0
    code, out, _ = command("what-if", "lab.avma.yaml", "--guest", "web01")
    assert code == 0
    assert out.startswith("As things stand: granted (decision row 11).\nIt would not be granted if:\n")
    code, _, err = command("what-if", "lab.avma.yaml", "--guest", "web01", "--at", "1h")
    assert (code, "--at and --seed are for scenarios" in err) == (2, True)


@pytest.mark.usefixtures("here")
def test_a_scenario_at_its_end_and_before(command):
    code, out, _ = command("what-if", "story.avma.yaml", "--guest", "web01")
    assert (code, out.splitlines()[0]) == (0, "As things stand: granted (decision row 11).")
    for at in ("1h", "2025-01-01T01:00:00Z"):
        assert command("what-if", "story.avma.yaml", "--guest", "web01", "--at", at)[1] == REFUSED


@pytest.mark.usefixtures("here")
def test_a_document(command):
    code, out, _ = command("what-if", "lab.avma.yaml", "--guest", "web01", "--json")
    told = json.loads(out)
    assert (code, told["format"], told["now"]["code"], told["cut"]) == (0, 1, "C004FD02", False)
    assert [flip["changes"][0]["commands"] for flip in told["flips"]] == [
        ["activate hv1"],
        ["migrate web01 hv2"],
    ]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("lab.avma.yaml", "--guest", "web1"), 2, "did you mean 'web01'?"),
        (("story.avma.yaml", "--guest", "web01", "--at", "9d"), 2, "the scenario ends at"),
        (("story.avma.yaml", "--guest", "web01", "--at", "soon"), 2, "or a span since the start"),
        (("no.avma.yaml", "--guest", "web01"), 2, "does not exist"),
        (("bad.avma.yaml", "--guest", "web01"), 3, "bad.avma.yaml:1:1"),
    ],
)
def test_what_is_wrong(command, words, code, said):
    Path("bad.avma.yaml").write_text("- a\n", "utf-8")
    left, _, err = command("what-if", *words)
    assert (left, said in err) == (code, True)


@pytest.mark.usefixtures("here")
def test_where_nothing_helps_it_says_so(command):
    Path("deep.avma.yaml").write_text(
        GIVEN.replace(
            "edition: datacenter, activated: false", "edition: standard, service: hung, activated: false"
        )
        .replace("    hv2: {release: ws2019, edition: datacenter, activated: true}\n", "")
        .replace("key: avma", "key: avma, data_exchange: false"),
        "utf-8",
    )
    code, out, _ = command("what-if", "deep.avma.yaml", "--guest", "web01")
    assert (code, out.splitlines()[-1]) == (
        0,
        "No one or two of the facts that were tried would let it be granted.",
    )


@pytest.mark.usefixtures("here")
def test_an_attempt_that_is_pending_and_a_step_that_fails_are_told(command):
    text = STORY.replace("activated: false", "activated: false, latency: 5s").replace(
        "  - after: 1d\n    activate: hv1\n", ""
    )
    Path("slow.avma.yaml").write_text(text + "  - expect: {guests: {web01: {licence: licensed}}}\n", "utf-8")
    code, out, err = command("what-if", "slow.avma.yaml", "--guest", "web01")
    assert (code, out.splitlines()[0]) == (0, "An attempt was pending; this is about the next one after it.")
    assert "this step failed" in err
