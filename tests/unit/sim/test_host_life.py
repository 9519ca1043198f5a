"""Tests hosts' own life: which command does what in which state, and what becomes of their guests."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.licence import LICENSED, NOTIFICATION
from avma_sim.model.log import EMPTY_LOG, log_rows
from avma_sim.sim.chance import host_identity
from avma_sim.wire import handshake
from avma_sim.wire.seal import channel

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
RENEWAL = 7 * DAY

STOP, START, RESTART, CRASH = (
    command("hv1") for command in (cmd.StopHost, cmd.StartHost, cmd.RestartHost, cmd.CrashHost)
)
UPGRADE = cmd.UpgradeHost("hv1", "ws2022", "datacenter")
REBUILD = cmd.RebuildHost("hv1", "ws2019", "datacenter")
ROLE_OFF, ROLE_ON = cmd.SetRole("hv1", on=False), cmd.SetRole("hv1", on=True)

DOWN, CAME_UP, RUNS = ["HostStopped"], ["HostStarted"], ["GuestStopped"]
RESTARTS = [*DOWN, "HostStarted"]
CHANGES = [*DOWN, "HostChanged", "HostStarted"]
# (command, what is done to the host before) -> the events, or the reason of the refusal.
TABLE = [
    (STOP, (), DOWN),
    (STOP, (STOP,), "host-down"),
    (STOP, (CRASH,), "host-down"),
    (START, (), "host-up"),
    (START, (STOP,), CAME_UP),
    (START, (CRASH,), CAME_UP),
    (RESTART, (), RESTARTS),
    (RESTART, (STOP,), "host-down"),
    (CRASH, (), DOWN),
    (CRASH, (STOP,), "host-down"),
    (CRASH, (CRASH,), "host-down"),
    (UPGRADE, (), CHANGES),
    (UPGRADE, (STOP,), "host-down"),
    (UPGRADE, (UPGRADE,), "no-upgrade"),
    (UPGRADE, (UPGRADE, STOP), "no-upgrade"),
    (REBUILD, (), CHANGES),
    (REBUILD, (STOP,), ["HostChanged", "HostStarted"]),
    (REBUILD, (CRASH,), ["HostChanged", "HostStarted"]),
    (REBUILD, (ROLE_OFF,), CHANGES),
    (ROLE_OFF, (), CHANGES),
    (ROLE_OFF, (ROLE_OFF,), "no-change"),
    (ROLE_OFF, (STOP,), "host-down"),
    (ROLE_ON, (), "no-change"),
    (ROLE_ON, (ROLE_OFF,), CHANGES),
    (ROLE_ON, (ROLE_OFF, STOP), "host-down"),
]


@pytest.mark.parametrize(("command", "before", "outcome"), TABLE, ids=lambda value: repr(value)[:70])
def test_what_a_command_does_in_a_state(play, kinds, command, before, outcome):
    play.host()
    for each in before:
        play.do(each)
    state = play.state.copy()
    events = play.do(command)
    if isinstance(outcome, str):
        assert [event.reason for event in events] == [outcome]
        state.n += 2
        assert play.state == state, "a refusal changes nothing"
    else:
        assert kinds(events) == outcome


def test_refusals_say_what_is_wrong(play, refusal):
    play.host(release="ws2019", edition="datacenter")
    down = cmd.UpgradeHost("hv1", "ws2016", "datacenter")
    assert refusal(START) == ("host-up", "hv1 is up already")
    assert refusal(ROLE_ON) == ("no-change", "hv1 has the Hyper-V role already")
    assert refusal(down) == ("no-upgrade", "ws2016 is older than ws2019; an upgrade goes forward")
    same = cmd.UpgradeHost("hv1", "ws2019", "datacenter")
    assert refusal(same) == ("no-upgrade", "hv1 is ws2019/datacenter already")
    client = cmd.UpgradeHost("hv1", "win11", "enterprise")
    assert refusal(client) == ("no-upgrade", "no upgrade leads from ws2019 to win11")
    play.do(ROLE_OFF)
    assert refusal(ROLE_OFF) == ("no-change", "hv1 is without the Hyper-V role already")
    play.do(STOP)
    assert refusal(STOP) == ("host-down", "hv1 is down")


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (("ws2016", "standard"), ("ws2016", "datacenter"), True),
        (("ws2019", "datacenter"), ("ws2019", "standard"), True),  # the edition alone has no order
        (("ws1809", "datacenter"), ("ws2019", "datacenter"), True),  # of one build
        (("ws2019", "datacenter"), ("ws2025", "datacenter"), True),
        (("ws2022", "datacenter"), ("ws2019", "standard"), False),
        (("win10", "enterprise"), ("win11", "enterprise"), True),
        (("win10", "enterprise"), ("ws2025", "datacenter"), False),
    ],
)
def test_upgrades_go_forward_and_stay_a_server_or_a_client(play, old, new, allowed):
    play.host(release=old[0], edition=old[1])
    play.do(cmd.UpgradeHost("hv1", *new))
    host = play.state.hosts["hv1"]
    assert ((host.release, host.edition) == new) == allowed == bool(play.outcome)


ACTIONS = {
    "running": (),
    "paused": (cmd.Pause("web01"),),
    "saved": (cmd.Save("web01"),),
    "off": (cmd.Stop("web01"),),
}
STOPS = {
    "stop": (STOP, False),
    "crash": (CRASH, True),
}


@pytest.mark.parametrize("power", ACTIONS)
@pytest.mark.parametrize("how", STOPS)
def test_guests_go_down_with_their_host_and_come_up_with_it(play, how, power):
    play.hosted()
    for action in ACTIONS[power]:
        play.do(action)
    rows = play.state.services["web01"]
    licence = play.state.licences["web01"]
    command, crashed = STOPS[how]
    ran = power in ("running", "paused")
    events = play.do(command)
    assert events == [
        ev.HostStopped("hv1", crashed),
        *([ev.GuestStopped("web01", with_host=True, crashed=crashed)] if ran else []),
    ]
    assert play.state.guests["web01"].power == ("off" if ran else power)
    # A crash leaves no 903: nobody was there to write it.
    logs_903 = ran and not crashed
    assert [row.event for row in play.state.services["web01"]] == [row.event for row in rows] + (
        [903] if logs_903 else []
    )
    assert play.state.licences["web01"] == licence
    play.after(MINUTE)
    events = play.do(START)
    assert events[0] == ev.HostStarted("hv1")
    assert [type(event) for event in events[1:2]] == ([ev.GuestStarted] if ran else [])
    assert len([event for event in events if type(event) is ev.AttemptStarted]) == ran
    assert play.state.guests["web01"].power == ("running" if ran else power)
    assert not play.state.guests["web01"].with_host
    assert play.state.licences["web01"].status == LICENSED
    assert play.state.licences["web01"].activated_us == (play.now if ran else licence.activated_us)


@pytest.mark.parametrize(
    ("command", "written"),
    [(STOP, [900, 902, 903]), (CRASH, [900, 902]), (RESTART, [900, 902, 903, 900, 902])],
    ids=["stop", "crash", "restart"],
)
def test_what_guests_log_of_their_host(play, command, written):
    play.hosted()
    play.do(command)
    assert [row.event for row in play.state.services["web01"]] == written


def test_a_restart_entry_by_entry(play, kinds):
    """Stops first, all at one instant; one attempt each; a saved guest and one that is off stay so."""
    play.hosted()
    for name in ("web02", "web03", "web04"):
        play.guest(name)
        play.start(name)
    play.do(cmd.Stop("web02"))
    play.do(cmd.Save("web03"))
    events = play.do(RESTART)
    exchange = ["AttemptStarted", "AttemptStarted", *["ActivationDecided"] * 2, *["LicenceGranted"] * 2]
    assert kinds(events)[:6] == [
        "HostStopped",
        "GuestStopped",
        "GuestStopped",
        "HostStarted",
        "GuestStarted",
        "GuestStarted",
    ]
    assert sorted(kinds(events)[6:]) == sorted(exchange)
    entries = play.last
    assert [entry.by for entry in entries[1:7]] == [entry.n for entry in entries[:6]], "one led to the next"
    assert {entry.t for entry in entries} == {play.now}
    assert [play.state.guests[name].power for name in ("web01", "web02", "web03", "web04")] == [
        "running",
        "off",
        "saved",
        "running",
    ]


def test_a_host_that_stays_down(play, refusal):
    play.hosted()
    play.guest("web02")
    play.do(STOP)
    assert refusal(cmd.Start("web02")) == ("host-down", "hv1 is down")
    before = play.state.copy()
    events = play.after(30 * DAY)
    assert events == [ev.ClockAdvanced()], "nothing is attempted on a host that is down"
    assert play.state.licences == before.licences
    play.after(200 * DAY)
    play.do(START)
    # The licence ended meanwhile; that comes first, then one attempt into which all missed ones collapse.
    names = [type(entry.what).__name__ for entry in play.last[1:]]
    assert names == [
        "HostStarted",
        "GuestStarted",
        "LicenceEnded",
        "AttemptStarted",
        "ActivationDecided",
        "LicenceGranted",
    ]
    assert play.state.guests["web02"].power == "off"


def test_a_saved_guest_waits_for_its_host(play, refusal):
    play.hosted()
    play.do(cmd.Save("web01"))
    play.do(STOP)
    assert refusal(cmd.Resume("web01")) == ("host-down", "hv1 is down")
    play.do(START)
    assert play.state.guests["web01"].saved
    assert type(play.do(cmd.Resume("web01"))[0]) is ev.GuestResumed


@pytest.mark.parametrize("command", [STOP, CRASH, RESTART, UPGRADE, REBUILD, ROLE_OFF], ids=repr)
def test_a_pending_attempt_is_voided_and_its_bytes_are_lost(play, command):
    play.host(latency_us=5 * SECOND)
    play.guest()
    play.start()
    play.after(6 * SECOND)  # decided, and the answer is on its way
    (record,) = log_rows(play.state.logs["hv1"], 99)
    nonce = play.state.nonces["web01"]
    events = play.do(command)
    assert [event.why for event in events if type(event) is ev.AttemptVoided] == ["host"]
    play.after(5 * SECOND)
    assert len(play.of(ev.PacketLost)) == 1, "an old answer finds its pipe closed"
    # The 12310 that is written stays, but for a host that has an empty log now.
    kept = () if command is REBUILD else (record,)
    assert log_rows(play.state.logs["hv1"], 99)[: len(kept)] == kept
    assert play.state.nonces["web01"] == nonce + (command not in (STOP, CRASH, ROLE_OFF))
    assert not log_rows(play.state.logs["web01"], 99), "a voided attempt leaves no 12309"
    if play.state.guests["web01"].running:
        play.after(MINUTE)
        assert len(log_rows(play.state.logs["web01"], 99)) == 1


def test_packets_that_wait_for_a_paused_guest_are_lost_with_its_host(play):
    play.host(latency_us=5 * SECOND)
    play.guest()
    play.start()
    play.after(6 * SECOND)
    play.do(cmd.Pause("web01"))
    play.after(6 * SECOND)
    assert len(play.of(ev.PacketWaits)) == 1
    events = play.do(STOP)
    assert [type(event) for event in events] == [
        ev.HostStopped,
        ev.GuestStopped,
        ev.PacketLost,
        ev.AttemptVoided,
    ]
    assert play.state.packets == {}


def test_a_host_remembers_no_request_over_a_restart(play):
    """A repeat of the newest request is answered with the same response until the host restarts."""
    play.fault("replay", nth=1, to="host")
    play.hosted()
    assert ("hv1", "web01") in play.state.ends
    play.do(cmd.Stop("web01"))
    play.do(RESTART)
    assert play.state.ends == {}
    assert play.state.hosts["hv1"].up


def test_a_service_that_hangs_goes_on_hanging(play):
    play.host(service="hung")
    play.do(RESTART)
    assert play.state.hosts["hv1"].service == "hung"


def test_an_activation_ends_while_its_host_is_down(play):
    play.host(channel="kms", until_us=play.now + DAY)
    play.guest()
    play.start()
    play.do(STOP)
    play.after(2 * DAY)
    assert play.of(ev.HostActivationEnded) == [ev.HostActivationEnded("hv1", "expired")]
    play.do(START)
    (failed,) = [event for event in play.of(ev.AttemptFailed) if event.guest == "web01"]
    assert failed.record.code == 0xC004FD02
    assert play.state.licences["web01"].status == LICENSED


def test_an_upgrade_takes_the_activation_and_leaves_identity_and_log(play):
    play.host(channel="kms", until_us=play.now + 400 * DAY)
    play.guest()
    play.start()
    before = play.state.hosts["hv1"]
    (granted,) = log_rows(play.state.logs["hv1"], 99)
    play.do(UPGRADE)
    assert play.state.hosts["hv1"] == attrs.evolve(before, release="ws2022", activation=None)
    # The attempt of its guest's start is refused by row 6; the licence is kept.
    first, second = log_rows(play.state.logs["hv1"], 99)
    assert first == granted
    assert (second.record, second.outcome, second.code) == (2, "refused", 0xC004FD02)
    assert second.because.law == "decision row 6"
    licence = play.state.licences["web01"]
    assert (licence.status, licence.failure) == (LICENSED, 0xC004FD02)
    play.do(cmd.Activate("hv1"))
    play.do(cmd.RequestActivation("web01"))
    third = log_rows(play.state.logs["hv1"], 99)[-1]
    assert (third.record, third.outcome) == (3, "granted")
    assert play.state.licences["web01"].failure == 0
    # The old activation's end is none of the new one's.
    assert play.after(500 * DAY)
    assert play.of(ev.HostActivationEnded) == []


def test_after_an_upgrade_the_new_build_decides(play):
    play.host(release="ws2016")
    play.guest(release="ws2019")
    play.start()
    assert play.state.licences["web01"].reason == 0xC004FD03
    play.do(cmd.UpgradeHost("hv1", "ws2019", "datacenter"))
    assert play.state.licences["web01"].reason == 0xC004FD02, "not activated until activated anew"
    play.do(cmd.Activate("hv1"))
    play.do(cmd.RequestActivation("web01"))
    assert play.state.licences["web01"].status == LICENSED


def test_an_upgraded_node_stays_in_its_cluster(play):
    play.host(cluster="east")
    play.do(cmd.DrainHost("hv1"))
    play.do(UPGRADE)
    assert (play.state.hosts["hv1"].cluster, play.state.hosts["hv1"].draining) == ("east", True)


@pytest.mark.parametrize("before", [(), (STOP,), (CRASH,)], ids=["up", "down", "dead"])
def test_a_host_that_is_rebuilt_is_another_one(play, before):
    play.host(channel="kms", cluster="east", encryption=False, latency_us=3, request_limit=(9, DAY))
    play.guest(encryption=False)
    play.start()
    play.until("quiet")
    play.do(cmd.SetService("hv1", "hung"))
    for command in before:
        play.do(command)
    play.do(cmd.RebuildHost("hv1", "ws2016", "standard"))
    host = play.state.hosts["hv1"]
    assert (host.release, host.edition, host.up, host.activation) == ("ws2016", "standard", True, None)
    assert (host.cluster, host.draining, host.identity, host.service) == ("", False, 1, "running")
    assert (host.encryption, host.latency_us, host.request_limit) == (False, 3, (9, DAY))
    assert play.state.logs["hv1"] == EMPTY_LOG
    assert "hv1" not in play.state.records
    assert "hv1" not in play.state.decisions
    assert play.state.guests["web01"].power == "running"
    assert play.state.licences["web01"].status == LICENSED
    play.do(REBUILD)
    assert play.state.hosts["hv1"].identity == 2


def test_records_of_a_rebuilt_host_begin_anew(play):
    play.hosted()
    for _ in range(3):
        play.restart()
    assert play.state.records["hv1"] == 4
    play.do(REBUILD)
    (refused,) = log_rows(play.state.logs["hv1"], 99)
    assert (refused.record, refused.outcome, refused.code) == (1, "refused", 0xC004FD02)
    play.do(cmd.Activate("hv1"))
    play.do(cmd.RequestActivation("web01"))
    assert [row.record for row in log_rows(play.state.logs["hv1"], 99)] == [1, 2]
    assert play.state.licences["web01"].identity == 1


def test_a_rebuilt_host_starts_with_its_request_limit_unspent(play):
    play.host(request_limit=(1, DAY))
    play.guest()
    play.start()
    play.do(REBUILD)
    play.do(cmd.Activate("hv1"))
    codes = [row.code for row in log_rows(play.state.logs["hv1"], 99)]
    assert codes == [0xC004FD02], "row 6, and not row 10"


@pytest.mark.parametrize("command", [RESTART, REBUILD], ids=["the same host", "another host"])
def test_an_answer_is_authentic_under_the_identity_that_gave_it_alone(play, command):
    play.host(latency_us=SECOND)
    play.guest()
    play.start()
    play.do(command)
    play.do(cmd.Activate("hv1"))
    own, other = (1, 0) if command is REBUILD else (0, 1)
    channels = [channel(host_identity(0, "hv1", number), encrypted=True) for number in (own, other)]
    pending = play.state.attempts["web01"].end
    request = max(play.state.packets.values(), key=lambda packet: packet.id)
    vm_id = play.state.guests["web01"].vm_id
    read = [handshake.host_read(handshake.UNASKED, chan, vm_id, request.blob)[1].kind for chan in channels]
    assert read == ["asked", "error-frame"]
    play.after(SECOND)
    answer = max(play.state.packets.values(), key=lambda packet: packet.id)
    assert answer.to == "guest"
    read = [handshake.guest_read(pending, chan, answer.blob)[1].kind for chan in channels]
    assert read == ["granted", "remembered"]


@pytest.mark.parametrize("command", [RESTART, REBUILD], ids=["the same host", "another host"])
def test_an_old_answer_after_the_host_came_up_anew_is_bad_bytes(play, command):
    play.host()
    play.fault("replay", nth=1, to="guest")
    play.guest()
    play.start()
    play.after(MINUTE)
    play.do(command)
    assert [event.reason for event in play.of(ev.BadBytesSeen)] == ["mac"]


def test_a_grant_tells_the_identity_that_gave_it(play):
    play.hosted()
    assert play.state.licences["web01"].identity == 0
    play.do(REBUILD)
    assert play.state.licences["web01"].identity == 0, "the old grant stands: the new host refused"
    play.do(cmd.Activate("hv1"))
    play.restart()
    assert play.state.licences["web01"].identity == 1
    play.do(cmd.SetService("hv1", "hung"))
    play.restart()
    play.after(MINUTE)
    assert play.state.licences["web01"].identity == 1, "neither a start nor a failure changes it"


def test_without_the_role_guests_wait_until_it_is_back(play, kinds, refusal):
    play.hosted()
    play.guest("web02")
    play.host("hv2")
    assert kinds(play.do(ROLE_OFF)) == ["HostStopped", "GuestStopped", "HostChanged", "HostStarted"]
    assert play.state.hosts["hv1"].activation is not None, "this is no other host"
    guest = play.state.guests["web01"]
    assert (guest.power, guest.with_host) == ("off", True)
    no_role = ("no-hyper-v-role", "hv1 has no Hyper-V role, so it runs no guest")
    assert refusal(cmd.Start("web01")) == no_role
    assert refusal(cmd.Migrate("web01", "hv2"))[0] == "not-hyper-v"
    play.do(RESTART)
    assert play.state.guests["web01"].power == "off"
    assert kinds(play.do(ROLE_ON)) == [
        "HostStopped",
        "HostChanged",
        "HostStarted",
        "GuestStarted",
        "AttemptStarted",
        "ActivationDecided",
        "LicenceGranted",
    ]
    assert play.state.guests["web02"].power == "off"


def test_a_host_of_another_platform_needs_no_role(play):
    play.host(platform="vmware")
    play.guest()
    play.start()
    play.do(ROLE_OFF)
    assert play.state.guests["web01"].power == "running"


def test_a_guest_that_was_stopped_before_does_not_start_with_its_host(play):
    """Only the last stop counts: one by its host's, and then one of its own."""
    play.hosted()
    play.do(RESTART)
    play.do(cmd.Stop("web01"))
    play.do(RESTART)
    assert play.state.guests["web01"].power == "off"


def test_guests_of_other_hosts_have_nothing_to_do_with_it(play):
    play.hosted()
    play.host("hv2")
    play.guest("web02", on="hv2")
    play.start("web02")
    pipe, ends = play.state.guests["web02"].pipe, play.state.ends["hv2", "web02"]
    for command in (STOP, START, CRASH, START, RESTART, UPGRADE, REBUILD):
        play.do(command)
    assert play.state.guests["web02"].pipe == pipe
    assert play.state.ends["hv2", "web02"] == ends
    assert play.state.guests["web02"].running


SOURCE, DESTINATION = "hv1", "hv2"
# (who goes down, when) -> (how the migration ends, in which phase), (where the guest is, its power).
MOVES = {
    "the source while memory is copied": ((SOURCE, SECOND), ("cancelled", "copy"), (SOURCE, "off")),
    "the destination while memory is copied": (
        (DESTINATION, SECOND),
        ("failed", "copy"),
        (SOURCE, "running"),
    ),
    "the source after": ((SOURCE, 6 * SECOND), ("arrived", "arrival"), (DESTINATION, "running")),
    "the destination after": ((DESTINATION, 6 * SECOND), ("cancelled", "arrival"), (DESTINATION, "off")),
}


@pytest.mark.parametrize("kind", ["live", "quick"])
@pytest.mark.parametrize(("dies", "ends", "leaves"), MOVES.values(), ids=MOVES)
@pytest.mark.parametrize("command", [cmd.StopHost, cmd.CrashHost])
def test_a_migration_whose_host_goes_down(play, command, dies, ends, leaves, kind):
    play.hosted()
    play.host("hv2")
    play.do(cmd.Migrate("web01", "hv2", kind, 5 * SECOND, 5 * SECOND))
    play.after(dies[1])
    play.do(command(dies[0]))
    play.after(MINUTE)
    (ended,) = play.of(ev.MigrationEnded)
    assert (ended.how, ended.phase) == ends
    guest = play.state.guests["web01"]
    # A quick one is on the disk all the while, so no host takes it down with it.
    power = "saved" if kind == "quick" and leaves[1] == "off" else leaves[1]
    assert (guest.host, guest.power) == (leaves[0], power)
    assert not guest.stands_still
    assert play.state.licences["web01"].status == LICENSED


def test_a_third_host_does_not_end_a_migration(play):
    play.hosted()
    play.host("hv2")
    play.host("hv3")
    play.do(cmd.Migrate("web01", "hv2", "live", SECOND))
    play.do(cmd.CrashHost("hv3"))
    assert "web01" in play.state.migrations


def test_a_guest_in_notification_asks_again_with_its_host(play):
    play.host(channel="")
    play.guest()
    play.start()
    assert play.state.licences["web01"].status == NOTIFICATION
    play.do(cmd.Activate("hv1"))
    play.do(RESTART)
    assert play.state.licences["web01"].status == LICENSED
