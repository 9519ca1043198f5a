"""Owns `avma-sim what-if`: what would flip the outcome of a guest's next attempt.

Must not play anything itself: the lab room does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from avma_sim.cli import exits
from avma_sim.cli.looked_at import lab_to_look_at, place_options
from avma_sim.cli.options import allow_run, json_option, lay_facts, print_json

if TYPE_CHECKING:
    from avma_sim.lab.what_if import Attempted, WhatIf

__all__ = ["what_if"]


@click.command("what-if")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@place_options
@json_option
def what_if(file: str, guest: str, at: str | None, seed: int | None, *, as_json: bool) -> int:
    """Say which smallest change of hosts and guests would flip a guest's next attempt.

    FILE is a scenario, played to its end or to --at, or a lab file, whose lab on disk is looked at if begun.

    Exit codes: 0 answered, 2 usage, 3 the file is invalid.
    """
    from avma_sim.lab.what_if import what_if as asked

    with lab_to_look_at(file, guest, at, seed) as lab:
        found = asked(lab, guest)
    if as_json:
        print_json(_document(found))
    else:
        click.echo("\n".join(_lines(found)))
    return exits.PASSED


# What comes before the attempt that is asked about.
_WAITED: Final = {
    "attempt": "An attempt was pending; this is about the next one after it",
    "migration": "{guest} was migrating; this is about an attempt after its arrival, at {at}",
    "resume": "{guest} stands still; this is about an attempt after its resume",
}


def _lines(found: WhatIf) -> list[str]:
    from avma_sim.model.duration import instant_text

    lines = []
    if found.waited_for:
        told = _WAITED[found.waited_for].format(guest=found.guest, at=instant_text(found.at_us))
        lines.append(f"{told}.")
    lines.append(f"As things stand: {found.now}.")
    flipped = "not be granted" if found.now.granted else "be granted"
    if found.flips:
        lines.append(f"It would {flipped} if:")
        lines += [f"- {flip}: {flip.after}" for flip in found.flips]
    else:
        lines.append(f"No one or two of the facts that were tried would let it {flipped}.")
    if found.cut:
        lines.append(f"Not everything was tried: the search stops after {found.trials} trials.")
    return lines


def _document(found: WhatIf) -> dict[str, Any]:
    from avma_sim.model.duration import instant_text

    return {
        "format": 1,
        "guest": found.guest,
        "at": instant_text(found.at_us),
        "waited": bool(found.waited_for),
        "waited_for": found.waited_for,
        "now": _plain(found.now),
        "flips": [
            {
                "changes": [
                    {"sentence": change.sentence, "commands": [str(call) for call in change.calls]}
                    for change in flip.changes
                ],
                "after": _plain(flip.after),
            }
            for flip in found.flips
        ],
        "trials": found.trials,
        "cut": found.cut,
    }


def _plain(what: Attempted) -> dict[str, Any]:
    return {
        "granted": what.granted,
        "verdict": what.verdict,
        "code": what.code,
        "law": what.law,
        "message": what.message,
    }
