"""Owns what the reading options show: the licence in short, at length, its end, and the installation ID.

Must not change anything, nor know how a licence came to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avma_sim.model.codes import GRACE_EXPIRED, code_text
from avma_sim.model.licence import LICENSED, NOTIFICATION, UNLICENSED
from avma_sim.windows.product import Product, service_version
from avma_sim.windows.slmgr.clients import tell_avma_client, tell_kms_client
from avma_sim.windows.slmgr.desk import Desk
from avma_sim.windows.slmgr.echo import Echo

__all__ = [
    "show_expiry",
    "show_installation_id",
    "show_licence",
    "show_licence_at_length",
    "tell_expiry",
    "tell_product",
]

NOT_GENUINE: Final = 0xC004F200
_DAY_MINUTES: Final = 1440
_MINUTE_US: Final = 60_000_000
_INSTANT_US_MAX: Final = 253_402_300_799_999_999
_KNOWN: Final = range(7)


def show_licence(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/dli``: the licence in short."""
    return _show(desk, echo, arguments, at_length=False)


def show_licence_at_length(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/dlv``: the version of the service, then the licence at length."""
    state, facts = desk.world.state, desk.world.facts
    row = state.hosts[desk.machine] if desk.is_host else state.guests[desk.machine]
    echo.say("version", version=service_version(facts, row.release))
    return _show(desk, echo, arguments, at_length=True)


def _show(desk: Desk, echo: Echo, arguments: Sequence[str], *, at_length: bool) -> int:
    """Show the product in use, all products, or the one that is named."""
    wanted = arguments[0].lower() if arguments else ""
    if not wanted:
        rows = desk.with_key()
    elif wanted == "all":
        rows = desk.products
    else:
        rows = tuple(row for row in desk.products if row.id == wanted)
    for row in rows:
        echo.print()
        tell_product(desk, echo, row, at_length=at_length)
        if row.id != wanted:  # one that is named is not followed by an empty line
            echo.print()
    if not rows:
        echo.say("no-key")
    return 0


def tell_product(desk: Desk, echo: Echo, row: Product, *, at_length: bool) -> None:
    """Print the lines of one product.

    Args:
        desk: the machine.
        echo: what is printed.
        row: the product.
        at_length: whether as ``/dlv`` does.

    Source: reference of slmgr, lines 3 to 11 of ``/dli`` and ``/dlv``.
    """
    echo.say("name", name=row.name)
    echo.say("description", description=row.description)
    if at_length:
        echo.say("activation-id", id=row.id)
        echo.say("application-id", id=row.application_id)
        echo.say("extended-pid", pid=row.product_key_id)
        echo.say("key-channel", channel=row.product_key_channel)
        echo.say("installation-id", id=row.offline_installation_id)
    if row.partial_product_key:
        echo.say("partial-key", key=row.partial_product_key)
    else:
        echo.say("not-in-use")
    _tell_status(echo, row)
    if at_length:
        _tell_counts(echo, row)
    if _is_of(row, "VOLUME_KMSCLIENT"):
        tell_kms_client(desk, echo, row)
    if _is_of(row, "VIRTUAL_MACHINE_ACTIVATION"):
        tell_avma_client(echo, row)


def _is_of(row: Product, channel: str) -> bool:
    """Say whether a product is of a channel, as slmgr tells it: by a word of the description."""
    return channel in row.description


def _ending(row: Product) -> str:
    """Name the kind of end that a licence has."""
    if _is_of(row, "TIMEBASED_"):
        return "timebased"
    return "avma" if _is_of(row, "VIRTUAL_MACHINE_ACTIVATION") else "volume"


def _tell_status(echo: Echo, row: Product) -> None:
    status, minutes = row.license_status, row.grace_period_remaining
    if status not in _KNOWN:
        echo.say("status-unknown")
        return
    echo.say(f"status-{status}")
    if status == LICENSED:
        if minutes:
            echo.say(f"expires-{_ending(row)}", minutes=minutes, days=-(-minutes // _DAY_MINUTES))
    elif status == NOTIFICATION:
        known = {NOT_GENUINE: "reason-non-genuine", GRACE_EXPIRED: "reason-expired"}
        reason = row.license_status_reason
        echo.say(known.get(reason, "reason"), code=code_text(reason))
    elif status != UNLICENSED:
        echo.say("time-remaining", minutes=minutes, days=-(-minutes // _DAY_MINUTES))


def _tell_counts(echo: Echo, row: Product) -> None:
    if row.license_status != UNLICENSED and row.evaluation_end_us is not None:
        echo.say("evaluation-end", date=echo.speech.date(row.evaluation_end_us))
    echo.say("windows-rearms", count=row.remaining_windows_rearm)
    echo.say("sku-rearms", count=row.remaining_sku_rearm)
    if row.trusted_time_us is not None:
        echo.say("trusted-time", date=echo.speech.date(row.trusted_time_us))


def show_expiry(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/xpr``: when the present state ends."""
    rows = desk.with_key(*arguments[:1])
    for row in rows:
        tell_expiry(echo, row, desk.world.state.now_us)
    if not rows:
        echo.say("no-key")
    return 0


def tell_expiry(echo: Echo, row: Product, now_us: int) -> None:
    """Print when the state of one product ends.

    Args:
        echo: what is printed.
        row: the product.
        now_us: the clock.

    Source: reference of slmgr, ``/xpr``; the date is the clock plus the whole minutes that remain.
    """
    status, minutes = row.license_status, row.grace_period_remaining
    if status not in _KNOWN:  # slmgr has no line for it
        return
    licensed = f"xpr-{_ending(row)}" if minutes else "xpr-permanent"
    line = licensed if status == LICENSED else f"xpr-{status}"
    end_us = min(now_us + minutes * _MINUTE_US, _INSTANT_US_MAX)
    echo.say("xpr-name", name=row.name)
    echo.indent(line, date=echo.speech.date(end_us))


def show_installation_id(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/dti``: the installation ID."""
    rows = desk.with_key(*arguments[:1])
    for row in rows:
        echo.say("installation-id", id=row.offline_installation_id)
    if not rows:
        echo.say("no-product")
    return 0
