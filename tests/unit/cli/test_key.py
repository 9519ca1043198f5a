"""`avma-sim key`: from a release to its key, and from a text to what it is."""

from __future__ import annotations

import json

import pytest

STANDARD_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS_2019 = "N69G4-B89J2-4G8F4-WWYCC-J464C"
PRINTED = "documented: document C10; printed there with stray blanks"
KMS_SOURCE = "documented: vendor's page of KMS client keys"
FITS = "fits ws1809/standard, ws2019/standard, ws1903/standard, ws1909/standard"


@pytest.mark.parametrize(
    ("words", "code", "lines"),
    [
        (
            ["ws2019/standard"],
            0,
            [
                STANDARD_2019,
                f"AVMA key of Windows Server 2019 Standard (ws2019), {PRINTED}",
                "the same key serves ws1809, ws1903, ws1909",
                f"not an AVMA key, but its KMS client key: {KMS_2019}",
            ],
        ),
        (
            ["ws2022", "/", "essentials"],
            1,
            ["no AVMA key is published for Windows Server 2022 Essentials (ws2022)"],
        ),
        (
            ["ws2004/standard"],
            1,
            [
                "no AVMA key is published for Windows Server, version 2004 Standard (ws2004)",
                f"under the reading keys_2004_20h2=2019-pair it takes {STANDARD_2019}",
                "not an AVMA key, but its KMS client key: N2KJX-J94YW-TQVFB-DG9YT-724CC",
            ],
        ),
        (
            ["TNK62-RXVTB-4P47B", "-", "2D", "623-4GF74"],
            0,
            [
                STANDARD_2019,
                f"AVMA key, family 2019, Standard, {PRINTED}",
                FITS,
                "fits ws2004/standard under keys_2004_20h2=2019-pair",
                "fits ws20h2/standard under keys_2004_20h2=2019-pair",
                "read with blanks dropped; in a guest, write it as above",
            ],
        ),
        (
            [KMS_2019],
            1,
            [
                KMS_2019,
                f"not an AVMA key, but the KMS client key of Windows Server 2019 Standard, {KMS_SOURCE}",
                "for ws2019/standard",
                "AVMA keys: avma-sim key ws2019/standard",
            ],
        ),
        (
            ["TNK62-RXVTB-4P47B-2D623-4GF47"],
            1,
            [
                "TNK62-RXVTB-4P47B-2D623-4GF47",
                "not a key that is known: neither an AVMA key nor a KMS client key that is published",
                f"but {STANDARD_2019} is one: AVMA key, 2019/standard; one symbol or one transposition apart",
            ],
        ),
        (
            ["BBBBB-BBBBB-BBBBB-BBBBB-BBBBN"],
            1,
            [
                "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN",
                "not a key that is known: neither an AVMA key nor a KMS client key that is published",
            ],
        ),
        (
            ["TNK62-RXVTB-4P47B-2A623"],
            1,
            ["not a product key: character 20 is 'A', which no key has: 'TNK62-RXVTB-4P47B-2A623'"],
        ),
        (["TNK62"], 1, ["not a product key: 5 characters instead of 29, blanks aside: 'TNK62'"]),
        ([""], 1, ["not a product key: 0 characters instead of 29, blanks aside: ''"]),
        (["[red]"], 1, ["not a product key: character 1 is '[', which no key has: '[red]'"]),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) and len(str(value)) < 50 else "",
)
def test_told_in_lines(command, words, code, lines):
    assert command("key", *words) == (code, "".join(f"{line}\n" for line in lines), "")


@pytest.mark.parametrize(
    ("release", "code", "cells"),
    [
        ("ws2016", 0, ["essentials", "B4YNW-62DX9-W8V6M-82649-MHBKQ", "documented", "document", "C10"]),
        ("ws2022", 0, ["essentials", "none", "published"]),
        (
            "ws2004",
            1,
            ["standard", "none", "published", "but", STANDARD_2019, "under", "keys_2004_20h2=2019-pair"],
        ),
        ("ws2012", 1, ["standard", "none", "published"]),
    ],
)
def test_all_editions_of_a_release(command, release, code, cells):
    found, out, err = command("key", release)
    assert (found, err) == (code, "")
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert lines[0] == ["edition", "AVMA", "key", "status", "source"]
    assert cells in lines


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["ws2019/standard"], 0, "release"),
        (["ws2016"], 0, "release"),
        (["ws2008r2"], 1, "release"),
        ([STANDARD_2019], 0, "avma"),
        ([KMS_2019], 1, "kms-client"),
        (["BBBBB-BBBBB-BBBBB-BBBBB-BBBBN"], 1, "unknown"),
        (["x-y"], 1, "malformed"),
    ],
)
def test_as_a_document(command, words, code, kind):
    found, out, err = command("key", "--json", *words)
    assert (found, err) == (code, "")
    told = json.loads(out)
    assert (told["format"], told["kind"]) == (1, kind)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument"),
        (["ws2018"], "unknown release 'ws2018'; did you mean 'ws2019'?"),
        (["ws-2019"], "unknown release 'ws-2019'; did you mean 'ws2019'?"),
        (["WS2019"], "unknown release 'WS2019'; did you mean 'ws2019'?"),
        (["ws2018/standard"], "unknown release 'ws2018'; did you mean 'ws2019'?"),
        (["/standard"], "unknown release ''"),
        (["ws2019/standart"], "unknown edition of ws2019 'standart'; did you mean 'standard'?"),
        (["ws2019/"], "no edition behind the slash; write ws2019/standard, or ws2019 alone"),
        (["ws2019", "standard"], "write it with a slash: ws2019/standard"),
    ],
)
def test_usage(command, words, said):
    code, out, err = command("key", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_users_key(command, files):
    (files / "mine").mkdir()
    (files / "mine" / "a.toml").write_text(
        '[[key]]\nfamily = "2022"\nedition = "essentials"\ntext = "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN"\n'
        'status = "modelled"\nsource = "our own lab"\n',
        "utf-8",
    )
    code, out, _ = command("key", "ws2022/essentials", "--facts", "mine")
    assert code == 0
    assert out.splitlines() == [
        "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN",
        "AVMA key of Windows Server 2022 Essentials (ws2022), modelled: our own lab",
    ]
