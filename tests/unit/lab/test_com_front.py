"""What stands in for `win32com.client` and its kin: objects of WMI's scripting library, and errors."""

from __future__ import annotations

import datetime as dt

import pytest

from avma_sim import InputError
from avma_sim.lab.fronts.com_errors import com_error, raised_error
from avma_sim.lab.fronts.com_front import com_modules
from avma_sim.lab.fronts.com_gate import Apartments
from avma_sim.lab.fronts.com_moniker import Moniker, read_moniker
from avma_sim.lab.fronts.com_values import from_variant, mof, to_variant

KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KEYED = "SELECT * FROM SoftwareLicensingProduct WHERE PartialProductKey <> null"
DISP_E_EXCEPTION = -2147352567


@pytest.fixture
def modules(running):
    gate = running.gate("web01")
    return com_modules(lambda: gate)


@pytest.fixture
def client(modules):
    return modules["win32com.client"]


@pytest.fixture
def services(client):
    return client.GetObject(r"winmgmts:{impersonationLevel=impersonate}!\\.\root\cimv2")


@pytest.fixture
def virtual(running):
    gate = running.gate("hv1")
    return com_modules(lambda: gate)["win32com.client"].GetObject(r"winmgmts:root\virtualization\v2")


def refused(call, *arguments):
    """Call, and return what COM's error says of the object that failed: its kind and the code."""
    with pytest.raises(com_error) as caught:
        call(*arguments)
    error = caught.value
    assert error.excepinfo is not None
    assert error.args[:2] == (DISP_E_EXCEPTION, "Exception occurred.")
    return error.excepinfo[1], error.excepinfo[5] & 0xFFFFFFFF


# Monikers


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("winmgmts:", Moniker("", "", "")),
        ("WinMgmts:", Moniker("", "", "")),
        (r"winmgmts:\\.\root\cimv2", Moniker(".", r"root\cimv2", "")),
        ("winmgmts://web01/root/cimv2", Moniker("web01", "root/cimv2", "")),
        ("winmgmts://web01/", Moniker("web01", "", "")),
        ("winmgmts://web01", Moniker("web01", "", "")),
        ("winmgmts:root/cimv2", Moniker("", "root/cimv2", "")),
        ("winmgmts:ROOT", Moniker("", "ROOT", "")),
        (r"winmgmts:{impersonationLevel=impersonate}!\\.\root\cimv2", Moniker(".", r"root\cimv2", "")),
        ("winmgmts:{impersonationLevel=impersonate,(Security, !Debug)}", Moniker("", "", "")),
        (r"winmgmts:{a=b}\\h\root\cimv2:Win32_BIOS", Moniker("h", r"root\cimv2", "Win32_BIOS")),
        ("winmgmts:Win32_BIOS=@", Moniker("", "", "Win32_BIOS=@")),
        ("winmgmts:Win32_X.Name='a:b/c'", Moniker("", "", "Win32_X.Name='a:b/c'")),
        (r"winmgmts:root\cimv2:X.A='b:c'", Moniker("", r"root\cimv2", "X.A='b:c'")),
        ("winmgmts://h/root:X", Moniker("h", "root", "X")),
        ("winmgmts://h:X", Moniker("h", "", "X")),
        ("winmgmts://h/X=@", None),
        ("winmgmts:root/cimv2:", None),
        ("winmgmts://", Moniker("", "", "//")),
        ("winmgmts", None),
        ("LDAP://x", None),
    ],
)
def test_monikers(text, read):
    assert read_moniker(text) == read


def test_what_monikers_lead_to(client):
    assert client.GetObject("winmgmts:").Get("Win32_BIOS").Path_.Class == "Win32_BIOS"
    assert client.GetObject("winmgmts:Win32_ComputerSystem.Name='WEB01'").Model == "Virtual Machine"
    host = client.GetObject("winmgmts://hv1/root/virtualization/v2")
    assert host.InstancesOf("Msvm_ComputerSystem").Count == 2
    here = client.GetObject(Class="WbemScripting.SWbemLocator").ConnectServer()
    assert here.InstancesOf("Win32_BIOS").Count == 1


@pytest.mark.parametrize(
    ("moniker", "hresult", "strerror"),
    [
        ("winmgmts:root/none", 0x8004100E, "OLE error 0x8004100e"),
        ("winmgmts://none", 0x800706BA, "The RPC server is unavailable."),
        ("winmgmts:Win32_ComputerSystem.Name='x'", 0x80041002, "OLE error 0x80041002"),
        ("winmgmts:root/cimv2:", 0x800401E4, "Invalid syntax"),
        ("winmgmts:'", 0x8004103A, "OLE error 0x8004103a"),
        ("LDAP://x", 0x800401E4, "Invalid syntax"),
    ],
)
def test_monikers_that_fail(client, moniker, hresult, strerror):
    with pytest.raises(com_error) as caught:
        client.GetObject(moniker)
    assert caught.value.args == (hresult - 2**32, strerror, None, None)
    assert caught.value.__notes__


def test_what_is_not_served_is_counted(running, client, services):
    for make in (client.Dispatch, client.DispatchEx, client.EnsureDispatch, client.gencache.EnsureDispatch):
        with pytest.raises(com_error) as caught:
            make("Microsoft.Update.Session")
        assert caught.value.args == (-2147221005, "Invalid class string", None, None)
    with pytest.raises(com_error):
        client.GetObject("LDAP://x")
    assert refused(lambda: services.ExecQueryAsync) == ("SWbemObjectEx", 0x8004100C)
    assert refused(services.ExecNotificationQuery, "x") == ("SWbemObjectEx", 0x8004100C)
    assert running.unserved == {
        "dispatch microsoft.update.session": 4,
        "getobject ldap": 1,
        "wmi calls that do not wait (execqueryasync)": 1,
        "wmi events (execnotificationquery)": 1,
    }


def test_a_thread_that_has_not_initialised_com(running):
    gate = running.gate("web01", apartments=Apartments())
    modules = com_modules(lambda: gate)
    client, pythoncom = modules["win32com.client"], modules["pythoncom"]
    client.Dispatch("WbemScripting.SWbemLocator")
    pythoncom.CoUninitialize()
    with pytest.raises(com_error) as caught:
        client.Dispatch("WbemScripting.SWbemLocator")
    assert caught.value.args == (-2147221008, "CoInitialize has not been called.", None, None)
    with pytest.raises(com_error) as caught:
        client.GetObject("winmgmts:")
    assert caught.value.args == (-2147221020, "Invalid syntax", None, None)
    pythoncom.CoInitializeEx(pythoncom.COINIT_MULTITHREADED)
    assert client.GetObject("winmgmts:")
    assert pythoncom.PumpWaitingMessages() == 0


def test_where_initialising_does_not_matter(modules):
    modules["pythoncom"].CoUninitialize()
    modules["pythoncom"].CoInitialize()
    assert modules["win32com.client"].GetObject("winmgmts:")


def test_modules(modules):
    assert modules["win32com"].client is modules["win32com.client"]
    assert modules["win32com.client"].constants.wbemFlagForwardOnly == 0x20
    types = modules["pywintypes"]
    assert types.com_error is modules["pythoncom"].com_error is com_error
    assert types.error(5, "OpenKey", "Access is denied.").winerror == 5
    assert types.Time(0) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert types.Time(types.Time(0)) == types.Time(0)
    assert repr(com_error(-1, "x")) == "com_error(-1, 'x', None, None)"


# Services


def test_queries(services):
    found = services.ExecQuery(KEYED)
    assert (found.Count, len(found), bool(found)) == (1, 1, True)
    assert found[0].LicenseStatus == found.ItemIndex(0).LicenseStatus == 1
    assert [one.LicenseStatus for one in found] == [one.licensestatus for one in found] == [1]
    path = found[0].Path_
    assert found.Item(path.RelPath).ID == found(path.Path.upper()).ID == found[0].ID
    assert refused(found.Item, "x") == ("SWbemObjectSet", 0x80041002)
    assert refused(found.ItemIndex, 1) == ("SWbemObjectSet", 0x80041002)
    assert refused(services.ExecQuery, KEYED, "SQL") == ("SWbemServicesEx", 0x80041008)
    assert bool(services.ExecQuery("SELECT * FROM Win32_BIOS WHERE Name = 'x'"))


def test_when_a_query_fails(services):
    late = services.ExecQuery("x")
    with pytest.raises(com_error) as caught:
        list(late)
    assert caught.value.args == (-2147217385, "OLE error 0x80041017", None, None)
    with pytest.raises(com_error):
        _ = late[0]
    assert refused(lambda: late.Count) == ("SWbemObjectSet", 0x80041017)
    assert refused(services.ExecQuery, "x", "WQL", 0) == ("SWbemServicesEx", 0x80041017)
    assert refused(services.InstancesOf, "Nothing", 0) == ("SWbemServicesEx", 0x80041010)


def test_objects_by_path(services):
    assert services.Get("Win32_ComputerSystem.Name='WEB01'").Model == "Virtual Machine"
    assert services.Get("Win32_ComputerSystem").Path_.IsClass
    assert services.Get("SoftwareLicensingService=@").Version.startswith("10.0.")
    assert refused(services.Get, "Win32_Nothing") == ("SWbemServicesEx", 0x80041010)
    assert refused(services.Get, "'") == ("SWbemServicesEx", 0x8004103A)
    assert refused(services.Delete, "Win32_ComputerSystem.Name='WEB01'")[0] == "SWbemObjectEx"


def test_classes(services):
    classes = services.SubclassesOf()
    assert "Win32_BIOS" in [one.Path_.Class for one in classes]
    assert classes("win32_bios").Path_.Path == r"\\WEB01\root\cimv2:Win32_BIOS"
    assert services.SubclassesOf("Win32_BIOS").Count == 0
    assert refused(services.SubclassesOf, "Nothing") == ("SWbemServicesEx", 0x80041010)
    assert services.Get("Win32_BIOS").Instances_().Count == 1


def test_methods(make_lab):
    lab = make_lab(key="none")
    lab.start("web01")
    gate = lab.gate("web01")
    services = com_modules(lambda: gate)["win32com.client"].GetObject("winmgmts:")
    (service,) = services.InstancesOf("SoftwareLicensingService")
    given = service.Methods_("installproductkey").InParameters
    given.ProductKey = KEY_2016
    assert given.Properties_("ProductKey").Value == KEY_2016
    assert service.ExecMethod_("InstallProductKey", given).ReturnValue == 0
    (product,) = services.ExecQuery(KEYED)
    assert services.ExecMethod(product.Path_.Path, "activate").Properties_("ReturnValue").Value == 0
    assert lab.guest("web01").licence.word == "licensed"
    assert service.InstallProductKey(KEY_2016) == 0  # as dynamic dispatch does it
    assert service.refreshlicensestatus() == 0
    assert refused(service.InstallProductKey, KEY_2016, "more") == ("SWbemObjectEx", 0x8004102F)
    assert refused(service.RefreshLicenseStatus, "more") == ("SWbemObjectEx", 0x8004102F)
    assert refused(service.ExecMethod_, "Nothing")[0] == "SWbemObjectEx"
    assert refused(service.Methods_, "Nothing") == ("SWbemMethodSet", 0x80041002)


def test_parameters(virtual):
    (service,) = virtual.InstancesOf("Msvm_VirtualSystemManagementService")
    method = service.Methods_("AddKvpItems")
    assert method.Name == "AddKvpItems"
    given, out = method.InParameters, method.OutParameters
    assert [(one.Name, one.CIMType, one.IsArray) for one in given.Properties_] == [
        ("DataItems", 8, True),
        ("TargetSystem", 102, False),
    ]
    assert given.Properties_("TargetSystem").Qualifiers_("CIMTYPE").Value == "ref:CIM_ComputerSystem"
    assert [one.Name for one in out.Properties_] == ["Job", "ReturnValue"]
    assert (given.Path_.Class, given.Path_.Path, given.Methods_.Count) == ("__PARAMETERS", "", 0)
    assert given.Path_.Keys.Count == 0
    with pytest.raises(AttributeError):
        given.Nothing = 1
    with pytest.raises(AttributeError):
        given.AddKvpItems  # noqa: B018 - parameters have no methods
    assert service.Methods_("RequestStateChange").Qualifiers_("implemented").Value is True


def test_what_belongs_together(virtual):
    (vm,) = virtual.ExecQuery("SELECT * FROM Msvm_ComputerSystem WHERE ElementName = 'web01'")
    assert [one.Path_.Class for one in vm.Associators_("Msvm_SystemDevice")] == ["Msvm_KvpExchangeComponent"]
    assert virtual.AssociatorsOf(vm.Path_.RelPath, "Msvm_SystemDevice").Count == 1
    (joint,) = virtual.ReferencesTo(vm.Path_.RelPath, strResultClass="Msvm_SystemDevice")
    assert [one.Name for one in joint.Qualifiers_] == ["Association"]
    assert joint.Properties_("GroupComponent").Qualifiers_("CIMTYPE").Value == "ref:Msvm_ComputerSystem"
    assert refused(lambda: vm.Associators_(bSchemaOnly=True).Count) == ("SWbemObjectSet", 0x8004100C)


# Objects


def test_properties(services):
    (system,) = services.InstancesOf("Win32_ComputerSystem")
    names = [one.Name for one in system.Properties_]
    assert names == sorted(names, key=str.lower)
    assert system.Properties_[0].Name == names[0]
    known = system.Properties_.Item("totalphysicalmemory")
    assert (known.Name, known.Value, known.CIMType) == ("TotalPhysicalMemory", "4294500352", 21)
    assert (known.IsArray, known.IsLocal) == (False, True)
    assert {one.Name: one.Value for one in system.Properties_("Name").Qualifiers_} == {
        "CIMTYPE": "string",
        "key": True,
    }
    assert refused(system.Properties_, "Nothing") == ("SWbemPropertySet", 0x80041002)
    assert refused(system.Properties_("Name").Qualifiers_, "x") == ("SWbemQualifierSet", 0x80041002)
    told = {one.Name: one.Value for one in system.SystemProperties_}
    assert told["__CLASS"] == "Win32_ComputerSystem"
    assert told["__RELPATH"] == 'Win32_ComputerSystem.Name="WEB01"'


def test_paths(services):
    (service,) = services.InstancesOf("SoftwareLicensingService")
    path = service.path_
    assert [(one.Name, one.Value) for one in path.Keys] == [("Version", service.Version)]
    assert (path.IsClass, path.IsSingleton) == (False, False)
    assert path.DisplayName.startswith("winmgmts:{")
    assert path.Security_.ImpersonationLevel == 3


def test_writing_and_copies(services):
    (system,) = services.InstancesOf("Win32_ComputerSystem")
    system.Model = "x"
    system.properties_("Manufacturer").value = "y"
    assert (system.Model, system.Manufacturer, system.Clone_().Model) == ("x", "y", "x")
    assert refused(system.Put_)[0] == "SWbemObjectEx"
    assert refused(system.Delete_)[0] == "SWbemObjectEx"
    with pytest.raises(AttributeError, match="can not be set"):
        system.Nothing = 1
    with pytest.raises(AttributeError, match="can not be set"):
        services.Nothing = 1
    with pytest.raises(AttributeError):
        system.Path_ = "x"
    assert services.Get("Win32_ComputerSystem.Name='WEB01'").Model == "Virtual Machine"


def test_security_is_there_to_be_set(client, services):
    for owner in (services, client.Dispatch("wbemscripting.swbemlocator"), services.Get("Win32_BIOS")):
        security = owner.security_
        security.impersonationlevel = 4
        security.AuthenticationLevel = 6
        assert (security.ImpersonationLevel, security.AuthenticationLevel) == (4, 6)
        security.Privileges.AddAsString("SeSecurityPrivilege", True)
        security.Privileges.Add(8)
        assert security.Privileges.Count == 0
    assert client.Dispatch(services) is services


def test_what_is_not_there(services):
    with pytest.raises(AttributeError, match=r"winmgmts:\.ExecQuerry"):
        _ = services.ExecQuerry
    with pytest.raises(AttributeError, match=r"<unknown>\.Nothing"):
        _ = services.Get("Win32_BIOS").Nothing
    assert not hasattr(services.Get("Win32_BIOS"), "__wrapped__")
    assert repr(services) == "<COMObject winmgmts:>"


def test_a_part_of_the_columns(services):
    (one,) = services.ExecQuery("SELECT Model FROM Win32_ComputerSystem")
    assert [each.Name for each in one.Properties_] == ["Model"]
    assert (one.Path_.Path, one.Path_.Class, one.Path_.IsClass) == ("", "Win32_ComputerSystem", False)


def test_the_library_of_types(services):
    library = services._oleobj_.GetTypeInfo().GetContainingTypeLib()[0].GetTypeComp()
    kind, found = library.Bind("wbemErrInvalidQuery")
    assert (kind, found.value) == (2, -2147217385)
    assert library.Bind("wbemNothing") == (0, None)


def test_a_long_name_is_cut_as_windows_cuts_it(running):
    name = "a-guest-with-a-long-name"
    running.add_guest(name, on="hv1", release="ws2016", edition="standard")
    running.start(name)
    (system,) = running.wmi(name).Win32_ComputerSystem()
    assert system.path().Server == system.Name == "A-GUEST-WITH-A-"
    assert (
        running.wmi(name).Win32_ComputerSystem.path().Path
        == r"\\A-GUEST-WITH-A-\root\cimv2:Win32_ComputerSystem"
    )


def test_a_machine_that_is_off(running, client, services):
    running.stop("web01")
    for ask in (
        lambda: client.GetObject("winmgmts:"),
        lambda: services.ExecQuery(KEYED),
        lambda: client.Dispatch("WbemScripting.SWbemLocator").ConnectServer(),
    ):
        with pytest.raises(InputError, match="web01 is off"):
            ask()


# Values


@pytest.mark.parametrize(
    ("value", "kind", "seen"),
    [
        (None, "uint32", None),
        (0xC004FD01, "uint32", -1073414911),
        (2**31 - 1, "uint32", 2**31 - 1),
        (2**31, "uint32", -(2**31)),
        ((1, 2**32 - 1), "uint32", (1, -1)),
        (2**63, "uint64", str(2**63)),
        (-5, "sint64", "-5"),
        (65535, "uint16", 65535),
        (True, "boolean", True),
        ("x", "string", "x"),
        ((), "string", ()),
    ],
)
def test_values_out(value, kind, seen):
    out = to_variant(value, kind)
    assert (out, type(out)) == (seen, type(seen))


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        (-1, "uint32", 2**32 - 1),
        (-(2**31) - 1, "uint32", -(2**31) - 1),
        (5, "uint32", 5),
        (True, "uint32", True),
        ("12", "uint64", 12),
        ("x", "uint64", "x"),
        ("²", "uint64", "²"),
        (["a", "b"], "string", ("a", "b")),
        (-1, "sint32", -1),
    ],
)
def test_values_in(value, kind, read):
    assert from_variant(value, kind) == read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        ('a"b\\c\r\n', '"a\\"b\\\\c\\r\\n"'),
        (("a", "b"), '{"a", "b"}'),
    ],
)
def test_values_as_mof(value, text):
    assert mof(value) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x80041017, "Invalid query "),
        (0x80041003, "Access denied "),
        (0x800706BA, "The RPC server is unavailable. "),
        (0xC004F069, None),
        (0x80041FFF, None),
    ],
)
def test_texts_of_codes(code, text):
    assert raised_error(code, "SWbemObjectEx").excepinfo == (0, "SWbemObjectEx", text, None, 0, code - 2**32)
