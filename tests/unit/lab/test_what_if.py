"""Tests what-if: a table with a case a law row, and each answer held against playing it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avma_sim import Lab, UnknownName
from avma_sim.lab.changes import Call, Change, near_changes
from avma_sim.lab.what_if import _play, what_if

OTHER_EDITION = "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
FAULT = {"name": "loss", "action": "drop", "to": "guest"}


def make(host=None, guest=None, *, start=True, second=None, fault=None, **lab):
    made = Lab(**lab)
    made.add_host("hv1", **{"release": "ws2019", "activated": True, **(host or {})})
    if second is not None:
        made.add_host("hv2", **{"release": "ws2019", "activated": True, **second})
    made.add_guest(
        "web01", on="hv1", **{"release": "ws2019", "edition": "standard", "key": "avma", **(guest or {})}
    )
    if fault:
        made.arm(**fault)
    if start:
        made.start("web01")
    return made


NEWER = "web01 were upgraded to Windows Server, version 1809 with its AVMA key"
NEWEST = NEWER.replace("1809", "1903")
ENCRYPTION = "encryption of the activation channel were"
SERVED = "the activation service of hv2 were running (set_service hv2 running)"
RETAIL = "NBCDF-GHJKM-PQRTV-WXY23-46789"
CASES = {
    "row 1": (
        {"guest": {"key": None}},
        "no attempt, web01 has no AVMA key (C004F014, decision row 1)",
        [
            f"{NEWER} (upgrade web01 release=ws1809 key=avma)",
            "web01 were upgraded to Datacenter with its AVMA key (upgrade web01 edition=datacenter key=avma)",
            "web01 were upgraded to Essentials with its AVMA key (upgrade web01 edition=essentials key=avma)",
            "web01 had its own AVMA key (install_key web01 avma)",
        ],
    ),
    "row 2": (
        {"host": {"platform": "kvm"}},
        "refused (invalid host, C004FD01, decision row 2)",
        ["hv1 were a Hyper-V host"],
    ),
    "row 3": (
        {"host": {"platform": "azure"}},
        "refused (invalid host, C004FD02, decision row 3)",
        ["hv1 were a Hyper-V host"],
    ),
    "row 4": (
        {"guest": {"data_exchange": False}},
        "refused (invalid host, C004FD01, decision row 4)",
        ["Data Exchange were on for web01 (set_data_exchange web01 on=true)"],
    ),
    "row 4, the guest's own service": (
        {"guest": {"kvp_service": False}},
        "refused (invalid host, C004FD01, decision row 4)",
        ["the KVP service of web01 were running (set_kvp_service web01 running=true)"],
    ),
    "row 5, edition": (
        {"host": {"edition": "standard"}},
        "refused (invalid host, C004FD01, decision row 5)",
        ["hv1 were Datacenter"],
    ),
    "row 5, service": (
        {"host": {"service": "stopped"}},
        "refused (invalid host, C004FD01, decision row 5)",
        ["the activation service of hv1 were running (set_service hv1 running)"],
    ),
    "row 6": (
        {"host": {"activated": False}, "second": {}},
        "refused (invalid host, C004FD02, decision row 6)",
        ["hv1 were activated (activate hv1)", "web01 were on hv2 (migrate web01 hv2)"],
    ),
    "row 7": (
        {"host": {"release": "ws2022"}, "guest": {"release": "ws2022", "edition": "datacenter-azure"}},
        "refused (activation denied, C004FD03, decision row 7)",
        [
            "web01 were upgraded to Datacenter with its AVMA key (upgrade web01 edition=datacenter key=avma)",
            "web01 were upgraded to Standard with its AVMA key (upgrade web01 edition=standard key=avma)",
        ],
    ),
    "row 8": (
        {"host": {"release": "ws2016"}},
        "refused (activation denied, C004FD03, decision row 8)",
        ["hv1 were Windows Server, version 1809"],
    ),
    "row 9": (
        {"guest": {"key": OTHER_EDITION}, "readings": {"wrong_key": "deny-at-activation"}},
        "refused (activation denied, C004FD03, decision row 9)",
        [
            f"{NEWER} (upgrade web01 release=ws1809 key=avma)",
            "web01 were upgraded to Datacenter with its AVMA key (upgrade web01 edition=datacenter key=avma)",
            "web01 were upgraded to Essentials with its AVMA key (upgrade web01 edition=essentials key=avma)",
            "web01 had its own AVMA key (install_key web01 avma)",
        ],
    ),
    "row 10": (
        {"host": {"request_limit": {"count": 1, "per": "1h"}}},
        "refused (invalid host, C004FD00, decision row 10)",
        ["hv1 had no request limit"],
    ),
    "row 11": (
        {},
        "granted (decision row 11)",
        [
            "hv1 were not activated (deactivate hv1)",
            "the activation service of hv1 were stopped (set_service hv1 stopped)",
            "the activation service of hv1 were hung (set_service hv1 hung)",
            "hv1 were Standard",
            "hv1 were Windows Server, version 1803",
            "hv1 were another hypervisor than Hyper-V",
            "hv1 had no Hyper-V role",
            "encryption of the activation channel were off at hv1",
            "Data Exchange were off for web01 (set_data_exchange web01 on=false)",
            "the KVP service of web01 were stopped (set_kvp_service web01 running=false)",
            "encryption of the activation channel were off at web01",
            f"{NEWEST} (upgrade web01 release=ws1903 key=avma)",
            "web01 had no product key (uninstall_key web01)",
        ],
    ),
    "no role": (
        {"host": {"hyperv": False}, "start": False},
        "no attempt, hv1 has no Hyper-V role, so it runs no guest",
        ["hv1 had the Hyper-V role"],
    ),
    "nobody answers": (
        {"host": {"service": "hung"}},
        "refused (invalid host, 800705B4, exchange rule 3)",
        ["the activation service of hv1 were running (set_service hv1 running)"],
    ),
    "encryption at one end": (
        {"host": {"encryption": False}},
        "refused (invalid data, 8007000D, exchange rule 3)",
        [
            "encryption of the activation channel were on at hv1",
            "encryption of the activation channel were off at web01",
        ],
    ),
    "a fault": (
        {"fault": FAULT},
        "refused (invalid host, 800705B4, exchange rule 3)",
        ["the fault 'loss' were disarmed (disarm loss)"],
    ),
    "Setup fails": (
        {"guest": {"key": None, "unattend_key": OTHER_EDITION}, "start": False},
        "no attempt, Setup refuses the key of its answer file (C004F069, keys: fits)",
        ["the answer file of web01 had its own AVMA key"],
    ),
    "two things at once": (
        {"host": {"activated": False, "release": "ws2016"}},
        "refused (invalid host, C004FD02, decision row 6)",
        ["hv1 were activated (activate hv1) and hv1 were Windows Server, version 1809"],
    ),
    "a move, and one thing there": (
        {"host": {"activated": False, "release": "ws2016"}, "second": {"service": "stopped"}},
        "refused (invalid host, C004FD02, decision row 6)",
        [
            "hv1 were activated (activate hv1) and hv1 were Windows Server, version 1809",
            f"{SERVED} and web01 were on hv2 (migrate web01 hv2)",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_case(case):
    told, now, flips = CASES[case]
    lab = make(**told)
    before = lab.state.copy(), lab.trace_hash
    found = what_if(lab, "web01")
    assert str(found.now) == now
    assert [str(flip) for flip in found.flips] == flips
    assert all(flip.after.granted != found.now.granted for flip in found.flips)
    assert not found.cut
    assert (lab.state, lab.trace_hash) == before


@pytest.mark.parametrize("case", [case for case in CASES if case != "row 11"])
def test_whoever_gives_the_commands_gets_the_grant(case):
    told, _, _ = CASES[case]
    lab = make(**told)
    if "web01" in lab.state.attempts:
        lab.advance(until="web01.next_attempt")
    for flip in what_if(lab, "web01").flips:
        if not all(change.calls for change in flip.changes):
            continue
        fork = lab.fork()
        for change in flip.changes:
            for call in change.calls:
                assert getattr(fork, call.verb)(**dict(call.fields)), call
        if fork.guest("web01").licence.word != "licensed":
            assert fork.ato("web01") if fork.guest("web01").running else fork.start("web01")
            fork.advance("1m", until="quiet")
        assert fork.guest("web01").events[-1].notification == "success", str(flip)


def test_nothing_lets_a_linux_guest_be_granted():
    lab = make({"activated": False}, {"release": "linux", "edition": "linux", "key": None})
    found = what_if(lab, "web01")
    said = "web01 runs Linux, which has no product key, activation or edition of Windows"
    assert str(found.now) == f"no attempt, {said}"
    assert found.flips == ()


def test_a_pending_attempt_is_waited_for():
    lab = make({"latency": "5s"}, clock="manual")
    found = what_if(lab, "web01")
    assert (found.waited_for, found.now.granted) == ("attempt", True)
    assert found.at_us == lab.state.now_us + 10_000_000
    assert not what_if(make(), "web01").waited_for


def test_the_search_is_bounded_and_says_so():
    lab = make({"activated": False, "release": "ws2016"})
    found = what_if(lab, "web01", trials_max=40)
    assert (found.trials, found.cut, found.flips) == (40, True, ())


def test_a_guest_that_is_unknown():
    with pytest.raises(UnknownName, match="did you mean 'web01'"):
        what_if(make(), "web1")


def test_a_name_that_is_no_plain_word_is_said_as_in_a_file():
    assert str(Call("disarm", (("name", 'all of "it"'),))) == 'disarm: "all of \\"it\\""'


def test_a_key_of_another_kind_makes_no_attempt():
    lab = make(
        {}, {"key": "NBCDF-GHJKM-PQRTV-WXY23-46789"}, other_keys={"NBCDF-GHJKM-PQRTV-WXY23-46789": "retail"}
    )
    found = what_if(lab, "web01")
    assert found.now.verdict == "no-attempt"
    assert "web01 had its own AVMA key (install_key web01 avma)" in map(str, found.flips)


hosts = st.fixed_dictionaries(
    {
        "release": st.sampled_from(["ws2016", "ws2019", "ws2022"]),
        "activated": st.booleans(),
        "edition": st.sampled_from(["datacenter", "datacenter", "standard"]),
        "service": st.sampled_from(["running", "running", "stopped", "hung"]),
        "platform": st.sampled_from(["hyper-v", "hyper-v", "kvm"]),
    }
)
guests = st.fixed_dictionaries(
    {
        "release": st.sampled_from(["ws2016", "ws2019", "ws2022"]),
        "key": st.sampled_from(["avma", "avma", None]),
        "data_exchange": st.booleans(),
        "encryption": st.booleans(),
    }
)


def change_sets(lab: Lab, size: int) -> list[tuple[Change, ...]]:
    near = near_changes(lab.state, lab.facts, "web01")
    return [each for each in itertools.combinations(near, size) if len({one.fact for one in each}) == size]


@given(hosts, guests, st.booleans())
@settings(max_examples=25)
def test_nothing_smaller_was_missed(host, guest, start):
    """Every single change is played once more: exactly those that flip are told, the nearest release only."""
    lab = make(host, guest, start=start)
    if "web01" in lab.state.attempts:
        lab.advance(until="web01.next_attempt")
    found = what_if(lab, "web01")
    flipping = []
    for (change,) in change_sets(lab, 1):
        after = _play(lab, "web01", (change,))
        if after is not None and after.granted != found.now.granted:
            flipping.append(change.told_as)
    singles = [flip.changes[0].told_as for flip in found.flips if len(flip.changes) == 1]
    assert singles == list(dict.fromkeys(flipping))
    assert not flipping or all(len(flip.changes) == 1 for flip in found.flips)


STILL = {
    "paused": [("pause", "web01")],
    "saved": [("save_state", "web01")],
    "saved on a host that is down": [("save_state", "web01"), ("stop_host", "hv1")],
    "off with its host": [("crash_host", "hv1")],
}
DOWN = "no attempt, hv1 is down"


@pytest.mark.parametrize("still", STILL)
def test_a_guest_that_stands_still_goes_on_first(still):
    lab = make(second={"release": "ws2012r2"})
    for verb, *words in STILL[still]:
        assert getattr(lab, verb)(*words)
    before = lab.state.copy()
    told = what_if(lab, "web01")
    up = "hv1" in lab.hosts and lab.state.hosts["hv1"].up
    assert str(told.now) == ("granted (decision row 11)" if up else DOWN)
    assert told.waited_for == ("resume" if up else "")
    flips = {flip.changes[0].sentence for flip in told.flips if len(flip.changes) == 1}
    assert ("hv1 were up" in flips) is not up
    assert ("hv1 were not activated" in flips) is up
    assert lab.state == before


def test_a_pending_attempt_of_a_paused_guest_ends_first():
    lab = make(host={"latency": "1s"})
    lab.pause("web01")
    lab.advance("1m")
    assert str(what_if(lab, "web01").now) == "granted (decision row 11)"


@pytest.mark.parametrize("kind", ["live", "quick"])
def test_a_migration_ends_first(kind):
    lab = make(second={"release": "ws2012r2"})
    lab.migrate("web01", "hv2", kind=kind, copy="1m", blackout="1s")
    told = what_if(lab, "web01")
    assert told.waited_for == "migration"
    assert str(told.now) == "refused (activation denied, C004FD03, decision row 8)"
    assert "web01 were on hv1" in {flip.changes[0].sentence for flip in told.flips}


def test_a_migration_that_outlasts_the_clock_is_not_waited_for():
    lab = make(second={})
    lab.advance("10000d")
    assert lab.migrate("web01", "hv2", kind="quick", copy="2910000d")  # to end beyond year 9999
    told = what_if(lab, "web01")
    assert told.waited_for
    assert str(told.now) == "no attempt, web01 is migrating from hv1 to hv2"


def test_from_a_dead_host_a_guest_moves_by_failover():
    lab = make(second={})
    lab.crash_host("hv1")
    told = what_if(lab, "web01")
    assert [[change.sentence for change in flip.changes] for flip in told.flips] == [
        ["hv1 were up"],
        ["web01 were on hv2"],
    ]
    assert dict(told.flips[1].changes[0].calls[0].fields)["kind"] == "failover"
