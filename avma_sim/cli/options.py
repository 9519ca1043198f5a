"""Owns options that several commands share.

Must not do a command's work.
"""

from __future__ import annotations

import json
from typing import Any

import click

__all__ = ["allow_run", "facts_option", "json_option", "lay_facts", "print_json"]

facts_option = click.option(
    "--facts",
    "folder",
    metavar="DIR",
    help="Lay the rows of a folder of *.toml files over the facts that come with avma-sim.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def _lay_over(context: click.Context, _: click.Parameter, folder: str | None) -> None:
    if folder is None:
        return
    from avma_sim.facts.load import current_facts
    from avma_sim.facts.overlay import facts_with

    token = current_facts.set(facts_with(folder))
    context.call_on_close(lambda: current_facts.reset(token))


# For commands that play: whatever they do knows these facts.
lay_facts = click.option(
    "--facts",
    metavar="DIR",
    expose_value=False,
    callback=_lay_over,
    help="Lay the rows of a folder of *.toml files over the facts that come with avma-sim.",
)


def _allow_run(context: click.Context, _: click.Parameter, allowed: bool) -> None:
    if not allowed:
        return
    from avma_sim.scenario.starting import programs_allowed

    token = programs_allowed.set(True)
    context.call_on_close(lambda: programs_allowed.reset(token))


allow_run = click.option(
    "--allow-run",
    is_flag=True,
    expose_value=False,
    callback=_allow_run,
    help="Let the files start programs on this machine (steps with `run`); only for files that you trust.",
)


def print_json(document: dict[str, Any]) -> None:
    """Print a document, the same every time.

    Args:
        document: the document.
    """
    click.echo(json.dumps(document, indent=2, sort_keys=True))
