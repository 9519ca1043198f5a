"""Measures an activation through bytes against the work that nobody can avoid."""

from __future__ import annotations

from floor import activations
from measure import Figure, at_most, in_turn
from stage import names, renew, started_world

from avma_sim.model import commands as cmd

GUESTS = 1_000
GOALS = {True: (4, 3), False: (7, 5)}


def figures(rounds):
    """Yield the figures: renewals by one advance, then whole boots."""
    for encrypted, (goal, aim) in GOALS.items():
        kind = "encrypted" if encrypted else "in clear"
        world = started_world(GUESTS, encrypted=encrypted)

        def control(encrypted=encrypted):
            activations(GUESTS, encrypted=encrypted)

        def renewals(world=world):
            renew(world, GUESTS, GUESTS)

        renewals()
        pairs = in_turn(renewals, control, rounds)
        note = (
            f"aim {aim} x; {pairs.subject_us(GUESTS):.0f} us against {pairs.control_us(GUESTS):.0f} us; "
            f"{pairs.spread}"
        )
        yield at_most(f"activation, {kind}, by one advance", pairs.ratio, "x", goal, note)
        yield boots(world, control, kind, rounds)


def boots(world, control, kind, rounds):
    """Measure `Start`: a command each, the guest's start and its activation."""
    guests = names(GUESTS)

    def stop():
        for name in guests:
            world.do(cmd.Stop(name))

    def start():
        for name in guests:
            world.do(cmd.Start(name))

    pairs = in_turn(start, control, rounds, before=stop)
    return Figure(
        f"boot, {kind}, a Start each", pairs.ratio, "x", note=f"{pairs.subject_us(GUESTS):.0f} us a boot"
    )
