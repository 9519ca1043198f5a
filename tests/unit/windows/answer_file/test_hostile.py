"""Whatever a text holds, it is read or refused, and told of: never anything else."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Problem, load_facts
from avma_sim.facts.answer_files import answer_facts
from avma_sim.windows.answer_file.judge import check_answer_file, fault_of_key
from avma_sim.windows.answer_file.source import text_of
from avma_sim.windows.answer_file.tree import Fault

FACTS = load_facts()
RIGHT = (Path(__file__).parent / "right.xml").read_text("utf-8")
OWN = "TNK62-RXVTB-4P47B-2D623-4GF74"
NAMESPACE = answer_facts().namespace


def judged(text):
    """Read a text, and hold what comes of it against what always holds."""
    reading = check_answer_file(text, "f", FACTS, "ws2019", "standard")
    places = [(found.place.line, found.place.col) for found in reading.findings]
    assert places == sorted(places)
    lines = text.count("\n") + text.count("\r") + 1
    for found in reading.findings:
        assert answer_facts().rules[found.rule.id] is found.rule
        assert isinstance(found.problem, Problem)
        assert "\n" not in str(found)
        assert "\x1b" not in str(found)
        assert found.place.line <= lines
        assert bool(found.place.line) == bool(found.place.col)
        assert found.wrong
    key = reading.answer.specialize_key
    if not reading.count("error") and key is not None:
        assert fault_of_key(key) is None
    if not reading.findings:
        assert key == OWN or key.upper() == OWN
    return reading


@given(st.text())
def test_any_text(text):
    assert judged(text).refused


@given(
    st.binary() | st.binary().map(lambda body: b"\xff\xfe" + body) | st.binary().map(lambda body: b"<" + body)
)
def test_any_bytes(body):
    text = text_of(body)
    if not isinstance(text, Fault):
        judged(text)


CUTS = st.tuples(
    st.integers(0, len(RIGHT)),
    st.integers(0, 40),
    st.sampled_from(
        ["", "<", ">", "&", '"', " ", "\n", "\0", "<x/>", OWN, "</settings>", "\ud800", "\u2028", "-"]
    )
    | st.text(max_size=5),
)


@given(st.lists(CUTS, max_size=3))
def test_the_right_file_with_cuts(cuts):
    text = RIGHT
    for at, length, put in cuts:
        text = text[:at] + put + text[at + length :]
    judged(text)


@given(st.integers(0, len(RIGHT) - 1), st.integers(0, len(RIGHT) - 1))
def test_the_right_file_with_two_characters_changed_over(first, second):
    text = list(RIGHT)
    text[first], text[second] = text[second], text[first]
    judged("".join(text))


NAMES = st.sampled_from(
    [
        "unattend",
        "settings",
        "component",
        "UserData",
        "ProductKey",
        "Key",
        "WillShowUI",
        "Productkey",
        "servicing",
        "x",
    ]
)
VALUES = st.sampled_from(
    [
        "specialize", "windowsPE", "oobeSystem", "Specialize", "amd64", "x86", "x64", "neutral", "nonSxS",
        "31bf3856ad364e35", "Microsoft-Windows-Shell-Setup", "Microsoft-Windows-Setup", "", "\x9b&<",
    ]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["pass", "xmlns", *answer_facts().attributes]), VALUES, max_size=6
)
WORDS = st.sampled_from(["", OWN, OWN.lower(), f" {OWN}", "Always", "onerror", "nothing", "H3RNG-8C32Q"])


def element(name, attributes, inside):
    told = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{told}>{''.join(inside)}</{name}>"


LEAVES = st.builds(element, NAMES, ATTRIBUTES, WORDS.map(lambda word: [escape(word)]))
TREES = st.recursive(
    LEAVES, lambda inside: st.builds(element, NAMES, ATTRIBUTES, st.lists(inside, max_size=4)), max_leaves=12
)


@given(TREES)
def test_any_tree(tree):
    judged(tree)


GOOD = {name: values[0] for name, values in answer_facts().attributes.items() if values}
COMPONENTS = st.builds(
    lambda name, arch, inside: element(
        "component", {"name": name, **GOOD, "processorArchitecture": arch}, inside
    ),
    st.sampled_from(
        ["Microsoft-Windows-Shell-Setup", "Microsoft-Windows-Setup", "Microsoft-Windows-PnpSysprep"]
    ),
    st.sampled_from(["amd64", "amd64", "x86"]),
    st.lists(TREES, max_size=2),
)
SETTINGS = st.builds(
    lambda setup_pass, inside: element("settings", {"pass": setup_pass}, inside),
    st.sampled_from(["specialize", "windowsPE", "generalize"]),
    st.lists(COMPONENTS, max_size=3),
)


@given(st.lists(SETTINGS, max_size=3))
def test_any_tree_in_the_right_frame(inside):
    judged(element("unattend", {"xmlns": NAMESPACE}, inside))


@given(st.permutations(["a", "b", "c"]), st.integers(0, 3))
def test_what_stands_around_a_key_changes_nothing(order, comments):
    """Components of nobody's business and comments, in any order, leave the keys as they are."""
    others = {name: f'    <component name="{name}"/><!-- {name} -->\n' for name in order}
    text = RIGHT.replace("  </settings>\n</un", "".join(others.values()) + "  </settings>\n</un")
    reading = judged(text.replace("<ProductKey>", "<!-- x -->" * comments + "<ProductKey>"))
    assert reading.findings == ()
    assert reading.answer.specialize_key == OWN
