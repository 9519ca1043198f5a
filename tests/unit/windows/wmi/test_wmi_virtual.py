"""Tests what a host's WMI shows of its virtual machines: power, the channel, and items as XML that parses."""

from __future__ import annotations

import attrs
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_view import KvpView
from avma_sim.windows.wmi.embedded import item_text
from avma_sim.windows.wmi.rows import instances

ORDER = ["Caption", "Data", "Description", "ElementName", "InstanceID", "Name", "Source"]
COMPONENT, SETTINGS = "Msvm_KvpExchangeComponent", "Msvm_KvpExchangeComponentSettingData"


def new_lab(release="ws2019", **host):
    lab = Lab(7)
    lab.add_host("hv1", release="ws2022", activated=True, **host)
    lab.add_host("hv2", release="ws2022", activated=True)
    edition = "linux" if release == "linux" else "standard"
    lab.add_guest("web01", on="hv1", release=release, edition=edition)
    lab.start("web01")
    return lab


def rows(lab, class_name, host="hv1"):
    return instances(lab._world, host, class_name)


def component(lab, host="hv1"):
    (row,) = rows(lab, COMPONENT, host)
    return row


def parsed(text):
    """Return an item's properties as most readers do: the text of VALUE by name, or None."""
    root = fromstring(text)
    assert (root.tag, root.get("CLASSNAME")) == ("INSTANCE", "Msvm_KvpExchangeDataItem")
    assert [each.get("NAME") for each in root] == ORDER
    return {each.get("NAME"): each.findtext("VALUE") for each in root}


def pairs(texts):
    return {each["Name"]: each["Data"] or "" for each in map(parsed, texts)}


# The text of an item.


def test_the_text_of_an_item_is_exactly():
    assert item_text("OSVersion", "10.0", 2) == (
        '<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem">'
        '<PROPERTY NAME="Caption" PROPAGATED="true" TYPE="string"></PROPERTY>'
        '<PROPERTY NAME="Data" TYPE="string"><VALUE>10.0</VALUE></PROPERTY>'
        '<PROPERTY NAME="Description" PROPAGATED="true" TYPE="string"></PROPERTY>'
        '<PROPERTY NAME="ElementName" PROPAGATED="true" TYPE="string"></PROPERTY>'
        '<PROPERTY NAME="InstanceID" PROPAGATED="true" TYPE="string"></PROPERTY>'
        '<PROPERTY NAME="Name" TYPE="string"><VALUE>OSVersion</VALUE></PROPERTY>'
        '<PROPERTY NAME="Source" TYPE="uint16"><VALUE>2</VALUE></PROPERTY>'
        "</INSTANCE>"
    )


def test_an_empty_value_has_no_element():
    text = item_text("CSDVersion", "", 0)
    assert '<PROPERTY NAME="Data" TYPE="string"></PROPERTY>' in text
    assert parsed(text)["Data"] is None
    assert parsed(text)["Source"] == "0"


@pytest.mark.parametrize(
    "value",
    [
        "]]>",
        "<![CDATA[x]]>",
        "a & b < c > d \" ' &amp;",
        "</VALUE></PROPERTY></INSTANCE>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
        "one\ntwo\r\nthree\rfour\tfive",
        "  blanks around  ",
        "käse 𝄞",
    ],
)
def test_a_hostile_value_comes_out_as_it_went_in(value):
    assert parsed(item_text(value, value, 1)) | {"Source": ""} == {
        **dict.fromkeys(ORDER),
        "Data": value,
        "Name": value,
        "Source": "",
    }


@pytest.mark.parametrize("bad", ["\0", "\x01", "\x1b", "\x0b", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(bad):
    assert parsed(item_text("key", f"a{bad}b", 1))["Data"] == "a\ufffdb"


@given(st.text(st.characters()), st.text())
def test_every_item_parses(key, value):
    found = parsed(item_text(key, value, 1))
    assert len(found["Name"] or "") == len(key)
    assert len(found["Data"] or "") == len(value)


# Virtual machines.


def test_the_host_comes_first_and_then_its_own_machines():
    lab = new_lab()
    lab.add_guest("other", on="hv2", release="ws2019", edition="standard")
    host, guest = rows(lab, "Msvm_ComputerSystem")
    assert (host["Caption"], host["Description"]) == (
        "Hosting Computer System",
        "Microsoft Hosting Computer System",
    )
    assert (host["Name"], host["ElementName"], host["EnabledState"]) == ("HV1", "HV1", 2)
    assert (guest["Caption"], guest["Description"]) == (
        "Virtual Machine",
        "Microsoft Virtual Computer System",
    )
    said = dict.fromkeys(item.value for item in lab.kvp_of("web01").raw["auto-external"])
    assert guest["Name"] in said, "the guest is told the same id"
    assert (guest["ElementName"], guest["HealthState"]) == ("web01", 5)
    assert [row["ElementName"] for row in rows(lab, "Msvm_ComputerSystem", "hv2")] == ["HV2", "other"]


@pytest.mark.parametrize(("verb", "state"), [("", 2), ("stop", 3), ("save_state", 6), ("pause", 9)])
def test_enabled_state_is_its_power(verb, state):
    lab = new_lab()
    if verb:
        getattr(lab, verb)("web01")
    assert rows(lab, "Msvm_ComputerSystem")[1]["EnabledState"] == state


def test_the_service():
    (row,) = rows(new_lab(), "Msvm_VirtualSystemManagementService")
    assert (row["SystemName"], row["Name"], row["Started"]) == ("HV1", "vmms", True)


def test_items_have_no_instances_of_their_own():
    assert rows(new_lab(), "Msvm_KvpExchangeDataItem") == []


# The channel.


@pytest.mark.parametrize(("release", "status"), [("ws2019", 2), ("ws2012r2", 3), ("linux", 3)])
def test_a_channel_that_works(release, status):
    row = component(new_lab(release))
    assert row["OperationalStatus"] == (status,)
    assert row["StatusDescriptions"] == ({2: "OK", 3: "Degraded"}[status],)
    assert row["EnabledState"] == 2


@pytest.mark.parametrize("verb", ["stop", "save_state"])
def test_no_contact_to_one_that_is_off(verb):
    lab = new_lab()
    lab.read_kvp("web01")
    getattr(lab, verb)("web01")
    row = component(lab)
    assert (row["OperationalStatus"], row["EnabledState"]) == ((12,), 2)
    assert row["GuestIntrinsicExchangeItems"] is row["GuestExchangeItems"] is None


def test_one_that_is_paused_shows_what_was_read():
    lab = new_lab()
    lab.read_kvp("web01")
    before = component(lab)
    lab.pause("web01")
    assert component(lab) == before


def test_data_exchange_that_is_off():
    lab = new_lab()
    lab.set_data_exchange("web01", on=False)
    row = component(lab)
    assert (row["OperationalStatus"], row["EnabledState"]) == ((12,), 3)
    assert rows(lab, SETTINGS)[0]["EnabledState"] == 3


def test_a_guests_service_that_is_stopped():
    lab = new_lab()
    lab.set_kvp_service("web01", running=False)
    row = component(lab)
    assert (row["OperationalStatus"], row["EnabledState"]) == ((12,), 2)


def test_a_daemon_that_fell_silent():
    lab = new_lab("linux")
    lab.set_kvp_service("web01", running=False)
    lab.read_kvp("web01")
    lab.advance("2m")
    assert component(lab)["OperationalStatus"] == (13,)


def test_versions_that_are_still_asked_for_and_those_that_never_met():
    lab = new_lab(kvp_packets=True, kvp_latency="1s")
    assert component(lab)["OperationalStatus"] == (12,), "the exchange is under way"
    lab.advance("5m")
    assert component(lab)["OperationalStatus"] == (2,)
    link = lab.state.links["web01"]
    lab.state.links["web01"] = attrs.evolve(link, host=None)
    assert component(lab)["OperationalStatus"] == (7,)


# Items.


def test_nothing_was_read_yet():
    row = component(new_lab())
    assert row["GuestIntrinsicExchangeItems"] is row["GuestExchangeItems"] is None


def test_items_are_those_that_the_host_has_read():
    lab = new_lab()
    lab.write_kvp("web01", {"Build": "7 & 8"})
    lab.read_kvp("web01")
    row = component(lab)
    intrinsic = row["GuestIntrinsicExchangeItems"]
    assert pairs(intrinsic) == dict(lab.kvp_of("web01")["auto"])
    assert {parsed(text)["Source"] for text in intrinsic} == {"2"}
    assert pairs(row["GuestExchangeItems"])["Build"] == "7 & 8"
    assert {parsed(text)["Source"] for text in row["GuestExchangeItems"]} == {"1"}
    lab.write_kvp("web01", {"Build": "9"})
    assert component(lab) == row, "the host has not read it"


def test_a_pool_that_was_read_and_is_empty_is_no_null():
    lab = new_lab()
    lab.read_kvp("web01")
    view = lab.state.views["web01"]
    lab.state.views["web01"] = attrs.evolve(view, pools=((1, ()),))
    row = component(lab)
    assert (row["GuestExchangeItems"], row["GuestIntrinsicExchangeItems"]) == ((), None)


def test_what_another_host_has_read_is_not_known_here():
    lab = new_lab()
    lab.read_kvp("web01")
    lab.state.views["web01"] = KvpView("hv2", 0, ((1, (KvpItem("a", "b"),)),))
    assert component(lab)["GuestExchangeItems"] is None


def test_what_the_host_pushes():
    lab = new_lab()
    lab.push_kvp("web01", {"Rack": "<4>", "Empty": ""})
    (row,) = rows(lab, SETTINGS)
    assert pairs(row["HostExchangeItems"]) == {"Rack": "<4>", "Empty": ""}
    assert {parsed(text)["Source"] for text in row["HostExchangeItems"]} == {"0"}
    assert (row["HostOnlyItems"], row["DisableHostKVPItems"]) == ((), False)
    assert row["OtherResourceType"] == "Microsoft:Hyper-V:Key-Value Pair Exchange Component"


def test_names_of_devices():
    lab = new_lab()
    name = rows(lab, "Msvm_ComputerSystem")[1]["Name"]
    row = component(lab)
    assert row["SystemName"] == name
    assert row["DeviceID"] == rf"Microsoft:{name}\2A34B1C2-FD73-4043-8A5B-DD2159BC743F"
    assert rows(lab, SETTINGS)[0]["InstanceID"] == row["DeviceID"]


def test_what_a_guest_writes_to_mislead_a_reader_stays_one_items_value():
    lab = new_lab()
    hostile = {"]]>": "</VALUE>", "FullyQualifiedDomainName": "x\x01y\r\n]]>"}
    lab.write_kvp("web01", hostile)
    lab.read_kvp("web01")
    found = pairs(component(lab)["GuestExchangeItems"])
    assert found["]]>"] == "</VALUE>"
    assert found["FullyQualifiedDomainName"] == "x\ufffdy\r\n]]>"
    assert len(found) == len(lab.kvp_of("web01")["guest"])


def test_the_new_host_of_a_machine_knows_nothing_until_it_reads():
    lab = new_lab()
    lab.push_kvp("web01", {"Rack": "4"})
    lab.read_kvp("web01")
    lab.migrate("web01", "hv2")
    assert rows(lab, COMPONENT, "hv1") == []
    row = component(lab, "hv2")
    assert (row["OperationalStatus"], row["GuestIntrinsicExchangeItems"]) == ((2,), None)
    assert pairs(rows(lab, SETTINGS, "hv2")[0]["HostExchangeItems"]) == {"Rack": "4"}
    lab.read_kvp("web01")
    assert component(lab, "hv2")["GuestIntrinsicExchangeItems"]
