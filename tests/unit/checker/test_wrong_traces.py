"""One change of a good trace is found, and by the right section of the law."""

from __future__ import annotations

import contextlib
import json

import pytest

from avma_sim import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model.events import ActivationDecided, AttemptStarted
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import write_line
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings

SECOND = 1_000_000
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
OWN = {
    ("ws2019", "standard"): "TNK62-RXVTB-4P47B-2D623-4GF74",
    ("ws2016", "datacenter"): "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J",
    ("ws2022", "standard"): "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK",
}
RETAIL = "NBCDF-GHJKM-PQRTV-WXY23-46789"


def guest(name, release, edition, host="hv1", **fields):
    return cmd.AddGuest(Guest(name, b"", release, edition, host, OWN[release, edition], **fields))


def for_a_while(span):
    return lambda now: cmd.Advance(now + span)


STORY = [
    cmd.AddHost(Host("hv1", "ws2019", "datacenter", latency_us=SECOND), "mak"),
    cmd.AddHost(Host("hv2", "ws2022", "datacenter", latency_us=SECOND), "kms"),
    cmd.AddHost(Host("old", "ws2012", "datacenter"), "mak"),
    guest("a", "ws2019", "standard"),
    guest("b", "ws2016", "datacenter"),
    guest("c", "ws2022", "standard"),
    guest("e", "ws2016", "datacenter", host="old"),
    *(cmd.Start(name) for name in "abce"),
    for_a_while(5 * SECOND),
    cmd.Stop("c"),
    cmd.Stop("e"),
    cmd.TakeCheckpoint("a", "early"),
    for_a_while(2 * DAY + 20 * SECOND),
    cmd.SetService("hv1", "hung"),
    cmd.RequestActivation("a"),
    for_a_while(40 * SECOND),
    cmd.SetService("hv1", "running"),
    cmd.ArmFault(Fault("noise", "flip", guest="b", to="guest", bit=900)),
    cmd.RequestActivation("b"),
    for_a_while(40 * SECOND),
    cmd.DisarmFault("noise"),
    cmd.ArmFault(Fault("noise2", "flip", guest="b", to="host", bit=900, nth=1)),
    cmd.RequestActivation("b"),
    for_a_while(40 * SECOND),
    cmd.ArmFault(Fault("twice", "duplicate", guest="b", to="host", nth=1, by_us=SECOND)),
    cmd.RequestActivation("b"),
    for_a_while(5 * SECOND),
    cmd.Deactivate("hv1"),
    cmd.RequestActivation("a"),
    for_a_while(5 * SECOND),
    cmd.Activate("hv1"),
    cmd.RequestActivation("a"),
    cmd.Migrate("a", "hv2"),
    for_a_while(5 * SECOND),
    cmd.RequestActivation("b"),
    cmd.Pause("b"),
    for_a_while(5 * SECOND),
    cmd.Resume("b"),
    for_a_while(5 * SECOND),
    cmd.CopyGuest("b", "d", "hv2"),
    cmd.Start("d"),
    for_a_while(5 * SECOND),
    cmd.Save("d"),
    for_a_while(2 * DAY),
    cmd.Resume("d"),
    for_a_while(5 * SECOND),
    cmd.InstallProductKey("d", "no key"),
    cmd.InstallProductKey("d", RETAIL),
    cmd.InstallProductKey("d", OWN["ws2016", "datacenter"]),
    for_a_while(5 * SECOND),
    cmd.UninstallProductKey("d", elevated=False),
    cmd.UninstallProductKey("d"),
    cmd.Upgrade("d", "ws2019", "datacenter"),
    cmd.ApplyCheckpoint("a", "early"),
    cmd.Resume("a"),
    for_a_while(5 * SECOND),
    cmd.Rearm("b"),
    cmd.Restart("b"),
    for_a_while(5 * SECOND),
    cmd.CrashHost("hv2"),
    cmd.StartHost("hv2"),
    for_a_while(5 * SECOND),
    cmd.UpgradeHost("hv2", "ws2025", "datacenter"),
    cmd.RebuildHost("hv2", "ws2022", "datacenter"),
    for_a_while(8 * DAY),
]


MOVES = [
    *(
        cmd.AddHost(Host(name, "ws2019", "datacenter", latency_us=SECOND), "mak")
        for name in ("hv1", "hv2", "hv3")
    ),
    guest("a", "ws2019", "standard"),
    guest("b", "ws2016", "datacenter"),
    cmd.AddGuest(Guest("n", b"", "ws2019", "standard", "hv1")),
    *(cmd.Start(name) for name in "abn"),
    cmd.Pause("b"),
    for_a_while(5 * SECOND),
    cmd.InstallProductKey("n", "BBBBB-CCCCC-DDDDD-FFFFF-GGGGN"),
    cmd.Stop("b"),
    cmd.Migrate("a", "hv2", copy_us=SECOND, blackout_us=SECOND, fails="arrival"),
    cmd.ArmFault(Fault("none", "drop", guest="n")),
    for_a_while(5 * SECOND),
    cmd.Restart("a"),
    for_a_while(5 * SECOND),
    cmd.Deactivate("hv1"),
    cmd.RequestActivation("a"),
    for_a_while(5 * SECOND),
    cmd.Save("a"),
    cmd.StopHost("hv1"),
    cmd.SetService("hv1", "hung"),
    cmd.StartHost("hv1"),
    cmd.CrashHost("hv1"),
    cmd.Migrate("n", "hv3", "failover"),
    for_a_while(5 * SECOND),
]


@pytest.fixture(scope="module")
def good():
    """A trace in which most things happen, as lines."""
    return lines_of(STORY)


@pytest.fixture(scope="module")
def moves():
    """A trace of moves, as lines."""
    return lines_of(MOVES)


def lines_of(story):
    settings = Settings(readings=Readings(timing="short-lease"), other_keys=((RETAIL, "retail"),))
    world = new_world(settings, load_facts(), find_behaviour())
    for step in story:
        world.do(step(world.state.now_us) if callable(step) else step)
    requests = {
        entry.what.guest: entry.what.attempt.end.request
        for entry in reversed(world.journal.entries())
        if isinstance(entry.what, AttemptStarted)
    }
    answer = next(
        entry.what for entry in world.journal.entries() if isinstance(entry.what, ActivationDecided)
    )
    asked = requests["b"]
    FIRST_OF_B.update(nonce=asked.nonce.hex(), avma_id=asked.avma_id.hex(), vm_id=asked.vm_id.hex())
    FIRST_OF_B["answer"] = answer.packet.blob.hex()
    return [world.journal.header.line(), *(write_line(entry) for entry in world.journal.entries())]


def test_the_good_traces_are_good(checker, good, moves):
    assert checker.check(good) == []
    assert checker.check(moves) == []


def last_of_n(body):
    return body.get("guest") == "n"


def changed(lines, kind, change, which):
    """Change the first entry of a type that is so (for `last_of_n` the last); return lines and place."""
    made = list(lines)
    numbered = list(enumerate(lines))
    for number, text in reversed(numbered) if which is last_of_n else numbered:
        entry = json.loads(text)
        body = entry.get("event") or entry.get("command") or {}
        if body.get("type") != kind or not which(body):
            continue
        change(entry, body)
        made[number] = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        return made, number + 1
    raise AssertionError(f"no {kind} is like that")


def put(*path, to):
    """Make a change that puts a value into a place of an entry."""

    def change(entry, body):
        row = body
        for name in path[:-1]:
            row = row[name]
        row[path[-1]] = to(row[path[-1]]) if callable(to) else to

    return change


def drop(*path):
    def change(entry, body):
        row = body
        for name in path[:-1]:
            row = row[name]
        del row[path[-1]]

    return change


def at(span):
    def change(entry, body):
        entry["t"] += span

    return change


def by(number):
    def change(entry, body):
        entry["by"] = number

    return change


def both(*changes):
    def change(entry, body):
        for each in changes:
            each(entry, body)

    return change


def later(span):
    return lambda due: [due[0] + span, due[1]]


def of(name, **more):
    def which(body):
        return body.get("guest") == name and all(body.get(key) == value for key, value in more.items())

    return which


def refused(body):
    return body["record"]["outcome"] == "refused"


def code(number):
    return lambda body: body["record"]["code"] == number


def trigger(word):
    return lambda body: body["licence"].get("trigger") == word


def anything(body):
    return True


def granted(entry, body):
    body["record"].update(outcome="granted", code=0)
    body["record"]["because"]["law"] = "decision row 11"
    body["end"].pop("code", None)


def into_bad_bytes(entry, body):
    seen = {"type": "BadBytesSeen", "guest": body["guest"], "arrived": body["arrived"], "reason": "mac"}
    body.clear()
    body.update(seen)


NO_HOST, NOT_ACTIVATED, DENIED = 0xC004FD01, 0xC004FD02, 0xC004FD03
BROKEN, SILENT = 0x8007000D, 0x800705B4
FIRST_OF_B: dict[str, str] = {}  # what b's first request says
WRONG = {
    # Section 3: the decision.
    "a host that is not activated grants": (
        "ActivationDecided", granted, code(NOT_ACTIVATED), "section 3, row 6"),
    "a host grants a newer guest": ("ActivationDecided", granted, code(DENIED), "section 3, row 8"),
    "a refusal has another code": (
        "ActivationDecided", put("record", "code", to=DENIED), code(NOT_ACTIVATED), "section 3, row 6"),
    "a refusal sends another code": (
        "ActivationDecided", put("end", "code", to=DENIED), code(NOT_ACTIVATED), "section 3, row 6"),
    "an eligible guest is refused": (
        "ActivationDecided", put("record", "outcome", to="refused"), anything, "section 3, row 11"),
    "the host writes 12309": ("ActivationDecided", put("record", "event", to=12309), anything, "section 3"),
    "12310 is about another guest": (
        "ActivationDecided", put("record", "peer", to="b"), of("a"), "section 3"),
    "12310 has the nonce of nobody": (
        "ActivationDecided", put("record", "nonce", to="00" * 16), anything, "section 3"),
    "12310 is written twice": ("ActivationDecided", put("record", "record", to=2), anything, "section 3"),
    "12310 was written yesterday": (
        "ActivationDecided", put("record", "at_us", to=lambda t: t - DAY), anything, "section 3"),
    "an old host is no invalid host": (
        "AttemptFailed", put("record", "outcome", to="activation-denied"), of("e"), "section 3, row 5"),
    "an old host is not activated": (
        "AttemptFailed", put("record", "code", to=NOT_ACTIVATED), of("e"), "section 3, row 5"),
    # Section 4: the exchange.
    "a nonce is used again": (
        "AttemptStarted", put("attempt", "end", "request", "nonce", to=lambda _: FIRST_OF_B["nonce"]),
        of("a"), "section 4"),
    "a request with another VM id": (
        "AttemptStarted", put("attempt", "end", "request", "vm_id", to="11" * 16), anything, "section 4"),
    "a request with another build": (
        "AttemptStarted", put("attempt", "end", "request", "build", to=14393), of("a"), "section 4"),
    "a request with another edition": (
        "AttemptStarted", put("attempt", "end", "request", "edition", to="datacenter"), of("a"), "section 4"),
    "a request with another AVMA ID": (
        "AttemptStarted", put("attempt", "end", "request", "avma_id", to=lambda _: FIRST_OF_B["avma_id"]),
        of("a"), "section 2"),
    "a deadline of a minute": (
        "AttemptStarted", put("attempt", "deadline", to=later(30 * SECOND)), anything, "section 4, rule 3"),
    "a request to another host": ("AttemptStarted", put("attempt", "host", to="hv2"), of("a"), "section 4"),
    "a packet in another pipe": ("AttemptStarted", put("packet", "pipe", to=7), anything, "section 4"),
    "a packet to another host": ("AttemptStarted", put("packet", "host", to="hv2"), of("a"), "section 4"),
    "a packet that is too quick": (
        "AttemptStarted", put("packet", "due", to=later(-SECOND)), anything, "section 4"),
    "an answer that is too quick": (
        "ActivationDecided", put("packet", "due", to=later(-SECOND)), anything, "section 4"),
    "a silence is bad data": (
        "AttemptFailed", put("record", "outcome", to="invalid-data"), code(SILENT), "section 4, rule 3"),
    "a silence has the code of bad data": (
        "AttemptFailed", put("record", "code", to=BROKEN), code(SILENT), "section 4, rule 3"),
    "bad bytes are a silence": (
        "AttemptFailed", put("record", "code", to=SILENT), code(BROKEN), "section 4, rule 3"),
    "a deadline comes early": ("AttemptFailed", at(-SECOND), code(SILENT), "section 4, one instant"),
    "a delivery comes late": ("LicenceGranted", at(SECOND), anything, "section 4, one instant"),
    "good bytes are bad": ("LicenceGranted", into_bad_bytes, anything, "section 4, rule 1"),
    "a refusal is another": (
        "AttemptFailed", put("record", "code", to=DENIED), code(NOT_ACTIVATED), "section 4, rule 1"),
    "12309 names another host": (
        "LicenceGranted", put("record", "peer", to="hv2"), of("a"), "section 4, rule 1"),
    "12309 has another nonce": (
        "LicenceGranted", put("record", "nonce", to="00" * 16), anything, "section 4, rule 1"),
    "a success is written as 12310": (
        "LicenceGranted", put("record", "event", to=12310), anything, "section 4, rule 1"),
    "12309 has a record id of before": (
        "LicenceGranted", put("record", "record", to=1), anything, "section 4, rule 1"),
    "a voided attempt is tried much later": (
        "AttemptVoided", put("licence", "next", to=later(DAY)), anything, "section 4, voiding"),
    "a repeated request gets another response": (
        "RequestRepeated", put("packet", "blob", to="00ff"), anything, "section 4"),
    "bytes wait for nobody": (
        "GuestResumed", drop("packets"), lambda body: body.get("packets"), "section 4, voiding"),
    # Section 5: the licence.
    "a licence of a year": (
        "LicenceGranted", put("licence", "end", to=later(185 * DAY)), anything, "section 5, licensed"),
    "a licence without an end": ("LicenceGranted", drop("licence", "end"), anything, "section 5, licensed"),
    "a renewal after a month": (
        "LicenceGranted", put("licence", "next", to=later(23 * DAY)), anything, "section 5, licensed"),
    "a grant by another host": (
        "LicenceGranted", put("licence", "host", to="hv2"), of("a"), "section 5, licensed"),
    "a grant that leaves initial grace": (
        "LicenceGranted", put("licence", "status", to=2), anything, "section 5, licensed"),
    "a retry after a minute": (
        "AttemptFailed", put("licence", "next", to=later(-2 * HOUR + 60 * SECOND)), anything,
        "section 5, attempts"),
    "a retry after a day": (
        "AttemptFailed", put("licence", "next", to=later(DAY)), anything, "section 5, attempts"),
    "a failure takes a licence": (
        "AttemptFailed", put("licence", "status", to=5), code(SILENT), "section 5, attempts"),
    "a failure is no notification": (
        "AttemptFailed", put("licence", "status", to=2), of("c"), "section 5, attempts"),
    "a failure with another reason": (
        "AttemptFailed", put("licence", "reason", to=NO_HOST), of("c"), "section 5, attempts"),
    "a grace of a month": (
        "GuestStarted", put("licence", "grace", to=later(20 * DAY)), anything, "section 5, attempts"),
    "a start without an attempt": (
        "GuestStarted", both(drop("licence", "next"), drop("licence", "trigger")), anything,
        "section 5, attempts"),
    "a licence ends early": ("LicenceEnded", at(-1), anything, "section 4, one instant"),
    "a licence ends with another reason": (
        "LicenceEnded", put("licence", "reason", to=SILENT), anything, "section 5, notification"),
    "a licence ends and stays": (
        "LicenceEnded", put("licence", "status", to=1), anything, "section 5, notification"),
    "a retail key leaves the licence": (
        "ProductKeyInstalled", put("licence", "status", to=1), of("d", key=RETAIL), "section 5, keys"),
    "another key has no attempt": (
        "ProductKeyInstalled", drop("licence", "next"), of("d", key=OWN["ws2016", "datacenter"]),
        "section 5, keys"),
    "a key of another edition installs": (
        "ProductKeyInstalled", put("key", to=OWN["ws2019", "standard"]),
        of("d", key=OWN["ws2016", "datacenter"]), "section 5, keys"),
    "a malformed key is a wrong one": (
        "ProductKeyRefused", put("code", to=0xC004F069), anything, "section 5, keys"),
    "a prompt that is not elevated has no key": (
        "CommandRefused", put("code", to=0xC004F014), lambda body: body.get("code") == 0xC004F025,
        "section 5, keys"),
    "a key that is gone leaves a notification": (
        "ProductKeyRemoved", put("licence", "status", to=5), anything, "section 5, keys"),
    "an evaluation is no activation": (
        "HostActivated", put("activation", "channel", to="evaluation"), anything, "section 3, row 6"),
    # Section 6: moving, copying, host life.
    "a copy stays licensed": ("GuestCopied", put("licence", "status", to=1), anything, "section 6, copy"),
    "a copy has another reason": (
        "GuestCopied", put("licence", "reason", to=NO_HOST), anything, "section 6, copy"),
    "a copy runs": ("GuestCopied", put("guest", "running", to=True), anything, "section 6, copy"),
    "a copy has an attempt due": (
        "GuestCopied", put("licence", "next", to=[0, 0]), anything, "section 6, copy"),
    "a checkpoint keeps the newer licence": (
        "CheckpointApplied", put("licence", "end", to=later(DAY)), anything, "section 6, checkpoint applied"),
    "a checkpoint brings its host back": (
        "CheckpointApplied", put("row", "host", to="hv1"), anything, "section 6, checkpoint applied"),
    "a checkpoint runs at once": (
        "CheckpointApplied", both(put("row", "running", to=True), drop("row", "saved")), anything,
        "section 6, checkpoint applied"),
    "a guest's log does not go back": (
        "CheckpointApplied", put("records", to=99), anything, "section 6, checkpoint applied"),
    "a checkpoint is of another state": (
        "CheckpointTaken", put("checkpoint", "licence", "status", to=5), anything,
        "section 6, checkpoint applied"),
    "a saved guest loses its licence": (
        "GuestResumed", put("licence", "status", to=5), of("d"), "section 6, saved"),
    "an overdue attempt is not made on resume": (
        "GuestResumed", put("licence", "next", to=later(DAY)), of("d"), "section 6, saved"),
    "a guest does not come back with its host": (
        "GuestStopped", drop("with_host"), lambda body: body.get("with_host"), "section 6, host stops"),
    "a rebuilt host is activated": (
        "HostChanged", put("host", "activation", to={}), lambda body: body["what"] == "rebuilt",
        "section 6, host rebuilt"),
    "a rebuilt host keeps its identity": (
        "HostChanged", drop("host", "identity"), lambda body: body["what"] == "rebuilt",
        "section 6, host rebuilt"),
    "a guest moves where nobody is": (
        "GuestMigrated", put("to", to="old"), of("a"), "section"),
    # The order of things.
    "an event without a cause": ("LicenceGranted", by(None), anything, "format"),
    "an event with another cause": ("AttemptFailed", by(3), code(SILENT), "format"),
}  # fmt: skip


def into(kind, **fields):
    """Make a change that puts another event into an entry's place; what it tells of whom stays."""

    def change(entry, body):
        kept = {name: value for name, value in body.items() if fields.get(name) is KEEP}
        told = {name: value for name, value in fields.items() if value is not KEEP}
        entry["event"] = {"type": kind, **kept, **told}

    return change


KEEP = object()
CLOCK = into("ClockAdvanced")
SILENCE = {"arrived": KEEP, "guest": KEEP, "licence": KEEP, "record": KEEP}
WRONG |= {
    "a void is left out": ("AttemptVoided", CLOCK, anything, "section 4, voiding"),
    "a guest runs on without its host": (
        "GuestStopped", CLOCK, lambda body: body.get("with_host"), "section 6, host stops"),
    "a guest does not start with its host": (
        "GuestStarted", CLOCK, lambda body: "end" in body["licence"], "section 6, host stops"),
    "a host is upgraded while it is up": (
        "HostStopped", CLOCK, lambda body: not body.get("crashed"), "section 6"),
    "who dies says good-bye": (
        "GuestStopped", drop("crashed"), lambda body: body.get("crashed"), "section 6, host stops"),
    "late bytes are bad bytes": (
        "BytesIgnored", into("BadBytesSeen", guest=KEEP, arrived=KEEP, reason="mac"), anything,
        "section 4, rule 4"),
    "bad bytes are ignored": (
        "BadBytesSeen", into("BytesIgnored", guest=KEEP, arrived=KEEP), anything, "section 4, rule 2"),
    "an answer is lost in an open pipe": (
        "LicenceGranted", into("PacketLost", arrived=KEEP), anything, "section 4"),
    "a silence is a grant": (
        "AttemptFailed", into("LicenceGranted", **SILENCE), code(SILENT), "section 4, rule 1"),
    "a grant at the deadline": (
        "AttemptFailed", into("LicenceGranted", **SILENCE), code(SILENT), "section 4, rule 3"),
    "a request joins nothing": (
        "AttemptRequested", into("AttemptJoined", guest=KEEP, trigger="ato"), anything,
        "section 5, attempts"),
    "a request by nobody": (
        "AttemptRequested", put("licence", "trigger", to="retry"), anything, "section 5, attempts"),
    "a request while one is pending": (
        "GuestPaused", into("AttemptRequested", guest=KEEP, licence={"status": 2, "reason": 1}), anything,
        "section 5, attempts"),
    "a saved guest starts": (
        "GuestResumed", into("GuestStarted", guest=KEEP, licence=KEEP), of("d"), "section 6, saved"),
    "a guest stops twice": (
        "FaultArmed", into("GuestStopped", guest="c"), anything, "section 6"),
    "a guest that is off is saved": (
        "FaultArmed", into("GuestSaved", guest="c"), anything, "section 6, saved"),
    "a guest that runs starts": (
        "FaultArmed", into("GuestStarted", guest="a", licence={"status": 2, "reason": 1}), anything,
        "section 5, attempts"),
    "a guest that runs goes on": (
        "FaultArmed", into("GuestResumed", guest="a", licence={"status": 2, "reason": 1}), anything,
        "section 6, saved"),
    "a copy has its source's VM id": (
        "GuestCopied", put("guest", "vm_id", to=lambda _: FIRST_OF_B["vm_id"]), anything, "section 6, copy"),
    "a copy has another key": (
        "GuestCopied", put("guest", "key", to=OWN["ws2019", "standard"]), anything, "section 6, copy"),
    "two guests have one VM id": (
        "GuestAdded", put("guest", "vm_id", to=lambda _: FIRST_OF_B["vm_id"]),
        lambda body: body["guest"]["name"] == "c", "section 6"),
    "a guest is on no host": ("GuestAdded", put("guest", "host", to="nowhere"), anything, "section 6"),
    "an upgrade fixes the grace anew": (
        "GuestUpgraded", put("licence", "grace", to=later(DAY)), anything, "section 5, upgrade"),
    "an upgrade leaves a notification": (
        "GuestUpgraded", put("licence", "status", to=5), anything, "section 5, upgrade"),
    "a host is downgraded": (
        "HostChanged", put("host", "release", to="ws2019"), lambda body: body["what"] == "upgraded",
        "section 6, host upgraded"),
    "a host comes activated": ("HostAdded", put("host", "activation", to={}), anything, "section 3, row 6"),
    "an end that another entry set": (
        "HostActivated", put("activation", "end", to=[1735689600000000 + DAY, 0]), anything, "format"),
    "a command has a cause": ("Stop", by(3), anything, "format"),
    "a command moves the clock": ("Stop", at(SECOND), anything, "format"),
    "what was pending is forgotten on resume": (
        "GuestResumed", drop("attempt"), of("b"), "section 4, voiding"),
    "a deadline is put off on resume": (
        "GuestResumed", put("attempt", "deadline", to=later(DAY)), of("b"), "section 4, voiding"),
    "bytes wait for who stands not still": ("GuestPaused", CLOCK, anything, "section 4, voiding"),
    "a fault that nobody armed": ("FaultHit", put("fault", to="nobody"), anything, "format"),
    "a fault leads into another pipe": (
        "FaultHit", put("packets", 0, "pipe", to=77), anything, "section 4"),
    "an answer about another guest": (
        "ActivationDecided", put("guest", to="b"), of("a"), "section 4"),
    "an error frame is an answer": (
        "RequestUnread", put("packet", "blob", to=lambda _: FIRST_OF_B["answer"]), anything, "section 4"),
    "a prompt that is not elevated removes a key": (
        "UninstallProductKey", put("elevated", to=False), lambda body: "elevated" not in body,
        "section 5, keys"),
    "an attempt without a request": (
        "AttemptStarted", drop("attempt", "end", "request"), anything, "section 4"),
    "two packets have one number": (
        "AttemptStarted", put("packet", "id", to=1), of("b"), "format"),
    "another guest is stopped": ("GuestStopped", put("guest", to="a"), of("c"), "format"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_change_is_found(name, checker, good):
    kind, change, which, law = WRONG[name]
    made, line = changed(good, kind, change, which)
    assert made != good
    found = []
    with contextlib.suppress(checker.UnreadableError):  # what follows may lead nowhere
        found.extend(checker.judged(made))
    assert any(finding.law.startswith(law) for finding in found), found
    assert min(finding.line for finding in found) >= line


WRONG_MOVES = {
    "what waited is not lost": ("PacketLost", CLOCK, anything, "section 4, voiding"),
    "a roll-back leaves the guest": (
        "GuestMigrated", CLOCK, lambda body: "migration" not in body, "section 6, live migration"),
    "a roll-back to another host": (
        "GuestMigrated", put("to", to="hv3"), lambda body: "migration" not in body,
        "section 6, live migration"),
    "a guest migrates twice": (
        "FaultArmed", into("MigrationStarted", guest="a", migration={
            "kind": "live", "source": "hv1", "to": "hv3", "phase": "copy", "due": [1, 1]}),
        anything, "section 6"),
    "a take-over starts nobody": (
        "GuestStarted", CLOCK, last_of_n,
        "section 6, failover"),
    "a guest goes on without its host": (
        "ServiceChanged", into("GuestResumed", guest="a", licence={"status": 2, "reason": 1}), anything,
        "section 6, saved"),
    "a key that nobody knows is a wrong one": (
        "ProductKeyRefused", put("code", to=0xC004F025), anything, "section 5, keys"),
    "a command is refused that was carried out": (
        "GuestStarted", into("CommandRefused", reason="off", message="off"),
        lambda body: body["guest"] == "a" and "end" in body["licence"], "section 6"),
    "a guest without a key requests": (
        "AttemptRequested", put("guest", to="n"), anything, "section 3, row 1"),
    "a guest without a key asks": ("AttemptStarted", put("guest", to="n"), anything, "section 3, row 1"),
    "a guest without a key gives up": ("AttemptFailed", into(
        "AttemptFailed", guest="n", arrived=0, licence=KEEP, record=KEEP), anything, "section 3, row 1"),
    "a refusal comes too late": ("AttemptFailed", at(40 * SECOND), anything, "section 4, rule 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_MOVES)
def test_a_change_of_moves_is_found(name, checker, moves):
    kind, change, which, law = WRONG_MOVES[name]
    made, line = changed(moves, kind, change, which)
    found = []
    with contextlib.suppress(checker.UnreadableError):
        found.extend(checker.judged(made))
    assert any(finding.law.startswith(law) for finding in found), found
    assert min(finding.line for finding in found) >= line


def renumbered(entry, body):
    entry["n"] += 1


def reads_it(entry, body):
    entry["event"] = {"type": "BytesIgnored", "guest": "b", "arrived": body["waiting"]}


# Sentences that a section alone does not tell from others': each belongs to one change of the good trace.
SAID = {
    "follows entry": ("Stop", renumbered, anything),
    "the clock goes back": ("Stop", at(-SECOND), anything),
    "a command moves the clock": ("Stop", at(SECOND), anything),
    "an event is caused by an entry before it": ("LicenceGranted", by(None), anything),
    "moves the clock, and nothing was due": ("ServiceChanged", at(SECOND), anything),
    "was due, and the clock goes on": ("AttemptFailed", CLOCK, code(SILENT)),
    "comes before": ("ActivationDecided", put("packet", "due", to=later(SECOND // 2)), anything),
    "puts bytes into another pipe": ("FaultHit", put("packets", 0, "pipe", to=77), anything),
    "a guest that does not stand still goes on": (
        "FaultArmed", into("GuestResumed", guest="a", licence={"status": 2, "reason": 1}), anything),
    "the log holds other records": ("CheckpointApplied", drop("log", 0, 0), anything),
    "a checkpoint holds another state": (
        "CheckpointTaken", put("checkpoint", "licence", "status", to=5), anything),
    "nobody asks for an attempt by retry": (
        "AttemptRequested", put("licence", "trigger", to="retry"), anything),
    "it joins no pending attempt": (
        "AttemptRequested", into("AttemptJoined", guest=KEEP, trigger="ato"), anything),
    "nothing happened that voids an attempt": (
        "BadBytesSeen", into("AttemptVoided", guest=KEEP, why="stop", licence={"status": 1,
        "reason": 1}), anything),
    "no attempt is pending": (
        "FaultArmed", into("AttemptVoided", guest="c", why="stop", licence={"status": 1, "reason": 1}),
        anything),
    "an attempt without a request": ("AttemptStarted", drop("attempt", "end", "request"), anything),
    "a packet in a pipe that is not open": ("AttemptStarted", put("packet", "pipe", to=7), anything),
    "a packet to another machine": ("AttemptStarted", put("packet", "host", to="hv2"), of("a")),
    "a packet takes another time": ("AttemptStarted", put("packet", "due", to=later(SECOND)), anything),
    "two packets have one id": ("AttemptStarted", put("packet", "id", to=1), of("b")),
    "reads what was sent to the other end": ("ActivationDecided", put("packet", "to", to="host"), anything),
    "bytes are read in a pipe that is closed": ("AttemptStarted", put("packet", "pipe", to=7), anything),
    "stands still, and reads": ("PacketWaits", reads_it, anything),
    "a grant that nobody brought": ("AttemptFailed", into("LicenceGranted", **SILENCE), code(SILENT)),
    "a grant, and no attempt is pending": (
        "BytesIgnored", into("LicenceGranted", guest=KEEP, arrived=KEEP, licence={"status": 1, "reason": 1},
        record={"record": 1, "at_us": 1, "event": 12309, "outcome": "success", "code": 0, "peer": "hv1",
        "nonce": "", "because": {"law": "exchange rule 1"}}), anything),
    "a refusal by bytes that are no authentic": (
        "LicenceGranted", into("AttemptFailed", guest=KEEP, arrived=KEEP, licence=KEEP, record=KEEP),
        anything),
    "answer is taken for bad bytes": ("LicenceGranted", into_bad_bytes, anything),
    "a packet is lost in an open pipe": ("LicenceGranted", into("PacketLost", arrived=KEEP), anything),
    "reads another host's request": ("ActivationDecided", put("host", to="hv2"), of("a")),
    "a host remembers other requests": ("ActivationDecided", put("end", "answered", to=[[1, 9]]), anything),
    "a request is unanswered, and is to be decided": (
        "ActivationDecided", into("RequestUnanswered", host=KEEP, arrived=KEEP, why="hung"), anything),
    "a request is ignored, and is to be repeated": (
        "RequestRepeated", into("RequestIgnored", host=KEEP, arrived=KEEP), anything),
    "nothing followed from Stop": ("GuestStopped", by(0), of("c")),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SAID)
def test_a_change_is_told_in_its_own_words(sentence, checker, good):
    made, _ = changed(good, *SAID[sentence])
    found = []
    with contextlib.suppress(checker.UnreadableError):
        found.extend(checker.judged(made))
    assert any(sentence in finding.what for finding in found), found
