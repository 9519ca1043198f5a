"""Salt's facts of a machine, unmodified: grains and a module read WMI, its registry code the registry.

pywin32 is only there on Windows. Where Salt calls its `win32api`, a bridge of one line a function leads to
the lab's `winreg`, whose functions are those by other names.
"""

from __future__ import annotations

import contextlib
import importlib
import types

import pytest

from avma_sim import Lab

PARAMETERS = r"SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters"
EXTERNAL = r"SOFTWARE\Microsoft\Virtual Machine\External"
SPP = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform"

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


def new_lab(release="ws2022", **more):
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release=release, edition="standard", key="avma", **more)
    lab.start("web01")
    return lab


@pytest.fixture
def grains(module, monkeypatch):
    """Return a function that gives the grains of a machine."""
    core, _ = module("salt.grains.core"), module("salt.utils.winapi")
    osinfo = module("salt.utils.win_osinfo")
    monkeypatch.setattr(core, "HAS_WMI", True)
    monkeypatch.setattr(osinfo, "get_join_info", lambda: {"Domain": "elm.example", "DomainType": "Domain"})
    monkeypatch.setattr(osinfo, "get_os_version_info", lambda: {"ServicePackMajor": 0})

    def collected(lab, machine="web01"):
        with lab.as_windows(machine):
            monkeypatch.setattr(core, "wmi", importlib.import_module("wmi"), raising=False)
            found = core._windows_platform_data()
            return {**found, **core._windows_virtual({"kernel": "Windows", **found})}

    return collected


@pytest.mark.parametrize(
    ("release", "name", "number"),
    [
        ("ws2012r2", "Microsoft Windows Server 2012 R2 Standard", "2012ServerR2"),
        ("ws2019", "Microsoft Windows Server 2019 Standard", "2019Server"),
        ("ws2022", "Microsoft Windows Server 2022 Standard", "2022Server"),
    ],
)
def test_grains_name_the_guest(grains, release, name, number):
    lab = new_lab(release)
    found = grains(lab)
    pairs = lab.kvp_of("web01")["auto"]
    assert (found["osfullname"], found["osrelease"]) == (name, number)
    assert found["osversion"] == found["kernelrelease"] == pairs["OSVersion"]
    assert (found["manufacturer"], found["productname"]) == ("Microsoft Corporation", "Virtual Machine")
    assert found["virtual"] == "HyperV"
    assert found["timezone"] == "(UTC) Coordinated Universal Time"
    assert found["motherboard"]["serialnumber"] == found["serialnumber"]
    assert len(found["uuid"]) == 36
    assert None not in {name: value for name, value in found.items() if name != "osservicepack"}.values()


def test_grains_tell_a_guest_from_its_host_and_from_elsewhere(grains):
    lab = new_lab()
    lab.add_host("esx", release="ws2022", activated=True, platform="kvm")
    lab.add_guest("web02", on="esx", release="ws2022", edition="standard")
    lab.start("web02")
    assert [grains(lab, name)["virtual"] for name in ("web01", "hv1", "web02")] == [
        "HyperV",
        "physical",
        "kvm",
    ]
    assert grains(lab)["serialnumber"] != grains(lab, "web02")["serialnumber"]


def test_its_module_of_the_system_reads_the_computer(module, monkeypatch):
    system, _ = module("salt.modules.win_system"), module("salt.utils.winapi")
    lab = new_lab()
    with lab.as_windows("web01"):
        monkeypatch.setattr(system, "wmi", importlib.import_module("wmi"), raising=False)
        assert system.get_domain_workgroup() == {"Domain": "elm.example"}


# The registry.


@pytest.fixture
def reg(module, monkeypatch):
    """Return a context in which Salt's registry code works on a guest."""
    salt = module("salt.utils.win_reg")

    @contextlib.contextmanager
    def on(lab, machine="web01"):
        with lab.as_windows(machine):
            winreg = importlib.import_module("winreg")
            bridge = types.SimpleNamespace(
                error=OSError,
                RegOpenKeyEx=winreg.OpenKey,
                RegCloseKey=winreg.CloseKey,
                RegQueryValueEx=winreg.QueryValueEx,
                RegQueryInfoKey=winreg.QueryInfoKey,
                RegEnumKey=winreg.EnumKey,
                RegEnumValue=lambda key, number: tuple(winreg.EnumValue(key, number)),
            )
            monkeypatch.setattr(salt, "HAS_WINDOWS_MODULES", True)
            monkeypatch.setattr(salt, "win32api", bridge, raising=False)
            monkeypatch.setattr(salt, "win32con", winreg, raising=False)
            yield salt

    return on


def test_it_reads_the_views_of_data_exchange(reg):
    lab = new_lab()
    lab.push_kvp("web01", {"role": "web"})
    with reg(lab) as salt:
        assert salt.key_exists("HKLM", PARAMETERS)
        assert salt.read_value("HKLM", PARAMETERS, "HostName")["vdata"] == "hv1"
        found = {each["vname"]: each["vdata"] for each in salt.list_values("HKLM", PARAMETERS)}
        pairs = lab.kvp_of("web01")["auto-external"]
        assert {name: found[name] for name in pairs} == dict(pairs)
        assert salt.read_value("HKLM", EXTERNAL, "role")["vdata"] == "web"
        absent = salt.read_value("HKLM", PARAMETERS, "NoSuchName")
        assert (absent["success"], absent["vdata"]) == (False, None)
        assert not salt.value_exists("HKLM", PARAMETERS, "NoSuchName")
        assert not salt.key_exists("HKLM", PARAMETERS + r"\Nothing")


def test_it_reads_what_an_activation_leaves(reg):
    lab = new_lab()
    with reg(lab) as salt:
        found = salt.read_value("HKLM", SPP + r"\Activation", "ProductActivationResult")
        assert (found["success"], found["vdata"], found["vtype"]) == (True, 0, "REG_DWORD")
