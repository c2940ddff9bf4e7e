"""What a world must offer to an expression: its selectors, the labels that it looks at, its numbers, how far it looks back.

Recording rules are opened up: their own selectors count, not the names that they record.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from promtrim.evaluate.context import Record
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)
from promtrim.promql.walk import walk


class Wanted(msgspec.Struct, frozen=True):
    """A selector of the expression."""

    name: str | None
    matchers: tuple[Matcher, ...]


class Shape(msgspec.Struct, frozen=True):
    """What a world must offer."""

    selectors: tuple[Wanted, ...]
    labels: tuple[str, ...]
    """Labels that matchers, groupings and matchings name."""
    numbers: tuple[float, ...]
    patterns: dict[str, tuple[str, ...]]
    """Label to regular expressions that ``label_replace`` applies to it."""
    reach: float
    """Seconds before an evaluation that it looks at, lookback aside."""
    clock: bool
    """It compares values with the time."""


def shape_of(node: Node, records: Mapping[str, tuple[Record, ...]]) -> Shape:
    """The shape of an expression with the recording rules that it uses."""
    trees = [node]
    opened: list[str] = []
    for tree in trees:
        for each in walk(tree):
            if isinstance(each, Selector) and each.name is not None and each.name in records and each.name not in opened:
                opened.append(each.name)
                trees += [record.expr for record in records[each.name]]
    selectors: dict[Wanted, None] = {}
    labels: dict[str, None] = {}
    numbers: dict[float, None] = {}
    patterns: dict[str, tuple[str, ...]] = {}
    clock = False
    for tree in trees:
        for each in walk(tree):
            if isinstance(each, Selector):
                labels.update(dict.fromkeys(m.name for m in each.matchers if m.name != "__name__"))
                if each.name not in records:
                    selectors[Wanted(each.name, each.matchers)] = None
                    for alternative in each.alternatives:
                        selectors[Wanted(each.name, alternative)] = None
            labels.update(dict.fromkeys(_named(each)))
            value = folded(each)
            if value is not None and math.isfinite(value):
                numbers[value] = None
            if isinstance(each, Call):
                clock = clock or each.function in ("time", "timestamp")
                patterns.update(_replaced(each, patterns))
    for name in opened:
        for record in records[name]:
            labels.update(dict.fromkeys(record.labels))
    # A recording rule's own evaluation adds its reach, once per level; twice the sum covers any nesting of levels.
    reach = max(_reach(tree) for tree in trees) * (1 if len(trees) == 1 else 2)
    return Shape(tuple(selectors), tuple(labels), tuple(numbers), patterns, reach, clock)


def _named(node: Node) -> tuple[str, ...]:
    if isinstance(node, Aggregate):
        return (*(node.by or ()), *(node.without or ()))
    if isinstance(node, Binary):
        return (*(node.on or ()), *(node.ignoring or ()), *node.include)
    return ()


def _replaced(node: Call, patterns: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if node.function != "label_replace" or len(node.args) != 5:
        return {}
    source, pattern = node.args[3], node.args[4]
    if not isinstance(source, String) or not isinstance(pattern, String):
        return {}
    return {source.value: (*patterns.get(source.value, ()), pattern.value)}


def folded(node: Node) -> float | None:
    """The value of an expression of numbers alone."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Paren):
        return folded(node.expr)
    if isinstance(node, Negation):
        inner = folded(node.expr)
        return None if inner is None else -inner
    if isinstance(node, Binary) and node.op in ("+", "-", "*", "/"):
        left, right = folded(node.lhs), folded(node.rhs)
        if left is None or right is None or (node.op == "/" and right == 0):
            return None
        return {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else 0.0}[node.op]
    return None


def _reach(node: Node) -> float:
    """Seconds that an expression looks back at most."""
    if isinstance(node, Selector):
        return max(node.offset, 0.0)
    if isinstance(node, Range):
        return node.range + _reach(node.selector)
    if isinstance(node, Subquery):
        return node.range + max(node.offset, 0.0) + _reach(node.expr)
    return max((_reach(child) for child in _below(node)), default=0.0)


def _below(node: Node) -> Iterator[Node]:
    if isinstance(node, Call):
        yield from node.args
    elif isinstance(node, Binary):
        yield node.lhs
        yield node.rhs
    elif isinstance(node, Aggregate):
        yield node.expr
        if node.param is not None:
            yield node.param
    elif isinstance(node, Paren | Negation):
        yield node.expr
