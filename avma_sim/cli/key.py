"""Owns `avma-sim key`: the key of a release, or what a text is, taken for a key.

Must not know keys of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avma_sim.cli.exits import FAILED, PASSED
from avma_sim.cli.options import facts_option, json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avma_sim.report.keys import FoundKey, OwnKey

__all__ = ["key"]


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="RELEASE[/EDITION] | KEY")
@facts_option
@json_option
def key(words: tuple[str, ...], folder: str | None, *, as_json: bool) -> int:
    """Show the AVMA key of a release and edition, or say what a product key is.

    A key may be written with blanks, in small letters, and with any dash.

    Exit codes: 0 an AVMA key, 1 none published, not an AVMA key or not known, 2 usage (no such release
    or edition), 3 the folder of facts is invalid.
    """
    from avma_sim.errors import UnknownName
    from avma_sim.facts.overlay import read_with
    from avma_sim.report.keys import AVMA, identify, key_document, own_keys, release_document

    tables, laid = read_with(folder)
    text = " ".join(words)
    if not _names_release(text, laid.releases):
        found = identify(tables, laid, text)
        if as_json:
            print_json(key_document(laid.digest, found))
        else:
            _show_found(found)
        return PASSED if found.kind == AVMA else FAILED
    release, slash, edition = (part.strip() for part in text.partition("/"))
    if slash and not edition:
        raise click.UsageError(f"no edition behind the slash; write {release}/standard, or {release} alone")
    try:
        keys = own_keys(tables, laid, release, edition)
    except UnknownName as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        print_json(release_document(laid.digest, release, keys))
    elif edition:
        _show_own(keys[0])
    else:
        _show_all(keys)
    return PASSED if any(each.key for each in keys) else FAILED


def _names_release(text: str, known: Iterable[str]) -> bool:
    """Tell a release's name from a key: a key is too long to be near a release's id."""
    from avma_sim.errors import nearest

    known = list(known)
    if "/" in text or text in known:
        return True
    first, *others = text.split() or [""]
    if others and first in known:
        raise click.UsageError(f"write it with a slash: {first}/{others[0]}")
    return not others and nearest(text, known) is not None


def _show_own(own: OwnKey) -> None:
    from avma_sim.cli.terminal import show
    from avma_sim.errors import harmless

    lines = []
    if own.key:
        lines.append(own.key)
        lines.append(harmless(f"AVMA key of {own.name} ({own.release}), {own.status}: {own.source}"))
        if own.shared:
            lines.append(harmless(f"the same key serves {', '.join(own.shared)}"))
    else:
        lines.append(harmless(f"no AVMA key is published for {own.name} ({own.release})"))
    if own.assumed:
        lines.append(f"under the reading {own.assumed[0]} it takes {own.assumed[1]}")
    lines += [f"not an AVMA key, but its KMS client key: {text}" for text in own.kms]
    show(*lines)


def _show_all(keys: list[OwnKey]) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show, status_text
    from avma_sim.errors import harmless

    table = plain_table(["edition", "AVMA key", "status", "source"], words=["edition", "AVMA key", "status"])
    for each in keys:
        status = status_text(each.status) if each.status else ""
        source = each.source or (f"but {each.assumed[1]} under {each.assumed[0]}" if each.assumed else "")
        table.add_row(
            Text(harmless(each.edition)), each.key or "none published", status, Text(harmless(source))
        )
    show(table)


def _show_found(found: FoundKey) -> None:
    from avma_sim.cli.terminal import show
    from avma_sim.errors import harmless
    from avma_sim.report.keys import AVMA, KMS, MALFORMED

    if found.kind == MALFORMED:
        show(harmless(found.about))
        return
    lines = [found.key]
    sure = f"{found.status}: {found.source}"
    guests = ", ".join(f"{release}/{found.edition}" for release in found.guests)
    if found.kind == AVMA:
        lines += [f"AVMA key, {found.about}, {sure}", f"fits {guests}"]
        lines += [f"fits {release}/{found.edition} under {reading}" for release, reading in found.assumed]
    elif found.kind == KMS:
        lines += [f"not an AVMA key, but the KMS client key of {found.about}, {sure}", f"for {guests}"]
        lines += [f"AVMA keys: avma-sim key {release}/{found.edition}" for release in found.guests[:1]]
    else:
        lines.append("not a key that is known: neither an AVMA key nor a KMS client key that is published")
    if found.near:
        lines.append(f"but {found.near[0]} is one: {found.near[1]}; one symbol or one transposition apart")
    if found.notes:
        lines.append(f"read with {', '.join(found.notes)}; in a guest, write it as above")
    show(*map(harmless, lines))
