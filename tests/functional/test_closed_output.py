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
