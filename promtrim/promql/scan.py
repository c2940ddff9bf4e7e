"""PromQL text to tokens with their places, as Prometheus' own lexer cuts it. Grammar does not belong here."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["string", "number", "name", "operator", "bracket", "other"]


class Token(NamedTuple):
    """A piece of the text; white space and comments lie between tokens."""

    kind: Kind
    text: str
    start: int
    end: int


# A duration is a number here, as in Prometheus 3: "5m", "1h30m". "Inf" and "NaN" are names that the grammar knows.
# A colon inside brackets is an operator, elsewhere part of a name: scan() sees to that.
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\r\n]*)
       |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
       |(?P<number>0[xX][0-9a-fA-F_]+
                  |(?:[0-9]+(?:ms|[smhdwy]))+
                  |(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
       |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
       |(?P<operator>==|!=|=~|!~|>=|<=|[-+*/%^<>=@])
       |(?P<bracket>[()\[\]{},])
       |(?P<other>.)""",
    re.VERBOSE,
)


def scan(text: str) -> list[Token]:
    """The tokens of ``text`` in order.

    What no PromQL token begins with becomes a token of kind ``other`` of one character. A quote that is never closed
    becomes one too and is the last token, as for Prometheus. Nothing is raised.
    """
    tokens: list[Token] = []
    position = 0
    inside = False  # between [ and ]: there a colon separates range and step
    match = _TOKEN.match
    while found := match(text, position):
        kind = found.lastgroup
        start, position = found.span()
        if kind == "space":
            continue
        piece = text[start:position]
        if kind == "bracket":
            inside = piece == "[" or (inside and piece != "]")
        elif inside and kind == "name" and piece[0] == ":":
            kind, piece, position = "operator", ":", start + 1
        tokens.append(Token(kind, piece, start, position))  # type: ignore[arg-type]
        if kind == "other" and piece in "\"'`":
            break
    return tokens
