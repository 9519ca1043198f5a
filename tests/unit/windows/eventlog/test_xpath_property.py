"""What a query selects is what another route finds: Python over the XML, read by ElementTree."""

from __future__ import annotations

import datetime as dt
import operator

import attrs
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.facts.events import event_facts
from avma_sim.windows.eventlog.errors import QueryError
from avma_sim.windows.eventlog.query import read_query, select
from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.xml import event_xml

NS = "{http://schemas.microsoft.com/win/2004/08/events/event}"
NOW_US = 1_735_700_000_000_000
SIGNS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMBERS = (0, 1, 2, 4, 900, 12309, 16384)
TEXTS = ("<explicit>", "x", "", "a&b")

signs = st.sampled_from(sorted(SIGNS))
numbers = st.sampled_from(NUMBERS)
texts = st.sampled_from(TEXTS)
instants = st.integers(NOW_US - 10_000_000, NOW_US).map(lambda at: at // 1000 * 1000)
quotes = st.sampled_from(["'", '"'])
records = st.lists(
    st.builds(
        Record,
        id=numbers,
        record_id=st.integers(1, 3),
        at_us=instants,
        computer=st.sampled_from(["web01", "x"]),
        build=st.sampled_from([17763, 26100]),
        level=st.integers(0, 4),
        qualifiers=numbers,
        strings=st.lists(texts, max_size=2).map(tuple),
        message=st.just(""),
        provider=st.just(event_facts().provider),
    ),
    max_size=4,
)


def time_of(element):
    """Return the record's instant from its XML, to the millisecond."""
    text = element.find(f"{NS}TimeCreated").get("SystemTime")
    return dt.datetime.fromisoformat(text[:23] + "+00:00")


def written(at_us):
    return f"{dt.datetime.fromtimestamp(at_us / 1e6, dt.UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


# Predicates as a query writes them below System, and as Python says them of the element System.


@st.composite
def about_number(draw):
    name = draw(st.sampled_from(["EventID", "Level", "EventRecordID", "Version", "Opcode"]))
    sign, number = draw(signs), draw(numbers)
    return f"{name} {sign} {number}", lambda s: SIGNS[sign](int(s.findtext(NS + name)), number)


@st.composite
def about_provider(draw):
    wanted, quote = draw(st.sampled_from(["Microsoft-Windows-Security-SPP", "ESENT"])), draw(quotes)
    return (
        f"Provider[@Name={quote}{wanted}{quote}]",
        lambda s: s.find(f"{NS}Provider").get("Name") == wanted,
    )


@st.composite
def about_time(draw):
    at_us, sign, quote = draw(instants), draw(signs), draw(quotes)
    wanted = dt.datetime.fromisoformat(written(at_us))
    return (
        f"TimeCreated[@SystemTime{sign}{quote}{written(at_us)}{quote}]",
        lambda s: SIGNS[sign](time_of(s), wanted),
    )


@st.composite
def about_age(draw):
    millis, sign = draw(st.integers(0, 10_000)), draw(signs)
    now = dt.datetime.fromtimestamp(NOW_US / 1e6, dt.UTC)
    return (
        f"TimeCreated[timediff(@SystemTime) {sign} {millis}]",
        lambda s: SIGNS[sign]((now - time_of(s)) // dt.timedelta(milliseconds=1), millis),
    )


@st.composite
def about_bits(draw):
    bits = draw(st.sampled_from([1, 2**55, 2**55 + 1]))
    return f"band(Keywords,{bits})", lambda s: bool(int(s.findtext(f"{NS}Keywords"), 16) & bits)


@st.composite
def about_computer(draw):
    quote = draw(quotes)
    text = draw(texts.filter(lambda text: quote not in text))
    sign = draw(st.sampled_from(["=", "!="]))
    return (
        f"Computer{sign}{quote}{text}{quote}",
        lambda s: SIGNS[sign](s.findtext(f"{NS}Computer"), text),
    )


@st.composite
def about_qualifiers(draw):
    sign, number = draw(signs), draw(numbers)
    return (
        f"EventID[@Qualifiers{sign}{number}]",
        lambda s: SIGNS[sign](int(s.find(f"{NS}EventID").get("Qualifiers")), number),
    )


@st.composite
def about_presence(draw):
    name = draw(st.sampled_from(["Security", "Correlation", "Level", "Bogus"]))
    return name, lambda s: s.find(NS + name) is not None


def about_system():
    return st.one_of(
        about_number(),
        about_provider(),
        about_time(),
        about_age(),
        about_bits(),
        about_computer(),
        about_qualifiers(),
        about_presence(),
    )


@st.composite
def about_data(draw):
    """A predicate as a query writes it below Event, and as Python says it of the element Event."""
    text, quote = draw(texts), draw(quotes)
    sign = draw(st.sampled_from(["=", "!="]))
    where = draw(st.sampled_from(["EventData/Data", "EventData/Data[2]", "EventData/Data[position()<=1]"]))
    chosen = {"EventData/Data": slice(None), "EventData/Data[2]": slice(1, 2)}.get(where, slice(1))

    def found(event):
        values = [each.text or "" for each in event.findall(f"{NS}EventData/{NS}Data")][chosen]
        return any(SIGNS[sign](value, text) for value in values)

    return f"{where}{sign}{quote}{text}{quote}", found


def joined(parts):
    """Return a strategy of predicates that are joined by words and parentheses."""

    def join(drawn):
        (left, says_left), word, (right, says_right) = drawn
        both = all if word == "and" else any
        return f"({left}) {word} {right}", lambda e: both((says_left(e), says_right(e)))

    def wrap(drawn):
        text, says = drawn
        return f"({text})", says

    return st.recursive(
        parts,
        lambda inner: st.tuples(inner.map(wrap), st.sampled_from(["and", "or"]), inner.map(wrap)).map(join),
        max_leaves=5,
    )


@st.composite
def queries(draw):
    """A query, and what Python says of the element Event."""
    root = draw(st.sampled_from(["*", "Event"]))
    text, says = draw(joined(about_system()))

    def says_system(event):
        return says(event.find(f"{NS}System"))

    shape = draw(st.sampled_from(["nested", "path", "with data"]))
    if shape == "path":
        return f"{root}/System[{text}]", says_system
    if shape == "nested":
        return f"{root}[System[{text}]]", says_system
    more, says_more = draw(joined(about_data()))
    word = draw(st.sampled_from(["and", "or"]))
    both = all if word == "and" else any
    return f"{root}[System[{text}] {word} ({more})]", lambda e: both((says_system(e), says_more(e)))


@given(queries(), records)
def test_a_query_selects_what_another_route_finds(query, log):
    text, says = query
    wanted = [record for record in log if says(ElementTree.fromstring(event_xml(record)))]
    assert select(read_query(text), log, NOW_US) == wanted


ODD = st.text(st.sampled_from("*[]()/@='\"<>!,.:1aE \n&|-$"), max_size=40)
WORDS = st.lists(
    st.sampled_from(
        [
            "*",
            "Event",
            "System",
            "[",
            "]",
            "(",
            ")",
            "/",
            "@",
            "Name",
            "=",
            "<=",
            "'x'",
            "1",
            " and ",
            " or ",
            "not(",
            "position()",
            "band(",
            "timediff(",
            ",",
            "text()",
            "child::",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.one_of(st.text(), ODD, WORDS, queries().map(lambda query: query[0])), records)
def test_no_text_gives_anything_but_records_or_a_refusal(text, log):
    try:
        query = read_query(text)
    except QueryError:
        return
    assert set(select(query, log, NOW_US)) <= set(log)


@given(queries(), st.data())
def test_a_query_that_lost_a_bracket_is_refused(query, data):
    text, _ = query
    places = [at for at, char in enumerate(text) if char in "[]()"]
    at = data.draw(st.sampled_from(places))
    with pytest.raises(QueryError):
        read_query(text[:at] + text[at + 1 :])


def test_the_route_itself_tells_records_apart():
    """The other route is no yes-man: it has both answers for the same predicate."""
    record = Record(900, 1, NOW_US, "x", 17763, 0, 0, ("x",), "", event_facts().provider)
    event = ElementTree.fromstring(event_xml(attrs.evolve(record, id=902)))
    assert int(event.findtext(f"{NS}System/{NS}EventID")) == 902
    assert time_of(event.find(f"{NS}System")) == dt.datetime.fromtimestamp(NOW_US / 1e6, dt.UTC)
