"""Tests methods of a host: power of its virtual machines, and items that it pushes, all of them or none."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.facts.wmi import wmi_facts
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.wmi.connection import Called, Connection, WmiError
from avma_sim.windows.wmi.embedded import item_text
from avma_sim.windows.wmi.embedded_read import TEXT_MAX, Item, read_item

V2 = r"root\virtualization\v2"
SERVICE = "Msvm_VirtualSystemManagementService=@"
DONE, FAILED, DENIED, NOT_SUPPORTED, BAD, WRONG_STATE = 0, 32768, 32769, 32770, 32773, 32775


def new_lab():
    lab = Lab(7)
    for name in ("hv1", "hv2"):
        lab.add_host(name, release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.add_guest("far01", on="hv2", release="ws2019", edition="standard")
    lab.start("web01")
    return lab


def running(lab):
    return None


MAKE = {
    "running": running,
    "off": lambda lab: lab.stop("web01"),
    "saved": lambda lab: lab.save_state("web01"),
    "paused": lambda lab: lab.pause("web01"),
}


def connect(lab, *, elevated=True, host="hv1"):
    return Connection(Prompt(lab._world, host, elevated), V2)


def machine(lab, name="web01", host="hv1"):
    rows = connect(lab, host=host).instances("Msvm_ComputerSystem")
    return next(row.path for row in rows if row.values["ElementName"] == name)


def change(lab, method, items, target=None, *, elevated=True):
    given = {"TargetSystem": machine(lab) if target is None else target, "DataItems": items}
    called = connect(lab, elevated=elevated).call(SERVICE, method, given)
    assert called.out == {"Job": None}
    return called.value


def text(key, value="", source=0):
    return item_text(key, value, source)


def pushed(lab):
    (row,) = connect(lab).instances("Msvm_KvpExchangeComponentSettingData")
    found = map(fromstring, row.values["HostExchangeItems"])
    return {
        each.findtext("*[@NAME='Name']/VALUE"): each.findtext("*[@NAME='Data']/VALUE") or "" for each in found
    }


# Power. What is asked, from each power: the power after it, or a code.

POWER: dict[int, dict[str, int | str]] = {
    2: {"running": WRONG_STATE, "off": "running", "saved": "running", "paused": "running"},
    3: {"running": "off", "off": WRONG_STATE, "saved": "off", "paused": "off"},
    6: {"running": "saved", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": "saved"},
    9: {"running": "paused", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": WRONG_STATE},
    10: {"running": "running", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": WRONG_STATE},
    11: {"running": "running", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": WRONG_STATE},
    32773: {"running": "saved", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": "saved"},
    32776: {"running": "paused", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": WRONG_STATE},
    32777: {"running": WRONG_STATE, "off": WRONG_STATE, "saved": "running", "paused": "running"},
    32779: {"running": "saved", "off": WRONG_STATE, "saved": WRONG_STATE, "paused": "saved"},
    0: dict.fromkeys(MAKE, BAD),
    4: dict.fromkeys(MAKE, BAD),
    65535: dict.fromkeys(MAKE, BAD),
}


@pytest.mark.parametrize("power", MAKE)
@pytest.mark.parametrize("asked", POWER)
def test_a_machine_is_asked_to_change_its_state(asked, power):
    lab = new_lab()
    MAKE[power](lab)
    starts = len(lab.state.services["web01"])
    before = lab.trace_hash
    called = connect(lab).call(machine(lab), "RequestStateChange", {"RequestedState": asked})
    expected = POWER[asked][power]
    if isinstance(expected, int):
        assert called == Called(expected, {"Job": None})
        assert (lab.state.guests["web01"].power, lab.trace_hash) == (power, before)
    else:
        assert called == Called(DONE, {"Job": None})
        assert lab.state.guests["web01"].power == expected
        row = connect(lab).get(machine(lab))
        assert row.values["EnabledState"] == wmi_facts().powers[expected]
    if asked in {10, 11} and power == "running":
        assert len(lab.state.services["web01"]) > starts, "it was started anew"


def test_the_table_is_that_of_the_facts():
    assert {number for number in POWER if POWER[number]["off"] != BAD} == set(wmi_facts().state_changes)


@pytest.mark.parametrize(
    ("name", "elevated", "code"),
    [("web01", False, DENIED), ("HV1", True, NOT_SUPPORTED), ("HV1", False, DENIED)],
)
def test_who_may_not_and_what_cannot(name, elevated, code):
    lab = new_lab()
    before = lab.trace_hash
    found = connect(lab, elevated=elevated)
    assert found.call(machine(lab, name), "RequestStateChange", {"RequestedState": 3}).value == code
    assert lab.trace_hash == before


def test_a_state_that_the_world_refuses_is_invalid():
    lab = new_lab()
    lab.migrate("web01", "hv2", copy="1m", blackout="1m")
    lab.advance("90s")
    assert lab.state.guests["web01"].on_its_way
    lab2_path = next(
        row.path
        for host in ("hv1", "hv2")
        for row in connect(lab, host=host).instances("Msvm_ComputerSystem")
        if row.values["ElementName"] == "web01"
    )
    host = lab.state.guests["web01"].host
    assert (
        connect(lab, host=host).call(lab2_path, "RequestStateChange", {"RequestedState": 3}).value
        == WRONG_STATE
    )


def test_a_machine_that_setup_does_not_bring_up_has_failed():
    lab = new_lab()
    key = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
    lab.add_guest("new01", on="hv1", release="ws2019", edition="standard", key="none", unattend_key=key)
    assert (
        connect(lab).call(machine(lab, "new01"), "RequestStateChange", {"RequestedState": 2}).value == FAILED
    )
    assert lab.state.guests["new01"].power == "off"


@pytest.mark.parametrize("timeout", [None, "00000000000100.000000:000", "20250101000000.000000+000"])
def test_a_time_limit_is_taken(timeout):
    lab = new_lab()
    given = {"requestedstate": "3", "timeoutperiod": timeout}
    assert connect(lab).call(machine(lab), "requeststatechange", given).value == DONE


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, 0x8004102F),
        ({"RequestedState": 3, "Job": None}, 0x8004102F),
        ({"RequestedState": 65536}, 0x80041005),
        ({"RequestedState": 3, "TimeoutPeriod": "1h"}, 0x80041005),
        ({"RequestedState": 3, "TimeoutPeriod": 5}, 0x80041005),
    ],
)
def test_a_request_that_does_not_fit(given, code):
    lab = new_lab()
    with pytest.raises(WmiError) as caught:
        connect(lab).call(machine(lab), "RequestStateChange", given)
    assert caught.value.code == code


def test_the_service_itself_stays_as_it_is():
    given = {"RequestedState": 3}
    assert connect(new_lab()).call(SERVICE, "RequestStateChange", given).value == NOT_SUPPORTED


# Items.


def test_items_are_added_changed_and_taken_back():
    lab = new_lab()
    assert change(lab, "AddKvpItems", [text("Rack", "<4> & 5"), text("Empty")]) == DONE
    assert pushed(lab) == {"Rack": "<4> & 5", "Empty": ""}
    assert dict(lab.kvp_of("web01")["external"]) == pushed(lab)
    assert change(lab, "ModifyKvpItems", (text("Rack", "6"),)) == DONE
    assert pushed(lab) == {"Rack": "6", "Empty": ""}
    assert change(lab, "RemoveKvpItems", [text("Rack", "another value"), text("Empty")]) == DONE
    assert pushed(lab) == dict(lab.kvp_of("web01")["external"]) == {}


NAMED = {
    "there": text("Rack", "9"),
    "new": text("New", "9"),
    "twice": text("Rack", "8"),
    "long": text("k" * 300),
}


@pytest.mark.parametrize(
    ("method", "items", "code"),
    [
        ("AddKvpItems", ["new"], DONE),
        ("AddKvpItems", ["there"], FAILED),
        ("AddKvpItems", ["new", "there"], FAILED),
        ("AddKvpItems", ["new", "long"], BAD),
        ("AddKvpItems", ["new", "new"], BAD),
        ("ModifyKvpItems", ["there"], DONE),
        ("ModifyKvpItems", ["new"], FAILED),
        ("ModifyKvpItems", ["there", "new"], FAILED),
        ("ModifyKvpItems", ["there", "twice"], BAD),
        ("RemoveKvpItems", ["there"], DONE),
        ("RemoveKvpItems", ["there", "new"], FAILED),
        ("RemoveKvpItems", ["there", "twice"], BAD),
        ("RemoveKvpItems", [], BAD),
    ],
)
def test_all_or_nothing(method, items, code):
    lab = new_lab()
    lab.push_kvp("web01", {"Rack": "4"})
    before = pushed(lab)
    assert change(lab, method, [NAMED[each] for each in items]) == code
    assert (pushed(lab) == before) == (code != DONE)


@pytest.mark.parametrize(("count", "code"), [(1, DONE), (128, DONE), (129, BAD), (0, BAD)])
def test_how_many_items_a_call_takes(count, code):
    lab = new_lab()
    assert change(lab, "AddKvpItems", [text(f"k{n}") for n in range(count)]) == code
    assert len(pushed(lab)) == (0 if code else count)


def test_a_pool_that_is_full_takes_no_more():
    lab = new_lab()
    calls = 0
    while change(lab, "AddKvpItems", [text(f"k{calls}-{n}") for n in range(128)]) == DONE:
        calls += 1
        assert calls < 100
    assert len(pushed(lab)) == calls * 128
    assert change(lab, "AddKvpItems", [text(f"k{calls}-{n}") for n in range(128)]) == FAILED


@pytest.mark.parametrize(
    "target",
    [
        "",
        "?",
        "Msvm_ComputerSystem",
        'Msvm_ComputerSystem.CreationClassName="Msvm_ComputerSystem",Name="x"',
        SERVICE,
        "Win32_BIOS=@",
        'Msvm_VirtualSystemSettingData.InstanceID="Microsoft:WEB01"',
        "the host",
        "another host's",
    ],
)
def test_a_target_that_is_none(target):
    lab = new_lab()
    found = {"the host": machine(lab, "HV1"), "another host's": machine(lab, "far01", "hv2")}.get(
        target, target
    )
    number = machine(lab).split('"')[3]
    assert change(lab, "AddKvpItems", [text("a")], found.replace("WEB01", number)) == BAD


def test_who_may_not_change_items():
    lab = new_lab()
    before = lab.trace_hash
    assert change(lab, "AddKvpItems", [text("a")], elevated=False) == DENIED
    assert lab.trace_hash == before


@pytest.mark.parametrize("source", [1, 2, 3, 5])
def test_an_item_of_another_source(source):
    assert change(new_lab(), "AddKvpItems", [text("a", "b", source)]) == BAD


def test_items_of_the_host_alone_are_not_served():
    with pytest.raises(NotServed, match="AddKvpItems with items of the host alone"):
        change(new_lab(), "AddKvpItems", [text("a", "b", 4)])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"TargetSystem": "x"}, 0x8004102F),
        ({"DataItems": ["x"]}, 0x8004102F),
        ({"TargetSystem": "x", "DataItems": "x"}, 0x80041005),
        ({"TargetSystem": "x", "DataItems": [1]}, 0x80041005),
        ({"TargetSystem": 5, "DataItems": ["x"]}, 0x80041005),
    ],
)
def test_arguments_that_do_not_fit(given, code):
    with pytest.raises(WmiError) as caught:
        connect(new_lab()).call(SERVICE, "AddKvpItems", given)
    assert caught.value.code == code


VALUES = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=2)
LAB = new_lab()


@given(
    st.sampled_from(["AddKvpItems", "ModifyKvpItems", "RemoveKvpItems", "RequestStateChange"]),
    st.dictionaries(
        st.sampled_from(["TargetSystem", "DataItems", "RequestedState", "TimeoutPeriod", "Job"]),
        VALUES | st.sampled_from([machine(LAB), SERVICE, [text("a"), text("b", "c")]]),
        max_size=3,
    ),
    st.sampled_from([SERVICE, machine(LAB)]),
)
def test_no_call_gives_anything_but_a_result_or_a_code(method, given, path):
    found = connect(LAB.fork())
    try:
        code = found.call(path, method, given).value
    except WmiError as error:
        code = error.code
    assert code in {DONE, FAILED, NOT_SUPPORTED, BAD, WRONG_STATE, 0x80041005, 0x8004102E, 0x8004102F}


# Texts of items.


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "<INSTANCE/>",
        '<INSTANCE CLASSNAME="Msvm_Other"><PROPERTY NAME="Name"><VALUE>a</VALUE></PROPERTY></INSTANCE>',
        text("a").replace("INSTANCE", "OBJECT"),
        text(""),
        text("a").replace("<VALUE>0<", "<VALUE>many<"),
        text("a")[:-1],
        "<!DOCTYPE x>" + text("a"),
        '<!DOCTYPE x [<!ENTITY e "v">]>' + text("a"),
        text("a").replace("<VALUE>a<", "<VALUE>&e;<"),
        text("a" * TEXT_MAX),
        "\ud800",
        "\0",
    ],
    ids=range(14),
)
def test_a_text_that_is_no_item(bad):
    lab = new_lab()
    assert read_item(bad) is None
    assert change(lab, "AddKvpItems", [text("good"), bad]) == BAD
    assert pushed(lab) == {}


PLAIN = """<PROPERTY NAME="name"><VALUE>k</VALUE></PROPERTY>
<PROPERTY NAME="Data"><VALUE><![CDATA[v]]></VALUE></PROPERTY>"""


@pytest.mark.parametrize(
    "written",
    [
        text("k", "v"),
        '<?xml version="1.0"?>\n' + text("k", "v"),
        text("k", "v").replace("Msvm_Kvp", "MSVM_KVP"),
        f'<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem"><QUALIFIER NAME="x"/>{PLAIN}</INSTANCE>',
    ],
)
def test_a_text_is_read_as_programs_write_it(written):
    assert read_item(written) == Item("k", "v", 0)


LETTERS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30
)


@given(LETTERS.filter(bool), LETTERS, st.integers(0, 65535))
def test_an_item_that_is_written_is_read_again(key, value, source):
    assert read_item(text(key, value, source)) == Item(key, value, source)


PIECES = [*"<>/&;= \"'", "INSTANCE", "PROPERTY", "CLASSNAME", "VALUE"]


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_of_an_item_gives_an_error(written):
    assert read_item(written) is None
