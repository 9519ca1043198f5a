"""Properties of random stories: the journal is the state, commands are the story, a fork is the same lab."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avma_sim import InputError, load_facts, refold, rerun, violations
from avma_sim.model import commands as cmd
from avma_sim.model.checkpoint import CHECKPOINT_KINDS
from avma_sim.model.fault import ACTIONS, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES, Host
from avma_sim.model.kvp import KvpItem
from avma_sim.model.migration import PHASES
from avma_sim.model.packet import CHANNELS as WIRES
from avma_sim.model.readings import Readings
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.write import scenario_text
from avma_sim.sim.agenda import due_of
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import canonical_json, write_line
from avma_sim.sim.journal import HashJournal, Header, KeepJournal, StreamJournal, read_journal
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, new_state
from avma_sim.store.rows import plain_state, state_of

FACTS = load_facts()
HOSTS = ("h1", "h2", "h3")
GUESTS = ("g1", "g2", "g3", "g4")
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

host_names, guest_names = st.sampled_from(HOSTS), st.sampled_from(GUESTS)
OTHER_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed; these labs declare it
KMS_KEYS = ["WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY", "N69G4-B89J2-4G8F4-WWYCC-J464C"]  # ws2016, ws2019 Standard
ANY_KEY = [*sorted(FACTS.keys), *KMS_KEYS, OTHER_KEY]
keys = st.sampled_from([*ANY_KEY, "no key"])
# Mostly the defaults, else any combination of what is played.
readings = st.one_of(
    st.just(Readings()),
    st.builds(
        Readings,
        **{name: st.sampled_from(values) for name, values in FACTS.readings.items()},
    ),
)
PAIRS_OF_HOSTS = {
    "kvp_latency_us": st.sampled_from([0, 0, 0, SECOND, 70 * SECOND]),
    "kvp_packets": st.sampled_from([False, False, True]),
    "kvp_refresh_us": st.sampled_from([0, 0, 50 * DAY]),
}
# Mostly what works, so that stories get somewhere; the rest for everything that does not.
rows_of_hosts = st.builds(
    Host,
    name=host_names,
    release=st.sampled_from(["ws2019", "ws2019", "ws2022", "ws2016", "ws2012r2", "ws2012", "win10"]),
    edition=st.sampled_from(["datacenter"] * 4 + ["standard"]),
    platform=st.sampled_from(["hyper-v"] * 8 + list(PLATFORMS)),
    hyperv=st.sampled_from([True] * 6 + [False]),
    service=st.sampled_from(["running"] * 4 + list(SERVICE_STATES)),
    encryption=st.sampled_from([True, True, True, False]),
    latency_us=st.sampled_from([0, 0, SECOND, 20 * SECOND, 40 * SECOND]),
    request_limit=st.sampled_from([None, None, None, (1, HOUR), (2, DAY)]),
    **PAIRS_OF_HOSTS,
)


@st.composite
def rows_of_guests(draw):
    if draw(st.integers(0, 4)) == 0:
        return Guest(draw(guest_names), b"", "linux", "linux", draw(host_names))
    release = FACTS.releases[draw(st.sampled_from(["ws2016", "ws2019", "ws2012r2", "ws1709", "ws2022"]))]
    edition = draw(st.sampled_from(release.editions))
    own = FACTS.key_for(release.family, edition)
    key = draw(st.sampled_from(["", own.text, own.text, own.text, OTHER_KEY])) if own else ""
    return Guest(
        draw(guest_names),
        b"",
        release.id,
        edition,
        draw(host_names),
        key,
        data_exchange=draw(st.sampled_from([True] * 6 + [False])),
        encryption=draw(st.sampled_from([True] * 6 + [False])),
        kvp_service=draw(st.sampled_from([True] * 6 + [False])),
        unattend_key=draw(st.sampled_from(["", "", "no key", *ANY_KEY, own.text if own else ""])),
    )


faults = st.builds(
    Fault,
    name=st.sampled_from([f"f{number}" for number in range(8)]),
    action=st.sampled_from(ACTIONS),
    guest=st.sampled_from(["", *GUESTS]),
    host=st.sampled_from(["", "", "", *HOSTS]),
    to=st.sampled_from(["", "host", "guest"]),
    nth=st.sampled_from([0, 0, 0, 1, 2, 3]),
    every=st.sampled_from([0, 0, 0, 2]),
    rate_ppm=st.sampled_from([0, 0, 0, 300_000]),
    by_us=st.sampled_from([SECOND, 29 * SECOND, 31 * SECOND, HOUR]),
    copies=st.integers(1, 3),
    bit=st.integers(0, 2000),
    size=st.integers(0, 200),
    blob=st.binary(min_size=1, max_size=100),
    channel=st.sampled_from(WIRES),
    at=st.integers(0, 200),
)
mostly = st.sampled_from([True, True, True, False])
spans = st.sampled_from([0, 1, SECOND, 30 * SECOND, 2 * HOUR, DAY, 7 * DAY, 10 * DAY, 200 * DAY])
pairs = st.lists(
    st.builds(
        KvpItem,
        st.sampled_from(["A", "B", "OSName", "HostName", "AvmaSimLicenseStatus", "ü𝄞"]),
        st.sampled_from(["", "1", "<script>", "two\nlines", "ü𝄞", "x" * 900]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
keys_of_pairs = pairs.map(lambda items: tuple(item.key for item in items))


def advances() -> st.SearchStrategy[cmd.Advance]:
    """Advances by a span from now on; each call counts, for of one and the same strategy only one does."""
    return st.one_of(
        spans.map(cmd.Advance),
        st.builds(cmd.Advance, to_us=spans, until=st.sampled_from(["quiet", "next-due"])),
        st.builds(cmd.Advance, to_us=spans, until=st.just("attempt"), guest=guest_names),
    )


def commands() -> st.SearchStrategy[cmd.Command]:
    """All commands, instants counted from now on."""
    ends = st.sampled_from([None, None, DAY, 8 * DAY])
    return st.one_of(
        st.builds(cmd.AddHost, host=rows_of_hosts, channel=st.sampled_from(["", *CHANNELS])),
        st.builds(cmd.AddGuest, guest=rows_of_guests()),
        st.builds(cmd.Start, guest=guest_names),
        st.builds(cmd.Start, guest=guest_names),
        advances(),
        advances(),
        advances(),
        st.builds(cmd.Activate, host=host_names, channel=st.sampled_from(CHANNELS), until_us=ends),
        st.builds(cmd.Deactivate, host=host_names),
        st.builds(cmd.SetService, host=host_names, state=st.sampled_from(SERVICE_STATES)),
        st.builds(cmd.Stop, guest=guest_names),
        st.builds(cmd.Restart, guest=guest_names),
        st.builds(cmd.InstallProductKey, guest=guest_names, key=keys, elevated=mostly),
        st.builds(cmd.UninstallProductKey, guest=guest_names, elevated=mostly),
        st.builds(cmd.RequestActivation, guest=guest_names, elevated=mostly),
        st.builds(
            cmd.Upgrade,
            guest=guest_names,
            release=st.sampled_from(["ws2016", "ws2019", "ws2022", "ws20h2", "win11"]),
            edition=st.sampled_from(["standard", "datacenter"]),
            key=st.sampled_from(["", *ANY_KEY]),
        ),
        st.builds(cmd.SetDataExchange, guest=guest_names, on=st.booleans()),
        st.builds(cmd.SetKvpService, guest=guest_names, running=st.booleans()),
        st.builds(cmd.Migrate, guest=guest_names, to=host_names),
        st.builds(cmd.ArmFault, fault=faults),
        lives(),
        lives(),
        exchanges(),
        exchanges(),
        st.builds(cmd.DisarmFault, name=st.sampled_from([f"f{number}" for number in range(8)])),
    )


def lives() -> st.SearchStrategy[cmd.Command]:
    """Commands of life over time: standing still, moving, copying, rewinding, and hosts' own life."""
    times = st.sampled_from([0, 0, SECOND, 31 * SECOND, 3 * HOUR])
    names = st.sampled_from(["c1", "c2"])
    return st.one_of(
        st.builds(
            cmd.Migrate,
            guest=guest_names,
            to=host_names,
            kind=st.sampled_from(["live", "live", "quick", "failover"]),
            copy_us=times,
            blackout_us=times,
            fails=st.sampled_from(["", "", "", *PHASES]),
        ),
        *(st.builds(known, guest=guest_names) for known in (cmd.Pause, cmd.Save, cmd.Resume, cmd.Resume)),
        st.builds(cmd.CopyGuest, guest=guest_names, name=guest_names, host=host_names, keep_id=st.booleans()),
        st.builds(cmd.TakeCheckpoint, guest=guest_names, name=names, kind=st.sampled_from(CHECKPOINT_KINDS)),
        st.builds(cmd.ApplyCheckpoint, guest=guest_names, name=names),
        *(
            st.builds(known, host=host_names)
            for known in (cmd.StopHost, cmd.StartHost, cmd.StartHost, cmd.RestartHost, cmd.CrashHost)
        ),
        *(
            st.builds(
                known,
                host=host_names,
                release=st.sampled_from(["ws2016", "ws2019", "ws2022"]),
                edition=st.just("datacenter"),
            )
            for known in (cmd.UpgradeHost, cmd.RebuildHost)
        ),
        st.builds(cmd.SetRole, host=host_names, on=mostly),
        st.builds(cmd.SetCluster, host=host_names, cluster=st.sampled_from(["", "east", "east"])),
        st.builds(cmd.DrainHost, host=host_names, copy_us=times, blackout_us=times),
        st.builds(cmd.ResumeHost, host=host_names),
    )


def exchanges() -> st.SearchStrategy[cmd.Command]:
    """Commands about key-value pairs."""
    pools = st.integers(0, 4)
    some_pools = st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True).map(tuple)
    return st.one_of(
        st.builds(cmd.WriteKvp, guest=guest_names, pool=pools, items=pairs, replace=st.booleans()),
        st.builds(cmd.DeleteKvp, guest=guest_names, pool=pools, keys=keys_of_pairs),
        st.builds(cmd.PushKvp, guest=guest_names, items=pairs),
        st.builds(cmd.RemoveKvp, guest=guest_names, keys=keys_of_pairs),
        st.builds(cmd.ReadKvp, guest=guest_names, pools=some_pools),
        st.builds(cmd.ReadKvp, host=st.sampled_from(["", *HOSTS])),
    )


STAGES = st.tuples(
    st.sampled_from([0, 0, SECOND, 14 * SECOND, 40 * SECOND]),
    st.sampled_from([True, True, False]),
    st.sampled_from(["ws2016", "ws2022"]),
)
CHANNELS_THAT_ACTIVATE = st.sampled_from(["mak", "kms", "oem"])
FEW_FAULTS = st.lists(faults, max_size=2)
PAIRS_OF_A_HOST = st.fixed_dictionaries(PAIRS_OF_HOSTS)
COMMANDS = commands()  # made once: making strategies costs more than the lab does


def command_of(world: World, data: st.DataObject) -> cmd.Command:
    """Draw a command, and count its instants from the clock."""
    command, now_us = data.draw(COMMANDS), world.state.now_us
    if isinstance(command, cmd.Advance) and command.to_us is not None:
        return attrs.evolve(command, to_us=command.to_us + now_us)
    if isinstance(command, cmd.Activate) and command.until_us is not None:
        return attrs.evolve(command, until_us=command.until_us + now_us)
    return command


def tell(world: World, data: st.DataObject, most: int = 30) -> None:
    """Set a stage on which activation works, then let a random story happen."""
    latency, encryption, second = data.draw(STAGES)
    for name, release in (("h1", "ws2019"), ("h2", second)):
        kvp = data.draw(PAIRS_OF_A_HOST)
        host = Host(name, release, "datacenter", encryption=encryption, latency_us=latency, **kvp)
        world.do(cmd.AddHost(host, data.draw(CHANNELS_THAT_ACTIVATE)))
    for name, edition in (("g1", "standard"), ("g2", "datacenter")):
        guest = Guest(name, b"", "ws2016", edition, "h1", FACTS.key_for("2016", edition).text)
        world.do(cmd.AddGuest(attrs.evolve(guest, encryption=encryption)))
        for fault in data.draw(FEW_FAULTS):
            _try(world, cmd.ArmFault(fault))
        world.do(cmd.Start(name))
    for _ in range(data.draw(st.integers(1, most))):
        _try(world, command_of(world, data))


def _try(world: World, command: cmd.Command) -> None:
    n = world.state.n
    try:
        world.do(command)
    except InputError:
        assert world.state.n == n


def fresh(seed: int = 0, chosen: Readings | None = None) -> World:
    settings = Settings(seed, readings=chosen or Readings(), other_keys=((OTHER_KEY, "retail"),))
    return new_world(settings, FACTS, find_behaviour())


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_the_journal_folds_to_the_live_state_at_every_event(shadowed, data):
    world = shadowed(data.draw(st.integers(0, 5)), data.draw(readings))
    tell(world, data)
    assert world.compared >= 4
    assert refold(world.journal.header, world.journal.entries()).now_us == world.state.now_us


@pytest.mark.slow
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_commands_carried_out_anew_give_the_same_entries(data):
    world = fresh(data.draw(st.integers(0, 5)), data.draw(readings))
    tell(world, data)
    again = rerun(world.journal.header, world.journal.entries(), FACTS)
    assert again.journal.entries() == world.journal.entries()
    assert again.state == world.state
    assert again.journal.trace_hash() == world.journal.trace_hash()


@pytest.mark.slow
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_fork_goes_on_as_its_origin_would(data):
    world = fresh(chosen=data.draw(readings))
    tell(world, data, most=15)
    fork = world.fork()
    for _ in range(data.draw(st.integers(1, 10))):
        command = command_of(world, data)
        _try(world, command)
        _try(fork, command)
    assert fork.state == world.state
    assert fork.journal.trace_hash() == world.journal.trace_hash()


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_fork_leaves_its_origin_alone(data):
    world = fresh(chosen=data.draw(readings))
    tell(world, data, most=15)
    before, trace = world.state.copy(), world.journal.trace_hash()
    tell_on = world.fork()
    for _ in range(data.draw(st.integers(1, 10))):
        _try(tell_on, command_of(tell_on, data))
    assert world.state == before
    assert world.journal.trace_hash() == trace


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_invariants_hold(data):
    world = fresh(chosen=data.draw(readings))
    tell(world, data, most=40)
    assert violations(world.journal.entries()) == []


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_due_next_is_the_least_of_all_dues(data):
    world = fresh(chosen=data.draw(readings))
    tell(world, data)
    state = world.state
    dues = [due_of(state, key) for key in (*state.hosts, *state.guests, *state.packets)]
    wanted = min((due for due in dues if due is not None), default=None)
    assert world.agenda.pop(2**62) == wanted


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_journal_mode_tells_the_same_hash(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("journal") / "lab.journal"
    world = fresh(chosen=data.draw(readings))
    tell(world, data)
    header = world.journal.header
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for journal in (HashJournal(header), StreamJournal(header, stream)):
            other = World(FACTS, find_behaviour(), journal, new_state(header.settings))
            for entry in world.journal.entries():
                if entry.by is None:
                    other.do(entry.what)
            assert journal.trace_hash() == world.journal.trace_hash()
    with path.open(encoding="utf-8") as lines:
        read, entries = read_journal(lines)
        assert read == header
        assert list(entries) == world.journal.entries()


@pytest.mark.parametrize(
    "command",
    [
        cmd.SetDataExchange("g1", on=True),
        cmd.SetService("h2", "running"),
        cmd.Activate("h2"),
        cmd.ArmFault(Fault("unrelated", "drop", guest="g2", host="h2")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_unrelated_command_changes_no_draw(command):
    def nonces(*extra: cmd.Command) -> list[bytes]:
        world = fresh(9)
        for name in ("h1", "h2"):
            world.do(cmd.AddHost(Host(name, "ws2019", "datacenter"), "mak"))
        for name in ("g1", "g2"):
            world.do(cmd.AddGuest(Guest(name, b"", "ws2019", "standard", "h1", OWN)))
        for each in extra:
            world.do(each)
        world.do(cmd.Start("g1"))
        world.do(cmd.Advance(world.state.now_us + 30 * DAY))
        return [
            entry.what.attempt.end.nonce
            for entry in world.journal.entries()
            if type(entry.what).__name__ == "AttemptStarted"
        ]

    assert len(nonces()) == 5
    assert nonces() == nonces(command)


OWN = FACTS.key_for("2019", "standard").text


def test_a_journal_line_holds_only_ascii_and_no_blank():
    world = fresh()
    world.do(cmd.AddHost(Host("h1", "ws2019", "datacenter"), "mak"))
    for entry in world.journal.entries():
        line = write_line(entry)
        assert line.isascii()
        assert " " not in line


def test_a_header_names_facts_and_behaviour_that_the_hash_leaves_out():
    one, other = Header(Settings(3), "aa", "x:Y"), Header(Settings(3), "bb", "z:W")
    assert one.line() != other.line()
    assert HashJournal(one).trace_hash() == HashJournal(other).trace_hash()
    assert HashJournal(one).trace_hash() != HashJournal(Header(Settings(4))).trace_hash()


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_state_read_back_from_a_snapshot_goes_on_as_it_would(data):
    world = fresh(data.draw(st.integers(0, 5)), data.draw(readings))
    tell(world, data)
    text = canonical_json(plain_state(world.state))
    again = state_of(json.loads(text), world.state.settings)
    assert again == world.state
    # Equal tables may differ in order, of which some decides what happens.
    assert canonical_json(plain_state(again)) == text
    other = World(FACTS, find_behaviour(), KeepJournal(world.journal.header, world.journal.entries()), again)
    for _ in range(data.draw(st.integers(1, 10))):
        command = command_of(world, data)
        _try(world, command)
        _try(other, command)
    assert other.journal.trace_hash() == world.journal.trace_hash()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_story_written_as_a_scenario_passes_and_leads_to_the_same_state(data):
    world = fresh(data.draw(st.integers(0, 5)), data.draw(readings))
    tell(world, data)
    entries = world.journal.entries()
    text = scenario_text(world.state.settings, entries, FACTS, "a story: told again")
    result, again, chosen = play_scenario(read_scenario(text, "story.avma.yaml"), world.state.settings.seed)
    assert (result.failures, chosen) == ((), world.state.settings)
    assert refold(Header(chosen), again) == world.state
