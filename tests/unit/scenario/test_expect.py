"""The grammar of expectations: each form as it holds, and as it does not, with what is told of it."""

from __future__ import annotations

import pytest

from avma_sim.model.licence import WORDS
from avma_sim.scenario.expect import EVENT_FIELDS, GUEST_FIELDS, HOST_FIELDS
from avma_sim.scenario.values import Match

START = "when:\n  - start: web01\n    expect: "
# Two attempts an hour apart; the second is refused. The window holds both hosts' and the guest's events.
TWO = "when:\n  - start: web01\n  - deactivate: hv1\n  - after: 1h\n    ato: web01\n    expect: "
# What the host read, and what the guest wrote after that.
KVP = (
    "when:\n  - start: web01\n  - write_kvp: {guest: web01, items: {Role: web, Empty: ''}}\n"
    "  - read_kvp: web01\n"
    "  - write_kvp: {guest: web01, items: {Role: db}}\n    expect: "
)
# A reading whose first packet is lost.
LOST = (
    "when:\n  - start: web01\n  - arm: {name: lost, action: drop, channel: kvp}\n"
    "  - read_kvp: {guest: web01, pools: guest}\n    expect: "
)
# A guest that waits for a host where nobody answers.
HUNG = "when:\n  - set_service: {host: hv1, state: hung}\n  - start: web01\n    expect: "


def shown(log, outcome, code="0", record=None, at="2025-01-01T00:00:00Z"):
    """Write an event as it is told."""
    said = "id: 12309, notification" if log == "web01" else "id: 12310, verdict"
    record = record or (3 if log == "web01" else 1)  # 900 and 902 come before the first 12309
    who = f"host: hv1, guest: web01, record: {record}"
    return f"{{log: {log}, {said}: {outcome}, code: {code}, {who}, at: {at}}}"


RENEWAL = "2025-01-08T00:00:00Z"
SUCCESS, GRANTED = shown("web01", "success"), shown("hv1", "granted")
AGAIN = shown("web01", "success", "0", 4, RENEWAL)

HOLDS = [
    # Fields of machines.
    START + "{}",
    START + "{guests: {web01: {}}}",
    START
    + "{guests: {web01: {on: hv1, running: true, licence: licensed, reason: 4004fc04, pending: false}}}",
    START + "{guests: {web01: {granted_by: hv1, expires: 2025-06-30T00:00:00Z}}}",
    START + "{guests: {web01: {expires: 2025-06-30T02:00:00+02:00, next_attempt: 2025-01-08T00:00:00Z}}}",
    START + "{guests: {db01: {running: false, licence: grace, granted_by: none, expires: none}}}",
    START + "{guests: {db01: {next_attempt: none, reason: '0x4004F00C'}}}",
    START + "{hosts: {hv1: {activated: true, service: running}, hv2: {activated: false}}}",
    HUNG + "{guests: {web01: {pending: true, next_attempt: none}}, hosts: {hv1: {service: hung}}}",
    # Key-value pairs: what the guest holds, and what its host has read.
    START + "{guests: {web01: {kvp_read: none, kvp: {external: none, guest: {AvmaSimLicenseStatus: 1}}}}}",
    START + "{guests: {web01: {kvp: {auto: {OSName: {not: Linux}, Nobody: {absent: true}}}}}}",
    START + "{guests: {web01: {kvp: {auto: {OSName: {absent: false}, Nobody: {not: x}}}}}}",
    START + "{guests: {web01: {kvp: {auto-external: {HostName: {absent: false}}, auto-internal: none}}}}",
    START + "{guests: {web01: {kvp_read: {failed: {not: true}, guest: {a: {absent: true}}}}}}",
    KVP + "{guests: {web01: {kvp_read: {failed: false, host: hv1, at: 2025-01-01T00:00:00Z}}}}",
    KVP + "{guests: {web01: {kvp_read: {guest: {Role: {any: [db, web]}, Empty: '', No: {absent: true}}}}}}",
    KVP + "{guests: {web01: {kvp: {guest: {Role: db}}, kvp_read: {at: {not: none}, host: {not: hv2}}}}}",
    LOST + "{within: 1m, guests: {web01: {kvp_read: {failed: true, guest: none}}}}",
    # Not and any.
    START + "{guests: {web01: {licence: {not: grace}, granted_by: {not: none}, on: {not: hv2}}}}",
    START + "{guests: {web01: {licence: {any: [grace, licensed]}, expires: {not: none}}}}",
    START + "{guests: {web01: {licence: {any: [licensed]}}}, hosts: {hv1: {activated: {not: false}}}}",
    START + "{events: [{log: web01, code: {any: [C004FD02, 0]}, notification: {not: invalid-data}}]}",
    # An ordered part of what each log got.
    START + "{events: [{log: web01}]}",
    START + "{events: [{log: web01, id: 12309, notification: success, code: 0, host: hv1, guest: web01}]}",
    START + "{events: [{log: hv1, id: 12310, verdict: granted, code: 0, host: hv1, guest: web01}]}",
    START + "{events: [{log: hv1, record: 1, at: 2025-01-01T00:00:00Z}]}",
    START + "{events: [{log: web01, code: '00000000'}, {log: hv1, code: 0x00000000}]}",
    START + "{events: [{log: web01}, {log: hv1}]}",
    START + "{events: [{log: hv1}, {log: web01}]}",  # the order between logs is not judged
    START + "{events: [{log: web01, verdict: {not: granted}}]}",  # a 12309 has no verdict
    TWO + "{events: [{log: web01, notification: invalid-host}, {log: hv1, verdict: refused}]}",
    # Only.
    START + "{events: [{log: web01, notification: success}], only: true}",  # hv1 is not named
    START + "{events: [{log: hv1}, {log: web01}], only: true}",
    START + "{events: [{log: web01}], only: false}",
    # None.
    "when:\n  - start: db01\n    expect: {events: none}",
    HUNG + "{events: none}",
    # Refused.
    "when:\n  - stop: web01\n    expect: {refused: 'off'}",
    "when:\n  - stop: web01\n    expect: {refused: off, guests: {web01: {running: false}}, events: none}",
    (
        "when:\n  - start: web01\n  - install_key: {guest: web01, key: TNK62-RXVTB-4P47B-2D623-4GF74}\n"
        "    expect: {refused: C004F069, guests: {web01: {licence: licensed}}}"
    ),
    # Refused by reason or by the code that Windows gives.
    "when:\n  - start: db01\n  - ato: db01\n    expect: {refused: no-key}",
    "when:\n  - start: db01\n  - ato: db01\n    expect: {refused: 0xc004f014}",
    "when:\n  - start: web01\n  - ato: {guest: web01, elevated: false}\n    expect: {refused: C004F025}",
    "when:\n  - start: web01\n  - ato: {guest: web01, elevated: false}\n    expect: {refused: not-elevated}",
    (
        "when:\n  - start: web01\n  - install_key: {guest: web01, verbatim: any text}\n"
        "    expect: {refused: C004F050, guests: {web01: {licence: licensed}}}"
    ),
    # What a guest is.
    (
        "when:\n  - start: web01\n  - upgrade: {guest: web01, release: ws2019, edition: datacenter}\n"
        "    expect: {guests: {web01: {release: ws2019, edition: datacenter, key: none}}}"
    ),
    START
    + "{guests: {web01: {key: c3rcx-m6nrp-6cxc9-tw2f2-4rhyd, release: {not: ws2019}}, db01: {key: none}}}",
    START + "{hosts: {hv1: {channel: mak}, hv2: {channel: none}}}",
    (
        "when:\n  - activate: {host: hv1, channel: evaluation}\n"
        "    expect: {hosts: {hv1: {channel: evaluation, activated: false}}}"
    ),
    # Within: the first instant at which all of it holds.
    HUNG + "{within: 30s, guests: {web01: {pending: false}}, events: [{log: web01, code: 800705B4}]}",
    START + "{within: 0s, guests: {web01: {licence: licensed}}}",
    START + "{within: 1h, guests: {web01: {licence: licensed}}}\n"
    "  - expect: {guests: {web01: {next_attempt: 2025-01-08T00:00:00Z}}}",
    # Throughout.
    START + "{throughout: 6d23h, guests: {web01: {licence: licensed, next_attempt: 2025-01-08T00:00:00Z}}}",
    "when:\n  - start: web01\n  - expect: {throughout: 6d23h59m59s, events: none}",
    "when:\n  - start: web01\n  - expect: {throughout: 0s, events: none}",
    START + "{throughout: 20d, guests: {web01: {licence: licensed}}}",
]


@pytest.mark.parametrize("steps", HOLDS, ids=range(len(HOLDS)))
def test_expectation_holds(play, steps):
    result = play(steps)
    assert result.failures == ()
    assert result.passed


# Steps, and each failure: place, what it is about, wanted and got.
FAILS = {
    # Fields of machines.
    START + "{guests: {web01: {on: hv2, running: false, licence: grace, reason: C004FD02, pending: true}}}": [
        ("10:35", "guest web01: on", "hv2", "hv1"),
        ("10:49", "guest web01: running", "false", "true"),
        ("10:65", "guest web01: licence", "grace", "licensed"),
        ("10:80", "guest web01: reason", "C004FD02", "4004FC04"),
        ("10:99", "guest web01: pending", "true", "false"),
    ],
    START + "{guests: {web01: {granted_by: none, expires: none, next_attempt: 2025-01-01T00:00:00Z}}}": [
        ("10:43", "guest web01: granted_by", "none", "hv1"),
        ("10:58", "guest web01: expires", "none", "2025-06-30T00:00:00Z"),
        ("10:78", "guest web01: next_attempt", "2025-01-01T00:00:00Z", "2025-01-08T00:00:00Z"),
    ],
    HUNG + "{guests: {web01: {next_attempt: 2025-01-01T00:00:00Z}}}": [
        ("11:45", "guest web01: next_attempt", "2025-01-01T00:00:00Z", "none"),
    ],
    START + "{hosts: {hv1: {activated: false, service: hung}, hv2: {activated: true}}}": [
        ("10:39", "host hv1: activated", "false", "true"),
        ("10:55", "host hv1: service", "hung", "running"),
        ("10:79", "host hv2: activated", "true", "false"),
    ],
    START + "{guests: {web01: {release: ws2019, edition: datacenter, key: none}}}": [
        ("10:40", "guest web01: release", "ws2019", "ws2016"),
        ("10:57", "guest web01: edition", "datacenter", "standard"),
        ("10:74", "guest web01: key", "none", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"),
    ],
    START + "{hosts: {hv1: {channel: kms}, hv2: {channel: mak}}}": [
        ("10:37", "host hv1: channel", "kms", "mak"),
        ("10:58", "host hv2: channel", "mak", "none"),
    ],
    "when:\n  - start: db01\n  - ato: {guest: db01, elevated: false}\n    expect: {refused: no-key}\n": [
        (
            "10:5",
            "command",
            "refused: no-key",
            "refused: not-elevated, C004F025 (the prompt on db01 is not elevated)",
        ),
    ],
    # Key-value pairs.
    START + "{guests: {web01: {kvp: {external: {a: b}, auto: none}}}}": [
        ("10:51", "guest web01: kvp external a", "b", "no such item"),
        ("10:61", "guest web01: kvp auto", "none", "19 items"),
    ],
    START + "{guests: {web01: {kvp: {guest: {AvmaSimActivationHost: {absent: true}}}}}}": [
        ("10:68", "guest web01: kvp guest AvmaSimActivationHost", "no such item", "hv1"),
    ],
    START + "{guests: {web01: {kvp: {guest: {No: {absent: false}, Nor: {any: [a, b]}}}}}}": [
        ("10:49", "guest web01: kvp guest No", "an item", "no such item"),
        ("10:71", "guest web01: kvp guest Nor", "any of a, b", "no such item"),
    ],
    START + "{guests: {web01: {kvp_read: {failed: false, at: 2025-01-01T00:00:00Z, host: hv1}}}}": [
        ("10:50", "guest web01: kvp_read failed", "false", "none"),
        ("10:61", "guest web01: kvp_read at", "2025-01-01T00:00:00Z", "none"),
        ("10:89", "guest web01: kvp_read host", "hv1", "none"),
    ],
    KVP + "{guests: {web01: {kvp_read: none}}}": [
        ("13:41", "guest web01: kvp_read at", "none", "2025-01-01T00:00:00Z"),
    ],
    KVP + "{guests: {web01: {kvp_read: {guest: {Role: {not: web}}, auto: {x: y}}}}}": [
        ("13:56", "guest web01: kvp_read guest Role", "not web", "web"),
        ("13:79", "guest web01: kvp_read auto x", "y", "no such item"),
    ],
    LOST + "{within: 59s, guests: {web01: {kvp_read: {failed: true}}}}": [
        ("12:63", "guest web01: kvp_read failed", "true", "none"),
    ],
    "when:\n  - expect: {guests: {new: {kvp: {guest: none}}}}\n"
    "  - add_guest: {name: new, release: ws2019, edition: standard, on: hv1}\n": [
        ("9:13", "guest new", "that it exists", "no such guest yet"),
    ],
    # A machine that a later step adds.
    (
        "when:\n  - expect: {guests: {new: {licence: grace}}, hosts: {hv9: {}}}\n"
        "  - add_host: {name: hv9, release: ws2019, edition: datacenter, activated: true}\n"
        "  - add_guest: {name: new, release: ws2019, edition: standard, on: hv9}\n"
    ): [
        ("9:38", "guest new", "that it exists", "no such guest yet"),
        ("9:13", "host hv9", "that it exists", "no such host yet"),
    ],
    # Not and any.
    START + "{guests: {web01: {licence: {not: licensed}}}}": [
        ("10:40", "guest web01: licence", "not licensed", "licensed"),
    ],
    START + "{guests: {web01: {licence: {any: [grace, notification]}}}}": [
        ("10:40", "guest web01: licence", "any of grace, notification", "licensed"),
    ],
    START + "{events: [{log: web01, code: {not: 0}}]}": [
        ("10:23", "events of web01", "{log: web01, code: not 0}", SUCCESS),
    ],
    # An ordered part of what each log got.
    START + "{events: [{log: web01, notification: invalid-host}]}": [
        ("10:23", "events of web01", "{log: web01, notification: invalid-host}", SUCCESS),
    ],
    START + "{events: [{log: web01, at: 2025-01-01T01:00:00Z}]}": [
        ("10:23", "events of web01", "{log: web01, at: 2025-01-01T01:00:00Z}", SUCCESS),
    ],
    START + "{events: [{log: web01}, {log: web01, id: 12309}]}": [
        ("10:37", "events of web01", "{log: web01, id: 12309}", SUCCESS),
    ],
    START + "{events: [{log: db01}, {log: hv1, verdict: refused}]}": [
        ("10:23", "events of db01", "{log: db01}", "no event in this log"),
        ("10:36", "events of hv1", "{log: hv1, verdict: refused}", GRANTED),
    ],
    START + "{events: [{log: web01, verdict: granted}]}": [  # a 12309 has no verdict
        ("10:23", "events of web01", "{log: web01, verdict: granted}", SUCCESS),
    ],
    # In one log the order counts.
    (
        "when:\n  - start: web01\n  - deactivate: hv1\n  - name: both\n    after: 7d2h\n    expect:\n"
        "      events: [{log: web01, record: 5}, {log: web01, record: 4}]\n"
    ): [
        (
            "14:41",
            "events of web01",
            "{log: web01, record: 4}",
            "; ".join(
                shown("web01", "invalid-host", "C004FD02", record, at)
                for record, at in ((4, RENEWAL), (5, "2025-01-08T02:00:00Z"))
            ),
        ),
    ],
    # The window begins where the previous step ended.
    TWO + "{events: [{log: web01, notification: success}]}": [
        (
            "13:23",
            "events of web01",
            "{log: web01, notification: success}",
            shown("web01", "invalid-host", "C004FD02", 4, "2025-01-01T01:00:00Z"),
        ),
    ],
    # Only.
    START + "{events: [{log: web01, notification: invalid-host}], only: true}": [
        ("10:23", "events of web01", "{log: web01, notification: invalid-host}", SUCCESS),
    ],
    START + "{events: [{log: web01}, {log: web01}], only: true}": [
        ("10:37", "events of web01", "{log: web01}", SUCCESS),
    ],
    START + "{throughout: 7d, events: [{log: web01}], only: true}": [
        ("10:39", "events of web01", "no further event", AGAIN),
    ],
    START + "{events: [{log: db01}], only: true}": [
        ("10:23", "events of db01", "{log: db01}", "no event in this log"),
    ],
    # What came before counts too, and nothing else is called missing or too much.
    "when:\n  - start: web01\n  - after: 7d\n    ato: web01\n"
    "    expect: {events: [{log: web01, record: 5}], only: true}\n": [
        (
            "12:23",
            "events of web01",
            "{log: web01, record: 5}",
            f"{AGAIN}; {AGAIN.replace('record: 4', 'record: 5')}",
        ),
    ],
    # None.
    START + "{events: none}": [("10:13", "events", "none", GRANTED)],
    "when:\n  - start: web01\n  - expect: {throughout: 7d, events: none}": [
        ("10:13", "events", "none", shown("hv1", "granted", "0", 2, RENEWAL))
    ],
    # Refused.
    "when:\n  - start: web01\n    expect: {refused: running}": [
        ("9:5", "command", "refused: running", "not refused")
    ],
    "when:\n  - stop: web01\n    expect: {refused: running}": [
        ("9:5", "command", "refused: running", "refused: off (web01 is off)")
    ],
    "when:\n  - name: twice\n    stop: web01\n": [
        ("10:5", "command", "that it is not refused", "refused: off (web01 is off)")
    ],
    "when:\n  - start: web01\n  - install_key: {guest: web01, key: TNK62-RXVTB-4P47B-2D623-4GF74}\n": [
        ("10:5", "command", "that it is not refused", "refused: C004F069 (keys: fits)")
    ],
    "when:\n  - advance: {until: db01.next_attempt}\n": [
        (
            "9:5",
            "command",
            "that it is not refused",
            "refused: no-attempt (db01 has no attempt pending or due; the clock stays)",
        )
    ],
    # A refusal that was wanted, and what it was to leave alone.
    "when:\n  - stop: web01\n    expect: {refused: off, guests: {web01: {running: true}}}": [
        ("10:54", "guest web01: running", "true", "false")
    ],
    # Within and throughout.
    HUNG + "{within: 29s, guests: {web01: {pending: false}}}": [
        ("11:53", "guest web01: pending", "false", "true")
    ],
    START + "{throughout: 7d, guests: {web01: {next_attempt: 2025-01-08T00:00:00Z}}}": [
        ("10:61", "guest web01: next_attempt", "2025-01-08T00:00:00Z", "2025-01-15T00:00:00Z")
    ],
    START + "{throughout: 1h, guests: {web01: {licence: grace}}}": [
        ("10:56", "guest web01: licence", "grace", "licensed")
    ],
}


@pytest.mark.parametrize("steps", FAILS, ids=range(len(FAILS)))
def test_expectation_does_not_hold(play, steps):
    result = play(steps)
    assert not result.passed
    assert [
        (f"{failure.line}:{failure.col}", failure.about, failure.wanted, failure.got)
        for failure in result.failures
    ] == FAILS[steps]
    assert {failure.file for failure in result.failures} == {"f.avma.yaml"}


def test_within_ends_at_the_first_instant_at_which_all_of_it_holds(play):
    steps = HUNG + (
        "{within: 3h, guests: {web01: {pending: false}}}\n"
        "  - expect: {guests: {web01: {next_attempt: 2025-01-01T02:00:00Z}}}\n"
        "  - advance: {until: web01.next_attempt}\n"
        "    expect: {events: [{log: web01, record: 4, at: 2025-01-01T02:00:30Z}], only: true}\n"
    )
    assert play(steps).passed


def test_throughout_goes_on_to_its_end(play):
    steps = START + (
        "{throughout: 1d, guests: {web01: {licence: licensed}}}\n"
        "  - ato: web01\n"
        "    expect: {events: [{log: web01, record: 4, at: 2025-01-02T00:00:00Z}]}\n"
    )
    assert play(steps).passed


def test_throughout_fails_at_once_and_not_at_its_end(play):
    """A guest that is licensed again at the end was not licensed all the time."""
    steps = (
        "when:\n"
        "  - set_service: {host: hv1, state: hung}\n"
        "  - start: web01\n"
        "    expect: {throughout: 3h, guests: {web01: {licence: {not: notification}}}}\n"
    )
    (failure,) = play(steps).failures
    assert failure.got == "notification"
    assert failure.last[-1].endswith("2025-01-01T00:00:30Z ClockAdvanced")


def test_what_is_due_at_the_end_of_a_span_counts(play):
    assert not play(START + "{throughout: 7d, guests: {web01: {next_attempt: 2025-01-08T00:00:00Z}}}").passed
    assert play(HUNG + "{within: 30s, guests: {web01: {pending: false}}}").passed


@pytest.mark.parametrize(
    ("match", "found", "fits", "text"),
    [
        (("a",), "a", True, "a"),
        (("a",), "b", False, "a"),
        (("a", "b"), "b", True, "any of a, b"),
        (("a", "b"), "c", False, "any of a, b"),
    ],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_match_and_its_opposite(load, match, found, fits, text, inverted):
    where = load("").given.where
    each = Match(match, inverted, where)
    assert each.fits(found) is (fits != inverted)
    assert str(each) == (f"not {text}" if inverted else text)


def test_an_expectation_is_read_into_values(load):
    (step,) = load(
        "when:\n  - expect: {guests: {web01: {licence: {not: grace}}}, hosts: {hv1: {activated: true}}, "
        "events: [{log: hv1, code: 0xc004fd02}], only: true, within: 1h}\n"
    ).steps
    expect = step.expect
    assert expect.guests["web01"]["licence"].inverted
    assert expect.hosts["hv1"]["activated"].wanted == ("true",)
    assert [(pattern.log, dict(pattern.fields)["code"].wanted) for pattern in expect.events] == [
        ("hv1", ("C004FD02",))
    ]
    assert (expect.only, expect.refused, expect.within_us, expect.throughout_us) == (
        True,
        "",
        3_600_000_000,
        None,
    )


def test_fields_are_those_of_the_documentation():
    assert list(GUEST_FIELDS) == [
        "on",
        "running",
        "power",
        "migrating",
        "licence",
        "reason",
        "pending",
        "release",
        "edition",
        "key",
        "granted_by",
        "expires",
        "next_attempt",
    ]
    assert list(HOST_FIELDS) == [
        "activated",
        "channel",
        "service",
        "release",
        "edition",
        "up",
        "cluster",
        "draining",
    ]
    assert set(EVENT_FIELDS) == {"id", "notification", "verdict", "code", "host", "guest", "record", "at"}
    assert set(WORDS.values()) == {"licensed", "grace", "notification", "unlicensed"}
