"""Tests the fold: one function an event type, and each writes exactly what its event says."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.errors import JournalError
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.checkpoint import PRODUCTION, STANDARD, Checkpoint
from avma_sim.model.fault import ArmedFault, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import WAITING, WAITING_BAD, Attempt, GuestEnd, HostEnd, Request
from avma_sim.model.host import Host, HostActivation
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_exchange import KvpExchange, KvpLink
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.kvp_talk import Gain, HostTalk, Walk
from avma_sim.model.kvp_view import KvpView
from avma_sim.model.licence import LICENSED, NOTIFICATION, Licence
from avma_sim.model.log import EMPTY_LOG, Log, LogRow, ServiceRow
from avma_sim.model.migration import ARRIVE, COPY, LIVE, Migration
from avma_sim.model.packet import NEVER_US, Packet
from avma_sim.model.verdict import Because
from avma_sim.sim.apply import APPLY
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import apply_entry, new_state

NOW, N = 100, 50
OLD, NEW = (
    Licence(NOTIFICATION, 1, (200, 3), "retry"),
    Licence(LICENSED, 2, (300, N), "renewal", end=(400, N)),
)
HOST = Host("hv1", "ws2019", "datacenter")
LIMITED = Host("hv4", "ws2019", "datacenter", request_limit=(2, 60))
GUEST = Guest("web01", b"v" * 16, "ws2016", "standard", "hv1", "KEY", running=True, pipe=3, tenant="acme")
GUEST = attrs.evolve(
    GUEST, core=True, encryption=False, kvp_service=False, unattend_key="UNATTEND", language="de-DE"
)
GUEST = attrs.evolve(GUEST, rearms=3, rearmed=True)
GUEST = attrs.evolve(GUEST, fqdn="web01.example", ipv4=("10.0.0.5",), ipv6=("fe80::5",), rdp=True)
ON_DISK = attrs.evolve(GUEST, name="disk", running=False, saved=True)
ON_ITS_WAY = attrs.evolve(GUEST, name="moving", on_its_way=True)
MOVE = Migration(LIVE, "hv2", "hv1", ARRIVE, (150, 40))
CLEAN = Checkpoint("clean", PRODUCTION, 50, GUEST, OLD, EMPTY_LOG)
REQUEST = Request(b"n" * 16, b"v" * 16, b"a" * 16, 14393, "standard")
PENDING = Attempt("hv1", "start", 90, (120, 4), GuestEnd(WAITING, REQUEST, b"d"))
BAD = Attempt("hv1", "start", 90, (120, 4), GuestEnd(WAITING_BAD, REQUEST, b"d"))
ASK = Packet(7, "web01", 3, "hv1", "host", b"ask", (110, 4))
ANSWER = Packet(8, "web01", 3, "hv1", "guest", b"answer", (110, N))
ROW = LogRow(7, NOW, 12309, "success", 0, "hv1", b"n", Because("law"))
HELD_LOG = Log((), (attrs.evolve(ROW, record=9),))
ANSWERED = HostEnd("answered", b"d" * 16, 5, ((1, 5),))
LOSS, REPLAY, TANGLE = Fault("loss", "drop"), Fault("again", "replay"), Fault("tangle", "reorder", by_us=5)
FAULTS = {
    "loss": ArmedFault(LOSS, seen=2, hits=1),
    "again": ArmedFault(REPLAY, seen=1),
    "tangle": ArmedFault(TANGLE, seen=5, hits=4, held=6),
}


KVP_LOSS = Fault("mute", "drop", channel="kvp")
FAULTS["mute"] = ArmedFault(KVP_LOSS, seen=1)
ITEM = KvpItem("a", "b")
KEPT, WRITTEN = KvpPools(guest=(ITEM,)), KvpPools(guest=(ITEM, KvpItem("c", "d")))
VIEW = KvpView("hv1", 60, ((1, (ITEM,)),), (("walk 2 at 0", 5),), 60)
VERSIONS = ((3, 0), (4, 0))
LINK, AGREED = KvpLink(3, VERSIONS), KvpLink(3, VERSIONS, VERSIONS)
EXCHANGE = KvpExchange("read", "hv1", HostTalk((Walk(1),)), (150, 4), b"d")
GAIN = Gain(items=(ITEM,))
ONWARD = attrs.evolve(EXCHANGE, talk=EXCHANGE.talk.gained(GAIN), due=(160, N), digest=b"e")
KVP_ASK = Packet(-2, "off", 3, "hv1", "guest", b"ask", (110, 4))
KVP_ANSWER = Packet(-3, "off", 3, "hv1", "host", b"answer", (110, N))
SEEN_KVP = {"mute": ArmedFault(KVP_LOSS, seen=2)}


def full_state():
    """A lab in the middle of things: a request in flight, three faults in force."""
    return State(
        Settings(guest_log_rows=2, host_log_rows=1),
        NOW,
        N,
        {
            "hv1": HOST,
            "hv2": attrs.evolve(HOST, name="hv2", activation=HostActivation("kms", (500, 2))),
            "hv4": LIMITED,
            "hv5": attrs.evolve(LIMITED, name="hv5"),
        },
        {
            "web01": GUEST,
            "off": attrs.evolve(GUEST, name="off", running=False),
            "disk": ON_DISK,
            "moving": ON_ITS_WAY,
        },
        dict.fromkeys(("web01", "off", "disk", "moving"), OLD),
        {"web01": PENDING},
        {7: ASK, -2: KVP_ASK},
        7,
        {"web01": 4},
        {("hv2", "web01"): HostEnd(), ("hv2", "off"): ANSWERED, ("hv1", "off"): ANSWERED},
        {
            **dict.fromkeys(("hv1", "hv4", "hv5", "web01", "off", "disk", "moving"), EMPTY_LOG),
            "hv2": HELD_LOG,
        },
        dict(FAULTS),
        frozenset(FAULTS) | {"past"},
        {"hv2": (10, 20), "hv5": (10, 20)},
        {"web01": (ServiceRow(4, 60, 900), ServiceRow(5, 60, 902))},
        {"web01": 6, "hv2": 9},
        {"moving": MOVE},
        {("web01", "clean"): CLEAN},
        {"off": KEPT},
        {"off": VIEW},
        {"off": LINK},
        {"off": EXCHANGE},
        {"hv5": (160, 20)},
        -2,
    )


GONE = object()
CLOCK = object()  # the instant at which the event is folded
STARTED = attrs.evolve(GUEST, name="off", running=True, pipe=4, rearmed=False)
NEXT_ATTEMPT = attrs.evolve(PENDING, deadline=(130, N))
LATER = attrs.evolve(ASK, due=(115, N))
COPIES = (LATER, attrs.evolve(ASK, id=8, due=(120, N)), attrs.evolve(ASK, id=9, due=(121, N)))
HV2 = attrs.evolve(HOST, name="hv2", activation=HostActivation("kms", (500, 2)))
HV3 = attrs.evolve(HOST, name="hv3")
SOON = Migration(LIVE, "hv1", "hv2", COPY, (140, N))
ARRIVING = attrs.evolve(SOON, phase=ARRIVE, due=(150, N))
DIRTY = Checkpoint("dirty", STANDARD, NOW, GUEST, NEW, HELD_LOG)
BACK = attrs.evolve(GUEST, running=False, saved=True, key="THEN")
SERVICES = (ServiceRow(1, 60, 900), ServiceRow(2, 60, 902))
WEB02 = attrs.evolve(GUEST, name="web02", running=False)
SEEN = {"loss": ArmedFault(LOSS, 3, 1), "tangle": ArmedFault(TANGLE, 6, 4, b"", 6)}

# Event -> (what it changes: field -> value, or field -> {key: value}; the agenda keys it returns).
CASES = [
    (ev.ClockAdvanced(), {}, ()),
    (ev.CommandRefused("off", "web01 is off"), {}, ()),
    (ev.HostAdded(HV3), {"hosts": {"hv3": HV3}, "logs": {"hv3": EMPTY_LOG}}, ("hv3",)),
    (
        ev.GuestAdded(WEB02, NEW),
        {"guests": {"web02": WEB02}, "licences": {"web02": NEW}, "logs": {"web02": EMPTY_LOG}},
        (),
    ),
    (
        ev.HostActivated("hv1", HostActivation("mak", (300, N))),
        {"hosts": {"hv1": attrs.evolve(HOST, activation=HostActivation("mak", (300, N)))}},
        ("hv1",),
    ),
    (ev.HostActivationEnded("hv2", "lost"), {"hosts": {"hv2": attrs.evolve(HOST, name="hv2")}}, ("hv2",)),
    (ev.ServiceChanged("hv1", "hung"), {"hosts": {"hv1": attrs.evolve(HOST, service="hung")}}, ()),
    (
        ev.DataExchangeChanged("web01", on=False),
        {"guests": {"web01": attrs.evolve(GUEST, data_exchange=False)}},
        (),
    ),
    (
        ev.KvpServiceChanged("web01", running=True),
        {"guests": {"web01": attrs.evolve(GUEST, kvp_service=True)}},
        (),
    ),
    (
        ev.GuestStarted("off", NEW),
        {
            "guests": {"off": STARTED},
            "licences": {"off": NEW},
            "services": {"off": (ServiceRow(1, CLOCK, 900), ServiceRow(2, CLOCK, 902))},
            "records": {"off": 2},
        },
        ("off",),
    ),
    (
        ev.GuestStopped("web01"),
        {
            "guests": {"web01": attrs.evolve(GUEST, running=False)},
            "services": {"web01": (ServiceRow(5, 60, 902), ServiceRow(7, CLOCK, 903))},
            "records": {"web01": 7},
        },
        (),
    ),
    (  # with its host, of a crash: its Windows logs nothing
        ev.GuestStopped("moving", with_host=True, crashed=True),
        {"guests": {"moving": attrs.evolve(ON_ITS_WAY, running=False, on_its_way=False, with_host=True)}},
        (),
    ),
    (ev.GuestMigrated("web01", "hv2"), {"guests": {"web01": attrs.evolve(GUEST, host="hv2", pipe=4)}}, ()),
    (
        ev.GuestMigrated("web01", "hv2", ARRIVING),
        {
            "guests": {"web01": attrs.evolve(GUEST, host="hv2", pipe=4, on_its_way=True)},
            "migrations": {"web01": ARRIVING},
        },
        ("web01",),
    ),
    (  # a saved one stands still anyway
        ev.GuestMigrated("disk", "hv2", ARRIVING),
        {
            "guests": {"disk": attrs.evolve(ON_DISK, host="hv2", pipe=4)},
            "migrations": {"disk": ARRIVING},
        },
        ("disk",),
    ),
    (  # back to its source: it stands still until it is told to go on
        ev.GuestMigrated("moving", "hv2"),
        {"guests": {"moving": attrs.evolve(ON_ITS_WAY, host="hv2", pipe=4)}},
        (),
    ),
    (ev.GuestPaused("web01"), {"guests": {"web01": attrs.evolve(GUEST, paused=True)}}, ()),
    (
        ev.GuestSaved("web01"),
        {"guests": {"web01": attrs.evolve(GUEST, running=False, saved=True)}},
        ("web01",),
    ),
    (
        ev.GuestResumed("disk", NEW),
        {
            "guests": {"disk": attrs.evolve(ON_DISK, running=True, saved=False, pipe=4)},
            "licences": {"disk": NEW},
        },
        ("disk",),
    ),
    (
        ev.GuestResumed("moving", NEW, NEXT_ATTEMPT, (LATER, ANSWER)),
        {
            "guests": {"moving": attrs.evolve(ON_ITS_WAY, on_its_way=False)},
            "licences": {"moving": NEW},
            "attempts": {"moving": NEXT_ATTEMPT},
            "packets": {7: LATER, 8: ANSWER},
        },
        ("moving", 7, 8),
    ),
    (ev.SavedStateDiscarded("disk"), {"guests": {"disk": attrs.evolve(ON_DISK, saved=False)}}, ()),
    (ev.PacketWaits(7), {"packets": {7: attrs.evolve(ASK, due=(NEVER_US, 4))}}, ()),
    (ev.MigrationStarted("web01", SOON), {"migrations": {"web01": SOON}}, ("web01",)),
    (
        ev.MigrationEnded("moving", "arrived", ARRIVE),
        {"guests": {"moving": attrs.evolve(ON_ITS_WAY, on_its_way=False)}, "migrations": {"moving": GONE}},
        ("moving",),
    ),
    (
        ev.GuestCopied("web01", WEB02, NEW, HELD_LOG, SERVICES, 9),
        {
            "guests": {"web02": WEB02},
            "licences": {"web02": NEW},
            "logs": {"web02": HELD_LOG},
            "services": {"web02": SERVICES},
            "records": {"web02": 9},
        },
        (),
    ),
    (
        ev.GuestCopied("off", WEB02, NEW, EMPTY_LOG),
        {"guests": {"web02": WEB02}, "licences": {"web02": NEW}, "logs": {"web02": EMPTY_LOG}},
        (),
    ),
    (ev.CheckpointTaken("web01", DIRTY), {"checkpoints": {("web01", "dirty"): DIRTY}}, ()),
    (  # the count of nonces, what the host remembers and what is pending are others' business
        ev.CheckpointApplied("web01", "clean", BACK, NEW, HELD_LOG, SERVICES, 2),
        {
            "guests": {"web01": BACK},
            "licences": {"web01": NEW},
            "logs": {"web01": HELD_LOG},
            "services": {"web01": SERVICES},
            "records": {"web01": 2},
        },
        ("web01",),
    ),
    (ev.HostStopped("hv2", crashed=True), {"hosts": {"hv2": attrs.evolve(HV2, up=False)}}, ()),
    (  # it remembers nothing of requests; others do
        ev.HostStarted("hv2"),
        {"hosts": {"hv2": HV2}, "ends": {("hv2", "web01"): GONE, ("hv2", "off"): GONE}},
        ("hv2",),
    ),
    (
        ev.HostChanged(attrs.evolve(HV2, release="ws2022", activation=None), "upgraded"),
        {"hosts": {"hv2": attrs.evolve(HV2, release="ws2022", activation=None)}},
        ("hv2",),
    ),
    (
        ev.HostChanged(attrs.evolve(HV2, identity=1), "rebuilt"),
        {
            "hosts": {"hv2": attrs.evolve(HV2, identity=1)},
            "logs": {"hv2": EMPTY_LOG},
            "records": {"hv2": GONE},
            "decisions": {"hv2": GONE},
        },
        ("hv2",),
    ),
    (
        ev.HostChanged(attrs.evolve(HOST, identity=1), "rebuilt"),  # which never decided anything
        {
            "hosts": {"hv1": attrs.evolve(HOST, identity=1)},
            "logs": {"hv1": EMPTY_LOG},
            "views": {"off": GONE},
        },
        ("hv1",),
    ),
    (ev.HostDrained("hv2", draining=True), {"hosts": {"hv2": attrs.evolve(HV2, draining=True)}}, ()),
    (
        ev.ProductKeyInstalled("web01", "OTHER", NEW),
        {
            "guests": {"web01": attrs.evolve(GUEST, key="OTHER")},
            "licences": {"web01": NEW},
            "services": {"web01": (ServiceRow(5, 60, 902), ServiceRow(7, CLOCK, 1016, "OTHER"))},
            "records": {"web01": 7},
        },
        ("web01",),
    ),
    (
        ev.GuestUpgraded("web01", "ws2022", "datacenter", NEW),
        {
            "guests": {
                "web01": attrs.evolve(
                    GUEST, release="ws2022", edition="datacenter", key="", pipe=4, rearmed=False
                )
            },
            "licences": {"web01": NEW},
            "services": {"web01": (ServiceRow(8, CLOCK, 900), ServiceRow(9, CLOCK, 902))},
            "records": {"web01": 9},
        },
        ("web01",),
    ),
    (ev.ProductKeyRefused("web01", 5, Because("law")), {}, ()),
    (ev.ProductKeyRefused("web01", 5, Because("law"), setup=True), {}, ()),
    (
        ev.ProductKeyRemoved("web01", NEW),
        {"guests": {"web01": attrs.evolve(GUEST, key="")}, "licences": {"web01": NEW}},
        ("web01",),
    ),
    (
        ev.GuestRearmed("web01"),
        {"guests": {"web01": attrs.evolve(GUEST, rearms=4, rearmed=True)}},
        (),
    ),
    (ev.AttemptRequested("web01", NEW), {"licences": {"web01": NEW}}, ("web01",)),
    (
        ev.AttemptStarted("web01", NEXT_ATTEMPT, ANSWER),
        {
            "attempts": {"web01": NEXT_ATTEMPT},
            "nonces": {"web01": 5},
            "packets": {8: ANSWER},
            "packet_ids": 8,
        },
        ("web01", 8),
    ),
    (
        ev.AttemptStarted("off", NEXT_ATTEMPT, ANSWER, ("loss", "tangle")),
        {
            "attempts": {"off": NEXT_ATTEMPT},
            "nonces": {"off": 1},
            "packets": {8: ANSWER},
            "packet_ids": 8,
            "faults": SEEN,
        },
        ("off", 8),
    ),
    (ev.AttemptJoined("web01", "ato"), {}, ()),
    (
        ev.AttemptVoided("web01", "stop", NEW),
        {"attempts": {"web01": GONE}, "licences": {"web01": NEW}},
        ("web01",),
    ),
    (
        ev.AttemptFailed("web01", 7, NEW, ROW),
        {
            "attempts": {"web01": GONE},
            "packets": {7: GONE},
            "licences": {"web01": NEW},
            "logs": {"web01": Log((), (ROW,))},
            "records": {"web01": 7},
        },
        ("web01",),
    ),
    (
        ev.AttemptFailed("off", 0, NEW, ROW),
        {"licences": {"off": NEW}, "logs": {"off": Log((), (ROW,))}, "records": {"off": 7}},
        ("off",),
    ),
    (
        ev.LicenceGranted("web01", 7, NEW, ROW),
        {
            "attempts": {"web01": GONE},
            "packets": {7: GONE},
            "licences": {"web01": NEW},
            "logs": {"web01": Log((), (ROW,))},
            "records": {"web01": 7},
        },
        ("web01",),
    ),
    (ev.LicenceEnded("web01", NEW), {"licences": {"web01": NEW}}, ("web01",)),
    (ev.BadBytesSeen("web01", 7, "mac"), {"attempts": {"web01": BAD}, "packets": {7: GONE}}, ()),
    (ev.BytesIgnored("web01", 7), {"packets": {7: GONE}}, ()),
    (
        ev.ActivationDecided("hv1", "web01", 7, ANSWERED, ROW, ANSWER, ("loss",)),
        {
            "packets": {7: GONE, 8: ANSWER},
            "packet_ids": 8,
            "ends": {("hv1", "web01"): ANSWERED},
            "logs": {"hv1": Log((), (ROW,))},
            "records": {"hv1": 7},
            "faults": {"loss": SEEN["loss"]},
        },
        (8,),
    ),
    (  # of a host with a request limit, the newest instants are kept
        ev.ActivationDecided("hv4", "web01", 7, ANSWERED, ROW, ANSWER),
        {
            "packets": {7: GONE, 8: ANSWER},
            "packet_ids": 8,
            "ends": {("hv4", "web01"): ANSWERED},
            "logs": {"hv4": Log((), (ROW,))},
            "records": {"hv4": 7},
            "decisions": {"hv4": (CLOCK,)},
        },
        (8,),
    ),
    (
        ev.ActivationDecided("hv5", "web01", 7, ANSWERED, ROW, ANSWER),
        {
            "packets": {7: GONE, 8: ANSWER},
            "packet_ids": 8,
            "ends": {("hv5", "web01"): ANSWERED},
            "logs": {"hv5": Log((), (ROW,))},
            "records": {"hv5": 7},
            "decisions": {"hv5": (20, CLOCK)},
        },
        (8,),
    ),
    (ev.RequestIgnored("hv1", 7), {"packets": {7: GONE}}, ()),
    (
        ev.RequestRepeated("hv1", 7, ANSWER, ("tangle",)),
        {"packets": {7: GONE, 8: ANSWER}, "packet_ids": 8, "faults": {"tangle": SEEN["tangle"]}},
        (8,),
    ),
    (ev.RequestUnread("hv1", 7, "mac", ANSWER), {"packets": {7: GONE, 8: ANSWER}, "packet_ids": 8}, (8,)),
    (ev.RequestUnanswered("hv1", 7, "hung"), {"packets": {7: GONE}}, ()),
    (ev.PacketLost(7), {"packets": {7: GONE}}, ()),
    (
        ev.FaultArmed(Fault("new", "drop")),
        {
            "faults": {"new": ArmedFault(Fault("new", "drop"))},
            "fault_names": frozenset({*FAULTS, "past", "new"}),
        },
        (),
    ),
    (ev.FaultDisarmed("tangle"), {"faults": {"tangle": GONE}}, ()),
    (
        ev.FaultHit("loss", 7, "drop"),
        {"packets": {7: GONE}, "faults": {"loss": ArmedFault(LOSS, seen=2, hits=2)}},
        (),
    ),
    (
        ev.FaultHit("loss", 7, "duplicate", COPIES),
        {
            "packets": {7: COPIES[0], 8: COPIES[1], 9: COPIES[2]},
            "packet_ids": 9,
            "faults": {"loss": ArmedFault(LOSS, seen=2, hits=2)},
        },
        (7, 8, 9),
    ),
    (
        ev.FaultHit("again", 7, "keep"),
        {"faults": {"again": ArmedFault(REPLAY, seen=1, kept=b"ask")}},
        (),
    ),
    (
        ev.FaultHit("again", 7, "replay", (LATER,)),
        {"packets": {7: LATER}, "faults": {"again": ArmedFault(REPLAY, seen=1, hits=1)}},
        (7,),
    ),
    (
        ev.FaultHit("tangle", 7, "reorder", (LATER,)),
        {"packets": {7: LATER}, "faults": {"tangle": ArmedFault(TANGLE, 5, 5, b"", 7)}},
        (7,),
    ),
    (ev.KvpWritten("off", WRITTEN, ("c",)), {"pools": {"off": WRITTEN}}, ()),
    (ev.KvpWritten("web01", WRITTEN, ("c",)), {"pools": {"web01": WRITTEN}}, ()),
    (ev.KvpKept("web01", WRITTEN, ("c",)), {"pools": {"web01": WRITTEN}}, ()),
    (
        ev.KvpPushed("web01", "hv1", 3, b"d", AGREED, WRITTEN),
        {"links": {"web01": AGREED}, "pools": {"web01": WRITTEN}},
        (),
    ),
    (
        ev.KvpPushed("off", "hv1", 3, b"d", AGREED, WRITTEN, arrived=-2),
        {
            "links": {"off": AGREED},
            "pools": {"off": WRITTEN},
            "exchanges": {"off": GONE},
            "packets": {-2: GONE},
        },
        ("off",),
    ),
    (
        ev.KvpRead("web01", "hv2", 3, b"d", ((1, (ITEM,)),), ("a",)),
        {"views": {"web01": KvpView("hv2", CLOCK, ((1, (ITEM,)),))}},
        (),
    ),
    (
        ev.KvpRead("off", "hv2", 3, b"d", failures=(("walk 1 at 0", 6),), arrived=-2),
        {
            "views": {"off": KvpView("hv2", CLOCK, (), (("walk 1 at 0", 6),), CLOCK)},
            "exchanges": {"off": GONE},
            "packets": {-2: GONE},
        },
        ("off",),
    ),
    (
        ev.KvpRead("off", "hv1", 3, b"d"),  # when it failed last is remembered
        {"views": {"off": KvpView("hv1", CLOCK, VIEW.pools, (), 60)}, "exchanges": {"off": GONE}},
        ("off",),
    ),
    (
        ev.KvpExchangeStarted("web01", EXCHANGE, LINK, KVP_ANSWER, ("mute",), WRITTEN),
        {
            "exchanges": {"web01": EXCHANGE},
            "links": {"web01": LINK},
            "pools": {"web01": WRITTEN},
            "packets": {-3: KVP_ANSWER},
            "kvp_packet_ids": -3,
            "faults": SEEN_KVP,
        },
        ("web01", -3),
    ),
    (
        ev.KvpRequestRead("off", -2, KVP_ANSWER, ("mute",), b"e", AGREED, WRITTEN),
        {
            "exchanges": {"off": attrs.evolve(EXCHANGE, digest=b"e")},
            "links": {"off": AGREED},
            "pools": {"off": WRITTEN},
            "packets": {-2: GONE, -3: KVP_ANSWER},
            "kvp_packet_ids": -3,
            "faults": SEEN_KVP,
        },
        (-3,),
    ),
    (
        ev.KvpRequestRead("web01", -2, KVP_ANSWER),  # the host does not wait for it any more
        {"packets": {-2: GONE, -3: KVP_ANSWER}, "kvp_packet_ids": -3},
        (-3,),
    ),
    (
        ev.KvpAnswerRead("off", -2, GAIN, (160, N), b"e", KVP_ANSWER, ("mute",), AGREED),
        {
            "exchanges": {"off": ONWARD},
            "links": {"off": AGREED},
            "packets": {-2: GONE, -3: KVP_ANSWER},
            "kvp_packet_ids": -3,
            "faults": SEEN_KVP,
        },
        ("off", -3),
    ),
    (ev.KvpIgnored("off", -2, "guest", "old"), {"packets": {-2: GONE}}, ()),
    (
        ev.KvpReadJoined("off", (1, 2)),
        {"exchanges": {"off": attrs.evolve(EXCHANGE, then=(1, 2))}},
        (),
    ),
    (ev.KvpReadJoined("off"), {}, ()),
    (ev.KvpChannelClosed("off", "stop"), {"exchanges": {"off": GONE}}, ("off",)),
    (ev.KvpRefreshDue("hv1", (170, N)), {"refreshes": {"hv1": (170, N)}}, ("hv1",)),
    (
        ev.FaultHit("tangle", 7, "release", (LATER,)),
        {"packets": {7: LATER}, "faults": {"tangle": ArmedFault(TANGLE, 5, 4)}},
        (7,),
    ),
]
FIELDS = [field.name for field in attrs.fields(State)]

each_case = pytest.mark.parametrize(
    ("event", "changes", "keys"), CASES, ids=[type(event).__name__ for event, _, _ in CASES]
)


def at_clock(view, now):
    fields = {name: now for name in ("read_us", "failed_us") if getattr(view, name) is CLOCK}
    return attrs.evolve(view, **fields)


def changed(state, changes, now=NOW):
    """Return what the state's fields are after the changes."""
    expected = {name: getattr(state, name) for name in FIELDS}
    for name, change in changes.items():
        if isinstance(change, dict):
            merged = expected[name] | change
            expected[name] = {key: value for key, value in merged.items() if value is not GONE}
        else:
            expected[name] = change
    expected["views"] = {guest: at_clock(view, now) for guest, view in expected["views"].items()}
    expected["services"] = {
        guest: tuple(row._replace(at_us=now) if row.at_us is CLOCK else row for row in rows)
        for guest, rows in expected["services"].items()
    }
    expected["decisions"] = {
        host: tuple(now if instant is CLOCK else instant for instant in instants)
        for host, instants in expected["decisions"].items()
    }
    return expected


def test_table_is_the_union_of_events():
    assert set(APPLY) == set(ev.EVENTS)
    assert len(ev.EVENTS) == len(set(ev.EVENTS))
    assert set(ev.EVENTS) == {getattr(ev, name) for name in ev.__all__} - {ev.EVENTS, ev.Event}


def test_every_event_type_has_a_case():
    assert {type(event) for event, _, _ in CASES} == set(ev.EVENTS)


@each_case
def test_an_event_writes_what_it_says_and_no_more(event, changes, keys):
    state = full_state()
    expected = changed(state, changes)
    assert tuple(APPLY[type(event)](state, event)) == keys
    assert {name: getattr(state, name) for name in FIELDS} == expected


@each_case
def test_an_event_leaves_a_copy_of_the_state_alone(event, changes, keys):
    state = full_state()
    copy = state.copy()
    assert copy == state
    APPLY[type(event)](copy, event)
    assert state == full_state()


@each_case
def test_an_entry_moves_index_and_clock(event, changes, keys):
    state = full_state()
    expected = changed(state, changes, NOW + 7) | {"now_us": NOW + 7, "n": N + 1}
    assert tuple(apply_entry(state, Entry(N, NOW + 7, 3, event))) == keys
    assert {name: getattr(state, name) for name in FIELDS} == expected


def test_a_command_leaves_nothing_but_its_entry():
    state = full_state()
    expected = changed(state, {"n": N + 1})
    assert apply_entry(state, Entry(N, NOW, None, cmd.Stop("web01"))) == ()
    assert {name: getattr(state, name) for name in FIELDS} == expected


def test_copies_share_rows_but_no_dict():
    state = full_state()
    copy = state.copy()
    for name in FIELDS:
        value = getattr(state, name)
        assert (getattr(copy, name) is value) == (not isinstance(value, dict)), name


@pytest.mark.parametrize(("n", "t"), [(N - 1, NOW), (N + 1, NOW), (0, NOW), (N, NOW - 1), (N, 0)])
def test_an_entry_that_does_not_follow_is_refused(n, t):
    state = full_state()
    message = f"^entry {n} at {t} does not follow: {N} at {NOW} expected$"
    with pytest.raises(JournalError, match=message):
        apply_entry(state, Entry(n, t, None, ev.ClockAdvanced()))
    assert state == full_state()


MISFITS = [
    ev.HostActivated("hv9", HostActivation()),
    ev.HostActivationEnded("hv9", "lost"),
    ev.ServiceChanged("web01", "hung"),
    ev.DataExchangeChanged("hv1", on=True),
    ev.KvpServiceChanged("hv1", running=True),
    ev.GuestUpgraded("web09", "ws2022", "standard", NEW),
    ev.GuestStarted("web09", NEW),
    ev.GuestStopped("web09"),
    ev.GuestMigrated("web09", "hv1"),
    ev.GuestPaused("web09"),
    ev.GuestSaved("web09"),
    ev.GuestResumed("web09", NEW),
    ev.SavedStateDiscarded("web09"),
    ev.PacketWaits(9),
    ev.MigrationEnded("web01", "arrived", ARRIVE),
    ev.HostStopped("hv9"),
    ev.HostStarted("hv9"),
    ev.HostDrained("hv9", draining=True),
    ev.ProductKeyInstalled("web09", "KEY", NEW),
    ev.ProductKeyRemoved("web09", NEW),
    ev.GuestRearmed("web09"),
    ev.AttemptVoided("off", "stop", NEW),
    ev.AttemptFailed("web01", 9, NEW, ROW),
    ev.LicenceGranted("web01", 9, NEW, ROW),
    ev.AttemptFailed("web09", 0, NEW, ROW),
    ev.BadBytesSeen("off", 7, "mac"),
    ev.BadBytesSeen("web01", 9, "mac"),
    ev.BytesIgnored("web01", 9),
    ev.ActivationDecided("hv9", "web01", 7, ANSWERED, ROW, ANSWER),
    ev.ActivationDecided("hv1", "web01", 9, ANSWERED, ROW, ANSWER),
    ev.RequestIgnored("hv1", 9),
    ev.RequestRepeated("hv1", 9, ANSWER),
    ev.RequestRepeated("hv1", 7, ANSWER, ("past",)),
    ev.RequestUnread("hv1", 9, "mac", ANSWER),
    ev.RequestUnanswered("hv1", 9, "hung"),
    ev.PacketLost(9),
    ev.FaultDisarmed("past"),
    ev.FaultHit("past", 7, "drop"),
    ev.FaultHit("loss", 9, "drop"),
    ev.FaultHit("again", 9, "keep"),
    ev.KvpPushed("off", "hv1", 3, b"d", AGREED, WRITTEN, arrived=-9),
    ev.KvpRead("off", "hv1", 3, b"d", arrived=-9),
    ev.KvpExchangeStarted("web01", EXCHANGE, LINK, KVP_ANSWER, ("past",)),
    ev.KvpRequestRead("off", -9, KVP_ANSWER),
    ev.KvpRequestRead("off", -2, KVP_ANSWER, ("past",)),
    ev.KvpAnswerRead("off", -9, GAIN, (160, N), b"e", KVP_ANSWER),
    ev.KvpAnswerRead("web01", -2, GAIN, (160, N), b"e", KVP_ANSWER),
    ev.KvpIgnored("off", -9, "guest", "old"),
    ev.KvpReadJoined("web01", (1,)),
    ev.KvpChannelClosed("web01", "stop"),
]


@pytest.mark.parametrize("event", MISFITS, ids=repr)
def test_an_event_that_does_not_fit_the_state_is_refused(event):
    with pytest.raises(JournalError, match=rf"^entry {N} does not fit the state: KeyError\("):
        apply_entry(full_state(), Entry(N, NOW, 3, event))


def test_a_new_state_is_empty():
    settings = Settings(seed=3, start_us=77)
    assert new_state(settings) == State(settings, 77, 0)


def test_logs_keep_the_newest_rows():
    state = full_state()
    for number in range(1, 5):
        APPLY[ev.AttemptFailed](state, ev.AttemptFailed("off", 0, NEW, attrs.evolve(ROW, record=number)))
        decided = attrs.evolve(ROW, record=number)
        state.packets[7] = ASK
        APPLY[ev.ActivationDecided](state, ev.ActivationDecided("hv1", "web01", 7, ANSWERED, decided, ANSWER))
    assert [row.record for row in state.logs["off"].recent] == [3, 4]
    assert [row.record for row in state.logs["hv1"].recent] == [4]


def test_a_fault_is_armed_behind_the_others():
    state = full_state()
    APPLY[ev.FaultArmed](state, ev.FaultArmed(Fault("new", "drop")))
    assert list(state.faults) == ["loss", "again", "tangle", "mute", "new"]
