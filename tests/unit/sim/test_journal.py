"""Tests the journal: three modes and one hash, header, forks, reading back, refold."""

from __future__ import annotations

import hashlib
import io
import itertools

import pytest

from avma_sim.errors import JournalError
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import Entry, write_line
from avma_sim.sim.journal import HashJournal, Header, KeepJournal, StreamJournal, read_journal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, apply_entry, new_state

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
HEADER_LINE = (
    '{"behaviour":"b","facts":"f","format":1,"settings":{"readings":{"timing":"permanent"},"seed":7}}'
)
START_LINE = '{"format":1,"settings":{"readings":{"timing":"permanent"},"seed":7}}\n'
ENTRIES = [
    Entry(0, 5, None, cmd.Stop("a")),
    Entry(1, 5, 0, ev.CommandRefused("off", "a is off")),
    Entry(2, 9, None, cmd.Advance(9)),
    Entry(3, 9, 2, ev.ClockAdvanced()),
]

COMMANDS = [
    cmd.AddHost(Host("hv1", "ws2019", "datacenter", latency_us=500), "mak"),
    cmd.AddHost(Host("hv2", "ws2019", "datacenter"), "kms", 1_735_700_000_000_000),
    cmd.AddGuest(Guest("web01", b"", "ws2016", "standard", "hv1", KEY)),
    cmd.AddGuest(Guest("web02", b"", "ws2016", "standard", "hv2", KEY)),
    cmd.ArmFault(Fault("noise", "flip", rate_ppm=300_000, bit=77)),
    cmd.Start("web01"),
    cmd.Start("web02"),
    cmd.Advance(until="quiet"),
    cmd.Migrate("web01", "hv2"),
    cmd.Stop("web01"),
    cmd.Stop("web01"),
    cmd.Advance(1_736_600_000_000_000),
    cmd.Start("web01"),
    cmd.UninstallProductKey("web02"),
    cmd.DisarmFault("noise"),
    cmd.Advance(until="attempt", guest="web01"),
    cmd.Advance(until="next-due"),
]


@pytest.fixture
def header(facts):
    return Header(Settings(seed=7), facts.digest, "tests")


@pytest.fixture
def world_of(facts, header):
    """Make a world that writes into a journal."""
    return lambda journal: World(facts, find_behaviour(), journal, new_state(header.settings))


@pytest.fixture
def played(world_of, header):
    """A world that has played all commands and kept its journal."""
    world = world_of(KeepJournal(header))
    for command in COMMANDS:
        world.do(command)
    return world


def header_of(**fields):
    return Header(Settings(seed=7, readings=Readings(timing="permanent")), **fields)


def modes(header):
    return [KeepJournal(header), HashJournal(header), StreamJournal(header, io.StringIO())]


DECLARED = (("NBCDF-GHJKM-PQRTV-WXY23-46789", "retail"), ("XBNDF-GHJKM-PQRTV-WXY23-46789", "oem"))


def test_header_is_one_canonical_line():
    assert header_of(facts="f", behaviour="b").line() == HEADER_LINE
    assert Header(Settings()).line() == '{"format":1,"settings":{}}'


def test_trace_hash_is_the_sha_256_of_settings_and_lines():
    text = START_LINE + "".join(write_line(entry) + "\n" for entry in ENTRIES)
    expected = hashlib.sha256(text.encode("ascii")).hexdigest()
    for journal in modes(header_of(facts="f", behaviour="b")):
        journal.append(ENTRIES)
        assert journal.trace_hash() == expected, type(journal)


def test_trace_hash_before_the_first_entry_covers_the_settings():
    expected = hashlib.sha256(START_LINE.encode("ascii")).hexdigest()
    for journal in modes(header_of()):
        assert journal.trace_hash() == expected
        assert journal.fork().trace_hash() == expected


def test_trace_hash_covers_seed_start_and_readings_but_not_facts_and_behaviour():
    settings = [
        Settings(),
        Settings(seed=1),
        Settings(start_us=1),
        Settings(readings=Readings(timing="permanent")),
        Settings(readings=Readings(wrong_key="deny-at-activation")),
        Settings(guest_log_rows=9),
        Settings(host_log_rows=9),
        Settings(other_keys=DECLARED),
        Settings(other_keys=DECLARED[:1]),
    ]
    assert len({HashJournal(Header(one)).trace_hash() for one in settings}) == len(settings)
    names = [Header(Settings()), Header(Settings(), facts="f"), Header(Settings(), behaviour="b")]
    assert len({HashJournal(one).trace_hash() for one in names}) == 1


@pytest.mark.parametrize("cuts", [[4], [1, 3], [2, 2], [1, 1, 1, 1], [0, 4, 0]])
def test_how_entries_are_handed_over_does_not_matter(cuts):
    whole = HashJournal(header_of())
    whole.append(ENTRIES)
    for journal in modes(header_of()):
        rest = list(ENTRIES)
        for cut in cuts:
            journal.append(rest[:cut])
            journal.trace_hash()
            del rest[:cut]
        assert journal.trace_hash() == whole.trace_hash()


def test_only_the_keeping_mode_has_entries():
    keep, *others = modes(header_of())
    keep.append(ENTRIES[:2])
    keep.append(ENTRIES[2:])
    assert list(keep.entries()) == ENTRIES
    for journal in others:
        with pytest.raises(JournalError, match=r"^this lab keeps no entries; "):
            journal.entries()


def test_the_streaming_mode_writes_each_line_and_flushes():
    flushed = []

    class Stream(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    stream = Stream()
    journal = StreamJournal(header_of(facts="f", behaviour="b"), stream)
    assert stream.getvalue() == HEADER_LINE + "\n"
    journal.append(ENTRIES[:3])
    journal.append(ENTRIES[3:])
    lines = [HEADER_LINE, *map(write_line, ENTRIES)]
    assert stream.getvalue() == "\n".join(lines) + "\n"
    assert flushed == ["\n".join(lines[:4]) + "\n", stream.getvalue()]


@pytest.mark.parametrize("mode", range(3))
def test_forks_go_on_apart(mode):
    journal = modes(header_of())[mode]
    journal.append(ENTRIES[:2])
    fork = journal.fork()
    assert fork.trace_hash() == journal.trace_hash()
    journal.append(ENTRIES[2:])
    assert fork.trace_hash() != journal.trace_hash()
    fork.append(ENTRIES[2:])
    assert fork.trace_hash() == journal.trace_hash()


def test_the_fork_of_a_stream_writes_nowhere():
    stream = io.StringIO()
    journal = StreamJournal(header_of(), stream)
    before = stream.getvalue()
    journal.fork().append(ENTRIES)
    assert stream.getvalue() == before


def test_a_kept_journal_can_begin_with_entries():
    journal, whole = KeepJournal(header_of(), ENTRIES[:2]), KeepJournal(header_of())
    journal.append(ENTRIES[2:])
    whole.append(ENTRIES)
    assert list(journal.entries()) == ENTRIES
    assert journal.trace_hash() == whole.trace_hash()


def test_what_was_streamed_is_read_back():
    stream = io.StringIO()
    header = header_of(facts="f", behaviour="b")
    StreamJournal(header, stream).append(ENTRIES)
    found, entries = read_journal(stream.getvalue().splitlines(keepends=True))
    assert found == header
    assert list(entries) == ENTRIES
    found, entries = read_journal([*stream.getvalue().split("\n"), "", "\n"])
    assert list(entries) == ENTRIES


NO_HEADER = {
    "no line": ([], r"^the journal is empty: not even a header$"),
    "no JSON": (["{"], r"^not a journal's header: '\{'$"),
    "brackets without end": (["[" * 100_000], "^not a journal's header: "),
    "no object": (["[1]"], r"^journal format None is not the one this version reads, 1$"),
    "an entry": ([write_line(ENTRIES[0])], r"^journal format None is not the one this version reads, 1$"),
    "another format": (
        ['{"format":2,"settings":{}}'],
        "^journal format 2 is not the one this version reads, 1$",
    ),
    "a format as text": (['{"format":"1","settings":{}}'], "^journal format '1' is not the one"),
    "a format as a float": (['{"format":1.0,"settings":{}}'], r"^1\.0 is not int$"),
    "no settings": (['{"format":1}'], r"^not a Header: "),
    "an unknown field": (['{"format":1,"settings":{},"zone":"UTC"}'], r"^not a Header: "),
    "an unknown setting": (['{"format":1,"settings":{"zone":"UTC"}}'], r"^not a Header: "),
    "a reading that does not exist": (['{"format":1,"settings":{"readings":{"x":"y"}}}'], r"^not a Header: "),
    "a seed as text": (['{"format":1,"settings":{"seed":"7"}}'], r"^'7' is not int$"),
}


@pytest.mark.parametrize(("lines", "says"), NO_HEADER.values(), ids=NO_HEADER)
def test_what_is_no_journal_is_refused_at_once(lines, says):
    with pytest.raises(JournalError, match=says):
        read_journal(lines)


def test_a_bad_line_is_refused_once_it_is_reached():
    _, entries = read_journal([HEADER_LINE, write_line(ENTRIES[0]), "{}", write_line(ENTRIES[1])])
    assert next(entries) == ENTRIES[0]
    with pytest.raises(JournalError, match=r"^not an entry: '\{\}'"):
        next(entries)


def test_the_modes_agree_about_a_whole_story(world_of, header, played):
    stream = io.StringIO()
    for journal in (HashJournal(header), StreamJournal(header, stream)):
        world = world_of(journal)
        for command in COMMANDS:
            world.do(command)
        assert journal.trace_hash() == played.journal.trace_hash()
        assert world.state == played.state
    found, entries = read_journal(stream.getvalue().splitlines())
    assert found == header
    assert list(entries) == list(played.journal.entries())


def test_the_story_is_worth_its_telling(played):
    told = {type(entry.what) for entry in played.journal.entries()}
    assert told >= {
        ev.FaultHit,
        ev.HostActivationEnded,
        ev.LicenceGranted,
        ev.AttemptFailed,
        ev.GuestMigrated,
    }


def test_the_fold_of_the_journal_is_the_live_state_after_every_command(world_of, header):
    world, folded = world_of(KeepJournal(header)), new_state(header.settings)
    for command in COMMANDS:
        for entry in world.journal.entries()[folded.n :]:
            apply_entry(folded, entry)
        assert folded == world.state
        world.do(command)


def test_a_world_goes_on_from_a_folded_state(world_of, facts, header, played):
    for split in range(len(COMMANDS)):
        world = world_of(KeepJournal(header))
        for command in COMMANDS[:split]:
            world.do(command)
        folded = new_state(header.settings)
        for entry in world.journal.entries():
            apply_entry(folded, entry)
        other = World(facts, find_behaviour(), KeepJournal(header, world.journal.entries()), folded)
        for command in COMMANDS[split:]:
            other.do(command)
        assert list(other.journal.entries()) == list(played.journal.entries())
        assert other.state == played.state


@pytest.mark.parametrize("mode", range(3))
def test_forked_worlds_go_on_alike_and_apart(world_of, header, played, mode):
    for split in range(0, len(COMMANDS), 3):
        world = world_of(modes(header)[mode])
        for command in COMMANDS[:split]:
            world.do(command)
        fork = world.fork()
        before, known = world.state.copy(), world.journal.trace_hash()
        for command in COMMANDS[split:]:
            fork.do(command)
        assert (world.state, world.journal.trace_hash()) == (before, known)
        assert fork.state == played.state
        assert fork.journal.trace_hash() == played.journal.trace_hash()
        for command in COMMANDS[split:]:
            world.do(command)
        assert world.state == fork.state


def test_entries_say_what_caused_them(played):
    """Null for a command, else an earlier entry; a due comes from the entry that set it."""
    entries = list(played.journal.entries())
    assert [entry.n for entry in entries] == list(range(len(entries)))
    assert all(one.t <= other.t for one, other in itertools.pairwise(entries))
    for entry in entries:
        if type(entry.what) in cmd.COMMANDS:
            assert entry.by is None
        else:
            assert 0 <= entry.by < entry.n
            cause = entries[entry.by]
            if type(entry.what) is ev.ActivationDecided:
                sent = [packet for packet in packets_of(cause.what) if packet.id == entry.what.arrived]
                assert [packet.due[1] for packet in sent] == [cause.n]
            if type(entry.what) is ev.ClockAdvanced:
                assert type(cause.what) is cmd.Advance


def packets_of(event):
    """Every packet that an event put in flight."""
    one = getattr(event, "packet", None)
    return [one] if one is not None else list(getattr(event, "packets", ()))


def test_an_unrelated_command_changes_no_draw(world_of, header):
    """Chance has no memory: a fault that never hits leaves all bytes as they were."""
    plain = [COMMANDS[0], COMMANDS[2], cmd.Start("web01"), cmd.Advance(until="quiet")]
    armed = [
        *plain[:2],
        cmd.ArmFault(Fault("other", "drop", nth=10**6)),
        cmd.DisarmFault("other"),
        *plain[2:],
    ]
    blobs = []
    for commands in (plain, armed):
        world = world_of(KeepJournal(header))
        for command in commands:
            world.do(command)
        sent = [packet.blob for entry in world.journal.entries() for packet in packets_of(entry.what)]
        blobs.append(sent)
    assert blobs[0] == blobs[1]
    assert len(blobs[0]) == 2


def test_a_header_reads_back_whatever_its_settings(facts):
    for settings in (
        Settings(),
        Settings(seed=2**80, start_us=0, guest_log_rows=1, host_log_rows=1),
        Settings(readings=Readings(timing="permanent"), other_keys=DECLARED),
    ):
        header = Header(settings, facts.digest, "módulo:objeto")
        found, entries = read_journal([header.line()])
        assert found == header
        assert list(entries) == []


def test_the_fork_of_a_kept_journal_renders_nothing_again(monkeypatch):
    journal = KeepJournal(Header(Settings(3)))
    journal.append(ENTRIES)
    expected = journal.trace_hash()
    monkeypatch.setattr("avma_sim.sim.journal.write_line", lambda _: pytest.fail("rendered again"))
    assert journal.fork().trace_hash() == expected
