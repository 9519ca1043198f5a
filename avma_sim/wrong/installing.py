"""Owns worlds in which product keys are taken, refused or forgotten as they should not be.

Must not know the exchange that follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.codes import INVALID_KEY, MISMATCHED_SKU, OK
from avma_sim.model.events import AttemptRequested, GuestAdded, GuestUpgraded, ProductKeyInstalled
from avma_sim.model.release import KEY_FORM
from avma_sim.rules.families import key_of_build
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wrong.making import RULES, About, at_command, at_event, at_rule, both, worlds_in

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]


@at_rule("judge_key", About("lets anybody install a key", "C08", "keys: elevation", "elevation"))
def _anybody_installs(*asked: Any, **how: Any) -> Any:
    return RULES.judge_key(*asked, **{**how, "elevated": True})


@at_command(
    cmd.RequestActivation, About("lets anybody ask for an activation", "C08", "keys: elevation", "elevation")
)
def _anybody_activates(world: World, command: cmd.RequestActivation, by: int) -> None:
    DOCUMENTED.commands[cmd.RequestActivation](world, attrs.evolve(command, elevated=True), by)


@at_rule("judge_key", About("takes keys in capital letters only", "C10", "keys: form", "keys-letter-case"))
def _capitals_only(facts: Any, key: str, *asked: Any, **how: Any) -> Any:
    return RULES.judge_key(facts, key if key == key.upper() else "", *asked, **how)


@at_command(
    cmd.InstallProductKey,
    About("drops blanks that stand in a key", "C10", "keys: form", "keys-document-misprint"),
)
def _blanks_dropped(world: World, command: cmd.InstallProductKey, by: int) -> None:
    joined = attrs.evolve(command, key="".join(command.key.split()))
    DOCUMENTED.commands[cmd.InstallProductKey](world, joined, by)


@at_rule("judge_key", About("takes a key that nobody published", "C10", "keys: known", "key-unknown"))
def _unknown_key_taken(facts: Any, key: str, *asked: Any, **how: Any) -> Any:
    found = RULES.judge_key(facts, key, *asked, **how)
    well_formed = KEY_FORM.fullmatch(key.upper()) and key.upper().count("N") == 1
    unknown = found.code == INVALID_KEY and well_formed
    return attrs.evolve(found, code=OK, avma=False) if unknown else found


@at_rule("judge_key", About("refuses the KMS client keys", "C15", "keys: fits", "key-kms-client"))
def _kms_key_refused(*asked: Any, **how: Any) -> Any:
    found = RULES.judge_key(*asked, **how)
    return found if found.avma else attrs.evolve(found, code=MISMATCHED_SKU)


def _any_key_fits(*asked: Any, **how: Any) -> Any:
    return RULES.judge_key(
        *asked, **{**how, "readings": attrs.evolve(how["readings"], wrong_key="deny-at-activation")}
    )


def _any_key_is_granted(facts: Any, host: str, build: int, edition: str, avma_id: bytes, *asked: Any) -> Any:
    own = key_of_build(facts, build, edition, asked[-1])
    return RULES.judge_at_host(facts, host, build, edition, own.avma_id if own else avma_id, *asked)


any_key_fits = both(
    "any_key_fits",
    About("takes any AVMA key for any guest", "C10", "keys: fits, decision 9", "key-wrong"),
    rules={"judge_key": _any_key_fits, "judge_at_host": _any_key_is_granted},
)


@at_rule(
    "installed",
    About("does not activate by itself after a key was installed", "C08", "attempts", "install-path"),
)
def _key_without_attempt(*asked: Any) -> Any:
    return attrs.evolve(RULES.installed(*asked), next=None)


@at_event(
    ProductKeyInstalled,
    about=About(
        "gives the licence up when the same key comes again", "C08", "keys: the same key", "key-same-again"
    ),
)
def _same_key_anew(world: World, event: ProductKeyInstalled, by: int) -> int:
    state = world.state
    if event.key == state.guests[event.guest].key:
        event = attrs.evolve(event, licence=RULES.installed(event.licence, state.now_us, state.n))
    return world.emit(event, by)


@at_rule(
    "replaced",
    About(
        "stays licensed after a key of another kind",
        "C15",
        "notification, keys: another key",
        "key-kms-client",
    ),
)
def _other_key_keeps_licence(licence: Any) -> Any:
    return attrs.evolve(licence, next=None)


@at_rule("removed", About("stays licensed without a key", "C08", "unlicensed", "key-uninstalled"))
def _licensed_without_key(licence: Any) -> Any:
    return attrs.evolve(licence, next=None) if licence.activated_us else RULES.removed(licence)


@at_event(
    GuestUpgraded,
    about=About("stays licensed through an upgrade of the guest", "C10", "upgrades", "upgrade-of-release"),
)
def _upgrade_keeps_licence(world: World, event: GuestUpgraded, by: int) -> int:
    licence = attrs.evolve(world.state.licences[event.guest], next=None)
    return world.emit(attrs.evolve(event, licence=licence), by)


@at_event(
    GuestAdded, about=About("passes over the key in an answer file", "C09", "answer file", "answer-file")
)
def _answer_file_ignored(world: World, event: GuestAdded, by: int) -> int:
    return world.emit(attrs.evolve(event, guest=attrs.evolve(event.guest, unattend_key="")), by)


@at_event(
    GuestAdded,
    about=About(
        "starts a guest whose answer file has a wrong key", "C09", "answer file", "unattended-wrong-key"
    ),
)
def _wrong_answer_file_starts(world: World, event: GuestAdded, by: int) -> int:
    guest = event.guest
    if (
        guest.unattend_key
        and RULES.judge_key(world.facts, guest.unattend_key, guest.release, guest.edition).code
    ):
        guest = attrs.evolve(guest, unattend_key="")
    return world.emit(attrs.evolve(event, guest=guest), by)


@at_event(
    AttemptRequested,
    about=About("does nothing when asked to activate", "C08", "ato", "row-10-window-is-half-open"),
)
def _ato_does_nothing(world: World, event: AttemptRequested, by: int) -> int:
    return world.emit(attrs.evolve(event, licence=world.state.licences[event.guest]), by)


WORLDS: Final = worlds_in(globals())
