"""`windows_tools`, unmodified: its wrapper of WMI queries and its reader of keys, over a lab's `wmi`.

Its requirements name pywin32, which only Windows has; the environment installs it without them.
"""

from __future__ import annotations

import importlib

import pytest

from avma_sim import Lab

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


def new_lab(key="avma"):
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key=key).start()
    return lab


def test_its_wrapper_gives_rows_as_dicts(module):
    lab = new_lab()
    with lab.as_windows("web01"):
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
    lab = new_lab(key)
    assert (lab.guest("web01").licence.word == "licensed") is licensed
    with lab.as_windows("web01"):
        importlib.reload(module("windows_tools.wmi_queries"))
        importlib.reload(module("windows_tools.registry"))
        reader = importlib.reload(module("windows_tools.product_key"))
        assert reader.get_windows_product_channel() == "UNKNOWN"
        assert not reader.get_windows_product_key_from_wmi()
        assert reader.get_windows_product_key_from_reg() is None


def test_it_reads_the_registry_in_both_views(module):
    lab = new_lab()
    key = r"SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters"
    with lab.as_windows("web01"):
        registry = importlib.reload(module("windows_tools.registry"))
        both = registry.KEY_WOW64_32KEY | registry.KEY_WOW64_64KEY
        assert registry.get_value(registry.HKEY_LOCAL_MACHINE, key, "HostName", both) == "hv1"
        with pytest.raises(FileNotFoundError):
            registry.get_value(registry.HKEY_LOCAL_MACHINE, key, "NoSuchName", both)
