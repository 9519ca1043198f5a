"""Attacks the exchange byte by byte: only the genuine answer to its own request activates a guest.

Each attack first shows that the unaltered blob, sent in the very same way, is accepted. First the ends
alone are attacked, with everything; then whole worlds, with a sample and with every forged blob.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import attrs
import pytest

from avma_sim.facts.ids import iaid
from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import HOST_NOT_ACTIVATED, INVALID_DATA, OK, TIMED_OUT
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import ENDED, WAITING_BAD, Answer, GuestEnd, HostEnd, Request
from avma_sim.model.host import Host
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.log import log_rows
from avma_sim.rules.keys import own_key_or_error
from avma_sim.sim.chance import host_identity
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, new_state
from avma_sim.wire.blob import BLOB_BYTES_MAX, ERROR, ERROR_FRAME, MARKER, REQUEST, RESPONSE, VERSION, seal
from avma_sim.wire.handshake import (
    NOTHING_PENDING,
    UNASKED,
    guest_ask,
    guest_expire,
    guest_read,
    host_answer,
    host_read,
)
from avma_sim.wire.seal import MAC_BYTES, NO_TRANSCRIPT, Channel, channel, digest, hide, mac

FACTS = load_facts()
HEADER = struct.Struct(">18sBBBH16s")
FIXED = struct.Struct(">16s16sI")

each_encryption = pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "clear"])


class Exchange(NamedTuple):
    """One exchange as it goes when nobody disturbs it."""

    chan: Channel
    older: bytes  # the same guest's request before this one
    request: Request
    sent: bytes
    waiting: GuestEnd
    answer: Answer
    answered: bytes


def exchange(chan, request, answer, older):
    """Let two ends talk undisturbed: the control of every attack on them."""
    waiting, output = guest_ask(NOTHING_PENDING, chan, request)
    deciding, asked = host_read(UNASKED, chan, request.vm_id, output.blob)
    assert (asked.kind, asked.request) == ("asked", request)
    _, response = host_answer(deciding, chan, answer)
    ended, got = guest_read(waiting, chan, response.blob)
    assert (ended.phase, got.kind, got.answer) == (ENDED, "refused" if answer.code else "granted", answer)
    return Exchange(chan, older, request, output.blob, waiting, answer, response.blob)


VM, OTHER_VM = b"virtual machine.", b"another machine."
AVMA, OTHER_AVMA = b"id of the key...", b"id of another..."
GRANT = Answer(OK, "hv1", "SIMULATED-01234-56789-012", 180 * 86_400_000_000)
REFUSAL = Answer(HOST_NOT_ACTIVATED)


def asking(number, vm=VM):
    return Request(number.to_bytes(8, "big") + b"chance..", vm, AVMA, 14393, "standard")


def undisturbed(encrypted, answer=GRANT):
    chan = channel(b"i" * 32, encrypted=encrypted)
    older = guest_ask(NOTHING_PENDING, chan, asking(1))[1].blob
    return exchange(chan, asking(2), answer, older)


def altered(blob):
    """Every other value of every byte, every truncation, and 64 extensions."""
    for at, byte in enumerate(blob):
        before, after = blob[:at], blob[at + 1 :]
        for value in range(256):
            if value != byte:
                yield before + bytes((value,)) + after
    yield from truncated(blob)
    yield from extended(blob)


def truncated(blob):
    return [blob[:size] for size in range(len(blob))]


def extended(blob):
    return [blob + (blob * 2)[:size] for size in range(1, 33)] + [blob + bytes(size) for size in range(1, 33)]


# The ends alone.

MESSAGES = ("request", "grant", "refusal", "error frame")


def message(name, encrypted):
    if name == "error frame":
        return ERROR_FRAME
    plain = undisturbed(encrypted, REFUSAL if name == "refusal" else GRANT)
    return plain.sent if name == "request" else plain.answered


def count(blob):
    return 255 * len(blob) + len(blob) + 64


@each_encryption
@pytest.mark.parametrize("name", MESSAGES)
def test_no_altered_message_reaches_the_guest(name, encrypted):
    plain = undisturbed(encrypted, REFUSAL if name == "refusal" else GRANT)
    blob = message(name, encrypted)
    control = guest_read(plain.waiting, plain.chan, blob)[1].kind
    assert control == {"grant": "granted", "refusal": "refused"}.get(name, "remembered")
    tried = 0
    end = plain.waiting
    for attack in altered(blob):
        end, output = guest_read(end, plain.chan, attack)
        assert (end.phase, output.kind, output.answer) == (WAITING_BAD, "remembered", None), attack.hex()
        tried += 1
    assert tried == count(blob)
    # None of them served to deny the true answer.
    assert guest_expire(end)[1].kind == "broken"
    assert guest_read(end, plain.chan, plain.answered)[1].answer == plain.answer


@each_encryption
@pytest.mark.parametrize("name", MESSAGES)
def test_no_altered_message_reaches_the_host(name, encrypted):
    plain = undisturbed(encrypted)
    blob = message(name, encrypted)
    control = host_read(UNASKED, plain.chan, VM, blob)[1].kind
    assert control == ("asked" if name == "request" else "error-frame")
    tried = 0
    for attack in altered(blob):
        end, output = host_read(UNASKED, plain.chan, VM, attack)
        assert (end, output.kind, output.request) == (UNASKED, "error-frame", None), attack.hex()
        assert output.blob == ERROR_FRAME
        tried += 1
    assert tried == count(blob)


class Genuine(NamedTuple):
    """A genuine exchange with its place: guest, attempt and host."""

    place: tuple[str, int, str]
    vm: bytes
    talk: Exchange


def genuine_exchanges(encrypted, answer):
    found = []
    for name, vm in (("web1", VM), ("web2", OTHER_VM)):
        for number in (1, 2):
            for host in ("hv1", "hv2"):
                chan = channel(host.encode() * 8, encrypted=encrypted)
                found.append(
                    Genuine((name, number, host), vm, exchange(chan, asking(number, vm), answer, b""))
                )
    return found


@each_encryption
@pytest.mark.parametrize("answer", [GRANT, REFUSAL], ids=["grant", "refusal"])
def test_genuine_answer_serves_only_its_own_request(encrypted, answer):
    """Every answer to every waiting guest: other guests, other attempts, other hosts."""
    exchanges = genuine_exchanges(encrypted, answer)
    served = [
        (own.place, other.place)
        for own in exchanges
        for other in exchanges
        if guest_read(own.talk.waiting, own.talk.chan, other.talk.answered)[1].kind != "remembered"
    ]
    assert served == [(one.place, one.place) for one in exchanges]


@each_encryption
def test_genuine_request_is_read_only_in_its_own_pipe(encrypted):
    exchanges = genuine_exchanges(encrypted, GRANT)
    read = {
        (own.place, other.place)
        for own in exchanges
        for other in exchanges
        if host_read(UNASKED, own.talk.chan, own.vm, other.talk.sent)[1].kind == "asked"
    }
    assert read == {
        (own.place, other.place)
        for own in exchanges
        for other in exchanges
        if (own.vm, own.place[2]) == (other.vm, other.place[2])
    }


@each_encryption
def test_replayed_request_is_never_decided_again(encrypted):
    end = UNASKED
    chan = channel(b"i" * 32, encrypted=encrypted)
    requests = [guest_ask(NOTHING_PENDING, chan, asking(number))[1].blob for number in (1, 2, 3)]
    for sent in requests:
        deciding, output = host_read(end, chan, VM, sent)
        assert output.kind == "asked"  # the control: each is decided once
        end, _ = host_answer(deciding, chan, GRANT)
    assert [host_read(end, chan, VM, sent)[1].kind for sent in requests] == ["ignored", "ignored", "repeat"]


@each_encryption
def test_nothing_is_accepted_when_nothing_is_pending(encrypted):
    plain = undisturbed(encrypted)
    ended, output = guest_read(plain.waiting, plain.chan, plain.answered)
    assert output.kind == "granted"
    for end in (NOTHING_PENDING, ended):
        for blob in (plain.answered, plain.sent, ERROR_FRAME, b""):
            assert guest_read(end, plain.chan, blob) == (end, ("ignored", b"", None, None, ""))


# Forged blobs: written field by field with the right key, so that one check alone can tell them.


class Forged(NamedTuple):
    """A blob field by field; None stands for what is right."""

    kind: int
    nonce: bytes
    body: bytes
    transcript: bytes = NO_TRANSCRIPT
    marker: bytes = MARKER
    version: int = VERSION
    header_kind: int | None = None
    flags: int | None = None
    length: int | None = None
    found_mac: bytes | None = None
    chan: Channel | None = None
    tail: bytes = b""

    def blob(self, chan):
        chan = self.chan or chan
        # It is hidden as its reader will show it, whatever its header says.
        body = hide(chan, self.nonce, self.kind, self.body) if chan.encrypted else self.body
        text = HEADER.pack(
            self.marker,
            self.version,
            self.kind if self.header_kind is None else self.header_kind,
            int(chan.encrypted) if self.flags is None else self.flags,
            len(body) if self.length is None else self.length,
            self.nonce,
        )
        text += body
        return (
            text
            + (mac(chan, self.transcript, text) if self.found_mac is None else self.found_mac)
            + self.tail
        )


class Terms(NamedTuple):
    """A response's body field by field."""

    vm_id: bytes
    avma_id: bytes
    code: int
    iaid: bytes
    validity: bytes
    name: bytes
    pid: bytes
    rest: bytes = b""

    def body(self):
        return FIXED.pack(*self[:3]) + b"".join(self[3:])


def terms(talk, vm_id=None, avma_id=None):
    """Spell a response's body as the format says; for another machine or key where one is named."""
    vm_id, avma_id, answer = vm_id or talk.request.vm_id, avma_id or talk.request.avma_id, talk.answer
    if answer.code:
        return Terms(vm_id, avma_id, answer.code, b"", b"", b"", b"")
    return Terms(
        vm_id,
        avma_id,
        OK,
        iaid(vm_id, avma_id),
        struct.pack(">Q", answer.validity_us),
        bytes([len(answer.host_name)]) + answer.host_name.encode(),
        bytes([len(answer.host_pid)]) + answer.host_pid.encode(),
    )


def response(talk, **fields):
    """Forge a response to an exchange's request; without fields it is the genuine one."""
    right = terms(talk, fields.pop("vm_id", None), fields.pop("avma_id", None))
    changes = {name: fields.pop(name) for name in Terms._fields if name in fields}
    body = right._replace(**changes).body()
    parts = {"nonce": talk.request.nonce, "body": body, "transcript": digest(talk.sent)} | fields
    return Forged(RESPONSE, **parts).blob(talk.chan)


def request(talk, **fields):
    """Forge a request of an exchange's guest; without fields it is the genuine one."""
    asked = talk.request
    vm, edition = fields.pop("vm_id", asked.vm_id), fields.pop("edition", asked.edition.encode())
    body = FIXED.pack(vm, asked.avma_id, asked.build) + edition
    return Forged(REQUEST, **({"nonce": asked.nonce, "body": body} | fields)).blob(talk.chan)


def stranger(talk):
    return channel(b"another host's identity, 32 bytes", encrypted=talk.chan.encrypted)


def wrong_flags(talk):
    return 1 - talk.chan.encrypted


def fill(talk, forge, spare):
    """Return how many bytes a body lacks to the size limit, and `spare` more."""
    return BLOB_BYTES_MAX - len(forge(talk)) + spare


# Check that must tell it: (name of the attack, forger, reason the end must give).
ANY_KIND = [
    ("marker", {"marker": b"avma_sim Simulated"}, "marker"),
    ("marker-bare", {"marker": bytes(18)}, "marker"),
    ("version-0", {"version": 0}, "version"),
    ("version-2", {"version": 2}, "version"),
    ("kind-0", {"header_kind": 0}, "kind"),
    ("kind-error", {"header_kind": ERROR}, "error-frame"),
    ("flags-other-end", {"flags": wrong_flags}, "encryption"),
    ("flags-unknown", {"flags": lambda talk: talk.chan.encrypted | 2}, "encryption"),
    ("length-less", {"length": 7}, "length"),
    ("length-more", {"length": 0xFFFF}, "length"),
    ("trailing-byte", {"tail": b"\0"}, "length"),
    ("mac-zero", {"found_mac": bytes(MAC_BYTES)}, "mac"),
    ("mac-none", {"found_mac": b""}, "length"),
    ("mac-of-another-host", {"chan": stranger}, "mac"),
]
ON_THE_GUEST = [
    *ANY_KIND,
    ("kind-request", {"header_kind": REQUEST}, "kind"),
    ("nonce", {"nonce": lambda talk: talk.older[23:39]}, "nonce"),
    (
        "nonce-one-bit",
        {"nonce": lambda talk: talk.request.nonce[:-1] + bytes([talk.request.nonce[-1] ^ 1])},
        "nonce",
    ),
    ("transcript-none", {"transcript": NO_TRANSCRIPT}, "mac"),
    ("transcript-of-the-older-request", {"transcript": lambda talk: digest(talk.older)}, "mac"),
    ("vm-id", {"vm_id": OTHER_VM}, "vm-id"),
    ("avma-id", {"avma_id": OTHER_AVMA}, "avma-id"),
    ("cut", {"body": lambda talk: terms(talk).body()[:35]}, "body"),
    ("empty", {"body": b""}, "body"),
    ("rest", {"rest": b"\0"}, "body"),
    ("rest-up-to-the-limit", {"rest": lambda talk: bytes(fill(talk, response, 0))}, "body"),
]
ANSWER_ABOVE_THE_LIMIT = ("size", {"rest": lambda talk: bytes(fill(talk, response, 1))}, "length")
ON_A_GRANT = [
    *ON_THE_GUEST,
    ("iaid", {"iaid": lambda talk: iaid(OTHER_VM, talk.request.avma_id)}, "body"),
    ("iaid-zero", {"iaid": bytes(16)}, "body"),
    ("no-terms", {"validity": b"", "name": b"", "pid": b""}, "body"),
    ("no-texts", {"name": b"", "pid": b""}, "body"),
    ("text-cut", {"pid": b"\3id"}, "body"),
    ("text-not-utf-8", {"name": b"\3h\xe91"}, "body"),
    ("a-refusal-with-terms", {"code": HOST_NOT_ACTIVATED}, "body"),
]
ON_THE_HOST = [
    *ANY_KIND,
    ("kind-response", {"header_kind": RESPONSE}, "kind"),
    ("vm-id", {"vm_id": OTHER_VM}, "vm-id"),
    ("bound-to-a-request", {"transcript": lambda talk: digest(talk.older)}, "mac"),
    ("edition-none", {"edition": b""}, "body"),
    ("edition-33", {"edition": b"e" * 33}, "body"),
    ("edition-not-ascii", {"edition": b"standard\xff"}, "body"),
    ("edition-utf-8", {"edition": "\u00e9".encode()}, "body"),
    ("edition-up-to-the-limit", {"edition": lambda talk: bytes(fill(talk, request, 8))}, "body"),
    ("cut", {"body": bytes(35)}, "body"),
    ("empty", {"body": b""}, "body"),
]
REQUEST_ABOVE_THE_LIMIT = ("size", {"edition": lambda talk: bytes(fill(talk, request, 9))}, "length")


def forge(writer, talk, fields):
    return writer(talk, **{name: value(talk) if callable(value) else value for name, value in fields.items()})


def each(*rows):
    return pytest.mark.parametrize(("fields", "reason"), [pytest.param(*row[1:], id=row[0]) for row in rows])


def guest_refuses(talk, fields, reason):
    control = forge(response, talk, {})
    assert control == talk.answered
    assert guest_read(talk.waiting, talk.chan, control)[1].answer == talk.answer
    forged = forge(response, talk, fields)
    assert forged != control
    end, output = guest_read(talk.waiting, talk.chan, forged)
    assert (end.phase, output.kind, output.reason, output.answer) == (WAITING_BAD, "remembered", reason, None)


@each_encryption
@each(*ON_A_GRANT, ANSWER_ABOVE_THE_LIMIT)
def test_forged_grant(fields, reason, encrypted):
    guest_refuses(undisturbed(encrypted), fields, reason)


@each_encryption
@each(*ON_THE_GUEST, ANSWER_ABOVE_THE_LIMIT)
def test_forged_refusal(fields, reason, encrypted):
    guest_refuses(undisturbed(encrypted, REFUSAL), fields, reason)


@each_encryption
@each(*ON_THE_HOST, REQUEST_ABOVE_THE_LIMIT)
def test_forged_request(fields, reason, encrypted):
    talk = undisturbed(encrypted)
    control = forge(request, talk, {})
    assert control == talk.sent
    assert host_read(UNASKED, talk.chan, VM, control)[1].request == talk.request
    forged = forge(request, talk, fields)
    assert forged != control
    end, output = host_read(UNASKED, talk.chan, VM, forged)
    assert (end, output.kind, output.reason, output.request) == (UNASKED, "error-frame", reason, None)


@each_encryption
def test_own_request_sent_back_is_no_answer(encrypted):
    talk = undisturbed(encrypted)
    output = guest_read(talk.waiting, talk.chan, talk.sent)[1]
    assert (output.kind, output.reason) == ("remembered", "kind")


# Whole worlds: a `replace` fault puts the attack in the place of the genuine packet.


class Lab(NamedTuple):
    """A world that waits for its guest's start, and what goes over its pipe when nobody disturbs it."""

    world: World
    talk: Exchange
    encrypted: bool


def base_world(*, encrypted, activated=True):
    settings = Settings(seed=7)
    world = World(FACTS, DOCUMENTED, KeepJournal(Header(settings)), new_state(settings))
    for name in ("hv1", "hv2"):
        host = Host(name, "ws2019", "datacenter", encryption=encrypted)
        world.do(cmd.AddHost(host, "mak" if activated else ""))
    key = own_key_or_error(FACTS, "ws2016", "standard").text
    for name in ("web1", "web2"):
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", "hv1", key, encryption=encrypted)))
    return world


def told(world, kind):
    return [entry.what for entry in world.journal.entries() if isinstance(entry.what, kind)]


def attempt(world, *faults, guest="web1"):
    """Arm the faults and let the guest's next attempt run to its end."""
    for fault in faults:
        assert world.do(cmd.ArmFault(fault))
    if not world.state.guests[guest].running:
        assert world.do(cmd.Start(guest))
    if guest in world.state.attempts or not log_rows(world.state.logs[guest], 8):
        assert world.do(cmd.Advance(until="attempt", guest=guest))
    assert not world.state.attempts
    return log_rows(world.state.logs[guest], 8)[-1]


def instead(blob, to="guest", nth=1, name="swap"):
    return Fault(name, "replace", guest="web1", to=to, nth=nth, blob=blob)


def make_lab(*, encrypted, activated=True):
    world = base_world(encrypted=encrypted, activated=activated)
    trial = world.fork()
    last = attempt(trial)
    assert last.code == (OK if activated else HOST_NOT_ACTIVATED)
    started, decided = told(trial, ev.AttemptStarted)[0], told(trial, ev.ActivationDecided)[0]
    end = started.attempt.end
    chan = channel(host_identity(7, "hv1"), encrypted=encrypted)
    answer = guest_read(end, chan, decided.packet.blob)[1].answer
    assert answer is not None
    older = seal(chan, REQUEST, bytes(16), b"an older one")
    talk = Exchange(chan, older, end.request, started.packet.blob, end, answer, decided.packet.blob)
    return Lab(world, talk, encrypted)


@pytest.fixture(scope="module", params=[True, False], ids=["encrypted", "clear"])
def lab(request):
    return make_lab(encrypted=request.param)


@pytest.fixture(scope="module", params=[True, False], ids=["encrypted", "clear"])
def refusing_lab(request):
    return make_lab(encrypted=request.param, activated=False)


def host_rows(world):
    return [(row.event, row.outcome) for row in log_rows(world.state.logs["hv1"], 8)]


def heals(world, code=OK):
    """The exchange after the broken one goes as any: nothing is poisoned."""
    assert world.do(cmd.Advance(until="attempt", guest="web1"))
    assert log_rows(world.state.logs["web1"], 8)[-1].code == code
    assert world.state.licences["web1"].status == (NOTIFICATION if code else LICENSED)


def broken(world, last):
    """The attempt ended as invalid data, and nobody was activated."""
    licence = world.state.licences["web1"]
    assert (last.event, last.outcome, last.code) == (12309, "invalid-data", INVALID_DATA)
    assert last.because.law == "exchange rule 3"
    assert (licence.status, licence.reason, licence.activated_us) == (NOTIFICATION, INVALID_DATA, None)
    assert not told(world, ev.LicenceGranted)


def accepts_unaltered(lab, to):
    """Replace a message by itself, by the same fault: it is accepted. The control of every attack."""
    world = lab.world.fork()
    assert world.state.licences["web1"].status == GRACE
    last = attempt(world, instead(lab.talk.answered if to == "guest" else lab.talk.sent, to))
    assert [fault.what for fault in told(world, ev.FaultHit)] == ["replace"]
    assert not told(world, ev.BadBytesSeen)
    code = lab.talk.answer.code
    assert (last.outcome, last.code) == ("invalid-host" if code else "success", code)
    assert host_rows(world) == [(12310, "refused" if code else "granted")]
    assert world.state.licences["web1"].status == (NOTIFICATION if code else LICENSED)


def attack_answer(lab, blob, outcome="granted"):
    """Replace the answer; return what the guest noted about it."""
    world = lab.world.fork()
    last = attempt(world, instead(blob))
    assert [fault.what for fault in told(world, ev.FaultHit)] == ["replace"]
    broken(world, last)
    assert host_rows(world) == [(12310, outcome)], "the host decided, and knows nothing of the attack"
    (bad,) = told(world, ev.BadBytesSeen)
    return world, bad.reason


def attack_request(lab, blob):
    """Replace the request; return what the host noted about it."""
    world = lab.world.fork()
    last = attempt(world, instead(blob, to="host"))
    assert [fault.what for fault in told(world, ev.FaultHit)] == ["replace"]
    broken(world, last)
    assert host_rows(world) == [], "a request that cannot be read gets no 12310"
    assert [bad.reason for bad in told(world, ev.BadBytesSeen)] == ["error-frame"]
    (unread,) = told(world, ev.RequestUnread)
    return world, unread.reason


def one_byte_each(blob):
    """One other value of every byte: a different one at every place."""
    for at, byte in enumerate(blob):
        yield blob[:at] + bytes([byte ^ (at % 255 + 1)]) + blob[at + 1 :]


def sample(blob):
    return [*one_byte_each(blob), *truncated(blob)[::5], b"", *extended(blob)[::4]]


def test_altered_grant_never_activates(lab):
    accepts_unaltered(lab, "guest")
    for blob in sample(lab.talk.answered):
        world, _ = attack_answer(lab, blob)
    heals(world)


def test_altered_refusal_is_no_refusal(refusing_lab):
    accepts_unaltered(refusing_lab, "guest")
    for blob in sample(refusing_lab.talk.answered):
        world, _ = attack_answer(refusing_lab, blob, "refused")
    heals(world, HOST_NOT_ACTIVATED)


def test_altered_request_is_never_decided(lab):
    accepts_unaltered(lab, "host")
    for blob in sample(lab.talk.sent):
        world, _ = attack_request(lab, blob)
    heals(world)


def test_altered_error_frame_never_activates(lab):
    """The request is broken, so that an error frame comes; then that is broken too."""
    accepts_unaltered(lab, "host")
    accepts_unaltered(lab, "guest")
    for blob in [ERROR_FRAME, *sample(ERROR_FRAME)]:
        world = lab.world.fork()
        last = attempt(world, instead(b"?", to="host", name="break"), instead(blob))
        assert len(told(world, ev.FaultHit)) == 2
        broken(world, last)
        assert host_rows(world) == []
    heals(world)


@pytest.mark.parametrize("to", ["host", "guest"])
def test_error_frame_in_the_place_of_a_message(lab, to):
    accepts_unaltered(lab, to)
    world, reason = (attack_request if to == "host" else attack_answer)(lab, ERROR_FRAME)
    assert reason == "error-frame"
    heals(world)


@each(*ON_A_GRANT)
def test_forged_grant_in_a_world(lab, fields, reason):
    accepts_unaltered(lab, "guest")
    assert forge(response, lab.talk, {}) == lab.talk.answered
    world, found = attack_answer(lab, forge(response, lab.talk, fields))
    assert found == reason
    heals(world)


@each(*ON_THE_GUEST)
def test_forged_refusal_in_a_world(refusing_lab, fields, reason):
    accepts_unaltered(refusing_lab, "guest")
    assert forge(response, refusing_lab.talk, {}) == refusing_lab.talk.answered
    world, found = attack_answer(refusing_lab, forge(response, refusing_lab.talk, fields), "refused")
    assert found == reason
    heals(world, HOST_NOT_ACTIVATED)


@each(*ON_THE_HOST)
def test_forged_request_in_a_world(lab, fields, reason):
    accepts_unaltered(lab, "host")
    assert forge(request, lab.talk, {}) == lab.talk.sent
    world, found = attack_request(lab, forge(request, lab.talk, fields))
    assert found == reason
    heals(world)


@pytest.mark.parametrize("to", ["host", "guest"])
def test_message_above_the_limit_in_a_world(lab, to):
    """No fault puts more than the limit in a packet's place, but it can make one longer."""
    accepts_unaltered(lab, to)
    world = lab.world.fork()
    last = attempt(world, Fault("longer", "extend", guest="web1", to=to, nth=1, blob=bytes(BLOB_BYTES_MAX)))
    broken(world, last)
    assert [unread.reason for unread in told(world, ev.RequestUnread)] == (["length"] if to == "host" else [])
    assert host_rows(world) == ([] if to == "host" else [(12310, "granted")])
    heals(world)


def two_attempts(world):
    """Let both guests activate and renew, undisturbed; return every blob by guest, attempt and way."""
    trial = world.fork()
    for name in ("web1", "web2"):
        assert trial.do(cmd.Start(name))
    assert trial.do(cmd.Advance(to_us=trial.state.now_us + 8 * 86_400_000_000))
    blobs = {}
    counts = dict.fromkeys(("web1", "web2"), 0)
    for started in told(trial, ev.AttemptStarted):
        counts[started.guest] += 1
        blobs[started.guest, counts[started.guest], "host"] = started.packet.blob
    counts = dict.fromkeys(counts, 0)
    for decided in told(trial, ev.ActivationDecided):
        counts[decided.guest] += 1
        blobs[decided.guest, counts[decided.guest], "guest"] = decided.packet.blob
    assert len(blobs) == 8
    assert len(set(blobs.values())) == 8
    return blobs


def test_genuine_blobs_in_the_place_of_the_first_answer(lab):
    """Replayed, swapped between guests, sent ahead of their time, turned round: only one is the answer."""
    licensed = []
    for place, blob in two_attempts(lab.world).items():
        world = lab.world.fork()
        last = attempt(world, instead(blob))
        if world.state.licences["web1"].status == LICENSED:
            licensed.append(place)
        else:
            broken(world, last)
    assert licensed == [("web1", 1, "guest")]


def test_genuine_blobs_in_the_place_of_the_second_answer(lab):
    """A replayed grant renews nothing, and takes nothing away."""
    renewed = []
    for place, blob in two_attempts(lab.world).items():
        world = lab.world.fork()
        attempt(world)
        before = world.state.licences["web1"]
        assert world.do(cmd.ArmFault(instead(blob)))
        assert world.do(cmd.Advance(until="attempt", guest="web1"))
        last = log_rows(world.state.logs["web1"], 8)[-1]
        after = world.state.licences["web1"]
        assert after.status == LICENSED
        if after.end != before.end:
            renewed.append(place)
        else:
            assert (last.outcome, last.code) == ("invalid-data", INVALID_DATA)
            assert (after.activated_us, after.failure) == (before.activated_us, INVALID_DATA)
        assert host_rows(world) == [(12310, "granted")] * 2
    assert renewed == [("web1", 2, "guest")]


def test_genuine_blobs_in_the_place_of_the_second_request(lab):
    """Requests of others are not read, the guest's own older one is not answered."""
    renewed, silent = [], []
    for place, blob in two_attempts(lab.world).items():
        world = lab.world.fork()
        attempt(world)
        before = world.state.licences["web1"]
        assert world.do(cmd.ArmFault(instead(blob, to="host")))
        assert world.do(cmd.Advance(until="attempt", guest="web1"))
        last = log_rows(world.state.logs["web1"], 8)[-1]
        if world.state.licences["web1"].end != before.end:
            renewed.append(place)
            continue
        assert host_rows(world) == [(12310, "granted")]
        if place == ("web1", 1, "host"):
            # It is the newest that this host has answered: repeated, and stale to the guest.
            assert told(world, ev.RequestRepeated)
        else:
            assert told(world, ev.RequestUnread)
        silent.append(last.code)
    assert renewed == [("web1", 2, "host")]
    assert silent == [INVALID_DATA] * 7


def test_older_request_is_ignored_in_silence(lab):
    """Two attempts old: the host does nothing, and the guest hears nothing."""
    accepts_unaltered(lab, "host")
    world = lab.world.fork()
    attempt(world)
    heals(world)
    sent = told(world, ev.AttemptStarted)[0].packet.blob
    assert world.do(cmd.ArmFault(instead(sent, to="host")))
    assert world.do(cmd.Advance(until="attempt", guest="web1"))
    assert told(world, ev.RequestIgnored)
    assert log_rows(world.state.logs["web1"], 8)[-1].code == TIMED_OUT
    assert host_rows(world) == [(12310, "granted")] * 2


def test_unanswered_request_of_an_older_attempt_is_decided_for_nobody(lab):
    """The host cannot know that it is late; the guest's binding to its own request does."""
    accepts_unaltered(lab, "host")
    world = lab.world.fork()
    lost = attempt(world, Fault("lose", "drop", guest="web1", to="host", nth=1))
    assert lost.code == TIMED_OUT
    sent = told(world, ev.AttemptStarted)[0].packet.blob
    assert world.do(cmd.ArmFault(instead(sent, to="host")))
    assert world.do(cmd.Advance(until="attempt", guest="web1"))
    last = log_rows(world.state.logs["web1"], 8)[-1]
    broken(world, last)
    assert host_rows(world) == [(12310, "granted")]
    heals(world)


def test_late_grant_changes_nothing(lab):
    """The answer comes after the deadline: bytes with nothing pending."""
    accepts_unaltered(lab, "guest")
    world = lab.world.fork()
    last = attempt(world, Fault("late", "delay", guest="web1", to="guest", nth=1, by_us=31_000_000))
    assert last.code == TIMED_OUT
    before = world.state.licences["web1"]
    assert world.do(cmd.Advance(until="quiet"))
    assert told(world, ev.BytesIgnored)
    assert world.state.licences["web1"] == before
    heals(world)


@pytest.mark.parametrize("guest_encrypts", [True, False])
def test_encryption_at_one_end_only_never_falls_back(guest_encrypts):
    world = base_world(encrypted=not guest_encrypts)
    key = world.state.guests["web1"].key
    odd = Guest("odd", b"", "ws2016", "standard", "hv1", key, encryption=guest_encrypts)
    world.do(cmd.AddGuest(odd))
    assert attempt(world.fork()).code == OK  # the control: a guest that agrees with its host
    last = attempt(world, guest="odd")
    assert (last.outcome, last.code) == ("invalid-data", INVALID_DATA)
    assert [unread.reason for unread in told(world, ev.RequestUnread)] == ["encryption"]
    assert world.state.licences["odd"].status == NOTIFICATION
    assert host_rows(world) == []


def test_attack_leaves_the_host_as_it_was(lab):
    """What cannot be read is not remembered: the genuine request after it is new."""
    world, _ = attack_request(lab, request(lab.talk, vm_id=OTHER_VM))
    assert world.state.ends.get(("hv1", "web1"), HostEnd()) == HostEnd()
    heals(world)
    assert attrs.asdict(world.state.ends["hv1", "web1"])["answered"] == ((2, 2),)
