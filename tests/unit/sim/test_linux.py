"""Tests guests that run Linux: they live like others, and nothing of Windows is asked of them."""

from __future__ import annotations

import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import KEY_NOT_INSTALLED
from avma_sim.model.licence import UNLICENSED, Licence

SECOND = 1_000_000
DAY = 86_400 * SECOND
KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
NO_LICENCE = Licence(UNLICENSED, KEY_NOT_INSTALLED)
SAID = "lx01 runs Linux, which has no product key, activation or edition of Windows"


@pytest.fixture
def linux(play):
    """A lab with a Linux guest, which is off."""
    play.host()
    play.host("hv2")
    play.guest("lx01", key="", release="linux", edition="linux")
    return play


def test_it_has_no_licence_of_windows(linux):
    assert linux.state.guests["lx01"].is_linux
    assert linux.state.licences["lx01"] == NO_LICENCE


def test_it_starts_stops_and_ages_without_an_attempt_an_end_or_a_record(linux, kinds):
    assert kinds(linux.start("lx01")) == ["GuestStarted"]
    assert kinds(linux.after(400 * DAY)) == ["ClockAdvanced"]
    assert kinds(linux.restart("lx01")) == ["GuestStopped", "GuestStarted"]
    assert kinds(linux.do(cmd.Pause("lx01"))) == ["GuestPaused"]
    assert kinds(linux.do(cmd.Resume("lx01"))) == ["GuestResumed"]
    assert kinds(linux.do(cmd.Save("lx01"))) == ["GuestSaved"]
    assert kinds(linux.start("lx01")) == ["GuestResumed"]
    assert kinds(linux.do(cmd.Migrate("lx01", "hv2"))) == ["GuestMigrated"]
    assert kinds(linux.do(cmd.TakeCheckpoint("lx01", "c"))) == ["CheckpointTaken"]
    assert kinds(linux.do(cmd.Stop("lx01"))) == ["GuestStopped"]
    assert kinds(linux.do(cmd.CopyGuest("lx01", "lx02", "hv1"))) == ["GuestCopied"]
    linux.start("lx02")
    linux.after(400 * DAY)
    assert linux.state.licences == {"lx01": NO_LICENCE, "lx02": NO_LICENCE}
    assert not linux.state.attempts
    assert not linux.state.packets
    assert not linux.state.services
    assert not linux.state.records
    assert not any(log.recent for log in linux.state.logs.values())


def test_its_data_exchange_is_switched_like_anybodys(linux, kinds):
    assert kinds(linux.do(cmd.SetDataExchange("lx01", on=False))) == ["DataExchangeChanged"]
    assert kinds(linux.do(cmd.SetKvpService("lx01", running=False))) == ["KvpServiceChanged"]


@pytest.mark.parametrize("running", [True, False], ids=["on", "off"])
@pytest.mark.parametrize(
    "command",
    [
        cmd.InstallProductKey("lx01", KEY),
        cmd.InstallProductKey("lx01", KMS),
        cmd.InstallProductKey("lx01", "nonsense", elevated=False),
        cmd.UninstallProductKey("lx01"),
        cmd.UninstallProductKey("lx01", elevated=False),
        cmd.RequestActivation("lx01"),
        cmd.Rearm("lx01"),
        cmd.Upgrade("lx01", "ws2019", "standard", KEY),
        cmd.Upgrade("lx01", "linux", "linux"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_only_windows_can_is_refused(linux, command, running):
    if running:
        linux.start("lx01")
    before = linux.state.guests["lx01"]
    assert linux.do(command) == [ev.CommandRefused("no-windows", SAID)]
    assert linux.state.guests["lx01"] == before
    assert linux.state.licences["lx01"] == NO_LICENCE


def test_a_windows_beside_it_is_as_ever(linux, kinds):
    linux.start("lx01")
    linux.guest()
    assert kinds(linux.start()) == ["GuestStarted", "AttemptStarted", "ActivationDecided", "LicenceGranted"]
    assert len(linux.state.services["web01"]) == 2
