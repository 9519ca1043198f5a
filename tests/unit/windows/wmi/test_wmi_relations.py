"""Tests what belongs to what on a host: associators and references, both ways and with each option."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring

from avma_sim import Lab
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi import reader
from avma_sim.windows.wmi.connection import Connection, WmiError

V2 = r"root\virtualization\v2"
MACHINE, DEVICE = "Msvm_ComputerSystem", "Msvm_KvpExchangeComponent"
SETTINGS, MACHINE_SETTINGS = "Msvm_KvpExchangeComponentSettingData", "Msvm_VirtualSystemSettingData"


def new_lab():
    lab = Lab(7)
    lab.add_host("hv1", release="ws2022", activated=True)
    for name in ("web01", "web02"):
        lab.add_guest(name, on="hv1", release="ws2019", edition="standard", key="avma")
        lab.start(name)
    return lab


LAB = new_lab()


def connect(lab=LAB):
    return Connection(Prompt(lab._world, "hv1"), V2)


def path_of(class_name, guest="web01"):
    """Return the relative path of a guest's instance of a class."""
    found = connect()
    name = next(row.values["Name"] for row in found.instances(MACHINE) if row.values["ElementName"] == guest)
    (path,) = (row.path for row in found.instances(class_name) if name in row.path)
    return path.partition(":")[2]


def asked(query, path, where="", lab=LAB):
    text = f"{query} OF {{{path}}}" + (f" WHERE {where}" if where else "")
    return connect(lab).query(text)


def names(rows):
    return [row.shape.name for row in rows]


@pytest.mark.parametrize(
    ("class_name", "others", "associations"),
    [
        (MACHINE, [DEVICE, MACHINE_SETTINGS], ["Msvm_SystemDevice", "Msvm_SettingsDefineState"]),
        (DEVICE, [MACHINE, SETTINGS], ["Msvm_SystemDevice", "Msvm_ElementSettingData"]),
        (
            SETTINGS,
            [DEVICE, MACHINE_SETTINGS],
            ["Msvm_ElementSettingData", "Msvm_VirtualSystemSettingDataComponent"],
        ),
        (
            MACHINE_SETTINGS,
            [MACHINE, SETTINGS],
            ["Msvm_SettingsDefineState", "Msvm_VirtualSystemSettingDataComponent"],
        ),
    ],
)
def test_each_end_finds_the_other(class_name, others, associations):
    path = path_of(class_name)
    found = asked("ASSOCIATORS", path)
    assert names(found) == others
    assert [row.path.partition(":")[2] for row in found] == [path_of(other) for other in others]
    references = asked("REFERENCES", path)
    assert names(references) == associations
    for row, other in zip(references, found, strict=True):
        assert list(row.values) == list(row.shape.keys)
        assert {value.partition(":")[2] for value in row.values.values()} == {path, path_of(other.shape.name)}


def test_roles_name_the_right_ends():
    path = path_of(MACHINE)
    device, settings = asked("REFERENCES", path)
    assert device.values["GroupComponent"].partition(":")[2] == path
    assert DEVICE in device.values["PartComponent"]
    assert settings.values["ManagedElement"].partition(":")[2] == path
    assert MACHINE_SETTINGS in settings.values["SettingData"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("ResultClass = Msvm_KvpExchangeComponent", [DEVICE]),
        ("resultclass=MSVM_KVPEXCHANGECOMPONENT", [DEVICE]),
        ("AssocClass = Msvm_SettingsDefineState", [MACHINE_SETTINGS]),
        ("AssocClass = Msvm_SettingsDefineState ResultClass = Msvm_KvpExchangeComponent", []),
        ("Role = GroupComponent", [DEVICE]),
        ("Role = partcomponent", []),
        ("ResultRole = SettingData", [MACHINE_SETTINGS]),
        ("ResultRole = GroupComponent", []),
        ("Role = ManagedElement ResultRole = SettingData", [MACHINE_SETTINGS]),
        ("Role = Whatever", []),
        ("ResultClass = Msvm_VirtualSystemManagementService", []),
    ],
)
def test_options_choose_among_associators(where, expected):
    assert names(asked("ASSOCIATORS", path_of(MACHINE), where)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("ResultClass = msvm_systemdevice", ["Msvm_SystemDevice"]),
        ("Role = ManagedElement", ["Msvm_SettingsDefineState"]),
        ("Role = PartComponent", []),
        ("ResultClass = Msvm_KvpExchangeComponent", []),
    ],
)
def test_options_choose_among_references(where, expected):
    assert names(asked("REFERENCES", path_of(MACHINE), where)) == expected


def test_keys_alone():
    (row,) = asked("ASSOCIATORS", path_of(MACHINE), "ResultClass = Msvm_KvpExchangeComponent KeysOnly")
    assert list(row.values) == [name for name in row.shape.properties if name in row.shape.keys]
    assert connect().get(row.path).values["EnabledState"] == 2
    for row in asked("REFERENCES", path_of(MACHINE), "KeysOnly"):
        assert list(row.values) == list(row.shape.keys)


def test_classes_alone():
    found = asked("ASSOCIATORS", path_of(DEVICE), "ClassDefsOnly")
    assert [(row.shape.name, dict(row.values)) for row in found] == [(MACHINE, {}), (SETTINGS, {})]
    assert [row.path for row in found] == [rf"\\HV1\{V2}:{MACHINE}", rf"\\HV1\{V2}:{SETTINGS}"]
    assert names(asked("REFERENCES", path_of(MACHINE), "ClassDefsOnly Role = GroupComponent")) == [
        "Msvm_SystemDevice"
    ]


def test_the_host_itself_has_no_device():
    (host, *_) = connect().instances(MACHINE)
    assert asked("ASSOCIATORS", host.path) == []


def test_associations_are_classes_with_instances_too():
    found = connect()
    for name in found.classes()[6:]:
        rows = found.instances(name)
        assert len(rows) == 2
        for row in rows:
            ends = [found.get(path) for path in row.values.values()]
            assert row in asked("REFERENCES", ends[0].path)
            assert row in asked("REFERENCES", ends[1].path)
            assert found.get(row.path) == row
    path = path_of(MACHINE, "web02")
    (chosen,) = [row for row in found.instances("Msvm_SystemDevice") if path in row.values["GroupComponent"]]
    assert chosen.values["PartComponent"].partition(":")[2] == path_of(DEVICE, "web02")


@pytest.mark.parametrize(
    ("path", "where", "code"),
    [
        ('Msvm_ComputerSystem.CreationClassName="Msvm_ComputerSystem",Name="x"', "", 0x80041002),
        ('Msvm_ComputerSystm.Name="x"', "", 0x80041010),
        ("Msvm_ComputerSystem", "", 0x8004103A),
        ('Msvm_ComputerSystem.Name="x"', "", 0x8004103A),
        ("MACHINE", "ResultClass = Msvm_Nothing", 0x80041010),
        ("MACHINE", "AssocClass = Msvm_Nothing", 0x80041010),
        ("MACHINE", "SchemaOnly", 0x8004100C),
    ],
)
def test_what_is_not_there(path, where, code):
    with pytest.raises(WmiError) as caught:
        asked("ASSOCIATORS", path_of(MACHINE) if path == "MACHINE" else path, where)
    assert caught.value.code == code


def test_the_way_that_programs_go_from_a_machine_to_its_items():
    """By the device for what the guest says; by the settings for what the host pushes."""
    lab = new_lab()
    lab.push_kvp("web01", {"Rack": "4"})
    found = connect(lab)
    (machine,) = found.query("SELECT * FROM Msvm_ComputerSystem WHERE ElementName = 'web01'")
    name = machine.values["Name"]
    path = f'Msvm_ComputerSystem.CreationClassName="Msvm_ComputerSystem",Name="{name}"'
    (device,) = asked("ASSOCIATORS", path, "ResultClass = Msvm_KvpExchangeComponent", lab)
    items = [fromstring(text) for text in device.values["GuestIntrinsicExchangeItems"]]
    told = [
        (each.findtext("*[@NAME='Name']/VALUE"), each.findtext("*[@NAME='Data']/VALUE")) for each in items
    ]
    assert dict(told)["OSVersion"] == "10.0.17763"
    (whole,) = asked("ASSOCIATORS", path, "ResultClass = Msvm_VirtualSystemSettingData", lab)
    assert whole.values["VirtualSystemType"] == "Microsoft:Hyper-V:System:Realized"
    assert (whole.values["VirtualSystemIdentifier"], whole.values["ElementName"]) == (name, "web01")
    (settings,) = asked("ASSOCIATORS", whole.path, "ResultClass = Msvm_KvpExchangeComponentSettingData", lab)
    (item,) = settings.values["HostExchangeItems"]
    assert "Rack" in item


NARROWED = [
    *("Msvm_ComputerSystem", "Msvm_KvpExchangeComponent", "Msvm_KvpExchangeComponentSettingData"),
    *("Msvm_VirtualSystemSettingData", "Msvm_VirtualSystemManagementService"),
]


@pytest.mark.parametrize("query", ["ASSOCIATORS OF", "REFERENCES OF"])
def test_what_leads_to_one_virtual_machine_reads_no_other(query, monkeypatch):
    lab = new_lab()
    for name in ("many01", "many02", "many03"):
        lab.add_guest(name, on="hv1", release="ws2019", edition="standard").start()
    found = {}
    for narrow in (True, False):
        if not narrow:
            monkeypatch.setattr(reader, "guests_named", lambda *_: [])
        there = connect(lab)
        machines = [row.path for name in NARROWED for row in there.instances(name)]
        before = there.rows_read
        found[narrow] = [there.query(f"{query} {{{path}}}") for path in machines]
        found[narrow].append([there.get(path) for path in machines])
        found[narrow].append(there.rows_read - before)
    assert found[True][:-1] == found[False][:-1]
    assert found[True][-1] < found[False][-1] / 2
