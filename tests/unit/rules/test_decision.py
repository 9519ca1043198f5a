"""Tests the decision: its rows one by one, each earlier row before each later one, the document's matrix."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from avma_sim.errors import UnknownName
from avma_sim.facts.ids import avma_id
from avma_sim.facts.load import load_facts
from avma_sim.model.codes import HOST_NOT_ACTIVATED, ID_MISMATCH, INVALID_PLATFORM, OK
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, SUCCESS
from avma_sim.rules.decision import judge_at_guest, judge_at_host

FACTS = load_facts()
BUILDS = {release.id: release.build for release in FACTS.releases.values()}

# A case in which row 11 applies; every row below spoils exactly what it is about.
GRANTED: dict[str, Any] = {
    "platform": "hyper-v",
    "host_release": "ws2022",
    "host_edition": "datacenter",
    "service": "running",
    "data_exchange": True,
    "activated": True,
    "guest_build": BUILDS["ws2022"],
    "guest_edition": "datacenter",
    "avma_id": avma_id("2022", "datacenter"),
}
SPOILT: dict[int, dict[str, Any]] = {
    2: {"platform": "vmware"},
    3: {"platform": "azure"},
    4: {"data_exchange": False},
    5: {"service": "stopped"},
    6: {"activated": False},
    7: {"guest_edition": "datacenter-azure"},
    8: {"guest_build": BUILDS["ws2025"]},
    9: {"avma_id": avma_id("2016", "standard")},
}
# Row: notification, code, whether the host answers (and so writes its event 12310).
ANSWERS = {
    2: (INVALID_HOST, INVALID_PLATFORM, False),
    3: (INVALID_HOST, HOST_NOT_ACTIVATED, False),
    4: (INVALID_HOST, INVALID_PLATFORM, False),
    5: (INVALID_HOST, INVALID_PLATFORM, False),
    6: (INVALID_HOST, HOST_NOT_ACTIVATED, True),
    7: (ACTIVATION_DENIED, ID_MISMATCH, True),
    8: (ACTIVATION_DENIED, ID_MISMATCH, True),
    9: (ACTIVATION_DENIED, ID_MISMATCH, True),
    11: (SUCCESS, OK, True),
}
READINGS = {
    3: {"no_seed_row"},
    4: {"data_exchange_off"},
    6: {"no_seed_row"},
    8: {"host_too_old", "semi_annual_order"},
}
CLAUSES = {
    2: ("C01",),
    3: ("C01",),
    4: ("C18",),
    5: ("C02", "C18"),
    6: ("C03",),
    7: ("C18",),
    8: ("C04",),
    9: ("C18",),
    11: ("C03", "C04", "C05"),
}


def decide(case):
    """Judge as the law does: the guest its rows first, then the host its own."""
    at_guest = judge_at_guest(
        FACTS,
        case["platform"],
        case["host_release"],
        case["host_edition"],
        case["service"],
        data_exchange=case["data_exchange"],
    )
    if at_guest is not None:
        return at_guest
    return judge_at_host(
        FACTS,
        case["host_release"],
        case["guest_build"],
        case["guest_edition"],
        case["avma_id"],
        activated=case["activated"],
    )


def check(verdict, row):
    assert verdict.because.law == f"decision row {row}"
    assert (verdict.notification, verdict.code, verdict.answered) == ANSWERS[row]
    assert verdict.granted == (row == 11)
    assert verdict.because.clauses == CLAUSES[row]
    default = Readings()
    assert all(value == getattr(default, name) for name, value in verdict.because.readings)
    assert verdict.because.inputs


@pytest.mark.parametrize("row", [*SPOILT, 11])
def test_row(row):
    verdict = decide(GRANTED | SPOILT.get(row, {}))
    check(verdict, row)
    assert {name for name, _ in verdict.because.readings} == READINGS.get(row, set())


@pytest.mark.parametrize(
    "rows",
    [
        rows
        for size in range(len(SPOILT) + 1)
        for rows in itertools.combinations(SPOILT, size)
        if not {2, 3} <= set(rows)  # one host has one platform
    ],
    ids=lambda rows: "+".join(map(str, rows)) or "none",
)
def test_first_row_that_applies_decides(rows):
    """Every set of spoilt conditions at once: so each earlier row beats each later one."""
    case = GRANTED.copy()
    for row in rows:
        case |= SPOILT[row]
    check(decide(case), min(rows, default=11))


@pytest.mark.parametrize(
    ("row", "spoilt"),
    [
        *((2, {"platform": platform}) for platform in ("vmware", "kvm", "xen", "other")),
        *((3, {"platform": platform}) for platform in ("azure", "azure-nested")),
        *((5, {"host_release": release}) for release in ("ws2008r2", "ws2012", "win10", "win11")),
        *(
            (5, {"host_edition": edition})
            for edition in ("standard", "essentials", "datacenter-azure", "pro", "")
        ),
        (5, {"host_release": "ws2012r2", "host_edition": "standard"}),
        (5, {"service": "stopped"}),
        # A pair that does not exist is just that.
        (5, {"host_release": "ws2025", "host_edition": "enterprise"}),
        # Newer than the host.
        (8, {"host_release": "ws2019"}),
        (8, {"guest_build": 99999}),
        (8, {"guest_build": BUILDS["ws2022"] + 1}),
        # The AVMA ID's family begins above the host's build.
        (8, {"avma_id": avma_id("2025", "datacenter")}),
        (8, {"host_release": "ws2016", "guest_build": 14393, "avma_id": avma_id("2019", "standard")}),
        # The key is not the guest's own.
        (9, {"avma_id": avma_id("2022", "standard")}),
        (9, {"guest_edition": "standard"}),
        (9, {"avma_id": avma_id("2019", "datacenter")}),
        (9, {"avma_id": bytes(16)}),
        (9, {"guest_build": 20000}),  # no release's
        (9, {"guest_build": 20000, "avma_id": bytes(16)}),
        (9, {"guest_build": BUILDS["ws2004"], "avma_id": avma_id("2019", "datacenter")}),
        (9, {"guest_build": BUILDS["ws2012"], "avma_id": avma_id("2012r2", "datacenter")}),
        (9, {"guest_build": BUILDS["win10"], "guest_edition": "pro"}),
        (9, {"guest_edition": "essentials"}),  # no key is published
        # The family has the key, and no release of that build has the edition.
        *(
            (
                9,
                {
                    "guest_build": BUILDS[release],
                    "guest_edition": "essentials",
                    "avma_id": avma_id(family, "essentials"),
                },
            )
            for release, family in (("ws1709", "2016"), ("ws1803", "2016"), ("ws1909", "2019"))
        ),
        # Granted.
        (11, {"guest_edition": "standard", "avma_id": avma_id("2022", "standard")}),
        (11, {"service": "hung"}),  # who waits in vain finds out at the deadline
        (11, {"host_release": "ws2025"}),
        (11, {"host_release": "ws2025", "guest_build": 9600, "avma_id": avma_id("2012r2", "datacenter")}),
        *(
            (
                11,
                {
                    "guest_build": BUILDS[release],
                    "guest_edition": "essentials",
                    "avma_id": avma_id(family, "essentials"),
                },
            )
            for release, family in (("ws2016", "2016"), ("ws2019", "2019"))
        ),
        (11, {"guest_build": BUILDS["ws1909"], "avma_id": avma_id("2019", "datacenter")}),
    ],
    ids=lambda value: (
        str(value) if isinstance(value, int) else "-".join(str(one) for one in value.values())[:60]
    ),
)
def test_row_in_other_guises(row, spoilt):
    check(decide(GRANTED | spoilt), row)


@pytest.mark.parametrize(
    ("spoilt", "readings"),
    [
        ({"host_edition": "standard"}, {"host_edition"}),
        ({"host_release": "ws2012r2", "host_edition": "standard"}, {"host_edition", "host_2012r2_edition"}),
        ({"host_release": "ws2012", "host_edition": "standard"}, set()),
        ({"service": "stopped"}, set()),
    ],
    ids=["edition", "edition-2012r2", "release", "service"],
)
def test_row_5_names_the_readings_it_depends_on(spoilt, readings):
    verdict = decide(GRANTED | spoilt)
    check(verdict, 5)
    assert {name for name, _ in verdict.because.readings} == readings


def test_reasons_hold_what_was_looked_at():
    verdict = decide(GRANTED | SPOILT[9])
    assert verdict.because.inputs == (
        ("host release", "ws2022"),
        ("host activated", "yes"),
        ("guest build", "20348"),
        ("guest edition", "datacenter"),
        ("key", "2016/standard"),
    )
    unknown = decide(GRANTED | {"avma_id": bytes(16), "activated": False})
    assert dict(unknown.because.inputs) | {"key": "unknown", "host activated": "no"} == dict(
        unknown.because.inputs
    )
    assert decide(GRANTED | SPOILT[5]).because.inputs == (
        ("host release", "ws2022"),
        ("host edition", "datacenter"),
        ("service", "stopped"),
    )
    assert decide(GRANTED | SPOILT[2]).because.inputs == (("platform", "vmware"),)
    assert decide(GRANTED | SPOILT[4]).because.inputs == (("data exchange", "off"),)


@pytest.mark.parametrize(("host", "guest"), FACTS.matrix)
def test_rule_by_builds_agrees_with_the_documents_matrix(host, guest):
    release = FACTS.release(guest)
    for edition in release.editions:  # C05: every edition
        verdict = decide(
            GRANTED
            | {
                "host_release": host,
                "guest_build": release.build,
                "guest_edition": edition,
                "avma_id": avma_id(release.family, edition),
            }
        )
        assert verdict.granted == FACTS.matrix[host, guest]
        check(verdict, 11 if FACTS.matrix[host, guest] else 8)


HOSTS = [
    release for release in FACTS.releases.values() if release.channel != "client" and release.build >= 9600
]
GUESTS = [
    (release, edition)
    for release in FACTS.releases.values()
    for edition in release.editions
    if FACTS.key_for(release.family, edition) is not None
]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.id)
def test_guest_qualifies_when_its_build_is_not_above_the_hosts(host):
    assert len(GUESTS) == 25
    for release, edition in GUESTS:
        verdict = decide(
            GRANTED
            | {
                "host_release": host.id,
                "guest_build": release.build,
                "guest_edition": edition,
                "avma_id": avma_id(release.family, edition),
            }
        )
        if edition == "datacenter-azure":
            check(verdict, 7)
        else:
            check(verdict, 11 if release.build <= host.build else 8)


@pytest.mark.parametrize(
    ("host", "guest"),
    [("ws2016", "ws1709"), ("ws2016", "ws1803"), ("ws2019", "ws1903"), ("ws2019", "ws1909")],
)
def test_semi_annual_guest_is_ordered_by_its_build(host, guest):
    release = FACTS.release(guest)
    case = GRANTED | {
        "host_release": host,
        "guest_build": release.build,
        "avma_id": avma_id(release.family, "datacenter"),
    }
    verdict = decide(case)
    check(verdict, 8)
    assert ("semi_annual_order", "build") in verdict.because.readings


def test_host_that_is_unknown_is_the_callers_mistake():
    with pytest.raises(UnknownName, match="unknown release 'ws2018'"):
        decide(GRANTED | {"host_release": "ws2018"})
    with pytest.raises(UnknownName, match="unknown release 'ws2018'"):
        judge_at_host(FACTS, "ws2018", 0, "", b"", activated=True)


def test_guest_asks_a_host_that_may_answer():
    verdict = judge_at_guest(FACTS, "hyper-v", "ws2012r2", "datacenter", "running", data_exchange=True)
    assert verdict is None
