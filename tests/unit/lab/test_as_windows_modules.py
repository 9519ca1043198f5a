"""Modules of Windows within `as_windows`: who finds them, what they answer, and that all is put back."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
import threading
import types

import pytest

from avma_sim import InputError, Lab
from avma_sim.lab.fronts.com_errors import com_error

NAMES = (
    *("wmi", "winreg", "pywintypes", "pythoncom"),
    *("win32com", "win32com.client", "win32com.client.dynamic", "win32com.client.gencache"),
)
KEYED = "SELECT LicenseStatus FROM SoftwareLicensingProduct WHERE PartialProductKey <> null"


@pytest.fixture
def lab():
    made = Lab()
    made.add_host("hv1", release="ws2022", activated=True)
    for name, key in (("web01", "avma"), ("web02", "none")):
        made.add_guest(name, on="hv1", release="ws2022", edition="standard", key=key)
        made.start(name)
    return made


@pytest.fixture
def program(monkeypatch):
    """Make modules of programs, and take them away again."""

    def make(source, name="a_program"):
        made = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, made)
        exec(source, made.__dict__)
        return made

    return make


@pytest.fixture(autouse=True)
def all_is_put_back():
    """What Python finds before a test is what it finds after it."""
    before = {name: sys.modules.get(name) for name in NAMES}
    importer = builtins.__import__
    yield
    assert {name: sys.modules.get(name) for name in NAMES} == before
    assert builtins.__import__ is importer


def test_a_program_that_imports_them(lab, program):
    tool = program(f"""
KEYED = {KEYED!r}

def status():
    import wmi
    import win32com.client
    from win32com.client import GetObject
    from win32com import client
    assert client is win32com.client
    services = GetObject("winmgmts:")
    seen = [one.LicenseStatus for one in services.ExecQuery(KEYED)]
    return wmi.WMI().Win32_ComputerSystem()[0].Name, seen
""")
    with lab.as_windows("web01"):
        assert tool.status() == ("WEB01", [1])
    with lab.as_windows("web02"):
        assert tool.status() == ("WEB02", [])


def test_a_program_that_keeps_them_meets_the_next_machine(lab, program):
    with lab.as_windows("web01"):
        tool = program("import wmi\nfrom win32com.client import GetObject, Dispatch\n")
        assert tool.wmi.WMI().Win32_ComputerSystem()[0].Name == "WEB01"
    for ask in (tool.wmi.WMI, lambda: tool.GetObject("winmgmts:"), lambda: tool.Dispatch("x")):
        with pytest.raises(InputError, match="no machine of a lab holds here any more"):
            ask()
    with lab.as_windows("hv1"):
        assert tool.wmi.WMI().Win32_ComputerSystem()[0].Name == "HV1"


def test_a_connection_that_is_kept_still_reaches_its_machine(lab):
    with lab.as_windows("web01"):
        kept = importlib.import_module("wmi").WMI()
    with lab.as_windows("web02"):
        assert kept.Win32_ComputerSystem()[0].Name == "WEB01"


def test_a_program_that_found_none_before(lab, program):
    tool = program("try:\n    import wmi_of_nobody\n    import wmi\nexcept ImportError:\n    wmi = None\n")
    with lab.as_windows("web01"):
        assert tool.wmi is None


def test_what_was_there_before_is_exchanged_and_comes_back(lab, program, monkeypatch):
    real = types.ModuleType("wmi")
    source = "class x_wmi(Exception): pass\ndef WMI(): return 'real'\nerror = OSError\nnumber = 1\n"
    exec(source, real.__dict__)
    monkeypatch.setitem(sys.modules, "wmi", real)
    tool = program(
        "import wmi\nfrom wmi import WMI\nimport wmi as other\n"
        "def ask(make=WMI): return make().Win32_ComputerSystem()[0].Name\n"
        "def held(): return wmi, WMI, other, ask.__defaults__\n"
    )
    aware = program("from avma_sim.lab.fronts.wmi_errors import x_wmi\n", "a_program_that_knows_us")
    ours, before = aware.x_wmi, tool.held()
    with lab.as_windows("web01"):
        tool.late = tool.wmi.x_wmi
        assert tool.late is ours
        assert tool.ask() == "WEB01"
        assert tool.wmi is tool.other is sys.modules["wmi"] is not real
        assert tool.WMI is tool.wmi.WMI
    assert tool.held() == before
    assert tool.WMI() == "real"
    assert tool.late is real.x_wmi  # taken within
    assert aware.x_wmi is ours  # held before
    assert sys.modules["wmi"] is real


def test_what_a_module_has_from_elsewhere_stays_everybodys(lab, program, monkeypatch):
    real = types.ModuleType("winreg")
    real.HKEYType = real.OpenKey = dict  # no class of its own
    monkeypatch.setitem(sys.modules, "winreg", real)
    tool = program("import winreg\nheld = dict\n")
    with lab.as_windows("web01"):
        assert tool.held is dict
        assert tool.winreg is not real
    assert tool.winreg is real


def test_they_come_back_where_the_program_fails(lab):
    def fail():
        with lab.as_windows("web01"):
            importlib.import_module("wmi").WMI()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_the_standard_library_finds_what_it_did(lab, program, monkeypatch):
    library = program("def get(name):\n    exec('import ' + name, globals())", "mimetypes.own")
    monkeypatch.setitem(library.__dict__, "__name__", "mimetypes")
    with lab.as_windows("web01"):
        for name in NAMES:
            with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
                library.get(name)
        with pytest.raises(ModuleNotFoundError):
            __import__("wmi", {"__name__": "json"})
        assert __import__("json", {"__name__": "json"}) is sys.modules["json"]
        # Whoever hands in no globals is asked by where the call stands.
        assert __import__("wmi") is sys.modules["wmi"]
        assert __import__("win32com.client") is sys.modules["win32com"]


def test_the_standard_library_finds_the_real_ones_where_there_are(lab, program, monkeypatch):
    real, inner = types.ModuleType("win32com"), types.ModuleType("win32com.client")
    real.client = inner
    monkeypatch.setitem(sys.modules, "win32com", real)
    monkeypatch.setitem(sys.modules, "win32com.client", inner)
    with lab.as_windows("web01"):
        assert __import__("win32com.client", {"__name__": "json"}) is real
        assert __import__("win32com.client", {"__name__": "json"}, {}, ("Dispatch",)) is inner
        assert __import__("win32com.client", {"__name__": "a_tool"}, {}, ("Dispatch",)) is not inner


def test_what_the_machinery_of_imports_says(lab):
    with lab.as_windows("web01"):
        for name in NAMES:
            found = importlib.import_module(name)
            assert (found.__name__, found.__spec__.name) == (name, name)
            assert importlib.util.find_spec(name) is found.__spec__
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("win32com.shell")
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("wmi.inner")


def test_threads_must_initialise_com(lab):
    with lab.as_windows("web01"):
        wmi, pythoncom = importlib.import_module("wmi"), importlib.import_module("pythoncom")
        told = []

        def ask():
            for first in (lambda: None, pythoncom.CoInitialize):
                first()
                try:
                    told.append(wmi.WMI().Win32_ComputerSystem()[0].Name)
                except wmi.x_wmi_uninitialised_thread as error:
                    told.append(type(error).__name__)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        assert told == ["x_wmi_uninitialised_thread", "WEB01"]


def test_rights_are_those_of_the_machine_within(lab):
    with lab.as_windows("web02", elevated=False):
        (service,) = importlib.import_module("wmi").WMI().SoftwareLicensingService()
        with pytest.raises(Exception, match="-1073418203") as caught:
            service.InstallProductKey("YDFWN-MJ9JR-3DYRK-FXXRW-78VHK")
        assert type(caught.value).__module__ == "wmi"


def test_the_trace_is_the_consoles(lab):
    """The same commands, whether a program goes through WMI or types."""
    other = lab.fork()
    key = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"
    with lab.as_windows("web02"):
        here = importlib.import_module("wmi").WMI()
        here.SoftwareLicensingService()[0].InstallProductKey(key)
    other.run("web02", f"cscript //nologo slmgr.vbs /ipk {key}")
    assert lab.guest("web02").licence == other.guest("web02").licence
    assert lab.trace_hash == other.trace_hash


def test_what_is_not_served_is_counted(lab):
    with lab.as_windows("web01"):
        client = importlib.import_module("win32com.client")
        with pytest.raises(com_error):
            client.Dispatch("Scripting.FileSystemObject")
    assert lab.unserved == {"dispatch scripting.filesystemobject": 1}
