"""What stands in for Python's `winreg`: keys, values, rights, and errors with their Windows numbers."""

from __future__ import annotations

import errno

import pytest

from avma_sim import InputError
from avma_sim.lab.fronts.winreg_front import WindowsError, winreg_module
from avma_sim.lab.fronts.winreg_values import from_data, to_data
from avma_sim.windows.registry import registry
from avma_sim.windows.registry.registry import RegistryValue

VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
GUEST = r"SOFTWARE\Microsoft\Virtual Machine\Guest"
HOST = rf"{GUEST}\Parameters"


@pytest.fixture
def winreg(running):
    return running.guest("web01").winreg


@pytest.fixture
def local(winreg):
    return winreg.HKEY_LOCAL_MACHINE


def refused(winerror, call, *arguments):
    """Call, and return the error, which must have this number of Windows."""
    with pytest.raises(OSError, match=rf"\[WinError {winerror}\] ") as caught:
        call(*arguments)
    assert isinstance(caught.value, WindowsError)
    assert caught.value.winerror == winerror
    return caught.value


def test_which_host_am_i_on(winreg, local):
    with winreg.OpenKey(local, HOST) as key:
        assert winreg.QueryValueEx(key, "HostName") == ("hv1", winreg.REG_SZ)
        assert winreg.QueryValueEx(key, "hostname") == ("hv1", 1)
        assert (bool(key), int(key)) == (True, key.handle)
    assert (bool(key), int(key)) == (False, 0)


def test_every_way_to_open(winreg, local):
    for key in (
        winreg.OpenKey(local, VERSION),
        winreg.OpenKeyEx(local, VERSION.lower(), access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY),
        winreg.OpenKey(local, VERSION, 0, winreg.KEY_READ | winreg.KEY_WOW64_32KEY),
        winreg.OpenKey(winreg.OpenKey(local, r"SOFTWARE\Microsoft"), r"Windows NT\CurrentVersion"),
        winreg.OpenKey(winreg.OpenKey(local, VERSION), ""),
        winreg.OpenKey(winreg.OpenKey(local, VERSION), None),
        winreg.CreateKey(local, VERSION),
        winreg.CreateKeyEx(local, VERSION, 0, winreg.KEY_READ),
        winreg.OpenKey(winreg.ConnectRegistry(None, local), VERSION),
        winreg.OpenKey(winreg.ConnectRegistry(r"\\WEB01", local), VERSION),
    ):
        assert isinstance(key, winreg.HKEYType)
        assert winreg.QueryValueEx(key, "CurrentBuild") == ("14393", winreg.REG_SZ)
        winreg.FlushKey(key)


def test_handles(winreg, local):
    key, other = winreg.OpenKey(local, VERSION), winreg.OpenKey(local, VERSION)
    assert key.handle != other.handle
    assert repr(key) == f"<PyHKEY:{key.handle:#x}>"
    number = key.handle
    assert key.Detach() == number
    winreg.CloseKey(other)
    winreg.CloseKey(local)  # a hive stays open
    for closed in (key, other):
        assert refused(6, winreg.EnumKey, closed, 0).errno == errno.EBADF
    refused(6, winreg.OpenKey, 5, VERSION)
    for wrong in ("HKLM", None):
        with pytest.raises(TypeError):
            winreg.OpenKey(wrong, VERSION)
    with pytest.raises(TypeError):
        winreg.OpenKey(local, 5)


def test_enumerating(winreg, local):
    with winreg.OpenKey(local, VERSION) as key:
        keys, values, written = winreg.QueryInfoKey(key)
        names = [winreg.EnumKey(key, number) for number in range(keys)]
        known = {name: (data, kind) for name, data, kind in (winreg.EnumValue(key, n) for n in range(values))}
        assert names == ["SoftwareProtectionPlatform"]
        assert known["CurrentMajorVersionNumber"] == (10, winreg.REG_DWORD)
        assert written == 0
        assert refused(259, winreg.EnumKey, key, keys).errno == errno.EINVAL
        refused(259, winreg.EnumValue, key, values)
        refused(259, winreg.EnumValue, key, -1)
    assert winreg.EnumKey(local, 0) == "SOFTWARE"


def test_values_of_a_pool_are_listed_once_and_always_as_they_are_now(running, winreg, local, monkeypatch):
    listed = []
    list_of = registry._values_of

    def noted(items):
        listed.append(len(items))
        return list_of(items)

    monkeypatch.setattr(registry, "_values_of", noted)
    running.write_kvp("web01", {f"k{n}": str(n) for n in range(20)})
    with winreg.OpenKey(local, r"SOFTWARE\Microsoft\Virtual Machine\Guest") as key:
        count = winreg.QueryInfoKey(key)[1]
        before = dict(winreg.EnumValue(key, n)[:2] for n in range(count))
        assert (count >= 20, len(before), len(listed)) == (True, count, 1)
        running.write_kvp("web01", {"k3": "other"})
        after = dict(winreg.EnumValue(key, n)[:2] for n in range(count))
    assert after == {**before, "k3": "other"}
    assert len(listed) == 2


def test_a_value_without_a_name(winreg, local):
    assert winreg.QueryValue(local, VERSION) == ""
    with winreg.OpenKey(local, VERSION) as key:
        assert winreg.QueryValue(key, None) == ""
        for name in ("", None, "Nothing"):
            refused(2, winreg.QueryValueEx, key, name)


def test_what_is_not_there(winreg, local):
    error = refused(2, winreg.OpenKey, local, r"SOFTWARE\Nothing")
    assert isinstance(error, FileNotFoundError)
    assert (type(error).__name__, error.errno) == ("FileNotFoundError", errno.ENOENT)
    assert error.args == (errno.ENOENT, "The system cannot find the file specified")
    assert "has no key" in error.__notes__[0]
    refused(2, winreg.QueryValue, local, r"SOFTWARE\Nothing")
    refused(2, winreg.DeleteKey, local, r"SOFTWARE\Nothing")


def test_writing_into_a_pool(running, winreg, local):
    with winreg.OpenKey(local, GUEST, 0, winreg.KEY_ALL_ACCESS) as key:
        winreg.SetValueEx(key, "Role", 0, winreg.REG_SZ, "web")
        assert winreg.QueryValueEx(key, "role") == ("web", 1)
        assert running.guest("web01").kvp["guest"]["Role"] == "web"
        winreg.DeleteValue(key, "ROLE")
        refused(2, winreg.QueryValueEx, key, "Role")
        refused(2, winreg.DeleteValue, key, "Role")
    assert "Role" not in running.guest("web01").kvp["guest"]


def test_rights_of_a_key(winreg, local):
    with winreg.OpenKey(local, GUEST) as key:
        for call in (
            lambda: winreg.SetValueEx(key, "Role", 0, winreg.REG_SZ, "web"),
            lambda: winreg.DeleteValue(key, "Role"),
            lambda: winreg.CreateKey(key, "Below"),
        ):
            error = refused(5, call)
            assert isinstance(error, PermissionError)
            assert error.errno == errno.EACCES
    with winreg.OpenKey(local, GUEST, 0, winreg.KEY_SET_VALUE) as key:
        winreg.SetValueEx(key, "Role", 0, winreg.REG_SZ, None)
        refused(5, winreg.CreateKey, key, "Below")


def test_rights_of_a_program(running):
    winreg = running.winreg("web01", elevated=False)
    local = winreg.HKEY_LOCAL_MACHINE
    with winreg.OpenKey(local, GUEST) as key:
        assert winreg.QueryInfoKey(key)[0] == 1
    for rights in (winreg.KEY_SET_VALUE, winreg.KEY_CREATE_SUB_KEY, winreg.KEY_WRITE, winreg.KEY_ALL_ACCESS):
        refused(5, winreg.OpenKey, local, GUEST, 0, rights)
    refused(5, winreg.CreateKey, local, GUEST)
    refused(5, winreg.CreateKey, local, rf"{GUEST}\Below")
    refused(5, winreg.DeleteKey, local, HOST)
    refused(2, winreg.OpenKey, local, r"SOFTWARE\Nothing", 0, winreg.KEY_WRITE)


def test_what_is_not_served_is_counted(running, winreg, local):
    refused(50, winreg.OpenKey, winreg.HKEY_CURRENT_USER, "Software")
    refused(50, winreg.CreateKey, local, rf"{GUEST}\Below")
    refused(50, winreg.DeleteKey, local, HOST)
    refused(50, winreg.DeleteKeyEx, local, HOST)
    with winreg.OpenKey(local, GUEST, 0, winreg.KEY_WRITE) as key:
        refused(50, winreg.SetValueEx, key, "Role", 0, winreg.REG_DWORD, 1)
    assert sum(running.unserved.values()) == 5
    assert running.unserved["registry the hive hkey_current_user"] == 1


def test_another_machine(running, winreg, local):
    there = winreg.OpenKey(winreg.ConnectRegistry(r"\\hv1", local), VERSION)
    assert winreg.QueryValueEx(there, "EditionID") == ("ServerDatacenter", 1)
    running.add_guest("off01", on="hv1", release="ws2016", edition="standard")
    refused(53, winreg.ConnectRegistry, r"\\nobody", local)
    refused(53, winreg.ConnectRegistry, "off01", local)


def test_a_key_shows_the_present(running, winreg, local):
    key = winreg.OpenKey(local, HOST)
    running.migrate("web01", "hv2")
    assert winreg.QueryValueEx(key, "HostName")[0] == "hv2"
    running.stop("web01")
    with pytest.raises(InputError, match="web01 is off"):
        winreg.QueryValueEx(key, "HostName")
    with pytest.raises(InputError, match="web01 is off"):
        running.guest("web01").winreg  # noqa: B018


def test_the_clock_moves_as_after_a_line(make_lab):
    from avma_sim import Lab

    lab = make_lab(lab=Lab(clock="200ms"))
    lab.start("web01")
    winreg, before = lab.host("hv1").winreg, lab.now
    key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, VERSION)
    refused(2, winreg.QueryValueEx, key, "x")
    assert (lab.now - before).total_seconds() == pytest.approx(0.4)


def test_constants_are_those_of_windows(winreg):
    for name, number in {
        "HKEY_LOCAL_MACHINE": 0x80000002,
        "HKEY_CURRENT_USER": 0x80000001,
        "KEY_READ": 0x20019,
        "KEY_WRITE": 0x20006,
        "KEY_ALL_ACCESS": 0xF003F,
        "KEY_WOW64_64KEY": 0x100,
        "REG_SZ": 1,
        "REG_DWORD": 4,
        "REG_MULTI_SZ": 7,
        "REG_QWORD": 11,
    }.items():
        assert getattr(winreg, name) == number
    assert winreg.error is OSError
    assert winreg.ExpandEnvironmentStrings(r"%windir%\x") == r"C:\Windows\x"


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        (1, "a", "a"),
        (1, None, ""),
        (2, "%a%", "%a%"),
        (3, b"a", b"a"),
        (3, None, b""),
        (0, b"a", b"a"),
        (4, 5, 5),
        (4, None, 0),
        (4, 2**32 - 1, 2**32 - 1),
        (11, 2**64 - 1, 2**64 - 1),
        (7, ["a", "b"], ("a", "b")),
        (7, None, ()),
    ],
)
def test_what_is_set(kind, value, data):
    assert to_data("Name", kind, value) == RegistryValue("Name", data, kind)
    assert from_data(data) == (list(data) if isinstance(data, tuple) else data)


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        (1, 5, ValueError),
        (3, "a", ValueError),
        (4, "5", ValueError),
        (7, "a", ValueError),
        (7, [1], ValueError),
        (4, 2**32, OverflowError),
        (4, -1, OverflowError),
        (11, 2**64, OverflowError),
    ],
)
def test_what_cannot_be_set(kind, value, error):
    with pytest.raises(error):
        to_data("Name", kind, value)


def test_an_error_without_a_text_of_its_own(running):
    assert str(WindowsError(1234)) == "[WinError 1234] Windows error 1234"
    assert not hasattr(WindowsError(87), "__notes__")
    gate = running.gate("web01")
    assert winreg_module(lambda: gate).__name__ == "winreg"


@pytest.mark.parametrize("name", [5, 0, 1.5, b"Rack", [], ["Rack"], True])
def test_a_name_that_is_no_text(winreg, local, name):
    """As Windows's own module, which takes text or None and nothing else, also where it is empty."""
    with winreg.OpenKey(local, GUEST, 0, winreg.KEY_ALL_ACCESS) as key:
        for call, *rest in (
            (winreg.QueryValueEx,),
            (winreg.SetValueEx, 0, winreg.REG_SZ, "a"),
            (winreg.DeleteValue,),
        ):
            with pytest.raises(TypeError, match="a value's name is text or None"):
                call(key, name, *rest)
