"""Owns the frame of an answer file: root, passes, components, and what none of them may be.

Must not know product keys: it hands out components.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from avma_sim.facts.answer_files import AnswerFacts
from avma_sim.windows.answer_file.findings import Findings, Place
from avma_sim.windows.answer_file.spelling import hint, like
from avma_sim.windows.answer_file.tree import Element, short

__all__ = ["Component", "components", "lacking", "place_of"]


@attrs.frozen
class Component:
    """One component under a pass.

    Args:
        element: the element.
        name: the component's name; empty where it has none.
        setup_pass: the configuration pass.
    """

    element: Element
    name: str
    setup_pass: str

    @property
    def path(self) -> str:
        """Pass and name, parted by bars."""
        return f"{self.setup_pass} | {short(self.name) or '(no name)'}"


def place_of(element: Element, path: str = "") -> Place:
    """Return the place of an element.

    Args:
        element: the element.
        path: pass, component and elements, parted by bars.

    Returns:
        The place of its start tag.
    """
    return Place(element.line, element.col, path)


def lacking(element: Element, name: str) -> str:
    """Say how an element lacks an attribute.

    Args:
        element: the element.
        name: the attribute.

    Returns:
        That it is missing, or what stands there instead.
    """
    near = next((each for each in element.attributes if like(each, name)), None)
    return f"{name} is missing" if near is None else f"{name} is spelt {short(near)!r}"


def components(root: Element, facts: AnswerFacts, findings: Findings) -> Iterator[Component]:
    """Yield the components of an answer file, and note what is wrong with its frame.

    Args:
        root: the root element.
        facts: what is known of answer files.
        findings: where findings go.

    Yields:
        Each component under a pass that Setup knows.
    """
    if root.name != facts.root:
        wrong = f"the root element is <{short(root.name)}>"
        findings.add("wrong-root", place_of(root), wrong, f"an answer file's is <{facts.root}>")
        if not like(root.name, facts.root):
            return
    if root.space != facts.namespace:
        said = f"is in the namespace {short(root.space)!r}" if root.space else "is in no namespace"
        wrong, do = f"<{short(root.name)}> {said}", f'write xmlns="{facts.namespace}" into it'
        findings.add("wrong-namespace", place_of(root), wrong, do)
    seen: dict[str, Element] = {}
    for settings in _own(root, ("settings", "servicing"), findings):
        if settings.name != "settings":
            continue
        setup_pass = settings.attributes.get("pass")
        if setup_pass not in facts.passes:
            _unknown_pass(settings, facts, findings)
            continue
        first = seen.setdefault(setup_pass, settings)
        if first is not settings:
            wrong = f"settings of the pass {setup_pass} are in line {first.line} already"
            findings.add("pass-twice", place_of(settings, setup_pass), wrong, "put both into one")
        yield from _under(settings, setup_pass, facts, findings)


def _own(parent: Element, known: tuple[str, ...], findings: Findings) -> Iterator[Element]:
    """Yield the children that Setup knows; those of other namespaces are nobody's business."""
    for child in parent.children:
        if child.name in known and child.space == parent.space:
            yield child
        elif child.name in known:
            said = short(child.space) or "none"
            wrong = f"<{child.name}> is in another namespace than <{short(parent.name)}>: {said}"
            findings.add("wrong-namespace", place_of(child), wrong, "leave its prefix and xmlns out")
        elif child.space == parent.space:
            wrong = f"<{short(child.name)}> is nothing that stands in <{short(parent.name)}>"
            findings.add("misspelt-element", place_of(child), wrong, hint(child.name, known))


def _unknown_pass(settings: Element, facts: AnswerFacts, findings: Findings) -> None:
    setup_pass = settings.attributes.get("pass")
    if setup_pass is None:
        wrong, do = lacking(settings, "pass"), f'write <settings pass="{facts.activation.setup_pass}">'
    else:
        wrong, do = f"there is no pass {short(setup_pass)!r}", hint(setup_pass, facts.passes)
    findings.add("unknown-pass", place_of(settings), wrong, do)


def _under(settings: Element, setup_pass: str, facts: AnswerFacts, findings: Findings) -> Iterator[Component]:
    seen: dict[tuple[str, ...], Element] = {}
    for element in _own(settings, ("component",), findings):
        component = Component(element, element.attributes.get("name", ""), setup_pass)
        identity = tuple(element.attributes.get(name, "") for name in facts.attributes)
        first = seen.setdefault(identity, element)
        if first is not element:
            wrong = f"the same component is in line {first.line} already"
            findings.add("twice", place_of(element, component.path), wrong, "put both into one")
        yield component
