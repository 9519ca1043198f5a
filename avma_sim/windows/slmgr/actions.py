"""Owns the options that change a guest: keys, activation, rearming, license files.

Must not decide whether a change is made: it asks the world by commands, and prints what became of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avma_sim.model.licence import LICENSED
from avma_sim.windows import licensing_calls
from avma_sim.windows.product import Product
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

NO_SUCH_FILE: Final = 0x800A0BBA


def install_key(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ipk``: the key goes on as it was typed, and is printed so."""
    key = arguments[0]
    code = licensing_calls.install_key(desk.caller, key)
    if code:
        return fail(echo, code)
    echo.say("installed", key=key)
    return 0


def uninstall_key(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/upk``."""
    if not desk.with_key(*arguments[:1]):
        echo.say("no-key")
        return 0
    code = licensing_calls.uninstall_key(desk.caller)
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
    code = licensing_calls.attempt(desk.caller)
    if code:
        return fail(echo, code)
    licensed = desk.world.state.licences[desk.machine].status == LICENSED
    echo.say("activated" if licensed else "activation-failed")
    return 0


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
    code = _rearmed(echo, licensing_calls.rearm(desk.caller))
    if not code:
        echo.say("restart")
    return code


def rearm_application(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rearm-app``: Windows is the only application of a guest."""
    return _rearmed(echo, licensing_calls.rearm_application(desk.caller, arguments[0]))


def rearm_product(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/rearm-sku``: the product that holds the key is rearmed, with all of Windows."""
    wanted = arguments[0].lower()
    rows: tuple[Product, ...] = tuple(row for row in desk.products if row.id == wanted)
    if not rows:
        echo.say("no-product")
        return 0
    with_key = bool(rows[0].partial_product_key)
    return _rearmed(echo, licensing_calls.rearm_product(desk.caller, with_key=with_key))


def _rearmed(echo: Echo, code: int) -> int:
    if code:
        return fail(echo, code)
    echo.say("rearmed")
    return 0


def deposit_confirmation(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/atp``: AVMA is not activated by telephone, so no confirmation ID fits."""
    if not desk.with_key(*arguments[1:2]):
        echo.say("no-product")
        return 0
    return fail(echo, licensing_calls.denied_else(desk.caller, licensing_calls.BAD_CONFIRMATION))
