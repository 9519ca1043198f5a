"""Owns trying one pair out: a lab of one host and one guest, and what both of them say.

Must not judge: the answer is what the lab's events tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from avma_sim.facts.tables import Facts
from avma_sim.lab.arguments import Activated, key_text
from avma_sim.lab.lab import Lab
from avma_sim.model.codes import code_text
from avma_sim.model.events import ProductKeyRefused
from avma_sim.model.verdict import Because

__all__ = ["Trial", "try_pair"]


@attrs.frozen
class Trial:
    """What became of one guest on one host.

    Args:
        answer: ``granted``, ``refused`` (a host said no), ``no-answer`` (nobody granted or refused),
            ``key-refused`` (the guest does not take the key) or ``no-attempt``.
        key: the key's text; empty for none.
        notification: what the guest's event 12309 says; empty for none.
        host_event: ``granted`` or ``refused`` of the host's event 12310; empty for none.
        code: result code as eight hex digits; ``0`` for a grant, empty where nothing was attempted.
        licence: the guest's licence afterwards, in a word.
        because: the reasons of the deciding side; None where nothing was decided.
    """

    answer: str
    key: str
    notification: str = ""
    host_event: str = ""
    code: str = ""
    licence: str = ""
    because: Because | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Everything but the reasons: two trials that say the same cannot be told apart."""
        return (self.answer, self.key, self.notification, self.host_event, self.code, self.licence)


def try_pair(
    host: tuple[str, str],
    guest: tuple[str, str],
    *,
    key: str = "avma",
    platform: str = "hyper-v",
    activated: Activated = True,
    service: str = "running",
    data_exchange: bool = True,
    readings: Mapping[str, str] | None = None,
    facts: Facts | None = None,
    seed: int = 0,
) -> Trial:
    """Install a key in a running guest and see what follows.

    Args:
        host: the host's release and edition.
        guest: the guest's release and edition.
        key: ``avma`` for the guest's own AVMA key, ``none``, or a key's text.
        platform: the host's platform.
        activated: how the host is activated.
        service: state of the host's activation service.
        data_exchange: whether Data Exchange is on for the guest.
        readings: values of readings.
        facts: the facts; the shipped ones if None.
        seed: the lab's seed.

    Returns:
        What became of it.

    Raises:
        InputError: something here does not exist, or no such key is published.
    """
    lab = Lab(seed, readings=readings, facts=facts)
    there = lab.add_host(
        "host", release=host[0], edition=host[1], platform=platform, activated=activated, service=service
    )
    one = lab.add_guest("guest", on=there, release=guest[0], edition=guest[1], data_exchange=data_exchange)
    one.start()
    if key == "none":
        return Trial("no-attempt", "", licence=one.licence.word)
    refused = one.install_key(key).refused
    if isinstance(refused, ProductKeyRefused):
        text = key_text(lab.facts, key, guest[0], guest[1], lab.state.settings.readings)
        code, word = code_text(refused.code), one.licence.word
        return Trial("key-refused", text, code=code, licence=word, because=refused.because)
    if one.pending:
        lab.advance(until="guest.next_attempt")
    if not one.events:
        return Trial("no-attempt", one.row.key, licence=one.licence.word)
    last, word = one.events[-1], one.licence.word
    decided = there.events[-1].verdict if there.events else ""
    heard = decided if decided == "refused" else "no-answer"
    answer = "granted" if last.code == "0" else heard
    why = lab.explain("guest").because
    return Trial(answer, one.row.key, last.notification, decided, last.code, word, why)
