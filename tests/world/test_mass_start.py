"""A thousand guests that start with their host: more than a scenario file, which has no loops, can say."""

from __future__ import annotations

from collections import Counter

import attrs
import pytest

from avma_sim import Lab, refold, rerun, violations
from avma_sim.model import events as ev
from avma_sim.model.commands import AddHost
from avma_sim.sim.journal import read_journal

COUNT = 1000
HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def morning():
    """A host with a thousand licensed guests, a few of them off or saved, that was restarted."""
    lab = Lab.generate(hosts=1, guests_per_host=COUNT)
    for name in lab.guests:
        lab.start(name)
    first, second = list(lab.guests)[:2]
    lab.stop(first)
    lab.save_state(second)
    lab.advance("1d")
    before = lab.state.n
    lab.restart_host("hv01")
    return lab, lab.entries()[before:], (first, second)


def of(entries, kind):
    return [entry.what for entry in entries if isinstance(entry.what, kind)]


def test_each_guest_that_ran_starts_once_and_asks_once(morning):
    lab, entries, (first, second) = morning
    ran = set(lab.guests) - {first, second}
    for kind in (ev.GuestStopped, ev.GuestStarted, ev.AttemptStarted, ev.LicenceGranted):
        assert Counter(event.guest for event in of(entries, kind)) == Counter(ran), kind
    assert (lab.guest(first).power, lab.guest(second).power) == ("off", "saved")


def test_all_of_it_is_one_instant_and_the_host_logs_every_request(morning):
    lab, entries, _ = morning
    assert {entry.t for entry in entries} == {lab.state.now_us}
    decided = [event.record for event in of(entries, ev.ActivationDecided)]
    assert [row.record for row in decided] == list(range(COUNT + 1, 2 * COUNT - 1))
    assert {row.outcome for row in decided} == {"granted"}
    assert len(lab.host("hv01").events) == 512  # what its log keeps


def test_all_guests_stop_before_the_first_starts(morning):
    _, entries, _ = morning
    stopped = [entry.n for entry in entries if isinstance(entry.what, ev.GuestStopped)]
    started = [entry.n for entry in entries if isinstance(entry.what, ev.GuestStarted)]
    assert max(stopped) < min(started)


def test_it_can_be_folded_and_played_again(morning):
    lab, _, _ = morning
    header, entries = read_journal(lab.journal_lines())
    kept = list(entries)
    assert refold(header, kept) == lab.state
    assert rerun(header, kept, lab.facts).journal.trace_hash() == lab.trace_hash
    assert violations(kept) == []


def test_a_limited_host_works_the_crowd_off_and_nobody_loses_a_licence():
    """A host that decides a hundred requests an hour refuses the rest, until they come again."""
    lab = Lab()
    plain = Lab.generate(hosts=1, guests_per_host=COUNT)
    for entry in plain.entries():
        if entry.by is None:
            made = entry.what
            if isinstance(made, AddHost):
                made = attrs.evolve(made, host=attrs.evolve(made.host, request_limit=(100, HOUR_US)))
            lab.do(made)
    for name in lab.guests:
        lab.start(name)
    words = Counter(guest.licence.word for guest in lab.guests.values())
    assert words == {"licensed": 100, "notification": COUNT - 100}
    granted = [100]
    for _ in range(9):
        lab.advance("2h")
        granted.append(sum(guest.licence.word == "licensed" for guest in lab.guests.values()))
    assert granted == list(range(100, COUNT + 1, 100))
    lab.advance("1h")
    lab.restart_host("hv01")
    assert all(guest.licence.word == "licensed" for guest in lab.guests.values())
    refused = sum(guest.events[-1].code == "C004FD00" for guest in lab.guests.values())
    assert refused == COUNT - 100
