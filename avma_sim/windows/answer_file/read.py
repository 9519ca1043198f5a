"""Owns reading an answer file as Windows Setup would: which product keys it takes from where.

Must not judge a key: it hands out texts with their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.facts.answer_files import answer_facts
from avma_sim.windows.answer_file.findings import Finding, Findings, Place
from avma_sim.windows.answer_file.layout import components, place_of
from avma_sim.windows.answer_file.settings import Walk
from avma_sim.windows.answer_file.spelling import hint
from avma_sim.windows.answer_file.tree import Fault, parse

__all__ = ["AnswerFile", "Reading", "check_arch", "read_answer_file", "unread"]

_FIELDS: Final = {"activation": "specialize_key", "image": "image_key", "show_ui": "will_show_ui"}


@attrs.frozen
class AnswerFile:
    """The product keys of an answer file.

    Args:
        specialize_key: text of the key of activation, as it stands there; None where Setup takes none.
        image_key: text of the key that picks the image, likewise.
        will_show_ui: when Setup shows its page of the product key: OnError, Always or Never.
        places: where they stand, by field.
    """

    specialize_key: str | None = None
    image_key: str | None = None
    will_show_ui: str = "OnError"
    places: Mapping[str, Place] = attrs.field(factory=dict, eq=False)


@attrs.frozen
class Reading:
    """What became of reading an answer file.

    Args:
        answer: its product keys.
        findings: what is wrong with it, in its order.
    """

    answer: AnswerFile
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether Setup takes nothing of the file."""
        return any(found.rule.refused for found in self.findings)

    def count(self, severity: str) -> int:
        """Return how many findings are errors, warnings or notes."""
        return sum(found.rule.severity == severity for found in self.findings)


def unread(fault: Fault, file: str) -> Reading:
    """Return the reading of a file that cannot be read.

    Args:
        fault: why.
        file: the file as the user named it.

    Returns:
        The reading, without keys.
    """
    findings = Findings(file)
    findings.add(fault.rule, Place(fault.line, fault.col), fault.wrong, fault.do)
    return Reading(AnswerFile(), findings.sorted())


def check_arch(arch: str) -> None:
    """Refuse an architecture that Windows does not have.

    Args:
        arch: the architecture.

    Raises:
        InputError: it is none.
    """
    archs = answer_facts().attributes["processorArchitecture"]
    if arch not in archs:
        raise InputError(f"unknown architecture {arch!r}; {hint(arch, archs)}")


def read_answer_file(text: str, file: str = "answer file", *, arch: str = "amd64") -> Reading:
    """Read an answer file as Windows Setup would.

    Args:
        text: its text.
        file: the name to call it by.
        arch: the architecture of the Windows that is installed.

    Returns:
        Its keys, and what is wrong with it.

    Raises:
        InputError: there is no such architecture.

    Source: reference of unattended setup: two settings hold a product key, each in its own pass.
    """
    check_arch(arch)
    root = parse(text)
    if isinstance(root, Fault):
        return unread(root, file)
    walk = Walk(answer_facts(), Findings(file), arch)
    for component in components(root, walk.facts, walk.findings):
        walk.visit(component)
    walk.end(place_of(root))
    values = {_FIELDS[name]: text for name, (text, _) in walk.found.items()}
    places = {_FIELDS[name]: place for name, (_, place) in walk.found.items()}
    return Reading(AnswerFile(places=places, **values), walk.findings.sorted())
