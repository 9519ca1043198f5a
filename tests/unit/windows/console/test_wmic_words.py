"""How wmic reads its command line: from a text to what is asked for, or to what it says instead."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avma_sim.facts.wmic import wmic_facts
from avma_sim.windows.console.programs.wmic_pieces import bare, listed, pieces, unquoted, without_switches
from avma_sim.windows.console.programs.wmic_words import Asked, WmicError, read_wmic
from avma_sim.windows.program import NotServed

PRODUCT = "SoftwareLicensingProduct"


# Pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" a\tb  c ", ["a", "b", "c"]),
        ('where "a b" get', ["where", '"a b"', "get"]),
        ('where name="a b" get', ["where", 'name="a b"', "get"]),
        ("where name='a b' get", ["where", "name='a b'", "get"]),
        ("where (a and (b or c)) get", ["where", "(a and (b or c))", "get"]),
        ("where (a=')' or b=\"(\") get", ["where", "(a=')' or b=\"(\")", "get"]),
        ("where (a get", ["where", "(a", "get"]),
        ("it's here", ["it's", "here"]),
        ('"not closed at all', ['"not closed at all']),
        (r'"a=\"b c\"" d', [r'"a=\"b c\""', "d"]),
    ],
)
def test_pieces_are_parted_at_blanks(text, found):
    assert pieces(text) == found


@pytest.mark.parametrize(
    ("piece", "whole", "name"),
    [
        ('"a b"', "a b", "a b"),
        (r'"a=\"b\""', 'a="b"', 'a="b"'),
        ('"a=""b"""', 'a="b"', 'a="b"'),
        (r"a=\"b\"", 'a="b"', 'a="b"'),
        ('a="b"', 'a="b"', 'a="b"'),
        ("'a'", "'a'", "a"),
        ('"', '"', '"'),
        (r"\"a\"", '"a"', "a"),
        ("", "", ""),
    ],
)
def test_quotes_around_the_whole_are_lost_and_no_others(piece, whole, name):
    assert (unquoted(piece), bare(piece)) == (whole, name)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" ", []),
        ("a, b ,c", ["a", "b", "c"]),
        ('"a,b",c', ['"a,b"', "c"]),
        ("(a,b),{c,d},e", ["(a,b)", "{c,d}", "e"]),
        ("),a", [")", "a"]),
        ("a,", ["a", ""]),
    ],
)
def test_lists_are_parted_at_commas(text, parts):
    assert listed(text) == parts


@pytest.mark.parametrize(
    ("text", "rest", "switches"),
    [
        ("Name /value", "Name ", [("value", "")]),
        ("Name/value", "Name", [("value", "")]),
        ('/FORMAT:"csv" a', " a", [("format", "csv")]),
        ("/format: list", "", [("format", "list")]),
        ('"a/b"', '"a/b"', []),
        ("a/", "a/", []),
        ("/?", "", [("?", "")]),
    ],
)
def test_switches_are_taken_out(text, rest, switches):
    assert without_switches(text) == (rest, switches)


# What is asked for


def asked(**fields):
    return Asked(**{"class_name": "Win32_OperatingSystem", "verb": "get"} | fields)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("os", asked()),
        ("OS GET", asked()),
        ("os get *", asked()),
        ("os get Caption,Version", asked(columns=("Caption", "Version"))),
        ('os get "Caption, Version"', asked(columns=("Caption", "Version"))),
        ("os get Caption , Version,", asked(columns=("Caption", "Version"))),
        ("os get/value", asked(form="list")),
        ("os /value", asked(form="list")),
        ("os get /all", asked()),
        ("os get Caption /FORMAT:CSV", asked(columns=("Caption",), form="csv")),
        ("os get Caption /format:list", asked(columns=("Caption",), form="list")),
        ("os get Caption /format:value", asked(columns=("Caption",), form="list")),
        ("os get Caption /value /format:table", asked(columns=("Caption",))),
        ("os list", asked()),
        ("os list full", asked(form="list")),
        ("os list full /format:csv", asked(form="csv")),
        (
            "bios list brief",
            asked(
                class_name="Win32_BIOS",
                columns=("Manufacturer", "Name", "SerialNumber", "SMBIOSBIOSVersion", "Version"),
            ),
        ),
        ("computersystem", asked(class_name="Win32_ComputerSystem")),
        ("ntevent where EventCode=12309", asked(class_name="Win32_NTLogEvent", where="EventCode=12309")),
        ("path Win32_BIOS", asked(class_name="Win32_BIOS")),
        ("path Win32_BIOS=@ get", asked(class_name="", path="Win32_BIOS=@")),
        (r'path Win32_X.Name="a b" get', asked(class_name="", path='Win32_X.Name="a b"')),
        (r'path "Win32_X.Name=\"a b\"" get', asked(class_name="", path='Win32_X.Name="a b"')),
        (
            f'path {PRODUCT} where "A=1 and B is null" get',
            asked(class_name=PRODUCT, where="A=1 and B is null"),
        ),
        (f"path {PRODUCT} WHERE (A like '%b c%') get", asked(class_name=PRODUCT, where="(A like '%b c%')")),
        ('os where name="x y" get', asked(where='name="x y"')),
        (r"os where name=\"x\" get", asked(where='name="x"')),
        (r"/namespace:\\root\virtualization\v2 os", asked(namespace=r"root\virtualization\v2")),
        ('/NAMESPACE:"//root/cimv2" os', asked(namespace="root/cimv2")),
        ("/node:web01 os", asked(nodes=("WEB01",))),
        ('/node:"a,b",c os', asked(nodes=("A,B", "C"))),
        ("/node:a,,b os", asked(nodes=("A", "B"))),
        ("/user:ann /password:x /node:db01 os", asked(nodes=("DB01",), user="ann")),
        ("/output:stdout /failfast:on /trace:off /interactive:off os", asked()),
        ("/privileges:enable /locale:ms_409 /implevel:impersonate /aggregate:on os", asked()),
        ("quit", Asked()),
        ("EXIT now", Asked()),
    ],
)
def test_what_is_read(text, wanted):
    assert read_wmic(text) == wanted


@pytest.mark.parametrize(
    ("text", "method", "values"),
    [
        ("call Reboot", "Reboot", ()),
        ("call Reboot /nointeractive", "Reboot", ()),
        ('call M "a b"', "M", (("", "a b"),)),
        ("call M 'a', 2", "M", (("", "a"), ("", "2"))),
        ('call M A="x y",B=null', "M", (("A", "x y"), ("B", None))),
        ('call M "A=x y"', "M", (("A", "x y"),)),
        ("call M A = x", "M", (("A", "x"),)),
        ('call M a,("b","c")', "M", (("", "a"), ("", ("b", "c")))),
        ("call M A={b,c}", "M", (("A", ("b", "c")),)),
        ("set A=1,B='c d'", "", (("A", "1"), ("B", "c d"))),
        ("delete", "", ()),
        ("delete /nointeractive", "", ()),
    ],
)
def test_changes_are_read(text, method, values):
    found = read_wmic(f"os {text}")
    assert (found.method, found.values, found.verb) == (method, values, text.split()[0])


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("nix", "alias", "nix"),
        ('"no such"', "alias", "no such"),
        ("os nix", "verb", "nix"),
        ("os where a = 1 get", "verb", "="),
        ("os where a like 'b' get", "verb", "like"),
        ("os delete all", "verb", "all"),
        ("os where", "where", ""),
        ("path", "path", ""),
        ("os call", "method", ""),
        ("os get a b", "get", ""),
        ("os get a.b", "get", ""),
        ("os get a /nix", "get", ""),
        ("os get a /format:nix", "format", ""),
        ("os get a /format", "format", ""),
        ("os set", "set", ""),
        ("os set a", "set", ""),
        ("os set A=1,b", "set", ""),
        ("os list nix", "list", ""),
        ("/nix os", "switch", ""),
        ("/nix:a os", "switch", ""),
        ("/node: os", "switch", ""),
    ],
)
def test_what_it_refuses(text, kind, word):
    with pytest.raises(WmicError) as caught:
        read_wmic(text)
    refusal = wmic_facts().refusals[kind]
    assert (caught.value.text, caught.value.code) == (refusal.text.replace("{word}", word), refusal.code)
    assert str(caught.value) == caught.value.text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "an interactive prompt"),
        ("/node:a", "an interactive prompt"),
        ("/? os", "/?"),
        ("/record:a.xml os", "/record"),
        ("/output:a.txt os", "/output:a.txt"),
        ("/trace:on os", "/trace:on"),
        ("/node:@list.txt os", "a file of nodes"),
        ("context", "context"),
        ("class Win32_BIOS get", "class"),
        ("CPU get Name", "the alias cpu"),
        ("os assoc", "assoc"),
        ("os get /?", "/?"),
        ("os get Caption /format:htable", "/format:htable"),
        ("os get Caption /every:1", "/every:1"),
        ("path Win32_BIOS list brief", "list behind path"),
        ("os list status", "os list status"),
        ("ntevent list brief", "ntevent list brief"),
        ("path Win32_BIOS=@ where a=1 get", "a path with keys and a condition"),
    ],
)
def test_what_is_not_served(text, what):
    with pytest.raises(NotServed) as caught:
        read_wmic(text)
    assert (caught.value.program, caught.value.what) == ("wmic", what)


WORDS = st.sampled_from(
    [
        "/node:a",
        "/namespace:\\\\root\\cimv2",
        "/format:csv",
        "/value",
        "/every:1",
        "/",
        "path",
        "os",
        "bios",
        "where",
        "get",
        "call",
        "set",
        "delete",
        "list",
        "brief",
        "Name,ID",
        "a=1",
        '"a b"',
        "'a b'",
        "(",
        ")",
        "{",
        "}",
        ",",
        '"',
        "'",
        '\\"',
        "Win32_BIOS",
        "Win32_BIOS=@",
        'Class.Key="x"',
        "(a=1)",
        "null",
        "=",
        "*",
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=10).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)


@given(TEXTS)
@example("os call ,")
@example('path "')
@example("os set =,=")
def test_any_text_is_read_refused_or_not_served(text):
    try:
        found = read_wmic(text)
    except (WmicError, NotServed):
        return
    assert found.verb in ("", "get", "call", "set", "delete")
    assert bool(found.verb) == bool(found.class_name or found.path)


@given(st.text(max_size=60))
def test_pieces_lose_nothing_but_blanks(text):
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())


@given(st.text(max_size=60))
def test_lists_lose_nothing_but_commas_and_blanks(text):
    def kept(of):
        return [one for one in of if not one.isspace() and one != ","]

    assert kept("".join(listed(text))) == kept(text)
