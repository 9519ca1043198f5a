"""Objects of WMI as XML text, which is how a program hands items of Data Exchange to a host."""

from __future__ import annotations

import defusedxml.ElementTree
import pytest

from avma_sim.lab.fronts.com_errors import com_error


@pytest.fixture
def host(running):
    return running.host("hv1").wmi("root/virtualization/v2")


def code_of(error):
    """Return the code of WMI in an error that an object tells, as an unsigned number."""
    return error.excepinfo[5] & 0xFFFFFFFF


def spawned(host, **values):
    item = host.Msvm_KvpExchangeDataItem.new()
    for name, value in values.items():
        setattr(item, name, value)
    return item


@pytest.mark.parametrize("form", [1, 2])
def test_a_program_pushes_what_it_has_spawned(running, host, form):
    """The way of most tools: a new item, its text, and AddKvpItems; parameters go by the alphabet."""
    (service,) = host.Msvm_VirtualSystemManagementService()
    (machine,) = host.Msvm_ComputerSystem(ElementName="web01")
    text = spawned(host, Name="Rack", Data="4 < 5 & more", Source=0).GetText_(form)
    assert service.AddKvpItems([text], machine.ole_object.Path_.Path) == (None, 0)
    assert dict(running.kvp_of("web01")["external"]) == {"Rack": "4 < 5 & more"}


def test_what_the_text_says(host):
    root = defusedxml.ElementTree.fromstring(spawned(host, Name="Rack", Source=4).GetText_(1))
    assert (root.tag, root.attrib) == ("INSTANCE", {"CLASSNAME": "Msvm_KvpExchangeDataItem"})
    seen = {each.get("NAME"): (each.get("TYPE"), each.findtext("VALUE")) for each in root}
    assert seen["Name"] == ("string", "Rack")
    assert seen["Source"] == ("uint16", "4")
    assert seen["Data"] == ("string", None)  # null has no VALUE


def test_only_columns_that_were_asked_for(running):
    here = running.guest("web01").wmi()
    (bios,) = here.query("SELECT Manufacturer, PrimaryBIOS FROM Win32_BIOS")
    root = defusedxml.ElementTree.fromstring(bios.GetText_(1))
    assert {each.get("NAME"): each.findtext("VALUE") for each in root} == {
        "Manufacturer": "Microsoft Corporation",
        "PrimaryBIOS": "TRUE",
    }


@pytest.mark.parametrize("form", [0, 3, None, "1", True])
def test_forms_that_there_are_not(host, form):
    with pytest.raises(com_error) as caught:
        spawned(host, Name="Rack").GetText_(form)
    assert code_of(caught.value) == 0x80041008


def test_what_has_no_text_in_the_lab_is_counted(running, host):
    (machine,) = host.Msvm_ComputerSystem(ElementName="web01")  # some of its properties are arrays
    (device,) = host.Msvm_SystemDevice()[:1]  # references
    for one in (machine, device, host.Msvm_KvpExchangeDataItem):
        with pytest.raises(com_error) as caught:
            one.ole_object.GetText_(1)
        assert code_of(caught.value) == 0x8004100C
    assert running.unserved == {"wmi gettext_": 3}


def test_null_is_empty_however_it_came_there(running, host):
    item = spawned(host, Name="Rack", Data=None)
    (product,) = (
        running.guest("web01").wmi().query("SELECT LicenseDependsOn FROM SoftwareLicensingProduct")[:1]
    )
    for one in (item, product):
        assert "None" not in one.GetText_(1)


def test_parameters_have_no_text(running):
    (service,) = running.guest("web01").wmi().SoftwareLicensingService()
    given = service.ole_object.Methods_("InstallProductKey").InParameters
    with pytest.raises(com_error):
        given.SpawnInstance_().GetText_(1)
    assert running.unserved == {"wmi gettext_": 1}
