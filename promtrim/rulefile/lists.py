"""Cuts items out of one list: which characters go, so that what stays is as it was. Knows block and flow lists.

Whole lines in block lists, with the comments and blank lines that go along; commas in flow lists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from promtrim.errors import InputError
from promtrim.rulefile.edits import Edit
from promtrim.rulefile.gaps import Block, Gap, LineReader
from promtrim.rulefile.layout import ListSpan, Space

_TO_DASH = re.compile(r"(?:[ \t\r\n]|[&!]\S*(?=\s)|#[^\r\n]*[\r\n])*-")
_TO_COMMA = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*[\r\n])*([,\]])")
_PROPERTY = re.compile(r"[&!]\S*[ \t\r\n]*")
_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")


class BlockItems:
    """The items of a block list as runs of lines."""

    def __init__(self, span: ListSpan, reader: LineReader) -> None:
        text = reader.space.text
        self.first: list[int] = []
        self.last: list[int] = []
        self.column = 0
        before = span.start
        for start, end in zip(span.starts, span.ends, strict=True):
            match = _TO_DASH.match(text, before, start + 1)
            dash = match.end() - 1 if match else -1
            line = reader.of(dash)
            if dash < 0 or text[reader.start(line) : dash].strip(" \t"):
                place = reader.space.position(start)
                message = "this item shares its line with another: give each '-' a line of its own"
                raise InputError(message, reader.space.file, place.line, place.column)
            self.column = dash - reader.start(line)
            self.first.append(line)
            content_end = start + len(text[start:end].rstrip(" \t\r\n"))
            self.last.append(reader.of(max(content_end - 1, dash)))
            before = max(end, dash + 1)


def cut_list(
    span: ListSpan,
    drop: Sequence[bool],
    reader: LineReader,
    key_end: int | None = None,
    inner: Sequence[ListSpan | None] | None = None,
) -> list[Edit]:
    """The edits that take items out of a list.

    Args:
        drop: for each item whether it goes.
        key_end: where the list's key ends, in case nothing stays: then ``[]`` must stand for the list.
        inner: where the items hold lists themselves (groups), each item's list: comments below an item that are
            indented deeper than its dash belong to it.

    Raises:
        InputError: an item does not begin its line.
    """
    if not any(drop):
        return []
    if span.flow:
        return _cut_flow(span, drop, reader)
    edits = _cut_block(span, drop, reader, inner)
    if all(drop):
        edits.append(_empty_list(span, reader.space, key_end))
    return edits


def _empty_list(span: ListSpan, space: Space, key_end: int | None) -> Edit:
    """Writes ``[]`` where the list's value begins."""
    text = space.text
    place = span.start
    if text[place : place + 1] in ("&", "!"):
        while match := _PROPERTY.match(text, place):
            place = match.end()
        place = _back_over(text, place, " \t\r\n")
    else:
        assert key_end is not None
        place = text.index(":", key_end) + 1
    return Edit(place, place, " []")


def _cut_block(
    span: ListSpan, drop: Sequence[bool], reader: LineReader, inner: Sequence[ListSpan | None] | None
) -> list[Edit]:
    outer = inner is not None
    items = BlockItems(span, reader)
    count = len(drop)
    gaps = [reader.gap_above(items.first[0])]
    gaps += [reader.gap(items.last[index - 1] + 1, items.first[index]) for index in range(1, count)]
    below = reader.gap_below(items.last[-1] + 1)
    tails: list[list[Block]] = [[] for _ in drop]
    sections: list[list[Block]] = []
    for index, gap in enumerate(gaps):
        blocks = gap.blocks[:-1] if gap.own else gap.blocks
        deeper = [block for block in blocks if outer and index and block.indent > items.column]
        if index:
            tails[index - 1] = deeper
        sections.append([block for block in blocks if block not in deeper])
    if outer:
        tails[-1] = [block for block in below.blocks if block.indent > items.column]
        if below.stop <= reader.count and below.own in tails[-1]:
            tails[-1].remove(below.own)  # touches what follows the list
    lines: set[int] = set()
    for index in range(count):
        if drop[index]:
            _take_item(items, index, gaps, below, tails[index], lines, reader)
            lines -= _tool_lines(inner[index] if inner else None, items.first[index], reader)
        if sections[index]:
            end = next((later for later in range(index + 1, count) if sections[later]), count)
            if all(drop[index:end]):
                for block in sections[index]:
                    _take_block(block, lines, reader)
    return _line_edits(lines, reader)


def _take_item(
    items: BlockItems,
    index: int,
    gaps: list[Gap],
    below: Gap,
    tail: list[Block],
    lines: set[int],
    reader: LineReader,
) -> None:
    """An item's lines, its own comment, the blank lines below it, and the comments that trail it."""
    own = gaps[index].own
    if own is not None:
        lines.update(reader.removable(own))
    body = range(items.first[index], items.last[index] + 1)
    lines.update(body)
    after = gaps[index + 1] if index + 1 < len(gaps) else below
    lines.update(range(after.first, after.first + after.blanks))
    for block in tail:
        _take_block(block, lines, reader)


def _take_block(block: Block, lines: set[int], reader: LineReader) -> None:
    gone = reader.removable(block)
    lines.update(gone)
    if len(gone) == block.last - block.first + 1:
        lines.update(range(block.last + 1, block.last + 1 + block.blanks))


def _tool_lines(span: ListSpan | None, first_line: int, reader: LineReader) -> set[int]:
    """Comments for other tools that stand between the items of a list inside an item that goes."""
    if span is None or span.flow or reader.of(span.start) < first_line:
        return set()
    items = BlockItems(span, reader)
    gaps = [reader.gap_above(first) for first in items.first]
    return {
        line
        for gap in gaps
        for block in gap.blocks
        for line in range(block.first, block.last + 1)
        if reader.is_tool_line(line)
    }


def _line_edits(lines: set[int], reader: LineReader) -> list[Edit]:
    """Whole lines to take out, runs of them in one edit."""
    edits: list[Edit] = []
    first = last = 0
    for line in sorted(lines):
        if line != last + 1 or not first:
            if first:
                edits.append(Edit(reader.start(first), reader.end(last)))
            first = line
        last = line
    if first:
        edits.append(Edit(reader.start(first), reader.end(last)))
    return edits


def _cut_flow(span: ListSpan, drop: Sequence[bool], reader: LineReader) -> list[Edit]:
    text = reader.space.text
    if all(drop):
        return [Edit(text.index("[", span.start) + 1, span.end - 1)]
    edits: list[Edit] = []
    commas = [_comma(text, end, span.end) for end in span.ends]
    last_kept = max(index for index, gone in enumerate(drop) if not gone)
    for index, gone in enumerate(drop):
        if not gone:
            continue
        comma = commas[index]
        end = span.ends[index] if comma is None else comma + 1
        edits.append(_flow_item(text, span.starts[index], end, reader))
        own = reader.gap_above(reader.of(span.starts[index])).own
        if own is not None and text[edits[-1].start - 1 : edits[-1].start] in ("\n", "\r"):
            edits += _line_edits(set(reader.removable(own)), reader)
    comma = commas[last_kept]
    if last_kept < len(drop) - 1 and commas[-1] is None and comma is not None:
        edits.append(Edit(comma, comma + 1))
        edits = _close_up(edits, text, comma)
    return edits


def _flow_item(text: str, start: int, end: int, reader: LineReader) -> Edit:
    """An item with its comma: its lines where it has them for itself, else its characters and a blank."""
    line_start = reader.start(reader.of(start))
    begins_line = _back_over(text, start, " \t") == line_start
    rest = _REST.match(text, end)
    if rest is not None and begins_line:
        line = reader.of(rest.end())
        while reader.is_blank(line):
            line += 1
        return Edit(line_start, max(rest.end(), reader.start(line)))
    if rest is not None:
        return Edit(_back_over(text, start, " \t"), end)
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return Edit(start, end)


def _close_up(edits: list[Edit], text: str, comma: int) -> list[Edit]:
    """No blanks are left between the last item that stays and the bracket on its line."""
    end = comma + 1
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    if any(edit.start == end for edit in edits):
        edits.append(Edit(comma + 1, end))
    return edits


def _back_over(text: str, place: int, characters: str) -> int:
    while place and text[place - 1] in characters:
        place -= 1
    return place


def _comma(text: str, end: int, stop: int) -> int | None:
    match = _TO_COMMA.match(text, end, stop)
    return match.start(1) if match and match.group(1) == "," else None
