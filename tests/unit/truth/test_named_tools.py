"""Tests the named tools against labs, and how programs of others are asked: by stand-ins of their modules."""

from __future__ import annotations

import sys
import types

import pytest

from avma_sim import Lab
from avma_sim.errors import InputError
from avma_sim.truth.tools import foreign
from avma_sim.truth.tools.named import NAMED


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
    for name, tool in NAMED.items():
        assert tool.name == name
        assert tool.source
        assert tool.questions[0] == "licensed"
    assert NAMED["checkmk"].questions == ("licensed", "ends")
    assert [tool.package for tool in NAMED.values()] == ["", "", "", "salt", "cloudbase-init"]


def test_checkmk_forces_english():
    assert asked("checkmk", new_lab(language="de-DE")) == {"licensed": True, "ends": None}
    assert asked("checkmk", new_lab(activated=False)) == {"licensed": False, "ends": None}
    assert asked("checkmk", new_lab(key="none")) == {"licensed": None, "ends": None}


def test_checkmk_sees_a_grace_periods_end():
    lab = Lab(seed=3, facts=None)
    lab.add_host("hv1", release="ws2022", activated=True, service="hung")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    said = asked("checkmk", lab)
    assert said["licensed"] is False
