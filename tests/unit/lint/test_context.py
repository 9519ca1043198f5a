"""What stands around a key: the nearest words win, and what speaks for another key counts for nothing."""

from __future__ import annotations

import textwrap

import pytest

from avma_sim.lint.check import lint_text
from avma_sim.lint.outline import TOP, Outline

D16, S16 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
D19, D22 = "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW", "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
K19 = "WMDGN-G9PQG-XVVXX-R3X43-63DFG"


def told(text, file="f.ps1"):
    report = lint_text(textwrap.dedent(text), file)
    return [(row.line, row.rule.id, str(row.evidence)) for row in report.findings]


def wrong(line, evidence):
    return [(line, "wrong-release", evidence)]


@pytest.mark.parametrize(
    ("file", "text", "line", "evidence"),
    [
        (
            "f.ps1",
            f"# 2016\nif ($x -like '2016') {{\n  # 2016\n  $k = '{D16}' # 2019\n}}",
            4,
            "line 4 says '2019'",
        ),
        ("f.ps1", f"if ($x -like '2016') {{\n  # 2019\n  $k = '{D16}'\n}}", 3, "line 2 says '2019'"),
        ("f.ps1", f"# 2016\nif ($x -like '2019')\n{{\n  $k = '{D16}'\n}}", 4, "line 2 says '2019'"),
        ("2016.ps1", f"if ($x -like '2019') {{\n  $k = '{D16}'\n}}", 2, "line 1 says '2019'"),
        ("2016.ps1", f"# 2019\nswitch ($x) {{\n  1 {{\n    $k = '{D16}'\n  }}\n}}", 4, "line 1 says '2019'"),
        ("2016/2019.ps1", D16, 1, "the file's path says '2019'"),
        ("2019/deep/f.ps1", D16, 1, "the file's path says '2019'"),
        ("2016/win2019/f.ps1", D16, 1, "the file's path says '2019'"),
        ("f.md", f"# 2016\n\n## 2019\n\ntext\n\n\n\n{D16}\n", 9, "line 3 says '2019'"),
        ("f.md", f"# 2019\n\n## Keys\n\n```\n# 2016\n\nx\n\n\n{D16}\n```", 11, "line 1 says '2019'"),
        ("f.txt", f"2019:\n\n{D16}\n", 3, "line 1 says '2019'"),
        ("f.cfg", f"[ws2016]\nkey=\n[ws2019]\n; own\nkey={D16}\n", 5, "line 3 says '2019'"),
        (
            "f.json",
            f'{{"vms": [\n  {{\n    "os": "2019",\n    "key": "{D16}"\n  }}\n]}}',
            4,
            "line 3 says '2019'",
        ),
        ("f.yml", f"os: ws2019\nkey: {D16}\n", 2, "line 1 says '2019'"),
        ("f.yml", f"- product_key: {D16}\n  os: ws2019\n", 1, "line 2 says '2019'"),
        ("f.tf", f'x = {{\n\t"ws2019" = {{\n\t\tkey = "{D16}"\n\t}}\n}}', 3, "line 2 says '2019'"),
        ("f.sh", f"case $v in\n  2019)\n    k={D16}\n    ;;\nesac", 3, "line 2 says '2019'"),
        ("f.json", f'{{"2016": "{D16}", "2019": "{D16}"}}', 1, "line 1 says '2019'"),
    ],
)
def test_the_nearest_words_win(file, text, line, evidence):
    assert told(text, file) == wrong(line, evidence)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("f.ps1", f"$a = '{D19}' # 2019\n$b = '{D16}'"),
        ("f.ps1", f"# 2019: {D19}\n$b = '{D16}'"),
        ("f.ps1", f"if ($x -eq '2019') {{ # {D19}\n  $k = '{D16}'\n}}"),
        ("f.ps1", f"# 2019\n\n$b = '{D16}'"),
        ("f.ps1", f"$name = '2019'\n$b = '{D16}'"),
        ("f.yml", f"a:\n  os: 2019\nb:\n  key: {D16}\n"),
        ("f.yml", f"- os: 2019\n- key: {D16}\n"),
        ("f.json", f'[\n  {{\n    "os": "2019"\n  }},\n  {{\n    "key": "{D16}"\n  }}\n]'),
        ("f.yml", f"a:\n  disk: 2019\n  key: {D16}\n"),
        ("f.md", f"# 2019\n\n{D19}\n\nx\n\ny\n\n{D16}\n"),
        ("2019.txt", f"{D19}\n\n\n\n{D16}"),
        ("f.md", f"2019\n\n\n\n\n{D16}\n"),
        ("f.ps1", f"if ($x -eq '2019') {{\n  $k = '{D19}'\n}} else {{\n  $k = '{D16}'\n}}"),
        ("f.json", f'{{"2016": "{D16}", "2019": "{D19}"}}'),
        ("f.txt", f"{D16}{' ' * 130}2019"),
        ("f.txt", f"2019{' ' * 210}{D16}"),
        ("f.ps1", f"$OS = '10.0.14393', '10.0' # version\n$k = '{D16}' # 10.0 or Windows Server 2016"),
    ],
)
def test_what_speaks_for_something_else_counts_for_nothing(file, text):
    assert told(text, file) == []


def test_a_table_is_read_by_row_and_column():
    text = f"""\
        | Edition | 2016 | 2019 |
        |---|---|---|
        | Datacenter | {D16} | {D16} |
        | Standard | {D16} | {D19} |
        """
    assert told(text, "f.md") == [
        (3, "wrong-release", "line 1 says '2019'"),
        (4, "wrong-edition", "line 4 says 'Standard'"),
        (4, "wrong-edition", "line 4 says 'Standard'"),
    ]


def test_a_table_whose_rows_are_short_or_first_is_read_too():
    assert told(f"| 2019 | {D16} |", "f.md") == wrong(1, "line 1 says '2019'")
    assert told(f"| a |\n| 2019 | {D16} |", "f.md") == wrong(2, "line 2 says '2019'")


def test_both_kinds_of_keys_on_a_line_are_not_judged():
    assert told(f"# AVMA, not KMS: {K19}\n") == []
    assert told(f"# KMS, not AVMA: {D16}\n") == []
    assert told(f"# KMS: {D16}\n") == [(1, "avma-as-kms", "line 1 says 'KMS'")]
    assert told(f"# AVMA: {K19}\n") == [(1, "kms-as-avma", "line 1 says 'AVMA'")]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (f"slmgr /ipk {D16}\nslmgr /skms kms\n", True),
        (f"slmgr /skms kms\nslmgr /ipk {D16}\n", True),
        (f"slmgr /ipk {D16}\nslmgr /ato\nslmgr /skms kms\n", True),
        (f"slmgr /ipk {D16}\n\nslmgr /skms kms\n", False),
        (f"slmgr /ipk {D16}\n# slmgr /skms kms\n", False),
        (f"slmgr /ipk {D16}\n}} else {{\nslmgr /skms kms\n", False),
        (f"slmgr /ipk {D16}\nslmgr /ipk {K19}\nslmgr /skms kms\n", False),
        (f"slmgr /ipk {D16}\n" + "x\n" * 3 + "slmgr /skms kms\n", False),
    ],
)
def test_a_command_beside_names_a_kms_host(text, is_found):
    assert [row[1] for row in told(text)] == (["avma-as-kms"] if is_found else [])


@pytest.mark.parametrize(
    ("file", "text", "rules"),
    [
        ("vmware/f.ps1", D16, ["other-hypervisor"]),
        ("vmware/f.ps1", f"# made by Hyper-V Manager\n\n{D16}", []),
        ("f.tf", f'resource "vsphere_virtual_machine" "x" {{\n}}\n\n\nkey = "{D16}"', ["other-hypervisor"]),
        ("f.tf", f'source "hyperv-iso" "x" {{\n}}\nsource "qemu" "x" {{\n}}\nkey = "{D16}"', []),
        (
            "f.tf",
            f'# hyper-v\nresource "vsphere_virtual_machine" "x" {{\n  key = "{D16}"\n}}',
            ["other-hypervisor"],
        ),
        ("f.tf", f'resource "vsphere_virtual_machine" "x" {{\n  key = "{D16}" # hyper-v\n}}', []),
        ("avma/f.ps1", K19, []),
        ("f/avma.ps1", K19, ["kms-as-avma"]),
    ],
)
def test_a_path_and_a_whole_file_say_least(file, text, rules):
    assert [row[1] for row in told(text, file)] == rules


def test_a_path_outside_the_working_directory_says_what_its_end_says(tmp_path, monkeypatch):
    folder = tmp_path / "ws2022" / "a"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert told(D16, str(tmp_path / "ws2019" / "f.ps1")) == wrong(1, "the file's path says '2019'")
    assert told(D16, str(folder / "f.ps1")) == []
    assert told(D16, "../../ws2019/f.ps1") == wrong(1, "the file's path says '2019'")
    assert told(D16, str(tmp_path / "ws2019" / "b" / "c" / "f.ps1")) == []


def test_a_wrong_release_is_not_told_as_a_wrong_edition_too():
    assert [row[1] for row in told(f"$ws2019_standard = '{D16}'")] == ["wrong-release"]


def test_a_2012_r2_key_for_nt_10_is_wrong_for_all_of_them():
    text = "switch ($version) {\n    '10.0*' { $key = 'Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW' }\n}"
    (row,) = lint_text(text, "f.ps1").findings
    assert row.rule.id == "wrong-release"
    assert row.message.endswith("Datacenter, but line 2 says '10.0'")


def test_a_2012_key_is_named_where_another_stands_for_2012():
    (row,) = lint_text(f"$ws2012 = '{D16}'", "f.ps1").findings
    assert row.message.endswith("the AVMA key there is Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW")
    (row,) = lint_text(f"$ws2012_or_2019 = '{D16}'", "f.ps1").findings
    assert row.message.endswith("but line 1 says '2012' and '2019'")


def test_an_ignore_holds_for_its_line_and_for_the_next():
    ignore = "avma-sim: ignore[near-miss, wrong-release]"
    assert told(f"$ws2019 = '{D16}' # {ignore}") == []
    assert told(f"# {ignore}\n$ws2019 = '{D16}'") == []
    assert told(f"# {ignore}\n\n$ws2019 = '{D16}'") == wrong(3, "line 3 says '2019'")
    assert told(f"$ws2019 = '{D16}' # {ignore}\n$ws2019 = '{D16}'") == wrong(2, "line 2 says '2019'")
    assert told(f"$ws2019 = '{D16}' # avma-sim: ignore[wrong-edition]") == wrong(1, "line 1 says '2019'")
    assert told(f"$ws2019 = '{D16}' # avma-sim: ignore") == wrong(1, "line 1 says '2019'")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(ending):
    text = ending.join(["x", "", f"y $ws2019 = '{D16}'"])
    (row,) = lint_text(text, "f.ps1").findings
    assert (row.line, row.col) == (3, 14)


def test_columns_count_code_points():
    (row,) = lint_text(f"\U0001f600\u00e9 2019 {D16}", "f.ps1").findings
    assert (row.col, row.end_col) == (9, 38)


def test_an_outline_names_what_a_line_stands_under():
    outline = Outline("a\n  b\n    c\n  }\n# x\n    d\n\n  e\nf\n", "x.ps1")
    assert [outline.parents[line] for line in range(9)] == [TOP, 0, 1, 0, 0, 0, 5, 0, TOP]
    assert list(outline.ancestors(2)) == [1, 0]


def test_an_outline_is_bounded_in_depth():
    outline = Outline("\n".join(" " * depth + "x:" for depth in range(40)), "x.yml")
    assert len(list(outline.ancestors(39))) == 12
