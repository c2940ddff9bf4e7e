"""When two operands have the same value: forms that forget what changes no value, and a part of its own whole."""

from __future__ import annotations

import pytest

from promtrim.evaluate.same import is_part_of, tree_form
from promtrim.promql.parse import parse
from promtrim.promql.tree import Binary


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "(x)"),
        ('x{a="1", b="2"}', 'x{b="2", a="1"}'),
        ('x{a="1", a="1"}', 'x{a="1"}'),
        ("sum by (a, b) (x)", "sum by (b, a) (x)"),
        ("rate((x[5m]))", "rate(x[5m])"),
        ("sum((x) + (y))", "sum(x + y)"),
        ("x / (y)", "(x / y)"),
    ],
)
def test_forms_forget_how_it_is_written(one: str, other: str) -> None:
    assert tree_form(parse(one)) == tree_form(parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "y"),
        ("x", "x offset 5m"),
        ("x", "x @ 0"),
        ("x", 'x{a="1"}'),
        ('x{a="1"}', 'x{a=~"1"}'),
        ("rate(x[5m])", "rate(x[10m])"),
        ("rate(x[5m])", "irate(x[5m])"),
        ("sum(x)", "max(x)"),
        ("sum by (a) (x)", "sum without (a) (x)"),
        ("sum by (a) (x)", "sum by (b) (x)"),
        ("topk(1, x)", "topk(2, x)"),
        ("x - y", "y - x"),
        ("x > 1", "x > bool 1"),
        ("x * on (a) y", "x * on (b) y"),
        ("x * on (a) group_left y", "x * on (a) group_right y"),
        ("max_over_time(x[1h:1m])", "max_over_time(x[1h:5m])"),
        ("quantile_over_time(0.5, x[5m])", "quantile_over_time(0.9, x[5m])"),
    ],
)
def test_forms_keep_what_decides_the_value(one: str, other: str) -> None:
    assert tree_form(parse(one)) != tree_form(parse(other))


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ('sum(rate(x{a="1"}[5m]))', "sum(rate(x[5m]))"),
        ('sum(rate(x{a="1", b="2"}[5m]))', 'sum(rate(x{b="2"}[5m]))'),
        ('sum by (c) (x{a="1"})', "sum by (c) (x)"),
        ('sum by (c, d) (x{a="1"})', "sum by (d, c) (x)"),
        ('sum without (c) (x{a="1"})', "sum without (c) (x)"),
        ('count(x{a="1"})', "count(x)"),
        ('(sum((increase(x{a!="1"}[1h]))))', "sum(increase(x[1h]))"),
        ("sum(x)", "sum(x)"),
        ('sum(x{a="1"} offset 1h)', "sum(x offset 1h)"),
        ('sum by (a) (x{a="1"})', "sum(x)"),  # could they match, it would hold
        ('sum(x{a="1"} > 5)', "sum(x)"),
        ("sum(5 < x)", "sum(x)"),
        ("sum(x and y)", "sum(x)"),
    ],
)
def test_a_part_of_its_whole(part: str, whole: str) -> None:
    assert _of_its_whole(part, whole)


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("sum(x)", 'sum(x{a="1"})'),
        ('sum(x{a="1"})', 'sum(x{b="1"})'),
        ('sum(x{a="1"})', "sum(y)"),
        ('sum(x{a="1"})', "count(x)"),
        ('max(x{a="1"})', "max(x)"),  # is not greater, but is not added up either
        ('avg(x{a="1"})', "avg(x)"),
        ('sum by (a) (x{a="1"})', "sum by (b) (x)"),
        ('sum by (a) (x{a="1"})', "sum without (a) (x)"),
        ('sum without (a) (x{a="1"})', "sum without (b) (x)"),
        ('sum(rate(x{a="1"}[5m]))', "sum(rate(x[1h]))"),
        ('sum(rate(x{a="1"}[5m]))', "sum(increase(x[5m]))"),
        ('sum(deriv(x{a="1"}[5m]))', "sum(deriv(x[5m]))"),
        ('sum(x{a="1"})', "sum(x offset 1h)"),
        ('sum(x{a="1"})', "sum(x @ 0)"),
        ("sum(x > y)", "sum(x)"),
        ("sum(x > bool 5)", "sum(x)"),
        ("sum(x or y)", "sum(x)"),
        ("sum(x)", "sum(x > 5)"),
        ('x{a="1"}', "x"),
        ('sum({a="1", b="2"})', 'sum({a="1"})'),
    ],
)
def test_no_part_of_it(part: str, whole: str) -> None:
    assert not _of_its_whole(part, whole)


@pytest.mark.parametrize(
    ("matching", "holds"),
    [
        ("on (c) group_left ()", True),
        ("on (c, d) group_left ()", True),
        ("ignoring (d) group_left ()", True),
        ("", True),
        ("on () group_left ()", False),
        ("on (d) group_left ()", False),
        ("ignoring (c, d) group_left ()", False),
    ],
)
def test_a_part_is_matched_with_its_own_whole(matching: str, holds: bool) -> None:
    assert _of_its_whole('sum by (c, d) (x{a="1"})', "sum by (c) (x)", matching) is holds


def _of_its_whole(part: str, whole: str, matching: str = "") -> bool:
    node = parse(f"({part}) / {matching} ({whole})")
    assert isinstance(node, Binary)
    return is_part_of(node.lhs, node.rhs, node)
