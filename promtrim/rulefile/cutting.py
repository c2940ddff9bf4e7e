"""Cuts rules out of a document: the text with pieces taken out, read again before anybody sees it.

Which rules go is decided elsewhere; how one list is cut is in :mod:`promtrim.rulefile.lists`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.anchors import move_anchors
from promtrim.rulefile.edits import Edit, apply_edits, merge_edits
from promtrim.rulefile.flow import quote
from promtrim.rulefile.gaps import LineReader
from promtrim.rulefile.layout import GroupSpan, Layout, ListSpan, Space, Unit
from promtrim.rulefile.lists import cut_list
from promtrim.rulefile.model import Document
from promtrim.rulefile.verify import difference


class CutResult(msgspec.Struct, frozen=True):
    """A document's text after the cut."""

    text: str
    notes: tuple[str, ...] = ()
    """What a person should know of it: an anchor that moved, a comment that had to go."""


class _Way(msgspec.Struct, frozen=True):
    """How to treat what stands around a cut; the first way whose result reads as planned is taken."""

    trim_end: bool
    take_comments: bool


_WAYS = (_Way(True, False), _Way(False, False), _Way(False, True))


def cut(document: Document, drop: Collection[int]) -> CutResult:
    """Take rules out of a document; everything else stays byte for byte.

    Args:
        document: as :func:`promtrim.rulefile.read` returned it.
        drop: ids of the rules to take out; ids of other documents count for nothing.

    Raises:
        InputError: no exact cut is possible here; file, line and what to do.
    """
    gone = {rule.id for rule in document.rules if rule.id in drop}
    if not gone:
        return CutResult(document.text)
    layout: Layout = document.layout
    plans = _plans(layout, gone, document)
    wrong = ""
    for way in _WAYS:
        edits, notes = _all_edits(layout, plans, way)
        text = _apply(document.text, edits, way)
        wrong = difference(document, gone, text)
        if not wrong:
            return CutResult(text, tuple(notes))
    first = next(rule for rule in document.rules if rule.id in gone)
    message = f"cannot be cut without changing what stays ({wrong}): take rule {first.name!r} out by hand"
    raise InputError(message, document.file, first.line, first.column)


class _ListPlan(msgspec.Struct):
    """One list and which of its items go."""

    span: ListSpan
    drop: list[bool]
    key_end: int | None
    inner: list[ListSpan | None] | None


def _plans(layout: Layout, gone: set[int], document: Document) -> list[tuple[Space, list[_ListPlan]]]:
    """The lists to cut, by the text they stand in; a list that two aliases share must lose the same items in both."""
    spaces: dict[int, tuple[Space, dict[int, _ListPlan]]] = {}
    for unit in layout.units:
        if unit.logql:
            continue
        lists = spaces.setdefault(id(unit.space), (unit.space, {}))[1]
        for plan in _unit_plans(unit, gone):
            known = lists.setdefault(plan.span.start, plan)
            if known.drop != plan.drop:
                place = unit.space.position(plan.span.start)
                message = "an alias shares this list, and not all who share it lose the same rules: write it out twice"
                raise InputError(message, document.file, place.line, place.column)
    return [(space, list(lists.values())) for space, lists in spaces.values()]


def _unit_plans(unit: Unit, gone: set[int]) -> Iterator[_ListPlan]:
    """The plan of a list of groups, then those of the groups that stay."""
    emptied: list[bool] = []
    plans: list[_ListPlan] = []
    for group in unit.members:
        count = _count(group)
        drop = [group.first + number in gone for number in range(count)]
        emptied.append(count > 0 and all(drop))
        if group.rules is not None and count and not all(drop):
            plans.append(_ListPlan(group.rules, drop, None, None))
    yield _ListPlan(unit.groups, emptied, unit.key_end, [group.rules for group in unit.members])
    yield from plans


def _count(group: GroupSpan) -> int:
    return len(group.exprs) // 2


def _all_edits(layout: Layout, plans: Sequence[tuple[Space, list[_ListPlan]]], way: _Way) -> tuple[list[Edit], list[str]]:
    """The edits of the file's text."""
    outer: list[Edit] = []
    notes: list[str] = []
    for space, lists in plans:
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
        message = "the rules inside this text cannot be cut exactly: write it as a literal block scalar (|)"
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
