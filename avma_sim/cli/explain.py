"""Owns `avma-sim explain`: why a guest of a scenario is as it is, at its end or at an instant.

Must not explain anything itself: the report does.
"""

from __future__ import annotations

import click

from avma_sim.cli import exits
from avma_sim.cli.looked_at import lab_to_look_at, place_options
from avma_sim.cli.options import allow_run, lay_facts

__all__ = ["explain"]


@click.command()
@click.argument("file", type=click.Path(exists=True))
@allow_run
@lay_facts
@place_options
def explain(file: str, guest: str, at: str | None, seed: int | None) -> int:
    """Run a scenario FILE and explain a guest's licence: state, last attempt, law, readings, what is next.

    Where FILE is a lab file whose lab was begun, that lab is explained as it is now.

    Exit codes: 0 explained, 2 usage, 3 the file is invalid.
    """
    with lab_to_look_at(file, guest, at, seed) as lab:
        click.echo(str(lab.explain(guest)))
    return exits.PASSED
