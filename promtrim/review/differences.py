"""What is different between two versions of a rule: expression or only its numbers, durations, labels, annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promtrim.durations import format_duration
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Aggregate, Binary, Call, Matcher, Node, Number, Paren, Range, Selector, String, Subquery
from promtrim.promql.walk import children, replace
from promtrim.review.model import Edit, EditKind
from promtrim.review.present import meaning
from promtrim.rulefile.model import Rule

COMPARISONS = frozenset((">", "<", ">=", "<=", "==", "!="))
MOST = 6
"""Small edits of one expression; where there are more, its two texts tell more."""


def edits_of(before: Rule, after: Rule) -> tuple[Edit, ...]:
    """Everything that is different, the name and the place left out; empty where only the text looks different."""
    found = [*_expression(before, after)]
    found += _durations(before, after)
    found += _texts("label", before.labels, after.labels)
    found += _texts("annotation", before.annotations, after.annotations)
    if before.group_limit != after.group_limit:
        found.append(Edit("limit", "", str(before.group_limit), str(after.group_limit)))
    if before.source_tenants != after.source_tenants:
        found.append(Edit("tenants", "", ", ".join(before.source_tenants), ", ".join(after.source_tenants)))
    return tuple(found)


def _expression(before: Rule, after: Rule) -> Iterator[Edit]:
    if before.expr == after.expr or meaning(before) == meaning(after):
        return
    small = small_edits(before.expr, after.expr)
    yield from small or [Edit("expression", "", before.expr, after.expr)]


def _durations(before: Rule, after: Rule) -> Iterator[Edit]:
    pairs: tuple[tuple[EditKind, float | None, float | None], ...] = (
        ("for", before.for_, after.for_),
        ("keep_firing_for", before.keep_firing_for, after.keep_firing_for),
        ("interval", before.interval, after.interval),
    )
    for what, old, new in pairs:
        if old != new:
            yield Edit(what, "", _duration(old), _duration(new))


def _duration(value: float | None) -> str | None:
    return None if value is None else format_duration(value)


def _texts(what: EditKind, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Edit]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old != new and " ".join((old or "").split()) != " ".join((new or "").split()):
            yield Edit(what, name, old, new)


def small_edits(before: str, after: str) -> tuple[Edit, ...]:
    """What differs between two expressions of one shape: numbers, durations, names, matchers, groupings, comparisons.

    Empty where the shapes differ, or where so much is different that the two texts tell more.
    """
    try:
        old, new = (replace(parse(text), _bare) for text in (before, after))
    except (ExpressionError, RecursionError):
        return ()
    found: dict[Edit, None] = {}
    todo: list[tuple[Node, Node, str]] = [(old, new, "")]
    while todo:
        one, other, parent = todo.pop()
        if _shell(one) != _shell(other):
            return ()
        for what, first, second in _pieces(one, other, parent):
            if first != second:
                found[Edit(what, "", first, second)] = None
        operator = one.op if isinstance(one, Binary) else ""
        pairs = list(zip(children(one), children(other), strict=True))
        todo += [(left, right, operator) for left, right in pairs[::-1]]
    return tuple(found) if len(found) <= MOST else ()


def _bare(node: Node) -> Node:
    return node.expr if isinstance(node, Paren) else node


def _shell(node: Node) -> tuple[object, ...]:
    """All that a node is besides its pieces and sub-expressions."""
    if isinstance(node, Selector):
        return "selector", node.name is None, node.alternatives, node.at
    if isinstance(node, Subquery):
        return "subquery", node.at, node.step is None
    if isinstance(node, Binary):
        joined = (node.on, node.ignoring, node.group, node.include, node.fill_left, node.fill_right)
        return "binary", "comparison" if node.op in COMPARISONS else node.op, node.bool, *joined
    if isinstance(node, Aggregate):
        return "aggregate", node.op, node.by is None, node.without is None, node.param is None
    if isinstance(node, Call):
        return "call", node.function, len(node.args)
    return type(node).__name__, node.value if isinstance(node, String) else None


_Piece = tuple[EditKind, "str | None", "str | None"]


def _pieces(one: Node, other: Node, parent: str) -> Iterator[_Piece]:
    """The pieces of two nodes with one shell, as texts."""
    if isinstance(one, Number) and isinstance(other, Number):
        yield ("threshold" if parent in COMPARISONS else "number"), _number(one.value), _number(other.value)
    elif isinstance(one, Range) and isinstance(other, Range):
        yield "range", format_duration(one.range), format_duration(other.range)
    elif isinstance(one, Subquery) and isinstance(other, Subquery):
        yield "range", format_duration(one.range), format_duration(other.range)
        yield "step", format_duration(one.step or 0), format_duration(other.step or 0)
        yield "offset", _signed(one.offset), _signed(other.offset)
    elif isinstance(one, Selector) and isinstance(other, Selector):
        yield "metric", one.name, other.name
        yield "offset", _signed(one.offset), _signed(other.offset)
        yield from _matchers(one, other)
    elif isinstance(one, Aggregate) and isinstance(other, Aggregate):
        yield "grouping", _grouping(one), _grouping(other)
    elif isinstance(one, Binary) and isinstance(other, Binary):
        yield "comparison", one.op, other.op


def _matchers(one: Selector, other: Selector) -> Iterator[_Piece]:
    """Each matcher that came or went; one that went and one that came on the same label are one edit."""
    gone = [each for each in one.matchers if each not in other.matchers]
    come = [each for each in other.matchers if each not in one.matchers]
    for each in gone:
        new = next((matcher for matcher in come if matcher.name == each.name), None)
        if new is not None:
            come.remove(new)
        yield "matcher", _matcher(each), _matcher(new) if new is not None else None
    for each in come:
        yield "matcher", None, _matcher(each)


def _matcher(each: Matcher) -> str:
    return f'{each.name}{each.op}"{each.value}"'


def _grouping(node: Aggregate) -> str:
    labels = ", ".join(sorted(set(node.by if node.without is None and node.by else node.without or ())))
    return f"{'by' if node.without is None else 'without'} ({labels})"


def _number(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")


def _signed(seconds: float) -> str:
    return f"-{format_duration(-seconds)}" if seconds < 0 else format_duration(seconds)
