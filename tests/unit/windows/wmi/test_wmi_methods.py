"""Tests methods of licensing: the same calls, codes and traces as slmgr's, and arguments that do not fit."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.facts.windows import windows_facts
from avma_sim.facts.wmi import wmi_facts
from avma_sim.windows.product import WINDOWS_ID
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.slmgr.run import run_slmgr
from avma_sim.windows.wmi.connection import Called, Connection, WmiError
from avma_sim.windows.wmi.methods import METHODS

STANDARD_2019, STANDARD_2016 = "TNK62-RXVTB-4P47B-2D623-4GF74", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
KMS_KEY = "N69G4-B89J2-4G8F4-WWYCC-J464C"
SERVICE = "SoftwareLicensingService=@"
WITH_KEY, WITHOUT_KEY = 0, 4
DENIED, NO_KEY, BAD_KEY, OTHER_RELEASE = 0xC004F025, 0xC004F014, 0xC004F050, 0xC004F069
MISMATCH, NO_METHOD, NO_ARGUMENTS = 0x80041005, 0x8004102E, 0x8004102F


def new_lab(key="avma", *, activated=True, **settings):
    lab = Lab(7, **settings)
    lab.add_host("hv1", release="ws2022", activated=activated)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key=key)
    lab.start("web01")
    return lab


def hung():
    lab = new_lab()
    lab.set_service("hv1", "hung")
    return lab


@functools.cache
def _rearmed():
    lab = new_lab()
    for _ in range(windows_facts().counts["rearms"]):
        lab.rearm("web01")
    return lab


STATES = {
    "licensed": new_lab,
    "refused": lambda: new_lab(activated=False),
    "keyless": lambda: new_lab("none"),
    "kms-key": lambda: new_lab(KMS_KEY),
    "hung": hung,
    "rearmed": lambda: _rearmed().fork(),
}
# The same in slmgr's words, and as a method: of the service, or of a product by its place among the rows.
PAIRS = {
    "its key": (("/ipk", STANDARD_2019), "InstallProductKey", {"ProductKey": STANDARD_2019}),
    "another release's key": (("/ipk", STANDARD_2016), "InstallProductKey", {"ProductKey": STANDARD_2016}),
    "no key at all": (("/ipk", "x"), "InstallProductKey", {"productkey": "x"}),
    "a key that no text is": (("/ipk", "\ud800"), "InstallProductKey", {"ProductKey": "\ud800"}),
    "a key of another kind": (
        ("/ipk", KMS_KEY.lower()),
        "InstallProductKey",
        {"ProductKey": KMS_KEY.lower()},
    ),
    "cpky": (("/cpky",), "ClearProductKeyFromRegistry", {}),
    "rearm": (("/rearm",), "rearmwindows", {}),
    "rearm-app": (("/rearm-app", WINDOWS_ID), "ReArmApp", {"ApplicationId": WINDOWS_ID.upper()}),
    "rearm-app of nothing": (("/rearm-app", "x"), "ReArmApp", {"ApplicationId": "x"}),
    "skms": (("/skms", "kms:1688"), "SetKeyManagementServiceMachine", {"MachineName": "kms"}),
    "skms port": (("/skms", "kms:0"), "SetKeyManagementServicePort", {"PortNumber": 0}),
    "skms high port": (("/skms", "kms:65536"), "SetKeyManagementServicePort", {"PortNumber": 65536}),
    "ckms": (("/ckms",), "ClearKeyManagementServiceMachine", {}),
    "act-type": (("/act-type", "2"), "SetVLActivationTypeEnabled", {"ActivationType": 2}),
    "ckhc": (("/ckhc",), "DisableKeyManagementServiceHostCaching", {"DisableCaching": True}),
    "ad": (
        ("/ad-activation-online", KMS_KEY),
        "DoActiveDirectoryOnlineActivation",
        {"ProductKey": KMS_KEY, "ActivationObjectName": ""},
    ),
    "ad id": (
        ("/ad-activation-get-iid", KMS_KEY),
        "GenerateActiveDirectoryOfflineActivationId",
        {"ProductKey": KMS_KEY},
    ),
}
PRODUCT_PAIRS = {
    "ato": ("/ato", "Activate", {}),
    "upk": ("/upk", "UninstallProductKey", {}),
    "ltc": ("/ltc", "GetTokenActivationGrants", {}),
    "fta": ("/fta x", "GenerateTokenActivationChallenge", {}),
    "atp": ("/atp 1", "DepositOfflineConfirmationId", {"InstallationId": "1", "ConfirmationId": "1"}),
}


def connect(lab, machine="web01", *, elevated=True):
    return Connection(Prompt(lab._world, machine, elevated))


def slmgr(lab, *words, elevated=True):
    return run_slmgr(Prompt(lab._world, "web01", elevated), words).code


def code_of(lab, path, method, arguments, *, elevated=True):
    """Return the code that a method fails with; 0 where it does not."""
    try:
        called = connect(lab, elevated=elevated).call(path, method, arguments)
    except WmiError as error:
        return error.code
    return called.value


def product(lab, at=WITH_KEY):
    return connect(lab).instances("SoftwareLicensingProduct")[at].path


def trace(lab):
    return (lab.trace_hash, connect(lab).instances("SoftwareLicensingProduct"))


# slmgr and WMI are one.


@pytest.mark.parametrize("elevated", [True, False])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("pair", PAIRS)
def test_the_service_does_what_slmgr_does(pair, state, elevated):
    words, method, arguments = PAIRS[pair]
    one, other = STATES[state](), STATES[state]()
    code = code_of(one, SERVICE, method, arguments, elevated=elevated)
    if pair == "skms high port" and not elevated:
        assert code == DENIED  # slmgr names the machine first, and is denied that
    assert code == slmgr(other, *words, elevated=elevated)
    assert trace(one) == trace(other)


@pytest.mark.parametrize("elevated", [True, False])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("pair", PRODUCT_PAIRS)
def test_the_product_with_the_key_does_what_slmgr_does(pair, state, elevated):
    words, method, arguments = PRODUCT_PAIRS[pair]
    one, other = STATES[state](), STATES[state]()
    if state == "keyless" and pair in {"ato", "upk", "atp"}:  # slmgr has no product to call
        return
    code = code_of(one, product(one), method, arguments, elevated=elevated)
    if state == "keyless" and pair == "fta" and not elevated:
        assert code == DENIED
    else:
        assert code == slmgr(other, *words.split(), elevated=elevated)
    assert trace(one) == trace(other)


@pytest.mark.parametrize("elevated", [True, False])
@pytest.mark.parametrize("at", [WITH_KEY, WITHOUT_KEY])
@pytest.mark.parametrize("state", STATES)
def test_a_product_is_rearmed_as_slmgr_does(state, at, elevated):
    one, other = STATES[state](), STATES[state]()
    path = product(one, at)
    words = ("/rearm-sku", path.split('"')[1])
    assert code_of(one, path, "ReArmSku", {}, elevated=elevated) == slmgr(other, *words, elevated=elevated)
    assert trace(one) == trace(other)


# Exact codes, so that both cannot be wrong together.


@pytest.mark.parametrize(
    ("state", "method", "elevated", "code"),
    [
        ("licensed", "Activate", True, 0),
        ("refused", "Activate", True, 0xC004FD02),
        ("kms-key", "Activate", True, 0xC004F034),
        ("hung", "Activate", True, 0x800705B4),
        ("licensed", "Activate", False, DENIED),
        ("licensed", "UninstallProductKey", True, 0),
        ("licensed", "UninstallProductKey", False, DENIED),
        ("rearmed", "ReArmSku", True, 0xC004D307),
        ("licensed", "ReArmSku", True, 0),
        ("licensed", "ReArmSku", False, DENIED),
        ("licensed", "GetTokenActivationGrants", False, 0xC004F304),
        ("keyless", "GetTokenActivationGrants", False, NO_KEY),
    ],
)
def test_a_products_method_ends_with(state, method, elevated, code):
    lab = STATES[state]()
    assert code_of(lab, product(lab), method, {}, elevated=elevated) == code


@pytest.mark.parametrize("method", ["Activate", "UninstallProductKey", "ReArmSku"])
@pytest.mark.parametrize(("elevated", "code"), [(True, NO_KEY), (False, DENIED)])
def test_a_product_without_the_key_has_nothing_to_change(method, elevated, code):
    lab = new_lab()
    before = trace(lab)
    assert code_of(lab, product(lab, WITHOUT_KEY), method, {}, elevated=elevated) == code
    assert trace(lab) == before


@pytest.mark.parametrize(
    ("key", "elevated", "code"),
    [
        (STANDARD_2019, True, 0),
        (STANDARD_2016, True, OTHER_RELEASE),
        ("nonsense", True, BAD_KEY),
        (STANDARD_2019, False, DENIED),
        ("\ud800", True, BAD_KEY),
        ("\ud800", False, DENIED),
        ("x" * 100_000, True, BAD_KEY),
        ("x" * 100_000, False, DENIED),
    ],
)
def test_installing_a_key_ends_with(key, elevated, code):
    lab = new_lab("none")
    given = {"PRODUCTKEY": key}
    assert code_of(lab, SERVICE, "installproductkey", given, elevated=elevated) == code
    assert lab.guest("web01").row.key == ("" if code else key)


@pytest.mark.parametrize(
    ("application", "elevated", "code"),
    [
        (WINDOWS_ID, True, 0),
        (f"{{{WINDOWS_ID}}}", True, 0),
        (WINDOWS_ID, False, DENIED),
        ("x", True, 0xC004F012),
        ("x", False, DENIED),
    ],
)
def test_rearming_an_application_ends_with(application, elevated, code):
    lab = new_lab()
    given = {"ApplicationId": application}
    assert code_of(lab, SERVICE, "ReArmApp", given, elevated=elevated) == code
    assert lab.guest("web01").row.rearms == (0 if code else 1)


def test_a_whole_activation_through_wmi():
    lab = new_lab("none")
    found = connect(lab)
    assert found.call(SERVICE, "InstallProductKey", {"ProductKey": STANDARD_2019}) == Called(0)
    (row,) = found.query(
        "SELECT ID, LicenseStatus FROM SoftwareLicensingProduct WHERE PartialProductKey <> null"
    )
    assert found.call(row.path, "Activate") == Called(0)
    assert found.get(row.path).values["LicenseStatus"] == 1
    assert found.call(SERVICE, "RefreshLicenseStatus").value == 0


def test_a_failure_says_what_slmgr_prints_of_it():
    lab = new_lab()
    with pytest.raises(WmiError, match="0xC004F050: ") as caught:
        connect(lab).call(SERVICE, "InstallProductKey", {"ProductKey": "x"})
    assert caught.value.wrong in run_slmgr(Prompt(lab._world, "web01"), ("/ipk", "x")).texts[0]


# What is not served.


@pytest.mark.parametrize(
    ("path", "method", "arguments"),
    [
        ("product", "GetPolicyInformationDWord", {"PolicyName": "x"}),
        ("product", "GetPolicyInformationString", {"PolicyName": "x"}),
        (SERVICE, "InstallLicense", {"License": "x"}),
        (SERVICE, "SetVLRenewalInterval", {"RenewalInterval": 1}),
        (SERVICE, "SetKeyManagementServiceListeningPort", {"PortNumber": 1}),
    ],
)
def test_what_the_lab_has_not(path, method, arguments):
    lab = new_lab()
    before = trace(lab)
    with pytest.raises(NotServed, match=f"WMI: {method} of the licensing service is not simulated"):
        connect(lab).call(product(lab) if path == "product" else path, method, arguments)
    assert trace(lab) == before


@pytest.mark.parametrize("name", ["SoftwareLicensingProduct", "SoftwareLicensingService"])
def test_a_hosts_licence_is_changed_elsewhere(name):
    lab = new_lab()
    found = connect(lab, "hv1")
    before = lab.trace_hash
    for method in found.shape(name).methods.values():
        given = {each.name: SAMPLES[each.type] for each in method.parameters if not each.out}
        with pytest.raises(NotServed, match="not simulated"):
            found.call(found.instances(name)[0].path, method.name, given)
    assert lab.trace_hash == before


SAMPLES = {"string": "x", "uint32": 1, "boolean": True}


def test_each_method_of_the_facts_has_its_answer():
    for shape in wmi_facts().classes.values():
        assert set(METHODS.get(shape.name, {})) == set(shape.methods)


# Names and arguments.


@pytest.mark.parametrize(
    ("method", "arguments", "code", "said"),
    [
        (
            "Activat",
            {},
            NO_METHOD,
            "SoftwareLicensingProduct has no method 'Activat'; did you mean 'Activate'?",
        ),
        ("", {}, NO_METHOD, "has no method ''"),
        ("InstallProductKey", {"ProductKey": "x"}, NO_METHOD, "has no method"),
        ("Activate", {"x": 1}, NO_ARGUMENTS, "Activate has no parameter 'x'"),
        ("Activate", {1: 1}, NO_ARGUMENTS, "Activate has no parameter '1'"),
        ("SetKeyManagementServicePort", {}, NO_ARGUMENTS, "lacks PortNumber"),
        ("SetKeyManagementServicePort", {"PortNumber": None}, NO_ARGUMENTS, "lacks PortNumber"),
        ("SetKeyManagementServicePort", {"PortNumbr": 1}, NO_ARGUMENTS, "did you mean 'PortNumber'?"),
        ("SetKeyManagementServicePort", {"PortNumber": 1, "PORTNUMBER": 2}, NO_ARGUMENTS, "twice"),
        ("SetKeyManagementServicePort", {"PortNumber": -1}, MISMATCH, "PortNumber is a uint32, not '-1'"),
        ("SetKeyManagementServicePort", {"PortNumber": 2**32}, MISMATCH, "uint32"),
        ("SetKeyManagementServicePort", {"PortNumber": True}, MISMATCH, "uint32"),
        ("SetKeyManagementServicePort", {"PortNumber": "x"}, MISMATCH, "uint32"),
        ("SetKeyManagementServicePort", {"PortNumber": 1.5}, MISMATCH, "not a float"),
        ("SetKeyManagementServicePort", {"PortNumber": [1]}, MISMATCH, "not a list"),
        ("SetKeyManagementServiceMachine", {"MachineName": 5}, MISMATCH, "MachineName is a string, not '5'"),
        ("GetPolicyInformationDWord", {"PolicyValue": 5}, NO_ARGUMENTS, "no parameter 'PolicyValue'"),
    ],
)
def test_a_call_that_does_not_fit(method, arguments, code, said):
    lab = new_lab()
    before = trace(lab)
    with pytest.raises(WmiError) as caught:
        connect(lab).call(product(lab), method, arguments)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert trace(lab) == before


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("SetKeyManagementServicePort", {"portnumber": "1688"}),
        ("SetKeyManagementServicePort", {"PortNumber": "0x698"}),
        ("DisableKeyManagementServiceHostCaching", {"DisableCaching": "TRUE"}),
        ("DisableKeyManagementServiceHostCaching", {"DisableCaching": False}),
    ],
)
def test_a_value_is_taken_as_a_script_may_give_it(method, arguments):
    assert connect(new_lab()).call(SERVICE, method, arguments) == Called(0)


@pytest.mark.parametrize("value", ["yes", 1, 0, "", ["x"], b"x"])
def test_what_is_no_truth(value):
    given = {"DisableCaching": value}
    assert code_of(new_lab(), SERVICE, "DisableKeyManagementServiceHostCaching", given) == MISMATCH


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.lists(st.text(max_size=3), max_size=2)
)
PARAMETERS = sorted(
    {
        parameter.name
        for shape in wmi_facts().classes.values()
        for method in shape.methods.values()
        for parameter in method.parameters
    }
)
METHOD_NAMES = sorted({name for table in METHODS.values() for name in table})


@given(
    st.sampled_from(METHOD_NAMES) | st.text(max_size=8),
    st.dictionaries(st.sampled_from(PARAMETERS) | st.text(max_size=4), VALUES, max_size=3),
    st.sampled_from([SERVICE, "product"]),
    st.booleans(),
)
def test_no_call_gives_anything_but_a_result_or_a_code(method, arguments, path, elevated):
    lab = new_lab()
    try:
        code = code_of(lab, product(lab) if path == "product" else path, method, arguments, elevated=elevated)
    except NotServed:
        code = 0
    assert code == 0 or code >= 0x80000000


class Unprintable:
    """What a program may hand over, and nobody can show."""

    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize("value", [10**5000, -(10**5000), Unprintable()], ids=["huge", "far below", "object"])
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("InstallProductKey", "ProductKey"),
        ("SetKeyManagementServicePort", "PortNumber"),
        ("DisableKeyManagementServiceHostCaching", "DisableCaching"),
    ],
)
def test_arguments_that_cannot_be_shown(method, name, value):
    """Python refuses to write integers of more than 4,300 digits."""
    assert code_of(new_lab(), SERVICE, method, {name: value}) == MISMATCH


def test_how_a_huge_argument_is_told():
    with pytest.raises(WmiError, match="ProductKey is a string, not an integer of 16610 bits"):
        Connection(Prompt(new_lab()._world, "web01")).call(
            SERVICE, "InstallProductKey", {"ProductKey": 10**5000}
        )
