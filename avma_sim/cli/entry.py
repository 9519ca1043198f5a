"""Owns the entry of the command line: `--version` at once, every other word through click.

Must not import click, rich or the engine before they are needed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from avma_sim import __version__

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Args:
        arguments: the words after the program's name; those of the process if None.

    Raises:
        SystemExit: always, with the exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"avma-sim {__version__}")
        raise SystemExit(0)
    from avma_sim.cli.app import run_app

    raise SystemExit(run_app(words))
