"""Owns the worlds whose outputs are legal, and make readers of text trip.

Must not play a world.
"""

from __future__ import annotations

from typing import Final

from avma_sim.truth.world import Fields, World, guest, host
from avma_sim.truth.world import write_world as world

__all__ = ["WORLDS"]

_LOST: Final = {"hv1": host(activated=False)}
_IPK: Final = "run: {line: 'cscript //nologo slmgr.vbs /ipk %s', on: web01%s}, expect: {exit: %s}"
_AVMA_2019: Final = "TNK62-RXVTB-4P47B-2D623-4GF74"
_ACCESS_DENIED: Final = -1073418203


def _spoken(language: str, key: str = "avma") -> dict[str, Fields]:
    return {"web01": guest(language=language, key=key)}


_LANGUAGES: Final = (
    world("bestiary-german", "A licensed guest speaks German.", "start: web01", guests=_spoken("de-DE")),
    world(
        "bestiary-german-refused",
        "A guest that was refused speaks German.",
        "start: web01",
        hosts=_LOST,
        guests=_spoken("de-DE"),
    ),
    world(
        "bestiary-german-no-key",
        "A guest without a key speaks German.",
        "start: web01",
        guests=_spoken("de-DE", key="none"),
    ),
    world(
        "bestiary-german-2012r2",
        "A licensed guest of 2012 R2 speaks German.",
        "start: web01",
        guests={"web01": guest("ws2012r2", language="de-DE")},
    ),
    world(
        "bestiary-pseudo-language",
        "A licensed guest speaks the language for testing.",
        "start: web01",
        guests=_spoken("qps-ploc"),
    ),
    world(
        "bestiary-pseudo-language-refused",
        "A guest that was refused speaks the language for testing.",
        "start: web01",
        hosts=_LOST,
        guests=_spoken("qps-ploc"),
    ),
)
_NAMES: Final = (
    world(
        "bestiary-host-says-licensed",
        "A lost host's name says licensed, and its guest's licence has ended.",
        "start: web01\nstop: web01\nafter: 181d, deactivate: HV-Licensed\nstart: web01",
        hosts={"HV-Licensed": host()},
        guests={"web01": {**guest(), "on": "HV-Licensed"}},
    ),
    world(
        "bestiary-host-says-notification",
        "A host's name says Notification, and its guest is licensed.",
        "start: web01",
        hosts={"Notification": host()},
        guests={"web01": {**guest(), "on": "Notification"}},
    ),
    world(
        "bestiary-letter-case",
        "A host's name is written in both cases.",
        "start: web01",
        hosts={"HyperV-Nord": host()},
        guests={"web01": {**guest(), "on": "HyperV-Nord"}},
    ),
    world(
        "bestiary-unlicensed-contains-licensed",
        "The word for a licence that is not there contains the one for a licence.",
        "start: web01\nuninstall_key: web01",
        hosts={"hv1": host("ws2022")},
        guests={"web01": guest("ws2022", "datacenter")},
    ),
)
_EVENTS: Final = (
    world(
        "bestiary-log-turned-over",
        "The log has forgotten the success, and the licence is there.",
        "start: web01\ndeactivate: hv1\nadvance: 10d",
    ),
    world(
        "bestiary-log-without-12309",
        "A guest without a key runs for an hour, and its log has no event of AVMA's.",
        "start: web01\nadvance: 1h",
        guests={"web01": guest("ws2016", key="none")},
    ),
    world(
        "bestiary-newest-is-a-failure",
        "One attempt failed after a success, and the licence goes on.",
        "start: web01\nmigrate: {guest: web01, to: hv2, kind: live}\nafter: 1m, ato: web01",
        hosts={"hv1": host(), "hv2": host(activated=False)},
    ),
    world(
        "bestiary-newest-is-a-success",
        "Ten failures came before the success.",
        "start: web01\nadvance: 20h 30m\nactivate: hv1\nadvance: 2h",
        hosts=_LOST,
    ),
    world(
        "bestiary-gaps",
        "Other records stand between those of AVMA.",
        "start: web01\nrestart: web01\nuninstall_key: web01\ninstall_key: {guest: web01, key: avma}",
    ),
    world(
        "bestiary-text-form-of-2022",
        "A newer build writes its events in another form.",
        "start: web01\ndeactivate: hv1\nafter: 1h, ato: web01",
        hosts={"hv1": host("ws2022")},
        guests={"web01": guest("ws2022")},
    ),
)
_CONSOLE: Final = (
    world(
        "bestiary-no-wmic",
        "A release comes without wmic.",
        "start: web01",
        hosts={"hv1": host("ws2025")},
        guests={"web01": guest("ws2025")},
    ),
    world(
        "bestiary-installed-and-refused",
        "The script says that it installed the key successfully, and the host refuses.",
        f"start: web01\n{_IPK % (_AVMA_2019, '', 0)}",
        hosts=_LOST,
        guests={"web01": guest(key="none")},
    ),
    world(
        "bestiary-not-elevated",
        "Somebody tried to install a key without the right to.",
        f"start: web01\n{_IPK % (_AVMA_2019, ', elevated: false', _ACCESS_DENIED)}",
        guests={"web01": guest(key="none")},
    ),
    world(
        "bestiary-asked-too-early",
        "The answer of the host is still under way.",
        "start: web01\nafter: 5s, install_key: {guest: web01, key: avma}",
        hosts={"hv1": host(latency="10s")},
        guests={"web01": guest(key="none")},
        clock="manual",
    ),
    world(
        "bestiary-leap-day",
        "The licence was given on the last day of a February.",
        "start: web01",
        start="2028-02-29T23:59:30Z",
    ),
    world(
        "bestiary-one-day-left",
        "The licence ends in a day and a minute, which the script calls two days.",
        "start: web01\nstop: web01\nafter: 178d 23h 59m, deactivate: hv1\nstart: web01",
    ),
)
WORLDS: Final[tuple[World, ...]] = (*_LANGUAGES, *_NAMES, *_EVENTS, *_CONSOLE)
