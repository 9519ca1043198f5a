"""Tests the nouns: they are frozen, their unions leave nobody out, their words and defaults are the law's."""

from __future__ import annotations

import importlib
import pkgutil

import attrs
import pytest

import avma_sim.model
from avma_sim.model import (
    channel_events,
    codes,
    commands,
    events,
    kvp_commands,
    kvp_events,
    lab_events,
    licence,
    licence_events,
    life_commands,
    life_events,
    verdict,
)
from avma_sim.model.codes import code_text
from avma_sim.model.fault import ACTIONS, COPIES_MAX
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES, Host
from avma_sim.model.packet import TO_GUEST, TO_HOST
from avma_sim.model.readings import Readings
from avma_sim.model.release import OTHER_CHANNELS, AvmaKey


def own_classes(module):
    return {
        value
        for value in vars(module).values()
        if isinstance(value, type) and attrs.has(value) and value.__module__ == module.__name__
    }


MODULES = [
    importlib.import_module(f"avma_sim.model.{found.name}")
    for found in pkgutil.iter_modules(avma_sim.model.__path__)
]
NOUNS = sorted((cls for module in MODULES for cls in own_classes(module)), key=lambda cls: cls.__name__)


def test_there_are_nouns():
    assert len(NOUNS) > 50


@pytest.mark.parametrize("noun", NOUNS, ids=lambda cls: cls.__name__)
def test_noun_is_frozen_and_slotted(noun):
    blank = object.__new__(noun)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        blank.anything = 1
    assert not hasattr(blank, "__dict__")


def test_event_union_leaves_nobody_out():
    told = set().union(
        *map(own_classes, (lab_events, life_events, licence_events, channel_events, kvp_events))
    )
    assert set(events.EVENTS) == told
    assert len(events.EVENTS) == len(told)
    assert {cls.__name__ for cls in told} <= set(events.__all__)


def test_command_union_leaves_nobody_out():
    told = own_classes(commands) | own_classes(life_commands) | own_classes(kvp_commands)
    assert set(commands.COMMANDS) == told
    assert len(commands.COMMANDS) == len(told)


def test_no_name_is_both_command_and_event():
    both = [cls.__name__ for cls in (*commands.COMMANDS, *events.EVENTS)]
    assert len(set(both)) == len(both), "the journal tells them apart by side, people by name"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_module_exports_its_nouns(module):
    assert {cls.__name__ for cls in own_classes(module)} <= set(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (codes.OK, "0"),
        (codes.HOST_NOT_ACTIVATED, "C004FD02"),
        (codes.REQUEST_LIMIT, "C004FD00"),
        (codes.INVALID_DATA, "8007000D"),
        (codes.INITIAL_GRACE, "4004F00C"),
        (1, "00000001"),
        (0xFFFFFFFF, "FFFFFFFF"),
    ],
)
def test_code_is_written_as_windows_does(code, text):
    assert code_text(code) == text


def test_codes_are_unsigned_and_distinct():
    values = [getattr(codes, name) for name in codes.__all__ if name.isupper()]
    assert all(0 <= value < 2**32 for value in values)
    assert len(set(values)) == len(values)


def test_partial_key_is_the_last_group():
    key = AvmaKey("TNK62-RXVTB-4P47B-2D623-4GF74", "2019", "standard", bytes(16))
    assert key.partial == "4GF74"


def test_licence_words_are_those_of_windows_status_numbers():
    assert licence.WORDS == {0: "unlicensed", 1: "licensed", 2: "grace", 5: "notification"}


def test_four_notifications():
    assert verdict.NOTIFICATIONS == ("success", "invalid-host", "invalid-data", "activation-denied")


def test_which_platforms_are_hyper_v():
    hosts = [Host("hv1", "ws2022", "datacenter", platform=platform) for platform in PLATFORMS]
    assert [host.platform for host in hosts if host.is_hyper_v] == ["hyper-v", "azure", "azure-nested"]


def test_closed_lists():
    assert PLATFORMS == ("hyper-v", "azure", "azure-nested", "vmware", "kvm", "xen", "other")
    assert CHANNELS == ("kms", "mak", "oem", "retail", "ad", "evaluation")
    assert OTHER_CHANNELS == ("retail", "oem", "volume")
    assert SERVICE_STATES == ("running", "stopped", "hung")
    assert (TO_HOST, TO_GUEST) == ("host", "guest")
    assert set(commands.UNTIL) == {"", "attempt", "quiet", "next-due", "activations"}
    assert len(set(ACTIONS)) == len(ACTIONS) == 10
    assert COPIES_MAX == 16


def test_readings_are_hashed_once_and_by_value():
    assert Readings() == Readings()
    assert hash(Readings()) == hash(Readings())
    assert Readings(timing="permanent") != Readings()
