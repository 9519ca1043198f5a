"""Tests the check of commands: each that is wrong is refused with its exact message and leaves no trace."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.errors import DurationError, FaultError, InputError, UnknownName
from avma_sim.model import commands as cmd
from avma_sim.model.fault import ACTIONS, COPIES_MAX, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES, Host, HostActivation
from avma_sim.model.kvp import KvpItem
from avma_sim.model.migration import PHASES
from avma_sim.sim.admission import _CHECKS, admit
from avma_sim.sim.admission_life import CHECKPOINTS_MAX
from avma_sim.wire.blob import BLOB_BYTES_MAX

START = 1_735_689_600_000_000
LAST = 253_402_300_799_999_999  # the last microsecond of year 9999
CLOCK_LAST = 221_845_391_999_999_999  # of year 8999
KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
HOST = Host("hv2", "ws2019", "datacenter")
GUEST = Guest("web02", b"", "ws2016", "standard", "hv1", KEY)


def host(channel="", until_us=None, **fields):
    return cmd.AddHost(attrs.evolve(HOST, **fields), channel, until_us)


def guest(**fields):
    return cmd.AddGuest(attrs.evolve(GUEST, **fields))


def linux(**fields):
    return guest(**{"release": "linux", "edition": "linux", "key": "", **fields})


def fault(action="drop", name="f", **fields):
    return cmd.ArmFault(Fault(name, action, **fields))


NOT_A_NAME = (
    "is not a machine name: 1 to 63 letters, digits, '.', '_' or '-', a letter or digit first and last"
)
NO_CLUSTER_NAME = NOT_A_NAME.replace("machine name", "name")
SPAN = "a span of a migration is at least 0 and ends before year 10000"
NO_SPAN = "a failover takes no time and does not fail: it is a start on another host"
NO_CHECKPOINT_NAME = "a checkpoint's name is 1 to 64 printable ASCII characters, not"
ENDS = "an activation ends after the present instant and before year 10000"
FORWARD = "the clock only moves forward, and stays before year 9000"
EMPTY_WINDOW = "fault 'f' can never match: its window is empty or over"
ONE_TRIGGER = "fault 'f': give one of nth, every and rate"
UNDER = "under the reading wrong_key=refuse-at-install"
KINDS = "activations, attempt, next-due, quiet"
KMS_OF_2016, KMS_OF_2019 = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY", "N69G4-B89J2-4G8F4-WWYCC-J464C"
NO_DNS_NAME = (
    "of web02 is no DNS name: at most 253 characters, labels of 1 to 63 letters, digits or '-' with dots "
    "between, a letter or digit first and last in each"
)
LONG_NAME = ".".join(["a" * 63] * 3 + ["a" * 61])  # 253 characters
IPV4_FORM = "write four numbers of 0 to 255, such as 10.0.0.5"
IPV6_FORM = "write groups of hex digits, such as fe80::5"
SCOPE = "names a scope, which only its own machine knows"
LONG_KEY = "a product key's text has at most 256 characters"

EVERY_SECOND = "a host reads its guests' key-value pairs every second at most, or never (0)"
ITEM = KvpItem("a", "b")
MANY = tuple(KvpItem(str(number), "") for number in range(10_000))


def write(key, value):
    return cmd.WriteKvp("web01", 1, (KvpItem(key, value),))


def push(key, value):
    return cmd.PushKvp("web01", (KvpItem(key, value),))


REFUSED = [
    # Names.
    (host(name=""), InputError, f"host name '' {NOT_A_NAME}"),
    (host(name="-hv2"), InputError, f"host name '-hv2' {NOT_A_NAME}"),
    (host(name="hv2."), InputError, f"host name 'hv2.' {NOT_A_NAME}"),
    (host(name="hv 2"), InputError, f"host name 'hv 2' {NOT_A_NAME}"),
    (host(name="hv2\n"), InputError, f"host name 'hv2\\n' {NOT_A_NAME}"),
    (host(name="h" * 64), InputError, f"host name '{'h' * 64}' {NOT_A_NAME}"),
    (host(name="hv\u0662"), InputError, f"host name 'hv\u0662' {NOT_A_NAME}"),
    (guest(name="a/b"), InputError, f"guest name 'a/b' {NOT_A_NAME}"),
    (
        host(name="hv1"),
        InputError,
        "the name 'hv1' is taken by a host; hosts and guests share one namespace",
    ),
    (
        host(name="web01"),
        InputError,
        "the name 'web01' is taken by a guest; hosts and guests share one namespace",
    ),
    (
        guest(name="hv1"),
        InputError,
        "the name 'hv1' is taken by a host; hosts and guests share one namespace",
    ),
    # Hosts.
    (host(release="ws2091"), UnknownName, "unknown release 'ws2091'; did you mean 'ws2019'?"),
    (host(edition="datacentre"), UnknownName, "unknown edition 'datacentre'; did you mean 'datacenter'?"),
    (
        host(platform="azure-local"),
        InputError,
        "hosts of Azure Local are not simulated: they have a matrix and subscription of their own",
    ),
    (host(platform="hyperv"), UnknownName, "unknown platform 'hyperv'; did you mean 'hyper-v'?"),
    (
        host(service="q"),
        UnknownName,
        "unknown service state 'q'; known: hung, running, stopped",
    ),
    (host(latency_us=-1), DurationError, "a latency is at least 0 and ends before year 10000"),
    (host(latency_us=LAST + 1), DurationError, "a latency is at least 0 and ends before year 10000"),
    (
        host(activation=HostActivation()),
        InputError,
        "a host is added with its channel, not with an activation row",
    ),
    (host("mack"), UnknownName, "unknown channel 'mack'; did you mean 'mak'?"),
    (host(until_us=LAST), InputError, "a host that is not activated has no end of activation"),
    (host("mak", START), DurationError, ENDS),
    (host("mak", LAST + 1), DurationError, ENDS),
    (
        host(request_limit=(0, 1)),
        InputError,
        "a request limit counts 1 to 10000 requests, not 0",
    ),
    (
        host(request_limit=(10_001, 1)),
        InputError,
        "a request limit counts 1 to 10000 requests, not 10001",
    ),
    (
        host(request_limit=(1, 0)),
        DurationError,
        "a request limit has a span above 0 that ends before year 10000",
    ),
    (
        host(request_limit=(1, LAST + 1)),
        DurationError,
        "a request limit has a span above 0 that ends before year 10000",
    ),
    *(
        (command, InputError, "a host is added up, not drained, and with its first identity")
        for command in (host(up=False), host(draining=True), host(identity=1))
    ),
    (host(cluster="-east"), InputError, f"cluster name '-east' {NO_CLUSTER_NAME}"),
    *(
        (command, InputError, "hv2 is no Hyper-V host; a cluster is made of those")
        for command in (host(cluster="east", hyperv=False), host(cluster="east", platform="kvm"))
    ),
    # Guests.
    (guest(host="hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (guest(host="web01"), UnknownName, "unknown host 'web01'; known: hv1"),
    (guest(release="server2016"), UnknownName, "unknown release 'server2016'; did you mean 'ws2016'?"),
    (
        guest(edition="datacenter-azure"),
        UnknownName,
        "unknown edition of ws2016 'datacenter-azure'; did you mean 'datacenter'?",
    ),
    (guest(running=True), InputError, "a guest is added powered off"),
    (guest(pipe=1), InputError, "a guest is added powered off"),
    *(
        (command, InputError, "a guest is added powered off")
        for command in (guest(saved=True), guest(paused=True), guest(on_its_way=True), guest(with_host=True))
    ),
    (guest(rearms=1), InputError, "a guest is added without a rearm behind it"),
    (guest(rearmed=True), InputError, "a guest is added without a rearm behind it"),
    (guest(language="fr"), UnknownName, "unknown language 'fr'; known: de-DE, en-US, qps-ploc"),
    (guest(vm_id=b"1" * 15), InputError, "a VM id has 16 bytes, this one 15"),
    (guest(vm_id=b"v" * 16), InputError, f"the VM id {'76' * 16} is taken by another guest"),
    (
        guest(key="H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"),
        InputError,
        f"ws2016/standard refuses the key H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW (C004F069, keys: fits) {UNDER}",
    ),
    (
        guest(key="nonsense"),
        InputError,
        "ws2016/standard refuses the key nonsense (C004F050, keys: form)",
    ),
    (
        guest(key=KMS_OF_2019),
        InputError,
        f"ws2016/standard refuses the key {KMS_OF_2019} (C004F069, keys: fits)",
    ),
    (
        guest(release="ws2004", key=KEY),
        InputError,
        (f"ws2004/standard refuses the key {KEY} (C004F069, keys: fits) {UNDER} and keys_2004_20h2=none"),
    ),
    (guest(unattend_key="x" * 257), InputError, LONG_KEY),
    # What a guest tells of itself.
    *(
        (guest(fqdn=name), InputError, f"fqdn {name!r} {NO_DNS_NAME}")
        for name in ("a b", "a_b", "-a", "a-", "a..b", ".a", "a.", "a" * 64, "\u00e9.example", "a\n")
    ),
    (guest(fqdn=f"{LONG_NAME}a"), InputError, f"fqdn '{LONG_NAME}a' {NO_DNS_NAME}"),
    *(
        (guest(ipv4=("10.0.0.1", text)), InputError, f"ipv4 of web02: {text!r} is no address; {IPV4_FORM}")
        for text in ("", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/8", "a", " 10.0.0.1")
    ),
    *(
        (guest(ipv6=(text,)), InputError, f"ipv6 of web02: {text!r} is no address; {IPV6_FORM}")
        for text in ("", "fe80", "fe80:::1", "fe80::1/64", "fe80::g")
    ),
    (guest(ipv6=("fe80::1%3",)), InputError, f"ipv6 of web02: 'fe80::1%3' {SCOPE}; {IPV6_FORM}"),
    (
        guest(ipv4=("::1",)),
        InputError,
        "ipv4 of web02: '::1' is an IPv6 address; it goes under ipv6",
    ),
    (
        guest(ipv6=("10.0.0.1",)),
        InputError,
        "ipv6 of web02: '10.0.0.1' is an IPv4 address; it goes under ipv4",
    ),
    (guest(ipv4=("10.0.0.1",) * 2), InputError, "ipv4 of web02: '10.0.0.1' is given twice"),
    (
        guest(ipv4=tuple(f"10.0.0.{at}" for at in range(17))),
        InputError,
        "ipv4 of web02: at most 16 addresses, not 17",
    ),
    # Guests and hosts that run Linux.
    (linux(edition="standard"), UnknownName, "unknown edition of linux 'standard'; known: linux"),
    (
        guest(edition="linux"),
        UnknownName,
        "unknown edition of ws2016 'linux'; known: datacenter, essentials, standard",
    ),
    (
        linux(key=KEY),
        InputError,
        "key of web02: a Linux guest takes no product key; leave it out, or give none",
    ),
    (
        linux(unattend_key=KEY),
        InputError,
        "unattend_key of web02: a Linux guest has no Setup that reads an answer file; leave it out",
    ),
    (
        linux(core=True),
        InputError,
        "core of web02: a Linux guest has no Core installation; leave it out",
    ),
    (
        linux(language="de-DE"),
        InputError,
        "language of web02: a Linux guest has no Windows in a language; leave it out",
    ),
    (
        linux(rdp=True),
        InputError,
        "rdp of web02: a Linux guest has no Remote Desktop of Windows; leave it out",
    ),
    (
        linux(name="hv1"),
        InputError,
        "the name 'hv1' is taken by a host; hosts and guests share one namespace",
    ),
    (
        host(release="linux", edition="linux"),
        InputError,
        (
            "hosts that run Linux are not simulated as such; a machine of another hypervisor is a host with "
            "its platform (kvm, xen, other), and any release"
        ),
    ),
    (
        cmd.Upgrade("web01", "linux", "linux"),
        InputError,
        "no upgrade leads from Windows to Linux; add a guest that runs it",
    ),
    (
        cmd.Upgrade("web01", "linux", "standard"),
        UnknownName,
        "unknown edition of linux 'standard'; known: linux",
    ),
    # What is done to hosts.
    (cmd.Activate("hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (cmd.Activate("hv1", "ksm"), UnknownName, "unknown channel 'ksm'; did you mean 'kms'?"),
    (
        cmd.Activate("hv1", ""),
        UnknownName,
        "unknown channel ''; known: ad, evaluation, kms, mak, oem, retail",
    ),
    (cmd.Activate("hv1", "kms", START), DurationError, ENDS),
    (cmd.Activate("hv1", "kms", LAST + 1), DurationError, ENDS),
    (cmd.Deactivate("web01"), UnknownName, "unknown host 'web01'; known: hv1"),
    (cmd.SetService("hv9", "hung"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (cmd.SetService("hv1", "hang"), UnknownName, "unknown service state 'hang'; did you mean 'hung'?"),
    # What is done to guests.
    *(
        (command, UnknownName, "unknown guest 'web1'; did you mean 'web01'?")
        for command in (
            cmd.Start("web1"),
            cmd.Stop("web1"),
            cmd.Restart("web1"),
            cmd.InstallProductKey("web1", KEY),
            cmd.UninstallProductKey("web1"),
            cmd.RequestActivation("web1"),
            cmd.Rearm("web1"),
            cmd.SetDataExchange("web1", on=False),
            cmd.SetKvpService("web1", running=False),
            cmd.Upgrade("web1", "ws2019", "standard"),
            cmd.Migrate("web1", "hv1"),
            cmd.Pause("web1"),
            cmd.Save("web1"),
            cmd.Resume("web1"),
            cmd.CopyGuest("web1", "web02", "hv1"),
            cmd.TakeCheckpoint("web1", "clean"),
            cmd.ApplyCheckpoint("web1", "clean"),
            cmd.Advance(until="attempt", guest="web1"),
            fault(guest="web1"),
        )
    ),
    (cmd.InstallProductKey("web01", "x" * 257), InputError, LONG_KEY),
    (
        cmd.Upgrade("web01", "ws2018", "standard"),
        UnknownName,
        "unknown release 'ws2018'; did you mean 'ws2019'?",
    ),
    (
        cmd.Upgrade("web01", "ws1809", "essentials"),
        UnknownName,
        "unknown edition of ws1809 'essentials'; known: datacenter, standard",
    ),
    (cmd.Upgrade("web01", "ws2019", "standard", "x" * 257), InputError, LONG_KEY),
    (cmd.Start("hv1"), UnknownName, "unknown guest 'hv1'; known: web01"),
    (cmd.Migrate("web01", "hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (
        cmd.Migrate("web01", "hv1", "quik"),
        UnknownName,
        "unknown kind of migration 'quik'; did you mean 'quick'?",
    ),
    (
        cmd.Migrate("web01", "hv1", fails="arival"),
        UnknownName,
        "unknown phase of a migration 'arival'; did you mean 'arrival'?",
    ),
    *(
        (command, DurationError, SPAN)
        for command in (
            cmd.Migrate("web01", "hv1", copy_us=-1),
            cmd.Migrate("web01", "hv1", copy_us=LAST + 1),
            cmd.Migrate("web01", "hv1", blackout_us=-1),
            cmd.Migrate("web01", "hv1", blackout_us=LAST + 1),
            cmd.DrainHost("hv1", copy_us=-1),
            cmd.DrainHost("hv1", blackout_us=LAST + 1),
        )
    ),
    *(
        (cmd.Migrate("web01", "hv1", "failover", **fields), InputError, NO_SPAN)
        for fields in ({"copy_us": 1}, {"blackout_us": 1}, {"fails": "start"})
    ),
    # Copies and checkpoints.
    (cmd.CopyGuest("web01", "web02", "hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (cmd.CopyGuest("web01", "web 2", "hv1"), InputError, f"guest name 'web 2' {NOT_A_NAME}"),
    *(
        (
            cmd.CopyGuest("web01", name, "hv1"),
            InputError,
            f"the name {name!r} is taken by a {what}; hosts and guests share one namespace",
        )
        for name, what in (("web01", "guest"), ("hv1", "host"))
    ),
    (
        cmd.TakeCheckpoint("web01", "new", "product"),
        UnknownName,
        "unknown kind of checkpoint 'product'; did you mean 'production'?",
    ),
    *(
        (cmd.TakeCheckpoint("web01", name), InputError, f"{NO_CHECKPOINT_NAME} {name!r}")
        for name in ("", "caf\u00e9", "a\nb", "c" * 65)
    ),
    (cmd.TakeCheckpoint("web01", "clean"), InputError, "web01 has a checkpoint 'clean' already"),
    (
        cmd.ApplyCheckpoint("web01", "claen"),
        UnknownName,
        "unknown checkpoint of web01 'claen'; did you mean 'clean'?",
    ),
    # Hosts' own life.
    *(
        (command, UnknownName, "unknown host 'hv9'; did you mean 'hv1'?")
        for command in (
            cmd.StopHost("hv9"),
            cmd.StartHost("hv9"),
            cmd.RestartHost("hv9"),
            cmd.CrashHost("hv9"),
            cmd.UpgradeHost("hv9", "ws2022", "datacenter"),
            cmd.RebuildHost("hv9", "ws2022", "datacenter"),
            cmd.SetRole("hv9", on=True),
            cmd.SetCluster("hv9", "east"),
            cmd.DrainHost("hv9"),
            cmd.ResumeHost("hv9"),
        )
    ),
    *(
        (
            change("hv1", "ws2091", "datacenter"),
            UnknownName,
            "unknown release 'ws2091'; did you mean 'ws2019'?",
        )
        for change in (cmd.UpgradeHost, cmd.RebuildHost)
    ),
    *(
        (
            change("hv1", "ws2022", "datacentre"),
            UnknownName,
            "unknown edition 'datacentre'; did you mean 'datacenter'?",
        )
        for change in (cmd.UpgradeHost, cmd.RebuildHost)
    ),
    (cmd.SetCluster("hv1", "e st"), InputError, f"cluster name 'e st' {NO_CLUSTER_NAME}"),
    # Key-value pairs.
    *(
        (command, UnknownName, "unknown guest 'web1'; did you mean 'web01'?")
        for command in (
            cmd.WriteKvp("web1", 1, (ITEM,)),
            cmd.DeleteKvp("web1", 1, ("a",)),
            cmd.PushKvp("web1", (ITEM,)),
            cmd.RemoveKvp("web1", ("a",)),
            cmd.ReadKvp("web1"),
        )
    ),
    (cmd.ReadKvp(host="hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    *(
        (command, InputError, f"there is no pool {pool}; pools are 0 to 4")
        for pool in (-1, 5)
        for command in (
            cmd.WriteKvp("web01", pool, (ITEM,)),
            cmd.DeleteKvp("web01", pool, ("a",)),
            cmd.ReadKvp(pools=(1, pool)),
        )
    ),
    *(
        (command, InputError, "name at least one item")
        for command in (cmd.WriteKvp("web01", 1, ()), cmd.PushKvp("web01", ()))
    ),
    *(
        (command, InputError, f"a pool holds at most 10000 items here, not {len(MANY) + 1}")
        for command in (cmd.WriteKvp("web01", 1, (*MANY, ITEM)), cmd.PushKvp("web01", (*MANY, ITEM)))
    ),
    *(
        (command, InputError, message)
        for item, message in (
            (KvpItem("", "b"), "an item has a key that is not empty"),
            (KvpItem("a\0", "b"), "the key 'a\\x00' has a NUL, at which it would end"),
            (KvpItem("a", "\0"), "the value '\\x00' has a NUL, at which it would end"),
            (KvpItem("\ud800", "b"), "the key '\\ud800' has half a character (a lone surrogate)"),
        )
        for command in (cmd.WriteKvp("web01", 1, (ITEM, item)), cmd.PushKvp("web01", (item,)))
    ),
    *(
        (command, InputError, f"the {what} {letter * 40!r}... has {count} units; at most {most} are kept")
        for command, what, letter, count, most in (
            (write("k" * 256, ""), "key", "k", 256, 255),
            (write("a", "v" * 16_384), "value", "v", 16_384, 16_383),
            (push("k" * 256, ""), "key", "k", 256, 255),
            (push("a", "v" * 1024), "value", "v", 1024, 1023),
        )
    ),
    *(
        (command, InputError, "name at least one key, none of them empty")
        for keys in ((), ("a", ""))
        for command in (cmd.DeleteKvp("web01", 1, keys), cmd.RemoveKvp("web01", keys))
    ),
    (
        cmd.ReadKvp("web01", "hv1"),
        InputError,
        "a reading names a guest or a host, not both: a guest is read by the host that it is on",
    ),
    *(
        (cmd.ReadKvp(pools=pools), InputError, "a reading names at least one pool, each once")
        for pools in ((), (1, 1))
    ),
    (cmd.ReadKvp(pools=(4,)), InputError, "pool 4 is never on the wire, so no host reads it"),
    *((host(kvp_refresh_us=span), DurationError, EVERY_SECOND) for span in (-1, 1, 999_999, LAST + 1)),
    *(
        (host(kvp_latency_us=span), DurationError, "a latency is at least 0 and ends before year 10000")
        for span in (-1, LAST + 1)
    ),
    (
        fault(channel="kpv"),
        UnknownName,
        "unknown channel of a fault 'kpv'; did you mean 'kvp'?",
    ),
    (fault("patch"), FaultError, "fault 'f': patch needs bytes to put in place (blob)"),
    (fault("patch", at=-1, blob=b"x"), FaultError, "fault 'f': bit, size and at are at least 0"),
    (
        fault("replace", channel="kvp", blob=b"x" * 16_385),
        FaultError,
        "fault 'f': at most 16384 bytes, not 16385",
    ),
    # The clock.
    (cmd.Advance(), InputError, "an advance needs an instant, or something to wait for"),
    (cmd.Advance(until="quite"), UnknownName, "unknown kind of until 'quite'; did you mean 'quiet'?"),
    (cmd.Advance(START, "zz"), UnknownName, f"unknown kind of until 'zz'; known: , {KINDS}"),
    (cmd.Advance(START - 1), DurationError, FORWARD),
    (cmd.Advance(CLOCK_LAST + 1), DurationError, FORWARD),
    (cmd.Advance(START - 1, "quiet"), DurationError, FORWARD),
    (cmd.Advance(until="attempt"), UnknownName, "unknown guest ''; known: web01"),
    (cmd.Advance(START, "", "web01"), InputError, "only an advance until an attempt names a guest"),
    (cmd.Advance(until="quiet", guest="web01"), InputError, "only an advance until an attempt names a guest"),
    # Faults.
    (cmd.DisarmFault("los"), UnknownName, "unknown fault 'los'; did you mean 'loss'?"),
    (cmd.DisarmFault("past"), UnknownName, "unknown fault 'past'; known: loss"),
    *(
        (fault(name=name), FaultError, f"a fault's name is 1 to 64 printable ASCII characters, not {name!r}")
        for name in ("", "l\u00f6ss", "\ud800", "a\nb", "a\0b", "f" * 65)
    ),
    (fault(name="loss"), FaultError, "the fault name 'loss' was used before; each fault has its own"),
    (fault(name="past"), FaultError, "the fault name 'past' was used before; each fault has its own"),
    (fault("dropp"), UnknownName, "unknown fault action 'dropp'; did you mean 'drop'?"),
    (fault(host="hv9"), UnknownName, "unknown host 'hv9'; did you mean 'hv1'?"),
    (fault(to="guests"), UnknownName, "unknown end of the channel 'guests'; did you mean 'guest'?"),
    (fault(nth=-1), FaultError, "fault 'f': packets are counted from 1"),
    (fault(every=-1), FaultError, "fault 'f': packets are counted from 1"),
    (fault(rate_ppm=-1), FaultError, "fault 'f': a rate is 0 to 1,000,000 parts per million"),
    (fault(rate_ppm=1_000_001), FaultError, "fault 'f': a rate is 0 to 1,000,000 parts per million"),
    (fault(nth=1, every=1), FaultError, ONE_TRIGGER),
    (fault(nth=1, rate_ppm=1), FaultError, ONE_TRIGGER),
    (fault(every=1, rate_ppm=1), FaultError, ONE_TRIGGER),
    (fault(until_us=START), FaultError, EMPTY_WINDOW),
    (fault(until_us=0), FaultError, EMPTY_WINDOW),
    (fault(from_us=START + 9, until_us=START + 9), FaultError, EMPTY_WINDOW),
    (fault(from_us=START + 9, until_us=START + 8), FaultError, EMPTY_WINDOW),
    (fault(from_us=CLOCK_LAST + 1), FaultError, "fault 'f' can never match: no clock gets that far"),
    (fault("delay"), FaultError, "fault 'f': delay needs a span of time above 0 (by)"),
    (fault("reorder"), FaultError, "fault 'f': reorder needs a span of time above 0 (by)"),
    (fault("delay", by_us=-1), FaultError, "fault 'f': delay needs a span of time above 0 (by)"),
    (
        fault("duplicate", by_us=-1),
        FaultError,
        "fault 'f': a span of time is at least 0 and ends before year 10000",
    ),
    (
        fault("delay", by_us=LAST + 1),
        FaultError,
        "fault 'f': a span of time is at least 0 and ends before year 10000",
    ),
    (fault("duplicate", copies=0), FaultError, "fault 'f': a duplicate makes 1 to 16 copies, not 0"),
    (fault("duplicate", copies=17), FaultError, "fault 'f': a duplicate makes 1 to 16 copies, not 17"),
    (fault("flip", bit=-1), FaultError, "fault 'f': bit, size and at are at least 0"),
    (fault("truncate", size=-1), FaultError, "fault 'f': bit, size and at are at least 0"),
    (fault("extend"), FaultError, "fault 'f': extend needs bytes to put at the end (blob)"),
    (fault("replace", blob=bytes(1025)), FaultError, "fault 'f': at most 1024 bytes, not 1025"),
]

ADMITTED = [
    host(),
    host(name="H"),
    host(name="h" * 63),
    host(name="a.b_c-9"),
    host("kms", START + 1),
    host("kms", LAST),
    host(latency_us=LAST),
    host(release="ws2008r2", edition="standard", hyperv=False, encryption=False),
    host(release="win11"),
    host(edition="essentials"),
    host(request_limit=(1, 1)),
    host(request_limit=(10_000, LAST)),
    *(host(platform=platform) for platform in PLATFORMS),
    *(host(service=state) for state in SERVICE_STATES),
    *(host(channel) for channel in CHANNELS),
    guest(),
    guest(key=""),
    guest(key=KEY.lower()),
    guest(key=KMS_OF_2016),
    guest(unattend_key="any text"),
    guest(unattend_key="x" * 256),
    guest(kvp_service=False),
    guest(fqdn="a", ipv4=(), ipv6=(), rdp=True),
    guest(fqdn=LONG_NAME, ipv4=tuple(f"10.0.0.{at}" for at in range(16)), ipv6=("fe80::1", "FE80::2")),
    guest(fqdn="9-a.B-0.example"),
    linux(),
    linux(fqdn="lx01.example", ipv4=("10.0.0.1",), tenant="adatum", kvp_service=False),
    guest(vm_id=b"w" * 16),
    guest(release="win10", edition="enterprise", key=""),
    *(cmd.Activate("hv1", channel) for channel in CHANNELS),
    cmd.Activate("hv1"),
    cmd.Activate("hv1", "kms", START + 1),
    cmd.Deactivate("hv1"),
    *(cmd.SetService("hv1", state) for state in SERVICE_STATES),
    cmd.Start("web01"),
    cmd.Stop("web01"),
    cmd.Restart("web01"),
    cmd.InstallProductKey("web01", "not even a key: the guest refuses it"),
    cmd.UninstallProductKey("web01"),
    cmd.RequestActivation("web01"),
    cmd.Rearm("web01"),
    cmd.InstallProductKey("web01", "x" * 256, elevated=False),
    cmd.UninstallProductKey("web01", elevated=False),
    cmd.RequestActivation("web01", elevated=False),
    cmd.SetDataExchange("web01", on=True),
    cmd.SetKvpService("web01", running=False),
    cmd.Upgrade("web01", "ws2019", "essentials"),
    cmd.Upgrade("web01", "ws2008r2", "standard", "x" * 256),  # that it is older is a refusal
    cmd.Migrate("web01", "hv1"),
    cmd.Migrate("web01", "hv1", "quick", LAST, LAST),
    cmd.Migrate("web01", "hv1", "failover"),
    *(cmd.Migrate("web01", "hv1", fails=phase) for phase in PHASES),
    cmd.Pause("web01"),
    cmd.Save("web01"),
    cmd.Resume("web01"),
    cmd.CopyGuest("web01", "w" * 63, "hv1"),
    cmd.CopyGuest("web01", "web02", "hv1", keep_id=True),  # that the id is taken is a refusal
    cmd.TakeCheckpoint("web01", "~" * 64),
    cmd.TakeCheckpoint("web01", " ", "production"),
    cmd.ApplyCheckpoint("web01", "clean"),
    cmd.StopHost("hv1"),
    cmd.StartHost("hv1"),
    cmd.RestartHost("hv1"),
    cmd.CrashHost("hv1"),
    cmd.UpgradeHost("hv1", "ws2008r2", "standard"),  # that it is older is a refusal
    cmd.RebuildHost("hv1", "ws2008r2", "standard"),
    cmd.SetRole("hv1", on=False),
    cmd.SetCluster("hv1", "c" * 63),
    cmd.SetCluster("hv1", ""),
    cmd.DrainHost("hv1", LAST, LAST),
    cmd.ResumeHost("hv1"),
    host(cluster="east"),
    cmd.WriteKvp("web01", 1, MANY),
    cmd.WriteKvp("web01", 0, (), replace=True),
    cmd.WriteKvp("web01", 4, (ITEM, ITEM)),  # the later one counts
    write("k" * 255, "v" * 16_383),
    write("\U0001f600" * 127, "\n"),
    cmd.DeleteKvp("web01", 3, ("a", "a")),
    cmd.PushKvp("web01", MANY),
    push("k" * 255, "v" * 1023),
    cmd.RemoveKvp("web01", ("nobody's",)),  # that there is none is a refusal
    cmd.ReadKvp(),
    cmd.ReadKvp("web01", pools=(3, 2, 1, 0)),
    cmd.ReadKvp(host="hv1"),
    host(kvp_refresh_us=1_000_000, kvp_latency_us=0, kvp_packets=True),
    host(kvp_refresh_us=LAST, kvp_latency_us=LAST),
    fault("patch", channel="kvp", at=LAST, blob=b"x" * 16_384),
    fault("patch", blob=b"x"),
    cmd.Advance(START),
    cmd.Advance(CLOCK_LAST),
    cmd.Advance(until="quiet"),
    cmd.Advance(START, "next-due"),
    cmd.Advance(until="attempt", guest="web01"),
    cmd.DisarmFault("loss"),
    fault(guest="web01", host="hv1", to="host"),
    fault(to="guest", nth=1),
    fault(every=10**9),
    fault(rate_ppm=1_000_000),
    fault(until_us=START + 1),
    fault(from_us=START + 8, until_us=START + 9),
    fault(from_us=0),
    fault(from_us=CLOCK_LAST),
    fault(name=" " * 64),
    fault(name="~"),
    fault("delay", by_us=LAST),
    fault("reorder", by_us=1),
    fault("duplicate", copies=COPIES_MAX),
    fault("duplicate", copies=1, by_us=LAST),
    fault("extend", blob=bytes(BLOB_BYTES_MAX)),
    fault("replace"),
    fault("truncate"),
    fault("flip", bit=10**9),
    fault("replay"),
]


@pytest.fixture
def lab(play):
    """One host, one guest with a checkpoint, a fault in force and one that was."""
    play.host()
    play.guest(vm_id=b"v" * 16)
    play.do(cmd.TakeCheckpoint("web01", "clean"))
    play.fault("drop", name="past")
    play.do(cmd.DisarmFault("past"))
    play.fault("drop", name="loss")
    return play


def test_every_command_has_a_check():
    assert set(_CHECKS) == set(cmd.COMMANDS)


@pytest.mark.parametrize(("command", "kind", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_what_is_wrong_is_refused_and_leaves_no_trace(lab, command, kind, message):
    before, entries = lab.state.copy(), len(lab.entries)
    with pytest.raises(InputError) as refused:
        lab.do(command)
    assert type(refused.value) is kind
    assert str(refused.value) == message
    assert lab.state == before
    assert len(lab.entries) == entries


@pytest.mark.parametrize("command", ADMITTED, ids=repr)
def test_what_is_at_the_bounds_is_admitted(lab, command):
    before = lab.state.copy()
    admit(lab.facts, lab.state, command)
    assert lab.state == before


def test_every_refused_command_type_and_every_action_is_looked_at():
    assert {type(command) for command, *_ in REFUSED} == set(cmd.COMMANDS)
    assert {type(command) for command in ADMITTED} == set(cmd.COMMANDS)
    actions = {command.fault.action for command in ADMITTED if type(command) is cmd.ArmFault}
    assert actions == set(ACTIONS)


def test_a_guest_has_a_bounded_number_of_checkpoints_and_names_of_its_own_for_them(lab):
    lab.guest("web02")
    lab.do(cmd.TakeCheckpoint("web02", "clean"))
    for number in range(CHECKPOINTS_MAX - 1):
        lab.do(cmd.TakeCheckpoint("web01", f"c{number}"))
    with pytest.raises(InputError, match=r"^web01 has 50 checkpoints; Hyper-V keeps no more$"):
        lab.do(cmd.TakeCheckpoint("web01", "one more"))
    lab.do(cmd.TakeCheckpoint("web02", "one more"))


@pytest.mark.parametrize("command", [None, 7, "Start", Guest, GUEST, cmd.Start])
def test_what_is_no_command_is_refused(lab, command):
    with pytest.raises(UnknownName, match=rf"^unknown command '{type(command).__name__}'"):
        lab.do(command)


def test_the_first_fault_is_named_where_there_is_none(play):
    play.host()
    with pytest.raises(UnknownName, match=r"^unknown fault 'loss'; there is none yet$"):
        play.do(cmd.DisarmFault("loss"))
    with pytest.raises(UnknownName, match=r"^unknown guest 'web01'; there is none yet$"):
        play.start()


def test_a_bound_moves_with_the_clock(lab):
    lab.after(10)
    with pytest.raises(DurationError):
        lab.do(cmd.Advance(START + 9))
    with pytest.raises(DurationError):
        lab.do(cmd.Activate("hv1", "kms", START + 10))
    with pytest.raises(FaultError):
        lab.do(fault(until_us=START + 10))
    lab.do(cmd.Advance(START + 10))


WRONG_TYPES = [
    (cmd.Start(["web01"]), "a guest is named by text, not by ['web01']"),
    (cmd.Stop(None), "a guest is named by text, not by None"),
    (cmd.Deactivate(7), "a host is named by text, not by 7"),
    (cmd.SetService("hv1", None), "a service state is named by text, not by None"),
    (cmd.DisarmFault({}), "a fault is named by text, not by {}"),
    (cmd.Advance(START + 0.5), f"Advance: {START + 0.5} is not int"),
    (cmd.Advance(True), "Advance: True is not int"),
    (cmd.Advance(until=None), "a kind of until is named by text, not by None"),
    (cmd.Advance(until="attempt", guest=7), "Advance: 7 is not str"),
    (host(name=7), "AddHost: 7 is not str"),
    (host(latency_us=0.5), "AddHost: 0.5 is not int"),
    (host(hyperv="no"), "AddHost: 'no' is not bool"),
    (guest(tenant=None), "AddGuest: None is not str"),
    (guest(core=1), "AddGuest: 1 is not bool"),
    (cmd.Activate("hv1", "kms", 1.5), "Activate: 1.5 is not int"),
    (cmd.InstallProductKey("web01", 7), "InstallProductKey: 7 is not str"),
    (cmd.InstallProductKey("web01", KEY, elevated=2), "InstallProductKey: 2 is not bool"),
    (cmd.UninstallProductKey("web01", elevated=None), "UninstallProductKey: None is not bool"),
    (cmd.RequestActivation("web01", elevated="no"), "RequestActivation: 'no' is not bool"),
    (cmd.Rearm("web01", elevated=0), "Rearm: 0 is not bool"),
    (cmd.SetDataExchange("web01", on="no"), "SetDataExchange: 'no' is not bool"),
    (cmd.SetKvpService("web01", running=0), "SetKvpService: 0 is not bool"),
    (cmd.Upgrade("web01", "ws2019", "standard", None), "Upgrade: None is not str"),
    (cmd.Upgrade("web01", ["ws2019"], "standard"), "Upgrade: ['ws2019'] is not str"),
    (host(request_limit=(1.5, 1)), "AddHost: 1.5 is not int"),
    (host(request_limit=(True, 1)), "AddHost: True is not int"),
    (guest(kvp_service="no"), "AddGuest: 'no' is not bool"),
    (guest(unattend_key=None), "AddGuest: None is not str"),
    (guest(fqdn=None), "AddGuest: None is not str"),
    (guest(ipv4=(7,)), "AddGuest: 7 is not str"),
    (guest(rdp="yes"), "AddGuest: 'yes' is not bool"),
    (cmd.Pause(["web01"]), "a guest is named by text, not by ['web01']"),
    (cmd.Migrate("web01", 7), "a host is named by text, not by 7"),
    (cmd.Migrate("web01", "hv1", copy_us=0.5), "Migrate: 0.5 is not int"),
    (cmd.CopyGuest("web01", 7, "hv1"), "CopyGuest: 7 is not str"),
    (cmd.CopyGuest("web01", "web02", "hv1", keep_id=2), "CopyGuest: 2 is not bool"),
    (cmd.TakeCheckpoint("web01", None), "TakeCheckpoint: None is not str"),
    (cmd.ApplyCheckpoint("web01", 7), "ApplyCheckpoint: 7 is not str"),
    (cmd.CrashHost(7), "a host is named by text, not by 7"),
    (cmd.UpgradeHost("hv1", ["ws2022"], "datacenter"), "UpgradeHost: ['ws2022'] is not str"),
    (cmd.SetRole("hv1", on=1), "SetRole: 1 is not bool"),
    (cmd.SetCluster("hv1", None), "SetCluster: None is not str"),
    (cmd.DrainHost("hv1", True), "DrainHost: True is not int"),
    (cmd.WriteKvp("web01", "1", (ITEM,)), "WriteKvp: '1' is not int"),
    (cmd.WriteKvp("web01", 1, (KvpItem("a", 1),)), "WriteKvp: 1 is not str"),
    (cmd.WriteKvp("web01", 1, (ITEM,), replace=1), "WriteKvp: 1 is not bool"),
    (cmd.DeleteKvp("web01", 1, (None,)), "DeleteKvp: None is not str"),
    (cmd.PushKvp("web01", (("a", "b"),)), "PushKvp: ('a', 'b') is not KvpItem"),
    (cmd.RemoveKvp("web01", "a"), "RemoveKvp: 'a' is not tuple"),
    (cmd.ReadKvp(pools=("1",)), "ReadKvp: '1' is not int"),
    (cmd.ReadKvp(None), "ReadKvp: None is not str"),
    (host(kvp_packets=1), "AddHost: 1 is not bool"),
    (fault("patch", at="1", blob=b"x"), "ArmFault: '1' is not int"),
    (fault("flip", bit="3"), "ArmFault: '3' is not int"),
    (fault(nth=True), "ArmFault: True is not int"),
]


@pytest.mark.parametrize(("command", "message"), WRONG_TYPES, ids=[message for _, message in WRONG_TYPES])
def test_a_field_of_another_type_is_refused(lab, command, message):
    """Else the journal gets a line that nobody can read back."""
    before = lab.state.copy()
    with pytest.raises(InputError) as refused:
        lab.do(command)
    assert str(refused.value) == message
    assert lab.state == before


@pytest.mark.parametrize(
    "command",
    [guest(vm_id="00" * 16), guest(vm_id=None), fault("extend", blob="00"), fault(blob=None)],
    ids=repr,
)
def test_a_value_of_another_kind_is_refused(lab, command):
    with pytest.raises(InputError, match=rf"^{type(command).__name__}: "):
        lab.do(command)
