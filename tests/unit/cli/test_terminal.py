"""What reaches a terminal, and a reader that has gone."""

from __future__ import annotations

import pytest

from avma_sim.cli.terminal import STATUS_STYLES, show, status_text
from avma_sim.errors import harmless
from avma_sim.facts.load import STATUSES


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("é — 夏 [red]", "é — 夏 [red]"),
        ("a\x1b[2J\n\tb\x7f\x9b", "a\\x1b[2J\\x0a\tb\\x7f\\x9b"),
        ("a\u2028b\u202ec\u2066d", "a\\u2028b\\u202ec\\u2066d"),
    ],
    ids=ascii,
)
def test_what_could_steer_a_terminal_is_spelt_out(text, spelt):
    assert harmless(text) == spelt


def test_each_status_has_its_colour():
    assert list(STATUS_STYLES) == list(STATUSES)
    assert len(set(STATUS_STYLES.values())) == 3
    assert (str(status_text("observed")), status_text("observed").style) == ("observed", "cyan")


def test_a_text_is_no_markup_and_is_not_broken(capsys):
    show("[bold]x[/bold] " * 40 + "y")
    assert capsys.readouterr().out == "[bold]x[/bold] " * 40 + "y\n"


def test_a_reader_that_has_gone_is_told(monkeypatch):
    class Gone:
        encoding = "utf-8"

        def isatty(self):
            return False

        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(BrokenPipeError):
        show("x")
