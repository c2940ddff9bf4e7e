"""Places: each node's piece of the text reads as that node again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.spans import spans
from promtrim.promql.tree import Binary, Call, Node, Number, Range
from promtrim.promql.unparse import unparse
from promtrim.promql.walk import walk
from tests.promql.expressions import below, handwritten, noisy, trees


def check(text: str) -> int:
    """Every piece parses to its node; gives how many nodes there were."""
    tree = parse(text)
    places = spans(text, tree)
    nodes = list(walk(tree))
    assert len(places) == len(nodes)
    before_bracket = {id(each.selector) for each in nodes if isinstance(each, Range)}
    for node in nodes:
        wanted = msgspec.structs.replace(node, offset=0.0, at=None) if id(node) in before_bracket else node  # type: ignore[type-var]
        again = parse(places.quote(node))
        assert repr(again) == repr(wanted), (
            text,
            places.quote(node),
        )  # repr, since NaN is not equal to itself
    return len(nodes)


def test_equal_parts_have_their_own_places() -> None:
    text = "x - x # x\n- x"
    tree = parse(text)
    assert isinstance(tree, Binary)
    assert isinstance(tree.lhs, Binary)
    places = spans(text, tree)
    assert [places[each] for each in (tree.lhs.lhs, tree.lhs.rhs, tree.rhs)] == [(0, 1), (4, 5), (12, 13)]
    assert places[tree.lhs] == (0, 5)
    assert tree in places
    assert Number(1.0) not in places
    assert places.get(parse(text)) is None


def test_an_offset_is_in_the_span_of_its_range() -> None:
    text = " rate( x{a='('} [5m] offset 1h @ 3)"
    tree = parse(text)
    assert isinstance(tree, Call)
    (matrix,) = tree.args
    assert isinstance(matrix, Range)
    places = spans(text, tree)
    assert places.quote(matrix) == "x{a='('} [5m] offset 1h @ 3"
    assert places.quote(matrix.selector) == "x{a='('}"
    assert places.quote(tree) == text.strip()


@pytest.mark.parametrize(("text", "other"), [("x", "x + y"), ("x + y", "x - y"), ("abs(x)", "sum(x)"), ("(x)", "x")])
def test_another_text_is_refused(text: str, other: str) -> None:
    with pytest.raises(ValueError, match="tree"):
        spans(text, parse(other))


def test_handwritten() -> None:
    checked = 0
    for text in handwritten():
        try:
            parse(text)
        except ExpressionError:
            continue
        checked += check(text) > 0
    assert checked > 300


@given(trees(), st.integers(0, 2**32))
def test_generated(tree: Node, seed: int) -> None:
    text = noisy(unparse(tree), seed)
    assert parse(text) == tree or parse(unparse(tree)) == parse(text)
    check(text)


def test_fixtures(fixtures: Path) -> None:
    found = below(fixtures)
    if not found:
        pytest.skip("no expressions in the fixtures")
    _check_readable(found)


def test_corpus(shared: Path) -> None:
    assert _check_readable(below(shared)) > 1000


def _check_readable(expressions: list[str]) -> int:
    checked = 0
    for text in expressions:
        try:
            parse(text)
        except ExpressionError:
            continue  # LogQL, templates: test_parse compares with promtool
        check(text)
        checked += 1
    return checked
