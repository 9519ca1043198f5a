"""Owns the options that change a guest: keys, activation, rearming, license files.

Must not decide whether a change is made: it asks the world by commands, and prints what became of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avma_sim.errors import InputError
from avma_sim.model.codes import INVALID_KEY, KEY_NOT_INSTALLED, OK
from avma_sim.model.commands import InstallProductKey, Rearm, RequestActivation, UninstallProductKey
from avma_sim.model.duration import CLOCK_US_MAX
from avma_sim.model.licence import LICENSED
from avma_sim.model.log import LogRow
from avma_sim.windows.product import WINDOWS_ID, Product
from avma_sim.windows.slmgr.desk import Desk, fail
from avma_sim.windows.slmgr.echo import Echo

__all__ = [
    "activate",
    "clear_key_text",
    "deposit_confirmation",
    "install_key",
    "install_license_file",
    "rearm_application",
    "rearm_product",
    "rearm_windows",
    "reinstall_license_files",
    "uninstall_key",
]

WAIT_US_MAX: Final = 120_000_000
VALUE_NOT_FOUND: Final = 0xC004F012
BAD_CONFIRMATION: Final = 0xC004F02C
NO_SUCH_FILE: Final = 0x800A0BBA


def install_key(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ipk``: the key goes on as it was typed, and is printed so."""
    key = arguments[0]
    command = InstallProductKey(desk.machine, key, desk.elevated)
    try:
        code = desk.refused(desk.world.do(command))
    except InputError:  # more text than a command takes, or none that can be written down: no key is so
        code = desk.denied() or INVALID_KEY
    if code:
        return fail(echo, code)
    echo.say("installed", key=key)
    return 0


def uninstall_key(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/upk``."""
    if not desk.with_key(*arguments[:1]):
        echo.say("no-key")
        return 0
    code = desk.refused(desk.world.do(UninstallProductKey(desk.machine, desk.elevated)))
    if code:
        return fail(echo, code)
    echo.say("uninstalled")
    return 0


def activate(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ato``: ask, wait for the attempt's end, tell it.

    Source: reference of slmgr: an attempt that fails is an error with its number; where the call itself
        went well and the guest is not licensed all the same, the exit code is 0.
    """
    rows = desk.with_key(*arguments[:1])
    if not rows:
        echo.say("no-product")
        return 0
    echo.say("activating", name=rows[0].name, id=rows[0].id)
    code = _attempt(desk)
    if code:
        return fail(echo, code)
    licensed = desk.world.state.licences[desk.machine].status == LICENSED
    echo.say("activated" if licensed else "activation-failed")
    return 0


def _attempt(desk: Desk) -> int:
    """Let the guest attempt, wait for the end, and return its result code.

    Returns:
        0 also where it did not end in the time that a call waits, or was voided.
    """
    world, before = desk.world, _newest(desk)
    limit = min(WAIT_US_MAX, CLOCK_US_MAX - world.state.now_us)
    code = desk.refused(world.call(RequestActivation(desk.machine, desk.elevated), desk.machine, limit))
    if code:
        return code
    after = _newest(desk)
    return OK if after is None or after is before else after.code


def _newest(desk: Desk) -> LogRow | None:
    """Return the newest record of an ended attempt."""
    recent = desk.world.state.logs[desk.machine].recent
    return recent[-1] if recent else None


def clear_key_text(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/cpky``: the text of the key in the registry, of which the lab keeps none, is cleared."""
    return _done(desk, echo, "key-cleared")


def reinstall_license_files(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rilc``: the license files of the lab's machines are as they should be, before and after."""
    echo.say("reinstalling")
    return _done(desk, echo, "reinstalled")


def install_license_file(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ilc``: machines of the lab have no files, so none can be opened."""
    return fail(echo, NO_SUCH_FILE)


def _done(desk: Desk, echo: Echo, line: str) -> int:
    code = desk.denied()
    if code:
        return fail(echo, code)
    echo.say(line)
    return 0


def rearm_windows(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rearm``."""
    code = _rearm(desk, echo)
    if not code:
        echo.say("restart")
    return code


def rearm_application(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rearm-app``: Windows is the only application of a guest."""
    if arguments[0].lower().strip("{}") != WINDOWS_ID:
        return fail(echo, desk.denied() or VALUE_NOT_FOUND)
    return _rearm(desk, echo)


def rearm_product(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rearm-sku``: the product that holds the key is rearmed, with all of Windows."""
    wanted = arguments[0].lower()
    rows: tuple[Product, ...] = tuple(row for row in desk.products if row.id == wanted)
    if not rows:
        echo.say("no-product")
        return 0
    if not rows[0].partial_product_key:
        return fail(echo, desk.denied() or KEY_NOT_INSTALLED)
    return _rearm(desk, echo)


def _rearm(desk: Desk, echo: Echo) -> int:
    code = desk.refused(desk.world.do(Rearm(desk.machine, desk.elevated)))
    if code:
        return fail(echo, code)
    echo.say("rearmed")
    return 0


def deposit_confirmation(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/atp``: AVMA is not activated by telephone, so no confirmation ID fits."""
    if not desk.with_key(*arguments[1:2]):
        echo.say("no-product")
        return 0
    return fail(echo, desk.denied() or BAD_CONFIRMATION)
