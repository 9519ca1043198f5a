"""Parsers that nobody here wrote read XML of a lab: pywbem items of Data Exchange, Salt records of a log."""

from __future__ import annotations

import types

import pytest

from avma_sim import Lab

HOSTILE = {
    "ends": "]]>",
    "<b>": "&amp;</VALUE>",
    "lines": "one\ntwo\r\nthree",
    "quote": "\"'",
    "smile": "\U0001f600",
}

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


@pytest.fixture
def lab():
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("web01")
    return lab


# Items of Data Exchange: each text is an INSTANCE element of CIM-XML, and pywbem holds it to the DTD.


@pytest.fixture
def decode(module):
    """Read the text of one embedded instance, as pywbem does with those that a server sends."""
    trees, parse = module("pywbem._tupletree"), module("pywbem._tupleparse")

    def decoded(text):
        return parse.TupleParser().parse_instance(trees.xml_to_tupletree_sax(text, "an item"))

    return decoded


def component(lab):
    lab.read_kvp("web01")
    (found,) = [
        each
        for each in lab.host("hv1").wmi(namespace=r"root\virtualization\v2").Msvm_KvpExchangeComponent()
        if each.GuestIntrinsicExchangeItems
    ]
    return found


def test_pywbem_reads_what_a_guest_says_of_itself(lab, decode):
    found = [decode(text) for text in component(lab).GuestIntrinsicExchangeItems]
    assert {each.classname for each in found} == {"Msvm_KvpExchangeDataItem"}
    assert {each["Name"]: each["Data"] or "" for each in found} == dict(lab.kvp_of("web01")["auto"])
    assert {int(each["Source"]) for each in found} == {2}
    assert {each.properties["Source"].type for each in found} == {"uint16"}


def test_pywbem_reads_what_a_guest_wrote_to_hurt(lab, decode):
    lab.write_kvp("web01", HOSTILE)
    found = [decode(text) for text in component(lab).GuestExchangeItems]
    pairs = {each["Name"]: each["Data"] for each in found}
    assert {key: pairs[key] for key in HOSTILE} == HOSTILE
    assert {int(each["Source"]) for each in found} == {1}


# Records: Salt's module renders each as XML and hands it to xmltodict.


@pytest.fixture
def win_event(lab, module, monkeypatch):
    """Salt's module; what pywin32 would ask Windows is answered by the machine's own wevtutil."""
    salt = module("salt.modules.win_event")

    def query(log, flags, text, session):
        assert session is None
        reverse = "true" if flags == "newest first" else "false"
        return f'wevtutil qe {log} "/q:{text}" /rd:{reverse} /f:xml'

    def following(line, count):
        shown = lab.guest("web01").run(f"{line} /c:{count}")
        assert shown.code == 0, shown.stdout
        return [f"{start}</Event>" for start in shown.stdout.split("</Event>")[:-1]]

    stand_in = types.SimpleNamespace(
        EvtQueryReverseDirection="newest first",
        EvtQueryForwardDirection="oldest first",
        EvtQuery=query,
        EvtNext=following,
        EvtRender=lambda event, kind: event[: None if kind == 1 else 0],  # 1: as XML
    )
    monkeypatch.setattr(salt, "win32evtlog", stand_in, raising=False)
    monkeypatch.setattr(salt, "xmltodict", module("xmltodict"), raising=False)
    return salt


def test_salt_finds_the_record_of_the_activation(lab, win_event):
    (found,) = win_event.query("Application", "*[System[(EventID=12309)]]", records=1)
    system, data = found["Event"]["System"], found["Event"]["EventData"]["Data"]
    assert system["EventID"]["#text"] == "12309"
    assert (system["Channel"], system["Level"]) == ("Application", "4")
    assert system["Provider"]["@Name"] == "Microsoft-Windows-Security-SPP"
    assert system["Computer"] == "web01"
    assert "success" in str(data)


def test_salt_reads_both_directions(lab, win_event):
    lab.deactivate("hv1")
    lab.ato("web01")
    newest = win_event.query("Application", "*[System[(EventID=12309)]]", records=1)
    oldest = win_event.query("Application", "*[System[(EventID=12309)]]", records=1, latest=False)
    assert "success" in str(oldest)
    assert "success" not in str(newest)
    numbers = [int(each["Event"]["System"]["EventRecordID"]) for each in (*oldest, *newest)]
    assert numbers[0] < numbers[1]
