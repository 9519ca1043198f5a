"""Owns turning what callers write into what commands hold: keys, activation, instants, journals.

Must not carry anything out: values in, values out, or a clear error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TextIO, cast

import attrs

from avma_sim.errors import DurationError, FileProblems, InputError, KeyTextError, UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.model.duration import instant_us, span_us
from avma_sim.model.fault import Fault
from avma_sim.model.readings import Readings
from avma_sim.model.release import OTHER_CHANNELS
from avma_sim.rules.keys import own_key_or_error, read_key
from avma_sim.sim.journal import HashJournal, Header, Journal, KeepJournal, StreamJournal

__all__ = [
    "MANUAL",
    "SETTLE",
    "Activated",
    "JournalChoice",
    "addresses_of",
    "call_span",
    "channel_of",
    "check_pair",
    "choose_journal",
    "choose_readings",
    "fault_of",
    "key_text",
    "other_keys_of",
    "request_limit_of",
    "unattend_text",
]

_DEFAULT: Final = Readings()
SETTLE: Final = "settle"
MANUAL: Final = "manual"
CALL_US_MAX: Final = 86_400_000_000

Activated = bool | str | Mapping[str, object]
JournalChoice = str | TextIO | Callable[[Header], Journal]


def key_text(facts: Facts, key: str | None, release: str, edition: str, readings: Readings = _DEFAULT) -> str:
    """Return the key that a caller means.

    Args:
        facts: the facts.
        key: ``avma`` for the guest's own AVMA key, a key's text, or None or ``none`` for no key.
        release: the guest's release id.
        edition: the guest's edition id.
        readings: the lab's readings.

    Returns:
        The key in its true spelling; empty for none.

    Raises:
        InputError: no AVMA key is published for this guest.
        KeyTextError: the text is no product key.
    """
    if key is None or key == "none":
        return ""
    if not isinstance(key, str):
        raise KeyTextError(f"a product key is text, not {key!r}")
    return own_key_or_error(facts, release, edition, readings).text if key == "avma" else read_key(key)


def check_pair(facts: Facts, release: str, edition: str) -> None:
    """Refuse a release and edition that do not exist together.

    Args:
        facts: the facts.
        release: release id.
        edition: edition id.

    Raises:
        UnknownName: there is no such release, or it has no such edition.
    """
    known = facts.editions_of_guests(release)
    if edition not in known:
        raise UnknownName(f"edition of {release}", edition, known)


def addresses_of(field: str, addresses: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the addresses that a caller means.

    Args:
        field: name of the argument.
        addresses: texts; None for an address that is generated.

    Returns:
        The same as a row holds them.

    Raises:
        InputError: it is no list of texts.
    """
    if addresses is None:
        return None
    if isinstance(addresses, str) or not isinstance(addresses, Sequence):
        raise InputError(f"{field} is a list of addresses, not {addresses!r}; one address is a list, too")
    return tuple(addresses)


def unattend_text(
    facts: Facts,
    key: str | None,
    release: str,
    edition: str,
    readings: Readings,
    unattend: str | None = None,
) -> str:
    """Return the text that stands in an answer file.

    Args:
        facts: the facts.
        key: ``avma`` for the guest's own AVMA key, a text that goes to Setup verbatim, or None or ``none``.
        release: the guest's release id.
        edition: the guest's edition id.
        readings: the lab's readings.
        unattend: the whole file's text, XML, instead of a key; None for none.

    Returns:
        The text; empty for none.

    Raises:
        FileProblems: Setup would refuse the file.
        InputError: no AVMA key is published for this guest, or both a file and a key are given.
    """
    if unattend is not None:
        if key is not None:
            raise InputError("give the whole answer file (unattend) or its key (unattend_key), not both")
        return _setup_key(unattend)
    if key == "avma":
        return key_text(facts, key, release, edition, readings)
    return "" if key is None or key == "none" else key


def _setup_key(unattend: str) -> str:
    if type(unattend) is not str:
        raise InputError(f"an answer file is the text of its XML, not {unattend!r}")
    from avma_sim.windows.answer_file.read import read_answer_file  # noqa: PLC0415 - few labs pay for it

    reading = read_answer_file(unattend, "unattend")
    if reading.refused:
        raise FileProblems(found.problem for found in reading.findings if found.rule.refused)
    return reading.answer.specialize_key or ""


def call_span(clock: str | dt.timedelta) -> int | None:
    """Return how far a call from outside moves the clock.

    Args:
        clock: ``settle``, ``manual``, or a span above 0.

    Returns:
        None for as far as no attempt is pending, 0 for not at all, or a span in microseconds.

    Raises:
        InputError: it is none of these.
    """
    if clock == SETTLE:
        return None
    if clock == MANUAL:
        return 0
    try:
        span = span_us(clock)
    except DurationError as error:
        raise DurationError(
            f"a clock is {SETTLE}, {MANUAL}, or how far each call moves it: {error}"
        ) from error
    if not 0 < span <= CALL_US_MAX:
        raise DurationError("each call moves the clock by more than nothing, and by a day at most")
    return span


def channel_of(activated: Activated) -> tuple[str, int | None]:
    """Return channel and end of a host's activation.

    Args:
        activated: True (channel mak, no end), False, a channel, or a mapping of channel and until.

    Returns:
        The channel, empty for not activated; and the end in microseconds, or None.

    Raises:
        InputError: another type, or another field.
    """
    if isinstance(activated, bool):
        return ("mak" if activated else ""), None
    if isinstance(activated, str) and activated:
        return activated, None
    if not isinstance(activated, Mapping):
        raise InputError(f"activated is true, false, a channel, or channel and until, not {activated!r}")
    for name in activated:
        if name not in ("channel", "until"):
            raise UnknownName("field of activated", str(name), ("channel", "until"))
    until = activated.get("until")
    if until is not None and not isinstance(until, str | dt.datetime):
        raise InputError(f"until is an instant, not {until!r}")
    channel = activated.get("channel", "mak")
    if not isinstance(channel, str) or not channel:
        raise InputError(f"a channel is a word, not {channel!r}")
    return channel, None if until is None else instant_us(until)


def choose_readings(facts: Facts, wanted: Mapping[str, str] | Readings | None) -> Readings:
    """Return the readings of a lab.

    Args:
        facts: the facts.
        wanted: values by name; what is not named keeps its default.

    Returns:
        The readings.

    Raises:
        UnknownName: no such reading, or no such value of it.
        InputError: a value that changes nothing that is simulated yet.
    """
    if wanted is None:
        return Readings()
    if not isinstance(wanted, Readings) and not _is_mapping(wanted):
        raise InputError(f"readings are values by name, not {wanted!r}")
    plain = attrs.asdict(wanted) if isinstance(wanted, Readings) else dict(wanted)
    for name, value in plain.items():
        if name not in facts.readings:
            raise UnknownName("reading", name, facts.readings)
        allowed = facts.readings[name]
        if value not in allowed:
            raise UnknownName(f"value of reading {name}", value, allowed)
    return Readings(**plain)


def request_limit_of(limit: Mapping[str, object] | None) -> tuple[int, int] | None:
    """Return a host's request limit.

    Args:
        limit: ``{"count": number, "per": span}``, or None for no limit.

    Returns:
        (count, span in microseconds), or None.

    Raises:
        InputError: another shape.
    """
    if limit is None:
        return None
    if not _is_mapping(limit) or set(limit) != {"count", "per"}:
        raise InputError(f"a request limit has a count and a span (per), not {limit!r}")
    count, per = limit["count"], limit["per"]
    if type(count) is not int:
        raise InputError(f"a request limit counts requests by a whole number, not {count!r}")
    return count, span_us(cast("str | dt.timedelta", per))


def other_keys_of(facts: Facts, keys: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return the product keys of other kinds that a lab declares.

    Args:
        facts: the facts.
        keys: channel (retail, oem, volume) by key text; None for none.

    Returns:
        Pairs (key in its true spelling, channel), sorted.

    Raises:
        UnknownName: another channel.
        InputError: a key that is published as an AVMA key, or twice there.
        KeyTextError: a text is no product key.
    """
    found: dict[str, str] = {}
    if keys is not None and not _is_mapping(keys):
        raise InputError(f"other keys are channels by key text, not {keys!r}")
    for text, channel in (keys or {}).items():
        if type(text) is not str:
            raise KeyTextError(f"a product key is text, not {text!r}")
        key = read_key(text)
        if channel not in OTHER_CHANNELS:
            raise UnknownName("channel of a key", channel, OTHER_CHANNELS)
        if key in facts.keys:
            raise InputError(f"{key} is a published AVMA key; it cannot be declared as {channel}")
        if key in found:
            raise InputError(f"the key {key} is declared twice")
        found[key] = channel
    return tuple(sorted(found.items()))


def _is_mapping(value: object) -> bool:
    # Types say so already; a caller without a type checker gets a message all the same.
    return isinstance(value, Mapping)


def choose_journal(choice: JournalChoice, header: Header) -> Journal:
    """Return the journal of a lab.

    Args:
        choice: ``keep``, ``hash``, an open text stream, or a function that makes a journal of a header.
        header: the header.

    Returns:
        The journal.

    Raises:
        UnknownName: another word.
    """
    if isinstance(choice, str):
        kinds: dict[str, Callable[[Header], Journal]] = {"keep": KeepJournal, "hash": HashJournal}
        if choice not in kinds:
            raise UnknownName("journal mode", choice, kinds)
        return kinds[choice](header)
    if callable(choice):
        return choice(header)
    if not hasattr(choice, "write"):
        raise InputError(f"a journal is 'keep', 'hash' or an open text stream, not {choice!r}")
    return StreamJournal(header, choice)


def fault_of(fields: Mapping[str, object]) -> Fault:
    """Return a fault from its fields by name.

    Args:
        fields: fields of `Fault`; ``by``, ``from_`` and ``until`` as text instead of their
            microseconds.

    Returns:
        The fault.

    Raises:
        UnknownName: no such field.
        InputError: a field is missing.
    """
    known = [field.name for field in attrs.fields(Fault)]
    plain: dict[str, Any] = dict(fields)
    if "by" in plain:
        plain["by_us"] = span_us(plain.pop("by"))
    for short, full in (("from_", "from_us"), ("until", "until_us")):
        if short in plain:
            plain[full] = instant_us(plain.pop(short))
    for name in plain:
        if name not in known:
            raise UnknownName("field of a fault", name, [*known, "by", "from_", "until"])
    try:
        return Fault(**plain)
    except TypeError as error:
        raise InputError(f"a fault needs a name and an action: {error}") from None
