"""Owns dism, as far as it asks for and changes the edition of the running Windows.

Must not judge a key: the rules do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from avma_sim.facts.console import edition_paths
from avma_sim.model.commands import Upgrade
from avma_sim.model.guest import Guest
from avma_sim.windows.product import license_family, service_version
from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["dism"]

_ELEVATION_REQUIRED: Final = 740
_INVALID_PARAMETER: Final = 87
_NOT_FOUND: Final = 1168
_RESTART_REQUIRED: Final = 3010
_DONE: Final = "The operation completed successfully."
_FLAGS: Final = ("/online", "/english", "/quiet", "/norestart", "/accepteula")
_ORDERS: Final = ("/get-currentedition", "/get-targeteditions", "/set-edition")
_VALUES: Final = ("/set-edition", "/productkey", "/loglevel", "/logpath", "/scratchdir")


@attrs.frozen
class _Asked:
    """What dism is asked for.

    Args:
        order: the one servicing option.
        flags: options without a value.
        values: values of the others.
    """

    order: str
    flags: frozenset[str]
    values: dict[str, str]


def dism(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Tell the edition and what it can be changed into, or change it.

    Args:
        prompt: where it runs.
        arguments: ``/online`` with ``/get-currentedition``, ``/get-targeteditions``, or ``/set-edition:``
            with ``/productkey:`` and ``/accepteula``.
        stdin: ignored.

    Returns:
        What it prints.

    Raises:
        NotServed: anything else.

    Source: names, labels and codes: the vendor's pages on DISM and system errors; some sentences are ours.
    """
    asked = _asked(arguments)
    if not prompt.elevated:
        return _failed(
            _ELEVATION_REQUIRED,
            "Elevated permissions are required to run DISM.",
            "Use an elevated command prompt to complete these tasks.",
        )
    state = prompt.world.state
    guest = state.guests.get(prompt.machine)
    if guest is None:
        if asked.order != "/get-currentedition":
            raise NotServed("dism", f"{asked.order} on a host")
        host = state.hosts[prompt.machine]
        return _current(prompt, host.release, license_family(host.edition, core=False))
    if asked.order == "/get-currentedition":
        return _current(prompt, guest.release, license_family(guest.edition, core=guest.core))
    if asked.order == "/get-targeteditions":
        return _targets(prompt, guest)
    return _set_edition(prompt, guest, asked)


def _asked(arguments: Sequence[str]) -> _Asked:
    flags: set[str] = set()
    values: dict[str, str] = {}
    orders: list[str] = []
    for word in arguments:
        option, colon, value = word.partition(":")
        option = re.sub("^-", "/", option.lower())
        if colon and option in _VALUES:
            values[option] = value
        elif not colon and (option in _FLAGS or option in _ORDERS):
            flags.add(option)
        else:
            raise NotServed("dism", word)
        orders += [option] if option in _ORDERS else []
    if "/online" not in flags or len(orders) != 1:
        raise NotServed("dism", "anything but one question about the edition /online")
    return _Asked(orders[0], frozenset(flags), values)


def _printed(*lines: str) -> str:
    head = ("", "Deployment Image Servicing and Management tool")
    return "".join(f"{line}\r\n" for line in (*head, *lines))


def _told(prompt: Prompt, release: str, *lines: str) -> str:
    version = service_version(prompt.world.facts, release)
    return _printed(f"Version: {version}", "", f"Image Version: {version}", "", *lines)


def _failed(code: int, *lines: str) -> Result:
    return Result(_printed("", f"Error: {code}", "", *lines), "", code)


def _current(prompt: Prompt, release: str, family: str) -> Result:
    return Result(_told(prompt, release, f"Current Edition : {family}", "", _DONE))


def _target_editions(prompt: Prompt, guest: Guest) -> dict[str, str]:
    """Return the editions that a guest's can be changed into: edition id by dism's name for it."""
    editions = prompt.world.facts.releases[guest.release].editions
    return {
        license_family(edition, core=guest.core): edition
        for edition in editions
        if (guest.edition, edition) in edition_paths()
    }


def _targets(prompt: Prompt, guest: Guest) -> Result:
    names = _target_editions(prompt, guest)
    if not names:
        said = "The current edition cannot be upgraded to any target editions."
        return Result(_told(prompt, guest.release, said, "", _DONE))
    rows = [line for name in names for line in (f"Target Edition : {name}", "")]
    return Result(_told(prompt, guest.release, "Editions that can be upgraded to:", "", *rows, _DONE))


def _set_edition(prompt: Prompt, guest: Guest, asked: _Asked) -> Result:
    world, wanted = prompt.world, asked.values.get("/set-edition", "").lower()
    names = {name.lower(): edition for name, edition in _target_editions(prompt, guest).items()}
    if wanted not in names:
        known = ", ".join(_target_editions(prompt, guest)) or "none"
        return _failed(
            _INVALID_PARAMETER, f"The edition is not a target of the current one; targets: {known}."
        )
    if "/productkey" not in asked.values or "/accepteula" not in asked.flags:
        return _failed(
            _INVALID_PARAMETER, "/set-edition needs /productkey and /accepteula in a running Windows."
        )
    settings = world.state.settings
    verdict = world.behaviour.rules.judge_key(
        world.facts,
        asked.values["/productkey"],
        guest.release,
        names[wanted],
        readings=settings.readings,
        other_keys=settings.other_keys,
    )
    if verdict.code:
        return _failed(_NOT_FOUND, "The specified product key could not be validated.")
    # The lab's change comes with a restart at once; /norestart only changes what the program says.
    world.do(Upgrade(guest.name, guest.release, names[wanted], asked.values["/productkey"]))
    lines = ["Starting to update components...", "Finished updating components.", "", _DONE]
    if "/norestart" in asked.flags:
        lines += ["Restart Windows to complete this operation."]
    said = "" if "/quiet" in asked.flags else _told(prompt, guest.release, *lines)
    return Result(said, "", _RESTART_REQUIRED if "/norestart" in asked.flags else 0)
