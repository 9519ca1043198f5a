"""Owns writing a journal's commands as a scenario file, which plays them again.

Must not judge what happened: refusals and licences are written down as they were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.errors import InputError, KeyTextError
from avma_sim.facts.tables import Facts
from avma_sim.model import commands as cmd
from avma_sim.model.codes import code_text
from avma_sim.model.duration import DEFAULT_START_US, instant_text, span_text
from avma_sim.model.events import CommandRefused, ProductKeyRefused
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import GUEST, POOL_NAMES
from avma_sim.model.kvp_pools import Items
from avma_sim.model.licence import WORDS
from avma_sim.model.readings import Readings
from avma_sim.rules.keys import own_key_or_error, read_key
from avma_sim.scenario.kvp_verbs import ALL
from avma_sim.scenario.verbs import VERBS
from avma_sim.scenario.yaml_text import flow, quoted
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import apply_entry, new_state

__all__ = ["scenario_text", "verb_and_fields"]

_SEED_DIGITS_MAX: Final = 18
_Fields = dict[str, Any]


@attrs.frozen
class _Call:
    """One command and everything that followed."""

    command: Any
    at_us: int
    entries: tuple[Entry, ...]

    @property
    def refused(self) -> str:
        """Why it was refused, by reason or by code; empty where it was not."""
        for entry in reversed(self.entries):
            event = entry.what
            if isinstance(event, CommandRefused):
                return event.reason
            if isinstance(event, ProductKeyRefused):
                return code_text(event.code)
        return ""


def scenario_text(settings: Settings, entries: Iterable[Entry], facts: Facts, name: str) -> str:
    """Write a journal as a scenario file that plays the same commands.

    The hosts, guests and faults that come first are its `given`, every later command is a step; a command
    that was refused expects that. The last step expects the licence of every guest as it was found.

    Args:
        settings: what was chosen for the lab.
        entries: the journal's entries, from the first.
        facts: the facts of the lab.
        name: what the scenario shows.

    Returns:
        The file's text; loaded and run, it passes and leads to an equal state.

    Raises:
        InputError: something was chosen or done that a scenario file cannot say.
        JournalError: the entries do not follow each other.
    """
    writer = _Writer(facts, new_state(settings))
    calls = _calls(entries)
    head = [f"scenario: {quoted(name)}", *_seeds(settings)]
    given, steps = ["given:", *_chosen(settings)], ["when:"]
    things: dict[str, list[str]] = {}
    for call in calls:
        kind = _KINDS.get(type(call.command), "")
        if kind and steps == ["when:"] and not any(later in things for later in _later(kind)):
            things.setdefault(kind, []).append(f"    {writer.thing(call.command)}")
        else:
            steps += writer.step(call)
        for entry in call.entries:
            apply_entry(writer.state, entry)
    for kind, rows in things.items():
        given += [f"  {kind}:", *rows]
    if given == ["given:"]:
        given = ["given: {}"]
    steps += _licences(writer.state)
    return "\n".join([*head, *given, *(steps if len(steps) > 1 else []), ""])


def verb_and_fields(facts: Facts, state: State, call: Sequence[Entry]) -> tuple[str, _Fields]:
    """Return a call's command as a verb and its fields, what is as usual left out.

    Args:
        facts: the facts of the lab.
        state: the state before the call.
        call: the call's entries, the command first.

    Returns:
        The verb, and its fields in the verb's order of writing.

    Raises:
        InputError: no verb can say it.
    """
    return _Writer(facts, state).said(_Call(call[0].what, call[0].t, tuple(call)))


def _calls(entries: Iterable[Entry]) -> list[_Call]:
    grouped: list[list[Entry]] = []
    for entry in entries:
        if entry.by is None:
            grouped.append([])
        grouped[-1].append(entry)
    return [_Call(group[0].what, group[0].t, tuple(group)) for group in grouped]


def _later(kind: str) -> tuple[str, ...]:
    kinds = tuple(_KINDS.values())
    return kinds[kinds.index(kind) + 1 :]


def _seeds(settings: Settings) -> list[str]:
    if len(str(settings.seed)) > _SEED_DIGITS_MAX:
        raise InputError(f"a scenario file has seeds of {_SEED_DIGITS_MAX} digits, not {settings.seed}")
    usual = Settings()
    for field in ("guest_log_rows", "host_log_rows"):
        if getattr(settings, field) != getattr(usual, field):
            raise InputError(f"a scenario file cannot say {field}, and this lab chose it")
    return [f"seeds: [{settings.seed}]"]


def _chosen(settings: Settings) -> list[str]:
    lines = []
    if settings.start_us != DEFAULT_START_US:
        lines.append(f"  start: {quoted(instant_text(settings.start_us))}")
    if settings.call_us is not None:
        lines.append(f"  clock: {span_text(settings.call_us) if settings.call_us else 'manual'}")
    usual = attrs.asdict(Readings())
    changed = {key: value for key, value in attrs.asdict(settings.readings).items() if value != usual[key]}
    if changed:
        lines.append(f"  readings: {flow(changed)}")
    if settings.other_keys:
        lines.append(f"  other_keys: {flow(dict(settings.other_keys))}")
    return lines


def _licences(state: State) -> list[str]:
    if not state.licences:
        return []
    rows = [
        f"        {quoted(guest)}: {{licence: {WORDS[row.status]}}}" for guest, row in state.licences.items()
    ]
    return ["  - name: what came of it", "    expect:", "      guests:", *rows]


class _Writer:
    """Writes commands of one lab, whose state before each it knows."""

    def __init__(self, facts: Facts, state: State) -> None:
        self.facts = facts
        self.state = state

    def thing(self, command: Any) -> str:
        """Write what `given` makes."""
        fields = self.fields(command)
        return f"{quoted(fields.pop('name'))}: {flow(fields)}"

    def step(self, call: _Call) -> list[str]:
        """Write a step."""
        verb, fields = self.said(call)
        known = VERBS[verb]
        short = known.short and list(fields) == [known.short]
        lines = [f"  - {verb}: {quoted(fields[known.short]) if short else flow(fields)}"]
        if call.refused:
            lines.append(f"    expect: {{refused: {quoted(call.refused)}}}")
        return lines

    def said(self, call: _Call) -> tuple[str, _Fields]:
        """Return a call's command as a verb and its fields."""
        is_advance = isinstance(call.command, cmd.Advance)
        return _VERBS[type(call.command)], _advance(call) if is_advance else self.fields(call.command)

    def fields(self, command: Any) -> _Fields:
        """Return a command's fields as the verb names them, what is as usual left out."""
        write = _WRITERS.get(type(command))
        return _changed(command) if write is None else write(self, command)

    def key(self, text: str, release: str, edition: str) -> str:
        """Return how a key is written that is read as a person means it."""
        try:
            own = own_key_or_error(self.facts, release, edition, self.state.settings.readings).text
        except InputError:
            own = ""
        if text == own:
            return "avma"
        try:
            fits = read_key(text) == text
        except KeyTextError:
            fits = False
        if not fits:
            raise InputError(f"a scenario file cannot say the key {text!r} here, which is none")
        return text


def _changed(value: Any, *but: str) -> _Fields:
    """Return the fields of a value that are not at their default."""
    return {
        field.name: found
        for field in attrs.fields(type(value))
        if field.name not in but and (found := getattr(value, field.name)) != field.default
    }


def _add_host(_: _Writer, command: cmd.AddHost) -> _Fields:
    fields = _only(
        _changed(command.host), Host, "latency_us", "request_limit", "kvp_refresh_us", "kvp_latency_us"
    )
    activated: Any = bool(command.channel)
    if command.channel not in ("", "mak") or command.until_us is not None:
        activated = {"channel": command.channel}
        if command.until_us is not None:
            activated["until"] = instant_text(command.until_us)
    for name in ("latency", "kvp_refresh", "kvp_latency"):
        if f"{name}_us" in fields:
            fields[name] = span_text(fields.pop(f"{name}_us"))
    if "request_limit" in fields:
        count, per = fields.pop("request_limit")
        fields["request_limit"] = {"count": count, "per": span_text(per)}
    return _in_order({**fields, "activated": activated}, "add_host")


def _add_guest(writer: _Writer, command: cmd.AddGuest) -> _Fields:
    guest = command.guest
    fields = _only(_changed(guest, "vm_id" if not guest.vm_id else ""), Guest, "host")
    if guest.unattend_key in ("avma", "none"):
        raise InputError(f"a scenario file cannot say the answer file's key {guest.unattend_key!r}")
    if "key" in fields:
        fields["key"] = writer.key(guest.key, guest.release, guest.edition)
    return _in_order({**fields, "on": fields.pop("host")}, "add_guest")


def _only(fields: _Fields, cls: type, *renamed: str) -> _Fields:
    """Refuse a row with a field that no scenario file has."""
    verb = "add_host" if cls is Host else "add_guest"
    for name in fields:
        if name not in VERBS[verb].fields and name not in renamed:
            raise InputError(f"a scenario file cannot say {name} of {fields['name']}, and this lab chose it")
    return fields


def _in_order(fields: _Fields, verb: str) -> _Fields:
    return {name: fields[name] for name in VERBS[verb].fields if name in fields}


def _activate(_: _Writer, command: cmd.Activate) -> _Fields:
    fields = _changed(command, "until_us")
    return fields if command.until_us is None else {**fields, "until": instant_text(command.until_us)}


def _install(writer: _Writer, command: cmd.InstallProductKey) -> _Fields:
    fields = _changed(command)
    if not command.key:
        raise InputError("a scenario file cannot say that no key is installed")
    row = writer.state.guests[command.guest]
    try:
        fields["key"] = writer.key(command.key, row.release, row.edition)
    except InputError:
        fields["verbatim"] = fields.pop("key")
    return fields


def _upgrade(writer: _Writer, command: cmd.Upgrade) -> _Fields:
    fields = _changed(command)
    if command.key:
        fields["key"] = writer.key(command.key, command.release, command.edition)
    return fields


def _moving(_: _Writer, command: cmd.Migrate | cmd.DrainHost) -> _Fields:
    fields = _changed(command)
    for name in ("copy", "blackout"):
        if f"{name}_us" in fields:
            fields[name] = span_text(fields.pop(f"{name}_us"))
    return fields


def _copy(_: _Writer, command: cmd.CopyGuest) -> _Fields:
    fields = _changed(command)
    host = fields.pop("host")
    return {**fields, "on": host}


def _arm(_: _Writer, command: cmd.ArmFault) -> _Fields:
    fields = _changed(command.fault)
    for name, plain, write in (
        ("from_us", "from", instant_text),
        ("until_us", "until", instant_text),
        ("by_us", "by", span_text),
        ("blob", "blob", bytes.hex),
    ):
        if name in fields:
            fields[plain] = write(fields.pop(name))
    return fields


def _pooled(_: _Writer, command: cmd.WriteKvp | cmd.DeleteKvp) -> _Fields:
    fields = _changed(command)
    pool = POOL_NAMES[fields.pop("pool")]
    if "items" in fields:
        fields["items"] = _items(fields["items"])
    return _in_order(fields if pool == POOL_NAMES[GUEST] else {**fields, "pool": pool}, _VERBS[type(command)])


def _push(_: _Writer, command: cmd.PushKvp) -> _Fields:
    return {**_changed(command), "items": _items(command.items)}


def _items(items: Items) -> dict[str, str]:
    # Of two items with one key the later counts, and so it does in a mapping.
    return {item.key: item.value for item in items}


def _read(writer: _Writer, command: cmd.ReadKvp) -> _Fields:
    fields = _changed(command)
    if "pools" in fields:
        fields["pools"] = tuple(POOL_NAMES[pool] for pool in command.pools)
    if command.guest or command.host:
        return fields
    if ALL in writer.state.guests:
        raise InputError(f"a scenario file cannot say that all guests are read where one is called {ALL!r}")
    return {"guest": ALL, **fields}


def _advance(call: _Call) -> _Fields:
    """Write a move of the clock as a span, so that a file says how long and not when."""
    command = call.command
    if command.until == "next-due":  # no file can say that; how far it came says the same
        return {"for": span_text(call.entries[-1].t - call.at_us)}
    fields: _Fields = {} if command.to_us is None else {"for": span_text(command.to_us - call.at_us)}
    if command.until:
        fields["until"] = f"{command.guest}.next_attempt" if command.until == "attempt" else command.until
    return fields


_WRITERS: Final[Mapping[type, Callable[[_Writer, Any], _Fields]]] = MappingProxyType(
    {
        cmd.AddHost: _add_host,
        cmd.AddGuest: _add_guest,
        cmd.Activate: _activate,
        cmd.InstallProductKey: _install,
        cmd.Upgrade: _upgrade,
        cmd.Migrate: _moving,
        cmd.DrainHost: _moving,
        cmd.CopyGuest: _copy,
        cmd.ArmFault: _arm,
        cmd.WriteKvp: _pooled,
        cmd.DeleteKvp: _pooled,
        cmd.PushKvp: _push,
        cmd.ReadKvp: _read,
    }
)
_VERBS: Final = {known.command: verb for verb, known in VERBS.items()}
_KINDS: Final = {cmd.AddHost: "hosts", cmd.AddGuest: "guests", cmd.ArmFault: "faults"}
