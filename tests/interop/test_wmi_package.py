"""The package `wmi` of PyPI, unmodified, over the lab's COM; and ours beside it, question by question."""

from __future__ import annotations

import sys

import pytest

from avma_sim import Lab
from avma_sim.lab.fronts.com_front import com_modules
from avma_sim.lab.fronts.wmi_front import wmi_module

KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
V2 = "root/virtualization/v2"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


@pytest.fixture
def lab():
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    return lab


@pytest.fixture
def both(lab, module, monkeypatch):
    """The package on a machine of a lab, and ours on the same machine of a lab that is the same."""

    def make(machine, **how):
        other = lab.fork()
        gate, ours = lab.gate(machine, **how), other.gate(machine, **how)
        for name, made in com_modules(lambda: gate).items():
            monkeypatch.setitem(sys.modules, name, made)
        monkeypatch.delitem(sys.modules, "wmi", raising=False)
        real = module("wmi")
        del sys.modules["wmi"]
        # It takes a `long` for 32 bits, as on Windows it is.
        monkeypatch.setattr(real, "signed_to_unsigned", lambda code: code & 0xFFFFFFFF)
        kinds = {code & 0xFFFFFFFF: kind for code, kind in real.WMI_EXCEPTIONS.items()}
        monkeypatch.setattr(real, "WMI_EXCEPTIONS", kinds)
        return (lab, real), (other, wmi_module(lambda: ours))

    return make


def told(wmi, ask):
    """What a question gives: a value as text, or the name and the text of an error."""
    try:
        return str(ask(wmi))
    except Exception as error:  # noqa: BLE001 - whatever it is, both must say it
        # Words of its own are its own.
        text = "" if getattr(error, "info", "") or type(error).__module__ == "builtins" else str(error)
        return f"{type(error).__module__}.{type(error).__name__} {text}"


def service(wmi):
    return wmi.WMI().SoftwareLicensingService()[0]


def keyed(wmi, columns="*"):
    wql = "SELECT * FROM SoftwareLicensingProduct WHERE PartialProductKey <> null"
    return wmi.WMI().query(wql.replace("*", columns))


GUEST = {
    "a namespace": lambda wmi: wmi.WMI(),
    "classes": lambda wmi: sorted(wmi.WMI(find_classes=True).classes),
    "subclasses": lambda wmi: sorted(wmi.WMI().subclasses_of(regex="Win32_.*S")),
    "a class": lambda wmi: wmi.WMI().SoftwareLicensingProduct,
    "a class as text": lambda wmi: str(wmi.WMI().Win32_BIOS),
    "a class's property": lambda wmi: wmi.WMI().Win32_BIOS.Name,
    "a class's keys": lambda wmi: wmi.WMI().Win32_BIOS.keys,
    "no class": lambda wmi: wmi.WMI().Win32_BIO,
    "a class of a moniker": lambda wmi: wmi.WMI(moniker="winmgmts:Win32_BIOS")(),
    "an instance of a moniker": lambda wmi: wmi.WMI(moniker="Win32_ComputerSystem.Name='WEB01'").Model,
    "no instance of a moniker": lambda wmi: wmi.WMI(moniker="Win32_ComputerSystem.Name='WEB02'"),
    "no moniker": lambda wmi: wmi.WMI(moniker="root/cimv2:"),
    "no namespace": lambda wmi: wmi.WMI(namespace="root/nothing"),
    "no machine": lambda wmi: wmi.WMI(computer="nobody"),
    "no machine for a user": lambda wmi: wmi.WMI(computer="nobody", user="me"),
    "another machine": lambda wmi: wmi.WMI("hv1", namespace="virtualization/v2").Msvm_ComputerSystem()[0],
    "another machine for a user": lambda wmi: wmi.WMI("hv1", user="me", namespace=V2).Msvm_ComputerSystem()[
        0
    ],
    "services": lambda wmi: wmi.WMI(wmi=wmi.connect_server("hv1", "root/cimv2")).Win32_BIOS()[0],
    "instances": lambda wmi: wmi.WMI().SoftwareLicensingProduct(),
    "instances otherwise": lambda wmi: wmi.WMI().instances("SoftwareLicensingProduct"),
    "instances of no class": lambda wmi: wmi.WMI().instances("Nothing"),
    "instances of a class": lambda wmi: wmi.WMI().Win32_BIOS.instances(),
    "columns": lambda wmi: wmi.WMI().Win32_ComputerSystem(["Model", "Name"])[0].properties,
    "columns that are none": lambda wmi: wmi.WMI().Win32_ComputerSystem(["Modell"]),
    "keywords": lambda wmi: wmi.WMI().SoftwareLicensingProduct(["ID"], LicenseIsAddon=True),
    "a keyword that is none": lambda wmi: wmi.WMI().SoftwareLicensingProduct(Nothing=1),
    "a keyword with a quote": lambda wmi: wmi.WMI().Win32_BIOS(Name="it's"),
    "a keyword with both quotes": lambda wmi: wmi.WMI().Win32_BIOS(Name='it\'s "x"'),
    "a keyword with a backslash": lambda wmi: wmi.WMI().Win32_BIOS(Name="a\\b"),
    "no query": lambda wmi: wmi.WMI().query("SELEC * FROM Win32_BIOS"),
    "a query for no class": lambda wmi: wmi.WMI().query("SELECT * FROM Win32_BIO"),
    "a query that finds nothing": lambda wmi: wmi.WMI().query("SELECT * FROM Win32_BIOS WHERE Name = 'x'"),
    "lists": lambda wmi: wmi.WMI().fetch_as_lists("Win32_ComputerSystem", ["Model", "TotalPhysicalMemory"]),
    "plain values": lambda wmi: vars(wmi.WMI().fetch_as_classes("Win32_ComputerSystem", ["Model"])[0]),
    "a path": lambda wmi: wmi.WMI().get("Win32_ComputerSystem.Name='WEB01'"),
    "a path to nothing": lambda wmi: wmi.WMI().get("Win32_ComputerSystem.Name='x'"),
    "an object": lambda wmi: [repr(one) for one in wmi.WMI().Win32_ComputerSystem()],
    "an object as text": lambda wmi: wmi.WMI().Win32_ComputerSystem()[0],
    "its id": lambda wmi: wmi.WMI().Win32_ComputerSystem()[0].id,
    "its properties": lambda wmi: list(wmi.WMI().Win32_ComputerSystem()[0].properties),
    "its methods": lambda wmi: list(service(wmi).methods),
    "its keys": lambda wmi: service(wmi).keys,
    "its qualifiers": lambda wmi: service(wmi).qualifiers,
    "its path": lambda wmi: service(wmi).path().RelPath,
    "its derivation": lambda wmi: service(wmi).derivation(),
    "a number of 64 bits": lambda wmi: wmi.WMI().Win32_OperatingSystem()[0].FreePhysicalMemory,
    "an array": lambda wmi: wmi.WMI().Win32_BIOS()[0].BIOSVersion,
    "letter case": lambda wmi: wmi.WMI().Win32_BIOS()[0].biosversion,
    "what is not there": lambda wmi: service(wmi).Nothing,
    "writing": lambda wmi: setattr(service(wmi), "Version", "x"),
    "writing what is not there": lambda wmi: setattr(service(wmi), "Nothing", "x"),
    "a new instance": lambda wmi: wmi.WMI().new("Win32_BIOS", Name="x").Name,
    "a method": lambda wmi: service(wmi).InstallProductKey,
    "without a key": lambda wmi: len(keyed(wmi)),
    "the wrong key": lambda wmi: service(wmi).InstallProductKey(KEY_2016),
    "no key at all": lambda wmi: service(wmi).InstallProductKey("x"),
    "too many parameters": lambda wmi: service(wmi).InstallProductKey(KEY_2019, 1),
    "a parameter that is none": lambda wmi: service(wmi).InstallProductKey(Key=1),
    "the right key": lambda wmi: service(wmi).InstallProductKey(ProductKey=KEY_2019),
    "activating": lambda wmi: keyed(wmi, "ID, Name")[0].Activate(),
    "activating without an id": lambda wmi: keyed(wmi, "Name")[0].Activate(),
    "its state": lambda wmi: [(one.LicenseStatus, one.LicenseStatusReason) for one in keyed(wmi)],
    "an event": lambda wmi: wmi.WMI().watch_for("SELECT * FROM __InstanceCreationEvent WITHIN 1"),
    "a time": lambda wmi: wmi.from_time(2025, 1, 2, timezone=-60),
    "a time's parts": lambda wmi: wmi.to_time("20250102030405.000006-060"),
    "a time's parts that are open": lambda wmi: wmi.to_time("20250102******.******+***"),
}
HOST = {
    "virtual machines": lambda wmi: wmi.WMI(namespace=V2).Msvm_ComputerSystem(
        ["ElementName", "EnabledState"]
    ),
    "what belongs to one": lambda wmi: vm(wmi).associators(),
    "of one class": lambda wmi: vm(wmi).associators(wmi_result_class="Msvm_KvpExchangeComponent"),
    "by one association": lambda wmi: vm(wmi).associators("Msvm_SystemDevice"),
    "by none": lambda wmi: vm(wmi).associators("Msvm_Nothing"),
    "references": lambda wmi: vm(wmi).references(),
    "whether these are": lambda wmi: [one.is_association for one in vm(wmi).references()],
    "a method with a list": lambda wmi: manager(wmi).AddKvpItems,
    "no list": lambda wmi: manager(wmi).AddKvpItems(5),
    "out of nowhere": lambda wmi: manager(wmi).AddKvpItems([], "x"),
    "a state": lambda wmi: vm(wmi).RequestStateChange(3),
    "that state": lambda wmi: vm(wmi).EnabledState,
}


def vm(wmi):
    return wmi.WMI(namespace=V2).Msvm_ComputerSystem(ElementName="web01")[0]


def manager(wmi):
    return wmi.WMI(namespace=V2).Msvm_VirtualSystemManagementService()[0]


@pytest.mark.parametrize(("machine", "questions"), [("web01", GUEST), ("hv1", HOST)], ids=["guest", "host"])
@pytest.mark.parametrize("elevated", [True, False], ids=["elevated", "not elevated"])
def test_both_say_the_same(both, machine, questions, elevated):
    (lab, real), (other, ours) = both(machine, elevated=elevated)
    for name, ask in questions.items():
        assert told(ours, ask) == told(real, ask), name
        assert lab.trace_hash == other.trace_hash, name
    assert lab.unserved == other.unserved


def test_the_package_activates(both):
    (lab, real), _ = both("web01")
    assert service(real).InstallProductKey(KEY_2019) == (0,)
    assert keyed(real)[0].Activate() == (0,)
    assert keyed(real)[0].LicenseStatus == 1
    assert lab.guest("web01").licence.word == "licensed"


def test_a_reference_is_the_instance(both):
    # The package asks for it by a moniker; ours by the connection that it came from.
    for _, wmi in both("hv1"):
        (joint,) = vm(wmi).references(wmi_class="Msvm_SystemDevice")
        assert joint.GroupComponent == vm(wmi)
