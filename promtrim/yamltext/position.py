"""Offsets to lines and columns. Nothing here knows YAML."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right

import msgspec

_BREAK = re.compile(r"\r\n|\n|\r")


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a text as editors show it."""

    line: int
    """From 1."""
    column: int
    """In characters, from 1."""


class Lines:
    """The beginnings of a text's lines; a line ends with LF, CR LF or a lone CR.

    YAML 1.1 also breaks lines at U+0085, U+2028 and U+2029. Editors do not, so positions do not either.
    """

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = array("q", [0])
        self._starts.extend(match.end() for match in _BREAK.finditer(text))

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, offset: int) -> int:
        """The line, from 1, that the character at an offset stands in."""
        return bisect_right(self._starts, offset)

    def start(self, line: int) -> int:
        """The offset at which a line (from 1) begins."""
        return self._starts[line - 1]

    def position(self, offset: int) -> Position:
        """Line and column of the character at an offset; the end of the text has a position too."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)
