"""Owns the usage: how to call slmgr, and every option in two lines.

Must not know how an option is answered.
"""

from __future__ import annotations

from typing import Final

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.slmgr.echo import Echo

__all__ = ["MISUSED", "show_usage"]

MISUSED: Final = 1
_HEAD: Final = ("usage-title", "usage", "usage-machine", "usage-user", "usage-password")


def show_usage(echo: Echo) -> int:
    """Print the usage, after whatever was printed before it.

    Args:
        echo: what is printed.

    Returns:
        The exit code of a command line that slmgr does not understand.
    """
    facts = slmgr_facts()
    for line in _HEAD:
        echo.say(line)
    echo.print()
    for group in facts.groups:
        echo.print(group.title)
        for option in facts.options.values():
            if option.group == group.id:
                echo.print(f"/{option.name} {' '.join(option.parameters)}")
                echo.print(f"    {option.about}")
        if group.ends:
            echo.show()
        else:
            echo.print()
    return MISUSED
