"""Comments that speak to promtrim: ``# promtrim: keep: reason`` and ``# promtrim: drop: reason`` on a rule.

A directive is a rule's own when it stands inside it, on its last line, or in the comment block that touches it.
What an override does to a plan does not belong here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from promtrim.rulefile.groups import Sink
from promtrim.rulefile.layout import Space
from promtrim.rulefile.model import Problem
from promtrim.yamltext import Alias, Node, Scalar, compose

MARK = "promtrim:"
_DIRECTIVE = re.compile(r"#[ \t]*promtrim:[ \t]*([^\r\n]*)")
_SPOKEN = re.compile(r"(keep|drop)[ \t]*:[ \t]*(\S.*)")
_TO_ITEM = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)(?:[ \t]*#[^\r\n]*(?:\r\n|\n|\r))*[ \t]*(?:-[ \t]*)?")


def attach_directives(sink: Sink) -> None:
    """Give each rule of the sink its directive, note those that touch no rule, and refuse those without a reason."""
    for space in {id(unit.space): unit.space for unit in sink.units}.values():
        if MARK in space.text:
            _attach(space, sink)


def _attach(space: Space, sink: Sink) -> None:
    items = sorted(
        (start, end, group.first + number)
        for unit in sink.units
        if unit.space is space
        for group in unit.members
        if group.rules is not None
        for number, (start, end) in enumerate(zip(group.rules.starts, group.rules.ends, strict=True))
    )
    starts = [start for start, _, _ in items]
    first_id = sink.rules[0].id if sink.rules else 0
    for match in _comments(space):
        place = space.position(match.start())
        spoken = _SPOKEN.fullmatch(match.group(1).rstrip())
        if spoken is None:
            message = "a promtrim comment must say what and why: '# promtrim: keep: reason' or '# promtrim: drop: reason'"
            sink.error(space, Scalar("", match.start(), match.end(), None), message)
            continue
        number = _owner(space.text, match.start(), items, starts)
        if number is None:
            text = "this promtrim comment touches no rule: put it on the line above '- alert:'"
            sink.problems.append(Problem("unattached-directive", text, sink.file, place.line, place.column))
            continue
        rule = sink.rules[number - first_id]
        if rule.directive is None:
            directive = f"{spoken[1]}: {spoken[2]}"
            sink.rules[number - first_id] = msgspec.structs.replace(rule, directive=directive, directive_line=place.line)


def _comments(space: Space) -> Iterator[re.Match[str]]:
    """The directives of a text that stand outside its scalars."""
    spans = sorted((scalar.start, scalar.end) for root in compose(space.text, space.file) for scalar in _scalars(root))
    starts = [start for start, _ in spans]
    for match in _DIRECTIVE.finditer(space.text):
        before = bisect_right(starts, match.start()) - 1
        if before < 0 or spans[before][1] <= match.start():
            yield match


def _scalars(root: Node | None) -> Iterator[Scalar]:
    todo = [] if root is None else [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar):
            yield node
        elif not isinstance(node, Alias):
            todo.extend(node.content)


def _owner(text: str, offset: int, items: list[tuple[int, int, int]], starts: list[int]) -> int | None:
    before = bisect_right(starts, offset) - 1
    if before >= 0:
        _, end, number = items[before]
        between = text[end:offset]
        if offset < end or not ("\n" in between or "\r" in between):
            return number
    match = _TO_ITEM.match(text, offset)
    after = before + 1
    if match and after < len(items) and match.end() == items[after][0]:
        return items[after][2]
    return None
