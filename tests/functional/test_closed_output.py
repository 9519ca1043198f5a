"""The command line when nobody can read what it says."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LAB = "given: {hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}}\nwhen: [{after: 1h}]\n"


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the output")
def test_closed_standard_output_is_no_defect(tmp_path):
    (tmp_path / "a.avma.yaml").write_text(LAB, "utf-8")
    command = f"exec '{sys.executable}' -m avma_sim run a.avma.yaml >&-"
    done = subprocess.run(  # noqa: S602 - our own words
        command, shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the input")
@pytest.mark.parametrize("words", ["shell", "console"])
def test_closed_standard_input_has_no_lines(words, tmp_path):
    text = LAB.partition("when")[0].replace(
        "}}}", "}}, guests: {g: {release: ws2016, edition: standard, on: hv1}}}"
    )
    (tmp_path / "a.avma.yaml").write_text(text, "utf-8")
    command = f"exec '{sys.executable}' -m avma_sim {words} a.avma.yaml <&-"
    if words == "console":
        command = command.replace("a.avma.yaml", "a.avma.yaml --on hv1")
    done = subprocess.run(  # noqa: S602 - our own words
        command, shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
@pytest.mark.parametrize("words", ["run a.avma.yaml", "facts", "matrix --format svg"])
def test_a_full_device_is_told_and_no_defect(words, tmp_path):
    (tmp_path / "a.avma.yaml").write_text(LAB, "utf-8")
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "avma_sim", *words.split()],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, "avma-sim: cannot write: No space left on device\n")
