"""Tests `avma-sim report`: labs on disk, scenarios and journals; formats, filters and exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from avma_sim import Lab

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
    hv2: {release: ws2019, edition: datacenter, activated: false}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma, tenant: acme}
    web02: {release: ws2016, edition: standard, on: hv2, key: avma, tenant: zeta}
"""
STORY = f"{GIVEN}when:\n  - start: web01\n  - after: 1d\n    start: web02\n  - advance: 7d\n"
GOLDEN = Path(__file__).with_name("golden-report-1.json")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lab.avma.yaml").write_text(GIVEN, "utf-8")
    Path("story.avma.yaml").write_text(STORY, "utf-8")


@pytest.fixture
def journal():
    """Write the journal of a lab whose guests were read."""
    lab = Lab(3)
    lab.add_host("hv1", release="ws2019", activated=True)
    for name, tenant in (("web01", "acme"), ("web02", "zeta")):
        lab.add_guest(name, on="hv1", release="ws2016", edition="standard", key="avma", tenant=tenant)
        lab.start(name)
    lab.write_kvp("web02", {"note": "[red]]]><script>\n\x1b[2J", "OSName": "x"})
    lab.write_kvp("web02", {"OSName": "[bold]=1+1\x1b[2J"}, pool="auto")
    lab.read_kvp()
    lab.advance("8d")
    Path("read.jsonl").write_text("".join(f"{line}\n" for line in lab.journal_lines()), "ascii")
    return lab


def test_a_scenario_is_played_and_reported(command):
    code, out, err = command("report", "story.avma.yaml")
    assert (code, err) == (0, "")
    assert out.startswith("What hosts know of their guests at 2025-01-09T00:00:00Z\n")
    for title in (
        "Inventory: 2",
        "History (events 12310 of the hosts): ",
        "Usage per tenant: ",
        "Findings: ",
    ):
        assert title in out
    assert "host-not-activated" in out
    assert "never-read" in out
    assert "* unverified" in out
    assert "\x1b" not in out


def test_a_lab_on_disk_is_reported(command):
    assert command("do", "lab.avma.yaml", "start: web01")[0] == 0
    code, out, err = command("report", "lab.avma.yaml", "--section", "history")
    assert (code, err) == (0, "")
    assert "granted" in out
    assert "Inventory" not in out
    assert "* unverified" not in out


def test_a_journal_is_reported_and_hostile_text_is_shown_harmless(command, journal):
    code, out, err = command("report", "read.jsonl", "--section", "inventory")
    assert (code, err) == (0, "")
    assert "[bold]=1+1\\x1b[2J" in "".join(out.split())
    assert "\x1b" not in out


def test_json_is_the_documented_document(command, journal):
    code, out, err = command("report", "read.jsonl", "--format", "json")
    assert (code, err) == (0, "")
    assert json.loads(out) == journal.report().to_dict() == json.loads(GOLDEN.read_text("utf-8"))


def test_json_has_the_sections_that_are_asked_for(command, journal):
    _, out, _ = command(
        "report", "read.jsonl", "--format", "json", "--section", "usage", "--section", "findings"
    )
    document = json.loads(out)
    assert {"usage", "findings", "format", "counts"} <= set(document)
    assert not {"inventory", "history"} & set(document)


def test_csv_is_one_section(command, journal):
    code, _, err = command("report", "read.jsonl", "--format", "csv")
    assert code == 2
    assert "say which with --section (inventory, history, usage, findings)" in err
    assert (
        command("report", "read.jsonl", "--format", "csv", "--section", "usage", "--section", "history")[0]
        == 2
    )
    code, out, err = command("report", "read.jsonl", "--format", "csv", "--section", "history")
    assert (code, err) == (0, "")
    assert [row["guest"] for row in csv.DictReader(io.StringIO(out))] == ["web01", "web02"] * 2


def test_markdown_has_headlines_and_no_markup_of_strangers(command, journal):
    code, out, err = command("report", "read.jsonl", "--format", "markdown")
    assert (code, err) == (0, "")
    assert out.startswith("# What hosts know of their guests at 2025-01-09T00:00:00Z\n")
    assert [line for line in out.splitlines() if line.startswith("## ")] == [
        "## Inventory",
        "## History (events 12310 of the hosts)",
        "## Usage per tenant",
        "## Findings",
    ]
    assert "<script>" not in out


def test_filters_choose_and_are_named(command, journal):
    _, out, _ = command("report", "read.jsonl", "--tenant", "acme", "--host", "hv1")
    assert out.startswith("What hosts know of their guests at 2025-01-09T00:00:00Z, tenant acme, host hv1\n")
    assert "web01" in out
    assert "web02" not in out


@pytest.mark.parametrize(
    ("as_of", "at"),
    [
        ("1d", "2025-01-02T00:00:00Z"),
        ("2025-01-01T12:00:00Z", "2025-01-01T12:00:00Z"),
        ("7d", "2025-01-08T00:00:00Z"),
    ],
)
def test_as_of_is_the_past(command, journal, as_of, at):
    _, out, _ = command("report", "read.jsonl", "--as-of", as_of, "--format", "json")
    assert json.loads(out) == journal.at(at).report().to_dict()


def test_stale_after_is_a_span(command, journal):
    _, out, _ = command("report", "read.jsonl", "--stale-after", "9d", "--section", "findings")
    assert "read-long-ago" not in out
    _, out, _ = command("report", "read.jsonl", "--section", "findings")
    assert "read-long-ago" in out


@pytest.mark.parametrize(
    ("file", "options", "code"),
    [
        ("story.avma.yaml", [], 0),
        ("story.avma.yaml", ["--fail-on", "error"], 1),
        ("story.avma.yaml", ["--fail-on", "error", "--tenant", "acme"], 0),
        ("story.avma.yaml", ["--fail-on", "warning", "--tenant", "acme"], 1),
        ("lab.avma.yaml", ["--fail-on", "warning"], 0),
    ],
)
def test_fail_on_is_an_exit_code(command, file, options, code):
    assert command("report", file, *options)[0] == code


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tenant", "acm"], "unknown tenant 'acm'; did you mean 'acme'"),
        (["--host", "hv11"], "unknown host 'hv11'; did you mean 'hv1'"),
        (["--as-of", "9d"], "--as-of: the trace goes from 2025-01-01T00:00:00Z to 2025-01-09T00:00:00Z"),
        (["--as-of", "soon"], "--as-of: not an instant: 'soon'"),
        (["--stale-after", "1"], "did you mean '1s'"),
        (["--section", "all"], "'all' is not one of"),
        (["--fail-on", "info"], "'info' is not one of"),
    ],
)
def test_wrong_options_are_told(command, options, said):
    code, _, err = command("report", "story.avma.yaml", *options)
    assert code == 2
    assert said in " ".join(err.split())


def test_a_damaged_journal_is_told_with_its_line(command, journal):
    with Path("read.jsonl").open("a", encoding="ascii") as file:
        file.write("{}\n")
    code, _, err = command("report", "read.jsonl")
    assert code == 3
    assert "read.jsonl:" in err


def test_long_sections_are_cut_and_all_shows_them(command):
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    for number in range(101):
        lab.add_guest(f"vm{number:03}", on="hv1", release="ws2016", edition="standard", key="avma").start()
    lab.advance("7d")
    Path("many.jsonl").write_text("".join(f"{line}\n" for line in lab.journal_lines()), "ascii")
    _, out, _ = command("report", "many.jsonl", "--section", "inventory", "--section", "history")
    assert "vm099" in out
    assert "1 more are left out; --all shows them." in out
    assert "182 older are left out; --all shows them." in out
    assert "2025-01-01T00:00:00Z   hv1" not in out
    _, out, _ = command("report", "many.jsonl", "--section", "inventory", "--all")
    assert "vm100" in out
    assert "left out" not in out
