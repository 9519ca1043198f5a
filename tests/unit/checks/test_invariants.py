"""Each invariant accepts a genuine trace, and rejects it once something of it is made untrue by hand."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import INVARIANTS, Lab, UnknownName, violations
from avma_sim.checks import Watch
from avma_sim.model import events as ev
from avma_sim.model.codes import OK
from avma_sim.model.host import HostActivation


def tell() -> Lab:
    """Play one guest through grants, a refusal, a void, a deadline, faults, a stop and an end."""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_host("hv2", release="ws2019", activated=False)
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.add_guest("web02", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("web01")
    lab.start("web02")
    lab.install_key("web02")
    lab.arm("twice", "duplicate", guest="web01", to="host", nth=1, by="1s")
    lab.arm("kept", "replay", guest="web02", to="guest")
    lab.advance("7d")
    lab.migrate("web01", "hv2")
    lab.advance("7d")
    lab.arm("gone", "drop", guest="web01", to="guest")
    lab.arm("swap", "reorder", guest="web01", to="host", by="5s", nth=1)
    lab.ato("web01")
    lab.ato("web02")
    lab.restart("web01")
    lab.advance("1m")
    lab.disarm("gone")
    lab.arm("late", "delay", guest="web01", to="guest", by="1m")
    lab.ato("web01")
    lab.advance("2m")
    lab.stop("web02")
    lab.stop("web01")
    lab.set_service("hv2", "stopped")
    lab.advance("200d")
    lab.start("web01")
    return lab


TRACE = tell().entries()
BAD = "a hand-made nonce"


class Copy:
    """A trace to spoil."""

    def __init__(self) -> None:
        self.entries = list(TRACE)

    def at(self, kind, *, nth=0, **fields):
        """Find the n-th event of a kind whose fields are these."""
        found = [
            index
            for index, entry in enumerate(self.entries)
            if type(entry.what) is kind and all(getattr(entry.what, k) == v for k, v in fields.items())
        ]
        return found[nth]

    def before(self, kind, index: int, **fields):
        """Find the last event of a kind before an index."""
        found = [entry.what for entry in self.entries[:index] if type(entry.what) is kind]
        return [what for what in found if all(getattr(what, k) == v for k, v in fields.items())][-1]

    def change(self, index: int, **fields) -> Copy:
        entry = self.entries[index]
        self.entries[index] = entry._replace(what=attrs.evolve(entry.what, **fields))
        return self

    def record(self, index: int, **fields) -> Copy:
        return self.change(index, record=attrs.evolve(self.entries[index].what.record, **fields))

    def licence(self, index: int, **fields) -> Copy:
        return self.change(index, licence=attrs.evolve(self.entries[index].what.licence, **fields))

    def move(self, index: int, **fields) -> Copy:
        self.entries[index] = self.entries[index]._replace(**fields)
        return self

    def remove(self, index: int) -> Copy:
        del self.entries[index]
        return self

    def replace(self, index: int, what) -> Copy:
        self.entries[index] = self.entries[index]._replace(what=what)
        return self

    def repeat(self, index: int) -> Copy:
        self.entries.insert(index, self.entries[index])
        return self


GRANT = ev.LicenceGranted
FAILED = ev.AttemptFailed
DECIDED = ev.ActivationDecided
ASKED = ev.AttemptStarted
LICENSED = {"status": 1}

# By invariant: how a trace is spoilt, and what is said of it, without invariant and number of the entry.
SPOILT = {
    "entries-in-order": [
        (lambda c: c.remove(5), "entry 6 at 1735689600000000 follows 4 at 1735689600000000"),
        (lambda c: c.repeat(5), "entry 5 at 1735689600000000 follows 5 at 1735689600000000"),
        (lambda c: c.remove(0), "entry 1 at 1735689600000000 follows -1 at 0"),
        (
            lambda c: c.move(5, t=c.entries[5].t - 1),
            "entry 5 at 1735689599999999 follows 4 at 1735689600000000",
        ),
        (lambda c: c.move(5, by=5), "its cause 5 is not before it"),
        (lambda c: c.move(5, by=6), "its cause 6 is not before it"),
        (lambda c: c.move(5, by=-1), "its cause -1 is not before it"),
    ],
    "grant-follows-decision": [
        (
            lambda c: c.remove(c.at(DECIDED, guest="web01")),
            "web01 is granted without a 12310 granted by hv1 for it",
        ),
        (
            lambda c: c.record(c.at(DECIDED, guest="web01"), outcome="refused"),
            "web01 is granted without a 12310 granted by hv1 for it",
        ),
        (
            lambda c: c.change(c.at(DECIDED, guest="web01"), guest="web02"),
            "web01 is granted without a 12310 granted by hv1 for it",
        ),
        (
            lambda c: c.change(c.at(DECIDED, guest="web01"), host="hv2"),
            "web01 is granted without a 12310 granted by hv1 for it",
        ),
        (
            lambda c: c.record(c.at(GRANT, guest="web01"), peer="hv2"),
            "web01 is granted without a 12310 granted by hv2 for it",
        ),
        (
            lambda c: c.record(c.at(GRANT, guest="web01"), nonce=BAD.encode()),
            "web01 is granted what it did not ask for last",
        ),
        (
            lambda c: c.record(
                c.at(GRANT, guest="web01", nth=1), nonce=c.entries[c.at(GRANT)].what.record.nonce
            ),
            "web01 is granted what it did not ask for last",
        ),
        (
            lambda c: c.remove(c.at(ASKED, guest="web01")),
            "web01 is granted what it did not ask for last",
        ),
        (
            lambda c: c.licence(c.at(GRANT, guest="web01"), host="hv2"),
            "web01 names hv2, asked was hv1",
        ),
    ],
    "attempt-within-deadline": [
        (
            lambda c: c.move(c.at(GRANT, guest="web01"), t=TRACE[0].t + 30_000_001),
            "the attempt of web01 ended after its deadline",
        ),
        (
            lambda c: c.move(c.at(FAILED, guest="web01"), t=TRACE[-1].t),
            "the attempt of web01 ended after its deadline",
        ),
        (
            lambda c: c.move(c.at(ev.AttemptVoided, guest="web01"), t=TRACE[-1].t),
            "the attempt of web01 ended after its deadline",
        ),
        (
            lambda c: c.remove(c.at(FAILED, guest="web01", arrived=0)),
            "attempts outlive their deadline: web01",
        ),
    ],
    "one-12309-per-ended-attempt": [
        (lambda c: c.repeat(c.at(ASKED, guest="web01")), "web01 has two attempts at once"),
        (lambda c: c.repeat(c.at(ev.AttemptVoided)), "web01 voids an attempt that it has not"),
        (lambda c: c.remove(c.at(ASKED, guest="web01")), "web01 ends an attempt that it has not"),
        (lambda c: c.repeat(c.at(GRANT, guest="web01")), "web01 ends an attempt that it has not"),
        (
            lambda c: c.record(c.at(GRANT, guest="web01"), nonce=b""),
            "web01 ends an attempt that it has not",
        ),
        (
            # An attempt that ended at once, with a request that was never sent.
            lambda c: c.record(at_once(c), nonce=BAD.encode()),
            "web01 ends an attempt that it has not",
        ),
        (
            lambda c: c.record(c.at(GRANT, guest="web01"), record=2),
            "12309 record 2 of web01 should be 3",
        ),
        (
            lambda c: c.record(at_once(c), record=1),
            "12309 record 1 of web01 should be 14",
        ),
    ],
    "one-12310-per-decision": [
        (lambda c: c.repeat(c.at(DECIDED, guest="web01")), "hv1 decides one request twice"),
        (
            lambda c: c.record(c.at(DECIDED, guest="web02"), record=3),
            "12310 record 3 of hv1 should be 2",
        ),
        (lambda c: c.remove(c.at(DECIDED)), "12310 record 2 of hv1 should be 1"),
        (
            lambda c: c.record(c.at(DECIDED), code=0xC004FD02),
            "hv1 logs granted with code C004FD02",
        ),
        (lambda c: c.record(c.at(DECIDED, host="hv2"), code=OK), "hv2 logs refused with code 00000000"),
    ],
    "nonces-never-repeat": [
        (lambda c: c.repeat(c.at(ASKED, guest="web02")), "web02 spends a nonce twice"),
        (
            lambda c: c.change(
                c.at(ASKED, guest="web02"), attempt=c.entries[c.at(ASKED, guest="web01")].what.attempt
            ),
            "web02 spends a nonce twice",
        ),
    ],
    "packets-arrive-once": [
        (lambda c: c.repeat(c.at(DECIDED)), "packet 1 arrives without being in flight"),
        (lambda c: c.repeat(c.at(GRANT)), "packet 2 arrives without being in flight"),
        (lambda c: c.remove(c.at(ASKED)), "packet 1 arrives without being in flight"),
        (
            lambda c: c.repeat(c.at(ev.FaultHit, what="drop")),
            "fault gone hits packet 16, which is not in flight",
        ),
        (
            lambda c: c.change(c.at(ev.FaultHit, what="duplicate"), packets=()),
            "packet 5 arrives without being in flight",
        ),
    ],
    "only-grants-license": [
        (
            lambda c: c.licence(c.at(FAILED, guest="web01"), status=5),
            "a failed attempt takes the licence of web01",
        ),
        (
            lambda c: c.licence(c.at(ev.GuestStarted, guest="web01"), **LICENSED),
            "web01 is licensed by GuestStarted",
        ),
        (lambda c: c.licence(c.at(ev.GuestAdded), **LICENSED), "web01 is licensed by GuestAdded"),
        (
            lambda c: c.licence(c.at(FAILED, guest="web01", nth=-1), **LICENSED),
            "web01 is licensed by AttemptFailed",
        ),
        (lambda c: c.remove(c.at(GRANT, guest="web02")), "web02 is licensed by ProductKeyInstalled"),
    ],
    "only-running-guests-ask": [
        (
            lambda c: c.remove(c.at(ev.GuestStarted, guest="web01")),
            "web01 is off, and yet AttemptStarted",
        ),
        (
            lambda c: c.change(c.at(GRANT, guest="web01"), guest="web09"),
            "web09 is off, and yet LicenceGranted",
        ),
        (
            lambda c: c.change(c.at(FAILED, guest="web01"), guest="web09"),
            "web09 is off, and yet AttemptFailed",
        ),
        (
            lambda c: c.change(c.at(ev.LicenceEnded), guest="web02"),
            "web02 is off, and yet LicenceEnded",
        ),
        (
            lambda c: c.change(c.at(ASKED, guest="web02"), guest="web03"),
            "web03 is off, and yet AttemptStarted",
        ),
    ],
    "voided-attempts-stay-silent": [
        (
            lambda c: c.record(
                c.at(FAILED, guest="web01", nth=-1),
                nonce=c.before(ASKED, c.at(ev.AttemptVoided), guest="web01").attempt.end.nonce,
            ),
            "web01 logs the end of an attempt that was voided",
        ),
        (
            lambda c: c.change(c.at(ev.AttemptVoided), guest="web02"),
            "web02 logs the end of an attempt that was voided",
        ),
    ],
    "only-activated-hosts-grant": [
        (lambda c: c.remove(c.at(ev.HostActivated)), "hv1 grants without being activated"),
        (lambda c: c.change(c.at(ev.HostActivated), host="hv2"), "hv1 grants without being activated"),
        (
            lambda c: c.change(c.at(ev.HostActivated), activation=HostActivation("evaluation")),
            "hv1 grants without being activated",
        ),
        (
            lambda c: c.replace(c.at(ev.GuestStarted), ev.HostActivationEnded("hv1", "lost")),
            "hv1 grants without being activated",
        ),
    ],
    "attempts-ask-their-host": [
        (lambda c: c.change(c.at(ev.GuestMigrated), to="hv9"), "web01 asks hv2, and is on hv9"),
        (lambda c: c.remove(c.at(ev.GuestMigrated)), "web01 asks hv2, and is on hv1"),
        (lambda c: c.remove(c.at(ev.GuestAdded)), "web01 asks hv1, and is on None"),
    ],
    "licences-end-in-time": [
        (
            lambda c: c.licence(c.at(GRANT, guest="web01"), end=(c.entries[0].t + 1, 0)),
            "licences outlive their end: web01",
        ),
        (
            lambda c: c.licence(c.at(ev.ProductKeyInstalled), end=(c.entries[0].t + 1, 0)),
            "licences outlive their end: web02",
        ),
        (
            lambda c: c.licence(c.at(ev.GuestStarted, guest="web01", nth=-1), end=(10**18, 0)),
            "the licence of web01 ends before it is due",
        ),
        (
            lambda c: c.licence(c.at(ev.GuestStarted, guest="web01", nth=-1), status=0),
            "the licence of web01 ends before it is due",
        ),
    ],
}
# These need a trace of life over time, which a module of its own plays and spoils.
LIFE = {"one-host-per-guest", "migrations-end-in-time", "down-hosts-run-nothing", "one-vm-id-per-guest"}
PAIRS = {"kvp-one-exchange-at-a-time", "kvp-only-by-the-own-host"}
CASES = [(name, spoil, said) for name, cases in SPOILT.items() for spoil, said in cases]
each_case = pytest.mark.parametrize(
    ("name", "spoil", "said"), CASES, ids=[f"{name}-{at}" for at, (name, _, _) in enumerate(CASES)]
)


def at_once(copy: Copy) -> int:
    """Find the first attempt of web01 that ended without a request."""
    return next(
        index
        for index, entry in enumerate(copy.entries)
        if type(entry.what) is FAILED and not entry.what.record.nonce
    )


def spoilt(spoil):
    return spoil(Copy()).entries


def test_the_trace_holds_everything_that_invariants_look_at():
    kinds = {type(entry.what) for entry in TRACE}
    assert kinds >= {GRANT, FAILED, DECIDED, ASKED, ev.AttemptVoided, ev.LicenceEnded, ev.FaultHit}
    assert kinds >= {ev.GuestStarted, ev.GuestStopped, ev.ClockAdvanced, ev.BytesIgnored, ev.PacketLost}
    hits = {entry.what.what for entry in TRACE if type(entry.what) is ev.FaultHit}
    assert hits == {"duplicate", "keep", "replay", "drop", "reorder", "release", "delay"}


@pytest.mark.parametrize("name", INVARIANTS)
def test_invariant_accepts_the_genuine_trace(name):
    assert violations(TRACE, [name]) == []


def test_all_accept_the_genuine_trace():
    assert violations(TRACE) == []
    assert violations([]) == []


def test_each_invariant_is_spoilt_in_more_than_one_way():
    assert set(INVARIANTS) - set(SPOILT) == LIFE | PAIRS
    assert all(len(cases) >= 2 for cases in SPOILT.values())


@each_case
def test_invariant_rejects_what_is_not_true(name, spoil, said):
    found = violations(spoilt(spoil), [name])
    assert found, "the spoilt trace was accepted"
    invariant, number, wrong = found[0].split(": ", 2)
    assert invariant == name
    assert number.startswith("entry ")
    assert wrong == said


@each_case
def test_all_invariants_together_say_it_too(name, spoil, said):
    found = violations(spoilt(spoil))
    assert any(line.startswith(f"{name}: entry ") and line.endswith(f": {said}") for line in found)


@each_case
@pytest.mark.parametrize("step", [1, 7])
def test_a_watch_says_bit_by_bit_what_is_said_at_once(name, spoil, said, step):
    entries = spoilt(spoil)
    watch, found = Watch(), []
    for at in range(0, len(entries), step):
        found += watch.see(entries[at : at + step])
    assert found == violations(entries)


def test_a_watch_says_it_when_it_happens():
    copy = Copy()
    at = copy.at(GRANT, guest="web01")
    copy.record(at, record=7)
    watch = Watch(["one-12309-per-ended-attempt"])
    assert watch.see(copy.entries[:at]) == []
    assert watch.see(copy.entries[at : at + 1]) == [
        f"one-12309-per-ended-attempt: entry {copy.entries[at].n}: 12309 record 7 of web01 should be 3"
    ]
    assert watch.see(copy.entries[at + 1 :]) == []
    assert watch.see([]) == []


def test_two_watches_do_not_share_what_they_remember():
    assert Watch().see(TRACE) == []
    assert Watch().see(TRACE) == []
    watch = Watch()
    watch.see(TRACE)
    assert watch.see(TRACE[:1]), "one watch remembers"


@each_case
def test_a_fork_of_a_watch_says_what_the_watch_would(name, spoil, said):
    entries = spoilt(spoil)
    watch = Watch()
    before: list[str] = []
    for at in range(0, len(entries), 9):
        forked = watch.fork()
        assert before + forked.see(entries[at:]) == violations(entries)
        before += watch.see(entries[at : at + 9])


def test_a_fork_of_a_watch_goes_on_apart():
    for at in range(0, len(TRACE), 5):
        watch = Watch()
        watch.see(TRACE[:at])
        forked = watch.fork()
        assert forked.see(TRACE[at:]) == []
        assert watch.fork().see(TRACE[at:]) == []
        assert watch.see(TRACE[at:]) == []


def test_a_fork_watches_what_its_watch_does():
    copy = Copy()
    copy.repeat(copy.at(ASKED, guest="web01"))
    assert len(Watch(["nonces-never-repeat"]).fork().see(copy.entries)) == 1
    assert Watch([]).fork().see(copy.entries) == []


def test_what_checks_remember_can_be_copied():
    """A fork copies containers, not what is in them: that has to be of a kind that never changes."""
    for name, make in INVARIANTS.items():
        check = make()
        for entry in TRACE:
            check(entry)
        for cell in check.__closure__:
            held = cell.cell_contents
            assert type(held) in (dict, set, list), name
            hash(tuple(held.items()) if isinstance(held, dict) else tuple(held))


def test_what_several_invariants_say_comes_by_entry():
    copy = Copy()
    copy.repeat(copy.at(ASKED, guest="web01"))
    n = copy.entries[copy.at(ASKED, guest="web01")].n
    assert violations(copy.entries) == [
        f"entries-in-order: entry {n}: entry {n} at {TRACE[0].t} follows {n} at {TRACE[0].t}",
        f"one-12309-per-ended-attempt: entry {n}: web01 has two attempts at once",
        f"nonces-never-repeat: entry {n}: web01 spends a nonce twice",
    ]


def test_only_the_invariants_that_are_named_are_watched():
    copy = Copy()
    copy.repeat(copy.at(ASKED, guest="web01"))
    assert len(violations(copy.entries, ["nonces-never-repeat"])) == 1
    assert violations(copy.entries, ["only-grants-license"]) == []
    assert violations(copy.entries, []) == []


@pytest.mark.parametrize("call", [Watch, lambda names: violations([], names)])
def test_an_unknown_invariant_is_an_error(call):
    with pytest.raises(
        UnknownName, match=r"^unknown invariant 'nonces-repeat'; did you mean 'nonces-never-repeat'\?$"
    ):
        call(["entries-in-order", "nonces-repeat"])


def test_invariants_cannot_be_changed():
    with pytest.raises(TypeError):
        INVARIANTS["mine"] = INVARIANTS["entries-in-order"]  # type: ignore[index]


@pytest.mark.parametrize("word", ["grace", "licensed"])
def test_what_ends_while_a_guest_is_off_is_no_late_end(word):
    """A stop with an attempt pending is told by two events, and the second holds a licence too."""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    if word == "licensed":
        lab.start("web01")
        lab.stop("web01")
    lab.set_service("hv1", "hung")
    lab.start("web01")
    assert lab.guest("web01").licence.word == word
    lab.stop("web01")
    lab.advance("200d")
    lab.start("web01")
    assert [type(entry.what) for entry in lab.entries()].count(ev.LicenceEnded) == 1
    assert violations(lab.entries()) == []


def test_a_host_that_restarted_decides_a_replayed_request_anew():
    """It remembers nothing of before, so the old bytes are new to it; without the restart it ignores them."""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True, latency="1s")
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.arm("old", "replay", to="host")
    lab.start("web01")
    lab.advance("2h")
    lab.restart_host("hv1")
    lab.advance("1m")
    decided = [one.what.record.nonce for one in lab.entries() if isinstance(one.what, ev.ActivationDecided)]
    assert len(decided) == 2
    assert len(set(decided)) == 1
    assert violations(lab.entries()) == []
