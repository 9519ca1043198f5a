"""Owns the programs that tell names: hostname and whoami.

Must not change anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["hostname", "whoami"]

# Group, type, SID; the label tells whether the prompt is elevated, and scripts look for its SID.
_GROUPS: Final = (
    ("Everyone", "Well-known group", "S-1-1-0"),
    ("BUILTIN\\Administrators", "Alias", "S-1-5-32-544"),
    ("BUILTIN\\Users", "Alias", "S-1-5-32-545"),
)
_HIGH: Final = ("Mandatory Label\\High Mandatory Level", "Label", "S-1-16-12288")
_MEDIUM: Final = ("Mandatory Label\\Medium Mandatory Level", "Label", "S-1-16-8192")


def hostname(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Print the machine's name.

    Args:
        prompt: where it runs.
        arguments: none.
        stdin: ignored.

    Returns:
        Its name.

    Raises:
        NotServed: there are arguments; the real one has none but help.
    """
    if arguments:
        raise NotServed("hostname", arguments[0])
    return Result(f"{prompt.machine}\r\n")


def whoami(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Print the user's name, or the groups, whose last row tells whether the prompt is elevated.

    Args:
        prompt: where it runs, and as whom.
        arguments: ``/groups``, or none.
        stdin: ignored.

    Returns:
        The name, or the table.

    Raises:
        NotServed: another option.
    """
    if not arguments:
        return Result(f"{prompt.machine}\\{prompt.user}\r\n".lower())
    if [word.lower() for word in arguments] != ["/groups"]:
        raise NotServed("whoami", " ".join(arguments))
    rows = (("Group Name", "Type", "SID"), *_GROUPS, _HIGH if prompt.elevated else _MEDIUM)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    table.insert(1, " ".join("=" * width for width in widths))
    lines = ["", "GROUP INFORMATION", "-----------------", "", *(line.rstrip() for line in table)]
    return Result("".join(f"{line}\r\n" for line in lines))
