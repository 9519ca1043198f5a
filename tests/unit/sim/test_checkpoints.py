"""Tests checkpoints: what of a guest goes back when one is applied, what does not, and what follows."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.checkpoint import CHECKPOINT_KINDS, PRODUCTION, STANDARD, Checkpoint
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.log import log_rows

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
APPLY = cmd.ApplyCheckpoint("web01", "clean")

# How a running guest gets into each power.
POWERS = {
    "running": (),
    "paused": (cmd.Pause("web01"),),
    "saved": (cmd.Save("web01"),),
    "off": (cmd.Stop("web01"),),
}


def take(kind=STANDARD):
    return cmd.TakeCheckpoint("web01", "clean", kind)


def rows(play, name):
    return log_rows(play.state.logs[name], 99)


@pytest.fixture
def licensed(play):
    play.hosted()
    return play


@pytest.mark.parametrize("kind", CHECKPOINT_KINDS)
@pytest.mark.parametrize("power", POWERS)
def test_a_checkpoint_keeps_what_the_guest_is_and_changes_nothing(licensed, kinds, kind, power):
    for command in POWERS[power]:
        licensed.do(command)
    licensed.after(HOUR)
    before = licensed.state.copy()
    assert kinds(licensed.do(take(kind))) == ["CheckpointTaken"]
    before.n += 2
    before.checkpoints["web01", "clean"] = Checkpoint(
        "clean",
        kind,
        licensed.now,
        before.guests["web01"],
        before.licences["web01"],
        before.logs["web01"],
        before.services["web01"],
        before.records["web01"],
    )
    assert licensed.state == before


@pytest.mark.parametrize("now", POWERS)
@pytest.mark.parametrize("then", POWERS)
@pytest.mark.parametrize("kind", CHECKPOINT_KINDS)
def test_power_after_a_checkpoint_is_applied(licensed, kind, then, now):
    """With memory it is saved, unless it was off; without it is off. What it is now does not matter."""
    for command in POWERS[then]:
        licensed.do(command)
    licensed.do(take(kind))
    licensed.do(cmd.Start("web01") if then in ("saved", "off") else cmd.Restart("web01"))
    if then == "paused":
        licensed.do(cmd.Resume("web01"))
    licensed.restart()
    for command in POWERS[now]:
        licensed.do(command)
    events = licensed.do(APPLY)
    assert [type(event) for event in events] == [ev.CheckpointApplied]
    guest = licensed.state.guests["web01"]
    assert guest.power == ("saved" if kind == STANDARD and then != "off" else "off")
    assert not guest.stands_still
    assert not guest.with_host
    events = licensed.start()
    went_on = guest.power == "saved"
    assert type(events[0]) is (ev.GuestResumed if went_on else ev.GuestStarted)
    # To go on is no start, and nothing is overdue; a start is an attempt.
    assert len(events) == (1 if went_on else 4)


def test_what_goes_back_and_what_does_not(play):
    play.host()
    play.host("hv2")
    play.guest(tenant="acme", encryption=True)
    play.start()
    then = play.state.copy()
    play.do(take())
    play.after(8 * DAY)
    play.do(cmd.UninstallProductKey("web01"))
    play.do(cmd.Rearm("web01"))
    play.do(cmd.SetKvpService("web01", running=False))
    play.do(cmd.SetDataExchange("web01", on=False))
    play.do(cmd.Restart("web01"))
    play.do(cmd.Migrate("web01", "hv2"))
    now = play.state.copy()
    play.do(APPLY)
    guest = then.guests["web01"]
    assert play.state.guests["web01"] == attrs.evolve(
        guest, running=False, saved=True, host="hv2", pipe=now.guests["web01"].pipe
    )
    assert guest.pipe != now.guests["web01"].pipe
    for table in ("licences", "logs", "services", "records"):
        assert getattr(play.state, table)["web01"] == getattr(then, table)["web01"], table
        assert getattr(now, table)["web01"] != getattr(then, table)["web01"], table
        others = {name for name in getattr(now, table) if name != "web01"}
        for name in others:
            assert getattr(play.state, table)[name] == getattr(now, table)[name], (table, name)
    for table in ("hosts", "nonces", "ends", "packet_ids", "decisions", "checkpoints", "now_us"):
        assert getattr(play.state, table) == getattr(now, table), table
    assert play.state.nonces["web01"] == 2
    assert play.state.n == now.n + 2, "the journal goes on"


def test_a_checkpoint_of_a_guest_that_never_started(play):
    """Whatever it did since, its grace and answer file included, it never did."""
    play.host()
    play.guest(key="", unattend_key="C3RCX-M6NRP-6CXC9-TW2F2-4RHYD")
    play.do(take())
    play.start()
    nonce = play.state.nonces["web01"]
    assert play.state.guests["web01"].key
    play.do(APPLY)
    assert play.state.guests["web01"].key == ""
    assert play.state.licences["web01"].grace is None
    assert (rows(play, "web01"), play.state.services["web01"], play.state.records["web01"]) == ((), (), 0)
    play.after(DAY)
    play.start()
    grace = play.state.licences["web01"].grace
    assert grace is not None
    assert grace[0] == play.now + 10 * DAY
    assert play.state.nonces["web01"] == nonce + 1
    assert len(play.of(ev.ProductKeyInstalled)) == 2


def test_record_ids_of_the_guest_go_back_and_those_of_its_host_do_not(licensed):
    licensed.do(take(PRODUCTION))
    for _ in range(3):
        licensed.restart()
    ids = [row.record for row in rows(licensed, "web01")]
    licensed.do(APPLY)
    assert [row.record for row in rows(licensed, "web01")] == ids[:1]
    licensed.start()
    # 900 and 902 take the two ids after the last.
    assert [row.record for row in rows(licensed, "web01")] == [ids[0], ids[0] + 3]
    assert [row.record for row in rows(licensed, "hv1")] == [1, 2, 3, 4, 5]
    assert len({row.nonce for row in rows(licensed, "hv1")}) == 5


@pytest.mark.parametrize("kind", CHECKPOINT_KINDS)
def test_an_attempt_that_is_pending_is_voided_and_the_old_next_one_stands(licensed, kind):
    licensed.do(take(kind))
    then = licensed.state.licences["web01"]
    licensed.do(cmd.SetService("hv1", "hung"))
    licensed.do(cmd.RequestActivation("web01"))
    assert "web01" in licensed.state.attempts
    events = licensed.do(APPLY)
    assert events[1:] == [ev.AttemptVoided("web01", "checkpoint", then)]
    assert licensed.state.licences["web01"] == then
    assert licensed.state.attempts == {}
    licensed.after(MINUTE)
    assert len(rows(licensed, "web01")) == 1, "no 12309 for it"


def test_bytes_that_are_under_way_find_their_pipe_closed(play):
    play.host(latency_us=5 * SECOND)
    play.guest()
    play.start()
    play.after(20 * SECOND)
    play.do(take())
    play.do(cmd.RequestActivation("web01"))
    play.after(6 * SECOND)
    play.do(APPLY)
    play.do(cmd.Resume("web01"))
    play.after(MINUTE)
    assert len(play.of(ev.PacketLost)) == 1
    assert len(rows(play, "hv1")) == 2, "a 12310 already written stays"
    assert len(rows(play, "web01")) == 1


def test_packets_that_wait_for_a_paused_guest_are_lost(play):
    play.host(latency_us=5 * SECOND)
    play.guest()
    play.do(take())
    play.start()
    play.do(cmd.Pause("web01"))
    play.after(11 * SECOND)
    events = play.do(APPLY)
    assert [type(event) for event in events] == [ev.CheckpointApplied, ev.PacketLost, ev.AttemptVoided]
    assert play.state.packets == {}


@pytest.mark.parametrize("kind", CHECKPOINT_KINDS)
def test_a_checkpoint_taken_while_an_attempt_was_pending(waiting, kind):
    """The attempt is no part of it: it is made when the guest goes on, or starts."""
    waiting.do(take(kind))
    asked = waiting.state.nonces["web01"]
    assert waiting.state.checkpoints["web01", "clean"].licence.next is not None
    waiting.do(cmd.SetService("hv1", "running"))
    waiting.after(3 * HOUR)
    assert waiting.state.licences["web01"].status == LICENSED
    waiting.do(APPLY)
    assert waiting.state.attempts == {}
    licence = waiting.state.licences["web01"]
    assert (licence.status, licence.failure) == (GRACE, 0)
    before = waiting.state.nonces["web01"]
    assert before > asked
    waiting.start()
    assert waiting.state.nonces["web01"] == before + 1
    assert waiting.state.licences["web01"].status == LICENSED


def test_an_overdue_attempt_is_made_on_resume(licensed, kinds):
    licensed.do(take())
    licensed.after(30 * DAY)
    licensed.do(APPLY)
    assert kinds(licensed.after(DAY)) == ["ClockAdvanced"]
    assert kinds(licensed.do(cmd.Resume("web01"))) == [
        "GuestResumed",
        "AttemptStarted",
        "ActivationDecided",
        "LicenceGranted",
    ]
    assert licensed.state.licences["web01"].activated_us == licensed.now


def test_what_is_not_overdue_is_not_made_on_resume(licensed, kinds):
    licensed.do(take())
    due = licensed.state.licences["web01"].next
    licensed.after(DAY)
    licensed.do(APPLY)
    assert kinds(licensed.do(cmd.Resume("web01"))) == ["GuestResumed"]
    assert licensed.state.licences["web01"].next == due
    licensed.until("attempt", guest="web01")
    assert licensed.now == due[0]


@pytest.mark.parametrize("kind", CHECKPOINT_KINDS)
def test_expiry_is_applied_before_the_overdue_attempt(licensed, kinds, kind):
    licensed.do(take(kind))
    licensed.after(200 * DAY)
    assert licensed.state.licences["web01"].status == LICENSED
    licensed.do(cmd.SetService("hv1", "hung"))
    licensed.do(APPLY)
    assert licensed.state.licences["web01"].status == LICENSED, "as it was last stored"
    events = licensed.start()
    assert kinds(events)[1:3] == ["LicenceEnded", "AttemptStarted"]
    assert licensed.state.licences["web01"].status == NOTIFICATION
    licensed.do(cmd.SetService("hv1", "running"))
    licensed.after(3 * HOUR)
    assert licensed.state.licences["web01"].status == LICENSED


def test_an_old_answer_is_stale_after_a_checkpoint(play):
    """The same guest in the same state asks again with another nonce, so the kept answer does not fit."""
    play.host()
    play.guest()
    play.do(take())
    play.fault("replay", nth=1, to="guest")
    play.start()
    first = rows(play, "hv1")[0].nonce
    play.do(APPLY)
    play.start()
    (bad,) = play.of(ev.BadBytesSeen)
    assert bad.reason == "mac"
    assert rows(play, "hv1")[1].nonce != first


def test_an_old_answer_alone_is_invalid_data_after_a_checkpoint(play):
    play.host()
    play.guest()
    play.do(take())
    play.start()
    (_,) = play.of(ev.LicenceGranted)
    blob = play.of(ev.ActivationDecided)[0].packet.blob
    play.do(APPLY)
    play.fault("replace", to="guest", blob=blob)
    play.start()
    play.after(MINUTE)
    (failed,) = play.of(ev.AttemptFailed)
    assert (failed.record.outcome, failed.record.code) == ("invalid-data", 0x8007000D)
    assert play.state.licences["web01"].status == NOTIFICATION


def test_a_checkpoint_is_applied_as_often_as_one_likes(licensed):
    licensed.do(take())
    for _ in range(3):
        licensed.do(APPLY)
        licensed.do(cmd.Resume("web01"))
        licensed.do(cmd.RequestActivation("web01"))
    assert licensed.state.nonces["web01"] == 4
    assert len({row.nonce for row in rows(licensed, "hv1")}) == 4


def test_checkpoints_are_kept_by_name_and_lead_back_and_forth(licensed):
    licensed.do(take())
    licensed.do(cmd.UninstallProductKey("web01"))
    licensed.do(cmd.TakeCheckpoint("web01", "bare"))
    licensed.do(APPLY)
    assert licensed.state.licences["web01"].status == LICENSED
    licensed.do(cmd.ApplyCheckpoint("web01", "bare"))
    assert licensed.state.guests["web01"].key == ""
    assert list(licensed.state.checkpoints) == [("web01", "clean"), ("web01", "bare")]


@pytest.mark.parametrize("command", [take(), APPLY], ids=["take", "apply"])
def test_a_guest_that_migrates_has_no_checkpoint_taken_or_applied(licensed, refusal, command):
    licensed.do(cmd.TakeCheckpoint("web01", "clean" if command is APPLY else "other"))
    licensed.host("hv2")
    licensed.do(cmd.Migrate("web01", "hv2", "live", SECOND, SECOND))
    assert refusal(command) == ("migrating", "web01 is migrating from hv1 to hv2")
    licensed.after(1 * SECOND)
    assert refusal(command) == ("migrating", "web01 is migrating from hv1 to hv2")
    licensed.after(1 * SECOND)
    licensed.do(command)
    assert licensed.outcome


def test_a_guest_that_waited_for_its_host_does_not_after_a_checkpoint(licensed):
    """Its power is the checkpoint's from now on: it did not run with its host then."""
    licensed.do(cmd.Stop("web01"))
    licensed.do(take())
    licensed.start()
    licensed.do(cmd.StopHost("hv1"))
    licensed.do(APPLY)
    licensed.do(cmd.StartHost("hv1"))
    assert licensed.state.guests["web01"].power == "off"


def test_a_checkpoint_after_the_host_was_rebuilt(licensed):
    """The licence goes back with the identity that granted it; the host's log does not come back."""
    licensed.do(take())
    licensed.do(cmd.RebuildHost("hv1", "ws2019", "datacenter"))
    licensed.do(cmd.Activate("hv1"))
    licensed.restart()
    assert licensed.state.licences["web01"].identity == 1
    licensed.do(APPLY)
    assert licensed.state.licences["web01"].identity == 0
    assert licensed.state.hosts["hv1"].identity == 1
    assert [row.record for row in rows(licensed, "hv1")] == [1, 2]
