"""Cloudbase-init's plugin for licences and its LicensingManager, unmodified, over a lab's WMI and slmgr.

What its own class asks Windows through ctypes (the version, the system folder) a stand-in tells, from the
lab's WMI; the programs that it starts it starts as ever, with `subprocess`.
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from avma_sim import Lab, load_facts

KEY_2012R2 = "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V"
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KMS_2016 = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
NO_FIT = 0xC004F069
# What Cloudbase-init's families are called here.
EDITIONS = {"ServerDatacenter": "datacenter", "ServerStandard": "standard", "ServerSolution": "essentials"}
OPTIONS = ("set_avma_product_key", "set_kms_product_key", "activate_windows", "log_licensing_info")

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


def new_lab(release, edition="standard", **more):
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release=release, edition=edition, **more)
    lab.start("web01")
    return lab


def windows(base: Any, version):
    """Return what Cloudbase-init's class for Windows would tell on a machine of that version."""
    numbers = tuple(map(int, version.split(".")))

    class Windows(base):  # type: ignore[misc] # the class is not known before
        def get_os_version(self):
            return dict(zip(("major_version", "minor_version", "build_number"), numbers, strict=True))

        def check_os_version(self, major, minor, build=0):
            return numbers >= (major, minor, build)

        def get_system32_dir(self):
            return r"C:\Windows\system32"

        def check_sysnative_dir_exists(self):
            return False

        def is_nano_server(self):
            return False

    return Windows()


@pytest.fixture
def on(module, monkeypatch):
    """Return a function that gives its module of licences, for within a lab's machine."""
    module("cloudbaseinit")
    factory = module("cloudbaseinit.osutils.factory")
    base = module("cloudbaseinit.osutils.base").BaseOSUtils

    def inside(lab):
        # It binds `wmi` when it is imported: each lab brings its own.
        name = "cloudbaseinit.utils.windows.licensing"
        licensing = importlib.reload(importlib.import_module(name))
        (system,) = licensing.wmi.WMI(moniker="//./root/cimv2").Win32_OperatingSystem()
        monkeypatch.setattr(factory, "get_os_utils", lambda: windows(base, system.Version))
        return licensing

    return inside


@pytest.fixture
def play(module, on):
    """Return a function that runs the plugin on a guest, with these options set."""
    conf = module("cloudbaseinit.conf").CONF

    def played(lab, **options):
        with lab.as_windows("web01"):
            on(lab)
            service = module("cloudbaseinit.metadata.services.base").EmptyMetadataService()
            plugin = module("cloudbaseinit.plugins.windows.licensing").WindowsLicensingPlugin()
            for name in OPTIONS:
                conf.set_override(name, options.get(name, False))
            return plugin.execute(service, {})

    yield played
    for name in OPTIONS:
        conf.clear_override(name)


def code_of(error):
    """Return the HRESULT of an error of WMI, as callers of the package `wmi` find it."""
    return error.com_error.excepinfo[5] & 0xFFFFFFFF


@pytest.mark.parametrize(("release", "key"), [("ws2012r2", KEY_2012R2), ("ws2016", KEY_2016)])
@pytest.mark.parametrize("activate", [False, True])
def test_with_the_avma_option_it_activates_a_guest(play, release, key, activate):
    lab = new_lab(release)
    assert lab.guest("web01").licence.word != "licensed"
    done = play(lab, set_avma_product_key=True, activate_windows=activate, log_licensing_info=True)
    assert done == (1, False)  # done, no restart
    assert (lab.guest("web01").licence.word, lab.guest("web01").row.key) == ("licensed", key)
    lab.advance("10d")
    assert lab.guest("web01").licence.word == "licensed"


@pytest.mark.parametrize("release", ["ws2019", "ws2022", "ws2025"])
def test_a_later_guest_refuses_the_2016_key_that_it_has_for_every_10_0(play, release):
    lab = new_lab(release)
    with pytest.raises(Exception, match=r"(?i)c004f069") as caught:
        play(lab, set_avma_product_key=True, activate_windows=True)
    assert code_of(caught.value) == NO_FIT
    assert lab.guest("web01").row.key == ""
    assert lab.guest("web01").licence.word == "grace"


def test_without_the_option_it_installs_nothing(play):
    lab = new_lab("ws2016")
    assert play(lab, log_licensing_info=True) == (1, False)
    assert lab.guest("web01").row.key == ""


def test_its_kms_client_key_is_no_way_to_the_host(play, module):
    lab = new_lab("ws2016")
    with pytest.raises(
        module("cloudbaseinit.exception").CloudbaseInitException, match="error code 3221549108"
    ):  # 0xC004F034
        play(lab, set_kms_product_key=True, activate_windows=True)
    assert lab.guest("web01").row.key == KMS_2016
    assert lab.guest("web01").licence.word == "notification"


def test_an_unactivated_host_shows_in_what_slmgr_returns(play, module):
    lab = new_lab("ws2016")
    lab.deactivate("hv1")
    with pytest.raises(module("cloudbaseinit.exception").CloudbaseInitException, match="0xC004FD02"):
        play(lab, set_avma_product_key=True, activate_windows=True)
    assert lab.guest("web01").row.key == KEY_2016


def test_it_sees_which_product_is_there(on):
    lab = new_lab("ws2016", key="avma")
    with lab.as_windows("web01"):
        manager = on(lab).get_licensing_manager()
        ends = {product.EvaluationEndDate for product in manager._get_products()}
        assert ends == {"16010101000000.000000-000"}
        description, family, current = manager.get_kms_product()
        assert "VOLUME_KMSCLIENT" in description
        assert (family, current) == ("ServerStandard", False)
        assert manager.is_eval() is None
        assert "License Status: Licensed" in manager.get_licensing_info()


def test_its_table_of_keys_is_ours(module):
    """It has AVMA keys of two families; each is the one that we know, and so is each server's client key."""
    table, constant = module("cloudbaseinit.utils.windows.productkeys"), module("cloudbaseinit.constant")
    facts = load_facts()
    for version, release, family in ((6, 3), "ws2012r2", "2012r2"), ((10, 0), "ws2016", "2016"):
        avma = table.SKU_TO_PRODUCT_KEY_MAP[*version, constant.VOL_ACT_AVMA]
        kms = table.SKU_TO_PRODUCT_KEY_MAP[*version, constant.VOL_ACT_KMS]
        assert {name.removesuffix("Core") for name in avma} == set(EDITIONS)
        for name, text in avma.items():
            known = facts.keys[text]
            assert (known.family, known.edition) == (family, EDITIONS[name.removesuffix("Core")])
        for name in avma:
            client = facts.kms_keys[kms[name]]
            assert release in client.releases
            assert client.edition == EDITIONS[name.removesuffix("Core")]
