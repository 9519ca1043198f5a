"""Files with which something is wrong: every message, word by word, as told.txt has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from avma_sim.facts.answer_files import answer_facts
from avma_sim.facts.load import load_facts
from avma_sim.windows.answer_file.judge import check_answer_file

HERE = Path(__file__).parent
RIGHT = (HERE / "right.xml").read_text("utf-8")
OWN = "TNK62-RXVTB-4P47B-2D623-4GF74"
KEY = f"<ProductKey>{OWN}</ProductKey>"
IMAGE = "<Key>N69G4-B89J2-4G8F4-WWYCC-J464C</Key>"
SHOW = "<WillShowUI>OnError</WillShowUI>"
SHELL = 'name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64"'
SPEC = '<settings pass="specialize">'
NS = ' xmlns="urn:schemas-microsoft-com:unattend"'
TOKEN = 'publicKeyToken="31bf3856ad364e35"'
REST = f'{TOKEN} language="neutral" versionScope="nonSxS"'
AGAIN = f"<component {SHELL} {REST}/>"
X86 = f"<component {SHELL.replace('amd64', 'x86')} {REST}>{KEY}</component>"
EDITS: list[Any] = [  # name of the case, and each text with what replaces it
    ("not closed", ("</unattend>\n", "")),
    ("wrong end tag", ("</ProductKey>\n    </comp", "</Productkey>\n    </comp")),
    ("ampersand", ("*<", "a&b<")),
    ("bare ampersand", ("*<", "a & b<")),
    ("attribute without quotes", ('pass="specialize"', "pass=specialize")),
    ("attribute twice", ('pass="specialize"', 'pass="specialize" pass="specialize"')),
    ("prefix", ("<ComputerName>", "<ComputerName wcm:action='add'>")),
    ("blank line first", ("<?xml", "\n<?xml")),
    ("behind the root", ("</unattend>\n", "</unattend>\n<more/>\n")),
    ("document type", ("<unattend ", "<!DOCTYPE unattend>\n<unattend ")),
    ("entity", ("<unattend ", '<!-- x -->\n  <!DOCTYPE unattend [<!ENTITY k "x">]>\n<unattend ')),
    (
        "external document type",
        ("<unattend ", '<!DOCTYPE unattend SYSTEM "http://example.test/x.dtd">\n<unattend '),
    ),
    ("root", ("unattend ", "Unattend "), ("</unattend>", "</Unattend>")),
    ("another root", ("unattend ", "configuration "), ("</unattend>", "</configuration>")),
    ("no namespace", (NS, "")),
    ("wrong namespace", (NS, ' xmlns="urn:schemas-microsoft-com:asm.v3"')),
    ("settings in another namespace", (SPEC, '<settings pass="specialize" xmlns="urn:x">')),
    ("setting", (SPEC, '<setting pass="specialize">'), ("</settings>\n</un", "</setting>\n</un")),
    ("component under the root", (SPEC, ""), ("</settings>\n</un", "</un")),
    (
        "Component",
        ('<component name="Microsoft-Windows-Sh', '<Component name="Microsoft-Windows-Sh'),
        ("</component>\n  </settings>\n</un", "</Component>\n  </settings>\n</un"),
    ),
    ("pass in small letters", ('"windowsPE"', '"windowspe"')),
    ("pass unknown", ('"specialize"', '"specialise"')),
    ("pass far away", ('"specialize"', '"7"')),
    ("no pass", (' pass="specialize"', "")),
    ("Pass", (' pass="specialize"', ' Pass="specialize"')),
    ("pass twice", ('"windowsPE"', '"specialize"')),
    ("oobeSystem", ('"specialize"', '"oobeSystem"')),
    ("generalize", ('"specialize"', '"generalize"')),
    (
        "shell setup in windowsPE",
        ('pass="windowsPE"', 'pass="oobeSystem"'),
        ('pass="specialize"', 'pass="windowsPE"'),
    ),
    ("component misspelt", ('"Microsoft-Windows-Shell-Setup"', '"Microsoft-Windows-ShellSetup"')),
    ("component in small letters", ('"Microsoft-Windows-Shell-Setup"', '"microsoft-windows-shell-setup"')),
    ("component of another kind", ('"Microsoft-Windows-Shell-Setup"', '"Microsoft-Windows-Deployment"')),
    ("image component misspelt", ('"Microsoft-Windows-Setup"', '"Microsoft-Window-Setup"')),
    ("no name", ('name="Microsoft-Windows-Shell-Setup" ', "")),
    ("x64", (SHELL, SHELL.replace("amd64", "x64"))),
    ("AMD64", (SHELL, SHELL.replace("amd64", "AMD64"))),
    ("ia64", (SHELL, SHELL.replace("amd64", "ia64"))),
    ("x86", (SHELL, SHELL.replace("amd64", "x86"))),
    ("token", (SHELL + " " + TOKEN, SHELL + ' publicKeyToken="31bf3856ad364e3"')),
    ("no token", (SHELL + " " + TOKEN, SHELL)),
    ("token misspelt", (SHELL + " " + TOKEN, SHELL + " " + TOKEN.replace("Token", "token"))),
    (
        "language and scope",
        (
            SHELL + " " + TOKEN + ' language="neutral" versionScope="nonSxS"',
            SHELL + " " + TOKEN + ' language="en-US"',
        ),
    ),
    (
        "component twice",
        ("    </component>\n  </settings>\n</un", f"    </component>\n    {AGAIN}\n  </settings>\n</un"),
    ),
    ("key twice", (KEY, KEY + KEY)),
    ("key empty", (KEY, "<ProductKey></ProductKey>")),
    ("key self-closed", (KEY, "<ProductKey/>")),
    ("key of blanks", (KEY, "<ProductKey>\n  </ProductKey>")),
    ("key only a comment", (KEY, "<ProductKey><!-- later --></ProductKey>")),
    ("productkey", (KEY, KEY.replace("ProductKey", "Productkey"))),
    ("ProducKey", (KEY, KEY.replace("ProductKey", "ProducKey"))),
    ("key in another namespace", (KEY, KEY.replace("<ProductKey>", '<ProductKey xmlns="urn:x">'))),
    ("key in Key", (KEY, f"<ProductKey><Key>{OWN}</Key></ProductKey>")),
    ("key in UserData of shell setup", (KEY, f"<UserData>{KEY}</UserData>")),
    ("no key", (KEY, "")),
    ("no key at all", (KEY, ""), (IMAGE, "")),
    ("short", (KEY, "<ProductKey>TNK62-RXVTB-4P47B-2D623-4GF7</ProductKey>")),
    ("long", (KEY, "<ProductKey>TNK62-RXVTB-4P47B-2D623-4GF744</ProductKey>")),
    ("as the document prints it", (KEY, "<ProductKey>TNK62-RXVTB-4P47B - 2D 623-4GF74</ProductKey>")),
    ("no hyphens", (KEY, KEY.replace("-", ""))),
    ("en dashes", (KEY, KEY.replace("-", "\u2013"))),
    ("a vowel", (KEY, KEY.replace("TNK62", "TNA62"))),
    ("two N", (KEY, KEY.replace("RXVTB", "RXVTN"))),
    ("hyphen too early", (KEY, KEY.replace("TNK62-R", "TNK6-2R"))),
    ("blanks around", (KEY, f"<ProductKey>\n        {OWN}\n      </ProductKey>")),
    ("blanks around a bad one", (KEY, "<ProductKey> TNK62 </ProductKey>")),
    ("placeholder", (KEY, "<ProductKey>{{ avma_key }}</ProductKey>")),
    ("another edition", (OWN, "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW")),
    ("another release", (OWN, "c3rcx-m6nrp-6cxc9-tw2f2-4rhyd")),
    ("kms key", (OWN, "N69G4-B89J2-4G8F4-WWYCC-J464C")),
    ("kms key of another", (OWN, "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY")),
    ("one symbol", (OWN, OWN.replace("4GF74", "4GF76"))),
    ("unknown", (OWN, "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN")),
    ("key in small letters", (OWN, OWN.lower())),
    ("cdata", (OWN, f"<![CDATA[{OWN}]]>")),
    ("a comment in the key", (OWN, "TNK62-RXVTB-<!-- x -->4P47B-2D623-4GF74")),
    ("references in the key", (OWN, "TNK62&#45;RXVTB&#x2d;4P47B-2D623-4GF74")),
    (
        "both architectures",
        ("    </component>\n  </settings>\n</un", f"    </component>\n    {X86}\n  </settings>\n</un"),
    ),
    (
        "elements of others",
        ("</unattend>", '<x:Extensions xmlns:x="urn:x"><settings/></x:Extensions><servicing/></unattend>'),
    ),
    ("show ui always", (SHOW, SHOW.replace("OnError", "Always"))),
    (
        "name in small letters",
        (
            '<component name="Microsoft-Windows-Shell-Setup"',
            '<component Name="Microsoft-Windows-Shell-Setup"',
        ),
    ),
    ("hostile", ("*<", "*</ComputerName><x&#27;[2J>")),
    ("hostile name", ('"Microsoft-Windows-Shell-Setup"', '"&#155;31m' + "x" * 100 + '"')),
    ("image blanks", (IMAGE, IMAGE.replace(">N", "> N"))),
    (
        "image the same as the other",
        (IMAGE, "<Key>BBBBB-BBBBB-BBBBB-BBBBB-BBBBN</Key>"),
        (OWN, "bbbbb-bbbbb-bbbbb-bbbbb-bbbbn"),
    ),
    ("image empty", (IMAGE, "<Key/>")),
    ("image malformed", (IMAGE, "<Key>N69G4</Key>")),
    ("image avma", (IMAGE, f"<Key>{OWN}</Key>")),
    ("image of another", (IMAGE, "<Key>WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY</Key>")),
    ("image unknown", (IMAGE, "<Key>BBBBB-BBBBB-BBBBB-BBBBB-BBBBN</Key>")),
    ("image twice", (IMAGE, IMAGE + IMAGE)),
    ("image key misspelt", (IMAGE, IMAGE.replace("Key", "key"))),
    ("image without Key", (IMAGE, "N69G4-B89J2-4G8F4-WWYCC-J464C")),
    ("image key in Key", (IMAGE, f"<Key><Key>{OWN}</Key></Key>")),
    ("image key and a stranger", (IMAGE, IMAGE + "<Value/>")),
    ("key right beside one misspelt", (KEY, KEY.replace("ProductKey", "ProductKeys") + KEY)),
    ("key three times", (KEY, KEY + "\n" + KEY + "\n" + KEY)),
    ("in the order of the file", ("</unattend>", "<x/></unattend>"), (OWN, "TNK62"), (IMAGE, "<Key/>")),
    ("show ui in another pass", (SHOW, SHOW.replace("OnError", "Never")), ('"windowsPE"', '"auditUser"')),
    ("show ui", (SHOW, SHOW.replace("OnError", "onerror"))),
    ("show ui empty", (SHOW, "<WillShowUI/>")),
    ("show ui misspelt", (SHOW, SHOW.replace("WillShowUI", "WillShowUi"))),
    ("user data misspelt", ("<UserData>", "<Userdata>"), ("</UserData>", "</Userdata>")),
    (
        "user data twice",
        ("      </UserData>\n", "      </UserData>\n      <UserData><ProductKey/></UserData>\n"),
    ),
    (
        "image product key twice",
        ("        </ProductKey>\n", "        </ProductKey>\n        <ProductKey/>\n"),
    ),
    (
        "image product key without UserData",
        ("<UserData>", "<ImageInstall>"),
        ("</UserData>", "</ImageInstall>"),
    ),
    ("image in offlineServicing", ('"windowsPE"', '"offlineServicing"')),
]

# Findings by the name of the file: lines under a heading, and last what Setup makes of it.
TOLD = {
    name: lines.splitlines()
    for name, lines in re.findall(
        r"^## (.*)\n((?:[^#].*\n)+)", (HERE / "told.txt").read_text("utf-8"), re.MULTILINE
    )
}
CASES_MIN = 80
# Found in bytes, and by limits: told of beside those.
ELSEWHERE = {"wrong-encoding", "too-large"}


def edited(edits):
    """Return the right file with texts replaced, each of which is there."""
    text = RIGHT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def told(reading):
    """Return the lines of a reading: its findings, and what Setup makes of the file."""
    answer = reading.answer
    keys = f"{answer.specialize_key!r} {answer.image_key!r} {answer.will_show_ui}"
    end = "refused" if reading.refused else keys
    return [*map(str, reading.findings), end]


@pytest.mark.parametrize(
    ("name", "edits"), [(name, edits) for name, *edits in EDITS], ids=[name for name, *_ in EDITS]
)
def test_findings(name, edits):
    reading = check_answer_file(edited(edits), "a.xml", load_facts(), "ws2019", "standard")
    assert told(reading) == TOLD[name]


def test_each_case_is_told_of():
    assert len(EDITS) >= CASES_MIN
    assert [name for name, *_ in EDITS] == list(TOLD)


def test_each_rule_is_told_of():
    found = set(
        re.findall(r": (?:error|warning|note)\[([a-z-]+)\]: ", (HERE / "told.txt").read_text("utf-8"))
    )
    assert found | ELSEWHERE == set(answer_facts().rules)


def test_the_right_file():
    reading = check_answer_file(RIGHT, "a.xml", load_facts(), "ws2019", "standard")
    assert told(reading) == [f"{OWN!r} 'N69G4-B89J2-4G8F4-WWYCC-J464C' OnError"]
    assert reading.answer.will_show_ui == "OnError"
    places = {name: (place.line, place.col) for name, place in reading.answer.places.items()}
    assert places == {"specialize_key": (17, 7), "image_key": (7, 11), "will_show_ui": (8, 11)}
