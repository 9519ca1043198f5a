"""Tests the handshake's two ends: every phase with every input, every reason, and the host's memory."""

from __future__ import annotations

import itertools
import re

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError
from avma_sim.model.handshake import (
    ANSWERED,
    DECIDING,
    ENDED,
    FRESH,
    IDLE,
    WAITING,
    WAITING_BAD,
    Answer,
    HostEnd,
    Request,
)
from avma_sim.wire import handshake
from avma_sim.wire.blob import ERROR_FRAME, RESPONSE, ordinal, seal, write_request, write_response
from avma_sim.wire.handshake import (
    GUEST_TRANSITIONS,
    HOST_TRANSITIONS,
    NOTHING_PENDING,
    UNASKED,
    Deciding,
    guest_ask,
    guest_expire,
    guest_read,
    guest_void,
    host_answer,
    host_read,
    host_repeat,
)
from avma_sim.wire.seal import channel, digest

CHAN = channel(b"i" * 32, encrypted=True)
CLEAR = channel(b"i" * 32, encrypted=False)
STRANGER = channel(b"s" * 32, encrypted=True)
VM, OTHER_VM = b"virtual machine.", b"another machine."
AVMA, OTHER_AVMA = b"id of the key...", b"id of another..."
GRANT = Answer(0, "hv1", "SIMULATED", 7)
REFUSAL = Answer(0xC004FD02)


def asking(number):
    return Request(number.to_bytes(8, "big") + b"chance..", VM, AVMA, 14393, "standard")


FIRST, SECOND, THIRD = asking(1), asking(2), asking(3)
WAITS, SENT = guest_ask(NOTHING_PENDING, CHAN, SECOND)
WAITS_BAD, _ = guest_read(WAITS, CHAN, b"")
GIVEN_UP, _ = guest_void(WAITS)
GUEST_ENDS = {IDLE: NOTHING_PENDING, WAITING: WAITS, WAITING_BAD: WAITS_BAD, ENDED: GIVEN_UP}


def answered(end, request, answer=GRANT):
    deciding, output = host_read(end, CHAN, VM, write_request(CHAN, request))
    assert output.kind == "asked"
    return host_answer(deciding, CHAN, answer)


KNOWS_ONE, _ = answered(UNASKED, FIRST)
KNOWS_TWO, GENUINE = answered(KNOWS_ONE, SECOND)
REFUSED = answered(KNOWS_ONE, SECOND, REFUSAL)[1]
DECIDES, _ = host_read(KNOWS_ONE, CHAN, VM, SENT.blob)
HOST_ENDS = {FRESH: UNASKED, ANSWERED: KNOWS_TWO, DECIDING: DECIDES}


def test_ends_are_in_the_phases_they_are_named_for():
    assert {phase: end.phase for phase, end in (GUEST_ENDS | HOST_ENDS).items()} == {
        phase: phase for phase in GUEST_ENDS | HOST_ENDS
    }


# The tables, pair by pair.

GUEST_PHASES = (IDLE, WAITING, WAITING_BAD, ENDED)
GUEST_INPUTS = ("ask", "bytes", "grant", "refusal", "bad", "deadline", "void")
HOST_PHASES = (FRESH, DECIDING, ANSWERED)
HOST_INPUTS = ("unreadable", "new", "newest", "older", "verdict")


def test_tables_know_no_other_phase_and_no_other_input():
    for table, phases, inputs in (
        (GUEST_TRANSITIONS, GUEST_PHASES, GUEST_INPUTS),
        (HOST_TRANSITIONS, HOST_PHASES, HOST_INPUTS),
    ):
        assert {phase for phase, _ in table} == {phase for phase, _ in table.values()} == set(phases)
        assert {taken for _, taken in table} == set(inputs)


@pytest.mark.parametrize(
    ("table", "phase", "taken"),
    [
        *((GUEST_TRANSITIONS, *pair) for pair in itertools.product(GUEST_PHASES, GUEST_INPUTS)),
        *((HOST_TRANSITIONS, *pair) for pair in itertools.product(HOST_PHASES, HOST_INPUTS)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pair_is_in_the_table_or_refused(table, phase, taken):
    if (phase, taken) in table.keys():  # noqa: SIM118 - `in table` is what is being tested
        following, output = table[phase, taken]
        assert following in GUEST_PHASES + HOST_PHASES
        assert output
    else:
        with pytest.raises(LocalWireError, match=f"^an end that is {phase} takes no {taken!r}$"):
            table[phase, taken]
        assert (phase, taken) not in table.keys()  # noqa: SIM118 - asking leaves nothing behind


# Each step in each phase. In brackets: what the table calls it.
GUEST_STEPS = {
    "ask": lambda end: guest_ask(end, CHAN, THIRD),
    "genuine grant": lambda end: guest_read(end, CHAN, GENUINE.blob),
    "genuine refusal": lambda end: guest_read(end, CHAN, REFUSED.blob),
    "bad bytes": lambda end: guest_read(end, CHAN, b"?"),
    "nothing": lambda end: guest_read(end, CHAN, b""),
    "error frame": lambda end: guest_read(end, CHAN, ERROR_FRAME),
    "deadline": guest_expire,
    "void": guest_void,
}
# Law section 4: rules 1 (grant, refusal), 2 (bad bytes), 3 (deadline), 4 (nothing pending), "voiding".
GUEST_RESULTS = {
    (IDLE, "ask"): (WAITING, "send"),
    **{(phase, "genuine grant"): (ENDED, "granted") for phase in (WAITING, WAITING_BAD)},
    **{(phase, "genuine refusal"): (ENDED, "refused") for phase in (WAITING, WAITING_BAD)},
    **{
        (phase, step): (WAITING_BAD, "remembered")
        for phase in (WAITING, WAITING_BAD)
        for step in ("bad bytes", "nothing", "error frame")
    },
    (WAITING, "deadline"): (ENDED, "silence"),
    (WAITING_BAD, "deadline"): (ENDED, "broken"),
    **{(phase, "void"): (ENDED, "voided") for phase in (WAITING, WAITING_BAD)},
    **{
        (phase, step): (phase, "ignored")
        for phase in (IDLE, ENDED)
        for step in ("genuine grant", "genuine refusal", "bad bytes", "nothing", "error frame")
    },
}


@pytest.mark.parametrize(("phase", "step"), list(itertools.product(GUEST_PHASES, GUEST_STEPS)))
def test_guest_step(phase, step):
    end = GUEST_ENDS[phase]
    expected = GUEST_RESULTS.get((phase, step))
    if expected is None:
        with pytest.raises(LocalWireError, match=f"^an end that is {phase} takes no {step!r}$"):
            GUEST_STEPS[step](end)
        return
    after, output = GUEST_STEPS[step](end)
    assert (after.phase, output.kind) == expected
    assert (after.request is None) == (after.phase in {IDLE, ENDED}), "only a waiting end has a request"
    assert bool(output.blob) == (output.kind == "send")
    assert (output.answer is not None) == (output.kind in {"granted", "refused"})
    assert bool(output.reason) == (output.kind == "remembered")
    if expected[1] in {"granted", "refused"}:
        assert output.answer == (GRANT if output.kind == "granted" else REFUSAL)
    if expected[1] == "remembered":
        assert (after.request, after.digest) == (end.request, end.digest), "it waits for the same answer"
    if expected[1] == "ignored":
        assert after == end


HOST_STEPS = {
    "bad bytes": lambda end: host_read(end, CHAN, VM, b"?"),
    "new request": lambda end: host_read(end, CHAN, VM, write_request(CHAN, THIRD)),
    "newest request": lambda end: host_read(end, CHAN, VM, write_request(CHAN, SECOND)),
    "older request": lambda end: host_read(end, CHAN, VM, write_request(CHAN, FIRST)),
    "verdict": lambda end: host_answer(end, CHAN, GRANT),
}
HOST_RESULTS = {
    **{(phase, "bad bytes"): (phase, "error-frame") for phase in (FRESH, ANSWERED)},
    **{(FRESH, step): (DECIDING, "asked") for step in ("new request", "newest request", "older request")},
    (ANSWERED, "new request"): (DECIDING, "asked"),
    (ANSWERED, "newest request"): (ANSWERED, "repeat"),
    (ANSWERED, "older request"): (ANSWERED, "ignored"),
    (DECIDING, "verdict"): (ANSWERED, "response"),
}


@pytest.mark.parametrize(("phase", "step"), list(itertools.product(HOST_PHASES, HOST_STEPS)))
def test_host_step(phase, step):
    end = HOST_ENDS[phase]
    expected = HOST_RESULTS.get((phase, step))
    if expected is None:
        takes = (
            "waits for its verdict reads nothing$" if phase == DECIDING else f"is {phase} takes no 'verdict'$"
        )
        with pytest.raises(LocalWireError, match=f"^an end that {takes}"):
            HOST_STEPS[step](end)
        return
    after, output = HOST_STEPS[step](end)
    assert (after.phase, output.kind) == expected
    assert bool(output.blob) == (output.kind in {"response", "error-frame"})
    assert (output.request is not None) == (output.kind in {"asked", "repeat", "ignored"})
    assert bool(output.reason) == (output.kind == "error-frame")
    if phase == after.phase:
        assert after == end, "what is no new request leaves no trace"
    if output.kind == "error-frame":
        assert output.blob == ERROR_FRAME


@given(st.binary(max_size=200))
@example(SENT.blob)
@example(ERROR_FRAME)
@example(b"")
def test_deciding_end_reads_nothing_at_all(blob):
    """It is our own mistake to hand it bytes, whatever they are: no error frame goes out."""
    for chan in (CHAN, CLEAR):
        with pytest.raises(LocalWireError, match=r"^an end that waits for its verdict reads nothing$"):
            host_read(DECIDES, chan, VM, blob)


def test_end_that_claims_to_decide_has_no_request():
    with pytest.raises(LocalWireError, match=r"^an end that decides has a request$"):
        host_answer(HostEnd(DECIDING), CHAN, GRANT)


def test_waiting_end_knows_what_it_sent():
    assert (WAITS.phase, WAITS.request, WAITS.digest) == (WAITING, SECOND, digest(SENT.blob))
    assert SENT.blob == write_request(CHAN, SECOND)


def test_memory_of_an_answer():
    assert attrs.astuple(KNOWS_TWO) == (ANSWERED, digest(SENT.blob), 0, ((1, 2),))
    after, _ = answered(KNOWS_TWO, asking(9), REFUSAL)
    assert after.code == REFUSAL.code
    assert after.answered == ((1, 2), (9, 9))


def test_deciding_end_keeps_the_memory_before():
    assert isinstance(DECIDES, Deciding)
    assert (DECIDES.before, DECIDES.request, DECIDES.digest) == (KNOWS_ONE, SECOND, digest(SENT.blob))


def test_repeated_request_gets_the_same_bytes():
    after, output = host_read(KNOWS_TWO, CHAN, VM, SENT.blob)
    assert (after, output.kind, output.request) == (KNOWS_TWO, "repeat", SECOND)
    assert host_repeat(KNOWS_TWO, CHAN, SECOND, GRANT) == GENUINE.blob


def test_changed_request_under_the_newest_number_is_older_not_repeated():
    """Its number is spent, and it is not what was answered."""
    changed = attrs.evolve(SECOND, edition="datacenter")
    after, output = host_read(KNOWS_TWO, CHAN, VM, write_request(CHAN, changed))
    assert (after, output.kind) == (KNOWS_TWO, "ignored")


def test_host_after_a_restart_decides_a_repeated_request_anew():
    assert host_read(UNASKED, CHAN, VM, SENT.blob)[1].kind == "asked"


# Every reason, at both ends.


def respond(request=SECOND, transcript=WAITS.digest, chan=CHAN, **changes):
    return write_response(chan, attrs.evolve(request, **changes), transcript, GRANT)


def with_byte(blob, at, value):
    return blob[:at] + bytes([value]) + blob[at + 1 :]


BAD_ANSWERS = {
    "length": GENUINE.blob + b"\0",
    "marker": with_byte(GENUINE.blob, 0, 0),
    "version": with_byte(GENUINE.blob, 18, 9),
    "kind": SENT.blob,
    "error-frame": ERROR_FRAME,
    "encryption": respond(chan=CLEAR),
    "mac": respond(chan=STRANGER),
    "body": seal(CHAN, RESPONSE, SECOND.nonce, b"", WAITS.digest),
    "nonce": respond(nonce=FIRST.nonce),
    "vm-id": respond(vm_id=OTHER_VM),
    "avma-id": respond(avma_id=OTHER_AVMA),
}
BAD_REQUESTS = {
    "length": SENT.blob[:-1],
    "marker": with_byte(SENT.blob, 0, 0),
    "version": with_byte(SENT.blob, 18, 9),
    "kind": GENUINE.blob,
    "error-frame": ERROR_FRAME,
    "encryption": write_request(CLEAR, SECOND),
    "mac": write_request(STRANGER, SECOND),
    "body": seal(CHAN, 1, SECOND.nonce, b""),
    "vm-id": write_request(CHAN, attrs.evolve(SECOND, vm_id=OTHER_VM)),
}


@pytest.mark.parametrize("phase", [WAITING, WAITING_BAD])
@pytest.mark.parametrize("reason", BAD_ANSWERS)
def test_guest_remembers_why_and_waits_for_the_true_answer(phase, reason):
    assert guest_read(GUEST_ENDS[phase], CHAN, respond())[1].kind == "granted"  # the control
    after, output = guest_read(GUEST_ENDS[phase], CHAN, BAD_ANSWERS[reason])
    assert (after.phase, output.kind, output.reason) == (WAITING_BAD, "remembered", reason)
    ended, output = guest_read(after, CHAN, GENUINE.blob)
    assert (ended.phase, output.kind, output.answer) == (ENDED, "granted", GRANT)


def test_bound_answer_to_an_older_request_is_bad():
    """The nonce is right, the request behind it is not."""
    output = guest_read(WAITS, CHAN, respond(transcript=digest(write_request(CHAN, FIRST))))[1]
    assert (output.kind, output.reason) == ("remembered", "mac")


@pytest.mark.parametrize("phase", [FRESH, ANSWERED])
@pytest.mark.parametrize("reason", BAD_REQUESTS)
def test_host_says_why_it_cannot_read(phase, reason):
    end = HOST_ENDS[phase]
    assert host_read(end, CHAN, VM, write_request(CHAN, THIRD))[1].kind == "asked"  # the control
    after, output = host_read(end, CHAN, VM, BAD_REQUESTS[reason])
    assert (after, output.kind, output.reason) == (end, "error-frame", reason)


@pytest.mark.parametrize("blob", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_deadline_after_bad_bytes_is_a_broken_exchange(blob):
    after, _ = guest_read(WAITS, CHAN, blob)
    assert guest_expire(after)[1].kind == "broken"
    assert guest_expire(WAITS)[1].kind == "silence"


@given(st.binary(max_size=200))
def test_ends_take_any_bytes(blob):
    assert guest_read(WAITS, CHAN, blob)[1].kind == "remembered"
    assert guest_read(NOTHING_PENDING, CHAN, blob)[1].kind == "ignored"
    assert host_read(UNASKED, CHAN, VM, blob)[1].kind == "error-frame"


# The host's memory of what it has answered.


numbers = st.integers(0, 12) | st.integers(0, 2**64 - 1)


@given(st.lists(numbers, max_size=40), st.lists(numbers, max_size=10))
@example([5, 3, 4], [])
@example([1, 2, 3, 7, 9, 8], [])
@example([1, 3, 5, 2, 2], [])
@example([2**64 - 1, 0, 2**64 - 2], [])
def test_runs_are_a_set(added, asked):
    runs: tuple[tuple[int, int], ...] = ()
    known: set[int] = set()
    for number in added:
        assert handshake._has(runs, number) == (number in known)
        runs = handshake._with(runs, number)
        known.add(number)
        ends = [end for run in runs for end in run]
        assert ends == sorted(ends), "in order, and nothing twice"
        assert all(after - before > 1 for (_, before), (after, _) in itertools.pairwise(runs)), (
            "neighbours join"
        )
        assert sum(last - first + 1 for first, last in runs) == len(known)
    probes = {*asked, *known, *(number + step for number in known for step in (-1, 1))}
    assert {number for number in probes if handshake._has(runs, number)} == known & probes


def test_memory_of_a_long_life_stays_small():
    end = UNASKED
    for number in range(1, 300):
        end, _ = answered(end, asking(number))
    assert end.answered == ((1, 299),)


@given(st.lists(st.integers(1, 6), max_size=15))
def test_host_answers_each_request_once_and_repeats_only_the_newest(order):
    end = UNASKED
    done: list[int] = []
    for number in order:
        after, output = host_read(end, CHAN, VM, write_request(CHAN, asking(number)))
        if number not in done:
            assert output.kind == "asked"
            end, _ = host_answer(after, CHAN, GRANT)
            done.append(number)
        else:
            assert output.kind == ("repeat" if number == done[-1] else "ignored")
            assert after == end
        assert ordinal(asking(number).nonce) == number


def test_reasons_are_words():
    assert all(re.fullmatch("[a-z]+(-[a-z]+)?", reason) for reason in BAD_ANSWERS | BAD_REQUESTS)
