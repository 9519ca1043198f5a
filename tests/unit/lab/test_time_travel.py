"""Snapshots, what is refused in place of one, and the past of a lab: to look at, and to go on from."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from pathlib import Path

import attrs
import pytest

from avma_sim import InputError, JournalError, Lab, load_facts, refold, rerun
from avma_sim.lab.lab import Past
from avma_sim.model import commands as cmd
from avma_sim.model.fault import Fault
from avma_sim.sim.behaviour import current_behaviour
from avma_sim.sim.canonical import canonical_json
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import read_journal
from avma_sim.store.portable import PORTABLE_FORMAT

HERE = Path(__file__).parent
GOLDEN = {kind: HERE / f"golden-snapshot-1{kind}.json" for kind in ("", "-hash")}
ODD = attrs.evolve(DOCUMENTED, name="odd:ODD")


def golden_lab(journal: str = "keep") -> Lab:
    """The lab of the golden snapshots; they are written once a format, and never anew."""
    lab = Lab(11, readings={"timing": "volume-family"}, journal=journal, host_log_rows=20)
    lab.add_host("hv1", release="ws2019", activated=True, latency="1s")
    lab.add_host("hv2", release="ws2022", activated={"channel": "kms", "until": "2025-06-01T00:00:00Z"})
    for name in ("a", "b"):
        lab.add_guest(name, on="hv1", release="ws2016", edition="standard", key="avma")
    lab.arm("f", "replay", guest="a", nth=2)
    lab.start("a")
    lab.advance("9d")
    lab.migrate("a", "hv2")
    lab.start("b")
    return lab


def signed(text: str, **changed: object) -> str:
    """A snapshot with other fields, and with the digest that fits them."""
    body = {name: value for name, value in (json.loads(text) | changed).items() if value is not None}
    del body["digest"]
    return canonical_json(body | {"digest": hashlib.sha256(canonical_json(body).encode("ascii")).hexdigest()})


@pytest.fixture
def long(running):
    """A lab with a month behind it; its advance is one call."""
    running.advance("30d")
    running.stop("web01")
    return running


# Snapshots.


def test_a_restored_lab_goes_on_as_the_lab_would(running):
    text = running.snapshot()
    again = Lab.restore(text)
    assert type(again) is Lab
    assert (again.state, again.entries()) == (running.state, running.entries())
    assert again.continues == running.continues == ""
    for lab in (running, again):
        lab.deactivate("hv1")
        lab.advance("9d")
    assert again.trace_hash == running.trace_hash
    assert again.state == running.state
    assert again.snapshot() == running.snapshot() != text


def test_a_snapshot_is_one_line_of_canonical_json(running):
    text = running.snapshot()
    assert text.isascii()
    assert "\n" not in text
    assert canonical_json(json.loads(text)) == text
    assert json.loads(text)["format"] == PORTABLE_FORMAT
    assert json.loads(text)["trace_hash"] == running.trace_hash
    assert Lab.restore(text).snapshot() == Lab.restore(f"{text}\r\n").snapshot() == text


def test_an_empty_lab_has_a_snapshot():
    lab = Lab(5, start="2030-01-01T00:00:00Z", clock="200ms")
    again = Lab.restore(lab.snapshot())
    assert again.now == lab.now
    assert again.state.settings == lab.state.settings
    assert again.trace_hash == lab.trace_hash


@pytest.mark.parametrize("stream", [False, True])
def test_without_entries_a_restored_lab_says_what_it_goes_on_from(stream):
    lab = golden_lab(io.StringIO() if stream else "hash")
    text = lab.snapshot()
    again, other = Lab.restore(text), Lab.restore(text)
    assert again.state == lab.state
    assert again.continues == again.trace_hash == lab.trace_hash
    assert lab.continues == ""
    assert again.snapshot() == text
    fork = again.fork()
    for one in (lab, again, other, fork):
        one.advance("20d")
    assert again.state == lab.state
    assert again.trace_hash == other.trace_hash == fork.trace_hash != lab.trace_hash
    assert again.continues == fork.continues == json.loads(text)["trace_hash"]
    elsewhere = Lab.restore(signed(text, trace_hash="00"))
    elsewhere.advance("20d")
    assert elsewhere.trace_hash != again.trace_hash
    # Once more: it goes on from the continuation.
    third = Lab.restore(again.snapshot())
    assert third.continues == third.trace_hash == again.trace_hash
    with pytest.raises(JournalError, match="keeps no entries"):
        third.entries()


def test_other_facts_are_refused_by_name(running):
    text = running.snapshot()
    other = attrs.evolve(load_facts(), digest="feed" * 16)
    mine = load_facts().digest[:12]
    with pytest.raises(
        JournalError, match=rf"^this lab was played with other facts \({mine}\) than these \(fee"
    ):
        Lab.restore(text, facts=other)
    assert Lab.restore(signed(text, facts=other.digest), facts=other).facts is other


def test_another_behaviour_is_refused_by_name_and_never_imported(running):
    text = running.snapshot()
    with pytest.raises(
        JournalError, match=r"was played by 'avma_sim.sim.documented:DOCUMENTED', not by 'odd:ODD'"
    ):
        Lab.restore(text, behaviour=ODD)
    odd = signed(text, behaviour="odd:ODD")
    with pytest.raises(JournalError, match=r"^this lab was played by 'odd:ODD', not by 'avma_sim"):
        Lab.restore(odd)
    assert Lab.restore(odd, behaviour=ODD)._world.behaviour is ODD
    token = current_behaviour.set(ODD)
    try:
        assert Lab.restore(odd)._world.behaviour is ODD
        assert Lab.restore(signed(text, behaviour=""), behaviour=DOCUMENTED).state == running.state
    finally:
        current_behaviour.reset(token)


def test_settings_that_no_lab_can_have_are_refused(running):
    with pytest.raises(JournalError, match="the header's reading timing = 'foo' is none of"):
        Lab.restore(signed(running.snapshot(), settings={"readings": {"timing": "foo"}}))


@pytest.mark.parametrize("journal", ["keep", "hash"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "^snapshot format 2 is not the one this version of avma-sim reads, 1$"),
        ({"format": True}, "^snapshot format True is not the one"),
        ({"format": "1"}, "^snapshot format '1' is not the one"),
        ({"format": None}, "an object with its format is expected"),
        ({"more": 1}, "^not a snapshot of a lab: more is unknown$"),
        (
            {"more": 1, "and": 2, "facts": None},
            "^not a snapshot of a lab: lacks facts; and, more are unknown$",
        ),
        ({"facts": 3}, "facts, behaviour and trace_hash are text"),
        ({"settings": {"seeds": 3}}, "not a Settings: .*seeds"),
        ({"settings": {"seed": "3"}}, "'3' is not int"),
    ],
)
def test_what_is_no_snapshot_of_this_format_is_refused(journal, changed, said):
    with pytest.raises(JournalError, match=said):
        Lab.restore(signed(golden_lab(journal).snapshot(), **changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"entries": {}}, "its entries are a list"),
        ({"entries": [3]}, "not an entry"),
        (
            {"entries": [{"n": 1, "t": 1, "by": None, "command": {"type": "Start", "guest": "a"}}]},
            "does not follow",
        ),
        (
            {"entries": [{"n": 0, "t": 1, "by": None, "command": {"type": "Start", "guest": "a", "x": 1}}]},
            "x",
        ),
        ({"state": {}}, "entries is unknown"),
        ({"state": [], "entries": None}, "its state is an object"),
        ({"state": {"n": 1}, "entries": None}, "not the fields of a state: lacks attempts, .*services$"),
    ],
)
def test_what_is_no_story_is_refused(running, changed, said):
    with pytest.raises(JournalError, match=said):
        Lab.restore(signed(running.snapshot(), **changed))


@pytest.mark.parametrize("field", ["now_us", "n", "packet_ids", "nonces", "records"])
def test_a_state_holds_whole_numbers(field):
    text = golden_lab("hash").snapshot()
    state = json.loads(text)["state"]
    state[field] = [["a", 1.5]] if isinstance(state[field], list) else 1.5
    with pytest.raises(JournalError, match=r"not a state: 1.5 is not a whole number"):
        Lab.restore(signed(text, state=state))


def test_a_damaged_snapshot_is_refused_wherever_it_is_cut_or_changed(running):
    text = running.snapshot()
    for at in range(0, len(text), 41):
        with pytest.raises(JournalError, match="take a"):
            Lab.restore(text[:at])
        if text[at].isdigit():
            changed = "3" if text[at] != "3" else "4"
            with pytest.raises(JournalError, match=r"take a|format"):
                Lab.restore(text[:at] + changed + text[at + 1 :])


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", "NaN", '{"format": NaN}', "[" * 100_000, '{"format":1e999}', "9" * 5000]
)
def test_any_text_is_refused_as_no_snapshot(text):
    with pytest.raises(JournalError):
        Lab.restore(text)


def test_another_spelling_of_a_snapshot_is_refused(running):
    with pytest.raises(JournalError, match="take a copy as it was written"):
        Lab.restore(json.dumps(json.loads(running.snapshot()), indent=1))


def test_what_is_no_text_is_refused(running):
    with pytest.raises(InputError, match=r"^a snapshot is text, not bytes$"):
        Lab.restore(running.snapshot().encode())


@pytest.mark.parametrize("kind", GOLDEN)
def test_a_golden_snapshot_is_loaded_or_refused_by_name(kind):
    """A later version has later facts: these refuse it by name, and with the old ones' digest it goes on."""
    text = GOLDEN[kind].read_text("ascii")
    told = json.loads(text)
    if told["facts"] != load_facts().digest:
        with pytest.raises(JournalError, match=r"^this lab was played with other facts"):
            Lab.restore(text)
    lab = Lab.restore(text, facts=attrs.evolve(load_facts(), digest=told["facts"]))
    assert lab.snapshot() == text.rstrip("\n")
    assert lab.trace_hash == told["trace_hash"]
    assert lab.guest("a").licence.word == "licensed"
    assert lab.guest("b").pending
    assert lab.advance("7d")
    assert not lab.guest("b").pending


# The past.


def test_the_past_is_what_was_true_then(long):
    past = long.at("2025-01-03T00:00:00Z")
    assert type(past) is Past
    assert past.now == dt.datetime(2025, 1, 3, tzinfo=dt.UTC)
    assert list(past.hosts) == ["hv1", "hv2"]
    assert past.guests["web01"].running
    assert not long.guest("web01").running
    assert past.guest("web01").licence.word == "licensed"
    assert past.guest("web01").licence.next_attempt_at == dt.datetime(2025, 1, 8, tzinfo=dt.UTC)
    assert len(past.guest("web01").events) == 1
    assert past.host("hv1").guests == ("web01",)
    assert str(past.explain("web01")) == str(past.guest("web01").explain())
    assert "2025-01-08" in str(past.explain("web01"))
    assert past.entries() == [entry for entry in long.entries() if entry.t <= past.state.now_us]
    assert repr(past) == f"<past: {len(past.entries())} entries, 2025-01-03T00:00:00Z>"
    assert past.unserved == {}
    assert past.facts is long.facts
    assert long.at(past.now).state == past.state


def test_an_entry_is_looked_at_just_after_it(long):
    header, entries = read_journal(long.journal_lines())
    kept = list(entries)
    for entry in kept:
        past = long.at(entry.n)
        assert past.state == refold(header, kept[: entry.n + 1])
        assert past.entries() == kept[: entry.n + 1]
        assert past.state.now_us == entry.t


def test_nothing_happens_in_the_past(long):
    past = long.at("2025-01-03T00:00:00Z")
    guest, host = past.guest("web01"), past.host("hv1")
    before = past.state.copy()
    for refused in (
        guest.stop,
        guest.ato,
        guest.install_key,
        guest.restart,
        lambda: guest.run("ver"),
        lambda: guest.migrate("hv2"),
        host.deactivate,
        lambda: host.run("ver"),
        lambda: past.advance("1d"),
        lambda: past.advance(until=lambda _: True),
        lambda: past.do(cmd.ArmFault(Fault("f", "drop"))),
        lambda: past.add_host("hv3", release="ws2019", activated=True),
        lambda: past.session("web01"),
        lambda: past.as_windows("web01"),
        lambda: past.wmi("web01"),
        lambda: past.guest("web01").wmi(),
        lambda: past.guest("web01").winreg,
    ):
        with pytest.raises(
            InputError, match=r"^this is the past: the lab at 2025-01-03T00:00:00Z, .* \.fork\(\)$"
        ):
            refused()
    assert past.state == before


def test_looking_changes_no_present_and_no_present_the_past(long):
    before, trace = long.state.copy(), long.trace_hash
    past = long.at("2025-01-03T00:00:00Z")
    was, entries, explained = past.state.copy(), past.entries(), str(past.explain("web01"))
    fork = past.fork()
    fork.advance("100d")
    past.entries().clear()
    assert (long.state, long.trace_hash) == (before, trace)
    long.start("web01")
    long.advance("100d")
    assert (past.state, past.entries(), str(past.explain("web01"))) == (was, entries, explained)
    assert past.fork().now == past.now


def test_a_fork_of_the_past_goes_on_from_there(long):
    past = long.at("2025-01-03T00:00:00Z")
    fork = past.fork()
    assert type(fork) is Lab
    assert fork.now == past.now
    # As if the month's advance had been to that instant.
    told = Lab()
    for entry in long.entries():
        if entry.by is None and type(entry.what) is not cmd.Advance:
            told.do(entry.what)
        elif entry.by is None:
            break
    told.advance("2d")
    assert fork.trace_hash == told.trace_hash
    header, entries = read_journal(fork.journal_lines())
    assert rerun(header, list(entries), fork.facts).journal.trace_hash() == fork.trace_hash
    fork.deactivate("hv1")
    fork.advance("30d")
    assert fork.guest("web01").events[-1].notification == "invalid-host"
    assert Lab.restore(fork.snapshot()).trace_hash == fork.trace_hash


def test_a_fork_of_now_is_a_fork(long):
    assert long.at(long.now).fork().trace_hash == long.trace_hash
    assert long.at(len(long.entries()) - 1).fork().trace_hash == long.trace_hash


def test_a_fork_from_inside_a_call_begins_when_the_call_is_done(lab):
    outcome = lab.start("web01")
    trace = lab.trace_hash
    lab.advance("1d")
    assert outcome.last > outcome.first
    for n in range(outcome.first, outcome.last + 1):
        assert lab.at(n).fork().trace_hash == trace


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (-1, r"^this lab has no entry -1: its entries are 0 to \d+$"),
        (10_000, "no entry 10000"),
        (True, "no entry True"),
        ("2024-12-31T23:59:59Z", "from 2025-01-01T00:00:00Z to 2025-01-31T00:00:00Z, .* is before that$"),
        ("2025-01-31T00:00:01Z", "is after that$"),
        ("yesterday", "not an instant: 'yesterday'"),
        ("2025-01-03T00:00:00", "an instant needs a zone"),
        (1.5, "not an instant: 1.5"),
    ],
)
def test_what_is_no_place_in_the_past_is_refused(long, when, said):
    with pytest.raises(InputError, match=said):
        long.at(when)


def test_an_empty_lab_has_its_start_as_past():
    lab = Lab()
    assert lab.at(lab.now).state == lab.state
    with pytest.raises(InputError, match=r"^this lab has no entry 0: nothing has happened yet$"):
        lab.at(0)


def test_a_lab_without_entries_has_no_past():
    with pytest.raises(JournalError, match="keeps no entries; open it with journal='keep'"):
        Lab(journal="hash").at(0)
