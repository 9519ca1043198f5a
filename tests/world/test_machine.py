"""A state machine over the Lab: random commands, invariants after each, and the law told once more.

The oracle below is written from the law's decision table alone; it knows builds, not the package's rules.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from avma_sim import Lab, refold, rerun
from avma_sim.checks import Watch
from avma_sim.model.duration import instant_text
from avma_sim.sim.canonical import read_line, write_line
from avma_sim.sim.journal import Header
from avma_sim.sim.world import apply_entry, new_state

BUILDS = {
    "ws2012": 9200,
    "ws2012r2": 9600,
    "ws2016": 14393,
    "ws1709": 16299,
    "ws2019": 17763,
    "ws2022": 20348,
}
WITH_KEYS = ["ws2012r2", "ws2016", "ws1709", "ws2019", "ws2022"]
HOSTS, GUESTS = ["h1", "h2"], ["g1", "g2", "g3"]
hosts, guests = st.sampled_from(HOSTS), st.sampled_from(GUESTS)
DAY_MINUTES = 24 * 60


def verdict_of_the_law(host, guest):  # noqa: PLR0911 - one return a row of the law
    """What an attempt with the guest's own AVMA key ends in, nothing being faulty: (notification, code)."""
    if host.platform in ("vmware", "kvm", "xen", "other"):
        return "invalid-host", "C004FD01"
    if host.platform in ("azure", "azure-nested"):
        return "invalid-host", "C004FD02"
    if not guest.data_exchange:
        return "invalid-host", "C004FD01"
    if BUILDS[host.release] < 9600 or host.edition != "datacenter" or host.service == "stopped":
        return "invalid-host", "C004FD01"
    if host.service == "hung":
        return "invalid-host", "800705B4"
    if host.encryption != guest.encryption:
        return "invalid-data", "8007000D"
    if host.activation is None:
        return "invalid-host", "C004FD02"
    if BUILDS[guest.release] > BUILDS[host.release]:
        return "activation-denied", "C004FD03"
    return "success", "0"


class LabMachine(RuleBasedStateMachine):
    """Drives a lab, and holds it against its journal, its invariants and the law."""

    @initialize(
        seed=st.integers(0, 3),
        second=st.sampled_from(["ws2016", "ws2022", "ws2012"]),
        trouble=st.sampled_from(["none", "none", "faults", "latency", "both"]),
        latency=st.sampled_from(["1s", "16s"]),
    )
    def stage(self, seed, second, trouble, latency):
        latency = latency if trouble in ("latency", "both") else "0s"
        self.with_faults = trouble in ("faults", "both")
        self.lab = Lab(seed)
        self.lab.add_host("h1", release="ws2019", activated=True, latency=latency)
        self.lab.add_host("h2", release=second, activated=True)
        for name, release in zip(GUESTS, ["ws2016", "ws2019", "ws1709"], strict=True):
            encrypted = name != "g3" or seed != 2
            self.lab.add_guest(
                name, on="h1", release=release, edition="standard", key="avma", encryption=encrypted
            )
        self.slow = latency != "0s"
        self.faulty = False
        self.watch = Watch()
        self.shadow = new_state(self.lab.state.settings)
        self.fault_names = 0

    # --- what people do ----------------------------------------------------------------------

    @rule(guest=guests)
    def start(self, guest):
        before = self.lab.guest(guest)
        was_running, had_key = before.running, bool(before.row.key)
        done = self.lab.start(guest)
        assert bool(done) == (not was_running)
        if done and had_key:
            self._judge(guest)

    @rule(guest=guests)
    def ato(self, guest):
        row = self.lab.guest(guest).row
        done = self.lab.ato(guest)
        assert bool(done) == (row.running and bool(row.key))
        if done:
            self._judge(guest)

    @rule(guest=guests)
    def stop(self, guest):
        licence = self.lab.guest(guest).licence
        if self.lab.stop(guest):
            after = self.lab.guest(guest)
            assert not after.pending
            assert after.licence.status == licence.status

    @rule(guest=guests)
    def restart(self, guest):
        if self.lab.restart(guest) and self.lab.guest(guest).row.key:
            self._judge(guest)

    @rule(guest=guests)
    def install(self, guest):
        had = self.lab.guest(guest).row.key
        if self.lab.install_key(guest) and not had:
            self._judge(guest)

    @rule(guest=guests)
    def uninstall(self, guest):
        if self.lab.uninstall_key(guest):
            assert self.lab.guest(guest).licence.word == "unlicensed"
            assert self.lab.guest(guest).licence.next_attempt_at is None

    @rule(guest=guests, host=hosts)
    def migrate(self, guest, host):
        before = self.lab.guest(guest)
        licence, pending = before.licence, before.pending
        if self.lab.migrate(guest, host) and not pending:
            assert self.lab.guest(guest).licence == licence

    @rule(guest=guests, on=st.booleans())
    def data_exchange(self, guest, on):
        events = self.lab.guest(guest).events
        self.lab.set_data_exchange(guest, on=on)
        assert self.lab.guest(guest).events == events

    # --- what befalls hosts ------------------------------------------------------------------

    @rule(host=hosts, days=st.sampled_from([None, 1, 8]))
    def activate(self, host, days):
        until = (
            None if days is None else instant_text(self.lab.state.now_us + days * DAY_MINUTES * 60_000_000)
        )
        self.lab.activate(host, channel="kms", until=until)
        assert self.lab.host(host).activated

    @rule(host=hosts)
    def deactivate(self, host):
        licences = [self.lab.guest(name).licence for name in GUESTS]
        self.lab.deactivate(host)
        assert [self.lab.guest(name).licence for name in GUESTS] == licences

    @rule(host=hosts, state=st.sampled_from(["running", "running", "stopped", "hung"]))
    def service(self, host, state):
        self.lab.set_service(host, state)

    @precondition(lambda self: self.with_faults)
    @rule(
        action=st.sampled_from(["drop", "delay", "duplicate", "reorder", "flip", "truncate", "replay"]),
        guest=st.sampled_from(["", *GUESTS]),
        to=st.sampled_from(["", "host", "guest"]),
        nth=st.sampled_from([0, 1, 2]),
        by=st.sampled_from(["5s", "31s"]),
        bit=st.integers(0, 900),
    )
    def fault(self, action, guest, to, nth, by, bit):
        self.faulty = True
        self.fault_names += 1
        name = f"fault {self.fault_names}"
        self.lab.arm(name, action, guest=guest, to=to, nth=nth, by=by, bit=bit, size=bit // 9)

    @precondition(lambda self: self.lab.state.faults)
    @rule()
    def heal(self):
        for name in list(self.lab.state.faults):
            self.lab.disarm(name)
        self.lab.advance("3h")
        self.faulty = False

    # --- time --------------------------------------------------------------------------------

    @rule(span=st.sampled_from(["0s", "1s", "30s", "2h", "1d", "7d", "11d"]))
    def advance(self, span):
        self.lab.advance(span)

    @rule()
    def half_a_year_off(self):
        """Let every licence end while nobody runs; the start applies that first."""
        for guest in GUESTS:
            self.lab.stop(guest)
        events = {name: self.lab.guest(name).events for name in GUESTS}
        self.lab.advance("190d")
        assert {name: self.lab.guest(name).events for name in GUESTS} == events

    @rule(guest=guests)
    def until_attempt(self, guest):
        handle = self.lab.guest(guest)
        expected = handle.pending or (handle.running and handle.licence.next_attempt_at is not None)
        records = [event.record for event in handle.events][-1:]
        done = self.lab.advance(until=f"{guest}.next_attempt")
        assert bool(done) == expected
        if done:
            assert [event.record for event in handle.events][-1:] != records
            assert not handle.pending

    # --- what always holds -------------------------------------------------------------------

    def _judge(self, guest):
        """Hold the attempt just made against the law, where nothing makes it slow or faulty."""
        handle = self.lab.guest(guest)
        if self.faulty or self.slow:
            return
        row = handle.row
        wanted = verdict_of_the_law(handle.host.row, row)
        if wanted[1] in ("800705B4", "8007000D"):
            assert handle.pending
            return
        event = handle.events[-1]
        assert (event.notification, event.code) == wanted
        assert event.at == self.lab.now
        if wanted[0] == "success":
            assert handle.licence.word == "licensed"
            assert handle.licence.remaining_minutes == 180 * DAY_MINUTES
            assert handle.licence.next_attempt_at is not None
            assert (handle.licence.next_attempt_at - self.lab.now).days == 7
        decided = wanted[1] in ("0", "C004FD03") or (
            wanted[1] == "C004FD02" and handle.host.row.platform == "hyper-v"
        )
        logged = [one for one in handle.host.events if one.guest == guest and one.at == self.lab.now]
        assert bool(logged) == decided
        if decided:
            assert logged[-1].verdict == ("granted" if wanted[0] == "success" else "refused")
            assert logged[-1].code == event.code

    @invariant()
    def the_law_of_traces_holds(self):
        if hasattr(self, "lab"):
            entries = self.lab.entries()[self.shadow.n :]
            assert self.watch.see(entries) == []
            for entry in entries:
                apply_entry(self.shadow, read_line(write_line(entry)))
            assert self.shadow == self.lab.state

    @invariant()
    def faults_count(self):
        if hasattr(self, "lab"):
            for fault in self.lab.state.faults.values():
                assert 0 <= fault.hits <= fault.seen

    @invariant()
    def a_running_guest_with_a_key_will_try_again(self):
        if hasattr(self, "lab"):
            for guest in self.lab.guests.values():
                if guest.running and guest.row.key:
                    assert guest.pending or guest.licence.next_attempt_at is not None

    @invariant()
    def words_and_ends_agree(self):
        if hasattr(self, "lab"):
            for guest in self.lab.guests.values():
                licence = guest.licence
                if guest.running and licence.word == "licensed":
                    assert licence.expires_at is not None
                    assert licence.expires_at > self.lab.now
                    assert licence.activated_at is not None
                    assert (licence.expires_at - licence.activated_at).days == 180
                    assert licence.host in HOSTS
                if guest.running and licence.word == "grace":
                    assert licence.grace_until is not None
                    assert licence.grace_until > self.lab.now

    def teardown(self):
        if not hasattr(self, "lab"):
            return
        lab = self.lab
        header = Header(lab.state.settings, lab.facts.digest, "avma_sim.sim.documented:DOCUMENTED")
        assert refold(header, lab.entries()) == lab.state
        assert rerun(header, lab.entries(), lab.facts).journal.entries() == lab.entries()
        for host in HOSTS:  # an activation that ends on the way would end between two attempts
            if lab.host(host).activated:
                lab.activate(host)
        fork = lab.fork()
        fork.advance("8d")
        lab.advance("8d")
        assert fork.trace_hash == lab.trace_hash
        if not self.faulty and not self.slow:
            self._everybody_is_as_the_law_says(lab)

    def _everybody_is_as_the_law_says(self, lab):
        """Eight days later each running guest has tried again: its last attempt is what the law says."""
        for guest in lab.guests.values():
            if guest.running and guest.row.key:
                event = guest.events[-1]
                wanted = verdict_of_the_law(guest.host.row, guest.row)
                assert (event.notification, event.code) == wanted


TestLab = LabMachine.TestCase
TestLab.settings = settings(
    max_examples=250, stateful_step_count=35, suppress_health_check=[HealthCheck.too_slow]
)
TestLab = pytest.mark.slow(TestLab)
