"""Queries that Windows takes and what they select, and queries that it refuses and how."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.windows.eventlog.errors import QueryError
from avma_sim.windows.eventlog.query import read_query, select
from avma_sim.windows.eventlog.xpath import DEPTH_MAX, LENGTH_MAX, TERMS_MAX

# The log: 1 900, 2 902, 3 12309 (success); a day later 4 903, 5 900, 6 902, 7 12309; it is 90 minutes on.
EVERY = (1, 2, 3, 4, 5, 6, 7)
AVMA = (3, 7)

TAKEN = [
    ("*", EVERY),
    ("Event", EVERY),
    (" * ", EVERY),
    ("Event/System", EVERY),
    ("*/System", EVERY),
    ("*/*", EVERY),
    ("*[System]", EVERY),
    ("*[UserData]", ()),
    ("*[UserData/LowOnMemory]", ()),
    ("Event/UserData", ()),
    ("*[System/EventID=12309]", AVMA),
    ("*[System[EventID=12309]]", AVMA),
    ("*[System[(EventID=12309)]]", AVMA),
    ("Event[System[EventID=12309]]", AVMA),
    ("Event/System[EventID=12309]", AVMA),
    ("*/System[EventID=12309]", AVMA),
    ("*/System/EventID=12309", AVMA),
    ("Event/System/EventID=12309", AVMA),
    ("*[System [(EventID=12309)]]", AVMA),
    ("*[System[ EventID = 12309 ]]", AVMA),
    ("*[System[EventID\n=\t12309]]", AVMA),
    ("*[System/EventID='12309']", AVMA),
    ('*[System/EventID="12309"]', AVMA),
    ("*[System/EventID=12309.0]", AVMA),
    ("*[System/EventID=0x3015]", AVMA),
    ("*[System[(EventID=12309 or EventID=12310)]]", AVMA),
    ("*[System[EventID=900 or EventID=902 or EventID=903]]", (1, 2, 4, 5, 6)),
    ("*[System[EventID=12309 and EventRecordID=7]]", (7,)),
    ("*[System[EventID=12309 and EventID=902]]", ()),
    ("*[System[EventRecordID=1 or EventRecordID=2 and EventID=902]]", (1, 2)),
    ("*[System[(EventRecordID=1 or EventRecordID=2) and EventID=902]]", (2,)),
    ("*[System[(EventID>=902) and (EventID<=903)]]", (2, 4, 6)),
    ("*[System[EventID!=12309]]", (1, 2, 4, 5, 6)),
    ("*[System[EventRecordID>5]]", (6, 7)),
    ("*[System[EventRecordID<2]]", (1,)),
    ("*[System[EventRecordID>=6]]", (6, 7)),
    ("*[System[EventRecordID<=1]]", (1,)),
    ("*[System[Level=4]]", AVMA),
    ("*[System[(Level=0 or Level=4)]]", EVERY),
    ("*[System[(Level=1 or Level=2 or Level=3)]]", ()),
    ("*[System[EventID='many']]", ()),
    ("*[System[EventID!='many']]", EVERY),
    ("*[System[(Bogus=1)]]", ()),
    ("*[System[eventid=12309]]", ()),
    ("*[System[Provider[@Name='Microsoft-Windows-Security-SPP']]]", EVERY),
    ("*[System[Provider[@Name='Microsoft-Windows-Security-SPP'] and EventID=12309]]", AVMA),
    ("*[System[Provider[@Name='Microsoft-Windows-Security-SPP' or @Name='ESENT'] and (Level=4)]]", AVMA),
    ("*[System/Provider/@Name='Microsoft-Windows-Security-SPP']", EVERY),
    ("*/System/EventID=12309 and */System/Provider[@Name='Microsoft-Windows-Security-SPP']", AVMA),
    ("*[System[Provider[@Name='microsoft-windows-security-spp']]]", ()),
    ("*[System[Provider[@Name]]]", EVERY),
    ("*[System[Provider[@*='Software Protection Platform Service']]]", EVERY),
    ("*[System[Provider[@EventSourceName='ESENT']]]", ()),
    ("*[System[Provider[@Guid='{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}']]]", EVERY),
    ("*[System[Provider[@Guid='e23b33b0-c8c9-472c-a5f9-f2bdfea0f156']]]", EVERY),
    ("*[System[EventID[@Qualifiers=16384]=12309]]", AVMA),
    ("*[System[Execution[@ProcessID=0]]]", EVERY),
    ("*[System/Channel='Application']", EVERY),
    ("*[System[Computer='web01' and EventID=12309]]", AVMA),
    ("*[System[Security]]", EVERY),
    ("*[System[Security[@UserID='S-1-5-18']]]", ()),
    ("*[System[Security='']]", ()),
    ("*[System/child::EventID=12309]", AVMA),
    ("*[child::System/Provider/attribute::Name='ESENT']", ()),
    ("*[System[TimeCreated[@SystemTime>='2025-01-02T00:00:00.000Z']]]", (4, 5, 6, 7)),
    ("*[System[TimeCreated[@SystemTime<'2025-01-02T00:00:00']]]", (1, 2, 3)),
    ("*[System[TimeCreated[@SystemTime='2025-01-01T00:00:00.000000000Z']]]", (1, 2, 3)),
    (
        "*[System[TimeCreated[@SystemTime>='2025-01-01T12:00:00Z' and @SystemTime<='2025-01-03T00:00:00Z']]]",
        (4, 5, 6, 7),
    ),
    ("*[System[TimeCreated[@SystemTime>='yesterday']]]", ()),
    ("*[System[TimeCreated[@SystemTime=5]]]", ()),
    ("*[System[TimeCreated[timediff(@SystemTime) <= 86400000]]]", (4, 5, 6, 7)),
    ("*[System[TimeCreated[timediff(@SystemTime) > 5400000]]]", (1, 2, 3)),
    ("*[System[TimeCreated[timediff(@SystemTime) = 5400000]]]", (4, 5, 6, 7)),
    ("*[System[TimeCreated[timediff(@SystemTime) < 5400000]]]", ()),
    ("*[System[TimeCreated[timediff(@SystemTime, '2025-01-01T00:00:01Z') = 1000]]]", (1, 2, 3)),
    ("*[System[TimeCreated[timediff('2025-01-01T00:00:01Z', @SystemTime) >= 0]]]", (4, 5, 6, 7)),
    ("*[System[TimeCreated[timediff(@SystemTime, 'soon') >= 0]]]", ()),
    ("*[System[TimeCreated[timediff(@Name) >= 0]]]", ()),
    ("*[System[(Level=4) and TimeCreated[timediff(@SystemTime) <= 86400000]]]", (7,)),
    ("*[System[band(Keywords,36028797018963968)]]", EVERY),
    ("*[System[band(Keywords, 0x80000000000000) and EventID=12309]]", AVMA),
    ("*[System[band(Keywords,'36028797018963968')]]", EVERY),
    ("*[System[band(Keywords,13510798882111488)]]", ()),
    ("*[System[band(Computer,1)]]", ()),
    ("band(*/System/Keywords, 36028797018963968)", EVERY),
    ("*[System[Keywords='0x80000000000000']]", EVERY),
    ("*[EventData[Data='<explicit>']]", (1, 5)),
    ("*[EventData/Data='<explicit>']", (1, 5)),
    ("*[EventData[(Data='<explicit>')]]", (1, 5)),
    ("*[EventData[Data!='<explicit>']]", AVMA),
    ("*[EventData/Data]", (1, 3, 5, 7)),
    ("*[EventData]", EVERY),
    ("*[EventData[Data[@Name='hr']='0x00000000']]", ()),
    ("*[EventData[Data[text()='<explicit>']]]", (1, 5)),
    ("*[EventData/Data[1]='<explicit>']", (1, 5)),
    ("*[EventData/Data[ 1 ]]", (1, 3, 5, 7)),
    ("*[EventData/Data[position()=1]='<explicit>']", (1, 5)),
    ("*[EventData/Data[2]='<explicit>']", ()),
    ("*[EventData[Data='<explicit>'] and System[EventRecordID>2]]", (5,)),
    ("*[System[(EventID=900)]] and *[EventData[(Data='<explicit>')]]", (1, 5)),
    ("(*[System[EventID=900]])", (1, 5)),
    ("*[(((System/EventID=900)))]", (1, 5)),
    ("*[System[EventID=900]or System[EventID=903]]", (1, 4, 5)),
    ("*[System][EventData/Data]", (1, 3, 5, 7)),
    ("*[System/text()]", ()),
    ("*[System/EventID/text()]", EVERY),
    ("Event[System/text()='x']", ()),
]

REFUSED = [
    ("", 15019, 0),
    ("   ", 15019, 3),
    ("*[System[", 15019, 9),
    ("*[System[(EventRecordID&gt;3)]]", 15019, 24),
    ("*[System[EventID=12309]", 15019, 23),
    ("*[System[EventID=12309]]]", 15019, 25),
    ("*[System[(EventID=12309]]", 15019, 24),
    ("*[System[EventID==12309]]", 15019, 18),
    ("*[System[EventID=]]", 15019, 18),
    ("*[System[EventID=12309 or]]", 15019, 26),
    ("*[System[EventID=12309 EventID=902]]", 15019, 30),
    ("*[]", 15019, 3),
    ("*[System[Provider[@='x']]]", 15019, 20),
    ("*[System[Provider[@Name='x]]]", 15019, 25),
    ("**", 15019, 2),
    ("*//EventID=1", 15019, 3),
    ("/Event/System", 15019, 1),
    ("//Event", 15019, 1),
    ("*[..]", 15019, 3),
    ("*[System/.='x']", 15019, 10),
    ("*[System|EventData]", 15019, 9),
    ("*[System[Level=-1]]", 15019, 16),
    ("*[System[Level+1=2]]", 15019, 15),
    ("*[$x]", 15019, 3),
    ("*[e:System]", 15019, 4),
    ("*[System[band(Keywords)]]", 15019, 23),
    ("*[System[band(Keywords,Level)]]", 15019, 28),
    ("12309", 15019, 5),
    ("'*'", 15019, 3),
    ("System/EventID=12309", 15015, 0),
    ("event/System", 15015, 0),
    ("EventID=12309", 15015, 0),
    ("@Name='x'", 15015, 0),
    ("*[System/Provider/@Name/x]", 15015, 0),
    ("*[EventData/Data/text()/x]", 15015, 0),
    ("*[12309=System/EventID]", 15016, 0),
    ("*['x'='x']", 15016, 0),
    ("*[System[EventID=Level]]", 15016, 0),
    ("*[System[band(Keywords,1)=1]]", 15016, 0),
    ("*[System[TimeCreated[timediff('2025-01-01T00:00:00Z')>1]]]", 15016, 0),
    ("*[System[TimeCreated[timediff(@SystemTime,@SystemTime)>1]]]", 15016, 0),
    ("*['x']", 15017, 0),
    ("*[EventData/Data[position()]]", 15017, 0),
    ("*[System[TimeCreated[timediff(@SystemTime)]]]", 15017, 0),
    ("*[System[band(Keywords,1.5)]]", 15018, 0),
    ("*[System[band(Keywords,'x')]]", 15018, 0),
    ("*[System[not(EventID=12309)]]", 15020, 0),
    ("not(*)", 15020, 0),
    ("*[EventData[contains(Data,'x')]]", 15020, 0),
    ("*[EventData[starts-with(Data,'x')]]", 15020, 0),
    ("*[last()]", 15020, 0),
    ("count(*)", 15020, 0),
    ("position()=1", 15020, 0),
    ("*[1]", 15020, 0),
    ("*[position()=1]", 15020, 0),
    ("*[System[1]]", 15020, 0),
    ("*[EventData[(position()=1 or Data='x')]]", 15020, 0),
    ("*[self::Event]", 15020, 0),
    ("*[descendant::EventID=1]", 15020, 0),
    ("*[" * (DEPTH_MAX + 1), 15026, 0),
    ("(" * 100_000, 15026, 0),
    ("*" + " " * LENGTH_MAX, 15026, 0),
    (f"*[System[{' or '.join(['EventID=1'] * (TERMS_MAX + 1))}]]", 15026, 0),
]


def test_there_are_many():
    assert len(TAKEN) > 60
    assert len(REFUSED) > 60
    assert len({query for query, _ in TAKEN}) == len(TAKEN)


@pytest.mark.parametrize(("query", "wanted"), TAKEN)
def test_a_query_that_windows_takes(lab, log, query, wanted):
    found = select(read_query(query), log, lab.state.now_us)
    assert tuple(record.record_id for record in found) == wanted


@pytest.mark.parametrize(("query", "detail", "position"), REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_a_query_that_windows_refuses(query, detail, position):
    with pytest.raises(QueryError) as caught:
        read_query(query)
    assert (caught.value.code, caught.value.text) == (15001, "The specified query is invalid.")
    texts = {
        15015: "Cannot perform a step",
        15016: "Left-hand side arguments",
        15017: "A step operation must involve",
        15018: "This data type is currently unsupported.",
        15019: f"A syntax error occurred at position {position}",
        15020: "This operator is unsupported",
        15026: "The xpath expression exceeded",
    }
    assert caught.value.detail.startswith(texts[detail])
    if detail == 15019:
        assert caught.value.detail == texts[detail]
    assert str(caught.value) == f"{caught.value.detail}\n{caught.value.text}"


def test_so_many_comparisons_are_taken(log):
    text = f"*[System[{' or '.join(['EventID=12309'] * TERMS_MAX)}]]"
    assert len(select(read_query(text), log, 0)) == 2


def test_a_query_may_be_as_deep_as_its_bound(log):
    deepest = DEPTH_MAX - 1  # the whole query is one level, and each bracket one more
    assert select(read_query("*" + "[*" * deepest + "]" * deepest), log, 0) == []
    assert len(select(read_query("(" * deepest + "*" + ")" * deepest), log, 0)) == len(log)


def test_a_query_may_be_as_long_as_a_command_line(log):
    assert len(select(read_query("*" + " " * (LENGTH_MAX - 1)), log, 0)) == len(log)


def test_milliseconds_are_cut_off_towards_zero(sample):
    def found(now_us, compared):
        query = read_query(f"*[System[TimeCreated[timediff(@SystemTime) {compared}]]]")
        return bool(select(query, [sample], now_us))

    at_us = sample.at_us
    assert found(at_us + 5_999, "= 5")
    assert found(at_us + 6_000, "= 6")
    assert not found(at_us - 1, "< 0")
    assert found(at_us - 1_000, "< 0")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("Data=5", True),
        ("Data='5'", True),
        ("Data=5.0", True),
        ("Data='5.0'", False),
        ("Data='05'", False),
        ("Data=05", True),
        ("Data!=5", True),  # one of them is not
        ("Data[1]!=5", False),
        ("Data[2]!=5", True),  # no number is unequal to every number
        ("Data[2]=5", False),
        ("Data[1]>'4'", True),
        ("Data[1]<'4'", False),
        ("Data[1]>4.5", True),
        ("Data[2]>'a'", False),  # only numbers have an order
        ("Data[2]<='abc'", False),
        ("Data[2]='abc'", True),
        ("Data[2]='ABC'", False),
        ("Data[3]=16", True),
        ("Data[3]='0x10'", True),
        ("Data[4]=5", False),
        ("Data[5]=5", False),
    ],
)
def test_strings_are_compared_as_xpath_does(sample, data, wanted):
    record = attrs.evolve(sample, strings=("5", "abc", "0x10", ""))
    assert select(read_query(f"*[EventData/{data}]"), [record], 0) == [record] * wanted
