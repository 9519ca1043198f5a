"""Tests the canonical line: golden spellings, round trips of every type, and what is refused."""

from __future__ import annotations

import functools
import json
import typing

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avma_sim.errors import JournalError
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import HostEnd
from avma_sim.model.host import Host
from avma_sim.model.licence import Licence
from avma_sim.model.log import EMPTY_LOG, Log, LogRow, ServiceRow
from avma_sim.model.packet import Packet
from avma_sim.model.verdict import Because
from avma_sim.sim.canonical import Entry, canonical_json, read_line, structure, unstructure, write_line

TYPES = (*cmd.COMMANDS, *ev.EVENTS)

GOLDEN = {
    '{"by":null,"command":{"host":{"edition":"datacenter","name":"hv1","release":"ws2019"},'
    '"type":"AddHost"},"n":0,"t":100}': Entry(0, 100, None, cmd.AddHost(Host("hv1", "ws2019", "datacenter"))),
    '{"by":null,"command":{"channel":"kms","host":{"edition":"datacenter","encryption":false,'
    '"latency_us":250,"name":"hv1","release":"ws2019"},"type":"AddHost","until_us":200},'
    '"n":0,"t":100}': Entry(
        0,
        100,
        None,
        cmd.AddHost(Host("hv1", "ws2019", "datacenter", encryption=False, latency_us=250), "kms", 200),
    ),
    '{"by":null,"command":{"host":"hv1","type":"Activate"},"n":3,"t":100}': Entry(
        3, 100, None, cmd.Activate("hv1")
    ),
    '{"by":null,"command":{"to_us":105,"type":"Advance"},"n":4,"t":100}': Entry(
        4, 100, None, cmd.Advance(105)
    ),
    '{"by":null,"command":{"fault":{"action":"replace","blob":"00ff10","name":"\\u00e9","until_us":200},'
    '"type":"ArmFault"},"n":5,"t":100}': Entry(
        5, 100, None, cmd.ArmFault(Fault("\u00e9", "replace", until_us=200, blob=b"\x00\xff\x10"))
    ),
    '{"by":4,"event":{"type":"ClockAdvanced"},"n":6,"t":105}': Entry(6, 105, 4, ev.ClockAdvanced()),
    '{"by":7,"event":{"guest":"web01","licence":{"end":[900,8],"reason":1074065420,"status":2},'
    '"type":"GuestStarted"},"n":8,"t":105}': Entry(
        8, 105, 7, ev.GuestStarted("web01", Licence(2, 0x4004F00C, end=(900, 8)))
    ),
    '{"by":8,"event":{"arrived":1,"asked":["loss"],"end":{"answered":[[1,3],[5,5]],"code":3221552386,'
    '"digest":"0102","phase":"answered"},"guest":"web01","host":"hv1","packet":{"blob":"","due":[105,9],'
    '"guest":"web01","host":"hv1","id":2,"pipe":1,"to":"guest"},"record":{"at_us":105,"because":{'
    '"clauses":["C03"],"inputs":[["host activated","no"]],"law":"decision row 6"},"code":3221552386,'
    '"event":12310,"nonce":"0a","outcome":"refused","peer":"web01","record":1},"type":"ActivationDecided"},'
    '"n":9,"t":105}': Entry(
        9,
        105,
        8,
        ev.ActivationDecided(
            "hv1",
            "web01",
            1,
            HostEnd("answered", b"\x01\x02", 0xC004FD02, ((1, 3), (5, 5))),
            LogRow(
                1,
                105,
                12310,
                "refused",
                0xC004FD02,
                "web01",
                b"\n",
                Because("decision row 6", ("C03",), (), (("host activated", "no"),)),
            ),
            Packet(2, "web01", 1, "hv1", "guest", b"", (105, 9)),
            ("loss",),
        ),
    ),
}


def values_of(hint):
    """Build a strategy for a field from its type: whatever the model declares, it can draw."""
    if hint is type(None):
        return st.none()
    if attrs.has(hint):
        return made(hint)
    simple = {
        int: st.integers(-(2**70), 2**70),
        str: st.text(max_size=8),
        bytes: st.binary(max_size=8),
        bool: st.booleans(),
    }
    if hint in simple:
        return simple[hint]
    if hasattr(hint, "_fields"):  # a tuple with names
        return st.builds(hint, *map(values_of, typing.get_type_hints(hint).values()))
    return values_inside(hint)


def values_inside(hint):
    """Build a strategy for a union or a tuple from what it holds."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is not tuple:  # a union
        return st.one_of([values_of(argument) for argument in arguments])
    if arguments[-1] is Ellipsis:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    return st.tuples(*map(values_of, arguments))


@functools.cache
def made(cls, *, full=False):
    """Draw values of a class, each field at its default or not; `full` sets every field."""
    hints = typing.get_type_hints(cls)
    fields = {}
    for field in attrs.fields(cls):
        drawn = values_of(hints[field.name])
        if field.default is attrs.NOTHING:
            fields[field.name] = drawn
        elif full:
            fields[field.name] = drawn.filter(lambda value, default=field.default: value != default)
        else:
            fields[field.name] = st.one_of(st.just(field.default), drawn)
    return st.builds(cls, **fields)


each_type = pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.__name__)


def line_of(**changes):
    """Spell an otherwise good line with some of its top fields changed."""
    row = {"by": None, "event": {"type": "ClockAdvanced"}, "n": 0, "t": 0} | changes
    return json.dumps({name: value for name, value in row.items() if value is not ...}, separators=(",", ":"))


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: json.loads(line)["n"])
def test_golden_lines(line):
    entry = GOLDEN[line]
    assert write_line(entry) == line
    assert read_line(line) == entry
    assert read_line(line + "\n") == entry


def test_types_have_names_of_their_own():
    assert len({cls.__name__ for cls in TYPES}) == len(TYPES)


@each_type
@settings(max_examples=20)
@given(data=st.data())
def test_every_type_survives_its_line(cls, data):
    by = None if cls in cmd.COMMANDS else data.draw(st.integers(0, 10**9))
    entry = Entry(
        data.draw(st.integers(0, 10**9)), data.draw(st.integers(0, 10**16)), by, data.draw(made(cls))
    )
    line = write_line(entry)
    assert line.isascii()
    assert line == canonical_json(json.loads(line))
    assert read_line(line) == entry


@each_type
# Rows of rows are rarely away from every default.
@settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_field_is_written_unless_it_is_at_its_default(cls, data):
    side = "command" if cls in cmd.COMMANDS else "event"
    has_default = {field.name for field in attrs.fields(cls) if field.default is not attrs.NOTHING}
    needed = {field.name for field in attrs.fields(cls)} - has_default
    value = data.draw(made(cls, full=True))
    written = json.loads(write_line(Entry(0, 0, None, value)))[side]
    assert set(written) == {"type"} | needed | has_default
    plain = cls(**{name: getattr(value, name) for name in needed})
    assert set(json.loads(write_line(Entry(0, 0, None, plain)))[side]) == {"type"} | needed


@given(data=st.data())
def test_equal_lines_are_equal_entries(data):
    cls = data.draw(st.sampled_from(TYPES))
    one, other = (Entry(0, 0, None, data.draw(made(cls))) for _ in range(2))
    assert (write_line(one) == write_line(other)) == (one == other)


def test_field_at_its_default_is_refused_when_it_is_spelt_out():
    line = write_line(Entry(3, 100, None, cmd.Activate("hv1")))
    with pytest.raises(JournalError, match="not canonical"):
        read_line(line.replace('"host":', '"channel":"mak","host":'))


NOT_CANONICAL = {
    "blanks": '{"by": null,"event":{"type":"ClockAdvanced"},"n":0,"t":0}',
    "a blank before": ' {"by":null,"event":{"type":"ClockAdvanced"},"n":0,"t":0}',
    "a blank after": '{"by":null,"event":{"type":"ClockAdvanced"},"n":0,"t":0} ',
    "order of fields": '{"event":{"type":"ClockAdvanced"},"by":null,"n":0,"t":0}',
    "a field twice": '{"by":null,"event":{"type":"ClockAdvanced"},"n":1,"n":0,"t":0}',
    "an escape": '{"by":null,"event":{"type":"\\u0043lockAdvanced"},"n":0,"t":0}',
    "a negative nought": '{"by":null,"event":{"type":"ClockAdvanced"},"n":-0,"t":0}',
    "an unknown field of the entry": '{"at":1,"by":null,"event":{"type":"ClockAdvanced"},"n":0,"t":0}',
    "both a command and an event": '{"by":null,"command":{"guest":"a","type":"Stop"},"event":{"type":'
    '"ClockAdvanced"},"n":0,"t":0}',
    "letters beyond ASCII": '{"by":null,"event":{"guest":"é","type":"GuestStopped"},"n":0,"t":0}',
    "a text for a list": '{"by":0,"event":{"arrived":1,"asked":"ab","host":"h","packet":{"blob":"",'
    '"due":[0,0],"guest":"g","host":"h","id":1,"pipe":1,"to":"host"},"type":"RequestRepeated"},"n":0,"t":0}',
}


@pytest.mark.parametrize("line", NOT_CANONICAL.values(), ids=NOT_CANONICAL)
def test_other_spellings_are_refused(line):
    with pytest.raises(JournalError, match=r"^not canonical: "):
        read_line(line)


NO_ENTRY = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "a number": "7",
    "a text": '"event"',
    "neither command nor event": '{"by":null,"n":0,"t":0}',
    "no type": '{"by":null,"event":{},"n":0,"t":0}',
    "an unknown type": '{"by":null,"event":{"type":"ClockStopped"},"n":0,"t":0}',
    "a type that is no text": '{"by":null,"event":{"type":["ClockAdvanced"]},"n":0,"t":0}',
    "an event among commands": '{"by":null,"command":{"type":"ClockAdvanced"},"n":0,"t":0}',
    "a command among events": '{"by":null,"event":{"guest":"a","type":"Stop"},"n":0,"t":0}',
    "an event that is no object": '{"by":null,"event":3,"n":0,"t":0}',
    "an event that is a text": '{"by":null,"event":"ab","n":0,"t":0}',
    "no index": '{"by":null,"event":{"type":"ClockAdvanced"},"t":0}',
    "no instant": '{"by":null,"event":{"type":"ClockAdvanced"},"n":0}',
    "no cause": '{"event":{"type":"ClockAdvanced"},"n":0,"t":0}',
    "a number too long to read": f'{{"by":null,"event":{{"type":"ClockAdvanced"}},"n":{"9" * 5000},"t":0}}',
    "brackets without end": "[" * 100_000,
}


@pytest.mark.parametrize("line", NO_ENTRY.values(), ids=NO_ENTRY)
def test_what_is_no_entry_is_refused(line):
    with pytest.raises(JournalError, match=r"^not an entry: "):
        read_line(line)


WRONG_FIELDS = {
    "an unknown field": ({"type": "GuestStopped", "guest": "a", "tenant": "b"}, "^not a GuestStopped: "),
    "a missing field": ({"type": "GuestStopped"}, "^not a GuestStopped: "),
    "a number for a text": ({"type": "GuestStopped", "guest": 7}, "^7 is not str$"),
    "nothing for a text": ({"type": "GuestStopped", "guest": None}, "^None is not str$"),
    "a list for a text": ({"type": "GuestStopped", "guest": ["a"]}, r"^\['a'\] is not str$"),
    "a text for a number": ({"type": "PacketLost", "arrived": "1"}, "^'1' is not int$"),
    "a float for a number": ({"type": "PacketLost", "arrived": 1.0}, r"^1\.0 is not int$"),
    "true for a number": ({"type": "PacketLost", "arrived": True}, "^True is not int$"),
    "a number for true": ({"type": "DataExchangeChanged", "guest": "a", "on": 1}, "^1 is not bool$"),
    "a text for true": ({"type": "DataExchangeChanged", "guest": "a", "on": "yes"}, "^'yes' is not bool$"),
    "a text for an object": ({"type": "HostAdded", "host": "hv1"}, "^not a HostAdded: "),
    "an unknown field inside": (
        {"type": "HostAdded", "host": {"name": "a", "release": "b", "edition": "c", "rack": "d"}},
        "^not a HostAdded: ",
    ),
    "a number for a list": (
        {"type": "HostActivated", "host": "a", "activation": {"end": 5}},
        "^not a HostActivated: ",
    ),
}


@pytest.mark.parametrize(("event", "says"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_wrong_fields_are_refused(event, says):
    with pytest.raises(JournalError, match=says):
        read_line(line_of(event=event))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0A", "is not bytes in lower-case hex"),
        ("\u0660\u0660", "is not bytes in lower-case hex"),
        (7, "is not bytes in lower-case hex"),
        (None, "is not bytes in lower-case hex"),
        ("0", "is not bytes in hex"),
        ("0g", "is not bytes in hex"),
        ("0a 0b", "has blanks between its hex digits"),
        ("0a ", "has blanks between its hex digits"),
    ],
)
def test_bytes_have_one_spelling(text, says):
    with pytest.raises(JournalError, match=says):
        structure({"name": "a", "action": "extend", "blob": text}, Fault)


@pytest.mark.parametrize(
    "changes",
    [
        {"t": 1.5},
        {"t": None},
        {"n": "0"},
        {"n": True},
        {"n": None},
        {"by": "0"},
        {"by": [0]},
        {"t": float("nan")},
        {"by": False},
    ],
    ids=str,
)
def test_index_instant_and_cause_are_integers(changes):
    with pytest.raises(JournalError):
        read_line(line_of(**changes))


ROW = (
    '{"at_us":1,"because":{"law":"l"},"code":0,"event":12309,"nonce":"","outcome":"o","peer":"p","record":1}'
)

TEXT_ROW = ROW.replace("12309", '"12309"')


def copied(**changes):
    """Spell a copy's event with some of its fields changed: the line itself, not a value that makes it."""
    fields = {
        "guest": '{"edition":"e","host":"h","name":"b","release":"r","vm_id":"00"}',
        "licence": '{"reason":1,"status":2}',
        "log": f"[[{ROW}],[{ROW},{ROW}]]",
        "records": "7",
        "services": '[[1,2,900,""],[2,3,1016,"4RHYD"]]',
        "source": '"a"',
        "type": '"GuestCopied"',
    } | changes
    body = ",".join(f'"{name}":{text}' for name, text in fields.items())
    return f'{{"by":0,"event":{{{body}}},"n":1,"t":100}}'


def test_logs_and_records_are_spelt_as_lists():
    row = LogRow(1, 1, 12309, "o", 0, "p", b"", Because("l"))
    guest = Guest("b", b"\0", "r", "e", "h")
    services = ServiceRow(1, 2, 900), ServiceRow(2, 3, 1016, "4RHYD")
    event = ev.GuestCopied("a", guest, Licence(2, 1), Log(((row,),), (row, row)), services, 7)
    assert write_line(Entry(1, 100, 0, event)) == copied()
    assert read_line(copied()) == Entry(1, 100, 0, event)
    read = read_line(copied(log="[[]]")).what
    assert type(read.log) is Log
    assert read.log == EMPTY_LOG
    assert {type(row) for row in read.services} == {ServiceRow}


MALFORMED = {
    "a log without chunks": {"log": "[]"},
    "a log that is no list": {"log": "7"},
    "a chunk that is no list": {"log": "[7]"},
    "a chunk that is a text": {"log": '[""]'},
    "a row that is no object": {"log": "[[7]]"},
    "a row without fields": {"log": "[[{}]]"},
    "a row with a field too many": {"log": f'[[{ROW[:-1]},"who":1}}]]'},
    "a row whose number is a text": {"log": f"[[{TEXT_ROW}]]"},
    "records that are no list": {"services": "7"},
    "a record that is no list": {"services": "[7]"},
    "a record that is a text": {"services": '["abcd"]'},
    "a record that is too short": {"services": "[[1,2]]"},
    "a record without its detail": {"services": "[[1,2,900]]"},
    "a record that is too long": {"services": '[[1,2,900,"",0]]'},
    "a record whose number is true": {"services": '[[true,2,900,""]]'},
    "a record whose instant is a float": {"services": '[[1,2.0,900,""]]'},
    "a record whose event is a text": {"services": '[[1,2,"900",""]]'},
    "a record whose detail is nothing": {"services": "[[1,2,900,null]]"},
    "a record whose detail is a number": {"services": "[[1,2,900,5]]"},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED)
def test_malformed_logs_and_records_are_refused(changes):
    with pytest.raises(JournalError):
        read_line(copied(**changes))


def test_a_line_has_at_most_one_end():
    line = write_line(Entry(0, 100, None, ev.ClockAdvanced()))
    with pytest.raises(JournalError):
        read_line("\n" + line + "\n" + line)


@given(st.binary(max_size=40))
def test_bytes_that_mean_nothing_raise_nothing_else(raw):
    with pytest.raises(JournalError):
        read_line(raw.decode("latin-1"))


@given(data=st.data())
def test_changed_lines_are_refused_or_mean_what_they_say(data):
    """A line that is read at all is written back byte for byte, whatever was done to it."""
    line = write_line(GOLDEN[data.draw(st.sampled_from(sorted(GOLDEN)))])
    at = data.draw(st.integers(0, len(line) - 1))
    put = data.draw(st.sampled_from([*'"09aA ,{}[]:\\-.', ""]))
    changed = line[:at] + put + line[at + 1 :]
    try:
        found = read_line(changed)
    except JournalError:
        return
    assert write_line(found) == changed


def test_canonical_json_sorts_and_refuses_what_is_no_number():
    assert canonical_json({"b": [1, None, True], "a": "é\n"}) == '{"a":"\\u00e9\\n","b":[1,null,true]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("inf"))


def test_unstructure_leaves_defaults_out_at_every_depth():
    guest = Guest("web01", b"\x01", "ws2016", "standard", "hv1")
    assert unstructure(cmd.AddGuest(guest)) == {
        "guest": {"name": "web01", "vm_id": "01", "release": "ws2016", "edition": "standard", "host": "hv1"}
    }


def test_structure_refuses_with_the_class_named():
    with pytest.raises(JournalError, match=r"^not a Guest: "):
        structure({"name": "web01"}, Guest)
    with pytest.raises(JournalError, match=r"^not a Guest: "):
        structure([], Guest)
