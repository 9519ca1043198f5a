"""Owns `avma-sim do` and `avma-sim reset`: commands for a lab on disk, and its new beginning.

Must not know a verb: commands are read and carried out by the scenario room.
"""

from __future__ import annotations

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_argument, lab_errors, opened
from avma_sim.cli.options import json_option, lay_facts, print_json

__all__ = ["do", "reset"]


@click.command()
@lab_argument
@click.argument("commands", nargs=-1, required=True)
@lay_facts
@json_option
def do(lab: str, commands: tuple[str, ...], *, as_json: bool) -> int:
    """Carry out COMMANDS in the lab of a LAB file: the verbs of scenarios, each as one word of the shell.

    Words after the verb stand for its fields in order; `field=value` names one:
    'migrate web01 hv2', 'install_key web01 avma', 'advance until=web01.next_attempt'.
    What follows a command that is refused or wrong is not carried out.

    Exit codes: 0 all carried out, 1 a command was refused, 2 a command is wrong, 3 the lab cannot be opened.
    """
    from avma_sim.cli.carry import carry_out
    from avma_sim.errors import FileProblems

    rows = []
    code = exits.PASSED
    with opened(lab) as open_lab:
        for number, text in enumerate(commands, 1):
            try:
                with lab_errors(lab, but=(FileProblems,)):
                    told = carry_out(open_lab, text, f"command {number}" if len(commands) > 1 else "command")
            except FileProblems as error:
                click.echo(str(error), err=True)
                code = exits.USAGE
                break
            rows.append({"command": text, "refused": told.refused or None, "happened": told.rows})
            if not as_json:
                for line in told.lines:
                    click.echo(line)
            if told.refused:
                code = exits.FAILED
                break
        now = open_lab.now
        left = len(commands) - len(rows) - (code == exits.USAGE)
    if as_json:
        print_json({"format": 1, "now": now.isoformat().replace("+00:00", "Z"), "commands": rows})
    if code != exits.PASSED and left:
        click.echo(f"not carried out any more: {left} of {len(commands)} commands", err=True)
    return code


@click.command()
@lab_argument
def reset(lab: str) -> None:
    """Let the lab of a LAB file begin anew at its next use; the journal so far is put aside beside it.

    Exit codes: 0 done, 3 the lab was not begun yet or is in use.
    """
    from avma_sim.scenario.labfile import reset_lab

    with lab_errors(lab):
        reset_lab(lab)
