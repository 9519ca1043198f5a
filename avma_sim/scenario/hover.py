"""Owns what an editor says of each field and verb, and a mapping of fields as a shape.

Must not read nodes: `scenario.reader` reads by the same fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from avma_sim.scenario.shape import Shape, shape_of

if TYPE_CHECKING:
    from avma_sim.scenario.reader import Field

__all__ = ["HOVER", "about", "object_of"]

_HOST: Final = {
    "release": "Which Windows Server the host runs.",
    "edition": "The host's edition; only Datacenter activates guests.",
    "activated": "Whether the host itself is activated: true, false, or its channel and end.",
    "platform": "What the machine runs on; hyper-v unless said.",
    "hyperv": "Whether the Hyper-V role is installed; true unless said.",
    "service": "State of the host's activation service; running unless said.",
    "encryption": "Whether the host's end encrypts the exchange.",
    "latency": "How long a packet takes on the way; 0s unless said.",
    "request_limit": "How many requests the host decides in which span; no limit unless said.",
    "cluster": "Name of the cluster that it is a node of; none unless said.",
    "kvp_refresh": "How often it reads its guests' key-value pairs by itself; 0s (never) unless said.",
    "kvp_latency": "How long a packet of key-value pairs takes on the way; 0s unless said.",
    "kvp_packets": "Whether each packet of key-value pairs is told; false unless said.",
}
_GUEST: Final = {
    "release": "Which Windows the guest runs; linux for a guest that has none.",
    "edition": "The guest's edition; linux for a Linux guest.",
    "on": "The host on which the guest lies.",
    "key": "avma for the right AVMA key, none, or a key's text.",
    "core": "Whether it is a Server Core installation.",
    "data_exchange": "Whether Data Exchange is on; true unless said.",
    "encryption": "Whether the guest's end encrypts the exchange.",
    "tenant": "Whom the guest belongs to.",
    "kvp_service": "Whether the guest's own KVP service runs; true unless said.",
    "language": "Language of its Windows; en-US unless said.",
    "unattend_key": "Key of its answer file, installed by Setup at the first start: avma, or a text.",
    "unattend": "Its whole answer file as XML, instead of unattend_key; best as a block after '|'.",
    "fqdn": "Its DNS name; generated unless said.",
    "ipv4": "List of its IPv4 addresses; one is generated unless said, [] for none.",
    "ipv6": "List of its IPv6 addresses; one is generated unless said, [] for none.",
    "rdp": "Whether Remote Desktop listens on its addresses; false unless said.",
}
_FAULT: Final = {
    "action": "What happens to a packet that the fault hits.",
    "guest": "Hit only packets from or to this guest.",
    "host": "Hit only packets from or to this host.",
    "to": "Hit only packets on their way to this end.",
    "nth": "Hit only the n-th packet that fits.",
    "every": "Hit every n-th packet that fits.",
    "rate_ppm": "Hit so many of a million packets, drawn by the seed.",
    "from": "Hit nothing before this instant.",
    "until": "Hit nothing from this instant on.",
    "by": "How long a packet is delayed.",
    "copies": "How many copies a duplicate makes.",
    "bit": "Which bit is flipped.",
    "size": "How many bytes are left, or are added.",
    "blob": "Bytes in hex: put at the end (extend), instead of the packet's (replace) or in place (patch).",
    "channel": "The channel whose packets it hits: activation (unless said) or kvp.",
    "at": "Where a patch puts its bytes, counted from 0.",
}
HOVER: Final[dict[str, dict[str, str]]] = {
    "scenario": {
        "scenario": "What the file shows, in one sentence.",
        "clauses": "Clauses of the document that it is about.",
        "seeds": "Seeds under which it runs; 0 unless said.",
        "always": "Invariants that it is about; all are watched anyway.",
        "given": "The lab that it begins with.",
        "when": "Its steps, in order.",
    },
    "given": {
        "hosts": "Hosts by name.",
        "guests": "Guests by name, powered off.",
        "faults": "Faults on the channels between guests and hosts, by name.",
        "readings": "Answers to what the sources leave open, by name; or all of them.",
        "other_keys": "Product keys of other kinds that guests know: retail, oem or volume by key.",
        "clock": "What a call from outside does to the clock: settle (unless said), manual, or a span.",
        "start": "Where the clock starts; 2025-01-01T00:00:00Z unless said.",
    },
    "host": _HOST,
    "activated": {
        "channel": "How the host was activated.",
        "until": "When the host's activation ends.",
    },
    "request_limit": {"count": "How many requests.", "per": "In which span."},
    "guest": _GUEST,
    "fault": _FAULT,
    "step": {
        "name": "What the step shows.",
        "run": "Run a line in a machine's console, or a program of your own (needs --allow-run).",
        "after": "How far the clock moves before the step.",
        "expect": "What must hold after the step.",
    },
    "verb": {
        "add_host": "Add a host to the lab.",
        "add_guest": "Add a guest to a host, powered off.",
        "activate": "Activate a host.",
        "deactivate": "Take a host's activation away.",
        "set_service": "Start, stop or hang a host's activation service.",
        "start": "Power a guest on.",
        "stop": "Power a guest off.",
        "restart": "Restart a guest.",
        "install_key": "Install a product key in a guest.",
        "uninstall_key": "Remove a guest's product key.",
        "ato": "Ask for an activation of a guest, as a person would.",
        "rearm": "Rearm a guest's licence; its next start begins anew.",
        "upgrade": "Change a guest's release or edition in place.",
        "set_data_exchange": "Switch a guest's Data Exchange on or off.",
        "set_kvp_service": "Start or stop a guest's own KVP service.",
        "migrate": "Move a guest to another host; at once, unless told how long it takes.",
        "pause": "Pause a guest: it stands still, and bytes for it wait.",
        "save_state": "Save a guest: it stands still with its memory on the disk.",
        "resume": "Let a paused or saved guest go on.",
        "copy_guest": "Copy a guest under a new name and VM id; the copy is off.",
        "checkpoint": "Take a checkpoint of a guest.",
        "apply_checkpoint": "Put a guest back to a checkpoint.",
        "stop_host": "Shut a host down, and its running guests with it.",
        "start_host": "Start a host that is down, and the guests that stopped with it.",
        "restart_host": "Restart a host, and its running guests with it.",
        "crash_host": "Let a host die; in a cluster other nodes take its guests over.",
        "upgrade_host": "Change a host's release or edition in place; its activation is gone.",
        "rebuild_host": "Set a host up anew: a new identity, an empty log, not activated.",
        "set_role": "Add the Hyper-V role to a host or remove it, with a restart.",
        "join_cluster": "Let a host join a cluster, or leave its own.",
        "drain": "Let a cluster node take no guests, and move its own to the other nodes.",
        "undrain": "Let a drained cluster node take guests again.",
        "write_kvp": "Write items into a pool from inside a guest.",
        "delete_kvp": "Delete items of a pool from inside a guest.",
        "push_kvp": "Let the host keep items for a guest's External pool, and push them.",
        "remove_kvp": "Let the host take back items that it pushed.",
        "read_kvp": "Let hosts read guests' pools: a guest's, those of a host's guests, or all.",
        "arm": "Arm a fault on the channel of activation or of key-value pairs.",
        "disarm": "Disarm a fault.",
        "advance": "Move the clock.",
    },
    "every verb": {
        "name": "Its name.",
        "host": "The host.",
        "guest": "The guest.",
        "elevated": "Whether from an elevated prompt; true unless said.",
    },
    "add_host": _HOST,
    "add_guest": _GUEST,
    "activate": {"channel": "How it is activated; mak unless said.", "until": "When the activation ends."},
    "set_service": {"state": "The service's new state."},
    "install_key": {
        "key": "avma for the guest's own AVMA key, or a key's text.",
        "verbatim": "A key's text as Windows gets it, right or wrong.",
    },
    "upgrade": {
        "release": "Its release from then on.",
        "edition": "Its edition from then on.",
        "key": "The key given with the change.",
    },
    "set_kvp_service": {"running": "Whether it runs."},
    "set_data_exchange": {"on": "Whether it is on."},
    "migrate": {
        "to": "The host to which it moves.",
        "kind": "live (unless said), quick, or failover from a host that is down.",
        "copy": "How long memory is copied before the switch-over; 0s unless said.",
        "blackout": "How long the guest stands still after the switch-over; 0s unless said.",
        "fails": "The phase at which it fails.",
    },
    "copy_guest": {
        "name": "The copy's name.",
        "on": "The host on which the copy lies; the guest's own unless said.",
        "keep_id": "Whether it is to keep the VM id, which is refused.",
    },
    "checkpoint": {
        "name": "The checkpoint's name.",
        "kind": "standard (with memory, unless said) or production.",
    },
    "apply_checkpoint": {"name": "The checkpoint's name."},
    "upgrade_host": {
        "release": "Its release from then on; the same unless said.",
        "edition": "Its edition from then on; the same unless said.",
    },
    "rebuild_host": {
        "release": "Its release from then on; the same unless said.",
        "edition": "Its edition from then on; the same unless said.",
    },
    "set_role": {"on": "Whether it has the role from then on."},
    "join_cluster": {"cluster": "The cluster's name; '' for none."},
    "drain": {
        "copy": "How long each guest's memory is copied; 0s unless said.",
        "blackout": "How long each guest stands still after its switch-over; 0s unless said.",
    },
    "write_kvp": {
        "items": "Values by key.",
        "pool": "external, guest (unless said), auto, auto-external or auto-internal.",
        "replace": "Whether nothing else stays in the pool; false unless said.",
    },
    "delete_kvp": {
        "keys": "Keys of the items, or one of them.",
        "pool": "external, guest (unless said), auto, auto-external or auto-internal.",
    },
    "push_kvp": {"items": "Values by key."},
    "remove_kvp": {"keys": "Keys of the items, or one of them."},
    "read_kvp": {
        "guest": "The guest, or all.",
        "host": "The host whose guests are read.",
        "pools": "Pools that are read, or one of them; guest and auto unless said.",
    },
    "arm": _FAULT,
    "advance": {
        "for": "How far the clock moves.",
        "to": "The instant to which the clock moves.",
        "until": "quiet, or a guest's name and .next_attempt.",
    },
    "run": {
        "line": "A line for the lab's own console, as cmd.exe takes it.",
        "argv": "A program of your own and its arguments.",
        "on": "The host or guest on which it runs.",
        "timeout": "How much real time a program of your own may take; 60s unless said.",
        "elevated": "Whether it runs from an elevated prompt; true unless said.",
    },
    "expect": {
        "guests": "What guests must be, by name.",
        "hosts": "What hosts must be, by name.",
        "events": "Events of the logs since the previous step, or none.",
        "only": "Whether the logs that are named hold nothing else.",
        "refused": "The reason or result code with which the command is refused.",
        "within": "The clock moves until all of it holds, at most so far.",
        "throughout": "The clock moves so far, and all of it holds all the time.",
        "exit": "The program's exit code; 0 unless said.",
        "stdout": "The program's output: a text, {contains: text} or {matches: pattern}.",
        "stderr": "The program's error output, likewise.",
        "unserved": "What the program asks for and the lab does not serve: none, or a list.",
    },
    "expected guest": {
        "on": "The host on which it lies.",
        "running": "Whether it is powered on; a paused guest is, too.",
        "power": "Its power: running, paused, saved or off.",
        "migrating": "Whether a migration of it is under way.",
        "licence": "The state of its licence.",
        "reason": "The result code of its licence state.",
        "pending": "Whether an attempt is on its way.",
        "granted_by": "The host that granted its licence, or none.",
        "expires": "When its licence ends, or none.",
        "next_attempt": "When it tries next, or none.",
        "release": "Its release.",
        "edition": "Its edition.",
        "key": "Its product key, or none.",
        "kvp": "What its pools hold, by pool; an item that is not there is {absent: true}.",
        "kvp_read": "What its host has read of its pools, or none.",
    },
    "expected pools": {
        "external": "Items of pool 0, or none: what the host pushed, and whoever wrote there.",
        "guest": "Items of pool 1, or none: what programs in the guest wrote, and the licence items.",
        "auto": "Items of pool 2, or none: what the guest says of itself.",
        "auto-external": "Items of pool 3, or none: what the host says of itself.",
        "auto-internal": "Items of pool 4, or none; it is never on the wire.",
    },
    "expected reading": {
        "external": "Items of pool 0, or none: what the host pushed, and whoever wrote there.",
        "guest": "Items of pool 1, or none: what programs in the guest wrote, and the licence items.",
        "auto": "Items of pool 2, or none: what the guest says of itself.",
        "auto-external": "Items of pool 3, or none: what the host says of itself.",
        "failed": "Whether something went wrong in the last reading.",
        "at": "When it was, or none.",
        "host": "The host that read, or none.",
    },
    "expected host": {
        "activated": "Whether it is activated.",
        "channel": "How it is activated, or none.",
        "service": "The state of its activation service.",
        "release": "Its release.",
        "edition": "Its edition.",
        "up": "Whether it runs.",
        "cluster": "The cluster that it is a node of, or none.",
        "draining": "Whether it takes no guests.",
    },
    "event": {
        "log": "The machine in whose log it is.",
        "id": "12309 in a guest's log, 12310 in a host's.",
        "notification": "What a 12309 says.",
        "verdict": "What a 12310 says.",
        "code": "The result code; 0 for a success.",
        "host": "The host that it is about.",
        "guest": "The guest that it is about.",
        "record": "Its number in the log, from 1.",
        "at": "When it was written.",
    },
}


def about(table: str, field: str) -> str:
    """Return the sentence about a field or verb.

    Args:
        table: name of the table of fields, or the verb whose field it is.
        field: the field.

    Returns:
        The sentence; empty where there is none.
    """
    return HOVER.get(table, {}).get(field) or HOVER["every verb"].get(field, "")


def object_of(known: Mapping[str, Field], table: str) -> Shape:
    """Return the shape of a mapping of known fields.

    Args:
        known: the fields.
        table: the name under which `HOVER` speaks of them.

    Returns:
        The shape.

    Raises:
        LookupError: a field's reading function has no shape.
    """
    fields = {}
    for name, field in known.items():
        said = about(table, name)
        fields[name] = {**({"description": said} if said else {}), **shape_of(field.read)}
    required = [name for name, field in known.items() if field.required]
    return {
        "type": "object",
        "properties": fields,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }
