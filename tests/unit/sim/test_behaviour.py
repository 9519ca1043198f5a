"""Tests how a behaviour is found: given, in the context, in the environment, documented."""

from __future__ import annotations

import contextvars

import attrs
import pytest

from avma_sim.errors import InputError
from avma_sim.model import commands as cmd
from avma_sim.rules import decision, exchange, keys, kvp_items, kvp_licence, licensing, placement
from avma_sim.sim import documented
from avma_sim.sim.agenda import (
    ATTEMPT,
    DEADLINE,
    DELIVERY,
    HOST_END,
    KVP_DEADLINE,
    KVP_REFRESH,
    LICENCE_END,
    MIGRATION,
)
from avma_sim.sim.behaviour import (
    BEHAVIOUR_VARIABLE,
    DOCUMENTED_NAME,
    Behaviour,
    current_behaviour,
    find_behaviour,
)
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wire import handshake, kvp_guest, kvp_host, kvp_linux, kvp_sweep

OTHERS = """
from avma_sim.sim.documented import DOCUMENTED
import attrs
MUTANT = attrs.evolve(DOCUMENTED, name="mutants:MUTANT")
OTHER = attrs.evolve(DOCUMENTED, name="mutants:OTHER")
NOTHING = 7
"""


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv(BEHAVIOUR_VARIABLE, raising=False)


@pytest.fixture
def mutants(tmp_path, monkeypatch):
    """Make a module of behaviours that can be imported by name."""
    (tmp_path / "mutants_of_a_test.py").write_text(OTHERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "mutants_of_a_test"


def test_the_documented_behaviour_is_played_unless_told_otherwise():
    assert find_behaviour() is DOCUMENTED
    assert find_behaviour(None) is DOCUMENTED
    assert find_behaviour("") is DOCUMENTED
    assert DOCUMENTED.name == DOCUMENTED_NAME
    assert find_behaviour(DOCUMENTED_NAME) is DOCUMENTED


def test_a_behaviour_is_returned_as_it_is(mutants):
    other = attrs.evolve(DOCUMENTED, name="here")
    assert find_behaviour(other) is other


def test_a_path_is_imported(mutants):
    assert find_behaviour(f"{mutants}:MUTANT").name == "mutants:MUTANT"


def test_the_argument_comes_before_the_context_and_that_before_the_environment(mutants, monkeypatch):
    monkeypatch.setenv(BEHAVIOUR_VARIABLE, f"{mutants}:OTHER")
    assert find_behaviour().name == "mutants:OTHER"
    context = contextvars.copy_context()
    context.run(current_behaviour.set, f"{mutants}:MUTANT")
    assert context.run(find_behaviour).name == "mutants:MUTANT"
    assert context.run(find_behaviour, DOCUMENTED) is DOCUMENTED
    assert find_behaviour().name == "mutants:OTHER"
    monkeypatch.setenv(BEHAVIOUR_VARIABLE, "")
    assert find_behaviour() is DOCUMENTED


def test_the_context_takes_a_behaviour_too():
    other = attrs.evolve(DOCUMENTED, name="here")
    context = contextvars.copy_context()
    context.run(current_behaviour.set, other)
    assert context.run(find_behaviour) is other


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("avma_sim.sim.documented", r"^no behaviour at 'avma_sim\.sim\.documented' \(module:object\): "),
        ("avma_sim.sim.documented:UNDOCUMENTED", r"^no behaviour at .*UNDOCUMENTED' \(module:object\): "),
        ("no_such_module:X", r"^no behaviour at 'no_such_module:X' .*No module named 'no_such_module'$"),
        (":X", r"^no behaviour at ':X' "),
        (".documented:DOCUMENTED", r"^no behaviour at '\.documented:DOCUMENTED' "),
        ("avma_sim.sim.documented:Final", r"^'avma_sim\.sim\.documented:Final' is no Behaviour but a "),
        (
            "avma_sim.sim.behaviour:Behaviour",
            r"^'avma_sim\.sim\.behaviour:Behaviour' is no Behaviour but a type$",
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_an_input_error(path, says):
    with pytest.raises(InputError, match=says):
        find_behaviour(path)


@pytest.mark.parametrize("wanted", [7, ["avma_sim.sim.documented:DOCUMENTED"], DOCUMENTED.rules], ids=type)
def test_what_is_neither_behaviour_nor_path_is_an_input_error(wanted):
    with pytest.raises(InputError, match=r"^a behaviour is a Behaviour or its import path, not "):
        find_behaviour(wanted)


def test_a_wrong_variable_is_an_input_error(monkeypatch):
    monkeypatch.setenv(BEHAVIOUR_VARIABLE, "nowhere_at_all:X")
    with pytest.raises(InputError, match=r"^no behaviour at 'nowhere_at_all:X'"):
        find_behaviour()


# Ends of key-value pairs, whose functions have names of the handshake's too.
PAIRS = (kvp_guest, kvp_host, kvp_linux, kvp_sweep)


@pytest.mark.parametrize(
    ("fields", "modules"),
    [
        (DOCUMENTED.rules, (decision, exchange, keys, kvp_items, kvp_licence, licensing, placement)),
        (DOCUMENTED.ends, (handshake,)),
    ],
    ids=["rules", "ends"],
)
def test_each_field_is_the_function_of_its_name(fields, modules):
    for field in attrs.fields(type(fields)):
        name = field.name
        (found,) = [vars(module)[name] for module in modules if name in module.__all__] or [
            vars(module)[name.removeprefix("kvp_")]
            for module in PAIRS
            if name.removeprefix("kvp_") in module.__all__
        ]
        assert getattr(fields, name) is found


def test_dues_stand_in_the_order_of_their_kinds():
    assert (HOST_END, LICENCE_END, DEADLINE, DELIVERY) == (0, 1, 2, 3)
    assert (ATTEMPT, MIGRATION, KVP_DEADLINE, KVP_REFRESH) == (4, 5, 6, 7)
    assert [handler.__name__ for handler in DOCUMENTED.dues] == [
        "activation_ended",
        "licence_ended",
        "deadline",
        "deliver",
        "attempt",
        "phase_over",
        "deadline",
        "refresh",
    ]


def test_handlers_are_named_like_their_commands():
    for command, handler in DOCUMENTED.commands.items():
        assert handler.__name__.replace("_", "") == command.__name__.lower()


def test_the_documented_behaviour_cannot_be_changed():
    with pytest.raises(TypeError):
        documented.DOCUMENTED.commands[cmd.Start] = print  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        DOCUMENTED.name = "mine"  # type: ignore[misc]
    assert Behaviour("x", {}, ()) != Behaviour("x", {}, ())


def test_another_behaviour_is_played_and_named(make_play):
    """A world in which every key is refused, told to worlds as one value."""
    verdict = attrs.evolve(keys.judge_key(make_play().facts, "x", "ws2016", "standard"), code=1)
    rules = attrs.evolve(DOCUMENTED.rules, judge_key=lambda *_, **__: verdict)
    play = make_play(behaviour=attrs.evolve(DOCUMENTED, name="strict", rules=rules))
    play.hosted()
    play.do(cmd.InstallProductKey("web01", play.state.guests["web01"].key))
    assert play.outcome.refused.code == 1
