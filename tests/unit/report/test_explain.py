"""What an explanation says of a guest, word for word, in each situation that a licence can be in."""

from __future__ import annotations

import pytest

from avma_sim import Explanation, Lab, load_facts
from avma_sim.model.verdict import Because
from avma_sim.report.explain import because_text

INPUTS = "guest build = 14393; guest edition = standard; key = 2016/standard"
ON = "web01 (Windows Server 2016 Standard, on hv1)"
NO_KEY = "It has no AVMA key, so it makes no attempt (decision row 1)."
OFF = "web01 (Windows Server 2016 Standard, off, on hv1)"
C02 = (
    "  C02: The host runs Windows Server 2012 R2, 2016 or 2019 in the Datacenter edition, "
    "with the Hyper-V role."
)
C03 = "  C03: The host itself is properly activated, by volume licensing or by its maker."
C04 = "  C04: A matrix says which host release activates which guest release."
C05 = "  C05: Every guest edition is activated: Datacenter, Standard and Essentials."
C18 = "  C18: Four notifications exist: success, invalid host, invalid data, activation denied."


@pytest.fixture
def play():
    """Make a lab with one host and one guest, which is off."""

    def make(*, key="avma", release="ws2016", edition="standard", **host):
        lab = Lab()
        lab.add_host("hv1", **{"release": "ws2019", "activated": True, **host})
        lab.add_guest("web01", on="hv1", release=release, edition=edition, key=key)
        return lab

    return make


def explained(lab) -> list[str]:
    explanation = lab.explain("web01")
    assert isinstance(explanation, Explanation)
    assert explanation.guest == "web01"
    assert explanation.licence == lab.guest("web01").licence.word
    assert str(explanation) == "\n".join(explanation.lines)
    return str(explanation).splitlines()


def test_never_started_and_without_a_key(play):
    lab = play(key=None)
    assert explained(lab) == [
        f"{OFF} is grace (reason 4004F00C).",
        NO_KEY,
        "No attempt is due.",
    ]
    assert lab.explain("web01").because is None


def test_linux(play):
    lab = play(key=None, release="linux", edition="linux")
    why = "Linux takes no AVMA key, so it makes no attempt (decision row 1)."
    assert explained(lab) == ["web01 (Linux, off, on hv1) has no licence of Windows.", why]
    lab.start("web01")
    assert explained(lab) == ["web01 (Linux, on hv1) has no licence of Windows.", why]
    lab.pause("web01")
    assert explained(lab)[0] == "web01 (Linux, paused, on hv1) has no licence of Windows."
    assert lab.explain("web01").because is None


def test_never_started_with_its_key(play):
    lines = explained(play())
    assert lines[0] == f"{OFF} is grace (reason 4004F00C)."
    assert not any("decision row" in line for line in lines)


def test_running_without_a_key(play):
    lab = play(key=None)
    lab.start("web01")
    assert explained(lab) == [
        f"{ON} is grace (reason 4004F00C), until 2025-01-11T00:00:00Z.",
        NO_KEY,
        "No attempt is due.",
    ]
    lab.advance("11d")
    assert explained(lab)[0] == f"{ON} is notification (reason C004F009)."


def test_granted(play):
    lab = play(latency="1s")
    lab.start("web01")
    lab.advance("1h")
    assert explained(lab) == [
        f"{ON} is licensed (reason 4004FC04), granted by hv1 until 2025-06-30T00:00:02Z.",
        "Last attempt that ended: 2025-01-01T00:00:02Z, host hv1: success (12309 record 3, code 0).",
        "hv1 decided it at 2025-01-01T00:00:01Z: granted (12310 record 1, code 0).",
        "Because of decision row 11 [C03, C04, C05]: host release = ws2019; host activated = yes; " + INPUTS,
        C03,
        C04,
        C05,
        "Its state depends on the readings: timing = volume-family.",
        "Next attempt: renewal, at 2025-01-08T00:00:02Z.",
    ]
    assert lab.explain("web01").because is lab.host("hv1").events[-1].because


def test_refused_by_the_host_names_the_law_row_of_the_hosts_record(play):
    lab = play(activated=False)
    lab.start("web01")
    assert explained(lab) == [
        f"{ON} is notification (reason C004FD02).",
        (
            "Last attempt that ended: 2025-01-01T00:00:00Z, host hv1: invalid-host "
            "(12309 record 3, code C004FD02)."
        ),
        "hv1 decided it at 2025-01-01T00:00:00Z: refused (12310 record 1, code C004FD02).",
        (
            "Because of decision row 6 [C03]: host release = ws2019; host activated = no; "
            f"{INPUTS}; reading no_seed_row = invalid-host"
        ),
        C03,
        "Its state depends on the readings: failed_unlicensed = notification.",
        "Next attempt: retry, at 2025-01-01T02:00:00Z.",
    ]
    assert lab.guest("web01").events[-1].because.law == "exchange rule 1", "a guest sees only a code"
    assert lab.explain("web01").because.law == "decision row 6"


def test_refused_by_an_older_host(play):
    lab = play(release="ws2022")
    lab.start("web01")
    assert lab.explain("web01").because.law == "decision row 8"
    assert (
        "Because of decision row 8 [C04]: host release = ws2019; host activated = yes; guest build = 20348; "
        "guest edition = standard; key = 2022/standard; reading host_too_old = activation-denied; "
        "reading semi_annual_order = build"
    ) in explained(lab)


def test_failed_at_once(play):
    lab = play(service="stopped")
    lab.start("web01")
    assert explained(lab) == [
        f"{ON} is notification (reason C004FD01).",
        (
            "Last attempt that ended: 2025-01-01T00:00:00Z, host hv1: invalid-host "
            "(12309 record 3, code C004FD01)."
        ),
        (
            "Because of decision row 5 [C02, C18]: host release = ws2019; host edition = datacenter; "
            "service = stopped"
        ),
        C02,
        C18,
        "Its state depends on the readings: failed_unlicensed = notification.",
        "Next attempt: retry, at 2025-01-01T02:00:00Z.",
    ]


def test_pending(play):
    lab = play(service="hung")
    lab.start("web01")
    lab.advance("10s")
    assert explained(lab) == [
        f"{ON} is grace (reason 4004F00C), until 2025-01-11T00:00:00Z.",
        (
            "An attempt (start) is pending: it asked hv1 at 2025-01-01T00:00:00Z "
            "and waits until 2025-01-01T00:00:30Z."
        ),
    ]


def test_pending_after_bad_bytes(play):
    lab = play()
    lab.arm("noise", "flip", to="guest", bit=900)
    lab.start("web01")
    assert explained(lab)[-1] == (
        "An attempt (start) is pending: it asked hv1 at 2025-01-01T00:00:00Z "
        "and waits after bad bytes until 2025-01-01T00:00:30Z."
    )


def test_pending_beside_an_earlier_attempt(play):
    lab = play()
    lab.start("web01")
    lab.set_service("hv1", "hung")
    lab.advance("1h")
    lab.ato("web01")
    lines = explained(lab)
    assert lines[1].startswith("Last attempt that ended: 2025-01-01T00:00:00Z, host hv1: success")
    assert lines[-1].startswith("An attempt (ato) is pending: it asked hv1 at 2025-01-01T01:00:00Z")


def test_nobody_answered(play):
    lab = play(service="hung")
    lab.start("web01")
    lab.advance("30s")
    assert explained(lab)[1:] == [
        (
            "Last attempt that ended: 2025-01-01T00:00:30Z, host hv1: invalid-host "
            "(12309 record 3, code 800705B4)."
        ),
        "Because of exchange rule 3 [C18]: bad bytes seen = no",
        C18,
        "Its state depends on the readings: failed_unlicensed = notification.",
        "Next attempt: retry, at 2025-01-01T02:00:00Z.",
    ]


def test_a_request_that_the_host_could_not_read(play):
    lab = play()
    lab.arm("noise", "truncate", to="host", size=60)
    lab.start("web01")
    lab.advance("30s")
    assert explained(lab)[1:4] == [
        (
            "Last attempt that ended: 2025-01-01T00:00:30Z, host hv1: invalid-data "
            "(12309 record 3, code 8007000D)."
        ),
        "Because of exchange rule 3 [C18]: bad bytes seen = yes",
        C18,
    ]


def test_a_damaged_answer_is_explained_by_the_bad_bytes(play):
    lab = play()
    lab.arm("noise", "flip", to="guest", bit=900)
    lab.start("web01")
    lab.advance("30s")
    assert lab.guest("web01").events[-1].code == "8007000D"
    assert lab.explain("web01").because.law == "exchange rule 3"
    lines = explained(lab)
    assert "Because of exchange rule 3 [C18]: bad bytes seen = yes" in lines
    assert not any(line.startswith("Because of decision row 11") for line in lines)


def test_off(play):
    lab = play()
    lab.start("web01")
    lab.stop("web01")
    lines = explained(lab)
    assert lines[0] == f"{OFF} is licensed (reason 4004FC04), granted by hv1 until 2025-06-30T00:00:00Z."
    assert lines[-1] == "Next attempt: renewal, at its next start."


def test_a_licence_that_expired(play):
    lab = play()
    lab.start("web01")
    lab.deactivate("hv1")
    lab.advance("180d1h")
    lines = explained(lab)
    assert lines[0] == f"{ON} is notification (reason C004FD02)."
    assert lines[1].startswith("Last attempt that ended: 2025-06-30T00:00:00Z, host hv1: invalid-host")
    assert any(line.startswith("Because of decision row 6 [C03]: ") for line in lines)
    assert lines[-1] == "Next attempt: retry, at 2025-06-30T02:00:00Z."


def test_a_licence_that_expired_while_off_shows_at_the_next_start(play):
    lab = play()
    lab.start("web01")
    lab.stop("web01")
    lab.set_service("hv1", "hung")
    lab.advance("200d")
    assert "is licensed" in explained(lab)[0]
    lab.start("web01")
    lines = explained(lab)
    assert lines[0] == f"{ON} is notification (reason C004F009)."
    assert lines[-1].startswith("An attempt (start) is pending: it asked hv1 at 2025-07-20T00:00:00Z")


def test_a_licence_that_another_host_granted(play):
    lab = play()
    lab.add_host("hv2", release="ws2012r2", activated=True)
    lab.start("web01")
    lab.migrate("web01", "hv2")
    lines = explained(lab)
    assert lines[0].startswith("web01 (Windows Server 2016 Standard, on hv2) is licensed")
    assert "granted by hv1" in lines[0]
    assert lines[2].startswith("hv1 decided it at ")
    lab.advance("7d")
    lines = explained(lab)
    assert lines[1].startswith("Last attempt that ended: 2025-01-08T00:00:00Z, host hv2: activation-denied")
    assert lines[2].startswith("hv2 decided it at ")
    assert "granted by hv1" in lines[0]


def test_a_record_that_the_hosts_log_lost_leaves_what_the_guest_saw():
    lab = Lab(host_log_rows=1)
    lab.add_host("hv1", release="ws2019", activated=False)
    for name in ("web01", "web02"):
        lab.add_guest(name, on="hv1", release="ws2016", edition="standard", key="avma")
        lab.start(name)
    assert lab.explain("web02").because.law == "decision row 6"
    assert lab.explain("web01").because.law == "exchange rule 1"
    assert not any("decided it" in line for line in explained(lab))


def test_key_removed(play):
    lab = play()
    lab.start("web01")
    lab.uninstall_key("web01")
    lines = explained(lab)
    assert lines[0] == f"{ON} is unlicensed (reason C004F014)."
    assert lines[-2:] == [NO_KEY, "No attempt is due."]


def test_a_key_of_another_kind(play):
    lab = play()
    lab.start("web01")
    lab.install_key("web01", "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY")
    lines = explained(lab)
    assert lines[0] == f"{ON} is notification (reason C004F034)."
    assert lines[-2:] == [
        "Its product key is no AVMA key, so it makes no attempt (decision row 1).",
        "No attempt is due.",
    ]


def test_a_grant_that_depends_on_a_reading_names_it():
    lab = Lab(readings={"host_2012r2_edition": "any", "timing": "short-lease"})
    lab.add_host("hv1", release="ws2012r2", edition="standard", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2012r2", edition="standard", key="avma")
    lab.start("web01")
    lines = explained(lab)
    assert any(line.endswith("; reading host_2012r2_edition = any") for line in lines)
    (told,) = [line for line in lines if line.startswith("Its state depends on the readings: ")]
    assert "timing = short-lease" in told
    assert "host_2012r2_edition = any, host_edition = no-channel" in told


def test_a_state_under_other_readings_names_them(play):
    lab = Lab(readings={"failed_unlicensed": "initial-grace", "move_to_unqualified": "attempt-on-arrival"})
    lab.add_host("hv1", release="ws2019", activated=False)
    lab.add_host("hv2", release="ws2019", activated=True)
    lab.add_host("hv3", release="ws2019", activated=True, service="hung")
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.start("web01")
    assert explained(lab)[0].endswith("is grace (reason 4004F00C), until 2025-01-11T00:00:00Z.")
    assert "Its state depends on the readings: failed_unlicensed = initial-grace." in explained(lab)
    lab.migrate("web01", "hv2")
    lab.ato("web01")
    lab.migrate("web01", "hv3")
    assert (
        "Its state depends on the readings: timing = volume-family, move_to_unqualified = attempt-on-arrival."
    ) in explained(lab)


def test_a_licence_without_end(play):
    import attrs

    from avma_sim.report.explain import explain

    lab = play()
    lab.start("web01")
    state = lab.state.copy()
    state.licences["web01"] = attrs.evolve(state.licences["web01"], end=None)
    assert explain(state, lab.facts, "web01").lines[0].endswith("granted by hv1 without end.")


@pytest.mark.parametrize(
    ("because", "text"),
    [
        (Because("keys: form"), "keys: form"),
        (Because("a rule", inputs=(("a", "1"), ("b", "2"))), "a rule: a = 1; b = 2"),
        (Because("a rule", readings=(("timing", "x"),)), "a rule: reading timing = x"),
        (Because("a rule", ("C03",)), f"a rule [C03]\n{C03}"),
        (
            Because("a rule", ("C03", "C04"), (("timing", "x"),), (("a", "1"),)),
            f"a rule [C03, C04]: a = 1; reading timing = x\n{C03}\n{C04}",
        ),
    ],
)
def test_reasons_as_text(because, text):
    assert because_text(because, load_facts()) == text


def test_explaining_changes_nothing(play):
    lab = play(service="hung")
    lab.start("web01")
    before, trace = lab.state.copy(), lab.trace_hash
    lab.explain("web01")
    assert lab.state == before
    assert lab.trace_hash == trace


def test_a_copy_that_never_asked(play):
    """What its log holds are attempts of the original, which do not say why the copy is as it is."""
    lab = play()
    lab.start("web01")
    lab.copy_guest("web01", "web02")
    explanation = lab.explain("web02")
    assert explanation.lines == (
        "web02 (Windows Server 2016 Standard, off, on hv1) is notification (reason C004FD04).",
        "It is a copy with a VM id of its own; the licence stayed with the original.",
        "No attempt is due.",
    )
    assert explanation.because is None
    lab.start("web02")
    explanation = lab.explain("web02")
    assert explanation.because == lab.guest("web02").explain().because
    assert explanation.because.law == "decision row 11"
    assert not any("copy" in line for line in explanation.lines)


def test_a_copy_whose_attempts_fail(play):
    lab = play()
    lab.start("web01")
    lab.copy_guest("web01", "web02")
    lab.deactivate("hv1")
    lab.start("web02")
    explanation = lab.explain("web02")
    assert explanation.lines[0].endswith("is notification (reason C004FD02).")
    assert explanation.because.law == "decision row 6"


def test_a_copy_of_a_guest_in_notification_is_as_the_original(play):
    lab = play(activated=False)
    lab.start("web01")
    lab.copy_guest("web01", "web02")
    assert lab.explain("web02").because == lab.explain("web01").because
    assert not any("copy" in line for line in lab.explain("web02").lines)
