"""Owns a sequence of handshakes as a Mermaid diagram.

Must not decide what is drawn.
"""

from __future__ import annotations

import re
from typing import Final

from avma_sim.report.trace_plain import when
from avma_sim.report.trace_sequence import Arrow, Handshakes

__all__ = ["sequence_mermaid"]

# What Mermaid could take for its own: ends of statements, comments, entities, markup.
_SPECIAL: Final = re.compile(r"[^\w .,:()/+-]")


def sequence_mermaid(sequence: Handshakes) -> list[str]:
    """Draw a sequence.

    Args:
        sequence: the sequence.

    Returns:
        The diagram's lines.
    """
    ids = {name: f"m{at}" for at, name in enumerate(sequence.machines)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {ids[name]} as {_text(name)}" for name in sequence.machines]
    everybody = ",".join(dict.fromkeys((ids[sequence.guest], ids[sequence.machines[-1]])))
    now: int | None = None
    for step in sequence.steps:
        if step.at_us != now:
            now = step.at_us
            lines.append(f"    Note over {everybody}: {_text(when(now))}")
        if isinstance(step, Arrow):
            head = "-x" if step.lost else "->>" if step.source == sequence.guest else "-->>"
            lines.append(f"    {ids[step.source]}{head}{ids[step.target]}: {_text(step.text)}")
        else:
            over = ",".join(ids[name] for name in step.over)
            lines.append(f"    Note over {over}: {_text(step.text)}")
    if not sequence.steps:
        lines.append(f"    Note over {everybody}: no handshake")
    if sequence.left_off:
        lines.append(f"    Note over {everybody}: {sequence.left_off} arrows more are left off")
    return lines


def _text(text: str) -> str:
    """Spell a text so that it is nothing but text."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)
