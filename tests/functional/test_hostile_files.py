"""Files that nobody vouches for: refused at once, in little memory, and nothing else is opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import avma_sim

# Runs the command line, and tells what was opened and how much memory it took at most, in bytes.
WATCHED = """
import json, resource, sys
opened = []
sys.addaudithook(lambda event, told: opened.append(told[0]) if event == "open" else None)
from avma_sim.cli.app import run_app
code = run_app(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
told = [name if isinstance(name, str) else str(name) for name in opened]
print("WATCHED" + json.dumps([code, peak, told]))
"""
MEBIBYTE = 1 << 20
GOOD = "given: {hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}}\n"


@pytest.fixture
def watched(tmp_path, environment):
    """Run `avma-sim check` on words; return exit code, errors, peak memory and what was opened."""

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, "check", *map(str, words)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,  # a guard against waiting for ever; nothing here measures time
        )
        assert "WATCHED" in done.stdout, done.stderr
        code, peak, opened = json.loads(done.stdout.partition("WATCHED")[2])
        return code, done.stderr, peak, opened

    return run


BOMBS = {
    "brackets": lambda: "[" * 100_000,
    "braces": lambda: "{a: " * 100_000,
    "aliases": lambda: (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
        )
    ),
    "merge keys": lambda: "a: &a {x: 1}\nb: {<<: *a}\n" * 2,
    "indentation": lambda: "".join(f"{' ' * n}a:\n" for n in range(1000)),
    "a long text": lambda: "scenario: " + "x" * (MEBIBYTE - 100),
    "many documents": lambda: "---\na: 1\n" * 50_000,
    "many keys": lambda: "".join(f"k{n}: 1\n" for n in range(60_000)),
    "a tag": lambda: "given: !!python/object/apply:os.system [id]\n",
    "too large": lambda: "#" * (2 * MEBIBYTE),
    "not UTF-8": lambda: "\udcff" * 10,
}


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """Peak memory of checking a good file, in bytes."""
    folder = tmp_path_factory.mktemp("usual")
    (folder / "good.avma.yaml").write_text(GOOD, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "check", "good.avma.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout.partition("WATCHED")[2])[1]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_little_memory(bomb, tmp_path, watched, usual):
    (tmp_path / "bad.avma.yaml").write_text(BOMBS[bomb](), "utf-8", errors="surrogateescape")
    code, err, peak, _ = watched("bad.avma.yaml")
    assert code == 3
    assert err.startswith("bad.avma.yaml:")
    assert "Traceback" not in err
    assert len(err) < 20_000, "a hostile file earns a short answer"
    assert peak - usual < 64 * MEBIBYTE


def test_what_is_no_file_is_refused_without_waiting(tmp_path, watched, usual):
    os.mkfifo(tmp_path / "pipe.avma.yaml")
    with (tmp_path / "sparse.avma.yaml").open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "folder.avma.yaml").mkdir()
    (tmp_path / "loop.avma.yaml").symlink_to("loop.avma.yaml")
    code, err, peak, _ = watched(".")
    assert code == 3
    assert "pipe.avma.yaml: not a regular file; give the path of one\n" in err
    assert "sparse.avma.yaml: larger than 1048576 bytes; split the file\n" in err
    assert "folder.avma.yaml: " in err
    assert "loop.avma.yaml: cannot be read: Too many levels of symbolic links; check the path\n" in err
    assert peak - usual < 64 * MEBIBYTE


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full"])
def test_a_device_is_refused(device, watched):
    code, err, _, _ = watched(device)
    assert (code, err.splitlines()[0]) == (3, f"{device}: not a regular file; give the path of one")


def test_nothing_outside_of_what_is_named_is_opened(tmp_path, watched):
    (tmp_path / "secret.avma.yaml").write_text(GOOD, "utf-8")
    named = tmp_path / "named"
    (named / "inner").mkdir(parents=True)
    (named / "good.avma.yaml").write_text(GOOD, "utf-8")
    (named / "inner" / "here.avma.yaml").symlink_to("../good.avma.yaml")
    (named / "away.avma.yaml").symlink_to("../secret.avma.yaml")
    (named / "outside").symlink_to(tmp_path, target_is_directory=True)
    code, err, _, opened = watched("named")
    assert code == 3
    assert err == (
        "named/away.avma.yaml: a link that leads out of the folder; name the file itself to have it read\n"
        "1 problem in 1 of 3 files\n"
    )
    found = {name for name in opened if name.endswith(".yaml")}
    assert found == {"named/good.avma.yaml", "named/inner/here.avma.yaml"}
    package = str(Path(avma_sim.__file__).parent)
    machine = (package, sys.prefix, sys.base_prefix, "/dev/", "/etc/", "/usr/", "/proc/")
    rest = {name for name in opened if name.startswith("/") and not name.startswith(machine)}
    assert {name for name in rest if not name.endswith((".pth", ".py", ".pyc"))} == set()


def test_a_link_that_is_named_is_read(tmp_path, watched):
    (tmp_path / "real.avma.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "link.avma.yaml").symlink_to("real.avma.yaml")
    assert watched("link.avma.yaml")[:2] == (0, "")
