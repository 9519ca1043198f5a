"""The package `wmi` itself, over the lab's COM; and `windows_tools`, over the lab's `wmi`: both unmodified.

Their requirements name pywin32, which only Windows has; the environment installs them without it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os

import pytest

from avma_sim import Lab

KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
WRONG_KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
HYPER_V = r"root\virtualization\v2"

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


@pytest.fixture
def lab():
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    return lab


@pytest.fixture
def theirs():
    """Return a function that imports the package `wmi` from its own file, whatever stands under that name."""
    try:
        (path,) = [each for each in importlib.metadata.files("wmi") if each.name == "wmi.py"]
    except importlib.metadata.PackageNotFoundError:
        if os.environ.get("AVMA_SIM_REQUIRE_ALL"):
            raise
        pytest.skip("tox -e interop installs the package wmi")

    def imported():
        spec = importlib.util.spec_from_file_location("wmi_of_the_registry", path.locate())
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        return found

    return imported


def told(error):
    """Return the code of an error as both packages keep it."""
    return error.com_error.excepinfo[5] & 0xFFFFFFFF


def plain(value):
    """Return a value, or the path of the instance that it refers to."""
    return value.path().Path if hasattr(value, "path") else value


def test_it_installs_a_key_and_reads_what_came_of_it(lab, theirs):
    with lab.as_windows("web01"):
        machine = theirs().WMI()
        (service,) = machine.SoftwareLicensingService()
        service.InstallProductKey(KEY)
        service.RefreshLicenseStatus()
        (product,) = machine.query("SELECT * FROM SoftwareLicensingProduct WHERE PartialProductKey <> null")
        assert (product.PartialProductKey, product.LicenseStatus) == ("4GF74", 1)
        assert product.Activate() == (0,)
    assert lab.guest("web01").licence.word == "licensed"


def test_a_refused_key_is_its_error(lab, theirs):
    with lab.as_windows("web01"):
        package = theirs()
        (service,) = package.WMI(moniker="winmgmts:{impersonationLevel=impersonate}!//./root/cimv2").query(
            "SELECT Version FROM SoftwareLicensingService"
        )
        with pytest.raises(package.x_wmi) as caught:
            service.InstallProductKey(ProductKey=WRONG_KEY)
        assert told(caught.value) == 0xC004F069
        # A query is looked at when its results are fetched, and there the package leaves errors as they are.
        with pytest.raises(package.pywintypes.com_error, match="0x80041017"):
            package.WMI().query("SELECT FROM WHERE")


def test_it_and_ours_say_the_same_of_each_class(lab, theirs):
    """The lab's own `wmi` is shaped like it: the same properties, in the same order, with the same values."""
    lab.install_key("web01")
    lab.read_kvp("web01")
    for machine, namespace in ("web01", r"root\cimv2"), ("hv1", r"root\cimv2"), ("hv1", HYPER_V):
        with lab.as_windows(machine):
            ours = importlib.import_module("wmi").WMI(namespace=namespace)
            package = theirs().WMI(namespace=namespace)
            names = sorted(set(package.classes) & set(ours.classes))
            assert len(names) >= 5
            for name in names:
                here, there = getattr(ours, name)(), getattr(package, name)()
                assert len(here) == len(there)
                for mine, other in zip(here, there, strict=True):
                    assert list(mine.properties) == list(other.properties)
                    for each in mine.properties:
                        assert plain(getattr(mine, each)) == plain(getattr(other, each)), (name, each)


def test_it_goes_from_a_guest_to_its_items(lab, theirs):
    lab.read_kvp("web01")
    with lab.as_windows("hv1"):
        host = theirs().WMI(namespace=HYPER_V)
        (guest,) = host.Msvm_ComputerSystem(ElementName="web01")
        (component,) = guest.associators(wmi_result_class="Msvm_KvpExchangeComponent")
        assert component.SystemName == guest.Name
        assert any("Windows Server 2019" in text for text in component.GuestIntrinsicExchangeItems)


# windows_tools: a query wrapper and a reader of product keys, on top of the package `wmi`.


def test_its_wrapper_gives_rows_as_dicts(lab, module):
    lab.install_key("web01")
    with lab.as_windows("web01"):
        importlib.import_module("wmi")
        queries = importlib.reload(module("windows_tools.wmi_queries"))
        found = queries.query_wmi(
            "SELECT PartialProductKey, LicenseStatus FROM SoftwareLicensingProduct "
            "WHERE Description LIKE '%VIRTUAL_MACHINE_ACTIVATION%' AND PartialProductKey IS NOT NULL"
        )
        assert [(row["PartialProductKey"], row["LicenseStatus"]) for row in found] == [("4GF74", 1)]
        assert queries.get_wmi_timezone_bias() == "0"
        booted = queries.query_wmi("SELECT LastBootUpTime FROM Win32_OperatingSystem")[0]["LastBootUpTime"]
        assert queries.cim_timestamp_to_datetime(booted) == lab.now
        assert queries.query_wmi("SELECT Nothing FROM Win32_Nowhere", can_be_skipped=True) is None


@pytest.mark.parametrize(("key", "licensed"), [("avma", True), ("none", False)])
def test_its_reader_knows_no_channel_of_avma(module, key, licensed):
    """It looks for VOLUME, OEM and RETAIL in the description of what is licensed; AVMA is none of them."""
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key=key).start()
    assert (lab.guest("web01").licence.word == "licensed") is licensed
    with lab.as_windows("web01"):
        importlib.reload(module("windows_tools.wmi_queries"))
        importlib.reload(module("windows_tools.registry"))
        reader = importlib.reload(module("windows_tools.product_key"))
        assert reader.get_windows_product_channel() == "UNKNOWN"
        assert not reader.get_windows_product_key_from_wmi()
