"""Cloudbase-init's plugin for licences, unmodified: WMI and slmgr of a lab answer it.

What it asks Windows through ctypes (the version, the system folder) a stand-in tells, from the lab's WMI.
"""

from __future__ import annotations

import importlib
import sys

import pytest

from avma_sim import Lab
from avma_sim.facts.tables import load_facts

KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KMS_2019 = "N69G4-B89J2-4G8F4-WWYCC-J464C"
DENIED_KEY = 0xC004F069
# Modules that take `wmi` when they are imported: each lab has its own.
BOUND = ("cloudbaseinit.utils.windows.licensing", "cloudbaseinit.plugins.windows.licensing")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


def new_lab(release, edition="standard", **more):
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release=release, edition=edition, **more)
    lab.start("web01")
    return lab


@pytest.fixture
def cloudbase(module, monkeypatch):
    """Return a function that runs the plugin on a guest of a lab."""
    module("cloudbaseinit")
    factory, conf = module("cloudbaseinit.osutils.factory"), module("cloudbaseinit.conf").CONF
    empty = module("cloudbaseinit.metadata.services.base").EmptyMetadataService
    base = module("cloudbaseinit.osutils.base").BaseOSUtils

    def windows(version):
        class Windows(base):
            """What Cloudbase-init's own class asks kernel32 and ntdll; processes it starts as that one does."""

            def get_os_version(self):
                major, minor, build = map(int, version.split("."))
                return {"major_version": major, "minor_version": minor, "build_number": build}

            def check_os_version(self, major, minor, build=0):
                return tuple(map(int, version.split("."))) >= (major, minor, build)

            def get_system32_dir(self):
                return r"C:\Windows\system32"

            def check_sysnative_dir_exists(self):
                return False

            def is_nano_server(self):
                return False

        return Windows()

    def run(lab, **options):
        for name, value in {"log_licensing_info": False, **options}.items():
            conf.set_override(name, value)
        with lab.as_windows("web01"):
            for name in BOUND:
                sys.modules.pop(name, None)
            plugin = importlib.import_module(BOUND[1])
            licensing = importlib.import_module(BOUND[0])
            (system,) = licensing.wmi.WMI(moniker="//./root/cimv2").Win32_OperatingSystem()
            monkeypatch.setattr(factory, "get_os_utils", lambda: windows(system.Version))
            return plugin.WindowsLicensingPlugin().execute(empty(), {}), licensing.get_licensing_manager

    yield run
    conf.clear_override
    for name in ("set_avma_product_key", "set_kms_product_key", "activate_windows", "log_licensing_info"):
        conf.clear_override(name)
    for name in BOUND:
        sys.modules.pop(name, None)
