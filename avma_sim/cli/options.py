"""Owns options that several commands share.

Must not do a command's work.
"""

from __future__ import annotations

import json
from typing import Any

import click

__all__ = ["facts_option", "json_option", "print_json"]

facts_option = click.option(
    "--facts",
    "folder",
    metavar="DIR",
    help="Lay the rows of a folder of *.toml files over the facts that come with avma-sim.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def print_json(document: dict[str, Any]) -> None:
    """Print a document, the same every time.

    Args:
        document: the document.
    """
    click.echo(json.dumps(document, indent=2, sort_keys=True))
