"""Golden renderings of records: XML, text, JSON; and that readers as programs have them find every value."""

from __future__ import annotations

import json
import re

import attrs
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.eventlog.json import events_json
from avma_sim.windows.eventlog.text import event_text
from avma_sim.windows.eventlog.times import log_time, time_us
from avma_sim.windows.eventlog.xml import event_xml, rendered_xml

NS = {"e": "http://schemas.microsoft.com/win/2004/08/events/event"}

SYSTEM = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-SPP' Guid='{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}'"
    " EventSourceName='Software Protection Platform Service'/>"
    "<EventID Qualifiers='16384'>12309</EventID><Version>0</Version><Level>4</Level><Task>0</Task>"
    "<Opcode>0</Opcode><Keywords>0x80000000000000</Keywords>"
    "<TimeCreated SystemTime='2025-01-01T03:04:05.678901000Z'/><EventRecordID>7</EventRecordID><Correlation/>"
    "<Execution ProcessID='0' ThreadID='0'/><Channel>Application</Channel><Computer>web01</Computer>"
    "<Security/></System>"
    "<EventData><Data>0xC004FD02, activation-denied, &lt;hv&amp;1&gt;, '\"</Data></EventData>"
)
RENDERING = (
    "<RenderingInfo Culture='en-US'><Message>A sentence.\r\nInfo:\r\n&lt;hv&amp;1&gt;</Message>"
    "<Level>Information</Level><Task></Task><Opcode></Opcode><Channel></Channel>"
    "<Provider>Microsoft-Windows-Security-SPP</Provider>"
    "<Keywords><Keyword>Classic</Keyword></Keywords></RenderingInfo>"
)
TEXT = (
    "Event[3]:\r\n"
    "  Log Name: Application\r\n"
    "  Source: Microsoft-Windows-Security-SPP\r\n"
    "  Date: 2025-01-01T03:04:05.678\r\n"
    "  Event ID: 12309\r\n"
    "  Task: N/A\r\n"
    "  Level: Information\r\n"
    "  Opcode: N/A\r\n"
    "  Keyword: Classic\r\n"
    "  User: N/A\r\n"
    "  User Name: N/A\r\n"
    "  Computer: web01\r\n"
    "  Description: \r\n"
    "A sentence.\r\nInfo:\r\n<hv&1>\r\n"
    "\r\n"
)


def test_xml_is_as_windows_writes_it(sample):
    assert event_xml(sample) == SYSTEM + "</Event>"


def test_rendered_xml_tells_the_message_too(sample):
    assert rendered_xml(sample) == SYSTEM + RENDERING + "</Event>"


def test_a_record_without_strings_has_an_empty_event_data(sample):
    assert "<EventData></EventData></Event>" in event_xml(attrs.evolve(sample, strings=()))


def test_text_is_as_wevtutil_prints_it(sample):
    assert event_text(sample, 3) == TEXT


def test_a_record_without_message_says_so(sample):
    assert event_text(attrs.evolve(sample, message=""), 0).endswith("  Description: \r\nN/A\r\n\r\n")


@pytest.mark.parametrize(
    ("language", "level", "keyword"),
    [
        ("en-US", "Information", "Classic"),
        ("de-DE", "Informationen", "Klassisch"),
        ("qps-ploc", "[Ìñƒórmàtíòn !!!]", "[Çlàssìç !]"),
    ],
)
def test_labels_stay_english_and_words_do_not(sample, language, level, keyword):
    record = attrs.evolve(sample, language=language)
    text = event_text(record, 3)
    assert text == TEXT.replace("Level: Information\r", f"Level: {level}\r").replace("Classic", keyword)
    assert f"<RenderingInfo Culture='{language}'>" in rendered_xml(record)
    assert f"<Level>{level}</Level>" in rendered_xml(record)
    assert f"<Keywords><Keyword>{keyword}</Keyword></Keywords>" in rendered_xml(record)
    assert event_xml(record) == event_xml(sample)
    row = json.loads(events_json([record]))
    assert (row["LevelDisplayName"], row["KeywordsDisplayNames"]) == (level, [keyword])


@pytest.mark.parametrize(
    ("build", "heading", "date", "system_time"),
    [
        (9600, "Event[0]:", "2025-01-01T03:04:05.678", "2025-01-01T03:04:05.678901000Z"),
        (17763, "Event[0]:", "2025-01-01T03:04:05.678", "2025-01-01T03:04:05.678901000Z"),
        (18363, "Event[0]:", "2025-01-01T03:04:05.678", "2025-01-01T03:04:05.678901000Z"),
        (19041, "Event[0]:", "2025-01-01T03:04:05.6780000Z", "2025-01-01T03:04:05.6789010Z"),
        (20348, "Event[0]", "2025-01-01T03:04:05.6780000Z", "2025-01-01T03:04:05.6789010Z"),
        (26100, "Event[0]", "2025-01-01T03:04:05.6780000Z", "2025-01-01T03:04:05.6789010Z"),
    ],
)
def test_builds_write_differently(of_build, build, heading, date, system_time):
    record = of_build(build)
    lines = event_text(record, 0).split("\r\n")
    assert (lines[0], lines[3]) == (heading, f"  Date: {date}")
    assert f"<TimeCreated SystemTime='{system_time}'/>" in event_xml(record)


def test_json_is_what_powershell_gives(sample):
    found = json.loads(events_json([sample]))
    assert found == {
        "Id": 12309,
        "Version": 0,
        "Qualifiers": 16384,
        "Level": 4,
        "Task": 0,
        "Opcode": 0,
        "Keywords": 36028797018963968,
        "RecordId": 7,
        "ProviderName": "Microsoft-Windows-Security-SPP",
        "ProviderId": "e23b33b0-c8c9-472c-a5f9-f2bdfea0f156",
        "LogName": "Application",
        "ProcessId": 0,
        "ThreadId": 0,
        "MachineName": "web01",
        "UserId": None,
        "TimeCreated": "/Date(1735700645678)/",
        "ActivityId": None,
        "RelatedActivityId": None,
        "ContainerLog": "Application",
        "MatchedQueryIds": [],
        "Bookmark": {},
        "LevelDisplayName": "Information",
        "OpcodeDisplayName": None,
        "TaskDisplayName": None,
        "KeywordsDisplayNames": ["Classic"],
        "Properties": [{"Value": "0xC004FD02, activation-denied, <hv&1>, '\""}],
        "Message": "A sentence.\r\nInfo:\r\n<hv&1>",
    }
    assert list(found)[:4] == ["Id", "Version", "Qualifiers", "Level"]


def test_json_is_escaped_as_windows_powershell_does(sample):
    text = events_json([sample])
    assert '"\\/Date(1735700645678)\\/"' in text
    assert "\\u003chv\\u00261\\u003e, \\u0027" in text
    assert not re.search("[<>&']", text)


def test_one_record_is_an_object_many_are_a_list_none_are_nothing(sample):
    assert events_json([]) == ""
    assert isinstance(json.loads(events_json([sample])), dict)
    assert [row["Id"] for row in json.loads(events_json([sample, attrs.evolve(sample, id=902)]))] == [
        12309,
        902,
    ]


def test_keywords_are_signed_in_json(sample):
    provider = attrs.evolve(sample.provider, keywords=0x8080000000000000)
    found = json.loads(events_json([attrs.evolve(sample, provider=provider)]))
    assert found["Keywords"] == -9187343239835811840


def test_a_namespaced_parser_finds_every_value(log):
    """The way in which public programs read events: ElementTree and the event's namespace."""
    for record in log:
        event = ElementTree.fromstring(rendered_xml(record))

        def text(path, event=event):
            return event.findtext(path, namespaces=NS)

        assert text("e:System/e:EventID") == str(record.id)
        assert event.find("e:System/e:EventID", NS).get("Qualifiers") == str(record.qualifiers)
        assert event.find("e:System/e:Provider", NS).attrib == {
            "Name": record.provider.name,
            "Guid": record.provider.guid,
            "EventSourceName": record.provider.event_source,
        }
        assert text("e:System/e:EventRecordID") == str(record.record_id)
        assert text("e:System/e:Level") == str(record.level)
        assert int(text("e:System/e:Keywords"), 16) == record.provider.keywords
        assert time_us(event.find("e:System/e:TimeCreated", NS).get("SystemTime")) == record.at_us
        assert text("e:System/e:Channel") == "Application"
        assert text("e:System/e:Computer") == "web01"
        assert tuple(each.text for each in event.findall("e:EventData/e:Data", NS)) == record.strings
        assert text("e:RenderingInfo/e:Message") == record.message.replace("\r\n", "\n")
        assert text("e:RenderingInfo/e:Level") == "Information"


@given(st.text(), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
def test_any_text_gives_xml_that_can_be_read(of_build_record, string, name):
    record = attrs.evolve(of_build_record, strings=(string,), computer=name)
    record = attrs.evolve(record, provider=attrs.evolve(record.provider, name=name))
    event = ElementTree.fromstring(event_xml(record))
    found = event.findtext("e:EventData/e:Data", namespaces=NS)
    wanted = re.sub("\r\n|\r", "\n", string)
    assert re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "?", wanted) == found
    if not re.search("[\ufffe\uffff\t\n]", name):
        assert event.findtext("e:System/e:Computer", namespaces=NS) == name
        assert event.find("e:System/e:Provider", NS).get("Name") == name


@pytest.fixture(scope="module")
def of_build_record():
    """A record for tests that run a function many times."""
    from avma_sim.facts.events import event_facts
    from avma_sim.windows.eventlog.record import Record

    return Record(1, 1, 0, "a", 17763, 4, 0, (), "", event_facts().provider)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01", 1_000_000),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00.123456789Z", 123_456),
        ("1970-01-01", None),
        ("1970-02-31T00:00:00Z", None),
        ("1970-01-01T00:00:00+01:00", None),
        ("1969-12-31T23:59:59Z", None),
        ("soon", None),
        ("", None),
    ],
)
def test_instants_of_queries(text, micros):
    assert time_us(text) == micros


def test_the_state_of_a_log_has_its_own_form():
    assert log_time(1_735_700_645_678_901) == "2025-01-01T03:04:05.678Z"
