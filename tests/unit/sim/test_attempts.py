"""Tests the course of an attempt: what ends it, what it leaves in rows and logs, what comes too late."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from avma_sim.errors import Defect
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import (
    HOST_NOT_ACTIVATED,
    ID_MISMATCH,
    INITIAL_GRACE,
    INVALID_DATA,
    INVALID_PLATFORM,
    OK,
    REQUEST_LIMIT,
    TIMEBASED_VALIDITY,
    TIMED_OUT,
)
from avma_sim.model.handshake import Answer
from avma_sim.model.kvp import KvpItem
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.readings import Readings
from avma_sim.sim.chance import nonce
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wire.handshake import Output

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000
ASKED = "AttemptStarted"
KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"  # of ws2016/standard


def newest(play, machine="web01"):
    return play.state.logs[machine].recent[-1]


def test_a_grant_from_end_to_end(play, kinds):
    told = play.hosted(latency_us=SECOND)
    assert kinds(told) == ["GuestStarted", ASKED]
    assert kinds(play.until("quiet")) == ["ActivationDecided", "LicenceGranted", "ClockAdvanced"]
    decided, granted = play.of(ev.ActivationDecided)[0], play.of(ev.LicenceGranted)[0]
    licence = play.state.licences["web01"]
    now, entry = START + 2 * SECOND, play.last[2].n
    assert licence == granted.licence
    assert (licence.status, licence.reason) == (LICENSED, TIMEBASED_VALIDITY)
    assert licence.activated_us == now
    assert licence.end == (now + 180 * DAY, entry)
    assert (licence.next, licence.trigger) == ((now + 7 * DAY, entry), "renewal")
    assert licence.host == "hv1"
    fresh = nonce(0, "web01", 1)
    row = newest(play)
    assert (row.record, row.at_us, row.event, row.outcome, row.code) == (3, now, 12309, "success", 0)
    assert (row.peer, row.nonce) == ("hv1", fresh)
    row = newest(play, "hv1")
    assert row == decided.record
    assert (row.record, row.at_us, row.event, row.outcome, row.code) == (
        1,
        START + SECOND,
        12310,
        "granted",
        0,
    )
    assert (row.peer, row.nonce, row.because.law) == ("web01", fresh, "decision row 11")
    assert play.state.attempts == {}
    assert play.state.packets == {}
    assert play.state.nonces == {"web01": 1}


def test_the_pending_attempt_is_a_row(waiting):
    pending = waiting.state.attempts["web01"]
    started = waiting.of(ev.AttemptStarted)[0]
    assert pending == started.attempt
    assert (pending.host, pending.trigger, pending.started_us) == ("hv1", "start", START)
    assert pending.deadline == (START + 30 * SECOND, waiting.last[2].n)
    assert pending.end.request.nonce == nonce(0, "web01", 1)
    assert pending.end.request.build == 14393


def test_each_attempt_spends_a_nonce(play):
    play.hosted()
    for _ in range(3):
        play.until("attempt", guest="web01")
    asked = [event.attempt.end.request.nonce for event in play.of(ev.AttemptStarted)]
    assert asked == [nonce(0, "web01", number) for number in range(1, 5)]
    assert play.state.nonces == {"web01": 4}


REFUSALS = {
    "decision row 6": ({"channel": ""}, {}, "invalid-host", HOST_NOT_ACTIVATED),
    "decision row 8": ({}, {"release": "ws2022"}, "activation-denied", ID_MISMATCH),
}


@pytest.mark.parametrize("law", REFUSALS)
def test_an_authentic_refusal_ends_the_attempt_at_once(play, kinds, law):
    host, guest, outcome, code = REFUSALS[law]
    play.host(**host)
    play.guest(**guest)
    assert kinds(play.start()) == ["GuestStarted", ASKED, "ActivationDecided", "AttemptFailed"]
    licence, row = play.state.licences["web01"], newest(play)
    assert (licence.status, licence.reason, licence.failure) == (NOTIFICATION, code, code)
    assert (licence.next, licence.trigger) == ((START + 2 * HOUR, play.last[-1].n), "retry")
    assert (row.event, row.outcome, row.code, row.nonce) == (12309, outcome, code, nonce(0, "web01", 1))
    row = newest(play, "hv1")
    assert (row.event, row.outcome, row.code, row.because.law) == (12310, "refused", code, law)
    assert play.of(ev.AttemptFailed)[0].arrived == play.of(ev.ActivationDecided)[0].packet.id
    assert play.state.ends["hv1", "web01"].code == code


OTHERWISE: dict[str, Any] = {
    # What is spoilt, the readings, and what both sides say.
    "no-seed-row": (
        {"channel": ""},
        {},
        {"no_seed_row": "activation-denied"},
        ("decision row 6", "activation-denied", HOST_NOT_ACTIVATED),
    ),
    "evaluation": ({"channel": "evaluation"}, {}, {}, ("decision row 6", "invalid-host", HOST_NOT_ACTIVATED)),
    "host-edition": (
        {"edition": "standard"},
        {},
        {"host_edition": "refusal"},
        ("decision row 5", "invalid-host", HOST_NOT_ACTIVATED),
    ),
    "host-edition and no-seed-row": (
        {"edition": "standard"},
        {},
        {"host_edition": "refusal", "no_seed_row": "activation-denied"},
        ("decision row 5", "activation-denied", HOST_NOT_ACTIVATED),
    ),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_refusal_under_other_readings(make_play, kinds, name):
    host, guest, readings, (law, outcome, code) = OTHERWISE[name]
    play = make_play(readings=Readings(**readings))
    play.host(**host)
    play.guest(**guest)
    assert kinds(play.start()) == ["GuestStarted", ASKED, "ActivationDecided", "AttemptFailed"]
    row = newest(play)
    assert (row.event, row.outcome, row.code) == (12309, outcome, code)
    row = newest(play, "hv1")
    assert (row.outcome, row.code, row.because.law) == ("refused", code, law)


GRANTED_OTHERWISE = {
    "host-2012r2-edition": (
        {"release": "ws2012r2", "edition": "standard"},
        {"release": "ws2012r2"},
        {"host_2012r2_edition": "any"},
    ),
    "semi-annual-order": ({"release": "ws2016"}, {"release": "ws1709"}, {"semi_annual_order": "family"}),
    "data-exchange-off": ({}, {"data_exchange": False}, {"data_exchange_off": "no-effect"}),
    "kvp-service": ({}, {"kvp_service": False}, {"data_exchange_off": "no-effect"}),
}


@pytest.mark.parametrize("name", GRANTED_OTHERWISE)
def test_a_grant_under_other_readings(make_play, kinds, name):
    host, guest, readings = GRANTED_OTHERWISE[name]
    for chosen, granted in ((Readings(**readings), True), (Readings(), False)):
        play = make_play(readings=chosen)
        play.host(**host)
        play.guest(**guest)
        assert (kinds(play.start())[-1] == "LicenceGranted") == granted


# Row 10: the limit on requests.


def limited(play, count, span_us, *, guests=3, **host):
    play.host(request_limit=(count, span_us), **host)
    for number in range(1, guests + 1):
        play.guest(f"g{number}")


def codes_of(play):
    return [event.record.code for event in play.of(ev.ActivationDecided)]


def test_a_host_over_its_limit_refuses_authentically(play, kinds):
    limited(play, 2, HOUR)
    assert kinds(play.start("g1"))[-1] == kinds(play.start("g2"))[-1] == "LicenceGranted"
    assert kinds(play.start("g3")) == ["GuestStarted", ASKED, "ActivationDecided", "AttemptFailed"]
    row = play.state.logs["g3"].recent[-1]
    assert (row.outcome, row.code) == ("invalid-host", REQUEST_LIMIT)
    row = newest(play, "hv1")
    assert (row.outcome, row.code, row.because.law) == ("refused", REQUEST_LIMIT, "decision row 10")
    assert play.state.licences["g3"].reason == REQUEST_LIMIT
    assert play.state.decisions["hv1"] == (START, START)


def test_the_window_of_the_limit_slides_and_is_half_open(play):
    limited(play, 2, HOUR)
    play.start("g1")
    play.after(10 * 60 * SECOND)
    play.start("g2")
    play.after(HOUR - 10 * 60 * SECOND - 1)
    play.start("g3")  # a microsecond before the first is an hour old
    play.after(1)
    assert codes_of(play) == [OK, OK, REQUEST_LIMIT]
    play.do(cmd.RequestActivation("g3"))
    assert codes_of(play)[-1] == REQUEST_LIMIT, "the refusal a microsecond ago counts"
    play.after(2 * HOUR)
    assert codes_of(play)[4:] == [OK], "the retry two hours later is within the limit"


def test_refusals_count_towards_the_limit(play):
    limited(play, 2, HOUR, channel="")
    play.start("g1")
    play.start("g2")
    play.do(cmd.Activate("hv1"))
    play.start("g3")
    assert codes_of(play) == [HOST_NOT_ACTIVATED, HOST_NOT_ACTIVATED, REQUEST_LIMIT]


def test_repeats_do_not_count_towards_the_limit(play, kinds):
    limited(play, 2, HOUR)
    play.fault("duplicate", to="host", nth=1, copies=3)
    play.start("g1")
    assert len(play.of(ev.RequestRepeated)) == 3
    assert play.state.decisions["hv1"] == (START,)
    assert kinds(play.start("g2"))[-1] == "LicenceGranted"


def test_unread_requests_do_not_count_towards_the_limit(play):
    limited(play, 1, HOUR)
    play.fault("truncate", to="host", nth=1, size=60)
    play.start("g1")
    play.start("g2")
    assert codes_of(play) == [OK]


def test_each_host_has_a_limit_of_its_own(play):
    limited(play, 1, HOUR, guests=2)
    play.host("hv2", request_limit=(1, HOUR))
    play.guest("other", on="hv2")
    for name in ("g1", "other", "g2"):
        play.start(name)
    assert codes_of(play) == [OK, OK, REQUEST_LIMIT]
    assert set(play.state.decisions) == {"hv1", "hv2"}


def test_a_host_without_a_limit_counts_nothing(play):
    play.hosted()
    assert play.state.decisions == {}


def test_the_limit_comes_after_every_other_refusal(play):
    play.host(request_limit=(1, HOUR))
    play.guest()
    play.guest("new", release="ws2022")
    play.start()
    play.start("new")
    assert newest(play, "hv1").because.law == "decision row 8"


# The reading host-too-old: nobody answers.


def test_a_guest_that_is_too_new_ends_at_once_under_a_reading(make_play, kinds):
    play = make_play(readings=Readings(host_too_old="invalid-host"))
    play.host()
    play.guest(release="ws2022")
    assert kinds(play.start()) == ["GuestStarted", "AttemptFailed"]
    row = newest(play)
    assert (row.outcome, row.code, row.nonce) == ("invalid-host", INVALID_PLATFORM, b"")
    assert row.because.law == "decision row 8"
    assert play.state.logs["hv1"].recent == ()


def test_a_host_that_becomes_too_old_answers_nobody(make_play, kinds):
    """While the request was under way the host was activated: before, row 6 would have answered."""
    play = make_play(readings=Readings(host_too_old="invalid-host"))
    play.host(channel="", latency_us=SECOND)
    play.guest(release="ws2022")
    assert kinds(play.start()) == ["GuestStarted", ASKED]
    play.do(cmd.Activate("hv1"))
    assert kinds(play.after(SECOND)) == ["RequestUnanswered", "ClockAdvanced"]
    (event,) = play.of(ev.RequestUnanswered)
    assert (event.host, event.arrived, event.why) == ("hv1", 1, "too-old")
    assert play.state.logs["hv1"].recent == ()
    assert play.state.decisions == {}
    assert kinds(play.until("attempt", guest="web01")) == ["AttemptFailed", "ClockAdvanced"]
    assert (newest(play).outcome, newest(play).code) == ("invalid-host", TIMED_OUT)


# The KVP service of a guest is one of the two that Data Exchange needs.


@pytest.mark.parametrize("guest", [{"kvp_service": False}, {"data_exchange": False, "kvp_service": False}])
def test_without_its_kvp_service_a_guest_asks_nobody(play, kinds, guest):
    play.host()
    play.guest(**guest)
    assert kinds(play.start()) == ["GuestStarted", "AttemptFailed"]
    assert newest(play).because.law == "decision row 4"


@pytest.mark.parametrize(
    ("reading", "told"),
    [("invalid-host", "RequestUnanswered"), ("no-effect", "ActivationDecided")],
)
def test_a_kvp_service_that_stops_after_the_request_was_sent(make_play, kinds, reading, told):
    play = make_play(readings=Readings(data_exchange_off=reading))
    play.hosted(latency_us=SECOND)
    assert kinds(play.do(cmd.SetKvpService("web01", running=False))) == ["KvpServiceChanged"]
    assert kinds(play.after(SECOND)) == [told, "ClockAdvanced"]
    if told == "RequestUnanswered":
        assert play.of(ev.RequestUnanswered)[0].why == "data-exchange-off"


# The readings timing and failed-unlicensed.


@pytest.mark.parametrize(
    ("timing", "renewal", "end"),
    [("volume-family", 7, 180), ("short-lease", 1, 7), ("permanent", 7, None)],
)
def test_timing(make_play, timing, renewal, end):
    play = make_play(readings=Readings(timing=timing))
    play.hosted()
    licence = play.state.licences["web01"]
    assert licence.next[0] == START + renewal * DAY
    assert (licence.end and licence.end[0]) == (None if end is None else START + end * DAY)


def test_initial_grace_outlives_failures_under_a_reading(make_play, kinds):
    play = make_play(readings=Readings(failed_unlicensed="initial-grace"))
    play.hosted(channel="")
    licence = play.state.licences["web01"]
    assert (licence.status, licence.reason) == (GRACE, INITIAL_GRACE)
    assert (licence.next[0], licence.trigger, licence.failure) == (
        START + 2 * HOUR,
        "retry",
        HOST_NOT_ACTIVATED,
    )
    play.after(10 * DAY - 1)
    assert play.state.licences["web01"].status == GRACE
    assert "LicenceEnded" in kinds(play.after(1))
    licence = play.state.licences["web01"]
    assert (licence.status, licence.reason) == (NOTIFICATION, HOST_NOT_ACTIVATED)
    play.do(cmd.Activate("hv1"))
    play.after(2 * HOUR)
    assert play.state.licences["web01"].status == LICENSED


NOBODY = {
    "row 2": ({"platform": "vmware"}, {}, INVALID_PLATFORM, "decision row 2"),
    "row 3": ({"platform": "azure"}, {}, HOST_NOT_ACTIVATED, "decision row 3"),
    "row 4": ({}, {"data_exchange": False}, INVALID_PLATFORM, "decision row 4"),
    "row 5, release": ({"release": "ws2012"}, {"release": "ws2012r2"}, INVALID_PLATFORM, "decision row 5"),
    "row 5, edition": ({"edition": "standard"}, {}, INVALID_PLATFORM, "decision row 5"),
    "row 5, service": ({"service": "stopped"}, {}, INVALID_PLATFORM, "decision row 5"),
}


@pytest.mark.parametrize(("host", "guest", "code", "law"), NOBODY.values(), ids=NOBODY)
def test_what_the_guest_sees_by_itself_ends_the_attempt_without_a_packet(play, kinds, host, guest, code, law):
    play.host(**host)
    play.guest(**guest)
    assert kinds(play.start()) == ["GuestStarted", "AttemptFailed"]
    row = newest(play)
    assert (row.outcome, row.code, row.nonce, row.because.law) == ("invalid-host", code, b"", law)
    assert play.state.nonces == {}
    assert play.state.packet_ids == 0
    assert play.state.logs["hv1"].recent == ()
    assert play.state.licences["web01"].next == (START + 2 * HOUR, play.last[-1].n)


def test_a_hung_service_opens_the_pipe_and_does_not_answer(waiting, kinds):
    (event,) = waiting.of(ev.RequestUnanswered)
    assert (event.host, event.arrived, event.why) == ("hv1", 1, "hung")
    assert waiting.state.packets == {}
    assert kinds(waiting.until("attempt", guest="web01")) == ["AttemptFailed", "ClockAdvanced"]
    row, licence = newest(waiting), waiting.state.licences["web01"]
    assert (row.outcome, row.code, row.nonce) == ("invalid-host", TIMED_OUT, nonce(0, "web01", 1))
    assert row.at_us == START + 30 * SECOND
    assert licence.next == (START + 2 * HOUR, waiting.last[1].n), "counted from the attempt's start"
    assert waiting.of(ev.AttemptFailed)[0].arrived == 0
    assert waiting.state.logs["hv1"].recent == ()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (cmd.SetService("hv1", "hung"), "hung"),
        (cmd.SetService("hv1", "stopped"), "stopped"),
        (cmd.SetDataExchange("web01", on=False), "data-exchange-off"),
    ],
)
def test_what_goes_away_after_the_request_was_sent_leaves_the_deadline(play, kinds, command, why):
    play.hosted(latency_us=SECOND)
    play.do(command)
    assert kinds(play.until("quiet")) == ["RequestUnanswered", "AttemptFailed", "ClockAdvanced"]
    assert play.of(ev.RequestUnanswered)[0].why == why
    assert newest(play).code == TIMED_OUT
    assert play.state.logs["hv1"].recent == ()


@pytest.mark.parametrize(
    "command",
    [
        cmd.SetService("hv1", "stopped"),
        cmd.SetDataExchange("web01", on=False),
        cmd.Deactivate("hv1"),
    ],
)
def test_a_verdict_on_its_way_is_never_recalled(play, command):
    play.hosted(latency_us=SECOND)
    play.until("next-due")
    play.do(command)
    play.until("quiet")
    assert newest(play).outcome == "success"


def test_a_host_that_expires_before_it_reads_refuses(play):
    """The end and the delivery fall together: ends of host activation go first."""
    play.hosted(latency_us=SECOND, until_us=START + SECOND)
    play.until("quiet")
    assert newest(play).code == HOST_NOT_ACTIVATED
    assert newest(play, "hv1").because.law == "decision row 6"


@pytest.mark.parametrize(("host", "guest"), [(True, False), (False, True)])
def test_encryption_at_one_end_only_is_invalid_data(play, kinds, host, guest):
    play.host(encryption=host)
    play.guest(encryption=guest)
    assert kinds(play.start()) == ["GuestStarted", ASKED, "RequestUnread", "BadBytesSeen"]
    assert play.of(ev.RequestUnread)[0].reason == "encryption"
    play.until("quiet")
    assert (newest(play).outcome, newest(play).code) == ("invalid-data", INVALID_DATA)


def test_both_ends_without_encryption_read_each_other(play):
    play.host(encryption=False)
    play.guest(encryption=False)
    play.start()
    assert newest(play).outcome == "success"
    assert b"standard" in play.of(ev.AttemptStarted)[0].packet.blob


def test_encrypted_bodies_do_not_show(play):
    play.hosted()
    assert newest(play).outcome == "success"
    assert b"standard" not in play.of(ev.AttemptStarted)[0].packet.blob


CLOSES = {
    "stop": (cmd.Stop("web01"), ["GuestStopped", "AttemptVoided"]),
    "restart": (cmd.Restart("web01"), ["GuestStopped", "AttemptVoided", "GuestStarted", ASKED]),
    "migration": (cmd.Migrate("web01", "hv2"), ["GuestMigrated", "AttemptVoided", ASKED]),
}


@pytest.mark.parametrize("with_answer", [False, True], ids=["request", "answer"])
@pytest.mark.parametrize(("command", "told"), CLOSES.values(), ids=CLOSES)
def test_a_packet_dies_with_its_pipe(play, kinds, command, told, with_answer):
    play.host("hv2")
    play.hosted(latency_us=SECOND)
    if with_answer:
        play.until("next-due")
    (packet,) = play.state.packets
    assert kinds(play.do(command))[: len(told)] == told
    play.until("quiet")
    assert play.of(ev.PacketLost) == [ev.PacketLost(packet)]
    assert len(play.state.logs["hv1"].recent) == with_answer + (type(command) is cmd.Restart)
    assert len(play.state.logs["web01"].recent) == (type(command) is not cmd.Stop)


def test_bytes_for_an_attempt_voided_by_a_key_are_ignored(play, kinds):
    play.hosted(latency_us=SECOND)
    play.do(cmd.UninstallProductKey("web01"))
    assert kinds(play.until("quiet")) == ["ActivationDecided", "BytesIgnored", "ClockAdvanced"]
    assert play.state.licences["web01"].status == 0
    assert play.state.logs["web01"].recent == ()
    assert len(play.state.logs["hv1"].recent) == 1


def test_an_attempt_on_the_new_host_after_a_migration(play):
    play.host("hv2", channel="")
    play.hosted(latency_us=SECOND)
    play.do(cmd.Migrate("web01", "hv2"))
    play.until("quiet")
    assert newest(play).peer == "hv2"
    assert newest(play).code == HOST_NOT_ACTIVATED
    assert [event.attempt.trigger for event in play.of(ev.AttemptStarted)] == ["start", "void"]
    assert [event.attempt.host for event in play.of(ev.AttemptStarted)] == ["hv1", "hv2"]


def test_no_failure_takes_a_licence_away(play):
    play.hosted()
    before = play.state.licences["web01"]
    play.do(cmd.Deactivate("hv1"))
    play.until("attempt", guest="web01")
    after = play.state.licences["web01"]
    assert after == attrs.evolve(
        before,
        next=(START + 7 * DAY + 2 * HOUR, play.last[-2].n),
        trigger="retry",
        failure=HOST_NOT_ACTIVATED,
    )
    play.do(cmd.Activate("hv1"))
    assert play.state.licences["web01"] == after, "activating a host triggers nothing"
    play.until("attempt", guest="web01")
    assert play.state.licences["web01"].failure == 0
    assert play.state.licences["web01"].trigger == "renewal"
    assert play.now == START + 7 * DAY + 2 * HOUR


def test_a_grant_that_comes_after_the_licence_has_ended(play, kinds):
    """Expiry during a pending attempt is notification; the grant that then comes in time is a licence."""
    play.hosted(service="hung", on=True)
    play.do(cmd.SetService("hv1", "running"))
    play.until("attempt", guest="web01")
    play.until("attempt", guest="web01")
    assert play.state.licences["web01"].status == LICENSED
    play.do(cmd.SetService("hv1", "stopped"))
    end = play.state.licences["web01"].end[0]
    play.do(cmd.Advance(end - SECOND))
    play.do(cmd.SetService("hv1", "running"))
    play.fault("delay", to="guest", by_us=2 * SECOND)
    play.do(cmd.RequestActivation("web01"))
    assert kinds(play.until("next-due")) == ["LicenceEnded", "ClockAdvanced"]
    assert play.now == end
    assert play.state.licences["web01"].status == NOTIFICATION
    assert play.state.licences["web01"].reason == INVALID_PLATFORM, "the last failed attempt's code"
    assert kinds(play.until("next-due")) == ["LicenceGranted", "ClockAdvanced"]
    assert play.state.licences["web01"].status == LICENSED
    assert play.state.licences["web01"].end[0] == end + SECOND + 180 * DAY


def test_guests_do_not_share_anything(play):
    play.host()
    for name in ("a", "b"):
        play.guest(name)
        play.start(name)
    blobs = [event.packet.blob for event in (*play.of(ev.AttemptStarted), *play.of(ev.ActivationDecided))]
    assert len(set(blobs)) == 4
    assert [row.record for row in play.state.logs["hv1"].recent] == [1, 2]
    assert set(play.state.ends) == {("hv1", "a"), ("hv1", "b")}


def test_records_are_numbered_on_when_old_rows_are_gone(make_play):
    play = make_play(guest_log_rows=2, host_log_rows=3)
    play.hosted()
    for _ in range(5):
        play.restart()
    assert [row.record for row in play.state.logs["web01"].recent] == [19, 23]
    assert [row.record for row in play.state.logs["hv1"].recent] == [4, 5, 6]


def test_a_host_remembers_all_it_answered(play):
    play.hosted()
    for _ in range(4):
        play.restart()
    assert play.state.ends["hv1", "web01"].answered == ((1, 5),)


@pytest.mark.parametrize(("validity_us", "end"), [(9, START + 9), (0, None)], ids=["short", "no end"])
def test_a_grant_carries_its_validity(play, validity_us, end):
    play.world.timing = attrs.evolve(play.world.timing, validity_us=validity_us, renewal_us=DAY)
    play.hosted()
    licence = play.state.licences["web01"]
    assert licence.next[0] == START + DAY
    assert licence.end == (end and (end, play.last[-1].n))


def test_grace_goes_on_until_the_verdict(waiting):
    licence = waiting.state.licences["web01"]
    assert (licence.status, licence.reason) == (GRACE, INITIAL_GRACE)
    assert licence.grace[0] == START + 10 * DAY


def behaving(**ends):
    """The documented behaviour with some functions of the handshake replaced."""
    return attrs.evolve(DOCUMENTED, ends=attrs.evolve(DOCUMENTED.ends, **ends))


def test_a_host_end_that_puts_out_nonsense_is_a_defect(play):
    play.broken = True
    play.world.behaviour = behaving(host_read=lambda end, *_: (end, Output("shrugged")))
    with pytest.raises(Defect, match=r"^a host's end put out 'shrugged'$"):
        play.hosted()


def test_a_guest_end_that_grants_to_nobody_is_a_defect(play):
    play.hosted(latency_us=SECOND)
    play.do(cmd.UninstallProductKey("web01"))
    play.broken = True
    play.world.behaviour = behaving(guest_read=lambda end, *_: (end, Output("granted", b"", Answer(0))))
    with pytest.raises(Defect, match=r"^a guest's end that waits for nothing put out 'granted'$"):
        play.until("quiet")


def test_rules_and_ends_of_the_behaviour_are_the_ones_played(play):
    calls = []

    def spy(name, played):
        def called(*arguments, **named):
            calls.append(name)
            return played(*arguments, **named)

        return called

    rules = {
        field.name: spy(field.name, getattr(DOCUMENTED.rules, field.name))
        for field in attrs.fields(type(DOCUMENTED.rules))
    }
    ends = {
        field.name: spy(field.name, getattr(DOCUMENTED.ends, field.name))
        for field in attrs.fields(type(DOCUMENTED.ends))
    }
    play.world.behaviour = attrs.evolve(
        DOCUMENTED, rules=type(DOCUMENTED.rules)(**rules), ends=type(DOCUMENTED.ends)(**ends)
    )
    play.hosted(request_limit=(1000, 1))
    assert calls == [
        "before_first_start",
        "started",
        "judge_at_guest",
        "guest_ask",
        "nobody_answers",
        "host_read",
        "over_limit",
        "judge_at_host",
        "host_answer",
        "guest_read",
        "judge_answer",
        "granted",
    ]
    play.fault("duplicate", to="host", nth=1)
    play.fault("flip", to="host", nth=1)
    play.restart()
    play.restart()
    play.until("attempt", guest="web01")
    play.do(cmd.SetService("hv1", "hung"))
    play.after(200 * DAY)
    play.restart()
    play.do(cmd.Stop("web01"))
    play.start()
    play.do(cmd.InstallProductKey("web01", "no key"))
    key = play.state.guests["web01"].key
    play.do(cmd.UninstallProductKey("web01"))
    play.do(cmd.InstallProductKey("web01", key))
    play.host("hv2")
    play.do(cmd.Migrate("web01", "hv2"))
    play.do(cmd.Save("web01"))
    play.do(cmd.Resume("web01"))
    play.do(cmd.CopyGuest("web01", "web02", "hv2"))
    for host in ("hv1", "hv2"):
        play.do(cmd.SetCluster(host, "east"))
    play.do(cmd.DrainHost("hv2"))
    play.do(cmd.InstallProductKey("web01", KMS_KEY))
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    play.do(cmd.WriteKvp("web01", 1, (KvpItem("Mine", "1"),)))
    play.do(cmd.ReadKvp("tux"))
    play.do(cmd.ReadKvp("web01"))
    play.fault("drop", "lost", channel="kvp", to="host", nth=2)
    play.do(cmd.ReadKvp("web01"))
    play.until("quiet")
    assert set(calls) == set(rules) | set(ends)
