"""Owns the judgement on one key: what it is, what the words around it ask for, and whether that fits.

Must not know where the words were found, nor how a finding is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from avma_sim.facts.tables import Facts
from avma_sim.lint.findings import RULES, Evidence, Rule
from avma_sim.lint.scan import Written, masked, name_of
from avma_sim.lint.words import CLIENT, HYPER_V, WIDE
from avma_sim.model.release import AvmaKey, KmsKey

__all__ = ["Verdict", "image_only", "judge", "standing", "what_it_is"]

_NONE: Final[Mapping[str, Evidence]] = {}


@attrs.frozen
class Verdict:
    """One thing that is wrong with a key.

    Args:
        rule: the rule.
        message: what is wrong and what to do.
        evidence: what it rests on.
    """

    rule: Rule
    message: str
    evidence: Evidence | None = None


def what_it_is(facts: Facts, key: Written) -> str:
    """Say what a key is.

    Args:
        facts: the facts.
        key: the key.

    Returns:
        A phrase without an end.
    """
    if key.known is None:
        return "a well-formed product key that avma-sim does not know"
    name = name_of(facts, key.known)
    return f"nearly {name}" if key.kind == "near" else name


def judge(facts: Facts, key: Written, around: Mapping[str, Evidence] = _NONE) -> list[Verdict]:
    """Judge a key by what stands around it.

    Args:
        facts: the facts.
        key: the key.
        around: the nearest evidence of each kind.

    Returns:
        What is wrong with it; an empty list where nothing is, or nothing can be told.
    """
    known = key.known
    if known is None:
        advice = "it may be a secret, such as a retail or MAK key"
        message = f"{masked(key.key)} is {what_it_is(facts, key)}; {advice}"
        return [Verdict(RULES["unknown-key"], message)]
    if key.kind == "near":
        message = f"no published key, but one slip away from {known.text}, {name_of(facts, known)}"
        return [Verdict(RULES["near-miss"], message)]
    found = []
    if key.spelling:
        message = f"{known.text}, {name_of(facts, known)}, is written {key.spelling}; write it as here"
        found.append(Verdict(RULES["malformed-key"], message))
    if isinstance(known, KmsKey):
        return [*found, *_kms(facts, known, around)]
    return [
        *found,
        *_platform(facts, known, around),
        *_target(facts, known, around),
        *_channel(facts, known, around),
    ]


def image_only(key: Written) -> Verdict:
    """Say that Setup does not activate by a key in its place.

    Args:
        key: an AVMA key that stands in the windowsPE pass only.

    Returns:
        The note.
    """
    return Verdict(
        RULES["image-key-only"],
        f"{key.key} stands only in UserData of the windowsPE pass, where it picks the image and "
        "does not activate; put it into Shell-Setup of the specialize pass too",
    )


def standing(key: Written, around: Mapping[str, Evidence]) -> str:
    """Say how a key stands with which nothing is wrong.

    Args:
        key: the key.
        around: the nearest evidence of each kind.

    Returns:
        A phrase: whether it fits, and by which evidence.
    """
    if key.kind != "avma":
        return "no AVMA key, and not given as one"
    told = [str(around[kind]) for kind in ("release", "edition") if kind in around]
    return (
        f"fits: {', '.join(dict.fromkeys(told))}"
        if told
        else "not judged: nothing near it names a release or an edition"
    )


def _kms(facts: Facts, known: KmsKey, around: Mapping[str, Evidence]) -> Iterator[Verdict]:
    evidence = around.get("channel")
    if evidence is None or evidence.values != {"avma"}:
        return
    keys = (facts.key_for(facts.release(name).family, known.edition) for name in known.releases)
    right = next((key.text for key in keys if key is not None), None)
    advice = (
        f"; the AVMA key is {right}" if right else "; no AVMA key is published for that release and edition"
    )
    message = f"{known.text} is {name_of(facts, known)}, not an AVMA key, but {evidence}{advice}"
    yield Verdict(RULES["kms-as-avma"], message, evidence)


def _channel(facts: Facts, known: AvmaKey, around: Mapping[str, Evidence]) -> Iterator[Verdict]:
    evidence = around.get("channel")
    if evidence is None or evidence.values != {"kms"}:
        return
    served = {name for name, release in facts.releases.items() if release.family == known.family}
    rows = [
        key
        for key in facts.kms_keys.values()
        if key.edition == known.edition and served.intersection(key.releases)
    ]
    # The newest long-lived release of the family is the one that people mean.
    rows.sort(key=lambda key: max(facts.releases[name].channel == "ltsc" for name in key.releases))
    right = rows[-1].text if rows else None
    advice = f"; the KMS client key is {right}" if right else ""
    message = f"{known.text} is {name_of(facts, known)}, not a KMS client key, but {evidence}{advice}"
    yield Verdict(RULES["avma-as-kms"], message, evidence)


def _platform(facts: Facts, known: AvmaKey, around: Mapping[str, Evidence]) -> Iterator[Verdict]:
    evidence = around.get("platform")
    if evidence is None or HYPER_V in evidence.values:
        return
    is_what = f"{known.text} is {name_of(facts, known)}"
    message = f"{is_what}, but {evidence}: AVMA works only for guests of a Hyper-V host"
    yield Verdict(RULES["other-hypervisor"], message, evidence)


def _target(facts: Facts, known: AvmaKey, around: Mapping[str, Evidence]) -> Iterator[Verdict]:
    release, edition = around.get("release"), around.get("edition")
    is_what = f"{known.text} is {name_of(facts, known)}"
    served = {name for name, row in facts.releases.items() if row.family == known.family}
    if release is not None and release.values == {WIDE}:
        if known.family != "2012r2":
            yield Verdict(
                RULES["version-too-wide"],
                f"{is_what}, but {release}, which is the version of every release since 2016; "
                "choose by the build number or the release's name",
                release,
            )
            return
        served = set()
    if release is not None and not release.values & served:
        if release.values == {CLIENT}:
            message = f"{is_what}, but {release}: AVMA activates no client release of Windows"
            yield Verdict(RULES["client-release"], message, release)
        else:
            message = f"{is_what}, but {release}{_right(facts, release.values, known.edition)}"
            yield Verdict(RULES["wrong-release"], message, release)
    elif edition is not None and known.edition not in edition.values:
        message = f"{is_what}, but {edition}{_right_edition(facts, known, edition.values)}"
        yield Verdict(RULES["wrong-edition"], message, edition)


def _right(facts: Facts, releases: frozenset[str], edition: str) -> str:
    if releases == {WIDE}:
        return ""
    families = {facts.releases[name].family for name in releases if name in facts.releases} - {""}
    if not families:
        return "; AVMA has no key for that release"
    right = facts.key_for(families.pop(), edition) if len(families) == 1 else None
    return f"; the AVMA key there is {right.text}" if right is not None else ""


def _right_edition(facts: Facts, known: AvmaKey, editions: frozenset[str]) -> str:
    right = facts.key_for(known.family, next(iter(editions))) if len(editions) == 1 else None
    return f"; the AVMA key there is {right.text}" if right is not None else ""
