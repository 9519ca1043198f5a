"""Owns what lint reports: its rules with their levels, and one finding with its place.

Must not know how a finding is found, nor how it is printed.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["LEVELS", "RULES", "Evidence", "Finding", "KeySeen", "Report", "Rule", "harmless"]

LEVELS: Final = ("error", "warning", "note")
_SHOWN_MAX: Final = 60


@attrs.frozen
class Rule:
    """One thing that lint looks for.

    Args:
        id: stable name, which ``ignore[...]`` takes.
        level: ``error``, ``warning`` or ``note``.
        summary: what is found, in one line.
        advice: what to do about it.
    """

    id: str
    level: str
    summary: str
    advice: str


_ROWS: Final = (
    Rule(
        "wrong-release",
        "error",
        "an AVMA key stands where another release is named",
        "Use the AVMA key of the release that the guest runs.",
    ),
    Rule(
        "wrong-edition",
        "error",
        "an AVMA key stands where another edition is named",
        "Use the AVMA key of the edition that the guest runs.",
    ),
    Rule(
        "client-release",
        "error",
        "an AVMA key stands where a client release of Windows is named",
        "AVMA activates Windows Server guests only.",
    ),
    Rule(
        "kms-as-avma",
        "error",
        "a KMS client key is given as an AVMA key",
        "Use the AVMA key of the guest's release and edition.",
    ),
    Rule(
        "avma-as-kms",
        "error",
        "an AVMA key is given as a KMS client key",
        "Use the KMS client key of the guest's release and edition.",
    ),
    Rule(
        "other-hypervisor",
        "error",
        "an AVMA key stands where a hypervisor is named that is not Hyper-V",
        "AVMA works only for guests of a Hyper-V host; activate by another way there.",
    ),
    Rule(
        "near-miss",
        "error",
        "a key is one symbol or one transposition away from a published key",
        "Copy the published key again.",
    ),
    Rule(
        "malformed-key",
        "warning",
        "a published key is not written as five groups of five with hyphens between",
        "Write the key as it is published: a tool passes it on as it stands.",
    ),
    Rule(
        "version-too-wide",
        "warning",
        "an AVMA key of one release is chosen by a version that several releases share",
        "Choose by the build number, or by the release's name.",
    ),
    Rule(
        "image-key-only",
        "note",
        "an AVMA key stands only in the windowsPE pass of an answer file",
        "There it picks the image. Put it into Shell-Setup of the specialize pass too.",
    ),
    Rule(
        "unknown-key",
        "note",
        "a well-formed product key that is none of those known here",
        "It may be a secret: keep retail and MAK keys out of a repository.",
    ),
    Rule(
        "file-skipped",
        "note",
        "a file was not read",
        "Split it, or look at it by hand.",
    ),
)
RULES: Final[Mapping[str, Rule]] = types.MappingProxyType({rule.id: rule for rule in _ROWS})


def harmless(text: str) -> str:
    """Show a stranger's text on one line, short, and with nothing in it that steers a terminal.

    Args:
        text: any text.

    Returns:
        The text with control characters spelled out, cut after 60 characters.
    """
    kept = text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."
    return "".join(symbol if symbol.isprintable() else f"\\x{ord(symbol):02x}" for symbol in kept)


@attrs.frozen
class Evidence:
    """What words around a key say about its target.

    Args:
        values: ids that the words name, such as ``ws2016`` or ``kms``.
        texts: the words as they are written.
        line: their line from 1; 0 for the file's path.
    """

    values: frozenset[str]
    texts: tuple[str, ...]
    line: int

    def __str__(self) -> str:
        said = " and ".join(repr(harmless(text)) for text in self.texts)
        return f"line {self.line} says {said}" if self.line else f"the file's path says {said}"


@attrs.frozen
class Finding:
    """One finding, with its place.

    Columns count Unicode code points from 1; ``end_col`` is the one after the last.

    Args:
        file: the file as the user named it.
        line: line number from 1.
        col: column number from 1.
        end_col: the column after the key's last one.
        rule: the rule.
        message: what is wrong and what to do.
        evidence: what the judgement rests on, if on words around the key.
        key: the key as it may be shown: masked where it may be a secret.
    """

    file: str
    line: int
    col: int
    end_col: int
    rule: Rule
    message: str
    evidence: Evidence | None = None
    key: str = ""


@attrs.frozen
class KeySeen:
    """One key that was found, whether or not anything is wrong with it.

    Args:
        file: the file as the user named it.
        line: line number from 1.
        col: column number from 1.
        key: the key as it may be shown.
        what: what the key is, in words.
        verdict: whether it fits, in words.
    """

    file: str
    line: int
    col: int
    key: str
    what: str
    verdict: str


@attrs.frozen
class Report:
    """What lint found in one or more files.

    Args:
        files: number of files that were read.
        keys: every key, in file order.
        findings: the findings, in file order.
    """

    files: int
    keys: tuple[KeySeen, ...]
    findings: tuple[Finding, ...]

    def count(self, level: str) -> int:
        """Count the findings of a level.

        Args:
            level: ``error``, ``warning`` or ``note``.

        Returns:
            The number.
        """
        return sum(finding.rule.level == level for finding in self.findings)
