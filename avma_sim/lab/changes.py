"""Owns the closed list of facts that what-if may change, each as a sentence, with its commands if any.

Must not play anything: a change is a value, `avma_sim.lab.what_if` tries it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

from avma_sim.facts.tables import Facts
from avma_sim.model.guest import Guest
from avma_sim.model.host import SERVICE_STATES, Host
from avma_sim.model.migration import FAILOVER
from avma_sim.model.release import Release
from avma_sim.rules.keys import own_key
from avma_sim.sim.state import State

__all__ = ["Call", "Change", "host_changes", "near_changes", "pairs_of"]

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
# Only these facts of the host that a guest leaves decide whether it may leave.
_LEAVING: Final = ("platform", "hyperv")


@attrs.frozen
class Call:
    """One command that makes a change, as a method of the lab or a verb of scenarios.

    Args:
        verb: the verb.
        fields: its fields in the verb's order.
        first: how many of them stand without their name in the short form.
    """

    verb: str
    fields: tuple[tuple[str, str | bool], ...]
    first: int = 2

    def __str__(self) -> str:
        words = []
        for at, (name, value) in enumerate(self.fields):
            said = value if isinstance(value, str) else str(value).lower()
            if not _PLAIN.fullmatch(said):  # a fault's name may be any text: quoted, as in a file
                return f"{self.verb}: {json.dumps(said)}"
            words.append(said if at < self.first else f"{name}={said}")
        return " ".join((self.verb, *words))


@attrs.frozen
class Change:
    """One fact that is otherwise than it is.

    Args:
        fact: which fact; two changes of one fact exclude each other.
        sentence: what would be so, after "if".
        host: the host whose fact it is; empty for one of the guest, its place or a fault.
        calls: the commands that make it so; empty where no command does.
        field: else the field of the host's or the guest's row.
        value: what the field holds then.
        to: the host that the guest moves to; empty for none.
        nearest: whether only the first change of this fact that flips the outcome is told.
    """

    fact: str
    sentence: str
    host: str = ""
    calls: tuple[Call, ...] = ()
    field: str = ""
    value: Any = None
    to: str = ""
    nearest: bool = False

    @property
    def told_as(self) -> str:
        """What is told once: the fact where only the nearest counts, else the change."""
        return self.fact if self.nearest else self.sentence

    def edit(self, state: State, guest: str) -> None:
        """Write a change that no command makes into a state of the caller's own.

        Args:
            state: the state; it must be nobody else's.
            guest: the guest's name.
        """
        if self.host and self.field:
            state.hosts[self.host] = attrs.evolve(state.hosts[self.host], **{self.field: self.value})
            if self.field == "hyperv" and not self.value and state.guests[guest].host == self.host:
                # A machine without the role runs no guest: the next attempt would be a start.
                state.guests[guest] = attrs.evolve(
                    state.guests[guest], running=False, paused=False, saved=False
                )
        elif self.field:
            state.guests[guest] = attrs.evolve(state.guests[guest], **{self.field: self.value})


def host_changes(state: State, facts: Facts, name: str) -> list[Change]:
    """List the facts of one host that could be otherwise, releases nearest first.

    Args:
        state: the state.
        facts: the facts.
        name: the host's name.

    Returns:
        The changes, in a fixed order.
    """
    host = state.hosts[name]
    found = [_activation(host)]
    if not host.up:
        found.append(Change(f"{name} up", f"{name} were up", name, (Call("start_host", (("host", name),)),)))
    found += [
        Change(
            f"{name} service",
            f"the activation service of {name} were {word}",
            name,
            (Call("set_service", (("host", name), ("state", word))),),
        )
        for word in SERVICE_STATES
        if word != host.service
    ]
    edition = "standard" if host.edition == "datacenter" else "datacenter"
    found.append(_row(name, "edition", edition, f"{name} were {facts.editions[edition]}"))
    found += [
        attrs.evolve(_row(name, "release", release.id, f"{name} were {release.label}"), nearest=True)
        for release in _nearest(facts, host.release)
    ]
    if host.platform == "hyper-v":
        found.append(_row(name, "platform", "other", f"{name} were another hypervisor than Hyper-V"))
    else:
        found.append(_row(name, "platform", "hyper-v", f"{name} were a Hyper-V host"))
    role = "had no Hyper-V role" if host.hyperv else "had the Hyper-V role"
    found.append(_row(name, "hyperv", not host.hyperv, f"{name} {role}"))
    found.append(_row(name, "encryption", not host.encryption, _encrypts(name, on=not host.encryption)))
    if host.request_limit is not None:
        found.append(_row(name, "request_limit", None, f"{name} had no request limit"))
    return found


def _activation(host: Host) -> Change:
    verb, word = ("deactivate", "not activated") if host.activated else ("activate", "activated")
    call = Call(verb, (("host", host.name),))
    return Change(f"{host.name} activation", f"{host.name} were {word}", host.name, (call,))


def _row(name: str, field: str, value: Any, sentence: str) -> Change:
    return Change(f"{name} {field}", sentence, name, field=field, value=value)


def _encrypts(name: str, *, on: bool) -> str:
    return f"encryption of the activation channel were {'on' if on else 'off'} at {name}"


def _nearest(facts: Facts, present: str) -> list[Release]:
    """Return the other releases, nearest first: those of the same kind before clients, older before newer."""
    order = list(facts.releases)
    client = facts.releases[present].channel == "client"
    at = order.index(present)
    return sorted(
        (facts.releases[name] for name in order if name != present),
        key=lambda row: ((row.channel == "client") != client, abs(order.index(row.id) - at)),
    )


def _fault_changes(state: State) -> list[Change]:
    return [
        Change(f"fault {name}", f"the fault {name!r} were disarmed", "", (Call("disarm", (("name", name),)),))
        for name in state.faults
    ]


def _move(guest: str, to: str, *, failover: bool) -> Change:
    kind = (("kind", FAILOVER),) if failover else ()
    call = Call("migrate", (("guest", guest), ("to", to), *kind))
    return Change("place", f"{guest} were on {to}", "", (call,), to=to)


def _guest_changes(state: State, facts: Facts, name: str) -> list[Change]:
    """List the facts of the guest itself; what makes it ask anew comes last."""
    guest = state.guests[name]
    exchange, service = not guest.data_exchange, not guest.kvp_service
    encryption = not guest.encryption
    found = [
        Change(
            "data exchange",
            f"Data Exchange were {'on' if exchange else 'off'} for {name}",
            calls=(Call("set_data_exchange", (("guest", name), ("on", exchange)), 1),),
        ),
        Change(
            "kvp service",
            f"the KVP service of {name} were {'running' if service else 'stopped'}",
            calls=(Call("set_kvp_service", (("guest", name), ("running", service)), 1),),
        ),
        Change("encryption", _encrypts(name, on=encryption), field="encryption", value=encryption),
    ]
    if guest.is_linux:  # which nothing makes a Windows
        return found
    return [*found, *_upgrades(state, facts, guest), *_keys(state, facts, guest), *_power(guest)]


def _on(guest: Guest) -> tuple[Call, ...]:
    """Return what comes before a command that only a running guest takes."""
    if guest.power == "running":
        return ()
    return (Call("start" if guest.power == "off" else "resume", (("guest", guest.name),)),)


def _upgrades(state: State, facts: Facts, guest: Guest) -> Iterator[Change]:
    present = facts.releases[guest.release]
    for release in _nearest(facts, guest.release):
        same_kind = (release.channel == "client") == (present.channel == "client")
        if same_kind and release.build >= present.build and guest.edition in release.editions:
            yield _upgrade(state, facts, guest, release, guest.edition)
    for edition in present.editions:
        if edition != guest.edition:
            yield _upgrade(state, facts, guest, present, edition)


def _upgrade(state: State, facts: Facts, guest: Guest, release: Release, edition: str) -> Change:
    field, value = ("release", release.id) if release.id != guest.release else ("edition", edition)
    label = release.label if field == "release" else facts.editions[edition]
    published = own_key(facts, release.id, edition, state.settings.readings) is not None
    fields = [("guest", guest.name), (field, value)] + [("key", "avma")] * published
    with_key = "its AVMA key" if published else "no key, for none is published"
    return Change(
        f"guest {field}",
        f"{guest.name} were upgraded to {label} with {with_key}",
        calls=(*_on(guest), Call("upgrade", tuple(fields), 1)),
        nearest=field == "release",
    )


def _keys(state: State, facts: Facts, guest: Guest) -> Iterator[Change]:
    name, readings = guest.name, state.settings.readings
    own = own_key(facts, guest.release, guest.edition, readings)
    if guest.unattend_key and state.licences[name].grace is None:  # Setup runs at the first start
        if own is not None and guest.unattend_key.upper() != own.text:
            said = f"the answer file of {name} had its own AVMA key"
            yield Change("answer file", said, field="unattend_key", value=own.text)
        yield Change("answer file", f"{name} had no answer file", field="unattend_key", value="")
    if own is not None and guest.key != own.text:
        install = Call("install_key", (("guest", name), ("key", "avma")))
        yield Change("key", f"{name} had its own AVMA key", calls=(*_on(guest), install))
    if guest.key:
        remove = Call("uninstall_key", (("guest", name),))
        yield Change("key", f"{name} had no product key", calls=(*_on(guest), remove))
    wrong = next((key for key in facts.keys.values() if key not in (own, facts.keys.get(guest.key))), None)
    if wrong is not None:
        install = Call("install_key", (("guest", name), ("key", wrong.text)))
        said = f"{name} had the AVMA key of another guest ({wrong.family}, {facts.editions[wrong.edition]})"
        yield Change("key", said, calls=(*_on(guest), install))


def _power(guest: Guest) -> Iterator[Change]:
    # Where it is off the attempt is its start already.
    if guest.running:
        call = Call("stop", (("guest", guest.name),))
        yield Change("power", f"{guest.name} were off, so that its start asks", calls=(call,))


def near_changes(state: State, facts: Facts, guest: str) -> list[Change]:
    """List what one change alone can be: the guest's host, the faults, its place, the guest itself.

    Args:
        state: the state.
        facts: the facts.
        guest: the guest's name.

    Returns:
        The changes, in the order in which they are made.
    """
    here = state.guests[guest].host
    dead = not state.hosts[here].up
    moves = [_move(guest, to, failover=dead) for to in state.hosts if to != here]
    return [
        *host_changes(state, facts, here),
        *_fault_changes(state),
        *moves,
        *_guest_changes(state, facts, guest),
    ]


def pairs_of(state: State, facts: Facts, guest: str) -> Iterator[tuple[Change, Change]]:
    """Yield pairs of changes that can matter together, each in the order in which it is made.

    A fact of a host that the guest is not on matters only with the move there; of the host that it leaves,
    only what decides whether it may leave.

    Args:
        state: the state.
        facts: the facts.
        guest: the guest's name.

    Yields:
        The pairs, in a fixed order.
    """
    near = near_changes(state, facts, guest)
    moves = [change for change in near if change.to]
    stays = [change for change in near if not change.to]
    for first, second in itertools.combinations(stays, 2):
        if first.fact != second.fact:
            yield first, second
    for move in moves:
        for fact in host_changes(state, facts, move.to):
            yield fact, move
        for change in stays:
            if change.field in _LEAVING or change.fact.startswith("fault "):
                yield change, move
            elif not change.host:
                yield move, change
