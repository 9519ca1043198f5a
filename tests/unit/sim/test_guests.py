"""Tests what guests do on command, how attempts are voided and joined, and how licences end."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import (
    GRACE_EXPIRED,
    HOST_NOT_ACTIVATED,
    INITIAL_GRACE,
    INVALID_DATA,
    INVALID_KEY,
    INVALID_PLATFORM,
    KEY_NOT_INSTALLED,
    MISMATCHED_SKU,
    TIMED_OUT,
)
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, Licence
from avma_sim.model.readings import Readings
from avma_sim.sim.chance import vm_id

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000
KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
ASKED = "AttemptStarted"
GRANT = [ASKED, "ActivationDecided", "LicenceGranted"]


def test_a_guest_is_added_off_with_an_id_of_its_own(play):
    play.host()
    (added,) = play.guest(key=KEY.lower())
    assert added.guest.vm_id == vm_id(0, "web01")
    assert added.guest.key == KEY
    assert not added.guest.running
    assert added.licence == Licence(GRACE, INITIAL_GRACE)
    assert play.guest("web02", vm_id=b"x" * 16)[0].guest.vm_id == b"x" * 16
    assert play.guest("web03", key="")[0].guest.key == ""


def test_the_first_start_fixes_the_grace(play, kinds):
    play.host()
    play.guest(key="")
    assert kinds(play.start()) == ["GuestStarted"]
    licence = play.state.licences["web01"]
    assert licence == Licence(GRACE, INITIAL_GRACE, grace=(START + 10 * DAY, play.last[1].n))
    play.after(DAY)
    play.restart()
    assert play.state.licences["web01"] == licence


def test_each_start_is_an_attempt(play, kinds):
    play.hosted()
    play.do(cmd.Stop("web01"))
    play.after(HOUR)
    assert kinds(play.start()) == ["GuestStarted", *GRANT]
    assert kinds(play.restart()) == ["GuestStopped", "GuestStarted", *GRANT]
    assert [event.attempt.trigger for event in play.of(ev.AttemptStarted)] == ["start"] * 3
    assert play.state.guests["web01"].pipe == 3


REFUSED = {
    "start a running guest": (cmd.Start("on"), ("running", "on is running already")),
    "stop an off guest": (cmd.Stop("off"), ("off", "off is off")),
    "restart an off guest": (cmd.Restart("off"), ("off", "off is off")),
    "install in an off guest": (cmd.InstallProductKey("off", KEY), ("off", "off is off")),
    "uninstall in an off guest": (cmd.UninstallProductKey("off"), ("off", "off is off")),
    "activate an off guest": (cmd.RequestActivation("off"), ("off", "off is off")),
    "uninstall without a key": (cmd.UninstallProductKey("bare"), ("no-key", "bare has no product key")),
    "activate without a key": (cmd.RequestActivation("bare"), ("no-key", "bare has no AVMA key")),
    "migrate to where it is": (cmd.Migrate("on", "hv1"), ("same-host", "on is on hv1 already")),
    "migrate to another platform": (
        cmd.Migrate("on", "esx"),
        ("not-hyper-v", "esx is no Hyper-V host; a guest moves between those"),
    ),
    "migrate from another platform": (
        cmd.Migrate("alien", "hv1"),
        ("not-hyper-v", "esx is no Hyper-V host; a guest moves between those"),
    ),
    "migrate to a host without the role": (
        cmd.Migrate("on", "bare-metal"),
        ("not-hyper-v", "bare-metal is no Hyper-V host; a guest moves between those"),
    ),
    "start without the role": (
        cmd.Start("stuck"),
        ("no-hyper-v-role", "bare-metal has no Hyper-V role, so it runs no guest"),
    ),
}


@pytest.mark.parametrize(("command", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_the_state_forbids_is_refused(play, refusal, command, expected):
    play.host()
    play.host("esx", platform="vmware", hyperv=False, channel="")
    play.host("bare-metal", hyperv=False)
    play.guest("on")
    play.guest("off")
    play.guest("bare", key="")
    play.guest("alien", on="esx")
    play.guest("stuck", on="bare-metal")
    for name in ("on", "bare"):
        play.start(name)
    assert refusal(command) == expected


def test_a_guest_of_another_platform_starts_and_finds_no_host(play, kinds):
    play.host(platform="vmware", hyperv=False, channel="")
    play.guest()
    assert kinds(play.start()) == ["GuestStarted", "AttemptFailed"]


VOIDS = {
    "stop": (cmd.Stop("web01"), "stop", ["GuestStopped", "AttemptVoided"]),
    "restart": (cmd.Restart("web01"), "restart", ["GuestStopped", "AttemptVoided", "GuestStarted", ASKED]),
    "migration": (cmd.Migrate("web01", "hv2"), "migration", ["GuestMigrated", "AttemptVoided", ASKED]),
    "uninstall": (cmd.UninstallProductKey("web01"), "key", ["ProductKeyRemoved", "AttemptVoided"]),
}


@pytest.mark.parametrize(("command", "why", "told"), VOIDS.values(), ids=VOIDS)
def test_voiding_leaves_no_12309(waiting, kinds, command, why, told):
    waiting.host("hv2", service="hung")
    waiting.after(SECOND)
    assert kinds(waiting.do(command))[: len(told)] == told
    (voided,) = waiting.of(ev.AttemptVoided)
    assert voided.why == why
    assert waiting.state.logs["web01"].recent == ()
    first = waiting.of(ev.AttemptStarted)[0].attempt
    assert waiting.state.attempts.get("web01") != first


def test_a_stopped_guest_tries_at_its_next_start_and_not_before(waiting, kinds):
    waiting.after(SECOND)
    waiting.do(cmd.Stop("web01"))
    licence = waiting.state.licences["web01"]
    assert (licence.next, licence.trigger) == ((START + SECOND, waiting.last[-1].n), "void")
    waiting.do(cmd.SetService("hv1", "running"))
    assert kinds(waiting.after(DAY)) == ["ClockAdvanced"]
    assert kinds(waiting.start()) == ["GuestStarted", *GRANT]
    assert waiting.of(ev.AttemptStarted)[-1].attempt.trigger == "start"


def test_a_migrated_guest_asks_its_new_host_at_once(waiting):
    waiting.host("hv2")
    waiting.after(SECOND)
    waiting.do(cmd.Migrate("web01", "hv2"))
    assert waiting.of(ev.AttemptStarted)[-1].attempt.trigger == "void"
    assert waiting.state.licences["web01"].host == "hv2"
    assert waiting.state.licences["web01"].activated_us == START + SECOND


def test_a_migration_without_a_pending_attempt_changes_nothing_of_the_licence(play, kinds):
    play.hosted()
    play.host("hv2", channel="")
    before = play.state.licences["web01"]
    assert kinds(play.do(cmd.Migrate("web01", "hv2"))) == ["GuestMigrated"]
    assert play.state.licences["web01"] == before
    assert (play.state.guests["web01"].host, play.state.guests["web01"].pipe) == ("hv2", 2)
    play.until("attempt", guest="web01")
    assert play.now == START + 7 * DAY
    assert play.state.logs["web01"].recent[-1].peer == "hv2"
    assert play.state.licences["web01"].status == LICENSED


def test_an_off_guest_migrates_too(play, kinds):
    play.hosted(on=False)
    play.host("hv2")
    assert kinds(play.do(cmd.Migrate("web01", "hv2"))) == ["GuestMigrated"]
    play.start()
    assert play.state.licences["web01"].host == "hv2"


def test_an_uninstalled_key_takes_licence_and_attempts(play, kinds):
    play.hosted()
    assert kinds(play.do(cmd.UninstallProductKey("web01"))) == ["ProductKeyRemoved"]
    licence = play.state.licences["web01"]
    grace = play.of(ev.GuestStarted)[0].licence.grace
    assert licence == Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=grace)
    assert play.state.guests["web01"].key == ""
    assert kinds(play.after(200 * DAY)) == ["ClockAdvanced"]
    assert play.state.licences["web01"] == licence
    assert kinds(play.restart()) == ["GuestStopped", "GuestStarted"]


def test_uninstalling_during_an_attempt_leaves_nothing_due(waiting, kinds):
    waiting.do(cmd.UninstallProductKey("web01"))
    assert waiting.state.attempts == {}
    assert waiting.state.licences["web01"].next is None
    assert kinds(waiting.after(200 * DAY)) == ["ClockAdvanced"]


def test_an_installed_key_is_an_attempt(play, kinds):
    play.host()
    play.guest(key="")
    play.start()
    play.after(DAY)
    assert kinds(play.do(cmd.InstallProductKey("web01", KEY.lower()))) == ["ProductKeyInstalled", *GRANT]
    installed = play.last[1]
    assert installed.what.key == KEY
    assert (installed.what.licence.status, installed.what.licence.reason) == (GRACE, INITIAL_GRACE)
    assert installed.what.licence.next == (START + DAY, installed.n)
    assert play.of(ev.AttemptStarted)[0].attempt.trigger == "install"
    assert play.state.licences["web01"].grace[0] == START + 10 * DAY


def test_a_key_after_the_grace_is_notification_until_its_verdict(play, kinds):
    play.host(service="hung")
    play.guest(key="")
    play.start()
    assert kinds(play.do(cmd.Advance(START + 10 * DAY))) == ["LicenceEnded", "ClockAdvanced"]
    licence = play.state.licences["web01"]
    assert (licence.status, licence.reason) == (NOTIFICATION, GRACE_EXPIRED)
    play.do(cmd.InstallProductKey("web01", KEY))
    licence = play.state.licences["web01"]
    assert (licence.status, licence.reason) == (NOTIFICATION, GRACE_EXPIRED)
    play.do(cmd.SetService("hv1", "running"))
    play.restart()
    assert play.state.licences["web01"].status == LICENSED


@pytest.mark.parametrize(
    ("key", "code", "law"),
    [
        ("nonsense", INVALID_KEY, "keys: form"),
        (f" {KEY}", INVALID_KEY, "keys: form"),
        ("BBBBB-BBBBB-BBBBB-BBBBB-BBBBN", INVALID_KEY, "keys: known"),
        (KEY_2019, MISMATCHED_SKU, "keys: fits"),
    ],
)
def test_a_wrong_key_is_refused_at_installation(play, key, code, law):
    play.hosted()
    before = play.state.copy()
    (told,) = play.do(cmd.InstallProductKey("web01", key))
    assert type(told) is ev.ProductKeyRefused
    assert (told.guest, told.code, told.because.law) == ("web01", code, law)
    assert not play.outcome
    assert play.outcome.refused is told
    before.n += 2
    assert play.state == before


def test_the_same_key_again_keeps_the_licence(play):
    play.hosted()
    before = play.state.licences["web01"]
    play.after(DAY)
    told = play.do(cmd.InstallProductKey("web01", KEY.lower()))
    assert told[0].key == KEY
    kept = told[0].licence
    assert (kept.status, kept.reason, kept.grace, kept.end, kept.activated_us, kept.host) == (
        before.status,
        before.reason,
        before.grace,
        before.end,
        before.activated_us,
        before.host,
    )
    assert play.state.licences["web01"].status == LICENSED


def test_the_same_key_again_does_not_void_a_pending_attempt(waiting):
    pending = waiting.state.attempts["web01"]
    waiting.do(cmd.InstallProductKey("web01", KEY))
    assert waiting.state.attempts["web01"] == pending
    assert waiting.of(ev.AttemptVoided) == []


def test_a_key_that_changes_voids_the_pending_attempt(waiting, kinds):
    """As after an edition's change, which is not played yet: the guest's row has another key."""
    state = waiting.state
    state.guests["web01"] = attrs.evolve(state.guests["web01"], key=KEY_2019)
    told = waiting.do(cmd.InstallProductKey("web01", KEY))
    assert kinds(told) == ["ProductKeyInstalled", "AttemptVoided", ASKED, "RequestUnanswered"]
    assert told[1].why == "key"
    assert told[1].licence == told[0].licence
    assert waiting.state.attempts["web01"].trigger == "install"
    state.guests["web01"] = attrs.evolve(state.guests["web01"], key=KEY)


def test_activation_on_request(play, kinds):
    play.hosted()
    play.after(DAY)
    assert kinds(play.do(cmd.RequestActivation("web01"))) == ["AttemptRequested", *GRANT]
    requested = play.last[1]
    assert requested.what.licence.next == (START + DAY, requested.n)
    assert play.of(ev.AttemptStarted)[-1].attempt.trigger == "ato"
    assert play.state.licences["web01"].next[0] == START + 8 * DAY


def test_a_request_joins_the_pending_attempt(waiting, kinds):
    pending = waiting.state.attempts["web01"]
    (joined,) = waiting.do(cmd.RequestActivation("web01"))
    assert joined == ev.AttemptJoined("web01", "ato")
    assert waiting.state.attempts == {"web01": pending}
    assert kinds(waiting.until("attempt", guest="web01")) == ["AttemptFailed", "ClockAdvanced"]
    assert waiting.now == START + 30 * SECOND


def test_a_failed_request_of_a_licensed_guest_leaves_the_licence(play):
    play.hosted()
    play.do(cmd.Deactivate("hv1"))
    play.do(cmd.RequestActivation("web01"))
    licence = play.state.licences["web01"]
    assert (licence.status, licence.failure) == (LICENSED, HOST_NOT_ACTIVATED)
    assert licence.next[0] == START + 2 * HOUR


@pytest.mark.parametrize("on", [True, False])
def test_switching_data_exchange_triggers_nothing(play, kinds, on):
    play.host()
    play.guest(data_exchange=not on)
    play.start()
    assert kinds(play.do(cmd.SetDataExchange("web01", on=on))) == ["DataExchangeChanged"]
    assert play.state.guests["web01"].data_exchange is on
    play.restart()
    assert play.state.logs["web01"].recent[-1].outcome == ("success" if on else "invalid-host")


def test_a_licence_ends_with_its_last_failure(play, kinds):
    play.hosted()
    play.do(cmd.Deactivate("hv1"))
    end = play.state.licences["web01"].end
    told = kinds(play.do(cmd.Advance(end[0] - 1)))
    assert "LicenceEnded" not in told
    told = kinds(play.do(cmd.Advance(end[0])))
    assert told[0] == "LicenceEnded"
    licence = play.of(ev.LicenceEnded)[0].licence
    assert (licence.status, licence.reason, licence.end) == (NOTIFICATION, HOST_NOT_ACTIVATED, None)
    assert [entry.by for entry in play.entries if type(entry.what) is ev.LicenceEnded] == [end[1]]
    play.do(cmd.Activate("hv1"))
    play.until("attempt", guest="web01")
    assert play.state.licences["web01"].status == LICENSED


def test_a_licence_that_ended_while_the_guest_was_off_ends_before_the_attempt(play, kinds):
    play.hosted()
    play.do(cmd.Stop("web01"))
    assert kinds(play.after(181 * DAY)) == ["ClockAdvanced"]
    assert play.state.licences["web01"].status == LICENSED, "as last stored"
    assert kinds(play.start()) == ["GuestStarted", "LicenceEnded", *GRANT]
    ended = play.of(ev.LicenceEnded)[0].licence
    assert (ended.status, ended.reason) == (NOTIFICATION, GRACE_EXPIRED)
    assert {entry.t for entry in play.last} == {START + 181 * DAY}


def test_the_grace_runs_while_the_guest_is_off(play, kinds):
    play.hosted(channel="", on=False)
    play.do(cmd.SetService("hv1", "hung"))
    play.start()
    play.do(cmd.Stop("web01"))
    play.after(11 * DAY)
    assert play.state.licences["web01"].status == GRACE
    assert kinds(play.start())[:3] == ["GuestStarted", "LicenceEnded", ASKED]
    assert play.state.licences["web01"].reason == GRACE_EXPIRED


def test_many_missed_attempts_are_one(play, kinds):
    play.hosted()
    play.do(cmd.Stop("web01"))
    play.after(100 * DAY)
    assert kinds(play.start()) == ["GuestStarted", *GRANT]


def test_a_guest_licensed_within_grace_does_not_fall_back_at_its_end(play):
    play.hosted()
    play.after(11 * DAY)
    assert play.state.licences["web01"].status == LICENSED
    assert play.of(ev.LicenceEnded) == []


@pytest.mark.parametrize("running", [True, False])
def test_switching_the_kvp_service_triggers_nothing(play, kinds, running):
    play.hosted()
    before = play.state.licences["web01"]
    assert kinds(play.do(cmd.SetKvpService("web01", running))) == ["KvpServiceChanged"]
    assert play.state.guests["web01"].kvp_service is running
    assert play.state.licences["web01"] == before


def test_a_start_keeps_what_a_guest_is(play):
    fields = {
        "data_exchange": False,
        "encryption": False,
        "core": True,
        "tenant": "adatum",
        "kvp_service": False,
        "unattend_key": KEY,
        "fqdn": "web01.adatum.example",
        "ipv4": ("10.0.0.5",),
        "ipv6": (),
        "rdp": True,
    }
    play.host()
    play.guest(**fields)
    added = play.state.guests["web01"]
    play.start()
    assert play.state.guests["web01"] == attrs.evolve(added, running=True, pipe=1)


# The reading move-to-unqualified: what the new host is, what the guest is, and whether it asks on arrival.
ARRIVALS: dict[str, Any] = {
    "a qualified host": ({}, {}, False),
    "not activated": ({"channel": ""}, {}, True),
    "on evaluation": ({"channel": "evaluation"}, {}, True),
    "too old": ({"release": "ws2012r2"}, {}, True),
    "stopped": ({"service": "stopped"}, {}, False),  # so it would, were it not down
    "off the channel": ({}, {"data_exchange": False}, False),  # the guest's own matter
    "hung": ({"service": "hung"}, {}, False),  # it would activate the guest, if it answered
    "over its limit": ({"request_limit": (1, DAY)}, {}, False),
}


@pytest.mark.parametrize("name", ARRIVALS)
@pytest.mark.parametrize("reading", ["kept-until-expiry", "attempt-on-arrival"])
def test_a_moved_guest_asks_on_arrival(make_play, kinds, name, reading):
    host, guest, asks = ARRIVALS[name]
    play = make_play(readings=Readings(move_to_unqualified=reading))
    play.host()
    play.guest(**guest)
    play.start()
    play.host("hv2", **host)
    if "request_limit" in host:
        play.guest("other", on="hv2")
        play.start("other")
    before = play.state.licences["web01"]
    told = kinds(play.do(cmd.Migrate("web01", "hv2")))
    after = play.state.licences["web01"]
    if reading == "kept-until-expiry" or not asks:
        assert told == ["GuestMigrated"]
        assert after == before
    else:
        assert told[:2] == ["GuestMigrated", "AttemptRequested"]
        assert told[-1] == "AttemptFailed"
        assert play.of(ev.AttemptRequested)[-1].licence.trigger == "arrival"
        assert (after.status, after.end, after.trigger) == (NOTIFICATION, None, "retry")
        assert after.reason == after.failure == play.state.logs["web01"].recent[-1].code


def test_a_host_that_does_not_answer_on_arrival_ends_no_licence(make_play):
    """A Standard host offers no channel: the guest asks, and nobody refuses."""
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.hosted()
    play.host("hv2", edition="standard")
    play.do(cmd.Migrate("web01", "hv2"))
    assert play.of(ev.AttemptRequested)[-1].licence.trigger == "arrival"
    assert play.state.licences["web01"].status == LICENSED
    assert play.state.logs["web01"].recent[-1].code == INVALID_PLATFORM


def arriving(make_play, **fields):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.hosted()
    play.host("hv2", channel="", **fields)
    return play


def test_silence_on_arrival_takes_nothing(make_play):
    play = arriving(make_play, service="hung")
    play.do(cmd.Migrate("web01", "hv2"))
    assert play.state.attempts["web01"].trigger == "arrival"
    play.until("attempt", guest="web01")
    licence = play.state.licences["web01"]
    assert (licence.status, licence.failure) == (LICENSED, TIMED_OUT)


def test_broken_bytes_on_arrival_take_nothing(make_play):
    play = arriving(make_play)
    play.fault("flip", to="guest", nth=1, bit=900)
    play.do(cmd.Migrate("web01", "hv2"))
    play.until("attempt", guest="web01")
    licence = play.state.licences["web01"]
    assert (licence.status, licence.failure) == (LICENSED, INVALID_DATA)


def test_a_grant_on_arrival_licenses_anew(make_play):
    play = arriving(make_play, latency_us=SECOND)
    play.do(cmd.Migrate("web01", "hv2"))
    play.do(cmd.Activate("hv2"))
    play.after(2 * SECOND)
    assert play.state.licences["web01"].host == "hv2"


def test_a_refusal_after_the_arrival_takes_nothing(make_play):
    play = arriving(make_play, service="hung")
    play.do(cmd.Migrate("web01", "hv2"))
    play.until("attempt", guest="web01")
    play.do(cmd.SetService("hv2", "running"))
    play.do(cmd.RequestActivation("web01"))
    licence = play.state.licences["web01"]
    assert (licence.status, licence.failure) == (LICENSED, HOST_NOT_ACTIVATED)


def test_an_off_guest_asks_nobody_on_arrival(make_play, kinds):
    play = arriving(make_play)
    play.do(cmd.Stop("web01"))
    assert kinds(play.do(cmd.Migrate("web01", "hv2"))) == ["GuestMigrated"]


def test_a_guest_without_a_key_asks_nobody_on_arrival(make_play, kinds):
    play = arriving(make_play)
    play.do(cmd.UninstallProductKey("web01"))
    assert kinds(play.do(cmd.Migrate("web01", "hv2"))) == ["GuestMigrated"]


def test_a_pending_attempt_is_made_on_arrival_as_that(make_play, kinds):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.hosted()
    play.do(cmd.SetService("hv1", "hung"))
    play.do(cmd.RequestActivation("web01"))
    play.host("hv2", channel="")
    told = kinds(play.do(cmd.Migrate("web01", "hv2")))
    assert told[:4] == ["GuestMigrated", "AttemptVoided", "AttemptRequested", "AttemptStarted"]
    assert told.count("AttemptStarted") == 1
    assert play.state.licences["web01"].status == NOTIFICATION
