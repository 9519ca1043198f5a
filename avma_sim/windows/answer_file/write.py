"""Owns writing an answer file that gives a guest its product key.

Must not write what a reader of answer files would find fault with.
"""

from __future__ import annotations

from typing import Final

from avma_sim.errors import InputError
from avma_sim.facts.answer_files import AnswerFacts, Setting, answer_facts
from avma_sim.facts.load import load_facts
from avma_sim.facts.tables import Facts
from avma_sim.rules.keys import own_key_or_error, read_key
from avma_sim.windows.answer_file.judge import check_answer_file
from avma_sim.windows.answer_file.read import check_arch

__all__ = ["answer_file_text", "image_key_of"]

_INDENT: Final = "  "


def answer_file_text(
    release: str,
    edition: str,
    key: str,
    image_key: str | None = None,
    arch: str = "amd64",
    *,
    facts: Facts | None = None,
) -> str:
    """Write the smallest answer file that gives a guest its key.

    Args:
        release: the guest's release id.
        edition: the guest's edition id.
        key: ``avma`` for the guest's own AVMA key, or a key's text, which must fit the guest.
        image_key: ``kms`` for the KMS client key of release and edition, or a key's text; None for none.
        arch: the architecture of its Windows.
        facts: the facts; those of this context if None.

    Returns:
        XML with line feeds, of which reading gives these keys and at most a note.

    Raises:
        UnknownName: there is no such release or edition.
        InputError: there is no such key or architecture, or a key does not fit.
        KeyTextError: a text is no product key.
    """
    known, layout = load_facts() if facts is None else facts, answer_facts()
    check_arch(arch)
    own = own_key_or_error(known, release, edition).text if key == "avma" else read_key(key)
    parts = []
    if image_key is not None:
        image = image_key_of(known, release, edition) if image_key == "kms" else read_key(image_key)
        parts.append(_settings(layout, layout.image, image, arch))
    parts.append(_settings(layout, layout.activation, own, arch))
    text = "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<{layout.root} xmlns="{layout.namespace}">',
            *parts,
            f"</{layout.root}>",
            "",
        ]
    )
    reading = check_answer_file(text, "answer file", known, release, edition, arch=arch)
    for found in reading.findings:
        if found.rule.severity != "note":
            raise InputError(found.message)
    return text


def image_key_of(facts: Facts, release: str, edition: str) -> str:
    """Return the KMS client key of a release and edition, by which Setup picks the image.

    Args:
        facts: the facts.
        release: release id.
        edition: edition id.

    Returns:
        The key's text.

    Raises:
        InputError: none is published.
    """
    for key in facts.kms_keys.values():
        if release in key.releases and key.edition == edition:
            return key.text
    raise InputError(f"no KMS client key is published for {release}/{edition}; give a key's text, or none")


def _settings(layout: AnswerFacts, setting: Setting, key: str, arch: str) -> str:
    """Write the settings of one pass with one key in them."""
    values = {"name": setting.component, "processorArchitecture": arch}
    named = " ".join(
        f'{name}="{values.get(name) or allowed[0]}"' for name, allowed in layout.attributes.items()
    )
    lines = [f'<settings pass="{setting.setup_pass}">', f"{_INDENT}<component {named}>"]
    *outer, last = setting.path
    lines += [f"{_INDENT * (depth + 2)}<{name}>" for depth, name in enumerate(outer)]
    lines.append(f"{_INDENT * (len(outer) + 2)}<{last}>{key}</{last}>")
    lines += [f"{_INDENT * (depth + 2)}</{name}>" for depth, name in reversed(list(enumerate(outer)))]
    lines += [f"{_INDENT}</component>", "</settings>"]
    return "\n".join(f"{_INDENT}{line}" for line in lines)
