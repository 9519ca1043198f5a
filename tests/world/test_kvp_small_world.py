"""All orders of commands about key-value pairs in a small world: two hosts, one guest, breadth first.

Two states are one where `abstract` says so. Each transition is judged by the invariants of traces along its
whole path, each state by those of states, and a sample by what must be reachable from it: a reading of what
is there.
"""

from __future__ import annotations

from collections import Counter

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.checks import Watch, abstract, wrong_in
from avma_sim.model import commands as cmd
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.sim.actors import kvp_channel, moves
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.pools import pools_of
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import World, new_state

FACTS, DOCUMENTED = load_facts(), find_behaviour()
HEADER = Header(Settings(), FACTS.digest, DOCUMENTED.name)
SECOND = 1_000_000
DEPTH = 4
A, P = KvpItem("A", "1"), KvpItem("P", "<script>")
KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"


def drop(state):
    """Let every answer be lost, or none any longer; a fault's name serves once."""
    if state.faults:
        return cmd.DisarmFault(next(iter(state.faults)))
    return cmd.ArmFault(Fault(f"drop {len(state.fault_names)}", "drop", to="host", channel="kvp"))


def of_guest(make):
    return lambda state: make(state.guests["g"])


# A line an action, which makes its command of the state or says that there is none now.
ACTIONS = {
    "write": of_guest(lambda g: cmd.WriteKvp("g", 1, (A,)) if g.running else None),
    "push": lambda _: cmd.PushKvp("g", (P,)),
    "take back": lambda state: (
        cmd.RemoveKvp("g", ("P",)) if "g" in state.pools and state.pools["g"].host_items else None
    ),
    "read": of_guest(lambda g: cmd.ReadKvp("g", pools=(0, 1)) if g.running else None),
    "switch power": of_guest(lambda g: cmd.Stop("g") if g.running else cmd.Start("g")),
    "switch pause": of_guest(lambda g: (cmd.Resume if g.paused else cmd.Pause)("g") if g.running else None),
    "switch service": of_guest(lambda g: cmd.SetKvpService("g", not g.kvp_service)),
    "move": of_guest(lambda g: cmd.Migrate("g", "h2" if g.host == "h1" else "h1")),
    "switch drop": drop,
    "next due": lambda state: cmd.Advance(state.now_us + 61 * SECOND, "next-due") if state.packets else None,
    "a minute": lambda state: cmd.Advance(state.now_us + 61 * SECOND) if state.exchanges else None,
}


def going_on(state):
    return World(FACTS, DOCUMENTED, KeepJournal(HEADER), state.copy())


def stage(*, linux):
    world = going_on(new_state(Settings()))
    world.do(cmd.AddHost(Host("h1", "ws2012r2", "datacenter", kvp_latency_us=SECOND), "mak"))
    world.do(cmd.AddHost(Host("h2", "ws2019", "datacenter"), "mak"))
    guest = (
        Guest("g", b"", "linux", "linux", "h1") if linux else Guest("g", b"", "ws2019", "standard", "h1", KEY)
    )
    world.do(cmd.AddGuest(guest))
    world.do(cmd.Start("g"))
    return world


@attrs.define
class Found:
    """What was found: broken checks with their paths, states by abstraction, and their twins."""

    broken: list[tuple[str, tuple[str, ...]]] = attrs.Factory(list)
    states: dict[object, State] = attrs.Factory(dict)
    twins: list[tuple[State, State]] = attrs.Factory(list)
    transitions: int = 0


def explored(*, linux, depth, key_of=abstract):
    """Carry out all orders of so many actions."""
    world, watch, found = stage(linux=linux), Watch(), Found()
    watch.see(world.journal.entries())
    level: list[tuple[State, Watch, tuple[str, ...]]] = [(world.state, watch, ())]
    found.states[key_of(world.state)] = world.state
    for _ in range(depth):
        following: list[tuple[State, Watch, tuple[str, ...]]] = []
        for state, seen, path in level:
            for name, make in ACTIONS.items():
                command = make(state)
                if command is None:
                    continue
                world, watch = going_on(state), seen.fork()
                found.transitions += 1
                world.do(command)
                wrong = watch.see(world.journal.entries()) + wrong_in(FACTS, world.state)
                found.broken += [(line, (*path, name)) for line in wrong]
                key = key_of(world.state)
                if key not in found.states:
                    found.states[key] = world.state
                    following.append((world.state, watch, (*path, name)))
                elif len(path) < depth - 1:
                    found.twins.append((found.states[key], world.state))
        level = following
    return found


def step(state, name, key_of):
    """Tell what an action leads to: its abstraction, and what happened on the way."""
    command = ACTIONS[name](state)
    if command is None:
        return None
    world = going_on(state)
    world.do(command)
    told = Counter((entry.t - state.now_us, type(entry.what).__name__) for entry in world.journal.entries())
    return key_of(world.state), told


def told_apart(found, key_of, most=150):
    pairs = found.twins[:: len(found.twins) // most + 1]
    return {
        name
        for one, another in pairs
        for name in ACTIONS
        if step(one, name, key_of) != step(another, name, key_of)
    }


def after_trouble(state):
    """End all trouble and read the guest; say what its host then knows otherwise than it is."""
    world = going_on(state)
    for name in list(world.state.faults):
        world.do(cmd.DisarmFault(name))
    world.do(cmd.SetKvpService("g", running=True))
    world.do(cmd.Resume("g"))
    world.do(cmd.Start("g"))
    world.do(cmd.Restart("g"))
    world.do(cmd.Advance(until="quiet"))
    world.do(cmd.ReadKvp("g", pools=(0, 1, 2, 3)))
    world.do(cmd.Advance(until="quiet"))
    view, row = world.state.views["g"], world.state.pools.get("g")
    pools = pools_of(FACTS, DOCUMENTED, world.state, world.state.guests["g"])
    kept = () if row is None else row.host_items
    alike = all(view.items(pool) == pools[pool] for pool in range(4))
    return view.failures or not alike or pools[0] != kept


@pytest.fixture(scope="module", params=["windows", "linux"])
def found(request):
    return explored(linux=request.param == "linux", depth=DEPTH)


@pytest.mark.slow
def test_nothing_is_broken_in_any_order(found):
    assert found.broken == []
    assert found.transitions > 1_000
    assert len(found.states) > 300


@pytest.mark.slow
def test_after_trouble_a_reading_shows_what_is_there(found):
    sample = list(found.states.values())[::7]
    assert len(sample) > 40
    assert [state for state in sample if after_trouble(state)] == []


@pytest.mark.slow
def test_states_with_one_abstraction_have_one_future(found):
    assert len(found.twins) > 100
    assert told_apart(found, abstract) == set()


def without(field):
    """Make an abstraction that has nothing of a table of the state."""

    def forgetful(state):
        state = state.copy()
        getattr(state, field).clear()
        return abstract(state)

    return forgetful


@pytest.mark.slow
@pytest.mark.parametrize("field", ["pools", "exchanges", "faults"])
def test_an_abstraction_that_forgets_too_much_is_found(field):
    assert told_apart(explored(linux=False, depth=3, key_of=without(field)), without(field))


def stay_open(world, name, why, by):
    return by


def test_an_exchange_that_survives_a_move_is_found(monkeypatch):
    monkeypatch.setattr(moves, "close", stay_open)
    assert any(
        line.startswith("an-exchange-has-a-channel") for line, _ in explored(linux=False, depth=1).broken
    )


def cut_off(*path):
    """Return a state in which a push was cut off after the guest had done what it asked for."""
    world = stage(linux=False)
    for name in ("a minute", "push", "next due", *path):
        world.do(ACTIONS[name](world.state))
    return world.state


def test_a_push_that_was_cut_off_is_taken_back(monkeypatch):
    assert not after_trouble(cut_off("switch power", "take back"))
    assert not after_trouble(cut_off("take back", "move"))
    monkeypatch.setattr(kvp_channel, "begun", lambda row: row.delivered)
    assert after_trouble(cut_off("switch power", "take back"))
