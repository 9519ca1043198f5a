"""A swarm: each run plays a random subset of rules over everything that a lab can be told, faults included.

A run is decided by its seed alone. After each command it is held against the invariants of traces and of
states, the law of decisions and of moving told once more, and the refold; at its end all trouble stops, and
every eligible guest is licensed within one retry interval. What the runs reached is counted in a table of
marks: one that was never reached fails. By hand, with more runs, or with one of them::

    AVMA_SIM_SWARM=20000 tox -e hunt -- --numprocesses=0 tests/world/test_swarm.py
    AVMA_SIM_SWARM=1 AVMA_SIM_SWARM_SEED=77 tox -e hunt -- --numprocesses=0 tests/world/test_swarm.py
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import attrs
import pytest

from avma_sim import InputError, load_facts, rerun
from avma_sim.checks import Watch, wrong_in
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import ACTIONS, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.lab_events import REASONS
from avma_sim.model.licence import ARRIVAL, LICENSED, NOTIFICATION
from avma_sim.model.migration import ARRIVE, COPY, QUICK
from avma_sim.model.packet import NEVER_US, TO_GUEST
from avma_sim.model.readings import Readings
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.write import scenario_text
from avma_sim.sim import world as engine
from avma_sim.sim.actors import attempts, clusters, copies, guests, host_life, moves, power
from avma_sim.sim.agenda import DELIVERY, MIGRATION
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import read_line, write_line
from avma_sim.sim.chance import chance_below
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, apply_entry, new_state
from avma_sim.wrong import wrong_world

FACTS, DOCUMENTED = load_facts(), find_behaviour()
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
RETRY, DEADLINE = 2 * HOUR, 30 * SECOND

CI_RUNS = 900
HUNT = os.environ.get("HYPOTHESIS_PROFILE") == "hunt"
RUNS = int(os.environ.get("AVMA_SIM_SWARM", 20 * CI_RUNS if HUNT else CI_RUNS))
FIRST_SEED = int(os.environ.get("AVMA_SIM_SWARM_SEED", "0"))
COMMANDS_MOST = 90
REFOLD_EVERY = 6  # commands
LINES_EVERY = 12  # runs

# --- the law of decisions, told once more (sections 3 and 7) --------------------------------------------

BUILDS = {
    "ws2012": 9200,
    "ws2012r2": 9600,
    "ws2016": 14393,
    "ws1709": 16299,
    "ws2019": 17763,
    "ws2022": 20348,
    "ws2025": 26100,
    "win10": 0,  # runs no guests that AVMA activates
}
# The published keys by release and edition, and the first build of their families.
OWN_KEYS = {
    ("ws2012r2", "datacenter"): "Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW",
    ("ws2012r2", "standard"): "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V",
    ("ws2016", "datacenter"): "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J",
    ("ws2016", "standard"): "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
    ("ws1709", "datacenter"): "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J",
    ("ws1709", "standard"): "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
    ("ws2019", "datacenter"): "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW",
    ("ws2019", "standard"): "TNK62-RXVTB-4P47B-2D623-4GF74",
    ("ws2022", "datacenter"): "W3GNR-8DDXR-2TFRP-H8P33-DV9BG",
    ("ws2022", "standard"): "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK",
}
FIRST_BUILDS = {
    key: min(BUILDS[release] for (release, _), own in OWN_KEYS.items() if own == key)
    for key in OWN_KEYS.values()
}
OTHER_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed; these labs declare it
NO_HOST, NOT_ACTIVATED, MISMATCH, OVER = 0xC004FD01, 0xC004FD02, 0xC004FD03, 0xC004FD00
SILENT, BROKEN = 0x800705B4, 0x8007000D
NOT_BOUND = 0xC004FD04


def qualifies(host, reads):
    """Row 5: the edition."""
    return host.edition == "datacenter" or (host.release == "ws2012r2" and reads.host_2012r2_edition == "any")


def is_activated(host):
    """Row 6: an evaluation is none."""
    return host.activation is not None and host.activation.channel != "evaluation"


def too_new(host, guest, reads):
    """Row 8: the guest's build, or its key's family."""
    first = BUILDS[guest.release]
    if reads.semi_annual_order == "family":
        first = FIRST_BUILDS[OWN_KEYS[guest.release, guest.edition]]
    return max(first, FIRST_BUILDS[guest.key]) > BUILDS[host.release]


def no_channel(host, guest, reads):
    """Rows 2, 4, 5: nobody is there to be asked."""
    exchanges = (guest.data_exchange and guest.kvp_service) or reads.data_exchange_off == "no-effect"
    return (
        host.platform != "hyper-v"
        or not exchanges
        or BUILDS[host.release] < BUILDS["ws2012r2"]
        or host.service == "stopped"
        or (not qualifies(host, reads) and reads.host_edition == "no-channel")
    )


def code_of_the_guest(host, guest, reads):
    """Rows 2 to 5, and row 8 where it has no answer; None where the guest asks."""
    if host.platform in {"azure", "azure-nested"}:
        return NOT_ACTIVATED
    if no_channel(host, guest, reads):
        return NO_HOST
    silent = qualifies(host, reads) and is_activated(host) and reads.host_too_old == "invalid-host"
    return NO_HOST if silent and too_new(host, guest, reads) else None


def code_of_the_host(host, guest, reads):
    """Rows 6 to 9 and 11; row 10 counts."""
    if not qualifies(host, reads) or not is_activated(host):
        return NOT_ACTIVATED
    if too_new(host, guest, reads) or guest.key != OWN_KEYS[guest.release, guest.edition]:
        return MISMATCH
    return 0


def is_eligible(host, guest, reads):
    """Say whether a guest is licensed where nothing is wrong, in one attempt."""
    return (
        guest.key in FIRST_BUILDS
        and code_of_the_guest(host, guest, reads) is None
        and code_of_the_host(host, guest, reads) == 0
        and host.encryption == guest.encryption
        and 2 * host.latency_us < DEADLINE
        and host.request_limit is None
    )


class JudgedWorld(World):
    """Holds decisions, their arrival and every delivery against the law; what is wrong is kept in `wrong`."""

    def __init__(self, settings, behaviour=DOCUMENTED):
        journal = KeepJournal(Header(settings, FACTS.digest, behaviour.name))
        super().__init__(FACTS, behaviour, journal, new_state(settings))
        self.wrong = []
        self.asking = {}  # guests as they were when they asked, by nonce
        self.answers = {}  # codes by nonce
        self.back = {}  # where guests go back to, until they are there

    def emit(self, event, by):
        judge = _JUDGES.get(type(event))
        if judge is not None:
            self.wrong += judge(self, event)
        if getattr(event, "arrived", 0):
            self.wrong += wrong_delivery(self.state, event)
        n = super().emit(event, by)
        if isinstance(event, ev.HostStarted) and any(key[0] == event.host for key in self.state.ends):
            self.wrong.append(f"a-host-that-starts-remembers-nothing: {event.host}")
        return n

    def seen(self):
        """Return what is wrong, a command having been carried out."""
        lost = [f"who-is-rolled-back-is-back: {name} is not on {host}" for name, host in self.back.items()]
        return [*self.wrong, *lost]


def wrong_asking(world, event):
    state = world.state
    guest = state.guests[event.guest]
    world.asking[event.attempt.end.nonce] = guest
    code = code_of_the_guest(state.hosts[guest.host], guest, state.settings.readings)
    if code is not None:
        yield f"law-of-decisions: {event.guest} asks, and should say {code:08X} by itself"


def wrong_decision(world, event):
    record, host = event.record, world.state.hosts[event.host]
    guest, reads = world.asking[record.nonce], world.state.settings.readings
    world.answers[record.nonce] = record.code
    code = code_of_the_host(host, guest, reads)
    over = record.code == OVER and code == 0 and host.request_limit is not None
    if record.code != code and not over:
        yield f"law-of-decisions: {host.name} says {record.code:08X} to {guest.name}, the law {code:08X}"
    if host.encryption != guest.encryption:
        yield f"law-of-decisions: {host.name} reads {guest.name}, which encrypts otherwise"


def wrong_end(world, event):
    """Hold what a guest logs against what its host answered, or what it says by itself."""
    state, record = world.state, event.record
    guest = state.guests[event.guest]
    if event.arrived:
        wanted = {world.answers.get(record.nonce)}
    elif record.nonce:
        wanted = {SILENT, BROKEN}
    else:
        wanted = {code_of_the_guest(state.hosts[guest.host], guest, state.settings.readings)}
    if record.code not in wanted:
        yield f"law-of-decisions: {event.guest} ends with {record.code:08X}, wanted {wanted}"


def wrong_roll_back(world, event):
    """Note where a guest is to go; nothing is wrong until the command is over and it is not there."""
    if event.how == "rolled-back":
        world.back[event.guest] = world.state.migrations[event.guest].source
    return ()


def wrong_move(world, event):
    if world.back.pop(event.guest, event.to) != event.to:
        yield f"who-is-rolled-back-is-back: {event.guest} goes to {event.to}"


_JUDGES = {
    ev.MigrationEnded: wrong_roll_back,
    ev.GuestMigrated: wrong_move,
    ev.AttemptStarted: wrong_asking,
    ev.ActivationDecided: wrong_decision,
    ev.AttemptFailed: wrong_end,
    ev.LicenceGranted: wrong_end,
}


def wrong_delivery(state, event):
    """Law section 4: a packet is lost exactly where its pipe is closed, and waits only for who is paused."""
    packet = state.packets[event.arrived]
    guest, host = state.guests[packet.guest], state.hosts[packet.host]
    is_open = guest.running and guest.pipe == packet.pipe
    kept = packet.due[0] == NEVER_US  # it waited, and its guest has left the pipe by another event
    if is_open == isinstance(event, ev.PacketLost) and not kept:
        yield f"open-pipes-deliver: {type(event).__name__} of {guest.name} in pipe {packet.pipe}"
    if packet.to == TO_GUEST and not isinstance(event, ev.PacketLost) and guest.stands_still:
        yield f"who-stands-still-reads-nothing: {guest.name}"
    answers = isinstance(event, ev.ActivationDecided | ev.RequestRepeated | ev.RequestUnread)
    if answers and not (host.up and host.service == "running"):
        yield f"running-services-answer: {host.name} answers"


# --- what holds of states, beside `avma_sim.checks` ---------------------------------------------------


def wrong_guests(state):
    for guest in state.guests.values():
        host, migration = state.hosts[guest.host], state.migrations.get(guest.name)
        able = host.up and (host.hyperv or host.platform != "hyper-v")
        arriving = migration is not None and migration.phase == ARRIVE
        if guest.running and not able:
            yield f"guests-run-where-they-can: {guest.name} runs on {host.name}"
        if guest.with_host and (guest.running or guest.saved or able):
            yield f"with-host-waits-for-its-host: {guest.name} on {host.name}"
        if (guest.running and guest.saved) or (guest.paused and not guest.running):
            yield f"one-power: {guest.name} is running={guest.running} saved={guest.saved}"
        if guest.on_its_way != (arriving and guest.running):
            yield f"on-its-way-is-arriving: {guest.name}"
        if guest.on_its_way and guest.name in state.attempts:
            yield f"who-is-on-its-way-asks-nothing: {guest.name}"


def wrong_migrations(state):
    for name, row in state.migrations.items():
        guest = state.guests.get(name)
        if guest is None or not {row.source, row.to} <= set(state.hosts) or row.source == row.to:
            yield f"migrations-exist: {name} from {row.source} to {row.to}"
        elif guest.host != (row.source if row.phase == COPY else row.to):
            yield f"one-owner: {name} is on {guest.host} in {row.phase} of {row.source} to {row.to}"
        elif not state.hosts[guest.host].up or (row.phase == COPY and not state.hosts[row.to].up):
            yield f"dead-hosts-migrate-nothing: {name} in {row.phase}"
        elif guest.saved != (row.kind == QUICK) or guest.running == guest.saved:
            yield f"migrations-carry-memory: {name} is {guest.power} in a {row.kind} one"


def wrong_packets(state):
    for packet in state.packets.values():
        guest = state.guests[packet.guest]
        if packet.due[0] == NEVER_US and not (guest.paused and packet.pipe == guest.pipe):
            yield f"packets-wait-for-who-is-paused: {packet.id} of {guest.name}, which is {guest.power}"


def wrong_hosts(state):
    for host in state.hosts.values():
        if host.draining and not host.cluster:
            yield f"nodes-are-drained: {host.name} is in no cluster"
        if host.cluster and (host.platform != "hyper-v" or not host.hyperv):
            yield f"nodes-run-hyper-v: {host.name}"


def wrong_faults(state):
    for name, fault in state.faults.items():
        if not 0 <= fault.hits <= fault.seen:
            yield f"faults-count: {name} hit {fault.hits} of {fault.seen}"


def wrong_state(state):
    judges = (wrong_guests, wrong_migrations, wrong_packets, wrong_hosts, wrong_faults)
    return [*wrong_in(FACTS, state), *(line for judge in judges for line in judge(state))]


def back_guests(before, after):
    for name, guest in before.guests.items():
        now = after.guests.get(name)
        if now is None:
            yield f"nobody-vanishes: {name}"
            continue
        if now.pipe < guest.pipe or after.nonces.get(name, 0) < before.nonces.get(name, 0):
            yield f"pipes-and-nonces-never-go-back: {name}"
        if (now.vm_id, now.tenant) != (guest.vm_id, guest.tenant):
            yield f"a-guest-stays-itself: {name}"
        if now.host == guest.host:
            continue
        if now.running and now.pipe == guest.pipe:
            yield f"a-move-closes-the-pipe: {name}"
        if name in before.attempts and before.attempts[name] == after.attempts.get(name):
            yield f"a-move-voids: {name}"


def back_hosts(before, after):
    for name, host in before.hosts.items():
        now = after.hosts.get(name)
        if now is None or now.identity < host.identity:
            yield f"identities-never-go-back: {name}"
        elif now.identity == host.identity and after.records.get(name, 0) < before.records.get(name, 0):
            yield f"hosts-forget-no-record: {name}"
    if after.packet_ids < before.packet_ids or not set(before.checkpoints) <= set(after.checkpoints):
        yield "counts-never-go-back: packets or checkpoints"


def wrong_since(before, after):
    """Name what went back that never does: pipes, nonces, ids, identities, checkpoints."""
    return [*back_guests(before, after), *back_hosts(before, after)]


# --- the law of moving, copying and host life (section 6), a line a command that was carried out --------


def where(condition, what):
    return () if condition else (f"law-of-life: {what}",)


def after_pause(before, after, command):
    name = command.guest
    same = before.attempts.get(name) == after.attempts.get(name)
    return where(after.guests[name].paused and same, f"{name} is paused, and what is pending stays")


def after_save(before, after, command):
    guest = after.guests[command.guest]
    kept = before.licences[guest.name].status == after.licences[guest.name].status
    return where(
        guest.saved and guest.name not in after.attempts and kept,
        f"{guest.name} is saved, nothing is pending",
    )


def after_resume(before, after, command):
    was, now = before.guests[command.guest], after.guests[command.guest]
    pipe = now.pipe == was.pipe + was.saved
    return where(now.running and not now.stands_still and pipe, f"{now.name} goes on, saved in a new pipe")


def after_start(before, after, command):
    was, now = before.guests[command.guest], after.guests[command.guest]
    return where(now.running and now.pipe == was.pipe + 1, f"{now.name} runs, in a new pipe")


def after_stop(before, after, command):
    name = command.guest
    kept = before.licences[name].status == after.licences[name].status
    off = after.guests[name].power == "off" and name not in after.attempts | after.migrations
    return where(off and kept, f"{name} is off, and keeps its licence")


def after_migrate(before, after, command):
    was, now = before.guests[command.guest], after.guests[command.guest]
    migration = after.migrations.get(was.name)
    if migration is not None and migration.phase == COPY:
        same = before.attempts.get(was.name) == after.attempts.get(was.name) or migration.kind == QUICK
        return where(now.host == was.host and same, f"{was.name} is on {was.host} until its switch-over")
    if command.fails:
        return ()
    owner = where(now.host == command.to, f"{was.name} is on {command.to}")
    if command.kind == "failover":
        dead = not before.hosts[was.host].up
        return owner + where(dead and now.running == was.with_host, f"{was.name} runs where it ran")
    kept = before.licences[was.name].status == after.licences[was.name].status or now.running
    alike = now.power == was.power or migration is not None
    return owner + where(alike and kept, f"{was.name} keeps its power and its licence")


def after_copy(before, after, command):
    source, copy = before.guests[command.guest], after.guests[command.name]
    licence = after.licences[command.name]
    apart = copy.vm_id != source.vm_id and copy.power == "off" and copy.host == command.host
    bound = before.licences[source.name].status != LICENSED or (
        (licence.status, licence.reason) == (NOTIFICATION, NOT_BOUND)
    )
    rest = licence.status != LICENSED and licence.next is None and not copy.with_host
    return where(apart and bound and rest, f"{command.name} is a copy of its own, off and not licensed")


def after_checkpoint(before, after, command):
    name = command.guest
    tables = ("guests", "licences", "attempts", "nonces")
    same = all(getattr(before, table).get(name) == getattr(after, table).get(name) for table in tables)
    return where(same, f"{name} goes on as it was")


def after_apply(before, after, command):
    name, kept = command.guest, before.checkpoints[command.guest, command.name]
    was, now = before.guests[name], after.guests[name]
    memory = kept.kind == "standard" and kept.guest.power != "off"
    stays = (now.host, now.vm_id, now.tenant) == (was.host, was.vm_id, was.tenant)
    back = (now.release, now.edition, now.key) == (kept.guest.release, kept.guest.edition, kept.guest.key)
    return (
        where(stays, f"{name} stays where and who it is")
        + where(back and after.licences[name] == kept.licence, f"{name} has what it had then")
        + where(now.power == ("saved" if memory else "off"), f"{name} is {now.power}")
        + where(name not in after.attempts, f"{name} has nothing pending")
        + where((after.logs[name], after.records[name]) == (kept.log, kept.records), f"the log of {name}")
    )


def after_host_stopped(before, after, command):
    host = command.host
    left = [guest for guest in before.guests.values() if guest.host == host and guest.running]
    marked = all(after.guests[guest.name].with_host for guest in left)
    return where(not after.hosts[host].up and marked, f"{host} is down, its guests wait for it")


def placed(before, after, leaving):
    """Say where a node's guests go: each to the node with the fewest, of several the first by name."""
    nodes = [host for host in before.hosts.values() if host.cluster == leaving.cluster != ""]
    takes = [host for host in nodes if host.up and not host.draining and host.name != leaving.name]
    counts = dict.fromkeys((host.name for host in takes), 0)
    guests = [guest for guest in before.guests.values() if guest.host == leaving.name]
    for guest in before.guests.values():
        migration = None if guest in guests else after.migrations.get(guest.name)
        where = guest.host if migration is None else migration.to
        if where in counts:
            counts[where] += 1
    found = {}
    for guest in guests if counts else ():
        found[guest.name] = min(counts, key=lambda name: (counts[name], name))
        counts[found[guest.name]] += 1
    return found


def after_host_crashed(before, after, command):
    host = before.hosts[command.host]
    guests = [guest for guest in before.guests.values() if guest.host == host.name]
    places = placed(before, after, host)
    if not places:
        silent = all(before.records.get(g.name) == after.records.get(g.name) for g in guests)
        return after_host_stopped(before, after, command) + where(silent, "who dies logs nothing")
    moved = all(after.guests[name].host == place for name, place in places.items())
    ran = all(after.guests[g.name].running == (g.running or g.with_host) for g in guests)
    return where(moved and ran, f"the other nodes of {host.cluster} took over the guests of {host.name}")


def after_host_started(before, after, command):
    host = after.hosts[command.host]
    able = host.hyperv or host.platform != "hyper-v"
    waiting = [g for g in before.guests.values() if g.host == host.name and (g.with_host or g.running)]
    runs = all(after.guests[guest.name].running == able for guest in waiting)
    return where(host.up and runs, f"{host.name} is up, and so are its guests")


def after_host_upgraded(before, after, command):
    was, now = before.hosts[command.host], after.hosts[command.host]
    same = (now.identity, now.cluster, now.latency_us) == (was.identity, was.cluster, was.latency_us)
    log = after.records.get(now.name, 0) >= before.records.get(now.name, 0)
    done = (now.release, now.edition, now.activation) == (command.release, command.edition, None)
    return where(same and log and done, f"{now.name} is upgraded, itself, and not activated")


def after_host_rebuilt(before, after, command):
    was, now = before.hosts[command.host], after.hosts[command.host]
    fresh = now.identity == was.identity + 1 and not now.cluster and now.activation is None
    log = after.logs[now.name]  # of what was decided since, at this instant
    empty = all(row.at_us == after.now_us for chunk in (*log.older, log.recent) for row in chunk)
    return where(fresh and empty and now.hyperv and now.up, f"{now.name} is another host")


def after_drain(before, after, command):
    gone = all(
        place == (after.migrations[name].to if name in after.migrations else after.guests[name].host)
        for name, place in placed(before, after, before.hosts[command.host]).items()
    )
    left = [
        g.name for g in after.guests.values() if g.host == command.host and g.name not in after.migrations
    ]
    return where(after.hosts[command.host].draining and gone and not left, f"{command.host} is drained")


def after_advance(before, after, command):
    reached = command.until or after.now_us == command.to_us
    return where(reached and after.now_us >= before.now_us, "the clock is where it was told to be")


AFTER = {
    cmd.Pause: after_pause,
    cmd.Save: after_save,
    cmd.Resume: after_resume,
    cmd.Stop: after_stop,
    cmd.Start: after_start,
    cmd.Migrate: after_migrate,
    cmd.CopyGuest: after_copy,
    cmd.TakeCheckpoint: after_checkpoint,
    cmd.ApplyCheckpoint: after_apply,
    cmd.StopHost: after_host_stopped,
    cmd.CrashHost: after_host_crashed,
    cmd.StartHost: after_host_started,
    cmd.RestartHost: after_host_started,
    cmd.SetRole: after_host_started,
    cmd.UpgradeHost: after_host_upgraded,
    cmd.RebuildHost: after_host_rebuilt,
    cmd.DrainHost: after_drain,
    cmd.Advance: after_advance,
}


def wrong_after(before, after, command, outcome):
    if outcome:
        judge = AFTER.get(type(command))
        return [] if judge is None else list(judge(before, after, command))
    if isinstance(command, cmd.Upgrade):  # a key that is refused is told after the upgrade
        return []
    before.n = after.n
    return [] if before == after else [f"a-refusal-changes-nothing: {type(command).__name__}"]


# --- the rules: a name, and what makes a command of the state or says that there is none now ------------


class Draw:
    """Chance of one run: each draw has its number, so a run is decided by its seed."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def below(self, bound):
        self.count += 1
        return chance_below(self.seed, "swarm", "driver", self.count, bound)

    def yes(self, percent=50):
        return self.below(100) < percent

    def of(self, items):
        return items[self.below(len(items))]

    def row(self, rows, likely):
        """Choose a row's name, mostly one of those where a command is likely to lead somewhere."""
        wanted = [name for name, row in rows.items() if likely(row)]
        return self.of(wanted if wanted and self.yes(85) else list(rows))


def runs(guest):
    return guest.running and not guest.stands_still


def is_off(guest):
    return guest.power == "off"


def is_node(host):
    return host.cluster != "" and host.up


def anybody(row):
    return True


def a_guest_that(draw, state, likely):
    """Choose a guest, often one that waits for an answer: that is where things go wrong."""
    waits = [name for name in state.attempts if likely(state.guests[name])]
    paused = [name for name in waits if state.guests[name].paused]
    if paused and draw.yes(40):
        return draw.of(paused)
    return draw.of(waits) if waits and draw.yes(60) else draw.row(state.guests, likely)


def a_host_that(draw, state, likely=anybody):
    """Choose a host, often one with packets under way."""
    asked = [
        name for name in {packet.host: 0 for packet in state.packets.values()} if likely(state.hosts[name])
    ]
    return draw.of(asked) if asked and draw.yes(50) else draw.row(state.hosts, likely)


def of_guest(make, likely=runs):
    return lambda draw, state: make(a_guest_that(draw, state, likely))


def of_host(make, likely=anybody):
    return lambda draw, state: make(a_host_that(draw, state, likely))


def install_own(draw, state):
    guest = state.guests[draw.row(state.guests, runs)]
    return cmd.InstallProductKey(guest.name, OWN_KEYS[guest.release, guest.edition], elevated=draw.yes(90))


def install_any(draw, state):
    return cmd.InstallProductKey(
        a_guest_that(draw, state, runs), draw.of([*FIRST_BUILDS, OTHER_KEY, "no key"]), elevated=draw.yes(90)
    )


def upgrade(draw, state):
    release, edition = (
        draw.of(["ws2016", "ws2019", "ws2022"]),
        draw.of(["standard", "standard", "datacenter"]),
    )
    key = draw.of(["", OWN_KEYS[release, edition], OWN_KEYS[release, edition], OTHER_KEY])
    return cmd.Upgrade(a_guest_that(draw, state, runs), release, edition, key)


def other_host(draw, state, guest):
    """Choose where a guest goes: nearly always another host that is up."""
    here = state.guests[guest].host
    return draw.row(state.hosts, lambda host: host.name != here and host.up and not host.draining)


def move_at_once(draw, state):
    guest = a_guest_that(draw, state, anybody)
    return cmd.Migrate(guest, other_host(draw, state, guest))


SPANS = [0, SECOND, 10 * SECOND, MINUTE, 5 * MINUTE]


def move_slowly(draw, state):
    guest = a_guest_that(draw, state, lambda guest: guest.running)
    to = other_host(draw, state, guest)
    kind = draw.of(["live", "live", "quick"])
    return cmd.Migrate(guest, to, kind, copy_us=draw.of(SPANS), blackout_us=draw.of(SPANS))


def move_and_fail(draw, state):
    made = move_slowly(draw, state)
    return attrs.evolve(made, fails=draw.of(["start", "copy", "switch-over", "arrival", "arrival"]))


def fail_over(draw, state):
    guest = draw.row(state.guests, lambda guest: not state.hosts[guest.host].up)
    return cmd.Migrate(guest, other_host(draw, state, guest), "failover")


GUESTS_MOST, CHECKPOINTS_MOST = 7, 6


def copy(draw, state):
    if len(state.guests) >= GUESTS_MOST:
        return None
    guest = draw.row(state.guests, lambda guest: state.licences[guest.name].status == LICENSED)
    return cmd.CopyGuest(
        guest, f"g{len(state.guests) + 1}", draw.row(state.hosts, anybody), keep_id=draw.yes(15)
    )


def take_checkpoint(draw, state):
    if len(state.checkpoints) >= CHECKPOINTS_MOST:
        return None
    guest = a_guest_that(draw, state, lambda guest: guest.running)
    kind = draw.of(["standard", "standard", "production"])
    return cmd.TakeCheckpoint(guest, f"c{len(state.checkpoints) + 1}", kind)


def apply_checkpoint(draw, state):
    if not state.checkpoints:
        return None
    kept = list(state.checkpoints)
    waits = [(guest, name) for guest, name in kept if guest in state.attempts]
    status = {name: licence.status for name, licence in state.licences.items()}
    changes = [whose for whose, row in state.checkpoints.items() if row.licence.status != status[whose[0]]]
    return cmd.ApplyCheckpoint(*draw.of(draw.of([waits, waits, changes, kept]) or kept))


def becomes(draw, state, make, likely=anybody):
    host = a_host_that(draw, state, likely)
    release = draw.of([state.hosts[host].release, "ws2019", "ws2022", "ws2025", "ws2016"])
    return make(host, release, draw.of(["datacenter"] * 5 + ["standard"]))


def set_role(draw, state):
    host = draw.row(state.hosts, lambda host: not host.hyperv)
    return cmd.SetRole(host, not state.hosts[host].hyperv if draw.yes(90) else state.hosts[host].hyperv)


def set_cluster(draw, state):
    return cmd.SetCluster(draw.row(state.hosts, lambda host: host.up), draw.of(["c", "c", "d", ""]))


def drain(draw, state):
    full = {guest.host for guest in state.guests.values()}
    host = draw.row(state.hosts, lambda host: is_node(host) and host.name in full and not host.draining)
    return cmd.DrainHost(host, copy_us=draw.of(SPANS), blackout_us=draw.of(SPANS))


def activate(draw, state):
    host = draw.row(state.hosts, lambda host: not host.activated)
    until = draw.of([None, None, state.now_us + HOUR, state.now_us + DAY])
    return cmd.Activate(host, draw.of(["mak", "kms", "kms", "evaluation"]), until)


def serve(draw, state):
    host = a_host_that(draw, state)
    return cmd.SetService(host, draw.of(["running", "stopped", "hung"]))


def arm(draw, state):
    return cmd.ArmFault(
        Fault(
            f"f{len(state.fault_names)}",
            draw.of(ACTIONS),
            guest=draw.of(["", *state.guests]),
            to=draw.of(["", "host", "guest"]),
            nth=draw.of([0, 0, 1, 2]),
            by_us=draw.of([SECOND, 29 * SECOND, 31 * SECOND, 3 * HOUR, 3 * HOUR]),
            bit=draw.below(900),
            size=draw.below(100),
            blob=b"?",
        )
    )


def disarm(draw, state):
    return cmd.DisarmFault(draw.of(list(state.faults))) if state.faults else None


def for_a_while(*spans):
    return lambda draw, state: cmd.Advance(state.now_us + draw.of(spans))


def until_something(draw, state):
    until = draw.of(["quiet", "next-due", "attempt"])
    guest = draw.row(state.guests, lambda guest: guest.name in state.attempts) if until == "attempt" else ""
    return cmd.Advance(state.now_us + 4 * HOUR, until, guest)


def add_guest(draw, state):
    if len(state.guests) >= GUESTS_MOST:
        return None
    return cmd.AddGuest(a_guest(draw, f"g{len(state.guests) + 1}", list(state.hosts), encryption=True))


def add_host(draw, state):
    name = f"h{len(state.hosts) + 1}"
    return cmd.AddHost(a_host(draw, name, "", encryption=True), "mak") if len(state.hosts) < 5 else None


def mend(draw, state):
    """End one trouble of a host: else most guests would soon have nobody to ask."""
    host = state.hosts[draw.row(state.hosts, lambda host: not (host.up and host.hyperv and host.activated))]
    if not host.up:
        return cmd.StartHost(host.name)
    if not host.hyperv:
        return cmd.SetRole(host.name, on=True)
    return cmd.SetService(host.name, "running") if host.activated else cmd.Activate(host.name)


ALWAYS = {
    "start": of_guest(cmd.Start, lambda guest: not guest.running),
    "a moment": for_a_while(0, SECOND, 4 * SECOND, 4 * SECOND, 10 * SECOND, 14 * SECOND, 30 * SECOND),
    "mend": mend,
    "resume": of_guest(cmd.Resume, lambda guest: guest.paused or guest.saved),
    "until something": until_something,
}
RULES = {
    "stop": of_guest(cmd.Stop),
    "restart": of_guest(cmd.Restart),
    "pause": of_guest(cmd.Pause),
    "save": of_guest(cmd.Save, lambda guest: guest.running),
    "ato": of_guest(cmd.RequestActivation),
    "rearm": of_guest(cmd.Rearm),
    "install own key": install_own,
    "install any key": install_any,
    "uninstall key": lambda draw, state: cmd.UninstallProductKey(
        a_guest_that(draw, state, runs), elevated=draw.yes(90)
    ),
    "upgrade": upgrade,
    "data exchange": lambda draw, state: cmd.SetDataExchange(a_guest_that(draw, state, runs), draw.yes(60)),
    "kvp service": lambda draw, state: cmd.SetKvpService(a_guest_that(draw, state, runs), draw.yes(60)),
    "move at once": move_at_once,
    "move slowly": move_slowly,
    "move and fail": move_and_fail,
    "fail over": fail_over,
    "copy": copy,
    "take a checkpoint": take_checkpoint,
    "apply a checkpoint": apply_checkpoint,
    "stop a host": of_host(cmd.StopHost),
    "start a host": of_host(cmd.StartHost, lambda host: not host.up),
    "restart a host": of_host(cmd.RestartHost),
    "crash a host": of_host(cmd.CrashHost, lambda host: host.up),
    "upgrade a host": lambda draw, state: becomes(draw, state, cmd.UpgradeHost),
    "rebuild a host": lambda draw, state: becomes(draw, state, cmd.RebuildHost),
    "role": set_role,
    "cluster": set_cluster,
    "drain": drain,
    "undrain": of_host(cmd.ResumeHost, lambda host: host.draining),
    "activate": activate,
    "deactivate": of_host(cmd.Deactivate, lambda host: host.activated),
    "service": serve,
    "arm a fault": arm,
    "disarm a fault": disarm,
    "some minutes": for_a_while(MINUTE, 5 * MINUTE, 20 * MINUTE),
    "some hours": for_a_while(2 * HOUR, 3 * HOUR),
    "days": for_a_while(DAY, 8 * DAY),
    "add a guest": add_guest,
    "add a host": add_host,
}

# They undo what others did, so a run has little of each.
HARSH = {
    "stop a host",
    "rebuild a host",
    "upgrade a host",
    "role",
    "deactivate",
    "service",
    "data exchange",
    "kvp service",
    "uninstall key",
    "install any key",
    "days",
    "rearm",
    "stop",
}

# --- a run -----------------------------------------------------------------------------------------------

OTHER_READINGS = {
    "timing": ["short-lease", "short-lease", "permanent"],
    "no_seed_row": ["activation-denied"],
    "host_too_old": ["invalid-host"],
    "semi_annual_order": ["family"],
    "host_edition": ["refusal"],
    "host_2012r2_edition": ["any"],
    "wrong_key": ["deny-at-activation"],
    "data_exchange_off": ["no-effect"],
    "failed_unlicensed": ["initial-grace"],
    "move_to_unqualified": ["attempt-on-arrival"],
}


def a_host(draw, name, cluster, *, encryption):
    plain = draw.yes(85)
    return Host(
        name,
        draw.of(["ws2019", "ws2022"] if plain else ["ws2016", "ws2012r2", "ws2012", "win10"]),
        draw.of(["datacenter"] * 9 + ["standard"]),
        platform="hyper-v" if plain or cluster else draw.of(["hyper-v", "hyper-v", "azure", "vmware"]),
        encryption=encryption if draw.yes(97) else not encryption,
        latency_us=draw.of([0, SECOND, SECOND, 4 * SECOND, 4 * SECOND, 14 * SECOND, 16 * SECOND]),
        request_limit=draw.of([None] * 19 + [(1, HOUR)]),
        cluster=cluster,
    )


def a_guest(draw, name, hosts, *, encryption):
    release, edition = (
        draw.of(["ws2016", "ws2016", "ws2019", "ws1709", "ws2012r2"]),
        draw.of(["standard", "datacenter"]),
    )
    own = OWN_KEYS[release, edition]
    return Guest(
        name,
        b"",
        release,
        edition,
        draw.of(hosts),
        draw.of(["", own, own, own, own, own, own, OTHER_KEY]),
        encryption=encryption,
        unattend_key=draw.of([""] * 8 + [own, "no key"]),
    )


@attrs.frozen
class Run:
    """What a seed decides before anything happens."""

    settings: Settings
    stage: tuple[object, ...]  # commands
    rules: tuple[str, ...]  # by weight: a rule may be there more than once
    length: int


def planned(draw):
    chosen = {
        name: draw.of(values)
        for name, values in OTHER_READINGS.items()
        if draw.yes(30 if name in ("timing", "move_to_unqualified") else 12)
    }
    settings = Settings(draw.seed, readings=Readings(**chosen), other_keys=((OTHER_KEY, "retail"),))
    encryption, clustered = draw.yes(70), draw.yes(70)
    hosts = [f"h{number + 1}" for number in range(2 + draw.below(3))]
    stage: list[cmd.Command] = [
        cmd.AddHost(
            a_host(draw, name, "c" if clustered and draw.yes(80) else "", encryption=encryption),
            draw.of(["mak", "mak", "mak", "kms", "kms", ""]),
        )
        for name in hosts
    ]
    stage += [
        cmd.AddGuest(a_guest(draw, f"g{number + 1}", hosts, encryption=encryption))
        for number in range(2 + draw.below(4))
    ]
    stage += [
        cmd.Start(command.guest.name)
        for command in stage
        if isinstance(command, cmd.AddGuest) and draw.yes(80)
    ]
    rules = [*ALWAYS, *ALWAYS]
    for name in RULES:
        if draw.yes():
            rules += [name] * (1 if name in HARSH else draw.of([1, 2, 4]))
    rules += ["a moment"] * (len(rules) // 6)  # what is in flight meets whatever comes next
    return Run(settings, tuple(stage), tuple(rules), 20 + draw.below(COMMANDS_MOST - 19))


class Told:
    """A world that is told commands, and what is wrong with it after each."""

    def __init__(self, settings, behaviour=DOCUMENTED, marks=None):
        self.world = JudgedWorld(settings, behaviour)
        self.shadow = new_state(settings)
        self.watch, self.past = Watch(), Past(self.shadow)
        self.marks = Counter() if marks is None else marks
        self.lines = settings.seed % LINES_EVERY == 0
        self.done = 0

    @property
    def state(self):
        return self.world.state

    def tell(self, command):
        """Carry a command out, and say what is wrong; a command that is not admitted leaves no trace."""
        before = self.state.copy()
        try:
            outcome = self.world.do(command)
        except InputError:
            return [] if self.state == before else ["what-is-not-admitted-leaves-no-trace: it did"]
        except Exception as error:  # noqa: BLE001 - whatever stops the engine is what a swarm looks for
            return [f"the-engine-goes-on: {type(command).__name__}: {error!r}"]
        self.done += 1
        new = self.world.journal.entries()[before.n :]
        wrong = self.watch.see(new) + self.world.seen() + wrong_after(before, self.state, command, outcome)
        self._fold(new)
        wrong += [*wrong_state(self.state), *wrong_since(before, self.state)]
        if self.done % REFOLD_EVERY == 0 and self.shadow != self.state:
            wrong.append("the-refold-is-the-state: it is not")
        return wrong

    def _fold(self, entries):
        for entry in entries:
            self.marks.update(self.past.marks(entry))
            apply_entry(self.shadow, read_line(write_line(entry)) if self.lines else entry)


def mending(state):
    """Mend all hosts and channels, a command at a time."""
    for name in list(state.faults):
        yield cmd.DisarmFault(name)
    for name in list(state.hosts):
        if not state.hosts[name].up:
            yield cmd.StartHost(name)
        if not state.hosts[name].hyperv:
            yield cmd.SetRole(name, on=True)
        if state.hosts[name].draining:
            yield cmd.ResumeHost(name)
        yield cmd.SetService(name, "running")
        yield cmd.Activate(name)
    for name in state.guests:
        yield cmd.SetDataExchange(name, on=True)
        yield cmd.SetKvpService(name, running=True)


def healing(state):
    """End all trouble: then no migration is under way, and every guest runs."""
    yield from mending(state)
    while state.migrations:
        yield cmd.Advance(max(row.due[0] for row in state.migrations.values()))
    for name in list(state.guests):
        guest = state.guests[name]
        if guest.paused or guest.saved:
            yield cmd.Resume(name)
        elif not guest.running:
            yield cmd.Start(name)


def trouble_left(state):
    """Name the trouble that did not end: else nobody would be eligible, and nothing missed."""
    for host in state.hosts.values():
        serves = host.up and host.hyperv and not host.draining and host.service == "running"
        if not serves or not is_activated(host):
            yield f"trouble-ends: {host.name} still has it"
    for guest in state.guests.values():
        if guest.paused or guest.saved or not guest.exchanges_data:
            yield f"trouble-ends: {guest.name} still has it"
    if state.faults or state.migrations:
        yield "trouble-ends: faults or migrations are left"


def healed(told):
    """End all trouble, wait a retry interval and a deadline: who is eligible is licensed, and nobody else."""
    state = told.state
    for command in healing(state):
        wrong = told.tell(command)
        if wrong:
            return wrong
    n, left = state.n, list(trouble_left(state))
    wrong = left + told.tell(cmd.Advance(state.now_us + RETRY + DEADLINE))
    granted = {
        entry.what.guest
        for entry in told.world.journal.entries()[n:]
        if isinstance(entry.what, ev.LicenceGranted)
    }
    reads = state.settings.readings
    for name, guest in state.guests.items():
        if not guest.running:
            # Setup refuses an answer file's key at each start anew.
            if guest.unattend_key != "no key" or state.licences[name].grace is not None:
                wrong.append(f"who-is-eligible-is-licensed: {name} does not run")
        elif is_eligible(state.hosts[guest.host], guest, reads):
            if state.licences[name].status != LICENSED:
                wrong.append(f"who-is-eligible-is-licensed: {name} on {guest.host} is not")
        elif name in granted and state.hosts[guest.host].request_limit is None:
            wrong.append(f"who-is-not-eligible-is-not-licensed: {name} on {guest.host} is")
    if told.shadow != state:
        wrong.append("the-refold-is-the-state: it is not")
    return wrong


def play(seed, behaviour=DOCUMENTED, marks=None):
    """Play the run of a seed; return its plan, the commands that were told, and what was wrong."""
    draw = Draw(seed)
    run = planned(draw)
    told = Told(run.settings, behaviour, marks)
    commands: list[cmd.Command] = []
    wrong: list[str] = []
    for command in run.stage:
        commands.append(command)
        wrong = wrong or told.tell(command)
    rules = ALWAYS | RULES
    while not wrong and len(commands) < run.length + len(run.stage):
        command = rules[draw.of(run.rules)](draw, told.state)
        if command is not None:
            commands.append(command)
            wrong = told.tell(command)
    return run, commands, told, wrong or healed(told)


def told_again(run, commands, behaviour=DOCUMENTED):
    """Tell the commands once more, and end all trouble if nothing is wrong by then."""
    told = Told(run.settings, behaviour)
    for command in commands:
        wrong = told.tell(command)
        if wrong:
            return told, wrong
    return told, healed(told)


def check_of(line):
    return line.partition(":")[0]


def shrunk(run, commands, wrong, behaviour=DOCUMENTED, most=400):
    """Drop commands, halves first and then one by one, while the same check is broken."""
    wanted, size = check_of(wrong[0]), len(commands) // 2
    while size and most > 0:
        at = 0
        while at < len(commands) and most > 0:
            fewer = commands[:at] + commands[at + size :]
            most -= 1
            again = told_again(run, fewer, behaviour)[1]
            if any(check_of(line) == wanted for line in again):
                commands = fewer
            else:
                at += size
        size //= 2
    return commands


def report(seed, run, commands, wrong, behaviour=DOCUMENTED):
    """Say how a run failed, and the shortest story that was found to fail alike."""
    fewer = shrunk(run, commands, wrong, behaviour)
    told, again = told_again(run, fewer, behaviour)
    try:
        text = scenario_text(run.settings, told.world.journal.entries(), FACTS, f"swarm {seed}: told shorter")
    except Exception as error:  # noqa: BLE001 - a broken engine may have told what no file can say
        text = "\n".join([f"no scenario says it: {error!r}", *map(repr, fewer)])
    return "\n".join(
        [
            f"seed {seed}: AVMA_SIM_SWARM=1 AVMA_SIM_SWARM_SEED={seed}",
            f"rules: {', '.join(sorted(set(run.rules)))}",
            *wrong,
            f"--- {len(fewer)} of {len(commands)} commands still do it:",
            *again,
            text,
        ]
    )


# --- marks: what happened sometimes, found from the trace -------------------------------------------------


class Past:
    """What marks remember of a trace: functions of an entry, the state before it, and what was noted here."""

    def __init__(self, state):
        self.state = state  # folded by somebody else, an entry behind
        self.command = None
        self.t = 0
        self.still = {}  # since when a guest goes on, and how it stood still before
        self.waited, self.replayed = set(), set()  # packets
        self.granted = set()  # packets that bring a grant
        self.copies = set()
        self.changed = {}  # what became of a host
        self.applied = {}  # entry of a guest's newest applied checkpoint
        self.taken = {}  # where a checkpoint was taken
        self.kept = {}  # entry at which a fault kept its blob

    def marks(self, entry):
        """Return the marks of the next entry."""
        if entry.by is None:
            self.command = entry.what
            return []
        self.t = entry.t
        event = entry.what
        found = [f"event {type(event).__name__}"]
        for marker in MARKERS.get(type(event), ()):
            found += marker(self, event)
        self._note(entry)
        return found

    def _note(self, entry):
        note = NOTES.get(type(entry.what))
        if note is not None:
            note(self, entry.what, entry)


def note_going_on(past, event, entry):
    guest = past.state.guests[event.guest]
    was = "on its way" if guest.power == "running" else guest.power
    past.still[event.guest] = (entry.t, was)


def note_decision(past, event, entry):
    if event.record.outcome == "granted":
        past.granted.add(event.packet.id)


def note_hit(past, event, entry):
    if event.what == "keep":
        past.kept[event.fault] = entry.n
    packet = past.state.packets[event.hit]
    if event.what == "replay" and past.applied.get(packet.guest, -1) > past.kept[event.fault]:
        past.replayed.add(event.hit)


def note_waiting(past, event, entry):
    past.waited.add(event.waiting)


def note_copy(past, event, entry):
    past.copies.add(event.guest.name)


def note_change(past, event, entry):
    past.changed[event.host.name] = event.what


def note_taken(past, event, entry):
    past.taken[event.guest, event.checkpoint.name] = past.state.guests[event.guest].host


def note_applied(past, event, entry):
    past.applied[event.guest] = entry.n


NOTES = {
    ev.GuestStarted: note_going_on,
    ev.GuestResumed: note_going_on,
    ev.ActivationDecided: note_decision,
    ev.FaultHit: note_hit,
    ev.PacketWaits: note_waiting,
    ev.GuestCopied: note_copy,
    ev.HostChanged: note_change,
    ev.CheckpointTaken: note_taken,
    ev.CheckpointApplied: note_applied,
}


def answers_for(past, guest):
    """Return the ids of answers that are under way to a guest."""
    packets = past.state.packets.values()
    return {packet.id for packet in packets if packet.guest == guest and packet.to == TO_GUEST}


def on_refusal(past, event):
    yield f"refused {event.reason}"


def on_key_refused(past, event):
    yield "Setup refuses a key" if event.setup else "a key is refused"


def on_migration_started(past, event):
    row = event.migration
    for name, other in past.state.migrations.items():
        yield "two migrations at once"
        if (other.source, other.to) == (row.to, row.source) and name != event.guest:
            yield "two guests pass each other"
    if event.guest in past.state.attempts:
        yield "a migration starts with an attempt pending"
    if past.state.guests[event.guest].paused:
        yield "a paused guest migrates"
        if isinstance(past.command, cmd.DrainHost):
            yield "a drain moves a paused guest"


def on_migration_ended(past, event):
    row, hosts = past.state.migrations[event.guest], past.state.hosts
    guest = past.state.guests[event.guest]
    if not guest.running and not guest.saved and event.how == "failed" and event.phase == row.fails:
        yield "a migration of a guest that is off fails"
        return
    yield f"{row.kind} migration {event.how} in {event.phase}"
    if not hosts[row.source].up and row.phase == COPY:
        yield "the source dies during a copy"
    if not hosts[row.to].up:
        yield f"the destination dies during the {row.phase}"
    if not hosts[row.source].up and event.how == "arrived":
        yield "a guest arrives from a dead host"
    if not hosts[row.source].up and event.how == "failed" and row.phase == ARRIVE:
        yield "a roll-back has nowhere to go"
    if event.how == "cancelled" and isinstance(past.command, cmd.Stop):
        yield "a stop cancels a migration"


def on_migrated(past, event):
    guest, state = past.state.guests[event.guest], past.state
    source = state.hosts[guest.host]
    if not source.up and source.cluster and isinstance(past.command, cmd.CrashHost):
        yield f"a crash moves a guest that is {guest.power}{' and ran' if guest.with_host else ''}"
    elif not source.up and isinstance(past.command, cmd.Migrate):
        yield f"a failover by hand of a guest that {'ran' if guest.with_host else 'did not run'}"
    elif event.migration is None and event.guest not in state.migrations:
        yield f"a guest moves at once that is {guest.power}"
    if isinstance(past.command, cmd.DrainHost):
        yield f"a drain moves a guest that is {guest.power}"
    if event.guest in state.attempts:
        yield "a switch-over with an attempt pending"
    if answers_for(past, event.guest):
        yield "a switch-over with an answer in flight"
    if past.waited & answers_for(past, event.guest):
        yield "a switch-over with an answer that waits"
    if state.licences[event.guest].status == LICENSED:
        yield "a licensed guest moves"


def on_started(past, event):
    guest = past.state.guests[event.guest]
    if guest.with_host:
        yield f"a guest starts again by {type(past.command).__name__}"
    if event.guest in past.copies:
        yield "a copy is started"
    if guest.rearmed:
        yield "a rearmed guest starts"
    yield from in_migration(past, event.guest, "a restart")


def in_migration(past, guest, what):
    row = past.state.migrations.get(guest)
    if row is not None and row.phase == COPY:
        yield f"{what} during a copy"


def on_stopped(past, event):
    guest = past.state.guests[event.guest]
    if guest.paused:
        yield "a paused guest is stopped"
    if event.crashed and guest.on_its_way:
        yield "a guest dies on its way"


def on_voided(past, event):
    yield f"an attempt is voided by {event.why}"
    if past.waited & answers_for(past, event.guest):
        yield "an attempt is voided whose answer waits"


def on_saved(past, event):
    if past.state.guests[event.guest].paused:
        yield "a paused guest is saved"


def on_resumed(past, event):
    guest, attempt = past.state.guests[event.guest], past.state.attempts.get(event.guest)
    yield f"a guest goes on that was {'on its way' if guest.power == 'running' else guest.power}"
    if attempt is not None:
        overdue = attempt.deadline[0] < past.t
        yield "a deadline is overdue on resume" if overdue else "a resume in time"
        if overdue and event.packets:
            yield "an answer waited past its deadline"


def went_on_now(past, guest):
    """Say how a guest stood still that goes on at this instant."""
    t, was = past.still.get(guest, (None, ""))
    return was if t == past.t else ""


def on_attempt(past, event):
    was = went_on_now(past, event.guest)
    if was:
        yield f"an attempt is made by a guest that was {was}"
    if event.attempt.trigger == ARRIVAL:
        yield "a guest asks on arrival"
    yield from in_migration(past, event.guest, "an attempt")


def on_failed(past, event):
    before = past.state.licences[event.guest]
    yield f"failed with {event.record.code:08X}"
    if event.record.nonce and not event.arrived and went_on_now(past, event.guest) == "paused":
        yield "a deadline is judged on resume"
    if before.status == LICENSED:
        ends = event.licence.status != LICENSED
        yield "a refusal on arrival ends a licence" if ends else "a failure leaves a licence alone"
    if event.arrived in past.waited:
        yield "an answer waited and was a refusal"


def on_granted(past, event):
    before = past.state.licences[event.guest]
    if event.arrived in past.waited:
        yield "an answer waited and was a grant"
    if event.guest in past.copies:
        yield "a copy is licensed"
    if before.status == LICENSED and before.host != event.licence.host:
        yield "a licence is renewed by another host"
    if event.guest in past.applied:
        yield "a grant after a checkpoint was applied"
    yield from in_migration(past, event.guest, "a grant")


def on_ended(past, event):
    before = past.state.licences[event.guest]
    due = before.end if before.status == LICENSED else before.grace
    what = "licence" if before.status == LICENSED else "grace"
    yield f"a {what} ends"
    was = went_on_now(past, event.guest)
    if due is not None and due[0] < past.t and was:
        yield f"an end is applied that was missed while {was}"
    if event.guest in past.state.attempts:
        yield "a licence ends with an attempt pending"


def on_key(past, event):
    yield from in_migration(past, event.guest, "a change of key")


def on_ignored(past, event):
    if event.arrived in past.waited:
        yield "an answer waited and came late"


def on_bad(past, event):
    yield f"bad bytes are {event.reason}"
    if event.arrived in past.replayed:
        yield "an old answer is replayed after a checkpoint"
    if event.arrived in past.waited:
        yield "bad bytes waited"


def on_lost(past, event):
    packet = past.state.packets[event.arrived]
    if event.arrived in past.waited:
        yield "an answer waited and was lost"
    if packet.to == TO_GUEST and past.applied.get(packet.guest, -1) > packet.due[1]:
        yield "an answer from before a checkpoint is lost"
    if event.arrived in past.granted:
        yield "a grant is lost"


def on_decided(past, event):
    yield f"decided with {event.record.code:08X}"
    what = past.changed.get(event.host)
    if what is not None and event.record.outcome == "granted":
        yield f"a host grants that was changed: {what}"


def on_unanswered(past, event):
    yield f"unanswered: {event.why}"


def on_unread(past, event):
    yield f"unread: {event.reason}"


def on_hit(past, event):
    yield f"fault {event.what}"


def on_taken(past, event):
    guest = past.state.guests[event.guest]
    yield f"a {event.checkpoint.kind} checkpoint of a guest that is {guest.power}"
    if event.guest in past.state.attempts:
        yield "a checkpoint is taken with an attempt pending"


def on_applied(past, event):
    state, name = past.state, event.guest
    guest, licence = state.guests[name], state.licences[name]
    yield f"a checkpoint is applied to a guest that is {guest.power}"
    if name in state.attempts:
        yield "a checkpoint is applied with an attempt pending"
    if past.waited & answers_for(past, name):
        yield "a checkpoint is applied with an answer that waits"
    had, has = licence.status == LICENSED, event.licence.status == LICENSED
    if had != has:
        yield f"a checkpoint {'takes a licence away' if had else 'brings a licence back'}"
    if has and event.licence.end is not None and event.licence.end[0] < past.t:
        yield "a checkpoint brings a licence back that is over"
    for what in ("key", "release"):
        if getattr(guest, what) != getattr(event.row, what):
            yield f"a checkpoint changes the {what} back"
    if past.taken[name, event.name] != guest.host:
        yield "a checkpoint is applied on another host"


def on_copied(past, event):
    guest, state = past.state.guests[event.source], past.state
    yield f"a copy of a guest that is {guest.power}"
    licensed = state.licences[event.source].status == LICENSED
    yield f"a copy of a guest that is {'licensed' if licensed else 'not licensed'}"
    if event.source in state.attempts:
        yield "a copy of a guest with an attempt pending"
    if event.source in past.copies:
        yield "a copy of a copy"


def guests_of(past, host):
    return [guest for guest in past.state.guests.values() if guest.host == host]


def on_host_stopped(past, event):
    host, state = past.state.hosts[event.host], past.state
    there = guests_of(past, event.host)
    if event.crashed:
        yield f"a crash {'in a cluster' if host.cluster else 'of a host alone'}"
    if any(guest.saved for guest in there):
        yield "a host stops with a saved guest"
    if any(guest.paused for guest in there):
        yield "a host stops with a paused guest"
    if any(row.source == event.host and row.phase == ARRIVE for row in state.migrations.values()):
        yield "a source stops after the switch-over"
    if any(packet.host == event.host for packet in state.packets.values()):
        yield "a host stops with packets in flight"


def on_host_started(past, event):
    host = past.state.hosts[event.host]
    if not host.hyperv and any(guest.with_host for guest in guests_of(past, event.host)):
        yield "a host comes up without its role, and its guests wait"


def on_host_changed(past, event):
    yield f"a host is changed: {event.what}"
    flying = {packet.id for packet in past.state.packets.values() if packet.host == event.host.name}
    if event.what in ("rebuilt", "upgraded") and past.granted & flying:
        yield f"a host is {event.what} with a grant in flight"
    if event.what == "rebuilt" and past.state.hosts[event.host.name].cluster:
        yield "a node is rebuilt"


def on_drained(past, event):
    if event.draining and len(guests_of(past, event.host)) > 1:
        yield "a drain moves two guests"
    if event.draining and not guests_of(past, event.host):
        yield "a drain of an empty node"


def on_host_ended(past, event):
    yield f"a host's activation is {event.why}"
    if not past.state.hosts[event.host].up:
        yield "an activation ends while its host is down"


MARKERS = {
    ev.CommandRefused: (on_refusal,),
    ev.ProductKeyRefused: (on_key_refused,),
    ev.MigrationStarted: (on_migration_started,),
    ev.MigrationEnded: (on_migration_ended,),
    ev.GuestMigrated: (on_migrated,),
    ev.GuestStarted: (on_started,),
    ev.GuestStopped: (on_stopped,),
    ev.GuestSaved: (on_saved,),
    ev.GuestResumed: (on_resumed,),
    ev.AttemptVoided: (on_voided,),
    ev.AttemptStarted: (on_attempt,),
    ev.AttemptFailed: (on_failed,),
    ev.LicenceGranted: (on_granted,),
    ev.LicenceEnded: (on_ended,),
    ev.ProductKeyInstalled: (on_key,),
    ev.ProductKeyRemoved: (on_key,),
    ev.BytesIgnored: (on_ignored,),
    ev.BadBytesSeen: (on_bad,),
    ev.PacketLost: (on_lost,),
    ev.ActivationDecided: (on_decided,),
    ev.RequestUnanswered: (on_unanswered,),
    ev.RequestUnread: (on_unread,),
    ev.FaultHit: (on_hit,),
    ev.CheckpointTaken: (on_taken,),
    ev.CheckpointApplied: (on_applied,),
    ev.GuestCopied: (on_copied,),
    ev.HostStopped: (on_host_stopped,),
    ev.HostStarted: (on_host_started,),
    ev.HostChanged: (on_host_changed,),
    ev.HostDrained: (on_drained,),
    ev.HostActivationEnded: (on_host_ended,),
}


# Key-value pairs have a swarm of their own: test_kvp_swarm.py.
PAIRS = {name for name in (kind.__name__ for kind in (*ev.EVENTS, *cmd.COMMANDS)) if "Kvp" in name}
PAIRS -= {"KvpServiceChanged", "SetKvpService"}
EVENTS = tuple(f"event {event.__name__}" for event in ev.EVENTS if event.__name__ not in PAIRS)
# A guest is rearmed 1,001 times before that is refused; tests/unit/sim/test_rearm.py does it.
OTHERS_REFUSE = {"no-rearm", "no-kvp", "no-item", "pool-full", "computed", "no-windows"}
REFUSALS = tuple(f"refused {reason}" for reason in REASONS if reason not in OTHERS_REFUSE)
MIGRATIONS = tuple(
    f"{kind} migration {end}"
    for kind in ("live", "quick")
    for end in (
        "failed in start",
        "failed in copy",
        "failed in switch-over",
        "failed in arrival",
        "arrived in arrival",
        "rolled-back in arrival",
        "cancelled in copy",
        "cancelled in arrival",
    )
)
VOIDS = tuple(
    f"an attempt is voided by {why}"
    for why in ("stop", "restart", "save", "host", "migration", "checkpoint", "key", "upgrade")
)
CODES = (
    *(f"decided with {code:08X}" for code in (0, OVER, NOT_ACTIVATED, MISMATCH)),
    *(f"failed with {code:08X}" for code in (OVER, NO_HOST, NOT_ACTIVATED, MISMATCH, SILENT, BROKEN)),
)
FAULTS = tuple(f"fault {what}" for what in (*ACTIONS, "keep", "release"))
CHECKPOINTS = tuple(
    f"a {kind} checkpoint of a guest that is {power}"
    for kind in ("standard", "production")
    for power in ("running", "paused", "saved", "off")
)
POWERS = tuple(
    f"{what} {power}"
    for power in ("running", "paused", "saved", "off")
    for what in (
        "a checkpoint is applied to a guest that is",
        "a copy of a guest that is",
        "a drain moves a guest that is",
        "a guest moves at once that is",
    )
)
STARTS = tuple(
    f"a guest starts again by {command}"
    for command in (
        "StartHost",
        "RestartHost",
        "UpgradeHost",
        "RebuildHost",
        "SetRole",
        "CrashHost",
        "Migrate",
    )
)
SOMETIMES = (
    *EVENTS,
    *REFUSALS,
    *MIGRATIONS,
    *VOIDS,
    *CODES,
    *FAULTS,
    *CHECKPOINTS,
    *POWERS,
    *STARTS,
    "Setup refuses a key",
    "a key is refused",
    "a rearmed guest starts",
    "a grace ends",
    "a licence ends",
    "a licence is renewed by another host",
    "a failure leaves a licence alone",
    "a grant is lost",
    "a host's activation is expired",
    "a host's activation is lost",
    "an activation ends while its host is down",
    "unanswered: stopped",
    "unanswered: hung",
    "unanswered: data-exchange-off",
    "unread: encryption",
    "unread: length",
    "unread: mac",
    "bad bytes are error-frame",
    "bad bytes are length",
    "bad bytes are mac",
    # Standing still.
    "a resume in time",
    "a deadline is overdue on resume",
    "a deadline is judged on resume",
    "an answer waited and was a grant",
    "an answer waited and was lost",
    "an answer waited and came late",
    "an answer waited past its deadline",
    "a guest goes on that was paused",
    "a guest goes on that was saved",
    "a guest goes on that was on its way",
    "a paused guest is saved",
    "a paused guest is stopped",
    "an attempt is made by a guest that was off",
    "an attempt is made by a guest that was paused",
    "an attempt is made by a guest that was saved",
    "an attempt is made by a guest that was on its way",
    "an end is applied that was missed while off",
    "an end is applied that was missed while paused",
    "an end is applied that was missed while saved",
    # Moving.
    "a licensed guest moves",
    "a paused guest migrates",
    "a migration of a guest that is off fails",
    "a migration starts with an attempt pending",
    "a switch-over with an attempt pending",
    "a switch-over with an answer in flight",
    "a switch-over with an answer that waits",
    "an attempt during a copy",
    "a grant during a copy",
    "a change of key during a copy",
    "a restart during a copy",
    "a stop cancels a migration",
    "a guest asks on arrival",
    "a refusal on arrival ends a licence",
    "two migrations at once",
    "two guests pass each other",
    "the source dies during a copy",
    "the destination dies during the copy",
    "the destination dies during the arrival",
    "a source stops after the switch-over",
    "a guest arrives from a dead host",
    "a guest dies on its way",
    "a roll-back has nowhere to go",
    # Copies and checkpoints.
    "a copy is started",
    "a copy is licensed",
    "a copy of a copy",
    "a copy of a guest that is licensed",
    "a copy of a guest that is not licensed",
    "a copy of a guest with an attempt pending",
    "a checkpoint is taken with an attempt pending",
    "a checkpoint is applied with an attempt pending",
    "a checkpoint is applied on another host",
    "a checkpoint brings a licence back",
    "a checkpoint takes a licence away",
    "a checkpoint changes the key back",
    "a checkpoint changes the release back",
    "a grant after a checkpoint was applied",
    "an answer from before a checkpoint is lost",
    # Hosts and clusters.
    "a host is changed: upgraded",
    "a host is changed: rebuilt",
    "a host is changed: role",
    "a host is changed: cluster",
    "a host grants that was changed: upgraded",
    "a host grants that was changed: rebuilt",
    "a host grants that was changed: role",
    "a host grants that was changed: cluster",
    "a host is rebuilt with a grant in flight",
    "a host is upgraded with a grant in flight",
    "a host stops with a paused guest",
    "a host stops with a saved guest",
    "a host stops with packets in flight",
    "a host comes up without its role, and its guests wait",
    "a node is rebuilt",
    "a crash in a cluster",
    "a crash of a host alone",
    "a crash moves a guest that is off",
    "a crash moves a guest that is off and ran",
    "a crash moves a guest that is saved",
    "a drain moves a paused guest",
    "a drain moves two guests",
    "a drain of an empty node",
    "a failover by hand of a guest that ran",
    "a failover by hand of a guest that did not run",
)
# What so many runs reach by luck alone: told in the table, missed only by a hunt.
RARELY = (
    "bad bytes waited",
    "a checkpoint brings a licence back that is over",
    "a checkpoint is applied with an answer that waits",
    "a licence ends with an attempt pending",
    "an answer waited and was a refusal",
    "an old answer is replayed after a checkpoint",
    "unanswered: too-old",
    "unread: kind",
    "unread: marker",
    "unread: version",
    "unread: vm-id",
    "bad bytes are kind",
    "bad bytes are marker",
    "bad bytes are version",
    "bad bytes are encryption",
    "unread: error-frame",
)


def table(marks):
    """Tell how often each mark was reached, the rarest first."""
    counts = {name: marks[name] for name in (*SOMETIMES, *RARELY)}
    lines = [f"{count:9,} {name}" for name, count in sorted(counts.items(), key=lambda row: (row[1], row[0]))]
    return "\n".join([f"{RUNS:,} runs from seed {FIRST_SEED}:", *lines, ""])


@attrs.define
class Swarm:
    """What became of all runs."""

    marks: Counter[str] = attrs.Factory(Counter)
    failures: list[str] = attrs.Factory(list)
    used: Counter[str] = attrs.Factory(Counter)
    seeds: list[int] = attrs.Factory(list)


FAILURES_MOST = 3  # told; whoever mends one sees the next


def played():
    found = Swarm()
    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        run, commands, told, wrong = play(seed, marks=found.marks)
        found.seeds.append(seed)
        found.used.update({type(command).__name__ for command in commands})
        if wrong:
            found.failures.append(report(seed, run, commands, wrong))
        elif told.lines:
            found.failures += not_told_alike(seed, run, told)
        if len(found.failures) >= FAILURES_MOST:
            break
    return found


def not_told_alike(seed, run, told):
    """Carry a run's commands out anew, and as a scenario: both lead to what they led to."""
    entries, state = told.world.journal.entries(), told.state
    again = rerun(told.world.journal.header, entries, FACTS)
    if again.journal.entries() != entries or again.state != state:
        return [f"seed {seed}: its commands lead elsewhere when they are carried out anew"]
    text = scenario_text(run.settings, entries, FACTS, f"swarm: {seed}")
    result, played, _ = play_scenario(read_scenario(text, "swarm.avma.yaml"), seed)
    shadow = new_state(run.settings)
    for entry in played:
        apply_entry(shadow, entry)
    alike = not result.failures and shadow == state
    return [] if alike else [f"seed {seed}: written as a scenario it leads elsewhere\n{text}"]


@pytest.mark.slow
def test_whatever_happens_the_law_holds_and_everything_happens_sometimes(capsys, record_property):
    """One test, not four, so that only one worker plays the runs."""
    swarm = played()
    assert not swarm.failures, "\n\n".join(swarm.failures)
    assert swarm.seeds == list(range(FIRST_SEED, FIRST_SEED + RUNS))
    told = table(swarm.marks)
    record_property("swarm", told)
    sys.stdout.write(told)  # shown by -s
    if HUNT:
        with capsys.disabled():
            sys.stdout.write("\n" + told)
    assert set(swarm.marks) <= {*SOMETIMES, *RARELY}
    if RUNS >= CI_RUNS:  # fewer do not reach everything
        assert len(swarm.seeds) >= 900
        wanted = (*SOMETIMES, *RARELY) if RUNS >= 20 * CI_RUNS else SOMETIMES
        missed = [name for name in wanted if not swarm.marks[name]]
        assert not missed, f"never reached: {', '.join(missed)}\n{told}"
        assert set(swarm.used) == {command.__name__ for command in cmd.COMMANDS} - PAIRS


def test_a_mark_that_is_never_reached_is_told():
    marks = Counter({name: 1 for name in SOMETIMES if name != "a grant is lost"})
    assert table(marks).splitlines()[1].strip() == "0 a checkpoint brings a licence back that is over"
    assert [name for name in SOMETIMES if not marks[name]] == ["a grant is lost"]
    assert len({*SOMETIMES, *RARELY}) == len(SOMETIMES) + len(RARELY)


def test_the_same_seed_is_the_same_run():
    one, another = play(7), play(7)
    assert one[:2] == another[:2]
    assert one[2].world.journal.trace_hash() == another[2].world.journal.trace_hash()
    assert len(set(one[0].rules)) < len(ALWAYS | RULES)
    assert one[0].rules != play(8)[0].rules


# --- worlds that are wrong on purpose, and the check that finds each ---------------------------------------


def folded(event, function):
    """Fold an event otherwise, live and from the journal."""

    def change(patch):
        genuine = engine.APPLY[event]
        wrong = lambda state, told: function(genuine, state, told)  # noqa: E731 - one line of a table
        patch.setitem(engine._APPLY, event, wrong)
        patch.setattr(engine, "APPLY", {**engine.APPLY, event: wrong})

    return change


def replaced(function, *places):
    """Put a function in the place of one or several of its kind."""

    def change(patch):
        for place in places:
            patch.setattr(place, function.__name__, function)

    return change


def never_void(*whys):
    """Forget to void an attempt for such reasons."""
    genuine = attempts.void

    def void(world, name, why, by, licence=None):
        return by if why in whys else genuine(world, name, why, by, licence)

    return replaced(void, moves, power, copies)


def changed(after, change):
    """Make a fold that changes a guest's row once more after an event, as the row before it says."""

    def fold(genuine, state, event):
        before = state.guests[event.guest]
        keys = genuine(state, event)
        state.guests[event.guest] = attrs.evolve(state.guests[event.guest], **change(before))
        return keys

    return folded(after, fold)


def rewound(*fields):
    """Make a fold by which fields of a guest go back with a checkpoint that should not."""

    def fold(genuine, state, event):
        then = state.checkpoints[event.guest, event.name].guest
        keys = genuine(state, event)
        back = {name: getattr(then, name) for name in fields}
        state.guests[event.guest] = attrs.evolve(state.guests[event.guest], **back)
        return keys

    return folded(ev.CheckpointApplied, fold)


def reverted(genuine, state, event):
    keys = genuine(state, event)
    state.nonces[event.guest] = 0
    return keys


def keep_ends(genuine, state, event):
    ends = state.ends.copy()
    genuine(state, event)
    state.ends.update(ends)
    return ()


def keep_log(genuine, state, event):
    log = state.logs[event.host.name]
    keys = genuine(state, event)
    state.logs[event.host.name] = log
    return keys


def keep_guest_log(genuine, state, event):
    log = state.logs[event.guest]
    keys = genuine(state, event)
    state.logs[event.guest] = log
    return keys


def lose_waiting(world, name, by):
    return by


def go_on(world, name, by):
    """Leave an overdue deadline where it was."""
    state = world.state
    licence = world.behaviour.rules.resumed(state.licences[name], state.now_us, state.n)
    waited = tuple(
        attrs.evolve(packet, due=(state.now_us, state.n))
        for packet in state.packets.values()
        if packet.guest == name and packet.due[0] == NEVER_US
    )
    return world.emit(ev.GuestResumed(name, licence, state.attempts.get(name), waited), by)


def go_down(world, host, by, *, crashed=False):
    """Leave migrations as they are."""
    by = world.emit(ev.HostStopped(host.name, crashed), by)
    for guest in [
        guest for guest in world.state.guests.values() if guest.host == host.name and guest.running
    ]:
        by = power.power_off(world, guest, "host", by, with_host=True, crashed=crashed)
    return by


def take_over(world, guest, to, by):
    """Start nobody."""
    return world.emit(ev.GuestMigrated(guest.name, to), by)


def changing(**kept):
    """Let a host's change keep what it should not."""
    genuine = host_life._change

    def _change(world, host, row, what, by):
        fields = {name: getattr(host, name) for name in kept.get(what, ())}
        genuine(world, host, attrs.evolve(row, **fields), what, by)

    return replaced(_change, host_life)


def stopping(**changed):
    genuine = power.power_off

    def power_off(world, guest, why, by, **flags):
        return genuine(world, guest, why, by, **(flags | changed if flags else flags))

    return replaced(power_off, power, moves, guests, host_life)


def with_command(kind, handler):
    return attrs.evolve(DOCUMENTED, commands={**DOCUMENTED.commands, kind: handler})


def pause_that_voids(world, command, by):
    power.pause(world, command, by)
    if world.state.guests[command.guest].paused:
        attempts.void(world, command.guest, "stop", by)


def fail_over_at_once(world, command, by):
    if command.kind != "failover" or world.state.migrations.get(command.guest):
        moves.migrate(world, command, by)
    else:
        moves.take_over(world, world.state.guests[command.guest], command.to, by)


def phase_over(world, name, by):
    """Say that a guest is rolled back, and leave it where it is."""
    row = world.state.migrations[name]
    if row.phase == ARRIVE and row.fails == ARRIVE and world.state.hosts[row.source].up:
        by = world.emit(ev.MigrationEnded(name, "rolled-back", ARRIVE), by)
        moves._awake(world, name, by)
    else:
        moves.phase_over(world, name, by)


def deliver(world, packet_id, by):
    """Deliver to a guest that is paused."""
    packet = world.state.packets[packet_id]
    guest = world.state.guests[packet.guest]
    if guest.paused and guest.pipe == packet.pipe and packet.to == TO_GUEST:
        attempts._guest_receives(world, guest, packet, by)
    else:
        attempts.deliver(world, packet_id, by)


def with_due(kind, handler):
    dues = list(DOCUMENTED.dues)
    dues[kind] = handler
    return attrs.evolve(DOCUMENTED, dues=tuple(dues))


def with_rules(**rules):
    return attrs.evolve(DOCUMENTED, rules=attrs.evolve(DOCUMENTED.rules, **rules))


def late(licence, *args, **kwargs):
    made = DOCUMENTED.rules.failed(licence, *args, **kwargs)
    return attrs.evolve(made, next=(made.next[0] + RETRY, made.next[1]))


def nothing(world, command, by):
    """Carry a command out that leaves nothing behind."""


def paused_first(world, command, by):
    """Pause a guest, and then refuse to."""
    if runs(world.state.guests[command.guest]):
        world.emit(ev.GuestPaused(command.guest), by)
    power.pause(world, command, by)


def forgetful(patch):
    """Fold a pause live otherwise than from the journal."""
    patch.setitem(engine._APPLY, ev.GuestPaused, lambda *_: ())


def _counts(world, leaving):
    """Count nodes that are down or drained too."""
    return dict.fromkeys(
        (h.name for h in world.state.hosts.values() if h.cluster == leaving.cluster and h is not leaving), 0
    )


WRONG = {
    "a switch-over does not void": (never_void("migration"), "only-who-may-ask-waits"),
    "a save does not void": (never_void("save"), "only-who-may-ask-waits"),
    "a host that stops does not void": (never_void("host"), "only-who-may-ask-waits"),
    "a checkpoint does not void": (never_void("checkpoint"), "only-who-may-ask-waits"),
    "a pause voids": (with_command(cmd.Pause, pause_that_voids), "law-of-life"),
    "a pipe goes back with a checkpoint": (rewound("pipe"), "pipes-and-nonces-never-go-back"),
    "nonces go back with a checkpoint": (
        folded(ev.CheckpointApplied, reverted),
        "pipes-and-nonces-never-go-back",
    ),
    "a log does not go back with a checkpoint": (
        folded(ev.CheckpointApplied, keep_guest_log),
        "law-of-life",
    ),
    "a checkpoint brings its host back": (rewound("host"), "law-of-life"),
    "what waits is not lost": (
        replaced(lose_waiting, power, moves, copies),
        "packets-wait-for-who-is-paused",
    ),
    "a paused guest reads": (with_due(DELIVERY, deliver), "who-stands-still-reads-nothing"),
    "a deadline is not judged on resume": (replaced(go_on, power, moves, guests), "attempt-within-deadline"),
    "a resume stays in its pipe": (
        changed(ev.GuestResumed, lambda before: {"pipe": before.pipe}),
        "law-of-life",
    ),
    "a guest waits for its host though it runs": (
        changed(ev.GuestStarted, lambda before: {"with_host": before.with_host}),
        "with-host-waits-for-its-host",
    ),
    "a guest does not start with its host": (stopping(with_host=False), "law-of-life"),
    "who dies says good-bye": (stopping(crashed=False), "law-of-life"),
    "a crash leaves migrations as they are": (
        replaced(go_down, host_life, clusters),
        "dead-hosts-migrate-nothing",
    ),
    "a take-over starts nobody": (replaced(take_over, moves, clusters), "law-of-life"),
    "a node that is down takes guests": (replaced(_counts, clusters), "one-host-per-guest"),
    "a failover from a host that is up": (with_command(cmd.Migrate, fail_over_at_once), "law-of-life"),
    "an activation survives an upgrade": (changing(upgraded=("activation",)), "law-of-life"),
    "an activation survives a rebuild": (changing(rebuilt=("activation",)), "law-of-life"),
    "an identity survives a rebuild": (changing(rebuilt=("identity",)), "law-of-life"),
    "a log survives a rebuild": (folded(ev.HostChanged, keep_log), "law-of-life"),
    "a host remembers after its restart": (
        folded(ev.HostStarted, keep_ends),
        "a-host-that-starts-remembers-nothing",
    ),
    "two owners after a switch-over": (
        changed(ev.GuestMigrated, lambda before: {"host": before.host}),
        "one-owner",
    ),
    "a roll-back leaves the guest": (with_due(MIGRATION, phase_over), "who-is-rolled-back-is-back"),
    "a guest on its way does not stand still": (
        changed(ev.GuestMigrated, lambda _: {"on_its_way": False}),
        "on-its-way-is-arriving",
    ),
    "a copy keeps its licence": (wrong_world("copy-keeps-licence").behaviour, "only-grants-license"),
    "a copy keeps its id": (wrong_world("copy-keeps-id").behaviour, "one-vm-id-per-guest"),
    "a resume misses what is due": (
        with_rules(resumed=lambda licence, *_: attrs.evolve(licence, next=None)),
        "who-runs-asks-again",
    ),
}
WRONG |= {
    "a node is chosen by its name alone": (wrong_world("all-on-one-node").behaviour, "law-of-life"),
    "retries come late": (with_rules(failed=late), "who-is-eligible-is-licensed"),
    "an activation does nothing": (with_command(cmd.Activate, nothing), "trouble-ends"),
    "a resume does nothing": (with_command(cmd.Resume, nothing), "law-of-life"),
    "hosts grant newer guests": (wrong_world("newer-guest").behaviour, "law-of-decisions"),
    "a refusal comes too late": (with_command(cmd.Pause, paused_first), "a-refusal-changes-nothing"),
    "the journal does not tell a pause": (forgetful, "the-refold-is-the-state"),
}
WRONG_RUNS = 120


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_world_that_is_wrong_is_found_wrong(name, monkeypatch):
    change, wanted = WRONG[name]
    behaviour = DOCUMENTED
    if callable(change):
        change(monkeypatch)
    else:
        behaviour = change
    seen: set[str] = set()
    for seed in range(WRONG_RUNS):
        seen |= {check_of(line) for line in play(seed, behaviour)[3]}
        if wanted in seen:
            return
    pytest.fail(f"{wanted} finds nothing; found by {sorted(seen) or 'nobody'}")


@pytest.mark.slow
def test_a_failure_is_told_as_a_short_story():
    behaviour = with_rules(copied=lambda licence: licence)
    seed = next(seed for seed in range(WRONG_RUNS) if play(seed, behaviour)[3])
    run, commands, _, wrong = play(seed, behaviour)
    told = report(seed, run, commands, wrong, behaviour)
    assert f"AVMA_SIM_SWARM_SEED={seed}" in told
    assert "rules: a moment" in told
    assert "is a copy of its own, off and not licensed" in told
    assert len(shrunk(run, commands, wrong, behaviour)) <= 6
    assert "copy_guest:" in told[told.index("scenario:") :]
