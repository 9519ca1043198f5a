"""A folder with a lab that was begun, and what is done to it one call after the other."""

from __future__ import annotations

import pytest

from avma_sim import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World
from avma_sim.store.folder import Folder, Store

FACTS = load_facts()


def first_world(latency_us=0):
    """A world of two hosts and two guests, as a lab file would begin it."""
    world = new_world(Settings(7, host_log_rows=16), FACTS, find_behaviour())
    for name, channel in (("hv1", "mak"), ("hv2", "")):
        world.do(cmd.AddHost(Host(name, "ws2019", "datacenter", latency_us=latency_us), channel))
    for name in ("web01", "web02"):
        own = FACTS.key_for("2016", "standard").text
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", "hv1", own)))
    return world


@pytest.fixture
def folder(tmp_path):
    """A folder in which a lab was begun."""
    path = tmp_path / "x.lab"
    path.mkdir()
    found = Folder(path)
    world = first_world()
    found.begin(world.journal.header, world.journal.entries(), "the digest")
    return found


@pytest.fixture
def call(folder):
    """Carry out commands as one call of a process of its own; return the store as it was opened."""

    def run(*commands):
        store = Store(folder)
        world = World(FACTS, find_behaviour(), store.journal, store.state)
        for command in commands:
            world.do(command)
        store.commit()
        store.close()
        return store

    return run


@pytest.fixture
def state_now(folder):
    """The state that the folder's lab is in."""

    def read():
        store = Store(folder)
        store.close()
        return store.state

    return read
