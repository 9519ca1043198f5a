"""Tests the facts of WMI: shapes of classes, ways to be unset, methods and what they return."""

from __future__ import annotations

import re

import pytest

from avma_sim.facts.load import STATUSES
from avma_sim.facts.wmi import NEVER, WmiParameter, read_wmi_tables, wmi_facts
from avma_sim.model.guest import LANGUAGES
from avma_sim.model.host import PLATFORMS

TABLES = read_wmi_tables()
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
WMI = wmi_facts()
NEWEST = 10**6
CLASSES = {
    r"root\cimv2": (
        "SoftwareLicensingProduct SoftwareLicensingService Win32_OperatingSystem Win32_ComputerSystem "
        "Win32_BIOS Win32_BaseBoard Win32_ComputerSystemProduct Win32_TimeZone Win32_NTLogEvent"
    ),
    r"root\virtualization\v2": (
        "Msvm_ComputerSystem Msvm_KvpExchangeComponent Msvm_KvpExchangeComponentSettingData "
        "Msvm_KvpExchangeDataItem Msvm_VirtualSystemManagementService Msvm_VirtualSystemSettingData "
        "Msvm_SystemDevice Msvm_ElementSettingData Msvm_SettingsDefineState "
        "Msvm_VirtualSystemSettingDataComponent"
    ),
}
COLUMNS = {
    "namespace": {"name", "of", "from_build"},
    "wmi_class": {"name", "namespace", "keys", "about"},
    "properties": {"class", "type", "unset", "names"},
    "constants": {"class", "values"},
    "meanings": {"class", "property", "values"},
    "power": {"word", "enabled_state"},
    "item_list": {"property", "number"},
    "device": {"id", "guid"},
    "hardware": {
        *("id", "manufacturer", "model", "family"),
        *("bios_manufacturer", "bios_version", "smbios", "released"),
    },
    "language": {"id", "number"},
    "association": {"name", "ends", "roles", "same"},
    "read_when_asked": {"class"},
    "state_change": {"number", "word", "power"},
    "methods": {"class", "codes", "signatures"},
    "return_codes": {"id", "values"},
}
OPTIONAL = {"properties": {"array", "from_build"}, "methods": {"from_build"}, "association": {"part"}}
# The CIM types that occur, and whether a value of Python is one.
BITS = {
    "uint8": (0, 8),
    "uint16": (0, 16),
    "uint32": (0, 32),
    "uint64": (0, 64),
    "sint16": (-1, 15),
    "sint32": (-1, 31),
}
DATETIME = re.compile(r"\d{14}\.\d{6}[+-]\d{3}")


def fits(type_, value):
    if type_ in BITS:
        low, bits = BITS[type_]
        return type(value) is int and low << bits <= value < 1 << bits
    if type_ == "boolean":
        return type(value) is bool
    return type(value) is str and (type_ in {"string", "reference"} or DATETIME.fullmatch(value) is not None)


def holds(known, value):
    if value is None:
        return True
    if known.array:
        return type(value) is tuple and all(fits(known.type, each) for each in value)
    return fits(known.type, value)


each_class = pytest.mark.parametrize("shape", WMI.classes.values(), ids=lambda shape: shape.name)


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda value: str(value)[:40])
def test_each_row_has_its_columns_a_status_and_a_source(table, row):
    assert COLUMNS[table] <= set(row) - {"status", "source"} <= COLUMNS[table] | OPTIONAL.get(table, set())
    assert row["status"] in STATUSES
    assert row["source"].strip()


def test_classes_are_these_in_their_namespaces():
    assert list(WMI.namespaces) == list(CLASSES)
    for namespace, names in CLASSES.items():
        assert [each.name for each in WMI.classes.values() if each.namespace == namespace] == names.split()


@each_class
def test_keys_and_what_has_meanings_are_properties_of_the_class(shape):
    assert {*shape.keys, *shape.meanings} <= set(shape.properties)
    assert shape.about.endswith(".")
    assert bool(shape.keys) == (shape.name != "Msvm_KvpExchangeDataItem")
    assert list(shape.properties) == sorted(shape.properties, key=str.lower)


@each_class
def test_values_fit_their_cim_types(shape):
    for known in shape.properties.values():
        assert known.type in {*BITS, "string", "boolean", "datetime", "reference"}, known
        assert holds(known, known.value), known
        assert holds(known, known.unset), known


def test_no_property_and_no_method_is_told_twice():
    for table, column in (("properties", "names"), ("methods", "signatures")):
        told = [
            (group["class"], each.partition("(")[0].lower())
            for group in TABLES[table]
            for each in group[column]
        ]
        assert len(set(told)) == len(told)
        assert {name for name, _ in told} <= set(WMI.classes)


def test_each_constant_is_of_a_property_and_told_once():
    told = [(group["class"], name) for group in TABLES["constants"] for name in group["values"]]
    assert len(set(told)) == len(told)
    for name, known in told:
        assert known in WMI.classes[name].properties


@pytest.mark.parametrize(
    ("name", "unset"),
    [
        ("PartialProductKey", None),
        ("KeyManagementServiceMachine", ""),
        ("LicenseIsAddon", False),
        ("EvaluationEndDate", "16010101000000.000000-000"),
        ("AutomaticVMActivationLastActivationTime", NEVER),
        ("TokenActivationILVID", 4294967295),
        ("GracePeriodRemaining", 0),
    ],
)
def test_a_product_says_that_something_is_unset(name, unset):
    known = WMI.classes["SoftwareLicensingProduct"].properties[name]
    assert known.unset == known.value == unset
    assert type(known.unset) is type(unset)


def test_an_array_that_is_empty_is_one():
    known = WMI.classes["Msvm_KvpExchangeComponentSettingData"].properties["HostExchangeItems"]
    assert (known.array, known.unset) == (True, ())


def test_intervals_of_volume_activation_are_the_documented_ones():
    for name in ("SoftwareLicensingProduct", "SoftwareLicensingService"):
        known = WMI.classes[name].properties
        assert (known["VLActivationInterval"].value, known["VLRenewalInterval"].value) == (120, 10080)


def test_nothing_of_avma_is_the_services():
    names = WMI.classes["SoftwareLicensingService"].properties
    assert not [name for name in names if name.startswith(("AutomaticVM", "Inherited", "Virtualization"))]


@pytest.mark.parametrize(
    ("build", "has", "lacks"),
    [
        (7601, "ApplicationID", "IAID ADActivationObjectDN AutomaticVMActivationLastActivationTime"),
        (9200, "ADActivationObjectDN", "IAID"),
        (9600, "IAID AutomaticVMActivationHostMachineName AutomaticVMActivationHostDigitalPid2", ""),
    ],
)
def test_a_build_has_what_had_come_by_then(build, has, lacks):
    shape = WMI.classes["SoftwareLicensingProduct"].of_build(build)
    assert set(has.split()) <= set(shape.properties)
    assert not set(lacks.split()) & set(shape.properties)
    assert ("SetVLActivationTypeEnabled" in shape.methods) == (build >= 9200)
    assert shape is WMI.classes["SoftwareLicensingProduct"].of_build(build)


def test_the_newest_build_has_all():
    for shape in WMI.classes.values():
        assert shape.of_build(NEWEST).properties == shape.properties
        assert shape.of_build(NEWEST).methods == shape.methods


def test_a_host_can_be_kept_from_pushing_since_1703():
    shape = WMI.classes["Msvm_KvpExchangeComponentSettingData"]
    assert "DisableHostKVPItems" not in shape.of_build(14393).properties
    assert "DisableHostKVPItems" in shape.of_build(15063).properties


def test_methods_that_change_items():
    methods = WMI.classes["Msvm_VirtualSystemManagementService"].methods
    for name in ("AddKvpItems", "ModifyKvpItems", "RemoveKvpItems"):
        assert methods[name].parameters == (
            WmiParameter("TargetSystem", "reference", of="CIM_ComputerSystem"),
            WmiParameter("DataItems", "string", array=True),
            WmiParameter("Job", "reference", out=True, of="CIM_ConcreteJob"),
        )
        assert list(methods[name].codes) == [0, 4096, *range(32768, 32779)]


@pytest.mark.parametrize(
    ("of", "name", "parameters"),
    [
        ("Product", "Activate", ()),
        (
            "Product",
            "GetPolicyInformationDWord",
            (WmiParameter("PolicyName", "string"), WmiParameter("PolicyValue", "uint32", out=True)),
        ),
        ("Product", "GetTokenActivationGrants", (WmiParameter("Grants", "string", array=True, out=True),)),
        ("Service", "InstallProductKey", (WmiParameter("ProductKey", "string"),)),
        ("Service", "RefreshLicenseStatus", ()),
    ],
)
def test_a_method_of_licensing(of, name, parameters):
    method = WMI.classes[f"SoftwareLicensing{of}"].methods[name]
    assert (method.parameters, dict(method.codes)) == (parameters, {0: "done"})


def test_numbers_of_states_and_sources():
    assert WMI.powers == {"running": 2, "off": 3, "saved": 6, "paused": 9}
    assert WMI.sources == {
        "HostExchangeItems": 0,
        "GuestExchangeItems": 1,
        "GuestIntrinsicExchangeItems": 2,
    }
    assert set(WMI.powers.values()) <= set(WMI.classes["Msvm_ComputerSystem"].meanings["EnabledState"])
    assert set(WMI.sources.values()) <= set(WMI.classes["Msvm_KvpExchangeDataItem"].meanings["Source"])
    meanings = WMI.classes["SoftwareLicensingProduct"].meanings["LicenseStatus"]
    assert list(meanings) == list(range(7))


def test_each_platform_and_language_has_its_row():
    assert set(WMI.hardware) == {*PLATFORMS, "host"}
    assert (WMI.hardware["hyper-v"].manufacturer, WMI.hardware["hyper-v"].model) == (
        "Microsoft Corporation",
        "Virtual Machine",
    )
    assert set(WMI.languages) == set(LANGUAGES)


def test_associations_join_properties_that_are_there():
    assert [each.name for each in WMI.associations] == CLASSES[r"root\virtualization\v2"].split()[6:]
    assert [each.part for each in WMI.associations] == [False, False, False, True]
    for each in WMI.associations:
        assert WMI.classes[each.name].keys == each.roles == tuple(WMI.classes[each.name].properties)
        for end, same in zip(each.ends, each.same, strict=True):
            assert same in WMI.classes[end].properties


def test_a_parameter_that_may_be_left_out():
    for name in ("Msvm_ComputerSystem", "Msvm_VirtualSystemManagementService"):
        assert WMI.classes[name].methods["RequestStateChange"].parameters == (
            WmiParameter("RequestedState", "uint16"),
            WmiParameter("Job", "reference", out=True, of="CIM_ConcreteJob"),
            WmiParameter("TimeoutPeriod", "datetime", optional=True),
        )


def test_what_can_be_asked_of_a_virtual_machine():
    assert list(WMI.state_changes) == [2, 3, 6, 9, 10, 11, 32773, 32776, 32777, 32779]
    for each in WMI.state_changes.values():
        assert each.power
        assert set(each.power) <= set(WMI.powers)
    assert WMI.read_when_asked == {"Msvm_KvpExchangeComponent"}


def test_facts_are_read_once():
    assert wmi_facts() is WMI
