"""Owns `avma-sim unattend`: answer files checked as Windows Setup would read them, and written.

Must not read XML nor judge a key: the room of answer files does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from avma_sim.cli import exits
from avma_sim.cli.options import lay_facts, print_json

if TYPE_CHECKING:
    from avma_sim.facts.tables import Facts
    from avma_sim.windows.answer_file.read import Reading

__all__ = ["unattend"]

_STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_SHOWN_MAX: Final = 50  # findings of one file

_release = click.option("--release", required=True, metavar="RELEASE", help="The guest's release, as ws2019.")
_edition = click.option("--edition", required=True, metavar="EDITION", help="The guest's edition.")
_arch = click.option(
    "--arch", default="amd64", show_default=True, help="The architecture of its Windows: amd64, x86, arm64."
)


@click.group()
def unattend() -> None:
    """Check and write answer files of Windows Setup, as far as product keys go."""


@unattend.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_release
@_edition
@_arch
@lay_facts
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(files: tuple[str, ...], release: str, edition: str, arch: str, *, as_json: bool) -> int:
    """Read answer files as Windows Setup would, and judge their product keys for a guest.

    A finding says what is wrong and where, what Setup does then, and what to do.

    Exit codes: 0 no errors, 1 errors, 2 usage, 3 a file cannot be read.
    """
    from avma_sim.errors import FactsError
    from avma_sim.facts.load import load_facts

    facts = load_facts()
    _check_guest(facts, release, edition, arch)
    readings: dict[str, Reading] = {}
    unreadable: list[str] = []
    for file in dict.fromkeys(files):
        try:
            readings[file] = _read(file, facts, release, edition, arch)
        except FactsError as error:
            unreadable.append(str(error))
    for line in unreadable:
        click.echo(line, err=True)
    if as_json:
        print_json(_document(facts, readings, unreadable, f"{release}/{edition}"))
    elif readings:
        _show(facts, readings)
    codes = [exits.INVALID] if unreadable else []
    codes += [exits.FAILED if reading.count("error") else exits.PASSED for reading in readings.values()]
    return exits.worst(codes)


@unattend.command()
@_release
@_edition
@_arch
@lay_facts
@click.option(
    "--key",
    default="avma",
    metavar="avma|KEY",
    help="The key of activation; the guest's AVMA key unless said.",
)
@click.option(
    "--image-key",
    metavar="kms|KEY",
    help="A key that picks the image: the guest's KMS client key, or a text.",
)
@click.option("--output", metavar="FILE", help="Write it to this file, which must not be there yet.")
def write(release: str, edition: str, arch: str, key: str, image_key: str | None, output: str | None) -> int:
    """Write the smallest answer file that gives a guest its product key.

    Exit codes: 0 written, 2 usage (no such release, edition or key, a key that does not fit, a file that
    is there already).
    """
    from avma_sim.errors import InputError, harmless
    from avma_sim.windows.answer_file.write import answer_file_text

    try:
        text = answer_file_text(release, edition, key, image_key, arch)
    except InputError as error:
        raise click.UsageError(harmless(str(error))) from error
    if output is None:
        click.echo(text, nl=False)
        return exits.PASSED
    try:
        with Path(output).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.UsageError(f"--output: {output} is there already; nothing is overwritten") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        why = getattr(error, "strerror", None) or error
        raise click.UsageError(f"--output: {output} cannot be written: {why}") from error
    click.echo(f"wrote {output}")
    return exits.PASSED


def _check_guest(facts: Facts, release: str, edition: str, arch: str) -> None:
    from avma_sim.errors import InputError, UnknownName
    from avma_sim.windows.answer_file.read import check_arch

    try:
        editions = facts.release(release).editions
        if edition not in editions:
            raise UnknownName(f"edition of {release}", edition, editions)
        check_arch(arch)
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _read(file: str, facts: Facts, release: str, edition: str, arch: str) -> Reading:
    from avma_sim.facts.textfile import read_bytes_file, shown
    from avma_sim.windows.answer_file.judge import check_answer_file
    from avma_sim.windows.answer_file.read import unread
    from avma_sim.windows.answer_file.source import text_of
    from avma_sim.windows.answer_file.tree import Fault

    text = text_of(read_bytes_file(file))
    if isinstance(text, Fault):
        return unread(text, shown(file))
    return check_answer_file(text, shown(file), facts, release, edition, arch=arch)


def _show(facts: Facts, readings: dict[str, Reading]) -> None:
    """Print findings and a count, in colour where the terminal has it."""
    from rich.text import Text

    from avma_sim.cli.terminal import show
    from avma_sim.facts.textfile import shown

    for file, reading in readings.items():
        for found in reading.findings[:_SHOWN_MAX]:
            line = Text(str(found))
            level = f"{found.rule.severity}[{found.rule.id}]"
            line.highlight_words([level], _STYLES[found.rule.severity])
            show(line)
        more = len(reading.findings) - _SHOWN_MAX
        if more > 0:
            show(f"{shown(file)}: and {more} more")
        show(f"{shown(file)}: {_keys_of(facts, reading)}")
    show(_count(readings.values(), len(readings)))


def _keys_of(facts: Facts, reading: Reading) -> str:
    from avma_sim.windows.answer_file.judge import masked

    if reading.refused:
        return "Setup takes nothing of it"
    key, image = reading.answer.specialize_key, reading.answer.image_key
    told = "installs no key" if key is None else f"installs {masked(facts, key)}"
    return told if image is None else f"{told}, picks the image by {masked(facts, image)}"


def _count(readings: Any, files: int) -> str:
    counts = {level: sum(each.count(level) for each in readings) for level in _STYLES}
    told = ", ".join(
        f"{count} {level}{'' if count == 1 else 's'}" for level, count in counts.items() if count
    )
    return f"{told or 'no findings'} in {files} file{'' if files == 1 else 's'}"


def _document(
    facts: Facts, readings: dict[str, Reading], unreadable: Sequence[str], guest: str
) -> dict[str, Any]:
    return {
        "format": 1,
        "digest": facts.digest,
        "guest": guest,
        "files": [_file(facts, file, reading) for file, reading in readings.items()],
        "unreadable": list(unreadable),
        "summary": {f"{level}s": sum(each.count(level) for each in readings.values()) for level in _STYLES},
    }


def _file(facts: Facts, file: str, reading: Reading) -> dict[str, Any]:
    from avma_sim.windows.answer_file.judge import masked

    answer = reading.answer
    keys = {"specialize_key": answer.specialize_key, "image_key": answer.image_key}
    return {
        "file": file,
        "refused": reading.refused,
        **{name: None if text is None else masked(facts, text) for name, text in keys.items()},
        "will_show_ui": answer.will_show_ui,
        "findings": [
            {
                "rule": found.rule.id,
                "severity": found.rule.severity,
                "status": found.rule.status,
                "line": found.place.line,
                "col": found.place.col,
                "path": found.place.path,
                "wrong": found.wrong,
                "then": found.rule.then,
                "do": found.do,
            }
            for found in reading.findings
        ],
    }
