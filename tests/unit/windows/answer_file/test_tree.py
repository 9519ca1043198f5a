"""XML from outside: places of elements, limits, and what is not read."""

from __future__ import annotations

import pytest

from avma_sim.windows.answer_file.tree import (
    DEPTH_MAX,
    ELEMENTS_MAX,
    SIZE_MAX,
    Element,
    Fault,
    parse,
    short,
)

TEXT = """<?xml version="1.0" encoding="utf-16"?>
<a xmlns="urn:u" xmlns:q="urn:q">
  <!-- \u00e9\u20ac\U0001f600 --><q:b x="1" q:y="2">one<c/>two<![CDATA[<three>]]> &amp; four<!-- no --></q:b>
</a>
"""


def test_elements_know_their_places():
    root = parse(TEXT)
    assert isinstance(root, Element)
    (b,) = root.children
    (c,) = b.children
    assert (root.name, root.space, root.line, root.col) == ("a", "urn:u", 2, 1)
    assert (b.name, b.space, b.line, b.col) == ("b", "urn:q", 3, 15)
    assert (c.name, c.space, c.line, c.col) == ("c", "urn:u", 3, 37)
    assert b.attributes == {"x": "1", "{urn:q}y": "2"}
    assert b.text == "onetwo<three> & four"


def test_elements_below_come_in_order():
    root = parse("<a><b><c/><d><e/></d></b><f/></a>")
    assert ["/".join(path) for path, _ in root.below()] == ["b", "b/c", "b/d", "b/d/e", "f"]
    assert [element.name for _, element in root.below()] == ["b", "c", "d", "e", "f"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(ends):
    (b,) = parse(f"<a>{ends}{ends} <b/></a>").children
    assert (b.line, b.col) == (3, 2)


def test_a_byte_order_mark_is_passed_over():
    root = parse("\ufeff<a/>")
    assert (root.line, root.col) == (1, 1)


def deep(levels):
    return "<a>" * levels + "</a>" * levels


def many(elements):
    return f"<a>{'<b/>' * (elements - 1)}</a>"


def long(size):
    return f"<a>{'x' * (size - len('<a></a>'))}</a>"


@pytest.mark.parametrize("text", [deep(DEPTH_MAX), many(ELEMENTS_MAX), long(SIZE_MAX)])
def test_limits_can_be_reached(text):
    assert isinstance(parse(text), Element)


@pytest.mark.parametrize(
    ("text", "line", "col", "wrong"),
    [
        (deep(DEPTH_MAX + 1), 1, 3 * DEPTH_MAX + 1, "more than 64 elements inside each other"),
        ("<a>" * 200_000, 1, 3 * DEPTH_MAX + 1, "more than 64 elements inside each other"),
        (many(ELEMENTS_MAX + 1), 1, 4 + 4 * (ELEMENTS_MAX - 1), "more than 20000 elements"),
        (long(SIZE_MAX + 1), 0, 0, "longer than 1048576 characters"),
    ],
    ids=["deep", "deep and open", "many", "long"],
)
def test_limits_cannot_be_passed(text, line, col, wrong):
    found = parse(text)
    assert isinstance(found, Fault)
    assert (found.rule, found.line, found.col, found.wrong) == ("too-large", line, col, wrong)


BOMB = '<!DOCTYPE a [<!ENTITY b "xxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]>\n<a>&c;</a>'


@pytest.mark.parametrize(
    ("text", "line", "col"),
    [
        (BOMB, 1, 1),
        ("\n <!DOCTYPE a>\n<a/>", 2, 2),
        ("<!-- <!DOCTYPE b> -->\u20ac <a/>".replace("\u20ac", "<!DOCTYPE a PUBLIC 'p' 's'>"), 1, 22),
        ('<!DOCTYPE a SYSTEM "file:passwords"><a/>', 1, 1),
    ],
)
def test_no_document_type_is_read(text, line, col):
    found = parse(text)
    assert (found.rule, found.line, found.col) == ("document-type", line, col)


@pytest.mark.parametrize(
    ("text", "line", "col", "wrong", "do"),
    [
        ("", 0, 0, "there is no element in it", "write an answer file"),
        ("\n\n  ", 0, 0, "there is no element in it", "write an answer file"),
        ("<!-- x -->", 0, 0, "there is no element in it", "write an answer file"),
        ("hello", 1, 1, "there is text outside of any element", "leave one root element only"),
        ("<a>\n<b", 2, 1, "this '<' is never closed by '>'", "close it"),
        ("<a>\n&nbsp;</a>", 2, 1, None, "XML knows amp, lt, gt, quot and apos; write & as &amp;"),
        ("<a>&#xD800;</a>", 1, 4, "this number is no character", "write the character itself"),
        ("<a><![CDATA[x</a>", 1, 18, "this CDATA section is never closed", "close it with ]]>"),
        ("<a>\n\ud800</a>", 2, 1, "U+D800 is half a character", "write the whole character"),
        ("<a>\n<b>\n<c></b></a>", 3, 6, "this end tag is not that of <c> in line 3", None),
        ("<a>\n<b>\n", 3, 1, "the file ends before <b> of line 2 is closed", "add </b>"),
        ("<a>\0</a>", 1, 4, "this character cannot stand here", None),
        ("<?xml version='1.0'?", 1, 1, "this '<' is never closed by '>'", "close it"),
        ("<?xml encoding='utf-8'?><a/>", 1, 7, "the XML declaration is not what it should be", None),
        ("<a xmlns:x=''/>", 1, 1, "this is not well-formed XML", "mend it"),
    ],
)
def test_what_is_not_well_formed(text, line, col, wrong, do):
    found = parse(text)
    assert isinstance(found, Fault)
    assert (found.rule, found.line, found.col) == ("not-well-formed", line, col)
    assert wrong in (None, found.wrong)
    assert do in (None, found.do)


def test_a_strangers_text_is_shown_short():
    assert short("a" * 60) == "a" * 60
    assert short("a" * 61) == "a" * 57 + "..."
    assert short("\x1b[2J\n") == "\\x1b[2J\\x0a"
