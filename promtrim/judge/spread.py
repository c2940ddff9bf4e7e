"""Whether a condition compares instances, whatever they measure: how far apart they are, which variants run."""

from __future__ import annotations

from promtrim.knowledge.facts import VARIANT
from promtrim.promql.tree import Aggregate, Binary, Call, Node, Number, Paren, Selector
from promtrim.promql.walk import selectors, strip_parens, walk

_MEANS = frozenset(("max", "min", "avg", "quantile", "stddev", "stdvar"))
_DEVIATIONS = frozenset(("stddev", "stdvar"))


def is_spread(left: Node, right: Node | None = None) -> bool:
    """Whether two sides, or the operands of one side, are aggregations of the same thing: ``max(x) / min(x)``,
    ``x > 2 * avg(x)``, ``stddev(x)``."""
    left = strip_parens(left)
    if right is None:
        if isinstance(left, Aggregate) and left.op in _DEVIATIONS:
            return True
        if not isinstance(left, Binary) or left.op not in ("-", "/", "*"):
            return False
        return is_spread(left.lhs, left.rhs) or is_spread(left.lhs) or is_spread(left.rhs)
    first, second = _aggregated(left), _aggregated(right)
    if first is None or second is None:
        return False
    (one, of_one), (other, of_other) = first, second
    return (one != other or one == "sum") and not _MEANS.isdisjoint((one, other)) and _alike(of_one, of_other)


def _aggregated(node: Node) -> tuple[str, Node] | None:
    """The aggregation around an operand, factors and lower bounds aside, and what it aggregates; ``""``: none."""
    node = strip_parens(node)
    if isinstance(node, Binary) and node.op in ("*", "/"):
        for factor, rest in ((node.lhs, node.rhs), (node.rhs, node.lhs)):
            if isinstance(strip_parens(factor), Number):
                return _aggregated(rest)
        return None
    if isinstance(node, Call) and node.function in ("scalar", "clamp_min", "clamp_max", "abs") and node.args:
        return _aggregated(node.args[0])
    if isinstance(node, Aggregate) and (node.op in _MEANS or node.op == "sum"):
        inner = strip_parens(node.expr)
        # The mean of sums by instance is a mean of what the sums by instance are.
        return node.op, inner
    return ("", node) if selectors(node) else None


def _alike(one: Node, other: Node) -> bool:
    """Whether both are made of the same selectors by the same functions, grouping aside."""
    return _shape(one) == _shape(other)


def _shape(node: Node) -> list[object]:
    found: list[object] = []
    for each in walk(node):
        if isinstance(each, Selector):
            found.append((each.name, frozenset((m.name, m.op, m.value) for m in each.matchers), each.offset))
        elif isinstance(each, Call):
            found.append(each.function)
        elif not isinstance(each, (Paren, Aggregate)):
            found.append(type(each).__name__)
    return found


def counts_variants(node: Node) -> bool:
    """Whether it counts how many variants there are: ``count(count by (version) (x))``."""
    node = strip_parens(node)
    if not isinstance(node, Aggregate) or node.op not in ("count", "sum"):
        return False
    inner = strip_parens(node.expr)
    if not isinstance(inner, Aggregate) or inner.op not in ("count", "group", "sum", "max", "min"):
        return isinstance(inner, Aggregate) and inner.op == "count_values"
    return any(VARIANT.fullmatch(label) for label in inner.by or ())


__all__ = ["counts_variants", "is_spread"]
