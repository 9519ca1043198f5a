"""Worlds that are wrong on purpose: what each says of itself, and how other layers and processes find it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.errors import InputError, UnknownName
from avma_sim.facts.overlay import read_with
from avma_sim.model import commands as cmd
from avma_sim.model.events import GuestStarted, GuestStopped
from avma_sim.sim.behaviour import BEHAVIOUR_VARIABLE, current_behaviour, find_behaviour
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wrong import WrongWorld, making, wrong_world, wrong_worlds
from avma_sim.wrong.law import LAW_ROWS
from avma_sim.wrong.making import ENGINE, ROOM, USER_VISIBLE, About, at_event, at_rule, worlds_in

WORLDS = wrong_worlds()
SCENARIOS = {path.name.partition(".")[0] for path in (Path(__file__).parents[3] / "scenarios").glob("*.yaml")}
CLAUSES = {row["id"] for row in read_with(None)[0]["clause"]}
ABOUT = About("does nothing right", "C01 C02", "decision 1, nonces", "newer-guest", ENGINE)
each_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.id)


def test_there_are_sixty_at_least():
    assert len(WORLDS) >= 60
    assert len({world.says for world in WORLDS}) == len(WORLDS)
    assert sum(world.kind == USER_VISIBLE for world in WORLDS) >= 60


@each_world
def test_a_world_says_what_is_wrong_with_it(world):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", world.id)
    assert re.fullmatch(r"[a-z][^.]*[^. ]", world.says)
    assert set(world.clauses) <= CLAUSES
    assert world.rows
    assert set(world.rows) <= set(LAW_ROWS)
    assert world.kind in {USER_VISIBLE, ENGINE}
    assert world.shown_by in SCENARIOS


@each_world
def test_a_world_is_found_by_its_path(world):
    assert world.path == f"avma_sim.wrong:{world.name}"
    assert find_behaviour(world.path) is world.behaviour
    assert wrong_world(world.id) is world


@each_world
def test_a_world_is_the_documented_one_with_little_replaced(world):
    found = world.behaviour
    rules = changed(attrs.asdict(found.rules), attrs.asdict(DOCUMENTED.rules))
    ends = changed(attrs.asdict(found.ends), attrs.asdict(DOCUMENTED.ends))
    commands = changed(found.commands, DOCUMENTED.commands)
    dues = [one for one, right in zip(found.dues, DOCUMENTED.dues, strict=True) if one is not right]
    assert rules or ends or commands or dues
    retold = len(commands) == len(DOCUMENTED.commands)
    assert retold == (len(dues) == len(DOCUMENTED.dues))
    assert retold or len(commands) + len(dues) <= 1
    assert len(rules) <= 2
    assert set(found.commands) == set(DOCUMENTED.commands)


def changed(found, right):
    return {key for key in right if found[key] is not right[key]}


def test_the_law_has_a_row_for_each_of_the_decisions():
    assert {f"decision {number}" for number in range(1, 12)} < set(LAW_ROWS)
    assert {f"exchange {number}" for number in range(1, 5)} < set(LAW_ROWS)


def test_a_name_that_is_none_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'newer-guest'"):
        wrong_world("newer-gest")
    with pytest.raises(InputError, match="did you mean 'newer-guest'"):
        find_behaviour("avma_sim.wrong:newer_gest")
    with pytest.raises(InputError, match="not_there"):
        find_behaviour("avma_sim.wrong:not_there")


@pytest.mark.parametrize("name", ["__wrapped__", "making"])
def test_what_python_asks_the_room_for_is_no_world(name):
    with pytest.raises(InputError):
        find_behaviour(f"avma_sim.wrong:{name}")


def test_the_room_loads_nothing_before_a_world_is_asked_for():
    code = (
        "import sys, avma_sim.wrong\n"
        "assert 'avma_sim.sim' not in sys.modules, sorted(sys.modules)\n"
        "avma_sim.wrong.newer_guest\n"
        "assert 'avma_sim.sim.documented' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_another_process_plays_a_wrong_world():
    code = "from avma_sim.sim.behaviour import find_behaviour; print(find_behaviour().name)"
    variables = {**os.environ, BEHAVIOUR_VARIABLE: wrong_world("newer-guest").path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False
    )
    assert done.stdout == "avma_sim.wrong:newer_guest\n"


def test_a_context_plays_a_wrong_world():
    token = current_behaviour.set("avma_sim.wrong:newer_guest")
    try:
        assert find_behaviour() is wrong_world("newer-guest").behaviour
    finally:
        current_behaviour.reset(token)
    assert find_behaviour() is not wrong_world("newer-guest").behaviour


def test_a_wrong_rule_makes_a_world():
    @at_rule("qualifies", ABOUT)
    def never(*_):
        return False

    assert isinstance(never, WrongWorld)
    assert (never.id, never.says, never.kind) == ("never", "does nothing right", ENGINE)
    assert (never.clauses, never.rows) == (("C01", "C02"), ("decision 1", "nonces"))
    assert (never.path, never.shown_by) == (f"{ROOM}:never", "newer-guest")
    assert never.behaviour.rules.qualifies(None, None) is False
    assert worlds_in({"a": 1, "b": never}) == (never,)


class Recorded:
    """A world that keeps what is emitted."""

    facts = load_facts()

    def __init__(self):
        self.told = []

    def emit(self, event, by):
        self.told.append((event, by))
        return len(self.told)


def test_a_teller_tells_its_own_events_and_no_others(monkeypatch):
    def handler(world, what, by):
        assert world.facts is Recorded.facts
        by = world.emit(GuestStarted("web01", None), by)
        world.emit(GuestStopped("web01"), by)

    monkeypatch.setattr(making, "DOCUMENTED", attrs.evolve(DOCUMENTED, commands={cmd.Start: handler}))

    @at_event(GuestStarted, about=ABOUT)
    def twice(world, event, by):
        return world.emit(event, world.emit(event, by))

    world = Recorded()
    twice.behaviour.commands[cmd.Start](world, None, 7)
    told = [(type(event).__name__, by) for event, by in world.told]
    assert told == [("GuestStarted", 7), ("GuestStarted", 1), ("GuestStopped", 2)]
