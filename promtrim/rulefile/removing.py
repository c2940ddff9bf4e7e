"""Takes items out of a text's lists, whatever the lists hold: pieces go, the rest stays byte for byte.

Which items go, and whether the result is what was planned, is the caller's; how one list is cut is in
:mod:`promtrim.rulefile.lists`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.anchors import move_anchors
from promtrim.rulefile.edits import Edit, apply_edits, merge_edits
from promtrim.rulefile.flow import quote
from promtrim.rulefile.gaps import LineReader
from promtrim.rulefile.layout import ListSpan, Space
from promtrim.rulefile.lists import cut_list


class CutResult(msgspec.Struct, frozen=True):
    """A text after the cut."""

    text: str
    notes: tuple[str, ...] = ()
    """What a person should know of it: an anchor that moved, a comment that had to go."""
    edits: tuple[Edit, ...] = ()
    """What was changed in the text before the cut, in its order."""


class ListCut(msgspec.Struct):
    """One list and which of its items go."""

    span: ListSpan
    drop: list[bool]
    key_end: int | None
    """Where the list's key ends, in case nothing stays."""
    inner: list[ListSpan | None] | None
    """Where the items hold lists themselves, each item's list; see :func:`promtrim.rulefile.lists.cut_list`."""


def without_conflict(cuts: Iterable[ListCut], space: Space, what: str) -> list[ListCut]:
    """Each list once: one that aliases share must lose the same items wherever it is used.

    Raises:
        InputError: it would not.
    """
    lists: dict[int, ListCut] = {}
    for cut in cuts:
        known = lists.setdefault(cut.span.start, cut)
        if known.drop != cut.drop:
            place = space.position(cut.span.start)
            message = f"an alias shares this list, and not all who share it lose the same {what}: write it out twice"
            raise InputError(message, space.file, place.line, place.column)
    return list(lists.values())


class Impossible(Exception):
    """No cut leaves what stays as it was; says what would be wrong."""


class _Way(msgspec.Struct, frozen=True):
    """How to treat what stands around a cut; the first way whose result reads as planned is taken."""

    trim_end: bool
    take_comments: bool


_WAYS = (_Way(True, False), _Way(False, False), _Way(False, True))


def remove_items(
    text: str, spaces: Sequence[tuple[Space, list[ListCut]]], wrong: Callable[[str], str]
) -> CutResult:
    """Take items out of lists.

    Args:
        text: the file's.
        spaces: the texts in it that hold the lists.
        wrong: says what is wrong with a cut text, "" where it is as planned.

    Raises:
        Impossible: no cut reads as planned.
        InputError: an item does not begin its line, or a text inside the text has no exact offsets.
    """
    said = ""
    for way in _WAYS:
        edits, notes = _all_edits(spaces, way)
        if not edits:
            return CutResult(text)
        result = _apply(text, edits, way)
        said = wrong(result)
        if not said:
            return CutResult(result, tuple(notes), tuple(merge_edits(edits)))
    raise Impossible(said)


def _all_edits(spaces: Sequence[tuple[Space, list[ListCut]]], way: _Way) -> tuple[list[Edit], list[str]]:
    """The edits of the file's text."""
    outer: list[Edit] = []
    notes: list[str] = []
    for space, lists in spaces:
        reader = LineReader(space)
        edits: list[Edit] = []
        for plan in lists:
            edits += cut_list(plan.span, plan.drop, reader, plan.key_end, plan.inner)
        if not edits:
            continue
        if way.take_comments:
            edits, said = _with_comments(edits, reader)
            notes += said
        if space.has_aliases:
            moved, said = move_anchors(space, edits)
            edits += moved
            notes += said
        outer += edits if space.outer is None else _outward(space, merge_edits(edits))
    return outer, notes


def _with_comments(edits: list[Edit], reader: LineReader) -> tuple[list[Edit], list[str]]:
    """Takes the comments below each cut as well: next to other text they would become part of a block scalar."""
    wider: list[Edit] = []
    notes: list[str] = []
    for edit in merge_edits(edits):
        line = reader.of(edit.end)
        stop = line
        if edit.end == reader.start(line) and not edit.text:
            while reader.is_comment(stop) or reader.is_blank(stop):
                stop += 1
        if any(reader.is_comment(each) for each in range(line, stop)):
            place = reader.space.position(edit.end)
            notes.append(
                f"{reader.space.file}:{place.line}: a comment is cut as well, "
                "it would have become part of the text above it"
            )
            edit = Edit(edit.start, reader.start(stop))
        wider.append(edit)
    return wider, notes


def _outward(space: Space, edits: Sequence[Edit]) -> list[Edit]:
    """Edits of a text inside a scalar as edits of the text around it."""
    assert space.outer is not None
    assert space.scalar is not None
    places = space.places
    if places is None:
        place = space.outer.position(space.scalar.start)
        message = "this text cannot be cut exactly: write it as a literal block scalar (|)"
        raise InputError(message, space.file, place.line, place.column)
    style = space.scalar.style
    result = []
    for edit in edits:
        text = edit.text
        if style == '"':
            text = quote(text)[1:-1]
        elif style == "'":
            text = text.replace("'", "''")
        joins_lines = edit.start and space.text[edit.start - 1] != "\n" and space.text[edit.end - 1] == "\n"
        ends = places.at if joins_lines and style in ("|", ">") else places.begin  # no indentation inside a line
        result.append(Edit(places.begin[edit.start], ends[edit.end], text))
    return result


def _apply(text: str, edits: Sequence[Edit], way: _Way) -> str:
    result = apply_edits(text, edits)
    last = max(edits, key=lambda edit: edit.end)
    if way.trim_end and last.end == len(text) and not last.text:
        result = _without_blank_end(result)
    return result


def _without_blank_end(text: str) -> str:
    """Blank lines between a last item that is cut and the one above it would dangle at the end of the file."""
    body = text.rstrip(" \t\r\n")
    rest = text[len(body) :]
    for line_break in ("\r\n", "\n", "\r"):
        if line_break in rest:
            first = rest.index(line_break) + len(line_break)
            return body + rest[:first]
    return text
