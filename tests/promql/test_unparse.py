"""Writing: what is written reads as the same tree, and Prometheus takes it."""

from __future__ import annotations

import pytest
from hypothesis import given

from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Binary, Negation, Node, Number, Paren, Selector, Subquery
from promtrim.promql.unparse import unparse
from promtrim.promql.walk import replace
from tests.promql.expressions import handwritten, trees
from tests.tools import promtool_3, promtool_242, refused

X, Y = Selector("x"), Selector("y")


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Binary("*", Binary("+", X, Y), X), "(x + y) * x"),
        (Binary("-", X, Binary("-", X, Y)), "x - (x - y)"),
        (Binary("^", Binary("^", X, Y), X), "(x ^ y) ^ x"),
        (Binary("^", X, Binary("^", Y, X)), "x ^ y ^ x"),
        (Binary("^", Number(-2.0), Number(2.0)), "(-2) ^ 2"),
        (Binary("^", Negation(X), Y), "(-x) ^ y"),
        (Negation(Binary("+", X, Y)), "-(x + y)"),
        (Negation(Number(1.0)), "-(1)"),
        (Subquery(Binary(">", X, Y), 60.0), "(x > y)[1m:]"),
        (Selector("on"), '{__name__="on"}'),
        (Number(0.05), "0.05"),
        (Number(1e16), "1e+16"),
        (Number(float("-inf")), "-Inf"),
    ],
)
def test_text(tree: Node, text: str) -> None:
    assert unparse(tree) == text


def test_handwritten_comes_back() -> None:
    for text in handwritten():
        try:
            tree = parse(text)
        except ExpressionError:
            continue
        assert repr(parse(unparse(tree))) == repr(tree), text


def _without_parens(tree: Node) -> Node:
    return replace(tree, lambda node: node.expr if isinstance(node, Paren) else node)


@given(trees())
def test_generated_comes_back(tree: Node) -> None:
    # Where operators bind otherwise than the tree says, unparse adds parentheses, which the second reading shows.
    assert _without_parens(parse(unparse(tree))) == _without_parens(tree)
    again = parse(unparse(tree))
    assert parse(unparse(again)) == again


@pytest.mark.parametrize("find", [promtool_242, promtool_3], ids=["2.42", "3"])
def test_prometheus_takes_what_it_took_before(find: object) -> None:
    promtool = find()  # type: ignore[operator]
    if promtool is None:
        pytest.skip("no promtool of that version")
    expressions = handwritten()
    bad = refused(promtool, expressions)
    good = [text for index, text in enumerate(expressions) if index not in bad]
    assert len(good) > 300
    written = [unparse(parse(text)) for text in good]
    assert {good[index]: message for index, message in refused(promtool, written).items()} == {}
