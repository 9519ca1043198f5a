"""Tests copying a guest: what a copy is, has and does, and what it leaves to the original."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, Licence
from avma_sim.model.log import EMPTY_LOG, log_rows
from avma_sim.sim.chance import vm_id

SECOND = 1_000_000
DAY = 86_400 * SECOND
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
COPY = cmd.CopyGuest("web01", "web02", "hv1")


def rows(play, name):
    return log_rows(play.state.logs[name], 9)


@pytest.fixture
def licensed(play):
    play.hosted()
    return play


ACTIONS = {
    "running": (),
    "paused": (cmd.Pause("web01"),),
    "saved": (cmd.Save("web01"),),
    "off": (cmd.Stop("web01"),),
    "stopped with its host": (cmd.StopHost("hv1"),),
}


@pytest.mark.parametrize("before", ACTIONS.values(), ids=ACTIONS)
def test_a_copy_is_off_whatever_the_original_does(licensed, before):
    for command in before:
        licensed.do(command)
    original = licensed.state.guests["web01"]
    state = licensed.state.copy()
    (event,) = licensed.do(COPY)
    own = vm_id(0, "web02")
    assert own != original.vm_id
    copy = licensed.state.guests["web02"]
    assert copy == attrs.evolve(
        original,
        name="web02",
        vm_id=own,
        host="hv1",
        running=False,
        paused=False,
        saved=False,
        with_host=False,
        pipe=0,
    )
    assert (event.source, event.guest) == ("web01", copy)
    for table in ("guests", "licences", "logs", "services", "records"):
        rest = {name: row for name, row in getattr(licensed.state, table).items() if name != "web02"}
        assert rest == getattr(state, table), table
    assert licensed.state.logs["web02"] == state.logs["web01"]
    assert licensed.state.services["web02"] == state.services["web01"]
    assert licensed.state.records["web02"] == state.records["web01"]
    assert "web02" not in licensed.state.nonces


GRACED = (300, 3)
# The original's licence -> the copy's.
LICENCES = [
    (
        Licence(LICENSED, 1, (9, 8), "renewal", GRACED, (99, 8), 7, "hv1", 5, 2),
        Licence(NOTIFICATION, 0xC004FD04, grace=GRACED),
    ),
    (Licence(GRACE, 1), Licence(GRACE, 1)),
    (Licence(GRACE, 1, (9, 8), "start", GRACED), Licence(GRACE, 1, None, "", GRACED)),
    (
        Licence(NOTIFICATION, 5, (9, 8), "retry", GRACED, None, 7, "hv1", 5),
        Licence(NOTIFICATION, 5, None, "", GRACED, None, 7, "hv1", 5),
    ),
    (Licence(UNLICENSED, 1, grace=GRACED), Licence(UNLICENSED, 1, grace=GRACED)),
]


@pytest.mark.parametrize(("licence", "copied"), LICENCES, ids=lambda row: repr(row)[8:40])
def test_the_licence_of_a_copy(play, licence, copied):
    assert play.world.behaviour.rules.copied(licence) == copied


@pytest.mark.parametrize("reading", ["notification", "initial-grace"])
def test_a_copy_of_a_licensed_guest_asks_at_its_start(make_play, kinds, reading):
    """Whatever the reading of a failed attempt says: this is none, and leaves no 12309."""
    play = make_play(readings=attrs.evolve(make_play().settings.readings, failed_unlicensed=reading))
    play.hosted()
    play.do(COPY)
    assert play.state.licences["web02"].reason == 0xC004FD04
    assert rows(play, "web02") == rows(play, "web01")
    assert kinds(play.after(30 * DAY)).count("AttemptStarted") == 4, "of the original alone"
    original = play.state.licences["web01"]
    assert kinds(play.start("web02")) == [
        "GuestStarted",
        "AttemptStarted",
        "ActivationDecided",
        "LicenceGranted",
    ]
    assert play.state.licences["web02"].status == LICENSED
    assert play.state.licences["web01"] == original
    # Record ids go on where the original's stood: it is the same log until then.
    assert [row.record for row in rows(play, "web02")] == [3, 6]


@pytest.mark.parametrize("ask_first", ["web01", "web02"])
def test_nonces_of_copy_and_original_never_collide(licensed, ask_first):
    licensed.do(COPY)
    licensed.start("web02")
    for name in [ask_first, "web01", "web02"] * 3:
        licensed.do(cmd.RequestActivation(name))
    licensed.do(cmd.CopyGuest("web02", "web03", "hv1"))
    licensed.start("web03")
    nonces = [row.nonce for row in log_rows(licensed.state.logs["hv1"], 99)]
    assert len(nonces) == 12
    assert len(set(nonces)) == 12
    assert licensed.state.nonces["web03"] == 1


def test_a_copy_that_keeps_the_id_is_refused(licensed, refusal):
    keep = attrs.evolve(COPY, keep_id=True)
    same = ("same-id", "the VM id of web01 is in this lab already; a copy gets one of its own")
    assert refusal(keep) == same
    licensed.host("hv2")
    assert refusal(attrs.evolve(keep, host="hv2")) == same
    licensed.do(cmd.Migrate("web01", "hv2", "live", DAY))
    assert refusal(keep) == same


def test_a_guest_that_migrates_is_not_copied(licensed, refusal):
    licensed.host("hv2")
    licensed.do(cmd.Migrate("web01", "hv2", "live", SECOND, SECOND))
    assert refusal(COPY) == ("migrating", "web01 is migrating from hv1 to hv2")
    licensed.after(5 * SECOND)
    assert licensed.do(COPY)


def test_a_copy_of_a_pending_attempt_has_none(waiting):
    waiting.do(COPY)
    assert list(waiting.state.attempts) == ["web01"]
    assert waiting.state.licences["web02"].next is None
    assert waiting.state.licences["web02"].status == GRACE


def test_a_copy_shares_the_grace_that_was_fixed(play):
    play.host(service="hung")
    play.guest(key="")
    play.start()
    end = play.state.licences["web01"].grace
    play.after(DAY)
    play.do(COPY)
    play.start("web02")
    assert play.state.licences["web02"].grace == end
    play.after(9 * DAY)
    reasons = {play.state.licences[name].reason for name in ("web01", "web02")}
    assert reasons == {0xC004F009}


def test_a_grace_that_ended_meanwhile_ends_at_the_start(play, kinds):
    play.host()
    play.guest(key="")
    play.start()
    play.do(COPY)
    play.after(20 * DAY)
    assert play.state.licences["web02"].status == GRACE, (
        "times run on, and a guest that is off shows the last"
    )
    assert kinds(play.start("web02")) == ["GuestStarted", "LicenceEnded"]


def test_a_copy_of_an_unlicensed_guest(play, kinds):
    play.hosted()
    play.do(cmd.UninstallProductKey("web01"))
    play.do(COPY)
    assert play.state.licences["web02"] == play.state.licences["web01"]
    assert kinds(play.start("web02")) == ["GuestStarted"], "it has no key"


def test_a_template_that_never_started(play, kinds):
    """Each copy of it runs Setup by itself, with the template's answer file."""
    play.host()
    play.guest("template", key="", release="ws2019", unattend_key=KEY_2019)
    for name in ("web01", "web02"):
        (event,) = play.do(cmd.CopyGuest("template", name, "hv1"))
        assert (event.log, event.services, event.records) == (EMPTY_LOG, (), 0)
        assert name not in play.state.services
        assert name not in play.state.records
        play.after(DAY)
        assert kinds(play.start(name)) == [
            "ProductKeyInstalled",
            "GuestStarted",
            "AttemptStarted",
            "ActivationDecided",
            "LicenceGranted",
        ]
        assert play.state.guests[name].key == KEY_2019
    graces = {name: play.state.licences[name].grace for name in ("template", "web01", "web02")}
    assert graces["template"] is None
    assert graces["web01"][0] < graces["web02"][0], "the first start of each is its own"
    assert kinds(play.restart("web02"))[:2] == ["GuestStopped", "GuestStarted"], "Setup runs once"


def test_a_copy_of_a_guest_whose_setup_fails_fails_too(play, refusal):
    play.host()
    play.guest("template", key="", unattend_key="nonsense")
    play.do(cmd.CopyGuest("template", "web01", "hv1"))
    (event,) = play.start("web01")
    assert (type(event), event.setup) == (ev.ProductKeyRefused, True)
    assert not play.state.guests["web01"].running


def test_a_copy_has_no_checkpoints(licensed):
    licensed.do(cmd.TakeCheckpoint("web01", "clean"))
    licensed.do(COPY)
    assert list(licensed.state.checkpoints) == [("web01", "clean")]
    licensed.do(cmd.TakeCheckpoint("web02", "clean"))


def test_from_another_platform_to_a_hyper_v_host(play):
    play.host("esx", platform="vmware")
    play.host()
    play.guest(on="esx")
    play.start()
    assert play.state.licences["web01"].reason == 0xC004FD01
    assert not play.do(cmd.Migrate("web01", "hv1"))[0].code
    assert play.outcome.refused.reason == "not-hyper-v"
    play.do(COPY)
    assert play.state.licences["web02"] == attrs.evolve(play.state.licences["web01"], next=None, trigger="")
    play.start("web02")
    assert (play.state.licences["web02"].status, play.state.licences["web02"].host) == (LICENSED, "hv1")


def test_to_another_platform_a_copy_loses_what_it_had(licensed):
    licensed.host("esx", platform="vmware")
    licensed.do(cmd.CopyGuest("web01", "web02", "esx"))
    licensed.start("web02")
    assert licensed.state.licences["web02"].reason == 0xC004FD01


def test_a_copy_is_bound_to_its_own_id_and_host(licensed):
    """The host's answers carry the id of the VM that asked: none fits the other."""
    licensed.host("hv2")
    licensed.do(cmd.CopyGuest("web01", "web02", "hv2"))
    licensed.start("web02")
    assert licensed.state.licences["web02"].host == "hv2"
    assert set(licensed.state.ends) == {("hv1", "web01"), ("hv2", "web02")}


def test_a_copy_of_a_rearmed_guest_is_rearmed_at_its_start(licensed):
    licensed.do(cmd.Rearm("web01"))
    licensed.do(COPY)
    assert licensed.state.guests["web02"].rearms == 1
    licensed.start("web02")
    licence = licensed.state.licences["web02"]
    assert licence.grace[0] == licensed.now + 10 * DAY
    assert not licensed.state.guests["web02"].rearmed
