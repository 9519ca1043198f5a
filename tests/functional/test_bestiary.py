"""The bestiary: its page says what its files say, and its two tools are as right and as wrong as it says."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from avma_sim import Lab
from avma_sim.facts.load import STATUSES
from avma_sim.model.licence import LICENSED
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import Header
from avma_sim.sim.replay import rerun

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("bestiary-*.avma.yaml"))
EXAMPLES = ROOT / "docs" / "examples"
PAGE = (ROOT / "docs" / "bestiary.md").read_text("utf-8")
LABELS = ["Awkward", "Trips", "Right", "Sure"]
FILES_MIN = 40


def short(path: Path) -> str:
    return path.name.removeprefix("bestiary-").removesuffix(".avma.yaml")


each_file = pytest.mark.parametrize("path", FILES, ids=short)


def comment(path: Path) -> dict[str, str]:
    """Return what the comment at the top of a file says, by label."""
    head = path.read_text("utf-8").partition("\nscenario:")[0]
    joined = re.sub(r"\n#   ", " ", head)
    return dict(line.removeprefix("# ").split(": ", 1) for line in joined.splitlines())


def sure(says: dict[str, str]) -> str:
    """Return the first word on how sure we are."""
    return re.split(r"\W", says["Sure"])[0]


def first(text: str) -> str:
    """Return a text without the full stop at its end, as a cell of a table."""
    return text.rstrip(".").replace("|", "\\|")


def end_of(path: Path) -> Lab:
    """Return the lab that a file leaves."""
    result, entries, settings = play_scenario(load_scenario(path), 0)
    assert result.passed
    behaviour = find_behaviour()
    header = Header(settings, behaviour=behaviour.name)
    world = rerun(header, entries, Lab(0).facts, behaviour)
    return Lab.continued(header, world.state, world.journal, behaviour, world.facts)


def truth(lab: Lab) -> dict[str, str]:
    """Return what a tool should say of web01."""
    licence, attempts = lab.state.licences["web01"], lab.state.logs["web01"].recent
    licensed, ends = licence.status == LICENSED, "-"
    if licensed:
        left_us = None if licence.end is None else licence.end[0] - lab.state.now_us
        ends = "never" if left_us is None else f"in {-(-left_us // 60_000_000)} minutes"
    last = "none" if not attempts else "failed" if attempts[-1].code else "succeeded"
    return {"licensed": "yes" if licensed else "no", "ends": ends, "last attempt": last}


def wrong_about(tool: str, path: Path, capsys) -> list[str]:
    """Run a tool of the page on web01 at the end of a file; return the facts that it gets wrong."""
    lab = end_of(path)
    with lab.as_windows("web01"):
        runpy.run_path(str(EXAMPLES / tool), run_name="__main__")
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    true = truth(lab)
    assert list(told) == list(true)
    return [fact for fact in true if told[fact] != true[fact]]


def rows() -> list[list[str]]:
    """Return the page's table, a list of cells for each beast."""
    lines = PAGE.partition("\n## The beasts\n")[2].partition("\n## ")[0].splitlines()
    return [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines if line.startswith("| `")]


def test_there_are_beasts():
    assert len(FILES) >= FILES_MIN


@each_file
def test_comment_says_what_it_is_about(path):
    told = comment(path)
    assert list(told) == LABELS
    assert sure(told) in STATUSES
    assert all(text.endswith(".") for text in told.values())


@each_file
def test_state_at_the_end_is_that_of_web01(path):
    lab = end_of(path)
    assert lab.state.guests["web01"].running


def test_page_has_each_beast():
    told = {row[0].strip("`"): row[1:4] for row in rows()}
    comments = {short(path): comment(path) for path in FILES}
    assert told == {
        name: [first(says["Awkward"]), first(says["Trips"]), sure(says)] for name, says in comments.items()
    }


@each_file
def test_first_draft_is_as_wrong_as_the_page_says(path, capsys):
    (told,) = [row[4] for row in rows() if row[0] == f"`{short(path)}`"]
    assert (", ".join(wrong_about("licence_wrong.py", path, capsys)) or "-") == told


@each_file
def test_last_draft_is_right(path, capsys):
    assert wrong_about("licence_right.py", path, capsys) == []


def test_page_counts_what_the_first_draft_gets_wrong():
    wrong = [row for row in rows() if row[4] != "-"]
    assert f"It goes wrong in {len(wrong)} of the {len(FILES)} beasts" in PAGE


THROUGH = ("german", "initial-grace", "newest-event-is-a-failure")
SAID = {
    "licence_wrong.py": [
        ("no", "-", "succeeded"),
        ("no", "-", "failed"),
        ("yes", "in 259200 minutes", "succeeded"),
    ],
    "licence_right.py": [
        ("yes", "in 259200 minutes", "succeeded"),
        ("no", "-", "failed"),
        ("yes", "in 259200 minutes", "failed"),
    ],
}


@pytest.mark.parametrize("tool", SAID)
def test_tools_go_through_the_bestiary(avma_sim, tool):
    files = [ROOT / "scenarios" / f"bestiary-{name}.avma.yaml" for name in THROUGH]
    then = f"python {shlex.quote(str(EXAMPLES / tool))}"
    done = avma_sim("run", *files, "--seed", "0", "--allow-run", "--then", then, "--on", "web01")
    assert (done.returncode, done.stderr) == (0, "")
    told = re.findall(r"^  licensed: (.*)\n  ends: (.*)\n  last attempt: (.*)$", done.stdout, re.MULTILINE)
    assert told == SAID[tool]
    assert done.stdout.count("  true: web01 ") == len(THROUGH)
    if tool == "licence_right.py":
        (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        assert shown in done.stdout
