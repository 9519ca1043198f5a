"""Owns the explanation of a guest: what its licence is, why, and what comes next.

Must not judge again: reasons are those that were written down when the decision was made.
"""

from __future__ import annotations

import attrs

from avma_sim.facts.tables import Facts
from avma_sim.model.codes import MACHINE_NOT_BOUND, code_text
from avma_sim.model.duration import instant_text
from avma_sim.model.guest import Guest
from avma_sim.model.licence import GRACE, LICENSED, WORDS, Licence
from avma_sim.model.log import LogRow, log_rows
from avma_sim.model.verdict import Because
from avma_sim.sim.state import State

__all__ = ["Explanation", "because_text", "explain"]


@attrs.frozen
class Explanation:
    """Why a guest's licence is as it is.

    Args:
        guest: its name.
        licence: the state in a word.
        lines: the explanation, a sentence a line.
        because: the deciding side's reasons for the last attempt; None before the first.
    """

    guest: str
    licence: str
    lines: tuple[str, ...]
    because: Because | None

    def __str__(self) -> str:
        return "\n".join(self.lines)


def because_text(because: Because, facts: Facts) -> str:
    """Write reasons as one sentence.

    Args:
        because: the reasons.
        facts: the facts, for the clauses' statements.

    Returns:
        Text such as ``decision row 6 [C03]: host activated = no; reading no_seed_row = invalid-host``.
    """
    clauses = f" [{', '.join(because.clauses)}]" if because.clauses else ""
    parts = [f"{name} = {value}" for name, value in because.inputs]
    parts += [f"reading {name} = {value}" for name, value in because.readings]
    said = [f"{clause}: {facts.clauses[clause].statement}" for clause in because.clauses]
    text = f"{because.law}{clauses}: {'; '.join(parts)}" if parts else f"{because.law}{clauses}"
    return "\n  ".join([text, *said])


def explain(state: State, facts: Facts, name: str) -> Explanation:
    """Explain a guest's licence from the lab's rows.

    Args:
        state: the state.
        facts: the facts.
        name: the guest's name; it must exist.

    Returns:
        The explanation.
    """
    guest, licence = state.guests[name], state.licences[name]
    if guest.is_linux:
        power = {"running": "on", "off": "off, on"}.get(guest.power, f"{guest.power}, on")
        said = f"{name} (Linux, {power} {guest.host}) has no licence of Windows."
        why = "Linux takes no AVMA key, so it makes no attempt (decision row 1)."
        return Explanation(name, WORDS[licence.status], (said, why), None)
    lines = [_standing(guest, licence, facts)]
    rows = state.logs[name].recent
    if licence.reason == MACHINE_NOT_BOUND:
        lines.append("It is a copy with a VM id of its own; the licence stayed with the original.")
        rows = ()  # what its log holds are attempts of the original
    because = None
    if rows:
        last = rows[-1]
        lines.append(
            f"Last attempt that ended: {instant_text(last.at_us)}, host {last.peer}: "
            f"{last.outcome} (12309 record {last.record}, code {code_text(last.code)})."
        )
        decided = _host_record(state, last)
        # Where the answer never arrived whole, the host's reasons are not why the guest is as it is.
        heard = decided is not None and decided.code == last.code
        because = decided.because if decided is not None and heard else last.because
        if decided is not None:
            lines.append(
                f"{last.peer} decided it at {instant_text(decided.at_us)}: {decided.outcome} "
                f"(12310 record {decided.record}, code {code_text(decided.code)})."
            )
        lines.append(f"Because of {because_text(because, facts)}")
    migration = state.migrations.get(name)
    if migration is not None:
        lines.append(
            f"It is migrating ({migration.kind}) from {migration.source} to {migration.to}: "
            f"{migration.phase}, until {instant_text(migration.due[0])}."
        )
    if not guest.key:
        lines.append("It has no AVMA key, so it makes no attempt (decision row 1).")
    elif guest.key not in facts.keys:
        lines.append("Its product key is no AVMA key, so it makes no attempt (decision row 1).")
    lines += _depends(state, guest, licence)
    lines.append(_next(state, guest, licence))
    return Explanation(name, WORDS[licence.status], tuple(lines), because)


def _standing(guest: Guest, licence: Licence, facts: Facts) -> str:
    release = facts.releases[guest.release]
    power = {"running": "on", "off": "off, on"}.get(guest.power, f"{guest.power}, on")
    where = f"{guest.name} ({release.label} {facts.editions[guest.edition]}, {power} {guest.host})"
    text = f"{where} is {WORDS[licence.status]} (reason {code_text(licence.reason)})"
    if licence.status == LICENSED:
        end = "without end" if licence.end is None else f"until {instant_text(licence.end[0])}"
        return f"{text}, granted by {licence.host} {end}."
    if licence.status == GRACE and licence.grace is not None:
        return f"{text}, until {instant_text(licence.grace[0])}."
    return f"{text}."


def _depends(state: State, guest: Guest, licence: Licence) -> list[str]:
    """Name the readings on which the state itself depends; those of the decision stand with it."""
    readings = state.settings.readings
    host, told = state.hosts[guest.host], []
    if licence.activated_us is not None:
        told.append(f"timing = {readings.timing}")
    if not guest.exchanges_data:
        told.append(f"data_exchange_off = {readings.data_exchange_off}")
    if host.edition != "datacenter" and host.release == "ws2012r2":
        told.append(f"host_2012r2_edition = {readings.host_2012r2_edition}")
    if host.edition != "datacenter":
        told.append(f"host_edition = {readings.host_edition}")
    if licence.failure and licence.status != LICENSED and licence.activated_us is None:
        told.append(f"failed_unlicensed = {readings.failed_unlicensed}")
    if licence.activated_us is not None and licence.host != guest.host:
        told.append(f"move_to_unqualified = {readings.move_to_unqualified}")
    return [f"Its state depends on the readings: {', '.join(told)}."] if told else []


def _host_record(state: State, last: LogRow) -> LogRow | None:
    """Find what the host wrote about the same request; a guest alone sees only a code."""
    if not last.nonce or last.peer not in state.hosts:
        return None
    rows = log_rows(state.logs[last.peer], state.settings.host_log_rows)
    return next((row for row in reversed(rows) if row.nonce == last.nonce), None)


def _next(state: State, guest: Guest, licence: Licence) -> str:
    pending = state.attempts.get(guest.name)
    if pending is not None:
        seen = " after bad bytes" if pending.end.phase == "waiting-bad" else ""
        return (
            f"An attempt ({pending.trigger}) is pending: it asked {pending.host} at "
            f"{instant_text(pending.started_us)} and waits{seen} until {instant_text(pending.deadline[0])}."
        )
    if licence.next is None:
        return "No attempt is due."
    when = {"running": instant_text(licence.next[0]), "off": "its next start"}.get(guest.power, "its resume")
    return f"Next attempt: {licence.trigger}, at {when}."
