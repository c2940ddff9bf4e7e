"""What is different between two versions of a rule: expression or only its numbers, durations, labels, annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promtrim.durations import format_duration
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Number, Paren, Range, Selector, String, Subquery
from promtrim.promql.walk import children, replace
from promtrim.review.model import Edit, EditKind
from promtrim.review.present import meaning
from promtrim.rulefile.model import Rule

COMPARISONS = frozenset((">", "<", ">=", "<=", "==", "!="))


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
    numbers = number_edits(before.expr, after.expr)
    yield from numbers or [Edit("expression", "", before.expr, after.expr)]


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


def number_edits(before: str, after: str) -> tuple[Edit, ...]:
    """The numbers and durations in which two expressions differ, where they differ in nothing else; else nothing."""
    try:
        old, new = (replace(parse(text), _bare) for text in (before, after))
    except (ExpressionError, RecursionError):
        return ()
    found: list[Edit] = []
    todo: list[tuple[Node, Node, str]] = [(old, new, "")]
    while todo:
        one, other, parent = todo.pop()
        if _shell(one) != _shell(other):
            return ()
        for what, first, second in _amounts(one, other, parent):
            if first != second:
                found.append(Edit(what, "", first, second))
        operator = one.op if isinstance(one, Binary) else ""
        pairs = list(zip(children(one), children(other), strict=True))
        todo += [(left, right, operator) for left, right in pairs[::-1]]
    return tuple(found)


def _bare(node: Node) -> Node:
    return node.expr if isinstance(node, Paren) else node


def _shell(node: Node) -> tuple[object, ...]:
    """All that a node is besides its numbers, durations and sub-expressions."""
    if isinstance(node, Selector):
        return "selector", node.name, frozenset(node.matchers), node.alternatives, node.at
    if isinstance(node, Subquery):
        return "subquery", node.at, node.step is None
    if isinstance(node, Binary):
        joined = (node.on, node.ignoring, node.group, node.include, node.fill_left, node.fill_right)
        return "binary", node.op, node.bool, *joined
    if isinstance(node, Aggregate):
        return "aggregate", node.op, node.by, node.without, node.param is None
    if isinstance(node, Call):
        return "call", node.function, len(node.args)
    return type(node).__name__, node.value if isinstance(node, String) else None


def _amounts(one: Node, other: Node, parent: str) -> Iterator[tuple[EditKind, str, str]]:
    """The numbers of two nodes with one shell, as texts."""
    if isinstance(one, Number) and isinstance(other, Number):
        yield ("threshold" if parent in COMPARISONS else "number"), _number(one.value), _number(other.value)
    elif isinstance(one, Range) and isinstance(other, Range):
        yield "range", format_duration(one.range), format_duration(other.range)
    elif isinstance(one, Subquery) and isinstance(other, Subquery):
        yield "range", format_duration(one.range), format_duration(other.range)
        yield "step", format_duration(one.step or 0), format_duration(other.step or 0)
        yield "offset", _signed(one.offset), _signed(other.offset)
    elif isinstance(one, Selector) and isinstance(other, Selector):
        yield "offset", _signed(one.offset), _signed(other.offset)


def _number(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")


def _signed(seconds: float) -> str:
    return f"-{format_duration(-seconds)}" if seconds < 0 else format_duration(seconds)
