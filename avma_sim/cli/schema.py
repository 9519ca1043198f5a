"""Owns `avma-sim schema`: the JSON Schema of scenario files, for editors.

Must not know a field: the scenario room builds the schema.
"""

from __future__ import annotations

import click

__all__ = ["schema"]


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of scenario files, for editors."""
    from avma_sim.scenario.schema import schema_text

    click.echo(schema_text(), nl=False)
