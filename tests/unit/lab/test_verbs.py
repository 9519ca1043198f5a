"""Each method of the lab is one command; what the state forbids is a refusal, told and returned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from avma_sim import GuestHandle, HostHandle, Lab
from avma_sim.model import commands as cmd
from avma_sim.model.events import CommandRefused, ProductKeyRefused
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.scenario.verbs import VERBS

START_US = 1_735_689_600_000_000
HOUR_US = 3_600_000_000
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS_2016 = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
RETAIL = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed, and nobody's

ANSWER_FILE = """<unattend xmlns="urn:schemas-microsoft-com:unattend"><settings pass="specialize">
<component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64"
publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS"><ProductKey>{}</ProductKey>
</component></settings></unattend>"""


def clustered(lab: Lab) -> Lab:
    for host in ("hv1", "hv2"):
        lab.join_cluster(host, "c1")
    return lab


def drained(lab: Lab) -> Lab:
    clustered(lab).drain("hv2")
    return lab


# What is called, the command that it makes, and the events that follow; the guest runs and is licensed.
CALLS = {
    "add_host": (
        lambda lab: lab.add_host("hv3", release="ws2022", activated=False),
        cmd.AddHost(Host("hv3", "ws2022", "datacenter")),
        ["HostAdded"],
    ),
    "add_host in full": (
        lambda lab: lab.add_host(
            "hv3",
            release="ws2012r2",
            edition="standard",
            activated={"channel": "kms", "until": "2025-01-01T01:00:00Z"},
            platform="vmware",
            hyperv=False,
            service="hung",
            encryption=False,
            latency="2ms",
            request_limit={"count": 5, "per": "1h"},
            kvp_refresh="5m",
            kvp_latency=dt.timedelta(milliseconds=10),
            kvp_packets=True,
        ),
        cmd.AddHost(
            Host(
                "hv3",
                "ws2012r2",
                "standard",
                "vmware",
                False,
                "hung",
                False,
                2000,
                request_limit=(5, HOUR_US),
                kvp_refresh_us=300_000_000,
                kvp_latency_us=10_000,
                kvp_packets=True,
            ),
            "kms",
            START_US + HOUR_US,
        ),
        ["HostAdded", "KvpRefreshDue", "HostActivated"],
    ),
    "add_guest": (
        lambda lab: lab.add_guest("db01", on="hv1", release="ws2019", edition="essentials"),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "essentials", "hv1")),
        ["GuestAdded"],
    ),
    "add_guest in full": (
        lambda lab: lab.add_guest(
            "db01",
            on=lab.host("hv2"),
            release="ws2019",
            edition="standard",
            key="tnk62-rxvtb-4p47b - 2d 623-4gf74",
            data_exchange=False,
            encryption=False,
            core=True,
            tenant="adatum",
            kvp_service=False,
            unattend_key="not even a key",
            language="de-DE",
            fqdn="db01.adatum.example",
            ipv4=["10.0.0.5", "192.168.7.1"],
            ipv6=[],
            rdp=True,
        ),
        cmd.AddGuest(
            Guest(
                "db01",
                b"",
                "ws2019",
                "standard",
                "hv2",
                KEY_2019,
                data_exchange=False,
                encryption=False,
                core=True,
                tenant="adatum",
                kvp_service=False,
                unattend_key="not even a key",
                language="de-DE",
                fqdn="db01.adatum.example",
                ipv4=("10.0.0.5", "192.168.7.1"),
                ipv6=(),
                rdp=True,
            )
        ),
        ["GuestAdded"],
    ),
    "add_guest with Linux": (
        lambda lab: lab.add_guest("lx01", on="hv1", release="linux", edition="linux", ipv6=("fe80::5",)),
        cmd.AddGuest(Guest("lx01", b"", "linux", "linux", "hv1", ipv6=("fe80::5",))),
        ["GuestAdded"],
    ),
    "add_guest with its own key in the answer file": (
        lambda lab: lab.add_guest(
            "db01", on="hv1", release="ws2019", edition="standard", unattend_key="avma"
        ),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1", unattend_key=KEY_2019)),
        ["GuestAdded"],
    ),
    "add_guest with no key in the answer file": (
        lambda lab: lab.add_guest(
            "db01", on="hv1", release="ws2019", edition="standard", unattend_key="none"
        ),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1")),
        ["GuestAdded"],
    ),
    "add_guest with a whole answer file": (
        lambda lab: lab.add_guest(
            "db01", on="hv1", release="ws2019", edition="standard", unattend=ANSWER_FILE.format(" avma ")
        ),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1", unattend_key=" avma ")),
        ["GuestAdded"],
    ),
    "add_guest with a whole answer file, whose key is a word of ours": (
        lambda lab: lab.add_guest(
            "db01", on="hv1", release="ws2019", edition="standard", unattend=ANSWER_FILE.format("avma")
        ),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1", unattend_key="avma")),
        ["GuestAdded"],
    ),
    "add_guest with a whole answer file without a key that Setup takes": (
        lambda lab: lab.add_guest(
            "db01",
            on="hv1",
            release="ws2019",
            edition="standard",
            unattend=ANSWER_FILE.format(KEY_2019).replace("specialize", "oobeSystem"),
        ),
        cmd.AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1")),
        ["GuestAdded"],
    ),
    "activate": (lambda lab: lab.activate("hv2"), cmd.Activate("hv2"), ["HostActivated"]),
    "activate until": (
        lambda lab: lab.activate(
            lab.host("hv2"), channel="kms", until=dt.datetime(2025, 1, 1, 1, tzinfo=dt.UTC)
        ),
        cmd.Activate("hv2", "kms", START_US + HOUR_US),
        ["HostActivated"],
    ),
    "deactivate": (lambda lab: lab.deactivate("hv1"), cmd.Deactivate("hv1"), ["HostActivationEnded"]),
    "set_service": (
        lambda lab: lab.set_service("hv1", "hung"),
        cmd.SetService("hv1", "hung"),
        ["ServiceChanged"],
    ),
    "start": (
        lambda lab: lab.start(
            lab.add_guest("db01", on="hv1", release="ws2019", edition="standard", key="avma")
        ),
        cmd.Start("db01"),
        ["GuestStarted", "AttemptStarted", "ActivationDecided", "LicenceGranted"],
    ),
    "stop": (lambda lab: lab.stop("web01"), cmd.Stop("web01"), ["GuestStopped"]),
    "restart": (
        lambda lab: lab.restart("web01"),
        cmd.Restart("web01"),
        ["GuestStopped", "GuestStarted", "AttemptStarted", "ActivationDecided", "LicenceGranted"],
    ),
    "install_key": (
        lambda lab: lab.install_key("web01"),
        cmd.InstallProductKey("web01", KEY_2016),
        ["ProductKeyInstalled"],
    ),
    "install_key as text": (
        lambda lab: lab.install_key("web01", f" {KEY_2016.lower()}\t"),
        cmd.InstallProductKey("web01", KEY_2016),
        ["ProductKeyInstalled"],
    ),
    "uninstall_key": (
        lambda lab: lab.uninstall_key("web01"),
        cmd.UninstallProductKey("web01"),
        ["ProductKeyRemoved"],
    ),
    "ato": (
        lambda lab: lab.ato("web01"),
        cmd.RequestActivation("web01"),
        ["AttemptRequested", "AttemptStarted", "ActivationDecided", "LicenceGranted"],
    ),
    "ato from an elevated prompt": (
        lambda lab: lab.ato("web01", elevated=True),
        cmd.RequestActivation("web01", elevated=True),
        ["AttemptRequested", "AttemptStarted", "ActivationDecided", "LicenceGranted"],
    ),
    "rearm": (lambda lab: lab.rearm("web01"), cmd.Rearm("web01"), ["GuestRearmed"]),
    "upgrade": (
        lambda lab: lab.upgrade("web01", release="ws2019"),
        cmd.Upgrade("web01", "ws2019", "standard"),
        ["GuestUpgraded"],
    ),
    "upgrade of the edition, with a key": (
        lambda lab: lab.upgrade(lab.guest("web01"), edition="datacenter", key="avma"),
        cmd.Upgrade("web01", "ws2016", "datacenter", "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"),
        [
            "GuestUpgraded",
            "ProductKeyInstalled",
            "AttemptStarted",
            "ActivationDecided",
            "LicenceGranted",
        ],
    ),
    "set_kvp_service": (
        lambda lab: lab.set_kvp_service("web01", running=False),
        cmd.SetKvpService("web01", running=False),
        ["KvpServiceChanged"],
    ),
    "set_data_exchange": (
        lambda lab: lab.set_data_exchange("web01", on=False),
        cmd.SetDataExchange("web01", on=False),
        ["DataExchangeChanged"],
    ),
    "migrate": (lambda lab: lab.migrate("web01", "hv2"), cmd.Migrate("web01", "hv2"), ["GuestMigrated"]),
    "migrate handles": (
        lambda lab: lab.migrate(lab.guest("web01"), lab.host("hv2")),
        cmd.Migrate("web01", "hv2"),
        ["GuestMigrated"],
    ),
    "pause": (lambda lab: lab.pause("web01"), cmd.Pause("web01"), ["GuestPaused"]),
    "save_state": (lambda lab: lab.save_state("web01"), cmd.Save("web01"), ["GuestSaved"]),
    "resume": (
        lambda lab: (lab.pause("web01"), lab.resume("web01"))[1],
        cmd.Resume("web01"),
        ["GuestResumed"],
    ),
    "resume a saved guest": (
        lambda lab: (lab.save_state("web01"), lab.resume(lab.guest("web01")))[1],
        cmd.Resume("web01"),
        ["GuestResumed"],
    ),
    "migrate with time": (
        lambda lab: lab.migrate("web01", "hv2", copy="3s", blackout=dt.timedelta(milliseconds=200)),
        cmd.Migrate("web01", "hv2", "live", 3_000_000, 200_000),
        ["MigrationStarted"],
    ),
    "migrate quickly": (
        lambda lab: lab.migrate("web01", "hv2", kind="quick"),
        cmd.Migrate("web01", "hv2", "quick"),
        ["MigrationStarted", "GuestSaved", "GuestMigrated", "MigrationEnded", "GuestResumed"],
    ),
    "migrate and fail": (
        lambda lab: lab.migrate("web01", "hv2", fails="start"),
        cmd.Migrate("web01", "hv2", fails="start"),
        ["MigrationStarted", "MigrationEnded"],
    ),
    "migrate by a failover": (
        lambda lab: (lab.crash_host("hv1"), lab.migrate("web01", "hv2", kind="failover"))[1],
        cmd.Migrate("web01", "hv2", "failover"),
        ["GuestMigrated", "GuestStarted", "AttemptStarted", "ActivationDecided", "AttemptFailed"],
    ),
    "copy_guest": (
        lambda lab: lab.copy_guest("web01", "web02"),
        cmd.CopyGuest("web01", "web02", "hv1"),
        ["GuestCopied"],
    ),
    "copy_guest elsewhere": (
        lambda lab: lab.copy_guest(lab.guest("web01"), "web02", on=lab.host("hv2")),
        cmd.CopyGuest("web01", "web02", "hv2"),
        ["GuestCopied"],
    ),
    "checkpoint": (
        lambda lab: lab.checkpoint("web01", "before the patch"),
        cmd.TakeCheckpoint("web01", "before the patch"),
        ["CheckpointTaken"],
    ),
    "checkpoint without memory": (
        lambda lab: lab.checkpoint("web01", "nightly", kind="production"),
        cmd.TakeCheckpoint("web01", "nightly", "production"),
        ["CheckpointTaken"],
    ),
    "apply_checkpoint": (
        lambda lab: (lab.checkpoint("web01", "a"), lab.apply_checkpoint("web01", "a"))[1],
        cmd.ApplyCheckpoint("web01", "a"),
        ["CheckpointApplied"],
    ),
    "stop_host": (lambda lab: lab.stop_host("hv1"), cmd.StopHost("hv1"), ["HostStopped", "GuestStopped"]),
    "start_host": (
        lambda lab: (lab.stop_host("hv1"), lab.start_host(lab.host("hv1")))[1],
        cmd.StartHost("hv1"),
        ["HostStarted", "GuestStarted", "AttemptStarted", "ActivationDecided", "LicenceGranted"],
    ),
    "restart_host": (
        lambda lab: lab.restart_host("hv1"),
        cmd.RestartHost("hv1"),
        [
            "HostStopped",
            "GuestStopped",
            "HostStarted",
            "GuestStarted",
            "AttemptStarted",
            "ActivationDecided",
            "LicenceGranted",
        ],
    ),
    "crash_host": (lambda lab: lab.crash_host("hv1"), cmd.CrashHost("hv1"), ["HostStopped", "GuestStopped"]),
    "upgrade_host": (
        lambda lab: lab.upgrade_host("hv2", release="ws2022"),
        cmd.UpgradeHost("hv2", "ws2022", "datacenter"),
        ["HostStopped", "HostChanged", "HostStarted"],
    ),
    "upgrade_host to another edition": (
        lambda lab: lab.upgrade_host(lab.host("hv2"), edition="standard"),
        cmd.UpgradeHost("hv2", "ws2019", "standard"),
        ["HostStopped", "HostChanged", "HostStarted"],
    ),
    "rebuild_host": (
        lambda lab: lab.rebuild_host("hv2"),
        cmd.RebuildHost("hv2", "ws2019", "datacenter"),
        ["HostStopped", "HostChanged", "HostStarted"],
    ),
    "rebuild_host as another": (
        lambda lab: lab.rebuild_host("hv2", release="ws2016", edition="standard"),
        cmd.RebuildHost("hv2", "ws2016", "standard"),
        ["HostStopped", "HostChanged", "HostStarted"],
    ),
    "set_role": (
        lambda lab: lab.set_role("hv2", on=False),
        cmd.SetRole("hv2", on=False),
        ["HostStopped", "HostChanged", "HostStarted"],
    ),
    "join_cluster": (
        lambda lab: lab.join_cluster("hv2", "c1"),
        cmd.SetCluster("hv2", "c1"),
        ["HostChanged"],
    ),
    "drain": (
        lambda lab: clustered(lab).drain("hv1", copy="3s", blackout="200ms"),
        cmd.DrainHost("hv1", 3_000_000, 200_000),
        ["HostDrained", "MigrationStarted"],
    ),
    "undrain": (
        lambda lab: drained(lab).undrain("hv2"),
        cmd.ResumeHost("hv2"),
        ["HostDrained"],
    ),
    "write_kvp": (
        lambda lab: lab.write_kvp("web01", {"Role": "web", "Empty": ""}),
        cmd.WriteKvp("web01", 1, (KvpItem("Role", "web"), KvpItem("Empty", ""))),
        ["KvpWritten"],
    ),
    "write_kvp of items into another pool": (
        lambda lab: lab.write_kvp(lab.guest("web01"), [KvpItem("a", "b")], pool="external", replace=True),
        cmd.WriteKvp("web01", 0, (KvpItem("a", "b"),), replace=True),
        ["KvpWritten"],
    ),
    "write_kvp of nothing": (
        lambda lab: lab.write_kvp("web01", {}, pool=4, replace=True),
        cmd.WriteKvp("web01", 4, (), replace=True),
        ["KvpWritten"],
    ),
    "delete_kvp": (
        lambda lab: (lab.write_kvp("web01", {"Role": "web"}), lab.delete_kvp("web01", "Role"))[1],
        cmd.DeleteKvp("web01", 1, ("Role",)),
        ["KvpWritten"],
    ),
    "delete_kvp of a pool by its number": (
        lambda lab: lab.delete_kvp(lab.guest("web01"), ["HostName", "VirtualMachineName"], pool="3"),
        cmd.DeleteKvp("web01", 3, ("HostName", "VirtualMachineName")),
        ["KvpWritten"],
    ),
    "push_kvp": (
        lambda lab: lab.push_kvp("web01", {"a": "b"}),
        cmd.PushKvp("web01", (KvpItem("a", "b"),)),
        ["KvpKept", "KvpPushed"],
    ),
    "remove_kvp": (
        lambda lab: (lab.push_kvp("web01", {"a": "b"}), lab.remove_kvp(lab.guest("web01"), ("a",)))[1],
        cmd.RemoveKvp("web01", ("a",)),
        ["KvpKept", "KvpPushed"],
    ),
    "read_kvp": (lambda lab: lab.read_kvp(), cmd.ReadKvp(), ["KvpRead"]),
    "read_kvp of a guest": (
        lambda lab: lab.read_kvp(lab.guest("web01"), pools=["external", 3]),
        cmd.ReadKvp("web01", pools=(0, 3)),
        ["KvpRead"],
    ),
    "read_kvp of a host's guests": (
        lambda lab: lab.read_kvp(host=lab.host("hv1"), pools="auto"),
        cmd.ReadKvp(host="hv1", pools=(2,)),
        ["KvpRead"],
    ),
    "arm on the other channel": (
        lambda lab: lab.arm("bent", "patch", channel="kvp", at=12, blob=b"\xff"),
        cmd.ArmFault(Fault("bent", "patch", channel="kvp", at=12, blob=b"\xff")),
        ["FaultArmed"],
    ),
    "arm": (
        lambda lab: lab.arm("late", "delay", to="guest", by="1s", from_="2025-01-02T00:00:00Z"),
        cmd.ArmFault(Fault("late", "delay", to="guest", from_us=START_US + 24 * HOUR_US, by_us=1_000_000)),
        ["FaultArmed"],
    ),
    "arm_fault": (
        lambda lab: lab.arm_fault(Fault("gone", "drop")),
        cmd.ArmFault(Fault("gone", "drop")),
        ["FaultArmed"],
    ),
    "disarm": (
        lambda lab: (lab.arm("gone", "drop"), lab.disarm("gone"))[1],
        cmd.DisarmFault("gone"),
        ["FaultDisarmed"],
    ),
    "advance": (lambda lab: lab.advance("1h"), cmd.Advance(START_US + HOUR_US), ["ClockAdvanced"]),
    "do": (lambda lab: lab.do(cmd.Stop("web01")), cmd.Stop("web01"), ["GuestStopped"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_method_is_one_command(running, told, name):
    call, command, events = CALLS[name]
    before = running.state.n
    outcome = call(running)
    if isinstance(outcome, HostHandle | GuestHandle):
        assert outcome.lab is running
        found = [entry.what for entry in running.entries()[before:]]
        assert found[0] == command
        assert [type(event).__name__ for event in found[1:]] == events
    else:
        assert outcome
        assert outcome.refused is None
        assert outcome.last == running.state.n - 1
        assert told(running, outcome) == (command, events)


def test_all_methods_are_held():
    assert {name.split()[0] for name in CALLS} >= set(VERBS)


def test_only_advance_moves_the_clock(make_lab):
    lab = make_lab(latency="1s")
    lab.start("web01")
    for call in (
        lambda: lab.ato("web01"),
        lambda: lab.restart("web01"),
        lambda: lab.migrate("web01", "hv2"),
        lambda: lab.activate("hv2"),
        lambda: lab.stop("web01"),
    ):
        assert call()
        assert lab.state.now_us == START_US
    lab.advance("1h")
    assert lab.state.now_us == START_US + HOUR_US


def vmware(lab: Lab) -> Lab:
    lab.add_host("esx1", release="ws2019", activated=True, platform="vmware")
    lab.add_guest("lin01", on="esx1", release="ws2019", edition="standard")
    return lab


def no_role(lab: Lab) -> Lab:
    lab.add_host("bare", release="ws2019", activated=True, hyperv=False)
    lab.add_guest("idle", on="bare", release="ws2019", edition="standard")
    return lab


def started(lab: Lab) -> Lab:
    lab.start("web01")
    return lab


def keyless(lab: Lab) -> Lab:
    lab.start("web01")
    lab.uninstall_key("web01")
    return lab


def volume(lab: Lab) -> Lab:
    lab.start("web01")
    lab.install_key("web01", KMS_2016)
    return lab


def client(lab: Lab) -> Lab:
    lab.add_guest("desk", on="hv1", release="win10", edition="pro")
    lab.start("desk")
    return lab


def moving(lab: Lab) -> Lab:
    lab.start("web01")
    lab.migrate("web01", "hv2", copy="10s", blackout="5s")
    return lab


def on_its_way(lab: Lab) -> Lab:
    moving(lab).advance("12s")
    return lab


def paused(lab: Lab) -> Lab:
    lab.start("web01")
    lab.pause("web01")
    return lab


def saved(lab: Lab) -> Lab:
    lab.start("web01")
    lab.save_state("web01")
    return lab


def down(lab: Lab) -> Lab:
    lab.start("web01")
    lab.stop_host("hv1")
    return lab


def roleless(lab: Lab) -> Lab:
    lab.set_role("hv2", on=False)
    return lab


def saved_without_the_role(lab: Lab) -> Lab:
    saved(lab).set_role("hv1", on=False)
    return lab


def moving_in_a_cluster(lab: Lab) -> Lab:
    return moving(clustered(lab))


MOVING = ("migrating", "web01 is migrating from hv1 to hv2")
ON_ITS_WAY = ("migrating", "web01 is on its way to hv2 and stands still")
PAUSED = ("paused", "web01 is paused")
SAVED = ("saved", "web01 is saved")
DOWN = ("host-down", "hv1 is down")
NOT_ELEVATED = ("not-elevated", "the prompt on web01 is not elevated", 0xC004F025)
# How the lab is prepared, what is called, and the refusal; its code where Windows gives one.
REFUSALS: dict[str, Any] = {
    "start": (started, lambda lab: lab.start("web01"), "running", "web01 is running already"),
    "start without the role": (
        no_role,
        lambda lab: lab.start("idle"),
        "no-hyper-v-role",
        "bare has no Hyper-V role, so it runs no guest",
    ),
    "stop": (None, lambda lab: lab.stop("web01"), "off", "web01 is off"),
    "restart": (None, lambda lab: lab.restart("web01"), "off", "web01 is off"),
    "install_key": (None, lambda lab: lab.install_key("web01"), "off", "web01 is off"),
    "uninstall_key": (None, lambda lab: lab.uninstall_key("web01"), "off", "web01 is off"),
    "ato": (None, lambda lab: lab.ato("web01"), "off", "web01 is off"),
    "uninstall_key without one": (
        keyless,
        lambda lab: lab.uninstall_key("web01"),
        "no-key",
        "web01 has no product key",
        0xC004F014,
    ),
    "ato without a key": (
        keyless,
        lambda lab: lab.ato("web01"),
        "no-key",
        "web01 has no AVMA key",
        0xC004F014,
    ),
    "ato with a key of another kind": (
        volume,
        lambda lab: lab.ato("web01"),
        "not-avma",
        "web01 has a key of another kind; activating that is outside this project",
        0xC004F034,
    ),
    "uninstall_key from a plain prompt": (
        started,
        lambda lab: lab.uninstall_key("web01", elevated=False),
        *NOT_ELEVATED,
    ),
    "ato from a plain prompt": (started, lambda lab: lab.ato("web01", elevated=False), *NOT_ELEVATED),
    "ato from a plain prompt, without a key": (
        keyless,
        lambda lab: lab.ato("web01", elevated=False),
        *NOT_ELEVATED,
    ),
    "uninstall_key from a plain prompt, of a guest that is off": (
        None,
        lambda lab: lab.uninstall_key("web01", elevated=False),
        "off",
        "web01 is off",
    ),
    "upgrade": (None, lambda lab: lab.upgrade("web01", release="ws2019"), "off", "web01 is off"),
    "upgrade to nothing new": (
        started,
        lambda lab: lab.upgrade("web01"),
        "no-upgrade",
        "web01 is ws2016/standard already",
    ),
    "upgrade backwards": (
        started,
        lambda lab: lab.upgrade("web01", release="ws2012r2", edition="datacenter"),
        "no-upgrade",
        "ws2012r2 is older than ws2016; an upgrade goes forward",
    ),
    "upgrade to a client": (
        started,
        lambda lab: lab.upgrade("web01", release="win11", edition="pro"),
        "no-upgrade",
        "no upgrade leads from ws2016 to win11",
    ),
    "upgrade of a client to a server": (
        client,
        lambda lab: lab.upgrade("desk", release="ws2025", edition="standard"),
        "no-upgrade",
        "no upgrade leads from win10 to ws2025",
    ),
    "migrate": (None, lambda lab: lab.migrate("web01", "hv1"), "same-host", "web01 is on hv1 already"),
    "migrate to another kind": (
        vmware,
        lambda lab: lab.migrate("web01", "esx1"),
        "not-hyper-v",
        "esx1 is no Hyper-V host; a guest moves between those",
    ),
    "migrate from another kind": (
        vmware,
        lambda lab: lab.migrate("lin01", "hv1"),
        "not-hyper-v",
        "esx1 is no Hyper-V host; a guest moves between those",
    ),
    "migrate a second time": (moving, lambda lab: lab.migrate("web01", "hv2"), *MOVING),
    "pause on the move": (moving, lambda lab: lab.pause("web01"), *MOVING),
    "save_state on the move": (moving, lambda lab: lab.save_state("web01"), *MOVING),
    "checkpoint on the move": (moving, lambda lab: lab.checkpoint("web01", "a"), *MOVING),
    "copy_guest on the move": (moving, lambda lab: lab.copy_guest("web01", "web02"), *MOVING),
    "stop on the way": (on_its_way, lambda lab: lab.stop("web01"), *ON_ITS_WAY),
    "restart on the way": (on_its_way, lambda lab: lab.restart("web01"), *ON_ITS_WAY),
    "ato on the way": (on_its_way, lambda lab: lab.ato("web01"), *ON_ITS_WAY),
    "advance on the way": (
        on_its_way,
        lambda lab: lab.advance(until="web01.next_attempt"),
        "no-attempt",
        "web01 is on its way to hv2 and stands still, so its attempt does not come; the clock stays",
    ),
    "pause twice": (paused, lambda lab: lab.pause("web01"), *PAUSED),
    "ato of a paused guest": (paused, lambda lab: lab.ato("web01"), *PAUSED),
    "install_key in a paused guest": (paused, lambda lab: lab.install_key("web01"), *PAUSED),
    "upgrade of a paused guest": (paused, lambda lab: lab.upgrade("web01", release="ws2019"), *PAUSED),
    "restart of a paused guest": (paused, lambda lab: lab.restart("web01"), *PAUSED),
    "migrate a paused guest quickly": (
        paused,
        lambda lab: lab.migrate("web01", "hv2", kind="quick"),
        *PAUSED,
    ),
    "start of a paused guest": (
        paused,
        lambda lab: lab.start("web01"),
        "running",
        "web01 is paused, not off; resume lets it go on",
    ),
    "advance to a paused guest's attempt": (
        paused,
        lambda lab: lab.advance(until="web01.next_attempt"),
        "no-attempt",
        "web01 is paused, so its attempt does not come; the clock stays",
    ),
    "pause a saved guest": (saved, lambda lab: lab.pause("web01"), *SAVED),
    "save_state twice": (saved, lambda lab: lab.save_state("web01"), *SAVED),
    "ato of a saved guest": (saved, lambda lab: lab.ato("web01"), *SAVED),
    "resume a running guest": (
        started,
        lambda lab: lab.resume("web01"),
        "not-paused",
        "web01 is running, neither paused nor saved",
    ),
    "resume without the role": (
        saved_without_the_role,
        lambda lab: lab.resume("web01"),
        "no-hyper-v-role",
        "hv1 has no Hyper-V role, so it runs no guest",
    ),
    "migrate from a host that is up": (
        started,
        lambda lab: lab.migrate("web01", "hv2", kind="failover"),
        "host-up",
        "hv1 is up: started elsewhere, web01 would run twice",
    ),
    "migrate from a host that is down": (down, lambda lab: lab.migrate("web01", "hv2"), *DOWN),
    "start on a host that is down": (down, lambda lab: lab.start("web01"), *DOWN),
    "migrate to a host without the role": (
        roleless,
        lambda lab: lab.migrate("web01", "hv2"),
        "not-hyper-v",
        "hv2 is no Hyper-V host; a guest moves between those",
    ),
    "copy_guest with its id": (
        None,
        lambda lab: lab.copy_guest("web01", "web02", keep_id=True),
        "same-id",
        "the VM id of web01 is in this lab already; a copy gets one of its own",
    ),
    "start_host": (None, lambda lab: lab.start_host("hv1"), "host-up", "hv1 is up already"),
    "stop_host": (down, lambda lab: lab.stop_host("hv1"), *DOWN),
    "restart_host": (down, lambda lab: lab.restart_host("hv1"), *DOWN),
    "crash_host": (down, lambda lab: lab.crash_host("hv1"), *DOWN),
    "upgrade_host of one that is down": (down, lambda lab: lab.upgrade_host("hv1", release="ws2022"), *DOWN),
    "set_role of one that is down": (down, lambda lab: lab.set_role("hv1", on=False), *DOWN),
    "join_cluster while down": (down, lambda lab: lab.join_cluster("hv1", "c1"), *DOWN),
    "upgrade_host to nothing new": (
        None,
        lambda lab: lab.upgrade_host("hv1"),
        "no-upgrade",
        "hv1 is ws2019/datacenter already",
    ),
    "upgrade_host backwards": (
        None,
        lambda lab: lab.upgrade_host("hv1", release="ws2016"),
        "no-upgrade",
        "ws2016 is older than ws2019; an upgrade goes forward",
    ),
    "upgrade_host to a client": (
        None,
        lambda lab: lab.upgrade_host("hv1", release="win11", edition="pro"),
        "no-upgrade",
        "no upgrade leads from ws2019 to win11",
    ),
    "set_role that is there": (
        None,
        lambda lab: lab.set_role("hv1", on=True),
        "no-change",
        "hv1 has the Hyper-V role already",
    ),
    "set_role that is gone": (
        roleless,
        lambda lab: lab.set_role("hv2", on=False),
        "no-change",
        "hv2 is without the Hyper-V role already",
    ),
    "join_cluster that it is in": (
        clustered,
        lambda lab: lab.join_cluster("hv1", "c1"),
        "no-change",
        "hv1 is in c1 already",
    ),
    "leave no cluster": (
        None,
        lambda lab: lab.join_cluster("hv1", ""),
        "no-change",
        "hv1 is in no cluster already",
    ),
    "join_cluster without the role": (
        roleless,
        lambda lab: lab.join_cluster("hv2", "c1"),
        "not-hyper-v",
        "hv2 is no Hyper-V host; a cluster is made of those",
    ),
    "drain": (None, lambda lab: lab.drain("hv1"), "no-cluster", "hv1 is in no cluster"),
    "undrain": (None, lambda lab: lab.undrain("hv1"), "no-cluster", "hv1 is in no cluster"),
    "drain twice": (drained, lambda lab: lab.drain("hv2"), "draining", "hv2 is drained already"),
    "drain with nowhere to go": (
        drained,
        lambda lab: lab.drain("hv1"),
        "no-node",
        "no other node of c1 takes the guests of hv1",
    ),
    "drain while a guest moves": (
        moving_in_a_cluster,
        lambda lab: lab.drain("hv1"),
        "migrating",
        "web01 is migrating; hv1 is drained after that",
    ),
    "undrain what is not drained": (
        clustered,
        lambda lab: lab.undrain("hv1"),
        "not-draining",
        "hv1 is not drained",
    ),
    "migrate to a drained node": (
        drained,
        lambda lab: lab.migrate("web01", "hv2"),
        "draining",
        "hv2 is drained and takes no guests",
    ),
    "advance": (
        None,
        lambda lab: lab.advance(until="web01.next_attempt"),
        "no-attempt",
        "web01 has no attempt pending or due; the clock stays",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_state_forbids_is_a_refusal(lab, told, name):
    prepare, call, *refusal = REFUSALS[name]
    if prepare is not None:
        prepare(lab)
    before = lab.state.copy()
    outcome = call(lab)
    assert not outcome
    assert outcome.refused == CommandRefused(*refusal)
    assert told(lab, outcome)[1] == ["CommandRefused"]
    before.n += 2
    assert lab.state == before, "a refusal changes nothing"


def test_a_key_that_does_not_fit_is_refused_with_its_code(running):
    before = running.state.copy()
    outcome = running.install_key("web01", KEY_2019)
    assert not outcome
    assert isinstance(outcome.refused, ProductKeyRefused)
    assert f"{outcome.refused.code:08X}" == "C004F069"
    assert outcome.refused.because.law == "keys: fits"
    before.n += 2
    assert running.state == before


def test_a_key_that_nobody_knows_is_refused_as_invalid(running):
    outcome = running.install_key("web01", "D3RCX-M6NRP-6CXC9-TW2F2-4RHYD")
    assert f"{outcome.refused.code:08X}" == "C004F050"
    assert outcome.refused.because.law == "keys: known"


def test_a_text_goes_to_windows_verbatim_where_asked(running):
    """What stands in for Windows is strict: nothing but letter case is read as a person means it."""
    assert running.install_key("web01", KEY_2016.lower(), verbatim=True)
    for text in (f" {KEY_2016}", KEY_2016.replace("-", "\u2013"), "avma", "none"):
        outcome = running.install_key("web01", text, verbatim=True)
        assert f"{outcome.refused.code:08X}" == "C004F050"
        assert outcome.refused.because.law == "keys: form"


def test_a_key_from_a_plain_prompt_is_refused_before_it_is_looked_at(running):
    for key, verbatim in (("avma", False), (KEY_2019, False), ("no key", True)):
        before = running.state.copy()
        outcome = running.install_key("web01", key, elevated=False, verbatim=verbatim)
        assert f"{outcome.refused.code:08X}" == "C004F025"
        assert outcome.refused.because.law == "keys: elevation"
        before.n += 2
        assert running.state == before


def test_where_only_the_new_key_is_refused_the_upgrade_has_happened(running):
    outcome = running.upgrade("web01", release="ws2019", key=KEY_2016)
    assert not outcome
    assert f"{outcome.refused.code:08X}" == "C004F069"
    row = running.state.guests["web01"]
    assert (row.release, row.edition, row.key) == ("ws2019", "standard", "")


def test_a_handle_passes_on_how_it_is_asked(running):
    guest = running.guest("web01")
    assert f"{guest.ato(elevated=False).refused.code:08X}" == "C004F025"
    assert f"{guest.uninstall_key(elevated=False).refused.code:08X}" == "C004F025"
    assert f"{guest.install_key(elevated=False).refused.code:08X}" == "C004F025"
    assert f"{guest.install_key('avma', verbatim=True).refused.code:08X}" == "C004F050"
    assert guest.set_kvp_service(running=False)
    assert not guest.row.kvp_service
    assert guest.upgrade(release="ws2019", edition="datacenter", key="avma")
    assert (guest.row.release, guest.row.edition) == ("ws2019", "datacenter")
    assert guest.row.key == "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"


def test_a_host_on_evaluation_is_not_activated(running):
    host = running.add_host("hv3", release="ws2019", activated="evaluation")
    assert not host.activated
    assert host.row.channel == "evaluation"
    running.activate(host)
    assert host.activated


def test_a_declared_key_of_another_kind_is_taken_by_every_guest():
    lab = Lab(other_keys={RETAIL.lower(): "retail"})
    assert lab.state.settings.other_keys == ((RETAIL, "retail"),)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key=RETAIL)
    lab.add_guest("desk", on="hv1", release="win11", edition="pro", key=RETAIL)
    for name in ("web01", "desk"):
        lab.start(name)
        assert f"{lab.state.licences[name].reason:08X}" == "C004F034"


def test_an_outcome_after_a_refusal_is_not_refused(running):
    assert not running.start("web01")
    assert running.stop("web01")


def test_labs_with_the_same_commands_tell_the_same_story(make_lab):
    one, other = make_lab(), make_lab()
    for lab in (one, other):
        lab.start("web01")
        lab.advance("30d")
    assert one.trace_hash == other.trace_hash
    other.advance("1us")
    assert one.trace_hash != other.trace_hash
