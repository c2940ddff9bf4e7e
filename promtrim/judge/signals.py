"""What an alert looks at: the conditions of its expression, each with its subject, shape, direction and threshold."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Literal

import msgspec

from promtrim.judge.spread import counts_variants, is_spread
from promtrim.knowledge.model import Shape
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Range,
    Selector,
    Subquery,
)
from promtrim.promql.walk import children, selectors, strip_parens, walk

Direction = Literal["above", "below", "equal", "unequal", "none"]

COMPARISONS = {">": "above", ">=": "above", "<": "below", "<=": "below", "==": "equal", "!=": "unequal"}
MIRRORED: dict[Direction, Direction] = {"above": "below", "below": "above"}

_SHAPES: dict[str, Shape] = {
    "absent": "absent",
    "absent_over_time": "absent",
    "predict_linear": "prediction",
    "histogram_quantile": "quantile",
    "time": "age",
    "changes": "changes",
    "resets": "changes",
    "rate": "rate",
    "increase": "rate",
    "irate": "rate",
    "delta": "rate",
    "idelta": "rate",
    "deriv": "rate",
}
"""What a function makes of its metric; of several, the first that ``shape_of`` asks for counts."""


class Signal(msgspec.Struct, frozen=True):
    """One condition of an alert.

    ``threshold`` is in the metric's own unit; for a ratio a share of 1. None where it is no constant.
    """

    node: Node
    subject: Node
    selectors: tuple[Selector, ...]
    """Of the subject; the first one names what it is about."""
    shape: Shape
    direction: Direction
    threshold: float | None
    per_second: float | None = None
    """The threshold of a rate or increase as events per second."""
    guard: bool = False
    """It narrows another condition (right side of ``and``) and is not what the alert is about."""

    @property
    def metric(self) -> str:
        return metric_name(self.selectors[0]) if self.selectors else ""


def metric_name(selector: Selector) -> str:
    """The metric's name, also where it is given as a matcher; a pattern as it is written."""
    if selector.name is not None:
        return selector.name
    return next((m.value for m in selector.matchers if m.name == "__name__"), "")


def signals(node: Node) -> tuple[Signal, ...]:
    """The conditions of an expression, what it is about first."""
    found: list[Signal] = []
    _collect(node, False, found)
    found.sort(key=lambda signal: signal.guard)
    return tuple(found)


def _collect(node: Node, guard: bool, found: list[Signal]) -> None:
    node = strip_parens(node)
    if isinstance(node, Binary):
        if node.op == "or":
            _collect(node.lhs, guard, found)
            _collect(node.rhs, guard, found)
            return
        if node.op in ("and", "unless"):
            _collect(node.lhs, guard, found)
            _collect(node.rhs, True, found)
            return
        if node.op in COMPARISONS:
            _compared(node, guard, found)
            return
        if node.op in ("*", "+", "-") and (_compares(node.lhs) or _compares(node.rhs)):
            first, second = (node.lhs, node.rhs) if _compares(node.lhs) else (node.rhs, node.lhs)
            _collect(first, guard, found)
            if _compares(second):
                _collect(second, True, found)
            return
    if isinstance(node, (Aggregate, Call)) and shape_of(node) != "absent":
        inner = node.expr if isinstance(node, Aggregate) else node.args[0] if node.args else None
        if inner is not None and _compares(inner):
            _collect(inner, guard, found)
            return
    if isinstance(node, Subquery):
        _collect(node.expr, guard, found)
        return
    found.append(_signal(node, node, "none", None, guard))


def _compares(node: Node) -> bool:
    """Whether a filter decides what the expression returns."""
    node = strip_parens(node)
    if isinstance(node, Binary):
        if node.op in COMPARISONS:
            return True
        return _compares(node.lhs) or _compares(node.rhs)
    if isinstance(node, Aggregate):
        return _compares(node.expr)
    if isinstance(node, Subquery):
        return _compares(node.expr)
    if isinstance(node, Call) and node.function not in ("absent", "absent_over_time"):
        return any(_compares(arg) for arg in node.args)
    return False


def _compared(node: Binary, guard: bool, found: list[Signal]) -> None:
    left, right = strip_parens(node.lhs), strip_parens(node.rhs)
    direction: Direction = COMPARISONS[node.op]  # type: ignore[assignment]
    number = constant_of(right)
    if number is None and constant_of(left) is not None:
        left, right = right, left
        number = constant_of(right)
        direction = MIRRORED.get(direction, direction)
    if number is None and (aged := _aged(left, right, direction)) is not None:
        subject, way, seconds = aged
        found.append(Signal(node, subject, tuple(selectors(subject)), "age", way, seconds, None, guard))
        return
    if number is None and not is_spread(left, right) and (part := _part(left, right, direction)) is not None:
        subject, whole, way, share = part
        found.append(Signal(node, subject, (*selectors(subject), *selectors(whole)), "ratio", way, share, None, guard))
        return
    if isinstance(left, Binary) and not left.bool and (left.op in COMPARISONS or left.op in ("and", "or", "unless")):
        # A chain such as ``5 < x < 10``: the inner condition first, the outer one on what the inner one is about.
        before = len(found)
        _collect(left, guard, found)
        subject = found[before].subject
        found.append(_signal(node, subject, direction, number, guard))
        return
    found.append(_signal(node, left, direction, number, guard))


def _aged(left: Node, right: Node, direction: Direction) -> tuple[Node, Direction, float] | None:
    """A timestamp compared with now, ``x < time() - 60``, as the age that it means: ``time() - x > 60``."""
    for subject, other, way in ((left, right, direction), (right, left, MIRRORED.get(direction, direction))):
        if isinstance(other, Binary) and other.op in ("-", "+") and _now(other.lhs) and not _tells_time(subject):
            seconds = constant_of(other.rhs)
            if seconds is not None:
                # What is to come is measured the other way round: ``x < time() + 60`` means ``x - time() < 60``.
                return subject, (MIRRORED.get(way, way) if other.op == "-" else way), seconds
    return None


def _part(left: Node, right: Node, direction: Direction) -> tuple[Node, Node, Direction, float] | None:
    """What is compared with a share of something else, ``x > 0.9 * limit``, as the ratio ``x / limit > 0.9``; with nearly
    all of it, ``x > limit - 3``, as the ratio 1."""
    for subject, other, way in ((left, right, direction), (right, left, MIRRORED.get(direction, direction))):
        if not isinstance(other, Binary) or other.op not in ("*", "-") or not selectors(subject):
            continue
        if other.op == "-":
            if way == "above" and _spare(subject, other):
                return subject, strip_parens(other.lhs), way, 1.0
            continue
        for factor, whole in ((other.lhs, other.rhs), (other.rhs, other.lhs)):
            share = constant_of(factor)
            if share is None or not 0 < share < 1 or _compares(subject) or _compares(whole):
                continue
            wholes = selectors(whole)
            if wholes and not any(each.offset for each in wholes):  # else it is compared with what it was
                return subject, strip_parens(whole), way, share
    return None


def _spare(subject: Node, limit: Binary) -> bool:
    """Whether a limit less what is kept in reserve is looked at: ``x >= limit - 3``, ``x > limit - reserved``."""
    names = {each.name for each in selectors(subject)}
    wholes = selectors(limit.lhs)
    if not wholes or _compares(subject) or any(each.offset or each.name in names for each in wholes):
        return False
    return constant_of(limit.rhs) is not None or isinstance(strip_parens(limit.rhs), (Selector, Aggregate))


def _now(node: Node) -> bool:
    node = strip_parens(node)
    return isinstance(node, Call) and node.function == "time"


def _tells_time(node: Node) -> bool:
    return "time" in _functions(node) or not selectors(node)


def _signal(node: Node, subject: Node, direction: Direction, number: float | None, guard: bool) -> Signal:
    shape = shape_of(subject)
    if number is None and isinstance(node, Binary) and node.op in COMPARISONS and is_spread(node.lhs, node.rhs):
        shape = "spread"
    if number is not None and (shape == "ratio" or (shape == "rate" and _complement(subject))):
        number, direction = _as_share(subject, number, direction)
    per_second = _per_second(subject, number) if shape == "rate" and number is not None else None
    about = tuple(selectors(subject))
    if number is None and isinstance(node, Binary) and node.op in COMPARISONS:
        about += tuple(selectors(node.rhs if strip_parens(node.lhs) is strip_parens(subject) else node.lhs))
    return Signal(node, subject, about, shape, direction, number, per_second, guard)


def _per_second(subject: Node, number: float) -> float | None:
    """A threshold on a rate or on an increase over a range, as events per second."""
    for each in walk(subject):
        if isinstance(each, Call) and each.function in ("rate", "irate"):
            return number
        if isinstance(each, Call) and each.function in ("increase", "delta", "idelta"):
            window = each.args[0]
            if isinstance(window, (Range, Subquery)):
                return number / window.range
    return None


def _complement(subject: Node) -> bool:
    """Whether a subject is what is left of a whole, in whatever unit: ``1 - x``, ``(1 - x) * 100``, ``100 - x``."""
    subject = strip_parens(subject)
    if not isinstance(subject, Binary):
        return False
    left, right = constant_of(subject.lhs), constant_of(subject.rhs)
    if subject.op == "-":
        return left in (1.0, 100.0)
    if subject.op in ("*", "/") and (left is None) != (right is None):
        return _complement(subject.rhs if right is None else subject.lhs)
    return False


def _as_share(subject: Node, number: float, direction: Direction) -> tuple[float, Direction]:
    """A percentage as a share; ``1 - x`` and ``100 - x`` turned round to ``x``."""
    subject = strip_parens(subject)
    while isinstance(subject, Binary):
        left, right = constant_of(subject.lhs), constant_of(subject.rhs)
        if subject.op == "*" and (left or right):
            number /= left or right or 1.0
            subject = strip_parens(subject.rhs if left else subject.lhs)
        elif subject.op == "-" and left is not None:
            number = left - number
            direction = MIRRORED.get(direction, direction)
            subject = strip_parens(subject.rhs)
        elif subject.op == "/" and right:
            number *= right
            subject = strip_parens(subject.lhs)
        elif subject.op == "/":
            number /= _factor(subject.lhs)
            break
        else:
            break
    return number, direction


def _factor(node: Node) -> float:
    """The constant that multiplies an expression: 100 in ``100 * x``."""
    node = strip_parens(node)
    if isinstance(node, Binary) and node.op == "*":
        left, right = constant_of(node.lhs), constant_of(node.rhs)
        if left or right:
            return (left or right or 1.0) * _factor(node.rhs if left else node.lhs)
    return 1.0


def shape_of(node: Node) -> Shape:
    """How an expression uses its metric."""
    node = strip_parens(node)
    shapes = {_SHAPES.get(name) for name in _functions(node)}
    for shape in ("absent", "prediction", "quantile"):
        if shape in shapes:
            return shape
    if "age" in shapes and _subtracts(node):
        return "age"
    if is_spread(node):
        return "spread"
    if counts_variants(node):
        return "variants"
    if _divides(node):
        return "ratio"
    for shape in ("changes", "rate"):
        if shape in shapes:
            return shape
    if isinstance(node, Aggregate) and node.op == "count":
        return "count"
    return "value"


def _functions(node: Node) -> list[str]:
    found: list[str] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if type(each) is Call:
            found.append(each.function)
        stack += children(each)
    return found


def _subtracts(node: Node) -> bool:
    node = strip_parens(node)
    if isinstance(node, Binary):
        return node.op == "-" or _subtracts(node.lhs) or _subtracts(node.rhs)
    if isinstance(node, (Aggregate, Negation, Subquery)):
        return _subtracts(node.expr)
    return isinstance(node, Call) and any(_subtracts(arg) for arg in node.args)


def _divides(node: Node) -> bool:
    """Whether a quotient of two vectors makes the value."""
    node = strip_parens(node)
    if isinstance(node, Binary):
        if node.op == "/" and constant_of(node.rhs) is None and constant_of(node.lhs) is None:
            return bool(selectors(node.rhs))
        return node.op in ("*", "-", "+", "/", "%") and (_divides(node.lhs) or _divides(node.rhs))
    if isinstance(node, (Aggregate, Negation, Subquery)):
        return _divides(node.expr)
    return isinstance(node, Call) and any(_divides(arg) for arg in node.args)


def constant_of(node: Node) -> float | None:
    """The value of an expression of numbers alone; None for any other."""
    node = strip_parens(node)
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negation):
        inner = constant_of(node.expr)
        return None if inner is None else -inner
    if isinstance(node, Binary):
        left, right = constant_of(node.lhs), constant_of(node.rhs)
        if left is None or right is None:
            return None
        try:
            return _OPERATORS[node.op](left, right)
        except (KeyError, ZeroDivisionError, OverflowError, ValueError):
            return None
    if isinstance(node, Call) and node.function == "vector":
        return constant_of(node.args[0])
    return None


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}



__all__ = ["Direction", "Shape", "Signal", "constant_of", "metric_name", "shape_of", "signals"]
