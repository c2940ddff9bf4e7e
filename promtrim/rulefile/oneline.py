"""PromQL on one line: white space outside strings closes up, comments go. Knows tokens, not grammar."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)"""
    r"""|(?P<space>(?:\s|\#[^\n]*)+)"""
    r"""|(?P<stray>["'`])"""
    r"""|(?P<other>[^"'`\s\#]+)"""
)
_OPEN = ("(", "[", "{")
_CLOSE = (")", "]", "}", ",")


def one_line(expr: str) -> str:
    """The same expression on one line.

    An expression with a string that does not end, or of nothing but comments, is left as it is: nobody can say what it
    means. Line breaks inside raw strings stay.
    """
    pieces: list[str] = []
    broke = False
    space = ""
    for match in _TOKEN.finditer(expr):
        kind, piece = match.lastgroup, match.group()
        if kind == "stray":
            return expr
        if kind == "space":
            space, broke = " ", "\n" in piece or "#" in piece
            continue
        if space and pieces:
            closes_up = broke and (pieces[-1].endswith(_OPEN) or piece.startswith(_CLOSE))
            pieces.append("" if closes_up else " ")
        pieces.append(piece)
        space = ""
    return "".join(pieces) or expr
