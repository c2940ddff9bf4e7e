"""Pieces of Markdown that show text exactly as it is: code spans and fenced blocks. In them nothing is a mention, a link
or HTML, whatever the text."""

from __future__ import annotations

from collections.abc import Iterable

from promtrim.output.terminal import one_line

LONGEST = 300
"""Characters of one span; what is longer is cut, and says so."""


def span(text: str, table: bool = False) -> str:
    """A code span.

    Args:
        table: it stands in a table, where a bar would end the cell even inside a span.
    """
    line = one_line(text)
    if len(line) > LONGEST:
        line = line[: LONGEST - 1] + "…"
    if table:
        line = line.replace("|", "\\|")
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if "`" in line or not line.strip() else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(lines: Iterable[str], language: str = "") -> list[str]:
    """A fenced block, its lines each as one line."""
    inner = [one_line(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, inner), default=0))
    return [f"{fence}{language}", *inner, fence]


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
