"""Tests the named tools against labs, and how programs of others are asked: by stand-ins of their modules."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
import types

import pytest

from avma_sim import Lab
from avma_sim.errors import InputError
from avma_sim.truth.tools import checkmk, foreign, gce
from avma_sim.truth.tools.public import PUBLIC

NAMED = {tool.name: tool for tool in PUBLIC}
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"


def new_lab(release="ws2019", *, activated=True, **more):
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2022", activated=activated)
    lab.add_guest("web01", on="hv1", release=release, edition="standard", **{"key": "avma", **more})
    lab.start("web01")
    return lab


def asked(name, lab):
    return dict(NAMED[name].ask(lab, "web01"))


def test_each_tool_says_what_it_is_and_what_it_answers():
    assert list(NAMED) == ["checkmk", "gce", "azure-support", "salt", "cloudbase-init"]
    for tool in PUBLIC:
        assert tool.source
        assert tool.questions[0] == "licensed"
    assert NAMED["checkmk"].questions == ("licensed", "ends")
    assert [tool.package for tool in NAMED.values()] == ["", "", "", "salt", "cloudbase-init"]


def test_checkmk_forces_english():
    assert asked("checkmk", new_lab(language="de-DE")) == {"licensed": True, "ends": None}
    assert asked("checkmk", new_lab(activated=False)) == {"licensed": False, "ends": None}
    assert asked("checkmk", new_lab(key="none")) == {"licensed": None}


def test_checkmk_tells_no_end_of_what_is_not_licensed():
    lab = Lab(seed=3, readings={"failed_unlicensed": "initial-grace"})
    lab.add_host("hv1", release="ws2022", activated=False)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    assert "Time remaining: 14400 minute" in lab.run("web01", checkmk.LINE).stdout
    assert asked("checkmk", lab) == {"licensed": False, "ends": None}


@pytest.mark.parametrize(
    ("release", "language", "licensed"),
    [
        ("ws2012r2", "en-US", True),
        ("ws2012r2", "de-DE", False),  # it reads words
        ("ws2019", "de-DE", True),  # it reads a number
    ],
)
def test_gce_reads_words_or_a_number(release, language, licensed):
    assert asked("gce", new_lab(release, language=language)) == {"licensed": licensed}


@pytest.mark.parametrize("release", ["ws2012r2", "ws2019"])
@pytest.mark.parametrize("more", [{"activated": False}, {"key": "none"}])
def test_gce_says_no(release, more):
    assert asked("gce", new_lab(release, **more)) == {"licensed": False}


def test_gce_takes_an_absent_value_for_not_active(monkeypatch):
    monkeypatch.setattr(gce, "VALUE", "NoSuchValue")
    assert asked("gce", new_lab()) == {"licensed": False}


def test_azure_looks_at_a_row_and_tries_where_it_is_not_licensed():
    assert asked("azure-support", new_lab(language="de-DE")) == {"licensed": True}
    assert asked("azure-support", new_lab(key="none")) == {"licensed": None}
    lab = new_lab(activated=False)
    before = len(lab.guest("web01").events)
    assert asked("azure-support", lab) == {"licensed": False}
    assert len(lab.guest("web01").events) == before + 1
    lab.activate("hv1")
    assert asked("azure-support", lab) == {"licensed": True}
    assert lab.guest("web01").licence.word == "licensed"


# Programs of others.


@pytest.fixture
def modules(monkeypatch):
    """Return a function that puts a module with these members in place."""

    def put(name, **members):
        made = types.ModuleType(name)
        vars(made).update(members)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return put


@pytest.mark.parametrize(
    ("name", "module"), [("salt", "salt.modules.win_license"), ("cloudbase-init", "cloudbaseinit")]
)
def test_a_program_that_is_not_there_is_named(monkeypatch, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=f"pip install {name}"):
        asked(name, new_lab())


def test_salt_is_handed_the_guests_console(modules):
    def licensed():
        return "License Status: Licensed" in made.__salt__["cmd.run"]("cscript slmgr.vbs /dli")

    modules("salt"), modules("salt.modules")
    made = modules("salt.modules.win_license", licensed=licensed)
    assert asked("salt", new_lab()) == {"licensed": True}
    assert asked("salt", new_lab(activated=False)) == {"licensed": False}
    assert not hasattr(made, "__salt__")
    made.__salt__ = "before"
    assert foreign.salt_licensed(new_lab(), "web01")
    assert made.__salt__ == "before"


@pytest.fixture
def cloudbase(modules):
    """Stand-ins of the modules of cloudbase-init that are asked, with a plugin that does as it is told."""
    played = types.SimpleNamespace(options={}, run=None)

    class Conf:
        def set_override(self, name, value):
            played.options[name] = value

        def clear_override(self, name):
            del played.options[name]

    class Plugin:
        def execute(self, service, shared):
            assert isinstance(service, EmptyService)
            played.seen = dict(played.options)
            return played.run(factory.get_os_utils())

    class Base:
        """Stands for the class whose methods do not ask Windows."""

    class EmptyService:
        pass

    for name in ("cloudbaseinit", "cloudbaseinit.utils", "cloudbaseinit.utils.windows"):
        modules(name)
    modules("cloudbaseinit.osutils.base", BaseOSUtils=Base)
    factory = modules("cloudbaseinit.osutils.factory", get_os_utils="the real one")
    modules("cloudbaseinit.conf", CONF=Conf())
    modules("cloudbaseinit.metadata.services.base", EmptyMetadataService=EmptyService)
    modules("cloudbaseinit.plugins.windows.licensing", WindowsLicensingPlugin=Plugin)
    played.factory, played.base = factory, Base
    return played


@pytest.fixture
def licensing(modules, monkeypatch):
    """A module that binds `wmi` when it is made, as theirs does, and is made anew at each reload."""

    def reloaded(module):
        module.wmi = importlib.import_module("wmi")
        return module

    modules("cloudbaseinit.utils.windows.licensing")
    monkeypatch.setattr(foreign.importlib, "reload", reloaded)


@pytest.mark.usefixtures("licensing")
def test_cloudbase_init_is_handed_a_windows_and_the_option(cloudbase):
    lab = new_lab("ws2016", key="none")
    told: dict[str, object] = {}

    def run(system):
        told.update(
            version=system.get_os_version(),
            folder=system.get_system32_dir(),
            later=[system.check_os_version(*each) for each in ((6, 1), (10, 0, 14393), (10, 0, 14394))],
            sysnative=system.check_sysnative_dir_exists(),
            nano=system.is_nano_server(),
        )
        assert isinstance(system, cloudbase.base)
        subprocess.run(f"cscript //nologo slmgr.vbs /ipk {KEY_2016}".split(), check=True)

    cloudbase.run = run
    assert asked("cloudbase-init", lab) == {"licensed": True}
    assert lab.guest("web01").licence.word == "licensed"
    assert told == {
        "version": {"major_version": 10, "minor_version": 0, "build_number": 14393},
        "folder": r"C:\Windows\system32",
        "later": [True, True, False],
        "sysnative": False,
        "nano": False,
    }
    assert cloudbase.seen == {
        "set_avma_product_key": True,
        "set_kms_product_key": False,
        "activate_windows": True,
        "log_licensing_info": False,
    }
    assert (cloudbase.options, cloudbase.factory.get_os_utils) == ({}, "the real one")


@pytest.mark.parametrize(("step", "said"), [("_activate_windows", False), ("_set_product_key", None)])
@pytest.mark.usefixtures("licensing")
def test_a_plugin_that_fails_says_no_only_where_it_activates(cloudbase, caplog, capsys, step, said):
    def fails(system):
        logging.getLogger("cloudbaseinit.plugins").error("no key for this OS")
        raise RuntimeError("slmgr.vbs failed")

    fails.__code__ = fails.__code__.replace(co_name=step)
    cloudbase.run = fails
    assert asked("cloudbase-init", new_lab()) == {"licensed": said}
    assert (caplog.text, capsys.readouterr().err) == ("", "")
    logging.getLogger("cloudbaseinit.plugins").error("heard again")
    assert "heard again" in caplog.text
    assert (cloudbase.options, cloudbase.factory.get_os_utils) == ({}, "the real one")
