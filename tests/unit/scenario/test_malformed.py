"""Files that are wrong, and all that is said of each: place, path, what is wrong, what is nearest."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
"""
STEP = GIVEN + "when:\n  - "
EXPECT = STEP + "expect: "
HOST = "given:\n  hosts:\n    hv1: {release: ws2019, edition: datacenter, activated: true"
ACTIVATED = "given: {hosts: {hv1: {release: ws2019, edition: datacenter, activated: "
GUEST = HOST + "}\n  guests:\n    g1: "
FAULT = GIVEN + "  faults:\n    f1: "

POOLS = "external, guest, auto, auto-external, auto-internal"
TRUTH_OR_CHANNEL = "expected true, false, or a mapping of channel and until"
SPANS = "write numbers with units d, h, m, s, ms, us, such as '1h30m'"
CHANNELS = "is none of kms, mak, oem, retail, ad, evaluation"
VERBS = (
    "add_host, add_guest, activate, deactivate, set_service, start, stop, restart, install_key, "
    "uninstall_key, ato, rearm, upgrade, set_data_exchange, set_kvp_service, migrate, pause, save_state, "
    "resume, copy_guest, checkpoint, apply_checkpoint, stop_host, start_host, restart_host, crash_host, "
    "upgrade_host, rebuild_host, set_role, join_cluster, drain, undrain, write_kvp, "
    "delete_kvp, push_kvp, remove_kvp, read_kvp, arm, disarm, advance, run"
)
RELEASES = (
    "ws2008r2, ws2012, ws2012r2, ws2016, ws1709, ws1803, ws1809, ws2019, ws1903, ws1909, ws2004, ws20h2, "
    "win10, ws2022, ws2025, win11"
)
EDITIONS = "datacenter, standard, essentials, datacenter-azure, pro, enterprise"
REASONS = (
    "running, off, no-hyper-v-role, no-key, not-avma, not-elevated, same-host, not-hyper-v, no-attempt, "
    "no-upgrade, no-rearm, paused, saved, not-paused, migrating, host-up, host-down, same-id, no-cluster, "
    "draining, not-draining, no-node, no-change, no-kvp, no-item, pool-full, computed, no-windows, "
    "C004F069, C004F050"
)
PLATFORMS = "hyper-v, azure, azure-nested, vmware, kvm, xen, other, azure-local"
ACTIONS = "drop, delay, duplicate, reorder, flip, truncate, extend, replace, replay, patch"
INVARIANTS = (
    "entries-in-order, grant-follows-decision, attempt-within-deadline, one-12309-per-ended-attempt, "
    "one-12310-per-decision, nonces-never-repeat, packets-arrive-once, only-grants-license, "
    "only-running-guests-ask, voided-attempts-stay-silent, only-activated-hosts-grant, "
    "attempts-ask-their-host, licences-end-in-time, one-host-per-guest, migrations-end-in-time, "
    "down-hosts-run-nothing, one-vm-id-per-guest, kvp-one-exchange-at-a-time, kvp-only-by-the-own-host"
)
WORDS = "unlicensed, licensed, grace, notification"
NOTIFICATIONS = "success, invalid-host, invalid-data, activation-denied"
CLAUSES = ", ".join(f"C{number:02d}" for number in range(1, 21))
LICENCE = "f:7:40: when[0].expect.guests.web01.licence"
VALUE = "expected a value, {not: value} or {any: [values]}"
KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
BLOCK = "f:9:17: given.guests.g1.unattend: "
UNATTEND = "f:5:65: given.guests.g1.unattend: "
BY_THEN = "by then; hosts and guests share one namespace"
RETAIL = "NBCDF-GHJKM-PQRTV-WXY23-46789"

# Text and the lines that are said of it.
MALFORMED = {
    # The whole file.
    "": ["f: file is empty"],
    "- a\n": ["f:1:1: expected a mapping, not a list"],
    "hello\n": ["f:1:1: expected a mapping, not one value"],
    "a: {b: 1\n": ["f:1:4: this quote or bracket is never closed"],
    "scenario: x\nwhen: []\n": ["f:1:1: the field 'given' is missing"],
    f"{GIVEN}wen: []\n": ["f:6:1: unknown field 'wen'; did you mean 'when'?"],
    f"{GIVEN}zzzzzz: 1\n": [
        "f:6:1: unknown field 'zzzzzz'; known: scenario, clauses, seeds, always, given, when"
    ],
    f"{GIVEN}scenario: [a]\n": ["f:6:11: scenario: expected one value, not a list"],
    f"{GIVEN}scenario:\n": ["f:6:10: scenario: a value is missing here"],
    f"{GIVEN}clauses: C01\n": ["f:6:10: clauses: expected a list, not one value"],
    f"{GIVEN}clauses: [C01, C99]\n": [f"f:6:16: clauses[1]: 'C99' is none of {CLAUSES}; did you mean 'C19'?"],
    f"{GIVEN}seeds: [1, x, 1.5, [2], {{a: 1}}]\n": [
        "f:6:12: seeds[1]: expected a whole number, not 'x'",
        "f:6:15: seeds[2]: expected a whole number, not '1.5'",
        "f:6:20: seeds[3]: expected a whole number, not a list",
        "f:6:25: seeds[4]: expected a whole number, not a mapping",
    ],
    f"{GIVEN}seeds: [{'7' * 70}]\n": [f"f:6:9: seeds[0]: expected a whole number, not '{'7' * 57}...'"],
    f"{GIVEN}seeds: []\n": ["f:6:8: seeds: a scenario has 1 to 1000 seeds"],
    f"{GIVEN}seeds: [{', '.join('0' * 1001)}]\n": ["f:6:8: seeds: a scenario has 1 to 1000 seeds"],
    f"{GIVEN}always: [grants-follow-decision]\n": [
        (
            f"f:6:10: always[0]: 'grants-follow-decision' is none of {INVARIANTS}; "
            "did you mean 'grant-follows-decision'?"
        )
    ],
    # The lab.
    "given: [1]\n": ["f:1:8: given: expected a mapping, not a list"],
    "given: {hots: {}}\n": ["f:1:9: given: unknown field 'hots'; did you mean 'hosts'?"],
    "given:\n  hosts: [hv1]\n": ["f:2:10: given.hosts: expected a mapping, not a list"],
    "given:\n  hosts:\n    hv1: ws2019\n": ["f:3:10: given.hosts.hv1: expected a mapping, not one value"],
    "given: {start: 2025-01-01}\n": [
        "f:1:16: given.start: an instant needs a zone: '2025-01-01'; end it with Z for UTC"
    ],
    "given: {start: tomorrow}\n": [
        "f:1:16: given.start: not an instant: 'tomorrow'; write one like \"2025-01-08T00:00:00Z\""
    ],
    "given: {readings: {timming: short-lease}}\n": [
        "f:1:20: given.readings: unknown reading 'timming'; did you mean 'timing'?"
    ],
    "given: {readings: {timing: short}}\n": [
        (
            "f:1:28: given.readings.timing: 'short' is none of volume-family, short-lease, permanent; "
            "did you mean 'short-lease'?"
        )
    ],
    # What follows from the lab's own refusal is not told.
    "given: {start: 9500-01-01T00Z, faults: {f: {action: delay}}}\n": [
        "f:1:8: given: a lab starts before year 9000, not at 9500-01-01T00:00:00Z"
    ],
    # Key-value pairs.
    STEP + "write_kvp: web01\n": ["f:7:16: when[0].write_kvp: expected a mapping, not one value"],
    STEP + "write_kvp: {guest: web01}\n": ["f:7:16: when[0].write_kvp: the field 'items' is missing"],
    STEP + "write_kvp: {guest: web01, items: [a]}\n": [
        "f:7:38: when[0].write_kvp.items: expected items, as {Key: value}, not a list"
    ],
    STEP + "push_kvp: {guest: web01, items: Role=web}\n": [
        "f:7:37: when[0].push_kvp.items: expected items, as {Key: value}, not 'Role=web'"
    ],
    STEP + "push_kvp: {guest: web01, items: {Role:web}}\n": [
        (
            "f:7:46: when[0].push_kvp.items.Role:web: a value is missing here; an empty one is '', "
            "and a blank stands after the colon of 'Key: value'"
        )
    ],
    STEP + "write_kvp: {guest: web01, items: {a: [b], c: , '': d}}\n": [
        "f:7:42: when[0].write_kvp.items.a: expected one value, not a list",
        "f:7:49: when[0].write_kvp.items.c: a value is missing here; an empty one is ''",
        "f:7:52: when[0].write_kvp.items: an item has a key that is not empty",
    ],
    STEP + "write_kvp: {guest: web01, pool: gest, items: {a: b}}\n": [
        f"f:7:37: when[0].write_kvp.pool: 'gest' is none of {POOLS}; did you mean 'guest'?"
    ],
    STEP + "write_kvp: {guest: web01, pool: 5, items: {a: b}}\n": [
        (
            "f:7:37: when[0].write_kvp.pool: there is no pool 5; "
            "pools are 0 (external), 1 (guest), 2 (auto), 3 (auto-external), 4 (auto-internal)"
        )
    ],
    STEP + "write_kvp: {guest: web01, items: {a: b}, replace: yes}\n": [
        "f:7:55: when[0].write_kvp.replace: expected true or false, not 'yes'"
    ],
    STEP + "push_kvp: {guest: web01, items: {}}\n": [
        "f:7:37: when[0].push_kvp.items: name at least one item, as {key: value}"
    ],
    STEP + "push_kvp: {guest: web01, items: {a: b}, pool: guest}\n": [
        "f:7:45: when[0].push_kvp: unknown field 'pool'; known: guest, items"
    ],
    STEP + "delete_kvp: {guest: web01, keys: []}\n": [
        "f:7:38: when[0].delete_kvp.keys: name at least one key"
    ],
    STEP + "remove_kvp: {guest: web01, keys: [a, '', {}]}\n": [
        "f:7:42: when[0].remove_kvp.keys[1]: an item has a key that is not empty",
        "f:7:46: when[0].remove_kvp.keys[2]: expected one value, not a mapping",
    ],
    STEP + "read_kvp: web02\n": ["f:7:15: when[0].read_kvp: unknown guest 'web02'; did you mean 'web01'?"],
    STEP + "read_kvp: hv1\n": [
        "f:7:15: when[0].read_kvp: 'hv1' is a host; all its guests are read by host=hv1"
    ],
    STEP + "read_kvp: {pools: guest}\n": [
        (
            "f:7:5: when[0].read_kvp: read_kvp needs a guest, a host, or all; "
            "a guest is read by the host that it is on"
        )
    ],
    STEP + "read_kvp: {guest: all, host: hv1}\n": [
        "f:7:5: when[0].read_kvp: give guest or host, not both; a guest is read by the host that it is on"
    ],
    STEP + "read_kvp: {host: hv1, pools: [guest, 1, auto-internal, {}]}\n": [
        "f:7:42: when[0].read_kvp.pools[1]: the pool guest is named twice",
        (
            "f:7:45: when[0].read_kvp.pools[2]: the pool auto-internal is never on the wire, "
            "so no host reads it"
        ),
        "f:7:60: when[0].read_kvp.pools[3]: expected one value, not a mapping",
    ],
    STEP + "read_kvp: {host: hv1, pools: []}\n": ["f:7:34: when[0].read_kvp.pools: name at least one pool"],
    f"{HOST}, kvp_refresh: 5, kvp_packets: 1}}\n": [
        f"f:3:79: given.hosts.hv1.kvp_refresh: not a span of time: '5'; {SPANS}; did you mean '5s'?",
        "f:3:95: given.hosts.hv1.kvp_packets: expected true or false, not '1'",
    ],
    FAULT + "{action: patch, channel: kpv, at: -1, blob: 0g}\n": [
        "f:7:34: given.faults.f1.channel: 'kpv' is none of activation, kvp; did you mean 'kvp'?",
        "f:7:43: given.faults.f1.at: expected a whole number, not '-1'",
        "f:7:53: given.faults.f1.blob: expected bytes in hex, not '0g'",
    ],
    EXPECT + "{guests: {web01: {kvp: none}}}\n": [
        "f:7:36: when[0].expect.guests.web01.kvp: expected a mapping, not one value"
    ],
    EXPECT + "{guests: {web01: {kvp: {gest: none}}}}\n": [
        "f:7:37: when[0].expect.guests.web01.kvp: unknown field 'gest'; did you mean 'guest'?"
    ],
    EXPECT + "{guests: {web01: {kvp: {guest: {a: {absnt: true}}}}}}\n": [
        (
            "f:7:48: when[0].expect.guests.web01.kvp.guest.a: expected a value, {not: value}, "
            "{any: [values]} or {absent: true}"
        )
    ],
    EXPECT + "{guests: {web01: {kvp: {guest: {a: {absent: no}}}}}}\n": [
        "f:7:57: when[0].expect.guests.web01.kvp.guest.a.absent: expected true or false, not 'no'"
    ],
    EXPECT + "{guests: {web01: {kvp_read: {auto-internal: none}}}}\n": [
        (
            "f:7:42: when[0].expect.guests.web01.kvp_read: unknown field 'auto-internal'; "
            "did you mean 'auto-external'?"
        )
    ],
    EXPECT + "{guests: {web01: {kvp_read: {failed: 1, host: hv3}}}}\n": [
        "f:7:50: when[0].expect.guests.web01.kvp_read.failed: expected true or false, not '1'",
        ("f:7:59: when[0].expect.guests.web01.kvp_read.host: unknown host 'hv3'; did you mean 'hv1'?"),
    ],
    # Hosts.
    "given: {hosts: {hv1: {release: ws2019, activated: true}}}\n": [
        "f:1:22: given.hosts.hv1: the field 'edition' is missing"
    ],
    f"{HOST}, latencey: 1s}}\n": [
        "f:3:66: given.hosts.hv1: unknown field 'latencey'; did you mean 'latency'?"
    ],
    f"{HOST}, tenant: x}}\n": [
        (
            "f:3:66: given.hosts.hv1: unknown field 'tenant'; known: release, edition, activated, platform, "
            "hyperv, service, encryption, latency, request_limit, cluster, kvp_refresh, kvp_latency, "
            "kvp_packets"
        )
    ],
    "given: {hosts: {hv1: {release: ws2018, edition: datacenter, activated: true}}}\n": [
        f"f:1:32: given.hosts.hv1.release: 'ws2018' is none of {RELEASES}; did you mean 'ws2019'?"
    ],
    "given: {hosts: {hv1: {release: ws2019, edition: data center, activated: true}}}\n": [
        f"f:1:49: given.hosts.hv1.edition: 'data center' is none of {EDITIONS}; did you mean 'datacenter'?"
    ],
    f"{ACTIVATED}kms}}}}}}\n": [f"f:1:72: given.hosts.hv1.activated: {TRUTH_OR_CHANNEL}, not 'kms'"],
    f"{ACTIVATED}{{channel: KMS}}}}}}}}\n": [
        f"f:1:82: given.hosts.hv1.activated.channel: 'KMS' {CHANNELS}; did you mean 'kms'?"
    ],
    f"{ACTIVATED}{{until: 2025-02-01T00:00Z}}}}}}}}\n": [
        "f:1:72: given.hosts.hv1.activated: the field 'channel' is missing"
    ],
    (
        "given: {hosts: {hv1: {release: ws2019, edition: datacenter, "
        "activated: {channel: kms, until: 2024-01-01T00:00:00Z}}}}\n"
    ): ["f:1:17: given.hosts.hv1: an activation ends after the present instant and before year 10000"],
    f"{HOST}, platform: hyperv}}\n": [
        f"f:3:76: given.hosts.hv1.platform: 'hyperv' is none of {PLATFORMS}; did you mean 'hyper-v'?"
    ],
    f"{HOST}, platform: azure-local}}\n": [
        (
            "f:3:5: given.hosts.hv1: hosts of Azure Local are not simulated: "
            "they have a matrix and subscription of their own"
        )
    ],
    f"{HOST}, hyperv: yes}}\n": ["f:3:74: given.hosts.hv1.hyperv: expected true or false, not 'yes'"],
    f"{HOST}, service: paused}}\n": [
        "f:3:75: given.hosts.hv1.service: 'paused' is none of running, stopped, hung"
    ],
    f"{HOST}, latency: 5}}\n": [
        f"f:3:75: given.hosts.hv1.latency: not a span of time: '5'; {SPANS}; did you mean '5s'?"
    ],
    "given: {hosts: {hv_1-: {release: ws2019, edition: datacenter, activated: true}}}\n": [
        (
            "f:1:17: given.hosts.hv_1-: host name 'hv_1-' is not a machine name: 1 to 63 letters, digits, "
            "'.', '_' or '-', a letter or digit first and last"
        )
    ],
    f"{HOST}, request_limit: 3}}\n": [
        "f:3:81: given.hosts.hv1.request_limit: expected a mapping, not one value"
    ],
    f"{HOST}, request_limit: {{count: 3}}}}\n": [
        "f:3:81: given.hosts.hv1.request_limit: the field 'per' is missing"
    ],
    f"{HOST}, request_limit: {{count: a, per: 3}}}}\n": [
        "f:3:89: given.hosts.hv1.request_limit.count: expected a whole number, not 'a'",
        (f"f:3:97: given.hosts.hv1.request_limit.per: not a span of time: '3'; {SPANS}; did you mean '3s'?"),
    ],
    f"{HOST}, request_limit: {{count: 0, per: 1h}}}}\n": [
        "f:3:5: given.hosts.hv1: a request limit counts 1 to 10000 requests, not 0"
    ],
    # Keys of other kinds.
    "given: {other_keys: [a]}\n": ["f:1:21: given.other_keys: expected a mapping, not a list"],
    f"given: {{other_keys: {{{RETAIL}: msdn}}}}\n": [
        f"f:1:53: given.other_keys.{RETAIL}: 'msdn' is none of retail, oem, volume",
    ],
    "given: {other_keys: {foo: retail}}\n": [
        "f:1:22: given.other_keys: not a product key: character 2 is 'o', which no key has: 'foo'"
    ],
    f"given: {{other_keys: {{{KEY}: retail}}}}\n": [
        f"f:1:22: given.other_keys: {KEY} is a published AVMA key, and no key of another kind"
    ],
    "given: {readings: some}\n": ["f:1:19: given.readings: expected readings by name, or all, not 'some'"],
    "given: {readings: [all]}\n": ["f:1:19: given.readings: expected a mapping, not a list"],
    # Guests.
    f"{GUEST}{{release: ws2019, edition: standard, on: hv2}}\n": [
        "f:5:50: given.guests.g1.on: unknown host 'hv2'; did you mean 'hv1'?"
    ],
    "given: {guests: {g1: {release: ws2019, edition: standard, on: hv2}}}\n": [
        "f:1:63: given.guests.g1.on: unknown host 'hv2'; there is none yet"
    ],
    f"{GUEST}{{release: ws1809, edition: essentials, on: hv1}}\n": [
        "f:5:36: given.guests.g1: unknown edition of ws1809 'essentials'; known: datacenter, standard"
    ],
    f"{GUEST}{{release: ws2202, edition: standard, on: hv1}}\n": [
        f"f:5:19: given.guests.g1.release: 'ws2202' is none of {RELEASES}, linux; did you mean 'ws20h2'?"
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, key: {KEY}}}\n": [
        (
            f"f:5:60: given.guests.g1: ws2019/standard refuses the key {KEY} (C004F069, keys: fits) "
            "under the reading wrong_key=refuse-at-install"
        )
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, key: TNK62-RXVTB}}\n": [
        (
            "f:5:60: given.guests.g1.key: not a product key: 11 characters instead of 29, "
            "blanks aside: 'TNK62-RXVTB'; write avma for the guest's own key, or none"
        )
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, ipv4: 10.0.0.5, ipv6: [a, [b]], rdp: on}}\n": [
        "f:5:61: given.guests.g1.ipv4: expected a list, not one value",
        "f:5:81: given.guests.g1.ipv6[1]: expected one value, not a list",
        "f:5:92: given.guests.g1.rdp: expected true or false, not 'on'",
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, ipv6: [10.0.0.5]}}\n": [
        "f:5:5: given.guests.g1: ipv6 of g1: '10.0.0.5' is an IPv4 address; it goes under ipv4"
    ],
    f"{GUEST}{{release: linux, edition: linux, on: hv1, key: avma}}\n": [
        "f:5:56: given.guests.g1: a Linux guest takes no product key; leave it out, or give none"
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, unattend: x, unattend_key: avma}}\n": [
        (
            f"{UNATTEND}line 1, column 1 of it: there is text outside of any element; "
            "Setup cannot parse the file and stops; leave one root element only"
        ),
    ],
    f"{GUEST}\n      release: ws2019\n      edition: standard\n      on: hv1\n      unattend: |\n"
    "        <unattend>\n          <settings/>\n        </unattend>\n": [
        (
            f"{BLOCK}line 1, column 1 of it: <unattend> is in no namespace; Setup does not know the "
            'element and stops; write xmlns="urn:schemas-microsoft-com:unattend" into it'
        ),
        (
            f"{BLOCK}line 2, column 3 of it: pass is missing; Setup runs no such pass "
            'and stops; write <settings pass="specialize">'
        ),
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, unattend: '{'x' * 1_040_000}'}}\n": [
        (
            f"{UNATTEND}line 1, column 1 of it: there is text outside of any element; "
            "Setup cannot parse the file and stops; leave one root element only"
        ),
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, unattend: ''}}\n": [
        (f"{UNATTEND}there is no element in it; Setup cannot parse the file and stops; write an answer file"),
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, unattend: [x]}}\n": [
        "f:5:65: given.guests.g1.unattend: expected one value, not a list",
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, unattend_key: avma, "
    "unattend: '<unattend xmlns=\"urn:schemas-microsoft-com:unattend\"/>'}\n": [
        "f:5:5: given.guests.g1: give the whole answer file (unattend) or its key (unattend_key), not both",
    ],
    f"{GUEST}{{release: ws2004, edition: standard, on: hv1, key: avma}}\n": [
        "f:5:60: given.guests.g1: no AVMA key is published for ws2004/standard; give a key's text, or none"
    ],
    f"{GUEST}{{release: ws2019, edition: standard, on: hv1, core: 'true'}}\n": [
        "f:5:61: given.guests.g1.core: expected true or false, not 'true'"
    ],
    f"{HOST}}}\n  guests:\n    hv1: {{release: ws2019, edition: standard, on: hv1}}\n": [
        "f:5:5: given.guests.hv1: the name 'hv1' is taken by a host; hosts and guests share one namespace"
    ],
    # Faults.
    f"{FAULT}{{action: dorp}}\n": [
        f"f:7:18: given.faults.f1.action: 'dorp' is none of {ACTIONS}; did you mean 'drop'?"
    ],
    f"{FAULT}{{action: drop, guest: hv1}}\n": [
        "f:7:31: given.faults.f1.guest: unknown guest 'hv1'; known: web01"
    ],
    f"{FAULT}{{action: drop, nth: first}}\n": [
        "f:7:29: given.faults.f1.nth: expected a whole number, not 'first'"
    ],
    f"{FAULT}{{action: delay}}\n": [
        "f:7:5: given.faults.f1: fault 'f1': delay needs a span of time above 0 (by)"
    ],
    f"{FAULT}{{action: drop, nth: 1, every: 2}}\n": [
        "f:7:5: given.faults.f1: fault 'f1': give one of nth, every and rate"
    ],
    f"{FAULT}{{action: replace, blob: 0g}}\n": [
        "f:7:33: given.faults.f1.blob: expected bytes in hex, not '0g'"
    ],
    f"{FAULT}{{action: replace, blob: [00]}}\n": [
        "f:7:33: given.faults.f1.blob: expected one value, not a list"
    ],
    f"{FAULT}{{action: drop, to: both}}\n": ["f:7:28: given.faults.f1.to: 'both' is none of host, guest"],
    f"{FAULT}{{action: drop, until: 2024-01-01T00:00:00Z}}\n": [
        "f:7:5: given.faults.f1: fault 'f1' can never match: its window is empty or over"
    ],
    f"{FAULT}{{action: duplicate, copies: 17}}\n": [
        "f:7:5: given.faults.f1: fault 'f1': a duplicate makes 1 to 16 copies, not 17"
    ],
    # Steps.
    f"{GIVEN}when: start\n": ["f:6:7: when: expected a list, not one value"],
    f"{STEP}start\n": ["f:7:5: when[0]: expected a mapping, not one value"],
    f"{STEP}name: x\n": [f"f:7:5: when[0]: a step needs a verb: {VERBS}"],
    f"{STEP}start: web01\n    stop: web01\n": [
        "f:8:5: when[0]: a step has one verb, not start and stop; make two steps of it"
    ],
    f"{STEP}strat: web01\n": ["f:7:5: when[0]: unknown field 'strat'; did you mean 'start'?"],
    f"{STEP}zzzzzzzzzz: web01\n": [
        f"f:7:5: when[0]: unknown field 'zzzzzzzzzz'; known: name, after, expect, {VERBS}"
    ],
    f"{STEP}after: 2\n    start: web01\n": [
        f"f:7:12: when[0].after: not a span of time: '2'; {SPANS}; did you mean '2s'?"
    ],
    f"{STEP}start: web02\n": ["f:7:12: when[0].start: unknown guest 'web02'; did you mean 'web01'?"],
    f"{STEP}start: hv1\n": ["f:7:12: when[0].start: unknown guest 'hv1'; known: web01"],
    f"{STEP}start: [web01]\n": ["f:7:12: when[0].start: expected one value, not a list"],
    f"{STEP}start:\n": ["f:7:11: when[0].start: a value is missing here"],
    f"{STEP}start: {{gust: web01}}\n": [
        "f:7:12: when[0].start: the field 'guest' is missing",
        "f:7:13: when[0].start: unknown field 'gust'; did you mean 'guest'?",
    ],
    f"{STEP}install_key: web01\n": ["f:7:18: when[0].install_key: expected a mapping, not one value"],
    f"{STEP}install_key: {{guest: web01}}\n": [
        "f:7:5: when[0].install_key: install_key needs a key; verbatim goes to Windows as it is"
    ],
    f"{STEP}install_key: {{guest: web01, key: avma, verbatim: avma}}\n": [
        ("f:7:5: when[0].install_key: give key or verbatim, not both; verbatim goes to Windows as it is")
    ],
    f"{STEP}ato: {{guest: web01, elevated: no}}\n": [
        "f:7:35: when[0].ato.elevated: expected true or false, not 'no'"
    ],
    f"{STEP}upgrade: web01\n": ["f:7:14: when[0].upgrade: expected a mapping, not one value"],
    f"{STEP}upgrade: {{guest: web01, release: ws2020}}\n": [
        f"f:7:38: when[0].upgrade.release: 'ws2020' is none of {RELEASES}; did you mean 'ws20h2'?"
    ],
    f"{STEP}set_kvp_service: {{guest: web01, running: off}}\n": [
        "f:7:46: when[0].set_kvp_service.running: expected true or false, not 'off'"
    ],
    f"{STEP}install_key: {{guest: web01, key: AVMA}}\n": [
        (
            "f:7:38: when[0].install_key.key: not a product key: character 1 is 'A', which no key has: "
            "'AVMA'; write avma for the guest's own key, or none"
        )
    ],
    f"{STEP}migrate: {{guest: web01, to: hv1, kind: quik}}\n": [
        "f:7:44: when[0].migrate.kind: 'quik' is none of live, quick, failover; did you mean 'quick'?"
    ],
    f"{STEP}migrate: {{guest: web01, to: hv1, fails: switchover}}\n": [
        (
            "f:7:45: when[0].migrate.fails: 'switchover' is none of start, copy, switch-over, arrival; "
            "did you mean 'switch-over'?"
        )
    ],
    f"{STEP}migrate: {{guest: web01, to: hv1, copy: 30}}\n": [
        f"f:7:44: when[0].migrate.copy: not a span of time: '30'; {SPANS}; did you mean '30s'?"
    ],
    f"{STEP}pause: {{}}\n": ["f:7:12: when[0].pause: the field 'guest' is missing"],
    f"{STEP}pause: hv1\n": ["f:7:12: when[0].pause: unknown guest 'hv1'; known: web01"],
    f"{STEP}crash_host: web01\n": ["f:7:17: when[0].crash_host: unknown host 'web01'; known: hv1"],
    f"{STEP}copy_guest: web01\n": ["f:7:17: when[0].copy_guest: expected a mapping, not one value"],
    f"{STEP}copy_guest: {{guest: web01}}\n": ["f:7:17: when[0].copy_guest: the field 'name' is missing"],
    f"{STEP}copy_guest: {{guest: web01, name: web01}}\n": [
        f"f:7:38: when[0].copy_guest.name: the name 'web01' is taken by a guest {BY_THEN}"
    ],
    f"{STEP}copy_guest: {{guest: web01, name: hv1}}\n": [
        f"f:7:38: when[0].copy_guest.name: the name 'hv1' is taken by a host {BY_THEN}"
    ],
    f"{STEP}copy_guest: {{guest: web01, name: g1}}\n  - copy_guest: {{guest: g1, name: g1}}\n": [
        f"f:8:35: when[1].copy_guest.name: the name 'g1' is taken by a guest {BY_THEN}"
    ],
    f"{STEP}copy_guest: {{guest: web01, name: g1}}\n  - add_host: "
    "{name: g1, release: ws2019, edition: datacenter, activated: true}\n": [
        f"f:8:22: when[1].add_host.name: the name 'g1' is taken by a guest {BY_THEN}"
    ],
    f"{STEP}copy_guest: {{guest: web01, name: [g1]}}\n": [
        "f:7:38: when[0].copy_guest.name: expected one value, not a list"
    ],
    f"{STEP}checkpoint: {{guest: web01, name: a, kind: prod}}\n": [
        "f:7:47: when[0].checkpoint.kind: 'prod' is none of standard, production; did you mean 'production'?"
    ],
    f"{STEP}checkpoint: {{guest: web01}}\n": ["f:7:17: when[0].checkpoint: the field 'name' is missing"],
    f"{STEP}upgrade_host: {{host: hv1, release: w2022}}\n": [
        f"f:7:40: when[0].upgrade_host.release: 'w2022' is none of {RELEASES}; did you mean 'ws2022'?"
    ],
    f"{STEP}set_role: {{host: hv1}}\n": ["f:7:15: when[0].set_role: the field 'on' is missing"],
    f"{STEP}join_cluster: {{host: hv1}}\n": ["f:7:19: when[0].join_cluster: the field 'cluster' is missing"],
    f"{STEP}drain: {{host: hv1, copy: soon}}\n": [
        f"f:7:30: when[0].drain.copy: not a span of time: 'soon'; {SPANS}"
    ],
    f"{EXPECT}{{guests: {{web01: {{power: on}}}}}}\n": [
        "f:7:38: when[0].expect.guests.web01.power: 'on' is none of running, paused, saved, off"
    ],
    f"{EXPECT}{{guests: {{web01: {{migrating: yes}}}}}}\n": [
        "f:7:42: when[0].expect.guests.web01.migrating: expected true or false, not 'yes'"
    ],
    f"{STEP}migrate: {{guest: web01, to: web01}}\n": [
        "f:7:33: when[0].migrate.to: unknown host 'web01'; known: hv1"
    ],
    f"{STEP}set_data_exchange: {{guest: web01, on: off}}\n": [
        "f:7:43: when[0].set_data_exchange.on: expected true or false, not 'off'"
    ],
    f"{STEP}set_service: {{host: hv1, state: dead}}\n": [
        "f:7:37: when[0].set_service.state: 'dead' is none of running, stopped, hung"
    ],
    f"{STEP}activate: {{host: hv1, channel: volume}}\n": [
        f"f:7:36: when[0].activate.channel: 'volume' {CHANNELS}"
    ],
    f"{STEP}arm: {{action: drop}}\n": ["f:7:10: when[0].arm: the field 'name' is missing"],
    f"{STEP}advance: {{}}\n": ["f:7:5: when[0].advance: advance needs for, to or until"],
    f"{STEP}advance: {{for: 1d, to: 2025-02-01T00:00:00Z}}\n": [
        "f:7:5: when[0].advance: give for or to, not both"
    ],
    f"{STEP}advance: 30\n": [
        f"f:7:14: when[0].advance: not a span of time: '30'; {SPANS}; did you mean '30s'?"
    ],
    f"{STEP}add_guest: {{name: g1, release: ws2019, edition: standard}}\n": [
        "f:7:16: when[0].add_guest: the field 'on' is missing"
    ],
    f"{STEP}run: {{argv: [python]}}\n": ["f:7:10: when[0].run: the field 'on' is missing"],
    f"{STEP}runs: {{argv: [python]}}\n": ["f:7:5: when[0]: unknown field 'runs'; did you mean 'run'?"],
    # Expectations.
    f"{EXPECT}licensed\n": ["f:7:13: when[0].expect: expected a mapping, not one value"],
    f"{EXPECT}{{guest: {{}}}}\n": ["f:7:14: when[0].expect: unknown field 'guest'; did you mean 'guests'?"],
    f"{EXPECT}{{guests: web01}}\n": ["f:7:22: when[0].expect.guests: expected a mapping, not one value"],
    f"{EXPECT}{{guests: {{web2: {{licence: licensed}}}}}}\n": [
        "f:7:23: when[0].expect.guests: unknown guest 'web2'; did you mean 'web01'?"
    ],
    f"{EXPECT}{{guests: {{web01: {{license: licensed}}}}}}\n": [
        "f:7:31: when[0].expect.guests.web01: unknown field 'license'; did you mean 'licence'?"
    ],
    f"{EXPECT}{{guests: {{web01: {{licence: licenced}}}}}}\n": [
        f"{LICENCE}: 'licenced' is none of {WORDS}; did you mean 'licensed'?"
    ],
    f"{EXPECT}{{guests: {{web01: {{reason: C004FD2}}}}}}\n": [
        "f:7:39: when[0].expect.guests.web01.reason: a result code is 0 or eight hex digits, not 'C004FD2'"
    ],
    f"{EXPECT}{{guests: {{web01: {{reason: [0]}}}}}}\n": [
        "f:7:39: when[0].expect.guests.web01.reason: expected one value, not a list"
    ],
    f"{EXPECT}{{guests: {{web01: {{pending: yes}}}}}}\n": [
        "f:7:40: when[0].expect.guests.web01.pending: expected true or false, not 'yes'"
    ],
    f"{EXPECT}{{guests: {{web01: {{expires: 7d}}}}}}\n": [
        (
            "f:7:40: when[0].expect.guests.web01.expires: not an instant: '7d'; "
            'write one like "2025-01-08T00:00:00Z"'
        )
    ],
    f"{EXPECT}{{guests: {{web01: {{on: hv9}}}}}}\n": [
        "f:7:35: when[0].expect.guests.web01.on: unknown host 'hv9'; did you mean 'hv1'?"
    ],
    f"{EXPECT}{{hosts: {{hv1: {{service: hanging}}}}}}\n": [
        (
            "f:7:37: when[0].expect.hosts.hv1.service: 'hanging' is none of running, stopped, hung; "
            "did you mean 'running'?"
        )
    ],
    f"{EXPECT}{{guests: {{web01: {{licence: {{nor: grace}}}}}}}}\n": [f"{LICENCE}: {VALUE}"],
    f"{EXPECT}{{guests: {{web01: {{licence: {{not: grace, any: [grace]}}}}}}}}\n": [f"{LICENCE}: {VALUE}"],
    f"{EXPECT}{{guests: {{web01: {{licence: {{not: [grace]}}}}}}}}\n": [
        "f:7:46: when[0].expect.guests.web01.licence.not: expected one value, not a list"
    ],
    f"{EXPECT}{{guests: {{web01: {{licence: {{any: []}}}}}}}}\n": [
        f"{LICENCE}: any needs at least one value"
    ],
    f"{EXPECT}{{guests: {{web01: {{licence: {{any: [grace, lost, gone]}}}}}}}}\n": [
        f"f:7:54: when[0].expect.guests.web01.licence.any[1]: 'lost' is none of {WORDS}",
        f"f:7:60: when[0].expect.guests.web01.licence.any[2]: 'gone' is none of {WORDS}",
    ],
    f"{EXPECT}{{events: some}}\n": ["f:7:22: when[0].expect.events: expected a list, not one value"],
    f"{EXPECT}{{events: [{{id: 12309}}]}}\n": [
        "f:7:23: when[0].expect.events[0]: the field 'log' is missing"
    ],
    f"{EXPECT}{{events: [{{log: web1}}]}}\n": [
        "f:7:29: when[0].expect.events[0].log: unknown host or guest 'web1'; did you mean 'web01'?"
    ],
    f"{EXPECT}{{events: [{{log: web01, id: 4625}}]}}\n": [
        "f:7:40: when[0].expect.events[0].id: '4625' is none of 12309, 12310"
    ],
    f"{EXPECT}{{events: [{{log: web01, notification: invalid host}}]}}\n": [
        (
            f"f:7:50: when[0].expect.events[0].notification: 'invalid host' is none of {NOTIFICATIONS}; "
            "did you mean 'invalid-host'?"
        )
    ],
    f"{EXPECT}{{events: [{{log: hv1, verdict: denied}}]}}\n": [
        "f:7:43: when[0].expect.events[0].verdict: 'denied' is none of granted, refused"
    ],
    f"{EXPECT}{{events: [{{log: hv1, record: first}}]}}\n": [
        "f:7:42: when[0].expect.events[0].record: expected a whole number, not 'first'"
    ],
    f"{EXPECT}{{within: 1h, events: none}}\n": [
        "f:7:13: when[0].expect: events: none together with within says nothing; use throughout"
    ],
    f"{EXPECT}{{within: 1h, throughout: 1h}}\n": [
        "f:7:13: when[0].expect: give within or throughout, not both"
    ],
    f"{EXPECT}{{only: true}}\n": ["f:7:13: when[0].expect: only: true needs a list of events"],
    f"{EXPECT}{{only: true, events: none}}\n": ["f:7:13: when[0].expect: only: true needs a list of events"],
    f"{STEP}start: web01\n    expect: {{refused: running, within: 1h}}\n": [
        "f:8:13: when[0].expect: a command is refused at once, without within or throughout"
    ],
    f"{EXPECT}{{within: 3}}\n": [
        f"f:7:22: when[0].expect.within: not a span of time: '3'; {SPANS}; did you mean '3s'?"
    ],
    # What can never hold.
    f"{STEP}advance: {{until: web01.next_atempt}}\n": [
        (
            "f:7:22: when[0].advance.until: 'web01.next_atempt' is none of quiet, web01.next_attempt; "
            "did you mean 'web01.next_attempt'?"
        )
    ],
    f"{STEP}advance: {{until: db01.next_attempt}}\n": [
        (
            "f:7:22: when[0].advance.until: 'db01.next_attempt' is none of quiet, web01.next_attempt; "
            "did you mean 'web01.next_attempt'?"
        )
    ],
    f"{STEP}disarm: nothing\n": ["f:7:13: when[0].disarm: unknown fault 'nothing'; there is none yet"],
    f"{STEP}install_key: {{guest: web01, key: none}}\n": [
        "f:7:38: when[0].install_key.key: install_key needs a key; uninstall_key removes one"
    ],
    f"{EXPECT}{{refused: running}}\n": ["f:7:13: when[0].expect: only a step with a command can be refused"],
    f"{STEP}start: web01\n    expect: {{refused: runing}}\n": [
        f"f:8:23: when[0].expect.refused: 'runing' is none of {REASONS}; did you mean 'running'?"
    ],
    f"{STEP}start: web01\n    expect: {{refused: [running]}}\n": [
        "f:8:23: when[0].expect.refused: expected one value, not a list"
    ],
    f"{EXPECT}{{events: []}}\n": [
        "f:7:22: when[0].expect.events: an empty list says nothing; write none for no events at all"
    ],
    f"{EXPECT}{{guests: {{web01: {{granted_by: hv9}}}}}}\n": [
        "f:7:43: when[0].expect.guests.web01.granted_by: unknown host 'hv9'; did you mean 'hv1'?"
    ],
    f"{STEP}add_host: {{name: hv9, release: ws2091, edition: datacenter, activated: true}}\n": [
        f"f:7:36: when[0].add_host.release: 'ws2091' is none of {RELEASES}; did you mean 'ws2019'?"
    ],
}


@pytest.mark.parametrize("text", MALFORMED, ids=[f"file-{number}" for number in range(len(MALFORMED))])
def test_malformed_file_is_refused_with(problems, text):
    assert problems(text) == MALFORMED[text]


def test_the_texts_around_are_right(load):
    for text in (
        GIVEN,
        f"{HOST}}}\n",
        f"{STEP}start: web01\n",
        f"{EXPECT}{{}}\n",
        f"{FAULT}{{action: drop}}\n",
    ):
        load(text)
    load(f"{GUEST}{{release: ws2019, edition: standard, on: hv1, key: avma}}\n")


EVERYTHING = """\
scenario: [many things are wrong here]
clauses: [C21]
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: maybe}
    hv2: {release: ws2019, edition: datacenter, activated: true, hyperv: 1}
  guests:
    web01: {release: ws2016, edition: standard, on: hv3}
  faults:
    f1: {action: flip, bit: -1}
when:
  - start: web01
    expect: {guests: {web01: {licence: yes, running: 1}}, events: [{log: nowhere}], within: soon}
  - migrate: {guest: web01, to: nowhere}
  - begin: web01
  - advance: 1 d
    after: 1w
"""


def test_all_problems_are_told_at_once_in_file_order(problems):
    assert problems(EVERYTHING) == [
        "f:1:11: scenario: expected one value, not a list",
        f"f:2:11: clauses[0]: 'C21' is none of {CLAUSES}; did you mean 'C20'?",
        (
            "f:5:60: given.hosts.hv1.activated: expected true, false, or a mapping of channel and until, "
            "not 'maybe'"
        ),
        "f:6:74: given.hosts.hv2.hyperv: expected true or false, not '1'",
        "f:8:53: given.guests.web01.on: unknown host 'hv3'; did you mean 'hv2'?",
        "f:10:29: given.faults.f1.bit: expected a whole number, not '-1'",
        f"f:13:40: when[0].expect.guests.web01.licence: 'yes' is none of {WORDS}",
        "f:13:54: when[0].expect.guests.web01.running: expected true or false, not '1'",
        "f:13:74: when[0].expect.events[0].log: unknown host or guest 'nowhere'; known: hv1, hv2, web01",
        f"f:13:93: when[0].expect.within: not a span of time: 'soon'; {SPANS}",
        "f:14:33: when[1].migrate.to: unknown host 'nowhere'; known: hv1, hv2",
        f"f:15:5: when[2]: unknown field 'begin'; known: name, after, expect, {VERBS}",
        f"f:17:12: when[3].after: not a span of time: '1w'; {SPANS}",
    ]


def test_one_things_refusal_does_not_hide_anothers(problems):
    text = (
        "given:\n"
        "  hosts:\n"
        "    hv1: {release: ws2019, edition: datacenter, activated: true, platform: azure-local}\n"
        "    hv2: {release: ws2019, edition: datacenter, activated: true}\n"
        "    hv3: {release: ws2019, edition: datacenter, activated: {channel: ad, until: 1999-01-01T00Z}}\n"
        "  guests:\n"
        f"    web01: {{release: ws2019, edition: standard, on: hv2, key: {KEY}}}\n"
        "    web02: {release: ws1809, edition: essentials, on: hv2}\n"
        "  faults:\n"
        "    f1: {action: drop, host: hv2, nth: 1, every: 1}\n"
    )
    places = ["f:3:5", "f:5:5", "f:7:63", "f:8:39", "f:10:5"]
    assert [line.split(": ", 1)[0] for line in problems(text)] == places


def test_a_name_counts_wherever_the_file_makes_it(load, problems):
    text = (
        f"{STEP}expect: {{guests: {{late01: {{running: false}}}}}}\n"
        "  - add_host: {name: hv9, release: ws2019, edition: datacenter, activated: true}\n"
        "  - add_guest: {name: late01, release: ws2019, edition: standard, on: hv9}\n"
        "  - start: late01\n"
    )
    assert len(load(text).steps) == 4
    assert problems(text.replace("start: late01", "start: late1")) == [
        "f:10:12: when[3].start: unknown guest 'late1'; did you mean 'late01'?"
    ]


def test_the_name_of_the_file_is_in_every_line(problems):
    lines = problems(EVERYTHING, "a folder/b.avma.yaml")
    assert all(line.startswith("a folder/b.avma.yaml:") for line in lines)


TWO_AT_ONE_PLACE = "given: {hosts: {hv1: {}, hv2: {}}}"
READ = """
import json, sys
from avma_sim import FileProblems
from avma_sim.scenario.load import read_scenario
try:
    read_scenario(sys.argv[1], "f")
except FileProblems as error:
    print(json.dumps(str(error).splitlines()))
"""


@pytest.fixture
def told_under(tmp_path):
    """Read a text in a fresh process under a hash seed."""

    def read(hash_seed):
        done = subprocess.run(
            [sys.executable, "-c", READ, TWO_AT_ONE_PLACE],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    return read


@pytest.mark.parametrize("hash_seed", range(4))
def test_problems_at_one_place_are_told_in_one_order(told_under, hash_seed):
    assert told_under(hash_seed) == [
        f"f:1:{col}: given.hosts.{name}: the field '{field}' is missing"
        for col, name in ((22, "hv1"), (31, "hv2"))
        for field in ("activated", "edition", "release")
    ]


@pytest.mark.parametrize("text", ["seeds: 3", "when: [{expect: {guests: {web01: {licence: {any: grace}}}}}]"])
def test_what_is_no_list_is_told_once(problems, text):
    assert [line.split(": ", 2)[2] for line in problems(f"{GIVEN}{text}\n")] == [
        "expected a list, not one value"
    ]


@pytest.mark.parametrize("kind", ["hosts", "faults"])
def test_a_problem_is_one_line_of_what_can_be_printed(problems, kind):
    for line in problems(f'given: {{{kind}: {{"\\e[2Jx\\ny": 3}}}}\n'):
        assert line.isprintable()
