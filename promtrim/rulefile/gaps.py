"""What stands between two items of a block list: blank lines and comment blocks, line by line.

Which of them go with a cut is decided here too; what an item is, is not known here.
"""

from __future__ import annotations

import re

import msgspec

from promtrim.rulefile.layout import Space

_COMMENT = re.compile(r"[ \t]*#")
_TOOL = re.compile(r"[ \t]*#[ \t]*(?:pint|yamllint|promtrim)\b")
_OWN_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*promtrim:[ \t]*(?:keep|drop)[ \t]*:")


class Block(msgspec.Struct):
    """A maximal run of whole-line comments; lines count from 1."""

    first: int
    last: int
    blanks: int
    """Blank lines directly below."""
    indent: int
    """Columns before the first ``#``."""


class Gap(msgspec.Struct):
    """The lines from ``first`` to before ``stop``: leading blank lines, then comment blocks."""

    first: int
    stop: int
    blanks: int
    """Blank lines before the first block."""
    blocks: list[Block]

    @property
    def own(self) -> Block | None:
        """The block that touches what follows the gap."""
        return self.blocks[-1] if self.blocks and not self.blocks[-1].blanks else None


class LineReader:
    """Asks a text about its lines."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.count = len(space.lines)

    def text(self, line: int) -> str:
        """A line without its line break; "" beyond the end."""
        if line > self.count:
            return ""
        return self.space.text[self.space.lines.start(line) : self.end(line)].rstrip("\r\n")

    def start(self, line: int) -> int:
        """Where a line begins; the end of the text beyond the last one."""
        return self.space.lines.start(line) if line <= self.count else len(self.space.text)

    def end(self, line: int) -> int:
        """Where the next line begins."""
        return self.start(line + 1)

    def of(self, offset: int) -> int:
        return self.space.lines.line(offset)

    def is_comment(self, line: int) -> bool:
        return line <= self.count and _COMMENT.match(self.text(line)) is not None

    def is_blank(self, line: int) -> bool:
        return line <= self.count and not self.text(line).strip(" \t") and self.start(line) < len(self.space.text)

    def gap(self, first: int, stop: int) -> Gap:
        """Read the lines of a gap; the caller knows that they are blank or comments."""
        line = first
        while line < stop and self.is_blank(line):
            line += 1
        gap = Gap(first, stop, line - first, [])
        while line < stop:
            begin = line
            while line < stop and self.is_comment(line):
                line += 1
            last = line - 1
            while line < stop and self.is_blank(line):
                line += 1
            if last < begin:
                break  # something else: not a gap's line
            indent = len(self.text(begin)) - len(self.text(begin).lstrip(" \t"))
            gap.blocks.append(Block(begin, last, line - 1 - last, indent))
        return gap

    def gap_below(self, line: int) -> Gap:
        """The blank lines and comments from a line on, up to what is neither."""
        stop = line
        while self.is_blank(stop) or self.is_comment(stop):
            stop += 1
        return self.gap(line, stop)

    def gap_above(self, line: int) -> Gap:
        """The blank lines and comments directly above a line."""
        first = line
        while first > 1 and (self.is_blank(first - 1) or self.is_comment(first - 1)):
            first -= 1
        return self.gap(first, line)

    def removable(self, block: Block) -> list[int]:
        """The lines of a block that a cut may take: all but words to other tools.

        The first block of a file never stands between items: the key ``groups`` is above them.
        """
        return [line for line in range(block.first, block.last + 1) if not self.is_tool_line(line)]

    def is_tool_line(self, line: int) -> bool:
        """Whether a line is a comment for a tool, which stays.

        ``# promtrim: keep`` and ``drop`` speak of the rule below them and go with it: left behind, they would speak of
        the next one.
        """
        text = self.text(line)
        return _TOOL.match(text) is not None and _OWN_DIRECTIVE.match(text) is None
