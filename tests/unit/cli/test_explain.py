"""`avma-sim explain`: a guest of a scenario, at its end or at an instant before."""

from __future__ import annotations

import pytest

STORY = """\
scenario: a week
seeds: [3, 4]
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
    kms01: {release: ws2016, edition: standard, on: hv1, key: WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY}
when:
  - start: web01
  - start: kms01
  - deactivate: hv1
  - advance: 8d
  - name: this fails
    expect: {guests: {web01: {licence: grace}}}
"""


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.avma.yaml"
    path.write_text(STORY, "utf-8")
    return path


def test_at_the_end(story, command):
    code, out, err = command("explain", story, "--guest", "web01")
    assert code == 0
    assert err == f"{story}:15:40: this step failed: this fails\n"
    lines = out.splitlines()
    assert lines[0].startswith("web01 (Windows Server 2016 Standard, on hv1) is licensed (reason 4004FC04)")
    assert "decision row 6 [C03]" in out
    assert lines[-2] == "Its state depends on the readings: timing = volume-family."
    assert lines[-1] == "Next attempt: retry, at 2025-01-09T02:00:00Z."


@pytest.mark.parametrize("at", ["2d", "2025-01-03T00:00:00Z"])
def test_at_an_instant_before(story, command, at):
    _, out, _ = command("explain", story, "--guest", "web01", "--at", at, "--seed", "9")
    assert "decision row 11" in out
    assert out.endswith("Next attempt: renewal, at 2025-01-08T00:00:00Z.\n")


def test_a_guest_with_a_key_of_another_kind(story, command):
    _, out, _ = command("explain", story, "--guest", "kms01")
    assert "is notification (reason C004F034)" in out
    assert "Its product key is no AVMA key, so it makes no attempt (decision row 1)." in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--guest", "web02"), 2, "unknown guest 'web02'; did you mean 'web01'?"),
        (("--guest", "web01", "--at", "soon"), 2, "or a span since the start, such as 2d"),
    ],
)
def test_mistakes(story, command, words, code, said):
    found, out, err = command("explain", story, *words)
    assert (found, out) == (code, "")
    assert said in err


def test_an_invalid_file(tmp_path, command):
    path = tmp_path / "bad.avma.yaml"
    path.write_text("given: {hosts: 3}\n", "utf-8")
    code, _, err = command("explain", path, "--guest", "web01")
    assert code == 3
    assert err == f"{path}:1:16: given.hosts: expected a mapping, not one value\n"


def test_an_instant_after_the_end(story, command):
    code, out, err = command("explain", story, "--guest", "web01", "--at", "9d")
    assert (code, out) == (2, "")
    assert "the scenario ends at 2025-01-09T00:00:00Z" in err
