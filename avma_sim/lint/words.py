"""Owns the words by which people name releases, editions, kinds of keys and hypervisors.

Must not know where in a file the words stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

__all__ = ["CLIENT", "HYPER_V", "KINDS", "WIDE", "Word", "machine_words", "read_words"]

KINDS: Final = ("release", "edition", "channel", "platform")
CLIENT: Final = "client"
WIDE: Final = "nt10"
HYPER_V: Final = "hyper-v"


@attrs.frozen
class Word:
    """One name that a text holds.

    Args:
        kind: one of ``KINDS``.
        values: ids that the name can mean.
        text: the name as it is written.
    """

    kind: str
    values: frozenset[str]
    text: str


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


# What only looks like a name: long hexadecimal numbers, and our own name.
_NOISE: Final = _compiled(r"[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{4,40}|avma[-_]sim")

_RELEASE: Final = _compiled(
    r"(?P<client>(?<![a-z])win(?:dows)?[ _-]?(?:1[01]|8\.1|8|7)(?![\d.]*\d))"
    r"|(?<![\d.])(?P<year>20(?:08|12|16|19|22|25)|2k(?:8|08|12|16|19|22|25))(?!\d)"
    r"(?P<r2>[ _.-]?r2(?![a-z0-9]))?"
    r"|(?:server[ ,_-]{0,3}(?:versions?[ _-]?|v)?|(?<![a-z])ws)"
    r"(?P<version>1709|1803|1809|1903|1909|2004|20h2)(?!\d)"
    r"|10\.0\.(?P<build>\d{5})(?!\d)"
    r"|(?P<r2nt>(?<![\d.])6\.3(?:\.9600|(?![\d.]*\d)))"
    r"|(?P<wide>(?<![\d.])10\.0(?![\d.]*\d))"
)
_BUILDS: Final = {
    "14393": "ws2016",
    "16299": "ws1709",
    "17134": "ws1803",
    "17763": "ws2019",
    "18362": "ws1903",
    "18363": "ws1909",
    "19041": "ws2004",
    "19042": "ws20h2",
    "20348": "ws2022",
    "26100": "ws2025",
}
_R2: Final = frozenset({"2008", "2012"})

# A year that is a day, a range, a copyright, or the year of another product.
_DAY_AFTER: Final = _compiled(r"[-/.]\d")
_NO_RELEASE_BEFORE: Final = _compiled(
    r"(?:\d[-/.]|\(c\) ?|\bcopyright\b.{0,30}"
    r"|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}[ .,]{1,3}(?:\d{1,2},? )?"
    r"|\b(?:sql|visual studio|vs|office|exchange|sharepoint|system center|scvmm|vmm|scom|project|visio)"
    r"(?:[ _-]?server)?[ _-]?)$"
)
# What the host runs says nothing about the guest's key.
_HOST: Final = _compiled(r"(?<![a-z])hosts?(?![a-z])")
_HOST_NEAR: Final = 24
_VERSION_HINT: Final = _compiled(
    r"versi|\bver\b|caption|windows|-like|-match|-eq|==|\bswitch\b|\bcase\b|^\W*10\.0|^\W*6\.3"
)

_EDITION: Final = _compiled(
    r"(?P<azure>(?:datacent(?:er|re)[ :,_-]*)?azure[ _-]?ed(?:itio)?n"
    r"|datacenter[ :_-]{0,3}azure|serverturbine)"
    r"|(?P<datacenter>datacent(?:er|re)|(?<=\d)[ _-]?dc(?![a-z0-9])|(?<=\dr2)[ _-]?dc(?![a-z0-9])"
    r"|\bdc[ _-]edition)"
    r"|(?P<essentials>essentials|serversolution)"
    r"|(?P<standard>server[ _-]?standard|standard[ _-]?edition|(?:20\d\d|r2)[ _-]?(?:standard|std(?![a-z])))"
    r"|(?P<bare>(?<![a-z])(?:standard|std)(?![a-z]|_[a-z]\d"
    r"|[ -](?:output|error|input|user|port|switch|out|err|deviation|time)))"
)
_EDITION_IDS: Final = {"azure": "datacenter-azure", "bare": "standard"}
# An inventory's place, not an edition.
_PLACE: Final = _compiled(r"vsphere_$|vcenter.{0,12}$|data $")

_CHANNEL: Final = re.compile(
    r"(?P<avma>(?i:avma|automatic[ -]virtual[ -]machine[ -]activation|automatic vm activation))"
    r"|(?P<kms>(?<![A-Za-z])(?i:s?kms)(?!:[A-Za-z]|_key_(?:id|arn)|_arn)|(?<=[a-z])K[Mm][Ss]"
    r"|(?i:gvlks?|generic[ -]volume|key management service))"
)
_CLOUD_KMS: Final = _compiled(r"(?:aws|google|gcp|cloud|azure)[ _-]?$")

_MACHINES: Final = (
    r"(?P<vmware>vmware[ -]iso|vmware-vmx|vsphere-(?:iso|clone)|vsphere_virtual_machine"
    r"|vmware_guest|vmware_desktop)"
    r"|(?P<virtualbox>virtualbox-(?:iso|ovf|vm))"
    r"|(?P<kvm>proxmox-(?:iso|clone)|proxmox_(?:vm_qemu|kvm|virtual_environment_vm)|libvirt_domain)"
    r"|(?P<xen>xenserver-iso|xenserver_vm|xenorchestra_vm)"
    r"|(?P<aws>amazon-(?:ebs|instance|chroot)\w*|aws_instance|ec2_instance)"
    r"|(?P<azure>azurerm_(?:windows_)?virtual_machine|azure-arm|azure_rm_virtualmachine"
    r"|microsoft\.compute/virtualmachines)"
    r"|(?P<google>googlecompute|google_compute_instance)"
)
_FILE_WIDE: Final = _compiled(
    _MACHINES + r"|(?<![a-z])(?:source|provider)[ \t]{1,4}\""
    r"(?P<source>(?:vmware|vsphere|virtualbox|qemu|proxmox|libvirt|xenserver)[a-z-]*)"
    r"|\"?\btype\"?[ \t]{0,4}[:=][ \t]{0,4}\"?(?P<type>qemu)\b"
    r"|\.provider[ \t(]{1,4}[\"':](?P<vagrant>virtualbox|vmware\w*|libvirt|parallels)"
    r"|(?P<hyper_v>hyper-?v(?!isor))"
)
_PLATFORM: Final = _compiled(
    _MACHINES + r"|(?P<hyper_v>hyper-?v(?!isor)|azure stack hci|azure local)"
    r"|(?P<vmware2>vmware|vsphere|(?<![a-z])esxi?(?![a-z])|vcenter)"
    r"|(?P<virtualbox2>virtualbox|(?<![a-z])vbox)"
    r"|(?P<kvm2>proxmox|(?<![a-z])kvm(?![a-z])|qemu|libvirt)"
    r"|(?P<xen2>(?<![a-z])xen(?:server)?(?![a-z])|xcp-?ng)"
    r"|(?P<ahv2>nutanix|(?<![a-z])ahv(?![a-z]))"
    r"|(?P<parallels2>parallels desktop)"
    r"|(?P<aws2>(?<![a-z])aws(?![a-z]|_[a-z]|[ -]?kms)|(?<![a-z])ec2(?![a-z]))"
    r"|(?P<azure2>azure[ -]?(?:vm|virtual machine)s?(?![a-z]))"
)
# A condition turned round, or a sentence that says where AVMA does not work.
_TURNED: Final = _compiled(r"(?:!=|<>|-ne|-notlike|-notmatch|-notin|\bnot in|\bnot|\bno)[ \t\"'(*]{0,4}$")
_DENIAL: Final = _compiled(r"\b(?:not|never|only|cannot|can't|won't|doesn't|nicht|nur|pas|seulement)\b")


def read_words(text: str, *, weak: bool) -> Iterator[Word]:
    """Find names in a text.

    Args:
        text: a line, a comment, a header or a part of a path.
        weak: whether a bare "standard" counts, which is an everyday word as well.

    Returns:
        The names, kind by kind.
    """
    text = _NOISE.sub(lambda found: " " * len(found[0]), text)
    yield from _releases(text)
    yield from _editions(text, weak=weak)
    for found in _CHANNEL.finditer(text):
        if not (found["kms"] and _CLOUD_KMS.search(text[: found.start()])):
            yield Word("channel", frozenset({found.lastgroup or ""}), found[0])
    if not _DENIAL.search(text):
        for found in _PLATFORM.finditer(text):
            if not _is_turned(text, found.start()):
                yield Word("platform", frozenset({_platform(found)}), found[0])


def machine_words(text: str) -> Iterator[tuple[Word, int]]:
    """Find what makes a whole file one for a hypervisor: builders, resources, providers.

    Args:
        text: the file's text.

    Returns:
        The names, with their offsets; a mention of Hyper-V of any kind is one.
    """
    for found in _FILE_WIDE.finditer(text):
        # Of a setting the value is what tells.
        group = found.lastgroup or ""
        yield Word("platform", frozenset({_platform(found)}), found[group]), found.start(group)


def _platform(found: re.Match[str]) -> str:
    group = found.lastgroup or ""
    if group == "hyper_v":
        return HYPER_V
    if group in ("source", "type", "vagrant"):
        return found[group].lower()
    return group.rstrip("2")


def _is_turned(text: str, at: int) -> bool:
    return _TURNED.search(text[max(at - 16, 0) : at]) is not None


def _releases(text: str) -> Iterator[Word]:
    for found in _RELEASE.finditer(text):
        values = _release_ids(found)
        if found["year"] and not _is_year_of_windows(text, found):
            continue
        if (found["wide"] or found["r2nt"]) and not _VERSION_HINT.search(text):
            continue
        around = text[max(found.start() - _HOST_NEAR, 0) : found.end() + _HOST_NEAR]
        if values and not _HOST.search(around) and not _is_turned(text, found.start()):
            yield Word("release", values, found[0])


def _release_ids(found: re.Match[str]) -> frozenset[str]:
    if found["client"]:
        return frozenset({CLIENT})
    if found["year"]:
        year = "20" + found["year"][2:].rjust(2, "0")
        if found["r2"]:
            return frozenset({f"ws{year}r2"})
        return frozenset({f"ws{year}", f"ws{year}r2"} if year in _R2 else {f"ws{year}"})
    if found["version"]:
        return frozenset({f"ws{found['version'].lower()}"})
    if found["build"]:
        return frozenset({_BUILDS[found["build"]]} if found["build"] in _BUILDS else ())
    return frozenset({WIDE}) if found["wide"] else frozenset({"ws2012r2"})


def _is_year_of_windows(text: str, found: re.Match[str]) -> bool:
    before = text[max(found.start() - 48, 0) : found.start()]
    return not (_DAY_AFTER.match(text, found.end()) or _NO_RELEASE_BEFORE.search(before))


def _editions(text: str, *, weak: bool) -> Iterator[Word]:
    for found in _EDITION.finditer(text):
        group = found.lastgroup or ""
        if group == "bare" and not weak:
            continue
        if group == "datacenter" and _PLACE.search(text[: found.start()]):
            continue
        if not _is_turned(text, found.start()):
            yield Word("edition", frozenset({_EDITION_IDS.get(group, group)}), found[0].strip())
