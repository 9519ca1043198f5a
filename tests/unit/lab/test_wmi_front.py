"""What stands in for the package `wmi`: connecting, queries, objects, methods, and errors."""

from __future__ import annotations

import contextlib
import threading
import types
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import InputError, Lab
from avma_sim.lab.fronts.com_dispatch import Collection
from avma_sim.lab.fronts.com_errors import com_error
from avma_sim.lab.fronts.com_gate import Apartments
from avma_sim.lab.fronts.wmi_errors import (
    handle_com_error,
    x_access_denied,
    x_wmi,
    x_wmi_authentication,
    x_wmi_invalid_query,
    x_wmi_no_namespace,
    x_wmi_timed_out,
    x_wmi_uninitialised_thread,
)
from avma_sim.lab.fronts.wmi_front import construct_moniker, wmi_module
from avma_sim.lab.fronts.wmi_namespace import WmiClassThing, WmiNamespace
from avma_sim.lab.fronts.wmi_objects import WmiMethodCall, WmiThing

KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
KEYED = "SELECT * FROM SoftwareLicensingProduct WHERE PartialProductKey <> null"
V2 = "root/virtualization/v2"


@pytest.fixture
def wmi(running):
    """The module, on the running guest."""
    gate = running.gate("web01")
    return wmi_module(lambda: gate)


@pytest.fixture
def here(running):
    return running.wmi("web01")


def info(error):
    """What COM's error says of the object that failed: source, text, code."""
    assert error.excepinfo
    return error.excepinfo[1], error.excepinfo[2], error.excepinfo[5] & 0xFFFFFFFF


# Connecting


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"moniker": "//./root/cimv2"},
        {"moniker": "winmgmts:root/cimv2"},
        {"moniker": r"winmgmts:{impersonationLevel=impersonate}!\\WEB01\root\CIMV2"},
        {"computer": "."},
        {"computer": "web01", "user": "adatum\\me", "password": "x", "namespace": "root/cimv2"},
        {"namespace": "cimv2", "privileges": ["Security"], "find_classes": True},
        {"impersonation_level": "Impersonate", "authentication_level": "Default"},
    ],
)
def test_ways_to_connect(wmi, how):
    found = wmi.WMI(**how)
    assert type(found).__name__ == "_wmi_namespace"
    assert found.Win32_ComputerSystem()[0].Name == "WEB01"


def test_services_that_a_program_has(wmi):
    services = wmi.connect_server(".", "root/cimv2")
    assert wmi.WMI(wmi=services).handle() is services
    assert wmi.connect is wmi.WMI


def test_an_instance_and_a_class_by_their_monikers(wmi):
    instance = wmi.WMI(moniker="winmgmts:Win32_ComputerSystem.Name='WEB01'")
    assert type(instance) is WmiThing
    assert instance.Model == "Virtual Machine"
    found = wmi.WMI(moniker="winmgmts:root/cimv2:Win32_ComputerSystem")
    assert type(found) is WmiClassThing
    assert found() == [instance]
    assert wmi.WMI(suffix="Win32_BIOS", namespace="cimv2").path().Class == "Win32_BIOS"


@pytest.mark.parametrize(
    ("how", "hresult"),
    [
        ({"namespace": "root/nothing"}, 0x8004100E),
        ({"namespace": V2}, 0x8004100E),
        ({"computer": "nobody"}, 0x800706BA),
        ({"computer": "off01"}, 0x800706BA),
        ({"moniker": "winmgmts:Win32_Nothing=@"}, 0x80041010),
        ({"moniker": "winmgmts:Win32_ComputerSystem.Name='WEB02'"}, 0x80041002),
    ],
)
def test_nothing_there(running, wmi, how, hresult):
    running.add_guest("off01", on="hv1", release="ws2016", edition="standard")
    with pytest.raises(x_wmi) as caught:
        wmi.WMI(**how)
    error = caught.value.com_error
    assert (error.hresult & 0xFFFFFFFF, error.excepinfo, error.argerror) == (hresult, None, None)
    known = {0x800706BA: "The RPC server is unavailable."}
    assert error.strerror == known.get(hresult, f"OLE error 0x{hresult:08x}")
    assert caught.value.__notes__[0].startswith(f"avma_sim: 0x{hresult:08X}")


@pytest.mark.parametrize(
    "how",
    [
        {"user": "me"},
        {"user": "me", "computer": "."},
        {"user": "me", "computer": "hv1", "suffix": "Win32_BIOS"},
        {"user": "me", "computer": "hv1", "privileges": ["Security"]},
    ],
)
def test_a_user_goes_with_another_machine_only(wmi, how):
    with pytest.raises(x_wmi_authentication):
        wmi.WMI(**how)


def test_a_user_on_another_machine(wmi):
    assert wmi.WMI(computer="hv1", user="me", namespace=V2).Msvm_ComputerSystem()[0].Name == "HV1"
    with pytest.raises(x_wmi) as caught:
        wmi.WMI(computer="nobody", user="me")
    assert info(caught.value.com_error) == ("SWbemLocator", "The RPC server is unavailable. ", 0x800706BA)


def test_something_else_than_wmi(wmi):
    with pytest.raises(x_wmi, match="nothing of WMI"):
        wmi.WMI(wmi=object())
    with pytest.raises(x_wmi):
        wmi.WMI(moniker="winmgmts://")
    with pytest.raises(x_wmi_uninitialised_thread):  # what the package makes of a syntax error
        wmi.WMI(moniker="winmgmts:root/cimv2:")


def test_a_thread_that_has_not_initialised_com(running):
    gate = running.gate("web01", apartments=Apartments())
    module = wmi_module(lambda: gate)
    module.WMI()
    with ThreadPoolExecutor(1) as thread:
        with pytest.raises(x_wmi_uninitialised_thread, match="CoInitialize"):
            thread.submit(module.WMI).result()
        thread.submit(gate.apartments.enter).result()
        assert thread.submit(module.WMI).result()
        thread.submit(gate.apartments.leave).result()
        thread.submit(gate.apartments.leave).result()
        assert isinstance(thread.submit(module.WMI).exception(), x_wmi_uninitialised_thread)


@pytest.mark.parametrize(
    ("parts", "moniker"),
    [
        ({}, "winmgmts:"),
        ({"computer": "hv1"}, "winmgmts://hv1/"),
        ({"computer": "hv1", "namespace": "cimv2"}, "winmgmts://hv1/root/cimv2"),
        ({"namespace": r"root\cimv2", "suffix": "X"}, "winmgmts:root/cimv2:X"),
        ({"authority": "a"}, "winmgmts:"),
        ({"authority": "a", "computer": "b"}, "winmgmts:{authority=a}!//b/"),
        (
            {"impersonation_level": "i", "authentication_level": "a", "privileges": ["P", "!Q"]},
            "winmgmts:{impersonationLevel=i,authenticationLevel=a,(P, !Q)}!",
        ),
    ],
)
def test_monikers(parts, moniker):
    assert construct_moniker(**parts) == moniker


# Classes and queries


def test_classes(here):
    assert "SoftwareLicensingProduct" in here.classes
    assert here.classes is here.classes
    assert here.subclasses_of(regex="Win32_.*S$") == ["Win32_BIOS"]
    assert here.subclasses_of("Win32_BIOS") == []
    assert here.SoftwareLicensingProduct is here.SoftwareLicensingProduct
    assert here.win32_bios.path().Class == "Win32_BIOS"
    assert repr(here.Win32_BIOS) == r"<_wmi_class: b'\\\\WEB01\\root\\cimv2:Win32_BIOS'>"
    assert repr(here) == "<_wmi_namespace: <COMObject winmgmts:>>"


def test_instances_of_a_class(here):
    all_of_them = here.SoftwareLicensingProduct()
    assert len(all_of_them) > 1
    assert here.instances("SoftwareLicensingProduct") == all_of_them
    assert here.SoftwareLicensingProduct.instances() == all_of_them
    assert here.query("SELECT * FROM SoftwareLicensingProduct") == all_of_them
    assert here.SoftwareLicensingProduct.query() == all_of_them


def test_what_keywords_and_columns_choose(here):
    (one,) = here.SoftwareLicensingProduct(LicenseStatus=1)
    assert one.LicenseStatus == 1
    assert here.SoftwareLicensingProduct(LicenseStatus=1, LicenseIsAddon=True) == []
    (same,) = here.SoftwareLicensingProduct(["ID", "Name"], PartialProductKey=one.PartialProductKey)
    assert list(same.properties) == ["ID", "Name"]
    assert (same, same.ID, same.Name) == (one, one.ID, one.Name)
    with pytest.raises(AttributeError):
        _ = same.LicenseStatus


def test_texts_with_quotes_and_backslashes(running):
    host = running.wmi("hv1", V2)
    component = host.Msvm_KvpExchangeComponent()[0]
    assert "\\" in component.DeviceID
    # The package doubles backslashes of keywords twice, so that these find nothing, and of queries once.
    assert host.Msvm_KvpExchangeComponent(DeviceID=component.DeviceID) == []
    wql = "SELECT * FROM Msvm_KvpExchangeComponent WHERE DeviceID = '" + component.DeviceID + "'"  # noqa: S608 - no database
    assert host.query(wql) == [component]
    assert host.Msvm_ComputerSystem(ElementName="it's") == []


def test_plain_results(here):
    (row,) = here.fetch_as_lists("SoftwareLicensingProduct", ["LicenseStatus", "ID"], LicenseStatus=1)
    (one,) = here.fetch_as_classes("SoftwareLicensingProduct", ["LicenseStatus", "ID"], LicenseStatus=1)
    assert row == [one.LicenseStatus, one.ID]
    assert vars(one).keys() == {"LicenseStatus", "ID"}
    (full,) = here.fetch_as_classes("Win32_ComputerSystem")
    assert full.Model == "Virtual Machine"


def test_get(here):
    (one,) = here.query(KEYED)
    assert here.get(f"SoftwareLicensingProduct.ID='{one.ID}'") == one
    with pytest.raises(x_wmi) as caught:
        here.get("SoftwareLicensingProduct.ID='none'")
    assert info(caught.value.com_error) == ("SWbemServicesEx", "Not found ", 0x80041002)


def test_a_query_that_is_none(here):
    for ask in (lambda: here.Win32_BIOS(Nothing=1), lambda: here.Win32_BIOS(["Nothing"])):
        with pytest.raises(x_wmi_invalid_query) as caught:
            ask()
        assert caught.value.com_error.args == (-2147217385, "OLE error 0x80041017", None, None)
    # A query that is text: the package lets COM's error through.
    with pytest.raises(com_error) as raw:
        here.query("SELECT Nam FROM Win32_BIOS")
    assert raw.value.args == (-2147217385, "OLE error 0x80041017", None, None)
    assert "did you mean 'Name'?" in raw.value.__notes__[0]
    with pytest.raises(com_error) as raw:
        here.query("SELECT * FROM Win32_BIO")
    assert raw.value.hresult & 0xFFFFFFFF == 0x80041010


def test_a_class_that_is_none(here):
    with pytest.raises(AttributeError, match=r"winmgmts:\.Win32_BIO") as caught:
        _ = here.Win32_BIO
    assert "did you mean 'Win32_BIOS'?" in caught.value.__notes__[0]
    with pytest.raises(x_wmi):
        here.instances("Win32_BIO")
    assert not hasattr(here, "__wrapped__")


def test_a_class_without_its_namespace(here):
    alone = WmiClassThing(None, here.Win32_BIOS.ole_object)
    with pytest.raises(x_wmi_no_namespace):
        alone()


def test_a_class_knows_its_properties(here):
    known = here.SoftwareLicensingProduct.GracePeriodRemaining
    assert (known.name, known.type, known.value, known.IsArray) == (
        "GracePeriodRemaining",
        "uint32",
        None,
        False,
    )
    assert repr(known) == "<wmi_property: GracePeriodRemaining>"
    assert here.SoftwareLicensingProduct.keys == ["ID"]
    assert here.SoftwareLicensingProduct.Activate.in_parameter_names == []
    assert "InstallProductKey" in here.SoftwareLicensingService.methods


# Values


def test_values_as_com_hands_them_out(make_lab):
    lab = make_lab(activated=False)
    lab.start("web01")
    (product,) = lab.wmi("web01").query(KEYED)
    assert product.LicenseStatusReason == 0xC004FD02 - 2**32  # uint32 is signed
    assert product.EvaluationEndDate == "16010101000000.000000-000"
    assert product.OfflineInstallationId is None or isinstance(product.OfflineInstallationId, str)
    assert product.LicenseIsAddon is False
    system = lab.wmi("web01").Win32_OperatingSystem()[0]
    assert system.FreePhysicalMemory == "2097152"  # uint64 is text
    assert system.OSType == 18
    assert lab.wmi("web01").Win32_BIOS()[0].BIOSVersion[0] == "VRTUAL - 1"
    assert isinstance(lab.wmi("web01").Win32_BIOS()[0].BIOSVersion, tuple)


def test_names_in_any_letter_case(here):
    (product,) = here.query(KEYED.replace("*", "ID, ApplicationId"))
    assert product.ApplicationId == product.applicationID == product.APPLICATIONID
    assert product.ApplicationID.startswith("55c92734")


def test_an_object_as_text(here):
    (system,) = here.Win32_ComputerSystem()
    text = str(system)
    assert text.startswith("\ninstance of Win32_ComputerSystem\n{\n\t")
    assert text.endswith("};\n")
    assert '\tModel = "Virtual Machine";\n' in text
    assert "\tPartOfDomain = TRUE;\n" in text
    assert "\tPCSystemType = 1;\n" in text
    assert repr(system) == r"""<_wmi_object: b'\\\\WEB01\\root\\cimv2:Win32_ComputerSystem.Name="WEB01"'>"""
    told = str(here.Win32_BIOS)
    assert told.startswith("\nclass Win32_BIOS\n{\n\t")
    assert "\t[key] string Name;\n" in told
    assert "\tstring BIOSVersion[];\n" in told
    assert 'BIOSVersion = {"VRTUAL - 1", ' in str(here.Win32_BIOS()[0])


def test_an_object_and_its_place(here):
    (system,) = here.Win32_ComputerSystem()
    path = system.path()
    assert path.Path == r'\\WEB01\root\cimv2:Win32_ComputerSystem.Name="WEB01"'
    assert (path.RelPath, path.Class) == ('Win32_ComputerSystem.Name="WEB01"', "Win32_ComputerSystem")
    assert (path.Server, path.Namespace, path.ParentNamespace) == ("WEB01", r"root\cimv2", "root")
    assert system.id == path.DisplayName.lower()
    assert (system.keys, system.derivation(), system.is_association) == (["Name"], (), False)
    assert system.Path_.Path == str(path)


def test_objects_compare_by_their_place(here):
    first, second = here.SoftwareLicensingProduct()[:2]
    assert first == here.SoftwareLicensingProduct()[0]
    assert hash(first) == hash(here.SoftwareLicensingProduct()[0])
    assert first != second
    assert first != 1
    assert (first < second) == (first.id < second.id)
    assert {"LicenseStatus", "Activate", "associators"} <= set(dir(first))


def test_what_is_not_there(here):
    (system,) = here.Win32_ComputerSystem()
    with pytest.raises(AttributeError, match=r"<unknown>\.Modell"):
        _ = system.Modell
    with pytest.raises(AttributeError, match="Modell"):
        system.Modell = 1
    with pytest.raises(AttributeError):
        system.set(Modell=1)
    with pytest.raises(x_wmi):
        system.wmi_property("Modell")
    with pytest.raises(AttributeError):
        _ = WmiThing.__new__(WmiThing).anything
    with pytest.raises(AttributeError):
        _ = WmiNamespace.__new__(WmiNamespace).anything


def test_writing_is_refused(running, here):
    (system,) = here.Win32_ComputerSystem()
    before = len(running.entries())
    for write in (lambda: setattr(system, "Model", "x"), lambda: system.set(Model="x"), system.put):
        with pytest.raises(x_wmi) as caught:
            write()
        assert info(caught.value.com_error)[0] == "SWbemObjectEx"
        assert info(caught.value.com_error)[2] in (0x80041003, 0x80041024)
    assert len(running.entries()) == before
    assert here.Win32_ComputerSystem()[0].Model == "Virtual Machine"


def test_a_new_instance_is_nowhere(here):
    for made in (here.new("Win32_BIOS", Name="x"), here.Win32_BIOS.new(Name="x")):
        # As in the package: what was read of a property is kept, whatever is set.
        assert (made.Name, made.ole_object.Name, made.Version, made.path().Path) == (None, "x", None, "")
        with pytest.raises(x_wmi):
            made.put()


def test_a_property_that_is_made_something_else(here):
    (system,) = here.Win32_ComputerSystem()
    mapped = WmiThing(system.ole_object, property_map={"Model": len, "boolean": str})
    assert (mapped.Model, mapped.PartOfDomain) == (15, "True")


# Methods


def test_a_program_activates(make_lab):
    lab = make_lab(key="none")
    lab.start("web01")
    here = lab.wmi("web01")
    (service,) = here.SoftwareLicensingService()
    assert service.InstallProductKey(KEY_2016) == (0,)
    (product,) = here.query(KEYED)
    assert product.Activate() == (0,)
    assert here.query(KEYED)[0].LicenseStatus == 1
    assert lab.guest("web01").licence.word == "licensed"


def test_methods_tell_their_parameters(here):
    (service,) = here.SoftwareLicensingService()
    assert repr(service.InstallProductKey) == "<function InstallProductKey (ProductKey) => (ReturnValue)>"
    assert service.InstallProductKey is service.InstallProductKey
    assert service.InstallProductKey.in_parameter_names == [("ProductKey", False)]
    product = here.SoftwareLicensingProduct()[0]
    assert repr(product.GetTokenActivationGrants) == (
        "<function GetTokenActivationGrants () => (Grants[], ReturnValue)>"
    )


def test_parameters_by_name_and_in_alphabetical_order(running):
    (service,) = running.wmi("hv1", V2).Msvm_VirtualSystemManagementService()
    told = "<function AddKvpItems (DataItems[], TargetSystem) => (Job, ReturnValue)>"
    assert repr(service.AddKvpItems) == told
    with pytest.raises(TypeError, match="parameter 0 must be iterable"):
        service.AddKvpItems(1)
    with pytest.raises(TypeError, match="DataItems must be iterable"):
        service.AddKvpItems(DataItems=1)
    with pytest.raises(AttributeError, match="Nothing is not a valid parameter for AddKvpItems"):
        service.AddKvpItems(Nothing=1)
    with pytest.raises(IndexError):
        service.AddKvpItems([], "", 3)


def test_arrays_that_a_method_gives_are_lists():
    told = (("Few", True, ("a", "b")), ("None", True, None), ("ReturnValue", False, 0))
    rows = [types.SimpleNamespace(Name=name, IsArray=array, Value=value) for name, array, value in told]
    out = types.SimpleNamespace(Properties_=Collection(rows, lambda one: one.Name))
    method = types.SimpleNamespace(Name="Grants", Qualifiers_=(), InParameters=None, OutParameters=out)
    called = []

    def call(*given):
        called.append(given)
        return out

    owner = types.SimpleNamespace(Methods_=Collection([method], lambda one: one.Name), ExecMethod_=call)
    assert WmiMethodCall(owner, "grants")() == (["a", "b"], [], 0)
    assert called == [("Grants", None)]


@pytest.mark.parametrize(
    ("key", "elevated", "code"),
    [(KEY_2019, True, 0xC004F069), (KEY_2016, False, 0xC004F025), ("x", True, None)],
)
def test_a_method_that_is_refused(running, key, elevated, code):
    (service,) = running.wmi("web01", elevated=elevated).SoftwareLicensingService()
    with pytest.raises(x_wmi) as caught:
        service.InstallProductKey(key)
    error = caught.value.com_error
    assert error.args[:2] == (-2147352567, "Exception occurred.")
    assert error.args[3] is None
    assert info(error)[0] == "SWbemObjectEx"
    number, _, _, file, context, inner = error.excepinfo or ()
    assert (number, file, context) == (0, None, 0)
    assert inner < 0
    if code:
        assert info(error)[2] == code
        assert caught.value.__notes__[0].startswith(f"avma_sim: 0x{code:08X}")
    assert type(caught.value) is x_wmi


def test_the_clock_moves_as_after_a_line(make_lab):
    slow = make_lab(key="none", latency="5s")
    slow.start("web01")
    here, start = slow.wmi("web01"), slow.now
    (service,) = here.SoftwareLicensingService()
    assert slow.now == start
    service.InstallProductKey(KEY_2016)  # the attempt that follows it is over when the call returns
    assert slow.now > start
    assert not slow.guest("web01").pending
    stepped = make_lab(lab=Lab(clock="200ms"))
    stepped.start("web01")
    before = stepped.now
    there = stepped.wmi("web01")
    there.query(KEYED)
    with pytest.raises(com_error):
        there.query("x")
    assert (stepped.now - before).total_seconds() == pytest.approx(0.6)


# What belongs together


def test_associators_and_references(running):
    host = running.wmi("hv1", V2)
    (vm,) = host.Msvm_ComputerSystem(ElementName="web01")
    (component,) = vm.associators(wmi_result_class="Msvm_KvpExchangeComponent")
    assert (component.SystemName, vm.associators(wmi_association_class="Msvm_SystemDevice")) == (
        vm.Name,
        [component],
    )
    (joint,) = vm.references(wmi_class="Msvm_SystemDevice")
    assert joint.is_association
    assert (joint.GroupComponent, joint.PartComponent) == (vm, component)
    assert joint.references() == []
    with pytest.raises(x_wmi):
        vm.associators("Msvm_Nothing")
    with pytest.raises(x_wmi):  # which classes could be associated is not told
        _ = vm.associated_classes


# What the lab does not have


def test_classes_and_namespaces_of_windows_that_no_lab_has_are_counted(running, wmi):
    here = wmi.WMI()
    for ask in (
        lambda: wmi.WMI(namespace="root/default"),
        lambda: here.Win32_Service,
        lambda: here.instances("Win32_Service"),
        lambda: here.query("SELECT * FROM Win32_Service"),
        # These are elsewhere in the lab, and on no real guest either.
        lambda: here.Msvm_ComputerSystem,
        lambda: wmi.WMI(namespace=V2),
        lambda: here.get("Win32_BIOS.Nothing=1"),
    ):
        with pytest.raises((x_wmi, com_error, AttributeError)):
            ask()
    assert running.unserved == {"wmi the namespace root\\default": 1, "wmi the class win32_service": 3}


def test_what_is_not_served_is_counted(running, wmi):
    here = wmi.WMI()
    for ask in (
        here.watch_for,
        lambda: here.Win32_NTLogEvent.watch_for("creation"),
    ):
        with pytest.raises(x_wmi) as caught:
            ask()
        assert info(caught.value.com_error)[2] == 0x8004100C
    assert running.unserved == {"wmi events (execnotificationquery)": 2}
    with pytest.raises(x_wmi, match="registry"):
        wmi.Registry()
    assert running.unserved["wmi the registry through wmi (stdregprov)"] == 1


def test_a_machine_that_is_off(running, here):
    (service,) = here.SoftwareLicensingService()
    running.stop("web01")
    for ask in (lambda: running.wmi("web01"), lambda: here.query(KEYED), service.RefreshLicenseStatus):
        with pytest.raises(InputError, match="web01 is off"):
            ask()
    with pytest.raises(InputError, match="unknown machine 'web1'"):
        running.wmi("web1")


def test_a_prompt_is_where_a_program_runs(running):
    prompt = running.prompt("web01", elevated=False, user="mary")
    assert (prompt.machine, prompt.elevated, prompt.user) == ("web01", False, "mary")
    running.stop("web01")
    with pytest.raises(InputError, match="web01 is off"):
        running.prompt("web01")
    for ask in (running.at(0).prompt, running.at(0).wmi):
        with pytest.raises(InputError, match="this is the past"):
            ask("web01")


def test_handles_have_it(running):
    assert running.guest("web01").wmi().Win32_ComputerSystem()[0].Name == "WEB01"
    assert running.host("hv1").wmi(V2).Msvm_ComputerSystem()[0].Name == "HV1"
    (vm,) = running.host("hv1").wmi(V2, elevated=False).Msvm_ComputerSystem(ElementName="web01")
    assert vm.RequestStateChange(3) == (None, 32769)
    assert vm.RequestStateChange(RequestedState=3, TimeoutPeriod=None)[1] == 32769
    (vm,) = running.host("hv1").wmi(V2).Msvm_ComputerSystem(ElementName="web01")
    (service,) = running.guest("web01").wmi(elevated=False).SoftwareLicensingService()
    with pytest.raises(x_wmi):
        service.InstallProductKey(KEY_2016)
    assert vm.RequestStateChange(3) == (None, 0)
    assert not running.guest("web01").running


# Errors and times


@pytest.mark.parametrize(
    ("hresult", "inner", "kind"),
    [
        (-2147217385, None, x_wmi_invalid_query),
        (-2147352567, -2147217385, x_wmi_invalid_query),
        (-2147352567, -2147217405, x_access_denied),
        (-2147024891, None, x_access_denied),
        (-2147209215, None, x_wmi_timed_out),
        (-2147221020, None, x_wmi_uninitialised_thread),
        (-2147352567, -1073418160, x_wmi),
        (-2147352567, None, x_wmi),
    ],
)
def test_which_error_becomes_which(hresult, inner, kind):
    told = None if inner is None else (0, "SWbemObjectEx", None, None, 0, inner)
    error = com_error(hresult, "words", told, None)
    with pytest.raises(x_wmi) as caught:
        handle_com_error(error)
    assert type(caught.value) is kind
    assert caught.value.com_error is error
    assert str(caught.value) == f"<x_wmi: Unexpected COM Error {error}>"
    assert (error.hresult, error.strerror, error.excepinfo, error.argerror) == error.args


def test_an_error_without_com():
    assert str(x_wmi("why")) == "<x_wmi: why (no underlying exception)>"
    assert f"{x_wmi.__module__}.{x_wmi.__qualname__}" == "wmi.x_wmi"


def test_times(wmi):
    assert wmi.from_time(2025, 1, 2, 3, 4, 5, 6, -60) == "20250102030405.000006-060"
    assert wmi.from_time(2025, 1, 2, timezone=60) == "20250102******.******+060"
    assert wmi.from_time("2025", timezone="x") == "2025**********.******+00x"
    assert wmi.to_time("20250102030405.000006-060") == (2025, 1, 2, 3, 4, 5, 6, "060")
    assert wmi.to_time("20250102******.******+***") == (2025, 1, 2, None, None, None, None, None)
    assert wmi.signed_to_unsigned(-2147217385) == 0x80041017


# Everything else


def test_threads_wait_for_each_other(running):
    here, failed = running.wmi("web01"), []

    def ask():
        try:
            for _ in range(10):
                here.query(KEYED)[0].Activate()
        except Exception as error:  # noqa: BLE001 # pragma: no cover - then the test fails
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_the_labs_lock_is_held_while_a_call_runs(running):
    held = []

    class Lock(contextlib.AbstractContextManager[None]):
        def __enter__(self):
            held.append("taken")

        def __exit__(self, *exception):
            held.append("given back")

    gate = attrs.evolve(running.gate("web01"), lock=Lock())
    with gate.call():
        assert held == ["taken"]
    assert held == ["taken", "given back"]
    assert running.gate("web01").lock is running.lock


_LAB = Lab()
_LAB.add_host("hv1", release="ws2019", activated=True)
_LAB.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
_LAB.start("web01")
_WORDS = (
    *("SELECT", "*", "FROM", "Win32_BIOS", "SoftwareLicensingProduct", "WHERE", "ID", "Name", "=", "<>"),
    *("null", "NOT", "LIKE", "'%a_[b-c]'", "AND", "OR", "(", ")", "ASSOCIATORS OF", "{", "}", "1", "\\", "'"),
)


@given(st.text() | st.lists(st.sampled_from(_WORDS)).map(" ".join))
def test_no_text_breaks_it(text):
    here = _LAB.wmi("web01")
    for ask in (here.query, here.get, here.instances, lambda text: here.Win32_BIOS([text])):
        with contextlib.suppress(x_wmi, com_error):
            ask(text)


@given(st.text())
def test_no_moniker_breaks_it(text):
    gate = _LAB.gate("web01")
    with contextlib.suppress(x_wmi):
        wmi_module(lambda: gate).WMI(moniker=text)
