"""The registry of a machine: what is there, that it agrees with WMI, slmgr and Data Exchange, and changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import InputError, Lab, UnknownName
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.registry.registry import Registry, RegistryError, RegistryValue
from avma_sim.windows.slmgr.cscript import cscript
from avma_sim.windows.wmi.rows import instances

VM = r"HKLM\SOFTWARE\Microsoft\Virtual Machine"
GUEST = VM + r"\Guest"
CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
ACTIVATION = CURRENT + r"\SoftwareProtectionPlatform\Activation"
RELEASES = (
    *("ws2008r2", "ws2012", "ws2012r2", "ws2016", "ws2019", "ws2022", "ws2025"),
    *("win10", "win11"),
)


@pytest.fixture
def lab():
    made = Lab(seed=3)
    made.add_host("hv1", release="ws2022", activated=True)
    made.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    return made


def of(lab, machine="web01", *, elevated=True):
    return Registry(Prompt(lab._world, machine, elevated=elevated))


def winerror(call, *arguments):
    with pytest.raises(RegistryError) as told:
        call(*arguments)
    return told.value.winerror


def data(registry, path):
    return {value.name: value.data for value in registry.values(path)}


# Which keys there are


@pytest.mark.parametrize(
    "path",
    [
        VM,
        VM.upper(),
        VM.lower() + "\\",
        VM.replace("HKLM", "hkey_local_machine"),
        VM.replace("SOFTWARE", r"SOFTWARE\WOW6432Node"),
        CURRENT,
        "HKLM",
        "HKLM\\",
        "HKLM\\SOFTWARE",
    ],
)
def test_a_key_is_there_under_each_of_its_spellings(lab, path):
    assert of(lab).exists(path)


@pytest.mark.parametrize("path", [VM + r"\Gast", r"HKLM\SOFTWARE\Contoso", r"HKLM\\SOFTWARE", r"HKLM\X"])
def test_another_key_is_not_there(lab, path):
    registry = of(lab)
    assert not registry.exists(path)
    for call in (registry.subkeys, registry.values, registry.spelling, registry.delete_key):
        assert winerror(call, path) == 2
    assert winerror(registry.value, path, "X") == 2
    assert winerror(registry.delete_value, path, "X") == 2
    assert winerror(registry.set_value, path, RegistryValue("X", "y")) == 2


def test_subkeys_are_those_of_the_tree_spelt_as_they_are(lab):
    registry = of(lab)
    assert registry.subkeys("hklm") == ("SOFTWARE",)
    assert registry.subkeys("hklm\\software\\microsoft") == ("Virtual Machine", "Windows NT")
    assert registry.subkeys(VM.lower()) == ("Auto", "External", "Guest")
    assert registry.subkeys(GUEST) == ("Parameters",)
    assert registry.subkeys(ACTIVATION) == ()
    assert registry.values("HKLM\\SOFTWARE") == ()
    assert registry.spelling(GUEST.lower()) == GUEST.replace("HKLM", "HKEY_LOCAL_MACHINE")


@pytest.mark.parametrize("path", ["", "X", r"HKL\SOFTWARE", r"SOFTWARE\Microsoft", "\\"])
def test_a_path_without_a_hive_is_a_bad_handle(lab, path):
    assert winerror(of(lab).exists, path) == 6


def test_a_wrong_hive_is_told_the_nearest(lab):
    with pytest.raises(RegistryError, match="did you mean HKLM"):
        of(lab).exists("HKLN\\SOFTWARE")


@pytest.mark.parametrize(
    ("path", "what"),
    [(r"HKCU\Software", "HKEY_CURRENT_USER"), ("HKU", "HKEY_USERS"), (r"HKLM\SYSTEM\Setup", r"\\SYSTEM")],
)
def test_what_the_lab_has_not_is_told_and_not_denied(lab, path, what):
    with pytest.raises(NotServed, match=what):
        of(lab).exists(path)


def test_keys_of_data_exchange_are_on_guests_of_hyper_v_only(lab):
    lab.add_host("esx1", release="ws2022", platform="vmware", activated=True)
    lab.add_guest("app01", on="esx1", release="ws2019", edition="standard").start()
    for machine in ("hv1", "app01"):
        assert not of(lab, machine).exists(VM)
        assert of(lab, machine).exists(CURRENT)
        assert winerror(of(lab, machine).set_value, GUEST, RegistryValue("X", "y")) == 2


def test_parameters_are_there_while_the_host_says_something(lab):
    registry = of(lab)
    assert data(registry, GUEST + r"\Parameters")["PhysicalHostName"] == "hv1"
    lab.set_data_exchange("web01", on=False)
    assert not registry.exists(GUEST + r"\Parameters")
    assert registry.subkeys(GUEST) == ()
    registry.set_value(GUEST + r"\Parameters", RegistryValue("HostName", "hv9"))
    assert data(registry, GUEST + r"\Parameters") == {"HostName": "hv9"}


def test_a_machine_that_does_not_run_or_has_no_windows_does_not_answer(lab):
    registry = of(lab)
    lab.stop("web01")
    assert winerror(registry.exists, CURRENT) == 53
    assert winerror(of, lab) == 53
    lab.add_guest("lin01", on="hv1", release="linux", edition="linux", key="none").start()
    assert winerror(of, lab, "lin01") == 53
    with pytest.raises(UnknownName, match="web01"):
        of(lab, "web1")


# What is in them


def test_keys_show_the_pools(lab):
    lab.push_kvp("web01", {"Rack": "7"})
    lab.write_kvp("web01", {"Note": "a\r\nb"})
    registry = of(lab)
    pools = {"Auto": "auto", "External": "external", "Guest": "guest", r"Guest\Parameters": "auto-external"}
    for key, pool in pools.items():
        shown = registry.values(f"{VM}\\{key}")
        assert {value.name: value.data for value in shown} == dict(lab.guest("web01").kvp[pool]), key
        assert {value.type for value in shown} == {1}
    assert data(registry, VM + r"\External") == {"Rack": "7"}


def test_of_names_that_differ_in_letter_case_only_the_first_is_shown(lab):
    lab.write_kvp("web01", {"Note": "a", "NOTE": "b"})
    registry = of(lab)
    assert [value for value in registry.values(GUEST) if value.name.lower() == "note"] == [
        RegistryValue("Note", "a")
    ]
    registry.delete_value(GUEST, "note")
    assert winerror(registry.value, GUEST, "NOTE") == 2


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("core", [False, True])
def test_it_says_what_wmi_and_data_exchange_say(release, core):
    lab = Lab(seed=5)
    lab.add_host("hv1", release="ws2025", activated=True)
    client = release.startswith("win")
    edition = "pro" if client else "standard"
    lab.add_guest("m1", on="hv1", release=release, edition=edition, core=core and not client).start()
    registry = of(lab, "m1")
    shown, auto = data(registry, CURRENT), data(registry, VM + r"\Auto")
    system = instances(lab._world, "m1", "Win32_OperatingSystem")[0]
    assert shown["ProductName"] == auto["OSName"] == system["Caption"].removeprefix("Microsoft ")
    assert shown["CurrentBuild"] == shown["CurrentBuildNumber"] == auto["OSBuildNumber"]
    assert shown["ProductId"] == system["SerialNumber"]
    assert shown["RegisteredOwner"] == system["RegisteredUser"]
    assert shown["CurrentVersion"] == {"7601": "6.1", "9200": "6.2"}.get(auto["OSBuildNumber"], "6.3")
    major = shown.get("CurrentMajorVersionNumber")
    assert major == (10 if int(auto["OSBuildNumber"]) > 10_000 else None)
    kind = "Client" if client else "Server Core" if core else "Server"
    assert shown["InstallationType"] == kind
    assert shown["EditionID"] == ("Professional" if client else "ServerStandard")
    assert registry.exists(ACTIVATION) == (int(auto["OSBuildNumber"]) >= 14393)


def test_numbers_have_the_registrys_types(lab):
    registry = of(lab)
    types = {value.name: value.type for value in registry.values(CURRENT)}
    assert (types["ProductName"], types["InstallDate"], types["InstallTime"], types["UBR"]) == (1, 4, 11, 4)
    shown = data(registry, CURRENT)
    assert shown["InstallDate"] == 1735689600  # the lab's start
    assert shown["InstallTime"] == 133801632000000000  # the same as a FILETIME


def licensed(lab, machine):
    told = cscript(Prompt(lab._world, machine), ["//nologo", "slmgr.vbs", "/dli"], "").stdout
    return "License Status: Licensed\r\n" in told


def test_the_activation_result_is_0_exactly_while_slmgr_and_wmi_say_licensed(lab):
    seen = []
    for step in (
        lambda: None,
        lambda: lab.deactivate("hv1"),
        lambda: lab.advance("8d"),
        lambda: lab.advance("200d"),
        lambda: lab.uninstall_key("web01"),
    ):
        step()
        result = of(lab).value(ACTIVATION, "productactivationRESULT")
        rows = instances(lab._world, "web01", "SoftwareLicensingProduct")
        row = next((each for each in rows if each["PartialProductKey"]), rows[-1])
        assert (result.data == 0) is licensed(lab, "web01") is (row["LicenseStatus"] == 1)
        assert result.data in (0, row["LicenseStatusReason"])
        assert result.type == 4
        seen.append(result.data)
    assert seen[0] == 0
    assert seen[-1] == 0xC004F014
    assert of(lab, "hv1").value(ACTIVATION, "ProductActivationResult").data != 0


# Changes


def test_reading_changes_nothing(lab):
    before = lab.trace_hash
    registry = of(lab, elevated=False)
    todo = ["HKLM"]
    while todo:
        path = todo.pop()
        todo += [f"{path}\\{name}" for name in registry.subkeys(path)]
        assert len(registry.values(path)) == len(data(registry, path))
    registry.create_key(GUEST)
    assert lab.trace_hash == before


@pytest.mark.parametrize(("key", "pool"), [("Guest", "guest"), ("External", "external"), ("Auto", "auto")])
def test_writing_and_deleting_are_the_commands_of_data_exchange(lab, key, pool):
    registry, path = of(lab), f"{VM}\\{key}"
    registry.set_value(path, RegistryValue("Note", "a"))
    assert lab.guest("web01").kvp[pool]["Note"] == "a"
    registry.set_value(path, RegistryValue("NOTE", "b"))
    assert registry.value(path, "note") == RegistryValue("Note", "b")
    registry.delete_value(path, "nOTE")
    assert "Note" not in lab.guest("web01").kvp[pool]
    assert winerror(registry.delete_value, path, "Note") == 2


def test_all_values_of_a_pool_are_deleted_at_once(lab):
    registry = of(lab)
    registry.delete_values(GUEST)
    registry.delete_values(GUEST)
    assert registry.values(GUEST) == ()


def test_changes_need_an_elevated_prompt(lab):
    registry, before = of(lab, elevated=False), lab.trace_hash
    assert winerror(registry.set_value, GUEST, RegistryValue("X", "y")) == 5
    assert winerror(registry.set_value, CURRENT, RegistryValue("X", "y")) == 5
    assert winerror(registry.delete_value, GUEST, "AvmaSimLicenseStatus") == 5
    assert winerror(registry.delete_values, GUEST) == 5
    assert winerror(registry.create_key, GUEST + r"\New") == 5
    assert winerror(registry.delete_key, GUEST) == 5
    assert lab.trace_hash == before


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("set_value", (CURRENT, RegistryValue("X", "y"))),
        ("set_value", (GUEST, RegistryValue("X", 1, 4))),
        ("set_value", (GUEST, RegistryValue("X", b"1", 3))),
        ("set_value", (GUEST, RegistryValue("X", "y", 99))),
        ("set_value", (GUEST, RegistryValue("", "y"))),
        ("delete_value", (CURRENT, "ProductName")),
        ("delete_values", (CURRENT,)),
        ("create_key", (GUEST + r"\New",)),
        ("delete_key", (GUEST,)),
    ],
)
def test_other_changes_are_not_served(lab, method, arguments):
    before = lab.trace_hash
    with pytest.raises(NotServed):
        getattr(of(lab), method)(*arguments)
    assert lab.trace_hash == before


@pytest.mark.parametrize("value", [("k" * 256, "v"), ("k", "v\0"), ("k", "\ud800"), ("k", "v" * 16_384)])
def test_what_does_not_fit_is_an_invalid_parameter(lab, value):
    assert winerror(of(lab).set_value, GUEST, RegistryValue(*value)) == 87


def test_a_full_pool_takes_no_more(lab):
    lab.write_kvp("web01", {f"k{number}": "" for number in range(9_996)})
    assert winerror(of(lab).set_value, GUEST, RegistryValue("one more", "")) == 87


def told_by(call):
    """Return what an error of ours says; None where there is none."""
    try:
        call()
    except InputError as error:
        return str(error)
    return None


@given(
    names=st.lists(st.text(max_size=8) | st.sampled_from(["HKLM", "SOFTWARE", "HKCU", "Guest"]), max_size=5),
    name=st.text(max_size=8),
    text=st.text(max_size=8),
)
def test_no_path_gives_another_error_than_ours(names, name, text):
    registry = of(SHARED)
    path = "\\".join(names)
    calls = [
        lambda: registry.exists(path),
        lambda: registry.values(path),
        lambda: registry.value(path, name),
        lambda: registry.set_value(path, RegistryValue(name, text)),
        lambda: registry.delete_value(path, name),
        lambda: registry.create_key(path),
        lambda: registry.delete_key(path),
    ]
    for call in calls:
        said = told_by(call)
        assert said is None or (said and "\n" not in said)


@given(name=st.text(min_size=1, max_size=20), text=st.text(max_size=40))
def test_what_is_written_is_read(name, text):
    registry = of(SHARED)
    said = told_by(lambda: registry.set_value(GUEST, RegistryValue(name, text)))
    if said is not None:
        assert said.startswith("system error 87: ")
        return
    found = registry.value(GUEST, name)
    assert found.data == text
    assert dict(SHARED.guest("web01").kvp["guest"])[found.name] == text
    registry.delete_value(GUEST, name.upper())


SHARED = Lab(seed=3)
SHARED.add_host("hv1", release="ws2022", activated=True)
SHARED.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
