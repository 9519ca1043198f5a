"""Owns `avma-sim shims`: a folder of programs with the names of Windows's, to be first on PATH.

Must not know what a shim is made of: the scenario room writes them.
"""

from __future__ import annotations

from pathlib import Path

import click

from avma_sim.cli import exits
from avma_sim.scenario.shims import LAB, NAMES, ON, PYTHON, in_the_way, write_shims

__all__ = ["shims"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@click.option(
    "--lab", type=click.Path(exists=True, dir_okay=False), help="The lab file, unless AVMA_SIM_LAB is set."
)
@click.option("--on", "machine", metavar="NAME", help="The machine, unless AVMA_SIM_ON is set.")
def shims(folder: str, lab: str | None, machine: str | None) -> int:
    """Write programs into DIR that act on a lab: slmgr, cscript, wevtutil, hostname, sleep and more.

    Put DIR first on PATH, and a script runs in the lab. AVMA_SIM_LAB names the lab file and AVMA_SIM_ON the
    machine (a lab's only guest needs no name); AVMA_SIM_ELEVATED=0 is a prompt that is not elevated. What
    the lab does not serve fails with 9009, and so does everything where there is no lab. DIR/python, first
    on PYTHONPATH, is for Python code that imports wmi, winreg or win32com.

    Exit codes: 0 written, 2 a file is in the way.
    """
    defaults = {LAB: str(Path(lab).resolve()) if lab else "", ON: machine or ""}
    path = in_the_way(Path(folder))
    if path is not None:
        raise click.UsageError(f"{path} is in the way and no shim of avma-sim; name another folder")
    try:
        write_shims(Path(folder), defaults)
    except OSError as error:
        raise click.UsageError(f"{folder}: cannot be written: {error.strerror}") from error
    click.echo(f"{len(NAMES)} programs written to {folder}; put it first on PATH")
    click.echo(
        f"for Python code with wmi, winreg or win32com: put {Path(folder, PYTHON)} first on PYTHONPATH"
    )
    if not lab:
        click.echo("and set AVMA_SIM_LAB to a lab file")
    return exits.PASSED
