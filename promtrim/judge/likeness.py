"""What of an expression other rules are compared by: its meaning, its threshold, what it measures, what it reads.

Small and flat, so that it can be kept for many thousand rules and handed from one process to another. How rules are
compared belongs in :mod:`promtrim.plan.redundancy`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from promtrim.judge.signals import constant_of
from promtrim.promql.normal import normal_form
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Range, Selector
from promtrim.promql.walk import metric_names, strip_parens, walk

Condition = tuple[str, str, str]
"""A matcher: label, operator, value."""

_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "=="}
_COUNTING = frozenset(("rate", "increase", "irate"))
_INCIDENTAL = re.compile(r"\[[^\]]*\]|(?<=histogram_quantile\()[0-9.eE+-]+")


class Threshold(msgspec.Struct, frozen=True, gc=False):
    """A plain alert ``subject op number``.

    Of two alerts with one ``skeleton``, the one with a subset of the other's ``conditions`` sees every series that the
    other sees, with the same value or, summed up, one not smaller.
    """

    op: str
    number: float
    subject: str
    """Normal form of what is compared."""
    signal: str
    """What is measured, whatever the range, the quantile and the unit: two thresholds on it are a pair."""
    skeleton: str
    conditions: tuple[Condition, ...] = ()


class Likeness(msgspec.Struct, frozen=True, gc=False):
    """How a rule is compared with others."""

    meaning: str
    """Normal form: equal for expressions that always return the same."""
    reads: tuple[str, ...]
    """Names of the metrics that it asks for."""
    threshold: Threshold | None = None
    named: bool = False
    """A matcher names the component that it watches."""


def likeness_of(node: Node, named: bool, counter: Callable[[str], bool] = lambda name: False) -> Likeness:
    """The likeness of an expression.

    Args:
        named: a matcher names the component that it watches.
        counter: whether a metric is certainly a counter, so that its rates are never negative.
    """
    threshold = threshold_of(node, counter)
    reads = tuple(dict.fromkeys(metric_names(node)))
    if threshold is None:
        return Likeness(normal_form(node), reads, None, named)
    # What a comparison with a number means is told by its parts; a colon keeps it apart from every other normal form.
    return Likeness(f"{threshold.subject} {threshold.op}: {threshold.number!r}", reads, threshold, named)


def threshold_of(node: Node, counter: Callable[[str], bool] = lambda name: False) -> Threshold | None:
    """The parts of a plain comparison with a number; None for any other expression."""
    node = strip_parens(node)
    if not isinstance(node, Binary) or node.bool or node.op not in _MIRRORED:
        return None
    number = _scalar(node.rhs)
    if number is not None:
        subject, op = strip_parens(node.lhs), node.op
    else:
        number = _scalar(node.lhs)
        if number is None:
            return None
        subject, op = strip_parens(node.rhs), _MIRRORED[node.op]
    normal = normal_form(subject)
    measured = _unscaled(subject)
    signal = _INCIDENTAL.sub("", normal if measured is subject else normal_form(measured))
    skeleton, conditions = _skeleton(subject, op, normal, counter)
    return Threshold(op, number, normal, signal, skeleton, conditions)


def _scalar(node: Node) -> float | None:
    """The value of a constant that is a scalar: ``x > vector(5)`` compares series that have no labels."""
    vector = any(isinstance(each, Call) for each in walk(node))
    return None if vector else constant_of(node)


def _unscaled(node: Node) -> Node:
    """What is measured, in whatever unit: ``x / y`` for ``100 * x / y`` and ``x / y * 100``."""
    while isinstance(node, Binary) and node.op in ("*", "/"):
        left, right = constant_of(node.lhs), constant_of(node.rhs)
        if right is not None:
            node = strip_parens(node.lhs)
        elif left is not None and node.op == "*":
            node = strip_parens(node.rhs)
        elif left is None and node.op == "/" and (part := _unscaled(strip_parens(node.lhs))) is not strip_parens(node.lhs):
            return msgspec.structs.replace(node, lhs=part)
        else:
            break
    return node


def _skeleton(
    subject: Node, op: str, normal: str, counter: Callable[[str], bool]
) -> tuple[str, tuple[Condition, ...]]:
    wrapping = op[0]
    inner = subject
    summed = False
    if isinstance(inner, Aggregate) and inner.op in ("sum", "count", "max") and inner.without is None and op[0] == ">":
        # A sum over more of non-negative series is not smaller, so it exceeds what the smaller one exceeds.
        wrapping += f"{inner.op} by {sorted(inner.by or ())}"
        summed = inner.op == "sum"
        inner = strip_parens(inner.expr)
        if summed and not (isinstance(inner, Call) and inner.function in _COUNTING):
            return normal + op[0], ()
    if isinstance(inner, Call) and inner.function in _COUNTING and len(inner.args) == 1:
        wrapping += inner.function
        inner = strip_parens(inner.args[0])
    if isinstance(inner, Range):
        wrapping += f"[{inner.range}]"
        inner = inner.selector
    if not isinstance(inner, Selector) or inner.name is None or inner.alternatives:
        return normal + op[0], ()
    if summed and not counter(inner.name):
        return normal + op[0], ()
    conditions = tuple(sorted({(matcher.name, matcher.op, matcher.value) for matcher in inner.matchers}))
    return f"{wrapping} {inner.name} {inner.offset} {inner.at}", conditions
