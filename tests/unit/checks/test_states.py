"""Each invariant of states accepts genuine states, and rejects one of which a row is made untrue by hand."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import Lab
from avma_sim.checks import STATE_INVARIANTS, wrong_in
from avma_sim.model import commands as cmd
from avma_sim.model.handshake import ENDED, GuestEnd
from avma_sim.model.host import Host, HostActivation

HOUR_US = 3_600_000_000
KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"


def tell() -> Lab:
    """Make a lab with a licensed guest, one that waits for its answer, one without a key, and one off."""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_host(
        "hv2", release="ws2019", activated={"channel": "kms", "until": "2025-06-01T00:00:00Z"}, latency="1s"
    )
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.add_guest("web02", on="hv2", release="ws2019", edition="standard", key="avma")
    lab.add_guest("web03", on="hv1", release="ws2016", edition="standard")
    lab.add_guest("web04", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.add_guest("tux", on="hv1", release="linux", edition="linux")
    for name in ("web01", "web02", "web03", "tux"):
        lab.start(name)
    lab.do(cmd.AddHost(Host("hv3", "ws2019", "datacenter", kvp_latency_us=1, kvp_refresh_us=HOUR_US), "mak"))
    lab.add_guest("web05", on="hv3", release="ws2016", edition="standard")
    lab.start("web05")  # its host waits for an answer
    return lab


STATE = tell().state
FACTS = tell().facts
NOW = STATE.now_us
PAST, LONG = (NOW, 0), (NOW + 10**15, 0)


def spoilt(rows, name, **fields):
    """Return the state with fields of one row changed."""
    state = STATE.copy()
    table = getattr(state, rows)
    table[name] = attrs.evolve(table[name], **fields)
    return state


def without(rows, name):
    """Return the state without one row."""
    state = STATE.copy()
    del getattr(state, rows)[name]
    return state


def with_refresh(host, due):
    """Return the state with another instant at which a host reads its guests."""
    state = STATE.copy()
    state.refreshes[host] = due
    return state


def moved(rows, name, to):
    """Return the state with one row under another name."""
    state = STATE.copy()
    table = getattr(state, rows)
    table[to] = table.pop(name)
    return state


# By invariant: a state that is wrong, and what is said of it.
SPOILT = {
    "each-guest-is-on-one-host": [
        (spoilt("guests", "web04", host="hv9"), "web04 is on hv9, which does not exist"),
        (
            spoilt("guests", "web04", vm_id=STATE.guests["web03"].vm_id),
            "web03 and web04 are one virtual machine",
        ),
        (without("licences", "web04"), "not each guest has one licence"),
        (moved("licences", "web04", "web05"), "not each guest has one licence"),
    ],
    "only-who-may-ask-waits": [
        (spoilt("guests", "web02", running=False), "web02 is off, and an attempt is pending"),
        (moved("attempts", "web02", "web04"), "web04 is off, and an attempt is pending"),
        (moved("attempts", "web02", "web09"), "web09 is off, and an attempt is pending"),
        (spoilt("guests", "web02", key=""), "web02 has no AVMA key, and an attempt is pending"),
        (moved("attempts", "web02", "web03"), "web03 has no AVMA key, and an attempt is pending"),
        (spoilt("guests", "web02", host="hv1"), "web02 is on hv1, and waits for hv2"),
        (spoilt("attempts", "web02", end=GuestEnd(ENDED)), "web02 waits with an end that is ended"),
        (spoilt("attempts", "web02", end=GuestEnd()), "web02 waits with an end that is idle"),
    ],
    "nothing-is-overdue": [
        (
            spoilt("hosts", "hv2", activation=HostActivation("kms", PAST)),
            f"activation of hv2 was due at {NOW}, and it is {NOW}",
        ),
        (spoilt("packets", 3, due=PAST), f"packet 3 was due at {NOW}, and it is {NOW}"),
        (spoilt("attempts", "web02", deadline=PAST), f"deadline of web02 was due at {NOW}, and it is {NOW}"),
        (spoilt("licences", "web01", next=PAST), f"attempt of web01 was due at {NOW}, and it is {NOW}"),
        (spoilt("licences", "web01", end=PAST), f"licence of web01 was due at {NOW}, and it is {NOW}"),
        (spoilt("licences", "web03", grace=PAST), f"grace of web03 was due at {NOW}, and it is {NOW}"),
        (spoilt("exchanges", "web05", due=PAST), f"answer of web05 was due at {NOW}, and it is {NOW}"),
        (with_refresh("hv3", PAST), f"refresh of hv3 was due at {NOW}, and it is {NOW}"),
    ],
    "a-licence-has-its-grant": [
        (spoilt("licences", "web01", host="hv9"), "web01 is licensed by hv9, which does not exist"),
        (spoilt("licences", "web01", host=""), "web01 is licensed by nobody, which does not exist"),
        (spoilt("licences", "web01", activated_us=None), "web01 is licensed, and was not granted it yet"),
        (spoilt("licences", "web01", activated_us=NOW + 1), "web01 is licensed, and was not granted it yet"),
        (spoilt("guests", "web01", key=KMS_KEY), "web01 is licensed without an AVMA key"),
        (spoilt("licences", "web01", reason=0xC004F034), "web01 is licensed by reason of C004F034"),
    ],
    "who-runs-asks-again": [
        (spoilt("licences", "web01", next=None), "web01 runs with an AVMA key, and nothing is due"),
        (spoilt("licences", "web01", next=LONG), "web01 waits longer than the renewal interval"),
        (
            spoilt("licences", "web01", next=(NOW + 7 * 86_400_000_000 + 1, 0)),
            "web01 waits longer than the renewal interval",
        ),
        (spoilt("licences", "web03", next=LONG), "web03 has no AVMA key, and an attempt is due"),
    ],
    "a-status-fits-its-key": [
        (spoilt("licences", "web01", status=3), "web01 has the status 3"),
        (spoilt("licences", "web01", grace=None), "web01 was started, and its grace has no end"),
        (spoilt("licences", "web01", status=0), "web01 is unlicensed, and has a key"),
        (
            spoilt("guests", "web01", key=KMS_KEY),
            "web01 has a key of another kind, and the status licensed",
        ),
        (spoilt("guests", "web03", key=KMS_KEY), "web03 has a key of another kind, and the status grace"),
    ],
    "packets-have-ends": [
        (moved("packets", 3, 2), "packet 3 is counted as 2 of -1 to 3"),
        (spoilt("packets", 3, id=4), "packet 4 is counted as 3 of -1 to 3"),
        (spoilt("packets", -1, id=-2), "packet -2 is counted as -1 of -1 to 3"),
        (spoilt("packets", 3, guest="web09"), "packet 3 belongs to web09, which does not exist"),
        (spoilt("packets", 3, pipe=2), "packet 3 is in a pipe that web02 has not opened"),
        (spoilt("packets", 3, host="hv9"), "packet 3 has hv9 at its other end, which does not exist"),
    ],
    "an-exchange-has-a-channel": [
        (spoilt("guests", "web05", running=False), "web05 exchanges pairs, and has no channel"),
        (spoilt("guests", "web05", data_exchange=False), "web05 exchanges pairs, and has no channel"),
        (moved("exchanges", "web05", "web09"), "web09 exchanges pairs, and has no channel"),
        (spoilt("exchanges", "web05", host="hv1"), "web05 is on hv3, and exchanges pairs with hv1"),
        (without("links", "web05"), "web05 is on hv3, and exchanges pairs with hv3"),
        (spoilt("links", "web05", pipe=0), "web05 is on hv3, and exchanges pairs with hv3"),
    ],
}
CASES = [(name, state, said) for name, cases in SPOILT.items() for state, said in cases]


def test_a_genuine_state_is_accepted_whatever_has_happened():
    lab = tell()
    assert wrong_in(FACTS, lab.state) == []
    lab.advance("1s")
    assert wrong_in(FACTS, lab.state) == []
    lab.set_service("hv2", "stopped")
    lab.advance("9d")
    lab.stop("web01")
    lab.start("web04")
    lab.install_key("web04", KMS_KEY)
    lab.uninstall_key("web02")
    assert wrong_in(FACTS, lab.state) == []
    lab.stop("web05")  # whose host would read it, a packet at a time, each hour of what follows
    lab.advance("300d")  # the licence of web01, which is off, is long over, and is as last stored
    assert lab.guest("web01").licence.word == "licensed"
    assert wrong_in(FACTS, lab.state) == []


def test_each_invariant_has_states_that_it_rejects():
    assert list(SPOILT) == list(STATE_INVARIANTS)


@pytest.mark.parametrize(("name", "state", "said"), CASES, ids=[f"{name}-{said}" for name, _, said in CASES])
def test_invariant_rejects_what_is_not_true(name, state, said):
    assert list(STATE_INVARIANTS[name](FACTS, state)) == [said]
    assert f"{name}: {said}" in wrong_in(FACTS, state)


def test_a_licence_without_an_end_is_accepted():
    assert wrong_in(FACTS, spoilt("licences", "web01", end=None)) == []


def test_what_a_pending_attempt_masks_is_not_judged():
    assert wrong_in(FACTS, spoilt("licences", "web02", next=None)) == []


def test_what_is_due_without_its_attempt_is_overdue():
    (wrong,) = wrong_in(FACTS, without("attempts", "web02"))
    assert wrong == f"nothing-is-overdue: attempt of web02 was due at {NOW}, and it is {NOW}"
