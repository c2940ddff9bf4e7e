"""What the targets that never answer make true for ever: ``up == 0`` holds for them, whatever the others do.

The evaluator keeps one value for all series of a selector. So an expression is looked at once more with the series of dead
targets alone, where more series could only add to its result.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from promtrim.evaluate.engine import Evaluator
from promtrim.evaluate.result import Result
from promtrim.promql.tree import Aggregate, Binary, Call, Negation, Node, Number, Paren, Range, Selector
from promtrim.promql.walk import selectors, strip_parens, walk

UP = "up"
_COMPARES = frozenset({"==", "!=", ">", "<", ">=", "<="})
_ABOVE = frozenset({">", ">="})


def for_ever(node: Node, some: Evaluator, whole: Evaluator, records: Container[object]) -> Result | None:
    """The result for dead targets alone, where it is there in every healthy world; None where nothing can be said.

    Args:
        some: sees all dead targets.
        whole: sees those of jobs that have no others.
        records: names of recording rules.
    """
    asked = selectors(node)
    if all(each.name != UP for each in asked) or any(each.name in records for each in asked) or not _grows(node):
        return None
    grouped = any(isinstance(each, Aggregate) and each.by for each in walk(node))
    result = (whole if grouped else some).evaluate(node)
    return result if result.always and not result.error else None


def _asks(node: Node) -> bool:
    return any(each.name == UP for each in selectors(node))


def _grows(node: Node) -> bool:
    """Whether more series of ``up`` only ever add to the result, and change nothing of what there is."""
    if not _asks(node) or isinstance(node, (Selector, Range)):
        return True
    if isinstance(node, (Paren, Negation)):
        return _grows(node.expr)
    if isinstance(node, Call):
        return node.function.endswith("_over_time") and _all_grow(node.args)
    if isinstance(node, Aggregate):
        # A job's group holds what its targets say, and all of them are dead.
        return node.param is None and node.by is not None and "job" in node.by and _grows(node.expr)
    return isinstance(node, Binary) and _grows_joined(node)


def _all_grow(nodes: Sequence[Node]) -> bool:
    return all(_grows(each) for each in nodes)


def _grows_joined(node: Binary) -> bool:
    if node.op in ("and", "or"):
        return _grows(node.lhs) and _grows(node.rhs)
    if node.op == "unless":
        return _grows(node.lhs) and not _asks(node.rhs)
    left, right = strip_parens(node.lhs), strip_parens(node.rhs)
    if isinstance(right, Number):
        if isinstance(left, Aggregate) and left.op == "count" and left.by is None and left.without is None:
            return node.op in _ABOVE and not node.bool and _grows(left.expr)
        return _grows(left)
    return isinstance(left, Number) and node.op in _COMPARES and _grows(right)
