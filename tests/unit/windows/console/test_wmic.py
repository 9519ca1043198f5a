"""wmic on a console of the lab: the forms that it writes, and what it says when WMI refuses."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.windows.console.programs.wmic_forms import Found, piped, write_call, write_rows

END = "\r\r\n"
KEY = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"
KMS_KEY = "VDYBN-27WPP-V4HQT-9VMD4-VMK7H"
OTHER_KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
IN_USE = '"PartialProductKey is not null"'


def values(result):
    """Return what a list shows: an instance as a dict."""
    assert result.stdout.startswith(END + END)
    blocks = result.stdout.strip("\r\n").split(END * 3)
    return [dict(line.split("=", 1) for line in block.strip("\r\n").split(END)) for block in blocks]


# Forms

ROWS = [
    Found("WEB01", {"b": None, "A": ("x", "y"), "C": True, "d": 12}),
    Found("WEB01", {"b": "much more", "A": (), "C": False, "d": (1, 2)}),
]


def test_a_table_is_padded_by_two_blanks_and_ends_with_an_empty_line():
    assert piped(write_rows("table", ROWS)) == END.join(
        [
            "A           b          C      d       ",
            '{"x", "y"}             TRUE   12      ',
            "{}          much more  FALSE  {1, 2}  ",
            "",
            "",
        ]
    )


def test_a_list_has_two_empty_lines_before_each_and_three_at_the_end():
    assert piped(write_rows("list", ROWS)) == END.join(
        [
            *("", "", 'A={"x","y"}', "b=", "C=TRUE", "d=12"),
            *("", "", "A={}", "b=much more", "C=FALSE", "d={1,2}"),
            *("", "", "", ""),
        ]
    )


def test_csv_has_an_empty_line_a_node_and_no_quotes():
    rows = [*ROWS, Found("DB01", {"b": "x, y", "A": None, "C": None, "d": 0})]
    assert piped(write_rows("csv", rows)) == END.join(
        ["", "Node,A,b,C,d", "WEB01,{x;y},,TRUE,12", "WEB01,{},much more,FALSE,{1;2}", "DB01,,x, y,,0", ""]
    )


def test_a_line_feed_of_a_value_becomes_a_line_end_as_any_other():
    assert (
        piped(write_rows("csv", [Found("A", {"x": "1\n2\r\n3"})])) == f"{END}Node,x{END}A,1\r\n2\r\r\n3{END}"
    )


def test_what_a_method_returned():
    said = write_call(0, {"Text": 'a\\"b', "List": ("x", 1), "Job": None, "Done": True})
    assert piped(said) == (
        f"Method execution successful.{END}Out Parameters:\r\ninstance of __PARAMETERS\r\n{{\r\n"
        '\tDone = TRUE;\r\n\tList = {"x", 1};\r\n\tReturnValue = 0;\r\n\tText = "a\\\\\\"b";\r\n'
        f"}};\r\n{END}"
    )


# Reading


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("wmic os get BuildNumber", f"BuildNumber  {END}20348        {END}{END}"),
        ("wmic os get buildnumber /value", f"{END}{END}BuildNumber=20348{END}{END}{END}{END}"),
        ("wmic os get Primary,CSName /format:csv", f"{END}Node,CSName,Primary{END}WEB01,WEB01,TRUE{END}"),
        (r"C:\Windows\System32\wbem\WMIC.exe bios get Version", f"Version     {END}VRTUAL - 1  {END}{END}"),
        (
            "wmic computersystem where name='web01' get Model",
            f"Model            {END}Virtual Machine  {END}{END}",
        ),
        ("wmic path Win32_BIOS=@ get Version", f"Version     {END}VRTUAL - 1  {END}{END}"),
        ('wmic path Win32_ComputerSystem.Name="WEB01" get Name', f"Name   {END}WEB01  {END}{END}"),
        ("wmic /node:db01 os get CSName", f"CSName  {END}DB01    {END}{END}"),
        (
            "wmic /node:db01,web01 os get CSName /format:csv",
            f"{END}Node,CSName{END}DB01,DB01{END}WEB01,WEB01{END}",
        ),
        (
            r"wmic /node:hv1 /namespace:\\root\virtualization\v2 path Msvm_ComputerSystem get EnabledState",
            None,
        ),
        ("wmic quit", ""),
    ],
)
def test_what_is_shown(lab, console, line, out):
    lab.start("db01")
    result = console(line)
    assert (result.code, result.stderr) == (0, "")
    assert out is None or result.stdout == out


@pytest.mark.parametrize(
    "where",
    [
        '"PartialProductKey is not null"',
        '"PartialProductKey <> null"',
        "(PartialProductKey is not null)",
        "(Name like '%Windows%' and PartialProductKey is not null)",
        "PartialProductKey='78VHK'",
        'PartialProductKey="78VHK"',
        r'"PartialProductKey=\"78VHK\""',
        "LicenseStatus=1",
        '"LicenseStatus^>0"',
    ],
)
def test_conditions_as_people_write_them(console, where):
    line = f"wmic path SoftwareLicensingProduct where {where.replace('^>', '>')} get LicenseStatus"
    assert console(line).stdout == f"LicenseStatus  {END}1              {END}{END}"


def test_products_say_what_slmgr_says(console):
    (found,) = values(console(f"wmic path SoftwareLicensingProduct where {IN_USE} get /value"))
    shown = console("cscript //nologo slmgr.vbs /dlv").stdout
    told = dict(re.findall(r"^ *([^:\r\n]+): ([^\r\n]*)\r$", shown, re.MULTILINE))
    assert found["Name"] == told["Name"]
    assert found["Description"] == told["Description"]
    assert found["ID"] == told["Activation ID"]
    assert found["PartialProductKey"] == told["Partial Product Key"]
    assert found["AutomaticVMActivationHostMachineName"] == told["Host machine name"]
    assert f"{found['GracePeriodRemaining']} minute" in shown
    assert (found["LicenseStatus"], told["License Status"]) == ("1", "Licensed")
    (service,) = values(console("wmic path SoftwareLicensingService get Version /value"))
    assert service["Version"] == told["Software licensing service version"]


STATES = {"0": "Unlicensed", "1": "Licensed", "2": "Initial grace period", "5": "Notification"}


@pytest.mark.parametrize(
    ("begin", "status"), [("licensed", "1"), ("grace", "2"), ("kms", "5"), ("failed", "5")]
)
def test_statuses_are_those_of_slmgr(begin, status):
    lab = Lab(readings={"failed_unlicensed": "initial-grace"} if begin == "grace" else None)
    lab.add_host("hv1", release="ws2022", activated=begin == "licensed")
    key = KMS_KEY if begin == "kms" else "avma"
    lab.add_guest("web01", on="hv1", release="ws2022", edition="standard", key=key).start()
    rows = values(lab.run("web01", "wmic path SoftwareLicensingProduct get /value"))
    assert {row["LicenseStatus"] for row in rows} == {"0", status}
    shown = lab.run("web01", "cscript //nologo slmgr.vbs /dli all").stdout
    told = re.findall(r"^License Status: (.*?)\r$", shown, re.MULTILINE)
    assert [STATES[row["LicenseStatus"]] for row in rows] == told
    keys = re.findall(r"^Partial Product Key: (.*)\r$", shown, re.MULTILINE)
    assert [row["PartialProductKey"] for row in rows if row["PartialProductKey"]] == keys


@pytest.mark.parametrize(
    "line",
    ["wmic path SoftwareLicensingProduct where LicenseStatus=5 get Name", "wmic bios where Name=1 call X"],
)
def test_nothing_is_a_line_on_standard_error_and_no_failure(console, line):
    line = line.replace("Name=1", "Name='1'")
    result = console(line)
    assert (result.code, result.stdout, result.stderr) == (0, "", f"No Instance(s) Available.{END}")


def refusal(node, *told):
    return "".join(line + END for line in (f"Node - {node}", "ERROR:", *told))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("path Nix get Name", 0x80041010, "Invalid class"),
        ("os get Nix", 0x80041017, "Invalid query"),
        ("os where Nix=1 get", 0x80041017, "Invalid query"),
        ("os where a= get Caption", 0x80041017, "Invalid query"),
        ("path Win32_ComputerSystem.Name='nix' get", 0x80041002, "Not found"),
        ("path a.b.c get", 0x8004103A, "Invalid object path"),
        (r"/namespace:\\root\nix os", 0x8004100E, "Invalid namespace"),
        ("/node:nix os", 0x800706BA, "The RPC server is unavailable."),
        ("/node:web01 /user:a os", 0x80041064, "User credentials cannot be used for local connections"),
        ("path SoftwareLicensingService call Nix", 0x8004102E, "Invalid method"),
        ("path SoftwareLicensingService call InstallProductKey", 0x8004102F, "Invalid method Parameter(s)"),
    ],
)
def test_errors_of_wmi(console, words, code, said):
    result = console(f"wmic {words}")
    node = "NIX" if "/node:nix" in words else "WEB01"
    assert (result.code, result.stderr) == (code, refusal(node, f"Description = {said}"))
    assert console(f"wmic {words} & echo %ERRORLEVEL%").code == 0


def test_one_node_that_does_not_answer_keeps_no_other_from_it(console, lab):
    lab.start("db01")
    lab.add_guest("off1", on="hv1", release="ws2016", edition="standard")
    result = console("wmic /node:off1,db01 os get CSName")
    assert (result.code, result.stdout) == (0x800706BA, f"CSName  {END}DB01    {END}{END}")
    assert result.stderr == refusal("OFF1", "Description = The RPC server is unavailable.")


def test_nodes_of_other_builds_have_fewer_properties(lab, console):
    lab.add_guest("old1", on="hv1", release="ws2012r2", edition="standard")
    lab.start("old1")
    line = "wmic /node:old1,web01 path SoftwareLicensingService get"
    lacking = console(f"{line} SubscriptionType")
    assert (lacking.code, lacking.stdout) == (
        0x80041017,
        f"SubscriptionType  {END}0                 {END}{END}",
    )
    assert lacking.stderr == refusal("OLD1", "Description = Invalid query")
    names, old, new = console(f"{line} /format:csv").stdout.strip("\r\n").split(END)
    at = names.split(",").index("SubscriptionType")
    assert (old.split(",")[at], new.split(",")[at]) == ("", "0")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("wmic nix", 44135, "nix - Alias not found."),
        ("wmic os get Caption /format:nix", 44210, "Invalid XSL format (or) file name."),
        ("wmic /nix os", None, "Invalid Global Switch."),
        (
            "wmic path SoftwareLicensingService call InstallProductKey a,b",
            None,
            "Invalid Number of Parameters.",
        ),
    ],
)
def test_words_that_it_refuses(console, line, code, said):
    result = console(line)
    assert (result.stdout, result.stderr) == ("", said + END)
    assert result.code == code if code else result.code


def test_what_is_not_served_is_told_and_counted(console, lab):
    result = console("wmic cpu get Name")
    assert (result.code, result.stderr) == (1, "avma_sim: wmic: the alias cpu is not simulated\r\n")
    assert lab.unserved == {"wmic the alias cpu": 1}


# Changes


@pytest.mark.parametrize("given_as", [f'"{KEY}"', KEY, f"ProductKey={KEY}", f'productkey="{KEY}"'])
def test_a_key_is_installed_and_activated(lab, given_as):
    lab.start("db01")
    key = given_as.replace(KEY, OTHER_KEY)
    done = lab.run("db01", f"wmic path SoftwareLicensingService call InstallProductKey {key}")
    path = r'\\DB01\root\cimv2:SoftwareLicensingService.Version="10.0.17763.1"'
    assert done.stdout == (
        f"Executing ({path})->InstallProductKey(){END}Method execution successful.{END}Out Parameters:\r\n"
        f"instance of __PARAMETERS\r\n{{\r\n\tReturnValue = 0;\r\n}};\r\n{END}"
    )
    assert (done.code, done.stderr) == (0, "")
    assert lab.guest("db01").licence.word == "licensed"
    done = lab.run("db01", f"wmic path SoftwareLicensingProduct where {IN_USE} call Activate")
    assert (done.code, done.stderr) == (0, "")


MACHINES = (
    r"wmic /namespace:\\root\virtualization\v2 path Msvm_ComputerSystem where ElementName='web01' call "
)


@pytest.mark.parametrize(
    ("call", "value", "power"),
    [
        ("RequestStateChange 3", 0, "off"),
        ("requeststatechange 3,null", 0, "off"),
        ("RequestStateChange TimeoutPeriod=null,RequestedState=3", 0, "off"),
        ("RequestStateChange 2", 32775, "running"),  # wmic calls it a success all the same
    ],
)
def test_arguments_are_given_in_order_or_by_name(lab, call, value, power):
    done = lab.run("hv1", MACHINES + call)
    assert (done.code, done.stderr) == (0, "")
    assert f"Method execution successful.{END}" in done.stdout
    assert f"\tReturnValue = {value};\r\n" in done.stdout
    assert lab.guest("web01").power == power


def test_an_argument_that_the_method_lacks_is_refused(lab):
    done = lab.run("hv1", f"{MACHINES}RequestStateChange RequestedState=3,Nix=1")
    assert (done.code, lab.guest("web01").power) == (0x8004102F, "running")


def test_an_account_is_for_other_machines(lab, console):
    lab.start("db01")
    assert console("wmic /node:db01 /user:ann /password:x os get CSName").code == 0


def test_a_wrong_key_is_refused_with_the_code_of_licensing(console):
    result = console("wmic path SoftwareLicensingService call InstallProductKey AAAAA")
    assert result.stdout.endswith(f"->InstallProductKey(){END}")
    assert result.code == 0xC004F050
    said = "Description = The Software Licensing Service reported that the product key is invalid"
    assert result.stderr == refusal("WEB01", "Code = 0xC004F050", said)


def test_a_prompt_that_is_not_elevated_reads_and_changes_nothing(console):
    assert console("wmic os get Caption", elevated=False).code == 0
    line = f"wmic path SoftwareLicensingService call InstallProductKey {KEY}"
    assert console(line, elevated=False).code not in (0, 1)


def test_nothing_can_be_set_or_deleted(console):
    for line, said in (
        ("wmic path Win32_ComputerSystem set Workgroup='x'", "Updating property(s) of '"),
        ("wmic path Win32_ComputerSystem delete", "Deleting instance "),
    ):
        result = console(line)
        assert result.code == 0x80041024
        assert result.stdout.startswith(rf"{said}\\WEB01\root\cimv2:Win32_ComputerSystem.Name=")
        what = "Provider is not capable of the attempted operation"
        assert result.stderr == refusal("WEB01", f"Description = {what}")


# Where it is


def test_newer_releases_have_none():
    lab = Lab()
    lab.add_host("hv1", release="ws2025", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2025", edition="standard", key="avma").start()
    lab.add_guest("web02", on="hv1", release="ws2022", edition="standard", key="avma").start()
    asked = r"wmic os get Caption & if exist C:\Windows\System32\wbem\wmic.exe echo there"
    old, new = lab.run("web02", asked), lab.run("web01", asked)
    assert old.stdout.endswith("there\r\n")
    assert new.stdout == ""
    assert new.stderr.startswith("'wmic' is not recognized")
    assert lab.run("web01", "wmic").code == 9009
    assert lab.run("web01", ["wmic", "os"]).code == 9009
    assert lab.unserved == {"wmic": 3}


@pytest.mark.parametrize(("machine", "there"), [("web01", True), ("new1", False)])
def test_python_code_finds_it_where_it_is(machine, there):
    lab = Lab()
    lab.add_host("hv1", release="ws2025", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard").start()
    lab.add_guest("new1", on="hv1", release="ws2025", edition="standard").start()
    words = ["wmic", "path", "Win32_ComputerSystem", "where", f'Name="{machine}"', "get", "Name", "/value"]
    with lab.as_windows(machine):
        if there:
            assert subprocess.check_output(words) == b"\r\r\n\r\r\nName=WEB01\r\r\n\r\r\n\r\r\n\r\r\n"
        else:
            with pytest.raises(FileNotFoundError):
                subprocess.check_output(words)


WORDS = st.sampled_from(
    [
        "/node:hv1",
        "/node:nix",
        "/namespace:\\\\root\\cimv2",
        "/format:csv",
        "/value",
        "path",
        "os",
        "bios",
        "computersystem",
        "where",
        "get",
        "call",
        "set",
        "delete",
        "list",
        "brief",
        "Name,ID",
        "Name",
        "LicenseStatus=1",
        '"Name is null"',
        "(",
        ")",
        ",",
        '"',
        "'",
        '\\"',
        "Win32_BIOS",
        "Win32_BIOS=@",
        "(a=1)",
        "null",
        "SoftwareLicensingProduct",
        "SoftwareLicensingService",
        "InstallProductKey",
        "Activate",
        "X",
        "A=1",
        "Version",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=9))
def test_no_words_give_a_traceback(lab, words):
    result = lab.session("web01").run("wmic " + " ".join(words).replace("\0", ""), shell=False)
    assert 0 <= result.code < 1 << 32
    assert "Traceback" not in result.stderr
    assert set(re.findall(r"\r*\n", result.stdout)) <= {"\r\n", END} or "\r" in "".join(words)
    assert result.stderr or not result.code
