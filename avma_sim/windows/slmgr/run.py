"""Owns a run of slmgr from its words to its exit code: connect, find the option, answer.

Must not know how a single option is answered, nor where its lines are shown.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.computers import find_machine
from avma_sim.windows.product import service_version
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.slmgr import actions, display, outside
from avma_sim.windows.slmgr.desk import Desk, fail
from avma_sim.windows.slmgr.echo import Echo
from avma_sim.windows.slmgr.texts import Speech
from avma_sim.windows.slmgr.usage import MISUSED, show_usage
from avma_sim.windows.slmgr.words import Line, read_words

__all__ = ["ANSWERS", "Shown", "run_slmgr"]

SERVER_UNAVAILABLE: Final = 0x800706BA
ENGLISH: Final = "en-US"
# Names by which a machine may call itself when it connects.
_DIRECTORY: Final = "ad"

ANSWERS: Final[Mapping[str, outside.Answer]] = types.MappingProxyType(
    {
        "ipk": actions.install_key,
        "ato": actions.activate,
        "dli": display.show_licence,
        "dlv": display.show_licence_at_length,
        "xpr": display.show_expiry,
        "cpky": actions.clear_key_text,
        "ilc": actions.install_license_file,
        "rilc": actions.reinstall_license_files,
        "rearm": actions.rearm_windows,
        "rearm-app": actions.rearm_application,
        "rearm-sku": actions.rearm_product,
        "upk": actions.uninstall_key,
        "dti": display.show_installation_id,
        "atp": actions.deposit_confirmation,
        "skms": outside.name_kms,
        "ckms": outside.accept_setting("kms-cleared"),
        "skms-domain": outside.name_domain,
        "ckms-domain": outside.accept_setting("domain-cleared"),
        "skhc": outside.accept_setting("caching-on", of_product=False),
        "ckhc": outside.accept_setting("caching-off", of_product=False),
        "lil": outside.list_token_licences,
        "ril": outside.remove_token_licence,
        "ltc": outside.list_token_certificates,
        "fta": outside.activate_by_token,
        "sprt": outside.need_kms_host("no-kms-port"),
        "sai": outside.need_kms_host("no-kms-activation", interval=True),
        "sri": outside.need_kms_host("no-kms-renewal", interval=True),
        "sdns": outside.need_kms_host("no-kms-dns"),
        "cdns": outside.need_kms_host("no-kms-dns"),
        "spri": outside.need_kms_host("no-kms-priority"),
        "cpri": outside.need_kms_host("no-kms-priority"),
        "act-type": outside.choose_type,
        "ad-activation-online": outside.change_domain,
        "ad-activation-get-iid": outside.need_domain,
        "ad-activation-apply-cid": outside.change_domain,
        "ao-list": outside.need_domain,
        "del-ao": outside.change_domain,
    }
)


@attrs.frozen
class Shown:
    """What a run of slmgr leaves.

    Args:
        texts: what it handed to WScript.Echo, in order; each ends with a line end of its own but for a last
            line that was shown at once.
        code: its exit code, an unsigned 32-bit integer.
    """

    texts: tuple[str, ...]
    code: int


def run_slmgr(prompt: Prompt, words: Sequence[str], *, localized: bool = True) -> Shown:
    """Run slmgr.

    Args:
        prompt: where, and as whom.
        words: the words after the script's name.
        localized: whether the script lies beside its language files; else it speaks English.

    Returns:
        What it leaves.

    Raises:
        NotServed: the machine that it runs on does not run, or a host would be changed.
    """
    guest = prompt.world.state.guests.get(prompt.machine)
    silence = prompt.world.state.silence(prompt.machine)
    if silence:
        raise NotServed("slmgr", f"running it on {prompt.machine}, which is {silence},")
    language = ENGLISH if guest is None else guest.language
    echo = Echo(Speech(language if localized else ENGLISH, language))
    code = _run(prompt, read_words(words), echo)
    return Shown(echo.shown(), code)


def _run(prompt: Prompt, line: Line, echo: Echo) -> int:
    desk = _connect(prompt, line)
    if desk is None:
        return fail(echo, SERVER_UNAVAILABLE, "cannot-connect", computer=line.computer)
    if desk.remote and _too_old(desk):
        echo.say("too-old")
        return MISUSED
    if line.option is None:
        echo.say("invalid-words")
        echo.print()
        return show_usage(echo)
    return _answer(desk, line, echo)


def _connect(prompt: Prompt, line: Line) -> Desk | None:
    """Connect to the machine that is meant; None where nobody of that name answers.

    A user who is named has come with a password, and any is accepted: he is an administrator there.
    """
    if line.computer is None:
        return Desk(prompt.world, prompt.machine, prompt.elevated)
    machine = find_machine(prompt, line.computer)
    if machine is None or prompt.world.state.silence(machine):
        return None
    return Desk(prompt.world, machine, prompt.elevated or bool(line.user), remote=True)


def _too_old(desk: Desk) -> bool:
    """Say whether a machine's licensing service is of a release that slmgr does not connect to."""
    state = desk.world.state
    row = state.hosts[desk.machine] if desk.is_host else state.guests[desk.machine]
    return service_version(desk.world.facts, row.release).startswith(("6.0", "6.1"))


def _answer(desk: Desk, line: Line, echo: Echo) -> int:
    option = slmgr_facts().options.get(line.name)
    if option is None:
        echo.say("unrecognized", option=line.option)
        echo.print()
        return show_usage(echo)
    missing = option.missing(len(line.arguments))
    if missing:
        echo.print()
        echo.say("missing-argument", option=option.name, parameter=missing)
        return show_usage(echo)
    if option.group == _DIRECTORY and desk.remote:
        echo.say("not-remote")
        return MISUSED
    if option.changes and desk.is_host:
        raise NotServed("slmgr", f"/{option.name} on the host {desk.machine}")
    return ANSWERS[option.name](desk, echo, line.arguments)
