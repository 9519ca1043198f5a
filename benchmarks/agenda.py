"""Measures the agenda alone against simpy on the same timeouts: only scheduling and taking out."""

from __future__ import annotations

import random

from measure import Figure, at_least, in_turn

from avma_sim.sim.agenda import ATTEMPT, KIND_BITS, Agenda

SPAN_US = 7 * 24 * 3_600 * 1_000_000
CASES = ((1_000, 40, 1.3), (100_000, 3, 1.0))


def delays_of(machines, rearms):
    """Draw the delays of all machines, the same for both sides."""
    draw = random.Random(7).randrange  # noqa: S311 - no secret
    return [[draw(1, SPAN_US) for _ in range(rearms + 1)] for _ in range(machines)]


def ours(delays):
    """Let each machine be due after its delays, one after the other."""
    dues = {}
    agenda = Agenda(dues.get)
    names = [f"vm{number:06d}" for number in range(len(delays))]
    left = {}
    entry = now = 0
    for name, own in zip(names, delays, strict=True):
        rest = iter(own)
        left[name] = rest.__next__
        entry += 1
        dues[name] = (next(rest) << KIND_BITS | ATTEMPT, entry, name)
        agenda.touch(name, 0)
    limit = (1 << 62) - 1
    done = 0
    while (due := agenda.pop(limit)) is not None:
        at, _, name = due
        now = at >> KIND_BITS
        done += 1
        entry += 1
        try:
            delay = left[name]()
        except StopIteration:
            dues[name] = None
            continue
        dues[name] = (now + delay << KIND_BITS | ATTEMPT, entry, name)
        agenda.touch(name, now)
    return done


def theirs_by_callback(delays):
    """Do the same with simpy's timeouts and bare callbacks, its cheapest way."""
    import simpy

    env = simpy.Environment()
    done = 0

    def arm(rest):
        nonlocal done

        def again(_):
            nonlocal done
            done += 1
            for delay in rest:
                env.timeout(delay).callbacks.append(again)
                return

        env.timeout(next(rest)).callbacks.append(again)

    for own in delays:
        arm(iter(own))
    env.run()
    return done


def theirs_by_process(delays):
    """Do the same with simpy's processes, its usual way."""
    import simpy

    env = simpy.Environment()
    done = 0

    def machine(own):
        nonlocal done
        for delay in own:
            yield env.timeout(delay)
            done += 1

    for own in delays:
        env.process(machine(own))
    env.run()
    return done


def figures(rounds):
    """Yield the figures; the goals are against simpy's usual way, its cheapest is reported."""
    try:
        import simpy
    except ModuleNotFoundError:
        yield Figure("agenda against simpy", float("nan"), "x", note="simpy is not installed")
        return
    for machines, rearms, goal in CASES:
        delays = delays_of(machines, rearms)
        count = machines * (rearms + 1)
        for side in (ours, theirs_by_callback, theirs_by_process):
            if side(delays) != count:
                raise AssertionError(f"{side.__name__} did not do {count} timeouts")
        times = rounds if machines < 10_000 else max(3, rounds // 3)
        for side, way in ((theirs_by_callback, "callbacks"), (theirs_by_process, "processes")):
            pairs = in_turn(lambda side=side: side(delays), lambda: ours(delays), times)  # noqa: B023
            name = f"agenda against simpy's {way}, {machines:,} machines, {count:,} timeouts"
            note = (
                f"simpy {simpy.__version__} {pairs.subject_us(count):.2f} us a timeout, "
                f"ours {pairs.control_us(count):.2f} us; {pairs.spread}"
            )
            if way == "processes":
                yield at_least(name, pairs.ratio, "x", goal, note)
            else:
                yield Figure(name, pairs.ratio, "x", note=note)
