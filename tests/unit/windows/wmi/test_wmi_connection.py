"""Tests a connection to WMI: where it leads, what a query finds, and which code tells what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import InputError, Lab
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.connection import Connection, WmiError
from avma_sim.windows.wmi.rows import ROWS

CIMV2, V2 = r"root\cimv2", r"root\virtualization\v2"
NO_ANSWER, NO_NAMESPACE, NO_CLASS = 0x800706BA, 0x8004100E, 0x80041010
NOT_FOUND, NO_PATH, NO_QUERY = 0x80041002, 0x8004103A, 0x80041017


def new_lab(**settings):
    lab = Lab(7, **settings)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_host("plain", release="ws2022", activated=True, hyperv=False)
    lab.add_host("old", release="ws2008r2", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.add_guest("off01", on="hv1", release="ws2019", edition="standard")
    lab.add_guest("old01", on="hv1", release="ws2012", edition="standard")
    lab.add_guest("tux01", on="hv1", release="linux", edition="linux")
    for name in ("web01", "old01", "tux01"):
        lab.start(name)
    return lab


def connect(lab, machine="web01", *where, elevated=True, **more):
    return Connection(Prompt(lab._world, machine, elevated), *where, **more)


def refused(call, *arguments):
    with pytest.raises(WmiError) as caught:
        call(*arguments)
    assert isinstance(caught.value, InputError)
    assert str(caught.value).startswith(f"0x{caught.value.code:08X}")
    return caught.value


# Where it leads.


@pytest.mark.parametrize(
    "namespace",
    [CIMV2, "root/cimv2", "ROOT\\CIMV2", r"\\.\root\cimv2", "//./Root/CimV2", "//web01/root/cimv2"],
)
def test_a_namespace_is_written_in_many_ways(namespace):
    found = connect(new_lab(), "web01", namespace)
    assert (found.namespace, found.machine) == (CIMV2, "web01")


@pytest.mark.parametrize(
    "computer", [".", "", "localhost", "LOCALHOST", "127.0.0.1", "::1", "web01", "WEB01"]
)
def test_a_machine_calls_itself_many_names(computer):
    assert connect(new_lab(), "web01", CIMV2, computer).machine == "web01"


def test_another_machine_is_found_by_its_name():
    lab = new_lab()
    assert connect(lab, "web01", V2, "HV1").machine == "hv1"
    assert connect(lab, "hv1", "//web01/root/cimv2").machine == "web01"
    assert connect(lab, "hv1", "//web01/root/cimv2", "hv1").machine == "web01"
    assert connect(lab, "hv1", "//hv1/root/cimv2", "old01").machine == "old01", "the machine was named apart"
    assert connect(lab, "hv1", CIMV2, "old01").query("SELECT CSName FROM Win32_OperatingSystem")[
        0
    ].values == {"CSName": "OLD01"}


@pytest.mark.parametrize(
    ("machine", "namespace", "computer", "code", "said"),
    [
        ("web01", CIMV2, "web02", NO_ANSWER, "nobody answers on 'web02'; did you mean 'web01'?"),
        ("web01", CIMV2, "off01", NO_ANSWER, "off01 is off"),
        ("off01", CIMV2, ".", NO_ANSWER, "off01 is off"),
        ("web01", CIMV2, "tux01", NO_ANSWER, "nobody answers on 'tux01'"),
        ("tux01", CIMV2, ".", NO_NAMESPACE, "tux01 does not run Windows"),
        ("web01", V2, ".", NO_NAMESPACE, "web01 has no namespace"),
        ("plain", V2, ".", NO_NAMESPACE, "plain has no namespace"),
        ("old", V2, ".", NO_NAMESPACE, "old has no namespace"),
        ("hv1", r"root\cimv", ".", NO_NAMESPACE, r"did you mean 'root\\cimv2'?"),
        ("hv1", r"root\virtualization", ".", NO_NAMESPACE, r"did you mean 'root\\virtualization\\v2'?"),
        ("hv1", "", ".", NO_NAMESPACE, "hv1 has no namespace ''"),
        ("hv1", r"root\\cimv2", ".", NO_NAMESPACE, "hv1 has no namespace"),
        ("hv1", "//web02/root/cimv2", ".", NO_ANSWER, "nobody answers on 'web02'"),
        ("hv1", "//./root/cimv2", "web02", NO_ANSWER, "nobody answers on 'web02'"),
    ],
)
def test_a_place_that_is_not_there(machine, namespace, computer, code, said):
    error = refused(connect, new_lab(), machine, namespace, computer)
    assert error.code == code
    assert said in str(error)


def test_one_that_stops_meanwhile_answers_no_more():
    lab = new_lab()
    found = connect(lab, "hv1", CIMV2, "web01")
    assert found.instances("Win32_BIOS")
    lab.stop("web01")
    for ask in (
        found.classes,
        lambda: found.shape("Win32_BIOS"),
        lambda: found.query("SELECT * FROM Win32_BIOS"),
    ):
        assert refused(ask).code == NO_ANSWER
    assert refused(found.get, "Win32_BIOS=@").code == NO_ANSWER
    assert refused(found.call, "SoftwareLicensingService=@", "ReArmWindows").code == NO_ANSWER
    lab.start("web01")
    assert found.instances("Win32_BIOS")


# Classes.


def test_classes_are_those_of_the_namespace():
    lab = new_lab()
    assert connect(lab, "web01").classes() == (
        *("SoftwareLicensingProduct", "SoftwareLicensingService", "Win32_OperatingSystem"),
        *("Win32_ComputerSystem", "Win32_BIOS", "Win32_BaseBoard", "Win32_ComputerSystemProduct"),
        *("Win32_TimeZone", "Win32_NTLogEvent"),
    )
    there = connect(lab, "hv1", V2).classes()
    assert {name[:5] for name in there} == {"Msvm_"}
    assert "Msvm_SystemDevice" in there


def test_a_class_is_as_the_build_has_it():
    lab = new_lab()
    assert connect(lab, "web01").shape("softwarelicensingPRODUCT").properties["IAID"].type == "string"
    assert "IAID" not in connect(lab, "old01").shape("SoftwareLicensingProduct").properties


@pytest.mark.parametrize("name", ["Win32_Bois", "Msvm_ComputerSystem", "", "x" * 5000, "\ud800", "a\nb"])
def test_a_class_that_is_not_there(name):
    error = refused(connect(new_lab()).shape, name)
    assert error.code == NO_CLASS
    assert "\n" not in str(error)
    assert ("did you mean 'Win32_BIOS'" in str(error)) == (name == "Win32_Bois")


# SELECT.


def test_select_brings_what_was_asked_for_in_that_order():
    found = connect(new_lab())
    (row,) = found.query(
        "SELECT name, ID, licensestatus FROM softwarelicensingproduct WHERE PartialProductKey <> null"
    )
    assert list(row.values) == ["Name", "ID", "LicenseStatus"]
    assert row.values["LicenseStatus"] == 1
    assert row.path == rf'\\WEB01\root\cimv2:SoftwareLicensingProduct.ID="{row.values["ID"]}"'
    assert (row.shape.name, row.machine) == ("SoftwareLicensingProduct", "web01")
    (bare,) = found.query("SELECT Name FROM SoftwareLicensingProduct WHERE LicenseStatus = 1")
    assert (bare.path, dict(bare.values)) == ("", {"Name": row.values["Name"]})


def test_select_of_everything_is_the_class():
    found = connect(new_lab())
    every = found.query("SELECT * FROM SoftwareLicensingProduct")
    assert every == found.instances("SoftwareLicensingProduct")
    assert list(every[0].values) == list(found.shape("SoftwareLicensingProduct").properties)
    assert len(every) == 5


def test_an_object_is_not_changed_and_tells_itself_shortly():
    row = connect(new_lab()).instances("Win32_BIOS")[0]
    with pytest.raises(TypeError):
        row.values["Name"] = "x"
    assert len(repr(row)) < 1500
    assert "shape=Win32_BIOS" in repr(row)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", NO_QUERY, "SELECT"),
        ("SELECT", NO_QUERY, "at 1:7"),
        ("SELECT *\nFROM Win32_BIOS WHER Name = 1", NO_QUERY, "at 2:17"),
        ("SELECT Nam FROM Win32_BIOS", NO_QUERY, "did you mean 'Name'?"),
        ("SELECT * FROM Win32_BIOS WHERE Nam = 'x'", NO_QUERY, "did you mean 'Name'?"),
        ("SELECT * FROM Win32_Bois", NO_CLASS, "did you mean 'Win32_BIOS'?"),
        ("SELECT InheritedActivationID FROM SoftwareLicensingService", NO_QUERY, "no property"),
        ("SELECT * FROM Win32_BIOS WHERE " + "(" * 5000, 0x8004106C, "quota violation"),
    ],
)
def test_a_query_that_is_refused(text, code, said):
    error = refused(connect(new_lab()).query, text)
    assert error.code == code
    assert said in str(error)


def test_a_filter_reads_each_of_ten_thousand_rows_once_and_when_it_is_asked_for():
    yielded = []

    def many(world, machine):
        for number in range(10_000):
            yielded.append(number)
            yield {"ID": f"{number:05}", "PartialProductKey": "QWERT" if number == 9000 else None}

    found = connect(new_lab(), providers={**ROWS, "SoftwareLicensingProduct": many})
    key = 'SELECT ID FROM SoftwareLicensingProduct WHERE ID = "00007"'
    for query in (
        "SELECT ID FROM SoftwareLicensingProduct WHERE PartialProductKey IS NOT NULL AND ID LIKE '%9%'",
        key,
    ):
        yielded.clear()
        before = found.rows_read
        assert len(found.query(query)) == 1
        assert (len(yielded), found.rows_read - before) == (10_000, 10_000)
    shape = found.shape("SoftwareLicensingProduct")
    yielded.clear()
    rows = found._reader.rows(shape)
    assert yielded == []
    next(rows)
    assert (yielded, found.rows_read) == ([0], 20_001)


@given(st.integers(0, 40), st.integers(0, 40))
def test_however_many_rows_each_is_read_once(count, wanted):
    def some(world, machine):
        return ({"ID": str(number), "LicenseStatus": number % 3} for number in range(count))

    found = connect(LAB, providers={**ROWS, "SoftwareLicensingProduct": some})
    rows = found.query(EITHER.format(wanted % 3, wanted))
    assert [row.values["ID"] for row in rows] == [
        str(n) for n in range(count) if n % 3 == wanted % 3 or n == wanted
    ]
    assert found.rows_read == count


LAB = new_lab()
EITHER = "SELECT * FROM SoftwareLicensingProduct WHERE LicenseStatus = {} OR ID = '{}'"


# Objects by their path.


def test_every_instance_is_found_by_its_path():
    for machine, namespace in (("web01", CIMV2), ("hv1", CIMV2), ("hv1", V2)):
        found = connect(LAB, machine, namespace)
        for name in found.classes():
            for row in found.instances(name):
                assert found.get(row.path) == row, row.path
                relative = row.path.partition(":")[2]
                assert found.get(relative.upper().replace("\\V2", "\\v2")) == row


@pytest.mark.parametrize(
    "path",
    [
        "Win32_BIOS=@",
        'win32_computersystem.name="web01"',
        'Win32_ComputerSystem="WEB01"',
        'root/cimv2:Win32_ComputerSystem.Name="WEB01"',
        r'\\.\root\cimv2:Win32_ComputerSystem.Name="WEB01"',
        r'\\localhost\root\cimv2:Win32_ComputerSystem.Name="WEB01"',
        'Win32_NTLogEvent.RecordNumber=1,LogFile="application"',
    ],
)
def test_a_path_is_written_in_many_ways(path):
    assert connect(LAB).get(path).path.startswith(r"\\WEB01\root\cimv2:Win32_")


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("", NO_PATH, "a path begins"),
        ("Win32_BIOS", NO_PATH, "is a class"),
        ("SoftwareLicensingProduct=@", NO_PATH, "more than one instance"),
        ('SoftwareLicensingProduct.Idd="x"', NO_PATH, "has no key 'Idd'; its keys: ID"),
        ('SoftwareLicensingProduct="x"', NOT_FOUND, "nothing is at"),
        ('Win32_NTLogEvent="x"', NO_PATH, "has no key ''"),
        ("Win32_NTLogEvent.RecordNumber=1", NO_PATH, "lacks Logfile"),
        ('Win32_NTLogEvent.RecordNumber=99,Logfile="Application"', NOT_FOUND, "nothing is at"),
        ('Win32_Bois="x"', NO_CLASS, "did you mean"),
        (r'\\hv1\root\cimv2:Win32_ComputerSystem.Name="HV1"', NO_PATH, "leads to web01, not to 'hv1'"),
        (r'\\.\root\cimv3:Win32_ComputerSystem.Name="WEB01"', NO_NAMESPACE, "leads to root"),
    ],
)
def test_a_path_to_nothing(path, code, said):
    error = refused(connect(LAB).get, path)
    assert error.code == code
    assert said in str(error)


def test_a_class_without_keys_has_no_paths():
    found = connect(LAB, "hv1", V2)
    assert "its keys: none" in str(refused(found.get, 'Msvm_KvpExchangeDataItem.Name="x"'))
    assert refused(found.get, "Msvm_KvpExchangeDataItem=@").code == NOT_FOUND


# Writing.


@pytest.mark.parametrize(
    ("path", "values", "elevated", "code"),
    [
        ("Win32_BIOS=@", {"Name": "x"}, True, 0x80041024),
        ("Win32_BIOS=@", {}, True, 0x80041024),
        ("Win32_BIOS=@", {"name": "x"}, False, 0x80041003),
        ("Win32_BIOS=@", {"Nam": "x"}, False, NOT_FOUND),
        ('Win32_ComputerSystem="other"', {"Name": "x"}, True, NOT_FOUND),
        ("?", {"Name": "x"}, True, NO_PATH),
    ],
)
def test_nothing_is_written(path, values, elevated, code):
    lab = new_lab()
    before = lab.trace_hash
    assert refused(connect(lab, elevated=elevated).put, path, values).code == code
    assert lab.trace_hash == before


def test_looking_leaves_no_trace_in_a_guest():
    lab = new_lab()
    before = lab.trace_hash
    found = connect(lab, elevated=False)
    for name in found.classes():
        found.instances(name)
    assert lab.trace_hash == before


# Whatever is asked.

WORDS = [
    *(
        "SELECT",
        "*",
        "FROM",
        "Win32_BIOS",
        "WHERE",
        "Name",
        "=",
        "'x'",
        "AND",
        "OR",
        "NOT",
        "LIKE",
        "IS NULL",
    ),
    *(
        "(",
        ")",
        ",",
        "ASSOCIATORS OF",
        "REFERENCES OF",
        "{Msvm_ComputerSystem=@}",
        "{Msvm_KvpExchangeComponent=1}",
    ),
    *(
        "ResultClass =",
        "ClassDefsOnly",
        "KeysOnly",
        "Role =",
        "Msvm_SystemDevice",
        "SoftwareLicensingProduct",
    ),
    *("LicenseStatus", "1", "\\", '"', "\n", '{Msvm_VirtualSystemManagementService="vmms"}'),
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))


def answered(ask, *arguments):
    """Return the code that a call ends with; 0 where it is answered."""
    try:
        ask(*arguments)
    except WmiError as error:
        return error.code
    return 0


@given(TEXTS, st.sampled_from([("web01", CIMV2), ("hv1", V2)]))
def test_no_text_gives_anything_but_an_answer_or_a_code(text, where):
    found = connect(LAB, *where)
    for ask in (found.query, found.get, found.shape, found.instances):
        code = answered(ask, text)
        assert code == 0 or code >= 0x80040000


@given(TEXTS, TEXTS)
def test_no_place_gives_anything_but_a_connection_or_a_code(namespace, computer):
    assert answered(connect, LAB, "web01", namespace, computer) in {0, NO_ANSWER, NO_NAMESPACE}
