"""The one walker of expression trees. What an expression means does not belong here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)

METRIC_NAME = "__name__"


def children(node: Node) -> tuple[Node, ...]:
    """The direct sub-expressions, in the order in which their values are used: an aggregation's parameter first."""
    return _CHILDREN[type(node)](node)


_CHILDREN: dict[type, Callable[[Any], tuple[Node, ...]]] = {
    Selector: lambda node: (),
    Number: lambda node: (),
    String: lambda node: (),
    Call: lambda node: node.args,
    Binary: lambda node: (node.lhs, node.rhs),
    Aggregate: lambda node: (node.expr,) if node.param is None else (node.param, node.expr),
    Range: lambda node: (node.selector,),
    Subquery: lambda node: (node.expr,),
    Paren: lambda node: (node.expr,),
    Negation: lambda node: (node.expr,),
}


def walk(node: Node) -> Iterator[Node]:
    """The node itself and all below it, each before its children. Not recursive: deep trees are safe."""
    stack = [node]
    pop = stack.pop
    while stack:
        node = pop()
        yield node
        below = _CHILDREN[type(node)](node)
        if below:
            stack += below[::-1]


def selectors(node: Node) -> list[Selector]:
    """All vector selectors, in the order of ``walk``, those inside range selectors included."""
    found = []
    stack = [node]
    pop = stack.pop
    while stack:
        node = pop()
        if type(node) is Selector:
            found.append(node)
        else:
            stack += _CHILDREN[type(node)](node)[::-1]
    return found


def metric_names(node: Node) -> Iterator[str]:
    """The metric names that selectors give exactly, in order, repeats included.

    A selector without an exact name (``{__name__=~"a|b"}``) adds nothing; those of ``alternatives`` do.
    """
    for selector in selectors(node):
        if selector.name is not None:
            yield selector.name
        for alternative in selector.alternatives:
            for matcher in alternative:
                if matcher.name == METRIC_NAME and matcher.op == "=":
                    yield matcher.value


def strip_parens(node: Node) -> Node:
    """The node inside any parentheses around it."""
    while type(node) is Paren:
        node = node.expr
    return node


def replace(node: Node, function: Callable[[Node], Node]) -> Node:
    """The tree with ``function`` applied to each node, from the leaves up.

    ``function`` gets each node after its children were replaced, and returns the node to stand there. Where nothing
    changes, the very same objects are returned.

    Raises:
        TypeError: ``function`` put something other than a selector into a range selector.
    """
    kind = type(node)
    below = children(node)
    if below:
        new = tuple(replace(each, function) for each in below)
        if any(a is not b for a, b in zip(new, below, strict=True)):
            if kind is Call:
                node = msgspec.structs.replace(node, args=new)
            elif kind is Binary:
                node = msgspec.structs.replace(node, lhs=new[0], rhs=new[1])
            elif kind is Aggregate:
                node = msgspec.structs.replace(node, expr=new[-1], param=new[0] if len(new) == 2 else None)
            elif kind is Range:
                if type(new[0]) is not Selector:
                    raise TypeError("only a selector can stand before a range")
                node = msgspec.structs.replace(node, selector=new[0])
            else:
                assert kind in (Paren, Negation, Subquery)
                node = msgspec.structs.replace(node, expr=new[0])
    return function(node)
