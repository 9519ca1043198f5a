"""Tests the decision: its rows one by one, each earlier row before each later one, the document's matrix."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from avma_sim.errors import UnknownName
from avma_sim.facts.ids import avma_id
from avma_sim.facts.load import load_facts
from avma_sim.model.codes import HOST_NOT_ACTIVATED, ID_MISMATCH, INVALID_PLATFORM, OK, REQUEST_LIMIT
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, SUCCESS
from avma_sim.rules.decision import (
    judge_at_guest,
    judge_at_host,
    nobody_answers,
    over_limit,
    qualifies,
)

FACTS = load_facts()
BUILDS = {release.id: release.build for release in FACTS.releases.values()}

# A case in which row 11 applies; every row below spoils exactly what it is about.
GRANTED: dict[str, Any] = {
    "platform": "hyper-v",
    "host_release": "ws2022",
    "host_edition": "datacenter",
    "service": "running",
    "data_exchange": True,
    "channel": "mak",
    "over": False,
    "guest_build": BUILDS["ws2022"],
    "guest_edition": "datacenter",
    "avma_id": avma_id("2022", "datacenter"),
}
SPOILT: dict[int, dict[str, Any]] = {
    2: {"platform": "vmware"},
    3: {"platform": "azure"},
    4: {"data_exchange": False},
    5: {"service": "stopped"},
    6: {"channel": ""},
    7: {"guest_edition": "datacenter-azure"},
    8: {"guest_build": BUILDS["ws2025"]},
    9: {"avma_id": avma_id("2016", "standard")},
    10: {"over": True},
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
    10: (INVALID_HOST, REQUEST_LIMIT, True),
    11: (SUCCESS, OK, True),
}
READINGS = {
    3: {"no_seed_row"},
    4: {"data_exchange_off"},
    6: {"no_seed_row"},
    8: {"host_too_old", "semi_annual_order"},
    9: {"wrong_key"},
    10: {"no_seed_row"},
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
    10: ("C18",),
    11: ("C03", "C04", "C05"),
}


DEFAULT = Readings()


def ask_guest(case, readings=DEFAULT):
    return judge_at_guest(
        FACTS,
        case["platform"],
        case["host_release"],
        case["host_edition"],
        case["service"],
        case["data_exchange"],
        case["channel"],
        case["guest_build"],
        case["guest_edition"],
        case["avma_id"],
        readings,
    )


def ask_host(case, readings=DEFAULT):
    return judge_at_host(
        FACTS,
        case["host_release"],
        case["guest_build"],
        case["guest_edition"],
        case["avma_id"],
        case["channel"],
        case["host_edition"],
        case["over"],
        readings,
    )


def decide(case, readings=DEFAULT):
    """Judge as the law does: the guest its rows first, then the host its own."""
    return ask_guest(case, readings) or ask_host(case, readings)


def check(verdict, row):
    assert verdict.because.law == f"decision row {row}"
    assert (verdict.notification, verdict.code, verdict.answered) == ANSWERS[row]
    assert verdict.granted == (row == 11)
    assert verdict.because.clauses == CLAUSES[row]
    assert all(value == getattr(DEFAULT, name) for name, value in verdict.because.readings)
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
        (6, {"channel": "evaluation"}),  # not activated, whatever its end
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
        *((11, {"channel": channel}) for channel in ("kms", "mak", "oem", "retail", "ad")),
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
    unknown = decide(GRANTED | {"avma_id": bytes(16), "channel": ""})
    assert dict(unknown.because.inputs) | {"key": "unknown", "host activated": "no"} == dict(
        unknown.because.inputs
    )
    assert ("host activated", "no (evaluation)") in decide(GRANTED | {"channel": "evaluation"}).because.inputs
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
    editions = [edition for edition in release.editions if edition != "datacenter-azure"]
    for edition in editions:  # C05: every edition
        verdict = decide(
            GRANTED
            | {
                "host_release": host,
                "guest_build": release.build,
                "guest_edition": edition,
                # No key is published for two releases; their cells say what the order of builds says.
                "avma_id": avma_id(release.family or "2019", edition),
            },
            DEFAULT if release.family else Readings(keys_2004_20h2="2019-pair"),
        )
        published = FACTS.key_for(release.family or "2019", edition) is not None
        row = 8 if not FACTS.matrix[host, guest] else 11 if published else 9
        assert verdict.because.law == f"decision row {row}"
        assert verdict.granted == (FACTS.matrix[host, guest] and published)


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
        judge_at_host(FACTS, "ws2018", 0, "", b"", "mak")


def test_guest_asks_a_host_that_may_answer():
    assert judge_at_guest(FACTS, "hyper-v", "ws2012r2", "datacenter", "running", True) is None


# Readings other than the default (law section 7): what is spoilt, the readings, the row, the whole
# answer, and every reading that the reasons name.
INVALID, DENIED = INVALID_HOST, ACTIVATION_DENIED
ON_2012R2 = {
    "host_release": "ws2012r2",
    "host_edition": "standard",
    "guest_build": BUILDS["ws2012r2"],
    "avma_id": avma_id("2012r2", "datacenter"),
}
SEMI = {"guest_build": BUILDS["ws1709"], "host_release": "ws2016", "avma_id": avma_id("2016", "datacenter")}
SEMI_2019 = {
    "guest_build": BUILDS["ws1909"],
    "host_release": "ws2019",
    "avma_id": avma_id("2019", "datacenter"),
}
ON_20H2 = {"guest_build": BUILDS["ws20h2"], "avma_id": avma_id("2019", "datacenter")}
TOO_OLD = {"host_release": "ws2019"}
NOBODY = (INVALID, INVALID_PLATFORM, False)
OTHERWISE: dict[str, Any] = {
    # no-seed-row: rows 3, 6, 10, and the refusal of an edition; no other.
    "no-seed-row in row 3": (
        {"platform": "azure"},
        {"no_seed_row": DENIED},
        3,
        (DENIED, HOST_NOT_ACTIVATED, False),
    ),
    "no-seed-row in row 6": ({"channel": ""}, {"no_seed_row": DENIED}, 6, (DENIED, HOST_NOT_ACTIVATED, True)),
    "no-seed-row in row 10": ({"over": True}, {"no_seed_row": DENIED}, 10, (DENIED, REQUEST_LIMIT, True)),
    "no-seed-row in row 2": ({"platform": "kvm"}, {"no_seed_row": DENIED}, 2, NOBODY),
    "no-seed-row in row 4": ({"data_exchange": False}, {"no_seed_row": DENIED}, 4, NOBODY),
    "no-seed-row in row 5": ({"service": "stopped"}, {"no_seed_row": DENIED}, 5, NOBODY),
    "no-seed-row in row 9": (SPOILT[9], {"no_seed_row": DENIED}, 9, (DENIED, ID_MISMATCH, True)),
    # host-too-old: the guest itself says it, after the rows before, before the rows after.
    "too old": (TOO_OLD, {"host_too_old": INVALID}, 8, NOBODY),
    "too old for the key": ({"avma_id": avma_id("2025", "datacenter")}, {"host_too_old": INVALID}, 8, NOBODY),
    "too old, with a wrong key": (TOO_OLD | SPOILT[9], {"host_too_old": INVALID}, 8, NOBODY),
    "too old, hung": (TOO_OLD | {"service": "hung"}, {"host_too_old": INVALID}, 8, NOBODY),
    "too old, over": (TOO_OLD | {"over": True}, {"host_too_old": INVALID}, 8, NOBODY),
    "too old, stopped": (TOO_OLD | {"service": "stopped"}, {"host_too_old": INVALID}, 5, NOBODY),
    "too old, no data exchange": (TOO_OLD | {"data_exchange": False}, {"host_too_old": INVALID}, 4, NOBODY),
    "too old, not activated": (
        TOO_OLD | {"channel": ""},
        {"host_too_old": INVALID},
        6,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "too old, on evaluation": (
        TOO_OLD | {"channel": "evaluation"},
        {"host_too_old": INVALID},
        6,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "too old, for Azure Edition": (
        TOO_OLD | SPOILT[7],
        {"host_too_old": INVALID},
        7,
        (DENIED, ID_MISMATCH, True),
    ),
    "new enough": ({}, {"host_too_old": INVALID}, 11, (SUCCESS, OK, True)),
    "new enough, wrong key": (SPOILT[9], {"host_too_old": INVALID}, 9, (DENIED, ID_MISMATCH, True)),
    # semi-annual-order.
    "family order": (SEMI, {"semi_annual_order": "family"}, 11, (SUCCESS, OK, True)),
    "family order in 2019": (SEMI_2019, {"semi_annual_order": "family"}, 11, (SUCCESS, OK, True)),
    "family order, older host": (
        SEMI_2019 | {"host_release": "ws2016"},
        {"semi_annual_order": "family"},
        8,
        (DENIED, ID_MISMATCH, True),
    ),
    "family order, older guest than its key": (
        SEMI | {"avma_id": avma_id("2019", "datacenter")},
        {"semi_annual_order": "family"},
        8,
        (DENIED, ID_MISMATCH, True),
    ),
    "family order, no family": (
        {"guest_build": BUILDS["ws2004"], "host_release": "ws2019", "avma_id": avma_id("2019", "datacenter")},
        {"semi_annual_order": "family"},
        8,
        (DENIED, ID_MISMATCH, True),
    ),
    "family order, and a family by reading": (
        {"guest_build": BUILDS["ws2004"], "host_release": "ws2019", "avma_id": avma_id("2019", "datacenter")},
        {"semi_annual_order": "family", "keys_2004_20h2": "2019-pair"},
        11,
        (SUCCESS, OK, True),
    ),
    "family order, too old": (
        SEMI_2019 | {"host_release": "ws2016"},
        {"semi_annual_order": "family", "host_too_old": INVALID},
        8,
        NOBODY,
    ),
    # host-edition.
    "edition refused": (
        {"host_edition": "standard"},
        {"host_edition": "refusal"},
        5,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "edition denied": (
        {"host_edition": "standard"},
        {"host_edition": "refusal", "no_seed_row": DENIED},
        5,
        (DENIED, HOST_NOT_ACTIVATED, True),
    ),
    "edition, stopped": (
        {"host_edition": "standard", "service": "stopped"},
        {"host_edition": "refusal"},
        5,
        NOBODY,
    ),
    "edition, hung": (
        {"host_edition": "standard", "service": "hung"},
        {"host_edition": "refusal"},
        5,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "edition before not activated": (
        {"host_edition": "standard", "channel": ""},
        {"host_edition": "refusal"},
        5,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "edition before too old": (
        {"host_edition": "standard"} | TOO_OLD,
        {"host_edition": "refusal", "host_too_old": INVALID},
        5,
        (INVALID, HOST_NOT_ACTIVATED, True),
    ),
    "edition of a client": (
        {"host_release": "win11", "host_edition": "pro"},
        {"host_edition": "refusal"},
        5,
        NOBODY,
    ),
    "edition of an old release": (
        {"host_release": "ws2012", "host_edition": "standard"},
        {"host_edition": "refusal"},
        5,
        NOBODY,
    ),
    # host-2012r2-edition.
    "any edition of 2012 R2": (ON_2012R2, {"host_2012r2_edition": "any"}, 11, (SUCCESS, OK, True)),
    "any edition of 2012 R2, refusing": (
        ON_2012R2,
        {"host_2012r2_edition": "any", "host_edition": "refusal"},
        11,
        (SUCCESS, OK, True),
    ),
    "only of 2012 R2": ({"host_edition": "standard"}, {"host_2012r2_edition": "any"}, 5, NOBODY),
    "2012 R2 refused": (ON_2012R2, {"host_edition": "refusal"}, 5, (INVALID, HOST_NOT_ACTIVATED, True)),
    "2012 R2 stopped": (ON_2012R2 | {"service": "stopped"}, {"host_2012r2_edition": "any"}, 5, NOBODY),
    # data-exchange-off.
    "off without effect": (
        {"data_exchange": False},
        {"data_exchange_off": "no-effect"},
        11,
        (SUCCESS, OK, True),
    ),
    "off without effect, stopped": (
        {"data_exchange": False, "service": "stopped"},
        {"data_exchange_off": "no-effect"},
        5,
        NOBODY,
    ),
    # keys-2004-20h2.
    "20H2 with a key of 2019": (ON_20H2, {"keys_2004_20h2": "2019-pair"}, 11, (SUCCESS, OK, True)),
    "20H2 with another": (
        ON_20H2 | {"avma_id": avma_id("2019", "standard")},
        {"keys_2004_20h2": "2019-pair"},
        9,
        (DENIED, ID_MISMATCH, True),
    ),
    "20H2 without": (ON_20H2, {"wrong_key": "deny-at-activation"}, 9, (DENIED, ID_MISMATCH, True)),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_another_reading(name):
    spoilt, chosen, row, answer = OTHERWISE[name]
    readings = Readings(**chosen)
    verdict = decide(GRANTED | spoilt, readings)
    assert verdict.because.law == f"decision row {row}"
    assert (verdict.notification, verdict.code, verdict.answered) == answer
    assert verdict.granted == (row == 11)
    assert all(value == getattr(readings, field) for field, value in verdict.because.readings)


@pytest.mark.parametrize("name", [name for name in OTHERWISE if OTHERWISE[name][2:] == (8, NOBODY)])
def test_a_guest_that_is_too_new_says_so_by_itself(name):
    """Else a request would leave the guest, and its host would have to answer it."""
    spoilt, chosen, *_ = OTHERWISE[name]
    assert ask_guest(GRANTED | spoilt, Readings(**chosen)) == ask_host(GRANTED | spoilt, Readings(**chosen))


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_verdict_names_each_reading_that_changes_it(name):
    """A reading that changes the answer when it goes back to its default stands in the reasons."""
    spoilt, chosen, *_ = OTHERWISE[name]
    verdict = decide(GRANTED | spoilt, Readings(**chosen))
    named = {field for field, _ in verdict.because.readings}
    for field in chosen:
        rest = {other: value for other, value in chosen.items() if other != field}
        before = decide(GRANTED | spoilt, Readings(**rest))
        told = (before.notification, before.code, before.answered)
        # A host is not told whether its guest exchanges data, so its grant cannot name that reading.
        if told != (verdict.notification, verdict.code, verdict.answered) and field != "data_exchange_off":
            assert field in named


@pytest.mark.parametrize(
    ("spoilt", "chosen", "named"),
    [
        ({"host_edition": "standard"}, {"host_edition": "refusal"}, ["host_edition", "no_seed_row"]),
        (ON_2012R2, {"host_edition": "refusal"}, ["host_edition", "host_2012r2_edition", "no_seed_row"]),
        (
            ON_2012R2 | {"service": "stopped"},
            {"host_edition": "refusal"},
            ["host_edition", "host_2012r2_edition"],
        ),
        (ON_2012R2 | {"service": "stopped"}, {"host_2012r2_edition": "any"}, []),
        (SEMI, {"semi_annual_order": "family"}, ["semi_annual_order"]),
        (ON_2012R2, {"host_2012r2_edition": "any"}, ["host_2012r2_edition"]),
        (ON_20H2, {"keys_2004_20h2": "2019-pair"}, ["keys_2004_20h2"]),
        (ON_20H2, {"wrong_key": "deny-at-activation"}, ["wrong_key", "keys_2004_20h2"]),
        ({}, {"semi_annual_order": "family", "keys_2004_20h2": "2019-pair"}, []),
        (TOO_OLD, {"host_too_old": INVALID}, ["host_too_old", "semi_annual_order"]),
        ({"over": True}, {"no_seed_row": DENIED}, ["no_seed_row"]),
        ({"platform": "azure-nested"}, {"no_seed_row": DENIED}, ["no_seed_row"]),
    ],
)
def test_readings_that_the_reasons_name(spoilt, chosen, named):
    readings = Readings(**chosen)
    verdict = decide(GRANTED | spoilt, readings)
    assert verdict.because.readings == tuple((name, getattr(readings, name)) for name in named)


def test_a_refused_edition_is_among_what_was_looked_at():
    verdict = decide(GRANTED | {"host_edition": "standard"}, Readings(host_edition="refusal"))
    assert verdict.because.inputs[-1] == ("host edition", "standard")
    assert verdict.because.clauses == ("C02", "C18")


def test_a_guest_that_is_too_new_is_not_answered_by_its_host_either():
    """The host may have become too old since the request was sent."""
    verdict = ask_host(GRANTED | TOO_OLD, Readings(host_too_old=INVALID))
    assert (verdict.answered, verdict.granted) == (False, False)
    assert verdict.because.law == "decision row 8"
    assert verdict.because.clauses == ("C04",)


@pytest.mark.parametrize(
    ("service", "data_exchange", "reading", "why"),
    [
        ("running", True, "invalid-host", ""),
        ("running", True, "no-effect", ""),
        ("running", False, "invalid-host", "data-exchange-off"),
        ("running", False, "no-effect", ""),
        ("stopped", True, "invalid-host", "stopped"),
        ("hung", True, "no-effect", "hung"),
        ("hung", False, "invalid-host", "hung"),
    ],
)
def test_why_nobody_answers(service, data_exchange, reading, why):
    readings = Readings(data_exchange_off=reading)
    assert nobody_answers(service, data_exchange, readings) == why


@pytest.mark.parametrize(
    ("limit", "decided", "now", "over"),
    [
        ((1, 10), (), 100, False),
        ((1, 10), (100,), 100, True),
        ((1, 10), (91,), 100, True),
        ((1, 10), (90,), 100, False),  # half-open: the span is over
        ((2, 10), (95,), 100, False),
        ((2, 10), (95, 96), 100, True),
        ((2, 10), (90, 96), 100, False),  # the window slides
        ((2, 10), (91, 100), 100, True),
        ((3, 10), (96, 97), 100, False),
        ((1, 10), (50, 99), 100, True),  # the newest count
        ((1, 10), (99, 50), 100, False),
    ],
)
def test_over_the_limit(limit, decided, now, over):
    assert over_limit(limit, decided, now) is over


def test_who_qualifies():
    """Asked on arrival: neither the guest nor the host would refuse."""
    granted, refused = ask_host(GRANTED), ask_host(GRANTED | SPOILT[6])
    assert qualifies(None, granted)
    assert not qualifies(None, refused)
    assert not qualifies(ask_guest(GRANTED | SPOILT[5]), granted)
    assert not qualifies(ask_guest(GRANTED | SPOILT[5]), refused)


def test_the_request_limit_is_no_matter_of_the_guests():
    """Nor of whether a host qualifies: who is over its limit today is not tomorrow."""
    assert ask_guest(GRANTED | SPOILT[10], Readings(host_too_old=INVALID)) is None
