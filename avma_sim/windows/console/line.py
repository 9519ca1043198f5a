"""Owns the grammar of a line of cmd.exe: quotes, carets, the signs between commands, redirections.

Must not know variables, which are expanded before, nor any command but ``if`` and ``rem``, which have a
grammar of their own.
"""

from __future__ import annotations

from typing import Final

from avma_sim.errors import InputError
from avma_sim.windows.console.tree import Block, Chain, Choice, Condition, Node, Order, Redirect
from avma_sim.windows.program import NotServed

__all__ = ["LINE_MAX", "LineError", "parse"]

LINE_MAX: Final = 8191
DEPTH_MAX: Final = 64
INCORRECT: Final = "The syntax of the command is incorrect."
# Loosest first: what stands later in this list holds together more closely.
_SIGNS: Final = ("&", "||", "&&", "|")
_BLANKS: Final = " \t"
_DELIMITERS: Final = " \t,;=\x0b\x0c\xa0"
_ENDS: Final = "&|<>"
_COMPARISONS: Final = ("EQU", "NEQ", "LSS", "LEQ", "GTR", "GEQ")


class LineError(InputError):
    """A line is not one of cmd.exe's; the text is what it prints."""


def parse(text: str) -> Node | None:
    """Read a line whose variables have been expanded.

    Args:
        text: the line.

    Returns:
        What it says; None for an empty line.

    Raises:
        LineError: it has no meaning.
        NotServed: it is nested more deeply than is served.

    Source: public descriptions of the parser; the tables of the tests give what each rule does.
    """
    reader = _Reader(text.replace("\r", "").partition("\n")[0])
    if reader.over(_DELIMITERS) or reader.text[reader.at] in ":)":
        return None
    node = reader.chain(0)
    if not reader.over():
        raise LineError(unexpected(reader.token()))
    return node


def unexpected(token: str) -> str:
    """Return what cmd.exe says of a word where none can stand."""
    return f"{token} was unexpected at this time."


class _Reader:
    """A line, how far it has been read, and how many parentheses are open.

    Args:
        text: the line.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open = 0
        self.depth = 0

    def over(self, skipped: str = _BLANKS) -> bool:
        """Skip blanks and say whether nothing follows."""
        while self.at < len(self.text) and self.text[self.at] in skipped:
            self.at += 1
        return self.at == len(self.text)

    def ends(self) -> bool:
        """Say whether the present symbol ends a command."""
        symbol = self.text[self.at]
        return symbol in _ENDS or (symbol == ")" and self.open > 0)

    def sign(self) -> str:
        """Return the sign between commands that stands here; empty for none."""
        self.over()
        two = self.text[self.at : self.at + 2]
        if two in ("&&", "||"):
            return two
        return two[:1] if two[:1] in ("&", "|") else ""

    def token(self) -> str:
        """Return the word that stands here, as a message names it."""
        sign = self.sign()
        if sign or self.text[self.at] in "<>()":
            return sign or self.text[self.at]
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _DELIMITERS and not self.ends():
            self.at += 1
        return self.text[start : self.at]

    def chain(self, level: int) -> Node:
        """Read nodes with one kind of sign between them."""
        if level == len(_SIGNS):
            return self.command()
        parts = [self.chain(level + 1)]
        while self.sign() == _SIGNS[level]:
            self.at += len(_SIGNS[level])
            if level == 0 and (self.over() or (self.open and self.text[self.at] == ")")):
                break
            parts.append(self.chain(level + 1))
        return parts[0] if len(parts) == 1 else Chain(_SIGNS[level], tuple(parts))

    def command(self) -> Node:
        """Read one command, block or condition."""
        redirects: list[Redirect] = []
        while True:
            if self.over(_DELIMITERS + "@"):
                if redirects:
                    return Order("", "", tuple(redirects))
                raise LineError(INCORRECT)
            if self.text[self.at] in "<>" or self.text[self.at : self.at + 2] in _NUMBERED:
                redirects.append(self.redirect(self.handle()))
            else:
                break
        if self.text[self.at] == "(":
            return self.block(redirects)
        if self.text[self.at] in "&|)":
            if redirects:
                return Order("", "", tuple(redirects))
            raise LineError(unexpected(self.token()))
        name = self.name()
        if name.lower() == "if":
            return self.choice()
        if name.lower() == "rem" and not self.over() and not self.ends():
            self.at = len(self.text)
        return self.order(name, redirects)

    def handle(self) -> int:
        """Read the digit before a redirection's sign."""
        if self.text[self.at] in "<>":
            return 0 if self.text[self.at] == "<" else 1
        self.at += 1
        return int(self.text[self.at - 1])

    def name(self) -> str:
        """Read a command's name; carets vanish, quotes stay."""
        found: list[str] = []
        quoted = False
        while self.at < len(self.text):
            symbol = self.text[self.at]
            if symbol == '"':
                quoted = not quoted
            elif not quoted and (symbol in _DELIMITERS or self.ends()):
                break
            elif not quoted and symbol == "^":
                self.at += 1
                symbol = self.text[self.at : self.at + 1]
            found.append(symbol)
            self.at += len(symbol)
        return "".join(found)

    def order(self, name: str, redirects: list[Redirect]) -> Order:
        """Read what a command is given, with the redirections in between."""
        found: list[str] = []
        quoted = False
        escaped = -1  # where in `found` a caret took a symbol's meaning
        while self.at < len(self.text):
            symbol = self.text[self.at]
            if not quoted and symbol in "<>":
                handle = 0 if symbol == "<" else 1
                digit = "".join(found[-1:])
                before = "".join(found[-2:-1])
                if digit.isascii() and digit.isdigit() and escaped < len(found) - 1 and before in _DELIMITERS:
                    handle = int(found.pop())
                redirects.append(self.redirect(handle))
                continue
            if not quoted and self.ends():
                break
            if not quoted and symbol == "^":
                self.at += 1
                symbol = self.text[self.at : self.at + 1]
                escaped = len(found)
            elif symbol == '"':
                quoted = not quoted
            found.append(symbol)
            self.at += len(symbol)
        return Order(name, "".join(found), tuple(redirects))

    def redirect(self, handle: int) -> Redirect:
        """Read one redirection from its sign on."""
        sign = self.text[self.at]
        self.at += 1
        append = sign == ">" and self.text[self.at : self.at + 1] == ">"
        self.at += append
        if self.text[self.at : self.at + 1] == "&":
            self.at += 1
            if self.over() or self.text[self.at] not in "0123456789":
                raise LineError(unexpected("&"))
            self.at += 1
            return Redirect(handle, "", int(self.text[self.at - 1]))
        if self.over(_DELIMITERS):
            raise LineError(INCORRECT)
        if self.ends():
            raise LineError(unexpected(self.token()))
        return Redirect(handle, self.name().replace('"', ""), append=append)

    def block(self, redirects: list[Redirect]) -> Block:
        """Read a block in parentheses."""
        self.at += 1
        self.open += 1
        body = self.nested()
        if self.over():
            raise LineError(INCORRECT)
        if self.text[self.at] != ")":
            raise LineError(unexpected(self.token()))
        self.at += 1
        self.open -= 1
        while not self.over() and (
            self.text[self.at] in "<>" or self.text[self.at : self.at + 2] in _NUMBERED
        ):
            redirects.append(self.redirect(self.handle()))
        return Block(body, tuple(redirects))

    def nested(self) -> Node:
        """Read a node within another."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise NotServed("cmd", f"a line nested more than {DEPTH_MAX} deep")
        node = self.chain(0)
        self.depth -= 1
        return node

    def choice(self) -> Choice:
        """Read an ``if``: everything up to the line's or block's end belongs to it."""
        condition = self.condition()
        then = self.nested()
        otherwise = None
        if not self.over() and self.text[self.at : self.at + 4].lower() == "else":
            self.at += 4
            otherwise = self.nested()
        return Choice(condition, then, otherwise)

    def condition(self) -> Condition:
        """Read what an ``if`` asks."""
        word = self.operand()
        folded = word.lower() == "/i"
        word = self.operand() if folded else word
        negated = word.lower() == "not"
        word = self.operand() if negated else word
        if word.lower() in ("errorlevel", "defined", "exist"):
            return Condition(word.lower(), self.operand(), "", negated, folded)
        if not self.over() and self.text[self.at : self.at + 2] == "==":
            self.at += 2
            return Condition("==", word, self.operand(), negated, folded)
        kind = self.operand().upper()
        if kind not in _COMPARISONS:
            raise LineError(unexpected(kind))
        return Condition(kind, word, self.operand(), negated, folded)

    def operand(self) -> str:
        """Read one word of a condition, up to a blank or ``==``."""
        self.over()
        start, quoted = self.at, False
        while self.at < len(self.text):
            symbol = self.text[self.at]
            quoted ^= symbol == '"'
            if not quoted and (
                symbol in _BLANKS or self.ends() or symbol == "(" or self.text[self.at : self.at + 2] == "=="
            ):
                break
            self.at += 1
        if start == self.at:
            raise LineError(INCORRECT if self.over() else unexpected(self.token()))
        return self.text[start : self.at]


_NUMBERED: Final = frozenset(f"{digit}{sign}" for digit in range(10) for sign in "<>")
