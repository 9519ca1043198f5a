"""Running a scenario: steps in order, failures with their place and reasons, invariants, and determinism."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from avma_sim import Defect, InputError
from avma_sim.checks import INVARIANTS
from avma_sim.rules import licensing
from avma_sim.scenario.load import load_scenario, make_lab, read_scenario
from avma_sim.scenario.run import Failure, Result, run_scenario
from avma_sim.sim.behaviour import Rules, current_behaviour
from avma_sim.sim.documented import DOCUMENTED

SHIPPED = sorted((Path(__file__).parents[3] / "scenarios").glob("*.avma.yaml"))

REFUSED = (
    "{log: web01, id: 12309, notification: invalid-host, code: C004FD02, host: hv1, guest: web01, "
    "record: 4, at: 2025-03-08T00:00:00Z}"
)
STORY = """\
scenario: a host loses its activation
clauses: [C03, C06]
seeds: [4, 5]
always: [nonces-never-repeat]
given:
  start: 2025-03-01T00:00:00Z
  readings: {timing: volume-family}
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
  - deactivate: hv1
  - name: the renewal fails
    advance: {until: web01.next_attempt}
    expect: {guests: {web01: {licence: licensed}}, events: [{log: web01, notification: invalid-host}]}
"""


@pytest.fixture
def behave():
    """Play another behaviour until the test ends, here and in what is run here."""
    tokens = []

    def play(**rules):
        tokens.append(current_behaviour.set(attrs.evolve(DOCUMENTED, rules=Rules(**rules))))

    yield play
    for token in reversed(tokens):
        current_behaviour.reset(token)


def granted_elsewhere(*arguments):
    """Break the law: the licence names a host that nobody asked."""
    return attrs.evolve(licensing.granted(*arguments), host="elsewhere")


def ending_later(licence, by_us):
    end, entry = licence.end
    return attrs.evolve(licence, end=(end + by_us, entry))


@pytest.mark.slow  # each has been played under its first seed by the house tests already
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.partition(".")[0])
def test_shipped_scenario_passes_under_its_seeds(path):
    scenario = load_scenario(path)
    assert scenario.clauses
    assert scenario.seeds[0] == 0  # its golden hash is that of seed 0
    results = [run_scenario(scenario, seed) for seed in scenario.seeds]
    assert [result.failures for result in results] == [()] * len(scenario.seeds)
    assert len({result.trace_hash for result in results}) == len(scenario.seeds)
    assert {result.steps for result in results} == {len(scenario.steps)}


def test_there_are_shipped_scenarios():
    names = {path.name.partition(".")[0] for path in SHIPPED}
    assert {"happy-boot", "migration", "newer-guest", "silent-host", "corrupted-exchange"} <= names


def test_a_result_tells_what_was_run(load):
    scenario = load(STORY, file="x/story.avma.yaml")
    assert (scenario.name, scenario.seeds, scenario.always) == (
        "a host loses its activation",
        (4, 5),
        ("nonces-never-repeat",),
    )
    result = run_scenario(scenario, 4)
    lab = make_lab(scenario.given, 4)
    assert lab.now.isoformat() == "2025-03-01T00:00:00+00:00"
    lab.start("web01")
    lab.deactivate("hv1")
    lab.advance(until="web01.next_attempt")
    assert result == Result(
        file="x/story.avma.yaml",
        scenario="a host loses its activation",
        seed=4,
        readings={"timing": "volume-family"},
        clauses=("C03", "C06"),
        failures=(),
        trace_hash=lab.trace_hash,
        steps=3,
    )
    assert result.passed


def test_a_seed_gives_the_same_trace_and_another_another(load):
    scenario = load(STORY)
    assert run_scenario(scenario, 4) == run_scenario(scenario, 4)
    assert run_scenario(scenario, 4).trace_hash != run_scenario(scenario, 5).trace_hash


def test_a_failure_tells_everything(play):
    result = play(STORY.replace("notification: invalid-host", "notification: success"), seed=4)
    assert not result.passed
    assert result.steps == 3
    assert result.failures == (
        Failure(
            file="f.avma.yaml",
            line=17,
            col=61,
            step="the renewal fails",
            about="events of web01",
            wanted="{log: web01, notification: success}",
            got=REFUSED,
            last=(
                "14 2025-03-08T00:00:00Z ActivationDecided web01 refused C004FD02",
                "15 2025-03-08T00:00:00Z AttemptFailed web01 invalid-host C004FD02",
                "16 2025-03-08T00:00:00Z ClockAdvanced",
            ),
            because=(
                (
                    "web01 (Windows Server 2016 Standard, on hv1) is licensed (reason 4004FC04), "
                    "granted by hv1 until 2025-08-28T00:00:00Z."
                ),
                (
                    "Last attempt that ended: 2025-03-08T00:00:00Z, host hv1: invalid-host "
                    "(12309 record 4, code C004FD02)."
                ),
                "hv1 decided it at 2025-03-08T00:00:00Z: refused (12310 record 2, code C004FD02).",
                (
                    "Because of decision row 6 [C03]: host release = ws2019; host activated = no; "
                    "guest build = 14393; guest edition = standard; key = 2016/standard; "
                    "reading no_seed_row = invalid-host\n"
                    "  C03: The host itself is properly activated, by volume licensing or by its maker."
                ),
                "Its state depends on the readings: timing = volume-family.",
                "Next attempt: retry, at 2025-03-08T02:00:00Z.",
            ),
        ),
    )


def test_last_events_name_their_machines(play):
    (failure,) = play(
        "when:\n  - add_guest: {name: g1, release: ws2016, edition: standard, on: hv1}\n"
        "    expect: {guests: {g1: {running: true}}}\n"
    ).failures
    assert failure.last == (
        "8 2025-01-01T00:00:00Z GuestAdded db01",
        "9 2025-01-01T00:00:00Z AddGuest g1",
        "10 2025-01-01T00:00:00Z GuestAdded g1",
    )


def test_what_is_about_a_host_has_no_explanation(play):
    (failure,) = play(
        "when:\n  - start: web01\n    expect: {events: [{log: hv1, verdict: refused}]}\n"
    ).failures
    assert failure.about == "events of hv1"
    assert failure.because == ()


def test_the_first_step_that_fails_is_the_last_that_runs(play):
    result = play("when:\n  - start: web01\n  - stop: db01\n  - stop: web01\n  - restart: web01\n")
    assert [failure.step for failure in result.failures] == ["stop"]
    assert result.steps == 2


def test_after_moves_the_clock_before_the_command(play):
    result = play(
        "when:\n"
        "  - start: web01\n"
        "  - after: 8d\n"
        "    stop: web01\n"
        "    expect: {events: [{log: web01, record: 4, at: 2025-01-08T00:00:00Z}], only: true}\n"
        "  - after: 1d\n"
        "    expect: {events: none}\n"
        "  - start: web01\n"
        "    expect: {events: [{log: web01, record: 8, at: 2025-01-10T00:00:00Z}], only: true}\n"
    )
    assert result.failures == ()


LATER = "arm: {name: late, action: drop}"
NOT_ACCEPTED = {
    "disarm: late": (9, 5, "unknown fault 'late'; there is none yet"),
    "advance: {to: 2024-01-01T00:00:00Z}": (
        9,
        5,
        "the clock only moves forward, and stays before year 9000",
    ),
    "add_host: {name: hv 3, release: ws2019, edition: datacenter, activated: true}": (
        9,
        5,
        (
            "host name 'hv 3' is not a machine name: 1 to 63 letters, digits, '.', '_' or '-', "
            "a letter or digit first and last"
        ),
    ),
    "arm: {name: f, action: delay}": (9, 5, "fault 'f': delay needs a span of time above 0 (by)"),
    "name: far\n    after: 2912000d": (
        9,
        5,
        "the clock only moves forward, and stays before year 9000",
    ),
    "name: far\n    after: 2912000d\n    start: web01": (
        11,
        5,
        "the clock only moves forward, and stays before year 9000",
    ),
}


@pytest.mark.parametrize("step", NOT_ACCEPTED)
def test_a_command_that_is_not_accepted_fails_its_step(play, step):
    line, col, message = NOT_ACCEPTED[step]
    result = play(f"when:\n  - {step}\n    expect: {{guests: {{web01: {{running: true}}}}}}\n  - {LATER}\n")
    (failure,) = result.failures
    assert (failure.line, failure.col) == (line, col)
    assert (failure.about, failure.wanted, failure.got) == ("command", "that it is accepted", message)
    assert result.steps == 1


def test_a_machine_that_is_not_there_yet_fails_its_step(play):
    result = play(
        "when:\n  - start: late\n  - add_guest: {name: late, release: ws2019, edition: standard, on: hv1}\n"
    )
    assert [failure.got for failure in result.failures] == ["unknown guest 'late'; known: db01, web01"]


def test_invariants_are_watched_without_being_named(play, behave):
    behave(granted=granted_elsewhere)
    result = play(
        "when:\n  - name: it starts\n    start: web01\n    expect: {guests: {web01: {licence: grace}}}\n"
    )
    assert [(f.line, f.col, f.step, f.about, f.wanted, f.got) for f in result.failures] == [
        (
            9,
            5,
            "it starts",
            "invariant",
            "that it holds",
            "grant-follows-decision: entry 13: web01 names elsewhere, asked was hv1",
        )
    ]


def test_an_invariant_that_breaks_together_with_a_refusal_is_told_with_it(play, behave):
    behave(granted=granted_elsewhere)
    result = play("when:\n  - start: web01\n    expect: {refused: running}\n")
    assert [failure.about for failure in result.failures] == ["invariant", "command"]


@pytest.mark.parametrize("wait", ["within: 3h, guests: {web01: {licence: licensed}}", "throughout: 3h"])
def test_invariants_are_watched_while_an_expectation_waits(play, behave, wait):
    behave(granted=granted_elsewhere)
    result = play(
        "when:\n"
        "  - set_service: {host: hv1, state: stopped}\n"
        "  - start: web01\n"
        "  - set_service: {host: hv1, state: running}\n"
        f"    expect: {{{wait}}}\n"
    )
    (failure,) = result.failures
    assert (failure.line, failure.col, failure.about) == (12, 13, "invariant")
    assert failure.got.startswith("grant-follows-decision: entry ")


def test_another_story_the_second_time_is_a_defect(play, behave):
    calls = []

    def never_the_same(*arguments):
        calls.append(arguments)
        return ending_later(licensing.granted(*arguments), len(calls))

    behave(granted=never_the_same)
    with pytest.raises(Defect, match=r"^the same commands told another story the second time$"):
        play("when:\n  - start: web01\n")
    assert len(calls) == 2


def test_a_behaviour_that_is_merely_another_is_no_defect(play, behave):
    def longer(*arguments):
        return ending_later(licensing.granted(*arguments), 1_000_000)

    behave(granted=longer)
    assert play(
        "when:\n  - start: web01\n    expect: {guests: {web01: {expires: 2025-06-30T00:00:01Z}}}\n"
    ).passed


def test_a_lab_file_has_no_steps(load, given):
    for text in (given, given + "when: []\n"):
        scenario = load(text, file="folder/lab.avma.yaml")
        assert scenario.steps == ()
        assert (scenario.name, scenario.seeds, scenario.clauses) == ("lab.avma.yaml", (0,), ())
        lab = make_lab(scenario.given, 3)
        assert list(lab.hosts) == ["hv1", "hv2"]
        assert list(lab.guests) == ["web01", "db01"]
        assert run_scenario(scenario, 3).trace_hash == lab.trace_hash
        assert run_scenario(scenario, 3).steps == 0


def test_an_empty_lab_is_a_lab(load):
    scenario = load("given: {}\n")
    assert make_lab(scenario.given, 0).trace_hash == make_lab(scenario.given, 0).trace_hash
    assert scenario.given.made == ()


def test_faults_of_the_lab_are_armed(load):
    scenario = load(
        """\
        given:
          hosts:
            hv1: {release: ws2019, edition: datacenter, activated: true}
          guests:
            web01: {release: ws2016, edition: standard, on: hv1, key: avma}
          faults:
            lost: {action: drop, to: guest, nth: 1}
        when:
          - start: web01
            expect: {guests: {web01: {pending: true}}}
        """
    )
    assert list(make_lab(scenario.given, 0).state.faults) == ["lost"]
    assert run_scenario(scenario, 0).passed


def test_names_of_invariants_are_read(load, given):
    scenario = load(given + f"always: [{', '.join(INVARIANTS)}]\n")
    assert scenario.always == tuple(INVARIANTS)


def test_a_lab_that_is_refused_when_it_is_made(load):
    scenario = load(STORY)
    with pytest.raises(InputError, match="a seed is an integer"):
        run_scenario(scenario, -1)


def test_a_lab_declares_keys_and_limits(play):
    result = play(
        """\
        given:
          hosts:
            hv1:
              release: ws2019
              edition: datacenter
              activated: true
              request_limit: {count: 1, per: 1h}
          guests:
            web01: {release: ws2016, edition: standard, on: hv1, unattend_key: avma}
            web02: {release: ws2016, edition: standard, on: hv1, key: avma}
          other_keys: {NBCDF-GHJKM-PQRTV-WXY23-46789: retail}
        when:
          - start: web01
            expect: {guests: {web01: {licence: licensed}}}
          - start: web02
            expect: {guests: {web02: {reason: C004FD00}}, events: [{log: hv1, code: C004FD00}]}
          - after: 1h
            ato: web02
            expect: {guests: {web02: {licence: licensed}}}
          - install_key: {guest: web01, key: NBCDF-GHJKM-PQRTV-WXY23-46789}
            expect: {guests: {web01: {licence: notification, reason: C004F034}}}
        """
    )
    assert result.failures == ()


def test_all_readings_may_be_asked_for(load):
    text = "given:\n  readings: all\n"
    assert load(text).given.all_readings
    assert load(text).given.readings == {}
    assert not load("given:\n  readings: {timing: permanent}\n").given.all_readings


LINE = "  - run: {line: cscript slmgr.vbs /dli, on: web01}\n    expect: {stdout: {contains: WORD}}\n"


def test_what_the_console_says_is_told_only_where_it_is_wrong():
    result = run_scenario(read_scenario(STORY + LINE.replace("WORD", "Licensed"), "f"), 4)
    assert (result.passed, result.said) == (True, ())
    result = run_scenario(read_scenario(STORY + LINE.replace("WORD", "Expired"), "f"), 4)
    (failure,) = result.failures
    assert (failure.about, result.said) == ("program: stdout", ())
    assert "License Status: Licensed" in failure.got
