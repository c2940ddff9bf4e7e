"""The evaluator's reasons in words: intervals, and sides that can never match."""

from __future__ import annotations

from promtrim.evaluate import interval as iv
from promtrim.evaluate.interval import Interval
from promtrim.evaluate.labels import Labels, Values
from promtrim.evaluate.result import Note
from promtrim.knowledge.series import Because
from promtrim.promql.tree import Binary


def words(value: Interval) -> str:
    """An interval in words, short enough for a sentence."""
    if value.constant:
        return f"{value.lo:g}"
    if value.empty:
        return "NaN" if value.nan else "no value"
    if value.lo == -iv.INF and value.hi == iv.INF:
        return "any number"
    if value.hi == iv.INF:
        return f"a number {'above' if value.lo_open else 'of at least'} {value.lo:g}"
    if value.lo == -iv.INF:
        return f"a number {'below' if value.hi_open else 'of at most'} {value.hi:g}"
    return f"a number from {value.lo:g} to {value.hi:g}"


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
