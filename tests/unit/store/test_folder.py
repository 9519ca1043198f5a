"""A lab on disk: calls stay, torn ones do not, and opening costs the same however long the journal is."""

from __future__ import annotations

import json
import shutil

import pytest

from avma_sim import load_facts
from avma_sim.errors import JournalError, StoreError
from avma_sim.model import commands as cmd
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import read_journal
from avma_sim.sim.replay import refold, rerun
from avma_sim.sim.world import World
from avma_sim.store import durable
from avma_sim.store import snapshot as snapshots
from avma_sim.store.folder import TAIL_ENTRIES, Folder, Store

DAY = 86_400_000_000


def whole_story(folder):
    """The state that the whole journal leads to, without any snapshot."""
    with folder.journal.open(encoding="ascii") as lines:
        header, entries = read_journal(lines)
        return refold(header, list(entries))


def advance(state, days):
    return cmd.Advance(state.now_us + days * DAY)


def test_a_call_is_there_in_the_next_process(call, state_now):
    call(cmd.Start("web01"))
    assert state_now().guests["web01"].running
    call(cmd.Stop("web01"))
    assert not state_now().guests["web01"].running


def test_going_on_is_as_if_the_lab_had_never_been_closed(folder, call, state_now):
    story = [cmd.Start("web01"), cmd.Start("web02"), cmd.Migrate("web01", "hv2"), cmd.Stop("web02")]
    for command in story:
        call(command)
        call(advance(state_now(), 9))
    with folder.journal.open(encoding="ascii") as lines:
        header, entries = read_journal(lines)
        kept = list(entries)
    again = rerun(header, kept, load_facts())
    assert again.journal.entries() == kept
    assert again.state == state_now()


def test_the_trace_hash_is_that_of_a_lab_in_memory(folder, call):
    store = call(cmd.Start("web01"))
    again = rerun(store.header, store.journal.entries(), load_facts())
    assert store.journal.trace_hash() == again.journal.trace_hash()


def test_a_call_that_is_not_committed_is_taken_back(folder, state_now):
    before, size = state_now(), folder.journal.stat().st_size
    store = Store(folder)
    World(load_facts(), find_behaviour(), store.journal, store.state).do(cmd.Start("web01"))
    assert folder.journal.stat().st_size > size
    assert len(store.journal.entries()) == store.state.n
    store.close()
    assert (state_now(), folder.journal.stat().st_size) == (before, size)


def test_a_commit_of_nothing_is_no_call(folder, call):
    size = folder.journal.stat().st_size
    call()
    assert folder.journal.stat().st_size == size


def test_cut_at_every_byte_the_journal_holds_a_call_whole_or_not_at_all(folder, call, state_now, tmp_path):
    """Torn writes, exhaustively: the last two calls."""
    states, sizes = [state_now()], [folder.journal.stat().st_size]
    for command in (cmd.Start("web01"), cmd.Migrate("web01", "hv2")):
        call(command)
        states.append(state_now())
        sizes.append(folder.journal.stat().st_size)
    assert len({state.n for state in states}) == 3
    data = folder.journal.read_bytes()
    other = Folder(tmp_path / "other.lab")
    shutil.copytree(folder.path, other.path)
    for size in range(sizes[0], len(data) + 1):
        other.journal.write_bytes(data[:size])
        store = Store(other)
        whole = sum(size >= end for end in sizes) - 1
        assert (store.state, store.dropped) == (states[whole], "")
        assert other.journal.stat().st_size == sizes[whole]
        if size % 50 == 0:  # what comes next stands where the torn call stood
            World(load_facts(), find_behaviour(), store.journal, store.state).do(cmd.Start("web02"))
            store.commit()
            assert other.journal.read_bytes()[: sizes[whole]] == data[: sizes[whole]]
            assert store.state == whole_story(other)
        store.close()


@pytest.mark.parametrize("junk", [b"\0" * 50, b"\xff\xfe", b'{"by":null,"comm', b"[" * 5000])
def test_a_last_call_that_is_no_json_is_dropped_kept_aside_and_told(folder, call, state_now, junk):
    before = state_now()
    with folder.journal.open("ab") as stream:
        stream.write(junk + b"\n\n")
    store = Store(folder)
    store.close()
    assert store.state == before
    assert "dropped" in store.dropped
    assert (folder.path / "dropped.jsonl").read_bytes() == junk + b"\n"
    assert Store(folder).dropped == ""


def damaged_line(folder, number, change):
    lines = folder.journal.read_bytes().split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    folder.journal.write_bytes(b"\n".join(lines))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-4],
        lambda line: line.replace(b"hv1", b"hv\xff"),
        lambda line: line.replace(b'"n":', b'"n":9'),
        lambda line: line.replace(b'"type":', b'"type":"x","typ":'),
    ],
)
def test_a_damaged_line_in_the_middle_is_refused_with_its_number_and_what_to_do(folder, call, change):
    call(cmd.Start("web01"))
    call(cmd.Stop("web01"))
    damaged_line(folder, 4, change)
    size = folder.journal.stat().st_size
    with pytest.raises(JournalError) as told:
        Store(folder)
    assert str(told.value).startswith(f"{folder.journal}:4: ")
    assert "avma-sim reset" in str(told.value)
    assert folder.journal.stat().st_size == size


def test_a_last_call_of_a_later_version_is_refused_and_not_dropped(folder, call):
    call(cmd.Start("web01"))
    lines = folder.journal.read_bytes()
    folder.journal.write_bytes(lines.replace(b'"type":"Start"', b'"type":"Begin"'))
    with pytest.raises(JournalError, match=r"journal\.jsonl:\d+: "):
        Store(folder)
    assert b'"Begin"' in folder.journal.read_bytes()


@pytest.mark.parametrize("text", [b"", b"{}\n\n", b"\n\n", b'{"format":2}\n\n', b"\xff\n\n"])
def test_a_journal_without_its_header_is_refused(folder, text):
    folder.journal.write_bytes(text)
    with pytest.raises(JournalError, match="reset"):
        Store(folder)


def test_a_journal_without_any_whole_block_is_refused(folder):
    folder.journal.write_bytes(folder.journal.read_bytes().replace(b"\n\n", b"\n"))
    with pytest.raises(JournalError, match="no block is whole"):
        Store(folder)


def test_a_folder_without_a_journal_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no lab was begun here"):
        Store(Folder(tmp_path))


@pytest.fixture
def long(folder, call, state_now):
    """Lengthen the journal, a call of some entries after the other."""

    def run(entries):
        if not state_now().guests["web01"].running:
            call(cmd.Start("web01"))
            call(cmd.Start("web02"))
        while (state := state_now()).n < entries - 100:
            call(advance(state, 100 if entries - state.n < 1000 else 1000))
        while (state := state_now()).n < entries:
            call(advance(state, 7))

    return run


def test_a_long_journal_is_opened_from_its_snapshot(folder, call, long, state_now):
    long(2 * TAIL_ENTRIES)
    costs = []
    for _ in range(2 * TAIL_ENTRIES // 7 + 1):
        store = call(advance(state_now(), 7))
        costs.append(store.refolded)
    assert store.state == whole_story(folder)
    assert max(costs) <= TAIL_ENTRIES
    assert len(set(costs)) > 5  # some after a snapshot, some before the next


def test_many_calls_of_one_opening_leave_a_snapshot_too(folder):
    store = Store(folder)
    world = World(load_facts(), find_behaviour(), store.journal, store.state)
    for guest in ("web01", "web02"):
        world.do(cmd.Start(guest))
    for _ in range(60):
        world.do(advance(store.state, 7))
        store.commit()
    store.close()
    again = Store(folder)
    again.close()
    assert again.refolded < TAIL_ENTRIES < again.state.n
    assert again.state == store.state


def test_opening_reads_no_more_of_a_journal_ten_times_as_long(folder, call, long, state_now):
    reads = []
    for entries in (1_000, 10_000):  # logs are full by then
        long(entries)
        reads.append(max(call(advance(state_now(), 7)).bytes_read for _ in range(TAIL_ENTRIES // 7 + 1)))
    assert folder.journal.stat().st_size > 1_000_000
    assert reads[1] < 1.1 * reads[0]


def _set(name, value):
    def change(data):
        about, _, state = data.partition(b"\n")
        return json.dumps({**json.loads(about), name: value}).encode() + b"\n" + state

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda data: data[:-5],
        lambda data: data.replace(b"web01", b"web09"),
        lambda _: b"[1]\n",
        lambda _: b"null\n",
        lambda _: b"[" * 100_000,
        lambda _: b"\xff\n",
        _set("format", snapshots.SNAPSHOT_FORMAT + 1),
        _set("version", "0.0.1"),
        _set("header", "00"),
        _set("offset", 10**9),
        _set("offset", 700),
        _set("offset", -1),
        _set("offset", "1"),
        _set("before", "00"),
        _set("state", "00"),
        _set("more", 1),
    ],
)
def test_a_snapshot_that_does_not_fit_is_not_used(folder, call, long, state_now, change):
    long(TAIL_ENTRIES)
    call(advance(state_now(), 7))
    assert folder.snapshot.exists()
    folder.snapshot.write_bytes(change(folder.snapshot.read_bytes()))
    store = Store(folder)
    store.close()
    assert store.state == whole_story(folder)
    assert store.refolded == store.state.n
    assert Store(folder).refolded < TAIL_ENTRIES  # opening mended it


def test_a_snapshot_of_another_journal_is_not_used(folder, call, long, state_now, tmp_path):
    long(TAIL_ENTRIES)
    kept = folder.snapshot.read_bytes()
    place = json.loads(kept.partition(b"\n")[0])["offset"]
    while folder.journal.stat().st_size > place - 400:
        folder.undo()
    while folder.journal.stat().st_size < place:
        call(cmd.SetService("hv1", "hung"))
    folder.snapshot.write_bytes(kept)
    assert Store(folder).state == whole_story(folder)


def test_a_snapshot_that_cannot_be_written_hinders_nothing(folder, call, long, state_now):
    folder.snapshot.mkdir()  # nothing can take its place
    long(2 * TAIL_ENTRIES)
    store = call(advance(state_now(), 7))
    assert store.state == whole_story(folder)
    assert store.refolded > TAIL_ENTRIES


def test_undo_takes_the_last_call_back_and_keeps_its_lines(folder, call, state_now):
    begun = state_now()
    call(cmd.Start("web01"))
    before, size = state_now(), folder.journal.stat().st_size
    call(cmd.Migrate("web01", "hv2"), cmd.Stop("web01"))
    cut = folder.journal.read_bytes()[size:]
    assert [entry.what for entry in folder.undo()] == [cmd.Migrate("web01", "hv2"), cmd.Stop("web01")]
    assert (state_now(), folder.journal.stat().st_size) == (before, size)
    assert (folder.path / "undone.jsonl").read_bytes() == cut
    assert [entry.what for entry in folder.undo()] == [cmd.Start("web01")]
    assert state_now() == begun
    assert folder.undo() == ()
    assert state_now() == begun


def test_undo_removes_a_snapshot_that_is_ahead_and_keeps_one_that_is_not(folder, call, long, state_now):
    long(TAIL_ENTRIES)
    while json.loads(folder.snapshot.read_bytes().partition(b"\n")[0])["offset"] == (
        folder.journal.stat().st_size
    ):
        call(advance(state_now(), 7))
    folder.undo()
    assert folder.snapshot.exists()
    assert state_now() == whole_story(folder)
    folder.undo()
    assert not folder.snapshot.exists()
    assert state_now() == whole_story(folder)


def test_undo_does_not_count_a_torn_call(folder, call, state_now):
    before = state_now()
    call(cmd.Start("web01"))
    with folder.journal.open("ab") as stream:
        stream.write(b'{"by":null,"command":{"guest":"web01","type":"Stop"},"n":1,"t":2}\n')
    assert [entry.what for entry in folder.undo()] == [cmd.Start("web01")]
    assert state_now() == before


def test_reset_puts_the_journal_aside(folder, call):
    call(cmd.Start("web01"))
    data = folder.journal.read_bytes()
    folder.note_unserved([{"program": "reg"}])
    folder.reset()
    folder.reset()
    assert not folder.begun
    assert (folder.path / "before-reset.journal.jsonl").read_bytes() == data
    assert folder.unserved() == {}


def test_what_is_not_served_is_counted_by_program(folder):
    assert folder.unserved() == {}
    folder.note_unserved([])
    folder.note_unserved([{"program": "reg"}, {"program": "wmic"}])
    folder.note_unserved([{"program": "reg"}])
    with (folder.path / "unserved.jsonl").open("ab") as stream:
        stream.write(b'{"program":\n[]\n{}\n{"program":[]}\n\xff\n')
    assert folder.unserved() == {"reg": 2, "wmic": 1}


def test_a_write_that_fails_leaves_the_lab_as_it_was(folder, state_now, monkeypatch):
    before = state_now()
    store = Store(folder)
    world = World(load_facts(), find_behaviour(), store.journal, store.state)

    def full(descriptor, data):
        real(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    real = durable.write
    monkeypatch.setattr(durable, "write", full)
    with pytest.raises(OSError, match="No space") as caught:
        world.do(cmd.Start("web01"))
    assert caught.value.filename == str(folder.journal)
    monkeypatch.setattr(durable, "write", real)
    with pytest.raises(JournalError, match="open the lab again"):
        world.do(cmd.Stop("web02"))
    store.close()
    assert state_now() == before


def test_a_commit_is_on_the_disk_when_it_returns(folder, monkeypatch):
    store = Store(folder)
    order = []

    def watched(name, real):
        def change(*words):
            order.append(name)
            real(*words)

        return change

    for name in ("write", "sync"):
        monkeypatch.setattr(durable, name, watched(name, getattr(durable, name)))
    World(load_facts(), find_behaviour(), store.journal, store.state).do(cmd.Start("web01"))
    assert order == ["write"]
    store.commit()
    store.close()
    assert order == ["write", "write", "sync"]


def test_a_fork_is_in_memory(folder, state_now):
    store = Store(folder)
    world = World(load_facts(), find_behaviour(), store.journal, store.state)
    fork = world.fork()
    fork.do(cmd.Start("web01"))
    store.commit()
    store.close()
    assert not state_now().guests["web01"].running
    assert fork.state.guests["web01"].running
    assert len(fork.journal.entries()) == fork.state.n


def test_digest_of_the_lab_file_is_kept(folder):
    assert folder.digest() == "the digest"
    (folder.path / "lab.sha256").unlink()
    assert folder.digest() == ""


def test_a_lab_of_nothing_can_be_used(tmp_path, folder):
    other = Folder(tmp_path)
    other.begin(Store(folder).header, [], "")
    assert Store(other).state.n == 0
    assert other.undo() == ()
