"""The evaluator's reasons in words: intervals, and sides that can never match."""

from __future__ import annotations

import math

from promtrim.evaluate import interval as iv
from promtrim.evaluate.interval import Interval, compare
from promtrim.evaluate.labels import Labels, Values
from promtrim.evaluate.result import Note
from promtrim.knowledge.series import Because
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Paren, Selector


def words(value: Interval) -> str:
    """An interval in words that follow "it is"."""
    if value.empty:
        return "not a number (NaN)" if value.nan else "never there"
    if value.lo == value.hi:
        text = f"always {number(value.lo)}"
    elif value.lo == -iv.INF and value.hi == iv.INF:
        text = "a whole number" if value.integer else "any number"
    elif value.hi == iv.INF:
        text = f"{'above' if value.lo_open else 'at least'} {number(value.lo)}"
    elif value.lo == -iv.INF:
        text = f"{'below' if value.hi_open else 'at most'} {number(value.hi)}"
    elif value.integer and value.hi == value.lo + 1:
        text = f"{number(value.lo)} or {number(value.hi)}"
    elif value.lo_open or value.hi_open:
        text = f"{'above' if value.lo_open else 'at least'} {number(value.lo)} and "
        text += f"{'below' if value.hi_open else 'at most'} {number(value.hi)}"
    else:
        text = f"between {number(value.lo)} and {number(value.hi)}"
    return text + (" or NaN" if value.nan else "")


def number(value: float) -> str:
    """A number as people write it, to the last digit."""
    value = float(value)
    if not abs(value) < 1e15:
        return f"{value:g}".replace("inf", "Inf")
    return str(int(value)) if value.is_integer() else repr(value)


_NEVER = {
    "==": "never {}", ">": "never above {}", "<": "never below {}", ">=": "never {} or more", "<=": "never {} or less",
}  # fmt: skip


def never_true(subject: Node, a: Interval, op: str, b: Interval) -> str:
    """Why a comparison of two values never holds, as one tells it to a tired person.

    Args:
        subject: what has the value ``a``.
    """
    it = _named(subject)
    if a.empty or b.empty:
        return f"{it if a.empty else 'the other side'} is {words(a if a.empty else b)}, and then nothing is true"
    if a.lo == a.hi and b.lo == b.hi:
        return f"{it} is {words(a)}, and {number(a.lo)} {op} {number(b.lo)} is never true"
    if b.lo == b.hi:
        if op == "==" and a.integer and math.isfinite(b.lo) and b.lo != int(b.lo) and a.contains(b.lo):
            return f"{it} is a whole number, so never {number(b.lo)}"
        why = ""
        if it == "the count" and a.lo == 1 and compare(op, iv.ZERO, b).may:
            why = " (without series there is no count)"
        elif it in ("rate()", "irate()", "increase()") and a.lo == 0 and b.lo <= 0:
            why = " (it takes a fall for the reset of a counter)"
        return f"{it} is {words(a)}, so {_NEVER[op].format(number(b.lo))}{why}"
    return f"the left side is {words(a)} and the right side {words(b)}, so the left is {_NEVER[op].format('the right')}"


_AGGREGATED = {
    "sum": "the sum", "min": "the least", "max": "the greatest", "avg": "the mean", "count": "the count",
    "stddev": "the deviation", "stdvar": "the variance", "quantile": "the quantile",
}  # fmt: skip


def _named(node: Node) -> str:
    """What a sentence calls a sub-expression."""
    while isinstance(node, Paren):
        node = node.expr
    if isinstance(node, Selector) and node.name:
        return node.name
    if isinstance(node, Call):
        return f"{node.function}()"
    return _AGGREGATED.get(node.op, "it") if isinstance(node, Aggregate) else "it"


def mismatch(node: Binary, left: Labels, right: Labels, label: str) -> Note:
    """Why the two sides can never meet."""

    def told(values: Values) -> str:
        if values.allowed is not None:
            shown = sorted(values.allowed)
            if shown == [""]:
                return "has no such label"
            return "has " + " or ".join(repr(value) for value in shown[:4])
        return "has another value"

    text = (
        f"the two sides can never match: for the label {label!r} the left side {told(left.get(label))}, "
        f"the right side {told(right.get(label))}"
    )
    return Note(node, "nothing, ever", Because(text, "PromQL, vector matching", "logic"))
