"""All orders of commands in a small world: two hosts, two guests, breadth first over the real engine.

Two states are one where `abstract` says so. Each transition is judged by the invariants of traces along its
whole path, each state by the invariants of states, and a sample by what must be reachable from it.
By hand, with a bound on transitions (200,000 if it is not given), and figures for each depth::

    AVMA_SIM_SMALL_WORLD=1000000 tox -e hunt -- --numprocesses=0 tests/world/test_small_world.py -k all_orders
"""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.checks import Watch, abstract, wrong_in
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import ArmedFault, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import WAITING_BAD
from avma_sim.model.host import Host
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.packet import TO_HOST
from avma_sim.model.readings import Readings
from avma_sim.sim import world as engine
from avma_sim.sim.agenda import DELIVERY
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import World, new_state
from avma_sim.wrong import wrong_world

FACTS, DOCUMENTED = load_facts(), find_behaviour()
HEADER = Header(Settings(), FACTS.digest, DOCUMENTED.name)
SECOND = 1_000_000
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND

HOSTS = {"h1": "ws2019", "h2": "ws2016"}
GUESTS = {"g1": "ws2016", "g2": "ws2019"}
ELIGIBLE = {("g1", "h1"), ("g1", "h2"), ("g2", "h1")}  # g2 is newer than h2
AVMA_KEYS = {"g1": "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD", "g2": "TNK62-RXVTB-4P47B-2D623-4GF74"}
KMS_KEYS = {"g1": "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY", "g2": "N69G4-B89J2-4G8F4-WWYCC-J464C"}

DEFAULT = Readings()
# A licence ends within one step of eight days, and who fails stays in grace until that ends.
SHORT = Readings(timing="short-lease", failed_unlicensed="initial-grace")

# A bound on transitions, not on time: the same states are seen everywhere.
BUDGET = 200_000 if os.environ.get("HYPOTHESIS_PROFILE") == "hunt" else 25_000
BUDGET = int(os.environ.get("AVMA_SIM_SMALL_WORLD", BUDGET))
TWINS = 400
BROKEN = 20
WRONG_BUDGET = 10_000  # in which each world that is wrong on purpose is found


# --- what may happen: a line an action, which makes its command or says that there is none now ------


def other(host):
    return "h2" if host == "h1" else "h1"


OF_A_GUEST = {
    "start": lambda g: None if g.running else cmd.Start(g.name),
    "stop": lambda g: cmd.Stop(g.name) if g.running else None,
    "migrate": lambda g: cmd.Migrate(g.name, other(g.host)),
    "pause": lambda g: cmd.Pause(g.name) if g.power == "running" else None,
    "save": lambda g: cmd.Save(g.name) if g.running else None,
    "resume": lambda g: cmd.Resume(g.name) if g.paused or g.saved else None,
    "migrate slowly": lambda g: cmd.Migrate(g.name, other(g.host), copy_us=SECOND, blackout_us=SECOND),
    "replace key": lambda g: cmd.InstallProductKey(g.name, another_key(g)) if g.running else None,
}
OF_A_HOST = {
    "switch activation": lambda h: cmd.Deactivate(h.name) if h.activated else cmd.Activate(h.name),
    "switch service": lambda h: cmd.SetService(h.name, "stopped" if h.service == "running" else "running"),
    "switch power": lambda h: cmd.CrashHost(h.name) if h.up else cmd.StartHost(h.name),
}
OF_THE_LAB = {
    "checkpoint g1": lambda state: checkpoint(state.checkpoints, "g1"),
    "checkpoint g2": lambda state: checkpoint(state.checkpoints, "g2"),
    "switch drop": lambda state: drop(state.faults, state.fault_names),
    "advance to next due": lambda _: cmd.Advance(until="next-due"),
    "advance until quiet": lambda state: (
        cmd.Advance(until="quiet") if state.attempts or state.packets else None
    ),
    "advance 8d": lambda state: cmd.Advance(state.now_us + 8 * DAY),
}


def another_key(guest):
    return (KMS_KEYS if guest.key == AVMA_KEYS[guest.name] else AVMA_KEYS)[guest.name]


def drop(armed, used):
    """Let every answer be lost, or let none be lost any longer; a fault's name serves once."""
    name = next(iter(armed), None)
    return (
        cmd.ArmFault(Fault(f"drop {len(used)}", "drop", to="guest"))
        if name is None
        else cmd.DisarmFault(name)
    )


def checkpoint(kept, guest):
    """Take the one checkpoint of a guest, or put the guest back to it."""
    taken = (guest, "then") in kept
    return cmd.ApplyCheckpoint(guest, "then") if taken else cmd.TakeCheckpoint(guest, "then")


def of_a_row(rows, name, make):
    return lambda state: make(getattr(state, rows)[name])


ACTIONS = {
    **{f"{what} {g}": of_a_row("guests", g, make) for what, make in OF_A_GUEST.items() for g in GUESTS},
    **{f"{what} {h}": of_a_row("hosts", h, make) for what, make in OF_A_HOST.items() for h in HOSTS},
    **OF_THE_LAB,
}


# --- the world and its judges --------------------------------------------------------------------


class JudgedWorld(World):
    """Judges each delivery by the rows of its instant; what is wrong is kept in `wrong`."""

    wrong: list[str]

    def emit(self, event, by):
        if getattr(event, "arrived", 0):
            self.wrong += wrong_delivery(self.state, event)
        return super().emit(event, by)


def wrong_delivery(state, event):
    """Law section 4 of what arrives, and section 3 of who is granted."""
    packet, wrong = state.packets[event.arrived], []
    guest, host = state.guests[packet.guest], state.hosts[packet.host]
    is_open = guest.running and guest.pipe == packet.pipe
    if is_open == isinstance(event, ev.PacketLost):
        wrong.append(f"open-pipes-deliver: {type(event).__name__} of {guest.name} in pipe {packet.pipe}")
    answers = isinstance(event, ev.ActivationDecided | ev.RequestRepeated | ev.RequestUnread)
    if answers and host.service != "running":
        wrong.append(f"running-services-answer: {host.name} answers, and is {host.service}")
    granted = isinstance(event, ev.ActivationDecided) and event.record.outcome == "granted"
    if granted and not ((guest.name, host.name) in ELIGIBLE and host.activated):
        wrong.append(f"grants-fit-the-matrix: {host.name} grants {guest.name}")
    return wrong


def stage(behaviour=DOCUMENTED, readings=DEFAULT):
    world = going_on(new_state(Settings(readings=readings)), behaviour)
    for name, release in HOSTS.items():
        latency = 0 if name == "h1" else SECOND
        world.do(cmd.AddHost(Host(name, release, "datacenter", latency_us=latency), "mak"))
    for name, release in GUESTS.items():
        world.do(cmd.AddGuest(Guest(name, b"", release, "standard", "h1", AVMA_KEYS[name])))
    return world


def going_on(state, behaviour=DOCUMENTED):
    """Make a world from a state that is kept: its journal has only what follows."""
    world = JudgedWorld(FACTS, behaviour, KeepJournal(HEADER), state.copy())
    world.wrong = []
    return world


def twice_in_flight(state):
    """No fault of this world makes copies, so no bytes fly twice, and what is pending flies at most once."""
    seen = Counter((p.guest, p.pipe, p.to, p.blob) for p in state.packets.values())
    return [
        f"one-of-each: {guest} has {count} packets alike" for (guest, *_), count in seen.items() if count > 1
    ]


def unasked_hosts(state):
    """A request flies only to where its guest was when it asked; in the open pipe that is where it is."""
    return [
        f"asks-where-it-is: {p.guest} asks {p.host} in its open pipe"
        for p in state.packets.values()
        if p.to == TO_HOST and p.pipe == state.guests[p.guest].pipe and p.host != state.guests[p.guest].host
    ]


def judged(state):
    return [*wrong_in(FACTS, state), *twice_in_flight(state), *unasked_hosts(state)]


def after_trouble(state, behaviour=DOCUMENTED):
    """End all trouble, wait one retry interval and a deadline, and name who should be licensed and is not."""
    world = going_on(state, behaviour)
    for name in list(world.state.faults):
        world.do(cmd.DisarmFault(name))
    for name, host in list(world.state.hosts.items()):
        world.do(cmd.SetService(name, "running"))
        if not host.up:
            world.do(cmd.StartHost(name))
        if not host.activated:
            world.do(cmd.Activate(name))
    if world.state.migrations:  # nobody goes on or starts before its migration is over
        world.do(cmd.Advance(world.state.now_us + 2 * SECOND))
    for name in world.state.guests:
        world.do(cmd.Resume(name))
        world.do(cmd.Start(name))  # refused where it is too late or too early
    world.do(cmd.Advance(world.state.now_us + 2 * HOUR + 31 * SECOND))
    return [
        name
        for name, guest in world.state.guests.items()
        if guest.key == AVMA_KEYS[name]
        and (name, guest.host) in ELIGIBLE
        and world.state.licences[name].status != LICENSED
    ]


# --- the exploration -------------------------------------------------------------------------------


@attrs.define
class Node:
    """A state that was not seen before, with how it came about."""

    state: State
    watch: Watch  # that has seen the whole path
    path: tuple[str, ...] = ()


@attrs.define
class Explored:
    """What was found: rows (new states, transitions) by depth, what is broken, and samples of states."""

    rows: list[tuple[int, int]] = attrs.Factory(list)
    complete: int = 0
    broken: list[tuple[str, tuple[str, ...]]] = attrs.Factory(list)
    sample: dict[object, State] = attrs.Factory(dict)
    twins: dict[object, State] = attrs.Factory(dict)

    @property
    def transitions(self):
        return sum(done for _, done in self.rows)

    def checks(self):
        return {line.partition(":")[0] for line, _ in self.broken}

    def table(self):
        lines = [
            f"depth {depth:2}: {new:9,} new states, {done:11,} transitions"
            for depth, (new, done) in enumerate(self.rows, start=1)
        ]
        states = 1 + sum(new for new, _ in self.rows)
        whole = f"all orders of {len(ACTIONS)} actions to depth {self.complete}"
        return "\n".join([*lines, f"{states:,} states, {self.transitions:,} transitions; {whole}", ""])


class Explorer:
    """Goes breadth first from the stage until so many transitions are done, or something is broken."""

    def __init__(self, behaviour=DOCUMENTED, key_of=abstract, every=10, readings=DEFAULT):
        self.behaviour, self.key_of, self.every = behaviour, key_of, every
        self.readings, self.found = readings, Explored()
        self._parts = {}
        self._seen = set()

    def explore(self, budget):
        world = stage(self.behaviour, self.readings)
        watch = Watch()
        watch.see(world.journal.entries())
        level = [Node(world.state, watch)]
        self._seen.add(self._key(world.state))
        gc.disable()  # nothing here is cyclic, and all that is kept would be walked again and again
        try:
            while level and budget > 0 and len(self.found.broken) < BROKEN:
                following: list[Node] = []
                before = budget
                for node in level:
                    budget -= self._expand(node, following)
                    if budget <= 0 or len(self.found.broken) >= BROKEN:
                        break
                else:
                    self.found.complete += 1
                self.found.rows.append((len(following), before - budget))
                level = following
        finally:
            gc.enable()
        return self.found

    def _key(self, state):
        """Share the equal parts of keys: most states differ from others in one guest."""
        return tuple(self._parts.setdefault(part, part) for part in self.key_of(state))

    def _expand(self, node, following):
        done, found = 0, self.found
        for name, make in ACTIONS.items():
            command = make(node.state)
            if command is None:
                continue
            done += 1
            world = going_on(node.state, self.behaviour)
            world.do(command)
            watch, path = node.watch.fork(), (*node.path, name)
            wrong = watch.see(world.journal.entries()) + world.wrong + judged(world.state)
            if wrong:  # nobody knows what follows from there
                found.broken += [(line, path) for line in wrong]
                continue
            key = self._key(world.state)
            if key not in self._seen:
                self._seen.add(key)
                following.append(Node(world.state, watch, path))
                if len(self._seen) % self.every == 0:
                    found.sample[key] = world.state
            elif key in found.sample and world.state != found.sample[key]:
                found.twins.setdefault(key, world.state)
        return done


def step(state, name, key_of):
    """Tell what an action leads to: its abstraction, and what happened on the way, ties in whatever order."""
    command = ACTIONS[name](state)
    if command is None:
        return None
    world = going_on(state)
    world.do(command)
    told = Counter(
        (
            entry.t - state.now_us,
            type(entry.what).__name__,
            getattr(entry.what, "guest", ""),
            getattr(getattr(entry.what, "record", None), "code", None),
        )
        for entry in world.journal.entries()
    )
    return key_of(world.state), told


def told_apart(found, key_of):
    """Name the actions that tell two states apart which have one abstraction."""
    pairs = [(found.sample[key], other) for key, other in found.twins.items()]
    return {
        name
        for one, another in pairs[:: len(pairs) // TWINS + 1]
        for name in ACTIONS
        if step(one, name, key_of) != step(another, name, key_of)
    }


@pytest.fixture(scope="module", params=["default", "short"])
def explored(request):
    if request.param == "default":
        return Explorer().explore(BUDGET)
    return Explorer(readings=SHORT).explore(BUDGET // 4)


@pytest.mark.slow
def test_all_orders_are_explored_and_nothing_is_broken(explored, capsys, record_property):
    with capsys.disabled():
        sys.stdout.write("\n" + explored.table())
    record_property("small world", explored.table())
    assert explored.broken == []
    assert explored.complete >= 3


@pytest.mark.slow
def test_after_trouble_each_eligible_guest_is_licensed_within_one_retry_interval(explored):
    assert len(explored.sample) > 150
    assert [late for state in explored.sample.values() if (late := after_trouble(state))] == []


@pytest.mark.slow
def test_states_with_one_abstraction_have_one_future(explored):
    assert len(explored.twins) > 50
    assert told_apart(explored, abstract) == set()


def test_the_same_states_are_found_again():
    assert Explorer().explore(500).rows == Explorer().explore(500).rows


# --- each judge rejects what it should ---------------------------------------------------------------


def with_rules(**changed):
    return attrs.evolve(DOCUMENTED, rules=attrs.evolve(DOCUMENTED.rules, **changed))


def with_command(kind, handler):
    return attrs.evolve(DOCUMENTED, commands={**DOCUMENTED.commands, kind: handler})


def changed_by(rule, **changes):
    """Make a rule whose licence is changed afterwards."""
    genuine = getattr(DOCUMENTED.rules, rule)

    def wrong(licence, *args, **kwargs):
        made = genuine(licence, *args, **kwargs)
        return attrs.evolve(made, **{name: change(licence, made) for name, change in changes.items()})

    return with_rules(**{rule: wrong})


def stop_that_forgets_to_void(world, command, by):
    if world.state.guests[command.guest].running:
        world.emit(ev.GuestStopped(command.guest), by)


def move_that_forgets_to_void(world, command, by):
    world.emit(ev.GuestMigrated(command.guest, command.to), by)


def move_to_nowhere(world, command, by):
    world.emit(ev.GuestMigrated(command.guest, "h3"), by)


def later(licence, made):
    return (made.next[0] + 2 * HOUR, made.next[1])


WRONG = {
    "a stop does not void": (with_command(cmd.Stop, stop_that_forgets_to_void), "only-who-may-ask-waits"),
    "a move does not void": (with_command(cmd.Migrate, move_that_forgets_to_void), "only-who-may-ask-waits"),
    "a move leads nowhere": (with_command(cmd.Migrate, move_to_nowhere), "each-guest-is-on-one-host"),
    "a grant is renewed late": (changed_by("granted", next=later), "who-runs-asks-again"),
    "a grace never ends": (changed_by("started", grace=lambda *_: None), "a-status-fits-its-key"),
    "another key keeps the attempt due": (
        changed_by("replaced", next=lambda licence, _: licence.next),
        "who-runs-asks-again",
    ),
}


def mixed_up(world, packet_id, by):
    """Deliver a packet although nobody is there to take it."""
    packet = world.state.packets[packet_id]
    world.emit(ev.BytesIgnored(packet.guest, packet_id), by)


def lost(world, packet_id, by):
    world.emit(ev.PacketLost(packet_id), by)


def service_that_nobody_stopped(*_):
    return ""


def with_delivery(handler):
    dues = list(DOCUMENTED.dues)
    dues[DELIVERY] = handler
    return attrs.evolve(DOCUMENTED, dues=tuple(dues))


WRONG |= {
    "closed pipes deliver": (with_delivery(mixed_up), "open-pipes-deliver"),
    "open pipes lose": (with_delivery(lost), "open-pipes-deliver"),
    "a stopped service answers": (
        with_rules(nobody_answers=service_that_nobody_stopped),
        "running-services-answer",
    ),
}


# Worlds that are wrong for everybody, by id.
WRONG |= {
    name: (wrong_world(name).behaviour, said)
    for name, said in {
        "bound-to-nobody": "a-licence-has-its-grant",
        "failure-is-the-last": "who-runs-asks-again",
        "failure-takes-the-licence": "only-grants-license",
        "host-not-activated": "only-activated-hosts-grant",
        "newer-guest": "grants-fit-the-matrix",
        "one-nonce": "nonces-never-repeat",
        "other-key-keeps-licence": "a-status-fits-its-key",
        "start-asks-nothing": "who-runs-asks-again",
    }.items()
}


@pytest.mark.parametrize("name", WRONG)
def test_a_world_that_is_wrong_is_found_wrong(name):
    behaviour, said = WRONG[name]
    assert said in Explorer(behaviour).explore(WRONG_BUDGET).checks()


def test_a_void_that_clears_nothing_is_found(monkeypatch):
    monkeypatch.setitem(engine._APPLY, ev.AttemptVoided, lambda *_: ())
    assert "only-who-may-ask-waits" in Explorer().explore(2_000).checks()


def in_flight(seconds):
    """Return a state in which a guest has a request under way, or after so many seconds more."""
    world = stage()
    world.do(cmd.Migrate("g1", "h2"))
    world.do(cmd.Start("g1"))
    if seconds:
        world.do(cmd.Advance(world.state.now_us + seconds * SECOND))
    return world.state


def test_what_flies_is_judged():
    state = in_flight(0)
    (packet,) = state.packets.values()
    assert judged(state) == []
    state.packets[1] = attrs.evolve(packet, host="h1")
    assert judged(state) == ["asks-where-it-is: g1 asks h1 in its open pipe"]
    state.packets[1] = packet
    state.packets[2], state.packet_ids = attrs.evolve(packet, id=2), 2
    assert judged(state) == ["one-of-each: g1 has 2 packets alike"]


def service_that_stays_down(world, command, by):
    world.emit(ev.ServiceChanged(command.host, "stopped"), by)


LATE = {
    "retries come late": changed_by("failed", next=later),
    "activation does nothing": with_command(cmd.Activate, lambda *_: None),
    "a service stays down": with_command(cmd.SetService, service_that_stays_down),
}


@pytest.mark.parametrize("name", LATE)
def test_what_must_be_reachable_is_missed_where_it_is_not(name):
    found = Explorer(LATE[name], every=2).explore(1_500)
    assert found.broken == []
    assert any(after_trouble(state, LATE[name]) for state in found.sample.values())


def licensed_in(seconds):
    """Return a state whose guest on h1 was licensed so many seconds ago, with everything else as it was."""
    world = stage()
    world.do(cmd.Start("g1"))
    world.do(cmd.Advance(world.state.now_us + seconds * SECOND))
    return world.state


def changed(state, rows, name, **fields):
    """Return the state with one row changed by hand."""
    state = state.copy()
    row = getattr(state, rows)[name]
    getattr(state, rows)[name] = attrs.evolve(row, **fields)
    return state


def actions_that_tell(one, another):
    """Name the actions of which the two states tell another story."""
    return told_apart(Explored(sample={0: one}, twins={0: another}), lambda _: 0)


ASKED, LICENSED_G1 = in_flight(0), licensed_in(0)
ENDS_SOON = changed(LICENSED_G1, "licences", "g1", end=(LICENSED_G1.now_us + HOUR, 9))
UNHEARD = changed(ASKED, "hosts", "h2", service="hung")
ARMED = LICENSED_G1.copy()
ARMED.faults["gone"] = ArmedFault(Fault("gone", "drop", to="guest"))
# What decides how a lab goes on: two states that differ in nothing else, and an action that tells.
DECIDES = {
    "when an attempt is due": (
        LICENSED_G1,
        changed(LICENSED_G1, "licences", "g1", next=(LICENSED_G1.now_us + HOUR, 9)),
        "advance to next due",
    ),
    "when a licence ends": (LICENSED_G1, ENDS_SOON, "advance 8d"),
    "when a grace ends": (
        changed(LICENSED_G1, "licences", "g1", status=GRACE),
        changed(LICENSED_G1, "licences", "g1", status=GRACE, grace=(LICENSED_G1.now_us + HOUR, 9)),
        "advance to next due",
    ),
    "a status": (ENDS_SOON, changed(ENDS_SOON, "licences", "g1", status=NOTIFICATION), "advance 8d"),
    "a key": (LICENSED_G1, changed(LICENSED_G1, "guests", "g2", key=KMS_KEYS["g2"]), "start g2"),
    "a release": (LICENSED_G1, changed(LICENSED_G1, "guests", "g2", release="ws2022"), "start g2"),
    "where a guest is": (LICENSED_G1, changed(LICENSED_G1, "guests", "g2", host="h2"), "start g2"),
    "whether it runs": (LICENSED_G1, changed(LICENSED_G1, "guests", "g1", running=False), "start g1"),
    "an activation": (LICENSED_G1, changed(LICENSED_G1, "hosts", "h1", activation=None), "start g2"),
    "a service": (LICENSED_G1, changed(LICENSED_G1, "hosts", "h1", service="stopped"), "start g2"),
    "a latency": (LICENSED_G1, changed(LICENSED_G1, "hosts", "h1", latency_us=1), "start g2"),
    "a fault": (LICENSED_G1, ARMED, "start g2"),
    "a deadline": (
        ASKED,
        changed(ASKED, "attempts", "g1", deadline=(ASKED.now_us + 1, 9)),
        "advance until quiet",
    ),
    "when an attempt began": (
        UNHEARD,
        changed(UNHEARD, "attempts", "g1", started_us=ASKED.now_us - 9),
        "advance 8d",
    ),
    "when a packet arrives": (
        ASKED,
        changed(ASKED, "packets", 1, due=(ASKED.now_us + 1, 9)),
        "advance to next due",
    ),
    "what it says": (ASKED, changed(ASKED, "packets", 1, blob=b"?"), "advance until quiet"),
    "which pipe it is in": (ASKED, changed(ASKED, "packets", 1, pipe=0), "advance until quiet"),
    "what waits for it": (
        UNHEARD,
        changed(UNHEARD, "attempts", "g1", end=attrs.evolve(UNHEARD.attempts["g1"].end, phase=WAITING_BAD)),
        "advance until quiet",
    ),
}


@pytest.mark.parametrize("name", DECIDES)
def test_what_decides_is_kept_and_would_be_missed(name):
    one, another, action = DECIDES[name]
    assert abstract(one) != abstract(another)
    assert action in actions_that_tell(one, another)


def test_what_is_dropped_decides_nothing():
    one, another = LICENSED_G1, licensed_in(0)
    assert one == another
    another.packet_ids, another.n = 77, 88
    another.nonces["g1"], another.records["g1"] = 55, 66
    another = changed(another, "guests", "g1", pipe=44)
    assert abstract(one) == abstract(another)
    assert actions_that_tell(one, another) == set()


def without_packets(state):
    state = state.copy()
    state.packets.clear()
    return abstract(state)


FORGETFUL = {
    "faults": lambda state: abstract(state)[:5],
    "hosts": lambda state: (*abstract(state)[:1], *abstract(state)[3:]),
    "packets": without_packets,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORGETFUL)
def test_an_abstraction_that_forgets_too_much_is_found(name):
    found = Explorer(key_of=FORGETFUL[name], every=1).explore(4_000 if name == "packets" else 2_000)
    assert told_apart(found, FORGETFUL[name])
