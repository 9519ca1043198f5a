"""Python programs as processes of their own, whose `wmi` and `winreg` are the lab's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from avma_sim import Lab
from avma_sim.scenario.labfile import open_lab, unserved_of
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.shims import write_shims
from avma_sim.scenario.starting import programs_allowed

GIVEN = """\
given:
  hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}
  guests: {web01: {release: ws2019, edition: standard, on: hv1}}
"""
TOOL = r"""
import mimetypes
import pythoncom
import pywintypes
import win32com.client
import wmi
import winreg

c = wmi.WMI()
service = c.SoftwareLicensingService()[0]
print(service.InstallProductKey("TNK62-RXVTB-4P47B-2D623-4GF74"))
product = [one for one in c.SoftwareLicensingProduct() if one.PartialProductKey][0]
print(product.Activate())
print(c.SoftwareLicensingProduct(ID=product.ID)[0].LicenseStatus)
with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters") as key:
    print(winreg.QueryValueEx(key, "PhysicalHostName")[0])
try:
    service.InstallProductKey("X")
except (wmi.x_wmi, pywintypes.com_error):
    print("refused")
try:
    win32com.client.Dispatch("Excel.Application")
except pywintypes.com_error:
    print("no such class")
"""


def played(tmp_path, tool):
    (tmp_path / "tool.py").write_text(tool, "utf-8")
    text = f"{GIVEN}when:\n  - start: web01\n  - run: {{argv: [python, tool.py], on: web01}}\n"
    token = programs_allowed.set(True)
    try:
        return run_scenario(read_scenario(text, str(tmp_path / "f.avma.yaml")), 0)
    finally:
        programs_allowed.reset(token)


def test_a_program_of_its_own_and_code_in_memory_tell_one_story(tmp_path, capsys):
    result = played(tmp_path, TOOL)
    left = result.said[0].left
    assert left.stderr == ""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    with lab.as_windows("web01"):
        exec(compile(TOOL, "tool.py", "exec"), {"__name__": "tool"})  # noqa: S102 - the same program, in memory
    assert left.stdout.splitlines() == capsys.readouterr().out.splitlines()
    assert left.stdout.splitlines()[-4:] == ["1", "hv1", "refused", "no such class"]
    assert result.trace_hash == lab.trace_hash
    assert left.unserved == tuple(lab.unserved)
    assert left.unserved


@pytest.fixture
def lab_file(tmp_path):
    path = tmp_path / "lab.avma.yaml"
    path.write_text(GIVEN, "utf-8")
    with open_lab(path) as lab:
        lab.start("web01")
    return path


@pytest.fixture
def run(lab_file, tmp_path):
    write_shims(tmp_path / "bin", {"AVMA_SIM_LAB": str(lab_file)})

    def start(code, *options, **variables):
        path = os.pathsep.join(
            filter(None, [str(tmp_path / "bin" / "python"), os.environ.get("PYTHONPATH", "")])
        )
        env = {
            **os.environ,
            "PYTHONPATH": path,
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            [sys.executable, *options, "-c", code],
            env={**env, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return start


SET = r"""
import subprocess
import winreg
PATH = r"SOFTWARE\Microsoft\Virtual Machine\Guest"
with winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, PATH, 0, winreg.KEY_WRITE) as key:
    winreg.SetValueEx(key, "a", 0, winreg.REG_SZ, "b")
    done = subprocess.run(["reg", "query", "HKLM\\" + PATH], capture_output=True, text=True)
    print(done.stdout)
"""


def test_a_call_is_on_the_disk_when_it_returns_and_other_programs_go_on(run):
    done = run(SET)
    assert done.stderr == ""
    assert "    a    REG_SZ    b" in done.stdout.splitlines()


def test_elevation_and_safe_path_come_along(run):
    denied = run(SET, AVMA_SIM_ELEVATED="0", PYTHONSAFEPATH="1")
    assert "PermissionError" in denied.stderr


def test_threads_know_the_lab_and_com_must_be_initialised_in_them(run):
    done = run(
        "import wmi, pythoncom, threading\n"
        "def ask(first):\n"
        "    try:\n"
        "        first and pythoncom.CoInitialize()\n"
        "        print(len(wmi.WMI().Win32_OperatingSystem()))\n"
        "    except wmi.x_wmi_uninitialised_thread: print('no')\n"
        "for first in (0, 1):\n"
        "    t = threading.Thread(target=ask, args=(first,)); t.start(); t.join()\n"
    )
    assert (done.stdout.split(), done.stderr) == (["no", "1"], "")


def test_what_is_not_served_is_counted(run, lab_file):
    run("import wmi\ntry: wmi.WMI(namespace='root/none')\nexcept wmi.x_wmi: pass")
    assert [*unserved_of(lab_file)] == [r"wmi the namespace root\none"]


def test_the_standard_library_finds_no_winreg(run):
    done = run(
        "import mimetypes; print(mimetypes._winreg)\n"
        "import winreg, importlib; importlib.reload(mimetypes)\n"
        "print(mimetypes._winreg, winreg.REG_SZ)"
    )
    assert (done.stdout.split(), done.stderr) == (["None", "None", "1"], "")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AVMA_SIM_LAB": "nowhere.yaml"}, "AVMA_SIM_LAB="),
        ({"AVMA_SIM_ON": "web1"}, "did you mean"),
        ({"AVMA_SIM_FACTS": "nowhere"}, "nowhere"),
    ],
)
def test_what_is_wrong_is_named(run, variables, said):
    done = run("import wmi; wmi.WMI()", **variables)
    assert done.returncode == 1
    assert "InputError" in done.stderr or "UnknownName" in done.stderr
    assert said in done.stderr.splitlines()[-1]


def test_a_damaged_lab_is_named(run, lab_file):
    folder = lab_file.with_suffix(".lab")
    for path in folder.iterdir():
        if "journal" in path.name or "snapshot" in path.name:
            path.write_bytes(b"x\n\n")
    done = run("import winreg; winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, 'SOFTWARE')")
    assert "AVMA_SIM_LAB=" in done.stderr.splitlines()[-1]


def test_no_lab_is_told(tmp_path, run):
    write_shims(tmp_path / "bin")
    done = run("import wmi; wmi.WMI()", AVMA_SIM_LAB="")
    assert done.stderr.splitlines()[-1].endswith("no lab: set AVMA_SIM_LAB to a lab file")


def test_a_python_without_the_package_says_what_to_do(tmp_path, run):
    done = run("import sys; sys.modules['avma_sim'] = None; import wmi")
    assert "ImportError: wmi of avma-sim: this Python (" in done.stderr
    assert "install it there, or start the program with" in done.stderr
