"""Where rules went: renamed, split and joined files and groups, and files that only look different."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from promtrim.plan.model import Plan
from promtrim.review.model import Change, Move, Pair, Reformatted
from promtrim.rulefile.model import Document, Rule

Where = tuple[Callable[[str], str], Callable[[str], str]]
"""For each side, a file's path below the side's root: both sides call one file alike."""


def moves(pairs: Iterable[Pair], before: Plan, after: Plan, where: Where) -> tuple[Move, ...]:
    """The moves between files, then those between groups, each told once for all its rules."""
    both = [(pair.before.judged.rule, pair.after.judged.rule) for pair in pairs if pair.before and pair.after]
    old_files = {where[0](document.file) for document in before.documents}
    new_files = {where[1](document.file) for document in after.documents}
    files = [(where[0](one.file), where[1](other.file), other) for one, other in both]
    found = _folders([*_between("file", files, old_files, new_files)])
    old_groups = {each.judged.rule.group for each in before.rules}
    new_groups = {each.judged.rule.group for each in after.rules}
    groups = [(one.group, other.group, other) for one, other in both]
    return (*found, *_between("group", groups, old_groups, new_groups))


def _folders(moved: Sequence[Move]) -> list[Move]:
    """Files that went from one folder to another under their names are told as one move."""
    together: dict[tuple[str, str], list[Move]] = {}
    for move in moved:
        old, new = os.path.split(move.before), os.path.split(move.after)
        if move.whole and old[1] == new[1]:
            together.setdefault((old[0], new[0]), []).append(move)
    several = {folders: files for folders, files in together.items() if len(files) > 1}
    told = {id(move) for files in several.values() for move in files}
    folders = [
        Move("folder", old or os.curdir, new or os.curdir, tuple(name for move in files for name in move.rules), True)
        for (old, new), files in several.items()
    ]
    return [*folders, *(move for move in moved if id(move) not in told)]


def _between(
    what: Literal["file", "group"], places: Sequence[tuple[str, str, Rule]], old: set[str], new: set[str]
) -> Iterator[Move]:
    went: dict[str, dict[str, list[str]]] = {}
    came: dict[str, set[str]] = {}
    for one, other, rule in places:
        went.setdefault(one, {}).setdefault(other, []).append(rule.name)
        came.setdefault(other, set()).add(one)
    for one, targets in went.items():
        for other, names in targets.items():
            if one != other:
                whole = len(targets) == 1 and one not in new and other not in old and came[other] == {one}
                yield Move(what, one, other, tuple(names), whole)


def reformatted(
    before: Plan, after: Plan, pairs: Sequence[Pair], changes: Sequence[Change], moved: Sequence[Move],
    where: Where,
) -> tuple[Reformatted, ...]:  # fmt: skip
    """Files of which only the text is different: no rule of theirs changed, came, went or moved."""
    old = {where[0](document.file): document for document in before.documents}
    busy = {place for move in moved if move.what == "file" for place in (move.before, move.after)}
    for change in changes:
        for number, decided in ((0, change.before), (1, change.after)):
            if decided is not None:
                busy.add(where[number](decided.judged.rule.file))
    renamed = {name for move in moved if move.what == "group" for name in move.rules}
    written: dict[str, int] = {}
    for pair in pairs:
        if pair.before and pair.after:
            one, other = pair.before.judged.rule, pair.after.judged.rule
            file = where[1](other.file)
            written[file] = written.get(file, 0) + (one.expr != other.expr)
            if other.name in renamed:
                busy.add(file)
    found = []
    for document in after.documents:
        file = where[1](document.file)
        earlier = old.get(file)
        if earlier is None:
            continue
        if file not in busy and (earlier.text != document.text or earlier.bom != document.bom):
            found.append(Reformatted(document.file, _line_ends(earlier, document), written.get(file, 0)))
    return tuple(found)


def _line_ends(one: Document, other: Document) -> bool:
    return _plain(one.text) == _plain(other.text) and one.bom == other.bom


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
