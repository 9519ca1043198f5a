"""Structured queries: selectors, suppressors, channels, and XML that is not to be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.eventlog.errors import QueryError
from avma_sim.windows.eventlog.query import QUERIES_MAX, STRUCTURED_MAX, read_query, select

SELECT = "<Select Path='Application'>*[System[(EventID=12309)]]</Select>"
BOMB = "<!DOCTYPE q [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>"


def listed(inside, attributes="Id='0' Path='Application'"):
    return f"<QueryList><Query {attributes}>{inside}</Query></QueryList>"


TAKEN = [
    (listed(SELECT), [3, 7]),
    (listed("<Select>*</Select>"), [1, 2, 3, 4, 5, 6, 7]),
    (listed("<Select Path='APPLICATION'>\n  *[System[EventID=903]]\n</Select>", ""), [4]),
    (listed("<Select>*[System[EventRecordID &gt;= 3 and EventRecordID &lt; 5]]</Select>"), [3, 4]),
    (listed("<Select><![CDATA[*[System[EventRecordID>6]]]]></Select>"), [7]),
    (listed("<Select>*</Select><Suppress>*[System[(EventID=900 or EventID=902)]]</Suppress>"), [3, 4, 7]),
    (listed("<Suppress>*[System[EventRecordID=3]]</Suppress>" + SELECT), [7]),
    (listed(SELECT + "<Select Path='Application'>*[System[EventID=903]]</Select>"), [3, 4, 7]),
    (listed(SELECT + "<Suppress Path='application'>*</Suppress>"), []),
    (
        listed(
            "<Select Path='Application'>*[System/EventRecordID=1]</Select></Query><Query Path='Application'>"
            "<Select>*</Select><Suppress>*[System/EventID!=12309]</Suppress>"
        ),
        [1, 3, 7],
    ),
    ("\ufeff  <?xml version='1.0'?>\n<!-- mine -->" + listed(SELECT), [3, 7]),
    ("<?xml version='1.0' encoding='utf-16'?>" + listed(SELECT), [3, 7]),
    (listed(SELECT).replace("<QueryList>", "<QueryList xmlns='urn:x'>"), [3, 7]),
    (listed(f"<Select>*[System[{' or '.join(['EventID=12309'] * 32)}]]</Select>"), [3, 7]),
]

REFUSED = [
    ("<", 15008),
    ("<QueryList>", 15008),
    ("<QueryList></Query>", 15008),
    (BOMB + listed("<Select>&b;</Select>"), 15008),
    ("<!DOCTYPE QueryList SYSTEM 'file:///etc/passwd'>" + listed(SELECT), 15008),
    (listed("<Select>\x00</Select>"), 15008),
    ("<QueryList/>", 15001),
    ("<Query/>", 15001),
    ("<Events>" + listed(SELECT) + "</Events>", 15001),
    (listed(""), 15001),
    (listed("<Suppress>*</Suppress>"), 15001),
    (listed(SELECT + "<Suppress Path='System'>*</Suppress>"), 15001),
    (listed("<Select>*</Select>", "Id='0'"), 15001),
    (listed("<Select Path='Application'/>"), 15001),
    (listed("<Select>System/EventID=1</Select>"), 15001),
    (listed("<Select>*<b/></Select>"), 15001),
    (listed("<select>*</select>"), 15001),
    ("<QueryList><Other>" + SELECT + "</Other></QueryList>", 15001),
    (listed(f"<Select>*[System[{' or '.join(['EventID=1'] * 33)}]]</Select>"), 15001),
    (listed("<Select>*</Select>" * (QUERIES_MAX + 1)), 15001),
    (listed(SELECT) + " " * STRUCTURED_MAX, 15001),
]


@pytest.mark.parametrize(("text", "wanted"), TAKEN)
def test_a_structured_query_selects(lab, log, text, wanted):
    found = select(read_query(text), log, lab.state.now_us)
    assert [record.record_id for record in found] == wanted


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=[row[0][:40].encode() for row in REFUSED])
def test_a_structured_query_is_refused(text, code):
    with pytest.raises(QueryError) as caught:
        read_query(text)
    assert caught.value.code == code


def test_a_query_names_its_channels_once():
    text = listed(SELECT + "<Select Path='System'>*</Select>" + SELECT)
    assert read_query(text).channels == ("Application", "System")
    assert read_query("*").channels == ()


def test_deep_xml_is_refused_too():
    deep = 15_000
    with pytest.raises(QueryError):
        read_query("<a>" * (deep // 2) + "</a>" * (deep // 2))


@given(st.text(st.sampled_from("<>/QueryListSct='\"& *[]!-"), max_size=60).map("<".__add__))
def test_no_xml_gives_a_traceback(text):
    with pytest.raises(QueryError):
        read_query(text)


@given(st.text(max_size=30))
def test_no_selector_gives_a_traceback(text):
    try:
        query = read_query(listed(f"<Select>{text}</Select>"))
    except QueryError:
        return
    assert query.channels == ("Application",)
