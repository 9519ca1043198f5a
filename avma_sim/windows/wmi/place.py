r"""Owns where a connection leads: which machine is meant, and which of its namespaces.

Must not know classes.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from avma_sim.facts.wmi import wmi_facts
from avma_sim.sim.world import World
from avma_sim.windows.computers import find_machine, is_machine
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.refusal import Code, WmiError, shown
from avma_sim.windows.wmi.rows import namespaces

__all__ = ["Place", "answers", "find_place"]

_SERVER: Final = re.compile(r"(?:\\\\|//)([^\\/]+)[\\/](.*)", re.DOTALL)


@attrs.frozen
class Place:
    r"""A namespace of a machine of the lab.

    Args:
        machine: the machine's name in the lab.
        namespace: such as ``root\cimv2``, as the facts spell it.
        remote: whether another machine was named than the one that asks.
    """

    machine: str
    namespace: str
    remote: bool = False


def find_place(prompt: Prompt, namespace: str, computer: str) -> Place:
    r"""Return the place that a program means.

    Args:
        prompt: where the program runs.
        namespace: the namespace, in any letter case, with either slash; ``\\web01\root\cimv2`` names the
            machine besides.
        computer: the machine; ``.`` for the one that the program runs on.

    Returns:
        The place.

    Raises:
        WmiError: nobody answers there (0x800706BA), or it has no such namespace (0x8004100E).
    """
    named = _SERVER.fullmatch(namespace)
    if named is not None:
        namespace = named[2]
        computer = named[1] if is_machine(prompt, computer, prompt.machine) else computer
    machine = _machine(prompt, computer)
    there = namespaces(prompt.world, machine)
    if not there and machine != prompt.machine:  # Linux: no such service listens
        raise _no_answer(computer)
    wanted = namespace.replace("/", "\\").lower()
    for name in there:
        if name.lower() == wanted:
            return Place(machine, name, remote=machine != prompt.machine)
    known = there or tuple(wmi_facts().namespaces)
    what = f"{machine} has no namespace {shown(namespace)}"
    if not there:
        what = f"{machine} does not run Windows, so it has no WMI"
    raise WmiError(Code.INVALID_NAMESPACE, what, found=wanted if there else None, known=known)


def answers(world: World, machine: str) -> None:
    """Make sure that a machine runs.

    Args:
        world: the world.
        machine: the machine's name in the lab.

    Raises:
        WmiError: it does not (0x800706BA).
    """
    silence = world.state.silence(machine)
    if silence:
        raise WmiError(Code.RPC_SERVER_UNAVAILABLE, f"{machine} is {silence}, so nobody answers there")


def _machine(prompt: Prompt, computer: str) -> str:
    world: World = prompt.world
    machine = find_machine(prompt, computer)
    if machine is None:
        raise _no_answer(computer, (*world.state.hosts, *world.state.guests))
    answers(world, machine)
    return machine


def _no_answer(computer: str, names: tuple[str, ...] = ()) -> WmiError:
    what = f"nobody answers on {shown(computer)}"
    return WmiError(Code.RPC_SERVER_UNAVAILABLE, what, found=computer, known=names)
