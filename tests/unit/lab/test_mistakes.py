"""A mistake of the caller is a typed error that says what is nearest, and leaves no trace."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from avma_sim import AvmaSimError, InputError, JournalError, Lab, UnknownName, load_facts
from avma_sim.lab.arguments import (
    channel_of,
    choose_readings,
    fault_of,
    key_text,
    other_keys_of,
    request_limit_of,
    unattend_text,
)
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.readings import Readings

FACTS = load_facts()
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
ANYBODYS = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed, and nobody's
NO_MACHINE_NAME = (
    "is not a machine name: 1 to 63 letters, digits, '.', '_' or '-', a letter or digit first and last"
)
NOT_YET = "is known and not simulated yet; this version plays"
UNDER = "under the reading wrong_key=refuse-at-install"
RELEASES = (
    "linux, win10, win11, ws1709, ws1803, ws1809, ws1903, ws1909, ws2004, ws2008r2, ws2012, ws2012r2, "
    "ws2016, ws2019, ws2022, ws2025, ws20h2"
)
ROWS = "a log keeps a whole number of rows, at least one, not"
SPAN = "write numbers with units d, h, m, s, ms, us, such as '1h30m'"


def host(lab: Lab, name: str = "hv3", **fields):
    return lab.add_host(name, **{"release": "ws2019", "activated": True, **fields})


def guest(lab: Lab, name: str = "db01", **fields):
    return lab.add_guest(name, **{"on": "hv1", "release": "ws2019", "edition": "standard", **fields})


# What is called, the kind of error, and all that it says.
MISTAKES = {
    # Names.
    "host misspelt": (
        lambda lab: lab.activate("hv"),
        "UnknownName",
        "unknown host 'hv'; did you mean 'hv2'?",
    ),
    "guest in another letter case": (
        lambda lab: lab.start("WEB01"),
        "UnknownName",
        "unknown guest 'WEB01'; did you mean 'web01'?",
    ),
    "guest misspelt": (
        lambda lab: lab.start("web1"),
        "UnknownName",
        "unknown guest 'web1'; did you mean 'web01'?",
    ),
    "guest where none is near": (
        lambda lab: lab.stop("sql"),
        "UnknownName",
        "unknown guest 'sql'; known: web01",
    ),
    "host for a guest": (lambda lab: lab.guest("hv1"), "UnknownName", "unknown guest 'hv1'; known: web01"),
    "guest for a host": (
        lambda lab: lab.host("web01"),
        "UnknownName",
        "unknown host 'web01'; known: hv1, hv2",
    ),
    "explaining nobody": (
        lambda lab: lab.explain("web02"),
        "UnknownName",
        "unknown guest 'web02'; did you mean 'web01'?",
    ),
    "a key for nobody": (
        lambda lab: lab.install_key("web02"),
        "UnknownName",
        "unknown guest 'web02'; did you mean 'web01'?",
    ),
    "moving to nowhere": (
        lambda lab: lab.migrate("web01", "hv4"),
        "UnknownName",
        "unknown host 'hv4'; did you mean 'hv2'?",
    ),
    "a guest on nowhere": (
        lambda lab: guest(lab, on="hv9"),
        "UnknownName",
        "unknown host 'hv9'; did you mean 'hv2'?",
    ),
    "disarming nothing": (lambda lab: lab.disarm("f"), "UnknownName", "unknown fault 'f'; there is none yet"),
    "a name taken by a guest": (
        lambda lab: host(lab, "web01"),
        "InputError",
        "the name 'web01' is taken by a guest; hosts and guests share one namespace",
    ),
    "a name taken by a host": (
        lambda lab: guest(lab, "hv1"),
        "InputError",
        "the name 'hv1' is taken by a host; hosts and guests share one namespace",
    ),
    "no machine name": (
        lambda lab: guest(lab, "web 02"),
        "InputError",
        f"guest name 'web 02' {NO_MACHINE_NAME}",
    ),
    # What a machine is.
    "release misspelt": (
        lambda lab: host(lab, release="ws209"),
        "UnknownName",
        "unknown release 'ws209'; did you mean 'ws2019'?",
    ),
    "guest's release misspelt": (
        lambda lab: guest(lab, release="WS2019"),
        "UnknownName",
        "unknown release 'WS2019'; did you mean 'ws2019'?",
    ),
    "edition misspelt": (
        lambda lab: host(lab, edition="Datacenter"),
        "UnknownName",
        "unknown edition 'Datacenter'; did you mean 'datacenter'?",
    ),
    "edition that the release has not": (
        lambda lab: guest(lab, release="ws1809", edition="essentials"),
        "UnknownName",
        "unknown edition of ws1809 'essentials'; known: datacenter, standard",
    ),
    "platform misspelt": (
        lambda lab: host(lab, platform="hyperv"),
        "UnknownName",
        "unknown platform 'hyperv'; did you mean 'hyper-v'?",
    ),
    "Azure Local": (
        lambda lab: host(lab, platform="azure-local"),
        "InputError",
        "hosts of Azure Local are not simulated: they have a matrix and subscription of their own",
    ),
    "service misspelt": (
        lambda lab: lab.set_service("hv1", "runing"),
        "UnknownName",
        "unknown service state 'runing'; did you mean 'running'?",
    ),
    "channel misspelt": (
        lambda lab: host(lab, activated="vl"),
        "UnknownName",
        "unknown channel 'vl'; known: ad, evaluation, kms, mak, oem, retail",
    ),
    "activated by nothing": (
        lambda lab: host(lab, activated=None),
        "InputError",
        "activated is true, false, a channel, or channel and until, not None",
    ),
    "activated by an empty word": (
        lambda lab: host(lab, activated=""),
        "InputError",
        "activated is true, false, a channel, or channel and until, not ''",
    ),
    "an empty channel": (
        lambda lab: host(lab, activated={"channel": ""}),
        "InputError",
        "a channel is a word, not ''",
    ),
    "field of activated misspelt": (
        lambda lab: host(lab, activated={"chanel": "kms"}),
        "UnknownName",
        "unknown field of activated 'chanel'; did you mean 'channel'?",
    ),
    "end of activation as a number": (
        lambda lab: host(lab, activated={"until": 3}),
        "InputError",
        "until is an instant, not 3",
    ),
    "activation that is over": (
        lambda lab: lab.activate("hv2", until="2024-01-01T00:00:00Z"),
        "DurationError",
        "an activation ends after the present instant and before year 10000",
    ),
    "latency without a unit": (
        lambda lab: host(lab, latency="5"),
        "DurationError",
        f"not a span of time: '5'; {SPAN}; did you mean '5s'?",
    ),
    "a limit as a number": (
        lambda lab: host(lab, request_limit={"count": 3, "per": 3}),
        "DurationError",
        'not a span of time: 3; write a number with a unit, such as "2h" or "7d"',
    ),
    "a limit without a span": (
        lambda lab: host(lab, request_limit={"count": 3}),
        "InputError",
        "a request limit has a count and a span (per), not {'count': 3}",
    ),
    "a limit with something else": (
        lambda lab: host(lab, request_limit={"count": 3, "per": "1h", "by": 1}),
        "InputError",
        "a request limit has a count and a span (per), not {'count': 3, 'per': '1h', 'by': 1}",
    ),
    "a limit counted by a truth": (
        lambda lab: host(lab, request_limit={"count": True, "per": "1h"}),
        "InputError",
        "a request limit counts requests by a whole number, not True",
    ),
    "a limit of nothing": (
        lambda lab: host(lab, request_limit={"count": 0, "per": "1h"}),
        "InputError",
        "a request limit counts 1 to 10000 requests, not 0",
    ),
    "upgrading nobody": (
        lambda lab: lab.upgrade("web02"),
        "UnknownName",
        "unknown guest 'web02'; did you mean 'web01'?",
    ),
    "upgrading to nothing": (
        lambda lab: lab.upgrade("web01", release="ws2029"),
        "UnknownName",
        "unknown release 'ws2029'; did you mean 'ws20h2'?",
    ),
    "upgrading to a pair that does not exist": (
        lambda lab: lab.upgrade("web01", release="ws1809", edition="essentials"),
        "UnknownName",
        "unknown edition of ws1809 'essentials'; known: datacenter, standard",
    ),
    "upgrading with a key that is none": (
        lambda lab: lab.upgrade("web01", release="ws2019", key="TNK62"),
        "KeyTextError",
        "not a product key: 5 characters instead of 29, blanks aside: 'TNK62'",
    ),
    "upgrading with a key that nobody published": (
        lambda lab: lab.upgrade("web01", release="ws2004", key="avma"),
        "InputError",
        "no AVMA key is published for ws2004/standard; give a key's text, or none",
    ),
    "an answer file with a key that nobody published": (
        lambda lab: guest(lab, release="ws2004", unattend_key="avma"),
        "InputError",
        "no AVMA key is published for ws2004/standard; give a key's text, or none",
    ),
    "an answer file that is too long": (
        lambda lab: guest(lab, unattend_key="x" * 257),
        "InputError",
        "a product key's text has at most 256 characters",
    ),
    "an answer file that Setup refuses": (
        lambda lab: guest(lab, unattend="<unattend>\n<settings/></unattend>"),
        "FileProblems",
        (
            "unattend:1:1: <unattend> is in no namespace; Setup does not know the element and stops; "
            'write xmlns="urn:schemas-microsoft-com:unattend" into it\n'
            "unattend:2:1: pass is missing; Setup runs no such pass and stops; "
            'write <settings pass="specialize">'
        ),
    ),
    "an answer file that is no XML": (
        lambda lab: guest(lab, unattend="avma"),
        "FileProblems",
        (
            "unattend:1:1: there is text outside of any element; Setup cannot parse the file and stops; "
            "leave one root element only"
        ),
    ),
    "an answer file that is no text": (
        lambda lab: guest(lab, unattend=b"<unattend/>"),
        "InputError",
        "an answer file is the text of its XML, not b'<unattend/>'",
    ),
    "an answer file and a key": (
        lambda lab: guest(lab, unattend="<unattend/>", unattend_key="none"),
        "InputError",
        "give the whole answer file (unattend) or its key (unattend_key), not both",
    ),
    "one address without a list": (
        lambda lab: guest(lab, ipv4="10.0.0.5"),
        "InputError",
        "ipv4 is a list of addresses, not '10.0.0.5'; one address is a list, too",
    ),
    "addresses in a set, which has no order": (
        lambda lab: guest(lab, ipv6={"fe80::5"}),
        "InputError",
        "ipv6 is a list of addresses, not {'fe80::5'}; one address is a list, too",
    ),
    "an address that is none": (
        lambda lab: guest(lab, ipv4=["10.0.0"]),
        "InputError",
        "ipv4 of db01: '10.0.0' is no address; write four numbers of 0 to 255, such as 10.0.0.5",
    ),
    "a Linux guest with its AVMA key": (
        lambda lab: guest(lab, release="linux", edition="linux", key="avma"),
        "InputError",
        "a Linux guest takes no product key; leave it out, or give none",
    ),
    "a Linux guest with an answer file": (
        lambda lab: guest(lab, release="linux", edition="linux", unattend_key="avma"),
        "InputError",
        "a Linux guest takes no product key; leave it out, or give none",
    ),
    "Linux of an edition": (
        lambda lab: guest(lab, release="linux", edition="standard"),
        "UnknownName",
        "unknown edition of linux 'standard'; known: linux",
    ),
    "an upgrade to Linux": (
        lambda lab: lab.upgrade("web01", release="linux", edition="linux"),
        "InputError",
        "no upgrade leads from Windows to Linux; add a guest that runs it",
    ),
    "a key of another edition, of another kind": (
        lambda lab: guest(lab, key="WMDGN-G9PQG-XVVXX-R3X43-63DFG"),
        "InputError",
        "ws2019/standard refuses the key WMDGN-G9PQG-XVVXX-R3X43-63DFG (C004F069, keys: fits)",
    ),
    "no text to install": (
        lambda lab: lab.install_key("web01", "", verbatim=True),
        "InputError",
        "install_key needs a key; uninstall_key removes one",
    ),
    # Key-value pairs.
    "a pool misspelt": (
        lambda lab: lab.write_kvp("web01", {"a": "b"}, pool="Gust"),
        "UnknownName",
        "unknown pool 'Gust'; did you mean 'guest'?",
    ),
    "a pool that does not exist": (
        lambda lab: lab.delete_kvp("web01", "a", pool=5),
        "InputError",
        "a pool is external, guest, auto, auto-external, auto-internal or a number from 0 to 4, not 5",
    ),
    "a pool by a truth": (
        lambda lab: lab.write_kvp("web01", {"a": "b"}, pool=True),
        "InputError",
        "a pool is external, guest, auto, auto-external, auto-internal or a number from 0 to 4, not True",
    ),
    "items as text": (
        lambda lab: lab.push_kvp("web01", "a=b"),
        "InputError",
        "items are values by key, not 'a=b'",
    ),
    "items as pairs": (
        lambda lab: lab.push_kvp("web01", [("a", "b")]),
        "InputError",
        "items are values by key, {'Key': 'value'}, and ('a', 'b') is no item",
    ),
    "a value as a number": (
        lambda lab: lab.write_kvp("web01", {"a": 1}),
        "InputError",
        "the value of an item is text, not 1; write it in quotes",
    ),
    "a key as a number": (
        lambda lab: lab.write_kvp("web01", {1: "a"}),
        "InputError",
        "the key of an item is text, not 1; write it in quotes",
    ),
    "keys as a number": (
        lambda lab: lab.remove_kvp("web01", 1),
        "InputError",
        "keys are texts, not 1",
    ),
    "keys as numbers": (
        lambda lab: lab.remove_kvp("web01", [1]),
        "InputError",
        "a key is text, not 1",
    ),
    "pools as nothing": (
        lambda lab: lab.read_kvp("web01", pools=None),
        "InputError",
        "pools are names or numbers, not None",
    ),
    "no pools": (
        lambda lab: lab.read_kvp("web01", pools=()),
        "InputError",
        "a reading names at least one pool, each once",
    ),
    "reading what is never on the wire": (
        lambda lab: lab.read_kvp("web01", pools="auto-internal"),
        "InputError",
        "pool 4 is never on the wire, so no host reads it",
    ),
    "reading a guest by another host": (
        lambda lab: lab.read_kvp("web01", host="hv2"),
        "InputError",
        "a reading names a guest or a host, not both: a guest is read by the host that it is on",
    ),
    "writing nothing": (
        lambda lab: lab.write_kvp("web01", {}),
        "InputError",
        "name at least one item",
    ),
    "writing to nobody": (
        lambda lab: lab.write_kvp("web02", {"a": "b"}),
        "UnknownName",
        "unknown guest 'web02'; did you mean 'web01'?",
    ),
    "reading too often": (
        lambda lab: host(lab, kvp_refresh="1ms"),
        "DurationError",
        "a host reads its guests' key-value pairs every second at most, or never (0)",
    ),
    "a refresh without a unit": (
        lambda lab: host(lab, kvp_refresh="5"),
        "DurationError",
        f"not a span of time: '5'; {SPAN}; did you mean '5s'?",
    ),
    "a channel misspelt": (
        lambda lab: lab.arm("f", "drop", channel="kpv"),
        "UnknownName",
        "unknown channel of a fault 'kpv'; did you mean 'kvp'?",
    ),
    "a patch of nothing": (
        lambda lab: lab.arm("f", "patch", channel="kvp", at=3),
        "FaultError",
        "fault 'f': patch needs bytes to put in place (blob)",
    ),
    # Keys.
    "key of another release": (
        lambda lab: guest(lab, key=KEY_2016),
        "InputError",
        f"ws2019/standard refuses the key {KEY_2016} (C004F069, keys: fits) {UNDER}",
    ),
    "key that nobody published": (
        lambda lab: guest(lab, release="ws2004", key="avma"),
        "InputError",
        "no AVMA key is published for ws2004/standard; give a key's text, or none",
    ),
    "key cut short": (
        lambda lab: lab.install_key("web01", "C3RCX-M6NRP-6CXC9-TW2F2"),
        "KeyTextError",
        "not a product key: 23 characters instead of 29, blanks aside: 'C3RCX-M6NRP-6CXC9-TW2F2'",
    ),
    "key with a letter that none has": (
        lambda lab: lab.install_key("web01", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYO"),
        "KeyTextError",
        "not a product key: character 29 is 'O', which no key has: 'C3RCX-M6NRP-6CXC9-TW2F2-4RHYO'",
    ),
    "key with a slip": (
        lambda lab: guest(lab, release="ws2016", key="D3RCX-M6NRP-6CXC9-TW2F2-4RHYD"),
        "InputError",
        (
            f"ws2016/standard refuses the key D3RCX-M6NRP-6CXC9-TW2F2-4RHYD (C004F050, keys: known); "
            f"did you mean {KEY_2016} (2016/standard)?"
        ),
    ),
    "no key to install": (
        lambda lab: lab.install_key("web01", "none"),
        "InputError",
        "install_key needs a key; uninstall_key removes one",
    ),
    # Time.
    "span as a number": (
        lambda lab: lab.advance(7),
        "DurationError",
        'not a span of time: 7; write a number with a unit, such as "2h" or "7d"',
    ),
    "span without a unit": (
        lambda lab: lab.advance("30"),
        "DurationError",
        f"not a span of time: '30'; {SPAN}; did you mean '30s'?",
    ),
    "instant without a zone": (
        lambda lab: lab.advance(to="2025-02-01"),
        "DurationError",
        "an instant needs a zone: '2025-02-01'; end it with Z for UTC",
    ),
    "the past": (
        lambda lab: lab.advance(to="2024-12-31T00:00:00Z"),
        "DurationError",
        "the clock only moves forward, and stays before year 9000",
    ),
    "span and instant": (
        lambda lab: lab.advance("1d", to="2025-02-01T00:00:00Z"),
        "InputError",
        "give a span or an instant, not both",
    ),
    "advancing for nothing": (
        lambda lab: lab.advance(),
        "InputError",
        "an advance needs an instant, or something to wait for",
    ),
    "condition without a limit": (
        lambda lab: lab.advance(until=lambda _: False),
        "InputError",
        "an advance until a function holds needs a span or an instant as its limit",
    ),
    "the past, with a condition": (
        lambda lab: lab.advance(to="2024-12-31T00:00:00Z", until=lambda _: False),
        "DurationError",
        "the clock only moves forward",
    ),
    "until misspelt": (
        lambda lab: lab.advance(until="web01.next_atempt"),
        "UnknownName",
        "unknown kind of until 'web01.next_atempt'; did you mean 'web01.next_attempt'?",
    ),
    "until without a kind": (
        lambda lab: lab.advance(until="web01"),
        "UnknownName",
        "unknown kind of until 'web01'; known: quiet, web01.next_attempt",
    ),
    "until of nobody": (
        lambda lab: lab.advance(until="web1.next_attempt"),
        "UnknownName",
        "unknown guest 'web1'; did you mean 'web01'?",
    ),
    # Faults.
    "action misspelt": (
        lambda lab: lab.arm("f", "dorp"),
        "UnknownName",
        "unknown fault action 'dorp'; did you mean 'drop'?",
    ),
    "field of a fault misspelt": (
        lambda lab: lab.arm("f", "drop", gest="web01"),
        "UnknownName",
        "unknown field of a fault 'gest'; did you mean 'guest'?",
    ),
    "fault of nobody's packets": (
        lambda lab: lab.arm("f", "drop", guest="web02"),
        "UnknownName",
        "unknown guest 'web02'; did you mean 'web01'?",
    ),
    "end of the channel misspelt": (
        lambda lab: lab.arm("f", "drop", to="gest"),
        "UnknownName",
        "unknown end of the channel 'gest'; did you mean 'guest'?",
    ),
    "delay by nothing": (
        lambda lab: lab.arm("f", "delay"),
        "FaultError",
        "fault 'f': delay needs a span of time above 0 (by)",
    ),
    "two triggers": (
        lambda lab: lab.arm("f", "drop", nth=1, every=2),
        "FaultError",
        "fault 'f': give one of nth, every and rate",
    ),
    "window that is over": (
        lambda lab: lab.arm("f", "drop", until="2024-01-01T00:00:00Z"),
        "FaultError",
        "fault 'f' can never match: its window is empty or over",
    ),
    "a fault's name again": (
        lambda lab: lab.arm("used", "drop"),
        "FaultError",
        "the fault name 'used' was used before; each fault has its own",
    ),
    # Commands as values.
    "no command": (
        lambda lab: lab.do("start"),
        "UnknownName",
        "unknown command 'str'; did you mean 'Restart'?",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_told_and_leaves_no_trace(lab, name):
    call, kind, message = MISTAKES[name]
    lab.arm("used", "drop", nth=1)
    lab.disarm("used")
    before = lab.state.copy()
    with pytest.raises(InputError) as caught:
        call(lab)
    assert str(caught.value) == message
    assert type(caught.value).__name__ == kind
    assert isinstance(caught.value, ValueError)
    assert lab.state == before


# Arguments of `Lab` itself.
REFUSED_LABS = {
    "seed as text": ({"seed": "1"}, "a seed is an integer from 0 to 2**64 - 1, not '1'"),
    "seed as truth": ({"seed": True}, "a seed is an integer from 0 to 2**64 - 1, not True"),
    "negative seed": ({"seed": -1}, "a seed is an integer from 0 to 2**64 - 1, not -1"),
    "large seed": ({"seed": 2**64}, "a seed is an integer from 0 to 2**64 - 1, not 18446744073709551616"),
    "start that leaves no time": (
        {"start": "9000-01-01T00:00:00Z"},
        "a lab starts before year 9000, not at 9000-01-01T00:00:00Z",
    ),
    "start": ({"start": "2025-01-01"}, "an instant needs a zone: '2025-01-01'; end it with Z for UTC"),
    "no rows for guests": ({"guest_log_rows": 0}, f"{ROWS} 0"),
    "no rows for hosts": ({"host_log_rows": -2}, f"{ROWS} -2"),
    "rows as text": ({"guest_log_rows": "8"}, f"{ROWS} '8'"),
    "rows as a truth": ({"host_log_rows": True}, f"{ROWS} True"),
    "journal as a path": (
        {"journal": Path("lab.journal")},
        f"a journal is 'keep', 'hash' or an open text stream, not {Path('lab.journal')!r}",
    ),
    "behaviour as a number": (
        {"behaviour": 7},
        "a behaviour is a Behaviour or its import path, not 7",
    ),
    "reading as a number": (
        {"readings": {"timing": 7}},
        "unknown value of reading timing 7; known: permanent, short-lease, volume-family",
    ),
    "reading": ({"readings": {"tming": "x"}}, "unknown reading 'tming'; did you mean 'timing'?"),
    "reading's value": (
        {"readings": {"timing": "x"}},
        "unknown value of reading timing 'x'; known: permanent, short-lease, volume-family",
    ),
    "a declared key that is none": (
        {"other_keys": {"NBCDF": "retail"}},
        "not a product key: 5 characters instead of 29, blanks aside: 'NBCDF'",
    ),
    "a declared key of no kind": (
        {"other_keys": {ANYBODYS: "msdn"}},
        "unknown channel of a key 'msdn'; known: oem, retail, volume",
    ),
    "a declared key that is an AVMA key": (
        {"other_keys": {KEY_2016.lower(): "retail"}},
        f"{KEY_2016} is a published AVMA key; it cannot be declared as retail",
    ),
    "a key that is declared twice": (
        {"other_keys": {ANYBODYS: "retail", ANYBODYS.lower(): "oem"}},
        f"the key {ANYBODYS} is declared twice",
    ),
    "a declared key as a number": ({"other_keys": {7: "retail"}}, "a product key is text, not 7"),
    "journal": ({"journal": "kept"}, "unknown journal mode 'kept'; did you mean 'keep'?"),
    "behaviour": (
        {"behaviour": "nowhere:x"},
        "no behaviour at 'nowhere:x' (module:object): No module named 'nowhere'",
    ),
    "something else": (
        {"behaviour": "avma_sim:__version__"},
        "'avma_sim:__version__' is no Behaviour but a str",
    ),
}


@pytest.mark.parametrize("name", REFUSED_LABS)
def test_lab_is_not_made_of(name):
    arguments, message = REFUSED_LABS[name]
    with pytest.raises(InputError) as caught:
        Lab(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_largest_and_smallest_seed(seed):
    assert Lab(seed).state.settings.seed == seed


def test_readings_at_their_default_are_taken():
    assert Lab(readings={"timing": "volume-family"}).state.settings.readings == Readings()
    assert choose_readings(FACTS, Readings()) == choose_readings(FACTS, {}) == choose_readings(FACTS, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, (_, *others) in FACTS.readings.items() for value in others],
)
def test_every_other_reading_is_played(name, value):
    assert Lab(readings={name: value}).state.settings.readings == Readings(**{name: value})


def test_declared_keys_are_kept_in_one_order():
    one, other = ANYBODYS, ANYBODYS.replace("NBC", "BNC")
    expected = ((other, "oem"), (one, "retail"))
    for keys in ({one: "retail", other.lower(): "oem"}, {other: "oem", one: "retail"}):
        assert Lab(other_keys=keys).state.settings.other_keys == expected
    assert other_keys_of(FACTS, None) == other_keys_of(FACTS, {}) == ()


def test_a_limit_is_a_count_and_a_span():
    assert request_limit_of(None) is None
    assert request_limit_of({"per": "1h", "count": 2}) == (2, 3_600_000_000)
    assert request_limit_of({"count": 2, "per": dt.timedelta(seconds=1)}) == (2, 1_000_000)


def test_an_own_key_by_reading():
    pair = Readings(keys_2004_20h2="2019-pair")
    assert key_text(FACTS, "avma", "ws2004", "standard", pair) == "TNK62-RXVTB-4P47B-2D623-4GF74"
    assert unattend_text(FACTS, "avma", "ws2004", "standard", pair) == "TNK62-RXVTB-4P47B-2D623-4GF74"
    assert unattend_text(FACTS, None, "ws2004", "standard", pair) == ""
    assert unattend_text(FACTS, " any text ", "ws2004", "standard", pair) == " any text "
    lab = Lab(readings=pair)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws20h2", edition="standard", key="avma")
    assert lab.start("web01")
    assert lab.guest("web01").licence.word == "licensed"
    lab.add_guest("web02", on="hv1", release="ws2019", edition="standard")
    lab.start("web02")
    assert lab.upgrade("web02", release="ws20h2", key="avma")
    assert lab.install_key("web02")
    assert lab.guest("web02").licence.word == "licensed"


def test_a_lab_without_entries_says_so():
    lab = Lab(journal="hash")
    with pytest.raises(
        JournalError, match=r"^this lab keeps no entries; open it with journal='keep' or read"
    ):
        lab.entries()
    assert isinstance(JournalError(), AvmaSimError)


@pytest.mark.parametrize(
    ("activated", "expected"),
    [
        (True, ("mak", None)),
        (False, ("", None)),
        ("kms", ("kms", None)),
        ({}, ("mak", None)),
        ({"channel": "oem"}, ("oem", None)),
        ({"until": "1970-01-01T00:00:01Z"}, ("mak", 1_000_000)),
        ({"channel": "ad", "until": None}, ("ad", None)),
    ],
)
def test_activated_is_written_in_several_ways(activated, expected):
    assert channel_of(activated) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [(None, ""), ("none", ""), ("avma", KEY_2016), (f"\t{KEY_2016.lower()} ", KEY_2016)],
)
def test_key_is_written_in_several_ways(key, expected):
    assert key_text(FACTS, key, "ws2016", "standard") == expected


def test_fault_is_read_from_its_fields():
    told = fault_of(
        {
            "name": "f",
            "action": "delay",
            "by": "2s",
            "from_": "1970-01-01T00:00:01Z",
            "until": "1970-01-01T00:00:03Z",
            "copies": 2,
        }
    )
    assert told == Fault("f", "delay", by_us=2_000_000, from_us=1_000_000, until_us=3_000_000, copies=2)
    assert fault_of({"name": "f", "action": "delay", "by_us": 7, "until_us": 9}) == Fault(
        "f", "delay", by_us=7, until_us=9
    )
    with pytest.raises(InputError, match=r"^a fault needs a name and an action: .*'action'"):
        fault_of({"name": "f"})


def test_a_guest_that_runs_cannot_be_added(lab):
    from avma_sim.model.commands import AddGuest

    with pytest.raises(InputError, match=r"^a guest is added powered off$"):
        lab.do(AddGuest(Guest("db01", b"", "ws2019", "standard", "hv1", running=True)))


def test_a_long_list_of_names_is_not_told(lab):
    for number in range(17):
        lab.add_guest(f"web{number + 2:02d}", on="hv1", release="ws2019", edition="standard")
    with pytest.raises(UnknownName) as caught:
        lab.start("zzz")
    assert str(caught.value) == "unknown guest 'zzz'"
    assert (caught.value.what, caught.value.name, caught.value.nearest) == ("guest", "zzz", None)
    assert len(caught.value.known) == 18


# Values of a wrong type, each of which would otherwise get into a row or a line.
WRONG_TYPES = {
    "count as text": (lambda lab: lab.arm("f", "drop", nth="1"), "ArmFault: '1' is not int"),
    "name of a fault": (lambda lab: lab.arm(7, "drop"), "ArmFault: 7 is not str"),
    "switch as text": (
        lambda lab: lab.set_data_exchange("web01", on="off"),
        "SetDataExchange: 'off' is not bool",
    ),
    "role as text": (lambda lab: host(lab, hyperv="no"), "AddHost: 'no' is not bool"),
    "encryption as text": (lambda lab: guest(lab, encryption="off"), "AddGuest: 'off' is not bool"),
    "tenant as nothing": (lambda lab: guest(lab, tenant=None), "AddGuest: None is not str"),
    "name as a number": (lambda lab: host(lab, 7), "AddHost: 7 is not str"),
    "guest as nothing": (lambda lab: lab.start(None), "a guest is named by text, not by None"),
    "host as nothing": (lambda lab: lab.migrate("web01", None), "a host is named by text, not by None"),
    "fault as a number": (lambda lab: lab.disarm(7), "a fault is named by text, not by 7"),
    "release as a number": (lambda lab: guest(lab, release=7), f"unknown release 7; known: {RELEASES}"),
    "edition as nothing": (
        lambda lab: guest(lab, edition=None),
        "unknown edition of ws2019 None; known: datacenter, essentials, standard",
    ),
    "asking for a number": (lambda lab: lab.host(7), "unknown host 7; known: hv1, hv2"),
    "explaining nothing": (lambda lab: lab.explain(None), "unknown guest None; known: web01"),
    "channel as a number": (lambda lab: host(lab, activated={"channel": 7}), "a channel is a word, not 7"),
    "key as a number": (lambda lab: lab.install_key("web01", 7), "a product key is text, not 7"),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_value_of_a_wrong_type_is_told_and_leaves_no_trace(lab, name):
    call, message = WRONG_TYPES[name]
    before = lab.state.copy()
    with pytest.raises(InputError) as caught:
        call(lab)
    assert str(caught.value) == message
    assert lab.state == before


def test_bytes_as_text_are_refused(lab):
    before = lab.state.copy()
    with pytest.raises(InputError, match=r"^ArmFault: "):
        lab.arm("f", "replace", blob="00ff")
    assert lab.state == before


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Lab(readings="all"), "readings are values by name, not 'all'"),
        (lambda: Lab(other_keys=["x"]), "other keys are channels by key text, not ['x']"),
        (
            lambda: Lab(other_keys={3: "retail"}),  # type: ignore[dict-item]
            "a product key is text, not 3",
        ),
        (lambda: Lab(other_keys={"none": "retail"}), "not a product key: character 2 is 'o'"),
        (
            lambda: Lab().add_host("a", release="ws2019", activated=True, request_limit=5),
            "a request limit has a count and a span (per), not 5",
        ),
    ],
)
def test_a_value_of_another_kind_is_told(call, said):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value).startswith(said)
