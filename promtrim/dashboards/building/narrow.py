"""Where a reader's choice of job, instance or namespace may go into a query without changing what it means.

``narrowed(query, label)`` shows some of the same series with the same values: the matcher is pushed down to the selectors
only where every operator on the way up keeps the label. A sum over all instances stays the sum that the alert compares.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from promtrim.promql.tree import Aggregate, Binary, Call, Matcher, Negation, Node, Paren, Range, Selector, Subquery

Carries = Callable[[Selector, str], bool]
"""Whether the series of a selector carry a label."""

_RENAMES = frozenset(("label_replace", "label_join"))
_SETS_ASIDE = frozenset(("absent", "absent_over_time", "scalar", "vector", "time", "count_values"))


def narrowed(node: Node, label: str, carries: Carries) -> Node | None:
    """The query for those series whose label is among ``$label``; None where that would change values or is no choice."""
    return _push(node, label, Matcher(label, "=~", f"${label}"), carries)


def _push(node: Node, label: str, matcher: Matcher, carries: Carries) -> Node | None:
    if isinstance(node, Selector):
        fixed = any(each.name == label and each.op == "=" for each in node.matchers)
        if fixed or node.alternatives or not carries(node, label):
            return None
        return msgspec.structs.replace(node, matchers=(*node.matchers, matcher))
    if isinstance(node, Range):
        inner = _push(node.selector, label, matcher, carries)
        return msgspec.structs.replace(node, selector=inner) if isinstance(inner, Selector) else None
    if isinstance(node, (Subquery, Paren, Negation)):
        inner = _push(node.expr, label, matcher, carries)
        return None if inner is None else msgspec.structs.replace(node, expr=inner)
    if isinstance(node, Aggregate):
        kept = label in node.by if node.by is not None else node.without is not None and label not in node.without
        inner = _push(node.expr, label, matcher, carries) if kept and node.op != "count_values" else None
        return None if inner is None else msgspec.structs.replace(node, expr=inner)
    if isinstance(node, Call):
        return _call(node, label, matcher, carries)
    if isinstance(node, Binary):
        return _binary(node, label, matcher, carries)
    return None


def _call(node: Call, label: str, matcher: Matcher, carries: Carries) -> Node | None:
    if node.function in _SETS_ASIDE or (node.function in _RENAMES and _destination(node) == label):
        return None
    for index, argument in enumerate(node.args):
        inner = _push(argument, label, matcher, carries)
        if inner is not None:
            return msgspec.structs.replace(node, args=(*node.args[:index], inner, *node.args[index + 1 :]))
    return None


def _destination(node: Call) -> str | None:
    return getattr(node.args[1], "value", None) if len(node.args) > 1 else None


def _binary(node: Binary, label: str, matcher: Matcher, carries: Carries) -> Node | None:
    if node.fill_left is not None or node.fill_right is not None:
        return None  # a series that a choice takes away would be filled in
    left = _push(node.lhs, label, matcher, carries)
    right = _push(node.rhs, label, matcher, carries)
    matched = label in node.on if node.on is not None else label not in (node.ignoring or ())
    if label in node.include:
        return None  # it comes from the one side, which must stay whole
    if node.op == "or":
        if left is None or right is None:
            return None
        return msgspec.structs.replace(node, lhs=left, rhs=right)
    many_left = node.group == "left" or node.op in ("and", "unless")
    if matched:
        if node.op == "unless" and left is None:
            return None
        if left is None and right is None:
            return None
        return msgspec.structs.replace(node, lhs=left or node.lhs, rhs=right or node.rhs)
    if many_left and left is not None:
        return msgspec.structs.replace(node, lhs=left)
    if node.group == "right" and right is not None:
        return msgspec.structs.replace(node, rhs=right)
    return None


__all__ = ["Carries", "narrowed"]
