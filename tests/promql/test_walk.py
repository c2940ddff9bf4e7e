"""The walker: every node once, in order; replacing keeps what it does not touch."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from promtrim.promql.parse import parse
from promtrim.promql.tree import Node, Number, Selector
from promtrim.promql.walk import children, metric_names, replace, selectors, strip_parens, walk
from tests.promql.expressions import trees


def test_walk_is_pre_order_with_parameters_first() -> None:
    node = parse("topk(3, x / on() max_over_time(rate(y[5m])[1h:]) > -(z))")
    kinds = " ".join(type(each).__name__ for each in walk(node))
    assert kinds == "Aggregate Number Binary Binary Selector Call Subquery Call Range Selector Negation Paren Selector"


def test_selectors_and_names() -> None:
    node = parse('sum(x{a="b"}) / rate(y[5m:]) + {__name__=~"v|w"} + absent(rate(x[5m])) + {__name__="z" or __name__="u"}')
    assert [each.name for each in selectors(node)] == ["x", "y", None, "x", None]
    assert list(metric_names(node)) == ["x", "y", "x", "z", "u"]


def test_strip_parens() -> None:
    assert strip_parens(parse("((x))")) == Selector("x")
    assert strip_parens(parse("x")) == Selector("x")


def test_replace_from_the_leaves_up() -> None:
    def renamed(node: Node) -> Node:
        if isinstance(node, Selector):
            return msgspec.structs.replace(node, name="new")
        return Number(2.0) if node == Number(1.0) else node

    text = "topk(1, -(old) + on(a) rate(old[5m:1m])) and clamp(max_over_time(old[5m] offset 1h), 1, 3)"
    assert replace(parse(text), renamed) == parse(
        text.replace("old", "new").replace("(1,", "(2,").replace(" 1, 3", " 2, 3")
    )


@given(trees())
def test_replace_without_change_gives_the_same_object(tree: Node) -> None:
    assert replace(tree, lambda node: node) is tree


def test_only_selectors_in_ranges() -> None:
    with pytest.raises(TypeError):
        replace(parse("rate(x[5m])"), lambda node: Number(1.0) if isinstance(node, Selector) else node)


@given(trees())
def test_children_are_below(tree: Node) -> None:
    assert list(walk(tree)) == [tree, *(each for child in children(tree) for each in walk(child))]
