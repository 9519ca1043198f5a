"""Tests `avma-sim mutants`: the list, our own scenarios, a user's command, and what is said wrongly."""

from __future__ import annotations

import json
import sys

import pytest

from avma_sim.cli import mutants as room
from avma_sim.sim.behaviour import BEHAVIOUR_VARIABLE
from avma_sim.testing.killing import Kill
from avma_sim.wrong import wrong_worlds

WORLDS = wrong_worlds()
TWO = ("--world", "newer-guest", "--world", "start-asks-nothing")
NOTICES = f"import os, sys; sys.exit(os.environ.get({BEHAVIOUR_VARIABLE!r}, '').endswith(':newer_guest'))"
FAILS = "import sys; sys.exit('theirs fail')"


def python(code):
    return ("--", sys.executable, "-c", code)


def test_the_list(command):
    code, out, err = command("mutants", "--list")
    assert (code, err) == (0, "")
    assert all(world.id in out for world in WORLDS)
    assert "activates a newer guest" in out
    seen = sum(world.kind == "user-visible" for world in WORLDS)
    assert seen < len(WORLDS)
    assert out.splitlines()[-1] == f"{len(WORLDS)} wrong worlds, {seen} of them user-visible"


def test_the_list_as_a_document(command):
    code, out, _ = command("mutants", "--list", "--format", "json", "--world", "newer-guest")
    told = json.loads(out)
    assert (code, told["format"], len(told["worlds"])) == (0, 1, 1)
    assert told["worlds"][0] == {
        "id": "newer-guest",
        "kind": "user-visible",
        "says": "activates a newer guest",
        "clauses": ["C04"],
        "law": ["decision 8"],
        "path": "avma_sim.wrong:newer_guest",
        "shown_by": "newer-guest",
    }


def test_the_list_for_a_page(command):
    code, out, _ = command("mutants", "--list", "--format", "md", "--world", "newer-guest")
    assert code == 0
    assert out.splitlines()[2] == (
        "| `newer-guest` | activates a newer guest | user-visible | C04 | decision 8 | `newer-guest` |"
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_our_own_scenarios_kill(command, jobs):
    code, out, err = command("mutants", "--self", "--jobs", jobs, *TWO)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "2 of 2 wrong worlds killed"
    rows = [line.split() for line in out.splitlines() if "newer-guest" in line or "start-asks" in line]
    assert [row[:2] for row in rows] == [["newer-guest", "newer-guest"], ["start-asks-nothing", "happy-boot"]]


def test_our_own_scenarios_as_a_document(command):
    code, out, _ = command("mutants", "--self", "--format", "json", "--jobs", "1", "--world", "newer-guest")
    told = json.loads(out)
    assert (code, told["format"], told["summary"]) == (0, 1, {"killed": 1, "survived": 0})
    (row,) = told["worlds"]
    assert row["killed"] is True
    assert (row["killed_by"]["scenario"], row["killed_by"]["by"]) == ("newer-guest", "expectation")


def test_a_world_that_survives_is_an_exit_code(command, monkeypatch):
    held_not = Kill("newer-guest", "cold", "invariant", 3, got="only-x: entry 3", about="invariant")
    told = {"newer-guest": held_not}
    monkeypatch.setattr("avma_sim.testing.killing.kill", lambda name, _: told.get(name, Kill(name)))
    code, out, _ = command("mutants", "--self", "--jobs", "1", *TWO)
    assert code == 1
    assert "invariant: only-x: entry 3" in out
    assert "SURVIVED" in out
    assert "asks nothing when it starts" in out
    assert out.splitlines()[-1] == "1 of 2 wrong worlds killed"
    code, out, _ = command("mutants", "--self", "--format", "json", "--jobs", "1", *TWO)
    assert (code, json.loads(out)["summary"]) == (1, {"killed": 1, "survived": 1})
    assert json.loads(out)["worlds"][1]["killed_by"] is None


def test_a_command_that_does_not_notice(command):
    code, out, err = command("mutants", "--jobs", "2", *TWO, *python(NOTICES))
    assert (code, err) == (1, "")
    assert "start-asks-nothing   C06       asks nothing when it starts" in out
    assert out.splitlines()[-1] == "your tests noticed 1 of 2 wrong worlds"


def test_a_command_that_notices(command):
    code, out, _ = command("mutants", "--world", "newer-guest", *python(NOTICES))
    assert (code, out) == (0, "your tests noticed 1 of 1 wrong world\n")


def test_a_commands_score_as_a_document(command):
    code, out, _ = command("mutants", "--format", "json", "--jobs", "1", *TWO, *python(NOTICES))
    told = json.loads(out)
    assert (code, told["summary"]) == (1, {"noticed": 1, "not_noticed": 1})
    assert told["command"][-1] == NOTICES
    assert [(row["id"], row["exit"], row["late"], row["noticed"]) for row in told["worlds"]] == [
        ("newer-guest", 1, False, True),
        ("start-asks-nothing", 0, False, False),
    ]


def test_a_command_that_notices_nothing_may_play_nothing(command):
    code, out, _ = command("mutants", "--jobs", "1", *TWO, *python("pass"))
    assert code == 1
    assert "do these tests play avma_sim at all?" in out


def test_a_command_that_does_not_end(command):
    code = f"import os, threading\nif {BEHAVIOUR_VARIABLE!r} in os.environ: threading.Event().wait()"
    told = command("mutants", "--timeout", "2s", "--world", "newer-guest", *python(code))
    assert told[0] == 0
    assert "ended because its time was up: newer-guest" in told[1]


def test_the_command_must_pass_in_the_right_world(command):
    code, out, err = command("mutants", *TWO, *python(FAILS))
    assert (code, out) == (2, "")
    assert "must pass in the right world first: it ended with exit code 1\ntheirs fail" in err


def test_without_names_a_command_meets_what_users_can_see(command, monkeypatch, tmp_path):
    monkeypatch.setattr("avma_sim.testing.scoring.run_in", lambda world, *_: room_scored(world))
    code, out, _ = command("mutants", "--jobs", "1", "--format", "json", *python("pass"))
    told = json.loads(out)
    assert code == 0
    assert {row["kind"] for row in told["worlds"]} == {"user-visible"}
    assert len(told["worlds"]) >= 60


def room_scored(world):
    from avma_sim.testing.scoring import Scored

    return Scored(world, 1)


def test_a_score_is_resumed(command, tmp_path):
    file, seen = tmp_path / "results.jsonl", tmp_path / "seen"
    code = f"open({str(seen)!r}, 'a').write(os.environ.get({BEHAVIOUR_VARIABLE!r}, 'right') + chr(10))"
    words = ("--jobs", "1", "--resume", file, *TWO, *python("import os; " + code))
    first = command("mutants", *words)
    assert first[0] == 1
    assert len(file.read_text("utf-8").splitlines()) == 3
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:2]), "utf-8")
    seen.unlink()
    assert command("mutants", *words) == first
    assert seen.read_text("utf-8").split() == ["right", "avma_sim.wrong:start_asks_nothing"]
    seen.unlink()
    assert command("mutants", *words) == first
    assert seen.read_text("utf-8").split() == ["right"]


def test_results_of_another_command_are_not_taken(command, tmp_path):
    file = tmp_path / "results.jsonl"
    assert command("mutants", "--resume", file, "--world", "newer-guest", *python("pass"))[0] == 1
    code, _, err = command("mutants", "--resume", file, "--world", "newer-guest", *python("pass; pass"))
    assert code == 3
    assert "these are results of another command" in err


def test_on_a_terminal_it_says_at_once_what_was_not_noticed(command, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    _, _, err = command("mutants", "--world", "newer-guest", *python("pass"))
    assert "not noticed: newer-guest" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say one of --list, --self"),
        (("--list", "--self"), "say one of"),
        (("--self", "--", "pytest"), "say one of"),
        (("--self", "--resume", "x"), "--resume is for"),
        (("--self", "--format", "md"), "--format md is for --list"),
        (("--list", "--world", "newer-gest"), "did you mean 'newer-guest'?"),
        (("--timeout", "soon", "--", "pytest"), "--timeout: "),
        (("--timeout", "0s", "--", "pytest"), "a command needs some time"),
    ],
)
def test_what_is_said_wrongly(command, words, said):
    code, _, err = command("mutants", *words)
    assert code == 2
    assert said in err


def test_what_has_not_begun_is_not_begun_after_a_stop():
    calls = [(name,) for name in ("1", "0", "1", "1", "1", "1", "1", "1")]
    each = room._each(int, [*calls, ("no number",)], 2)
    with pytest.raises(ValueError, match="no number"):
        list(each)
