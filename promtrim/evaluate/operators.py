"""Unary minus and the binary operators: arithmetic, comparison and set operators, with vector matching."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from promtrim.evaluate import interval as iv
from promtrim.evaluate.choices import choices
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import AT_LEAST_ONE, TRUTH, Comparison, Interval, compare
from promtrim.evaluate.labels import Labels, clash, nameless
from promtrim.evaluate.matching import always_match, matched_count, matched_labels, may_collide, unnamed
from promtrim.evaluate.result import NEVER, Note, Result, State, anything, never, scalar
from promtrim.evaluate.same import COMPARISONS, filters, is_part_of, multiple, same_value, whole
from promtrim.evaluate.sets import set_operator
from promtrim.evaluate.told import told_of_matches
from promtrim.evaluate.union import union_of
from promtrim.evaluate.wording import mismatch, never_true
from promtrim.knowledge.series import Because
from promtrim.promql.tree import Aggregate, Binary, Negation
from promtrim.promql.walk import strip_parens

SET_OPERATORS = frozenset(("and", "or", "unless"))

_ARITHMETIC: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": iv.add,
    "-": iv.subtract,
    "*": iv.multiply,
    "/": iv.divide,
    "%": iv.modulo,
    "^": iv.power,
    "atan2": lambda a, b: Interval(-3.1416, 3.1416, nan=a.nan or b.nan),
}


def negation(evaluator: Evaluating, node: Negation) -> Result:
    inner = evaluator.evaluate(node.expr)
    possible = _with_value(inner.possible, iv.negate(inner.possible.value))
    healthy = possible if inner.healthy is inner.possible else _with_value(
        inner.healthy, iv.negate(inner.healthy.value)
    )  # fmt: skip
    return Result(
        node, possible, healthy, nameless(inner.labels), inner.kind, inner.error, inner.note, (inner,), inner.single,
        (), inner.metric, inner.told,
    )  # fmt: skip


def binary(evaluator: Evaluating, node: Binary) -> Result:
    """Any binary operator."""
    left = evaluator.evaluate(node.lhs)
    right = evaluator.evaluate(node.rhs)
    if node.include:
        evaluator.fleeting += 1  # what it takes over from the other side may change there
    if node.op in SET_OPERATORS:
        return set_operator(evaluator, node, left, right)
    if left.kind == "scalar" and right.kind == "scalar":
        return _scalars(node, left, right)
    if node.fill_left is not None or node.fill_right is not None:
        return anything(node, (left, right))
    if left.kind == "scalar" or right.kind == "scalar":
        side = "rhs" if left.kind == "scalar" else "lhs"
        chosen = choices(evaluator, right if left.kind == "scalar" else left) if node.op in COMPARISONS else ()
        if chosen and not node.bool:
            return union_of(node, [evaluator.evaluate(structs.replace(node, **{side: each})) for each in chosen])
        return _vector_with_scalar(evaluator, node, left, right)
    return _vectors(evaluator, node, left, right)


def _scalars(node: Binary, left: Result, right: Result) -> Result:
    if node.op in COMPARISONS:
        possible = _truth(compare(node.op, left.possible.value, right.possible.value))
        healthy = _truth(compare(node.op, left.healthy.value, right.healthy.value))
        return scalar(node, possible, healthy, (left, right))
    combine = _ARITHMETIC[node.op]
    return scalar(
        node, combine(left.possible.value, right.possible.value), combine(left.healthy.value, right.healthy.value),
        (left, right),
    )  # fmt: skip


_FEW = Because("there are so few that this always holds: it fires for ever or never", "PromQL", "judgement")
_MULTIPLE = Because("a value is never greater than a larger multiple of itself", "PromQL", "logic")


def _truth(outcome: Comparison) -> Interval:
    if outcome.must:
        return iv.ONE
    return TRUTH if outcome.may else iv.ZERO


def _vector_with_scalar(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> Result:
    vector, other = (right, left) if left.kind == "scalar" else (left, right)
    error = left.error or right.error
    if vector.never:
        return never(node, vector.note, error=error)
    a, b = left.possible.value, right.possible.value
    one_world = vector.healthy is vector.possible and other.healthy.value == other.possible.value
    healthy_a, healthy_b = left.healthy.value, right.healthy.value
    if node.op not in COMPARISONS:
        combine = _ARITHMETIC[node.op]
        possible = _with_value(vector.possible, combine(a, b))
        healthy = possible if one_world else _with_value(vector.healthy, combine(healthy_a, healthy_b))
        return Result(
            node, possible, healthy, unnamed(node, vector.labels), error=error, note=vector.note,
            parts=(left, right), single=vector.single, metric=vector.metric, told=vector.told,
        )  # fmt: skip
    op = node.op
    if vector is right:
        # A comparison keeps the vector's sample, so it is looked at from the vector's side.
        op, a, b, healthy_a, healthy_b = _MIRRORED[op], b, a, healthy_b, healthy_a
    outcome = compare(op, a, b)
    if node.bool:
        possible = _with_value(vector.possible, _truth(outcome))
        healthy = _with_value(vector.healthy, _truth(compare(op, healthy_a, healthy_b)))
        return Result(
            node, possible, healthy, nameless(vector.labels), error=error, note=vector.note,
            parts=(left, right), single=vector.single, metric=vector.metric, told=vector.told,
        )  # fmt: skip
    if other.parts and vector.single and _multiple_exceeds(evaluator, node, op, vector, other):
        return never(node, Note(node, "nothing", _MULTIPLE, _notes(vector)), error=error)
    if not outcome.may:
        return never(node, _no_value(node, (vector, other), a, op, b), error=error)
    possible = State(vector.possible.lo if outcome.must else 0, vector.possible.hi, outcome.passed)
    if one_world:
        healthy = possible
    else:
        healthy = _filtered(vector.healthy, compare(op, healthy_a, healthy_b))
    note = vector.note
    if outcome.must and not healthy.lo and _counts_few(vector) and not compare(op, AT_LEAST_ONE, b).must:
        # It would fire for ever or never, and says nothing either way.
        evaluator.consulted.judged = True
        if evaluator.view.judgement:
            healthy = State(1, healthy.hi, healthy.value)
            note = Note(node, "always, or never", _FEW, _notes(vector))
    if healthy.lo and note is not None:
        note = Note(node, "always true while nothing is wrong", None, (note,))
    return Result(
        node, possible, healthy, vector.labels, error=error, note=note, parts=(left, right),
        single=vector.single, bounds=(*vector.bounds, (vector, outcome.passed)), metric=vector.metric, told=vector.told,
    )  # fmt: skip


_MIRRORED = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}


def _filtered(state: State, outcome: Comparison) -> State:
    if not outcome.may or state.hi == 0:
        return NEVER
    return State(state.lo if outcome.must else 0, state.hi, outcome.passed)


def _with_value(state: State, value: Interval) -> State:
    return state if state.hi == 0 else State(state.lo, state.hi, value)


def _vectors(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> Result:
    error = left.error or right.error or may_collide(evaluator, node, left, right)
    if left.never or right.never:
        empty = left if left.never else right
        return never(node, empty.note, error=error)
    label = clash(left.labels, right.labels, node.on, node.ignoring or ())
    if label is not None:
        return never(node, mismatch(node, left.labels, right.labels, label), error=error)
    labels = matched_labels(node, left, right)
    possible_hi = matched_count(node, left.possible.hi, right.possible.hi)
    sure = left.healthy.lo and right.healthy.lo and always_match(evaluator, node, left, right)
    healthy_hi = matched_count(node, left.healthy.hi, right.healthy.hi)
    single = left.single and right.single
    many = right if node.group == "right" else left
    if node.op in COMPARISONS:
        return _compare_vectors(
            evaluator, node, left, right, labels, (possible_hi, healthy_hi, bool(sure)), error, single, many
        )  # fmt: skip
    value = _combined(evaluator, node, left, right, left.possible.value, right.possible.value)
    healthy_value = _combined(evaluator, node, left, right, left.healthy.value, right.healthy.value)
    return Result(
        node, State(0, possible_hi, value), State(1 if sure else 0, healthy_hi, healthy_value), labels, error=error,
        note=left.note or right.note, parts=(left, right), single=single, metric=left.metric,
        told=told_of_matches(node, many),
    )  # fmt: skip


def _combined(evaluator: Evaluating, node: Binary, left: Result, right: Result, a: Interval, b: Interval) -> Interval:
    if node.op in ("-", "/") and same_value(evaluator, left, right, node):
        if node.op == "-":
            return Interval(0.0, 0.0, nan=a.nan or not a.finite, integer=True, plus=True)
        return Interval(1.0, 1.0, nan=a.nan or not a.finite or a.contains(0.0), integer=True)
    value = _ARITHMETIC[node.op](a, b)
    alike = left.metric == right.metric and a.lo >= 0 and b.lo >= 0
    if node.op == "/" and alike and is_part_of(node.lhs, node.rhs, node):
        # The quotient of exact sums is rounded to no more than 1.
        most = 1.0 if a.integer and b.integer else 1.0 + iv.SLACK
        return iv.intersect(value, Interval(0.0, most, nan=True))
    if node.op == "-" and alike and is_part_of(node.rhs, node.lhs, node):
        # Only sums of integers come out the same in whatever order they are added up.
        least = 0.0 if a.integer and b.integer else -a.hi * iv.SLACK
        return iv.intersect(value, Interval(least, max(a.hi, 0.0), nan=True, integer=value.integer))
    return value


def _compare_vectors(
    evaluator: Evaluating, node: Binary, left: Result, right: Result, labels: Labels,
    counts: tuple[float, float, bool], error: bool, single: bool, many: Result,
) -> Result:  # fmt: skip
    possible_hi, healthy_hi, sure = counts
    op = node.op
    outcome = compare(op, left.possible.value, right.possible.value)
    healthy_outcome = compare(op, left.healthy.value, right.healthy.value)
    if same_value(evaluator, left, right, node):
        outcome = healthy_outcome = _of_equals(op, left.possible.value)
        if not outcome.may and not node.bool:
            same = "both sides are the same value"
            text = f"each group holds one series, so {same}" if left.alone or right.alone else same
            note = Note(node, "nothing", Because(text, "PromQL", "logic"), _notes(left, right))
            return never(node, note, error=error)
    elif not node.bool and _multiple_exceeds(evaluator, node, op, left, right):
        return never(node, Note(node, "nothing", _MULTIPLE, _notes(left, right)), error=error)
    elif left.metric == right.metric and op in (">", "<") and _part_exceeds(node, op, left, right):
        outcome = healthy_outcome = Comparison(False, False, iv.NOTHING)
    if node.bool:
        return Result(
            node, State(0, possible_hi, _truth(outcome)), State(1 if sure else 0, healthy_hi, _truth(healthy_outcome)),
            nameless(labels), error=error, note=left.note or right.note, parts=(left, right), single=single,
            metric=many.metric, told=told_of_matches(node, many),
        )  # fmt: skip
    if not outcome.may:
        because = Because(never_true(node.lhs, left.possible.value, op, right.possible.value), "PromQL", "logic")
        return never(node, Note(node, "nothing", because, _notes(left, right)), error=error)
    healthy = NEVER
    if healthy_outcome.may:
        healthy = State(1 if sure and healthy_outcome.must else 0, healthy_hi, healthy_outcome.passed)
    # With ``on``, ``ignoring`` and added labels a series is no longer told by the labels that the bounds speak of.
    bounds = (*left.bounds, *right.bounds, (left, outcome.passed)) if single or whole(node) else ()
    return Result(
        node, State(0, possible_hi, outcome.passed), healthy, labels, error=error, note=left.note or right.note,
        parts=(left, right), single=single, bounds=bounds, metric=left.metric, told=told_of_matches(node, many),
    )  # fmt: skip


def _of_equals(op: str, value: Interval) -> Comparison:
    """``x op x``: true or false for numbers, and NaN compares unequal to itself."""
    if op in ("==", ">=", "<="):
        return Comparison(True, not value.nan, value)
    if op == "!=" and value.nan:
        return Comparison(True, False, Interval(iv.INF, -iv.INF, nan=True))
    return Comparison(False, False, iv.NOTHING)


def _part_exceeds(node: Binary, op: str, left: Result, right: Result) -> bool:
    """A part compared as greater than its whole. Rounding may make equal sums differ, so only counts are certain."""
    part, whole = (node.lhs, node.rhs) if op == ">" else (node.rhs, node.lhs)
    a, b = left.possible.value, right.possible.value
    return a.integer and b.integer and min(a.lo, b.lo) >= 0 and is_part_of(part, whole, node)


def _multiple_exceeds(evaluator: Evaluating, node: Binary, op: str, left: Result, right: Result) -> bool:
    """A value compared as greater than a larger multiple of itself: never, for what is not negative."""
    if op not in (">", "<"):
        return False
    (less, small), (more, large) = (multiple(side) for side in ((left, right) if op == ">" else (right, left)))
    if not less < more * (1 - iv.SLACK) or small.possible.value.lo < 0 or large.possible.value.lo < 0:
        return False
    return same_value(evaluator, small, large, node)


def _counts_few(vector: Result) -> bool:
    """Whether it counts series of which there cannot be many, none of them left out for its value."""
    node = strip_parens(vector.node)
    counts = isinstance(node, Aggregate) and node.op == "count" and not filters(node.expr)
    return counts and vector.possible.value.hi < iv.INF


def _notes(*results: Result) -> tuple[Note, ...]:
    return tuple(result.note for result in results if result.note is not None)


def _no_value(node: Binary, sides: tuple[Result, Result], a: Interval, op: str, b: Interval) -> Note:
    vector, other = sides
    if other.note is not None and b.lo > b.hi:  # a scalar of nothing is NaN: what matters is why there is nothing
        return Note(node, "nothing", None, (other.note,))
    text = never_true(vector.node, a, op, b)
    kind = vector.note.because.kind if vector.note and vector.note.because else "logic"
    if kind == "healthy":
        kind = "logic"
    return Note(node, "nothing", Because(text, "PromQL", kind), _notes(vector))
