"""Owns the list of the law's rows that decide something, each in a few words.

Must not know which worlds break one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["LAW_ROWS"]

LAW_ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "decision 1": "a guest without an AVMA key makes no attempt",
        "decision 2": "under another hypervisor nobody answers",
        "decision 3": "in a public cloud, or nested there, a guest is not entitled",
        "decision 4": "without Data Exchange there is no channel",
        "decision 5": "a host of another release or edition, or without its service, has no channel",
        "decision 6": "a host that is not activated refuses",
        "decision 7": "the Azure Edition is refused",
        "decision 8": "a guest that is newer than its host is refused",
        "decision 9": "a key that is not the guest's own is refused",
        "decision 10": "a host over its limit of requests refuses",
        "decision 11": "otherwise the host grants",
        "exchange 1": "the first true answer ends the attempt, with its notification",
        "exchange 2": "broken bytes are remembered, and the guest waits on",
        "exchange 3": "the deadline is invalid data after broken bytes, else invalid host",
        "exchange 4": "bytes that nobody waits for do nothing",
        "nonces": "a nonce never repeats, and an old one is worth nothing",
        "unreadable request": "what a host cannot read gets an error frame and no record",
        "host's memory": "a repeated request gets the same answer and one record",
        "encryption": "ends that differ in encryption do not read each other",
        "after the send": "who is stopped, hangs or is switched off meanwhile does not answer",
        "voiding": "an attempt that is given up leaves no record and is made again; a pause gives up none",
        "one instant": "what is due at one instant has an order: ends, deadlines, deliveries, attempts",
        "initial grace": "ten days from the first start, fixed once",
        "licensed": "a grant holds 180 days, and names its host",
        "notification": "a failure, an end or another key leads there, with the reason",
        "unlicensed": "without a key there is no licence",
        "attempts": "starts, new keys, renewals and retries are attempts, and nothing else",
        "failures": "no failure takes a licence away",
        "off": "what a guest slept through is made up for once",
        "saved and paused": "going on is no start",
        "keys: elevation": "keys and activations need an elevated prompt",
        "keys: form": "a key has five groups of five; only letter case is folded",
        "keys: known": "a key that nobody knows is refused",
        "keys: fits": "a key is refused where it does not fit, and taken where it does",
        "keys: the same key": "the same key again keeps the licence",
        "keys: another key": "a key of another kind ends the licence",
        "upgrades": "an upgrade of the guest takes its key",
        "answer file": "Setup installs the answer file's key, or fails by it",
        "ato": "an activation that is asked for is an attempt",
        "host activation": "it may come, end and be lost; guests find out at their next attempt",
        "no Hyper-V role": "without the role no guest runs",
        "live migration": "keeps the licence and the next attempt; the pairs travel",
        "quick migration": "keeps the licence, and is no start",
        "failover": "guests of a dead node are started on others",
        "failed migration": "before the switch-over nothing has happened",
        "copy": "a copy has an id of its own and no licence by AVMA",
        "import of the same id": "an id that the lab has is refused",
        "checkpoint": "takes back what is the guest's, and not where it is",
        "host restart": "guests that ran start again with their host",
        "service restart": "that a service is back is no attempt",
        "host upgrade": "ends the host's activation",
        "host rebuilt": "another machine under the old name, not activated",
        "guest's log": "12309, one an attempt that has ended, and nobody is disturbed",
        "host's log": "12310, one a decided request, of the guest that asked",
        "licence in KVP": "four items follow the licence and freeze when the AVMA key goes",
        "KVP": "guest and host say what they are; anybody in the guest may change it; it decides nothing",
    }
)
