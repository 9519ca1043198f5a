"""Forks, journal modes, and the journal's lines as the whole story of a lab."""

from __future__ import annotations

import io
import json

import pytest

from avma_sim import JournalError, Lab, refold, rerun
from avma_sim.sim.journal import KeepJournal, read_journal


def story(lab: Lab) -> Lab:
    """Play a bit of everything that goes through the wire."""
    if not lab.hosts:
        lab.add_host("hv1", release="ws2019", activated=True)
        lab.add_host("hv2", release="ws2019", activated=False)
        lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.arm("noise", "flip", to="guest", nth=2, bit=900)
    lab.start("web01")
    lab.ato("web01")
    lab.advance("1d")
    lab.migrate("web01", "hv2")
    lab.start("web01")  # refused
    lab.advance("20d")
    return lab


def test_a_fork_goes_on_apart(running):
    fork = running.fork()
    assert fork.trace_hash == running.trace_hash
    assert fork.state == running.state
    assert fork.state is not running.state
    assert fork.now == running.now
    before, trace = running.state.copy(), running.trace_hash
    fork.deactivate("hv1")
    fork.advance("7d")
    assert running.state == before
    assert running.trace_hash == trace
    assert fork.guest("web01").events[-1].code == "C004FD02"
    running.advance("7d")
    assert running.guest("web01").events[-1].notification == "success"
    assert running.trace_hash != fork.trace_hash


def test_a_fork_and_its_origin_tell_the_same_story_under_the_same_commands(lab):
    fork = lab.fork()
    assert type(fork) is Lab
    assert story(fork).trace_hash == story(lab).trace_hash
    assert fork.state == lab.state
    assert list(fork.journal_lines()) == list(lab.journal_lines())


def test_a_fork_of_a_subclass_is_one_too():
    class Mine(Lab):
        pass

    assert type(Mine().fork()) is Mine


def test_pending_attempts_and_packets_are_forked(make_lab):
    lab = make_lab(latency="5s")
    lab.start("web01")
    fork = lab.fork()
    for each in (lab, fork):
        each.advance("10s")
        assert each.guest("web01").licence.word == "licensed"
    assert lab.trace_hash == fork.trace_hash


def test_lines_are_the_whole_story(lab):
    story(lab)
    lines = list(lab.journal_lines())
    header, entries = read_journal(lines)
    kept = list(entries)
    assert kept == lab.entries()
    assert len(lines) == len(kept) + 1 == lab.state.n + 1
    assert refold(header, kept) == lab.state
    again = rerun(header, kept, lab.facts)
    assert again.state == lab.state
    assert again.journal.entries() == kept
    assert again.journal.trace_hash() == lab.trace_hash


def test_header_tells_what_was_chosen():
    lab = Lab(5, start="2025-03-01T00:00:00Z", guest_log_rows=3, host_log_rows=4)
    plain = json.loads(next(lab.journal_lines()))
    assert plain == {
        "format": 1,
        "facts": lab.facts.digest,
        "behaviour": "avma_sim.sim.documented:DOCUMENTED",
        "settings": {"seed": 5, "start_us": 1_740_787_200_000_000, "guest_log_rows": 3, "host_log_rows": 4},
    }


def test_entries_are_a_copy(lab):
    lab.entries().clear()
    assert len(lab.entries()) == lab.state.n


def test_each_mode_has_the_same_hash():
    stream = io.StringIO()
    kept = story(Lab(3))
    hashed, streamed = story(Lab(3, journal="hash")), story(Lab(3, journal=stream))
    made = story(Lab(3, journal=KeepJournal))
    assert kept.trace_hash == hashed.trace_hash == streamed.trace_hash == made.trace_hash
    assert kept.state == hashed.state == streamed.state
    assert made.entries() == kept.entries()
    assert stream.getvalue() == "".join(f"{line}\n" for line in kept.journal_lines())
    assert story(Lab(4)).trace_hash != kept.trace_hash


def test_a_stream_gets_the_lines_of_a_call_before_the_call_returns():
    stream = io.StringIO()
    lab = Lab(journal=stream)
    assert stream.getvalue().count("\n") == 1
    lab.add_host("hv1", release="ws2019", activated=True)
    assert stream.getvalue().count("\n") == lab.state.n + 1 == 4


def test_a_stream_that_fails_is_not_hidden():
    class Full(io.StringIO):
        def write(self, text):
            if "AddHost" in text:
                raise OSError("no space left on device")
            return super().write(text)

    lab = Lab(journal=Full())
    with pytest.raises(OSError, match="no space left"):
        lab.add_host("hv1", release="ws2019", activated=True)


@pytest.mark.parametrize("mode", ["hash", "stream"])
def test_modes_that_keep_nothing_say_so(mode):
    lab = Lab(journal=io.StringIO() if mode == "stream" else mode)
    with pytest.raises(JournalError, match="keeps no entries"):
        lab.entries()
    lines = lab.journal_lines()
    assert json.loads(next(lines))["format"] == 1
    with pytest.raises(JournalError, match="keeps no entries"):
        next(lines)


@pytest.mark.parametrize("mode", ["keep", "hash", "stream"])
def test_every_mode_can_be_forked(mode):
    stream = io.StringIO()
    lab = Lab(journal=stream if mode == "stream" else mode)
    lab.add_host("hv1", release="ws2019", activated=True)
    written, fork = stream.getvalue(), lab.fork()
    fork.add_host("hv2", release="ws2019", activated=True)
    assert stream.getvalue() == written, "a fork writes nothing into its origin's stream"
    assert "hv2" not in lab.hosts
    lab.add_host("hv2", release="ws2019", activated=True)
    assert lab.trace_hash == fork.trace_hash


def test_a_name_of_a_behaviour_reaches_the_header(monkeypatch):
    monkeypatch.setenv("AVMA_SIM_BEHAVIOUR", "avma_sim.sim.documented:DOCUMENTED")
    assert Lab().trace_hash == Lab(behaviour="avma_sim.sim.documented:DOCUMENTED").trace_hash
