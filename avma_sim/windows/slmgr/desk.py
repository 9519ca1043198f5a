"""Owns where a run of slmgr looks: a machine of the lab, and what may be done there.

Must not print anything but the line of an error.
"""

from __future__ import annotations

import attrs

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.model.codes import code_text
from avma_sim.sim.world import World
from avma_sim.windows.licensing_calls import Caller, deny
from avma_sim.windows.product import WINDOWS_ID, Product, products
from avma_sim.windows.slmgr.echo import Echo

__all__ = ["Desk", "fail", "number_text"]


@attrs.frozen
class Desk:
    """A machine that slmgr is connected to.

    Args:
        world: the world.
        machine: name of a host or guest.
        elevated: whether changes are allowed there.
        remote: whether it was named on the command line.
    """

    world: World
    machine: str
    elevated: bool = True
    remote: bool = False

    @property
    def is_host(self) -> bool:
        """Whether it is a host."""
        return self.machine in self.world.state.hosts

    @property
    def products(self) -> tuple[Product, ...]:
        """The products of its Windows."""
        return products(self.world.state, self.world.facts, self.machine)

    def with_key(self, activation_id: str = "") -> tuple[Product, ...]:
        """Return the products with a key that an option is about.

        Args:
            activation_id: the one that is meant, in any letter case; empty for those of Windows itself.

        Returns:
            The products, in order.
        """
        wanted = activation_id.lower()
        return tuple(
            row
            for row in self.products
            if row.partial_product_key
            and (row.id == wanted or (not wanted and row.application_id == WINDOWS_ID and not row.is_addon))
        )

    @property
    def caller(self) -> Caller:
        """Who calls its licensing service."""
        return Caller(self.world, self.machine, self.elevated)

    def denied(self) -> int:
        """Return the error number for changes from a prompt that is not elevated; 0 where it is."""
        return deny(self.caller)


def number_text(code: int) -> str:
    """Write an error number as slmgr does: results in hex, small numbers in decimal.

    Args:
        code: the number as an unsigned 32-bit integer.

    Returns:
        Text such as ``0xC004F050`` or ``13``.
    """
    return f"0x{code_text(code)}" if code & 2**31 else str(code)


def fail(echo: Echo, code: int, line: str = "error", /, **values: object) -> int:
    """Print the line of an error.

    Args:
        echo: what is printed.
        code: the error number.
        line: the line that tells it.
        values: what else goes into that line.

    Returns:
        The exit code, which is the error number.

    Source: reference of slmgr, "errors": numbers that it has no text for send the reader to slui.exe.
    """
    number = number_text(code)
    text = slmgr_facts().errors.get(code) or echo.speech.line("slui", number=number)
    echo.say(line, number=number, text=text, **values)
    return code
