"""Owns the second opinion: reads a trace's lines, and judges what happened by the law alone.

Must not import anything of the package: it knows the format of the lines, and sections 3 to 7 of the law.

    python checker/check_trace.py TRACE.jsonl [...]      ("-" is standard input)

One line a finding: ``TRACE:LINE: what is wrong (where the law says so)``. Exit code 0: nothing; 1: findings;
2: usage; 3: a trace that cannot be read, with the number of the line. Python's standard library is enough.
"""

from __future__ import annotations

import heapq
import json
import re
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

Row = dict[str, Any]
Due = tuple[int, int]


class Finding(NamedTuple):
    """One thing that the law does not allow.

    Args:
        line: number of the trace's line, from 1.
        law: section and row of the law that says so.
        what: what is wrong.
    """

    line: int
    law: str
    what: str


class UnreadableError(ValueError):
    """A line that is no entry of a trace.

    Args:
        line: its number, from 1.
        what: why.
    """

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


class _ShapeError(ValueError):
    """A value that the format does not know."""


# --- facts, from section 2 of the law ------------------------------------------------------------------

BUILDS: Final = {
    "ws2008r2": 7601,
    "ws2012": 9200,
    "ws2012r2": 9600,
    "ws2016": 14393,
    "ws1709": 16299,
    "ws1803": 17134,
    "ws1809": 17763,
    "ws2019": 17763,
    "ws1903": 18362,
    "ws1909": 18363,
    "ws2004": 19041,
    "ws20h2": 19042,
    "ws2022": 20348,
    "ws2025": 26100,
    "win10": 19045,
    "win11": 26100,
}
CLIENTS: Final = frozenset({"win10", "win11"})
FIRST_BUILD: Final = BUILDS["ws2012r2"]
FAMILIES: Final = {
    "ws2012r2": "2012r2",
    "ws2016": "2016",
    "ws1709": "2016",
    "ws1803": "2016",
    "ws2019": "2019",
    "ws1809": "2019",
    "ws1903": "2019",
    "ws1909": "2019",
    "ws2022": "2022",
    "ws2025": "2025",
}
FIRST_OF_FAMILY: Final = {"2012r2": 9600, "2016": 14393, "2019": 17763, "2022": 20348, "2025": 26100}
KEYS: Final = {
    "Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW": ("2012r2", "datacenter"),
    "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V": ("2012r2", "standard"),
    "K2XGM-NMBT3-2R6Q8-WF2FK-P36R2": ("2012r2", "essentials"),
    "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J": ("2016", "datacenter"),
    "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD": ("2016", "standard"),
    "B4YNW-62DX9-W8V6M-82649-MHBKQ": ("2016", "essentials"),
    "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW": ("2019", "datacenter"),
    "TNK62-RXVTB-4P47B-2D623-4GF74": ("2019", "standard"),
    "2CTP7-NHT64-BP62M-FV6GG-HFV28": ("2019", "essentials"),
    "W3GNR-8DDXR-2TFRP-H8P33-DV9BG": ("2022", "datacenter"),
    "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK": ("2022", "standard"),
    "F7TB6-YKN8Y-FCC6R-KQ484-VMK3J": ("2022", "datacenter-azure"),
    "YQB4H-NKHHJ-Q6K4R-4VMY6-VCH67": ("2025", "datacenter"),
    "WWVGQ-PNHV9-B89P4-8GGM9-9HPQ4": ("2025", "standard"),
    "6NMQ9-T38WF-6MFGM-QYGYM-88J4F": ("2025", "datacenter-azure"),
}
KEY_FORM: Final = re.compile(r"[BCDFGHJKMNPQRTVWXY2346789]{5}(?:-[BCDFGHJKMNPQRTVWXY2346789]{5}){4}")

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
GRACE_SPAN: Final = 10 * DAY
DEADLINE: Final = 30 * SECOND
RETRY: Final = 2 * HOUR
# Renewal, validity (None for no end).
TIMING: Final = {
    "volume-family": (7 * DAY, 180 * DAY),
    "short-lease": (DAY, 7 * DAY),
    "permanent": (7 * DAY, None),
}
READINGS: Final = {
    "timing": ("volume-family", "short-lease", "permanent"),
    "no_seed_row": ("invalid-host", "activation-denied"),
    "host_too_old": ("activation-denied", "invalid-host"),
    "semi_annual_order": ("build", "family"),
    "host_edition": ("no-channel", "refusal"),
    "host_2012r2_edition": ("datacenter", "any"),
    "wrong_key": ("refuse-at-install", "deny-at-activation"),
    "data_exchange_off": ("invalid-host", "no-effect"),
    "failed_unlicensed": ("notification", "initial-grace"),
    "move_to_unqualified": ("kept-until-expiry", "attempt-on-arrival"),
    "kvp_after_key_replacement": ("tool-removes", "system-removes"),
    "keys_2004_20h2": ("none", "2019-pair"),
}

UNLICENSED, LICENSED, GRACE, NOTIFICATION = 0, 1, 2, 5
NO_HOST, NOT_ACTIVATED, DENIED, THROTTLED = 0xC004FD01, 0xC004FD02, 0xC004FD03, 0xC004FD00
BROKEN, SILENT = 0x8007000D, 0x800705B4
IS_GRACE, IS_LICENSED, EXPIRED = 0x4004F00C, 0x4004FC04, 0xC004F009
OTHER_KEY, NO_KEY, COPIED = 0xC004F034, 0xC004F014, 0xC004FD04
NOT_ELEVATED, BAD_KEY, WRONG_KEY = 0xC004F025, 0xC004F050, 0xC004F069

# Kinds of dues in the order of one instant (section 4), then those that the law does not name.
HOST_END, LICENCE_END, DEADLINE_DUE, DELIVERY, ATTEMPT, MIGRATION, KVP_WAIT, KVP_REFRESH = range(8)
NO_DUE: Final = -1
KIND_WORDS: Final = (
    "the end of a host's activation",
    "the end of a licence or grace",
    "a deadline",
    "a delivery",
    "an attempt",
    "a migration's phase",
    "a wait for key-value pairs",
    "a host's own reading",
)
NEVER: Final = 1 << 62
BLOBS_KEPT: Final = 1 << 16  # replayed bytes older than that are judged as bytes that nobody wrote

# --- the format of the lines ---------------------------------------------------------------------------
# A field is `name:type`, with `=default` where it may be left out. Types: s text, i whole number, b boolean,
# x bytes in hex, d a pair of whole numbers; of another line; with ? or null; with * a list of them.

_SHAPES: Final = """
Header format:i settings:Settings behaviour:s="" facts:s=""
Settings seed:i=0 start_us:i=1735689600000000 readings:Readings={} guest_log_rows:i=8 host_log_rows:i=512 \
 other_keys:ss*=[] call_us:i?=null
Host name:s release:s edition:s platform:s="hyper-v" hyperv:b=true service:s="running" encryption:b=true \
 latency_us:i=0 activation:Activation?=null request_limit:d?=null cluster:s="" up:b=true draining:b=false \
 identity:i=0 kvp_refresh_us:i=0 kvp_latency_us:i=0 kvp_packets:b=false
Activation channel:s="mak" end:d?=null
Guest name:s vm_id:x release:s edition:s host:s key:s="" running:b=false pipe:i=0 data_exchange:b=true \
 encryption:b=true core:b=false tenant:s="" kvp_service:b=true unattend_key:s="" language:s="en-US" \
 rearms:i=0 rearmed:b=false saved:b=false paused:b=false on_its_way:b=false with_host:b=false fqdn:s="" \
 ipv4:s*?=null \
 ipv6:s*?=null rdp:b=false
Licence status:i reason:i next:d?=null trigger:s="" grace:d?=null end:d?=null activated_us:i?=null host:s="" \
 failure:i=0 identity:i=0
Because law:s clauses:s*=[] readings:ss*=[] inputs:ss*=[]
LogRow record:i at_us:i event:i outcome:s code:i peer:s nonce:x because:Because
Request nonce:x vm_id:x avma_id:x build:i edition:s
GuestEnd phase:s="idle" request:Request?=null digest:x=""
HostEnd phase:s="fresh" digest:x="" code:i=0 answered:d*=[]
Attempt host:s trigger:s started_us:i deadline:d end:GuestEnd
Packet id:i guest:s pipe:i host:s to:s blob:x due:d
Fault name:s action:s guest:s="" host:s="" to:s="" nth:i=0 every:i=0 rate_ppm:i=0 from_us:i?=null \
 until_us:i?=null by_us:i=0 copies:i=1 bit:i=0 size:i=0 blob:x="" channel:s="activation" at:i=0
Migration kind:s source:s to:s phase:s due:d blackout_us:i=0 fails:s=""
Item key:s value:s
Written items:Item* over:Item*=[]
Pools host_items:Item*=[] delivered:Item*=[] external:Item*=[] guest:Item*=[] licence:Written?=null \
 auto:Written?=null pushed:Written?=null internal:Item*=[]
Checkpoint name:s kind:s taken_us:i guest:Guest licence:Licence log:LogRow** services:service*=[] \
 records:i=0 pools:Pools?=null
Link pipe:i guest:versions?=null host:versions?=null
Negotiate frameworks:d* messages:d*
Put pool:i item:Item
Remove pool:i key:s
Walk pool:i
Talk steps:step* version:versions?=null items:Item*=[] pools:pool*=[] failures:si*=[] packets:i=1
Exchange kind:s host:s talk:Talk due:d digest:x="" then:i*=[] brings:Item*=[] own:b=false
Gain ends:b=false items:Item*=[] failures:si*=[] version:versions?=null
"""

_COMMANDS: Final = """
AddHost host:Host channel:s="" until_us:i?=null
AddGuest guest:Guest
Activate host:s channel:s="mak" until_us:i?=null
Deactivate host:s
SetService host:s state:s
Start guest:s
Stop guest:s
Restart guest:s
InstallProductKey guest:s key:s elevated:b=true
UninstallProductKey guest:s elevated:b=true
RequestActivation guest:s elevated:b=true
Rearm guest:s elevated:b=true
SetDataExchange guest:s on:b
SetKvpService guest:s running:b
Upgrade guest:s release:s edition:s key:s=""
Migrate guest:s to:s kind:s="live" copy_us:i=0 blackout_us:i=0 fails:s=""
Pause guest:s
Save guest:s
Resume guest:s
CopyGuest guest:s name:s host:s keep_id:b=false
TakeCheckpoint guest:s name:s kind:s="standard"
ApplyCheckpoint guest:s name:s
StopHost host:s
StartHost host:s
RestartHost host:s
CrashHost host:s
UpgradeHost host:s release:s edition:s
RebuildHost host:s release:s edition:s
SetRole host:s on:b
SetCluster host:s cluster:s
DrainHost host:s copy_us:i=0 blackout_us:i=0
ResumeHost host:s
WriteKvp guest:s pool:i items:Item* replace:b=false
DeleteKvp guest:s pool:i keys:s*
PushKvp guest:s items:Item*
RemoveKvp guest:s keys:s*
ReadKvp guest:s="" host:s="" pools:i*=[1,2]
ArmFault fault:Fault
DisarmFault name:s
Advance to_us:i?=null until:s="" guest:s=""
"""

_EVENTS: Final = """
ClockAdvanced
CommandRefused reason:s message:s code:i=0
HostAdded host:Host
GuestAdded guest:Guest licence:Licence
HostActivated host:s activation:Activation
HostActivationEnded host:s why:s
ServiceChanged host:s state:s
DataExchangeChanged guest:s on:b
KvpServiceChanged guest:s running:b
GuestStarted guest:s licence:Licence
GuestStopped guest:s with_host:b=false crashed:b=false
GuestUpgraded guest:s release:s edition:s licence:Licence leaves:Item*=[]
GuestMigrated guest:s to:s migration:Migration?=null
CheckpointApplied guest:s name:s row:Guest licence:Licence log:LogRow** services:service*=[] records:i=0 \
 pools:Pools?=null
CheckpointTaken guest:s checkpoint:Checkpoint
GuestCopied source:s guest:Guest licence:Licence log:LogRow** services:service*=[] records:i=0 \
 pools:Pools?=null
GuestPaused guest:s
GuestResumed guest:s licence:Licence attempt:Attempt?=null packets:Packet*=[]
GuestSaved guest:s
HostChanged host:Host what:s
HostDrained host:s draining:b
HostStarted host:s
HostStopped host:s crashed:b=false
MigrationEnded guest:s how:s phase:s
MigrationStarted guest:s migration:Migration
PacketWaits waiting:i
SavedStateDiscarded guest:s
ProductKeyInstalled guest:s key:s licence:Licence leaves:Item*=[]
ProductKeyRefused guest:s code:i because:Because setup:b=false
ProductKeyRemoved guest:s licence:Licence leaves:Item*=[]
GuestRearmed guest:s
AttemptRequested guest:s licence:Licence
AttemptStarted guest:s attempt:Attempt packet:Packet asked:s*=[]
AttemptJoined guest:s trigger:s
AttemptVoided guest:s why:s licence:Licence
AttemptFailed guest:s arrived:i licence:Licence record:LogRow
LicenceGranted guest:s arrived:i licence:Licence record:LogRow
LicenceEnded guest:s licence:Licence
BadBytesSeen guest:s arrived:i reason:s
BytesIgnored guest:s arrived:i
ActivationDecided host:s guest:s arrived:i end:HostEnd record:LogRow packet:Packet asked:s*=[]
RequestIgnored host:s arrived:i
RequestRepeated host:s arrived:i packet:Packet asked:s*=[]
RequestUnread host:s arrived:i reason:s packet:Packet asked:s*=[]
RequestUnanswered host:s arrived:i why:s
PacketLost arrived:i
KvpAnswerRead guest:s arrived:i gain:Gain due:d digest:x packet:Packet asked:s*=[] link:Link?=null
KvpChannelClosed guest:s why:s
KvpPushed guest:s host:s packets:i digest:x link:Link pools:Pools failures:si*=[] arrived:i=0
KvpExchangeStarted guest:s exchange:Exchange link:Link packet:Packet asked:s*=[] pools:Pools?=null
KvpIgnored guest:s arrived:i to:s why:s
KvpKept guest:s pools:Pools keys:s*
KvpRead guest:s host:s packets:i digest:x pools:pool*?=null changed:s*=[] failures:si*=[] arrived:i=0
KvpReadJoined guest:s pools:i*=[]
KvpRefreshDue host:s next:d
KvpRequestRead guest:s arrived:i packet:Packet asked:s*=[] digest:x="" link:Link?=null pools:Pools?=null
KvpWritten guest:s pools:Pools keys:s*
FaultArmed fault:Fault
FaultDisarmed name:s
FaultHit fault:s hit:i what:s packets:Packet*=[]
"""


class _Field(NamedTuple):
    type: str
    optional: bool
    default: Any


def _parsed(text: str) -> dict[str, dict[str, _Field]]:
    shapes = {}
    for line in text.strip().splitlines():
        name, *fields = line.split()
        shape = {}
        for field in fields:
            key, _, rest = field.partition(":")
            kind, equals, default = rest.partition("=")
            shape[key] = _Field(kind, bool(equals), json.loads(default) if equals else None)
        shapes[name] = shape
    return shapes


_NESTED: Final = _parsed(_SHAPES) | {
    "Readings": {name: _Field("s", True, values[0]) for name, values in READINGS.items()}
}
_TOP: Final = {"command": _parsed(_COMMANDS), "event": _parsed(_EVENTS)}
_PLAIN: Final = {"s": str, "i": int, "b": bool}
# Lists of fixed length, each place of its own type.
_TUPLES: Final = {
    "d": ("i", "i"),
    "ss": ("s", "s"),
    "si": ("s", "i"),
    "versions": ("d", "d"),
    "pool": ("i", "Item*"),
    "service": ("i", "i", "i", "s"),
}
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


def _read(value: Any, kind: str, where: str) -> Any:
    """Return a value with its defaults filled in, where it is of that type."""
    plain = _PLAIN.get(kind)
    if plain is not None:
        if type(value) is not plain:
            raise _ShapeError(f"{where} is no {plain.__name__}")
        return value
    if kind == "x":
        if type(value) is not str or not _HEX.fullmatch(value):
            raise _ShapeError(f"{where} is not bytes in hex")
        return value
    if kind.endswith("?"):
        return None if value is None else _read(value, kind[:-1], where)
    if kind.endswith("*"):
        if type(value) is not list:
            raise _ShapeError(f"{where} is no list")
        return [_read(each, kind[:-1], where) for each in value]
    if kind == "step":
        return _read_step(value, where)
    if kind in _TUPLES:
        return _read_tuple(value, _TUPLES[kind], where)
    return _read_row(value, _NESTED[kind], where)


def _read_tuple(value: Any, kinds: tuple[str, ...], where: str) -> tuple[Any, ...]:
    if type(value) is not list or len(value) != len(kinds):
        raise _ShapeError(f"{where} has not {len(kinds)} places")
    return tuple(_read(each, kind, where) for each, kind in zip(value, kinds, strict=True))


def _read_step(value: Any, where: str) -> Any:
    if type(value) is not list or len(value) != 2 or value[0] not in ("Negotiate", "Put", "Remove", "Walk"):
        raise _ShapeError(f"{where} is no step of an exchange")
    return (value[0], _read_row(value[1], _NESTED[value[0]], where))


def _read_row(value: Any, shape: dict[str, _Field], where: str) -> Row:
    if type(value) is not dict:
        raise _ShapeError(f"{where} is no object")
    row: Row = {}
    found = 0
    for name, field in shape.items():
        if name in value:
            found += 1
            if field.optional and value[name] == field.default and type(value[name]) is type(field.default):
                raise _ShapeError(f"{where}.{name} is written though it is at its default")
            row[name] = _read(value[name], field.type, f"{where}.{name}")
        elif field.optional:
            row[name] = _default(field)
        else:
            raise _ShapeError(f"{where} has no {name}")
    if found != len(value):
        unknown = sorted(set(value) - set(shape))
        raise _ShapeError(f"{where} has an unknown field: {', '.join(unknown)}")
    return row


def _default(field: _Field) -> Any:
    if field.type == "Readings":
        return {name: values[0] for name, values in READINGS.items()}
    return list(field.default) if isinstance(field.default, list) else field.default


class _Entry(NamedTuple):
    line: int
    n: int
    t: int
    by: int | None
    side: str
    type: str
    row: Row


def _plain(text: str, line: int) -> Row:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError(line, "not JSON") from None
    if type(value) is not dict:
        raise UnreadableError(line, "no object")
    return value


def _read_header(text: str, line: int) -> Row:
    try:
        header = _read_row(_plain(text, line), _NESTED["Header"], "header")
    except _ShapeError as error:
        raise UnreadableError(line, str(error)) from None
    if header["format"] != 1:
        raise UnreadableError(line, f"format {header['format']}; this program reads 1")
    settings: Row = header["settings"]
    for name, value in settings["readings"].items():
        if value not in READINGS[name]:
            raise UnreadableError(line, f"reading {name} has no value {value}")
    return settings


def _read_entry(text: str, line: int) -> _Entry:
    plain = _plain(text, line)
    side = "command" if "command" in plain else "event"
    if set(plain) != {"n", "t", "by", side}:
        raise UnreadableError(line, "an entry has n, t, by, and command or event")
    n, t, by, body = plain["n"], plain["t"], plain["by"], plain[side]
    if type(n) is not int or type(t) is not int or not (by is None or type(by) is int):
        raise UnreadableError(line, "n, t and by are whole numbers, by may be null")
    kind = body.pop("type", None) if type(body) is dict else None
    if type(kind) is not str or kind not in _TOP[side]:
        raise UnreadableError(line, f"no {side} is called {kind}")
    try:
        row = _read_row(body, _TOP[side][kind], kind)
    except _ShapeError as error:
        raise UnreadableError(line, str(error)) from None
    return _Entry(line, n, t, by, side, kind, row)


# --- who may activate: section 3 ----------------------------------------------------------------------


def _edition_fits(host: Row, reads: Row) -> bool:
    any_edition = host["release"] == "ws2012r2" and reads["host_2012r2_edition"] == "any"
    return any_edition or bool(host["edition"] == "datacenter")


def _is_activated(host: Row) -> bool:
    return host["activation"] is not None and host["activation"]["channel"] != "evaluation"


def own_of(release: str, edition: str, reads: Row) -> tuple[str, str] | None:
    """Return family and edition of the key that is a guest's own.

    Args:
        release: its release.
        edition: its edition.
        reads: the readings.

    Returns:
        The pair, or None where no key is published for it.
    """
    family = FAMILIES.get(release)
    if release in ("ws2004", "ws20h2") and reads["keys_2004_20h2"] == "2019-pair":
        family = "2019"
    own = (family or "", edition)
    if edition == "essentials" and release not in ("ws2012r2", "ws2016", "ws2019"):
        return None
    return own if own in KEYS.values() else None


def _takes_avma_keys(guest: Row) -> bool:
    return guest["release"] not in CLIENTS and BUILDS.get(guest["release"], 0) >= FIRST_BUILD


def _too_new(host: Row, release: str, build: int, family: str, reads: Row) -> bool:
    """Row 8."""
    order = build
    if reads["semi_annual_order"] == "family":
        own = FAMILIES.get(release)
        if release in ("ws2004", "ws20h2") and reads["keys_2004_20h2"] == "2019-pair":
            own = "2019"
        order = FIRST_OF_FAMILY.get(own or "", build)
    return max(order, FIRST_OF_FAMILY[family]) > BUILDS.get(host["release"], 0)


def _no_seed(reads: Row) -> str:
    notification: str = reads["no_seed_row"]
    return notification


class _Said(NamedTuple):
    """What section 3 says: row, code, notification."""

    row: int
    code: int
    outcome: str


def _no_channel(host: Row, reads: Row) -> bool:
    """Row 5."""
    if host["release"] in CLIENTS or BUILDS.get(host["release"], 0) < FIRST_BUILD:
        return True
    if host["service"] == "stopped":
        return True
    return not _edition_fits(host, reads) and reads["host_edition"] == "no-channel"


def _exchanges(guest: Row, reads: Row) -> bool:
    on = guest["data_exchange"] and guest["kvp_service"]
    return bool(on) or reads["data_exchange_off"] == "no-effect"


def guest_says(host: Row, guest: Row, reads: Row) -> _Said | None:
    """Judge rows 2 to 5, and row 8 where it has no answer, at the instant of an attempt.

    Args:
        host: the host's row.
        guest: the guest's row, with an AVMA key.
        reads: the readings.

    Returns:
        What ends the attempt at once; None where the guest asks.
    """
    if host["platform"] in ("vmware", "kvm", "xen", "other"):
        return _Said(2, NO_HOST, "invalid-host")
    if host["platform"] in ("azure", "azure-nested"):
        return _Said(3, NOT_ACTIVATED, _no_seed(reads))
    if not _exchanges(guest, reads):
        return _Said(4, NO_HOST, "invalid-host")
    if _no_channel(host, reads):
        return _Said(5, NO_HOST, "invalid-host")
    family, _ = KEYS[guest["key"]]
    build = BUILDS.get(guest["release"], 0)
    silent = reads["host_too_old"] == "invalid-host" and _reaches_row_8(host, guest["edition"], reads)
    if silent and _too_new(host, guest["release"], build, family, reads):
        return _Said(8, NO_HOST, "invalid-host")
    return None


def _reaches_row_8(host: Row, edition: str, reads: Row) -> bool:
    return _edition_fits(host, reads) and _is_activated(host) and edition != "datacenter-azure"


class _Asked(NamedTuple):
    """What one request says, and who wrote it for whom."""

    guest: str
    vm_id: str
    nonce: str
    key: tuple[str, str]
    release: str
    build: int
    edition: str
    host: str
    identity: int
    encrypted: bool
    digest: str


class _Answered(NamedTuple):
    """What one answer says, and who wrote it."""

    guest: str
    nonce: str
    code: int
    host: str
    identity: int


def host_says(host: Row, asked: _Asked, reads: Row, decided: int) -> _Said:
    """Judge rows 6 to 11 when a host reads a request (and row 5 where a reading makes it a refusal).

    Args:
        host: the host's row.
        asked: the request.
        reads: the readings.
        decided: how many requests the host has decided in the window of its limit.

    Returns:
        The answer.
    """
    if not _edition_fits(host, reads):
        return _Said(5, NOT_ACTIVATED, _no_seed(reads))
    if not _is_activated(host):
        return _Said(6, NOT_ACTIVATED, _no_seed(reads))
    if asked.edition == "datacenter-azure":
        return _Said(7, DENIED, "activation-denied")
    if _too_new(host, asked.release, asked.build, asked.key[0], reads):
        return _Said(8, DENIED, "activation-denied")
    if asked.key != own_of(asked.release, asked.edition, reads):
        return _Said(9, DENIED, "activation-denied")
    if host["request_limit"] is not None and decided >= host["request_limit"][0]:
        return _Said(10, THROTTLED, _no_seed(reads))
    return _Said(11, 0, "success")


def _outcome_of(code: int, reads: Row) -> str:
    """Return the notification of a refusal that a guest was sent."""
    return "activation-denied" if code == DENIED else _no_seed(reads)


# --- what is known at one place of the trace -----------------------------------------------------------


class _Guest:
    """One guest: its rows, and what it waits for."""

    def __init__(self, row: Row, licence: Row) -> None:
        self.row = row
        self.licence = licence
        self.attempt: Row | None = None
        self.asked: _Asked | None = None
        self.bad_bytes = False
        self.migration: Row | None = None
        self.exchange: Due | None = None
        self.records = 0
        self.log: list[Row] = []  # the newest records 12309
        self.waiting: set[int] = set()
        self.checkpoints: dict[str, Row] = {}
        self.armed: set[tuple[int, int, int]] = set()

    def acts(self) -> bool:
        """Whether what is due for it happens: it runs, and does not stand still."""
        return self.row["running"] and not self.row["paused"] and not self.row["on_its_way"]

    def dues(self) -> Iterator[tuple[int, int, int]]:
        """Yield (instant, kind, entry that set it)."""
        if self.migration is not None:
            yield (self.migration["due"][0], MIGRATION, self.migration["due"][1])
        if self.exchange is not None:
            yield (self.exchange[0], KVP_WAIT, self.exchange[1])
        if not self.acts():
            return
        ends = {LICENSED: "end", GRACE: "grace"}.get(self.licence["status"])
        if ends is not None and self.licence[ends] is not None:
            yield (self.licence[ends][0], LICENCE_END, self.licence[ends][1])
        if self.attempt is not None:
            yield (self.attempt["deadline"][0], DEADLINE_DUE, self.attempt["deadline"][1])
        elif self.licence["next"] is not None:
            yield (self.licence["next"][0], ATTEMPT, self.licence["next"][1])


class _Host:
    """One host: its row, and what it remembers."""

    def __init__(self, row: Row, boot: int) -> None:
        self.row = row
        self.records = 0
        self.decided: list[int] = []
        self.boot = boot
        self.refresh: Due | None = None
        self.crashed = False
        self.newest: dict[str, tuple[str, str]] = {}  # by guest: nonce and the answer's bytes
        self.answered: dict[str, int] = {}  # by guest: how many since its start

    def forget(self) -> None:
        """Forget what it answered, as a start makes it."""
        self.newest.clear()
        self.answered.clear()

    def dues(self) -> Iterator[tuple[int, int, int]]:
        """Yield (instant, kind, entry that set it)."""
        activation = self.row["activation"]
        if activation is not None and activation["end"] is not None:
            yield (activation["end"][0], HOST_END, activation["end"][1])
        if self.refresh is not None and self.row["up"]:
            yield (self.refresh[0], KVP_REFRESH, self.refresh[1])


class _Owed(NamedTuple):
    """What must follow before anything else happens."""

    line: int
    law: str
    what: str


class _Lab:
    """Everything that is known, and the agenda of what is due."""

    def __init__(self, settings: Row) -> None:
        self.settings = settings
        self.reads: Row = settings["readings"]
        self.other_keys = {key for key, _ in settings["other_keys"]}
        self.now: int = settings["start_us"]
        self.hosts: dict[str, _Host] = {}
        self.guests: dict[str, _Guest] = {}
        self.packets: dict[int, Row] = {}
        self.written: OrderedDict[str, _Asked | _Answered] = OrderedDict()
        self.kept: dict[str, str] = {}  # by fault of replay: the bytes
        self.nonces: dict[str, int] = {}  # the boot of the host that answered it; 0 for none
        self.avma_ids: dict[str, tuple[str, str]] = {}
        self.vm_ids: set[str] = set()
        self.faults: set[str] = set()
        self.owed: dict[tuple[str, str], _Owed] = {}
        self.boots = 0
        self.command: _Entry | None = None
        self.followed = True
        self.changed = False
        self._heap: list[tuple[int, int, int, str]] = []

    def arm(self, name: str) -> None:
        """Put a machine's dues into the agenda."""
        guest = self.guests.get(name)
        if guest is None:
            for due in self.hosts[name].dues():
                heapq.heappush(self._heap, (*due, name))
            return
        dues = set(guest.dues())
        for due in dues - guest.armed:
            heapq.heappush(self._heap, (*due, name))
        guest.armed = dues

    def fly(self, packet: Row) -> None:
        """Put a packet in flight."""
        self.packets[packet["id"]] = packet
        due = packet["due"]
        if due[0] < NEVER:
            heapq.heappush(self._heap, (due[0], DELIVERY, due[1], str(packet["id"])))

    def write(self, blob: str, meaning: _Asked | _Answered) -> None:
        """Remember what somebody's bytes say."""
        self.written[blob] = meaning
        self.written.move_to_end(blob)
        if len(self.written) > BLOBS_KEPT:
            self.written.popitem(last=False)

    def first(self) -> tuple[int, int, int, str] | None:
        """Return what is due first, having dropped what is no longer due."""
        while self._heap and not self._is_due(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def _is_due(self, entry: tuple[int, int, int, str]) -> bool:
        t, kind, setter, name = entry
        if kind == DELIVERY:
            packet = self.packets.get(int(name))
            return packet is not None and packet["due"] == (t, setter)
        machine = self.guests.get(name) or self.hosts[name]
        return (t, kind, setter) in machine.dues()

    def open_pipe(self, packet: Row) -> bool:
        """Whether a packet's pipe is open."""
        row = self.guests[packet["guest"]].row
        return bool(row["running"]) and row["pipe"] == packet["pipe"] and row["host"] == packet["host"]


def _voided(grace: Due | None, status: int, reason: int) -> Row:
    """A licence of which nothing is left but the initial grace."""
    return {
        "status": status,
        "reason": reason,
        "next": None,
        "trigger": "",
        "grace": grace,
        "end": None,
        "activated_us": None,
        "host": "",
        "failure": 0,
        "identity": 0,
    }


def _key_kind(key: str) -> str:
    if not key:
        return "none"
    return "avma" if key in KEYS else "other"


# --- the judge ---------------------------------------------------------------------------------------


class Judge:
    """Judges a trace entry by entry; what is wrong is kept in `findings`.

    Args:
        settings: the header's settings, defaults filled in.
    """

    def __init__(self, settings: Row) -> None:
        self.findings: list[Finding] = []
        self._lab = _Lab(settings)
        self._entry = _Entry(0, -1, self._lab.now, None, "event", "", {})

    def take(self, entry: _Entry) -> None:
        """Judge the next entry.

        Args:
            entry: the entry.

        Raises:
            UnreadableError: it names a machine or a packet that does not exist.
        """
        last, self._entry = self._entry, entry
        if entry.n != last.n + 1:
            self._wrong("format", f"entry {entry.n} follows entry {last.n}")
        if entry.t < last.t:
            self._wrong("format", "the clock goes back")
        try:
            if entry.side == "command":
                self._command(entry)
            else:
                self._event(entry)
        except KeyError as error:
            said = f"{entry.type} names {error.args[0]!r}, which is not there"
            raise UnreadableError(entry.line, said) from None

    def end(self) -> None:
        """Judge what is still owed at the end of the trace."""
        self._settle_debts()
        due = self._lab.first()
        if due is not None and due[0] < self._lab.now:
            self._wrong("section 4, one instant", f"{self._told(due)} was due and never came")

    def _wrong(self, law: str, what: str) -> None:
        self.findings.append(Finding(self._entry.line, law, what))

    def _want(self, condition: object, law: str, what: str) -> None:
        if not condition:
            self._wrong(law, what)

    def _told(self, due: tuple[int, int, int, str]) -> str:
        return f"{KIND_WORDS[due[1]]} of {due[3]}"

    # Time and causes.

    def _command(self, entry: _Entry) -> None:
        lab = self._lab
        self._want(entry.by is None, "format", "a command was caused by an entry")
        self._want(entry.t == lab.now, "format", "a command moves the clock")
        self._settle_debts()
        lab.now = max(lab.now, entry.t)
        lab.command, lab.followed, lab.changed = entry, entry.type not in _MUST_LEAD_ON, False

    def _settle_debts(self) -> None:
        lab = self._lab
        if not lab.followed and lab.command is not None:
            self._wrong("section 5", f"nothing followed from {lab.command.type} of line {lab.command.line}")
        lab.followed = True
        if not lab.owed:
            return
        for (machine, what), owed in lab.owed.items():
            guest = lab.guests[machine]
            due = guest.licence["next"]
            if what == "arrival" and due is not None and due[0] <= lab.now:
                continue
            self._wrong(owed.law, f"{owed.what} (since line {owed.line})")
            if what == "void":
                guest.attempt = None
                lab.arm(machine)
        lab.owed.clear()

    def _event(self, entry: _Entry) -> None:
        lab = self._lab
        if entry.by is None or not 0 <= entry.by < entry.n:
            self._wrong("format", "an event is caused by an entry before it")
        if lab.command is not None and entry.by == lab.command.n:
            lab.followed = True
        due = self._due_of(entry)
        if due is not None:
            self._settle_due(entry, due)
        elif entry.type == "ClockAdvanced":
            self._clock(entry)
        elif entry.t != lab.now:
            self._wrong("section 4, one instant", f"{entry.type} moves the clock, and nothing was due")
        lab.now = max(lab.now, entry.t)
        self._as_told(entry)
        judge = getattr(self, f"_on_{_snake(entry.type)}", None)
        if judge is not None:
            judge(entry.row)
        lab.changed |= lab.command is not None and entry.by == lab.command.n

    def _as_told(self, entry: _Entry) -> None:
        """Hold an event against the command that it came from."""
        command = self._lab.command
        if command is None or entry.by != command.n:
            return
        for name in _AS_TOLD.get((command.type, entry.type), ()):
            if entry.row[name] != command.row[name]:
                self._wrong("format", f"{entry.type}.{name} is not what {command.type} asks for")

    def _clock(self, entry: _Entry) -> None:
        self._settle_debts()
        due = self._lab.first()
        if due is not None and due[0] <= entry.t:
            self._wrong("section 4, one instant", f"{self._told(due)} was due, and the clock goes on")

    def _due_of(self, entry: _Entry) -> tuple[int, int, int, str] | None:
        """Return the due that an event is the outcome of; None where it is none's."""
        lab, row = self._lab, entry.row
        arrived = row.get("arrived", 0) or row.get("waiting", 0)
        if arrived:
            packet = lab.packets.get(arrived)
            if packet is None:
                raise UnreadableError(entry.line, f"packet {arrived} is not in flight")
            return (packet["due"][0], DELIVERY, packet["due"][1], str(arrived))
        find = _DUES.get(entry.type)
        if find is None:
            return None
        kind, name = find(lab, entry)
        if kind == NO_DUE:
            return None
        machine = lab.guests.get(name) or lab.hosts[name]
        return next(((*due, name) for due in machine.dues() if due[1] == kind), (NEVER, kind, -1, name))

    def _settle_due(self, entry: _Entry, due: tuple[int, int, int, str]) -> None:
        lab = self._lab
        law = "section 4, one instant"
        if due[0] == NEVER and due[1] == DELIVERY:
            return  # what waited for a guest that stands still is lost with its pipe
        self._settle_debts()
        if due[0] == NEVER:
            self._wrong(law, f"{entry.type}: {self._told(due)} is not due")
            return
        if entry.by != due[2]:
            self._wrong("format", f"{entry.type} is not caused by what set {self._told(due)}")
        if entry.t != max(due[0], lab.now):
            early = "early" if entry.t < due[0] else "late"
            self._wrong(law, f"{self._told(due)} comes {early}")
        first = lab.first()
        if first is not None and first[:3] < due[:3]:
            self._wrong(law, f"{self._told(first)} comes before {self._told(due)}")

    # Machines.

    def _on_host_added(self, row: Row) -> None:
        self._lab.boots += 1
        host = row["host"]
        self._want(host["activation"] is None, "section 3, row 6", f"{host['name']} is activated by nobody")
        self._lab.hosts[host["name"]] = _Host(host, self._lab.boots)

    def _on_host_activated(self, row: Row) -> None:
        end = row["activation"]["end"]
        if end is not None:
            self._want(end[1] == self._entry.n, "format", "an end was set by another entry")
        self._lab.hosts[row["host"]].row["activation"] = row["activation"]
        self._lab.arm(row["host"])

    def _on_host_activation_ended(self, row: Row) -> None:
        self._lab.hosts[row["host"]].row["activation"] = None

    def _on_service_changed(self, row: Row) -> None:
        self._lab.hosts[row["host"]].row["service"] = row["state"]

    def _on_host_drained(self, row: Row) -> None:
        self._lab.hosts[row["host"]].row["draining"] = row["draining"]

    def _on_host_stopped(self, row: Row) -> None:
        lab, name = self._lab, row["host"]
        lab.hosts[name].row["up"], lab.hosts[name].crashed = False, row["crashed"]
        for guest in lab.guests.values():
            if guest.row["host"] == name and guest.row["running"]:
                self._owe(guest, "stop", "section 6, host stops", "its host is down, and it runs on")

    def _owe(self, guest: _Guest, what: str, law: str, said: str) -> None:
        name = guest.row["name"]
        self._lab.owed[name, what] = _Owed(self._entry.line, law, f"{name}: {said}")

    def _paid(self, guest: str, *whats: str) -> None:
        for what in whats:
            self._lab.owed.pop((guest, what), None)

    def _on_host_started(self, row: Row) -> None:
        lab, host = self._lab, self._lab.hosts[row["host"]]
        lab.boots += 1
        host.row["up"], host.boot = True, lab.boots
        host.forget()
        if not (host.row["hyperv"] or host.row["platform"] != "hyper-v"):
            return
        for guest in lab.guests.values():
            if guest.row["host"] == row["host"] and guest.row["with_host"]:
                self._owe(guest, "start", "section 6, host stops", "its host is back, and it does not start")

    def _on_host_changed(self, row: Row) -> None:
        host, new, what = self._lab.hosts[row["host"]["name"]], row["host"], row["what"]
        old, law = host.row, f"section 6, host {what}"
        if what in ("upgraded", "rebuilt"):
            self._want(new["activation"] is None, law, "it is not activated until it is activated anew")
            self._want(not old["up"], law, "its guests stop and start with it")
        else:
            self._want(new["activation"] == old["activation"], law, "its activation is another")
        self._want(new["identity"] == old["identity"] + (what == "rebuilt"), law, "identity")
        if what == "upgraded":
            builds = [BUILDS.get(each["release"], 0) for each in (old, new)]
            self._want(builds[0] <= builds[1], law, "no downgrade")
        if what == "rebuilt":
            host.records = 0
            host.decided.clear()
            host.forget()
        host.row = new
        self._lab.arm(new["name"])

    def _on_data_exchange_changed(self, row: Row) -> None:
        self._lab.guests[row["guest"]].row["data_exchange"] = row["on"]

    def _on_kvp_service_changed(self, row: Row) -> None:
        self._lab.guests[row["guest"]].row["kvp_service"] = row["running"]

    def _on_fault_armed(self, row: Row) -> None:
        self._lab.faults.add(row["fault"]["name"])

    def _on_fault_disarmed(self, row: Row) -> None:
        self._lab.faults.discard(row["name"])

    def _on_fault_hit(self, row: Row) -> None:
        lab = self._lab
        self._want(row["fault"] in lab.faults, "format", f"no fault {row['fault']} is armed")
        hit = lab.packets.get(row["hit"])
        if hit is None:
            raise UnreadableError(self._entry.line, f"packet {row['hit']} is not in flight")
        if row["what"] == "keep":
            return
        del lab.packets[row["hit"]]
        for packet in row["packets"]:
            same = all(packet[name] == hit[name] for name in ("guest", "host", "pipe", "to"))
            self._want(same, "section 4", f"{row['fault']} puts bytes into another pipe")
            lab.fly(packet)

    def _on_packet_waits(self, row: Row) -> None:
        packet = self._lab.packets[row["waiting"]]
        guest = self._lab.guests[packet["guest"]].row
        still = guest["paused"] or guest["on_its_way"]
        self._want(still, "section 4, voiding", f"bytes wait for {guest['name']}, which does not stand still")
        packet["due"] = (NEVER, self._entry.n)
        self._lab.guests[packet["guest"]].waiting.add(packet["id"])

    # Guests.

    def _on_guest_added(self, row: Row) -> None:
        lab, guest, licence = self._lab, row["guest"], row["licence"]
        self._want(guest["vm_id"] not in lab.vm_ids, "section 6", "a VM id that the lab already has")
        self._want(guest["host"] in lab.hosts, "section 6", "a guest is on exactly one host")
        lab.vm_ids.add(guest["vm_id"])
        # Before its first start a guest shows initial grace without an end.
        wanted = (UNLICENSED, NO_KEY) if guest["release"] == "linux" else (GRACE, IS_GRACE)
        self._same(licence, _voided(None, *wanted), "section 5, states")
        lab.guests[guest["name"]] = _Guest(guest, licence)

    def _same(self, found: Row, wanted: Row, law: str, *, pending: bool = False) -> None:
        """Hold a licence against the law's; a pending attempt masks when the next is due."""
        for name, value in wanted.items():
            if pending and name in ("next", "trigger"):
                continue
            if found[name] != value:
                self._wrong(law, f"licence.{name} is {_word(found[name])}, the law says {_word(value)}")

    def _becomes(self, guest: _Guest, licence: Row, wanted: Row, law: str) -> None:
        self._same(licence, wanted, law, pending=guest.attempt is not None)
        guest.licence = licence
        self._lab.arm(guest.row["name"])

    def _on_guest_started(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        self._paid(row["guest"], "start")
        machine, host = guest.row, lab.hosts[guest.row["host"]].row
        able = host["up"] and (host["hyperv"] or host["platform"] != "hyper-v")
        self._want(able, "section 3", f"{machine['name']} starts on a machine that cannot run it")
        self._want(not machine["running"], "section 5, attempts", "a guest that runs starts")
        self._want(not machine["saved"], "section 6, saved", "the start of a saved guest resumes it")
        wanted = dict(guest.licence)
        if machine["release"] != "linux":
            wanted |= self._at_start(guest)
        machine.update(running=True, paused=False, with_host=False, rearmed=False, pipe=machine["pipe"] + 1)
        guest.records += 2 * (machine["release"] != "linux")
        self._becomes(guest, row["licence"], wanted, "section 5, attempts")

    def _at_start(self, guest: _Guest) -> Row:
        n, now = self._entry.n, self._entry.t
        wanted = dict(guest.licence)
        kind = _key_kind(guest.row["key"])
        first = wanted["grace"] is None and wanted["status"] == GRACE
        if guest.row["rearmed"] or wanted["grace"] is None:
            wanted["grace"] = (now + GRACE_SPAN, n)
        if guest.row["rearmed"] or first:
            reason = (NOTIFICATION, OTHER_KEY) if kind == "other" else (GRACE, IS_GRACE)
            wanted = _voided(wanted["grace"], *reason)
        due = kind == "avma"
        return wanted | {"next": (now, n) if due else None, "trigger": "start" if due else ""}

    def _on_guest_stopped(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        if (row["guest"], "stop") in self._lab.owed:
            law, host = "section 6, host stops", self._lab.hosts[guest.row["host"]]
            self._want(row["with_host"], law, "a guest that ran is to start again with its host")
            self._want(row["crashed"] == host.crashed, law, "a guest dies with its host, and only so")
        self._paid(row["guest"], "stop", "arrival")
        self._want(guest.row["running"], "section 6", "a guest that is off stops")
        guest.row.update(running=False, paused=False, on_its_way=False, with_host=row["with_host"])
        guest.records += not row["crashed"] and guest.row["release"] != "linux"
        self._interrupted(guest)

    def _interrupted(self, guest: _Guest) -> None:
        if guest.attempt is not None:
            said = "its pending attempt is not voided"
            self._owe(guest, "void", "section 4, voiding", said)
        if guest.waiting:
            self._owe(guest, "lost", "section 4, voiding", "bytes that waited outlive its pipe")
        self._lab.arm(guest.row["name"])

    def _on_guest_saved(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._want(guest.row["running"], "section 6, saved", "a guest that is off is saved")
        guest.row.update(running=False, paused=False, saved=True)
        self._interrupted(guest)

    def _on_saved_state_discarded(self, row: Row) -> None:
        self._lab.guests[row["guest"]].row["saved"] = False

    def _on_guest_paused(self, row: Row) -> None:
        self._lab.guests[row["guest"]].row["paused"] = True

    def _on_guest_resumed(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        machine = guest.row
        self._paid(row["guest"], "start")
        still = machine["paused"] or machine["saved"] or machine["on_its_way"]
        self._want(still, "section 6, saved", "a guest that does not stand still goes on")
        up = lab.hosts[machine["host"]].row["up"]
        self._want(up, "section 6, saved", f"{machine['name']} goes on while its host is down")
        if machine["saved"]:
            machine["pipe"] += 1
        arrives = machine["on_its_way"]
        machine.update(running=True, paused=False, saved=False, on_its_way=False, with_host=False)
        wanted = dict(guest.licence)
        wanted["next"] = self._not_before_now(wanted["next"], row["licence"]["next"])
        if (row["attempt"] is None) != (guest.attempt is None):
            self._wrong("section 4, voiding", "what was pending is not what is pending on resume")
        if guest.attempt is not None and row["attempt"] is not None:
            found = row["attempt"]["deadline"]
            due = self._not_before_now(guest.attempt["deadline"], found)
            self._want(found == due, "section 4, voiding", "the deadline is judged on resume")
            guest.attempt["deadline"] = found
        arrive = {packet["id"] for packet in row["packets"]}
        self._want(arrive == guest.waiting, "section 4, voiding", "other bytes arrive than those that waited")
        guest.waiting = set()
        for packet in row["packets"]:
            lab.fly(packet)
        self._becomes(guest, row["licence"], wanted, "section 6, saved")
        if arrives:
            self._come(guest)

    def _not_before_now(self, due: Due | None, found: Due | None) -> Due | None:
        """What became due while a guest stood still is due now; what is due at this very instant may stay."""
        now = self._entry.t
        if due is None or due[0] > now or (due[0] == now and found == due):
            return due
        return (now, self._entry.n)

    # Moving, copying, rewinding.

    def _on_migration_started(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._want(guest.migration is None, "section 6", "a guest migrates twice at once")
        guest.migration = row["migration"]
        self._lab.arm(row["guest"])

    def _on_migration_ended(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        if row["how"] == "rolled-back" and guest.migration is not None:
            said = f"it is rolled back, and does not go to {guest.migration['source']}"
            self._owe(guest, "back", "section 6, live migration", said)
        guest.migration = None
        if guest.row["paused"]:  # nobody resumes it at its arrival
            guest.row["on_its_way"] = False

    def _on_guest_migrated(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        source, to = (lab.hosts[name].row for name in (guest.row["host"], row["to"]))
        law = "section 6, live migration"
        hyperv = source["platform"] == "hyper-v" == to["platform"]
        self._want(hyperv, "section 6", "from another platform only by a copy with a new VM id")
        self._want(to["up"], law, f"{row['guest']} moves to a host that is down")
        back = lab.owed.pop((row["guest"], "back"), None)
        self._want(back is None or back.what.endswith(f" {row['to']}"), law, "rolled back to another host")
        if guest.row["with_host"] and not source["up"]:
            self._owe(guest, "start", "section 6, failover", "it is taken over, and does not start")
        guest.migration = row["migration"]
        guest.row["host"] = row["to"]
        guest.row["pipe"] += 1
        # Rolled back, a guest is on its way until it goes on at its source.
        guest.row["on_its_way"] |= row["migration"] is not None and guest.row["running"]
        self._interrupted(guest)
        self._come(guest)

    def _come(self, guest: _Guest) -> None:
        if self._arrives(guest):
            said = "it is on a host that would not activate it, and asks nothing"
            self._owe(guest, "arrival", "section 7, move-to-unqualified", said)

    def _arrives(self, guest: _Guest) -> bool:
        """Whether a guest is to ask on arrival (reading `move-to-unqualified`)."""
        lab = self._lab
        if lab.reads["move_to_unqualified"] != "attempt-on-arrival" or not guest.acts():
            return False
        if _key_kind(guest.row["key"]) != "avma" or guest.licence["status"] != LICENSED:
            return False
        host = dict(lab.hosts[guest.row["host"]].row, service="running", request_limit=None)
        if _no_channel(host, lab.reads):
            return True
        row = guest.row
        asked = _Asked(
            row["name"], row["vm_id"], "", KEYS[row["key"]], row["release"], BUILDS.get(row["release"], 0),
            row["edition"], "", 0, True, "",
        )  # fmt: skip
        return host_says(host, asked, lab.reads, 0).code != 0

    def _on_guest_copied(self, row: Row) -> None:
        lab, source = self._lab, self._lab.guests[row["source"]]
        guest, law = row["guest"], "section 6, copy"
        self._want(guest["vm_id"] not in lab.vm_ids, law, "the copy has a VM id that the lab already has")
        lab.vm_ids.add(guest["vm_id"])
        off = not (guest["running"] or guest["saved"] or guest["paused"])
        self._want(off, law, "a copy is off")
        same = all(guest[name] == source.row[name] for name in ("release", "edition", "key"))
        self._want(same, law, "a copy has its source's release, edition and key")
        wanted = dict(source.licence, next=None, trigger="")
        if wanted["status"] == LICENSED:
            wanted = _voided(wanted["grace"], NOTIFICATION, COPIED)
        self._same(row["licence"], wanted, law)
        copy = _Guest(guest, row["licence"])
        copy.records, copy.log = row["records"], self._log(row["log"], source.log, law)
        lab.guests[guest["name"]] = copy

    def _log(self, chunks: list[list[Row]], wanted: list[Row], law: str) -> list[Row]:
        """Hold a log that is carried whole against the records that were told."""
        found = [record for chunk in chunks for record in chunk]
        rows = self._lab.settings["guest_log_rows"]
        self._want(found[-rows:] == wanted[-rows:], law, "the log holds other records 12309 than were told")
        return found

    def _on_checkpoint_taken(self, row: Row) -> None:
        guest, taken = self._lab.guests[row["guest"]], row["checkpoint"]
        law = "section 6, checkpoint applied"
        same = taken["licence"] == guest.licence and taken["guest"] == guest.row
        self._want(same, law, "a checkpoint holds another state than the guest's")
        kept = ("kind", "guest", "licence", "records")
        guest.checkpoints[taken["name"]] = {name: taken[name] for name in kept} | {
            "guest": dict(taken["guest"]),
            "log": self._log(taken["log"], guest.log, law),
        }

    def _on_checkpoint_applied(self, row: Row) -> None:
        guest, law = self._lab.guests[row["guest"]], "section 6, checkpoint applied"
        taken = guest.checkpoints[row["name"]]
        self._want(row["licence"] == taken["licence"], law, "the licence is not that of the checkpoint")
        kept, past, now = row["row"], taken["guest"], guest.row
        for name in ("key", "release", "edition"):
            self._want(kept[name] == past[name], law, f"{name} is not that of the checkpoint")
        for name in ("vm_id", "host", "tenant"):
            self._want(kept[name] == now[name], law, f"{name} goes back")
        memory = taken["kind"] == "standard" and (past["running"] or past["saved"])
        power = (kept["saved"], kept["running"])
        self._want(power == (memory, False), law, "it is saved with its memory, else off")
        self._want(kept["pipe"] >= now["pipe"], law, "the pipe goes back")
        self._want(row["records"] == taken["records"], law, "the guest's log is not that of the checkpoint")
        guest.row, guest.licence, guest.records = kept, row["licence"], row["records"]
        guest.log = self._log(row["log"], taken["log"], law)
        self._interrupted(guest)

    # Keys.

    def _on_product_key_installed(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        key, law = row["key"], "section 5, keys"
        said = self._refusal(guest, key)
        self._want(said is None, law, f"{key} is not refused with {said or 0:08X}")
        same = key == guest.row["key"]
        wanted = guest.licence if same else self._with_key(guest, key)
        guest.row["key"] = key
        guest.records += 1
        if guest.attempt is not None and not same:
            guest.licence = row["licence"]
            self._same(row["licence"], wanted, law)
            self._interrupted(guest)
            return
        self._becomes(guest, row["licence"], wanted, law)
        lab.arm(row["guest"])

    def _with_key(self, guest: _Guest, key: str) -> Row:
        n, now, grace = self._entry.n, self._entry.t, guest.licence["grace"]
        if key not in KEYS:
            return _voided(grace, NOTIFICATION, OTHER_KEY)
        over = grace is not None and now >= grace[0]
        made = _voided(grace, *((NOTIFICATION, EXPIRED) if over else (GRACE, IS_GRACE)))
        return made | {"next": (now, n), "trigger": "install"}

    def _refusal(self, guest: _Guest, text: str) -> int | None:
        """Say with which code a key is refused; None where it installs, or where this program cannot know."""
        lab, command = self._lab, self._lab.command
        if command is not None and command.type == "InstallProductKey" and not command.row["elevated"]:
            return NOT_ELEVATED
        key = text.upper()
        if not (key.isascii() and KEY_FORM.fullmatch(key) and key.count("N") == 1):
            return BAD_KEY
        if key not in KEYS:
            return None
        own = own_of(guest.row["release"], guest.row["edition"], lab.reads)
        if not _takes_avma_keys(guest.row):
            return WRONG_KEY
        if KEYS[key] != own and lab.reads["wrong_key"] == "refuse-at-install":
            return WRONG_KEY
        return None

    def _on_product_key_refused(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        law, command = "section 5, keys", self._lab.command
        self._paid(row["guest"], "start")
        key = guest.row["unattend_key"] if row["setup"] else ""
        if not row["setup"] and command is not None:
            key = command.row.get("key", "")
        said = self._refusal(guest, key)
        if said is not None:
            self._want(row["code"] == said, law, f"the code is {row['code']:08X}, the law says {said:08X}")
        else:
            known = key.upper() in KEYS or key.upper() in lab.other_keys
            self._want(not known, law, f"{key} fits and is known, and is refused")
            codes = (BAD_KEY, WRONG_KEY)  # nobody's, or a KMS client key of another edition
            self._want(row["code"] in codes, law, f"no key is refused with {row['code']:08X}")

    def _on_product_key_removed(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._elevated("section 5, keys")
        guest.row["key"] = ""
        self._emptied(guest, row["licence"], "section 5, keys")

    def _elevated(self, law: str) -> None:
        command = self._lab.command
        if command is not None:
            self._want(command.row.get("elevated", True), law, "the prompt is not elevated (C004F025)")

    def _emptied(self, guest: _Guest, licence: Row, law: str) -> None:
        guest.licence = licence
        self._same(licence, _voided(licence["grace"], UNLICENSED, NO_KEY), law)
        self._interrupted(guest)

    def _on_guest_upgraded(self, row: Row) -> None:
        guest, law = self._lab.guests[row["guest"]], "section 5, upgrade"
        self._want(guest.row["running"], law, "a guest that is off is upgraded")
        grace = guest.licence["grace"]
        self._want(row["licence"]["grace"] == grace, law, "the initial grace is fixed once")
        guest.row.update(
            release=row["release"], edition=row["edition"], key="", rearmed=False, pipe=guest.row["pipe"] + 1
        )
        guest.records += 3
        self._emptied(guest, row["licence"], law)

    def _on_guest_rearmed(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._elevated("section 5, keys")
        guest.row["rearmed"] = True
        guest.row["rearms"] += 1

    def _on_command_refused(self, row: Row) -> None:
        command = self._lab.command
        alone = not self._lab.changed
        self._want(alone, "section 6", "a command is refused that was carried out in part")
        judge = _REFUSALS.get(command.type) if command is not None else None
        if command is None or judge is None or row["code"] == 0:
            return
        guest = self._lab.guests[command.row["guest"]].row
        wanted = judge(guest) if command.row["elevated"] else NOT_ELEVATED
        if wanted is not None and row["code"] != wanted:
            self._wrong("section 5, keys", f"the code is {row['code']:08X}, the law says {wanted:08X}")

    # Attempts.

    def _on_attempt_requested(self, row: Row) -> None:
        guest, law = self._lab.guests[row["guest"]], "section 5, attempts"
        trigger = row["licence"]["trigger"]
        self._want(trigger in ("ato", "arrival"), law, f"nobody asks for an attempt by {trigger}")
        if trigger == "ato":
            self._elevated(law)
        self._want(guest.row["running"], law, "an attempt of a guest that is off")
        self._want(guest.attempt is None, law, "a trigger that meets a pending attempt joins it")
        self._want(_key_kind(guest.row["key"]) == "avma", "section 3, row 1", "no AVMA key, no attempt")
        wanted = guest.licence | {"next": (self._entry.t, self._entry.n), "trigger": trigger}
        self._becomes(guest, row["licence"], wanted, law)

    def _on_attempt_joined(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._want(guest.attempt is not None, "section 5, attempts", "it joins no pending attempt")

    def _on_attempt_voided(self, row: Row) -> None:
        guest, law = self._lab.guests[row["guest"]], "section 4, voiding"
        self._want((row["guest"], "void") in self._lab.owed, law, "nothing happened that voids an attempt")
        self._paid(row["guest"], "void")
        self._want(guest.attempt is not None, law, "no attempt is pending")
        wanted = dict(guest.licence)
        if row["why"] not in ("key", "checkpoint", "upgrade"):
            wanted |= {"next": (self._entry.t, self._entry.n), "trigger": "void"}
        guest.attempt = guest.asked = None
        self._becomes(guest, row["licence"], wanted, law)

    def _on_attempt_started(self, row: Row) -> None:
        lab, guest = self._lab, self._lab.guests[row["guest"]]
        attempt, law = row["attempt"], "section 5, attempts"
        self._may_ask(guest)
        host = lab.hosts[guest.row["host"]].row
        self._want(attempt["host"] == host["name"], "section 4", f"{attempt['host']} is not its host")
        self._want(attempt["trigger"] == guest.licence["trigger"], law, "the trigger is not what was due")
        self._want(attempt["started_us"] == self._entry.t, law, "it started at another instant")
        wanted = (self._entry.t + DEADLINE, self._entry.n)
        self._want(attempt["deadline"] == wanted, "section 4, rule 3", "the deadline is 30 s after the send")
        request = attempt["end"]["request"]
        if request is None:
            self._wrong("section 4", "an attempt without a request")
            request = {"nonce": "", "vm_id": "", "avma_id": "", "build": 0, "edition": ""}
        self._ask(guest, host, request, attempt["end"]["digest"])
        guest.attempt, guest.bad_bytes = attempt, False
        if guest.asked is not None:
            lab.write(row["packet"]["blob"], guest.asked)
        self._sent(row["packet"], guest, "host")
        lab.arm(row["guest"])

    def _may_ask(self, guest: _Guest) -> None:
        lab, row = self._lab, guest.row
        law = "section 5, attempts"
        self._want(guest.acts(), law, f"{row['name']} asks, and does not run")
        self._want(guest.attempt is None, law, f"{row['name']} asks while an attempt is pending")
        if row["key"] not in KEYS:
            self._wrong("section 3, row 1", f"{row['name']} has no AVMA key, and asks")
            return
        said = guest_says(lab.hosts[row["host"]].row, row, lab.reads)
        if said is not None:
            told = f"{row['name']} asks, and is to end with {said.code:08X}"
            self._wrong(f"section 3, row {said.row}", told)

    def _ask(self, guest: _Guest, host: Row, request: Row, digest: str) -> None:
        lab, row, law = self._lab, guest.row, "section 4"
        self._want(request["nonce"], law, "a request without a nonce")
        self._want(request["nonce"] not in lab.nonces, law, "a nonce is used a second time")
        lab.nonces[request["nonce"]] = 0
        self._want(request["vm_id"] == row["vm_id"], law, "a request with the VM id of another guest")
        build = BUILDS.get(row["release"], 0)
        self._want(request["build"] == build, law, "a request with another build than the guest's")
        self._want(request["edition"] == row["edition"], law, "a request with another edition")
        pair = KEYS.get(row["key"])
        if pair is None:
            return
        known = lab.avma_ids.setdefault(request["avma_id"], pair)
        ids = [avma_id for avma_id, key in lab.avma_ids.items() if key == pair]
        self._want(known == pair and len(ids) == 1, "section 2", "one AVMA ID for each family and edition")
        guest.asked = _Asked(
            row["name"], row["vm_id"], request["nonce"], pair, row["release"], build, row["edition"],
            host["name"], host["identity"], row["encryption"], digest,
        )  # fmt: skip

    def _sent(self, packet: Row, guest: _Guest, to: str) -> None:
        """Hold a packet that an end of a pipe sends against the pipe, and put it in flight."""
        row, law = guest.row, "section 4"
        pipe = packet["guest"] == row["name"] and packet["pipe"] == row["pipe"]
        self._want(pipe, law, "a packet in a pipe that is not open")
        self._want(packet["host"] == row["host"] and packet["to"] == to, law, "a packet to another machine")
        latency = self._lab.hosts[row["host"]].row["latency_us"]
        wanted = (self._entry.t + latency, self._entry.n)
        self._want(packet["due"] == wanted, law, "a packet takes another time than its host's latency")
        self._want(packet["id"] not in self._lab.packets, "format", "two packets have one id")
        self._lab.fly(packet)

    def _arrived(self, row: Row, *, to: str) -> tuple[Row, _Asked | _Answered | None]:
        """Take the packet that an end read out of flight, and say what its bytes mean."""
        lab = self._lab
        packet = lab.packets.pop(row["arrived"])
        self._want(packet["to"] == to, "section 4", f"the {to} reads what was sent to the other end")
        self._want(lab.open_pipe(packet), "section 4", "bytes are read in a pipe that is closed")
        if to == "guest":
            still = not lab.guests[packet["guest"]].acts()
            self._want(not still, "section 4, voiding", f"{packet['guest']} stands still, and reads")
        return packet, lab.written.get(packet["blob"])

    def _is_answer(self, guest: _Guest, said: _Asked | _Answered | None) -> bool:
        """Whether bytes are the authentic, fresh and bound answer to what a guest asks."""
        asked = guest.asked
        if asked is None or not isinstance(said, _Answered):
            return False
        return (said.guest, said.nonce, said.host, said.identity) == (
            asked.guest, asked.nonce, asked.host, asked.identity,
        )  # fmt: skip

    def _record(self, record: Row, event: int, wanted: Row) -> None:
        """Hold an event log's record against the law."""
        law = "section 3" if event == 12310 else "section 4"
        for name, value in ({"event": event, "at_us": self._entry.t} | wanted).items():
            found = record["because"]["law"] if name == "law" else record[name]
            if found != value:
                row = wanted.get("law", law)
                where = row.replace("decision", "section 3,").replace("exchange", "section 4,")
                self._wrong(where, f"{event}: {name} is {_word(found)}, the law says {_word(value)}")

    def _on_licence_granted(self, row: Row) -> None:
        lab, guest, law = self._lab, self._lab.guests[row["guest"]], "section 4, rule 1"
        asked, attempt = guest.asked, guest.attempt
        if not row["arrived"]:
            self._wrong(law, "a grant that nobody brought")
            said = None
        else:
            _, said = self._arrived(row, to="guest")
        if attempt is None or asked is None:
            self._wrong("section 4, rule 4", "a grant, and no attempt is pending")
        elif not self._is_answer(guest, said) or not isinstance(said, _Answered) or said.code:
            self._wrong(law, "a grant by bytes that are no authentic, fresh and bound grant")
        if attempt is not None:
            in_time = self._entry.t < attempt["deadline"][0]
            self._want(in_time, "section 4, rule 3", "a grant after the deadline is accepted")
        host = guest.row["host"]
        nonce = asked.nonce if asked is not None else ""
        self._ends(guest, row, {"outcome": "success", "code": 0, "nonce": nonce, "law": "exchange rule 1"})
        n, now = self._entry.n, self._entry.t
        renewal, validity = TIMING[lab.reads["timing"]]
        wanted = _voided(guest.licence["grace"], LICENSED, IS_LICENSED) | {
            "activated_us": now,
            "end": None if validity is None else (now + validity, n),
            "next": (now + renewal, n),
            "trigger": "renewal",
            "host": host,
            "identity": lab.hosts[host].row["identity"],
        }
        self._becomes(guest, row["licence"], wanted, "section 5, licensed")

    def _ends(self, guest: _Guest, row: Row, wanted: Row) -> None:
        guest.records += 1
        peer = {"peer": guest.row["host"], "record": guest.records}
        self._record(row["record"], 12309, wanted | peer)
        guest.records = row["record"]["record"]
        guest.log = [*guest.log, row["record"]][-self._lab.settings["guest_log_rows"] :]
        guest.attempt = guest.asked = None

    def _on_attempt_failed(self, row: Row) -> None:
        guest, attempt = self._lab.guests[row["guest"]], self._lab.guests[row["guest"]].attempt
        refused = bool(row["arrived"])
        started = self._entry.t if attempt is None else attempt["started_us"]
        trigger = guest.licence["trigger"] if attempt is None else attempt["trigger"]
        if refused:
            wanted = self._refused(guest, row)
        elif attempt is not None:
            wanted = self._timed_out(guest)
        else:
            wanted = self._ended_at_once(guest)
        nonce = guest.asked.nonce if guest.asked is not None else ""
        self._ends(guest, row, wanted | {"nonce": nonce})
        ends = refused and trigger == "arrival"
        due = (max(started + RETRY, self._entry.t), self._entry.n)
        self._failed(guest, row, wanted["code"], due, ends=ends)

    def _failed(self, guest: _Guest, row: Row, code: int, due: Due, *, ends: bool) -> None:
        licence = dict(guest.licence, failure=code, next=due, trigger="retry")
        grace = licence["status"] == GRACE and self._lab.reads["failed_unlicensed"] == "initial-grace"
        if ends and licence["status"] == LICENSED:
            licence |= {"status": NOTIFICATION, "reason": code, "end": None}
        elif licence["status"] != LICENSED and not grace:
            licence |= {"status": NOTIFICATION, "reason": code}
        self._becomes(guest, row["licence"], licence, "section 5, attempts")

    def _refused(self, guest: _Guest, row: Row) -> Row:
        _, said = self._arrived(row, to="guest")
        code: int = row["record"]["code"]
        if guest.attempt is not None:
            in_time = self._entry.t < guest.attempt["deadline"][0]
            self._want(in_time, "section 4, rule 3", "an answer after the deadline is accepted")
        if isinstance(said, _Answered) and self._is_answer(guest, said) and said.code:
            code = said.code
        else:
            told = "a refusal by bytes that are no authentic, fresh and bound refusal"
            self._wrong("section 4, rule 1", told)
        return {"outcome": _outcome_of(code, self._lab.reads), "code": code, "law": "exchange rule 1"}

    def _timed_out(self, guest: _Guest) -> Row:
        if guest.bad_bytes:
            return {"outcome": "invalid-data", "code": BROKEN, "law": "exchange rule 3"}
        return {"outcome": "invalid-host", "code": SILENT, "law": "exchange rule 3"}

    def _ended_at_once(self, guest: _Guest) -> Row:
        lab, row = self._lab, guest.row
        if row["key"] not in KEYS:
            self._wrong("section 3, row 1", "no AVMA key, no attempt")
            return {"code": 0}
        said = guest_says(lab.hosts[row["host"]].row, row, lab.reads)
        if said is None:
            self._wrong("section 3", f"{row['name']} gives up by itself, and no row from 2 to 5 applies")
            return {"code": 0}
        return {"outcome": said.outcome, "code": said.code, "law": f"decision row {said.row}"}

    def _on_licence_ended(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        licence = guest.licence
        reason = EXPIRED
        if licence["status"] == LICENSED and licence["failure"]:
            reason = licence["failure"]
        wanted = licence | {"status": NOTIFICATION, "reason": reason, "end": None}
        self._becomes(guest, row["licence"], wanted, "section 5, notification")

    # Bytes.

    def _on_bad_bytes_seen(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        _, said = self._arrived(row, to="guest")
        pending = guest.attempt is not None
        self._want(pending, "section 4, rule 4", "bytes with nothing pending have no effect")
        good = self._is_answer(guest, said)
        self._want(not good, "section 4, rule 1", "an authentic, fresh, bound answer is taken for bad bytes")
        guest.bad_bytes = True

    def _on_bytes_ignored(self, row: Row) -> None:
        guest = self._lab.guests[row["guest"]]
        self._arrived(row, to="guest")
        self._want(guest.attempt is None, "section 4, rule 2", "a waiting guest ignores bytes")

    def _on_packet_lost(self, row: Row) -> None:
        packet = self._lab.packets.pop(row["arrived"])
        waiting = self._lab.guests[packet["guest"]].waiting
        waiting.discard(row["arrived"])
        if not waiting:
            self._paid(packet["guest"], "lost")
        if row["arrived"] > 0:
            self._want(not self._lab.open_pipe(packet), "section 4", "a packet is lost in an open pipe")

    def _silent(self, host: _Host, guest: _Guest) -> bool:
        """Whether nobody answers what was sent before."""
        return host.row["service"] != "running" or not _exchanges(guest.row, self._lab.reads)

    def _readable(self, host: _Host, packet: Row, said: _Asked | _Answered | None) -> bool:
        if not isinstance(said, _Asked) or said.guest != packet["guest"]:
            return False
        here = (said.host, said.identity) == (host.row["name"], host.row["identity"])
        return here and said.encrypted == host.row["encryption"]

    def _request(self, row: Row, kind: str) -> tuple[_Host, _Guest, _Asked | None]:
        """Judge what a host does with a request that arrived; `kind` is what it does."""
        lab = self._lab
        packet, said = self._arrived(row, to="host")
        host, guest = lab.hosts[packet["host"]], lab.guests[packet["guest"]]
        self._want(row["host"] == packet["host"], "section 4", f"{row['host']} reads another host's request")
        wanted = self._what_follows(host, guest, packet, said)
        if kind != wanted:
            law = "section 3, row 5" if "unanswered" in (kind, wanted) else "section 4"
            self._wrong(law, f"a request is {kind}, and is to be {wanted}")
        return host, guest, said if isinstance(said, _Asked) else None

    def _what_follows(self, host: _Host, guest: _Guest, packet: Row, said: _Asked | _Answered | None) -> str:
        if self._silent(host, guest):
            return "unanswered"
        if not self._readable(host, packet, said) or not isinstance(said, _Asked):
            return "unread"
        if self._lab.nonces.get(said.nonce) == host.boot:
            newest = host.newest.get(said.guest, ("", ""))[0]
            return "repeated" if newest == said.nonce else "ignored"
        silent = self._lab.reads["host_too_old"] == "invalid-host"
        if silent and host_says(host.row, said, self._lab.reads, 0).row == 8:
            return "unanswered"
        return "decided"

    def _on_activation_decided(self, row: Row) -> None:
        lab = self._lab
        host, guest, asked = self._request(row, "decided")
        self._want(row["guest"] == guest.row["name"], "section 4", "an answer about another guest")
        record = row["record"]
        code = record["code"]
        if asked is not None:
            said = host_says(host.row, asked, lab.reads, self._decided(host))
            code = said.code
            wanted = {
                "outcome": "refused" if said.code else "granted",
                "code": said.code,
                "law": f"decision row {said.row}",
                "nonce": asked.nonce,
                "peer": guest.row["name"],
                "record": host.records + 1,
            }
            self._record(record, 12310, wanted)
            self._want(row["end"]["code"] == said.code, f"section 3, row {said.row}", "another code is sent")
            lab.nonces[asked.nonce] = host.boot
            count = host.answered[asked.guest] = host.answered.get(asked.guest, 0) + 1
            told = sum(last - first + 1 for first, last in row["end"]["answered"])
            since = "a host remembers other requests than those it answered since its start"
            self._want(told == count, "section 4", since)
            host.newest[guest.row["name"]] = (asked.nonce, row["packet"]["blob"])
            meaning = _Answered(guest.row["name"], asked.nonce, code, host.row["name"], host.row["identity"])
            lab.write(row["packet"]["blob"], meaning)
        host.records = record["record"]
        if host.row["request_limit"] is not None:
            host.decided.append(self._entry.t)
        self._sent(row["packet"], guest, "guest")

    def _decided(self, host: _Host) -> int:
        """Count the requests decided in the window, which is half-open."""
        if host.row["request_limit"] is None:
            return 0
        since = self._entry.t - host.row["request_limit"][1]
        host.decided = [at for at in host.decided if at > since]
        return len(host.decided)

    def _on_request_repeated(self, row: Row) -> None:
        host, guest, _ = self._request(row, "repeated")
        answer = host.newest.get(guest.row["name"], ("", ""))[1]
        self._want(row["packet"]["blob"] == answer, "section 4", "a repeated request gets another response")
        self._sent(row["packet"], guest, "guest")

    def _on_request_ignored(self, row: Row) -> None:
        self._request(row, "ignored")

    def _on_request_unanswered(self, row: Row) -> None:
        self._request(row, "unanswered")

    def _on_request_unread(self, row: Row) -> None:
        _, guest, _ = self._request(row, "unread")
        said = self._lab.written.get(row["packet"]["blob"])
        self._want(said is None, "section 4", "an error frame with the bytes of an answer")
        self._sent(row["packet"], guest, "guest")

    # Key-value pairs: read for their shape; they have no say (sections 3 and 6).

    def _on_kvp_exchange_started(self, row: Row) -> None:
        self._wait(row["guest"], row["exchange"]["due"])
        self._lab.fly(row["packet"])

    def _wait(self, guest: str, due: Due | None) -> None:
        self._lab.guests[guest].exchange = due
        self._lab.arm(guest)

    def _on_kvp_request_read(self, row: Row) -> None:
        self._lab.packets.pop(row["arrived"])
        self._lab.fly(row["packet"])

    def _on_kvp_answer_read(self, row: Row) -> None:
        self._wait(row["guest"], row["due"])
        self._on_kvp_request_read(row)

    def _on_kvp_ignored(self, row: Row) -> None:
        self._lab.packets.pop(row["arrived"])

    def _on_kvp_read(self, row: Row) -> None:
        self._wait(row["guest"], None)
        if row["arrived"]:
            self._lab.packets.pop(row["arrived"])

    _on_kvp_pushed = _on_kvp_read

    def _on_kvp_channel_closed(self, row: Row) -> None:
        self._wait(row["guest"], None)

    def _on_kvp_refresh_due(self, row: Row) -> None:
        self._lab.hosts[row["host"]].refresh = row["next"]
        self._lab.arm(row["host"])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _word(value: object) -> str:
    if isinstance(value, int) and value > 1 << 30 and value < 1 << 32:
        return f"{value:08X}"
    return "none" if value is None else str(value)


# Commands that may not be without an outcome: a refusal is one.
_MUST_LEAD_ON: Final = frozenset({
    "Activate", "AddGuest", "AddHost", "ApplyCheckpoint", "CopyGuest", "CrashHost", "DrainHost",
    "InstallProductKey", "Migrate", "Pause", "Rearm", "RebuildHost", "RequestActivation", "Restart",
    "RestartHost", "Resume", "ResumeHost", "Save", "Start", "StartHost", "Stop", "StopHost",
    "TakeCheckpoint", "UninstallProductKey", "Upgrade", "UpgradeHost",
})  # fmt: skip


# Fields of a command that are those of the event which it leads to.
_AS_TOLD: Final = {
    ("Activate", "HostActivated"): ("host",),
    ("Deactivate", "HostActivationEnded"): ("host",),
    ("SetService", "ServiceChanged"): ("host", "state"),
    ("SetDataExchange", "DataExchangeChanged"): ("guest", "on"),
    ("SetKvpService", "KvpServiceChanged"): ("guest", "running"),
    ("Start", "GuestStarted"): ("guest",),
    ("Stop", "GuestStopped"): ("guest",),
    ("Pause", "GuestPaused"): ("guest",),
    ("Save", "GuestSaved"): ("guest",),
    ("Resume", "GuestResumed"): ("guest",),
    ("Migrate", "GuestMigrated"): ("guest", "to"),
    ("TakeCheckpoint", "CheckpointTaken"): ("guest",),
    ("ApplyCheckpoint", "CheckpointApplied"): ("guest", "name"),
    ("InstallProductKey", "ProductKeyInstalled"): ("guest",),
    ("UninstallProductKey", "ProductKeyRemoved"): ("guest",),
    ("RequestActivation", "AttemptRequested"): ("guest",),
    ("Rearm", "GuestRearmed"): ("guest",),
    ("Upgrade", "GuestUpgraded"): ("guest", "release", "edition"),
    ("AddHost", "HostAdded"): ("host",),
    ("StopHost", "HostStopped"): ("host",),
    ("CrashHost", "HostStopped"): ("host",),
    ("StartHost", "HostStarted"): ("host",),
}


def _host_ends(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    return (HOST_END if entry.row["why"] == "expired" else NO_DUE, entry.row["host"])


def _licence_ends(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    return (LICENCE_END, entry.row["guest"])


def _attempt_starts(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    return (ATTEMPT, entry.row["guest"])


def _attempt_fails(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    pending = lab.guests[entry.row["guest"]].attempt is not None
    return (DEADLINE_DUE if pending else ATTEMPT, entry.row["guest"])


def _phase_ends(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    migration = lab.guests[entry.row["guest"]].migration
    is_due = migration is not None and migration["due"][1] == entry.by
    if entry.row.get("how") == "cancelled" or entry.row.get("phase") == "start":
        is_due = False
    return (MIGRATION if is_due else NO_DUE, entry.row["guest"])


def _wait_ends(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    exchange = lab.guests[entry.row["guest"]].exchange
    is_due = exchange is not None and exchange[1] == entry.by
    return (KVP_WAIT if is_due else NO_DUE, entry.row["guest"])


def _refresh_comes(lab: _Lab, entry: _Entry) -> tuple[int, str]:
    refresh = lab.hosts[entry.row["host"]].refresh
    is_due = refresh is not None and refresh[1] == entry.by
    return (KVP_REFRESH if is_due else NO_DUE, entry.row["host"])


# Events that something due leads to: of which kind, and whose.
_DUES: Final = {
    "HostActivationEnded": _host_ends,
    "LicenceEnded": _licence_ends,
    "AttemptFailed": _attempt_fails,
    "AttemptStarted": _attempt_starts,
    "GuestMigrated": _phase_ends,
    "MigrationEnded": _phase_ends,
    "KvpRead": _wait_ends,
    "KvpPushed": _wait_ends,
    "KvpRefreshDue": _refresh_comes,
}


def _ato_refusal(guest: Row) -> int | None:
    return {"none": NO_KEY, "other": OTHER_KEY, "avma": None}[_key_kind(guest["key"])]


def _upk_refusal(guest: Row) -> int | None:
    return None if guest["key"] else NO_KEY


_REFUSALS: Final = {
    "RequestActivation": _ato_refusal,
    "UninstallProductKey": _upk_refusal,
}


# --- the program -------------------------------------------------------------------------------------


def judged(lines: Iterable[str]) -> Iterator[Finding]:
    """Judge a trace line by line.

    Args:
        lines: its lines, the header first; empty ones are passed over.

    Yields:
        The findings, as soon as they are found.

    Raises:
        UnreadableError: a line that is no entry.
    """
    judge: Judge | None = None
    number = 0
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        if judge is None:
            judge = Judge(_read_header(text, number))
            continue
        judge.take(_read_entry(text, number))
        if judge.findings:
            yield from judge.findings
            judge.findings.clear()
    if judge is None:
        raise UnreadableError(number + 1, "no header")
    judge.end()
    yield from judge.findings


def check(lines: Iterable[str]) -> list[Finding]:
    """Judge a trace.

    Args:
        lines: its lines, the header first.

    Returns:
        What is wrong, in the trace's order; an empty list where nothing is.

    Raises:
        UnreadableError: a line that is no entry.
    """
    return list(judged(lines))


def _lines_of(name: str) -> Iterator[str]:
    if name == "-":
        yield from sys.stdin
        return
    with Path(name).open(encoding="utf-8") as lines:
        yield from lines


def main(names: list[str], out: TextIO = sys.stdout) -> int:
    """Judge traces and print what is wrong.

    Args:
        names: files of traces; "-" is standard input.
        out: where to.

    Returns:
        The exit code: 0 nothing is wrong, 1 findings, 2 usage, 3 not readable.
    """
    if not names or any(name.startswith("-") and name != "-" for name in names):
        print("usage: check_trace.py TRACE.jsonl [...]", file=sys.stderr)
        return 2
    found = unread = False
    for name in names:
        try:
            for finding in judged(_lines_of(name)):
                found = True
                print(f"{name}:{finding.line}: {finding.what} ({finding.law})", file=out)
        except UnreadableError as error:
            unread = True
            print(f"{name}:{error.line}: not readable: {error.what}", file=sys.stderr)
        except (OSError, UnicodeDecodeError) as error:
            unread = True
            print(f"{name}: not readable: {error}", file=sys.stderr)
    return 3 if unread else int(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
