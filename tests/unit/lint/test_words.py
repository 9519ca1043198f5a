"""Words that name a release, an edition, a kind of key or a hypervisor, and those that only look so."""

from __future__ import annotations

import pytest

from avma_sim.facts.load import load_facts
from avma_sim.lint.words import machine_words, read_words


def values(text, kind, *, weak=True):
    return {value for word in read_words(text, weak=weak) if word.kind == kind for value in word.values}


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("Windows Server 2019", "ws2019"),
        ("WS2019", "ws2019"),
        ("win2019-key", "ws2019"),
        ("$key2016dc", "ws2016"),
        ("Server_2022", "ws2022"),
        ("2k19", "ws2019"),
        ("w2k16", "ws2016"),
        ("2012 R2", "ws2012r2"),
        ("2012r2", "ws2012r2"),
        ("2012_R2", "ws2012r2"),
        ("2k12r2", "ws2012r2"),
        ("2008R2", "ws2008r2"),
        ("2k8 r2", "ws2008r2"),
        ("Server 2025", "ws2025"),
        ("Windows Server, version 1803", "ws1803"),
        ("Windows Server 1709", "ws1709"),
        ("server version 20H2", "ws20h2"),
        ("Windows Server, versions 1909", "ws1909"),
        ("10.0.14393", "ws2016"),
        ("10.0.26100", "ws2025"),
        ("version -like '6.3*'", "ws2012r2"),
        ("Windows 10", "client"),
        ("win11", "client"),
        ("Windows_8.1", "client"),
        ("'10.0*'", "nt10"),
        ("10.0 {", "nt10"),
        ("6.3 {", "ws2012r2"),
        ("$os.Version -eq '10.0'", "nt10"),
    ],
)
def test_a_release_is_named(text, release):
    assert values(text, "release") == {release}


def test_a_year_without_r2_can_be_either():
    assert values("Server 2012", "release") == {"ws2012", "ws2012r2"}
    assert values("2016 and 2019", "release") == {"ws2016", "ws2019"}


@pytest.mark.parametrize(
    "text",
    [
        "2019-05-01",
        "01.05.2019",
        "2016/3",
        "5 May 2019",
        "December 2016",
        "(c) 2016",
        "Copyright by somebody 2016",
        "2016-2019",
        "SQL Server 2019",
        "Visual Studio 2022",
        "Office 2016",
        "120190",
        "2016.5",
        "10.0.0.1",
        "python 10.0",
        "Hyper-V host 2019",
        "on 2019 hosts",
        "-ne '2016'",
        "!= 2016",
        '-notlike "2016"',
        "31bf3856ad364e35 2016ad364e352016ad36",
        "windows 10.0.1.2",
        "version 1809",
        "port 1709",
        "10.0.12345",
    ],
)
def test_no_release_is_named(text):
    assert values(text, "release") == set()


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("SERVERDATACENTER", "datacenter"),
        ("ServerDatacenterCore", "datacenter"),
        ("Datacentre", "datacenter"),
        ("WS2019DC", "datacenter"),
        ("2012 R2 DC", "datacenter"),
        ("2012R2_DC", "datacenter"),
        ("ServerStandard", "standard"),
        ("standard edition", "standard"),
        ("2019std", "standard"),
        ("2016-Standard", "standard"),
        ("Essentials", "essentials"),
        ("ServerSolution", "essentials"),
        ("Datacenter: Azure Edition", "datacenter-azure"),
        ("datacenter-azure", "datacenter-azure"),
        ("Azure Edition", "datacenter-azure"),
    ],
)
def test_an_edition_is_named(text, edition):
    assert values(text, "edition", weak=False) == {edition}


def test_a_bare_standard_counts_only_near_a_key():
    assert values("Standard", "edition") == {"standard"}
    assert values("Standard", "edition", weak=False) == set()


@pytest.mark.parametrize(
    "text",
    [
        "standard output",
        "W. Europe Standard Time",
        "Standard_D2s",
        "standardise",
        "FRA-DC-01",
        "dc1",
        "vsphere_datacenter",
        "vcenter datacenter",
        "our data center",
        "-ne 'ServerStandard'",
    ],
)
def test_no_edition_is_named(text):
    assert values(text, "edition") == set()


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("AVMA key", "avma"),
        ("$avmaKeys", "avma"),
        ("automatic virtual machine activation", "avma"),
        ("slmgr /skms", "kms"),
        ("KMS: x", "kms"),
        ("KmsHost", "kms"),
        ("useKms", "kms"),
        ("kms_key", "kms"),
        ("GVLK", "kms"),
        ("Generic Volume License Key", "kms"),
    ],
)
def test_a_kind_of_key_is_named(text, channel):
    assert values(text, "channel") == {channel}


@pytest.mark.parametrize(
    "text",
    ["aws_kms", "google kms", "kms_key_id", "kms_key_arn", "avma-sim", "avma_sim", "akms", "kms:Decrypt"],
)
def test_no_kind_of_key_is_named(text):
    assert values(text, "channel") == set()


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("vmware-iso", "vmware"),
        ("ESXi 8", "vmware"),
        ("on vSphere", "vmware"),
        ("vcenter", "vmware"),
        ("VirtualBox", "virtualbox"),
        ("vbox_key", "virtualbox"),
        ("Proxmox VE", "kvm"),
        ("kvm", "kvm"),
        ("qemu", "kvm"),
        ("libvirt", "kvm"),
        ("xen", "xen"),
        ("XCP-ng", "xen"),
        ("Nutanix AHV", "ahv"),
        ("AWS", "aws"),
        ("EC2", "aws"),
        ("amazon-ebs", "aws"),
        ("Azure VM", "azure"),
        ("azurerm_windows_virtual_machine", "azure"),
        ("google_compute_instance", "google"),
        ("Hyper-V", "hyper-v"),
        ("hyperv-iso", "hyper-v"),
        ("Azure Local", "hyper-v"),
    ],
)
def test_a_hypervisor_is_named(text, platform):
    assert values(text, "platform") == {platform}


@pytest.mark.parametrize(
    "text",
    [
        "hypervisor",
        "AVMA does not work on VMware",
        "never on qemu",
        "!= 'vmware'",
        '-ne "esxi"',
        "Azure Edition",
        "laws",
        "xenial",
        "ec2b",
        "aws_region",
    ],
)
def test_no_hypervisor_is_named(text):
    assert values(text, "platform") == set()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('source "vmware-iso" "x" {', "vmware-iso"),
        ('"type": "virtualbox-iso"', "virtualbox-iso"),
        ('provider "vsphere" {', "vsphere"),
        ('source "qemu" "x"', "qemu"),
        ("type: qemu", "qemu"),
        ('resource "proxmox_vm_qemu" "x"', "proxmox_vm_qemu"),
        ("community.vmware.vmware_guest:", "vmware_guest"),
        ('config.vm.provider "virtualbox"', "virtualbox"),
        ("config.vm.provider :libvirt", "libvirt"),
        ("aws_instance", "aws_instance"),
        ("only for Hyper-V", "Hyper-V"),
    ],
)
def test_a_file_is_one_for_a_hypervisor(text, told):
    words = list(machine_words(f"\n{text}"))
    assert [word.text for word, _ in words] == [told]
    assert [f"\n{text}"[at:].startswith(told) for _, at in words] == [True]


@pytest.mark.parametrize("text", ['provider "aws"', "the vmware team", "hypervisor: x", "qemu"])
def test_a_mention_makes_no_file_one_for_a_hypervisor(text):
    assert list(machine_words(text)) == []


def test_every_release_that_words_name_is_in_the_facts():
    facts = load_facts()
    texts = [
        "Server " + text for text in ("1709", "1803", "1809", "1903", "1909", "2004", "20H2", "2022", "2025")
    ]
    named = set().union(*(values(text, "release") for text in texts))
    assert len(named) == len(texts)
    assert named <= set(facts.releases)
    for release in facts.releases.values():
        if release.channel != "client" and release.build > 10000:
            (found,) = values(f"10.0.{release.build}", "release")
            assert facts.releases[found].family == release.family
