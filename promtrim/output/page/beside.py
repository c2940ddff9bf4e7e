"""A text before and after its edits, side by side. The edits are exact, so nothing is compared or guessed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from io import StringIO
from itertools import accumulate

import msgspec

from promtrim.rulefile.edits import Edit, apply_edits, merge_edits

CONTEXT = 3
"""Lines shown around what changed; the rest is counted."""


class Line(msgspec.Struct, frozen=True):
    """One line of the table: with its number on each side, 0 where that side has none."""

    old: int
    new: int
    before: str
    after: str


class Hunk(msgspec.Struct, frozen=True):
    """What changed in one place, with the lines around it; ``skipped`` lines that stay are left out before it."""

    skipped: int
    lines: tuple[Line, ...]


class Beside(msgspec.Struct, frozen=True):
    """All places of one text."""

    hunks: tuple[Hunk, ...]
    rest: int
    """Lines that stay after the last one."""


def beside(text: str, edits: Sequence[Edit]) -> Beside:
    """What edits do to a text, line by line.

    Args:
        edits: of that text; several may touch one line.
    """
    old = _lines(text)
    starts = [0, *accumulate(map(len, old))]
    changes = _changes(text, starts, merge_edits(edits))
    hunks: list[Hunk] = []
    here = shift = 0
    """``here``: the first line not shown yet, from 0; ``shift``: new number less old number of a line that stays."""
    for index, (first, last, new) in enumerate(changes):
        begin = max(here, first - CONTEXT)
        following = changes[index + 1][0] if index + 1 < len(changes) else len(old)
        end = min(last + CONTEXT, following, len(old))
        lines = _kept(old, begin, first, shift)
        for number in range(max(last - first, len(new))):
            left, right = first + number < last, number < len(new)
            lines.append(
                Line(
                    first + number + 1 if left else 0,
                    first + number + shift + 1 if right else 0,
                    old[first + number] if left else "",
                    new[number] if right else "",
                )
            )
        shift += len(new) - (last - first)
        lines += _kept(old, last, end, shift)
        if hunks and begin == here:
            hunks[-1] = Hunk(hunks[-1].skipped, (*hunks[-1].lines, *lines))
        else:
            hunks.append(Hunk(begin - here, tuple(lines)))
        here = end
    return Beside(tuple(hunks), len(old) - here)


def _kept(old: Sequence[str], begin: int, end: int, shift: int) -> list[Line]:
    return [Line(number + 1, number + shift + 1, old[number], old[number]) for number in range(begin, end)]


def _changes(text: str, starts: Sequence[int], edits: Sequence[Edit]) -> list[tuple[int, int, list[str]]]:
    """Lines from, lines to (without), and what stands there instead; edits that share a line are one change."""
    changes: list[tuple[int, int, list[str]]] = []
    pending = list(reversed(edits))
    while pending:
        edit = pending.pop()
        of_change = [edit]
        first, last = bisect_right(starts, edit.start) - 1, bisect_left(starts, edit.end)
        while True:
            while pending and pending[-1].start < starts[last]:
                edit = pending.pop()
                of_change.append(edit)
                last = max(last, bisect_left(starts, edit.end))
            begin = starts[first]
            moved = [Edit(edit.start - begin, edit.end - begin, edit.text) for edit in of_change]
            new = apply_edits(text[begin : starts[last]], moved)
            if not new or new.endswith(("\n", "\r")) or last == len(starts) - 1:
                break
            last += 1  # what is left of its last line joins the next one
        changes.append((first, last, _lines(new)))
    return changes


def _lines(text: str) -> list[str]:
    """Lines with their ends, as editors and YAML count them (``str.splitlines`` knows more ends than they do)."""
    return list(StringIO(text, newline=""))
