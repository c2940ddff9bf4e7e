"""Cuts rules out of a document: the text with pieces taken out, read again before anybody sees it.

Which rules go is decided elsewhere; how items leave a text is in :mod:`promtrim.rulefile.removing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from promtrim.errors import InputError
from promtrim.rulefile.layout import GroupSpan, Layout, Space, Unit
from promtrim.rulefile.model import Document
from promtrim.rulefile.removing import CutResult, Impossible, ListCut, remove_items, without_conflict
from promtrim.rulefile.verify import difference


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
    try:
        return remove_items(document.text, _plans(layout, gone), lambda text: difference(document, gone, text))
    except Impossible as impossible:
        wrong = str(impossible)
    first = next(rule for rule in document.rules if rule.id in gone)
    message = f"cannot be cut without changing what stays ({wrong}): take rule {first.name!r} out by hand"
    raise InputError(message, document.file, first.line, first.column)


def _plans(layout: Layout, gone: set[int]) -> list[tuple[Space, list[ListCut]]]:
    """The lists to cut, by the text they stand in."""
    spaces: dict[int, tuple[Space, list[ListCut]]] = {}
    for unit in layout.units:
        if not unit.logql:
            spaces.setdefault(id(unit.space), (unit.space, []))[1].extend(_unit_plans(unit, gone))
    return [(space, without_conflict(cuts, space, "rules")) for space, cuts in spaces.values()]


def _unit_plans(unit: Unit, gone: set[int]) -> Iterator[ListCut]:
    """The plan of a list of groups, then those of the groups that stay."""
    emptied: list[bool] = []
    plans: list[ListCut] = []
    for group in unit.members:
        count = _count(group)
        drop = [group.first + number in gone for number in range(count)]
        emptied.append(count > 0 and all(drop))
        if group.rules is not None and count and not all(drop):
            plans.append(ListCut(group.rules, drop, None, None))
    yield ListCut(unit.groups, emptied, unit.key_end, [group.rules for group in unit.members])
    yield from plans


def _count(group: GroupSpan) -> int:
    return len(group.exprs) // 2
