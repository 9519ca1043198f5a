"""Tests what guests do with product keys: other kinds, Setup's answer file, upgrades, elevation."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import (
    ACCESS_DENIED,
    EUL_NOT_AVAILABLE,
    GRACE_EXPIRED,
    ID_MISMATCH,
    INITIAL_GRACE,
    INVALID_KEY,
    KEY_NOT_INSTALLED,
    MISMATCHED_SKU,
)
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, Licence
from avma_sim.model.readings import Readings

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000
KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"  # ws2016/standard
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"  # ws2019/standard
DATACENTER = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"  # ws2016/datacenter
KMS = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"  # ws2016/standard
RETAIL = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed, and nobody's
ASKED = "AttemptStarted"
GRANT = [ASKED, "ActivationDecided", "LicenceGranted"]
REPLACED = Licence(NOTIFICATION, EUL_NOT_AVAILABLE)


def install(play, key, **fields):
    return play.do(cmd.InstallProductKey("web01", key, **fields))


def licence(play):
    return play.state.licences["web01"]


# Keys of other kinds.


@pytest.mark.parametrize("declared", [False, True], ids=["kms", "declared"])
def test_a_key_of_another_kind_voids_licence_and_attempts(make_play, kinds, declared):
    play = make_play(other_keys=((RETAIL, "retail"),)) if declared else make_play()
    key = RETAIL if declared else KMS
    play.hosted()
    assert licence(play).status == LICENSED
    grace = licence(play).grace
    assert kinds(install(play, key.lower())) == ["ProductKeyInstalled"]
    assert play.state.guests["web01"].key == key
    assert licence(play) == attrs.evolve(REPLACED, grace=grace)
    assert kinds(play.after(400 * DAY)) == ["ClockAdvanced"], "nothing is due, and nothing ends"
    assert kinds(play.restart()) == ["GuestStopped", "GuestStarted"], "a start is no attempt (row 1)"
    assert licence(play) == attrs.evolve(REPLACED, grace=grace)


def test_a_key_of_another_kind_voids_a_pending_attempt(waiting, kinds):
    assert kinds(install(waiting, KMS)) == ["ProductKeyInstalled", "AttemptVoided"]
    assert waiting.of(ev.AttemptVoided)[0].why == "key"
    assert licence(waiting) == attrs.evolve(REPLACED, grace=licence(waiting).grace)
    assert waiting.state.attempts == {}
    assert waiting.state.logs["web01"].recent == ()


def test_a_guest_with_a_key_of_another_kind_is_in_notification_from_its_first_start(play, kinds):
    play.host()
    play.guest(key=KMS.lower())
    assert play.state.guests["web01"].key == KMS
    assert licence(play) == Licence(GRACE, INITIAL_GRACE)
    assert kinds(play.start()) == ["GuestStarted"]
    assert licence(play) == attrs.evolve(REPLACED, grace=(START + 10 * DAY, play.last[1].n))
    assert kinds(play.after(20 * DAY)) == ["ClockAdvanced"], "the end of a grace that is none is no event"


def test_the_same_key_of_another_kind_again_changes_nothing(play, kinds):
    play.hosted()
    install(play, KMS)
    before = licence(play)
    assert kinds(install(play, KMS.lower())) == ["ProductKeyInstalled"]
    assert licence(play) == before


def test_an_avma_key_after_one_of_another_kind_is_an_attempt(play, kinds):
    play.hosted()
    install(play, KMS)
    assert kinds(install(play, KEY)) == ["ProductKeyInstalled", *GRANT]
    assert licence(play).status == LICENSED
    assert play.of(ev.AttemptStarted)[-1].attempt.trigger == "install"


def test_a_key_of_another_kind_can_be_uninstalled(play, kinds):
    play.hosted()
    install(play, KMS)
    assert kinds(play.do(cmd.UninstallProductKey("web01"))) == ["ProductKeyRemoved"]
    assert licence(play) == Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=licence(play).grace)


def test_activation_of_a_key_of_another_kind_is_refused(play, refusal):
    play.hosted()
    install(play, KMS)
    assert refusal(cmd.RequestActivation("web01")) == (
        "not-avma",
        "web01 has a key of another kind; activating that is outside this project",
    )
    assert play.outcome.refused.code == EUL_NOT_AVAILABLE


def test_a_kms_client_key_of_another_release_is_refused(play):
    play.hosted()
    before = licence(play)
    (event,) = install(play, "N69G4-B89J2-4G8F4-WWYCC-J464C")
    assert (event.code, event.setup) == (MISMATCHED_SKU, False)
    assert play.outcome.refused is event
    assert licence(play) == before


def test_a_moved_guest_with_a_key_of_another_kind_asks_nobody(make_play, kinds):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.hosted()
    install(play, KMS)
    play.host("hv2", channel="")
    assert kinds(play.do(cmd.Migrate("web01", "hv2"))) == ["GuestMigrated"]


# The reading wrong-key.


def test_a_wrong_key_that_installs_is_denied_by_row_9(make_play, kinds):
    play = make_play(readings=Readings(wrong_key="deny-at-activation"))
    play.hosted()
    told = ["ProductKeyInstalled", ASKED, "ActivationDecided", "AttemptFailed"]
    assert kinds(install(play, DATACENTER)) == told
    row = play.state.logs["hv1"].recent[-1]
    assert (row.code, row.because.law) == (ID_MISMATCH, "decision row 9")
    assert ("wrong_key", "deny-at-activation") in row.because.readings
    assert (licence(play).status, licence(play).reason) == (NOTIFICATION, ID_MISMATCH)


# Elevation.


@pytest.mark.parametrize("key", ["no key", RETAIL, KEY_2019, KEY, KMS])
def test_no_key_goes_in_from_a_plain_prompt(play, key):
    play.hosted()
    before = play.state.copy()
    (event,) = install(play, key, elevated=False)
    assert (event.code, event.because.law, event.setup) == (ACCESS_DENIED, "keys: elevation", False)
    before.n += 2
    assert play.state == before


@pytest.mark.parametrize("command", [cmd.UninstallProductKey, cmd.RequestActivation])
@pytest.mark.parametrize("key", ["avma", "", KMS], ids=["avma", "none", "kms"])
def test_a_plain_prompt_is_refused_first(play, refusal, command, key):
    play.host()
    play.guest(key=key)
    play.start()
    said = refusal(command("web01", elevated=False))
    assert said == ("not-elevated", "the prompt on web01 is not elevated")
    assert play.outcome.refused.code == ACCESS_DENIED


def test_a_request_from_a_plain_prompt_does_not_join(waiting, refusal):
    assert refusal(cmd.RequestActivation("web01", elevated=False))[0] == "not-elevated"


@pytest.mark.parametrize("command", [cmd.UninstallProductKey, cmd.RequestActivation])
def test_an_off_guest_has_no_prompt(play, refusal, command):
    play.hosted(on=False)
    assert refusal(command("web01", elevated=False)) == ("off", "web01 is off")


@pytest.mark.parametrize(
    ("command", "code"),
    [(cmd.UninstallProductKey, KEY_NOT_INSTALLED), (cmd.RequestActivation, KEY_NOT_INSTALLED)],
)
def test_a_refusal_for_want_of_a_key_has_windows_code(play, refusal, command, code):
    play.host()
    play.guest(key="")
    play.start()
    assert refusal(command("web01"))[0] == "no-key"
    assert play.outcome.refused.code == code


# The answer file.


def test_setup_installs_the_answer_files_key_before_the_attempt(play, kinds):
    play.host()
    play.guest(key="", unattend_key=KEY.lower())
    assert play.state.guests["web01"].key == ""
    play.after(DAY)
    assert kinds(play.start()) == ["ProductKeyInstalled", "GuestStarted", *GRANT]
    assert play.state.guests["web01"].key == KEY
    assert [event.attempt.trigger for event in play.of(ev.AttemptStarted)] == ["start"], "one attempt"
    assert licence(play).grace == (START + 11 * DAY, play.last[2].n)


def test_the_answer_file_is_for_the_first_start_alone(play, kinds):
    play.host()
    play.guest(key="", unattend_key=KEY)
    play.start()
    play.do(cmd.UninstallProductKey("web01"))
    assert kinds(play.restart()) == ["GuestStopped", "GuestStarted"]
    play.do(cmd.Stop("web01"))
    assert kinds(play.start()) == ["GuestStarted"]
    assert play.state.guests["web01"].key == ""


def test_an_answer_files_key_takes_the_place_of_the_images(play, kinds):
    play.host()
    play.guest(key=KMS, unattend_key=KEY)
    assert kinds(play.start()) == ["ProductKeyInstalled", "GuestStarted", *GRANT]
    assert (play.state.guests["web01"].key, licence(play).status) == (KEY, LICENSED)


def test_an_answer_file_with_a_key_of_another_kind(play, kinds):
    play.host()
    play.guest(key="", unattend_key=KMS)
    assert kinds(play.start()) == ["ProductKeyInstalled", "GuestStarted"]
    assert licence(play) == attrs.evolve(REPLACED, grace=(START + 10 * DAY, play.last[2].n))


@pytest.mark.parametrize(
    ("key", "code", "law"),
    [
        ("no key", INVALID_KEY, "keys: form"),
        (KEY.replace("-", " "), INVALID_KEY, "keys: form"),
        (f" {KEY}", INVALID_KEY, "keys: form"),  # verbatim
        (RETAIL, INVALID_KEY, "keys: known"),
        (KEY_2019, MISMATCHED_SKU, "keys: fits"),
        ("N69G4-B89J2-4G8F4-WWYCC-J464C", MISMATCHED_SKU, "keys: fits"),
    ],
)
def test_a_bad_key_makes_setup_fail_at_each_start(play, kinds, key, code, law):
    play.host()
    play.guest(key="avma", unattend_key=key)
    for _ in range(3):
        before = play.state.copy()
        (event,) = play.start()
        assert type(event) is ev.ProductKeyRefused
        assert (event.guest, event.code, event.because.law, event.setup) == ("web01", code, law, True)
        assert play.outcome.refused is event
        before.n += 2
        assert play.state == before, "the guest does not run, and nothing is written: no 12309"
        play.after(DAY)
    assert not play.state.guests["web01"].running
    assert licence(play) == Licence(GRACE, INITIAL_GRACE), "its grace has not begun"


def test_setup_under_the_reading_that_wrong_keys_install(make_play, kinds):
    play = make_play(readings=Readings(wrong_key="deny-at-activation"))
    play.host()
    play.guest(key="", unattend_key=KEY_2019)
    told = ["ProductKeyInstalled", "GuestStarted", ASKED, "ActivationDecided", "AttemptFailed"]
    assert kinds(play.start()) == told


def test_where_no_guest_can_run_setup_does_not_begin(play, refusal):
    play.host(hyperv=False)
    play.guest(key="", unattend_key=KEY)
    assert refusal(cmd.Start("web01"))[0] == "no-hyper-v-role"


# Upgrades.


def test_an_upgrade_removes_the_key_and_restarts(play, kinds):
    play.hosted()
    grace, pipe = licence(play).grace, play.state.guests["web01"].pipe
    play.after(DAY)
    (event,) = play.do(cmd.Upgrade("web01", "ws2019", "datacenter"))
    gone = Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=grace)
    left = event.leaves
    assert event == ev.GuestUpgraded("web01", "ws2019", "datacenter", gone, left)
    assert [item.value for item in left] == ["1", "hv1", "2025-01-01T00:00:00Z", "4RHYD"]
    guest = play.state.guests["web01"]
    assert (guest.release, guest.edition, guest.key) == ("ws2019", "datacenter", "")
    assert (guest.running, guest.pipe) == (True, pipe + 1)
    assert licence(play) == gone
    assert kinds(play.after(DAY)) == ["ClockAdvanced"]
    assert kinds(install(play, "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW")) == ["ProductKeyInstalled", *GRANT]


def test_an_upgrade_with_a_key_is_an_attempt_as_the_new_release(play, kinds):
    play.hosted()
    told = ["GuestUpgraded", "ProductKeyInstalled", *GRANT]
    assert kinds(play.do(cmd.Upgrade("web01", "ws2019", "standard", KEY_2019.lower()))) == told
    attempt = play.of(ev.AttemptStarted)[-1].attempt
    assert (attempt.trigger, attempt.end.request.build) == ("install", 17763)
    assert (play.state.guests["web01"].key, licence(play).status) == (KEY_2019, LICENSED)


def test_an_upgrade_whose_key_is_refused_has_happened(play, kinds):
    play.hosted()
    assert kinds(play.do(cmd.Upgrade("web01", "ws2019", "standard", KEY))) == [
        "GuestUpgraded",
        "ProductKeyRefused",
    ]
    assert not play.outcome
    assert (play.outcome.refused.code, play.outcome.refused.setup) == (MISMATCHED_SKU, False)
    assert play.state.guests["web01"].release == "ws2019"
    assert licence(play).status == UNLICENSED


def test_an_upgrade_voids_the_pending_attempt_for_good(waiting, kinds):
    """Its pipe is closed by the restart, so an answer on its way is lost."""
    assert kinds(waiting.do(cmd.Upgrade("web01", "ws2019", "standard"))) == ["GuestUpgraded", "AttemptVoided"]
    assert waiting.of(ev.AttemptVoided)[0].why == "upgrade"
    assert licence(waiting).next is None
    assert kinds(waiting.after(DAY)) == ["ClockAdvanced"]


def test_an_answer_on_its_way_is_lost_in_an_upgrade(play, kinds):
    play.host(latency_us=SECOND)
    play.guest()
    play.start()
    play.after(SECOND)
    assert play.of(ev.ActivationDecided)
    play.do(cmd.Upgrade("web01", "ws2016", "datacenter"))
    assert kinds(play.after(SECOND)) == ["PacketLost", "ClockAdvanced"]


def test_a_key_after_an_upgrade_beyond_the_grace_is_notification(waiting):
    waiting.after(11 * DAY)
    waiting.do(cmd.Upgrade("web01", "ws2016", "datacenter", DATACENTER))
    assert (licence(waiting).status, licence(waiting).reason) == (NOTIFICATION, GRACE_EXPIRED)


UPGRADES: dict[str, Any] = {
    "of an off guest": (("off", "ws2016"), ("ws2019", "standard"), ("off", "off is off")),
    "to what it is": (
        ("web01", "ws2016"),
        ("ws2016", "standard"),
        ("no-upgrade", "web01 is ws2016/standard already"),
    ),
    "backwards": (
        ("web01", "ws2016"),
        ("ws2012r2", "standard"),
        ("no-upgrade", "ws2012r2 is older than ws2016; an upgrade goes forward"),
    ),
    "to a client": (
        ("web01", "ws2016"),
        ("win11", "pro"),
        ("no-upgrade", "no upgrade leads from ws2016 to win11"),
    ),
    "of a client": (
        ("web01", "win10"),
        ("ws2025", "standard"),
        ("no-upgrade", "no upgrade leads from win10 to ws2025"),
    ),
}


@pytest.mark.parametrize(("guests", "change", "said"), UPGRADES.values(), ids=UPGRADES)
def test_no_upgrade_leads(play, refusal, guests, change, said):
    name, old = guests
    play.host(release="ws2025")
    play.guest("off", key="")
    play.guest("web01", release=old, edition="pro" if old == "win10" else "standard", key="")
    play.start("web01")
    assert refusal(cmd.Upgrade(name, change[0], change[1], KEY)) == said


@pytest.mark.parametrize(
    ("old", "edition", "release", "new"),
    [
        ("ws2016", "standard", "ws2016", "datacenter"),
        ("ws2016", "standard", "ws2025", "standard"),
        ("ws2012", "standard", "ws2012r2", "standard"),
        ("ws1809", "standard", "ws2019", "standard"),  # of one build
        ("win10", "pro", "win11", "enterprise"),
    ],
)
def test_an_upgrade_leads(play, kinds, old, edition, release, new):
    play.host()
    play.guest(release=old, edition=edition, key="")
    play.start()
    assert kinds(play.do(cmd.Upgrade("web01", release, new))) == ["GuestUpgraded"]


def test_an_upgrade_beyond_the_host_is_denied(play):
    play.hosted()
    play.do(cmd.Upgrade("web01", "ws2022", "standard", "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"))
    row = play.state.logs["hv1"].recent[-1]
    assert row.because.law == "decision row 8"
