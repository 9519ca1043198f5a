"""A state machine over the Lab: random commands, invariants after each, and the law told once more.

The oracle below is written from the law's decision table alone; it knows builds, not the package's rules.
"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from avma_sim import Lab, refold, rerun
from avma_sim.checks import Watch
from avma_sim.model import commands as cmd
from avma_sim.model.duration import instant_text
from avma_sim.model.fault import ACTIONS, Fault
from avma_sim.model.kvp import POOL_NAMES, KvpItem
from avma_sim.model.log import log_rows
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
# The published keys of Standard, and the first build of their families.
KEYS = {
    "ws2012r2": "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V",
    "ws2016": "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
    "ws1709": "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
    "ws2019": "TNK62-RXVTB-4P47B-2D623-4GF74",
    "ws2022": "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK",
}
FIRST_BUILDS = {text: min(BUILDS[name] for name in KEYS if KEYS[name] == text) for text in KEYS.values()}
OTHER_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed; the lab declares it
HOSTS, GUESTS = ["h1", "h2"], ["g1", "g2", "g3", "g4"]
TUX = "tux"  # a Linux guest: it has pairs and no licence
hosts, guests = st.sampled_from(HOSTS), st.sampled_from(GUESTS)
anybody = st.sampled_from([*GUESTS, TUX, TUX])
pairs = st.dictionaries(
    st.sampled_from(["A", "B", "HostName", "AvmaSimLicenseStatus", "ü𝄞"]),
    st.sampled_from(["", "1", "]]>", "two\nlines", "x" * 900]),
    min_size=1,
    max_size=3,
).map(lambda items: tuple(KvpItem(key, value) for key, value in items.items()))
DAY_MINUTES = 24 * 60
# Renewal and validity in days by the reading `timing`.
TIMINGS = {"volume-family": (7, 180), "short-lease": (1, 7), "permanent": (7, None)}
OTHERS = {
    "timing": ["short-lease", "permanent"],
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
some_readings: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in OTHERS.items()}),
)


def too_new(host, guest, reads):
    """Whether a guest, or its key, is newer than its host."""
    first = (
        FIRST_BUILDS[KEYS[guest.release]] if reads.semi_annual_order == "family" else BUILDS[guest.release]
    )
    return max(first, FIRST_BUILDS[guest.key]) > BUILDS[host.release]


def verdict_of_the_guest(host, guest, reads):
    """What a guest with an AVMA key says by itself, without asking; None where it asks."""
    qualifies = host.edition == "datacenter" or (
        host.release == "ws2012r2" and reads.host_2012r2_edition == "any"
    )
    exchanges = guest.data_exchange and guest.kvp_service
    if host.platform in ("azure", "azure-nested"):
        return reads.no_seed_row, "C004FD02"
    if (
        host.platform != "hyper-v"
        or (not exchanges and reads.data_exchange_off == "invalid-host")
        or BUILDS[host.release] < 9600
        or host.service == "stopped"
        or (not qualifies and reads.host_edition == "no-channel")
    ):
        return "invalid-host", "C004FD01"
    if (
        qualifies
        and is_activated(host)
        and too_new(host, guest, reads)
        and reads.host_too_old == "invalid-host"
    ):
        return "invalid-host", "C004FD01"
    return None


def is_activated(host):
    return host.activation is not None and host.activation.channel != "evaluation"


def verdict_of_the_law(host, guest, reads, *, over=False):
    """What an attempt with an AVMA key ends in, nothing being faulty: (notification, code)."""
    by_itself = verdict_of_the_guest(host, guest, reads)
    if by_itself is not None:
        return by_itself
    if host.service == "hung":
        return "invalid-host", "800705B4"
    if host.encryption != guest.encryption:
        return "invalid-data", "8007000D"
    return verdict_of_the_host(host, guest, reads, over=over)


def verdict_of_the_host(host, guest, reads, *, over):
    """What a host says that reads a request."""
    any_2012r2 = host.release == "ws2012r2" and reads.host_2012r2_edition == "any"
    if not is_activated(host) or not (host.edition == "datacenter" or any_2012r2):
        return reads.no_seed_row, "C004FD02"
    if too_new(host, guest, reads) or guest.key != KEYS[guest.release]:
        return "activation-denied", "C004FD03"
    return (reads.no_seed_row, "C004FD00") if over else ("success", "0")


class LabMachine(RuleBasedStateMachine):
    """Drives a lab, and holds it against its journal, its invariants and the law."""

    @initialize(
        seed=st.integers(0, 3),
        second=st.sampled_from(
            [
                ("ws2016", "datacenter"),
                ("ws2022", "datacenter"),
                ("ws2012", "datacenter"),
                ("ws2012r2", "standard"),
                ("ws2022", "standard"),
            ]
        ),
        trouble=st.sampled_from(["none", "none", "faults", "latency", "both"]),
        latency=st.sampled_from(["1s", "16s"]),
        chosen=some_readings,
        limit=st.sampled_from([None, None, None, (1, "1h"), (2, "1d")]),
        kvp=st.sampled_from([{}, {}, {"kvp_latency": "1s"}, {"kvp_packets": True, "kvp_refresh": "30d"}]),
    )
    def stage(self, *, seed, second, trouble, latency, chosen, limit, kvp):
        latency = latency if trouble in ("latency", "both") else "0s"
        self.with_faults = trouble in ("faults", "both")
        self.lab = Lab(seed, readings=chosen, other_keys={OTHER_KEY: "retail"})
        self.reads = self.lab.state.settings.readings
        limited = None if limit is None else {"count": limit[0], "per": limit[1]}
        self.lab.add_host(
            "h1", release="ws2019", activated=True, latency=latency, request_limit=limited, **kvp
        )
        self.lab.add_host("h2", release=second[0], edition=second[1], activated=True, **kvp)
        for name, release in zip(GUESTS, ["ws2016", "ws2019", "ws1709", "ws2019"], strict=True):
            encrypted = name != "g3" or seed != 2
            by_file = name == "g4"  # its key stands in its answer file
            self.lab.add_guest(
                name,
                on="h1",
                release=release,
                edition="standard",
                key=None if by_file else "avma",
                unattend_key="avma" if by_file else None,
                encryption=encrypted,
            )
        self.lab.add_guest(TUX, on="h1", release="linux", edition="linux")
        self.slow = latency != "0s"
        self.faulty = self.tampered = False
        self.watch = Watch()
        self.shadow = new_state(self.lab.state.settings)
        self.fault_names = 0

    # --- what people do ----------------------------------------------------------------------

    @rule(guest=guests)
    def start(self, guest):
        was_running = self.lab.guest(guest).running
        done = self.lab.start(guest)
        assert bool(done) == (not was_running)
        if done and self.lab.guest(guest).row.key in FIRST_BUILDS:
            self._judge(guest)

    @rule(guest=guests)
    def ato(self, guest):
        before = self.lab.guest(guest)
        row, word, pending = before.row, before.licence.word, before.pending
        done = self.lab.ato(guest)
        assert bool(done) == (row.running and row.key in FIRST_BUILDS)
        if done and not pending:
            self._judge(guest)
            after = self.lab.guest(guest)
            if not after.pending and after.events[-1].code != "0":
                kept = word == "licensed" or (
                    word == "grace" and self.reads.failed_unlicensed == "initial-grace"
                )
                assert after.licence.word == (word if kept else "notification")

    @rule(guest=guests)
    def stop(self, guest):
        licence = self.lab.guest(guest).licence
        if self.lab.stop(guest):
            after = self.lab.guest(guest)
            assert not after.pending
            assert after.licence.status == licence.status

    @rule(guest=guests)
    def restart(self, guest):
        if self.lab.restart(guest) and self.lab.guest(guest).row.key in FIRST_BUILDS:
            self._judge(guest)

    @rule(guest=guests)
    def install(self, guest):
        had, licence = self.lab.guest(guest).row.key, self.lab.guest(guest).licence
        if not self.lab.install_key(guest):
            return
        if self.lab.guest(guest).row.key == had:
            assert self.lab.guest(guest).licence == licence
        else:
            self._judge(guest)

    @rule(guest=guests, text=st.sampled_from([KEYS["ws2012r2"], KEYS["ws2022"]]))
    def install_wrong(self, guest, text):
        row = self.lab.guest(guest).row
        if text in (row.key, KEYS[row.release]):
            return
        done = self.lab.install_key(guest, text)
        assert bool(done) == (row.running and self.reads.wrong_key == "deny-at-activation")
        if done:
            self._judge(guest)

    @rule(guest=guests)
    def install_other(self, guest):
        events = self.lab.guest(guest).events
        if self.lab.install_key(guest, OTHER_KEY):
            after = self.lab.guest(guest)
            assert (after.licence.word, after.licence.reason) == ("notification", "C004F034")
            assert (after.licence.next_attempt_at, after.licence.expires_at) == (None, None)
            assert (after.pending, after.events) == (False, events)

    @rule(guest=guests, what=st.sampled_from(["install_key", "uninstall_key", "ato"]))
    def from_a_plain_prompt(self, guest, what):
        before, running = self.lab.state.copy(), self.lab.guest(guest).running
        outcome = getattr(self.lab, what)(guest, elevated=False)
        before.n += 2
        assert self.lab.state == before
        assert outcome.refused.code == (0xC004F025 if running else 0)

    @rule(guest=guests, release=st.sampled_from(["ws2019", "ws2022"]), key=st.sampled_from(["avma", None]))
    def upgrade(self, guest, release, key):
        row = self.lab.guest(guest).row
        events = self.lab.guest(guest).events
        done = self.lab.upgrade(guest, release=release, key=key)
        assert bool(done) == (row.running and BUILDS[release] > BUILDS[row.release])
        if done and key is not None:
            self._judge(guest)
        elif done:
            after = self.lab.guest(guest)
            assert (after.licence.word, after.row.key, after.pending) == ("unlicensed", "", False)
            assert (after.row.pipe, after.events) == (row.pipe + 1, events)

    @rule(guest=guests)
    def uninstall(self, guest):
        if self.lab.uninstall_key(guest):
            assert self.lab.guest(guest).licence.word == "unlicensed"
            assert self.lab.guest(guest).licence.next_attempt_at is None

    @rule(guest=guests, host=hosts)
    def migrate(self, guest, host):
        before = self.lab.guest(guest)
        licence, pending = before.licence, before.pending
        if not self.lab.migrate(guest, host) or pending:
            return
        after = self.lab.guest(guest)
        row, to = after.row, after.host.row
        asks = self.reads.move_to_unqualified == "attempt-on-arrival" and row.running
        if not asks or row.key not in FIRST_BUILDS or self._would_activate(to, row):
            assert after.licence == licence
        elif not after.pending and not self.faulty and not self.slow:
            self._judge(guest)
            stays = licence.word == "grace" and self.reads.failed_unlicensed == "initial-grace"
            assert after.licence.word == ("grace" if stays else "notification")

    def _would_activate(self, host, guest):
        by_itself = verdict_of_the_guest(host, guest, self.reads)
        return by_itself is None and verdict_of_the_host(host, guest, self.reads, over=False)[1] == "0"

    @rule(guest=guests, on=st.booleans())
    def data_exchange(self, guest, on):
        events = self.lab.guest(guest).events
        self.lab.set_data_exchange(guest, on=on)
        assert self.lab.guest(guest).events == events

    @rule(guest=guests, running=st.booleans())
    def kvp_service(self, guest, running):
        before = self.lab.guest(guest)
        events, licence = before.events, before.licence
        self.lab.set_kvp_service(guest, running=running)
        assert (self.lab.guest(guest).events, self.lab.guest(guest).licence) == (events, licence)

    # --- key-value pairs, which decide nothing -----------------------------------------------------

    def _pairs(self, command):
        """Tell a command about pairs; where nobody waits for a licence it changes nobody's."""
        lab, names = self.lab, (*GUESTS, TUX)
        before = [(lab.guest(name).licence, lab.guest(name).events) for name in names]
        waits = bool(lab.state.attempts)
        outcome = lab.do(command)
        assert waits or [(lab.guest(name).licence, lab.guest(name).events) for name in names] == before
        return outcome

    @rule(guest=anybody)
    def start_anybody(self, guest):
        self.lab.start(guest)

    @rule(guest=anybody, pool=st.integers(0, 4), items=pairs, replace=st.booleans())
    def write_pairs(self, guest, pool, items, replace):
        done = self._pairs(cmd.WriteKvp(guest, pool, items, replace))
        if done:
            held = self.lab.guest(guest).kvp.raw[POOL_NAMES[pool]]
            assert set(items) <= set(held)
            assert not replace or len(held) == len(items)
            taken = tuple(item.key for item in items)
            assert self._pairs(cmd.DeleteKvp(guest, pool, taken[:1]))
            assert items[0] not in self.lab.guest(guest).kvp.raw[POOL_NAMES[pool]]

    @rule(guest=anybody, items=pairs)
    def push_pairs(self, guest, items):
        assert self._pairs(cmd.PushKvp(guest, items))
        assert self._pairs(cmd.RemoveKvp(guest, (items[0].key,)))

    @rule(guest=st.one_of(st.just(""), anybody), pools=st.sampled_from([(1, 2), (0, 1, 2, 3), (3,)]))
    def read_pairs(self, guest, pools):
        done = self._pairs(cmd.ReadKvp(guest, pools=pools))
        state = self.lab.state
        if (
            done
            and guest
            and not self.tampered
            and guest not in state.exchanges
            and not state.views[guest].failures
        ):
            raw = self.lab.guest(guest).kvp.raw
            assert all(state.views[guest].items(pool) == raw[POOL_NAMES[pool]] for pool in pools)

    @rule(
        action=st.sampled_from(ACTIONS),
        guest=st.sampled_from(["", *GUESTS, TUX]),
        nth=st.sampled_from([1, 2, 9]),
        bit=st.integers(0, 9000),
    )
    def fault_of_pairs(self, action, guest, nth, bit):
        self.fault_names += 1
        at = {"by_us": 5_000_000, "bit": bit, "size": bit // 9, "at": bit // 9, "blob": b"?"}
        plan = Fault(f"fault {self.fault_names}", action, guest=guest, nth=nth, channel="kvp", **at)
        self.tampered = True
        self._pairs(cmd.ArmFault(plan))

    # --- what befalls hosts ------------------------------------------------------------------

    @rule(
        host=hosts,
        days=st.sampled_from([None, 1, 8]),
        channel=st.sampled_from(["kms", "kms", "evaluation"]),
    )
    def activate(self, host, days, channel):
        until = (
            None if days is None else instant_text(self.lab.state.now_us + days * DAY_MINUTES * 60_000_000)
        )
        self.lab.activate(host, channel=channel, until=until)
        assert self.lab.host(host).activated == (channel != "evaluation")

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
        over = self._was_over(handle)
        wanted = verdict_of_the_law(handle.host.row, handle.row, self.reads, over=over)
        if wanted[1] in ("800705B4", "8007000D"):
            assert handle.pending
            return
        event = handle.events[-1]
        assert (event.notification, event.code) == wanted
        assert event.at == self.lab.now
        if wanted[0] == "success":
            assert handle.licence.word == "licensed"
            renewal, validity = TIMINGS[self.reads.timing]
            assert handle.licence.remaining_minutes == (validity or 0) * DAY_MINUTES
            assert handle.licence.next_attempt_at is not None
            assert (handle.licence.next_attempt_at - self.lab.now).days == renewal
        decided = verdict_of_the_guest(handle.host.row, handle.row, self.reads) is None
        logged = self._decision(handle)
        assert (logged is not None) == decided
        if logged is not None:
            assert logged.verdict == ("granted" if wanted[0] == "success" else "refused")
            assert logged.code == event.code

    def _decision(self, handle):
        """The host's record of the request that the guest's last ended attempt was about, if there is one."""
        state = self.lab.state
        nonce = state.logs[handle.name].recent[-1].nonce
        rows = log_rows(state.logs[handle.row.host], state.settings.host_log_rows)
        records = [row.record for row in rows if row.nonce == nonce] if nonce else []
        return next((one for one in handle.host.events if one.record in records), None)

    def _was_over(self, handle):
        """Whether the host, when it decided the guest's last attempt, had decided its fill before."""
        limit = handle.host.row.request_limit
        mine = self._decision(handle) if limit is not None and handle.events else None
        if mine is None:
            return False
        begin = mine.at - dt.timedelta(microseconds=limit[1])
        before = [one for one in handle.host.events if begin < one.at and one.record < mine.record]
        return len(before) >= limit[0]

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
                if guest.running and guest.row.key in FIRST_BUILDS:
                    assert guest.pending or guest.licence.next_attempt_at is not None
                elif guest.running:
                    assert not guest.pending
                    assert guest.licence.next_attempt_at is None

    @invariant()
    def words_and_ends_agree(self):
        if hasattr(self, "lab"):
            for guest in self.lab.guests.values():
                licence = guest.licence
                if guest.running and licence.word == "licensed":
                    validity = TIMINGS[self.reads.timing][1]
                    assert licence.activated_at is not None
                    assert licence.host in HOSTS
                    assert (licence.expires_at is None) == (validity is None)
                    if licence.expires_at is not None:
                        assert licence.expires_at > self.lab.now
                        assert (licence.expires_at - licence.activated_at).days == validity
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
            if guest.running and guest.row.key in FIRST_BUILDS:
                event = guest.events[-1]
                over = self._was_over(guest)
                wanted = verdict_of_the_law(guest.host.row, guest.row, self.reads, over=over)
                assert (event.notification, event.code) == wanted


TestLab = LabMachine.TestCase
TestLab.settings = settings(
    max_examples=250, stateful_step_count=35, suppress_health_check=[HealthCheck.too_slow]
)
TestLab = pytest.mark.slow(TestLab)
