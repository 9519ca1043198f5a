"""Owns the two settings of an answer file that hold a product key, and whether Setup looks at them.

Must not judge a key: it hands out texts with their places.
"""

from __future__ import annotations

from collections.abc import Iterator

from avma_sim.facts.answer_files import AnswerFacts, Setting
from avma_sim.windows.answer_file.findings import Findings, Place
from avma_sim.windows.answer_file.layout import Component, lacking, place_of
from avma_sim.windows.answer_file.spelling import hint, like
from avma_sim.windows.answer_file.tree import BLANKS, Element, short

__all__ = ["Walk"]


class Walk:
    """Looks for product keys in each component.

    Args:
        facts: what is known of answer files.
        findings: where findings go.
        arch: the architecture of the Windows that is installed.
    """

    def __init__(self, facts: AnswerFacts, findings: Findings, arch: str) -> None:
        self.facts = facts
        self.findings = findings
        self._arch = arch
        self.found: dict[str, tuple[str, Place]] = {}
        self._elsewhere: list[tuple[Setting, Component, Element]] = []
        self._seen = False  # a key of activation, or what somebody took for one

    def visit(self, component: Component) -> None:
        """Read one component."""
        setting = {each.component: each for each in (self.facts.activation, self.facts.image)}.get(
            component.name
        )
        held = list(_key_elements(component.element))
        self._seen |= bool(held) and setting is not self.facts.image
        if not held:
            return
        if setting is None:
            for path, element in held:
                self._in_another_component(component, path, element)
        elif setting is self.facts.activation:
            self._activation(component, held)
        else:
            self._image(component, held)

    def end(self, root: Place) -> None:
        """Note what is only known when all components were visited."""
        for setting, component, element in self._elsewhere:
            if setting.id not in self.found:
                arch = element.attributes["processorArchitecture"]
                wrong = f"the key stands in a component for {arch}, and this Windows is for {self._arch}"
                do = f'write processorArchitecture="{self._arch}", or add such a component'
                self.findings.add("other-architecture", place_of(element, component.path), wrong, do)
        if not self._seen and not any(found.rule.refused for found in self.findings.sorted()):
            wrong = f"there is no key under {self.facts.activation.place}"
            if "image" in self.found:
                wrong += "; the one in windowsPE only picks the image"
            self.findings.add("no-key", root, wrong, "add one if the guest is to activate by itself")

    def _in_another_component(self, component: Component, path: tuple[str, ...], element: Element) -> None:
        setting = self.facts.activation if len(path) == 1 else self.facts.image
        if not component.name:
            wrong, do = lacking(component.element, "name"), f'write name="{setting.component}"'
            self.findings.add("component-attribute", place_of(component.element, component.path), wrong, do)
            return
        place = place_of(element, " | ".join((component.path, *map(short, path))))
        wrong = f"the component {short(component.name)!r} takes no product key"
        near = like(component.name, setting.component)
        do = f"did you mean {setting.component!r}?" if near else f"the key belongs under {setting.place}"
        self.findings.add("wrong-component", place, wrong, do)

    def _activation(self, component: Component, held: list[tuple[tuple[str, ...], Element]]) -> None:
        setting = self.facts.activation
        for path, element in held:
            if len(path) > 1:
                self._misplaced(component, path, element, setting)
        only = self._only(component.element, setting.path[0], component.path)
        if only is None:
            return
        element, place = only
        if element.children:
            wrong = f"there are elements in <{element.name}>; here it holds the key itself"
            do = f"write <{element.name}>KEY</{element.name}>; only windowsPE has a <Key> in it"
            self.findings.add("wrong-shape", place, wrong, do)
        elif not element.text.strip(BLANKS):
            self.findings.add("empty-key", place, f"<{element.name}> is empty", "write a key, or remove it")
        elif self._counts(component, setting, place):
            self.found["activation"] = element.text, place

    def _image(self, component: Component, held: list[tuple[tuple[str, ...], Element]]) -> None:
        setting = self.facts.image
        for path, element in held:
            if len(path) != 2 or not like(path[0], setting.path[0]):
                self._misplaced(component, path, element, setting)
        user = self._only(component.element, setting.path[0], component.path)
        product = user and self._only(user[0], setting.path[1], user[1].path)
        if product is not None:
            self._image_key(component, *product)

    def _image_key(self, component: Component, element: Element, place: Place) -> None:
        """Read what stands in the ProductKey of UserData."""
        name = self.facts.image.path[-1]
        known = (name, "WillShowUI")
        for child in element.children:
            if not any(like(child.name, each) for each in known):
                wrong = f"<{short(child.name)}> is nothing that stands in <{element.name}>"
                at = place_of(child, f"{place.path} | {short(child.name)}")
                self.findings.add("misspelt-element", at, wrong, hint(child.name, known))
        if element.text.strip(BLANKS):
            wrong = f"there is a text in <{element.name}>; in windowsPE the key stands in a <{name}> in it"
            self.findings.add("wrong-shape", place, wrong, f"write <{name}>KEY</{name}> in it")
        key, show_ui = (self._only(element, each, place.path) for each in known)
        if show_ui is not None:
            self._show_ui(component, *show_ui)
        if key is None:
            return
        inner, at = key
        if inner.children:
            wrong, do = f"there are elements in <{name}>", f"write <{name}>KEY</{name}>"
            self.findings.add("wrong-shape", at, wrong, do)
        elif not inner.text.strip(BLANKS):
            wrong, do = f"<{name}> is empty", "write a KMS client key, or pick the image by name or index"
            self.findings.add("empty-image-key", at, wrong, do)
        elif self._counts(component, self.facts.image, at):
            self.found["image"] = inner.text, at

    def _only(self, parent: Element, name: str, path: str) -> tuple[Element, Place] | None:
        """Return the one child of a name with its place, after noting what is spelt wrong, or there again."""
        first: tuple[Element, Place] | None = None
        for child in parent.children:
            if not like(child.name, name):
                continue
            place = place_of(child, f"{path} | {short(child.name)}")
            if not self._spelt(child, parent, name, place):
                continue
            if first is not None:
                wrong = f"<{name}> is in line {first[0].line} already"
                self.findings.add("twice", place, wrong, "keep one of them")
            first = first or (child, place)
        return first

    def _show_ui(self, component: Component, element: Element, place: Place) -> None:
        text = element.text
        if text in self.facts.show_ui:
            if component.setup_pass == self.facts.image.setup_pass:
                self.found["show_ui"] = text, place
        else:
            wrong = f"WillShowUI is {short(text)!r}" if text else "WillShowUI is empty"
            self.findings.add("unknown-show-ui", place, wrong, hint(text, self.facts.show_ui))

    def _counts(self, component: Component, setting: Setting, place: Place) -> bool:
        """Tell whether Setup looks at a key here: in this pass, in a component of this image."""
        if component.setup_pass != setting.setup_pass:
            wrong = f"Setup looks for this key in {setting.setup_pass} only, not in {component.setup_pass}"
            self.findings.add("wrong-pass", place, wrong, f"move it to {setting.place}")
            return False
        if not self._identified(component):
            return False
        if component.element.attributes["processorArchitecture"] != self._arch:
            self._elsewhere.append((setting, component, component.element))
            return False
        return True

    def _identified(self, component: Component) -> bool:
        """Tell whether the five attributes of a component are there and right."""
        place, good = place_of(component.element, component.path), True
        for name, values in self.facts.attributes.items():
            value = component.element.attributes.get(name)
            if not values or value in values:
                continue
            good = False
            if value is not None:
                wrong = f"{name} is {short(value)!r}"
                do = hint(value, values) if len(values) > 1 else f'write {name}="{values[0]}"'
            else:
                wrong = lacking(component.element, name)
                do = f'write {name}="{self._arch if name == "processorArchitecture" else values[0]}"'
            self.findings.add("component-attribute", place, wrong, do)
        return good

    def _spelt(self, element: Element, parent: Element, name: str, place: Place) -> bool:
        """Tell whether an element has its name as Setup knows it, in the namespace of its parent."""
        if element.name != name:
            wrong = f"<{short(element.name)}> is nothing that stands here"
            self.findings.add("misspelt-element", place, wrong, f"did you mean <{name}>?")
        elif element.space != parent.space:
            wrong = (
                f"<{name}> is in another namespace than what it stands in: {short(element.space) or 'none'}"
            )
            self.findings.add("wrong-namespace", place, wrong, "leave its prefix and xmlns out")
        else:
            return True
        return False

    def _misplaced(
        self, component: Component, path: tuple[str, ...], element: Element, setting: Setting
    ) -> None:
        place = place_of(element, " | ".join((component.path, *map(short, path))))
        wrong = f"no <{short(element.name)}> stands there"
        self.findings.add("misplaced-key", place, wrong, f"the key of this component is {setting.place}")


def _key_elements(component: Element) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Yield the elements that are, or were meant as, a ProductKey; not what stands in one."""
    inside: tuple[str, ...] | None = None
    for path, element in component.below():
        if inside is not None and path[: len(inside)] == inside and len(path) > len(inside):
            continue
        inside = None
        if like(element.name, "ProductKey"):
            inside = path
            yield path, element
