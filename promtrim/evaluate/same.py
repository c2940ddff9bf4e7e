"""When two sub-expressions have the same value: canonical forms of values, and a part against its own whole.

A canonical form forgets what does not change a sample's value: parentheses, the order of matchers, filters around it, and
aggregations over a single series. It is built only where two operands share a metric.
"""

from __future__ import annotations

from typing import Any

from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.result import Result
from promtrim.evaluate.told import of_matching, stay_apart
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    Subquery,
)  # fmt: skip
from promtrim.promql.walk import strip_parens, walk

COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
KEEPS_VALUE = frozenset(("sum", "min", "max", "avg", "topk", "bottomk", "limitk", "limit_ratio"))
CLOCK = frozenset(
    ("time", "hour", "minute", "month", "year", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "pi")
)

Form = Any
"""A nested tuple; equal forms have equal values."""


def value_form(result: Result) -> Form:
    """The form of a sample's value, filters forgotten. Two series matched with each other and with equal forms have the
    same value, provided that they are the same series."""
    node = result.node
    if isinstance(node, Paren) and result.parts:
        return value_form(result.parts[0])
    if isinstance(node, Binary) and result.parts:
        if (node.op in COMPARISONS and not node.bool and (result.single or whole(node))) or node.op in ("and", "unless"):
            left = result.parts[0]
            return value_form(result.parts[1] if left.kind == "scalar" else left)
    elif isinstance(node, Aggregate) and result.parts:
        inner = result.parts[0]
        if (inner.single or result.alone) and _keeps_value(node, inner):
            return value_form(inner)
    return tree_form(node)


def _keeps_value(node: Aggregate, inner: Result) -> bool:
    """Whether the aggregation of one series has this series' value."""
    if node.op != "quantile":
        return node.op in KEEPS_VALUE
    phi, value = node.param, inner.possible.value
    return isinstance(phi, Number) and 0 <= phi.value <= 1 and value.finite and not value.nan


def tree_form(node: Node) -> Form:
    """The form of a whole expression, filters kept."""
    if isinstance(node, Paren):
        return tree_form(node.expr)
    if isinstance(node, Selector):
        return ("selector", node.name, matcher_form(node.matchers), node.offset, node.at, node.alternatives)
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Range):
        return ("range", tree_form(node.selector), node.range)
    if isinstance(node, Subquery):
        return ("subquery", tree_form(node.expr), node.range, node.step, node.offset, node.at)
    if isinstance(node, Call):
        return ("call", node.function, *(tree_form(arg) for arg in node.args))
    if isinstance(node, Aggregate):
        grouping = ("by", *sorted(node.by or ())) if node.without is None else ("without", *sorted(node.without))
        return ("aggregate", node.op, grouping, tree_form(node.expr), node.param and tree_form(node.param))
    if isinstance(node, Binary):
        modifiers = (node.bool, node.on, node.ignoring, node.group, node.include, node.fill_left, node.fill_right)
        return ("binary", node.op, tree_form(node.lhs), tree_form(node.rhs), modifiers)
    return node


def matcher_form(matchers: tuple[Matcher, ...]) -> Form:
    return tuple(sorted({(m.name, m.op, m.value) for m in matchers}))


def whole(node: Binary) -> bool:
    """Whether matching compares all labels (and ``group`` adds none): what comes out is a series of either side."""
    return node.on is None and node.ignoring is None and node.group is None


def same_series(evaluator: Evaluating, left: Result, right: Result, node: Binary) -> bool:
    """Whether matched series of two operands with equal value forms are one and the same series.

    Default matching compares all labels, so it is where the metric is known; ``on`` and ``ignoring`` could match two
    different ones that filters left over, unless there is only one, or they match by what tells the series apart.
    """
    if (left.single and right.single) or (left.metric and whole(node)):
        return True
    apart = of_matching(node)
    return stay_apart(evaluator, left.told, apart) and stay_apart(evaluator, right.told, apart)


def same_value(evaluator: Evaluating, left: Result, right: Result, node: Binary) -> bool:
    """Whether each matched pair certainly has the same value on both sides (NaN included)."""
    if left.metric != right.metric:
        return False
    return value_form(left) == value_form(right) and same_series(evaluator, left, right, node)


def multiple(result: Result) -> tuple[float, Result]:
    """A positive factor and what it multiplies: ``2 * x``, ``x / 2``, ``scalar(x)``; 1 and the operand itself else.

    One factor: the product of two may overflow where that of the numbers does not.
    """
    factor = 1.0
    while result.parts:
        node, parts = result.node, result.parts
        if isinstance(node, Paren) or (isinstance(node, Call) and node.function == "scalar"):
            result = parts[0]
            continue
        if not isinstance(node, Binary) or node.op not in ("*", "/"):
            break
        left, right = parts
        turned = node.op == "*" and left.kind == "scalar"
        by, of = (left, right) if turned else (right, left)
        value = by.possible.value
        if factor != 1.0 or by.kind != "scalar" or not (value.constant and value.finite and value.lo > 0):
            break
        factor, result = factor * value.lo if node.op == "*" else factor / value.lo, of
    return factor, result


def filters(node: Node) -> bool:
    """Whether an expression leaves series out for their values, or for what else is there."""
    return any(
        isinstance(each, Binary) and ((each.op in COMPARISONS and not each.bool) or each.op in ("and", "unless"))
        for each in walk(node)
    )


def is_part_of(part: Node, whole: Node, node: Binary) -> bool:
    """Whether ``part`` adds up some of the non-negative series that ``whole`` adds up for each pair that ``node`` matches.

    Holds for ``sum``/``count`` of selectors, rates and increases, where the part's selector has all of the whole's
    matchers and more, or is filtered. Rates of counters only; the caller sees to the sign of gauges.
    """
    part, whole = strip_parens(part), strip_parens(whole)
    if isinstance(part, Aggregate) and isinstance(whole, Aggregate):
        if part.op != whole.op or part.op not in ("sum", "count"):
            return False
        return _grouped_alike(part, whole, node) and _selects_less(part.expr, whole.expr)
    return False


def _grouped_alike(part: Aggregate, whole: Aggregate, node: Binary) -> bool:
    """Whether all that is in a part's group is in the whole's group that it is matched with.

    They agree on all labels that the whole is grouped by; or both are grouped alike and matched one to one, since then the
    part's own whole is among those on the other side, and a second one beside it would be an error.
    """
    if whole.without is None and part.without is None:
        by = set(whole.by or ())
        agree = by <= set(node.on) if node.on is not None else not by & set(node.ignoring or ())
        if agree and by <= set(part.by or ()):
            return True
    same = set(part.by or ()) == set(whole.by or ()) and set(part.without or ()) == set(whole.without or ())
    return node.group is None and same and (part.without is None) == (whole.without is None)


def _selects_less(part: Node, whole: Node) -> bool:
    part, whole = strip_parens(part), strip_parens(whole)
    if isinstance(part, Binary) and not part.bool and not isinstance(whole, Binary):
        if part.op in ("and", "unless") or (part.op in COMPARISONS and isinstance(strip_parens(part.rhs), Number)):
            return _selects_less(part.lhs, whole)
        return part.op in COMPARISONS and isinstance(part.lhs, Number) and _selects_less(part.rhs, whole)
    if isinstance(part, Call) and isinstance(whole, Call):
        if part.function != whole.function or part.function not in ("rate", "increase", "irate"):
            return False
        return _selects_less(part.args[0], whole.args[0])
    if isinstance(part, Range) and isinstance(whole, Range):
        return part.range == whole.range and _selects_less(part.selector, whole.selector)
    if isinstance(part, Selector) and isinstance(whole, Selector):
        return (
            part.name is not None
            and part.name == whole.name
            and part.offset == whole.offset
            and part.at == whole.at
            and not part.alternatives
            and not whole.alternatives
            and set(matcher_form(whole.matchers)) <= set(matcher_form(part.matchers))
        )
    return False
