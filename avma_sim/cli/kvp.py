"""Owns `avma-sim kvp`: a guest's key-value pairs shown, and written to pool files and read from them.

Must not read bytes nor pools itself: the lab does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_argument, lab_errors, opened
from avma_sim.cli.options import json_option, lay_facts, print_json

if TYPE_CHECKING:
    from avma_sim.lab.handles import GuestHandle
    from avma_sim.lab.kvp_views import KvpHeld
    from avma_sim.scenario.labfile import KeptLab

__all__ = ["kvp"]

_guest = click.argument("guest")


@click.group()
def kvp() -> None:
    """Show a guest's key-value pairs (KVP) in the lab of a LAB file, and exchange them as pool files."""


@kvp.command()
@lab_argument
@_guest
@click.option("--read", "as_read", is_flag=True, help="What its host has read, not what the guest holds.")
@lay_facts
@json_option
def show(lab: str, guest: str, *, as_read: bool, as_json: bool) -> int:
    """Show what the pools of a GUEST hold, or what its host last read of them.

    Exit codes: 0 shown, 1 nothing was read yet, 2 there is no such guest, 3 the lab cannot be opened.
    """
    with opened(lab) as open_lab:
        found = _known(open_lab, guest)
        reading = found.kvp_read
        pools = found.kvp if not as_read else None if reading is None else reading.pools
    if as_json:
        print_json(_document(found, pools, as_read=as_read))
    elif pools is None:
        click.echo(f"no host has read {guest} yet", err=True)
    else:
        _show(pools)
        if as_read and reading is not None:
            failed = "; ".join(f"{what}: {code}" for what, code in reading.failures)
            said = (
                f"read by {reading.host} at {_instant(reading.at)}{f'; failed: {failed}' if failed else ''}"
            )
            _say(said)
    return exits.FAILED if pools is None else exits.PASSED


@kvp.command()
@lab_argument
@_guest
@click.argument("folder", type=click.Path(file_okay=False))
@lay_facts
def export(lab: str, guest: str, folder: str) -> int:
    """Write the pools of a GUEST into FOLDER, as .kvp_pool_0 to .kvp_pool_4 of a Linux guest.

    Files of these names are replaced. That of the pool Auto is empty for a Linux guest: its daemon computes
    these items and keeps none.

    Exit codes: 0 written, 2 there is no such guest, 3 the lab cannot be opened or a file not be written.
    """
    with opened(lab) as open_lab:
        found = _known(open_lab, guest)
        with lab_errors(lab):
            paths = found.export_kvp(folder)
    for path in paths:
        _say(f"wrote {path}")
    return exits.PASSED


@kvp.command(name="import")
@lab_argument
@_guest
@click.argument("path", type=click.Path(exists=True))
@click.option("--pool", metavar="POOL", help="The only pool to write: external, guest, auto, or its number.")
@click.option("--skip-bad", is_flag=True, help="Leave records out that are no item.")
@lay_facts
def import_(lab: str, guest: str, path: str, *, pool: str | None, skip_bad: bool) -> int:
    """Write what is in pool files into the pools of a running GUEST, in place of what is there.

    PATH is a pool file, or a folder with some of .kvp_pool_0 to .kvp_pool_4.

    Exit codes: 0 written, 1 the lab refuses it, 2 there is no such guest or pool, 3 the lab cannot be opened,
    or a file is none.
    """
    from avma_sim.errors import UnknownName
    from avma_sim.lab.kvp_words import pool_of
    from avma_sim.model.kvp import POOL_NAMES

    try:
        number = None if pool is None else pool_of(pool)
    except UnknownName as error:
        raise click.UsageError(f"--pool: {error}") from error
    with opened(lab) as open_lab:
        found = _known(open_lab, guest)
        with lab_errors(lab):
            outcomes = found.import_kvp(path, pool=number, skip_bad=skip_bad)
        commands: list[Any] = [entry.what for entry in open_lab.commit() if entry.by is None]
    for command, outcome in zip(commands, outcomes, strict=True):
        name = POOL_NAMES[command.pool]
        if outcome.refused is not None:
            why = getattr(outcome.refused, "message", "")
            _say(f"{name}: refused ({getattr(outcome.refused, 'reason', '')}): {why}")
        else:
            count = len(command.items)
            _say(f"{name}: {count} item{'' if count == 1 else 's'}")
    return exits.PASSED if all(each.refused is None for each in outcomes) else exits.FAILED


def _known(lab: KeptLab, guest: str) -> GuestHandle:
    from avma_sim.errors import UnknownName, harmless

    try:
        return lab.guest(guest)
    except UnknownName as error:
        raise click.UsageError(harmless(str(error))) from error


def _document(guest: GuestHandle, pools: KvpHeld | None, *, as_read: bool) -> dict[str, Any]:
    rows = (
        None
        if pools is None
        else [
            {"pool": pool, "key": item.key, "value": item.value}
            for pool, items in pools.raw.items()
            for item in items
        ]
    )
    document: dict[str, Any] = {"format": 1, "guest": guest.name, "items": rows}
    reading = guest.kvp_read
    if as_read and reading is not None:
        failures = [{"request": what, "code": code} for what, code in reading.failures]
        document |= {"host": reading.host, "at": _instant(reading.at), "failures": failures}
    return document


def _instant(at: Any) -> str:
    from avma_sim.model.duration import instant_text, instant_us

    return instant_text(instant_us(at))


def _show(pools: KvpHeld) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import console, plain_table
    from avma_sim.errors import harmless

    table = plain_table(["pool", "key", "value"], words=["pool"])
    for pool, items in pools.raw.items():
        for item in items:
            table.add_row(pool, Text(harmless(item.key)), Text(harmless(item.value)))
    console().print(table)


def _say(text: str) -> None:
    from avma_sim.errors import harmless

    click.echo(harmless(text))
