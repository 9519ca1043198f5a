"""Files with the mistakes that people make, and files with none: what lint says about each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avma_sim.lint.check import lint_paths
from avma_sim.lint.findings import RULES

CORPUS = Path(__file__).parent / "corpus"

# File: line, column, rule, and the evidence as it is told.
WRONG = {
    "2016-labelled-with-2012r2.ps1": [
        (4, 26, "wrong-release", "line 4 says '2016'"),
        (5, 26, "wrong-release", "line 5 says '2016'"),
    ],
    "avma-role.yml": [(2, 14, "kms-as-avma", "line 1 says 'AVMA'")],
    "azure-edition-kms.ps1": [(6, 44, "kms-as-avma", "line 2 says 'avma'")],
    "azure-vm.tf": [(6, 58, "other-hypervisor", "line 5 says 'azurerm_virtual_machine'")],
    "build-number.ps1": [(3, 21, "wrong-release", "line 3 says '10.0.20348'")],
    "comment-above.hcl": [(3, 16, "wrong-edition", "line 2 says 'essentials'")],
    "ec2-user-data.ps1": [(2, 48, "other-hypervisor", "line 1 says 'EC2'")],
    "esxi-when.yml": [(2, 25, "other-hypervisor", "line 3 says 'esxi'")],
    "every-nt10.ps1": [(4, 23, "version-too-wide", "line 4 says '10.0'")],
    "golden.json": [(11, 42, "other-hypervisor", "line 4 says 'virtualbox-iso'")],
    "golden.pkr.hcl": [(9, 27, "other-hypervisor", "line 1 says 'vmware-iso'")],
    "gvlk-variable.tf": [(3, 18, "avma-as-kms", "line 2 says 'GVLK'")],
    "if-branches.ps1": [(4, 13, "wrong-release", "line 3 says '2019'")],
    "image-key-only.xml": [(17, 16, "image-key-only", None)],
    "image-name.xml": [(23, 19, "wrong-edition", "line 10 says 'SERVERSTANDARD'")],
    "kms-table.md": [
        (7, 41, "avma-as-kms", "line 5 says 'KMS'"),
        (8, 39, "avma-as-kms", "line 5 says 'KMS'"),
    ],
    "latin1.cmd": [(2, 12, "wrong-release", "line 1 says '2019'")],
    "no-hyphens.ini": [(2, 5, "malformed-key", None)],
    "one-missing.txt": [(1, 10, "near-miss", None)],
    "one-symbol.ps1": [(1, 9, "near-miss", None)],
    "one-transposition.tfvars": [(1, 16, "near-miss", None)],
    "packer_2019/Autounattend.xml": [(6, 19, "wrong-release", "the file's path says '2019'")],
    "proxmox-vars.yml": [(2, 19, "other-hypervisor", "line 1 says 'Proxmox'")],
    "ps-case-kmskey.ps1": [(2, 52, "avma-as-kms", "line 2 says 'KMS'")],
    "qemu-builder.json": [(2, 32, "other-hypervisor", "line 1 says 'qemu'")],
    "secret-lower.json": [(1, 18, "unknown-key", None)],
    "secret.ps1": [(1, 12, "unknown-key", None)],
    "server-2012.reg.txt": [(2, 1, "wrong-release", "line 1 says '2008 R2'")],
    "skms-after.cmd": [(1, 12, "avma-as-kms", "line 2 says 'skms' and 'kms'")],
    "standard-is-datacenter.yml": [(4, 18, "wrong-edition", "line 3 says 'ServerStandard'")],
    "stray-blanks.md": [(5, 14, "malformed-key", None)],
    "two-tables.md": [(8, 14, "wrong-release", "line 3 says '2019'")],
    "typographic-dashes.txt": [(1, 21, "malformed-key", None)],
    "utf16-2022.ps1": [(1, 12, "wrong-release", "line 1 says '2022'")],
    "vagrant.rb": [(5, 52, "other-hypervisor", "line 2 says 'virtualbox'")],
    "vsphere.tf": [(7, 26, "other-hypervisor", "line 1 says 'vsphere_virtual_machine'")],
    "win11.cmd": [(3, 12, "client-release", "line 2 says 'win11'")],
    "windows10.yml": [(2, 16, "client-release", "line 1 says 'Windows 10'")],
    "ws2025-uses-2022.ini": [(3, 13, "wrong-release", "line 1 says '2025'")],
    "xenserver/autounattend.xml": [(6, 19, "other-hypervisor", "the file's path says 'xenserver'")],
    "zero-for-symbol.yml": [(1, 17, "near-miss", None)],
}
# File: how many keys lint saw there without saying anything.
CLEAN = {
    "2012-short.ps1": 2,
    "answer-both-passes.xml": 2,
    "answer-right.xml": 2,
    "avma-right.ps1": 6,
    "aws-kms.tf": 1,
    "bom.yml": 1,
    "both-kinds.ps1": 4,
    "csharp-cases.cs": 3,
    "dates.md": 1,
    "denial.md": 1,
    "else-branch.cmd": 2,
    "entities.xml": 1,
    "host-2019.yml": 1,
    "hyperv.pkr.hcl": 1,
    "ignored.ps1": 2,
    "kms-right.md": 3,
    "malformed.xml": 1,
    "no-context.sh": 1,
    "other-codes.txt": 0,
    "placeholders.md": 0,
    "several.md": 2,
    "turned.ps1": 1,
    "utf16-right.ps1": 1,
    "vm-table.psd1": 1,
    "vmware-kms.pkr.hcl": 1,
    "windows10-kms.yml": 1,
}


@pytest.fixture(autouse=True)
def in_corpus(monkeypatch):
    """Where this checkout lies says nothing about the files."""
    monkeypatch.chdir(CORPUS)


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_each_file_of_the_corpus_is_expected():
    assert names(CORPUS / "wrong") == sorted(WRONG)
    assert names(CORPUS / "clean") == sorted(CLEAN)
    assert len(WRONG) + len(CLEAN) >= 40
    assert len(CLEAN) >= 15


@pytest.mark.parametrize("name", WRONG)
def test_a_file_with_a_mistake(name):
    report = lint_paths([f"wrong/{name}"])
    found = [
        (row.line, row.col, row.rule.id, None if row.evidence is None else str(row.evidence))
        for row in report.findings
    ]
    assert found == WRONG[name]
    for row in report.findings:
        assert row.evidence is None or str(row.evidence) in row.message


@pytest.mark.parametrize("name", CLEAN)
def test_a_file_without_one(name):
    report = lint_paths([f"clean/{name}"])
    assert report.findings == ()
    assert len(report.keys) == CLEAN[name]


def test_each_rule_about_a_key_has_a_file():
    shown = {row[2] for rows in WRONG.values() for row in rows}
    assert shown == set(RULES) - {"file-skipped"}


def test_a_folder_is_the_sum_of_its_files():
    report = lint_paths(["."])
    assert report.files == len(WRONG) + len(CLEAN)
    assert len(report.findings) == sum(map(len, WRONG.values()))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("2016-labelled-with-2012r2.ps1", "the AVMA key there is TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"),
        ("azure-edition-kms.ps1", "the AVMA key is F7TB6-YKN8Y-FCC6R-KQ484-VMK3J"),
        ("avma-role.yml", "the AVMA key is W3GNR-8DDXR-2TFRP-H8P33-DV9BG"),
        ("kms-table.md", "the KMS client key is W3GGN-FT8W3-Y4M27-J84CP-Q3VJ9"),
        ("skms-after.cmd", "the KMS client key is CB7KF-BWN84-R7R2Y-793K2-8XDDG"),
        ("standard-is-datacenter.yml", "the AVMA key there is TNK62-RXVTB-4P47B-2D623-4GF74"),
        ("server-2012.reg.txt", "AVMA has no key for that release"),
        ("one-transposition.tfvars", "one slip away from H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"),
        ("zero-for-symbol.yml", "the KMS client key of Windows Server 2019 Datacenter"),
        ("every-nt10.ps1", "choose by the build number"),
        ("no-hyphens.ini", "is written without hyphens"),
        ("stray-blanks.md", "is written with stray blanks"),
        ("typographic-dashes.txt", "is written with other dashes"),
    ],
)
def test_a_finding_says_what_to_do(name, advice):
    assert advice in lint_paths([f"wrong/{name}"]).findings[0].message


def test_lint_needs_neither_the_lab_nor_the_command_line():
    code = "import sys, avma_sim.lint.check, avma_sim.lint.formats; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "avma_sim.lint.check" in loaded
    assert not loaded & {"avma_sim.lab", "avma_sim.sim", "avma_sim.scenario", "click", "rich", "yaml"}
