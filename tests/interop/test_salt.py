"""Salt's own module and state for Windows licences, unmodified, `cmd.run` answered by a lab's console."""

from __future__ import annotations

import pytest

from avma_sim import Lab

KEY_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


@pytest.fixture
def lab():
    lab = Lab(seed=3)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    return lab


@pytest.fixture
def salt(lab, module, monkeypatch):
    """Salt's module, and its state, as the loader would tie them together."""
    license_module = module("salt.modules.win_license")
    state = module("salt.states.win_license")
    run = {"cmd.run": lambda line: lab.guest("web01").run(line).stdout}
    monkeypatch.setattr(license_module, "__salt__", run, raising=False)
    calls = {f"license.{name}": getattr(license_module, name) for name in ("info", "install", "activate")}
    monkeypatch.setattr(state, "__salt__", calls, raising=False)
    license_module.state = state
    yield license_module
    del license_module.state


def test_without_a_key(salt):
    assert salt.info() is None
    assert not salt.licensed()
    assert not salt.installed(KEY_2019)


def test_before_and_after_activation(lab, salt):
    lab.deactivate("hv1")
    assert "successfully" in salt.install(KEY_2019)
    assert salt.installed(KEY_2019)
    assert not salt.licensed()
    info = salt.info()
    assert (info["name"], info["partial_key"]) == ("Windows(R), ServerStandard edition", "4GF74")
    assert "VIRTUAL_MACHINE_ACTIVATION" in info["description"]
    assert info["licensed"] is False
    assert "successfully" not in salt.activate()
    lab.activate("hv1")
    assert "Product activated successfully." in salt.activate()
    assert salt.licensed()
    assert salt.info()["licensed"] is True


def test_uninstalling(lab, salt):
    salt.install(KEY_2019)
    assert salt.licensed()
    assert "Uninstalled product key successfully." in salt.uninstall()
    assert lab.guest("web01").licence.word == "unlicensed"
    assert salt.info() is None


def test_the_state_installs_and_activates(lab, salt):
    done = salt.state.activate(KEY_2019)
    assert (done["result"], done["comment"]) == (True, "Windows is now activated.")
    assert lab.guest("web01").licence.word == "licensed"
    again = salt.state.activate(KEY_2019)
    assert (again["result"], again["comment"]) == (True, "Windows is already activated.")


def test_the_state_says_that_a_key_is_refused(lab, salt):
    done = salt.state.activate(KEY_2016)
    assert (done["result"], done["comment"]) == (
        False,
        "Unable to install the given product key is it valid?",
    )
    assert lab.guest("web01").row.key == ""


def test_the_state_says_that_activation_failed(lab, salt):
    lab.deactivate("hv1")
    done = salt.state.activate(KEY_2019)
    assert (done["result"], done["comment"]) == (False, "Unable to activate the given product key.")
