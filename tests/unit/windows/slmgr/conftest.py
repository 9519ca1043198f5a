"""Labs in every licence state, and slmgr run in them; output is checked to have Windows line ends only."""

from __future__ import annotations

import pytest

from avma_sim import Lab
from avma_sim.windows.program import Prompt
from avma_sim.windows.slmgr.cscript import cscript

START = "2025-01-07T03:04:05Z"
KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS_KEY = "N69G4-B89J2-4G8F4-WWYCC-J464C"


def two_hosts(**settings):
    """Make a lab with an activated host and one that is not."""
    lab = Lab(7, start=START, **settings)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_host("hv2", release="ws2019", activated=False)
    return lab


def guest_on(lab, host="hv1", key="avma", **fields):
    lab.add_guest("web01", on=host, release="ws2019", edition="standard", key=key, **fields)
    return lab


def grace():
    """A key is in, and the host has not answered yet."""
    lab = guest_on(two_hosts())
    lab.set_service("hv1", "hung")
    lab.start("web01")
    return lab


def licensed():
    lab = guest_on(two_hosts())
    lab.start("web01")
    lab.advance("36h17s")
    return lab


def permanent():
    lab = guest_on(two_hosts(readings={"timing": "permanent"}))
    lab.start("web01")
    return lab


def expired():
    """Grace is over, and a key came in that has no verdict yet."""
    lab = guest_on(two_hosts(), key="none")
    lab.start("web01")
    lab.advance("11d")
    lab.set_service("hv1", "hung")
    lab.install_key("web01")
    return lab


def host_not_activated():
    lab = guest_on(two_hosts(), "hv2")
    lab.start("web01")
    return lab


def other_key():
    lab = guest_on(two_hosts(), key=KMS_KEY)
    lab.start("web01")
    return lab


def unlicensed():
    lab = licensed()
    lab.uninstall_key("web01")
    return lab


def keyless():
    lab = guest_on(two_hosts(), key="none")
    lab.start("web01")
    return lab


def refused_renewal():
    """Licensed still, though the host lost its activation and the last attempt failed."""
    lab = licensed()
    lab.deactivate("hv1")
    lab.ato("web01")
    return lab


STATES = {
    "initial-grace": grace,
    "licensed": licensed,
    "licensed-without-end": permanent,
    "notification-c004f009": expired,
    "notification-c004fd02": host_not_activated,
    "notification-c004f034": other_key,
    "unlicensed": unlicensed,
    "grace-without-key": keyless,
    "licensed-refused-since": refused_renewal,
}


def run_slmgr(lab, *words, on="web01", elevated=True, script="slmgr.vbs"):
    """Run slmgr on a console without the banner."""
    result = cscript(Prompt(lab._world, on, elevated), ("//nologo", script, *words), "")
    assert "\n" not in result.stdout.replace("\r\n", "")
    assert "\r" not in result.stdout.replace("\r\n", "")
    return result


def shown(result):
    """Return what a run printed, line by line; the last line end opens no line."""
    lines = result.stdout.split("\r\n")
    assert lines.pop() == ""
    return lines


@pytest.fixture(params=STATES)
def state(request):
    """The name of each licence state in turn."""
    return request.param


@pytest.fixture
def make():
    """Make a lab whose guest web01 is in a licence state."""
    return lambda name: STATES[name]()


@pytest.fixture
def slmgr():
    return run_slmgr


@pytest.fixture
def lines():
    return shown


@pytest.fixture
def lab():
    return licensed()


@pytest.fixture
def empty_lab():
    return two_hosts()


# Options whose answer depends on the licence, as they are run for the golden files.
GOLDEN = (
    "/dli",
    "/dlv",
    "/xpr",
    "/dti",
    f"/ipk {KEY}",
    "/ato",
    "/upk",
    "/cpky",
    "/rearm",
    "/rearm-app 55c92734-d682-4d71-983e-d6ec3f16059f",
    "/atp 000000",
    "/ltc",
    "/fta 00",
)


def told(lab, lines, on="web01"):
    """Return what each line prints, each in a lab of its own, as a golden file keeps it."""
    text = ""
    for line in lines:
        result = run_slmgr(lab.fork(), *line.split(), on=on)
        text += f"> {line}  [{result.signed}]\n" + "".join(f"{each}\n" for each in shown(result))
    return text


def host_lab():
    """Hosts of every channel."""
    lab = Lab(7, start=START)
    lab.add_host("mak", release="ws2022", activated=True)
    lab.add_host("kms", release="ws2022", activated={"channel": "kms", "until": "2025-06-01T12:30:00Z"})
    lab.add_host("ad", release="ws2022", activated="ad")
    lab.add_host(
        "evaluation",
        release="ws2022",
        activated={"channel": "evaluation", "until": "2025-06-01T00:00:00Z"},
    )
    lab.add_host("not-activated", release="ws2012r2", activated=False)
    return lab


HOSTS = ("mak", "kms", "ad", "evaluation", "not-activated")
OUTSIDE = (
    "/ilc C:\\licence.xrm-ms",
    "/rilc",
    "/skms kms.example.test:1688",
    "/ckms",
    "/skms-domain example.test",
    "/ckms-domain",
    "/skhc",
    "/ckhc",
    "/lil",
    "/ril a 1",
    "/sprt 1688",
    "/sai 120",
    "/sri 10080",
    "/sdns",
    "/cdns",
    "/spri",
    "/cpri",
    "/act-type 2",
    "/ad-activation-online AAAAA",
    "/ad-activation-get-iid AAAAA",
    "/ad-activation-apply-cid AAAAA 1",
    "/ao-list",
    "/del-ao cn=x",
)


def golden_texts():
    """Yield name and text of each golden file, as the program writes them now."""
    for name, make_state in STATES.items():
        yield name, told(make_state(), GOLDEN)
    yield "outside", told(licensed(), OUTSIDE)
    for name in HOSTS:
        yield f"host-{name}", told(host_lab(), ("/dli", "/dlv", "/xpr"), on=name)


@pytest.fixture
def goldens():
    return dict(golden_texts())


@pytest.fixture
def outside_lines():
    return OUTSIDE
