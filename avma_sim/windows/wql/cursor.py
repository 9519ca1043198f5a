"""Owns the place that reading has reached in a query, and how it refuses what stands there.

Must not know the grammar.
"""

from __future__ import annotations

from collections.abc import Iterable

from avma_sim.windows.wql.refusal import Wbem, WqlError, shown
from avma_sim.windows.wql.tokens import Token, cut

__all__ = ["Cursor"]


class Cursor:
    """A place between two tokens of a query.

    Args:
        text: the query.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = cut(text)
        self._next = 0

    @property
    def peek(self) -> Token:
        """The token that comes next; the last one is of kind ``end``."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.peek
        self._next += 1
        return token

    def sign(self, text: str) -> bool:
        """Go past a sign if it comes next.

        Args:
            text: the sign.

        Returns:
            Whether it came.
        """
        found = self.peek.kind == "sign" and self.peek.text == text
        self._next += found
        return found

    def keyword(self, word: str) -> None:
        """Go past a keyword.

        Args:
            word: the keyword, in capitals.

        Raises:
            WqlError: something else comes next.
        """
        if self.peek.keyword != word:
            raise self.refuse(f"{word} stands here", known=(word,))
        self._next += 1

    def end(self, *, known: Iterable[str]) -> None:
        """Make sure that nothing follows.

        Args:
            known: the words that could have gone on.

        Raises:
            WqlError: something follows.
        """
        if self.peek.kind != "end":
            raise self.refuse("the query has ended before this", known=known)

    def refuse(
        self,
        wrong: str,
        code: Wbem = Wbem.INVALID_QUERY,
        *,
        known: Iterable[str] = (),
        at: Token | None = None,
    ) -> WqlError:
        """Return the error for what comes next.

        Args:
            wrong: what should stand there, or why what stands there is refused.
            code: what WMI would answer.
            known: the words that could stand there.
            at: another token than the next one.

        Returns:
            The error.
        """
        token = at or self.peek
        found = f"found {shown(token.text)}" if token.kind != "end" else "the text ends"
        word = token.text if token.kind == "word" else None
        return WqlError(code, f"{wrong}; {found}", text=self._text, at=token.at, found=word, known=known)
