"""Owns `avma-sim init`: a starter that passes, and the CI stage that runs it.

Must not overwrite anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from avma_sim.cli import exits

__all__ = ["CI", "STARTER", "init"]

STARTER: Final = {
    "first.avma.yaml": """\
# Play it with `avma-sim run`, ask it with `avma-sim explain first.avma.yaml --guest web01`.
scenario: a guest is activated, and lives on for a while when its host is lost
seeds: [0, 1, 2]
given:
  hosts:
    hv1: {release: ws2022, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2019, edition: standard, on: hv1, key: avma}
when:
  - name: the first start activates it
    start: web01
    expect:
      guests: {web01: {licence: licensed}}
      events:
        - {log: web01, id: 12309, notification: success}
        - {log: hv1, id: 12310, verdict: granted, guest: web01}
  - name: the host loses its activation, and for six days nobody notices
    deactivate: hv1
    expect: {throughout: 6d, guests: {web01: {licence: licensed}}, events: none}
  - name: the renewal is refused, the licence stays
    advance: {until: web01.next_attempt}
    expect:
      guests: {web01: {licence: licensed}}
      events: [{log: web01, id: 12309, notification: invalid-host, code: C004FD02}]
""",
    "test_first.py": '''\
"""The same as a test of your own tooling: put your code where `needs_care` is."""

from avma_sim import Lab


def needs_care(events):
    """Say whether somebody should look after a guest: its newest event 12309 tells no success."""
    return events[-1].notification != "success"


def test_a_lost_host_is_noticed():
    lab = Lab()
    host = lab.add_host("hv1", release="ws2022", activated=True)
    guest = lab.add_guest("web01", on=host, release="ws2019", edition="standard", key="avma")
    guest.start()
    assert not needs_care(guest.events)
    host.deactivate()
    lab.advance(until="web01.next_attempt")
    assert needs_care(guest.events)
''',
}
CI: Final = {
    "github": (
        ".github/workflows/avma.yml",
        """\
name: AVMA
on: [push, pull_request]
jobs:
  avma:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: python -m pip install avma-sim pytest
      - run: avma-sim run FOLDER --report github --report junit=avma.xml
      - run: python -m pytest FOLDER
""",
    ),
    "gitlab": (
        ".gitlab-ci.yml",
        """\
avma:
  image: python:3.12
  script:
    - python -m pip install avma-sim pytest
    - avma-sim run FOLDER --report junit=avma.xml
    - python -m pytest FOLDER
  artifacts:
    when: always
    reports: {junit: avma.xml}
""",
    ),
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ci", type=click.Choice(list(CI)), help="Write a CI stage too, in the present folder.")
def init(folder: Path, ci: str | None) -> int:
    """Write a starter into DIR: a scenario and a test, both passing, and a CI stage where wanted.

    Nothing is overwritten: where one of the files is there already, nothing is written at all.
    """
    wanted = {folder / name: text for name, text in STARTER.items()}
    if ci is not None:
        name, text = CI[ci]
        wanted[Path(name)] = text.replace("FOLDER", folder.as_posix())
    there = [str(path) for path in wanted if path.exists() or path.is_symlink()]
    if there:
        raise click.UsageError(f"nothing written, for this is there already: {', '.join(there)}")
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            click.echo(f"wrote {path}")
    except OSError as error:
        raise click.UsageError(f"cannot write {error.filename or folder}: {error.strerror}") from error
    click.echo(f"next: avma-sim run {folder}")
    return exits.PASSED
