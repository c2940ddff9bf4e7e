"""Changes to a text, as data: what is replaced by what. Values and pure functions only."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Edit(msgspec.Struct, frozen=True, order=True):
    """Replace the characters from ``start`` to ``end``; an empty replacement takes them out."""

    start: int
    end: int
    text: str = ""


def merge_edits(edits: Sequence[Edit]) -> list[Edit]:
    """Edits in order; deletions that touch or overlap become one, what falls inside a deletion goes with it."""
    result: list[Edit] = []
    for edit in sorted(set(edits)):
        last = result[-1] if result else None
        if last is not None and not edit.text and not last.text and edit.start <= last.end:
            result[-1] = Edit(last.start, max(last.end, edit.end))
        elif last is None or edit.start >= last.end:
            result.append(edit)
    return result


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made."""
    pieces: list[str] = []
    here = 0
    for edit in merge_edits(edits):
        pieces += (text[here : edit.start], edit.text)
        here = edit.end
    pieces.append(text[here:])
    return "".join(pieces)
