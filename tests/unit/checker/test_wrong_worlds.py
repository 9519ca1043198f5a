"""Worlds that are wrong on purpose leave traces in which the checker finds it, and by the right section."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import write_line
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings

DOCUMENTED = find_behaviour()
RULES, ENDS = DOCUMENTED.rules, DOCUMENTED.ends
SECOND = 1_000_000
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
STORIES = 60


def with_rules(**changed):
    return attrs.evolve(DOCUMENTED, rules=attrs.evolve(RULES, **changed))


def with_ends(**changed):
    return attrs.evolve(DOCUMENTED, ends=attrs.evolve(ENDS, **changed))


def with_command(kind, handler):
    return attrs.evolve(DOCUMENTED, commands={**DOCUMENTED.commands, kind: handler})


def made(rule, **changes):
    """Change what a rule makes; a change is a value, or a function of what was made."""
    genuine = getattr(RULES, rule)

    def wrong(*args, **kwargs):
        value = genuine(*args, **kwargs)
        if value is None:
            return None
        new = {name: to(value) if callable(to) else to for name, to in changes.items()}
        return attrs.evolve(value, **new)

    return with_rules(**{rule: wrong})


def given(rule, **changes):
    """Give a rule other arguments than the world's, by position."""
    genuine = getattr(RULES, rule)

    def wrong(*args, **kwargs):
        places = {int(place[1:]): value for place, value in changes.items()}
        return genuine(*(places.get(number, value) for number, value in enumerate(args)), **kwargs)

    return with_rules(**{rule: wrong})


def as_it_was(rule):
    def wrong(licence, *args, **kwargs):
        return licence

    return with_rules(**{rule: wrong})


def due_later(span):
    return lambda licence: licence.next and (licence.next[0] + span, licence.next[1])


def ends_later(span):
    return lambda licence: licence.end and (licence.end[0] + span, licence.end[1])


def grace_later(span):
    return lambda licence: licence.grace and (licence.grace[0] + span, licence.grace[1])


def nothing(world, command, by):
    """Leave nothing behind."""


def one_nonce(end, chan, request):
    return ENDS.guest_ask(end, chan, attrs.evolve(request, nonce=bytes(15) + b"\1"))


def another_vm(end, chan, request):
    return ENDS.guest_ask(end, chan, attrs.evolve(request, vm_id=bytes(16)))


def newest_build(end, chan, request):
    return ENDS.guest_ask(end, chan, attrs.evolve(request, build=1))


def repeats_late(end, chan, request, answer):
    return ENDS.host_repeat(end, chan, request, answer) + b"!"


def stop_only(world, command, by):
    if world.state.guests[command.guest].running:
        world.emit(ev.GuestStopped(command.guest), by)
    else:
        DOCUMENTED.commands[cmd.Stop](world, command, by)


def move_only(world, command, by):
    if command.kind == "live" and not command.fails and world.state.guests[command.guest].running:
        world.emit(ev.GuestMigrated(command.guest, command.to), by)
    else:
        DOCUMENTED.commands[cmd.Migrate](world, command, by)


def service_down(world, command, by):
    world.emit(ev.ServiceChanged(command.host, "stopped"), by)


def always_bad(*, bad_bytes):
    return RULES.judge_deadline(bad_bytes=True)


def never_bad(*, bad_bytes):
    return RULES.judge_deadline(bad_bytes=False)


def any_edition(facts, key, release, edition, **more):
    return RULES.judge_key(facts, key, release, "datacenter", **more)


def elevated(*args, **more):
    return RULES.judge_key(*args, **(more | {"elevated": True}))


WRONG = {
    # Section 3.
    "a newer guest is granted": (given("judge_at_host", a1="ws2025"), "section 3, row 8"),
    "a host that is not activated grants": (given("judge_at_host", a5="mak"), "section 3, row 6"),
    "no limit of requests": (with_rules(over_limit=lambda *_: False), "section 3, row 10"),
    "a limit of none": (with_rules(over_limit=lambda *_: True), "section 3, row 11"),
    "another platform is asked": (given("judge_at_guest", a1="hyper-v"), "section 3, row"),
    "an old host is asked": (given("judge_at_guest", a2="ws2025"), "section 3, row 5"),
    "a Standard host is asked": (given("judge_at_guest", a3="datacenter"), "section 3, row 5"),
    "a stopped service is asked": (given("judge_at_guest", a4="running"), "section 3, row 5"),
    "every guest gives up by itself": (given("judge_at_guest", a5=False), "section 3"),
    "Data Exchange has no say": (given("judge_at_guest", a5=True), "section 3, row 4"),
    "a stopped service answers": (with_rules(nobody_answers=lambda *_: ""), "section 3, row 5"),
    "refusals have one code": (made("judge_at_host", code=lambda v: v.code and 0xC004FD03), "section 3, row"),
    "a refusal is invalid data": (
        made("judge_answer", notification=lambda v: "invalid-data" if v.code else "success"),
        "section 4, rule 1",
    ),
    # Section 4.
    "a nonce is spent twice": (with_ends(guest_ask=one_nonce), "section 4"),
    "a request has another VM id": (with_ends(guest_ask=another_vm), "section 4"),
    "a request has an old build": (with_ends(guest_ask=newest_build), "section 4"),
    "a repeated request gets another answer": (with_ends(host_repeat=repeats_late), "section 4"),
    "a silence is bad bytes": (with_rules(judge_deadline=always_bad), "section 4, rule 3"),
    "bad bytes are a silence": (with_rules(judge_deadline=never_bad), "section 4, rule 3"),
    "a stop does not void": (with_command(cmd.Stop, stop_only), "section 4, voiding"),
    "a move does not void": (with_command(cmd.Migrate, move_only), "section 4, voiding"),
    # Section 5.
    "a licence of a year": (made("granted", end=ends_later(185 * DAY)), "section 5, licensed"),
    "a renewal comes late": (made("granted", next=due_later(HOUR)), "section 5, licensed"),
    "a grant forgets its host": (made("granted", host=""), "section 5, licensed"),
    "a grant keeps the failure": (made("granted", failure=1), "section 5, licensed"),
    "a retry comes late": (made("failed", next=due_later(HOUR)), "section 5, attempts"),
    "a failure is the last": (made("failed", next=None), "section 5, attempts"),
    "a failure takes the licence": (made("failed", status=NOTIFICATION), "section 5, attempts"),
    "a failure is never told": (made("failed", failure=0), "section 5, attempts"),
    "a failure leaves initial grace": (
        made("failed", status=lambda made: made.status if made.status == LICENSED else GRACE),
        "section 5, attempts",
    ),
    "a grace of twenty days": (made("started", grace=grace_later(10 * DAY)), "section 5, attempts"),
    "a start asks nothing": (made("started", next=None), "section 5, attempts"),
    "a licence that ends stays": (made("ended", status=LICENSED), "section 5, notification"),
    "an end has no reason": (made("ended", reason=0), "section 5, notification"),
    "another key keeps the licence": (as_it_was("replaced"), "section 5, keys"),
    "a new key asks nothing": (made("installed", next=None), "section 5, keys"),
    "a key that is gone keeps the licence": (made("removed", status=NOTIFICATION), "section 5, keys"),
    "a key of Datacenter fits": (with_rules(judge_key=any_edition), "section 5, keys"),
    "nobody needs elevation": (with_rules(judge_key=elevated), "section 5, keys"),
    # Section 6.
    "a copy keeps its licence": (as_it_was("copied"), "section 6, copy"),
    "a resume misses what is due": (made("resumed", next=None), "section 6, saved"),
    # What a command is for.
    "an activation does nothing": (with_command(cmd.Activate, nothing), "section 5"),
    "a service stays down": (with_command(cmd.SetService, service_down), "format"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_world_is_found(name, checker, story):
    behaviour, law = WRONG[name]
    laws: set[str] = set()
    for seed in range(STORIES):
        laws |= {finding.law for finding in checker.check(story(seed, behaviour))}
        if any(each.startswith(law) for each in laws):
            return
    pytest.fail(f"nothing of {law} in {STORIES} stories; found: {sorted(laws) or 'nothing'}")


def moved(behaviour):
    """Move a licensed guest to a host that would not activate it, and let an hour pass."""
    settings = Settings(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    world = new_world(settings, load_facts(), behaviour)
    world.do(cmd.AddHost(Host("hv1", "ws2019", "datacenter"), "mak"))
    world.do(cmd.AddHost(Host("bad", "ws2019", "datacenter")))
    key = "TNK62-RXVTB-4P47B-2D623-4GF74"
    world.do(cmd.AddGuest(Guest("a", b"", "ws2019", "standard", "hv1", key)))
    world.do(cmd.Start("a"))
    world.do(cmd.Migrate("a", "bad"))
    world.do(cmd.Advance(world.state.now_us + HOUR))
    return [world.journal.header.line(), *(write_line(entry) for entry in world.journal.entries())]


def test_a_guest_that_asks_on_no_arrival_is_found(checker):
    assert checker.check(moved(DOCUMENTED)) == []
    (found,) = checker.check(moved(with_rules(asks_on_arrival=lambda *_, **__: False)))
    assert found.law == "section 7, move-to-unqualified"
    kept = with_rules(failed=lambda *args, **more: RULES.failed(*args, **(more | {"trigger": ""})))
    assert {each.law for each in checker.check(moved(kept))} == {"section 5, attempts"}
