"""Owns what a host reads before it answers, so that whoever asks sees what its guests say now.

Must not wait: where packets take their time, the answer is what the host has. Nor know licences.
"""

from __future__ import annotations

from collections.abc import Sequence

from avma_sim.facts.wmi import wmi_facts
from avma_sim.model.commands import ReadKvp
from avma_sim.model.guest import Guest
from avma_sim.sim.pools import is_open
from avma_sim.sim.world import World

__all__ = ["read_first"]


def read_first(world: World, host: str, class_name: str, only: Sequence[Guest] = ()) -> None:
    """Let a host read its guests, where a class is one of those that show what it has read.

    A host that reads by itself is left to it. So are guests that are paused or being read: they answer later.

    Args:
        world: the world.
        host: name of the machine that is asked.
        class_name: the class whose instances are asked for.
        only: the virtual machines whose instances those can only be; none for all.

    Source: facts of WMI, `read_when_asked`.
    """
    state = world.state
    if class_name not in wmi_facts().read_when_asked or state.hosts[host].kvp_refresh_us:
        return
    guests = only or [each for each in state.guests.values() if each.host == host]
    open_ = [each for each in guests if is_open(state, each)]
    ready = [each.name for each in open_ if not each.paused and each.name not in state.exchanges]
    if not only and len(ready) == len(open_) > 1:
        world.do(ReadKvp(host=host))
        return
    for name in ready:
        world.do(ReadKvp(name))
