"""Mistakes in a rule itself, wherever it is deployed, that the evaluator can prove: halves that can never say anything.

What linters check (templates, style, what a live server has) does not belong here, nor do misspelt metrics, which
:mod:`promtrim.knowledge.names` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promtrim.evaluate.verdict import Judge
from promtrim.judge.model import Defect
from promtrim.promql.spans import spans
from promtrim.promql.tree import Binary, Node
from promtrim.promql.walk import strip_parens
from promtrim.rulefile.model import Position, Rule


def defects_of(rule: Rule, node: Node, judge: Judge, locate: Callable[[Rule, int], Position]) -> tuple[Defect, ...]:
    """The dead halves of an expression that is not dead as a whole.

    Args:
        node: the tree of the rule's expression.
        locate: where an offset into it stands in the file.
    """
    concluded = [(half, judge.judge(half)) for half in _halves(node)]
    dead = [(half, each.because) for half, each in concluded if each.verdict == "cannot-fire" and each.cause == "logic"]
    if not dead:
        return ()
    places = spans(rule.expr, node)
    found = []
    for half, because in dead:
        where = locate(rule, places[half][0])
        quoted = " ".join(places.quote(half).split())
        quoted = quoted if len(quoted) <= 80 else quoted[:77] + "..."
        text = f"one half of its expression never returns anything, in any deployment: {because} ({quoted})"
        found.append(Defect("dead-branch", text, where.line, where.column))
    return tuple(found)


def _halves(node: Node) -> Iterator[Node]:
    """What ``or`` joins and ``unless`` takes away at the top of an expression."""
    todo = [node]
    while todo:
        each = strip_parens(todo.pop())
        if isinstance(each, Binary) and each.op in ("or", "unless"):
            below = (each.lhs, each.rhs) if each.op == "or" else (each.rhs,)
            yield from (strip_parens(half) for half in below if not _joins(half))
            todo += below[::-1] if each.op == "or" else (each.lhs,)


def _joins(node: Node) -> bool:
    inner = strip_parens(node)
    return isinstance(inner, Binary) and inner.op == "or"
