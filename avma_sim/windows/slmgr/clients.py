"""Owns what a licence shows of how it was activated last: by AVMA, by a KMS, or by Active Directory.

Must not know the rest of a licence's lines. Of KMS and Active Directory the lab has only that a host says so:
their values are empty, which slmgr can print too.
"""

from __future__ import annotations

from typing import Final

from avma_sim.model.licence import LICENSED
from avma_sim.windows.product import Product, client_id
from avma_sim.windows.slmgr.desk import Desk
from avma_sim.windows.slmgr.echo import Echo

__all__ = ["tell_avma_client", "tell_kms_client"]

# The documented intervals of volume activation, in minutes.
_ACTIVATION: Final = 120
_RENEWAL: Final = 10_080


def tell_avma_client(echo: Echo, row: Product) -> None:
    """Print a guest's inherited-activation id, and what its host said last.

    Args:
        echo: what is printed.
        row: a product of AVMA.

    Source: reference of slmgr, lines 10 and 11 of ``/dli``.
    """
    absent = echo.speech.line("not-available")
    echo.say("guest-iaid", iaid=row.iaid or absent)
    activated = "" if row.activation_us is None else echo.speech.date(row.activation_us)
    if not (row.host_machine_name or activated or row.host_digital_pid2):
        return
    echo.print()
    echo.say("recent")
    echo.say("avma-client")
    echo.indent("host-name", name=row.host_machine_name or absent)
    echo.indent("activation-time", date=activated or absent)
    echo.indent("host-pid2", pid=row.host_digital_pid2 or absent)


def tell_kms_client(desk: Desk, echo: Echo, row: Product) -> None:
    """Print what a client of volume activation shows.

    Args:
        desk: the machine.
        echo: what is printed.
        row: a product of that channel.
    """
    echo.say("type-all")
    host = desk.world.state.hosts.get(desk.machine)
    if row.license_status != LICENSED:
        echo.say("please-ato")
        return
    echo.print()
    echo.say("recent")
    if host is not None and host.channel == "ad":
        echo.say("ad-client")
        for line, value in (("ad-name", "name"), ("ad-dn", "name"), ("ad-pid", "pid"), ("ad-id", "id")):
            echo.indent(line, **{value: ""})
        return
    echo.say("kms-client")
    echo.indent("cmid", id=client_id(desk.world.state, desk.machine))
    echo.indent("kms-no-dns")
    echo.indent("kms-no-address")
    echo.indent("kms-pid", pid="")
    echo.indent("activation-interval", minutes=_ACTIVATION)
    echo.indent("renewal-interval", minutes=_RENEWAL)
    echo.indent("caching-on")
