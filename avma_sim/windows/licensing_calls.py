"""Owns calls of a guest's licensing service: each a command, and the result code of what became of it.

Must not print anything, nor know who calls: slmgr and WMI make the same calls.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.model.codes import ACCESS_DENIED, INVALID_KEY, KEY_NOT_INSTALLED, OK
from avma_sim.model.commands import InstallProductKey, Rearm, RequestActivation, UninstallProductKey
from avma_sim.model.duration import CLOCK_US_MAX
from avma_sim.model.log import LogRow
from avma_sim.sim.world import Outcome, World
from avma_sim.windows.product import WINDOWS_ID

__all__ = [
    "BAD_CONFIRMATION",
    "NOT_A_PARAMETER",
    "NO_LICENCE",
    "NO_SUCH_DOMAIN",
    "PORTS",
    "TYPES",
    "Caller",
    "attempt",
    "denied_else",
    "deny",
    "install_key",
    "rearm",
    "rearm_application",
    "rearm_product",
    "uninstall_key",
]

WAIT_US_MAX: Final = 120_000_000
VALUE_NOT_FOUND: Final = 0xC004F012
BAD_CONFIRMATION: Final = 0xC004F02C
NO_LICENCE: Final = 0xC004F304
NO_SUCH_DOMAIN: Final = 0x8007054B
NOT_A_PARAMETER: Final = 0x80070057
PORTS: Final = range(1, 65_536)
TYPES: Final = range(4)  # of volume activation
_UNSPECIFIED: Final = 0x80004005


@attrs.frozen
class Caller:
    """Who calls a guest's licensing service.

    Args:
        world: the world.
        machine: name of the guest.
        elevated: whether changes are allowed there.
    """

    world: World
    machine: str
    elevated: bool = True


def deny(caller: Caller) -> int:
    """Return the result code of a change from a prompt that is not elevated; 0 where it is.

    Args:
        caller: who calls.
    """
    return OK if caller.elevated else ACCESS_DENIED


def install_key(caller: Caller, key: str) -> int:
    """Install a product key.

    Args:
        caller: who calls.
        key: the key's text, as it was typed.

    Returns:
        The result code.
    """
    command = InstallProductKey(caller.machine, key, caller.elevated)
    try:
        return _code(caller.world.do(command))
    except InputError:  # more text than a command takes, or none that can be written down: no key is so
        return deny(caller) or INVALID_KEY


def uninstall_key(caller: Caller) -> int:
    """Remove the product key.

    Args:
        caller: who calls.

    Returns:
        The result code.
    """
    return _code(caller.world.do(UninstallProductKey(caller.machine, caller.elevated)))


def attempt(caller: Caller) -> int:
    """Let the guest attempt to activate, and wait for the end.

    Args:
        caller: who calls.

    Returns:
        The result code; 0 also where it did not end in the time that a call waits, or was voided.
    """
    world, before = caller.world, _newest(caller)
    limit = min(WAIT_US_MAX, CLOCK_US_MAX - world.state.now_us)
    code = _code(world.call(RequestActivation(caller.machine, caller.elevated), caller.machine, limit))
    if code:
        return code
    after = _newest(caller)
    return OK if after is None or after is before else after.code


def rearm(caller: Caller) -> int:
    """Rearm Windows.

    Args:
        caller: who calls.

    Returns:
        The result code.
    """
    return _code(caller.world.do(Rearm(caller.machine, caller.elevated)))


def rearm_application(caller: Caller, application_id: str) -> int:
    """Rearm an application: Windows is the only one of a guest.

    Args:
        caller: who calls.
        application_id: the application's id.

    Returns:
        The result code.
    """
    if application_id.lower().strip("{}") != WINDOWS_ID:
        return deny(caller) or VALUE_NOT_FOUND
    return rearm(caller)


def rearm_product(caller: Caller, *, with_key: bool) -> int:
    """Rearm a product: the one that holds the key, with all of Windows.

    Args:
        caller: who calls.
        with_key: whether that product holds the key.

    Returns:
        The result code.
    """
    return rearm(caller) if with_key else denied_else(caller, KEY_NOT_INSTALLED)


def denied_else(caller: Caller, code: int) -> int:
    """Fail to change something that the lab's machines never have.

    Args:
        caller: who calls.
        code: the result code where changes are allowed.

    Returns:
        The result code.
    """
    return deny(caller) or code


def _code(outcome: Outcome) -> int:
    """Return the result code of a command's refusal; 0 where it was carried out."""
    refusal = outcome.refused
    return OK if refusal is None else refusal.code or _UNSPECIFIED


def _newest(caller: Caller) -> LogRow | None:
    """Return the newest record of an ended attempt."""
    recent = caller.world.state.logs[caller.machine].recent
    return recent[-1] if recent else None
