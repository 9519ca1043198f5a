"""Tests `avma-sim trace`: scenarios, labs on disk and journals; how much is shown, and what is wrong."""

from __future__ import annotations

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
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
    web02: {release: ws2016, edition: standard, on: hv2, key: avma}
"""
STORY = f"{GIVEN}when:\n  - start: web01\n  - after: 1d\n    start: web02\n  - advance: 7d\n"
START = "2025-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lab.avma.yaml").write_text(GIVEN, "utf-8")
    Path("story.avma.yaml").write_text(STORY, "utf-8")


@pytest.fixture
def journal():
    """Write the journal of a lab with a long story; return how many entries it has."""
    lab = Lab(3)
    lab.add_host("hv1", release="ws2019", activated=False)
    for number in range(60):
        lab.add_guest(f"web{number}", on="hv1", release="ws2016", edition="standard", key="avma")
        lab.start(f"web{number}")
    lab.advance("10h")
    lines = list(lab.journal_lines())
    Path("long.jsonl").write_text("".join(f"{line}\n" for line in lines), "ascii")
    return len(lines) - 1


def numbers(out):
    """Return the indices of the entries that a timeline shows."""
    words = [line.split() for line in out.splitlines() if line.startswith("  ")]
    return [int(first) for first, *_ in words if first.isdigit()]


# What is shown.


def test_a_scenario_is_played_and_told(command):
    code, out, err = command("trace", "show", "story.avma.yaml", "--all")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [START, "    0 > add_host hv1 release=ws2019 edition=datacenter activated=true"]
    assert "   10   web01 runs: grace until 2025-01-11T00:00:00Z, next start now" in lines
    assert numbers(out) == list(range(len(numbers(out))))
    assert max(map(len, lines)) <= 80


def test_a_lab_file_is_told_as_given_and_then_as_its_lab_on_disk_is(command):
    assert "> start" not in command("trace", "show", "lab.avma.yaml")[1]
    assert command("do", "lab.avma.yaml", "start web01", "advance 1h")[0] == 0
    code, out, err = command("trace", "show", "lab.avma.yaml")
    assert (code, err) == (0, "")
    assert "> start web01" in out
    assert command("trace", "show", "lab.avma.lab/journal.jsonl")[1] == out


def test_a_scenario_is_played_whatever_lies_beside_it(command):
    assert command("do", "lab.avma.yaml", "start web02")[0] == 0
    Path("lab.avma.yaml").write_text(STORY, "utf-8")
    out = command("trace", "show", "lab.avma.yaml", "--all")[1]
    assert out == command("trace", "show", "story.avma.yaml", "--all")[1]


def test_of_a_lab_on_disk_what_was_not_committed_is_left_out_and_told(command):
    assert command("do", "lab.avma.yaml", "start web01")[0] == 0
    path = Path("lab.avma.lab/journal.jsonl")
    whole = command("trace", "show", "lab.avma.yaml")[1]
    lines = path.read_bytes().count(b"\n")
    with path.open("ab") as file:
        file.write(b'{"half')
    code, out, err = command("trace", "show", "lab.avma.yaml")
    assert (code, out) == (0, whole)
    assert err == f"{path}:{lines + 1}: from here on a call was not committed; it is left out\n"


@pytest.mark.parametrize("span", ["1d", "2025-01-02T00:00:00Z"])
def test_how_things_stood_at_an_instant(command, span):
    code, out, _ = command("trace", "show", "story.avma.yaml", "--at", span)
    assert code == 0
    blocks = out.split("\n\n")
    assert blocks[0].startswith("At 2025-01-02T00:00:00Z, after entry ")
    assert "web02: ws2016 standard on hv2, running, notification" in blocks[0]
    assert blocks[1].startswith("At this instant:\n2025-01-02T00:00:00Z\n")
    assert blocks[2].startswith(f"Before:\n{START}\n")
    then = numbers(blocks[1])
    assert numbers(blocks[2]) == [then[0] - 1]
    assert blocks[3].startswith("After:\n2025-01-02T02:00:00Z\n")
    assert numbers(blocks[3]) == [then[-1] + 1]


def test_between_two_instants_nothing_happens(command):
    _, out, _ = command("trace", "show", "story.avma.yaml", "--at", "1h")
    assert out.startswith("At 2025-01-01T01:00:00Z, after entry ")
    assert "web02: ws2016 standard on hv2, off" in out
    assert "\nNothing at this instant.\n" in out


def test_before_the_first_entry_nothing_stood(command):
    Path("empty.avma.yaml").write_text("given: {}\nwhen:\n  - advance: 1d\n", "utf-8")
    assert command("trace", "show", "empty.avma.yaml", "--at", "0s")[1].startswith(
        f"At {START}, after entry 0:"
    )
    Path("none.jsonl").write_text(f"{next(iter(Lab(3).journal_lines()))}\n", "ascii")
    assert command("trace", "show", "none.jsonl") == (0, "", "")
    code, out, _ = command("trace", "show", "none.jsonl", "--at", START)
    assert (code, out) == (0, f"At {START}, before any entry:\n\nNothing at this instant.\n")


def test_one_guest(command):
    _, out, _ = command("trace", "show", "story.avma.yaml", "--guest", "web02")
    assert "web02 asks hv2 (start)" in out
    assert "web01" not in out
    _, out, _ = command("trace", "show", "story.avma.yaml", "--guest", "web02", "--at", "2d")
    assert [line.partition(":")[0] for line in out.splitlines()[1:3]] == ["hv2", "web02"]
    assert "web01" not in out


def test_a_step_that_fails_is_told(command):
    Path("fails.avma.yaml").write_text(
        f"{STORY}  - expect: {{guests: {{web01: {{licence: grace}}}}}}\n", "utf-8"
    )
    code, out, err = command("trace", "show", "fails.avma.yaml")
    assert (code, out != "", "this step failed" in err) == (0, True, True)


def test_a_seed_plays_another_run(command):
    for shape in ("text", "mermaid"):
        words = ("trace", "show", "story.avma.yaml", "--guest", "web01", "--format", shape)
        assert command(*words, "--seed", "5")[1] == command(*words)[1]  # seeds change no story here
    assert command("trace", "diff", "story.avma.yaml", "story.avma.yaml", "--seed", "5")[0] == 0
    assert (
        command("trace", "diff", "story.avma.yaml", "story.avma.yaml", "--seed", "0", "--seed", "5")[0] == 1
    )


# Long stories.


def test_a_long_story_is_cut_and_says_how_to_see_the_rest(command, journal):
    code, out, err = command("trace", "show", "long.jsonl")
    assert (code, err) == (0, "")
    assert numbers(out) == [*range(100), *range(journal - 100, journal)]
    assert len(out.splitlines()) < 300
    told = " ".join(out.split())
    assert f"... {journal - 200} entries are left out here, 100 to {journal - 101}, from {START} to" in told
    assert told.endswith(
        f"--entries 100:{journal - 101} shows what is left out, --all everything, --guest NAME what concerns "
        "one guest, --at TIME how things stood."
    )
    rest = command("trace", "show", "long.jsonl", "--entries", f"100:{journal - 101}")[1]
    assert numbers(rest) == list(range(100, journal - 100))
    everything = command("trace", "show", "long.jsonl", "--all")[1]
    assert numbers(everything) == list(range(journal))
    assert "left out" not in rest + everything


@pytest.mark.parametrize(
    ("chosen", "first", "last"), [("5:7", 5, 7), (":3", 0, 3), ("9:9", 9, 9), ("400:", 400, None)]
)
def test_a_range_of_entries(command, journal, chosen, first, last):
    out = command("trace", "show", "long.jsonl", "--entries", chosen)[1]
    assert numbers(out) == list(range(first, (journal - 1 if last is None else last) + 1))


def test_an_instant_of_a_large_lab_is_cut_too(command, journal):
    _, out, _ = command("trace", "show", "long.jsonl", "--at", START)
    assert "\n... 21 more machines, packets and faults are left out\n" in out
    assert "entries are left out here" in out
    assert out.endswith("\n\n--guest NAME shows one guest and its host, --all everything.\n")
    _, out, _ = command("trace", "show", "long.jsonl", "--at", START, "--all")
    assert "left out" not in out
    assert "--all" not in out
    _, out, _ = command("trace", "show", "long.jsonl", "--at", START, "--guest", "web7")
    assert "left out" not in out
    _, out, _ = command("trace", "show", "long.jsonl", "--at", "1h")
    assert out.endswith("\n\n--guest NAME shows one guest and its host, --all everything.\n")


def test_a_long_story_of_one_guest_does_not_point_to_the_option_that_was_given(command):
    Path("retries.avma.yaml").write_text(f"{GIVEN}when:\n  - start: web02\n  - advance: 9d\n", "utf-8")
    out = command("trace", "show", "retries.avma.yaml", "--guest", "web02")[1]
    assert "entries are left out here" in out
    assert "--guest NAME" not in out


# Diagrams.


def test_a_diagram_of_one_guest(command):
    code, out, _ = command("trace", "show", "story.avma.yaml", "--guest", "web02", "--format", "mermaid")
    assert (code, out.splitlines()[0]) == (0, "sequenceDiagram")
    assert "participant m1 as hv2" in out
    words = ("trace", "show", "story.avma.yaml", "--guest", "web02", "--format", "svg", "--at", "26h")
    code, out, _ = command(*words)
    assert (code, out[:4], out[-7:]) == (0, "<svg", "</svg>\n")
    assert "2025-01-02T02:00:00Z" in out
    assert "2025-01-02T00:00:00Z" not in out
    assert command(*words, "--output", "one.svg") == (0, "", "")
    assert Path("one.svg").read_text("utf-8") == out


def test_a_diagram_of_the_only_guest_needs_no_name(command):
    Path("one.avma.yaml").write_text(
        STORY.replace("    web02: {release: ws2016, edition: standard, on: hv2, key: avma}\n", "").replace(
            "  - after: 1d\n    start: web02\n", ""
        ),
        "utf-8",
    )
    assert command("trace", "show", "one.avma.yaml", "--format", "mermaid")[0] == 0


# Where two part.


def test_the_same_story(command):
    code, out, _ = command("trace", "diff", "story.avma.yaml", "story.avma.yaml")
    assert (code, out.splitlines()[-1]) == (0, "The same story, entry by entry.")


def test_where_two_part(command):
    Path("other.avma.yaml").write_text(STORY.replace("after: 1d", "after: 2d"), "utf-8")
    code, out, _ = command("trace", "diff", "story.avma.yaml", "other.avma.yaml")
    assert code == 1
    blocks = out.split("\n\n")
    assert blocks[0].splitlines()[1].startswith("B: other.avma.yaml, seed 0, ")
    assert len(numbers(blocks[1])) == 3
    at = numbers(blocks[1])[-1] + 1
    assert blocks[2] == f"They part at entry {at}."
    assert [numbers(block) for block in blocks[3:]] == [list(range(at, at + 4))] * 2
    assert f"{at} > advance 2d" in blocks[4]
    code, out, _ = command("trace", "diff", "story.avma.yaml", "other.avma.yaml", "--json")
    told = json.loads(out)
    assert (code, told["format"], told["same"], told["at"], told["story"]) == (1, 1, False, at, False)
    assert set(told) == {"format", "same", "story", "at", "ended", "settings", "fields", "a", "b"}
    assert set(told["a"]) == {"file", "seed", "entries", "before", "after"}
    assert set(told["a"]["after"][0]) == {"n", "at_us", "command", "kind", "text"}
    assert (told["a"]["after"][0]["kind"], told["b"]["after"][0]["text"]) == ("advance", "advance 2d")


def test_a_story_is_what_is_told(command):
    words = ("trace", "diff", "story.avma.yaml", "story.avma.yaml", "--seed", "0", "--seed", "5")
    code, out, _ = command(*words)
    assert (code, "GuestAdded.guest.vm_id: " in out) == (1, True)
    code, out, _ = command(*words, "--story")
    assert (code, out.splitlines()[-1]) == (0, "The same story.")


def test_a_journal_and_the_scenario_that_it_came_from(command):
    assert command("do", "lab.avma.yaml", "start web01")[0] == 0
    Path("same.avma.yaml").write_text(f"{GIVEN}when:\n  - start: web01\n", "utf-8")
    assert command("trace", "diff", "lab.avma.yaml", "same.avma.yaml")[0] == 0


# What is wrong.


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "story.avma.yaml", "--guest", "web1"), 2, "did you mean 'web01'?"),
        (("show", "story.avma.yaml", "--guest", "web1", "--at", "1h"), 2, "did you mean 'web01'?"),
        (("show", "story.avma.yaml", "--guest", "web1", "--format", "svg"), 2, "did you mean 'web01'?"),
        (("show", "story.avma.yaml", "--format", "svg"), 2, "draws one guest: say which with --guest"),
        (
            ("show", "story.avma.yaml", "--at", "9d"),
            2,
            f"the trace goes from {START} to 2025-01-09T00:00:00Z",
        ),
        (("show", "story.avma.yaml", "--at", "2024-01-01T00:00:00Z"), 2, "the trace goes from"),
        (("show", "story.avma.yaml", "--at", "soon"), 2, "or a span since the start, such as 2d"),
        (("show", "story.avma.yaml", "--entries", "7"), 2, "'7' is no range of entries, such as 100:199"),
        (("show", "story.avma.yaml", "--entries", "7:3"), 2, "its last entry comes before its first"),
        (("show", "story.avma.yaml", "--entries", "900:"), 2, "none of them is told here; the trace has"),
        (
            ("show", "story.avma.yaml", "--entries", "1:2", "--at", "1h"),
            2,
            "not with --at, nor with a diagram",
        ),
        (("show", "story.avma.yaml", "--entries", "1:", "--format", "svg"), 2, "not with --at, nor with a"),
        (("show", "story.avma.yaml", "--output", "no/such"), 1, "no/such: cannot be written: "),
        (("show", "no.avma.yaml"), 2, "does not exist"),
        (("show", "bad.avma.yaml"), 3, "bad.avma.yaml:1:1"),
        (("diff", "story.avma.yaml", "bad.avma.yaml"), 3, "bad.avma.yaml:1:1"),
        (("show", "bad.jsonl"), 3, "bad.jsonl:1: "),
        (("show", "bytes.jsonl"), 3, "bytes.jsonl:1: no text of a journal; a journal is what StreamJournal"),
        (
            ("show", "good.jsonl", "--seed", "3"),
            2,
            "--seed is for scenarios; what good.jsonl tells has happened",
        ),
        (("diff", "story.avma.yaml", "story.avma.yaml", *("--seed", "1") * 3), 2, "once for both, or twice"),
    ],
)
def test_what_is_wrong(command, words, code, said):
    Path("bad.avma.yaml").write_text("- a\n", "utf-8")
    Path("bad.jsonl").write_text("{}\n", "utf-8")
    Path("bytes.jsonl").write_bytes(b"\xff\n")
    Path("good.jsonl").write_text("".join(f"{line}\n" for line in Lab(3).journal_lines()), "ascii")
    left, out, err = command("trace", *words)
    assert (left, out, said in err) == (code, "", True), err


def changed(lines, at, old, new):
    assert old in lines[at]
    return [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: changed(lines, 2, '"n":1', '"n":4'), ":3: entry 4 at "),
        (lambda lines: changed(lines, 2, '"type"', '"tipe"'), ":3: not an entry"),
        (lambda lines: changed(lines, 2, "17356", "97356" + "0" * 9), "which no calendar has"),
        (
            lambda lines: changed(lines, 0, '"settings":{', '"settings":{"start_us":-1,'),
            "which no calendar has",
        ),
    ],
)
def test_a_damaged_journal_is_refused_with_its_line(command, damage, said):
    lab = Lab(4)
    lab.add_host("hv1", release="ws2019", activated=True)
    lines = damage(list(lab.journal_lines()))
    Path("broken.jsonl").write_text("".join(f"{line}\n" for line in lines), "ascii")
    code, out, err = command("trace", "show", "broken.jsonl")
    assert (code, out) == (3, "")
    assert err.startswith("broken.jsonl:")
    assert said in err


def test_a_journal_that_cannot_be_read_is_told(command, monkeypatch):
    assert command("do", "lab.avma.yaml", "start web01")[0] == 0

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    code, _, err = command("trace", "show", "lab.avma.lab/journal.jsonl")
    assert (code, err) == (3, "lab.avma.lab/journal.jsonl: Permission denied\n")
