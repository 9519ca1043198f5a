"""Tests the rows of WMI's classes: properties of their shapes, Python's types, and slmgr's very values."""

from __future__ import annotations

import re

import pytest

from avma_sim import Lab, UnknownName
from avma_sim.facts.wmi import NEVER, wmi_facts
from avma_sim.model.duration import utc
from avma_sim.windows.clock_text import local_date
from avma_sim.windows.program import Prompt
from avma_sim.windows.slmgr.cscript import cscript
from avma_sim.windows.wmi.rows import ROWS, instance_path, instances, namespaces, shape_of, shapes

CIMV2, V2 = r"root\cimv2", r"root\virtualization\v2"
KMS_KEY = "N69G4-B89J2-4G8F4-WWYCC-J464C"
RETAIL_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"
NUMBERS = {"uint8": (0, 255), "uint16": (0, 65535), "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1)}
DATETIME = re.compile(r"\d{14}\.\d{6}[+-]\d{3}")


def fits(known, value):
    """Say whether a value is one of its property's CIM type in Python."""
    if value is None:
        return True
    if known.array:
        return type(value) is tuple and all(fits_one(known.type, each) for each in value)
    return fits_one(known.type, value)


def fits_one(type_, value):
    if type_ in NUMBERS or type_ in ("sint16", "sint32"):
        low, high = NUMBERS.get(type_, (-32768, 32767))
        return type(value) is int and low <= value <= high
    if type_ == "boolean":
        return type(value) is bool
    return type(value) is str and (type_ != "datetime" or DATETIME.fullmatch(value) is not None)


def new_lab(host="hv1", key="avma", **settings):
    lab = Lab(7, start="2025-01-07T03:04:05Z", other_keys={RETAIL_KEY: "retail"}, **settings)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_host("hv2", release="ws2019", activated=False)
    lab.add_guest("web01", on=host, release="ws2019", edition="standard", key=key)
    return lab


def grace():
    lab = new_lab()
    lab.set_service("hv1", "hung")
    lab.start("web01")
    return lab


def licensed():
    lab = new_lab()
    lab.start("web01")
    lab.advance("36h17s")
    return lab


def started(*arguments, **settings):
    def make():
        lab = new_lab(*arguments, **settings)
        lab.start("web01")
        return lab

    return make


def expired():
    lab = started(key="none")()
    lab.advance("11d")
    lab.set_service("hv1", "hung")
    lab.install_key("web01")
    return lab


def unlicensed():
    lab = licensed()
    lab.uninstall_key("web01")
    return lab


def refused_since():
    lab = licensed()
    lab.deactivate("hv1")
    lab.ato("web01")
    return lab


STATES = {
    "never-started": new_lab,
    "grace": grace,
    "licensed": licensed,
    "without-end": started(readings={"timing": "permanent"}),
    "expired": expired,
    "refused": started("hv2"),
    "kms-key": started(key=KMS_KEY),
    "retail-key": started(key=RETAIL_KEY),
    "unlicensed": unlicensed,
    "keyless": started(key="none"),
    "refused-since": refused_since,
}
each_state = pytest.mark.parametrize("name", STATES)
# One that is off runs no slmgr.
each_state_that_runs = pytest.mark.parametrize("name", sorted(STATES.keys() - {"never-started"}))


def rows(lab, class_name, machine="web01"):
    return instances(lab._world, machine, class_name)


def only(lab, class_name, machine="web01"):
    (row,) = rows(lab, class_name, machine)
    return row


def shown(lab, *words, on="web01"):
    return cscript(Prompt(lab._world, on, elevated=True), ("//nologo", "slmgr.vbs", *words), "").stdout


# What holds of all rows.


def test_each_class_has_its_rows():
    assert set(ROWS) == set(wmi_facts().classes)


@each_state
@pytest.mark.parametrize("machine", ["web01", "hv1", "hv2"])
def test_rows_have_the_properties_of_their_shape_and_their_types(name, machine):
    lab = STATES[name]()
    lab.read_kvp("web01")
    for shape in shapes(lab._world, machine).values():
        for row in rows(lab, shape.name, machine):
            assert list(row) == list(shape.properties)
            assert [key for key, value in row.items() if not fits(shape.properties[key], value)] == []
            assert [key for key in shape.keys if row[key] is None] == []


@each_state
def test_what_a_class_sets_is_of_its_shape(name):
    """A name with a slip in it would be set and never seen."""
    lab = STATES[name]()
    lab.read_kvp("web01")
    for machine in ("web01", "hv1", "hv2"):
        for shape in shapes(lab._world, machine).values():
            for given in ROWS[shape.name](lab._world, machine):
                assert set(given) <= set(wmi_facts().classes[shape.name].properties)


def test_no_two_instances_have_one_path():
    lab = licensed()
    for machine in ("web01", "hv1"):
        for shape in shapes(lab._world, machine).values():
            paths = [instance_path(machine, shape, row) for row in rows(lab, shape.name, machine)]
            assert len(set(paths)) == len(paths)


def test_looking_changes_nothing():
    lab = licensed()
    before = lab.trace_hash
    for name in ROWS:
        rows(lab, name, "hv1")
    assert lab.trace_hash == before


# Where there is what.


@pytest.mark.parametrize(
    ("machine", "expected"),
    [("web01", (CIMV2,)), ("linux", ()), ("hv1", (CIMV2, V2)), ("plain", (CIMV2,)), ("esx", (CIMV2,))],
)
def test_namespaces(machine, expected):
    lab = new_lab()
    lab.add_host("plain", release="ws2022", activated=True, hyperv=False)
    lab.add_host("esx", release="ws2022", activated=True, platform="vmware")
    lab.add_guest("linux", on="hv1", release="linux", edition="linux")
    assert namespaces(lab._world, machine) == expected
    assert {shape.namespace for shape in shapes(lab._world, machine).values()} == set(expected)


def test_a_host_before_2012_has_no_second_version():
    lab = Lab()
    lab.add_host("old", release="ws2008r2", activated=True)
    assert namespaces(lab._world, "old") == (CIMV2,)


def test_names_of_classes_are_read_in_any_case():
    lab = licensed()
    assert shape_of(lab._world, "web01", "win32_bios").name == "Win32_BIOS"
    assert rows(lab, "WIN32_BIOS") == rows(lab, "Win32_BIOS")


@pytest.mark.parametrize("machine", ["web01", "linux"])
def test_a_class_that_is_not_there_is_told(machine):
    lab = licensed()
    lab.add_guest("linux", on="hv1", release="linux", edition="linux")
    with pytest.raises(UnknownName, match=f"WMI class of {machine} 'Msvm_ComputerSystem'"):
        rows(lab, "Msvm_ComputerSystem", machine)


def test_a_machine_that_is_not_there_is_told():
    with pytest.raises(UnknownName, match="unknown machine 'web02'; did you mean 'web01'"):
        rows(new_lab(), "Win32_BIOS", "web02")


def test_an_older_guest_has_no_properties_of_avma():
    lab = new_lab()
    lab.add_guest("old", on="hv1", release="ws2012", edition="standard")
    assert "IAID" not in rows(lab, "SoftwareLicensingProduct", "old")[0]
    assert "IAID" in rows(lab, "SoftwareLicensingProduct")[0]


def test_paths_name_machine_namespace_and_keys():
    lab = licensed()
    world = lab._world
    computer = only(lab, "Win32_ComputerSystem")
    path = instance_path("web01", shape_of(world, "web01", "Win32_ComputerSystem"), computer)
    assert path == r'\\WEB01\root\cimv2:Win32_ComputerSystem.Name="WEB01"'
    record = rows(lab, "Win32_NTLogEvent")[-1]
    path = instance_path("web01", shape_of(world, "web01", "Win32_NTLogEvent"), record)
    assert path == r'\\WEB01\root\cimv2:Win32_NTLogEvent.Logfile="Application",RecordNumber=1'
    shape = shape_of(world, "web01", "Win32_OperatingSystem")
    path = instance_path("web01", shape, {"Name": 'a\\b"c'})
    assert path.endswith(r'.Name="a\\b\"c"')


# Licences: text and rows never disagree.


@each_state_that_runs
def test_products_say_what_slmgr_prints_of_each(name):
    lab = STATES[name]()
    found = rows(lab, "SoftwareLicensingProduct")
    assert sum(row["PartialProductKey"] is not None for row in found) <= 1
    assert len({row["ID"] for row in found}) == len(found) == 5
    assert {row["LicenseFamily"] for row in found} == {"ServerStandard"}
    for row in found:
        text = shown(lab, "/dlv", row["ID"])
        told = dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)
        assert told["Name"] == row["Name"]
        assert told["Description"] == row["Description"]
        assert told["Activation ID"] == row["ID"]
        assert told["Application ID"] == row["ApplicationID"]
        assert told.get("Partial Product Key") == row["PartialProductKey"]
        assert ("This license is not in use." in text) == (row["PartialProductKey"] is None)
        assert told["Remaining SKU rearm count"] == str(row["RemainingSkuReArmCount"])
        assert told["License Status"].split()[0] == {
            0: "Unlicensed",
            1: "Licensed",
            2: "Initial",
            5: "Notification",
        }.get(row["LicenseStatus"])
        assert (f"{row['GracePeriodRemaining']} minute" in text) == (row["GracePeriodRemaining"] > 0)
        if row["LicenseStatus"] == 5:
            assert f"0x{row['LicenseStatusReason']:X}" in text
        avma = "VIRTUAL_MACHINE_ACTIVATION" in row["Description"]
        assert told.get("Guest IAID") == ((row["IAID"] or "Not Available") if avma else None)
        host = row["AutomaticVMActivationHostMachineName"]
        assert told.get("    Host machine name") == (host or None)
        assert told.get("    Host Digital PID2") == (row["AutomaticVMActivationHostDigitalPid2"] or None)
        at = row["AutomaticVMActivationLastActivationTime"]
        assert ("Activation time" in text) == (at != NEVER)
        assert row["EvaluationEndDate"] == row["TrustedTime"] == NEVER


def test_a_licensed_product():
    lab = licensed()
    row = rows(lab, "SoftwareLicensingProduct")[0]
    assert (row["LicenseStatus"], row["GracePeriodRemaining"], row["PartialProductKey"]) == (
        1,
        180 * 1440 - 36 * 60,
        "4GF74",
    )
    assert row["AutomaticVMActivationLastActivationTime"] == "20250107030405.000000+000"
    assert row["AutomaticVMActivationHostMachineName"] == "hv1"
    assert row["ProductKeyChannel"] == "Volume:AVMA"
    at_us = lab.state.licences["web01"].activated_us
    assert f"Activation time: {local_date(at_us)}" in shown(lab, "/dlv")


def test_rows_without_a_key_hold_null_for_what_a_key_says():
    for row in rows(licensed(), "SoftwareLicensingProduct")[1:]:
        assert (row["PartialProductKey"], row["ProductKeyID"], row["ProductKeyChannel"]) == (None, None, None)
        assert (row["IAID"], row["LicenseStatus"]) == ("", 0)


@each_state_that_runs
def test_the_service_says_what_slmgr_prints(name):
    lab = STATES[name]()
    row = only(lab, "SoftwareLicensingService")
    assert f"Software licensing service version: {row['Version']}\r\n" in shown(lab, "/dlv")
    one = rows(lab, "SoftwareLicensingProduct")[0]["ID"]
    assert f"windows rearm count: {row['RemainingWindowsReArmCount']}\r\n" in shown(lab, "/dlv", one).lower()


def test_a_rearm_counts():
    lab = licensed()
    lab.rearm("web01")
    assert only(lab, "SoftwareLicensingService")["RemainingWindowsReArmCount"] == 1000
    product = rows(lab, "SoftwareLicensingProduct")[0]
    assert (product["RemainingAppReArmCount"], product["RemainingSkuReArmCount"]) == (1000, 1000)


@pytest.mark.parametrize(("channel", "kind"), [("kms", 2), ("ad", 1), ("mak", 0), ("retail", 0)])
def test_a_host_says_how_it_is_activated(channel, kind):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=channel)
    row = only(lab, "SoftwareLicensingProduct", "hv1")
    assert (row["VLActivationType"], row["LicenseStatus"]) == (kind, 1)
    text = shown(lab, "/dlv", on="hv1")
    assert ("AD Activation" in text) == (kind == 1)
    client = only(lab, "SoftwareLicensingService", "hv1")["ClientMachineID"]
    assert (client in text) == (kind == 2)


def test_an_evaluation_has_an_end():
    lab = Lab()
    end = {"channel": "evaluation", "until": "2025-01-11T00:00:00Z"}
    lab.add_host("hv1", release="ws2022", activated=end)
    row = only(lab, "SoftwareLicensingProduct", "hv1")
    assert row["EvaluationEndDate"] == "20250111000000.000000+000"


# The system, its computer and its firmware.


def test_a_guests_system():
    lab = licensed()
    row = only(lab, "Win32_OperatingSystem")
    assert row["Caption"] == "Microsoft Windows Server 2019 Standard"
    assert (row["Version"], row["BuildNumber"]) == ("10.0.17763", "17763")
    assert (row["OperatingSystemSKU"], row["ProductType"], row["SuiteMask"]) == (7, 3, 272)
    assert (row["LastBootUpTime"], row["LocalDateTime"]) == (
        "20250107030405.000000+000",
        "20250108150422.000000+000",
    )
    assert (row["Locale"], row["OSLanguage"], row["MUILanguages"]) == ("0409", 1033, ("en-US",))
    assert (row["CSDVersion"], row["CSName"]) == (None, "WEB01")


def test_a_system_says_what_data_exchange_says():
    lab = licensed()
    lab.add_guest("core", on="hv1", release="ws2022", edition="datacenter", core=True, language="de-DE")
    lab.add_guest("older", on="hv1", release="ws2008r2", edition="standard")
    for name in ("web01", "core", "older"):
        row, said = only(lab, "Win32_OperatingSystem", name), lab.kvp_of(name)["auto"]
        assert row["Caption"] == f"Microsoft {said['OSName']}"
        assert str(row["OperatingSystemSKU"]) == said["OSEditionId"]
        assert (row["CSDVersion"] or "") == said["CSDVersion"]
        assert row["ServicePackMajorVersion"] == int(said["ServicePackMajor"])
    assert only(lab, "Win32_OperatingSystem", "core")["MUILanguages"] == ("de-DE",)


def test_a_restart_is_a_new_boot():
    lab = licensed()
    lab.restart("web01")
    assert only(lab, "Win32_OperatingSystem")["LastBootUpTime"] == "20250108150422.000000+000"


def test_a_guest_is_a_virtual_machine_and_its_host_is_none():
    lab = licensed()
    guest, host = only(lab, "Win32_ComputerSystem"), only(lab, "Win32_ComputerSystem", "hv1")
    assert (guest["Manufacturer"], guest["Model"]) == ("Microsoft Corporation", "Virtual Machine")
    assert (host["Manufacturer"], host["Model"]) == ("avma_sim", "Simulated Server")
    assert guest["HypervisorPresent"] is host["HypervisorPresent"] is True
    assert (guest["DNSHostName"], guest["PartOfDomain"], guest["DomainRole"]) == ("web01", True, 3)
    assert guest["Workgroup"] is None


@pytest.mark.parametrize(
    ("platform", "maker", "own"),
    [
        ("vmware", "VMware, Inc.", "avma_sim"),
        ("azure-nested", "Microsoft Corporation", "Microsoft Corporation"),
    ],
)
def test_another_platform_shows_itself(platform, maker, own):
    lab = Lab()
    lab.add_host("box", release="ws2022", activated=True, platform=platform, hyperv=False)
    lab.add_guest("web01", on="box", release="ws2019", edition="standard")
    assert only(lab, "Win32_ComputerSystem")["Manufacturer"] == maker
    assert only(lab, "Win32_ComputerSystem", "box")["Manufacturer"] == own
    assert only(lab, "Win32_ComputerSystem", "box")["HypervisorPresent"] is False


def test_a_computer_without_a_domain_is_in_a_workgroup():
    lab = new_lab()
    lab.add_guest("client", on="hv1", release="win11", edition="pro", fqdn="alone")
    row = only(lab, "Win32_ComputerSystem", "client")
    assert (row["Domain"], row["Workgroup"], row["PartOfDomain"]) == ("WORKGROUP", "WORKGROUP", False)
    assert (row["DNSHostName"], row["DomainRole"]) == ("alone", 0)


def test_a_long_name_is_cut_as_the_console_does():
    lab = new_lab()
    lab.add_guest("a-very-long-name-indeed", on="hv1", release="ws2019", edition="standard")
    row = only(lab, "Win32_ComputerSystem", "a-very-long-name-indeed")
    assert row["Name"] == "A-VERY-LONG-NAM"


def test_firmware_has_a_number_of_its_own():
    lab = licensed()
    guest, host = only(lab, "Win32_BIOS"), only(lab, "Win32_BIOS", "hv1")
    assert re.fullmatch(r"(\d{4}-){6}\d{2}", guest["SerialNumber"])
    assert guest["SerialNumber"] != host["SerialNumber"]
    assert (guest["SMBIOSBIOSVersion"], guest["Version"]) == ("Hyper-V UEFI Release v4.1", "VRTUAL - 1")


def test_board_and_product_are_the_firmwares():
    lab = licensed()
    firmware, board = only(lab, "Win32_BIOS"), only(lab, "Win32_BaseBoard")
    product, other = (only(lab, "Win32_ComputerSystemProduct", name) for name in ("web01", "hv1"))
    assert board["SerialNumber"] == product["IdentifyingNumber"] == firmware["SerialNumber"]
    assert (board["Product"], product["Name"]) == ("Virtual Machine", "Virtual Machine")
    assert board["Version"] == product["Version"] == firmware["SMBIOSBIOSVersion"]
    assert board["Manufacturer"] == product["Vendor"] == "Microsoft Corporation"
    assert re.fullmatch(
        r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}", product["UUID"]
    )
    assert product["UUID"] != other["UUID"]


def test_the_time_zone_is_the_clocks():
    lab = licensed()
    zone, system = only(lab, "Win32_TimeZone"), only(lab, "Win32_OperatingSystem")
    assert zone["Bias"] == system["CurrentTimeZone"] == 0
    assert zone["StandardName"] == "Coordinated Universal Time"


# Records.


def test_records_are_the_logs_the_newest_first():
    lab = licensed()
    found = rows(lab, "Win32_NTLogEvent")
    assert [row["RecordNumber"] for row in found] == list(range(len(found), 0, -1))
    (row,) = [row for row in found if row["EventCode"] == 12309]
    assert (row["EventIdentifier"], row["EventType"], row["Type"]) == (16384 << 16 | 12309, 3, "Information")
    assert (row["Logfile"], row["SourceName"]) == ("Application", "Microsoft-Windows-Security-SPP")
    assert row["TimeGenerated"] == f"{utc(lab.state.settings.start_us):%Y%m%d%H%M%S}.000000+000"
    assert "success" in row["InsertionStrings"][0]
    assert row["InsertionStrings"][0] in row["Message"]
    assert [row["EventCode"] for row in rows(lab, "Win32_NTLogEvent", "hv1")] == [12310]
    (started_row,) = [row for row in found if row["EventCode"] == 902]
    assert started_row["InsertionStrings"] is None
