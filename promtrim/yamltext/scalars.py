"""Where each character of a scalar's value stands in the text: exactly, or not at all.

A map is rebuilt from the text by YAML's own rules for the scalar's style and then compared with the value that
libyaml read; where the two differ in one character there is no map. What the value means does not belong here.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence as SequenceOf

import msgspec

from promtrim.yamltext.nodes import Scalar
from promtrim.yamltext.position import Lines, Position

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:[ \t\r\n]|#[^\r\n]*[\r\n])+)*")
_BLANKS = re.compile(r"[ \t]*(?:(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*)*")
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_LINE = re.compile(r"([^\r\n\x85\u2028\u2029]*)(\r\n|[\r\n\x85\u2028\u2029]|\Z)")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n\x85\u2028\u2029]|\Z)")
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX = {"x": 2, "u": 4, "U": 8}


class ScalarMap(msgspec.Struct, frozen=True):
    """For each character of a value: where it stands, and what belongs to it."""

    at: SequenceOf[int]
    """Offset of each character in the text, and that of the scalar's end."""
    begin: SequenceOf[int]
    """Where the stretch of text that makes each character begins: indentation and fold before it are its own.

    Taking out the characters ``a`` to ``b`` of the value means taking out the text ``begin[a]:begin[b]``.
    """


class _Builder:
    """Collects characters with their places."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.at = array("q")
        self.begin = array("q")

    def put(self, text: str, at: int, begin: int) -> None:
        """One character, however it is written."""
        self.out.append(text)
        self.at.append(at)
        self.begin.append(begin)

    def run(self, text: str, at: int, begin: int) -> None:
        """Characters that stand for themselves; what lies between ``begin`` and ``at`` belongs to the first."""
        if text:
            self.out.append(text)
            self.at.extend(range(at, at + len(text)))
            self.begin.append(begin)
            self.begin.extend(range(at + 1, at + len(text)))

    def finish(self, value: str, end: int) -> ScalarMap | None:
        if "".join(self.out) != value or len(self.at) != len(value):
            return None
        self.at.append(end)
        self.begin.append(end)
        return ScalarMap(self.at, self.begin)


def body_start(text: str, scalar: Scalar) -> int:
    """Where a scalar itself begins, after its anchor and tag."""
    if scalar.anchor is None and scalar.tag is None:
        return scalar.start
    match = _PROPERTIES.match(text, scalar.start)
    return match.end() if match else scalar.start


def scalar_map(text: str, scalar: Scalar) -> ScalarMap | None:
    """The exact map of a scalar's value, or None where there is none."""
    start = body_start(text, scalar)
    style = scalar.style
    if style in ("|", ">"):
        return _block(text, start, scalar.end, scalar.value, folded=style == ">")
    if style == '"':
        return _flow(text, start + 1, scalar.end - 1, scalar.value, double=True)
    if style == "'":
        return _flow(text, start + 1, scalar.end - 1, scalar.value, single=True)
    if text.startswith(scalar.value, start) and start + len(scalar.value) == scalar.end:
        places = range(start, scalar.end + 1)
        return ScalarMap(places, places)
    return _flow(text, start, scalar.end, scalar.value)


def locate(text: str, scalar: Scalar, value_offset: int, lines: Lines | None = None) -> Position:
    """Line and column in the text of a character of a scalar's value.

    Args:
        value_offset: from 0; offsets outside the value mean its first character, or its end.
        lines: the text's lines where the caller has them already.

    Without an exact map the answer is the scalar's beginning, which is true of the whole scalar.
    """
    table = lines or Lines(text)
    places = scalar_map(text, scalar)
    if places is None:
        return table.position(body_start(text, scalar))
    return table.position(places.at[min(max(value_offset, 0), len(scalar.value))])


def _flow(text: str, start: int, end: int, value: str, double: bool = False, single: bool = False) -> ScalarMap | None:
    """Plain and quoted scalars: line breaks fold, ``''`` is a quote, a backslash escapes."""
    special = re.compile(r"[ \t\r\n\x85\u2028\u2029\\]" if double else r"[ \t\r\n\x85\u2028\u2029']")
    out = _Builder()
    here = begin = start
    while here < end:
        found = special.search(text, here, end)
        stop = found.start() if found else end
        if stop > here:
            out.run(text[here:stop], here, begin)
            here = begin = stop
            continue
        char = text[here]
        if char == "\\":
            made = len(out.at)
            here = _escape(out, text, here, begin, end)
            if len(out.at) > made:  # an escaped line break makes nothing: it belongs to the next character
                begin = here
        elif char == "'":
            out.put("'", here, begin)
            here += 2 if single else 1
            begin = here
        else:
            here = begin = _fold(out, text, here, begin, end)
        if here < 0:
            return None
    return out.finish(value, end)


def _fold(out: _Builder, text: str, here: int, begin: int, end: int) -> int:
    """White space: as it is inside a line; one break folds to a space, n + 1 of them to n breaks."""
    match = _BLANKS.match(text, here, end)
    assert match is not None
    run = match.group()
    breaks = [each.start() + here for each in _BREAK.finditer(run)]
    if not breaks:
        out.run(run, here, begin)
    elif len(breaks) == 1:
        out.put(" ", here, begin)
    else:
        for index, place in enumerate(breaks[1:]):
            out.put("\n", place, begin if index == 0 else place)
    return match.end()


def _escape(out: _Builder, text: str, here: int, begin: int, end: int) -> int:
    """One escape of a double-quoted scalar; the offset after it, -1 where it is unknown."""
    code = text[here + 1 : here + 2]
    if code in _ESCAPES:
        out.put(_ESCAPES[code], here, begin)
        return here + 2
    if code in _HEX:
        digits = text[here + 2 : here + 2 + _HEX[code]]
        try:
            out.put(chr(int(digits, 16)), here, begin)
        except (ValueError, OverflowError):
            return -1
        return here + 2 + _HEX[code]
    first = _BREAK.match(text, here + 1, end)
    if first is None:
        return -1
    rest = _BLANKS.match(text, first.end(), end)
    assert rest is not None
    for each in _BREAK.finditer(rest.group()):
        out.put("\n", first.end() + each.start(), first.end() + each.start())
    return rest.end()


def _block(text: str, start: int, end: int, value: str, folded: bool) -> ScalarMap | None:
    """Literal and folded scalars: indentation goes, folded lines join unless they are indented further."""
    header = _HEADER.match(text, start)
    if header is None:
        return None
    lines = [match for match in _LINE.finditer(text, header.end(), end) if match.group()]
    indent = _indent(lines, value)
    out = _Builder()
    pending: int | None = None  # the break after the last line with content
    blank_breaks: list[tuple[int, int]] = []  # place and begin of the breaks of empty lines after it
    begin = header.end()
    was_indented = False
    for line in lines:
        content = line.group(1)
        at = line.start() + indent
        if len(content) <= indent and not content.strip(" "):
            blank_breaks.append((line.end(1), line.start()))
            continue
        indented = content[indent : indent + 1] in (" ", "\t")
        if pending is not None:
            if not folded or was_indented or indented:
                out.put("\n", pending, pending)
            elif not blank_breaks:
                out.put(" ", pending, pending)
            else:  # the first break of a paragraph's end makes nothing: it belongs to the next one
                blank_breaks[0] = (blank_breaks[0][0], pending)
        for place, first in blank_breaks:
            out.put("\n", place, first)
        blank_breaks.clear()
        begin = line.start()
        out.run(content[indent:], at, begin)
        was_indented = indented
        pending = line.end(1) if line.group(2) else None
        end = line.end()
    chomping = header.group()[1:3]
    if pending is not None and "-" not in chomping:
        out.put("\n", pending, pending)
    if "+" in chomping:
        for place, first in blank_breaks:
            out.put("\n", place, first)
            end = place + (2 if text.startswith("\r\n", place) else 1)
    return out.finish(value, end)


def _indent(lines: list[re.Match[str]], value: str) -> int:
    """The scalar's indentation: that of its first line with text, less what the value keeps of it."""
    for line in lines:
        content = line.group(1)
        if content.strip(" "):
            first = next((each for each in value.split("\n") if each.strip(" ")), "")
            return max(0, len(content) - len(content.lstrip(" ")) - (len(first) - len(first.lstrip(" "))))
    return 0
