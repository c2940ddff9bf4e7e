"""Expressions that Prometheus takes and promql-parser does not: rewritten before parsing, restored in the tree.

Only what a test against Prometheus' own parser showed to differ is here. The usual expression never comes this way.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from promtrim.promql.scan import Token, scan
from promtrim.promql.tree import Aggregate, At, Binary, Matcher, Node, Selector, Subquery
from promtrim.promql.walk import replace

_KEYWORDS = ("anchored", "smoothed")
"""promql-parser reserves them; in Prometheus without feature flags they are ordinary names."""

_GROUPING = ("by", "without", "on", "ignoring", "group_left", "group_right")

_NONE = Token("other", "", 0, 0)
_ZERO = re.compile(r"0+(?:ms|[smhdwy])?")

_GO_REGEX = re.compile(
    r"""(?:\\Q(?:(?!\\E).)*(?:\\E|\Z)
          |\\(?:[pP](?:\w|\{\^?\w+\})|[1-7][0-7]|[0aftnrvdDsSwWAbBzCx]|[^A-Za-z0-9\x80-\U0010ffff])
          |\[(?:\^|(?!\^))(?:\]|(?!\]))(?:\\.|\[:\^?\w+:\]|\[(?!:\^?\w+:\])|[^\[\]\\])*\]
          |[^\\\[])*""",
    re.DOTALL | re.VERBOSE,
)
"""What Go's regular expressions take for escapes and classes; parentheses and repetitions are not looked at."""


class Mended(msgspec.Struct, frozen=True):
    """A text that promql-parser takes, and what its placeholders stand for."""

    text: str
    words: dict[str, str]
    """Placeholder to regular expression or name."""
    times: tuple[float, ...]
    """The times after ``@``, each of which is replaced by its index here."""


def mend(text: str) -> Mended:
    """Rewrite all that promql-parser refuses or misreads; the text comes back as it is where there is nothing."""
    mender = _Mender(text)
    for index, token in enumerate(mender.tokens):
        if token.start >= mender.done:  # else it was replaced together with what stands before it
            mender.mend(index, token)
    return Mended("".join(mender.pieces) + text[mender.done :], mender.words, tuple(mender.times))


class _Mender:
    """One way through the tokens; ``pieces`` is the new text up to ``done`` in the old one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = scan(text)
        self.pieces: list[str] = []
        self.words: dict[str, str] = {}
        self.times: list[float] = []
        self.done = 0
        self.before = _NONE
        self.grouping = False  # between the parentheses of by, on and the like
        self.bracketed = False  # between [ and ]

    def put(self, start: int, end: int, piece: str) -> None:
        self.pieces.append(self.text[self.done : start])
        self.pieces.append(piece)
        self.done = end

    def mend(self, index: int, token: Token) -> None:
        kind, piece, start, end = token
        if self.bracketed and "#" in self.text[self.before.end : start]:
            self.put(self.before.end, start, " ")  # a comment between brackets
        if kind == "string":
            self.string(token)
        elif kind == "number" and "_" in piece:
            self.put(start, end, piece.replace("_", ""))
        elif piece == "@":
            found = _time(self.tokens, index + 1)
            if found is not None:
                self.put(self.tokens[index + 1].start, self.tokens[found[1]].end, str(len(self.times)))
                self.times.append(found[0])
        elif kind == "name":
            self.name(index, token)
        elif piece in ("(", ")"):
            self.grouping = piece == "(" and self.before.text.lower() in _GROUPING
        elif piece in ("[", "]"):
            self.bracketed = piece == "["
        self.before = token

    def string(self, token: Token) -> None:
        if self.before.text in ("=~", "!~"):
            value = _regex_value(token.text)
            if value is not None:
                placeholder = f"\ue000{len(self.words)}"
                self.words[placeholder] = value
                self.put(token.start, token.end, f'"{placeholder}"')
        elif token.text[0] == "`" and "\\" in token.text:
            self.put(token.start, token.end, _quoted(token.text[1:-1]))

    def name(self, index: int, token: Token) -> None:
        lower = token.text.lower()
        if self.grouping and ":" in lower:
            self.put(token.start, token.end, f'"{token.text}"')
        elif lower in _KEYWORDS:
            placeholder = f"__promtrim_{token.text}"
            self.words[placeholder] = token.text
            self.put(token.start, token.end, placeholder)
        elif lower == "offset":
            after = self.tokens[index + 1 : index + 3]
            amount = after[-1] if after and after[0].text in ("+", "-") else (after or [_NONE])[0]
            if _ZERO.fullmatch(amount.text):
                self.put(token.start, amount.end, "")


def _regex_value(literal: str) -> str | None:
    """The regular expression in a string literal, where it may be one that only Go's syntax allows."""
    value = literal[1:-1] if literal[0] == "`" else _unquoted(literal)
    if value is None or ("\\" not in value and "[" not in value) or not _GO_REGEX.fullmatch(value):
        return None
    return value


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def _unquoted(literal: str) -> str | None:
    """The value of a string in double or single quotes; None where an escape is not one of Go's."""
    quote = literal[0]
    bad = False

    def value(match: re.Match[str]) -> str:
        nonlocal bad
        hexadecimal = match[1] or match[2] or match[3]
        if hexadecimal or match[4]:
            code = int(hexadecimal, 16) if hexadecimal else int(match[4], 8)
            if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 and (code < 256 or hexadecimal):
                return chr(code)
        elif match[5] in _SIMPLE:
            return _SIMPLE[match[5]]
        elif match[5] == quote:
            return quote
        bad = True
        return ""

    text = _ESCAPE.sub(value, literal[1:-1])
    return None if bad else text


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _time(tokens: list[Token], index: int) -> tuple[float, int] | None:
    """The number that begins at a token, in seconds since 1970, and the index of its last token."""
    sign = 1.0
    if index < len(tokens) and tokens[index].text in ("+", "-"):
        sign = -1.0 if tokens[index].text == "-" else 1.0
        index += 1
    if index >= len(tokens) or tokens[index].kind != "number":
        return None
    literal = tokens[index].text.replace("_", "")
    try:
        value = float(int(literal, 16)) if literal[:2] in ("0x", "0X") else float(literal)
    except (ValueError, OverflowError):
        return None
    # Beyond this Prometheus' milliseconds overflow 64 bits and it refuses the expression.
    return (sign * value, index) if value < 2**63 / 1000 else None


def restore(node: Node, mended: Mended) -> Node:
    """The tree with what the placeholders stand for."""
    if not mended.words and not mended.times:
        return node
    words = mended.words

    def word(text: str) -> str:
        return words.get(text, text)

    def names(labels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if labels is None else tuple(word(each) for each in labels)

    def moment(at: At) -> At:
        return mended.times[int(at)] if isinstance(at, float) else at

    def restored(each: Node) -> Node:
        if isinstance(each, Selector):
            changed: dict[str, Any] = {
                "name": None if each.name is None else word(each.name),
                "matchers": tuple(Matcher(word(m.name), m.op, word(m.value)) for m in each.matchers),
                "at": moment(each.at),
            }
        elif isinstance(each, Subquery):
            changed = {"at": moment(each.at)}
        elif isinstance(each, Aggregate):
            changed = {"by": names(each.by), "without": names(each.without)}
        elif isinstance(each, Binary):
            changed = {"on": names(each.on), "ignoring": names(each.ignoring), "include": names(each.include)}
        else:
            return each
        return msgspec.structs.replace(each, **changed)

    return replace(node, restored)


_OPENING = {")": "(", "]": "[", "}": "{"}


def explain(text: str, message: str) -> tuple[str, int | None]:
    """A parser's message made to tell more where the tokens do, and the offset of the trouble where they show it."""
    open_brackets: list[Token] = []
    function = re.search(r"unknown function with name '(.*?)'", message)
    for token in scan(text):
        if token.kind == "other":
            what = "the string is never closed" if token.text in "\"'`" else f"unexpected character {token.text!r}"
            return what, token.start
        if function is not None and token.text == function[1]:
            return message, token.start
        if token.kind == "bracket" and token.text != ",":
            if token.text in "([{":
                open_brackets.append(token)
            elif not open_brackets or open_brackets[-1].text != _OPENING[token.text]:
                return f"{token.text!r} closes nothing", token.start
            else:
                open_brackets.pop()
    if open_brackets:
        return f"{open_brackets[-1].text!r} is never closed", open_brackets[-1].start
    return " ".join(message.split()) or "not an expression", None
