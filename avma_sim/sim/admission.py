"""Owns the check of a command before it is accepted: names that exist, numbers within bounds.

Must not change anything: a command that is wrong leaves no trace. What the lab's *state* forbids
is no error but a refusal, which the actors tell as an event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.errors import DurationError, FaultError, InputError, UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.model import commands as cmd
from avma_sim.model.codes import code_text
from avma_sim.model.duration import CLOCK_US_MAX
from avma_sim.model.fault import ACTIONS, COPIES_MAX, Fault
from avma_sim.model.guest import LANGUAGES, LINUX
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES
from avma_sim.model.packet import ACTIVATION
from avma_sim.model.packet import CHANNELS as PACKET_CHANNELS
from avma_sim.rules.keys import judge_key
from avma_sim.sim.admission_guest import check_linux, check_names
from avma_sim.sim.admission_kvp import KVP_CHECKS, kvp_of_host
from avma_sim.sim.admission_life import LIFE_CHECKS
from avma_sim.sim.admitted import INSTANT_US_MAX, cluster_name, known, new_name, typed
from avma_sim.sim.state import State
from avma_sim.wire.blob import BLOB_BYTES_MAX

__all__ = ["admit"]

_FAULT_NAME: Final = re.compile(r"[ -~]{1,64}", re.ASCII)
KEY_TEXT_MAX: Final = 256
REQUESTS_MAX: Final = 10_000
KVP_BLOB_BYTES_MAX: Final = 16_384  # what a Linux guest reads of its channel at once


def admit(facts: Facts, state: State, command: cmd.Command) -> None:
    """Check a command against facts and state.

    Args:
        facts: the facts.
        state: the state.
        command: the command.

    Raises:
        InputError: says what is wrong and what is nearest.
    """
    check = _CHECKS.get(type(command))
    if check is None:
        raise UnknownName("command", type(command).__name__, [cls.__name__ for cls in cmd.COMMANDS])
    check(facts, state, command)


def _end(state: State, until_us: int | None) -> None:
    if until_us is not None and not state.now_us < until_us <= INSTANT_US_MAX:
        raise DurationError("an activation ends after the present instant and before year 10000")


def _add_host(facts: Facts, state: State, command: cmd.AddHost) -> None:
    typed(command)
    host = command.host
    new_name(state, "host", host.name)
    if host.release == LINUX:
        raise InputError(
            "hosts that run Linux are not simulated as such; a machine of another hypervisor is a host with "
            "its platform (kvm, xen, other), and any release"
        )
    known("release", host.release, facts.releases)
    known("edition", host.edition, facts.editions)
    if host.platform == "azure-local":
        raise InputError(
            "hosts of Azure Local are not simulated: they have a matrix and subscription of their own"
        )
    known("platform", host.platform, PLATFORMS)
    known("service state", host.service, SERVICE_STATES)
    if not 0 <= host.latency_us <= INSTANT_US_MAX:
        raise DurationError("a latency is at least 0 and ends before year 10000")
    if host.activation is not None:
        raise InputError("a host is added with its channel, not with an activation row")
    if not host.up or host.draining or host.identity:
        raise InputError("a host is added up, not drained, and with its first identity")
    cluster_name(host.cluster)
    if host.cluster and (host.platform != "hyper-v" or not host.hyperv):
        raise InputError(f"{host.name} is no Hyper-V host; a cluster is made of those")
    _limit(host.request_limit)
    kvp_of_host(host)
    if command.channel:
        known("channel", command.channel, CHANNELS)
    elif command.until_us is not None:
        raise InputError("a host that is not activated has no end of activation")
    _end(state, command.until_us)


def _limit(limit: tuple[int, int] | None) -> None:
    if limit is None:
        return
    if not 1 <= limit[0] <= REQUESTS_MAX:
        raise InputError(f"a request limit counts 1 to {REQUESTS_MAX} requests, not {limit[0]}")
    if not 1 <= limit[1] <= INSTANT_US_MAX:
        raise DurationError("a request limit has a span above 0 that ends before year 10000")


def _add_guest(facts: Facts, state: State, command: cmd.AddGuest) -> None:
    typed(command)
    guest = command.guest
    new_name(state, "guest", guest.name)
    known("host", guest.host, state.hosts)
    editions = facts.editions_of_guests(guest.release)
    known(f"edition of {guest.release}", guest.edition, editions)
    if guest.running or guest.pipe or guest.saved or guest.stands_still or guest.with_host:
        raise InputError("a guest is added powered off")
    if guest.vm_id and len(guest.vm_id) != 16:
        raise InputError(f"a VM id has 16 bytes, this one {len(guest.vm_id)}")
    if guest.vm_id and any(other.vm_id == guest.vm_id for other in state.guests.values()):
        raise InputError(f"the VM id {guest.vm_id.hex()} is taken by another guest")
    known("language", guest.language, LANGUAGES)
    if guest.rearms or guest.rearmed:
        raise InputError("a guest is added without a rearm behind it")
    _key_text(guest.unattend_key)
    check_names(guest)
    if guest.is_linux:
        check_linux(guest)
    elif guest.key:
        verdict = judge_key(
            facts,
            guest.key,
            guest.release,
            guest.edition,
            readings=state.settings.readings,
            other_keys=state.settings.other_keys,
        )
        if verdict.code:
            near = dict(verdict.because.inputs).get("nearest key")
            raise InputError(
                f"{guest.release}/{guest.edition} refuses the key {guest.key} ({code_text(verdict.code)}, "
                f"{verdict.because.law})"
                + _under(verdict.because.readings)
                + (f"; did you mean {near}?" if near else "")
            )


def _under(readings: tuple[tuple[str, str], ...]) -> str:
    said = " and ".join(f"{name}={value}" for name, value in readings)
    return f" under the reading {said}" if said else ""


def _upgrade(facts: Facts, state: State, command: cmd.Upgrade) -> None:
    typed(command)
    known("guest", command.guest, state.guests)
    editions = facts.editions_of_guests(command.release)
    known(f"edition of {command.release}", command.edition, editions)
    if command.release == LINUX and not state.guests[command.guest].is_linux:
        raise InputError("no upgrade leads from Windows to Linux; add a guest that runs it")
    _key_text(command.key)


def _install(facts: Facts, state: State, command: cmd.InstallProductKey) -> None:
    typed(command)
    known("guest", command.guest, state.guests)
    _key_text(command.key)


def _key_text(text: str) -> None:
    if len(text) > KEY_TEXT_MAX:
        raise InputError(f"a product key's text has at most {KEY_TEXT_MAX} characters")


def _activate(facts: Facts, state: State, command: cmd.Activate) -> None:
    typed(command)
    known("host", command.host, state.hosts)
    known("channel", command.channel, CHANNELS)
    _end(state, command.until_us)


def _host(facts: Facts, state: State, command: cmd.Deactivate) -> None:
    known("host", command.host, state.hosts)


def _set_service(facts: Facts, state: State, command: cmd.SetService) -> None:
    known("host", command.host, state.hosts)
    known("service state", command.state, SERVICE_STATES)


def _guest(facts: Facts, state: State, command: Any) -> None:
    known("guest", command.guest, state.guests)


def _with_guest(facts: Facts, state: State, command: Any) -> None:
    typed(command)
    known("guest", command.guest, state.guests)


def _disarm(facts: Facts, state: State, command: cmd.DisarmFault) -> None:
    known("fault", command.name, state.faults)


def _advance(facts: Facts, state: State, command: cmd.Advance) -> None:
    known("kind of until", command.until, cmd.UNTIL)
    typed(command)
    if command.to_us is None and not command.until:
        raise InputError("an advance needs an instant, or something to wait for")
    if command.to_us is not None and not state.now_us <= command.to_us <= CLOCK_US_MAX:
        raise DurationError("the clock only moves forward, and stays before year 9000")
    if command.until == "attempt":
        known("guest", command.guest, state.guests)
    elif command.guest:
        raise InputError("only an advance until an attempt names a guest")


def _arm(facts: Facts, state: State, command: cmd.ArmFault) -> None:
    typed(command)
    fault = command.fault
    if not _FAULT_NAME.fullmatch(fault.name):
        raise FaultError(f"a fault's name is 1 to 64 printable ASCII characters, not {fault.name!r}")
    if fault.name in state.fault_names:
        raise FaultError(f"the fault name {fault.name!r} was used before; each fault has its own")
    known("fault action", fault.action, ACTIONS)
    known("channel of a fault", fault.channel, PACKET_CHANNELS)
    if fault.guest:
        known("guest", fault.guest, state.guests)
    if fault.host:
        known("host", fault.host, state.hosts)
    if fault.to not in ("", "host", "guest"):
        raise UnknownName("end of the channel", fault.to, ("host", "guest"))
    _trigger(state, fault)
    _measure(fault)


def _trigger(state: State, fault: Fault) -> None:
    if fault.nth < 0 or fault.every < 0:
        raise FaultError(f"fault {fault.name!r}: packets are counted from 1")
    if not 0 <= fault.rate_ppm <= 1_000_000:
        raise FaultError(f"fault {fault.name!r}: a rate is 0 to 1,000,000 parts per million")
    if sum(map(bool, (fault.nth, fault.every, fault.rate_ppm))) > 1:
        raise FaultError(f"fault {fault.name!r}: give one of nth, every and rate")
    start, end = fault.from_us, fault.until_us
    if start is not None and start > CLOCK_US_MAX:
        raise FaultError(f"fault {fault.name!r} can never match: no clock gets that far")
    if end is not None and end <= max(state.now_us, start or 0):
        raise FaultError(f"fault {fault.name!r} can never match: its window is empty or over")


def _measure(fault: Fault) -> None:
    name, action = fault.name, fault.action
    if action in ("delay", "reorder") and fault.by_us <= 0:
        raise FaultError(f"fault {name!r}: {action} needs a span of time above 0 (by)")
    if not 0 <= fault.by_us <= INSTANT_US_MAX:
        raise FaultError(f"fault {name!r}: a span of time is at least 0 and ends before year 10000")
    if action == "duplicate" and not 1 <= fault.copies <= COPIES_MAX:
        raise FaultError(f"fault {name!r}: a duplicate makes 1 to {COPIES_MAX} copies, not {fault.copies}")
    if fault.bit < 0 or fault.size < 0 or fault.at < 0:
        raise FaultError(f"fault {name!r}: bit, size and at are at least 0")
    if action == "patch" and not fault.blob:
        raise FaultError(f"fault {name!r}: patch needs bytes to put in place (blob)")
    if action == "extend" and not fault.blob:
        raise FaultError(f"fault {name!r}: extend needs bytes to put at the end (blob)")
    most = BLOB_BYTES_MAX if fault.channel == ACTIVATION else KVP_BLOB_BYTES_MAX
    if len(fault.blob) > most:
        raise FaultError(f"fault {name!r}: at most {most} bytes, not {len(fault.blob)}")


_CHECKS: Final[Mapping[type, Callable[[Facts, State, Any], None]]] = MappingProxyType(
    {
        cmd.AddHost: _add_host,
        cmd.AddGuest: _add_guest,
        cmd.Activate: _activate,
        cmd.Deactivate: _host,
        cmd.SetService: _set_service,
        cmd.Start: _guest,
        cmd.Stop: _guest,
        cmd.Restart: _guest,
        cmd.InstallProductKey: _install,
        cmd.UninstallProductKey: _with_guest,
        cmd.RequestActivation: _with_guest,
        cmd.Rearm: _with_guest,
        cmd.SetDataExchange: _with_guest,
        cmd.SetKvpService: _with_guest,
        cmd.Upgrade: _upgrade,
        **LIFE_CHECKS,
        **KVP_CHECKS,
        cmd.ArmFault: _arm,
        cmd.DisarmFault: _disarm,
        cmd.Advance: _advance,
    }
)
