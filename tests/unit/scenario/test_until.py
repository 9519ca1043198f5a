"""Scenarios that are played only so far: what is run and judged by then, and what is not."""

from __future__ import annotations

import pytest

from avma_sim.errors import DurationError
from avma_sim.model.duration import instant_text
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.until import Until, read_until
from avma_sim.scenario.worlds import run_worlds


@pytest.fixture
def so_far(load):
    """Play steps until a time; return failures, steps run, where it was cut, and where the clock is."""

    def play(steps, until):
        result, entries, _ = play_scenario(load(steps), 3, until=read_until(until))
        wrong = [(failure.step, failure.about) for failure in result.failures]
        cut = None if result.cut is None else instant_text(result.cut.at_us)
        assert result.cut is None or (result.cut.at_us == entries[-1].t and result.cut.of >= result.steps)
        return wrong, result.steps, cut, instant_text(entries[-1].t)

    return play


DAY1, DAY2, DAY3 = "2025-01-02T00:00:00Z", "2025-01-03T00:00:00Z", "2025-01-04T00:00:00Z"
MINUTE = "2025-01-01T00:01:00Z"
WRONG = "expect: {guests: {web01: {licence: notification}}}"
FAILED = [("s", "guest web01: licence")]


@pytest.mark.parametrize(
    ("step", "until", "wanted"),
    [
        # An advance that would go beyond ends there, however it says how far; what it expects is not judged.
        ("advance: 3d, WRONG", "2d", ([], 1, DAY2, DAY2)),
        ("advance: 3d, WRONG", "3d", (FAILED, 2, None, DAY3)),
        ("advance: {to: 2025-01-04T00:00:00Z}, WRONG", DAY2, ([], 1, DAY2, DAY2)),
        ("advance: {until: web01.next_attempt}, WRONG", "2d", ([], 1, DAY2, DAY2)),
        ("advance: {until: quiet}, WRONG", "2d", (FAILED, 2, None, "2025-01-01T00:00:00Z")),
        # So does the wait before a step, which is not run then.
        ("after: 3d, stop: web01, WRONG", "2d", ([], 1, DAY2, DAY2)),
        ("after: 2d, stop: web01, WRONG", "2d", (FAILED, 2, None, DAY2)),
        ("after: 1d, advance: 2d, WRONG", "2d", ([], 1, DAY2, DAY2)),
        # A wait for what is expected.
        ("expect: {within: 3d, guests: {web01: {licence: notification}}}", "2d", ([], 1, DAY2, DAY2)),
        (
            "expect: {within: 2d, guests: {web01: {licence: notification}}}",
            "2d",
            (FAILED, 2, None, DAY2),
        ),
        ("expect: {throughout: 3d, guests: {web01: {licence: licensed}}}", "2d", ([], 1, DAY2, DAY2)),
        ("expect: {throughout: 2d, guests: {web01: {licence: licensed}}}", "2d", ([], 2, None, DAY2)),
        (
            "expect: {throughout: 3d, guests: {web01: {licence: grace}}}",
            "2d",
            (FAILED, 2, None, "2025-01-01T00:00:00Z"),
        ),
        # A line of a console that would take longer is not run.
        ("run: {line: timeout /t 99999, on: web01}, expect: {exit: 7}", "1d", ([], 1, DAY1, DAY1)),
        (
            "run: {line: timeout /t 60, on: web01}, expect: {exit: 0}",
            "2d",
            ([], 2, None, "2025-01-01T00:01:00Z"),
        ),
    ],
)
def test_a_step_that_would_go_beyond_is_cut(so_far, step, until, wanted):
    step = step.replace("WRONG", WRONG)
    text = f"when:\n  - start: web01\n  - {{name: s, {step}}}\n"
    assert so_far(text, until) == wanted


def test_steps_after_it_are_not_run(so_far):
    text = """\
    when:
      - start: web01
      - advance: 3d
      - stop: web01
      - {expect: {guests: {web01: {licence: notification}}}}
    """
    assert so_far(text, "2d") == ([], 1, DAY2, DAY2)
    assert so_far(text, "3d")[2] is None


def test_what_happens_at_the_very_instant_is_played(so_far):
    text = """\
    when:
      - start: web01
      - advance: 2d
      - stop: web01
      - {name: s, expect: {guests: {web01: {licence: notification}}}}
    """
    assert so_far(text, "2d") == (FAILED, 4, None, DAY2)


def test_nothing_is_played_before_the_start(load):
    scenario = load("when:\n  - start: web01\n")
    result, entries, settings = play_scenario(scenario, 3, until=Until(0, since_start=False))
    assert (result.steps, result.cut.at_us, result.passed) == (0, settings.start_us, True)
    assert entries


def test_a_cut_scenario_begins_as_the_whole_one_does(load):
    scenario = load("when:\n  - start: web01\n  - advance: 30d\n  - deactivate: hv1\n  - advance: 30d\n")
    _, whole, _ = play_scenario(scenario, 3)
    _, cut, _ = play_scenario(scenario, 3, until=read_until("40d"))
    events = [entry for entry in cut if entry.by is not None]
    assert events[:-1] == [entry for entry in whole if entry.by is not None][: len(events) - 1]


def test_it_is_cut_under_every_combination_of_readings(load):
    worlds = run_worlds(load("when:\n  - start: web01\n  - advance: 30d\n"), 3, read_until("9d"))
    assert len(worlds.results) > 1
    assert all(result.cut is not None for result in worlds.results)


def test_a_time_is_an_instant_or_a_span():
    assert read_until("2d").at(5) == 172_800_000_005
    assert read_until("1970-01-01T00:00:01Z").at(5) == 1_000_000
    with pytest.raises(DurationError, match=r"not an instant: 'soon'.*; or a span since the start"):
        read_until("soon")
