"""Asking a tool in worlds, making a world small in which it is wrong, and the file that is saved."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from avma_sim.errors import InputError, UnknownName
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.starting import programs_allowed
from avma_sim.truth import saving, shrink
from avma_sim.truth.claims import Claims
from avma_sim.truth.play import play_world
from avma_sim.truth.questions import QUESTIONS, truth_of
from avma_sim.truth.reading import Protocol
from avma_sim.truth.table import Asker, ask, counted, failed, named_asker, program_asker
from avma_sim.truth.tool import Tool, ask_tool
from avma_sim.truth.toolbox import TOOLS, find_tool
from avma_sim.truth.tools.slmgr import SLMGR
from avma_sim.truth.verdict import BROKEN
from avma_sim.truth.worlds import all_worlds, choose_worlds

MINUTE_US = 60_000_000


def world_of(name):
    (world,) = choose_worlds([name])
    return world


def tool(answers, name="mine", questions=QUESTIONS):
    return Tool(name, "ours", questions, "", lambda _lab, _guest: answers)


def asked(asker, name):
    world = world_of(name)
    return ask(asker, world, play_world(world))


def verdicts(row):
    return {cell.question: cell.verdict for cell in row.cells}


# Named tools.


def test_our_own_tool_is_right_everywhere():
    rows = [ask(named_asker(SLMGR), world, play_world(world)) for world in all_worlds()]
    found = counted(rows)
    assert found == Counter({("slmgr", name, "right"): len(rows) for name in SLMGR.questions})
    assert not failed(rows)


def test_a_tool_is_judged_by_what_it_answers():
    assert named_asker(SLMGR, ("host", "key", "licensed")).questions == ("key", "licensed")
    row = asked(
        named_asker(tool({"licensed": True, "ends": 5}, questions=("licensed", "ends"))), "licence-no-key"
    )
    assert verdicts(row) == {"licensed": "wrong", "ends": "wrong"}
    assert failed([row])
    assert (row.tool, row.seed, row.truth.licensed) == ("mine", 0, "no")
    assert not failed([asked(named_asker(tool({})), "licence-no-key")])


def test_a_tool_that_fails_is_broken():
    def ask_it(_lab, _guest):
        raise KeyError("LicenseStatus")

    claims = ask_tool(Tool("x", "", QUESTIONS, "", ask_it), play_world(world_of("licence-no-key")), "web01")
    assert claims == Claims(broken="KeyError: 'LicenseStatus'")

    def refuses(_lab, _guest):
        raise InputError("it is not installed")

    with pytest.raises(InputError, match="not installed"):
        ask_tool(Tool("x", "", QUESTIONS, "", refuses), play_world(world_of("licence-no-key")), "web01")


def test_what_a_tool_asks_for_and_is_not_served():
    def ask_it(lab, guest):
        lab.run(guest, "no-such-program")
        return {"licensed": False}

    row = asked(named_asker(Tool("x", "", ("licensed", "key"), "", ask_it)), "licence-no-key")
    assert verdicts(row) == {"licensed": "right", "key": "broken"}
    assert "no-such-program" in row.cells[1].why


def test_truth_is_that_after_the_tool():
    def activates(lab, guest):
        lab.run(guest, "cscript //nologo slmgr.vbs /ato")
        return {"licensed": True, "attempt": "succeeded"}

    world = world_of("licence-key-installed-later")
    lab = play_world(world)
    lab.guest("web01").uninstall_key()
    lab.run("web01", "cscript //nologo slmgr.vbs /ipk TNK62-RXVTB-4P47B-2D623-4GF74")
    before = lab.trace_hash
    row = ask(named_asker(Tool("x", "", ("licensed", "attempt"), "", activates)), world, lab)
    assert verdicts(row) == {"licensed": "right", "attempt": "right"}
    assert lab.trace_hash == before  # it was asked in a fork


def test_tools_by_name():
    assert find_tool("slmgr") is SLMGR
    assert {"slmgr", "checkmk", "gce", "azure-support", "salt", "cloudbase-init"} == set(TOOLS)
    assert all(found.name == name and set(found.questions) <= set(QUESTIONS) for name, found in TOOLS.items())
    with pytest.raises(UnknownName, match="did you mean 'salt'"):
        find_tool("slat")


# Programs.


def program(code, **more):
    return program_asker("mine", [sys.executable, "-c", code], Protocol(), more.pop("timeout_us", MINUTE_US))


def test_a_program_meets_the_worlds_programs():
    code = (
        "import subprocess\n"
        "words = ['cscript', '//nologo', 'slmgr.vbs', '/dli']\n"
        "said = subprocess.run(words, capture_output=True, text=True).stdout\n"
        "print('licensed:', 'yes' if 'License Status: Licensed' in said else 'no')\n"
    )
    assert verdicts(asked(program(code), "licence-granted"))["licensed"] == "right"
    assert verdicts(asked(program(code), "bestiary-german"))["licensed"] == "wrong"
    assert not programs_allowed.get()


def test_a_program_that_breaks():
    row = asked(program("print('licensed: yes')\nraise SystemError('gone')"), "licence-granted")
    assert set(verdicts(row).values()) == {"broken"}
    assert "SystemError: gone" in row.cells[0].why
    late = asked(program("import time\ntime.sleep(60)", timeout_us=200_000), "licence-granted")
    assert "too long" in late.cells[0].why
    missing = asked(program_asker("x", ["no-such-program-here"], Protocol(), MINUTE_US), "licence-granted")
    assert "could not be started" in missing.cells[0].why


# Making small.


def says_expired(lab, guest):
    """Be wrong where the guest moved and is licensed."""
    licensed = truth_of(lab, guest).licensed == "yes"
    moved = lab.state.guests[guest].host != "n1"
    return {"licensed": licensed and not moved}


def test_a_world_is_made_small():
    world = world_of("cluster-day-160-web01")
    lab = play_world(world)
    asker = named_asker(Tool("mine", "", ("licensed",), "", says_expired))
    row = ask(asker, world, lab)
    assert verdicts(row) == {"licensed": "wrong"}
    small = shrink.shrink(asker, row, lab)
    commands = [type(entry.what).__name__ for entry in small.lab.entries() if entry.by is None]
    assert 4 <= len(commands) <= 6 < len([1 for entry in lab.entries() if entry.by is None])
    assert [(cell.said, cell.true) for cell in small.cells] == [("no", "yes")]
    assert small.tried <= shrink.TRIES
    text = saving.small_text("mine", world, small)
    scenario = read_scenario(text, "saved")
    assert run_scenario(scenario, scenario.seeds[0]).failures == ()
    assert scenario.steps[-1].name == "what is true"
    assert scenario.steps[-1].expect.guests["web01"]["licence"].wanted == ("licensed",)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "cluster-day-160-web01" in comments[0]
    assert comments[1] == "# It said licensed: no; true is licensed: yes"
    assert any("is licensed" in line for line in comments[2:])
    assert max(map(len, comments)) <= 112


def test_nothing_is_tried_without_tries_nor_where_it_broke():
    world = world_of("licence-no-key")
    lab = play_world(world)
    calls = []

    def claims(_lab, _guest):
        calls.append(1)
        return Claims({"licensed": "yes"})

    asker = Asker("mine", ("licensed",), claims)
    row = ask(asker, world, lab)
    assert shrink.shrink(asker, row, lab, tries=0).lab is lab
    broken = Asker("mine", ("licensed",), lambda _lab, _guest: Claims(broken="gone"))
    world = world_of("licence-renewals-fail")
    lab = play_world(world)
    small = shrink.shrink(broken, ask(broken, world, lab), lab)
    assert (small.lab, small.tried, small.cells[0].verdict) == (lab, 0, BROKEN)
    assert "It said nothing of licensed (gone)" in saving.small_text("mine", world, small)
    assert len(calls) == 1


def test_a_small_world_where_nobody_can_ask_is_none():
    world = world_of("licence-renewals-fail")
    lab = play_world(world)

    def claims(asked_lab, _guest):
        if asked_lab.trace_hash != lab.trace_hash:
            raise InputError("not here")
        return Claims({"licensed": "no"})

    asker = Asker("mine", ("licensed",), claims)
    small = shrink.shrink(asker, ask(asker, world, lab), lab)
    assert small.lab is lab
    assert 0 < small.tried <= shrink.TRIES


def test_wrong_in_another_way_is_not_the_same():
    world = world_of("licence-renewals-fail")
    lab = play_world(world)
    # Always no: with nothing left out it is wrong; a guest that was never granted makes it right.
    asker = named_asker(tool({"licensed": "no"}, questions=("licensed",)))
    small = shrink.shrink(asker, ask(asker, world, lab), lab)
    assert truth_of(small.lab, "web01").licensed == "yes"
    commands = [type(entry.what).__name__ for entry in small.lab.entries() if entry.by is None]
    assert commands == ["AddHost", "AddGuest", "Start"]


def test_names_and_files(tmp_path):
    assert saving.file_name("my tool", "licence-x") == "my-tool--licence-x.avma.yaml"
    folder = tmp_path / "new" / "er"
    file = saving.save(folder, "a.avma.yaml", "one\n", over=False)
    with pytest.raises(FileExistsError):
        saving.save(folder, "a.avma.yaml", "two\n", over=False)
    assert file.read_text("utf-8") == "one\n"
    saving.save(folder, "a.avma.yaml", "two\n", over=True)
    assert Path(file).read_text("utf-8") == "two\n"


def test_what_no_file_can_say(monkeypatch):
    world = world_of("licence-no-key")
    asker = named_asker(tool({"licensed": True}, questions=("licensed",)))
    lab = play_world(world)
    small = shrink.shrink(asker, ask(asker, world, lab), lab)
    monkeypatch.setattr(saving, "_expected", lambda _lab, _guest: {"licence": "licensed"})
    with pytest.raises(InputError, match="would not pass"):
        saving.small_text("mine", world, small)
    monkeypatch.setattr(saving, "_expected", lambda _lab, _guest: {"license": "licensed"})
    with pytest.raises(InputError, match="no scenario file can say it"):
        saving.small_text("mine", world, small)
