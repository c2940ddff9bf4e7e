"""The set operators ``and``, ``or``, ``unless``, and what two conditions on the same value say together."""

from __future__ import annotations

from promtrim.evaluate import interval as iv
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import Interval
from promtrim.evaluate.labels import clash
from promtrim.evaluate.matching import agree, alike, of_one_scrape
from promtrim.evaluate.result import Note, Result, State, never
from promtrim.evaluate.same import same_value, tree_form, value_form
from promtrim.evaluate.union import union_of
from promtrim.evaluate.wording import mismatch
from promtrim.knowledge.series import Because
from promtrim.promql.tree import Binary, Node, Paren


def set_operator(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> Result:
    """``and``, ``or`` or ``unless`` of two vectors."""
    if node.op == "or":
        return _or(node, left, right)
    if left.never:
        return never(node, left.note, error=left.error or right.error)
    label = clash(left.labels, right.labels, node.on, node.ignoring or ())
    if node.op == "and":
        return _and(evaluator, node, left, right, label)
    return _unless(node, left, right, label)


def _or(node: Binary, left: Result, right: Result) -> Result:
    result = union_of(node, [left, right])
    possible, healthy = result.possible, result.healthy
    if node.on is not None or node.ignoring:
        # A series of the left side may stand in for the right side's with other labels, now and then.
        if possible.lo and not left.possible.lo and left.possible.hi:
            possible = State(0, possible.hi, possible.value)
        if healthy.lo and not left.healthy.lo and left.healthy.hi:
            healthy = State(0, healthy.hi, healthy.value)
    error = left.error or right.error
    return Result(
        node, possible, healthy, result.labels, error=error, note=result.note, parts=(left, right),
        single=False, metric=left.metric if left.metric == right.metric else "",
    )  # fmt: skip


def _and(evaluator: Evaluating, node: Binary, left: Result, right: Result, label: str | None) -> Result:
    error = left.error or right.error
    if right.never:
        return never(node, right.note, error=error)
    if label is not None:
        return never(node, mismatch(node, left.labels, right.labels, label), error=error)
    contradiction = _contradiction(evaluator, node, left, right)
    if contradiction is not None:
        return never(node, contradiction, error=error)
    healthy = left.healthy
    if right.healthy.hi == 0:
        healthy = State(0, 0, iv.NOTHING)
    elif healthy.lo and not (right.healthy.lo and _always_meets(evaluator, node, left, right)):
        healthy = State(0, healthy.hi, healthy.value)
    note = left.note
    if left.note and right.note and healthy.lo:
        note = Note(node, "both hold while nothing is wrong", None, (left.note, right.note))
    possible = left.possible if left.possible.lo == 0 else State(0, left.possible.hi, left.possible.value)
    if left.possible.lo and right.possible.lo and _always_meets(evaluator, node, left, right):
        possible = left.possible
    return Result(
        node, possible, healthy, left.labels, error=left.error or right.error, note=note or right.note,
        parts=(left, right), single=left.single, bounds=(*left.bounds, *_carried(node, left, right)),
        metric=left.metric, told=left.told,
    )  # fmt: skip


def _always_meets(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> bool:
    """Whether a series that is always on the left always finds one on the right."""
    if node.on == ():
        return True
    if tree_form(node.lhs) == tree_form(node.rhs):
        return True
    if of_one_scrape(evaluator, node, left, right):
        return True
    if node.on is None and (left.labels.open or right.labels.open):
        return alike(_base(left), _base(right))
    return agree(node, left, right)


def _base(result: Result) -> Result:
    while result.bounds:
        result = result.bounds[0][0]
    return result


def _carried(node: Binary, left: Result, right: Result) -> tuple[tuple[Result, Interval], ...]:
    """Bounds of the right side that go on to hold for the left side's series."""
    if node.on is None and not node.ignoring:
        return right.bounds
    return tuple((result, bound) for result, bound in right.bounds if result.single)


def _contradiction(evaluator: Evaluating, node: Binary, left: Result, right: Result) -> Note | None:
    """Two conditions on one value that cannot hold at once: ``hour() >= 8 and hour() < 8``."""
    for a, first in left.bounds:
        for b, second in right.bounds:
            if a.metric != b.metric or not iv.disjoint(first, second) or (first.nan and second.nan):
                continue
            if same_value(evaluator, a, b, node):
                text = "the two conditions on the same value exclude each other"
                return Note(node, "nothing, ever", Because(text, "PromQL", "logic"))
    return None


def _unless(node: Binary, left: Result, right: Result, label: str | None) -> Result:
    full = node.on is None and not node.ignoring
    possible = left.possible if right.never else State(0, left.possible.hi, left.possible.value)
    healthy = left.healthy
    if not right.never and label is None:
        if healthy.lo and right.healthy.hi:
            healthy = State(0, healthy.hi, healthy.value)
        covered = full and _implies(node, left, right)
        if covered or (right.possible.lo and node.on == ()):
            text = "whatever is on the left is also on the right, which takes it away"
            note = Note(node, "nothing, ever", Because(text, "PromQL", "logic"))
            return never(node, note, error=left.error or right.error)
    return Result(
        node, possible, healthy, left.labels, error=left.error or right.error, note=left.note, parts=(left, right),
        single=left.single, bounds=left.bounds, metric=left.metric, told=left.told,
    )  # fmt: skip


def _implies(node: Binary, left: Result, right: Result) -> bool:
    """Whether each series of the left side is certainly on the right: one filter of the same value, at least as wide.

    The right side's filter must be one with a constant: only then is its bound all that passes, and not more.
    """
    if tree_form(node.lhs) == tree_form(node.rhs):
        return True
    if len(right.bounds) != 1:
        return False
    base, wide = right.bounds[0]
    form = tree_form(base.node)
    if form != tree_form(_filtered_of(right)) or form != value_form(left):
        return False
    return any(
        a.metric == base.metric and iv.within(narrow, wide) and tree_form(a.node) == form
        for a, narrow in left.bounds
    )


def _filtered_of(result: Result) -> Node:
    """The operand of a plain filter with a constant; the node itself where it is anything else."""
    node = result.node
    while isinstance(node, Paren):
        node = node.expr
        result = result.parts[0]
    if isinstance(node, Binary) and result.parts and node.op != "!=":
        left, right = result.parts
        if right.kind == "scalar" and right.possible.value.constant:
            return left.node
        if left.kind == "scalar" and left.possible.value.constant:
            return right.node
    return node
